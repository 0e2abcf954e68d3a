"""MLE ↔ MAP: where losses and penalties come from, on three linked landscapes."""

from functools import partial

import streamlit as st

from pages.ui.mle_map import controls as turning
from pages.ui.mle_map import details as explained
from pages.ui.mle_map.stage import STAGE
from pages.ui.mle_map.state import opened
from pages.ui.mle_map.words import LEADS
from pages.ui.page import Layout, show
from pages.ui.session import share

store = opened()


def details() -> None:
    st.subheader("The arithmetic")
    explained.arithmetic(store)
    st.subheader("What is believed")
    explained.beliefs(store)
    st.subheader("Loss = noise: the tournament")
    explained.tournament(store)
    st.subheader("The data as numbers")
    explained.numbers(store)
    st.subheader("Take it along")
    explained.take_along(store)


page = Layout(
    title="MLE ↔ MAP: where losses come from",
    lead=LEADS[store.now.story],
    choose=partial(turning.choose, store),
    tools=partial(turning.tools, store),
    board=STAGE,
    knobs=partial(turning.below, store),
    details=details,
    share=lambda: share(store, store.now),
)
show(store, page)
