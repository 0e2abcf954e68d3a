"""The tools above the second and third stage of the page of regularization."""

from functools import partial

import streamlit as st

from pages.ui.controls import bound, choice
from pages.ui.hands import EVERYTHING
from pages.ui.regularization.hands import HANDS
from pages.ui.regularization.state import FOLDS, RegularizationState
from pages.ui.regularization.study import chosen_of, points_of, ten_of
from pages.ui.session import Store
from pages.ui.toolbar import tool

State = RegularizationState
_PARTS = {0: "fitted to", 1: "held out"}


def wave_tools(store: Store[State]) -> None:
    """Draw what new points are, and the ways to flip one and to take it away."""
    x, _, out = points_of(store.now)
    at = chosen_of(store.now)
    alone = int((~out).sum()) < 2 and not out[at]
    flip, remove = partial(HANDS.flip, store, at), partial(HANDS.remove, store, at)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        choice("New points are", _PARTS, bound(store, "brush"))
        tool("Flip the ringed point", "swap_horiz", flip, disabled=alone)
        tool("Delete the ringed point", "delete", remove, disabled=alone or len(x) < 2)


def ten_tools(store: Store[State]) -> None:
    """Draw the number of folds, and the ways to both strengths that they speak for."""
    answer = ten_of(store)
    folds = {count: str(count) for count in FOLDS}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        choice("Folds", folds, bound(store, "folds", partial(st.rerun, EVERYTHING)))
        tool("Lowest error", "target", partial(HANDS.go_to, store, answer.best))
        tool("One standard error", "straighten", partial(HANDS.go_to, store, answer.simplest))
