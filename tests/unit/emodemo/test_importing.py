import json
import os
from pathlib import Path
from typing import Any

import pytest

from db import annotators, corrections, waiting
from db.engine import Database
from emodemo import accounts, exchange, importing, pooling
from emodemo.errors import UserError
from emodemo.services import Services
from model.readers import CorpusError
from tests.unit.emodemo.test_exchange import LABELS, database, write


def test_labels_round_trip_exactly_through_jsonl(tmp_path: Path) -> None:
    first, second = database(tmp_path / "a"), database(tmp_path / "b")
    assert importing.import_labels(first, write(tmp_path / "labels.jsonl", LABELS)).read == 3
    exchange.export(first, "jsonl", tmp_path / "one.jsonl")
    importing.import_labels(second, tmp_path / "one.jsonl")
    exchange.export(second, "jsonl", tmp_path / "two.jsonl")
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()
    rows = [json.loads(line) for line in (tmp_path / "one.jsonl").read_text(encoding="utf-8").splitlines()]
    named = [{k: row[k] for k in ("text", "labels", "polarity", "scores", "annotator") if k in row} for row in rows]
    assert named == [json.loads(line) for line in LABELS.splitlines()]
    assert [row["agreement"] for row in rows] == [0.5, 0.5, 1.0]


def said(store: Database, tmp_path: Path, *rows: dict[str, Any]) -> int:
    """Read rows about one text, by ann where they do not tell; returns how many were new."""
    lines = [json.dumps({"text": "A day.", "annotator": "ann"} | row) for row in rows]
    told = importing.import_labels(store, write(tmp_path / "said.jsonl", "\n".join(lines)))
    assert told.read == len(rows)
    return told.new


def accepted(store: Database) -> list[list[str]]:
    return [row["labels"] for row in exchange.exported(store)]


JOY, ANGER = {"labels": ["joy"]}, {"labels": ["anger"]}


def test_the_same_file_twice_is_stored_once(tmp_path: Path) -> None:
    store = database(tmp_path / "a")
    path = write(tmp_path / "labels.jsonl", LABELS)
    assert [importing.import_labels(store, path).new for _ in range(2)] == [3, 0]
    assert len(list(exchange.exported(store))) == 3


@pytest.mark.parametrize("kind", [{}, {"adjudicated": True, "annotator": "rosa"}])
def test_an_earlier_answer_given_anew_is_the_newest(tmp_path: Path, kind: dict[str, Any]) -> None:
    store = database(tmp_path)
    for row, new in ((JOY, 1), (ANGER, 1), (JOY, 1), (JOY, 0)):
        assert said(store, tmp_path, row | kind) == new
        assert accepted(store) == [row["labels"]]


def test_an_answer_that_was_taken_back_can_be_given_anew(tmp_path: Path) -> None:
    store = database(tmp_path)
    said(store, tmp_path, JOY, ANGER)
    for client_id in ("u1", "u2"):
        with store.write() as session:
            corrections.undo(session, client_id=client_id, annotator_id=annotators.get(session, name="ann").id)
    assert said(store, tmp_path, JOY, ANGER) == 2
    assert accepted(store) == [["anger"]]


@pytest.mark.parametrize(
    "rows",
    [[JOY, JOY, ANGER, JOY], [JOY, ANGER | {"id": "a1"}, JOY], [ANGER | {"id": "a1"}, JOY, ANGER],
     [ANGER, JOY | {"created_at": "2026-05-01"}, JOY | {"created_at": "2026-05-02"}]],
)  # fmt: skip
def test_several_answers_about_one_text_are_stored_once(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    """Also where an earlier reading ended between them."""
    for stored in range(len(rows)):
        store = database(tmp_path / str(stored))
        new = said(store, tmp_path, *rows[:stored]) + said(store, tmp_path, *rows)
        assert (new, said(store, tmp_path, *rows)) == (3, 0)
        assert accepted(store) == [rows[-1]["labels"]]
        with store.read() as session:
            assert len(corrections.history(session)) == 3


def test_a_row_that_tells_when_it_was_said_is_not_said_anew(tmp_path: Path) -> None:
    store = database(tmp_path)
    before = JOY | {"created_at": "2026-05-01T10:00:00+02:00"}
    assert [said(store, tmp_path, row) for row in (before, ANGER, before)] == [1, 1, 0]
    assert accepted(store) == [["anger"]]


def test_an_export_comes_back_after_its_annotator_was_disabled(tmp_path: Path) -> None:
    store = database(tmp_path)
    said(store, tmp_path, JOY | {"text": "Another."}, ANGER | {"annotator": "rosa", "adjudicated": True})
    exchange.export(store, "jsonl", tmp_path / "out.jsonl")
    with store.write() as session:
        for name in ("ann", "rosa"):
            annotators.change(session, name=name, disabled=True)
    told = importing.import_labels(store, tmp_path / "out.jsonl")
    assert (told.read, told.new) == (2, 0)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (JOY, r"line 4: expected an annotator who is not disabled, found 'ann'\.$"),
        (JOY | {"annotator": " "}, r"line 4: expected a name of 1 to 500 characters in 'annotator', found ' '\.$"),
        (JOY | {"id": "x" * 501}, r"line 4: expected a name of 1 to 500 characters in 'id', found 'x+'\.$"),
        (JOY | {"text": " "}, r"line 4: expected a text in the column 'text', found nothing\.$"),
        (JOY | {"created_at": "0001-01-01T00:00:00+02:00"}, r"line 4: expected a 'created_at' like "),
    ],
)
def test_a_bad_row_behind_many_good_ones_changes_nothing(
    row: dict[str, Any], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pooling, "CHUNK", 2)
    store = database(tmp_path)
    said(store, tmp_path, JOY | {"text": "Before."})
    with store.write() as session:
        annotators.change(session, name="ann", disabled=True)
    good = [JOY | {"text": f"Text {n}.", "annotator": "bob"} for n in range(3)]
    with pytest.raises(CorpusError, match=message):
        said(store, tmp_path, *good, row)
    assert len(accepted(store)) == 1


def test_columns_that_nothing_reads_are_told(tmp_path: Path) -> None:
    labels = write(tmp_path / "a.csv", "text,labels,sarcasm,blank,valence,\nx,joy,true,,3,\ny,joy,,,3,7\n")
    told = importing.import_labels(database(tmp_path / "a"), labels)
    assert (told.new, told.passed_over) == (2, ["sarcasm", ""])
    assert pooling.told_passed_over(told.passed_over) == "Columns passed over: 'sarcasm', ''."
    assert pooling.told_passed_over([*"abcdefghijklmnopqrstuvwxyz"]).endswith(", 't', ….")
    told = importing.import_pool(database(tmp_path / "b"), labels)
    assert told.passed_over == ["labels", "sarcasm", "valence", ""]


def test_of_an_export_only_what_is_found_anew_is_passed_over(tmp_path: Path, services: Services) -> None:
    content = JOY | {
        "text": "Seen.",
        "visible": True,
        "release": "r1",
        "seconds": 2,
        "chosen": "random",
        "comment": "x",
    }
    said(services.database, tmp_path, content, ANGER | {"adjudicated": True})
    for format in ("jsonl", "csv", "parquet"):
        exchange.export(services.database, format, tmp_path / f"out.{format}")
        told = importing.import_labels(services.database, tmp_path / f"out.{format}")
        assert (told.new, sorted(told.passed_over)) == (0, ["agreement", "split", "text_id"])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", '{"text": "x", "labels": ["glee"]}', r"a\.jsonl, line 1: expected usable labels and scores \(Unknown label 'glee'; "),
        ("a.jsonl", '{"text": "x", "scores": {"valence": 7}}', r"line 1: expected usable labels and scores \(Score 'valence' is 7; expected a number from 1 to 5\)\.$"),
        ("a.jsonl", '{"text": "x"}', r"line 1: expected usable labels and scores \(Nothing was chosen; "),
        ("a.jsonl", '{"text": "x"\n', r"line 1: expected one JSON object a line "),
        ("a.csv", "body,labels\nx,joy\n", r"a\.csv, line 1: expected a column 'text', found body, labels\.$"),
        ("a.jsonl", '{"text": "x", "labels": ["joy"], "visible": "perhaps"}', r"line 1: expected 'visible' to be one of 1, true, yes, 0, "),
        ("a.jsonl", '{"text": "x", "labels": ["joy"], "created_at": 7}', r"line 1: expected a 'created_at' like 2026-11-28T09:30:00Z, found 7\.$"),
        ("a.csv", "text,labels,seconds\nx,joy,soon\n", r"a\.csv, line 2: expected a number for 'seconds', found 'soon'\.$"),
        ("a.csv", "text,labels,id\nx,joy,1\ny,joy,1\n", r"a\.csv, line 3: expected an 'id' of its own, found '1' of another answer\.$"),
        ("a.txt", "x", r"a\.txt: expected a file that ends in \.csv, \.tsv, \.jsonl, \.parquet\.$"),
        ("a.parquet", "x", r"a\.parquet: expected a Parquet file "),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_and_changes_nothing(name: str, content: str, message: str, tmp_path: Path) -> None:
    store = database(tmp_path / "a")
    good = '{"text": "fine", "labels": ["joy"]}\n' if name.endswith("jsonl") else ""
    path = write(tmp_path / name, content + "\n" + good)
    with pytest.raises(CorpusError, match=message):
        importing.import_labels(store, path)
    assert list(exchange.exported(store)) == []


def test_what_was_blind_or_early_is_so_in_every_format(tmp_path: Path) -> None:
    first = database(tmp_path / "first")
    content = (
        '{"text": "Seen.", "labels": ["joy"], "annotator": 7, "visible": true, "created_at": "2026-05-01 10:00:00"}\n'
        '{"text": "Blind.", "labels": ["joy"], "annotator": 7, "visible": false, "seconds": 2.5}\n'
    )
    importing.import_labels(first, write(tmp_path / "labels.jsonl", content))
    exact = [*exchange.exported(first)]
    assert [(row["annotator"], row["visible"]) for row in exact] == [("7", True), ("7", False)]
    assert (exact[0]["created_at"], exact[1]["seconds"]) == ("2026-05-01T10:00:00+00:00", 2.5)
    for format in ("jsonl", "csv", "parquet"):
        exchange.export(first, format, tmp_path / f"again.{format}")
        again = database(tmp_path / format)
        importing.import_labels(again, tmp_path / f"again.{format}")
        assert [*exchange.exported(again)] == exact


def test_texts_enter_the_pool_whatever_their_other_columns_hold(tmp_path: Path) -> None:
    content = '{"text": "One.", "labels": 3, "scores": "good"}\n{"text": "Two.", "labels": [1, 2]}\n'
    assert importing.import_pool(database(tmp_path), write(tmp_path / "pool.jsonl", content)).new == 2


def test_a_broken_encoding_names_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"text\nfine\ncaf\xe9\n")
    with pytest.raises(CorpusError, match=r"a\.csv, line 3: expected UTF-8 text, found byte 0xe9\.$"):
        importing.import_pool(database(tmp_path / "a"), path)


def test_texts_enter_the_pool_once(tmp_path: Path, services: Services) -> None:
    path = write(tmp_path / "pool.csv", "text\nOne text.\nAnother.\nOne text.\n\n")
    assert importing.import_pool(services.database, path).read == 3
    from db import annotators, texts

    with services.database.write() as session:
        person = annotators.ensure(session, name="ann", role="annotator")
        assert texts.pool_size(session)[0] == 2
        assert texts.judged_count(session, annotator_id=person.id) == 0


def test_a_reviewers_decision_comes_back_as_one(tmp_path: Path) -> None:
    first, second = database(tmp_path / "a"), database(tmp_path / "b")
    content = (
        '{"text": "Odd.", "labels": ["joy"], "annotator": "ann"}\n'
        '{"text": "Odd.", "labels": ["fear"], "annotator": "bob"}\n'
        '{"text": "Odd.", "labels": ["anger"], "annotator": "rosa", "id": "d1", "adjudicated": true, "comment": "tone"}\n'
    )
    importing.import_labels(first, write(tmp_path / "labels.jsonl", content))
    exact = [*exchange.exported(first)]
    assert [(row["annotator"], row["labels"], row["adjudicated"]) for row in exact] == [("rosa", ["anger"], True)]
    for format in ("jsonl", "csv"):
        exchange.export(first, format, tmp_path / f"out.{format}")
        for store in (first, second):
            importing.import_labels(store, tmp_path / f"out.{format}")
    assert [*exchange.exported(first)] == exact
    assert [row | {"agreement": 0.0} for row in exchange.exported(second)] == exact
    with first.read() as session:
        assert annotators.get(session, name="rosa").role == "reviewer"
        assert len(corrections.history(session)) == 2


def test_nobodys_name_stays_untrusted(tmp_path: Path) -> None:
    store = database(tmp_path)
    importing.import_labels(
        store, write(tmp_path / "a.jsonl", '{"text": "x", "labels": ["joy"], "annotator": "visitor"}')
    )
    assert [*exchange.exported(store)] == []
    with store.read() as session:
        assert waiting.count(session, kind="proposal") == 1
    with pytest.raises(UserError, match="is that of everybody who is not signed in"):
        accounts.change(store, "visitor", role="annotator", actor="test")


def test_a_large_file_lets_others_write_between(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pooling, "CHUNK", 2)
    store, pauses = database(tmp_path), list[float]()
    monkeypatch.setattr(importing.time, "sleep", pauses.append)
    rows = "".join(f'{{"text": "Text {n}.", "labels": ["joy"]}}\n' for n in range(5))
    assert importing.import_labels(store, write(tmp_path / "a.jsonl", rows)).read == 5
    assert len(pauses) == 3
    twice = '{"text": "New.", "labels": ["joy"], "id": 1}\n{"text": "Other.", "labels": ["joy"], "id": 1}\n'
    with pytest.raises(CorpusError, match=r"line 7: expected an 'id' of its own, found '1' of another answer"):
        importing.import_labels(store, write(tmp_path / "b.jsonl", rows.replace("Text", "Another") + twice))
    assert len([*exchange.exported(store)]) == 5


def test_a_file_whose_name_is_no_utf8_is_read(tmp_path: Path) -> None:
    file = write(tmp_path / os.fsdecode(b"caf\xe9.jsonl"), '{"text": "x", "labels": ["joy"], "seconds": 1}')
    assert importing.import_labels(database(tmp_path / "a"), file).read == 1
    assert importing.import_pool(database(tmp_path / "b"), file).new == 1
