"""Databases of a test's own on the PostgreSQL server that EMODEMO_TEST_POSTGRES names."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from sqlalchemy import create_engine, make_url, text

SERVER = os.environ.get("EMODEMO_TEST_POSTGRES", "")


@contextmanager
def empty_database() -> Iterator[str]:
    """The URL of a database that is dropped at the end."""
    engine = create_engine(make_url(SERVER).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    name = f"emodemo_{uuid4().hex}"
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield make_url(SERVER).set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()
