"""Metrics as functions of weights on rows, so that one bootstrap serves all: a resample is a vector of counts."""

from collections.abc import Callable

import numpy as np

Weighted = Callable[[np.ndarray], float]
"""Row weights (rows,) → value of a metric."""


def accuracy(truth: np.ndarray, guess: np.ndarray) -> Weighted:
    """truth, guess (rows,) class numbers."""
    hit = truth == guess
    return lambda w: float(w @ hit / w.sum())


def _f1_by_class(
    truth: np.ndarray, guess: np.ndarray, classes: int
) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    def compute(w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        true = np.bincount(truth, w, classes)
        guessed = np.bincount(guess, w, classes)
        both = np.bincount(truth, w * (truth == guess), classes)
        return 2 * both / np.maximum(true + guessed, 1e-12), true

    return compute


def macro_f1(truth: np.ndarray, guess: np.ndarray, classes: int) -> Weighted:
    """Mean F1 over the classes that occur in truth or guess."""
    f1 = _f1_by_class(truth, guess, classes)
    present = np.isin(np.arange(classes), np.concatenate([truth, guess]))
    return lambda w: float(f1(w)[0][present].mean())


def weighted_f1(truth: np.ndarray, guess: np.ndarray, classes: int) -> Weighted:
    """F1 of each class weighted by its share of truth."""
    f1 = _f1_by_class(truth, guess, classes)

    def compute(w: np.ndarray) -> float:
        values, support = f1(w)
        return float(values @ support / support.sum())

    return compute


def f1(truth: np.ndarray, guess: np.ndarray, positive: int) -> Weighted:
    """F1 of one class."""
    by_class = _f1_by_class(truth, guess, positive + 1 + max(truth.max(), guess.max()))
    return lambda w: float(by_class(w)[0][positive])


def multilabel_macro_f1(truth: np.ndarray, guess: np.ndarray) -> Weighted:
    """truth, guess (rows, labels) booleans; mean F1 over labels."""
    both = (truth & guess).astype(np.float64)
    either = truth.astype(np.float64) + guess
    return lambda w: float((2 * (w @ both) / np.maximum(w @ either, 1e-12)).mean())


def pearson(truth: np.ndarray, guess: np.ndarray) -> Weighted:
    """Correlation of two score vectors (rows,)."""

    def compute(w: np.ndarray) -> float:
        w = w / w.sum()
        a, b = truth - w @ truth, guess - w @ guess
        return float((w @ (a * b)) / np.sqrt((w @ a**2) * (w @ b**2) + 1e-24))

    return compute


def ece(probabilities: np.ndarray, truth: np.ndarray, bins: int = 15) -> Weighted:
    """Expected calibration error of the top class (Guo et al. 2017); probabilities (rows, classes)."""
    confidence = probabilities.max(1)
    hit = probabilities.argmax(1) == truth
    bin_of = _bins(confidence, bins)

    def compute(w: np.ndarray) -> float:
        gap = np.bincount(bin_of, w * (confidence - hit), bins)
        return float(np.abs(gap).sum() / w.sum())

    return compute


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


def bootstrap(metric: Weighted, rows: int, resamples: int = 500, seed: int = 0) -> np.ndarray:
    """Values of the metric on resampled rows, shape (resamples,)."""
    return np.array([metric(w) for w in resample_weights(rows, resamples, seed)])


def resample_weights(rows: int, resamples: int, seed: int = 0) -> np.ndarray:
    """How often each row is drawn in each resample, shape (resamples, rows): the same for every metric of a pair."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(rows, np.full(rows, 1 / rows), resamples).astype(np.float64)
