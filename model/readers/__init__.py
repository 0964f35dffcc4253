"""Corpus readers: one corpus, one module, each with ``read(folder, split) -> list[Example]``."""

from pathlib import Path
from types import ModuleType

from model.readers import emobank, goemotions, isarcasm, meld, meld_dyadic, mustard, sst
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
    """Names of the corpora that have a folder under ``data``."""
    return [name for name in READERS if (data / name).is_dir()]


def read_training(data: Path, corpus: str) -> list[Example]:
    """The train split without blank texts and without anything that also stands in some corpus's test split."""
    tested = {example.origin for other in present(data) for example in read(data, other, "test")} - {""}
    return [e for e in read(data, corpus, "train") if e.text.strip() and e.origin not in tested]


def read(data: Path, corpus: str, split: str) -> list[Example]:
    """Examples of one split of one corpus under ``data``. Raises CorpusError."""
    return READERS[corpus].read(data / corpus, split)
