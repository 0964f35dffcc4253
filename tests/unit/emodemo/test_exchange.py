import csv
import errno
import io
import json
from pathlib import Path

import pytest

from emodemo import exchange
from emodemo.errors import UserError
from emodemo.services import Services, open_database
from emodemo.settings import Settings
from model.readers import CorpusError


def database(folder: Path):  # type: ignore[no-untyped-def]
    return open_database(Settings.load().model_copy(update={"home": folder, "database_url": ""}))


def write(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


LABELS = (
    '{"text": "What a day…\\nTruly", "labels": ["joy", "love"], "annotator": "ann"}\n'
    '{"text": "What a day…\\nTruly", "labels": ["joy"], "annotator": "bob"}\n'
    '{"text": "=1+1", "polarity": "negative", "scores": {"valence": 1.25, "review": 0.5}, "annotator": "ann"}\n'
)


def test_labels_round_trip_exactly_through_jsonl(tmp_path: Path) -> None:
    first, second = database(tmp_path / "a"), database(tmp_path / "b")
    assert exchange.import_labels(first, write(tmp_path / "labels.jsonl", LABELS)) == 3
    exchange.export(first, "jsonl", tmp_path / "one.jsonl")
    exchange.import_labels(second, tmp_path / "one.jsonl")
    exchange.export(second, "jsonl", tmp_path / "two.jsonl")
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()
    rows = [json.loads(line) for line in (tmp_path / "one.jsonl").read_text(encoding="utf-8").splitlines()]
    named = [{k: row[k] for k in ("text", "labels", "polarity", "scores", "annotator") if k in row} for row in rows]
    assert named == [json.loads(line) for line in LABELS.splitlines()]
    assert [row["agreement"] for row in rows] == [0.5, 0.5, 1.0]


def test_the_same_file_twice_is_stored_once(tmp_path: Path) -> None:
    store = database(tmp_path / "a")
    path = write(tmp_path / "labels.jsonl", LABELS)
    exchange.import_labels(store, path)
    exchange.import_labels(store, path)
    assert len(list(exchange.exported(store))) == 3


def test_csv_and_parquet_hold_the_same_labels_and_csv_runs_no_formula(tmp_path: Path) -> None:
    store = database(tmp_path / "a")
    exchange.import_labels(store, write(tmp_path / "labels.jsonl", LABELS))
    exchange.export(store, "csv", tmp_path / "labels.csv")
    with (tmp_path / "labels.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["text"] for row in rows] == ["What a day…\nTruly", "What a day…\nTruly", "'=1+1"]
    assert rows[0]["labels"] == "joy|love"
    exchange.export(store, "parquet", tmp_path / "labels.parquet")
    again = database(tmp_path / "b")
    assert exchange.import_labels(again, tmp_path / "labels.parquet") == 3
    assert [row["text"] for row in exchange.exported(again)][2] == "=1+1"


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
        ("a.csv", "text,labels,id\nx,joy,1\ny,joy,1\n", r"a\.csv, line 3: expected an 'id' of its own, found '1' of another correction\.$"),
        ("a.txt", "x", r"a\.txt: expected a file that ends in \.csv, \.tsv, \.jsonl, \.parquet\.$"),
        ("a.parquet", "x", r"a\.parquet: expected a Parquet file "),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_and_changes_nothing(name: str, content: str, message: str, tmp_path: Path) -> None:
    store = database(tmp_path / "a")
    good = '{"text": "fine", "labels": ["joy"]}\n' if name.endswith("jsonl") else ""
    path = write(tmp_path / name, content + "\n" + good)
    with pytest.raises(CorpusError, match=message):
        exchange.import_labels(store, path)
    assert list(exchange.exported(store)) == []


def test_what_was_blind_or_early_is_so_in_every_format(tmp_path: Path) -> None:
    first = database(tmp_path / "first")
    content = (
        '{"text": "Seen.", "labels": ["joy"], "annotator": 7, "visible": true, "created_at": "2026-05-01 10:00:00"}\n'
        '{"text": "Blind.", "labels": ["joy"], "annotator": 7, "visible": false, "seconds": 2.5}\n'
    )
    exchange.import_labels(first, write(tmp_path / "labels.jsonl", content))
    exact = [*exchange.exported(first)]
    assert [(row["annotator"], row["visible"]) for row in exact] == [("7", True), ("7", False)]
    assert (exact[0]["created_at"], exact[1]["seconds"]) == ("2026-05-01T10:00:00+00:00", 2.5)
    for format in ("jsonl", "csv", "parquet"):
        exchange.export(first, format, tmp_path / f"again.{format}")
        again = database(tmp_path / format)
        exchange.import_labels(again, tmp_path / f"again.{format}")
        assert [*exchange.exported(again)] == exact


def test_an_export_that_fails_leaves_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = database(tmp_path / "store")
    exchange.import_labels(store, write(tmp_path / "labels.jsonl", LABELS))
    file = write(tmp_path / "out.jsonl", "what was there\n")

    def full(_rows: object, _format: str, to: io.TextIOBase) -> None:
        to.write('{"text": "half')
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(exchange, "_write", full)
        with pytest.raises(
            UserError, match=r"out\.jsonl cannot be written \(No space left on device\); choose another"
        ):
            exchange.export(store, "jsonl", file)
    assert [path.name for path in tmp_path.glob("out.*")] == ["out.jsonl"]
    assert file.read_text() == "what was there\n"


def test_a_reader_that_goes_away_is_no_file_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Gone(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    store = database(tmp_path / "store")
    exchange.import_labels(store, write(tmp_path / "labels.jsonl", LABELS))
    monkeypatch.setattr("sys.stdout", Gone())
    with pytest.raises(BrokenPipeError):
        exchange.export(store, "jsonl", None)


def test_texts_enter_the_pool_whatever_their_other_columns_hold(tmp_path: Path) -> None:
    content = '{"text": "One.", "labels": 3, "scores": "good"}\n{"text": "Two.", "labels": [1, 2]}\n'
    assert exchange.import_pool(database(tmp_path), write(tmp_path / "pool.jsonl", content)).new == 2


def test_a_broken_encoding_names_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"text\nfine\ncaf\xe9\n")
    with pytest.raises(CorpusError, match=r"a\.csv, line 3: expected UTF-8 text, found byte 0xe9\.$"):
        exchange.import_pool(database(tmp_path / "a"), path)


def test_texts_enter_the_pool_once(tmp_path: Path, services: Services) -> None:
    path = write(tmp_path / "pool.csv", "text\nOne text.\nAnother.\nOne text.\n\n")
    assert exchange.import_pool(services.database, path).read == 3
    from db import annotators, texts

    with services.database.write() as session:
        person = annotators.ensure(session, name="ann", role="annotator")
        assert texts.pool_size(session)[0] == 2
        assert texts.judged_count(session, annotator_id=person.id) == 0


def test_parquet_is_not_printed(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="^Parquet is not text; name a file with --to\\.$"):
        exchange.export(database(tmp_path / "a"), "parquet", None)


def test_lines_keep_order_blank_lines_and_odd_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("\ufeffone\r\n\n\u2028two\x0b\0\nlast".encode())
    assert list(exchange.lines(path)) == ["one\r\n", "\n", "\u2028two\x0b \n", "last"]


def test_analysis_as_csv_has_a_column_for_each_figure(services: Services) -> None:
    from emodemo.analysis import analyze

    rows = [s.row() for block in analyze(services.live.predictor, "=HYPERLINK is a word. I am glad!") for s in block]
    stream = io.StringIO(newline="")
    exchange.write_analysis_csv(rows, stream)
    first, second = csv.DictReader(io.StringIO(stream.getvalue(), newline=""))
    assert first["text"] == "'=HYPERLINK is a word."
    assert float(second["joy"]) == rows[1]["emotions"]["joy"]
    assert float(second["polarity positive"]) == rows[1]["polarity"]["positive"]
    assert second["labels"] == "|".join(rows[1]["labels"])
