"""What a training leaves in Trackio, read back from Trackio."""

import json
import sqlite3
from pathlib import Path

import pytest

from emodemo import tracking
from emodemo.retraining import retrain
from emodemo.services import Services
from emodemo.tracking import Experiment
from tests.unit.emodemo.test_retraining import teach

WAIT = 120  # seconds


def runs(home: Path) -> dict[str, dict[str, object]]:
    """Configuration by name of every run that Trackio knows."""
    with sqlite3.connect(home / "experiments" / "emodemo.db") as database:
        return {name: json.loads(config) for name, config in database.execute("SELECT run_name, config FROM configs")}


def tracked(services: Services) -> Services:
    settings = services.settings.model_copy(update={"track": True})
    return Services(settings, services.database, services.shipped, services.live)


def test_a_retraining_leaves_curves_configuration_snapshot_and_release(
    services: Services, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    started = []
    monkeypatch.setattr(tracking, "_wait", lambda *arguments: started.append(arguments))
    teach(services)
    outcome = retrain(tracked(services))
    [(process, place)] = started
    assert process.wait(WAIT) == 0, (place / "trackio.log").read_text()
    assert capfd.readouterr().out == ""  # `retrain --json` prints one object and nothing else
    config = runs(services.settings.home)[str(outcome.candidate)]
    with services.database.read() as session:
        from db import releases

        release = releases.get(session, name=str(outcome.candidate))
    facts = {"kind": "retrain", "release": release.name, "parent": outcome.live, "snapshot": release.snapshot}
    assert facts.items() <= config.items()
    with sqlite3.connect(place / "emodemo.db") as database:
        steps = [json.loads(row) for (row,) in database.execute("SELECT metrics FROM metrics ORDER BY step")]
    assert [step["strength"] for step in steps] == sorted(step["strength"] for step in steps)
    assert steps[0]["strength"] == 0
    live = next(row["live"] for row in outcome.rows if row["corpus"] == "meld" and row["task"] == "emotion7")
    assert steps[0]["meld/emotion7 weighted_f1"] == live
    assert not list((place / "pending").glob("*.json"))


def test_what_could_not_be_fed_waits_for_the_next_time(services: Services) -> None:
    settings = tracked(services).settings
    place = tracking.folder(settings)
    (place / "emodemo.db").mkdir(parents=True)  # where Trackio wants a file
    waiting = tracking.track(settings, Experiment("one", {"kind": "retrain"}, [{"strength": 0.0}]))
    assert waiting is not None
    waiting.join(WAIT)
    assert [file.name for file in (place / "pending").glob("*.json")] == ["one.json"]
    (place / "emodemo.db").rmdir()
    waiting = tracking.track(settings, Experiment("two", {"kind": "retrain"}, [{"strength": 0.0}]))
    assert waiting is not None
    waiting.join(WAIT)
    assert set(runs(settings.home)) == {"one", "two"}


def test_a_folder_that_cannot_be_written_is_a_line_in_the_log(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    settings = tracked(services).settings
    tracking.folder(settings).write_text("no folder")
    assert tracking.track(settings, Experiment("one", {}, [])) is None
    assert "The experiment one is not tracked" in caplog.text


def test_nothing_is_tracked_where_nobody_wants_it(services: Services) -> None:
    settings = services.settings.model_copy(update={"track": False})
    assert tracking.track(settings, Experiment("one", {}, [])) is None
    assert not tracking.folder(settings).exists()
