"""What stands around the binary page's stage: a question, tools, one's own table, sliders."""

from functools import partial

import streamlit as st

from pages.ui.binary.state import HANDS, BinaryState, LabelledPoints, new_data
from pages.ui.controls import knobs
from pages.ui.labelled import tools as labelled_tools
from pages.ui.labelled.tools import OwnPoints
from pages.ui.predict import ask
from pages.ui.session import Store


def bring_table(store: Store[BinaryState]) -> None:
    """Draw the ways to bring a table of one's own."""
    own = OwnPoints(
        "Paste one or two columns of numbers, and one that names the class",
        "height, weight, kind\n31, 4.1, cat\n58, 21.5, dog\n29, 3.8, cat\n61, 24, dog",
        most=2,
        flat=True,
        then=lambda: new_data(store),
    )
    labelled_tools.bring_table(store, own)


def tools(store: Store[BinaryState], points: LabelledPoints) -> None:
    """Draw what belongs to the stage itself."""
    labelled_tools.tools(store, HANDS, points, "Flip label")


def predict(store: Store[BinaryState], points: LabelledPoints) -> None:
    """Ask, before the drag, whose boundary will turn most."""
    question = "if you drag the ringed point far to the wrong side, whose boundary turns most?"
    ask(store, question, points.editable)


def draw_knobs(store: Store[BinaryState]) -> None:
    """Draw a slider for every knob of the compared losses; lines on the curves turn the same."""
    with st.grid(4, min_column_width=205):
        knobs(store.now.lines, partial(HANDS.act, store), partial(HANDS.choose, store))
