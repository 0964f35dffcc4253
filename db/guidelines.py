"""What each label means: an append-only history of versions, of which the newest holds."""

from collections.abc import Sequence

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from db import events, records
from db.schema import Annotator, Guideline


def record(row: Guideline, author: str | None) -> records.Guideline:
    return records.Guideline(row.id, row.label, row.definition, tuple(row.examples), author, row.created_at)


def save(
    session: Session, *, label: str, definition: str, examples: Sequence[str], author: records.Annotator
) -> records.Guideline:
    """A new version, which holds from now on, and an event."""
    row = Guideline(label=label, definition=definition, examples=list(examples), annotator_id=author.id)
    session.add(row)
    session.flush()
    events.add(session, actor=author.name, kind="guideline", subject=label, detail={"version": row.id})
    return record(row, author.name)


def current(session: Session) -> dict[str, records.Guideline]:
    """The newest version of each label that has one."""
    newest = select(func.max(Guideline.id)).group_by(Guideline.label)
    return {row.label: record(row, name) for row, name in session.execute(_select().where(Guideline.id.in_(newest)))}


def history(session: Session, *, label: str) -> list[records.Guideline]:
    """Every version of a label, the newest first."""
    query = _select().where(Guideline.label == label).order_by(Guideline.id.desc())
    return [record(row, name) for row, name in session.execute(query)]


def _select() -> Select[Guideline, str | None]:
    return select(Guideline, Annotator.name).outerjoin(Annotator, Annotator.id == Guideline.annotator_id)
