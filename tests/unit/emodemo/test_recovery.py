"""How an app starts beside a vault: with a database that is whole and not behind it, or not at all."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from db import corrections, releases
from db.errors import Damaged
from emodemo import recovery
from emodemo.settings import Settings
from emodemo.vault import Unreachable

from .vaulted import App, block, unblock


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


def test_an_app_that_was_started_before_it_had_a_vault_starts_with_what_that_has(app: Callable[[str], App]) -> None:
    first, second = app("first"), app("second")
    assert start(second.settings.model_copy(update={"vault": ""})) == []
    first.save("One.")
    assert start(first.settings) == ["One."]
    first.backups.push()
    assert start(second.settings) == ["One."]


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


def test_a_vault_that_cannot_be_written_is_found_out_before_anybody_works(
    app: Callable[[str], App], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")
    settings = app("first").settings.model_copy(update={"vault": str(tmp_path / "file" / "vault")})
    with pytest.raises(Unreachable, match="cannot be reached"):
        start(settings)
