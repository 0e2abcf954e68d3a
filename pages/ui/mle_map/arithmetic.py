"""Formulas of likelihood, prior and posterior with the numbers of the screen, in LaTeX."""

from core.likelihoods import (
    BernoulliLabel,
    ElasticNetPrior,
    GaussianNoise,
    HuberNoise,
    LaplaceNoise,
    LaplacePrior,
    LogisticNoise,
    Noise,
    Prior,
    StudentTNoise,
)
from core.losses.base import Array
from core.mle_map.conjugate import BetaPeak
from core.mle_map.reparameterization import SigmaBelief
from core.worked import enclosed, latex, pair
from pages.ui.explain import broken
from pages.ui.figures.parts import low
from pages.ui.mle_map.answer import Answer, CoinAnswer, lone_of
from pages.ui.mle_map.words import lower

Card = tuple[str, str, list[str], str]


def cards(answer: Answer) -> list[Card]:
    """Return one point, the strength, the sum of both, and σ told otherwise."""
    told = []
    if answer.theta is not None:
        told = [_point(answer, answer.theta), _sum(answer, answer.theta)]
    if answer.posterior.prior.belief is not None:
        told.insert(1, _strength(answer.likelihood.belief, answer.posterior.prior.belief))
    lone = lone_of(answer.state, answer.residuals)
    if isinstance(lone, SigmaBelief) and lone.proper and lone.width is None:
        told.append(_sigma(lone))
    return told


def _point(answer: Answer, theta: Array) -> Card:
    """Return what one point that has arrived adds to -log likelihood."""
    state, belief = answer.state, answer.likelihood.belief
    at = state.base.drag if state.selected is None else state.selected
    at = min(at, state.known - 1)
    x, y = (float(one[at]) for one in state.places)
    slope, intercept = (float(one) for one in theta)
    score = rf"{enclosed(slope)} \cdot {enclosed(x)} + {enclosed(intercept)}"
    predicted = slope * x + intercept
    if isinstance(belief, BernoulliLabel):
        sign = 1.0 if y > 0 else -1.0
        told = float(belief.negative_log(predicted, sign))
        lines = [
            rf"m = {latex(sign)} \cdot \left({score}\right) = {latex(sign * predicted)}",
            rf"-\log p = \log\left(1 + e^{{-m}}\right) = {latex(told)}",
        ]
        lines = [broken(line) for line in lines]
        return f"Point {at + 1} of those that arrived", belief.formula, lines, belief.story
    return _residual(belief, at, predicted - y, rf"{score} - {enclosed(y)}")


def _residual(noise: Noise, at: int, residual: float, worked: str) -> Card:
    cost = float(noise.cost(residual))
    lines = [
        rf"r = {worked} = {latex(residual)}",
        *_measured(noise),
        rf"L(r / u) = {latex(cost)}" if noise.unit != 1.0 else rf"L(r) = {latex(cost)}",
        rf"\text{{scale}} = {_worked(SCALES[type(noise)], latex(noise.scale))}",
        rf"-\log p(r) = {latex(noise.scale)} \cdot {latex(cost)} + {enclosed(noise.constant)}"
        rf" = {latex(float(noise.negative_log(residual)))}",
    ]
    caption = (
        f"scale · {lower(noise.loss)} + constant, where the constant is the logarithm of the "
        "normaliser."
    )
    lines = [broken(line) for line in lines]
    return f"Point {at + 1} under {low(noise.name)}", noise.formula, lines, caption


# What each noise multiplies its loss by.
SCALES: dict[type[Noise], str] = {
    GaussianNoise: r"1 / (2\sigma^2)",
    LaplaceNoise: "1 / b",
    StudentTNoise: r"(1 + 1/\nu) / s^2",
    LogisticNoise: "2",
    HuberNoise: r"1 / \sigma^2",
}


def _worked(formula: str, value: str) -> str:
    return value if formula == value else f"{formula} = {value}"


def _measured(noise: Noise) -> list[str]:
    """Return the loss's own scale, or the unit that it measures residuals in."""
    match noise:
        case StudentTNoise():
            own = latex(noise.loss.scale)
            return [rf"\text{{scale of the Cauchy loss}} = \sqrt{{\nu}}\,s = {own}"]
        case HuberNoise():
            return [rf"\delta = {latex(noise.delta)}"]
        case LogisticNoise():
            return [rf"u = 2s = {latex(noise.unit)}"]
    return []


def _strength(belief: Noise | BernoulliLabel, prior: Prior) -> Card:
    """Return λ as it follows from the scales of both."""
    worked = rf"{latex(prior.scale)} / {latex(belief.scale)}"
    width = r"1 / (2\tau^2)"
    if isinstance(prior, LaplacePrior | ElasticNetPrior):
        width = "1 / b"
    lines = [
        rf"\text{{scale of the prior}} = {width} = {latex(prior.scale)}",
        rf"\lambda = {worked} = {latex(prior.scale / belief.scale)}",
    ]
    formula = r"\lambda = \frac{\text{scale of the prior}}{\text{scale of the noise}}"
    caption = (
        "For normal noise and a normal prior λ = σ²/τ², for a Laplace prior 2σ²/b. Turn λ, and the "
        "noise stays: the prior's width follows. Turn the noise or the prior, and λ follows."
    )
    if isinstance(belief, BernoulliLabel):
        formula = r"\lambda = \frac{\text{scale of the prior}}{\text{scale of the label's loss}}"
        caption = (
            "A label's −log chance is its loss itself, of scale 1, so λ is the prior's scale. Turn "
            "λ, and the prior's width follows; turn the prior, and λ follows."
        )
    return "How strong the prior is", formula, lines, caption


def _sum(answer: Answer, theta: Array) -> Card:
    """Return -log posterior at the fit as the sum of its two parts."""
    first, second = answer.likelihood.value(theta), answer.posterior.prior.value(theta)
    name = r"\hat\theta" if answer.map.theta is not None else r"\theta"
    lines = [
        rf"{name} = {pair(theta)}",
        rf"-\log p(y \mid {name}) = {latex(first)}",
        rf"-\log p({name}) = {latex(second)}",
        rf"{latex(first)} + {enclosed(second)} = {latex(first + second)}",
    ]
    formula = r"-\log p(\theta \mid y) = -\log p(y \mid \theta) - \log p(\theta) + \log p(y)"
    caption = "The last term, the logarithm of the evidence, is a constant: it is left out here."
    return (
        "The posterior at the fit that is drawn",
        formula,
        [broken(one) for one in lines],
        caption,
    )


def _sigma(lone: SigmaBelief) -> Card:
    moved = lone.moved_map
    assert moved is not None
    count, squares = lone.count, latex(lone.squares)
    lines = [
        rf"\hat\sigma_\text{{MLE}} = \sqrt{{{squares} / {count}}} = {latex(lone.mle)}",
        rf"\text{{peak over }} \sigma = \sqrt{{{squares} / {count}}} = {latex(lone.map)}",
        rf"\text{{peak over }} \log\sigma = \sqrt{{{squares} / {count - 1}}} = {latex(moved)}",
    ]
    caption = "Times σ, by the Jacobian, one factor 1/σ is gone: as if one residual fewer counted."
    return "σ told as log σ", lone.coordinate.jacobian, lines, caption


# A coin ------------------------------------------------------------------------------------------


def coin_cards(answer: CoinAnswer) -> list[Card]:
    """Return the posterior, its peak, and the peak over the log-odds."""
    coin = answer.coin
    a, b, n, k = coin.prior.a, coin.prior.b, coin.tosses, coin.heads
    after = coin.posterior
    posterior = [
        rf"a + k = {latex(a)} + {k} = {latex(after.a)}",
        rf"b + n - k = {latex(b)} + {n - k} = {latex(after.b)}",
        rf"\hat p_\text{{MLE}} = k / n = {k} / {n} = {latex(coin.mle or 0.0)}",
    ]
    cards = [
        ("Prior, tosses, posterior",
         r"p(p \mid k, n) \propto p^{a + k - 1} (1 - p)^{b + n - k - 1}", posterior,
         "Heads add to a, tails to b: a Beta density stays one."),
        ("The peak of the posterior", r"\hat p_\text{MAP} = \frac{k + a - 1}{n + a + b - 2}",
         [_peak(answer)], after.peak.value),
    ]  # fmt: skip
    total = rf"\frac{{{latex(after.a)}}}{{{latex(after.a)} + {latex(after.b)}}}"
    cards.append(
        ("The peak over the log-odds", r"\frac{dp}{d\,\mathrm{logit}\,p} = p\,(1 - p)",
         [rf"\frac{{a + k}}{{a + b + n}} = {total} = {latex(after.mean)}"],
         "Times p (1 - p), by the Jacobian, each exponent grows by 1: the peak is then where the "
         "mean of the posterior is.")
    )  # fmt: skip
    return cards


def _peak(answer: CoinAnswer) -> str:
    coin = answer.coin
    if coin.posterior.peak is not BetaPeak.INSIDE or coin.map is None:
        after = coin.posterior
        return rf"a + k = {latex(after.a)},\quad b + n - k = {latex(after.b)}"
    a, b = latex(coin.prior.a), latex(coin.prior.b)
    return rf"\frac{{{coin.heads} + {a} - 1}}{{{coin.tosses} + {a} + {b} - 2}} = {latex(coin.map)}"
