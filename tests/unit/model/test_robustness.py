import numpy as np
import pytest

from model import robustness
from model.labels import EMOTIONS, POLARITIES, TASKS, WIDTH
from model.release import ReleaseFolder


def outputs_of(polarity: str, emotion: str = "joy", valence: float = 3.0) -> np.ndarray:
    row = np.zeros(WIDTH, np.float32)
    row[TASKS["sentiment3"].start + POLARITIES.index(polarity)] = 1
    row[TASKS["emotion7"].start + EMOTIONS.index(emotion)] = 1
    row[TASKS["valence"].columns] = valence
    return row


def test_one_that_always_says_the_same_fails_where_texts_differ_and_nowhere_else() -> None:
    rows = robustness.measure(lambda texts: np.stack([outputs_of("positive")] * len(texts)))
    by_kind = {row["capability"]: (row["failures"], row["cases"]) for row in rows}
    assert by_kind["negated praise"] == (12, 12)
    assert by_kind["negated blame"] == (0, 10)
    assert all(failures == 0 for row in rows if row["kind"] != "expect" for failures in [row["failures"]])


def test_one_that_reads_capitals_fails_on_casing_and_names_a_case() -> None:
    shout = outputs_of("negative", "anger")
    rows = robustness.measure(
        lambda texts: np.stack([shout if text.isupper() else outputs_of("neutral", "neutral") for text in texts])
    )
    casing = next(row for row in rows if row["capability"] == "casing")
    assert casing["failures"] == 5
    assert casing["examples"][0] == "I am so happy that you came. → I AM SO HAPPY THAT YOU CAME."


def test_a_group_of_names_that_is_read_worse_shows() -> None:
    rows = robustness.fairness(
        lambda texts: np.stack([outputs_of("negative" if "Emily" in text else "positive") for text in texts])
    )
    negative = {row["group"]: row["negative"] for row in rows}
    assert negative["women, European"] == 0.25
    assert negative["men, Arabic"] == 0


def test_the_card_shows_what_was_measured_for_the_shipped_release() -> None:
    release = ReleaseFolder.open()
    card = (release.folder / "README.md").read_text(encoding="utf-8")
    figures = release.figures()
    for row in figures["robustness"]:
        assert f"| {row['capability']} | {row['kind']} | {row['cases']} | {row['failures']} |" in card
    encoder, heads = release.encoder(), release.heads()
    again = robustness.measure(lambda texts: heads.apply(encoder.features(texts)))
    failures, kept = ({row["capability"]: row["failures"] for row in rows} for rows in (again, figures["robustness"]))
    assert failures == pytest.approx(kept, abs=1)
