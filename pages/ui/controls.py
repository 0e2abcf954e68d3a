"""Controls that show and set one field of a page's state; knobs come from their declarations."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core.declare import Declared, Switch, parameters, switches
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


def compare(store: Store[Any], kinds: Sequence[type[Any]]) -> None:
    """Draw a pill for every loss that can be compared; one of them stays."""
    names = {kind.__name__: kind.name for kind in kinds}
    key = f"{type(store.now).__name__}-compared"

    def absorb() -> None:
        chosen = st.session_state[key]
        store.own["told"] = None
        if chosen:
            store.change(compared=tuple(name for name in names if name in chosen))
        else:
            store.notice = "At least one loss stays: there would be nothing to draw."

    st.session_state[key] = list(store.now.compared)
    st.pills(
        "Compared losses",
        list(names),
        selection_mode="multi",
        format_func=names.__getitem__,
        key=key,
        on_change=absorb,
    )


Choose = Callable[[Declared, str, float | bool | None], None]


def knobs(
    objects: Sequence[Declared],
    act: Callable[[Event], None],
    choose: Choose | None = None,
    wire: str = "",
) -> None:
    """Draw a live slider for every declared parameter; its events name class and field.

    `choose` hears of what is either on or off: switches, and parameters that may be None. wire: the
    token of the board that follows the sliders, where a page has several.
    """
    for one in objects:
        owner = getattr(one, "name", type(one).__name__)
        for name, told in switches(one).items():
            _either(f"{owner}: {told.meaning}", told, one, name, choose)
        for name, declared in parameters(one).items():
            label = f"{owner}: {plain(declared.symbol)}"
            value = getattr(one, name)
            if declared.optional:
                middle = (declared.low + declared.high) / 2
                _toggle(f"{label} in use", one, name, value is not None, middle, choose)
            if value is not None:
                key = f"{type(one).__name__}.{name}"
                live_slider(label, value, declared, key=key, act=act, wire=wire)


def _either(label: str, told: Switch, one: Declared, name: str, choose: Choose | None) -> None:
    key = f"switch-{type(one).__name__}.{name}"
    words = {True: told.on, False: told.off}

    def absorb() -> None:
        if choose:
            choose(one, name, st.session_state[key])

    st.session_state[key] = getattr(one, name)
    st.segmented_control(
        label, [False, True], format_func=words.__getitem__, required=True, key=key,
        on_change=absorb,
    )  # fmt: skip


def _toggle(
    label: str, one: Declared, name: str, now: bool, on: float, choose: Choose | None
) -> None:
    key = f"switch-{type(one).__name__}.{name}"

    def absorb() -> None:
        if choose:
            choose(one, name, on if st.session_state[key] else None)

    st.session_state[key] = now
    st.toggle(label, key=key, on_change=absorb)
