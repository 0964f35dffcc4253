"""The readers on the corpora themselves, where they are. EMODEMO_DATA names their folder."""

import hashlib
import json
import re
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from emodemo.settings import Settings
from model import readers
from model.corpora import CORPORA
from model.labels import TASKS, target_row
from model.readers import mustard, sst

DATA = Settings.load().data
ROWS = {
    "meld": (9_989, 1_109, 2_610),
    "meld_dyadic": (12_840, 1_462, 3_400),
    "goemotions": (43_410, 5_426, 5_427),
    "emobank": (8_062, 1_000, 1_000),
    "sst": (8_544, 1_101, 2_210),
    "mustard": (0, 0, 690),
    "isarcasm": (3_468, 0, 1_400),
    "vader": (10_461, 1_231, 1_406),
}
TARGETS = {
    "meld": {"emotion7", "sentiment3"},
    "meld_dyadic": {"emotion7", "sentiment3"},
    "goemotions": {"emotion7", "labels28"},
    "emobank": {"valence", "arousal", "dominance"},
    "sst": {"sst5", "review", "sentiment3"},
    "mustard": {"sarcasm"},
    "isarcasm": {"sarcasm"},
    "vader": {"valence", "sentiment3"},
}


def folder(corpus: str) -> Path:
    if not (DATA / corpus).is_dir():
        pytest.skip(f"{corpus} is not under {DATA}; EMODEMO_DATA names the folder of the corpora")
    return DATA / corpus


@pytest.mark.parametrize("corpus", ROWS)
def test_every_row_is_read_and_labelled(corpus: str) -> None:
    folder(corpus)
    splits = [readers.read(DATA, corpus, split) for split in readers.SPLITS]
    assert tuple(map(len, splits)) == ROWS[corpus]
    for example in [example for split in splits for example in split]:
        assert set(example.targets) == TARGETS[corpus] or (corpus, *example.targets) == ("vader", "valence")
        row = target_row(example.targets)
        for task in example.targets:
            known = row[TASKS[task].columns]
            assert np.isfinite(known).all()
            assert TASKS[task].kind != "categorical" or known.sum() == pytest.approx(1)


@pytest.mark.parametrize("corpus", ROWS)
def test_files_are_the_ones_that_fetch_would_bring(corpus: str) -> None:
    for file in CORPORA[corpus].files:
        content = (folder(corpus) / file.name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file.sha256


def test_a_sentence_may_be_the_text_na() -> None:
    lines = (folder("emobank") / "emobank.csv").read_text(encoding="utf-8").splitlines()
    missing = sum(line.endswith((",NA", ",null", ",nan", ",None")) for line in lines)
    texts = [e.text for split in readers.SPLITS for e in readers.read(DATA, "emobank", split)]
    assert sum(text in ("NA", "null", "nan", "None") for text in texts) == missing


def test_sst_has_its_two_way_test_rows_and_all_phrases() -> None:
    folder("sst")
    kept = [[e for e in readers.read(DATA, "sst", split) if e.targets["review"] != 0.5] for split in readers.SPLITS]
    assert [len(rows) for rows in kept] == [6_920, 872, 1_821]
    phrases = [phrase.text for phrase in sst.read_phrases(DATA / "sst", "train")]
    assert len(phrases) == len(set(phrases)) == 159_273


def test_meld_keeps_dialogues_in_order() -> None:
    folder("meld")
    examples = readers.read(DATA, "meld", "test")
    assert len({example.id.split("_")[0] for example in examples if not example.context}) == 280
    for before, example in pairwise(examples):
        if example.context:
            assert example.context[-1].text == before.text


def test_what_one_meld_tests_the_other_does_not_train_on() -> None:
    folder("meld"), folder("meld_dyadic")
    tested = {e.origin for corpus in ("meld", "meld_dyadic") for e in readers.read(DATA, corpus, "test")}
    for corpus in ("meld", "meld_dyadic"):
        kept = readers.read_training(DATA, corpus)
        assert not {example.origin for example in kept} & tested
        assert 0.98 < len(kept) / ROWS[corpus][0] < 1


def test_mustard_keeps_every_turn_of_context() -> None:
    place = folder("mustard")
    records = json.loads((place / "sarcasm_data.json").read_text(encoding="utf-8"))
    turns = sum(len(record["context"]) for record in records.values())
    assert sum(len(example.context) for example in mustard.read(place, "test")) == turns


@pytest.mark.parametrize(("task", "agree", "right"), [("emotion7", 0.52, 0.61), ("sentiment3", 0.53, 0.63)])
def test_the_same_words_of_meld_bear_other_labels_elsewhere(task: str, agree: float, right: float) -> None:
    """As docs/training.md says: how often two train rows of one text agree, and its most frequent label is the test's."""
    folder("meld")
    known: dict[str, Counter[int]] = defaultdict(Counter)
    for words, label in labelled_words("train", task):
        known[words][label] += 1
    alike = sum(n * (n - 1) for counts in known.values() for n in counts.values())
    pairs = sum(counts.total() * (counts.total() - 1) for counts in known.values())
    assert alike / pairs == pytest.approx(agree, abs=0.005)
    again = [
        known[words].most_common(1)[0][0] == label for words, label in labelled_words("test", task) if words in known
    ]
    assert len(again) == 400
    assert np.mean(again) == pytest.approx(right, abs=0.005)


def labelled_words(split: str, task: str) -> list[tuple[str, int]]:
    rows = readers.read(DATA, "meld", split)
    return [(re.sub("[^a-z0-9 ]", "", e.text.lower()).strip(), int(np.argmax(e.targets[task]))) for e in rows]
