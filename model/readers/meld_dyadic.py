"""MELD's two-speaker release, which re-cuts MELD's episodes: ``Example.origin`` tells which rows are the same."""

from pathlib import Path

from model.readers.base import Example
from model.readers.meld import read_dialogues


def read(folder: Path, split: str) -> list[Example]:
    """Utterances of a split, each with the earlier turns of its dialogue. Raises CorpusError."""
    return list(read_dialogues(folder / f"{split}_sent_emo_dya.csv", "meld_dyadic", split))
