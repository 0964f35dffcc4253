import pytest

from db import annotators
from db.engine import Database, StoreError


def test_ensure_adds_once_and_keeps_the_role(database: Database) -> None:
    with database.write() as session:
        zoe = annotators.ensure(session, name="zoe", role="reviewer")
        assert annotators.ensure(session, name="zoe", role="visitor") == zoe
        bea = annotators.ensure(session, name="bea", role="visitor")
    with database.read() as session:
        assert annotators.all(session) == [bea, zoe]
        assert annotators.get(session, name="zoe") == zoe
    assert (zoe.role, zoe.disabled) == ("reviewer", False)


def test_bad_annotators_are_refused(database: Database) -> None:
    with database.write() as session:
        with pytest.raises(StoreError, match=r"^There is no annotator 'bob'\.$"):
            annotators.get(session, name="bob")
        unknown = r"^Unknown role 'boss'; expected one of: visitor, annotator, reviewer, admin\.$"
        with pytest.raises(StoreError, match=unknown):
            annotators.ensure(session, name="bob", role="boss")
        with pytest.raises(StoreError, match=r"^An annotator needs a name\.$"):
            annotators.ensure(session, name=" ", role="admin")
        assert annotators.all(session) == []
