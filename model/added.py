"""Labels that people added: each a logistic row of its own on the frozen features, beside the heads and apart from them.

A row reads the features and nothing else, and no head reads a row: whatever it answers, every other output stays what it
was to the last bit.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

PREFIX = "added."  # of a row's name in a heads file; the row: weight (width,), bias, threshold


@dataclass(frozen=True, slots=True)
class AddedLabels:
    """names; weight (width, labels); bias (labels,); thresholds (labels,), probabilities from which on each stands."""

    names: tuple[str, ...]
    weight: np.ndarray
    bias: np.ndarray
    thresholds: np.ndarray

    @classmethod
    def of(cls, rows: Mapping[str, np.ndarray], width: int) -> Self:
        """Rows (width + 2,) by name, as ``rows`` returns them. Raises ValueError for one of another shape."""
        names = tuple(sorted(rows))
        if wrong := [name for name in names if rows[name].shape != (width + 2,)]:
            raise ValueError(f"the row of the added label {wrong[0]!r} does not fit the heads")
        stacked = np.stack([rows[name] for name in names], 1) if names else np.empty((width + 2, 0))
        stacked = stacked.astype(np.float32)
        return cls(names, stacked[:-2], stacked[-2], stacked[-1])

    @classmethod
    def none(cls, width: int) -> Self:
        return cls.of({}, width)

    def rows(self) -> dict[str, np.ndarray]:
        """Each label's row (width + 2,): weight, bias, threshold."""
        stacked = np.vstack([self.weight, self.bias, self.thresholds])
        return {name: stacked[:, n] for n, name in enumerate(self.names)}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, np.ndarray], width: int) -> Self:
        """Those among the tensors of a heads file. Raises ValueError as ``of``."""
        found = {name.removeprefix(PREFIX): row for name, row in tensors.items() if name.startswith(PREFIX)}
        return cls.of(found, width)

    def tensors(self) -> dict[str, np.ndarray]:
        """As they stand in a heads file."""
        return {PREFIX + name: row for name, row in self.rows().items()}

    def only(self, names: Collection[str]) -> Self:
        """Those of some names."""
        return self.of({name: row for name, row in self.rows().items() if name in names}, len(self.weight))

    def apply(self, features: np.ndarray) -> np.ndarray:
        """Probabilities (rows, labels) of features (rows, width)."""
        return (1 / (1 + np.exp(-np.clip(features @ self.weight + self.bias, -30, 30)))).astype(np.float32)

    def passing(self, probabilities: np.ndarray) -> dict[str, float]:
        """Of one text's probabilities (labels,) those that pass their thresholds, by name."""
        found = zip(self.names, probabilities, self.thresholds, strict=True)
        return {name: float(p) for name, p, threshold in found if p >= threshold}
