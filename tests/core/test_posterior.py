"""Likelihood, prior and posterior over two parameters, their peaks, and the walk of the peaks."""

import dataclasses
import math

import numpy as np
import pytest
from scipy import optimize, stats

from core.declare import ParameterError
from core.landscape import Grid
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
    strength,
)
from core.mle_map.arriving import Arriving, class_sets, coin_sets, line_sets
from core.mle_map.kink_descent import downhill
from core.mle_map.pair_fits import PairFits
from core.mle_map.posterior import (
    NegativeLogLikelihood,
    NegativeLogPosterior,
    NegativeLogPrior,
    class_likelihood,
    line_likelihood,
    strength_of,
    turned,
    turned_range,
    with_strength,
)
from core.mle_map.posterior_fit import Greatest, map_of, mle_of, walk
from core.objectives import ObjectiveError, curvature

NOISES = (
    GaussianNoise(0.8),
    LaplaceNoise(0.6),
    StudentTNoise(3.0, 0.6),
    LogisticNoise(0.45),
    HuberNoise(0.9, 0.7),
)
PRIORS = (GaussianPrior(0.5), LaplacePrior(0.1), ElasticNetPrior(0.4, 0.3), None)
GRID = Grid.regular((-1.5, 3.0), (-1.0, 2.5), 41, 37)
LINE = line_sets()["scattered"]
CLASSES = class_sets()["overlap"]


def likelihoods(count: int = 40) -> list[NegativeLogLikelihood]:
    told = [line_likelihood(LINE.x[:count], LINE.y[:count], noise) for noise in NOISES]
    return [*told, class_likelihood(CLASSES.x[:count], CLASSES.y[:count])]


def name_of(one: object) -> str:
    if isinstance(one, NegativeLogLikelihood):
        return type(one.belief).__name__
    return "none" if one is None else type(one).__name__


every_likelihood = pytest.mark.parametrize("likelihood", likelihoods(), ids=name_of)
every_prior = pytest.mark.parametrize("prior", PRIORS, ids=name_of)
every_noise = pytest.mark.parametrize("noise", NOISES, ids=name_of)


def posterior(likelihood: NegativeLogLikelihood, prior: Prior | None) -> NegativeLogPosterior:
    return NegativeLogPosterior(likelihood, NegativeLogPrior(prior))


def surprise(noise: Noise, r: np.ndarray) -> np.ndarray:
    """Return -log p(r) as SciPy has it; of Huber's noise, from its definition."""
    match noise:
        case GaussianNoise(sigma=sigma):
            return -stats.norm.logpdf(r, scale=sigma)
        case LaplaceNoise(b=b):
            return -stats.laplace.logpdf(r, scale=b)
        case StudentTNoise(nu=nu, s=s):
            return -stats.t.logpdf(r, nu, scale=s)
        case LogisticNoise(s=s):
            return -stats.logistic.logpdf(r, scale=s)
        case HuberNoise(delta=delta, sigma=sigma):
            near = 0.5 * (r / sigma) ** 2
            far = delta / sigma**2 * (np.abs(r) - 0.5 * delta)
            k = delta / sigma
            middle = math.sqrt(2 * math.pi) * (2 * stats.norm.cdf(k) - 1)
            total = sigma * (middle + 2 / k * math.exp(-0.5 * k * k))
            return np.where(np.abs(r) <= delta, near, far) + math.log(total)
    raise AssertionError(noise)


def believed(prior: Prior | None, theta: np.ndarray) -> np.ndarray:
    """Return -log of the prior of each coefficient, as SciPy has it."""
    match prior:
        case GaussianPrior(tau=tau):
            return -stats.norm.logpdf(theta, scale=tau)
        case LaplacePrior(b=b):
            return -stats.laplace.logpdf(theta, scale=b)
        case ElasticNetPrior():
            return prior.negative_log(theta)
    return np.zeros_like(theta)


# One function


@every_likelihood
@every_prior
def test_value_gradient_and_landscape_are_of_one_function(likelihood, prior):
    whole = posterior(likelihood, prior)
    for own in (likelihood, whole.prior, whole):
        z = own.landscape(GRID).z
        np.testing.assert_allclose(own.values(GRID.points), z.ravel(), rtol=1e-9, atol=1e-9)
        for row, column in ((0, 0), (18, 20), (36, 40)):
            theta = np.array([GRID.x[column], GRID.y[row]])
            assert own.value(theta) == pytest.approx(z[row, column], rel=1e-9, abs=1e-9)
            np.testing.assert_allclose(own.gradient(theta), slope(own.value, theta), atol=2e-5)
            bend = [slope(lambda at, j=j, own=own: own.gradient(at)[j], theta) for j in range(2)]
            if not isinstance(likelihood.belief, LaplaceNoise | HuberNoise):
                np.testing.assert_allclose(own.hessian(theta), bend, atol=2e-4)


def slope(function, theta: np.ndarray) -> np.ndarray:
    step = 1e-6
    ways = step * np.eye(2)
    return np.array([(function(theta + way) - function(theta - way)) / (2 * step) for way in ways])


@every_noise
@every_prior
def test_the_posterior_is_that_of_scipy(noise, prior):
    whole = posterior(line_likelihood(LINE.x, LINE.y, noise, origin=0.3), prior)
    for theta in np.array([[0.0, 0.0], [1.3, 0.7], [-2.0, 3.0]]):
        residuals = theta[0] * (LINE.x - 0.3) + theta[1] - LINE.y
        told = surprise(noise, residuals).sum() + believed(prior, theta).sum()
        assert whole.value(theta) == pytest.approx(told, rel=1e-12)


@every_prior
def test_the_posterior_of_classes_is_that_of_coins_whose_chance_the_score_sets(prior):
    whole = posterior(class_likelihood(CLASSES.x, CLASSES.y), prior)
    for theta in np.array([[0.0, 0.0], [1.3, 0.7], [-2.0, 3.0]]):
        chance = 1 / (1 + np.exp(-(theta[0] * CLASSES.x + theta[1])))
        told = -stats.bernoulli.logpmf(CLASSES.y, chance).sum() + believed(prior, theta).sum()
        assert whole.value(theta) == pytest.approx(told, rel=1e-11)


@every_likelihood
@every_prior
def test_the_posterior_is_losses_and_penalty_at_lambda_on_the_landscape(likelihood, prior):
    whole = posterior(likelihood, prior)
    assert whole.identity_deviation(GRID) <= 1e-12
    assert whole.strength == strength_of(likelihood.belief, prior)
    by_hand = likelihood.belief.scale * likelihood.losses(GRID) + whole.constant
    if prior is not None:
        penalty = prior.loss.value(GRID.points).reshape(GRID.shape)
        by_hand += likelihood.belief.scale * whole.strength * penalty
        if isinstance(likelihood.belief, Noise):
            assert whole.strength == pytest.approx(strength(likelihood.belief, prior), rel=1e-14)
    np.testing.assert_allclose(whole.landscape(GRID).z, by_hand, rtol=1e-11)
    theta = np.array([GRID.x[3], GRID.y[5]])
    assert likelihood.total_loss(theta) == pytest.approx(likelihood.losses(GRID)[5, 3], rel=1e-10)


@pytest.mark.parametrize("broken", ["constant", "losses", "strength"])
def test_the_deviation_tells_of_an_identity_that_does_not_hold(broken, monkeypatch):
    whole = posterior(line_likelihood(LINE.x, LINE.y, NOISES[0]), PRIORS[0])
    if broken == "losses":
        right = NegativeLogLikelihood.losses
        monkeypatch.setattr(
            NegativeLogLikelihood, "losses", lambda own, grid: right(own, grid) * (1 + 1e-9)
        )
    else:
        value = getattr(whole, broken) * (1 + 1e-6)
        monkeypatch.setattr(NegativeLogPosterior, broken, property(lambda own: value))
    assert whole.identity_deviation(GRID) > 1e-11


def test_the_deviation_sees_one_crossing_and_needs_little_memory(monkeypatch):
    import core.mle_map.posterior as module

    monkeypatch.setattr(module, "_HELD", 64)
    whole = posterior(line_likelihood(LINE.x, LINE.y, NOISES[1]), PRIORS[1])
    assert whole.identity_deviation(GRID) <= 1e-12
    plain = NegativeLogPosterior._plain

    def one_off(own, points):
        told = plain(own, points)
        told[777] *= 1 + 1e-6
        return told

    monkeypatch.setattr(NegativeLogPosterior, "_plain", one_off)
    assert whole.identity_deviation(GRID) > 1e-7


def test_units_stretch_the_landscape_and_change_nothing_else():
    noise = LogisticNoise(0.45)
    whole = line_likelihood(LINE.x, LINE.y, noise)
    assert whole.unit == noise.unit == 0.9
    residuals = 1.1 * LINE.x + 0.2 - LINE.y
    np.testing.assert_allclose(whole.surprises([[1.1, 0.2]])[0], noise.negative_log(residuals))


def test_what_is_convex_and_what_is_a_parabola_is_known():
    square, student = likelihoods()[0], likelihoods()[2]
    assert posterior(square, GaussianPrior(1.0)).is_parabola
    assert not posterior(square, LaplacePrior(1.0)).is_parabola
    assert posterior(square, None).is_parabola
    assert curvature(posterior(square, GaussianPrior(1.0))) is not None
    assert posterior(square, LaplacePrior(1.0)).convex
    assert not posterior(student, GaussianPrior(1.0)).convex
    far = posterior(student, GaussianPrior(100.0))
    ends = np.array([[1.3, 0.7], [1.3, 20.0]])
    assert far.value(ends.mean(axis=0)) > far.values(ends).mean()


# λ, σ and τ hang together


@every_noise
@pytest.mark.parametrize("prior", PRIORS[:3], ids=name_of)
@pytest.mark.parametrize("wanted", [1e-6, 0.3, 700.0])
def test_a_prior_of_that_strength_has_it_and_is_of_the_same_kind(noise, prior, wanted):
    found = with_strength(noise, prior, wanted)
    assert type(found) is type(prior)
    assert strength_of(noise, found) == pytest.approx(wanted, rel=1e-12)
    if isinstance(prior, ElasticNetPrior):
        assert found.ratio == prior.ratio


def test_the_usual_strengths_are_those_of_the_textbook():
    assert strength_of(GaussianNoise(0.8), GaussianPrior(0.5)) == pytest.approx(0.8**2 / 0.5**2)
    assert strength_of(GaussianNoise(0.8), LaplacePrior(0.5)) == pytest.approx(2 * 0.8**2 / 0.5)
    assert strength_of(GaussianNoise(0.8), None) == 0.0


def test_no_width_has_the_strength_zero():
    with pytest.raises(ParameterError):
        with_strength(GaussianNoise(1.0), GaussianPrior(1.0), 0.0)
    with pytest.raises(ParameterError):
        with_strength(GaussianNoise(1.0), LaplacePrior(1.0), 0.0)
    with pytest.raises(ObjectiveError, match="no width"):
        with_strength(GaussianNoise(1.0), _Odd(1.0), 1.0)


@dataclasses.dataclass(frozen=True)
class _Odd:
    b: float
    name = "An odd prior"


# From the density to its negative logarithm


def test_the_turn_begins_with_the_density_itself_and_ends_at_its_negative_logarithm():
    p = np.geomspace(1e-300, 8.0, 60)
    np.testing.assert_allclose(turned(-np.log(p), 0.0), p, rtol=1e-12)
    np.testing.assert_array_equal(turned(-np.log(p), 1.0), -np.log(p))
    assert turned(np.inf, 0.0) == 0.0
    assert turned(np.inf, 1.0) == turned(np.inf, 0.5) == np.inf


@pytest.mark.parametrize("noise", NOISES, ids=repr)
def test_the_turn_is_one_continuous_step(noise):
    surprise_of = noise.negative_log(np.linspace(-6.0, 6.0, 101))
    steps = np.array([turned(surprise_of, share) for share in np.linspace(0.0, 1.0, 51)])
    moved = np.diff(steps, axis=0)
    np.testing.assert_allclose(moved, np.broadcast_to(moved[0], moved.shape), atol=1e-12)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.2, 0.5, 0.9, 1.0])
@pytest.mark.parametrize(("low", "high"), [(-3.0, 9.0), (0.9, 4.0), (2.0, 2.0), (-1.0, 0.1)])
def test_the_range_of_a_turn_is_that_of_all_heights(share, low, high):
    heights = turned(np.linspace(low, high, 20001), share)
    told = turned_range(low, high, share)
    assert told == pytest.approx((heights.min(), heights.max()), abs=1e-6)
    assert told[0] <= heights.min()
    assert told[1] >= heights.max()


@pytest.mark.parametrize("prior", [None, *PRIORS[:3]], ids=repr)
@pytest.mark.parametrize("noise", NOISES, ids=repr)
@pytest.mark.parametrize("level", [False, True])
def test_of_points_on_a_line_what_is_but_rounding_is_zero(noise, prior, level):
    x = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    for scale in (1.0, 0.3, 17.0, 1e-3):
        y = np.full(5, scale) if level else scale * x
        made = line_likelihood(x, y, noise)
        whole = NegativeLogPosterior(made, NegativeLogPrior(prior))
        for theta in (map_of(whole).theta, walk(whole, np.array([5])).map[0]):
            assert theta[0 if level else 1] == 0.0


def test_parameters_that_a_tight_prior_asks_for_are_no_rounding():
    made = line_likelihood(LINE.x, LINE.y, GaussianNoise(1.0))
    for tau in (1e-6, 1e-12, 1e-20):
        peak = map_of(NegativeLogPosterior(made, NegativeLogPrior(GaussianPrior(tau))))
        assert (peak.theta != 0.0).all()
        np.testing.assert_allclose(peak.theta, -(tau**2) * made.gradient(np.zeros(2)), rtol=1e-6)


# The peaks


def by_scipy(objective: NegativeLogPosterior, start: np.ndarray) -> float:
    """Return the least value that SciPy finds, from several starts."""
    starts = [start, np.zeros(2), np.array([1.0, 0.5]), start + np.array([0.3, -0.2])]
    options = {"xatol": 1e-10, "fatol": 1e-13, "maxiter": 4000}
    found = [
        optimize.minimize(objective.value, one, method="Nelder-Mead", options=options).fun
        for one in starts
    ]
    return float(min(found))


@every_prior
@pytest.mark.parametrize("count", [2, 5, 40])
def test_the_map_is_where_scipy_finds_the_least(prior, count):
    for likelihood in likelihoods(count):
        whole = posterior(likelihood, prior)
        peak = map_of(whole)
        if peak.theta is None:
            assert prior is None
            assert isinstance(likelihood.belief, Noise) is False
            continue
        found = by_scipy(whole, peak.theta)
        assert whole.value(peak.theta) <= found + 1e-9 * max(abs(found), 1.0)


def test_gauss_and_gauss_has_the_closed_form():
    noise, prior = GaussianNoise(0.8), GaussianPrior(0.5)
    design = np.column_stack([LINE.x, np.ones(40)])
    ridge = np.linalg.solve(design.T @ design + 0.8**2 / 0.5**2 * np.eye(2), design.T @ LINE.y)
    likelihood = line_likelihood(LINE.x, LINE.y, noise)
    np.testing.assert_allclose(map_of(posterior(likelihood, prior)).theta, ridge, rtol=1e-12)
    squares = np.linalg.lstsq(design, LINE.y, rcond=None)[0]
    np.testing.assert_allclose(mle_of(likelihood).theta, squares, rtol=1e-12)


@pytest.mark.parametrize("likelihood", likelihoods()[:2] + likelihoods()[3:], ids=name_of)
@pytest.mark.parametrize("prior", PRIORS, ids=name_of)
def test_no_direction_leads_down_from_a_peak_of_what_is_convex(likelihood, prior):
    whole = posterior(likelihood, prior)
    theta = map_of(whole).theta
    angle = np.linspace(0.0, 2 * math.pi, 721)
    ways = np.column_stack([np.cos(angle), np.sin(angle)])
    for step in (1e-6, 1e-3):
        rise = whole.values(theta + step * ways) - whole.value(theta)
        assert rise.min() >= -1e-12 * abs(whole.value(theta))


@pytest.mark.parametrize("width", [0.005, 0.02, 0.05, 0.2, 1.0, 20.0])
@pytest.mark.parametrize("kind", [GaussianPrior, LaplacePrior, ElasticNetPrior])
@pytest.mark.parametrize("seed", range(4))
def test_laplace_noise_is_solved_exactly_under_every_prior(width, kind, seed):
    rng = np.random.default_rng(seed)
    x, y = rng.integers(-3, 4, 23) * 0.5, rng.integers(-4, 5, 23) * 0.5  # many kinks meet
    prior = kind(width) if kind is not ElasticNetPrior else ElasticNetPrior(0.3, width)
    whole = posterior(line_likelihood(x, y, LaplaceNoise(0.7)), prior)
    theta = map_of(whole).theta
    assert whole.value(theta) <= by_program(x, y, whole) + 1e-7
    angle = np.linspace(0.0, 2 * math.pi, 721)
    near = theta + 1e-5 * np.column_stack([np.cos(angle), np.sin(angle)])
    assert whole.values(near).min() >= whole.value(theta) * (1 - 1e-12)


def by_program(x: np.ndarray, y: np.ndarray, whole: NegativeLogPosterior) -> float:
    """Return the least value by a smooth solver: distances are variables of their own."""
    scale, prior = whole.likelihood.belief.scale, whole.prior.belief
    pull = prior.scale * getattr(prior, "ratio", 1.0 if isinstance(prior, LaplacePrior) else 0.0)
    ridge = prior.scale - pull
    weight = np.concatenate([np.zeros(2), np.full(len(x), scale), np.full(2, pull)])
    rows = np.column_stack([x, np.ones(len(x)), -np.eye(len(x)), np.zeros((len(x), 2))])
    back = np.column_stack([-x, -np.ones(len(x)), -np.eye(len(x)), np.zeros((len(x), 2))])
    axes = np.hstack([np.eye(2), np.zeros((2, len(x))), -np.eye(2)])
    other = np.hstack([-np.eye(2), np.zeros((2, len(x))), -np.eye(2)])
    limits = np.concatenate([y, -y, np.zeros(4)])
    found = optimize.minimize(
        lambda v: weight @ v + ridge * (v[:2] @ v[:2]),
        np.concatenate([[0.0, 0.0], np.abs(y), [0.0, 0.0]]),
        jac=lambda v: weight + 2 * ridge * np.concatenate([v[:2], np.zeros(len(v) - 2)]),
        constraints={
            "type": "ineq",
            "fun": lambda v: limits - np.vstack([rows, back, axes, other]) @ v,
            "jac": lambda v: -np.vstack([rows, back, axes, other]),
        },
        method="SLSQP",
        options={"maxiter": 500, "ftol": 1e-13},
    )
    return whole.value(found.x[:2])


@pytest.mark.parametrize("noise", NOISES, ids=name_of)
def test_what_is_next_to_zero_under_a_peaked_prior_is_zero(noise):
    rng, zeros = np.random.default_rng(0), 0
    for _ in range(25):
        x = rng.uniform(-2.0, 2.0, 12)
        y = rng.normal(size=12) + rng.choice([0.0, 0.3, 1.0]) * x
        whole = posterior(line_likelihood(x, y, noise), LaplacePrior(rng.choice([0.1, 0.3, 1.0])))
        theta = map_of(whole).theta
        zeros += int((theta == 0.0).sum())
        assert not ((theta != 0.0) & (np.abs(theta) < 1e-7)).any()
        assert not np.signbit(theta[theta == 0.0]).any()
    assert zeros > 5


def test_a_sharp_laplace_prior_sets_parameters_to_exactly_zero():
    for likelihood in likelihoods():
        assert (map_of(posterior(likelihood, LaplacePrior(1e-4))).theta == 0.0).all()
    flat = line_sets()["flat"]
    for noise in (GaussianNoise(0.7), LaplaceNoise(0.6), LogisticNoise(0.4)):
        whole = posterior(line_likelihood(flat.x, flat.y, noise), LaplacePrior(0.05))
        slope_at, height = map_of(whole).theta
        assert slope_at == 0.0
        assert height > 0.0


def test_the_peak_of_student_noise_is_the_highest_of_several():
    x = np.linspace(-2.0, 2.0, 21)
    y = np.where(np.arange(21) % 3 == 0, 3.0 - x, x)  # two lines; more points on the second
    whole = posterior(line_likelihood(x, y, StudentTNoise(1.0, 0.1)), GaussianPrior(5.0))
    peak = map_of(whole)
    assert peak.outcome is Greatest.SEVERAL
    np.testing.assert_allclose(peak.theta, [1.0, 0.0], atol=0.05)
    fine = Grid.regular((-3.0, 3.0), (-4.0, 4.0), 301, 301)
    assert whole.value(peak.theta) <= whole.landscape(fine).z.min() + 1e-9
    np.testing.assert_allclose(map_of(whole, near=np.array([-1.0, 3.0])).theta, peak.theta)


@pytest.mark.parametrize("prior", [GaussianPrior(10.0), LaplacePrior(10.0), GaussianPrior(0.05)])
@pytest.mark.parametrize(
    "noise", [HuberNoise(0.05, 0.05), LogisticNoise(0.05), GaussianNoise(10.0), None], ids=name_of
)
def test_narrow_noise_and_a_far_point_are_no_trouble(noise, prior):
    if noise is None:
        x, label = CLASSES.x.copy(), CLASSES.y
        x[[0, 1]] = -20.0, 20.0
        likelihood = class_likelihood(x, label)
    else:
        y = LINE.y.copy()
        y[3] = -20.0
        likelihood = line_likelihood(LINE.x, y, noise)
    whole = posterior(likelihood, prior)
    theta = map_of(whole).theta
    assert whole.value(theta) <= by_scipy(whole, theta) + 1e-9 * abs(whole.value(theta))
    slopes = whole.gradient(theta)[theta != 0.0]
    assert np.abs(slopes).max(initial=0.0) <= 1e-6 * max(1.0, likelihood.factor)


def test_one_far_label_and_a_loose_prior_end_where_the_slope_is_none():
    x = np.array([-20.0, -19.0, 19.0, 20.0, 20.5, 0.1])
    likelihood = class_likelihood(x, np.array([0, 0, 1, 1, 0, 1]))
    for prior in (GaussianPrior(50.0), LaplacePrior(50.0), None):
        whole = posterior(likelihood, prior)
        theta = map_of(whole).theta
        assert np.abs(whole.gradient(theta)).max() < 1e-9


@pytest.mark.parametrize("seed", [10, 20, 49, 59])
def test_of_two_lines_the_likelier_is_found_wherever_it_lies(seed):
    rng = np.random.default_rng(seed)
    x, pick = rng.uniform(-2.0, 2.0, 21), rng.random(21) < 0.45
    y = np.where(pick, 2.5 * x - 3.0, 4.0 - 2.0 * x) + 0.05 * rng.normal(size=21)
    whole = posterior(line_likelihood(x, y, StudentTNoise(1.0, 0.1)), GaussianPrior(5.0))
    near = [map_of(whole, near=np.array(one)) for one in ((2.5, -3.0), (-2.0, 4.0))]
    best = min(whole.value(one.theta) for one in near)
    assert whole.value(map_of(whole).theta) <= best + 1e-9


@every_likelihood
@pytest.mark.parametrize("prior", PRIORS, ids=name_of)
def test_a_parabola_with_the_bounds_lies_nowhere_below_the_cost(likelihood, prior):
    fits, rng, width = PairFits.of(likelihood, prior), np.random.default_rng(0), 0.3
    if fits.kinked:
        return  # its way leads along the kinks
    for theta in rng.normal(size=(5, 1, 2)):
        gradient = fits.gradient(theta, width)[0]
        a, b, c = fits.bend(theta, width, bound=True)[0]
        steps = rng.normal(size=(40, 2)) * rng.choice([0.1, 1.0, 5.0], (40, 1))
        above = steps @ gradient + 0.5 * (
            a * steps[:, 0] ** 2 + 2 * b * steps[:, 0] * steps[:, 1] + c * steps[:, 1] ** 2
        )
        rise = fits.repeated(40).cost(theta + steps, width) - fits.cost(theta, width)
        assert (rise <= above + 1e-9 * np.abs(rise).max()).all()


# Where there is no single peak


def test_one_point_leaves_a_valley_that_only_a_prior_closes():
    likelihood = line_likelihood(LINE.x[:1], LINE.y[:1], GaussianNoise(0.8))
    peak = mle_of(likelihood)
    assert peak.theta is None
    assert peak.outcome is Greatest.VALLEY
    assert map_of(posterior(likelihood, None)).theta is None
    assert map_of(posterior(likelihood, GaussianPrior(1.0))).theta is not None
    along = np.array([[0.0, LINE.y[0]], [3.0, LINE.y[0] - 3.0 * LINE.x[0]]])
    assert np.ptp(likelihood.values(along)) < 1e-12


def test_equal_x_leave_a_valley_too():
    likelihood = line_likelihood(np.full(5, 1.5), np.arange(5.0), LaplaceNoise(0.8))
    assert mle_of(likelihood).outcome is Greatest.VALLEY
    classes = class_likelihood(np.full(4, 1.5), np.array([0, 1, 1, 0]))
    assert mle_of(classes).outcome is Greatest.VALLEY


@pytest.mark.parametrize(
    ("x", "label", "outcome"),
    [
        ([0.0, 1.0, 2.0, 3.0], [0, 0, 1, 1], Greatest.RUNS_AWAY),
        ([0.0, 1.0, 2.0, 3.0], [1, 1, 0, 0], Greatest.RUNS_AWAY),
        ([0.0, 1.0, 1.0, 3.0], [0, 0, 1, 1], Greatest.RUNS_AWAY),
        ([0.0, 1.0, 2.0], [1, 1, 1], Greatest.ONE_CLASS),
        ([0.0, 1.0, 2.0], [0, 0, 0], Greatest.ONE_CLASS),
        ([0.0, 1.0, 2.0], [0, 1, 0], Greatest.FOUND),
        ([0.0, 2.0, 1.0, 3.0], [0, 0, 1, 1], Greatest.FOUND),
    ],
)
def test_a_likeliest_logistic_curve_exists_only_where_classes_overlap(x, label, outcome):
    likelihood = class_likelihood(np.array(x), np.array(label))
    peak = mle_of(likelihood)
    assert peak.outcome is outcome
    found = optimize.minimize(likelihood.value, [0.0, 0.0], jac=likelihood.gradient, tol=1e-12)
    far = np.abs(found.x).max() > 8.0
    assert far == (outcome is not Greatest.FOUND)
    if peak.theta is not None:
        np.testing.assert_allclose(peak.theta, found.x, atol=1e-4)
    assert map_of(posterior(likelihood, GaussianPrior(1.0))).theta is not None


def test_a_level_top_is_called_level():
    x, y = np.array([-1.0, -1.0, 1.0, 1.0]), np.array([0.0, 1.0, 2.0, 3.0])
    level = mle_of(line_likelihood(x, y, LaplaceNoise(1.0)))
    assert level.outcome is Greatest.LEVEL
    likelihood = line_likelihood(x, y, LaplaceNoise(1.0))
    others = np.array([[0.5, 1.5], [1.0, 1.5], [0.9, 1.6]])
    assert np.ptp(likelihood.values(np.vstack([level.theta, others]))) < 1e-12
    assert map_of(posterior(likelihood, GaussianPrior(1.0))).outcome is Greatest.FOUND
    lonely = line_likelihood(LINE.x[:7], LINE.y[:7], LaplaceNoise(1.0))
    assert mle_of(lonely).outcome is Greatest.FOUND


def test_a_walk_down_kinks_ends_where_it_began_if_that_is_lowest():
    fits = PairFits.of(line_likelihood(LINE.x, LINE.y, LaplaceNoise(0.7)), LaplacePrior(0.1))
    lowest = downhill(fits, np.array([5.0, -3.0]))
    np.testing.assert_allclose(downhill(fits, lowest), lowest, atol=1e-15)
    np.testing.assert_allclose(downhill(fits, np.zeros(2)), lowest, atol=1e-12)


# The walk


@every_prior
def test_the_walk_is_the_fits_to_the_first_points_one_after_the_other(prior):
    for whole in likelihoods():
        steps = walk(posterior(whole, prior), np.array([1, 2, 3, 9, 24, 40]))
        for count, mle, found in zip(steps.count, steps.mle, steps.map, strict=True):
            some = likelihoods(count)[[type(one.belief) for one in likelihoods()].index(
                type(whole.belief)
            )]  # fmt: skip
            own = posterior(some, prior)
            for peak, told in ((mle_of(some), mle), (map_of(own), found)):
                if peak.theta is None:
                    assert np.isnan(told).all()
                    continue
                better = own if told is found else posterior(some, None)
                assert better.value(told) == pytest.approx(
                    better.value(peak.theta), rel=1e-9, abs=1e-9
                )


@pytest.mark.parametrize("prior", PRIORS[:3], ids=name_of)
def test_the_map_walks_to_the_mle_as_points_arrive(prior):
    for noise in NOISES:
        rng = np.random.default_rng(1)
        x = rng.uniform(-2.0, 2.0, 3000)
        y = noise.targets(0.7 + 1.3 * x, rng)
        steps = walk(posterior(line_likelihood(x, y, noise), prior), np.array([5, 100, 3000]))
        apart = np.linalg.norm(steps.map - steps.mle, axis=1)
        assert apart[2] < 0.05
        assert apart[2] < 0.25 * apart[0]


def test_without_points_the_likeliest_is_the_peak_of_the_prior():
    steps = walk(posterior(likelihoods()[0], GaussianPrior(0.5)), np.array([0, 3]))
    np.testing.assert_array_equal(steps.map[0], [0.0, 0.0])
    assert np.isnan(steps.mle[0]).all()


# The data


@pytest.mark.parametrize(
    "one", [*line_sets().values(), *class_sets().values()], ids=lambda s: s.key
)
def test_points_lie_around_zero_and_can_be_dragged(one: Arriving):
    assert np.abs(one.x).max() <= 2.2
    assert 0 <= one.drag < len(one.x)
    assert not one.x.flags.writeable
    assert len(np.unique(one.x[:2])) == 2


def test_the_stories_hold():
    apart, overlap = class_sets()["apart"], class_sets()["overlap"]
    assert mle_of(class_likelihood(apart.x, apart.y)).outcome is Greatest.RUNS_AWAY
    assert mle_of(class_likelihood(overlap.x, overlap.y)).outcome is Greatest.FOUND
    assert mle_of(class_likelihood(overlap.x[:2], overlap.y[:2])).theta is None
    flat = line_sets()["flat"]
    assert abs(mle_of(line_likelihood(flat.x, flat.y, GaussianNoise(1.0))).theta[0]) < 0.3
    line = line_sets()["scattered"]
    design = np.column_stack([line.x, np.ones(40)])
    truth = np.linalg.lstsq(design, line.y, rcond=None)[0]
    np.testing.assert_allclose(truth, [1.3, 0.7], atol=0.35)
    shares = {key: one.y.mean() for key, one in coin_sets().items()}
    assert shares["heads"] == 1.0
    assert shares["bent"] == pytest.approx(0.7, abs=0.05)
    assert shares["fair"] == pytest.approx(0.5, abs=0.05)
