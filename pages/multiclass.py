"""Several classes: grab a point, a prediction or a logit, and see softmax and its losses follow."""

import streamlit as st

from pages.ui import multiclass_details as explained
from pages.ui import multiclass_stage as stage
from pages.ui import multiclass_tools as around
from pages.ui.descent_state import OWN
from pages.ui.labelled_details import numbers
from pages.ui.labelled_tools import say
from pages.ui.multiclass_controls import choose
from pages.ui.multiclass_state import opened, points_of, share

store = opened()

st.title("Several classes: grab a point")
st.markdown(
    "Softmax gives every class its share of the plane. Drag the ringed point into another cloud: "
    "the borders, the landscape and who is called what follow while you move."
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
    st.subheader("What this loss makes of a lead")
    explained.about_loss(answer)
    st.subheader("One-hot rows or class numbers?")
    explained.targets(answer)
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
