"""Loss, cost, metric: three words for three things, on a handful of scored examples.

The loss is what one example pays. The cost is the mean of the losses, and with a penalty on top it
is the objective: what training lowers. The metric is what people report afterwards; it counts, so
it stays the same until a score crosses the threshold.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.typing import ArrayLike

from core.classification.metrics import Confusion, confusion
from core.losses.base import Array
from core.losses.domain import FINITE, LABEL, DomainError
from core.losses.margin import MarginLoss


@dataclasses.dataclass(frozen=True, eq=False)
class Scored:
    """Examples with a score and a label each, a loss, a threshold, and a penalty on large scores.

    Raises: `DomainError` where scores are not finite, labels are none, or they are not as many.

    Shape: scores (n,), n at least 1; labels (n,), -1 and 1 or 0 and 1.
    """

    scores: Array
    labels: Array
    loss: MarginLoss
    threshold: float = 0.0
    strength: float = 0.0

    @classmethod
    def of(
        cls,
        scores: ArrayLike,
        labels: ArrayLike,
        loss: MarginLoss,
        threshold: float = 0.0,
        strength: float = 0.0,
    ) -> Scored:
        """Return checked examples, the labels as -1 and 1."""
        s = FINITE.checked("Scored", "scores", scores)
        y = LABEL.checked("Scored", "labels", labels)
        if s.ndim != 1 or s.shape != y.shape or not len(s):
            raise DomainError(f"Scored: scores {s.shape}, labels {y.shape}; expected equal rows.")
        return cls(s, np.where(y > 0, 1.0, -1.0), loss, threshold, strength)

    @property
    def margins(self) -> Array:
        """Label times score: above 0 where the sign of the score is right."""
        return self.labels * self.scores

    @property
    def losses(self) -> Array:
        """What each example pays."""
        return self.loss.value(self.margins)

    @property
    def cost(self) -> float:
        """The mean of the losses."""
        return math.fsum(self.losses) / len(self.scores)

    @property
    def penalty(self) -> float:
        """The mean of ½ score²: what large scores are charged, right or wrong."""
        return 0.5 * math.fsum(self.scores * self.scores) / len(self.scores)

    @property
    def objective(self) -> float:
        """The cost and λ times the penalty."""
        return self.cost + self.strength * self.penalty

    @property
    def counts(self) -> Confusion:
        """How many are called what, those above the threshold being called positive."""
        return confusion(self.scores, self.labels, self.threshold)

    @property
    def metrics(self) -> dict[str, float | None]:
        """What is reported; None where it does not exist."""
        told = self.counts
        return {
            "accuracy": told.accuracy,
            "precision": told.precision,
            "recall": told.recall,
            "F1": told.f1,
        }

    def with_score(self, index: int, score: float) -> Scored:
        """Return the same examples with another score for one of them."""
        scores = self.scores.copy()
        scores[index] = score
        return dataclasses.replace(self, scores=scores)


@dataclasses.dataclass(frozen=True)
class Nudge:
    """What moving one score does to loss, cost and metric: after less before.

    share: the part of the change of the cost in that of the loss, None where the loss stays.
    flips: whether the example is now called otherwise.
    """

    loss: float
    cost: float
    objective: float
    accuracy: float
    share: float | None
    flips: bool


def nudged(examples: Scored, index: int, by: float) -> Nudge:
    """Return what moving one score by so much does."""
    after = examples.with_score(index, float(examples.scores[index]) + by)
    loss = float(after.losses[index] - examples.losses[index])
    cost = after.cost - examples.cost
    called = examples.scores[index] > examples.threshold
    return Nudge(
        loss,
        cost,
        after.objective - examples.objective,
        after.counts.accuracy - examples.counts.accuracy,
        cost / loss if loss else None,
        bool(called != (after.scores[index] > after.threshold)),
    )
