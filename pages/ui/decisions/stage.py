"""The live pictures of the page of decisions, and what of them is made anew."""

import numpy as np

from core.decisions.best_number import Criterion, Window, expected, trend
from core.decisions.best_number import best as best_of
from core.decisions.newsvendor import Newsvendor
from core.decisions.three_words import Scored
from core.decisions.thresholds import RiskSteps, believed_risk, realised_risk
from core.declare import parameters
from core.losses.base import Array
from pages.ui.board import Board
from pages.ui.decisions import words as told
from pages.ui.decisions.hands import (
    CASES,
    HANDS,
    NUMBER,
    ORDER,
    OUTCOMES,
    RATIO,
    SCORES,
    THRESHOLD,
)
from pages.ui.decisions.state import (
    NAMES,
    DecisionsState,
    Line,
    cases_of,
    line_of,
    number_of,
    order_of,
    span_of,
)
from pages.ui.figures.figure import Figure, Note
from pages.ui.figures.newsvendor import Ordering, newsvendor_figure
from pages.ui.figures.outcomes import (
    Answer,
    Here,
    NumberLine,
    look_of,
    outcomes_figure,
    slope_figure,
    stacked,
    upright,
)
from pages.ui.figures.parts import number, plain
from pages.ui.figures.risk import Threshold, threshold_figure
from pages.ui.figures.three_words import three_words_figure
from pages.ui.session import Store

_FINE, _COARSE = 401, 161  # numbers whose cost is drawn: at rest, and while a finger is down
_LEAST_TOP = 5  # dots that fit above each other
_SHOP = (ORDER, RATIO, "cut")


def pictures(store: Store[DecisionsState]) -> dict[str, Figure | Note]:
    """Return all that follows while a hand moves; what shows other things is kept."""
    return {**_best(store), **_shop(store), **_risk(store), **_words(store)}


# The best single number --------------------------------------------------------------------------


def answers_of(store: Store[DecisionsState]) -> list[Answer]:
    """Return what every compared loss says; those of the same outcomes are not asked again."""
    state, line, numbers = store.now, line_of(store), _numbers(store)
    key = (state.data, state.own, state.points, span_of(store), len(numbers))
    known: dict[Criterion, Answer] = store.kept("answers", key, dict)
    for loss in state.lines:
        if loss not in known:
            at = upright(loss, line.values, numbers) if isinstance(loss, Window) else numbers
            costs = expected(loss, line.outcomes, at)
            best = best_of(loss, line.outcomes)
            known[loss] = Answer(
                loss.name, _knobs(loss), look_of(loss), at, costs, best, line.outcomes.spread
            )
    return [known[loss] for loss in state.lines]


def _knobs(loss: Criterion) -> str:
    told = parameters(loss).items()
    return ", ".join(f"{plain(knob.symbol)} = {number(getattr(loss, name))}" for name, knob in told)


def here_of(store: Store[DecisionsState], loss: Criterion) -> Here:
    """Return what the reader's number costs under a loss."""
    outcomes, a = line_of(store).outcomes, number_of(store)
    told = trend(loss, outcomes, a)
    return Here(a, float(expected(loss, outcomes, a)), told.left, told.right, told.way)


def _numbers(store: Store[DecisionsState]) -> Array:
    """Return the numbers whose cost is drawn: fewer while what they depend on moves."""
    owner = store.held.partition(".")[0]
    moving = owner in (OUTCOMES, NUMBER, *NAMES)
    return np.linspace(*span_of(store), _COARSE if moving else _FINE)


def _best(store: Store[DecisionsState]) -> dict[str, Figure | Note]:
    state, line, answers = store.now, line_of(store), answers_of(store)
    here = here_of(store, state.loss(state.chosen))
    drawn = _number_line(store, line)
    keep = f"{state.data}-{state.compared}-{drawn.span}"
    key = (state.data, state.own, state.points, state.selected, state.lines, state.chosen, here,
           drawn.span, drawn.top, len(_numbers(store)))  # fmt: skip

    def make() -> dict[str, Figure]:
        chosen = answers[state.lines.index(state.loss(state.chosen))]
        return {
            "outcomes": outcomes_figure(drawn, answers, (OUTCOMES, NUMBER), keep),
            "slope": slope_figure(drawn, chosen, here, NUMBER, f"{keep}-{state.chosen}"),
        }

    figures = store.kept("best-drawn", key, make)
    words = Note(tuple(told.best_words(store, line, answers, here)), width=6)
    return {"outcomes": figures["outcomes"], "slope": figures["slope"], "best-words": words}


def _number_line(store: Store[DecisionsState], line: Line) -> NumberLine:
    span = span_of(store)
    top = store.at_rest("top", line.base.key, lambda: _top(line, span))
    return NumberLine(
        line.base.label,
        line.values,
        line.selected,
        store.now.points.touched(len(line.base.values)),
        span,
        top,
        number_of(store),
        line.outcomes.spread,
    )


def _top(line: Line, span: tuple[float, float]) -> int:
    """Return how many dots fit above each other: all there are, and two more."""
    return int(max(_LEAST_TOP, stacked(line.values, span).max() + 2))


# Newsvendor --------------------------------------------------------------------------------------


def ordering_of(store: Store[DecisionsState]) -> Ordering:
    """Return orders, what they cost, and which are best."""
    shop, line, order, span = store.now.shop, line_of(store), order_of(store), span_of(store)
    demand = line.outcomes
    orders = np.union1d(np.linspace(*span, 101), demand.values)  # the cost bends at the outcomes
    costs = shop.expected_cost(orders, demand)
    top = store.at_rest("cost-top", line.base.key, lambda: 1.12 * float(costs.max()) or 1.0)
    return Ordering(
        line.base.label, span, top, orders, costs, demand.values, demand.shares,
        order, float(shop.expected_cost(order, demand)), shop.best_order(demand), demand.mean,
        float(shop.expected_cost(demand.mean, demand)), shop.ratio, demand.spread,
    )  # fmt: skip


def _shop(store: Store[DecisionsState]) -> dict[str, Figure | Note]:
    state, shop = store.now, store.now.shop
    moving = store.held.partition(".")[0] in (OUTCOMES, RATIO, "Newsvendor")
    key = (state.data, state.own, state.points, shop, order_of(store), span_of(store), moving)

    def make() -> dict[str, Figure | Note]:
        ordering = ordering_of(store)
        keep = f"{state.data}-{ordering.span}-{ordering.top}"
        return {
            "newsvendor": newsvendor_figure(ordering, (ORDER, RATIO), keep),
            "newsvendor-words": Note(tuple(_shop_words(store, shop, ordering)), width=5),
        }

    head: dict[str, Figure | Note] = {"newsvendor-head": Note((told.NEWSVENDOR,))}
    return {**head, **store.kept("shop-drawn", key, make)}


def _shop_words(store: Store[DecisionsState], shop: Newsvendor, ordering: Ordering) -> list[str]:
    return told.shop_words(shop, ordering, line_of(store).outcomes)


# Thresholds --------------------------------------------------------------------------------------


def risks_of(state: DecisionsState) -> tuple[RiskSteps, RiskSteps, RiskSteps | None]:
    """Return the risk against the threshold: as reported, truly, and as it came out if known."""
    cases, prices = cases_of(state), state.price
    realised = realised_risk(prices, cases.reported, cases.label) if state.labelled else None
    return (
        believed_risk(prices, cases.reported),
        believed_risk(prices, cases.reported, cases.truth),
        realised,
    )


def _risk(store: Store[DecisionsState]) -> dict[str, Figure | Note]:
    state = store.now
    moving = store.held.partition(".")[0] in (CASES, THRESHOLD, "shift", "Prices")
    key = (state.cases, state.case, state.threshold, state.shift, state.labelled, state.prices,
           moving)  # fmt: skip

    def make() -> dict[str, Figure | Note]:
        cases, (believed, true, realised) = cases_of(state), risks_of(state)
        levels = [steps.levels for steps in (believed, true, realised) if steps is not None]
        span = store.at_rest("risk-span", state.labelled, lambda: _padded(np.concatenate(levels)))
        drawn = Threshold(
            cases.reported, cases.label, cases.selected, state.threshold, state.price.threshold,
            believed, true, realised, span,
        )  # fmt: skip
        keep = f"threshold-{drawn.span}"
        return {
            "threshold": threshold_figure(drawn, (CASES, THRESHOLD), keep),
            "threshold-words": Note(tuple(told.risk_words(state, cases, drawn)), width=5),
        }

    head: dict[str, Figure | Note] = {"threshold-head": Note((told.THRESHOLD,))}
    return {**head, **store.kept("risk-drawn", key, make)}


def _padded(levels: Array) -> tuple[float, float]:
    """Return a range from 0, or the lowest, to above the highest."""
    low, high = min(0.0, float(levels.min())), max(0.0, float(levels.max()))
    room = 0.08 * (high - low) or 1.0
    return low - room, high + room


# Loss, cost, metric ------------------------------------------------------------------------------


def _words(store: Store[DecisionsState]) -> dict[str, Figure | Note]:
    state = store.now
    moving = store.held in (SCORES, "cut", "strength")
    key = (state.scores, state.row, state.judge, state.cut, state.strength, moving)

    def make() -> dict[str, Figure | Note]:
        scored = state.scored
        spans = store.at_rest("word-spans", state.judge, lambda: _word_spans(state, scored))
        figure = three_words_figure(scored, state.row, spans, (SCORES, "cut"), f"words-{spans}")
        return {
            "three-words": figure,
            "three-words-words": Note(tuple(told.three_words(scored, state.row)), width=5),
        }

    head: dict[str, Figure | Note] = {"three-words-head": Note((told.THREE_WORDS,))}
    return {**head, **store.kept("words-drawn", key, make)}


def _word_spans(state: DecisionsState, scored: Scored) -> tuple[float, float]:
    """Return how far scores and losses are drawn: over all of them, with room to drag."""
    reach = max(4.0, *(abs(one) for one in state.scores), abs(state.cut))
    return 1.15 * reach, 1.3 * max(float(scored.losses.max()), scored.objective, 1.0)


STAGE = Board("stage", pictures, HANDS.change, HANDS.act)
