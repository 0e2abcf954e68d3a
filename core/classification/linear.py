"""Linear classifiers of one or two features: their cost, slices of it, and the best bias.

classifier = LinearClassifier(x, label, loss, weights=None, strength=0.0, origin=None)
classifier.names                    ("w", "b") or ("w1", "w2", "b"): what theta consists of
classifier.value(theta), .gradient(theta), .hessian(theta)
classifier.scores(theta), .margins(theta), .losses(theta), .probability(theta)
classifier.slice(("w1", "b"), held=theta)     an Objective; the third parameter as in theta
classifier.with_best_bias()         an Objective over (w1, w2); .bias(point) tells the bias
fit(classifier)                     in core.classification.linear_fit: theta, value, outcome
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from core.classification.best_bias import best_bias
from core.declare import Declared, parameter
from core.landscape import Grid, Landscape, line_sums
from core.losses.base import Array
from core.losses.domain import LABEL, DomainError
from core.losses.margin import MarginLoss
from core.objectives import Objective, ObjectiveError
from core.sums import slices

NAMES = {1: ("w", "b"), 2: ("w1", "w2", "b")}

# Margins held at once while they are evaluated, 256 KB, and while biases are looked for, 8 MB.
_BLOCK, _HELD = 1 << 15, 1 << 20

# Newton steps towards a bias, and one so long that it may lead anywhere.
_STEPS, _LEAP = 12, 4.0
_STEP_SMOOTH, _STEP_PIECES = 3e-6, 1e-13
_NODES = 9  # crossings along an axis whose bias is found, for a sketch

# Threat: parameters far out make margins that leave float64, and NumPy warns. Remedy: the infinity
# is the right cost, so only the warning goes. Limit: infinities that cancel cost the worst too.
_overflow_is_infinity = np.errstate(over="ignore", invalid="ignore")


@dataclasses.dataclass(frozen=True, eq=False)
class LinearClassifier(Declared):
    """The mean loss of the margins label * score, and a penalty on the weights but not on the bias.

    score = w · (x - origin) + b and theta = (w..., b); the cost is mean(loss) + strength * |w|².
    Labels are -1 and 1, or 0 and 1, which are kept as -1 and 1. The mean is weighted when weights
    are given; what a loss charges for a class multiplies its losses and leaves the mean alone.

    design: x - origin and a column of ones. shares: the weights, summing to 1. charges: the shares
    times the weight of each point's class.

    Shape: x (n, d) with d = 1 or 2, or (n,); label and weights (n,); origin (d,).
    Raises: `ObjectiveError` when the shapes differ, a number is not finite, or a label is no label;
        `ParameterError` when the strength is below 0.
    """

    x: Array
    label: Array
    loss: MarginLoss
    weights: Array | None = None
    strength: float = parameter(
        0.0,
        symbol=r"\lambda",
        meaning="how much the squared length of the weights counts beside the mean loss",
        low=0.0001,
        high=10.0,
        step=0.0001,
        minimum=0.0,
        open_maximum=True,
        logarithmic=True,
    )
    origin: Array | None = None
    design: Array = dataclasses.field(init=False, repr=False)
    shares: Array = dataclasses.field(init=False, repr=False)
    charges: Array = dataclasses.field(init=False, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.loss, MarginLoss) or self.loss.arguments != MarginLoss.arguments:
            raise ObjectiveError(f"LinearClassifier: {self.loss.name} is no loss of a margin.")
        x = _points(self.x)
        label = _labels(self.label, len(x))
        shares = _shares(self.weights, len(x))
        origin = np.zeros(x.shape[1]) if self.origin is None else _origin(self.origin, x.shape[1])
        negative, positive = self.loss.class_weights
        kept = {
            "x": x,
            "label": label,
            "origin": origin,
            "design": np.column_stack([x - origin, np.ones(len(x))]),
            "shares": shares,
            "charges": shares * np.where(label > 0, positive, negative),
        }
        for name, values in kept.items():
            values.setflags(write=False)
            object.__setattr__(self, name, values)

    @property
    def names(self) -> tuple[str, ...]:
        """What the parameters are called, the bias last."""
        return NAMES[self.x.shape[1]]

    @property
    def convex(self) -> bool:
        """Whether the cost is convex: as convex as the loss, the score being linear."""
        return self.loss.curve.properties.convex

    @property
    def jumps(self) -> bool:
        """Whether the cost jumps somewhere, as the loss does."""
        pieces = self.loss.curve.pieces
        return pieces is not None and pieces.jump

    @property
    def ridge(self) -> Array:
        """What the square of each parameter costs: the strength for a weight, 0 for the bias."""
        return np.append(np.full(self.x.shape[1], float(self.strength)), 0.0)

    @_overflow_is_infinity
    def scores(self, theta: ArrayLike) -> Array:
        """Return w · (x - origin) + b for every point, shape (n,)."""
        return self.design @ self._theta(theta)

    def margins(self, theta: ArrayLike) -> Array:
        """Return label * score for every point."""
        return self.label * self.scores(theta)

    def losses(self, theta: ArrayLike) -> Array:
        """Return what every point costs, its class weighed."""
        return self.loss.value(self.margins(theta), self.label)

    def probability(self, theta: ArrayLike) -> Array | None:
        """Return the reported probability of the positive class, or None if the loss tells none."""
        return self.loss.probability(self.scores(theta))

    @_overflow_is_infinity
    def value(self, theta: ArrayLike) -> float:
        """Return the cost; infinite when it exceeds the largest double."""
        losses = self.loss.curve.value(self.margins(theta))
        return float(_total(losses, self.charges) + self.ridge @ np.square(self._theta(theta)))

    @_overflow_is_infinity
    def gradient(self, theta: ArrayLike) -> Array:
        """Return the derivatives by all parameters, shape (d + 1,)."""
        slopes = self.label * self.charges * self.loss.curve.gradient(self.margins(theta))
        return slopes @ self.design + 2.0 * self.ridge * self._theta(theta)

    @_overflow_is_infinity
    def hessian(self, theta: ArrayLike) -> Array:
        """Return the second derivatives, shape (d + 1, d + 1)."""
        bends = self.charges * self.loss.curve.hessian(self.margins(theta))
        return self.design.T @ (bends[:, None] * self.design) + 2.0 * np.diag(self.ridge)

    def slice(self, axes: tuple[str, str], held: ArrayLike | None = None) -> Slice:
        """Return the cost over two named parameters, the third as it is in held."""
        return Slice(self, axes, np.zeros(len(self.names)) if held is None else self._theta(held))

    def with_best_bias(self) -> BestBias:
        """Return the cost over both weights, with the bias that suits them best."""
        return BestBias(self)

    def _theta(self, theta: ArrayLike) -> Array:
        theta = np.asarray(theta, dtype=np.float64)
        if theta.shape != (len(self.names),):
            raise ObjectiveError(
                f"LinearClassifier: theta has shape {theta.shape},"
                f" expected {', '.join(self.names)}."
            )
        return theta


@dataclasses.dataclass(frozen=True, eq=False)
class Slice(Objective):
    """The cost of a classifier over two of its parameters, the third held.

    Raises: `ObjectiveError` unless the axes are two parameters and held is finite.
    """

    classifier: LinearClassifier
    axes: tuple[str, str]
    held: Array

    def __post_init__(self) -> None:
        names = self.classifier.names
        if len(self.axes) != 2 or len(set(self.axes) & set(names)) != 2:
            raise ObjectiveError(f"Slice: axes are {self.axes}, expected two of {names}.")
        if not np.isfinite(self.held).all():
            raise ObjectiveError("Slice: held is not finite.")

    @property
    def convex(self) -> bool:
        """Whether the cost is convex."""
        return self.classifier.convex

    @property
    def jumps(self) -> bool:
        """Whether the cost jumps."""
        return self.classifier.jumps

    @property
    def is_parabola(self) -> bool:
        """Whether the cost is known to curve the same everywhere: no loss of a margin does."""
        return False

    def full(self, theta: ArrayLike) -> Array:
        """Return all parameters where two of them are theta."""
        point = np.array(self.held, dtype=np.float64)
        point[self._places] = theta
        return point

    def fulls(self, points: ArrayLike) -> Array:
        """Return all parameters for rows of two of them."""
        points = np.asarray(points, dtype=np.float64)
        full = np.tile(np.array(self.held, dtype=np.float64), (len(points), 1))
        full[:, self._places] = points
        return full

    def value(self, theta: ArrayLike) -> float:
        """Return the cost."""
        return self.classifier.value(self.full(theta))

    def gradient(self, theta: ArrayLike) -> Array:
        """Return the two partial derivatives."""
        return self.classifier.gradient(self.full(theta))[self._places]

    def hessian(self, theta: ArrayLike) -> Array:
        """Return the second derivatives, shape (2, 2)."""
        return self.classifier.hessian(self.full(theta))[np.ix_(self._places, self._places)]

    @_overflow_is_infinity
    def values(self, points: ArrayLike) -> Array:
        """Return the cost at each row of points, a bounded block of them at a time."""
        points, base = np.asarray(points, dtype=np.float64), self._base
        rays = self._rays.T
        out = self._penalty(*points.T)
        for some in slices(len(points), _BLOCK // len(base)):
            margins = points[some] @ rays
            margins += base
            out[some] += _total(self.classifier.loss.curve.value(margins), self.classifier.charges)
        return out

    @_overflow_is_infinity
    def landscape(self, grid: Grid) -> Landscape:
        """Return the cost at every crossing: by fast sums where the second axis is the bias."""
        if self.axes[1] != "b":
            return Landscape(grid.x, grid.y, self.values(grid.points).reshape(grid.shape))
        own, curve = self.classifier, self.classifier.loss.curve
        z = line_sums(curve, self._rays[:, 0], -self._base, own.charges, grid, own.label)
        return Landscape(grid.x, grid.y, z + self._penalty(grid.x, grid.y[:, None]))

    @property
    def _places(self) -> list[int]:
        return [self.classifier.names.index(name) for name in self.axes]

    @property
    def _rays(self) -> Array:
        """What a unit of either parameter adds to each margin, shape (n, 2)."""
        return self.classifier.label[:, None] * self.classifier.design[:, self._places]

    @property
    def _base(self) -> Array:
        """The margins where both parameters are 0."""
        return self.classifier.margins(self.full(np.zeros(2)))

    def _penalty(self, x: Array, y: Array) -> Array:
        ridge = self.classifier.ridge
        held = ridge @ np.square(self.full(np.zeros(2)))
        first, second = ridge[self._places]
        return np.asarray(first * x * x + second * y * y + held)


@dataclasses.dataclass(frozen=True, eq=False)
class BestBias(Objective):
    """The cost of a classifier over its two weights, with the bias at its best for each.

    The least of a cost over one of its parameters: convex where that is. How the bias is found,
    and how far one can see where the loss is not convex: `core.classification.best_bias`.

    Raises: `ObjectiveError` unless the points have two features.
    """

    classifier: LinearClassifier
    trail: dict[Pair, float] = dataclasses.field(default_factory=dict, init=False, repr=False)
    last: list[Followed] = dataclasses.field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        if len(self.classifier.names) != 3:
            raise ObjectiveError("BestBias: expected points of two features.")

    @property
    def convex(self) -> bool:
        """Whether the cost is convex."""
        return self.classifier.convex

    @property
    def jumps(self) -> bool:
        """Whether the cost jumps."""
        return self.classifier.jumps

    def bias(self, theta: ArrayLike) -> float:
        """Return the bias; infinite where all points belong to one class that wants it so."""
        return float(self._found(np.asarray(theta, dtype=np.float64)[None], fine=True)[0][0])

    def full(self, theta: ArrayLike) -> Array:
        """Return all three parameters."""
        return np.append(np.asarray(theta, dtype=np.float64), self.bias(theta))

    def fulls(self, points: ArrayLike) -> Array:
        """Return all three parameters for rows of weights, (m, 2) in, (m, 3) out."""
        points = np.asarray(points, dtype=np.float64)
        return np.column_stack([points, self._found(points, fine=True)[0]])

    def value(self, theta: ArrayLike) -> float:
        """Return the cost."""
        return float(self.values(np.asarray(theta, dtype=np.float64)[None])[0])

    def values(self, points: ArrayLike) -> Array:
        """Return the cost at each row of points."""
        points = np.asarray(points, dtype=np.float64)
        penalty = self.classifier.strength * np.square(points).sum(axis=1)
        return self._found(points)[1] + penalty

    def landscape(self, grid: Grid) -> Landscape:
        """Return the cost at every crossing."""
        return Landscape(grid.x, grid.y, self.values(grid.points).reshape(grid.shape))

    @_overflow_is_infinity
    def sketch(self, grid: Grid) -> Landscape:
        """Return the cost at every crossing, or a little more: for pictures of what moves.

        Of a cost that is convex and analytic, the bias is found on a few crossings and read between
        them: the cost is flat about its best, so that it is wrong by the square of what the bias
        is. Every other cost is exact.
        """
        own, curve = self.classifier, self.classifier.loss.curve
        if curve.pieces is not None or not curve.properties.convex or min(grid.shape) <= _NODES:
            return self.landscape(grid)
        nodes = [np.linspace(axis[0], axis[-1], _NODES) for axis in (grid.x, grid.y)]
        known = self._found(Grid(*nodes).points)[0].reshape(_NODES, _NODES)
        if not np.isfinite(known).all():
            return self.landscape(grid)
        across, up = (_between(*pair) for pair in zip((grid.x, grid.y), nodes, strict=True))
        points, bias = grid.points, (up @ known @ across.T).ravel()
        cost = np.empty(len(points))
        for some in slices(len(points), _HELD // len(own.x)):
            cost[some] = self._costs(points[some], bias[some])
        cost += own.strength * np.square(points).sum(axis=1)
        return Landscape(grid.x, grid.y, cost.reshape(grid.shape))

    @_overflow_is_infinity
    def gradient(self, theta: ArrayLike) -> Array:
        """Return the derivatives by the weights, the bias held: by it the slope is 0 anyway.

        Where points sit on a kink, their slope by the score is whatever makes that so.
        """
        own, weights = self.classifier, np.asarray(theta, dtype=np.float64)
        penalty = 2.0 * own.strength * weights
        pulls = self._followed(weights)
        if pulls is not None:
            return pulls @ self._features + penalty
        full = self.full(weights)
        if not math.isfinite(full[-1]):
            self.last.clear()
            return penalty
        self._passed(weights, float(full[-1]), np.zeros(2))
        margins = own.margins(full)
        beside = 1e-9 * (1.0 + np.abs(margins).max()) * own.label
        slopes = [own.label * own.loss.curve.gradient(margins + side * beside) for side in (-1, 1)]
        fall, climb = (float(one @ own.charges) for one in slopes)
        share = np.clip(-fall / (climb - fall), 0.0, 1.0) if climb > fall else 0.5
        slope = (1.0 - share) * slopes[0] + share * slopes[1]
        return (own.charges * slope) @ own.design[:, :2] + penalty

    @_overflow_is_infinity
    def hessian(self, theta: ArrayLike) -> Array:
        """Return the second derivatives, less what following with the bias saves.

        They are those between kinks; where a bias sits on one, they leave out that it moves along.
        """
        full = self.full(theta)
        if not math.isfinite(full[-1]):
            return 2.0 * self.classifier.strength * np.eye(2)
        whole = self.classifier.hessian(full)
        if not whole[2, 2] > 0:
            return whole[:2, :2]
        return whole[:2, :2] - np.outer(whole[:2, 2], whole[:2, 2]) / whole[2, 2]

    @functools.cached_property
    def _enough(self) -> float:
        """How short a Newton step towards a bias is the last; 0 where none are taken.

        Where the second derivative is smooth, a step leaves its own square to go.
        """
        curve = self.classifier.loss.curve
        if not (curve.properties.convex and curve.properties.differentiable):
            return 0.0
        return _STEP_SMOOTH if curve.pieces is None else _STEP_PIECES

    def _passed(self, weights: Array, bias: float, drift: Array) -> None:
        """Keep the best bias of these weights, and how it changes with them."""
        self.trail[(float(weights[0]), float(weights[1]))] = bias
        self.last[:] = [Followed(weights, bias, drift)]

    def _followed(self, weights: Array) -> Array | None:
        """Return the slope by each score at the best bias, found from where the last one was.

        Newton steps settle what is convex and smooth; None for all else, and where they do not.
        """
        own, curve = self.classifier, self.classifier.loss.curve
        if not (self.last and self._enough):
            return None
        (last,), enough = self.last, self._enough
        scores = self._features @ weights
        bias = last.bias + float(last.drift @ (weights - last.weights))
        for _ in range(_STEPS):
            margins = own.label * (scores + bias)
            pulls, bends = curve.slopes(margins)
            pulls, bends = self._signed * pulls, own.charges * bends
            bend = float(bends.sum())
            step = float(pulls.sum()) / bend if bend > 0 else math.inf
            if not abs(step) < _LEAP:
                return None
            bias -= step
            if abs(step) <= enough * (1.0 + abs(bias)):
                self._passed(weights, bias, bends @ self._features / -bend)
                return np.asarray(pulls - step * bends)
        return None

    @functools.cached_property
    def _features(self) -> Array:
        return np.ascontiguousarray(self.classifier.design[:, :2])

    @functools.cached_property
    def _signed(self) -> Array:
        return self.classifier.charges * self.classifier.label

    @_overflow_is_infinity
    def _found(self, points: Array, fine: bool = False) -> tuple[Array, Array]:
        """Return the best bias and the cost but for the penalty, for rows of weights.

        What a descent has passed is known.
        """
        own, bias, cost = self.classifier, np.empty(len(points)), np.empty(len(points))
        known = len(points) <= len(self.trail)
        if known:
            bias[:] = [self.trail.get(one, math.nan) for one in map(tuple, points.tolist())]
            known = not np.isnan(bias).any()
        for some in slices(len(points), _HELD // len(own.x)):
            if known:
                cost[some] = self._costs(points[some], bias[some])
                continue
            scores = self._scores(points[some])
            found = best_bias(own.loss.curve, scores, own.label, own.charges, fine)
            bias[some], cost[some] = found
        return bias, cost

    def _scores(self, points: Array) -> Array:
        """Return the scores but for the bias, (m, n)."""
        first, second = self._features.T
        scores = np.multiply.outer(points[:, 0], first)
        scores += np.multiply.outer(points[:, 1], second)
        return scores

    def _costs(self, points: Array, bias: Array) -> Array:
        """Return the cost but for the penalty, for rows of weights with these biases."""
        own, margins = self.classifier, self._scores(points)
        margins += bias[:, None]
        margins *= own.label
        return _total(own.loss.curve.value(margins), own.charges)


def _between(axis: Array, nodes: Array) -> Array:
    """Return what each node counts at each place of an axis, (m, nodes): straight between them."""
    return np.stack([np.interp(axis, nodes, one) for one in np.eye(len(nodes))], axis=1)


Pair = tuple[float, float]


@dataclasses.dataclass(frozen=True, eq=False)
class Followed:
    """A best bias, the weights it belongs to, and how it changes with them, (2,)."""

    weights: Array
    bias: float
    drift: Array


def _total(losses: Array, charges: Array) -> Array:
    """Return the charged sum over the last axis; what costs nothing may be infinite."""
    total = np.asarray(losses @ charges)
    if np.isnan(total).any():
        counts = charges > 0
        total = np.asarray(losses[..., counts] @ charges[counts])
    return np.where(np.isnan(total), np.inf, total)


def _points(values: ArrayLike) -> Array:
    x = np.array(values, dtype=np.float64)
    x = x[:, None] if x.ndim == 1 else x
    if x.ndim != 2 or x.shape[1] not in NAMES or not len(x):
        raise ObjectiveError(
            f"LinearClassifier: x has shape {np.shape(values)}, expected one or two features."
        )
    if not np.isfinite(x).all():
        raise ObjectiveError("LinearClassifier: x holds a number that is not finite.")
    return x


def _labels(values: ArrayLike, count: int) -> Array:
    """Return the labels as -1 and 1."""
    try:
        labels = LABEL.checked("LinearClassifier", "label", values)
    except DomainError as error:
        raise ObjectiveError(str(error)) from None
    if labels.shape != (count,):
        raise ObjectiveError(
            f"LinearClassifier: label has shape {labels.shape}, expected one for each of {count}."
        )
    return np.where(labels > 0, 1.0, -1.0)


def _shares(values: ArrayLike | None, count: int) -> Array:
    weights = np.ones(count) if values is None else np.array(values, dtype=np.float64)
    if weights.shape != (count,):
        raise ObjectiveError(
            f"LinearClassifier: weights have shape {weights.shape},"
            f" expected one for each of {count}."
        )
    if not (np.isfinite(weights).all() and weights.min() >= 0 and weights.sum() > 0):
        raise ObjectiveError("LinearClassifier: weights must be at least 0, and one above 0.")
    return weights / weights.sum()


def _origin(values: Sequence[float] | Array, features: int) -> Array:
    origin = np.array(values, dtype=np.float64).reshape(-1)
    if origin.shape != (features,) or not np.isfinite(origin).all():
        raise ObjectiveError(f"LinearClassifier: origin is {values}, expected {features} numbers.")
    return origin
