"""Probabilities, who is acted on, and what every threshold would cost."""

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.decisions.thresholds import RiskSteps
from core.losses.base import Array
from pages.ui.figures.figure import Entry, Figure, LineHandle, PointsHandle
from pages.ui.figures.parts import axis, counted, layout, number
from pages.ui.theme import CLASSES, LOOKS, POINT, STAGE_HEIGHT

TRUE, BELIEVED, REALISED = LOOKS["Huber"], LOOKS["Cauchy"], LOOKS["SquaredError"]
_DOT = 50
_LIFT = 0.11


@dataclasses.dataclass(frozen=True, eq=False)
class Threshold:
    """Reported probabilities, what came true, and the risk of every threshold on them.

    believed: by the reports. true: by the true probabilities. realised: by what came true, or None
    where that is not known. formula: the threshold that the prices ask for. span: of the risks.

    Shape: reported and label (n,).
    """

    reported: Array
    label: NDArray[np.int64]
    selected: int
    threshold: float
    formula: float
    believed: RiskSteps
    true: RiskSteps
    realised: RiskSteps | None
    span: tuple[float, float]


def threshold_figure(told: Threshold, handles: tuple[str, str], keep: str) -> Figure:
    """Return a dot for every case in the row of what came true, and the risks above.

    handles: the names of the dots and of the threshold.
    """
    labelled = told.realised is not None
    curves = [(told.believed, BELIEVED, "as the reports have it"), (told.true, TRUE, "truly")]
    if told.realised is not None:
        curves.append((told.realised, REALISED, "as it came out"))
    traces = [_dots(told, labelled)]
    for steps, style, _ in curves:
        traces.append(_curve(steps, {"color": style.color, "dash": style.dash, "width": 2.2}))
        traces.append(_here(told.threshold, steps, style.color, style.symbol))
    # Where the reports are right the two risks are one line, of which only the upper is seen.
    same = ", the same as truly" if _alike(told.believed, told.true) else ""
    formula = np.full(2, told.formula)
    traces.append(
        {**_line(formula, np.array(told.span), {"dash": "dot", "width": 1.5}), "yaxis": "y2"}
    )
    rows = ("stayed away", "came true") if labelled else ("", "")
    acted = int((told.reported > told.threshold).sum())
    risks = "; ".join(f"{name} {number(steps.at(told.threshold))}" for steps, _, name in curves)
    return Figure(
        data=traces,
        layout=layout(
            axis("reported probability p, and threshold t", (-0.03, 1.03), anchor="y"),
            axis("", (-0.3, 1.6), domain=[0.0, 0.4], tickvals=[0, 1], ticktext=list(rows),
                 tickangle=-90, showgrid=False, zeroline=False),
            keep,
            yaxis2=axis("cost per case", told.span, domain=[0.48, 1.0], anchor="x"),
        ),
        title="Threshold: act on every case above t",
        alt=f"{counted(len(told.reported), 'case')} by reported probability, {acted} above the "
        f"threshold {number(told.threshold)}. Cost per case there: {risks}. The prices ask for "
        f"the threshold {number(told.formula)}.",
        height=STAGE_HEIGHT,
        width=7,
        handles=(
            PointsHandle(handles[0], 0, told.selected, (0.005, 0.0), "Case", flip=labelled,
                         along="x"),
            LineHandle(handles[1], "x", told.threshold, 0.0, 1.0, 0.005, "t", "Threshold: t"),
        ),
        legend=(
            *(
                Entry(f"cost {name}{same if steps is told.believed else ''}", style.color,
                      style.dash, style.symbol, number(steps.at(told.threshold)))
                for steps, style, name in curves
            ),
            Entry("what the prices ask for", "currentColor", "dot", note=number(told.formula)),
        ),
    )  # fmt: skip


def _alike(one: RiskSteps, other: RiskSteps) -> bool:
    return bool(np.array_equal(one.levels, other.levels))


def _dots(told: Threshold, labelled: bool) -> dict[str, Any]:
    """Return the cases, those that are acted on filled, those that would cover others lifted."""
    rows = told.label.astype(np.float64) if labelled else np.full(len(told.label), 0.5)
    acted = told.reported > told.threshold
    kinds = told.label if labelled else np.zeros(len(told.label), dtype=np.int64)
    colors = [CLASSES[int(k)].color if labelled else POINT for k in kinds]
    symbols = [
        CLASSES[int(k)].symbol + ("" if on else "-open") for k, on in zip(kinds, acted, strict=True)
    ]
    return {
        **_line(told.reported, rows + _lifted(told.reported, rows), {"width": 0}),
        "mode": "markers",
        "marker": {"size": 12, "color": colors, "symbol": symbols, "opacity": 1,
                   "line": {"width": 2, "color": colors}},
        "hoverinfo": "all",
        "hovertemplate": "p = %{x:.3f}<extra></extra>",
    }  # fmt: skip


def _lifted(p: Array, rows: Array) -> Array:
    """Return how far a dot is lifted so that it does not cover its neighbour."""
    lift = np.zeros(len(p))
    for row in np.unique(rows):
        start, height = -np.inf, 0
        for i in np.flatnonzero(rows == row)[np.argsort(p[rows == row], kind="stable")]:
            if p[i] - start < 1 / _DOT:
                height += 1
            else:
                start, height = p[i], 0
            lift[i] = min(_LIFT * height, 0.45)
    return lift


def _curve(steps: RiskSteps, style: dict[str, Any]) -> dict[str, Any]:
    edges = np.append(steps.edges, 1.0)
    x = np.repeat(edges, 2)[1:-1]
    return {**_line(x, np.repeat(steps.levels, 2), style), "yaxis": "y2"}


def _here(threshold: float, steps: RiskSteps, color: str, symbol: str) -> dict[str, Any]:
    where = np.array([threshold]), np.array([steps.at(threshold)])
    marker = {"size": 10, "color": color, "symbol": symbol}
    return {**_line(*where, {"width": 0}), "mode": "markers", "marker": marker, "yaxis": "y2"}


def _line(x: Array, y: Array, style: dict[str, Any]) -> dict[str, Any]:
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "line": style, "hoverinfo": "skip"}
