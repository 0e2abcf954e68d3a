"""The best linear classifier under any loss of a margin, and in one sentence what is known of it.

Smooth convex losses are fitted by Newton steps; the hinge by a linear program, or with a penalty by
ever sharper smooth curves whose last active set is solved exactly; mistakes are counted along all
lines through points; and curves that are not convex are followed down from several starts.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import math

import numpy as np
from numpy.typing import NDArray

from core.classification.best_bias import best_bias, falls_forever
from core.classification.linear import LinearClassifier
from core.classification.separation import Separation, separation, widest_margin
from core.losses.base import Array
from core.losses.margin import LogisticLoss, MarginLoss, ZeroOne
from core.newton import Descent, newton

Rows = NDArray[np.intp]

# Points through which all lines are tried; of more, some.
_PIVOTS = 400
# In units of the spread of the points: weights beyond this are on their way to infinity.
_RUNAWAY = 60.0
_SEED, _STARTS = 20240229, 6
_EPS = float(np.finfo(np.float64).eps)
# Points on a kink that lie this much nearer to one line than apart hold nothing.
_SKEW = 1e8
# Corners that a hinge's fit is followed over, and how far a force must be from its limits.
_CORNERS, _SHARP = 12, 1e-9
_NONE = 1e-9  # weights of standard features that are nothing


class FitOutcome(enum.Enum):
    """How a fit ended; the value is the sentence shown to the reader."""

    FOUND = "Found: no other line costs as little."
    SHARED = "Found, though others cost exactly as little."
    SEPARABLE = (
        "No minimum: a line separates the classes, so larger weights always cost less. "
        "Shown is the line with the widest margin."
    )
    TOUCHING = (
        "No minimum: the classes meet only on a line, so larger weights always cost a little less."
    )
    RUNS_AWAY = "No minimum: ever larger weights cost ever less, towards the share of mistakes."
    SHRINKS = "No minimum: the same mistakes with ever smaller weights cost ever less."
    COUNTED = "Found by counting: no line makes fewer mistakes."
    SAMPLED = "The fewest mistakes of the many lines tried; there may be a better one."
    SEVERAL = "The best from several starts: the cost is not convex, so there may be a better one."
    NO_LINE = "Found: weights of 0 cost nothing, and all others something; so it draws no line."
    ONE_CLASS = "Nothing to tell apart: all points belong to one class."


@dataclasses.dataclass(frozen=True, eq=False)
class ClassifierFit:
    """The best parameters (w..., b), their cost, and how far they can be trusted.

    infimum: the lowest cost there is, which the value comes close to where there is no minimum.
    others: what other starts led to, (k, d + 1), from the lowest cost up.
    """

    theta: Array
    value: float
    outcome: FitOutcome
    infimum: float
    others: Array

    @property
    def sentence(self) -> str:
        """What is known of the fit, in words."""
        return self.outcome.value

    @property
    def draws_a_line(self) -> bool:
        """Whether some scores differ, so that there is a boundary."""
        return bool(self.theta[:-1].any())

    @property
    def has_minimum(self) -> bool:
        """Whether some parameters cost the least."""
        return self.outcome not in _NO_MINIMUM


_NO_MINIMUM = {
    FitOutcome.SEPARABLE,
    FitOutcome.TOUCHING,
    FitOutcome.RUNS_AWAY,
    FitOutcome.SHRINKS,
    FitOutcome.ONE_CLASS,
}


@dataclasses.dataclass(frozen=True, eq=False)
class Standard:
    """A classifier in coordinates of size 1: p = (w * spread, score at the middle of the points).

    rows: label * (standard x, 1). ridge: what the square of each of p costs.
    """

    curve: MarginLoss
    rows: Array
    sign: Array
    charges: Array
    ridge: Array
    middle: Array
    spread: Array
    origin: Array

    @classmethod
    def of(cls, own: LinearClassifier) -> Standard:
        """Return the same problem, without the points that weigh nothing."""
        counts = own.charges > 0
        x, sign, shares = own.x[counts], own.label[counts], own.shares[counts] / own.shares.sum()
        middle = shares @ x
        spread = np.sqrt(shares @ (x - middle) ** 2)
        spread = np.where(np.ptp(x, axis=0) > 0, spread, 1.0)
        u = np.where(np.ptp(x, axis=0) > 0, (x - middle) / spread, 0.0)
        rows = sign[:, None] * np.column_stack([u, np.ones(len(u))])
        ridge = np.append(own.ridge[:-1] / spread**2, 0.0)
        assert own.origin is not None
        curve = own.loss.curve
        return cls(curve, rows, sign, own.charges[counts], ridge, middle, spread, own.origin)

    @property
    def x(self) -> Array:
        """The standard points."""
        return self.sign[:, None] * self.rows[:, :-1]

    def theta(self, p: Array) -> Array:
        """Return the classifier's parameters."""
        w = p[:-1] / self.spread
        return np.append(w, p[-1] - w @ (self.middle - self.origin))

    def value(self, p: Array) -> float:
        """Return the cost."""
        with np.errstate(over="ignore"):
            return float(self.curve.value(self.rows @ p) @ self.charges + self.ridge @ (p * p))

    def derivatives(self, p: Array) -> tuple[Array, Array]:
        """Return the gradient and the second derivatives."""
        margins = self.rows @ p
        with np.errstate(over="ignore", invalid="ignore"):
            slopes, bends = (one * self.charges for one in self.curve.slopes(margins))
            hessian = self.rows.T @ (bends[:, None] * self.rows) + 2.0 * np.diag(self.ridge)
            return slopes @ self.rows + 2.0 * self.ridge * p, hessian

    def separates(self, p: Array) -> bool:
        """Tell whether every point lies on its right side."""
        return bool((self.rows @ p > 0).all())

    def with_curve(self, curve: MarginLoss) -> Standard:
        """Return the same under another curve."""
        return dataclasses.replace(self, curve=curve)

    @functools.cached_property
    def widest(self) -> Array | None:
        """The p of the widest margin, if the classes are apart."""
        found = widest_margin(self.x * self.spread, self.sign)
        return None if found is None else np.append(found[:-1] * self.spread, found[-1])


def fit(classifier: LinearClassifier, near: Array | None = None) -> ClassifierFit:
    """Return the parameters of least cost, or those to show where there are none.

    With parameters near the fit, a smooth cost that is not convex is followed down from there
    alone: quick, while data move a little, and no search. A hinge first tries whether the points on
    its kink are still the ones that hold it.
    """
    problem = Standard.of(classifier)
    found, outcome, infimum = _followed(problem, near) or _found(problem)
    found = [_level(p) for p in found]
    thetas = np.array([problem.theta(p) for p in found])
    value = classifier.value(thetas[0])
    infimum = value if infimum is None else min(infimum, value)
    return ClassifierFit(thetas[0], value, outcome, infimum, thetas[1:])


def _level(p: Array) -> Array:
    """Return the parameters with 0 for weights, and a bias, that only rounding keeps from it."""
    return p if np.abs(p[:-1]).max() >= _NONE else np.where(np.abs(p) < _NONE, 0.0, p)


def _followed(problem: Standard, near: Array | None) -> Found | None:
    """Return where a cost leads from a place near, if it settles there and no search is needed."""
    curve, sign = problem.curve, problem.sign
    if near is None or isinstance(curve, ZeroOne) or (sign == sign[0]).all():
        return None
    start = np.append(near[:-1] * problem.spread, near[-1])
    start[-1] += near[:-1] @ (problem.middle - problem.origin)
    if curve.pieces is not None and curve.properties.kinks:
        return _held(problem, start)
    end = newton(problem.value, problem.derivatives, start)
    if not end.settled or np.abs(end.point).max() >= 0.5 * _RUNAWAY:
        return None
    if not curve.properties.convex:
        return [end.point], FitOutcome.SEVERAL, None
    # A convex cost that settles where it curves up has its one minimum there.
    return ([end.point], FitOutcome.FOUND, None) if end.curved else None


Found = tuple[list[Array], FitOutcome, float | None]


def _found(problem: Standard) -> Found:
    """Return what was found, the best first; how it ended; and the infimum where that is lower."""
    curve = problem.curve
    if (problem.sign == problem.sign[0]).all():
        return _alone(problem)
    if isinstance(curve, ZeroOne):
        return _counted(problem)
    if not curve.properties.convex:
        return _several(problem)
    if curve.pieces is not None and curve.properties.kinks:
        return _straight(problem)
    return _smooth(problem)


def _alone(problem: Standard) -> Found:
    """Return the bias of least cost for points of one class, or one on the way to no end."""
    none = np.zeros((1, len(problem.sign)))
    bias, cost = best_bias(problem.curve, none, problem.sign, problem.charges)
    p = np.zeros(problem.rows.shape[1])
    p[-1] = bias[0] if math.isfinite(bias[0]) else problem.sign[0]
    return [p], FitOutcome.ONE_CLASS, float(cost[0])


# Smooth and convex -------------------------------------------------------------------------------


def _smooth(problem: Standard) -> Found:
    """Return the fit by Newton steps, unless the classes are apart."""
    free, endless = not problem.ridge.any(), falls_forever(problem.curve)
    found = newton(
        problem.value,
        problem.derivatives,
        np.zeros(problem.rows.shape[1]),
        enough=problem.separates if free and endless else None,
    )
    ends = problem.curve.pieces is not None
    if free and (endless or ends) and problem.separates(found.point):
        if problem.widest is not None and endless:
            return [problem.widest], FitOutcome.SEPARABLE, 0.0
        if problem.widest is not None:
            return [_free(problem)], FitOutcome.SHARED, None
    if found.settled and found.curved and np.abs(found.point).max() < _RUNAWAY:
        return [found.point], FitOutcome.FOUND, None
    if free and endless and _apart(problem) is Separation.TOUCHING:
        return [found.point], FitOutcome.TOUCHING, None
    return [found.point], _unless_level(problem, found), None


def _unless_level(problem: Standard, found: Descent) -> FitOutcome:
    """Tell whether the minimum is one point; along features that do not vary it never counts."""
    varies = np.append((problem.rows[:, :-1] != 0).any(axis=0), True)
    hessian = problem.derivatives(found.point)[1][np.ix_(varies, varies)]
    curvatures = np.linalg.eigvalsh(hessian)
    single = varies.all() and curvatures[0] > 1e-10 * curvatures[-1]
    return FitOutcome.FOUND if single else FitOutcome.SHARED


def _apart(problem: Standard) -> Separation:
    return separation(problem.x, problem.sign)


def _free(problem: Standard) -> Array:
    """Return the p of the widest margin, as large as it takes for every point to cost nothing.

    Threat: rounding leaves a point a little short of the kink. Remedy: a 1e-12 more. Limit: weights
    that cancel in more than three digits.
    """
    assert problem.widest is not None
    assert problem.curve.pieces is not None
    return problem.widest * (max(problem.curve.pieces.kinks) or 1.0) * (1 + 1e-12)


# The hinge ---------------------------------------------------------------------------------------


def _straight(problem: Standard) -> Found:
    """Return the fit under a hinge: max(0, kink - margin)."""
    assert problem.curve.pieces is not None
    (kink,) = problem.curve.pieces.kinks
    if problem.ridge.any():
        p = _penalized(problem, kink)
        return [p], FitOutcome.SHARED if _slides(problem, p) else FitOutcome.FOUND, None
    if problem.widest is not None:
        return [_free(problem)], FitOutcome.SHARED, None
    if kink == 0:
        none = _apart(problem) is Separation.OVERLAPPING
        outcome = FitOutcome.NO_LINE if none else FitOutcome.SHARED
        return [np.zeros(problem.rows.shape[1])], outcome, None
    p, single = _program(problem, kink)
    return [p], FitOutcome.FOUND if single else FitOutcome.SHARED, None


def _held(problem: Standard, start: Array) -> Found | None:
    """Return the hinge's fit, from the points nearest its kink at that start, corner by corner.

    As many points as there are parameters hold it at a corner if every force is between nothing and
    all: that is the proof, and that it is alone. A point whose force is not leaves for another.
    """
    pieces, count = problem.curve.pieces, len(start)
    if pieces is None or not problem.curve.properties.kinks or problem.ridge.any():
        return None
    (kink,) = pieces.kinks
    away = np.abs(problem.rows @ start - kink)
    if kink == 0 or len(away) < count:
        return None
    corner = np.argpartition(away, count - 1)[:count]
    for _ in range(_CORNERS):
        found = _at_corner(problem, kink, corner)
        if found is None:
            return None
        p, margins, force = found
        most = problem.charges[corner]
        beyond = np.maximum(-force, force - most) / most
        worst = int(beyond.argmax())
        if beyond[worst] < -_SHARP:
            return [p], FitOutcome.FOUND, None
        if beyond[worst] <= _SHARP:
            return None
        other = _next_point(problem, kink, corner, worst, margins, float(force[worst]))
        if other is None:
            return None
        corner[worst] = other
    return None


def _at_corner(problem: Standard, kink: float, corner: Rows) -> tuple[Array, Array, Array] | None:
    """Return where those points sit on the kink, all margins there, and the forces that hold it.

    None where they hardly say, or where others sit there too.
    """
    held = problem.rows[corner]
    if not np.linalg.cond(held) <= _SKEW:
        return None
    p = np.linalg.solve(held, np.full(len(corner), kink))
    margins = problem.rows @ p
    margins[corner] = np.inf
    if (np.abs(margins - kink) < _SHARP * max(1.0, kink)).any():
        return None
    short = margins < kink
    pull = problem.charges[short] @ problem.rows[short]
    force = np.asarray(np.linalg.solve(held.T, -pull), dtype=np.float64)
    return p, margins, force


def _next_point(
    problem: Standard, kink: float, corner: Rows, leaves: int, margins: Array, force: float
) -> int | None:
    """Return the point on whose kink the cost is least along the edge that another leaves.

    One pushed away goes beyond the kink, one pulled stays short of it.
    """
    side = np.zeros(len(corner))
    side[leaves] = 1.0 if force < 0 else -1.0
    along = problem.rows @ np.linalg.solve(problem.rows[corner], side)
    along[corner] = 0.0
    slope = force if force < 0 else problem.charges[corner[leaves]] - force
    with np.errstate(divide="ignore", invalid="ignore"):
        when = (kink - margins) / along
    ahead = np.flatnonzero((along != 0) & (when > 0))
    ahead = ahead[np.argsort(when[ahead])]
    climb = slope + np.cumsum(problem.charges[ahead] * np.abs(along[ahead]))
    rises = np.flatnonzero(climb >= 0)
    return int(ahead[rises[0]]) if len(rises) else None


def _slides(problem: Standard, p: Array) -> bool:
    """Tell whether the bias can move a little at no cost; with a penalty the weights cannot."""
    aside = np.zeros_like(p)
    aside[-1] = 1e-7
    lowest = problem.value(p)
    return min(problem.value(p + aside), problem.value(p - aside)) <= lowest * (1 + 4 * _EPS)


def _program(problem: Standard, kink: float) -> tuple[Array, bool]:
    """Return the hinge's fit by its dual linear program, and whether it is known to be alone.

    Every point pulls with a force between 0 and its charge; the forces balance, and are as large as
    can be. The parameters are what the balance costs. They are the only ones if as many forces as
    there are parameters lie strictly between.
    """
    from scipy.optimize import linprog

    scale = problem.charges.max()
    most = problem.charges / scale
    ends = [(0.0, float(one)) for one in most]
    none = np.zeros(problem.rows.shape[1])
    found = linprog(
        -np.ones(len(most)), A_eq=problem.rows.T, b_eq=none, bounds=ends, method="highs-ds"
    )
    p = -kink * np.asarray(found.eqlin.marginals)
    between = (found.x > 1e-9 * most) & (found.x < most * (1 - 1e-9))
    corner = problem.rows[between]
    single = len(corner) >= len(p) and np.linalg.matrix_rank(corner) == len(p)
    return p, bool(single)


def _penalized(problem: Standard, kink: float) -> Array:
    """Return the hinge's fit with a penalty on the weights.

    Threat: Newton steps stall at a kink. Remedy: the kink is a parabola about it, sharper every
    round; who lies on it in the end sits on the kink of the answer, and that is a linear system.
    Limit: where rounding hides who does, the sharpest parabola's answer stands, good to 1e-8.
    """
    if kink == 0:
        return np.zeros(problem.rows.shape[1])
    p, width = np.zeros(problem.rows.shape[1]), 4.0 * kink
    while width > 1e-9 * kink:
        rounded = _Rounded(problem, kink, width)
        p = newton(rounded.value, rounded.derivatives, p, rounds=60).point
        exact = _balanced(problem, kink, p, width)
        if exact is not None:
            return exact
        width *= 0.25
    return p


@dataclasses.dataclass(frozen=True, eq=False)
class _Rounded:
    """A problem whose hinge is a parabola within a width of its kink."""

    problem: Standard
    kink: float
    width: float

    def value(self, p: Array) -> float:
        short = self.kink - self.problem.rows @ p
        near = np.clip(short + self.width, 0.0, 2.0 * self.width)
        losses = np.where(short > self.width, short, near * near / (4.0 * self.width))
        return float(losses @ self.problem.charges + self.problem.ridge @ (p * p))

    def derivatives(self, p: Array) -> tuple[Array, Array]:
        own = self.problem
        share = np.clip((self.kink - own.rows @ p + self.width) / (2.0 * self.width), 0.0, 1.0)
        bends = np.where((share > 0) & (share < 1), own.charges / (2.0 * self.width), 0.0)
        gradient = 2.0 * own.ridge * p - (share * own.charges) @ own.rows
        return gradient, own.rows.T @ (bends[:, None] * own.rows) + 2.0 * np.diag(own.ridge)


def _balanced(problem: Standard, kink: float, p: Array, width: float) -> Array | None:
    """Return the exact fit if those within the width of the kink sit on it; None if they do not."""
    short = kink - problem.rows @ p
    on, within = np.abs(short) < width, short >= width
    corner = problem.rows[on]
    size = len(p)
    if len(corner) > 2 * size:
        return None
    system = np.zeros((size + len(corner), size + len(corner)))
    system[:size, :size] = 2.0 * np.diag(problem.ridge)
    system[:size, size:], system[size:, :size] = -corner.T, corner
    pull = problem.charges[within] @ problem.rows[within]
    wanted = np.append(pull, np.full(len(corner), kink))
    found, *_ = np.linalg.lstsq(system, wanted, rcond=1e-13)
    if np.abs(system @ found - wanted).max() > 1e-11 * (1 + np.abs(wanted).max()):
        return None
    exact, force = found[:size], found[size:]
    slack = 1e-10
    short = kink - problem.rows @ exact
    fits = (force >= -slack).all() and (force <= problem.charges[on] * (1 + slack)).all()
    fits = fits and (short[within] >= -slack).all() and (short[~within & ~on] <= slack).all()
    return exact if fits else None


# Counting mistakes -------------------------------------------------------------------------------


def _counted(problem: Standard) -> Found:
    """Return the line of the fewest mistakes, or of the least charge for them."""
    x, sign, charges = problem.x, problem.sign, problem.charges
    every = len(x) <= _PIVOTS
    if x.shape[1] == 1:
        normals, every = np.array([[1.0], [-1.0]]), True
    else:
        normal = _best_normal(x, sign, charges)
        normals = np.array([normal, -normal])
    bias, cost = best_bias(ZeroOne(), normals @ x.T, sign, charges)
    best = int(cost.argmin())
    p = np.append(normals[best], bias[best])
    if problem.ridge.any():
        return [p], FitOutcome.SHRINKS, float(cost[best])
    return [p], FitOutcome.COUNTED if every else FitOutcome.SAMPLED, None


def _best_normal(x: Array, sign: Array, charges: Array) -> Array:
    """Return a direction across which some line makes the fewest mistakes.

    A line can be moved until it meets a point, no other point having changed sides. So lines turn
    about each point; past every other one they move it to the other side. Points that coincide
    with the pivot go along with it.
    """
    pivots = np.arange(len(x))
    if len(x) > _PIVOTS:
        pivots = np.random.default_rng(_SEED).choice(len(x), _PIVOTS, replace=False)
    toll, best = sign * charges, (math.inf, 0.0, 0.0)
    for pivot in pivots:
        best = min(best, _about(x - x[pivot], toll))
    _, _, angle = best
    return np.array([-math.sin(angle), math.cos(angle)])


def _about(away: Array, toll: Array) -> tuple[float, float, float]:
    """Return the least cost of lines about the origin, minus the room it has, and its angle.

    toll: what a point costs on the right of the line less what it costs on the left.
    """
    own = ~away.any(axis=1)
    pull = toll[own]
    least = min(pull[pull > 0].sum(), -pull[pull < 0].sum())
    away, toll = away[~own], toll[~own]
    if not len(away):
        return least, 0.0, 0.0
    angle = np.arctan2(away[:, 1], away[:, 0])
    left = (angle >= 0) & (angle < math.pi)
    angle = np.where(left, angle, np.where(angle < 0, angle + math.pi, 0.0))
    order = np.argsort(angle)
    angle, change = angle[order], np.where(left, toll, -toll)[order]
    cost = np.maximum(np.where(left, -toll, toll), 0.0).sum()
    costs = cost + np.append(0.0, np.cumsum(change))
    room = np.diff(np.concatenate([[angle[-1] - math.pi], angle, [angle[0] + math.pi]]))
    middle = np.concatenate([[angle[-1] - math.pi], angle]) + 0.5 * room
    costs = np.minimum(costs, np.abs(toll).sum() - costs)
    costs[room <= 1e-12] = math.inf
    lowest = costs.min()
    tied = np.flatnonzero(costs <= lowest + 1e-12)
    widest = tied[room[tied].argmax()]
    return float(lowest + least), -float(room[widest]), float(middle[widest])


# Not convex --------------------------------------------------------------------------------------


def _several(problem: Standard) -> Found:
    """Return the minima that several starts lead to, the best first.

    With no penalty, a bounded loss comes to the share of mistakes as the weights grow; if that is
    less than any minimum found, there is none.
    """
    free, endless = not problem.ridge.any(), falls_forever(problem.curve)
    if free and endless and problem.widest is not None:
        return [problem.widest], FitOutcome.SEPARABLE, 0.0
    normal = _counted(dataclasses.replace(problem, ridge=np.zeros_like(problem.ridge)))[0][0]
    ends = [newton(problem.value, problem.derivatives, start) for start in _starts(problem, normal)]
    ends.sort(key=lambda end: end.value)
    settled = [end for end in ends if np.abs(end.point).max() < _RUNAWAY] or ends[:1]
    bound = problem.curve.properties.bound
    mistakes = float(problem.charges @ (problem.rows @ normal <= 0))
    lowest = bound * mistakes
    if free and math.isfinite(bound) and lowest < settled[0].value * (1.0 - 1e-9):
        others = [end.point for end in settled]
        return [4.0 * normal, *_distinct(others)], FitOutcome.RUNS_AWAY, lowest
    if settled[0] is not ends[0] and np.abs(settled[0].point).max() >= _RUNAWAY:
        return [settled[0].point], FitOutcome.RUNS_AWAY, None
    return _distinct([end.point for end in settled]), FitOutcome.SEVERAL, None


def _starts(problem: Standard, normal: Array) -> list[Array]:
    """Return where to search from: the convex fit, the line of fewest mistakes, and drawn ones."""
    size = len(normal)
    logistic = problem.with_curve(LogisticLoss())
    ridge = np.append(np.full(size - 1, 1e-3), 0.0)
    kind = dataclasses.replace(logistic, ridge=np.maximum(logistic.ridge, ridge))
    convex = newton(kind.value, kind.derivatives, np.zeros(size)).point
    drawn = np.random.default_rng(_SEED).normal(size=(_STARTS, size)) * 2.0
    return [convex, np.zeros(size), 2.0 * normal, 8.0 * normal, *drawn]


def _distinct(points: list[Array]) -> list[Array]:
    """Return each place once."""
    kept: list[Array] = []
    for point in points:
        if all(np.abs(point - other).max() > 1e-4 for other in kept):
            kept.append(point)
    return kept
