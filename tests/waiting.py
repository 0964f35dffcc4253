"""What threads and processes bring about in their own time."""

import time
from collections.abc import Callable
from typing import Any

PATIENCE = 90  # seconds, after which a test fails: one that waited for ever would take the whole run along


def until(holds: Callable[[], Any]) -> None:
    """Returns once ``holds`` says so."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)
