"""Commands in processes of their own: how long they take and how much memory they need."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep

import psutil

from emodemo.bench.servers import stop
from emodemo.bench.workbench import ROOT
from emodemo.errors import UserError

LOOK = 0.02  # seconds between looks at a process's memory


@dataclass(frozen=True, slots=True)
class Finished:
    """What a command wrote, its wall time in seconds and its largest resident memory in MB."""

    output: str
    seconds: float
    peak: float


def run(command: Sequence[str], folder: Path) -> Finished:
    """Run it to its end. Raises UserError with what it said where it fails."""
    with (folder / "output").open("w+") as out, (folder / "messages").open("w+") as messages:
        started = perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=messages)
        try:
            peak = watch(process)
        finally:
            stop(process)
        taken = perf_counter() - started
        out.seek(0)
        messages.seek(0)
        if process.returncode:
            raise UserError(f"A measured command failed: {messages.read().strip()}")
        return Finished(out.read(), taken, peak)


def watch(process: subprocess.Popen[bytes]) -> float:
    """Largest resident memory in MB until the process ends."""
    peak, watched = 0.0, psutil.Process(process.pid)
    while process.poll() is None:
        peak = max(peak, resident(watched))
        sleep(LOOK)
    return peak


def resident(process: psutil.Process) -> float:
    """In MB; nothing of a process that has just ended."""
    try:
        return process.memory_info().rss / 1e6
    except psutil.NoSuchProcess:
        return 0.0
