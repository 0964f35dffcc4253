"""Features in their principal components: heads mean the same there and are fitted several times as fast."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from model.context import VIEWS, ContextHead
from model.heads import Heads


@dataclass(frozen=True, slots=True)
class Basis:
    """mean (width,) and orthonormal directions (width, components) of some features.

    Pooled features share one large mean, which makes the heads' loss ill-conditioned; without it the search needs a
    fraction of the steps.
    """

    mean: np.ndarray
    directions: np.ndarray

    @classmethod
    def of(cls, features: np.ndarray, components: int | None = None) -> Self:
        """The directions in which ``features`` (rows, width) vary most, all of them where no number is given."""
        mean = features.mean(0)
        centred = (features - mean).astype(np.float64)
        _, directions = np.linalg.eigh(centred.T @ centred)  # the least variance first
        return cls(mean, directions[:, ::-1][:, :components].astype(np.float32))

    def features(self, features: np.ndarray) -> np.ndarray:
        """(rows, width) → (rows, components)"""
        return (features - self.mean) @ self.directions

    def heads(self, heads: Heads) -> Heads:
        """Heads that answer from the components as ``heads`` do from the features, each text read alone.

        Exact with all components; with fewer, what the directions left out say is lost.
        """
        width, components = self.directions.shape
        own, bias = heads.context.hidden[:width], heads.context.hidden[-1:] + self.mean @ heads.context.hidden[:width]
        unseen = np.zeros((VIEWS * components, own.shape[1]), np.float32)
        return replace(
            heads,
            weight=self.directions.T @ heads.weight,
            bias=heads.bias + self.mean @ heads.weight,
            context=ContextHead(np.vstack([self.directions.T @ own, unseen, bias]), heads.context.output),
        )
