"""The fast sums: points whose s lies in one cell share a few moments.

    sum over points of L(s + intercept)
        =  sum over cells, over q  of  moment[q, cell] * kernel[q, cell, intercept]

One pass over the points of a slope gives its moments, a few values of the curve give the kernel,
and one matrix product gives the landscape. Two layouts of cells make this as good as exact: cells
that no kink of the curve ever enters, where it is a polynomial; and cells so narrow, measured by
the distance to the curve's singularities, that it is a polynomial to the last digit.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from core.losses.base import Array, Pieces
from core.sums import BLOCK, FAINT, Curve, Lines, Route, mend, slices, tally, value_work

# Moments held at once: 64 MB. Kernel entries: 256 KB, which the cache keeps and which malloc does
# not hand back to the system each time, only to be handed it again page by page.
HELD = 1 << 23
KERNEL = 1 << 15

# Multiplications up to which a BLAS leaves a product of matrices on one core.
ALONE = 1 << 18

# Nanoseconds: one point placed, and each of its moments; one moment cleared, and multiplied by one
# intercept.
_PLACE, _MOMENT, _CLEAR, _MULTIPLY = 6.0, 2.3, 1.5, 0.05


class Layout(Route):
    """Cells of the s axis, and what the curve is inside each."""

    order: int
    cells: int
    evaluations: int = 0
    setup: ClassVar[float] = 2e5  # nanoseconds, however few the points

    @abstractmethod
    def locate(self, s: Array) -> tuple[NDArray[np.intp], Array]:
        """Return for each s its cell and its place inside it."""

    @abstractmethod
    def basis(self, place: Array) -> Iterator[Array]:
        """Yield the functions of the place after the constant one, `order` - 1 of them."""

    def work(self, lines: Lines) -> float:
        """Return the work of moments and kernel, and of the products of the two."""
        slopes, count = len(lines.slopes), len(lines.intercepts)
        points = len(lines.a) * slopes * (_PLACE + _MOMENT * self.order)
        clears = slopes * math.ceil(len(lines.a) / BLOCK) + count
        each = clears * _CLEAR + slopes * count * _MULTIPLY
        values = self.evaluations * value_work(lines.curve)
        return self.setup + points + self.order * (self.cells * each + values)

    @abstractmethod
    def kernel(self, cells: slice) -> Array:
        """Return the curve's coefficients in those cells: (order, cells, intercepts)."""

    def means(self, lines: Lines) -> Array:
        """Return the means by cells; plainly those too faint for the rounding of the others."""
        out = np.zeros((len(lines.slopes), len(lines.intercepts)))
        for some in slices(len(lines.slopes), HELD // (self.order * self.cells)):
            moments = self.moments(lines, some)
            if lines.shares is None:
                moments /= len(lines.a)
            largest = 0.0
            for cells, kernel in self._kernels(lines):
                _add_product(out[some], _flat(moments[:, :, cells]), kernel)
                largest = max(largest, kernel.max(), -kernel.min())
            faint = self._faint(lines, moments, out[some], largest)
            if faint.any():
                mend(dataclasses.replace(lines, slopes=lines.slopes[some]), out[some], faint)
        return out.T

    def _kernels(self, lines: Lines) -> Iterator[tuple[slice, Array]]:
        """Yield a few cells at a time, with their coefficients in rows."""
        count = len(lines.intercepts)
        for cells in slices(self.cells, KERNEL // (self.order * count)):
            yield cells, self.kernel(cells).reshape(-1, count)

    def _faint(
        self, lines: Lines, moments: Array, means: Array, largest: float
    ) -> NDArray[np.bool_]:
        """Tell which means may be mostly the rounding of larger terms; a bare 0 is right already.

        Threat: near a perfect fit large terms cancel. Remedy: where a mean is small beside the
        largest coefficient, the sum of its terms' sizes says whether it is small beside them too.
        Those few lines, close to all points, are then summed plainly. Limit: none known; that a
        curve is almost flat almost everywhere makes them no more.
        """
        faint: NDArray[np.bool_] = (means < 10 * FAINT * largest) & (means != 0)
        if faint.any():
            size = np.zeros_like(means)
            for cells, kernel in self._kernels(lines):
                _add_product(size, np.abs(_flat(moments[:, :, cells])), np.abs(kernel))
            faint &= means < FAINT * size
        return faint

    def moments(self, lines: Lines, some: slice) -> Array:
        """Return the sum over each cell's points of each function: (slopes, order, cells)."""
        n = len(lines.a)
        moments = np.zeros((some.stop - some.start, self.order, self.cells))
        for rows in slices(len(moments), BLOCK // min(n, BLOCK)):
            held = moments[rows]
            slopes = slice(some.start + rows.start, some.start + rows.stop)
            for points in slices(n, BLOCK):
                cell, place = self.locate(lines.s(slopes, points))
                cell += self.cells * np.arange(len(cell))[:, None]
                shares = None if lines.shares is None else lines.shares[points]
                tally(held[:, 0], cell, shares)
                for power, function in enumerate(self.basis(place), start=1):
                    tally(held[:, power], cell, function if shares is None else function * shares)
        return moments


def _add_product(out: Array, left: Array, right: Array) -> None:
    """Add the matrix product to out.

    Threat: a BLAS puts larger products than those on all cores, and where another process keeps one
    busy it waits for it: 10 ms instead of 0.3, in a drag. Remedy: a few products of that size.
    Limit: with more than 128 x 128 lines they would be too thin, and threads pay off.
    """
    width = ALONE // max(1, out.size)
    for terms in slices(left.shape[1], width if width >= 16 else left.shape[1]):
        out += left[:, terms] @ right[terms]


def _flat(moments: Array) -> Array:
    """Return the moments of some cells with one row for each slope."""
    return moments.reshape(len(moments), -1)


class PolynomialCells(Layout):
    """Cells that no kink enters, whatever the intercept: the curve is one polynomial in each.

    A kink k is met where s = k - intercept. With a boundary at each of those, a point's cell is the
    number of boundaries below it, kink by kink. Exact for pieces of any degree.

    Threat: powers of s cancel when the data lie far from 0. Remedy: a cell measures its points, in
    steps of the intercept, from its end nearer to the middle of all intercepts, or from that middle
    if it lies inside. Limit: the powers must stay finite, which the choice of route sees to.
    """

    def __init__(self, pieces: Pieces, intercepts: Array, step: float) -> None:
        self._pieces, self._intercepts, self._step = pieces, intercepts, step
        self.order = max(len(polynomial) for polynomial in pieces.polynomials)
        self.cells = len(pieces.kinks) * len(intercepts) + 1

        meets = np.subtract.outer(np.array(pieces.kinks), intercepts[::-1])
        self._ranked = np.argsort(meets, axis=None, kind="stable")
        edges = meets.ravel()[self._ranked]
        self._middle = -0.5 * float(intercepts[0] + intercepts[-1])
        self._central = int(np.searchsorted(edges, self._middle))
        self._anchors = np.insert(edges, self._central, self._middle)
        self._first = meets[:, 0]

    def locate(self, s: Array) -> tuple[NDArray[np.intp], Array]:
        """Return how many boundaries lie below each s, and its distance from the cell's anchor."""
        cell = np.zeros(s.shape, np.intp)
        for first in self._first:
            below = s - (first - self._step)
            below *= 1 / self._step
            np.maximum(below, 0, out=below)
            np.minimum(below, len(self._intercepts), out=below)
            cell += below.astype(np.intp)
        place = s - self._anchors[cell]
        place *= 1 / self._step
        return cell, place

    def basis(self, place: Array) -> Iterator[Array]:
        """Yield the powers of the place."""
        power = np.ones_like(place)
        for _ in range(1, self.order):
            power *= place
            yield power

    def kernel(self, cells: slice) -> Array:
        """Return the pieces in powers of the distance from the anchor: rows of one short table.

        An anchor plus an intercept is a kink plus whole steps, whatever the cell.
        """
        count, kinks = len(self._intercepts), len(self._pieces.kinks)
        row = self._ranked + self._ranked // count * (count - 1)
        row = np.insert(row, self._central, 0)
        row[: self._central] += count
        row[self._central + 1 :] += count + kinks * (2 * count - 1)
        return self._table.take(np.add.outer(row[cells], np.arange(count)), axis=1)

    @functools.cached_property
    def _table(self) -> Array:
        """The pieces about the middle, then left and right of each kink plus whole steps."""
        count, kinks = len(self._intercepts), np.array(self._pieces.kinks)
        r = np.add.outer(kinks, self._step * np.arange(1 - count, count)).ravel()
        # Threat: a kink that another one meets after whole steps is met at its rounded place.
        # Remedy: what lies this near counts as met. Limit: fine for continuous curves only.
        nearly = 1e-12 * self._step + 1e-15 * np.abs(r)
        left = np.searchsorted(kinks, r - nearly)
        right = np.searchsorted(kinks, r + nearly)
        passed = np.bincount(self._ranked[: self._central] // count, minlength=len(kinks))
        middle = (np.add.outer(passed, np.arange(count)) >= count).sum(axis=0)
        r = np.concatenate([self._middle + self._intercepts, r, r])
        return self._taylor(r, np.concatenate([middle, left, right]))

    def _taylor(self, r: Array, pieces: NDArray[np.intp]) -> Array:
        """Return the coefficients about each r, by repeated division: (order, len(r))."""
        table = np.zeros((self.order, len(self._pieces.polynomials)))
        for piece, polynomial in enumerate(self._pieces.polynomials):
            table[: len(polynomial), piece] = polynomial
        table = table[:, pieces]
        for low in range(self.order - 1):
            for power in reversed(range(low, self.order - 1)):
                table[power] += r * table[power + 1]
        return table * (self._step ** np.arange(self.order))[:, None]


@dataclasses.dataclass(frozen=True)
class Room:
    """How far about itself a curve is much like itself: near its singularities, and on either side.

    Threat: interpolated where a curve falls off exponentially, what is almost nothing drowns in the
    error of what is not. Remedy: where it falls by exp(14), its room ends as at a singularity, and
    the error is at most 1e-11 of what is there. Limit: where it has fallen by exp(750), all is 0.
    """

    near: float
    left: float = math.inf
    right: float = math.inf

    FALL: ClassVar[float] = 14.0
    NOTHING: ClassVar[float] = 750.0

    @classmethod
    def of(cls, curve: Curve, strip: float) -> Room:
        """Return the room of a curve with that strip."""
        left, right = (cls._beside(curve, side * strip) for side in (-1.0, 1.0))
        return cls(min(strip, left, right), left, right)

    @classmethod
    def _beside(cls, curve: Curve, unit: float) -> float:
        """Return in how far a way the curve falls by exp(14) on that side; infinite if it does not.

        The rate is taken at two places, as it is with an exponential alone that they agree; nearer
        ones if the curve is gone from float64 at the first.
        """
        for place in (8.0, 4.0, 2.0, 1.0):
            values = curve.value(unit * place * np.array([0.5, 0.625, 1.0, 1.125]))
            if values.min() > 0:
                near, far = np.log(values[::2] / values[1::2]) / (0.125 * place)
                falls = abs(far - near) < 0.3 * far
                return float(cls.FALL * abs(unit) / far) if falls else math.inf
        return math.inf


@dataclasses.dataclass(frozen=True)
class Cut:
    """How finely an analytic curve is cut: `order` moments in cells of `width`.

    Cells and intercepts share a lattice: of its units, a cell spans `stride` and an intercept step
    spans `shift`, one of the two being 1. Far away, cells widen by `growth` each, as far as there
    is room.
    """

    order: int
    width: float
    stride: int
    shift: int
    growth: float
    room: Room

    @classmethod
    def fitting(cls, order: int, room: Room, step: float) -> Cut:
        """Return the widest cells in which so many terms leave an error of 1e-17 or so.

        A singularity at a height of h half-widths over a cell lies on the ellipse about it that
        has the half-axes' sum h + √(h² + 1), and the terms fall as the powers of that. The error is
        relative to the largest value on that ellipse.
        """
        height = math.sinh(math.log(10) * 17 / order)
        width, growth = 2 * room.near / height, 1 + 2 / height
        if width >= step:
            stride = int(width / step)
            return cls(order, stride * step, stride, 1, growth, room)
        shift = math.ceil(step / width)
        return cls(order, step / shift, 1, shift, growth, room)

    def ends(self, distance: float, room: float) -> Array:
        """Return where cells end, counted from the window, that reach so far on that side.

        There is one at least: what lies right on the window's top is outside.
        """
        start, growth = self.room.near, self.growth
        free = max(min(distance, room - start), 0.0)
        count = max(1, math.ceil(math.log1p(free / start) / math.log(growth)))
        ends = start * (growth ** np.arange(count + 1.0) - 1)

        widest, nothing = room * (growth - 1), room * (Room.NOTHING / Room.FALL)
        more = math.ceil(max(min(distance, nothing) - ends[-1], 0.0) / widest)
        ends = np.append(ends, ends[-1] + widest * np.arange(1.0, more + 1.0))
        return ends if ends[-1] >= distance else np.append(ends, distance)


class AnalyticCells(Layout):
    """Cells so narrow that the curve is a polynomial in each, to the last digit.

    A singularity is near only where s lies within a strip of minus an intercept. In that window all
    cells are equally wide and share a lattice with the intercepts, so that few values of the curve
    fill the kernel. Outside, the cells' width grows with their distance.
    """

    setup: ClassVar[float] = 6e5

    def __init__(self, lines: Lines, cut: Cut) -> None:
        self.order, self._cut = cut.order, cut
        self._curve, self._intercepts = lines.curve, lines.intercepts
        (low, high), near = lines.span, cut.room.near
        first, last = -lines.intercepts[-1] - near, near - lines.intercepts[0]

        self._low = min(max(low, first), last)
        self._window = int((min(max(high, first), last) - self._low) * (1 / cut.width)) + 1
        top = self._low + self._window * cut.width
        past_top = (high - self._low) * (1 / cut.width) >= self._window  # as in `locate`
        left = cut.ends(self._low - low, cut.room.left) if low < self._low else np.zeros(1)
        right = cut.ends(high - top, cut.room.right) if past_top else np.zeros(1)
        self._left, self._right = self._low - left[::-1], top + right
        self.cells = self._window + len(left) + len(right) - 2

        count = len(lines.intercepts)
        self._units = cut.stride * (self._window - 1) + cut.shift * (count - 1) + 1
        self._shared = self._units < self._window * count
        inside = self._units if self._shared else self._window * count
        self.evaluations = inside + (self.cells - self._window) * count

    @functools.cached_property
    def _outer(self) -> tuple[Array, Array]:
        """The first and second end of every cell outside the window, from left to right."""
        first = np.append(self._left[:-1], self._right[:-1])
        return first, np.append(self._left[1:], self._right[1:])

    def locate(self, s: Array) -> tuple[NDArray[np.intp], Array]:
        """Return the cell of each s, and its place there between -1 and 1."""
        place = s - self._low
        place *= 1 / self._cut.width
        outside = None
        if self.cells > self._window:
            outside = np.flatnonzero((place < 0) | (place >= self._window))
            place.ravel()[outside] = 0
        cell = place.astype(np.intp)
        place -= cell
        place *= 2
        place -= 1
        if outside is not None:
            self._locate_outside(s.ravel()[outside], outside, cell.ravel(), place.ravel())
        return cell, place

    def _locate_outside(
        self, s: Array, where: NDArray[np.intp], cell: NDArray[np.intp], place: Array
    ) -> None:
        first, second = self._outer
        index = np.searchsorted(second[:-1], s, side="right")
        place[where] = (2 * s - first[index] - second[index]) / (second - first)[index]
        cell[where] = self._window + index

    def basis(self, place: Array) -> Iterator[Array]:
        """Yield the Chebyshev polynomials of the place."""
        before, now, twice = np.ones_like(place), place, 2 * place
        for _ in range(1, self.order):
            yield now
            before, now = now, twice * now - before

    def kernel(self, cells: slice) -> Array:
        """Return the Chebyshev coefficients of the curve in those cells."""
        inside = slice(cells.start, min(cells.stop, self._window))
        outside = slice(max(cells.start, self._window), cells.stop)
        parts = []
        if inside.start < inside.stop:
            parts.append(self._inside(inside))
        if outside.start < outside.stop:
            ends = slice(outside.start - self._window, outside.stop - self._window)
            first, second = self._outer
            parts.append(self._interpolate(first[ends], second[ends]))
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    def _inside(self, cells: slice) -> Array:
        """Return the kernel of cells in the window: cut from the lattice, if that is shorter."""
        cut = self._cut
        if not self._shared:
            first = self._low + cut.width * np.arange(cells.start, cells.stop)
            return self._interpolate(first, first + cut.width)
        lattice = self._lattice[:, cells.start * cut.stride :]
        shape = (self.order, cells.stop - cells.start, len(self._intercepts))
        unit = lattice.itemsize
        strides = (lattice.strides[0], cut.stride * unit, cut.shift * unit)
        return as_strided(lattice, shape, strides, writeable=False)

    @functools.cached_property
    def _lattice(self) -> Array:
        """The coefficients of a cell that starts at each unit of the lattice: (order, units)."""
        unit = self._cut.width / self._cut.stride
        start = self._low + self._intercepts[0] + unit * np.arange(self._units)
        half = 0.5 * self._cut.width
        places = half + half * _chebyshev(self.order)[0]
        return self._coefficients(np.add.outer(places, start))

    def _interpolate(self, first: Array, second: Array) -> Array:
        """Return the coefficients in cells with those ends, for every intercept."""
        nodes = np.multiply.outer(_chebyshev(self.order)[0], 0.5 * (second - first))
        return self._coefficients(np.add.outer(0.5 * (first + second) + nodes, self._intercepts))

    def _coefficients(self, places: Array) -> Array:
        """Return the coefficients of the curve from its values at the nodes, the first axis."""
        transform = _chebyshev(self.order)[1]
        values = self._curve.value(places).reshape(self.order, -1)
        for columns in slices(values.shape[1], ALONE // transform.size):
            values[:, columns] = transform @ values[:, columns]
        return values.reshape(places.shape)


@functools.cache
def _chebyshev(order: int) -> tuple[Array, Array]:
    """Return the Chebyshev nodes, and the matrix from values there to coefficients."""
    angles = np.pi * (np.arange(order) + 0.5) / order
    transform = np.cos(np.outer(np.arange(order), angles)) * (2 / order)
    transform[0] /= 2
    return np.cos(angles), transform
