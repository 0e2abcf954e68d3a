"""What one proximal step does to a number, how far both racers are from the lowest, and targets."""

from collections.abc import Sequence

import numpy as np

from core.losses.base import Array
from core.optimizers import Trajectory
from core.penalties import Penalty
from core.regularization.mean_square import parts
from core.regularization.proximal import drawn_in
from pages.ui.figures.balls import PROXIMAL, SUBGRADIENT, padded_to
from pages.ui.figures.coefficients import power
from pages.ui.figures.figure import Entry, Figure, Frame, LineHandle, Play, PointsHandle
from pages.ui.figures.parts import axis, layout, low, number, padded
from pages.ui.theme import CLASSES, MOVED, POINT, SMALL_HEIGHT, look

_FLOOR = 1e-16  # a cost above the lowest no larger than this is drawn as this
_HEIGHT = SMALL_HEIGHT + 40


def shrink_figure(
    penalty: Penalty, pull: float, reach: float, steps: tuple[Array, Array], handle: str
) -> Figure:
    """Return the proximal step as a curve: what goes in, what comes out, the threshold to drag.

    pull: step size times strength. steps: what went in and came out at each step of the race.

    Shape: steps (k + 1, 2) each.
    """
    bent, _ = parts(penalty)
    threshold, color = bent * pull, look(penalty).color
    x = np.union1d(np.linspace(-reach, reach, 121), [-threshold, threshold])
    x = x[np.abs(x) <= reach]
    before, after = steps
    line = {"type": "scatter", "mode": "lines", "hoverinfo": "skip"}
    traces = [
        {**line, "x": np.array([-reach, reach]), "y": np.array([-reach, reach]),
         "line": {"color": POINT, "dash": "dot", "width": 1.4}},
        {**line, "x": x, "y": drawn_in(penalty, pull, x), "line": {"color": color, "width": 2.6}},
    ]  # fmt: skip
    frames = []
    for k in (0, 1):
        marker = {"symbol": CLASSES[k].symbol, "size": 10, "color": CLASSES[k].color}
        columns = np.ascontiguousarray(before[:, k]), np.ascontiguousarray(after[:, k])
        frames.append(Frame(len(traces), "here", *columns))
        traces.append({**line, "mode": "markers", "x": columns[0][-1:], "y": columns[1][-1:],
                       "marker": marker})  # fmt: skip
    top = 0.98 * reach
    bar = LineHandle(
        handle, "x", min(threshold, top), 0.0, top, reach / 200, "αλρ" if bent < 1 else "αλ",
        "Threshold of the proximal step", color,
    )  # fmt: skip
    ends = f"exactly 0 up to ±{number(threshold)}" if bent else "0 at 0 alone"
    return Figure(
        data=traces,
        layout=layout(axis("before: a gradient step", (-reach, reach)),
                      axis("after: drawn in", (-reach, reach)), f"shrink-{reach}"),
        title="The step that makes zeros" if bent else "A step that makes no zeros",
        alt=f"The proximal step of {low(penalty.name)}: what comes out against what goes in, "
        f"{ends}.",
        height=_HEIGHT,
        width=3,
        handles=(bar,) if bent and threshold <= top else (),
        play=Play("race", len(before) - 1, tuple(frames)),
        legend=(Entry("no penalty", POINT, "dot"), Entry(penalty.name, color, "solid")),
    )  # fmt: skip


def gaps_figure(paths: Sequence[Trajectory], lowest: float, names: tuple[str, str]) -> Figure:
    """Return how far above the lowest cost both racers are at each step, on powers of ten."""
    steps = max(len(one.values) for one in paths) - 1
    x = np.arange(steps + 1, dtype=np.float64)
    floor = max(_FLOOR, 1e-16 * abs(lowest))
    gaps = [np.maximum(padded_to(one.values, steps) - lowest, floor) for one in paths]
    rows = [np.log10(gap) for gap in gaps]
    traces, frames = [], []
    line = {"type": "scatter", "mode": "lines", "x": x, "hoverinfo": "skip"}
    looks = (PROXIMAL, SUBGRADIENT)
    for row, style in zip(rows, looks, strict=True):
        traces.append({**line, "y": row, "line": {"color": style.color, "dash": style.dash,
                                                  "width": 2.4}})  # fmt: skip
    for row, style in zip(rows, looks, strict=True):
        frames.append(Frame(len(traces), "here", x, row))
        marker = {"symbol": style.symbol, "size": 10, "color": style.color}
        traces.append({**line, "mode": "markers", "x": x[-1:], "y": row[-1:], "marker": marker})
    bottom, top = np.floor(min(map(np.min, rows))), np.ceil(max(map(np.max, rows)))
    ticks = np.arange(bottom, top + 1.0, max(1.0, np.ceil((top - bottom) / 4.0)))
    last = float(max(steps, 1))
    told = "; ".join(
        f"{name} {number(float(gap[-1]))}" for name, gap in zip(names, gaps, strict=True)
    )
    return Figure(
        data=traces,
        layout=layout(
            axis("step", (-0.02 * last, 1.02 * last)),
            axis("cost above the lowest", (bottom - 0.4, max(top, bottom + 1.0) + 0.4),
                 tickvals=ticks.tolist(), ticktext=[power(int(one)) for one in ticks]),
            "gaps",
        ),
        title="Loss against step",
        alt=f"Cost above the lowest against the step, at the end: {told}.",
        height=_HEIGHT,
        width=3,
        play=Play("race", steps, tuple(frames)),
        legend=tuple(
            Entry(name, style.color, style.dash) for name, style in zip(names, looks, strict=True)
        ),
    )  # fmt: skip


def target_figure(
    handle: str, x: Array, y: Array, words: tuple[str, str], slopes: tuple[float, float],
    span: tuple[float, float], chosen: tuple[int, tuple[int, ...]], color: str,
) -> Figure:  # fmt: skip
    """Return the target against one feature, each of whose points can be lifted.

    words: feature and target. slopes: of this feature in the model, and without a penalty; the
    lines go through the mean, where the other feature is at its mean too. chosen: the selected
    point, and those that were lifted.
    """
    index, lifted = chosen
    ends = np.array(padded(x, 0.1))
    middle = float(y.mean())
    line = {"type": "scatter", "mode": "lines", "x": ends, "hoverinfo": "skip"}
    size = 9 if len(x) <= 60 else 5
    ring: list[str] | str = POINT
    if lifted:
        ring = [MOVED if i in set(lifted) else POINT for i in range(len(x))]
    marker = {"size": size, "color": ring, "line": {"width": 1, "color": "white"}}
    traces = [
        {"type": "scatter", "mode": "markers", "x": x, "y": y, "hoverinfo": "skip",
         "marker": marker},
        {**line, "y": middle + slopes[1] * ends, "line": {"color": POINT, "dash": "dot",
                                                          "width": 1.8}},
        {**line, "y": middle + slopes[0] * ends, "line": {"color": color, "width": 2.6}},
    ]  # fmt: skip
    handles = PointsHandle(
        handle, 0, index, (0.0, (span[1] - span[0]) / 200), "Point", add=False, remove=False,
        along="y",
    )  # fmt: skip
    return Figure(
        data=traces,
        layout=layout(axis(f"{words[0]} (std. dev.)", (float(ends[0]), float(ends[1]))),
                      axis(words[1], span), f"{handle}-{span}"),
        title=f"{words[0][0].upper()}{words[0][1:]}: lift a point",
        alt=f"{len(x)} points, {words[1]} against {words[0]}. The slope is {number(slopes[0])} in "
        f"the model and {number(slopes[1])} without a penalty.",
        height=_HEIGHT,
        width=3,
        handles=(handles,),
        legend=(Entry("in the model", color, "solid", note=number(slopes[0])),
                Entry("no penalty", POINT, "dot", note=number(slopes[1]))),
    )  # fmt: skip
