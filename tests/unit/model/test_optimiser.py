"""The optimum is that of scipy's L-BFGS run to convergence, on features as badly conditioned as real ones."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.optimize import minimize

from model import heads as module
from model.heads import Heads
from model.labels import TASKS, WIDTH, Task
from model.optimiser import minimise

RNG = np.random.default_rng(6)
ROWS, WIDE = 300, 20


def problem(task: Task) -> tuple[module.Objective, module.Metric, np.ndarray, np.ndarray]:
    """A task's loss, its metric, where it starts, and the features."""
    x = (RNG.normal(size=(ROWS, WIDE)) * np.geomspace(10, 0.1, WIDE) + 3).astype(np.float32)
    classes = len(task.classes)
    y = RNG.dirichlet(np.full(classes, 0.2), ROWS) if task.kind == "categorical" else RNG.random((ROWS, classes))
    weights, temperature = RNG.random((ROWS, 1)) * np.ones((1, classes)), np.full(classes, 1.2, np.float32)
    start = np.zeros((WIDE + 1, classes), np.float32)
    objective = module._objective(task, x, y.astype(np.float32), weights, 0.0, temperature, start, 1e-2)
    return objective, module._metric(task, x, weights[:, 0], temperature, 1e-2), start, x


@pytest.mark.parametrize("name", ["emotion7", "labels28", "valence"])
def test_the_optimum_is_that_of_scipy_at_convergence(name: str) -> None:
    objective, metric, start, x = problem(TASKS[name])

    def flat(vector: np.ndarray) -> tuple[float, np.ndarray]:
        loss, gradient = objective(vector.reshape(start.shape))
        return loss, gradient.ravel()

    options = {"maxiter": 5000, "maxfun": 10_000, "ftol": 1e-13, "gtol": 1e-7}
    best = minimize(flat, start.ravel().astype(float), jac=True, method="L-BFGS-B", options=options)
    found = minimise(objective, metric, start, iterations=200, tolerance=1e-7)
    assert objective(found)[0] == pytest.approx(best.fun, abs=1e-5)
    distance = found - best.x.reshape(start.shape)
    assert np.abs(x @ distance[:-1] + distance[-1]).max() < 0.1


def test_it_needs_a_third_of_the_evaluations_that_the_identity_needs() -> None:
    objective, metric, start, _ = problem(TASKS["emotion7"])
    calls: list[float] = []

    def counted(matrix: np.ndarray) -> tuple[float, np.ndarray]:
        calls.append(objective(matrix)[0])
        return objective(matrix)

    def evaluations(first: Callable[[np.ndarray], np.ndarray]) -> int:
        calls.clear()
        minimise(counted, first, start, iterations=3000, tolerance=1e-5)
        return len(calls)

    assert evaluations(metric) * 3 < evaluations(lambda gradient: gradient)


def test_where_the_search_begins_changes_nothing() -> None:
    features, start = RNG.normal(size=(200, 12)).astype(np.float32), Heads.zeros(12)
    targets = np.full((200, WIDTH), np.nan, np.float32)
    targets[:, TASKS["sst5"].columns] = RNG.dirichlet(np.ones(5), 200)
    weights = np.ones((200, WIDTH), np.float32)
    far = module.fit(features, RNG.permutation(targets), weights=weights, start=start, decay=0.1)
    once = module.fit(features, targets, weights=weights, start=start, decay=0.1)
    again = module.fit(features, targets, weights=weights, start=start, decay=0.1, begin=far)
    assert np.abs(once.weight - far.weight).max() > 0.01
    assert np.abs(once.weight - again.weight).max() < 2e-3
