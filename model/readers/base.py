"""What every corpus reader yields, and how a malformed file is refused."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from model.errors import Refusal

LONGEST_CELL = 2**31 - 1  # the csv module's own limit would refuse long texts


class CorpusError(Refusal, ValueError):
    """A corpus file that cannot be read; the message names file, line and what was ``expected``, filled with ``values``."""

    def __init__(self, path: Path, line: int | None, expected: str, **values: Any) -> None:
        message = "{path}, line {line}: expected {expected}." if line else "{path}: expected {expected}."
        super().__init__(message, path=path, line=line, expected=Refusal(expected, **values))


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
        raise CorpusError(path, None, "a readable file ({why})", why=error.strerror) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise CorpusError(path, line, "UTF-8 text, found byte 0x{byte:02x}", byte=error.object[error.start]) from None


def streamed(path: Path, newline: str = "\n") -> Iterator[str]:
    """The file's lines as they come, ends included, a byte order mark dropped. ``newline`` as ``open`` takes it.

    Raises CorpusError.
    """
    try:
        with path.open(encoding="utf-8-sig", newline=newline) as stream:
            yield from stream
    except OSError as error:
        raise CorpusError(path, None, "a readable file ({why})", why=error.strerror) from None
    except UnicodeDecodeError:
        raise _broken(path) from None


def _broken(path: Path) -> CorpusError:
    """Says where the first byte is that is no UTF-8: the decoder knows only its own piece of the file."""
    with path.open("rb") as stream:
        for line, raw in enumerate(stream, 1):
            try:
                raw.decode()
            except UnicodeDecodeError as error:
                return CorpusError(path, line, "UTF-8 text, found byte 0x{byte:02x}", byte=raw[error.start])
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
            raise CorpusError(
                path, line, "a column {name!r}, found {found}", name=missing[0], found=", ".join(header) or "nothing"
            )
        line = rows.line_num + 1
        for row in rows:
            if row and len(row) != len(header):
                raise CorpusError(path, line, "{wanted} columns, found {found}", wanted=len(header), found=len(row))
            if row:
                yield line, dict(zip(header, row, strict=True))
            line = rows.line_num + 1
    except csv.Error as error:
        raise CorpusError(path, line, "a well-formed table ({why})", why=error) from None


def text_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines that are not blank, with their numbers; only a line feed ends one. Raises CorpusError."""
    for line, content in enumerate(streamed(path), 1):
        if content.strip():
            yield line, content.removesuffix("\n").removesuffix("\r")


def number(path: Path, line: int, name: str, value: Any, low: float, high: float) -> float:
    """``value`` as a float within its range. Raises CorpusError."""
    try:
        parsed = float(value)
    except (TypeError, ValueError):
        raise CorpusError(path, line, "a number for {name!r}, found {value!r}", name=name, value=value) from None
    if not low <= parsed <= high:  # not so for nan either
        raise CorpusError(
            path, line, "{name!r} from {low:g} to {high:g}, found {value!r}", name=name, low=low, high=high, value=value
        )
    return parsed


def one_of(path: Path, line: int, name: str, value: str, allowed: Sequence[str]) -> str:
    """``value`` if it is allowed. Raises CorpusError."""
    if value not in allowed:
        names = ", ".join(allowed)
        raise CorpusError(
            path, line, "{name!r} to be one of {names}, found {value!r}", name=name, names=names, value=value
        )
    return value
