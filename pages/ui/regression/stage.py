"""The live stage of the regression page: linked pictures that follow the hand."""

import numpy as np
import streamlit as st

from core.landscape import Grid
from core.losses.residual import ResidualLoss
from core.regression.study import Question, Study, spread_of, study
from pages.ui import explain
from pages.ui.board import Board
from pages.ui.figures.curves import CURVES, Axis, curve_figure, place_handles, places
from pages.ui.figures.figure import Figure, Note
from pages.ui.figures.landscape import Mark, Scene, landscape_figure, surface_figure
from pages.ui.figures.parts import padded
from pages.ui.figures.scatter import Cloud, Line, data_figure
from pages.ui.figures.steps import steps_figure
from pages.ui.regression import words as told
from pages.ui.regression.state import (
    HANDS,
    Drag,
    Points,
    RegressionState,
    points_of,
    ranges_of,
    settled_lines,
    start_of,
)  # fmt: skip
from pages.ui.session import Store
from pages.ui.theme import look

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
    compute = study if points.editable else _cached_study
    return compute(points.x, points.y, question_of(store, points))


def words(store: Store[RegressionState], points: Points, answer: Study) -> list[str]:
    """Return in computed words what the last drag did, and how the path ended."""
    lines = [_told(store, points, answer) or points.base.story]
    verdict = _verdict(store, points, answer)
    if verdict:
        lines.append(verdict)
    if not answer.fit.determined or len(answer.fit.minima) > 1:
        lines.append(answer.fit.sentence)
    lines.append(explain.path_sentence(answer.trajectory, answer.fit.value))
    stability = explain.stability_sentence(answer, store.now.rule)
    return [*lines, stability] if stability else lines


def _drag(store: Store[RegressionState], points: Points, answer: Study) -> Drag | None:
    """Return the last drag, unless the points or the losses are others by now."""
    drag: Drag | None = store.own.get("told")
    if drag is None or len(drag.points.x) != len(points.x):
        return None
    return drag if len(drag.thetas) == len(answer.fits) else None


def _told(store: Store[RegressionState], points: Points, answer: Study) -> str:
    drag = _drag(store, points, answer)
    if drag is None:
        return ""
    new = tuple(fit.theta for fit in answer.fits)
    return told.move_sentence(points, drag.points, drag.index, store.now.lines, drag.thetas, new)


def _verdict(store: Store[RegressionState], points: Points, answer: Study) -> str:
    drag, guess = _drag(store, points, answer), store.own.get("guess")
    if drag is None or not guess or store.held:
        return ""
    new = (fit.theta for fit in answer.fits)
    moved = np.array([abs(b[0] - a[0]) for a, b in zip(drag.thetas, new, strict=True)])
    return told.prediction_verdict(guess, store.now.lines, moved)


def pictures(store: Store[RegressionState]) -> dict[str, Figure | Note]:
    """Return all that follows while a hand moves."""
    points = points_of(store)
    return items(store, points, computed(store, points))


STAGE = Board("stage", pictures, HANDS.change, HANDS.act)


def items(store: Store[RegressionState], points: Points, answer: Study) -> dict[str, Figure | Note]:
    """Return the linked pictures and the words between them."""
    return {
        "data": _data(store, points, answer),
        "landscape": _landscape(store, points, answer),
        "words": Note(tuple(words(store, points, answer)), width=6),
        "steps": _steps(store, answer),
        **_curves(store, points, answer),
    }


def _data(store: Store[RegressionState], points: Points, answer: Study) -> Figure:
    state = store.now
    lines = [
        Line(loss.name, look(loss), fit.theta)
        for loss, fit in zip(state.lines, answer.fits, strict=True)
    ]
    squares = state.chosen == "SquaredError"
    keep = f"{state.data}-{points.origin}"
    return data_figure(cloud_of(state, points), lines, answer.trajectory.points, squares, keep)


def _landscape(store: Store[RegressionState], points: Points, answer: Study) -> Figure:
    state = store.now
    picture = landscape_figure if state.view == "above" else surface_figure
    keep = f"{state.data}-{points.origin}-{state.span}-{state.compared}-{state.view}"
    return picture(scene_of(store, points, answer), keep)


def _steps(store: Store[RegressionState], answer: Study) -> Figure:
    state = store.now
    return steps_figure(
        answer.trajectory.values,
        answer.fit.value,
        told.cost_name(state),
        look(state.loss(state.chosen)),
        f"{state.data}-{state.chosen}-{state.root}",
    )


def _curves(store: Store[RegressionState], points: Points, answer: Study) -> dict[str, Figure]:
    """Return the compared losses over the residual, with the chosen one's residuals as a rug."""
    state = store.now
    shown = slice(None) if points.drawn is None else points.drawn
    slope, intercept = answer.fit.theta
    rug = slope * (points.x[shown] - points.origin) + intercept - points.y[shown]
    reach = reach_of(points, settled_lines(store))
    over = Axis("residual", (-reach, reach), rug)
    handles = place_handles(state.lines, reach)
    return {
        f"curve-{curve.key}": curve_figure(curve, state.lines, over, handles) for curve in CURVES
    }


def reach_of(points: Points, lines: tuple[ResidualLoss, ...]) -> float:
    """Return how far the residual axis reaches: over the data as they came, and every handle.

    A handle far beyond the data is left to its slider: the curves would shrink to nothing.
    """
    y = points.base.y if len(points.base.y) else points.y
    reach = 0.9 * spread_of(y)
    knobs = [getattr(loss, name) for loss in lines for name in places(loss)]
    near = [1.15 * knob for knob in knobs if knob < 4 * reach]
    return float(f"{max([reach, *near]):.2g}")


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
    marks += [Mark(f"{chosen.name}, local minimum", look(chosen), minimum.theta, local=True,
                   called="")
              for minimum in answer.fit.minima[1:6]]  # fmt: skip
    return Scene(
        answer.landscape,
        answer.trajectory.points,
        answer.trajectory.values,
        tuple(marks),
        ("slope", told.intercept_name(points), told.cost_name(state)),
        chosen.name,
        state.levels == "geometric",
    )
