"""What takes seconds to find out is found out between requests, and told as it was last found."""

import logging
import threading
import time
from collections.abc import Callable, Hashable
from datetime import UTC, datetime
from typing import Generic, TypeVar

T = TypeVar("T")
LOG = logging.getLogger(__name__)


class Background(Generic[T]):
    """The last findings of something slow, and the moment that they are of; thread-safe.

    They are looked for again, by a thread of their own, where the state that they depend on has changed and the last
    search began more than ``every`` seconds ago.
    """

    def __init__(self, every: float) -> None:
        self._every = every
        self._lock = threading.Lock()
        self._state: Hashable = None
        self._began = float("-inf")
        self._last: tuple[T, datetime] | None = None
        self._search: threading.Thread | None = None

    def latest(self, state: Hashable, find: Callable[[], T]) -> tuple[T, datetime] | None:
        """What was found last, and when the search for it began; None before the first search ended."""
        with self._lock:
            idle = self._search is None or not self._search.is_alive()
            if idle and state != self._state and time.monotonic() - self._began > self._every:
                self._state, self._began = state, time.monotonic()
                self._search = threading.Thread(target=self._find, args=(find,), name="background", daemon=True)
                self._search.start()
        return self._last

    def wait(self) -> None:
        """Until the search under way, if any, has ended."""
        if self._search is not None:
            self._search.join()

    def _find(self, find: Callable[[], T]) -> None:
        began = datetime.now(UTC)
        try:
            self._last = find(), began
        except Exception:
            LOG.exception("A search in the background failed.")
