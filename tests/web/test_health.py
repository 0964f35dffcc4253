"""What those who run the server ask it."""

import logging
import re
import socket
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from db import events
from emodemo import due, metrics
from emodemo.errors import UserError
from emodemo.keeper import create_keeper
from emodemo.web.app import listen
from tests.web.conftest import Site, started


def test_health_and_readiness(site: Site) -> None:
    client = site.client()
    assert client.get("/healthz").text == "ok"
    ready = client.get("/readyz")
    assert ready.json() == {"ready": True, "release": site.services.live.predictor.release}


def test_a_server_whose_database_is_gone_lives_but_is_not_ready(tmp_path: Path, small: tuple) -> None:  # type: ignore[type-arg]
    with started(tmp_path / "home", *small) as lost:
        file = lost.services.settings.home / "emodemo.sqlite"
        lost.services.database.close()
        for part in (tmp_path / "home").glob("emodemo.sqlite*"):
            part.unlink()
        file.mkdir()
        assert lost.client().get("/healthz").status_code == 200
        ready = lost.client().get("/readyz")
        assert (ready.status_code, ready.json()["ready"]) == (503, False)


def test_every_request_has_an_id_that_its_log_lines_bear(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="emodemo.web.requests"):
        ids = {site.client().get("/login").headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3
    assert all(re.fullmatch("[0-9a-f]{16}", name) for name in ids)
    [line, *_] = [record for record in caplog.records if record.name == "emodemo.web.requests"]
    assert (line.method, line.path, line.status, line.person) == ("GET", "/login", 200, "visitor")  # type: ignore[attr-defined]


def test_metrics_are_on_their_own_address_only(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    settings = site.services.settings.model_copy(update={"metrics_address": f"127.0.0.1:{port}"})
    services = type(site.services)(settings, site.services.database, site.services.shipped, site.services.live)
    observe = metrics.start(services, site.page)
    observe("call", 200, 0.02)
    shown = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    for line in (
        'emodemo_request_seconds_count{kind="call",status="200"} 1.0',
        "emodemo_saves_total ",
        "emodemo_queue 0.0",
        "emodemo_database_up 1.0",
        "emodemo_failures_unseen 0.0",
    ):
        assert line in shown
    assert site.client().get("/metrics").status_code == 404
    with pytest.raises(UserError, match=r"^Cannot serve metrics on 127\.0\.0\.1:\d+ \(Address already in use\); "):
        metrics.start(services, site.page)


def test_an_address_that_is_taken_is_named(site: Site) -> None:
    taken = site.services.settings.model_copy(update={"server_port": int(site.url.rpartition(":")[2])})
    with pytest.raises(
        UserError, match=r"^Cannot listen on 127\.0\.0\.1:\d+ \(Address already in use\); set GRADIO_SERVER"
    ):
        listen(taken)


def test_answers_leave_at_once(site: Site) -> None:
    free = site.services.settings.model_copy(update={"server_port": 0})
    with listen(free) as listening, socket.create_connection(listening.getsockname()):
        taken, _ = listening.accept()
        with taken:
            assert taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_the_age_of_the_last_snapshot_is_that_of_the_newest_in_the_vault(site: Site, tmp_path: Path) -> None:
    settings = site.services.settings.model_copy(update={"vault": str(tmp_path / "vault")})
    keeper = create_keeper(settings, site.services.database)
    kept = replace(site.services, settings=settings, keeper=keeper)

    def figures() -> dict[str, float]:
        found = metrics.Stored(kept, site.page).collect()
        return {metric.name: metric.samples[0].value for metric in found if metric.samples}

    assert "emodemo_snapshot_age_seconds" not in figures()
    assert keeper
    assert keeper.back_up()
    assert 0 <= figures()["emodemo_snapshot_age_seconds"] < 60
    assert figures()["emodemo_proposals"] >= 0


def test_a_retraining_is_counted_by_what_came_of_it(site: Site) -> None:
    with site.services.database.write() as session:
        events.add(session, actor="test", kind=due.STARTED, subject="r", detail={"decision": "kept"})
    [family] = [m for m in metrics.Stored(site.services, site.page).collect() if m.name == "emodemo_retrainings"]
    assert {sample.labels["decision"]: sample.value for sample in family.samples}["kept"] >= 1
