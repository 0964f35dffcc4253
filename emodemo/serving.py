"""The live release in memory: every running app serves a promotion within seconds, without a restart."""

import threading
import time

from sqlalchemy.orm import Session

from db import events, releases
from db.engine import Database
from db.errors import Busy, StoreError
from db.records import Release
from model.encoder import Encoder
from model.heads import Heads
from model.predictor import Predictor
from model.release import ReleaseFolder

PRODUCTION, CANDIDATE = "production", "candidate"
CHECK_EVERY = 1.0  # seconds
REGISTER_TRIES = 100


def register_shipped(database: Database, shipped: ReleaseFolder) -> None:
    """Make the shipped release known, and live where nothing fitting its encoder is. Waits for another server at it.

    Raises StoreError where the database knows another release by its name.
    """
    for _ in range(REGISTER_TRIES):
        try:
            with database.exclusive("register"):
                _register(database, shipped)
            return
        except Busy:
            time.sleep(0.1)
    raise StoreError("Another program has been registering the shipped release for too long; stop it and try again.")


def _register(database: Database, shipped: ReleaseFolder) -> None:
    with database.read() as session:
        known = {release.name: release for release in releases.all(session)}
        live = known.get(releases.alias(session, alias=PRODUCTION) or "")
        if shipped.name in known:
            _check_same(session, known[shipped.name], shipped)
    fits = live is not None and live.encoder_id == shipped.encoder_id
    if fits and shipped.name in known:
        return
    newer = live is not None and fits and live.report is None  # it replaces the shipped one before, not a retrained one
    with database.write() as session:
        if shipped.name not in known:
            releases.add(
                session,
                name=shipped.name,
                parent=None,
                encoder_id=shipped.encoder_id,
                heads=shipped.heads().to_bytes(),
                metrics=shipped.metrics(),
                snapshot=None,
                report=None,
            )
        if newer or not fits:
            reason = "first start"
            if live:
                reason = f"shipped after {live.name}" if newer else f"{live.name} was fitted to another encoder"
            releases.point(session, alias=PRODUCTION, release=shipped.name, actor=events.APP, reason=reason)


def _check_same(session: Session, known: Release, shipped: ReleaseFolder) -> None:
    """Raises StoreError where the database knows another release by this name. Heads are compared as this version writes
    them, since an earlier one may have written the same ones otherwise.
    """
    heads = Heads.from_bytes(releases.heads(session, name=known.name))
    if known.encoder_id != shipped.encoder_id or heads.to_bytes() != shipped.heads().to_bytes():
        raise StoreError(
            "There is another release named {name} in this database; train with another --name.", name=known.name
        )


def live_added(database: Database, release: str) -> tuple[str, ...]:
    """Names of the added labels that a release answers."""
    with database.read() as session:
        return Heads.from_bytes(releases.heads(session, name=release)).added.names


class LiveModel:
    """Hands out the predictor of the production release; a request keeps the one that it was given."""

    def __init__(self, database: Database, encoder: Encoder) -> None:
        self._database, self._encoder = database, encoder
        self._lock = threading.Lock()
        name = self._production()
        found = self._load(name)
        if found is None:
            raise StoreError(
                "{name} is live and was fitted to another model; start again with its EMODEMO_MODEL.", name=name
            )
        self._predictor = found
        self._checked = time.monotonic()

    @property
    def predictor(self) -> Predictor:
        """The live release's, at most a second behind the database. A database out of reach changes nothing."""
        if time.monotonic() - self._checked > CHECK_EVERY and self._lock.acquire(blocking=False):
            try:
                self.refresh()
            except StoreError:
                pass  # go on serving what is loaded; whoever saves is told
            finally:
                self._lock.release()
        return self._predictor

    def refresh(self) -> None:
        """Look at the alias now and load what it names, unless another server's encoder goes with it."""
        self._checked = time.monotonic()
        name = self._production()
        if name != self._predictor.release and (found := self._load(name)):
            self._predictor = found

    def _production(self) -> str:
        with self._database.read() as session:
            name = releases.alias(session, alias=PRODUCTION)
        if name is None:
            raise StoreError("The database names no live release; start the app once to register the shipped one.")
        return name

    def _load(self, name: str) -> Predictor | None:
        with self._database.read() as session:
            if releases.get(session, name=name).encoder_id != self._encoder.encoder_id:
                return None
            heads = releases.heads(session, name=name)
        return Predictor(self._encoder, Heads.from_bytes(heads), name)
