"""Outcomes on a line, what naming each number would cost, and the best number of every loss."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from core.decisions.best_number import Best, Criterion, Valley, Window
from core.losses.base import Array
from core.losses.residual import ResidualLoss
from pages.ui.figures.figure import Entry, Figure, LineHandle, PointsHandle
from pages.ui.figures.parts import (
    axis,
    counted,
    digits_among,
    escaped,
    finer,
    layout,
    low,
    number,
    number_among,
)
from pages.ui.theme import MOVED, POINT, STAGE_HEIGHT, Look, look

_OWN_LOOKS = {
    "Window": Look("#6d7f93", "14px,3px", "bowtie"),
    "LargestMiss": Look("#b5624a", "1px,3px,6px,3px", "x"),
}
_DOT = 80  # so many dots fit side by side
_LISTED = 3
Span = tuple[float, float]


def look_of(criterion: Criterion) -> Look:
    """Return how a loss is drawn, or what is none of the library's."""
    if isinstance(criterion, ResidualLoss):
        return look(criterion)
    return _OWN_LOOKS[type(criterion).__name__]


@dataclasses.dataclass(frozen=True, eq=False)
class Answer:
    """What one loss says: its cost over the numbers drawn, and its best number.

    knobs: how they are set, in plain letters; empty where it has none. numbers: where the cost is
    known, rising. spread: how far outcomes lie apart, which says how many digits are shown.

    Shape: numbers and costs (m,).
    """

    name: str
    knobs: str
    look: Look
    numbers: Array
    costs: Array
    best: Best
    spread: float


@dataclasses.dataclass(frozen=True, eq=False)
class NumberLine:
    """Outcomes as they are drawn.

    top: how many dots fit above each other. named: the reader's number. moved: which outcomes were
    dragged or added. spread: how far outcomes lie apart.

    Shape: values (n,).
    """

    label: str
    values: Array
    selected: int
    moved: tuple[int, ...]
    span: Span
    top: int
    named: float
    spread: float


def upright(window: Window, values: Array, numbers: Array) -> Array:
    """Return the numbers with both sides of every jump, and the jump: a line then jumps upright."""
    edges = np.concatenate([values - window.half_width, values + window.half_width])
    inside = np.unique(edges[(edges > numbers[0]) & (edges < numbers[-1])])
    beside = 1e-9 * (numbers[-1] - numbers[0])
    return np.sort(np.concatenate([numbers, inside - beside, inside, inside + beside]))


def stacked(values: Array, span: Span) -> Array:
    """Return how high each dot lies: what would cover another stands on top of it."""
    width = (span[1] - span[0]) / _DOT
    heights = np.zeros(len(values))
    start, height = -np.inf, 0
    for i in np.argsort(values, kind="stable"):
        if values[i] - start < width:
            height += 1
        else:
            start, height = values[i], 0
        heights[i] = height
    return heights


def answer_words(best: Best, spread: float) -> str:
    """Return the best number, all of it: a number, from one to another, or several.

    spread: how far apart are the numbers that it has to be told from.
    """
    lowest = best.lowest
    ends = [end for valley in lowest[:_LISTED] for end in (valley.low, valley.high)]
    fine = finer(spread, *ends)
    shown = [_valley_words(valley, fine) for valley in lowest[:_LISTED]]
    if len(lowest) > _LISTED:
        return f"{', '.join(shown)}, … ({len(lowest)} equally good)"
    return " or ".join(shown)


def _valley_words(valley: Valley, spread: float) -> str:
    first, last = number_among(valley.low, spread), number_among(valley.high, spread)
    return number_among(valley.middle, spread) if first == last else f"{first} to {last}"


def outcomes_figure(
    line: NumberLine, answers: Sequence[Answer], handles: tuple[str, str], keep: str
) -> Figure:
    """Return the dots, the best numbers in a row for each loss, and the costs above them.

    handles: the names of the dots and of the reader's number.
    """
    heights = stacked(line.values, line.span)
    named = np.full(2, line.named)
    traces = [
        _dots(line, heights),
        {**_stroke(named, np.array([-0.05, 1.1]), {"dash": "dot", "width": 1.5}), "yaxis": "y2"},
    ]
    for row, answer in enumerate(answers):
        traces += _answer(answer, len(answers) - 1 - row)
    wide = line.span[1] - line.span[0]
    told = "; ".join(
        f"{answer.name}: {answer_words(answer.best, line.spread)}" for answer in answers
    )
    least, most = (
        number_among(float(y), line.spread) for y in (line.values.min(), line.values.max())
    )
    quiet = {"showticklabels": False, "zeroline": False, "showgrid": False}
    return Figure(
        data=traces,
        layout=layout(
            axis(line.label, line.span, anchor="y"),
            axis("", (-0.7, line.top + 0.5), domain=[0.0, 0.27], **quiet),
            keep,
            yaxis2=axis(
                "cost, lowest to highest", (-0.06, 1.08), domain=[0.5, 1.0], anchor="x",
                showticklabels=False,
            ),
            yaxis3=axis("best", (-0.7, len(answers) - 0.3), domain=[0.31, 0.47], anchor="x",
                        **quiet),
        ),
        title="Drag an outcome: where does each best number go?",
        alt=f"{counted(len(line.values), 'outcome')} as dots on a line, {line.label}, from "
        f"{least} to {most}. Best number of each loss: "
        f"{told}. Above, the cost of naming each number, each curve from its own lowest to its "
        f"own highest. Your number is {number_among(line.named, line.spread)}.",
        height=STAGE_HEIGHT + 70,
        handles=(
            PointsHandle(handles[0], 0, line.selected, (wide / 200, 0.0), "Outcome", along="x"),
            LineHandle(
                handles[1], "x", line.named, *line.span, wide / 200, "a", "The number you name: a"
            ),
        ),
        legend=tuple(_entry(answer) for answer in answers),
    )  # fmt: skip


def _entry(answer: Answer) -> Entry:
    more = len(answer.best.valleys) - len(answer.best.lowest)
    others = f", and {more} more low place{'s' if more > 1 else ''}" if more else ""
    note = answer_words(answer.best, answer.spread) + others
    name = f"{answer.name}, {answer.knobs}" if answer.knobs else answer.name
    return Entry(name, answer.look.color, answer.look.dash, answer.look.symbol, note)


def _dots(line: NumberLine, heights: Array) -> dict[str, Any]:
    moved = set(line.moved)
    count = len(line.values)
    digits = digits_among(float(np.abs(line.values).max()), line.spread)
    return {
        "type": "scatter",
        "mode": "markers",
        "x": line.values,
        "y": np.minimum(heights, line.top),
        "marker": {
            "size": 12 if count <= 60 else 8,
            "color": [MOVED if i in moved else POINT for i in range(count)],
            "line": {"width": 1, "color": "white"},
        },
        "hovertemplate": f"%{{x:.{digits}~g}}<extra></extra>",
        "cliponaxis": False,
    }


def _answer(answer: Answer, row: int) -> list[dict[str, Any]]:
    """Return a curve, its lowest places on it, and the same in a row of their own."""
    low_cost, high_cost = answer.best.value, float(answer.costs.max())
    scale = high_cost - low_cost or 1.0
    style = {"color": answer.look.color, "dash": answer.look.dash, "width": 2.4}
    curve = {**_stroke(answer.numbers, (answer.costs - low_cost) / scale, style), "yaxis": "y2",
             "name": escaped(answer.name)}  # fmt: skip
    low_x, low_y = _lows(answer.best, low_cost, scale)
    ends = np.array([[v.low, v.high, np.nan] for v in answer.best.lowest]).ravel()
    bar = _stroke(ends, np.full(len(ends), float(row)), {"color": answer.look.color, "width": 7})
    spots = np.array([v.middle for v in answer.best.lowest])
    return [
        curve,
        {**_marks(low_x, low_y, answer.look, 9), "yaxis": "y2"},
        {**bar, "yaxis": "y3", "opacity": 0.55},
        {**_marks(spots, np.full(len(spots), float(row)), answer.look, 11), "yaxis": "y3"},
    ]


def _lows(best: Best, low_cost: float, scale: float) -> tuple[Array, Array]:
    places = np.array([v.middle for v in best.valleys])
    heights = np.array([(v.value - low_cost) / scale for v in best.valleys])
    return places, heights


# One loss in its own units -----------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Here:
    """What a number costs under one loss, the slopes to its left and right, where they lead.

    way: as `core.decisions.best_number.Trend` has it.
    """

    number: float
    cost: float
    left: float
    right: float
    way: str = ""


def slope_figure(line: NumberLine, answer: Answer, here: Here, handle: str, keep: str) -> Figure:
    """Return one cost in its own units, with its slope where the reader's number is."""
    top = float(answer.costs.max())
    base, room = answer.best.value, (top - answer.best.value) or 1.0
    step = 0.09 * (line.span[1] - line.span[0])
    xs = here.number + step * np.array([-1.0, 0.0, 1.0])
    ys = here.cost + step * np.array([-here.left, 0.0, here.right])
    style = {"color": answer.look.color, "dash": answer.look.dash, "width": 2.4}
    low_x = np.array([v.middle for v in answer.best.valleys])
    low_y = np.array([v.value for v in answer.best.valleys])
    bars = np.array([[v.low, v.high, np.nan] for v in answer.best.valleys]).ravel()
    bar_y = np.repeat(low_y, 3)
    slopes = slope_words(here)
    return Figure(
        data=[
            _stroke(answer.numbers, answer.costs, style),
            {**_stroke(bars, bar_y, {"color": answer.look.color, "width": 7}), "opacity": 0.55},
            _marks(low_x, low_y, answer.look, 10),
            _stroke(xs, ys, {"width": 3}),
            {**_stroke(xs[1:2], ys[1:2], {"width": 0}), "mode": "markers",
             "marker": {"size": 11, "color": MOVED, "line": {"width": 1, "color": "white"}}},
        ],
        layout=layout(
            axis("your number a", line.span),
            axis("cost on average", (base - 0.08 * room, top + 0.08 * room)),
            keep,
        ),
        title=f"{answer.name}: what each number costs",
        alt=f"Cost of naming each number under {low(answer.name)}, lowest at "
        f"{answer_words(answer.best, line.spread)} with {number(base)}. At "
        f"{number_among(here.number, line.spread)} it is "
        f"{number(here.cost)}, {slopes}.",
        height=300,
        width=6,
        handles=(
            LineHandle(
                handle, "x", here.number, *line.span, (line.span[1] - line.span[0]) / 200, "a",
                "The number you name: a, under one loss",
            ),
        ),
        legend=(
            Entry(answer.name, answer.look.color, answer.look.dash, answer.look.symbol),
            Entry("its slope here", "currentColor", "solid", note=slopes),
        ),
    )  # fmt: skip


def slope_words(here: Here) -> str:
    """Return the slope of a cost, both of them where it has a kink."""
    left, right = number(here.left), number(here.right)
    if left == right:
        return f"slope {left}"
    return f"slope {left} on the left and {right} on the right"


def _stroke(x: Array, y: Array, line: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": np.ascontiguousarray(x, dtype=np.float64),
        "y": np.ascontiguousarray(y, dtype=np.float64),
        "line": line,
        "hoverinfo": "skip",
    }


def _marks(x: Array, y: Array, style: Look, size: int) -> dict[str, Any]:
    marker = {"size": size, "color": style.color, "symbol": style.symbol}
    return {**_stroke(x, y, {"width": 0}), "mode": "markers", "marker": marker,
            "cliponaxis": False}  # fmt: skip
