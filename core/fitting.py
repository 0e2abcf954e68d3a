"""The best parameters of an objective, with what is known about them."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import ArrayLike

from core.losses.base import Array
from core.objectives import LinearRegression, Objective, RootMean


@dataclasses.dataclass(frozen=True, eq=False)
class Minimum:
    """One local minimum: where it is, shape (2,), and the cost there."""

    theta: Array
    value: float


@dataclasses.dataclass(frozen=True, eq=False)
class Fit:
    """The best parameters found, and how sure one can be that they are the best.

    minima: every local minimum found, the best first.
    determined: whether the data fix both parameters.
    sentence: the same in words.
    """

    theta: Array
    value: float
    minima: tuple[Minimum, ...]
    determined: bool
    sentence: str


def best_fit(objective: Objective, start: ArrayLike | None = None) -> Fit:
    """Return the parameters of the lowest cost; `start` speeds up a fit whose answer is near."""
    from scipy.optimize import minimize

    if isinstance(objective, RootMean):
        fit = best_fit(objective.objective, start)
        value = objective.value(fit.theta)
        minima = tuple(Minimum(m.theta, objective.value(m.theta)) for m in fit.minima)
        return Fit(fit.theta, value, minima, fit.determined, fit.sentence)
    assert isinstance(objective, LinearRegression)
    x, y = objective.x - objective.origin, objective.y
    if np.ptp(x) == 0:
        theta = np.array([0.0, float(np.median(y))])
        value = objective.value(theta)
        sentence = "All points share one x: any slope fits equally well, so it is set to 0."
        return Fit(theta, value, (Minimum(theta, value),), False, sentence)
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, len(x), (2, 500))
    apart = x[first] != x[second]
    first, second = first[apart], second[apart]
    slope = (y[first] - y[second]) / (x[first] - x[second])
    starts = np.stack([slope, y[first] - slope * x[first]], axis=1)
    starts = np.vstack([starts, np.polyfit(x, y, 1)])
    theta = starts[int(np.argmin(objective.values(starts)))]
    options = {"xatol": 1e-10, "fatol": 1e-14}
    theta = minimize(objective.value, theta, method="Nelder-Mead", options=options).x
    value = objective.value(theta)
    return Fit(theta, value, (Minimum(theta, value),), True, "1 minimum.")
