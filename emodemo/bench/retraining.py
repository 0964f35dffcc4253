"""The whole `retrain` command on made-up corrections."""

import json
import random
from collections.abc import Collection
from itertools import islice

from sqlalchemy import insert, update

from db import annotators, texts
from db.engine import Database
from db.labels import MEASURED_ONE_IN
from db.schema import Correction, Label, Text
from emodemo.bench import samples
from emodemo.bench.processes import Finished, run
from emodemo.bench.rows import Row, row
from emodemo.bench.timing import interleaved, middle, spread
from emodemo.bench.workbench import Workbench
from emodemo.services import open_database
from model.labels import FINE_LABELS, POLARITIES

CORRECTIONS = 1_000
REPEATS = 2
GOAL = 15  # seconds
MOST_MEMORY = 4_000  # MB
NOTE = "no features stored before; labels drawn at random, which moves the heads far"


def retraining(bench: Workbench, wanted: Collection[str]) -> list[Row]:
    """Rows ``retrain`` and ``retrain_growth``."""
    runs: list[Finished] = []

    def once(number: int) -> float:
        runs.append(retrained(bench, bench.times(CORRECTIONS), number))
        return runs[-1].seconds

    [taken] = interleaved([once], bench.times(REPEATS))
    found = []
    if "retrain" in wanted:
        decision = json.loads(runs[-1].output)["decision"]
        note = f"{NOTE}; {decision}; {max(run.peak for run in runs):,.0f} MB at most"
        found.append(row("retrain", middle(taken), met=middle(taken) <= GOAL, spread=spread(taken), note=note))
    if "retrain_growth" in wanted:
        found.append(growth(bench, middle(taken)))
    return found


def growth(bench: Workbench, seconds: float) -> Row:
    """Ten and, at full length, a hundred times the corrections; the worst of both counts."""
    runs = {
        times: retrained(bench, bench.times(CORRECTIONS) * times, times)
        for times in ((10, 100) if bench.long else (10,))
    }
    shares = [run.seconds / seconds / times for times, run in runs.items()]
    peak = max(run.peak for run in runs.values())
    said = ", ".join(f"{times} ×: {run.seconds:.1f} s and {run.peak:,.0f} MB" for times, run in runs.items())
    return row(
        "retrain_growth", max(shares), met=max(shares) <= 1 and peak <= MOST_MEMORY,
        note=said + ("" if bench.long else "; 100 × with --long"),
    )  # fmt: skip


def retrained(bench: Workbench, count: int, seed: int) -> Finished:
    """One run of the command on a fresh database with ``count`` corrected texts."""
    settings = bench.settings_at(f"retrain-{count}-{seed}")
    database = open_database(settings)
    correct(database, count, seed)
    database.close()
    return run(bench.command(settings, "-m", "emodemo", "retrain", "--json"), bench.folder)


def correct(database: Database, count: int, seed: int) -> None:
    """Store ``count`` corrections of different made-up texts by one annotator, in bulk."""
    source = random.Random(seed)
    contents = list(islice(samples.sentences(seed + 10), count))
    with database.write() as session:
        annotator = annotators.ensure(session, name="bench", role="annotator")
        ids = texts.add(session, contents=contents, source="bench", pooled=False)
        said = [(source.choice(FINE_LABELS), source.choice(POLARITIES)) for _ in ids]
        session.execute(
            insert(Correction),
            [
                {"id": n, "client_id": f"bench-{n}", "text_id": id, "annotator_id": annotator.id, "action": "label",
                 "labels": [label], "polarity": polarity, "scores": {}, "visible": False}
                for n, (id, (label, polarity)) in enumerate(zip(ids, said, strict=True), 1)
            ],
        )  # fmt: skip
        session.execute(
            insert(Label),
            [
                {"text_id": id, "labels": {label: 1.0}, "polarity": {polarity: 1.0}, "scores": {}, "corrections": [n]}
                for n, (id, (label, polarity)) in enumerate(zip(ids, said, strict=True), 1)
            ],
        )  # fmt: skip
        session.execute(
            update(Text),
            [
                {"id": id, "measured": int(texts.fingerprint(content), 16) % MEASURED_ONE_IN == 0}
                for id, content in zip(ids, contents, strict=True)
            ],
        )
