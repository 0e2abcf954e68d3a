"""Binary classification: grab a point, and see boundary, landscape and path follow."""

from functools import partial

import streamlit as st

from pages.ui.binary import details as explained
from pages.ui.binary import stage
from pages.ui.binary import tools as around
from pages.ui.binary.controls import choose
from pages.ui.binary.state import opened, points_of
from pages.ui.labelled.details import numbers
from pages.ui.labelled.link import is_missing, share
from pages.ui.labelled.tools import say
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
    st.subheader("What this loss makes of a score")
    explained.about_loss(store, answer)
    st.subheader("The points as numbers")
    numbers(store, points)
    st.subheader("Take it along")
    explained.take_along(store, points, answer)


page = Layout(
    title="Two classes: grab a point",
    lead="Every loss draws its own line between the same two classes. Drag the ringed point across "
    "it: the lines, the landscape and the path of the descent follow while you move.",
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
