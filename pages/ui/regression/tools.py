"""What stands around the regression page's stage: a question first, tools, and sliders."""

from functools import partial

import streamlit as st

from core.data.tables import Table, numeric_columns
from core.data.tables import points as points_of_table
from pages.ui.controls import knobs
from pages.ui.descent_state import OWN
from pages.ui.edits import Edits
from pages.ui.own_table import Columns, Reader, panel
from pages.ui.predict import ask
from pages.ui.regression.state import (
    DRAWN,
    HANDS,
    Points,
    RegressionState,
    new_data,
    own_table,
)
from pages.ui.session import Store
from pages.ui.toolbar import notice, toolbar

_AXES = ("x", "y")


def bring_table(store: Store[RegressionState]) -> None:
    """Draw the ways to bring a table of one's own."""
    panel(store, Reader(
        "Paste two columns of numbers, with or without a header",
        "x, y\n1, 2.1\n2, 3.9\n3, 6.2",
        _guess,
        lambda table: dict.fromkeys(_AXES, numeric_columns(table)),
        partial(_take, store),
    ))  # fmt: skip


def _guess(table: Table) -> Columns:
    told = points_of_table(table)
    return {"x": told.x_label, "y": told.y_label}


def _take(store: Store[RegressionState], table: Table, columns: Columns) -> tuple[str, ...]:
    told = points_of_table(table, *(columns[axis] for axis in _AXES))
    store.own["table"] = own_table(told.x, told.y, told.x_label, told.y_label)
    store.change(data=OWN, points=Edits())
    new_data(store)
    return told.notes


def say(store: Store[RegressionState], points: Points) -> None:
    """Say what to do here, in one sentence, and what a link or a hand has to be told."""
    notice(store)
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
    question = "if you drag the ringed point far up or down, whose slope moves most?"
    ask(store, question, points.editable)


def draw_knobs(store: Store[RegressionState]) -> None:
    """Draw a slider for every knob of the compared losses; lines on the curves turn the same."""
    with st.grid(4, min_column_width=205):
        knobs(store.now.lines, partial(HANDS.act, store), partial(HANDS.choose, store))
