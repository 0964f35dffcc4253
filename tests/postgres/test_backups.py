"""Snapshots of a server's database: consistent while others write, and loaded into either kind."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from db import annotators, corrections, labels, portable, texts
from db.engine import Database
from db.records import Verdict
from emodemo.backups import Backups
from emodemo.services import open_database
from emodemo.settings import Settings
from tests.databases import needs_server, on_server

pytestmark = needs_server


@pytest.fixture
def urls() -> Iterator[list[str]]:
    """Two empty databases."""
    with on_server() as first, on_server() as second:
        yield [first, second]


def backups(home: Path, url: str) -> Backups:
    update: dict[str, Any] = {"home": home, "database_url": url, "vault": str(home.parent / "vault"), "space": ""}
    settings = Settings.load().model_copy(update=update)
    return Backups.of(settings, open_database(settings))


def save(database: Database, number: int) -> None:
    with database.write() as session:
        ada = annotators.ensure(session, name="ada", role="annotator")
        [text_id] = texts.add(session, contents=[f"Line {number}."], source="page", pooled=False)
        corrections.save(
            session,
            client_id=str(number),
            text_id=text_id,
            annotator_id=ada.id,
            verdict=Verdict(("joy",)),
            visible=True,
        )


def content(database: Database) -> list[Any]:
    with database.read() as session:
        return [*corrections.accepted(session), *labels.accepted(session)]


def test_from_a_server_to_a_file_and_to_another_server(urls: list[str], tmp_path: Path) -> None:
    source, server, file = (backups(tmp_path / f"home{n}", url) for n, url in enumerate([*urls, ""]))
    for number in range(5):
        save(source.database, number)
    source.push(released=True)
    for target in (server, file):
        assert target.pull()
        assert content(target.database) == content(source.database)
    save(file.database, 99)
    file.push(released=True)
    assert source.pull()
    assert content(source.database) == content(file.database)
    save(source.database, 100)  # ids go on where they stood
    for each in (source, server, file):
        each.database.close()


def test_two_servers_on_one_database_share_its_vault(urls: list[str], tmp_path: Path) -> None:
    first, second = (backups(tmp_path / f"home{n}", urls[0]) for n in range(2))
    save(first.database, 1)
    first.push()
    save(second.database, 2)
    second.push()
    save(first.database, 3)
    entry, _ = first.push()
    assert len(first.vault.manifest().entries) == 3
    assert entry == second.vault.manifest().head
    first.database.close()
    second.database.close()


def test_a_snapshot_is_of_one_moment_while_others_save(urls: list[str], tmp_path: Path) -> None:
    database = Database.open(urls[0], snapshots=tmp_path)
    stop, failures = threading.Event(), []

    def keep_saving(start: int) -> None:
        number = start
        try:
            while not stop.is_set():
                save(database, number)
                number += 1
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=keep_saving, args=(n * 100_000,)) for n in range(3)]
    for thread in threads:
        thread.start()
    try:
        for n in range(3):
            portable.export(database, tmp_path / f"{n}.sqlite")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []
    for n in range(3):
        with portable.opened(tmp_path / f"{n}.sqlite") as copy, copy.read() as session:
            saved = [correction.id for _, correction in corrections.accepted(session)]
            assert sorted(saved) == sorted(i for label in labels.accepted(session) for i in label.corrections)
    database.close()
