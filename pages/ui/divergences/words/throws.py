"""What the page says of the throws of a die."""

import numpy as np

from core.divergences.maximum_likelihood import FACES, die
from core.losses.base import Array
from pages.ui.divergences.answers import DieAnswer
from pages.ui.divergences.state import DivergencesState
from pages.ui.divergences.words.humps import chased, ended
from pages.ui.divergences.words.parts import measured, told
from pages.ui.figures.humps import placed
from pages.ui.figures.parts import joined, number
from pages.ui.session import Store

THROWS = (
    "**Where does maximum likelihood come from?** Drag how often each face of a die came up. The "
    "model may tilt towards high faces and bend towards the outer ones."
)


def throw_words(store: Store[DivergencesState], answer: DieAnswer) -> list[str]:
    """Return what likelihood and divergence are to each other on these throws."""
    state, same = store.now, answer.same
    crossings = same.difference.z.size
    return [
        f"**The two landscapes differ by {measured(state, same.constant)} everywhere:** "
        f"the entropy of the throws, which no model can change. Over {crossings:,} dice the "
        f"difference strays from that by {deviation(state, same.deviation)} at most.",
        f"Along the path the two slopes differ by {deviation(state, answer.apart)} at most, so one "
        "path serves both landscapes. "
        f"{throws_ended(state, answer)}",
        best_sentence(state, answer),
    ]


def deviation(state: DivergencesState, value: float) -> str:
    """Return a size of rounding."""
    return number(value * state.per_nat, 2)


def throws_ended(state: DivergencesState, answer: DieAnswer) -> str:
    """Say how the path towards the throws ended."""
    best = answer.likelihood.best
    if best is None:
        return chased(state, answer.path, answer.same.constant)
    return ended(state, answer.path, answer.likelihood.value(best), True)


def best_sentence(state: DivergencesState, answer: DieAnswer) -> str:
    """Say what the best die is, or why there is none."""
    best, shares = answer.likelihood.best, answer.likelihood.shares
    if best is None:
        seen = joined([str(k + 1) for k in np.flatnonzero(shares)])
        return (
            f"All throws show {seen}: there is no best die. Ever larger tilts and bends come ever "
            "closer to the throws themselves, and the divergence to 0."
        )
    cost, gap = answer.likelihood.value(best), answer.divergence.value(best)
    outside = "" if abs(best[0]) <= 6 and abs(best[1]) <= 9 else ", outside the picture"
    return (
        f"The best die has tilt {placed(best[0])} and bend {placed(best[1])}{outside}: "
        f"{told(state, cost, 5)} = {told(state, answer.same.constant, 5)} + "
        f"{measured(state, gap, 5)}. Its mean face is {number(mean_face(die(best)))}, "
        f"that of the throws {number(mean_face(shares))}."
    )


def mean_face(model: Array) -> float:
    """Return the mean number of eyes."""
    return float(model @ np.arange(1, FACES + 1))
