"""The bias that suits given scores best: exact where there is a closed form, searched elsewhere.

With the weights of a linear classifier held, its cost is, for each row of scores, a sum of one
curve at sign * (score + bias): a function of the bias alone. A curve of straight pieces has its
minimum at a weighted quantile; one of steps, in a gap between two scores; an exponential, where two
sums balance. One that bends is first summed roughly on some biases, all rows at once, and then
followed to the bottom of every valley that may be the deepest.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.losses.base import Array
from core.losses.margin import MarginLoss
from core.sums import slices

Rows = NDArray[np.intp]
Found = tuple[Rows, Array]
Way = Callable[[MarginLoss, Array, Array, Array, bool], Found]

# Scores looked at together: 1 MB while they are sorted, 256 KB while valleys are followed.
_TOGETHER, _FOLLOWED = 1 << 17, 1 << 15

_ROUNDS = 200
_EPS = float(np.finfo(np.float64).eps)
# After a last Newton step this long the cost is wrong by its fourth power, if the curve is
# analytic; one with kinks in its slope is followed until the steps are nothing, as a fine bias is.
_NEAR, _FINE = 2e-3, 1e-10
# Scores beyond this differ by more than any curve bends over.
_FAR = 1e12

# The rough sums: the distance of their nodes, how many cells there are at most (a convex curve
# needs but a start), half the width of the narrowest, and biases beyond them all.
_STEP, _CELLS, _CONVEX_CELLS, _NARROW = 0.5, 512, 128, 2.0
_OUTER = np.array([1.0, 2.0, 4.0, 8.0, 16.0])


def best_bias(
    curve: MarginLoss, scores: Array, sign: Array, charges: Array, fine: bool = False
) -> tuple[Array, Array]:
    """Return for each row of scores the bias of least cost, and that cost.

    The cost is the sum of charge * curve(sign * (score + bias)). Where an interval of biases costs
    the least, its middle is meant, and a place 1 beyond its end where it has but one; of several,
    the widest. Where all signs are equal and the curve falls for ever, no bias is best: it is
    infinite then, and the cost what it comes to.

    A curve that is not convex may have several valleys. Steps are searched exactly; of smooth ones
    every valley is looked into that shows on biases half a unit apart (farther apart where the
    scores of a row spread over more than 256). A fine bias is right to the last digits; otherwise
    the cost is. With scores beyond 1e12 the bias is 0.

    Shape: scores (m, n), sign and charges (n,); out (m,) and (m,).
    """
    if not charges.all():
        counts = charges > 0
        scores, sign, charges = scores[:, counts], sign[counts], charges[counts]
    if (sign == sign[0]).all() and falls_forever(curve):
        lowest = float(charges.sum() * curve.value(1e300))
        return np.full(len(scores), sign[0] * math.inf), np.full(len(scores), lowest)

    bias, cost = np.zeros(len(scores)), np.empty(len(scores))
    way = _way(curve)
    for some in slices(len(scores), _TOGETHER // len(sign)):
        t = scores[some]
        tame = np.abs(t).max(axis=1) < _FAR
        if tame.all():
            bias[some], cost[some] = _lowest(curve, t, sign, charges, way, fine)
            continue
        at = np.flatnonzero(tame) + some.start
        if len(at):
            bias[at], _ = _lowest(curve, scores[at], sign, charges, way, fine)
        cost[some] = _costs(curve, t, sign, charges, bias[some])
    return bias, cost


@functools.lru_cache(maxsize=256)
def falls_forever(curve: MarginLoss) -> bool:
    """Tell whether a larger margin always costs less, so that the least cost is never reached."""
    if curve.pieces is not None:
        return False
    return bool((curve.gradient(np.array([0.0, 1.0, 1e1, 1e2, 1e3, 1e6])) <= 0).all())


def _way(curve: MarginLoss) -> Way:
    """Return how to find the bias, as the curve's own mathematics allows."""
    if curve.rate is not None:
        return _balance
    if curve.pieces is not None:
        highest = max(len(one) for one in curve.pieces.polynomials)
        if highest == 1:
            return _gap
        if highest <= 2 and curve.properties.convex:
            return _level
    return _valleys


def _lowest(
    curve: MarginLoss, t: Array, sign: Array, charges: Array, way: Way, fine: bool
) -> tuple[Array, Array]:
    """Return the best of the biases found for each row, and its cost."""
    row, bias = way(curve, t, sign, charges, fine)
    if len(row) == len(t):
        return bias, _costs(curve, t, sign, charges, bias)
    cost = _costs(curve, t[row], sign, charges, bias)
    order = np.lexsort((cost, row))
    best = order[np.searchsorted(row[order], np.arange(len(t)))]
    return bias[best], cost[best]


def _costs(curve: MarginLoss, t: Array, sign: Array, charges: Array, bias: Array) -> Array:
    """Return the cost of each row of scores with its bias; infinite where it leaves float64."""
    out = np.empty(len(t))
    for some in slices(len(t), _FOLLOWED // len(sign)):
        with np.errstate(over="ignore", invalid="ignore"):
            out[some] = curve.value(_margins(t[some], sign, bias[some])) @ charges
    return np.where(np.isnan(out), np.inf, out)


def _margins(t: Array, sign: Array, bias: Array) -> Array:
    margins = t + bias[:, None]
    margins *= sign
    return margins


# In closed form ----------------------------------------------------------------------------------


def _balance(curve: MarginLoss, t: Array, sign: Array, charges: Array, fine: bool) -> Found:
    """Return where the two exponentials balance, one falling and one rising with the bias."""
    assert curve.rate is not None
    rising, falling = (
        _log_sums(side * curve.rate * t[:, sign == side], charges[sign == side]) for side in (1, -1)
    )
    return np.arange(len(t)), (falling - rising) / (2 * curve.rate)


def _log_sums(power: Array, charges: Array) -> Array:
    """Return the logarithm of the sum of charge * exp(power) over each row."""
    top = power.max(axis=1)
    power -= top[:, None]
    return top + np.log(np.exp(power, out=power) @ charges)


def _level(curve: MarginLoss, t: Array, sign: Array, charges: Array, fine: bool) -> Found:
    """Return the middle of where the slope is 0, of a cost made of straight pieces.

    The slope climbs at each kink of each point, by what the curve turns there times the charge.

    Threat: the slope is 0 between two kinks, and rounding says it is not. Remedy: less than the
    rounding of the sum is 0. Limit: charges 1e13 times smaller than the others are not seen.
    """
    assert curve.pieces is not None
    slopes = np.array([(*one, 0.0)[1] for one in curve.pieces.polynomials])
    climbs = np.concatenate([turn * charges for turn in np.diff(slopes)])
    first = charges[sign > 0].sum() * slopes[0] - charges[sign < 0].sum() * slopes[-1]
    places, order = _places(curve.pieces.kinks, t, sign)
    slope = _summed(first, climbs[order])

    rows, slack = np.arange(len(t)), 4 * _EPS * len(climbs) * climbs.sum()
    edges = np.take_along_axis(places, order, axis=1)
    edges = np.column_stack([edges[:, 0] - 2.0, edges, edges[:, -1] + 2.0])
    lower = edges[rows, (slope < -slack).sum(axis=1)]
    upper = edges[rows, (slope <= slack).sum(axis=1)]
    return rows, lower + 0.5 * (upper - lower)


def _summed(first: float, changes: Array) -> Array:
    """Return what changes add up to, from the first value on, row by row."""
    total = np.empty((len(changes), changes.shape[1] + 1))
    total[:, 0] = 0.0
    np.cumsum(changes, axis=1, out=total[:, 1:])
    total += first
    return total


def _places(kinks: tuple[float, ...], t: Array, sign: Array) -> tuple[Array, Rows]:
    """Return the biases at which the points sit on the kinks, and their order, row by row."""
    places = np.concatenate([kink * sign - t for kink in kinks], axis=1)
    return places, np.argsort(places, axis=1)


def _gap(curve: MarginLoss, t: Array, sign: Array, charges: Array, fine: bool) -> Found:
    """Return the middle of the widest of the best gaps between steps.

    Threat: scores that are equal but for rounding seem to leave a gap. Remedy: one no wider than
    the rounding of a score is none. Limit: none; no bias could be trusted to lie in it.
    """
    assert curve.pieces is not None
    heights = np.diff([one[0] for one in curve.pieces.polynomials])
    climbs = np.concatenate([height * sign * charges for height in heights])
    places, order = _places(curve.pieces.kinks, t, sign)
    rows = np.arange(len(t))
    level = _summed(0.0, climbs[order])

    places = np.take_along_axis(places, order, axis=1)
    rounding = 16 * _EPS * np.maximum(places[:, -1], -places[:, 0])
    room = 1 + 2 * rounding
    edges = np.column_stack([places[:, 0] - room, places, places[:, -1] + room])
    width = np.diff(edges)
    level[width <= rounding[:, None]] = np.inf
    width[:, [0, -1]] = 0.0
    slack = 4 * _EPS * len(climbs) * np.abs(climbs).sum()
    width[level > level.min(axis=1, keepdims=True) + slack] = -1.0
    best = width.argmax(axis=1)
    return rows, 0.5 * (edges[rows, best] + edges[rows, best + 1])


# By search ---------------------------------------------------------------------------------------


def _valleys(curve: MarginLoss, t: Array, sign: Array, charges: Array, fine: bool) -> Found:
    """Return the bottoms of all valleys that may be the deepest of their row."""
    low, high = t.min(axis=1), t.max(axis=1)
    middle, half = low + 0.5 * (high - low), 0.5 * (high - low)
    octave = np.ceil(np.log2(np.maximum(half, _NARROW) / _NARROW))
    parts = []
    for one in np.unique(octave):
        own = np.flatnonzero(octave == one)
        row, start, reach = _rough(
            curve, t[own] - middle[own, None], sign, charges, _NARROW * 2**one
        )
        parts.append((own[row], start - middle[own[row]], reach))
    row, start, reach = (np.concatenate(part) for part in zip(*parts, strict=True))

    order = np.argsort(row, kind="stable")
    row, start, reach = row[order], start[order], reach[order]
    bias = np.empty(len(row))
    for some in slices(len(row), _FOLLOWED // len(sign)):
        own_t = t if len(row) == len(t) and len(t) <= some.stop - some.start else t[row[some]]
        bias[some] = _followed(curve, own_t, sign, charges, start[some], reach[some], fine)
    return row, bias


def _rough(
    curve: MarginLoss, t: Array, sign: Array, charges: Array, half: float
) -> tuple[Rows, Array, Array]:
    """Return rows, where to start in them, and how far off the bottom may be.

    Each score is shared by the two nodes beside it. That puts a straight line in the place of the
    curve between two nodes, which is at most h²/8 times its curvature away (and h²/12 of it on
    average, which the table takes off); as much again hides between two biases.
    """
    convex = curve.properties.convex
    count = min(int(2 * half / _STEP), _CONVEX_CELLS if convex else _CELLS)
    biases, kernel = _table(curve, half, count)
    sums = _product(_shared(t, sign, charges, half, count), kernel)
    if convex:
        rows, node = np.arange(len(t)), sums.argmin(axis=1)
    else:
        slack = 0.375 * (2 * half / count) ** 2 * curve.properties.smoothness * charges.sum()
        rows, node = np.nonzero(_dips(sums) & (sums <= sums.min(axis=1, keepdims=True) + slack))
    about: Rows = np.clip(node, 1, len(biases) - 2)[:, None] + np.arange(-1, 2)
    start, reach = _bottom(biases[about], sums[rows[:, None], about])
    edge = (node == 0) | (node == len(biases) - 1)
    return rows, np.where(edge, biases[node], start), reach


def _product(left: Array, right: Array) -> Array:
    """Return left @ right.

    Threat: a BLAS puts a product above 2^18 multiplications on all cores, and where another process
    keeps one busy it waits for it. Remedy: products below that size, a few rows each. Limit: none.
    """
    out = np.empty((len(left), right.shape[1]))
    for some in slices(len(left), (1 << 18) // right.size):
        np.matmul(left[some], right, out=out[some])
    return out


def _dips(sums: Array) -> NDArray[np.bool_]:
    """Tell which nodes lie no higher than their neighbours."""
    edge = np.full((len(sums), 1), np.inf)
    steps = np.diff(np.concatenate([edge, sums, edge], axis=1))
    dips: NDArray[np.bool_] = (steps[:, :-1] <= 0) & (steps[:, 1:] >= 0)
    return dips


def _bottom(biases: Array, sums: Array) -> tuple[Array, Array]:
    """Return the bottom of the parabola through three nodes, and how far apart they are."""
    left, right = np.diff(biases).T
    fall, climb = np.diff(sums).T / (left, right)
    bend = (climb - fall) / (left + right)
    step = -0.5 * (fall + bend * left) / np.where(bend > 0, bend, np.inf)
    return biases[:, 1] + np.clip(step, -left, right), np.maximum(left, right)


@functools.lru_cache(maxsize=32)
def _table(curve: MarginLoss, half: float, count: int) -> tuple[Array, Array]:
    """Return biases, and what a point of either class at each node costs with each of them."""
    nodes = np.linspace(-half, half, count + 1)
    biases = np.concatenate([-half - _OUTER[::-1], nodes, half + _OUTER])
    scores = nodes[:, None] + biases
    mean = (2 * half / count) ** 2 / 12
    kernel = np.concatenate([curve.value(s) - mean * curve.hessian(s) for s in (scores, -scores)])
    biases.setflags(write=False)
    kernel.setflags(write=False)
    return biases, kernel


def _shared(t: Array, sign: Array, charges: Array, half: float, count: int) -> Array:
    """Return the charges at the nodes, positives before negatives: (m, 2 * (count + 1))."""
    place = t * (0.5 * count / half)
    place += 0.5 * count
    np.clip(place, 0.0, count, out=place)
    cell = np.minimum(place, count - 1).astype(np.intp)
    place -= cell
    cell += np.where(sign > 0, 0, count + 1)
    cell += (2 * count + 2) * np.arange(len(t))[:, None]
    place *= charges
    held = np.zeros(len(t) * (2 * count + 2))
    held += np.bincount(cell.ravel(), (charges - place).ravel(), len(held))
    held[1:] += np.bincount(cell.ravel(), place.ravel(), len(held) - 1)
    return held.reshape(len(t), -1)


def _followed(
    curve: MarginLoss,
    t: Array,
    sign: Array,
    charges: Array,
    bias: Array,
    reach: Array,
    fine: bool,
) -> Array:
    """Return where Newton steps from the biases come to rest, kept between a fall and a climb.

    No step is longer than the reach, which grows where it held one back.
    """
    out, active = bias.copy(), np.arange(len(t))
    low, high = np.full(len(t), -np.inf), np.full(len(t), np.inf)
    pulls, enough = charges * sign, _NEAR if curve.pieces is None and not fine else _FINE
    rounding = 4 * _EPS * (1 + np.abs(t).max(axis=1))
    for _ in range(_ROUNDS):
        margins = _margins(t, sign, bias)
        slopes = curve.gradient(margins)
        slope, bend = slopes @ pulls, curve.hessian(margins) @ charges
        level = np.abs(slope) <= 4 * _EPS * (np.abs(slopes) @ charges)
        low, high = np.where(slope < 0, bias, low), np.where(slope > 0, bias, high)
        target = bias + np.where(level, 0.0, _step(slope, bend, reach))
        outside = (target <= low) | (target >= high)
        outside &= ~level & np.isfinite(low) & np.isfinite(high)
        target[outside] = 0.5 * (low[outside] + high[outside])

        step = np.abs(target - bias)
        out[active] = target
        moving = step > np.maximum(enough, rounding)
        if not moving.any():
            break
        reach = np.where(step >= reach, 2 * reach, reach)
        active, t, rounding = active[moving], t[moving], rounding[moving]
        bias, reach, low, high = target[moving], reach[moving], low[moving], high[moving]
    return out


def _step(slope: Array, bend: Array, reach: Array) -> Array:
    """Return a Newton step, no longer than the reach; where the cost does not bend up, that."""
    with np.errstate(over="ignore"):
        newton = np.clip(-slope / np.where(bend > 0, bend, 1.0), -reach, reach)
    return np.where(bend > 0, newton, -np.sign(slope) * reach)
