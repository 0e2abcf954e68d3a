"""Regularization: drag the penalty's ball and see which coefficients it sets to exactly zero."""

from functools import partial

import streamlit as st

from pages.ui import session
from pages.ui.page import Layout, show
from pages.ui.regularization import controls as around
from pages.ui.regularization import details as explained
from pages.ui.regularization.stage import STAGE
from pages.ui.regularization.state import opened

store = opened()


def details() -> None:
    st.subheader("The arithmetic")
    explained.arithmetic(store)
    st.subheader("What this penalty does")
    explained.about(store)
    explained.numbers(store)
    st.subheader("Take it along")
    explained.take_along(store)


page = Layout(
    title="Regularization: a ball around zero",
    lead="Drag the edge of the ball: the smaller it is, the larger λ, and the optimum slides along "
    "its dotted way to 0. Where the ball has corners it gets caught in one, and a coefficient is "
    "exactly 0. Drag the optimum without penalty, the start of the race, λ or a target too.",
    choose=partial(around.choose, store),
    tools=partial(around.tools, store),
    board=STAGE,
    knobs=partial(around.draw_knobs, store),
    details=details,
    share=lambda: session.share(store, store.now),
)
show(store, page)
