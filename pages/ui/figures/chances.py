"""Beliefs about one number: curves over it with their estimates, and how those walk."""

import dataclasses
from typing import Any

import numpy as np

from core.losses.base import Array
from pages.ui.figures.figure import Entry, Figure, LineHandle, MarkerHandle
from pages.ui.figures.parts import axis, escaped, layout, number
from pages.ui.theme import Look

HEIGHT = 340

Span = tuple[float, float]


@dataclasses.dataclass(frozen=True, eq=False)
class Chances:
    """Curves over one number: each with its name, its look and its heights, and marks on the axis.

    A mark may be at infinity. span: what the axis shows, if not just where the curves are.

    Shape: x (m,), each height (m,).
    """

    title: str
    over: str
    height: str
    x: Array
    curves: tuple[tuple[str, Look, Array], ...]
    marks: tuple[tuple[str, Look, float], ...]
    top: Span
    handles: tuple[LineHandle | MarkerHandle, ...] = ()
    width: int = 6
    span: Span | None = None

    @property
    def shown(self) -> Span:
        """What the axis shows."""
        return self.span or (float(self.x[0]), float(self.x[-1]))


def chance_figure(told: Chances, keep: str) -> Figure:
    """Return curves over one number, and estimates as upright lines."""
    lines = [
        {"type": "scatter", "mode": "lines", "x": told.x, "y": _drawable(y, told.top),
         "name": escaped(name), "line": {"color": look.color, "dash": look.dash, "width": 2.5},
         "hovertemplate": f"{escaped(name)}: %{{y:.3g}} at %{{x:.3g}}<extra></extra>"}
        for name, look, y in told.curves
    ]  # fmt: skip
    marks = [one for mark in told.marks if np.isfinite(mark[2])
             for one in _upright(*mark, told.top)]  # fmt: skip
    named = "; ".join(f"{name} at {_place(at, told.shown)}" for name, _, at in told.marks)
    return Figure(
        data=[*lines, *marks],
        layout=layout(
            axis(told.over, told.shown), axis(told.height, told.top), keep,
        ),
        title=told.title,
        alt=f"{told.title}. {', '.join(name for name, *_ in told.curves)} over {told.over}. "
        f"{named or 'No estimate'}.",
        height=HEIGHT,
        width=told.width,
        handles=told.handles,
        legend=(
            *(Entry(name, look.color, look.dash) for name, look, _ in told.curves),
            *(Entry(name, look.color, symbol=look.symbol, note=_place(at, told.shown))
              for name, look, at in told.marks),
        ),
    )  # fmt: skip


def _place(at: float, shown: Span) -> str:
    """Say where an estimate is, and whether the picture ends before it."""
    inside = shown[0] <= at <= shown[1]
    return number(at) if inside else f"{number(at)}, beyond the picture"


def _drawable(y: Array, top: Span) -> Array:
    """Return heights that a picture can hold: what is infinite leaves it upwards."""
    return np.clip(y, top[0] - 10 * (top[1] - top[0]), top[1] + 10 * (top[1] - top[0]))


def _upright(name: str, look: Look, at: float, top: Span) -> list[dict[str, Any]]:
    """Return a line across the picture with the mark of an estimate at its foot."""
    foot = top[0] + 0.04 * (top[1] - top[0])
    base = {"type": "scatter", "name": escaped(name)}
    return [
        {**base, "mode": "lines", "x": np.array([at, at]), "y": np.array([foot, top[1]]),
         "line": {"color": look.color, "width": 1.4, "dash": look.dash}, "hoverinfo": "skip"},
        {**base, "mode": "markers", "x": np.array([at]), "y": np.array([foot]),
         "marker": {"symbol": look.symbol, "size": 11, "color": look.color,
                    "line": {"width": 1, "color": "white"}},
         "hovertemplate": f"{escaped(name)} at %{{x:.4g}}<extra></extra>"},
    ]  # fmt: skip


@dataclasses.dataclass(frozen=True, eq=False)
class Steps:
    """Estimates against how much has arrived, of which the first part is shown.

    Shape: count (m,), each path (m,) with NaN gaps.
    """

    title: str
    over: str
    height: str
    count: Array
    paths: tuple[tuple[str, Look, Array], ...]
    span: Span
    now: int
    shown: float
    width: int = 6


def steps_walk_figure(told: Steps, keep: str) -> Figure:
    """Return how estimates walk, with a line to drag at how much has arrived."""
    lines = [
        {"type": "scatter", "mode": "lines", "x": told.count, "y": path, "name": escaped(name),
         "line": {"color": look.color, "dash": look.dash, "width": 2.2},
         "hovertemplate": f"{escaped(name)}: %{{y:.3g}} after %{{x:d}}<extra></extra>"}
        for name, look, path in told.paths
    ]  # fmt: skip
    far = max(told.shown, float(told.now))
    handle = LineHandle(
        "count", "x", float(told.now), 1.0, far, 1.0, "n", "how much has arrived"
    )  # fmt: skip
    ends = "; ".join(
        f"{name} {number(float(path[min(told.now, len(path) - 1)]))}"
        for name, _, path in told.paths
        if np.isfinite(path[min(told.now, len(path) - 1)])
    )
    return Figure(
        data=lines,
        layout=layout(axis(told.over, (0.0, told.shown)), axis(told.height, told.span), keep),
        title=told.title,
        alt=f"{told.title}. After {told.now}: {ends or 'none'}.",
        height=HEIGHT,
        width=told.width,
        handles=(handle,),
        legend=tuple(Entry(name, look.color, look.dash) for name, look, _ in told.paths),
    )
