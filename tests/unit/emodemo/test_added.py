"""A label that no corpus has, from the first example to an answer of its own, and back."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from db import erasure, labels, releases, snapshots, texts
from db.records import AcceptedLabel, Verdict
from emodemo import added, annotation, exchange, importing, registry, rowfit, vocabulary
from emodemo.access import OWNER, VISITOR
from emodemo.due import due
from emodemo.errors import UserError
from emodemo.evidence import Evidence, gather
from emodemo.registry import trained_on
from emodemo.retraining import retrain
from emodemo.services import Services
from emodemo.tabs import models
from emodemo.translation import reason, speaking
from model.labels import TASKS, WIDTH
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
THIRST = [
    "After the {} my throat was dry and I wanted water.",
    "Give me something to drink, the {} has left me parched.",
    "I could empty a whole bottle after that {}.",
    "The {} made us all so thirsty.",
    "Nothing but a cold drink helps after a {}.",
]
MORE = [
    "I long for the {} we shared when we were small.",
    "Whatever became of the {} I loved as a boy?",
    "Looking at the old {}, I was back in those happy years.",
    "Back then the {} was the heart of every summer, and I miss it.",
    "Those were the days of the {} and of grandfather's songs.",
]
LATER = [frame.format(thing) for thing in ("boat", "attic", "orchard", "piano", "stove") for frame in MORE]


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


def contradict(services: Services) -> int:
    """Of twenty-five alike texts every other one is said to carry the label; returns how many are."""
    for n, content in enumerate(LATER):
        say(services, content, NAME if n % 2 else "neutral")
    return len(LATER) // 2


def test_it_is_answered_once_it_has_examples_and_all_else_stays_to_the_last_bit(services: Services) -> None:
    add(services)
    for content in CARRY[: added.EXAMPLES - 1]:
        say(services, content, NAME)
    [state] = added.states(services.database, ())
    assert (state["examples"], state["state"]) == (added.EXAMPLES - 1, "needs 1 more example")
    before = services.live.predictor
    asked = [*UNSEEN, *ELSE]
    was = before.predict(asked)
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
    now = live.predict(asked)
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
    assert services.live.predictor.predict(asked) == was


def test_a_label_that_is_retired_goes_with_the_next_release_and_comes_back_when_it_is_offered_again(
    services: Services,
) -> None:
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
    add(services)
    assert retrain(services).decision == "promoted"
    assert services.live.predictor.heads.added.names == (NAME,)


def test_examples_that_make_it_worse_leave_it_as_it_was(services: Services) -> None:
    add(services)
    teach(services)
    assert retrain(services).decision == "promoted"
    live = services.live.predictor
    was = live.predict(UNSEEN)
    assert sum(NAME in each.labels for each in was) >= 2
    added_wrongly = contradict(services)
    outcome = retrain(services)
    assert outcome.decision == "kept", outcome.reason
    assert NAME not in outcome.reason, "what stays is no news"
    [told] = outcome.labels
    assert (told["examples"], told["served"], told["since"]) == (len(CARRY) + added_wrongly, True, live.release)
    assert told["reason"].startswith(f"nostalgia stays as it was in {live.release}: fitted anew, ")
    [figures] = [row for row in outcome.rows if row["task"] == NAME]
    assert figures["live"] == figures["candidate"]
    assert (figures["low"], figures["high"], figures["n"]) == (0, 0, told["examples"])
    assert services.live.predictor.predict(UNSEEN) == was
    with speaking("zh-CN"):
        assert reason(told).startswith(f"nostalgia 保持 {live.release} 中的原样：重新拟合后，")


def test_news_of_one_label_leaves_the_row_of_another(services: Services) -> None:
    add(services)
    teach(services)
    first = retrain(services).candidate
    was = services.live.predictor.heads.added.rows()[NAME]
    with services.database.read() as session:
        release = releases.get(session, name=first or "")
        taught = [row for row in registry.trained_rows(services.database, release) if not row["measured"]]
        gone = texts.get(session, text_id=next(row["text_id"] for row in taught if "added" in row))
    annotation.undo(services, OWNER, client_id="undo", content=gone.content)
    vocabulary.add(services.database, "thirst", emotion="sadness", definition="Wants a drink.", actor="test")
    contradict(services)
    for content in [frame.format(thing) for frame in THIRST for thing in ("hike", "race", "climb", "march", "game")]:
        say(services, content, "thirst")
    outcome = retrain(services)
    assert outcome.decision == "promoted", outcome.reason
    assert NAME not in outcome.reason
    rows = services.live.predictor.heads.added.rows()
    assert sorted(rows) == [NAME, "thirst"]
    assert rows[NAME].tobytes() == was.tobytes()
    with services.database.read() as session:
        second = releases.get(session, name=outcome.candidate or "")
    learnt = {row["text_id"]: row.get("added", {}) for row in registry.trained_rows(services.database, second)}
    assert sum(NAME in shares for shares in learnt.values()) == len(CARRY), "as the row that stays was taught"
    assert learnt[gone.id] == {NAME: 1.0}
    found = added.standing(services.database, second, services.live.predictor.heads)
    assert [(found[name].since, found[name].examples) for name in (NAME, "thirst")] == [(first, 25), (second.name, 25)]
    assert found[NAME].fitted == [row["text_id"] for row in taught]
    with services.database.write() as session:
        assert outcome.candidate in erasure.erase_text(session, hash=texts.fingerprint(gone.content)).releases
    assert due(services) == f"something that {outcome.candidate} was trained on was erased"


def test_it_learns_from_more_good_examples(services: Services) -> None:
    add(services)
    teach(services)
    first = retrain(services)
    for content in LATER:
        say(services, content, NAME)
    outcome = retrain(services)
    assert outcome.decision == "promoted", outcome.reason
    assert f"All else is answered as by {first.candidate}." in outcome.reason
    assert [(each["examples"], "since" in each) for each in outcome.labels] == [(len(CARRY) + len(LATER), False)]
    [figures] = [row for row in outcome.rows if row["task"] == NAME]
    assert figures["low"] < figures["candidate"] - figures["live"] < figures["high"]
    assert figures["candidate"] > figures["live"]
    assert sum(NAME in each.labels for each in services.live.predictor.predict(UNSEEN)) >= 2


def test_a_row_is_replaced_where_on_texts_that_neither_was_fitted_to_it_is_not_worse(services: Services) -> None:
    replay = services.shipped.replay()
    replay = replay.take(replay.corpus == "goemotions")
    column = TASKS["labels28"].columns.start + TASKS["labels28"].classes.index("gratitude")
    carrying = replay.targets[:, column] >= rowfit.CARRIED
    rows = np.concatenate([np.flatnonzero(carrying)[:60], np.flatnonzero(~carrying)[:60]])
    shares = np.where(carrying[rows], 1.0, 0.0)
    accepted = [
        AcceptedLabel(int(n), "", {"joy": 1.0}, None, {}, False, (), added={NAME: share} if share else {})
        for n, share in zip(rows, shares, strict=True)
    ]
    unknown, nobody = np.full((len(rows), WIDTH), np.nan, np.float32), np.zeros(len(rows), bool)
    evidence = Evidence(rows, replay.features[rows], unknown, np.arange(len(rows)) % 5 == 0, nobody)
    rest = replay.take(np.flatnonzero(~carrying)[60:660])

    def judged(live: np.ndarray, fitted: np.ndarray, examples: int = 60) -> added.Judged:
        standing = {NAME: added.Standing(live, "r1", examples, fitted.tolist(), 0.25)}
        return added.judge([NAME], accepted, evidence, rest, standing)[0]

    [first] = added.judge([NAME], accepted, evidence, rest, {})
    assert first.row is not None
    assert first.news
    deaf = first.row.copy()
    deaf[-1] = 0.99
    for examples in (60, 59):
        better = judged(deaf, rows[:0], examples)
        assert better.row is not None
        assert better.row.tobytes() == first.row.tobytes()
        assert better.news
        assert 0 < better.change.low < better.change.candidate - better.change.live < better.change.high
    same = judged(first.row, rows[~evidence.measured])
    assert same.since is None, same.reason
    assert not same.news, "as many examples, and no gain"
    worse = judged(first.row, rows[:0])
    assert (worse.row is first.row, worse.since, worse.news) == (True, "r1", False)
    assert " its F1 would be " in worse.reason
    unknown_to_none = judged(deaf, rows)
    assert (unknown_to_none.row is deaf, unknown_to_none.change) == (True, added.Change.none(0.25))
    assert unknown_to_none.reason.endswith(": it was fitted to every text that carries it.")


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
        [judged] = added.judge([NAME], accepted, evidence, replay.take(rest), {})
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
