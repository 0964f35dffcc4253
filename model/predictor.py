"""What serving uses: encoder and heads together, texts in, predictions out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.context import FARTHEST, before, neighbours
from model.encoder import Encoder
from model.heads import Heads
from model.labels import EMOTIONS, FINE_LABELS, IRT_TASKS, POLARITIES, TASKS, WIDTH


@dataclass(frozen=True, slots=True)
class Prediction:
    """One text's answers. Distributions sum to 1; scores are in their own ranges."""

    emotions: dict[str, float]
    labels: tuple[str, ...]
    polarity: dict[str, float]
    sarcasm: float
    scores: dict[str, float]
    release: str

    @property
    def emotion(self) -> str:
        return max(self.emotions, key=self.emotions.__getitem__)


@dataclass(frozen=True, slots=True)
class Predictor:
    """A release ready to serve."""

    encoder: Encoder
    heads: Heads
    release: str

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        """One Prediction for each text, read alone, in order."""
        return self.read(self.outputs(self.encoder.features(texts))) if texts else []

    def follow(self, texts: Sequence[str], said: np.ndarray | None = None) -> tuple[list[Prediction], np.ndarray]:
        """One Prediction for each sentence of a text, read with those before it, and what the next call needs.

        ``said``: the last call's second result, features (at most FARTHEST, width); None at the start of the text.
        """
        features = self.encoder.features(texts)
        known = features if said is None else np.vstack([said, features])
        views = neighbours(known, before(len(texts), len(known) - len(texts)))
        return self.read(self.outputs(features, views)), known[-FARTHEST:]

    def outputs(self, features: np.ndarray, views: np.ndarray | None = None) -> np.ndarray:
        """All that the release says of features (rows, width): what its heads answer, then its added labels
        (rows, WIDTH + labels).
        """
        return np.hstack([self.heads.apply(features, views), self.heads.added.apply(features)])

    def read(self, outputs: np.ndarray) -> list[Prediction]:
        """``outputs`` as predictions."""
        return [self._prediction(row) for row in outputs]

    def _prediction(self, row: np.ndarray) -> Prediction:
        fine = row[TASKS["labels28"].columns]
        standing = {FINE_LABELS[n]: float(fine[n]) for n in np.flatnonzero(fine >= self.heads.thresholds.labels)}
        standing |= self.heads.added.passing(row[WIDTH:])
        return Prediction(
            emotions=_named(EMOTIONS, row[TASKS["emotion7"].columns]),
            labels=tuple(sorted(standing, key=lambda name: -standing[name])),
            polarity=_named(POLARITIES, row[TASKS["sentiment3"].columns]),
            sarcasm=float(row[TASKS["sarcasm"].columns][1]),
            scores={task.name: float(row[task.start]) for task in IRT_TASKS},
            release=self.release,
        )


def _named(names: Sequence[str], values: np.ndarray) -> dict[str, float]:
    return dict(zip(names, map(float, values), strict=True))
