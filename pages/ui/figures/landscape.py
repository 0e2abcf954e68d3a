"""The landscape of a cost over two parameters: seen from above, or as a surface."""

import dataclasses
from typing import Any

import numpy as np

from core.landscape import Landscape
from core.losses.base import Array
from pages.ui.figures.figure import Bar, Entry, Figure, Frame, MarkerHandle, Play, Readout
from pages.ui.figures.parts import axis, escaped, layout, low, number
from pages.ui.theme import CASING, LEVEL, ON_SURFACE, SEQUENTIAL, STAGE_HEIGHT, Look

START = "start"
BEST, ON_THE_WAY, BESIDE = "best", "on the way:", "beside this slice:"
_LEVELS = 12
_STEPS = {"start": 0.5 / _LEVELS, "end": 1 - 0.5 / _LEVELS, "size": 1 / _LEVELS}
_DEPTH = 1000.0  # geometric levels resolve a thousandth of the height shown
_SCALE = [[i / (len(SEQUENTIAL) - 1), color] for i, color in enumerate(SEQUENTIAL)]
_TICKS = [0.0, 0.25, 0.5, 0.75, 1.0]


@dataclasses.dataclass(frozen=True)
class Mark:
    """A place as it is drawn: whose it is, what it is called, and whether another lies lower."""

    name: str
    look: Look
    theta: Array
    local: bool = False
    called: str = BEST


@dataclasses.dataclass(frozen=True)
class Scene:
    """A landscape with what lies on it.

    path: of a descent, from a start that can be dragged; without points there is neither. start:
    the name of that handle, where a page has several. group: what plays in step.
    """

    landscape: Landscape
    path: Array
    values: Array
    marks: tuple[Mark, ...]
    labels: tuple[str, str, str]
    loss: str
    geometric: bool = True
    start: str = START
    group: str = "path"
    title: str = ""
    width: int = 6
    controls: bool = True


@dataclasses.dataclass(frozen=True)
class Heights:
    """Costs as heights from 0 to 1: log(1 + depth·u)/log(1 + depth) of u = (cost - low)/spread.

    Without depth the height is u itself.
    """

    low: float
    spread: float
    depth: float

    @classmethod
    def of(cls, z: Array, geometric: bool) -> "Heights":
        """Choose the scale for a landscape, whose costs may be infinite in places."""
        finite = z[np.isfinite(z)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
        spread = high - low if high > low else max(abs(low), 1.0)
        return cls(low, spread, _DEPTH if geometric else 0.0)

    def of_cost(self, cost: Array) -> Array:
        """Return heights for costs of any shape; what lies outside the scale lies at its ends."""
        share = np.clip((cost - self.low) / self.spread, 0.0, 1.0)
        return np.log1p(self.depth * share) / np.log1p(self.depth) if self.depth else share

    def cost(self, height: Array) -> Array:
        """Return the costs of heights."""
        share = np.expm1(height * np.log1p(self.depth)) / self.depth if self.depth else height
        return self.low + self.spread * share

    def labels(self) -> tuple[str, ...]:
        """Return the costs at five equally spaced heights, with digits to tell them apart."""
        costs = [float(cost) for cost in self.cost(np.linspace(0, 1, 5))]
        for digits in (2, 3, 4, 5):
            told = tuple(number(cost, digits) for cost in costs)
            if len(set(told)) == len(told):
                break
        return told


def landscape_figure(scene: Scene, keep: str) -> Figure:
    """Return the landscape from above: heat, levels, path, minima, and a start to drag."""
    grid = scene.landscape
    heights = Heights.of(grid.z, scene.geometric)
    where = {"x": grid.x, "y": grid.y, "z": heights.of_cost(grid.z)}
    traces = [heat(where), levels(where)]
    walk = _walk(scene, len(traces)) if len(scene.path) else _Walk()
    traces += [*walk.below, *(_mark(mark) for mark in scene.marks), *walk.above]
    x_axis = axis(scene.labels[0], (grid.x[0], grid.x[-1]), zeroline=False, showgrid=False)
    y_axis = axis(scene.labels[1], (grid.y[0], grid.y[-1]), zeroline=False, showgrid=False)
    return Figure(
        data=traces,
        layout=layout(x_axis, y_axis, keep, margin={"l": 56, "r": 58, "t": 8, "b": 44}),
        title=scene.title or f"Landscape of {low(scene.loss)}",
        alt=_alt(scene),
        height=STAGE_HEIGHT,
        width=scene.width,
        handles=walk.handles,
        play=walk.play,
        readout=Readout(0, scene.labels, heights.low, heights.spread, heights.depth),
        bar=Bar(heights.labels(), SEQUENTIAL),
        legend=_legend(scene),
    )


@dataclasses.dataclass(frozen=True)
class _Walk:
    """A path as it is drawn: below the marks and above them, its handle, and how it plays."""

    below: tuple[dict[str, Any], ...] = ()
    above: tuple[dict[str, Any], ...] = ()
    handles: tuple[MarkerHandle, ...] = ()
    play: Play | None = None


def _walk(scene: Scene, first: int) -> _Walk:
    """Return the path as it is drawn from that trace on."""
    grid, path = scene.landscape, scene.path
    columns = np.ascontiguousarray(path[:, 0]), np.ascontiguousarray(path[:, 1])
    below = tuple(_trail(columns))
    here = first + len(below) + len(scene.marks)
    frames = tuple(Frame(first + k, "head", *columns) for k in range(len(below)))
    frames += (Frame(here, "here", *columns),)
    steps = ((grid.x[-1] - grid.x[0]) / 100, (grid.y[-1] - grid.y[0]) / 100)
    start = MarkerHandle(
        scene.start, here + 1, float(path[0, 0]), float(path[0, 1]), steps, "Start of the path"
    )
    play = Play(scene.group, len(path) - 1, frames, controls=scene.controls)
    return _Walk(below, (_here(path[-1]), _start(path[0])), (start,), play)


def surface_figure(scene: Scene, keep: str) -> Figure:
    """Return the landscape as a surface that can be turned."""
    grid, path = scene.landscape, scene.path
    heights = Heights.of(grid.z, scene.geometric)
    surface = {
        "type": "surface",
        "x": grid.x,
        "y": grid.y,
        "z": heights.of_cost(grid.z),
        "colorscale": _SCALE,
        "showscale": False,
        "opacity": 0.94,
        "hoverinfo": "skip",
        "contours": {"z": {"show": True, "color": LEVEL, "width": 1, **_STEPS}},
    }
    lift = 0.01
    above = heights.of_cost(scene.values) + lift
    trail = _deep(path, above, "lines", line={"color": ON_SURFACE, "width": 6})
    start = _deep(path[:1], above[:1], "markers", marker={"color": ON_SURFACE, "size": 4})
    play = Play(scene.group, len(path) - 1, (), controls=scene.controls) if len(path) else None
    marks = [_deep_mark(mark, heights, grid, lift) for mark in scene.marks]
    deep = {
        "xaxis": {"title": {"text": escaped(scene.labels[0])}, "nticks": 6},
        "yaxis": {"title": {"text": escaped(scene.labels[1])}, "nticks": 6},
        "zaxis": {
            "title": {"text": scene.labels[2]},
            "tickvals": _TICKS,
            "ticktext": list(heights.labels()),
        },
        # Far enough, and a little to the left and below, so that no axis title leaves a phone.
        "camera": {
            "eye": {"x": 1.89, "y": -2.01, "z": 1.43},
            "center": {"x": -0.06, "y": -0.06, "z": -0.12},
        },
        "aspectratio": {"x": 1.1, "y": 1.1, "z": 0.85},
        "uirevision": keep,
    }
    return Figure(
        data=[surface, trail, start, *marks],
        layout={"scene": deep, "margin": {"l": 0, "r": 0, "t": 0, "b": 0}, "showlegend": False,
                "uirevision": keep},
        title=scene.title or f"Landscape of {low(scene.loss)}",
        alt=_alt(scene),
        height=STAGE_HEIGHT,
        width=scene.width,
        play=play,
        legend=_legend(scene),
    )  # fmt: skip


def heat(where: dict[str, Array]) -> dict[str, Any]:
    return {
        "type": "heatmap",
        **where,
        "zsmooth": "fast",
        "zmin": 0,
        "zmax": 1,
        "colorscale": _SCALE,
        "showscale": False,
        "hoverinfo": "skip",
    }


def levels(where: dict[str, Array]) -> dict[str, Any]:
    return {
        "type": "contour",
        **where,
        "autocontour": False,
        "contours": {"coloring": "none", **_STEPS},
        "line": {"smoothing": 0, "color": LEVEL, "width": 1},
        "showscale": False,
        "hoverinfo": "skip",
    }


def _trail(columns: tuple[Array, Array]) -> list[dict[str, Any]]:
    base = {"type": "scatter", "mode": "lines", "x": columns[0], "y": columns[1]}
    base["hoverinfo"] = "skip"
    return [
        {**base, "line": {"color": CASING, "width": 5}},
        {**base, "line": {"color": ON_SURFACE, "width": 2.5}},
    ]


def _mark(mark: Mark) -> dict[str, Any]:
    symbol = f"{mark.look.symbol}-open" if mark.local else mark.look.symbol
    return {
        "type": "scatter",
        "mode": "markers",
        "x": np.array([mark.theta[0]]),
        "y": np.array([mark.theta[1]]),
        "name": escaped(mark.name),
        "marker": {
            "symbol": symbol,
            "size": 9 if mark.local else 12,
            "color": mark.look.color,
            "line": {"color": ON_SURFACE, "width": 1.8},
        },
        "hovertemplate": f"{escaped(mark.name)}<br>%{{x:.4g}}, %{{y:.4g}}<extra></extra>",
    }


def _here(point: Array) -> dict[str, Any]:
    return _dot(point, {"symbol": "circle", "size": 9, "color": ON_SURFACE,
                        "line": {"color": CASING, "width": 2}})  # fmt: skip


def _start(point: Array) -> dict[str, Any]:
    return _dot(point, {"symbol": "circle-dot", "size": 15, "color": "rgba(0,0,0,0)",
                        "line": {"color": ON_SURFACE, "width": 2.5}})  # fmt: skip


def _dot(point: Array, marker: dict[str, Any]) -> dict[str, Any]:
    x, y = np.array([point[0]]), np.array([point[1]])
    base = {"type": "scatter", "mode": "markers", "x": x, "y": y, "hoverinfo": "skip"}
    return {**base, "marker": marker, "cliponaxis": False}


def _deep(path: Array, z: Array, mode: str, **more: Any) -> dict[str, Any]:
    x, y = np.ascontiguousarray(path[:, 0]), np.ascontiguousarray(path[:, 1])
    return {"type": "scatter3d", "mode": mode, "x": x, "y": y, "z": z, "hoverinfo": "skip", **more}


def _deep_mark(mark: Mark, heights: Heights, grid: Landscape, lift: float) -> dict[str, Any]:
    column = int(np.abs(grid.x - mark.theta[0]).argmin())
    row = int(np.abs(grid.y - mark.theta[1]).argmin())
    z = heights.of_cost(np.array([grid.z[row, column]])) + lift
    marker = {"size": 5, "color": mark.look.color, "line": {"color": ON_SURFACE, "width": 1}}
    return {**_deep(mark.theta[None, :], z, "markers", marker=marker), "name": escaped(mark.name)}


def _legend(scene: Scene) -> tuple[Entry, ...]:
    best = [mark for mark in scene.marks if not mark.local]
    return tuple(
        Entry(
            f"{mark.called} {low(mark.name)}",
            mark.look.color,
            symbol=mark.look.symbol,
        )
        for mark in best
    )


def _alt(scene: Scene) -> str:
    way = ""
    if len(scene.path):
        ends = ", ".join(number(value) for value in scene.path[-1])
        way = f"The path takes {len(scene.path) - 1} steps and ends at {ends}. "
    marks = "; ".join(
        f"{f'{mark.called} {mark.name}'.strip()} at {', '.join(map(number, mark.theta))}"
        for mark in scene.marks
    )
    return (
        f"Landscape of the {scene.labels[2]} for {scene.loss} over {scene.labels[0]} and "
        f"{scene.labels[1]}. {way}Marked: {marks or 'nothing'}."
    )
