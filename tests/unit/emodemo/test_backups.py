"""Databases with one vault between them: what goes there, what comes back, who is refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from emodemo import backups as module
from emodemo import recovery
from emodemo.errors import VaultError
from emodemo.vault import Refused, Unreachable

from .vaulted import App


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
