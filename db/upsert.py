"""Writing and reading many rows at once, on either database."""

from collections.abc import Iterator, Sequence
from typing import TypeVar, cast

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from db.schema import Base

T = TypeVar("T")
CHUNK = 5_000  # parameters of one statement; both databases take 32,766


def insert(session: Session, table: type[Base]) -> postgresql.Insert:
    """An INSERT that has ON CONFLICT; SQLite's is the same in what is used of it here."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    return cast(postgresql.Insert, dialect.insert(table.__table__))


def replace(session: Session, table: type[Base], rows: Sequence[dict[str, object]]) -> None:
    """Insert the rows; those whose primary key is taken are overwritten."""
    if not rows:
        return
    statement = insert(session, table)
    keys = {column.name for column in table.__table__.primary_key}
    values = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    session.execute(statement.on_conflict_do_update(index_elements=sorted(keys), set_=values), rows)


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))
