import pytest

from model.labels import EMOTIONS, FINE_LABELS
from model.readers import CorpusError, goemotions

LABELS = "\n".join(FINE_LABELS) + "\n"


def test_a_comment_may_have_several_labels(write):
    joy, anger = FINE_LABELS.index("joy"), FINE_LABELS.index("anger")
    folder = write("emotions.txt", LABELS).parent
    write("dev.tsv", f'"Odd\u2028 quote\t{joy},{anger}\tabc\n')
    (example,) = goemotions.read(folder, "dev")
    assert (example.text, example.id) == ('"Odd\u2028 quote', "abc")
    fine = example.targets["labels28"]
    assert {label for label, named in zip(FINE_LABELS, fine, strict=True) if named} == {"anger", "joy"}
    assert dict(zip(EMOTIONS, example.targets["emotion7"], strict=True)) == {
        emotion: 0.5 if emotion in ("anger", "joy") else 0.0 for emotion in EMOTIONS
    }


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("no label\tabc\n", "3 tab-separated columns, found 2"),
        ("Hm.\t28\tabc\n", "label ids from 0 to 27, found '28'"),
        ("Hm.\t1,\tabc\n", "label ids from 0 to 27, found '1,'"),
        ("Hm.\t²\tabc\n", "label ids from 0 to 27, found '²'"),
    ],
)
def test_a_bad_row_is_refused_with_its_line(write, row, expected):
    write("emotions.txt", LABELS)
    path = write("test.tsv", "Fine.\t0\tab\n" + row)
    with pytest.raises(CorpusError) as refused:
        goemotions.read(path.parent, "test")
    assert str(refused.value) == f"{path}, line 2: expected {expected}."


def test_other_labels_are_refused(write):
    path = write("emotions.txt", "joy\nanger\n")
    with pytest.raises(CorpusError) as refused:
        goemotions.read(path.parent, "test")
    assert str(refused.value) == f"{path}: expected the 28 GoEmotions labels, one a line."
