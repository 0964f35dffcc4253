"""An empty database of the newest version, made once a process: upgrading one takes longer than most tests."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from db.engine import Database


@cache
def migrated() -> bytes:
    """What the SQLite file holds."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "emodemo.sqlite")
        Database.open(f"sqlite:///{file}", snapshots=Path(folder)).close()
        return file.read_bytes()
