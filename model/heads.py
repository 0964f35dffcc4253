"""CVM and IRT on frozen features, in numpy: what serving applies and what every retraining fits again.

All heads are one matrix: outputs = features @ weight + bias, columns laid out by ``labels.TASKS``. Each task's
loss is convex in its columns, so fitting is full-batch L-BFGS with an exact gradient and no seed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
from safetensors.numpy import load, save

from model.labels import EMOTIONS, FINE_LABELS, POLARITY_OF_EMOTION, SCORE_RANGES, SCORE_SCALE, TASKS, WIDTH, Task

POLARITY_FLOOR = 1e-3
POLARITY_TABLE = np.array([POLARITY_OF_EMOTION[emotion] for emotion in EMOTIONS], np.float32)  # (7, 3)


@dataclass(frozen=True, slots=True)
class Heads:
    """weight (width, WIDTH), bias (WIDTH,), temperature (WIDTH,) dividing logits, thresholds (28,) of fine labels."""

    weight: np.ndarray
    bias: np.ndarray
    temperature: np.ndarray
    thresholds: np.ndarray

    @classmethod
    def zeros(cls, width: int) -> Self:
        return cls(
            np.zeros((width, WIDTH), np.float32),
            np.zeros(WIDTH, np.float32),
            np.ones(WIDTH, np.float32),
            np.full(len(FINE_LABELS), 0.5, np.float32),
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """From safetensors. Raises ValueError where tensors are missing or of another shape."""
        tensors = load(data)
        heads = cls(**{name: tensors[name] for name in cls.__dataclass_fields__ if name in tensors})
        if heads.weight.shape[1:] != (WIDTH,) or heads.thresholds.shape != (len(FINE_LABELS),):
            raise ValueError("the heads do not fit this version's label sets")
        return heads

    def to_bytes(self) -> bytes:
        return save({name: np.ascontiguousarray(getattr(self, name)) for name in self.__dataclass_fields__})

    def save(self, path: Path) -> None:
        path.write_bytes(self.to_bytes())

    def apply(self, features: np.ndarray) -> np.ndarray:
        """features (rows, width) → (rows, WIDTH): probabilities, and scores in their own units and ranges."""
        outputs = np.empty((len(features), WIDTH), np.float32)
        for task in TASKS.values():
            columns = task.columns
            z = self.logits(task, features) + self.prior(task, features)
            if task.kind == "categorical":
                outputs[:, columns] = softmax(z)
            elif task.kind == "multilabel":
                outputs[:, columns] = sigmoid(z)
            else:
                mean, deviation = SCORE_SCALE[task.name]
                outputs[:, columns] = np.clip(mean + deviation * z, *SCORE_RANGES[task.name])
        return outputs

    def logits(self, task: Task, features: np.ndarray) -> np.ndarray:
        """features (rows, width) → (rows, classes), divided by the temperature"""
        columns = task.columns
        return (features @ self.weight[:, columns] + self.bias[columns]) / self.temperature[columns]

    def prior(self, task: Task, features: np.ndarray) -> np.ndarray | float:
        """What is added to a task's logits: for polarity, the log of what the emotions imply by the table."""
        if task.name != "sentiment3":
            return 0.0
        emotions = softmax(self.logits(TASKS["emotion7"], features))
        return np.log(emotions @ POLARITY_TABLE + POLARITY_FLOOR)


def softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(z, -30, 30)))


def fit(
    features: np.ndarray, targets: np.ndarray, *, weights: np.ndarray, start: Heads, decay: float, iterations: int = 200
) -> Heads:
    """Fit every task's columns on frozen features, pulled towards ``start``.

    features (rows, width); targets (rows, WIDTH), NaN where unknown, probabilities or scores in their own units;
    weights (rows, WIDTH) of every row in every column's loss. ``decay`` is the penalty on half the squared distance
    from ``start``, beside a loss that is a weighted mean over rows. Temperatures and thresholds are kept, and so are
    the columns of a task without a labelled row.
    """
    heads = replace(start, weight=start.weight.copy(), bias=start.bias.copy())
    for task in TASKS.values():
        rows = ~np.isnan(targets[:, task.columns]).all(1) & (weights[:, task.start] > 0)
        if rows.any():
            x, y, w = features[rows].astype(np.float32), targets[rows, task.columns], weights[rows, task.columns]
            prior = heads.prior(task, x)
            anchor = np.vstack([start.weight[:, task.columns], start.bias[None, task.columns]])
            objective = _objective(task, x, y, w, prior, start.temperature[task.columns], anchor, decay)
            found = _minimise(objective, anchor, iterations)
            heads.weight[:, task.columns], heads.bias[task.columns] = found[:-1], found[-1]
    return heads


Objective = Callable[[np.ndarray], tuple[float, np.ndarray]]


def _objective(
    task: Task,
    x: np.ndarray,
    y: np.ndarray,
    weights: np.ndarray,
    prior: np.ndarray | float,
    temperature: np.ndarray,
    anchor: np.ndarray,
    decay: float,
) -> Objective:
    """One task's loss and gradient as a function of its matrix (width + 1, classes), the bias in the last row."""
    share = (weights / weights[:, 0].sum() * ~np.isnan(y)).astype(np.float32)
    y = np.nan_to_num(y).astype(np.float32)
    if task.kind == "score":
        mean, deviation = SCORE_SCALE[task.name]
        y = (y - mean) / deviation

    def evaluate(matrix: np.ndarray) -> tuple[float, np.ndarray]:
        z = (x @ matrix[:-1] + matrix[-1]) / temperature + prior
        if task.kind == "categorical":
            p = softmax(z)
            loss, slope = -(share * y * np.log(p + 1e-9)).sum(), share * (p - y)
        elif task.kind == "multilabel":
            loss, slope = (share * (np.logaddexp(0, z) - y * z)).sum(), share * (sigmoid(z) - y)
        else:
            loss, slope = 0.5 * (share * (z - y) ** 2).sum(), share * (z - y)
        slope = slope / temperature
        moved = matrix - anchor
        moved[-1] = 0  # the bias is free
        gradient = np.vstack([x.T @ slope, slope.sum(0)]) + decay * moved
        return float(loss + 0.5 * decay * (moved**2).sum()), gradient

    return evaluate


def _minimise(objective: Objective, start: np.ndarray, iterations: int) -> np.ndarray:
    from scipy.optimize import minimize  # serving never fits

    def flat(vector: np.ndarray) -> tuple[float, np.ndarray]:
        loss, gradient = objective(vector.reshape(start.shape).astype(np.float32))
        return loss, gradient.ravel().astype(np.float64)

    found = minimize(flat, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": iterations})
    return found.x.reshape(start.shape).astype(np.float32)
