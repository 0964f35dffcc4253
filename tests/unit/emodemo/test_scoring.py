"""``score``: every format in and out, in bounded memory, and what is refused."""

import csv
import json
import tracemalloc
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from emodemo import scoring
from emodemo.analysis import analyze_lines
from emodemo.exchange import flat_analysis
from emodemo.services import Services
from emodemo.tables import Scored
from model.readers import CorpusError
from tests.unit.emodemo.test_cli import emodemo

TEXTS = ["We won!", "", 'She said "no",\nthen left.\r\n', "=1+1", "🎉 at last", "  ", "caf\u00e9\u2028a|b", "'@home"]
NOTES = ["=2", "a\nb", "", "-", "🎭", '"', "x,y", "z"]
FORMATS = (".csv", ".jsonl", ".parquet")


def write(path: Path, count: int = len(TEXTS)) -> Path:
    """A table of odd texts and cells, in the format that the suffix names."""
    rows = [{"text": TEXTS[n % 8], "id": str(n), "note": NOTES[n % 8], "joy": "yes"} for n in range(count)]
    if path.suffix == ".csv":
        pd.DataFrame(rows).to_csv(path, index=False)
    elif path.suffix == ".parquet":
        pd.DataFrame(rows).to_parquet(path, index=False)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def read(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        return pd.read_parquet(path).to_dict("records")
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream)) if path.suffix == ".csv" else [json.loads(line) for line in stream]


def safe(value: str) -> str:
    return f"'{value}" if value.startswith(("=", "-", "@")) else value


@pytest.mark.parametrize("source", FORMATS)
@pytest.mark.parametrize("target", FORMATS)
def test_every_format_gives_the_rows_of_analyze_and_what_stood_beside(
    source: str, target: str, tmp_path: Path, services: Services
) -> None:
    path, to = write(tmp_path / f"in{source}"), tmp_path / f"out{target}"
    predictor = services.live.predictor
    assert scoring.score(path, to, scoring.local(predictor)) == len(TEXTS)
    expected = [next(iter(analyze_lines(predictor, [text]))).row() | {"text": text, "end": len(text)} for text in TEXTS]
    others = [{"id": str(n), "note": note, "input joy": "yes"} for n, note in enumerate(NOTES)]
    found = read(to)
    assert [row["text"] for row in found] == [safe(text) if target == ".csv" else text for text in TEXTS]
    assert [row["note"] for row in found] == [safe(note) if target == ".csv" else note for note in NOTES]
    if target == ".jsonl":
        assert [set(row) for row in found] == [set(row | other) for row, other in zip(expected, others, strict=True)]
        assert [row["emotions"]["joy"] for row in found] == pytest.approx(
            [row["emotions"]["joy"] for row in expected], abs=0.02
        )
    else:
        flat = [flat_analysis(row) | other for row, other in zip(expected, others, strict=True)]
        assert [list(row) for row in found] == [list(row) for row in flat]
        assert [float(row["joy"]) for row in found] == pytest.approx([row["joy"] for row in flat], abs=0.02)
    assert sorted(file.name for file in tmp_path.iterdir() if file.is_file()) == sorted([path.name, to.name])


def test_a_file_can_take_its_own_place(tmp_path: Path, services: Services) -> None:
    path = write(tmp_path / "a.jsonl")
    scoring.score(path, path, scoring.local(services.live.predictor))
    assert [row["text"] for row in read(path)] == TEXTS


@pytest.mark.parametrize("suffix", FORMATS)
def test_ten_times_the_rows_take_no_more_memory(suffix: str, tmp_path: Path, services: Services) -> None:
    [(row, _)] = scoring.score_block(services.live.predictor, [{"text": "We won!"}])

    def known(file: Path) -> Iterator[list[Scored]]:  # predicting takes the time, reading and writing the memory
        for block in scoring.read(file):
            yield [(row | {"text": line["text"]}, {"id": line["id"]}) for line in block]

    peaks = []
    for count in (2_000, 20_000):
        path = write(tmp_path / f"{count}{suffix}", count)
        tracemalloc.start()
        assert scoring.score(path, tmp_path / f"out{suffix}", known) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"text,n\nfine,1\nodd\n", "a.csv, line 3: expected 2 columns, found 1."),
        ("a.csv", b"body\nfine\n", "a.csv, line 1: expected a column 'text', found body."),
        ("a.csv", b"text\nfine\ncaf\xe9\n", "a.csv, line 3: expected UTF-8 text, found byte 0xe9."),
        ("a.jsonl", b'{"text": "fine"}\n\n{"text": null}\n', "a.jsonl, line 3: expected a text in the column 'text', found text."),
        ("a.jsonl", b'{"text": "fine"}\n[]\n', "a.jsonl, line 2: expected one JSON object a line, found '[]'."),
        ("a.txt", b"", "a.txt: expected a file that ends in .csv, .tsv, .jsonl, .parquet."),
        ("a.parquet", b"", "a.parquet: expected a Parquet file (Parquet file size is 0 bytes)."),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_before_anything_is_predicted(
    name: str, content: bytes, message: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    def engine(_: Path) -> Iterator[list[Scored]]:
        raise AssertionError("predicted")

    with pytest.raises(CorpusError) as refused:
        scoring.score(path, tmp_path / "out.csv", engine)
    assert str(refused.value) == f"{tmp_path}/{message}"
    assert list(tmp_path.iterdir()) == [path]


def test_the_command_says_what_it_did(tmp_path: Path) -> None:
    path, to = write(tmp_path / "in.csv"), tmp_path / "out.jsonl"
    done = emodemo("score", str(path), str(to), home=tmp_path / "home", EMODEMO_MODEL="small")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"Scored 8 rows of {path} into {to}.\n")
    refused = emodemo("score", str(path), str(tmp_path), home=tmp_path / "home", EMODEMO_MODEL="small")
    assert (refused.returncode, refused.stderr) == (1, f"{tmp_path} is a folder; name a file.\n")


@pytest.mark.skipif(find_spec("ray") is not None, reason="Ray is installed")
def test_without_ray_one_sentence_says_how_to_get_it(tmp_path: Path) -> None:
    path = write(tmp_path / "in.csv")
    refused = emodemo("score", str(path), str(tmp_path / "out.csv"), "--engine", "ray", home=tmp_path / "home")
    assert refused.returncode == 1
    assert refused.stderr == 'The engine `ray` needs Ray, which is not installed; run `pip install "ray[data]"`.\n'


@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed")
def test_ray_gives_the_rows_that_this_process_gives(tmp_path: Path) -> None:
    path = write(tmp_path / "in.parquet", 3_000)
    for engine in ("local", "ray"):
        arguments = ("score", str(path), str(tmp_path / f"{engine}.jsonl"), "--engine", engine)
        done = emodemo(*arguments, home=tmp_path / "home", EMODEMO_MODEL="small")
        assert (done.returncode, done.stderr.count("\n")) == (0, 1), done.stderr
    here, there = read(tmp_path / "local.jsonl"), read(tmp_path / "ray.jsonl")
    assert [(row["text"], row["id"]) for row in here] == [(row["text"], row["id"]) for row in there]
    for name in here[0]["emotions"]:
        assert [row["emotions"][name] for row in there] == pytest.approx(
            [row["emotions"][name] for row in here], abs=0.02
        )
