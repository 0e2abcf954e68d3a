"""The sidebar of the binary classification page."""

from functools import partial

import streamlit as st

from core.classification.linear_study import BEST
from core.data.labelled import binary_datasets
from core.losses.margin import MARGIN_LOSSES
from pages.ui import descent_controls as shared
from pages.ui.binary.state import (
    DIAL,
    HANDS,
    MAJORITY,
    MISS,
    POSITIVE,
    STRENGTH,
    BinaryState,
    axis_names,
    base_of,
    new_data,
    points_of,
    ranges_of,
    start_of,
)
from pages.ui.controls import bound, compare, menu
from pages.ui.live_slider import live_slider
from pages.ui.session import Store

_OVER = {
    BEST: "both weights, best bias",
    "w1-b": "first weight and bias",
    "w2-b": "second weight and bias",
    "w1-w2": "both weights, bias held",
}


def choose(store: Store[BinaryState]) -> None:
    """Draw every control of the sidebar."""
    titles = {key: told.title for key, told in binary_datasets().items()}
    shared.data_set(store, titles, base_of(store).source, lambda: new_data(store))
    compare(store, MARGIN_LOSSES)
    hear = partial(HANDS.act, store)
    if store.now.data == DIAL:
        live_slider("Negatives in 100", store.now.majority, MAJORITY, key="majority", act=hear)
    live_slider(
        "Penalty on large weights: λ", store.now.strength, STRENGTH, key="strength", act=hear
    )
    live_slider(
        "A loss on a positive counts", store.now.positive, POSITIVE, key="positive", act=hear
    )
    live_slider("A miss costs", store.now.miss, MISS, key="miss", act=hear)
    shared.descend(store, HANDS, start_of(store), axis_names(store))
    with st.expander("Grid and view"):
        _view(store)


def _view(store: Store[BinaryState]) -> None:
    if not points_of(store).flat:
        tie = bound(store, "over", lambda: store.change(span=None, start=None, held=None))
        menu("Landscape over", _OVER, tie)
        if store.now.over != BEST:
            st.number_input(
                "The held one (empty: as in the fit)",
                min_value=-1e6,
                max_value=1e6,
                format="%.6g",
                **bound(store, "held"),
            )
    shared.view(store)
    shared.ranges(store, ranges_of(store), axis_names(store))
    shared.for_a_class(store)
