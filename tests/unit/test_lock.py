"""The lock that CI installs from: what requirements.txt asks for, with checksums, and from nowhere in particular."""

import re
from pathlib import Path

from packaging.requirements import Requirement

from emodemo import space

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / ".ci" / "requirements.lock").read_text(encoding="utf-8")
PLATFORMS = {"torch"}  # its build is chosen where it is installed
WAY = "run the command at the head of .ci/requirements.lock"


def test_the_lock_has_every_requirement_at_a_version_that_it_allows() -> None:
    locked = dict(re.findall(r"^([\w.-]+)==(\S+)", LOCK, flags=re.M))
    for wanted in space.requirements(ROOT):
        assert wanted.name.lower() in set(locked) | PLATFORMS, f"{wanted.name} is not locked; {WAY}"
        if wanted.name not in PLATFORMS:
            assert wanted.specifier.contains(locked[wanted.name.lower()]), f"{wanted} is locked otherwise; {WAY}"


def test_everything_in_it_has_a_checksum_and_nothing_names_a_host() -> None:
    entries = re.split(r"\n(?=\S)", re.sub(r"(?m)^#.*\n", "", LOCK).strip())
    for entry in entries:
        name, *checksums = entry.replace("\\\n", " ").split()
        assert Requirement(name).specifier, entry
        assert checksums
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", checksum) for checksum in checksums), name
    assert "://" not in LOCK
