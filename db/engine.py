"""Opening the database, its transactions and its locks.

database = Database.open("sqlite:////home/ada/emodemo.sqlite", snapshots=Path("/home/ada/snapshots"))
with database.write() as session:
    ada = annotators.ensure(session, name="ada", role="annotator")
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from threading import RLock
from typing import Any, Self

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from db import fulltext
from db.errors import DAMAGED, UNOPENED, Busy, Damaged, StoreError, explained
from db.locks import advisory_lock, file_lock
from db.upgrade import MIGRATIONS, Revisions, snapshot

__all__ = ["Busy", "Database", "StoreError"]

EXPECTED_URL = "expected sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME."
DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "sqlite+pysqlite": "sqlite+pysqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
WRITE_TIMEOUT = 10  # seconds that a write waits for others to end
UPGRADE_TIMEOUT = 120  # seconds that opening waits for another process to create or upgrade the database
THREADS = 40  # as many requests as a Gradio server handles at once


class Database:
    """One SQLite file or PostgreSQL database, shared by any number of threads and processes.

    ``url`` is as given; ``name``, for messages, is the file's path or the URL without its password.
    """

    def __init__(self, url: str) -> None:
        parsed = _parse(url)
        self.url = url
        self.file = Path(parsed.database).absolute() if parsed.database and _is_sqlite(parsed) else None
        self.name = str(self.file or _shown(parsed))
        self._engine = _sqlite(parsed) if self.file else _postgres(parsed)
        self._reader = self._engine.execution_options(read_only=True)
        self._turn = RLock() if self.file else nullcontext()  # SQLite's own wait is not fair: among many, some starve

    @classmethod
    def open(cls, url: str, *, snapshots: Path, _migrations: Path = MIGRATIONS) -> Self:
        """Open the database, creating or upgrading it where needed.

        An SQLite file of an older version is first copied into the folder ``snapshots``; an upgrade that fails
        leaves the database as it was. Raises StoreError where the database is of a newer version, damaged,
        read-only, unreachable, or another program's.
        """
        database = cls(url)
        try:
            database._prepare(Revisions(_migrations), snapshots)
        except BaseException:
            database.close()
            raise
        return database

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session whose reads all see the same state, and that must not write (StoreError)."""
        with explained(self.name), Session(self._reader) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that is committed at the end, or rolled back on an error; durable once the context has exited.

        On SQLite it holds the only write lock from the start: keep it short, and never open one inside another.
        """
        with self._turn, explained(self.name), Session(self._engine) as session, session.begin():
            session.connection()
            yield session

    def exclusive(self, name: str, *, wait: float = 0) -> AbstractContextManager[None]:
        """Hold the lock ``name`` of this database. Raises Busy where another holds it for ``wait`` seconds more."""
        return self._lock(name, timeout=wait)

    def verify(self) -> None:
        """Read an SQLite file through, table by table and index by index. Raises Damaged where something is wrong."""
        if not self.file:
            return  # a server minds its own disk
        with explained(self.name), self._reader.connect() as connection:
            faults = connection.exec_driver_sql("PRAGMA integrity_check(1)").all()
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken or faults != [("ok",)]:
            raise Damaged(DAMAGED, name=self.name)

    def compact(self) -> None:
        """Take what was deleted out of the files as well. Raises StoreError where others keep the database busy."""
        with explained(self.name), self._engine.connect() as connection:
            connection.detach()
            if not self.file:
                connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM")
                return
            cursor = connection.connection.cursor()
            cursor.execute("PRAGMA query_only=0")
            cursor.execute(fulltext.COMPACT)
            cursor.execute("VACUUM")
            if cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                raise Busy("The database {name} is in use; run the command again in a moment.", name=self.name)

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _lock(self, name: str, *, timeout: float) -> Iterator[None]:
        lock = (
            file_lock(self.file.with_name(f"{self.file.name}.{name}.lock"), timeout)
            if self.file
            else advisory_lock(self._engine, name, timeout)
        )
        with ExitStack() as held:
            try:
                with explained(self.name):
                    held.enter_context(lock)
            except TimeoutError:
                raise Busy(
                    "Another {what} of the database {name} is running; wait until it has ended.",
                    what=name,
                    name=self.name,
                ) from None
            except OSError as error:
                raise StoreError(UNOPENED, name=self.name) from error
            yield

    def _prepare(self, revisions: Revisions, snapshots: Path) -> None:
        if self.file:
            _make_folder(self.file.parent)
        with explained(self.name):
            if self._is_current(revisions):
                return
            with self._lock("upgrade", timeout=UPGRADE_TIMEOUT), self._engine.connect() as connection:
                connection.detach()  # not for the pool: its pragmas differ
                if self.file:
                    _pragma(connection, "journal_mode=WAL")
                    _pragma(connection, "foreign_keys=OFF")  # or a table that is rebuilt takes what refers to it along
                with connection.begin():
                    self._upgrade(connection, revisions, snapshots)

    def _is_current(self, revisions: Revisions) -> bool:
        with self._reader.connect() as connection:
            current = revisions.of(connection, self.name) == revisions.newest
            return current and (not self.file or _pragma(connection, "journal_mode") == "wal")

    def _upgrade(self, connection: Connection, revisions: Revisions, snapshots: Path) -> None:
        revision = revisions.of(connection, self.name)
        if revision == revisions.newest:
            return
        if self.file and revision:
            try:
                snapshot(self.file, snapshots, revision)
            except OSError as error:
                raise StoreError(
                    f"The database {self.name} was not upgraded because no snapshot could be written to {snapshots} "
                    f"({error.strerror}); make that folder writable."
                ) from error
        revisions.upgrade(connection)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise StoreError(f"The database URL cannot be read; {EXPECTED_URL}") from None
    in_memory = parsed.database in (None, "", ":memory:") or str(parsed.database).startswith("file:")
    if parsed.drivername not in DRIVERS or (_is_sqlite(parsed) and in_memory):
        raise StoreError(f"The database URL {_shown(parsed)} is not supported; {EXPECTED_URL}")
    return parsed.set(drivername=DRIVERS[parsed.drivername])


def _shown(url: URL) -> str:
    """The URL without what may hold a password."""
    return url.set(drivername=url.get_backend_name(), query={}).render_as_string(hide_password=True)


def _is_sqlite(url: URL) -> bool:
    return url.drivername.startswith("sqlite")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"The folder {folder} cannot be made ({error.strerror}); choose another one.") from error


def _sqlite(url: URL) -> Engine:
    file = str(Path(url.database or "").absolute())
    query = {"timeout": str(WRITE_TIMEOUT), **url.query}
    engine = create_engine(url.set(database=file, query=query), max_overflow=THREADS)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy's recipe: transactions begin below, not in the driver
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        read_only = connection.get_execution_options().get("read_only", False)
        connection.exec_driver_sql(f"PRAGMA query_only={int(read_only)}")
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def _postgres(url: URL) -> Engine:
    defaults = {"connect_timeout": "10", "options": f"-c lock_timeout={WRITE_TIMEOUT}s"}
    engine = create_engine(url.set(query={**defaults, **url.query}), pool_pre_ping=True, max_overflow=THREADS)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("read_only", False):
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

    return engine


def _pragma(connection: Connection, pragma: str) -> Any:
    """Run a pragma as is, without the transaction in which most do nothing."""
    row = connection.connection.cursor().execute(f"PRAGMA {pragma}").fetchone()
    return row[0] if row else None
