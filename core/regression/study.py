"""Everything one screen shows of a data set, computed in one go."""

import dataclasses

import numpy as np

from core.landscape import Grid, Landscape
from core.losses.base import Array, ScalarLoss
from core.objectives import LinearRegression, Objective, RootMean
from core.optimizers import Optimizer, Trajectory, descend
from core.regression.fitting import Fit, best_fit


@dataclasses.dataclass(frozen=True)
class Question:
    """What to compute: which losses to fit, whose landscape to draw, how to descend on it."""

    losses: tuple[ScalarLoss, ...]
    chosen: ScalarLoss
    optimizer: Optimizer
    start: tuple[float, float]
    steps: int
    grid: Grid
    origin: float = 0.0
    root: bool = False


@dataclasses.dataclass(frozen=True, eq=False)
class Study:
    """The answers: a fit per loss in the order asked, one landscape, one path."""

    fits: tuple[Fit, ...]
    objective: Objective
    fit: Fit
    landscape: Landscape
    trajectory: Trajectory


def study(x: Array, y: Array, question: Question) -> Study:
    """Return fits, landscape and path for points (x, y), shape (n,)."""
    fits = fit_all(x, y, question.losses, question.origin)
    objective = cost_of(x, y, question.chosen, question.origin, question.root)
    if question.chosen in question.losses and not question.root:
        fit = fits[question.losses.index(question.chosen)]
    else:
        fit = best_fit(objective)
    return Study(
        fits,
        objective,
        fit,
        objective.landscape(question.grid),
        descend(objective, question.optimizer, question.start, question.steps),
    )


def fit_all(x: Array, y: Array, losses: tuple[ScalarLoss, ...], origin: float) -> tuple[Fit, ...]:
    """Return the best line for each loss."""
    return tuple(best_fit(LinearRegression(x, y, loss, origin=origin)) for loss in losses)


def cost_of(x: Array, y: Array, loss: ScalarLoss, origin: float, root: bool = False) -> Objective:
    """Return the mean loss as an objective, or its root."""
    objective = LinearRegression(x, y, loss, origin=origin)
    return RootMean(objective) if root else objective


def landscape_ranges(
    x: Array, y: Array, losses: tuple[ScalarLoss, ...], origin: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return ranges of slope and intercept that hold every loss's minimum with room around it.

    The room is what would change the line by about the spread of y at the edge of the data.
    """
    thetas = np.array([fit.theta for fit in fit_all(x, y, losses, origin)])
    reach = float(np.abs(x - origin).max()) or 1.0
    spread = spread_of(y)
    middle = (thetas.min(axis=0) + thetas.max(axis=0)) / 2
    half = (thetas.max(axis=0) - thetas.min(axis=0)) / 2
    room = np.array([1.2 * spread / reach, 1.0 * spread])
    room = np.maximum(room, 1e-6 * np.abs(middle))  # two ends that round to one are no range
    low, high = middle - 1.2 * half - room, middle + 1.2 * half + room
    return (float(low[0]), float(high[0])), (float(low[1]), float(high[1]))


def spread_of(y: Array) -> float:
    """Return the range of the middle four fifths of y, or the next best size above 0."""
    middle = float(np.percentile(y, 90) - np.percentile(y, 10))
    return middle or float(np.ptp(y)) or 1e-3 * float(np.abs(y).max()) or 1.0
