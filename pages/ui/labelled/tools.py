"""What stands around a stage of points that have a class: words first, tools, one's own table."""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from core.data.labelled_tables import (
    class_columns,
    feature_columns,
    guess_columns,
    labelled_points,
    notes_on,
)
from core.data.tables import Table, TableError
from pages.ui.controls import bound, choice
from pages.ui.descent_state import OWN
from pages.ui.explain import literal
from pages.ui.labelled.own import carried
from pages.ui.labelled.points import DRAWN, LabelledHands, LabelledPoints
from pages.ui.own_table import NONE, Columns, Reader, panel
from pages.ui.session import Store
from pages.ui.toolbar import notice, tool, toolbar

_FEATURES, _CLASS = ("first feature", "second feature"), "class"


def say(store: Store[Any], points: LabelledPoints) -> None:
    """Say what a link or a hand has to be told."""
    notice(store)
    if not points.editable:
        st.info(
            f"This set has {len(points.x):,} points: all are drawn and computed. "
            f"Points can be dragged in sets of up to {DRAWN}."
        )


def tools(store: Store[Any], hands: LabelledHands[Any], points: LabelledPoints, flip: str) -> None:
    """Draw what belongs to the stage itself; `flip` says what putting in the next class is."""
    names = {type(loss).__name__: loss.name for loss in store.now.lines}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        toolbar(store, hands, names, points.editable)
        tool(flip, "swap_horiz", partial(hands.flip, store), disabled=not points.editable)
        kinds = dict(enumerate(map(literal, points.base.class_names)))
        choice("Double-click to add a point that is", kinds, bound(store, "brush"))


# One's own table ---------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class OwnPoints:
    """What a page makes of a table: how many classes at most, and whether one feature will do.

    asks and example: what to paste. then: what is done when there are new points.
    """

    asks: str
    example: str
    most: int
    flat: bool
    then: Callable[[], None]


def bring_table(store: Store[Any], own: OwnPoints) -> None:
    """Draw the ways to bring a table of one's own."""
    take = partial(_take, store, own)
    panel(store, Reader(own.asks, own.example, partial(_guess, own), partial(_offers, own), take))


def _guess(own: OwnPoints, table: Table) -> Columns:
    features, label = guess_columns(table)
    if len(features) < 2 and not own.flat:
        raise TableError(f"{table.name} has one column of numbers beside the class; expected two.")
    return {**dict(zip(_FEATURES, (*features, NONE), strict=False)), _CLASS: label}


def _offers(own: OwnPoints, table: Table) -> dict[str, tuple[str, ...]]:
    features = feature_columns(table)
    second = (NONE, *features) if own.flat else features
    return {_FEATURES[0]: features, _FEATURES[1]: second, _CLASS: class_columns(table)}


def _take(store: Store[Any], own: OwnPoints, table: Table, columns: Columns) -> tuple[str, ...]:
    features = tuple(columns[role] for role in _FEATURES if columns[role] != NONE)
    made = labelled_points(table, features, columns[_CLASS], own.most)
    store.own["table"] = made
    store.change(data=OWN, table=carried(made))
    own.then()
    return (*table.notes, *notes_on(table, columns[_CLASS], made))
