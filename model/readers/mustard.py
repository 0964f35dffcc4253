"""MUStARD (Castro et al. 2019): sitcom utterances, sarcastic or not, with what was said before.

File: ``sarcasm_data.json``. There is no official split: all 690 utterances are ``test``, and none is trained on.
"""

import json
from pathlib import Path

from model.labels import one_hot
from model.readers.base import CorpusError, Example, Turn, open_text

FIELDS = ("utterance", "speaker", "context", "context_speakers", "sarcasm")


def read(folder: Path, split: str) -> list[Example]:
    """All utterances for ``test``, none for the other splits. Raises CorpusError."""
    if split != "test":
        return []
    path = folder / "sarcasm_data.json"
    try:
        records = json.loads(open_text(path))
    except json.JSONDecodeError as error:
        raise CorpusError(path, error.lineno, f"JSON ({error.msg})") from None
    if not isinstance(records, dict):
        raise CorpusError(path, 1, "a JSON object of utterances by id")
    return [_example(path, name, record) for name, record in records.items()]


def _example(path: Path, name: str, record: dict) -> Example:
    missing = [field for field in FIELDS if field not in record]
    if missing:
        raise CorpusError(path, None, f"a field {missing[0]!r} in record {name!r}")
    if not isinstance(record["sarcasm"], bool):
        raise CorpusError(path, None, f"true or false for 'sarcasm' in record {name!r}")
    target = one_hot("sarcasm", "sarcastic" if record["sarcasm"] else "literal")
    context = tuple(Turn(s, t) for s, t in zip(record["context_speakers"], record["context"], strict=False))
    return Example("mustard", "test", name, record["utterance"], {"sarcasm": target}, record["speaker"], context=context)
