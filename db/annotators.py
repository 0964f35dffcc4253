"""Who may do what."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import records
from db.errors import StoreError
from db.schema import Annotator
from db.upsert import insert


def record(row: Annotator) -> records.Annotator:
    return records.Annotator(row.id, row.name, row.role, row.disabled)


def ensure(session: Session, *, name: str, role: str) -> records.Annotator:
    """The annotator of this name, added with this role where there is none; an existing one keeps its role."""
    if not name.strip():
        raise StoreError("An annotator needs a name.")
    if role not in records.ROLES:
        raise StoreError(f"Unknown role {role!r}; expected one of: {', '.join(records.ROLES)}.")
    session.execute(
        insert(session, Annotator).values(name=name, role=role).on_conflict_do_nothing(index_elements=["name"])
    )
    return get(session, name=name)


def get(session: Session, *, name: str) -> records.Annotator:
    """Raises StoreError where there is none."""
    row = session.scalars(select(Annotator).where(Annotator.name == name)).one_or_none()
    if row is None:
        raise StoreError(f"There is no annotator {name!r}.")
    return record(row)


def all(session: Session) -> list[records.Annotator]:
    """Everyone, by name."""
    return [record(row) for row in session.scalars(select(Annotator).order_by(Annotator.name))]
