"""Everything one screen shows of points of several classes, computed in one go."""

import dataclasses
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from core.classification.linear_study import Ranges, ranges_around
from core.classification.softmax_fit import SoftmaxFit
from core.classification.softmax_regression import (
    COLUMNS,
    Axis,
    LogitSlice,
    SoftmaxRegression,
    regions,
)
from core.landscape import Grid, Landscape
from core.losses.base import Array
from core.losses.multiclass import MulticlassLoss
from core.optimizers import Optimizer, Trajectory, descend

Axes = tuple[Axis, Axis]


@dataclasses.dataclass(frozen=True)
class SoftmaxQuestion:
    """What to compute of the loss number `chosen`: over which two weights, and which path."""

    chosen: int
    optimizer: Optimizer
    start: tuple[float, float]
    steps: int
    grid: Grid
    axes: Axes


@dataclasses.dataclass(frozen=True, eq=False)
class SoftmaxStudy:
    """The answers: the models and fits asked about, and landscape and path of the chosen one.

    full: all weights along the path, (steps + 1, K, 3).
    """

    models: tuple[SoftmaxRegression, ...]
    fits: tuple[SoftmaxFit, ...]
    model: SoftmaxRegression
    fit: SoftmaxFit
    objective: LogitSlice
    landscape: Landscape
    trajectory: Trajectory
    full: Array


def softmax_models(
    x: Array,
    label: NDArray[np.int64],
    losses: Sequence[MulticlassLoss],
    strength: float,
    classes: int,
) -> tuple[SoftmaxRegression, ...]:
    """Return a model of the points for every loss."""
    return tuple(SoftmaxRegression(x, label, loss, strength, classes) for loss in losses)


def softmax_study(
    models: tuple[SoftmaxRegression, ...],
    fits: tuple[SoftmaxFit, ...],
    question: SoftmaxQuestion,
) -> SoftmaxStudy:
    """Return landscape and path of the chosen model, all weights but two being those of its fit."""
    model, found = models[question.chosen], fits[question.chosen]
    objective = model.slice(question.axes, found.weights)
    trajectory = descend(objective, question.optimizer, question.start, question.steps)
    return SoftmaxStudy(
        models,
        fits,
        model,
        found,
        objective,
        objective.landscape(question.grid),
        trajectory,
        np.array([objective.full(point) for point in trajectory.points]),
    )


def at(weights: Array, axes: Axes) -> Array:
    """Return the two of the weights that a landscape lies over."""
    return np.array([weights[k, COLUMNS.index(name)] for k, name in axes])


def softmax_ranges(fits: Sequence[SoftmaxFit], axes: Axes) -> Ranges:
    """Return ranges of two weights that hold 0 and every fit, with room around them."""
    return ranges_around(np.array([at(one.weights, axes) for one in fits]))


def share_turned(old: Array, new: Array, grid: Grid) -> float:
    """Return which share of a picture is called another class than before."""
    before, after = regions(old, grid).winner, regions(new, grid).winner
    return float(np.mean(before != after))


def boundaries(weights: Array, span: Ranges) -> tuple[Array, Array]:
    """Return where the two largest logits are equal: for each pair of classes a piece of a line.

    Pieces reach beyond the span. Shape: weights (..., K, 3); x and y (..., 3 K (K - 1) / 2), two
    ends and a gap for each pair, all gaps where the pair meets nowhere near.
    """
    count = weights.shape[-2]
    middle, far = np.mean(span, axis=1), 2.0 * float(np.hypot(*np.ptp(span, axis=1)))
    pieces = [_piece(weights, pair, middle, far) for pair in combinations(range(count), 2)]
    ends = np.concatenate(pieces, axis=-2)
    return ends[..., 0], ends[..., 1]


@np.errstate(all="ignore")  # of weights that are equal or not finite nothing is drawn
def _piece(weights: Array, pair: tuple[int, int], middle: Array, far: float) -> Array:
    """Return the ends of one pair's piece and a gap, (..., 3, 2)."""
    first, second = (weights[..., k, :] for k in pair)
    across, level = (first - second)[..., :2], (first - second)[..., 2]
    size = np.sqrt((across**2).sum(axis=-1))
    normal = across / size[..., None]
    foot = middle - normal * ((across @ middle + level) / size)[..., None]
    along = np.stack([-normal[..., 1], normal[..., 0]], axis=-1)
    low, high = np.full(size.shape, -far), np.full(size.shape, far)
    for other in set(range(weights.shape[-2])) - set(pair):
        lead = first - weights[..., other, :]
        at_foot = (lead[..., :2] * foot).sum(axis=-1) + lead[..., 2]
        slope = (lead[..., :2] * along).sum(axis=-1)
        end = -at_foot / slope
        low = np.where(slope > 0, np.maximum(low, end), low)
        high = np.where(slope < 0, np.minimum(high, end), high)
        high = np.where((slope == 0) & (at_foot < 0), -np.inf, high)
    near = (low < high) & (np.abs(foot - middle).max(axis=-1) < 10.0 * far)
    ends = np.stack([low, high, np.full(size.shape, np.nan)], axis=-1)
    pieces = foot[..., None, :] + ends[..., None] * along[..., None, :]
    return np.where(near[..., None, None], pieces, np.nan)
