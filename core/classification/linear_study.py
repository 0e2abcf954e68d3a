"""Everything one screen shows of points of two classes, computed in one go."""

import dataclasses
import math

import numpy as np

from core.classification.linear import BestBias, LinearClassifier, Slice
from core.classification.linear_fit import ClassifierFit, fit
from core.landscape import Grid, Landscape
from core.losses.base import Array
from core.losses.composition import ClassWeighted
from core.losses.margin import MarginLoss
from core.optimizers import Optimizer, Trajectory, descend

BEST = "best"  # the bias that suits the weights best, in place of a held one

Axes = tuple[str, str]
Ranges = tuple[tuple[float, float], tuple[float, float]]


@dataclasses.dataclass(frozen=True, eq=False)
class Scaling:
    """The units that weights are measured in: a feature is (x - centre) / unit.

    Shape: centre and unit (d,).
    """

    centre: Array
    unit: Array

    @classmethod
    def none(cls, features: int) -> "Scaling":
        """Return the units of the data themselves."""
        return cls(np.zeros(features), np.ones(features))

    @classmethod
    def of(cls, x: Array) -> "Scaling":
        """Return standard units: 0 is the mean and 1 the standard deviation of every feature."""
        spread = x.std(axis=0)
        return cls(x.mean(axis=0), np.where(spread > 0, spread, 1.0))

    def features(self, x: Array) -> Array:
        """Return points in these units."""
        return (x - self.centre) / self.unit

    def in_data(self, theta: Array) -> Array:
        """Return parameters that make the same scores of the data as they are, (..., d + 1)."""
        weights = theta[..., :-1] / self.unit
        bias = theta[..., -1] - weights @ self.centre
        return np.concatenate([weights, bias[..., None]], axis=-1)


@dataclasses.dataclass(frozen=True)
class ClassifierQuestion:
    """What to compute.

    axes: the two parameters of the landscape. held: the third, or None for its best value.
    strength: of the penalty on the weights. positive: what a loss on a positive is multiplied by.
    near: parameters of each fit from before the data moved a little, if they are to be followed;
    the landscape is a sketch then.
    """

    losses: tuple[MarginLoss, ...]
    chosen: MarginLoss
    optimizer: Optimizer
    start: tuple[float, float]
    steps: int
    grid: Grid
    axes: Axes
    held: float | None
    strength: float = 0.0
    positive: float = 1.0
    near: tuple[Array, ...] | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class ClassifierStudy:
    """The answers: a classifier and its fit per loss in the order asked, a landscape, a path.

    full: all parameters along the path, (steps + 1, d + 1).
    """

    classifiers: tuple[LinearClassifier, ...]
    fits: tuple[ClassifierFit, ...]
    classifier: LinearClassifier
    fit: ClassifierFit
    objective: Slice | BestBias
    landscape: Landscape
    trajectory: Trajectory
    full: Array


def classifier_study(x: Array, label: Array, question: ClassifierQuestion) -> ClassifierStudy:
    """Return fits, landscape and path for points x, (n, d), of labels (n,)."""
    classifiers = tuple(_classifier(x, label, loss, question) for loss in question.losses)
    near = question.near or (None,) * len(classifiers)
    fits = tuple(fit(one, place) for one, place in zip(classifiers, near, strict=True))
    at = question.losses.index(question.chosen)
    objective = over(classifiers[at], question.axes, question.held, fits[at].theta)
    trajectory = descend(objective, question.optimizer, question.start, question.steps)
    return ClassifierStudy(
        classifiers,
        fits,
        classifiers[at],
        fits[at],
        objective,
        _drawn(objective, question),
        trajectory,
        objective.fulls(trajectory.points),
    )


def _drawn(objective: Slice | BestBias, question: ClassifierQuestion) -> Landscape:
    """Return the landscape: while data move, a sketch where that is quicker."""
    if question.near is not None and isinstance(objective, BestBias):
        return objective.sketch(question.grid)
    return objective.landscape(question.grid)


def _classifier(
    x: Array, label: Array, loss: MarginLoss, question: ClassifierQuestion
) -> LinearClassifier:
    weighed = loss if question.positive == 1.0 else ClassWeighted(loss, 1.0, question.positive)
    return LinearClassifier(x, label, weighed, strength=question.strength)


def over(
    classifier: LinearClassifier, axes: Axes, held: float | None, theta: Array
) -> Slice | BestBias:
    """Return the cost over two parameters: the third is held, or the bias at its best."""
    if len(classifier.names) == 3 and "b" not in axes and held is None:
        return classifier.with_best_bias()
    rest = [place for place, name in enumerate(classifier.names) if name not in axes]
    point = np.array(theta)
    if held is not None:
        point[rest] = held
    return classifier.slice(axes, point)


def classifier_ranges(fits: tuple[ClassifierFit, ...], places: tuple[int, int]) -> Ranges:
    """Return ranges of two parameters that hold 0 and every loss's fit, with room around them."""
    return ranges_around(np.array([one.theta[list(places)] for one in fits]))


def ranges_around(points: Array) -> Ranges:
    """Return ranges that hold 0 and all points, (n, 2), with as much room on every side.

    Their ends are round numbers, so that they stay while the points move a little.
    """
    low, high = np.minimum(points.min(axis=0), 0.0), np.maximum(points.max(axis=0), 0.0)
    room = 0.45 * (high - low).max() + 0.4
    unit = 10.0 ** math.floor(math.log10((high - low).max() + 2.0 * room)) / 2.0
    low, high = np.floor((low - room) / unit) * unit, np.ceil((high + room) / unit) * unit
    return (float(low[0]), float(high[0])), (float(low[1]), float(high[1]))
