"""Apps with one vault between them, for the tests of what goes there and what comes back."""

from pathlib import Path
from typing import Any

from db import annotators, corrections, texts
from db.engine import Database
from db.records import Verdict
from emodemo.backups import Backups
from emodemo.services import open_database
from emodemo.settings import Settings


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


def block(vault: Path) -> None:
    """A vault that cannot be reached: its folder is away, and something else is there."""
    vault.rename(vault.with_name("away"))
    vault.write_text("not a folder")


def unblock(vault: Path) -> None:
    vault.unlink()
    vault.with_name("away").rename(vault)
