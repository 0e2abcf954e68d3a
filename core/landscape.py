"""An objective over a grid of its two parameters: the axes, and the cost at every crossing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import numpy as np

from core.cells import AnalyticCells, Cut, PolynomialCells, Room
from core.losses.base import Array
from core.sums import (
    Continuous,
    Curve,
    ExponentialSum,
    Jump,
    Lines,
    Plain,
    Quadratic,
    Route,
    Steps,
    Summed,
    Together,
    split,
)

# How many moments the cells of an analytic curve may keep.
_ORDERS = (5, 6, 8, 10, 12, 16, 20)


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


def line_sums(
    curve: Curve,
    a: Array,
    offset: Array,
    shares: Array | None,
    grid: Grid,
    signs: Array | None = None,
) -> Array:
    """Return the sum of share * curve(slope * a + intercept * sign - offset) for every line.

    Infinite where it exceeds the largest double, never NaN: a share of 0 counts for nothing. Signs
    are 1 or -1, and 1 when not given; shares are 1/n when not given, and the sum is then a mean.

    Shape: a, offset, shares and signs (n,); out (ny, nx).
    """
    shares = np.full(len(a), 1 / len(a)) if shares is None else shares
    signs = np.ones(len(a)) if signs is None else signs
    total = np.zeros(grid.shape)
    for sign, intercepts in ((1, grid.y), (-1, -grid.y[::-1])):
        own = (signs == sign) & (shares > 0)
        if own.any():
            part, within = _shared(shares[own])
            lines = Lines(curve, a[own], offset[own], within, grid.x, intercepts)
            with np.errstate(over="ignore"):
                total += part * route(lines).means(lines)[::sign]
    return total


def _shared(shares: Array) -> tuple[float, Array | None]:
    """Return the sum of shares, and what each is of it; None where all are alike."""
    if shares.min() == shares.max():
        return float(shares[0]) * len(shares), None
    part = float(shares.sum())
    return part, shares / part


def route(lines: Lines) -> Route:
    """Return the cheapest way to the means that the curve's own mathematics opens."""
    curve = lines.curve
    jumps, rest = split(curve.pieces)
    if rest is not None and not jumps and rest.is_parabola:
        return Quadratic() if lines.reach < 1e150 else Plain()
    if not lines.reach < 1e300:
        return Plain()
    if curve.rate is not None:
        return ExponentialSum() if abs(curve.rate) * lines.reach < 1e300 else Plain()
    if isinstance(curve, Summed) and (jumps or (rest is None and curve.strip is None)):
        terms = [(factor, dataclasses.replace(lines, curve=term)) for factor, term in curve.terms]
        return Together(tuple((factor, own.curve, route(own)) for factor, own in terms))
    return min((Plain(), *_by_pieces(lines, jumps, rest), *_by_strip(lines)), key=_work_on(lines))


def _work_on(lines: Lines) -> Callable[[Route], float]:
    return lambda way: way.work(lines)


def _by_pieces(lines: Lines, jumps: tuple[Jump, ...], rest: Continuous | None) -> Iterator[Route]:
    """Yield the way by the curve's polynomials, where it has some."""
    if rest is None:
        return
    if rest.is_parabola:
        yield Steps(jumps, rest, Quadratic())
    elif lines.step is not None:
        cells = PolynomialCells(rest.pieces, lines.intercepts, lines.step)
        if max(lines.reach, lines.reach / lines.step) <= 10 ** (300 / cells.order):
            yield Steps(jumps, rest, cells) if jumps else cells


def _by_strip(lines: Lines) -> Iterator[Route]:
    """Yield the ways by cells as narrow as the curve's strip demands, where it has one."""
    strip, step = lines.curve.strip, lines.step
    if strip is not None and step is not None:
        room = Room.of(lines.curve, strip)
        for order in _ORDERS:
            yield AnalyticCells(lines, Cut.fitting(order, room, step))
