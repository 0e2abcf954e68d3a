"""What the page says of the best single number to name."""

from typing import Any

import numpy as np

from core.decisions.best_number import Best, LargestMiss
from pages.ui.decisions.hands import Before
from pages.ui.decisions.state import DecisionsState, Line
from pages.ui.figures.outcomes import Answer, Here, answer_words, slope_words
from pages.ui.figures.parts import finer, joined, low, number, number_among
from pages.ui.predict import verdict_on
from pages.ui.session import Store

_FAR = 0.1  # of the range of the outcomes: what a question calls far


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
