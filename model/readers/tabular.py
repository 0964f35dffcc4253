"""Any table of labelled texts: CSV, TSV, JSONL or Parquet. EmoFilm's or PIE's transcripts, an export of corrections.

Columns: ``text``, and any of ``labels`` (a list, or names joined by ``|``), ``emotion`` (one of seven), ``polarity``,
``sarcasm`` (0/1, true/false), the scores by name (or nested in ``scores`` in JSONL and Parquet), ``split`` (train, dev
or test; without it every row is ``test``, so that nothing trains by accident), ``speaker`` and ``dialogue`` (its rows
in order give context). Other columns are passed over.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from model.labels import (
    EMOTIONS,
    SCORES,
    LabelError,
    check_labels,
    check_polarity,
    check_scores,
    label_targets,
    one_hot,
)
from model.readers.base import CorpusError, Example, Turn, one_of, table, text_lines

SUFFIXES = (".csv", ".tsv", ".jsonl", ".parquet")
TRUTHS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
COLUMNS = ("labels", "emotion", "polarity", "sarcasm", *SCORES)

LARGEST = 4_000_000_000  # bytes of a Parquet file unpacked
BATCH = 256  # rows of a Parquet file at once: few, for one text behind all of them can be long

Records = Iterator[tuple[int, dict[str, Any]]]


def read(place: Path, split: str, *, corpus: str) -> list[Example]:
    """Examples of a split from a file, or from every table in a folder. Raises CorpusError."""
    examples = []
    for path in files(place):
        every = [*_examples(path, corpus)]
        if every and not any(example.targets for example in every):
            raise CorpusError(
                path,
                1,
                "labels beside the texts, in a column {names} or {last}",
                names=", ".join(COLUMNS[:-1]),
                last=COLUMNS[-1],
            )
        examples += [example for example in every if example.split == split]
    return examples


def files(place: Path) -> list[Path]:
    """The tables of a place, itself if it is one, in order of name."""
    found = sorted(place.iterdir()) if place.is_dir() else [place]
    return [path for path in found if path.suffix in SUFFIXES]


def records(path: Path) -> Records:
    """(line, record) of each row. ``labels`` is a tuple, ``scores`` a dictionary, and empty cells are left out.

    Checked is only that there is a ``text``. Raises CorpusError for that, and for what is no table or too large.
    """
    if path.suffix == ".parquet":
        _check_size(path)
    for line, raw in rows(path):
        yield line, _tidy(path, line, raw)


def rows(path: Path) -> Records:
    """(line, row) of each row with every cell as it stands there, in bounded memory. Raises as ``records`` does."""
    if path.suffix not in READ:
        raise CorpusError(path, None, "a file that ends in {suffixes}", suffixes=", ".join(SUFFIXES))
    for line, raw in READ[path.suffix](path):
        if not isinstance(raw.get("text"), str):
            found = ", ".join(raw) or "nothing"
            raise CorpusError(path, line, "a text in the column 'text', found {found}", found=found)
        yield line, raw


def cells(path: Path) -> Records:
    """(line, row) of each row as it is, whatever its columns. Raises CorpusError for what is no table."""
    if path.suffix not in READ:
        raise CorpusError(path, None, "a file that ends in {suffixes}", suffixes=", ".join(SUFFIXES))
    yield from table(path, (), DELIMITERS[path.suffix]) if path.suffix in DELIMITERS else READ[path.suffix](path)


def _delimited(delimiter: str) -> Callable[[Path], Records]:
    return lambda path: table(path, ("text",), delimiter)


def _jsonl(path: Path) -> Records:
    for line, content in text_lines(path):
        try:
            record = json.loads(content)
        except json.JSONDecodeError as error:
            raise CorpusError(path, line, "one JSON object a line ({why})", why=error.msg) from None
        if not isinstance(record, dict):
            raise CorpusError(path, line, "one JSON object a line, found {found!r}", found=content[:40])
        yield line, record


def _parquet(path: Path) -> Records:
    with opened(path) as file:
        yield from enumerate((row for batch in file.iter_batches(BATCH) for row in batch.to_pylist()), 1)


def _check_size(path: Path) -> None:
    with opened(path) as file:
        size = sum(file.metadata.row_group(n).total_byte_size for n in range(file.num_row_groups))
    if size > LARGEST:
        raise CorpusError(path, None, "at most {most:,} bytes once unpacked, found {size:,}", most=LARGEST, size=size)


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """A Parquet file, open. Raises CorpusError, for what is found wrong while it is read as well."""
    from pyarrow import ArrowException, parquet

    try:
        with parquet.ParquetFile(path) as file:
            yield file
    except FileNotFoundError:
        raise CorpusError(path, None, "the file to exist") from None
    except (ArrowException, OSError) as error:
        raise CorpusError(path, None, "a Parquet file ({why})", why=str(error).splitlines()[0]) from None


DELIMITERS = {".csv": ",", ".tsv": "\t"}
READ: dict[str, Callable[[Path], Records]] = {
    ".csv": _delimited(","),
    ".tsv": _delimited("\t"),
    ".jsonl": _jsonl,
    ".parquet": _parquet,
}


def _tidy(path: Path, line: int, raw: Mapping[str, Any]) -> dict[str, Any]:
    record = {name: cell for name, cell in raw.items() if cell is not None and cell != ""}
    record["text"] = raw["text"]
    labels = record.get("labels")
    if labels is not None:
        names = labels.split("|") if isinstance(labels, str) else labels
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise CorpusError(path, line, "'labels' to be names of labels, found {found!r}", found=labels)
        record["labels"] = tuple(name.strip() for name in names)
    nested = record.get("scores") or {}
    if not isinstance(nested, dict):
        raise CorpusError(path, line, "'scores' to be an object of numbers, found {found!r}", found=nested)
    scores = {name: score for name, score in nested.items() if score is not None}
    record["scores"] = scores | {name: record.pop(name) for name in SCORES if name in record}
    return record


def _examples(path: Path, corpus: str) -> Iterator[Example]:
    turns: dict[str, list[Turn]] = {}
    for line, record in records(path):
        split = one_of(path, line, "split", record.get("split", "test"), ("train", "dev", "test"))
        speaker, dialogue = str(record.get("speaker", "")), str(record.get("dialogue", ""))
        said = turns.setdefault(dialogue, [])
        targets = _targets(path, line, record)
        name = str(record.get("id", line))
        yield Example(corpus, split, name, record["text"], targets, speaker, context=tuple(said))
        if dialogue:
            said.append(Turn(speaker, record["text"]))


def _targets(path: Path, line: int, record: Mapping[str, Any]) -> dict[str, np.ndarray | float]:
    try:
        return _known(path, line, record)
    except LabelError as error:
        raise CorpusError(path, line, "usable labels and scores ({why})", why=str(error).rstrip(".")) from None


def _known(path: Path, line: int, record: Mapping[str, Any]) -> dict[str, np.ndarray | float]:
    targets: dict[str, np.ndarray | float] = dict(check_scores(record["scores"]))
    if record.get("labels"):
        targets |= label_targets(check_labels(record["labels"]))
    if "emotion" in record:
        targets["emotion7"] = one_hot("emotion7", one_of(path, line, "emotion", record["emotion"], EMOTIONS))
    if "polarity" in record:
        targets["sentiment3"] = one_hot("sentiment3", check_polarity(record["polarity"]))
    if "sarcasm" in record:
        told = truth(path, line, "sarcasm", record["sarcasm"])
        targets["sarcasm"] = one_hot("sarcasm", "sarcastic" if told else "literal")
    return targets


def truth(path: Path, line: int, name: str, cell: Any) -> bool:
    """A cell that says yes or no. Raises CorpusError."""
    return TRUTHS[one_of(path, line, name, str(cell).lower(), tuple(TRUTHS))]
