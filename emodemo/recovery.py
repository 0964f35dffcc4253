"""How the app starts: with a database that is whole and not behind the vault, or not at all."""

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from db import portable
from db.engine import Database
from db.errors import Damaged, StoreError
from db.lineage import Marks
from emodemo.backups import Backups
from emodemo.errors import VaultError
from emodemo.keeper import create_keeper
from emodemo.memory import give_back_early
from emodemo.services import Services, build_services, open_database
from emodemo.settings import Settings
from emodemo.vault import Entry, Refused, Vault


def start_services(settings: Settings) -> Services:
    """What the app works with, restored where that is needed, and a keeper for what changes from here on.

    Raises StoreError for a damaged database that no vault makes up for, and VaultError where there is neither a
    database nor a vault that answers: an app that started empty would part from its own past.
    """
    give_back_early()  # before the model comes in and threads begin
    database = _whole_database(settings)
    try:
        if settings.vault:
            _catch_up(Backups.of(settings, database))
    finally:
        database.close()
    services = build_services(settings)
    return replace(services, keeper=create_keeper(settings, services.database))


def _whole_database(settings: Settings) -> Database:
    try:
        database = open_database(settings)
        database.verify()
        return database
    except Damaged as error:
        if not settings.vault or Vault(settings.vault).manifest().head is None:
            raise
        _say(f"{error} It is now in {_move_aside(settings)}.")
        return open_database(settings)


def _move_aside(settings: Settings) -> Path:
    file = Database(settings.store_url).file
    assert file
    folder = settings.damaged / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
    try:
        folder.mkdir(parents=True)
        for part in (file, *(file.with_name(f"{file.name}{suffix}") for suffix in ("-wal", "-shm"))):
            if part.exists():
                part.rename(folder / part.name)
    except OSError as error:
        raise StoreError(f"The damaged database {file} cannot be moved to {folder} ({error.strerror}).") from None
    return folder


def _catch_up(backups: Backups) -> None:
    with backups.database.read() as session:
        fresh = Marks.of(session) == Marks()
    try:
        entry = backups.pull()
        if fresh and not entry:
            backups.push()  # a vault that only looks empty, for want of a key, cannot be written either
    except VaultError as error:
        if fresh and not isinstance(error, Refused):
            raise
        return  # the keeper goes on trying, and the page says so
    if entry:
        _say(restored(entry))


def restore(settings: Settings, url: str) -> tuple[str, Path | None]:
    """Put a backup in place of the database. Returns what was done, and where what was there before is kept."""
    folder, _, name = url.rpartition("/") if url.endswith(".sqlite") else (url, "", "")
    try:
        database = open_database(settings)
        database.verify()
        kept = _keep(settings, database)
    except Damaged:
        kept = _move_aside(settings)
        database = open_database(settings)
    beside = Vault(settings.vault) if settings.vault else None
    entry = Backups.of(settings, database, folder or ".").restore(name=name, beside=beside)
    return restored(entry) if entry else f"Restored {url}.", kept


def _keep(settings: Settings, database: Database) -> Path | None:
    """A copy of what is there, if there is anything."""
    with database.read() as session:
        if Marks.of(session) == Marks():
            return None
    try:
        settings.snapshots.mkdir(parents=True, exist_ok=True)
        kept = settings.snapshots / f"emodemo-replaced-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.sqlite"
        portable.export(database, kept)
    except OSError as error:
        raise StoreError(
            f"Nothing was restored because what is there could not be copied to {settings.snapshots} ({error.strerror})."
        ) from None
    return kept


def restored(entry: Entry) -> str:
    """What came back, and how long ago it was taken."""
    minutes, seconds = divmod(int((datetime.now(UTC) - entry.at).total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    ago = f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"
    return f"Restored the backup of {entry.at:%Y-%m-%d %H:%M:%S} UTC ({entry.name}), taken {ago} ago."


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
