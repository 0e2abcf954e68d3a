"""The one typed place where a page keeps what no widget holds."""

import dataclasses
from typing import Any, Generic, TypeVar

import streamlit as st

from pages.ui import link

State = TypeVar("State")
_DEEPEST = 200  # steps of undo


@dataclasses.dataclass
class Store(Generic[State]):
    """A page's present state, the states to go back to, and a sentence for the reader."""

    now: State
    start: State
    past: list[State] = dataclasses.field(default_factory=list)
    future: list[State] = dataclasses.field(default_factory=list)
    notice: str = ""
    own: dict[str, Any] = dataclasses.field(default_factory=dict)

    def change(self, **fields: Any) -> None:
        """Replace fields of the present state."""
        self.now = dataclasses.replace(self.now, **fields)  # type: ignore[type-var]

    def remember(self) -> None:
        """Keep the present state to come back to."""
        self.past = [*self.past, self.now][-_DEEPEST:]
        self.future = []

    def undo(self) -> None:
        """Go back one remembered state."""
        if self.past:
            self.future.append(self.now)
            self.now = self.past.pop()

    def redo(self) -> None:
        """Take back an undo."""
        if self.future:
            self.past.append(self.now)
            self.now = self.future.pop()


def store(kind: type[State]) -> Store[State]:
    """Return the store of a page's state; the first call of a session reads the link."""
    name = f"store-{kind.__name__}"
    if name not in st.session_state:
        st.session_state[name] = _opened(kind)
    kept: Store[State] = st.session_state[name]
    return kept


def share(state: Any) -> None:
    """Write the state into the page's address."""
    query = link.write(state)
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)


def _opened(kind: type[State]) -> Store[State]:
    try:
        return Store(link.read(kind, st.query_params.to_dict()), kind())
    except link.LinkError:
        notice = "This link could not be read, so here is the page as it starts."
        return Store(kind(), kind(), notice=notice)
