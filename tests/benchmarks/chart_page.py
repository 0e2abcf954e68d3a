"""The same stage with the landscape drawn by st.plotly_chart: what drag.py compares with."""

import sys
from pathlib import Path

import plotly.graph_objects as go
import streamlit as st

sys.path.insert(0, str(Path(__file__).parents[2]))

from pages.ui import session, stage
from pages.ui.live_figure import live_figures
from pages.ui.regression_state import RegressionState, act, points_of

st.set_page_config(layout="wide")
store = session.store(RegressionState)


@st.fragment(key="stage")
def live_stage() -> None:
    points = points_of(store)
    items = stage.items(store, points, stage.computed(store, points))
    landscape = items["landscape"]
    left, right = st.columns(2)
    with left:
        live_figures({"data": items["data"]}, key="stage", act=lambda event: act(store, event))
    with right:
        figure = go.Figure({"data": landscape.data, "layout": landscape.layout})
        st.plotly_chart(figure.update_layout(height=400), key="landscape", theme=None)


@st.fragment(key="tools")
def tools() -> None:
    st.empty()


@st.fragment(key="knobs")
def knobs() -> None:
    st.empty()


@st.fragment(key="details")
def details() -> None:
    st.empty()


tools()
live_stage()
knobs()
details()
