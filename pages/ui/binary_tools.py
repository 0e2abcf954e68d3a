"""What stands around the binary page's stage: words first, tools, and sliders."""

from functools import partial

import streamlit as st

from core.labelled_tables import class_columns, feature_columns, guess_columns, labelled_points
from core.tables import Table
from pages.ui.binary_state import HANDS, BinaryState, LabelledPoints, new_data
from pages.ui.controls import bound, knobs
from pages.ui.descent_state import OWN
from pages.ui.labelled_points import DRAWN
from pages.ui.own_table import NONE, Columns, Reader, panel
from pages.ui.session import Store
from pages.ui.toolbar import tool, toolbar

_FEATURES, _CLASS = ("first feature", "second feature"), "class"


def bring_table(store: Store[BinaryState]) -> None:
    """Draw the ways to bring a table of one's own."""
    panel(store, Reader(
        "Paste one or two columns of numbers, and one that names the class",
        "height, weight, kind\n31, 4.1, cat\n58, 21.5, dog\n29, 3.8, cat\n61, 24, dog",
        _guess,
        _offers,
        partial(_take, store),
    ))  # fmt: skip


def _guess(table: Table) -> Columns:
    features, label = guess_columns(table)
    return {**dict(zip(_FEATURES, (*features, NONE), strict=False)), _CLASS: label}


def _offers(table: Table) -> dict[str, tuple[str, ...]]:
    features = feature_columns(table)
    return {
        _FEATURES[0]: features,
        _FEATURES[1]: (NONE, *features),
        _CLASS: class_columns(table),
    }


def _take(store: Store[BinaryState], table: Table, columns: Columns) -> tuple[str, ...]:
    features = tuple(columns[role] for role in _FEATURES if columns[role] != NONE)
    store.own["table"] = labelled_points(table, features, columns[_CLASS])
    store.change(data=OWN)
    new_data(store)
    return table.notes


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


def predict(store: Store[BinaryState], points: LabelledPoints) -> None:
    """Ask, before the drag, whose boundary will turn most."""
    if len(store.now.lines) < 2 or not points.editable:
        return
    names = {type(loss).__name__: loss.name for loss in store.now.lines}
    key = f"guess-{store.now.compared}"
    st.segmented_control(
        "Predict first: if you drag the ringed point far to the wrong side, whose boundary turns "
        "most?",
        list(names),
        format_func=names.__getitem__,
        key=key,
    )
    store.own["guess"] = st.session_state[key]


def draw_knobs(store: Store[BinaryState]) -> None:
    """Draw a slider for every knob of the compared losses; lines on the curves turn the same."""
    with st.grid(4, min_column_width=205):
        knobs(store.now.lines, partial(HANDS.act, store), partial(HANDS.choose, store))
