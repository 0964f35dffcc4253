"""Texts of a person's own, from file to pool."""

from pathlib import Path

import pytest

from db import texts, turns
from emodemo import pooling
from emodemo.errors import UserError
from emodemo.pooling import Columns, Entry
from emodemo.services import Services
from model.readers import CorpusError


def test_columns_are_guessed_by_name_and_else_by_length() -> None:
    named = [{"ID": 1, "Utterance": "Hi.", "Dialogue_ID": "a", "turn": 3, "note": "a long remark beside it"}]
    assert pooling.guess(named) == Columns("Utterance", "Dialogue_ID", "turn")
    assert pooling.guess([{"a": "x", "b": "the longest"}]) == Columns("b")
    with pytest.raises(UserError, match=r"^The file has no row; choose one with texts\.$"):
        pooling.guess([])


def test_rows_that_cannot_be_annotated_are_counted_by_why() -> None:
    found = [{"t": "Hi."}, {"t": " "}, {"t": None}, {"t": ["x"]}, {"t": "x" * 11}, {"t": 7}]
    kept, skipped = pooling.entries(found, Columns("t"), longest=10)
    assert [entry.text for entry in kept] == ["Hi.", "7"]
    assert skipped == {"blank": 1, "no text in the column": 2, "longer than 10 characters": 1}


def test_a_large_file_is_stored_piece_by_piece_and_tells_how_far_it_is(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pooling, "CHUNK", 2)
    found = [Entry("One."), Entry("Two."), Entry("Two. "), Entry("Three."), Entry("One.")]
    steps = [(s.read, s.new, s.known) for s in pooling.store(services.database, found, source="test")]
    assert steps == [(2, 2, 0), (4, 3, 1), (5, 3, 2)]


def test_near_duplicates_are_left_out_and_told(services: Services) -> None:
    found = [Entry("We won!"), Entry("we won"), Entry("WE WON !!"), Entry("We  won!"), Entry("we won!", "d", 1)]
    [told] = pooling.store(services.database, found, source="test")
    assert [(fold.entry.text, fold.into) for fold in told.folded] == [("WE WON !!", "We won!")]
    assert (told.read, told.new, told.known) == (5, 3, 1)
    [again] = pooling.store(services.database, [fold.entry for fold in told.folded], source="test", fold=False)
    assert (again.new, again.folded) == (1, [])


def test_a_dialogues_rows_are_kept_in_their_order(services: Services) -> None:
    rows = [{"t": "B.", "d": "x", "n": "2"}, {"t": "A.", "d": "x", "n": "1"}, {"t": "C.", "d": None, "n": "0"}]
    kept, _ = pooling.entries(rows, Columns("t", "d", "n"), longest=10)
    [*_] = pooling.store(services.database, kept, source="test")
    with services.database.write() as session:
        b, c = texts.add(session, contents=["B.", "C."], source="test", pooled=False)
        assert turns.around(session, text_id=b, width=2) == (["A."], [])
        assert turns.around(session, text_id=c, width=2) == ([], [])


def test_too_long_a_file_is_refused_before_it_is_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "many.jsonl"
    file.write_text('{"text": "x"}\n' * 5)
    with pytest.raises(UserError, match=r"^The file has more than 4 rows, which is the most at once; split it\.$"):
        pooling.rows(file, most=4, longest=100)
    with pytest.raises(
        UserError, match=r"^The file has more than 2 characters, which is the most at once; split it\.$"
    ):
        pooling.rows(file, most=9, longest=2)


def test_a_text_file_is_read_by_the_rules_of_a_table(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("One\u2028text.\r\n\nTwo.\n", encoding="utf-8-sig", newline="")
    assert [row["text"] for row in pooling.rows(file, most=3, longest=100)] == ["One\u2028text.", "", "Two."]
    with pytest.raises(UserError, match=r"^The file has more than 1 rows, which is the most at once; split it\.$"):
        pooling.rows(file, most=1, longest=100)
    file.write_bytes(b"fine\ncaf\xe9\n")
    with pytest.raises(CorpusError, match=r"notes\.txt, line 2: expected UTF-8 text, found byte 0xe9\.$"):
        pooling.rows(file, most=9, longest=100)


def test_moments_in_milliseconds_keep_their_order_as_ranks() -> None:
    moments = ["1764300000001", "1764300000000", "9007199254740993", "9007199254740992"]
    rows = [{"t": str(n), "d": "x", "n": moment} for n, moment in enumerate(moments)]
    kept, _ = pooling.entries(rows, Columns("t", "d", "n"), longest=10)
    assert [entry.position for entry in kept] == [1, 0, 3, 2]
