"""Formulas with this screen's numbers in them, and sentences computed from what is on it."""

import math
from typing import Any

import numpy as np

from core.library.catalogue import PROPERTIES
from core.losses.base import Array, Loss
from core.objectives import stability_limit
from core.optimizers import GradientDescent, Optimizer, Trajectory
from core.regression.study import Study
from core.worked import latex, pair
from pages.ui.evidence import evidence, said
from pages.ui.figures.parts import number


def path_sentence(
    trajectory: Trajectory, lowest: float, attained: bool = True, where: str = ""
) -> str:
    """Say how the path ended, after how many steps, and how far above the lowest cost.

    Where no parameters attain the lowest cost, it is what the cost can come to. where: of what it
    is the lowest, if not of all.
    """
    above = trajectory.values[-1] - lowest
    taken = len(trajectory.values) - 1
    told = f"{trajectory.outcome.value} It took {taken} step{'' if taken == 1 else 's'}"
    if not attained:
        rest = f", {number(above)} above what it can come to" if above > 0 else ""
        return f"{told} and ends at {number(trajectory.values[-1])}{rest}."
    if above <= 1e-9 * max(1.0, abs(lowest)):
        last = number(trajectory.values[-1])
        return f"{told} and ends at {last}, the lowest cost{where} to nine digits."
    last = number(trajectory.values[-1])
    return f"{told} and ends at {last}, {number(above)} above the lowest{where}."


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
    return [*lines, *map(broken, worked)]


def broken(line: str) -> str:
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


def share_sentence(losses: Array, index: int) -> str:
    """Say how much of the total loss one point carries, and how much an average one would."""
    total = float(losses.sum())
    if not (total > 0 and math.isfinite(total)):
        return "Every point is met exactly: there is no loss to share."
    share = 100 * float(losses[index]) / total
    told = "practically nothing" if share < 1e-6 else f"{number(share, 2)} %"
    return (
        f"That is {told} of all losses together, {number(total)}; an equal share would be "
        f"{number(100 / len(losses), 2)} %. "
        f"Their mean over the {len(losses)} points is {number(total / len(losses))}."
    )


def property_rows(loss: Loss, seen: Array) -> list[tuple[str, str, str]]:
    """Return (property, answer, evidence) for a loss that sees these numbers on the screen."""
    steepest = float(np.abs(loss.section.gradient(seen)).max(initial=0.0))
    rows = []
    for asked in PROPERTIES:
        found = evidence(loss, asked.key)
        if found.answer is not None:
            here = f" On this screen: {number(steepest)}." if asked.key == "robust" else ""
            title = f"{asked.title}: {asked.meaning}"
            rows.append((title, said(found.answer), found.words + here))
    return rows


def literal(text: str) -> str:
    """Return text of a reader's own so that Markdown shows it as typed."""
    return "".join(f"\\{letter}" if letter in _MARKS else letter for letter in text)


_MARKS = frozenset("\\`*_{}[]()<>#+-.!|~$:")
