"""Three probabilities as one place in a triangle, the logits they come from, and their pull."""

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from core.classification.softmax_regression import best_lead
from core.losses.base import Array
from core.losses.multiclass import LabelSmoothing
from pages.ui.figures.figure import Bar, Entry, Figure, LineHandle, MarkerHandle, Shares
from pages.ui.figures.landscape import Heights, heat, levels
from pages.ui.figures.parts import arrow, axis, class_ticks, escaped, layout, low, number
from pages.ui.theme import CASING, CLASSES, ON_SURFACE, POINT, SEQUENTIAL, STAGE_HEIGHT, look

PREDICTION = "prediction"
LOGITS = ("logit-0", "logit-1", "logit-2")
_HIGH = float(np.sqrt(0.75))
_CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, _HIGH]])
_LEAST = 0.002  # of a probability that is dragged: of 0 there is no logit
_ROWS, _COLUMNS = 84, 97
_LEAST_LOSS, _TOP = 1e-6, 4.0  # losses above are drawn alike: cross-entropy has no largest
_REACHES = (4.0, 6.0, 12.0, 25.0, 50.0, 100.0)
_SUBSCRIPTS = "₁₂₃"


@dataclasses.dataclass(frozen=True, eq=False)
class Told:
    """A prediction over three classes as it is drawn.

    logits: before they are divided by a temperature. pull: the gradient by what softmax is taken
    of. target: what is asked for, a probability for each class. loss: its name.
    """

    names: tuple[str, ...]
    logits: Array
    probability: Array
    target: Array
    pull: Array
    truth: int
    loss: str


@dataclasses.dataclass(frozen=True, eq=False)
class Surface:
    """A loss over the triangle: no number outside. Shape: x (m,), y (n,), z (n, m)."""

    x: Array
    y: Array
    z: Array


def at(probability: Array) -> Array:
    """Return the place of probabilities in the triangle, (..., 3) to (..., 2)."""
    return probability @ _CORNERS


def in_triangle(x: float, y: float) -> Array:
    """Return the probabilities of a place, none of them quite 0."""
    top = y / _HIGH
    right = x - 0.5 * top
    shares = np.clip([1.0 - right - top, right, top], _LEAST, 1.0)
    return shares / shares.sum()


def grid() -> tuple[Array, Array, Array]:
    """Return the axes of a surface and the probabilities of its places, NaN outside.

    Shape: (m,), (n,) and (n, m, 3).
    """
    x, y = np.linspace(0.0, 1.0, _COLUMNS), np.linspace(0.0, _HIGH, _ROWS)
    across, up = np.meshgrid(x, y)
    top = up / _HIGH
    right = across - 0.5 * top
    shares = np.stack([1.0 - right - top, right, top], axis=-1)
    inside = np.asarray((shares > -1e-9).all(axis=-1))
    shares = np.maximum(shares, 1e-9)
    return x, y, np.where(inside[..., None], shares / shares.sum(axis=-1, keepdims=True), np.nan)


def triangle_figure(told: Told, surface: Surface) -> Figure:
    """Return a loss over all predictions, and the present one with the way it is pulled."""
    heights = Heights.of(np.clip(surface.z, _LEAST_LOSS, _TOP), geometric=False)
    z = np.where(np.isnan(surface.z), np.nan, heights.of_cost(surface.z))
    where = {"x": surface.x, "y": surface.y, "z": z}
    here, asked = at(told.probability), at(told.target)
    way = arrow(here, at(told.probability - told.pull), 0.05)
    traces = [
        heat(where), levels(where), _outline(), _corners(told.truth),
        _dot(asked, {"symbol": "star", "size": 13, "color": ON_SURFACE,
                     "line": {"width": 1.5, "color": "#000000"}}),
        _stroke(way, {"color": CASING, "width": 5}),
        _stroke(way, {"color": ON_SURFACE, "width": 2.5}),
        _dot(here, {"symbol": "circle", "size": 15, "color": "#e0a100",
                    "line": {"width": 2.5, "color": ON_SURFACE}}),
    ]  # fmt: skip
    lowest = at(np.eye(3) * (1 - 3 * _LEAST) + _LEAST)
    handle = MarkerHandle(
        PREDICTION, len(traces) - 1, float(here[0]), float(here[1]), (0.01, 0.01),
        "Prediction in the triangle", hull=tuple((float(x), float(y)) for x, y in lowest),
    )  # fmt: skip
    hidden = {"visible": False, "constrain": "domain", "fixedrange": True}
    return Figure(
        data=traces,
        layout=layout(
            axis("", (-0.1, 1.1), **hidden),
            axis("", (-0.12, _HIGH + 0.1), **hidden, scaleanchor="x"),
            "triangle",
            margin={"l": 8, "r": 58, "t": 8, "b": 8},
            annotations=[_name(told.names, k) for k in range(3)],
        ),
        title=f"{told.loss} where {told.names[told.truth]} is true: drag the prediction",
        alt=_alt(told),
        height=STAGE_HEIGHT,
        width=6,
        handles=(handle,),
        readout=Shares(tuple(told.names), _barycentric(), softmax=False),
        bar=Bar(_bar_labels(heights), SEQUENTIAL),
        legend=(
            Entry("prediction", "#e0a100", symbol="circle"),
            Entry("what is asked for", "currentColor", symbol="star"),
            Entry("minus the gradient", "currentColor", "solid"),
        ),
    )


def _bar_labels(heights: Heights) -> tuple[str, ...]:
    lowest, *lower, highest = heights.labels()
    lowest = lowest if heights.low > _LEAST_LOSS else "0"
    cut = heights.low + heights.spread >= _TOP
    return (lowest, *lower, f"≥ {highest}" if cut else highest)


def _barycentric() -> tuple[tuple[float, ...], ...]:
    """Return the rows that give the three shares of a place (x, y, 1)."""
    top, right = np.array([0.0, 1 / _HIGH, 0.0]), np.array([1.0, -0.5 / _HIGH, 0.0])
    left = np.array([0.0, 0.0, 1.0]) - top - right
    return tuple(tuple(row.tolist()) for row in (left, right, top))


def _name(names: Sequence[str], k: int) -> dict[str, Any]:
    """Return the name of a corner as Plotly writes it, beside its mark."""
    x, y = _CORNERS[k]
    return {
        "x": float(x), "y": float(y), "text": f"certainly {escaped(names[k])}",
        "showarrow": False, "yshift": 20 if k == 2 else -20,
        "xanchor": ("left", "right", "center")[k], "xshift": (-20, 20, 0)[k],
    }  # fmt: skip


def _outline() -> dict[str, Any]:
    return _stroke(_CORNERS[[0, 1, 2, 0]], {"color": POINT, "width": 3})


def _corners(truth: int) -> dict[str, Any]:
    sizes = [20 if k == truth else 13 for k in range(3)]
    return {
        **_stroke(_CORNERS, {"width": 0}),
        "mode": "markers",
        "marker": {
            "size": sizes,
            "color": [one.color for one in CLASSES[:3]],
            "symbol": [one.symbol for one in CLASSES[:3]],
            "opacity": 1,
            "line": {"width": 2, "color": ON_SURFACE},
        },
        "cliponaxis": False,
    }


def _stroke(points: Array, line: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": np.ascontiguousarray(points[:, 0]),
        "y": np.ascontiguousarray(points[:, 1]),
        "line": line,
        "hoverinfo": "skip",
    }


def _dot(point: Array, marker: dict[str, Any]) -> dict[str, Any]:
    return {**_stroke(point[None, :], {"width": 0}), "mode": "markers", "marker": marker,
            "cliponaxis": False}  # fmt: skip


def _alt(told: Told) -> str:
    shares = ", ".join(
        f"{name} {number(value)}" for name, value in zip(told.names, told.probability, strict=True)
    )
    pulls = ", ".join(number(value) for value in told.pull)
    return (
        f"Triangle of all probabilities of {', '.join(told.names)}, with the {low(told.loss)} "
        f"where {told.names[told.truth]} is true as heat and level lines. The prediction is "
        f"{shares}. The gradient by the logits is {pulls}; the arrow points against it."
    )


# Bars --------------------------------------------------------------------------------------------


def logits_figure(told: Told, middle: float) -> Figure:
    """Return the three logits as bars to drag, with the step that one unit of descent takes.

    middle: the number that all bars start at.
    """
    reach = _reach(told.logits - middle)
    span = (middle - 1.1 * reach, middle + 1.1 * reach)
    traces: list[dict[str, Any]] = []
    for k in range(3):
        bar = np.array([[0.36, middle], [0.36, told.logits[k]]])
        tip = told.logits[k] - told.pull[k]
        way = arrow((0.36, told.logits[k]), (0.36, tip), 0.3, squash=reach / 4)
        axes = {"xaxis": _sub("x", k), "yaxis": _sub("y", k)}
        traces += [
            {**_stroke(bar, {"color": CLASSES[k].color, "width": 16}), **axes},
            {**_stroke(way, {"width": 2.5}), **axes},
        ]
    more: dict[str, Any] = {}
    ticks = class_ticks(told.names)
    for k in range(3):
        end = "" if k == 0 else str(k + 1)
        more[f"xaxis{end}"] = axis(
            "", (-0.6, 0.6), domain=[k / 3 + 0.01, (k + 1) / 3 - 0.01], anchor=_sub("y", k),
            **{**ticks, "tickvals": [0], "ticktext": [ticks["ticktext"][k]]},
        )  # fmt: skip
        more[f"yaxis{end}"] = axis(
            "logit z" if k == 0 else "", span, anchor=_sub("x", k), showticklabels=k == 0,
            zeroline=False,
        )  # fmt: skip
    x_axis, y_axis = more.pop("xaxis"), more.pop("yaxis")
    handles = tuple(
        LineHandle(
            LOGITS[k], _sub("y", k), float(told.logits[k]), middle - reach, middle + reach,
            reach / 60, f"z{_SUBSCRIPTS[k]}", f"Logit of {told.names[k]}",
        )
        for k in range(3)
    )  # fmt: skip
    steps = ", ".join(
        f"{name} {number(value)} with gradient {number(pull, 2)}"
        for name, value, pull in zip(told.names, told.logits, told.pull, strict=True)
    )
    return Figure(
        data=traces,
        layout=layout(x_axis, y_axis, f"logits-{reach}-{middle}", **more),
        title="Logits: drag a bar",
        alt=f"Bars of three logits: {steps}. Arrows point against the gradient of "
        f"{low(told.loss)}.",
        height=STAGE_HEIGHT,
        width=3,
        handles=handles,
        legend=(Entry("minus the gradient", "currentColor", "solid"),),
    )


def _reach(logits: Array) -> float:
    most = float(np.abs(logits).max())
    return next((reach for reach in _REACHES if most <= reach), most)


def _sub(letter: str, k: int) -> str:
    return letter if k == 0 else f"{letter}{k + 1}"


def probability_figure(told: Told) -> Figure:
    """Return softmax of the logits as bars, what is asked for, and the arrows y - p between."""
    traces = [
        _stroke(np.array([[k, 0.0], [k, value]]), {"color": CLASSES[k].color, "width": 30})
        for k, value in enumerate(told.probability)
    ]
    asked = [[[k - 0.42, y], [k + 0.42, y], [np.nan, np.nan]] for k, y in enumerate(told.target)]
    ways = []
    for k in range(3):
        way = arrow((k + 0.3, told.probability[k]), (k + 0.3, told.target[k]), 0.14, squash=0.35)
        ways += [way, np.full((1, 2), np.nan)]
    traces += [
        _stroke(np.concatenate([np.array(one) for one in asked]), {"width": 2, "dash": "dot"}),
        _stroke(np.concatenate(ways), {"width": 2.5}),
    ]
    gaps = told.probability - told.target
    told_words = [
        f"{number(p)} ({_signed(gap)})" for p, gap in zip(told.probability, gaps, strict=True)
    ]
    return Figure(
        data=traces,
        layout=layout(
            axis("", (-0.6, 2.6), **class_ticks(told.names)),
            axis("probability p", (-0.03, 1.08)),
            "probabilities",
        ),
        title="Softmax, and p − y",
        alt="Bars of three probabilities with p − y in brackets: "
        + ", ".join(f"{a} {b}" for a, b in zip(told.names, told_words, strict=True))
        + ". Arrows lead from each to what is asked for.",
        height=STAGE_HEIGHT,
        width=3,
        legend=tuple(
            Entry(name, CLASSES[k].color, symbol=CLASSES[k].symbol, note=told_words[k])
            for k, name in enumerate(told.names)
        ),
    )


def _signed(value: float) -> str:
    return number(value, 2) if value < 0 else f"+{number(value, 2)}"


# Label smoothing ---------------------------------------------------------------------------------

_COUNTS = ((3, "solid"), (10, "dash"), (1000, "dot"))
_EPSILONS = np.linspace(0.001, 0.9, 181)
_HIGHEST = 12.0


@functools.cache
def _best_leads() -> tuple[tuple[float, ...], ...]:
    """Return the curves of the picture, which hold for every ε."""
    losses = [LabelSmoothing(float(one)) for one in _EPSILONS]
    return tuple(tuple(best_lead(loss, classes) for loss in losses) for classes, _ in _COUNTS)


def smoothing_figure(loss: LabelSmoothing) -> Figure:
    """Return how far the true logit leads where smoothed labels cost least, with ε to drag."""
    color = look(loss).color
    traces, legend = [], []
    for (classes, dash), leads in zip(_COUNTS, _best_leads(), strict=True):
        line = {"color": color, "width": 2.2, "dash": dash}
        traces.append(_stroke(np.column_stack([_EPSILONS, leads]), line))
        now = number(best_lead(loss, classes))
        legend.append(Entry(f"{classes:,} classes", color, dash, note=now))
    best = [min(best_lead(loss, classes), _HIGHEST) for classes, _ in _COUNTS]
    dots = np.column_stack([np.full(len(best), loss.epsilon), best])
    marker = {"size": 9, "color": color}
    traces.append({**_stroke(dots, {"width": 0}), "mode": "markers", "marker": marker})
    handle = LineHandle(
        "LabelSmoothing.epsilon", "x", loss.epsilon, 0.0, 0.9, 0.01, "ε", "Label smoothing: ε"
    )
    told = "; ".join(f"{one.name} {one.note}" for one in legend)
    return Figure(
        data=traces,
        layout=layout(
            axis("share ε of the target spread evenly", (-0.02, 0.92)),
            axis("lead that costs least", (0.0, _HIGHEST)),
            "smoothing",
        ),
        title="What smoothing asks of the logits: drag ε",
        alt=f"Lead of the true logit at which smoothed labels cost least, against ε. "
        f"At ε = {number(loss.epsilon)}: {told}.",
        height=270,
        width=6,
        handles=(handle,),
        legend=tuple(legend),
    )
