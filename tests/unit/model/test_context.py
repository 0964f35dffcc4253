import numpy as np

from model.context import FARTHEST, ContextHead, before, neighbours


def test_sentences_are_preceded_by_those_before_them_nearest_first() -> None:
    assert [list(places) for places in before(3)] == [[], [0], [1, 0]]
    assert [list(places) for places in before(2, history=2)] == [[1, 0], [2, 1, 0]]
    assert len(before(1, history=50)[0]) == FARTHEST


def test_views_are_the_last_the_one_before_and_the_mean() -> None:
    features = np.arange(12, dtype=np.float32).reshape(4, 3)
    views = neighbours(features, [[], [0], [2, 1, 0]])
    assert not views[0].any()
    assert (views[1] == [features[0], np.zeros(3), features[0]]).all()
    assert (views[2] == [features[2], features[1], features[:3].mean(0)]).all()


def test_a_head_without_units_adds_nothing() -> None:
    assert not ContextHead.zeros(5).logits(np.ones((2, 5), np.float32), np.ones((2, 3, 5), np.float32)).any()
