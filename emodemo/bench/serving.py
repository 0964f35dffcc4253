"""The real app over HTTP, beside a bare Gradio app that echoes."""

import asyncio
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from itertools import chain, islice

from emodemo.bench import samples, servers
from emodemo.bench.rows import Row, row
from emodemo.bench.servers import Server, latencies
from emodemo.bench.timing import interleaved, middle, percentile, spread
from emodemo.bench.workbench import Workbench

ECHO = "bare Gradio echo"
PAGE_SENTENCES, PAGE_ROUNDS = 20, 5
PAGES = 8  # a round
PAGE_GOAL = 40  # ms
VISITORS, VISIT_SENTENCES, VISITS, VISIT_ROUNDS = 32, 5, 10, 2
VISITORS_GOAL = 0.5
STARTS, START_GOAL = 2, 1.5
ANALYSES, CLIENTS, LOOKS = 10_000, 8, 20
MEMORY_GOAL, FLAT = 500, 1.05  # MB; resident at the end over that after the first fifth


def running(bench: Workbench, wanted: Collection[str]) -> list[Row]:
    """Rows ``page``, ``visitors`` and ``memory`` of one app and one echo that stay up."""
    measures = {"page": page, "visitors": visitors, "memory": memory}
    with ExitStack() as up:
        app, echo = up.enter_context(servers.app(bench, "serving")), up.enter_context(servers.echo(bench))
        for server in (app, echo):
            servers.first_answer(server, "Good morning.")
        return [measure(bench, app, echo) for name, measure in measures.items() if name in wanted]


def page(bench: Workbench, app: Server, echo: Server) -> Row:
    """One paragraph after another, alone."""
    source, count = samples.paragraphs(PAGE_SENTENCES, seed=1), bench.times(PAGES)

    def asked(server: Server) -> float:
        [taken] = asyncio.run(latencies(server, [list(islice(source, count))]))
        return 1e3 * middle(taken)

    ours, bare = interleaved([lambda _: asked(app), lambda _: asked(echo)], bench.times(PAGE_ROUNDS))
    own = [with_model - without for with_model, without in zip(ours, bare, strict=True)]
    return row(
        "page", middle(own), peer=(ECHO, middle(bare)), ratio=middle(bare) / middle(ours), met=middle(own) <= PAGE_GOAL,
        spread=spread(own), note=f"{middle(ours):.0f} ms in all; {PAGE_SENTENCES} made-up sentences, every time others",
    )  # fmt: skip


def visitors(bench: Workbench, app: Server, echo: Server) -> Row:
    """All at once, app and echo in turn. A request that fails ends the run."""
    source, visits = samples.paragraphs(VISIT_SENTENCES, seed=2), bench.times(VISITS)
    taken: dict[Server, list[list[float]]] = {app: [], echo: []}
    for _ in range(VISIT_ROUNDS):
        for server, rounds in taken.items():
            said = [list(islice(source, visits)) for _ in range(VISITORS)]
            rounds.append([1e3 * s for s in chain.from_iterable(asyncio.run(latencies(server, said)))])
    ours, bare = (percentile(list(chain.from_iterable(taken[server])), 95) for server in (app, echo))
    return row(
        "visitors", ours, peer=(ECHO, bare), ratio=bare / ours, met=bare / ours >= VISITORS_GOAL,
        spread=spread([percentile(times, 95) for times in taken[app]]),
        note=f"{VISIT_ROUNDS * visits} paragraphs of {VISIT_SENTENCES} sentences for each of {VISITORS}; none failed",
    )  # fmt: skip


def memory(bench: Workbench, app: Server, echo: Server) -> Row:
    """Resident memory while many clients ask without a pause."""
    count = bench.times(ANALYSES if bench.long else ANALYSES // 5, least=LOOKS * CLIENTS)
    seen = list(_looks(app, count))
    settled, end = seen[LOOKS // 5 - 1], middle(seen[-LOOKS // 5 :])
    bare = echo.resident
    scaled = "" if count == ANALYSES else f"; {ANALYSES:,} with --long"
    return row(
        "memory", end, peer=(ECHO, bare), ratio=bare / end, met=end <= MEMORY_GOAL and end <= FLAT * settled,
        spread=spread(seen),
        note=f"{count:,} analyses from {CLIENTS} clients{scaled}; {settled:.0f} MB after the first fifth",
    )  # fmt: skip


def _looks(app: Server, count: int) -> Iterator[float]:
    source = samples.sentences(seed=3)
    for _ in range(LOOKS):
        said = [list(islice(source, count // LOOKS // CLIENTS)) for _ in range(CLIENTS)]
        asyncio.run(latencies(app, said))
        yield app.resident


def start(bench: Workbench, _: Collection[str]) -> list[Row]:
    """Row ``start``: app and echo started in turn, the app every time with an empty home."""

    def app(number: int) -> float:
        with servers.app(bench, f"start-{number}") as server:
            return servers.first_answer(server, "Good morning.")

    def echo(_: int) -> float:
        with servers.echo(bench) as server:
            return servers.first_answer(server, "Good morning.")

    ours, bare = interleaved([app, echo], bench.times(STARTS))
    own = [with_model - without for with_model, without in zip(ours, bare, strict=True)]
    return [
        row(
            "start", middle(own), peer=("bare Gradio app", middle(bare)), ratio=middle(bare) / middle(ours),
            met=middle(own) <= START_GOAL, spread=spread(own),
            note=f"{middle(ours):.1f} s in all, with an empty home: the database is made as well",
        )
    ]  # fmt: skip
