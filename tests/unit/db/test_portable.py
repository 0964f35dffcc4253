"""Everything out of one database and into another, of the same kind or the other one."""

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import (
    adjudications,
    annotators,
    claims,
    corrections,
    events,
    guidelines,
    portable,
    queue,
    releases,
    snapshots,
    suggestions,
    texts,
    turns,
    vocabulary,
)
from db.engine import Database, StoreError
from db.records import AddedLabel, Annotator, Claim, Verdict
from db.schema import Base


def fill(database: Database, ada: Annotator, text_ids: list[int]) -> None:
    """A row at least in every table, with every kind of value."""
    with database.write() as session:
        texts.store_features(session, encoder_id="e1", features={text_ids[0]: np.array([0.5, -2.0])})
        suggestions.store(session, release="r1", rows=[(text_ids[0], np.array([0.25]), 0.75)])
        vocabulary.put(session, AddedLabel("nostalgia", "sadness", "Longs for what is gone.", "“Back then …”"))
        queue.store(session, release="r1", parts={"strategy": [text_ids[0]]})
        verdict = Verdict(("joy", "fear", "nostalgia"), "positive", {"valence": 4.5})
        for n, labels in enumerate((verdict, Verdict(None, "neutral", {}))):
            corrections.save(
                session, client_id=f"c{n}", text_id=text_ids[0], annotator_id=ada.id, verdict=labels, visible=True,
                release="r1", seconds=1.5, comment="Zoë — “quoted”",
            )  # fmt: skip
        corrections.undo(session, client_id="u", annotator_id=ada.id)
        name = snapshots.save(session, rows=[{"text_id": text_ids[0], "labels": {"joy": 1.0}}])
        releases.add(
            session, name="r1", parent=None, encoder_id="e1", heads=b"\x00\xff", metrics=[], snapshot=name, report=None
        )
        releases.point(session, alias="production", release="r1", actor="ada", reason="test")
        turns.store(session, rows=[("d", 1, text_ids[0])])
        held = Claim("random", False, "r1", texts.get(session, text_id=text_ids[0]))
        adjudications.save(
            session, client_id="a", text_id=text_ids[0], annotator_id=ada.id, kind="flag", action="accept",
            verdict=verdict, seen=1, after=0, comment="“Yes”",
        )  # fmt: skip
        adjudications.undo(session, client_id="b", annotator_id=ada.id)
        guidelines.save(session, label="joy", definition="“Glad”", examples=["We sang."], author=ada)
        claims.hold(session, held, annotator_id=ada.id, until=datetime.now(UTC))


def content(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.read() as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key.columns))]
            for table in Base.metadata.sorted_tables
        }


def test_a_copy_holds_every_row_and_goes_back_into_either_database(
    database: Database, ada: Annotator, text_ids: list[int], tmp_path: Path
) -> None:
    fill(database, ada, text_ids)
    before = content(database)
    assert all(before.values())
    portable.export(database, tmp_path / "copy.sqlite")
    with portable.opened(tmp_path / "copy.sqlite") as copy:
        assert content(copy) == before
    with database.write() as session:
        texts.add(session, contents=["Another."], source="test", pooled=False)
        corrections.undo(session, client_id="u2", annotator_id=ada.id)
    portable.load(database, tmp_path / "copy.sqlite")
    assert content(database) == before


def test_the_id_of_an_erased_row_is_not_given_out_after_a_restore(
    database: Database, text_ids: list[int], tmp_path: Path
) -> None:
    with database.write() as session:
        session.execute(Base.metadata.tables["text"].delete())
    portable.export(database, tmp_path / "copy.sqlite")
    portable.load(database, tmp_path / "copy.sqlite")
    with database.write() as session:
        assert texts.add(session, contents=["New."], source="test", pooled=False)[0] > max(text_ids)


def test_the_copy_is_one_file_and_what_is_in_it_is_of_one_moment(
    database: Database, text_ids: list[int], tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    portable.export(database, tmp_path / "out" / "copy.sqlite")
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["copy.sqlite"]
    with closing(sqlite3.connect(tmp_path / "out" / "copy.sqlite")) as raw:
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert raw.execute("SELECT count(*) FROM text").fetchone() == (len(text_ids),)


@pytest.mark.usefixtures("text_ids")
def test_a_refused_load_changes_nothing(database: Database, tmp_path: Path) -> None:
    portable.export(database, tmp_path / "copy.sqlite")
    with database.write() as session:
        events.add(session, actor="ada", kind="k", subject="s", detail={})
    before = content(database)

    def refuse(here: Session, there: Session) -> None:
        assert events.recent(here)
        assert not events.recent(there)
        raise StoreError("No.")

    with pytest.raises(StoreError, match=r"^No\.$"):
        portable.load(database, tmp_path / "copy.sqlite", agreed=refuse)
    assert content(database) == before


@pytest.mark.usefixtures("ada")
def test_what_is_no_whole_snapshot_is_refused(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "copy.sqlite"
    with pytest.raises(
        StoreError, match=f"^The snapshot {re.escape(str(file))} is missing or empty; use another one.$"
    ):
        portable.load(database, file)
    with database.write() as session:
        texts.add(session, contents=[f"Text {n}." for n in range(2000)], source="test", pooled=False)
    portable.export(database, file)
    whole = file.read_bytes()
    half = len(whole) // 2 // 4096 * 4096
    for broken in (b"garbage" * 1000, whole[:half], whole[:half] + bytes(8192) + whole[half + 8192 :]):
        file.write_bytes(broken)
        with pytest.raises(StoreError, match="is damaged or is not an SQLite database"):
            portable.load(database, file)
    with database.read() as session:
        assert [person.name for person in annotators.all(session)] == ["ada"]


def test_an_empty_database_file_and_a_newer_one_are_refused(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "copy.sqlite"
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("PRAGMA user_version=1")
    with pytest.raises(StoreError, match="holds no tables; use another one"):
        portable.load(database, file)
    portable.export(database, file)
    with closing(sqlite3.connect(file)) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match=r"was written by a newer version of emodemo \(revision 9999\)"):
        portable.load(database, file)
