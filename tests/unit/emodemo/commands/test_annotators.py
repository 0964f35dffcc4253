"""``annotators`` as a shell sees it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PASSWORD = "correct horse battery"


def annotators(*arguments: str, home: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "emodemo", "annotators", *arguments],
        input=stdin, capture_output=True, text=True, env=os.environ | {"EMODEMO_HOME": str(home)}, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done


def test_an_account_from_first_to_last(tmp_path: Path) -> None:
    added = annotators("add", "ada", "--role", "reviewer", home=tmp_path, stdin=PASSWORD + "\n")
    assert added.stdout == "ada can sign in as reviewer.\n"
    assert added.stderr.startswith("Nobody can sign in as an admin yet, ")
    assert annotators("add", "bea", "--hub", "bea-hf", home=tmp_path).stdout == "bea can sign in as annotator.\n"
    assert annotators("role", "bea", "admin", home=tmp_path).stdout == "bea is admin.\n"
    assert annotators("password", "ada", home=tmp_path, stdin="another long password").returncode == 0
    assert annotators("disable", "ada", home=tmp_path).stdout == "ada is disabled.\n"
    listed = annotators("list", "--json", home=tmp_path).stdout
    assert json.loads(listed)["rows"] == [
        {
            "name": "ada",
            "role": "reviewer",
            "signs in": "password",
            "disabled": True,
            "locked": False,
            "last seen": None,
        },
        {
            "name": "bea",
            "role": "admin",
            "signs in": "Hugging Face: bea-hf",
            "disabled": False,
            "locked": False,
            "last seen": None,
        },
    ]
    assert "argon2" not in listed


@pytest.mark.parametrize(
    ("arguments", "stdin", "message"),
    [
        (["add", "ada"], "short\n", "The password has 5 characters; choose one of 10 to 1000.\n"),
        (["add", "visitor"], PASSWORD, "The name 'visitor' is that of everybody who is not signed in; choose another.\n"),
        (["disable", "nobody"], "", "There is no annotator 'nobody'.\n"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_in_one_sentence(
    arguments: list[str], stdin: str, message: str, tmp_path: Path
) -> None:
    refused = annotators(*arguments, home=tmp_path, stdin=stdin)
    assert (refused.returncode, refused.stdout, refused.stderr) == (1, "", message)
