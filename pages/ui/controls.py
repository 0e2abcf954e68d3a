"""Controls that show and set one field of a page's state; knobs come from their declarations."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core.declare import Declared, parameters
from pages.ui.events import Event
from pages.ui.figures.parts import plain
from pages.ui.live_slider import live_slider
from pages.ui.session import Store


def bound(store: Store[Any], field: str, then: Callable[[], None] | None = None) -> dict[str, Any]:
    """Return the key and callback that tie a Streamlit widget to a field of the state.

    The state leads: whatever changed it (a handle, a link, undo), the widget shows it.
    """
    key = f"{type(store.now).__name__}-{field}"

    def absorb() -> None:
        store.change(**{field: st.session_state[key]})
        if then:
            then()

    st.session_state[key] = getattr(store.now, field)
    return {"key": key, "on_change": absorb}


def knobs(objects: Sequence[Declared], act: Callable[[Event], None]) -> None:
    """Draw a live slider for every declared parameter; its events name class and field."""
    for one in objects:
        for name, declared in parameters(one).items():
            owner = getattr(one, "name", type(one).__name__)
            live_slider(
                f"{owner}: {plain(declared.symbol)}",
                getattr(one, name),
                declared,
                key=f"{type(one).__name__}.{name}",
                act=act,
            )
