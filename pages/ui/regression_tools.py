"""What stands around the regression page's stage: a question first, tools, and sliders."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from pages.ui.controls import bound, knobs
from pages.ui.edits import Edits
from pages.ui.regression_state import DRAWN, EVERYTHING, Points, RegressionState, act
from pages.ui.session import Store


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


def toolbar(store: Store[RegressionState], points: Points) -> None:
    """Draw what belongs to the stage itself: whose landscape, and the way back."""
    state = store.now
    names = {type(loss).__name__: loss.name for loss in state.lines}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control(
            "Landscape of",
            list(names),
            format_func=names.__getitem__,
            required=True,
            **bound(store, "chosen", lambda: st.rerun(EVERYTHING)),
        )
        st.button("Undo", icon=":material/undo:", key="undo", disabled=not store.past,
                  on_click=lambda: _go(store.undo))  # fmt: skip
        st.button("Redo", icon=":material/redo:", key="redo", disabled=not store.future,
                  on_click=lambda: _go(store.redo))  # fmt: skip
        st.button("Reset points", icon=":material/restart_alt:", key="reset",
                  disabled=not state.points.count,
                  on_click=lambda: _go(partial(_reset, store)))  # fmt: skip
        st.button("Delete point", icon=":material/delete:", key="delete",
                  disabled=not points.editable or len(points.x) < 2,
                  on_click=lambda: _go(partial(_delete, store, points)))  # fmt: skip


def _go(act: Callable[[], None]) -> None:
    act()
    st.rerun(EVERYTHING)


def _reset(store: Store[RegressionState]) -> None:
    store.remember()
    store.own["told"] = None
    store.change(points=Edits(), selected=None)


def _delete(store: Store[RegressionState], points: Points) -> None:
    store.remember()
    gone = store.now.points.remove(len(points.base.x), points.selected)
    store.change(points=gone, selected=max(points.selected - 1, 0))


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
        knobs(store.now.lines, partial(act, store))
