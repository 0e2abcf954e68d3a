"""The data with a line per loss, and the line of the path with its residuals."""

import dataclasses
from typing import Any

import numpy as np

from core.losses.base import Array
from pages.ui.figures.figure import Entry, Figure, Frame, Play, PointsHandle
from pages.ui.figures.parts import axis, escaped, layout, number
from pages.ui.theme import MOVED, POINT, STAGE_HEIGHT, Look

POINTS = "points"
_SEGMENTS, _DATA = 0, 1


@dataclasses.dataclass(frozen=True)
class Line:
    """A fitted line as it is drawn: its name, its look, its slope and intercept."""

    name: str
    look: Look
    theta: Array


@dataclasses.dataclass(frozen=True)
class Cloud:
    """The points as they are drawn, which of them were moved, which one is selected."""

    x: Array
    y: Array
    x_label: str
    y_label: str
    span: tuple[tuple[float, float], tuple[float, float]]
    origin: float
    moved: tuple[int, ...] = ()
    selected: int | None = None
    editable: bool = True


def data_figure(cloud: Cloud, lines: list[Line], path: Array, squares: bool, keep: str) -> Figure:
    """Return the scatter with its lines; residuals belong to the line of the path's step."""
    ends = np.array(_reach(cloud.span[0]))
    walker = 2  # below the fitted lines, which it would hide where the path ends at one
    traces = [_residuals(squares), _points(cloud), walker_trace(ends)]
    traces += [_line(line, ends, cloud) for line in lines]
    frames = (
        Frame(_SEGMENTS, "squares" if squares else "segments", None, None, path, cloud.origin, 1),
        Frame(walker, "line", ends, None, path, cloud.origin),
    )
    (low, high), (bottom, top) = cloud.span
    handle = PointsHandle(POINTS, _DATA, cloud.selected, ((high - low) / 200, (top - bottom) / 200))
    x_axis, y_axis = axis(cloud.x_label, cloud.span[0]), axis(cloud.y_label, cloud.span[1])
    return Figure(
        data=traces,
        layout=layout(x_axis, y_axis, keep),
        title="Data",
        alt=_alt(cloud, lines),
        height=STAGE_HEIGHT,
        width=6,
        handles=(handle,) if cloud.editable else (),
        play=Play("path", len(path) - 1, frames),
        legend=(
            *(
                Entry(line.name, line.look.color, line.look.dash, note=_slope(line))
                for line in lines
            ),
            Entry("line of this step", "currentColor", "solid"),
        ),
    )


def _reach(span: tuple[float, float]) -> tuple[float, float]:
    width = span[1] - span[0]
    return span[0] - width, span[1] + width


def _residuals(squares: bool) -> dict[str, Any]:
    fill = {"fill": "toself", "fillcolor": "rgba(138, 143, 152, 0.12)"} if squares else {}
    return {
        "type": "scatter",
        "mode": "lines",
        "x": np.zeros(2),
        "y": np.zeros(2),
        "line": {"color": "rgba(138, 143, 152, 0.6)", "width": 1},
        "hoverinfo": "skip",
        **fill,
    }


def _points(cloud: Cloud) -> dict[str, Any]:
    moved = set(cloud.moved)
    colors: Any = POINT
    if moved:
        colors = [MOVED if i in moved else POINT for i in range(len(cloud.x))]
    size = 11 if len(cloud.x) <= 60 else 8 if len(cloud.x) <= 300 else 5
    return {
        "type": "scatter",
        "mode": "markers",
        "x": cloud.x,
        "y": cloud.y,
        "marker": {"size": size, "color": colors, "line": {"width": 1, "color": "white"}},
        "hovertemplate": "%{x:.4g}, %{y:.4g}<extra>point %{pointNumber}</extra>"
        if not cloud.editable
        else "%{x:.4g}, %{y:.4g}<extra></extra>",
    }


def _line(line: Line, ends: Array, cloud: Cloud) -> dict[str, Any]:
    slope, intercept = line.theta
    return {
        "type": "scatter",
        "mode": "lines",
        "x": ends,
        "y": slope * (ends - cloud.origin) + intercept,
        "name": escaped(line.name),
        "line": {"color": line.look.color, "dash": line.look.dash, "width": 2.5},
        "hoverinfo": "skip",
    }


def walker_trace(ends: Array) -> dict[str, Any]:
    """Return the line of the step that the player stands at."""
    return {
        "type": "scatter",
        "mode": "lines",
        "x": ends,
        "y": np.zeros(2),
        "line": {"width": 4},
        "opacity": 0.45,
        "hoverinfo": "skip",
    }


def _slope(line: Line) -> str:
    return f"slope {number(line.theta[0])}"


def _alt(cloud: Cloud, lines: list[Line]) -> str:
    fitted = "; ".join(f"{line.name}: slope {number(line.theta[0])}" for line in lines)
    return (
        f"Scatter plot of {len(cloud.x)} points, {cloud.y_label} against {cloud.x_label}, "
        f"with a fitted line for each loss. {fitted}."
    )
