"""Loss, cost and metric of a handful of scored examples, side by side."""

from typing import Any

import numpy as np

from core.decisions.three_words import Scored
from core.losses.base import Array
from pages.ui.figures.figure import Entry, Figure, LineHandle, PointsHandle
from pages.ui.figures.parts import axis, layout, low, number
from pages.ui.theme import CLASSES, LOOKS, POINT, STAGE_HEIGHT

COST, OBJECTIVE = LOOKS["SquaredError"], LOOKS["Barron"]
_TOTALS = 2  # rows for cost and objective, below the examples


def three_words_figure(
    told: Scored, row: int, spans: tuple[float, float], handles: tuple[str, str], keep: str
) -> Figure:
    """Return the scores to drag, a bar for the loss of each, and bars for cost and objective.

    spans: the largest score and the largest bar that are drawn. handles: the names of the scores
    and of the threshold that the metric counts by.
    """
    reach, longest = spans
    n = len(told.scores)
    rows = np.arange(n, dtype=np.float64)[::-1] + _TOTALS
    losses = told.losses
    ends = np.column_stack([np.zeros(n), losses, np.full(n, np.nan)]).ravel()
    labels = [f"{i + 1}: {'yes' if y > 0 else 'no'}" for i, y in enumerate(told.labels)]
    listed = ", ".join(
        f"{name} at {number(score)} pays {number(loss)}"
        for name, score, loss in zip(labels, told.scores, losses, strict=True)
    )
    return Figure(
        data=[
            _dots(told, rows),
            _bar(ends, np.repeat(rows, 3), POINT),
            _bar(np.array([0.0, losses[row]]), np.full(2, rows[row]), CLASSES[1].color),
            _bar(np.array([0.0, told.cost]), np.full(2, 1.0), COST.color),
            _bar(np.array([0.0, told.objective]), np.zeros(2), OBJECTIVE.color),
        ],
        layout=layout(
            axis("score", (-reach, reach), domain=[0.0, 0.52], anchor="y"),
            axis("", (-0.7, n + _TOTALS - 0.3), anchor="x",
                 tickvals=[*rows.tolist(), 1.0, 0.0], ticktext=[*labels, "cost", "objective"],
                 zeroline=False),
            keep,
            xaxis2=axis(f"{low(told.loss.name)} loss of each", (0.0, longest), domain=[0.56, 1.0],
                        anchor="y"),
            margin={"l": 78, "r": 12, "t": 8, "b": 44},
        ),
        title="Drag a score: its loss, the cost, the metric",
        alt=f"Examples with their label and score, and what each pays: {listed}. Cost, their "
        f"mean: {number(told.cost)}. Objective: {number(told.objective)}. "
        f"Accuracy: {number(told.counts.accuracy)}.",
        height=STAGE_HEIGHT - 40,
        width=7,
        handles=(
            PointsHandle(handles[0], 0, row, (0.05, 0.0), "Score", add=False, remove=False,
                         along="x"),
            LineHandle(handles[1], "x", told.threshold, -reach, reach, 0.05, "yes above",
                       "Threshold of the metric"),
        ),
        legend=(
            Entry("called yes", CLASSES[1].color, symbol="circle"),
            Entry("called no", CLASSES[0].color, symbol="circle-open"),
            Entry("cost", COST.color, "solid", note=number(told.cost)),
            Entry("objective", OBJECTIVE.color, "solid", note=number(told.objective)),
        ),
    )  # fmt: skip


def _dots(told: Scored, rows: Array) -> dict[str, Any]:
    called = told.scores > told.threshold
    return {
        "type": "scatter",
        "mode": "markers",
        "x": told.scores,
        "y": rows,
        "marker": {
            "size": 13,
            "color": [CLASSES[int(on)].color for on in called],
            "symbol": ["circle" if on else "circle-open" for on in called],
            "opacity": 1,
            "line": {"width": 2, "color": [CLASSES[int(on)].color for on in called]},
        },
        "hoverinfo": "skip",
        "cliponaxis": False,
    }


def _bar(x: Array, y: Array, color: str) -> dict[str, Any]:
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "xaxis": "x2", "yaxis": "y",
            "line": {"color": color, "width": 12}, "hoverinfo": "skip"}  # fmt: skip
