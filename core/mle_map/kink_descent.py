"""The way down where all is straight between kinks: exactly along them, to where none leads on."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from core.losses.base import Array
from core.mle_map.pair_fits import EPS, PairFits
from core.mle_map.posterior import COEFFICIENTS


@dataclasses.dataclass(frozen=True, eq=False)
class Meeting:
    """The kinks next to a place: weight · |a · theta - c| each, and the pull of all the rest.

    Shape: a (k, 2), c, weight and away (k,); rest (2,).
    """

    a: Array
    c: Array
    weight: Array
    away: Array
    rest: Array
    scale: float

    @classmethod
    def near(cls, fits: PairFits, theta: Array, reach: float) -> Meeting:
        """Return those within a reach."""
        a, c, weight = fits.kinks[:, :2], fits.kinks[:, 2], fits.weights
        r = a @ theta - c
        away = np.abs(r) / np.hypot(a[:, 0], a[:, 1])
        on = away <= reach
        pulls = np.where(on, 0.0, weight * np.sign(r))[:, None] * a
        smooth = 2.0 * fits.ridge * theta
        if not fits.kinked:
            smooth = fits.without_peak().gradient(theta[None], 0.0)[0]
        size = np.abs(pulls).sum() + np.abs(smooth).sum() + weight.sum()
        rank = np.flatnonzero(on)[np.argsort(away[on], kind="stable")]
        return cls(
            a[rank], c[rank], weight[rank], away[rank], pulls.sum(axis=0) + smooth, float(size)
        )

    @property
    def ways(self) -> Array:
        """The directions along the kinks, both ways, each of length 1."""
        along = np.column_stack([-self.a[:, 1], self.a[:, 0]])
        along /= np.hypot(*along.T)[:, None]
        return np.vstack([along, -along])

    def rise(self, ways: Array) -> Array:
        """Return how fast the cost rises from where all these kinks meet, in each direction."""
        return ways @ self.rest + np.abs(ways @ self.a.T) @ self.weight

    @property
    def meet(self) -> bool:
        """Whether they meet in one point only."""
        return len(self.a) > 1 and bool(np.linalg.matrix_rank(self.a, tol=1e-9) == COEFFICIENTS)


def is_least(fits: PairFits, theta: Array) -> bool:
    """Tell whether the cost falls in no direction, by its slopes.

    Between the kinks that meet here the slope is linear in the direction: if the cost falls along
    none of them, it falls nowhere.
    """
    kinks = Meeting.near(fits, theta, 1e-11 * fits.size)
    rounding = 1e-9 * kinks.scale
    if kinks.meet:
        return bool((kinks.rise(kinks.ways) >= -rounding).all())
    if not len(kinks.a):
        return bool(np.abs(kinks.rest).max() <= rounding)
    across = kinks.a[:1] / np.hypot(*kinks.a[0])
    level = np.abs(kinks.ways @ kinks.rest).max() <= rounding
    return bool(level and (kinks.rise(np.vstack([across, -across])) >= -rounding).all())


def is_level(fits: PairFits, theta: Array) -> bool:
    """Tell whether a step to somewhere costs nothing, where all is straight beside the kinks."""
    kinks = Meeting.near(fits, theta, 1e-11 * fits.size)
    return not kinks.meet or bool((kinks.rise(kinks.ways) <= 1e-9 * kinks.scale).any())


def downhill(fits: PairFits, theta: Array) -> Array:
    """Return the minimum of one fit of straight pieces, and perhaps a parabola, from a start.

    The way leads down to a kink, then along kinks, each to where it is lowest: what costs less than
    that never comes back to it, so there are at most as many steps as kinks.
    """
    theta = _to_a_kink(fits, theta)
    for _ in range(2 * len(fits.rows) + 4):
        kinks = Meeting.near(fits, theta, 1e-11 * fits.size)
        if not len(kinks.a):
            return theta
        ways = kinks.ways[: len(kinks.a)]
        found = np.array([_lowest_along(fits, theta, way) for way in ways])
        costs = fits.repeated(len(found) + 1).cost(np.vstack([found, theta]))
        best = int(np.argmin(costs[:-1]))
        if costs[best] < costs[-1] * (1 - 4 * EPS):
            theta = found[best]
        elif is_least(fits, theta):
            return found[best] if costs[best] <= costs[-1] else theta
        else:
            theta = _to_a_kink(fits, theta)
    return theta


def _to_a_kink(fits: PairFits, theta: Array) -> Array:
    """Return where the steepest way down meets the next kink, or the lowest place before that."""
    kinks = Meeting.near(fits, theta, 1e-11 * fits.size)
    fall = -_least_pull(kinks)
    if not fall.any():
        return theta
    lines = fits.kinks
    slopes, apart = lines[:, :2] @ fall, lines[:, 2] - lines[:, :2] @ theta
    times = apart / np.where(slopes != 0.0, slopes, np.inf)
    ahead = times > 1e-11 * fits.size / np.hypot(*fall)
    first = times[ahead].min(initial=np.inf)
    bottom = 0.5 / fits.ridge if fits.ridge else np.inf
    step = min(first, bottom)
    return theta + step * fall if math.isfinite(step) else theta


def _least_pull(kinks: Meeting) -> Array:
    """Return the shortest slope that the kinks leave of the pull, where they do not meet."""
    if not len(kinks.a):
        return kinks.rest
    across = kinks.a[0] / np.hypot(*kinks.a[0])
    pull = float(kinks.rest @ across)
    held = float(np.abs(kinks.a @ across) @ kinks.weight)
    return math.copysign(max(abs(pull) - held, 0.0), pull) * across


def _lowest_along(fits: PairFits, theta: Array, way: Array) -> Array:
    """Return the lowest place on a line through theta, exactly on the kink it lies on."""
    lines, weight = fits.kinks, fits.weights
    slopes = lines[:, :2] @ way
    crossed = np.abs(slopes) > 1e-12
    times = (lines[crossed, 2] - lines[crossed, :2] @ theta) / slopes[crossed]
    order = np.argsort(times, kind="stable")
    times, pull = times[order], (weight[crossed] * np.abs(slopes[crossed]))[order]
    before = 2.0 * np.cumsum(pull) - pull.sum()  # the straight slope just beyond each kink
    curved = 2.0 * fits.ridge * (theta @ way + times)
    at = int(np.searchsorted(before + curved, 0.0))
    if at < len(times) and before[at] - 2.0 * pull[at] + curved[at] <= 0.0:
        corner = np.flatnonzero(crossed)[order[at]]
        return _on_axes(theta + times[at] * way, lines[[corner]])
    if not fits.ridge:
        return theta
    slope = before[at] - 2.0 * pull[at] if at < len(times) else pull.sum()
    return theta + (-slope / (2.0 * fits.ridge) - theta @ way) * way


def _on_axes(theta: Array, lines: Array) -> Array:
    """Return the place with an exact 0 where it lies on an axis."""
    for a1, a2, c in lines:
        if c == 0.0 and (a1 == 0.0 or a2 == 0.0):
            theta[0 if a2 == 0.0 else 1] = 0.0
    return theta
