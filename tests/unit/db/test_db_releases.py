from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from db import events, releases, schema, snapshots
from db.engine import Database, StoreError


def add(session: Session, name: str, **changed: Any) -> None:
    values: dict[str, Any] = {"parent": None, "heads": b"\0\xff", "metrics": [], "snapshot": None, "report": None}
    releases.add(session, name=name, encoder_id="e1", **values | changed)


def test_what_was_added_comes_back(database: Database) -> None:
    metrics = [{"corpus": "meld", "value": 0.81}]
    with database.write() as session:
        snapshot = snapshots.save(session, rows=[])
        add(session, "r1")
        add(session, "r2", parent="r1", metrics=metrics, snapshot=snapshot, report={"decision": "kept"}, heads=b"two")
    with database.read() as session:
        second, first = releases.all(session)
        assert releases.get(session, name="r2") == second
        assert releases.heads(session, name="r2") == b"two"
    assert (first.name, first.parent, first.metrics, first.report) == ("r1", None, [], None)
    assert (second.parent, second.encoder_id, second.snapshot) == ("r1", "e1", snapshot)
    assert (second.metrics, second.report) == (metrics, {"decision": "kept"})
    assert first.created_at <= second.created_at


def test_bad_releases_are_refused(database: Database) -> None:
    with database.write() as session:
        add(session, "r1")
        with pytest.raises(StoreError, match=r"^There is already a release 'r1'; choose another name\.$"):
            add(session, "r1")
        with pytest.raises(StoreError, match=r"^There is no snapshot 'abc'\.$"):
            add(session, "r2", snapshot="abc")
        for call in (releases.get, releases.heads):
            with pytest.raises(StoreError, match=r"^There is no release 'r2'\.$"):
                call(session, name="r2")
        with pytest.raises(StoreError, match=r"^There is no release 'r2'\.$"):
            releases.point(session, alias="production", release="r2", actor="ada", reason="")
        assert [release.name for release in releases.all(session)] == ["r1"]


def test_heads_that_were_changed_are_refused(database: Database) -> None:
    with database.write() as session:
        add(session, "r1")
        session.execute(update(schema.Release).values(heads=b"other"))
    damaged = r"^The heads of release 'r1' are damaged; promote another release or restore a backup\.$"
    with database.read() as session, pytest.raises(StoreError, match=damaged):
        releases.heads(session, name="r1")


def test_an_alias_moves_and_every_move_is_an_event(database: Database) -> None:
    with database.write() as session:
        add(session, "r1")
        add(session, "r2")
        assert releases.alias(session) is None
        releases.point(session, alias="production", release="r1", actor="ada", reason="first")
        releases.point(session, alias="candidate", release="r2", actor="ada", reason="trained")
        releases.point(session, alias="production", release="r2", actor="bea", reason="better")
    with database.read() as session:
        assert (releases.alias(session), releases.alias(session, alias="candidate")) == ("r2", "r2")
        newest = events.recent(session)[0]
    assert (newest.actor, newest.kind, newest.subject) == ("bea", "point", "r2")
    assert newest.detail == {"alias": "production", "from": "r1", "to": "r2", "reason": "better"}
