"""iSarcasmEval (Abu Farha et al. 2022), English, task A: sarcastic as meant by the author.

Files: ``train.En.csv`` and ``task_A_En_test.csv``. There is no official dev split.
"""

from pathlib import Path

from model.labels import one_hot
from model.readers.base import Example, one_of, table

FILES = {"train": ("train.En.csv", "tweet"), "test": ("task_A_En_test.csv", "text")}


def read(folder: Path, split: str) -> list[Example]:
    """Tweets of a split, none for dev. Raises CorpusError."""
    if split not in FILES:
        return []
    name, column = FILES[split]
    path = folder / name
    examples = []
    for line, row in table(path, (column, "sarcastic")):
        sarcastic = one_of(path, line, "sarcastic", row["sarcastic"], ("0", "1")) == "1"
        target = one_hot("sarcasm", "sarcastic" if sarcastic else "literal")
        examples.append(Example("isarcasm", split, str(line), row[column], {"sarcasm": target}))
    return examples
