"""Several classes: grab a point, a prediction or a logit, and see softmax and its losses follow."""

from functools import partial

import streamlit as st

from pages.ui.labelled.details import numbers
from pages.ui.labelled.link import is_missing, share
from pages.ui.labelled.tools import say
from pages.ui.multiclass import details as explained
from pages.ui.multiclass import stage
from pages.ui.multiclass import tools as around
from pages.ui.multiclass.controls import choose
from pages.ui.multiclass.state import opened, points_of
from pages.ui.page import Layout, show

store = opened()


def tools() -> None:
    points = points_of(store)
    say(store, points)
    around.predict(store, points)
    around.tools(store, points)


def details() -> None:
    points = points_of(store)
    answer = stage.computed(store, points)
    st.subheader("The arithmetic")
    explained.arithmetic(store, points, answer)
    st.subheader("What this loss makes of a lead")
    explained.about_loss(answer)
    st.subheader("One-hot rows or class numbers?")
    explained.targets(answer)
    st.subheader("The points as numbers")
    numbers(store, points)
    st.subheader("Take it along")
    explained.take_along(store, points, answer)


page = Layout(
    title="Several classes: grab a point",
    lead="Softmax gives every class its share of the plane. Drag the ringed point into another "
    "cloud: the borders, the landscape and who is called what follow while you move.",
    choose=partial(choose, store),
    table=partial(around.bring_table, store),
    tools=tools,
    board=stage.STAGE,
    editable=lambda: points_of(store).editable,
    knobs=partial(around.draw_knobs, store),
    details=details,
    share=partial(share, store),
)
show(store, page, empty=is_missing(store))
