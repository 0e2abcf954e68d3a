"""What the page of likelihood, prior and posterior says in computed words."""

import numpy as np

from core.likelihoods import (
    BernoulliLabel,
    GaussianNoise,
    HuberNoise,
    LaplaceNoise,
    LogisticNoise,
    Noise,
    Prior,
    StudentTNoise,
)
from core.losses.base import Array, Loss
from core.mle_map.conjugate import BetaPeak
from core.mle_map.posterior_fit import Greatest, Peak
from core.mle_map.reparameterization import CoinBelief, LoneBelief, SigmaBelief
from pages.ui.figures.beliefs import MAP_NAME, MLE_NAME, within
from pages.ui.figures.parts import joined, low, number
from pages.ui.mle_map.answer import Answer, CoinAnswer
from pages.ui.mle_map.state import CLASSES, COIN, LINE, MleMapState
from pages.ui.predict import verdict_on
from pages.ui.session import Store

_LOSSES = (
    "A loss is the negative logarithm of what you believe about the noise, a penalty that of what "
    "you believe about the parameters."
)
LEADS = {
    LINE: f"{_LOSSES} Drag a point, σ, τ or n: see the likeliest answer walk between the data and "
    "the prior.",
    CLASSES: f"{_LOSSES} Drag a point sideways, λ, the prior or n: see the likeliest curve walk "
    "between the data and the prior.",
    COIN: "How likely are heads? Drag n, or the prior's a and b: see the likeliest answer walk "
    "between the tosses and the prior.",
}
POINTS_NAME = "points that have arrived"
NEARER, FARTHER, STAYS = "nearer", "farther", "stays"
GUESSES = {NEARER: "towards the prior's peak", FARTHER: "away from it", STAYS: "not at all"}
NO_FIT = "So no fit is drawn, and there are no residuals and no sums at it to show."
_SAME = 1e-9  # two estimates closer than this are one


def lower(loss: Loss) -> str:
    """Return the name of a loss as it stands within a sentence."""
    name = low(loss.name)
    return name if name.endswith("error") else f"{name} loss"


def title(answer: Answer, which: str) -> str:
    """Return the title of one landscape: the three are a sum, or as densities a product."""
    density = answer.state.view == "density"
    if which == "likelihood":
        return "Likelihood" if density else "−log likelihood"
    if which == "prior":
        return "× prior" if density else "+ −log prior"
    return "∝ posterior" if density else "= −log posterior"


def turn_sentence(belief: Noise | Prior | BernoulliLabel | None, symbol: str, share: float) -> str:
    """Say what a turning curve shows."""
    if belief is None:
        return "No prior: every pair of parameters is as likely, and the line is level."
    where = "as it is" if share == 0 else "as a negative logarithm" if share == 1 else "turning"
    what = f"The density of {low(belief.name)}"
    if isinstance(belief, BernoulliLabel):
        what = "The chance of the true label"
    return f"{what} over {symbol}, {where}. {belief.story}"


# Two parameters ----------------------------------------------------------------------------------


def words(store: Store[MleMapState], answer: Answer) -> list[str]:
    """Return what is likeliest, how the three landscapes hang together, and how the peaks walk."""
    return [
        *_surer(store),
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


def pair(theta: Array) -> str:
    """Return two parameters in brackets."""
    return f"({number(float(theta[0]))}, {number(float(theta[1]))})"


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
    return f"−log posterior = {what}" + (f" {_signed(constant)}" if constant else "")


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
        sums = f" Over the {_counted(answer.state.known, 'point')} it adds up to {total}."
    if isinstance(belief, BernoulliLabel):
        return (
            "**From the chance to the loss.** −log of the chance of the true label is the logistic "
            f"loss itself: scale 1, constant 0.{sums}"
        )
    formula = SCALES[type(belief)]
    scale = "2" if formula == "2" else f"{formula} = {number(belief.scale)}"
    return (
        f"**From the density to the loss.** −log p(r) = {number(belief.scale)} · "
        f"({loss_words(belief)}) {_signed(belief.constant)}: the scale, {scale}, sets how much a "
        f"miss counts, the constant is the logarithm of the normaliser.{sums}"
    )


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _signed(value: float) -> str:
    return f"+ {number(value)}" if value >= 0 else f"− {number(-value)}"


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
    told = f"**The walk.** After {_counted(state.known, 'point')} MAP and MLE are "
    told += f"{number(apart)} apart"
    last = walk.map[-1] - walk.mle[-1]
    size = len(state.base.x)
    if state.known < size == walk.count[-1] and np.isfinite(last).all():
        return f"{told}, after all {size} they are {number(float(np.linalg.norm(last)))} apart."
    return f"{told}."


# Predict, then see -------------------------------------------------------------------------------


def _surer(store: Store[MleMapState]) -> list[str]:
    """Say what making the prior twice as sure did, against what was predicted."""
    done = store.own.get("told")
    if done is None:
        return []
    before, after, name = done
    answer = way(before, after)
    word = verdict_on(store, answer)
    verdict = f"{word}. " if word else ""
    moved = float(np.linalg.norm(np.asarray(after) - np.asarray(before)))
    did = {
        NEARER: f"the MAP moved by {number(moved)}, towards the prior's peak",
        FARTHER: f"the MAP moved by {number(moved)}, away from the prior's peak",
        STAYS: "the MAP did not move: no nearer to the prior's peak, no farther",
    }
    return [f"**{verdict}{name}, {did[answer]}.**"]


def way(before: Array, after: Array) -> str:
    """Return whether an estimate came nearer to 0, which is where the prior peaks."""
    first, second = (float(np.linalg.norm(np.asarray(one))) for one in (before, after))
    if abs(first - second) <= _SAME * max(first, second, _SAME):
        return STAYS
    return NEARER if second < first else FARTHER


# A coin ------------------------------------------------------------------------------------------


def coin_words(store: Store[MleMapState], answer: CoinAnswer) -> list[str]:
    """Return what the tosses say, what the prior adds, and what is likeliest."""
    coin, prior = answer.coin, answer.coin.prior
    lines = [
        *_surer(store),
        f"**{_counted(coin.heads, 'head')} in {_tosses(coin.tosses)}.** The likeliest p by the "
        f"tosses alone, the MLE, is their share: {number(coin.mle or 0.0)}.",
        _coin_map(answer),
        f"**The mean** of the posterior is {number(coin.posterior.mean)}: the prior's mean "
        f"{number(prior.mean)} has a share of {number(100 * coin.pull)} % in it, the tosses have "
        "the rest.",
    ]
    if store.now.view == "density":
        lines.append(
            "The likelihood is no density over p; it is drawn to the same area as the others."
        )
    else:
        lines.append(
            "**−log posterior = −log likelihood − log prior "
            f"{_signed(coin.log_evidence)}**, the logarithm of the evidence: a constant that moves "
            "no peak."
        )
    return lines


def _tosses(count: int) -> str:
    return "1 toss" if count == 1 else f"{count} tosses"


def _coin_map(answer: CoinAnswer) -> str:
    coin = answer.coin
    a, b, after = coin.prior.a, coin.prior.b, coin.posterior
    told = f"The posterior is Beta({number(after.a, 4)}, {number(after.b, 4)})."
    if after.peak is BetaPeak.INSIDE:
        assert coin.map is not None
        over = f"({coin.heads} + {number(a)} − 1) / ({coin.tosses} + {number(a)} + {number(b)} − 2)"
        return f"**MAP.** {told} Its peak is at {over} = {number(coin.map)}."
    return f"**MAP.** {told} {after.peak.value}"


# The same in other coordinates -------------------------------------------------------------------


def measures(lone: LoneBelief) -> tuple[str, str]:
    """Return what the number is called, and what its other measure is."""
    return ("σ", "log σ") if isinstance(lone, SigmaBelief) else ("p", "logit p")


def lone_words(store: Store[MleMapState], lone: LoneBelief | None) -> list[str]:
    """Say which estimate moves when a number is measured otherwise, and why."""
    if lone is None:
        return ["**Reparameterize.** Without a fit there are no residuals to measure σ by yet."]
    plain, measure = measures(lone)
    heading = f"**Reparameterize: {plain} or {measure}?** {_about(store, lone)}"
    if isinstance(lone, SigmaBelief) and not lone.proper:
        return [heading, _improper(lone)]
    return [
        heading,
        _moves(lone, plain, measure),
        *_endless(lone, plain, measure),
        f"**The Jacobian.** {lone.coordinate.words}",
    ]


def _about(store: Store[MleMapState], lone: LoneBelief) -> str:
    state = store.now
    if isinstance(lone, SigmaBelief):
        before = (
            "every σ as likely" if lone.width is None else f"σ within about {number(lone.width)}"
        )
        return (
            f"The spread σ of normal noise, from the {_counted(lone.count, 'residual')} above, "
            f"{before} beforehand."
        )
    assert isinstance(lone, CoinBelief)
    coin = lone.coin
    if state.story == COIN:
        return "The same coin and the same prior, measured by p or by its log-odds."
    return (
        f"The share p of class 1, from {_counted(coin.tosses, 'label')}, {coin.heads} of class 1, "
        f"with a Beta({number(coin.prior.a)}, {number(coin.prior.b)}) prior."
    )


def _improper(lone: SigmaBelief) -> str:
    if lone.squares == 0.0:
        return (
            "The line passes through every point: the smaller σ, the likelier, without end. With "
            "more points there is something to see."
        )
    return (
        "One residual, and every σ as likely beforehand: the posterior has no total, so there is "
        "no density to draw. Expect σ within a width, or let more points arrive."
    )


def _endless(lone: LoneBelief, plain: str, measure: str) -> list[str]:
    """Say which estimates lie at infinity over the other measure, where nothing can be drawn."""
    if not isinstance(lone, CoinBelief):
        return []
    every = (MLE_NAME, lone.mle), (f"{MAP_NAME} over {plain}", lone.map)
    gone = {name: at for name, at in every if at in (0.0, 1.0)}
    if not gone:
        return []
    places = joined([f"the {name} ({plain} = {number(at or 0.0)})" for name, at in gone.items()])
    return [
        f"Over {measure}, {places} {'lies' if len(gone) == 1 else 'lie'} at infinity: no picture "
        "reaches there."
    ]


def _moves(lone: LoneBelief, plain: str, measure: str) -> str:
    mle = "there is none" if lone.mle is None else f"{plain} = {number(lone.mle, 4)}"
    assert lone.moved_map is not None
    moved = number(lone.moved_map, 4)
    if lone.map is None:
        return (
            f"**The MLE stays** ({mle}), however it is measured. Over {plain} no single place is "
            f"the likeliest; over {measure} the MAP is {plain} = {moved}."
        )
    if abs(lone.map - lone.moved_map) <= _SAME * abs(lone.map):
        return (
            f"**The MLE stays** ({mle}), however it is measured. **The MAP stays too,** at {plain} "
            f"= {moved}: here the slope of the Jacobian is 0 just there. Let n or the prior change."
        )
    return (
        f"**The MLE stays** ({mle}), however it is measured. **The MAP moves:** over {plain} the "
        f"peak is at {plain} = {number(lone.map, 4)}, over {measure} at {plain} = {moved}. The "
        "belief is the same: every interval has the same chance in both."
    )
