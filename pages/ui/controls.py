"""Controls that show and set one field of a page's state; knobs come from their declarations."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from core.declare import Declared, Switch, parameters, switches
from pages.ui.events import Event
from pages.ui.figures.parts import plain
from pages.ui.live_slider import live_slider
from pages.ui.session import Store


def tied(key: str, now: object, take: Callable[[Any], None]) -> dict[str, Any]:
    """Return the key and callback of a Streamlit widget that shows a value and hands on another.

    The state leads: whatever changed it (a handle, a link, undo), the widget shows it.
    """
    st.session_state[key] = now
    return {"key": key, "on_change": lambda: take(st.session_state[key])}


def bound(store: Store[Any], field: str, then: Callable[[], None] | None = None) -> dict[str, Any]:
    """Return the key and callback that tie a Streamlit widget to a field of the state."""

    def take(value: object) -> None:
        store.change(**{field: value})
        if then:
            then()

    return tied(f"{type(store.now).__name__}-{field}", getattr(store.now, field), take)


def choice(label: str, names: Mapping[Any, str], tie: Mapping[str, Any], **more: Any) -> None:
    """Draw a few names in a row, one of which is chosen; a narrow screen breaks the row."""
    st.segmented_control(
        label, list(names), format_func=names.__getitem__, required=True, wrap=True, **more, **tie
    )


def menu(label: str, names: Mapping[Any, str], tie: Mapping[str, Any], **more: Any) -> None:
    """Draw names in a menu, one of which is chosen."""
    st.selectbox(label, list(names), format_func=names.__getitem__, **more, **tie)


def compare(store: Store[Any], kinds: Sequence[type[Any]]) -> None:
    """Draw a pill for every loss that can be compared; one of them stays."""
    names = {kind.__name__: kind.name for kind in kinds}

    def take(chosen: Sequence[str]) -> None:
        store.own["told"] = None
        if chosen:
            store.change(compared=tuple(name for name in names if name in chosen))
        else:
            store.notice = "At least one loss stays: there would be nothing to draw."

    key = f"{type(store.now).__name__}-compared"
    st.pills(
        "Compared losses",
        list(names),
        selection_mode="multi",
        format_func=names.__getitem__,
        **tied(key, list(store.now.compared), take),
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
    def take(chosen: bool) -> None:
        if choose:
            choose(one, name, chosen)

    key = f"switch-{type(one).__name__}.{name}"
    choice(label, {False: told.off, True: told.on}, tied(key, getattr(one, name), take))


def _toggle(
    label: str, one: Declared, name: str, now: bool, on: float, choose: Choose | None
) -> None:
    def take(used: bool) -> None:
        if choose:
            choose(one, name, on if used else None)

    st.toggle(label, **tied(f"switch-{type(one).__name__}.{name}", now, take))
