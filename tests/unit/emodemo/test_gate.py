"""The gate on heads made to be better, worse and the same; the shipped model's own runs are in test_retraining.py."""

from dataclasses import replace

import numpy as np
import pytest

from emodemo.gate import Evidence, agreement, judge
from model.heads import Heads
from model.labelled import LabelledFeatures
from model.labels import EMOTIONS, POLARITIES, TASKS, WIDTH, label_targets, one_hot, polarity_target, target_row

WIDE = 8
RNG = np.random.default_rng(4)
COLUMNS = TASKS["emotion7"].columns


def knowing(rotation: int = 0) -> Heads:
    """Heads that read emotion n off feature n + rotation."""
    heads = Heads.zeros(WIDE)
    for n in range(7):
        heads.weight[(n + rotation) % 7, n] = 6
    return heads


def rows(count: int, shift: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """One-hot features and the emotion that lies ``shift`` further."""
    numbers = RNG.integers(0, 7, count)
    features = np.eye(WIDE, dtype=np.float32)[numbers]
    return features, np.stack([target_row(label_targets([EMOTIONS[(n + shift) % 7]])) for n in numbers])


def holdout() -> LabelledFeatures:
    features, targets = rows(400)
    return LabelledFeatures(features, targets, np.array(["meld"] * 400))


def evidence(count: int, *, held: int, shift: int = 0) -> Evidence:
    features, targets = rows(count, shift)
    return Evidence(np.arange(count), features, targets, np.arange(count) < held)


def worse(heads: Heads) -> Heads:
    """The same heads with one emotion never answered."""
    bias = heads.bias.copy()
    bias[0] = -20
    return replace(heads, bias=bias)


def test_a_candidate_that_loses_on_the_locked_holdout_is_kept_back_whatever_the_corrections_say() -> None:
    judged = judge(knowing(), worse(knowing()), knowing(), holdout(), evidence(50, held=10))
    assert not judged.passed
    assert judged.reason.startswith("Kept the live release: emotion7 on meld would fall from 100.0 to ")
    [row] = [row for row in judged.rows if row["task"] == "emotion7"]
    assert row["live"] == 1
    assert row["candidate"] < 0.99
    assert row["high"] < 0


def test_small_losses_cannot_add_up_below_the_shipped_release() -> None:
    judged = judge(worse(knowing()), worse(knowing()), knowing(), holdout(), evidence(50, held=10))
    assert not judged.passed
    assert "on the locked hold-out" in judged.reason


def ungated() -> LabelledFeatures:
    features = np.zeros((40, WIDE), np.float32)
    return LabelledFeatures(features, np.stack([target_row({"valence": 3.0})] * 40), np.array(["emobank"] * 40))


def test_a_candidate_that_learnt_the_corrections_passes() -> None:
    own = evidence(60, held=12, shift=1)
    judged = judge(knowing(), knowing(rotation=-1), knowing(), ungated(), own)
    assert judged.passed
    assert judged.reason.startswith(
        "Promoted: agreement with 12 corrected texts that it never trained on rises by 100.0 points"
    )
    assert {flip["text_id"] for flip in judged.flips} == set(range(60))


def test_no_sure_gain_on_enough_held_back_texts_is_no_promotion() -> None:
    judged = judge(knowing(), knowing(), knowing(), holdout(), evidence(60, held=12))
    assert not judged.passed
    assert (
        "on the 12 corrected texts held back to measure the candidate changes agreement by +0.0 points" in judged.reason
    )
    assert judged.flips == []


@pytest.mark.parametrize(("rotation", "passed"), [(-1, True), (0, False)])
def test_with_few_held_back_texts_the_trained_ones_must_gain(rotation: int, passed: bool) -> None:
    judged = judge(knowing(), knowing(rotation), knowing(), ungated(), evidence(3, held=0, shift=1))
    assert judged.passed is passed


def test_flips_put_what_was_right_and_turns_wrong_first() -> None:
    own = evidence(30, held=0)
    own.targets[:15] = np.stack(
        [target_row(label_targets([EMOTIONS[(int(f.argmax()) + 1) % 7]])) for f in own.features[:15]]
    )
    judged = judge(knowing(), knowing(rotation=-1), knowing(), ungated(), own)
    assert {flip["text_id"] for flip in judged.flips[:15]} == set(range(15, 30))


def test_agreement_counts_only_what_people_judged_and_honours_disagreement() -> None:
    targets = np.stack(
        [
            target_row(label_targets({"joy": 0.75, "sadness": 0.25})),
            target_row({"sentiment3": polarity_target({"positive": 1.0})}),
            target_row({"valence": 4.0}),
            target_row({"valence": 4.0, "sentiment3": one_hot("sentiment3", "negative")}),
        ]
    )
    outputs = np.zeros((4, WIDTH), np.float32)
    outputs[:, COLUMNS.start + EMOTIONS.index("sadness")] = 1
    outputs[:, TASKS["sentiment3"].start + POLARITIES.index("positive")] = 1
    outputs[:, TASKS["valence"].start] = 3.5
    assert agreement(outputs, targets) == pytest.approx([1 / 3, 1.0, 0.5, 0.25])
