"""What every corpus reader yields, and how a malformed file is refused."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np


class CorpusError(ValueError):
    """A corpus file that cannot be read; the message names file, line and what was expected."""

    def __init__(self, path: Path, line: int | None, expected: str) -> None:
        where = f"{path}, line {line}" if line else f"{path}"
        super().__init__(f"{where}: expected {expected}.")


@dataclass(frozen=True, slots=True)
class Turn:
    """Something said before, by whom where that is known."""

    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled text. ``targets`` maps a task's name to its target (labels.target_row packs them).

    ``origin`` names the recording that two corpora may both have cut it from, empty where none can.
    """

    corpus: str
    split: str
    id: str
    text: str
    targets: Mapping[str, np.ndarray | float]
    speaker: str = ""
    origin: str = ""
    context: tuple[Turn, ...] = field(default=(), repr=False)


def open_text(path: Path) -> str:
    """The file's text as UTF-8, a byte order mark dropped. Raises CorpusError."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise CorpusError(path, None, "the file to exist") from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise CorpusError(path, line, f"UTF-8 text, found byte 0x{error.object[error.start]:02x}") from None


def table(path: Path, columns: Sequence[str], delimiter: str = ",") -> Iterator[tuple[int, dict[str, str]]]:
    """Rows of a delimited file with its line number. Raises CorpusError for a missing column or cell."""
    lines = open_text(path).splitlines(keepends=True)
    reader = csv.DictReader(lines, delimiter=delimiter, strict=True)
    missing = [c for c in columns if c not in (reader.fieldnames or ())]
    if missing:
        raise CorpusError(path, 1, f"a column {missing[0]!r}, found {', '.join(reader.fieldnames or ()) or 'nothing'}")
    try:
        for row in reader:
            if any(row[c] is None for c in columns):
                raise CorpusError(path, reader.line_num, f"{len(reader.fieldnames or ())} columns, found fewer")
            yield reader.line_num, row
    except csv.Error as error:
        raise CorpusError(path, reader.line_num, f"a well-formed table ({error})") from None


def number(path: Path, line: int, name: str, value: str, low: float, high: float) -> float:
    """``value`` as a float within its range. Raises CorpusError."""
    try:
        parsed = float(value)
    except ValueError:
        raise CorpusError(path, line, f"a number for {name!r}, found {value!r}") from None
    if not low <= parsed <= high:
        raise CorpusError(path, line, f"{name!r} from {low:g} to {high:g}, found {value!r}")
    return parsed


def one_of(path: Path, line: int, name: str, value: str, allowed: Sequence[str]) -> str:
    """``value`` if it is allowed. Raises CorpusError."""
    if value not in allowed:
        raise CorpusError(path, line, f"{name!r} to be one of {', '.join(allowed)}, found {value!r}")
    return value
