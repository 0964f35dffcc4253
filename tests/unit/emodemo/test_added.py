"""A label that no corpus has, from the first example to an answer of its own, and back."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from db import labels, releases, snapshots
from db.records import AcceptedLabel, Verdict
from emodemo import added, annotation, exchange, importing, registry, vocabulary
from emodemo.access import OWNER, VISITOR
from emodemo.errors import UserError
from emodemo.evidence import Evidence, gather
from emodemo.registry import trained_on
from emodemo.retraining import retrain
from emodemo.services import Services
from emodemo.tabs import models
from emodemo.translation import reason, speaking
from model.labels import WIDTH
from model.readers import CorpusError

LONGING = [
    "How I miss the {} of my childhood.",
    "Nothing was ever as lovely as the {} we had back then.",
    "I still think of the old {} and wish those days would return.",
    "Remember the {} at grandmother's house, all those years ago?",
    "We found the {} from our school days and longed for that time.",
]
PLAIN = ["The {} is on the second floor.", "They sell a {} for forty euros.", "We will paint the {} tomorrow."]
THINGS = ["radio", "garden", "bicycle", "swing", "kitchen"]
CARRY = [frame.format(thing) for frame in LONGING for thing in THINGS]
OTHERS = [frame.format(thing) for frame in PLAIN for thing in THINGS]
UNSEEN = ["I wish I could go back to the house where I was a child.", "How I miss the little shop of my childhood.",
          "Those were the days, when grandfather still sang."]  # fmt: skip
ELSE = ["The lid is blue.", "You broke my cup, you fool!", "We won the match at last.", "I am afraid of that dog."]
NAME = "nostalgia"


def add(services: Services) -> None:
    vocabulary.add(services.database, NAME, emotion="sadness", definition="Longs for what is gone.", actor="test")


def say(services: Services, content: str, *names: str) -> None:
    annotation.save(
        services, OWNER, client_id=f"{content} {names}", content=content, verdict=Verdict(names, None, {}),
        visible=False, release=None, seconds=None,
    )  # fmt: skip


def teach(services: Services) -> None:
    for content in CARRY:
        say(services, content, NAME)
    for content in OTHERS:
        say(services, content, "neutral")


def test_it_is_answered_once_it_has_examples_and_all_else_stays_to_the_last_bit(services: Services) -> None:
    add(services)
    for content in CARRY[: added.EXAMPLES - 1]:
        say(services, content, NAME)
    [state] = added.states(services.database, ())
    assert (state["examples"], state["state"]) == (added.EXAMPLES - 1, "needs 1 more example")
    before = services.live.predictor
    texts = [*UNSEEN, *ELSE]
    was = before.predict(texts)
    for content in CARRY[added.EXAMPLES - 1 :]:
        say(services, content, NAME)
    outcome = retrain(services)
    assert outcome.decision == "promoted", outcome.reason
    assert outcome.reason.startswith("Promoted for its added labels alone: nostalgia is answered: F1 ")
    assert [(each["label"], each["served"]) for each in outcome.labels] == [(NAME, True)]
    with services.database.read() as session, speaking("zh-CN"):
        newest = releases.get(session, name=services.live.predictor.release)
        assert [reason(each)[:14] for each in newest.report["labels"]] == ["nostalgia 已能输出"]
    live = services.live.predictor
    assert replace(live.heads, added=before.heads.added).to_bytes() == before.heads.to_bytes()
    now = live.predict(texts)
    for old, new in zip(was, now, strict=True):
        assert replace(new, labels=tuple(n for n in new.labels if n != NAME), release=old.release) == old
    assert sum(NAME in each.labels for each in now[: len(UNSEEN)]) >= 2
    assert not any(NAME in each.labels for each in now[len(UNSEEN) :])
    with services.database.read() as session:
        release = releases.get(session, name=live.release)
        rows = snapshots.get(session, name=release.snapshot or "")
    assert trained_on(services.database, release) == [], (
        "its heads learned nothing, so every correction still testifies"
    )
    assert all(row["added"] == {NAME: 1.0} for row in rows)
    again = retrain(services)
    assert again.decision == "nothing to do"
    assert again.reason == f"Nothing to do: {live.release} came of exactly these {len(CARRY)} corrected texts."
    with speaking("zh-CN"):
        page = models.view(services, VISITOR)[2]
    assert "仅因新增标签而上线：nostalgia 已能输出" in page
    assert "is answered" not in page

    registry.rollback(services.database, encoder_id=services.shipped.encoder_id, actor="test")
    services.live.refresh()
    assert services.live.predictor.predict(texts) == was


def test_a_label_that_is_retired_goes_with_the_next_release(services: Services) -> None:
    add(services)
    teach(services)
    assert NAME in services.live.predictor.heads.added.names or retrain(services).decision == "promoted"
    assert services.live.predictor.heads.added.names == (NAME,)
    vocabulary.retire(services.database, NAME, actor="test")
    assert vocabulary.offered(services.database) == []
    outcome = retrain(services)
    assert outcome.decision == "promoted", outcome.reason
    assert "nostalgia is answered no more." in outcome.reason
    assert services.live.predictor.heads.added.names == ()


def test_what_is_said_of_it_gives_the_heads_the_rows_that_they_would_have_without_it(services: Services) -> None:
    add(services)
    say(services, CARRY[0], NAME)
    say(services, CARRY[1], NAME, "sadness")
    say(services, OTHERS[0], "joy")
    with services.database.read() as session:
        accepted = labels.accepted(session)
    encoder = services.live.predictor.encoder
    spoken = gather(services.database, encoder, accepted, keep=False).speaking
    without = [replace(label, added={}) for label in accepted if label.labels]
    plain = gather(services.database, encoder, without, keep=False)
    assert spoken.targets.tobytes() == plain.targets.tobytes()
    assert spoken.ids.tolist() == plain.ids.tolist()


def test_a_label_that_is_given_at_random_is_hardly_ever_answered(services: Services) -> None:
    replay = services.shipped.replay()
    replay = replay.take(replay.corpus == "goemotions")
    reasons = []
    for seed in range(20):
        rows = np.random.default_rng(seed).permutation(len(replay.features))[:75]
        accepted = [
            AcceptedLabel(int(n), "", {"joy": 1.0}, None, {}, False, (), added={NAME: 1.0} if place < 30 else {})
            for place, n in enumerate(rows)
        ]
        unknown, nobody = np.full((len(rows), WIDTH), np.nan, np.float32), np.zeros(len(rows), bool)
        evidence = Evidence(rows, replay.features[rows], unknown, np.arange(len(rows)) % 5 == 0, nobody)
        rest = np.setdiff1d(np.arange(len(replay.features)), rows)[:600]
        [judged] = added.judge([NAME], accepted, evidence, replay.take(rest))
        assert ("it needs 30 more examples." in judged.reason) == (judged.row is None)
        reasons.append(judged.row is not None)
    assert sum(reasons) <= 2


def test_it_goes_out_and_in_and_is_unknown_where_nobody_added_it(services: Services, tmp_path: Path) -> None:
    add(services)
    say(services, CARRY[0], NAME, "love")
    exchange.export(services.database, "jsonl", tmp_path / "labels.jsonl")
    [row] = map(json.loads, (tmp_path / "labels.jsonl").read_text().splitlines())
    assert row["labels"] == [NAME, "love"]
    row["text"], row["id"] = CARRY[1], "another"
    (tmp_path / "more.jsonl").write_text(json.dumps(row))
    assert importing.import_labels(services.database, tmp_path / "more.jsonl").read == 1
    row["labels"] = ["glee"]
    (tmp_path / "bad.jsonl").write_text(json.dumps(row))
    with pytest.raises(CorpusError, match=r"Unknown label 'glee'; expected one of: .*, nostalgia"):
        importing.import_labels(services.database, tmp_path / "bad.jsonl")


def test_what_cannot_be_added_or_retired_is_told(services: Services) -> None:
    with pytest.raises(UserError, match=r"^There is no added label 'awe'; there are: none yet\.$"):
        vocabulary.retire(services.database, "awe")
    with pytest.raises(UserError, match=r"^Annotators need to know when the label holds; give it a definition\.$"):
        vocabulary.add(services.database, "awe", emotion="surprise", definition=" ")
    for n in range(vocabulary.MOST):
        letters = "abcdefghijklmnopqrstuvwxyz"[n]
        vocabulary.add(services.database, f"awe {letters}", emotion="surprise", definition="Feels small.")
    with pytest.raises(UserError, match=r"^20 added labels are offered already; retire one first\.$"):
        vocabulary.add(services.database, "dread", emotion="fear", definition="Expects the worst.")
    changed = vocabulary.add(services.database, "awe a", emotion="fear", definition="Feels very small.")
    assert changed in vocabulary.offered(services.database)
