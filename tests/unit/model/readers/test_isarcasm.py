import pytest

from model.readers import CorpusError, isarcasm

TRAIN = ',tweet,sarcastic,rephrase\n0,"Lovely,\nrain again",1,It rains\n1,Good soup,0,\n'


def test_both_files_are_read_and_there_is_no_dev(write):
    folder = write("train.En.csv", TRAIN).parent
    write("task_A_En_test.csv", "text,sarcastic\nNice hat,1\n")
    train = isarcasm.read(folder, "train")
    assert [example.text for example in train] == ["Lovely,\nrain again", "Good soup"]
    assert [list(example.targets["sarcasm"]) for example in train] == [[0, 1], [1, 0]]
    assert [example.text for example in isarcasm.read(folder, "test")] == ["Nice hat"]
    assert isarcasm.read(folder, "dev") == []


def test_a_bad_row_is_refused_with_the_line_it_starts_on(write):
    path = write("train.En.csv", TRAIN + "2,Hm,maybe,\n")
    with pytest.raises(CorpusError) as refused:
        isarcasm.read(path.parent, "train")
    assert str(refused.value) == f"{path}, line 5: expected 'sarcastic' to be one of 0, 1, found 'maybe'."
