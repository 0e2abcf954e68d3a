"""Choosing a strength by asking, fold by fold, how well the rest predicts what was left out."""

from __future__ import annotations

import dataclasses
import random

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.coefficient_paths import path
from core.losses.base import Array
from core.mean_square import MeanSquare, parts
from core.objectives import ObjectiveError
from core.penalized_fit import minimize
from core.penalties import Penalty


@dataclasses.dataclass(frozen=True, eq=False)
class CrossValidation:
    """The mean square error on what each fold left out, for a row of strengths.

    strengths: in rising order. errors: one row per strength, one column per fold.

    Shape: strengths (m,), errors (m, k).
    """

    strengths: Array
    errors: Array

    @property
    def mean(self) -> Array:
        """The mean over the folds, each counting the same, shape (m,)."""
        return self.errors.mean(axis=1)

    @property
    def doubt(self) -> Array:
        """The standard error of that mean, from the spread between folds, shape (m,)."""
        folds = self.errors.shape[1]
        return np.asarray(self.errors.std(axis=1, ddof=1) / np.sqrt(folds))

    @property
    def best(self) -> int:
        """Where the mean is lowest; of several such strengths, at the largest."""
        mean = self.mean
        return int(np.flatnonzero(mean == mean.min())[-1])

    @property
    def simplest(self) -> int:
        """The one-standard-error rule: the largest strength no worse than the best and its doubt.

        Breiman, Friedman, Olshen and Stone (1984).
        """
        within = self.mean <= self.mean[self.best] + self.doubt[self.best]
        return int(np.flatnonzero(within)[-1])


def folds(count: int, parts_: int, seed: int = 0) -> NDArray[np.int64]:
    """Return which fold each of so many rows is in: shuffled by the seed, sizes alike within 1.

    Raises: `ObjectiveError` unless every fold gets a row and leaves two to learn from.
    """
    if not 2 <= parts_ <= count or count - -(-count // parts_) < 2:
        raise ObjectiveError(f"folds: {parts_} folds of {count} rows; expected fewer or more rows.")
    draw = random.Random(seed).random
    shuffled = sorted(range(count), key=lambda _: draw())
    fold = np.empty(count, dtype=np.int64)
    fold[shuffled] = np.arange(count) % parts_
    return fold


def cross_validated(
    features: ArrayLike,
    target: ArrayLike,
    penalty: Penalty,
    strengths: ArrayLike,
    fold: NDArray[np.int64],
) -> CrossValidation:
    """Return the errors of every strength on every fold.

    The intercept is learnt anew without the fold and not penalized; features are taken as they are.

    Shape: features (n, p), target (n,), strengths (m,), fold (n,).
    """
    x, y = np.asarray(features, dtype=np.float64), np.asarray(target, dtype=np.float64)
    asked = np.sort(np.asarray(strengths, dtype=np.float64))
    columns = []
    for one in range(int(fold.max()) + 1):
        out = fold == one
        middle, level = x[~out].mean(axis=0), float(y[~out].mean())
        problem = MeanSquare.of(x[~out] - middle, y[~out] - level)
        guess = (x[out] - middle) @ _coefficients(problem, penalty, asked).T + level
        columns.append(((y[out, None] - guess) ** 2).mean(axis=0))
    return CrossValidation(asked, np.column_stack(columns))


def _coefficients(problem: MeanSquare, penalty: Penalty, strengths: Array) -> Array:
    """Return the coefficients for rising strengths, (m, p), in the quicker of two exact ways."""
    if 0.0 in parts(penalty):
        return path(problem, penalty).at(strengths)
    rows, w = [], None
    for strength in strengths[::-1]:
        w = minimize(problem, penalty, float(strength), w)
        rows.append(w)
    return np.array(rows[::-1])
