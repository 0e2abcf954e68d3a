"""What the page of several classes says in computed words."""

import numpy as np

from core.classification.softmax_fit import SoftmaxFit, SoftmaxOutcome
from core.classification.softmax_regression import SoftmaxRegression, softmax_steps
from core.classification.softmax_study import SoftmaxStudy, share_turned
from core.landscape import Grid
from core.losses.base import Array
from core.losses.multiclass import MulticlassLoss
from core.worked import enclosed, latex, pair
from pages.ui import explain
from pages.ui.figures.parts import low, number, padded
from pages.ui.labelled.points import LabelledPoints, story_of
from pages.ui.multiclass.state import Before, MulticlassState
from pages.ui.predict import verdict
from pages.ui.session import Store

_CELLS = 60  # of the picture whose share is told


def cost_name(state: MulticlassState) -> str:
    """Return what the height of the landscape is called."""
    return "cost (mean loss + λ‖w‖²)" if state.strength else "cost (mean loss)"


def words(store: Store[MulticlassState], points: LabelledPoints, answer: SoftmaxStudy) -> list[str]:
    """Return what the last drag did, what is known of the fit, and how the path ended."""
    state = store.now
    lines = [*_moved(store, points, answer)] or [story_of(state, points.base)]
    lines += [mistakes_sentence(*one) for one in zip(answer.models, answer.fits, strict=True)]
    chosen = state.loss(state.chosen)
    lines.append(f"**{chosen.name}.** {answer.fit.sentence}{_cure(state, answer.fit)}")
    if answer.fit.outcome is not SoftmaxOutcome.ONE_CLASS:
        told = answer.trajectory, answer.fit.infimum, answer.fit.has_minimum
        lines.append(explain.path_sentence(*told))
    return lines


def _cure(state: MulticlassState, fit: SoftmaxFit) -> str:
    alone = (SoftmaxOutcome.ONE_CLASS, SoftmaxOutcome.EMPTY)
    if fit.has_minimum or state.strength or fit.outcome in alone:
        return ""
    return " Turn λ up from 0, and there is one."


def mistakes_sentence(model: SoftmaxRegression, fit: SoftmaxFit) -> str:
    """Say how many points a fit calls by another class, and how sure it is of the true ones."""
    wrong = int((model.called(fit.weights) != model.label).sum())
    sure = model.probability(fit.weights)[np.arange(len(model.label)), model.label]
    told = f"**{model.loss.name}**: {wrong} wrong of {len(model.x)}"
    if model.loss.properties.proper:
        told += f"; on average {number(100 * float(sure.mean()), 3)} % for the true class"
    return f"{told}."


def _moved(
    store: Store[MulticlassState], points: LabelledPoints, answer: SoftmaxStudy
) -> list[str]:
    """Say which share of the picture the last drag gave to another class, the largest first."""
    before: Before | None = store.own.get("told")
    if before is None or len(before.points.x) != len(points.x):
        return []
    if len(before.fits) != len(answer.fits):
        return []
    turned = [
        turned_share(points, old, new) for old, new in zip(before.fits, answer.fits, strict=True)
    ]
    ranked = sorted(zip(store.now.lines, turned, strict=True), key=lambda one: -one[1])
    flipped = points.label[before.index] != before.points.label[before.index]
    did = "Giving point {} another label" if flipped else "Moving point {}"
    told = [f"{number(100 * by, 2)} % under **{low(loss.name)}**" for loss, by in ranked]
    sentence = (
        f"{did.format(before.index + 1)} gave another class to this share of the picture: "
        f"{', '.join(told)}."
    )
    return [sentence, *_verdict(store, before, points, ranked)]


def _went_wrong(before: Before, points: LabelledPoints) -> bool:
    """Tell whether the point now lies where a fit, as it was, calls it by another class."""
    at = before.index
    row = np.append(points.features[at], 1.0)
    return any(int((fit.weights @ row).argmax()) != points.label[at] for fit in before.fits)


def _verdict(
    store: Store[MulticlassState],
    before: Before,
    points: LabelledPoints,
    ranked: list[tuple[MulticlassLoss, float]],
) -> list[str]:
    most = ranked[0][0]
    word = verdict(store, most) if _went_wrong(before, points) else ""
    return [f"{word}: the borders of **{low(most.name)}** moved most."] if word else []


def turned_share(points: LabelledPoints, old: SoftmaxFit, new: SoftmaxFit) -> float:
    """Return the share of the picture that is called another class than before."""
    base = points.scaling.features(points.base.x)
    across, up = (padded(base[:, column], 0.12) for column in (0, 1))
    return share_turned(old.weights, new.weights, Grid.regular(across, up, _CELLS, _CELLS))


# The arithmetic ----------------------------------------------------------------------------------


def point_arithmetic(
    points: LabelledPoints, answer: SoftmaxStudy, names: tuple[str, ...]
) -> list[str]:
    """Return LaTeX lines: one point's logits, its probabilities and its loss, with numbers."""
    at, true = points.selected, int(points.label[points.selected])
    logits = answer.model.logits(answer.fit.weights)[at]
    lines = [
        logit_line(name, row, points.features[at], float(logit))
        for name, row, logit in zip(names, answer.fit.weights, logits, strict=True)
    ]
    lines += softmax_lines(logits, 1.0)
    return [*lines, loss_line(answer.model.loss, logits, true, names)]


def logit_line(name: str, row: Array, x: Array, logit: float) -> str:
    """Return w · x + b of one class."""
    products = " + ".join(
        rf"{enclosed(w)} \cdot {enclosed(v)}" for w, v in zip(row, x, strict=False)
    )
    told = rf"z_{{{upright(name)}}} = {products} + {enclosed(float(row[-1]))} = {latex(logit)}"
    return explain.broken(told)


def softmax_lines(logits: Array, temperature: float) -> list[str]:
    """Return the log-sum-exp and softmax of logits, the largest taken out."""
    steps = softmax_steps(logits, temperature)
    powers = " + ".join(rf"e^{{{latex(float(one))}}}" for one in steps.shifted)
    lines, power = [], "z_k"
    if temperature != 1.0:
        lines.append(rf"z / T = {pair(logits)} / {latex(temperature)} = {pair(steps.scaled)}")
        power = "z_k / T"
    total = rf"{latex(steps.largest)} + \log\left({powers}\right) = {latex(steps.log_sum)}"
    lines += [rf"\log\sum_k e^{{{power}}} = {total}", rf"p = {pair(steps.probability)}"]
    return [explain.broken(line) for line in lines]


def loss_line(
    loss: MulticlassLoss, logits: Array, true: int, names: tuple[str, ...], symbol: str = "z"
) -> str:
    """Return the loss where one class is true, with numbers; the symbol is that of the logits."""
    value = float(loss.value(logits, loss.certain(true, len(logits))))
    told = rf"L({symbol},\ {upright(names[true])}) = {loss.worked(logits, true)} = {latex(value)}"
    return explain.broken(told)


def upright(name: str) -> str:
    """Return a class's name as a formula shows it: letters and digits, upright."""
    kept = "".join(one if one.isalnum() else " " for one in name)[:20]
    return rf"\text{{{kept}}}"
