"""What only a PostgreSQL server can show; with EMODEMO_TEST_POSTGRES set, tests/unit/db runs on the server, too."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import URL, Connection, make_url, text

from db import annotators
from db.engine import Busy, Database, StoreError
from db.upgrade import MIGRATIONS, Revisions
from tests.databases import SERVER, connected, needs_server, on_server

pytestmark = needs_server


@pytest.fixture
def server() -> Iterator[Connection]:
    with connected() as connection:
        yield connection


@pytest.fixture
def url() -> Iterator[str]:
    with on_server() as found:
        yield found


def with_failing_revision(folder: Path) -> Path:
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    lines = ["from alembic import op", f"revision, down_revision = 'next', {Revisions().newest!r}", "def upgrade():"]
    lines += ["    op.execute('CREATE TABLE extra (id int)')", "    1 / 0"]
    (folder / "versions" / "next.py").write_text("\n".join(lines))
    return folder


def shown(url: URL) -> str:
    return url.set(drivername="postgresql", query={}).render_as_string()


def tables(database: Database) -> set[str]:
    with database.read() as session:
        return set(session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")))


def test_the_short_form_of_the_url_works(url: str, tmp_path: Path) -> None:
    short = "postgres://" + url.partition("://")[2]
    database = Database.open(short, snapshots=tmp_path)
    assert database.url == short
    assert {"text", "correction", "label", "release", "alembic_version"} <= tables(database)
    database.close()


def test_two_servers_see_each_others_locks(url: str, tmp_path: Path) -> None:
    first, second = (Database.open(url, snapshots=tmp_path) for _ in range(2))
    with first.exclusive("retrain"), pytest.raises(Busy), second.exclusive("retrain"):
        pass
    with second.exclusive("retrain"):
        pass
    first.close()
    second.close()


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(url: str, tmp_path: Path) -> None:
    database = Database.open(url, snapshots=tmp_path)
    before = tables(database)
    with pytest.raises(ZeroDivisionError):
        Database.open(url, snapshots=tmp_path, _migrations=with_failing_revision(tmp_path / "next"))
    assert tables(database) == before
    database.close()


def test_a_missing_database_is_named_without_the_password(tmp_path: Path) -> None:
    missing = make_url(SERVER).set(database="no_such_database", password="secret")
    with pytest.raises(StoreError) as raised:
        Database.open(missing.render_as_string(hide_password=False), snapshots=tmp_path)
    message = str(raised.value)
    assert message.startswith(f"The database {shown(missing)} cannot be reached (")
    assert "secret" not in message
    assert "\n" not in message


def test_a_user_without_rights(server: Connection, url: str, tmp_path: Path) -> None:
    role = f"guest_{uuid4().hex}"
    server.execute(text(f"CREATE ROLE {role} LOGIN PASSWORD 'secret'"))
    guest = make_url(url).set(username=role, password="secret")
    message = (
        f"The database {shown(guest)} does not let this user do that; "
        "grant the user the right to read, write and create tables."
    )
    try:
        with pytest.raises(StoreError, match=f"^{re.escape(message)}$"):
            Database.open(guest.render_as_string(hide_password=False), snapshots=tmp_path)
    finally:
        server.execute(text(f"DROP ROLE {role}"))


def test_a_connection_that_the_server_dropped_is_replaced(server: Connection, url: str, tmp_path: Path) -> None:
    database = Database.open(url, snapshots=tmp_path)
    with database.write() as session:
        annotators.ensure(session, name="ada", role="admin")
    drop = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
    server.execute(drop, {"name": make_url(url).database})
    with database.read() as session:
        assert [person.name for person in annotators.all(session)] == ["ada"]
    database.close()
