"""Temperatures and thresholds on dev rows, after the heads are fitted and before anything is measured."""

from dataclasses import replace

import numpy as np
from scipy.optimize import minimize_scalar

from model.heads import Heads, Thresholds, group_probabilities, softmax
from model.labelled import LabelledFeatures
from model.labels import TASKS, Task

TEMPERATURES = (0.3, 5.0)
RESAMPLES = 40


def calibrate(heads: Heads, dev: LabelledFeatures) -> Heads:
    """The heads with the temperature of least log loss for each classification (Guo et al. 2017), then thresholds.

    Every corpus weighs the same, however many rows it has. A task without rows keeps what it has.
    """
    heads = replace(heads, temperature=heads.temperature.copy())
    for task in TASKS.values():
        known = ~np.isnan(dev.targets[:, task.columns]).any(1)
        if task.kind != "score" and known.any():
            heads.temperature[task.columns] = _temperature(heads, task, dev.take(known))
    outputs = heads.apply(dev.features, dev.views())
    return replace(heads, thresholds=best_thresholds(outputs, dev.targets, heads.thresholds))


def _temperature(heads: Heads, task: Task, rows: LabelledFeatures) -> float:
    target, weights = rows.targets[:, task.columns], corpus_weights(rows.corpus)
    offsets = heads.offsets(rows.features, rows.views())
    prior = heads.prior(task, rows.features, offsets)
    logits = (heads.logits(task, rows.features, offsets) - prior) * heads.temperature[task.columns]

    def loss(temperature: float) -> float:
        z = logits / temperature + prior
        if task.kind == "categorical":
            return float(-(weights @ (target * np.log(softmax(z) + 1e-9)).sum(1)))
        return float(weights @ (np.logaddexp(0, z) - target * z).mean(1))

    return float(minimize_scalar(loss, bounds=TEMPERATURES, method="bounded").x)


def corpus_weights(corpus: np.ndarray) -> np.ndarray:
    """Weights that sum to 1 and give each corpus the same share: names (rows,) → (rows,)"""
    names, place, counts = np.unique(corpus, return_inverse=True, return_counts=True)
    return 1 / counts[place] / len(names)


def best_thresholds(outputs: np.ndarray, targets: np.ndarray, otherwise: Thresholds) -> Thresholds:
    """For each fine label and each group the probability from which on naming it gives the best F1.

    outputs, targets (rows, WIDTH); a label that no row bears keeps its threshold of ``otherwise``.
    """
    columns = TASKS["labels28"].columns
    known = ~np.isnan(targets[:, columns]).any(1)
    if not known.any():
        return otherwise
    fine, truth = outputs[known, columns], (targets[known, columns] > 0.5).astype(np.float32)
    groups = group_probabilities(fine), group_probabilities(truth)
    return Thresholds(_thresholds(fine, truth, otherwise.labels), _thresholds(*groups, otherwise.groups))


def _thresholds(probabilities: np.ndarray, truth: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    """Column by column, the mean of the best ones on bootstrap resamples: rare labels are not fitted to a few rows."""
    rng = np.random.default_rng(0)
    draws = [rng.integers(0, len(truth), len(truth)) for _ in range(RESAMPLES)]
    found = otherwise.copy()
    for column in range(truth.shape[1]):
        p, t = probabilities[:, column], truth[:, column] > 0.5
        best = [_best_threshold(p[rows], t[rows]) for rows in draws if t[rows].any()]
        if best:
            found[column] = np.mean(best)
    return found


def _best_threshold(probabilities: np.ndarray, truth: np.ndarray) -> float:
    order = np.argsort(-probabilities)
    sorted_probabilities = probabilities[order]
    hits = np.cumsum(truth[order])
    f1 = 2 * hits / (np.arange(1, len(truth) + 1) + truth.sum())
    best = int(f1.argmax())
    below = sorted_probabilities[best + 1] if best + 1 < len(truth) else 0.0
    return float((sorted_probabilities[best] + below) / 2)  # half-way to the next, so that no rounding decides
