"""The real app in a process that is killed and started again, and people who save through its endpoints."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.browser.conftest import ROOT, free_port

PATIENCE = 300  # seconds; a crowded machine starts slowly


class RefusedError(Exception):
    """What the app answered in place of a result."""


class Client:
    """Somebody who calls an app's endpoints by name, each call in a session of its own.

    gradio_client reads all answers from one stream, which can close just as the next question is asked.
    """

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=f"{url}gradio_api/call/", timeout=PATIENCE)

    def ask(self, endpoint: str, *data: Any) -> Any:
        """Its first value. Raises RefusedError."""
        queued = self._http.post(endpoint, json={"data": data})
        queued.raise_for_status()
        events = self._http.get(f"{endpoint}/{queued.json()['event_id']}").text
        event, told = events.strip().splitlines()[-2:]
        answer = json.loads(told.removeprefix("data: "))
        if event != "event: complete":
            raise RefusedError(answer)
        return answer[0]


class Server:
    """An app with a home of its own, started and ended at will."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.home, self.log = home, home.with_name(f"{home.name}.log")
        self.url = f"http://127.0.0.1:{(port := free_port())}/"
        own = {"EMODEMO_HOME": str(home), "GRADIO_SERVER_PORT": str(port), "EMODEMO_MODEL": "small"}
        self.environment = (
            os.environ | {"EMODEMO_DATABASE_URL": "", "EMODEMO_VAULT": "", "SPACE_ID": ""} | own | settings
        )
        self._process: subprocess.Popen[bytes] | None = None

    def launch(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "app.py"], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )
        return self._process

    def start(self) -> Client:
        """Returns once it answers."""
        self.begin()
        return self.client()

    def begin(self) -> None:
        """``start`` for those who need no client."""
        self.await_answer(self.launch())

    def await_answer(self, process: subprocess.Popen[bytes]) -> None:
        """Returns once the app answers, which fails when the process has ended."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            assert process.poll() is None, self.said()
            try:
                urllib.request.urlopen(f"{self.url}healthz", timeout=5).close()
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
            else:
                return
        raise AssertionError(f"the app did not answer within {PATIENCE} seconds: {self.said()}")

    def client(self) -> Client:
        return Client(self.url)

    def end(self, how: signal.Signals) -> None:
        assert self._process
        self._process.send_signal(how)
        self._process.wait(60)

    def said(self) -> str:
        return self.log.read_text()

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "emodemo", *arguments],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip

    def exported(self) -> list[str]:
        """The client-made ids of everything that is saved, one for each row."""
        done = self.command("export")
        assert done.returncode == 0, done.stderr
        return [json.loads(line)["id"] for line in done.stdout.splitlines()]

    def check(self) -> None:
        """The database passes SQLite's own check."""
        with closing(sqlite3.connect(self.home / "emodemo.sqlite")) as raw:
            assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert raw.execute("PRAGMA foreign_key_check").fetchall() == []

    def kill(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def save(client: Client, name: str) -> None:
    """A correction of a text of its own; returns once the app has confirmed it."""
    stored = client.ask("correct", f"This is {name}.", ["joy"], "positive", {"valence": 4.0}, name)
    assert stored["labels"] == ["joy"]


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Any]:
    """Makes servers by the name of their home; none outlives the test or has shown a traceback."""
    made: list[Server] = []

    def make(name: str = "home", **settings: str) -> Server:
        made.append(Server(tmp_path / name, **settings))
        return made[-1]

    yield make
    for server in made:
        server.kill()
        assert not server.log.exists() or "Traceback" not in server.said(), server.said()
