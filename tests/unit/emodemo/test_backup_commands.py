"""The commands backup, restore and erase as a shell sees them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def emodemo(*arguments: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "emodemo", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        env=os.environ | {"EMODEMO_HOME": str(home), "EMODEMO_MODEL": "small"} | environment, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_backup_restore_and_erase(tmp_path: Path) -> None:
    labels, home, vault = tmp_path / "labels.jsonl", tmp_path / "home", tmp_path / "vault"
    labels.write_text('{"text": "The mill turns.", "labels": ["fear"]}\n{"text": "It rained.", "labels": ["joy"]}\n')
    assert emodemo("import", str(labels), "--as", "labels", home=home).returncode == 0
    done = emodemo("backup", str(vault), home=home)
    [name] = [file.name for file in vault.glob("*.sqlite")]
    assert (done.returncode, done.stdout) == (0, f"{vault}/{name}\n")
    restored = emodemo("restore", str(vault), home=tmp_path / "other")
    assert restored.stdout.startswith("Restored the backup of ")
    assert restored.stderr == ""
    assert emodemo("export", home=tmp_path / "other").stdout == emodemo("export", home=home).stdout
    refused = emodemo("erase", "--text-id", "1", home=home)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        "Erase text 1 from the database, its backups and exports? This cannot be undone. Add --yes to do it.\n"
    )
    erased = emodemo("erase", "--text-id", "1", "--yes", home=home, EMODEMO_VAULT=str(vault))
    assert erased.returncode == 0, erased.stderr
    assert "The mill turns." not in "".join(f.read_bytes().decode("latin-1") for f in vault.iterdir())
    [row] = map(json.loads, emodemo("export", home=home).stdout.splitlines())
    assert row["text"] == "It rained."
    again = emodemo("restore", str(vault), home=home)
    assert "What was there before is in " in again.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (
            ["backup", "nosuch://x"],
            1,
            "The vault nosuch://x cannot be used (Protocol not known: nosuch); name a folder",
        ),
        (["restore", "nowhere"], 1, "The vault nowhere is empty.\n"),
        (["erase", "--text-id", "7"], 1, "There is no text 7.\n"),
        (["erase", "--annotator", "nobody", "--yes"], 1, "There is no annotator 'nobody'.\n"),
        (["erase"], 2, "Usage: "),
        (["erase", "--text-id", "7", "--annotator", "ada"], 2, "Usage: "),
    ],
)
def test_what_cannot_be_done_is_said(arguments: list[str], status: int, message: str, tmp_path: Path) -> None:
    done = emodemo(*arguments, home=tmp_path)
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr.startswith(message)
