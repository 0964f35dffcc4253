"""A disk that was wiped, a database that became garbage, a vault that is away, two apps, a cut-off upload."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from db import annotators, corrections, portable, texts
from db.records import Verdict
from emodemo.backups import Backups
from emodemo.services import open_database
from emodemo.settings import Settings
from emodemo.vault import Vault
from tests.recovery.conftest import Server, save
from tests.waiting import PATIENCE, until

QUICK = {"EMODEMO_VAULT_AFTER": "1000", "EMODEMO_VAULT_QUIET": "0.5"}


def held(vault: Path) -> set[str]:
    """The client-made ids of what is saved in the newest backup."""
    vault_, file = Vault(str(vault)), vault.with_name("newest.sqlite")
    if not (manifest := vault_.manifest()).entries:
        return set()
    vault_.newest(manifest, file)
    with portable.opened(file) as copy, copy.read() as session:
        return {correction.client_id for _, correction in corrections.accepted(session)}


def put(server: Server, name: str) -> Backups:
    """Save into a home where no app runs; returns its backups."""
    settings = Settings.load().model_copy(update={"home": server.home, "database_url": "", "space": ""})
    database = open_database(settings)
    with database.write() as session:
        ada = annotators.ensure(session, name="ada", role="annotator")
        [text_id] = texts.add(session, contents=[name], source="page", pooled=False)
        corrections.save(
            session, client_id=name, text_id=text_id, annotator_id=ada.id, verdict=Verdict(("joy",)), visible=True
        )
    return Backups.of(settings, database, str(server.home.with_name("vault")))


def test_a_space_that_restarts_on_an_empty_disk_has_everything_of_its_last_backup(servers: Any, tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    server: Server = servers(EMODEMO_VAULT=str(vault), SPACE_ID="", **QUICK)
    client = server.start()
    save(client, "a")
    save(client, "b")
    until(lambda: held(vault) == {"a", "b"})
    server.end(signal.SIGKILL)
    shutil.rmtree(server.home)
    client = server.start()
    assert "Restored the backup of " in server.said()
    assert " ago." in server.said()
    assert {"a", "b"} <= set(server.exported())
    save(client, "c")
    server.end(signal.SIGTERM)  # the last change goes to the vault before the app ends
    (server.home / "emodemo.sqlite").write_bytes(os.urandom(100_000))
    server.start()
    assert sorted(server.exported()) == ["a", "b", "c"]
    server.check()
    assert list(server.home.glob("damaged/*/emodemo.sqlite"))


def test_garbage_without_a_vault_is_refused_in_one_sentence(servers: Any) -> None:
    server: Server = servers()
    server.home.mkdir()
    (server.home / "emodemo.sqlite").write_bytes(b"garbage" * 10_000)
    assert server.launch().wait(PATIENCE) == 1
    assert server.said() == (
        f"The database {server.home / 'emodemo.sqlite'} is damaged or is not an SQLite database; "
        "restore it from a snapshot, or move it away to start with an empty one.\n"
    )


def test_while_the_vault_is_away_people_go_on_and_are_told(servers: Any, tmp_path: Path, browser: Any) -> None:
    vault = tmp_path / "vault"
    server: Server = servers(EMODEMO_VAULT=str(vault), **QUICK)
    client = server.start()
    until(vault.exists)
    vault.rename(tmp_path / "away")
    vault.write_text("not a folder")
    save(client, "a")
    page = browser.new_page()
    page.goto(server.url)
    page.locator("#backups").get_by_text("Backups are behind since").wait_for(timeout=PATIENCE * 1000)
    save(client, "b")
    vault.unlink()
    (tmp_path / "away").rename(vault)
    page.locator("#backups").get_by_text("Backups are behind since").wait_for(state="detached", timeout=PATIENCE * 1000)
    page.close()
    server.end(signal.SIGTERM)
    assert held(vault) == {"a", "b"}


def test_the_later_of_two_apps_is_refused_and_says_so(servers: Any, tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    first, second = (servers(name, EMODEMO_VAULT=str(vault), **QUICK) for name in ("first", "second"))
    save(first.start(), "a")
    until(lambda: held(vault) == {"a"})
    save(second.start(), "b")
    until(lambda: "is in use by" in second.said() or "each hold work" in second.said())
    first.end(signal.SIGTERM)
    assert held(vault) == {"a"}
    assert "b" in second.exported()


CUT = """
import os, sys
from pathlib import Path
import fsspec
from fsspec.implementations.local import LocalFileSystem
from emodemo.backups import Backups
from emodemo.services import open_database
from emodemo.settings import Settings

class Cut(LocalFileSystem):
    protocol = "cut"

    def _open(self, path, mode="rb", **options):
        opened = super()._open(path, mode, **options)
        if mode != "rb" and sys.argv[1] in path:
            write = opened.f.write
            def cut(data):
                write(data[: len(data) // 2])
                opened.f.flush()
                os._exit(9)
            opened.write = cut
        return opened

    @classmethod
    def _strip_protocol(cls, path):
        return LocalFileSystem._strip_protocol(str(path).removeprefix("cut://"))

fsspec.register_implementation("cut", Cut)
settings = Settings.load()
Backups.of(settings, open_database(settings), f"cut://{sys.argv[2]}").push()
"""


@pytest.mark.parametrize("part", ["emodemo-", "manifest-"])
def test_a_power_cut_during_an_upload_leaves_the_backup_before_it(servers: Any, tmp_path: Path, part: str) -> None:
    vault, server = tmp_path / "vault", servers()
    put(server, "a").push()
    put(server, "b")
    before = {file.name for file in vault.iterdir()}
    cut = subprocess.run([sys.executable, "-c", CUT, part, str(vault)], env=server.environment, check=False)
    assert cut.returncode == 9
    assert {file.name for file in vault.iterdir()} > before
    assert held(vault) == {"a"}
    put(server, "c").push()
    assert held(vault) == {"a", "b", "c"}
