"""A disk that is full while people save and while the model is retrained."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.recovery.conftest import RefusedError, Server, save

SIZE = 16 << 20  # bytes of the disk
FULL = "could not be written because the disk is full; free some space and try again."


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here ({mounted.stderr.strip()})")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Take all room that is left."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as stream:
        try:
            while stream.write(bytes(4096)):
                pass
        except OSError:
            return filler


def test_a_full_disk_costs_nothing_that_was_confirmed(servers: Any, disk: Path) -> None:
    server: Server = servers("disk/home")
    server.log = disk.parent / "app.log"
    client = server.start()
    save(client, "before-0")
    save(client, "before-1")
    filler, confirmed = fill(disk), ["before-0", "before-1"]
    with pytest.raises(RefusedError, match=FULL):
        for number in range(1000):
            save(client, f"full-{number}")
            confirmed.append(f"full-{number}")
    live = client.ask("release")
    retrained = server.command("retrain")
    assert (retrained.returncode, retrained.stdout) == (1, "")
    assert retrained.stderr.splitlines()[-1].endswith(FULL)
    assert "Traceback" not in retrained.stderr
    assert client.ask("release") == live
    filler.unlink()
    save(client, "after")
    assert sorted(server.exported()) == sorted([*confirmed, "after"])
    server.check()
    assert server.command("retrain").returncode == 0
