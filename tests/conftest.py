"""What all tests share: the cores, and Chromium, started once: one process cannot drive it twice."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# Of numpy and torch, here and in commands that tests run: two in each worker wait for one another on two busy cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("EMODEMO_TRACK", "false")  # what keeps experiments is tried where it is tested
CHROMIUM = os.environ.get("EMODEMO_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome") or ""
SHOWN = 30_000  # milliseconds in which a page shows what is expected of it: two workers share the machine with it
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not Path(CHROMIUM).is_file():
        pytest.skip("there is no Chromium; install one or name it in EMODEMO_CHROMIUM")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        playwright.expect.set_options(timeout=SHOWN)
        yield started
        started.close()
