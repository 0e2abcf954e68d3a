"""A page's live pictures on one board: drawn by Streamlit, answered the short way while moving."""

import dataclasses
import weakref
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Generic

import streamlit as st

from pages.ui.events import Event
from pages.ui.figures.figure import Figure, Note
from pages.ui.live import Wire
from pages.ui.live_figure import live_figures
from pages.ui.payload import pack
from pages.ui.session import State, Store
from pages.ui.theme import LARGE_TYPE


@dataclasses.dataclass(frozen=True)
class Board(Generic[State]):
    """What is drawn of a state, and what a hand in it does.

    pictures: the figures and notes of the present state, in order.
    change: what an event does to the state.
    act: the same, and which parts of the page are drawn anew.
    """

    key: str
    pictures: Callable[[Store[State]], Mapping[str, Figure | Note]]
    change: Callable[[Store[State], Event], None]
    act: Callable[[Store[State], Event], None]

    def draw(self, store: Store[State], wired: bool = True) -> None:
        """Draw the board; when it is wired, moves are answered without a rerun."""
        serial = store.next_serial()  # before the pictures: what starts later is newer
        live_figures(
            self.pictures(store),
            key=self.key,
            act=partial(self.act, store),
            scale=scale_of(store),
            serial=serial,
            wire=self._wire(store) if wired else None,
        )

    def token(self, store: Store[State]) -> str:
        """Return the token of the board's wire."""
        return self._wire(store).token

    def answer(self, store: Store[State], event: Event) -> bytes:
        """Return the board after a move, as the wire carries it."""
        serial, token = store.next_serial(), self.token(store)
        self.change(store, event)
        told = self.pictures(store)
        return pack(told, ack=event.seq, scale=scale_of(store), serial=serial, wire=token)

    def _wire(self, store: Store[State]) -> Wire:
        if self.key not in store.wires:
            # The wire must not keep its own session alive.
            kept = weakref.ref(store)
            store.wires[self.key] = Wire(lambda event: self._answered(kept, event))
        return store.wires[self.key]

    def _answered(self, kept: "weakref.ref[Store[State]]", event: Event) -> bytes:
        store = kept()
        return self.answer(store, event) if store is not None else b""


def _no_tools(store: Store[Any]) -> None:
    return


@dataclasses.dataclass(frozen=True)
class Section(Generic[State]):
    """A board, with a heading, a sentence that says what to do, and its own tools above it."""

    board: Board[State]
    heading: str = ""
    lead: str = ""
    tools: Callable[[Store[State]], None] = _no_tools


@dataclasses.dataclass(frozen=True)
class Boards(Board[State]):
    """Several boards, one below the other: a hand in one of them lets the others rest."""

    sections: tuple[Section[State], ...] = ()

    def draw(self, store: Store[State], wired: bool = True) -> None:
        """Draw every board; a move in one of them is answered with that one alone."""
        for one in self.sections:
            if one.heading:
                st.subheader(one.heading)
                st.markdown(one.lead)
            one.tools(store)
            one.board.draw(store, wired)


def scale_of(store: Store[State]) -> float:
    """Return how much larger than usual the type is."""
    return LARGE_TYPE if getattr(store.now, "large", False) else 1.0
