"""The same stage with the landscape drawn by st.plotly_chart: what drag.py compares with."""

import sys
from pathlib import Path

import plotly.graph_objects as go
import streamlit as st

sys.path.insert(0, str(Path(__file__).parents[2]))

from pages.ui.figures.figure import Note
from pages.ui.live_figure import live_figures
from pages.ui.regression import stage
from pages.ui.regression.state import HANDS, opened, points_of

st.set_page_config(layout="wide")
store = opened()


@st.fragment(key="stage")
def live_stage() -> None:
    points = points_of(store)
    items = stage.items(store, points, stage.computed(store, points))
    left, right = st.columns(2)
    with left:
        live_figures(
            {"data": items["data"]}, key="stage", act=lambda event: HANDS.act(store, event)
        )
    board = st.grid(4, min_column_width=205)
    for key, item in items.items():
        if key == "data" or isinstance(item, Note):
            continue
        figure = go.Figure({"data": item.data, "layout": item.layout})
        with right if key == "landscape" else board:
            st.plotly_chart(figure.update_layout(height=item.height), key=key, theme=None)


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
