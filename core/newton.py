"""Newton's way down a smooth cost of a few parameters."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from core.losses.base import Array

_HALVINGS = 40
_EPS = float(np.finfo(np.float64).eps)


@dataclasses.dataclass(frozen=True, eq=False)
class Descent:
    """Where a search ended.

    settled: whether the cost could fall by no more than its own rounding, were it a parabola; the
        last step is taken all the same, so that the point is better than that.
    curved: whether the cost curves up there in every direction.
    """

    point: Array
    value: float
    settled: bool
    curved: bool


def newton(
    value: Callable[[Array], float],
    derivatives: Callable[[Array], tuple[Array, Array]],
    start: Array,
    rounds: int = 100,
    enough: Callable[[Array], bool] | None = None,
) -> Descent:
    """Return where damped Newton steps lead that never raise the cost.

    Along an axis of the second derivatives where the cost does not curve up, the step goes by the
    size of the curvature instead; along none it is longer than a reach, which starts at 1 and
    doubles where it held a good step back. With `enough`, the search ends where that says so.
    """
    point, best, reach = start, value(start), 1.0
    settled = curved = False
    for _ in range(rounds):
        if enough is not None and enough(point):
            break
        gradient, hessian = derivatives(point)
        if not (np.isfinite(gradient).all() and np.isfinite(hessian).all()):
            break
        curvatures, axes = np.linalg.eigh(hessian)
        curved = bool(curvatures[0] > 1e-10 * max(curvatures[-1], 0.0) and curvatures[0] > 0)
        along = gradient @ axes
        own = along / np.maximum(np.abs(curvatures), 1e-12 * np.abs(curvatures).max() + 1e-300)
        step = axes @ np.clip(own, -reach, reach)
        promise = float(gradient @ step)
        settled = promise <= 4 * _EPS * abs(best)
        moved, lower = _lowered(value, point, best, step, promise)
        if moved is None:
            settled = settled or promise <= 1e3 * _EPS * abs(best)
            break
        point, best = moved, lower
        reach = 2.0 * reach if np.abs(own).max() > reach else reach
        if settled:
            break
    return Descent(point, best, settled, curved)


def _lowered(
    value: Callable[[Array], float], point: Array, best: float, step: Array, promise: float
) -> tuple[Array | None, float]:
    """Return the first of ever shorter steps that keeps a part of its promise; None if none does.

    Next to the bottom the promise is less than the rounding of the cost: any step is then taken
    that does not raise it.
    """
    share = 1.0
    for _ in range(_HALVINGS):
        trial = point - share * step
        found = value(trial)
        if found <= best - 1e-4 * share * promise + 4 * _EPS * abs(best):
            return (trial, found) if (trial != point).any() else (None, best)
        share *= 0.5
    return None, best
