"""Candidates: the shipped heads moved by corrections, what they would have said of texts kept from them, and which to take."""

from collections.abc import Callable
from typing import Any

import numpy as np

from emodemo.evidence import Evidence
from emodemo.gate import Gate, Judgement
from emodemo.locked import Comparison, Locked
from emodemo.translation import N_
from model.heads import Heads, fit
from model.labelled import LabelledFeatures
from model.labels import TASKS, WIDTH, Task, target_row

# Weight of one corrected text beside one replayed row: the strongest under which nothing locked falls (the hold-out is of dev
# rows) is taken. The least are for thousands of corrections, which together weigh as much as a few do under the greatest.
STRENGTHS = (0.1, 0.2, 0.4, 0.75, 1.5, 3.0, 6.0, 12.0, 30.0)
SCORE_SHARE = 0.2  # of that weight for scores: one far from the model's pulls harder than any class can
# Chosen on dev rows, as corrections of heads that never saw their corpus: with hundreds of corrections 0.1 brings unseen
# texts of the corpus half as much again as 0.01 does, for the same loss elsewhere; a few are only learnt under 0.01.
DECAYS = (0.01, 0.1)
DECAY_OF_EACH = 1e-3  # correction, between those two
FOLDS = 5
EMPTY = np.zeros(0, int)
ANSWERED = ("emotion7", "sentiment3", *(task.name for task in TASKS.values() if task.kind == "score"))  # as agreement

Say = Callable[[str], None]
Tried = tuple[float, list[dict[str, Any]]]  # a candidate's strength, and its rows of the locked hold-out


class Trainer:
    """Fits the shipped heads again, on replay set and corrections.

    On replayed rows the target is what the shipped heads answer (Li and Hoiem 2016, "Learning without Forgetting"):
    without corrections nothing moves at all, and with them only what the corrections speak of.
    """

    def __init__(self, shipped: Heads, replay: LabelledFeatures, evidence: Evidence) -> None:
        self._shipped, self._evidence = shipped, evidence
        self._rows = np.flatnonzero(evidence.training)
        self._replayed = len(replay.features)
        self._decay = float(np.clip(DECAY_OF_EACH * len(self._rows), *DECAYS))
        self._features = np.concatenate([replay.features, evidence.features[self._rows]])
        self._targets = np.full((len(self._features), WIDTH), np.nan, np.float32)
        self._targets[self._replayed :] = evidence.targets[self._rows]
        answers = shipped.apply(replay.features)
        for task in _spoken_of(evidence.targets[self._rows]):
            self._targets[: self._replayed, task.columns] = answers[:, task.columns]

    def fit(
        self,
        strength: float,
        *,
        begin: Heads | None = None,
        targets: np.ndarray | None = None,
        without: np.ndarray = EMPTY,
    ) -> Heads:
        """Heads for which each correction weighs as much as ``strength`` replayed rows; ``without`` some of them."""
        by_task = {task.name: strength * (SCORE_SHARE if task.kind == "score" else 1) for task in TASKS.values()}
        weights = np.ones((len(self._features), WIDTH), np.float32)
        weights[self._replayed :] = target_row(by_task)
        weights[self._replayed + without] = 0
        targets = self._targets if targets is None else targets
        return fit(self._features, targets, weights=weights, start=self._shipped, decay=self._decay, begin=begin)

    def crossed(self, strength: float) -> np.ndarray:
        """What candidates of this strength say of corrections that they were not fitted to, (rows, WIDTH).

        NaN for texts that only measure and those that the live release has seen. Folds are runs of neighbours, so that
        sentences of one text, or of one sitting, mostly share a fold. Each search begins at the shipped heads: begun at
        the candidate, which knows all of them, it would end there where a fold weighs next to nothing.
        """
        outputs = np.full((len(self._evidence.ids), WIDTH), np.nan, np.float32)
        fresh = np.flatnonzero(~self._evidence.seen[self._rows])
        targets = self._targets.copy()
        for task in TASKS.values():
            if task.name not in ANSWERED:
                targets[:, task.columns] = np.nan
        for fold in np.array_split(fresh, min(FOLDS, len(fresh))) if len(fresh) > 1 else ():
            heads = self.fit(strength, targets=targets, without=fold)
            outputs[self._rows[fold]] = heads.apply(self._evidence.features[self._rows[fold]])
        return outputs


def best_candidate(
    gate: Gate, trainer: Trainer, say: Say = lambda _: None, *, tried: list[Tried] | None = None
) -> tuple[Heads, Judgement]:
    """The strongest candidate that forgets nothing, or the weakest, and what the gate says of it.

    ``tried`` gets the strength of every candidate with its figures on the locked hold-out.
    """
    strength, candidate, found = strongest(gate.locked, trainer, say, tried)
    crossed = None
    if gate.needs_crossed and not found.fallen:
        say(N_("Fitting candidates that were kept from some corrections …"))
        crossed = trainer.crossed(strength)
    return candidate, gate.judge(candidate, found, crossed)


def strongest(
    locked: Locked, trainer: Trainer, say: Say = lambda _: None, tried: list[Tried] | None = None
) -> tuple[float, Heads, Comparison]:
    """Strength, candidate and what the hold-out says: by bisection, as what a strength forgets a greater one does too.

    Each search begins where the last one ended.
    """
    low, high, begin = 0, len(STRENGTHS), None
    best: tuple[float, Heads, Comparison] | None = None
    while low < high:
        middle = (low + high) // 2
        begin = trainer.fit(STRENGTHS[middle], begin=begin)
        say(N_("Comparing a candidate with the live release …"))
        found = locked.compare(begin)
        if tried is not None:
            tried.append((STRENGTHS[middle], found.rows))
        if best is None or best[2].fallen or not found.fallen:
            best = (STRENGTHS[middle], begin, found)
        low, high = (low, middle) if found.fallen else (middle + 1, high)
    assert best
    return best


def _spoken_of(targets: np.ndarray) -> list[Task]:
    """Tasks that some target is known of; with emotions polarity too, whose prior they move."""
    names = {task.name for task in TASKS.values() if not np.isnan(targets[:, task.columns]).all()}
    if "emotion7" in names:
        names.add("sentiment3")
    return [task for task in TASKS.values() if task.name in names]
