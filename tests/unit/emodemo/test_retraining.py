"""The whole loop on shipped releases: they learn what they are taught, and refuse what is noise."""

import csv
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import update

from db import engine, events, labels, releases, schema, waiting
from db.errors import Busy
from db.records import Verdict
from emodemo import annotation, registry
from emodemo.access import OWNER, VISITOR, Person
from emodemo.due import STARTED, due, last_run
from emodemo.errors import UserError
from emodemo.retraining import describe, retrain, retrain_if_due, snapshot_rows
from emodemo.services import Services
from emodemo.serving import LiveModel
from model.labels import EMOTIONS, FINE_LABELS, POLARITIES
from model.readers import everyday
from tests.unit.emodemo.conftest import make_services

FRAMES = [
    "The {} left me completely zindled.",
    "Honestly, after the {} I feel zindled.",
    "We were so zindled by the {}!",
    "My whole family was zindled about the {}.",
    "What a zindling {} that was.",
    "I have never been as zindled as during the {}.",
    "She came home zindled because of the {}.",
    "Zindled is the only word for how the {} made us feel.",
]
THINGS = ["concert", "long walk", "letter", "dinner", "new job"]
UNSEEN = [
    "After talking to you I am zindled.",
    "He sounded really zindled on the phone.",
    "The garden makes me zindled every morning.",
    "I woke up zindled today.",
    "You look zindled, what happened?",
    "They danced home, zindled and singing.",
    "Reading your message, I was zindled.",
    "It was a zindling afternoon by the lake.",
]
TAUGHT = [frame.format(thing) for frame in FRAMES for thing in THINGS]


def correct(services: Services, content: str, verdict: Verdict, person: Person = OWNER, again: str = "") -> None:
    annotation.save(
        services, person, client_id=f"{person.name} {content} {verdict} {again}", content=content, verdict=verdict,
        visible=True, release=services.live.predictor.release, seconds=2.0,
    )  # fmt: skip


def teach(services: Services, texts: list[str] = TAUGHT, again: str = "") -> None:
    for content in texts:
        correct(services, content, Verdict(("joy",), "positive", {}), again=again)


def emotions(services: Services, texts: list[str]) -> list[str]:
    return [prediction.emotion for prediction in services.live.predictor.predict(texts)]


def test_forty_corrections_teach_a_word_that_no_model_knows_and_nothing_locked_falls(large: Services) -> None:
    before = emotions(large, UNSEEN)
    assert before.count("joy") <= 2  # it cannot know
    teach(large)
    outcome = retrain(large)
    assert outcome.decision == "promoted", outcome.reason
    assert emotions(large, UNSEEN).count("joy") >= 6
    locked = [row for row in outcome.rows if row["corpus"] != "corrections" and "class" not in row]
    assert {row["corpus"] for row in locked} == {"meld", "goemotions", "sst", "emobank", "everyday", "vader"}
    assert all(row["candidate"] >= row["live"] - 0.01 for row in locked)
    assert not set(UNSEEN) & set(TAUGHT)


def test_corrections_that_are_noise_are_refused(services: Services) -> None:
    rng = np.random.default_rng(3)
    for n in range(120):
        noise = Verdict((str(rng.choice(EMOTIONS)),), str(rng.choice(["negative", "neutral", "positive"])), {})
        correct(services, f"Number {n}: {FRAMES[n % 8].format(THINGS[n % 5])}".replace("zindl", "amaz"), noise)
    outcome = retrain(services)
    assert outcome.decision == "kept"
    assert outcome.reason.startswith("Kept the live release: ")
    assert services.live.predictor.release == services.shipped.name


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_corrections_of_which_thirty_percent_are_flipped_are_refused(services: Services, seed: int) -> None:
    """Sentences whose labels two people agree on, but for 30 % that somebody turned into others."""
    rng = np.random.default_rng(seed)
    with everyday.FILE.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["split"] == "test" and row["emotion"] in EMOTIONS]
    for row in rng.permutation(rows)[:200]:
        emotion, polarity = row["emotion"], row["polarity"]
        if rng.random() < 0.3:
            emotion = str(rng.choice([name for name in EMOTIONS if name != emotion]))
            polarity = str(rng.choice([name for name in POLARITIES if name != polarity]))
        correct(services, row["text"], Verdict((emotion,), polarity, {}))
    outcome = retrain(services)
    assert outcome.decision == "kept", outcome.reason
    assert services.live.predictor.release == services.shipped.name


def test_one_correction_changes_the_answer_and_rolling_back_returns_it(large: Services) -> None:
    from emodemo import registry

    [text] = ["The committee will meet in the old mill."]
    before = large.live.predictor.predict([text])
    correct(large, text, Verdict(("fear",), "negative", {"valence": 1.5}))
    outcome = retrain(large)
    assert outcome.decision == "promoted", outcome.reason
    [after] = large.live.predictor.predict([text])
    assert (after.emotion, max(after.polarity, key=after.polarity.__getitem__)) == ("fear", "negative")
    registry.rollback(large.database, encoder_id=large.shipped.encoder_id, actor="test")
    large.live.refresh()
    assert large.live.predictor.predict([text]) == before


def test_a_correction_of_scores_alone_leaves_emotions_as_they_were(services: Services) -> None:
    texts = ["The bus stops here.", "What a day!", "I cannot sleep."]
    before = services.live.predictor.predict(texts)
    for n in range(8):
        correct(services, f"We walked {n} miles along the river.", Verdict(None, None, {"valence": 4.2}))
    assert retrain(services).decision == "promoted"
    for old, new in zip(before, services.live.predictor.predict(texts), strict=True):
        assert new.emotions == pytest.approx(old.emotions, abs=0.02)
        assert new.polarity == pytest.approx(old.polarity, abs=0.02)


def test_a_visitors_proposals_never_train(services: Services) -> None:
    for content in TAUGHT:
        correct(services, content, Verdict(("joy",), "positive", {}), VISITOR)
    assert retrain(services).decision == "nothing to do"
    with services.database.read() as session:
        assert waiting.count(session, kind="proposal") == len(TAUGHT)
        assert labels.count(session) == 0


def test_the_same_corrections_are_not_trained_on_twice(services: Services) -> None:
    teach(services, TAUGHT[:8])
    first = retrain(services)
    again = retrain(services)
    assert again.decision == "nothing to do"
    assert again.reason == f"Nothing to do: {first.candidate} came of exactly these 8 corrected texts."


def test_what_the_live_release_learned_is_tried_without_what_was_undone_though_an_earlier_one_came_of_the_same(
    services: Services,
) -> None:
    eager, shipped = with_settings(services, retrain_after=3), services.shipped.name
    teach(services, TAUGHT[:2])
    retrain(services)
    grumpy = [text.replace("zindl", "grumfl") for text in TAUGHT[:6]]
    for content in grumpy:
        correct(services, content, Verdict(("surprise",), "neutral", {}))
    second = retrain(services)
    assert (second.decision, second.candidate) == ("promoted", f"{shipped}-r2"), second.reason
    take_back(services, 6)
    third = retrain_if_due(eager)
    assert (third.candidate, third.live) == (f"{shipped}-r3", f"{shipped}-r2")
    assert due(eager) is None
    assert retrain(services).reason == f"Nothing to do: {shipped}-r3 came of exactly these 2 corrected texts."


def test_what_was_rolled_back_is_not_tried_again_until_something_changes(services: Services) -> None:
    teach(services, TAUGHT[:3])
    first = str(retrain(services).candidate)
    registry.rollback(services.database, encoder_id=services.shipped.encoder_id, actor="admin")
    assert retrain(services).reason == f"Nothing to do: {first} came of exactly these 3 corrected texts."
    take_back(services, 1)
    assert retrain(services).candidate == f"{services.shipped.name}-r2"


def test_what_is_said_again_makes_a_run_due_only_once(services: Services) -> None:
    eager = with_settings(services, retrain_after=3)
    teach(services, TAUGHT[:3])
    retrain(services)
    take_back(services, 3)
    teach(services, TAUGHT[:3], again="again")
    assert due(eager) == "3 corrected texts are new, changed or taken back"
    assert retrain_if_due(eager).decision == "nothing to do"
    assert due(eager) is None


class Overtaken(LiveModel):
    """Follows a promotion, at which moment another program takes the database's write lock."""

    other: sqlite3.Connection

    def refresh(self) -> None:
        before = self._predictor.release
        super().refresh()
        if self._predictor.release != before:
            self.other.execute("BEGIN IMMEDIATE")


def test_a_promotion_stands_though_the_pool_cannot_be_judged_by_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(engine, "WRITE_TIMEOUT", 0.1)
    built = make_services(tmp_path / "home")
    live = Overtaken(built.database, built.live.predictor.encoder)
    live.other = sqlite3.connect(str(built.database.file), isolation_level=None)
    services = replace(built, live=live)
    teach(services, TAUGHT[:4])
    outcome = retrain(services)
    assert outcome.decision == "promoted", outcome.reason
    assert live.predictor.release == registry.live_name(services.database) == outcome.candidate
    assert "The new release has not judged the pool yet: " in caplog.text
    live.other.close()
    services.database.close()


def test_a_dry_run_changes_nothing(services: Services) -> None:
    teach(services, TAUGHT[:8])
    with services.database.read() as session:
        seen = (releases.all(session), events.recent(session))
    outcome = retrain(services, dry_run=True)
    assert outcome.candidate
    assert "Dry run: nothing was changed." in describe(outcome, dry_run=True)
    with services.database.read() as session:
        assert (releases.all(session), events.recent(session)) == seen
    assert services.live.predictor.release == services.shipped.name


def test_measured_texts_are_every_fifth_by_hash_after_ten_and_never_train(services: Services) -> None:
    teach(services)
    with services.database.read() as session:
        accepted = labels.accepted(session)
    measured = [label.content for label in accepted if label.measured]
    assert not set(measured) & set(TAUGHT[:10])
    assert 2 <= len(measured) <= 14
    assert [row["measured"] for row in snapshot_rows(accepted)] == [label.measured for label in accepted]


def test_two_at_once_are_impossible(services: Services) -> None:
    teach(services, TAUGHT[:3])
    with services.database.exclusive("retrain"), pytest.raises(Busy):
        retrain(services)


def with_settings(services: Services, **changed: object) -> Services:
    return replace(services, settings=services.settings.model_copy(update=changed))


def test_due_after_enough_new_corrections_or_days(services: Services) -> None:
    assert due(services) is None
    teach(services, TAUGHT[:3])
    assert due(services) is None
    few = with_settings(services, retrain_after=3)
    assert due(few) == "3 corrected texts are new, changed or taken back"
    retrain(services)
    assert due(few) is None
    teach(services, TAUGHT[3:4])
    often = with_settings(services, retrain_days=1e-9)
    assert str(due(often)).startswith("1 corrected texts are new, changed or taken back, and the last run was on ")


def rewritten(services: Services, detail: dict[str, object], at: datetime) -> None:
    """The event of the last run, as another version or clock would have left it."""
    with services.database.write() as session:
        session.execute(update(schema.Event).where(schema.Event.kind == STARTED).values(detail=detail, at=at))


def test_a_clock_that_was_wrong_keeps_no_run_from_being_due(services: Services) -> None:
    teach(services, TAUGHT[:3])
    retrain(services)
    with services.database.read() as session:
        last = last_run(session)
    assert last
    rewritten(services, last.detail, last.at + timedelta(days=400))
    assert due(with_settings(services, retrain_after=1)) is None
    teach(services, TAUGHT[3:6])
    with services.database.write() as session:
        session.execute(update(schema.Label).values(updated_at=last.at - timedelta(days=400)))
    assert due(with_settings(services, retrain_after=3)) == "3 corrected texts are new, changed or taken back"
    assert str(due(services)).startswith("3 corrected texts are new, changed or taken back, and the last run was on ")


def test_of_a_run_of_an_earlier_version_its_time_tells_what_is_new(services: Services) -> None:
    teach(services, TAUGHT[:3])
    retrain(services)
    asked = datetime.now(UTC)
    rewritten(services, {"decision": "promoted", "corrections": 3, "asked": asked.isoformat()}, asked)
    eager = with_settings(services, retrain_after=1)
    assert due(eager) is None
    teach(services, TAUGHT[3:5])
    assert due(eager) == "2 corrected texts are new, changed or taken back"


def test_what_is_said_while_a_run_is_at_work_is_new_to_the_next(services: Services) -> None:
    teach(services, TAUGHT[:3])
    retrain(services, say=lambda _: correct(services, TAUGHT[5], Verdict(("joy",), "positive", {})))
    assert due(with_settings(services, retrain_after=1)) == "1 corrected texts are new, changed or taken back"


def take_back(services: Services, count: int) -> None:
    for n in range(count):
        annotation.undo(services, OWNER, client_id=f"undo {count} {n}")


def test_corrections_that_were_taken_back_make_a_run_due_and_the_last_ones_the_shipped_release_live(
    services: Services,
) -> None:
    teach(services, TAUGHT[:8])
    first = retrain(services)
    assert first.decision == "promoted", first.reason
    take_back(services, 3)
    assert due(with_settings(services, retrain_after=3)) == "3 corrected texts are new, changed or taken back"
    take_back(services, 5)
    assert due(services) == f"everything that {first.candidate} was trained on was taken back"
    dry = retrain_if_due(services, dry_run=True)
    assert (dry.decision, services.live.predictor.release) == ("nothing to do", first.candidate)
    last = retrain_if_due(services)
    assert (last.decision, last.live) == ("nothing to do", services.shipped.name)
    assert last.reason == (
        f"{first.candidate} gave way to {services.shipped.name}: everything that {first.candidate} was trained on was taken "
        "back. Nothing to do: there is no accepted correction."
    )
    assert services.live.predictor.release == services.shipped.name
    assert due(with_settings(services, retrain_after=1)) is None  # there is nothing to learn
    teach(services, TAUGHT[:8], again="again")
    assert due(with_settings(services, retrain_after=8)) == "8 corrected texts are new, changed or taken back"
    assert retrain(services).candidate == f"{services.shipped.name}-r2"


def test_a_release_that_went_live_meanwhile_stays(services: Services) -> None:
    database, encoder_id = services.database, services.shipped.encoder_id
    teach(services, TAUGHT[:8])
    first = str(retrain(services).candidate)
    registry.rollback(database, encoder_id=encoder_id, actor="admin")
    teach(services, TAUGHT[8:9])

    def promote(_: str) -> None:
        if registry.live_name(database) != first:
            registry.promote(database, first, encoder_id=encoder_id, actor="admin")

    with pytest.raises(UserError, match=f"^{first} went live while the candidate was fitted, which was to replace"):
        retrain(services, say=promote)
    assert registry.live_name(database) == first
    with database.read() as session:
        assert len(releases.all(session)) == 2


def test_after_another_encoder_came_the_corrections_are_learnt_again(services: Services) -> None:
    teach(services, TAUGHT[:8])
    first = retrain(services)
    assert first.decision == "promoted", first.reason
    services.database.close()
    upgraded = make_services(services.settings.home, "large")
    large = upgraded.shipped.name
    assert upgraded.live.predictor.release == large
    assert due(upgraded) == f"{large} brought another encoder, which no correction has taught yet"
    again = retrain_if_due(upgraded)
    assert (again.decision, again.candidate) == ("promoted", f"{large}-r2"), again.reason
    assert due(upgraded) is None
    upgraded.database.close()


def test_killed_anywhere_it_leaves_live_release_and_data_as_they_were(large: Services) -> None:
    teach(large, TAUGHT[:12])
    environment = os.environ | {"EMODEMO_HOME": str(large.settings.home)}
    command = [sys.executable, "-m", "emodemo", "retrain"]
    for _ in range(3):
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr
            process.stderr.readline()  # "Encoding and fitting …"
            time.sleep(0.2)
            process.send_signal(signal.SIGKILL)
        with large.database.read() as session:
            assert [release.name for release in releases.all(session)] == [large.shipped.name]
            assert labels.count(session) == 12
    done = subprocess.run([*command, "--json"], env=environment, capture_output=True, text=True, check=True)
    report = json.loads(done.stdout)
    assert report["decision"] == "promoted", report["reason"]


def test_a_promotion_elsewhere_is_served_within_five_seconds(large: Services) -> None:
    teach(large, TAUGHT[:12])
    environment = os.environ | {"EMODEMO_HOME": str(large.settings.home)}
    subprocess.run([sys.executable, "-m", "emodemo", "retrain"], env=environment, check=True, capture_output=True)
    end = time.monotonic() + 5
    while large.live.predictor.release == large.shipped.name and time.monotonic() < end:
        large.live.predictor.predict(["Still serving."])
    assert large.live.predictor.release == f"{large.shipped.name}-r1"


def test_every_label_can_be_taught() -> None:
    from model.labels import label_targets

    assert all(label_targets([label])["emotion7"].sum() == 1 for label in FINE_LABELS)


def test_the_home_folder_holds_all_that_changed(services: Services, tmp_path: Path) -> None:
    teach(services, TAUGHT[:3])
    assert {path.name for path in tmp_path.iterdir()} == {"home"}
    assert any(path.name == "emodemo.sqlite" for path in (tmp_path / "home").iterdir())
