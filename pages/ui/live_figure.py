"""Our Plotly component: it keeps camera and zoom, lets things be dragged, and plays paths."""

from collections.abc import Callable, Mapping

import streamlit as st

from pages.ui.events import Event
from pages.ui.figures.figure import Figure, Note
from pages.ui.live import Wire, acknowledged, listener, loader
from pages.ui.payload import pack

_component = st.components.v2.component(
    "live_figure",
    html='<div class="live-board"></div>\n',
    js=loader("live_figure.js"),
    isolate_styles=False,  # Plotly puts its style sheet into the document's head
)


def live_figures(
    items: Mapping[str, Figure | Note],
    *,
    key: str,
    act: Callable[[Event], None],
    scale: float = 1.0,
    serial: int = 0,
    wire: Wire | None = None,
) -> None:
    """Draw figures and notes on one board; `act` is called with what someone does in them.

    They travel as one message and are one element of the page: Streamlit's own share of a drag
    grows with the number of elements. With a wire, moves are answered there and `act` hears of
    the last one.
    """
    name = f"live-{key}"
    token = wire.token if wire else ""
    _component(
        key=name,
        data=pack(items, ack=acknowledged(), scale=scale, serial=serial, wire=token),
        on_event_change=listener(name, act),
    )
