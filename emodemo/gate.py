"""Candidate against live: what may replace the model that people use, and why.

The rule, and the reason for each part:

1. **Nothing locked falls.** On the locked hold-out, dev rows that no correction's fit sees, each text alone, no primary
   metric of any task of any corpus may lie more than TOLERANCE below the live release's, nor below the shipped one's. Live alone would let small losses
   add up; the floor under shipped never moves, so that no chain of promotions, however long, leads below it.
   That a point estimate has not fallen is little proof by itself. So for every head (emotions, polarity, labels, …) the
   mean change over its corpora and figures must also have its lower 95 % bound, of a paired bootstrap, above −TOLERANCE:
   a test of non-inferiority, in which the burden of proof is the candidate's. One that is worse by two points practically
   never passes both, and because *every* head must pass, there is nothing to correct for their number. One that is
   better, or that changes few answers, has its bound near or above zero. The bound is asked of the mean over corpora, as
   one corpus has too few rows (MELD's polarity 537) to prove a point's loss absent wherever any answers change.
2. **No class surely falls.** For the F1 of single classes the burden is reversed: some have twenty rows, and no candidate
   could prove that it keeps those. A fall of more than TOLERANCE must be sure at 95 %, shared between all classes.
3. **The user's own texts surely improve**, at SURE, on texts that the judged heads were not fitted to: those held back to
   measure, and, until MANY of those are there, corrections that are new since the live release, answered by candidates
   fitted without them. The test is Fisher's of paired differences (signs drawn at random, exact however few there are).
   Random labels gain nothing there, whatever agreement they reach on what was trained; 99 % because runs are many.
4. **The first corrections** (fewer than NEWCOMER) count if they were learnt: nobody could prove anything by them.

With too little evidence the reason says how many more corrections would tell: those with which a gain of the size seen,
or of SMALLEST where it is smaller, would pass part 3 nine times in ten, by the variance of the differences seen.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from emodemo.evidence import Evidence, agreement, flips
from emodemo.locked import RESAMPLES, TOLERANCE, Comparison, Locked, row
from emodemo.translation import N_, listed
from model import metrics
from model.heads import Heads
from model.labelled import LabelledFeatures
from model.labels import EMOTIONS, TASKS

NEWCOMER = 10  # corrected texts, below which what was learnt counts
MANY = 400  # held-back texts that need no others beside them
SURE = 0.99  # one-sided, that the user's own texts improve
POWER = 0.9  # of the number of corrections that is asked for
SMALLEST = 0.02  # gain that is worth waiting for
DRAWS = 4000  # of signs
EMOTIONS_F1 = "emotions_macro_f1"  # metric of a row: on corrected texts that testify


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether the candidate may go live, the reason in plain words, and the figures behind it."""

    passed: bool
    reason: str
    rows: list[dict[str, Any]]
    flips: list[dict[str, Any]]


class Gate:
    """What is known of live and shipped release, for one candidate after another."""

    def __init__(
        self,
        live: Heads,
        shipped: Heads,
        holdout: LabelledFeatures,
        evidence: Evidence,
        resamples: int = RESAMPLES,
    ) -> None:
        self.locked = Locked(live, shipped, holdout, resamples)
        self._live, self._evidence = live, evidence
        self._answers = live.apply(evidence.features)
        self._before = agreement(self._answers, evidence.targets)

    @property
    def needs_crossed(self) -> bool:
        """Whether corrections must testify that were kept from a candidate, beside those that only measure."""
        return len(self._before) >= NEWCOMER and self._evidence.measured.sum() < MANY

    def judge(self, candidate: Heads, found: Comparison, crossed: np.ndarray | None = None) -> Judgement:
        """The rule above. ``found``: what ``locked`` says; ``crossed`` (rows, WIDTH): what candidates fitted without
        them answer to corrections, NaN where there is none.
        """
        outputs, held = candidate.apply(self._evidence.features), self._evidence.measured
        after = agreement(outputs, self._evidence.targets)
        own, testimony = [], held.copy()
        if held.any():
            own.append(_own_row("accuracy", self._before[held], after[held]))
        if crossed is not None and (known := ~np.isnan(crossed).all(1)).any():
            kept = agreement(crossed[known], self._evidence.targets[known])
            own.append(_own_row("cross_validated", self._before[known], kept))
            after[known], testimony = kept, testimony | known
            outputs[known] = crossed[known]
        targets = self._evidence.targets[testimony]
        rows = [*found.rows, *_emotions_row(self._answers[testimony], outputs[testimony], targets), *own]
        gains = after - self._before
        passed, reason = self._decide(found.fallen, gains, testimony)
        return Judgement(passed, reason, rows, flips(self._live, candidate, self._evidence))

    def _decide(self, fallen: list[str], gains: np.ndarray, testimony: np.ndarray) -> tuple[bool, str]:
        if fallen:
            return False, N_("Kept the live release: {fallen} on the locked hold-out.", fallen=listed(fallen))
        locked = N_("no locked metric falls by more than {points:g} point", points=100 * TOLERANCE)
        if len(gains) < NEWCOMER:
            return _newcomer(gains[self._evidence.training], locked)
        own, gain = gains[testimony], 100 * float(gains[testimony].mean()) if testimony.any() else 0.0
        if surely_positive(own):
            return True, N_(
                "Promoted: agreement with {count} corrected texts that it never trained on rises by {gain:.1f} points and "
                "{locked}.",
                count=len(own), gain=gain, locked=locked,
            )  # fmt: skip
        share = 1.0 if self.needs_crossed else float(self._evidence.measured.mean())
        more = math.ceil(more_needed(own) / share)
        advice = N_("about {more:,} more corrections would tell", more=more)
        if more_needed(own) == 0:
            advice = N_(
                "a gain of {points:g} points would have shown, so these corrections do not bring one",
                points=100 * SMALLEST,
            )
        return False, N_(
            "Kept the live release: on {count} corrected texts that it never trained on the candidate changes agreement by "
            "{gain:+z.1f} points, which is not surely a gain; {advice}.",
            count=len(own), gain=gain, advice=advice,
        )  # fmt: skip


def _newcomer(gains: np.ndarray, locked: str) -> tuple[bool, str]:
    gain = float(gains.mean()) if len(gains) else 0.0
    if gain <= 0:
        return False, N_("Kept the live release: it already agrees with the corrections as well as the candidate.")
    return True, N_(
        "Promoted: agreement with the corrected texts rises by {gain:.1f} points and {locked}; from {count} corrected texts "
        "on, those that it never trained on decide.",
        gain=100 * gain, locked=locked, count=NEWCOMER,
    )  # fmt: skip


def surely_positive(gains: np.ndarray) -> bool:
    """Whether the mean of paired differences (rows,) is above zero at SURE, were either sign of each as likely.

    Fisher's randomisation test (1935, "The Design of Experiments", §21), by DRAWS random signs with the same seed.
    """
    found = gains[gains != 0]
    if found.sum() <= 0:
        return False
    if len(found) > DRAWS:  # a normal law then, exact to three digits
        return bool(found.sum() > NormalDist().inv_cdf(SURE) * math.sqrt(float((found**2).sum())))
    rng = np.random.default_rng(0)
    drawn = (2 * rng.integers(0, 2, (DRAWS, len(found)), np.int8) - 1).astype(np.float32) @ found.astype(np.float32)
    as_large = int((drawn >= found.sum() - 1e-5).sum())
    return (1 + as_large) / (1 + DRAWS) <= 1 - SURE


def more_needed(gains: np.ndarray) -> int:
    """How many more paired differences like ``gains`` (rows,) would make their gain sure, with probability POWER.

    0 where there are as many as a gain of SMALLEST needs, and it is not there.
    """
    rows = max(len(gains), 1)
    spread = max(float(gains.std()) if len(gains) else 0.0, math.sqrt(1 / (rows + 1)))
    effect = max(float(gains.mean()) if len(gains) else 0.0, SMALLEST)
    quantiles = NormalDist().inv_cdf(SURE) + NormalDist().inv_cdf(POWER)
    return max(math.ceil((quantiles * spread / effect) ** 2) - len(gains), 0)


def _emotions_row(before: np.ndarray, after: np.ndarray, targets: np.ndarray) -> list[dict[str, Any]]:
    """Macro-F1 of the emotions before and after on corrected texts that have one, with the interval of the gain."""
    columns = TASKS["emotion7"].columns
    said = ~np.isnan(targets[:, columns]).any(1)
    if not said.any():
        return []
    truth = targets[said, columns].argmax(1)
    weights = np.vstack([np.ones(said.sum()), metrics.resample_weights(int(said.sum()), RESAMPLES)])
    old, new = (
        metrics.macro_f1(truth, outputs[said, columns].argmax(1), len(EMOTIONS))(weights) for outputs in (before, after)
    )
    low, high = np.percentile((new - old)[1:], [2.5, 97.5])
    return [row("corrections", "agreement", {"metric": EMOTIONS_F1}, old[0], new[0], low, high)]


def _own_row(metric: str, before: np.ndarray, after: np.ndarray) -> dict[str, Any]:
    """Agreement before and after, with the paired bootstrap's 95 % interval of the gain."""
    gains = metrics.resample_weights(len(before), RESAMPLES) @ (after - before) / len(before)
    low, high = np.percentile(gains, [2.5, 97.5])
    return row("corrections", "agreement", {"metric": metric}, before.mean(), after.mean(), low, high)
