"""Points of several classes in the plane, who is called what where, and a border per loss."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from core.losses.base import Array
from pages.ui.figures.figure import Entry, Figure, Frame, Play, Shares
from pages.ui.figures.parts import escaped, number
from pages.ui.figures.plane import (
    Groups,
    class_entries,
    plane_layout,
    point_traces,
    points_handle,
)
from pages.ui.theme import CLASSES, STAGE_HEIGHT, Look


@dataclasses.dataclass(frozen=True, eq=False)
class Border:
    """Where the two largest scores of a fit are equal, with gaps; its name and look."""

    name: str
    look: Look
    x: Array
    y: Array


@dataclasses.dataclass(frozen=True, eq=False)
class Chances:
    """What the chosen fit gives each class: weights (K, 3), and z (K, ny, nx) over the plane."""

    x: Array
    y: Array
    z: Array
    weights: Array
    words: str


def regions_figure(
    groups: Groups, borders: Sequence[Border], steps: tuple[Array, Array], chances: Chances,
    keep: str,
) -> Figure:  # fmt: skip
    """Return points, the probability of every class as its colour, borders, and those of the step.

    Shape: steps, x and y, (steps + 1, m).
    """
    traces = [_shade(chances, k) for k in range(len(chances.z))]
    cloud = len(traces)
    traces += [*point_traces(groups), _signs(chances)]
    walker = len(traces)
    traces.append(_line(Border("", Look("", "solid", ""), steps[0][-1], steps[1][-1]), 4.0))
    traces += [_line(one, 2.5) for one in borders]
    rows = tuple(tuple(map(float, row)) for row in chances.weights)
    return Figure(
        data=traces,
        layout=plane_layout(groups, keep),
        title="Data",
        alt=_alt(groups, borders, chances),
        height=STAGE_HEIGHT,
        width=6,
        handles=points_handle(groups, cloud),
        play=Play("path", len(steps[0]) - 1, (Frame(walker, "row", *steps),)),
        readout=Shares(groups.names, rows, softmax=True),
        legend=(*class_entries(groups), *_entries(borders)),
    )


def _shade(chances: Chances, k: int) -> dict[str, Any]:
    red, green, blue = (int(CLASSES[k].color[i : i + 2], 16) for i in (1, 3, 5))
    clear, full = (f"rgba({red},{green},{blue},{alpha})" for alpha in (0, 0.5))
    return {
        "type": "heatmap",
        "x": chances.x,
        "y": chances.y,
        "z": chances.z[k],
        "zsmooth": "fast",
        "zmin": 0,
        "zmax": 1,
        "colorscale": [[0.0, clear], [1.0, full]],
        "showscale": False,
        "hoverinfo": "skip",
    }


def _signs(chances: Chances) -> dict[str, Any]:
    """Return the mark of each class, large and faint, in the middle of where it wins."""
    winner = chances.z.argmax(axis=0)
    across, up = np.meshgrid(chances.x, chances.y)
    x, y = np.full(len(chances.z), np.nan), np.full(len(chances.z), np.nan)
    for k in range(len(chances.z)):
        own = winner == k
        if own.any():
            x[k], y[k] = across[own].mean(), up[own].mean()
    return {
        "type": "scatter",
        "mode": "markers",
        "x": x,
        "y": y,
        "marker": {
            "size": 34,
            "opacity": 0.28,
            "color": [CLASSES[k].color for k in range(len(x))],
            "symbol": [CLASSES[k].symbol for k in range(len(x))],
        },
        "hoverinfo": "skip",
    }


def _line(one: Border, width: float) -> dict[str, Any]:
    own = {"color": one.look.color, "dash": one.look.dash} if one.name else {}
    return {
        "type": "scatter",
        "mode": "lines",
        "x": one.x,
        "y": one.y,
        "name": escaped(one.name),
        "line": {**own, "width": width},
        "opacity": 1.0 if one.name else 0.45,
        "hoverinfo": "skip",
    }


def _entries(borders: Sequence[Border]) -> tuple[Entry, ...]:
    lines = tuple(Entry(one.name, one.look.color, one.look.dash) for one in borders)
    return (*lines, Entry("borders of this step", "currentColor", "solid"))


def _alt(groups: Groups, borders: Sequence[Border], chances: Chances) -> str:
    counts = np.bincount(groups.kinds, minlength=len(groups.names))
    told = ", ".join(f"{count} {name}" for count, name in zip(counts, groups.names, strict=True))
    scores = "; ".join(
        f"{name}: {' '.join(number(value) for value in row)}"
        for name, row in zip(groups.names, chances.weights, strict=True)
    )
    return (
        f"Scatter plot of {len(groups.x)} points, {groups.labels[1]} against {groups.labels[0]}: "
        f"{told}. The background shows {chances.words}. Lines part what is called what under "
        f"{', '.join(one.name for one in borders)}. Weights and bias of each class: {scores}."
    )
