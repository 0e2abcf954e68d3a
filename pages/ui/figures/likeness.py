"""Two costs that are one but for a constant, over each other."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from core.losses.base import Array
from pages.ui.figures.bars import unit_of
from pages.ui.figures.figure import Entry, Figure
from pages.ui.figures.parts import axis, layout, number
from pages.ui.theme import POINT, STAGE_HEIGHT, Look


@dataclasses.dataclass(frozen=True, eq=False)
class Costs:
    """One cost along a line: its name, how it is drawn, its values."""

    name: str
    look: Look
    values: Array


def likeness_figure(
    tilt: Array, costs: Sequence[Costs], constant: float, top: float, where: str, unit: str
) -> Figure:
    """Return the upper and the lower cost against the tilt, and their difference, a level line.

    top: the height of the picture.
    """
    upper, lower = costs
    ground = {"type": "scatter", "mode": "lines", "x": tilt, "hoverinfo": "skip"}
    gap = upper.values - lower.values
    traces = [
        *({**ground, "y": one.values,
           "line": {"color": one.look.color, "dash": one.look.dash, "width": 2.6}}
          for one in costs),
        {**ground, "y": gap, "line": {"color": POINT, "dash": "solid", "width": 2}},
    ]  # fmt: skip
    level = number(constant)
    stray = float(np.abs(gap - constant).max())
    return Figure(
        data=traces,
        layout=layout(
            axis(f"tilt, {where}", (float(tilt[0]), float(tilt[-1]))),
            axis(unit, (-0.03 * top, top), zeroline=True),
            f"likeness-{top}-{unit}",
        ),
        title="The same curve, a constant apart",
        alt=f"{upper.name} and {lower.name} against the tilt, {where}. Their difference is "
        f"{level}{unit_of(level, unit)} throughout, up to {number(stray, 2)}.",
        height=STAGE_HEIGHT,
        width=6,
        legend=(
            *(Entry(one.name, one.look.color, one.look.dash) for one in costs),
            Entry("difference", POINT, "solid", note=f"{level} = entropy of the throws"),
        ),
    )
