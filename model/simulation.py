"""Replays annotation on a labelled corpus: a strategy asks, the corpus answers, the heads are fitted again."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from model.evaluation import PRIMARY, tasks_measured
from model.heads import Heads, fit
from model.labelled import LabelledFeatures
from model.labels import TASKS
from model.strategies import Pool, Strategy, choose

# What the heads knew before counts as about this many over the mean squared length of centred features (190 of the
# shipped encoder) labelled texts. A compromise between MELD's dev split and EmoBank's, found with random sampling.
CAUTION = 200.0
MEMBERS = 5  # of a committee
MEMBER_ITERATIONS = 20
MEASURED = PRIMARY | {"sarcasm": "macro_f1"}


@dataclass(frozen=True, slots=True)
class Scenario:
    """A corpus to learn: texts to label, texts to measure on, the heads to start from and the tasks that it labels."""

    corpus: str
    pool: LabelledFeatures
    test: LabelledFeatures
    start: Heads

    @property
    def tasks(self) -> tuple[str, ...]:
        return tuple(name for name, task in TASKS.items() if not np.isnan(self.pool.targets[:, task.columns]).all())

    def measure(self, heads: Heads) -> dict[str, float]:
        """The primary metric of each task on the texts to measure on."""
        outputs = heads.apply(self.test.features)
        return {
            task: float(measured.metrics[MEASURED[task]](np.ones(len(measured.rows))))
            for task, measured in tasks_measured(self.test.targets, outputs, heads.thresholds)
            if task in self.tasks
        }


def learn(
    start: Heads,
    rows: LabelledFeatures,
    *,
    times: np.ndarray | None = None,
    begin: Heads | None = None,
    most: int = 200,
) -> Heads:
    """``start`` moved by labelled rows, each counting ``times`` (rows,), in at most so many iterations from ``begin``."""
    weights = np.ones_like(rows.targets) if times is None else np.repeat(times[:, None], rows.targets.shape[1], 1)
    decay = CAUTION / max(len(rows.features), 1)
    return fit(rows.features, rows.targets, weights=weights, start=start, decay=decay, iterations=most, begin=begin)


@dataclass(frozen=True, slots=True)
class Step:
    """After ``labels`` labels: each task's metric, and the seconds that the query before them took."""

    labels: int
    values: dict[str, float]
    seconds: float


@dataclass(frozen=True, slots=True)
class Plan:
    """Labels asked for at once, labels asked for in all, and the share of answers that are wrong."""

    batch: int = 25
    most: int = 1500
    noise: float = 0.0


def replay(scenario: Scenario, strategy: Strategy, plan: Plan, seed: int) -> Iterator[Step]:
    """Steps from no label to ``plan.most``, or to the whole pool. The same seed gives the same steps."""
    rng = np.random.default_rng(seed)
    pool = answered(scenario.pool, plan.noise, rng)
    waiting, labelled = np.arange(len(pool.features)), np.empty(0, int)
    heads = scenario.start
    yield Step(0, scenario.measure(heads), 0.0)
    while len(waiting) and len(labelled) < plan.most:
        committee = _committee(scenario, pool.take(labelled), heads, rng) if strategy.committee else []
        started = time.perf_counter()
        view = _view(scenario, heads, committee, waiting, labelled)
        chosen = choose(strategy, view, min(plan.batch, plan.most - len(labelled)), seed + 1000 * len(labelled))
        seconds = time.perf_counter() - started
        labelled = np.concatenate([labelled, waiting[chosen]])
        waiting = np.delete(waiting, chosen)
        heads = learn(scenario.start, pool.take(labelled), begin=heads)
        yield Step(len(labelled), scenario.measure(heads), seconds)


def answered(pool: LabelledFeatures, noise: float, rng: np.random.Generator) -> LabelledFeatures:
    """The pool with a share of answers taken from another of its texts, as a careless annotator's would be."""
    wrong = np.flatnonzero(rng.random(len(pool.targets)) < noise)
    targets = pool.targets.copy()
    targets[wrong] = pool.targets[rng.integers(0, len(targets), len(wrong))]
    return replace(pool, targets=targets)


def _view(scenario: Scenario, heads: Heads, committee: list[Heads], waiting: np.ndarray, labelled: np.ndarray) -> Pool:
    features, seen = scenario.pool.features[waiting], scenario.pool.features[labelled]
    votes = np.stack([member.apply(features) for member in committee]) if committee else None
    return Pool(waiting, heads.apply(features), features, seen, heads.apply(seen), scenario.tasks, votes)


def _committee(scenario: Scenario, rows: LabelledFeatures, heads: Heads, rng: np.random.Generator) -> list[Heads]:
    """Heads fitted to bootstrap samples of the labelled rows; while there are none, the heads themselves."""
    count = len(rows.features)
    if not count:
        return [heads]
    draws = rng.multinomial(count, np.full(count, 1 / count), MEMBERS).astype(np.float32)
    return [learn(scenario.start, rows, times=times, begin=heads, most=MEMBER_ITERATIONS) for times in draws]
