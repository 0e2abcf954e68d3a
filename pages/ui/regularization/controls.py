"""The sidebar of the page of regularization, the tools above its stages, and its knobs."""

from functools import partial

import streamlit as st

from core.regularization.two_features import two_features
from pages.ui import descent_controls as shared
from pages.ui.controls import bound, choice, knobs, menu
from pages.ui.hands import EVERYTHING
from pages.ui.live_slider import live_slider
from pages.ui.predict import ask_among
from pages.ui.regularization.hands import HANDS, asked
from pages.ui.regularization.stage import PAIR, TENS, WAVES
from pages.ui.regularization.state import (
    CORRELATION,
    DEGREE,
    NAMES,
    SMOOTHING,
    STEPS,
    STRENGTH,
    TEN,
    RegularizationState,
    new_data,
)
from pages.ui.regularization.words import GUESSES
from pages.ui.session import Store
from pages.ui.toolbar import history, notice, tool

State = RegularizationState


def choose(store: Store[State]) -> None:
    """Draw every control of the sidebar, stage by stage."""
    state, hear = store.now, partial(HANDS.act, store)
    titles = {key: told.title for key, told in two_features().items()}
    tie = bound(store, "data", lambda: new_data(store))
    menu("Two features", titles, tie, help=state.story.source)
    wire = PAIR.token(store)
    live_slider("Strength: λ", state.strength, STRENGTH, key="strength", act=hear, wire=wire)
    live_slider(
        "Correlation: r", state.overlap, CORRELATION, key="correlation", act=hear, wire=wire
    )
    with st.expander("The race", icon=":material/flag:"):
        knobs(state.racers, hear, partial(HANDS.choose, store))
        live_slider("Steps", state.steps, STEPS, key="steps", act=hear, wire=wire)
    with st.expander("The polynomial", icon=":material/show_chart:"):
        _polynomial(store)
    with st.expander("The ten features", icon=":material/stacked_line_chart:"):
        tens = TENS.token(store)
        live_slider("λ for the ten features", state.ten, TEN, key="ten", act=hear, wire=tens)
    with st.expander("View"):
        shared.for_a_class(store)


def _polynomial(store: Store[State]) -> None:
    state, hear, wire = store.now, partial(HANDS.act, store), WAVES.token(store)
    live_slider("Degree", state.degree, DEGREE, key="degree", act=hear, wire=wire)
    live_slider(
        "λ for the polynomial", state.smoothing, SMOOTHING, key="smoothing", act=hear, wire=wire
    )


def tools(store: Store[State]) -> None:
    """Draw what belongs to the stages themselves."""
    notice(store)
    ask_among(
        store,
        f"which coefficient is the first at exactly 0 as λ grows, under "
        f"{store.now.told.name}? Then drag λ.",
        GUESSES,
        about=asked(store.now),
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        choice("Penalty", NAMES, bound(store, "penalty", partial(st.rerun, EVERYTHING)))
        history(store)
        tool("Reset", "restart_alt", partial(HANDS.reset, store))


def draw_knobs(store: Store[State]) -> None:
    """Draw the knobs of the chosen penalty, if it has any."""
    with st.grid(4, min_column_width=205):
        knobs([store.now.told], partial(HANDS.act, store), partial(HANDS.choose, store))
