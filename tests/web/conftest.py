"""A really started server with accounts, in this process, and clients of every role."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import gradio as gr
import httpx
import pytest

from db.records import ROLES
from emodemo import accounts
from emodemo.services import Services, open_database
from emodemo.serving import LiveModel, register_shipped
from emodemo.settings import Settings
from emodemo.ui import create_ui
from emodemo.web.app import create_app, listen, server
from model.encoder import Encoder
from model.release import SMALL_WEIGHTS, ReleaseFolder

PASSWORD = "correct horse battery"
WAIT = 60  # seconds


@dataclass(frozen=True)
class Site:
    """A running server and what it works with."""

    url: str
    services: Services
    page: gr.Blocks

    def client(self, role: str = "visitor", address: str = "") -> httpx.Client:
        """Somebody of that role, signed in; a visitor's address is that of a proxy's client where given."""
        client = httpx.Client(base_url=self.url, timeout=WAIT, follow_redirects=False)
        if address:
            client.headers["x-forwarded-for"] = address
        if role != "visitor":
            entered = client.post("/login", data={"name": role, "password": PASSWORD})
            assert entered.status_code == 303, entered.text
        return client

    def index(self, handler: str) -> int:
        return next(fn._id for fn in self.page.fns.values() if fn.name == handler)

    def call(self, client: httpx.Client, handler: str, data: list[Any] | None = None) -> dict[str, Any]:
        """What a page's handler answers when it is called directly: the last message of its stream."""
        function = self.page.fns[self.index(handler)]
        session = uuid4().hex[:11]
        at_first = [getattr(block, "value", None) for block in function.inputs]
        body = {"data": at_first if data is None else data, "fn_index": function._id}
        joined = client.post("/gradio_api/queue/join", json={**body, "session_hash": session})
        assert joined.status_code == 200, joined.text
        return messages(client, session)[-1]


def messages(client: httpx.Client, session: str) -> list[dict[str, Any]]:
    """Every message of a session until one is the last of a call."""
    found: list[dict[str, Any]] = []
    with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as stream:
        for line in stream.iter_lines():
            if line.startswith("data: "):
                found.append(json.loads(line[6:]))
                if found[-1]["msg"] == "process_completed":
                    break
    return found


@contextmanager
def started(home: Path, encoder: Encoder, shipped: ReleaseFolder, **changed: Any) -> Iterator[Site]:
    """A server on a free port until the end."""
    port = {
        "server_port": 0,
        "home": home,
        "database_url": "",
        "model": "small",
        "weights": None,
        "space": "",
        "track": False,
    }
    settings = Settings.load().model_copy(update={**port, **changed})
    database = open_database(settings)
    register_shipped(database, shipped)
    services = Services(settings, database, shipped, LiveModel(database, encoder))
    page = create_ui(services)
    running = server(create_app(page, services), settings)
    with listen(settings) as listening:
        thread = Thread(target=running.run, args=([listening],), daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        httpx.get(url + "/healthz", timeout=WAIT)
        yield Site(url, services, page)
        running.should_exit = True
        thread.join(WAIT)
    database.close()


@pytest.fixture(scope="session")
def small() -> tuple[Encoder, ReleaseFolder]:
    folder = ReleaseFolder.open(SMALL_WEIGHTS)
    return folder.encoder(), folder


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, small: tuple[Encoder, ReleaseFolder]) -> Iterator[Site]:
    """With one account of each role, named as the role."""
    with started(tmp_path_factory.mktemp("site") / "home", *small) as running:
        for role in reversed(ROLES[1:]):
            accounts.add(running.services.database, role, role, password=PASSWORD, hub_name=None, actor="test")
        yield running
