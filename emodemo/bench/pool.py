"""A large pool of texts: its order after a promotion, and the next text for an annotator."""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from time import perf_counter, sleep

import numpy as np
from sqlalchemy import insert

from db import releases, texts, vectors
from db.engine import Database
from db.records import Verdict
from db.schema import Feature, Text
from emodemo import annotation
from emodemo.access import OWNER
from emodemo.bench.rows import Row, row
from emodemo.bench.timing import percentile, seconds, spread
from emodemo.bench.workbench import Workbench
from emodemo.services import Services, open_database
from emodemo.serving import PRODUCTION, LiveModel, register_shipped
from emodemo.workspace import Asked, Desk

TEXTS, FULL = 100_000, 1_000_000
BLOCK = 10_000  # texts stored at once
ASKED = 80
PACE = 0.25  # seconds between two answers; nobody is faster
ORDER_GOAL, NEXT_GOAL = 60, 20  # seconds for FULL, ms


def pool(bench: Workbench, wanted: Collection[str]) -> list[Row]:
    """Rows ``pool_order`` and ``pool_next`` of one pool, which two releases order one after the other."""
    count = bench.times(FULL if bench.long else TEXTS)
    services = made_services(bench, "pool")
    stored = seconds(lambda: fill(services, count))
    scaled = "" if count == FULL else f"; {FULL:,} with --long"
    said = f"{count:,} texts with random features, stored in {stored:.0f} s{scaled}"
    first = seconds(lambda: annotation.refresh_pool(services))
    _promote(services)
    taken = seconds(lambda: annotation.refresh_pool(services))
    found = [
        row(
            "pool_order", taken, met=taken <= ORDER_GOAL * count / FULL, spread=spread([first, taken]),
            note=f"{said}; the goal in proportion is {ORDER_GOAL * count / FULL:g} s; the first order took {first:.1f} s",
        ),
        _next(services, bench.times(ASKED), said),
    ]  # fmt: skip
    services.database.close()
    return [measured for measured in found if measured.name in wanted]


def made_services(bench: Workbench, name: str) -> Services:
    """The release over an empty database of this name."""
    settings = bench.settings_at(name)
    database = open_database(settings)
    register_shipped(database, bench.release)
    return Services(settings, database, bench.release, LiveModel(database, bench.predictor.encoder))


def fill(services: Services, count: int) -> None:
    """Pooled texts with random features of unit length, in bulk."""
    encoder, source = services.live.predictor.encoder, np.random.default_rng(0)
    for start in range(1, count + 1, BLOCK):
        ids = range(start, min(start + BLOCK, count + 1))
        features = source.standard_normal((len(ids), encoder.width), np.float32)
        features /= np.linalg.norm(features, axis=1, keepdims=True)
        _store(services.database, encoder.encoder_id, ids, features)


def _store(database: Database, encoder_id: str, ids: range, features: np.ndarray) -> None:
    contents = [f"The made-up text number {id}." for id in ids]
    rows = [
        {"id": id, "hash": texts.fingerprint(content), "content": content, "source": "bench", "pooled": True}
        for id, content in zip(ids, contents, strict=True)
    ]
    known = [
        {"text_id": id, "encoder_id": encoder_id, "vector": vectors.pack(vector)}
        for id, vector in zip(ids, features, strict=True)
    ]
    with database.write() as session:
        session.execute(insert(Text), rows)
        session.execute(insert(Feature), known)


def _promote(services: Services) -> None:
    """A release whose heads differ a little goes live."""
    live = services.live.predictor
    noise = np.random.default_rng(1).normal(0, 0.01, live.heads.weight.shape).astype(np.float32)
    heads, name = replace(live.heads, weight=live.heads.weight + noise), f"{live.release}-r1"
    with services.database.write() as session:
        releases.add(
            session, name=name, parent=live.release, encoder_id=live.encoder.encoder_id, heads=heads.to_bytes(),
            metrics=[], snapshot=None, report=None,
        )  # fmt: skip
        releases.point(session, alias=PRODUCTION, release=name, actor="bench", reason="bench")
    services.live.refresh()


def _next(services: Services, count: int, said: str) -> Row:
    """One annotator at the page, who answers; the text that comes back is timed, while the pool is kept in order."""
    desk, taken = Desk(services, OWNER), []
    held = [item["id"] for item in desk.more(Asked())["items"]]
    with ThreadPoolExecutor(max_workers=1) as behind:
        for number in range(count):
            text_id, *held = held
            annotation.answer(
                services, OWNER, client_id=f"bench {number}", text_id=text_id, action="label",
                verdict=Verdict(("joy",), None, {}),
            )  # fmt: skip
            started = perf_counter()
            told = desk.more(Asked(have=held))
            taken.append(1e3 * (perf_counter() - started))
            held += [item["id"] for item in told["items"]]
            behind.submit(annotation.keep_up, services)
            sleep(PACE)
    p95 = percentile(taken, 95)
    return row(
        "pool_next", p95, met=p95 <= NEXT_GOAL, spread=(min(taken), max(taken)),
        note=f"{count} times, p50 {percentile(taken, 50):.1f} ms; {said}",
    )  # fmt: skip
