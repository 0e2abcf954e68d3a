"""Probabilities and counts as bars to drag, and what divergences make of them as bars to read."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from core.losses.base import Array
from pages.ui.figures.figure import Entry, Figure, MarkerHandle
from pages.ui.figures.parts import axis, escaped, joined, layout, number
from pages.ui.theme import CLASSES, ON_SURFACE, POINT, SMALL_HEIGHT, STAGE_HEIGHT, Look

# The truth, or the data, is the first everywhere on a page; the guess, or the model, the second.
TRUTH = Look(POINT, "solid", "circle")
GUESS = Look(CLASSES[2].color, "solid", "square")
_WIDTH = 0.38  # of a bar, as part of what an outcome has
_THIN = 1e-6  # half the width of the shape that a dragged mark stays in
_ROUND = np.array([1.0, 2.0, 3.0, 5.0])


@dataclasses.dataclass(frozen=True, eq=False)
class Row:
    """One bar for every outcome: its letter, what it is, how it is drawn, how high the bars are."""

    letter: str
    meaning: str
    look: Look
    values: Array


@dataclasses.dataclass(frozen=True)
class Grips:
    """How bars are dragged by their tops: up to where, by how much a key moves one, in what."""

    high: float
    nudge: float
    unit: str


@dataclasses.dataclass(frozen=True)
class Length:
    """A bar to read: its name, how it is drawn, where it begins and ends, how it is written."""

    name: str
    look: Look
    begin: float
    end: float
    told: str


def grip(letter: str, k: int) -> str:
    """Return the name of the handle of a bar."""
    return f"{letter}-{k}"


def gripped(handle: str, letters: str, count: int) -> tuple[str, int] | None:
    """Return which bar a handle is of, if it is one of these."""
    letter, _, text = handle.partition("-")
    known = len(letter) == 1 and letter in letters and text.isascii() and text.isdigit()
    return (letter, int(text)) if known and len(text) < 4 and int(text) < count else None


def unit_of(text: str, unit: str) -> str:
    """Return what stands after a number in a unit: 1 bit, 2 bits, and ∞ has none."""
    if "∞" in text or r"\infty" in text:
        return ""
    return f" {unit[:-1] if text == '1' else unit}"


def rounded_up(value: float) -> float:
    """Return the first of 1, 2, 3, 5, 10, 20, ... tenths that is not below a finite number."""
    power = 10.0 ** np.arange(-1, 308)
    steps = np.outer(power, _ROUND).ravel()
    return float(steps[np.searchsorted(steps, min(value, steps[-1]) * (1 - 1e-12))])


def bars_figure(
    names: Sequence[str], rows: Sequence[Row], grips: Grips, title: str, label: str
) -> Figure:
    """Return bars side by side for every outcome, those of rows with a letter to drag."""
    places = [_places(len(names), i, len(rows)) for i in range(len(rows))]
    traces = [
        _blocks(at, np.zeros(len(names)), row.values, row.look, _WIDTH * 2 / len(rows))
        for at, row in zip(places, rows, strict=True)
    ]
    handles = []
    for at, row in zip(places, rows, strict=True):
        for k, name in enumerate(names) if row.letter else ():
            x, y = float(at[k]), float(row.values[k])
            handles.append(
                MarkerHandle(
                    grip(row.letter, k), len(traces), x, y, (0.0, grips.nudge),
                    f"{row.meaning} of {name}, {grips.unit}", place=False,
                    hull=((x - _THIN, 0.0), (x + _THIN, 0.0), (x + _THIN, grips.high),
                          (x - _THIN, grips.high)),
                )
            )  # fmt: skip
            traces.append(_top(x, y, row.look))
    told = "; ".join(
        f"{row.meaning}: "
        + ", ".join(f"{name} {number(v)}" for name, v in zip(names, row.values, strict=True))
        for row in rows
    )
    return Figure(
        data=traces,
        layout=layout(
            axis("", (-0.5, len(names) - 0.5), **_ticks(names)),
            axis(label, (-0.03 * grips.high, 1.06 * grips.high), zeroline=True),
            f"bars-{len(names)}-{grips.high}-{label}",
        ),
        title=title,
        alt=f"Bars of {told}.",
        height=STAGE_HEIGHT,
        width=6,
        handles=tuple(handles),
        legend=tuple(Entry(row.meaning, row.look.color, symbol=row.look.symbol) for row in rows),
    )


def terms_figure(
    names: Sequence[str], rows: Sequence[Row], totals: Sequence[str], reach: float, unit: str
) -> Figure:
    """Return what every outcome adds to each divergence, upwards or downwards, infinite at the top.

    reach: the height of the picture; what is higher is cut.
    """
    traces: list[dict[str, Any]] = []
    for i, row in enumerate(rows):
        at = _places(len(names), i, len(rows))
        heights = np.minimum(row.values, reach)
        traces.append(_blocks(at, np.zeros(len(names)), heights, row.look, _WIDTH * 2 / len(rows)))
        traces.append(
            _cut(at, np.where(row.values > reach, reach, np.nan), row.look, "triangle-up")
        )
    told = "; ".join(
        f"to {row.meaning} "
        + ", ".join(f"{name} adds {number(v)}" for name, v in zip(names, row.values, strict=True))
        for row in rows
    )
    return Figure(
        data=traces,
        layout=layout(
            axis("", (-0.5, len(names) - 0.5), **_ticks(names)),
            axis(unit, (-0.42 * max(1.0, reach), 1.06 * reach), zeroline=True),
            f"terms-{len(names)}-{reach}-{unit}",
        ),
        title="What each outcome adds",
        alt=f"In {unit}, {told}.",
        height=STAGE_HEIGHT,
        width=6,
        legend=tuple(
            Entry(row.meaning, row.look.color, symbol=row.look.symbol, note=total)
            for row, total in zip(rows, totals, strict=True)
        ),
    )


def stack_figure(stack: Sequence[Length], whole: Length, reach: float, unit: str) -> Figure:
    """Return bars end to end above one bar as long as all of them; what is infinite runs out."""
    rows = [*((one, 1.0) for one in stack), (whole, 0.0)]
    told = joined([f"{one.name} {one.told}" for one in stack])
    return Figure(
        data=_lengths(rows, reach),
        layout=layout(
            axis(unit, (0.0, 1.04 * reach)),
            axis(
                "", (-0.6, 1.6), tickvals=[0.0, 1.0], ticktext=["the whole", "its parts"],
                showgrid=False, zeroline=False, automargin=True,
            ),
            f"stack-{reach}-{unit}",
            margin={"l": 12, "r": 12, "t": 8, "b": 44},
        ),
        title="Entropy and KL make the cross-entropy",
        alt=f"In {unit}: {told} end to end; {whole.name} {whole.told} below.",
        height=SMALL_HEIGHT - 60,
        width=12,
        legend=tuple(Entry(one.name, one.look.color, symbol=one.look.symbol, note=one.told)
                     for one in (*stack, whole)),
    )  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Reading:
    """One divergence as it is read: both ways, and the largest it can be, if it has a largest."""

    name: str
    look: Look
    forward: float
    backward: float
    bound: float
    told: str
    exchanged: str


def readings_figure(readings: Sequence[Reading], reach: float, label: str) -> Figure:
    """Return a bar for every divergence, a ring where it ends with p and q exchanged, its bound.

    What lies beyond the picture, as the infinite does, is an arrowhead at its end.
    """
    heights = np.arange(len(readings), dtype=np.float64)[::-1]
    rows = [
        (Length(one.name, one.look, 0.0, one.forward, one.told), float(y))
        for one, y in zip(readings, heights, strict=True)
    ]
    backward = np.array([one.backward for one in readings])
    inside, beyond = np.where(backward <= reach, backward, np.nan), backward > reach
    ring = {"size": 11, "line": {"width": 2.5}}
    bounds = np.array([one.bound if one.bound <= reach else np.nan for one in readings])
    traces = [
        *_lengths(rows, reach),
        _marks(
            np.where(beyond, reach, np.nan),
            heights,
            {**ring, "symbol": "triangle-right-open", "size": 15},
        ),
        _marks(inside, heights, {**ring, "symbol": "circle-open"}),
        _stroke(*_upright(bounds, heights), {"width": 2, "dash": "dot"}),
    ]
    return Figure(
        data=traces,
        layout=layout(
            axis(label, (0.0, 1.04 * reach)),
            axis("", (-0.6, len(readings) - 0.4), tickvals=heights.tolist(), showgrid=False,
                 ticktext=[escaped(one.name) for one in readings], zeroline=False, automargin=True),
            f"readings-{reach}-{label}",
            margin={"l": 12, "r": 12, "t": 8, "b": 44},
        ),
        title="Every divergence of the two",
        alt="; ".join(f"{one.name} {one.told}, with p and q exchanged {one.exchanged}"
                      for one in readings) + ".",
        height=STAGE_HEIGHT - 60,
        width=6,
        legend=(
            *(Entry(one.name, one.look.color, symbol=one.look.symbol, note=one.told)
              for one in readings),
            Entry("p and q exchanged", "currentColor", symbol="circle"),
            Entry("largest possible", "currentColor", "dot"),
        ),
    )  # fmt: skip


def _lengths(rows: Sequence[tuple[Length, float]], reach: float) -> list[dict[str, Any]]:
    """Return a lying bar for each, and an arrowhead where it runs out of the picture."""
    traces = []
    for one, y in rows:
        begin, end = min(one.begin, reach), min(one.end, reach)
        corners = np.array([[begin, y - 0.3], [begin, y + 0.3], [end, y + 0.3], [end, y - 0.3]])
        traces.append(_filled(corners[:, 0], corners[:, 1], one.look))
        out = reach if one.end > reach else np.nan
        traces.append(_cut(np.array([out]), np.array([y]), one.look, "triangle-right"))
    return traces


def _places(count: int, i: int, of: int) -> Array:
    """Return where the bars of row number i of so many stand."""
    return np.arange(count, dtype=np.float64) + (i - 0.5 * (of - 1)) * 2 * _WIDTH / of


def _blocks(at: Array, low: Array, high: Array, look: Look, width: float) -> dict[str, Any]:
    """Return upright bars as one filled outline, with gaps between them."""
    half, gap = 0.47 * width, np.full(len(at), np.nan)
    x = np.stack([at - half, at - half, at + half, at + half, gap], axis=1).ravel()
    y = np.stack([low, high, high, low, gap], axis=1).ravel()
    return _filled(x, y, look)


def _filled(x: Array, y: Array, look: Look) -> dict[str, Any]:
    return {
        **_stroke(x, y, {"color": look.color, "width": 1}),
        "fill": "toself",
        "fillcolor": look.color,
        "opacity": 0.85,
    }


def _stroke(x: ArrayLike, y: ArrayLike, line: dict[str, Any]) -> dict[str, Any]:
    return {"type": "scatter", "mode": "lines", "x": np.asarray(x, dtype=np.float64),
            "y": np.asarray(y, dtype=np.float64), "line": line, "hoverinfo": "skip"}  # fmt: skip


def _marks(x: Array, y: Array, marker: dict[str, Any]) -> dict[str, Any]:
    return {**_stroke(x, y, {"width": 0}), "mode": "markers", "marker": marker,
            "cliponaxis": False}  # fmt: skip


def _top(x: float, y: float, look: Look) -> dict[str, Any]:
    marker = {"symbol": look.symbol, "size": 13, "color": look.color,
              "line": {"color": ON_SURFACE, "width": 2}}  # fmt: skip
    return _marks(np.array([x]), np.array([y]), marker)


def _cut(x: Array, y: Array, look: Look, symbol: str) -> dict[str, Any]:
    marker = {"symbol": symbol, "size": 14, "color": look.color,
              "line": {"color": ON_SURFACE, "width": 1.5}}  # fmt: skip
    return _marks(x, y, marker)


def _upright(x: Array, y: Array) -> tuple[Array, Array]:
    """Return a short upright stroke at each place, with gaps between them."""
    gap = np.full(len(x), np.nan)
    return np.stack([x, x, gap], 1).ravel(), np.stack([y - 0.4, y + 0.4, gap], 1).ravel()


def _ticks(names: Sequence[str]) -> dict[str, Any]:
    return {"tickvals": list(range(len(names))), "ticktext": [escaped(name) for name in names],
            "tickangle": 0, "showgrid": False, "zeroline": False}  # fmt: skip
