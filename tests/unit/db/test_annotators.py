from datetime import UTC, datetime, timedelta

import pytest

from db import annotators, corrections, labels, waiting
from db.engine import Database, StoreError
from db.records import Annotator, Verdict


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


NOW = datetime(2026, 1, 2, tzinfo=UTC)
LOCK = {"most": 3, "lock": timedelta(minutes=15)}


def test_an_account_is_added_once_and_changed(database: Database) -> None:
    with database.write() as session:
        labelled = annotators.ensure(session, name="zoe", role="annotator")
        assert not annotators.any_accounts(session)
        zoe = annotators.add(session, name="zoe", role="reviewer", credential="hash")
        assert (zoe.id, zoe.role, zoe.credential) == (labelled.id, "reviewer", "hash")
        assert annotators.any_accounts(session)
        assert annotators.find(session, id=zoe.id) == zoe
        assert annotators.find(session, hub_name="zoe") is None
        with pytest.raises(StoreError, match=r"^There is an account 'zoe' already; "):
            annotators.add(session, name="zoe", role="admin", credential="other")
        changed = annotators.change(session, name="zoe", role="admin", credential="new", disabled=True)
        assert (changed.role, changed.credential, changed.disabled) == ("admin", "new", True)
        assert annotators.change(session, name="zoe") == changed
        with pytest.raises(StoreError, match=r"^There is no annotator 'bob'\.$"):
            annotators.change(session, name="bob", disabled=True)
    assert "hash" not in repr(zoe)


def test_tries_are_counted_before_they_are_judged_and_lock_a_name(database: Database) -> None:
    with database.write() as session:
        zoe = annotators.add(session, name="zoe", role="annotator", credential="hash")
    for n in range(3):
        with database.write() as session:
            tried = annotators.begin_sign_in(session, name="zoe", now=NOW, **LOCK)
            assert tried is not None, n
    later = NOW + timedelta(minutes=16)
    with database.write() as session:
        assert annotators.begin_sign_in(session, name="zoe", now=NOW, **LOCK) is None
        unlocked = annotators.begin_sign_in(session, name="zoe", now=later, **LOCK)
        assert unlocked is not None
        assert unlocked.locked_until is None
        annotators.end_sign_in(session, id=zoe.id)
    with database.read() as session:
        assert annotators.get(session, name="zoe") == zoe


def test_who_has_no_password_or_is_disabled_cannot_try(database: Database) -> None:
    with database.write() as session:
        annotators.add(session, name="hub", role="annotator", hub_name="hub")
        annotators.add(session, name="gone", role="annotator", credential="hash")
        annotators.change(session, name="gone", disabled=True)
        for name in ("hub", "gone", "nobody"):
            assert annotators.begin_sign_in(session, name=name, now=NOW, **LOCK) is None


def test_who_is_trusted_or_no_more_takes_their_word_along(
    database: Database, ada: Annotator, text_ids: list[int]
) -> None:
    with database.write() as session:
        corrections.save(
            session, client_id="c1", text_id=text_ids[0], annotator_id=ada.id, verdict=Verdict(("joy",)), visible=True
        )

    def labelled() -> tuple[int, list[int]]:
        with database.read() as session:
            waits = waiting.text_ids(session, kind="proposal", exclude=(), limit=9)
            return labels.count(session), [*waits]

    for role, expected in (
        ("visitor", (0, [text_ids[0]])), ("visitor", (0, [text_ids[0]])), ("reviewer", (1, [])), ("admin", (1, [])),
    ):  # fmt: skip
        with database.write() as session:
            annotators.change(session, name="ada", role=role)
        assert labelled() == expected
