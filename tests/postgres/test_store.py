"""What only a PostgreSQL server can show; with EMODEMO_TEST_POSTGRES set, tests/unit/db runs on the server, too."""

import json
import re
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import URL, Connection, make_url, text

from db import annotators, claims, corrections, erasure, queue, texts
from db.engine import Busy, Database, StoreError
from db.records import Verdict
from db.upgrade import MIGRATIONS, Revisions
from emodemo import importing
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


@pytest.mark.parametrize(("module", "step", "by"), [(texts, "add", "ada"), (corrections, "save", "ben")])
def test_an_import_and_whoever_answers_meanwhile_do_not_wait_for_each_other(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: Any, step: str, by: str
) -> None:
    """One whose answers are imported, or one who labels the same texts in another order."""
    database, began, original = Database.open(url, snapshots=tmp_path), Event(), getattr(module, step)

    def slow(*arguments: Any, **given: Any) -> Any:
        done = original(*arguments, **given)
        began.set()
        time.sleep(0.5)
        return done

    with database.write() as session:
        ids = texts.add(session, contents=["One.", "Two."], source="test", pooled=True)
    monkeypatch.setattr(module, step, slow)
    rows = [{"text": content, "labels": ["joy"], "annotator": by} for content in ("New.", "Two.", "One.")]
    (tmp_path / "labels.jsonl").write_text("\n".join(map(json.dumps, rows)))
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(importing.import_labels, database, tmp_path / "labels.jsonl")
        assert began.wait(10)
        with database.write() as session:
            ada = annotators.ensure(session, name="ada", role="annotator")
            for text_id in ids if by == "ben" else texts.add(session, contents=["New."], source="test", pooled=False):
                corrections.save(
                    session, client_id=uuid4().hex, text_id=text_id, annotator_id=ada.id, visible=True,
                    verdict=Verdict(("fear",)),
                )  # fmt: skip
        assert told.result().new == len(rows)
    database.close()


def test_what_somebody_else_is_just_at_stays_in_hand(url: str, tmp_path: Path) -> None:
    database, until = Database.open(url, snapshots=tmp_path), datetime.now(UTC) + timedelta(minutes=5)

    def taken() -> int | None:
        with database.write() as session:
            claim = claims.take(session, annotator_id=ada.id, release="r1", until=until, visible=True)
        return claim and claim.text.id

    with database.write() as session:
        ada = annotators.ensure(session, name="ada", role="annotator")
        first, second = texts.add(session, contents=["One.", "Two."], source="test", pooled=True)
    assert taken() == first
    with database.write() as session:
        corrections.lock_text(session, first)
        with ThreadPoolExecutor(1) as elsewhere:
            assert elsewhere.submit(taken).result() == second
    assert taken() == first
    database.close()


def test_a_text_is_not_erased_between_what_is_found_out_about_it_and_storing_that(url: str, tmp_path: Path) -> None:
    database = Database.open(url, snapshots=tmp_path)
    with database.write() as session:
        [text_id] = texts.add(session, contents=["One."], source="test", pooled=True)

    def erase() -> int:
        with database.write() as session:
            return erasure.erase_text(session, hash=texts.fingerprint("One.")).texts

    with ThreadPoolExecutor(1) as elsewhere:
        with database.write() as session:
            assert texts.remaining(session, text_ids=[text_id]) == {text_id}
            erasing = elsewhere.submit(erase)
            time.sleep(0.5)
            assert not erasing.done()
            queue.store(session, release="r1", parts={"strategy": [text_id]})
        assert erasing.result() == 1
    database.close()
