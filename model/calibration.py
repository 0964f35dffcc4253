"""Temperatures and thresholds on dev rows, after the heads are fitted and before anything is measured."""

from dataclasses import replace

import numpy as np
from scipy.optimize import minimize_scalar

from model.heads import Heads, sigmoid, softmax
from model.labels import TASKS, Task

TEMPERATURES = (0.3, 5.0)


def calibrate(heads: Heads, features: np.ndarray, targets: np.ndarray) -> Heads:
    """The heads with the temperature of least log loss for each classification (Guo et al. 2017), then thresholds.

    features (rows, width), targets (rows, WIDTH) of dev rows, NaN where unknown. A task without rows keeps what it has.
    """
    heads = replace(heads, temperature=heads.temperature.copy())
    for task in TASKS.values():
        known = ~np.isnan(targets[:, task.columns]).any(1)
        if task.kind != "score" and known.any():
            heads.temperature[task.columns] = _temperature(heads, task, features[known], targets[known, task.columns])
    return replace(heads, thresholds=best_thresholds(heads, features, targets))


def _temperature(heads: Heads, task: Task, features: np.ndarray, target: np.ndarray) -> float:
    logits = heads.logits(task, features) * heads.temperature[task.columns]
    prior = heads.prior(task, features)

    def loss(temperature: float) -> float:
        z = logits / temperature + prior
        if task.kind == "categorical":
            return float(-(target * np.log(softmax(z) + 1e-9)).sum(1).mean())
        return float((np.logaddexp(0, z) - target * z).mean())

    return float(minimize_scalar(loss, bounds=TEMPERATURES, method="bounded").x)


def best_thresholds(heads: Heads, features: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """For each fine label the probability from which on naming it gives the best F1, shape (28,)."""
    task = TASKS["labels28"]
    known = ~np.isnan(targets[:, task.columns]).any(1)
    thresholds = heads.thresholds.copy()
    if known.any():
        probabilities = sigmoid(heads.logits(task, features[known]))
        for label, truth in enumerate(targets[known, task.columns].T > 0.5):
            if truth.any():
                thresholds[label] = _best_threshold(probabilities[:, label], truth)
    return thresholds


def _best_threshold(probabilities: np.ndarray, truth: np.ndarray) -> float:
    order = np.argsort(-probabilities)
    sorted_probabilities = probabilities[order]
    hits = np.cumsum(truth[order])
    f1 = 2 * hits / (np.arange(1, len(truth) + 1) + truth.sum())
    best = int(f1.argmax())
    below = sorted_probabilities[best + 1] if best + 1 < len(truth) else 0.0
    return float((sorted_probabilities[best] + below) / 2)  # half-way to the next, so that no rounding decides
