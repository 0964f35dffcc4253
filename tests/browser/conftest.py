"""The real app in a process of its own, with an empty home, and a real browser before it."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
START = 90  # seconds


@dataclass(frozen=True)
class App:
    """A running app: its address, and the environment in which commands work on the same database."""

    url: str
    environment: dict[str, str]

    def command(self, *arguments: str) -> str:
        """Standard output of ``python -m emodemo``."""
        done = subprocess.run(
            [sys.executable, "-m", "emodemo", *arguments],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def serve(home: Path, **settings: str) -> Iterator[App]:
    """The app until the generator is closed."""
    port = str(free_port())
    environment = (
        os.environ | {"EMODEMO_HOME": str(home), "GRADIO_SERVER_PORT": port, "EMODEMO_DATABASE_URL": ""} | settings
    )
    with (home.parent / f"{home.name}.log").open("w+") as log:
        process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}/"
            wait_for(url, process, log)
            yield App(url, environment)
        finally:
            process.terminate()
            process.wait(30)
        log.seek(0)
        assert "Traceback" not in log.read()


def wait_for(url: str, process: subprocess.Popen[bytes], log: Any) -> None:
    deadline = time.monotonic() + START
    while time.monotonic() < deadline:
        assert process.poll() is None, log.seek(0) or log.read()
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.3)
        else:
            return
    raise AssertionError(f"the app did not answer within {START} seconds")


def answered(app: App, folder: Path, content: str, **said: str) -> None:
    """What each person says of a text."""
    rows = [{"text": content, "labels": [label], "annotator": name} for name, label in said.items()]
    file = folder / "labels.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    app.command("import", str(file), "--as", "labels")


@contextmanager
def unreached(page: Any, address: str) -> Iterator[None]:
    """Nothing that the page sends to one of its addresses gets through meanwhile."""
    page.route(f"**/{address}", lambda route: route.abort())
    yield
    page.unroute(f"**/{address}")


def show(page: Any, tab: str) -> None:
    """Open a tab; on a phone, which has no room for all, the last ones are in a menu."""
    place, menu = page.get_by_role("tab", name=tab, exact=True), page.locator(".overflow-menu > button")
    place.or_(menu).first.wait_for(state="visible")
    if not place.is_visible():
        menu.click()
        place = page.locator(".overflow-dropdown button", has_text=tab)
    place.click()


def serious_findings(page: Any, context: str | None = None) -> dict[str, list[str]]:
    """What axe-core finds serious or critical within ``context``, or on the whole page: the parts at fault by rule."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    found = axe.Axe().run(page, context=context).response["violations"]
    return {
        f["id"]: [node["html"][:200] for node in f["nodes"]] for f in found if f["impact"] in ("serious", "critical")
    }


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    yield from serve(tmp_path_factory.mktemp("app") / "home")


def arrive(page: Any, url: str) -> None:
    """Go there, and wait until the page has asked its first question: what is pressed sooner, Gradio does not hear."""
    with page.expect_response(lambda answer: "/queue/join" in answer.url):
        page.goto(url)


def analyse(page: Any, text: str) -> None:
    """Type a text whose first line is one sentence, press Ctrl+Enter, wait until its analysis has ended."""
    from playwright.sync_api import expect

    box = page.locator("#analyse-text textarea")
    box.fill(text)
    box.press("Control+Enter")
    expect(page.locator(".card p").first).to_have_text(text.split("\n")[0])
    expect(page.locator(".summary")).to_be_visible()


@pytest.fixture
def page(browser: Any, app: App) -> Iterator[Any]:
    """The page, loaded in a profile of its own. Fails the test for any error in its scripts."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(1000 * PATIENCE)
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    arrive(opened, app.url)
    opened.wait_for_selector("#analyse-text textarea")
    yield opened
    opened.unroute_all(behavior="ignoreErrors")  # what a test held up may still be under way
    context.close()
    assert errors == []
