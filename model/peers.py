"""small-text's query strategies (Schröder et al. 2023) beside ours, where that library is installed.

They see the same outputs and features; where several tasks are asked for, the first classification, as they know but
one. https://pypi.org/project/small-text
"""

import warnings
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

from model.strategies import Pool, Strategy

PREFIX = "small-text:"
SUBSAMPLE = 1024  # texts that its core-set and contrastive strategies look at; both take seconds with its own 4,096
HINT = "small-text is not installed, so that its strategies are left out; `pip install small-text` adds them."


def installed() -> bool:
    return find_spec("small_text") is not None


def strategies() -> dict[str, Strategy]:
    """small-text's strategies by name, empty where it is not installed."""
    if not installed():
        return {}
    found = {
        "breaking-ties": Strategy(_asked("BreakingTies"), classes=True),
        "least-confidence": Strategy(_asked("LeastConfidence"), classes=True),
        "prediction-entropy": Strategy(_asked("PredictionEntropy"), classes=True),
        "embedding-kmeans": Strategy(_asked("EmbeddingKMeans")),
        "greedy-coreset": Strategy(_asked("GreedyCoreset"), SUBSAMPLE),
        "lightweight-coreset": Strategy(_asked("LightweightCoreset")),
        "contrastive": Strategy(_asked("ContrastiveActiveLearning"), SUBSAMPLE, classes=True),
    }
    return {PREFIX + name: strategy for name, strategy in found.items()}


class _Classifier:
    """What small-text asks of a classifier; a data set is rows of features with outputs beside them."""

    def __init__(self, pool: Pool) -> None:
        tasks = pool.asked("categorical") or pool.asked("multilabel")
        self.columns = tasks[0].columns if tasks else slice(0, 0)
        self.width = pool.features.shape[1]

    def predict_proba(self, rows: np.ndarray) -> np.ndarray:
        return rows[:, self.width :][:, self.columns]

    def embed(self, rows: np.ndarray, *, return_proba: bool = False, **_options: Any) -> Any:
        embeddings = rows[:, : self.width]
        return (embeddings, self.predict_proba(rows)) if return_proba else embeddings


def _asked(kind: str) -> Callable[[Pool, int, np.random.Generator], np.ndarray]:
    def choose(pool: Pool, batch: int, rng: np.random.Generator) -> np.ndarray:
        if not len(pool.seen):
            return np.arange(batch)  # its own way to begin: a random sample
        rows = np.vstack([np.hstack([pool.features, pool.outputs]), np.hstack([pool.seen, pool.seen_outputs])])
        count = len(pool.features)
        labelled = np.arange(count, len(rows))
        np.random.seed(int(rng.integers(2**31)))  # it draws from the global state of numpy
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import small_text  # takes seconds: only once one is asked

            chosen = getattr(small_text, kind)().query(
                _Classifier(pool), rows, np.arange(count), labelled, np.zeros(len(labelled)), n=batch
            )
        return np.asarray(chosen)

    return choose
