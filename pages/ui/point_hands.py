"""What hands do to a page of points, a path and knobs."""

import dataclasses
from abc import ABC, abstractmethod
from typing import TypeVar

from core.losses.base import Array
from pages.ui.descent_state import STEPS, DescentState
from pages.ui.edits import Edits, Place
from pages.ui.events import Event
from pages.ui.figures.landscape import START
from pages.ui.figures.scatter import POINTS
from pages.ui.hands import Hands
from pages.ui.session import Store

State = TypeVar("State", bound=DescentState)


@dataclasses.dataclass(frozen=True, eq=False)
class Spots:
    """The points as hands find them: where they are, how many there were, which is selected.

    Shape: x and y (n,).
    """

    x: Array
    y: Array
    size: int
    selected: int


class PointHands(Hands[State], ABC):
    """How points, the start of a path and its length follow what hands do."""

    groups = ("losses", "rules")

    @abstractmethod
    def spots(self, store: Store[State]) -> Spots:
        """Return the points as they are now."""

    def added(self, store: Store[State], place: Place) -> Edits:
        """Return the edits with one more point."""
        return store.now.points.add(place)

    def common(self, store: Store[State], event: Event) -> bool:
        """Act on a point, the start of the path, or how long it is."""
        if event.handle == POINTS:
            self.move(store, event, event.index)
        elif event.handle == START and event.x is not None and event.y is not None:
            self.hold(store, event)
            store.change(start=(event.x, event.y))
        elif event.handle == STEPS.symbol and event.value is not None:
            if STEPS.accepts(event.value):
                self.hold(store, event)
                store.change(steps=round(event.value))
        else:
            return False
        return True

    def move(self, store: Store[State], event: Event, index: int | None) -> None:
        """Move, add, select or take away a point."""
        spots, points = self.spots(store), store.now.points
        if event.kind == "add" and event.x is not None and event.y is not None:
            store.remember()
            store.change(points=self.added(store, (event.x, event.y)), selected=len(spots.x))
            return
        if index is None or index >= len(spots.x):
            return
        if event.kind == "select":
            store.change(selected=index)
        elif event.kind == "remove" and len(spots.x) > 1:
            store.remember()
            store.change(points=points.remove(spots.size, index), selected=max(index - 1, 0))
        elif event.kind == "move":
            self._carry(store, event, index, spots)

    def _carry(self, store: Store[State], event: Event, index: int, spots: Spots) -> None:
        x = float(spots.x[index]) if event.x is None else event.x
        y = event.value if event.y is None else event.y
        if y is not None:
            self.hold(store, event, index)
            moved = store.now.points.move(spots.size, index, (x, y))
            store.change(points=moved, selected=index)

    def reset(self, store: Store[State]) -> None:
        """Put every point back."""
        store.remember()
        store.own["told"] = None
        store.change(points=Edits(), selected=None)

    def delete(self, store: Store[State]) -> None:
        """Take the selected point away."""
        spots = self.spots(store)
        store.remember()
        gone = store.now.points.remove(spots.size, spots.selected)
        store.change(points=gone, selected=max(spots.selected - 1, 0))
