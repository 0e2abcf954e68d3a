"""What stands around the pictures of the page of decisions: sidebar, question, tools, sliders."""

from functools import partial

import streamlit as st

from core.data.tables import Table
from core.decisions.outcomes import MOST, columns_of, outcome_sets, outcomes_from
from core.declare import parameters
from pages.ui.controls import bound, choice, compare, knobs, menu
from pages.ui.decisions.hands import CASES, HANDS, OUTCOMES
from pages.ui.decisions.state import (
    CRITERIA,
    CUT,
    JUDGES,
    OWN,
    SHIFT,
    STRENGTH,
    DecisionsState,
    base_of,
    cases_of,
    line_of,
    new_data,
)
from pages.ui.events import Event
from pages.ui.hands import EVERYTHING
from pages.ui.live_slider import live_slider
from pages.ui.own_table import Columns, Reader, panel
from pages.ui.predict import ask_among
from pages.ui.session import Store
from pages.ui.toolbar import history, notice, tool

_ROLE = "numbers"
_QUESTION = "if you drag the largest outcome far to the right, which best number moves most?"


def choose(store: Store[DecisionsState]) -> None:
    """Draw every control of the sidebar."""
    titles = {key: told.title for key, told in outcome_sets().items()}
    titles[OWN] = "Your own numbers"
    tie = bound(store, "data", lambda: new_data(store))
    menu("Outcomes", titles, tie, help=base_of(store).source)
    compare(store, CRITERIA)
    names = {name: loss.name for name, loss in JUDGES.items()}
    menu("Loss of the six examples", names, bound(store, "judge"))
    st.toggle(
        "What came true is known",
        help="Off: probabilities alone, so that only expected costs are drawn.",
        **bound(store, "labelled"),
    )
    st.toggle("Large type, for a projector", **bound(store, "large"))
    st.toggle("Hide controls, for a class", **bound(store, "hide"))


def bring_numbers(store: Store[DecisionsState]) -> None:
    """Draw the ways to bring numbers of one's own."""
    panel(store, Reader(
        f"Paste up to {MOST} numbers: in a row, in a column, or a table with one",
        "12.5, 9, 14, 11.2, 30",
        lambda table: {_ROLE: columns_of(table)[0]},
        lambda table: {_ROLE: columns_of(table)},
        partial(_take, store),
    ))  # fmt: skip


def _take(store: Store[DecisionsState], table: Table, columns: Columns) -> tuple[str, ...]:
    values, notes = outcomes_from(table, columns[_ROLE])
    store.own["table"] = True
    new_data(store)
    store.change(data=OWN, own=tuple(values.tolist()))
    return notes


def say(store: Store[DecisionsState]) -> None:
    """Say what a link or a hand has to be told."""
    notice(store)


def predict(store: Store[DecisionsState]) -> None:
    """Ask, before the drag, whose best number will move most."""
    names = {type(one).__name__: one.name for one in store.now.lines}
    if len(names) > 1:
        ask_among(store, _QUESTION, names, about=store.now.compared)


def tools(store: Store[DecisionsState]) -> None:
    """Draw what belongs to the pictures themselves."""
    names = {type(one).__name__: one.name for one in store.now.lines}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        tie = bound(store, "chosen", partial(st.rerun, EVERYTHING))
        choice("Costs in their own units", names, tie)
        history(store)
        reset = partial(HANDS.reset, store)
        tool("Reset what was dragged", "restart_alt", reset, disabled=HANDS.is_reset(store))
        values = line_of(store).values
        tool("Add outcome", "add", partial(_add, store), disabled=len(values) >= MOST)
        tool("Delete outcome", "delete", partial(HANDS.delete, store), disabled=len(values) < 2)


def _add(store: Store[DecisionsState]) -> None:
    """Add an outcome where the selected one lies: it stands on top of it."""
    line = line_of(store)
    HANDS.change(store, Event("add", 0, OUTCOMES, x=float(line.values[line.selected]), y=0.0))


def draw_knobs(store: Store[DecisionsState]) -> None:
    """Draw a slider for every number that can be turned, in the order of the pictures."""
    state, hear = store.now, partial(HANDS.act, store)
    turning = [one for one in state.lines if parameters(one)]
    if turning:
        st.markdown("**Best numbers**")
        with st.grid(4, min_column_width=205):
            knobs(turning, hear)
    st.markdown("**Newsvendor**")
    with st.grid(4, min_column_width=205):
        for field, declared in parameters(state.shop).items():
            label = f"{field.capitalize()}: {declared.symbol}"
            live_slider(
                label, getattr(state.shop, field), declared, key=f"Newsvendor.{field}", act=hear
            )
    st.markdown("**Thresholds**")
    with st.grid(4, min_column_width=205):
        for field, declared in parameters(state.price).items():
            label = _PRICES[field]
            live_slider(
                label, getattr(state.price, field), declared, key=f"Prices.{field}", act=hear
            )
        live_slider("Reports off by", state.shift, SHIFT, key="shift", act=hear)
    _case_tools(store)
    st.markdown("**Loss, cost, metric**")
    with st.grid(4, min_column_width=205):
        live_slider("Threshold of the metric", state.cut, CUT, key="cut", act=hear)
        live_slider("Penalty: λ", state.strength, STRENGTH, key="strength", act=hear)


def _case_tools(store: Store[DecisionsState]) -> None:
    """Draw what a hand without a keyboard cannot do to a case."""
    cases = cases_of(store.now)
    count, at = len(cases.truth), cases.selected
    here = float(cases.reported[at])

    def change(kind: str) -> None:
        label = float(cases.label[at])
        HANDS.change(store, Event(kind, 0, CASES, index=at, x=here, y=label))

    with st.container(horizontal=True):
        flip = f"Flip what came true for case {at + 1}"
        tool(flip, "swap_vert", partial(change, "flip"), disabled=not store.now.labelled)
        tool("New case", "add", partial(change, "add"), disabled=count >= MOST)
        tool(f"Remove case {at + 1}", "delete", partial(change, "remove"), disabled=count < 2)


_PRICES = {"miss": "Cost of a miss", "alarm": "Cost of a false alarm", "gain": "Gain of a hit"}
