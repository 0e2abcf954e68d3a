"""How a reader finds a loss: by words and filters, in a table; and which ones are compared."""

from typing import Any

import streamlit as st

from core.library.catalogue import (
    FRAMEWORKS,
    PROPERTIES,
    TASKS,
    Property,
    find,
    property_named,
    suggest,
)
from core.losses import Loss
from pages.ui import link
from pages.ui.controls import bound, choice, tied
from pages.ui.evidence import constant, said
from pages.ui.figures.parts import joined, low
from pages.ui.library.guide import CURVES
from pages.ui.library.state import MOST, NAMES, LibraryState, follow, reset, slug, warn, warned
from pages.ui.session import Store

_SLUGS = {slug(task): task for task in TASKS}
_TITLES = {one.key: one.title for one in PROPERTIES}
_MEANINGS = "\n".join(f"- **{one.title}**: {one.meaning}" for one in PROPERTIES)
_NUMBERS = {
    "strongly_convex": "The number is that constant",
    "smooth": "The number is that constant",
    "robust": "The number is that bound",
    "bounded": "The number is that limit",
}
# The table shows all columns where they fit, and else two; which of them is a matter of the width
# that only the browser knows.
_WIDE, _NARROW = "wide", "narrow"
_BY_WIDTH = """<style>
.st-key-table { container-type: inline-size }
@container (max-width: 719px) { .st-key-table-wide { display: none } }
@container (min-width: 720px) { .st-key-table-narrow { display: none } }
@container (max-width: 1079px) { .st-key-matrix-wide { display: none } }
@container (min-width: 1080px) { .st-key-matrix-narrow { display: none } }
</style>"""


def filters(store: Store[LibraryState]) -> list[Loss]:
    """Draw search and filters, and return what they leave."""
    with st.grid(4, min_column_width=150):
        st.text_input(
            "Search",
            placeholder="median, MAE, outliers …",
            max_chars=60,
            icon=":material/search:",
            **bound(store, "words"),
        )
        _several(store, "tasks", "Task", _SLUGS)
        _several(store, "properties", "Has the property", _TITLES, _MEANINGS)
        _several(store, "frameworks", "Offered by", {name: name for name in FRAMEWORKS})
    state = store.now
    return find(state.losses, state.words, state.wanted_tasks, state.properties, state.frameworks)


def _several(
    store: Store[LibraryState], field: str, label: str, names: dict[str, str], told: str = ""
) -> None:

    def take(chosen: list[str]) -> None:
        store.change(**{field: tuple(chosen)})

    st.multiselect(
        label, list(names), format_func=names.__getitem__, placeholder="any", help=told or None,
        **tied(f"library-{field}", list(getattr(store.now, field)), take),
    )  # fmt: skip


def table(store: Store[LibraryState], found: list[Loss]) -> None:
    """Show what was found, to be ticked for comparison; a cell of a property opens its evidence."""
    if not found:
        _nothing(store)
        return
    views = {"overview": "Overview", "properties": "Properties"}
    choice("Columns", views, bound(store, "view"), label_visibility="collapsed")
    say(store, "table")
    st.html(_BY_WIDTH)
    properties = store.now.view == "properties"
    with st.container(key="table"):
        for width in (_WIDE, _NARROW):
            with st.container(key=f"{'matrix' if properties else 'table'}-{width}"):
                _draw(store, found, width)
    told = joined([low(loss.name) for loss in store.now.compared])
    st.caption(
        f"{len(found)} of {len(NAMES)} losses. Tick up to {MOST} to compare them"
        + ("; a yes or no opens what shows it. " if properties else ". ")
        + f"Compared [at the top of this page](#{CURVES}): {told}."
    )


def _nothing(store: Store[LibraryState]) -> None:
    """Say that nothing was found, and what may have been meant."""
    st.info("No loss has all of that. Take a filter or a word away.")
    guess = suggest(store.now.losses, store.now.words)
    if guess:
        st.button(
            f"Did you mean {guess}?", icon=":material/search:", key="suggestion",
            on_click=lambda: store.change(words=guess),
        )  # fmt: skip


def _draw(store: Store[LibraryState], found: list[Loss], width: str) -> None:
    """Draw the table at one of its widths.

    A refused tick stays in the browser's own copy of the selection: only a new table forgets it.
    """
    names = tuple(type(loss).__name__ for loss in found)
    refused = store.own.get("refused", 0)
    told = columns(store.now, found, width)
    key = f"table-{width}-{store.now.view}-{refused}-{link.digest((*names, *told))}"
    rows = [i for i, name in enumerate(names) if name in store.now.picked]
    st.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    st.dataframe(
        told,
        key=key,
        hide_index=True,
        height=min(38 + 35 * len(found), 353),
        selection_mode=["multi-row", "single-cell"],
        on_select=lambda: _selected(store, names, rows, st.session_state[key]["selection"]),
        column_config={
            one.title: st.column_config.TextColumn(help=_help(one)) for one in PROPERTIES
        },
        alt="The losses that were found",
    )


def columns(state: LibraryState, found: list[Loss], width: str) -> dict[str, list[str]]:
    """Return the table by columns: all of them, or the two that fit on a phone."""
    told = {"Loss": [loss.name for loss in found]}
    if state.view == "properties":
        shown = PROPERTIES if width == _WIDE else (property_named(state.question),)
        return told | {one.title: [_cell(loss, one) for loss in found] for one in shown}
    told["Task"] = [loss.task for loss in found]
    if width == _NARROW:
        return told
    told["Smallest on average at"] = [loss.estimates for loss in found]
    told["Offered by"] = [
        ", ".join(name for name in FRAMEWORKS if loss.frameworks[name]) or "none of the four"
        for loss in found
    ]
    return told


def _help(asked: Property) -> str:
    words = f"{asked.meaning[0].upper()}{asked.meaning[1:]}."
    return f"{words} {_NUMBERS[asked.key]}." if asked.key in _NUMBERS else words


def _cell(loss: Loss, asked: Property) -> str:
    bound = constant(loss, asked.key)
    sign = "≥" if asked.key == "strongly_convex" else "≤"
    return said(asked.answer(loss.properties)) + (f", {sign} {bound}" if bound else "")


def _selected(
    store: Store[LibraryState], names: tuple[str, ...], before: list[int], selection: Any
) -> None:
    for row, column in selection.get("cells", []):
        asked_of = {one.title: one.key for one in PROPERTIES}.get(column)
        if 0 <= row < len(names) and asked_of:
            store.change(asked=names[row], question=asked_of)
    rows = [row for row in selection.get("rows", []) if 0 <= row < len(names)]
    if rows == before:
        return
    unseen = [name for name in store.now.picked if name not in names]
    compared(store, [*unseen, *(names[row] for row in rows)])


def compared(store: Store[LibraryState], names: list[str], where: str = "table") -> None:
    """Compare these losses, or say at the place of choice that they are too many or none."""
    if len(names) > MOST:
        new = [low(store.now.loss(one).name) for one in names if one not in store.now.picked]
        warn(store, where, f"{MOST} losses at most: untick one before you add {joined(new)}.")
    elif not names:
        warn(store, where, "At least one loss stays: there would be nothing to draw.")
    else:
        new = [name for name in names if name not in store.now.picked]
        kept = store.now.focus if store.now.focus in names else names[0]
        store.change(picked=tuple(names), focus=new[-1] if new else kept)
        return
    store.own["refused"] = store.own.get("refused", 0) + 1


def say(store: Store[LibraryState], where: str) -> None:
    """Say what is to be said here, if anything."""
    words = warned(store, where)
    if words:
        st.warning(words)


def picks(store: Store[LibraryState]) -> None:
    """Name the compared losses: the same choice as the ticks, for keyboard and search."""
    titles = {type(loss).__name__: loss.name for loss in store.now.losses}
    now = list(store.now.compared_names)
    st.multiselect(
        f"Compared, up to {MOST}",
        list(NAMES),
        format_func=titles.__getitem__,
        max_selections=MOST,
        **tied("library-picked", now, lambda names: compared(store, names, "top")),
    )


def toolbar(store: Store[LibraryState]) -> None:
    """Draw the ways back: one step, or all knobs as they were declared."""
    with st.container(horizontal=True):
        st.button("Undo", icon=":material/undo:", key="undo", disabled=not store.past,
                  on_click=lambda: follow(store.undo))  # fmt: skip
        st.button("Redo", icon=":material/redo:", key="redo", disabled=not store.future,
                  on_click=lambda: follow(store.redo))  # fmt: skip
        st.button("Reset knobs", icon=":material/restart_alt:", key="reset",
                  disabled=store.now.losses == store.start.losses,
                  on_click=lambda: follow(lambda: reset(store)))  # fmt: skip
