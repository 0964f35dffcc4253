"""Wrong labels among right ones, found by heads that did not see them."""

import numpy as np
import pytest

from model.adapting import adapted, held_out
from model.confident import FEWEST, doubts
from model.heads import Heads
from model.labelled import LabelledFeatures
from model.labels import EMOTIONS, TASKS, WIDTH

CLASSES = 4  # of the seven
EMOTION = TASKS["emotion7"].columns


def labelled(rows: int, wrong: float) -> tuple[LabelledFeatures, np.ndarray]:
    """Overlapping clouds of features, one a class, and which rows bear another class's label."""
    rng = np.random.default_rng(2)
    truth = rng.integers(0, CLASSES, rows)
    centres = rng.normal(size=(CLASSES, 16)) * 1.2
    features = (centres[truth] + rng.normal(size=(rows, 16))).astype(np.float32)
    flipped = rng.random(rows) < wrong
    said = np.where(flipped, (truth + rng.integers(1, CLASSES, rows)) % CLASSES, truth)
    targets = np.full((rows, WIDTH), np.nan, np.float32)
    targets[:, EMOTION] = np.eye(len(EMOTIONS))[said]
    return LabelledFeatures(features, targets, np.array(["own"] * rows)), flipped


def test_a_tenth_of_wrong_labels_is_mostly_found_and_little_else() -> None:
    rows, flipped = labelled(600, wrong=0.1)
    found = doubts(rows.targets, held_out(Heads.zeros(16), rows))
    hits = flipped[[doubt.row for doubt in found]]
    assert hits.sum() / flipped.sum() > 0.8
    assert hits.mean() > 5 * flipped.mean()  # chance would find one in ten
    assert [doubt.score for doubt in found] == sorted((doubt.score for doubt in found), reverse=True)
    for doubt in found:
        assert doubt.given == EMOTIONS[int(rows.targets[doubt.row, EMOTION].argmax())] != doubt.likelier
        assert 0 < doubt.score <= 1


def test_few_labels_or_one_class_raise_no_doubt() -> None:
    rows, _ = labelled(FEWEST - 1, wrong=0.1)
    assert doubts(rows.targets, held_out(Heads.zeros(16), rows)) == []
    rows.targets[:, EMOTION] = np.eye(len(EMOTIONS))[0]
    same = rows.take(np.arange(FEWEST - 1).repeat(2))
    assert doubts(same.targets, held_out(Heads.zeros(16), same)) == []


def test_adapted_heads_begin_where_the_others_are_and_are_moved_by_labels() -> None:
    rows, _ = labelled(300, wrong=0)
    rng = np.random.default_rng(0)
    heads = Heads.zeros(16)
    heads.weight[:] = rng.normal(size=heads.weight.shape)
    start, inputs = adapted(heads, rows, components=8)
    assert start.apply(inputs.features) == pytest.approx(heads.apply(rows.features), abs=1e-4)
    said = rows.targets[:, EMOTION].argmax(1)
    before, after = (
        (o[:, EMOTION].argmax(1) == said).mean() for o in (start.apply(inputs.features), held_out(start, inputs))
    )
    assert after > before + 0.1
