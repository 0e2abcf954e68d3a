"""The script of the page: MLE and MAP made again in NumPy and SciPy alone."""

from string import Template

from core.likelihoods import (
    ElasticNetPrior,
    GaussianNoise,
    GaussianPrior,
    HuberNoise,
    LaplaceNoise,
    LaplacePrior,
    LogisticNoise,
    Noise,
    Prior,
    StudentTNoise,
)
from pages.ui.mle_map.state import CLASSES, COIN, MleMapState


def script(state: MleMapState) -> str:
    """Return a script that finds the likeliest parameters of this screen by SciPy."""
    if state.story == COIN:
        return _coin(state)
    x, y = (one[: state.known].tolist() for one in state.places)
    classes = state.story == CLASSES
    return _TWO.substitute(
        data=f"x = np.array({x!r})\ny = np.array({y!r})",
        likelihood=_LABELS if classes else Template(_RESIDUALS).substitute(
            surprise=noise_code(state.chosen_noise)
        ),
        prior=prior_code(state.chosen_prior),
        names="weight and bias" if classes else "slope and intercept",
    )  # fmt: skip


def noise_code(noise: Noise) -> str:
    """Return -log p(r) as a NumPy expression."""
    match noise:
        case GaussianNoise(sigma=sigma):
            return f"0.5 * (r / {sigma!r}) ** 2 + np.log({sigma!r} * np.sqrt(2 * np.pi))"
        case LaplaceNoise(b=b):
            return f"np.abs(r) / {b!r} + np.log(2 * {b!r})"
        case StudentTNoise(nu=nu, s=s):
            return f"-stats.t.logpdf(r, {nu!r}, scale={s!r})"
        case LogisticNoise(s=s):
            return f"-stats.logistic.logpdf(r, scale={s!r})"
        case HuberNoise(delta=delta, sigma=sigma):
            return (
                f"special.huber({delta!r}, r) / {sigma!r} ** 2 + {float(noise.constant)!r}"
                "  # the constant as the page found it"
            )
    raise TypeError(f"{noise.name} has no expression here.")


def prior_code(prior: Prior | None) -> str:
    """Return -log p(theta) as a NumPy expression."""
    match prior:
        case GaussianPrior(tau=tau):
            return f"np.sum(0.5 * (theta / {tau!r}) ** 2 + np.log({tau!r} * np.sqrt(2 * np.pi)))"
        case LaplacePrior(b=b):
            return f"np.sum(np.abs(theta) / {b!r} + np.log(2 * {b!r}))"
        case ElasticNetPrior(ratio=ratio, b=b):
            return (
                f"np.sum(({ratio!r} * np.abs(theta) + (1 - {ratio!r}) * theta ** 2) / {b!r}"
                f" + {float(prior.constant)!r})"
            )
    return "0.0  # no prior: every pair is as likely"


def _coin(state: MleMapState) -> str:
    heads = int(state.base.y[: state.known].sum())
    return _ONE.substitute(
        heads=heads, tosses=state.known, a=repr(state.beta.a), b=repr(state.beta.b)
    )


_RESIDUALS = """r = theta[0] * x + theta[1] - y
    return float(np.sum($surprise))"""
_LABELS = """margin = np.where(y > 0, 1, -1) * (theta[0] * x + theta[1])
    return float(np.sum(np.logaddexp(0, -margin)))"""
_RESIDUALS = _RESIDUALS.replace("np.sum($surprise)", "np.sum(\n        $surprise\n    )")

_TWO = Template('''"""Likelihood, prior and posterior of one screen: MLE and MAP as $names.

Made by Loss Landscapes; needs NumPy and SciPy.
"""

import numpy as np
from scipy import optimize, special, stats

$data


def negative_log_likelihood(theta):
    theta = np.asarray(theta, dtype=float)
    $likelihood


def negative_log_prior(theta):
    theta = np.asarray(theta, dtype=float)
    return $prior


def negative_log_posterior(theta):
    return negative_log_likelihood(theta) + negative_log_prior(theta)


def least(cost):
    """Return the best of several searches: kinks and several valleys may stop one of them."""
    options = {"xatol": 1e-9, "fatol": 1e-12, "maxiter": 5000, "maxfev": 5000}
    starts = [(a, b) for a in (-1.0, 0.0, 1.0, 2.0) for b in (-1.0, 0.0, 1.0)]
    found = [optimize.minimize(cost, start, method="Nelder-Mead", options=options)
             for start in starts]
    return min(found, key=lambda one: one.fun)


mle, posterior = least(negative_log_likelihood), least(negative_log_posterior)
# Without a single likeliest pair, as with one point or classes apart, the first has no meaning.
print("MLE", *mle.x, mle.fun)
print("MAP", *posterior.x, posterior.fun)
''')

_ONE = Template('''"""A coin and a Beta prior: what is likeliest about its chance of heads.

Made by Loss Landscapes; needs NumPy and SciPy.
"""

import numpy as np
from scipy import stats

heads, tosses = $heads, $tosses
a, b = $a, $b

p = np.linspace(1e-6, 1 - 1e-6, 1_000_001)
log_likelihood = heads * np.log(p) + (tosses - heads) * np.log1p(-p)
posterior = stats.beta(a + heads, b + tosses - heads)

print("MLE", heads / tosses)
print("MAP", p[np.argmax(posterior.logpdf(p))])
print("mean", posterior.mean())
print("likeliest on the grid, without a prior", p[np.argmax(log_likelihood)])
''')
