"""The keeper's thread: when it backs up, and what it says where it cannot."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from emodemo.keeper import Keeper
from tests.waiting import until

from .vaulted import App, block, unblock


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
