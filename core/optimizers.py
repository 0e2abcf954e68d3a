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
from core.objectives import Objective
from core.worked import factor, latex, pair


class Outcome(enum.Enum):
    """How a descent ended; the value is the sentence shown to the reader."""

    CONVERGED = "Converged: the gradient is practically zero and no step lowers the cost further."
    RAN_OUT = "Ran out of steps: still moving downhill when the last step was taken."
    CIRCLING = "Circling a kink: the steps no longer shrink, a smaller learning rate gets closer."
    DIVERGED = "Diverged: the steps overshoot further and further, the cost runs away."
    STALLED = "Stalled on a plateau: the gradient is practically zero, but this is no minimum."


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
    """Follow the optimizer from the start for at most that many steps."""
    point = np.array(start, dtype=np.float64)
    state = optimizer.init(point)
    points, gradients, outcome = [], [], Outcome.RAN_OUT
    with np.errstate(all="ignore"):
        for _ in range(steps + 1):
            gradient = objective.gradient(point)
            if not (math.isfinite(gradient[0]) and math.isfinite(gradient[1])):
                outcome = Outcome.DIVERGED
                break
            points.append(point)
            gradients.append(gradient)
            if abs(gradient[0]) + abs(gradient[1]) < 1e-10:
                outcome = Outcome.CONVERGED if objective.convex else Outcome.STALLED
                break
            point, state = optimizer.step(point, gradient, state)
            if not np.isfinite(point).all():
                outcome = Outcome.DIVERGED
                break
        values = objective.values(np.array(points).reshape(-1, 2))
    last = int(np.argmin(np.isfinite(values))) if not np.isfinite(values).all() else len(values)
    if last < len(values):
        outcome = Outcome.DIVERGED
    return Trajectory(np.array(points)[:last], values[:last], np.array(gradients)[:last], outcome)
