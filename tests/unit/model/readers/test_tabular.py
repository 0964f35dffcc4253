import json

import numpy as np
import pytest

from model.labels import EMOTIONS, FINE_LABELS, POLARITIES, label_targets
from model.readers import CorpusError, Turn, tabular

CSV = (
    "text,labels,emotion,polarity,sarcasm,valence,review,split,speaker,dialogue,note\n"
    '"Hi,\nthere",joy|love,joy,positive,false,4.5,0.9,train,Ada,d1,x\n'
    "NA,,,,1,,,train,Ben,d1,\n"
    "Alone,anger,,negative,TRUE,,,dev,,,\n"
    "Again,,sadness,,0,1.5,,train,Ada,d1,\n"
)


def same(one, other):
    assert one.keys() == other.keys()
    for task in one:
        np.testing.assert_array_equal(one[task], other[task])


def test_every_column_becomes_its_target(write):
    path = write("pie.csv", CSV)
    first, second, third = tabular.read(path, "train", corpus="pie")
    assert (first.corpus, first.split, first.id, first.text, first.speaker) == (
        "pie",
        "train",
        "2",
        "Hi,\nthere",
        "Ada",
    )
    same({t: first.targets[t] for t in ("labels28",)}, {"labels28": label_targets(["joy", "love"])["labels28"]})
    assert EMOTIONS[first.targets["emotion7"].argmax()] == "joy"
    assert POLARITIES[first.targets["sentiment3"].argmax()] == "positive"
    assert list(first.targets["sarcasm"]) == [1, 0]
    assert (first.targets["valence"], first.targets["review"]) == (4.5, 0.9)
    assert second.text == "NA"
    assert {task: list(target) for task, target in second.targets.items()} == {"sarcasm": [0, 1]}
    assert third.context == (Turn("Ada", "Hi,\nthere"), Turn("Ben", "NA"))
    (alone,) = tabular.read(path, "dev", corpus="pie")
    assert (alone.context, list(alone.targets["sarcasm"])) == ((), [0, 1])


def test_rows_without_a_split_are_test(write):
    path = write("pie.tsv", "text\temotion\nHi.\tjoy\n")
    assert [len(tabular.read(path, split, corpus="pie")) for split in ("train", "dev", "test")] == [0, 0, 1]


def test_an_export_of_corrections_is_a_corpus(write):
    row = {
        "text": "What a day",
        "labels": ["joy"],
        "polarity": "positive",
        "scores": {"valence": 4.0, "review": None},
        "annotator": "ann",
        "split": "train",
    }
    path = write(
        "corrections.jsonl", json.dumps(row) + "\n\n" + json.dumps({"text": "Hm\u2028m", "labels": None}) + "\n"
    )
    (example,) = tabular.read(path, "train", corpus="corrections")
    assert EMOTIONS[example.targets["emotion7"].argmax()] == "joy"
    assert example.targets["labels28"][FINE_LABELS.index("joy")] == 1.0
    assert example.targets["labels28"][FINE_LABELS.index("anger")] == 0.0
    assert example.targets["valence"] == 4.0
    assert "review" not in example.targets
    assert [other.text for other in tabular.read(path, "test", corpus="corrections")] == ["Hm\u2028m"]


def test_parquet_holds_the_same_rows_as_jsonl(write, tmp_path):
    import pyarrow
    from pyarrow import parquet

    rows = [
        {"text": "Hi", "labels": ["joy", "love"], "scores": {"valence": 4.0}, "sarcasm": True, "split": "train"},
        {"text": "Ho", "labels": None, "scores": {"valence": 2.0}, "sarcasm": None, "split": "train"},
    ]
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "a.parquet")
    lines = write("b.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    binary = tabular.read(tmp_path / "a.parquet", "train", corpus="a")
    text = tabular.read(lines, "train", corpus="a")
    assert [example.text for example in binary] == ["Hi", "Ho"]
    for one, other in zip(binary, text, strict=True):
        same(one.targets, other.targets)


def test_a_folder_is_all_its_tables(write):
    folder = write("pie/b.csv", "text,emotion\nTwo,joy\n").parent
    write("pie/a.jsonl", '{"text": "One", "emotion": "fear"}\n')
    write("pie/readme.txt", "not a table")
    assert [example.text for example in tabular.read(folder, "test", corpus="pie")] == ["One", "Two"]


@pytest.mark.parametrize(
    ("name", "content", "line", "expected"),
    [
        ("a.csv", "words,emotion\nHi,joy\n", 1, "a column 'text', found words, emotion"),
        (
            "a.csv",
            "text,note\nHi,x\n",
            1,
            "labels beside the texts, in a column labels, emotion, polarity, sarcasm, valence, arousal, dominance or review",
        ),
        (
            "a.csv",
            'text,emotion\n"Hi\nyou",joy\nHo,bored\n',
            4,
            "'emotion' to be one of anger, disgust, fear, joy, neutral, sadness, surprise, found 'bored'",
        ),
        (
            "a.csv",
            "text,labels\nHi,joy|glee\n",
            2,
            f"usable labels and scores (Unknown label 'glee'; expected one of: {', '.join(FINE_LABELS)})",
        ),
        (
            "a.tsv",
            "text\tvalence\nHi\t7\n",
            2,
            "usable labels and scores (Score 'valence' is 7; expected a number from 1 to 5)",
        ),
        (
            "a.csv",
            "text,polarity\nHi,good\n",
            2,
            "usable labels and scores (Unknown polarity 'good'; expected one of: negative, neutral, positive)",
        ),
        (
            "a.csv",
            "text,sarcasm\nHi,perhaps\n",
            2,
            "'sarcasm' to be one of 1, true, yes, 0, false, no, found 'perhaps'",
        ),
        ("a.csv", "text,sarcasm,split\nHi,1,valid\n", 2, "'split' to be one of train, dev, test, found 'valid'"),
        (
            "a.jsonl",
            '{"text": "Hi", "scores": {"joy": 1}}\n',
            1,
            "usable labels and scores (Unknown score 'joy'; expected one of: valence, arousal, dominance, review)",
        ),
        ("a.jsonl", '{"text": "Hi", "scores": [1]}\n', 1, "'scores' to be an object of numbers, found [1]"),
        ("a.jsonl", '{"text": "Hi", "labels": [1]}\n', 1, "'labels' to be names of labels, found [1]"),
        ("a.jsonl", '\n{"labels": ["joy"]}\n', 2, "a text in the column 'text', found labels"),
        ("a.jsonl", "[1]\n", 1, "one JSON object a line, found '[1]'"),
        ("a.jsonl", '{"text": }\n', 1, "one JSON object a line (Expecting value)"),
    ],
)
def test_a_bad_table_is_refused_with_its_line(write, name, content, line, expected):
    path = write(name, content)
    with pytest.raises(CorpusError) as refused:
        tabular.read(path, "test", corpus="a")
    assert str(refused.value) == f"{path}, line {line}: expected {expected}."


def test_what_is_no_parquet_is_refused(write):
    path = write("a.parquet", "text,emotion\n")
    with pytest.raises(CorpusError, match=r"a\.parquet: expected a Parquet file \(.+\)\.$"):
        tabular.read(path, "test", corpus="a")


def test_other_endings_are_refused(write):
    path = write("a.xlsx", "")
    with pytest.raises(CorpusError) as refused:
        list(tabular.records(path))
    assert str(refused.value) == f"{path}: expected a file that ends in .csv, .tsv, .jsonl, .parquet."
