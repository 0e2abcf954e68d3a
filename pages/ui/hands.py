"""What hands do to a page: in pictures, on sliders, with buttons."""

import dataclasses
from typing import Any, Generic, TypeVar

import streamlit as st

from core.declare import Declared, parameters
from pages.ui.events import Event
from pages.ui.screen import ScreenState
from pages.ui.session import Store

MOVING = ["stage"]  # what follows while a hand moves,
EVERYTHING = ["tools", "stage", "knobs", "details"]  # and what when it lets go

State = TypeVar("State", bound=ScreenState)


class Hands(Generic[State]):
    """How a page's state follows what hands do; a page says what is its own."""

    groups: tuple[str, ...] = ("losses",)  # the fields whose objects have knobs

    def before(self, store: Store[State], index: int) -> Any:
        """Return what the words will compare a drag of that point with."""
        return None

    def meant(self, event: Event) -> Event:
        """Return the event of the knob that a handle stands for."""
        return event

    def own(self, store: Store[State], event: Event) -> bool:
        """Act on what this page alone has, and say whether that was it."""
        return False

    def common(self, store: Store[State], event: Event) -> bool:
        """Act on what every page of this kind has, and say whether that was it."""
        return False

    def act(self, store: Store[State], event: Event) -> None:
        """Change the state as a hand asks, and say which parts of the page follow."""
        self.change(store, event)
        st.rerun(EVERYTHING if event.finished else MOVING)

    def change(self, store: Store[State], event: Event) -> None:
        """Change the state as a hand in a picture or on a slider asks.

        A hand that lets go does so whether or not what it asks for last can be done.
        """
        event = self.meant(event)
        if event.kind in ("undo", "redo"):
            store.undo() if event.kind == "undo" else store.redo()
        elif event.kind == "step" and event.step is not None:
            store.own["step"] = event.step
        elif self.own(store, event) or self.common(store, event):
            pass
        elif event.value is not None:
            self._turn(store, event)
        if event.finished:
            store.let_go()

    def hold(self, store: Store[State], event: Event, index: int | None = None) -> None:
        """At the first of a run of moves, keep the state to come back to and to compare with."""
        if store.held != event.handle:
            store.hold(event.handle)
            store.own["told"] = None if index is None else self.before(store, index)

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
                st.rerun(EVERYTHING)
