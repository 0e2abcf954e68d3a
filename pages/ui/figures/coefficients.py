"""Coefficients against the strength of a penalty: two of them, or ten; and which to choose."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from core.losses.base import Array
from core.regularization.diabetes import SHORT
from pages.ui.figures.figure import Entry, Figure, LineHandle
from pages.ui.figures.parts import axis, escaped, layout, number, padded
from pages.ui.theme import CLASSES, POINT, STAGE_HEIGHT, Look


def power(exponent: int) -> str:
    """Return a power of ten as an axis is ticked with it: 0.01, 100, 10⁻⁶."""
    return number(10.0**exponent, 2).removeprefix("1×")


@dataclasses.dataclass(frozen=True)
class Powers:
    """An axis of powers of ten: a number is drawn at its logarithm."""

    title: str
    low: float
    high: float

    def axis(self) -> dict[str, Any]:
        """Return the axis, ticked at whole powers."""
        ends = (np.log10(self.low), np.log10(self.high))
        ticks = list(range(int(np.ceil(ends[0])), int(np.floor(ends[1])) + 1))
        step = 1 if len(ticks) < 7 else 2
        text = [power(one) for one in ticks[::step]]
        margin = 0.02 * (ends[1] - ends[0])
        span = (ends[0] - margin, ends[1] + margin)
        return axis(self.title, span, tickvals=ticks[::step], ticktext=text, zeroline=False)

    def handle(self, name: str, value: float, label: str, step: float = 0.05) -> LineHandle:
        """Return a line to drag at a strength."""
        low, high = float(np.log10(self.low)), float(np.log10(self.high))
        at = min(max(float(np.log10(value)), low), high) if value > 0.0 else low
        known = self.low <= value <= self.high
        symbol = "λ" if known else f"λ is {number(value)}, here λ"
        return LineHandle(name, "x", at, low, high, step, symbol, label, logarithmic=True)


def pair_figure(
    names: tuple[str, str], strengths: Array, rows: Array, now: tuple[float, Array], top: float
) -> Figure:
    """Return the exact paths of two coefficients against λ, which can be dragged.

    now: the strength, and the coefficients there.

    Shape: strengths (m,), rows (m, 2).
    """
    strength, here = now
    low, high = padded(np.append(rows, 0.0), 0.12)
    traces = [_zero(0.0, top)]
    for k, look in enumerate(CLASSES[:2]):
        column = np.ascontiguousarray(rows[:, k])
        traces.append(_line(strengths, column, look.color, _DASHES[k], 2.8))
    for k, look in enumerate(CLASSES[:2]):
        traces.append(_dot(np.array([min(strength, top)]), here[k : k + 1], look, 10))
    handle = LineHandle(
        "strength", "x", min(strength, top), 0.0, top, top / 200, "λ", "Strength of the penalty: λ"
    )
    told = ", ".join(
        f"{name} {number(value)}" for name, value in zip(names, here.tolist(), strict=True)
    )
    return Figure(
        data=traces,
        layout=layout(axis("strength λ", (-0.02 * top, 1.02 * top), zeroline=False),
                      axis("coefficient", (low, high), zeroline=False), f"pair-{top}"),
        title="Exact path of both coefficients: drag λ" if strength <= top
        else "Exact path of both coefficients: λ lies beyond",
        alt=f"Two coefficients against the strength λ from 0 to {number(top)}. At λ = "
        f"{number(strength)}: {told}.",
        height=STAGE_HEIGHT - 60,
        width=6,
        handles=(handle,) if strength <= top else (),
        legend=tuple(
            Entry(name, CLASSES[k].color, _DASHES[k], note=number(float(here[k])))
            for k, name in enumerate(names)
        ),
    )  # fmt: skip


_DASHES = ("solid", "dash", "dot", "dashdot", "longdash")


def ten_figure(
    names: Sequence[str], over: Powers, table: Array, strength: float, here: Array,
    marks: tuple[float, float],
) -> Figure:  # fmt: skip
    """Return the paths of many coefficients against λ on powers of ten, with λ to drag.

    table: a strength and the coefficients there, row by row. marks: the two chosen strengths.
    """
    powers = np.log10(table[:, 0])
    low, high = padded(table[:, 1:], 0.06)
    traces = [_zero(np.log10(over.low), np.log10(over.high))]
    for k in range(len(names)):
        column = np.ascontiguousarray(table[:, 1 + k])
        line = _line(powers, column, CLASSES[k].color, _dash(k), 2.2)
        traces.append(
            {
                **line,
                "name": escaped(names[k]),
                "hovertemplate": f"{escaped(names[k])}: %{{y:.3g}}<extra></extra>",
            }
        )
    traces += [_upright(mark, (low, high), dash) for mark, dash in zip(marks, _MARKS, strict=True)]
    left = int(np.count_nonzero(here))
    told = ", ".join(
        f"{name} {number(float(value))}" for name, value in zip(names, here, strict=True) if value
    )
    return Figure(
        data=traces,
        layout=layout(over.axis(), axis("coefficient (per std. deviation)", (low, high),
                                        zeroline=False), "ten"),
        title=f"Ten coefficients at λ = {number(strength)}: {left} remain",
        alt=f"Ten coefficients against λ. At λ = {number(strength)}, {left} of {len(names)} are "
        f"not 0: {told or 'none'}.",
        height=STAGE_HEIGHT,
        width=6,
        handles=(over.handle("ten-log", strength, "Strength for the ten features: λ"),),
        legend=(*(Entry(name, CLASSES[k].color, _dash(k)) for k, name in enumerate(SHORT)),
                Entry("λ of the lowest error", "currentColor", _MARKS[0]),
                Entry("one standard error", "currentColor", _MARKS[1])),
    )  # fmt: skip


_MARKS = ("dash", "dot")


def _dash(k: int) -> str:
    return _DASHES[k % len(_DASHES)]


def bars_figure(names: Sequence[str], here: Array, free: Array) -> Figure:
    """Return the coefficients of many features as bars, and those without a penalty as marks."""
    low, high = padded(np.append(free, 0.0), 0.12)
    places = np.arange(len(names), dtype=np.float64)[::-1]
    traces: list[dict[str, Any]] = []
    for k in range(len(names)):
        stroke = {"color": CLASSES[k].color, "width": 14}
        traces.append({"type": "scatter", "mode": "lines", "hoverinfo": "skip", "line": stroke,
                       "x": np.array([0.0, here[k]]), "y": np.full(2, places[k])})  # fmt: skip
    marker = {"size": 9, "symbol": "diamond", "color": POINT}
    traces.append({"type": "scatter", "mode": "markers", "x": free, "y": places, "marker": marker,
                   "hoverinfo": "skip"})  # fmt: skip
    text = [escaped(name) if value else f"<i>{escaped(name)}: 0</i>"
            for name, value in zip(names, here, strict=True)]  # fmt: skip
    ticks = {"tickvals": places.tolist(), "ticktext": text, "showgrid": False, "zeroline": False}
    return Figure(
        data=traces,
        layout=layout(
            axis("coefficient (per std. deviation)", (low, high)),
            axis("", (-0.7, len(names) - 0.3), **ticks),
            "bars",
            margin={"l": 168, "r": 12, "t": 8, "b": 44},
        ),
        title=f"{int(np.count_nonzero(here))} features remain",
        alt="Bars of the coefficients: "
        + ", ".join(f"{a} {number(float(b))}" for a, b in zip(names, here, strict=True))
        + ".",
        height=STAGE_HEIGHT,
        width=6,
        legend=(Entry("without a penalty", POINT, symbol="diamond"),),
    )


def validation_figure(
    over: Powers, strengths: Array, mean: Array, doubt: Array, chosen: tuple[int, int],
    now: tuple[float, str],
) -> Figure:  # fmt: skip
    """Return the cross-validated error against λ, give or take a standard error, and its choices.

    chosen: where the error is lowest, and the largest λ within one standard error of it. now: the
    strength of the screen, and by how many folds.
    """
    powers = np.log10(strengths)
    look, ends = CLASSES[0], (float((mean - doubt).min()), float((mean + doubt).max()))
    low, high = padded(ends, 0.06)
    band = np.concatenate([mean - doubt, (mean + doubt)[::-1]])
    traces = [
        {"type": "scatter", "mode": "lines", "x": np.concatenate([powers, powers[::-1]]),
         "y": band, "fill": "toself", "fillcolor": "rgba(59, 111, 182, 0.18)",
         "line": {"width": 0}, "hoverinfo": "skip"},
        _line(powers, mean, look.color, "solid", 2.6),
    ]  # fmt: skip
    best, simple = chosen
    reach = float(mean[best] + doubt[best])
    traces.append(_line(powers[[0, -1]], np.full(2, reach), POINT, "dot", 1.4))
    for place, symbol in ((best, "circle"), (simple, "square")):
        traces.append(_dot(powers[[place]], mean[[place]], Look(look.color, "", symbol), 11))
    strength, count = now
    return Figure(
        data=traces,
        layout=layout(over.axis(), axis("mean square error on left-out patients", (low, high)),
                      "validation"),
        title=f"Cross-validation, {count} folds: drag λ",
        alt=f"Mean square error of {count}-fold cross-validation against λ: lowest, "
        f"{number(float(mean[best]), 4)} give or take {number(float(doubt[best]), 4)}, at λ = "
        f"{number(float(strengths[best]))}; within one standard error up to λ = "
        f"{number(float(strengths[simple]))}.",
        height=STAGE_HEIGHT,
        width=6,
        handles=(over.handle("ten-log", strength, "Strength for the ten features: λ"),),
        legend=(
            Entry("lowest", look.color, symbol="circle", note=f"λ = {number(strengths[best])}"),
            Entry("one standard error", look.color, symbol="square",
                  note=f"λ = {number(strengths[simple])}"),
        ),
    )  # fmt: skip


def _zero(low: float, high: float) -> dict[str, Any]:
    return _line(np.array([low, high]), np.zeros(2), POINT, "solid", 1)


def _line(x: Array, y: Array, color: str, dash: str, width: float) -> dict[str, Any]:
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "hoverinfo": "skip",
            "line": {"color": color, "dash": dash, "width": width}}  # fmt: skip


def _dot(x: Array, y: Array, look: Look, size: int) -> dict[str, Any]:
    marker = {"symbol": look.symbol, "size": size, "color": look.color}
    return {"type": "scatter", "mode": "markers", "x": x, "y": y, "hoverinfo": "skip",
            "marker": marker}  # fmt: skip


def _upright(strength: float, span: tuple[float, float], dash: str) -> dict[str, Any]:
    at = float(np.log10(strength))
    return {"type": "scatter", "mode": "lines", "x": np.full(2, at), "y": np.array(span),
            "hoverinfo": "skip", "line": {"width": 1.6, "dash": dash}}  # fmt: skip
