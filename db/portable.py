"""The whole store as one SQLite file, whichever database it comes from, and back into either.

Such a file is a database of emodemo itself: any tool opens it, and migrations bring an older one up.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

from sqlalchemy import Column, Table, column, delete, func, insert, select, table, text
from sqlalchemy.orm import Session

from db.engine import Database
from db.errors import StoreError, explained
from db.schema import Base
from db.upgrade import Revisions, online_backup

BATCH = 1_000  # rows in memory at once
COUNTERS = table("sqlite_sequence", column("name"), column("seq"))  # SQLite's own
TABLES: list[Table] = Base.metadata.sorted_tables  # what is referred to comes before what refers to it


def export(database: Database, file: Path) -> None:
    """Write everything to ``file`` as it is at one moment, without keeping anybody from reading or saving.

    SQLite's own online backup, or table by table in one repeatable-read transaction. The file appears whole, checked,
    or not at all. Raises StoreError, OSError.
    """
    partial = file.with_name(f"{file.name}.partial")
    try:
        if database.file:
            with explained(database.name):
                online_backup(database.file, partial)
        else:
            _export_rows(database, partial)
        check(partial)
        os.replace(partial, file)
    finally:
        partial.unlink(missing_ok=True)


def _export_rows(database: Database, file: Path) -> None:
    with TemporaryDirectory(dir=file.parent) as folder:
        copy = Database.open(f"sqlite:///{Path(folder) / 'copy.sqlite'}", snapshots=Path(folder))
        try:
            with database.read() as source, copy.write() as target:
                copy_rows(source, target)
            with explained(copy.name):
                online_backup(Path(copy.name), file)
        finally:
            copy.close()


def load(database: Database, file: Path, *, agreed: Callable[[Session, Session], None] = lambda *_: None) -> None:
    """Put the content of ``file`` in place of the database's, in one transaction: all of it, or nothing.

    ``agreed(here, there)`` gets sessions of both before anything is changed, and may raise to prevent it.
    Raises StoreError where the file is damaged, another program's, or of a newer version.
    """
    with opened(file) as copy, copy.read() as source, database.write() as target:
        if not database.file:
            names = ", ".join(f'"{each.name}"' for each in TABLES)
            target.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))  # others may read but not save meanwhile
        agreed(target, source)
        copy_rows(source, target)


@contextmanager
def opened(file: Path) -> Iterator[Database]:
    """A copy of ``file``, checked and upgraded, which lives as long as the context."""
    check(file)
    with TemporaryDirectory(dir=file.parent) as folder:
        copy = copyfile(file, Path(folder) / file.name)
        database = Database.open(f"sqlite:///{copy}", snapshots=Path(folder))
        try:
            yield database
        finally:
            database.close()


def check(file: Path) -> None:
    """Raises StoreError unless ``file`` is a whole database of emodemo, of this version or an older one."""
    if not file.is_file() or not file.stat().st_size:
        raise StoreError(f"The snapshot {file} is missing or empty; use another one.")
    database = Database(f"sqlite:///{file}")
    try:
        database.verify()
        with database.read() as session:
            revision = Revisions().of(session.connection(), str(file))
    finally:
        database.close()
    if revision is None:
        raise StoreError(f"The snapshot {file} holds no tables; use another one.")


def copy_rows(source: Session, target: Session) -> None:
    """Replace every row of ``target`` by those of ``source``, and go on counting ids where it stands."""
    for each in reversed(TABLES):
        target.execute(delete(each))
    for each in TABLES:
        query = select(each).order_by(*each.primary_key.columns).execution_options(yield_per=BATCH)
        for part in source.execute(query).mappings().partitions():
            target.execute(insert(each), [dict(row) for row in part])
        if (counted := each.autoincrement_column) is not None:
            _set_last_id(target, counted, _last_id(source, counted))


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def _last_id(session: Session, column: Column[int]) -> int:
    """The highest id ever given out, that of an erased row too."""
    if _is_sqlite(session):
        return session.scalar(select(COUNTERS.c.seq).where(COUNTERS.c.name == column.table.name)) or 0
    sequence = session.scalar(select(func.pg_get_serial_sequence(column.table.name, column.name)))
    return session.scalar(text(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}")) or 0


def _set_last_id(session: Session, column: Column[int], last: int) -> None:
    if _is_sqlite(session):
        session.execute(delete(COUNTERS).where(COUNTERS.c.name == column.table.name))
        session.execute(insert(COUNTERS).values(name=column.table.name, seq=last))
    else:
        sequence = func.pg_get_serial_sequence(column.table.name, column.name)
        session.execute(select(func.setval(sequence, max(last, 1), last > 0)))
