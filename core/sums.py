"""Means of one curve over many points, for every slope and intercept of a line.

For a linear model the cost of a line is, for each slope, a mean over points of one function of one
number: L(s + intercept) with s = slope * a - offset. Here are that question, and its two simple
answers: plainly, and by five sums when the curve is a parabola. `core.cells` has the third.
"""

from __future__ import annotations

import dataclasses
import functools
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from core.losses.base import Array, Pieces

# Numbers handled at once: few enough for the cache, enough to hide NumPy's own cost.
BLOCK = 1 << 14


class Curve(Protocol):
    """What the sums need of a loss: its values, and if it has them its pieces or its strip."""

    def value(self, x: ArrayLike) -> Array:
        """Return the curve at x, element by element."""

    @property
    def pieces(self) -> Pieces | None:
        """The curve as polynomials between kinks, or None."""

    @property
    def strip(self) -> float | None:
        """The distance from 0 to the nearest singularity, or None."""


@dataclasses.dataclass(frozen=True)
class Mirrored:
    """A curve seen from the other side: its value at x is that of the original at -x."""

    curve: Curve

    def value(self, x: ArrayLike) -> Array:
        """Return the original at -x."""
        return self.curve.value(np.negative(x))

    @property
    def pieces(self) -> Pieces | None:
        """The pieces from right to left, their odd powers negated."""
        pieces = self.curve.pieces
        if pieces is None:
            return None
        flipped = [
            tuple(-c if power % 2 else c for power, c in enumerate(polynomial))
            for polynomial in reversed(pieces.polynomials)
        ]
        return Pieces(tuple(-kink for kink in reversed(pieces.kinks)), tuple(flipped))

    @property
    def strip(self) -> float | None:
        """That of the original: singularities on the imaginary axis come in pairs."""
        return self.curve.strip


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
    """A way to the means."""

    @abstractmethod
    def means(self, lines: Lines) -> Array:
        """Return the mean for every line, shape (intercepts, slopes)."""


class Plain(Route):
    """Every residual of every line, a block at a time: slow, and right by construction."""

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


class Quadratic(Route):
    """Five sums over the points; then a sum of squares for each line, in which nothing cancels."""

    def means(self, lines: Lines) -> Array:
        """Return the means of c2 r² + c1 r + c0 with r = tilt + height - leftover."""
        assert lines.curve.pieces is not None
        c0, c1, c2 = (*lines.curve.pieces.polynomials[0], 0.0, 0.0)[:3]
        centre, level = lines.mean(lines.a), lines.mean(lines.offset)
        a, leftover = lines.a - centre, lines.offset - level
        unit = float(np.abs(a).max()) or 1.0  # squares of a may leave float64, of a / unit not
        a /= unit
        spread = lines.mean(a * a)
        best = lines.mean(a * leftover) / spread if spread > 0 else 0.0
        leftover -= best * a

        tilt = (unit * lines.slopes - best) ** 2 * spread
        height = (centre * lines.slopes - level) + lines.intercepts[:, None]
        return c2 * (tilt + height**2 + lines.mean(leftover**2)) + c1 * height + c0
