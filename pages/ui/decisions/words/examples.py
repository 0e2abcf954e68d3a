"""What the page says of loss, cost and metric on six examples."""

from typing import Any

import numpy as np

from core.decisions.three_words import Scored, nudged
from core.losses import ZeroOne
from pages.ui.figures.parts import joined, number

THREE_WORDS = (
    "**Loss, cost, metric.** Three words that are mixed up daily, on six examples. Drag a score."
)
_STEP = 0.1


def three_words(told: Scored, row: int) -> list[str]:
    """Return the three words with their numbers, and what a step of one score does to each."""
    n, counts = len(told.scores), told.counts
    right = counts.true_positive + counts.true_negative
    lines = [
        f"**Loss** is what one example pays: example {row + 1} pays "
        f"{number(float(told.losses[row]))}. **Cost** is the mean of all {n}: "
        f"{number(told.cost)}. **Metric** is what is reported: accuracy, {right} of {n} right."
    ]
    if told.strength:
        lines.append(
            f"**Objective** is what training lowers: cost + λ × penalty = {number(told.cost)} + "
            f"{number(told.strength)} × {number(told.penalty)} = {number(told.objective)}. The "
            "penalty here is the mean of ½ score²."
        )
    lines += [step_words(told, row), _others(told)]
    undecided = [str(i + 1) for i in np.flatnonzero(_undecided(told))]
    if undecided:
        lines.append(
            f"Example{'s' if len(undecided) > 1 else ''} {joined(undecided)}: at a score of 0 the "
            "margin is 0 whatever the label. The zero-one loss takes that for a mistake; the "
            "metric reads it as the answer that is right here."
        )
    return lines


def _undecided(told: Scored) -> Any:
    """Return which examples the zero-one loss calls wrong though the metric counts them right."""
    right = (told.scores > told.threshold) == (told.labels > 0)
    return isinstance(told.loss, ZeroOne) & (told.scores == 0) & right


def step_words(told: Scored, row: int) -> str:
    """Say what a small step of one score does to loss, cost and metric, and how far a flip is."""
    n, score = len(told.scores), float(told.scores[row])
    by = _STEP if told.labels[row] > 0 else -_STEP
    nudge = nudged(told, row, by)
    way = "Raise" if by > 0 else "Lower"
    said = f"{way} its score by {number(_STEP)}: "
    if nudge.loss == 0:
        said += "its loss stays, so the cost does too"
        if told.strength:
            said += f", and the objective changes by {number(nudge.objective)}, through its penalty"
    else:
        said += (
            f"its loss changes by {number(nudge.loss)}, the cost by {number(nudge.cost)}, which "
            f"is 1/{n} of that"
        )
        if told.strength:
            said += f", and the objective by {number(nudge.objective)}"
    if nudge.flips:
        return f"{said}, and the accuracy jumps by {number(nudge.accuracy)}: it crosses."
    away = abs(score - told.threshold)
    return (
        f"{said}; the accuracy stays, for the threshold is {number(away)} away from the score and "
        "counting sees nothing but crossings."
    )


def _others(told: Scored) -> str:
    named = [
        f"{name} {number(value) if value is not None else 'undefined'}"
        for name, value in told.metrics.items()
    ]
    return f"Metrics at this threshold: {', '.join(named)}."
