"""Divergences: grab a bar, a hump or a throw, and see what each direction of KL makes of it."""

from functools import partial

import streamlit as st

from pages.ui.divergences import details as explained
from pages.ui.divergences.controls import choose, draw_knobs
from pages.ui.divergences.controls import tools as draw_tools
from pages.ui.divergences.stage import STAGE
from pages.ui.divergences.state import opened
from pages.ui.page import Layout, show
from pages.ui.session import share

store = opened()


def details() -> None:
    st.subheader("The arithmetic")
    explained.arithmetic(store)
    st.subheader("What is known about each")
    explained.about(store)
    st.subheader("Take it along")
    explained.take_along(store)


page = Layout(
    title="Divergences: grab a bar",
    lead="How far is a guess from the truth? Drag a bar, a start or a hump, and watch every answer "
    "follow while you move.",
    choose=partial(choose, store),
    tools=partial(draw_tools, store),
    board=STAGE,
    knobs=partial(draw_knobs, store),
    details=details,
    share=lambda: share(store, store.now),
)
show(store, page)
