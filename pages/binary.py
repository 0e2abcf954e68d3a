"""Binary classification: grab a point, and see boundary, landscape and path follow."""

import streamlit as st

from pages.ui import binary_details as explained
from pages.ui import binary_stage as stage
from pages.ui import binary_tools as around
from pages.ui.binary_controls import choose
from pages.ui.binary_state import opened, points_of, share
from pages.ui.descent_state import OWN
from pages.ui.labelled_details import numbers
from pages.ui.labelled_tools import say

store = opened()

st.title("Two classes: grab a point")
st.markdown(
    "Every loss draws its own line between the same two classes. Drag the ringed point across it: "
    "the lines, the landscape and the path of the descent follow while you move."
)
if store.now.large:
    st.html("<style>html { font-size: 125% }</style>")

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
    say(store, points)
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
    st.subheader("The arithmetic")
    explained.arithmetic(store, points, answer)
    st.subheader("What this loss makes of a score")
    explained.about_loss(store, answer)
    st.subheader("The points as numbers")
    numbers(store, points)
    st.subheader("Take it along")
    explained.take_along(store, points, answer)
    share(store)


if store.now.data != OWN or "table" in store.own:
    tools()
    live_stage()
    knobs()
    details()
else:
    st.info("Bring a table above: paste it, upload it, or open another data set in the sidebar.")
    share(store)
