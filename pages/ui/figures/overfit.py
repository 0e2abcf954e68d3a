"""A polynomial on points in two parts, and both errors against its degree and its penalty."""

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.losses.base import Array
from pages.ui.figures.coefficients import Powers, power
from pages.ui.figures.figure import Entry, Figure, LineHandle, PointsHandle
from pages.ui.figures.parts import axis, layout, number
from pages.ui.theme import CLASSES, MOVED, POINT, STAGE_HEIGHT

FITTED, HELD_OUT = CLASSES[0], CLASSES[1]
_CURVE = "#b23a48"
_SAME = 1e-9  # errors that differ by no more than this part of them are one


@dataclasses.dataclass(frozen=True, eq=False)
class Drawn:
    """The points in two parts, the polynomial over them, and how far the axes reach.

    Shape: x, y and out (n,), curve (m, 2) as rows x, height.
    """

    x: Array
    y: Array
    out: NDArray[np.bool_]
    curve: Array
    truth: Array
    span: tuple[tuple[float, float], tuple[float, float]]
    selected: int
    moved: tuple[int, ...]


def wave_figure(drawn: Drawn, degree: int, errors: tuple[float, float], handle: str) -> Figure:
    """Return the points, each of which can be dragged, and the polynomial."""
    (left, right), (bottom, top) = drawn.span
    reach = top - bottom
    # Threat: a polynomial between few points shoots out of the picture, by any number. Remedy: it
    # is cut far outside. Limit: none that can be seen.
    height = np.clip(drawn.curve[:, 1], bottom - 3 * reach, top + 3 * reach)
    looks = (FITTED, HELD_OUT)
    parts = [looks[int(one)] for one in drawn.out]
    moved = set(drawn.moved)
    marker: dict[str, Any] = {
        "size": 11,
        "color": [one.color for one in parts],
        "symbol": [one.symbol for one in parts],
        "line": {"width": [2 if i in moved else 1 for i in range(len(parts))],
                 "color": [MOVED if i in moved else "white" for i in range(len(parts))]},
    }  # fmt: skip
    line = {"type": "scatter", "mode": "lines", "hoverinfo": "skip"}
    traces = [
        {**line, "x": drawn.curve[:, 0].copy(), "y": drawn.truth,
         "line": {"color": POINT, "dash": "dot", "width": 1.6}},
        {**line, "x": drawn.curve[:, 0].copy(), "y": height,
         "line": {"color": _CURVE, "width": 2.6}},
        {"type": "scatter", "mode": "markers", "x": drawn.x, "y": drawn.y, "marker": marker,
         "hoverinfo": "skip"},
    ]  # fmt: skip
    out = int(drawn.out.sum())
    handles = PointsHandle(
        handle, 2, drawn.selected, ((right - left) / 200, reach / 200), flip=True
    )
    return Figure(
        data=traces,
        layout=layout(axis("x", (left, right)), axis("y", (bottom, top)), "wave"),
        title=f"A polynomial of degree {degree}",
        alt=f"{len(drawn.x) - out} points that a polynomial of degree {degree} is fitted to, and "
        f"{out} held out. Mean square error {number(errors[0])} on the first, "
        f"{number(errors[1]) if out else 'unknown'} on the others.",
        height=STAGE_HEIGHT,
        width=6,
        handles=(handles,),
        legend=(
            Entry("fitted to", FITTED.color, symbol=FITTED.symbol,
                  note=f"error {number(errors[0])}"),
            Entry("held out", HELD_OUT.color, symbol=HELD_OUT.symbol,
                  note=f"error {number(errors[1])}" if out else "none"),
            Entry("polynomial", _CURVE, "solid"),
            Entry("what the points came from", POINT, "dot"),
        ),
    )  # fmt: skip


def degree_figure(rows: Array, degree: int, span: tuple[float, float]) -> Figure:
    """Return both errors against the degree, which can be dragged."""
    x = np.arange(len(rows), dtype=np.float64)
    handle = LineHandle(
        "degree",
        "x",
        float(degree),
        0.0,
        float(len(rows) - 1),
        1.0,
        "degree",
        "Degree of the polynomial",
    )
    lowest = best(rows)
    told = "" if lowest is None else f" Lowest on points held out at degree {lowest}."
    return _errors(
        x, rows, float(degree), axis("degree", (-0.6, len(rows) - 0.4), zeroline=False), span,
        ("Error against degree: drag", handle, f"Both errors against the degree.{told}"),
        markers=True,
    )  # fmt: skip


def smoothing_figure(
    over: Powers, strengths: Array, rows: Array, strength: float, span: tuple[float, float]
) -> Figure:
    """Return both errors against the strength, which can be dragged."""
    handle = over.handle("smoothing-log", strength, "Strength for the polynomial: λ")
    lowest = best(rows)
    told = (
        "" if lowest is None else f" Lowest on points held out at λ = {number(strengths[lowest])}."
    )
    return _errors(
        np.log10(strengths), rows, handle.value, over.axis(), span,
        ("Error against λ: drag", handle, f"Both errors against the strength λ.{told}"),
    )  # fmt: skip


def best(rows: Array) -> int | None:
    """Return where the error on points held out is lowest, unless it is the same everywhere."""
    judged = rows[:, 1]
    if np.isnan(judged).any() or np.ptp(judged) <= _SAME * judged.max():
        return None
    return int(np.argmin(judged))


def _errors(
    x: Array, rows: Array, at: float, x_axis: dict[str, Any], span: tuple[float, float],
    told: tuple[str, LineHandle, str], markers: bool = False,
) -> Figure:  # fmt: skip
    """Return two errors as curves on powers of ten, cut at the ends of the span."""
    title, handle, alt = told
    low, high = np.log10(span[0]), np.log10(span[1])
    traces = []
    for k, look in enumerate((FITTED, HELD_OUT)):
        y = np.log10(np.clip(rows[:, k], span[0], span[1]))
        traces.append({"type": "scatter", "mode": "lines+markers" if markers else "lines",
                       "x": x, "y": y, "hoverinfo": "skip",
                       "marker": {"size": 6, "symbol": look.symbol, "color": look.color},
                       "line": {"color": look.color, "width": 2.4,
                                "dash": "solid" if k == 0 else "dash"}})  # fmt: skip
    ticks = list(range(int(np.ceil(low)), int(np.floor(high)) + 1))
    text = [power(one) for one in ticks]
    return Figure(
        data=traces,
        layout=layout(
            x_axis,
            axis("mean square error", (low - 0.1, high + 0.1), tickvals=ticks, ticktext=text),
            f"{handle.id}-{span}",
        ),
        title=title,
        alt=alt,
        height=STAGE_HEIGHT,
        width=3,
        handles=(handle,),
        legend=(Entry("fitted to", FITTED.color, "solid"),
                Entry("held out", HELD_OUT.color, "dash")),
    )  # fmt: skip
