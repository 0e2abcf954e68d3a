"""Choosing a strength by asking, fold by fold, how well the rest predicts what was left out."""

from __future__ import annotations

import dataclasses
import random

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.losses.base import Array
from core.objectives import ObjectiveError
from core.penalties import Penalty
from core.regularization.coefficient_paths import CoefficientPath, path
from core.regularization.mean_square import MeanSquare, parts
from core.regularization.penalized_fit import minimize


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

    def joined(self, learnt: Learnt, strengths: Array) -> CrossValidation:
        """Return these strengths and more, each once."""
        new = np.setdiff1d(strengths, self.strengths)
        if not new.size:
            return self
        every = np.concatenate([self.strengths, new])
        order = np.argsort(every)
        return CrossValidation(
            every[order], np.concatenate([self.errors, learnt.errors(new)])[order]
        )


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
    asked = np.sort(np.asarray(strengths, dtype=np.float64))
    return CrossValidation(asked, Learnt.of(features, target, penalty, fold).errors(asked))


def chosen(
    features: ArrayLike,
    target: ArrayLike,
    penalty: Penalty,
    strengths: ArrayLike,
    fold: NDArray[np.int64],
) -> CrossValidation:
    """Return the same with two strengths more: the best and the simplest of all between the ends.

    Threat: of a row of strengths the best and the simplest are as wrong as the row is coarse.
    Remedy: both are searched for between their neighbours, ever more closely, to 1e-4 of them.
    Limit: a dip narrower than the row's own steps, which a mean over folds hardly has.
    """
    asked = np.sort(np.asarray(strengths, dtype=np.float64))
    learnt = Learnt.of(features, target, penalty, fold)
    told = CrossValidation(asked, learnt.errors(asked))
    for choice in ("best", "simplest"):
        near = told
        for _ in range(_ROUNDS):
            at, last = getattr(near, choice), len(near.strengths) - 1
            low, high = near.strengths[max(at - 1, 0)], near.strengths[min(at + 1, last)]
            near = near.joined(learnt, np.linspace(low, high, _CLOSER))
        told = told.joined(learnt, near.strengths[[getattr(near, choice)]])
    return told


_ROUNDS, _CLOSER = 5, 13


@dataclasses.dataclass(frozen=True, eq=False)
class Fold:
    """What was learnt without a fold, and the fold itself, less the means without it."""

    problem: MeanSquare
    found: CoefficientPath | None
    features: Array
    target: Array

    def coefficients(self, penalty: Penalty, strengths: Array) -> Array:
        """Return them for rising strengths, (m, p), in the quicker of two exact ways."""
        if self.found is not None:
            return self.found.at(strengths)
        rows, w = [], None
        for strength in strengths[::-1]:
            w = minimize(self.problem, penalty, float(strength), w)
            rows.append(w)
        return np.array(rows[::-1])


@dataclasses.dataclass(frozen=True, eq=False)
class Learnt:
    """Every fold with what was learnt without it; paths are followed once."""

    penalty: Penalty
    folds: tuple[Fold, ...]

    @classmethod
    def of(
        cls, features: ArrayLike, target: ArrayLike, penalty: Penalty, fold: NDArray[np.int64]
    ) -> Learnt:
        """Return the folds of these data."""
        x, y = np.asarray(features, dtype=np.float64), np.asarray(target, dtype=np.float64)
        made = []
        for one in range(int(fold.max()) + 1):
            out = fold == one
            middle, level = x[~out].mean(axis=0), float(y[~out].mean())
            problem = MeanSquare.of(x[~out] - middle, y[~out] - level)
            found = path(problem, penalty) if 0.0 in parts(penalty) else None
            made.append(Fold(problem, found, x[out] - middle, y[out] - level))
        return cls(penalty, tuple(made))

    def errors(self, strengths: Array) -> Array:
        """Return the mean square errors on what was left out: rising (m,) in, (m, folds) out."""
        columns = []
        for one in self.folds:
            guess = one.features @ one.coefficients(self.penalty, strengths).T
            columns.append(((one.target[:, None] - guess) ** 2).mean(axis=0))
        return np.column_stack(columns)
