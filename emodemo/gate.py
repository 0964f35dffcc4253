"""Candidate against live: what may replace the model that people use, and why.

Two kinds of evidence, neither ever trained on: the locked hold-out that the release carries, and every fifth
corrected text. The first must not fall; the second must improve as soon as there is enough of it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from model import metrics
from model.evaluation import PRIMARY, tasks_measured
from model.heads import Heads
from model.labelled import LabelledFeatures
from model.labels import EMOTIONS, POLARITIES, SCORE_RANGES, TASKS

TOLERANCE = 0.01  # a locked metric may not fall by more
ENOUGH = 5  # held-back corrected texts from which on they decide
RESAMPLES = 1000
CONFIDENCE = 0.9  # one-sided, that the user's own texts improve


@dataclass(frozen=True, slots=True)
class Evidence:
    """Corrected texts: ids (rows,), features (rows, width), targets (rows, WIDTH), measured (rows,) booleans."""

    ids: np.ndarray
    features: np.ndarray
    targets: np.ndarray
    measured: np.ndarray


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether the candidate may go live, the reason in plain words, and the figures behind it.

    ``forgets``: a locked metric falls too far; a candidate that follows the corrections less closely may not.
    """

    passed: bool
    forgets: bool
    reason: str
    rows: list[dict[str, Any]]
    flips: list[dict[str, Any]]


def judge(live: Heads, candidate: Heads, shipped: Heads, holdout: LabelledFeatures, evidence: Evidence) -> Judgement:
    """The gate. ``shipped`` bounds how far a chain of small losses can lead."""
    rows, fallen = _locked(live, candidate, shipped, holdout)
    before, after = (agreement(heads.apply(evidence.features), evidence.targets) for heads in (live, candidate))
    held = evidence.measured
    if held.any():
        rows.append(_own_row(before[held], after[held]))
    passed, reason = _decide(fallen, before, after, held)
    return Judgement(passed, bool(fallen), reason, rows, _flips(live, candidate, evidence))


def _locked(
    live: Heads, candidate: Heads, shipped: Heads, holdout: LabelledFeatures
) -> tuple[list[dict[str, Any]], list[str]]:
    """A row for each task of each corpus of the hold-out, and a phrase for each that fell too far."""
    rows, fallen = [], []
    for corpus, part in holdout.by_corpus():
        old, new, first = (_primary(heads, part) for heads in (live, candidate, shipped))
        for task, (metric, before, count) in old.items():
            after = new[task][1]
            weights = metrics.resample_weights(count, RESAMPLES // 5)
            low, high = np.percentile([after(w) - before(w) for w in weights], [2.5, 97.5])
            ones = np.ones(count)
            row = _row(corpus, task, metric, before(ones), after(ones), low, high)
            floor = max(row["live"], first[task][1](ones)) - TOLERANCE
            if row["candidate"] < floor:
                fallen.append(
                    f"{task} on {corpus} would fall from {100 * row['live']:.1f} to {100 * row['candidate']:.1f}"
                )
            rows.append(row)
    return rows, fallen


def _primary(heads: Heads, part: LabelledFeatures) -> dict[str, tuple[str, metrics.Weighted, int]]:
    """For each task its primary metric's name, the metric as a function of row weights, and its rows."""
    measured = tasks_measured(part.targets, heads.apply(part.features), heads.thresholds)
    return {
        task: (PRIMARY[task], found.metrics[PRIMARY[task]], len(found.rows))
        for task, found in measured
        if task in PRIMARY
    }


def agreement(outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """How far the outputs agree with what people said, 0 to 1 for each row: the mean over the parts that they judged.

    A classification agrees by the share of people who chose its top class, relative to the most chosen one; a score by
    its distance, from 1 at none to 0 at a quarter of its range. outputs, targets (rows, WIDTH), NaN where not judged.
    """
    parts = [_top_share(task, outputs, targets) for task in ("emotion7", "sentiment3")]
    parts += [_closeness(name, outputs, targets) for name in SCORE_RANGES]
    stacked = np.stack(parts)
    known = ~np.isnan(stacked)
    return np.nansum(stacked, 0) / np.maximum(known.sum(0), 1)


def _top_share(task: str, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    columns = TASKS[task].columns
    said = targets[:, columns]
    top = outputs[:, columns].argmax(1)
    return said[np.arange(len(said)), top] / said.max(1)


def _closeness(name: str, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    low, high = SCORE_RANGES[name]
    column = TASKS[name].start
    return np.clip(1 - np.abs(outputs[:, column] - targets[:, column]) / ((high - low) / 4), 0, 1)


def _own_row(before: np.ndarray, after: np.ndarray) -> dict[str, Any]:
    gains = _resampled_gain(before, after)
    low, high = np.percentile(gains, [2.5, 97.5])
    return _row("corrections", "agreement", "accuracy", before.mean(), after.mean(), low, high)


def _resampled_gain(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Paired bootstrap of the mean gain."""
    weights = metrics.resample_weights(len(before), RESAMPLES)
    return weights @ (after - before) / len(before)


def _decide(fallen: list[str], before: np.ndarray, after: np.ndarray, held: np.ndarray) -> tuple[bool, str]:
    if fallen:
        return False, f"Kept the live release: {'; '.join(fallen)} on the locked hold-out."
    own, points = int(held.sum()), 100 * TOLERANCE
    locked = f"no locked metric falls by more than {points:g} point"
    if own < ENOUGH:
        gain = float((after[~held] - before[~held]).mean())
        if gain <= 0:
            return False, "Kept the live release: it already agrees with the corrections as well as the candidate."
        return True, (
            f"Promoted: agreement with the corrected texts rises by {100 * gain:.1f} points and {locked}; "
            f"{own} corrected texts are held back to measure, and from {ENOUGH} on they decide."
        )
    gains = _resampled_gain(before[held], after[held])
    gain, sure = float((after[held] - before[held]).mean()), float(np.quantile(gains, 1 - CONFIDENCE))
    if sure <= 0:
        return False, (
            f"Kept the live release: on the {own} corrected texts held back to measure the candidate changes agreement "
            f"by {100 * gain:+.1f} points, which is not surely a gain; more corrections would tell."
        )
    return True, (
        f"Promoted: agreement with {own} corrected texts that it never trained on rises by {100 * gain:.1f} points "
        f"and {locked}."
    )


def _row(corpus: str, task: str, metric: str, live: float, candidate: float, low: float, high: float) -> dict[str, Any]:
    """``low`` and ``high``: 95 % interval of candidate minus live."""
    figures = {"live": live, "candidate": candidate, "low": low, "high": high}
    return {"corpus": corpus, "task": task, "metric": metric, **{k: round(float(v), 4) for k, v in figures.items()}}


def _flips(live: Heads, candidate: Heads, evidence: Evidence) -> list[dict[str, Any]]:
    """Corrected texts whose emotion or polarity changes, those that go from right to wrong first."""
    old, new = (heads.apply(evidence.features) for heads in (live, candidate))
    lost = agreement(old, evidence.targets) - agreement(new, evidence.targets)
    names = [[_answer(row) for row in outputs] for outputs in (old, new, evidence.targets)]
    changed = [n for n in range(len(old)) if names[0][n] != names[1][n]]
    return [
        {"text_id": int(evidence.ids[n]), "live": names[0][n], "candidate": names[1][n], "accepted": names[2][n]}
        for n in sorted(changed, key=lambda n: -lost[n])
    ]


def _answer(row: np.ndarray) -> str:
    """Top emotion and polarity in words; ``?`` where nothing was said."""
    parts = ((EMOTIONS, row[TASKS["emotion7"].columns]), (POLARITIES, row[TASKS["sentiment3"].columns]))
    return ", ".join("?" if np.isnan(part).any() else names[int(part.argmax())] for names, part in parts)
