import pytest

from model import readers
from model.readers import CorpusError

MELD = "Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode\n"


def test_known_corpora_come_first_then_tables_by_name(write, tmp_path):
    write("sst/train.txt", "(2 a)\n")
    write("emobank/emobank.csv", "")
    write("pie/rows.csv", "")
    write("pie.csv", "")
    write("film.v2/rows.tsv", "")
    write("corrections.jsonl", "")
    write("meld.csv", "a table under the name of a known corpus is not that corpus")
    write("notes/readme.txt", "")
    write("readme.md", "")
    assert readers.present(tmp_path) == ["emobank", "sst", "corrections", "film.v2", "pie", "everyday"]
    assert readers.present(tmp_path / "nowhere") == []


def test_a_table_is_read_under_its_name_and_a_folder_before_a_file(write, tmp_path):
    write("pie.csv", "text,emotion\nFrom the file,joy\n")
    assert [(e.corpus, e.text) for e in readers.read(tmp_path, "pie", "test")] == [("pie", "From the file")]
    write("pie/rows.csv", "text,emotion\nFrom the folder,joy\n")
    assert [e.text for e in readers.read(tmp_path, "pie", "test")] == ["From the folder"]


def test_a_corpus_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CorpusError) as refused:
        readers.read(tmp_path, "pie", "test")
    expected = "a folder of tables or a file pie.csv, .tsv, .jsonl or .parquet"
    assert str(refused.value) == f"{tmp_path / 'pie'}: expected {expected}."


def test_training_rows_are_neither_blank_nor_tested_elsewhere(write, tmp_path):
    write("meld/train_sent_emo.csv", f"{MELD}One.,A,joy,positive,0,0,1,1\n ,A,joy,positive,0,1,1,1\n")
    write("meld/test_sent_emo.csv", f"{MELD}Two.,A,joy,positive,0,0,1,1\n")
    write("meld_dyadic/train_sent_emo_dya.csv", f"{MELD}Two.,A,joy,positive,0,0,1,1\nTwo.,A,joy,positive,0,0,2,1\n")
    write("meld_dyadic/test_sent_emo_dya.csv", f"{MELD}Six.,A,joy,positive,0,0,1,1\n")
    write("own.jsonl", '{"text": "Mine", "labels": ["joy"], "split": "train"}\n')
    assert [e.text for e in readers.read_training(tmp_path, "meld")] == ["One."]
    assert [e.origin for e in readers.read_training(tmp_path, "meld_dyadic")] == ["2x1 Two."]
    assert [e.text for e in readers.read_training(tmp_path, "own")] == ["Mine"]
