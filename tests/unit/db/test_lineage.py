from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from db import annotators, corrections, events, lineage, portable, releases, texts
from db.engine import Database
from db.lineage import Marks
from db.records import Annotator, Verdict


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copy.sqlite"


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


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize("what", ["text", "annotator", "release"])
def test_whatever_a_copy_lacks_keeps_it_out(database: Database, what: str, copy: Path) -> None:
    portable.export(database, copy)
    with database.write() as session:
        if what == "text":
            texts.add(session, contents=["Only here."], source="test", pooled=False)
        elif what == "annotator":
            annotators.ensure(session, name="bob", role="annotator")
        else:
            releases.add(
                session, name="r1", parent=None, encoder_id="e", heads=b"", metrics=[], snapshot=None, report={"a": 1}
            )
    assert not behind(database, copy)


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
