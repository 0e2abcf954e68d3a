"""Two ways down a cost with corners: proximal steps, which know the corner, and subgradients."""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from typing import ClassVar, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.declare import Declared, parameter, switch
from core.losses.base import Array, Source
from core.objectives import ObjectiveError, Penalized
from core.optimizers import Outcome, Trajectory
from core.penalties import Penalty
from core.regularization.mean_square import MeanSquare, parts
from core.regularization.penalized_fit import minimize

# What counts as arrived: this part of the cost above the lowest at the start.
_NOTHING = 1e-8
_ROUNDING = 1e-13
# A path that is lost is shown until its cost is this many times that of its start.
_LOST = 1e9
_FAR = 1e120  # beyond, squares leave float64
_FARTHEST = 1e100  # that a path may start
_LATE = 8  # the last steps by which a path is judged


@dataclasses.dataclass(frozen=True)
class Racer(Declared, ABC):
    """A rule of steps over a mean square plus strength * penalty.

    The step size is told in units of 1/L, the L being the largest curvature of the mean square.
    """

    name: ClassVar[str]
    formula: ClassVar[str]
    source: ClassVar[Source]

    pace: float = parameter(
        1.0,
        symbol=r"\alpha L",
        meaning="the step size, in units of one over the largest curvature of the loss",
        low=0.05,
        high=2.5,
        step=0.05,
        minimum=0.0,
        open_minimum=True,
        maximum=100.0,
    )

    def size(self, problem: MeanSquare) -> float:
        """Return the step size α on this problem; where nothing curves any will do."""
        return self.pace / (problem.steepest or 1.0)

    @abstractmethod
    def walk(
        self, problem: MeanSquare, penalty: Penalty, strength: float, start: Array, steps: int
    ) -> Array:
        """Return the points of so many steps from the start, (steps + 1, p), infinities and all."""


@final
@dataclasses.dataclass(frozen=True)
class ProximalGradient(Racer):
    """A gradient step on the loss alone, then the proximal step of the penalty: ISTA."""

    name = "Proximal gradient (ISTA)"
    formula = (
        r"w_{t+1} = \operatorname{prox}_{\alpha\lambda\Omega}\left(w_t - \alpha\,\nabla f(w_t)"
        r"\right)"
    )
    source = Source(
        "Daubechies, Defrise and De Mol",
        2004,
        "An iterative thresholding algorithm for linear inverse problems with a sparsity"
        " constraint",
    )

    quick: bool = switch(
        False,
        meaning="with momentum (FISTA)",
        on="FISTA",
        off="ISTA",
    )

    def walk(
        self, problem: MeanSquare, penalty: Penalty, strength: float, start: Array, steps: int
    ) -> Array:
        """Return the points; with momentum, each step starts ahead of the last point."""
        size = self.size(problem)
        points = np.empty((steps + 1, len(start)))
        points[0] = ahead = start
        momentum = 1.0
        for k in range(steps):
            moved = ahead - size * problem.gradient(ahead)
            points[k + 1] = ahead = drawn_in(penalty, size * strength, moved)
            if self.quick:
                following = 0.5 * (1.0 + math.sqrt(1.0 + 4.0 * momentum * momentum))
                ahead = ahead + (momentum - 1.0) / following * (points[k + 1] - points[k])
                momentum = following
        return points


@final
@dataclasses.dataclass(frozen=True)
class SubgradientDescent(Racer):
    """A step against a slope of the whole cost; at a corner any of its slopes will do."""

    name = "Subgradient descent"
    formula = (
        r"w_{t+1} = w_t - \alpha_t\left(\nabla f(w_t) + \lambda\, g_t\right),"
        r"\quad g_t \in \partial\Omega(w_t)"
    )
    source = Source("Shor", 1985, "Minimization methods for non-differentiable functions")

    fading: bool = switch(
        False,
        meaning="how its steps go on",
        on="ever smaller: α/√(t + 1)",
        off="all alike: α",
    )

    def walk(
        self, problem: MeanSquare, penalty: Penalty, strength: float, start: Array, steps: int
    ) -> Array:
        """Return the points."""
        bent, round_ = parts(penalty)
        size = self.size(problem)
        points = np.empty((steps + 1, len(start)))
        points[0] = w = start
        for k in range(steps):
            slope = problem.gradient(w) + strength * (bent * np.sign(w) + 2.0 * round_ * w)
            w = w - (size / math.sqrt(k + 1.0) if self.fading else size) * slope
            points[k + 1] = w
        return points


RACERS: tuple[type[Racer], ...] = (ProximalGradient, SubgradientDescent)


def drawn_in(penalty: Penalty, strength: float, w: Array) -> Array:
    """Return what `penalty.proximal` does, without its checks: it is asked for at every step."""
    bent, round_ = parts(penalty)
    amount = bent * strength
    soft = w - np.minimum(np.maximum(w, -amount), amount)
    return np.asarray(soft / (1.0 + 2.0 * round_ * strength))


def race(
    problem: MeanSquare,
    penalty: Penalty,
    strength: float,
    racer: Racer,
    start: ArrayLike,
    steps: int,
) -> Trajectory:
    """Return the path of a racer, with the whole cost at every step and how it ended.

    The gradients are those of the whole cost, the shortest of the penalty's at a corner.

    Raises: `ObjectiveError` unless the start is a row of one number per feature, none beyond 1e100.
    """
    point = np.array(start, dtype=np.float64)
    if point.shape != problem.moment.shape or not (np.abs(point) <= _FARTHEST).all():
        raise ObjectiveError(f"race: start is {start!r}, expected a finite number per feature.")
    whole = Penalized(problem, penalty, strength)
    lowest = whole.value(minimize(problem, penalty, strength))
    with np.errstate(all="ignore"):
        points = racer.walk(problem, penalty, strength, point, steps)
        near = points[: _first(np.asarray(~(np.abs(points) < _FAR).all(axis=1)))]
        values = whole.values(near)
    above = np.asarray(values > lowest + _LOST * max(values[0], lowest))
    values = values[: _first(above | np.isnan(values))]
    points, lost = points[: len(values)], len(values) < len(points)
    outcome = Outcome.DIVERGED if lost else _outcome(points, values, lowest)
    return Trajectory(points, values, _gradients(whole, points), outcome)


def _first(true: NDArray[np.bool_]) -> int:
    """Return where the first true one is, or how many there are; never before the start."""
    return max(1, int(np.argmax(true))) if true.any() else len(true)


def _gradients(whole: Penalized, points: Array) -> Array:
    problem = whole.objective
    assert isinstance(problem, MeanSquare)
    slopes = 2.0 * (points @ problem.gram - problem.moment)
    return slopes + whole.strength * whole.penalty.gradient(points)


def _outcome(points: Array, values: Array, lowest: float) -> Outcome:
    """Tell how a path ended whose lowest possible cost is known."""
    above = values[-1] - lowest
    if above <= _NOTHING * (values[0] - lowest) + _ROUNDING * max(values[0], lowest):
        return Outcome.CONVERGED
    strides = np.sqrt((np.diff(points, axis=0) ** 2).sum(axis=1))
    last = strides[-_LATE:]
    if len(last) == _LATE and (last[1:] > last[:-1]).all() and values[-1] > values[-_LATE]:
        return Outcome.DIVERGED
    return Outcome.CIRCLING if _circles(points, strides) else Outcome.RAN_OUT


def _circles(points: Array, strides: Array) -> bool:
    """Tell whether the last half of the path keeps its pace and gets nowhere."""
    half = max(len(strides) // 2, 2 * _LATE)
    strides, way = strides[-half:], points[-1] - points[-half - 1 :][0]
    if len(strides) < 2 * _LATE:
        return False
    early, late = np.array_split(strides, 2)
    kept = late.max() > 0.9 * early.max()
    return bool(kept and math.sqrt(float(way @ way)) < 0.3 * strides.sum())
