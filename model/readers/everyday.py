"""Everyday feelings: short reports, acted talk and messages, written for this project (Apache-2.0) and shipped with it.

No public corpus here has first-person reports that tell what happened and leave the feeling unsaid; models fitted
without any call them neutral. File: ``everyday.csv`` beside this module, split by a hash of the text.
"""

from pathlib import Path

from model.readers import tabular
from model.readers.base import Example

FILE = Path(__file__).with_suffix(".csv")


def read(_folder: Path, split: str) -> list[Example]:
    """Texts of a split, with one of seven emotions and their polarity; no corpora folder is needed."""
    return tabular.read(FILE, split, corpus="everyday")
