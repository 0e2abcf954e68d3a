"""Laws of noise, priors and label models: they are densities, and losses are their logarithms."""

import dataclasses
import inspect
import itertools
import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from mpmath import mpf
from scipy import integrate, optimize, stats

from core.declare import ParameterError, parameters
from core.likelihoods import (
    LABEL_MODELS,
    NOISES,
    PRIORS,
    AsymmetricLaplaceNoise,
    Belief,
    BernoulliLabel,
    CategoricalLabel,
    Density,
    ElasticNetPrior,
    GaussianNoise,
    GaussianPrior,
    HuberNoise,
    HyperbolicSecantNoise,
    InsensitiveNoise,
    LabelModel,
    LaplaceNoise,
    LaplacePrior,
    LogisticNoise,
    Noise,
    PoissonCount,
    Prior,
    StudentTNoise,
    strength,
)
from core.losses import (
    RESIDUAL_LOSSES,
    AbsoluteError,
    Array,
    Barron,
    Cauchy,
    DomainError,
    EpsilonInsensitive,
    Huber,
    LogCosh,
    Quantile,
    SquaredError,
    Tukey,
)
from core.losses.counts import PoissonLoss
from core.losses.margin import LogisticLoss
from core.losses.multiclass import CategoricalCrossEntropy
from core.penalties import L1, L2, PENALTIES, ElasticNet, GroupLasso

NOISE_SETTINGS: tuple[Noise, ...] = (
    GaussianNoise(),
    GaussianNoise(sigma=0.05),
    GaussianNoise(sigma=3.0),
    LaplaceNoise(),
    LaplaceNoise(b=0.2),
    AsymmetricLaplaceNoise(),
    AsymmetricLaplaceNoise(tau=0.1, b=0.5),
    AsymmetricLaplaceNoise(tau=0.8, b=2.0),
    StudentTNoise(),
    StudentTNoise(nu=0.7, s=0.3),
    StudentTNoise(nu=1.0, s=2.0),
    StudentTNoise(nu=30.0, s=0.5),
    StudentTNoise(nu=35.0),
    LogisticNoise(),
    LogisticNoise(s=0.3),
    HyperbolicSecantNoise(),
    HyperbolicSecantNoise(s=2.5),
    HuberNoise(),
    HuberNoise(delta=0.3, sigma=2.0),
    HuberNoise(delta=1.345, sigma=0.5),
    HuberNoise(delta=5.0, sigma=0.2),
    InsensitiveNoise(),
    InsensitiveNoise(epsilon=0.0, b=2.0),
    InsensitiveNoise(epsilon=2.0, b=0.3),
)
PRIOR_SETTINGS: tuple[Prior, ...] = (
    GaussianPrior(),
    GaussianPrior(tau=0.1),
    LaplacePrior(),
    LaplacePrior(b=3.0),
    ElasticNetPrior(ratio=0.0, b=2.0),
    ElasticNetPrior(ratio=0.3, b=5.0),
    ElasticNetPrior(),
    ElasticNetPrior(ratio=0.6, b=0.2),
    ElasticNetPrior(ratio=0.9, b=0.2),
    ElasticNetPrior(ratio=1.0, b=0.7),
)
DENSITIES: tuple[Density, ...] = (*NOISE_SETTINGS, *PRIOR_SETTINGS)

every_density = pytest.mark.parametrize("density", DENSITIES, ids=repr)
every_noise = pytest.mark.parametrize("noise", NOISE_SETTINGS, ids=repr)
every_class = pytest.mark.parametrize("cls", [*NOISES, *PRIORS, *LABEL_MODELS])


def spread(density: Density) -> float:
    """Return the typical size of what is drawn."""
    sizes = [getattr(density, name) for name in ("sigma", "b", "s", "tau") if name in vars(density)]
    if isinstance(density, AsymmetricLaplaceNoise):
        return density.b / min(density.tau, 1.0 - density.tau)
    if isinstance(density, HuberNoise):
        return max(sizes[0], sizes[0] ** 2 / density.delta)
    return float(sizes[0])


def seams(density: Density) -> list[float]:
    """Return where one formula ends and the next begins."""
    edges = [getattr(density, name, 0.0) for name in ("delta", "epsilon")]
    return sorted({0.0, *edges, *(-edge for edge in edges)})


# They are densities.


@every_density
def test_a_density_integrates_to_one(density: Density) -> None:
    ends = [-math.inf, *seams(density), math.inf]
    total = sum(
        integrate.quad(density.density, low, high, epsabs=1e-13, epsrel=1e-12, limit=200)[0]
        for low, high in itertools.pairwise(ends)
    )
    assert total == pytest.approx(1.0, abs=1e-9)


@every_density
def test_the_normaliser_is_the_integral_of_what_the_loss_allows(density: Density) -> None:
    ends = [-math.inf, *seams(density), math.inf]
    total = sum(
        integrate.quad(lambda x: math.exp(-density.scale * density.cost(x)), low, high, limit=200)[
            0
        ]
        for low, high in itertools.pairwise(ends)
    )
    assert density.normaliser == pytest.approx(total, rel=1e-7)
    assert density.constant == pytest.approx(math.log(density.normaliser), abs=1e-14)


@every_density
def test_density_and_its_logarithms_belong_together(density: Density) -> None:
    x = spread(density) * np.linspace(-20.0, 20.0, 401)
    np.testing.assert_array_equal(density.log_density(x), -density.negative_log(x))
    np.testing.assert_array_equal(density.density(x), np.exp(density.log_density(x)))


@every_density
def test_nothing_is_likelier_than_zero(density: Density) -> None:
    x = spread(density) * np.concatenate(
        (-np.geomspace(1e-9, 1e9, 99), np.geomspace(1e-9, 1e9, 99))
    )
    assert np.all(density.log_density(x) <= density.log_density(0.0))
    assert density.negative_log(0.0) == pytest.approx(density.constant, abs=1e-15)


# They are what SciPy knows by the same name.


def known(density: Density) -> Any:
    """Return the distribution as SciPy has it, or None."""
    match density:
        case GaussianNoise(sigma=size) | GaussianPrior(tau=size):
            return stats.norm(scale=size)
        case LaplaceNoise(b=size) | LaplacePrior(b=size):
            return stats.laplace(scale=size)
        case AsymmetricLaplaceNoise(tau=tau, b=size):
            kappa = math.sqrt((1.0 - tau) / tau)
            return stats.laplace_asymmetric(kappa, scale=kappa * size / (1.0 - tau))
        case StudentTNoise(nu=nu, s=size):
            return stats.t(nu, scale=size)
        case LogisticNoise(s=size):
            return stats.logistic(scale=size)
        case HyperbolicSecantNoise(s=size):
            return stats.hypsecant(scale=size)
        case ElasticNetPrior(ratio=ratio, b=size) if ratio < 1.0:
            normal = math.sqrt(0.5 * size / (1.0 - ratio))
            centre = -0.5 * ratio / (1.0 - ratio)
            return stats.truncnorm(-centre / normal, math.inf, loc=centre, scale=normal)
    return None


@every_density
def test_log_density_is_that_of_scipy(density: Density) -> None:
    theirs = known(density)
    if theirs is None:
        assert isinstance(density, HuberNoise | InsensitiveNoise | ElasticNetPrior)
        return
    x = spread(density) * np.linspace(-12.0, 12.0, 241)
    if isinstance(density, ElasticNetPrior):  # SciPy knows one half of it
        expected = theirs.logpdf(np.abs(x)) - math.log(2.0)
    else:
        expected = theirs.logpdf(x)
    np.testing.assert_allclose(density.log_density(x), expected, rtol=1e-12, atol=1e-12)


# And what arbitrary precision says, out to the ends of float64.

Number = Any
Formula = Callable[[Number], Number]
log, pi = mpmath.log, mpmath.pi


def normalised(rise: Formula, seam: Number) -> Formula:
    """Add the logarithm of the integral of exp(-rise), found by quadrature."""
    half = mpmath.quad(lambda x: mpmath.exp(-rise(x)), [0, seam, mpmath.inf])
    constant = log(2 * half)
    return lambda x: rise(x) + constant


def exact_normal(size: Number) -> Formula:
    return lambda x: x**2 / (2 * size**2) + log(size) + log(2 * pi()) / 2


def exact_laplace(b: Number) -> Formula:
    return lambda x: abs(x) / b + log(2 * b)


def exact_asymmetric(tau: Number, b: Number) -> Formula:
    return lambda x: max((1 - tau) * x, -tau * x) / b - log(tau * (1 - tau) / b)


def exact_student(nu: Number, s: Number) -> Formula:
    gammas = mpmath.loggamma((nu + 1) / 2) - mpmath.loggamma(nu / 2)
    constant = log(nu * pi()) / 2 + log(s) - gammas
    return lambda x: (nu + 1) / 2 * mpmath.log1p(x**2 / (nu * s**2)) + constant


def exact_logistic(s: Number) -> Formula:
    return lambda x: abs(x) / s + 2 * mpmath.log1p(mpmath.exp(-abs(x) / s)) + log(s)


def exact_secant(s: Number) -> Formula:
    return lambda x: abs(x) / s + mpmath.log1p(mpmath.exp(-2 * abs(x) / s)) + log(pi() * s / 2)


def exact_huber(delta: Number, sigma: Number) -> Formula:
    def rise(x: Number) -> Number:
        within = min(abs(x), delta)
        return within * (abs(x) - within / 2) / sigma**2

    return normalised(rise, delta)


def exact_insensitive(epsilon: Number, b: Number) -> Formula:
    return normalised(lambda x: max(abs(x) - epsilon, mpf(0)) / b, epsilon or b)


def exact_net(ratio: Number, b: Number) -> Formula:
    return normalised(lambda x: (ratio * abs(x) + (1 - ratio) * x**2) / b, b)


EXACT: dict[type[Density], Callable[..., Formula]] = {
    GaussianNoise: exact_normal,
    LaplaceNoise: exact_laplace,
    AsymmetricLaplaceNoise: exact_asymmetric,
    StudentTNoise: exact_student,
    LogisticNoise: exact_logistic,
    HyperbolicSecantNoise: exact_secant,
    HuberNoise: exact_huber,
    InsensitiveNoise: exact_insensitive,
    GaussianPrior: exact_normal,
    LaplacePrior: exact_laplace,
    ElasticNetPrior: exact_net,
}


def exact(density: Density) -> Formula:
    """Return -log p written plainly; where its constant has no name, integrated numerically."""
    return EXACT[type(density)](*(mpf(knob) for knob in vars(density).values()))


SIZES = np.concatenate(([0.0], np.geomspace(1e-300, 1e300, 25), np.geomspace(0.01, 100.0, 17)))
EXTREMES = np.concatenate((-SIZES, SIZES))


def number(told: Number) -> float:
    return float(told) if told < mpf(2) ** 1024 else math.inf


@every_density
def test_negative_log_is_exact_from_the_tiniest_number_to_the_largest(density: Density) -> None:
    with mpmath.workdps(40):
        formula = exact(density)
        expected = [number(formula(mpf(float(x)))) for x in EXTREMES]
    np.testing.assert_allclose(density.negative_log(EXTREMES), expected, rtol=1e-14, atol=2e-15)


NARROW_AND_WIDE: tuple[Density, ...] = (
    *(GaussianNoise(sigma=at) for at in (1e-50, 1e50)),
    *(LaplaceNoise(b=at) for at in (1e-50, 1e50)),
    *(AsymmetricLaplaceNoise(tau=at, b=b) for at in (1e-50, 1 - 1e-15) for b in (1e-50, 1e50)),
    *(StudentTNoise(nu=nu, s=at) for nu in (0.1, 1e4, 1e50) for at in (1e-50, 1e50)),
    *(LogisticNoise(s=at) for at in (1e-50, 1e50)),
    *(HyperbolicSecantNoise(s=at) for at in (1e-50, 1e50)),
    *(GaussianPrior(tau=at) for at in (1e-50, 1e50)),
    *(LaplacePrior(b=at) for at in (1e-50, 1e50)),
)


@pytest.mark.parametrize("density", NARROW_AND_WIDE, ids=repr)
def test_the_narrowest_and_the_widest_are_exact_too(density: Density) -> None:
    with mpmath.workdps(140):
        formula = exact(density)
        expected = [number(formula(mpf(float(x)))) for x in EXTREMES]
    np.testing.assert_allclose(density.negative_log(EXTREMES), expected, rtol=1e-14, atol=1e-12)


@pytest.mark.parametrize("sigma", [1e-50, 1e-3, 1.0, 1e50])
@pytest.mark.parametrize("delta", [1e-50, 1e-3, 1.0, 40.0, 1e50])
def test_huber_noise_is_exact_however_narrow_and_wide(delta: float, sigma: float) -> None:
    noise = HuberNoise(delta, sigma)
    with mpmath.workdps(250):
        k, d, s = mpf(delta) / mpf(sigma), mpf(delta), mpf(sigma)
        tails = 2 / k * mpmath.exp(-(k**2) / 2) if k < 1e9 else mpf(0)
        total = s * (mpmath.sqrt(2 * mpmath.pi) * mpmath.erf(k / mpmath.sqrt(2)) + tails)
        expected = [
            number(min(x, d) * (x - min(x, d) / 2) / s**2 + mpmath.log(total))
            for x in (mpf(abs(float(x))) for x in EXTREMES)
        ]
    np.testing.assert_allclose(noise.negative_log(EXTREMES), expected, rtol=1e-14, atol=1e-13)


@pytest.mark.parametrize("b", [1e-50, 1e-3, 1.0, 1e50])
@pytest.mark.parametrize("ratio", [0.0, 1e-9, 0.5, 1 - 1e-9, 1 - 1e-16, 1.0])
def test_the_elastic_net_prior_is_exact_right_up_to_its_ends(ratio: float, b: float) -> None:
    prior = ElasticNetPrior(ratio, b)
    with mpmath.workdps(140):
        a, q = mpf(ratio) / mpf(b), (1 - mpf(ratio)) / mpf(b)
        if q:
            z = a / (2 * mpmath.sqrt(q))
            # Far out it is the first terms of its series, to more digits than we keep.
            near = mpmath.exp(z**2) * mpmath.erfc(z) if z < 1e3 else None
            far = (
                (1 - 1 / (2 * z**2) + 3 / (4 * z**4)) / (mpmath.sqrt(mpmath.pi) * z) if a else None
            )
            total = mpmath.sqrt(mpmath.pi / q) * (far if near is None else near)
        else:
            total = 2 / a
        expected = [
            number(a * abs(x) + q * x**2 + mpmath.log(total))
            for x in (mpf(float(x)) for x in EXTREMES)
        ]
    np.testing.assert_allclose(prior.negative_log(EXTREMES), expected, rtol=1e-14, atol=1e-13)


@pytest.mark.parametrize("nu", [0.1, 1.0, 31.9, 32.0, 32.1, 1e3, 1e5, 1e8, 1e20, 1e50])
def test_student_t_keeps_the_digits_of_its_constant_where_gammas_are_huge(nu: float) -> None:
    with mpmath.workdps(120):
        half = mpf(nu) / 2
        gammas = mpmath.loggamma(half + mpf(1) / 2) - mpmath.loggamma(half)
        expected = float(mpmath.log(mpf(nu) * mpmath.pi) / 2 - gammas)
    assert StudentTNoise(nu).constant == pytest.approx(expected, abs=1e-14)
    plain = 0.5 * math.log(nu * math.pi) + math.lgamma(nu / 2) - math.lgamma((nu + 1) / 2)
    assert (abs(plain - expected) > 1e-9) == (nu > 1e6)


@every_density
def test_nan_stays_nan_and_infinity_is_impossible(density: Density) -> None:
    told = density.negative_log([math.nan, math.inf, -math.inf, 0.0])
    np.testing.assert_array_equal(np.isnan(told), [True, False, False, False])
    np.testing.assert_array_equal(told[1:3], math.inf)
    np.testing.assert_array_equal(density.density([math.inf, -math.inf]), 0.0)


# Their logarithms are losses and penalties.


@every_density
def test_negative_log_is_scale_times_loss_plus_constant(density: Density) -> None:
    far = np.geomspace(1e-9, 1e9, 181)
    x = spread(density) * np.concatenate((-far, np.linspace(-9.0, 9.0, 181), far))
    charged = density.scale * density.cost(x) + density.constant
    np.testing.assert_allclose(density.negative_log(x), charged, rtol=1e-13, atol=1e-14)


@every_density
def test_at_the_ends_of_float64_the_two_are_infinite_together_or_equal(density: Density) -> None:
    x = np.array([-1e300, -1e160, -1e140, 1e140, 1e160, 1e300])
    charged = density.scale * density.cost(x) + density.constant
    np.testing.assert_allclose(density.negative_log(x), charged, rtol=1e-13)


@every_noise
def test_the_cost_of_a_residual_is_the_loss_in_units(noise: Noise) -> None:
    r = np.linspace(-7.0, 7.0, 57)
    np.testing.assert_array_equal(noise.cost(r), noise.loss.value(r / noise.unit))
    assert (noise.unit == 1.0) == (noise.loss != LogCosh() or noise == HyperbolicSecantNoise())


def test_a_cost_beyond_float64_is_infinite_without_a_warning() -> None:
    for noise in (LogisticNoise(s=1e-50), HyperbolicSecantNoise(s=1e-50), GaussianNoise()):
        assert noise.cost([-1e300, 0.0, 1e300]).tolist() == [math.inf, 0.0, math.inf]


@pytest.mark.parametrize("prior", PRIOR_SETTINGS, ids=repr)
def test_the_cost_of_many_coefficients_is_their_penalty(prior: Prior) -> None:
    theta = np.random.default_rng(1).normal(size=(20, 5))
    np.testing.assert_allclose(prior.cost(theta).sum(axis=-1), prior.loss.value(theta), rtol=1e-14)
    charged = prior.scale * prior.loss.value(theta) + 5 * prior.constant
    np.testing.assert_allclose(prior.negative_log(theta).sum(axis=-1), charged, rtol=1e-13)


PAIRS: tuple[tuple[Belief, Any, float], ...] = (
    (GaussianNoise(sigma=0.5), SquaredError(), 2.0),
    (LaplaceNoise(b=0.5), AbsoluteError(), 2.0),
    (AsymmetricLaplaceNoise(tau=0.2, b=0.5), Quantile(tau=0.2), 2.0),
    (StudentTNoise(nu=4.0, s=0.5), Cauchy(scale=1.0), 5.0),
    (LogisticNoise(s=0.5), LogCosh(), 2.0),
    (HyperbolicSecantNoise(s=0.5), LogCosh(), 1.0),
    (HuberNoise(delta=0.7, sigma=0.5), Huber(delta=0.7), 4.0),
    (InsensitiveNoise(epsilon=0.7, b=0.5), EpsilonInsensitive(epsilon=0.7), 2.0),
    (GaussianPrior(tau=0.5), L2(), 2.0),
    (LaplacePrior(b=0.5), L1(), 2.0),
    (ElasticNetPrior(ratio=0.7, b=0.5), ElasticNet(ratio=0.7), 2.0),
    (BernoulliLabel(), LogisticLoss(), 1.0),
    (CategoricalLabel(), CategoricalCrossEntropy(), 1.0),
    (PoissonCount(), PoissonLoss(), 1.0),
)


@pytest.mark.parametrize(("belief", "loss", "scale"), PAIRS, ids=[repr(b) for b, _, _ in PAIRS])
def test_each_belief_has_the_loss_that_belongs_to_it(
    belief: Belief, loss: Any, scale: float
) -> None:
    assert belief.loss == loss
    assert belief.scale == pytest.approx(scale, rel=1e-15)


def test_every_residual_loss_that_some_noise_has_finds_it_here() -> None:
    explained = {type(noise().loss) for noise in NOISES}
    # A bounded loss belongs to no noise; Barron's is Gaussian and Cauchy noise at α = 2 and 0.
    assert explained == set(RESIDUAL_LOSSES) - {Tukey, Barron}
    assert "None" in Tukey.noise
    r = np.linspace(-5.0, 5.0, 51)
    for noise, loss in (
        (GaussianNoise(0.6), Barron(2.0, c=0.6)),
        (StudentTNoise(1.0, 0.6 * math.sqrt(2.0)), Barron(0.0, c=0.6)),
    ):
        rise = noise.negative_log(r) - noise.constant
        np.testing.assert_allclose(rise, loss.value(r), rtol=1e-13, atol=1e-15)


def test_every_penalty_of_single_coefficients_finds_its_prior_here() -> None:
    assert {type(prior().loss) for prior in PRIORS} == set(PENALTIES) - {GroupLasso}
    for prior, word in zip(PRIORS, ("normal", "Laplace", "multiplied"), strict=True):
        assert word in prior().loss.prior


def test_a_group_lasso_believes_in_no_direction_and_in_length_exponentially() -> None:
    assert "all directions of a group alike" in GroupLasso.prior
    assert "falls off exponentially with the group's length" in GroupLasso.prior
    angle = np.linspace(0.0, 6.0, 25)[:, None]
    around = np.concatenate((np.cos(angle), np.sin(angle)), axis=1)
    np.testing.assert_allclose(
        GroupLasso().value(3.0 * around), 3.0 * GroupLasso().value([1.0, 0.0])
    )


# The likeliest location is the one the loss picks.

TARGETS = np.random.default_rng(2).gumbel(1.0, 1.5, 41)


@every_noise
def test_maximum_likelihood_of_a_location_is_the_least_total_loss(noise: Noise) -> None:
    at = np.linspace(-3.0, 6.0, 1801)
    residuals = at[:, None] - TARGETS
    likeliest = np.argmax(noise.log_density(residuals).sum(axis=1))
    total = noise.loss.value(residuals / noise.unit).sum(axis=1)
    assert total[likeliest] == pytest.approx(total.min(), rel=1e-12)
    assert np.ptp(total) > 1e-2 * total.min()


@pytest.mark.parametrize(
    ("noise", "estimate"),
    [
        (GaussianNoise(0.3), np.mean(TARGETS)),
        (LaplaceNoise(0.3), np.median(TARGETS)),
        (AsymmetricLaplaceNoise(0.2, 0.3), np.quantile(TARGETS, 0.2, method="inverted_cdf")),
        (AsymmetricLaplaceNoise(0.9, 0.3), np.quantile(TARGETS, 0.9, method="inverted_cdf")),
    ],
    ids=repr,
)
def test_the_likeliest_location_is_the_mean_the_median_or_a_quantile(
    noise: Noise, estimate: float
) -> None:
    found = optimize.minimize_scalar(
        lambda at: float(noise.negative_log(at - TARGETS).sum()),
        bounds=(-3.0, 6.0),
        method="bounded",
        options={"xatol": 1e-10},
    )
    assert found.x == pytest.approx(estimate, abs=1e-6)


# The strength that noise and prior give to the penalty.


def test_strengths_of_the_usual_pairs() -> None:
    assert strength(GaussianNoise(0.3), GaussianPrior(0.7)) == pytest.approx(0.3**2 / 0.7**2)
    assert strength(GaussianNoise(0.3), LaplacePrior(0.7)) == pytest.approx(2 * 0.3**2 / 0.7)
    assert strength(LaplaceNoise(0.3), LaplacePrior(0.7)) == pytest.approx(0.3 / 0.7)
    assert strength(HuberNoise(2.0, 0.3), GaussianPrior(0.7)) == pytest.approx(
        0.3**2 / (2 * 0.7**2)
    )


@pytest.mark.parametrize("prior", PRIOR_SETTINGS, ids=repr)
@every_noise
def test_the_posterior_is_losses_and_penalty_at_that_strength(noise: Noise, prior: Prior) -> None:
    rng = np.random.default_rng(3)
    design, target, thetas = rng.normal(size=(12, 3)), rng.normal(size=12), rng.normal(size=(6, 3))
    residuals = thetas @ design.T - target
    surprise = noise.negative_log(residuals).sum(axis=1) + prior.negative_log(thetas).sum(axis=1)

    losses = noise.loss.value(residuals / noise.unit).sum(axis=1)
    total = losses + strength(noise, prior) * prior.loss.value(thetas)
    constant = 12 * noise.constant + 3 * prior.constant
    np.testing.assert_allclose(surprise, noise.scale * total + constant, rtol=1e-11, atol=1e-10)


def test_ridge_at_that_strength_is_the_mean_of_the_posterior() -> None:
    rng = np.random.default_rng(4)
    design, target = rng.normal(size=(12, 3)), rng.normal(size=12)
    noise, prior = GaussianNoise(0.4), GaussianPrior(0.9)
    ridge = np.linalg.solve(
        design.T @ design + strength(noise, prior) * np.eye(3), design.T @ target
    )
    # Conditioning the joint normal law of coefficients and targets on the targets.
    covariance = 0.9**2 * design @ design.T + 0.4**2 * np.eye(12)
    posterior = 0.9**2 * design.T @ np.linalg.solve(covariance, target)
    np.testing.assert_allclose(ridge, posterior, rtol=1e-10)


def test_the_strongest_and_the_weakest_strength_are_numbers() -> None:
    assert strength(GaussianNoise(1e50), GaussianPrior(1e-50)) == pytest.approx(1e200)
    assert strength(GaussianNoise(1e-50), GaussianPrior(1e50)) == pytest.approx(1e-200)


# How they are related.

R = np.linspace(-9.0, 9.0, 181)


def assert_same(one: Density, other: Density, rtol: float = 1e-13) -> None:
    np.testing.assert_allclose(one.negative_log(R), other.negative_log(R), rtol=rtol, atol=1e-13)


def test_the_limits_in_which_one_noise_is_another() -> None:
    assert_same(StudentTNoise(1e50, 0.6), GaussianNoise(0.6))
    assert_same(HuberNoise(delta=20.0, sigma=0.6), GaussianNoise(0.6))
    assert_same(HuberNoise(delta=1e-20, sigma=1e-10), LaplaceNoise(b=1.0))
    assert_same(InsensitiveNoise(epsilon=0.0, b=0.6), LaplaceNoise(b=0.6))
    assert_same(AsymmetricLaplaceNoise(tau=0.5, b=0.6), LaplaceNoise(b=1.2))


def test_the_ends_of_the_elastic_net_prior_are_laplace_and_normal() -> None:
    assert_same(ElasticNetPrior(ratio=1.0, b=0.6), LaplacePrior(b=0.6))
    assert_same(ElasticNetPrior(ratio=0.0, b=0.6), GaussianPrior(tau=math.sqrt(0.3)))
    product = LaplacePrior(b=2.0).density(R) * GaussianPrior(tau=0.5).density(R)
    share = ElasticNetPrior(ratio=0.2, b=0.4).density(R) / product
    np.testing.assert_allclose(share, share[0], rtol=1e-11)


UNITS = {"sigma", "tau", "b", "s", "delta", "epsilon"}


@every_density
def test_measured_in_other_units_the_density_only_stretches(density: Density) -> None:
    if isinstance(density, ElasticNetPrior):
        return
    names = UNITS & set(vars(density)) - ({"tau"} if isinstance(density, Noise) else set())
    stretched = dataclasses.replace(density, **{name: 3.0 * vars(density)[name] for name in names})
    expected = density.negative_log(R) + math.log(3.0)
    np.testing.assert_allclose(stretched.negative_log(3.0 * R), expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("tau", [0.1, 0.5, 0.8])
def test_a_share_tau_of_the_targets_lies_below_the_prediction(tau: float) -> None:
    noise = AsymmetricLaplaceNoise(tau, b=0.5)
    below, _ = integrate.quad(noise.density, 0.0, math.inf)  # where the residual is positive
    assert below == pytest.approx(tau, abs=1e-9)
    targets = noise.targets(np.full(20_000, 7.0), np.random.default_rng(5))
    assert np.mean(targets < 7.0) == pytest.approx(tau, abs=0.01)


@pytest.mark.parametrize(
    "noise", [n for n in NOISE_SETTINGS if isinstance(n, HuberNoise)], ids=repr
)
def test_huber_noise_is_normal_with_a_share_of_something_else(noise: HuberNoise) -> None:
    normal = (1.0 - noise.contamination) * stats.norm(scale=noise.sigma).pdf(R)
    rest = noise.density(R) - normal
    assert np.all(rest >= -1e-15)
    inside = np.abs(R) <= noise.delta
    np.testing.assert_allclose(rest[inside], 0.0, atol=1e-14)
    # Huber's equation between the share and the edge.
    k = noise.delta / noise.sigma
    share = noise.contamination / (1.0 - noise.contamination)
    expected = 2.0 * stats.norm.pdf(k) / k - 2.0 * stats.norm.cdf(-k)
    assert share == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_no_contaminated_normal_noise_tells_less_about_the_location() -> None:
    noise = HuberNoise(delta=1.2, sigma=1.0)
    share = noise.contamination

    def information(density: Callable[[Array], Array], slope: Callable[[Array], Array]) -> float:
        r = np.linspace(-60.0, 60.0, 240_001)
        return float(np.sum(slope(r) ** 2 / density(r)) * (r[1] - r[0]))

    def told(other: Any) -> float:
        def density(r: Array) -> Array:
            return (1 - share) * stats.norm.pdf(r) + share * other.pdf(r) + 1e-300

        return information(density, lambda r: np.gradient(density(r), r))

    least = information(noise.density, lambda r: noise.loss.gradient(r) * noise.density(r))
    for other in (stats.norm(scale=3), stats.norm(scale=10), stats.cauchy(), stats.laplace(0, 2)):
        assert told(other) > least * 1.001


# What is drawn is distributed as told.


def below(density: Density, at: Array) -> Array:
    """Return the share below each number, by summing the density up."""
    reach = 60.0 * spread(density)
    grid = np.union1d(np.linspace(-reach, reach, 40_001), seams(density))
    share = integrate.cumulative_simpson(density.density(grid), x=grid, initial=0.0)
    return np.interp(at, grid, share)


@every_density
def test_what_is_drawn_is_distributed_as_told(density: Density) -> None:
    drawn = density.sample(np.random.default_rng(6), 60_000)  # enough to see a spread 5 % off
    theirs = None if isinstance(density, ElasticNetPrior) else known(density)
    cdf = theirs.cdf if theirs else (lambda x: below(density, x))
    assert stats.kstest(drawn, cdf).pvalue > 0.01


@every_density
def test_draws_have_the_size_asked_for_and_repeat_with_their_seed(density: Density) -> None:
    def draw(size: int | tuple[int, ...] | None) -> Any:
        return density.sample(np.random.default_rng(7), size)

    assert isinstance(draw(None), np.float64)
    assert draw(5).shape == (5,)
    assert draw((2, 0, 3)).shape == (2, 0, 3)
    assert draw((2, 3)).dtype == np.float64
    np.testing.assert_array_equal(draw((2, 3)), draw((2, 3)))
    assert len(np.unique(draw((4, 4)))) == 16


@pytest.mark.parametrize("tilt", [1e-9, 0.3, 0.99, 1.0, 1.01, 4.0, 1e9])
def test_two_in_five_are_accepted_at_the_least_however_sharp_the_prior(tilt: float) -> None:
    prior = ElasticNetPrior(ratio=0.5, b=0.125 / tilt**2)
    assert prior._tilt == pytest.approx(tilt)
    sizes, accepted = prior._proposed(np.random.default_rng(14), 20_000)
    assert sizes.shape == accepted.shape == (20_000,)
    assert accepted.mean() > 0.4


class Farthest(np.random.Generator):
    """Draws the lowest number of every interval."""

    def uniform(self, low: float, high: float, size: Any) -> Any:
        return np.full(size, low)


def test_the_farthest_draw_of_the_normal_middle_lies_on_its_edge() -> None:
    for edge in (0.3, 1.0, 7.0, 30.0):
        noise = HuberNoise(delta=2.0 * edge, sigma=2.0)
        drawn = noise.sample(Farthest(np.random.PCG64(15)), 200)
        assert np.isfinite(drawn).all()
        assert np.min(np.abs(drawn)) == pytest.approx(noise.delta, rel=1e-4)


@pytest.mark.parametrize("density", NARROW_AND_WIDE, ids=repr)
def test_even_the_narrowest_and_the_widest_draw_numbers(density: Density) -> None:
    assert not np.isnan(density.sample(np.random.default_rng(8), 200)).any()


def test_draws_at_the_far_ends_of_two_knobs_are_finite() -> None:
    rng = np.random.default_rng(9)
    for one, other in itertools.product((1e-50, 1.0, 1e50), repeat=2):
        assert np.isfinite(HuberNoise(one, other).sample(rng, 200)).all()
        assert np.isfinite(InsensitiveNoise(one, other).sample(rng, 200)).all()
    for ratio, b in itertools.product((0.0, 1e-9, 1 - 1e-16, 1.0), (1e-50, 1.0, 1e50)):
        assert np.isfinite(ElasticNetPrior(ratio, b).sample(rng, 200)).all()


@every_noise
def test_targets_lie_a_residual_before_the_prediction(noise: Noise) -> None:
    prediction = np.arange(6.0).reshape(2, 3)
    targets = noise.targets(prediction, np.random.default_rng(10))
    residuals = noise.sample(np.random.default_rng(10), (2, 3))
    np.testing.assert_array_equal(targets, prediction - residuals)
    assert isinstance(noise.targets(1.0, np.random.default_rng(11)), np.float64)
    with pytest.raises(DomainError, match=r"Noise: prediction\[0\] is nan, expected a number\."):
        noise.targets([math.nan], np.random.default_rng(11))


# Labels and counts.

SCORES = np.array([-1e300, -800.0, -40.0, -3.0, -0.2, 0.0, 0.7, 5.0, 40.0, 800.0, 1e300])
RATES = np.array([0.0, 1e-300, 1e-3, 0.7, 1.0, 4.5, 60.0])


def test_the_two_labels_have_probabilities_that_sum_to_one() -> None:
    for lower in (-1.0, 0.0):
        both = [np.exp(BernoulliLabel().log_probability(SCORES, y)) for y in (lower, 1.0)]
        np.testing.assert_allclose(sum(both), 1.0, rtol=1e-15)


def test_the_upper_label_has_the_logistic_probability_of_its_score() -> None:
    near = SCORES[2:-2]
    for label, lower in ((np.ones(near.shape), False), (np.zeros(near.shape), True)):
        sign = -1.0 if lower else 1.0
        expected = stats.logistic.logcdf(sign * near)
        np.testing.assert_allclose(
            BernoulliLabel().log_probability(near, label), expected, rtol=1e-13
        )
    chance = np.exp(BernoulliLabel().log_probability([0.0, math.log(3.0)], 1.0))
    np.testing.assert_allclose(chance, [0.5, 0.75], rtol=1e-15)
    ours, theirs = chance[1], stats.bernoulli(0.75).pmf(1)
    assert ours == pytest.approx(theirs)


def test_a_label_costs_the_logistic_loss_of_its_margin() -> None:
    labels = np.resize([-1.0, 1.0, 1.0], SCORES.shape)
    expected = LogisticLoss().value(labels * SCORES)
    np.testing.assert_array_equal(BernoulliLabel().negative_log(SCORES, labels), expected)
    np.testing.assert_array_equal(BernoulliLabel().negative_log(SCORES, labels > 0), expected)
    np.testing.assert_array_equal(BernoulliLabel().constant(labels), np.zeros(SCORES.shape))


LOGITS = np.array([[0.0, 0.0, 0.0], [1.0, -2.0, 0.5], [800.0, 0.0, -800.0], [1e300, 1e300, 0.0]])


def test_the_classes_have_softmax_probabilities_that_sum_to_one() -> None:
    each = [np.exp(CategoricalLabel().log_probability(LOGITS, np.full(4, k))) for k in range(3)]
    np.testing.assert_allclose(sum(each), 1.0, rtol=1e-15)
    chance = np.exp(LOGITS[1]) / np.exp(LOGITS[1]).sum()
    np.testing.assert_allclose([row[1] for row in each], chance, rtol=1e-14)
    theirs = stats.multinomial(1, chance).logpmf(np.eye(3))
    ours = CategoricalLabel().log_probability(LOGITS[[1, 1, 1]], [0, 1, 2])
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_a_class_costs_the_cross_entropy_with_all_probability_on_it() -> None:
    target = np.array([2, 1, 0, 1])
    expected = CategoricalLabel().loss.value(LOGITS, np.eye(3)[target])
    model = CategoricalLabel()
    np.testing.assert_allclose(model.negative_log(LOGITS, target), expected, rtol=1e-15)
    np.testing.assert_array_equal(model.cost(LOGITS, target), model.negative_log(LOGITS, target))
    np.testing.assert_array_equal(model.constant(target), np.zeros(4))


def test_counts_have_probabilities_that_sum_to_one() -> None:
    counts = np.arange(400.0)
    for rate in RATES:
        total = np.exp(PoissonCount().log_probability(rate, counts)).sum()
        assert total == pytest.approx(1.0, abs=1e-12)


def test_a_count_has_the_probability_that_scipy_gives_it() -> None:
    rate, count = RATES[2:, None], np.arange(80.0)
    ours = PoissonCount().log_probability(rate, count)
    np.testing.assert_allclose(ours, stats.poisson(rate).logpmf(count), rtol=1e-12, atol=1e-12)
    assert PoissonCount().log_probability(0.0, 0.0) == 0.0
    assert PoissonCount().negative_log(0.0, 3.0) == math.inf


def test_a_count_costs_the_poisson_loss_and_the_logarithm_of_its_factorial() -> None:
    rate, count = RATES[2:, None], np.arange(20.0)
    surprise = PoissonCount().negative_log(rate, count)
    apart = surprise - PoissonLoss().value(rate, count)
    expected = np.log([float(math.factorial(k)) for k in range(20)])
    np.testing.assert_allclose(apart, np.broadcast_to(expected, apart.shape), atol=1e-12)
    np.testing.assert_allclose(PoissonCount().constant(count), expected, rtol=1e-14, atol=1e-15)
    np.testing.assert_array_equal(
        PoissonCount().cost(rate, count), PoissonLoss().value(rate, count)
    )


@pytest.mark.parametrize("count", [1e3, 1e6, 1e9])
def test_what_cancels_of_a_large_count_is_a_small_part(count: float) -> None:
    rate = count + math.sqrt(count)
    with mpmath.workdps(50):
        mu, y = mpf(rate), mpf(count)
        expected = float(mu - y * mpmath.log(mu) + mpmath.loggamma(y + 1))
    slack = 4e-16 * count * math.log(count)
    assert PoissonCount().negative_log(rate, count) == pytest.approx(expected, abs=slack)


def test_what_is_drawn_comes_as_often_as_told() -> None:
    n = 20_000
    rng = np.random.default_rng(12)
    labels = BernoulliLabel().sample(np.full(n, 1.2), rng)
    assert set(labels) == {-1.0, 1.0}
    assert np.mean(labels == 1.0) == pytest.approx(1 / (1 + math.exp(-1.2)), abs=0.01)

    classes = CategoricalLabel().sample(np.tile(LOGITS[1], (n, 1)), rng)
    chance = np.exp(CategoricalLabel().log_probability(LOGITS[[1, 1, 1]], [0, 1, 2]))
    np.testing.assert_allclose(np.bincount(classes) / n, chance, atol=0.01)

    counts = PoissonCount().sample(np.full(n, 3.5), rng)
    chance = np.exp(PoissonCount().log_probability(3.5, np.arange(10.0)))
    np.testing.assert_allclose(np.bincount(counts.astype(int))[:10] / n, chance, atol=0.01)


def test_draws_at_the_extremes_are_certain() -> None:
    rng = np.random.default_rng(13)
    np.testing.assert_array_equal(BernoulliLabel().sample([-1e300, 1e300], rng), [-1.0, 1.0])
    np.testing.assert_array_equal(BernoulliLabel().sample([-math.inf, math.inf], rng), [-1.0, 1.0])
    assert set(CategoricalLabel().sample(LOGITS[[3] * 50], rng)) == {0, 1}
    assert set(CategoricalLabel().sample([[-1.7e308, 1.7e308]] * 50, rng)) == {1}
    assert PoissonCount().sample(0.0, rng) == 0.0
    assert PoissonCount().sample(1e18, rng) == pytest.approx(1e18, rel=1e-7)


@pytest.mark.parametrize(
    ("model", "prediction", "shape"),
    [
        (BernoulliLabel(), np.zeros((2, 3)), (2, 3)),
        (CategoricalLabel(), np.zeros((2, 3, 4)), (2, 3)),
        (PoissonCount(), np.ones((2, 3)), (2, 3)),
    ],
    ids=repr,
)
def test_there_is_one_target_and_one_number_per_sample(
    model: LabelModel, prediction: Array, shape: tuple[int, ...]
) -> None:
    first = model.sample(prediction, np.random.default_rng(14))
    assert first.shape == shape
    np.testing.assert_array_equal(first, model.sample(prediction, np.random.default_rng(14)))
    assert model.negative_log(prediction, first).shape == shape
    assert model.constant(first).shape == shape
    one = model.negative_log(prediction[0, 0], first[0, 0])
    assert isinstance(one, np.float64)


def test_the_likeliest_rate_chance_and_score_are_those_observed() -> None:
    counts, rates = np.array([0.0, 2.0, 3.0, 7.0]), np.linspace(0.01, 9.0, 900)
    total = PoissonCount().log_probability(rates[:, None], counts).sum(axis=1)
    assert rates[np.argmax(total)] == pytest.approx(counts.mean(), abs=1e-9)
    labels, scores = np.array([1, 1, 1, 0]), np.linspace(-4.0, 4.0, 8001)
    total = BernoulliLabel().log_probability(scores[:, None], labels).sum(axis=1)
    assert scores[np.argmax(total)] == pytest.approx(math.log(3.0), abs=1e-3)


REFUSED: list[tuple[Callable[[], Any], str]] = [
    (
        lambda: BernoulliLabel().negative_log([1.0], [2.0]),
        "LogisticLoss: label[0] is 2, expected -1 or 1; or 0 or 1.",
    ),
    (
        lambda: BernoulliLabel().sample(math.nan, np.random.default_rng(0)),
        "BernoulliLabel: score is nan, expected a number.",
    ),
    (
        lambda: CategoricalLabel().sample([[1.0, math.nan]], np.random.default_rng(0)),
        "CategoricalLabel: logits[0, 1] is nan, expected a number.",
    ),
    (
        lambda: CategoricalLabel().sample(1.0, np.random.default_rng(0)),
        "CategoricalLabel: logits () hold no classes, expected rows.",
    ),
    (
        lambda: CategoricalLabel().sample(np.empty((2, 0)), np.random.default_rng(0)),
        "CategoricalLabel: logits (2, 0) hold no classes, expected rows.",
    ),
    (
        lambda: PoissonCount().negative_log([1.0], [2.5]),
        "PoissonCount: target[0] is 2.5, expected a whole number at least 0.",
    ),
    (
        lambda: PoissonCount().negative_log([1.0], [-1.0]),
        "PoissonCount: target[0] is -1, expected a whole number at least 0.",
    ),
    (
        lambda: PoissonCount().constant(math.inf),
        "PoissonCount: target is inf, expected a whole number at least 0.",
    ),
    (
        lambda: PoissonCount().sample(-1.0, np.random.default_rng(0)),
        "PoissonCount: rate is -1, expected a number at least 0 and at most 1e+18.",
    ),
]


@pytest.mark.parametrize(("ask", "sentence"), REFUSED)
def test_what_is_no_label_and_no_count_is_refused_in_a_sentence(
    ask: Callable[[], Any], sentence: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        ask()
    assert str(refusal.value) == sentence


def test_what_no_class_is_called_and_no_rate_can_be_is_refused() -> None:
    with pytest.raises(DomainError):
        CategoricalLabel().negative_log([[1.0, 2.0]], [2])
    with pytest.raises(DomainError):
        CategoricalLabel().constant([0.5])
    with pytest.raises(DomainError):
        PoissonCount().negative_log([-1.0], [1.0])


# What goes in and what comes out.


@every_density
def test_any_shape_and_type_gives_float64_of_the_same_shape(density: Density) -> None:
    grid = np.arange(-12.0, 12.0).reshape(2, 3, 4)
    for curve in (density.negative_log, density.log_density, density.density, density.cost):
        expected = curve(grid)
        assert expected.dtype == np.float64
        assert expected.shape == grid.shape
        for same in (grid.astype(int), grid.astype(np.float32), grid.tolist()):
            np.testing.assert_array_equal(curve(same), expected, strict=True)
        assert isinstance(curve(2), np.float64)
        assert curve(np.empty((0, 3))).shape == (0, 3)


@every_density
def test_a_long_array_gives_what_its_numbers_give_and_is_left_alone(density: Density) -> None:
    x = np.linspace(-9.0, 11.0, 20_000)
    before = x.copy()
    found = density.negative_log(x)
    np.testing.assert_array_equal(x, before)
    some = [0, 1, 16_383, 16_384, 19_999]
    np.testing.assert_allclose(found[some], [density.negative_log(x[i]) for i in some], rtol=1e-15)


# The registries and what is shown to the reader.


def concrete_classes(family: type) -> set[type]:
    below = {cls for child in family.__subclasses__() for cls in concrete_classes(child)}
    return below if inspect.isabstract(family) else below | {family}


def test_every_concrete_belief_is_registered_once() -> None:
    for registry, family in ((NOISES, Noise), (PRIORS, Prior), (LABEL_MODELS, LabelModel)):
        assert set(registry) == concrete_classes(family)
        assert len(set(registry)) == len(registry)
    assert concrete_classes(Belief) == {*NOISES, *PRIORS, *LABEL_MODELS}
    assert {type(density) for density in DENSITIES} == {*NOISES, *PRIORS}


def test_the_registries_keep_the_order_of_display() -> None:
    assert [cls.name for cls in (*NOISES, *PRIORS, *LABEL_MODELS)] == [
        "Gaussian noise",
        "Laplace noise",
        "Asymmetric Laplace noise",
        "Student t noise",
        "Logistic noise",
        "Hyperbolic secant noise",
        "Huber's noise",
        "Insensitive noise",
        "Gaussian prior",
        "Laplace prior",
        "Elastic net prior",
        "Bernoulli label",
        "Categorical label",
        "Poisson count",
    ]


@every_class
def test_what_the_reader_sees_is_complete(cls: type[Belief]) -> None:
    assert cls.__final__
    assert cls.__doc__
    given = {Noise: "p(r) = ", Prior: r"p(\theta) = ", LabelModel: r"p(y \mid "}
    assert cls.formula.startswith(given[cls.__mro__[1]])
    assert cls.story.endswith(".")
    assert str(cls.source.year) in str(cls.source)
    for name, declared in parameters(cls).items():
        assert declared.symbol in cls.formula
        assert declared.meaning[0].islower()
        default = getattr(cls(), name)
        assert declared.low <= default <= declared.high
        steps = (default - declared.low) / declared.step
        assert steps == pytest.approx(round(steps), abs=1e-6)
        assert declared.accepts(declared.low)
        assert declared.accepts(declared.high)


@pytest.mark.parametrize("cls", [*NOISES, *PRIORS])
def test_a_knob_outside_its_range_is_refused(cls: type[Density]) -> None:
    for name, declared in parameters(cls).items():
        beyond = [math.nan, math.inf, -0.1, 1.1e50]
        if name == "ratio":
            beyond = [math.nan, -0.1, 1.1]
        if name == "tau" and cls is AsymmetricLaplaceNoise:
            beyond = [math.nan, -0.1, 0.0, 1.0, 1.1]
        for value in beyond:
            with pytest.raises(ParameterError, match=f"{cls.__name__}: {name} is "):
                cls(**{name: value})
        assert not declared.accepts(declared.minimum * (1.0 - 1e-9) - 1e-60)


def test_a_spread_of_zero_is_refused_in_a_sentence() -> None:
    with pytest.raises(ParameterError) as refusal:
        GaussianNoise(sigma=0.0)
    sentence = "GaussianNoise: sigma is 0.0, expected at least 1e-50 and at most 1e+50."
    assert str(refusal.value) == sentence
    assert InsensitiveNoise(epsilon=0.0).constant == math.log(2.0)


def test_student_t_ends_where_its_draws_would_leave_float64() -> None:
    with pytest.raises(ParameterError, match=r"expected at least 0\.1 and at most"):
        StudentTNoise(nu=0.09)
    assert np.isfinite(StudentTNoise(nu=0.1).sample(np.random.default_rng(16), 100_000)).all()
    assert 5e-4 < 2 * stats.t(0.1).sf(1e30) < 2e-3  # one draw in a thousand


@pytest.mark.parametrize("density", [GaussianPrior(), LaplacePrior(), ElasticNetPrior()], ids=repr)
def test_penalties_of_what_is_no_coefficient_are_refused(density: Prior) -> None:
    with pytest.raises(DomainError):
        density.cost([math.inf])
