"""Erasing reaches every row that refers to what goes, and nothing else."""

import json
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import func, select

from db import (
    adjudications,
    annotators,
    corrections,
    erasure,
    events,
    labels,
    queue,
    releases,
    snapshots,
    suggestions,
    texts,
)
from db.engine import Database
from db.records import Annotator, Verdict
from db.schema import Base, Snapshot


@pytest.fixture
def bob(database: Database) -> Annotator:
    with database.write() as session:
        return annotators.ensure(session, name="bob", role="annotator")


@pytest.fixture
def trained(database: Database, ada: Annotator, bob: Annotator, text_ids: list[int]) -> list[int]:
    """Ada and Bob on the first text, Ada on the second; a release trained on both, one on the second alone."""
    first, second, _ = text_ids
    with database.write() as session:
        for person, text_id, label in ((ada, first, "joy"), (bob, first, "fear"), (ada, second, "joy")):
            for n in range(2):  # the second supersedes the first
                corrections.save(
                    session, client_id=f"{person.name} {text_id} {n}", text_id=text_id, annotator_id=person.id,
                    verdict=Verdict((label,)), visible=True,
                )  # fmt: skip
        texts.store_features(session, encoder_id="e", features={i: np.ones(2) for i in text_ids})
        suggestions.store(session, release="r1", rows=[(i, np.ones(1), 0.5) for i in text_ids])
        for name, ids in (("r1", [first, second]), ("r2", [second])):
            rows = [{"text_id": i, "labels": {"joy": 1.0}, "measured": False} for i in ids]
            releases.add(
                session, name=name, parent=None, encoder_id="e", heads=b"", metrics=[],
                snapshot=snapshots.save(session, rows=rows), report={"flips": [{"text_id": i} for i in ids]},
            )  # fmt: skip
    return text_ids


def count(database: Database, table: str) -> int:
    with database.read() as session:
        return session.scalars(select(func.count()).select_from(Base.metadata.tables[table])).one()


def test_a_text_goes_with_all_that_was_made_of_it(database: Database, trained: list[int]) -> None:
    _, second, third = trained
    with database.write() as session:
        erased = erasure.erase_text(session, hash=texts.fingerprint("The kite flew."))
    assert erased == erasure.Erased(texts=1, corrections=4, releases=("r1",))
    assert [count(database, name) for name in ("text", "feature", "suggestion", "correction", "label")] == [
        2,
        2,
        2,
        2,
        1,
    ]
    with database.read() as session:
        assert [label.text_id for label in labels.accepted(session)] == [second]
        assert texts.get(session, text_id=third)
        assert releases.get(session, name="r1").report == {"flips": [{"text_id": second}]}
        assert "text_id" in json.dumps(releases.get(session, name="r2").report)


def test_snapshots_keep_that_something_was_erased_but_not_what(database: Database, trained: list[int]) -> None:
    first, second, _ = trained
    with database.write() as session:
        erasure.erase_text(session, hash=texts.fingerprint("The kite flew."))
    with database.read() as session:
        names = [releases.get(session, name=name).snapshot for name in ("r1", "r2")]
        assert [snapshots.was_erased_from(session, name=name) for name in names] == [True, False]
        assert snapshots.get(session, name=names[0] or "") == [
            {"text_id": first, "erased": True, "measured": False},
            {"text_id": second, "labels": {"joy": 1.0}, "measured": False},
        ]
        assert set(session.scalars(select(Snapshot.name))) == set(names)


def test_a_text_that_only_measured_taught_no_release(database: Database, trained: list[int]) -> None:
    first, second, _ = trained
    rows = [{"text_id": first, "labels": {"joy": 1.0}, "measured": True}, {"text_id": second, "measured": False}]
    with database.write() as session:
        releases.add(
            session, name="r3", parent=None, encoder_id="e", heads=b"", metrics=[],
            snapshot=snapshots.save(session, rows=rows), report=None,
        )  # fmt: skip
        assert erasure.erase_text(session, hash=texts.fingerprint("The kite flew.")).releases == ("r1",)
    with database.read() as session:
        name = releases.get(session, name="r3").snapshot
        assert snapshots.get(session, name=name or "")[0] == {"text_id": first, "erased": True, "measured": True}
        assert not snapshots.was_erased_from(session, name=name)


def test_a_row_that_was_erased_before_it_kept_whether_it_measured_counts_as_trained_on(database: Database) -> None:
    with database.write() as session:
        name = snapshots.save(session, rows=[{"text_id": 7, "erased": True}])
        assert snapshots.was_erased_from(session, name=name)


def test_a_report_names_an_erased_text_no_more(database: Database, trained: list[int]) -> None:
    first, second, third = trained
    because = {str(first): [second], str(second): [first, third], str(third): []}
    with database.write() as session:
        releases.add(
            session, name="r3", parent=None, encoder_id="e", heads=b"", metrics=[], snapshot=None,
            report={"flips": [{"text_id": i} for i in trained], "because": because},
        )  # fmt: skip
        erasure.erase_text(session, hash=texts.fingerprint("The kite flew."))
    with database.read() as session:
        assert releases.get(session, name="r3").report == {
            "flips": [{"text_id": second}, {"text_id": third}],
            "because": {str(second): [third], str(third): []},
        }


def test_whoever_only_skipped_or_rejected_a_text_taught_nothing_of_it(database: Database, trained: list[int]) -> None:
    first, second, _ = trained
    with database.write() as session:
        rosa = annotators.ensure(session, name="rosa", role="reviewer")
        corrections.save(session, client_id="s", text_id=first, annotator_id=rosa.id, action="skip", visible=True)
        adjudications.save(
            session, client_id="a", text_id=second, annotator_id=rosa.id, kind="flag", action="reject", seen=9, after=0
        )
    with database.write() as session:
        assert erasure.erase_annotator(session, name="rosa") == erasure.Erased(0, 1, ())
    with database.read() as session:
        assert {label.text_id for label in labels.accepted(session)} == {first, second}


def test_a_person_goes_and_the_labels_of_others_are_remade(
    database: Database, ada: Annotator, bob: Annotator, trained: list[int]
) -> None:
    first, second, _ = trained
    with database.write() as session:
        [lone] = texts.add(session, contents=["Only Ada saw this."], source="page", pooled=False)
        corrections.save(
            session, client_id="lone", text_id=lone, annotator_id=ada.id, verdict=Verdict(("joy",)), visible=True
        )
        events.add(session, actor="ada", kind="retrain", subject="r1", detail={})
    with database.write() as session:
        erased = erasure.erase_annotator(session, name="ada")
    assert erased == erasure.Erased(texts=1, corrections=5, releases=("r1", "r2"))
    with database.read() as session:
        assert annotators.all(session) == [bob]
        (label,) = labels.accepted(session)
        assert (label.text_id, label.labels) == (first, {"fear": 1.0})
        assert texts.get(session, text_id=second)
        assert [event.actor for event in events.recent(session, kind="retrain")] == [erasure.ERASED]


@pytest.mark.usefixtures("trained")
def test_erasing_what_is_not_there_does_nothing(database: Database) -> None:
    before = [count(database, name) for name in ("text", "correction", "annotator")]
    with database.write() as session:
        assert erasure.erase_text(session, hash="0") == erasure.Erased(0, 0, ())
        assert erasure.erase_annotator(session, name="nobody") == erasure.Erased(0, 0, ())
    assert [count(database, name) for name in ("text", "correction", "annotator")] == before


def test_the_file_itself_holds_nothing_of_it_any_more(sqlite_database: Database, file: Path) -> None:
    secret = "A sentence that nobody may find."
    with sqlite_database.write() as session:
        texts.add(session, contents=[secret, "Another."], source="test", pooled=True)
    assert any(secret.encode() in path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
    with sqlite_database.write() as session:
        erasure.erase_text(session, hash=texts.fingerprint(secret))
    sqlite_database.compact()
    assert not any(secret.encode() in path.read_bytes() for path in file.parent.glob(f"{file.name}*"))


def test_what_was_found_out_about_a_text_that_was_erased_meanwhile_is_left_out(
    database: Database, text_ids: list[int]
) -> None:
    a, b, c = text_ids
    with database.write() as session:
        erasure.erase_text(session, hash=texts.fingerprint(texts.get(session, text_id=a).content))
    with database.write() as session:
        texts.store_features(session, encoder_id="e", features={i: np.ones(2) for i in (b, a)})
        suggestions.store(session, release="r1", rows=[(i, np.ones(1), 0.5) for i in (a, c)])
        queue.store(session, release="r1", parts={"strategy": [c, a, b], "conflict": [a]})
    with database.read() as session:
        assert sorted(texts.features(session, encoder_id="e", text_ids=text_ids)) == [b]
        assert [suggestions.get(session, release="r1", text_id=i) is None for i in text_ids] == [True, True, False]
        assert queue.left(session, release="r1") == {"strategy": 2}
