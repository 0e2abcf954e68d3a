"""What stands around the pictures of the page of divergences: sidebar, tools, sliders."""

from functools import partial

import streamlit as st

from core.optimizers import OPTIMIZERS
from pages.ui import descent_controls as shared
from pages.ui.controls import bound, choice, knobs, menu, tied
from pages.ui.descent_state import STEPS
from pages.ui.divergences.stage import BARS_BOARD, FITS_BOARD
from pages.ui.divergences.state import (
    BENDS,
    FEWEST,
    HANDS,
    MEANS,
    NAMES,
    PROBABILITY,
    SPREADS,
    THROWS,
    TILTS,
    DivergencesState,
    outcomes,
    reset,
    same,
    swap,
)
from pages.ui.figures.bars import grip
from pages.ui.live_slider import live_slider
from pages.ui.predict import ask_among
from pages.ui.session import Store
from pages.ui.toolbar import history, notice, tool

_RULES = {kind.__name__: kind.name for kind in OPTIMIZERS}
_UNITS = {False: "nats", True: "bits"}
_BIT = (
    "A bit is the answer to one yes-or-no question; a nat, the unit of the natural "
    "logarithm, is 1.44 of them."
)
_ANSWERS = {
    "forward": "KL(p‖q)",
    "reverse": "KL(q‖p)",
    "both": "both",
    "neither": "neither",
}
_QUESTION = "drag one bar of q down to 0 and leave p as it is. Which divergence becomes infinite?"


def choose(store: Store[DivergencesState]) -> None:
    """Draw every control of the sidebar."""
    counts = {count: str(count) for count in range(FEWEST, len(NAMES) + 1)}
    take = partial(outcomes, store)
    choice("Outcomes", counts, tied("DivergencesState-count", len(store.now.p), take))
    choice("Divergences in", _UNITS, bound(store, "bits"), help=_BIT)
    hear, wire = partial(HANDS.act, store), FITS_BOARD.token(store)
    knobs(store.now.humps, hear, wire=wire)
    menu("Optimizer", _RULES, bound(store, "optimizer"))
    knobs([store.now.rule], hear, wire=wire)
    live_slider(
        STEPS.symbol.capitalize(), store.now.steps, STEPS, key=STEPS.symbol, act=hear, wire=wire
    )
    _begin(store, "start", ("Start: mean μ", "spread σ"), (MEANS, SPREADS))
    _begin(store, "die_start", ("Start: tilt", "bend"), (TILTS, BENDS))
    with st.expander("View"):
        shared.view(store)
        shared.for_a_class(store)


def _begin(
    store: Store[DivergencesState],
    field: str,
    labels: tuple[str, str],
    ranges: tuple[tuple[float, float], tuple[float, float]],
) -> None:
    """Draw where a path starts, in numbers."""
    now: tuple[float, float] = getattr(store.now, field)
    columns = st.columns(2)
    place = tuple(
        column.number_input(
            label, value=value, min_value=low, max_value=high, format="%.6g",
            key=f"{field}-{label}-{now}",
        )
        for column, label, value, (low, high) in zip(columns, labels, now, ranges, strict=True)
    )  # fmt: skip
    if place != now:
        store.remember()
        store.change(**{field: place})


def tools(store: Store[DivergencesState]) -> None:
    """Draw the question, and what belongs to the pictures themselves."""
    notice(store)
    ask_among(store, _QUESTION, _ANSWERS)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        history(store)
        tool("Exchange p and q", "swap_horiz", partial(swap, store))
        alike = store.now.p == store.now.q
        tool("Let q be p", "content_copy", partial(same, store), disabled=alike)
        tool("Reset", "restart_alt", partial(reset, store), disabled=untouched(store))


def untouched(store: Store[DivergencesState]) -> bool:
    """Tell whether all that can be dragged is where it was at the start."""
    names = ("p", "q", "humps", "start", "counts", "die_start")
    return all(getattr(store.now, name) == getattr(store.start, name) for name in names)


def draw_knobs(store: Store[DivergencesState]) -> None:
    """Draw a slider for every bar."""
    state, hear = store.now, partial(HANDS.act, store)
    bars, fits = BARS_BOARD.token(store), FITS_BOARD.token(store)
    with st.expander("Every bar as a number", icon=":material/tune:"):
        for letter, row in (("p", state.p), ("q", state.q)):
            with st.grid(6, min_column_width=170):
                for k, (name, value) in enumerate(zip(state.names, row, strict=True)):
                    key = grip(letter, k)
                    label = f"{letter} of {name}"
                    live_slider(label, value, PROBABILITY, key=key, act=hear, wire=bars)
        with st.grid(6, min_column_width=170):
            for k, count in enumerate(state.counts):
                label, key = f"Throws of {k + 1}", grip("n", k)
                live_slider(label, count, THROWS, key=key, act=hear, wire=fits)
