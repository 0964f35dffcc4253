"""Everyday feelings: reports, acted scenes, comedy and messages, written for this project (Apache-2.0), shipped with it.

No public corpus here has first-person reports that tell what happened and leave the feeling unsaid; models fitted
without any call them neutral. Emotion and polarity stand where writer and a second, blind reader agree, scores, where
both gave some, are the mean of both. File: ``everyday.csv`` beside this module, split by a hash of the text, scenes whole.
"""

from functools import cache
from pathlib import Path

from model.readers import tabular
from model.readers.base import Example

FILE = Path(__file__).with_suffix(".csv")


def read(_folder: Path, split: str) -> list[Example]:
    """Texts of a split, lines of scenes with what was said before; no corpora folder is needed. Lines on which writer and
    reader agree in nothing are only said before others.
    """
    return [*_examples(split)]


@cache  # the file never changes, and a training asks for it with every corpus
def _examples(split: str) -> tuple[Example, ...]:
    return tuple(example for example in tabular.read(FILE, split, corpus="everyday") if example.targets)
