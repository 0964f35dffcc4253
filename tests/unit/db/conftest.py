"""An empty database for each test, on SQLite and, where a server is given, on PostgreSQL."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

from db import annotators, texts
from db.engine import Database
from db.records import Annotator
from tests.unit.migrated import migrated

SERVER = os.environ.get("EMODEMO_TEST_POSTGRES")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "emodemo.sqlite"


@pytest.fixture(params=["sqlite", "postgresql"] if SERVER else ["sqlite"])
def url(request: pytest.FixtureRequest, file: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{file}"
        return
    server = make_url(SERVER or "").set(drivername="postgresql+psycopg")
    name = f"emodemo_{uuid4().hex}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield server.set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def database(url: str, file: Path, tmp_path: Path) -> Iterator[Database]:
    if url.startswith("sqlite"):
        file.write_bytes(migrated())
    database = Database.open(url, snapshots=tmp_path / "snapshots")
    yield database
    database.close()


@pytest.fixture
def ada(database: Database) -> Annotator:
    with database.write() as session:
        return annotators.ensure(session, name="ada", role="annotator")


@pytest.fixture
def visitor(database: Database) -> Annotator:
    with database.write() as session:
        return annotators.ensure(session, name="visitor", role="visitor")


@pytest.fixture
def text_ids(database: Database) -> list[int]:
    """Three texts of the pool."""
    with database.write() as session:
        return texts.add(session, contents=["The kite flew.", "It rained.", "We sang."], source="test", pooled=True)


@pytest.fixture
def sqlite_database(file: Path, tmp_path: Path) -> Iterator[Database]:
    file.write_bytes(migrated())
    database = Database.open(f"sqlite:///{file}", snapshots=tmp_path / "snapshots")
    yield database
    database.close()
