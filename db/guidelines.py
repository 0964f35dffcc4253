"""What each label means: an append-only history of versions, of which the newest holds."""

from collections.abc import Sequence

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from db import records
from db.schema import Annotator, Guideline


def record(row: Guideline, author: str | None) -> records.Guideline:
    return records.Guideline(row.id, row.label, row.definition, tuple(row.examples), author, row.created_at)


def save(
    session: Session, *, label: str, definition: str, examples: Sequence[str], annotator_id: int
) -> records.Guideline:
    """A new version, which holds from now on."""
    row = Guideline(label=label, definition=definition, examples=list(examples), annotator_id=annotator_id)
    session.add(row)
    session.flush()
    return next(version for version in history(session, label=label) if version.id == row.id)


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
