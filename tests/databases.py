"""Databases of a test's own, empty: an SQLite file's bytes, and databases on the server that EMODEMO_TEST_POSTGRES names.

Those of the newest version are copies of one that is made once a process: upgrading one takes longer than most tests.
"""

import atexit
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from sqlalchemy import Connection, create_engine, make_url, text

from db.engine import Database

SERVER = os.environ.get("EMODEMO_TEST_POSTGRES", "")
needs_server = pytest.mark.skipif(not SERVER, reason="EMODEMO_TEST_POSTGRES names no PostgreSQL server")


@cache
def migrated_file() -> bytes:
    """What an SQLite file of the newest version holds."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "emodemo.sqlite")
        Database.open(f"sqlite:///{file}", snapshots=Path(folder)).close()
        return file.read_bytes()


@contextmanager
def connected() -> Iterator[Connection]:
    """To the server, where each statement stands alone."""
    engine = create_engine(make_url(SERVER).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@contextmanager
def on_server(template: str = "template1") -> Iterator[str]:
    """The URL of a database that is dropped at the end."""
    name = f"emodemo_{uuid4().hex}"
    with connected() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        yield make_url(SERVER).set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@cache
def migrated_template() -> str:
    """The name of a database of the newest version, which stays on the server as long as this process."""
    until_exit = ExitStack()
    atexit.register(until_exit.close)
    url = until_exit.enter_context(on_server())
    with TemporaryDirectory() as folder:
        Database.open(url, snapshots=Path(folder)).close()
    return str(make_url(url).database)
