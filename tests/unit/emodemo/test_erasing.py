"""Erasing reaches database, vault, local snapshots and exports, byte for byte, and the next release."""

import json
from pathlib import Path

import pandas
import pytest

from db import annotators, corrections, events, portable, releases, texts
from db.errors import StoreError
from db.records import Verdict
from emodemo import annotation, erasing, exchange, registry, retraining
from emodemo.access import OWNER
from emodemo.backups import Backups
from emodemo.due import due
from emodemo.errors import UserError
from emodemo.services import Services
from emodemo.translation import reason, speaking
from tests.unit.emodemo.conftest import make_services

SECRET, PERSON = "The purple heron sings at noon.", "Wilhelmina"
FORMATS = ("jsonl", "csv", "parquet")


@pytest.fixture
def services(tmp_path: Path) -> Services:
    """Two people on two texts each, one text shared; a vault, a local snapshot and exports that hold all of it."""
    built = make_services(tmp_path / "home")
    settings = built.settings.model_copy(update={"vault": str(tmp_path / "vault")})
    with built.database.write() as session:
        ids = texts.add(session, contents=[SECRET, "=A cup.", "We ran."], source="page", pooled=False)
        for name, mine in ((PERSON, ids[:2]), ("bob", ids[1:])):
            person = annotators.ensure(session, name=name, role="annotator")
            for text_id in mine:
                corrections.save(
                    session, client_id=f"{name} {text_id}", text_id=text_id, annotator_id=person.id,
                    verdict=Verdict(("joy",), "positive"), visible=True,
                )  # fmt: skip
    Backups.of(settings, built.database).push()
    Backups.of(settings, built.database).push()
    settings.snapshots.mkdir(exist_ok=True)
    portable.export(built.database, settings.snapshots / "old.sqlite")
    for format in FORMATS:
        exchange.export(built.database, format, tmp_path / f"out.{format}")
    return Services(settings, built.database, built.shipped, built.live)


def holding(folder: Path, content: str) -> list[str]:
    """Files under the folder in which the content stands, as it is."""
    return sorted(f.name for f in folder.rglob("*") if f.is_file() and content.encode() in f.read_bytes())


def erase(services: Services, **target: object) -> list[str]:
    found = erasing.find(services.database, **({"text_id": None, "annotator": None} | target))  # type: ignore[arg-type]
    return erasing.erase(services.database, services.settings, found)


def test_a_text_is_gone_from_every_file(services: Services, tmp_path: Path) -> None:
    assert len(holding(tmp_path, SECRET)) >= 6
    said = erase(services, text_id=1)
    assert said[0].startswith("Erased text 1 from the database: 1 texts and 1 corrections, with features")
    assert "Rewrote 2 backups" in said[1]
    assert "Rewrote 1 local snapshots" in said[2]
    assert [line.split()[:3] for line in said if line.startswith("Took")] == [["Took", "1", "rows"]] * 3
    assert said[-1] == "No release was trained on it."
    assert holding(tmp_path, SECRET) == []
    with services.database.read() as session:
        assert [text.content for text, _ in corrections.accepted(session)] == ["=A cup.", "=A cup.", "We ran."]
        [event] = events.recent(session, kind=erasing.ERASED)
        assert event.subject == "text 1"


def test_odd_lines_and_long_cells_of_an_export_are_searched_too(services: Services, tmp_path: Path) -> None:
    odd, long = "One\u2028line\x85of text.", "ever so " * 20_000 + "long"
    for content in (odd, long):
        annotation.save(
            services, OWNER, client_id=content[:9], content=content, verdict=Verdict(("joy",)), visible=True,
            release=None, seconds=None,
        )  # fmt: skip
    for format in FORMATS:
        exchange.export(services.database, format, tmp_path / f"out.{format}")
    said = erase(services, text_id=1)
    assert [line.split()[:3] for line in said if line.startswith("Took")] == [["Took", "1", "rows"]] * 3
    rows = [json.loads(line)["text"] for line in (tmp_path / "out.jsonl").open(encoding="utf-8", newline="\n")]
    assert rows[-2:] == [odd, long]
    assert holding(tmp_path, SECRET) == []


def test_an_export_that_somebody_changed_is_named(services: Services, tmp_path: Path) -> None:
    (tmp_path / "out.jsonl").write_text("changed by hand\n")
    with pytest.raises(
        UserError, match=r"out\.jsonl cannot be searched and rewritten \(Expecting value.*; delete it, then"
    ):
        erase(services, text_id=1)
    (tmp_path / "out.jsonl").unlink()
    erase(services, text_id=1)
    assert holding(tmp_path, SECRET) == []


def test_a_person_is_gone_and_others_stay(services: Services, tmp_path: Path) -> None:
    erase(services, annotator=PERSON)
    assert holding(tmp_path, PERSON) == []
    assert holding(tmp_path, SECRET) == []
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [(row["text"], row["annotator"]) for row in rows] == [("=A cup.", "bob"), ("We ran.", "bob")]
    assert pandas.read_csv(tmp_path / "out.csv")["annotator"].tolist() == ["bob", "bob"]
    assert pandas.read_parquet(tmp_path / "out.parquet")["annotator"].tolist() == ["bob", "bob"]


def test_a_text_that_a_spreadsheet_would_run_is_found_in_the_csv(services: Services, tmp_path: Path) -> None:
    erase(services, text_id=2)
    assert holding(tmp_path, "=A cup.") == []


def test_the_rewritten_backup_is_whole_and_still_the_databases_own(services: Services, tmp_path: Path) -> None:
    erase(services, text_id=1)
    backups = Backups.of(services.settings, services.database)
    assert backups.pull() is None
    assert len(backups.push()[0].sha256) == 64
    backups.vault.newest(backups.vault.manifest(), tmp_path / "newest.sqlite")
    with portable.opened(tmp_path / "newest.sqlite") as copy, copy.read() as session:
        assert len(list(corrections.accepted(session))) == 3


def test_the_next_retraining_is_without_it(services: Services) -> None:
    first = promoted(services)
    assert due(services) is None
    said = erase(services, text_id=1)
    assert any(first in line and "The next retraining is without it." in line for line in said)
    assert f"{first} is live: run `retrain`, or `releases promote` one that is not in this list." in said
    assert due(services) == f"something that {first} was trained on was erased"
    dry = retraining.retrain(services, dry_run=True)
    assert (dry.live, services.live.predictor.release) == (services.shipped.name, first)
    gave_way = f"{first} gave way to {services.shipped.name}: something that {first} was trained on was erased. "
    assert dry.reason.startswith(gave_way)
    outcome = retraining.retrain(services)
    assert (outcome.corrections, outcome.live) == (2, services.shipped.name)
    assert outcome.reason.startswith(gave_way)
    with services.database.read() as session, speaking("zh-CN"):
        report = releases.get(session, name=str(outcome.candidate)).report or {}
        assert reason(report).startswith(
            f"{first} 已让位给 {services.shipped.name}：{first} 训练所用的部分内容已被彻底删除。"
        )
    assert services.live.predictor.release in (outcome.candidate, services.shipped.name)
    assert due(services) is None


def promoted(services: Services) -> str:
    """The release that comes of all corrections, live whatever the gate says."""
    outcome = retraining.retrain(services)
    if outcome.decision == "kept":
        registry.promote(
            services.database, str(outcome.candidate), encoder_id=services.shipped.encoder_id, actor="test"
        )
        services.live.refresh()
    return services.live.predictor.release


def test_what_was_trained_before_the_text_came_does_not_stop_a_retraining_after_it_went(services: Services) -> None:
    promoted(services)
    with services.database.write() as session:
        [text_id] = texts.add(session, contents=["A later text."], source="page", pooled=False)
        bob = annotators.get(session, name="bob")
        corrections.save(
            session, client_id="later", text_id=text_id, annotator_id=bob.id, verdict=Verdict(("fear",)), visible=True
        )
    promoted(services)
    erase(services, text_id=text_id)
    third = retraining.retrain(services)
    assert third.decision != "nothing to do"
    annotation.save(
        services, OWNER, client_id="after", content="An even later text.", verdict=Verdict(("joy",)), visible=True,
        release=third.live, seconds=1.0,
    )  # fmt: skip
    fourth = retraining.retrain(services)
    assert [third.candidate, fourth.candidate] == [f"{services.shipped.name}-r{n}" for n in (3, 4)]


def test_what_is_not_there_is_said(services: Services) -> None:
    with pytest.raises(StoreError, match=r"^There is no text 99\.$"):
        erase(services, text_id=99)
    with pytest.raises(StoreError, match=r"^There is no annotator 'nobody'\.$"):
        erase(services, annotator="nobody")


def test_an_export_that_was_moved_is_named(services: Services, tmp_path: Path) -> None:
    (tmp_path / "out.csv").rename(tmp_path / "moved.csv")
    said = erase(services, text_id=1)
    assert f"The export {tmp_path / 'out.csv'} is not there any more; erase copies of it yourself." in said
