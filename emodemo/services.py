"""Wires settings, model and database; everything else takes what it needs as arguments."""

from dataclasses import dataclass, field
from functools import partial

from db.engine import Database
from db.errors import StoreError
from emodemo.background import Background
from emodemo.keeper import Keeper
from emodemo.pool import Pool
from emodemo.sandbox import Sandbox
from emodemo.serving import LiveModel, register_shipped
from emodemo.settings import Settings
from model.confident import Suspect
from model.release import ReleaseFolder

SUSPECTED_EVERY = 600.0  # seconds between two searches for suspect labels


@dataclass(frozen=True, slots=True)
class Services:
    """What a running app or command works with."""

    settings: Settings
    database: Database
    shipped: ReleaseFolder
    live: LiveModel
    pool: Pool = field(default_factory=Pool)
    suspects: Background[list[Suspect]] = field(default_factory=partial(Background, SUSPECTED_EVERY))
    sandbox: Sandbox = field(default_factory=Sandbox)
    keeper: Keeper | None = None  # of a running app with a vault


def build_services(settings: Settings) -> Services:
    """Verify the shipped release, open or migrate the database, load the model. Raises StoreError, ReleaseError."""
    shipped = ReleaseFolder.open(settings.release_folder)
    database = open_database(settings)
    register_shipped(database, shipped)
    return Services(settings, database, shipped, LiveModel(database, shipped.encoder(settings.threads)))


def open_database(settings: Settings) -> Database:
    """The database alone, for commands that need no model. Raises StoreError."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"Cannot create {settings.home} ({error.strerror}); set EMODEMO_HOME to a folder that can be written."
        ) from None
    return Database.open(settings.store_url, snapshots=settings.snapshots)
