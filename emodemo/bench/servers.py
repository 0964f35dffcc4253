"""Servers in processes of their own, and how they are asked: over HTTP, through Gradio's queue."""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

import httpx
import psutil

from emodemo.bench.workbench import ROOT, Workbench
from emodemo.errors import UserError

START = 120  # seconds
STOP = 20  # seconds that a server has to end by itself
PATIENCE = httpx.Timeout(120)
POLL = 0.01  # seconds between looks at a server that starts


@dataclass(frozen=True)
class Server:
    """A running server: its port and endpoint, its process, and when it was started."""

    port: int
    endpoint: str
    process: psutil.Process
    started: float

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/gradio_api/call/{self.endpoint}"

    @property
    def resident(self) -> float:
        """Its resident memory in MB."""
        return self.process.memory_info().rss / 1e6


@contextmanager
def app(bench: Workbench, home: str) -> Iterator[Server]:
    """The real app over an empty home, as `python app.py` starts it."""
    port = free_port()
    command = bench.command(bench.settings_at(home), "app.py", port=port)
    with _running(command, port, "analyze", bench.folder / f"{home}.log") as server:
        yield server


@contextmanager
def echo(bench: Workbench) -> Iterator[Server]:
    """The bare Gradio app."""
    port = free_port()
    command = [sys.executable, str(Path(__file__).with_name("echo.py")), str(port)]
    with _running(command, port, "echo", bench.folder / "echo.log") as server:
        yield server


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _running(command: Sequence[str], port: int, endpoint: str, log: Path) -> Iterator[Server]:
    started = perf_counter()
    with log.open("w") as stream:
        process = subprocess.Popen(command, cwd=ROOT, stdout=stream, stderr=stream)
    try:
        yield Server(port, endpoint, psutil.Process(process.pid), started)
    finally:
        stop(process)


def stop(process: subprocess.Popen[Any]) -> None:
    """End it, gently where it listens."""
    process.terminate()
    try:
        process.wait(STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def first_answer(server: Server, text: str) -> float:
    """Seconds from the server's start to its first answer. Raises UserError where it ends or never comes up."""
    while not _listens(server):
        if perf_counter() - server.started > START or _ended(server.process):
            raise UserError(f"The server {server.url} did not come up; start it by hand to see why.")
        sleep(POLL)
    asyncio.run(latencies(server, [[text]]))
    return perf_counter() - server.started


def _listens(server: Server) -> bool:
    """A bare connection: as long as the server starts, every look takes processor time from it."""
    try:
        socket.create_connection(("127.0.0.1", server.port)).close()
    except ConnectionRefusedError:
        return False
    return True


def _ended(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


async def latencies(server: Server, visitors: Iterable[Sequence[str]]) -> list[list[float]]:
    """Seconds that each text of each visitor took; visitors come at once, a visitor's texts one after the other.

    Raises UserError for a request that failed.
    """
    async with httpx.AsyncClient(
        timeout=PATIENCE, limits=httpx.Limits(max_connections=None), trust_env=False
    ) as client:
        return await asyncio.gather(*(_visit(client, server.url, texts) for texts in visitors))


async def _visit(client: httpx.AsyncClient, url: str, texts: Sequence[str]) -> list[float]:
    taken = []
    for text in texts:
        started = perf_counter()
        await _ask(client, url, text)
        taken.append(perf_counter() - started)
    return taken


async def _ask(client: httpx.AsyncClient, url: str, text: str) -> Any:
    """The endpoint's answer: a request is queued, its events are read to the end."""
    queued = await client.post(url, json={"data": [text]})
    if queued.is_error:
        raise UserError(f"{url} refused a request ({queued.status_code}).")
    events = await client.get(f"{url}/{queued.json()['event_id']}")
    *_, event, data = ("", "", *(line for line in events.text.splitlines() if line))
    if event != "event: complete":
        raise UserError(f"{url} failed at a request: {data.removeprefix('data: ')}.")
    return json.loads(data.removeprefix("data: "))[0]
