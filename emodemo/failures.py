"""What failed while nobody looked: kept until an admin has seen it, and told to a webhook."""

import logging

import httpx

from db import events
from db.engine import Database
from db.errors import StoreError
from db.records import Event
from emodemo.errors import EXPECTED
from emodemo.services import Services
from emodemo.translation import N_

LOG = logging.getLogger(__name__)
FAILED = "failed"  # kind of the event
TIMEOUT = 10  # seconds
RETRAINING = N_("retraining")  # what may fail
DEFECT = N_("a defect; its traceback is in the log")


def record(services: Services, what: str, error: Exception) -> None:
    """Log, keep and tell that ``what`` (retraining, snapshot) failed. Raises nothing: nobody is there to catch it."""
    LOG.error("The %s failed.", what, exc_info=error)
    message = str(error) if isinstance(error, EXPECTED) else DEFECT
    try:
        with services.database.write() as session:
            events.add(session, actor=events.APP, kind=FAILED, subject=what, detail={"message": message})
    except StoreError as unstored:
        LOG.error("The failure could not be kept: %s", unstored)
    if services.settings.webhook:
        tell(str(services.settings.webhook), f"emodemo: the {what} failed: {message}")


def tell(url: str, text: str) -> None:
    """POST ``{"text": …}``, as Slack, Mattermost and most others take it."""
    try:
        httpx.post(url, json={"text": text}, timeout=TIMEOUT, follow_redirects=False).raise_for_status()
    except httpx.HTTPError as error:
        LOG.warning("The webhook did not take it: %s", type(error).__name__)  # its address may hold a secret


def unseen(database: Database) -> list[Event]:
    """Failures since an admin last said that they were seen, the newest first."""
    with database.read() as session:
        failed = events.recent(session, kind=FAILED)
        seen = next(iter(events.recent(session, kind=events.SEEN, limit=1)), None)
    return [event for event in failed if seen is None or event.id > seen.id]


def mark_seen(database: Database, actor: str) -> None:
    """Every failure so far has been seen."""
    with database.write() as session:
        events.add(session, actor=actor, kind=events.SEEN, subject="all", detail={})
