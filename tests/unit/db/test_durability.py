"""What real processes that are killed, or that write at the same time, leave behind."""

import subprocess
import sys
from pathlib import Path

import pytest

from db import annotators, corrections, labels, texts
from db.engine import Busy, Database
from tests.waiting import PATIENCE

PREAMBLE = """
import sys, time
from pathlib import Path
from db import annotators, corrections, texts
from db.engine import Database
from db.records import Verdict

database = Database.open(sys.argv[1], snapshots=Path(sys.argv[2]))

def save(session, name, number):
    person = annotators.ensure(session, name=name, role="annotator")
    [text_id] = texts.add(session, contents=[f"Line {number}."], source="test", pooled=True)
    verdict = Verdict(("joy",), None, {})
    corrections.save(
        session, client_id=f"{name} {number}", text_id=text_id, annotator_id=person.id, verdict=verdict, visible=True
    )

def say(word):
    print(word, flush=True)
    time.sleep(600)
"""
SAVE = 'with database.write() as session:\n    save(session, "ada", 1)\nsay("saved")'
HALF_SAVE = 'with database.write() as session:\n    save(session, "ada", 1)\n    say("writing")'
LOCK = 'with database.exclusive("retrain"):\n    say("locked")'
MANY = "for number in range(25):\n    with database.write() as session:\n        save(session, sys.argv[3], number)"


def start(code: str, url: str, tmp_path: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PREAMBLE + code, url, str(tmp_path / "snapshots"), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def kill_after(word: str, process: subprocess.Popen[str]) -> None:
    with process:
        assert process.stdout
        said = process.stdout.readline()
        process.kill()
        _, errors = process.communicate(timeout=PATIENCE)
    assert said == f"{word}\n", errors


def test_a_correction_outlives_a_kill_right_after_saved(url: str, database: Database, tmp_path: Path) -> None:
    kill_after("saved", start(SAVE, url, tmp_path))
    with database.read() as session:
        (label,) = labels.accepted(session)
        (correction,) = corrections.history(session)
    assert (label.content, label.labels, label.corrections) == ("Line 1.", {"joy": 1.0}, (correction.id,))


def test_a_kill_before_that_leaves_nothing_and_blocks_nobody(url: str, database: Database, tmp_path: Path) -> None:
    kill_after("writing", start(HALF_SAVE, url, tmp_path))
    with database.write() as session:
        assert annotators.all(session) == []
        assert texts.add(session, contents=["Line 2."], source="test", pooled=True)


def test_a_lock_is_held_against_processes_and_freed_by_a_kill(url: str, database: Database, tmp_path: Path) -> None:
    process = start(LOCK, url, tmp_path)
    assert process.stdout
    assert process.stdout.readline() == "locked\n"
    with pytest.raises(Busy), database.exclusive("retrain"):
        pass
    process.kill()
    process.communicate(timeout=PATIENCE)
    with database._lock("retrain", timeout=10):  # PostgreSQL needs a moment to notice
        pass


def test_processes_that_open_and_write_at_once_lose_nothing(url: str, tmp_path: Path) -> None:
    names = [f"person {i}" for i in range(4)]
    processes = [start(MANY, url, tmp_path, name) for name in names]
    errors = [process.communicate(timeout=PATIENCE)[1] for process in processes]
    assert errors == [""] * len(names)
    database = Database.open(url, snapshots=tmp_path / "snapshots")
    with database.read() as session:
        assert len(corrections.history(session, limit=1000)) == 25 * len(names)
        accepted = labels.accepted(session)
    assert [len(label.corrections) for label in accepted] == [len(names)] * 25
    database.close()
