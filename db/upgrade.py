"""Creating the tables and bringing a database of an older version up to this one, with Alembic."""

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from db import fulltext
from db.errors import StoreError

MIGRATIONS = Path(__file__).parent / "migrations"


class Revisions:
    """The revisions in a folder laid out as Alembic wants it; ``newest`` is the one that this version works with."""

    def __init__(self, folder: Path = MIGRATIONS) -> None:
        self._config = Config()
        self._config.set_main_option("script_location", str(folder).replace("%", "%%"))
        script = ScriptDirectory.from_config(self._config)
        self.newest = script.get_current_head()
        self._known = {revision.revision for revision in script.walk_revisions()}

    def of(self, connection: Connection, name: str) -> str | None:
        """The revision of the database ``name``, None for an empty one. Raises StoreError for one that is not ours."""
        revision = MigrationContext.configure(connection).get_current_revision()
        if revision is None and (tables := inspect(connection).get_table_names()):
            raise StoreError(
                f"The database {name} holds tables of another program ({', '.join(sorted(tables)[:3])}); "
                "give emodemo a database of its own."
            )
        if revision is not None and revision not in self._known:
            raise StoreError(
                f"The database {name} was written by a newer version of emodemo (revision {revision}); "
                "install that version or a newer one."
            )
        return revision

    def upgrade(self, connection: Connection) -> None:
        """Run what is missing within the connection's transaction. SQLite must not check foreign keys meanwhile."""
        self._config.attributes["connection"] = connection
        command.upgrade(self._config, "head")
        fulltext.install(connection)
        if connection.dialect.name == "sqlite" and (
            broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        ):
            raise RuntimeError(f"the migration left foreign keys without a target: {broken[:3]}")


def snapshot(file: Path, folder: Path, revision: str) -> Path:
    """Copy an SQLite database by its online backup; the copy appears whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{file.stem}-{revision}-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.sqlite"
    partial = target.with_suffix(".partial")
    try:
        online_backup(file, partial)
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def online_backup(file: Path, target: Path) -> None:
    """Copy an SQLite database that may be in use into one file that needs no log beside it."""
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
