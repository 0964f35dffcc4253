"""What a reviewer's decision makes of a text's label, and what waits for one."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import pytest
from sqlalchemy.orm import Session

from db import adjudications, annotators, corrections, erasure, labels, search, texts, waiting
from db.engine import Database
from db.errors import StoreError
from db.records import AcceptedLabel, Adjudication, Annotator, Ruling, Verdict
from db.waiting import Kind

JOY, FEAR = Verdict(("joy",), "positive"), Verdict(("fear",), "negative")
SAD = Verdict(("sadness",), "negative", {"valence": 1.5})
KINDS: tuple[Kind, ...] = ("disagreement", "flag", "proposal")


@dataclass
class Panel:
    """People around one text; whatever they do is a transaction of its own."""

    database: Database
    text_id: int
    people: dict[str, Annotator]
    ids: count  # type: ignore[type-arg]

    def do(self, deed: Callable[..., object], name: str, **how: object) -> object:
        with self.database.write() as session:
            return deed(session, client_id=f"id {next(self.ids)}", annotator_id=self.people[name].id, **how)

    def says(self, name: str, verdict: Verdict) -> None:
        self.do(corrections.save, name, text_id=self.text_id, verdict=verdict, visible=True)

    def flags(self, name: str) -> None:
        self.do(corrections.save, name, text_id=self.text_id, action="flag", visible=True, comment="private")

    def decides(self, action: Ruling, verdict: Verdict = corrections.NOTHING, name: str = "rosa") -> None:
        with self.database.read() as session:
            seen = waiting.newest(session, text_id=self.text_id)
            after = adjudications.newest(session, text_id=self.text_id)
        how = {"kind": "disagreement", "action": action, "verdict": verdict, "seen": seen, "after": after}
        self.do(adjudications.save, name, text_id=self.text_id, **how)

    def undoes(self, name: str = "rosa", **how: object) -> object:
        return self.do(adjudications.undo, name, **how)

    @property
    def label(self) -> AcceptedLabel | None:
        with self.database.read() as session:
            return next(iter(labels.accepted(session)), None)

    @property
    def waits(self) -> set[str]:
        with self.database.read() as session:
            found = {k for k in KINDS if waiting.text_ids(session, kind=k, exclude=(), limit=9) == [self.text_id]}
            assert found == {kind for kind in KINDS if waiting.count(session, kind=kind)}
        return found


@pytest.fixture
def panel(database: Database, text_ids: list[int]) -> Panel:
    roles = {"ada": "annotator", "ben": "annotator", "cleo": "annotator", "rosa": "reviewer", "rolf": "reviewer"}
    with database.write() as session:
        people = {
            name: annotators.ensure(session, name=name, role=role)
            for name, role in {**roles, "guest": "visitor"}.items()
        }
    return Panel(database, text_ids[0], people, count())


def test_who_agrees_waits_for_nobody_and_who_differs_does(panel: Panel) -> None:
    panel.says("ada", Verdict(("joy", "surprise"), None, {"valence": 4.0}))
    panel.says("ben", Verdict(("surprise", "joy"), "positive", {"valence": 3.0}))
    assert panel.waits == set()
    panel.says("cleo", FEAR)
    assert panel.waits == {"disagreement"}
    panel.do(corrections.undo, "cleo")
    assert panel.waits == set()


def test_who_says_less_than_others_does_not_differ(panel: Panel) -> None:
    panel.says("ada", Verdict(("joy",), "positive"))
    panel.says("ben", Verdict(("joy",)))
    assert panel.waits == set()
    with panel.database.read() as session:
        assert search.count(session, search.Query(state="disagreement")) == 0
        assert search.count(session, search.Query(state="labelled")) == 1


def test_what_is_accepted_stands_in_place_of_what_people_said(panel: Panel) -> None:
    panel.says("ada", JOY)
    panel.says("ben", FEAR)
    panel.decides("accept", SAD)
    label = panel.label
    assert label
    assert (label.labels, label.polarity, label.scores) == ({"sadness": 1.0}, {"negative": 1.0}, {"valence": 1.5})
    assert (label.decided, len(label.corrections), panel.waits) == ("accept", 2, set())
    panel.says("cleo", SAD)
    assert panel.waits == set()
    panel.says("cleo", JOY)  # somebody who came later differs: the verdict holds until a reviewer looks again
    assert panel.waits == {"disagreement"}
    assert panel.label
    assert panel.label.labels == {"sadness": 1.0}


def test_a_disagreement_that_stays_is_a_distribution_and_takes_later_answers_in(panel: Panel) -> None:
    panel.says("ada", JOY)
    panel.says("ben", FEAR)
    panel.decides("keep")
    panel.says("cleo", JOY)
    label = panel.label
    assert label
    assert label.labels == pytest.approx({"fear": 1 / 3, "joy": 2 / 3})
    assert (label.decided, panel.waits) == ("keep", set())


def test_what_is_rejected_makes_no_label_and_later_answers_begin_anew(panel: Panel) -> None:
    panel.says("ada", JOY)
    panel.says("ben", FEAR)
    panel.decides("reject")
    assert (panel.label, panel.waits) == (None, set())
    panel.says("cleo", SAD)
    label = panel.label
    assert label
    assert (label.labels, label.decided, panel.waits) == ({"sadness": 1.0}, None, set())
    panel.says("ada", JOY)
    assert panel.waits == {"disagreement"}


def test_a_proposal_makes_no_label_before_a_reviewer_accepts_it(panel: Panel) -> None:
    for verdict in (JOY, FEAR):  # of two visitors, who share a name
        panel.says("guest", verdict)
    assert (panel.label, panel.waits) == (None, {"proposal"})
    with panel.database.read() as session:
        assert [said.verdict for said in waiting.said(session, text_id=panel.text_id)] == [JOY, FEAR]
    panel.decides("accept", FEAR)
    assert panel.label
    assert (panel.label.labels, panel.label.corrections, panel.waits) == ({"fear": 1.0}, (), set())


def test_a_declined_proposal_touches_no_label_and_closes_no_disagreement(panel: Panel) -> None:
    panel.says("ada", JOY)
    panel.says("ben", FEAR)
    panel.says("guest", SAD)
    before = panel.label
    panel.decides("decline")
    assert (panel.label, panel.waits) == (before, {"disagreement"})
    panel.says("guest", SAD)
    assert panel.waits == {"disagreement", "proposal"}


def test_a_flag_waits_until_it_is_decided_on_and_one_that_was_wrong_opens_the_text_to_others(panel: Panel) -> None:
    panel.flags("ada")
    assert panel.waits == {"flag"}
    assert not served(panel, "ben")
    panel.decides("decline")
    assert panel.waits == {"flag"}
    panel.decides("keep")
    assert panel.waits == set()
    assert served(panel, "ben")
    assert not served(panel, "ada")
    panel.says("ben", JOY)
    panel.says("cleo", FEAR)
    assert panel.waits == {"disagreement"}


def served(panel: Panel, name: str) -> bool:
    from db.current import free_for_me

    person = panel.people[name].id
    with panel.database.write() as session:
        found = texts.next_in_pool(session, annotator_id=person, release=None, free=free_for_me(0.0))
    return found is not None and found.id == panel.text_id


def test_undo_walks_back_through_the_decisions_of_one_reviewer_or_takes_back_anybodys(panel: Panel) -> None:
    panel.says("ada", JOY)
    panel.says("ben", FEAR)
    panel.decides("keep")
    panel.decides("accept", SAD)
    panel.decides("accept", JOY, name="rolf")
    with panel.database.read() as session:
        decisions = [decision for _, decision in adjudications.recent(session, limit=9)]
    assert [(d.annotator, d.action) for d in decisions] == [("rolf", "accept"), ("rosa", "accept"), ("rosa", "keep")]
    taken_back = panel.undoes(id=decisions[0].id)
    assert isinstance(taken_back, Adjudication)
    assert taken_back.id == decisions[0].id
    assert panel.label
    assert panel.label.labels == {"sadness": 1.0}
    panel.undoes()
    assert panel.label
    assert panel.label.decided == "keep"
    panel.undoes()
    assert panel.waits == {"disagreement"}
    assert panel.undoes() is None
    assert panel.undoes(id=decisions[0].id) is None


def test_a_decision_sent_twice_is_stored_once(panel: Panel) -> None:
    panel.says("ada", JOY)
    how = {"text_id": panel.text_id, "kind": "disagreement", "seen": 1, "after": 0}
    with panel.database.write() as session:
        for _ in range(2):
            adjudications.save(session, client_id="x", annotator_id=panel.people["rosa"].id, action="keep", **how)
        assert len(adjudications.recent(session, limit=9)) == 1
        for _ in range(2):
            undone = adjudications.undo(session, client_id="y", annotator_id=panel.people["rosa"].id)
            assert undone
            assert undone.client_id == "x"
        with pytest.raises(StoreError, match="belongs to another decision"):
            adjudications.save(session, client_id="x", annotator_id=panel.people["rolf"].id, action="keep", **how)
        accept = {"client_id": "z", "annotator_id": panel.people["rosa"].id, "action": "accept", **how, "after": 9}
        for _ in range(2):
            adjudications.save(session, verdict=Verdict(("joy",)), **accept)
        with pytest.raises(StoreError, match="belongs to another decision"):
            adjudications.save(session, verdict=Verdict(("fear",)), **accept)


@pytest.mark.parametrize(
    ("action", "verdict", "after", "message"),
    [
        ("accept", corrections.NOTHING, 1, "Accepting needs a label"),
        ("keep", JOY, 1, "no other decision takes one"),
        ("keep", corrections.NOTHING, 0, "Somebody decided on this text meanwhile; look at the next one."),
    ],
)
def test_what_cannot_be_decided(panel: Panel, action: Ruling, verdict: Verdict, after: int, message: str) -> None:
    panel.says("ada", JOY)
    panel.decides("keep")
    with pytest.raises(StoreError, match=message):
        panel.do(
            adjudications.save, "rolf", text_id=panel.text_id, kind="flag", action=action, verdict=verdict, seen=1,
            after=after,
        )  # fmt: skip


def test_a_decision_on_ten_labelled_texts_measures_as_any_other_label(database: Database, panel: Panel) -> None:
    with database.write() as session:
        more = texts.add(session, contents=[f"line {n}" for n in range(60)], source="test", pooled=False)
    for text_id in more:
        panel.text_id = text_id
        panel.says("guest", JOY)
        panel.decides("accept", JOY)
    with database.read() as session:
        assert {label.measured for label in labels.accepted(session)} == {False, True}


def accepted(session: Session) -> list[tuple[str, str]]:
    return [(text.content, decision.annotator) for text, decision in adjudications.accepted(session)]


def test_only_the_decision_that_holds_is_the_accepted_one(panel: Panel) -> None:
    panel.says("ada", JOY)
    panel.decides("accept", FEAR)
    panel.decides("decline")
    panel.decides("accept", SAD, name="rolf")
    with panel.database.read() as session:
        assert accepted(session) == [("The kite flew.", "rolf")]
    panel.decides("reject")
    with panel.database.read() as session:
        assert accepted(session) == []


def test_erasing_a_reviewer_takes_the_decisions_out_and_remakes_the_labels(panel: Panel) -> None:
    panel.says("ada", JOY)
    panel.decides("accept", FEAR)
    panel.undoes("rolf", id=1)
    panel.decides("accept", SAD)
    with panel.database.write() as session:
        erasure.erase_annotator(session, name="rosa")
        assert adjudications.recent(session, limit=9) == []
    assert panel.label
    assert (panel.label.labels, panel.label.decided) == ({"joy": 1.0}, None)
    with panel.database.write() as session:
        erasure.erase_text(session, hash=texts.fingerprint("The kite flew."))
    assert panel.label is None


def test_what_another_reviewer_took_back_meanwhile_is_not_taken_back_twice(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel.says("ada", JOY)
    panel.decides("accept", JOY)
    lock, others = corrections.lock_text, ["rosa"]

    def quicker(session: Session, text_id: int) -> object:
        locked = lock(session, text_id)
        if others:  # as if the other's transaction had ended while this one waited for the text
            adjudications.undo(session, client_id="the other's", annotator_id=panel.people[others.pop()].id)
        return locked

    monkeypatch.setattr(corrections, "lock_text", quicker)
    assert panel.undoes() is None


def test_a_decision_is_found_though_its_reviewer_was_disabled_since(panel: Panel) -> None:
    def decided(client_id: str) -> Adjudication:
        how = {"kind": "disagreement", "action": "accept", "verdict": SAD, "seen": 0, "after": 0}
        with panel.database.write() as session:
            return adjudications.save(
                session, client_id=client_id, text_id=panel.text_id, annotator_id=panel.people["rosa"].id, **how
            )

    first = decided("1")
    with panel.database.write() as session:
        annotators.change(session, name="rosa", disabled=True)
    assert decided("1") == first
    with pytest.raises(StoreError, match="is disabled"):
        decided("2")
