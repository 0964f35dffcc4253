import pytest

from model.labels import EMOTIONS, POLARITIES
from model.readers import CorpusError, Turn, meld, meld_dyadic

HEADER = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode\n"
ROWS = (
    '1,"Well, it rains.",Ada,sadness,negative,0,0,1,2\n'
    "2,NA,Ben,neutral,neutral,0,1,1,2\n"
    "3,Look!,Ada,surprise,positive,0,3,1,2\n"
    "4,Who are you?,Cleo,fear,negative,1,0,1,2\n"
)


def test_an_utterance_carries_its_labels_and_the_turns_before_it(write):
    folder = write("train_sent_emo.csv", HEADER + ROWS).parent
    examples = meld.read(folder, "train")
    assert [example.text for example in examples] == ["Well, it rains.", "NA", "Look!", "Who are you?"]
    look = examples[2]
    assert (look.corpus, look.split, look.id, look.speaker) == ("meld", "train", "0_3", "Ada")
    assert EMOTIONS[look.targets["emotion7"].argmax()] == "surprise"
    assert POLARITIES[look.targets["sentiment3"].argmax()] == "positive"
    assert look.context == (Turn("Ada", "Well, it rains."), Turn("Ben", "NA"))
    assert examples[3].context == ()


def test_the_dyadic_release_tells_which_rows_it_shares(write):
    folder = write("test_sent_emo_dya.csv", HEADER + ROWS).parent
    write("test_sent_emo.csv", HEADER + ROWS)
    dyadic, plain = meld_dyadic.read(folder, "test"), meld.read(folder, "test")
    assert {example.corpus for example in dyadic} == {"meld_dyadic"}
    assert [example.origin for example in dyadic] == [example.origin for example in plain]
    assert dyadic[2].origin == "1x2 Look!"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            "5,Hm.,Ada,bored,neutral,1,1,1,2\n",
            "'Emotion' to be one of anger, disgust, fear, joy, neutral, sadness, surprise, found 'bored'",
        ),
        ("5,Hm.,Ada,joy,good,1,1,1,2\n", "'Sentiment' to be one of negative, neutral, positive, found 'good'"),
        ("5,Hm.,Ada,joy\n", "9 columns, found 4"),
    ],
)
def test_a_bad_row_is_refused_with_its_line(write, row, expected):
    path = write("dev_sent_emo.csv", HEADER + ROWS + row)
    with pytest.raises(CorpusError) as refused:
        meld.read(path.parent, "dev")
    assert str(refused.value) == f"{path}, line 6: expected {expected}."
