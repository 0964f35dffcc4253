"""What a file carries besides its texts, and files that are written whole or not at all."""

import json
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from emodemo import tables
from emodemo.errors import UserError
from model.readers import CorpusError


def write(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


def test_columns_are_those_of_any_row_with_a_type_that_holds_all(tmp_path: Path) -> None:
    rows = [{"text": "a", "n": 1}, {"text": "b", "n": 2.5, "tags": []}, {"text": "c", "tags": ["x"], "who": None}]
    path = write(tmp_path / "a.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    assert tables.carried(path, typed=False) == {"n": None, "tags": None, "who": None}
    found = tables.carried(path, typed=True)
    assert (found["n"], found["tags"], found["who"]) == (pa.float64(), pa.list_(pa.string()), pa.null())


def test_types_meet_over_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "BLOCK", 1)
    path = write(tmp_path / "a.jsonl", '{"text": "a", "n": null}\n{"text": "b", "n": 1}\n{"text": "c", "n": 0.5}\n')
    assert tables.carried(path, typed=True) == {"n": pa.float64()}


@pytest.mark.parametrize("second", ['"two"', "[1]", "1e400", str(2**80)])
def test_a_column_of_two_kinds_fits_no_parquet(second: str, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", f'{{"text": "a", "n": 1}}\n{{"text": "b", "n": {second}}}\n')
    if second == "1e400":
        assert tables.carried(path, typed=True) == {"n": pa.float64()}
        return
    with pytest.raises(CorpusError) as refused:
        tables.carried(path, typed=True)
    assert str(refused.value) == f"{path}: expected values of one kind for Parquet in the column 'n', lines 1 to 2."
    assert tables.carried(path, typed=False) == {"n": None}


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    path, times = tmp_path / "a.parquet", pa.timestamp("ms", tz="UTC")
    columns = {"text": ["a"], "at": pa.array([datetime(2026, 1, 1)], times), "size": pa.array([None], pa.int8())}
    parquet.write_table(pa.table(columns), path)
    assert tables.carried(path, typed=True) == {"at": times, "size": pa.int8()}


def test_no_column_takes_the_name_of_a_result() -> None:
    columns = dict.fromkeys(["joy", "input joy", "emotions", "note"])
    assert tables.renamed(columns) == {
        "joy": "input input joy", "input joy": "input joy", "emotions": "input emotions", "note": "note",
    }  # fmt: skip


def test_an_interrupted_file_leaves_the_one_before(tmp_path: Path) -> None:
    path = write(tmp_path / "out.csv", "before")
    with pytest.raises(KeyboardInterrupt), tables.writer(path, {}):
        raise KeyboardInterrupt
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("out.txt", "out.txt has a suffix that cannot be written; name a file that ends in .csv, .jsonl, .parquet."),
        ("none/out.csv", "none/out.csv cannot be written (No such file or directory); choose another file."),
    ],
)
def test_where_nothing_can_be_written(name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused, tables.writer(tmp_path / name, {}):
        pass
    assert str(refused.value) == f"{tmp_path}/{message}"
