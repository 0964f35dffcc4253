"""What every corpus reader yields, and how a malformed file is refused."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

LONGEST_CELL = 2**31 - 1  # the csv module's own limit would refuse long texts


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
    except OSError as error:
        raise CorpusError(path, None, f"a readable file ({error.strerror})") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise CorpusError(path, line, f"UTF-8 text, found byte 0x{error.object[error.start]:02x}") from None


def streamed(path: Path, newline: str = "\n") -> Iterator[str]:
    """The file's lines as they come, ends included, a byte order mark dropped. ``newline`` as ``open`` takes it.

    Raises CorpusError.
    """
    try:
        with path.open(encoding="utf-8-sig", newline=newline) as stream:
            yield from stream
    except OSError as error:
        raise CorpusError(path, None, f"a readable file ({error.strerror})") from None
    except UnicodeDecodeError:
        raise _broken(path) from None


def _broken(path: Path) -> CorpusError:
    """Says where the first byte is that is no UTF-8: the decoder knows only its own piece of the file."""
    with path.open("rb") as stream:
        for line, raw in enumerate(stream, 1):
            try:
                raw.decode()
            except UnicodeDecodeError as error:
                return CorpusError(path, line, f"UTF-8 text, found byte 0x{raw[error.start]:02x}")
    return CorpusError(path, None, "UTF-8 text")


def table(path: Path, columns: Sequence[str], delimiter: str = ",") -> Iterator[tuple[int, dict[str, str]]]:
    """Rows of a delimited file, each with the line that it starts on; every cell is text, "NA" and "" too.

    Raises CorpusError for a missing column, a row of another length or a quotation mark left open.
    """
    csv.field_size_limit(LONGEST_CELL)
    rows = csv.reader(streamed(path, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        header = next(rows, [])
        missing = [column for column in columns if column not in header]
        if missing:
            raise CorpusError(path, line, f"a column {missing[0]!r}, found {', '.join(header) or 'nothing'}")
        line = rows.line_num + 1
        for row in rows:
            if row and len(row) != len(header):
                raise CorpusError(path, line, f"{len(header)} columns, found {len(row)}")
            if row:
                yield line, dict(zip(header, row, strict=True))
            line = rows.line_num + 1
    except csv.Error as error:
        raise CorpusError(path, line, f"a well-formed table ({error})") from None


def text_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines that are not blank, with their numbers; only a line feed ends one. Raises CorpusError."""
    for line, content in enumerate(streamed(path), 1):
        if content.strip():
            yield line, content.removesuffix("\n").removesuffix("\r")


def number(path: Path, line: int, name: str, value: str, low: float, high: float) -> float:
    """``value`` as a float within its range. Raises CorpusError."""
    try:
        parsed = float(value)
    except ValueError:
        raise CorpusError(path, line, f"a number for {name!r}, found {value!r}") from None
    if not low <= parsed <= high:  # not so for nan either
        raise CorpusError(path, line, f"{name!r} from {low:g} to {high:g}, found {value!r}")
    return parsed


def one_of(path: Path, line: int, name: str, value: str, allowed: Sequence[str]) -> str:
    """``value`` if it is allowed. Raises CorpusError."""
    if value not in allowed:
        raise CorpusError(path, line, f"{name!r} to be one of {', '.join(allowed)}, found {value!r}")
    return value
