"""What an argument of a loss may be, as data; and the one error for everything it may not be."""

import dataclasses
from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

# How far from 1 the sum of probabilities may be, and how far each beyond 0 or 1: what is left of
# 1 - a - b may be -1e-16.
_SUM = 1e-8


class DomainError(ValueError):
    """An argument is not what the loss is defined for: which one, which element, what was meant."""


@dataclasses.dataclass(frozen=True)
class Domain(ABC):
    """A set of allowed arguments."""

    @property
    @abstractmethod
    def words(self) -> str:
        """What is allowed, in words that can follow "expected"."""

    @abstractmethod
    def holds(self, array: Array) -> NDArray[np.bool_]:
        """Tell which elements are allowed (or which rows, where rows count), NaN never being."""

    def checked(self, owner: str, name: str, values: ArrayLike) -> Array:
        """Return the values as float64.

        Raises: `DomainError` naming owner, argument, element and what was expected.
        """
        try:
            array = np.asarray(values, dtype=np.float64)
        except (TypeError, ValueError):
            raise DomainError(f"{owner}: {name} is not numbers, expected {self.words}.") from None
        allowed = np.asarray(self.holds(array))
        if allowed.all():
            return array
        where = tuple(int(i) for i in np.argwhere(~allowed)[0])
        place = f"[{', '.join(map(str, where))}]" if where else ""
        raise DomainError(
            f"{owner}: {name}{place} is {self.told(array[where])}, expected {self.words}."
        )

    def told(self, element: Array) -> str:
        """Say what a refused element is."""
        return f"{float(element):g}"


@dataclasses.dataclass(frozen=True)
class Interval(Domain):
    """Numbers between two ends; an infinite end is never reached, unless `infinite` says so."""

    low: float = -np.inf
    high: float = np.inf
    open_low: bool = False
    open_high: bool = False
    infinite: bool = False

    @property
    def words(self) -> str:
        """The interval in words."""
        parts = []
        if self.low > -np.inf:
            parts.append(f"{'above' if self.open_low else 'at least'} {self.low:g}")
        if self.high < np.inf:
            parts.append(f"{'below' if self.open_high else 'at most'} {self.high:g}")
        return "a number " + " and ".join(parts) if parts else "a number"

    def holds(self, array: Array) -> NDArray[np.bool_]:
        """Tell which elements lie inside."""
        above = array > self.low if self.open_low else array >= self.low
        below = array < self.high if self.open_high else array <= self.high
        inside = above & below
        return inside if self.infinite else inside & np.isfinite(array)


ANY = Interval(infinite=True)
FINITE = Interval()
POSITIVE = Interval(low=0.0, open_low=True)
NONNEGATIVE = Interval(low=0.0)
PROBABILITY = Interval(low=0.0, high=1.0)


@dataclasses.dataclass(frozen=True)
class OneOf(Domain):
    """A few numbers; all elements from the first list, or all from the second."""

    first: tuple[float, ...]
    second: tuple[float, ...] = ()

    @property
    def words(self) -> str:
        """The lists in words."""
        lists = [" or ".join(f"{one:g}" for one in each) for each in (self.first, self.second)]
        return "; or ".join(filter(None, lists))

    def holds(self, array: Array) -> NDArray[np.bool_]:
        """Tell which elements are on the list that has the most of them."""
        first, second = np.isin(array, self.first), np.isin(array, self.second)
        return second if second.sum() > first.sum() else first


LABEL = OneOf((-1.0, 1.0), (0.0, 1.0))


@dataclasses.dataclass(frozen=True)
class Simplex(Domain):
    """Rows of probabilities that sum to 1 along the last axis; a rounding below 0 counts as 0."""

    @property
    def words(self) -> str:
        """The simplex in words."""
        return "probabilities that sum to 1"

    def holds(self, array: Array) -> NDArray[np.bool_]:
        """Tell which rows are distributions."""
        if array.ndim == 0:
            return np.array(False)
        inside = np.asarray(_rounded(array).all(axis=-1))
        total = array.sum(axis=-1, where=inside[..., None])  # of any other row it may overflow
        return inside & (np.abs(total - 1.0) <= _SUM)

    def checked(self, owner: str, name: str, values: ArrayLike) -> Array:
        """Return the values as float64, what lies a rounding below 0 as 0.

        Raises: `DomainError` naming owner, argument, element and what was expected.
        """
        array = super().checked(owner, name, values)
        return np.maximum(array, 0.0) if np.signbit(array).any() else array

    def told(self, element: Array) -> str:
        """Say which number is out of range, or what the row sums to."""
        if element.ndim == 0:
            return f"{float(element):g}"
        bad = np.flatnonzero(~_rounded(element))
        if bad.size:
            return f"a row whose element {int(bad[0])} is {float(element[bad[0]]):g}"
        return f"a row that sums to {float(element.sum()):.10g}"


def _rounded(array: Array) -> NDArray[np.bool_]:
    """Tell which elements are probabilities up to a rounding."""
    return (array >= -_SUM) & (array <= 1.0 + _SUM)


SIMPLEX = Simplex()


@dataclasses.dataclass(frozen=True)
class Classes(Domain):
    """Whole numbers that name a class, from 0 on; how many there are, the logits say."""

    @property
    def words(self) -> str:
        """Class numbers in words."""
        return "a whole number from 0 to the number of classes - 1"

    def holds(self, array: Array) -> NDArray[np.bool_]:
        """Tell which elements are whole and not negative."""
        return (array >= 0.0) & (array == np.floor(array)) & np.isfinite(array)


CLASSES = Classes()


def together(owner: str, **shapes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape that the given ones broadcast to.

    Raises: `DomainError` naming the owner and every shape.
    """
    try:
        return np.broadcast_shapes(*shapes.values())
    except ValueError:
        told = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise DomainError(f"{owner}: {told} do not match, expected shapes that do.") from None
