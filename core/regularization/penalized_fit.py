"""The coefficients that a mean square plus a penalty ask for, exactly, and why they may be 0."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import ArrayLike

from core.losses.base import Array
from core.objectives import Penalized
from core.penalties import Penalty
from core.regularization.mean_square import FLAT, MeanSquare, parts

# A pull beyond the bound by no more than this part of the largest is rounding.
_NEAR = 1e-12


def minimize(
    problem: MeanSquare, penalty: Penalty, strength: float, start: Array | None = None
) -> Array:
    """Return the coefficients of least cost + strength * penalty, shape (p,).

    Not a search: signs are guessed, the equations they give are solved, and the guess is mended
    until none of them is wrong, which takes a few times p steps. `start` may hold good signs.
    """
    bent, round_ = parts(penalty)
    gram = problem.gram + strength * round_ * np.eye(len(problem.moment))
    bound = 0.5 * strength * bent
    if bound == 0.0:
        return _solved(gram, problem.moment)
    w = np.zeros(len(problem.moment)) if start is None else np.array(start, dtype=np.float64)
    return _signed(gram, problem.moment, bound, w)


def _signed(gram: Array, moment: Array, bound: float, w: Array) -> Array:
    """Return the w for which moment - gram @ w is bound * sign(w), or within the bound at 0."""
    signs, near = np.sign(w), _NEAR * float(np.abs(moment).max())
    for _ in range(30 * len(w)):
        w, signs = _on_signs(gram, moment - bound * signs, w, signs)
        pull = moment - gram @ w
        beyond = np.where(signs == 0.0, np.abs(pull) - bound, 0.0)
        worst = int(np.argmax(beyond))
        if beyond[worst] <= near:
            break
        signs[worst] = np.sign(pull[worst])
        # Threat: what enters leaves in the same breath by rounding, and so for ever. Remedy: the
        # number of rounds is bounded. Limit: features that are copies to the last few digits.
    return w


def _on_signs(gram: Array, asked: Array, w: Array, signs: Array) -> tuple[Array, Array]:
    """Go to the solution of the signed equations; what reaches 0 on the way stays there."""
    while True:
        (active,) = np.nonzero(signs)
        if active.size == 0:
            return w, signs
        there = _solved(gram[np.ix_(active, active)], asked[active])
        wrong = there * signs[active] <= 0.0
        if not wrong.any():
            w[active] = there
            return w, signs
        here = w[active]
        share = np.where(wrong, here / np.where(wrong, here - there, 1.0), np.inf)
        share = np.where(wrong & (here == there), 0.0, share)
        first = int(np.argmin(share))
        w[active] = here + min(float(share[first]), 1.0) * (there - here)
        w[active[first]] = signs[active[first]] = 0.0


def _solved(gram: Array, asked: Array) -> Array:
    """Return the solution of equations; of many, the one nearest to 0.

    Threat: equations that say the same twice have solutions of any size. Remedy: along axes that
    they say nothing of, it is 0. Limit: a curvature below 1e-12 of the largest counts as none.
    """
    if len(asked) == 1:
        return asked / gram[0] if gram[0, 0] > 0.0 else np.zeros(1)
    curvatures, axes = np.linalg.eigh(gram)
    flat = curvatures <= FLAT * curvatures[-1]
    along = (asked @ axes) / np.where(flat, 1.0, curvatures)
    return np.asarray(np.where(flat, 0.0, along) @ axes.T)


@dataclasses.dataclass(frozen=True, eq=False)
class Balance:
    """What pulls at each coefficient: the data, -d cost/dw, and what the penalty can hold.

    pull: minus the slope of the cost. held: the most the corner at 0 holds, strength times the
    share of Σ|w|. square: the pull of the penalty's squares back to 0.

    Shape: all (p,) but `held`.
    """

    coefficients: Array
    pull: Array
    held: float
    square: Array

    @property
    def zero(self) -> Array:
        """Which coefficients are exactly 0."""
        return self.coefficients == 0.0

    @property
    def error(self) -> float:
        """How far the conditions of a minimum are missed by, at most; 0 at the minimum."""
        rest = self.pull - self.square
        off = np.abs(rest - self.held * np.sign(self.coefficients))
        over = np.maximum(np.abs(rest) - self.held, 0.0)
        return float(np.where(self.zero, over, off).max())


def balance(problem: MeanSquare, penalty: Penalty, strength: float, w: ArrayLike) -> Balance:
    """Return what pulls at each coefficient where they are w."""
    bent, round_ = parts(penalty)
    w = np.asarray(w, dtype=np.float64)
    square = 2.0 * strength * round_ * w
    return Balance(w, -problem.gradient(w), strength * bent, square)


def cost(problem: MeanSquare, penalty: Penalty, strength: float, w: ArrayLike) -> float:
    """Return cost + strength * penalty at w, shape (p,)."""
    return Penalized(problem, penalty, strength).value(w)
