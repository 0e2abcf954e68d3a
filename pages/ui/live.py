"""The bridge to the browser: components of our own whose JavaScript is served beside the page."""

import hashlib
import secrets
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import streamlit as st

from pages.ui.events import Event, parse

ASSETS = Path(__file__).parents[2] / "assets" / "live_figure"
ROUTE = "live"  # the part of the address under which app.py serves ASSETS and Plotly
_ACK = "live-ack"


@cache
def version() -> str:
    """Return a name for the present state of the scripts: a new one makes browsers fetch anew."""
    import plotly

    sums = hashlib.sha256(plotly.__version__.encode())
    for path in sorted(ASSETS.iterdir()):
        sums.update(path.read_bytes())
    return sums.hexdigest()[:12]


def loader(script: str) -> str:
    """Return the few lines of JavaScript that load a script from beside Streamlit's own.

    Streamlit's scripts lie under static/js/, wherever the application is mounted: the place two
    folders up is its root, behind a base path or a proxy alike.
    """
    return f"""
let script;
export default async function (component) {{
  const own = document.querySelector('script[src*="static/js/"]');
  const root = own ? new URL("../../", own.src) : new URL("./", document.baseURI);
  script ??= import(new URL("{ROUTE}/{version()}/{script}", root));
  return (await script).mount(component);
}}
"""


def listener(name: str, act: Callable[[Event], None]) -> Callable[[], None]:
    """Return a callback that checks what came from a component and hands it on."""

    def on_event() -> None:
        state: Any = st.session_state.get(name)
        event = parse(state.get("event")) if state else None
        if event is None:
            return
        st.session_state[_ACK] = event.seq
        act(event)

    return on_event


class Wire:
    """A short way to Python while something moves, beside Streamlit's own.

    A rerun makes the browser look at every element of the page again, at 40 ms a time. What only
    moves is asked and answered here instead: `answer` turns a move into the bytes of a board. When
    the hand lets go, Streamlit hears of it as ever; where this way is closed, of every move.
    """

    def __init__(self, answer: Callable[[Event], bytes]) -> None:
        self.token = secrets.token_urlsafe(18)
        self._answer = answer
        self._one_at_a_time = threading.Lock()
        _WIRES[self.token] = self

    def answer(self, event: Event) -> bytes:
        """Return the board after a move."""
        with self._one_at_a_time:
            return self._answer(event)


# A wire lives as long as the session that holds it.
_WIRES: WeakValueDictionary[str, Wire] = WeakValueDictionary()


def wire_of(token: str) -> Wire | None:
    """Return the wire of that token, if its session still lives."""
    return _WIRES.get(token)


def acknowledged() -> int:
    """Return the number of the last message that was acted on."""
    number: int = st.session_state.get(_ACK, 0)
    return number
