"""Likelihood, prior and posterior: data with fits, densities that turn into losses, landscapes."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from core.landscape import Grid
from core.losses.base import Array
from core.mle_map.posterior import turned, turned_range
from pages.ui.figures.figure import (
    Bar,
    Entry,
    Figure,
    LineHandle,
    PointsHandle,
    Readout,
)
from pages.ui.figures.landscape import Heights, heat, levels
from pages.ui.figures.parts import axis, escaped, layout, number
from pages.ui.figures.scatter import POINTS
from pages.ui.theme import MOVED, ON_SURFACE, POINT, SEQUENTIAL, Look

HEIGHT = 340
MLE, MAP, MODE = (
    Look("#2b7fd4", "dash", "circle"),
    Look("#c43c86", "solid", "square"),
    Look("#b07a0c", "dot", "diamond"),
)
MLE_NAME, MAP_NAME, MODE_NAME = "MLE", "MAP", "prior's peak"
_UNSEEN = "rgba(138, 143, 152, 0.28)"
_BAND = "rgba(196, 60, 134, 0.12)"
_AROUND = "rgba(255, 255, 255, 0.85)"  # of a path, so that it stands out in the valley too
ARRIVED = Look(POINT, "solid", "circle")
_CURVE = 241

Span = tuple[float, float]


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A pair of parameters as it is drawn: its name, its look, and where it is."""

    name: str
    look: Look
    theta: Array


@dataclasses.dataclass(frozen=True, eq=False)
class Arrived:
    """Points in the order of their arrival, and what is drawn of them.

    known: how many have arrived. along: the only axis that points move along, if there is one.
    band: how far the noise spreads around the last of the fits; 0 for none.
    """

    x: Array
    y: Array
    known: int
    labels: tuple[str, str]
    span: tuple[Span, Span]
    moved: tuple[int, ...] = ()
    selected: int | None = None
    along: str = ""
    band: float = 0.0


def arrived_figure(
    data: Arrived,
    fits: list[Estimate],
    curve: Callable[[Array, Array], Array],
    names: tuple[str, str],
    keep: str,
) -> Figure:
    """Return the points with each fit; curve: the height of a fit's parameters at x."""
    (low, high), (bottom, top) = data.span
    x = np.linspace(low, high, 2 if not data.along else 81)
    lines = [_line(fit, x, curve(fit.theta, x)) for fit in fits]
    traces = [_band(data, fits, curve, x), _points(data), *lines]
    handle = PointsHandle(
        POINTS, 1, data.selected, ((high - low) / 200, (top - bottom) / 200),
        add=False, remove=False, along=data.along,
    )  # fmt: skip
    told = "; ".join(f"{fit.name}: {_pair(fit.theta, names)}" for fit in fits)
    return Figure(
        data=traces,
        layout=layout(axis(data.labels[0], data.span[0]), axis(data.labels[1], data.span[1]), keep),
        title=f"Data: {data.known} of {len(data.x)} have arrived"
        + ("" if fits else "; no single fit"),
        alt=f"{data.known} of {len(data.x)} points, {data.labels[1]} against {data.labels[0]}. "
        f"{told or 'No single fit is likeliest, so none is drawn'}.",
        height=HEIGHT,
        width=4,
        handles=(handle,),
        legend=tuple(Entry(fit.name, fit.look.color, fit.look.dash) for fit in fits),
    )


def _pair(theta: Array, names: tuple[str, str]) -> str:
    return f"{names[0]} {number(theta[0])}, {names[1]} {number(theta[1])}"


def _line(fit: Estimate, x: Array, y: Array) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines", "x": x, "y": y, "name": escaped(fit.name),
        "line": {"color": fit.look.color, "dash": fit.look.dash, "width": 2.5},
        "hoverinfo": "skip",
    }  # fmt: skip


def _band(
    data: Arrived, fits: list[Estimate], curve: Callable[[Array, Array], Array], x: Array
) -> dict[str, Any]:
    """Return the spread of the noise around the last fit; without one, around nothing."""
    x = x if fits else x[:0]
    y = curve(fits[-1].theta, x) if fits else x
    around = np.concatenate([y + data.band, y[::-1] - data.band])
    return {
        "type": "scatter", "mode": "lines", "x": np.concatenate([x, x[::-1]]), "y": around,
        "fill": "toself", "fillcolor": _BAND if data.band else "rgba(0,0,0,0)",
        "line": {"width": 0}, "hoverinfo": "skip",
    }  # fmt: skip


def _points(data: Arrived) -> dict[str, Any]:
    known = np.arange(len(data.x)) < data.known
    moved = np.isin(np.arange(len(data.x)), data.moved)
    shown = np.where(moved, MOVED, POINT)
    colors = np.where(known, shown, _UNSEEN).tolist()
    return {
        "type": "scatter", "mode": "markers", "x": data.x, "y": data.y,
        "marker": {"size": 11, "color": colors,
                   "line": {"width": known.astype(int).tolist(), "color": "white"}},
        "hovertemplate": "%{x:.4g}, %{y:.4g}<extra></extra>",
    }  # fmt: skip


# From a density to its negative logarithm --------------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class Turning:
    """A density on its way to its negative logarithm.

    surprise: -log p of numbers. share: how far it has turned. heights: the surprises that the frame
    was chosen for. constant: the least of the surprises, which is marked at its height; None where
    every height is as good. at: numbers to mark on the curve, with their names and looks. what:
    what p is called.
    """

    title: str
    over: str
    symbol: str
    surprise: Callable[[Array], Array]
    share: float
    span: Span
    heights: Span
    constant: float | None
    at: tuple[tuple[str, Look, Array], ...]
    handles: tuple[LineHandle, ...]
    color: str
    alt: str
    what: str = "density"


def turn_figure(told: Turning, keep: str) -> Figure:
    """Return the curve between p and -log p, and where the data or the parameters lie on it."""
    x = np.linspace(*told.span, _CURVE)
    y = turned(told.surprise(x), told.share)
    low, high = turned_range(*told.heights, told.share)
    room = max(high - low, 1e-9)
    traces = [
        {"type": "scatter", "mode": "lines", "x": x, "y": y,
         "line": {"color": told.color, "width": 2.5},
         "hovertemplate": "%{y:.3g} at %{x:.3g}<extra></extra>"}
    ]  # fmt: skip
    traces += _level(told)
    legend, beyond = [], []
    for name, look, places in told.at:
        inside = places[(places >= told.span[0]) & (places <= told.span[1])]
        traces.append(_on_curve(name, look, inside, turned(told.surprise(inside), told.share)))
        note = _beyond(len(places) - len(inside), len(places))
        legend.append(Entry(name, look.color, symbol=look.symbol, note=note))
        beyond += [f" {name}: {note}."] if note else []
    if told.constant is not None:
        height = float(turned(told.constant, told.share))
        legend.append(Entry(_level_name(told), told.color, "dot", note=number(height)))
    return Figure(
        data=traces,
        layout=layout(
            axis(told.over, told.span),
            axis(_height_name(told.symbol, told.share), (low - 0.15 * room, high + 0.08 * room)),
            keep,
        ),
        title=told.title,
        alt=told.alt + "".join(beyond),
        height=HEIGHT,
        width=4,
        handles=told.handles,
        legend=tuple(legend),
    )


def _beyond(count: int, of: int) -> str:
    """Say how many of the marks lie beyond the picture; nothing if none does."""
    return f"{count} of {of} beyond the picture" if count else ""


def _level(told: Turning) -> list[dict[str, Any]]:
    """Return the height of the constant: of what even the likeliest number is charged."""
    if told.constant is None:
        return []
    return [{
        "type": "scatter", "mode": "lines", "x": np.array([told.span[0], 0.0]),
        "y": np.full(2, float(turned(told.constant, told.share))),
        "line": {"color": told.color, "dash": "dot", "width": 1.2}, "hoverinfo": "skip",
    }]  # fmt: skip


def _level_name(told: Turning) -> str:
    """Return what the level is at this turn: of the likeliest number."""
    if told.share == 1.0:
        return "constant"
    return f"greatest {told.what}" if told.share == 0.0 else "there the likeliest"


def _on_curve(name: str, look: Look, x: Array, y: Array) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "markers", "x": x, "y": y, "name": escaped(name),
        "marker": {"symbol": look.symbol, "size": 9, "color": look.color,
                   "line": {"width": 1, "color": "white"}},
        "hovertemplate": f"{escaped(name)}<br>%{{y:.3g}} at %{{x:.3g}}<extra></extra>",
    }  # fmt: skip


def _height_name(symbol: str, share: float) -> str:
    if share == 0.0:
        return f"p({symbol})"
    surprise = f"−log p({symbol})"
    return surprise if share == 1.0 else f"(1 − t) · p({symbol}) + t · ({surprise})"


# Landscapes --------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class BeliefScene:
    """One of the three landscapes: -log of a belief over two parameters.

    density: whether exp(-z) is drawn instead, its largest value on the grid taken as 1.
    walks: paths of estimates, each with its look.
    """

    title: str
    grid: Grid
    z: Array
    labels: tuple[str, str]
    marks: tuple[Estimate, ...]
    walks: tuple[tuple[str, Look, Array], ...]
    density: bool = False


def belief_figure(scene: BeliefScene, keep: str) -> Figure:
    """Return one landscape from above, with its estimates and how they walked."""
    grid, z = scene.grid, scene.z
    level = not scene.density and float(np.ptp(z)) == 0.0
    if scene.density:
        z = np.exp(z.min() - z)
    heights = Heights(0.0, 1.0, 0.0) if scene.density else Heights.of(z, geometric=True)
    where = {"x": grid.x, "y": grid.y, "z": heights.of_cost(z)}
    frame = np.array([[grid.x[0], grid.y[0]], [grid.x[-1], grid.y[-1]]])
    traces = [heat(where), levels(where)]
    for name, look, path in scene.walks:
        traces += _trail(name, look, path)
    traces += [_estimate(mark, frame) for mark in scene.marks]
    what = "density, its peak as 1" if scene.density else "negative logarithm"
    return Figure(
        data=traces,
        layout=layout(
            axis(scene.labels[0], tuple(frame[:, 0]), zeroline=False, showgrid=False),
            axis(scene.labels[1], tuple(frame[:, 1]), zeroline=False, showgrid=False),
            keep,
            margin={"l": 50, "r": 58, "t": 8, "b": 44},
        ),
        title=scene.title,
        alt=_alt(scene, what) + (f" It is level: {number(float(z[0, 0]))}." if level else ""),
        height=HEIGHT,
        width=4,
        readout=Readout(0, (*scene.labels, what), heights.low, heights.spread, heights.depth),
        bar=None if level else Bar(heights.labels(), SEQUENTIAL),
        legend=tuple(
            Entry(mark.name, mark.look.color, symbol=mark.look.symbol) for mark in scene.marks
        ),
    )


def within(theta: Array, frame: Array) -> bool:
    """Tell whether parameters lie within a frame, (2, 2): its lowest and its highest corner."""
    return bool((theta >= frame[0]).all() and (theta <= frame[1]).all())


def _estimate(mark: Estimate, frame: Array) -> dict[str, Any]:
    """Return a mark; one outside the frame is drawn hollow at the edge that it lies beyond."""
    inside = within(mark.theta, frame)
    at = np.clip(mark.theta, frame[0], frame[1])
    beyond = "" if inside else " lies beyond the picture, past"
    return {
        "type": "scatter", "mode": "markers", "x": at[:1], "y": at[1:],
        "name": escaped(mark.name), "cliponaxis": False,
        "marker": {
            "symbol": mark.look.symbol if inside else f"{mark.look.symbol}-open", "size": 12,
            "color": mark.look.color, "line": {"color": ON_SURFACE, "width": 1.8},
        },
        "hovertemplate": f"{escaped(mark.name)}{beyond}<br>%{{x:.4g}}, %{{y:.4g}}<extra></extra>",
    }  # fmt: skip


def _trail(name: str, look: Look, path: Array) -> list[dict[str, Any]]:
    """Return a path of estimates as points arrive."""
    base = {
        "type": "scatter", "mode": "lines", "x": np.ascontiguousarray(path[:, 0]),
        "y": np.ascontiguousarray(path[:, 1]), "hoverinfo": "skip",
        "name": escaped(f"walk of the {name}"),
    }  # fmt: skip
    dotted = {"mode": "lines+markers", "marker": {"size": 4, "color": look.color}}
    return [
        {**base, "line": {"color": _AROUND, "width": 4.5}},
        {**base, **dotted, "line": {"color": look.color, "width": 1.6}},
    ]


def _alt(scene: BeliefScene, what: str) -> str:
    marks = "; ".join(
        f"{mark.name} at {number(mark.theta[0])}, {number(mark.theta[1])}" for mark in scene.marks
    )
    return (
        f"{scene.title}: {what} over {scene.labels[0]} and {scene.labels[1]}. "
        f"{marks or 'No single pair of parameters is the likeliest'}."
    )
