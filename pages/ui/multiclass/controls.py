"""The sidebar of the page of several classes."""

from functools import partial

import streamlit as st

from core.classification.softmax_regression import COLUMNS
from core.data.labelled import multiclass_datasets
from core.losses.multiclass import MULTICLASS_LOSSES
from pages.ui import descent_controls as shared
from pages.ui.controls import bound, compare, menu
from pages.ui.live_slider import live_slider
from pages.ui.multiclass.state import (
    HANDS,
    STRENGTH,
    MulticlassState,
    axis_names,
    base_of,
    new_data,
    points_of,
    ranges_of,
    start_of,
    weight_name,
)
from pages.ui.session import Store


def choose(store: Store[MulticlassState]) -> None:
    """Draw every control of the sidebar."""
    titles = {key: told.title for key, told in multiclass_datasets().items()}
    shared.data_set(store, titles, base_of(store).source, lambda: new_data(store))
    compare(store, MULTICLASS_LOSSES)
    hear = partial(HANDS.act, store)
    live_slider(
        "Penalty on large weights: λ", store.now.strength, STRENGTH, key="strength", act=hear
    )
    _weights(store)
    shared.descend(store, HANDS, start_of(store), axis_names(store))
    with st.expander("Grid and view"):
        shared.view(store)
        shared.ranges(store, ranges_of(store), axis_names(store))
        shared.for_a_class(store)


def _weights(store: Store[MulticlassState]) -> None:
    """Draw the choice of the two weights that the landscape lies over."""
    classes = len(points_of(store).base.class_names)
    every = [f"{name}-{k}" for k in range(classes) for name in COLUMNS]
    for label, field, other in (
        ("Landscape over", "across", store.now.up),
        ("and over", "up", store.now.across),
    ):
        names = {name: weight_name(store, name) for name in every if name != other}
        menu(label, names, bound(store, field, lambda: store.change(span=None, start=None)))
