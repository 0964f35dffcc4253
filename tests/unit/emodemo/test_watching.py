"""Drift, the random share of the queue and what choosing teaches, on the shipped model and a real database."""

from datetime import timedelta

import numpy as np
import pytest

from db import labels, releases, snapshots
from db.records import Verdict
from emodemo import drawn, lessons, watching
from emodemo.due import due, due_by_drift
from emodemo.errors import UserError
from emodemo.evidence import gather
from emodemo.retraining import snapshot_rows
from emodemo.services import Services
from emodemo.serving import PRODUCTION
from emodemo.tabs import models
from emodemo.tabs.watch import watch
from model.labels import EMOTIONS
from tests.answers import ANGRY, PLAIN, START, answered, pooled, sentences
from tests.unit.emodemo.asking import OWNER, VISITOR


def stored(services: Services, contents: list[str]) -> None:
    pooled(services.database, contents)


def answer(services: Services, contents: list[str], verdicts: list[Verdict], *, chosen: str) -> None:
    answered(services.database, contents, verdicts, release=services.live.predictor.release, chosen=chosen)


def agreeing(services: Services, contents: list[str], wrong: int) -> list[Verdict]:
    """What the model says of the texts, but for every so manieth."""
    said = [prediction.emotion for prediction in services.live.predictor.predict(contents)]
    others = [EMOTIONS[(EMOTIONS.index(emotion) + 1) % 7] for emotion in said]
    return [Verdict(((others if n % wrong == 0 else said)[n],)) for n in range(len(said))]


def trained(services: Services) -> int:
    """A release with the shipped heads that is live and has all corrections in its snapshot; how many it trained on."""
    with services.database.write() as session:
        accepted = labels.accepted(session)
    gather(services.database, services.live.predictor.encoder, accepted, keep=True)
    with services.database.write() as session:
        releases.add(
            session, name="trained", parent=services.live.predictor.release, encoder_id=services.shipped.encoder_id,
            heads=services.shipped.heads().to_bytes(), metrics=[], report={},
            snapshot=snapshots.save(session, rows=snapshot_rows(accepted)),
        )  # fmt: skip
        releases.point(session, alias=PRODUCTION, release="trained", actor="test", reason="test")
    services.live.refresh()
    return sum(not label.measured for label in accepted)


# Drift


def test_with_too_few_texts_it_says_so(services: Services) -> None:
    stored(services, sentences(PLAIN)[:40])
    found = watching.drift(services)
    assert watching.sentence(found) == (
        "Too few texts to compare: 40 are stored that the live release did not learn from, and a comparison needs 100. "
        "Add texts to annotate, or correct some."
    )
    assert found.amount == 0


def test_other_texts_than_the_release_learned_from_are_seen_and_like_ones_are_not(services: Services) -> None:
    plain = sentences(PLAIN)
    answer(services, plain, [Verdict(("neutral",), "neutral")] * len(plain), chosen="random")
    learned = trained(services)
    stored(services, [text.replace("the ", "that ").replace("A ", "Some ") for text in plain])
    like = watching.drift(services)
    assert like.known == f"the {learned} corrected texts that it was trained on"
    assert like.shifts["emotions"].size < watching.LARGE
    stored(services, sentences(ANGRY))
    other = watching.drift(services)
    assert other.amount > max(like.amount, watching.LARGE)
    assert {shift.p for shift in other.shifts.values()} == {1 / 500}
    assert "anger in " in watching.sentence(other)
    assert sum(row["after"] for row in other.shares if row["task"] == "emotion7") == pytest.approx(1)


def test_drift_makes_a_retraining_due_where_it_is_asked_for_and_something_is_new(services: Services) -> None:
    stored(services, sentences(ANGRY))
    settings = services.settings.model_copy(update={"retrain_drift": 0.25})
    eager = Services(settings, services.database, services.shipped, services.live)
    assert due_by_drift(eager) is None  # there is nothing to learn from
    answer(services, ["The sluice is a joy."], [Verdict(("joy",))], chosen="random")
    assert due(eager) is None
    assert str(due_by_drift(eager)).startswith("The last 121 texts differ from those that the model learned from, the ")
    assert due_by_drift(services) is None
    patient = services.settings.model_copy(update={"retrain_drift": 99.0})
    assert due_by_drift(Services(patient, services.database, services.shipped, services.live)) is None


# The random share


def test_answers_to_texts_drawn_at_random_are_judged_by_then_and_now(services: Services) -> None:
    contents = sentences(PLAIN)[:60]
    answer(services, contents, agreeing(services, contents, wrong=5), chosen="random")
    answer(services, sentences(ANGRY)[:30], [Verdict(("joy",))] * 30, chosen="strategy")
    found = drawn.drawn(services)
    assert len(found) == 60  # what doubt chose is not among them
    rows = {(row["part"], row["answers"], row["judged"]): row for row in drawn.accuracy(found)}
    everything = rows["emotion", "all", "then"]
    assert (everything["n"], everything["accuracy"]) == (60, pytest.approx(48 / 60))
    # Wilson's score interval, by its formula
    p, n, z = 0.8, 60, 1.959964
    middle, half = p + z * z / 2 / n, z * np.sqrt(p * (1 - p) / n + z * z / 4 / n / n)
    assert everything["low"] == pytest.approx((middle - half) / (1 + z * z / n), abs=1e-4)
    assert everything["high"] == pytest.approx((middle + half) / (1 + z * z / n), abs=1e-4)
    assert rows["emotion", "blind", "then"]["n"] + rows["emotion", "shown", "then"]["n"] == 60
    assert rows["emotion", "blind", "then"]["n"] == 15
    assert rows["polarity", "all", "then"]["n"] == 0  # nobody judged it
    course = drawn.over_time(found)
    assert [row["n"] for row in course] == [20, 20, 20]
    assert [row["at"] for row in course] == [START + timedelta(hours=n) for n in (19, 39, 59)]
    assert 50 <= sum(row["n"] for row in drawn.calibration(found)) <= 60  # levels of a few answers are left out
    assert "80% name the emotion that the model gave then (95 % interval 68% to 88%)" in drawn.sentence(found)


def test_the_live_release_is_not_judged_on_what_it_was_trained_on(services: Services) -> None:
    contents = sentences(PLAIN)[:60]
    answer(services, contents, [Verdict(("surprise",), "positive")] * 60, chosen="random")
    before = drawn.drawn(services)
    learned = trained(services)
    after = drawn.drawn(services)
    assert np.array_equal(after.then, before.then)  # the release of that time said what it said
    rows = {(row["answers"], row["judged"]): row for row in drawn.accuracy(after) if row["part"] == "emotion"}
    assert rows["all", "then"]["n"] == 60
    assert rows["all", "now"]["n"] == 60 - learned > 0


def test_with_too_few_answers_it_says_how_many_more(services: Services) -> None:
    answer(services, sentences(PLAIN)[:7], [Verdict(("joy",))] * 7, chosen="random")
    assert drawn.sentence(drawn.drawn(services)).endswith(
        ": 13 more answers to texts drawn at random are needed; there are 7 so far."
    )
    assert lessons.sentence(lessons.lessons(services), 0.1) == (
        "Whether what the model asks for teaches it faster cannot be told yet: too few corrections. Needed are 40 more of "
        "texts that it chose and 33 more of texts drawn at random. That is about 330 more answers of the queue."
    )


# What choosing teaches


def taught(services: Services, chosen: list[Verdict]) -> lessons.Comparison:
    """The texts drawn at random are all a surprise; ``chosen`` is what is said of others like them."""
    contents = sentences(PLAIN)
    answer(services, contents[:60], [Verdict(("surprise",))] * 60, chosen="random")
    answer(services, contents[60:], chosen, chosen="strategy")
    found = lessons.compare(lessons.lessons(services))
    assert found is not None
    return found


def test_chosen_corrections_that_mislead_teach_less_than_random_ones(services: Services) -> None:
    found = taught(services, [Verdict(("disgust",))] * 60)
    assert found.size == 60
    assert found.random.mean > 0.2
    assert found.difference.high < 0
    assert found.more == 0


def test_chosen_corrections_like_random_ones_teach_as_much(services: Services) -> None:
    found = taught(services, [Verdict(("surprise",))] * 60)
    assert found.random.mean > 0.2
    assert found.difference.low <= 0 <= found.difference.high


# The page


def test_the_page_shows_every_part_with_its_table_to_annotators_only(services: Services) -> None:
    plain = sentences(PLAIN)
    answer(services, plain[:60], agreeing(services, plain[:60], wrong=4), chosen="random")
    answer(services, plain[60:], agreeing(services, plain[60:], wrong=3), chosen="strategy")
    steps = list(watch(services, OWNER))
    assert [len(step) for step in steps] == [10] * 3
    drift, shares, table = steps[1][1:4]
    assert "The last 120 texts" in drift
    assert shares["visible"]
    assert "squared mean discrepancy" in table
    course, calibration = steps[1][5:7]
    assert course["value"].layout.xaxis.title.text == "Last answer of each run, UTC"
    assert calibration["visible"]
    message, *_, said, gains = steps[2]
    assert message == ""
    assert "After 60 corrections of either kind" in said
    assert list(gains["value"].data[0].y) == ["chosen by the model", "drawn at random", "difference"]
    *_, own = models.on_own_texts(services, OWNER)
    assert "Of 60 answers to texts drawn at random, 75% name the emotion that the model gave then" in own
    assert "After 60 corrections of either kind" in own
    [own] = models.on_own_texts(services, VISITOR)
    assert "After 60 corrections" not in own
    with pytest.raises(UserError, match="Only a signed-in annotator may watch the model"):
        next(watch(services, VISITOR))
