"""The versions of what a label means."""

from db import annotators, erasure, guidelines
from db.engine import Database
from db.records import Annotator


def test_the_newest_version_holds_and_every_version_is_kept(database: Database, ada: Annotator) -> None:
    with database.write() as session:
        for definition in ("Glad.", "Glad or fond."):
            guidelines.save(session, label="joy", definition=definition, examples=["We sang."], author=ada)
        guidelines.save(session, label="fear", definition="Afraid.", examples=[], author=ada)
    with database.read() as session:
        current = guidelines.current(session)
        assert {label: version.definition for label, version in current.items()} == {
            "joy": "Glad or fond.",
            "fear": "Afraid.",
        }
        assert [(v.definition, v.examples, v.author) for v in guidelines.history(session, label="joy")] == [
            ("Glad or fond.", ("We sang.",), "ada"),
            ("Glad.", ("We sang.",), "ada"),
        ]


def test_a_version_stays_when_its_author_is_erased(database: Database, ada: Annotator) -> None:
    with database.write() as session:
        guidelines.save(session, label="joy", definition="Glad.", examples=[], author=ada)
        erasure.erase_annotator(session, name=ada.name)
        assert [person.name for person in annotators.all(session)] == []
        assert guidelines.current(session)["joy"].author is None
