"""`analyze --lines` on a long stream of lines, in a process of its own."""

import subprocess
from collections.abc import Collection
from itertools import islice, pairwise
from time import perf_counter

import psutil

from emodemo import analysis
from emodemo.bench import samples
from emodemo.bench.processes import resident
from emodemo.bench.rows import Row, row
from emodemo.bench.servers import stop
from emodemo.bench.timing import seconds
from emodemo.bench.workbench import ROOT, Workbench
from emodemo.errors import UserError

LINES, FULL = 20_000, 1_000_000
PARTS = 10  # of the stream; the first one is the start
BULK = 2_500  # lines scored in process, before and after
GOAL, FLAT = 0.9, 1.05


def stream(bench: Workbench, _: Collection[str]) -> list[Row]:
    """Row ``stream``: rate and memory once it flows, beside the same lines scored in process."""
    lines = list(islice(samples.sentences(seed=4), bench.times(FULL if bench.long else LINES)))
    file = bench.folder / "lines.txt"
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    count = bench.times(BULK)
    before = _bulk(bench, lines[:count])
    moments, memory = _streamed(bench, str(file), len(lines) // PARTS)
    bulk = (before + _bulk(bench, lines[-count:])) / 2
    part = len(lines) // PARTS
    rates = [part / (later - earlier) for earlier, later in pairwise(moments)]
    rate = part * (len(moments) - 1) / (moments[-1] - moments[0])
    return [
        row(
            "stream", rate, peer=("bulk on the same lines", bulk), ratio=rate / bulk, spread=(min(rates), max(rates)),
            met=rate / bulk >= GOAL and memory[-1] <= FLAT * memory[1],
            note=f"{len(lines):,} made-up lines; {memory[1]:.0f} MB after the first fifth, {memory[-1]:.0f} MB at the end"
            + ("" if bench.long else f"; {FULL:,} with --long"),
        )
    ]  # fmt: skip


def _bulk(bench: Workbench, lines: list[str]) -> float:
    return len(lines) / seconds(lambda: [sentence.row() for sentence in analysis.analyze_lines(bench.predictor, lines)])


def _streamed(bench: Workbench, file: str, part: int) -> tuple[list[float], list[float]]:
    """Moments at which each part's last row came, and the process's memory in MB then. Raises UserError."""
    command = bench.command(bench.settings_at("stream"), "-m", "emodemo", "analyze", "--lines", file)
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    moments, memory = [], []
    try:
        watched = psutil.Process(process.pid)
        for number, _ in enumerate(process.stdout or (), 1):
            if number % part == 0:
                moments.append(perf_counter())
                memory.append(resident(watched))
    finally:
        stop(process)
    if len(moments) < PARTS:
        raise UserError(f"`analyze --lines` ended early, after {len(moments) * part:,} rows or more; run it by hand.")
    return moments, [megabytes for megabytes in memory if megabytes]
