"""Laws of objectives: value, gradient and hessian are those of one function."""

import math

import numpy as np
import pytest

import core.objectives
from core.landscape import Grid
from core.losses.residual import AbsoluteError, Barron, Huber, SquaredError, Tukey
from core.objectives import (
    LinearRegression,
    ObjectiveError,
    RootMean,
    curvature,
    stability_limit,
)
from tests.core.cases import DATA, LOSSES, heavy, name_of, normal

SMOOTH = tuple(loss for loss in LOSSES if loss.properties.differentiable)
THETAS = ((0.0, 0.0), (1.2, 0.3), (-0.7, 2.5), (30.0, -80.0))

every_loss = pytest.mark.parametrize("loss", LOSSES, ids=name_of)
every_smooth_loss = pytest.mark.parametrize("loss", SMOOTH, ids=name_of)
every_data = pytest.mark.parametrize("name", DATA)
every_theta = pytest.mark.parametrize("theta", THETAS)


def slope_of(function, at: np.ndarray, direction: np.ndarray, step: float) -> np.ndarray:
    """Return the derivative by central differences of sixth order."""
    return sum(
        weight * (function(at + k * step * direction) - function(at - k * step * direction))
        for k, weight in ((1, 45.0), (2, -9.0), (3, 1.0))
    ) / (60.0 * step)


# One function


@every_loss
@every_theta
def test_value_is_the_mean_loss_of_the_residuals(loss, theta):
    x, y = normal(30)
    objective = LinearRegression(x, y, loss, origin=0.5)
    by_hand = [
        float(loss.value(theta[0] * (xi - 0.5) + theta[1] - yi))
        for xi, yi in zip(x, y, strict=True)
    ]
    assert objective.value(theta) == pytest.approx(math.fsum(by_hand) / 30, rel=1e-13)


@every_loss
@every_data
def test_values_are_the_values_one_by_one(loss, name, monkeypatch):
    monkeypatch.setattr(core.objectives, "_BLOCK", 128)
    x, y = DATA[name]
    objective = LinearRegression(x, y, loss)
    points = np.random.default_rng(0).normal(size=(7, 2))
    one_by_one = [objective.value(point) for point in points]
    np.testing.assert_allclose(objective.values(points), one_by_one, rtol=1e-12, atol=1e-15)
    assert objective.values(np.zeros((0, 2))).shape == (0,)


@every_smooth_loss
@every_theta
def test_gradient_is_the_slope_of_the_value(loss, theta):
    x, y = normal(25)
    objective = LinearRegression(x, y, loss, weights=np.arange(1.0, 26.0), origin=-0.3)
    gradient, at = objective.gradient(theta), np.array(theta)
    assert gradient.shape == (2,)
    for axis in np.eye(2):
        found = slope_of(objective.value, at, axis, 1e-4)
        scale = 1e-7 * np.abs(gradient).max() + 1e-8 * objective.value(theta) + 1e-9
        assert gradient @ axis == pytest.approx(found, abs=scale)


@pytest.mark.parametrize("loss", [loss for loss in LOSSES if loss.properties.kinks], ids=name_of)
@every_theta
def test_gradient_at_kinks_lies_between_the_slopes_on_either_side(loss, theta):
    x, y = normal(25)
    at = np.array(theta)
    y[3] = at[0] * x[3] + at[1] - loss.properties.kinks[0]
    objective = LinearRegression(x, y, loss)
    gradient, step = objective.gradient(theta), 1e-7
    for axis in np.eye(2):
        right = (objective.value(at + step * axis) - objective.value(at)) / step
        left = (objective.value(at) - objective.value(at - step * axis)) / step
        assert left - 1e-6 <= gradient @ axis <= right + 1e-6


@every_smooth_loss
@every_theta
def test_hessian_is_the_slope_of_the_gradient(loss, theta):
    x, y = normal(25)
    objective = LinearRegression(x, y, loss, origin=-0.3)
    if np.min(np.abs(np.abs(objective.residuals(theta)) - getattr(loss, "delta", -1.0))) < 1e-3:
        pytest.skip("a residual lies where the curvature jumps")
    hessian, at = objective.hessian(theta), np.array(theta)
    assert hessian[0, 1] == hessian[1, 0]
    for axis in np.eye(2):
        found = slope_of(objective.gradient, at, axis, 1e-5)
        np.testing.assert_allclose(hessian @ axis, found, atol=1e-6 * np.abs(hessian).max() + 1e-8)


def test_residual_is_prediction_minus_target():
    objective = LinearRegression([1.0, 3.0], [5.0, 4.0], SquaredError(), origin=1.0)
    np.testing.assert_allclose(objective.residuals((2.0, 3.0)), [-2.0, 3.0])
    np.testing.assert_allclose(objective.predict((2.0, 3.0), [[1.0], [2.0]]), [[3.0], [5.0]])
    assert objective.value((2.0, 3.0)) == 6.5


@every_loss
def test_a_weight_of_two_counts_a_point_twice(loss):
    x, y = heavy(20)
    times = np.random.default_rng(1).integers(0, 4, 20)
    weighted = LinearRegression(x, y, loss, weights=times)
    repeated = LinearRegression(np.repeat(x, times), np.repeat(y, times), loss)
    theta = (0.8, 0.1)
    assert weighted.value(theta) == pytest.approx(repeated.value(theta), rel=1e-13)
    np.testing.assert_allclose(weighted.gradient(theta), repeated.gradient(theta), rtol=1e-11)
    np.testing.assert_allclose(weighted.hessian(theta), repeated.hessian(theta), rtol=1e-11)
    points = np.array([theta, (2.0, 2.0)])
    np.testing.assert_allclose(weighted.values(points), repeated.values(points), rtol=1e-13)


@every_loss
def test_origin_only_moves_where_the_intercept_is_read(loss):
    x, y = DATA["far from zero"]
    centred = LinearRegression(x, y, loss, origin=4.3)
    plain = LinearRegression(x, y, loss)
    assert centred.value((2.0, 1000.0)) == pytest.approx(
        plain.value((2.0, 1000.0 - 2.0 * 4.3)), rel=1e-10
    )


@every_loss
def test_convex_objectives_lie_below_their_chords_and_others_somewhere_above(loss):
    x, y = heavy(15)
    objective = LinearRegression(x, y, loss)
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(2, 4000, 2)) * np.array([4.0, 12.0])
    chord = (objective.values(a) + objective.values(b)) / 2
    above = objective.values((a + b) / 2) - chord
    assert (above.max() <= 1e-12 * chord.max()) == objective.convex


# What leaves float64


@every_loss
def test_huge_parameters_give_no_warning_and_no_nan_value(loss):
    x, y = normal(10)
    x[0] = 0.0
    objective = LinearRegression(x, y, loss, weights=[0.0, *[1.0] * 9])
    for theta in ((1e200, 0.0), (0.0, -1e300), (1e308, 1e308)):
        assert not math.isnan(objective.value(theta))
        assert not np.isnan(objective.values(np.array([theta]))).any()
        objective.gradient(theta)
        objective.hessian(theta)


def test_a_point_without_weight_cannot_make_the_cost_infinite():
    objective = LinearRegression([0.0, 1e200], [1.0, 0.0], SquaredError(), weights=[1.0, 0.0])
    assert objective.value((1.0, 0.0)) == 1.0
    np.testing.assert_array_equal(objective.values([[1.0, 0.0]]), [1.0])
    assert objective.landscape(Grid.regular((0.0, 1.0), (0.0, 1.0), 2, 2)).z[0, 0] == 1.0


# The root of the mean


def test_root_mean_squares_to_the_mean():
    x, y = normal(40)
    mean = LinearRegression(x, y, SquaredError())
    root, theta = RootMean(mean), np.array([0.4, -0.2])
    assert root.value(theta) ** 2 == pytest.approx(mean.value(theta), rel=1e-14)
    points = np.random.default_rng(3).normal(size=(5, 2))
    np.testing.assert_allclose(root.values(points) ** 2, mean.values(points), rtol=1e-13)
    grid = Grid.regular((-1.0, 2.0), (-1.0, 2.0), 9, 8)
    np.testing.assert_allclose(root.landscape(grid).z ** 2, mean.landscape(grid).z, rtol=1e-13)


@pytest.mark.parametrize("loss", SMOOTH, ids=name_of)
def test_root_mean_has_the_slope_and_curvature_of_the_root(loss):
    x, y = normal(25)
    root, at = RootMean(LinearRegression(x, y, loss)), np.array([-0.7, 1.5])
    gradient, hessian = root.gradient(at), root.hessian(at)
    for axis in np.eye(2):
        assert gradient @ axis == pytest.approx(slope_of(root.value, at, axis, 1e-4), rel=1e-6)
        found = slope_of(root.gradient, at, axis, 1e-5)
        np.testing.assert_allclose(hessian @ axis, found, atol=1e-5 * np.abs(hessian).max())


def test_root_mean_at_a_perfect_fit_is_level():
    root = RootMean(LinearRegression([0.0, 1.0], [1.0, 2.0], SquaredError()))
    assert root.value((1.0, 1.0)) == 0
    np.testing.assert_array_equal(root.gradient((1.0, 1.0)), [0.0, 0.0])
    np.testing.assert_array_equal(root.hessian((1.0, 1.0)), np.zeros((2, 2)))


def test_root_mean_of_what_overflows_is_infinite_without_a_warning():
    root = RootMean(LinearRegression([0.0, 1.0], [1.0, 2.0], SquaredError()))
    assert root.value((1e200, 0.0)) == math.inf
    assert root.gradient((1e200, 0.0)).shape == (2,)


# Curvature


@pytest.mark.parametrize("loss", [SquaredError(), Barron(alpha=2.0, c=0.5)], ids=name_of)
def test_constant_curvature_is_that_of_the_value(loss):
    x, y = normal(50)
    objective = LinearRegression(x, y, loss, origin=-1.0)
    low, high = curvature(objective)
    turns = np.stack([np.cos(np.linspace(0, np.pi, 721)), np.sin(np.linspace(0, np.pi, 721))], 1)
    step = 0.5
    bends = (
        objective.values(step * turns)
        + objective.values(-step * turns)
        - 2 * objective.value((0.0, 0.0))
    ) / step**2
    assert low == pytest.approx(bends.min(), rel=1e-4)
    assert high == pytest.approx(bends.max(), rel=1e-4)
    assert stability_limit(objective) == pytest.approx(2 / high, rel=1e-14)


def test_curvature_of_points_worked_by_hand():
    objective = LinearRegression([-1.0, 1.0], [0.0, 5.0], SquaredError())
    assert curvature(objective) == pytest.approx((2.0, 2.0))
    objective = LinearRegression([-3.0, 3.0], [0.0, 5.0], SquaredError())
    assert curvature(objective) == pytest.approx((2.0, 18.0))
    assert stability_limit(objective) == pytest.approx(1 / 9)


@pytest.mark.parametrize("loss", [AbsoluteError(), Huber(), Tukey(), Barron()], ids=name_of)
def test_curvature_that_varies_is_not_known(loss):
    objective = LinearRegression(*normal(9), loss)
    assert curvature(objective) is None
    assert stability_limit(objective) is None
    assert stability_limit(RootMean(LinearRegression(*normal(9), SquaredError()))) is None


def test_one_x_leaves_a_direction_without_curvature():
    low, high = curvature(LinearRegression([2.0, 2.0], [0.0, 1.0], SquaredError()))
    assert low == pytest.approx(0, abs=1e-14)
    assert high == pytest.approx(10.0)


# What cannot be an objective


@pytest.mark.parametrize(
    ("x", "y", "weights", "origin", "told"),
    [
        ([], [], None, 0.0, "x has shape"),
        ([[1.0]], [1.0], None, 0.0, "x has shape"),
        ([1.0], [[1.0]], None, 0.0, "y has shape"),
        ([1.0, 2.0], [1.0], None, 0.0, "2 x, 1 y"),
        ([1.0, 2.0], [1.0, 2.0], [1.0], 0.0, "1 weights"),
        ([1.0, math.nan], [1.0, 2.0], None, 0.0, "x holds"),
        ([1.0, 2.0], [1.0, math.inf], None, 0.0, "y holds"),
        ([1.0, 2.0], [1.0, 2.0], [1.0, math.nan], 0.0, "weights holds"),
        ([1.0, 2.0], [1.0, 2.0], [1.0, -1.0], 0.0, "at least 0"),
        ([1.0, 2.0], [1.0, 2.0], [0.0, 0.0], 0.0, "one above 0"),
        ([1.0, 2.0], [1.0, 2.0], None, math.nan, "origin is nan"),
    ],
)
def test_what_cannot_be_fitted_is_told_in_one_sentence(x, y, weights, origin, told):
    with pytest.raises(ObjectiveError, match=told) as refused:
        LinearRegression(np.array(x), np.array(y), SquaredError(), weights, origin)
    assert str(refused.value).startswith("LinearRegression: ")
    assert "\n" not in str(refused.value)


def test_an_objective_keeps_its_own_points():
    x, y = normal(5)
    objective = LinearRegression(x, y, SquaredError())
    before = objective.value((1.0, 1.0))
    x[0] = 99.0
    assert objective.value((1.0, 1.0)) == before
    with pytest.raises(ValueError, match="read-only"):
        objective.y[0] = 1.0
