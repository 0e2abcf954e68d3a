"""What the regression page explains below its stage: it follows when the hand lets go."""

from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from core.fitting import fits_as_point_travels
from core.objectives import LinearRegression
from core.study import Study
from pages.ui import explain, export
from pages.ui import regression_words as told
from pages.ui.explain import literal
from pages.ui.figures.breakdown import breakdown_figure
from pages.ui.figures.parts import low, padded
from pages.ui.figures.scatter import Line
from pages.ui.frameworks import snippet
from pages.ui.hands import EVERYTHING
from pages.ui.live_figure import live_figures
from pages.ui.regression_state import HANDS, Points, RegressionState, base_of, link_sentence
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
    state = store.now
    loss = state.loss(state.chosen)
    left, right = st.columns(2, gap="medium")
    with left.container(border=True):
        st.markdown(f"**Point {points.selected + 1} under {loss.name.lower()}**")
        st.latex(loss.formula)
        for line in told.point_arithmetic(loss, points, answer.fit.theta, points.selected):
            st.latex(line)
        st.caption(told.share_sentence(loss, points, answer.fit.theta, points.selected))
    with right.container(border=True):
        last = len(answer.trajectory.values) - 1
        step = min(store.own.get("step", last), max(last - 1, 0))
        st.markdown(f"**{state.rule.name}, from step {step} to step {step + 1}**")
        st.latex(state.rule.formula)
        for line in explain.step_arithmetic(state.rule, answer.trajectory, step):
            st.latex(line)
        st.caption("Pause the player at another step to see its numbers here.")


def about_loss(store: Store[RegressionState], points: Points, answer: Study) -> None:
    """Say what the chosen loss assumes, and what is known about it, with evidence."""
    loss = store.now.loss(store.now.chosen)
    st.markdown(
        f"**{loss.name}.** {loss.story} It estimates the "
        f"{loss.estimates}. Maximum likelihood under: {low(loss.noise)}"
    )
    theta = answer.fit.theta
    residuals = theta[0] * (points.x - points.origin) + theta[1] - points.y
    rows = explain.property_rows(loss, residuals)
    st.table(
        {
            "Property": [name for name, *_ in rows],
            "": [answer for _, answer, _ in rows],
            "Evidence": [evidence for *_, evidence in rows],
        },
        hide_index=True,
        border="horizontal",
        alt=f"Properties of {loss.name} with their evidence",
    )
    st.caption(f"Source: {loss.source}.")
    with st.expander("The same loss in other libraries", icon=":material/code:"):
        for framework, call in loss.frameworks.items():
            shown = snippet(loss, framework)
            if call is None:
                st.markdown(f"**{framework}** does not offer it.")
                continue
            st.markdown(f"**{framework}.** {' '.join(shown.notes)}")
            st.code(shown.code, language="python")


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
        if all(_usable(value) for value in to):
            edits = edits.move(size, shown, (float(to[0]), float(to[1])))
    for cells in change["added_rows"]:
        if _usable(cells.get("x")) and _usable(cells.get("y")):
            edits = edits.add((float(cells["x"]), float(cells["y"])))
    for row in sorted(change["deleted_rows"], reverse=True):
        if edits.shown(size) > 1:
            edits = edits.remove(size, int(row))
    if edits != store.now.points:
        store.remember()
        store.change(points=edits)
        st.rerun(EVERYTHING)


def _usable(value: object) -> bool:
    return isinstance(value, int | float) and np.isfinite(value) and abs(value) <= 1e50


def take_along(store: Store[RegressionState], points: Points, answer: Study) -> None:
    """Offer the numbers and a script as files, and say what the link carries."""
    st.caption(link_sentence(store))
    with st.container(horizontal=True):
        _download("Data as CSV", "data.csv", partial(export.data_csv, points))
        _download("Path as CSV", "path.csv", partial(export.path_csv, answer.trajectory))
        _download("Landscape as CSV", "landscape.csv", partial(export.landscape_csv, answer))
        _download("Python script", "fit.py", partial(export.script, store.now, points, answer))


def _download(label: str, name: str, data: partial[str]) -> None:
    icon = ":material/code:" if name.endswith(".py") else ":material/table:"
    st.download_button(label, data, name, key=f"download-{name}", icon=icon, on_click="ignore")
