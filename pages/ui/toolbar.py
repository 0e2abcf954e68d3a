"""The tools of a stage: whose landscape is drawn, and the ways back and forth."""

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from pages.ui.controls import bound, choice, menu
from pages.ui.hands import EVERYTHING
from pages.ui.point_hands import PointHands
from pages.ui.session import Store

_A_ROW = 5  # names that fit beside the buttons


def toolbar(
    store: Store[Any], hands: PointHands[Any], names: dict[str, str], editable: bool
) -> None:
    """Draw the choice of landscape among these losses, and undo, redo, reset, delete."""
    tie = bound(store, "chosen", lambda: st.rerun(EVERYTHING))
    if len(names) > _A_ROW:
        menu("Landscape of", names, tie, width=280)
    else:
        choice("Landscape of", names, tie)
    history(store)
    reset = partial(hands.reset, store)
    tool("Reset points", "restart_alt", reset, disabled=not store.now.points.count)
    few = len(hands.spots(store).x) < 2
    tool("Delete point", "delete", partial(hands.delete, store), disabled=not editable or few)


def notice(store: Store[Any]) -> None:
    """Say once what the reader has to know."""
    if store.notice:
        st.warning(store.notice)
        store.notice = ""


def history(store: Store[Any]) -> None:
    """Draw undo and redo."""
    tool("Undo", "undo", store.undo, disabled=not store.past)
    tool("Redo", "redo", store.redo, disabled=not store.future)


def tool(label: str, icon: str, act: Callable[[], None], disabled: bool = False) -> None:
    """Draw one button after which everything is drawn anew."""
    key = label.split()[0].lower()
    st.button(label, icon=f":material/{icon}:", key=key, disabled=disabled,
              on_click=lambda: _go(act))  # fmt: skip


def _go(act: Callable[[], None]) -> None:
    act()
    st.rerun(EVERYTHING)
