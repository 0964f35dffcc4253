"""Files into the database: texts for the pool, and labelled rows as answers of the people who gave them."""

import hashlib
import json
import sys
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime
from itertools import count, groupby
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from db import adjudications, annotators, corrections, texts, waiting
from db.engine import Database
from db.records import CHOICES, Adjudication, Correction, Text, Verdict
from emodemo import pooling, vocabulary
from emodemo.access import VISITOR
from emodemo.analysis import encodable
from emodemo.annotation import checked_verdict
from model.labels import SCORES
from model.readers import CorpusError, tabular
from model.readers.base import number

DECIDED_ELSEWHERE = "disagreement"  # as what a decision counts that comes in a file
LONGEST_SECONDS = 1e6  # that an answer took
LONGEST_NAME = 500  # characters; PostgreSQL's index takes 2,704 bytes
COLUMNS = (
    *("text", "labels", "polarity", "scores", *SCORES, "annotator", "id", "comment", "created_at", "adjudicated"),
    *("visible", "release", "seconds", "chosen"),
)
Spoken = Correction | Adjudication


class Subject(NamedTuple):
    """Whose answers or decisions about which text, by its fingerprint."""

    adjudicated: bool
    annotator: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """A labelled row. ``asked``: how its answer came about, which a decision does not keep."""

    line: int
    text: str
    subject: Subject
    id: str | None
    verdict: Verdict
    created_at: datetime | None
    comment: str | None
    asked: Mapping[str, Any]


def import_pool(database: Database, file: Path, *, fold: bool = True) -> pooling.Stored:
    """Every text of a file into the pool, each once; rows of a ``dialogue`` keep their places, in the order of the file
    or of a column ``order``. ``fold`` leaves out what nearly repeats an earlier row. Raises UserError, CorpusError,
    StoreError.
    """
    found = [row for _, row in tabular.rows(file)]
    columns = pooling.Columns("text", "dialogue", "order")
    kept, _ = pooling.entries(found, columns, longest=sys.maxsize)
    stored = pooling.store(database, kept, source=encodable(file.name), fold=fold, actor="command line")
    told = [pooling.Stored(0), *stored][-1]
    told.passed_over = pooling.passed_over(found, astuple(columns))
    return told


def import_labels(database: Database, file: Path) -> pooling.Stored:
    """Every row as an accepted correction of its annotator, or as the decision of a reviewer that it was when exported.

    A file with a bad row changes nothing; stopped on the way, the same file again stores the rest. ``new`` counts the rows
    that were not stored before. Raises CorpusError naming file and line, StoreError.
    """
    added = vocabulary.known(database)
    found = [*tabular.records(file)]
    rows = [_labelled(file, line, record, added) for line, record in found]
    with database.read() as session:
        new = _new(session, file, _named(session, rows))
    for start in range(0, len(new), pooling.CHUNK):
        with database.write() as session:
            _store_labelled(session, new[start : start + pooling.CHUNK], encodable(file.name))
        time.sleep(pooling.PAUSE)
    passed_over = pooling.passed_over([record for _, record in found], COLUMNS)
    return pooling.Stored(len(rows), len(rows), len(new), passed_over=passed_over)


def _store_labelled(session: Session, rows: Sequence[Row], source: str) -> None:
    """People first and then texts, each in one order, as everybody does: or two that write wait for each other."""
    roles = {row.subject.annotator: "reviewer" if row.subject.adjudicated else "annotator" for row in rows}
    names = sorted(roles)
    roles[VISITOR.name] = VISITOR.role
    people = {name: annotators.ensure(session, name=name, role=roles[name]) for name in names}
    ids = texts.add(session, contents=[row.text for row in rows], source=source, pooled=False)
    for text_id in sorted(set(ids)):
        corrections.lock_text(session, text_id)
    for row, text_id in zip(rows, ids, strict=True):
        said: dict[str, Any] = {
            "client_id": row.id,
            "text_id": text_id,
            "annotator_id": people[row.subject.annotator].id,
            "verdict": row.verdict,
            "comment": row.comment,
            "created_at": row.created_at,
        }
        if row.subject.adjudicated:
            adjudications.save(
                session, **said, kind=DECIDED_ELSEWHERE, action="accept", seen=waiting.newest(session, text_id=text_id),
                after=adjudications.newest(session, text_id=text_id),
            )  # fmt: skip
        else:
            corrections.save(session, **said, **row.asked)


def _named(session: Session, rows: Sequence[Row]) -> list[Row]:
    """The rows, each with an id: that of the stored answer which it repeats, or one of its own, where it has none."""
    nameless = [row.text for row in rows if row.id is None]
    told: list[tuple[Text, Spoken]] = [
        *corrections.histories(session, contents=nameless),
        *adjudications.histories(session, contents=nameless),
    ]
    histories, together = defaultdict[Subject, list[Spoken]](list), defaultdict[Subject, list[Row]](list)
    for text_, said in told:
        histories[_subject(said, text_)].append(said)
    for row in rows:
        together[row.subject].append(row)
    named = (row for subject, about in together.items() for row in _each_named(about, histories[subject]))
    return sorted(named, key=lambda row: row.line)


def _each_named(rows: Sequence[Row], history: Sequence[Spoken]) -> Iterator[Row]:
    """One person's rows about one text, given all that the person ever said of it.

    Those with which the rows begin and what stands of it ends were read before. What comes behind them is said anew, also
    where it was said once already, unless the row tells that it was then.
    """
    undone = {each.supersedes for each in history if each.action == "undo"}
    standing = [each for each in history if each.action != "undo" and each.id not in undone]
    runs = [[*run] for _, run in groupby(rows, key=lambda row: (row.id, row.verdict, row.created_at))]
    said = [run[0] for run in runs]
    longest = min(len(said), len(standing))
    read = next(n for n in range(longest, -1, -1) if all(map(_repeats, said[:n], standing[len(standing) - n :])))
    places = count(len(history))
    for row, run, place in zip(said, runs, count(-read)):
        then = (each for each in history if row.created_at and _repeats(row, each))
        earlier = standing[place] if place < 0 else next(then, None)
        id = row.id or (earlier.client_id if earlier else _row_id(row, next(places)))
        yield from (replace(each, id=id) for each in run)


def _repeats(row: Row, said: Spoken) -> bool:
    if row.id is not None:
        return row.id == said.client_id
    return row.verdict == said.verdict and row.created_at in (None, said.created_at)


def _new(session: Session, file: Path, rows: Sequence[Row]) -> list[Row]:
    """Those that are not stored. Raises CorpusError for the first row whose id, here or in the database, says something
    else, or whose annotator may say nothing new.
    """
    ids = [row.id for row in rows if row.id is not None]
    stored: list[tuple[Text, Spoken]] = [
        *corrections.sent(session, client_ids=ids),
        *adjudications.sent(session, client_ids=ids),
    ]
    known: dict[tuple[bool, str | None], tuple[Subject, Verdict]] = {
        (isinstance(said, Adjudication), said.client_id): (_subject(said, text_), said.verdict)
        for text_, said in stored
    }
    disabled = {person.name for person in annotators.all(session) if person.disabled}
    new = []
    for row in rows:
        name, meant = (row.subject.adjudicated, row.id), (row.subject, row.verdict)
        if name not in known:
            if row.subject.annotator in disabled:
                raise CorpusError(file, row.line, f"an annotator who is not disabled, found {row.subject.annotator!r}")
            new.append(row)
        if known.setdefault(name, meant) != meant:
            raise CorpusError(file, row.line, f"an 'id' of its own, found {row.id!r} of another answer")
    return new


def _subject(said: Spoken, text: Text) -> Subject:
    return Subject(isinstance(said, Adjudication), said.annotator, texts.fingerprint(text.content))


def _labelled(file: Path, line: int, record: Mapping[str, Any], added: Collection[str]) -> Row:
    try:
        verdict = checked_verdict(record.get("labels"), record.get("polarity"), record.get("scores"), added=added)
    except ValueError as error:
        raise CorpusError(file, line, f"usable labels and scores ({str(error).rstrip('.')})") from None
    if not record["text"].strip():
        raise CorpusError(file, line, "a text in the column 'text', found {found}", found="nothing")
    text, annotator = encodable(record["text"]), _name(file, line, "annotator", record.get("annotator", "import"))
    adjudicated = tabular.truth(file, line, "adjudicated", record.get("adjudicated", False))
    return Row(
        line,
        text,
        Subject(adjudicated, annotator, texts.fingerprint(text)),
        _name(file, line, "id", record["id"]) if "id" in record else None,
        corrections.plain(verdict),
        _moment(file, line, record.get("created_at")),
        _said(record.get("comment")),
        {
            "visible": tabular.truth(file, line, "visible", record.get("visible", False)),
            "release": _said(record.get("release")),
            "seconds": _seconds(file, line, record.get("seconds")),
            "chosen": _chosen(file, line, record.get("chosen")),
        },
    )


def _name(file: Path, line: int, column: str, cell: Any) -> str:
    """A cell by which something is found, so that it must fit into an index."""
    name = encodable(str(cell))
    if not name.strip() or len(name) > LONGEST_NAME:
        raise CorpusError(file, line, f"a name of 1 to {LONGEST_NAME} characters in {column!r}, found {name[:40]!r}")
    return name


def _said(cell: Any) -> str | None:
    return None if cell is None else encodable(str(cell))


def _seconds(file: Path, line: int, cell: Any) -> float | None:
    return None if cell is None else number(file, line, "seconds", cell, 0, LONGEST_SECONDS)


def _moment(file: Path, line: int, cell: Any) -> datetime | None:
    """An ISO date, with time or without; in UTC where it names no zone."""
    if cell is None:
        return None
    try:
        moment = datetime.fromisoformat(str(cell))
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise CorpusError(file, line, f"a 'created_at' like 2026-11-28T09:30:00Z, found {cell!r}") from None


def _chosen(file: Path, line: int, chosen: Any) -> str | None:
    if chosen not in (None, "", *CHOICES):
        raise CorpusError(file, line, f"a 'chosen' that is {' or '.join(CHOICES)}, or none")
    return chosen or None


def _row_id(row: Row, place: int) -> str:
    """The same answer in the same place of what its person says of the text has the same id, so that it is stored once."""
    said = json.dumps(
        [*row.subject, row.verdict.labels, row.verdict.polarity, row.verdict.scores, place], sort_keys=True
    )
    return "import-" + hashlib.sha256(said.encode()).hexdigest()
