"""Query strategies: outputs of the heads in, one doubt per text out; the highest is labelled first."""

import numpy as np

from model.labels import TASKS


def entropy(outputs: np.ndarray) -> np.ndarray:
    """Mean entropy of emotion and polarity, each in shares of its maximum; outputs (rows, WIDTH) → (rows,) in 0 to 1.

    Settles 2009, "Active Learning Literature Survey", section 3.1.
    """
    tasks = (TASKS["emotion7"], TASKS["sentiment3"])
    return np.mean([_entropy(outputs[:, task.columns]) for task in tasks], axis=0)


def _entropy(probabilities: np.ndarray) -> np.ndarray:
    surprise = -np.log(np.clip(probabilities, 1e-9, 1))
    return (probabilities * surprise).sum(1) / np.log(probabilities.shape[1])
