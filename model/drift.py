"""Whether two samples of texts come from one source, and how far apart they lie: pure functions, seeded.

Evidence and amount are told apart. The p-values are of permutation tests: how often a random division of all texts into two
such samples lies at least as far apart. The amounts are population stability indices, which do not grow with the samples.
"""

from dataclasses import dataclass

import numpy as np

PERMUTATIONS = 499
SMOOTHING = 0.5  # added to every count, so that a class that one sample lacks is no infinity (Jeffreys' prior)
SUBJECTS = 10  # groups of like texts


@dataclass(frozen=True, slots=True)
class Shift:
    """How far apart two samples are (``size``), and the probability ``p`` of as much between samples of one source."""

    size: float
    p: float


def share_shift(before: np.ndarray, after: np.ndarray, classes: int, seed: int = 0) -> Shift:
    """Population stability index of the class numbers (rows,) of two samples."""
    divisions = _divisions(len(before), len(after), seed)
    known = np.eye(classes, dtype=np.float32)[np.concatenate([before, after])]
    counts = divisions @ known
    return _shift(stability_index(counts, known.sum(0) - counts))


def subject_shift(before: np.ndarray, after: np.ndarray, seed: int = 0) -> Shift:
    """Population stability index of how two samples of features (rows, width) fall into groups of like texts.

    The groups are found among both, without regard to which is which, so that the permutation test stays exact.
    """
    from scipy.cluster.vq import kmeans2  # serving never watches

    both = np.concatenate([before, after])
    _, groups = kmeans2(both, min(SUBJECTS, len(both)), minit="++", rng=np.random.default_rng(seed))
    return share_shift(groups[: len(before)], groups[len(before) :], SUBJECTS, seed)


def feature_shift(before: np.ndarray, after: np.ndarray, seed: int = 0) -> Shift:
    """Squared maximum mean discrepancy of two samples of features (rows, width).

    The unbiased estimate with a Gaussian kernel as wide as the median distance, tested by permutation (Gretton et al.
    2012, "A Kernel Two-Sample Test", eq. 3 and §8).
    """
    both = np.concatenate([before, after])
    kernel = _kernel(both - both.mean(0))
    rows, others = len(before), len(after)
    mine = _divisions(rows, others, seed)
    met = mine @ kernel
    within, across = (met * mine).sum(1), (met * (1 - mine)).sum(1)
    beyond = kernel.sum() - within - 2 * across
    pairs = np.array([rows * (rows - 1), others * (others - 1), rows * others], np.float64)
    return _shift(within / pairs[0] + beyond / pairs[1] - 2 * across / pairs[2])


def stability_index(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Population stability index of counts (…, classes): the symmetrised Kullback-Leibler divergence of their shares.

    By custom under 0.1 is no change to speak of, over 0.25 a large one (Siddiqi 2006, "Credit Risk Scorecards").
    """
    p, q = (
        (counts + SMOOTHING) / (counts + SMOOTHING).sum(-1, keepdims=True)
        for counts in (np.asarray(before, np.float64), np.asarray(after, np.float64))
    )
    return ((q - p) * np.log(q / p)).sum(-1)


def _divisions(rows: int, others: int, seed: int) -> np.ndarray:
    """Which rows of both samples are in the first one: (1 + PERMUTATIONS, rows + others), the true division first."""
    rng = np.random.default_rng(seed)
    truth = np.arange(rows + others) < rows
    return np.stack([truth, *(rng.permutation(truth) for _ in range(PERMUTATIONS))]).astype(np.float32)


def _shift(sizes: np.ndarray) -> Shift:
    """The first size, and the share of sizes that are at least as large (one of them its own)."""
    return Shift(float(sizes[0]), float((sizes >= sizes[0] - 1e-9).mean()))


def _kernel(rows: np.ndarray) -> np.ndarray:
    """Gaussian kernel between rows (n, width), zero between a row and itself: (n, n)."""
    squares = (rows**2).sum(1)
    distances = np.maximum(squares[:, None] + squares - 2 * rows @ rows.T, 0)
    width = np.median(distances[np.triu_indices(len(rows), 1)])
    kernel = np.exp(-distances / max(float(width), 1e-12))
    np.fill_diagonal(kernel, 0)
    return kernel.astype(np.float32)
