"""EmoBank (Buechel and Hahn 2017): valence, arousal, dominance from 1 to 5. File: ``emobank.csv``."""

from pathlib import Path

from model.readers.base import Example, number, one_of, table

COLUMNS = {"V": "valence", "A": "arousal", "D": "dominance"}


def read(folder: Path, split: str) -> list[Example]:
    """Sentences of a split. Raises CorpusError."""
    path = folder / "emobank.csv"
    examples = []
    for line, row in table(path, ("id", "split", "text", *COLUMNS)):
        if one_of(path, line, "split", row["split"], ("train", "dev", "test")) != split:
            continue
        targets = {name: number(path, line, column, row[column], 1, 5) for column, name in COLUMNS.items()}
        examples.append(Example("emobank", split, row["id"], row["text"], targets))
    return examples
