"""The mixture that we recommend; docs/active-learning.md shows what it saves."""

import numpy as np

from model.strategies.diversity import k_means
from model.strategies.information import information
from model.strategies.pool import Pool


def recommended(pool: Pool, batch: int, rng: np.random.Generator) -> np.ndarray:
    """The pool's typical texts while nothing is labelled and heads know little of it, then the most informative ones.

    Information alone begins with texts at the pool's edge, of which heads that know nothing learn less.
    """
    choose = information if len(pool.seen) else k_means
    return choose(pool, batch, rng)
