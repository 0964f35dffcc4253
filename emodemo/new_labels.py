"""What a new label needs, on labels of GoEmotions that are hidden from the heads.

Texts with the label and twice as many without count as corrected; the rest of the replay set, texts that carry the label among
it, counts as without. What comes of it is measured on the locked hold-out by the truth. The encoder has seen these labels, so a
label that no corpus has is harder.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from emodemo.added import Change, Standing, compared
from emodemo.evidence import Evidence
from emodemo.rowfit import CARRIED, DECAY, Tried, tried_on
from model import metrics
from model.labelled import LabelledFeatures
from model.labels import TASKS, WIDTH

Say = Callable[[str], None]
CORPUS, TASK = "goemotions", "labels28"
COUNTS = (10, 20, 30, 50)  # corrected texts that carry the label
DECAYS = tuple(DECAY * factor for factor in (0.3, 1, 3))
FEWEST = 15  # texts of the hold-out that carry a label which is measured
BEGUN = 25  # texts that carry the label when its first row is fitted
GROWN = (6, 12, 24)  # more of them, and as many without it
MEASURED = 5  # of so many corrected texts one is never fitted to
KINDS = {
    "right": (0.0, 1.0),
    "half of them wrong": (0.5, 1.0),
    "all wrong": (1.0, 1.0),
    "only texts without": (0.0, 0.0),
}
"""The shares of the texts added with the label that are wrong, and that there are at all."""
RULES: Mapping[str, Callable[[Change], bool]] = {
    "never": lambda _: False,
    "if it is surely better": lambda change: change.low > 0,
    "if its F1 is not below": lambda change: change.candidate >= change.live,
    "unless it is surely worse": lambda change: change.high >= 0,
    "whenever it is told apart": lambda _: True,
}
"""When a new row that is told apart replaces the live one, by what it changes."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """A hidden label: who carries it, (rows,) of the replay set and of the hold-out's texts of the same corpus."""

    name: str
    replay: LabelledFeatures
    carried: np.ndarray
    unseen: np.ndarray
    truth: np.ndarray

    @classmethod
    def all(cls, replay: LabelledFeatures, holdout: LabelledFeatures) -> list[Self]:
        """Every label of which there are texts enough."""
        holdout = holdout.take(holdout.corpus == CORPUS)
        found = []
        for name, column in zip(TASKS[TASK].classes, range(*TASKS[TASK].columns.indices(WIDTH)), strict=True):
            carried = (replay.corpus == CORPUS) & (replay.targets[:, column] >= CARRIED)
            truth = holdout.targets[:, column] >= CARRIED
            if name != "neutral" and carried.sum() >= max(COUNTS) and truth.sum() >= FEWEST:
                found.append(cls(name, replay, carried, holdout.features, truth))
        return found

    def drawn(self, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Rows of the corpus with the label and without it, in an order drawn by ``seed``."""
        own = np.flatnonzero(self.replay.corpus == CORPUS)
        own = np.random.default_rng(seed).permutation(own)
        return own[self.carried[own]], own[~self.carried[own]]

    def taught(self, rows: np.ndarray, shares: np.ndarray, decay: float = DECAY) -> tuple[Tried, Evidence]:
        """What is fitted where people said ``shares`` (n,) of these rows (n,)."""
        unknown, nobody = np.full((len(rows), WIDTH), np.nan, np.float32), np.zeros(len(rows), bool)
        measured = np.arange(len(rows)) % MEASURED == 0
        evidence = Evidence(rows, self.replay.features[rows], unknown, measured, nobody)
        rest = self.replay.take(np.setdiff1d(np.arange(len(self.replay.corpus)), rows))
        return tried_on(shares, evidence, rest, decay), evidence

    def f1(self, row: np.ndarray) -> float:
        """Of a row (width + 2,) on the hold-out."""
        guess = Standing(row, "", 0, [], 0.0).names(self.unseen)
        return float(metrics.f1_of_each(self.truth[:, None], guess[:, None])(np.ones(len(guess)))[0])


def needed(labels: Sequence[Hidden], seeds: int, say: Say) -> list[dict[str, Any]]:
    """For each decay and number of examples, of labels and of labels given at random to as many texts: the share that would
    be answered, and the mean F1 of all.
    """
    found: dict[tuple[str, float, int], list[tuple[bool, float]]] = defaultdict(list)
    for label in labels:
        for seed in range(seeds):
            with_it, without = label.drawn(seed)
            for count in COUNTS:
                rows, shares = _mixed(with_it[:count], without[: 2 * count], seed)
                given = [("as they are", shares, decay) for decay in DECAYS]
                given.append(("at random", np.random.default_rng(seed).permutation(shares), DECAY))
                for how, said, decay in given:
                    tried, _ = label.taught(rows, said, decay)
                    found[how, decay, count].append((tried.told_apart, label.f1(tried.row)))
        say(f"{label.name} was taught from its first examples on.")
    return [
        {"labels": how, "decay": decay, "examples": count, "n": len(each), "answered": answered, "f1": f1}
        for (how, decay, count), each in sorted(found.items())
        for answered, f1 in [np.mean(each, 0).tolist()]
    ]


def grown(labels: Sequence[Hidden], seeds: int, say: Say) -> list[dict[str, Any]]:
    """For each kind of new examples and each rule: the mean F1 of what is served then, the share of rows replaced, and of
    labels that lost more than five points.
    """
    found: dict[tuple[str, str], list[tuple[float, bool, bool]]] = defaultdict(list)
    for label in labels:
        for seed in range(seeds):
            for kind, before, after, told, change in _growths(label, seed):
                for rule, replaces in RULES.items():
                    moved = told and change is not None and replaces(change)
                    served = after if moved else before
                    found[kind, rule].append((served, moved, served < before - 0.05))
        say(f"{label.name} was taught more.")
    return [
        {"new examples": kind, "replaces": rule, "n": len(each), "f1": f1, "replaced": moved, "lost": lost}
        for (kind, rule), each in found.items()
        for f1, moved, lost in [np.mean(each, 0).tolist()]
    ]


def _growths(label: Hidden, seed: int) -> Iterator[tuple[str, float, float, bool, Change | None]]:
    """Kind, F1 of the live row and of the new one, whether it is told apart, and what it changes, of labels that are
    answered after their first examples.
    """
    with_it, without = label.drawn(seed)
    begun, shares = _mixed(with_it[:BEGUN], without[: 2 * BEGUN], seed)
    first, evidence = label.taught(begun, shares)
    if not first.told_apart:
        return
    live = Standing(first.row, "", BEGUN, begun[evidence.training].tolist(), 0.0)
    before = label.f1(live.row)
    for kind, (wrong, there) in KINDS.items():
        for count in GROWN:
            named, false = int(count * there), int(count * wrong)
            right = with_it[BEGUN:][: named - false]
            mistaken, plain = np.split(without[2 * BEGUN :][: false + count], [false])
            more, said = _mixed(np.concatenate([right, mistaken]), plain, seed)
            rows, shares_now = np.concatenate([begun, more]), np.concatenate([shares, said])
            tried, evidence = label.taught(rows, shares_now)
            yield kind, before, label.f1(tried.row), tried.told_apart, compared(tried, evidence, live)


def _mixed(named: np.ndarray, plain: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows, and the share 1 or 0 of each, in an order drawn by ``seed``."""
    rows = np.concatenate([named, plain])
    order = np.random.default_rng(seed).permutation(len(rows))
    return rows[order], np.repeat([1.0, 0.0], [len(named), len(plain)])[order].astype(np.float32)


def study(replay: LabelledFeatures, holdout: LabelledFeatures, seeds: int, say: Say) -> dict[str, list[dict[str, Any]]]:
    """Both tables, and the names of the labels."""
    labels = Hidden.all(replay, holdout)
    return {
        "labels": [{"label": label.name, "unseen": int(label.truth.sum())} for label in labels],
        "needed": needed(labels, seeds, say),
        "grown": grown(labels, seeds, say),
    }


def as_text(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """The tables, aligned."""
    return "\n\n".join(pd.DataFrame(rows).round(5).to_string(index=False) for rows in found.values())
