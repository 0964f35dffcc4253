"""Locks between threads, processes and servers, which the system frees when their holder is killed."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from filelock import FileLock
from sqlalchemy import Connection, Engine, func, select

POLL = 0.05  # seconds


@contextmanager
def file_lock(path: Path, timeout: float) -> Iterator[None]:
    """Hold a lock on ``path``. Raises TimeoutError after ``timeout`` seconds, OSError where it cannot be made."""
    with FileLock(path, timeout=timeout, fallback_to_soft=False):
        yield


@contextmanager
def advisory_lock(engine: Engine, name: str, timeout: float) -> Iterator[None]:
    """Hold the session lock ``name``, on a connection of its own. Raises TimeoutError after ``timeout`` seconds."""
    key = int.from_bytes(sha256(name.encode()).digest()[:8], signed=True)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.detach()  # closed for good at the end, which frees the lock whatever happens
        _wait_for(connection, key, time.monotonic() + timeout)
        yield


def _wait_for(connection: Connection, key: int, deadline: float) -> None:
    while not connection.scalar(select(func.pg_try_advisory_lock(key))):
        if time.monotonic() >= deadline:
            raise TimeoutError
        time.sleep(POLL)
