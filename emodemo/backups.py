"""Between database and vault: what is taken to the vault, what comes back, and when neither may happen."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from sqlalchemy.orm import Session

from db import lineage, portable
from db.engine import Database
from db.lineage import Marks
from emodemo.errors import VaultError
from emodemo.settings import Settings
from emodemo.vault import Entry, Manifest, Refused, Unreachable, Vault

LOCK, WAIT = "backup", 60  # seconds that one waits for another's to end
ALIVE = timedelta(minutes=10)  # an owner who wrote within this time is taken to be at work
FILE = "snapshot.sqlite"


@dataclass(frozen=True, slots=True)
class Backups:
    """A database, the vault that it goes to, and who it is there."""

    database: Database
    vault: Vault
    owner: str
    keep: int
    scratch: Path  # folder with room for a copy of the database

    @classmethod
    def of(cls, settings: Settings, database: Database, url: str = "") -> "Backups":
        """To ``url``, or where the settings say. The same app started again is the same owner."""
        owner = settings.space or (f"{socket.gethostname()}:{database.file}" if database.file else database.name)
        return cls(database, Vault(url or settings.vault), owner, settings.vault_keep, settings.home)

    def push(self, *, released: bool = False) -> tuple[Entry, Marks]:
        """Take a snapshot to the vault. Returns it and what it holds at least.

        Raises Refused where the vault has work that the database has not, or another app is at work in it;
        VaultError or StoreError where it cannot be done now.
        """
        with self.database.exclusive(LOCK, wait=WAIT), _scratch(self.scratch) as folder:
            manifest = self.vault.manifest()
            self._require_mine(manifest)
            file, backup = folder / FILE, uuid4().hex
            with self.database.write() as session:
                marks = lineage.remember(session, backup=backup)
            portable.export(self.database, file)
            manifest = self.vault.add(
                file, after=manifest, backup=backup, owner=self.owner, keep=self.keep, released=released
            )
            return manifest.entries[0], marks

    def pushed(self) -> tuple[Entry | None, Marks | None]:
        """The newest snapshot, and what it holds of this database at least; no marks where it was not taken from it."""
        head = self.vault.manifest().head
        if head is None:
            return None, Marks()
        with self.database.read() as session:
            return head, lineage.known(session, backup=head.backup)

    def release(self) -> None:
        """Let others take over the vault, if it is this app's."""
        manifest = self.vault.manifest()
        if manifest.owner == self.owner and not manifest.released:
            self.vault.release(manifest, owner=self.owner)

    def pull(self) -> Entry | None:
        """Load the newest snapshot, where the database does not descend from it and nothing would be lost; else None.

        Raises Refused where something that people made here would be lost.
        """
        with self.database.exclusive(LOCK, wait=WAIT), _scratch(self.scratch) as folder:
            manifest, file = self.vault.manifest(), folder / FILE
            if manifest.head is None or self._knows(manifest.head.backup):
                return None
            entry = self.vault.newest(manifest, file)
            portable.load(self.database, file, agreed=self._require_nothing_lost)
            self._adopt([manifest.head.backup], held=True)
            return entry

    def restore(self, *, name: str = "", beside: Vault | None = None) -> Entry | None:
        """Load the newest snapshot, or the file of that ``name``, whatever is lost; None for a file of no manifest.

        What is made from here on goes on top of what is in this vault, and in the one that the app keeps ``beside``.
        """
        with self.database.exclusive(LOCK, wait=WAIT), _scratch(self.scratch) as folder:
            manifest, file = self._manifest_for(name), folder / FILE
            heads = [m.head.backup for m in (manifest, beside.manifest() if beside else manifest) if m.head]
            entry = next((each for each in manifest.entries if each.name == name), None)
            if entry:
                self.vault.fetch(entry, file)
            elif name:
                self.vault.download(name, file)
            elif manifest.entries:
                entry = self.vault.newest(manifest, file)
            else:
                raise VaultError(f"The vault {self.vault.url} is empty.")
            portable.load(self.database, file)
            self._adopt(heads, held=False)
            return entry

    def _manifest_for(self, name: str) -> Manifest:
        """What counts; a file named by hand needs no manifest."""
        try:
            return self.vault.manifest()
        except Unreachable:
            raise
        except VaultError:
            if name:
                return Manifest()
            raise

    def _knows(self, backup: str) -> bool:
        with self.database.read() as session:
            return lineage.known(session, backup=backup) is not None

    def _adopt(self, heads: list[str], *, held: bool) -> None:
        """Go on from backups that the database does not know of; ``held``: they have all that it has."""
        for backup in heads:
            if not self._knows(backup):
                with self.database.write() as session:
                    lineage.remember(session, backup=backup, held=held)

    def _require_mine(self, manifest: Manifest) -> None:
        if manifest.head is None:
            return
        if not self._knows(manifest.head.backup):
            raise Refused(
                f"The vault {self.vault.url} holds work of {manifest.owner} from {manifest.head.at:%Y-%m-%d %H:%M} UTC "
                "that this database does not have; give one of the two a vault of its own, or restore it here."
            )
        until = manifest.at + ALIVE
        if manifest.owner != self.owner and not manifest.released and datetime.now(UTC) < until:
            raise Refused(
                f"The vault {self.vault.url} is in use by {manifest.owner}; stop that app or give this one a vault "
                f"of its own. If it is gone, this one takes over at {until:%H:%M} UTC."
            )

    def _require_nothing_lost(self, here: Session, there: Session) -> None:
        if not lineage.is_behind(here, there):
            raise Refused(
                f"The vault {self.vault.url} and the database {self.database.name} each hold work that the other has "
                "not; give one of the two a vault of its own, or restore the vault's here."
            )


@contextmanager
def _scratch(parent: Path) -> Iterator[Path]:
    """A folder of its own that is gone afterwards. Raises VaultError where the disk does not let it be used."""
    try:
        with TemporaryDirectory(prefix="backup-", dir=parent) as folder:
            yield Path(folder)
    except OSError as error:
        raise VaultError(
            f"A backup needs room in {parent}, which cannot be written ({error.strerror}); free some space."
        ) from error
