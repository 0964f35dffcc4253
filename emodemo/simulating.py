"""Simulations as commands and notebooks run them: scenarios, replays, the table and the figure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path

import pandas as pd

from emodemo import plots
from emodemo.errors import UserError
from model import curves, peers, readers
from model.curves import Curve
from model.heads import Heads
from model.scenarios import Source
from model.simulation import Plan, Scenario, learn, replay
from model.strategies import STRATEGIES, Strategy

Say = Callable[[str], None]
Begin = Callable[[int], Scenario]
"""A seed → the scenario to replay with it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to simulate: corpora learnt from nothing or from the shipped heads, corpora learnt after all others."""

    corpora: Sequence[str]
    without: Sequence[str]
    shipped: bool
    strategies: Sequence[str]
    seeds: int


def strategies(names: Sequence[str], say: Say) -> dict[str, Strategy]:
    """The strategies named, all of ours and small-text's where none is. Raises UserError for an unknown one."""
    known = STRATEGIES | peers.strategies()
    if not peers.installed():
        say(peers.HINT)
    for name in names:
        if name not in known:
            raise UserError(f"There is no strategy {name!r}; expected some of: {', '.join(known)}.")
    return {name: known[name] for name in names or known}


def checked(wanted: Wanted, data: Path) -> Wanted:
    """What is wanted, if its corpora are there. Raises UserError."""
    present = readers.present(data)
    for corpus in (*wanted.corpora, *wanted.without):
        if corpus not in present:
            raise UserError(f"There is no corpus {corpus!r} under {data}; found: {', '.join(present) or 'none'}.")
    if not (wanted.corpora or wanted.without):
        raise UserError("Name a corpus to learn, or one to learn after all others with --without.")
    return wanted


def simulate(wanted: Wanted, source: Source, shipped: Heads, plan: Plan, say: Say) -> list[Curve]:
    """Every strategy on every scenario with every seed. Raises UserError, CorpusError."""
    chosen = strategies(wanted.strategies, say)
    begins = [*_begins(checked(wanted, source.data), source, shipped)]
    found = []
    for begin, seed in product(begins, range(wanted.seeds)):
        scenario = begin(seed)
        full = scenario.measure(learn(scenario.start, scenario.pool))
        for name, strategy in chosen.items():
            if strategy.speaks_of(scenario.tasks):
                steps = [*replay(scenario, strategy, plan, seed)]
                found.append(Curve.of(scenario.corpus, name, seed, steps, full))
                say(f"{scenario.corpus}, {name}, seed {seed}: area {found[-1].area:.3f}.")
    return found


def _begins(wanted: Wanted, source: Source, shipped: Heads) -> Iterator[Begin]:
    named = partial(source.from_shipped, heads=shipped) if wanted.shipped else source.from_nothing
    yield from (partial(named, corpus) for corpus in wanted.corpora)
    yield from (partial(source.from_others, corpus) for corpus in wanted.without)


def as_text(found: Sequence[Curve]) -> str:
    """The summary as an aligned table: labels needed with intervals, ``>`` where some seed never got there."""
    rows = []
    for row in curves.summary(found):
        needed = {f"labels for {percent} %": _needed(row, percent) for percent in curves.TARGETS}
        names = {"scenario": row["scenario"], "strategy": row["strategy"]}
        rows.append({**names, **needed, "area": _spread(row, "area", ".3f"), "seconds": f"{row['seconds']:.2f}"})
    return pd.DataFrame(rows).to_string(index=False)


def _needed(row: dict, percent: int) -> str:
    return (">" if row[f"reached_{percent}"] < 1 else "") + _spread(row, f"labels_{percent}", ".0f")


def _spread(row: dict, name: str, form: str) -> str:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return f"{row[name]:{form}}" + ("" if low is None else f" ({low:{form}} to {high:{form}})")


def points(found: Sequence[Curve]) -> list[dict]:
    """A row for each step of each replay: what ``plots.learning`` draws."""
    return [
        {"scenario": curve.scenario, "strategy": curve.strategy, "seed": curve.seed, "labels": labels, "share": share}
        for curve in found
        for labels, share in zip(curve.labels.tolist(), curve.shares.round(4).tolist(), strict=True)
    ]


def draw(found: Sequence[Curve], folder: Path, say: Say) -> None:
    """``curves.html`` and, where Kaleido and Chromium are there, ``curves.png`` in ``folder``. Raises UserError."""
    figure = plots.learning(pd.DataFrame(points(found)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        figure.write_html(folder / "curves.html", include_plotlyjs=True)
    except OSError as error:
        raise UserError(f"Cannot write to {folder} ({error.strerror}); name another folder with --to.") from None
    try:
        figure.update_layout(paper_bgcolor="white").write_image(folder / "curves.png", scale=1.5)
    except (RuntimeError, ValueError, OSError) as error:  # Kaleido or Chromium is missing
        say(f"curves.png was left out: {str(error).strip().splitlines()[0]}")
