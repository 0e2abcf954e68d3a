"""Data x model x loss: the cost of a parameter pair, its gradient, and its landscape."""

from __future__ import annotations

import contextlib
import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from core.declare import Declared, parameter
from core.landscape import Grid, Landscape, line_sums
from core.losses.base import Array, Loss, ScalarLoss
from core.losses.domain import LABEL, DomainError, together
from core.losses.margin import MarginLoss
from core.penalties import Penalty
from core.samples import Part, Samples

Rays = ArrayLike | tuple[ArrayLike, ...]

_BLOCK = 1 << 16

# Threat: a model's prediction, or a sum of losses, leaves float64, and NumPy warns. Remedy: the
# infinity is the right cost to hand on, so only the warning goes. Limit: slopes of both infinities
# make a gradient that is no number.
_overflow_is_infinity = np.errstate(over="ignore", invalid="ignore")


class ObjectiveError(ValueError):
    """The data cannot be what an objective is made of."""


class Objective(ABC):
    """A cost over two parameters."""

    @abstractmethod
    def value(self, theta: ArrayLike) -> float:
        """Return the cost at theta, shape (2,)."""

    @abstractmethod
    def gradient(self, theta: ArrayLike) -> Array:
        """Return the two partial derivatives at theta, shape (2,)."""

    @abstractmethod
    def hessian(self, theta: ArrayLike) -> Array:
        """Return the second derivatives at theta, shape (2, 2)."""

    @abstractmethod
    def landscape(self, grid: Grid) -> Landscape:
        """Return the cost at every crossing of the grid."""

    @property
    @abstractmethod
    def convex(self) -> bool:
        """Whether the cost is convex in its two parameters."""

    @property
    def is_parabola(self) -> bool:
        """Whether the cost is known to curve the same everywhere."""
        return False

    @property
    def jumps(self) -> bool:
        """Whether the cost jumps somewhere, so that its slope does not tell where it is lower."""
        return False

    def values(self, points: ArrayLike) -> Array:
        """Return the cost at each row of points: (m, 2) in, (m,) out."""
        return np.array([self.value(point) for point in np.asarray(points, dtype=np.float64)])


class LinearModel(Objective):
    """The weighted sum of one curve at sign * (slope * (x - origin) + intercept) - offset.

    A line or a linear score seen by a loss of one number; theta = (slope, intercept).

    design: x - origin. shares: the weights, summing to 1.
    factor: sign * design. charges: what the curve is multiplied by; their sum is what a curve of 1
        everywhere would cost.
    """

    x: Array
    weights: Array | None
    origin: float
    design: Array
    shares: Array
    curve: ScalarLoss
    factor: Array
    sign: Array | float
    offset: Array | float
    charges: Array

    def _settle(self, name: str, seen: ArrayLike) -> Array:
        """Check and keep x, what is seen of each point, and weights; return what is seen.

        Raises: `ObjectiveError` when the shapes differ or a number is not finite.
        """
        owner = type(self).__name__
        x, seen = _column(owner, self.x, "x"), _column(owner, seen, name)
        shares = np.ones(len(x))
        if self.weights is not None:
            shares = _column(owner, self.weights, "weights")
        if not len(x) == len(seen) == len(shares):
            raise ObjectiveError(
                f"{owner}: {len(x)} x, {len(seen)} {name} and {len(shares)} weights; "
                "expected equally many."
            )
        if not math.isfinite(self.origin):
            raise ObjectiveError(f"{owner}: origin is {self.origin}, expected a number.")
        self._keep(x=x, design=x - self.origin, shares=_shares(owner, shares))
        return seen

    def _keep(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @property
    def convex(self) -> bool:
        """Whether the cost is convex: as convex as the curve, the model being linear."""
        return self.curve.properties.convex

    @property
    def jumps(self) -> bool:
        """Whether the curve jumps."""
        return self.curve.pieces is not None and self.curve.pieces.jump

    @property
    def is_parabola(self) -> bool:
        """Whether the curve is a parabola, or straight."""
        pieces = self.curve.pieces
        return pieces is not None and not pieces.kinks and len(pieces.polynomials[0]) <= 3

    def predict(self, theta: ArrayLike, x: ArrayLike) -> Array:
        """Return the height of the line at x, any shape."""
        slope, intercept = np.asarray(theta, dtype=np.float64)
        return slope * (np.asarray(x, dtype=np.float64) - self.origin) + intercept

    @_overflow_is_infinity
    def value(self, theta: ArrayLike) -> float:
        """Return the cost; infinite when it exceeds the largest double."""
        return float(self._sum(self.curve.value(self._seen(theta))))

    @_overflow_is_infinity
    def gradient(self, theta: ArrayLike) -> Array:
        """Return the derivatives with respect to slope and intercept."""
        slopes = self.charges * self.curve.gradient(self._seen(theta))
        return np.array([slopes @ self.factor, (slopes * self.sign).sum()])

    @_overflow_is_infinity
    def hessian(self, theta: ArrayLike) -> Array:
        """Return the second derivatives, shape (2, 2)."""
        curvature = self.charges * self.curve.hessian(self._seen(theta))
        cross = curvature @ self.design
        square = (curvature * self.design) @ self.design
        return np.array([[square, cross], [cross, curvature.sum()]])

    @_overflow_is_infinity
    def values(self, points: ArrayLike) -> Array:
        """Return the cost at each row of points, a bounded block of them at a time."""
        points = np.asarray(points, dtype=np.float64)
        rows = max(1, _BLOCK // len(self.x))
        blocks = [points[first : first + rows] for first in range(0, len(points), rows)]
        sums = [self._sum(self.curve.value(self._seen(block))) for block in blocks]
        return np.concatenate([np.zeros(0), *sums])

    def landscape(self, grid: Grid) -> Landscape:
        """Return the cost over slope (grid.x) and intercept (grid.y)."""
        signs = self.sign if isinstance(self.sign, np.ndarray) else None
        offset = np.broadcast_to(self.offset, self.factor.shape)
        z = line_sums(self.curve, self.factor, offset, self.charges, grid, signs)
        return Landscape(grid.x, grid.y, z)

    def _seen(self, theta: ArrayLike) -> Array:
        """Return what the curve sees of every point for each theta (..., 2), shape (..., n).

        In the order of the landscape: so the two round alike, and nothing infinite is subtracted
        from anything infinite.
        """
        theta = np.asarray(theta, dtype=np.float64)
        seen = theta[..., :1] * self.factor
        seen -= self.offset
        seen += theta[..., 1:] * self.sign
        return seen

    def _sum(self, losses: Array) -> Array:
        """Return the charged sum over the last axis; what costs nothing may be infinite."""
        total = np.asarray(losses @ self.charges)
        if np.isnan(total).any():
            counts = self.charges > 0
            total = np.asarray(losses[..., counts] @ self.charges[counts])
        return total


@dataclasses.dataclass(frozen=True, eq=False)
class LinearRegression(LinearModel):
    """The mean loss of the line slope * (x - origin) + intercept; theta = (slope, intercept).

    The mean is weighted when weights are given: a weight of 2 counts a point twice.

    Shape: x, y and weights (n,).
    Raises: `ObjectiveError` when the shapes differ or a number is not finite.
    """

    x: Array
    y: Array
    loss: ScalarLoss
    weights: Array | None = None
    origin: float = 0.0

    def __post_init__(self) -> None:
        y = self._settle("y", self.y)
        self._keep(y=y, curve=self.loss, factor=self.design, sign=1.0, offset=y)
        self._keep(charges=self.shares)

    def residuals(self, theta: ArrayLike) -> Array:
        """Return prediction - target for every point, shape (n,)."""
        return self._seen(theta)


@dataclasses.dataclass(frozen=True, eq=False)
class LinearClassification(LinearModel):
    """The mean loss of the margins label * score, score = weight * (x - origin) + bias.

    theta = (weight, bias). Labels are -1 and 1, or 0 and 1, which are kept as -1 and 1. What a loss
    charges for a class multiplies its losses and leaves the weights of the mean alone, as
    `pos_weight` does in PyTorch.

    Shape: x, label and weights (n,).
    Raises: `ObjectiveError` when the shapes differ, a number is not finite, or a label is no label.
    """

    x: Array
    label: Array
    loss: MarginLoss
    weights: Array | None = None
    origin: float = 0.0

    def __post_init__(self) -> None:
        given = self._settle("label", self.label)
        if not isinstance(self.loss, MarginLoss) or self.loss.arguments != MarginLoss.arguments:
            raise ObjectiveError(f"LinearClassification: {self.loss.name} is no loss of a margin.")
        with _refused():
            label = np.where(LABEL.checked("LinearClassification", "label", given) > 0, 1.0, -1.0)
        label.setflags(write=False)
        negative, positive = self.loss.class_weights
        charges = self.shares * np.where(label > 0, positive, negative)
        self._keep(label=label, curve=self.loss.curve, factor=label * self.design, sign=label)
        self._keep(offset=0.0, charges=charges)

    def margins(self, theta: ArrayLike) -> Array:
        """Return label * score for every point, shape (n,)."""
        return self._seen(theta)


@dataclasses.dataclass(frozen=True, eq=False)
class RootMean(Objective):
    """The root of another objective: RMSE when that is the mean of squares."""

    objective: Objective

    @property
    def convex(self) -> bool:
        """Whether the root is known to be convex: it is for the mean of squares, a norm."""
        return curvature(self.objective) is not None

    @property
    def jumps(self) -> bool:
        """Whether what it is the root of jumps."""
        return self.objective.jumps

    def value(self, theta: ArrayLike) -> float:
        """Return the root of the cost."""
        return math.sqrt(self.objective.value(theta))

    def gradient(self, theta: ArrayLike) -> Array:
        """Return the gradient, and 0 at a perfect fit, where the root has a kink."""
        root = self.value(theta)
        with np.errstate(invalid="ignore"):
            return self.objective.gradient(theta) / (2 * root) if root > 0 else np.zeros(2)

    def hessian(self, theta: ArrayLike) -> Array:
        """Return the second derivatives, and 0 at a perfect fit."""
        root = self.value(theta)
        if root == 0:
            return np.zeros((2, 2))
        slope = self.objective.gradient(theta) / (2 * root)
        return self.objective.hessian(theta) / (2 * root) - np.outer(slope, slope) / root

    def values(self, points: ArrayLike) -> Array:
        """Return the root of the cost at each row of points."""
        return np.sqrt(self.objective.values(points))

    def landscape(self, grid: Grid) -> Landscape:
        """Return the root of the landscape."""
        landscape = self.objective.landscape(grid)
        return Landscape(landscape.x, landscape.y, np.sqrt(landscape.z))


@dataclasses.dataclass(frozen=True, eq=False)
class AffineModel(Objective):
    """The mean of any loss, what moves in it being base + theta[0] * first + theta[1] * second.

    Each of the three is an array, or a tuple of arrays where several arguments move; held are the
    other arguments, in their order. The mean is that over the last axis of the losses, and weighted
    when weights are given. Where the loss is not defined, the cost is infinite.

    An argument has one row for every sample if one more row, a copy of the first, is one more loss
    like the first; otherwise all samples share it.

    Raises: `ObjectiveError` when the arrays are not what the loss takes, or when weights are given
        to a loss whose samples depend on each other.
    """

    loss: Loss
    base: Rays
    first: Rays
    second: Rays
    held: tuple[ArrayLike, ...] = ()
    weights: Array | None = None
    samples: Samples = dataclasses.field(init=False, repr=False)
    shares: Array = dataclasses.field(init=False, repr=False)

    def __post_init__(self) -> None:
        rays, held = iter(self._rays()), iter(self._held())
        parts = [
            Part(one, *next(rays)) if one.moves else Part(one, next(held))
            for one in self.loss.arguments
        ]
        with _refused():
            samples = Samples.of(self.loss, parts)
        shares = np.full(samples.count or 1, 1 / (samples.count or 1))
        if self.weights is not None:
            shares = self._weighed(samples)
            samples, shares = samples.only(shares > 0), shares[shares > 0]
        object.__setattr__(self, "samples", samples)
        object.__setattr__(self, "shares", shares)

    def _weighed(self, samples: Samples) -> Array:
        """Return the weights as shares."""
        weights = _column("AffineModel", self.weights, "weights")
        if not samples.apart:
            raise ObjectiveError(
                f"AffineModel: the samples of {self.loss.name} cannot be weighed one by one."
            )
        if len(weights) != samples.count:
            raise ObjectiveError(
                f"AffineModel: {samples.count} samples and {len(weights)} weights; "
                "expected equally many."
            )
        return _shares("AffineModel", weights)

    def _rays(self) -> list[tuple[Array, tuple[Array, Array]]]:
        """Return base, first and second of each argument that moves, in one shape."""
        rays = []
        names = [one.name for one in self.loss.arguments if one.moves]
        given = [self._each(name, len(names)) for name in ("base", "first", "second")]
        for name, *three in zip(names, *given, strict=True):
            base, first, second = (np.array(values, dtype=np.float64) for values in three)
            if not all(np.isfinite(a).all() for a in (base, first, second)):
                raise ObjectiveError(f"AffineModel: {name} holds a number that is not finite.")
            with _refused():
                shape = together(
                    "AffineModel", base=base.shape, first=first.shape, second=second.shape
                )
            if 0 in shape:
                raise ObjectiveError(f"AffineModel: {name} has shape {shape}, expected numbers.")
            base, first, second = (np.broadcast_to(a, shape) for a in (base, first, second))
            rays.append((base, (first, second)))
        return rays

    def _each(self, name: str, count: int) -> tuple[ArrayLike, ...]:
        """Return the arrays of that name, one for each argument that moves."""
        value = getattr(self, name)
        arrays = value if isinstance(value, tuple) and count > 1 else (value,)
        if len(arrays) != count:
            raise ObjectiveError(
                f"AffineModel: {name} has {len(arrays)} arrays, expected a tuple of {count}."
            )
        return arrays

    def _held(self) -> list[Array]:
        """Return the other arguments."""
        rest = [one for one in self.loss.arguments if not one.moves]
        if len(self.held) != len(rest):
            names = ", ".join(one.name for one in rest) or "none"
            raise ObjectiveError(
                f"AffineModel: {len(self.held)} arguments are held, expected {names}."
            )
        owner = type(self.loss).__name__
        with _refused():
            return [
                one.domain.checked(owner, one.name, values)
                for one, values in zip(rest, self.held, strict=True)
            ]

    @property
    def convex(self) -> bool:
        """Whether the cost is convex: as convex as the loss, the model being affine."""
        return self.loss.properties.convex

    def value(self, theta: ArrayLike) -> float:
        """Return the mean loss; infinite where it is not defined."""
        return float(self.values(np.asarray(theta, dtype=np.float64)[None])[0])

    def values(self, points: ArrayLike) -> Array:
        """Return the cost at each row of points, a bounded block of them at a time."""
        return self.samples.mean(np.asarray(points, dtype=np.float64), self.shares)

    @_overflow_is_infinity
    def gradient(self, theta: ArrayLike) -> Array:
        """Return the two derivatives; infinite where the loss is not defined."""
        return self.samples.slope(np.asarray(theta, dtype=np.float64), self.shares)

    @_overflow_is_infinity
    def hessian(self, theta: ArrayLike) -> Array:
        """Return the second derivatives.

        Raises: `ObjectiveError` when the loss has none, or is not defined there.
        """
        if not hasattr(self.loss, "hessian"):
            raise ObjectiveError(
                f"AffineModel: no second derivatives of {self.loss.name}. {self.loss.no_hessian}"
            )
        with _refused():
            return self.samples.bend(np.asarray(theta, dtype=np.float64), self.shares)

    def landscape(self, grid: Grid) -> Landscape:
        """Return the cost at every crossing; memory grows with samples and crossings apart."""
        return Landscape(grid.x, grid.y, self.values(grid.points).reshape(grid.shape))


@dataclasses.dataclass(frozen=True, eq=False)
class SumOfObjectives(Objective):
    """A weighted sum of costs over the same two parameters, as of a model with several tasks.

    Raises: `ObjectiveError` unless there are as many weights as objectives, none below 0 and one
        above.
    """

    objectives: tuple[Objective, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        weights = _column("SumOfObjectives", self.weights, "weights")
        if len(weights) != len(self.objectives):
            raise ObjectiveError(
                f"SumOfObjectives: {len(self.objectives)} objectives and {len(weights)} weights; "
                "expected equally many."
            )
        _shares("SumOfObjectives", weights)
        object.__setattr__(self, "objectives", tuple(self.objectives))
        object.__setattr__(self, "weights", tuple(float(weight) for weight in weights))

    @property
    def _counted(self) -> list[tuple[float, Objective]]:
        """The weights and objectives that count: 0 times what is infinite is no number."""
        pairs = zip(self.weights, self.objectives, strict=True)
        return [(weight, objective) for weight, objective in pairs if weight > 0]

    @property
    def convex(self) -> bool:
        """Whether the sum is known to be convex: it is if all that counts in it is."""
        return all(objective.convex for _, objective in self._counted)

    @property
    def jumps(self) -> bool:
        """Whether anything that counts does."""
        return any(objective.jumps for _, objective in self._counted)

    @property
    def is_parabola(self) -> bool:
        """Whether all that counts is."""
        return all(objective.is_parabola for _, objective in self._counted)

    @_overflow_is_infinity
    def value(self, theta: ArrayLike) -> float:
        """Return the sum of the costs."""
        return sum(weight * objective.value(theta) for weight, objective in self._counted)

    @_overflow_is_infinity
    def gradient(self, theta: ArrayLike) -> Array:
        """Return the sum of the gradients."""
        parts = [weight * objective.gradient(theta) for weight, objective in self._counted]
        return np.sum(parts, axis=0)

    @_overflow_is_infinity
    def hessian(self, theta: ArrayLike) -> Array:
        """Return the sum of the second derivatives."""
        parts = [weight * objective.hessian(theta) for weight, objective in self._counted]
        return np.sum(parts, axis=0)

    @_overflow_is_infinity
    def values(self, points: ArrayLike) -> Array:
        """Return the sum of the costs at each row of points."""
        parts = [weight * objective.values(points) for weight, objective in self._counted]
        return np.sum(parts, axis=0)

    @_overflow_is_infinity
    def landscape(self, grid: Grid) -> Landscape:
        """Return the sum of the landscapes."""
        parts = [weight * objective.landscape(grid).z for weight, objective in self._counted]
        return Landscape(grid.x, grid.y, np.sum(parts, axis=0))


@dataclasses.dataclass(frozen=True, eq=False)
class Penalized(Declared, Objective):
    """A cost plus a strength times a penalty of both parameters.

    Raises: `ParameterError` when the strength is below 0 or not finite.
    """

    objective: Objective
    penalty: Penalty
    strength: float = parameter(
        0.1,
        symbol=r"\lambda",
        meaning="how much the penalty counts beside the mean loss",
        low=0.001,
        high=10.0,
        step=0.001,
        minimum=0.0,
        open_maximum=True,
        logarithmic=True,
    )

    @property
    def convex(self) -> bool:
        """Whether the sum is known to be convex: it is if cost and penalty are."""
        return self.objective.convex and (not self.strength or self.penalty.properties.convex)

    @property
    def is_parabola(self) -> bool:
        """Whether the cost is, and the penalty curves the same everywhere."""
        told = self.penalty.properties
        even = told.smoothness == told.strong_convexity
        return self.objective.is_parabola and (not self.strength or even)

    @_overflow_is_infinity
    def value(self, theta: ArrayLike) -> float:
        """Return cost and penalty."""
        return float(self.objective.value(theta) + self._penalty(self.penalty.value, theta))

    @_overflow_is_infinity
    def gradient(self, theta: ArrayLike) -> Array:
        """Return the gradient; at a corner of the penalty, its shortest subgradient counts."""
        return self.objective.gradient(theta) + self._penalty(self.penalty.gradient, theta)

    @_overflow_is_infinity
    def hessian(self, theta: ArrayLike) -> Array:
        """Return the second derivatives.

        Raises: `ObjectiveError` when the penalty has none.
        """
        if not self.strength:
            return self.objective.hessian(theta)
        if not hasattr(self.penalty, "hessian"):
            raise ObjectiveError(
                f"Penalized: no second derivatives of {self.penalty.name}."
                f" {self.penalty.no_hessian}"
            )
        return self.objective.hessian(theta) + self._penalty(self.penalty.hessian, theta)

    @_overflow_is_infinity
    def values(self, points: ArrayLike) -> Array:
        """Return cost and penalty at each row of points."""
        return self.objective.values(points) + self._penalty(self.penalty.value, points)

    @_overflow_is_infinity
    def landscape(self, grid: Grid) -> Landscape:
        """Return the landscape, raised by the penalty."""
        penalty = np.asarray(self._penalty(self.penalty.value, grid.points))
        z = self.objective.landscape(grid).z
        return Landscape(grid.x, grid.y, z + np.broadcast_to(penalty, z.size).reshape(z.shape))

    def _penalty(self, curve: Callable[[ArrayLike], Array], theta: ArrayLike) -> Array | float:
        """Return the strength times a curve of the penalty; at a strength of 0, nothing at all."""
        return self.strength * curve(theta) if self.strength else 0.0


def curvature(objective: Objective) -> tuple[float, float] | None:
    """Return the smallest and largest curvature when it is the same everywhere, else None."""
    if not objective.is_parabola:
        return None
    low, high = np.linalg.eigvalsh(objective.hessian(np.zeros(2)))
    return float(max(low, 0.0)), float(high)


def stability_limit(objective: Objective) -> float | None:
    """Return the learning rate above which plain descent diverges, or None when it depends.

    It is 2 over the largest curvature, and known only where the curvature is constant.
    """
    known = curvature(objective)
    return None if known is None or known[1] == 0 else 2 / known[1]


@contextlib.contextmanager
def _refused() -> Iterator[None]:
    """Make what a loss or a domain refuses an error of the data of an objective."""
    try:
        yield
    except DomainError as error:
        raise ObjectiveError(str(error)) from None


def _column(owner: str, values: ArrayLike | None, name: str) -> Array:
    """Return the values as one finite row of float64 that nobody can change."""
    column = np.array(values, dtype=np.float64)
    if column.ndim != 1 or column.size == 0:
        raise ObjectiveError(
            f"{owner}: {name} has shape {column.shape}, expected one row of numbers."
        )
    if not np.isfinite(column).all():
        raise ObjectiveError(f"{owner}: {name} holds a number that is not finite.")
    column.setflags(write=False)
    return column


def _shares(owner: str, weights: Array) -> Array:
    """Return the weights over their sum."""
    if weights.min() < 0 or not weights.sum() > 0:
        raise ObjectiveError(f"{owner}: weights must be at least 0, and one above 0.")
    return weights / weights.sum()
