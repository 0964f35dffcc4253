"""Files into the database: texts for the pool, and labelled rows as answers of the people who gave them."""

import hashlib
import json
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from db import adjudications, annotators, corrections, texts, waiting
from db.engine import Database
from db.records import CHOICES, Adjudication, Correction, Text, Verdict
from emodemo import pooling, vocabulary
from emodemo.access import VISITOR
from emodemo.analysis import encodable
from emodemo.annotation import checked_verdict
from model.readers import CorpusError, tabular
from model.readers.base import number

DECIDED_ELSEWHERE = "disagreement"  # as what a decision counts that comes in a file
LONGEST_SECONDS = 1e6  # that an answer took


def import_pool(database: Database, file: Path, *, fold: bool = True) -> pooling.Stored:
    """Every text of a file into the pool, each once; rows of a ``dialogue`` keep their places, in the order of the file
    or of a column ``order``. ``fold`` leaves out what nearly repeats an earlier row. Raises UserError, CorpusError,
    StoreError.
    """
    found = [row for _, row in tabular.rows(file)]
    columns = pooling.Columns("text", "dialogue", "order")
    kept, _ = pooling.entries(found, columns, longest=sys.maxsize)
    return [pooling.Stored(0), *pooling.store(database, kept, source=encodable(file.name), fold=fold)][-1]


def import_labels(database: Database, file: Path) -> int:
    """Every row as an accepted correction of its annotator, or as the decision of a reviewer that it was when exported.

    A file with a bad row changes nothing; stopped on the way, the same file again stores the rest. Returns the rows read;
    raises CorpusError naming file and line, StoreError.
    """
    added = vocabulary.known(database)
    rows = [_labelled(file, line, record, added) for line, record in tabular.records(file)]
    _check_ids(database, file, rows)
    for start in range(0, len(rows), pooling.CHUNK):
        with database.write() as session:
            _store_labelled(session, rows[start : start + pooling.CHUNK], encodable(file.name))
        time.sleep(pooling.PAUSE)
    return len(rows)


def _store_labelled(session: Session, rows: Sequence[dict[str, Any]], source: str) -> None:
    ids = texts.add(session, contents=[row["text"] for row in rows], source=source, pooled=False)
    roles = {row["annotator"]: "reviewer" if row["adjudicated"] else "annotator" for row in rows}
    roles[VISITOR.name] = VISITOR.role
    names = sorted({row["annotator"] for row in rows})  # in one order, or two imports wait for each other
    people = {name: annotators.ensure(session, name=name, role=roles[name]) for name in names}
    for row, text_id in zip(rows, ids, strict=True):
        said: dict[str, Any] = row["said"] | {"text_id": text_id, "annotator_id": people[row["annotator"]].id}
        if row["adjudicated"]:
            adjudications.save(
                session, **said, kind=DECIDED_ELSEWHERE, action="accept", seen=waiting.newest(session, text_id=text_id),
                after=adjudications.newest(session, text_id=text_id),
            )  # fmt: skip
        else:
            corrections.save(session, **said, **row["asked"])


def _check_ids(database: Database, file: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Raises CorpusError for the first row whose id, here or in the database, says something else."""
    wanted = [row["said"]["client_id"] for row in rows]
    with database.read() as session:
        stored: list[tuple[Text, Correction | Adjudication]] = [
            *corrections.sent(session, client_ids=wanted),
            *adjudications.sent(session, client_ids=wanted),
        ]
        known = {
            said.client_id: (said.annotator, texts.fingerprint(text_.content), said.verdict) for text_, said in stored
        }
    for row in rows:
        verdict = corrections.plain(row["said"]["verdict"])
        said = row["annotator"], texts.fingerprint(row["text"]), verdict
        if known.setdefault(taken := row["said"]["client_id"], said) != said:
            raise CorpusError(file, row["line"], f"an 'id' of its own, found {taken!r} of another answer")


def _labelled(file: Path, line: int, record: Mapping[str, Any], added: Collection[str]) -> dict[str, Any]:
    try:
        verdict = checked_verdict(record.get("labels"), record.get("polarity"), record.get("scores"), added=added)
    except ValueError as error:
        raise CorpusError(file, line, f"usable labels and scores ({str(error).rstrip('.')})") from None
    annotator = encodable(str(record.get("annotator") or "import"))
    return {
        "line": line,
        "text": encodable(record["text"]),
        "annotator": annotator,
        "adjudicated": tabular.truth(file, line, "adjudicated", record.get("adjudicated", False)),
        "said": {
            "client_id": encodable(str(record.get("id") or _row_id(annotator, record["text"], verdict))),
            "verdict": verdict,
            "comment": _said(record.get("comment")),
            "created_at": _moment(file, line, record.get("created_at")),
        },
        "asked": {
            "visible": tabular.truth(file, line, "visible", record.get("visible", False)),
            "release": _said(record.get("release")),
            "seconds": _seconds(file, line, record.get("seconds")),
            "chosen": _chosen(file, line, record.get("chosen")),
        },
    }


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
    except ValueError:
        raise CorpusError(file, line, f"a 'created_at' like 2026-11-28T09:30:00Z, found {cell!r}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _chosen(file: Path, line: int, chosen: Any) -> str | None:
    if chosen not in (None, "", *CHOICES):
        raise CorpusError(file, line, f"a 'chosen' that is {' or '.join(CHOICES)}, or none")
    return chosen or None


def _row_id(annotator: str, content: str, verdict: Verdict) -> str:
    """The same row read twice has the same id, so that it is stored once."""
    said = json.dumps([annotator, content, verdict.labels, verdict.polarity, verdict.scores], sort_keys=True)
    return "import-" + hashlib.sha256(said.encode()).hexdigest()
