"""What waits for a reviewer, what a decision does, and what a visitor is told of a text on which people split."""

from collections.abc import Sequence
from uuid import uuid4

import numpy as np
import pytest

from db import annotators, corrections, events, labels, texts
from db.records import Action, Verdict
from emodemo import exchange, review, vocabulary
from emodemo.access import Person
from emodemo.docket import Asked, Decided, Docket, TakenBack
from emodemo.errors import UserError
from emodemo.evidence import targets_of
from emodemo.reliability import weigh
from emodemo.review import Kind, Waiting
from emodemo.services import Services
from model.labels import EMOTIONS, TASKS

ROSA = Person("rosa", "reviewer", signed_in=True)
JOY, FEAR = Verdict(("joy",), "positive"), Verdict(("fear",), "negative")


def says(
    services: Services, name: str, content: str, verdict: Verdict = JOY, *, action: Action = "label", comment: str = ""
) -> None:
    with services.database.write() as session:
        person = annotators.ensure(session, name=name, role="visitor" if name == "guest" else "annotator")
        [text_id] = texts.add(session, contents=[content], source="test", pooled=False)
        corrections.save(
            session, client_id=uuid4().hex, text_id=text_id, annotator_id=person.id, action=action, visible=True,
            verdict=verdict if action == "label" else Verdict(), comment=comment or None,
        )  # fmt: skip


def decided(item: dict, action: str, **said: object) -> Decided:
    own = {name: item[name] for name in ("client_id", "kind", "seen", "after")}
    return Decided.model_validate({"text_id": item["id"], "action": action, **own, **said})


def accepted(item: dict, n: int) -> Decided:
    return decided(item, "accept", **{**item["verdicts"][n], "labels": item["verdicts"][n]["labels"] or []})


def label(services: Services) -> Verdict | None:
    with services.database.read() as session:
        found = labels.accepted(session)
    return Verdict(tuple(found[0].labels or ()), None, found[0].scores) if found else None


@pytest.fixture
def docket(services: Services) -> Docket:
    return Docket(services, ROSA)


def test_what_was_left_for_later_is_not_said_to_be_nothing(services: Services, docket: Docket) -> None:
    for content in ("The gate is open.", "The gate is shut."):
        says(services, "ada", content, JOY)
        says(services, "ben", content, FEAR)
    first, second = docket.more(Asked())["items"]
    later = [first["id"], second["id"]]
    for only in (None, "disagreement"):
        told = docket.more(Asked(later=later, only=only))
        assert (told["items"], told["counts"]["disagreement"]) == ([], 2)
        assert "You left 2 texts for later; press All to see them again." in told["empty"]
    docket.decide(decided(first, "keep"))  # by somebody else, say
    assert "You left 1 text for later; press All to see it again." in docket.more(Asked(later=later))["empty"]
    docket.decide(decided(second, "keep"))
    assert "Nothing waits for a decision." in docket.more(Asked(later=later))["empty"]


def test_answers_stand_side_by_side_with_who_said_so_and_why(services: Services, docket: Docket) -> None:
    says(
        services, "ada", "The gate is <i>open</i>.", Verdict(("joy",), None, {"valence": 4.0}), comment="a <b>gift</b>"
    )
    says(services, "ben", "The gate is <i>open</i>.", Verdict(("fear",), "negative"))
    says(services, "cleo", "The gate is <i>open</i>.", Verdict(("joy",), None, {"valence": 4.5}))
    says(services, "dora", "The gate is <i>open</i>.", action="skip")
    [item] = docket.more(Asked())["items"]
    assert [(v["labels"], v["scores"]) for v in item["verdicts"]] == [(("joy",), {"valence": 4.25}), (("fear",), {})]
    for part in ("<b>ada</b>", "a &lt;b&gt;gift", "<b>cleo</b>", "<b>ben</b>", 'data-accept="2"'):
        assert part in item["answers"]
    assert "<b>dora</b> skipped it" in item["remarks"]
    assert [ruling["key"] for ruling in item["rulings"]] == ["k", "r"]


def test_one_queue_of_every_kind_in_which_a_text_comes_once(services: Services, docket: Docket) -> None:
    for name, verdict in (("ada", JOY), ("ben", FEAR), ("guest", FEAR)):
        says(services, name, "The gate is open.", verdict)
    says(services, "guest", "The lamp is lit.")
    says(services, "ada", "The lamp is blue.", action="flag", comment="private")
    told = docket.more(Asked())
    assert told["counts"] == {"disagreement": 1, "flag": 1, "suspect": 0, "proposal": 2}
    assert [(item["kind"], item["text"]) for item in told["items"]] == [
        ("disagreement", "The gate is open."),
        ("flag", "The lamp is blue."),
        ("proposal", "The lamp is lit."),
    ]
    only = docket.more(Asked(only="proposal"))["items"]
    assert [item["text"] for item in only] == ["The gate is open.", "The lamp is lit."]
    assert docket.more(Asked(have=[item["id"] for item in told["items"]]))["items"] == []
    with pytest.raises(
        UserError, match="^Nothing waits as 'rumour'; choose one of: disagreement, flag, suspect, proposal"
    ):
        docket.more(Asked(only="rumour"))


def test_a_decision_is_stored_with_an_event_and_undone_step_by_step(services: Services, docket: Docket) -> None:
    for content in ("The gate is open.", "The lamp is lit."):
        says(services, "guest", content)
        [item] = docket.more(Asked())["items"]
        assert docket.decide(accepted(item, 0))["said"] == "Accepted: joy; positive."
    assert "The lamp is lit." in docket.decided(Asked())["html"]
    for content in ("The lamp is lit.", "The gate is open."):
        assert docket.undo(TakenBack(client_id=uuid4().hex))["back"]["text"] == content
    assert label(services) is None
    with pytest.raises(UserError, match=r"^There is nothing to undo\.$"):
        docket.undo(TakenBack(client_id=uuid4().hex))
    with services.database.read() as session:
        found = [(e.actor, e.subject, e.detail["action"]) for e in events.recent(session, kind="adjudication")]
    assert [action for *_, action in found] == ["undo", "undo", "accept", "accept"]
    assert {(actor, subject) for actor, subject, _ in found} == {("rosa", "text 1"), ("rosa", "text 2")}


def test_another_answer_than_any_that_was_given(services: Services, docket: Docket) -> None:
    says(services, "guest", "The gate is open.")
    [item] = docket.more(Asked())["items"]
    with pytest.raises(UserError, match="Unknown label 'glee'"):
        docket.decide(decided(item, "accept", labels=["glee"]))
    with pytest.raises(UserError, match="Nothing was chosen"):
        docket.decide(decided(item, "accept"))
    docket.decide(decided(item, "accept", labels=["sadness"], scores={"valence": 2}, comment="the keeper writes"))
    assert label(services) == Verdict(("sadness",), None, {"valence": 2.0})
    assert "sadness; valence 2 (the keeper writes)" in docket.decided(Asked())["html"]


@pytest.mark.parametrize(("action", "kept"), [("decline", True), ("keep", False), ("reject", False)])
def test_a_proposal_is_accepted_or_turned_down_and_nothing_else(
    services: Services, docket: Docket, action: str, kept: bool
) -> None:
    says(services, "guest", "The gate is open.")
    [item] = docket.more(Asked())["items"]
    if kept:
        assert docket.decide(decided(item, action))["said"] == "Turned down."
        assert (label(services), docket.more(Asked())["items"]) == (None, [])
    else:
        with pytest.raises(UserError, match=f"A proposal cannot be decided by '{action}'"):
            docket.decide(decided(item, action))


def test_who_decides_second_is_told_so(services: Services, docket: Docket) -> None:
    says(services, "guest", "The gate is open.")
    [item] = docket.more(Asked())["items"]
    other = Docket(services, Person("rolf", "reviewer", signed_in=True))
    [same] = other.more(Asked())["items"]
    docket.decide(accepted(item, 0))
    with pytest.raises(Exception, match=r"^Somebody decided on this text meanwhile; look at the next one\.$"):
        other.decide(decided(same, "decline"))


def test_another_kind_is_one_entry(services: Services, docket: Docket, monkeypatch: pytest.MonkeyPatch) -> None:
    says(services, "ada", "The gate is open.")

    def doubted(_: Services, __: object, exclude: Sequence[int], limit: int) -> list[Waiting]:
        return [Waiting(1, "the model reads fear, 97 %")][:limit] if 1 not in exclude else []

    doubt = Kind("Doubt", "Doubts", lambda *_: 1, doubted, {"keep": "The label is right", "reject": "Drop the label"})
    monkeypatch.setitem(review.KINDS, "doubt", doubt)
    told = docket.more(Asked())
    [item] = told["items"]
    assert (told["counts"]["doubt"], item["title"], item["why"]) == (1, "Doubt", "the model reads fear, 97 %")
    docket.decide(decided(item, "reject"))
    assert label(services) is None


def test_people_who_split_are_told_to_whoever_analyses_the_very_text(services: Services, docket: Docket) -> None:
    for name, verdict in zip(("ada", "ben", "cleo", "dora", "emil"), (JOY, FEAR, JOY, FEAR, JOY), strict=True):
        says(services, name, "The gate is open.", verdict)
    assert review.split(services.database, "The gate is open.") == ""
    [item] = docket.more(Asked())["items"]
    docket.decide(decided(item, "keep"))
    assert review.split(services.database, "The  gate is open. ") == "People split 3 to 2 here: joy; fear."
    assert review.split(services.database, "Another gate.") == ""


def test_people_who_agree_on_the_emotions_split_over_the_polarity(services: Services, docket: Docket) -> None:
    for name, polarity in (("ada", "neutral"), ("ben", "positive"), ("cleo", "neutral")):
        says(services, name, "The gate is open.", Verdict(("surprise",), polarity))
    docket.decide(decided(docket.more(Asked())["items"][0], "keep"))
    assert review.split(services.database, "The gate is open.") == "People split 2 to 1 here: neutral; positive."


def test_what_stays_is_trained_on_as_a_distribution_whoever_said_it(services: Services, docket: Docket) -> None:
    for n in range(12):  # ada and ben agree, cleo never does: her word would weigh little
        for name, verdict in (("ada", JOY), ("ben", JOY), ("cleo", FEAR)):
            says(services, name, f"Gate {n}.", verdict)
    items = docket.more(Asked())["items"]
    docket.decide(decided(items[0], "keep"))
    docket.decide(accepted(items[1], 1))
    with services.database.read() as session:
        kept, ruled, other = (targets_of(label) for label in weigh(services.database, labels.accepted(session))[:3])
    joy = TASKS["emotion7"].start + EMOTIONS.index("joy")
    assert kept[joy] == pytest.approx(2 / 3)
    assert ruled[joy] == 0
    assert other[joy] > 0.8


def test_what_a_reviewer_settled_tells_who_is_reliable(services: Services, docket: Docket) -> None:
    for n in range(20):
        for name, verdict in (("ada", JOY), ("ben", FEAR)):
            says(services, name, f"Gate {n}.", verdict)
    before = weights(services)
    for _ in range(12):
        docket.decide(accepted(docket.more(Asked())["items"][0], 1))
    assert before[0] == pytest.approx(before[1])
    after = weights(services)
    assert after[1] > 1.5 * after[0]


def weights(services: Services) -> np.ndarray:
    """How much ada's joy and ben's fear weigh in the last text, on which nobody decided."""
    with services.database.read() as session:
        found = weigh(services.database, labels.accepted(session))[-1]
    assert found.labels
    return np.array([found.labels["joy"], found.labels["fear"]])


def test_an_export_holds_the_decision_in_place_of_the_answers_and_comes_back(
    services: Services, docket: Docket
) -> None:
    for content in ("The gate is open.", "The lamp is lit.", "The lamp is blue."):
        for name, verdict in (("ada", JOY), ("ben", FEAR)):
            says(services, name, content, verdict)
    items = docket.more(Asked())["items"]
    docket.decide(accepted(items[0], 1))
    docket.decide(decided(items[1], "keep"))
    docket.decide(decided(items[2], "reject"))
    rows = [*exchange.exported(services.database)]
    assert [(r["text"], r["labels"], r["annotator"], r.get("adjudicated", False), r["agreement"]) for r in rows] == [
        ("The lamp is lit.", ["joy"], "ada", False, 0.5),
        ("The lamp is lit.", ["fear"], "ben", False, 0.5),
        ("The gate is open.", ["fear"], "rosa", True, 0.5),
    ]


def test_a_label_of_ones_own_is_disagreed_on_offered_and_accepted(services: Services, docket: Docket) -> None:
    vocabulary.add(services.database, "nostalgia", emotion="sadness", definition="Longs for <then>.")
    says(services, "ada", "Grandmother's garden smelled of mint.", Verdict(("joy",)))
    says(services, "bob", "Grandmother's garden smelled of mint.", Verdict(("joy", "nostalgia")))
    told = docket.more(Asked())
    assert told["vocabulary"]["chips"].count("nostalgia")
    assert "Longs for &lt;then&gt;." in told["vocabulary"]["meanings"]
    assert "vocabulary" not in docket.more(Asked(vocabulary=told["vocabulary"]["version"]))
    [item] = told["items"]
    assert docket.decide(decided(item, "accept", labels=["nostalgia"]))["said"] == "Accepted: nostalgia."
    with services.database.read() as session:
        [found] = labels.accepted(session)
    assert (found.labels, found.added) == (None, {"nostalgia": 1.0})
