"""An empty database for each test, on SQLite and, where a server is given, on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from db import annotators, texts
from db.engine import Database
from db.records import Annotator
from tests.databases import SERVER, migrated_file, migrated_template, on_server


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "emodemo.sqlite"


@pytest.fixture(params=["sqlite", "postgresql"] if SERVER else ["sqlite"])
def url(request: pytest.FixtureRequest, file: Path) -> Iterator[str]:
    """Where there is nothing yet, or, for a test that asks for ``database``, what that opens."""
    opened = "database" in request.fixturenames
    if request.param == "sqlite":
        if opened:
            file.write_bytes(migrated_file())
        yield f"sqlite:///{file}"
        return
    with on_server(*[migrated_template()] if opened else []) as found:
        yield found


@pytest.fixture
def database(url: str, tmp_path: Path) -> Iterator[Database]:
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
    file.write_bytes(migrated_file())
    database = Database.open(f"sqlite:///{file}", snapshots=tmp_path / "snapshots")
    yield database
    database.close()
