"""The one typed place where a page keeps what no widget holds."""

import dataclasses
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import streamlit as st

from pages.ui import link
from pages.ui.live import Wire

State = TypeVar("State")
Kept = TypeVar("Kept")
UNREADABLE = "This link could not be read, so here is the page as it starts."
_DEEPEST = 200  # steps of undo
_LAG = 6.0  # s within which a busy browser takes over an address
_SHOWN = "store-shown"


@dataclasses.dataclass
class Store(Generic[State]):
    """A page's present state, the states to go back to, and a sentence for the reader.

    own: what a page keeps beside its state; "told" of it is what the last drag is compared with.
    held: the handle that a hand holds; while one does, the latest of the past is the state before.
    """

    now: State
    start: State
    past: list[State] = dataclasses.field(default_factory=list)
    future: list[State] = dataclasses.field(default_factory=list)
    notice: str = ""
    own: dict[str, Any] = dataclasses.field(default_factory=dict)
    written: dict[str, str] | None = None
    written_at: float = 0.0
    replaced: list[dict[str, str]] = dataclasses.field(default_factory=list)
    wires: dict[str, Wire] = dataclasses.field(default_factory=dict)
    serial: int = 0
    held: str = ""

    def next_serial(self) -> int:
        """Return a number larger than every one before: newer pictures replace older ones."""
        self.serial += 1
        return self.serial

    def change(self, **fields: Any) -> None:
        """Replace fields of the present state."""
        self.now = dataclasses.replace(self.now, **fields)  # type: ignore[type-var]

    def remember(self) -> None:
        """Keep the present state to come back to: what a hand held before, it holds no more."""
        self.past = [*self.past, self.now][-_DEEPEST:]
        self.future = []
        self.let_go()

    def hold(self, handle: str) -> None:
        """Let a hand take hold of a handle; the state at the first touch is the one to undo to."""
        if self.held != handle:
            self.remember()
            self.held = handle

    def let_go(self) -> None:
        """Let nothing be held."""
        self.held = ""

    @property
    def settled(self) -> State:
        """The state that axes go by: the present one, or that from before a hand took hold."""
        return self.past[-1] if self.held else self.now

    def kept(self, name: str, key: object, make: Callable[[], Kept]) -> Kept:
        """Return what was made for this key, or make it: of one name the latest is kept."""
        held = self.own.get(name)
        if held is None or held[0] != key:
            held = self.own[name] = (key, make())
        made: Kept = held[1]
        return made

    def at_rest(self, name: str, key: object, make: Callable[[], Kept]) -> Kept:
        """Return what is made anew whenever nothing is held, and stays while a hand moves.

        The key names the picture: of another one nothing stays.
        """
        if not self.held:
            self.own.pop(name, None)
        return self.kept(name, key, make)

    def forget(self) -> None:
        """Start a new history."""
        self.past, self.future = [], []
        self.let_go()

    def undo(self) -> None:
        """Go back one remembered state."""
        if self.past:
            self.future.append(self.now)
            self.now = self.past.pop()
            self._gone()

    def redo(self) -> None:
        """Take back an undo."""
        if self.future:
            self.past.append(self.now)
            self.now = self.future.pop()
            self._gone()

    def _gone(self) -> None:
        """Drop what belongs to the state that was just left."""
        self.own["told"] = None
        self.let_go()


def store(kind: type[State]) -> Store[State]:
    """Return the store of a page's state; the first call of a session reads the link."""
    name = f"store-{kind.__name__}"
    if name not in st.session_state:
        st.session_state[name] = _opened(kind)
    kept: Store[State] = st.session_state[name]
    if st.session_state.get(_SHOWN) != name:
        _arrive(kept, kind)
        st.session_state[_SHOWN] = name
    _follow(kept, kind)
    return kept


def _arrive(kept: Store[State], kind: type[State]) -> None:
    """Coming from another page, show what the link tells of, or what was left here."""
    query = st.query_params.to_dict()
    if kept.written not in (None, query) and query:
        _read(kept, kind, query)
    kept.written = None
    kept.replaced.clear()


def _follow(kept: Store[State], kind: type[State]) -> None:
    """Go where the browser's back and forward lead: to the screen that the address tells of.

    Until the browser is seen to have taken over what was written, it may also tell of an address
    that was just replaced: that is not the reader's doing.
    """
    query = st.query_params.to_dict()
    _acknowledge(kept, query)
    late = time.monotonic() - kept.written_at < _LAG and query in kept.replaced
    if kept.written not in (None, query) and not late:
        _read(kept, kind, query)


def _acknowledge(kept: Store[Any], query: dict[str, str]) -> None:
    if query == kept.written:
        kept.replaced.clear()


def _read(kept: Store[State], kind: type[State], query: dict[str, str]) -> None:
    try:
        state = link.read(kind, query)
    except link.LinkError:
        return
    kept.remember()
    kept.now, kept.written = state, query


def share(kept: Store[Any], state: Any) -> None:
    """Write a state into the page's address."""
    query = link.write(state)
    now = st.query_params.to_dict()
    _acknowledge(kept, now)
    if now != query:
        st.query_params.from_dict(query)
        kept.replaced.append(now)
        kept.written_at = time.monotonic()
    kept.written = query


def _opened(kind: type[State]) -> Store[State]:
    try:
        return Store(link.read(kind, st.query_params.to_dict()), kind())
    except link.LinkError:
        return Store(kind(), kind(), notice=UNREADABLE)
