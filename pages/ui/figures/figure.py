"""The record of a picture: Plotly's data and layout, what can be grabbed in it, how it plays."""

import dataclasses
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True)
class PointsHandle:
    """The markers of one trace, each of which can be dragged.

    `nudge` is how far one press of an arrow key moves a point, along x and y; `flip` says that it
    can be put in another class; `along` names the only axis that points move along, if there is
    one.
    """

    id: str
    trace: int
    selected: int | None
    nudge: tuple[float, float]
    label: str = "Point"
    add: bool = True
    remove: bool = True
    flip: bool = False
    along: str = ""
    kind: str = dataclasses.field(default="points", init=False)


@dataclasses.dataclass(frozen=True)
class MarkerHandle:
    """A single place that can be dragged, or set by a tap anywhere when `place` is true.

    hull: the corners, in order, of the convex shape that it stays in, if there is one.
    """

    id: str
    trace: int
    x: float
    y: float
    nudge: tuple[float, float]
    label: str
    place: bool = True
    hull: tuple[tuple[float, float], ...] = ()
    kind: str = dataclasses.field(default="marker", init=False)


@dataclasses.dataclass(frozen=True)
class LineHandle:
    """A line across an axis ("x", "y2", ...) whose position is a number that can be dragged.

    `color` is that of what it belongs to; the accent colour where it belongs to nothing else.
    `logarithmic` says that it stands at the logarithm, to base ten, of the number that it shows.
    """

    id: str
    axis: str
    value: float
    low: float
    high: float
    step: float
    symbol: str
    label: str
    color: str = ""
    logarithmic: bool = False
    kind: str = dataclasses.field(default="line", init=False)


@dataclasses.dataclass(frozen=True)
class Entry:
    """One line of a legend: a name, how it is drawn, and a number that goes with it."""

    name: str
    color: str
    dash: str = ""
    symbol: str = ""
    note: str = ""


Handle = PointsHandle | MarkerHandle | LineHandle


@dataclasses.dataclass(frozen=True)
class Frame:
    """What one trace shows at each step of a path of parameters, shape (steps + 1, 2).

    kind "head": the path up to the step, `x` and `y` being its columns; "here": the step alone.
    kind "line": the line slope·(x - origin) + intercept over the ends `x`.
    kind "segments" or "squares": from each marker of the trace `points` to that line.
    kind "row": the row of the step of `x` and `y`, shape (steps + 1, m).
    """

    trace: int
    kind: str
    x: np.ndarray | None = None
    y: np.ndarray | None = None
    path: np.ndarray | None = None
    origin: float = 0.0
    points: int | None = None


@dataclasses.dataclass(frozen=True)
class Play:
    """How a picture takes part in the playing of a path shared by a group of pictures."""

    group: str
    steps: int
    frames: tuple[Frame, ...]
    controls: bool = False


@dataclasses.dataclass(frozen=True)
class Readout:
    """How to read a cost off heights from 0 to 1: low + spread·((1 + depth)^z - 1)/depth.

    Without depth it is low + spread·z.
    """

    trace: int
    labels: tuple[str, str, str]
    low: float
    spread: float
    depth: float


@dataclasses.dataclass(frozen=True)
class Shares:
    """How to tell the share of each name at the pointer: the rows times (x, y, 1), or its softmax.

    Where one of them is below 0 nothing is told.
    """

    names: tuple[str, ...]
    rows: tuple[tuple[float, ...], ...]
    softmax: bool


@dataclasses.dataclass(frozen=True)
class Bar:
    """The scale beside a landscape: costs at equal distances, the colours from low to high."""

    labels: tuple[str, ...]
    colors: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Figure:
    """One picture: `data` and `layout` as Plotly has them, arrays left as NumPy arrays."""

    data: list[dict[str, Any]]
    layout: dict[str, Any]
    title: str
    alt: str
    height: int
    handles: tuple[Handle, ...] = ()
    play: Play | None = None
    readout: Readout | Shares | None = None
    legend: tuple[Entry, ...] = ()
    bar: Bar | None = None
    width: int = 12


@dataclasses.dataclass(frozen=True)
class Note:
    """Words that change along with the pictures beside them; **two stars** make them bold.

    `width` counts twelfths of the board, as a figure's does; on a narrow one all are stacked.
    """

    lines: tuple[str, ...]
    width: int = 12
