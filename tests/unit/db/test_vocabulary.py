"""Added labels: what is stored of them, and how they stand beside what every release knows."""

import pytest

from db import annotators, corrections, labels, vocabulary
from db.engine import Database, StoreError
from db.records import AddedLabel, Annotator, Verdict

NOSTALGIA = AddedLabel("nostalgia", "sadness", "Longs for what is gone.", "")


def say(database: Database, person: Annotator, text_id: int, *names: str) -> None:
    with database.write() as session:
        corrections.save(
            session, client_id=f"{person.id} {text_id} {names}", text_id=text_id, annotator_id=person.id,
            verdict=Verdict(names, None, {}), visible=True,
        )  # fmt: skip


def test_a_label_is_put_changed_retired_and_offered_again(database: Database) -> None:
    with database.write() as session:
        vocabulary.put(session, NOSTALGIA)
        vocabulary.put(session, AddedLabel("awe", "surprise", "Feels small.", "What a sky."))
        vocabulary.retire(session, name="nostalgia")
        assert [(each.name, each.retired) for each in vocabulary.all(session)] == [("nostalgia", True), ("awe", False)]
        vocabulary.put(session, NOSTALGIA)
        assert vocabulary.all(session)[0] == NOSTALGIA
        with pytest.raises(StoreError, match=r"^There is no added label 'glee'\.$"):
            vocabulary.retire(session, name="glee")


def test_what_people_say_with_it_leaves_the_other_labels_as_without_it(
    database: Database, ada: Annotator, text_ids: list[int]
) -> None:
    a, b, c = text_ids
    with database.write() as session:
        vocabulary.put(session, NOSTALGIA)
        bob = annotators.ensure(session, name="bob", role="annotator")
    say(database, ada, a, "joy", "nostalgia")
    say(database, bob, a, "sadness")
    say(database, ada, b, "nostalgia")
    say(database, ada, c, "joy")
    with database.read() as session:
        found = {label.text_id: (label.labels, label.added) for label in labels.accepted(session)}
        assert labels.added_counts(session, least=0.5) == {"nostalgia": 2}
        own = {label.text_id: (label.labels, label.added) for label in corrections.own(session, annotator_id=ada.id)}
    assert found == {
        a: ({"joy": 0.5, "sadness": 0.5}, {"nostalgia": 0.5}),
        b: (None, {"nostalgia": 1.0}),
        c: ({"joy": 1.0}, {}),
    }
    assert own == {a: ({"joy": 1.0}, {"nostalgia": 1.0}), b: (None, {"nostalgia": 1.0}), c: ({"joy": 1.0}, {})}
