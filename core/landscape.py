"""An objective over a grid of its two parameters: the axes, and the cost at every crossing."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from core.cells import AnalyticCells, Cut, Layout, PolynomialCells
from core.losses.base import Array
from core.sums import BLOCK, Curve, Lines, Mirrored, Plain, Quadratic, Route


class GridError(ValueError):
    """The axes of a grid are unusable."""


@dataclasses.dataclass(frozen=True, eq=False)
class Grid:
    """Two axes: `x` runs over the first parameter (the slope), `y` over the second.

    Shape: x (nx,), y (ny,).
    Raises: `GridError` unless both axes are finite, increasing and not empty.
    """

    x: Array
    y: Array

    def __post_init__(self) -> None:
        for name in ("x", "y"):
            axis = np.array(getattr(self, name), dtype=np.float64)
            if axis.ndim != 1 or axis.size == 0:
                raise GridError(f"Grid: axis {name} has shape {axis.shape}, expected one row.")
            if not (np.isfinite(axis).all() and (axis[1:] > axis[:-1]).all()):
                raise GridError(f"Grid: axis {name} must be finite and strictly increasing.")
            axis.setflags(write=False)
            object.__setattr__(self, name, axis)

    @classmethod
    def regular(
        cls,
        x_range: tuple[float, float],
        y_range: tuple[float, float],
        nx: int = 80,
        ny: int = 80,
    ) -> Grid:
        """Return the grid of equal steps whose ends are the ends of the two ranges."""
        return cls(np.linspace(*x_range, nx), np.linspace(*y_range, ny))

    @property
    def shape(self) -> tuple[int, int]:
        """The shape of a landscape over this grid, (ny, nx)."""
        return len(self.y), len(self.x)

    @property
    def points(self) -> Array:
        """Every crossing as a row (x, y), in the order of `Landscape.z.ravel()`."""
        x, y = np.meshgrid(self.x, self.y)
        return np.stack([x.ravel(), y.ravel()], axis=1)


@dataclasses.dataclass(frozen=True, eq=False)
class Landscape:
    """The cost over a grid: z[row, column] belongs to (x[column], y[row]).

    Shape: x (nx,), y (ny,), z (ny, nx).
    """

    x: Array
    y: Array
    z: Array

    @property
    def lowest(self) -> Array:
        """The crossing where the cost is lowest, shape (2,)."""
        row, column = np.unravel_index(int(np.argmin(self.z)), self.z.shape)
        return np.array([self.x[column], self.y[row]])


# Nanoseconds, measured: one value of a curve; one point placed, and each of its moments; one moment
# cleared, and multiplied by one intercept; and what the routes cost however little there is to do.
_VALUE, _PLACE, _MOMENT, _CLEAR, _MULTIPLY = 3.0, 6.0, 2.3, 1.5, 0.05
_PLAIN_START, _CELLS_START = 1e5, 2e5

_ORDERS = (5, 6, 8, 10, 12, 16, 20)


def line_sums(
    curve: Curve,
    a: Array,
    offset: Array,
    shares: Array | None,
    grid: Grid,
    signs: Array | None = None,
) -> Array:
    """Return the mean of curve(slope * a + intercept * sign - offset) for every line of the grid.

    Infinite where the mean exceeds the largest double, never NaN. Signs are 1 or -1, and 1 when
    not given; shares sum to 1, and are equal when not given.

    Shape: a, offset, shares and signs (n,); out (ny, nx).
    """
    if shares is not None and not shares.all():
        counts = shares > 0
        a, offset, shares = a[counts], offset[counts], shares[counts]
        signs = None if signs is None else signs[counts]
    if signs is None:
        return _means(Lines(curve, a, offset, shares, grid.x, grid.y))

    shares = np.full(len(a), 1 / len(a)) if shares is None else shares
    total = np.zeros(grid.shape)
    for sign, seen in ((1.0, curve), (-1.0, Mirrored(curve))):
        own = np.flatnonzero(signs == sign)
        part = shares[own].sum()
        if part > 0:
            within = shares[own] / part
            lines = Lines(seen, sign * a[own], sign * offset[own], within, grid.x, grid.y)
            total += part * _means(lines)
    return total


def _means(lines: Lines) -> Array:
    with np.errstate(over="ignore"):
        return route(lines).means(lines)


def route(lines: Lines) -> Route:
    """Return the cheapest way to the means that the curve's own mathematics opens."""
    pieces, strip = lines.curve.pieces, lines.curve.strip
    if pieces is not None and not pieces.kinks and len(pieces.polynomials[0]) <= 3:
        return Quadratic() if lines.reach < 1e150 else Plain()
    if lines.step is None or not lines.reach < 1e300:
        return Plain()
    options: list[Layout] = []
    if pieces is not None:
        options = [PolynomialCells(pieces, lines.intercepts, lines.step)]
        if max(lines.reach, lines.reach / lines.step) > 10 ** (300 / options[0].order):
            return Plain()
    elif strip is not None:
        cuts = (Cut.fitting(order, strip, lines.step) for order in _ORDERS)
        options = [AnalyticCells(lines, cut) for cut in cuts]
    best = min(options, key=lambda layout: _work(lines, layout), default=None)
    plain = _PLAIN_START + _VALUE * len(lines.a) * len(lines.slopes) * len(lines.intercepts)
    return best if best is not None and _work(lines, best) < plain else Plain()


def _work(lines: Lines, layout: Layout) -> float:
    """Return the nanoseconds that the means by these cells will take, about."""
    slopes, count = len(lines.slopes), len(lines.intercepts)
    points = len(lines.a) * slopes * (_PLACE + _MOMENT * layout.order)
    clears = slopes * math.ceil(len(lines.a) / BLOCK) + count
    each = clears * _CLEAR + slopes * count * _MULTIPLY
    values = layout.order * (layout.cells * each + layout.evaluations * _VALUE)
    return _CELLS_START + points + values
