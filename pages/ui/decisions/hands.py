"""What hands do to the page of decisions: outcomes, orders, thresholds, scores."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from core.decisions.best_number import Best, Criterion, best
from core.decisions.newsvendor import LEAST_GAP, Newsvendor, at_ratio, turned
from core.decisions.outcomes import MOST
from core.decisions.thresholds import shifted
from core.declare import ParameterError
from core.losses.base import Array
from pages.ui.decisions.state import (
    CAME_TRUE,
    CHANCES,
    SCORE_REACH,
    TURNED,
    DecisionsState,
    base_of,
    cases_of,
    line_of,
)
from pages.ui.edits import Edits
from pages.ui.events import Event
from pages.ui.figures.parts import number
from pages.ui.hands import Hands
from pages.ui.session import Store

OUTCOMES, NUMBER = "outcomes", "number"
ORDER, RATIO = "order", "ratio"
CASES, THRESHOLD = "cases", "threshold"
SCORES = "scores"
_FULL = f"There is room for {MOST} of them: take one away first."
_GAPS = {
    "price": f"A unit must sell for at least {LEAST_GAP} more than it costs",
    "cost": f"A unit must cost at least {LEAST_GAP} less than it sells for, and {LEAST_GAP} more "
    "than what is got for one left over",
    "salvage": f"A unit left over must bring at least {LEAST_GAP} less than a unit costs",
}
_PRICES = {"miss": "a miss", "alarm": "a false alarm", "gain": "a hit"}
_SELECTED = ("selected", "case", "row")


@dataclasses.dataclass(frozen=True, eq=False)
class Before:
    """How things stood before an outcome was moved: which one, and the best number of each loss.

    Shape: values (n,).
    """

    index: int
    values: Array
    lines: tuple[Criterion, ...]
    bests: dict[str, Best]

    @property
    def place(self) -> float:
        """Where the outcome was."""
        return float(self.values[self.index])


class DecisionsHands(Hands[DecisionsState]):
    """Everything that can be grabbed here moves along one axis."""

    def before(self, store: Store[DecisionsState], index: int) -> Before:
        """Return how things stand, the best number of every compared loss included."""
        line = line_of(store)
        bests = {type(one).__name__: best(one, line.outcomes) for one in store.now.lines}
        return Before(index, line.values, store.now.lines, bests)

    def own(self, store: Store[DecisionsState], event: Event) -> bool:
        """Act on outcomes, cases, scores, lines, and prices that depend on each other."""
        owner, _, field = event.handle.partition(".")
        acts: dict[str, Callable[[], None]] = {
            OUTCOMES: lambda: self._outcomes(store, event),
            CASES: lambda: self._cases(store, event),
            SCORES: lambda: self._scores(store, event),
            NUMBER: lambda: self._place(store, event, "number"),
            ORDER: lambda: self._place(store, event, "order"),
            RATIO: lambda: self._ratio(store, event),
            THRESHOLD: lambda: self._threshold(store, event),
            "Newsvendor": lambda: self._shop(store, event, field),
            "Prices": lambda: self._prices(store, event, field),
        }
        if owner in acts:
            acts[owner]()
        elif event.handle in TURNED:
            self._number(store, event)
        else:
            return False
        return True

    def _number(self, store: Store[DecisionsState], event: Event) -> None:
        if event.value is not None and TURNED[event.handle].accepts(event.value):
            self.hold(store, event)
            store.change(**{event.handle: event.value})

    def _place(self, store: Store[DecisionsState], event: Event, field: str) -> None:
        if event.value is not None and abs(event.value) <= 1e50:
            self.hold(store, event)
            store.change(**{field: event.value})

    def _threshold(self, store: Store[DecisionsState], event: Event) -> None:
        if event.value is not None:
            self.hold(store, event)
            store.change(threshold=min(max(event.value, 0.0), 1.0))

    def _ratio(self, store: Store[DecisionsState], event: Event) -> None:
        if event.value is not None:
            self.hold(store, event)
            shop = at_ratio(store.now.shop, min(max(event.value, 0.0), 1.0))
            store.change(shops=(shop,))
            if abs(shop.ratio - event.value) > 1e-9:
                _stopped(store, event, "cost", shop)

    def _shop(self, store: Store[DecisionsState], event: Event, field: str) -> None:
        """Turn a price as far as the other two allow; what no shop can have changes nothing."""
        if event.value is None or not hasattr(store.now.shop, field):
            return
        try:
            shop = turned(store.now.shop, field, event.value)
        except (ParameterError, TypeError):
            return
        self.hold(store, event)
        store.change(shops=(shop,))
        if getattr(shop, field) != event.value:
            _stopped(store, event, field, shop)

    def _prices(self, store: Store[DecisionsState], event: Event, field: str) -> None:
        """Turn a price; three prices of nothing decide nothing, and change nothing."""
        if event.value is None or field not in _PRICES:
            return
        try:
            prices = dataclasses.replace(store.now.price, **{field: event.value})
        except ParameterError:
            if event.value == 0 and event.finished:
                stays = number(getattr(store.now.price, field))
                store.notice = (
                    "Where nothing costs or brings in anything there is nothing to decide: "
                    f"{_PRICES[field]} stays at {stays}."
                )
            return
        self.hold(store, event)
        store.change(prices=(prices,))

    # Points on a line ----------------------------------------------------------------------------

    def _outcomes(self, store: Store[DecisionsState], event: Event) -> None:
        values, size = line_of(store).values, len(base_of(store).values)
        edits, index = store.now.points, event.index
        if event.kind == "add" and event.x is not None:
            if _room(store, len(values)):
                store.remember()
                store.change(points=edits.add((event.x, 0.0)), selected=len(values))
        elif index is None or index >= len(values):
            return
        elif event.kind == "select":
            store.change(selected=index)
        elif event.kind == "remove" and len(values) > 1:
            store.remember()
            store.own["told"] = None
            store.change(points=edits.remove(size, index), selected=max(index - 1, 0))
        elif event.kind == "move" and (to := _aim(event)) is not None:
            self.hold(store, event, index)
            store.change(points=edits.move(size, index, (to, 0.0)), selected=index)

    def _cases(self, store: Store[DecisionsState], event: Event) -> None:
        """Move a reported probability: the true one is what the report, corrected, says."""
        state, cases = store.now, cases_of(store.now)
        edits, index, size = state.cases, event.index, len(CHANCES)
        if event.kind == "add" and event.x is not None:
            if _room(store, len(cases.truth)):
                store.remember()
                kind = round(min(max(event.y, 0.0), 1.0)) if event.y is not None else state.brush
                place = (_true(event.x, state), 0.0)
                store.change(cases=edits.add(place, kind), case=len(cases.truth))
        elif index is None or index >= len(cases.truth):
            return
        elif event.kind == "select":
            store.change(case=index)
        elif event.kind == "remove" and len(cases.truth) > 1:
            store.remember()
            store.change(cases=edits.remove(size, index), case=max(index - 1, 0))
        elif event.kind == "flip":
            store.remember()
            kind = 1 - int(cases.label[index])
            store.change(cases=edits.relabel(CAME_TRUE, index, kind), case=index)
        elif event.kind == "move" and (to := _aim(event)) is not None:
            self.hold(store, event)
            store.change(cases=edits.move(size, index, (_true(to, state), 0.0)), case=index)

    def _scores(self, store: Store[DecisionsState], event: Event) -> None:
        scores, index = store.now.scores, event.index
        if index is None or index >= len(scores):
            return
        if event.kind == "select":
            store.change(row=index)
        elif event.kind == "move" and (to := _aim(event)) is not None:
            self.hold(store, event)
            to = min(max(to, -SCORE_REACH), SCORE_REACH)
            store.change(scores=(*scores[:index], to, *scores[index + 1 :]), row=index)

    # Buttons -------------------------------------------------------------------------------------

    def is_reset(self, store: Store[DecisionsState]) -> bool:
        """Tell whether nothing that can be dragged is elsewhere than at the start."""
        told = _dragged(store).items()
        return all(getattr(store.now, name) == at for name, at in told if name not in _SELECTED)

    def reset(self, store: Store[DecisionsState]) -> None:
        """Put everything back that can be dragged: the price ratio too, and so its prices."""
        if self.is_reset(store):
            return
        store.remember()
        store.own["told"] = None
        store.change(**_dragged(store))

    def delete(self, store: Store[DecisionsState]) -> None:
        """Take the selected outcome away."""
        self.change(store, Event("remove", 0, OUTCOMES, index=line_of(store).selected))


def _dragged(store: Store[DecisionsState]) -> dict[str, Any]:
    """Return where everything starts that can be dragged, and what is selected there."""
    start = store.start
    return {
        "points": Edits(), "selected": None, "number": None, "order": None, "shops": start.shops,
        "cases": Edits(), "case": start.case, "threshold": start.threshold, "shift": start.shift,
        "scores": start.scores, "row": start.row, "cut": start.cut,
    }  # fmt: skip


def _stopped(store: Store[DecisionsState], event: Event, field: str, shop: Newsvendor) -> None:
    """Say, once the hand lets go, why a price is not the one that was asked for."""
    if event.finished:
        store.notice = f"{_GAPS[field]}: the {field} is {number(getattr(shop, field), 6)}."


def _aim(event: Event) -> float | None:
    """Return where along its line something is moved to."""
    return event.x if event.x is not None else event.value


def _room(store: Store[DecisionsState], count: int) -> bool:
    if count >= MOST:
        store.notice = _FULL
    return count < MOST


def _true(reported: float, state: DecisionsState) -> float:
    """Return the true probability behind a reported one."""
    return float(shifted(np.clip(reported, 0.0, 1.0), -state.shift))


HANDS = DecisionsHands()
