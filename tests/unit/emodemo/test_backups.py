"""Databases with one vault between them: what goes there, what comes back, who is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from db import adjudications, annotators, erasure, releases, texts
from db.engine import Database
from db.records import Verdict
from emodemo import accounts, exchange, guidance, pooling, recovery, registry, vocabulary
from emodemo import backups as module
from emodemo.access import Person
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


ADA = Person("ada", "reviewer", signed_in=True)


def decide(database: Database) -> None:
    with database.write() as session:
        ada = annotators.get(session, name="ada")
        adjudications.save(
            session, client_id="a1", text_id=1, annotator_id=ada.id, kind="disagreement", action="accept", seen=1,
            after=0, verdict=Verdict(("anger",)),
        )  # fmt: skip


def add_label(database: Database, definition: str = "A longing for what was.") -> None:
    vocabulary.add(database, "nostalgia", emotion="sadness", definition=definition)


def pool(database: Database, dialogue: str | None) -> None:
    """A text that is known already, from now on in the pool."""
    [*_] = pooling.store(database, [pooling.Entry("One.", dialogue)], source="test")


DEEDS: dict[str, Callable[[Database], Any]] = {
    "decision": decide,
    "label added": lambda database: vocabulary.add(database, "awe", emotion="joy", definition="Wonder."),
    "label defined": lambda database: add_label(database, "A warm longing."),
    "label retired": lambda database: vocabulary.retire(database, "nostalgia"),
    "guideline": lambda database: guidance.revise(database, ADA, "joy", "Gladness.", []),
    "role": lambda database: accounts.change(database, "ada", role="reviewer", actor="local"),
    "account closed": lambda database: accounts.change(database, "ada", disabled=True, actor="local"),
    "roll-back": lambda database: registry.rollback(database, encoder_id="e", actor="local"),
    "live release kept": lambda database: registry.keep(
        database, registry.live_name(database), actor="local", why="Better."
    ),
    "text pooled": lambda database: pool(database, None),
    "dialogue": lambda database: pool(database, "d"),
    "export": lambda database: exchange.export(database, "jsonl", Path(database.name).with_name("out.jsonl")),
}


@pytest.fixture
def pair(app: Callable[[str], App]) -> tuple[App, App]:
    """An app with a backup, and one that follows it."""
    first, second = app("first"), app("second")
    first.save("One.")
    add_label(first.database)
    with first.database.write() as session:
        for name, parent in (("r0", None), ("r1", "r0")):
            releases.add(
                session, name=name, parent=parent, encoder_id="e", heads=b"", metrics=[], snapshot=None, report=None
            )
            releases.point(session, alias="production", release=name, actor="local", reason="a test")
    first.backups.push()
    assert second.backups.pull()
    return first, second


@pytest.mark.parametrize("what", DEEDS)
def test_nothing_that_somebody_did_is_lost_to_a_newer_backup(pair: tuple[App, App], what: str) -> None:
    first, second = pair
    DEEDS[what](second.database)
    first.save("Two.")
    first.backups.push()
    with pytest.raises(Refused, match="each hold work that the other has not"):
        second.backups.pull()
    assert second.saved() == ["One."]


def test_whoever_only_looked_around_follows_the_vault(pair: tuple[App, App]) -> None:
    first, second = pair
    with second.database.write() as session:
        accounts.note_sign_in(session, annotators.get(session, name="ada"))
        releases.point(session, alias="production", release="r0", actor="emodemo", reason="r1 was fitted to another")
    first.save("Two.")
    with first.database.write() as session:
        erasure.erase_text(session, hash=texts.fingerprint("One."))
    add_label(first.database, "Another meaning.")
    vocabulary.retire(first.database, "nostalgia")
    registry.rollback(first.database, encoder_id="e", actor="local")
    first.backups.push()
    assert second.backups.pull()
    assert second.saved() == ["Two."]


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


def test_whoever_restored_an_older_backup_follows_those_who_went_on(app: Callable[[str], App]) -> None:
    first, second = app("first"), app("second")
    first.save("One.")
    entry, _ = first.backups.push()
    first.save("Two.")
    first.backups.push()
    recovery.restore(second.settings, f"{second.settings.vault}/{entry.name}")
    assert second.saved() == ["One."]
    first.save("Three.")
    first.backups.push()
    assert second.backups.pull()
    assert second.saved() == ["One.", "Two.", "Three."]


def test_restored_work_that_the_vault_lacks_is_not_lost_to_a_newer_backup(app: Callable[[str], App]) -> None:
    first, second = app("first"), app("second")
    first.save("One.")
    first.backups.push()
    second.save("Two.")
    _, kept = recovery.restore(second.settings, second.settings.vault)
    assert second.saved() == ["One."]
    recovery.restore(second.settings, str(kept))
    first.save("Three.")
    first.backups.push()
    with pytest.raises(Refused, match="each hold work that the other has not"):
        second.backups.pull()
    assert second.saved() == ["Two."]


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
