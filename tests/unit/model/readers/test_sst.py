import pytest

from model.labels import POLARITIES
from model.readers import CorpusError, sst

TREES = "(4 (2 a) (4 (3 bright) (2 film)))\n\n(1 (1 (2 Not) (2 it)) (2 .))\n(2 (2 a) (2 film))\n"


def test_read_gives_the_roots_with_class_score_and_polarity(write):
    folder = write("train.txt", TREES).parent
    roots = sst.read(folder, "train")
    assert [root.text for root in roots] == ["a bright film", "Not it.", "a film"]
    assert [int(root.targets["sst5"].argmax()) for root in roots] == [4, 1, 2]
    assert [root.targets["review"] for root in roots] == [1.0, 0.25, 0.5]
    assert [POLARITIES[root.targets["sentiment3"].argmax()] for root in roots] == ["positive", "negative", "neutral"]
    assert [root.id for root in roots] == ["1.0", "3.0", "4.0"]


@pytest.mark.parametrize(("label", "polarity"), [(0, 0), (1, 0), (2, 1), (3, 2), (4, 2)])
def test_polarity_of_each_label(write, label, polarity):
    folder = write("dev.txt", f"({label} hm)\n").parent
    (root,) = sst.read(folder, "dev")
    assert int(root.targets["sentiment3"].argmax()) == polarity


def test_read_phrases_gives_every_distinct_phrase_once(write):
    folder = write("test.txt", TREES).parent
    phrases = sst.read_phrases(folder, "test")
    assert [phrase.text for phrase in phrases] == [
        "a bright film", "a", "bright film", "bright", "film", "Not it.", "Not it", "Not", "it", ".", "a film",
    ]  # fmt: skip
    assert [phrase.id for phrase in phrases][:5] == ["1.0", "1.1", "1.2", "1.3", "1.4"]


def test_treebank_tokens_become_running_text():
    words = ["It", "'s", "a", "``", "big", "''", "3\\/4", "hit", ",", "is", "n't", "it", "?", "-LRB-", "yes", "-RRB-"]
    assert sst.detokenise(words) == "It's a \" big \" 3/4 hit, isn't it? (yes)"


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ("(5 (2 a))", "a label from 0 to 4 after '(', found '5'"),
        ("((2 a) (2 b))", "a label from 0 to 4 after '(', found ''"),
        ("(2 (2 a) (2 b)", "a ')' for every '('"),
        ("(2 a) (2 b)", "one bracketed tree, found '(2' after its end"),
        ("(2 a))", "one bracketed tree, found ')' after its end"),
        ("a film", "a bracketed tree, found 'a'"),
    ],
)
def test_a_bad_tree_is_refused_with_its_line(write, tree, expected):
    path = write("train.txt", f"(2 a)\n\n{tree}\n")
    with pytest.raises(CorpusError) as refused:
        sst.read(path.parent, "train")
    assert str(refused.value) == f"{path}, line 3: expected {expected}."
