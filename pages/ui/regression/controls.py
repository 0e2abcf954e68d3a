"""The sidebar of the regression page: what to look at, how to descend, what to show."""

import streamlit as st

from core.datasets import regression_datasets
from core.losses import RESIDUAL_LOSSES
from pages.ui import descent_controls as shared
from pages.ui.controls import bound, choice, compare
from pages.ui.regression.state import (
    HANDS,
    RegressionState,
    base_of,
    new_data,
    ranges_of,
    start_of,
)
from pages.ui.session import Store

_AXES = ("slope", "intercept")


def choose(store: Store[RegressionState]) -> None:
    """Draw every control of the sidebar."""
    titles = {key: told.title for key, told in regression_datasets().items()}
    shared.data_set(store, titles, base_of(store).source, lambda: new_data(store))
    compare(store, RESIDUAL_LOSSES)
    shared.descend(store, HANDS, start_of(store), _AXES)
    with st.expander("Grid and view"):
        _view(store)


def _view(store: Store[RegressionState]) -> None:
    shared.view(store)
    choice(
        "Measure the intercept at the mean of x",
        {"auto": "as suits the data", "on": "yes", "off": "no"},
        bound(store, "centre"),
        help="Far from x = 0 slope and intercept pull on each other, and the valley gets narrow.",
    )
    st.toggle("Root of the cost (RMSE for squared error)", **bound(store, "root"))
    shared.ranges(store, ranges_of(store), _AXES)
    shared.for_a_class(store)
