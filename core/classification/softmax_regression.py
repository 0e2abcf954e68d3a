"""Softmax regression: one linear score for each of several classes, and the cost of all of them.

model = SoftmaxRegression(x, label, loss, strength=0.0, classes=None, origin=None)
model.value(W), .gradient(W), .hessian(W)        W has one row (w1, w2, b) for each class
model.logits(W), .losses(W), .probability(W), .called(W)
model.slice(((0, "w1"), (2, "b")), held=W)        an Objective over two of the weights
fit(model)                                        in core.classification.softmax_fit
regions(W, grid)                                  who wins where, and how sure it is
softmax_steps(logits, temperature)                the arithmetic of one row, the trick at work
best_lead(loss, classes)                          how far label smoothing lets a class lead
"""

from __future__ import annotations

import dataclasses
import enum
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.declare import Declared, parameter
from core.landscape import Grid, Landscape
from core.losses.base import Array, ScalarLoss
from core.losses.domain import Classes, DomainError
from core.losses.links import sigmoid
from core.losses.margin import Focal, Hinge, LogisticLoss
from core.losses.multiclass import (
    CategoricalCrossEntropy,
    LabelSmoothing,
    MulticlassBrier,
    MulticlassFocal,
    MulticlassHinge,
    MulticlassLoss,
    SparseCategoricalCrossEntropy,
)
from core.objectives import Objective, ObjectiveError
from core.sums import slices

COLUMNS = ("w1", "w2", "b")
MOST = 10
Axis = tuple[int, str]

_BLOCK = 1 << 14

# Threat: weights far out make logits that leave float64, and NumPy warns. Remedy: the infinity is
# the right cost, so only the warning goes. Limit: infinities that cancel cost the worst too.
_overflow_is_infinity = np.errstate(over="ignore", invalid="ignore")


@dataclasses.dataclass(frozen=True, eq=False)
class SoftmaxRegression(Declared):
    """The mean loss of the logits W (x - origin, 1), and a penalty on all weights but the biases.

    The cost is mean(loss) + strength * the sum of squares of w1 and w2 of all classes.

    design: x - origin and a column of ones. target: what the loss takes, a class number or a row.

    Shape: x (n, 2), label (n,) class numbers from 0 on; W (K, 3), K the number of classes.
    Raises: `ObjectiveError` when the shapes differ, a number is not finite, a label is no class
        number, or there are fewer than two classes or more than ten; `ParameterError` when the
        strength is below 0.
    """

    x: Array
    label: NDArray[np.int64]
    loss: MulticlassLoss
    strength: float = parameter(
        0.0,
        symbol=r"\lambda",
        meaning="how much the squared weights count beside the mean loss",
        low=0.0001,
        high=10.0,
        step=0.0001,
        minimum=0.0,
        open_maximum=True,
        logarithmic=True,
    )
    classes: int | None = None
    origin: Array | None = None
    design: Array = dataclasses.field(init=False, repr=False)
    target: Array = dataclasses.field(init=False, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        x, label = np.array(self.x, dtype=np.float64), np.array(self.label)
        if x.ndim != 2 or x.shape[1] != 2 or not len(x) or label.shape != x.shape[:1]:
            raise ObjectiveError(
                f"SoftmaxRegression: x has shape {x.shape} and label {label.shape},"
                " expected two features and a label for each point."
            )
        origin = np.zeros(2) if self.origin is None else np.array(self.origin, dtype=np.float64)
        if not (np.isfinite(x).all() and origin.shape == (2,) and np.isfinite(origin).all()):
            raise ObjectiveError("SoftmaxRegression: x or origin is not finite, or no pair.")
        count = self._counted(label)
        whole = label.astype(np.int64)
        told = whole.astype(np.float64) if _numbered(self.loss) else np.eye(count)[whole]
        design = np.column_stack([x - origin, np.ones(len(x))])
        kept = {"x": x, "label": whole, "origin": origin, "design": design, "target": told}
        for name, values in kept.items():
            values.setflags(write=False)
            object.__setattr__(self, name, values)
        object.__setattr__(self, "classes", count)

    def _counted(self, label: NDArray[Any]) -> int:
        """Return the number of classes."""
        if not (np.isfinite(label).all() and (label >= 0).all() and (label % 1 == 0).all()):
            raise ObjectiveError("SoftmaxRegression: a label is no class number from 0 on.")
        count = int(label.max()) + 1 if self.classes is None else self.classes
        if not max(2, int(label.max()) + 1) <= count <= MOST:
            raise ObjectiveError(
                f"SoftmaxRegression: {count} classes, expected 2 to {MOST}, and every label below."
            )
        return count

    @property
    def count(self) -> int:
        """The number of classes."""
        assert self.classes is not None
        return self.classes

    @property
    def convex(self) -> bool:
        """Whether the cost is convex: as convex as the loss, the logits being linear."""
        return self.loss.properties.convex

    @property
    def ridge(self) -> Array:
        """What the square of each of W costs, shape (K, 3)."""
        return np.tile([float(self.strength), float(self.strength), 0.0], (self.count, 1))

    @_overflow_is_infinity
    def logits(self, weights: ArrayLike) -> Array:
        """Return one score for each point and class, (n, K)."""
        return self.design @ self._weights(weights).T

    def losses(self, weights: ArrayLike) -> Array:
        """Return what every point costs."""
        return self.loss.value(self.logits(weights), self.target)

    def probability(self, weights: ArrayLike) -> Array:
        """Return softmax(logits), (n, K)."""
        return self.loss.probability(self.logits(weights))

    def called(self, weights: ArrayLike) -> NDArray[np.int64]:
        """Return the class of the largest logit of each point; of several, the first."""
        return self.logits(weights).argmax(axis=1)

    @_overflow_is_infinity
    def value(self, weights: ArrayLike) -> float:
        """Return the cost; infinite where logits leave float64."""
        try:
            losses = self.losses(weights)
        except DomainError:
            return math.inf
        return float(losses.mean() + (self.ridge * np.square(self._weights(weights))).sum())

    @_overflow_is_infinity
    def gradient(self, weights: ArrayLike) -> Array:
        """Return the derivatives by all of W, shape (K, 3)."""
        pulls = self.loss.gradient(self.logits(weights), self.target)
        return pulls.T @ self.design / len(self.x) + 2.0 * self.ridge * self._weights(weights)

    @_overflow_is_infinity
    def hessian(self, weights: ArrayLike) -> Array:
        """Return the second derivatives by W row after row, shape (3 K, 3 K)."""
        bends = self.loss.hessian(self.logits(weights), self.target)
        pairs = self.design[:, :, None] * self.design[:, None, :] / len(self.x)
        size = 3 * self.count
        blocks = np.tensordot(bends, pairs, axes=(0, 0)).transpose(0, 2, 1, 3)
        return blocks.reshape(size, size) + 2.0 * np.diag(self.ridge.ravel())

    def slice(self, axes: tuple[Axis, Axis], held: ArrayLike | None = None) -> LogitSlice:
        """Return the cost over two named weights, all others as they are in held."""
        kept = np.zeros((self.count, 3)) if held is None else self._weights(held)
        return LogitSlice(self, axes, kept)

    def _weights(self, weights: ArrayLike) -> Array:
        found = np.asarray(weights, dtype=np.float64)
        if found.shape != (self.count, 3):
            raise ObjectiveError(
                f"SoftmaxRegression: W has shape {found.shape}, expected ({self.count}, 3)."
            )
        return found


def _numbered(loss: MulticlassLoss) -> bool:
    return isinstance(loss.arguments[1].domain, Classes)


# Two weights of all ------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class LogitSlice(Objective):
    """The cost of a softmax regression over two of its weights, the others held.

    An axis is a class and one of "w1", "w2" and "b". At most two logits move; the others are
    summed once. Of a label alone most losses depend on one number, how far the logit of the true
    class lies above all others together: that is a margin, and its loss a loss of margins.

    Raises: `ObjectiveError` unless the axes are two weights and held is finite.
    """

    model: SoftmaxRegression
    axes: tuple[Axis, Axis]
    held: Array

    def __post_init__(self) -> None:
        known = {(k, name) for k in range(self.model.count) for name in COLUMNS}
        if len(self.axes) != 2 or len(set(self.axes) & known) != 2:
            raise ObjectiveError(
                f"LogitSlice: axes are {self.axes}, expected two pairs of a class and one of"
                f" {COLUMNS}."
            )
        if not np.isfinite(self.held).all():
            raise ObjectiveError("LogitSlice: held is not finite.")

    @property
    def convex(self) -> bool:
        """Whether the cost is convex."""
        return self.model.convex

    def full(self, theta: ArrayLike) -> Array:
        """Return all of W where two of its weights are theta."""
        weights = np.array(self.held, dtype=np.float64)
        weights[self._places] = theta
        return weights

    def value(self, theta: ArrayLike) -> float:
        """Return the cost."""
        return self.model.value(self.full(theta))

    def gradient(self, theta: ArrayLike) -> Array:
        """Return the two partial derivatives."""
        return self.model.gradient(self.full(theta))[self._places]

    def hessian(self, theta: ArrayLike) -> Array:
        """Return the second derivatives, shape (2, 2)."""
        rows, columns = self._places
        flat = 3 * np.array(rows) + np.array(columns)
        return self.model.hessian(self.full(theta))[np.ix_(flat, flat)]

    @_overflow_is_infinity
    def values(self, points: ArrayLike) -> Array:
        """Return the cost at each row of points, a bounded block of them at a time."""
        points = np.asarray(points, dtype=np.float64)
        out = self._penalty(points) + self._tilt(points)
        groups = list(_groups(self))
        for some in slices(len(points), _BLOCK // len(self.model.x)):
            for group in groups:
                losses = group.losses(points[some])
                out[some] += losses.sum(axis=1) / len(self.model.x)
        return np.where(np.isnan(out), np.inf, out)

    def landscape(self, grid: Grid) -> Landscape:
        """Return the cost at every crossing."""
        return Landscape(grid.x, grid.y, self.values(grid.points).reshape(grid.shape))

    @property
    def _places(self) -> tuple[list[int], list[int]]:
        return [k for k, _ in self.axes], [COLUMNS.index(name) for _, name in self.axes]

    def rays(self, k: int) -> Array:
        """Return what a unit of either weight adds to the logit of a class, shape (2, n)."""
        rows, columns = self._places
        own = np.array(rows) == k
        return own[:, None] * self.model.design[:, columns].T

    def _penalty(self, points: Array) -> Array:
        ridge = self.model.ridge
        rest = self.full(np.zeros(2))
        return np.square(points) @ ridge[self._places] + (ridge * rest * rest).sum()

    def _tilt(self, points: Array) -> Array:
        """Return what smoothed labels add: ε times the lead of the true logit over the mean."""
        loss, model = self.model.loss, self.model
        if not isinstance(loss, LabelSmoothing):
            return np.zeros(len(points))
        share = np.eye(model.count)[model.label] - 1.0 / model.count
        leads = (share[:, :, None] * model.design[:, None, :]).mean(axis=0)
        level = float((leads * self.full(np.zeros(2))).sum())
        return loss.epsilon * (points @ leads[self._places] + level)


@dataclasses.dataclass(frozen=True, eq=False)
class _Group:
    """Points whose true logit is the same of those that move, or none of them.

    true and others: logits as (height, rays); rest: all that stays put but the true one, together.
    """

    loss: MulticlassLoss
    true: tuple[Array, Array | None]
    others: tuple[tuple[Array, Array], ...]
    rest: Array
    rest_squared: Array

    def losses(self, points: Array) -> Array:
        """Return the loss of each point of the group for each row of weights."""
        true = _moved(points, *self.true)
        moving = [_moved(points, *one) for one in self.others]
        join = np.maximum if isinstance(self.loss, MulticlassHinge) else _together
        rivals = self.rest
        for one in moving:
            rivals = join(rivals, one)
        margins = np.asarray(true - rivals)
        if not isinstance(self.loss, MulticlassBrier):
            return _of_margins(self.loss).value(margins)
        squares = self.rest_squared
        for one in moving:
            squares = _together(squares, 2.0 * one)
        return sigmoid(-margins) ** 2 * (1.0 + np.exp(squares - 2.0 * rivals))


def _groups(own: LogitSlice) -> Iterator[_Group]:
    """Yield the points in groups: one for each logit that moves, one for all others."""
    model = own.model
    still, moving = model.logits(own.full(np.zeros(2))), sorted({k for k, _ in own.axes})
    for k in (*moving, -1):
        some = model.label == k if k >= 0 else ~np.isin(model.label, moving)
        if not some.any():
            continue
        height, label = still[some], model.label[some]
        true = height[np.arange(len(label)), label]
        others = tuple((height[:, j], own.rays(j)[:, some]) for j in moving if j != k)
        rest = height.copy()
        rest[np.arange(len(label)), label] = -np.inf
        rest[:, moving] = -np.inf
        hinge = isinstance(model.loss, MulticlassHinge)
        joined = rest.max(axis=1) if hinge else _summed(rest)
        rays = own.rays(k)[:, some] if k >= 0 else None
        yield _Group(model.loss, (true, rays), others, joined, _summed(2.0 * rest))


def _moved(points: Array, height: Array, rays: Array | None) -> Array:
    return height if rays is None else points @ rays + height


def _summed(logits: Array) -> Array:
    """Return the logarithm of the sum of exponentials over each row; -∞ of no logits at all."""
    top = logits.max(axis=1)
    base = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return base + np.log(np.exp(logits - base[:, None]).sum(axis=1))


def _together(a: Array, b: Array) -> Array:
    """Return log(exp a + exp b); NumPy's own takes several times as long.

    Threat: of two that are -∞ the difference is no number. Remedy: it is made 0. Limit: none.
    """
    top = np.maximum(a, b)
    gap = np.minimum(a, b) - np.where(np.isfinite(top), top, 0.0)
    np.exp(gap, out=gap)
    np.log1p(gap, out=gap)
    gap += top
    return gap


def _of_margins(loss: MulticlassLoss) -> ScalarLoss:
    """Return the loss of the margin that a loss of one-hot logits is."""
    if isinstance(loss, CategoricalCrossEntropy | SparseCategoricalCrossEntropy | LabelSmoothing):
        return LogisticLoss()
    if isinstance(loss, MulticlassFocal):
        return Focal(loss.gamma)
    if isinstance(loss, MulticlassHinge):
        return Hinge(loss.margin)
    raise ObjectiveError(f"LogitSlice: {loss.name} is no loss of a margin.")


# Regions -----------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class Regions:
    """Which class has the largest logit at every crossing of a grid, and its probability.

    Shape: both (ny, nx).
    """

    winner: NDArray[np.int64]
    probability: Array


def regions(weights: ArrayLike, grid: Grid, origin: ArrayLike = (0.0, 0.0)) -> Regions:
    """Return who wins where, the grid running over the two features."""
    found = np.asarray(weights, dtype=np.float64)
    places = grid.points - np.asarray(origin, dtype=np.float64)
    logits = places @ found[:, :2].T + found[:, 2]
    probability = CategoricalCrossEntropy().probability(logits).max(axis=1)
    return Regions(logits.argmax(axis=1).reshape(grid.shape), probability.reshape(grid.shape))


# The arithmetic of one row -----------------------------------------------------------------------


class NaiveTrouble(enum.Enum):
    """How the plain formula fails; the value is the sentence shown to the reader."""

    NONE = "The plain formula gives the same here."
    OVERFLOW = "Without the shift an exponential leaves float64: infinity over infinity."
    UNDERFLOW = "Without the shift all exponentials are 0 in float64: nothing over nothing."


@dataclasses.dataclass(frozen=True, eq=False)
class SoftmaxSteps:
    """Softmax of one row of logits, step by step.

    scaled: logits / temperature. shifted: scaled - largest. powers: exp(shifted). total: their sum.
    log_sum: largest + log(total). naive: exp(scaled) over its sum, None where that is no number.
    """

    scaled: Array
    largest: float
    shifted: Array
    powers: Array
    total: float
    log_sum: float
    probability: Array
    naive: Array | None
    trouble: NaiveTrouble


def softmax_steps(logits: ArrayLike, temperature: float = 1.0) -> SoftmaxSteps:
    """Return the steps, and what comes of the plain formula.

    Raises: `DomainError` unless there are two finite logits or more and a temperature above 0.
    """
    given = np.array(logits, dtype=np.float64)
    if given.ndim != 1 or len(given) < 2 or not np.isfinite(given).all():
        raise DomainError(
            f"softmax_steps: logits are {logits!r}, expected two finite ones or more."
        )
    if not (temperature > 0 and math.isfinite(temperature)):
        raise DomainError(f"softmax_steps: temperature is {temperature}, expected above 0.")
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = given / temperature
        largest = float(scaled.max())
        shifted = scaled - largest
        powers = np.exp(shifted)
        plain = np.exp(scaled)
        whole = float(plain.sum())
    total = float(powers.sum())
    if not np.isfinite(scaled).all():
        raise DomainError(f"softmax_steps: temperature is {temperature}, too low for these logits.")
    trouble = NaiveTrouble.OVERFLOW if math.isinf(whole) else NaiveTrouble.UNDERFLOW
    trouble = trouble if math.isinf(whole) or whole == 0 else NaiveTrouble.NONE
    naive = plain / whole if trouble is NaiveTrouble.NONE else None
    log_sum = largest + math.log(total)
    return SoftmaxSteps(
        scaled, largest, shifted, powers, total, log_sum, powers / total, naive, trouble
    )


def best_lead(loss: LabelSmoothing, classes: int) -> float:
    """Return how far the true logit leads where smoothed labels cost least; infinite at ε = 0."""
    spread = loss.epsilon / classes
    return math.log((1.0 - loss.epsilon + spread) / spread) if spread > 0 else math.inf
