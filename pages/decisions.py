"""Decisions: which number to name, how much to order, when to act, and what all of it costs."""

from functools import partial

import streamlit as st

from pages.ui.decisions import details as explained
from pages.ui.decisions import tools as around
from pages.ui.decisions.stage import STAGE
from pages.ui.decisions.state import is_missing, opened
from pages.ui.page import Layout, show
from pages.ui.session import share

store = opened()


def tools() -> None:
    around.say(store)
    around.predict(store)
    around.tools(store)


def details() -> None:
    st.subheader("The arithmetic")
    explained.arithmetic(store)
    st.subheader("The dots as numbers")
    explained.numbers(store)
    st.subheader("Take it along")
    explained.take_along(store)


page = Layout(
    title="Decisions: one number, before you know",
    lead="Drag an outcome along its line: every loss has its own best number to name, and each "
    "goes its own way. Below, the same choice with prices, with probabilities, and in three words.",
    choose=partial(around.choose, store),
    table=partial(around.bring_numbers, store),
    tools=tools,
    board=STAGE,
    knobs=partial(around.draw_knobs, store),
    details=details,
    share=lambda: share(store, store.now),
)
show(store, page, empty=is_missing(store))
