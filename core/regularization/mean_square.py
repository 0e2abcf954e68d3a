"""The mean square of what a linear model without intercept leaves over, from three moments."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import ArrayLike

from core.landscape import Grid, Landscape
from core.losses.base import Array
from core.objectives import Objective, ObjectiveError
from core.penalties import L1, L2, ElasticNet, Penalty

# A curvature below this part of the largest is rounding.
FLAT = 1e-12
_ROUNDING = 1e-14


@dataclasses.dataclass(frozen=True, eq=False)
class MeanSquare(Objective):
    """(1/n)‖y - Xw‖² = w'Gw - 2 m'w + s, with G = X'X/n, m = X'y/n and s = y'y/n.

    An objective over two parameters when there are two features; a fit may have more.

    Shape: gram (p, p), moment (p,).
    """

    gram: Array
    moment: Array
    power: float

    @classmethod
    def of(cls, features: ArrayLike, target: ArrayLike) -> MeanSquare:
        """Return the cost of these data.

        Shape: features (n, p), target (n,).
        Raises: `ObjectiveError` when the shapes differ or a number is not finite.
        """
        x, y = np.array(features, dtype=np.float64), np.array(target, dtype=np.float64)
        if x.ndim != 2 or x.size == 0 or y.shape != x.shape[:1]:
            raise ObjectiveError(
                f"MeanSquare: features {x.shape} and target {y.shape}; expected a table and a row"
                " of its length."
            )
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            raise ObjectiveError("MeanSquare: expected finite numbers only.")
        gram, moment, power = x.T @ x / len(y), x.T @ y / len(y), float(y @ y) / len(y)
        # Threat: a feature that has nothing to do with the target seems to pull, by rounding.
        # Remedy: so weak a pull is none. Limit: a correlation below 1e-14 is lost.
        nothing = _ROUNDING * np.sqrt(np.diag(gram) * power)
        return cls(gram, np.where(np.abs(moment) > nothing, moment, 0.0), power)

    def value(self, theta: ArrayLike) -> float:
        """Return the cost, shape (p,) in."""
        return float(self.values(np.asarray(theta, dtype=np.float64)[None])[0])

    def values(self, points: ArrayLike) -> Array:
        """Return the cost at each row of points: (m, p) in, (m,) out."""
        w = np.asarray(points, dtype=np.float64)
        # A sum of squares: what rounding leaves below 0 is 0.
        return np.maximum(((w @ self.gram - 2.0 * self.moment) * w).sum(axis=-1) + self.power, 0.0)

    def gradient(self, theta: ArrayLike) -> Array:
        """Return 2 (G w - m), shape (p,)."""
        return 2.0 * (self.gram @ np.asarray(theta, dtype=np.float64) - self.moment)

    def hessian(self, theta: ArrayLike) -> Array:
        """Return 2 G, wherever theta is."""
        return 2.0 * self.gram

    def landscape(self, grid: Grid) -> Landscape:
        """Return the cost over two coefficients: a row and a column, and their product."""
        (a, b), (_, c) = self.gram
        m, n = self.moment
        along = grid.x * (a * grid.x - 2.0 * m) + self.power
        up = grid.y * (c * grid.y - 2.0 * n)
        z = np.multiply.outer(2.0 * b * grid.y, grid.x) + along + up[:, None]
        return Landscape(grid.x, grid.y, np.maximum(z, 0.0))

    @property
    def convex(self) -> bool:
        """Whether it is convex: always."""
        return True

    @property
    def is_parabola(self) -> bool:
        """Whether it curves the same everywhere: always."""
        return True

    @property
    def steepest(self) -> float:
        """The largest curvature L: the gradient changes by no more than L times the way."""
        return 2.0 * float(np.linalg.eigvalsh(self.gram)[-1])

    @property
    def determined(self) -> bool:
        """Whether the lowest cost is had at one place alone."""
        curvatures = np.linalg.eigvalsh(self.gram)
        return bool(curvatures[0] > FLAT * curvatures[-1])

    def free(self) -> Array:
        """Return the coefficients of least cost; of many, those nearest to 0."""
        return np.asarray(np.linalg.lstsq(self.gram, self.moment, rcond=FLAT)[0], dtype=np.float64)


def parts(penalty: Penalty) -> tuple[float, float]:
    """Return what a penalty of single coefficients has of Σ|w| and of Σw².

    Raises: `ObjectiveError` for a penalty that is no sum of the two.
    """
    if isinstance(penalty, L1):
        return 1.0, 0.0
    if isinstance(penalty, L2):
        return 0.0, 1.0
    if isinstance(penalty, ElasticNet):
        return penalty.ratio, 1.0 - penalty.ratio
    raise ObjectiveError(f"{penalty.name} is no sum of absolute values and squares.")
