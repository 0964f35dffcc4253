"""Texts of a person's own into the pool: which column is the text, what is left out and why, stored piece by piece."""

import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from db import events, texts, turns
from db.engine import Database
from emodemo.analysis import encodable
from emodemo.errors import UserError
from emodemo.folding import Folder
from emodemo.translation import N_
from model.readers import tabular
from model.readers.base import streamed

ADDED = "pool"  # kind of the event; the subject is the source
CHUNK = 500  # texts of one transaction
LAST = 2**31 - 1  # position of a turn
PAUSE = 0.03  # seconds between two: SQLite's lock knows no queue, so whoever waits needs a gap to get in
NAMED = 20  # columns that were passed over
NAMES = {  # what columns are commonly called, in lower case
    "text": ("text", "content", "sentence", "utterance", "message", "body", "review", "comment", "tweet"),
    "dialogue": ("dialogue", "dialogue_id", "dialog", "dialog_id", "conversation", "conversation_id", "thread"),
    "order": ("order", "position", "turn", "utterance_id"),
}
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column is what; the rows of a ``dialogue`` give context, in their order or in that of a column."""

    text: str
    dialogue: str | None = None
    order: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A text for the pool and its place in a dialogue, if any."""

    text: str
    dialogue: str | None = None
    position: int = 0


@dataclass(frozen=True, slots=True)
class Fold:
    """A row that was left out because it nearly repeats the text ``into``."""

    entry: Entry
    into: str


@dataclass(slots=True)
class Stored:
    """``new``: texts that the pool did not have, or answers; ``read``: rows so far; ``skipped``: rows by why they were left
    out; ``passed_over``: columns that were.
    """

    total: int
    read: int = 0
    new: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    folded: list[Fold] = field(default_factory=list)
    passed_over: Sequence[str] = ()

    @property
    def known(self) -> int:
        """Rows whose text, white space aside, the pool or an earlier row has."""
        return self.read - self.new - len(self.folded)


def rows(path: Path, *, most: int, longest: int) -> list[Row]:
    """Every row of a table, or every line of a .txt file as ``text``. Raises UserError, CorpusError."""
    lines = ((line, {"text": content.rstrip("\r\n")}) for line, content in enumerate(streamed(path), 1))
    found: list[Row] = []
    size = 0
    for _, row in lines if path.suffix == ".txt" else tabular.cells(path):
        size += sum(len(cell) for cell in row.values() if isinstance(cell, str))
        found.append(row)
        if len(found) > most or size > longest:
            long = len(found) > most
            limit = N_("{most:,} rows", most=most) if long else N_("{most:,} characters", most=longest)
            raise UserError("The file has more than {limit}, which is the most at once; split it.", limit=limit)
    return found


def guess(found: Sequence[Row]) -> Columns:
    """The columns that are called like what they are; for the text otherwise the one with the longest cells."""
    columns = names(found)
    if not columns:
        raise UserError("The file has no row; choose one with texts.")
    called = {what: next((c for n in known for c in columns if c.lower() == n), None) for what, known in NAMES.items()}
    longest = max(columns, key=lambda c: sum(len(str(row.get(c) or "")) for row in found[:100]))
    return Columns(called["text"] or longest, called["dialogue"], called["order"])


def names(found: Sequence[Row]) -> list[str]:
    """Every column, in order."""
    return list(dict.fromkeys(column for row in found for column in row))


def passed_over(found: Sequence[Row], read: Collection[str | None]) -> list[str]:
    """Columns that hold something and are not ``read``, in order."""
    held = {column for row in found for column, cell in row.items() if cell not in (None, "")}
    return [column for column in names(found) if column in held and column not in read]


def told_passed_over(columns: Sequence[str]) -> N_:
    """Which columns are passed over, in one sentence; the first of many."""
    names = [*map(repr, columns[:NAMED]), *(["…"] if len(columns) > NAMED else [])]
    return N_("Columns passed over: {names}.", names=", ".join(names))


def entries(found: Iterable[Row], columns: Columns, *, longest: int) -> tuple[list[Entry], Counter[str]]:
    """Rows that can be annotated, and how many were left out by why."""
    kept: list[Entry] = []
    skipped: Counter[str] = Counter()
    for number, row in enumerate(found):
        cell = row.get(columns.text)
        if why := _unusable(cell, longest):
            skipped[why] += 1
            continue
        dialogue = row.get(columns.dialogue) if columns.dialogue else None
        place = _position(row.get(columns.order), number) if columns.order else number
        kept.append(Entry(encodable(str(cell).strip()), str(dialogue) if dialogue not in (None, "") else None, place))
    return _within(kept), skipped


def _unusable(cell: Any, longest: int) -> str | None:
    if not isinstance(cell, str | int | float):
        return N_("no text in the column")
    if not str(cell).strip():
        return N_("blank")
    return N_("longer than {most:,} characters", most=longest) if len(str(cell)) > longest else None


def _position(cell: Any, number: int) -> int:
    for read in (int, lambda cell: int(float(cell))):  # as floats, neighbouring numbers of 19 digits are one
        try:
            return read(cell)
        except (TypeError, ValueError, OverflowError):
            continue
    return number


def _within(found: list[Entry]) -> list[Entry]:
    """The entries; their ranks in place of positions that no database takes, as of moments in milliseconds."""
    if all(abs(entry.position) <= LAST for entry in found):
        return found
    rank = {position: place for place, position in enumerate(sorted({entry.position for entry in found}))}
    return [replace(entry, position=rank[entry.position]) for entry in found]


def store(
    database: Database, found: Sequence[Entry], *, source: str, fold: bool = True, actor: str = "local"
) -> Iterator[Stored]:
    """Into the pool, a short transaction for each ``CHUNK``, with how far it is after each. Raises StoreError.

    ``fold`` leaves out what nearly repeats an earlier row; never a row of a dialogue, which others need around them.
    """
    told, folder = Stored(len(found)), Folder() if fold else None
    for start in range(0, len(found), CHUNK):
        rows = found[start : start + CHUNK]
        folds = [Fold(entry, into) for entry in rows if folder and (into := _repeats(folder, entry))]
        left = {id(each.entry) for each in folds}
        part = [entry for entry in rows if id(entry) not in left]
        with database.write() as session:
            if not start:  # the event first: it tells of texts that were known and now wait in the pool
                events.add(session, actor=actor, kind=ADDED, subject=source, detail={"rows": len(found)})
            ids, new = texts.pool(session, contents=[entry.text for entry in part], source=source)
            said = [(f"{source}/{e.dialogue}", e.position, i) for e, i in zip(part, ids, strict=True) if e.dialogue]
            turns.store(session, rows=said)
        told.read += len(rows)
        told.new += new
        told.folded += folds
        yield told
        time.sleep(PAUSE)


def _repeats(folder: Folder, entry: Entry) -> str | None:
    """The other text that the row nearly repeats; the same text again is for the pool to know."""
    into = None if entry.dialogue else folder.into(entry.text)
    return None if into is None or texts.fingerprint(into) == texts.fingerprint(entry.text) else into
