"""What the binary classification page explains below its stage, when the hand lets go."""

from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from core.classifier_study import ClassifierStudy
from pages.ui import binary_words as told
from pages.ui import details, export
from pages.ui.binary_state import BinaryState, LabelledPoints, axes_of, link_sentence
from pages.ui.explain import literal
from pages.ui.session import Store


def arithmetic(store: Store[BinaryState], points: LabelledPoints, answer: ClassifierStudy) -> None:
    """Show one point's loss and one step's update, numbers plugged in."""
    loss = store.now.loss(store.now.chosen)
    left, right = st.columns(2, gap="medium")
    with left:
        details.card(
            f"Point {points.selected + 1} under {loss.name.lower()}",
            loss.formula,
            told.point_arithmetic(store.now, points, answer),
            told.share_sentence(points, answer),
        )
    with right:
        details.step_card(store, answer.trajectory)


def about_loss(store: Store[BinaryState], answer: ClassifierStudy) -> None:
    """Say what the chosen loss makes of a score, and what is known about it, with evidence."""
    loss = store.now.loss(store.now.chosen)
    st.markdown(f"**{loss.name}.** {loss.story} It estimates the {loss.estimates}.")
    details.properties(loss, answer.classifier.margins(answer.fit.theta))


def numbers(store: Store[BinaryState], points: LabelledPoints) -> None:
    """Show the points as a table to type in: the same moves as with a finger."""
    base = points.base
    st.caption(literal(f"{base.source}. Licence: {base.licence}."))
    if not points.editable:
        st.caption(f"This set has {len(points.x):,} points, more than can be edited here.")
        return
    key = f"table-{hash(store.now.points)}-{store.now.data}-{store.now.majority}-{len(points.x)}"
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


def _columns(points: LabelledPoints) -> tuple[str, ...]:
    return ("x",) if points.flat else ("x1", "x2")


def _typed(store: Store[BinaryState], points: LabelledPoints, change: dict[str, Any]) -> None:
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


def take_along(store: Store[BinaryState], points: LabelledPoints, answer: ClassifierStudy) -> None:
    """Offer the numbers as files, and say what the link carries."""
    st.caption(link_sentence(store))
    names = axes_of(store)
    with st.container(horizontal=True):
        details.download("Data as CSV", "data.csv", partial(_data, points))
        details.download(
            "Path as CSV", "path.csv", partial(export.path_csv, answer.trajectory, names)
        )
        details.download(
            "Landscape as CSV",
            "landscape.csv",
            partial(export.landscape_csv, answer.landscape, names),
        )


def _data(points: LabelledPoints) -> str:
    names = np.array(points.base.class_names)[points.label]
    rows = ((*place, kind) for place, kind in zip(points.x.tolist(), names.tolist(), strict=True))
    return export.table_csv((*points.base.feature_labels, "class"), rows)
