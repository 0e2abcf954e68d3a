"""A reader's own table: pasted, uploaded, or typed in place."""

import streamlit as st

from core.tables import MAX_BYTES, Table, TableError, numeric_columns, points, read_table
from pages.ui.descent_state import OWN
from pages.ui.edits import Edits
from pages.ui.explain import literal
from pages.ui.regression_state import RegressionState, new_data, own_table
from pages.ui.session import Store

_EXAMPLE = "x, y\n1, 2.1\n2, 3.9\n3, 6.2"


def panel(store: Store[RegressionState]) -> None:
    """Draw the ways to bring a table; what was there stays until a new one has been read."""
    with st.expander("Your table", expanded=_is_empty(store), icon=":material/table:"):
        paste, upload = st.tabs(["Paste", "Upload"])
        text = paste.text_area(
            "Paste two columns of numbers, with or without a header",
            placeholder=_EXAMPLE,
            max_chars=2_000_000,
            key="own-text",
        )
        paste.button("Read the table", on_click=lambda: _take(store, st.session_state["own-text"]))
        if text and not store.own.get("read"):
            paste.caption("Press the button to read what you pasted.")
        upload.file_uploader(
            f"CSV or TSV, up to {MAX_BYTES // 1_000_000} MB",
            type=["csv", "tsv", "txt"],
            key="own-file",
            on_change=lambda: _uploaded(store),
        )
        _columns(store)
    if store.own.get("trouble"):
        st.error(literal(store.own["trouble"]))
    for note in store.own.get("notes", ()):
        st.info(literal(note))


def _is_empty(store: Store[RegressionState]) -> bool:
    return "table" not in store.own


def _take(store: Store[RegressionState], content: bytes | str, name: str = "Your table") -> None:
    store.own["trouble"] = ""
    try:
        table = read_table(content, name)
        _use(store, table, None, None)
        store.own["read"] = table
        store.own["reading"] = store.own.get("reading", 0) + 1
    except TableError as error:
        store.own["trouble"] = f"{error} What you had before is kept."


def _columns(store: Store[RegressionState]) -> None:
    table: Table | None = store.own.get("read")
    names = numeric_columns(table) if table else ()
    if table is None or len(names) < 2:
        return
    now = store.own.get("columns", names[:2])
    for place, axis, name in zip(st.columns(2), ("x", "y"), now, strict=True):
        key = f"own-{axis}-{store.own['reading']}"
        place.selectbox(
            axis, names, index=names.index(name), key=key, on_change=lambda: _chosen(store, table)
        )


def _chosen(store: Store[RegressionState], table: Table) -> None:
    x, y = (st.session_state[f"own-{axis}-{store.own['reading']}"] for axis in ("x", "y"))
    store.own["trouble"] = ""
    try:
        _use(store, table, x, y)
    except TableError as error:
        store.own["trouble"] = f"{error} What you had before is kept."


def _uploaded(store: Store[RegressionState]) -> None:
    file = st.session_state["own-file"]
    if file is not None:
        _take(store, file.getvalue(), file.name)


def _use(store: Store[RegressionState], table: Table, x: str | None, y: str | None) -> None:
    told = points(table, x, y)
    store.own["table"] = own_table(told.x, told.y, told.x_label, told.y_label)
    names = numeric_columns(table)
    store.own["columns"] = (x or names[0], y or names[1])
    store.own["notes"] = told.notes
    store.change(data=OWN, points=Edits())
    new_data(store)
