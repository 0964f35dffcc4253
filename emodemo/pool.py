"""What one process knows of the pool, so that nobody waits while a million texts are counted or searched again."""

import math
import threading
import time

import numpy as np
from sqlalchemy.orm import Session

from db import texts

RECOUNT = 300.0  # seconds
LOOK = 5.0  # seconds between two looks at the front of the queue
REST = 24  # times as long as a look took is nobody at it: it slows one answer in twenty-five at most


class Pool:
    """The pool's size, and up to which id this process has searched it; thread-safe.

    New texts have higher ids, so each look begins where the last one ended. Only a known text that another process
    moved into the pool, or erased, goes unseen until all is counted and searched anew, ``RECOUNT`` seconds later.
    ``fronted``: the release and newest id with which the queue's front held all that there was to choose from.
    """

    def __init__(self) -> None:
        self.judging = threading.Lock()  # held by whoever brings the pool up to date between requests
        self.forget()

    def forget(self) -> None:
        """Count and search everything anew at the next look."""
        self._since = time.monotonic()
        self._counted = (0, 0)
        self._ids = np.empty(0, int)
        self._searched: dict[str, int] = {}
        self.fronted: tuple[str, int] | None = None
        self._look = ("", 0.0)
        self._doubt = ("", math.inf)

    def size(self, session: Session) -> int:
        """How many texts the pool holds."""
        if time.monotonic() - self._since > RECOUNT:
            self.forget()
        known, newest = self._counted
        more, newest = texts.pool_size(session, after=newest)
        self._counted = (known + more, newest)
        return known + more

    def has_news(self, *by: str) -> bool:
        """Whether some of these may not have seen every pooled text, as far as this process knows."""
        return time.monotonic() - self._since > RECOUNT or min(map(self.searched, by)) < self._counted[1]

    def ids(self, session: Session) -> np.ndarray:
        """Ids of the pool's texts, in order, (n,); of some that were erased too."""
        more = texts.pool_ids(session, after=int(self._ids[-1]) if len(self._ids) else 0)
        if len(more):
            self._ids = np.append(self._ids, more)
        return self._ids

    def is_front_due(self, release: str) -> bool:
        """Whether the front of the queue was not looked at lately, or for another release."""
        looked_for, again = self._look
        return looked_for != release or time.monotonic() >= again

    def looked(self, release: str, took: float, doubt: float) -> None:
        """The front was looked at, which took so many seconds."""
        self._look = (release, time.monotonic() + max(LOOK, REST * took))
        self._doubt = (release, doubt)

    def doubt(self, release: str) -> float:
        """Where behind the front the search for a free text begins; infinite where this process did not look yet."""
        looked_for, doubt = self._doubt
        return doubt if looked_for == release else math.inf

    def searched(self, by: str) -> int:
        """The id up to which this encoder or release has seen every pooled text."""
        return self._searched.get(by, 0)

    def advance(self, by: str, text_id: int) -> None:
        self._searched[by] = text_id
