from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from threading import Barrier, Thread

import pytest
from sqlalchemy import update

from db import annotators, corrections, labels, schema, waiting
from db.engine import Database, StoreError
from db.errors import Taken
from db.records import Annotator, Correction, Verdict

JOY, ANGER, SADNESS = (Verdict((name,), None, {}) for name in ("joy", "anger", "sadness"))


class Person:
    """Saves and undoes on behalf of one annotator, each in a transaction of its own."""

    clicks = count()

    def __init__(self, database: Database, annotator: Annotator) -> None:
        self.database, self.id = database, annotator.id

    def save(self, text_id: int, verdict: Verdict) -> Correction:
        with self.database.write() as session:
            client_id = f"click-{next(self.clicks)}"
            return corrections.save(
                session, client_id=client_id, text_id=text_id, annotator_id=self.id, verdict=verdict, visible=True
            )

    def undo(self, text_id: int | None = None) -> Correction | None:
        with self.database.write() as session:
            client_id = f"click-{next(self.clicks)}"
            return corrections.undo(session, client_id=client_id, annotator_id=self.id, text_id=text_id)

    def says(self, text_id: int) -> Verdict | None:
        with self.database.read() as session:
            current = corrections.current(session, annotator_id=self.id, text_id=text_id)
            return current.verdict if current else None


def accepted(database: Database) -> dict[int, dict[str, float] | None]:
    with database.read() as session:
        return {label.text_id: label.labels for label in labels.accepted(session)}


@pytest.fixture
def person(database: Database, ada: Annotator) -> Person:
    return Person(database, ada)


def test_everything_that_was_said_comes_back(database: Database, ada: Annotator, text_ids: list[int]) -> None:
    verdict = Verdict(("joy", "love"), "positive", {"valence": 4.5})
    noon_in_delhi = datetime(2026, 5, 4, 12, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    with database.write() as session:
        saved = corrections.save(
            session,
            client_id="c1",
            text_id=text_ids[0],
            annotator_id=ada.id,
            verdict=verdict,
            visible=False,
            release="2026.11.0",
            seconds=3.5,
            comment="clear",
            created_at=noon_in_delhi,
        )
    with database.read() as session:
        (stored,) = corrections.history(session)
    assert stored == Correction(
        id=saved.id,
        client_id="c1",
        text_id=text_ids[0],
        annotator_id=ada.id,
        annotator="ada",
        action="label",
        verdict=verdict,
        visible=False,
        release="2026.11.0",
        seconds=3.5,
        comment="clear",
        supersedes=None,
        created_at=datetime(2026, 5, 4, 6, 30, tzinfo=UTC),
    )
    assert stored.created_at.tzinfo == UTC


def test_a_new_correction_supersedes_and_nothing_is_overwritten(
    database: Database, person: Person, text_ids: list[int]
) -> None:
    first = person.save(text_ids[0], JOY)
    second = person.save(text_ids[0], ANGER)
    assert second.supersedes == first.id
    assert person.says(text_ids[0]) == ANGER
    with database.read() as session:
        assert [c.id for c in corrections.history(session, text_id=text_ids[0])] == [second.id, first.id]
    assert accepted(database) == {text_ids[0]: {"anger": 1.0}}


def test_undo_walks_back_any_number_of_steps(database: Database, person: Person, text_ids: list[int]) -> None:
    a, b, _ = text_ids
    for text_id, verdict in ((a, JOY), (b, SADNESS), (a, ANGER)):
        person.save(text_id, verdict)
    steps = []
    for _ in range(4):
        undone = person.undo()
        steps.append((undone and undone.text_id, person.says(a), person.says(b), accepted(database)))
    assert steps == [
        (a, JOY, SADNESS, {a: {"joy": 1.0}, b: {"sadness": 1.0}}),
        (b, JOY, None, {a: {"joy": 1.0}}),
        (a, None, None, {}),
        (None, None, None, {}),
    ]
    person.save(a, SADNESS)
    person.save(a, JOY)
    person.undo()
    person.save(a, ANGER)
    person.undo()
    assert person.says(a) == SADNESS


def test_undo_of_one_text_leaves_the_others(person: Person, text_ids: list[int]) -> None:
    a, b, c = text_ids
    person.save(a, JOY)
    person.save(b, ANGER)
    undone = person.undo(a)
    assert undone
    assert (undone.action, undone.text_id) == ("undo", a)
    assert (person.says(a), person.says(b)) == (None, ANGER)
    assert person.undo(c) is None


def test_nobody_undoes_the_work_of_another(database: Database, person: Person, text_ids: list[int]) -> None:
    person.save(text_ids[0], JOY)
    with database.write() as session:
        other = Person(database, annotators.ensure(session, name="bea", role="admin"))
    assert other.undo() is None
    assert person.says(text_ids[0]) == JOY


def test_a_retried_save_or_undo_is_stored_once(database: Database, ada: Annotator, text_ids: list[int]) -> None:
    for _ in range(2):
        with database.write() as session:
            for client_id, verdict in (("1", JOY), ("2", ANGER)):
                corrections.save(
                    session,
                    client_id=client_id,
                    text_id=text_ids[0],
                    annotator_id=ada.id,
                    verdict=verdict,
                    visible=True,
                )
    undone = []
    for _ in range(2):
        with database.write() as session:
            undone.append(corrections.undo(session, client_id="3", annotator_id=ada.id))
    assert undone[0] == undone[1]
    with database.read() as session:
        assert [c.client_id for c in corrections.history(session)] == ["3", "2", "1"]
        current = corrections.current(session, annotator_id=ada.id, text_id=text_ids[0])
    assert current
    assert current.client_id == "1"


def test_a_double_click_from_two_threads_is_stored_once(
    database: Database, ada: Annotator, text_ids: list[int]
) -> None:
    both, stored = Barrier(2), []

    def click() -> None:
        both.wait()
        with database.write() as session:
            stored.append(
                corrections.save(
                    session, client_id="same", text_id=text_ids[0], annotator_id=ada.id, verdict=JOY, visible=True
                )
            )

    threads = [Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stored) == 2
    assert stored[0] == stored[1]
    with database.read() as session:
        assert corrections.history(session) == stored[:1]


def test_people_who_correct_one_text_at_once_are_all_counted(database: Database, text_ids: list[int]) -> None:
    with database.write() as session:
        people = [annotators.ensure(session, name=f"person {i}", role="annotator") for i in range(4)]
    start = Barrier(len(people))

    def click(person: Annotator) -> None:
        start.wait()
        Person(database, person).save(text_ids[0], JOY)

    threads = [Thread(target=click, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        (label,) = labels.accepted(session)
    assert len(label.corrections) == len(people)


def test_a_client_id_of_another_correction_is_refused(
    database: Database, ada: Annotator, visitor: Annotator, text_ids: list[int]
) -> None:
    with database.write() as session:
        corrections.save(session, client_id="1", text_id=text_ids[0], annotator_id=ada.id, verdict=JOY, visible=True)
    taken = r"^The id '1' belongs to another correction; reload the page and correct again\.$"
    for text_id, annotator in ((text_ids[1], ada), (text_ids[0], visitor)):
        with pytest.raises(StoreError, match=taken), database.write() as session:
            corrections.save(
                session, client_id="1", text_id=text_id, annotator_id=annotator.id, verdict=JOY, visible=True
            )
    with pytest.raises(StoreError, match=taken), database.write() as session:
        corrections.undo(session, client_id="1", annotator_id=ada.id)


def test_a_visitor_proposes_and_touches_no_label(
    database: Database, person: Person, visitor: Annotator, text_ids: list[int]
) -> None:
    guest = Person(database, visitor)
    person.save(text_ids[0], JOY)
    with database.read() as session:
        newest = labels.newest(session)
    guest.save(text_ids[0], ANGER)
    guest.save(text_ids[1], ANGER)
    guest.save(text_ids[1], SADNESS)
    assert accepted(database) == {text_ids[0]: {"joy": 1.0}}
    with database.read() as session:
        assert labels.newest(session) == newest
        assert waiting.count(session, kind="proposal") == 2
        assert [(t.id, c.verdict) for t, c in corrections.accepted(session)] == [(text_ids[0], JOY)]
    guest.undo()
    guest.undo()
    with database.read() as session:
        assert waiting.count(session, kind="proposal") == 1


def test_a_skip_takes_the_label_away(database: Database, ada: Annotator, person: Person, text_ids: list[int]) -> None:
    person.save(text_ids[0], JOY)
    with database.write() as session:
        corrections.save(session, client_id="s", text_id=text_ids[0], annotator_id=ada.id, action="skip", visible=True)
    assert accepted(database) == {}
    with database.read() as session:
        assert list(corrections.accepted(session)) == []
    person.undo()
    assert accepted(database) == {text_ids[0]: {"joy": 1.0}}


def test_accepted_corrections_come_in_the_order_they_were_made(person: Person, text_ids: list[int]) -> None:
    a, b, c = text_ids
    for text_id, verdict in ((c, JOY), (a, ANGER), (c, SADNESS), (b, JOY)):
        person.save(text_id, verdict)
    with person.database.read() as session:
        rows = [(text.content, row.verdict) for text, row in corrections.accepted(session)]
    assert rows == [("The kite flew.", ANGER), ("We sang.", SADNESS), ("It rained.", JOY)]


def test_history_is_bounded_and_filtered(person: Person, visitor: Annotator, text_ids: list[int]) -> None:
    saved = [person.save(text_id, JOY) for text_id in text_ids]
    with person.database.read() as session:
        assert corrections.history(session, limit=2) == saved[:0:-1]
        assert corrections.history(session, annotator_id=visitor.id) == []
        assert corrections.history(session, annotator_id=person.id, text_id=text_ids[1]) == [saved[1]]


def test_bad_corrections_are_refused_and_leave_nothing(database: Database, ada: Annotator, text_ids: list[int]) -> None:
    def save(text_id: int, annotator_id: int, verdict: Verdict = JOY) -> None:
        with database.write() as session:
            corrections.save(
                session, client_id="1", text_id=text_id, annotator_id=annotator_id, verdict=verdict, visible=True
            )

    with pytest.raises(StoreError, match=r"^There is no text 999\.$"):
        save(999, ada.id)
    with pytest.raises(StoreError, match=r"^There is no annotator 999\.$"):
        save(text_ids[0], 999)
    with pytest.raises(StoreError, match=r"^A correction needs at least one label, a polarity or a score\.$"):
        save(text_ids[0], ada.id, Verdict((), None, {}))
    with database.write() as session:
        session.execute(update(schema.Annotator).values(disabled=True))
    with pytest.raises(StoreError, match=r"^The annotator 'ada' is disabled and cannot correct texts\.$"):
        save(text_ids[0], ada.id)
    with database.read() as session:
        assert corrections.history(session) == []
        assert labels.count(session) == 0


def test_what_was_stored_is_found_though_its_annotator_was_disabled_since(
    database: Database, ada: Annotator, text_ids: list[int]
) -> None:
    said = {"text_id": text_ids[0], "annotator_id": ada.id}
    with database.write() as session:
        first = corrections.save(session, client_id="1", verdict=JOY, visible=True, **said)
        undone = corrections.undo(session, client_id="2", **said)
        annotators.change(session, name="ada", disabled=True)
    with database.write() as session:
        assert corrections.save(session, client_id="1", verdict=JOY, visible=True, **said) == first
        assert corrections.undo(session, client_id="2", **said) == undone
    with pytest.raises(StoreError, match="is disabled"), database.write() as session:
        corrections.undo(session, client_id="3", **said)


def test_the_id_of_another_answer_stores_nothing(database: Database, ada: Annotator, text_ids: list[int]) -> None:
    said = {"client_id": "c1", "text_id": text_ids[0], "annotator_id": ada.id, "visible": True}
    with database.write() as session:
        first = corrections.save(session, verdict=Verdict(("joy", "joy", "love"), None, {"valence": 4}), **said)  # type: ignore[arg-type]
        assert corrections.save(session, verdict=Verdict(("joy", "love"), None, {"valence": 4.0}), **said) == first  # type: ignore[arg-type]
    with database.write() as session, pytest.raises(Taken, match="belongs to another correction"):
        corrections.save(session, verdict=SADNESS, **said)  # type: ignore[arg-type]
    assert accepted(database) == {text_ids[0]: {"joy": 0.5, "love": 0.5}}


def test_a_label_is_new_only_where_what_it_teaches_is(database: Database, ada: Annotator, text_ids: list[int]) -> None:
    with database.write() as session:
        bob = annotators.ensure(session, name="bob", role="annotator")
    Person(database, ada).save(text_ids[0], JOY)
    with database.read() as session:
        made = labels.newest(session)
    with database.write() as session:
        corrections.save(
            session, client_id="skip", text_id=text_ids[0], annotator_id=bob.id, action="skip", visible=True
        )
    with database.read() as session:
        assert labels.newest(session) == made
    Person(database, bob).save(text_ids[0], JOY)
    with database.read() as session:
        assert labels.count_since(session, since=made) == 1
