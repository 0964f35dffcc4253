"""The commands as a shell sees them: output, messages, exit status, no traceback."""

import csv
import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def emodemo(
    *arguments: str, home: Path, stdin: str | bytes = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    data = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        [sys.executable, "-m", "emodemo", *arguments],
        input=data, capture_output=True, env=os.environ | {"EMODEMO_HOME": str(home)} | environment, check=False,
    )  # fmt: skip
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def test_analyze_reads_standard_input_and_prints_json_lines_only(tmp_path: Path) -> None:
    done = emodemo("analyze", home=tmp_path, stdin="What a lovely day. I am late!")
    assert done.returncode == 0
    assert [json.loads(line)["text"] for line in done.stdout.splitlines()] == ["What a lovely day.", "I am late!"]
    assert done.stderr == ""


def test_analyze_lines_as_csv_gives_one_row_for_each_line(tmp_path: Path) -> None:
    file = tmp_path / "lines.txt"
    file.write_text("One. Two.\n\nThree\n")
    done = emodemo("analyze", str(file), "--lines", "--format", "csv", home=tmp_path / "home")
    assert [row["text"] for row in csv.DictReader(io.StringIO(done.stdout))] == ["One. Two.", "", "Three"]


def test_the_whole_loop_by_commands(tmp_path: Path) -> None:
    labels = tmp_path / "labels.jsonl"
    labels.write_text(
        '{"text": "The mill turns slowly.", "labels": ["fear"], "polarity": "negative", "sarcasm": false}\n'
    )
    for new in (1, 0):
        done = emodemo("import", str(labels), "--as", "labels", home=tmp_path)
        told = f"Read 1 rows from {labels} as labels, {new} of them new.\nColumns passed over: 'sarcasm'.\n"
        assert (done.returncode, done.stderr) == (0, told)
    done = emodemo("retrain", "--json", home=tmp_path)
    report = json.loads(done.stdout)
    expected = {"decision", "reason", "candidate", "live", "corrections", "seconds", "rows", "flips", "because"}
    assert set(report) == expected
    assert report["decision"] == "promoted"
    assert set(report["rows"][0]) == {"corpus", "task", "metric", "live", "candidate", "low", "high"}
    [row] = map(json.loads, emodemo("analyze", home=tmp_path, stdin="The mill turns slowly.").stdout.splitlines())
    assert max(row["emotions"], key=row["emotions"].get) == "fear"
    assert row["release"] == report["candidate"]
    [exported] = map(json.loads, emodemo("export", home=tmp_path).stdout.splitlines())
    assert exported["labels"] == ["fear"]
    listed = emodemo("releases", "list", "--json", home=tmp_path)
    assert [r["live"] for r in json.loads(listed.stdout)["rows"]] == [True, False]
    diff = emodemo("releases", "diff", report["live"], report["candidate"], home=tmp_path)
    assert "texts added" in diff.stdout
    taught = emodemo("releases", "snapshot", report["candidate"], home=tmp_path)
    rows = [json.loads(line) for line in taught.stdout.splitlines()]
    assert [row.pop("text") for row in rows] == ["The mill turns slowly."]
    name = hashlib.sha256(json.dumps(rows, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    assert taught.stderr == f"Snapshot {name}, 1 texts.\n"
    rolled = emodemo("releases", "rollback", "--why", "It is too timid.", home=tmp_path)
    assert rolled.stdout == f"{report['live']} is live.\n"
    refused = emodemo("releases", "rollback", home=tmp_path)
    assert refused.returncode == 1
    assert refused.stderr == f"{report['live']} is the shipped release; there is none before it to roll back to.\n"
    assert emodemo("retrain", "--if-due", home=tmp_path).stdout.startswith("Nothing to do: ")


@pytest.mark.parametrize(
    ("arguments", "stdin", "message"),
    [
        (["analyze"], b"caf\xe9", "standard input, line 1: expected UTF-8 text; convert the file to UTF-8 first.\n"),
        (["analyze", "none.txt"], b"", "none.txt cannot be read (No such file or directory); name a text file.\n"),
        (["import", "none.csv"], b"", "none.csv: expected a readable file (No such file or directory).\n"),
        (["releases", "show", "9"], b"", "There is no release '9'.\n"),
        (["evaluate", "--data", "nowhere"], b"", "There is no corpus under nowhere; see `python -m emodemo fetch --help`.\n"),
        (["train", "--data", "nowhere", "--config", "none.toml"], b"", "none.toml does not exist; name a training configuration"),
        (["export", "--format", "parquet"], b"", "Parquet is not text; name a file with --to.\n"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_in_one_sentence(
    arguments: list[str], stdin: bytes, message: str, tmp_path: Path
) -> None:
    done = emodemo(*arguments, home=tmp_path, stdin=stdin)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [["analyse"], ["import"], ["analyze", "--format", "xml"]])
def test_wrong_usage_exits_with_two(arguments: list[str], tmp_path: Path) -> None:
    assert emodemo(*arguments, home=tmp_path).returncode == 2


def test_an_altered_release_is_refused_by_name(tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "release.json").write_text('{"release": "x", "files": {"heads.safetensors": "0"}}')
    done = emodemo("analyze", home=tmp_path / "home", stdin="x", EMODEMO_WEIGHTS=str(weights))
    assert done.returncode == 1
    assert done.stderr == (
        f"The release file {weights}/heads.safetensors is missing; restore it from the repository.\n"
    )


def test_a_closed_pipe_ends_quietly(tmp_path: Path) -> None:
    command = f"{sys.executable} -m emodemo analyze --lines | head -n 1"
    done = subprocess.run(
        ["bash", "-c", command], input="good\n" * 3000, capture_output=True, text=True, check=False,
        env=os.environ | {"EMODEMO_HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_serving_loads_neither_torch_nor_transformers(tmp_path: Path) -> None:
    code = (
        "import sys; from emodemo.services import build_services; from emodemo.settings import Settings;"
        "build_services(Settings.load()).live.predictor.predict(['x']);"
        "print(sorted({'torch', 'transformers', 'scipy', 'pandas', 'gradio'} & set(sys.modules)))"
    )
    environment = os.environ | {"EMODEMO_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout == "[]\n"


def test_the_page_loads_neither_torch_nor_scipy() -> None:
    code = "import sys, app; print(sorted({'torch', 'transformers', 'scipy', 'sklearn', 'nltk'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_help_comes_before_anything_heavy_is_loaded() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from emodemo.cli import app;"
        "assert 'analyze' in CliRunner().invoke(app, ['--help']).output;"
        "print(sorted({'gradio', 'onnxruntime', 'torch', 'pandas', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_labels_are_added_listed_and_retired(tmp_path: Path) -> None:
    emodemo("analyze", home=tmp_path, stdin="Hello.")
    how = ("--emotion", "sadness", "--definition", "Longs for what is gone.")
    assert emodemo("labels", "add", "Nostalgia", *how, home=tmp_path).stdout.startswith("nostalgia is offered")
    [row] = json.loads(emodemo("labels", "list", "--json", home=tmp_path).stdout)["rows"]
    assert (row["label"], row["examples"], row["state"]) == ("nostalgia", 0, "needs 20 more examples")
    assert emodemo("labels", "retire", "nostalgia", home=tmp_path).stdout == "nostalgia is offered no more.\n"
    [row] = json.loads(emodemo("labels", "list", "--json", home=tmp_path).stdout)["rows"]
    assert row["state"] == "retired"
    refused = emodemo("labels", "add", "joy", *how, home=tmp_path)
    assert (refused.returncode, refused.stderr) == (1, "There is a label 'joy' already; choose another name.\n")
