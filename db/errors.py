"""What can go wrong with a database, each in one sentence that names it and says what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

LOCKED = "is locked by another program; close that program or try again in a moment."
READ_ONLY = "is read-only; make the file and its folder writable."
UNOPENED = "cannot be opened; check that it is a file in a folder that exists and is writable."
FULL = "could not be written because the disk is full; free some space and try again."
DAMAGED = (
    "is damaged or is not an SQLite database; restore it from a snapshot, or move it away to start with an empty one."
)
BROKEN_DISK = "could not be read or written because of a disk error; check the disk."
CROWDED = "is in use by too many requests at once; try again in a moment."
DENIED = "does not let this user do that; grant the user the right to read, write and create tables."

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
    "25006": "is read-only; connect to the primary server.",
    "40001": LOCKED,
    "40P01": LOCKED,
    "42501": DENIED,
    "53100": FULL,
    "53300": CROWDED,
    "55P03": LOCKED,
    "57014": LOCKED,
}
MISTAKES = (exc.IntegrityError, exc.ProgrammingError, exc.DataError, exc.NotSupportedError)


class StoreError(RuntimeError):
    """Something that a user can act on, in one clear sentence."""


class Busy(StoreError):
    """Another process or thread is at it."""


class Damaged(StoreError):
    """The database is not what was written, or was never one."""


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turn a driver's error into a StoreError about the database ``name``; mistakes in our own SQL pass as they are."""
    try:
        yield
    except exc.TimeoutError as error:
        raise StoreError(f"The database {name} {CROWDED}") from error
    except exc.DBAPIError as error:
        reason = _reason(error.orig) or (None if isinstance(error, MISTAKES) else _unforeseen(error.orig))
        if reason is None:
            raise
        raise _error(name, reason) from error
    except sqlite3.Error as error:
        raise _error(name, _reason(error) or _unforeseen(error)) from error


def _error(name: str, reason: str) -> StoreError:
    return (Damaged if reason == DAMAGED else StoreError)(f"The database {name} {reason}")


def _reason(error: BaseException | None) -> str | None:
    if isinstance(error, sqlite3.Error):
        return SQLITE_REASONS.get((getattr(error, "sqlite_errorcode", None) or 0) & 0xFF)
    return POSTGRES_REASONS.get(getattr(error, "sqlstate", None) or "")


def _unforeseen(error: BaseException | None) -> str:
    message = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    state = getattr(error, "sqlstate", None)
    if not isinstance(error, sqlite3.Error) and (state is None or state.startswith("08")):
        return (
            f"cannot be reached ({message}); check that the server runs and that address, user and password are right."
        )
    return f"failed: {message}."
