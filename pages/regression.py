"""Regression: grab a point, and see each loss's line, its landscape and its path follow."""

import streamlit as st

from pages.ui import regression_details as explained
from pages.ui import regression_tools as around
from pages.ui import stage
from pages.ui.descent_state import OWN
from pages.ui.regression_controls import choose
from pages.ui.regression_state import opened, points_of, share

store = opened()

st.title("Regression: grab a point")
st.markdown(
    "Every loss draws its own line through the same points. Drag the ringed point: the lines, the "
    "landscape and the path of the descent follow while you move."
)

if store.now.large:
    st.html("<style>html { font-size: 125% }</style>")

# Every place exists on every run: a picture whose surroundings come and go would be drawn anew.
above = st.container()
if store.now.hide:
    above.button("Show controls", on_click=lambda: store.change(hide=False))
else:
    with st.sidebar:
        choose(store)
if store.now.data == OWN:
    with above:
        around.bring_table(store)


@st.fragment(key="tools")
def tools() -> None:
    points = points_of(store)
    around.say(store, points)
    around.predict(store, points)
    around.tools(store, points)


@st.fragment(key="stage")
def live_stage() -> None:
    stage.STAGE.draw(store, wired=points_of(store).editable)


@st.fragment(key="knobs")
def knobs() -> None:
    around.draw_knobs(store)


@st.fragment(key="details")
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
    share(store)


if len(points_of(store).x):
    tools()
    live_stage()
    knobs()
    details()
else:
    st.info("Bring a table above: paste it, upload it, or open another data set in the sidebar.")
    share(store)
