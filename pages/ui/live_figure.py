"""Our Plotly component: it keeps camera and zoom, lets things be dragged, and plays paths."""

from collections.abc import Callable

import streamlit as st

from pages.ui.events import Event
from pages.ui.figures.figure import Figure
from pages.ui.live import acknowledged, listener, loader
from pages.ui.payload import pack

_component = st.components.v2.component(
    "live_figure",
    html='<div class="live-figure" data-state="loading"></div>\n',
    js=loader("live_figure.js"),
    isolate_styles=False,  # Plotly puts its style sheet into the document's head
)


def live_figure(
    figure: Figure, *, key: str, act: Callable[[Event], None], scale: float = 1.0
) -> None:
    """Draw the figure; `act` is called with whatever someone does in it, while they do it."""
    name = f"live-{key}"
    _component(
        key=name,
        data=pack(figure, key=key, ack=acknowledged(), scale=scale),
        on_event_change=listener(name, act),
    )
