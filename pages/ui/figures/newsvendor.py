"""What an order costs on average, above the share of days on which it was enough."""

import dataclasses
from typing import Any

import numpy as np

from core.decisions.best_number import Valley
from core.losses.base import Array
from pages.ui.figures.figure import Entry, Figure, LineHandle
from pages.ui.figures.parts import axis, finer, layout, number, number_among
from pages.ui.theme import LOOKS, MOVED, POINT, STAGE_HEIGHT

_BEST, _MEAN = LOOKS["Quantile"], LOOKS["SquaredError"]


@dataclasses.dataclass(frozen=True, eq=False)
class Ordering:
    """Orders and what they cost on average, the demand, the reader's order, the best, the mean.

    top: the cost at the upper end of the picture, which stays while a hand moves. spread: how far
    demands lie apart.

    Shape: orders and costs (m,); demand (n,), rising, as its shares.
    """

    label: str
    span: tuple[float, float]
    top: float
    orders: Array
    costs: Array
    demand: Array
    shares: Array
    order: float
    cost: float
    best: Valley
    mean: float
    mean_cost: float
    ratio: float
    spread: float

    def written(self, value: float) -> str:
        """Return an order so that it can be told from the best one and from the mean."""
        named = (self.order, self.mean, self.best.low, self.best.high)
        return number_among(value, finer(self.spread, *named))


def newsvendor_figure(told: Ordering, handles: tuple[str, str], keep: str) -> Figure:
    """Return the expected cost over the order, and below it how often the demand lies below.

    handles: the names of the order and of the level of the quantile.
    """
    x, y = _share_below(told)
    middle = np.array([told.best.middle])
    best = told.written(told.best.low)
    if not told.best.single:
        best += f" to {told.written(told.best.high)}"
    level = np.array([told.best.low, told.best.high])
    return Figure(
        data=[
            _line(x, y, {"color": POINT, "width": 2}),
            _line(level, np.full(2, told.ratio), {"color": _BEST.color, "width": 6}),
            _dot(middle, np.array([told.ratio]), _BEST.color, _BEST.symbol),
            _above(_line(told.orders, told.costs, {"width": 2.4})),
            _above(_line(level, np.full(2, told.best.value), {"color": _BEST.color, "width": 6})),
            _above(_dot(middle, np.array([told.best.value]), _BEST.color, _BEST.symbol)),
            _above(_dot(np.array([told.mean]), np.array([told.mean_cost]), _MEAN.color,
                        _MEAN.symbol)),
            _above(_dot(np.array([told.order]), np.array([told.cost]), MOVED, "circle")),
        ],
        layout=layout(
            axis(told.label, told.span, anchor="y"),
            axis("share of days", (-0.04, 1.06), domain=[0.0, 0.42]),
            keep,
            yaxis2=axis("cost on average", (0.0, told.top), domain=[0.52, 1.0], anchor="x"),
        ),
        title="Newsvendor: drag your order q, or the price ratio τ",
        alt=f"Expected cost over the order: {number(told.cost)} at the order "
        f"{told.written(told.order)}; least, {number(told.best.value)}, at {best}, where the "
        f"share of days with no more demand passes τ = {number(told.ratio)}. The mean demand "
        f"{told.written(told.mean)} costs {number(told.mean_cost)}.",
        height=STAGE_HEIGHT,
        width=7,
        handles=(
            LineHandle(handles[0], "x", told.order, *told.span,
                       (told.span[1] - told.span[0]) / 200, "q", "Order: q", MOVED),
            LineHandle(handles[1], "y", told.ratio, 0.0, 1.0, 0.01, "τ", "Price ratio: τ",
                       _BEST.color),
        ),
        legend=(
            Entry("your order", MOVED, symbol="circle", note=number(told.cost)),
            Entry(f"best order {best}", _BEST.color, symbol=_BEST.symbol,
                  note=number(told.best.value)),
            Entry("ordering the mean", _MEAN.color, symbol=_MEAN.symbol,
                  note=number(told.mean_cost)),
            Entry("days with no more demand", POINT, "solid"),
        ),
    )  # fmt: skip


def _share_below(told: Ordering) -> tuple[Array, Array]:
    """Return the steps of the share of days whose demand is no more."""
    low, high = told.span
    x = np.concatenate([[min(low, told.demand[0])], np.repeat(told.demand, 2),
                        [max(high, told.demand[-1])]])  # fmt: skip
    summed = np.minimum(np.cumsum(told.shares), 1.0)
    y = np.concatenate([[0.0, 0.0], np.repeat(summed, 2)])
    return x, y


def _line(x: Array, y: Array, style: dict[str, Any]) -> dict[str, Any]:
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "line": style, "hoverinfo": "skip"}


def _dot(x: Array, y: Array, color: str, symbol: str) -> dict[str, Any]:
    marker = {"size": 11, "color": color, "symbol": symbol}
    return {**_line(x, y, {"width": 0}), "mode": "markers", "marker": marker}


def _above(trace: dict[str, Any]) -> dict[str, Any]:
    return {**trace, "yaxis": "y2"}
