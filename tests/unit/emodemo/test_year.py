"""A year of retrainings, small: what may happen to a model that nobody looks after."""

from functools import cache

import pytest

from tests.long.year_of_retraining import SCENARIOS, Scale, World, kept, play, table


@cache
def world() -> World:
    return World.of_release(Scale(directions=64, resamples=100, every=4))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_nothing_locked_falls_and_own_texts_gain(scenario: str) -> None:
    year = [*play(world(), scenario)]
    assert (year[-1].week, year[-1].corrections > 1000, year[-1].promotions > 0) == (52, True, True)
    assert kept(year), table([year])
