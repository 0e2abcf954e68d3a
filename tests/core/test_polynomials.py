"""Laws of the polynomials: a stable basis, exact fits, and errors that are what they say."""

import numpy as np
import pytest

from core.objectives import ObjectiveError
from core.penalties import L1, L2, ElasticNet, Penalty
from core.regularization.mean_square import MeanSquare
from core.regularization.penalized_fit import balance
from core.regularization.polynomials import (
    HIGHEST,
    SPAN,
    Basis,
    Polynomials,
    Split,
    held_out,
    story,
    truth,
)

PENALTIES: tuple[Penalty, ...] = (L1(), L2(), ElasticNet(0.5))
every_penalty = pytest.mark.parametrize("penalty", PENALTIES, ids=repr)


def of_story(penalty: Penalty = PENALTIES[1], **more) -> Polynomials:
    x, y = story()
    return Polynomials(Split(x, y, held_out(), more.get("span", SPAN)), penalty)


def learnt():
    x, y = story()
    return x[~held_out()], y[~held_out()]


def test_the_basis_is_standard_on_the_points_fitted_to():
    x, _ = learnt()
    columns = Basis.of(x, SPAN).at(x)
    assert columns.shape == (15, HIGHEST)
    np.testing.assert_allclose(columns.mean(axis=0), 0.0, atol=1e-14)
    np.testing.assert_allclose((columns**2).mean(axis=0), 1.0, rtol=1e-13)


def test_its_columns_are_chebyshev_polynomials_up_to_a_line():
    x = np.linspace(0.0, 1.0, 9)
    columns = Basis.of(learnt()[0], SPAN).at(x)
    angle = np.arccos(2.0 * x - 1.0)
    for degree in range(1, HIGHEST + 1):
        line = np.polyfit(np.cos(degree * angle), columns[:, degree - 1], 1)
        assert line[0] > 0
        fitted = np.polyval(line, np.cos(degree * angle))
        np.testing.assert_allclose(columns[:, degree - 1], fitted, atol=1e-11)


@pytest.mark.parametrize("degree", range(9))
def test_without_a_penalty_it_is_the_least_squares_polynomial(degree):
    x, y = learnt()
    fit = of_story().fit(degree, 0.0)
    other = np.polynomial.Polynomial.fit(x, y, degree)
    grid = np.linspace(0.05, 0.95, 40)
    np.testing.assert_allclose(fit.at(grid), other(grid), rtol=1e-7, atol=1e-9)
    assert fit.degree == degree


@every_penalty
@pytest.mark.parametrize("degree", [1, 4, 12])
@pytest.mark.parametrize("strength", [1e-4, 1e-2, 1.0])
def test_a_fit_fulfils_the_conditions_of_its_minimum_with_the_level_free(penalty, degree, strength):
    x, y = learnt()
    fit = of_story(penalty).fit(degree, strength)
    columns = fit.basis.at(x)[:, :degree]
    problem = MeanSquare.of(columns, y - fit.level)
    assert balance(problem, penalty, strength, fit.coefficients).error < 1e-10
    assert abs((y - fit.at(x)).mean()) < 1e-13


@every_penalty
def test_errors_are_the_mean_squares_of_either_part(penalty):
    x, y = story()
    out = held_out()
    polynomials = of_story(penalty)
    fit = polynomials.fit(7, 1e-3)
    rest = (y - fit.at(x)) ** 2
    np.testing.assert_allclose(
        polynomials.errors(fit), [rest[~out].mean(), rest[out].mean()], rtol=1e-9
    )


@every_penalty
def test_the_curves_are_the_errors_of_the_fits(penalty):
    polynomials = of_story(penalty)
    strengths = np.geomspace(1e-5, 1.0, 9)
    by_degree = polynomials.by_degree(1e-3)
    assert by_degree.shape == (HIGHEST + 1, 2)
    for degree in range(HIGHEST + 1):
        expected = polynomials.errors(polynomials.fit(degree, 1e-3))
        np.testing.assert_allclose(by_degree[degree], expected, rtol=1e-7)
    by_strength = polynomials.by_strength(9, strengths)
    for row, strength in zip(by_strength, strengths, strict=True):
        expected = polynomials.errors(polynomials.fit(9, strength))
        np.testing.assert_allclose(row, expected, rtol=1e-7)


def test_more_degrees_never_raise_the_error_on_the_points_fitted_to():
    by_degree = of_story().by_degree(0.0)
    assert (np.diff(by_degree[:, 0]) <= 1e-12).all()


@every_penalty
def test_a_larger_strength_never_lowers_it(penalty):
    errors = of_story(penalty).by_strength(12, np.geomspace(1e-6, 10.0, 30))
    assert (np.diff(errors[:, 0]) >= -1e-12).all()


def test_the_story_is_one_of_overfitting_that_a_penalty_mends():
    polynomials = of_story()
    free = polynomials.by_degree(0.0)[:, 1]
    assert free.argmin() == 3
    assert free[12] > 3 * free[3]
    held = polynomials.by_strength(12, np.geomspace(1e-4, 1.0, 20))[:, 1]
    assert held.min() < 0.6 * free[12]


def test_degree_none_is_the_mean():
    fit = of_story().fit(0, 0.3)
    np.testing.assert_allclose(fit.at([0.0, 0.4]), learnt()[1].mean())


@pytest.mark.parametrize("degree", [-1, 13])
def test_degrees_there_are_none_of_are_refused(degree):
    with pytest.raises(ObjectiveError, match="degree"):
        of_story().fit(degree, 0.0)


@every_penalty
@pytest.mark.parametrize("strength", [0.0, 1e-3])
def test_points_that_say_nothing_give_a_flat_line(penalty, strength):
    x, y = np.full(5, 0.3), np.array([1.0, 2.0, 3.0, 4.0, 50.0])
    polynomials = Polynomials(Split(x, y, np.arange(5) == 4, SPAN), penalty)
    fit = polynomials.fit(6, strength)
    np.testing.assert_allclose(fit.at([0.0, 1.0]), 2.5)
    assert polynomials.errors(fit) == pytest.approx((1.25, 47.5**2))


@every_penalty
def test_one_point_to_fit_to_is_met(penalty):
    polynomials = Polynomials(
        Split(np.array([0.2, 0.8]), np.array([1.0, 3.0]), np.array([False, True]), SPAN), penalty
    )
    assert polynomials.errors(polynomials.fit(12, 0.0)) == (0.0, 4.0)


def test_more_degrees_than_points_meet_them_all_with_the_smallest_coefficients():
    x, y = learnt()
    polynomials = Polynomials(Split(x[:6], y[:6], np.zeros(6, dtype=bool), SPAN), L2())
    fit = polynomials.fit(12, 0.0)
    np.testing.assert_allclose(fit.at(x[:6]), y[:6], atol=1e-10)
    near = polynomials.fit(12, 1e-10).coefficients
    np.testing.assert_allclose(fit.coefficients, near, atol=1e-5)


def test_without_points_held_out_there_is_no_error_on_them():
    x, y = story()
    polynomials = Polynomials(Split(x, y, np.zeros(24, dtype=bool), SPAN), L2())
    learnt_, judged = polynomials.errors(polynomials.fit(3, 0.0))
    assert learnt_ > 0
    assert np.isnan(judged)


@pytest.mark.parametrize(
    ("out", "span", "words"),
    [([True, True], (0.0, 1.0), "at least one point"), ([False, True], (1.0, 1.0), "span")],
)
def test_splits_that_cannot_be_are_refused(out, span, words):
    with pytest.raises(ObjectiveError, match=words):
        Split(np.zeros(2), np.zeros(2), np.array(out), span)


def test_the_story_stays_as_it_is_for_links_keep_points_relative_to_it():
    x, y = story()
    assert len(x) == 24
    assert held_out().sum() == 9
    assert (x[0], y[0], x[23], y[23]) == (x[0], y[0], x[23], y[23])
    assert x[~held_out()].min() < x[held_out()].min()
    assert x[~held_out()].max() > x[held_out()].max()
    assert np.abs(y - truth(x)).max() < 1.0
    assert not x.flags.writeable
