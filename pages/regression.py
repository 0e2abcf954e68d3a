"""Regression: grab a point, and see each loss's line, its landscape and its path follow."""

import streamlit as st

from pages.ui import session, stage
from pages.ui.regression_state import RegressionState, points_of

store = session.store(RegressionState)


@st.fragment(key="stage")
def live_stage() -> None:
    points = points_of(store)
    answer = stage.computed(store, points)
    stage.draw(store, points, answer)
    stage.draw_steps(store, answer)
    stage.draw_curves(store, points, answer)


@st.fragment(key="details")
def details() -> None:
    st.write(store.now.points)


live_stage()
details()
