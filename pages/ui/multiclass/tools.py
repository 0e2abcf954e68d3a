"""What stands around the stage of several classes: a question, tools, and sliders."""

from functools import partial

import streamlit as st

from core.classification.softmax_regression import MOST
from pages.ui.controls import bound, choice, knobs, menu
from pages.ui.explain import literal
from pages.ui.hands import EVERYTHING
from pages.ui.labelled import tools as labelled_tools
from pages.ui.labelled.points import LabelledPoints
from pages.ui.labelled.tools import OwnPoints
from pages.ui.live_slider import live_slider
from pages.ui.multiclass.simplex import SHIFT, TEMPERATURE
from pages.ui.multiclass.simplex_board import names_of
from pages.ui.multiclass.state import HANDS, MulticlassState, new_data, points_of
from pages.ui.predict import ask
from pages.ui.session import Store


def bring_table(store: Store[MulticlassState]) -> None:
    """Draw the ways to bring a table of one's own."""
    own = OwnPoints(
        "Paste two columns of numbers, and one that names the class",
        "height, weight, kind\n31, 4.1, cat\n58, 21.5, dog\n12, 0.4, rat\n29, 3.8, cat\n"
        "61, 24, dog\n11, 0.3, rat",
        most=MOST,
        flat=False,
        then=lambda: new_data(store),
    )
    labelled_tools.bring_table(store, own)


def tools(store: Store[MulticlassState], points: LabelledPoints) -> None:
    """Draw what belongs to the stage itself."""
    labelled_tools.tools(store, HANDS, points, "Next class")


def predict(store: Store[MulticlassState], points: LabelledPoints) -> None:
    """Ask, before the drag, whose borders will move most."""
    question = "if you drag the ringed point far into another cloud, whose borders move most?"
    ask(store, question, points.editable)


def draw_knobs(store: Store[MulticlassState]) -> None:
    """Draw what turns the triangle, and a slider for every knob of the losses on the screen."""
    state, hear = store.now, partial(HANDS.act, store)
    anew = partial(st.rerun, EVERYTHING)
    names = dict(enumerate(map(literal, names_of(points_of(store).base.class_names))))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        choice("True class in the triangle", names, bound(store, "truth", anew))
        losses = {type(loss).__name__: loss.name for loss in state.losses}
        menu("Loss over the triangle", losses, bound(store, "judge", anew), width=280)
    with st.grid(4, min_column_width=205):
        live_slider("Temperature: T", state.temperature, TEMPERATURE, key="temperature", act=hear)
        live_slider("Added to all logits: c", state.shift, SHIFT, key="shift", act=hear)
        shown = dict.fromkeys((*state.lines, state.loss(state.judge), state.loss("LabelSmoothing")))
        knobs(list(shown), hear, partial(HANDS.choose, store))
