"""Who is called what, and what each class costs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.losses.base import Array
from pages.ui.figures.figure import Entry, Figure
from pages.ui.figures.parts import axis, class_ticks, escaped, layout, number
from pages.ui.theme import CLASSES, Look

_HEIGHT = 270
SHADE = "#5a9bdd"
_SCALE = [[0.0, "rgba(43,127,212,0.04)"], [1.0, "rgba(43,127,212,0.62)"]]


def confusion_figure(counts: NDArray[np.int64], names: Sequence[str], loss: str) -> Figure:
    """Return the confusion matrix: a row for each true class, a column for what it is called."""
    total = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    places = np.arange(len(names), dtype=np.float64)
    heat = {
        "type": "heatmap", "x": places, "y": places, "z": counts / total, "zmin": 0, "zmax": 1,
        "colorscale": _SCALE, "showscale": False, "xgap": 2, "ygap": 2, "hoverinfo": "skip",
    }  # fmt: skip
    rows = "; ".join(
        f"of {sum(row)} {name} " + ", ".join(f"{n} {to}" for n, to in zip(row, names, strict=True))
        for name, row in zip(names, counts.tolist(), strict=True)
    )
    ticks = class_ticks(names)
    count = len(names)
    return Figure(
        data=[heat],
        layout=layout(
            axis("is called", (-0.5, count - 0.5), **ticks),
            axis("truly", (count - 0.5, -0.5), **ticks),
            "confusion",
            annotations=[_cell(counts, i, j) for i in range(count) for j in range(count)],
        ),
        title="Who is called what?",
        alt=f"Confusion matrix under {loss}: {rows}.",
        height=_HEIGHT,
        width=3,
        legend=(
            *(
                Entry(name, CLASSES[k].color, symbol=CLASSES[k].symbol)
                for k, name in enumerate(names)
            ),
            Entry(f"{np.trace(counts)} of {counts.sum()} right", SHADE, symbol="square"),
        ),
    )


def _cell(counts: NDArray[np.int64], i: int, j: int) -> dict[str, Any]:
    size = 18 if i == j else 15
    text = f"<b>{counts[i, j]}</b>" if i == j else str(counts[i, j])
    return {"x": j, "y": i, "text": text, "showarrow": False, "font": {"size": size}}


def class_losses_figure(
    means: Sequence[Array], names: Sequence[str], losses: Sequence[tuple[str, Look]]
) -> Figure:
    """Return the mean loss of the points of each class, a row of marks per compared loss.

    Shape: means, one (K,) for each loss.
    """
    places = np.arange(len(names), dtype=np.float64)
    traces: list[dict[str, Any]] = []
    spread = np.linspace(-0.22, 0.22, len(losses)) if len(losses) > 1 else np.zeros(1)
    for values, (name, style), aside in zip(means, losses, spread, strict=True):
        traces += _lollipops(values, places + aside, name, style)
    top = max((float(np.nanmax(one, initial=0.0)) for one in means), default=1.0)
    told = "; ".join(
        f"{loss}: "
        + ", ".join(f"{name} {number(v)}" for name, v in zip(names, values, strict=True))
        for (loss, _), values in zip(losses, means, strict=True)
    )
    return Figure(
        data=traces,
        layout=layout(
            axis("", (-0.5, len(names) - 0.5), **class_ticks(names)),
            axis("mean loss of its points", (0.0, _rounded(top))),
            "class-losses",
        ),
        title="What does each class cost?",
        alt=f"Mean loss of the points of each class. {told}.",
        height=_HEIGHT,
        width=3,
        legend=tuple(
            Entry(name, style.color, symbol=style.symbol) for name, style in losses
        ),
    )  # fmt: skip


def _lollipops(values: Array, places: Array, name: str, style: Look) -> list[dict[str, Any]]:
    x, y = np.repeat(places, 3), np.repeat(values, 3)
    y[::3], y[2::3] = 0.0, np.nan
    base = {"type": "scatter", "mode": "lines", "hoverinfo": "skip", "name": escaped(name)}
    marker = {"size": 11, "color": style.color, "symbol": style.symbol}
    return [
        {**base, "x": x, "y": y, "line": {"color": style.color, "width": 3}},
        {**base, "x": places, "y": np.ascontiguousarray(values), "mode": "markers",
         "marker": marker, "hoverinfo": "y"},
    ]  # fmt: skip


def _rounded(top: float) -> float:
    """Return a round number above, so that the axis stays put while losses move a little."""
    if not top > 0:
        return 1.0
    unit = 10 ** np.floor(np.log10(top)) / 2
    return float(np.ceil(1.05 * top / unit) * unit)
