"""What a classifier's scores and probabilities are worth: mistakes, rankings, honesty, shares.

Labels are -1 and 1, or 0 and 1. What does not exist is None, never NaN: a precision where nothing
is called positive, a ranking of one class alone.

    confusion(score, label, threshold)         counts; .recall .precision .f1 ... .cost(miss, alarm)
    confusion_matrix(label, called, classes)   the same of more than two classes
    cost_threshold(miss, alarm), best_threshold(score, label, miss, alarm)
    roc(score, label), precision_recall(score, label)      curves with .area and .average
    reliability(probability, label, bins, equal)           bins, and the calibration error
    log_loss(probability, label), brier_score(probability, label), wilson(hits, count)
    support_vectors(margins), loss_shares(losses, margins), cumulative_loss(losses, certainty)
    imbalanced(x, label, share, seed)          the same points at another share of positives
"""

from __future__ import annotations

import dataclasses
import math
import random
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.losses.base import Array
from core.losses.domain import LABEL, PROBABILITY, DomainError, together

Flags = NDArray[np.bool_]
Indices = NDArray[np.intp]


def _positive(owner: str, label: ArrayLike, **others: Array) -> Flags:
    """Tell which labels are positive.

    Raises: `DomainError` when a label is none, there are none, or there are more or fewer others.
    """
    labels = LABEL.checked(owner, "label", label)
    shapes = {name: values.shape for name, values in others.items()}
    if labels.ndim != 1 or any(shape != labels.shape for shape in shapes.values()):
        told = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise DomainError(f"{owner}: label {labels.shape}, {told}; expected rows of one length.")
    if not len(labels):
        raise DomainError(f"{owner}: no labels, expected one at least.")
    return np.asarray(labels > 0)


def _over(part: float, whole: float) -> float | None:
    return part / whole if whole else None


# Mistakes ----------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Confusion:
    """How many of each class are called what: hits, misses, false alarms, and rightly left out."""

    true_positive: int
    false_negative: int
    false_positive: int
    true_negative: int

    @property
    def positives(self) -> int:
        """How many points are positive."""
        return self.true_positive + self.false_negative

    @property
    def negatives(self) -> int:
        """How many are not."""
        return self.false_positive + self.true_negative

    @property
    def accuracy(self) -> float:
        """The share that is called right."""
        return (self.true_positive + self.true_negative) / (self.positives + self.negatives)

    @property
    def recall(self) -> float | None:
        """The share of the positives that is found; None without positives."""
        return _over(self.true_positive, self.positives)

    @property
    def specificity(self) -> float | None:
        """The share of the negatives that is left out; None without negatives."""
        return _over(self.true_negative, self.negatives)

    @property
    def precision(self) -> float | None:
        """The share of those called positive that is; None where none is called so."""
        return _over(self.true_positive, self.true_positive + self.false_positive)

    @property
    def f1(self) -> float | None:
        """The harmonic mean of precision and recall; None without positives of either kind."""
        wrong = self.false_positive + self.false_negative
        return _over(2 * self.true_positive, 2 * self.true_positive + wrong)

    @property
    def balanced_accuracy(self) -> float | None:
        """The mean of recall and specificity; None where a class is missing."""
        if self.recall is None or self.specificity is None:
            return None
        return 0.5 * (self.recall + self.specificity)

    def cost(self, miss: float, alarm: float) -> float:
        """Return what the mistakes cost per point, at a price for a miss and for a false alarm."""
        total = self.positives + self.negatives
        return (miss * self.false_negative + alarm * self.false_positive) / total


def confusion(score: ArrayLike, label: ArrayLike, threshold: float = 0.0) -> Confusion:
    """Return the counts when points above the threshold are called positive."""
    score = np.asarray(score, dtype=np.float64)
    positive, called = _positive("confusion", label, score=score), score > threshold
    return Confusion(
        int((positive & called).sum()),
        int((positive & ~called).sum()),
        int((~positive & called).sum()),
        int((~positive & ~called).sum()),
    )


def cost_threshold(miss: float, alarm: float) -> float | None:
    """Return the probability above which to call positive costs less; None if nothing costs."""
    return _over(alarm, miss + alarm)


def best_threshold(
    score: ArrayLike, label: ArrayLike, miss: float = 1.0, alarm: float = 1.0
) -> float:
    """Return the threshold of least cost: of several the lowest, in the middle between two scores.

    It lies 1 beyond the scores where all, or none, are best called positive.
    """
    curve = _ranking("best_threshold", score, label)
    cost = miss * (curve.hits[-1] - curve.hits) + alarm * curve.alarms
    best = len(cost) - 1 - int(np.argmin(cost[::-1]))
    edges = np.concatenate([[curve.score[0] + 2.0], curve.score, [curve.score[-1] - 2.0]])
    return float(edges[best] + 0.5 * (edges[best + 1] - edges[best]))


def confusion_matrix(label: ArrayLike, called: ArrayLike, classes: int) -> NDArray[np.int64]:
    """Return how many points of each class (rows) are called each class (columns)."""
    true, told = np.asarray(label, dtype=np.int64), np.asarray(called, dtype=np.int64)
    if true.shape != told.shape or true.ndim != 1:
        raise DomainError(
            f"confusion_matrix: label {true.shape}, called {told.shape}; expected equal rows."
        )
    both = np.concatenate([true, told])
    if len(both) and not (both.min() >= 0 and both.max() < classes):
        raise DomainError(f"confusion_matrix: expected class numbers from 0 to {classes - 1}.")
    counts = np.bincount(true * classes + told, minlength=classes * classes)
    return counts.astype(np.int64).reshape(classes, classes)


# Rankings ----------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class _Ranking:
    """Hits and false alarms as the threshold falls below one score after the other.

    Shape: score (k,), the different scores from the highest down; hits and alarms (k + 1,).
    """

    score: Array
    hits: Array
    alarms: Array


def _ranking(owner: str, score: ArrayLike, label: ArrayLike) -> _Ranking:
    score = np.asarray(score, dtype=np.float64)
    positive = _positive(owner, label, score=score)
    if np.isnan(score).any():
        raise DomainError(f"{owner}: score holds a NaN, expected numbers.")
    different, place = np.unique(-score, return_inverse=True)
    counts = [np.bincount(place[own], minlength=len(different)) for own in (positive, ~positive)]
    hits, alarms = (np.append(0.0, np.cumsum(count)) for count in counts)
    return _Ranking(-different, hits, alarms)


@dataclasses.dataclass(frozen=True, eq=False)
class Roc:
    """Recall against the share of false alarms, for every threshold from the highest down.

    threshold: scores from which on points are called positive; the first is infinite.
    area: how likely a positive has the higher score than a negative, ties counting a half.
    """

    threshold: Array
    alarms: Array
    recall: Array
    area: float


def roc(score: ArrayLike, label: ArrayLike) -> Roc | None:
    """Return the curve, or None where a class is missing."""
    ranked = _ranking("roc", score, label)
    if not (ranked.hits[-1] and ranked.alarms[-1]):
        return None
    recall, alarms = ranked.hits / ranked.hits[-1], ranked.alarms / ranked.alarms[-1]
    # In whole numbers, so that the area has no rounding: twice the sum over steps.
    twice = float(np.diff(ranked.alarms) @ (ranked.hits[1:] + ranked.hits[:-1]))
    area = twice / (2.0 * ranked.hits[-1] * ranked.alarms[-1])
    return Roc(np.append(math.inf, ranked.score), alarms, recall, area)


@dataclasses.dataclass(frozen=True, eq=False)
class PrecisionRecall:
    """Precision against recall, for every threshold from the highest score down.

    average: the mean of the precision over steps of the recall, as information retrieval has it.
    """

    threshold: Array
    recall: Array
    precision: Array
    average: float


def precision_recall(score: ArrayLike, label: ArrayLike) -> PrecisionRecall | None:
    """Return the curve, or None without positives."""
    ranked = _ranking("precision_recall", score, label)
    if not ranked.hits[-1]:
        return None
    recall = ranked.hits / ranked.hits[-1]
    precision = ranked.hits[1:] / (ranked.hits + ranked.alarms)[1:]
    average = float(np.diff(recall) @ precision)
    return PrecisionRecall(ranked.score, recall[1:], precision, average)


# Honesty -----------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Bin:
    """Probabilities between two edges: how many, their mean, and how often they came true.

    interval: where the true share lies, by Wilson. All three are None where the bin is empty.
    """

    low: float
    high: float
    count: int
    predicted: float | None
    observed: float | None
    interval: tuple[float, float] | None


@dataclasses.dataclass(frozen=True)
class Reliability:
    """How often what was given a probability came true.

    error: the mean distance between the two over the points, the expected calibration error.
    """

    bins: tuple[Bin, ...]
    error: float


def reliability(
    probability: ArrayLike,
    label: ArrayLike,
    bins: int = 10,
    equal: Literal["width", "count"] = "width",
) -> Reliability:
    """Return bins of equal width, or about equal count; a probability on an edge counts below it.

    Raises: `DomainError` where a number is no probability or no label, or there is no bin.
    """
    p = PROBABILITY.checked("reliability", "probability", probability)
    positive = _positive("reliability", label, probability=p)
    if bins < 1:
        raise DomainError(f"reliability: {bins} bins, expected 1 at least.")
    share = np.linspace(0.0, 1.0, bins + 1)
    edges = share if equal == "width" else np.quantile(p, share)
    place = np.searchsorted(edges[1:-1], p)
    told = tuple(
        _bin(edges[i], edges[i + 1], p[place == i], positive[place == i]) for i in range(bins)
    )
    gaps = [
        one.count * abs(one.predicted - one.observed)
        for one in told
        if one.predicted is not None and one.observed is not None
    ]
    return Reliability(told, math.fsum(gaps) / len(p))


def _bin(low: float, high: float, p: Array, positive: Flags) -> Bin:
    count = len(p)
    if not count:
        return Bin(float(low), float(high), 0, None, None, None)
    hits = int(positive.sum())
    return Bin(float(low), float(high), count, float(p.mean()), hits / count, wilson(hits, count))


def wilson(hits: int, count: int, z: float = 1.959963984540054) -> tuple[float, float] | None:
    """Return where the true share lies with 95 % confidence, after Wilson (1927); None of none.

    The two shares from which the observed one is z standard deviations away.
    """
    if count < 1:
        return None
    observed, spread = hits / count, z * z / count
    middle = (observed + 0.5 * spread) / (1.0 + spread)
    half = math.sqrt(spread * (observed * (1.0 - observed) + 0.25 * spread)) / (1.0 + spread)
    return min(max(0.0, middle - half), observed), max(min(1.0, middle + half), observed)


def log_loss(probability: ArrayLike, label: ArrayLike) -> float:
    """Return the mean of -log of the probability of what came true; infinite if that was 0."""
    p = PROBABILITY.checked("log_loss", "probability", probability)
    positive = _positive("log_loss", label, probability=p)
    with np.errstate(divide="ignore"):
        surprise = -np.where(positive, np.log(p), np.log1p(-p))
    return float(surprise.mean())


def brier_score(probability: ArrayLike, label: ArrayLike) -> float:
    """Return the mean squared distance from the probability to what came true."""
    p = PROBABILITY.checked("brier_score", "probability", probability)
    positive = _positive("brier_score", label, probability=p)
    return float(np.mean((p - positive) ** 2))


# Shares ------------------------------------------------------------------------------------------


def support_vectors(margins: ArrayLike, margin: float = 1.0, slack: float = 1e-7) -> Flags:
    """Tell which points hold the line of a hinge: those whose margin is no larger than its kink.

    The others may move as they like beyond it, and the fit stays.
    """
    return np.asarray(np.asarray(margins) <= margin + slack * max(1.0, abs(margin)))


@dataclasses.dataclass(frozen=True)
class LossShares:
    """Which part of all losses well classified points carry, margin above 0, and which the others.

    easy and hard are parts of the loss, None where nothing costs anything; the counts are points.
    """

    easy: float | None
    hard: float | None
    easy_count: int
    hard_count: int


def loss_shares(losses: ArrayLike, margins: ArrayLike) -> LossShares:
    """Return the shares; a margin above 0 is a probability above ½ of what came true."""
    losses, margins = np.asarray(losses, dtype=np.float64), np.asarray(margins, dtype=np.float64)
    together("loss_shares", losses=losses.shape, margins=margins.shape)
    easy, total = margins > 0, losses.sum()
    part = _over(float(losses[easy].sum()), float(total)) if math.isfinite(total) else 0.0
    rest = None if part is None else 1.0 - part
    return LossShares(part, rest, int(easy.sum()), int((~easy).sum()))


@dataclasses.dataclass(frozen=True, eq=False)
class CumulativeLoss:
    """The points from the surest to the least sure: which part of the loss the first ones carry.

    Shape: certainty, points and loss (n + 1,), both shares from 0 to 1.
    """

    certainty: Array
    points: Array
    loss: Array


def cumulative_loss(losses: ArrayLike, certainty: ArrayLike) -> CumulativeLoss | None:
    """Return the curve over points by falling certainty; None where nothing costs, or too much.

    certainty: the probability of what came true, or the margin where a loss reports none.
    """
    losses, sure = np.asarray(losses, dtype=np.float64), np.asarray(certainty, dtype=np.float64)
    together("cumulative_loss", losses=losses.shape, certainty=sure.shape)
    order = np.argsort(-sure, kind="stable")
    total = np.append(0.0, np.cumsum(losses[order]))
    if not (total[-1] > 0 and math.isfinite(total[-1])):
        return None
    points = np.arange(len(total)) / (len(total) - 1)
    return CumulativeLoss(np.append(sure.max(), sure[order]), points, total / total[-1])


# Imbalance ---------------------------------------------------------------------------------------


def imbalanced(
    x: ArrayLike, label: ArrayLike, share: float, seed: int = 0, count: int | None = None
) -> tuple[Array, Array, Indices]:
    """Return points of which that share is positive, their labels, and which points they are.

    As many as there were, or as counted. Each class is dealt in a seeded order, again and again if
    it runs out, so that a slightly other share changes few points. Each class keeps one at least.

    Raises: `DomainError` when a class is missing, the share is none, or the count is below 2.
    """
    points = np.asarray(x)
    positive = _positive("imbalanced", label)
    if len(points) != len(positive):
        raise DomainError(f"imbalanced: {len(points)} points, {len(positive)} labels.")
    total = len(positive) if count is None else count
    if positive.all() or not positive.any():
        raise DomainError("imbalanced: all points belong to one class, expected two.")
    if not 0.0 < share < 1.0 or total < 2:
        raise DomainError(
            f"imbalanced: a share of {share} of {total}, expected part of two or more."
        )
    most = min(max(round(share * total), 1), total - 1)
    # Python keeps `random()` the same for a seed, version after version; NumPy does not promise to.
    draw = random.Random(seed).random
    places = [np.flatnonzero(own).tolist() for own in (~positive, positive)]
    decks = [sorted(own, key=lambda _: draw()) for own in places]
    dealt = [np.resize(deck, size) for deck, size in zip(decks, (total - most, most), strict=True)]
    index = np.concatenate(dealt).astype(np.intp)
    return points[index], np.asarray(label)[index], index
