import csv
import errno
import io
from pathlib import Path

import pytest

from emodemo import exchange, importing
from emodemo.errors import UserError
from emodemo.services import Services, open_database
from emodemo.settings import Settings


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


def test_csv_and_parquet_hold_the_same_labels_and_csv_runs_no_formula(tmp_path: Path) -> None:
    store = database(tmp_path / "a")
    importing.import_labels(store, write(tmp_path / "labels.jsonl", LABELS))
    exchange.export(store, "csv", tmp_path / "labels.csv")
    with (tmp_path / "labels.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["text"] for row in rows] == ["What a day…\nTruly", "What a day…\nTruly", "'=1+1"]
    assert rows[0]["labels"] == "joy|love"
    exchange.export(store, "parquet", tmp_path / "labels.parquet")
    again = database(tmp_path / "b")
    assert importing.import_labels(again, tmp_path / "labels.parquet").read == 3
    assert [row["text"] for row in exchange.exported(again)][2] == "=1+1"


def test_an_export_that_fails_leaves_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = database(tmp_path / "store")
    importing.import_labels(store, write(tmp_path / "labels.jsonl", LABELS))
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
    importing.import_labels(store, write(tmp_path / "labels.jsonl", LABELS))
    monkeypatch.setattr("sys.stdout", Gone())
    with pytest.raises(BrokenPipeError):
        exchange.export(store, "jsonl", None)


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
