"""Metrics are ours for the sake of a fast bootstrap; scikit-learn says what they must be."""

import numpy as np
import pytest
from scipy.stats import pearsonr
from sklearn import metrics as reference

from model import metrics

RNG = np.random.default_rng(5)
TRUTH, GUESS = RNG.integers(0, 4, 300), RNG.integers(0, 4, 300)
WEIGHTS = RNG.integers(0, 4, 300).astype(float)


@pytest.mark.parametrize(
    ("ours", "expected"),
    [
        (metrics.accuracy(TRUTH, GUESS), reference.accuracy_score(TRUTH, GUESS, sample_weight=WEIGHTS)),
        (metrics.macro_f1(TRUTH, GUESS, 4), reference.f1_score(TRUTH, GUESS, average="macro", sample_weight=WEIGHTS)),
        (
            metrics.weighted_f1(TRUTH, GUESS, 4),
            reference.f1_score(TRUTH, GUESS, average="weighted", sample_weight=WEIGHTS),
        ),
        (
            metrics.f1(TRUTH, GUESS, 2),
            reference.f1_score(TRUTH, GUESS, labels=[2], average="macro", sample_weight=WEIGHTS),
        ),
    ],
    ids=["accuracy", "macro", "weighted", "one class"],
)
def test_classification_metrics_equal_scikit_learn(ours: metrics.Weighted, expected: float) -> None:
    assert ours(WEIGHTS) == pytest.approx(expected)


def test_multilabel_macro_f1_equals_scikit_learn() -> None:
    truth, guess = RNG.random((200, 5)) < 0.3, RNG.random((200, 5)) < 0.4
    expected = reference.f1_score(truth, guess, average="macro")
    assert metrics.multilabel_macro_f1(truth, guess)(np.ones(200)) == pytest.approx(expected)


def test_a_resample_without_a_rare_class_does_not_count_it_as_missed() -> None:
    truth = np.array([0] * 30 + [1] * 30 + [2])
    weights = metrics.resample_weights(len(truth), 200)
    assert (weights[:, -1] == 0).any()
    assert (metrics.macro_f1(truth, truth, 3)(weights) == 1).all()
    guessed = np.where(truth == 1, 3, truth)  # what is only guessed is always wrong
    assert metrics.macro_f1(truth, guessed, 4)(np.ones(len(truth))) == pytest.approx(2 / 4)


def test_pearson_equals_scipy_and_weights_are_counts() -> None:
    a, b = RNG.normal(size=80), RNG.normal(size=80)
    counts = RNG.integers(0, 3, 80)
    expected = pearsonr(np.repeat(a, counts), np.repeat(b, counts)).statistic
    assert metrics.pearson(a, b)(counts.astype(float)) == pytest.approx(expected)


def test_ece_is_zero_for_honest_confidence_and_the_gap_otherwise() -> None:
    probabilities = np.tile([0.75, 0.25], (400, 1))
    honest, always = np.array([0, 0, 0, 1] * 100), np.zeros(400, int)
    assert metrics.ece(probabilities, honest)(np.ones(400)) == pytest.approx(0)
    assert metrics.ece(probabilities, always)(np.ones(400)) == pytest.approx(0.25)


def test_resamples_are_the_same_for_the_same_seed_and_keep_the_number_of_rows() -> None:
    weights = metrics.resample_weights(50, 20, seed=3)
    assert weights.shape == (20, 50)
    assert (weights.sum(1) == 50).all()
    assert (weights == metrics.resample_weights(50, 20, seed=3)).all()
    assert (weights != metrics.resample_weights(50, 20, seed=4)).any()
