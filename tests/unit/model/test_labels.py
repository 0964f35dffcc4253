import numpy as np
import pytest

from model.labels import (
    EKMAN_GROUPS,
    EMOTIONS,
    FINE_LABELS,
    POLARITY_OF_EMOTION,
    TASKS,
    WIDTH,
    LabelError,
    check_labels,
    check_polarity,
    check_scores,
    label_targets,
    target_row,
)


def test_the_tables_cover_every_emotion_and_each_polarity_row_is_a_distribution() -> None:
    assert set(EKMAN_GROUPS) == set(POLARITY_OF_EMOTION) == set(EMOTIONS)
    assert len(FINE_LABELS) == 28
    assert all(sum(shares) == 1 for shares in POLARITY_OF_EMOTION.values())


def test_tasks_fill_a_row_without_gap_or_overlap() -> None:
    assert [n for task in TASKS.values() for n in range(WIDTH)[task.columns]] == list(range(WIDTH))


@pytest.mark.parametrize(
    ("check", "argument", "message"),
    [
        (check_labels, ["joy", "glee"], r"^Unknown label 'glee'; expected one of: admiration, amusement, "),
        (check_polarity, "good", r"^Unknown polarity 'good'; expected one of: negative, neutral, positive\.$"),
        (check_scores, {"mood": 1}, r"^Unknown score 'mood'; expected one of: valence, arousal, dominance, review\.$"),
        (check_scores, {"valence": 9}, r"^Score 'valence' is 9; expected a number from 1 to 5\.$"),
        (check_scores, {"review": "high"}, r"^Score 'review' is 'high'; expected a number from 0 to 1\.$"),
        (check_scores, {"review": float("nan")}, r"^Score 'review' is nan; expected a number from 0 to 1\.$"),
    ],
)
def test_what_the_label_sets_do_not_know_is_refused(check, argument, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(LabelError, match=message):
        check(argument)


def test_a_set_of_labels_is_spread_over_the_seven_and_keeps_silent_on_the_rest_of_its_groups() -> None:
    targets = label_targets(["joy", "fear"])
    assert dict(zip(EMOTIONS, targets["emotion7"], strict=True)) == {
        "anger": 0, "disgust": 0, "fear": 0.5, "joy": 0.5, "neutral": 0, "sadness": 0, "surprise": 0,
    }  # fmt: skip
    fine = dict(zip(FINE_LABELS, targets["labels28"], strict=True))
    assert (fine["joy"], fine["fear"], fine["anger"]) == (1, 1, 0)
    assert np.isnan([fine["love"], fine["nervousness"]]).all()


def test_disagreement_is_kept_as_shares() -> None:
    emotions = label_targets({"joy": 0.75, "sadness": 0.25})["emotion7"]
    assert emotions[EMOTIONS.index("joy")] == 0.75
    assert emotions[EMOTIONS.index("sadness")] == 0.25


def test_a_row_is_nan_where_nothing_is_known() -> None:
    row = target_row({"valence": 4.0})
    assert row[TASKS["valence"].start] == 4
    assert np.isnan(row).sum() == WIDTH - 1
