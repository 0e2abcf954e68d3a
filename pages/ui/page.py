"""How every page with a stage is laid out, from above to below."""

import dataclasses
from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.ui.board import Board
from pages.ui.descent_state import OWN
from pages.ui.session import Store


def _nothing() -> None:
    return


@dataclasses.dataclass(frozen=True)
class Layout:
    """The parts of a page, from above to below, each drawing itself.

    lead: what to do here, in a sentence or two. choose: the sidebar. knobs: below the pictures.
    share: writes the address. table: the ways to bring one's own, if the page takes any.
    editable: whether all that is drawn can be dragged.
    """

    title: str
    lead: str
    choose: Callable[[], None]
    tools: Callable[[], None]
    board: Board[Any]
    details: Callable[[], None]
    share: Callable[[], None]
    knobs: Callable[[], None] = _nothing
    table: Callable[[], None] = _nothing
    editable: Callable[[], bool] = lambda: True


def show(store: Store[Any], page: Layout, empty: bool = False) -> None:
    """Draw the page; without points, the way to some.

    The fragments are those that pages.ui.hands names.
    """
    st.title(page.title)
    st.markdown(page.lead)
    if store.now.large:
        st.html("<style>html { font-size: 125% }</style>")
    # Every place exists on every run: a picture whose surroundings come and go would be drawn anew.
    above = st.container()
    if store.now.hide:
        above.button("Show controls", on_click=lambda: store.change(hide=False))
    else:
        with st.sidebar:
            page.choose()
    if getattr(store.now, "data", "") == OWN:
        with above:
            page.table()
    if empty:
        st.info(
            "Bring a table above: paste it, upload it, or open another data set in the sidebar."
        )
        page.share()
        return
    _tools(page)
    _stage(store, page)
    _knobs(page)
    _details(page)


@st.fragment(key="tools")
def _tools(page: Layout) -> None:
    page.tools()


@st.fragment(key="stage")
def _stage(store: Store[Any], page: Layout) -> None:
    page.board.draw(store, wired=page.editable())


@st.fragment(key="knobs")
def _knobs(page: Layout) -> None:
    page.knobs()


@st.fragment(key="details")
def _details(page: Layout) -> None:
    page.details()
    page.share()
