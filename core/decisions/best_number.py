"""The one number to name before the outcome is known: which one, each loss answers differently.

    best(SquaredError(), outcomes)       the mean; AbsoluteError(), the median, all of it; ...
    expected(loss, outcomes, numbers)    what naming each number costs on average
    slopes(loss, outcomes, numbers)      how that changes to the left and to the right
    trend(loss, outcomes, number)        the same of one number, and which way costs less

It is exact where a closed form leads there. A loss that lets far outcomes go has several low
places: all are found, for what is searched no further holds none (by a bound on the third
derivative that is itself measured on a fine grid, with a quarter to spare).
"""

from __future__ import annotations

import bisect
import dataclasses
import functools
from typing import ClassVar, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.decisions.outcomes import Outcomes
from core.declare import Declared, parameter
from core.losses.base import Array
from core.losses.residual import ResidualLoss
from core.sums import slices

Flags = NDArray[np.bool_]

_EPS = float(np.finfo(np.float64).eps)
# Slopes below this part of the steepest one count as none: shares like 0.3 do not sum exactly.
_NEARLY = 1e-12
# Two low places whose costs differ by less than this part are equally good.
_AS_GOOD = 1e-12
# Residuals held at once: 2 MB.
_HELD = 1 << 18


@final
@dataclasses.dataclass(frozen=True)
class Window(Declared):
    """The step loss: nothing within h of the outcome, 1 beyond; h = 0 asks for the very number."""

    half_width: float = parameter(
        0.75,
        symbol="h",
        meaning="a number this near to the outcome is a hit; every other one misses alike",
        low=0.0,
        high=5.0,
        step=0.05,
        minimum=0.0,
        open_maximum=True,
    )

    name: ClassVar[str] = "Hit or miss"
    formula: ClassVar[str] = r"L(r) = \begin{cases} 0 & |r| \le h \\ 1 & |r| > h \end{cases}"
    estimates: ClassVar[str] = "middle of the window ±h that holds the most; the mode at h = 0"
    story: ClassVar[str] = "Near is worth nothing: only a hit within h counts."


@final
@dataclasses.dataclass(frozen=True)
class LargestMiss(Declared):
    """The worst of all misses, |r| at its largest: no mean over outcomes, but the dearest one."""

    name: ClassVar[str] = "Largest miss"
    formula: ClassVar[str] = r"\max_i |a - y_i|"
    estimates: ClassVar[str] = "middle of the range"
    story: ClassVar[str] = "Only the worst case counts, however unlikely it is."


Criterion = ResidualLoss | Window | LargestMiss


@dataclasses.dataclass(frozen=True)
class Valley:
    """A lowest place: every number from low to high, which are equal where it is one number.

    blurred: only float64 cannot tell the numbers apart; exactly one of them is the lowest.
    """

    low: float
    high: float
    value: float
    blurred: bool = False

    @property
    def middle(self) -> float:
        """The number halfway, which is the number itself where there is but one."""
        return self.low + 0.5 * (self.high - self.low)

    @property
    def single(self) -> bool:
        """Whether it is one number."""
        return self.low == self.high


@dataclasses.dataclass(frozen=True)
class Best:
    """The best numbers: every lowest place, the lowest of all first.

    Of a loss that jumps, only those that are lowest of all.
    """

    valleys: tuple[Valley, ...]

    @property
    def value(self) -> float:
        """The least that a number can cost."""
        return self.valleys[0].value

    @property
    def lowest(self) -> tuple[Valley, ...]:
        """The places that are equally good, from left to right; most often one."""
        most = self.value + _AS_GOOD * abs(self.value)
        good = (valley for valley in self.valleys if valley.value <= most)
        return tuple(sorted(good, key=lambda valley: valley.low))


@dataclasses.dataclass(frozen=True)
class Trend:
    """The slopes of a cost on both sides of a number, and where it falls from there at first.

    way: "less" or "more"; "low", where neither costs less; "nowhere", where that is so and yet it
    is no low place; "jumps", where the cost changes in jumps alone.
    """

    left: float
    right: float
    way: str


def best(criterion: Criterion, outcomes: Outcomes) -> Best:
    """Return the numbers of least cost, all of them."""
    if isinstance(criterion, LargestMiss):
        middle = outcomes.low + 0.5 * (outcomes.high - outcomes.low)
        places = [(middle, middle, False)]
    elif isinstance(criterion, Window):
        places = _fullest(criterion.half_width, outcomes)
    elif not criterion.properties.convex:
        places = [(place, place, False) for place in _lows(criterion, outcomes).tolist()]
    elif criterion.pieces is None:
        places = [_root(criterion, outcomes)]
    elif criterion.pieces.kinks:
        places = [_level(criterion, outcomes)]
    else:
        places = [(outcomes.mean, outcomes.mean, False)]
    values = expected(criterion, outcomes, [low + 0.5 * (high - low) for low, high, _ in places])
    found = [
        Valley(low, high, float(value), blurred)
        for (low, high, blurred), value in zip(places, values, strict=True)
    ]
    return Best(tuple(sorted(found, key=lambda valley: valley.value)))


def expected(criterion: Criterion, outcomes: Outcomes, numbers: ArrayLike) -> Array:
    """Return what naming each number costs on average; of `LargestMiss`, at the worst.

    Shape: (...,) in and out.
    """
    at = np.asarray(numbers, dtype=np.float64)
    flat = at.reshape(-1)
    if isinstance(criterion, LargestMiss):
        return np.maximum(at - outcomes.low, outcomes.high - at)
    if isinstance(criterion, Window):
        return _missed(criterion.half_width, outcomes, flat).reshape(at.shape)
    cost = np.empty_like(flat)
    for some in slices(len(flat), max(1, _HELD // len(outcomes.values))):
        cost[some] = criterion.value(flat[some, None] - outcomes.values) @ outcomes.shares
    return cost.reshape(at.shape)


def slopes(criterion: Criterion, outcomes: Outcomes, numbers: ArrayLike) -> tuple[Array, Array]:
    """Return how the cost changes just left and just right of each number, per unit.

    Where it jumps that is the slope beside the jump, which is 0.

    Shape: (...,) in, twice (...,) out.
    """
    at = np.asarray(numbers, dtype=np.float64)
    if isinstance(criterion, Window):
        return np.zeros_like(at), np.zeros_like(at)
    if isinstance(criterion, LargestMiss):
        middle = best(criterion, outcomes).valleys[0].low
        return np.where(at > middle, 1.0, -1.0), np.where(at >= middle, 1.0, -1.0)
    flat, sides = at.reshape(-1), np.empty((2, at.size))
    for some in slices(len(flat), max(1, _HELD // len(outcomes.values))):
        for side, beside in enumerate(_beside(criterion, outcomes, flat[some, None])):
            sides[side, some] = criterion.gradient(beside) @ outcomes.shares
    return sides[0].reshape(at.shape), sides[1].reshape(at.shape)


def trend(criterion: Criterion, outcomes: Outcomes, number: float) -> Trend:
    """Return the slopes at a number, what rounding makes of none told as none, and where to go.

    Threat: at the best number a slope comes out as a rounding, and what is a rounding depends on
    the units. Remedy: a slope counts beyond the rounding of its terms, and beyond what a number as
    fine as float64 can be changes. Limit: within that the way is told from the kind of the loss.
    """
    found = tuple(float(one) for one in slopes(criterion, outcomes, number))
    nothing = _slope_noise(criterion, outcomes, number)
    left, right = (0.0 if abs(one) <= nothing else one for one in found)
    if isinstance(criterion, Window):
        return Trend(left, right, "jumps")
    if right < 0:
        return Trend(left, right, "more")
    if left > 0:
        return Trend(left, right, "less")
    return Trend(left, right, "low" if _lies_low(criterion, outcomes, number) else "nowhere")


def _slope_noise(criterion: Criterion, outcomes: Outcomes, number: float) -> float:
    """Return how large a slope can come out where there is none."""
    if not isinstance(criterion, ResidualLoss):
        return 0.0
    r = number - outcomes.values
    pull = float(np.abs(criterion.gradient(r)) @ outcomes.shares)
    bend = float(np.abs(criterion.hessian(r)) @ outcomes.shares)
    finest = float(np.spacing(abs(number))) + _EPS * (outcomes.high - outcomes.low)
    return (16 + len(r)) * _EPS * pull + 4 * bend * finest


def _lies_low(criterion: Criterion, outcomes: Outcomes, number: float) -> bool:
    """Tell whether a number from which no slope leads down is a low place: always, if convex.

    Elsewhere it may be a hilltop, or lie where every outcome has been let go.
    """
    if not isinstance(criterion, ResidualLoss) or criterion.properties.convex:
        return True
    near = 1e-6 * _bends_up(criterion) + 4 * _EPS * abs(number)
    return bool((np.abs(_lows(criterion, outcomes) - number) <= near).any())


def _beside(loss: ResidualLoss, outcomes: Outcomes, at: Array) -> tuple[Array, Array]:
    """Return the residuals, those at a kink moved just left and just right of it.

    Threat: y + ε - y is not ε in float64, and on the wrong side of a kink a slope is another one.
    Remedy: what is a rounding away is at the kink. Limit: so are outcomes that are that near.
    """
    r = at - outcomes.values
    left, right = r, r
    for kink in loss.properties.kinks:
        near = np.abs(r - kink) <= 4 * _EPS * (np.abs(at) + np.abs(outcomes.values) + abs(kink))
        left = np.where(near, np.nextafter(kink, -np.inf), left)
        right = np.where(near, np.nextafter(kink, np.inf), right)
    return left, right


# Hit or miss -------------------------------------------------------------------------------------


def _fullest(half: float, outcomes: Outcomes) -> list[tuple[float, float, bool]]:
    """Return where the window ±half may lie to hold the most: from one number to another.

    A window that holds y_i to y_j has its middle between y_j - half and y_i + half. Moved left
    until its edge meets an outcome it holds no less, so windows that begin at one are enough.
    """
    y = outcomes.values
    rounding = 4 * _EPS * (max(abs(outcomes.low), abs(outcomes.high)) + half)
    first = np.flatnonzero(np.diff(y, prepend=-np.inf) > 0)
    last = np.searchsorted(y, y[first] + 2 * half + rounding, side="right") - 1
    summed = np.append(0.0, np.cumsum(outcomes.shares))
    held = summed[last + 1] - summed[first]
    fullest = held >= held.max() - _AS_GOOD
    low, high = y[last[fullest]] - half, y[first[fullest]] + half
    high = np.where(high - low <= 2 * rounding, low, high)
    return [(float(a), float(b), False) for a, b in zip(low, high, strict=True)]


def _missed(half: float, outcomes: Outcomes, at: Array) -> Array:
    """Return the share of the outcomes that lies outside the window around each number."""
    y = outcomes.values
    rounding = 4 * _EPS * (np.abs(at) + max(abs(outcomes.low), abs(outcomes.high)) + half)
    summed = np.append(0.0, np.cumsum(outcomes.shares))
    below = summed[np.searchsorted(y, at - half - rounding, side="left")]
    above = summed[np.searchsorted(y, at + half + rounding, side="right")]
    missed = np.clip(1.0 - (above - below), 0.0, 1.0)
    return np.where(missed < 4 * _EPS * len(y), 0.0, missed)


# Convex ------------------------------------------------------------------------------------------


def _level(loss: ResidualLoss, outcomes: Outcomes) -> tuple[float, float, bool]:
    """Return where the cost is level, of a convex loss made of lines and parabolas.

    Its slope changes in straight lines between the places where an outcome meets a kink, and jumps
    there at most: the first place from which it no longer falls and the last up to which it does
    not climb are the ends, or they are neighbours and the slope is 0 on the line between them.
    """
    assert loss.pieces is not None
    edges = np.unique(np.add.outer(np.array(loss.pieces.kinks), outcomes.values))
    nearly = _NEARLY * loss.properties.steepest

    def sides(i: int) -> tuple[float, float]:
        left, right = slopes(loss, outcomes, edges[i])
        return float(left), float(right)

    rows = range(len(edges))
    first = bisect.bisect_left(rows, True, key=lambda i: sides(i)[1] >= -nearly)
    last = bisect.bisect_left(rows, True, key=lambda i: sides(i)[0] > nearly) - 1
    if first > last:
        falls, climbs = sides(last)[1], sides(first)[0]
        low, high = float(edges[last]), float(edges[first])
        place = low + (high - low) * (-falls / (climbs - falls))
        # Kinks may lie far apart beside outcomes that do not: what rounding left there is taken up.
        r = place - outcomes.values
        bend = float(loss.hessian(r) @ outcomes.shares)
        place -= float(loss.gradient(r) @ outcomes.shares) / bend if bend > 0 else 0.0
        place = min(max(place, outcomes.low), outcomes.high)  # a rounding may leave them
        return place, place, False
    low, high = float(edges[first]), float(edges[last])
    rounding = 16 * _EPS * (abs(outcomes.low) + abs(outcomes.high) + abs(high))
    return (low, high, False) if high - low > rounding else (low, low, False)


def _root(loss: ResidualLoss, outcomes: Outcomes) -> tuple[float, float, bool]:
    """Return where the slope of a smooth convex loss is 0.

    Threat: between outcomes that lie far apart the pulls of log-cosh cancel to the last digit, and
    any number there is a root. Remedy: the ends of what float64 cannot tell apart are found too,
    and told. Limit: the ends are those of rounding, not of the loss.
    """
    from scipy.optimize import brentq

    y, low, high = outcomes.values, outcomes.low, outcomes.high

    def slope(a: float, level: float = 0.0) -> float:
        return float(loss.gradient(a - y) @ outcomes.shares) - level

    def place(level: float = 0.0) -> float:
        if slope(low, level) >= 0:
            return low
        if slope(high, level) <= 0:
            return high
        return float(brentq(slope, low, high, (level,), xtol=_EPS * (high - low), maxiter=500))

    found = place()
    noise = 8 * _EPS * float(np.abs(loss.gradient(found - y)) @ outcomes.shares)
    bend = float(loss.hessian(found - y) @ outcomes.shares)
    if bend * (high - low) * 5e-7 >= noise:
        return found, found, False
    ends = place(-noise), place(noise)
    return (*ends, True) if ends[1] - ends[0] > 1e-6 * (high - low) else (found, found, False)


# Several low places ------------------------------------------------------------------------------


def _lows(loss: ResidualLoss, outcomes: Outcomes) -> Array:
    """Return every place where the slope turns from falling to climbing, in rising order.

    The cost bends up only near an outcome, so only there can it be lowest. A stretch is let go
    where its slope in the middle is too large to vanish on it, or where it bends down throughout;
    one that bends up throughout holds one such place at most, told by the slopes at its ends;
    every other is halved.
    """
    reach, jerk = _bends_up(loss), _jerk(loss)
    coarse = np.spacing(np.abs(outcomes.values)) > reach / 16
    left, right = _stretches(outcomes.values[~coarse], reach)
    found_left, found_right = [], []
    for _ in range(60):
        if not len(left):
            break
        half = 0.5 * (right - left)
        middle = left + half
        slope, bend = _slope_and_bend(loss, outcomes, middle)
        free = np.abs(slope) > half * (np.abs(bend) + 0.5 * half * jerk)
        keep = ~free & (bend >= -half * jerk)
        narrow = half <= np.maximum(1e-9 * reach, 4 * _EPS * np.abs(middle))
        sure = keep & ((bend > half * jerk) | narrow)
        found_left.append(left[sure])
        found_right.append(right[sure])
        again = keep & ~sure
        left, middle, right = left[again], middle[again], right[again]
        left, right = np.concatenate([left, middle]), np.concatenate([middle, right])
    left, right = np.concatenate([left, *found_left]), np.concatenate([right, *found_right])
    falls = _slope_and_bend(loss, outcomes, left)[0] < 0
    turns = falls & (_slope_and_bend(loss, outcomes, right)[0] >= 0)
    found = _settled(loss, outcomes, left[turns], right[turns])
    return np.append(found, _walked(loss, outcomes, np.unique(outcomes.values[coarse])))


def _walked(loss: ResidualLoss, outcomes: Outcomes, place: Array) -> Array:
    """Return where walks downhill from number to number end.

    Threat: beside outcomes so large that float64 knows but a few numbers within the scale of the
    loss there is nothing to halve. Remedy: those few are tried. Limit: none; there are no others.
    """
    for _ in range(64):
        around = np.stack([place, np.nextafter(place, -np.inf), np.nextafter(place, np.inf)])
        lowest = expected(loss, outcomes, around).argmin(axis=0)
        if not lowest.any():
            break
        place = around[lowest, np.arange(len(place))]
    return np.unique(place)


def _slope_and_bend(loss: ResidualLoss, outcomes: Outcomes, at: Array) -> tuple[Array, Array]:
    """Return the first two derivatives of the cost at each number."""
    slope, bend = np.empty_like(at), np.empty_like(at)
    for some in slices(len(at), max(1, _HELD // len(outcomes.values))):
        r = at[some, None] - outcomes.values
        slope[some] = loss.gradient(r) @ outcomes.shares
        bend[some] = loss.hessian(r) @ outcomes.shares
    return slope, bend


def _settled(loss: ResidualLoss, outcomes: Outcomes, left: Array, right: Array) -> Array:
    """Return where the slope vanishes between each left, where it falls, and right."""
    place = left + 0.5 * (right - left)
    for _ in range(100):
        slope, bend = _slope_and_bend(loss, outcomes, place)
        left, right = np.where(slope < 0, place, left), np.where(slope >= 0, place, right)
        newton = place - slope / np.where(bend > 0, bend, np.inf)
        inside = (newton > left) & (newton < right) & (bend > 0)
        target = np.where(inside, newton, left + 0.5 * (right - left))
        target = np.where(slope == 0, place, target)
        if (np.abs(target - place) <= 2 * _EPS * np.abs(place)).all():
            return target
        place = target
    return place


def _stretches(y: Array, reach: float) -> tuple[Array, Array]:
    """Return neighbouring stretches that cover everything within reach of an outcome."""
    if not len(y):
        return y, y
    gaps = np.flatnonzero(np.diff(y) > 2 * reach)
    starts = np.append(y[0], y[gaps + 1]) - reach
    ends = np.append(y[gaps], y[-1]) + reach
    edges = [
        np.linspace(a, b, 2 + int(2 * (b - a) / reach)) for a, b in zip(starts, ends, strict=True)
    ]
    return np.concatenate([e[:-1] for e in edges]), np.concatenate([e[1:] for e in edges])


@functools.lru_cache(maxsize=256)
def _bends_up(loss: ResidualLoss) -> float:
    """Return how far from 0 the loss bends up, or a little more."""
    inner = outer = float(getattr(loss, loss.places[0]))
    while loss.hessian(outer) > 0:
        outer *= 2.0
    while loss.hessian(inner) <= 0:
        inner *= 0.5
    while outer - inner > 1e-3 * inner:
        middle = inner + 0.5 * (outer - inner)
        inner, outer = (middle, outer) if loss.hessian(middle) > 0 else (inner, middle)
    return outer


@functools.lru_cache(maxsize=256)
def _jerk(loss: ResidualLoss) -> float:
    """Return a bound on how fast the second derivative changes, a quarter above what is seen."""
    scale = float(getattr(loss, loss.places[0]))
    r = scale * np.concatenate([np.linspace(0, 4, 4001), np.geomspace(4, 1e6, 2000)[1:]])
    return 1.25 * float((np.abs(np.diff(loss.hessian(r))) / np.diff(r)).max())
