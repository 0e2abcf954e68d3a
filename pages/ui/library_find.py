"""How a reader finds a loss: by questions, by words and filters, in a table."""

from typing import Any

import streamlit as st

from core.choosing import advise, asked, completed, turns
from core.library import FRAMEWORKS, PROPERTIES, TASKS, Property, find
from core.losses import RESIDUAL_LOSSES, Loss
from pages.ui import link
from pages.ui.controls import bound
from pages.ui.evidence import constant, said
from pages.ui.figures.parts import low
from pages.ui.library_state import MOST, NAMES, LibraryState, follow, pick, reset, slug
from pages.ui.regression_state import RegressionState
from pages.ui.session import Store

_SLUGS = {slug(task): task for task in TASKS}
_TITLES = {one.key: one.title for one in PROPERTIES}


def guide(store: Store[LibraryState]) -> None:
    """Ask a few questions, name one loss, say why and what would change it."""
    given = store.now.answers
    for ask in asked(completed(given)):
        key = f"guide-{ask.key}"
        st.session_state[key] = completed(given)[ask.key]
        st.segmented_control(
            ask.words,
            list(ask.options),
            format_func=ask.options.__getitem__,
            required=True,
            key=key,
            on_change=_answer,
            args=(store, ask.key),
        )
    advice = advise(given)
    with st.container(border=True):
        st.markdown(f"**Use {low(advice.loss.name)}.** {advice.why}")
        st.markdown(f"Keep in mind: {advice.mind}")
        with st.container(horizontal=True, vertical_alignment="center"):
            _open(store, advice.loss)
        others = turns(given)
        if others:
            st.markdown("What would change the answer:")
            st.markdown(
                "\n".join(
                    f"- {turn.ask.words} *{turn.ask.options[turn.option].capitalize()}*: "
                    f"**{low(turn.loss.name)}**."
                    for turn in others
                )
            )


def _answer(store: Store[LibraryState], key: str) -> None:
    told = {**completed(store.now.answers), key: st.session_state[f"guide-{key}"]}
    store.change(guide=tuple(f"{one}-{option}" for one, option in completed(told).items()))


def _open(store: Store[LibraryState], loss: Loss) -> None:
    st.button(
        f"Compare {low(loss.name)} below",
        icon=":material/add_chart:",
        key="guide-compare",
        on_click=lambda: pick(store, loss),
    )
    if isinstance(loss, RESIDUAL_LOSSES):
        st.page_link(
            "regression.py",
            label=f"Fit a line with {low(loss.name)}",
            icon=":material/show_chart:",
            query_params=link.write(_screen(loss)),
        )


def _screen(loss: Any) -> RegressionState:
    """Return the regression page with that loss loaded beside the squared error."""
    start = RegressionState()
    name = type(loss).__name__
    losses = tuple(loss if type(one) is type(loss) else one for one in start.losses)
    compared = tuple(dict.fromkeys(("SquaredError", name)))
    return RegressionState(compared=compared, chosen=name, losses=losses)


def filters(store: Store[LibraryState]) -> list[Loss]:
    """Draw search and filters, and return what they leave."""
    columns = st.columns(4)
    columns[0].text_input(
        "Search",
        placeholder="median, Huber, cross entropy …",
        max_chars=60,
        icon=":material/search:",
        **bound(store, "words"),
    )
    with columns[1]:
        _several(store, "tasks", "Task", _SLUGS)
    with columns[2]:
        _several(store, "properties", "Has the property", _TITLES)
    with columns[3]:
        _several(store, "frameworks", "Offered by", {name: name for name in FRAMEWORKS})
    state = store.now
    return find(state.losses, state.words, state.wanted_tasks, state.properties, state.frameworks)


def _several(store: Store[LibraryState], field: str, label: str, names: dict[str, str]) -> None:
    key = f"library-{field}"

    def absorb() -> None:
        store.change(**{field: tuple(st.session_state[key])})

    st.session_state[key] = list(getattr(store.now, field))
    st.multiselect(
        label, list(names), format_func=names.__getitem__, key=key, on_change=absorb,
        placeholder="any",
    )  # fmt: skip


def table(store: Store[LibraryState], found: list[Loss]) -> None:
    """Show what was found, to be ticked for comparison; a cell of a property opens its evidence."""
    if not found:
        st.info("No loss has all of that. Take a filter or a word away.")
        return
    st.segmented_control(
        "Columns",
        ["overview", "properties"],
        format_func={"overview": "Overview", "properties": "Properties"}.__getitem__,
        required=True,
        label_visibility="collapsed",
        **bound(store, "view"),
    )
    properties = store.now.view == "properties"
    names = tuple(type(loss).__name__ for loss in found)
    key = f"table-{store.now.view}-{link.digest(names)}"
    rows = [i for i, name in enumerate(names) if name in store.now.picked]
    st.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    st.dataframe(
        _matrix(found) if properties else _overview(found),
        key=key,
        hide_index=True,
        height=min(38 + 35 * len(found), 388),
        selection_mode=["multi-row", "single-cell"],
        on_select=lambda: _selected(store, names, rows, st.session_state[key]["selection"]),
        column_config={"Loss": st.column_config.TextColumn(pinned=True)},
        alt="The losses that were found",
    )
    st.caption(
        f"{len(found)} of {len(NAMES)} losses. Tick up to {MOST} to compare them"
        + ("; a yes or no opens what shows it." if properties else ".")
    )


def _overview(found: list[Loss]) -> dict[str, list[str]]:
    return {
        "Loss": [loss.name for loss in found],
        "Task": [loss.task for loss in found],
        "Smallest on average at": [loss.estimates for loss in found],
        "Offered by": [
            ", ".join(name for name in FRAMEWORKS if loss.frameworks[name]) or "none of the four"
            for loss in found
        ],
    }


def _matrix(found: list[Loss]) -> dict[str, list[str]]:
    return {
        "Loss": [loss.name for loss in found],
        **{one.title: [_cell(loss, one) for loss in found] for one in PROPERTIES},
    }


def _cell(loss: Loss, asked: Property) -> str:
    bound = constant(loss, asked.key)
    return said(asked.answer(loss.properties)) + (f" ({bound})" if bound else "")


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


def compared(store: Store[LibraryState], names: list[str]) -> None:
    """Compare these losses, unless they are too many or none."""
    if len(names) > MOST:
        store.notice = f"{MOST} losses at most: untick one first."
    elif not names:
        store.notice = "At least one loss stays: there would be nothing to draw."
    else:
        new = [name for name in names if name not in store.now.picked]
        store.change(picked=tuple(names), focus=new[-1] if new else store.now.focus)


def picks(store: Store[LibraryState]) -> None:
    """Name the compared losses: the same choice as the ticks, for keyboard and search."""
    titles = {type(loss).__name__: loss.name for loss in store.now.losses}
    key = "library-picked"
    st.session_state[key] = list(store.now.compared_names)
    st.multiselect(
        f"Compared, up to {MOST}",
        list(NAMES),
        format_func=titles.__getitem__,
        max_selections=MOST,
        key=key,
        on_change=lambda: compared(store, st.session_state[key]),
    )
    if store.notice:
        st.warning(store.notice)
        store.notice = ""


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
