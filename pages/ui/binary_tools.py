"""What stands around the binary page's stage: words first, tools, and sliders."""

from functools import partial

import streamlit as st

from pages.ui.binary_state import DRAWN, HANDS, BinaryState, LabelledPoints
from pages.ui.controls import bound, knobs
from pages.ui.session import Store
from pages.ui.toolbar import tool, toolbar


def say(store: Store[BinaryState], points: LabelledPoints) -> None:
    """Say what a link or a hand has to be told."""
    if store.notice:
        st.warning(store.notice)
        store.notice = ""
    if not points.editable:
        st.info(
            f"This set has {len(points.x):,} points: all are drawn and computed. "
            f"Points can be dragged in sets of up to {DRAWN}."
        )


def tools(store: Store[BinaryState], points: LabelledPoints) -> None:
    """Draw what belongs to the stage itself."""
    names = {type(loss).__name__: loss.name for loss in store.now.lines}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        toolbar(store, HANDS, names, points.editable)
        tool("Flip label", "swap_horiz", partial(HANDS.flip, store), disabled=not points.editable)
        st.segmented_control(
            "New points are",
            [0, 1],
            format_func=points.base.class_names.__getitem__,
            required=True,
            **bound(store, "brush"),
        )


def draw_knobs(store: Store[BinaryState]) -> None:
    """Draw a slider for every knob of the compared losses; lines on the curves turn the same."""
    with st.grid(4, min_column_width=205):
        knobs(store.now.lines, partial(HANDS.act, store))
