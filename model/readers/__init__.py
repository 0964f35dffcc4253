"""Corpus readers: one corpus, one module, each with ``read(folder, split) -> list[Example]``."""

from collections.abc import Collection
from pathlib import Path
from types import ModuleType

from model.readers import (
    emobank,
    everyday,
    goemotions,
    iemocap,
    isarcasm,
    meld,
    meld_dyadic,
    mustard,
    sst,
    tabular,
    vader,
)
from model.readers.base import CorpusError, Example, Turn

__all__ = [
    "READERS",
    "SHIPPED",
    "SPLITS",
    "WITHOUT_SPLITS",
    "CorpusError",
    "Example",
    "Turn",
    "present",
    "read",
    "read_training",
    "tested_origins",
]

SPLITS = ("train", "dev", "test")
READERS: dict[str, ModuleType] = {
    "meld": meld,
    "meld_dyadic": meld_dyadic,
    "goemotions": goemotions,
    "emobank": emobank,
    "sst": sst,
    "mustard": mustard,
    "isarcasm": isarcasm,
    "vader": vader,
    "iemocap": iemocap,
    "everyday": everyday,
}
WITHOUT_SPLITS = ("mustard",)  # all of it is ``test``, measured by folds
SHIPPED = ("everyday",)  # corpora that come with the project


def present(data: Path) -> list[str]:
    """Names of the corpora under ``data``: those with a reader of their own, folders and files of tables, and, where
    there is any, the project's own.
    """
    found = [name for name in READERS if (data / name).is_dir()] + [*_tables(data)]
    return found + [name for name in SHIPPED if found and name not in found]


def read_training(data: Path, corpus: str, tested: Collection[str] | None = None) -> list[Example]:
    """The train split without blank texts and without anything that also stands in some corpus's test split.

    ``tested``: ``tested_origins(data)``, where several corpora are read and it is known already.
    """
    tested = tested_origins(data) if tested is None else tested
    return [e for e in read(data, corpus, "train") if e.text.strip() and e.origin not in tested]


def tested_origins(data: Path) -> set[str]:
    """Origins of everything in the test splits of the corpora present."""
    return {example.origin for other in present(data) for example in read(data, other, "test")} - {""}


def read(data: Path, corpus: str, split: str) -> list[Example]:
    """Examples of one split of one corpus under ``data``. Raises CorpusError."""
    if corpus in READERS:
        return READERS[corpus].read(data / corpus, split)
    place = _tables(data).get(corpus)
    if place is None:
        raise CorpusError(data / corpus, None, f"a folder of tables or a file {corpus}.csv, .tsv, .jsonl or .parquet")
    return tabular.read(place, split, corpus=corpus)


def _tables(data: Path) -> dict[str, Path]:
    """Places of the corpora that the tabular reader reads, by name; of two of one name the folder counts."""
    places = sorted(data.iterdir(), key=lambda place: (place.is_dir(), place.name)) if data.is_dir() else []
    named = {place.name if place.is_dir() else place.stem: place for place in places if tabular.files(place)}
    return {name: named[name] for name in sorted(named) if name not in READERS and not name.startswith(".")}
