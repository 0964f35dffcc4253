"""Drift between samples whose source is known."""

import numpy as np
import pytest

from model.drift import feature_shift, share_shift, stability_index, subject_shift

RNG = np.random.default_rng(5)
SAME, ALSO = RNG.normal(size=(2, 150, 12))
MOVED = ALSO + 0.7


def test_the_stability_index_is_the_formula() -> None:
    before, after = np.array([60, 40]), np.array([30, 70])
    p, q = (before + 0.5) / 101, (after + 0.5) / 101
    assert stability_index(before, after) == pytest.approx(np.sum((q - p) * np.log(q / p)))
    assert stability_index(before, before) == 0
    assert np.isfinite(stability_index(np.array([9, 0]), np.array([0, 9])))


@pytest.mark.parametrize("shift", [feature_shift, subject_shift])
def test_features_of_one_source_do_not_differ_and_those_of_two_do(shift) -> None:  # type: ignore[no-untyped-def]
    still, moved = shift(SAME, ALSO), shift(SAME, MOVED)
    assert still.p > 0.05
    assert moved.p == pytest.approx(1 / 500)
    assert moved.size > still.size
    assert shift(SAME, MOVED) == moved


def test_shares_of_one_source_do_not_differ_and_those_of_two_do() -> None:
    even, again = RNG.integers(0, 4, (2, 200))
    skewed = np.minimum(RNG.integers(0, 6, 200), 3)
    assert share_shift(even, again, 4).p > 0.05
    found = share_shift(even, skewed, 4)
    assert found.p <= 0.01
    assert found.size == pytest.approx(
        stability_index(np.bincount(even, minlength=4), np.bincount(skewed, minlength=4))
    )


def test_a_test_at_five_percent_is_wrong_in_about_five_of_a_hundred() -> None:
    alarms = sum(feature_shift(*RNG.normal(size=(2, 20, 3)), seed=n).p <= 0.05 for n in range(200))
    assert 2 <= alarms <= 20
