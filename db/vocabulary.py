"""Labels that people added to those that every release knows."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import records
from db.errors import StoreError
from db.schema import AddedLabel


def record(row: AddedLabel) -> records.AddedLabel:
    return records.AddedLabel(row.name, row.emotion, row.definition, row.example, row.retired)


def all(session: Session) -> list[records.AddedLabel]:
    """Every one that was ever added, retired ones too, in the order in which they came."""
    query = select(AddedLabel).order_by(AddedLabel.created_at, AddedLabel.name)
    return [record(row) for row in session.scalars(query)]


def put(session: Session, label: records.AddedLabel) -> None:
    """Add it, or replace what is known of it: a retired one is offered again unless it says otherwise."""
    values = {"emotion": label.emotion, "definition": label.definition, "example": label.example}
    known = session.get(AddedLabel, label.name)
    if known is None:
        session.add(AddedLabel(name=label.name, **values, retired=label.retired))
    else:
        for name, value in {**values, "retired": label.retired}.items():
            setattr(known, name, value)
    session.flush()


def retire(session: Session, *, name: str) -> None:
    """It is offered no more; what was said with it stays. Raises StoreError where there is none of that name."""
    row = session.get(AddedLabel, name)
    if row is None:
        raise StoreError(f"There is no added label {name!r}.")
    row.retired = True
    session.flush()
