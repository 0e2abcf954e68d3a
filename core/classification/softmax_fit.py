"""The best softmax regression under any loss of several classes, and what is known of it."""

from __future__ import annotations

import dataclasses
import enum
from typing import Any

import numpy as np

from core.classification.separation import Separation, separation_of
from core.classification.softmax_regression import SoftmaxRegression
from core.losses.base import Array
from core.losses.multiclass import (
    CategoricalCrossEntropy,
    MulticlassBrier,
    MulticlassFocal,
    MulticlassHinge,
    SparseCategoricalCrossEntropy,
)
from core.newton import Descent, newton

_SEED, _STARTS = 20240229, 4
# In units of the spread of the points: weights beyond this are on their way to infinity.
_RUNAWAY = 60.0
# How rounded the corners of the hinge are in the end, in parts of its margin; at the start, and
# where its fit is all but known.
_ROUNDED, _ROUND, _NEARLY = 1e-5, 1.0, 1e-3


class SoftmaxOutcome(enum.Enum):
    """How a fit ended; the value is the sentence shown to the reader."""

    FOUND = "Found: but for a shift that all classes share, no other weights cost as little."
    LOWEST = "Found: no weights cost less, though others may cost as little."
    SEPARABLE = (
        "No minimum: straight boundaries put every point on its right side, so larger weights "
        "always cost less. Shown are weights on the way."
    )
    TOUCHING = (
        "No minimum: some points stand apart, so larger weights always cost a little less. "
        "Shown are weights on the way."
    )
    RUNS_AWAY = "No minimum: ever larger weights cost ever less. Shown are weights on the way."
    SEVERAL = "The best from several starts: the cost is not convex, so there may be a better one."
    ONE_CLASS = "Nothing to tell apart: all points belong to one class."
    EMPTY = (
        "No minimum: a class has no points left, and to call it ever less likely always costs a "
        "little less. Shown are weights on the way."
    )


_NO_MINIMUM = {
    SoftmaxOutcome.SEPARABLE,
    SoftmaxOutcome.TOUCHING,
    SoftmaxOutcome.RUNS_AWAY,
    SoftmaxOutcome.ONE_CLASS,
    SoftmaxOutcome.EMPTY,
}


_SETTLED = {SoftmaxOutcome.FOUND, SoftmaxOutcome.LOWEST, SoftmaxOutcome.TOUCHING}


@dataclasses.dataclass(frozen=True, eq=False)
class SoftmaxFit:
    """The best W, shape (K, 3), its cost, and how far it can be trusted.

    Of all W that only a shift shared by the classes tells apart, the one whose columns sum to 0.
    infimum: the lowest cost known, which the value comes close to where there is no minimum.
    """

    weights: Array
    value: float
    outcome: SoftmaxOutcome
    infimum: float

    @property
    def sentence(self) -> str:
        """What is known of the fit, in words."""
        return self.outcome.value

    @property
    def has_minimum(self) -> bool:
        """Whether some weights cost the least."""
        return self.outcome not in _NO_MINIMUM


def fit(model: SoftmaxRegression, near: SoftmaxFit | None = None) -> SoftmaxFit:
    """Return the weights of least cost, or those to show where there are none.

    A cost that needs a search is followed from a near fit instead: quick, while data move a little,
    and as good as that fit was; what was known of that one is not looked into again.
    """
    problem = StandardSoftmax.of(model)
    found, outcome, infimum = _followed(problem, near) or _found(problem)
    if outcome in _SETTLED and problem.endless and problem.empty:
        outcome = SoftmaxOutcome.EMPTY
    weights = problem.weights(found)
    weights = weights - weights.mean(axis=0)
    value = model.value(weights)
    return SoftmaxFit(weights, value, outcome, value if infimum is None else min(infimum, value))


Found = tuple[Array, SoftmaxOutcome, float | None]


@dataclasses.dataclass(frozen=True, eq=False)
class StandardSoftmax:
    """A model in coordinates of size 1: a row p holds w * spread and the score at the middle."""

    model: SoftmaxRegression
    ridge: Array
    middle: Array
    spread: Array
    origin: Array

    @classmethod
    def of(cls, model: SoftmaxRegression) -> StandardSoftmax:
        middle, spread = model.x.mean(axis=0), model.x.std(axis=0)
        spread = np.where(np.ptp(model.x, axis=0) > 0, spread, 1.0)
        x = np.where(np.ptp(model.x, axis=0) > 0, (model.x - middle) / spread, 0.0)
        same = dataclasses.replace(model, x=x, strength=0.0, origin=None)
        ridge = model.ridge / np.append(spread**2, 1.0)
        assert model.origin is not None
        return cls(same, ridge.ravel(), middle, spread, model.origin)

    def weights(self, p: Array) -> Array:
        """Return W."""
        rows = p.reshape(-1, 3)
        w = rows[:, :2] / self.spread
        return np.column_stack([w, rows[:, 2] - w @ (self.middle - self.origin)])

    def place(self, weights: Array) -> Array:
        """Return the p of W."""
        w = weights[:, :2]
        score = weights[:, 2] + w @ (self.middle - self.origin)
        return np.column_stack([w * self.spread, score]).ravel()

    def value(self, p: Array) -> float:
        """Return the cost."""
        return self.model.value(p.reshape(-1, 3)) + float(self.ridge @ (p * p))

    def derivatives(self, p: Array) -> tuple[Array, Array]:
        """Return the gradient and the second derivatives."""
        rows = p.reshape(-1, 3)
        gradient = self.model.gradient(rows).ravel() + 2.0 * self.ridge * p
        return gradient, self.model.hessian(rows) + 2.0 * np.diag(self.ridge)

    def separates(self, p: Array) -> bool:
        """Tell whether the logit of every point's class is the largest."""
        return self.margin(p) > 0

    def margin(self, p: Array) -> float:
        """Return the smallest lead of a true logit over all others."""
        logits = self.model.logits(p.reshape(-1, 3))
        each = np.arange(len(logits))
        true = logits[each, self.model.label]
        logits[each, self.model.label] = -np.inf
        return float((true - logits.max(axis=1)).min())

    @property
    def leads(self) -> Array:
        """By how much each weight lets each true logit lead each other one: (n (K - 1), 3 K)."""
        model, rows = self.model, []
        eye = np.eye(model.count)
        for other in range(model.count):
            some = model.label != other
            ahead = eye[model.label[some]] - eye[other]
            pairs = ahead[:, :, None] * model.design[some][:, None, :]
            rows.append(pairs.reshape(len(pairs), -1))
        return np.concatenate(rows)

    @property
    def empty(self) -> bool:
        """Whether a class has no points."""
        return len(np.unique(self.model.label)) < self.model.count

    @property
    def start(self) -> Array:
        """No weights at all."""
        return np.zeros(3 * self.model.count)

    @property
    def endless(self) -> bool:
        """Whether a larger lead always costs less."""
        kinds = (CategoricalCrossEntropy, SparseCategoricalCrossEntropy, MulticlassFocal)
        return isinstance(self.model.loss, (*kinds, MulticlassBrier))


def _followed(problem: StandardSoftmax, near: SoftmaxFit | None) -> Found | None:
    """Return where a cost leads from a near fit, if it is one to follow and settles."""
    loss, label = problem.model.loss, problem.model.label
    if near is None or near.weights.shape != (problem.model.count, 3):
        return None
    if (label == label[0]).all() or problem.empty:
        return None
    start = problem.place(near.weights)
    if isinstance(loss, MulticlassHinge):
        return _hinge_near(problem, loss, start)
    if near.outcome is SoftmaxOutcome.RUNS_AWAY:
        return _on_the_way(problem, start), near.outcome, near.infimum
    if loss.properties.convex or near.outcome is not SoftmaxOutcome.SEVERAL:
        return None
    end = newton(problem.value, problem.derivatives, start, rounds=20)
    if not end.settled or np.abs(end.point).max() >= 0.5 * _RUNAWAY:
        return None
    return end.point, near.outcome, None


def _found(problem: StandardSoftmax) -> Found:
    """Return what was found, how it ended, and the infimum where that is lower."""
    label = problem.model.label
    if (label == label[0]).all():
        p = problem.start.reshape(-1, 3)
        p[label[0], 2] = 1.0
        return p.ravel(), SoftmaxOutcome.ONE_CLASS, 0.0 if problem.endless else None
    loss = problem.model.loss
    if isinstance(loss, MulticlassHinge):
        return _hinge(problem, loss)
    if not loss.properties.convex:
        return _several(problem)
    free = not problem.ridge.any()
    watched = problem.separates if free and problem.endless else None
    found = newton(problem.value, problem.derivatives, problem.start, enough=watched)
    if watched is not None and problem.separates(found.point):
        return _on_the_way(problem, problem.start), SoftmaxOutcome.SEPARABLE, 0.0
    if found.settled and _single(problem, found) and np.abs(found.point).max() < _RUNAWAY:
        return found.point, SoftmaxOutcome.FOUND, None
    if free and problem.endless and separation_of(problem.leads) is not Separation.OVERLAPPING:
        return _on_the_way(problem, problem.start), SoftmaxOutcome.TOUCHING, found.value
    return found.point, SoftmaxOutcome.LOWEST, None


def _single(problem: StandardSoftmax, found: Descent) -> bool:
    """Tell whether the cost curves up, but along shifts that all classes share."""
    shifts = 1 if problem.ridge.any() else 3
    curvatures = np.linalg.eigvalsh(problem.derivatives(found.point)[1])
    return bool(curvatures[shifts] > 1e-10 * curvatures[-1])


def _penalized(problem: StandardSoftmax, strength: float) -> StandardSoftmax:
    """Return the same with a little penalty, if it had less."""
    little = np.tile([strength, strength, 0.0], problem.model.count)
    return dataclasses.replace(problem, ridge=np.maximum(problem.ridge, little))


def _on_the_way(problem: StandardSoftmax, start: Array) -> Array:
    """Return the fit with a small penalty: where weights pass that grow without end."""
    kind = _penalized(problem, 1e-3)
    return newton(kind.value, kind.derivatives, start).point


def _several(problem: StandardSoftmax) -> Found:
    """Return the best of what several starts lead to."""
    free = not problem.ridge.any()
    plain = dataclasses.replace(problem.model, loss=CategoricalCrossEntropy())
    convex = dataclasses.replace(problem, model=plain)
    convex = _penalized(convex, 1e-3)
    first = newton(convex.value, convex.derivatives, problem.start).point
    if free and problem.endless and _apart(problem):
        return first, SoftmaxOutcome.SEPARABLE, 0.0
    drawn = np.random.default_rng(_SEED).normal(size=(_STARTS, len(first))) * 2.0
    ends = [
        newton(problem.value, problem.derivatives, start, rounds=50)
        for start in (first, problem.start, *drawn)
    ]
    best = min(ends, key=lambda end: end.value)
    if free and np.abs(best.point).max() >= _RUNAWAY:
        near = [end for end in ends if np.abs(end.point).max() < _RUNAWAY]
        shown = min(near, key=lambda end: end.value).point if near else first
        return _on_the_way(problem, shown), SoftmaxOutcome.RUNS_AWAY, best.value
    unsettled = free and problem.endless and not best.settled
    if unsettled and separation_of(problem.leads) is Separation.TOUCHING:
        return first, SoftmaxOutcome.TOUCHING, best.value
    return best.point, SoftmaxOutcome.SEVERAL, None


def _apart(problem: StandardSoftmax) -> bool:
    """Tell whether straight boundaries put every point on its right side."""
    plain = dataclasses.replace(problem.model, loss=CategoricalCrossEntropy())
    other = dataclasses.replace(problem, model=plain)
    found = newton(other.value, other.derivatives, problem.start, 30, problem.separates)
    if problem.separates(found.point):
        return True
    return not found.settled and separation_of(problem.leads) is Separation.SEPARABLE


# The hinge ---------------------------------------------------------------------------------------


def _hinge(problem: StandardSoftmax, loss: MulticlassHinge) -> Found:
    """Return the fit under the hinge: nothing if classes are apart, a program, or rounded corners.

    Threat: Newton steps stall at corners. Remedy: they are rounded by cross-entropy of ever larger
    logits. Limit: with a penalty the cost is right to 1e-5 of the margin times log(K).
    """
    if problem.ridge.any():
        return _rounded(problem, loss, problem.start), SoftmaxOutcome.LOWEST, None
    if _apart(problem):
        p = _rounded(_penalized(problem, 1e-6), loss, problem.start)
        room = problem.margin(p)
        if room > 0:
            return p * max(1.0, loss.margin / room), SoftmaxOutcome.LOWEST, None
    return _program(problem, loss.margin), SoftmaxOutcome.LOWEST, None


def _hinge_near(problem: StandardSoftmax, loss: MulticlassHinge, start: Array) -> Found | None:
    """Return the hinge's fit from a place near it: scaled where that costs nothing, or rounded."""
    if problem.ridge.any():
        return _rounded(problem, loss, start, _NEARLY), SoftmaxOutcome.LOWEST, None
    room = problem.margin(start)
    if room > 0:
        return start * max(1.0, loss.margin / room), SoftmaxOutcome.LOWEST, None
    return None


def _rounded(
    problem: StandardSoftmax, loss: MulticlassHinge, start: Array, width: float = _ROUND
) -> Array:
    """Return the fit where max(0, Δ + z - z_y) is T log(1 + Σ exp((Δ + z - z_y) / T)), T small."""
    model, p = problem.model, start
    plain = dataclasses.replace(model, loss=SparseCategoricalCrossEntropy())
    below = loss.margin * np.eye(model.count)[model.label]
    pairs = model.design[:, :, None] * model.design[:, None, :] / len(model.x)

    def value(p: Array) -> float:
        logits = (model.logits(p.reshape(-1, 3)) - below) / (width * loss.margin)
        losses = plain.loss.value(logits, plain.target)
        return float(width * loss.margin * losses.mean() + problem.ridge @ (p * p))

    def derivatives(p: Array) -> tuple[Array, Array]:
        logits = (model.logits(p.reshape(-1, 3)) - below) / (width * loss.margin)
        pulls = plain.loss.gradient(logits, plain.target).T @ model.design / len(model.x)
        bends = plain.loss.hessian(logits, plain.target) / (width * loss.margin)
        blocks = np.tensordot(bends, pairs, axes=(0, 0)).transpose(0, 2, 1, 3)
        gradient = pulls.ravel() + 2.0 * problem.ridge * p
        return gradient, blocks.reshape(len(p), len(p)) + 2.0 * np.diag(problem.ridge)

    while width >= _ROUNDED:
        p = newton(value, derivatives, p, rounds=50).point
        width *= 0.2
    return p


def _program(problem: StandardSoftmax, margin: float) -> Array:
    """Return the fit by a linear program: the least shortfalls that no lead goes below."""
    from scipy import optimize
    from scipy.sparse import csr_array, hstack

    model, leads = problem.model, problem.leads
    n, count = len(model.x), len(problem.start)
    owner = np.concatenate([np.flatnonzero(model.label != k) for k in range(model.count)])
    short = csr_array((np.ones(len(owner)), (np.arange(len(owner)), owner)), shape=(len(owner), n))
    rows = hstack([csr_array(-leads), -short])
    cost = np.append(np.zeros(count), np.full(n, 1.0 / n))
    lowest = np.append(np.full(count, -np.inf), np.zeros(n))
    bounds = np.column_stack([lowest, np.full(count + n, np.inf)])
    program: Any = optimize.linprog
    found = program(cost, rows, np.full(len(owner), -margin), bounds=bounds, method="highs")
    return np.asarray(found.x[:count]) if found.success else problem.start
