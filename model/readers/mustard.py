"""MUStARD (Castro et al. 2019): sitcom utterances, sarcastic or not, with what was said before.

File: ``sarcasm_data.json``. There is no official split: all 690 utterances are ``test``, and none is trained on.
"""

import json
from pathlib import Path
from typing import Any

from model.labels import one_hot
from model.readers.base import CorpusError, Example, Turn, open_text

FIELDS: dict[str, tuple[type, str]] = {
    "utterance": (str, "a text"),
    "speaker": (str, "a text"),
    "context": (list, "a list of texts"),
    "context_speakers": (list, "a list of texts"),
    "sarcasm": (bool, "true or false"),
}


def read(folder: Path, split: str) -> list[Example]:
    """All utterances for ``test``, none for the other splits. Raises CorpusError."""
    if split != "test":
        return []
    path = folder / "sarcasm_data.json"
    content = open_text(path)
    try:
        records = json.loads(content)
    except json.JSONDecodeError as error:
        raise CorpusError(path, error.lineno, f"JSON ({error.msg})") from None
    if not isinstance(records, dict):
        raise CorpusError(path, 1, "a JSON object of utterances by id")
    return [_example(path, content, name, record) for name, record in records.items()]


def _example(path: Path, content: str, name: str, record: Any) -> Example:
    expected = _malformed(record)
    if expected:
        line = content[: max(content.find(f"{json.dumps(name)}:"), 0)].count("\n") + 1
        raise CorpusError(path, line, f"{expected} in record {name!r}")
    target = one_hot("sarcasm", "sarcastic" if record["sarcasm"] else "literal")
    context = tuple(map(Turn, record["context_speakers"], record["context"]))
    return Example(
        "mustard", "test", name, record["utterance"], {"sarcasm": target}, record["speaker"], context=context
    )


def _malformed(record: object) -> str:
    """What was expected of a record, empty for a good one."""
    if not isinstance(record, dict):
        return "an object"
    for field, (kind, words) in FIELDS.items():
        if not isinstance(record.get(field), kind):
            return f"{words} for {field!r}"
    return ""
