"""Metrics as functions of weights on rows, so that one bootstrap serves all: a resample is a vector of counts.

Weights are of one resample, (rows,), or of many at once, (resamples, rows): thin matrix products either way.
"""

from collections.abc import Callable

import numpy as np

Weighted = Callable[[np.ndarray], np.ndarray]
"""Row weights (…, rows) → values of a metric (…); of the metrics of each class (…, classes)."""


def accuracy(truth: np.ndarray, guess: np.ndarray) -> Weighted:
    """truth, guess (rows,) class numbers."""
    hit = (truth == guess).astype(np.float64)
    return lambda w: w @ hit / w.sum(-1)


def indicators(numbers: np.ndarray, classes: int) -> np.ndarray:
    """Class numbers (rows,) → booleans (rows, classes)."""
    return numbers[:, None] == np.arange(classes)


def f1_of_each(truth: np.ndarray, guess: np.ndarray) -> Weighted:
    """truth, guess (rows, classes) booleans; the F1 of every class."""
    both, either = (truth & guess).astype(np.float64), truth.astype(np.float64) + guess
    return lambda w: 2 * (w @ both) / np.maximum(w @ either, 1e-12)


def macro_f1(truth: np.ndarray, guess: np.ndarray, classes: int) -> Weighted:
    """Mean F1 over the classes that occur in truth or guess."""
    present = np.isin(np.arange(classes), np.concatenate([truth, guess]))
    return multilabel_macro_f1(indicators(truth, classes)[:, present], indicators(guess, classes)[:, present])


def weighted_f1(truth: np.ndarray, guess: np.ndarray, classes: int) -> Weighted:
    """F1 of each class weighted by its share of truth."""
    true = indicators(truth, classes)
    each, support = f1_of_each(true, indicators(guess, classes)), true.astype(np.float64)
    return lambda w: (each(w) * (w @ support)).sum(-1) / w.sum(-1)


def f1(truth: np.ndarray, guess: np.ndarray, positive: int) -> Weighted:
    """F1 of one class."""
    each = f1_of_each((truth == positive)[:, None], (guess == positive)[:, None])
    return lambda w: each(w)[..., 0]


def multilabel_macro_f1(truth: np.ndarray, guess: np.ndarray) -> Weighted:
    """truth, guess (rows, labels) booleans; mean F1 over labels.

    A label that stands in some rows counts only where a resample has such a row: a rare one would be called missed there.
    """
    each, support = f1_of_each(truth, guess), truth.astype(np.float64)
    never = ~truth.any(0)

    def compute(w: np.ndarray) -> np.ndarray:
        counted = (w @ support > 0) | never
        return (each(w) * counted).sum(-1) / np.maximum(counted.sum(-1), 1)

    return compute


def pearson(truth: np.ndarray, guess: np.ndarray) -> Weighted:
    """Correlation of two score vectors (rows,)."""
    a, b = (scores.astype(np.float64) - scores.mean(dtype=np.float64) for scores in (truth, guess))
    moments = np.stack([a, b, a * a, b * b, a * b], 1)

    def compute(w: np.ndarray) -> np.ndarray:
        mean_a, mean_b, aa, bb, ab = np.moveaxis(w @ moments, -1, 0) / w.sum(-1)
        return (ab - mean_a * mean_b) / np.sqrt(np.maximum((aa - mean_a**2) * (bb - mean_b**2), 0) + 1e-24)

    return compute


def ece(probabilities: np.ndarray, truth: np.ndarray, bins: int = 15) -> Weighted:
    """Expected calibration error of the top class (Guo et al. 2017); probabilities (rows, classes)."""
    confidence = probabilities.max(1)
    gaps = indicators(_bins(confidence, bins), bins) * (confidence - (probabilities.argmax(1) == truth))[:, None]
    return lambda w: np.abs(w @ gaps).sum(-1) / w.sum(-1)


def _bins(confidence: np.ndarray, bins: int) -> np.ndarray:
    """Which of ``bins`` equal steps each confidence falls into."""
    return np.minimum((confidence * bins).astype(int), bins - 1)


def calibration_bins(confidence: np.ndarray, hit: np.ndarray, bins: int) -> list[dict[str, float]]:
    """Mean ``confidence`` and ``accuracy`` of rows in each of ``bins`` equal steps of confidence, and their number."""
    bin_of = _bins(confidence, bins)
    counts = np.bincount(bin_of, minlength=bins)
    sums = np.bincount(bin_of, confidence, bins), np.bincount(bin_of, hit, bins)
    return [
        {"confidence": float(sums[0][n] / counts[n]), "accuracy": float(sums[1][n] / counts[n]), "n": int(counts[n])}
        for n in np.flatnonzero(counts)
    ]


def resample_weights(rows: int, resamples: int, seed: int = 0) -> np.ndarray:
    """How often each row is drawn in each resample, shape (resamples, rows): the same for every metric of a pair."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(rows, np.full(rows, 1 / rows), resamples).astype(np.float64)
