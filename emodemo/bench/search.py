"""Finding texts among a million by words and by what people said, and texts like one text."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from time import perf_counter

import numpy as np
from sqlalchemy import insert

from db import facts, records, search, texts, vectors
from db.records import Verdict
from db.schema import Feature, Text
from db.search import Query
from emodemo import similar
from emodemo.bench.pool import BLOCK, FULL, made_services
from emodemo.bench.rows import Row, row
from emodemo.bench.timing import percentile, seconds
from emodemo.bench.workbench import Workbench
from emodemo.services import Services
from model.labels import EMOTIONS, POLARITIES

VOCABULARY = 50_000  # made-up words, as frequent as Zipf's law has it
LONGEST = 22  # words of a text, from 4 on
ANSWERED = 10  # every so many a text
PEOPLE = 7
START = datetime(2026, 1, 1, tzinfo=UTC)
TEXTS = ENCODED = 200_000  # of a pool of FULL, too, so many have features
ROUNDS, ASKED = 2, 5
GOAL, LIKE_GOAL = 300, 2000  # ms

WORDS = ("w0x", "w1x", "w20x", "w400x", "w9000x", "w0x w1x", "w3x w70x", '"w0x w2x"', '"w5x w9x"', "w12*", "w410*")
ASIDE = (
    Query(),
    Query(only_for=3),
    Query(label="joy"),
    Query(annotator=3),
    Query(annotator=3, state="unlabelled"),
    Query(annotator=2, label="fear"),
    Query(state="unlabelled"),
    Query(state="flagged"),
    Query(release="r4"),
    Query(since=date(2026, 2, 10), until=date(2026, 3, 20)),
    Query(annotator=1, state="labelled", polarity="positive", release="r2", since=date(2026, 6, 1)),
)


def searching(bench: Workbench, wanted: Collection[str]) -> list[Row]:
    """Rows ``search`` and ``similar`` of one pool."""
    services = made_services(bench, "search")
    count = bench.times(FULL if bench.long else TEXTS)
    stored = seconds(lambda: fill(services, count, encoded=min(count, bench.times(ENCODED))))
    said = f"{count:,} texts with their index stored in {stored:.0f} s" + (
        "" if bench.long else f"; {FULL:,} with --long"
    )
    measures = {
        "search": lambda: _search(services, bench.times(ROUNDS), said),
        "similar": lambda: _similar(services, bench),
    }
    found = [measure() for name, measure in measures.items() if name in wanted]
    services.database.close()
    return found


def fill(services: Services, count: int, *, encoded: int) -> None:
    """Pooled texts of made-up words, one in ``ANSWERED`` answered, and features of the first ``encoded`` of them."""
    source, encoder = np.random.default_rng(0), services.live.predictor.encoder
    for start in range(1, count + 1, BLOCK):
        ids = range(start, min(start + BLOCK, count + 1))
        rows = [
            {
                "id": id,
                "hash": f"{id:064x}",
                "content": content,
                "source": "bench",
                "pooled": True,
                "facts": _facts(id, source),
            }
            for id, content in zip(ids, _contents(len(ids), source), strict=True)
        ]
        vector = source.standard_normal((len(ids), encoder.width), np.float32)
        known = [
            {"text_id": id, "encoder_id": encoder.encoder_id, "vector": vectors.pack(feature)}
            for id, feature in zip(ids, vector, strict=True)
            if id <= encoded
        ]
        with services.database.write() as session:
            session.execute(insert(Text), rows)
            if known:
                session.execute(insert(Feature), known)


def _contents(count: int, source: np.random.Generator) -> Iterator[str]:
    shares = np.cumsum(1 / np.arange(1, VOCABULARY + 1))
    lengths = source.integers(4, LONGEST, count)
    words = np.searchsorted(shares, source.random(lengths.sum()) * shares[-1])
    for part in np.split(words, np.cumsum(lengths)[:-1]):
        yield " ".join(f"w{word}x" for word in part)


def _facts(id: int, source: np.random.Generator) -> str:
    number = int(source.integers(0, 1_000_000))
    if number % ANSWERED:
        return facts.UNTOUCHED
    person, day = number % PEOPLE + 1, START + timedelta(days=number % 365)
    action: records.Action = "flag" if number % 50 == 0 else "label"
    verdict = Verdict((EMOTIONS[number % len(EMOTIONS)],), POLARITIES[number % len(POLARITIES)])
    said = records.Correction(id, "", id, person, "", action, verdict, True, f"r{number % 9}", 1.0, None, None, day)
    return facts.described([(said, "annotator")])


def _search(services: Services, rounds: int, said: str) -> Row:
    """Every query with every one of the words: its first page or one from the middle, and how many there are."""
    with services.database.read() as session:
        middle = texts.newest_in_pool(session) // 2
    queries = [replace(query, words=words) for query, words in product(ASIDE, ("", *WORDS))]
    asked = [*product(queries, (None, middle))] * rounds
    taken = []
    for query, after in asked:
        started = perf_counter()
        with services.database.read() as session:
            search.find(session, query, after=after)
            search.count(session, query)
        taken.append(1e3 * (perf_counter() - started))
    p95, slowest = percentile(taken, 95), asked[int(np.argmax(taken))][0]
    return row(
        "search", p95, met=p95 <= GOAL, spread=(min(taken), max(taken)),
        note=f"{len(taken)} times a page and a count, p50 {percentile(taken, 50):.1f} ms; {said}; the slowest: {slowest}",
    )  # fmt: skip


def _similar(services: Services, bench: Workbench) -> Row:
    taken = []
    for number in range(1, bench.times(ASKED) + 1):
        started = perf_counter()
        similar.nearest(services, text_id=number, limit=50)
        taken.append(1e3 * (perf_counter() - started))
    p95, encoded = percentile(taken, 95), bench.times(ENCODED)
    return row(
        "similar", p95, met=p95 <= LIKE_GOAL, spread=(min(taken), max(taken)),
        note=f"{len(taken)} times, exact over {encoded:,} texts, read from the database in blocks of {similar.BLOCK:,}",
    )  # fmt: skip
