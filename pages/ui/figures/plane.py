"""Points of several classes in the plane, with a boundary per loss, and what a fit says of it."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from core.data.labelled import Labels
from core.losses.base import Array
from pages.ui.figures.figure import Entry, Figure, Frame, Play, PointsHandle
from pages.ui.figures.parts import axis, escaped, layout, low, number
from pages.ui.figures.scatter import POINTS, walker_trace
from pages.ui.theme import CLASSES, MOVED, SIDES, STAGE_HEIGHT, Look

_STEEP = 1e6
Span = tuple[tuple[float, float], tuple[float, float]]


@dataclasses.dataclass(frozen=True)
class Boundary:
    """Where the score of a fit is 0: w · x + b, in the units of the data; its name and look.

    note: a number that goes with it in the legend. band: half the width of its margin, in scores.
    """

    name: str
    look: Look
    theta: Array
    note: str = ""
    band: float = 0.0


@dataclasses.dataclass(frozen=True)
class Groups:
    """The points as they are drawn: of one feature, y is what is drawn upwards.

    kinds: the class of each point. ring: points to circle, with words for what they are.
    """

    x: Array
    y: Array
    kinds: Labels
    names: tuple[str, ...]
    labels: tuple[str, str]
    span: Span
    moved: tuple[int, ...] = ()
    selected: int | None = None
    editable: bool = True
    ring: tuple[int, ...] = ()
    ringed: str = ""


@dataclasses.dataclass(frozen=True)
class Backdrop:
    """What the chosen fit says everywhere: numbers from 0 to 1 over the plane, (ny, nx).

    words: what they are.
    """

    x: Array
    y: Array
    z: Array
    words: str


def plane_figure(
    groups: Groups, boundaries: Sequence[Boundary], path: Array, backdrop: Backdrop, keep: str
) -> Figure:
    """Return the points, a boundary per loss with its margin, and the boundary of the step.

    Shape: path (steps + 1, 3), the parameters in the units of the data.
    """
    corner = _corners(groups.span)
    ends = np.array([groups.span[0][0], groups.span[0][1]])
    ends = ends + np.array([-1.0, 1.0]) * np.ptp(ends)
    traces = [_shade(backdrop), *point_traces(groups), _ringed(groups)]
    cloud, walker = 1, len(traces)
    traces.append(walker_trace(ends))
    traces += [_line(one, corner, 0.0, 2.5) for one in boundaries]
    banded = [one for one in boundaries if one.band > 0]
    traces += [_line(one, corner, side * one.band, 1.0) for one in banded for side in (-1.0, 1.0)]
    frames = (Frame(walker, "line", ends, None, _sloped(path), 0.0),)
    return Figure(
        data=traces,
        layout=plane_layout(groups, keep),
        title="Data",
        alt=_alt(groups, boundaries, backdrop),
        height=STAGE_HEIGHT,
        width=6,
        handles=points_handle(groups, cloud),
        play=Play("path", len(path) - 1, frames),
        legend=(*class_entries(groups), *_line_entries(boundaries), *_ring_entry(groups)),
    )


def points_handle(groups: Groups, trace: int) -> tuple[PointsHandle, ...]:
    """Return what moves the points of a trace, if they may be moved."""
    nudge = tuple((high - low) / 200 for low, high in groups.span)
    handle = PointsHandle(POINTS, trace, groups.selected, (nudge[0], nudge[1]), flip=True)
    return (handle,) if groups.editable else ()


def plane_layout(groups: Groups, keep: str) -> dict[str, Any]:
    """Return the axes of the two features."""
    x, y = (axis(*one, zeroline=False) for one in zip(groups.labels, groups.span, strict=True))
    return layout(x, y, keep)


def curve_of_one_figure(
    groups: Groups, curves: Sequence[Boundary], heights: Sequence[Array | None],
    across: Array, path: Array, keep: str,
) -> Figure:  # fmt: skip
    """Return points of one feature at the height of their class, with a probability curve per loss.

    Where a loss reports no probability its boundary is an upright line.
    """
    traces: list[dict[str, Any]] = [*point_traces(groups)]
    ends = np.array(groups.span[0])
    walker = len(traces)
    traces.append(walker_trace(ends))
    corner = _corners(groups.span)
    for one, height in zip(curves, heights, strict=True):
        if height is None:
            flat = dataclasses.replace(one, theta=np.array([one.theta[0], 0.0, one.theta[1]]))
            traces.append(_line(flat, corner, 0.0, 2.5))
        else:
            traces.append({**_stroke(one, 2.5), "x": across, "y": height})
    wide = np.column_stack([path[:, 0], np.zeros(len(path)), path[:, 1]])
    frames = (Frame(walker, "line", ends, None, _sloped(wide), 0.0),)
    (left, right), _ = groups.span
    handle = PointsHandle(POINTS, 0, groups.selected, ((right - left) / 200, 0.0), flip=True)
    return Figure(
        data=traces,
        layout=layout(
            axis(groups.labels[0], groups.span[0], zeroline=False),
            axis(groups.labels[1], groups.span[1], tickvals=[0, 0.5, 1], zeroline=False),
            keep,
        ),
        title="Data",
        alt=_alt(groups, curves, None),
        height=STAGE_HEIGHT,
        width=6,
        handles=(handle,) if groups.editable else (),
        play=Play("path", len(path) - 1, frames),
        legend=(*class_entries(groups), *_line_entries(curves)),
    )


def _corners(span: Span) -> tuple[Array, float]:
    """Return the middle of the picture, and a length beyond its corners."""
    (left, right), (bottom, top) = span
    return np.array([(left + right) / 2, (bottom + top) / 2]), 2.0 * float(
        np.hypot(right - left, top - bottom)
    )


def _line(one: Boundary, corner: tuple[Array, float], score: float, width: float) -> dict[str, Any]:
    """Return the line where the score is that number, from beyond one corner to beyond another."""
    middle, far = corner
    w, b = one.theta[:2], one.theta[2]
    size = float(np.hypot(*w))
    x = y = np.array([np.nan, np.nan])
    if size > 0 and np.isfinite(one.theta).all():
        across = w / size
        foot = middle - across * ((w @ middle + b - score) / size)
        along = np.array([-across[1], across[0]]) * far
        if np.abs(foot - middle).max() < 1e6 * far:
            x, y = (np.array([foot[i] - along[i], foot[i] + along[i]]) for i in (0, 1))
    dash = one.look.dash if score == 0 else "dot"
    return {**_stroke(one, width), "x": x, "y": y, "line": {"color": one.look.color, "dash": dash,
                                                            "width": width}}  # fmt: skip


def _stroke(one: Boundary, width: float) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": escaped(one.name),
        "line": {"color": one.look.color, "dash": one.look.dash, "width": width},
        "hoverinfo": "skip",
    }


def _sloped(path: Array) -> Array:
    """Return slope and height at 0 of the lines where the score is 0; upright ones nearly so."""
    w1, w2, b = path.T
    with np.errstate(all="ignore"):
        upright = np.abs(w2) * _STEEP < np.abs(w1)
        w2 = np.where(upright, np.copysign(np.abs(w1) / _STEEP, w2), w2)
        lines = np.column_stack([-w1 / w2, -b / w2])
    none = (w2 == 0) | ~np.isfinite(path).all(axis=1)
    lines[none] = 0.0, 1e9  # no boundary at all: out of sight
    return lines


def _shade(backdrop: Backdrop) -> dict[str, Any]:
    return {
        "type": "heatmap",
        "x": backdrop.x,
        "y": backdrop.y,
        "z": backdrop.z,
        "zsmooth": "fast",
        "zmin": 0,
        "zmax": 1,
        "colorscale": [[0.0, SIDES[0]], [0.5, SIDES[1]], [1.0, SIDES[2]]],
        "showscale": False,
        "opacity": 0.55,
        "hoverinfo": "skip",
    }


def point_traces(groups: Groups) -> list[dict[str, Any]]:
    """Return all points as one trace, so that every one of them can be grabbed."""
    size = 11 if len(groups.x) <= 60 else 8 if len(groups.x) <= 300 else 5
    moved, kinds = set(groups.moved), groups.kinds.tolist()
    edge = ["#000000" if i in moved else "#ffffff" for i in range(len(kinds))] if moved else "white"
    return [{
        "type": "scatter",
        "mode": "markers",
        "x": groups.x,
        "y": groups.y,
        "marker": {
            "size": size,
            "color": [CLASSES[kind].color for kind in kinds],
            "symbol": [CLASSES[kind].symbol for kind in kinds],
            "line": {"width": 1.2, "color": edge},
        },
        "text": [escaped(groups.names[kind]) for kind in kinds],
        "hovertemplate": "%{text}: %{x:.4g}, %{y:.4g}<extra></extra>",
    }]  # fmt: skip


def _ringed(groups: Groups) -> dict[str, Any]:
    ring = list(groups.ring)
    return {
        "type": "scatter",
        "mode": "markers",
        "x": groups.x[ring],
        "y": groups.y[ring],
        "marker": {"size": 17, "color": "rgba(0,0,0,0)", "line": {"width": 1.6, "color": MOVED}},
        "hoverinfo": "skip",
    }


def class_entries(groups: Groups) -> tuple[Entry, ...]:
    counts = np.bincount(groups.kinds, minlength=len(groups.names))
    return tuple(
        Entry(name, CLASSES[kind].color, symbol=CLASSES[kind].symbol, note=str(counts[kind]))
        for kind, name in enumerate(groups.names)
    )


def _line_entries(boundaries: Sequence[Boundary]) -> tuple[Entry, ...]:
    lines = tuple(Entry(one.name, one.look.color, one.look.dash, note=one.note)
                  for one in boundaries)  # fmt: skip
    margins = (Entry(f"margin of {low(one.name)}", one.look.color, "dot")
               for one in boundaries if one.band > 0)  # fmt: skip
    return (*lines, *margins, Entry("boundary of this step", "currentColor", "solid"))


def _ring_entry(groups: Groups) -> tuple[Entry, ...]:
    if not groups.ring:
        return ()
    return (Entry(groups.ringed, MOVED, symbol="circle-open", note=str(len(groups.ring))),)


def _alt(groups: Groups, boundaries: Sequence[Boundary], backdrop: Backdrop | None) -> str:
    counts = np.bincount(groups.kinds, minlength=len(groups.names))
    told = ", ".join(f"{count} {name}" for count, name in zip(counts, groups.names, strict=True))
    lines = "; ".join(
        f"{one.name}: {' '.join(number(value) for value in one.theta)}" for one in boundaries
    )
    shade = f" The background shows {backdrop.words}." if backdrop else ""
    return (
        f"Scatter plot of {len(groups.x)} points, {groups.labels[1]} against {groups.labels[0]}: "
        f"{told}.{shade} Weights and bias of each boundary: {lines}."
    )
