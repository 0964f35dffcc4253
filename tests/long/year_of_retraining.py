"""A year of weekly retrainings, played on frozen features: what the gate lets through, month by month.

The shipped heads are fitted again without GoEmotions, whose dev rows then are the users' own texts: a domain that the
model has yet to learn. Locked are the hold-out's other corpora. Features are turned onto their first principal directions
so that five years pass in minutes. Run it as ``python tests/long/year_of_retraining.py --data ../data --run runs/year``.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from emodemo.candidates import Trainer
from emodemo.evidence import Evidence, agreement
from emodemo.gate import Gate
from emodemo.retraining import best_candidate
from model.building import encode_split
from model.context import ContextHead
from model.evaluation import primary_metrics
from model.heads import Heads, fit
from model.labelled import LabelledFeatures
from model.labels import TASKS, WIDTH
from model.release import ReleaseFolder

DOMAIN, DIRECTIONS, REPLAYED, WEEKS, PEOPLE = "goemotions", 128, 3000, 52, 10
EMOTIONS = TASKS["emotion7"].columns


class World:
    """Shipped heads that never saw the domain, replay set, hold-out, and the users' own texts: taught and unseen ones."""

    def __init__(self, data: Path, run: Path) -> None:
        release = ReleaseFolder.open()
        replay, holdout = release.replay(), release.holdout()
        self._mean = replay.features.mean(0)
        self._turn = np.linalg.svd(replay.features - self._mean, full_matrices=False)[2][:DIRECTIONS].T
        known = self._turned(replay.take(replay.corpus != DOMAIN))
        self.locked = self._turned(holdout.take(holdout.corpus != DOMAIN))
        self.shipped = fit(
            known.features, known.targets, weights=np.ones((len(known.features), WIDTH), np.float32),
            start=replace(Heads.zeros(DIRECTIONS), context=ContextHead.zeros(DIRECTIONS)), decay=0.1,
        )  # fmt: skip
        self.replay = self._turned(replay).take(np.random.default_rng(0).permutation(len(replay.features))[:REPLAYED])
        texts = self._turned(encode_split(release.encoder(), data, "dev", [DOMAIN], run).plain())
        texts.targets[:, np.r_[: EMOTIONS.start, EMOTIONS.stop : WIDTH]] = np.nan  # people name emotions
        half = len(texts.features) // 2
        self.taught, self.unseen = texts.take(np.arange(half)), texts.take(np.arange(half, len(texts.features)))

    def _turned(self, rows: LabelledFeatures) -> LabelledFeatures:
        return LabelledFeatures((rows.features - self._mean) @ self._turn, rows.targets, rows.corpus)


def arrivals(scenario: str, rng: np.random.Generator, rows: int) -> Iterator[np.ndarray]:
    """Numbers of the texts that are corrected each week."""
    left = rng.permutation(rows)
    for week in range(WEEKS):
        mean = 20.0
        if scenario == "bursts and silence":
            mean = 120.0 if week % 10 == 3 else 0.0 if week % 3 else 10.0
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


def play(world: World, scenario: str, seed: int = 0) -> None:
    """Print the year's months: corrections, promotions, own-text accuracy, the worst locked change against shipped."""
    rng = np.random.default_rng(seed)
    taught = world.taught
    if scenario == "drifting topics":  # along the first direction that texts differ in
        taught = taught.take(np.argsort(taught.features[:, 0] + rng.normal(scale=2, size=len(taught.features))))
    order = np.arange(len(taught.features)) if scenario == "drifting topics" else None
    weeks = arrivals(scenario, rng, len(taught.features))
    base = primary_metrics(world.shipped, world.locked)
    live, seen, rows, answers, promoted = world.shipped, 0, np.zeros(0, int), np.zeros((0, WIDTH), np.float32), 0
    measured = np.zeros(0, bool)
    for week, new in enumerate(weeks, 1):
        if order is not None:
            new = order[len(rows) : len(rows) + len(new)]
        if len(new):
            targets = taught.targets[new]
            targets[:, EMOTIONS] = said(scenario, rng, targets[:, EMOTIONS])
            rows, answers = np.concatenate([rows, new]), np.concatenate([answers, targets])
            measured = np.concatenate([measured, (new % 5 == 0) & (np.arange(len(new)) + len(measured) >= 10)])
            evidence = Evidence(rows, taught.features[rows], answers, measured, np.arange(len(rows)) < seen)
            gate = Gate(live, world.shipped, world.locked, evidence, 500)
            candidate, verdict = best_candidate(gate, Trainer(world.shipped, world.replay, evidence))
            if verdict.passed:
                live, seen, promoted = candidate, len(rows), promoted + 1
        if week % 4 == 0:
            now = primary_metrics(live, world.locked)
            worst = min(100 * (now[key] - base[key]) for key in base)
            own = 100 * agreement(live.apply(world.unseen.features), world.unseen.targets).mean()
            print(
                f"{scenario:20} week {week:2} corrections {len(rows):5} promotions {promoted:2} own {own:5.1f} worst locked {worst:+.2f}",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--run", type=Path, required=True, help="folder where features are kept")
    parser.add_argument("scenarios", nargs="*")
    arguments = parser.parse_args()
    arguments.run.mkdir(parents=True, exist_ok=True)
    world = World(arguments.data, arguments.run)
    scenarios = ["honest", "one in ten careless", "one hostile", "drifting topics", "bursts and silence"]
    for scenario in arguments.scenarios or scenarios:
        play(world, scenario)


if __name__ == "__main__":
    sys.path.insert(0, ".")
    main()
