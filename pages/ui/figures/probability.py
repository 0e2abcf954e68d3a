"""What a probability is worth: expected losses, reliability, and who carries the loss."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.classification.metrics import LossShares, Reliability
from core.library.evidence import best_report, expected
from core.losses.base import Array
from core.losses.links import sigmoid
from core.losses.margin import MarginLoss
from pages.ui.figures.figure import Entry, Figure, LineHandle
from pages.ui.figures.parts import axis, escaped, layout, low, number
from pages.ui.theme import POINT, SMALL_HEIGHT, look

TRUTH = "truth"
_SCORES = np.linspace(-12.0, 12.0, 481)
_TOP = 0.8  # above their lowest, curves are cut there
_UNIT = (-0.02, 1.02)


def expected_figure(losses: Sequence[MarginLoss], truth: float, positive: float = 1.0) -> Figure:
    """Return the expected loss of every report, above its lowest, with the truth to drag.

    positive: what a loss on a positive is multiplied by, which is as if positives were more.
    """
    traces, legend, told = [], [], []
    total = positive * truth + 1.0 - truth
    seen = positive * truth / total
    for loss in losses:
        best = float(_read(loss, np.array([best_report(loss, seen)]))[0])
        costs = total * expected(loss, seen, _SCORES)
        x, y = _read(loss, _SCORES), costs - costs.min()
        style = {"color": look(loss).color, "dash": look(loss).dash, "width": 2.4}
        traces.append(_line(x, np.minimum(y, 3.0), loss.name, style))
        traces.append(_dot(best, 0.0, loss))
        reads = loss.probability(0.0) is not None
        note = number(best, 3) if reads else "reports none; drawn as if a logit"
        legend.append(Entry(loss.name, look(loss).color, look(loss).dash, note=note))
        told.append(f"{loss.name} {note}")
    handle = LineHandle(
        TRUTH, "x", truth, 0.01, 0.99, 0.01, "π", "True probability of a positive"
    )  # fmt: skip
    return Figure(
        data=traces,
        layout=layout(
            axis("reported probability", _UNIT),
            axis("expected loss above its lowest", (-0.03, _TOP)),
            "expected",
        ),
        title=f"Is it honest? Drag the truth π{_counted(positive)}",
        alt=f"Expected loss against the reported probability when a positive comes true with "
        f"probability {number(truth, 3)}{_counted(positive)}. Lowest at: {'; '.join(told)}.",
        height=SMALL_HEIGHT + 40,
        width=6,
        handles=(handle,),
        legend=tuple(legend),
    )


def _counted(positive: float) -> str:
    times = number(positive, 3)
    return "" if positive == 1.0 else f"; a positive counts {times} times"


def _read(loss: MarginLoss, score: Array) -> Array:
    """Return the probability that a score reports; where a loss tells none, as a logit would."""
    told = loss.probability(score)
    return sigmoid(score) if told is None else told


def reliability_figure(loss: MarginLoss, found: Reliability | None) -> Figure:
    """Return how often came true what the chosen fit gave a probability, with 95 % intervals."""
    bins = () if found is None else found.bins
    predicted = np.array([np.nan if one.predicted is None else one.predicted for one in bins])
    observed = np.array([np.nan if one.observed is None else one.observed for one in bins])
    ends = [one.interval or (np.nan, np.nan) for one in bins]
    x = np.repeat(predicted, 3)
    y = np.array([value for low, high in ends for value in (low, high, np.nan)])
    color = look(loss).color
    told = _told(found)
    return Figure(
        data=[
            _line(np.array([0.0, 1.0]), np.array([0.0, 1.0]), "honest", _QUIET),
            _line(x, y, "where the true share lies", {"color": color, "width": 1.2}),
            {
                **_line(predicted, observed, loss.name, {"color": color, "width": 1}),
                "mode": "markers",
                "marker": {"size": 9, "color": color, "symbol": look(loss).symbol},
                "text": [f"{one.count} points" for one in bins],
                "hovertemplate": "given %{x:.2f}, true %{y:.2f}, %{text}<extra></extra>",
                "hoverinfo": "all",
            },
        ],
        layout=layout(
            axis("reported probability", _UNIT), axis("share that is positive", _UNIT), "reliable"
        ),
        title=f"Is this fit honest? {loss.name}",
        alt=f"Reliability diagram of the {loss.name} fit. {told}",
        height=SMALL_HEIGHT + 40,
        width=6,
        legend=(Entry("honest", POINT, "dot"), Entry(told, color)),
    )


def _told(found: Reliability | None) -> str:
    if found is None:
        return "This loss reports no probability."
    return f"mean distance from honest: {number(found.error, 2)}"


def shares_figure(
    losses: Sequence[MarginLoss], shares: Sequence[LossShares], chosen: str
) -> Figure:
    """Return how much of each loss hard and easy points carry, all at the line of the chosen."""
    heights = np.arange(len(losses), dtype=np.float64)[::-1]
    traces: list[dict[str, Any]] = []
    for loss, share, height in zip(losses, shares, heights, strict=True):
        split = share.hard or 0.0
        color = look(loss).color
        for x, faint in (((0.0, split), 1.0), ((split, 1.0), 0.35)):
            line = {"color": color, "width": 20}
            drawn = _line(np.array(x), np.full(2, height), loss.name, line)
            traces.append({**drawn, "opacity": faint})
    told = [_carried(loss, share) for loss, share in zip(losses, shares, strict=True)]
    names = [escaped(loss.name) for loss in losses]
    y_axis = axis("", (-0.6, len(losses) - 0.4), tickvals=heights.tolist(), ticktext=names,
                  showgrid=False, zeroline=False)  # fmt: skip
    return Figure(
        data=traces,
        layout=layout(
            axis("share of all losses", _UNIT), y_axis, "shares",
            margin={"l": 130, "r": 12, "t": 8, "b": 44},
        ),
        title=f"Who carries each loss, at the line of {low(chosen)}?",
        alt=f"Share of the total loss carried by points not on the right side of the line of "
        f"{chosen}: {'; '.join(told)}.",
        height=max(150, 60 + 34 * len(losses)),
        width=6,
        legend=tuple(
            Entry(loss.name, look(loss).color, note=words.removeprefix(f"{loss.name}: "))
            for loss, words in zip(losses, told, strict=True)
        ),
    )  # fmt: skip


def _carried(loss: MarginLoss, share: LossShares) -> str:
    if share.hard is None:
        return f"{loss.name}: no loss at all"
    if not share.hard_count:
        return f"{loss.name}: all of it by points on the right side"
    by = f"the {share.hard_count} not on the right side"
    return f"{loss.name}: {number(100 * share.hard, 3)} % by {by}"


_QUIET = {"color": POINT, "dash": "dot", "width": 1.2}


def _line(x: Array, y: Array, name: str, line: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": np.ascontiguousarray(x),
        "y": np.ascontiguousarray(y),
        "name": escaped(name),
        "line": line,
        "hoverinfo": "skip",
    }


def _dot(x: float, y: float, loss: MarginLoss) -> dict[str, Any]:
    marker = {"size": 10, "color": look(loss).color, "symbol": look(loss).symbol}
    base = _line(np.array([x]), np.array([y]), loss.name, {"width": 0})
    return {**base, "mode": "markers", "marker": marker}
