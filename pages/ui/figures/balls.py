"""Two coefficients seen from above: the penalty's ball in the loss, and a race down their sum."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from core.landscape import Landscape
from core.losses.base import Array
from core.optimizers import Trajectory
from pages.ui.figures.figure import Entry, Figure, Frame, MarkerHandle, Play
from pages.ui.figures.landscape import START, Scene, landscape_figure
from pages.ui.figures.parts import number
from pages.ui.theme import CASING, MOVED, ON_SURFACE, Look

FREE = Look("#f2f2f2", "dot", "x")
PROXIMAL = Look("#d3502f", "solid", "circle")
SUBGRADIENT = Look("#2b7fd4", "dash", "diamond")
_HALO = "rgba(255, 255, 255, 0.85)"


@dataclasses.dataclass(frozen=True, eq=False)
class Told:
    """What is drawn over two coefficients, in words and numbers.

    look: of the penalty. edge: the outline of its ball, in the order it is walked. way: all optima,
    from the free one to 0. grip: where the edge is held. many: whether the optimum is one of many.

    Shape: edge and way (n, 2), best, free and grip (2,).
    """

    landscape: Landscape
    labels: tuple[str, str]
    penalty: str
    look: Look
    edge: Array
    way: Array
    best: Array
    free: Array
    grip: Array
    radius: float
    strength: float
    many: bool = False


def ball_figure(told: Told, ids: tuple[str, str], keep: str) -> Figure:
    """Return the loss from above with the ball, whose edge can be dragged, and both optima."""
    figure = _seen(
        told.landscape, (*told.labels, "loss"), "The loss and the ball: drag its edge", keep
    )
    base, way = len(figure.data), _columns(told.way)
    traces = [
        {**_stroke(_columns(told.edge), told.look.color, 2.5), "fill": "toself",
         "fillcolor": "rgba(255, 255, 255, 0.28)"},
        _stroke(way, CASING, 4.5),
        _stroke(way, ON_SURFACE, 2, dash="dot"),
        _dots(told.free[None], FREE, 12),
        _dots(told.best[None], told.look, 14),
        _dots(told.grip[None], Look(MOVED, "solid", "circle"), 15),
    ]  # fmt: skip
    low, high = float(told.landscape.x[0]), float(told.landscape.x[-1])
    nudge = ((high - low) / 200,) * 2
    handles = (
        MarkerHandle(ids[0], base + 5, *_xy(told.grip), nudge, "Edge of the ball", place=False),
        MarkerHandle(ids[1], base + 3, *_xy(told.free), nudge, "Optimum without penalty",
                     place=False),
    )  # fmt: skip
    return dataclasses.replace(
        figure,
        data=[*figure.data, *traces],
        alt=f"Level lines of the loss over {told.labels[0]} and {told.labels[1]}, with the ball of "
        f"{told.penalty} of radius {number(told.radius)}. Lowest without a penalty at "
        f"{_place(told.free)}; within the ball at {_place(told.best)}, where λ is "
        f"{number(told.strength)}.",
        handles=handles,
        legend=(
            Entry("ball", told.look.color, "solid", note=f"t = {number(told.radius)}"),
            Entry(
                "one optimum of many in it" if told.many else "optimum in it",
                told.look.color,
                symbol=told.look.symbol,
            ),
            Entry("optimum without penalty", "currentColor", symbol=FREE.symbol),
            Entry("its way as λ grows", "currentColor", "dot"),
        ),
    )


def race_figure(
    told: Told, paths: Sequence[Trajectory], names: tuple[str, str], keep: str
) -> Figure:
    """Return the loss with its penalty from above, and two paths from one start down to it."""
    labels = (*told.labels, "loss + λ · penalty")
    figure = _seen(told.landscape, labels, "Loss + λ · penalty: drag the start", keep)
    traces: list[dict[str, object]] = []
    frames = []
    base, steps = len(figure.data), max(len(one.points) for one in paths) - 1
    looks = (PROXIMAL, SUBGRADIENT)
    for one, look in zip(paths, looks, strict=True):
        points = padded_to(one.points, steps)
        columns = _columns(points)
        for color, width in ((_HALO, 5.0), (look.color, 2.5)):
            frames.append(Frame(base + len(traces), "head", *columns))
            traces.append(_stroke(columns, color, width, look.dash if color != _HALO else "solid"))
    best = base + len(traces)
    traces.append(_dots(told.best[None], told.look, 14))
    for k, (one, look) in enumerate(zip(paths, looks, strict=True)):
        frames.append(Frame(best + 1 + k, "here", frames[2 * k].x, frames[2 * k].y))
        traces.append(_dots(one.points[-1:], look, 10))
    start = paths[0].points[0]
    ring = {"symbol": "circle-dot", "size": 15, "color": "rgba(0,0,0,0)",
            "line": {"color": ON_SURFACE, "width": 2.5}}  # fmt: skip
    traces.append({**_dots(start[None], PROXIMAL, 15), "marker": ring})
    low, high = float(told.landscape.x[0]), float(told.landscape.x[-1])
    handle = MarkerHandle(
        START, base + len(traces) - 1, *_xy(start), ((high - low) / 100,) * 2, "Start of the race"
    )
    ends = "; ".join(
        f"{name} takes {len(one.points) - 1} steps and ends at {_place(one.points[-1])}"
        for name, one in zip(names, paths, strict=True)
    )
    return dataclasses.replace(
        figure,
        data=[*figure.data, *traces],
        alt=f"Landscape of the loss plus {number(told.strength)} times the penalty, lowest at "
        f"{_place(told.best)}. {ends}.",
        handles=(handle,),
        play=Play("race", steps, tuple(frames), controls=True),
        legend=(
            *(Entry(name, look.color, look.dash, look.symbol)
              for name, look in zip(names, looks, strict=True)),
            Entry("one optimum of many" if told.many else "optimum", told.look.color,
                  symbol=told.look.symbol),
        ),
    )  # fmt: skip


def padded_to(rows: Array, steps: int) -> Array:
    """Return rows for so many steps: a path that ends early stays where it ended."""
    missing = steps + 1 - len(rows)
    return np.concatenate([rows, np.repeat(rows[-1:], missing, axis=0)]) if missing else rows


def _seen(landscape: Landscape, labels: tuple[str, str, str], title: str, keep: str) -> Figure:
    """Return the landscape from above, one unit of either coefficient being as long."""
    nothing = np.zeros((0, 2))
    scene = Scene(landscape, nothing, np.zeros(0), (), labels, title, title=title)
    figure = landscape_figure(scene, keep)
    square = {"constrain": "domain"}
    layout = {
        **figure.layout,
        "xaxis": {**figure.layout["xaxis"], **square},
        "yaxis": {**figure.layout["yaxis"], **square, "scaleanchor": "x"},
    }
    return dataclasses.replace(figure, layout=layout)


def _columns(points: Array) -> tuple[Array, Array]:
    return np.ascontiguousarray(points[:, 0]), np.ascontiguousarray(points[:, 1])


def _stroke(
    columns: tuple[Array, Array], color: str, width: float, dash: str = "solid"
) -> dict[str, object]:
    x, y = columns  # the same arrays wherever they are drawn: they travel once
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "hoverinfo": "skip",
            "line": {"color": color, "width": width, "dash": dash}}  # fmt: skip


def _dots(points: Array, look: Look, size: int) -> dict[str, object]:
    x, y = _columns(points)
    return {"type": "scatter", "mode": "markers", "x": x, "y": y, "hoverinfo": "skip",
            "cliponaxis": False,
            "marker": {"symbol": look.symbol, "size": size, "color": look.color,
                       "line": {"color": ON_SURFACE if look is not FREE else CASING,
                                "width": 1.8}}}  # fmt: skip


def _xy(point: Array) -> tuple[float, float]:
    return float(point[0]), float(point[1])


def _place(point: Array) -> str:
    return ", ".join(number(float(value)) for value in point)
