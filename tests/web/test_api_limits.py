"""The named endpoints near each limit: what just fits is answered, what does not gets one sentence with the limit."""

from collections.abc import Iterator
from threading import Event
from typing import Any
from uuid import uuid4

import httpx
import pytest

from emodemo import accounts, api
from tests.web.conftest import PASSWORD, Site, started

from .sending import markup, said, upload

LONGEST, ROWS, RATE, JOBS, QUEUE = 40, 3, 12, 2, 2


@pytest.fixture(scope="module")
def tight(tmp_path_factory: pytest.TempPathFactory, small: tuple) -> Iterator[Site]:  # type: ignore[type-arg]
    """A server with low limits, and one annotator."""
    limits = {"max_characters": LONGEST, "max_rows": ROWS, "user_rate": RATE, "jobs": JOBS, "queue": QUEUE}
    with started(tmp_path_factory.mktemp("tight") / "home", *small, **limits) as site:
        for name in ("annotator", "other"):
            accounts.add(site.services.database, name, "annotator", password=PASSWORD, hub_name=None, actor="test")
        yield site


def ask(client: httpx.Client, name: str, data: list[Any]) -> httpx.Response:
    return client.post(f"/gradio_api/call/{name}", json={"data": data})


def answer(client: httpx.Client, name: str, data: list[Any]) -> str:
    """All that an endpoint streams back."""
    event = ask(client, name, data).json()["event_id"]
    return client.get(f"/gradio_api/call/{name}/{event}").text


@pytest.mark.parametrize("name", ["analyze", "correct"])
def test_a_text_as_long_as_allowed_and_one_longer(tight: Site, name: str) -> None:
    client = tight.client("annotator" if name == "correct" else "visitor")
    rest = [["joy"], "positive", {}, uuid4().hex] if name == "correct" else []
    assert "event: complete" in answer(client, name, ["x" * LONGEST, *rest])
    refused = answer(client, name, ["x" * (LONGEST + 1), *rest])
    assert "event: error" in refused
    assert f"The text has {LONGEST + 1} characters; at most {LONGEST} can be analysed at once" in refused


def test_a_user_asks_as_often_as_allowed_and_once_more(tight: Site) -> None:
    client = tight.client()
    client.post("/login", data={"name": "other", "password": PASSWORD})
    for _ in range(RATE):  # one after the other: who does not wait has too many under way
        assert "event: complete" in answer(client, "release", [])
    told = ask(client, "release", [])
    assert told.status_code == 429
    assert told.json()["detail"] == f"Too many requests: at most {RATE} a minute for one user; try again in a minute."


def test_jobs_and_queue_are_as_many_as_allowed(tight: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """While no analysis ends: who has ``JOBS`` under way waits, and once ``QUEUE`` requests wait everybody does."""
    go_on = Event()

    def patient(*_: Any) -> Iterator[list[dict[str, Any]]]:
        go_on.wait(60)
        yield []

    monkeypatch.setattr(api, "analyse_rows", patient)
    mine = [ask(tight.client(address="198.51.100.40"), "analyze", ["A."]) for _ in range(JOBS + 1)]
    assert [told.status_code for told in mine] == [200] * JOBS + [429]
    assert mine[-1].json()["detail"] == (
        f"{JOBS} requests of this kind are already under way for you, which is the most at once; wait for one to end."
    )
    others = [ask(tight.client(address=f"198.51.100.{n}"), "analyze", ["A."]) for n in range(50, 60)]
    go_on.set()
    assert (others[0].status_code, others[-1].status_code) == (200, 503)
    assert others[-1].json()["detail"] == (
        f"{QUEUE} requests are waiting, which is the most at once; try again in a moment."
    )


def test_a_file_of_another_kind_or_with_too_many_rows(tight: Site) -> None:
    client = tight.client("annotator")
    [kind] = markup(tight.call(client, "open_file", [upload(client, "rain.exe", b"MZ")]))
    assert kind.startswith("Invalid file type. Please upload a file that is one of these formats: ['.txt', '.csv'")
    rows = said(tight.call(client, "open_file", [upload(client, "rain.csv", b"text\n" + b"a\n" * (ROWS + 1))]))
    assert f"The file has more than {ROWS} rows, which is the most at once; split it." in rows
    fits = tight.call(client, "open_file", [upload(client, "rain.csv", b"text\n" + b"a\n" * ROWS)])
    assert "note bad" not in said(fits)
