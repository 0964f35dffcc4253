"""One added label's row, and how it fares on texts that it was not fitted to.

It is fitted to the corrected texts of people who named any label, those that carry it and those that do not, and to the
replay set, which counts as carrying none. The label is told apart if on texts that the row was not fitted to it is surely, at
SURE, named more often where people named it than where they did not: chance, or knowing a user's texts from all others, gains
nothing there. Where fewer than CONTRARY corrected texts are without it, the replay set stands in for them.

Its threshold is the one of the best F1 over corrected texts and replay set on held-out folds; each fold is measured with the
threshold of the others. Texts of the replay set that carry the label unseen make that threshold too strict rather than too
lax.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from emodemo.evidence import Evidence
from emodemo.gate import SURE
from model.heads import fit_row
from model.labelled import LabelledFeatures

CONTRARY = 10
CARRIED = 0.5  # of those who named labels, from which on the text counts as carrying it
FOLDS = 5
DECAY = 5e-5  # of the mean squared length of centred features; ``simulate --new-labels`` compares some


@dataclass(frozen=True, slots=True)
class Tried:
    """A label's new row (width + 2,) and how it fares on texts that it was not fitted to.

    ``truth`` and ``guess`` (rows,): whether each carries the label and is answered it; ``texts``: its place in the evidence,
    -1 in the replay set; ``telling``: whether it decides if the label is told apart.
    """

    row: np.ndarray
    texts: np.ndarray
    truth: np.ndarray
    guess: np.ndarray
    telling: np.ndarray

    @property
    def told_apart(self) -> bool:
        """Whether it is surely named more often where it holds than where it does not: the difference of two shares, each
        with one answer of both kinds added (Agresti and Caffo 2000).
        """
        truth, guess = self.truth[self.telling], self.guess[self.telling]
        sides = [guess[truth], guess[~truth]]
        shares = [(side.sum() + 1) / (len(side) + 2) for side in sides]
        spread = sum(share * (1 - share) / (len(side) + 2) for share, side in zip(shares, sides, strict=True))
        return bool(shares[0] - shares[1] > NormalDist().inv_cdf(SURE) * math.sqrt(spread))


def tried_on(shares: np.ndarray, evidence: Evidence, replay: LabelledFeatures, decay: float = DECAY) -> Tried:
    """A row fitted to all shares (texts,) of the label that may train; ``decay`` as DECAY."""
    known = ~np.isnan(shares)
    train, held = np.flatnonzero(known & evidence.training), np.flatnonzero(known & evidence.measured)
    features = np.concatenate([evidence.features[train], replay.features])
    targets = np.concatenate([shares[train], np.zeros(len(replay.features), np.float32)])
    scaled = decay * float(replay.features.var(0).sum())
    whole = fit_row(features, targets, decay=scaled)
    folds = _folds(targets >= CARRIED)
    answers = _crossed(features, targets, folds, scaled, whole)
    answers = np.concatenate([answers, _logits(whole, evidence.features[held])])
    truth = np.concatenate([targets, shares[held]]) >= CARRIED
    guess = _guesses(answers, truth, np.concatenate([folds, np.full(len(held), FOLDS)]))
    texts = np.concatenate([train, np.full(len(replay.features), -1), held])
    contrary = known.sum() - truth.sum()
    threshold = 1 / (1 + math.exp(-_best_threshold(answers, truth)))
    row = np.append(whole, np.float32(threshold))
    return Tried(row, texts, truth, guess, telling=(texts >= 0) | (contrary < CONTRARY))


def _folds(carried: np.ndarray) -> np.ndarray:
    """A fold for each row (rows,): runs of neighbours, as texts of one sitting are alike, each with its share of examples."""
    folds = np.empty(len(carried), int)
    for some in (np.flatnonzero(carried), np.flatnonzero(~carried)):
        for fold, part in enumerate(np.array_split(some, FOLDS)):
            folds[part] = fold
    return folds


def _crossed(
    features: np.ndarray, targets: np.ndarray, folds: np.ndarray, decay: float, whole: np.ndarray
) -> np.ndarray:
    """Logits (rows,) of each fold by what was fitted to the others; the searches begin at ``whole``."""
    answers = np.empty(len(targets))
    for fold in range(FOLDS):
        rest = folds != fold
        found = fit_row(features[rest], targets[rest], decay=decay, begin=whole)
        answers[~rest] = _logits(found, features[~rest])
    return answers


def _guesses(answers: np.ndarray, truth: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """Whether each row (rows,) passes the threshold that the other folds would choose."""
    guess = np.zeros(len(answers), bool)
    for fold in set(folds.tolist()):
        here = folds == fold
        guess[here] = answers[here] >= _best_threshold(answers[~here], truth[~here])
    return guess


def _best_threshold(answers: np.ndarray, truth: np.ndarray) -> float:
    """Half way between the last answer that is taken for the best F1 and the next one."""
    order = np.argsort(-answers)
    hits = np.cumsum(truth[order])
    best = int((hits / (np.arange(1, len(hits) + 1) + truth.sum())).argmax())
    return float(answers[order[[best, min(best + 1, len(order) - 1)]]].mean())


def _logits(fitted: np.ndarray, features: np.ndarray) -> np.ndarray:
    return features @ fitted[:-1] + fitted[-1]
