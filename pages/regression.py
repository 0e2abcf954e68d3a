"""Regression: grab a point, and see each loss's line, its landscape and its path follow."""

from functools import partial

import streamlit as st

from pages.ui.page import Layout, show
from pages.ui.regression import details as explained
from pages.ui.regression import stage
from pages.ui.regression import tools as around
from pages.ui.regression.controls import choose
from pages.ui.regression.state import opened, points_of, share

store = opened()


def tools() -> None:
    points = points_of(store)
    around.say(store, points)
    around.predict(store, points)
    around.tools(store, points)


def details() -> None:
    points = points_of(store)
    answer = stage.computed(store, points)
    st.subheader("How far can one point go?")
    explained.breakdown(store, points)
    st.subheader("The arithmetic")
    explained.arithmetic(store, points, answer)
    st.subheader("What this loss assumes")
    explained.about_loss(store, points, answer)
    st.subheader("The points as numbers")
    explained.numbers(store, points)
    st.subheader("Take it along")
    explained.take_along(store, points, answer)


page = Layout(
    title="Regression: grab a point",
    lead="Every loss draws its own line through the same points. Drag the ringed point: the lines, "
    "the landscape and the path of the descent follow while you move.",
    choose=partial(choose, store),
    table=partial(around.bring_table, store),
    tools=tools,
    board=stage.STAGE,
    editable=lambda: points_of(store).editable,
    knobs=partial(around.draw_knobs, store),
    details=details,
    share=partial(share, store),
)
show(store, page, empty=not len(points_of(store).x))
