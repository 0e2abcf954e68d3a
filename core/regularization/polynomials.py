"""Polynomials of rising degree on a few points: what they learn, and what they predict."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.data.story import bell, frozen
from core.losses.base import Array
from core.objectives import ObjectiveError
from core.penalties import Penalty
from core.regularization.mean_square import MeanSquare, parts
from core.regularization.penalized_fit import minimize

HIGHEST = 12  # degree
_TINY = 1e-9  # a column that varies less than this part of its size is constant


@dataclasses.dataclass(frozen=True, eq=False)
class Split:
    """Points in two parts: those that a polynomial is fitted to, and those it is judged by.

    held_out: which are judged by. span: the ends that the polynomials are spread over.

    Shape: x, y and held_out (n,).
    Raises: `ObjectiveError` unless there is a point to fit to.
    """

    x: Array
    y: Array
    held_out: NDArray[np.bool_]
    span: tuple[float, float]

    def __post_init__(self) -> None:
        if self.held_out.all():
            raise ObjectiveError("Split: expected at least one point to fit to.")
        low, high = self.span
        if not low < high:
            raise ObjectiveError(f"Split: span is {self.span}, expected a lower and a higher end.")


@dataclasses.dataclass(frozen=True, eq=False)
class Basis:
    """Chebyshev polynomials 1 to `HIGHEST` over a span, standardized on the points fitted to.

    Threat: powers of x are nearly copies of each other, and a dozen of them lose most digits; and
    a penalty on them means little, since x and x¹² have different sizes. Remedy: Chebyshev
    polynomials, less their mean, over their spread. Limit: far outside the span they grow fast.

    Shape: middle and scale (HIGHEST,).
    """

    span: tuple[float, float]
    middle: Array
    scale: Array

    @classmethod
    def of(cls, x: Array, span: tuple[float, float]) -> Basis:
        """Return the basis that is standard on these points."""
        bare = _chebyshev(x, span)
        scale = bare.std(axis=0)
        flat = scale <= _TINY * np.abs(bare).max(axis=0)
        return cls(span, bare.mean(axis=0), np.where(flat, np.inf, scale))

    def at(self, x: ArrayLike) -> Array:
        """Return the columns at x: (n,) in, (n, HIGHEST) out; 0 where a column says nothing."""
        x = np.asarray(x, dtype=np.float64)
        return np.asarray((_chebyshev(x, self.span) - self.middle) / self.scale)


def _chebyshev(x: Array, span: tuple[float, float]) -> Array:
    low, high = span
    unit = (2.0 * x - low - high) / (high - low)
    return np.asarray(np.polynomial.chebyshev.chebvander(unit, HIGHEST)[:, 1:])


@dataclasses.dataclass(frozen=True, eq=False)
class PolynomialFit:
    """A polynomial: its height at the mean of the columns, and a coefficient for each of them."""

    basis: Basis
    level: float
    coefficients: Array

    @property
    def degree(self) -> int:
        """How many columns it may use."""
        return len(self.coefficients)

    def at(self, x: ArrayLike) -> Array:
        """Return its height at x, (n,)."""
        columns = self.basis.at(x)[:, : self.degree]
        return np.asarray(columns @ self.coefficients + self.level)


class Polynomials:
    """The fits of every degree to one split; what they share is computed once.

    The mean square on the points fitted to, plus strength * penalty of the coefficients; the level
    is not penalized.
    """

    def __init__(self, split: Split, penalty: Penalty) -> None:
        self.split, self.penalty = split, penalty
        learnt = ~split.held_out
        self.basis = Basis.of(split.x[learnt], split.span)
        self._columns = self.basis.at(split.x)
        self._learnt = learnt
        self._level = float(split.y[learnt].mean())
        self._rest = split.y - self._level
        self._whole = MeanSquare.of(self._columns[learnt], self._rest[learnt])

    def fit(self, degree: int, strength: float, start: Array | None = None) -> PolynomialFit:
        """Return the fit of a degree from 0 to `HIGHEST`; of many, the smallest coefficients.

        start: coefficients whose signs may be right.
        """
        if not 0 <= degree <= HIGHEST:
            raise ObjectiveError(f"fit: degree is {degree}, expected 0 to {HIGHEST}.")
        if degree == 0:
            return PolynomialFit(self.basis, self._level, np.zeros(0))
        w = self._unpenalized(degree) if not strength else self._penalized(degree, strength, start)
        return PolynomialFit(self.basis, self._level, w)

    def _unpenalized(self, degree: int) -> Array:
        # The columns themselves: their products would lose half of the digits.
        columns = self._columns[self._learnt, :degree]
        found = np.linalg.lstsq(columns, self._rest[self._learnt], rcond=1e-12)[0]
        return np.asarray(found, dtype=np.float64)

    def _penalized(self, degree: int, strength: float, start: Array | None) -> Array:
        whole = self._whole
        problem = MeanSquare(whole.gram[:degree, :degree], whole.moment[:degree], whole.power)
        if start is not None and parts(self.penalty)[0]:
            known = np.zeros(degree)
            known[: min(degree, len(start))] = start[:degree]
            start = known
        return minimize(problem, self.penalty, strength, start)

    def errors(self, fit: PolynomialFit) -> tuple[float, float]:
        """Return the mean square error on the points fitted to, and on those held out.

        Not a number where none is held out.
        """
        rest = self._rest - self._columns[:, : fit.degree] @ fit.coefficients
        square = rest * rest
        learnt, judged = square[self._learnt], square[~self._learnt]
        return float(learnt.mean()), float(judged.mean()) if judged.size else float("nan")

    def by_degree(self, strength: float, highest: int = HIGHEST) -> Array:
        """Return both errors of every degree from 0, shape (highest + 1, 2)."""
        return self._both((degree, strength) for degree in range(highest + 1))

    def by_strength(self, degree: int, strengths: Iterable[float]) -> Array:
        """Return both errors of a degree at each strength, shape (m, 2)."""
        return self._both((degree, float(strength)) for strength in strengths)

    def _both(self, asked: Iterable[tuple[int, float]]) -> Array:
        rows, start = [], None
        for degree, strength in asked:
            found = self.fit(degree, strength, start)
            start = found.coefficients
            rows.append(self.errors(found))
        return np.array(rows)


SPAN = (0.0, 1.0)
_COUNT = 24
_HELD_OUT = 9


def story() -> tuple[Array, Array]:
    """Return points about a wave that no line follows, in an order that makes a seeded split."""
    x = np.linspace(0.02, 0.98, _COUNT) + 0.012 * bell(_COUNT, seed=5)
    y = np.sin(2.0 * np.pi * x) + 0.35 * bell(_COUNT, seed=41)
    order = np.argsort(bell(_COUNT, seed=182))
    return frozen(np.clip(x, 0.0, 1.0).round(3)[order]), frozen(y.round(2)[order])


def truth(x: ArrayLike) -> Array:
    """Return the wave that the points of `story` were drawn about."""
    return np.asarray(np.sin(2.0 * np.pi * np.asarray(x, dtype=np.float64)))


def held_out() -> NDArray[np.bool_]:
    """Return which points of `story` are held out: the last of its shuffled order."""
    return np.arange(_COUNT) >= _COUNT - _HELD_OUT
