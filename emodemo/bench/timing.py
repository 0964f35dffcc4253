"""How things are timed: sides in turn, several rounds, medians and spreads."""

from collections.abc import Callable, Sequence
from itertools import cycle
from statistics import median
from time import perf_counter

import numpy as np

Side = Callable[[int], float]


def interleaved(sides: Sequence[Side], rounds: int) -> list[list[float]]:
    """Every side's figure of every round. A round asks each side once, so that a busy moment hits all of them alike."""
    asked = [[side(number) for side in sides] for number in range(rounds)]
    return [list(figures) for figures in zip(*asked, strict=True)]


def middle(figures: Sequence[float]) -> float:
    return float(median(figures))


def spread(figures: Sequence[float]) -> tuple[float, float]:
    return min(figures), max(figures)


def percentile(figures: Sequence[float], q: float) -> float:
    return float(np.percentile(figures, q))


def seconds(action: Callable[[], object]) -> float:
    """How long it takes."""
    started = perf_counter()
    action()
    return perf_counter() - started


def paced(answer: Callable[[list[str]], object], texts: Sequence[str], size: int, limit: float) -> Side:
    """A side that answers ``size`` texts at a time, going on where it stopped, for ``limit`` seconds → texts a second."""
    blocks = cycle([list(texts[start : start + size]) for start in range(0, len(texts) - size + 1, size)])

    def rate(_: int) -> float:
        done, started, spent = 0, perf_counter(), 0.0
        while spent < limit:
            block = next(blocks)
            answer(block)
            done, spent = done + len(block), perf_counter() - started
        return done / spent

    return rate
