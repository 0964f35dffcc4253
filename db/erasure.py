"""Taking a text or a person out of a database, with everything that refers to them."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Table, delete, exists, func, select, update
from sqlalchemy.orm import Session

from db import corrections, snapshots
from db.schema import Adjudication, Annotator, Base, Correction, Event, Release, Text
from db.upsert import chunks

TABLES = Base.metadata.tables
ERASED = "erased"  # who did it, once their name is gone


@dataclass(frozen=True, slots=True)
class Erased:
    """How much was taken out, and which releases were trained on it."""

    texts: int
    corrections: int
    releases: tuple[str, ...]


def erase_text(session: Session, *, hash: str) -> Erased:
    """A text with its features, suggestions, corrections and label; nothing where it is not there."""
    text_ids = session.scalars(select(Text.id).where(Text.hash == hash).with_for_update()).all()
    count = _count(session, Correction.text_id.in_(text_ids))
    _delete(session, TABLES["text"], Text.id.in_(text_ids))
    return Erased(len(text_ids), count, _forget(session, set(text_ids)))


def erase_annotator(session: Session, *, name: str) -> Erased:
    """A person with their corrections and the unpooled texts that nobody else corrected; others' labels are remade."""
    session.scalars(select(Annotator.id).where(Annotator.name == name).with_for_update()).all()  # their requests wait
    person = select(Annotator.id).where(Annotator.name == name).scalar_subquery()
    theirs = Correction.annotator_id == person
    corrected = select(Correction.text_id).where(theirs)
    decided = select(Adjudication.text_id).where(Adjudication.annotator_id == person)
    touched = sorted({*session.scalars(corrected), *session.scalars(decided)})
    labelled = corrected.where(Correction.action == "label"), decided.where(Adjudication.action == "accept")
    taught = {text_id for query in labelled for text_id in session.scalars(query)}
    for text_id in touched:
        corrections.lock_text(session, text_id)
    count = _count(session, theirs)
    _delete(session, TABLES["annotator"], Annotator.name == name)
    lone = ~Text.pooled & ~exists().where(Correction.text_id == Text.id)
    alone = select(Text.id).where(lone).order_by(Text.id).with_for_update()
    gone = {i for part in chunks(touched) for i in session.scalars(alone.where(Text.id.in_(part)))}
    for part in chunks(sorted(gone)):
        _delete(session, TABLES["text"], Text.id.in_(part))
    for text_id in touched:
        if text_id not in gone:
            corrections.relabel(session, text_id=text_id)
    for event in session.scalars(select(Event).where(Event.subject == name)):
        event.detail = {key: value for key, value in event.detail.items() if key != "hub_name"}
    for column in (Event.actor, Event.subject):
        session.execute(update(Event).where(column == name).values({column: ERASED}))
    return Erased(len(gone), count, _forget(session, gone | taught, name))


def _count(session: Session, which: ColumnElement[bool]) -> int:
    return session.scalars(select(func.count()).select_from(Correction).where(which)).one()


def _delete(session: Session, table: Table, which: ColumnElement[bool]) -> None:
    """Delete rows after those that cannot be without them; those that can, forget them."""
    for each in TABLES.values():
        for key in each.foreign_keys:
            if key.column.table is table:
                referring = key.parent.in_(select(key.column).where(which))
                if key.parent.nullable:
                    session.execute(update(each).where(referring).values({key.parent.name: None}))
                else:
                    _delete(session, each, referring)
    session.execute(delete(table).where(which))


def _forget(session: Session, text_ids: Collection[int], person: str | None = None) -> tuple[str, ...]:
    """Out of what releases report and were trained on."""
    for release in session.scalars(select(Release).where(Release.report.is_not(None))):
        report = release.report or {}
        kept = {
            "flips": [flip for flip in report.get("flips", ()) if flip["text_id"] not in text_ids],
            "because": {
                flipped: [text_id for text_id in by if text_id not in text_ids]
                for flipped, by in report.get("because", {}).items()
                if int(flipped) not in text_ids
            },
            "set_aside": [aside for aside in report.get("set_aside", ()) if aside["annotator"] != person],
        }
        fewer = {part: left for part, left in kept.items() if part in report and left != report[part]}
        if fewer:
            release.report = report | fewer
    return tuple(snapshots.forget(session, text_ids=text_ids))
