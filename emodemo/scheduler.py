"""Retraining by itself, where there is no cron: a thread that does at set times what ``retrain --if-due`` does."""

import logging
import re
import threading
from datetime import UTC, datetime, time, timedelta

from db import events
from db.engine import Busy
from emodemo import failures, retraining
from emodemo.errors import UserError
from emodemo.services import Services

LOG = logging.getLogger(__name__)
SOON = timedelta(minutes=2)  # after a start, which is busy enough
EXPECTED_SCHEDULE = "expected `daily HH:MM` (UTC) or `every N hours`"


class Schedule:
    """``daily 04:00`` (UTC), or ``every 6 hours`` from the start on. Raises UserError for anything else."""

    def __init__(self, text: str) -> None:
        daily = re.fullmatch(r"daily ([01]?\d|2[0-3]):([0-5]\d)", text.strip())
        every = re.fullmatch(r"every (\d{1,4}) hours?", text.strip())
        if not daily and not (every and int(every[1])):
            raise UserError(f"EMODEMO_SCHEDULE has the value {text!r}; {EXPECTED_SCHEDULE}.")
        self._at = time(int(daily[1]), int(daily[2]), tzinfo=UTC) if daily else None
        self._gap = timedelta(hours=int(every[1])) if every else timedelta(days=1)

    def following(self, now: datetime) -> datetime:
        """The next moment after ``now``."""
        if self._at is None:
            return now + self._gap
        today = datetime.combine(now.astimezone(UTC), self._at)
        return today if today > now else today + self._gap

    def first(self, now: datetime) -> datetime:
        """The first moment after a start at ``now``: soon where only the gap is set, as who starts often would never run."""
        return now + SOON if self._at is None else self.following(now)


def start(services: Services) -> None:
    """Begin where a schedule is set; the thread ends with the process. Raises UserError."""
    if services.settings.schedule:
        arguments = services, Schedule(services.settings.schedule)
        threading.Thread(target=_keep, args=arguments, name="schedule", daemon=True).start()


def _keep(services: Services, schedule: Schedule) -> None:
    pause, moment = threading.Event(), schedule.first(datetime.now(UTC))
    while True:
        pause.wait((moment - datetime.now(UTC)).total_seconds())
        run(services)
        moment = schedule.following(datetime.now(UTC))


def run(services: Services) -> None:
    """One scheduled run. A failure is recorded and never ends the schedule."""
    try:
        outcome = retraining.retrain_if_due(services, actor=events.SCHEDULE, say=LOG.info)
        LOG.info("Scheduled retraining: %s", outcome.reason)
    except Busy as error:
        LOG.info("Scheduled retraining: %s", error)
    except Exception as error:
        failures.record(services, failures.RETRAINING, error)
