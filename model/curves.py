"""Learning curves: what a replay reaches after each batch, and what that says of a strategy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.stats import t as student

from model.simulation import Step

TARGETS = (90, 95, 99)  # percent of what all labels give


@dataclass(frozen=True, slots=True)
class Curve:
    """One replay: labels (steps,) and the ``shares`` (steps,) reached of what all labels give, the mean over tasks."""

    scenario: str
    strategy: str
    seed: int
    labels: np.ndarray
    shares: np.ndarray
    seconds: float

    @classmethod
    def of(cls, scenario: str, strategy: str, seed: int, steps: Sequence[Step], full: Mapping[str, float]) -> "Curve":
        """From a replay's steps and each task's metric after all labels; ``seconds`` becomes the mean of a query."""
        shares = [np.mean([step.values[task] / full[task] for task in full]) for step in steps]
        seconds = float(np.mean([step.seconds for step in steps[1:]])) if steps[1:] else 0.0
        return cls(scenario, strategy, seed, np.array([step.labels for step in steps]), np.array(shares), seconds)

    @property
    def area(self) -> float:
        """Mean share over all numbers of labels: the area under the curve by trapezoids, over its width."""
        return float(np.trapezoid(self.shares, self.labels) / max(self.labels[-1], 1))

    def needed(self, percent: float) -> float:
        """Labels after which the curve, made to rise by isotonic regression, passes ``percent``; infinite if never."""
        rising = isotonic_regression(self.shares).x
        if rising[-1] < percent / 100:
            return np.inf
        place = int(np.argmax(rising >= percent / 100))
        if not place:
            return float(self.labels[0])
        pair = slice(place - 1, place + 1)
        return float(np.interp(percent / 100, rising[pair], self.labels[pair]))


def summary(curves: Sequence[Curve]) -> list[dict]:
    """A row for each scenario and strategy: labels needed, area and seconds as means over seeds with 95 % intervals.

    Where a seed's curve never passes a target, its last number of labels counts and ``reached_N``, the share of seeds
    that pass, is under 1: the labels needed are then more than said.
    """
    groups: dict[tuple[str, str], list[Curve]] = {}
    for curve in curves:
        groups.setdefault((curve.scenario, curve.strategy), []).append(curve)
    return [_row(scenario, strategy, group) for (scenario, strategy), group in groups.items()]


def _row(scenario: str, strategy: str, group: Sequence[Curve]) -> dict:
    row: dict = {"scenario": scenario, "strategy": strategy, "seeds": len(group)}
    for percent in TARGETS:
        needed = np.array([curve.needed(percent) for curve in group])
        most = np.array([float(curve.labels[-1]) for curve in group])
        row |= _interval(f"labels_{percent}", np.minimum(needed, most), 1)
        row[f"reached_{percent}"] = round(float(np.isfinite(needed).mean()), 3)
    row |= _interval("area", np.array([curve.area for curve in group]), 4)
    return row | {"seconds": round(float(np.mean([curve.seconds for curve in group])), 3)}


def _interval(name: str, values: np.ndarray, digits: int) -> dict[str, float | None]:
    """Mean, low and high of Student's 95 % interval over seeds, the bounds None for one seed."""
    mean, count = float(values.mean()), len(values)
    facts: dict[str, float | None] = {name: round(mean, digits), f"{name}_low": None, f"{name}_high": None}
    if count > 1:
        half = float(student.ppf(0.975, count - 1) * values.std(ddof=1) / np.sqrt(count))
        facts |= {f"{name}_low": round(mean - half, digits), f"{name}_high": round(mean + half, digits)}
    return facts
