"""What the page says of acting on a probability."""

import numpy as np

from core.decisions.thresholds import RiskSteps, decided, shifted
from pages.ui.decisions.state import Cases, DecisionsState
from pages.ui.figures.parts import counted, number, number_among
from pages.ui.figures.risk import Threshold

THRESHOLD = (
    "**When to act on a probability.** A dot is a case, filled if you act on it. Drag the "
    "threshold t, or a dot."
)


def risk_words(state: DecisionsState, cases: Cases, told: Threshold) -> list[str]:
    """Return who is acted on and what it costs, the formula, and what wrong reports cost."""
    lines = [_acted(state, cases, told), _formula(state, told), _trust(state, told)]
    if told.realised is not None:
        stretches = [_stretch(told.realised, a, b) for a, b in told.realised.lowest]
        n = len(cases.truth)
        these = "As this 1 case" if n == 1 else f"As these {n} cases"
        lines.append(
            f"{these} came out, no threshold cost less than "
            f"{number(told.realised.value)} per case: {' or '.join(stretches[:3])}"
            f"{' …' if len(stretches) > 3 else ''}. Luck is part of that: the next cases come out "
            "otherwise."
        )
    return lines


def _acted(state: DecisionsState, cases: Cases, told: Threshold) -> str:
    acted = int((cases.reported > state.threshold).sum())
    said = f"**At t = {number(state.threshold)}** you act on {acted} of {len(cases.truth)}"
    if not state.labelled:
        return f"{said}. Expected cost per case: {number(told.true.at(state.threshold))}."
    counts = decided(cases.reported, cases.label, state.threshold)
    return (
        f"{said}: {counted(counts.true_positive, 'hit')}, "
        f"{counted(counts.false_positive, 'false alarm')}, "
        f"{counted(counts.false_negative, 'miss', 'misses')}, {counts.true_negative} rightly left "
        f"alone. That cost {number(state.price.spent(counts))} per case."
    )


def _formula(state: DecisionsState, told: Threshold) -> str:
    prices = state.price
    parts = [number(prices.alarm), number(prices.miss)]
    if prices.gain:
        parts.append(number(prices.gain))
    return (
        f"**The prices ask for t* = {parts[0]} ÷ ({' + '.join(parts)}) = {number(told.formula)}.** "
        "Above it acting is cheaper on average, below it leaving alone; at it both cost "
        f"{number(float(prices.waiting(told.formula)))}."
    )


def _trust(state: DecisionsState, told: Threshold) -> str:
    """Say that the formula believes the reports, and what that costs where they are off."""
    least, at_formula = told.true.value, told.true.at(told.formula)
    if state.shift == 0:
        return (
            "That takes the probabilities at their word, as calibrated ones can be: then no "
            f"threshold has a lower expected cost than t*, {number(at_formula)} per case. Turn the "
            "shift below and see what happens when they are off."
        )
    moved = float(shifted(told.formula, state.shift))
    more = max(at_formula - least, 0.0)
    side = "high" if state.shift > 0 else "low"
    nothing = 1e-12 * float(np.abs(told.true.levels).max())
    lost = f"{number(more)} more than need be" if more > nothing else "here no more than need be"
    return (
        f"But the reports are off: their log-odds are {number(abs(state.shift))} too {side}. "
        f"Acting above t* truly costs {number(at_formula)} per case, {lost}. On these reports the "
        f"right threshold is {number(moved)}; mending the reports would do as well."
    )


def _stretch(risk: RiskSteps, start: float, end: float) -> str:
    """Say from where to where a risk is as low: the end of a step is the beginning of the next."""
    if start == end:
        return f"at {number(start)}"
    just = "" if risk.is_lowest(end) else "just below "
    first, last = number(start), number(end)
    if first == last:
        first, last = (number_among(one, end - start) for one in (start, end))
    return f"from {first} to {just}{last}"
