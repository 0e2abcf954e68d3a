"""All coefficients that a penalty asks for, from its least strength to its largest: exact paths."""

from __future__ import annotations

import dataclasses
import enum
import itertools
import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.losses.base import Array
from core.penalties import Penalty
from core.regularization.mean_square import FLAT, MeanSquare, parts

_MOST = 20  # changes of sign for each feature, more than a path of real data makes
_SAME = 1e-14  # strengths closer than this part of them differ by rounding
_TIED = 1e-9  # strengths closer together than this part of them are one
_FLAT = 1e-11  # a slope no larger than this is none
_NOTHING = 1e-15  # beside the others
_END = 1e-12  # below this part of the largest strength a breakpoint is one at 0


class Passage(enum.Enum):
    """What befalls a coefficient as the strength falls; the value says it in words."""

    ENTERS = "leaves 0"
    LEAVES = "returns to 0"
    CROSSES = "crosses 0"


@dataclasses.dataclass(frozen=True)
class Breakpoint:
    """A strength at which something befalls a coefficient, as the strength falls through it."""

    strength: float
    feature: int
    turn: Passage


@dataclasses.dataclass(frozen=True, eq=False)
class Stretch:
    """Strengths from low to high over which the signs of the coefficients stay the same."""

    high: float
    low: float
    signs: Array


@dataclasses.dataclass(frozen=True, eq=False)
class CoefficientPath:
    """The coefficients of least cost + strength * penalty, for every strength.

    Between breakpoints they are solutions of linear equations: straight in the strength under the
    L1 penalty, quotients of polynomials under the others. Where features are copies of each other
    the L1 penalty leaves a choice, see `many`: the path then takes the first that comes.

    largest: the strength from which on all are 0, infinite where that never happens.
    stretches: from the largest strength downwards; none where there are no corners.
    """

    problem: MeanSquare
    penalty: Penalty
    largest: float
    stretches: tuple[Stretch, ...]
    breakpoints: tuple[Breakpoint, ...]

    def at(self, strengths: ArrayLike) -> Array:
        """Return the coefficients for strengths of any shape (...): (..., p)."""
        asked = np.asarray(strengths, dtype=np.float64)
        flat = asked.ravel()
        out = np.zeros((flat.size, len(self.problem.moment)))
        if not parts(self.penalty)[0]:
            out = self._signed(np.arange(out.shape[1]), np.zeros(out.shape[1]), flat)
            # What is nothing beside the others is rounding: the data say nothing there.
            out[np.abs(out) <= _NOTHING * np.abs(out).max(axis=1, keepdims=True)] = 0.0
        for one in self.stretches:
            inside = (flat < one.high) & (flat >= one.low)
            if inside.any():
                out[inside] = self._on(one.signs, flat[inside])
        for corner in self.breakpoints:
            # Typed by hand, a breakpoint is off by rounding.
            there = np.abs(flat - corner.strength) <= _SAME * corner.strength
            out[there, corner.feature] = 0.0
        return out.reshape(*asked.shape, -1)

    def _on(self, signs: Array, strengths: Array) -> Array:
        """Return the solutions with these signs, (m, p)."""
        (active,) = np.nonzero(signs)
        out = np.zeros((len(strengths), len(signs)))
        out[:, active] = self._signed(active, signs[active], strengths)
        # Threat: at a breakpoint rounding gives a coefficient that is 0 a size and the wrong sign.
        # Remedy: what has not its stretch's sign is 0. Limit: none.
        return np.where(out * signs > 0.0, out, 0.0)

    def _signed(self, active: NDArray[np.intp], signs: Array, strengths: Array) -> Array:
        """Return the w of (G + strength * r) w = m - strength * b/2 * signs, (m, active)."""
        bent, round_ = parts(self.penalty)
        curvatures, axes = np.linalg.eigh(self.problem.gram[np.ix_(active, active)])
        t, moment, pull = strengths[:, None], self.problem.moment[active] @ axes, signs @ axes
        # Threat: along an axis that the data do not curve over, the moment is nothing but rounding,
        # and little is divided by less. Remedy: there it is 0, and the strength cancels. Limit: a
        # curvature below a billionth of a thousandth of the largest counts as none.
        flat = curvatures <= FLAT * curvatures[-1]
        alone = -0.5 * bent / round_ * pull if round_ else np.zeros(len(pull))
        below = np.where(flat, 1.0, curvatures + round_ * t)
        return np.where(flat, alone, (moment - 0.5 * bent * t * pull) / below) @ axes.T

    def many(self, strength: float) -> bool:
        """Tell whether the coefficients at this strength are but some of many that cost as little.

        So it is with copies among the features, where no square of the penalty says how to share;
        but what has no size is shared in one way alone.
        """
        _, round_ = parts(self.penalty)
        if strength * round_ > 0.0 or self.problem.determined:
            return False
        return strength == 0.0 or bool(self._not_held(strength).sum() > 1)

    def _not_held(self, strength: float) -> NDArray[np.bool_]:
        """Tell which coefficients need not be 0 at a strength above 0."""
        w = self.at(strength)
        bent, round_ = parts(self.penalty)
        if round_ or not w.any():
            return np.asarray(w != 0.0)
        # A copy of what is other than 0 is pulled at as much as the corner holds: it may leave it.
        pull = np.abs(self.problem.gradient(w))
        return np.asarray((w != 0.0) | (pull >= bent * strength * (1.0 - _TIED)))

    def first_to_vanish(self) -> tuple[int, ...]:
        """Return which coefficients are the first at exactly 0 as the strength grows from 0.

        Several when they get there together; none when none ever is. Where minima are many, one
        that is 0 in some of them and not in others does not count.
        """
        if not self.problem.determined:
            return self._first_of_copies()
        gone = np.flatnonzero(self.at(0.0) == 0.0)
        if gone.size or not self.stretches:
            return tuple(gone.tolist())
        last = self.breakpoints[-1].strength
        together = [one for one in self.breakpoints if one.strength <= last * (1 + _TIED)]
        return tuple(sorted({one.feature for one in together if one.turn is Passage.ENTERS}))

    def _first_of_copies(self) -> tuple[int, ...]:
        """Return the first that have to be 0, asked between the breakpoints in rising order."""
        places = [0.0, *sorted(one.strength for one in self.breakpoints)]
        for low, high in itertools.pairwise([*places, 2.0 * places[-1] or 1.0]):
            gone = np.flatnonzero(~self._not_held(0.5 * (low + high)))
            if gone.size and high > low * (1.0 + _TIED):
                return tuple(gone.tolist())
        return ()


def path(problem: MeanSquare, penalty: Penalty) -> CoefficientPath:
    """Return the whole path of the coefficients, by following it from its largest strength."""
    bent, _ = parts(penalty)
    if not bent:
        return CoefficientPath(problem, penalty, math.inf, (), _crossings(problem))
    largest = 2.0 * float(np.abs(problem.moment).max()) / bent
    stretches, breakpoints = _followed(problem, penalty, largest)
    return CoefficientPath(problem, penalty, largest, stretches, breakpoints)


def _followed(
    problem: MeanSquare, penalty: Penalty, largest: float
) -> tuple[tuple[Stretch, ...], tuple[Breakpoint, ...]]:
    """Walk down from the largest strength, from one breakpoint to the next."""
    count = len(problem.moment)
    signs, here = np.zeros(count), largest
    stretches: list[Stretch] = []
    breakpoints: list[Breakpoint] = []
    while here > 0.0 and len(breakpoints) < _MOST * count:
        events = _first_pulls(problem, penalty) if not signs.any() else None
        if events is None:
            events = _events(problem, penalty, signs, (_END * largest, here))
        strength, feature, sign = max(events, default=(0.0, -1, 0.0))
        strength = min(strength, here)
        if signs.any() and strength < here:
            stretches.append(Stretch(here, strength, signs.copy()))
        if feature < 0:
            break
        entering = signs[feature] == 0.0
        signs[feature] = sign if entering else 0.0
        turn = Passage.ENTERS if entering else Passage.LEAVES
        breakpoints.append(Breakpoint(strength, feature, turn))
        here = strength
    return tuple(stretches), tuple(breakpoints)


Event = tuple[float, int, float]  # a strength, which feature, and the sign it takes


def _first_pulls(problem: MeanSquare, penalty: Penalty) -> list[Event]:
    """Return when each coefficient would leave 0, were it alone."""
    bent, _ = parts(penalty)
    worst = int(np.argmax(np.abs(problem.moment)))
    pull = float(problem.moment[worst])
    return [(2.0 * abs(pull) / bent, worst, math.copysign(1.0, pull))] if pull else []


def _events(
    problem: MeanSquare, penalty: Penalty, signs: Array, ends: tuple[float, float]
) -> list[Event]:
    """Return at which strengths between the ends the present signs turn wrong, for each feature."""
    _, round_ = parts(penalty)
    low, high = ends[0], ends[1] * (1 + _TIED)
    if not round_:
        return [one for one in _straight(problem, signs) if low < one[0] <= high]
    return list(_rational(problem, penalty, signs, (low, high)))


def _straight(problem: MeanSquare, signs: Array) -> Iterator[Event]:
    """Yield the events of w = u - strength * v: the places where straight lines meet."""
    gram, moment = problem.gram, problem.moment
    (active,) = np.nonzero(signs)
    (idle,) = np.nonzero(signs == 0.0)
    sides = np.column_stack([moment[active], 0.5 * signs[active]])
    u, v = np.linalg.solve(gram[np.ix_(active, active)], sides).T
    # As the strength falls, sign * w falls where sign * v < 0.
    falls = signs[active] * v
    for j, slope, size in zip(active, falls, signs[active] * u, strict=True):
        if slope < 0.0:
            yield float(size / slope), int(j), 0.0
    across = gram[np.ix_(idle, active)]
    base, tilt = moment[idle] - across @ u, across @ v
    for sign in (1.0, -1.0):
        # The bound less the pull, strength / 2 - sign * (base + strength * tilt), falls with the
        # strength unless the feature is a copy of what is already there.
        slopes = 0.5 - sign * tilt
        for j, slope, size in zip(idle, slopes, sign * base, strict=True):
            if slope > _FLAT:
                yield float(size / slope), int(j), sign


def _rational(
    problem: MeanSquare, penalty: Penalty, signs: Array, ends: tuple[float, float]
) -> Iterator[Event]:
    """Yield the events between the ends of (G + strength * r) w = m - strength * b/2 * signs.

    A condition on w that is affine is one more row, and holds where the larger matrix has no
    inverse: the strengths are generalized eigenvalues, and no root is lost.
    """
    bent, round_ = parts(penalty)
    gram, moment = problem.gram, problem.moment
    (active,) = np.nonzero(signs)
    equations = (gram[np.ix_(active, active)], moment[active], signs[active], bent, round_)
    for j, sign in enumerate(signs):
        if sign:
            row = (active == j) * sign
            conditions = [(0.0, (row, 0.0), (0.0 * row, 0.0))]
        else:
            row = gram[j, active]
            conditions = [
                (one, (one * row, -one * moment[j]), (0.0 * row, 0.5 * bent)) for one in (1.0, -1.0)
            ]
        for new, still, moving in conditions:
            for root in _roots(equations, still, moving):
                if ends[0] < root <= ends[1] and _falls(root, equations, still, moving):
                    yield root, j, new


Equations = tuple[Array, Array, Array, float, float]
Row = tuple[Array, float]


def _roots(equations: Equations, still: Row, moving: Row) -> Iterator[float]:
    """Yield the positive strengths at which (a + t b) @ w(t) + c + t d is 0."""
    from scipy.linalg import eigvals

    inner, moment, signs, bent, round_ = equations
    size = len(moment)
    fixed, growing = np.zeros((size + 1, size + 1)), np.zeros((size + 1, size + 1))
    fixed[:size, :size], growing[:size, :size] = inner, round_ * np.eye(size)
    fixed[:size, size], growing[:size, size] = -moment, 0.5 * bent * signs
    fixed[size], growing[size] = (*still[0], still[1]), (*moving[0], moving[1])
    over, under = eigvals(fixed, -growing, homogeneous_eigvals=True)
    usable = np.abs(under) > 1e-13 * np.abs(over)
    for root in over[usable] / under[usable]:
        if root.real > 0.0 and abs(root.imag) <= 1e-7 * root.real:
            yield float(root.real)


def _falls(strength: float, equations: Equations, still: Row, moving: Row) -> bool:
    """Tell whether the condition, which holds above 0, is broken below this strength."""
    inner, moment, signs, bent, round_ = equations
    matrix = inner + strength * round_ * np.eye(len(moment))
    w = np.linalg.solve(matrix, moment - 0.5 * bent * strength * signs)
    change = np.linalg.solve(matrix, -0.5 * bent * signs - round_ * w)
    slope = still[0] @ change + moving[1]
    return bool(slope > _FLAT)


def _crossings(problem: MeanSquare) -> tuple[Breakpoint, ...]:
    """Return where coefficients cross 0 though nothing holds them there, the strongest first."""
    none = np.zeros(len(problem.moment))
    equations = (problem.gram, problem.moment, none, 0.0, 1.0)
    found = [
        Breakpoint(root, j, Passage.CROSSES)
        for j in range(len(none))
        if problem.moment[j] or problem.gram[j].any()
        for root in _roots(equations, (np.eye(len(none))[j], 0.0), (none, 0.0))
        if root > _END * problem.steepest
    ]
    return tuple(sorted(found, key=lambda one: -one.strength))
