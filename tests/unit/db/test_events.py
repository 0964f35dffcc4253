from datetime import UTC

from db import events
from db.engine import Database


def test_the_newest_events_come_first(database: Database) -> None:
    with database.write() as session:
        for i, kind in enumerate(("import", "retrain", "import")):
            events.add(session, actor="ada", kind=kind, subject=str(i), detail={"rows": i})
    with database.read() as session:
        assert [event.subject for event in events.recent(session)] == ["2", "1", "0"]
        assert [event.subject for event in events.recent(session, kind="import")] == ["2", "0"]
        (newest,) = events.recent(session, limit=1)
    assert (newest.actor, newest.kind, newest.detail) == ("ada", "import", {"rows": 2})
    assert newest.at.tzinfo == UTC
