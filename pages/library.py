"""The library: find a loss, compare it, see what shows its properties, take it along."""

from functools import partial

import streamlit as st

from pages.ui.controls import bound, knobs
from pages.ui.library import details as explained
from pages.ui.library import find as finding
from pages.ui.library.board import OVERLAY
from pages.ui.library.guide import CURVES, guide
from pages.ui.library.state import LibraryState, act, choose
from pages.ui.session import share
from pages.ui.session import store as opened

store = opened(LibraryState)

st.title("Library: every loss, side by side", anchor=CURVES)
st.markdown(
    "See what each loss makes of a miss. Drag a dotted line or a slider: the curves follow at "
    "once, the code when you let go."
)
if store.now.large:
    st.html("<style>html { font-size: 125% }</style>")
finding.say(store, "top")
finding.picks(store)


@st.fragment(key="overlay")
def overlay() -> None:
    OVERLAY.draw(store)


@st.fragment(key="knobs")
def turn() -> None:
    with st.grid(4, min_column_width=205):
        knobs(store.now.compared, partial(act, store), partial(choose, store))
    finding.toolbar(store)


@st.fragment(key="details")
def details() -> None:
    explained.choose(store)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("What it is")
        explained.about(store)
    with right:
        st.subheader("In your framework")
        explained.elsewhere(store)
    st.subheader("The 0-1 loss and its stand-ins")
    explained.surrogates(store)
    st.toggle("Large type, for a projector", **bound(store, "large"))
    share(store, store.now)


overlay()
turn()
st.subheader("Find a loss")
with st.expander("Which loss should I use?", icon=":material/explore:", key="guide"):
    guide(store)
found = finding.filters(store)
finding.table(store, found)
if found and store.now.view == "properties":
    explained.shown(store)
details()
