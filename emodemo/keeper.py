"""Keeps the database in the vault while the app runs: a thread of its own that never stands in a save's way."""

import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from db.engine import Database
from db.lineage import Marks
from emodemo.backups import Backups
from emodemo.errors import EXPECTED
from emodemo.settings import Settings
from emodemo.translation import N_, _, said_by, translated
from emodemo.vault import Refused

LOG = logging.getLogger(__name__)
LOOK = 1.0  # seconds between looks at the database
FOLLOW = 60.0  # seconds between looks at a vault that others may have written to, while nothing changes here
RETRY = 5.0  # seconds after a failure, doubled up to FOLLOW
STOP = 25.0  # seconds that the last backup may take


class Keeper:
    """Backs up after ``after`` changes, or ``quiet`` seconds after the last one."""

    def __init__(self, backups: Backups, *, after: int, quiet: float) -> None:
        self._backups, self._after, self._quiet = backups, after, quiet
        self._thread = threading.Thread(target=self._run, name="vault", daemon=True)
        self._stopping = threading.Event()
        self._pushed: Marks | None = None  # None until the vault has been seen
        self._seen, self._changed, self._looked = Marks(), 0.0, 0.0
        self._pause, self._failing = LOOK, ""
        self._since = datetime.now(UTC)
        self.kept: datetime | None = None  # when the newest backup was made; None until one is known of

    @property
    def problem(self) -> str:
        """That the newest changes are not in the vault, for everybody who looks at the page; "" if they are."""
        if not self._failing:
            return ""
        return N_(
            "Backups are behind since {since:%H:%M} UTC. Everything you save is kept here meanwhile.", since=self._since
        )

    @property
    def line(self) -> str:
        """Where backups go and when the last one went there, or why they do not, for the owner."""
        where = self._backups.vault.url
        if self.kept is None:
            goes = _("Backups go to {where}.", where=where)
        else:
            goes = _("Backups go to {where}, the last one at {at:%Y-%m-%d %H:%M} UTC.", where=where, at=self.kept)
        return f"{goes} {translated(self._failing)}".rstrip()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Take the last changes to the vault, for ``STOP`` seconds at most, and let others take over."""
        self._stopping.set()
        self._thread.join(STOP)
        if self._thread.is_alive() or self._failing:
            print(f"The last changes are not in the vault. {self._failing}".rstrip(), file=sys.stderr)

    def _run(self) -> None:
        while not self._stopping.wait(self._pause):
            self._try(self._turn)
        self._try(self._last_turn)

    def _try(self, turn: Callable[[], None]) -> None:
        try:
            turn()
        except EXPECTED as error:
            self._fail(
                said_by(error),
                FOLLOW if isinstance(error, Refused) else min(FOLLOW, max(RETRY, 2 * self._pause)),
            )
        except Exception:
            LOG.exception("A backup failed.")
            self._fail(N_("The last backup failed for a reason that was noted in the log."), FOLLOW)
        else:
            self._pause, self._failing = LOOK, ""

    def _fail(self, why: str, pause: float) -> None:
        if not self._failing:
            self._since = datetime.now(UTC)
        if why != self._failing:
            print(why, file=sys.stderr)
        self._failing, self._pause = why, pause

    def _turn(self) -> None:
        now = time.monotonic()
        marks = self._marks()
        if marks != self._seen:
            self._seen, self._changed = marks, now
        changes = marks.changes(self._pushed or Marks())
        if self._pushed is None or (not changes and (self._failing or now - self._looked >= FOLLOW)):
            self._follow()
        elif changes >= self._after or (changes and now - self._changed >= self._quiet) or self._failing:
            self._push()

    def _last_turn(self) -> None:
        if self._is_kept():
            self._backups.release()
        else:
            self._push(released=True)

    def _push(self, *, released: bool = False) -> None:
        if released or not self._is_kept():
            entry, self._pushed = self._backups.push(released=released)
            self.kept = entry.at

    def _follow(self) -> None:
        """Take over what others brought to the vault, if nothing was changed here."""
        self._looked = time.monotonic()
        self._backups.pull()
        self._is_kept()

    def _is_kept(self) -> bool:
        """Whether the newest backup has everything; another server of the same database may have made it."""
        head, self._pushed = self._backups.pushed()
        self.kept = head.at if head else None
        return head is not None and self._pushed == self._marks()

    def _marks(self) -> Marks:
        with self._backups.database.read() as session:
            return Marks.of(session)


def create_keeper(settings: Settings, database: Database) -> Keeper | None:
    """For the vault that the settings name, if any. Raises VaultError for a URL that cannot be used."""
    if not settings.vault:
        return None
    return Keeper(Backups.of(settings, database), after=settings.vault_after, quiet=settings.vault_quiet)


@contextmanager
def keeping(keeper: Keeper | None) -> Iterator[None]:
    """Keep the database in the vault while the context lives. SIGTERM ends it as Ctrl-C does."""
    if keeper is None:
        yield
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    keeper.start()
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the last backup takes a moment; SIGKILL comes soon enough
        keeper.stop()
