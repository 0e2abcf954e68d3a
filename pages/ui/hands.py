"""What hands do to a page of points, a path and knobs: in pictures, on sliders, with buttons."""

import dataclasses
from abc import ABC, abstractmethod
from typing import Any, Generic, TypeVar

import streamlit as st

from core.declare import Declared, parameters
from core.losses.base import Array
from pages.ui.descent_state import STEPS, DescentState
from pages.ui.edits import Edits, Place
from pages.ui.events import Event
from pages.ui.figures.landscape import START
from pages.ui.figures.scatter import POINTS
from pages.ui.session import Store

MOVING = ["stage"]  # what follows while a hand moves,
EVERYTHING = ["tools", "stage", "knobs", "details"]  # and what when it lets go

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


class Hands(ABC, Generic[State]):
    """How a page's state follows what hands do; a page says what is its own."""

    groups: tuple[str, ...] = ("losses", "rules")  # the fields whose objects have knobs

    @abstractmethod
    def spots(self, store: Store[State]) -> Spots:
        """Return the points as they are now."""

    def before(self, store: Store[State], index: int) -> Any:
        """Return what the words will compare a drag of that point with."""
        return None

    def settle(self, store: Store[State]) -> None:
        """Do what is done when a hand lets go."""
        return

    def added(self, store: Store[State], place: Place) -> Edits:
        """Return the edits with one more point."""
        return store.now.points.add(place)

    def meant(self, event: Event) -> Event:
        """Return the event of the knob that a handle stands for."""
        return event

    def own(self, store: Store[State], event: Event) -> bool:
        """Act on what this page alone has, and say whether that was it."""
        return False

    def act(self, store: Store[State], event: Event) -> None:
        """Change the state as a hand asks, and say which parts of the page follow."""
        self.change(store, event)
        st.rerun(EVERYTHING if event.finished else MOVING)

    def change(self, store: Store[State], event: Event) -> None:
        """Change the state as a hand in a picture or on a slider asks."""
        event = self.meant(event)
        if event.kind in ("undo", "redo"):
            store.undo() if event.kind == "undo" else store.redo()
        elif event.kind == "step" and event.step is not None:
            store.own["step"] = event.step
        elif self.own(store, event):
            pass
        elif event.handle == POINTS:
            self.move(store, event, event.index)
        elif event.handle == START and event.x is not None and event.y is not None:
            self.hold(store, event)
            store.change(start=(event.x, event.y))
        elif event.handle == STEPS.symbol and event.value is not None:
            if STEPS.accepts(event.value):
                self.hold(store, event)
                store.change(steps=round(event.value))
        elif event.value is not None:
            self._turn(store, event)
        if event.finished:
            self.settle(store)

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

    def hold(self, store: Store[State], event: Event, index: int | None = None) -> None:
        """At the first of a run of moves, keep the state to come back to and to compare with."""
        if store.held != event.handle:
            store.remember()
            store.held = event.handle
            store.own["told"] = None if index is None else self.before(store, index)
        if event.finished:
            store.held = ""

    def _turn(self, store: Store[State], event: Event) -> None:
        """Turn one knob, named by the class of its object and its field."""
        name, _, field = event.handle.partition(".")
        for group in self.groups:
            objects: tuple[Declared, ...] = getattr(store.now, group)
            for one in objects:
                told = parameters(one).get(field) if type(one).__name__ == name else None
                if told is not None and event.value is not None and told.accepts(event.value):
                    self.hold(store, event)
                    turned = dataclasses.replace(one, **{field: event.value})
                    others = tuple(turned if other is one else other for other in objects)
                    store.change(**{group: others})

    def choose(
        self, store: Store[State], one: Declared, name: str, value: float | bool | None
    ) -> None:
        """Turn a switch of an object, or a knob that may be off."""
        for group in self.groups:
            objects = getattr(store.now, group)
            if one in objects:
                store.remember()
                turned = dataclasses.replace(one, **{name: value})
                store.change(**{group: tuple(turned if o == one else o for o in objects)})
                self.settle(store)
                st.rerun(EVERYTHING)

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
