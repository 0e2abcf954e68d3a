"""A reader's own table: pasted or uploaded, and which of its columns mean what."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from core.data.tables import MAX_BYTES, Table, TableError, read_table
from pages.ui.explain import literal
from pages.ui.session import Store

NONE = "none"  # of a role that need not be filled
_KEPT = " What you had before is kept."

Columns = dict[str, str]


@dataclasses.dataclass(frozen=True)
class Reader:
    """What a page makes of a table.

    asks: what to paste. example: a few rows of it.
    guess: the column for each role, unless the reader says otherwise.
    offers: the columns to choose from for each role.
    take: uses the columns, and returns what there is to say about them.
    All three raise `TableError` for what cannot be used.
    """

    asks: str
    example: str
    guess: Callable[[Table], Columns]
    offers: Callable[[Table], Mapping[str, tuple[str, ...]]]
    take: Callable[[Table, Columns], tuple[str, ...]]


def panel(store: Store[Any], reader: Reader) -> None:
    """Draw the ways to bring a table; what was there stays until a new one has been read."""
    with st.expander("Your table", expanded="table" not in store.own, icon=":material/table:"):
        paste, upload = st.tabs(["Paste", "Upload"])
        text = paste.text_area(
            reader.asks, placeholder=reader.example, max_chars=2_000_000, key="own-text"
        )
        paste.button(
            "Read the table", on_click=lambda: _read(store, reader, st.session_state["own-text"])
        )
        if text and not store.own.get("read"):
            paste.caption("Press the button to read what you pasted.")
        upload.file_uploader(
            f"CSV or TSV, up to {MAX_BYTES // 1_000_000} MB",
            type=["csv", "tsv", "txt"],
            key="own-file",
            on_change=lambda: _uploaded(store, reader),
        )
        if store.own.get("read"):
            _columns(store, reader, store.own["read"])
    if store.own.get("trouble"):
        st.error(literal(store.own["trouble"]))
    for note in store.own.get("notes", ()):
        st.info(literal(note))


def _read(
    store: Store[Any], reader: Reader, content: bytes | str, name: str = "Your table"
) -> None:
    try:
        table = read_table(content, name)
        _use(store, reader, table, reader.guess(table))
    except TableError as error:
        store.own["trouble"] = _told(store, error)
        return
    store.own["read"] = table
    store.own["reading"] = store.own.get("reading", 0) + 1


def _use(store: Store[Any], reader: Reader, table: Table, columns: Columns) -> None:
    store.own["notes"] = reader.take(table, columns)
    store.own["columns"] = columns
    store.own["trouble"] = ""


def _columns(store: Store[Any], reader: Reader, table: Table) -> None:
    now: Columns = store.own["columns"]
    offers = reader.offers(table)
    for place, (role, names) in zip(st.columns(len(offers)), offers.items(), strict=True):
        place.selectbox(
            role,
            names,
            index=names.index(now[role]),
            key=_key(store, role),
            on_change=lambda: _chosen(store, reader, table, tuple(offers)),
        )


def _key(store: Store[Any], role: str) -> str:
    return f"own-{role}-{store.own['reading']}"


def _chosen(store: Store[Any], reader: Reader, table: Table, roles: tuple[str, ...]) -> None:
    columns = {role: st.session_state[_key(store, role)] for role in roles}
    try:
        _use(store, reader, table, columns)
    except TableError as error:
        store.own["trouble"] = _told(store, error)


def _told(store: Store[Any], error: TableError) -> str:
    return f"{error}{_KEPT if 'read' in store.own else ''}"


def _uploaded(store: Store[Any], reader: Reader) -> None:
    file = st.session_state["own-file"]
    if file is not None:
        _read(store, reader, file.getvalue(), file.name)
