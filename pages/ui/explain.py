"""Formulas with this screen's numbers in them, and sentences computed from what is on it."""

import math
from typing import Any

import numpy as np

from core.library import PROPERTIES
from core.losses.base import Array
from core.losses.residual import ResidualLoss
from core.objectives import stability_limit
from core.optimizers import GradientDescent, Optimizer, Trajectory
from core.study import Study
from core.worked import enclosed, latex, pair
from pages.ui.evidence import evidence, said
from pages.ui.figures.parts import low, number
from pages.ui.regression_state import Points, RegressionState

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


def path_sentence(trajectory: Trajectory, answer: Study) -> str:
    """Say how the path ended, after how many steps, and how far above the lowest cost."""
    above = trajectory.values[-1] - answer.fit.value
    taken = len(trajectory.values) - 1
    told = f"{trajectory.outcome.value} It took {taken} step{'' if taken == 1 else 's'}"
    if above <= 1e-9 * max(1.0, abs(answer.fit.value)):
        return f"{told} and ends at the lowest cost, {number(trajectory.values[-1])}."
    return (
        f"{told} and ends at {number(trajectory.values[-1])}, {number(above, 2)} above the lowest."
    )


def stability_sentence(answer: Study, rule: Optimizer) -> str:
    """Say where the learning rate stops being stable, when the curvature is the same everywhere."""
    limit = stability_limit(answer.objective)
    if limit is None or not isinstance(rule, GradientDescent):
        return ""
    rate = rule.learning_rate
    verdict = "so it overshoots and runs away" if rate > limit else "so it is stable"
    return (
        f"The learning rate is {number(rate)}; on this bowl descent is stable below "
        f"2/λₘₐₓ = {number(limit)}, {verdict}."
    )


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


def step_arithmetic(rule: Optimizer, trajectory: Trajectory, step: int) -> list[str]:
    """Return LaTeX lines: the cost C, its gradient g and the update from a step to the next."""
    point, gradient = trajectory.points[step], trajectory.gradients[step]
    value = latex(trajectory.values[step])
    lines = [
        rf"\theta_{{{step}}} = {pair(point)}, \qquad C(\theta_{{{step}}}) = {value}",
        rf"g_{{{step}}} = {pair(gradient)}",
    ]
    if step + 1 == len(trajectory.points):
        return [*lines, r"\text{The path ends here: there is no further step.}"]
    with np.errstate(all="ignore"):
        worked = rule.worked(point, gradient, _memory(rule, trajectory, step))
    return [*lines, *map(_broken, worked)]


def _broken(line: str) -> str:
    """Return a LaTeX line with each further equality on a line of its own: cards are narrow."""
    first, *rest = line.split(" = ")
    if len(rest) < 2:
        return line
    parts = r" \\ &= ".join(rest)
    return rf"\begin{{aligned}} {first} &= {parts} \end{{aligned}}"


def _memory(rule: Optimizer, trajectory: Trajectory, step: int) -> Any:
    """Return the state of the optimizer before that step: the path is walked again up to it."""
    state = rule.init(trajectory.points[0])
    for point, gradient in zip(trajectory.points[:step], trajectory.gradients[:step], strict=True):
        _, state = rule.step(point, gradient, state)
    return state


def share_sentence(loss: ResidualLoss, points: Points, theta: Array, index: int) -> str:
    """Say how much of the total loss one point carries, and how much an average one would."""
    residuals = theta[0] * (points.x - points.origin) + theta[1] - points.y
    losses = loss.value(residuals)
    total = float(losses.sum())
    if not (total > 0 and math.isfinite(total)):
        return "Every point is met exactly: there is no loss to share."
    share = 100 * float(losses[index]) / total
    told = "practically nothing" if share < 1e-6 else f"{number(share, 2)} %"
    return (
        f"That is {told} of all losses together, {number(total)}; an equal share would be "
        f"{number(100 / len(losses), 2)} %. "
        f"The cost is their mean over the {len(losses)} points: {number(total / len(losses))}."
    )


def property_rows(loss: ResidualLoss, residuals: Array) -> list[tuple[str, str, str]]:
    """Return (property, answer, evidence) for a loss; evidence holds computed numbers."""
    steepest = float(np.abs(loss.gradient(residuals)).max(initial=0.0))
    rows = []
    for asked in PROPERTIES:
        found = evidence(loss, asked.key)
        if found.answer is not None:
            here = f" Here it reaches {number(steepest)}." if asked.key == "robust" else ""
            title = f"{asked.title}: {asked.meaning}"
            rows.append((title, said(found.answer), found.words + here))
    return rows


def prediction_verdict(guess: str, lines: tuple[ResidualLoss, ...], moved: Array) -> str:
    """Say whether the guessed line was the one that moved most, with the measured slopes."""
    most = lines[int(np.argmax(moved))]
    told = ", ".join(
        f"{low(loss.name)} {number(change, 2)}" for loss, change in zip(lines, moved, strict=True)
    )
    word = "Right" if guess == type(most).__name__ else "Not this time"
    return f"{word}: the slope of **{low(most.name)}** moved most. Measured changes: {told}."


def literal(text: str) -> str:
    """Return text of a reader's own so that Markdown shows it as typed."""
    return "".join(f"\\{letter}" if letter in _MARKS else letter for letter in text)


_MARKS = frozenset("\\`*_{}[]()<>#+-.!|~$:")
