"""What stands around the regression page's stage: a question first, tools, and sliders."""

from functools import partial

import streamlit as st

from pages.ui.controls import knobs
from pages.ui.regression_state import DRAWN, HANDS, Points, RegressionState
from pages.ui.session import Store
from pages.ui.toolbar import toolbar


def say(store: Store[RegressionState], points: Points) -> None:
    """Say what to do here, in one sentence, and what a link or a hand has to be told."""
    if store.notice:
        st.warning(store.notice)
        store.notice = ""
    if not points.editable:
        st.info(
            f"This table has {len(points.x):,} rows: {DRAWN} of them are drawn, all are computed. "
            f"Points can be dragged in tables of up to {DRAWN} rows."
        )


def tools(store: Store[RegressionState], points: Points) -> None:
    """Draw what belongs to the stage itself."""
    names = {type(loss).__name__: loss.name for loss in store.now.lines}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        toolbar(store, HANDS, names, points.editable)


def predict(store: Store[RegressionState], points: Points) -> None:
    """Ask, before the drag, which line will move more."""
    state = store.now
    if len(state.lines) < 2 or not points.editable:
        return
    names = {type(loss).__name__: loss.name for loss in state.lines}
    key = f"guess-{state.compared}"
    st.segmented_control(
        "Predict first: if you drag the ringed point far up or down, whose slope moves most?",
        list(names),
        format_func=names.__getitem__,
        key=key,
    )
    store.own["guess"] = st.session_state[key]


def draw_knobs(store: Store[RegressionState]) -> None:
    """Draw a slider for every knob of the compared losses; lines on the curves turn the same."""
    with st.grid(4, min_column_width=205):
        knobs(store.now.lines, partial(HANDS.act, store))
