"""Points that have a class as numbers: a table to type in, and a file to take along."""

from typing import Any

import numpy as np
import streamlit as st

from pages.ui import details, export
from pages.ui.explain import literal
from pages.ui.labelled.points import LabelledPoints
from pages.ui.session import Store


def numbers(store: Store[Any], points: LabelledPoints) -> None:
    """Show the points as a table to type in: the same moves as with a finger."""
    base, edits = points.base, store.now.points
    st.caption(literal(f"{base.source}. Licence: {base.licence}."))
    if not points.editable:
        st.caption(f"This set has {len(points.x):,} points, more than can be edited here.")
        return
    key = f"table-{type(store.now).__name__}-{hash(edits)}-{id(base)}-{len(points.x)}"
    columns = {name: points.x[:, i] for i, name in enumerate(_columns(points))}
    names = base.class_names
    st.data_editor(
        {**columns, "class": [names[kind] for kind in points.label]},
        column_config={"class": st.column_config.SelectboxColumn(options=list(names))},
        num_rows="dynamic",
        key=key,
        on_change=lambda: _typed(store, points, st.session_state[key]),
        alt="The points as numbers, and their classes",
    )


def data_csv(points: LabelledPoints) -> str:
    """Return the points as they are on the screen."""
    names = np.array(points.base.class_names)[points.label]
    rows = ((*place, kind) for place, kind in zip(points.x.tolist(), names.tolist(), strict=True))
    return export.table_csv((*points.base.feature_labels, "class"), rows)


def _columns(points: LabelledPoints) -> tuple[str, ...]:
    return ("x",) if points.flat else ("x1", "x2")


def _typed(store: Store[Any], points: LabelledPoints, change: dict[str, Any]) -> None:
    size, edits, columns = len(points.base.x), store.now.points, _columns(points)
    kinds = {name: kind for kind, name in enumerate(points.base.class_names)}
    for row, cells in change["edited_rows"].items():
        shown = int(row)
        at = [cells.get(name, points.x[shown, i]) for i, name in enumerate(columns)]
        if any(name in cells for name in columns) and all(map(details.usable, at)):
            edits = edits.move(size, shown, _place(at))
        if cells.get("class") in kinds:
            edits = edits.relabel(points.base.label, shown, kinds[cells["class"]])
    for cells in change["added_rows"]:
        at = [cells.get(name) for name in columns]
        if all(map(details.usable, at)):
            edits = edits.add(_place(at), kinds.get(cells.get("class"), store.now.brush))
    for row in sorted(change["deleted_rows"], reverse=True):
        if edits.shown(size) > 1:
            edits = edits.remove(size, int(row))
    details.typed(store, edits)


def _place(at: list[Any]) -> tuple[float, float]:
    return float(at[0]), float(at[1]) if len(at) > 1 else 0.0
