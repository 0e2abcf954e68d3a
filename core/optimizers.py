"""Optimizers as pairs of init and step, and the path they take down an objective."""

from __future__ import annotations

import dataclasses
import enum
import math
from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from core.declare import Declared, parameter
from core.losses.base import Array, Source
from core.objectives import Objective, ObjectiveError
from core.worked import factor, latex, pair

# The last steps by which a path is judged.
_LATE = 8
# A diverged path is shown until its cost is this many times that of its start.
_LOST = 1e9
# What counts as arrived, as part of the way travelled, and as no longer moving: as part of where it
# is, the way that as many steps again would take it at the last one's pace.
_NOTHING, _SLOW = 1e-4, 1e-3
# A curvature below this part of the largest is rounding.
_FLAT = 1e-14


class Outcome(enum.Enum):
    """How a descent ended; the value is the sentence shown to the reader."""

    CONVERGED = "Converged: what is left to the minimum is nothing beside the way travelled."
    RAN_OUT = "Ran out of steps: still on its way when the last step was taken."
    CIRCLING = (
        "Circling the minimum: the steps no longer shrink; a smaller learning rate gets closer."
    )
    DIVERGED = "Diverged: each step overshoots farther than the one before."
    STALLED = "Stalled on a plateau: the slope is practically zero, but this is no minimum."
    BLIND = "Stalled on a plateau: this cost jumps, and its slope says nothing of where."


@dataclasses.dataclass(frozen=True, eq=False)
class Trajectory:
    """The path of a descent: k steps, k + 1 points; every number in it is finite.

    Shape: points (k + 1, 2), values (k + 1,), gradients (k + 1, 2).
    """

    points: Array
    values: Array
    gradients: Array
    outcome: Outcome


@dataclasses.dataclass(frozen=True)
class Optimizer(Declared, ABC):
    """A rule from a gradient to the next point; its memory is passed in and handed back.

    code: one step as lines of NumPy in `theta`, `gradient`, the knobs and the rule's memory.
    code_init: the lines that make that memory before the first step.
    """

    name: ClassVar[str]
    formula: ClassVar[str]
    source: ClassVar[Source]
    code: ClassVar[tuple[str, ...]]
    code_init: ClassVar[tuple[str, ...]]

    @abstractmethod
    def init(self, point: Array) -> Any:
        """Return the state before the first step."""

    @abstractmethod
    def step(self, point: Array, gradient: Array, state: Any) -> tuple[Array, Any]:
        """Return the next point and the next state."""

    @abstractmethod
    def worked(self, point: Array, gradient: Array, state: Any) -> tuple[str, ...]:
        """Return what `step` computes as lines of LaTeX, with its numbers plugged in."""


def _learning_rate(default: float) -> Any:
    return parameter(
        default,
        symbol=r"\eta",
        meaning="How far one step goes along the gradient.",
        low=0.001,
        high=2.0,
        step=0.001,
        minimum=0.0,
        open_minimum=True,
        logarithmic=True,
    )


def _decay(default: float, symbol: str, meaning: str) -> Any:
    return parameter(
        default,
        symbol=symbol,
        meaning=meaning,
        low=0.0,
        high=0.999,
        step=0.001,
        minimum=0.0,
        maximum=1.0,
        open_maximum=True,
    )


@dataclasses.dataclass(frozen=True)
class GradientDescent(Optimizer):
    """Step against the gradient, in proportion to it."""

    name = "Gradient descent"
    formula = r"\theta_{t+1} = \theta_t - \eta\, g_t"
    source = Source(
        "Cauchy",
        1847,
        "Méthode générale pour la résolution des systèmes d'équations simultanées",
    )

    code = ("theta = theta - learning_rate * gradient",)
    code_init = ()

    learning_rate: float = _learning_rate(0.1)

    def init(self, point: Array) -> None:
        """Return nothing: this rule has no memory."""

    def step(self, point: Array, gradient: Array, state: None) -> tuple[Array, None]:
        """Return the point moved against the gradient."""
        return point - self.learning_rate * gradient, None

    def worked(self, point: Array, gradient: Array, state: None) -> tuple[str, ...]:
        """Return one line: the next point."""
        following, _ = self.step(point, gradient, state)
        move = rf"{latex(self.learning_rate)} \cdot {pair(gradient)}"
        return (rf"\theta_{{\text{{next}}}} = {pair(point)} - {move} = {pair(following)}",)


@dataclasses.dataclass(frozen=True)
class Momentum(Optimizer):
    """Polyak's heavy ball: the last step carries on, damped, and the gradient bends it."""

    name = "Momentum"
    formula = r"v_{t+1} = \beta v_t + g_t, \quad \theta_{t+1} = \theta_t - \eta\, v_{t+1}"
    source = Source(
        "Polyak", 1964, "Some methods of speeding up the convergence of iteration methods", "eq. 9"
    )

    code = (
        "velocity = beta * velocity + gradient",
        "theta = theta - learning_rate * velocity",
    )
    code_init = ("velocity = np.zeros(2)",)

    learning_rate: float = _learning_rate(0.05)
    beta: float = _decay(0.9, r"\beta", "How much of the last step carries on into the next.")

    def init(self, point: Array) -> Array:
        """Return a ball at rest."""
        return np.zeros_like(point)

    def step(self, point: Array, gradient: Array, state: Array) -> tuple[Array, Array]:
        """Return the point moved by the new velocity, and that velocity."""
        velocity = self.beta * state + gradient
        return point - self.learning_rate * velocity, velocity

    def worked(self, point: Array, gradient: Array, state: Array) -> tuple[str, ...]:
        """Return two lines: the new velocity, and the next point."""
        following, velocity = self.step(point, gradient, state)
        carried = rf"{latex(self.beta)} \cdot {pair(state)}"
        move = rf"{latex(self.learning_rate)} \cdot {pair(velocity)}"
        return (
            rf"v_{{\text{{next}}}} = {carried} + {pair(gradient)} = {pair(velocity)}",
            rf"\theta_{{\text{{next}}}} = {pair(point)} - {move} = {pair(following)}",
        )


@dataclasses.dataclass(frozen=True)
class Adam(Optimizer):
    """Steps of nearly equal size: running means of the gradient and of its square, unbiased."""

    name = "Adam"
    formula = (
        r"\theta_{t+1} = \theta_t - \eta\,\frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon},"
        r"\quad \hat m_t = \frac{m_t}{1 - \beta_1^t},\ \hat v_t = \frac{v_t}{1 - \beta_2^t}"
    )
    source = Source(
        "Kingma and Ba", 2015, "Adam: a method for stochastic optimization", "algorithm 1"
    )

    code = (
        "count = count + 1",
        "mean = beta1 * mean + (1 - beta1) * gradient",
        "square = beta2 * square + (1 - beta2) * gradient * gradient",
        "unbiased = mean / (1 - beta1**count)",
        "scale = np.sqrt(square / (1 - beta2**count)) + epsilon",
        "theta = theta - learning_rate * unbiased / scale",
    )
    code_init = ("mean, square, count = np.zeros(2), np.zeros(2), 0",)

    learning_rate: float = _learning_rate(0.1)
    beta1: float = _decay(0.9, r"\beta_1", "How slowly the mean of the gradient forgets.")
    beta2: float = _decay(0.999, r"\beta_2", "How slowly the mean of its square forgets.")
    epsilon: float = parameter(
        1e-8,
        symbol=r"\varepsilon",
        meaning="Keeps the division safe where gradients vanish.",
        low=1e-10,
        high=1e-2,
        step=1e-10,
        minimum=0.0,
        open_minimum=True,
        logarithmic=True,
    )

    def init(self, point: Array) -> tuple[Array, Array, int]:
        """Return both means at zero, and no step taken."""
        return np.zeros_like(point), np.zeros_like(point), 0

    def step(
        self, point: Array, gradient: Array, state: tuple[Array, Array, int]
    ) -> tuple[Array, tuple[Array, Array, int]]:
        """Return the next point; each mean is divided by the weight it has gathered so far."""
        mean, square, count = state
        count += 1
        mean = self.beta1 * mean + (1 - self.beta1) * gradient
        square = self.beta2 * square + (1 - self.beta2) * gradient * gradient
        unbiased = mean / (1 - self.beta1**count)
        scale = np.sqrt(square / (1 - self.beta2**count)) + self.epsilon
        return point - self.learning_rate * unbiased / scale, (mean, square, count)

    def worked(
        self, point: Array, gradient: Array, state: tuple[Array, Array, int]
    ) -> tuple[str, ...]:
        """Return three lines: the unbiased mean, that of the square, and the next point."""
        following, (mean, square, count) = self.step(point, gradient, state)
        first, second = mean / (1 - self.beta1**count), square / (1 - self.beta2**count)
        ratios = ",\\ ".join(
            rf"\frac{{{latex(m)}}}{{\sqrt{{{latex(v)}}} + {latex(self.epsilon)}}}"
            for m, v in zip(first, second, strict=True)
        )
        move = rf"{latex(self.learning_rate)} \cdot \left({ratios}\right)"
        return (
            _running(r"\hat m", self.beta1, state[0], pair(gradient), count, first),
            _running(r"\hat v", self.beta2, state[1], _squares(gradient), count, second),
            rf"\theta_{{\text{{next}}}} = {pair(point)} - {move} = {pair(following)}",
        )


def _running(symbol: str, beta: float, before: Array, new: str, count: int, result: Array) -> str:
    kept = rf"{latex(beta)} \cdot {pair(before)} + (1 - {latex(beta)}) \cdot {new}"
    return rf"{symbol} = \frac{{{kept}}}{{1 - {latex(beta)}^{{{count}}}}} = {pair(result)}"


def _squares(gradient: Array) -> str:
    return "(" + r",\ ".join(f"{factor(float(slope))}^2" for slope in gradient) + ")"


OPTIMIZERS: tuple[type[Optimizer], ...] = (GradientDescent, Momentum, Adam)


def descend(objective: Objective, optimizer: Optimizer, start: ArrayLike, steps: int) -> Trajectory:
    """Follow the optimizer from the start for that many steps, or until it rests or is lost.

    Raises: `ObjectiveError` when the start is not two finite numbers.
    """
    point = np.array(start, dtype=np.float64)
    if point.shape != (2,) or not np.isfinite(point).all():
        raise ObjectiveError(f"descend: start is {start!r}, expected two finite numbers.")
    with np.errstate(all="ignore"):
        points, gradients, lost = _walk(objective, optimizer, point, steps)
        values = objective.values(points)
        if lost or not np.isfinite(values).all() or _overshoots(points):
            return _while_in_reach(points, values, gradients)
        return Trajectory(points, values, gradients, _outcome(objective, points, gradients))


def _walk(
    objective: Objective, optimizer: Optimizer, point: Array, steps: int
) -> tuple[Array, Array, bool]:
    """Return the points, the gradients there, and whether either left float64."""
    gradient, state = objective.gradient(point), optimizer.init(point)
    points, gradients, lost = [point], [np.nan_to_num(gradient)], not _finite(gradient)
    while len(points) <= steps and not lost:
        moved, state = optimizer.step(point, gradient, state)
        if not gradient.any() and (moved == point).all():
            break
        point, gradient = moved, objective.gradient(moved)
        lost = not (_finite(point) and _finite(gradient))
        if not lost:
            points.append(point)
            gradients.append(gradient)
    return np.array(points), np.array(gradients), lost


def _finite(pair: Array) -> bool:
    return math.isfinite(pair[0]) and math.isfinite(pair[1])


def _overshoots(points: Array) -> bool:
    """Tell whether the last steps turned back every time, each longer than the one before."""
    steps = np.diff(points[-_LATE - 1 :], axis=0)
    if len(steps) < _LATE:
        return False
    lengths = np.hypot(*steps.T)
    back = np.sum(steps[1:] * steps[:-1], axis=1) < 0
    return bool(back.all() and (lengths[1:] > lengths[:-1]).all())


def _while_in_reach(points: Array, values: Array, gradients: Array) -> Trajectory:
    """Return the diverged path as far as a picture can show it."""
    largest = np.finfo(float).max
    values = np.nan_to_num(values, nan=largest)
    near = values <= min(_LOST * values[0], largest / 2)
    count = len(near) if near.all() else max(1, int(np.argmin(near)))
    return Trajectory(points[:count], values[:count], gradients[:count], Outcome.DIVERGED)


def _outcome(objective: Objective, points: Array, gradients: Array) -> Outcome:
    """Tell how a path ended that did not diverge, from how the cost curves at its last point."""
    extent = np.maximum(np.ptp(points, axis=0), 1e-3 * np.abs(points[-1]))
    left, curves_up = _left_to_minimum(objective.hessian(points[-1]), points[-1], gradients)
    if objective.jumps and not gradients[-1].any():
        return Outcome.BLIND
    if (curves_up or objective.convex) and (left <= _NOTHING * extent).all():
        return Outcome.BLIND if objective.jumps else Outcome.CONVERGED
    if _circles(points):
        return Outcome.CIRCLING
    pace = np.hypot(*(points[-1] - points[max(len(points) - 2, 0)]))
    stands = objective.jumps or not (curves_up or objective.convex)
    if stands and pace * len(points) <= _SLOW * np.hypot(*points[-1]):
        return Outcome.BLIND if objective.jumps else Outcome.STALLED
    return Outcome.RAN_OUT


def _left_to_minimum(hessian: Array, point: Array, gradients: Array) -> tuple[Array, bool]:
    """Return how far the minimum is, were the cost a parabola, and whether it curves up at all.

    Infinite when the cost still falls where it does not curve. In units in which both parameters
    curve alike, so that a long valley is no flat one.
    """
    unit = np.sqrt(np.abs(np.diag(hessian)))
    unit = np.where(unit > 0, unit, 1.0)
    scaled, slopes = hessian / np.outer(unit, unit), gradients / unit
    if not np.isfinite(scaled).all():
        return np.full(2, np.inf), False

    curvatures, axes = np.linalg.eigh(scaled)
    flat = curvatures <= _FLAT * max(curvatures[-1], 0.0)
    nothing = 1e-9 * np.abs(slopes).max() if len(slopes) > 1 else 0.0
    nothing = max(nothing, 1e-13 * curvatures[-1] * np.abs(unit * point).max())
    slope = slopes[-1] @ axes
    if (flat & (np.abs(slope) > nothing)).any():
        return np.full(2, np.inf), False
    way = axes @ np.where(flat, 0.0, slope / np.where(flat, 1.0, curvatures))
    return np.abs(way) / unit, not flat.any()


def _circles(points: Array) -> bool:
    """Tell whether the last half of the path keeps its pace and gets nowhere."""
    steps = np.diff(points, axis=0)[-max(len(points) // 2, 2 * _LATE) :]
    if len(steps) < 2 * _LATE:
        return False
    lengths = np.hypot(*steps.T)
    early, late = np.array_split(lengths, 2)
    kept = late.max() > 0.9 * early.max()
    return bool(kept and np.hypot(*steps.sum(axis=0)) < 0.3 * lengths.sum())
