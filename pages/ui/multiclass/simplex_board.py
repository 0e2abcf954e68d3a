"""The pictures of one prediction over three classes, and the words between them."""

import numpy as np

from core.classification.softmax_regression import NaiveTrouble, SoftmaxSteps
from core.losses.multiclass import CategoricalCrossEntropy as CrossEntropyOfLogits
from core.losses.multiclass import LabelSmoothing, MulticlassBrier, MulticlassLoss
from pages.ui.figures.figure import Figure, Note
from pages.ui.figures.parts import low, number
from pages.ui.figures.simplex import (
    Surface,
    Told,
    grid,
    logits_figure,
    probability_figure,
    smoothing_figure,
    triangle_figure,
)
from pages.ui.multiclass.simplex import SIMPLEX, Prediction, SimplexState, prediction_of

_NAMES = ("A", "B", "C")
_FAILS = 720.0  # e to this power leaves float64
_INTRODUCTION = (
    "**One prediction is a place in a triangle.** Each corner is certainty. Drag the round mark, "
    "or the logits that softmax makes it of: the arrow shows which way the loss pulls."
)


def simplex_items(
    state: SimplexState, judge: MulticlassLoss, smoothing: LabelSmoothing, names: tuple[str, ...]
) -> dict[str, Figure | Note]:
    """Return triangle, logits, probabilities, words, and what smoothing asks for."""
    prediction = prediction_of(state, judge)
    told = told_of(prediction, names_of(names))
    return {
        "introduction": Note((_INTRODUCTION,)),
        "triangle": triangle_figure(told, surface_of(judge, state.truth)),
        "logits": logits_figure(told, state.shift),
        "probabilities": probability_figure(told),
        "simplex-words": Note(tuple(words(state, prediction, told)), width=6),
        "smoothing": smoothing_figure(smoothing),
    }


def names_of(classes: tuple[str, ...]) -> tuple[str, ...]:
    """Return what the corners are called: as the classes of the points, if those are three."""
    return classes if len(classes) == SIMPLEX else _NAMES


def told_of(prediction: Prediction, names: tuple[str, ...]) -> Told:
    """Return a prediction as it is drawn."""
    sure = np.eye(SIMPLEX)[prediction.truth]
    loss = prediction.loss
    if isinstance(loss, LabelSmoothing):
        sure = (1.0 - loss.epsilon) * sure + loss.epsilon / SIMPLEX
    return Told(
        names, prediction.logits, prediction.steps.probability, sure, prediction.gradient,
        prediction.truth, loss.name,
    )  # fmt: skip


def surface_of(loss: MulticlassLoss, truth: int) -> Surface:
    """Return a loss of every prediction in the triangle."""
    x, y, shares = grid()
    inside = ~np.isnan(shares[..., 0])
    z = np.full(inside.shape, np.nan)
    z[inside] = loss.value(np.log(shares[inside]), loss.certain(truth, SIMPLEX))
    return Surface(x, y, z)


def words(state: SimplexState, prediction: Prediction, told: Told) -> list[str]:
    """Return the arithmetic of softmax, of the loss, and of its gradient."""
    steps = prediction.steps
    return [
        trick_sentence(steps),
        f"{steps.trouble.value}{_invariance(state, steps)}",
        loss_sentence(prediction, told),
        gradient_sentence(prediction),
    ]


def trick_sentence(steps: SoftmaxSteps) -> str:
    """Say how softmax is computed without ever leaving float64."""
    powers = ", ".join(number(float(one)) for one in steps.powers)
    return (
        f"**The largest logit comes out first.** Less {number(steps.largest, 4)}, the exponentials "
        f"are {powers}; they add up to {number(steps.total)}, so log-sum-exp is "
        f"{number(steps.largest, 4)} + log {number(steps.total)} = {number(steps.log_sum, 5)}."
    )


def _invariance(state: SimplexState, steps: SoftmaxSteps) -> str:
    if steps.trouble is NaiveTrouble.NONE:
        enough = 1000.0 * np.ceil(_FAILS * state.temperature / 1000.0)
        return f" Set what is added to all logits, below, to {enough:,.0f}: then it fails."
    shares = ", ".join(number(float(one)) for one in steps.probability)
    return f" With it p is ({shares}), whatever is added to all three logits."


def loss_sentence(prediction: Prediction, told: Told) -> str:
    """Say what this prediction costs, and what other judges make of it."""
    name = told.names[prediction.truth]
    others = [CrossEntropyOfLogits(), MulticlassBrier()]
    told_others = [
        f"{low(one.name)} {number(prediction_value(prediction, one))}"
        for one in others
        if type(one) is not type(prediction.loss)
    ]
    return (
        f"**{prediction.loss.name}** where {name} is true: {number(prediction.value)}. "
        f"For comparison: {', '.join(told_others)}."
    )


def prediction_value(prediction: Prediction, loss: MulticlassLoss) -> float:
    """Return what another loss makes of the same prediction."""
    target = loss.certain(prediction.truth, SIMPLEX)
    return float(loss.value(prediction.steps.scaled, target))


def gradient_sentence(prediction: Prediction) -> str:
    """Say what the gradient is, and that it adds up to nothing."""
    pulls = ", ".join(number(float(one), 2) for one in prediction.gradient)
    what = {"CategoricalCrossEntropy": "p − y", "SparseCategoricalCrossEntropy": "p − y",
            "LabelSmoothing": "p − smoothed y"}.get(type(prediction.loss).__name__)  # fmt: skip
    told = f"The gradient{f' {what}' if what else ''} is ({pulls}) and adds up to 0."
    if prediction.temperature != 1.0:
        told += f" On the logits before T it is 1/{number(prediction.temperature)} of that."
    return told
