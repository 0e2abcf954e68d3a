"""A slider that reports while it moves; Streamlit's own reports on release alone."""

import math
from collections.abc import Callable

import streamlit as st

from core.declare import Parameter
from pages.ui.events import Event
from pages.ui.live import acknowledged, listener, loader

_component = st.components.v2.component(
    "live_slider",
    html='<div class="live-slider"></div>\n',
    js=loader("live_slider.js"),
    isolate_styles=False,  # one style sheet, in the document's head, serves every slider
)


def live_slider(
    label: str,
    value: float,
    declared: Parameter,
    *,
    key: str,
    act: Callable[[Event], None],
    wire: str = "",
) -> None:
    """Draw a slider for a declared parameter; `act` is called with each value it passes.

    wire: the token of the board that follows it, where a page has several.
    """
    name = f"slider-{key}"
    _component(
        key=name,
        data={
            "key": key,
            "label": label,
            "help": _sentence(declared.meaning),
            "value": value if math.isfinite(value) else declared.low,
            "low": declared.low,
            "high": declared.high,
            "step": declared.step,
            "minimum": _finite(declared.minimum),
            "maximum": _finite(declared.maximum),
            "openMinimum": declared.open_minimum,
            "openMaximum": declared.open_maximum,
            "valid": _valid(declared),
            "logarithmic": declared.logarithmic,
            "wire": wire,
            "ack": acknowledged(),
        },
        on_event_change=listener(name, act),
    )


def _finite(bound: float) -> float | None:
    return bound if math.isfinite(bound) else None


def _valid(declared: Parameter) -> str:
    words = f"a number {declared.valid_range}".removesuffix(" a number")
    return words.replace("-", "−")


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:].rstrip(".") + "."
