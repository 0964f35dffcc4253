"""GoEmotions (Demszky et al. 2020): Reddit comments with 27 emotions and neutral, several per row.

Files: ``train.tsv``, ``dev.tsv``, ``test.tsv`` (text, comma-separated label ids, comment id) and ``emotions.txt``.
"""

from pathlib import Path

import numpy as np

from model.labels import FINE_LABELS, emotion_distribution
from model.readers.base import CorpusError, Example, open_text, text_lines


def read(folder: Path, split: str) -> list[Example]:
    """Comments of a split. Raises CorpusError."""
    names = open_text(folder / "emotions.txt").split()
    if sorted(names) != list(FINE_LABELS):
        raise CorpusError(folder / "emotions.txt", None, f"the {len(FINE_LABELS)} GoEmotions labels, one a line")
    path = folder / f"{split}.tsv"
    examples = []
    for line, row in text_lines(path):
        cells = row.split("\t")
        if len(cells) != 3:
            raise CorpusError(path, line, f"3 tab-separated columns, found {len(cells)}")
        text, ids, comment = cells
        if not all(i.isdecimal() and int(i) < len(names) for i in ids.split(",")):
            raise CorpusError(path, line, f"label ids from 0 to {len(names) - 1}, found {ids!r}")
        labels = {names[int(i)] for i in ids.split(",")}
        fine = np.array([label in labels for label in FINE_LABELS], np.float32)
        targets = {"labels28": fine, "emotion7": emotion_distribution(labels)}
        examples.append(Example("goemotions", split, comment, text, targets))
    return examples
