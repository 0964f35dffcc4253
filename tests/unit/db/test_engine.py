import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import text

from db import annotators, texts
from db.engine import Busy, Database, StoreError

UNSUPPORTED = "is not supported; expected sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME."


@contextmanager
def refused(message: str) -> Iterator[None]:
    with pytest.raises(StoreError, match=f"^{re.escape(message)}$"):
        yield


def pragma(database: Database, name: str) -> object:
    with database.read() as session:
        return session.execute(text(f"PRAGMA {name}")).scalar()


def test_a_missing_folder_and_file_are_made(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path}/100 % new/store.sqlite", snapshots=tmp_path / "snapshots")
    with closing(sqlite3.connect(tmp_path / "100 % new" / "store.sqlite")) as raw:
        assert raw.execute("SELECT count(*) FROM text").fetchone() == (0,)
    assert not (tmp_path / "snapshots").exists()
    database.close()


def test_sqlite_is_set_up_to_keep_what_it_confirmed(sqlite_database: Database) -> None:
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    assert [pragma(sqlite_database, name) for name in names] == ["wal", 2, 1, 10_000]


def test_a_write_is_committed_whole_or_not_at_all(database: Database) -> None:
    with database.write() as session:
        annotators.ensure(session, name="kept", role="admin")
    with (
        refused("Unknown role 'boss'; expected one of: visitor, annotator, reviewer, admin."),
        database.write() as session,
    ):
        annotators.ensure(session, name="lost", role="admin")
        annotators.ensure(session, name="bad", role="boss")
    with database.read() as session:
        assert [person.name for person in annotators.all(session)] == ["kept"]


def test_a_read_cannot_write(database: Database) -> None:
    with pytest.raises(StoreError, match="is read-only"), database.read() as session:
        annotators.ensure(session, name="lost", role="admin")
    with database.write() as session:
        assert annotators.all(session) == []


def test_a_read_does_not_wait_for_a_write(database: Database) -> None:
    with database.write() as writing:
        annotators.ensure(writing, name="ada", role="admin")
        with database.read() as reading:
            assert annotators.all(reading) == []


def test_a_read_keeps_seeing_one_state(database: Database) -> None:
    with database.read() as reading:
        assert annotators.all(reading) == []
        with database.write() as writing:
            annotators.ensure(writing, name="ada", role="admin")
        assert annotators.all(reading) == []


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("emodemo.sqlite", f"The database URL cannot be read; {UNSUPPORTED.partition('; ')[2]}"),
        ("postgresql://h:port/x", f"The database URL cannot be read; {UNSUPPORTED.partition('; ')[2]}"),
        ("mysql://ada:secret@host/x", f"The database URL mysql://ada:***@host/x {UNSUPPORTED}"),
        ("sqlite://", f"The database URL sqlite:// {UNSUPPORTED}"),
        ("sqlite:///:memory:", f"The database URL sqlite:///%3Amemory%3A {UNSUPPORTED}"),
        (
            "sqlite:///file:x?mode=memory&uri=true",
            f"The database URL sqlite:///file%3Ax {UNSUPPORTED}",
        ),
    ],
)
def test_urls_that_are_not_supported(url: str, message: str, tmp_path: Path) -> None:
    with refused(message):
        Database.open(url, snapshots=tmp_path)


def test_an_unreachable_server_is_named_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as raised:
        Database.open("postgresql://ada:secret@127.0.0.1:1/x?application_name=secret", snapshots=tmp_path)
    message = str(raised.value)
    assert message.startswith("The database postgresql://ada:***@127.0.0.1:1/x cannot be reached (")
    assert message.endswith("; check that the server runs and that address, user and password are right.")
    assert "secret" not in message
    assert "\n" not in message


@pytest.mark.usefixtures("sqlite_database")
def test_a_locked_database(file: Path, tmp_path: Path) -> None:
    impatient = Database.open(f"sqlite:///{file}?timeout=0.1", snapshots=tmp_path)
    message = f"The database {file} is locked by another program; close that program or try again in a moment."
    with closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN IMMEDIATE")
        with refused(message), impatient.write() as session:
            annotators.ensure(session, name="ada", role="admin")
        with impatient.read() as session:
            assert annotators.all(session) == []
    impatient.close()


def test_writers_of_one_process_queue_instead_of_giving_up(file: Path, tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{file}?timeout=0.05", snapshots=tmp_path)
    failed = []

    def write(number: int) -> None:
        try:
            with database.write() as session:
                annotators.ensure(session, name=f"person {number}", role="annotator")
                time.sleep(0.1)
        except StoreError as error:
            failed.append(error)

    writers = [Thread(target=write, args=(number,)) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    database.close()
    assert failed == []


def test_a_full_disk_loses_nothing_that_was_saved(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        texts.add(session, contents=["kept"], source="test", pooled=True)
    message = (
        f"The database {sqlite_database.name} could not be written because the disk is full; "
        "free some space and try again."
    )
    with refused(message), sqlite_database.write() as session:
        pages = session.execute(text("PRAGMA page_count")).scalar_one()
        session.execute(
            text(f"PRAGMA max_page_count = {pages + 2}")
        )  # SQLite then meets the same error as on a full disk
        texts.add(session, contents=["x" * 100_000], source="test", pooled=True)
    with sqlite_database.read() as session:
        assert texts.pool_size(session)[0] == 1
        assert texts.judged_count(session, annotator_id=1) == 0


def test_a_file_that_is_no_database(file: Path, tmp_path: Path) -> None:
    file.write_text("These are a shopping list and a poem, not a database. " * 100)
    before = file.read_bytes()
    message = (
        f"The database {file} is damaged or is not an SQLite database; "
        "restore it from a snapshot, or move it away to start with an empty one."
    )
    with refused(message):
        Database.open(f"sqlite:///{file}", snapshots=tmp_path)
    assert file.read_bytes() == before


def test_a_database_damaged_inside(file: Path, tmp_path: Path, sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        texts.add(session, contents=[f"line {i} " * 50 for i in range(2000)], source="test", pooled=True)
    sqlite_database.close()
    size = file.stat().st_size
    with file.open("r+b") as stream:
        stream.seek(size // 2)
        stream.write(b"\xa5" * (size // 2))
    damaged = Database.open(f"sqlite:///{file}", snapshots=tmp_path)
    with pytest.raises(StoreError, match=f"^The database {file} is damaged"), damaged.read() as session:
        texts.without_features(session, encoder_id="e", pooled_only=False, limit=10_000)
    damaged.close()


def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    message = (
        f"The database {tmp_path} cannot be opened; check that it is a file in a folder that exists and is writable."
    )
    with refused(message):
        Database.open(f"sqlite:///{tmp_path}", snapshots=tmp_path)


def test_a_folder_that_cannot_be_made(file: Path, tmp_path: Path) -> None:
    file.touch()
    with refused(f"The folder {file}/deep cannot be made (Not a directory); choose another one."):
        Database.open(f"sqlite:///{file}/deep/store.sqlite", snapshots=tmp_path)


def test_another_programs_database_is_left_alone(file: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("CREATE TABLE recipe (id INTEGER)")
    before = file.read_bytes()
    message = f"The database {file} holds tables of another program (recipe); give emodemo a database of its own."
    with refused(message):
        Database.open(f"sqlite:///{file}", snapshots=tmp_path)
    assert file.read_bytes() == before


ATTEMPT = """
import sys
from pathlib import Path
from db import annotators
from db.engine import Database, StoreError
try:
    database = Database.open(sys.argv[1], snapshots=Path(sys.argv[2]))
    print("opened")
    with database.write() as session:
        annotators.ensure(session, name="ada", role="admin")
except StoreError as error:
    print(error)
"""


def attempt(file: Path, snapshots: Path) -> str:
    """What a process says that has no more rights than an ordinary user, even where root runs the tests."""
    drop_rights = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    command = [*drop_rights, sys.executable, "-c", ATTEMPT, f"sqlite:///{file}", str(snapshots)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.skipif(
    os.geteuid() == 0 and not shutil.which("setpriv"), reason="root needs setpriv to give up its rights"
)
def test_a_read_only_folder_or_file(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o555)
    where = folder / "store.sqlite"
    unopened = "cannot be opened; check that it is a file in a folder that exists and is writable."
    assert attempt(where, tmp_path) == f"The database {where} {unopened}\n"
    assert attempt(folder / "deep" / "store.sqlite", tmp_path) == (
        f"The folder {folder}/deep cannot be made (Permission denied); choose another one.\n"
    )
    Database.open(f"sqlite:///{file}", snapshots=tmp_path).close()
    file.chmod(0o444)
    assert (
        attempt(file, tmp_path) == f"opened\nThe database {file} is read-only; make the file and its folder writable.\n"
    )


def test_a_lock_is_held_by_one_thread_at_a_time(database: Database) -> None:
    message = f"Another retrain of the database {database.name} is running; wait until it has ended."
    refusals: list[str] = []

    def try_it() -> None:
        try:
            with database.exclusive("retrain"):
                refusals.append("none")
        except Busy as error:
            refusals.append(str(error))

    def in_a_thread() -> None:
        thread = Thread(target=try_it)
        thread.start()
        thread.join()

    with database.exclusive("retrain"):
        in_a_thread()
        try_it()
        with database.exclusive("backup"):
            pass
    in_a_thread()
    assert refusals == [message, message, "none"]


def test_a_lock_is_freed_by_an_error(database: Database) -> None:
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), database.exclusive("retrain"):
            _ = 1 / 0
