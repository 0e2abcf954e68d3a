"""Data x model x loss: the cost of a parameter pair, its gradient, and its landscape."""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import ArrayLike

from core.landscape import Grid, Landscape, line_sums
from core.losses.base import Array, ScalarLoss

_BLOCK = 1 << 16


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

    def values(self, points: ArrayLike) -> Array:
        """Return the cost at each row of points: (m, 2) in, (m,) out."""
        return np.array([self.value(point) for point in np.asarray(points, dtype=np.float64)])


@dataclasses.dataclass(frozen=True, eq=False)
class LinearRegression(Objective):
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
    design: Array = dataclasses.field(init=False, repr=False)
    shares: Array = dataclasses.field(init=False, repr=False)

    def __post_init__(self) -> None:
        x, y = _column(self.x, "x"), _column(self.y, "y")
        shares = np.ones(len(x)) if self.weights is None else _column(self.weights, "weights")
        if not len(x) == len(y) == len(shares):
            raise ObjectiveError(
                f"LinearRegression: {len(x)} x, {len(y)} y and {len(shares)} weights; "
                "expected equally many."
            )
        if shares.min() < 0 or not shares.sum() > 0:
            raise ObjectiveError("LinearRegression: weights must be at least 0, and one above 0.")
        if not math.isfinite(self.origin):
            raise ObjectiveError(f"LinearRegression: origin is {self.origin}, expected a number.")
        own = {"x": x, "y": y, "design": x - self.origin, "shares": shares / shares.sum()}
        for name, value in own.items():
            object.__setattr__(self, name, value)

    @property
    def convex(self) -> bool:
        """Whether the cost is convex: as convex as the loss, the model being linear."""
        return self.loss.properties.convex

    def predict(self, theta: ArrayLike, x: ArrayLike) -> Array:
        """Return the height of the line at x, any shape."""
        slope, intercept = np.asarray(theta, dtype=np.float64)
        return slope * (np.asarray(x, dtype=np.float64) - self.origin) + intercept

    def residuals(self, theta: ArrayLike) -> Array:
        """Return prediction - target for every point, shape (n,)."""
        slope, intercept = np.asarray(theta, dtype=np.float64)
        return slope * self.design + (intercept - self.y)

    def value(self, theta: ArrayLike) -> float:
        """Return the mean loss; infinite when it exceeds the largest double."""
        with np.errstate(over="ignore", invalid="ignore"):
            return float(self._mean(self.loss.value(self.residuals(theta))))

    def gradient(self, theta: ArrayLike) -> Array:
        """Return the derivatives of the mean loss with respect to slope and intercept."""
        with np.errstate(over="ignore", invalid="ignore"):
            slopes = self.shares * self.loss.gradient(self.residuals(theta))
            return np.array([slopes @ self.design, slopes.sum()])

    def hessian(self, theta: ArrayLike) -> Array:
        """Return the second derivatives of the mean loss, shape (2, 2)."""
        with np.errstate(over="ignore", invalid="ignore"):
            curvature = self.shares * self.loss.hessian(self.residuals(theta))
            cross = curvature @ self.design
            square = (curvature * self.design) @ self.design
            return np.array([[square, cross], [cross, curvature.sum()]])

    def values(self, points: ArrayLike) -> Array:
        """Return the cost at each row of points, a bounded block of them at a time."""
        points = np.asarray(points, dtype=np.float64)
        rows = max(1, _BLOCK // len(self.x))
        blocks = [points[first : first + rows] for first in range(0, len(points), rows)]
        with np.errstate(over="ignore", invalid="ignore"):
            return np.concatenate([np.zeros(0), *(self._block(block) for block in blocks)])

    def _block(self, points: Array) -> Array:
        residuals = points[:, :1] * self.design + (points[:, 1:] - self.y)
        return self._mean(self.loss.value(residuals))

    def _mean(self, losses: Array) -> Array:
        """Return the weighted mean over the last axis; what weighs nothing may be infinite."""
        mean = np.asarray(losses @ self.shares)
        if np.isnan(mean).any():
            counts = self.shares > 0
            mean = np.asarray(losses[..., counts] @ self.shares[counts])
        return mean

    def landscape(self, grid: Grid) -> Landscape:
        """Return the mean loss over slope (grid.x) and intercept (grid.y)."""
        shares = None if self.weights is None else self.shares
        return Landscape(grid.x, grid.y, line_sums(self.loss, self.design, self.y, shares, grid))


@dataclasses.dataclass(frozen=True, eq=False)
class RootMean(Objective):
    """The root of another objective: RMSE when that is the mean of squares."""

    objective: Objective

    @property
    def convex(self) -> bool:
        """Whether the root is known to be convex: it is for the mean of squares, a norm."""
        return curvature(self.objective) is not None

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


def curvature(objective: Objective) -> tuple[float, float] | None:
    """Return the smallest and largest curvature when it is the same everywhere, else None."""
    loss = getattr(objective, "loss", None)
    if loss is None or loss.pieces is None or loss.pieces.kinks:
        return None
    low, high = np.linalg.eigvalsh(objective.hessian(np.zeros(2)))
    return float(max(low, 0.0)), float(high)


def stability_limit(objective: Objective) -> float | None:
    """Return the learning rate above which plain descent diverges, or None when it depends.

    It is 2 over the largest curvature, and known only where the curvature is constant.
    """
    known = curvature(objective)
    return None if known is None or known[1] == 0 else 2 / known[1]


def _column(values: ArrayLike, name: str) -> Array:
    """Return the values as one finite row of float64 that nobody can change."""
    column = np.array(values, dtype=np.float64)
    if column.ndim != 1 or column.size == 0:
        raise ObjectiveError(
            f"LinearRegression: {name} has shape {column.shape}, expected one row of numbers."
        )
    if not np.isfinite(column).all():
        raise ObjectiveError(f"LinearRegression: {name} holds a number that is not finite.")
    column.setflags(write=False)
    return column
