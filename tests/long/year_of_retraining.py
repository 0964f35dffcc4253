"""A year of weekly retrainings, played on frozen features: what the gate lets through.

The shipped heads are fitted again without GoEmotions, whose texts then are the users' own: a domain that the model has
yet to learn. Locked are the hold-out's other corpora. Features are turned onto their first principal directions so that
five years pass in minutes.

    PYTHONPATH=. python tests/long/year_of_retraining.py --data ../data --run runs/year

teaches texts of the dev split and prints a line for each month, then the table; its exit status is 1 where a promise is
broken. The tests play the years smaller and without corpora.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np

from emodemo.candidates import Trainer, best_candidate
from emodemo.evidence import Evidence, agreement
from emodemo.gate import Gate
from emodemo.locked import TOLERANCE
from model.building import encode_split
from model.context import ContextHead
from model.evaluation import primary_metrics
from model.heads import Heads, fit
from model.labelled import LabelledFeatures
from model.labels import TASKS, WIDTH
from model.release import ReleaseFolder

DOMAIN, WEEKS, PEOPLE = "goemotions", 52, 10
SCENARIOS = ("honest", "one in ten careless", "one hostile", "drifting topics", "bursts and silence")
EMOTIONS = TASKS["emotion7"].columns


@dataclass(frozen=True, slots=True)
class Scale:
    """How much of everything there is: principal directions, replayed rows, resamples of the gate, texts a week, weeks
    from one retraining to the next.
    """

    directions: int = 256
    replayed: int = 10_000
    resamples: int = 300
    weekly: float = 40.0
    every: int = 1


@dataclass(frozen=True, slots=True)
class World:
    """Shipped heads that never saw the domain, replay set, hold-out, and the users' own texts: taught and unseen ones."""

    scale: Scale
    shipped: Heads
    replay: LabelledFeatures
    locked: LabelledFeatures
    taught: LabelledFeatures
    unseen: LabelledFeatures

    @classmethod
    def of_corpora(cls, data: Path, run: Path, scale: Scale) -> Self:
        """The users' own texts are the domain's dev rows under ``data``, which no encoder was trained on."""
        release = ReleaseFolder.open()
        texts = encode_split(release.encoder(), data, "dev", [DOMAIN], run).plain()
        half = len(texts.features) // 2
        parts = texts.take(np.arange(half)), texts.take(np.arange(half, len(texts.features)))
        return cls._of(release, *parts, scale)

    @classmethod
    def of_release(cls, scale: Scale) -> Self:
        """Without corpora: they are what replay set and hold-out have of the domain."""
        release = ReleaseFolder.open()
        replay, holdout = release.replay(), release.holdout()
        return cls._of(
            release, replay.take(replay.corpus == DOMAIN), holdout.take(holdout.corpus == DOMAIN), scale
        )  # fmt: skip

    @classmethod
    def _of(cls, release: ReleaseFolder, taught: LabelledFeatures, unseen: LabelledFeatures, scale: Scale) -> Self:
        replay, holdout = release.replay(), release.holdout()
        mean = replay.features.mean(0)
        turn = np.linalg.svd(replay.features - mean, full_matrices=False)[2][: scale.directions].T

        def turned(rows: LabelledFeatures) -> LabelledFeatures:
            return LabelledFeatures((rows.features - mean) @ turn, rows.targets, rows.corpus)

        known = turned(replay.take(replay.corpus != DOMAIN))
        blank = replace(Heads.zeros(scale.directions), context=ContextHead.zeros(scale.directions))
        weights = np.ones((len(known.features), WIDTH), np.float32)
        some = np.random.default_rng(0).permutation(len(known.features))[: scale.replayed]
        return cls(
            scale=scale,
            shipped=fit(known.features, known.targets, weights=weights, start=blank, decay=0.1),
            replay=known.take(some),
            locked=turned(holdout.take(holdout.corpus != DOMAIN)),
            taught=_emotions_alone(turned(taught)),
            unseen=_emotions_alone(turned(unseen)),
        )


def _emotions_alone(rows: LabelledFeatures) -> LabelledFeatures:
    """People name emotions."""
    targets = np.full_like(rows.targets, np.nan)
    targets[:, EMOTIONS] = rows.targets[:, EMOTIONS]
    return replace(rows, targets=targets)


@dataclass(frozen=True, slots=True)
class Month:
    """After a week: corrections and promotions so far, agreement with unseen texts of the users' own in points, and the
    lowest that any locked metric of any live release lay above (below, if negative) the shipped one's, in points.
    """

    scenario: str
    week: int
    corrections: int
    promotions: int
    own: float
    worst: float


def arrivals(world: World, scenario: str, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Numbers of the texts that are corrected each week."""
    left = rng.permutation(len(world.taught.features))
    if scenario == "drifting topics":  # along the first direction that texts differ in
        left = np.argsort(world.taught.features[:, 0] + rng.normal(scale=2, size=len(left)))
    for week in range(WEEKS):
        mean = world.scale.weekly
        if scenario == "bursts and silence":
            mean *= 6.0 if week % 10 == 3 else 0.0 if week % 3 else 0.5
        count = min(int(rng.poisson(mean)), len(left))
        yield left[:count]
        left = left[count:]


def said(scenario: str, rng: np.random.Generator, truth: np.ndarray) -> np.ndarray:
    """What people make of texts whose emotions are ``truth`` (rows, 7): one in twenty errs, and some do worse."""
    answers, people = truth.copy(), rng.integers(0, PEOPLE, len(truth))
    noise = np.eye(7, dtype=np.float32)[rng.integers(0, 7, len(truth))]
    wrong = np.roll(truth, 1, axis=1)
    erring = rng.random(len(truth)) < 0.05
    answers[erring] = noise[erring]
    if scenario == "one in ten careless":
        answers[people == 0] = noise[people == 0]
    if scenario == "one hostile":
        answers[people == 0] = wrong[people == 0]
    return answers


def play(world: World, scenario: str, seed: int = 0) -> Iterator[Month]:
    """The shipped release as it is, then the end of every fourth week of the year."""
    rng = np.random.default_rng(seed)
    base = primary_metrics(world.shipped, world.locked)
    live, seen, tried, promoted, worst = world.shipped, 0, 0, 0, 0.0
    rows, targets, measured = np.zeros(0, int), np.zeros((0, WIDTH), np.float32), np.zeros(0, bool)
    yield Month(scenario, 0, 0, 0, _own(world, live), worst)
    for week, new in enumerate(arrivals(world, scenario, rng), 1):
        if len(new):
            answers = world.taught.targets[new]
            answers[:, EMOTIONS] = said(scenario, rng, answers[:, EMOTIONS])
            measured = np.concatenate([measured, (new % 5 == 0) & (np.arange(len(new)) + len(rows) >= 10)])
            rows, targets = np.concatenate([rows, new]), np.concatenate([targets, answers])
        if len(rows) > tried and week % world.scale.every == 0:
            tried = len(rows)
            evidence = Evidence(rows, world.taught.features[rows], targets, measured, np.arange(len(rows)) < seen)
            gate = Gate(live, world.shipped, world.locked, evidence, world.scale.resamples)
            candidate, verdict = best_candidate(gate, Trainer(world.shipped, world.replay, evidence))
            if verdict.passed:
                live, seen, promoted = candidate, len(rows), promoted + 1
                now = primary_metrics(live, world.locked)
                worst = min(worst, *(100 * (now[key] - base[key]) for key in base))
        if week % 4 == 0:
            yield Month(scenario, week, len(rows), promoted, _own(world, live), worst)


def _own(world: World, heads: Heads) -> float:
    return 100 * float(agreement(heads.apply(world.unseen.features), world.unseen.targets).mean())


def kept(year: Sequence[Month]) -> bool:
    """Whether the year kept the promise: nothing locked fell by more than the tolerance, own texts gained."""
    return year[-1].worst >= -100 * TOLERANCE - 0.01 and year[-1].own > year[0].own  # figures are rounded


def table(years: Sequence[Sequence[Month]]) -> str:
    """Markdown, a row for each year."""
    lines = ["| year | corrections | promotions | own texts | lowest locked change |", "|---|---|---|---|---|"]
    for first, *_, last in years:
        own = f"{first.own:.1f} → {last.own:.1f}"
        lines.append(f"| {last.scenario} | {last.corrections:,} | {last.promotions} | {own} | {last.worst:+.2f} |")
    return "\n".join(lines)


def watched(months: Iterator[Month], say: Callable[[str], None]) -> list[Month]:
    """The months, each told as it ends."""
    found = []
    for month in months:
        say(f"{month.scenario}: {month}")
        found.append(month)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--run", type=Path, required=True, help="folder where features are kept")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("scenarios", nargs="*", default=SCENARIOS)
    arguments = parser.parse_args()
    arguments.run.mkdir(parents=True, exist_ok=True)
    world = World.of_corpora(arguments.data, arguments.run, Scale())
    years = [
        watched(play(world, name, arguments.seed), lambda line: print(line, file=sys.stderr, flush=True))
        for name in arguments.scenarios
    ]
    print(table(years))
    return 0 if all(map(kept, years)) else 1


if __name__ == "__main__":
    sys.exit(main())
