from datetime import UTC, datetime

from sqlalchemy import update

from db import adjudications, annotators, corrections, history, labels
from db.engine import Database
from db.records import Action, Annotator, Ruling, Verdict
from db.schema import Label

JOY = Verdict(("joy",), None, {})


def say(database: Database, person: Annotator, text_id: int, action: Action = "label") -> None:
    with database.write() as session:
        known = corrections.count(session)
        verdict = JOY if action == "label" else corrections.NOTHING
        corrections.save(
            session, client_id=str(known), text_id=text_id, annotator_id=person.id, action=action, verdict=verdict,
            visible=True,
        )  # fmt: skip


def decide(database: Database, person: Annotator, text_id: int, action: Ruling) -> None:
    with database.write() as session:
        seen, after = history.end(session).correction, adjudications.newest(session, text_id=text_id)
        verdict = JOY if action == "accept" else corrections.NOTHING
        adjudications.save(
            session, client_id=f"decision {after}", text_id=text_id, annotator_id=person.id, kind="disagreement",
            action=action, seen=seen, after=after, verdict=verdict,
        )  # fmt: skip


def end(database: Database) -> history.Point:
    with database.read() as session:
        return history.end(session)


def changed(database: Database, after: history.Point) -> int:
    with database.read() as session:
        return history.changed(session, after=after)


def bob(database: Database, role: str = "annotator") -> Annotator:
    with database.write() as session:
        annotators.ensure(session, name="bob", role=role)
        return annotators.change(session, name="bob", role=role)


def test_what_is_labelled_is_changed_whatever_the_clock_said(
    database: Database, ada: Annotator, text_ids: list[int]
) -> None:
    first = end(database)
    say(database, ada, text_ids[0])
    second = end(database)
    say(database, ada, text_ids[1])
    with database.write() as session:
        session.execute(update(Label).values(updated_at=datetime(2001, 1, 1, tzinfo=UTC)))
        assert labels.count(session) == 2
    assert [changed(database, point) for point in (first, second, end(database))] == [2, 1, 0]


def test_what_leaves_the_label_as_it_was_changes_nothing(
    database: Database, ada: Annotator, visitor: Annotator, text_ids: list[int]
) -> None:
    one, two, _ = text_ids
    for text_id in (one, two):
        say(database, ada, text_id)
    point = end(database)
    say(database, visitor, one)
    decide(database, bob(database), one, "decline")
    say(database, bob(database), two, "skip")
    assert changed(database, point) == 0


def test_an_undo_and_a_decision_change_a_label_that_stays(
    database: Database, ada: Annotator, text_ids: list[int]
) -> None:
    one, two, three = text_ids
    for person in (ada, bob(database)):
        say(database, person, one)
        say(database, person, two)
    say(database, ada, three)
    point = end(database)
    with database.write() as session:
        corrections.undo(session, client_id="undo", annotator_id=ada.id, text_id=one)
        corrections.undo(session, client_id="none left", annotator_id=ada.id, text_id=three)
    assert changed(database, point) == 1
    decide(database, ada, two, "accept")
    assert changed(database, point) == 2


def test_a_role_that_makes_somebodys_word_count_changes_what_they_labelled(
    database: Database, ada: Annotator, text_ids: list[int]
) -> None:
    for text_id in text_ids:
        say(database, ada, text_id)
    say(database, bob(database), text_ids[0])
    point = end(database)
    bob(database, "reviewer")
    assert changed(database, point) == 0
    bob(database, "visitor")
    assert changed(database, point) == 1
    without = end(database)
    bob(database)
    assert [changed(database, each) for each in (point, without)] == [0, 1]
