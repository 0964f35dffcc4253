import pytest

from model.readers import CorpusError, emobank

TABLE = (
    "id,split,V,A,D,text\n"
    'a_1,train,3.5,2.0,3.1,"She said ""no""."\n'
    "a_2,dev,1.0,5.0,3.0,NA\n"
    "a_3,test,2.5,2.5,2.5,It is late.\n"
)


def test_each_split_has_its_own_rows_and_scores(write):
    folder = write("emobank.csv", TABLE).parent
    train, dev, test = (emobank.read(folder, split) for split in ("train", "dev", "test"))
    assert [example.text for example in [*train, *dev, *test]] == ['She said "no".', "NA", "It is late."]
    assert train[0].targets == {"valence": 3.5, "arousal": 2.0, "dominance": 3.1}
    assert (dev[0].id, dev[0].corpus, dev[0].split) == ("a_2", "emobank", "dev")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("a_4,train,0.5,3,3,Hm.\n", "'V' from 1 to 5, found '0.5'"),
        ("a_4,train,3,,3,Hm.\n", "a number for 'A', found ''"),
        ("a_4,valid,3,3,3,Hm.\n", "'split' to be one of train, dev, test, found 'valid'"),
    ],
)
def test_a_bad_row_is_refused_with_its_line(write, row, expected):
    path = write("emobank.csv", TABLE + row)
    with pytest.raises(CorpusError) as refused:
        emobank.read(path.parent, "train")
    assert str(refused.value) == f"{path}, line 5: expected {expected}."
