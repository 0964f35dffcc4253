"""``bench``: the project's own benchmark."""

import json
import signal
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from emodemo.bench.rows import ROWS
from emodemo.commands.shared import Json, say


def bench(
    only: Annotated[list[str] | None, typer.Option(help=f"A row, given once or more often: {', '.join(ROWS)}.")] = None,
    long: Annotated[
        bool, typer.Option("--long", help="Everything at full size: 100 × the corrections, a million texts and lines.")
    ] = False,
    as_json: Json = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print the table as Markdown.")] = False,
) -> None:
    """Throughput, latency, start, memory, retraining and pool, each beside its peer in the same run.

    Needs no network; minutes on two cores that nothing else uses.
    """
    from emodemo.bench import table
    from emodemo.bench.run import bench as measure
    from emodemo.settings import Settings

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that its servers and folder go with it
    machine, rows = measure(Settings.load(), say, only or (), long=long)
    if as_json:
        print(json.dumps({"machine": machine, "rows": [asdict(row) for row in rows]}))
    else:
        print((table.markdown if as_markdown else table.text)(machine, rows))
