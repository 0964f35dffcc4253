"""The rows of ``bench``: what each says, in which unit, and what it should reach."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spec:
    """What a row measures, its unit, and its goal in words."""

    what: str
    unit: str
    goal: str


ROWS = {
    "bulk": Spec("bulk scoring, all heads, text in to rows out", "sentences/s", "≥ 8 ×"),
    "bulk_roberta": Spec("the same against a pipeline twice as deep", "sentences/s", "≥ 16 ×"),
    "roofline": Spec("the same against the machine's bf16 matrix product", "TFLOP/s", "≥ 0.7 ×"),
    "single": Spec("one sentence in process, p50", "ms", "≥ 8 ×"),
    "single_p99": Spec("one sentence in process, p99", "ms", "≤ 2 × p50"),
    "page": Spec("20 sentences through the web API, less a bare Gradio echo", "ms", "≤ 40 ms"),
    "visitors": Spec("32 visitors at once over HTTP, 5 sentences each, p95", "ms", "≥ 0.5 ×, none failed"),
    "start": Spec("`python app.py` to its first answer, less a bare Gradio app", "s", "≤ 1.5 s"),
    "memory": Spec("resident memory of the app after many analyses", "MB", "≤ 500 MB, flat"),
    "retrain": Spec("`retrain` with 1,000 corrections, whole command", "s", "≤ 15 s"),
    "retrain_growth": Spec(
        "its time with more corrections, in shares of as many times as long", "share", "≤ 1, ≤ 4 GB"
    ),
    "stream": Spec("`analyze --lines` on 20,000 different lines", "sentences/s", "≥ 0.9 ×, memory flat"),
    "pool_order": Spec("ordering the pool for the queue after a promotion", "s", "≤ 60 s"),
    "pool_next": Spec("the next text for an annotator, p95", "ms", "≤ 20 ms"),
    "search": Spec("searching texts by words and answers, p95", "ms", "≤ 300 ms"),
    "similar": Spec("the 50 texts most like one, p95", "ms", "≤ 2 s"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement. ``ratio``: better than the peer by; ``low`` and ``high``: spread of ``value`` over repeats.

    ``met``: whether it reached ``goal``. Peer, ratio and spread are None where there is none.
    """

    name: str
    value: float
    unit: str
    goal: str
    met: bool
    peer: str | None = None
    peer_value: float | None = None
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    note: str = ""


def row(
    name: str,
    value: float,
    *,
    met: bool,
    peer: tuple[str, float] | None = None,
    ratio: float | None = None,
    spread: tuple[float, float] | None = None,
    note: str = "",
) -> Row:
    """A row of ``ROWS``, rounded to what a timing can carry."""
    spec = ROWS[name]
    named, peer_value = peer or (None, None)
    low, high = spread or (None, None)
    figures = {"peer_value": peer_value, "ratio": ratio, "low": low, "high": high}
    rounded = {key: None if figure is None else significant(figure) for key, figure in figures.items()}
    return Row(name, significant(value), spec.unit, spec.goal, bool(met), named, note=note, **rounded)


def significant(figure: float) -> float:
    """Four significant digits."""
    return float(f"{figure:.4g}")
