"""What shows that a loss has a property or lacks it: chords, expected losses, best reports."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from core.losses import Array, Loss, MarginLoss, MulticlassLoss, ProbabilityLoss
from core.losses.domain import Classes

_STEPS = 201
_REACH = 12.0  # scores beyond it stand for probabilities below 1e-5


@dataclasses.dataclass(frozen=True, eq=False)
class Chord:
    """A loss between two places, and the straight line between its ends.

    `x` is the place along the section; where the two places differ in several numbers, it is the
    share of the way instead.
    """

    x: Array
    curve: Array
    line: Array
    along_section: bool

    @property
    def above(self) -> float:
        """How far the loss at the middle lies above the chord."""
        middle = len(self.x) // 2
        return float(self.curve[middle] - self.line[middle])


def arguments_at(loss: Loss, end: Any) -> list[Array]:
    """Return all arguments of a loss at one end of its witness."""
    moving = sum(argument.moves for argument in loss.arguments)
    moved = iter((end,) if moving == 1 else end)
    held = iter(loss.properties.held)
    return [
        np.array(next(moved) if argument.moves else next(held), dtype=np.float64)
        for argument in loss.arguments
    ]


def chord(loss: Loss) -> Chord:
    """Return the chord of the witness, or of a convex loss one across the middle of its section."""
    witness = loss.properties.witness
    share = np.linspace(0.0, 1.0, _STEPS)
    if witness is None or isinstance(witness[0], float | int):
        low, high = witness or _across(loss)
        x = low + share * (high - low)
        return _chord(x, loss.section.value(x), True)

    first, second = (arguments_at(loss, end) for end in witness)
    value: Callable[..., Array] = loss.value  # type: ignore[attr-defined]
    curve = [
        float(np.sum(value(*((1 - t) * a + t * b for a, b in zip(first, second, strict=True)))))
        for t in share
    ]
    return _chord(share, np.array(curve), False)


def _across(loss: Loss) -> tuple[float, float]:
    low, high = loss.section.interval
    return low + 0.15 * (high - low), high - 0.1 * (high - low)


def _chord(x: Array, curve: Array, along_section: bool) -> Chord:
    line = np.linspace(curve[0], curve[-1], len(x))
    return Chord(x, curve, line, along_section)


def expected(loss: MarginLoss | ProbabilityLoss, truth: float, reports: Array) -> Array:
    """Return the expected loss of each report when a label is positive with probability truth.

    A report is a score, or a probability where the loss takes one.
    """
    return truth * loss.value_of(reports, 1.0) + (1.0 - truth) * loss.value_of(reports, -1.0)


def best_report(loss: MarginLoss | ProbabilityLoss, truth: float) -> float:
    """Return the report with the lowest expected loss; of several, the middle one."""
    low, high = (0.0, 1.0) if isinstance(loss, ProbabilityLoss) else (-_REACH, _REACH)
    for _ in range(6):
        reports = np.linspace(low, high, 401)
        with np.errstate(over="ignore", invalid="ignore"):
            found = expected(loss, truth, reports)
        lowest = np.flatnonzero(found <= np.nanmin(found) + 1e-15 * max(1.0, np.nanmin(found)))
        best, step = float(reports[lowest].mean()), reports[1] - reports[0]
        if len(lowest) > 2:
            break
        low, high = max(low, best - 2 * step), min(high, best + 2 * step)
    return best


def reported(loss: MarginLoss | ProbabilityLoss, truths: Array) -> Array | None:
    """Return the probability that the best report stands for, or None when it stands for none."""
    best = np.array([best_report(loss, float(truth)) for truth in truths])
    if isinstance(loss, ProbabilityLoss):
        return best
    found = loss.probability(best)
    return None if found is None else np.asarray(found)


def best_logits(loss: MulticlassLoss, truth: Array) -> Array:
    """Return the logits with the lowest expected loss, shifted to a mean of 0."""
    from scipy import optimize

    classes = len(truth)
    indexed = isinstance(loss.arguments[1].domain, Classes)
    targets = np.arange(classes) if indexed else np.eye(classes)

    def cost(logits: Array) -> float:
        return float(truth @ loss.value(np.tile(logits, (classes, 1)), targets))

    found = optimize.minimize(
        cost, np.zeros(classes), method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-13, "maxiter": 4000},
    )  # fmt: skip
    return np.asarray(found.x - found.x.mean())
