"""Means of one curve over many points, for every slope and intercept of a line.

For a linear model the cost of a line is, for each slope, a mean over points of one function of one
number: L(s + intercept) with s = slope * a - offset. Here are that question, and its simple
answers: plainly; by five sums when the curve is a parabola; by one sum for each slope when it is an
exponential; by counting when it jumps; and term by term when it is a sum. `core.cells` has more.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.polynomial.polynomial import polyval
from numpy.typing import ArrayLike, NDArray

from core.losses.base import Array, Pieces

# Below this part of the terms it is a sum of, a mean may have lost its ninth digit to rounding.
FAINT = 1e-6

# Numbers handled at once: few enough for the cache, enough to hide NumPy's own cost.
BLOCK = 1 << 14


class Curve(Protocol):
    """What the sums need of a loss: its values, and what opens a faster way than them."""

    def value(self, x: ArrayLike) -> Array:
        """Return the curve at x, element by element."""

    @property
    def pieces(self) -> Pieces | None:
        """The curve as polynomials between kinks, at each the one on its left; or None."""

    @property
    def strip(self) -> float | None:
        """The distance from 0 to the nearest singularity, or None."""

    @property
    def rate(self) -> float | None:
        """The r for which the curve is a multiple of exp(r x), or None."""


@runtime_checkable
class Summed(Curve, Protocol):
    """A curve that is a sum of other curves."""

    @property
    def terms(self) -> tuple[tuple[float, Curve], ...]:
        """The curves, each with its factor."""


@dataclasses.dataclass(frozen=True, eq=False)
class Lines:
    """The question: the mean of curve(s + intercept), s = slope * a - offset, for every line.

    `shares` weigh the points and sum to 1; they are None when all points count alike.

    Shape: a, offset and shares (n,); slopes (m,) and intercepts (g,), both increasing.
    """

    curve: Curve
    a: Array
    offset: Array
    shares: Array | None
    slopes: Array
    intercepts: Array

    @functools.cached_property
    def step(self) -> float | None:
        """The distance between neighbouring intercepts, or None when it varies."""
        b = self.intercepts
        if len(b) < 2:
            return None
        step = float(b[-1] - b[0]) / (len(b) - 1)
        rounding = 4 * np.finfo(float).eps * max(abs(b[0]), abs(b[-1]))
        return step if np.abs(b[0] + step * np.arange(len(b)) - b).max() <= rounding else None

    @functools.cached_property
    def span(self) -> tuple[float, float]:
        """The smallest and largest s: it is linear in the slope, so one of the ends has them."""
        ends = np.multiply.outer(self.slopes[[0, -1]], self.a)
        ends -= self.offset
        return float(ends.min()), float(ends.max())

    @functools.cached_property
    def reach(self) -> float:
        """A bound on the size of every residual."""
        low, high = self.span
        return max(-low, high) + max(
            abs(float(self.intercepts[0])), abs(float(self.intercepts[-1]))
        )

    def s(self, slopes: slice, points: slice) -> Array:
        """Return s for a block of slopes and points."""
        s = np.multiply.outer(self.slopes[slopes], self.a[points])
        s -= self.offset[points]
        return s

    def mean(self, values: Array) -> float:
        """Return the mean over the points of values that need no line."""
        return float(values.mean() if self.shares is None else self.shares @ values)


def slices(count: int, size: int) -> Iterator[slice]:
    """Yield the slices that cut range(count) into parts no longer than size."""
    for first in range(0, count, max(1, size)):
        yield slice(first, min(first + max(1, size), count))


class Route(ABC):
    """A way to the means.

    Its work is told in nanoseconds, by constants measured with tests/benchmarks/landscape.py.
    """

    @abstractmethod
    def work(self, lines: Lines) -> float:
        """Return about how long the means will take."""

    @abstractmethod
    def means(self, lines: Lines) -> Array:
        """Return the mean for every line, shape (intercepts, slopes)."""


def value_work(curve: Curve) -> float:
    """Return how long one of many values takes: of a polynomial, or of something with an exp."""
    if isinstance(curve, Summed):
        return sum(value_work(term) for _, term in curve.terms)
    return 3.0 if curve.pieces is not None else 6.0


class Plain(Route):
    """Every residual of every line, a block at a time: slow, and right by construction."""

    def work(self, lines: Lines) -> float:
        """Return the work of all values."""
        each = len(lines.slopes) * len(lines.intercepts) * value_work(lines.curve)
        return 1e5 + len(lines.a) * each

    def means(self, lines: Lines) -> Array:
        """Return the means by evaluating the curve everywhere."""
        n, count = len(lines.a), len(lines.intercepts)
        columns = min(n, BLOCK)
        rows = min(count, BLOCK // columns)
        shares = np.full(n, 1 / n) if lines.shares is None else lines.shares
        out = np.zeros((len(lines.slopes), count))
        for some in slices(len(lines.slopes), BLOCK // (columns * rows)):
            for points in slices(n, columns):
                s = lines.s(some, points)[:, None, :]
                for heights in slices(count, rows):
                    values = lines.curve.value(s + lines.intercepts[heights, None])
                    values *= shares[points]
                    out[some, heights] += values.sum(axis=-1)
        return out.T


def mend(lines: Lines, out: Array, faint: NDArray[np.bool_]) -> None:
    """Replace the faint means by the plain ones; out and faint are (slopes, intercepts)."""
    for slope in np.flatnonzero(faint.any(axis=1)):
        own = faint[slope]
        few = dataclasses.replace(
            lines, slopes=lines.slopes[[slope]], intercepts=lines.intercepts[own]
        )
        out[slope, own] = Plain().means(few)[:, 0]


class Quadratic(Route):
    """Five sums over the points; then a sum of squares for each line, in which nothing cancels."""

    def work(self, lines: Lines) -> float:
        """Return the work of five sums."""
        return 3e4 + 25.0 * len(lines.a)

    def means(self, lines: Lines) -> Array:
        """Return the means of c2 r² + c1 r + c0 with r = tilt + height - leftover."""
        assert lines.curve.pieces is not None
        c0, c1, c2 = (*lines.curve.pieces.polynomials[0], 0.0, 0.0)[:3]
        centre, level = lines.mean(lines.a), lines.mean(lines.offset)
        if 0.25 * c1 * c1 <= c0 * c2:  # never below 0, so a square and what is left of c0
            level -= 0.5 * c1 / c2 if c2 else 0.0
            c0, c1 = c0 - (0.25 * c1 * c1 / c2 if c2 else 0.0), 0.0
        a, leftover = lines.a - centre, lines.offset - lines.mean(lines.offset)
        unit = float(np.abs(a).max()) or 1.0  # squares of a may leave float64, of a / unit not
        a /= unit
        spread = lines.mean(a * a)
        best = lines.mean(a * leftover) / spread if spread > 0 else 0.0
        leftover -= best * a

        tilt = (unit * lines.slopes - best) ** 2 * spread
        height = (centre * lines.slopes - level) + lines.intercepts[:, None]
        return c2 * (tilt + height**2 + lines.mean(leftover**2)) + c1 * height + c0


class ExponentialSum(Route):
    """One sum for each slope: of exp(r (s + intercept)), the intercept's part is a factor.

    Threat: the exponentials of points far apart leave float64, though their mean need not. Remedy:
    sums are kept as logarithms, the largest term taken out. Limit: a mean of exp(z) is good to
    |z| roundings, which is what rounding s + intercept costs too.
    """

    def work(self, lines: Lines) -> float:
        """Return the work of one exponential for each slope, by point and by intercept."""
        return 3e4 + len(lines.slopes) * (9.0 * len(lines.a) + 6.0 * len(lines.intercepts))

    def means(self, lines: Lines) -> Array:
        """Return the means of c exp(r (s + intercept))."""
        rate = lines.curve.rate
        assert rate is not None
        factor = float(lines.curve.value(0.0))
        logarithm = self._logarithms(lines, rate) + (math.log(abs(factor)) if factor else -math.inf)
        return np.copysign(np.exp(rate * lines.intercepts[:, None] + logarithm), factor)

    def _logarithms(self, lines: Lines, rate: float) -> Array:
        """Return the logarithm of the mean of exp(r s) for each slope."""
        n, count = len(lines.a), len(lines.slopes)
        top, total = np.full(count, -np.inf), np.zeros(count)
        for points in slices(n, BLOCK):
            for some in slices(count, BLOCK // min(n, BLOCK)):
                power = lines.s(some, points)
                power *= rate
                highest = np.maximum(top[some], power.max(axis=1))
                power -= highest[:, None]
                terms = np.exp(power, out=power)
                part = terms.sum(axis=1) if lines.shares is None else terms @ lines.shares[points]
                total[some] = total[some] * np.exp(top[some] - highest) + part
                top[some] = highest
        return top + np.log(total if lines.shares is not None else total / n)


@dataclasses.dataclass(frozen=True)
class Jump:
    """What a curve is higher by on one side of a kink: on its left, the kink included, or right."""

    kink: float
    height: float
    left: bool


@dataclasses.dataclass(frozen=True)
class Continuous:
    """A curve of polynomials that meet at the kinks."""

    pieces: Pieces
    strip: None = None
    rate: None = None

    def value(self, x: ArrayLike) -> Array:
        """Return the piece that x lies in, at x."""
        x = np.asarray(x, dtype=np.float64)
        piece, value = np.searchsorted(self.pieces.kinks, x), np.empty_like(x)
        for index, polynomial in enumerate(self.pieces.polynomials):
            own = piece == index
            value[own] = polyval(x[own], polynomial)
        return value

    @property
    def is_parabola(self) -> bool:
        """Whether it is one polynomial of degree 2 at most."""
        return not self.pieces.kinks and len(self.pieces.polynomials[0]) <= 3


def split(pieces: Pieces | None) -> tuple[tuple[Jump, ...], Continuous | None]:
    """Return the jumps of a curve made of pieces, and the curve without them.

    They are counted from a piece where the curve is 0, if there is one: there nothing will cancel.
    """
    if pieces is None:
        return (), None
    polynomials, jumps = list(pieces.polynomials), []
    home = next((i for i, polynomial in enumerate(polynomials) if not any(polynomial)), 0)
    for k in [*reversed(range(home)), *range(home, len(pieces.kinks))]:
        inner, outer = (k + 1, k) if k < home else (k, k + 1)
        height = _climb(polynomials[inner], polynomials[outer], pieces.kinks[k])
        if height:
            jumps.append(Jump(pieces.kinks[k], height, left=k < home))
            for i in range(k + 1) if k < home else range(k + 1, len(polynomials)):
                polynomials[i] = (polynomials[i][0] - height, *polynomials[i][1:])
    if jumps and all(len(polynomial) == 1 for polynomial in polynomials):
        return tuple(jumps), Continuous(Pieces((), (polynomials[home],)))
    return tuple(jumps), Continuous(Pieces(pieces.kinks, tuple(polynomials)))


def _climb(inner: tuple[float, ...], outer: tuple[float, ...], kink: float) -> float:
    """Return how far a curve jumps from one polynomial to the next, and 0 if that is rounding."""
    gap, size, power = 0.0, 0.0, 1.0
    for low, high in itertools.zip_longest(inner, outer, fillvalue=0.0):
        gap += (high - low) * power
        size += (abs(low) + abs(high)) * abs(power)
        power *= kink
    return gap if abs(gap) > 1e-12 * size else 0.0


class Steps(Route):
    """A curve that jumps: a count of the points on the side of each jump that is higher.

    What is left when the jumps are taken out is continuous and has a route of its own.

    Threat: a point right on a jump belongs to one side, and rounding may put it on the other.
    Remedy: a first guess is compared with the very number that the plain route looks at. Limit:
    none; a count is the plain one.
    """

    def __init__(self, jumps: tuple[Jump, ...], rest: Continuous, way: Route) -> None:
        self._jumps, self._rest, self._way = jumps, rest, way

    def work(self, lines: Lines) -> float:
        """Return the work of the rest, and of two comparisons for each point, slope and jump."""
        each = 16.0 * len(lines.a) + 10.0 * len(lines.intercepts)
        rest = self._way.work(dataclasses.replace(lines, curve=self._rest))
        return 5e4 + rest + len(self._jumps) * len(lines.slopes) * each

    def means(self, lines: Lines) -> Array:
        """Return the means of what is continuous, and the shares of the points beyond each jump."""
        out = self._way.means(dataclasses.replace(lines, curve=self._rest)).T
        size = np.abs(out)
        for jump in self._jumps:
            share = self._shares(lines, jump)
            out = out + jump.height * share
            size += abs(jump.height) * share
        mend(lines, out, out < FAINT * size)
        return out.T

    def _shares(self, lines: Lines, jump: Jump) -> Array:
        """Return the share of the points on the higher side: (slopes, intercepts)."""
        n, count = len(lines.a), len(lines.intercepts)
        held = np.zeros((len(lines.slopes), count + 1))
        for rows in slices(len(held), BLOCK // min(n, BLOCK)):
            for points in slices(n, BLOCK):
                index = passed(lines.s(rows, points), jump.kink, lines)
                index += (count + 1) * np.arange(len(index))[:, None]
                shares = None if lines.shares is None else lines.shares[points]
                tally(held[rows], index, shares)
        # A point is on the left of the jump for the first so many intercepts, on the right after.
        left, right = held[:, :0:-1].cumsum(axis=1)[:, ::-1], held[:, :-1].cumsum(axis=1)
        shares = left if jump.left else right
        return shares / n if lines.shares is None else shares


def passed(s: Array, kink: float, lines: Lines) -> NDArray[np.intp]:
    """Return for how many intercepts s + intercept, as rounded, does not lie beyond the kink."""
    b = lines.intercepts
    if lines.step is None:
        index = np.searchsorted(b, kink - s, side="right")
    else:
        place = (kink - b[0]) - s
        place *= 1 / lines.step
        place += 1
        np.maximum(place, 0, out=place)
        np.minimum(place, len(b), out=place)
        index = place.astype(np.intp)
    before, after = np.append(-np.inf, b), np.append(b, np.inf)
    while True:
        move = (s + after[index] <= kink).view(np.int8) - (s + before[index] > kink)
        if not move.any():
            return index
        index += move


def tally(held: Array, cell: NDArray[np.intp], weights: Array | None) -> None:
    """Add the weights, or 1 for every point, to the cells that the points lie in.

    Cells are counted through all rows of what is held.
    """
    if weights is not None:
        weights = np.broadcast_to(weights, cell.shape).ravel()
    held += np.bincount(cell.ravel(), weights, held.size).reshape(held.shape)


@dataclasses.dataclass(frozen=True)
class Together(Route):
    """A sum of curves, each by a route of its own."""

    parts: tuple[tuple[float, Curve, Route], ...]

    def work(self, lines: Lines) -> float:
        """Return the work of all terms."""
        return sum(
            way.work(dataclasses.replace(lines, curve=curve)) for _, curve, way in self.parts
        )

    def means(self, lines: Lines) -> Array:
        """Return the sum of the means of the terms."""
        out = np.zeros((len(lines.intercepts), len(lines.slopes)))
        for factor, curve, way in self.parts:
            out += factor * way.means(dataclasses.replace(lines, curve=curve))
        return out
