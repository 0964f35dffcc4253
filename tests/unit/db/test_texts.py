import re
from typing import Any

import numpy as np
import pytest
from sqlalchemy import event

from db import corrections, suggestions, texts
from db.engine import Database, StoreError
from db.records import Annotator, Text, Verdict


def test_same_text_is_stored_once_and_ids_keep_the_order(database: Database) -> None:
    with database.write() as session:
        first = texts.add(session, contents=["A café.", "b", "  b\n", "B"], source="one", pooled=False)
        again = texts.add(session, contents=["B", "A  cafe\u0301. "], source="two", pooled=False)
        stored = texts.get(session, text_id=first[0])
    assert first[1] == first[2]
    assert len(set(first)) == 3  # case matters
    assert again == [first[3], first[0]]
    assert stored == Text(first[0], "A café.", "one", False)


def test_the_first_spelling_is_kept(database: Database) -> None:
    with database.write() as session:
        text_id, _ = texts.add(session, contents=["two  spaces", "two spaces"], source="test", pooled=False)
        assert texts.get(session, text_id=text_id).content == "two  spaces"


def test_a_known_text_joins_the_pool_and_never_leaves_it(database: Database) -> None:
    for pooled, expected in ((False, False), (True, True), (False, True)):
        with database.write() as session:
            (text_id,) = texts.add(session, contents=["Hm."], source="test", pooled=pooled)
        with database.read() as session:
            assert texts.get(session, text_id=text_id).pooled is expected


def test_more_texts_than_one_statement_takes(database: Database) -> None:
    contents = [f"line {i}" for i in range(12_000)]
    with database.write() as session:
        ids = texts.add(session, contents=contents, source="test", pooled=True)
        assert texts.add(session, contents=contents[::-1], source="test", pooled=True) == ids[::-1]
    assert len(set(ids)) == len(contents)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (" \n\t", "An empty text cannot be stored; leave it out."),
        ("so\0so", "The text 'so�so' has the character U+0000, which cannot be stored; remove it."),
        ("half \ud83d", "The text 'half �' has the character U+D83D, which cannot be stored; remove it."),
    ],
)
def test_a_text_that_cannot_be_stored_is_refused_whole(database: Database, content: str, message: str) -> None:
    with database.write() as session:
        with pytest.raises(StoreError, match=f"^{re.escape(message)}$"):
            texts.add(session, contents=["fine", content], source="test", pooled=True)
        assert texts.add(session, contents=["other"], source="test", pooled=False)
        assert [t.content for t in texts.without_features(session, encoder_id="e", pooled_only=False, limit=9)] == [
            "other"
        ]


def test_unknown_text(database: Database) -> None:
    with database.read() as session, pytest.raises(StoreError, match=r"^There is no text 7\.$"):
        texts.get(session, text_id=7)


def test_pool_asks_the_most_uncertain_first(database: Database, ada: Annotator, text_ids: list[int]) -> None:
    a, b, c = text_ids
    with database.write() as session:
        suggestions.store(session, release="r1", rows=[(b, np.zeros(2), 0.2), (c, np.zeros(2), 0.9)])

    def next_id(release: str | None, *exclude: int) -> int | None:
        with database.read() as session:
            text = texts.next_in_pool(session, annotator_id=ada.id, release=release, exclude=exclude)
            return text.id if text else None

    assert [next_id("r1"), next_id("r1", c), next_id("r1", b, c), next_id("r1", a, b, c)] == [c, b, a, None]
    assert [next_id("r2"), next_id(None)] == [a, a]


def test_pool_breaks_ties_by_id(database: Database, ada: Annotator, text_ids: list[int]) -> None:
    with database.write() as session:
        suggestions.store(session, release="r1", rows=[(i, np.zeros(2), 0.5) for i in reversed(text_ids)])
        text = texts.next_in_pool(session, annotator_id=ada.id, release="r1")
    assert text
    assert text.id == text_ids[0]


def test_pool_leaves_out_what_this_person_judged(
    database: Database, ada: Annotator, visitor: Annotator, text_ids: list[int]
) -> None:
    a, b, c = text_ids
    with database.write() as session:
        texts.add(session, contents=["not in the pool"], source="test", pooled=False)
        corrections.save(session, client_id="1", text_id=a, annotator_id=ada.id, action="skip", visible=True)
        corrections.save(session, client_id="2", text_id=b, annotator_id=ada.id, action="flag", visible=True)
        corrections.save(
            session,
            client_id="3",
            text_id=c,
            annotator_id=visitor.id,
            verdict=Verdict(("joy",), None, {}),
            visible=True,
        )
        left = texts.next_in_pool(session, annotator_id=ada.id, release=None)
        assert left
        assert left.id == c
        assert texts.pool_size(session)[0] == 3
        assert texts.judged_count(session, annotator_id=ada.id) == 2
        assert texts.pool_size(session)[0] == 3
        assert texts.judged_count(session, annotator_id=visitor.id) == 1
        corrections.undo(session, client_id="4", annotator_id=ada.id)
        left = texts.next_in_pool(session, annotator_id=ada.id, release=None)
        assert left
        assert left.id == b
        assert texts.pool_size(session)[0] == 3
        assert texts.judged_count(session, annotator_id=ada.id) == 1


def test_the_search_begins_at_a_doubt_and_comes_back_for_what_stands_before_it(
    database: Database, ada: Annotator, text_ids: list[int]
) -> None:
    a, b, c = text_ids
    with database.write() as session:
        rows = [(a, np.zeros(2), 0.9), (b, np.zeros(2), 0.6), (c, np.zeros(2), 0.3)]
        suggestions.store(session, release="r1", rows=rows)
        found = []
        for _ in text_ids:
            text = texts.next_in_pool(session, annotator_id=ada.id, release="r1", exclude=found, doubt=0.6)
            assert text
            found.append(text.id)
    assert found == [b, c, a]


def test_the_order_of_the_pool_comes_from_an_index(sqlite_database: Database) -> None:
    seen: list[tuple[str, Any]] = []
    with sqlite_database.read() as session:
        event.listen(session.get_bind(), "before_cursor_execute", lambda *args: seen.append(args[2:4]))
        texts.next_in_pool(session, annotator_id=1, release="r1")
        statement, parameters = next(s for s in seen if "uncertainty DESC" in s[0])
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    steps = " / ".join(row[3] for row in plan)
    assert "ix_suggestion_order" in steps
    assert "TEMP B-TREE" not in steps


def test_features_round_trip_as_float16(database: Database, text_ids: list[int]) -> None:
    a, b, _ = text_ids
    vector = np.array([0.125, -2.5, 1 / 3], np.float32)
    with database.write() as session:
        texts.store_features(session, encoder_id="e1", features={a: np.ones(3), b: vector})
        texts.store_features(session, encoder_id="e1", features={a: vector})
        texts.store_features(session, encoder_id="e2", features={})
        found = texts.features(session, encoder_id="e1", text_ids=text_ids)
        assert texts.features(session, encoder_id="e2", text_ids=text_ids) == {}
    assert sorted(found) == [a, b]
    for row in found.values():
        assert row.dtype == np.float32
        np.testing.assert_array_equal(row, vector.astype(np.float16).astype(np.float32))


def test_texts_without_features(database: Database, text_ids: list[int]) -> None:
    with database.write() as session:
        (loose,) = texts.add(session, contents=["loose"], source="test", pooled=False)
        texts.store_features(session, encoder_id="e1", features={text_ids[0]: np.zeros(1)})

        def ids(encoder_id: str, pooled_only: bool, limit: int = 9) -> list[int]:
            rows = texts.without_features(session, encoder_id=encoder_id, pooled_only=pooled_only, limit=limit)
            return [row.id for row in rows]

        assert ids("e1", True) == text_ids[1:]
        assert ids("e1", False) == [*text_ids[1:], loose]
        assert ids("e2", True, limit=2) == text_ids[:2]
