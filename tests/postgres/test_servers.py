"""Three apps in processes of their own behind one database."""

import json
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from db import annotators, corrections, labels, releases, texts
from db.engine import Database
from db.records import Verdict
from emodemo import accounts
from emodemo.serving import PRODUCTION
from tests.databases import needs_server, on_server
from tests.recovery.conftest import PATIENCE, Server

pytestmark = needs_server

SERVERS, PEOPLE, POOL = 3, 4, 30
SESSION = "onepage"
PASSWORD = "correct horse battery"
WITHIN = 5  # seconds in which every server follows a promotion
CLAIM = 10  # seconds that a text stays in the hands of somebody whose server is gone


@dataclass(frozen=True)
class Site:
    """The apps, the settings that they share, and their database as this process sees it."""

    servers: list[Server]
    shared: dict[str, str]
    database: Database

    def client(self, name: str) -> httpx.Client:
        """Somebody signed in on one server; the session counts on every other, since all have one secret."""
        client = httpx.Client(timeout=PATIENCE)
        entered = client.post(f"{self.servers[0].url}login", data={"name": name, "password": PASSWORD})
        assert entered.status_code == 303, entered.text
        return client

    def press(self, client: httpx.Client, server: int, handler: str, *data: Any) -> str:
        """Call a handler of a server's one open page; returns the message that it ends with."""
        url = self.servers[server].url
        functions = client.get(f"{url}config").json()["dependencies"]
        [index] = [function["id"] for function in functions if function["api_name"] == handler]
        body = {"data": data, "fn_index": index, "session_hash": SESSION}
        client.post(f"{url}gradio_api/queue/join", json=body).raise_for_status()
        with client.stream("GET", f"{url}gradio_api/queue/data", params={"session_hash": SESSION}) as stream:
            found = (json.loads(line[6:]) for line in stream.iter_lines() if line.startswith("data: "))
            return next(it["output"]["data"][0] for it in found if it["msg"] == "process_completed")

    def served(self) -> list[str]:
        """The release that each server answers with."""
        return [server.client().ask("release")["release"] for server in self.servers]

    def live(self) -> str:
        with self.database.read() as session:
            return releases.alias(session, alias=PRODUCTION) or ""

    def pool(self, *contents: str) -> set[int]:
        with self.database.write() as session:
            return set(texts.add(session, contents=contents, source="test", pooled=True))


def handed(client: httpx.Client, server: Server, deed: str, **said: Any) -> list[dict[str, Any]]:
    """The texts that the answer to a request of the annotator's page brings."""
    answered = client.post(f"{server.url}annotate/{deed}", json=said)
    assert answered.status_code == 200, answered.text
    return answered.json()["items"]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with on_server() as found:
        yield found


@pytest.fixture(scope="module")
def site(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """All started at once on the empty database, with an account for each annotator and for an admin."""
    folder = tmp_path_factory.mktemp("servers")
    shared = {"EMODEMO_DATABASE_URL": url, "EMODEMO_SECRET": uuid4().hex, "EMODEMO_THREADS": "1"}
    servers = [Server(folder / f"home{n}", **shared) for n in range(SERVERS)]
    try:
        with ThreadPoolExecutor(SERVERS) as starting:
            list(starting.map(Server.start, servers))
        database = Database.open(url, snapshots=folder)
        for name in ("admin", *(f"annotator{n}" for n in range(PEOPLE))):
            role = name.rstrip("0123456789")
            accounts.add(database, name, role, password=PASSWORD, hub_name=None, actor="test")
        yield Site(servers, shared, database)
        database.close()
    finally:
        for server in servers:
            server.kill()
    assert not [server.said() for server in servers if "Traceback" in server.said()]


def test_a_promotion_on_one_is_served_by_all(site: Site) -> None:
    shipped = site.live()
    assert site.served() == [shipped] * SERVERS
    with site.database.write() as session:
        encoder_id, heads = releases.get(session, name=shipped).encoder_id, releases.heads(session, name=shipped)
        releases.add(
            session, name="next", parent=shipped, encoder_id=encoder_id, heads=heads, metrics=[], snapshot=None, report=None
        )  # fmt: skip
    admin = site.client("admin")
    site.press(admin, 0, "opened")
    site.press(admin, 0, "ask", "next")
    assert "next is live." in site.press(admin, 0, "make_live", None, "")
    time.sleep(WITHIN)
    assert site.served() == ["next"] * SERVERS


def test_annotators_on_different_servers_never_hold_the_same_text(site: Site) -> None:
    pooled = site.pool(*(f"The lamp of house {n} is lit." for n in range(POOL)))

    def annotate(person: int) -> list[int]:
        """Every text that this person was handed, each answered, every request to the next server."""
        client, held = site.client(f"annotator{person}"), []
        servers = cycle(site.servers[person % SERVERS :] + site.servers[: person % SERVERS])
        items = handed(client, next(servers), "next")
        while items:
            have = [item["id"] for item in items]
            held.append(have[0])
            said = {"client_id": f"client {have[0]} {person}", "text_id": have[0], "action": "label", "labels": ["joy"]}
            items = items[1:] + handed(client, next(servers), "answer", **said, seconds=1, have=have)
        return held

    with ThreadPoolExecutor(PEOPLE) as working:
        hands = list(working.map(annotate, range(PEOPLE)))
    assert sorted(number for held in hands for number in held) == sorted(pooled)
    with site.database.read() as session:
        saved = sorted(label.text_id for label in labels.accepted(session) for _ in label.corrections)
    assert saved == sorted(pooled)


def test_one_retraining_at_a_time_across_servers(site: Site) -> None:
    with site.database.write() as session:
        before = len(releases.all(session))
        ids = texts.add(session, contents=[f"I won cup {n}!" for n in range(20)], source="test", pooled=False)
        for text_id in ids:
            corrections.save(
                session,
                client_id=f"cup {text_id}",
                text_id=text_id,
                annotator_id=annotators.get(session, name="annotator0").id,
                verdict=Verdict(("joy",)),
                visible=True,
            )
    admin = site.client("admin")
    with ThreadPoolExecutor(2) as pressing:
        said = list(pressing.map(lambda server: site.press(admin, server, "run_retraining"), range(2)))
    refused = [message for message in said if "Another retrain of the database" in message]
    assert len(refused) == 1, said
    assert "is running; wait until it has ended." in refused[0]
    with site.database.read() as session:
        assert len(releases.all(session)) == before + 1


def test_a_server_that_is_killed_frees_its_claims(site: Site, tmp_path: Path) -> None:
    pooled = site.pool("The first gate is shut.", "The second gate is shut.", "The third gate is shut.")
    first, second = site.client("annotator0"), site.client("annotator1")
    doomed = Server(tmp_path / "doomed", **site.shared, EMODEMO_CLAIM_MINUTES=str(CLAIM / 60))
    try:
        doomed.start()
        held = {item["id"] for item in handed(first, doomed, "next")}
        assert held == pooled
        assert handed(second, site.servers[0], "next") == []
        doomed.end(signal.SIGKILL)
    finally:
        doomed.kill()
    time.sleep(CLAIM)
    assert {item["id"] for item in handed(second, site.servers[0], "next")} == held
