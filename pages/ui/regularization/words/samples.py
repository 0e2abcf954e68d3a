"""What the page says of errors on held-out points: of a polynomial, of ten features."""

import math

import numpy as np

from core.penalties import Penalty
from core.regularization.mean_square import parts
from pages.ui.figures import overfit
from pages.ui.figures.parts import joined, low, number
from pages.ui.regularization.state import RegularizationState
from pages.ui.regularization.study import Ten, Wave
from pages.ui.session import Store


def wave(store: Store[RegularizationState], answer: Wave) -> list[str]:
    """Return what both errors say of the degree and the strength."""
    state = store.now
    fitted, judged = answer.errors
    first = (
        f"Degree {state.degree} with λ = {number(state.smoothing)} under "
        f"{low(state.told.name)}: mean square error **{number(fitted)}** on the points fitted to"
    )
    if math.isnan(judged):
        return [
            f"{first}. No point is held out, so nothing says how it would do on new ones.",
        ]
    ratio = judged / fitted if fitted > 1e-12 else math.inf
    lines = [f"{first}, **{number(judged)}** on those held out{_gap(ratio)}."]
    degree, place = overfit.best(answer.by_degree), overfit.best(answer.by_strength)
    told = "every degree does the same on the points held out" if degree is None else (
        f"no degree does better on the points held out than **{degree}** (error "
        f"{number(float(answer.by_degree[degree, 1]))})"
    )  # fmt: skip
    other = "every λ does the same" if place is None else (
        f"none of the λ drawn does better than **{number(float(answer.strengths[place]), 2)}** "
        f"(error {number(float(answer.by_strength[place, 1]))})"
    )  # fmt: skip
    lines.append(f"At this λ {told}; at this degree {other}.")
    return lines


def _gap(ratio: float) -> str:
    if ratio <= 1.0:
        return ": no larger"
    return f", {number(ratio, 2)} times as much" if math.isfinite(ratio) else ""


def ten(state: RegularizationState, answer: Ten) -> list[str]:
    """Return how many features remain, here and where cross-validation says."""
    here = answer.found.at(state.ten)
    left = int(np.count_nonzero(here))
    mean, doubt = answer.validation.mean, answer.validation.doubt
    best, simple = answer.validation.best, answer.validation.simplest
    lines = [
        f"**{_features(left).capitalize()}** at λ = {number(state.ten)} under "
        f"{low(state.told.name)}{_dropped(answer, here)}."
    ]
    lines.append(
        f"{state.folds} folds: the error on left-out patients is lowest at λ = "
        f"**{number(answer.best)}**, {number(float(mean[best]), 4)} ± "
        f"{number(float(doubt[best]), 4)}, where {_features(answer.remain(answer.best))}."
    )
    lines.append(
        f"The largest λ within one standard error of it is **{number(answer.simplest)}**, with "
        f"{number(float(mean[simple]), 4)}; there {_features(answer.remain(answer.simplest))}."
    )
    if not parts(state.told)[0]:
        lines.append(_never(state.told))
    return lines


def _never(penalty: Penalty) -> str:
    return f"{penalty.name} has no corner: coefficients shrink, and none is dropped for good."


def _features(count: int) -> str:
    if count == 0:
        return "no feature remains"
    return f"{count} feature{'' if count == 1 else 's'} remain{'s' if count == 1 else ''}"


def _dropped(answer: Ten, here: np.ndarray) -> str:
    gone = [name for name, value in zip(answer.data.names, here, strict=True) if not value]
    if not gone or len(gone) == len(here):
        return ""
    return f"; exactly 0: {joined([low(name) for name in gone])}"
