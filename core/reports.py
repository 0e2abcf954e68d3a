"""What a loss makes a score worth reporting: the expected loss of a report, and its lowest."""

import functools

import numpy as np
from numpy.typing import ArrayLike

from core.losses.base import Array
from core.losses.margin import MarginLoss

_FAR = 30.0  # scores beyond report a certainty to 13 digits
_LOOKS = 4001


def expected_loss(loss: MarginLoss, truth: float, score: ArrayLike) -> Array:
    """Return the mean loss of a score where a positive comes true with probability `truth`."""
    score = np.asarray(score, dtype=np.float64)
    positive, negative = np.ones_like(score), -np.ones_like(score)
    return truth * loss.value_of(score, positive) + (1.0 - truth) * loss.value_of(score, negative)


def report(loss: MarginLoss, score: ArrayLike) -> Array:
    """Return the probability that a score reports; of a loss that reads none, by the logistic."""
    from scipy.special import expit

    told = loss.probability(score)
    return np.asarray(expit(np.asarray(score, dtype=np.float64)) if told is None else told)


@functools.lru_cache(maxsize=256)
def best_score(loss: MarginLoss, truth: float) -> float:
    """Return a score of least expected loss; of several, that nearest to 0."""
    from scipy.optimize import minimize_scalar

    scores = np.linspace(-_FAR, _FAR, _LOOKS)
    losses = expected_loss(loss, truth, scores)
    lowest = np.flatnonzero(losses <= losses.min() * (1.0 + 1e-12))
    at = int(lowest[np.abs(scores[lowest]).argmin()])
    if len(lowest) > 1 or at in (0, _LOOKS - 1):
        return float(scores[at])
    found = minimize_scalar(
        lambda score: float(expected_loss(loss, truth, score)),
        bounds=(scores[at - 1], scores[at + 1]),
        method="bounded",
        options={"xatol": 1e-12},
    )
    return float(found.x if found.fun < losses[at] else scores[at])


def best_report(loss: MarginLoss, truth: float) -> float:
    """Return the probability that is reported where the expected loss is lowest."""
    return float(report(loss, best_score(loss, truth)))
