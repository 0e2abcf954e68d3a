"""Two humps and the Gaussians fitted to them, over x."""

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from core.declare import parameters
from core.divergences.gaussian_fits import TwoHumps
from core.losses.base import Array
from pages.ui.figures.bars import TRUTH
from pages.ui.figures.figure import Entry, Figure, Frame, MarkerHandle, Play
from pages.ui.figures.parts import axis, layout, number
from pages.ui.theme import ON_SURFACE, STAGE_HEIGHT, Look

TOPS = ("hump-left", "hump-right")
_POINTS = 105
_EDGE = 6.5
_PLACES = 4  # decimals of a mean or spread: a thousandth of a pixel
_FARTHEST = parameters(TwoHumps)["separation"].high
_ROOT_TAU = math.sqrt(2.0 * math.pi)


@dataclasses.dataclass(frozen=True, eq=False)
class Fitted:
    """A Gaussian on its way: its name, how it is drawn, (μ, σ) at every step, (steps + 1, 2)."""

    name: str
    look: Look
    path: Array


def humps_figure(
    humps: TwoHumps, fitted: Sequence[Fitted], top: float, group: str, playing: bool
) -> Figure:
    """Return p as a filled curve, with each Gaussian above it at the step that the player shows.

    top: the height of the picture. playing: whether every step travels; while a hand moves, the
    last one is enough.
    """
    x = np.linspace(-_EDGE, _EDGE, _POINTS)
    ground = {"type": "scatter", "mode": "lines", "x": x, "hoverinfo": "skip"}
    traces = [
        _hill(x, humps.density(x)),
        *({**ground, "y": gaussian(x, one.path[-1:])[0],
           "line": {"color": one.look.color, "dash": one.look.dash, "width": 2.8}}
          for one in fitted),
    ]  # fmt: skip
    steps = max((len(one.path) for one in fitted), default=1) - 1
    across = np.broadcast_to(x, (steps + 1, len(x)))  # one array, so that it travels once
    frames = tuple(
        Frame(1 + i, "row", across, gaussian(x, lengthened(one.path, steps)))
        for i, one in enumerate(fitted if playing else ())
    )
    tops, first = [top_of(humps, name) for name in TOPS], len(traces)
    traces += [_dot(*place) for place in tops]
    ends = "; ".join(
        f"{one.name} ends at mean {placed(one.path[-1, 0])}, spread {placed(one.path[-1, 1])}"
        for one in fitted
    )
    return Figure(
        data=traces,
        layout=layout(
            axis("x", (-_EDGE, _EDGE)), axis("density", (0.0, top)), f"humps-{top}"
        ),
        title="Two humps and a Gaussian each way: drag a top",
        alt="Density of p with humps at "
        f"{number(humps.centres[0])} and {number(humps.centres[1])}; {ends}.",
        height=STAGE_HEIGHT,
        width=6,
        handles=tuple(
            MarkerHandle(name, first + i, *place, (0.05, 0.01), f"Top of the {side} hump",
                         place=False, hull=_room(humps, name))
            for i, (name, side, place) in enumerate(zip(TOPS, ("left", "right"), tops, strict=True))
        ),
        play=Play(group, steps, frames),
        legend=(
            Entry("p", TRUTH.color, "solid"),
            *(Entry(one.name, one.look.color, one.look.dash,
                    note=f"μ {placed(one.path[-1, 0])}, σ {placed(one.path[-1, 1])}")
              for one in fitted),
        ),
    )  # fmt: skip


def top_of(humps: TwoHumps, name: str) -> tuple[float, float]:
    """Return the place of the top of one hump by itself."""
    i = TOPS.index(name)
    return humps.centres[i], humps.weights[i] / (_ROOT_TAU * humps.spreads[i])


def under_top(humps: TwoHumps, name: str, x: float, y: float) -> TwoHumps:
    """Return the humps with the top of one dragged: the other one mirrors its way, and its gain."""
    i = TOPS.index(name)
    share = min(max(y * _ROOT_TAU * humps.spreads[i], 0.0), 1.0)
    apart = min(max(2.0 * (x if i else -x), 0.0), _FARTHEST)
    return dataclasses.replace(humps, separation=apart, weight=share if i else 1.0 - share)


def _room(humps: TwoHumps, name: str) -> tuple[tuple[float, float], ...]:
    """Return the corners of where a top may be."""
    i = TOPS.index(name)
    far = 0.5 * (_FARTHEST if i else -_FARTHEST)
    high = 1.0 / (_ROOT_TAU * humps.spreads[i])
    return (0.0, 0.0), (far, 0.0), (far, high), (0.0, high)


def gaussian(x: Array, path: Array) -> Array:
    """Return the densities of Gaussians (m, 2) over x (n,), shape (m, n)."""
    mean, spread = path[:, :1], path[:, 1:]
    t = (x - mean) / spread
    return np.exp(-0.5 * t * t) / (np.sqrt(2 * np.pi) * spread)


def lengthened(path: Array, steps: int) -> Array:
    """Return a path of so many steps: one that ended early stays where it is."""
    rest = np.repeat(path[-1:], max(0, steps + 1 - len(path)), axis=0)
    return np.concatenate([path, rest])


def placed(value: float) -> str:
    """Return a coordinate: what the picture does not show beside 0 is told as that."""
    return number(round(float(value), _PLACES))


def _hill(x: Array, y: Array) -> dict[str, Any]:
    """Return a curve as a filled outline down to 0."""
    return {
        "type": "scatter", "mode": "lines", "hoverinfo": "skip", "fill": "toself",
        "x": np.concatenate([x, x[[-1, 0]]]), "y": np.concatenate([y, [0.0, 0.0]]),
        "line": {"color": TRUTH.color, "width": 2}, "fillcolor": f"{TRUTH.color}44",
    }  # fmt: skip


def _dot(x: float, y: float) -> dict[str, Any]:
    marker = {"symbol": TRUTH.symbol, "size": 13, "color": TRUTH.color,
              "line": {"color": ON_SURFACE, "width": 2}}  # fmt: skip
    return {"type": "scatter", "mode": "markers", "x": np.array([x]), "y": np.array([y]),
            "marker": marker, "hoverinfo": "skip", "cliponaxis": False}  # fmt: skip
