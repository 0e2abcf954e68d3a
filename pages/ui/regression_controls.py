"""The sidebar of the regression page: what to look at, how to descend, what to show."""

from functools import partial

import streamlit as st

from core.datasets import regression_datasets
from core.losses import RESIDUAL_LOSSES
from core.optimizers import OPTIMIZERS
from pages.ui.controls import bound, knobs
from pages.ui.live_slider import live_slider
from pages.ui.regression_state import (
    OWN,
    STEPS,
    RegressionState,
    act,
    base_of,
    new_data,
    ranges_of,
    start_of,
)
from pages.ui.session import Store

_LOSSES = {kind.__name__: kind.name for kind in RESIDUAL_LOSSES}
_RULES = {kind.__name__: kind.name for kind in OPTIMIZERS}


def choose(store: Store[RegressionState]) -> None:
    """Draw every control of the sidebar."""
    titles = {key: told.title for key, told in regression_datasets().items()}
    titles[OWN] = "Your own table"
    st.selectbox(
        "Data set",
        list(titles),
        format_func=titles.__getitem__,
        help=base_of(store).source,
        **bound(store, "data", lambda: new_data(store)),
    )
    _compare(store)
    _descend(store)
    with st.expander("Grid and view"):
        _view(store)


def _compare(store: Store[RegressionState]) -> None:
    key = "compared"

    def absorb() -> None:
        chosen = tuple(st.session_state[key])
        if chosen:
            order = [name for name in _LOSSES if name in chosen]
            store.change(compared=tuple(order))
        else:
            store.notice = "At least one loss stays: there would be nothing to draw."

    st.session_state[key] = list(store.now.compared)
    st.pills(
        "Compared losses",
        list(_LOSSES),
        selection_mode="multi",
        format_func=_LOSSES.__getitem__,
        key=key,
        on_change=absorb,
    )


def _descend(store: Store[RegressionState]) -> None:
    st.selectbox(
        "Optimizer",
        list(_RULES),
        format_func=_RULES.__getitem__,
        **bound(store, "optimizer"),
    )

    hear = partial(act, store)
    knobs([store.now.rule], hear)
    live_slider(STEPS.symbol.capitalize(), store.now.steps, STEPS, key=STEPS.symbol, act=hear)
    _start(store)


def _start(store: Store[RegressionState]) -> None:
    now = start_of(store)
    left, right = st.columns(2)
    slope = left.number_input("Start: slope", value=now[0], format="%.6g", key=f"start-x-{now}")
    height = right.number_input("intercept", value=now[1], format="%.6g", key=f"start-y-{now}")
    if (slope, height) != now and abs(slope) <= 1e50 and abs(height) <= 1e50:
        store.change(start=(slope, height))


def _view(store: Store[RegressionState]) -> None:
    st.segmented_control(
        "Landscape seen",
        ["above", "surface"],
        format_func={"above": "from above", "surface": "in 3D"}.__getitem__,
        required=True,
        **bound(store, "view"),
    )
    st.segmented_control(
        "Levels",
        ["geometric", "plain"],
        format_func={"geometric": "dense in the valley", "plain": "evenly spaced"}.__getitem__,
        required=True,
        **bound(store, "levels"),
    )
    st.segmented_control(
        "Measure the intercept at the mean of x",
        ["auto", "on", "off"],
        format_func={"auto": "as suits the data", "on": "yes", "off": "no"}.__getitem__,
        required=True,
        help="Far from x = 0 slope and intercept pull on each other, and the valley gets narrow.",
        **bound(store, "centre"),
    )
    st.toggle("Root of the cost (RMSE for squared error)", **bound(store, "root"))
    _ranges(store)
    st.toggle("Large type, for a projector", **bound(store, "large"))
    st.toggle("Hide controls, for a class", **bound(store, "hide"))


def _ranges(store: Store[RegressionState]) -> None:
    (left, right), (bottom, top) = ranges_of(store)
    now = (left, right, bottom, top)
    columns = st.columns(2)
    labels = ("Slope from", "to", "Intercept from", "to ")
    values = tuple(
        columns[i % 2].number_input(label, value=float(f"{value:.6g}"), format="%.6g",
                                    key=f"range-{i}-{value:.6g}")
        for i, (label, value) in enumerate(zip(labels, now, strict=True))
    )  # fmt: skip
    if values == tuple(float(f"{value:.6g}") for value in now):
        pass
    elif values[0] < values[1] and values[2] < values[3] and max(map(abs, values)) <= 1e50:
        store.change(span=values)
    else:
        st.error("Each range needs its first number below its second.")
    if store.now.span and st.button("Fit the ranges to the data"):
        store.change(span=None)
        st.rerun()
