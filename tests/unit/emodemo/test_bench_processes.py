"""Servers and commands that the benchmark starts: asked, measured, and gone afterwards."""

import asyncio
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import psutil
import pytest

from emodemo.bench import processes, servers
from emodemo.bench.workbench import Workbench
from emodemo.errors import UserError
from emodemo.settings import Settings
from tests.waiting import PATIENCE


@pytest.fixture
def workbench(tmp_path: Path) -> Workbench:
    return Workbench(Settings.load(), tmp_path, print)


def test_the_bare_echo_answers_many_at_once_and_is_stopped(workbench: Workbench) -> None:
    with servers.echo(workbench) as server:
        assert servers.first_answer(server, "Good morning.") > 0
        taken = asyncio.run(servers.latencies(server, [["a", "b"], ["c", "d"], ["e", "f"]]))
        assert [len(times) for times in taken] == [2, 2, 2]
        assert server.resident > 10
        with pytest.raises(UserError) as refused:
            asyncio.run(servers.latencies(replace(server, endpoint="nothing"), [["a"]]))
        assert str(refused.value).startswith(f"http://127.0.0.1:{server.port}/gradio_api/call/nothing ")
    assert not psutil.pid_exists(server.process.pid)


def test_a_server_that_ends_at_once_is_said_so() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    gone = servers.Server(servers.free_port(), "echo", psutil.Process(process.pid), perf_counter())
    process.wait(PATIENCE)
    with pytest.raises(UserError, match=r"did not come up; start it by hand to see why\.$"):
        servers.first_answer(gone, "Good morning.")


def test_a_command_runs_under_settings_of_its_own(workbench: Workbench) -> None:
    command = workbench.command(workbench.settings_at("home"), "-m", "emodemo", "releases", "list", "--json")
    done = processes.run(command, workbench.folder)
    [release] = json.loads(done.output)["rows"]
    assert release["release"] == workbench.release.name
    assert done.seconds > 0
    assert done.peak > 10
    assert (workbench.folder / "home" / "emodemo.sqlite").is_file()


def test_a_command_that_fails_is_quoted(workbench: Workbench) -> None:
    with pytest.raises(UserError) as failed:
        processes.run([sys.executable, "-c", "import sys; sys.exit('No room.')"], workbench.folder)
    assert str(failed.value) == "A measured command failed: No room."
