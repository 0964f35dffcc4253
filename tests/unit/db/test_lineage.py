from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from db import (
    adjudications,
    annotators,
    corrections,
    erasure,
    events,
    guidelines,
    lineage,
    portable,
    releases,
    texts,
    vocabulary,
)
from db.engine import Database
from db.lineage import Marks
from db.records import AddedLabel, Annotator, Verdict


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copy.sqlite"


def release(session: Session, name: str) -> None:
    releases.add(session, name=name, parent=None, encoder_id="e", heads=b"", metrics=[], snapshot=None, report={"a": 1})


def event(session: Session, *, kind: str, actor: str = "ada", subject: str = "bob") -> None:
    events.add(session, actor=actor, kind=kind, subject=subject, detail={})


DEEDS: dict[str, Callable[[Session, Annotator, int], Any]] = {
    "text": lambda session, *_: texts.add(session, contents=["Only here."], source="test", pooled=False),
    "annotator": lambda session, *_: annotators.ensure(session, name="bob", role="annotator"),
    "release": lambda session, *_: release(session, "r2"),
    "correction": lambda session, ada, text_id: save(session, ada, text_id, "c2"),
    "decision": lambda session, ada, text_id: adjudications.save(
        session, client_id="a1", text_id=text_id, annotator_id=ada.id, kind="flag", action="reject", seen=0, after=0
    ),
    "label": lambda session, *_: vocabulary.put(session, AddedLabel("nostalgia", "sadness", "Longing.", "")),
    "guideline": lambda session, ada, _: guidelines.save(
        session, label="joy", definition="Gladness.", examples=[], author=ada
    ),
    "promotion": lambda session, *_: releases.point(session, alias="production", release="r1", actor="ada", reason="x"),
    "role": lambda session, *_: event(session, kind="account"),
    "label retired": lambda session, *_: event(session, kind="retire label"),
}
NOBODYS: dict[str, Callable[[Session], Any]] = {
    "start": lambda session: releases.point(
        session, alias="production", release="r1", actor="emodemo", reason="first start"
    ),
    "backup": lambda session: lineage.remember(session, backup="elsewhere"),
    "sign-in": lambda session: event(session, kind=events.SIGN_IN),
    "news read": lambda session: event(session, kind=events.TOLD),
    "failure": lambda session: event(session, kind="failed", actor="emodemo"),
    "failure read": lambda session: event(session, kind=events.SEEN),
    "scheduled run": lambda session: event(session, kind="retrain", actor="schedule"),
}


def save(session: Session, ada: Annotator, text_id: int, client_id: str) -> None:
    corrections.save(
        session, client_id=client_id, text_id=text_id, annotator_id=ada.id, verdict=Verdict(("joy",)), visible=True
    )


def behind(database: Database, file: Path) -> bool:
    with portable.opened(file) as other, other.read() as there, database.read() as here:
        return lineage.is_behind(here, there)


def test_changes_count_what_people_make_and_no_backups(database: Database, ada: Annotator, text_ids: list[int]) -> None:
    with database.write() as session:
        before = lineage.remember(session, backup="b1")
        assert before == Marks(corrections=0, annotators=1, events=0, texts=max(text_ids))
    with database.write() as session:
        save(session, ada, text_ids[0], "c1")
        events.add(session, actor="ada", kind="point", subject="r", detail={})
        lineage.remember(session, backup="b2")
    with database.read() as session:
        assert Marks.of(session).changes(before) == 2
        assert lineage.known(session, backup="b1") == before
        assert lineage.known(session, backup="b3") is None


def test_a_database_is_behind_a_copy_that_has_all_of_it(
    database: Database, ada: Annotator, text_ids: list[int], copy: Path
) -> None:
    portable.export(database, copy)
    assert behind(database, copy)
    with database.write() as session:
        save(session, ada, text_ids[0], "c1")
    assert not behind(database, copy)
    portable.export(database, copy)
    assert behind(database, copy)


@pytest.fixture
def copied(database: Database, ada: Annotator, text_ids: list[int], copy: Path) -> Path:
    """A copy of a database with a correction and a release."""
    with database.write() as session:
        release(session, "r1")
        save(session, ada, text_ids[0], "c1")
    portable.export(database, copy)
    return copy


@pytest.mark.parametrize("what", DEEDS)
def test_whatever_a_copy_lacks_keeps_it_out(
    database: Database, ada: Annotator, text_ids: list[int], copied: Path, what: str
) -> None:
    with database.write() as session:
        DEEDS[what](session, ada, text_ids[0])
    assert not behind(database, copied)
    portable.export(database, copied)
    assert behind(database, copied)


@pytest.mark.parametrize("what", NOBODYS)
def test_what_nobody_did_is_not_missed(database: Database, copied: Path, what: str) -> None:
    with database.write() as session:
        lineage.remember(session, backup="b1")
    portable.export(database, copied)
    with database.write() as session:
        NOBODYS[what](session)
    assert behind(database, copied)
    with portable.opened(copied) as other:
        with other.write() as session:
            erasure.erase_text(session, hash=texts.fingerprint("The kite flew."))
        with database.read() as here, other.read() as there:
            assert lineage.is_behind(here, there)


def test_what_a_person_of_the_apps_name_did_is_missed(database: Database, copied: Path) -> None:
    with database.write() as session:
        annotators.ensure(session, name="emodemo", role="admin")
    portable.export(database, copied)
    assert behind(database, copied)
    with database.write() as session:
        event(session, kind="point", actor="emodemo")
    assert not behind(database, copied)


def test_what_was_erased_from_a_descendant_is_not_missed_in_it(
    database: Database, ada: Annotator, text_ids: list[int], copy: Path
) -> None:
    with database.write() as session:
        save(session, ada, text_ids[0], "c1")
        lineage.remember(session, backup="b1")
    portable.export(database, copy)
    with portable.opened(copy) as other:
        with other.write() as session:
            annotators.ensure(session, name="bob", role="annotator")
            for table in ("label", "correction"):
                session.connection().exec_driver_sql(f"DELETE FROM {table}")
        with database.read() as here, other.read() as there:
            assert lineage.is_behind(here, there)
        with database.write() as session:
            save(session, ada, text_ids[1], "c2")
        with database.read() as here, other.read() as there:
            assert not lineage.is_behind(here, there)
