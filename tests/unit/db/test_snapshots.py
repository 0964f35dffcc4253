import re
from typing import Any

import pytest
from sqlalchemy import update

from db import schema, snapshots
from db.engine import Database, StoreError


def test_a_snapshot_is_named_by_its_content(database: Database) -> None:
    rows: list[dict[str, Any]] = [
        {"text_id": 1, "labels": {"joy": 0.75, "love": 0.25}},
        {"text_id": 2, "labels": None, "note": "“é”"},
    ]
    with database.write() as session:
        name = snapshots.save(session, rows=rows)
        assert snapshots.name_of(rows) == name
        assert snapshots.save(session, rows=[dict(reversed(row.items())) for row in rows]) == name
        assert snapshots.save(session, rows=rows[:1]) != name
        assert snapshots.save(session, rows=rows[::-1]) != name
    with database.read() as session:
        assert snapshots.get(session, name=name) == rows
    assert re.fullmatch("[0-9a-f]{64}", name)


def test_unknown_and_changed_snapshots_are_refused(database: Database) -> None:
    with database.write() as session:
        name = snapshots.save(session, rows=[{"text_id": 1}])
        session.execute(update(schema.Snapshot).values(content='[{"text_id":2}]'))
    with database.read() as session:
        with pytest.raises(StoreError, match=r"^There is no snapshot 'abc'\.$"):
            snapshots.get(session, name="abc")
        damaged = f"^The snapshot '{name}' is damaged: its content is not what its name says; restore a backup.$"
        with pytest.raises(StoreError, match=damaged):
            snapshots.get(session, name=name)
