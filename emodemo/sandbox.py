"""Who tries something out that takes a core for seconds: everybody one thing at a time, and few at once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from emodemo.errors import UserError

MOST = 2  # people at once, of one server


class Sandbox:
    """Thread-safe."""

    def __init__(self) -> None:
        self._lock, self._busy = threading.Lock(), set[str]()

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Raises UserError while this person, or too many others, are at it."""
        with self._lock:
            if name in self._busy:
                raise UserError("Your last preview is still being made; it will be here in some seconds.")
            if len(self._busy) >= MOST:
                raise UserError("Others are previewing their corrections; try again in some seconds.")
            self._busy.add(name)
        try:
            yield
        finally:
            with self._lock:
                self._busy.discard(name)
