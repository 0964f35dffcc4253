"""The gate on heads made to be better, worse and the same; the shipped model's own runs are in test_retraining.py."""

from dataclasses import replace

import numpy as np
import pytest

from emodemo.evidence import Evidence, agreement
from emodemo.gate import NEWCOMER, Gate, Judgement, more_needed, surely_positive
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
    return Evidence(np.arange(count), features, targets, np.arange(count) < held, np.zeros(count, bool))


def worse(heads: Heads, emotion: int = 0) -> Heads:
    """The same heads with one emotion never answered."""
    bias = heads.bias.copy()
    bias[emotion] = -20
    return replace(heads, bias=bias)


def judge(
    live: Heads,
    candidate: Heads,
    shipped: Heads,
    locked: LabelledFeatures,
    own: Evidence,
    crossed: np.ndarray | None = None,
) -> Judgement:
    gate = Gate(live, shipped, locked, own)
    return gate.judge(candidate, gate.locked.compare(candidate), crossed)


def test_a_candidate_that_loses_on_the_locked_holdout_is_kept_back_whatever_the_corrections_say() -> None:
    judged = judge(knowing(), worse(knowing()), knowing(), holdout(), evidence(50, held=10))
    assert not judged.passed
    assert judged.reason.startswith("Kept the live release: emotion7 on meld would fall from 100.0 to ")
    [row] = [row for row in judged.rows if row["task"] == "emotion7" and "class" not in row]
    assert row["live"] == 1
    assert row["candidate"] < 0.99
    assert row["high"] < 0


def test_every_class_has_a_row_with_its_f1() -> None:
    judged = judge(knowing(), worse(knowing()), knowing(), holdout(), evidence(50, held=10))
    found = {row["class"]: row for row in judged.rows if row["metric"] == "f1" and row["task"] == "emotion7"}
    assert tuple(found) == EMOTIONS
    assert (found["anger"]["live"], found["anger"]["candidate"]) == (1, 0)
    assert found["sadness"]["live"] == 1


def test_a_fall_that_cannot_be_excluded_keeps_the_live_release() -> None:
    numbers = np.arange(140) % 7  # the candidate loses one emotion and finds another: no better and no worse, perhaps
    targets = np.stack([target_row(label_targets([EMOTIONS[n]])) for n in numbers])
    small = LabelledFeatures(np.eye(WIDE, dtype=np.float32)[numbers], targets, np.array(["meld"] * 140))
    live, candidate = worse(knowing(), 0), worse(knowing(), 1)
    judged = judge(live, candidate, live, small, evidence(50, held=10))
    assert not judged.passed
    assert "emotion7 may fall by " in judged.reason


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


def test_no_sure_gain_is_no_promotion_and_says_how_many_more_would_tell() -> None:
    judged = judge(knowing(), knowing(), knowing(), holdout(), evidence(60, held=12))
    assert not judged.passed
    assert "on 12 corrected texts that it never trained on the candidate changes agreement by +0.0" in judged.reason
    assert judged.reason.endswith(" more corrections would tell.")
    assert judged.flips == []


def test_what_was_learnt_by_heart_does_not_count_where_those_kept_from_it_learnt_nothing() -> None:
    own = evidence(60, held=0, shift=1)
    by_heart, live = knowing(rotation=-1), knowing()
    assert not judge(live, by_heart, live, ungated(), own, live.apply(own.features)).passed
    learnt = judge(live, by_heart, live, ungated(), own, by_heart.apply(own.features))
    assert learnt.passed
    assert learnt.rows[-1]["metric"] == "cross_validated"


@pytest.mark.parametrize(("rotation", "passed"), [(-1, True), (0, False)])
def test_of_a_newcomers_few_corrections_the_trained_ones_must_gain(rotation: int, passed: bool) -> None:
    judged = judge(knowing(), knowing(rotation), knowing(), ungated(), evidence(NEWCOMER - 1, held=0, shift=1))
    assert judged.passed is passed


def test_a_gain_is_sure_as_by_the_sign_test_where_all_are_alike() -> None:
    assert not surely_positive(np.ones(6))  # one in 64
    assert surely_positive(np.ones(8))  # one in 256
    assert not surely_positive(np.array([1.0] * 8 + [-1.0] * 4))
    assert not surely_positive(-np.ones(50))
    assert not surely_positive(np.zeros(50))


def test_noise_passes_for_a_sure_gain_once_in_a_hundred() -> None:
    passed = [surely_positive(RNG.choice([-1.0, 0.0, 1.0], 60, p=[0.2, 0.6, 0.2])) for _ in range(600)]
    assert sum(passed) <= 18


def test_as_many_as_it_asks_for_are_enough() -> None:
    def drawn(count: int) -> np.ndarray:
        return RNG.choice([-1.0, 0.0, 1.0], count, p=[0.1, 0.7, 0.2])  # a gain of ten points

    first = np.array([-1.0] * 5 + [0.0] * 35 + [1.0] * 10)
    assert not surely_positive(first)
    count = len(first) + more_needed(first)
    assert 300 < count < 600
    assert np.mean([surely_positive(drawn(count)) for _ in range(100)]) >= 0.8


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
