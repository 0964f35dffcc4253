"""Writing and reading many rows at once, on either database."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TypeVar, cast

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from db.schema import Base

T = TypeVar("T")
CHUNK = 5_000  # parameters of one statement; both databases take 32,766


def insert(session: Session, table: type[Base]) -> postgresql.Insert:
    """An INSERT that has ON CONFLICT; SQLite's is the same in what is used of it here."""
    return _insert(session.get_bind().dialect.name, table)


def replace(session: Session, table: type[Base], rows: Sequence[dict[str, object]]) -> None:
    """Insert the rows; those whose primary key is taken are overwritten."""
    if not rows:
        return
    session.execute(_replace(session.get_bind().dialect.name, table, tuple(rows[0])), rows)


def _insert(dialect: str, table: type[Base]) -> postgresql.Insert:
    module = sqlite if dialect == "sqlite" else postgresql
    return cast(postgresql.Insert, module.insert(table.__table__))


@cache
def _replace(dialect: str, table: type[Base], columns: tuple[str, ...]) -> postgresql.Insert:
    statement = _insert(dialect, table)
    keys = {column.name for column in table.__table__.primary_key}
    values = {name: statement.excluded[name] for name in columns if name not in keys}
    return statement.on_conflict_do_update(index_elements=sorted(keys), set_=values)


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))
