"""Numbers that may come out, how likely each is, and a few sets of them that tell a story."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from core.data.story import FREE, frozen
from core.data.tables import Column, Table, TableError
from core.losses.base import Array
from core.losses.domain import FINITE, NONNEGATIVE, DomainError

MOST = 200  # outcomes on one screen
_EPS = float(np.finfo(np.float64).eps)


@dataclasses.dataclass(frozen=True, eq=False)
class Outcomes:
    """Finite numbers in rising order, and the share of each; the shares sum to 1.

    Shape: `values` and `shares` are read-only, (n,), n at least 1.
    """

    values: Array
    shares: Array

    @classmethod
    def of(cls, values: ArrayLike, weights: ArrayLike | None = None) -> Outcomes:
        """Return the numbers, each as likely as its weight says, all alike without weights.

        Raises: `DomainError` where there are none, or one is no finite number, or the weights are
        negative, all 0, or not as many.
        """
        y = FINITE.checked("Outcomes", "values", values)
        if y.ndim != 1 or not len(y):
            raise DomainError(f"Outcomes: values {y.shape}, expected a row of one number or more.")
        heights = np.ones_like(y) if weights is None else weights
        w = NONNEGATIVE.checked("Outcomes", "weights", heights)
        if w.shape != y.shape:
            raise DomainError(f"Outcomes: values {y.shape}, weights {w.shape}; expected as many.")
        if not w.any():
            raise DomainError("Outcomes: all weights are 0, expected one above 0.")
        counted = w > 0
        y, w = y[counted], w[counted] / w.max()
        order = np.argsort(y, kind="stable")
        return cls(frozen(y[order]), frozen(w[order] / math.fsum(w)))

    @property
    def low(self) -> float:
        """The smallest outcome."""
        return float(self.values[0])

    @property
    def high(self) -> float:
        """The largest outcome."""
        return float(self.values[-1])

    @property
    def mean(self) -> float:
        """What comes out on average; never a rounding outside the outcomes.

        Threat: the mean of -1, -2 and 3 comes out as -2·10⁻¹⁶. Remedy: a rounding of the sizes
        that cancel is 0. Limit: so is a mean that truly is as small.
        """
        away = math.fsum(self.shares * (self.values - self.low))
        mean = min(self.low + away, self.high)
        size = math.fsum(self.shares * np.abs(self.values))
        return 0.0 if abs(mean) <= 8 * _EPS * size else mean

    @property
    def spread(self) -> float:
        """How far outcomes lie from their middle: the median of all that lie off it.

        It says how many digits tell outcomes apart; a few that are far off do not change it. 0
        where all are equal.
        """
        off = np.abs(self.values - self.values[len(self.values) // 2])
        off = np.sort(off[off > 0])
        return float(off[(len(off) - 1) // 2]) if len(off) else 0.0


@dataclasses.dataclass(frozen=True, eq=False)
class OutcomeSet:
    """A few outcomes and their story.

    `label` says what the numbers are, with their unit; `drag` is the one worth dragging first.

    Shape: `values` is read-only, (n,).
    """

    key: str
    title: str
    label: str
    story: str
    values: Array
    drag: int
    source: str = "Made up for this page"
    licence: str = FREE


@functools.cache
def outcome_sets() -> Mapping[str, OutcomeSet]:
    """Return every set by key, in display order; the first is the default."""
    made = (_bakery(), _even(), _camps(), _slip(), _shoes(), _incomes())
    return MappingProxyType({each.key: each for each in made})


def _bakery() -> OutcomeSet:
    return OutcomeSet(
        "bakery",
        "A bakery's days",
        "Loaves asked for in a day (dozens)",
        "Most days are much alike; on market days far more loaves are asked for. Drag the last "
        "day to the right: the mean follows it, the median stays.",
        frozen([2.4, 3.0, 3.3, 3.7, 4.0, 4.2, 4.4, 4.9, 5.3, 5.8, 6.6, 7.5, 9.2, 11.8, 15.0]),
        drag=14,
    )


def _even() -> OutcomeSet:
    return OutcomeSet(
        "even",
        "The same on both sides",
        "Outcome",
        "What lies above the middle mirrors what lies below: mean, median and the middle of the "
        "range agree. Drag one outcome away and they part.",
        frozen([4.0, 5.8, 7.0, 8.0, 8.8, 9.4, 10.0, 10.6, 11.2, 12.0, 13.0, 14.2, 16.0]),
        drag=12,
    )


def _camps() -> OutcomeSet:
    return OutcomeSet(
        "camps",
        "Two camps",
        "Minutes to work (tens)",
        "Half live near, half far, nobody in between. Every number in the gap is a median, the "
        "mean suits nobody, and losses that let far outcomes go choose a side.",
        frozen([1.5, 2.2, 2.6, 3.0, 3.3, 4.1, 10.2, 10.9, 11.3, 11.5, 12.0, 13.1]),
        drag=5,
    )


def _slip() -> OutcomeSet:
    return OutcomeSet(
        "slip",
        "One slip of the pen",
        "Measured length (cm)",
        "Ten measurements agree; in the eleventh two digits changed places. Drag it back to the "
        "others and see which numbers had been waiting there.",
        frozen([4.6, 4.8, 4.9, 5.0, 5.0, 5.1, 5.2, 5.2, 5.4, 5.7, 15.0]),
        drag=10,
    )


def _shoes() -> OutcomeSet:
    sizes = ((5.0, 1), (6.0, 3), (7.0, 6), (8.0, 4), (9.0, 3), (10.0, 2), (12.0, 1))
    return OutcomeSet(
        "shoes",
        "Shoe sizes",
        "Shoe size asked for",
        "Whole numbers that repeat: only one size fits, so being near is worth nothing. Close the "
        "window around your number to 0 and the best one is the mode.",
        frozen([size for size, count in sizes for _ in range(count)]),
        drag=19,
    )


def _incomes() -> OutcomeSet:
    return OutcomeSet(
        "incomes",
        "Incomes",
        "Income (1000 a month)",
        "A few earn far more than most. The mean is what each would have if all were shared; the "
        "median is what the person in the middle has.",
        frozen(
            [1.1, 1.4, 1.6, 1.8, 1.9, 2.0, 2.2, 2.3, 2.5, 2.7, 3.0, 3.3, 3.8, 4.5, 5.6, 8.4, 17.5]
        ),
        drag=16,
    )


# A reader's own ----------------------------------------------------------------------------------


ROW = "every number of the row"


def columns_of(table: Table) -> tuple[str, ...]:
    """Return the columns that hold numbers; of a single row, all of it comes first.

    Raises: `TableError` where there is none.
    """
    names = tuple(column.name for column in table.columns if column.numbers is not None)
    if not names:
        raise TableError(f"{table.name} has no column of numbers; expected one at least.")
    return (ROW, *names) if table.rows == 1 and len(names) > 1 else names


def outcomes_from(table: Table, column: str) -> tuple[Array, tuple[str, ...]]:
    """Return the numbers of a column, and what was left out on the way.

    Raises: `TableError` for a column without numbers, or with more than fit on the screen.
    """
    found, notes = _numbers(table, column), table.notes
    numbers = found[~np.isnan(found)]
    if not len(numbers):
        raise TableError(f"Column {column!r} is empty; expected one number at least.")
    if len(numbers) > MOST:
        raise TableError(f"{len(numbers)} numbers are too many to drag; up to {MOST} work.")
    if left_out := len(found) - len(numbers):
        rows = (
            "1 row without a number was" if left_out == 1 else f"{left_out} without a number were"
        )
        notes = (*notes, f"{rows} left out.")
    return frozen(numbers), notes


def _numbers(table: Table, column: str) -> Array:
    """Return the numbers of a column, or of a whole row, NaN where one is missing."""
    if column == ROW and table.rows == 1:
        return np.concatenate([_usable(one) for one in table.columns])
    return _usable(_column(table, column))


def _usable(column: Column) -> Array:
    if column.problem or column.numbers is None:
        raise TableError(column.problem or f"Column {column.name!r} holds text; expected numbers.")
    return column.numbers


def _column(table: Table, name: str) -> Column:
    for column in table.columns:
        if column.name == name:
            return column
    raise TableError(f"There is no column called {name[:40]!r}.")
