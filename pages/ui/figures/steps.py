"""The cost against the step of a path."""

import numpy as np

from core.losses.base import Array
from pages.ui.figures.figure import Figure, Frame, Play
from pages.ui.figures.parts import axis, layout, number, padded
from pages.ui.theme import SMALL_HEIGHT, Look

_WIDE = 1000.0  # costs that differ by more than this factor are drawn on a logarithmic axis


def steps_figure(values: Array, floor: float, cost: str, look: Look, keep: str) -> Figure:
    """Return the cost at every step, with the lowest cost that can be had as a dotted line."""
    steps = np.arange(len(values), dtype=np.float64)
    low = min(floor, float(values.min()))
    wide = low > 0 and float(values.max()) > _WIDE * low
    span = padded(np.log10([low, values.max()]) if wide else [low, values.max()])
    last = float(max(len(values) - 1, 1))
    line = {"type": "scatter", "x": steps, "y": values, "mode": "lines", "hoverinfo": "skip"}
    traces = [
        {**line, "x": np.array([0.0, last]), "y": np.full(2, floor),
         "line": {"dash": "dot", "width": 1}},
        {**line, "line": {"color": look.color, "width": 2.5}},
        {**line, "x": steps[-1:], "y": values[-1:], "mode": "markers",
         "marker": {"size": 10, "color": look.color}},
    ]  # fmt: skip
    y_axis = axis(cost, _rounded(span), type="log" if wide else "linear")
    return Figure(
        data=traces,
        layout=layout(axis("step", (-0.02 * last, 1.02 * last)), y_axis, keep),
        title=f"{cost[0].upper()}{cost[1:]} against step",
        alt=f"The {cost} over {len(values) - 1} steps falls from {number(values[0])} to "
        f"{number(values[-1])}; the lowest possible is {number(floor)}.",
        height=SMALL_HEIGHT,
        width=6,
        play=Play("path", len(values) - 1, (Frame(2, "here", steps, values),)),
    )


def _rounded(span: tuple[float, float]) -> tuple[float, float]:
    """Widen a range to round numbers, so that it stays put while the costs move a little."""
    unit = 10 ** np.ceil(np.log10(max(span[1] - span[0], 1e-300))) / 4
    return float(np.floor(span[0] / unit) * unit), float(np.ceil(span[1] / unit) * unit)
