"""Laws of the best bias: nothing on a fine search is lower, and what is level has its middle."""

import math

import numpy as np
import pytest

from core.classification.best_bias import best_bias, falls_forever
from core.losses import (
    MARGIN_LOSSES,
    Brier,
    Composite,
    Exponential,
    Focal,
    Hinge,
    LogisticLoss,
    ModifiedHuber,
    Perceptron,
    ProbitLink,
    SmoothedLogisticLoss,
    SquaredHinge,
    SquaredProbability,
    ZeroOne,
)

CURVES = (
    LogisticLoss(),
    SmoothedLogisticLoss(0.3),
    Hinge(),
    Hinge(margin=0.0),
    SquaredHinge(),
    SquaredHinge(margin=2.0),
    ModifiedHuber(),
    Perceptron(),
    Exponential(),
    ZeroOne(),
    Focal(0.5),
    Focal(),
    Focal(5.0),
    Brier(),
    Composite(SquaredProbability(), ProbitLink()),
)
SCALES = (1e-3, 0.3, 1.0, 5.0, 30.0, 200.0)

every_curve = pytest.mark.parametrize("curve", CURVES, ids=repr)


def drawn(n, scale, rows=4, seed=0):
    rng = np.random.default_rng((seed, n, int(1e3 * scale)))
    t = scale * (rng.normal(size=(rows, n)) + rng.normal())
    return t, np.where(np.arange(n) % 2, 1.0, -1.0), rng.random(n) + 0.05


def cost(curve, t, sign, charges, bias):
    with np.errstate(over="ignore"):
        return curve.value((t + np.asarray(bias)[..., None]) * sign) @ charges


def candidates(t, found):
    """Return biases all over, next to every score and kink, and next to what was found."""
    reach = 2 * np.abs(t).max() + 4
    near = np.concatenate([-t, 1 - t, -1 - t])
    about = found + np.concatenate([np.linspace(-0.01, 0.01, 41), np.geomspace(1e-7, 1.0, 20)])
    return np.concatenate([np.linspace(-reach, reach, 801), near, near + 1e-9, near - 1e-9, about])


@every_curve
@pytest.mark.parametrize("n", [2, 3, 30])
def test_no_bias_costs_less(curve, n):
    for scale in SCALES:
        t, sign, charges = drawn(n, scale, rows=2)
        bias, value = best_bias(curve, t, sign, charges)
        for row in range(2):
            tried = cost(curve, t[row], sign, charges, candidates(t[row], bias[row]))
            assert value[row] <= tried.min() * (1 + 1e-9) + 1e-15


@every_curve
def test_the_cost_is_that_of_the_bias(curve):
    for scale in SCALES[:5]:
        t, sign, charges = drawn(12, scale)
        bias, value = best_bias(curve, t, sign, charges)
        np.testing.assert_allclose(value, cost(curve, t, sign, charges, bias), rtol=1e-12)


@every_curve
def test_a_fine_bias_has_no_slope_left(curve):
    t, sign, charges = drawn(20, 1.0)
    bias, value = best_bias(curve, t, sign, charges, fine=True)
    np.testing.assert_allclose(value, best_bias(curve, t, sign, charges)[1], rtol=1e-9)
    near = 1e-7
    sides = [
        (curve.gradient((t + bias[:, None] + move) * sign) * sign) @ charges
        for move in (-near, near)
    ]
    assert (sides[0] <= 1e-12).all()
    assert (sides[1] >= -1e-12).all()


@every_curve
def test_rows_do_not_see_each_other_nor_are_they_changed(curve):
    t, sign, charges = drawn(9, 2.0, rows=12)
    before = t.copy()
    bias, value = best_bias(curve, t, sign, charges)
    np.testing.assert_array_equal(t, before)
    for row in (0, 5, 11):
        alone = best_bias(curve, t[row : row + 1], sign, charges)
        np.testing.assert_allclose(alone[0][0], bias[row], atol=2e-3)
        np.testing.assert_allclose(alone[1][0], value[row], rtol=1e-10)


@every_curve
def test_moving_all_scores_moves_the_bias_against_them(curve):
    t, sign, charges = drawn(15, 1.0)
    bias, value = best_bias(curve, t, sign, charges, fine=True)
    moved, same = best_bias(curve, t + 7.25, sign, charges, fine=True)
    np.testing.assert_allclose(moved, bias - 7.25, atol=1e-7)
    np.testing.assert_allclose(same, value, rtol=1e-10)


@every_curve
def test_what_counts_for_nothing_is_not_seen(curve):
    t, sign, charges = drawn(10, 1.0)
    charges[3], charges[6] = 0.0, 0.0
    counts = charges > 0
    found = best_bias(curve, t, sign, charges, fine=True)
    expected = best_bias(curve, t[:, counts], sign[counts], charges[counts], fine=True)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("curve", [c for c in CURVES if falls_forever(c)], ids=repr)
def test_of_one_class_no_bias_is_best_if_the_curve_falls_for_ever(curve):
    t, _, charges = drawn(6, 1.0)
    for side in (1.0, -1.0):
        bias, value = best_bias(curve, t, np.full(6, side), charges)
        assert (bias == side * math.inf).all()
        assert (value == 0.0).all()


@pytest.mark.parametrize(
    "curve", [Hinge(), SquaredHinge(), ModifiedHuber(), Perceptron(), ZeroOne()], ids=repr
)
def test_of_one_class_any_curve_that_ends_at_nothing_gets_there(curve):
    t, _, charges = drawn(6, 3.0)
    for side in (1.0, -1.0):
        bias, value = best_bias(curve, t, np.full(6, side), charges)
        assert np.isfinite(bias).all()
        np.testing.assert_allclose(value, 0.0, atol=1e-18)


def test_smoothed_labels_keep_the_bias_of_one_class_finite():
    bias, _ = best_bias(SmoothedLogisticLoss(0.2), np.zeros((1, 3)), np.ones(3), np.ones(3), True)
    np.testing.assert_allclose(bias, math.log(0.9 / 0.1), rtol=1e-9)


def test_only_curves_without_end_fall_for_ever():
    known = {
        type(curve): falls_forever(curve.curve) for curve in (kind() for kind in MARGIN_LOSSES)
    }
    endless = {kind.__name__ for kind, falls in known.items() if falls}
    assert endless == {"LogisticLoss", "WeightedLogisticLoss", "Exponential", "Focal", "Brier"}


# The middle of what is level


def test_the_hinge_of_two_far_apart_has_its_bias_in_the_middle():
    t, sign = np.array([[-5.0, 3.0]]), np.array([-1.0, 1.0])
    bias, value = best_bias(Hinge(), t, sign, np.ones(2))
    np.testing.assert_allclose(bias, 1.0)  # level from -2 to 4
    assert value == 0.0


def test_a_level_of_the_hinge_may_have_any_weights():
    t, sign = np.array([[-0.5, -0.25, 0.25]]), np.array([1.0, -1.0, 1.0])
    charges = np.array([0.1, 0.3, 0.2])  # the slopes 0.1 + 0.2 and 0.3 cancel but for rounding
    bias, _ = best_bias(Hinge(), t, sign, charges)
    np.testing.assert_allclose(bias, 0.5 * (-0.75 + 0.75))


def test_mistakes_are_fewest_in_the_middle_of_the_widest_gap():
    t, sign = np.array([[-3.0, -1.0, 0.0, 4.0]]), np.array([-1.0, 1.0, -1.0, 1.0])
    for side in (1.0, -1.0):
        bias, value = best_bias(ZeroOne(), side * t, side * sign, np.ones(4))
        assert value == 1.0
        np.testing.assert_allclose(bias, -2.0 * side)  # both gaps cost 1; that to 4 is wider


def test_what_counts_for_nothing_does_not_part_a_gap():
    t, sign = np.array([[-3.0, 0.5, 3.0]]), np.array([-1.0, 1.0, 1.0])
    bias, _ = best_bias(ZeroOne(), t, sign, np.array([1.0, 0.0, 1.0]))
    np.testing.assert_allclose(bias, 0.0)


def test_equal_scores_leave_no_gap():
    for low, high in ((0.3, 0.3), (0.3, 0.1 + 0.2)):
        for sign in (np.array([1.0, -1.0]), np.array([-1.0, 1.0])):
            _, value = best_bias(ZeroOne(), np.array([[low, high]]), sign, np.ones(2))
            assert value == 1.0


def test_where_a_level_has_but_one_end_the_bias_lies_1_beyond():
    t = np.array([[-1.0, 2.0]])
    np.testing.assert_allclose(best_bias(Hinge(), t, np.ones(2), np.ones(2))[0], 3.0)
    np.testing.assert_allclose(best_bias(Hinge(), t, -np.ones(2), np.ones(2))[0], -4.0)
    np.testing.assert_allclose(best_bias(ZeroOne(), t, np.ones(2), np.ones(2))[0], 1.5)


def test_the_exponential_balances_its_two_sums():
    t, sign, charges = drawn(30, 2.0)
    bias, _ = best_bias(Exponential(), t, sign, charges)
    losses = charges * np.exp(-sign * (t + bias[:, None]))
    np.testing.assert_allclose(losses[:, sign > 0].sum(1), losses[:, sign < 0].sum(1), rtol=1e-12)


def test_the_exponential_bears_scores_whose_sums_leave_float64():
    t, sign = np.array([[-800.0, 900.0]]), np.array([-1.0, 1.0])
    bias, value = best_bias(Exponential(), t, sign, np.ones(2))
    np.testing.assert_allclose(bias, -50.0)
    np.testing.assert_allclose(value, 0.0, atol=1e-300)


# Several valleys


def test_the_deepest_of_several_valleys_is_found():
    t = np.array([[-20.0, -19.0, -18.0, 10.0, 11.0, 12.0, 13.0]])
    sign = np.array([1.0, 1.0, -1.0, 1.0, -1.0, -1.0, 1.0])
    tried = np.linspace(-40, 40, 80001)
    for curve in (Brier(), Focal(3.0)):
        bias, value = best_bias(curve, t, sign, np.ones(7))
        lowest = cost(curve, t[0], sign, np.ones(7), tried)
        assert value[0] <= lowest.min() + 1e-9
        assert abs(bias[0] - tried[lowest.argmin()]) < 0.01


@pytest.mark.parametrize("curve", [Brier(), Focal(4.0)], ids=repr)
def test_of_two_valleys_that_are_almost_as_deep_the_deeper_is_found(curve):
    rng = np.random.default_rng(0)
    half = 6.0 * rng.normal(size=(60, 5))
    sign = np.array([1.0, -1.0, 1.0, -1.0, 1.0])
    t, sign = np.concatenate([half, -half], axis=1), np.concatenate([sign, -sign])
    charges = 1.0 + 1e-4 * rng.random(10)  # were they equal, b and -b would cost the same
    _, value = best_bias(curve, t, sign, charges)
    for row in range(len(t)):
        tried = cost(curve, t[row], sign, charges, np.linspace(-25.0, 25.0, 20_001))
        assert value[row] <= tried.min() * (1 + 1e-10)


# Extremes


@every_curve
def test_scores_beyond_all_bounds_give_no_nan(curve):
    t = np.array([[-1e308, 1e308, 0.0], [1e160, -1e160, 1e155], [0.0, 1.0, 0.5]])
    bias, value = best_bias(curve, t, np.array([1.0, -1.0, 1.0]), np.ones(3))
    assert np.isfinite(bias).all()
    assert not np.isnan(value).any()
    assert math.isfinite(value[2])


@every_curve
def test_scores_up_to_1e9_are_searched_like_any(curve):
    t, sign, charges = drawn(5, 1.0, rows=2)
    bias, value = best_bias(curve, 1e9 * t, sign, charges)
    for row in range(2):
        tried = cost(curve, 1e9 * t[row], sign, charges, -1e9 * t[row])
        assert value[row] <= tried.min() * (1 + 1e-9) or not curve.properties.convex
        assert math.isfinite(bias[row])
