"""What the regression page explains below its stage: it follows when the hand lets go."""

from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from core.objectives import LinearRegression
from core.regression.fitting import fits_as_point_travels
from core.regression.study import Study
from pages.ui import details, export
from pages.ui.explain import literal
from pages.ui.figures.breakdown import breakdown_figure
from pages.ui.figures.parts import low, padded
from pages.ui.figures.scatter import Line
from pages.ui.live_figure import live_figures
from pages.ui.regression import words as told
from pages.ui.regression.state import HANDS, Points, RegressionState, base_of, link_sentence
from pages.ui.session import Store
from pages.ui.theme import LARGE_TYPE, look

_STOPS = 61


def breakdown(store: Store[RegressionState], points: Points) -> None:
    """Draw how far the selected point can drag each loss's slope."""
    if not points.editable or len(points.x) < 3:
        return
    state = store.now
    y = points.base.y if len(points.base.y) else points.y
    low, high = padded(y, 0.6)
    now = float(points.y[points.selected])
    travel = np.linspace(min(low, now), max(high, now), _STOPS)
    lines, slopes = [], []
    for loss in state.lines:
        objective = LinearRegression(points.x, points.y, loss, origin=points.origin)
        lines.append(Line(loss.name, look(loss), np.zeros(2)))
        slopes.append(fits_as_point_travels(objective, points.selected, travel)[:, 0])
    keep = f"{state.data}-{points.selected}-{state.compared}"
    figure = breakdown_figure(travel, slopes, lines, now, points.selected, keep)
    scale = LARGE_TYPE if state.large else 1.0
    live_figures({"breakdown": figure}, key="breakdown", act=partial(HANDS.act, store), scale=scale)
    st.caption("Drag the dotted line: the point travels, and the stage above follows.")


def arithmetic(store: Store[RegressionState], points: Points, answer: Study) -> None:
    """Show one point's loss and one step's update, numbers plugged in."""
    loss = store.now.loss(store.now.chosen)
    theta, selected = answer.fit.theta, points.selected
    left, right = st.columns(2, gap="medium")
    with left:
        details.card(
            f"Point {selected + 1} under {loss.name.lower()}",
            loss.formula,
            told.point_arithmetic(loss, points, theta, selected),
            told.share_sentence(loss, points, theta, selected),
        )
    with right:
        details.step_card(store, answer.trajectory)


def about_loss(store: Store[RegressionState], points: Points, answer: Study) -> None:
    """Say what the chosen loss assumes, and what is known about it, with evidence."""
    loss = store.now.loss(store.now.chosen)
    st.markdown(
        f"**{loss.name}.** {loss.story} It estimates the "
        f"{loss.estimates}. Maximum likelihood under: {low(loss.noise)}"
    )
    theta = answer.fit.theta
    details.properties(loss, theta[0] * (points.x - points.origin) + theta[1] - points.y)


def numbers(store: Store[RegressionState], points: Points) -> None:
    """Show the points as a table to type in: the same moves as with a finger."""
    st.caption(literal(f"{points.base.source}. Licence: {points.base.licence}."))
    if not points.editable:
        st.caption(f"Tables of up to 500 rows can be edited; this one has {len(points.x):,} rows.")
        return
    key = f"table-{store.now.points.__hash__()}-{store.now.data}-{len(points.x)}"
    st.data_editor(
        {"x": points.x, "y": points.y},
        num_rows="dynamic",
        key=key,
        on_change=lambda: _typed(store, st.session_state[key]),
        alt="The points as numbers",
    )


def _typed(store: Store[RegressionState], change: dict[str, Any]) -> None:
    size = len(base_of(store).x)
    edits, shown = store.now.points, None
    x, y = edits.apply(base_of(store).x, base_of(store).y)
    for row, cells in change["edited_rows"].items():
        shown = int(row)
        to = cells.get("x", x[shown]), cells.get("y", y[shown])
        if all(details.usable(value) for value in to):
            edits = edits.move(size, shown, (float(to[0]), float(to[1])))
    for cells in change["added_rows"]:
        if details.usable(cells.get("x")) and details.usable(cells.get("y")):
            edits = edits.add((float(cells["x"]), float(cells["y"])))
    for row in sorted(change["deleted_rows"], reverse=True):
        if edits.shown(size) > 1:
            edits = edits.remove(size, int(row))
    details.typed(store, edits)


def take_along(store: Store[RegressionState], points: Points, answer: Study) -> None:
    """Offer the numbers and a script as files, and say what the link carries."""
    st.caption(link_sentence(store))
    with st.container(horizontal=True):
        offer = details.download
        offer("Data as CSV", "data.csv", partial(export.data_csv, points))
        offer("Path as CSV", "path.csv", partial(export.path_csv, answer.trajectory))
        offer("Landscape as CSV", "landscape.csv", partial(export.landscape_csv, answer.landscape))
        offer("Python script", "fit.py", partial(export.script, store.now, points, answer))
