"""Retraining by itself, and what is kept and told of a failure."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from db import events
from db.errors import StoreError
from emodemo import due, failures, scheduler
from emodemo.errors import UserError
from emodemo.scheduler import Schedule
from emodemo.services import Services
from emodemo.tabs.failures import see_failures, show_failures

from .asking import OWNER, VISITOR, row, save

MORNING = datetime(2026, 3, 1, 3, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "following"),
    [
        ("daily 04:00", datetime(2026, 3, 1, 4, tzinfo=UTC)),
        ("daily 3:30", datetime(2026, 3, 2, 3, 30, tzinfo=UTC)),
        ("daily 00:05", datetime(2026, 3, 2, 0, 5, tzinfo=UTC)),
        ("every 6 hours", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        ("every 1 hour", datetime(2026, 3, 1, 4, 30, tzinfo=UTC)),
    ],
)
def test_a_schedule_names_the_next_moment(text: str, following: datetime) -> None:
    assert Schedule(text).following(MORNING) == following


def test_an_app_that_starts_often_runs_all_the_same() -> None:
    assert Schedule("every 24 hours").first(MORNING) == MORNING + scheduler.SOON
    assert Schedule("daily 04:00").first(MORNING) == Schedule("daily 04:00").following(MORNING)


@pytest.mark.parametrize("text", ["daily", "daily 24:00", "every 0 hours", "hourly", "0 4 * * *"])
def test_another_schedule_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(UserError, match=r"^EMODEMO_SCHEDULE has the value '.*'; expected `daily HH:MM` \(UTC\) or"):
        Schedule(text)


def test_a_scheduled_run_retrains_when_it_is_due_and_only_then(services: Services) -> None:
    save(services, row(services), "one", emotion="joy")
    scheduler.run(services)
    with services.database.read() as session:
        assert events.recent(session, kind=due.STARTED) == []
    eager = services.settings.model_copy(update={"retrain_after": 1})
    scheduler.run(Services(eager, services.database, services.shipped, services.live))
    with services.database.read() as session:
        [run] = events.recent(session, kind=due.STARTED)
    assert run.actor == "schedule"
    assert failures.unseen(services.database) == []


def test_a_run_beside_another_is_no_failure(services: Services) -> None:
    save(services, row(services), "one")
    eager = services.settings.model_copy(update={"retrain_after": 1})
    with services.database.exclusive("retrain"):
        scheduler.run(Services(eager, services.database, services.shipped, services.live))
    assert failures.unseen(services.database) == []


@pytest.fixture
def hook() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A webhook on loopback, and what it was told."""
    told: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/hook", told
        server.shutdown()


def test_a_failure_is_kept_and_told_until_an_admin_has_seen_it(
    services: Services, hook: tuple[str, list[dict[str, str]]]
) -> None:
    url, told = hook
    telling = services.settings.model_copy(update={"webhook": url})
    with_hook = Services(telling, services.database, services.shipped, services.live)
    failures.record(with_hook, "retraining", StoreError("The disk is full."))
    failures.record(with_hook, "snapshot", ZeroDivisionError("secret"))
    assert [line["text"] for line in told] == [
        "emodemo: the retraining failed: The disk is full.",
        f"emodemo: the snapshot failed: {failures.DEFECT}",
    ]
    notes, place = show_failures(services, OWNER)
    assert place["visible"]
    assert "UTC: the retraining failed: The disk is full." in notes
    assert "secret" not in notes
    assert show_failures(services, VISITOR)[0] == ""
    assert see_failures(services, OWNER)[0] == ""
    failures.record(services, "retraining", StoreError("Again."))
    assert [event.detail["message"] for event in failures.unseen(services.database)] == ["Again."]


def test_a_webhook_that_is_away_changes_nothing(services: Services, caplog: pytest.LogCaptureFixture) -> None:
    away = services.settings.model_copy(update={"webhook": "http://127.0.0.1:9/secret-path"})
    failures.record(Services(away, services.database, services.shipped, services.live), "snapshot", StoreError("No."))
    assert len(failures.unseen(services.database)) == 1
    assert "The webhook did not take it: ConnectError" in caplog.text
    assert "secret-path" not in caplog.text
