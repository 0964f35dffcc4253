"""Which measurement gives which rows, and a run of them."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from emodemo.bench import machine, pool, retraining, scoring, search, serving, streaming, table
from emodemo.bench.rows import ROWS, Row
from emodemo.bench.workbench import Say, Workbench
from emodemo.errors import UserError
from emodemo.settings import Settings

Measure = Callable[[Workbench, Collection[str]], list[Row]]

MEASURES: dict[Measure, tuple[str, ...]] = {
    scoring.bulk: ("bulk", "bulk_roberta", "roofline"),
    scoring.single: ("single", "single_p99"),
    serving.running: ("page", "visitors", "memory"),
    serving.start: ("start",),
    retraining.retraining: ("retrain", "retrain_growth"),
    streaming.stream: ("stream",),
    pool.pool: ("pool_order", "pool_next"),
    search.searching: ("search", "similar"),
}


def bench(
    settings: Settings, say: Say, only: Sequence[str] = (), *, long: bool = False, scale: float = 1.0
) -> tuple[dict[str, Any], list[Row]]:
    """Facts of the machine, and the rows in ``ROWS``' order, all without ``only``. Raises UserError.

    ``scale`` under 1 shortens rounds and sizes, for tests; such figures mean nothing.
    """
    for name in only:
        if name not in ROWS:
            raise UserError(f"The benchmark has no row {name!r}; expected one of: {', '.join(ROWS)}.")
    chosen = list(only) or list(ROWS)
    found: dict[str, Row] = {}
    with TemporaryDirectory(prefix="emodemo-bench-", ignore_cleanup_errors=True) as folder:
        workbench = Workbench(settings, Path(folder), say, long, scale)
        facts = machine.facts(workbench.release)
        for measure, names in MEASURES.items():
            if wanted := [name for name in names if name in chosen]:
                say(f"Measuring {', '.join(wanted)} …")
                started = perf_counter()
                for row in measure(workbench, wanted):
                    found[row.name] = row
                    say(f"  {row.name}: {table.figure(row.value)} {row.unit}")
                say(f"  in {perf_counter() - started:.0f} s")
    return facts, [found[name] for name in ROWS if name in found]
