"""CVM and IRT on frozen features, in numpy: what serving applies and what every retraining fits again.

Logits are features @ weight + bias, columns laid out by ``labels.TASKS``, plus what ``context.ContextHead`` adds to
emotions and polarity. The matrix is what retraining moves: each task's loss is convex in its columns, so fitting is
full-batch, by ``optimiser`` with an exact gradient and no seed.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
from safetensors.numpy import load, save

from model import context
from model.added import AddedLabels
from model.context import ContextHead
from model.labels import (
    EKMAN_GROUPS,
    EMOTIONS,
    FINE_LABELS,
    POLARITY_OF_EMOTION,
    SCORE_RANGES,
    SCORE_SCALE,
    TASKS,
    WIDTH,
    Task,
)
from model.optimiser import Metric, Objective, minimise

POLARITY_FLOOR = 1e-3
CURVATURE = {"categorical": 0.5, "multilabel": 0.25, "score": 1.0}  # most that a logit's loss can curve
TOLERANCE = 1e-6  # of the mean loss, that fitting may leave on the table
POLARITY_TABLE = np.array([POLARITY_OF_EMOTION[emotion] for emotion in EMOTIONS], np.float32)  # (7, 3)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Probabilities from which on a label stands: of the fine labels (28,), and of their seven groups (7,)."""

    labels: np.ndarray
    groups: np.ndarray

    @classmethod
    def even(cls) -> Self:
        """One half for all."""
        return cls(np.full(len(FINE_LABELS), 0.5, np.float32), np.full(len(EMOTIONS), 0.5, np.float32))


@dataclass(frozen=True, slots=True)
class Heads:
    """weight (width, WIDTH), bias (WIDTH,), temperature (WIDTH,) dividing logits; thresholds; the context's part; rows of
    added labels, of which none of the others knows.
    """

    weight: np.ndarray
    bias: np.ndarray
    temperature: np.ndarray
    thresholds: Thresholds
    context: ContextHead
    added: AddedLabels

    @classmethod
    def zeros(cls, width: int) -> Self:
        return cls(
            np.zeros((width, WIDTH), np.float32),
            np.zeros(WIDTH, np.float32),
            np.ones(WIDTH, np.float32),
            Thresholds.even(),
            ContextHead.zeros(width),
            AddedLabels.none(width),
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """From safetensors; those of 2026.11.0 lack context and groups, most lack added labels, and whatever a later
        version has beside these is left alone. Raises ValueError where anything else is missing or of another shape.
        """
        tensors = load(data)
        if missing := {"weight", "bias", "temperature", "thresholds"} - tensors.keys():
            raise ValueError(f"the heads lack {min(missing)!r}")
        weight, labels = tensors["weight"], tensors["thresholds"]
        if weight.shape[1:] != (WIDTH,) or labels.shape != (len(FINE_LABELS),):
            raise ValueError("the heads do not fit this version's label sets")
        hidden, output = (tensors.get(f"context.{part}") for part in ("hidden", "output"))
        return cls(
            weight,
            tensors["bias"],
            tensors["temperature"],
            Thresholds(labels, tensors.get("thresholds.groups", Thresholds.even().groups)),
            ContextHead.zeros(len(weight))
            if hidden is None or output is None
            else ContextHead(hidden.astype(np.float32), output.astype(np.float32)),
            AddedLabels.from_tensors(tensors, len(weight)),
        )

    def to_bytes(self) -> bytes:
        """As safetensors, the context's part in half precision."""
        tensors = {
            "weight": self.weight,
            "bias": self.bias,
            "temperature": self.temperature,
            "thresholds": self.thresholds.labels,
            "thresholds.groups": self.thresholds.groups,
            "context.hidden": self.context.hidden.astype(np.float16),
            "context.output": self.context.output.astype(np.float16),
            **self.added.tensors(),
        }
        return save({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()})

    def save(self, path: Path) -> None:
        path.write_bytes(self.to_bytes())

    def apply(self, features: np.ndarray, views: np.ndarray | None = None) -> np.ndarray:
        """features (rows, width), ``context.neighbours`` of them where known → (rows, WIDTH): probabilities, and scores
        in their own units and ranges.
        """
        outputs = np.empty((len(features), WIDTH), np.float32)
        offsets = self.offsets(features, views)
        for task in TASKS.values():
            columns = task.columns
            z = self.logits(task, features, offsets)
            if task.kind == "categorical":
                outputs[:, columns] = softmax(z)
            elif task.kind == "multilabel":
                outputs[:, columns] = sigmoid(z)
            else:
                mean, deviation = SCORE_SCALE[task.name]
                outputs[:, columns] = np.clip(mean + deviation * z, *SCORE_RANGES[task.name])
        return outputs

    def uncalibrated(self) -> Self:
        """The matrix alone, temperatures folded in."""
        zeros = self.zeros(len(self.weight))
        scaled = replace(self, weight=self.weight / self.temperature, bias=self.bias / self.temperature)
        return replace(scaled, temperature=zeros.temperature, context=zeros.context)

    def offsets(self, features: np.ndarray, views: np.ndarray | None = None) -> np.ndarray:
        """What the context's part adds to the matrix's logits before the temperature, (rows, WIDTH)."""
        added = np.zeros((len(features), WIDTH), np.float32)
        added[:, : context.WIDTH] = self.context.logits(features, views)
        return added

    def logits(self, task: Task, features: np.ndarray, offsets: np.ndarray) -> np.ndarray:
        """A task's calibrated logits (rows, classes), for polarity with the prior that the emotions imply."""
        columns = task.columns
        z = features @ self.weight[:, columns] + self.bias[columns] + offsets[:, columns]
        return z / self.temperature[columns] + self.prior(task, features, offsets)

    def matrix(self, task: Task) -> np.ndarray:
        """A task's weights with its bias in the last row, (width + 1, classes)."""
        return np.vstack([self.weight[:, task.columns], self.bias[None, task.columns]])

    def prior(self, task: Task, features: np.ndarray, offsets: np.ndarray) -> np.ndarray | float:
        """What is added to a task's logits: for polarity, the log of what the emotions imply by the table."""
        if task.name != "sentiment3":
            return 0.0
        emotions = softmax(self.logits(TASKS["emotion7"], features, offsets))
        return np.log(emotions @ POLARITY_TABLE + POLARITY_FLOOR)


_GROUPS = [[FINE_LABELS.index(label) for label in EKMAN_GROUPS[emotion]] for emotion in EMOTIONS]


def group_probabilities(fine: np.ndarray) -> np.ndarray:
    """Probability that any label of a group stands, the labels taken as independent: (rows, 28) → (rows, 7)"""
    return np.stack([1 - np.prod(1 - fine[:, group], 1) for group in _GROUPS], 1)


def softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def softplus(z: np.ndarray) -> np.ndarray:
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(z, -30, 30)))


def fit(
    features: np.ndarray,
    targets: np.ndarray,
    *,
    weights: np.ndarray,
    start: Heads,
    decay: float,
    iterations: int = 200,
    begin: Heads | None = None,
) -> Heads:
    """Fit every task's columns on frozen features, pulled towards ``start``.

    features (rows, width); targets (rows, WIDTH), NaN where unknown, probabilities or scores in their own units;
    weights (rows, WIDTH) of every row in every column's loss. ``decay`` is the penalty on half the squared distance
    from ``start``, beside a loss that is a weighted mean over rows. ``begin``: heads to begin the search at, near the
    optimum if known; they change it by no more than TOLERANCE of loss. Temperatures and thresholds are kept, and so are the columns of a task
    without a labelled row.
    """
    heads = replace(start, weight=start.weight.copy(), bias=start.bias.copy())
    offsets = start.offsets(features)
    for task in TASKS.values():
        rows = ~np.isnan(targets[:, task.columns]).all(1) & (weights[:, task.start] > 0)
        if rows.any():
            x, y, w = features[rows].astype(np.float32), targets[rows, task.columns], weights[rows, task.columns]
            temperature = start.temperature[task.columns]
            fixed = offsets[rows, task.columns] / temperature + heads.prior(task, x, offsets[rows])
            anchor = start.matrix(task)
            objective = _objective(task, x, y, w, fixed, temperature, anchor, decay)
            metric = _metric(task, x, w[:, 0], temperature, decay)
            origin = (begin or start).matrix(task)
            found = minimise(objective, metric, origin, iterations=iterations, tolerance=TOLERANCE)
            heads.weight[:, task.columns], heads.bias[task.columns] = found[:-1], found[-1]
    return heads


def fit_row(features: np.ndarray, shares: np.ndarray, *, decay: float, begin: np.ndarray | None = None) -> np.ndarray:
    """Weight and bias (width + 1,) of a label by itself: logistic regression, its weight pulled towards zero.

    features (rows, width); shares (rows,), how probable the label is for each. ``begin``: where the search begins.
    """
    task = Task("added", "multilabel", ("added",), 0)
    weights, even = np.ones((len(shares), 1), np.float32), np.ones(1, np.float32)
    anchor = np.zeros((features.shape[1] + 1, 1), np.float32)
    objective = _objective(task, features, shares[:, None], weights, 0.0, even, anchor, decay)
    metric = _metric(task, features, weights[:, 0], even, decay)
    origin = anchor if begin is None else begin[:, None]
    return minimise(objective, metric, origin, iterations=200, tolerance=TOLERANCE)[:, 0]


def _metric(task: Task, x: np.ndarray, weights: np.ndarray, temperature: np.ndarray, decay: float) -> Metric:
    """Step of the quadratic that lies above the task's loss wherever it is: the same matrix for each of its classes.

    A softmax's Hessian in its logits is at most half the identity (Böhning 1992), a sigmoid's slope at most a quarter.
    """
    from scipy.linalg import cho_factor, cho_solve  # serving never fits

    share = weights / weights.sum()
    root = np.sqrt(share, dtype=np.float32)[:, None]
    whole = np.hstack([x * root, root])
    bound = (whole.T @ whole).astype(np.float64) * (CURVATURE[task.kind] / float(temperature.min()) ** 2)
    bound[np.diag_indices_from(bound)] += [*[decay] * x.shape[1], 0.0]
    bound[np.diag_indices_from(bound)] += 1e-6 * bound.diagonal().mean()
    factor = cho_factor(bound, lower=True, overwrite_a=True)
    return lambda gradient: cho_solve(factor, gradient).astype(np.float32)


def _objective(
    task: Task,
    x: np.ndarray,
    y: np.ndarray,
    weights: np.ndarray,
    fixed: np.ndarray | float,
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
        z = (x @ matrix[:-1] + matrix[-1]) / temperature + fixed
        if task.kind == "categorical":
            p = softmax(z)
            loss, slope = -(share * y * np.log(p + 1e-9)).sum(dtype=np.float64), share * (p - y)
        elif task.kind == "multilabel":
            loss, slope = (share * (softplus(z) - y * z)).sum(dtype=np.float64), share * (sigmoid(z) - y)
        else:
            loss, slope = 0.5 * (share * (z - y) ** 2).sum(dtype=np.float64), share * (z - y)
        slope = slope / temperature
        moved = matrix - anchor
        moved[-1] = 0  # the bias is free
        gradient = np.vstack([x.T @ slope, slope.sum(0)]) + decay * moved
        return float(loss + 0.5 * decay * (moved**2).sum()), gradient

    return evaluate
