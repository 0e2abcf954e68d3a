"""What the page says of two parameters: the likeliest, the sum that it is the peak of, its walk."""

import numpy as np

from core.likelihoods import (
    BernoulliLabel,
    GaussianNoise,
    HuberNoise,
    LaplaceNoise,
    LogisticNoise,
    Noise,
    StudentTNoise,
)
from core.mle_map.posterior_fit import Greatest, Peak
from pages.ui.figures.beliefs import MAP_NAME, MLE_NAME, within
from pages.ui.figures.parts import counted, low, number
from pages.ui.mle_map.answer import Answer
from pages.ui.mle_map.state import CLASSES, MleMapState
from pages.ui.mle_map.words.guess import guessed
from pages.ui.mle_map.words.names import NO_FIT, lower, pair, signed
from pages.ui.session import Store


def words(store: Store[MleMapState], answer: Answer) -> list[str]:
    """Return what is likeliest, how the three landscapes hang together, and how the peaks walk."""
    return [
        *guessed(store),
        _likeliest(answer),
        *_missing(answer),
        *_outside(answer),
        identity_sentence(store, answer),
        turn_words(answer),
        _walked(answer),
    ]


def _likeliest(answer: Answer) -> str:
    state = answer.state
    have = "has" if state.known == 1 else "have"
    told = f"**{state.known} of {len(state.base.x)} points {have} arrived.** "
    known = [
        f"{name} {pair(one.theta)}"
        for name, one in ((MLE_NAME, answer.mle), (MAP_NAME, answer.map))
        if one.theta is not None
    ]
    names = "weight and bias" if state.story == CLASSES else "slope and intercept"
    if not known:
        return f"{told}No single pair of {names} is the likeliest. {NO_FIT}"
    before = "prior's peak (0, 0), " if state.chosen_prior is not None else ""
    return f"{told}As {names}: {before}{', '.join(known)}."


def _missing(answer: Answer) -> list[str]:
    """Say why there is no MLE, or none alone, and what the prior does about it."""
    told = []
    if answer.mle.outcome is not Greatest.FOUND:
        told.append(f"**{MLE_NAME}.** {peak_sentence(answer.mle)}{_cure(answer)}")
    held = answer.map.theta is not None and answer.state.chosen_prior is not None
    if held and answer.map.outcome is not Greatest.FOUND:
        told.append(f"**{MAP_NAME}.** {peak_sentence(answer.map)}")
    return told


def peak_sentence(peak: Peak) -> str:
    """Return what is known of a peak."""
    return peak.outcome.value


def _cure(answer: Answer) -> str:
    if answer.mle.theta is not None:
        return ""
    if answer.map.theta is not None:
        return " The prior alone makes one answer the likeliest: the MAP."
    return " Choose a prior, and there is a likeliest answer."


def _outside(answer: Answer) -> list[str]:
    frame = np.array([[axis[end] for axis in (answer.grid.x, answer.grid.y)] for end in (0, -1)])
    beyond = [
        name
        for name, one in ((MLE_NAME, answer.mle), (MAP_NAME, answer.map))
        if one.theta is not None and not within(one.theta, frame)
    ]
    return [f"Beyond the picture, hollow at its edge: {' and '.join(beyond)}."] if beyond else []


def identity_sentence(store: Store[MleMapState], answer: Answer) -> str:
    """Say that -log posterior is loss and penalty, and how far from it this grid is."""
    told = f"**{identity_words(answer)}**"
    if answer.posterior.prior.belief is not None:
        told += f", with λ = {number(answer.posterior.strength)}"
    told += ", but for the evidence, a constant that moves no peak."
    if store.held:
        return f"{told} How far this grid is from it is computed when you let go."
    deviation = deviation_of(store, answer)
    return (
        f"{told} Computed from every density at every crossing, the largest relative deviation on "
        f"this grid is {number(deviation, 2)}."
    )


def identity_words(answer: Answer) -> str:
    """Return -log posterior as loss, penalty and constant, with the numbers of the screen."""
    belief, prior = answer.likelihood.belief, answer.posterior.prior.belief
    what = f"Σ {loss_words(belief)}"
    if prior is not None:
        what += f" + λ · {low(prior.loss.name)} penalty"
    if belief.scale != 1.0:
        what = f"{number(belief.scale)} · ({what})"
    constant = answer.posterior.constant
    return f"−log posterior = {what}" + (f" {signed(constant)}" if constant else "")


def loss_words(belief: Noise | BernoulliLabel) -> str:
    """Return the loss of a belief with its own scale, or the unit that it measures residuals in."""
    name = lower(belief.loss)
    match belief:
        case StudentTNoise():
            return f"{name} of scale √ν·s = {number(belief.loss.scale)}"
        case HuberNoise():
            return f"{name} of δ = {number(belief.delta)}"
        case LogisticNoise():
            return f"{name} of r in units of 2s = {number(belief.unit)}"
    return name


# What each noise multiplies its loss by.
SCALES: dict[type[Noise], str] = {
    GaussianNoise: "1 / (2σ²)",
    LaplaceNoise: "1 / b",
    StudentTNoise: "(1 + 1/ν) / s²",
    LogisticNoise: "2",
    HuberNoise: "1 / σ²",
}


def deviation_of(store: Store[MleMapState], answer: Answer) -> float:
    """Return how far the identity is from holding on the grid of the screen."""
    state = answer.state
    key = (state.story, state.base.key, state.points, state.belief, state.chosen_prior, state.known)
    made: float = store.kept(
        "deviation", key, lambda: answer.posterior.identity_deviation(answer.grid)
    )
    return made


def turn_words(answer: Answer) -> str:
    """Say what scale and constant are."""
    belief = answer.likelihood.belief
    sums = ""
    if answer.theta is not None:
        total = number(answer.likelihood.value(answer.theta))
        sums = f" Over the {counted(answer.state.known, 'point')} it adds up to {total}."
    if isinstance(belief, BernoulliLabel):
        return (
            "**From the chance to the loss.** −log of the chance of the true label is the logistic "
            f"loss itself: scale 1, constant 0.{sums}"
        )
    formula = SCALES[type(belief)]
    scale = "2" if formula == "2" else f"{formula} = {number(belief.scale)}"
    return (
        f"**From the density to the loss.** −log p(r) = {number(belief.scale)} · "
        f"({loss_words(belief)}) {signed(belief.constant)}: the scale, {scale}, sets how much a "
        f"miss counts, the constant is the logarithm of the normaliser.{sums}"
    )


def _walked(answer: Answer) -> str:
    """Say how far the two estimates are apart, now and with all points."""
    walk, state = answer.walk, answer.state
    if state.chosen_prior is None:
        return (
            "**Without a prior** every pair is as likely beforehand, so MAP and MLE are the same."
        )
    if answer.mle.theta is None or answer.map.theta is None:
        return "**The walk.** As points arrive, each estimate leaves a dotted path."
    apart = float(np.linalg.norm(answer.map.theta - answer.mle.theta))
    told = f"**The walk.** After {counted(state.known, 'point')} MAP and MLE are "
    told += f"{number(apart)} apart"
    last = walk.map[-1] - walk.mle[-1]
    size = len(state.base.x)
    if state.known < size == walk.count[-1] and np.isfinite(last).all():
        return f"{told}, after all {size} they are {number(float(np.linalg.norm(last)))} apart."
    return f"{told}."
