"""Laws of throws of a die: maximum likelihood is the smallest divergence from the data."""

import math

import numpy as np
import pytest
from scipy.optimize import linprog, minimize

from core.divergences.maximum_likelihood import (
    DIE_FITS,
    FACES,
    FEATURES,
    FromTheData,
    Likelihood,
    die,
    log_die,
    same_up_to_constant,
)
from core.landscape import Grid
from core.objectives import ObjectiveError
from core.optimizers import GradientDescent, Outcome, descend

COUNTS = {
    "bell": (4, 9, 14, 15, 11, 7),
    "fair": (10, 10, 10, 10, 10, 10),
    "outer": (20, 5, 1, 0, 6, 28),
    "gaps": (0, 3, 0, 0, 5, 0),
    "three": (1, 1, 1, 0, 0, 0),
}
UNATTAINED = {
    "one face": (0, 0, 7, 0, 0, 0),
    "neighbours": (0, 0, 3, 9, 0, 0),
    "outermost": (4, 0, 0, 0, 0, 1),
    "corner": (0, 0, 0, 0, 0, 2),
}
EVERY = {**COUNTS, **UNATTAINED}
THETAS = ((0.0, 0.0), (1.3, -2.0), (-4.0, 3.0), (0.2, 9.0))
GRID = Grid.regular((-6.0, 6.0), (-9.0, 9.0), 31, 37)

every_count = pytest.mark.parametrize("name", EVERY)
every_theta = pytest.mark.parametrize("theta", THETAS)
every_fit = pytest.mark.parametrize("kind", DIE_FITS, ids=lambda kind: kind.__name__)


@every_theta
def test_a_die_has_probabilities_as_its_tilt_and_bend_say(theta):
    model = die(theta)
    assert model.shape == (FACES,)
    assert model.sum() == pytest.approx(1.0, abs=1e-15)
    place = (np.arange(1, 7) - 3.5) / 2.5
    plain = np.exp(theta[0] * place + theta[1] * place**2)
    np.testing.assert_allclose(model, plain / plain.sum(), rtol=1e-13)
    np.testing.assert_allclose(np.exp(log_die(theta)), model, rtol=1e-15)


def test_tilt_favours_high_faces_and_bend_the_outer_ones():
    assert (np.diff(die((1.0, 0.0))) > 0).all()
    bent = die((0.0, 1.0))
    np.testing.assert_allclose(bent, bent[::-1], rtol=1e-14)
    assert (np.diff(bent[3:]) > 0).all()
    np.testing.assert_allclose(die((0.0, 0.0)), 1 / 6)
    np.testing.assert_allclose(FEATURES.sum(axis=0), 0.0, atol=1e-14)


@every_count
@every_theta
def test_likelihood_is_the_mean_surprise_of_the_throws_one_by_one(name, theta):
    throws = np.repeat(np.arange(FACES), EVERY[name])
    by_hand = math.fsum(-math.log(die(theta)[face]) for face in throws) / len(throws)
    assert Likelihood(EVERY[name]).value(theta) == pytest.approx(by_hand, rel=1e-13)


@every_count
def test_the_two_costs_differ_by_the_entropy_of_the_data_everywhere(name):
    told = same_up_to_constant(EVERY[name], GRID)
    shares = np.array(EVERY[name]) / sum(EVERY[name])
    entropy = -math.fsum(one * math.log(one) for one in shares if one)
    assert told.constant == pytest.approx(entropy, abs=1e-15)
    assert told.deviation <= 1e-12
    assert told.deviation == np.abs(told.difference.z - told.constant).max()
    np.testing.assert_allclose(told.difference.z, entropy, atol=1e-12)
    np.testing.assert_array_equal(told.likelihood.z, Likelihood(EVERY[name]).landscape(GRID).z)
    np.testing.assert_array_equal(told.divergence.z, FromTheData(EVERY[name]).landscape(GRID).z)
    assert (told.divergence.z >= 0).all()
    assert told.difference.x is told.likelihood.x


def test_a_deviation_would_be_seen(monkeypatch):
    monkeypatch.setattr(FromTheData, "entropy", 0.0)
    monkeypatch.setattr(Likelihood, "values", lambda self, points: np.asarray(points)[:, 0] ** 2)
    assert same_up_to_constant(COUNTS["bell"], GRID).deviation > 1.0


@every_fit
@every_count
def test_value_values_and_landscape_are_one_function(kind, name):
    fit = kind(EVERY[name])
    points = GRID.points[::97]
    one_by_one = [fit.value(point) for point in points]
    np.testing.assert_allclose(fit.values(points), one_by_one, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(fit.landscape(GRID).z.ravel()[::97], one_by_one, rtol=1e-12,
                               atol=1e-14)  # fmt: skip


@every_fit
@every_count
@every_theta
def test_gradient_and_hessian_are_those_of_the_value(kind, name, theta):
    fit, theta, h = kind(EVERY[name]), np.array(theta), 1e-3
    for i, way in enumerate(np.eye(2)):
        steps = [(1, 45.0), (2, -9.0), (3, 1.0)]
        by_value = sum(c * (fit.value(theta + k * h * way) - fit.value(theta - k * h * way))
                       for k, c in steps) / (60 * h)  # fmt: skip
        by_slope = sum(c * (fit.gradient(theta + k * h * way) - fit.gradient(theta - k * h * way))
                       for k, c in steps) / (60 * h)  # fmt: skip
        assert fit.gradient(theta)[i] == pytest.approx(by_value, abs=1e-9)
        np.testing.assert_allclose(fit.hessian(theta)[i], by_slope, atol=1e-9)
    np.testing.assert_allclose(fit.gradients([theta, theta])[1], fit.gradient(theta), atol=1e-14)


@every_count
def test_both_costs_pull_alike_everywhere(name):
    first, second = (kind(EVERY[name]).gradients(GRID.points) for kind in DIE_FITS)
    np.testing.assert_allclose(first, second, atol=1e-12)


@every_count
def test_both_costs_pull_alike_where_probabilities_leave_float64(name):
    far = [(800.0, 0.0), (-900.0, 300.0), (0.0, -5000.0), (0.0, 5000.0)]
    first, second = (kind(EVERY[name]).gradients(far) for kind in DIE_FITS)
    assert np.isfinite(second).all()
    np.testing.assert_allclose(first, second, atol=1e-12)
    assert np.isfinite(Likelihood(EVERY[name]).values(far)).all()


@every_fit
@every_count
def test_both_costs_are_convex(kind, name):
    fit, random = kind(EVERY[name]), np.random.default_rng(0)
    assert fit.convex
    a, b = random.uniform(-8, 8, size=(2, 200, 2))
    middle = fit.values((a + b) / 2)
    assert (middle <= (fit.values(a) + fit.values(b)) / 2 + 1e-12).all()
    assert np.linalg.eigvalsh(fit.hessian(a[0])).min() >= 0


@pytest.mark.parametrize("name", COUNTS)
@every_fit
def test_the_minimum_is_that_of_scipy_and_meets_the_means_of_the_data(kind, name):
    fit = kind(COUNTS[name])
    assert fit.attained
    found = minimize(fit.value, np.zeros(2), jac=fit.gradient, method="BFGS", tol=1e-10)
    np.testing.assert_allclose(fit.best, found.x, atol=1e-5)
    np.testing.assert_allclose(fit.gradient(fit.best), 0.0, atol=1e-12)
    np.testing.assert_allclose(die(fit.best) @ FEATURES, fit.shares @ FEATURES, atol=1e-12)


@pytest.mark.parametrize("name", UNATTAINED)
def test_without_a_minimum_the_divergence_comes_as_near_to_nothing_as_one_likes(name):
    fit = FromTheData(UNATTAINED[name])
    assert not fit.attained
    assert fit.best is None
    found = minimize(fit.value, np.zeros(2), jac=fit.gradient, method="BFGS", options={"gtol": 0})
    assert 0 <= fit.value(found.x) < 1e-3
    assert np.abs(found.x).max() > 8


@pytest.mark.parametrize("seed", range(60))
def test_a_minimum_exists_exactly_where_the_means_lie_inside(seed):
    """Inside: some die that gives every face a chance has the means of the throws."""
    random = np.random.default_rng(seed)
    counts = random.integers(1, 9, size=FACES) * (random.random(FACES) < random.choice([0.3, 0.6]))
    if not counts.any():
        counts[seed % FACES] = 1
    shares = counts / counts.sum()
    # The largest least probability of a distribution with these means.
    equalities = np.vstack([np.c_[FEATURES.T, np.zeros(2)], np.r_[np.ones(FACES), 0.0]])
    found = linprog(
        np.r_[np.zeros(FACES), -1.0], A_eq=equalities, b_eq=np.r_[shares @ FEATURES, 1.0],
        A_ub=np.c_[-np.eye(FACES), np.ones(FACES)], b_ub=np.zeros(FACES),
        bounds=[(0, 1)] * (FACES + 1),
    )  # fmt: skip
    assert Likelihood(tuple(counts)).attained == (-found.fun > 1e-9)


@every_fit
def test_a_descent_ends_at_the_minimum(kind):
    fit = kind(COUNTS["bell"])
    path = descend(fit, GradientDescent(1.0), (3.0, -4.0), 300)
    assert path.outcome is Outcome.CONVERGED
    np.testing.assert_allclose(path.points[-1], fit.best, atol=1e-2)


@every_fit
@pytest.mark.parametrize(
    "counts",
    [(), (1, 2, 3), (0,) * 6, (1, 2, 3, 4, 5, -1), (1, 2, 3, 4, 5, 0.5), (1, 2, 3, 4, 5, math.nan)],
    ids=str,
)
def test_what_is_no_count_is_refused(kind, counts):
    with pytest.raises(ObjectiveError, match=f"{kind.__name__}: counts are"):
        kind(counts)


@every_fit
def test_each_cost_says_what_it_is(kind):
    assert kind.name
    assert "q_\\theta" in kind.formula
    assert 1900 < kind.source.year < 2000
