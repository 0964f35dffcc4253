"""IEMOCAP's reader on made-up sessions in the layout of the release."""

import pytest

from model.labels import EMOTIONS, POLARITIES
from model.readers import CorpusError, Turn, iemocap

TALK = """\
Ses05F_impro01_F000 [006.2901-008.2357]: Is this seat taken?
Ses05F_impro01_M000 [007.5712-010.4750]: No. [LAUGHTER]
M: a line that belongs to no utterance
Ses05F_impro01_FXX0 [010.0100-011.3925]: Mhm.
Ses05F_impro01_M001 [010.9266-014.6649]: I lost my ticket again!
"""
RATINGS = """\
% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]

[6.2901 - 8.2357]\tSes05F_impro01_F000\tneu\t[2.5000, 2.5000, 2.5000]
C-E2:\tNeutral;\t()
A-E3:\tval 3; act 2; dom  2;\t()

[7.5712 - 10.4750]\tSes05F_impro01_M000\txxx\t[5.5000, 0.5000, 3.0000]
C-E2:\tNeutral;\t()

[10.9266 - 14.6649]\tSes05F_impro01_M001\tfru\t[2.0000, 3.5000, 2.6667]
C-E2:\tFrustration;\t()
"""


def session(write, number, talk=TALK, ratings=RATINGS, root="IEMOCAP_full_release"):
    name = f"Ses0{number}F_impro01.txt"
    write(f"{root}/Session{number}/dialog/EmoEvaluation/{name}", ratings.replace("Ses05", f"Ses0{number}"))
    return write(f"{root}/Session{number}/dialog/transcriptions/{name}", talk.replace("Ses05", f"Ses0{number}"))


def test_an_utterance_carries_emotion_polarity_scores_and_context(write, tmp_path):
    session(write, 5)
    examples = iemocap.read(tmp_path, "test")
    assert [(e.id, e.text, e.speaker) for e in examples] == [
        ("Ses05F_impro01_F000", "Is this seat taken?", "Ses05_F"),
        ("Ses05F_impro01_M000", "No. [LAUGHTER]", "Ses05_M"),
        ("Ses05F_impro01_M001", "I lost my ticket again!", "Ses05_M"),
    ]
    ticket = examples[2]
    assert EMOTIONS[ticket.targets["emotion7"].argmax()] == "anger"
    assert POLARITIES[ticket.targets["sentiment3"].argmax()] == "negative"
    assert [ticket.targets[name] for name in ("valence", "arousal", "dominance")] == [2.0, 3.5, 2.6667]
    assert ticket.context == (
        Turn("Ses05_F", "Is this seat taken?"), Turn("Ses05_M", "No. [LAUGHTER]"), Turn("Ses05_F", "Mhm."),
    )  # fmt: skip


def test_without_agreement_only_the_scores_are_known_and_kept_within_range(write, tmp_path):
    session(write, 5)
    assert iemocap.read(tmp_path, "test")[1].targets == {"valence": 5.0, "arousal": 1.0, "dominance": 3.0}


@pytest.mark.parametrize(
    ("code", "emotion", "polarity"),
    [
        ("ang", "anger", "negative"),
        ("dis", "disgust", "negative"),
        ("exc", "joy", "positive"),
        ("fea", "fear", "negative"),
        ("fru", "anger", "negative"),
        ("hap", "joy", "positive"),
        ("neu", "neutral", "neutral"),
        ("sad", "sadness", "negative"),
        ("sur", "surprise", None),
        ("oth", None, None),
    ],
)
def test_every_emotion_of_the_release_has_its_place(write, tmp_path, code, emotion, polarity):
    session(write, 5, ratings=RATINGS.replace("fru", code))
    targets = iemocap.read(tmp_path, "test")[2].targets
    assert (EMOTIONS[targets["emotion7"].argmax()] if "emotion7" in targets else None) == emotion
    assert (POLARITIES[targets["sentiment3"].argmax()] if "sentiment3" in targets else None) == polarity


def test_sessions_one_to_three_train_four_is_dev_and_five_is_test(write, tmp_path):
    for number in range(1, 6):
        session(write, number, root=".")
    write("Session1/dialog/transcriptions/._Ses01F_impro01.txt", "\x00 what a Mac leaves behind")
    sessions = {split: {e.id[:5] for e in iemocap.read(tmp_path, split)} for split in ("train", "dev", "test")}
    assert sessions == {"train": {"Ses01", "Ses02", "Ses03"}, "dev": {"Ses04"}, "test": {"Ses05"}}


def test_malformed_lines_are_refused(write, tmp_path):
    talk = session(write, 5, talk=TALK + "Ses05F_impro01_M002 Wait!\n")
    with pytest.raises(CorpusError) as refused:
        iemocap.read(tmp_path, "test")
    expected = "'UTTERANCE [START-END]: TEXT', found 'Ses05F_impro01_M002 Wait!'"
    assert str(refused.value) == f"{talk}, line 6: expected {expected}."


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            "[1.0 - 2.0]\tSes05F_x_M9\tneu\n",
            r"'\[START - END\] UTTERANCE EMOTION \[V, A, D\]', found '\[1.0 - 2.0\].*'",
        ),
        ("[1.0 - 2.0]\tSes05F_x_M9\tbad\t[2.0, 2.0, 2.0]\n", "'emotion' to be one of ang, .*, found 'bad'"),
        ("[1.0 - 2.0]\tSes05F_x_M9\tneu\t[2.0, 6.0, 2.0]\n", "'arousal' from 0.5 to 5.5, found '6.0'"),
    ],
)
def test_malformed_ratings_are_refused(write, tmp_path, row, expected):
    session(write, 5, ratings=RATINGS + row)
    with pytest.raises(CorpusError, match=rf"EmoEvaluation/Ses05F_impro01\.txt, line 12: expected {expected}\.$"):
        iemocap.read(tmp_path, "test")


def test_a_missing_session_is_named(write, tmp_path):
    session(write, 5)
    with pytest.raises(CorpusError) as refused:
        iemocap.read(tmp_path, "dev")
    folder = tmp_path / "IEMOCAP_full_release" / "Session4" / "dialog" / "transcriptions"
    assert str(refused.value) == f"{folder}: expected this folder of the IEMOCAP release to exist."
