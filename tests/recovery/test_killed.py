"""``kill -9`` at random moments while four annotators save. EMODEMO_TEST_KILLS=200 makes it the long drill."""

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from db import texts
from db.engine import Database
from emodemo import accounts
from tests.recovery.conftest import ROOT, Server

MOMENTS = int(os.environ.get("EMODEMO_TEST_KILLS", "6"))
PEOPLE = 4
LONGEST = 1.5  # seconds of saving before a kill
TEXTS = 400  # whoever has answered all of the pool answers again what they answered first
PASSWORD = "correct horse battery"


class Annotator:
    """Somebody with a page open all the while: answers one text after the other through what the page itself calls.

    What the server did not confirm is sent again, as the page does, once there is a server again.
    """

    def __init__(self, url: str, name: str) -> None:
        self._client, self._name, self._numbers = httpx.Client(base_url=url, timeout=60), name, count()
        self._items: list[int] = []
        self._answered: list[int] = []
        self.confirmed: list[str] = []
        self.pending: dict[str, Any] | None = None

    def sign_in(self) -> None:
        said = self._client.post("login", data={"name": self._name, "password": PASSWORD})
        assert said.status_code == 303

    def work(self) -> None:
        """Until the server is gone."""
        try:
            while True:
                self.pending = self.pending or self._next()
                told = self._ask("answer", self.pending)
                self.confirmed.append(self.pending["client_id"])
                self._answered.append(self.pending["text_id"])
                self.pending = None
                self._items += [item["id"] for item in told["items"] if item["id"] not in self._items]
        except httpx.TransportError:
            return

    def _next(self) -> dict[str, Any]:
        if not self._items:
            self._items += [item["id"] for item in self._ask("next", {})["items"]]
        text_id = self._items.pop(0) if self._items else self._answered.pop(0)
        client_id = f"{self._name}-{next(self._numbers):06}"
        return {"client_id": client_id, "text_id": text_id, "action": "label", "labels": ["joy"], "seconds": 1}

    def _ask(self, deed: str, said: dict[str, Any]) -> Any:
        answer = self._client.post(f"annotate/{deed}", json=said | {"have": self._items})
        assert answer.status_code == 200, answer.text
        return answer.json()


class Nursery:
    """Apps that were born with everything imported, each in a process of its own: see ``nursery.py``."""

    def __init__(self, server: Server) -> None:
        self._server = server
        with server.log.open("ab") as log:
            command = [sys.executable, str(Path(__file__).with_name("nursery.py"))]
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=server.environment | {"PYTHONPATH": str(ROOT)},
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
            )  # fmt: skip

    def begin(self) -> int:
        """The number of an app's process, once it answers."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(b"\n")
        self._process.stdin.flush()
        number = int(self._process.stdout.readline())
        self._server.await_answer(self._process)
        return number

    def kill(self, number: int) -> None:
        """Without any warning."""
        os.kill(number, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            while True:  # until it is gone
                os.kill(number, 0)
                time.sleep(0.01)

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(60)


@pytest.fixture
def nursery(servers: Any) -> Iterator[tuple[Nursery, Server]]:
    """With the home that its apps share, accounts and a pool in it."""
    server = servers()
    prepare(server.home)
    born = Nursery(server)
    yield born, server
    born.close()


def prepare(home: Path) -> None:
    """Accounts and a pool."""
    home.mkdir()
    database = Database.open(f"sqlite:///{home / 'emodemo.sqlite'}", snapshots=home)
    for name, role in (("boss", "admin"), *((f"person{number}", "annotator") for number in range(PEOPLE))):
        accounts.add(database, name, role, password=PASSWORD, hub_name=None, actor="test")
    with database.write() as session:
        contents = [f"The lamp of house {n} is lit." for n in range(TEXTS)]
        texts.add(session, contents=contents, source="test", pooled=True)
    database.close()


def stored(home: Path) -> list[str]:
    with closing(sqlite3.connect(home / "emodemo.sqlite")) as raw:
        return [client_id for (client_id,) in raw.execute("SELECT client_id FROM correction")]


def test_every_confirmed_save_outlives_a_kill_and_none_is_there_twice(nursery: tuple[Nursery, Server]) -> None:
    seed = random.randrange(10**6)
    moments, (apps, server) = random.Random(seed), nursery
    people = [Annotator(server.url, f"person{n}") for n in range(PEOPLE)]
    for moment in range(MOMENTS):
        app = apps.begin()
        if moment == 0:
            for person in people:
                person.sign_in()
        working = [threading.Thread(target=person.work, daemon=True) for person in people]
        for thread in working:
            thread.start()
        time.sleep(moments.uniform(0, LONGEST))
        apps.kill(app)
        for thread in working:
            thread.join(60)
            assert not thread.is_alive()
        server.check()
        saved, confirmed = stored(server.home), {name for person in people for name in person.confirmed}
        under_way = {person.pending["client_id"] for person in people if person.pending}
        assert len(set(saved)) == len(saved), f"seed {seed}"
        assert confirmed <= set(saved) <= confirmed | under_way, f"seed {seed}"
    server.begin()
    assert confirmed, "nothing was saved at all"
    print(f"{MOMENTS} kills, {len(confirmed)} confirmed, {len(saved)} saved, seed {seed}")
