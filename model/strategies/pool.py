"""What a query strategy sees, and chance that depends on texts and seed but never on the order of rows."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Self

import numpy as np

from model.labels import TASKS, WIDTH, Task


@dataclass(frozen=True, slots=True)
class Pool:
    """Texts to choose from, and those labelled already.

    keys (rows,) whole numbers that name the texts; outputs (rows, WIDTH) as of ``Heads.apply``; features (rows, width);
    seen (labelled, width) and seen_outputs (labelled, WIDTH) of the texts labelled already; committee (members, rows,
    WIDTH), outputs of heads fitted to bootstrap samples of them; ``tasks``, the names of what an annotator will say.
    """

    keys: np.ndarray
    outputs: np.ndarray
    features: np.ndarray
    seen: np.ndarray
    seen_outputs: np.ndarray
    tasks: tuple[str, ...] = ("emotion7", "sentiment3")
    committee: np.ndarray | None = None

    @classmethod
    def fresh(cls, keys: np.ndarray, outputs: np.ndarray, features: np.ndarray, tasks: tuple[str, ...]) -> Self:
        """A pool of which nothing is labelled yet."""
        seen = np.empty((0, features.shape[1]), np.float32)
        return cls(keys, outputs, features, seen, np.empty((0, WIDTH), np.float32), tasks)

    def take(self, rows: np.ndarray) -> Self:
        """Some of the rows to choose from, by numbers."""
        committee = None if self.committee is None else self.committee[:, rows]
        some = partial(replace, self, committee=committee)
        return some(keys=self.keys[rows], outputs=self.outputs[rows], features=self.features[rows])

    def asked(self, *kinds: str) -> list[Task]:
        """The tasks that an annotator will answer, of some kinds."""
        return [TASKS[name] for name in self.tasks if TASKS[name].kind in kinds]


def draws(keys: np.ndarray, seed: int) -> np.ndarray:
    """Random 64 bits for each key, (rows,): SplitMix64 (Steele, Lea and Flood 2014) of key and seed."""
    with np.errstate(over="ignore"):
        z = keys.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15) * np.uint64(2 * seed + 1)
        for _ in range(2):  # once scatters neighbouring keys, twice neighbouring seeds
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            z ^= z >> np.uint64(31)
    return z
