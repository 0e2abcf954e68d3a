"""Whether a line can tell two classes apart, and the line that does so with the most room."""

from __future__ import annotations

import enum

import numpy as np
from numpy.typing import ArrayLike

from core.losses.base import Array

# What a linear program may be wrong by; less room than this part of the spread counts for none.
_NARROW = 1e-7


class Separation(enum.Enum):
    """How two classes lie to each other, in words."""

    SEPARABLE = "A line puts every point on its right side."
    TOUCHING = "A line puts no point on its wrong side, but some have to lie on the line itself."
    OVERLAPPING = "No line puts every point on its right side."


def separation(x: ArrayLike, sign: ArrayLike) -> Separation:
    """Tell whether a line separates the points x, (n, d), of sign 1 from those of sign -1.

    By two linear programs: the most room that all points can have, and if that is none, the most
    that they can have together while none is on the wrong side.
    """
    design = _standard(np.asarray(x, dtype=np.float64))
    rows = np.asarray(sign, dtype=np.float64)[:, None] * design
    return separation_of(rows)


def separation_of(rows: Array) -> Separation:
    """Tell whether some parameters make all rows @ parameters positive, or at least none negative.

    Shape: rows (m, p).
    """
    count = rows.shape[1]
    room = np.column_stack([-rows, np.ones(len(rows))])
    found = _program(np.append(np.zeros(count), -1.0), room)
    if (rows @ found[:-1] > 0).all():
        return Separation.SEPARABLE
    found = _program(-rows.mean(axis=0), -rows)
    together = float(rows.mean(axis=0) @ found)
    return Separation.TOUCHING if together > _NARROW else Separation.OVERLAPPING


def _program(cost: Array, rows: Array) -> Array:
    """Return the lowest cost @ v where rows @ v is nowhere above 0 and v lies in [-1, 1]."""
    from scipy.optimize import linprog

    found = linprog(cost, rows, np.zeros(len(rows)), bounds=(-1.0, 1.0), method="highs")
    return np.asarray(found.x)


def _standard(x: Array) -> Array:
    """Return points of mean 0 and spread 1, with a column of ones."""
    centred = x - x.mean(axis=0)
    spread = centred.std(axis=0)
    return np.column_stack([centred / np.where(spread > 0, spread, 1.0), np.ones(len(x))])


def widest_margin(x: ArrayLike, sign: ArrayLike) -> Array | None:
    """Return the parameters (w..., b) of the widest margin, or None if the classes overlap.

    The smallest of sign * (x @ w + b) is 1, and no shorter w has that: 2 / |w| is the distance
    between the convex hulls of the classes, and the line lies in the middle.

    Shape: x (n, d) with d = 1 or 2, sign (n,); out (d + 1,).
    """
    x, sign = np.asarray(x, dtype=np.float64), np.asarray(sign, dtype=np.float64)
    middle = x.mean(axis=0)
    positive, negative = (hull(x[sign == side] - middle) for side in (1, -1))
    if not (len(positive) and len(negative)):
        return None
    apart, foot = min((_closest(positive, negative), _closest(negative, positive, -1.0)), key=_size)
    size = float(apart @ apart)
    if not size > 0:
        return None
    w = 2.0 * apart / size
    theta = np.append(w, -(foot + middle) @ w)
    room = sign * ((x - middle) @ w - foot @ w)
    return theta if room.min() > 1 - 1e-6 else None


def _size(found: tuple[Array, Array]) -> float:
    return float(found[0] @ found[0])


def _closest(corners: Array, ring: Array, turn: float = 1.0) -> tuple[Array, Array]:
    """Return the shortest way from the edges of a ring to a corner, and its middle.

    Turned by -1 the way leads from the corner to the ring.
    """
    start, edge = ring, np.roll(ring, -1, axis=0) - ring
    length = (edge * edge).sum(axis=1)
    way = corners[:, None] - start
    share = (way * edge).sum(axis=2) / np.where(length > 0, length, 1.0)
    foot = start + np.clip(share, 0.0, 1.0)[..., None] * edge
    apart = corners[:, None] - foot
    best = np.unravel_index(int(np.argmin((apart * apart).sum(axis=2))), share.shape)
    return turn * apart[best], 0.5 * (foot[best] + corners[best[0]])


def hull(points: Array) -> Array:
    """Return the corners of the convex hull, counterclockwise; of numbers, the two ends."""
    if len(points) < 2:
        return points
    order = points[np.lexsort(points.T[::-1])]
    if points.shape[1] == 1 or (order[0] == order[-1]).all():
        return order[[0, -1]]
    return np.array(_chain(order)[:-1] + _chain(order[::-1])[:-1])


def _chain(order: Array) -> list[Array]:
    """Return the points that turn left only, of points in order."""
    kept: list[Array] = []
    for point in order:
        while len(kept) > 1 and _turn(kept[-2], kept[-1], point) <= 0:
            kept.pop()
        kept.append(point)
    return kept


def _turn(a: Array, b: Array, c: Array) -> float:
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))
