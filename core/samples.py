"""The losses of many samples for many parameter pairs, whatever arguments the loss takes.

An argument that moves is base + theta[0] * first + theta[1] * second; the others are held. Which of
them have the samples on their first axis, and which are the same for all, is asked of the loss.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.losses.base import Argument, Array
from core.losses.domain import DomainError
from core.sums import slices

Rows = NDArray[np.intp]
Some = slice | NDArray[np.bool_]

# Numbers in the largest array of a block: 1 MB of float64, of which a loss makes a few more.
HELD = 1 << 17

_FEW = 8  # samples that a loss is asked about
_STAND_INS = (0.5, 1.0, 0.0)


@dataclasses.dataclass(frozen=True, eq=False)
class Part:
    """One argument of a loss.

    rays: first and second, in the shape of base; None where the argument is held.
    carries: whether its first axis is that of the samples.
    broad: whether an axis of length 1 has to be put there.
    """

    argument: Argument
    base: Array
    rays: tuple[Array, Array] | None = None
    carries: bool = False
    broad: bool = False

    def only(self, samples: Some) -> Part:
        """Return the same for some of the samples."""
        if not self.carries:
            return self
        rays = self.rays and (self.rays[0][samples], self.rays[1][samples])
        return dataclasses.replace(self, base=self.base[samples], rays=rays)

    def at(self, theta: Array) -> Array:
        """Return the argument at theta; more axes of theta become the first ones of what moves."""
        if self.rays is None:
            return self.base
        one, two = np.reshape(theta.T, (2, *theta.shape[:-1], *[1] * self.base.ndim))
        with np.errstate(over="ignore", invalid="ignore"):
            return self.base + one * self.rays[0] + two * self.rays[1]

    def over(self, thetas: Array) -> Array:
        """Return the argument for rows of theta."""
        moved = self.at(thetas)
        return moved[:, None] if self.broad else moved

    def each(self, array: Array, count: int) -> Array:
        """Return an array of the shape of base with every sample a batch of its own."""
        if self.carries:
            return array[:, None]
        if self.rays is None:
            return array
        repeated = np.broadcast_to(array, (count, *array.shape))
        return repeated[:, None] if self.broad else repeated

    def stand_in(self, shape: tuple[int, ...]) -> Array:
        """Return an allowed argument of this shape, the same number everywhere."""
        for number in (*_STAND_INS, 1 / max((1, *shape[-1:]))):
            filled = np.full(shape, number)
            if self.argument.domain.holds(filled).all():
                return filled
        raise DomainError(f"{self.argument.name} cannot be the same number everywhere.")


@dataclasses.dataclass(frozen=True, eq=False)
class Samples:
    """A loss and its arguments.

    count: how many losses they make; None where it is one, on no axis.
    """

    loss: Any
    parts: tuple[Part, ...]
    count: int | None

    @classmethod
    def of(cls, loss: Any, parts: Sequence[Part]) -> Samples:
        """Return the samples that the parts make, telling those that carry them from the others.

        Raises: `DomainError` when they do not match.
        """
        for carrying in _carriers(parts):
            if _is_one_more(loss, carrying):
                count = next(len(part.base) for part in carrying if part.carries)
                return cls(loss, _broadened(loss, carrying, min(count, _FEW)), count)
        shape = _asked(loss, parts).shape
        if len(shape) > 1:
            raise DomainError(f"{type(loss).__name__}: losses of shape {shape}, expected one row.")
        number = shape[0] if shape else None
        return cls(loss, _broadened(loss, parts, number), number)

    @property
    def apart(self) -> bool:
        """Whether the loss of a sample depends on no other sample."""
        return any(part.carries for part in self.parts)

    def only(self, samples: Some) -> Samples:
        """Return some of the samples."""
        parts = tuple(part.only(samples) for part in self.parts)
        count = next(len(part.base) for part in parts if part.carries)
        return Samples(self.loss, parts, count)

    def mean(self, thetas: Array, shares: Array) -> Array:
        """Return the sum of share * loss for each row of theta, a bounded block at a time.

        Infinite where a loss is, or is not defined; never NaN.
        """
        samples, rows = self._block
        out = np.zeros(len(thetas))
        for some in slices(len(shares), samples):
            own = self.only(some) if self.apart else self
            for block in slices(len(thetas), rows):
                out[block] += own._losses(thetas[block]) @ shares[some]
        return out

    @property
    def _block(self) -> tuple[int, int]:
        """How many samples and how many rows of theta make a block.

        A loss may let every row of a table that is shared meet every sample; or, where the samples
        depend on each other, each of them the others.
        """
        sizes = [part.base.size for part in self.parts]
        if not self.apart or self.count is None:
            width = max(sum(sizes), (self.count or 0) ** 2)
            return self.count or 1, max(1, HELD // max(1, width))
        own = [part.base.size // self.count for part in self.parts if part.carries]
        shared = [part.base for part in self.parts if not part.carries]
        tables = math.prod(base.size // base.shape[-1] for base in shared if base.ndim > 1)
        width = max(max(own) * tables, *(base.size for base in shared), 1)
        samples = max(1, HELD // width)
        return min(samples, self.count), max(1, samples // self.count)

    def _losses(self, thetas: Array) -> Array:
        """Return the losses for each row of theta, infinite where not defined: (rows, samples)."""
        arguments = [part.over(thetas) for part in self.parts]
        allowed = np.ones(len(thetas), bool)
        for part, values in zip(self.parts, arguments, strict=True):
            if part.rays is not None:
                holds = part.argument.domain.holds(values)
                allowed &= holds.reshape(len(thetas), -1).all(axis=1)
        if allowed.all():
            return np.reshape(self.loss.value(*arguments), (len(thetas), -1))
        out = np.full((len(thetas), self.count or 1), np.inf)
        if allowed.any():
            pairs = zip(self.parts, arguments, strict=True)
            some = [values if part.rays is None else values[allowed] for part, values in pairs]
            out[allowed] = np.reshape(self.loss.value(*some), (int(allowed.sum()), -1))
        return out

    def slope(self, theta: Array, shares: Array) -> Array:
        """Return the gradient of the mean with respect to theta; infinite where not defined."""
        total = np.zeros(2)
        for own, weights in self._turns(shares):
            try:
                pulls = self.loss.gradient(*own._at(theta))
            except DomainError:
                return np.full(2, np.inf)
            pulls = pulls if isinstance(pulls, tuple) else (pulls,)
            slopes = np.concatenate([np.reshape(p, (len(weights), -1)) for p in pulls], axis=1)
            total += weights @ _times(slopes[:, :, None], own._rays).sum(axis=1)
        return total

    def bend(self, theta: Array, shares: Array) -> Array:
        """Return the second derivatives of the mean with respect to theta, shape (2, 2).

        Raises: `DomainError` where the loss is not defined.
        """
        total = np.zeros((2, 2))
        for own, weights in self._turns(shares):
            bends, rays = self.loss.hessian(*own._at(theta)), own._rays
            bends = np.reshape(bends, (len(weights), rays.shape[1], rays.shape[1]))
            turned = _times(bends[:, :, :, None], rays[:, None]).sum(axis=2)
            bent = _times(turned[:, :, :, None], rays[:, :, None]).sum(axis=1)
            total += np.tensordot(weights, bent, axes=1)
        return total

    def _turns(self, shares: Array) -> Iterator[tuple[Samples, Array]]:
        """Yield some samples at a time, with their shares; all of them if they hang together."""
        if not self.apart:
            yield self, shares[:1]
        else:
            for some in slices(len(shares), self._block[0]):
                yield self.only(some), shares[some]

    def _at(self, theta: Array) -> list[Array]:
        """Return the arguments at one theta, every sample a batch of its own if it can be."""
        return [self._each(part, part.at(theta)) for part in self.parts]

    @property
    def _rays(self) -> Array:
        """All that moves of each sample, by the two parameters: (samples, numbers, 2)."""
        rows = self.count or 1 if self.apart else 1
        pairs = [part.rays and [self._each(part, ray) for ray in part.rays] for part in self.parts]
        flat = [[np.reshape(ray, (rows, -1)) for ray in pair] for pair in pairs if pair]
        return np.stack([np.concatenate(rays, axis=1) for rays in zip(*flat, strict=True)], axis=2)

    def _each(self, part: Part, array: Array) -> Array:
        return part.each(array, self.count or 1) if self.apart else array


def _times(values: Array, rays: Array) -> Array:
    """Return the products, and 0 along what does not move, even where the value is infinite."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.where(rays == 0, 0.0, values * rays)


def _carriers(parts: Sequence[Part]) -> Iterator[tuple[Part, ...]]:
    """Yield the parts with some of them as carriers: those of as many rows, few before many."""
    for rows in sorted({len(part.base) for part in parts if part.base.ndim}, reverse=True):
        able = [i for i, part in enumerate(parts) if part.base.ndim and len(part.base) == rows]
        for size in range(1, len(able) + 1):
            for some in itertools.combinations(able, size):
                yield tuple(
                    dataclasses.replace(part, carries=i in some) for i, part in enumerate(parts)
                )


def _is_one_more(loss: Any, parts: Sequence[Part]) -> bool:
    """Tell whether one more row of the carriers, a copy of the first, is one more loss like it."""
    rows = np.arange(min(_FEW, *(len(part.base) for part in parts if part.carries)))
    try:
        few, more = _asked(loss, parts, rows), _asked(loss, parts, np.append(rows, 0))
    except DomainError:
        return False
    return few.shape == rows.shape and np.array_equal(more, np.append(few, few[0]))


def _asked(
    loss: Any, parts: Sequence[Part], rows: Rows | None = None, front: tuple[int, ...] = ()
) -> Array:
    """Return the losses of these rows of the carriers, at stand-ins for all that moves."""
    arguments = []
    for part in parts:
        array = part.base if rows is None or not part.carries else part.base[rows]
        if part.rays is not None:
            array = part.stand_in((*front, *([1] if part.broad else []), *array.shape))
        arguments.append(array)
    with np.errstate(all="ignore"):
        return np.asarray(loss.value(*arguments))


def _broadened(loss: Any, parts: Sequence[Part], count: int | None) -> tuple[Part, ...]:
    """Return the parts such that a new first axis of all that moves stays apart from the samples.

    Raises: `DomainError` when there is no way.
    """
    rows = None if count is None else np.arange(count)
    shape = (2,) if count is None else (2, count)
    loose = [part.rays is not None and not part.carries for part in parts]
    for broad in itertools.product(*((False, True) if one else (False,) for one in loose)):
        tried = tuple(
            dataclasses.replace(part, broad=one) for part, one in zip(parts, broad, strict=True)
        )
        try:
            if _asked(loss, tried, rows, (2,)).shape == shape:
                return tried
        except DomainError:
            continue
    raise DomainError(f"{type(loss).__name__}: the arguments have no common axis of samples.")
