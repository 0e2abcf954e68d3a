"""How far one point can drag each fitted slope: the slope against where the point is."""

import numpy as np

from core.losses.base import Array
from pages.ui.figures.figure import Entry, Figure, LineHandle
from pages.ui.figures.parts import axis, escaped, layout, number, padded
from pages.ui.figures.scatter import Line
from pages.ui.theme import SMALL_HEIGHT

TRAVEL = "travel"


def breakdown_figure(
    travel: Array, slopes: list[Array], lines: list[Line], now: float, point: int, keep: str
) -> Figure:
    """Return each loss's slope as point number `point` travels, shapes (m,)."""
    traces = [
        {"type": "scatter", "mode": "lines", "x": travel, "y": slope, "name": escaped(line.name),
         "line": {"color": line.look.color, "dash": line.look.dash, "width": 2.2},
         "hovertemplate": f"{escaped(line.name)}: slope %{{y:.3g}}<extra></extra>"}
        for slope, line in zip(slopes, lines, strict=True)
    ]  # fmt: skip
    low, high = float(travel[0]), float(travel[-1])
    handle = LineHandle(TRAVEL, "x", float(np.clip(now, low, high)), low, high, (high - low) / 100,
                        "y", f"Height of point {point + 1}")  # fmt: skip
    ranges = "; ".join(
        f"{line.name} from {number(float(slope.min()))} to {number(float(slope.max()))}"
        for slope, line in zip(slopes, lines, strict=True)
    )
    return Figure(
        data=traces,
        layout=layout(
            axis(f"height of point {point + 1}", (low, high)),
            axis("fitted slope", padded(np.concatenate(slopes))),
            keep,
        ),
        title=f"How far point {point + 1} can drag each slope",
        alt=f"Fitted slope as point {point + 1} travels from {number(low)} to {number(high)}: "
        f"{ranges}.",
        height=SMALL_HEIGHT + 60,
        handles=(handle,),
        legend=tuple(Entry(line.name, line.look.color, line.look.dash) for line in lines),
    )
