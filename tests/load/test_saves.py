"""Fifty annotators who save every second, and twenty visitors. EMODEMO_LOAD_SECONDS=120 makes it the long form."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from db import texts
from emodemo import accounts, annotation
from emodemo.services import build_services
from emodemo.settings import Settings
from tests.databases import SERVER, on_server
from tests.recovery.conftest import ROOT, Server, servers

__all__ = ["servers"]
SECONDS = float(os.environ.get("EMODEMO_LOAD_SECONDS", "10"))
ANNOTATORS, VISITORS = 50, 20
AHEAD = 20  # texts for each annotator beyond one a second
PASSWORD = "correct horse battery"


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    if request.param == "SQLite":
        yield f"sqlite:///{tmp_path / 'emodemo.sqlite'}"
    elif SERVER:
        with on_server() as found:
            yield found
    else:
        pytest.skip("EMODEMO_TEST_POSTGRES names no PostgreSQL server")


def prepare(url: str, home: Path) -> None:
    """An account for every annotator, and texts enough, judged as those of any pool are a minute after they came."""
    changed = {"home": home, "database_url": url, "model": "small"}
    services = build_services(Settings.load().model_copy(update=changed))
    database = services.database
    for name in ("admin", *(f"annotator{number}" for number in range(ANNOTATORS))):
        accounts.add(database, name, name.rstrip("0123456789"), password=PASSWORD, hub_name=None, actor="test")
    count = int(ANNOTATORS * (SECONDS + AHEAD))
    with database.write() as session:
        texts.add(
            session, contents=[f"The lamp of house {n} is lit." for n in range(count)], source="test", pooled=True
        )
    annotation.refresh_pool(services)
    database.close()


def played(server: Server) -> dict[str, Any]:
    """What everybody was told."""
    command = [sys.executable, str(Path(__file__).with_name("people.py")), server.url, PASSWORD]
    command += [str(ANNOTATORS), str(VISITORS), str(SECONDS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600 + SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_none_is_lost_and_none_is_doubled(url: str, servers: Any) -> None:
    server = servers(EMODEMO_DATABASE_URL=url)
    server.start()
    prepare(url, server.home)
    told = played(server)
    saved = server.exported()
    assert told["failures"] == {}
    assert "locked" not in server.said()
    assert len(told["confirmed"]) >= ANNOTATORS
    assert told["visits"]
    assert len(set(saved)) == len(saved)
    assert set(told["confirmed"]) <= set(saved) <= set(told["sent"])
    print(
        f"{len(saved)} saved and {told['visits']} visits in {SECONDS:.0f} s, p50 of a save {told['p50']} ms, p95 {told['p95']} ms: {url.split(':')[0]}"
    )
