"""The registry of strategies, and how each is asked for a batch."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from model.labels import TASKS
from model.strategies import diversity, information, uncertainty
from model.strategies.pool import Pool, draws
from model.strategies.recommended import recommended

Choose = Callable[[Pool, int, np.random.Generator], np.ndarray]
"""Pool, size of the batch (at most the pool's), chance → rows of the pool, the most wanted first."""
CANDIDATES = 10_000  # drawn at random from a larger pool before texts are compared with one another


@dataclass(frozen=True, slots=True)
class Strategy:
    """How a batch is chosen, among how many random ``candidates`` at most (None: all), whether it asks a committee, and
    whether it looks at classes alone and so has nothing to say where only scores are asked for.
    """

    choose: Choose
    candidates: int | None = None
    committee: bool = False
    classes: bool = False

    def speaks_of(self, tasks: tuple[str, ...]) -> bool:
        return not self.classes or any(TASKS[task].kind != "score" for task in tasks)


def choose(strategy: Strategy, pool: Pool, batch: int, seed: int) -> np.ndarray:
    """Rows of the pool to label next, (min(batch, rows),), the most wanted first and none twice.

    Rows are put into an order that only keys and seed decide before the strategy sees them: so the same texts are
    chosen whatever order they come in, ties are broken at random, and the first rows are a random sample.
    """
    order = np.argsort(draws(pool.keys, seed), kind="stable")[: strategy.candidates]
    chosen = strategy.choose(pool.take(order), min(batch, len(order)), np.random.default_rng(seed))
    return order[chosen]


def _highest(score: Callable[[Pool], np.ndarray]) -> Choose:
    return lambda pool, batch, _rng: np.argsort(-score(pool), kind="stable")[:batch]


def _by_classes(score: Callable[[np.ndarray, tuple[str, ...]], np.ndarray]) -> Strategy:
    return Strategy(_highest(lambda pool: score(pool.outputs, pool.tasks)), classes=True)


def _dense(pool: Pool) -> np.ndarray:
    return uncertainty.entropy(pool.outputs, pool.tasks) * diversity.density(pool)


STRATEGIES: dict[str, Strategy] = {
    "random": Strategy(lambda _pool, batch, _rng: np.arange(batch)),
    "least-confidence": _by_classes(uncertainty.least_confidence),
    "margin": _by_classes(uncertainty.margin),
    "entropy": _by_classes(uncertainty.entropy),
    "gradient-length": _by_classes(uncertainty.gradient_length),
    "conflict": _by_classes(uncertainty.conflict),
    "disagreement": Strategy(_highest(uncertainty.disagreement), committee=True),
    "density": Strategy(_highest(_dense), CANDIDATES, classes=True),
    "core-set": Strategy(diversity.k_center, CANDIDATES),
    "k-means": Strategy(diversity.k_means, CANDIDATES),
    "badge": Strategy(information.badge, CANDIDATES),
    "information": Strategy(information.information, CANDIDATES),
    "recommended": Strategy(recommended, CANDIDATES),
}
