"""Databases with one vault between them: what goes there, what comes back, who is refused, and the keeper's thread."""

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from db import annotators, corrections, releases, texts
from db.engine import Database
from db.errors import Damaged
from db.records import Verdict
from emodemo import backups as module
from emodemo import recovery
from emodemo.backups import Backups
from emodemo.errors import VaultError
from emodemo.keeper import Keeper
from emodemo.services import open_database
from emodemo.settings import Settings
from emodemo.vault import Refused, Unreachable

PATIENCE = 60  # seconds


class App:
    """A home of its own with a database, and a vault that it may share."""

    def __init__(self, home: Path, vault: Path) -> None:
        update: dict[str, Any] = {"home": home, "database_url": "", "vault": str(vault), "space": "", "model": "small"}
        self.settings = Settings.load().model_copy(update=update)
        self.database: Database = open_database(self.settings)
        self.backups = Backups.of(self.settings, self.database)

    def save(self, content: str) -> None:
        with self.database.write() as session:
            ada = annotators.ensure(session, name="ada", role="annotator")
            [text_id] = texts.add(session, contents=[content], source="page", pooled=False)
            corrections.save(
                session,
                client_id=content,
                text_id=text_id,
                annotator_id=ada.id,
                verdict=Verdict(("joy",)),
                visible=True,
            )

    def saved(self) -> list[str]:
        with self.database.read() as session:
            return [text.content for text, _ in corrections.accepted(session)]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Callable[[str], App]]:
    """Makes apps by name, all with the vault in the folder ``vault``."""
    made: list[App] = []

    def make(name: str) -> App:
        made.append(App(tmp_path / name, tmp_path / "vault"))
        return made[-1]

    yield make
    for each in made:
        each.database.close()


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def block(vault: Path) -> None:
    """A vault that cannot be reached: its folder is away, and something else is there."""
    vault.rename(vault.with_name("away"))
    vault.write_text("not a folder")


def unblock(vault: Path) -> None:
    vault.unlink()
    vault.with_name("away").rename(vault)


def test_a_database_that_was_lost_comes_back(app: Callable[[str], App]) -> None:
    first = app("first")
    first.save("One.")
    first.backups.push()
    first.save("Never backed up.")
    second = app("second")
    assert second.backups.pull()
    assert second.saved() == ["One."]
    assert second.backups.pull() is None


def test_two_apps_with_work_of_their_own_are_kept_apart(app: Callable[[str], App]) -> None:
    first, second = app("first"), app("second")
    first.save("One.")
    first.backups.push()
    second.save("Two.")
    for attempt in (second.backups.push, second.backups.pull):
        with pytest.raises(Refused, match="give one of the two a vault of its own, or restore"):
            attempt()
    assert second.saved() == ["Two."]
    assert app("third").backups.pull()
    first.save("Three.")
    first.backups.push()


def test_the_later_of_two_waits_until_the_first_has_gone(app: Callable[[str], App]) -> None:
    first, second = app("first"), app("second")
    first.save("One.")
    first.backups.push()
    second.backups.pull()
    second.save("Two.")
    with pytest.raises(
        Refused, match=r"is in use by .*first/emodemo\.sqlite; stop that app or .* takes over at \d\d:\d\d UTC"
    ):
        second.backups.push()
    first.backups.release()
    second.backups.push()
    first.save("Late.")
    with pytest.raises(
        Refused, match=r"holds work of .*second/emodemo\.sqlite from .* that this database does not have"
    ):
        first.backups.push()
    assert second.saved() == ["One.", "Two."]


def test_an_owner_who_was_silent_for_long_is_taken_to_be_gone(
    app: Callable[[str], App], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = app("first"), app("second")
    first.save("One.")
    first.backups.push()
    second.backups.pull()
    second.save("Two.")
    monkeypatch.setattr(module, "ALIVE", 0 * module.ALIVE)
    second.backups.push()
    third = app("third")
    third.backups.pull()
    assert third.saved() == ["One.", "Two."]


def test_a_database_without_changes_follows_the_vault(app: Callable[[str], App]) -> None:
    first, second = app("first"), app("second")
    first.save("One.")
    first.backups.push()
    second.backups.pull()
    first.save("Two.")
    first.backups.push()
    assert second.backups.pull()
    assert second.saved() == ["One.", "Two."]


def test_a_restored_older_backup_is_what_counts_from_then_on(app: Callable[[str], App]) -> None:
    first = app("first")
    first.save("One.")
    entry, _ = first.backups.push()
    first.save("Two.")
    first.backups.push()
    said, kept = recovery.restore(first.settings, f"{first.settings.vault}/{entry.name}")
    assert said.startswith("Restored the backup of ")
    assert first.saved() == ["One."]
    assert first.backups.pull() is None
    first.save("Three.")
    first.backups.push()
    second = app("second")
    second.backups.pull()
    assert second.saved() == ["One.", "Three."]
    recovery.restore(first.settings, str(kept))
    assert first.saved() == ["One.", "Two."]
    assert first.backups.pull() is None


def test_restore_into_nothing_keeps_nothing_and_says_what_is_missing(app: Callable[[str], App], tmp_path: Path) -> None:
    first = app("first")
    with pytest.raises(VaultError, match=r"^The vault .*/vault is empty\.$"):
        recovery.restore(first.settings, str(tmp_path / "vault"))
    with pytest.raises(Unreachable, match="No such file or directory"):
        recovery.restore(first.settings, str(tmp_path / "none.sqlite"))
    assert not first.settings.snapshots.exists()


def test_one_file_of_a_vault_without_a_whole_manifest_can_be_restored(
    app: Callable[[str], App], tmp_path: Path
) -> None:
    first = app("first")
    first.save("One.")
    for _ in range(2):
        entry, _ = first.backups.push()
    for manifest in (tmp_path / "vault").glob("manifest-*"):
        manifest.write_text("{")
    second = app("second")
    recovery.restore(second.settings.model_copy(update={"vault": ""}), f"{tmp_path / 'vault'}/{entry.name}")
    assert second.saved() == ["One."]


def test_the_keeper_backs_up_after_changes_and_at_the_end(app: Callable[[str], App]) -> None:
    first = app("first")
    keeper = Keeper(first.backups, after=2, quiet=3600)
    keeper.start()
    first.save("One.")
    first.save("Two.")
    until(lambda: first.backups.vault.manifest().head is not None)
    until(lambda: keeper.newest is not None)
    assert re.match(r"^Backups go to .*/vault, the last one at [-\d]+ [:\d]+ UTC\.$", keeper.line)
    first.save("Three.")
    keeper.stop()
    assert first.backups.vault.manifest().released
    second = app("second")
    second.backups.pull()
    assert second.saved() == ["One.", "Two.", "Three."]


def test_the_keeper_backs_up_when_it_is_quiet(app: Callable[[str], App]) -> None:
    first = app("first")
    keeper = Keeper(first.backups, after=1000, quiet=0.1)
    keeper.start()
    first.save("One.")
    until(lambda: first.backups.vault.manifest().head is not None)
    keeper.stop()


def test_what_another_server_of_the_database_backed_up_is_not_backed_up_again(app: Callable[[str], App]) -> None:
    first = app("first")
    keeper = Keeper(first.backups, after=1000, quiet=3)
    keeper.start()
    first.save("One.")
    entry, _ = first.backups.push()
    until(lambda: keeper.newest == entry)
    keeper.stop()
    assert len(first.backups.vault.manifest().entries) == 1


def test_the_keeper_says_that_the_vault_is_away_and_catches_up(
    app: Callable[[str], App], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = app("first")
    first.save("One.")
    first.backups.push()
    keeper = Keeper(first.backups, after=1, quiet=0)
    block(tmp_path / "vault")
    keeper.start()
    until(lambda: bool(keeper.problem))
    assert re.match(
        r"^Backups are behind since \d\d:\d\d UTC\. Everything you save is kept here meanwhile\.$", keeper.problem
    )
    assert re.search(
        r"The vault .*/vault cannot be reached \(.*\); check its address, its key and the network\.$", keeper.line
    )
    first.save("Two.")
    unblock(tmp_path / "vault")
    until(lambda: not keeper.problem)
    until(lambda: len(first.backups.vault.manifest().entries) == 2)
    keeper.stop()
    assert "cannot be reached" in capsys.readouterr().err


def test_a_keeper_that_is_refused_says_so_and_overwrites_nothing(app: Callable[[str], App]) -> None:
    first, second = app("first"), app("second")
    first.save("One.")
    first.backups.push()
    second.save("Two.")
    before = first.backups.vault.manifest()
    keeper = Keeper(second.backups, after=1, quiet=0)
    keeper.start()
    until(lambda: "each hold work that the other has not" in keeper.line)
    keeper.stop()
    assert first.backups.vault.manifest() == before


def test_a_vault_that_cannot_be_written_is_found_out_before_anybody_works(
    app: Callable[[str], App], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")
    settings = app("first").settings.model_copy(update={"vault": str(tmp_path / "file" / "vault")})
    with pytest.raises(Unreachable, match="cannot be reached"):
        start(settings)


def start(settings: Settings) -> list[str]:
    """What is saved in an app that starts, when it has started."""
    services = recovery.start_services(settings)
    with services.database.read() as session:
        saved = [text.content for text, _ in corrections.accepted(session)]
        assert releases.alias(session) == services.shipped.name
    services.database.close()
    return saved


def test_the_app_starts_with_what_the_vault_has(
    app: Callable[[str], App], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    first = app("first")
    first.save("One.")
    first.backups.push()
    first.database.close()
    shutil.rmtree(first.settings.home)
    assert start(first.settings) == ["One."]
    assert re.search(r"^Restored the backup of .* taken 0 min \d+ s ago\.$", capsys.readouterr().err, re.M)
    block(tmp_path / "vault")
    assert start(first.settings) == ["One."]


def test_garbage_in_place_of_the_database_is_moved_aside_where_a_vault_makes_up_for_it(
    app: Callable[[str], App], capsys: pytest.CaptureFixture[str]
) -> None:
    first = app("first")
    first.save("One.")
    first.backups.push()
    first.database.close()
    file = first.settings.home / "emodemo.sqlite"
    garbage = os.urandom(file.stat().st_size)
    file.write_bytes(garbage)
    with pytest.raises(
        Damaged, match=f"^The database {re.escape(str(file))} is damaged or is not an SQLite database; "
    ):
        start(first.settings.model_copy(update={"vault": ""}))
    assert file.read_bytes() == garbage
    assert start(first.settings) == ["One."]
    [moved] = first.settings.damaged.rglob("emodemo.sqlite")
    assert moved.read_bytes() == garbage
    assert str(moved.parent) in capsys.readouterr().err


def test_a_page_damaged_inside_is_found_at_the_start(app: Callable[[str], App]) -> None:
    first = app("first")
    for n in range(300):
        first.save(f"Text {n}.")
    first.database.compact()
    first.database.close()
    file = first.settings.home / "emodemo.sqlite"
    whole = file.read_bytes()
    middle = len(whole) // 2 // 4096 * 4096
    file.write_bytes(whole[:middle] + bytes(8192) + whole[middle + 8192 :])
    with pytest.raises(Damaged, match="is damaged"):
        start(first.settings.model_copy(update={"vault": ""}))


def test_nothing_starts_empty_beside_a_vault_that_does_not_answer(app: Callable[[str], App], tmp_path: Path) -> None:
    first = app("first")
    first.save("One.")
    first.backups.push()
    block(tmp_path / "vault")
    second = app("second")
    with pytest.raises(Unreachable, match="cannot be reached"):
        start(second.settings)
    unblock(tmp_path / "vault")
    assert start(second.settings) == ["One."]
