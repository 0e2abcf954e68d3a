"""A property of a loss as a picture: a curve, and the line that it keeps to or breaks."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from core.losses.base import Array
from pages.ui.figures.figure import Entry, Figure
from pages.ui.figures.parts import axis, escaped, layout, padded
from pages.ui.theme import SMALL_HEIGHT

_DASHES = ("solid", "dash", "dot")


@dataclasses.dataclass(frozen=True, eq=False)
class Trace:
    """One line of the picture, in the colour of the loss unless it is a plain one."""

    name: str
    x: Array
    y: Array
    color: str
    dash: str = "solid"


@dataclasses.dataclass(frozen=True, eq=False)
class Proof:
    """What is drawn: lines, places on them, the names of the axes, and which heights are shown."""

    traces: Sequence[Trace]
    axes: tuple[str, str]
    alt: str
    places: tuple[tuple[float, float], ...] = ()
    height: tuple[float, float] | None = None


def evidence_figure(proof: Proof, title: str) -> Figure:
    """Return the picture of a proof."""
    data = [
        {"type": "scatter", "mode": "lines", "x": one.x, "y": _finite(one.y),
         "name": escaped(one.name), "line": {"color": one.color, "dash": one.dash, "width": 2.2},
         "hovertemplate": f"{escaped(one.name)}: %{{y:.3g}} at %{{x:.3g}}<extra></extra>"}
        for one in proof.traces
    ]  # fmt: skip
    if proof.places:
        across, up = np.array(proof.places, dtype=np.float64).T
        data.append(
            {"type": "scatter", "mode": "markers", "x": across, "y": up, "hoverinfo": "skip",
             "marker": {"size": 9, "color": proof.traces[0].color, "symbol": "circle-open",
                        "line": {"width": 2}}}
        )  # fmt: skip
    x = np.concatenate([one.x for one in proof.traces])
    x_span = float(x.min()), float(x.max())
    y_span = proof.height or padded(np.concatenate([one.y for one in proof.traces]))
    return Figure(
        data=data,
        layout=layout(axis(proof.axes[0], x_span), axis(proof.axes[1], y_span), title),
        title=title,
        alt=proof.alt,
        height=SMALL_HEIGHT + 40,
        legend=tuple(Entry(one.name, one.color, one.dash) for one in proof.traces),
    )


def _finite(y: Array) -> Array:
    return np.where(np.isfinite(y), y, np.nan)
