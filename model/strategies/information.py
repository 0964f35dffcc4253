"""What labels would teach the heads: strategies that look at gradients and at the Fisher information of a batch."""

from collections.abc import Sequence

import numpy as np

from model.labels import TASKS
from model.strategies.diversity import directions
from model.strategies.pool import Pool

RIDGE = 2.0  # what the heads knew before, in labelled texts of average length


def badge(pool: Pool, batch: int, rng: np.random.Generator) -> np.ndarray:
    """k-means++ seeds among the gradients that the likeliest answers would give (Ash et al. 2020).

    A gradient is the outer product of an error in the logits and a feature, so that distances need neither built.
    """
    errors, (features, _) = _errors(pool), directions(pool)
    lengths = (errors**2).sum(1)
    chosen = [int(lengths.argmax())]
    away = np.full(len(features), np.inf)
    while len(chosen) < batch:
        last = chosen[-1]
        products = (errors @ errors[last]) * (features @ features[last])
        away = np.minimum(away, np.maximum(lengths + lengths[last] - 2 * products, 0))
        away[chosen] = 0
        chosen.append(_drawn(away, chosen, rng))
    return np.array(chosen)


def information(pool: Pool, batch: int, _rng: np.random.Generator) -> np.ndarray:
    """Each in turn the text that lowers most what the heads' answers on the whole pool vary by (Ash et al. 2021, "Gone
    Fishing"; for scores the transductive design of Yu, Bi and Tresp 2006).

    A text's Fisher information is taken as its weight in ``fisher`` times x xᵀ.
    """
    x, covariance = _informed(pool)
    target = x.T @ x / len(x)
    spread = x @ covariance  # (rows, width); what a label would move, of each text
    variance, gain = _dots(spread, x), _dots(spread @ target, spread)
    chosen: list[int] = []
    steps = np.empty((0, x.shape[1]), np.float32)  # spread is less by (x · step) step for each chosen text
    along = np.empty((len(x), 0), np.float32)
    for _ in range(batch):
        worth = gain / (1 + variance)
        worth[chosen] = -np.inf
        best = int(worth.argmax())
        step = (spread[best] - along[best] @ steps) / np.sqrt(1 + variance[best])
        moved, pulled = x @ step, target @ step
        gain += moved**2 * (step @ pulled) - 2 * moved * (spread @ pulled - along @ (steps @ pulled))
        variance -= moved**2
        chosen, steps, along = [*chosen, best], np.vstack([steps, step]), np.column_stack([along, moved])
    return np.array(chosen)


def _informed(pool: Pool) -> tuple[np.ndarray, np.ndarray]:
    """Centred features (rows, width), each scaled by the root of its weight, and the heads' covariance (width, width)."""
    mean = pool.features.mean(0)
    centred, seen = pool.features - mean, pool.seen - mean
    length = max(float((centred**2).sum(1).mean()), 1e-9)
    information = (seen * fisher(pool.seen_outputs, pool.tasks)[:, None]).T @ seen
    covariance = np.linalg.inv(information.astype(np.float64) + RIDGE * length * np.eye(len(mean)))
    weights = np.sqrt(fisher(pool.outputs, pool.tasks))[:, None]
    return (centred * weights).astype(np.float32), covariance.astype(np.float32)


def _dots(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.einsum("rw,rw->r", one, other)


def fisher(outputs: np.ndarray, tasks: Sequence[str]) -> np.ndarray:
    """Trace of the Fisher information in the logits, the mean over tasks, each in shares of its maximum, (rows,)."""
    parts = [np.ones(len(outputs))] if any(TASKS[name].kind == "score" for name in tasks) else []
    for task in (TASKS[name] for name in tasks):
        p = outputs[:, task.columns]
        if task.kind == "categorical":
            parts.append((1 - (p**2).sum(1)) / (1 - 1 / p.shape[1]))
        elif task.kind == "multilabel":
            parts.append(4 * (p * (1 - p)).mean(1))
    return np.mean(parts, axis=0)


def _errors(pool: Pool) -> np.ndarray:
    """Errors in the logits if the likeliest answer is right, (rows, columns); of scores the same for every text."""
    parts = [np.ones((len(pool.outputs), len(pool.asked("score"))))]
    for task in pool.asked("categorical", "multilabel"):
        p = pool.outputs[:, task.columns]
        if task.kind == "categorical":
            parts.append(p - np.eye(p.shape[1])[p.argmax(1)])
        else:
            parts.append((p - (p >= 0.5)) / np.sqrt(p.shape[1]))
    return np.hstack(parts)


def _drawn(away: np.ndarray, chosen: list[int], rng: np.random.Generator) -> int:
    """A row by its squared distance; where all are alike, the first that is not chosen."""
    total = np.cumsum(away)
    if total[-1] > 0:
        return int(np.searchsorted(total, rng.random() * total[-1], side="right"))
    return int(np.setdiff1d(np.arange(len(away)), chosen)[0])
