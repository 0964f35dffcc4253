"""L-BFGS that starts from a metric: a matrix above the Hessian, factorised once, in place of the identity.

Frozen features are badly conditioned (their largest singular value is hundreds of times their smallest), and plain
L-BFGS spends its iterations on that. In the metric of the bound of Böhning (1992, "Multinomial logistic regression
algorithm") the loss is nearly round: tens of iterations reach what hundreds did not, each of two thin products.
"""

from collections.abc import Callable

import numpy as np

Objective = Callable[[np.ndarray], tuple[float, np.ndarray]]
Metric = Callable[[np.ndarray], np.ndarray]
"""A gradient → the step that a quadratic bound would take from it."""

MEMORY = 12  # pairs of steps and changes of gradient
SUFFICIENT = 1e-4  # share of the promised decrease that a step must bring
HALVINGS = 25


def minimise(
    objective: Objective, metric: Metric, start: np.ndarray, *, iterations: int, tolerance: float
) -> np.ndarray:
    """The minimum of a convex objective by L-BFGS (Liu and Nocedal 1989), its first matrix that of ``metric``.

    Ends where a step promises less than ``tolerance`` of loss, or after ``iterations``.
    """
    point = start
    loss, gradient = objective(point)
    pairs: list[tuple[np.ndarray, np.ndarray, float]] = []
    for _ in range(iterations):
        step = -_direction(gradient, pairs, metric)
        promised = -float(np.vdot(step, gradient))
        if promised <= tolerance:
            break
        found = _search(objective, point, loss, step, promised)
        if found is None:
            break
        moved, loss, after = found
        change, turn = moved - point, after - gradient
        if (curvature := float(np.vdot(change, turn))) > 0:
            pairs = [*pairs[-MEMORY + 1 :], (change, turn, curvature)]
        point, gradient = moved, after
    return point


def _direction(gradient: np.ndarray, pairs: list[tuple[np.ndarray, np.ndarray, float]], metric: Metric) -> np.ndarray:
    """The two loops of L-BFGS: the inverse Hessian, as the pairs know it, times the gradient."""
    rest, shares = gradient, []
    for change, turn, curvature in reversed(pairs):
        share = float(np.vdot(change, rest)) / curvature
        shares.append(share)
        rest = rest - share * turn
    rest = metric(rest)
    if pairs:
        _, turn, curvature = pairs[-1]
        rest = rest * (curvature / float(np.vdot(turn, metric(turn))))
    for (change, turn, curvature), share in zip(pairs, reversed(shares), strict=True):
        rest = rest + (share - float(np.vdot(turn, rest)) / curvature) * change
    return rest


def _search(
    objective: Objective, point: np.ndarray, loss: float, step: np.ndarray, promised: float
) -> tuple[np.ndarray, float, np.ndarray] | None:
    """The whole step, or the first of its halves that decreases enough; None where rounding hides any decrease."""
    length = 1.0
    for _ in range(HALVINGS):
        moved = point + length * step
        found, gradient = objective(moved)
        if found <= loss - SUFFICIENT * length * promised:
            return moved, found, gradient
        length /= 2
    return None
