"""Where likelihood and posterior are greatest, for one set of points or for the first n of them.

Many fits of two parameters are solved side by side by Newton steps. The peak of a prior is rounded
at first, less and less, until 0, a place on an axis or one beside them is proved to cost least.
Laplace noise is all kinks: the way down leads along them, exactly. What is not convex is searched
from several starts.
"""

from __future__ import annotations

import dataclasses
import enum
import math

import numpy as np
from numpy.typing import NDArray

from core.likelihoods import Noise
from core.losses.base import Array
from core.mle_map.kink_descent import downhill, is_least, is_level
from core.mle_map.pair_fits import EPS, Flags, PairFits, descended, least_squares
from core.mle_map.posterior import COEFFICIENTS, NegativeLogLikelihood, NegativeLogPosterior

# How wide kinks are rounded at first and at last, in units of a typical residual.
_WIDEST, _SEARCHED, _NARROWEST, _NARROWER = 1.0, 0.03, 1e-8, 0.15
_ROUNDED = 16.0  # roundings of a number that count as nothing beside it
_FARTHEST = 1e9  # a step longer than that, in the same units, leads nowhere
# Lines through pairs of points that a search which is not convex begins from.
_STARTS, _PAIRS = 6, 1000


class Greatest(enum.Enum):
    """What is known of the greatest likelihood or posterior; the value is the sentence shown."""

    FOUND = "Found: nothing is likelier."
    LEVEL = "Found, though others are exactly as likely."
    SEVERAL = "The best of several starts: there may be other peaks."
    VALLEY = "Not one pair but a whole valley: the points do not tell slope from intercept."
    RUNS_AWAY = "There is none: the classes are apart, so ever steeper curves are ever likelier."
    ONE_CLASS = "There is none: with one class only, ever surer curves are ever likelier."
    NO_DATA = "There is none: without data every pair is as likely."


@dataclasses.dataclass(frozen=True, eq=False)
class Peak:
    """The likeliest parameters, (2,), or None where there are none; and what is known of them."""

    theta: Array | None
    outcome: Greatest


@dataclasses.dataclass(frozen=True, eq=False)
class Walk:
    """The likeliest parameters as points arrive, without (mle) and with (map) a prior.

    Shape: count (m,); mle and map (m, 2), NaN where there are none.
    """

    count: NDArray[np.int64]
    mle: Array
    map: Array


def mle_of(likelihood: NegativeLogLikelihood, near: Array | None = None) -> Peak:
    """Return the maximum likelihood estimate."""
    return _peak(PairFits.of(likelihood, None), near)


def map_of(posterior: NegativeLogPosterior, near: Array | None = None) -> Peak:
    """Return the maximum a posteriori estimate; a place near it makes it no different."""
    return _peak(PairFits.of(posterior.likelihood, posterior.prior.belief), near)


def walk(posterior: NegativeLogPosterior, counts: NDArray[np.int64]) -> Walk:
    """Return both estimates for the first so many points of all."""
    free = PairFits.of(posterior.likelihood, None, counts)
    held = PairFits.of(posterior.likelihood, posterior.prior.belief, counts)
    return Walk(counts, _many(free), _many(held))


# One fit -----------------------------------------------------------------------------------------


def _peak(fits: PairFits, near: Array | None) -> Peak:
    """Return the best of one fit."""
    none = _without(fits)[0]
    if none is not None:
        return Peak(None, none)
    theta = _unrounded(fits, _best(fits, near))[0]
    if not fits.convex:
        return Peak(theta, Greatest.SEVERAL)
    level = fits.kinked and not fits.ridge and is_level(fits, theta)
    return Peak(theta, Greatest.LEVEL if level else Greatest.FOUND)


def _many(fits: PairFits) -> Array:
    """Return the best of many fits; NaN where there is none."""
    out = np.full((len(fits.counted), COEFFICIENTS), np.nan)
    sound = np.array([none is None for none in _without(fits)])
    if sound.any():
        some = fits.only(sound)
        out[sound] = _unrounded(some, _best(some, None))
    return out


def _unrounded(fits: PairFits, theta: Array) -> Array:
    """Return rows of parameters with 0 for what is but rounding.

    Threat: of points on a line through 0 the intercept comes out as 1e-48, or as 1e-17. Remedy: a
    parameter that moves the predictions by a rounding of what the other moves them is 0; without a
    prior, which may ask for parameters that small, one that moves them by a rounding of the targets
    too. Limit: such small parameters that were meant.
    """
    reach = np.abs(fits.rows).max(axis=0)
    moves = np.abs(theta) * reach
    whole = moves.max(axis=1)
    if fits.free:
        whole = np.maximum(whole, (np.abs(fits.offset) * fits.counted).max(axis=1))
    return np.where(moves <= _ROUNDED * EPS * whole[:, None], 0.0, theta)


def _best(fits: PairFits, near: Array | None) -> Array:
    """Return the best of each fit, each of which has one."""
    if fits.kinked:
        starts = least_squares(fits)
        return np.array([downhill(fits.only([row]), one) for row, one in enumerate(starts)])
    if fits.convex:
        start = least_squares(fits)
        return _exactly(fits, start, _WIDEST) if fits.pull else descended(fits, start, 0.0)
    found = _searched(fits, near)
    return _exactly(fits, found, _SEARCHED) if fits.pull else found


def _without(fits: PairFits) -> list[Greatest | None]:
    """Return for each fit why it has no best, or None if it has."""
    count = fits.counted.sum(axis=1)
    if not fits.free:
        return [None] * len(count)
    x, known = fits.rows[:, 0] / fits.rows[:, 1], fits.counted > 0
    low = np.where(known, x, np.inf).min(axis=1)
    high = np.where(known, x, -np.inf).max(axis=1)
    told: list[Greatest | None] = [
        Greatest.NO_DATA if not n else Greatest.VALLEY if a == b else None
        for n, a, b in zip(count, low, high, strict=True)
    ]
    if isinstance(fits.belief, Noise):
        return told
    return [_class_trouble(fits, row, one) for row, one in zip(known, told, strict=True)]


def _class_trouble(fits: PairFits, known: Flags, told: Greatest | None) -> Greatest | None:
    """Return why no logistic curve is the likeliest: the classes must overlap."""
    x, label = fits.rows[known, 0] * fits.rows[known, 1], fits.rows[known, 1]
    if not len(x):
        return Greatest.NO_DATA
    if (label == label[0]).all():
        return Greatest.ONE_CLASS
    below, above = x[label < 0], x[label > 0]
    overlap = below.max() > above.min() and above.max() > below.min()
    return told if overlap or told is Greatest.VALLEY else Greatest.RUNS_AWAY


# A smooth loss and a prior with a peak -----------------------------------------------------------


def _exactly(fits: PairFits, theta: Array, widest: float) -> Array:
    """Return each row moved to its minimum, while the peak of the prior is rounded ever less.

    As soon as what lies on an axis, at 0 or beside the axes is proved to cost least, it is the
    answer. Threat: rounding may hide the proof. Remedy: the narrowest peak is then as good to eight
    digits. Limit: those.
    """
    theta, left, width = theta.copy(), np.arange(len(theta)), widest * fits.size
    while len(left) and width > _NARROWEST * fits.size:
        theta[left] = descended(fits.only(left), theta[left], width)
        if width <= _SEARCHED * fits.size:
            tried = [_settled(fits.only([row]), theta[row]) for row in left]
            theta[left] = np.array([found for found, _ in tried])
            left = left[[not proved for _, proved in tried]]
        width *= _NARROWER
    return theta


def _settled(fits: PairFits, theta: Array) -> tuple[Array, bool]:
    """Return the best of 0, the axes and what lies beside them, and whether it is proved.

    Where several cost the same to a rounding, the one with more zeros.
    """
    one, two = np.eye(COEFFICIENTS)[:, :, None]
    along = [_moved(fits, theta * one[:, 0], one), _moved(fits, theta * two[:, 0], two)]
    rows = np.array(
        [np.zeros(COEFFICIENTS), *along, _moved(fits, theta, np.eye(COEFFICIENTS)), theta]
    )
    costs = fits.repeated(len(rows)).cost(rows)
    best = rows[int(np.flatnonzero(costs <= costs.min() + 4 * EPS * abs(costs.min()))[0])]
    return best, is_least(fits, best)


def _moved(fits: PairFits, theta: Array, ways: Array) -> Array:
    """Return the place after Newton steps along some ways, the signs of theta staying.

    Shape: ways (2, k).
    """
    smooth = fits.without_peak()
    straight = fits.pull * np.sign(theta)
    for _ in range(20):
        gradient = (smooth.gradient(theta[None], 0.0)[0] + straight) @ ways
        a, b, c = smooth.bend(theta[None], 0.0)[0]
        bend = ways.T @ np.array([[a, b], [b, c]]) @ ways
        curvatures = np.linalg.eigvalsh(bend)
        if not curvatures[0] > max(1e-13 * curvatures[-1], 1e-200):
            break
        along = np.linalg.solve(bend, gradient)
        if not np.abs(along).max() <= _FARTHEST * fits.size:
            break
        step = ways @ along
        theta = theta - step
        if np.abs(step).max() <= 4 * EPS * max(np.abs(theta).max(), fits.size):
            break
    return theta


# What is not convex ------------------------------------------------------------------------------


def _searched(fits: PairFits, near: Array | None) -> Array:
    """Return the best place that searches of each fit end in, (m, 2); kinks a little rounded."""
    squares = least_squares(fits)
    starts = [squares, np.zeros_like(squares), *_through_pairs(fits)]
    if near is not None:
        starts.append(np.broadcast_to(near, squares.shape))
    theta = np.stack(starts, axis=1)
    many = fits.repeated(theta.shape[1])
    rows = theta.reshape(-1, COEFFICIENTS)
    for width in (_WIDEST, _SEARCHED) if fits.pull else (0.0,):
        rows = descended(many, rows, width * fits.size)
    costs = many.cost(rows).reshape(theta.shape[:2])
    return rows.reshape(theta.shape)[np.arange(len(theta)), np.argmin(costs, axis=1)]


def _through_pairs(fits: PairFits) -> list[Array]:
    """Return, for each fit, the best lines through two of its points: a list of (m, 2)."""
    x, y = fits.rows[:, 0], fits.offset
    one, two = np.triu_indices(len(x), 1)
    apart = np.flatnonzero(x[one] != x[two])
    apart = apart[np.linspace(0, len(apart) - 1, min(len(apart), _PAIRS)).astype(int)]
    if not len(apart):
        return []
    one, two = one[apart], two[apart]
    slope = (y[two] - y[one]) / (x[two] - x[one])
    lines = np.stack([slope, y[one] - slope * x[one]], axis=1)
    losses = fits.curve.value(fits.z(lines))
    costs = fits.counted @ np.asarray(losses).T
    known = (fits.counted[:, one] > 0) & (fits.counted[:, two] > 0)
    order = np.argsort(np.where(known, costs, math.inf), axis=1, kind="stable")
    return [lines[order[:, rank]] for rank in range(min(_STARTS, len(lines)))]
