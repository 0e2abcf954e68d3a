"""Estimates of many data sets: a strip for every loss, beside the Cramér-Rao bound."""

import dataclasses
import math
from typing import Any

import numpy as np

from core.losses.base import Array
from pages.ui.figures.figure import Entry, Figure
from pages.ui.figures.parts import axis, escaped, layout, number
from pages.ui.theme import Look

_ROW = 64  # px of a strip
_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0


@dataclasses.dataclass(frozen=True, eq=False)
class Strip:
    """What one loss said of every data set. Shape: estimates (sets,)."""

    name: str
    look: Look
    estimates: Array


def strips_figure(strips: list[Strip], bound: float, keep: str) -> Figure:
    """Return every estimate as a dot, its mean ± standard deviation, and ± the root of the bound.

    Dots are spread upwards within their strip only to be told apart.
    """
    reach = 1.05 * max(3.2 * math.sqrt(bound), _typical(strips))
    limit = math.sqrt(bound)
    traces: list[dict[str, Any]] = [
        _line(side * limit, -0.6, len(strips) - 0.4) for side in (-1, 1)
    ]
    for row, strip in enumerate(strips[::-1]):
        traces += [_dots(strip, row, reach), _bar(strip, row)]
    names = [escaped(strip.name) for strip in strips[::-1]]
    rows = axis("", (-0.6, len(strips) - 0.4), tickvals=list(range(len(strips))), ticktext=names,
                zeroline=False, showgrid=False)  # fmt: skip
    told = "; ".join(
        f"{strip.name}: standard deviation {number(float(strip.estimates.std(ddof=1)))}"
        for strip in strips
    )
    return Figure(
        data=traces,
        layout=layout(
            axis("estimate of the centre; the truth is 0", (-reach, reach)), rows, keep,
            margin={"l": 112, "r": 12, "t": 8, "b": 44},
        ),
        title=f"{len(strips[0].estimates)} data sets, each answered by every loss",
        alt=f"Estimates of {len(strips[0].estimates)} data sets. {told}. "
        f"No unbiased estimate has less than {number(limit)}.",
        height=_ROW * len(strips) + 70,
        width=12,
        legend=(
            Entry("± the least standard deviation of an unbiased estimate", "currentColor", "dash"),
            Entry("mean ± standard deviation", "currentColor", "solid"),
        ),
    )  # fmt: skip


def _typical(strips: list[Strip]) -> float:
    """Return a reach that holds nearly all dots, but lets no stray one squeeze the rest."""
    tops = [float(np.quantile(np.abs(strip.estimates), 0.99)) for strip in strips]
    return min(max(tops), 2.0 * float(np.median(tops)))


def _dots(strip: Strip, row: int, reach: float) -> dict[str, Any]:
    inside = strip.estimates[np.abs(strip.estimates) <= reach]
    aside = (np.arange(len(inside)) * _GOLDEN) % 1.0 - 0.5
    return {
        "type": "scatter", "mode": "markers", "x": inside, "y": row + 0.5 * aside,
        "marker": {"size": 5, "color": strip.look.color, "opacity": 0.55},
        "name": escaped(strip.name),
        "hovertemplate": f"{escaped(strip.name)}: %{{x:.3g}}<extra></extra>",
    }  # fmt: skip


def _bar(strip: Strip, row: int) -> dict[str, Any]:
    mean, spread = float(strip.estimates.mean()), float(strip.estimates.std(ddof=1))
    ends = np.array([mean - spread, mean, mean + spread])
    return {
        "type": "scatter", "mode": "lines+markers", "x": ends,
        "y": np.full(3, row - 0.36), "line": {"color": strip.look.color, "width": 3},
        "marker": {"symbol": ["line-ns", "diamond", "line-ns"], "size": [0, 9, 0],
                   "color": strip.look.color, "line": {"width": 1, "color": "white"}},
        "hoverinfo": "skip",
    }  # fmt: skip


def _line(at: float, low: float, high: float) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines", "x": np.array([at, at]), "y": np.array([low, high]),
        "line": {"dash": "dash", "width": 1.6}, "hoverinfo": "skip",
    }  # fmt: skip
