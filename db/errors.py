"""What can go wrong with a database, each in one sentence that names it and says what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import exc

LOCKED = "The database {name} is locked by another program; close that program or try again in a moment."
READ_ONLY = "The database {name} is read-only; make the file and its folder writable."
UNOPENED = "The database {name} cannot be opened; check that it is a file in a folder that exists and is writable."
FULL = "The database {name} could not be written because the disk is full; free some space and try again."
DAMAGED = (
    "The database {name} is damaged or is not an SQLite database; restore it from a snapshot, or move it away to start "
    "with an empty one."
)
BROKEN_DISK = "The database {name} could not be read or written because of a disk error; check the disk."
CROWDED = "The database {name} is in use by too many requests at once; try again in a moment."
STANDBY = "The database {name} is read-only; connect to the primary server."
UNREACHED = "The database {name} cannot be reached ({why}); check that the server runs and that address, user and password are right."
FAILED = "The database {name} failed: {why}."
UNFIT = "The database {name} cannot hold a value that was given ({why}); change the value and try again."
DENIED = (
    "The database {name} does not let this user do that; grant the user the right to read, write and create tables."
)

SQLITE_REASONS = {
    sqlite3.SQLITE_BUSY: LOCKED,
    sqlite3.SQLITE_LOCKED: LOCKED,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_PERM: READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: UNOPENED,
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
    sqlite3.SQLITE_IOERR: BROKEN_DISK,
}
# PostgreSQL's manual, appendix A, "PostgreSQL Error Codes".
POSTGRES_REASONS = {
    "25006": STANDBY,
    "40001": LOCKED,
    "40P01": LOCKED,
    "42501": DENIED,
    "53100": FULL,
    "53300": CROWDED,
    "55P03": LOCKED,
    "57014": LOCKED,
}
MISTAKES = (exc.IntegrityError, exc.ProgrammingError, exc.NotSupportedError)


class StoreError(RuntimeError):
    """Something that a user can act on, in one clear sentence, filled with ``values``; whoever shows it may translate it."""

    def __init__(self, message: str, **values: Any) -> None:
        super().__init__(message.format(**values) if values else message)
        self.message, self.values = message, values


class Busy(StoreError):
    """Another process or thread is at it."""


class Taken(StoreError):
    """The id that a client made is that of something else."""


class Damaged(StoreError):
    """The database is not what was written, or was never one."""


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turn a driver's error into a StoreError about the database ``name``; mistakes in our own SQL pass as they are."""
    try:
        yield
    except exc.TimeoutError as error:
        raise StoreError(CROWDED, name=name) from error
    except (exc.DataError, OverflowError) as error:
        raise StoreError(UNFIT, name=name, why=_first_line(getattr(error, "orig", error))) from error
    except exc.DBAPIError as error:
        if (reason := _reason(error.orig)) is None and isinstance(error, MISTAKES):
            raise
        raise _error(name, reason, error.orig) from error
    except sqlite3.Error as error:
        raise _error(name, _reason(error), error) from error


def _error(name: str, reason: str | None, error: BaseException | None) -> StoreError:
    if reason:
        return (Damaged if reason == DAMAGED else StoreError)(reason, name=name)
    why = _first_line(error)
    state = getattr(error, "sqlstate", None)
    unreached = not isinstance(error, sqlite3.Error) and (state is None or state.startswith("08"))
    return StoreError(UNREACHED if unreached else FAILED, name=name, why=why)


def _first_line(error: BaseException | None) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _reason(error: BaseException | None) -> str | None:
    if isinstance(error, sqlite3.Error):
        return SQLITE_REASONS.get((getattr(error, "sqlite_errorcode", None) or 0) & 0xFF)
    return POSTGRES_REASONS.get(getattr(error, "sqlstate", None) or "")
