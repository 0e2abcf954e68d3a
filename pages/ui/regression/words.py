"""What the regression page says in computed words, and one point's arithmetic."""

import numpy as np

from core.losses.base import Array
from core.losses.residual import ResidualLoss
from core.worked import enclosed, latex
from pages.ui import explain
from pages.ui.figures.parts import low, number
from pages.ui.regression.state import Points, RegressionState

_ROUNDING = 1e-13  # a residual below this part of its terms is their rounding


def cost_name(state: RegressionState) -> str:
    """Return what the height of the landscape is called."""
    if not state.root:
        return "cost (mean loss)"
    return "RMSE" if state.chosen == "SquaredError" else "root of the cost"


def intercept_name(points: Points) -> str:
    """Return what the second parameter is called: where on x it is measured, unless at 0."""
    return "intercept" if points.origin == 0 else f"height at x = {number(points.origin)}"


def move_sentence(
    points: Points, before: Points, index: int, lines: tuple[ResidualLoss, ...],
    old: tuple[Array, ...], new: tuple[Array, ...],
) -> str:  # fmt: skip
    """Say what moving one point did to every slope, the largest change first."""
    where = _travel(points.x[index] - before.x[index], points.y[index] - before.y[index], points)
    changes = sorted(zip(lines, old, new, strict=True), key=lambda one: -abs(one[2][0] - one[1][0]))
    first, *rest = changes
    told = (
        f"Moving point {index + 1} {where} turned the **{low(first[0].name)}** slope from "
        f"{number(first[1][0])} to {number(first[2][0])}"
    )
    more = [f"**{low(loss.name)}**'s {_moved(abs(b[0] - a[0]), a[0])}" for loss, a, b in rest]
    return told + ("; " + ", ".join(more) if more else "") + "."


def _moved(change: float, before: float) -> str:
    return f"moved by {number(change, 2)}" if change > 1e-9 * max(abs(before), 1e-9) else "stayed"


def _travel(dx: float, dy: float, points: Points) -> str:
    parts = []
    tall, wide = float(np.ptp(points.y)) or 1.0, float(np.ptp(points.x)) or 1.0
    if abs(dy) > 1e-3 * tall:
        parts.append(f"{'up' if dy > 0 else 'down'} by {number(abs(dy), 2)}")
    if abs(dx) > 1e-2 * wide or not parts:
        parts.append(f"{'right' if dx > 0 else 'left'} by {number(abs(dx), 2)}")
    return " and ".join(parts)


def point_arithmetic(loss: ResidualLoss, points: Points, theta: Array, index: int) -> list[str]:
    """Return LaTeX lines: one point's prediction, its residual and its loss, with numbers."""
    x, y = points.x[index], points.y[index]
    across = latex(x) if points.origin == 0 else rf"({latex(x)} - {enclosed(points.origin)})"
    prediction = theta[0] * (x - points.origin) + theta[1]
    residual = prediction - y
    if abs(residual) < _ROUNDING * max(abs(prediction), abs(y)):
        residual = 0.0
    return [
        rf"\hat y = {latex(theta[0])} \cdot {across} + {enclosed(theta[1])} = {latex(prediction)}",
        rf"r = \hat y - y = {latex(prediction)} - {enclosed(y)} = {latex(residual)}",
        rf"L(r) = {loss.worked(residual)} = {latex(float(loss.value(residual)))}",
    ]


def share_sentence(loss: ResidualLoss, points: Points, theta: Array, index: int) -> str:
    """Say how much of the total loss one point carries, and how much an average one would."""
    residuals = theta[0] * (points.x - points.origin) + theta[1] - points.y
    return explain.share_sentence(loss.value(residuals), index)


def prediction_verdict(guess: str, lines: tuple[ResidualLoss, ...], moved: Array) -> str:
    """Say whether the guessed line was the one that moved most, with the measured slopes."""
    most = lines[int(np.argmax(moved))]
    told = ", ".join(
        f"{low(loss.name)} {number(change, 2)}" for loss, change in zip(lines, moved, strict=True)
    )
    word = "Right" if guess == type(most).__name__ else "Not this time"
    return f"{word}: the slope of **{low(most.name)}** moved most. Measured changes: {told}."
