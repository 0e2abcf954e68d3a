"""Laws of objectives: value, gradient and hessian are those of one function."""

import dataclasses
import math

import numpy as np
import pytest

import core.objectives
from core.declare import ParameterError
from core.landscape import Grid
from core.library.catalogue import LOSSES as ALL
from core.losses.counts import PoissonLoss
from core.losses.links import IdentityLink, LogitLink
from core.losses.margin import (
    BinaryCrossEntropy,
    Composite,
    Hinge,
    LogisticLoss,
    WeightedLogisticLoss,
    ZeroOne,
)
from core.losses.residual import AbsoluteError, Barron, Huber, SquaredError, Tukey
from core.objectives import (
    AffineModel,
    LinearClassification,
    LinearRegression,
    ObjectiveError,
    Penalized,
    RootMean,
    SumOfObjectives,
    curvature,
    stability_limit,
)
from core.penalties import L1, L2, PENALTIES, ElasticNet
from tests.core.cases import DATA, LOSSES, MARGINS, heavy, name_of, normal, two_classes

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


def test_only_counting_mistakes_jumps():
    jumping = [
        kind for kind in ALL if (one := kind()) and getattr(one, "pieces", None) and one.pieces.jump
    ]
    assert jumping == [ZeroOne]
    x, label = np.array([-1.0, 0.0, 2.0]), np.array([-1, 1, 1])
    steps, slope = (LinearClassification(x, label, loss) for loss in (ZeroOne(), Hinge()))
    assert steps.jumps
    assert not slope.jumps
    assert SumOfObjectives((slope, steps), (1.0, 1.0)).jumps
    assert not SumOfObjectives((slope, steps), (1.0, 0.0)).jumps
    assert RootMean(steps).jumps


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


# Classifiers

SMOOTH_MARGINS = tuple(loss for loss in MARGINS if loss.properties.differentiable)

every_margin_loss = pytest.mark.parametrize("loss", MARGINS, ids=name_of)
every_smooth_margin_loss = pytest.mark.parametrize("loss", SMOOTH_MARGINS, ids=name_of)


@every_margin_loss
@every_theta
def test_value_of_a_classifier_is_the_weighted_mean_loss_of_its_margins(loss, theta):
    x, label = two_classes(30)
    weights = np.arange(30.0) % 4
    objective = LinearClassification(x, label, loss, weights, origin=0.5)
    by_hand = [
        w * float(loss.value(li * (theta[0] * (xi - 0.5) + theta[1]), li))
        for xi, li, w in zip(x, label, weights, strict=True)
    ]
    expected = math.fsum(by_hand) / weights.sum()
    assert objective.value(theta) == pytest.approx(expected, rel=1e-13)
    np.testing.assert_allclose(objective.values([theta, theta]), 2 * [expected], rtol=1e-13)


@every_margin_loss
def test_labels_may_be_written_as_bits(loss):
    x, label = two_classes(30)
    signs, bits = (LinearClassification(x, y, loss) for y in (label, (label + 1) / 2))
    np.testing.assert_array_equal(bits.label, label)
    grid = Grid.regular((-2.0, 3.0), (-4.0, 4.5), 4, 5)
    np.testing.assert_array_equal(bits.landscape(grid).z, signs.landscape(grid).z)
    for theta in THETAS:
        assert bits.value(theta) == signs.value(theta)
        np.testing.assert_array_equal(bits.gradient(theta), signs.gradient(theta))
        np.testing.assert_array_equal(bits.hessian(theta), signs.hessian(theta))


@every_smooth_margin_loss
@pytest.mark.parametrize("theta", [(0.0, 0.0), (1.2, 0.3), (-0.7, 2.5)])
def test_gradient_and_hessian_of_a_classifier_are_slopes(loss, theta):
    x, label = two_classes(25)
    objective = LinearClassification(x, label, loss, np.arange(1.0, 26.0), origin=-0.3)
    gradient, hessian, at = objective.gradient(theta), objective.hessian(theta), np.array(theta)
    assert hessian[0, 1] == hessian[1, 0]
    size = np.abs(hessian).max() + objective.value(theta)
    for axis in np.eye(2):
        slope = slope_of(objective.value, at, axis, 1e-4)
        assert gradient @ axis == pytest.approx(slope, rel=1e-7, abs=1e-8 * size)
        bend = slope_of(objective.gradient, at, axis, 1e-5)
        atol = 2e-2 * size if loss.pieces else 1e-6 * size  # curvature jumps at a seam
        np.testing.assert_allclose(hessian @ axis, bend, atol=atol)


def test_a_loss_of_probabilities_is_one_of_margins_through_an_odd_link():
    x, label = two_classes(30)
    logit = LinearClassification(x, label, Composite(BinaryCrossEntropy(), LogitLink()))
    plain = LinearClassification(x, label, LogisticLoss())
    assert logit.value((1.2, 0.3)) == pytest.approx(plain.value((1.2, 0.3)), rel=1e-14)


def test_margin_is_label_times_score():
    objective = LinearClassification([1.0, 3.0], [1, 0], Hinge(), origin=1.0)
    np.testing.assert_array_equal(objective.margins((2.0, -3.0)), [-3.0, -1.0])
    np.testing.assert_array_equal(objective.predict((2.0, -3.0), [1.0, 3.0]), [-3.0, 1.0])
    assert objective.value((2.0, -3.0)) == 3.0


def test_a_class_weight_multiplies_losses_and_leaves_the_mean_alone():
    x, label = two_classes(40)
    plain, weighted = (
        LinearClassification(x, label, loss)
        for loss in (LogisticLoss(), WeightedLogisticLoss(positive_weight=3.0))
    )
    own = np.where(label > 0, 3.0, 1.0)
    by_weights = LinearClassification(x, label, LogisticLoss(), own)
    theta = (1.2, 0.3)
    for name in ("value", "gradient", "hessian"):
        found, expected = (getattr(one, name)(theta) for one in (weighted, by_weights))
        np.testing.assert_allclose(found, np.multiply(own.mean(), expected), rtol=1e-13)
    assert weighted.value(theta) > plain.value(theta)


@every_margin_loss
def test_a_weight_of_two_counts_a_labelled_point_twice(loss):
    x, label = two_classes(20)
    times = np.random.default_rng(1).integers(0, 4, 20)
    weighted = LinearClassification(x, label, loss, weights=times)
    repeated = LinearClassification(np.repeat(x, times), np.repeat(label, times), loss)
    theta = (0.8, 0.1)
    for name in ("value", "gradient", "hessian"):
        pair = (getattr(one, name)(theta) for one in (weighted, repeated))
        np.testing.assert_allclose(*pair, rtol=1e-11, atol=1e-15)


@every_margin_loss
def test_origin_only_moves_where_the_bias_is_read(loss):
    x, label = two_classes(30)
    centred, plain = (LinearClassification(x, label, loss, origin=o) for o in (4.0, 0.0))
    assert centred.value((2.0, 9.0)) == pytest.approx(plain.value((2.0, 1.0)), rel=1e-12)


@every_margin_loss
def test_a_classifier_is_as_convex_as_its_curve(loss):
    objective = LinearClassification(*two_classes(15), loss)
    a, b = np.random.default_rng(2).normal(size=(2, 4000, 2)) * 6.0
    chord = (objective.values(a) + objective.values(b)) / 2
    above = objective.values((a + b) / 2) - chord
    assert (above <= 1e-12 * chord).all() == objective.convex
    assert not objective.is_parabola


@every_margin_loss
def test_huge_weights_give_no_warning_and_no_nan_value(loss):
    x, label = two_classes(10)
    x[0] = 0.0
    objective = LinearClassification(x, label, loss, weights=[0.0, *[1.0] * 9])
    for theta in ((1e200, 0.0), (0.0, -1e300), (1e308, 1e308)):
        assert not math.isnan(objective.value(theta))
        assert not np.isnan(objective.values([theta])).any()
        objective.gradient(theta)
        objective.hessian(theta)


# Penalties

COSTS = (
    LinearRegression(*normal(20), SquaredError(), origin=0.2),
    LinearRegression(*normal(20), Tukey()),
    LinearClassification(*two_classes(20), LogisticLoss(), np.arange(20.0)),
    AffineModel(PoissonLoss(), np.full(4, 9.0), np.arange(4.0), np.ones(4), (np.ones(4),)),
)
PENALIZERS = (*(kind() for kind in PENALTIES), ElasticNet(ratio=0.2), ElasticNet(ratio=0.0))

every_cost = pytest.mark.parametrize("cost", COSTS, ids=lambda cost: type(cost.loss).__name__)
every_penalty = pytest.mark.parametrize("penalty", PENALIZERS, ids=repr)


@every_cost
@every_penalty
@pytest.mark.parametrize("strength", [0.03, 7.0])
def test_a_penalty_adds_its_strength_times_itself(cost, penalty, strength):
    objective = Penalized(cost, penalty, strength)
    for theta in ((1.2, 0.3), (-0.7, 2.5)):
        at = np.array(theta)
        expected = cost.value(theta) + strength * float(penalty.value(theta))
        assert objective.value(theta) == pytest.approx(expected, rel=1e-14)
        for axis in np.eye(2):
            slope = slope_of(objective.value, at, axis, 1e-4)
            assert objective.gradient(theta) @ axis == pytest.approx(slope, rel=1e-7, abs=1e-8)
            if hasattr(penalty, "hessian"):
                bend = slope_of(objective.gradient, at, axis, 1e-5)
                np.testing.assert_allclose(objective.hessian(theta) @ axis, bend, atol=1e-6)


@every_cost
@every_penalty
def test_penalized_landscape_is_the_values_one_by_one(cost, penalty):
    objective, grid = Penalized(cost, penalty, 0.7), Grid.regular((-2.0, 2.0), (-3.0, 3.0), 5, 4)
    z = objective.landscape(grid).z
    np.testing.assert_allclose(objective.values(grid.points).reshape(grid.shape), z, rtol=1e-9)
    one_by_one = [objective.value(point) for point in grid.points]
    np.testing.assert_allclose(np.reshape(one_by_one, grid.shape), z, rtol=1e-9)


@every_cost
@every_penalty
def test_a_strength_of_0_changes_nothing_however_large_the_penalty(cost, penalty):
    free, grid = Penalized(cost, penalty, 0.0), Grid.regular((-2.0, 2.0), (-3.0, 3.0), 3, 4)
    np.testing.assert_array_equal(free.landscape(grid).z, cost.landscape(grid).z)
    for theta in ((0.0, 0.0), (1.2, -0.3), (1e200, 1e200)):
        assert free.value(theta) == cost.value(theta)
        np.testing.assert_array_equal(free.gradient(theta), cost.gradient(theta))
    np.testing.assert_array_equal(free.hessian((1.2, 0.3)), cost.hessian((1.2, 0.3)))
    np.testing.assert_array_equal(free.values(grid.points), cost.values(grid.points))
    assert free.convex == cost.convex
    assert free.is_parabola == cost.is_parabola


@every_cost
@every_penalty
def test_a_penalized_cost_is_convex_if_both_are(cost, penalty):
    assert Penalized(cost, penalty).convex == (cost.convex and penalty.properties.convex)


def test_a_penalty_that_is_not_convex_is_said_of_the_sum():
    @dataclasses.dataclass(frozen=True)
    class Dented:
        properties = dataclasses.replace(L2().properties, convex=False, strong_convexity=-1.0)

    assert not Penalized(COSTS[0], Dented(), 1.0).convex
    assert not Penalized(COSTS[0], Dented(), 1.0).is_parabola
    assert Penalized(COSTS[0], Dented(), 0.0).convex


@pytest.mark.parametrize("strength", [0.0, 0.1, 3.0])
def test_a_ridge_lifts_every_curvature_by_twice_its_strength(strength):
    low, high = curvature(COSTS[0])
    ridge = Penalized(COSTS[0], L2(), strength)
    assert curvature(ridge) == pytest.approx((low + 2 * strength, high + 2 * strength))
    assert stability_limit(ridge) == pytest.approx(2 / (high + 2 * strength))
    half = Penalized(COSTS[0], ElasticNet(ratio=0.0), strength)
    assert curvature(half) == pytest.approx(curvature(ridge))


def test_curvature_is_not_known_beside_a_corner():
    for penalty in (L1(), ElasticNet()):
        assert curvature(Penalized(COSTS[0], penalty, 0.1)) is None
    assert curvature(Penalized(COSTS[1], L2(), 0.1)) is None


def test_a_corner_takes_no_part_in_the_gradient():
    np.testing.assert_array_equal(
        Penalized(COSTS[0], L1(), 5.0).gradient((0.0, 0.0)), COSTS[0].gradient((0.0, 0.0))
    )


def test_a_penalty_without_second_derivatives_is_told():
    group = next(penalty for penalty in PENALIZERS if not hasattr(penalty, "hessian"))
    with pytest.raises(ObjectiveError) as refused:
        Penalized(COSTS[0], group).hessian((1.0, 1.0))
    assert str(refused.value) == (
        f"Penalized: no second derivatives of {group.name}. {group.no_hessian}"
    )


@pytest.mark.parametrize("strength", [-1.0, math.inf, math.nan])
def test_strength_is_at_least_0_and_finite(strength):
    with pytest.raises(ParameterError, match="strength"):
        Penalized(COSTS[0], L2(), strength)


# Sums


@pytest.mark.parametrize("weights", [(1.0, 2.0, 0.5, 3.0), (0.0, 1.5, 0.0, 0.25)])
def test_a_sum_is_the_weighted_sum_of_its_parts(weights):
    total, grid = SumOfObjectives(COSTS, weights), Grid.regular((0.0, 2.0), (-3.0, 3.0), 5, 4)
    pairs = list(zip(weights, COSTS, strict=True))
    for theta in ((1.2, 0.3), (0.7, 2.5)):
        for name in ("value", "gradient", "hessian"):
            expected = sum(weight * getattr(cost, name)(theta) for weight, cost in pairs)
            np.testing.assert_allclose(getattr(total, name)(theta), expected, rtol=1e-13)
    expected = sum(weight * cost.values(grid.points) for weight, cost in pairs)
    np.testing.assert_allclose(total.values(grid.points), expected, rtol=1e-13)
    landscape = total.landscape(grid)
    np.testing.assert_allclose(landscape.z.ravel(), expected, rtol=1e-9)
    assert landscape.x is grid.x
    assert landscape.y is grid.y


def test_what_has_no_weight_may_be_infinite_or_have_no_second_derivatives():
    nowhere = AffineModel(BinaryCrossEntropy(), [2.0], [0.0], [0.0])
    cornered = Penalized(COSTS[0], PENALTIES[-1]())
    total = SumOfObjectives((nowhere, COSTS[0], cornered), (0.0, 2.0, 0.0))
    theta, grid = (1.2, 0.3), Grid.regular((-2.0, 2.0), (-3.0, 3.0), 3, 4)
    assert nowhere.value(theta) == math.inf
    assert total.value(theta) == 2.0 * COSTS[0].value(theta)
    np.testing.assert_array_equal(total.gradient(theta), 2.0 * COSTS[0].gradient(theta))
    np.testing.assert_array_equal(total.hessian(theta), 2.0 * COSTS[0].hessian(theta))
    np.testing.assert_array_equal(total.landscape(grid).z, 2.0 * COSTS[0].landscape(grid).z)
    np.testing.assert_array_equal(total.values(grid.points), 2.0 * COSTS[0].values(grid.points))


def test_a_sum_is_convex_and_a_parabola_if_all_that_counts_is():
    square, dented, logistic = COSTS[0], COSTS[1], COSTS[2]
    for parts, weights, convex, parabola in (
        ((square, square), (1.0, 2.0), True, True),
        ((square, logistic), (1.0, 2.0), True, False),
        ((square, dented), (1.0, 2.0), False, False),
        ((square, dented), (1.0, 0.0), True, True),
    ):
        total = SumOfObjectives(parts, weights)
        assert total.convex == convex
        assert total.is_parabola == parabola
    low, high = curvature(square)
    assert curvature(SumOfObjectives((square, square), (1.0, 2.0))) == pytest.approx(
        (3 * low, 3 * high)
    )


@pytest.mark.parametrize(
    ("objectives", "weights", "told"),
    [
        (COSTS[:2], (1.0,), "2 objectives and 1 weights"),
        ((), (), "weights has shape"),
        (COSTS[:2], (1.0, -1.0), "at least 0"),
        (COSTS[:2], (0.0, 0.0), "one above 0"),
        (COSTS[:2], (1.0, math.nan), "weights holds"),
    ],
)
def test_what_cannot_be_summed_is_told_in_one_sentence(objectives, weights, told):
    with pytest.raises(ObjectiveError, match=told) as refused:
        SumOfObjectives(objectives, weights)
    assert str(refused.value).startswith("SumOfObjectives: ")
    assert "\n" not in str(refused.value)


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


@pytest.mark.parametrize(
    ("x", "label", "loss", "weights", "told"),
    [
        ([], [], Hinge(), None, "x has shape"),
        ([1.0], [[1.0]], Hinge(), None, "label has shape"),
        ([1.0, 2.0], [1.0], Hinge(), None, "2 x, 1 label"),
        ([1.0, 2.0], [1.0, -1.0], Hinge(), [1.0], "1 weights"),
        ([1.0, 2.0], [1.0, 2.0], Hinge(), None, r"label\[1\] is 2, expected -1 or 1; or 0 or 1"),
        ([1.0, 2.0, 3.0], [0.0, 1.0, -1.0], Hinge(), None, r"label\[. ?\] is"),
        ([1.0, math.nan], [1.0, 1.0], Hinge(), None, "x holds"),
        ([1.0, 2.0], [1.0, -1.0], Hinge(), [0.0, 0.0], "one above 0"),
        ([1.0, 2.0], [1.0, -1.0], SquaredError(), None, "is no loss of a margin"),
        ([1.0, 2.0], [1.0, -1.0], BinaryCrossEntropy(), None, "is no loss of a margin"),
        ([1.0], [1.0], Composite(BinaryCrossEntropy(), IdentityLink()), None, "is no loss of a m"),
    ],
)
def test_what_cannot_be_classified_is_told_in_one_sentence(x, label, loss, weights, told):
    with pytest.raises(ObjectiveError, match=told) as refused:
        LinearClassification(np.array(x), np.array(label), loss, weights)
    assert str(refused.value).startswith("LinearClassification: ")
    assert "\n" not in str(refused.value)


def test_an_objective_keeps_its_own_points():
    x, y = normal(5)
    objective = LinearRegression(x, y, SquaredError())
    before = objective.value((1.0, 1.0))
    x[0] = 99.0
    assert objective.value((1.0, 1.0)) == before
    with pytest.raises(ValueError, match="read-only"):
        objective.y[0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        LinearClassification(*two_classes(5), Hinge()).label[0] = 1.0
