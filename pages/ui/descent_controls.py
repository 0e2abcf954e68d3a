"""Controls that every page with a landscape has: whose, how to descend, what of it to see."""

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from core.optimizers import OPTIMIZERS
from pages.ui.controls import bound, choice, knobs, menu
from pages.ui.descent_state import OWN, STEPS
from pages.ui.explain import literal
from pages.ui.live_slider import live_slider
from pages.ui.point_hands import PointHands
from pages.ui.session import Store

_RULES = {kind.__name__: kind.name for kind in OPTIMIZERS}
_LARGEST = 1e50

Ranges = tuple[tuple[float, float], tuple[float, float]]


def data_set(
    store: Store[Any], titles: dict[str, str], source: str, then: Callable[[], None]
) -> None:
    """Draw the choice of data set, one's own table among them."""
    titles = {**titles, OWN: "Your own table"}
    menu("Data set", titles, bound(store, "data", then), help=source)


def descend(
    store: Store[Any], hands: PointHands[Any], start: tuple[float, float], names: tuple[str, str]
) -> None:
    """Draw the optimizer with its knobs, how many steps it takes, and where it starts."""
    menu("Optimizer", _RULES, bound(store, "optimizer"))
    hear = partial(hands.act, store)
    knobs([store.now.rule], hear)
    live_slider(STEPS.symbol.capitalize(), store.now.steps, STEPS, key=STEPS.symbol, act=hear)

    columns = st.columns(2)
    labels = (f"Start: {literal(names[0])}", literal(names[1]))
    place = tuple(
        column.number_input(label, value=value, format="%.6g", key=f"start-{label}-{start}")
        for column, label, value in zip(columns, labels, start, strict=True)
    )
    if place != start and max(map(abs, place)) <= _LARGEST:
        store.change(start=place)


def view(store: Store[Any]) -> None:
    """Draw how the landscape is seen."""
    choice("Landscape seen", {"above": "from above", "surface": "in 3D"}, bound(store, "view"))
    levels = {"geometric": "dense in the valley", "plain": "evenly spaced"}
    choice("Levels", levels, bound(store, "levels"))


def ranges(store: Store[Any], now: Ranges, names: tuple[str, str]) -> None:
    """Draw the ends of the landscape's two ranges."""
    ends = (*now[0], *now[1])
    columns = (*st.columns(2), *st.columns(2))  # stacked, an end still follows its start
    # Two controls of one page need two labels, even where both say "to".
    first, second = (literal(name.capitalize()) for name in names)
    labels = (f"{first} from", "to", f"{second} from", "to ")
    values = tuple(
        columns[i].number_input(label, value=float(f"{value:.6g}"), format="%.6g",
                                    key=f"range-{i}-{value:.6g}")
        for i, (label, value) in enumerate(zip(labels, ends, strict=True))
    )  # fmt: skip
    if values == tuple(float(f"{value:.6g}") for value in ends):
        pass
    elif values[0] < values[1] and values[2] < values[3] and max(map(abs, values)) <= _LARGEST:
        store.change(span=values)
    else:
        st.error("Each range needs its first number below its second.")
    if store.now.span and st.button("Fit the ranges to the data"):
        store.change(span=None)
        st.rerun()


def for_a_class(store: Store[Any]) -> None:
    """Draw what a teacher needs."""
    st.toggle("Large type, for a projector", **bound(store, "large"))
    st.toggle("Hide controls, for a class", **bound(store, "hide"))
