"""What tests of the training share."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from model.readers import everyday

TRAIN_ROWS = 400


@pytest.fixture(scope="module")
def few_everyday(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Of the shipped corpus the test and dev rows, which figures are made of, and the first of those that train."""
    whole, few = everyday.FILE, Path(tmp_path_factory.mktemp("few") / "everyday.csv")
    with whole.open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    split = header.index("split")
    train = [row for row in rows if row[split] == "train"]
    measured = [row for row in rows if row[split] != "train"]
    with few.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *train[:TRAIN_ROWS], *measured])
    everyday.FILE = few
    everyday._examples.cache_clear()
    yield
    everyday.FILE = whole
    everyday._examples.cache_clear()
