"""What was said before, as features: a sentence's neighbours cost nothing to encode again.

CVM's second part reads a sentence's own feature beside those of the sentences before it, through one hidden layer, and
adds to the logits of emotions and polarity. Without anything before it reads zeros, as it often did in training.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from model.labels import TASKS

FARTHEST = 8  # sentences before that are read
VIEWS = 3  # the last sentence, the one before it, the mean of the farthest
REFINED = ("emotion7", "sentiment3")
WIDTH = TASKS[REFINED[-1]].columns.stop  # the refined tasks' columns come first in a row


def before(count: int, history: int = 0) -> list[range]:
    """For each of ``count`` sentences in a row the places of those before it, nearest first.

    Places count from the start of a history of so many sentences that stands before the first.
    """
    return [range(n - 1, max(n - FARTHEST, 0) - 1, -1) for n in range(history, history + count)]


def neighbours(features: np.ndarray, places: Sequence[Sequence[int]]) -> np.ndarray:
    """The views of what was said before, (rows, VIEWS, width), zeros where there is nothing.

    features (sentences, width); ``places``: for each row the sentences before it, nearest first.
    """
    views = np.zeros((len(places), VIEWS, features.shape[1]), np.float32)
    for view, rows in zip(views, places, strict=True):
        near = features[list(rows[:FARTHEST])]
        view[: min(len(near), 2)] = near[:2]
        if len(near):
            view[2] = near.mean(0)
    return views


@dataclass(frozen=True, slots=True)
class ContextHead:
    """hidden ((1 + VIEWS) · width + 1, units) and output (units + 1, WIDTH), biases in their last rows."""

    hidden: np.ndarray
    output: np.ndarray

    @classmethod
    def zeros(cls, width: int, units: int = 0) -> Self:
        """Adds nothing."""
        return cls(np.zeros(((1 + VIEWS) * width + 1, units), np.float32), np.zeros((units + 1, WIDTH), np.float32))

    def logits(self, features: np.ndarray, views: np.ndarray | None = None) -> np.ndarray:
        """features (rows, width), views (rows, VIEWS, width) or None → what is added to logits (rows, WIDTH)"""
        width = features.shape[1]
        units = features @ self.hidden[:width] + self.hidden[-1]
        if views is not None:
            units += views.reshape(len(views), VIEWS * width) @ self.hidden[width:-1]
        return np.maximum(units, 0) @ self.output[:-1] + self.output[-1]
