"""The other way to say it: the least cost within a ball of the penalty, and the strength it means.

Where a minimum of cost + strength * penalty lies, no other place of so small a penalty costs less:
each strength belongs to a ball, whose radius is the penalty there, and each ball to a strength.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from core.losses.base import Array
from core.penalties import Penalty
from core.regularization.coefficient_paths import CoefficientPath
from core.regularization.mean_square import parts

_CLOSE = 1e-15


def radius(path: CoefficientPath, strength: float) -> float:
    """Return the penalty at the minimum of cost + strength * penalty: how large its ball is."""
    return float(path.penalty.value(path.at(strength)))


def strength(path: CoefficientPath, radius_: float) -> float:
    """Return the least strength whose minimum has a penalty of no more than the radius.

    0 where the ball holds the minimum of the cost itself; infinite where the ball is a point that
    no finite strength reaches.
    """
    if radius_ >= radius(path, 0.0):
        return 0.0
    if radius_ <= 0.0:
        return path.largest
    if parts(path.penalty)[1]:
        return _where(path, radius_)
    return _between(path, radius_)


def _between(path: CoefficientPath, radius_: float) -> float:
    """Return the strength where Σ|w|, straight between breakpoints, is the radius."""
    for one in path.stretches:
        (active,) = np.nonzero(one.signs)
        gram, signs = path.problem.gram[np.ix_(active, active)], one.signs[active]
        sides = np.column_stack([path.problem.moment[active], 0.5 * signs])
        most, slope = signs @ np.linalg.solve(gram, sides)
        found = (most - radius_) / slope
        if found >= one.low:
            return float(min(max(found, 0.0), one.high))
    return 0.0


def _where(path: CoefficientPath, radius_: float) -> float:
    """Return the strength where the penalty, which falls as it grows, is the radius."""
    from scipy.optimize import brentq

    high = path.largest
    if not math.isfinite(high):
        high = path.problem.steepest or 1.0
        while radius(path, high) > radius_ and high < 1e300:
            high *= 8.0

    def above(strength: float) -> float:
        return radius(path, strength) - radius_

    return float(brentq(above, 0.0, high, xtol=1e-300, rtol=_CLOSE))


def reach(penalty: Penalty, radius_: float, direction: ArrayLike) -> Array:
    """Return how far the ball reaches along unit directions: (..., p) in, (...) out.

    b·a·r + q·r² = radius along r, with a = Σ|direction|, solved so that nothing cancels.
    """
    bent, round_ = parts(penalty)
    along = bent * np.abs(np.asarray(direction, dtype=np.float64)).sum(axis=-1)
    root = np.sqrt(along * along + 4.0 * round_ * radius_)
    return np.asarray(2.0 * radius_ / (along + root)) if radius_ > 0.0 else np.zeros(along.shape)


def outline(penalty: Penalty, radius_: float, count: int = 96) -> Array:
    """Return the edge of the ball of two coefficients, corners included, shape (count + 1, 2)."""
    angle = 0.5 * math.pi * np.arange(0, count + 1) / (count // 4)
    corners = np.column_stack([np.cos(angle), np.sin(angle)])
    # On the axes the edge has its corners: cos(π/2) is no rounding there, but 0.
    corners[np.abs(corners) < 1e-15] = 0.0
    return corners * reach(penalty, radius_, corners)[:, None]
