"""Databases of an older, a newer and this version, with a second revision made up for the test."""

import re
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from subprocess import run
from threading import Barrier, Thread

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, make_url

from db import annotators, corrections, labels, releases, texts, waiting
from db import snapshots as snapshots_
from db.engine import Database, StoreError
from db.schema import Base
from db.upgrade import MIGRATIONS, Revisions

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = "{newest}"

def upgrade():
    with op.batch_alter_table("text", recreate="always") as table:  # SQLite drops the table and makes it anew
        table.add_column(sa.Column("language", sa.String))
    {ending}
"""


NEWEST = str(Revisions().newest)


def with_next_revision(folder: Path, *, ending: str = "") -> Path:
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "next_language.py").write_text(NEXT.format(newest=NEWEST, ending=ending))
    return folder


def up_to_revision(folder: Path, revision: str) -> Path:
    """The migrations as they were when ``revision`` was the newest."""
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for later in (folder / "versions").glob("0*.py"):
        if later.name[:4] > revision:
            later.unlink()
    return folder


@pytest.fixture
def snapshots(tmp_path: Path) -> Path:
    return tmp_path / "snapshots"


@pytest.fixture
def old(file: Path, snapshots: Path) -> str:
    """The URL of a database of this version with a text and its features."""
    url = f"sqlite:///{file}"
    database = Database.open(url, snapshots=snapshots)
    with database.write() as session:
        (text_id,) = texts.add(session, contents=["An old text."], source="test", pooled=True)
        texts.store_features(session, encoder_id="e1", features={text_id: np.ones(2)})
    database.close()
    return url


def rows(file: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as raw:
        return raw.execute(query).fetchall()


def test_the_migrations_make_what_the_schema_says(url: str, snapshots: Path) -> None:
    database = Database.open(url, snapshots=snapshots)
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _is_compared})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()
    database.close()


def _is_compared(_object: object, name: str | None, *_: object) -> bool:
    """Left out: what ``db.fulltext`` makes, and an index of which SQLite does not say that one of its columns descends
    (test_texts sees it used)."""
    return name not in ("ix_suggestion_order", "words", "ix_text_words", "ix_text_facts") and not str(name).startswith(
        "text_search"
    )


def test_an_older_database_is_upgraded_after_a_snapshot(old: str, file: Path, tmp_path: Path, snapshots: Path) -> None:
    database = Database.open(old, snapshots=snapshots, _migrations=with_next_revision(tmp_path / "next"))
    with database.read() as session:
        assert list(texts.features(session, encoder_id="e1", text_ids=[1])) == [1]
    database.close()
    assert rows(file, "SELECT content, language FROM text") == [("An old text.", None)]
    assert rows(file, "SELECT version_num FROM alembic_version") == [("next",)]
    (copy,) = snapshots.iterdir()
    assert re.fullmatch(rf"emodemo-{NEWEST}-\d{{8}}T\d{{6}}\.\d{{6}}Z\.sqlite", copy.name)
    assert rows(copy, "SELECT content FROM text") == [("An old text.",)]
    assert rows(copy, "SELECT version_num FROM alembic_version") == [(NEWEST,)]


def test_opening_again_neither_upgrades_nor_copies(old: str, tmp_path: Path, snapshots: Path) -> None:
    migrations = with_next_revision(tmp_path / "next")
    for _ in range(2):
        Database.open(old, snapshots=snapshots, _migrations=migrations).close()
    assert len(list(snapshots.iterdir())) == 1


def test_foreign_keys_hold_again_after_an_upgrade(old: str, tmp_path: Path, snapshots: Path) -> None:
    database = Database.open(old, snapshots=snapshots, _migrations=with_next_revision(tmp_path / "next"))
    with database.read() as session:
        assert session.connection().exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    database.close()


@pytest.mark.parametrize(
    ("ending", "error", "message"),
    [
        ("1 / 0", ZeroDivisionError, "division by zero"),
        ("op.execute('DELETE FROM text')", RuntimeError, "the migration left foreign keys without a target"),
        ("op.execute('SELECT * FROM nowhere')", StoreError, r"failed: no such table: nowhere\.$"),
    ],
)
def test_an_upgrade_that_fails_leaves_the_database_as_it_was(
    old: str, file: Path, tmp_path: Path, snapshots: Path, ending: str, error: type[Exception], message: str
) -> None:
    dump = "SELECT sql FROM sqlite_master ORDER BY name"
    before = rows(file, dump)
    with pytest.raises(error, match=message):
        Database.open(old, snapshots=snapshots, _migrations=with_next_revision(tmp_path / "next", ending=ending))
    assert rows(file, dump) == before
    assert rows(file, "SELECT version_num FROM alembic_version") == [(NEWEST,)]
    assert len(list(snapshots.iterdir())) == 1
    database = Database.open(old, snapshots=snapshots)
    with database.read() as session:
        assert texts.get(session, text_id=1).content == "An old text."
    database.close()


def test_no_upgrade_without_a_snapshot(old: str, file: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.touch()
    message = (
        f"The database {file} was not upgraded because no snapshot could be written to {blocked} (File exists); "
        "make that folder writable."
    )
    with pytest.raises(StoreError, match=f"^{re.escape(message)}$"):
        Database.open(old, snapshots=blocked, _migrations=with_next_revision(tmp_path / "next"))
    assert rows(file, "SELECT version_num FROM alembic_version") == [(NEWEST,)]


def test_a_newer_database_is_refused_untouched(old: str, file: Path, tmp_path: Path, snapshots: Path) -> None:
    Database.open(old, snapshots=snapshots, _migrations=with_next_revision(tmp_path / "next")).close()
    before = file.read_bytes()
    message = (
        f"The database {file} was written by a newer version of emodemo (revision next); "
        "install that version or a newer one."
    )
    with pytest.raises(StoreError, match=f"^{re.escape(message)}$"):
        Database.open(old, snapshots=snapshots)
    assert file.read_bytes() == before


def test_those_who_open_at_once_upgrade_once(old: str, file: Path, tmp_path: Path, snapshots: Path) -> None:
    migrations, start, opened = with_next_revision(tmp_path / "next"), Barrier(4), []

    def open_it() -> None:
        start.wait()
        opened.append(Database.open(old, snapshots=snapshots, _migrations=migrations))

    threads = [Thread(target=open_it) for _ in range(start.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for database in opened:
        database.close()
    assert len(opened) == start.parties
    assert len(list(snapshots.iterdir())) == 1
    assert rows(file, "SELECT version_num FROM alembic_version") == [("next",)]


OLD_ROWS = (
    "INSERT INTO annotator (name, role, disabled, created_at) VALUES ('ada', 'reviewer', {false}, '2026-01-02 03:04:05')",
    "INSERT INTO text (hash, content, source, pooled, created_at) VALUES ('h', 'The kite flew.', 't', {false}, '2026-01-02')",
    "INSERT INTO correction (client_id, text_id, annotator_id, action, scores, visible, created_at)"
    " VALUES ('c', 1, 1, 'label', '{{}}', {false}, '2026-01-02')",
)


def test_a_database_without_accounts_gets_them(url: str, tmp_path: Path, snapshots: Path) -> None:
    Database.open(url, snapshots=snapshots, _migrations=up_to_revision(tmp_path / "first", "0001")).close()
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg") if "postgres" in url else url)
    with engine.begin() as connection:
        for statement in OLD_ROWS:
            connection.exec_driver_sql(statement.format(false="false"))
    engine.dispose()
    database = Database.open(url, snapshots=snapshots)
    with database.read() as session:
        [ada] = annotators.all(session)
        assert (ada.name, ada.role, ada.disabled, ada.credential, ada.locked_until) == (
            "ada", "reviewer", False, None, None,
        )  # fmt: skip
        assert [correction.annotator for correction in corrections.history(session)] == ["ada"]
        assert not annotators.any_accounts(session)
    with database.write() as session:
        assert annotators.add(session, name="ada", role="admin", hub_name="ada-hf").id == ada.id
        with pytest.raises(StoreError, match=r"^The Hugging Face user 'ada-hf' has an account already\.$"):
            annotators.add(session, name="bea", role="admin", hub_name="ada-hf")
    database.close()


def test_labels_on_which_people_differ_wait_for_a_reviewer_after_the_upgrade(
    url: str, tmp_path: Path, snapshots: Path
) -> None:
    Database.open(url, snapshots=snapshots, _migrations=up_to_revision(tmp_path / "third", "0003")).close()
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg") if "postgres" in url else url)
    at = "'2026-01-02 03:04:05'"
    with engine.begin() as connection:
        for n, (first, second) in enumerate((("joy", "joy"), ("joy", "fear")), 1):
            connection.exec_driver_sql(
                f"INSERT INTO text (hash, content, source, pooled, created_at) VALUES ('h{n}', 'Text {n}.', 't', true, {at})"
            )
            for m, label in enumerate((first, second)):
                if n == 1:
                    connection.exec_driver_sql(
                        "INSERT INTO annotator (name, role, disabled, failures, created_at)"
                        f" VALUES ('person {m}', 'annotator', false, 0, {at})"
                    )
                connection.exec_driver_sql(
                    "INSERT INTO correction (client_id, text_id, annotator_id, action, labels, scores, visible, created_at)"
                    f" VALUES ('{n} {m}', {n}, {m + 1}, 'label', '[\"{label}\"]', '{{}}', true, {at})"
                )
            connection.exec_driver_sql(
                "INSERT INTO label (text_id, labels, scores, corrections, updated_at)"
                f" VALUES ({n}, '{{}}', '{{}}', '[{2 * n - 1}, {2 * n}]', {at})"
            )
    engine.dispose()
    database = Database.open(url, snapshots=snapshots)
    with database.read() as session:
        assert waiting.text_ids(session, kind="disagreement", exclude=(), limit=9) == [2]
    database.close()


# What `sqlite3 emodemo.sqlite .dump` said of a database of each released version, with a row at least in every table.
RELEASED = sorted((Path(__file__).parent / "released").glob("*.sql"))


@pytest.mark.parametrize("dump", RELEASED, ids=lambda path: path.stem)
def test_a_database_of_every_released_version_comes_up_with_its_data(dump: Path, file: Path, snapshots: Path) -> None:
    with closing(sqlite3.connect(file)) as raw:
        raw.executescript(dump.read_text(encoding="utf-8"))
        tables = [
            name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'") if "_" not in name
        ]
    before = {name: rows(file, f"SELECT count(*) FROM {name}") for name in tables}
    assert all(count > [(0,)] for count in before.values())
    database = Database.open(f"sqlite:///{file}", snapshots=snapshots)
    database.verify()
    with database.read() as session:
        assert [text.content for text, _ in corrections.accepted(session)] == ["It rained."]
        assert [label.labels for label in labels.accepted(session)] == [{"sadness": 1.0}]
        assert list(texts.features(session, encoder_id="e1", text_ids=[1, 2])) == [1]
        assert releases.heads(session, name=releases.alias(session) or "") == b"heads"
        assert snapshots_.get(session, name=releases.get(session, name="r2").snapshot or "")
    with database.write() as session:
        assert texts.add(session, contents=["New."], source="test", pooled=True) > [2]
    database.close()
    for name in before:
        assert rows(file, f"SELECT count(*) FROM {name}") >= before[name]


def test_an_upgrade_that_is_killed_half_way_is_done_at_the_next_start(
    old: str, file: Path, tmp_path: Path, snapshots: Path
) -> None:
    half = with_next_revision(tmp_path / "half", ending="import os; os._exit(9)")
    code = "import sys; from pathlib import Path; from db.engine import Database\n"
    code += "Database.open(sys.argv[1], snapshots=Path(sys.argv[2]), _migrations=Path(sys.argv[3]))"
    assert run([sys.executable, "-c", code, old, str(snapshots), str(half)], check=False).returncode == 9
    assert rows(file, "SELECT version_num FROM alembic_version") == [(Revisions().newest,)]
    Database.open(old, snapshots=snapshots, _migrations=with_next_revision(tmp_path / "next")).close()
    assert rows(file, "SELECT content, language FROM text") == [("An old text.", None)]
    assert rows(file, "PRAGMA integrity_check") == [("ok",)]
