"""Corpus readers: one corpus, one module, each with ``read(folder, split) -> list[Example]``."""

from pathlib import Path
from types import ModuleType

from model.readers import emobank, goemotions, isarcasm, meld, meld_dyadic, mustard, sst, tabular
from model.readers.base import CorpusError, Example, Turn

__all__ = ["READERS", "SPLITS", "CorpusError", "Example", "Turn", "present", "read", "read_training"]

SPLITS = ("train", "dev", "test")
READERS: dict[str, ModuleType] = {
    "meld": meld,
    "meld_dyadic": meld_dyadic,
    "goemotions": goemotions,
    "emobank": emobank,
    "sst": sst,
    "mustard": mustard,
    "isarcasm": isarcasm,
}


def present(data: Path) -> list[str]:
    """Names of the corpora under ``data``: those with a reader of their own, then folders and files of tables."""
    known = [name for name in READERS if (data / name).is_dir()]
    places = sorted(data.iterdir()) if data.is_dir() else []
    return known + [place.stem for place in places if place.stem not in READERS and tabular.files(place)]


def read_training(data: Path, corpus: str) -> list[Example]:
    """The train split without blank texts and without anything that also stands in some corpus's test split."""
    tested = {example.origin for other in present(data) for example in read(data, other, "test")} - {""}
    return [e for e in read(data, corpus, "train") if e.text.strip() and e.origin not in tested]


def read(data: Path, corpus: str, split: str) -> list[Example]:
    """Examples of one split of one corpus under ``data``. Raises CorpusError."""
    if corpus in READERS:
        return READERS[corpus].read(data / corpus, split)
    places = [data / corpus, *((data / corpus).with_suffix(suffix) for suffix in tabular.SUFFIXES)]
    return tabular.read(next((place for place in places if place.exists()), places[0]), split)
