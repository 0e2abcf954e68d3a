"""The live stage of the regression page: data, landscape and cost, linked and following the hand."""

import dataclasses
from functools import partial

import numpy as np
import streamlit as st

from core.landscape import Grid
from core.losses.residual import ResidualLoss
from core.study import Question, Study, study
from pages.ui import explain
from pages.ui.controls import bound
from pages.ui.figures.curves import CURVES, curve_figure
from pages.ui.figures.figure import LineHandle
from pages.ui.figures.landscape import Mark, Scene, landscape_figure, surface_figure
from pages.ui.figures.parts import padded
from pages.ui.figures.scatter import Cloud, Line, data_figure
from pages.ui.figures.steps import steps_figure
from pages.ui.live_figure import live_figure
from pages.ui.regression_state import (
    Points, RegressionState, act, points_of, ranges_of, start_of,
)  # fmt: skip
from pages.ui.session import Store
from pages.ui.theme import LARGE_TYPE, look

CELLS = 80
_cached_study = st.cache_data(max_entries=8, show_spinner="Computing on all rows…")(study)


def question_of(store: Store[RegressionState], points: Points) -> Question:
    """Return what this screen asks of the core."""
    state = store.now
    return Question(
        losses=state.lines,
        chosen=state.loss(state.chosen),
        optimizer=state.rule,
        start=start_of(store),
        steps=state.steps,
        grid=Grid.regular(*ranges_of(store), CELLS, CELLS),
        origin=points.origin,
        root=state.root,
    )


def computed(store: Store[RegressionState], points: Points) -> Study:
    """Return the answers for this screen; those on very many rows are kept."""
    question = question_of(store, points)
    return study(points.x, points.y, question)


def draw(store: Store[RegressionState], points: Points, answer: Study) -> None:
    """Draw the three linked pictures."""
    state = store.now
    live = partial(live_figure, act=partial(act, store), scale=scale_of(state))
    keep = f"{state.data}-{points.origin}"
    lines = [
        Line(loss.name, look(loss), fit.theta)
        for loss, fit in zip(state.lines, answer.fits, strict=True)
    ]
    left, right = st.columns(2, gap="medium")
    with left:
        squares = state.chosen == "SquaredError"
        live(data_figure(cloud_of(state, points), lines, answer.trajectory.points, squares, keep),
             key="data")  # fmt: skip
    with right:
        scene = scene_of(store, points, answer)
        picture = landscape_figure if state.view == "above" else surface_figure
        live(picture(scene, f"{keep}-{state.span}-{state.compared}"), key="landscape")


def draw_steps(store: Store[RegressionState], answer: Study) -> None:
    """Draw the cost against the step."""
    state = store.now
    figure = steps_figure(
        answer.trajectory.values,
        answer.fit.value,
        explain.cost_name(state),
        look(state.loss(state.chosen)),
        f"{state.data}-{state.chosen}-{state.root}",
    )
    live_figure(figure, key="steps", act=partial(act, store), scale=scale_of(state))


def draw_curves(store: Store[RegressionState], points: Points, answer: Study) -> None:
    """Draw the compared losses over the residual, with the residuals of the chosen one's fit."""
    state = store.now
    shown = slice(None) if points.drawn is None else points.drawn
    residuals = answer.fit.theta[0] * (points.x - points.origin) + answer.fit.theta[1] - points.y
    rug = residuals[shown]
    reach = reach_of(points)
    with st.grid(4, min_column_width=260):
        for curve in CURVES:
            handles = tuple(handle for loss in state.lines for handle in _lines(loss, reach))
            figure = curve_figure(curve, list(state.lines), rug, reach, handles)
            live_figure(figure, key=f"curve-{curve.key}", act=partial(act, store),
                        scale=scale_of(state))  # fmt: skip


def reach_of(points: Points) -> float:
    """Return how far the residual axis reaches; it depends on the data as they came."""
    y = points.base.y if len(points.base.y) else points.y
    spread = float(np.percentile(y, 95) - np.percentile(y, 5)) or float(np.ptp(y)) or 1.0
    return float(f"{0.75 * spread:.2g}")


def _lines(loss: ResidualLoss, reach: float) -> list[LineHandle]:
    handles = []
    for name, declared in explain.on_axis(loss).items():
        handles.append(
            LineHandle(
                id=f"{type(loss).__name__}.{name}",
                axis="x",
                value=getattr(loss, name),
                low=declared.low,
                high=min(declared.high, reach),
                step=reach / 100,
                symbol=explain.symbol(declared),
                label=f"{loss.name}: {explain.symbol(declared)}",
            )
        )
    return handles


def cloud_of(state: RegressionState, points: Points) -> Cloud:
    """Return the points as they are drawn."""
    base = points.base
    shown = slice(None) if points.drawn is None else points.drawn
    x, y = points.x[shown], points.y[shown]
    x_span = padded(base.x if len(base.x) else x)
    y_span = padded(base.y if len(base.y) else y, 0.15)
    return Cloud(
        x, y, base.x_label, base.y_label, (x_span, y_span), points.origin,
        state.points.touched(len(base.x)) if points.editable else (),
        points.selected if points.editable else None,
        points.editable,
    )  # fmt: skip


def scene_of(store: Store[RegressionState], points: Points, answer: Study) -> Scene:
    """Return the landscape with what lies on it."""
    state = store.now
    marks = [
        Mark(loss.name, look(loss), fit.theta)
        for loss, fit in zip(state.lines, answer.fits, strict=True)
    ]
    chosen = state.loss(state.chosen)
    marks += [Mark(f"{chosen.name}, local minimum", look(chosen), minimum.theta, local=True)
              for minimum in answer.fit.minima[1:6]]  # fmt: skip
    return Scene(
        answer.landscape,
        answer.trajectory.points,
        answer.trajectory.values,
        tuple(marks),
        ("slope", explain.intercept_name(points), explain.cost_name(state)),
        chosen.name,
        state.levels == "geometric",
    )


def scale_of(state: RegressionState) -> float:
    """Return how much larger than usual the type is."""
    return LARGE_TYPE if state.large else 1.0


__all__ = ["bound", "computed", "dataclasses", "draw", "draw_curves", "draw_steps"]
