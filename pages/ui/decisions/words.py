"""What the page of decisions says: computed from what is on the screen."""

from typing import Any

import numpy as np

from core.decisions.best_number import Best, LargestMiss
from core.decisions.newsvendor import Newsvendor
from core.decisions.outcomes import Outcomes
from core.decisions.three_words import Scored, nudged
from core.decisions.thresholds import RiskSteps, decided, shifted
from core.losses import ZeroOne
from pages.ui.decisions.hands import Before
from pages.ui.decisions.state import Cases, DecisionsState, Line
from pages.ui.figures.newsvendor import Ordering
from pages.ui.figures.outcomes import Answer, Here, answer_words, slope_words
from pages.ui.figures.parts import counted, finer, joined, low, number, number_among
from pages.ui.figures.risk import Threshold
from pages.ui.predict import verdict_on
from pages.ui.session import Store

NEWSVENDOR = (
    "**Too few or too many?** Read the outcomes above as a demand; you order before you know it. "
    "Drag your order q. Drag τ, and the cost of a unit follows."
)
THRESHOLD = (
    "**When to act on a probability.** A dot is a case, filled if you act on it. Drag the "
    "threshold t, or a dot."
)
THREE_WORDS = (
    "**Loss, cost, metric.** Three words that are mixed up daily, on six examples. Drag a score."
)
_STEP = 0.1
_FAR = 0.1  # of the range of the outcomes: what a question calls far


# The best single number --------------------------------------------------------------------------


def best_words(
    store: Store[DecisionsState], line: Line, answers: list[Answer], here: Here
) -> list[str]:
    """Return what the reader's number costs, what moving an outcome did, and what is special."""
    state = store.now
    loss = state.loss(state.chosen)
    answer = answers[state.lines.index(loss)]
    return [
        *moved_words(store, line, answers),
        cost_words(answer, here, isinstance(loss, LargestMiss)),
        way_words(here),
        f"{answer.name} leads to: {loss.estimates}.{_special(answer.best)}",
        story_of(state, line),
    ]


def story_of(state: DecisionsState, line: Line) -> str:
    """Return the story of the outcomes; where they were changed, it says so."""
    return f"As the numbers came: {line.base.story}" if state.points.count else line.base.story


def cost_words(answer: Answer, here: Here, worst: bool) -> str:
    """Say what the reader's number costs, and how much more than the best."""
    how = "at worst" if worst else "on average"
    more = max(here.cost - answer.best.value, 0.0)
    settled = here.way in ("low", "jumps")
    ends = [end for valley in answer.best.lowest for end in (valley.low, valley.high)]
    nearest = min(ends, key=lambda end: abs(end - here.number))
    fine = finer(answer.spread, here.number, nearest)
    told = f"**You name {number_among(here.number, fine)}.** Under {low(answer.name)} that costs "
    told += f"{number(here.cost)} {how}"
    if more <= (1e-9 if settled else 1e-14) * abs(here.cost):
        least = "no number costs less" if settled else "hardly a rounding more than the least"
        return f"{told}: {least}."
    return f"{told}, {number(more)} more than the best, {answer_words(answer.best, fine)}."


def way_words(here: Here) -> str:
    """Say which way the cost falls."""
    if here.way == "jumps":
        return "This cost changes in jumps: between them it is level, and no slope shows the way."
    told = f"Here it has {slope_words(here)}"
    if here.way == "low":
        return f"{told}: a step either way costs no less, at least at first."
    if here.way == "nowhere":
        return f"{told}, and yet this is no low place: from here no slope shows the way."
    return f"{told}: a little {here.way} would cost less."


def _special(best: Best) -> str:
    """Say what there is to say of a best number that is not simply one number."""
    lowest = best.lowest
    told = ""
    if any(valley.blurred for valley in lowest):
        told += " Exactly one number is best; float64 cannot tell it from its neighbours."
    elif len(lowest) == 1 and not lowest[0].single:
        told += " Every number of the interval is as good."
    elif len(lowest) > 1:
        told += f" There are {len(lowest)} equally good places."
    if more := len(best.valleys) - len(lowest):
        places = "1 more low place" if more == 1 else f"{more} more low places"
        told += f" The curve has {places}, where a walk downhill may end."
    return told


def moved_words(store: Store[DecisionsState], line: Line, answers: list[Answer]) -> list[str]:
    """Say how far each best number went when one outcome was moved; nothing before that."""
    before: Before | None = store.own.get("told")
    state = store.now
    if before is None or before.lines != state.lines or not _only(before, line.values):
        return []
    moves = {
        name: distance(before.bests[name], answer.best)
        for name, answer in zip(_names(state), answers, strict=True)
    }
    most = max(moves.values())
    still = _still(line.values)
    to = float(line.values[before.index])
    fine = finer(line.outcomes.spread, before.place, to)
    told = (
        f"You moved outcome {before.index + 1} from {number_among(before.place, fine)} to "
        f"{number_among(to, fine)}. "
    )
    staying = [low(a.name) for a, m in zip(answers, moves.values(), strict=True) if m <= still]
    going = [
        f"{low(a.name)} by {number(m)}"
        for a, m in zip(answers, moves.values(), strict=True)
        if m > still
    ]
    if going:
        told += f"Best numbers that moved: {joined(going)}. "
    if staying:
        told += f"Those that stayed: {joined(staying)}."
    winners = [name for name, move in moves.items() if move >= most * (1 - 1e-9)]
    guess = store.own.get("guess")
    verdict = verdict_on(store, guess if guess in winners else winners[0]) if going else ""
    if verdict and not is_asked(before, to):
        told += " That was another drag than the question above is about."
    elif verdict:
        told = f"**{verdict}:** {told}"
    return [told.strip().replace("  ", " ")]


def is_asked(before: Before, to: float) -> bool:
    """Tell whether it is the largest outcome that was moved, and far to the right."""
    largest = before.place == before.values.max()
    return bool(largest and to - before.place > _FAR * float(np.ptp(before.values)))


def _still(values: Any) -> float:
    """Return how far a best number may go by rounding alone."""
    return 1e-9 * float(np.ptp(values)) + 1e-14 * float(np.abs(values).max())


def _names(state: DecisionsState) -> list[str]:
    return [type(one).__name__ for one in state.lines]


def _only(before: Before, values: Any) -> bool:
    """Tell whether the outcomes are those from before but for the one that was moved."""
    if len(values) != len(before.values):
        return False
    changed = np.flatnonzero(values != before.values)
    return changed.tolist() == [before.index]


def distance(before: Best, after: Best) -> float:
    """Return how far a best number went: the farther of its two ends, over all that are as good."""
    ends = [(min(v.low for v in b.lowest), max(v.high for v in b.lowest)) for b in (before, after)]
    return max(abs(ends[0][0] - ends[1][0]), abs(ends[0][1] - ends[1][1]))


# Newsvendor --------------------------------------------------------------------------------------


def shop_words(shop: Newsvendor, told: Ordering, demand: Outcomes) -> list[str]:
    """Return the two prices of a mistake, what this order and the mean lose, and the identity."""
    first, last = told.written(told.best.low), told.written(told.best.high)
    best = first if first == last else f"anything from {first} to {last}"
    lines = [
        f"A unit short forgoes p − c = {number(shop.short)}; a unit left over loses c − s = "
        f"{number(shop.over)}. **The price ratio is τ = {number(shop.short)} ÷ "
        f"({number(shop.short)} + {number(shop.over)}) = {number(shop.ratio)}**, and the best "
        f"order is the τ-quantile of the demand: {best}.",
        f"**You order {told.written(told.order)}**, which loses "
        f"{_lost(told.cost, told.best.value)}",
        f"Ordering the mean demand, {told.written(told.mean)}, loses "
        f"{_lost(told.mean_cost, told.best.value)}",
        _identity(shop, told, demand),
    ]
    if negative := int((demand.values < 0).sum()):
        some = "1 outcome is" if negative == 1 else f"{negative} outcomes are"
        lines.append(f"{some} below 0: as a demand, read that as returns.")
    return lines


def _lost(cost: float, least: float) -> str:
    more = max(cost - least, 0.0)
    told = f"{number(cost)} on average against knowing the demand"
    if more <= 1e-12 * cost:
        return f"{told}: no order loses less."
    return f"{told}, {number(more)} more than the best order."


def _identity(shop: Newsvendor, told: Ordering, demand: Outcomes) -> str:
    off = shop.deviation(told.orders, demand)
    return (
        f"The cost is the pinball loss at τ, times {number(shop.short + shop.over)}: over the "
        f"{len(told.orders)} orders drawn the two differ by {number(off, 2)} at most."
    )


# Thresholds --------------------------------------------------------------------------------------


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


# Loss, cost, metric ------------------------------------------------------------------------------


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
