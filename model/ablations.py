"""The article's claims, each as a training that differs in one part, over several seeds: single task or joint, with or
without the stage of movie reviews, the encoder frozen or not; and how far more rows still help.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import fmean, stdev

import numpy as np

from model import readers
from model.baselines import CORPORA, SEED, Baseline, targets_of
from model.evaluation import PRIMARY, report
from model.fine_tuning import Budget, fine_tuned, float_and_eight_bit, frozen, frozen_after_reviews
from model.readers import Example

ROWS = 2_000  # of a corpus
REVIEWS = 8_000  # phrases
CURVE = (500, 1_000, 4_000, 8_000)  # rows of a corpus, of the first seed alone
MEASURED_ON = 1_000  # test rows of a corpus, the same for all
FIGURES = PRIMARY | {"sarcasm": "f1"}

Build = Callable[[], dict[str, Baseline]]
"""Trains, and returns what is measured by name."""


def ablate(data: Path, encoder: str, run: Path, seeds: int, say: Callable[[str], None]) -> list[dict]:
    """Rows of ``evaluate --json`` for every variant, with its ``seed``, on test rows of the corpora trained on.

    ``run`` keeps what is done and goes on from it.
    """
    known = [corpus for corpus in CORPORA if corpus in readers.present(data)]
    test = {corpus: drawn(readers.read(data, corpus, "test"), MEASURED_ON, SEED) for corpus in known}
    run.mkdir(parents=True, exist_ok=True)
    rows = []
    for seed in range(SEED, SEED + seeds):
        for name, build in variants(data, known, encoder, seed).items():
            file = run / f"{seed} {name}.json"
            if not file.exists():
                say(f"Training and measuring {name}, seed {seed} …")
                found = [
                    row | {"model": model, "seed": seed}
                    for model, built in build().items()
                    for row in measured(built, test)
                ]
                file.write_text(json.dumps(found), encoding="utf-8")
            rows += json.loads(file.read_text(encoding="utf-8"))
    return rows


def measured(model: Baseline, test: Mapping[str, Sequence[Example]]) -> list[dict]:
    """Figures on each corpus's rows; of labels whose thresholds nobody tuned, none."""
    rows = []
    for corpus, examples in test.items():
        found = report(corpus, "test", targets_of(examples), model.outputs(examples), model.thresholds)
        rows += [row for row in found if row["metric"] == FIGURES.get(row["task"]) and row["task"] != "labels28"]
    return rows


def variants(data: Path, known: Sequence[str], encoder: str, seed: int) -> dict[str, Build]:
    """What is compared, by name. All but the learning curve see ``ROWS`` of a corpus; every row is seen once."""
    train = [e for corpus in known for e in drawn(readers.read_training(data, corpus), ROWS, seed)]
    tuned = partial(fine_tuned, encoder, data, seed=seed)
    curve = {f"jointly, {rows:,} rows": partial(tuned, [known], budget=Budget(rows)) for rows in CURVE}
    built = {
        "frozen": partial(frozen, encoder, train),
        "reviews, then frozen": partial(frozen_after_reviews, encoder, data, train, reviews=REVIEWS, seed=seed),
        "one corpus each": partial(tuned, [[corpus] for corpus in known], budget=Budget(ROWS)),
        "reviews, then jointly": partial(tuned, [known], budget=Budget(ROWS, REVIEWS)),
        **(curve if seed == SEED else {}),
    }

    def jointly() -> dict[str, Baseline]:
        both = float_and_eight_bit(encoder, data, known, budget=Budget(ROWS), seed=seed)
        return dict(zip(("jointly", "jointly, in 8 bits"), both, strict=True))

    return {"jointly": jointly} | {name: partial(_alone, name, build) for name, build in built.items()}


def _alone(name: str, build: Callable[[], Baseline]) -> dict[str, Baseline]:
    return {name: build()}


def drawn(examples: Sequence[Example], count: int, seed: int) -> list[Example]:
    """So many of them at random, none without a text."""
    told = [example for example in examples if example.text.strip()]
    return [told[n] for n in np.random.default_rng(seed).permutation(len(told))[:count]]


def table(rows: Sequence[Mapping]) -> str:
    """The figure of every variant in points of 100, mean ± standard deviation over seeds, as Markdown."""
    found: dict[tuple[str, str, str], dict[str, list[float]]] = {}
    for row in rows:
        named = found.setdefault((row["corpus"], row["task"], row["metric"]), {})
        named.setdefault(row["model"], []).append(100 * row["value"])
    names = [*dict.fromkeys(row["model"] for row in rows)]
    lines = ["| " + " | ".join(("corpus", "task", "metric", *names)) + " |", "|---" * (len(names) + 3) + "|"]
    for facts, by_name in found.items():
        lines.append("| " + " | ".join((*facts, *(_spread(by_name.get(name, [])) for name in names))) + " |")
    return "\n".join(lines)


def _spread(values: Sequence[float]) -> str:
    if not values:
        return ""
    return f"{fmean(values):.1f} ± {stdev(values):.1f}" if len(values) > 1 else f"{values[0]:.1f}"
