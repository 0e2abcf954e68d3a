"""Laws of linear classifiers: derivatives, slices, the best bias, fits and how they end."""

import dataclasses
import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog, minimize

from core.classification import linear_fit as classifier_fit
from core.classification.linear import BestBias, LinearClassifier, Slice
from core.classification.linear_fit import FitOutcome, fit
from core.classification.linear_study import ClassifierQuestion, classifier_study
from core.classification.separation import Separation, hull, separation, widest_margin
from core.data.labelled import binary_datasets, labelled
from core.declare import ParameterError
from core.landscape import Grid
from core.losses import (
    MARGIN_LOSSES,
    BinaryCrossEntropy,
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
    SquaredError,
    SquaredHinge,
    SquaredProbability,
    WeightedLogisticLoss,
    ZeroOne,
)
from core.losses.composition import ClassWeighted
from core.losses.links import IdentityLink
from core.objectives import ObjectiveError
from core.optimizers import GradientDescent, descend
from tests.core.laws import slope

RECORDED = json.loads((Path(__file__).parent / "recorded" / "classification.json").read_text())
LOSSES = (*(kind() for kind in MARGIN_LOSSES), Focal(2.0, 0.25), Hinge(margin=0.5))
SMOOTH = tuple(loss for loss in LOSSES if not loss.curve.properties.kinks)
ENDLESS = (LogisticLoss(), WeightedLogisticLoss(), Exponential(), Focal(), Brier())
GRID = Grid.regular((-2.0, 3.0), (-1.5, 2.0), 13, 11)

every_loss = pytest.mark.parametrize("loss", LOSSES, ids=repr)
every_smooth_loss = pytest.mark.parametrize("loss", SMOOTH, ids=repr)


def cloud(n=30, seed=0, gap=0.7, features=2):
    rng = np.random.default_rng(seed)
    label = np.arange(n) % 2
    x = rng.normal(size=(n, features)) + gap * np.where(label, 1.0, -1.0)[:, None]
    return x, label


def classifier(loss, features=2, **knobs):
    x, label = cloud(features=features)
    weights = np.random.default_rng(1).integers(0, 3, len(x)).astype(float)
    return LinearClassifier(x, label, loss, weights, **{"strength": 0.05, **knobs})


def rough(loss):
    """Return whether the loss is not analytic: its derivatives jump, or it does."""
    return bool(loss.curve.properties.kinks) or loss.curve.pieces is not None


# The cost ----------------------------------------------------------------------------------------


@every_loss
def test_the_cost_is_the_weighted_mean_loss_and_the_penalty(loss):
    own = classifier(loss, origin=(0.5, -1.0))
    theta = np.array([0.8, -0.3, 0.4])
    scores = (own.x - [0.5, -1.0]) @ theta[:2] + theta[2]
    mean = np.average(loss.value_of(scores, own.label), weights=own.weights)
    assert own.value(theta) == pytest.approx(mean + 0.05 * (0.8**2 + 0.3**2), rel=1e-13)
    np.testing.assert_allclose(own.scores(theta), scores, rtol=1e-13)
    np.testing.assert_allclose(own.losses(theta), loss.value_of(scores, own.label), rtol=1e-12)


@every_smooth_loss
@pytest.mark.parametrize("features", [1, 2])
def test_derivatives_tell_how_cost_and_gradient_change(loss, features):
    own = classifier(loss, features)
    theta = np.array([0.8, -0.3, 0.4])[3 - features - 1 :]
    tight = 1e-5 if rough(loss) else 1e-8
    width = 1e-5 if rough(loss) else 0.05
    for axis in np.eye(features + 1):
        along = slope(lambda t, axis=axis: own.value(theta + t * axis), width)
        assert own.gradient(theta) @ axis == pytest.approx(along, rel=tight, abs=tight)
        for other in np.eye(features + 1):
            bend = slope(lambda t, a=axis, o=other: float(own.gradient(theta + t * o) @ a), width)
            assert other @ own.hessian(theta) @ axis == pytest.approx(bend, rel=tight, abs=tight)


def test_the_bias_is_not_penalized():
    own = classifier(LogisticLoss(), strength=3.0)
    free = dataclasses.replace(own, strength=0.0)
    assert own.value((0.0, 0.0, 5.0)) == free.value((0.0, 0.0, 5.0))
    assert own.value((1.0, 2.0, 5.0)) == pytest.approx(free.value((1.0, 2.0, 5.0)) + 15.0)


def test_what_weighs_nothing_may_cost_anything():
    own = LinearClassifier([[0.0], [1e308]], [1, 0], Exponential(), weights=[1.0, 0.0])
    assert own.value((1e10, 0.0)) == 1.0
    assert LinearClassifier([[0.0], [1e308]], [1, 0], Exponential()).value((1e10, 0.0)) == math.inf


def test_labels_are_0_and_1_or_minus_1_and_1():
    x, label = cloud()
    theta = (0.3, 0.2, -0.1)
    values = [
        LinearClassifier(x, told, LogisticLoss()).value(theta) for told in (label, 2 * label - 1)
    ]
    assert values[0] == values[1]


def test_probabilities_are_those_of_the_loss_or_none():
    assert classifier(Hinge()).probability((1.0, 0.0, 0.0)) is None
    own = classifier(LogisticLoss())
    scores = own.scores((1.0, -1.0, 0.5))
    np.testing.assert_allclose(own.probability((1.0, -1.0, 0.5)), 1 / (1 + np.exp(-scores)))


X, LABEL = cloud(6)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"x": np.zeros((6, 3))}, "two features"),
        ({"x": np.zeros((0, 2)), "label": []}, "two features"),
        ({"x": np.full((6, 2), np.nan)}, "not finite"),
        ({"label": [0, 1, 2, 0, 1, 2]}, "label"),
        ({"label": [0, 1]}, "one for each of 6"),
        ({"weights": [1.0]}, "one for each of 6"),
        ({"weights": [-1.0] * 6}, "at least 0"),
        ({"weights": [0.0] * 6}, "one above 0"),
        ({"weights": [np.nan] * 6}, "at least 0"),
        ({"origin": (1.0,)}, "2 numbers"),
        ({"origin": (1.0, np.inf)}, "2 numbers"),
        ({"loss": SquaredError()}, "no loss of a margin"),
        ({"loss": Composite(BinaryCrossEntropy(), IdentityLink())}, "no loss of a margin"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_bad_data_are_refused_by_name(wrong, told):
    with pytest.raises(ObjectiveError, match=told):
        LinearClassifier(**{"x": X, "label": LABEL, "loss": LogisticLoss(), **wrong})


def test_a_strength_below_0_and_a_theta_of_other_length_are_refused():
    with pytest.raises(ParameterError, match="strength"):
        LinearClassifier(X, LABEL, LogisticLoss(), strength=-1.0)
    own = LinearClassifier(X, LABEL, LogisticLoss())
    for call in (own.value, own.gradient, own.hessian, own.scores):
        with pytest.raises(ObjectiveError, match="w1, w2, b"):
            call((1.0, 2.0))
    with pytest.raises(ObjectiveError, match="two of"):
        own.slice(("w1", "w3"))
    with pytest.raises(ObjectiveError, match="two of"):
        own.slice(("w1", "w1"))
    with pytest.raises(ObjectiveError, match="not finite"):
        Slice(own, ("w1", "b"), np.array([0.0, np.inf, 0.0]))
    with pytest.raises(ObjectiveError, match="two features"):
        classifier(LogisticLoss(), features=1).with_best_bias()


# Slices ------------------------------------------------------------------------------------------

AXES = [("w1", "w2"), ("w1", "b"), ("w2", "b"), ("b", "w1")]


@every_loss
@pytest.mark.parametrize("axes", AXES, ids="-".join)
def test_a_slice_is_the_cost_with_the_third_parameter_held(loss, axes):
    own = classifier(loss, origin=(0.25, 0.0))
    held = np.array([0.4, -0.7, 0.2])
    part = own.slice(axes, held)
    z = part.landscape(GRID).z
    for i, j in ((0, 0), (3, 7), (10, 12)):
        place = (GRID.x[j], GRID.y[i])
        full = dict(zip(own.names, held, strict=True)) | dict(zip(axes, place, strict=True))
        theta = [full[name] for name in own.names]
        assert part.value(place) == own.value(theta)
        assert z[i, j] == pytest.approx(own.value(theta), rel=1e-9)
        index = [own.names.index(name) for name in axes]
        np.testing.assert_array_equal(part.gradient(place), own.gradient(theta)[index])
        np.testing.assert_array_equal(part.hessian(place), own.hessian(theta)[np.ix_(index, index)])
    np.testing.assert_allclose(part.values(GRID.points).reshape(GRID.shape), z, rtol=1e-9)
    assert part.convex == loss.properties.convex
    assert not part.is_parabola


@every_loss
def test_one_feature_has_a_slice_of_its_weight_and_bias(loss):
    own = classifier(loss, features=1, origin=(0.5,))
    z = own.slice(("w", "b")).landscape(GRID).z
    assert z[4, 6] == pytest.approx(own.value((GRID.x[6], GRID.y[4])), rel=1e-9)


def test_long_tables_pass_in_blocks():
    x, label = cloud(40_000)
    part = LinearClassifier(x, label, LogisticLoss()).slice(("w1", "w2"), (0.0, 0.0, 0.3))
    points = np.array([[1.0, 2.0], [0.5, -0.5], [0.0, 0.0]])
    expected = [part.value(point) for point in points]
    np.testing.assert_allclose(part.values(points), expected, rtol=1e-12)


def test_infinite_costs_are_infinite_and_never_nan():
    part = classifier(Exponential()).slice(("w1", "w2"))
    far = np.array([[1e308, 1e308], [1e308, -1e308], [-1e308, 1e308]])
    assert (part.values(far) == math.inf).all()


# The best bias -----------------------------------------------------------------------------------


@every_loss
def test_the_best_bias_costs_least(loss):
    own = classifier(loss)
    best = own.with_best_bias()
    z = best.landscape(GRID).z
    biases = np.linspace(-12.0, 12.0, 4001)
    for i, j in ((0, 0), (5, 3), (10, 12)):
        place = np.array([GRID.x[j], GRID.y[i]])
        line = own.slice(("w1", "b"), (0.0, place[1], 0.0))
        lowest = line.values(np.column_stack([np.full(4001, place[0]), biases])).min()
        assert z[i, j] <= lowest * (1 + 1e-9) + 1e-15
        assert z[i, j] == pytest.approx(best.value(place), rel=1e-9)
        assert own.value(best.full(place)) == pytest.approx(z[i, j], rel=1e-9)
    assert best.convex == loss.properties.convex


@every_loss
def test_the_gradient_with_the_best_bias_tells_how_its_cost_changes(loss):
    best = classifier(loss).with_best_bias()
    for place in (np.array([0.83, -0.41]), np.array([-0.37, 1.29])):
        for axis in np.eye(2):
            step = 1e-5
            change = best.value(place + step * axis) - best.value(place - step * axis)
            assert best.gradient(place) @ axis == pytest.approx(change / (2 * step), abs=1e-6)


@every_smooth_loss
def test_the_hessian_with_the_best_bias_tells_how_its_gradient_changes(loss):
    best = classifier(loss).with_best_bias()
    place = np.array([0.83, -0.41])
    for axis in np.eye(2):
        step = 1e-5
        change = best.gradient(place + step * axis) - best.gradient(place - step * axis)
        np.testing.assert_allclose(best.hessian(place) @ axis, change / (2 * step), atol=1e-5)


def test_the_hinge_holds_its_bias_on_a_kink_by_what_is_left_of_a_slope():
    own = LinearClassifier([[0.0, 0.0], [1.0, 0.0], [2.0, 1.0]], [0, 1, 0], Hinge())
    best = own.with_best_bias()
    near = 1e-6
    for axis in np.eye(2):
        change = best.value((0.3, 0.2) + near * axis) - best.value((0.3, 0.2) - near * axis)
        assert best.gradient((0.3, 0.2)) @ axis == pytest.approx(change / (2 * near), abs=1e-8)


@pytest.mark.parametrize("loss", [Hinge(), Hinge(margin=0.3), Perceptron()], ids=repr)
def test_whatever_the_weights_a_bias_on_a_kink_leaves_the_right_slope(loss):
    rng = np.random.default_rng(3)
    x, label = cloud(21)
    best = LinearClassifier(x, label, loss, rng.random(21) + 0.1).with_best_bias()
    for place in rng.normal(size=(6, 2)):
        for axis in np.eye(2):
            change = best.value(place + 1e-6 * axis) - best.value(place - 1e-6 * axis)
            assert best.gradient(place) @ axis == pytest.approx(change / 2e-6, abs=1e-8)


def test_of_one_class_the_bias_is_infinite_and_only_the_penalty_left():
    own = LinearClassifier(X, np.ones(6), LogisticLoss(), strength=0.5)
    best = own.with_best_bias()
    assert best.bias((1.0, 2.0)) == math.inf
    assert best.value((1.0, 2.0)) == pytest.approx(2.5)
    np.testing.assert_allclose(best.gradient((1.0, 2.0)), (1.0, 2.0))
    np.testing.assert_allclose(best.hessian((1.0, 2.0)), np.eye(2))


def test_blocks_of_the_landscape_agree_with_single_values():
    x, label = cloud(3000)
    best = BestBias(LinearClassifier(x, label, LogisticLoss()))
    z = best.landscape(Grid.regular((-2, 2), (-2, 2), 21, 21)).z
    assert z[20, 20] == pytest.approx(best.value((2.0, 2.0)), rel=1e-9)
    assert z[0, 20] == pytest.approx(best.value((2.0, -2.0)), rel=1e-9)


# Separation --------------------------------------------------------------------------------------


def test_points_are_apart_or_touch_or_overlap():
    square = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    assert separation(square, [-1, -1, 1, 1]) is Separation.SEPARABLE
    assert separation(square, [-1, 1, 1, -1]) is Separation.OVERLAPPING
    line = np.array([[0.0], [1.0], [1.0], [2.0]])
    assert separation(line, [-1, -1, 1, 1]) is Separation.TOUCHING
    assert separation(line, [-1, 1, -1, 1]) is Separation.TOUCHING
    assert separation(line, [-1, 1, 1, -1]) is Separation.OVERLAPPING
    alone = np.append(0.0, np.ones(200))[:, None]
    assert separation(alone, [-1, *(100 * [-1, 1])]) is Separation.TOUCHING


@pytest.mark.parametrize("features", [1, 2])
def test_a_widest_margin_exists_just_where_points_are_apart(features):
    seen = set()
    for seed in range(40):
        x, label = cloud(8, seed, gap=1.0, features=features)
        sign = np.where(label, 1.0, -1.0)
        apart = separation(x, sign) is Separation.SEPARABLE
        theta = widest_margin(x, sign)
        assert (theta is not None) == apart
        seen.add(apart)
        if theta is not None:
            room = sign * (x @ theta[:-1] + theta[-1])
            assert room.min() == pytest.approx(1.0, abs=1e-9)
            assert_no_shorter_separates(x, sign, theta)
    assert seen == {True, False}


def assert_no_shorter_separates(x, sign, theta):
    """By SLSQP: no w of less length keeps every margin at 1."""
    rows = sign[:, None] * np.column_stack([x, np.ones(len(x))])
    found = minimize(
        lambda p: p[:-1] @ p[:-1],
        theta * 1.3,
        jac=lambda p: np.append(2 * p[:-1], 0.0),
        constraints={"type": "ineq", "fun": lambda p: rows @ p - 1, "jac": lambda _: rows},
        options={"ftol": 1e-13, "maxiter": 300},
    )
    assert theta[:-1] @ theta[:-1] <= found.fun * (1 + 1e-6)


def test_the_hull_holds_every_point_and_has_no_corner_to_spare():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(60, 2)).round(1)
    corners = hull(points)
    edges = np.roll(corners, -1, axis=0) - corners
    for point in points:
        turn = edges[:, 0] * (point - corners)[:, 1] - edges[:, 1] * (point - corners)[:, 0]
        assert (turn >= -1e-12).all()
    ahead = np.roll(edges, -1, axis=0)
    assert (edges[:, 0] * ahead[:, 1] - edges[:, 1] * ahead[:, 0] > 0).all()
    assert len(hull(np.array([[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]]))) == 2
    np.testing.assert_array_equal(hull(np.array([[3.0], [1.0], [2.0]])), [[1.0], [3.0]])
    np.testing.assert_array_equal(hull(np.array([[0, 0], [1, 1], [2.0, 2]])), [[0, 0], [2, 2]])


# Fits --------------------------------------------------------------------------------------------

DATA = ("overlapping", "far", "mislabeled", "rare-5", "xor", "iris", "challenger", "breast")


def assert_no_neighbour_is_better(own, found):
    rng = np.random.default_rng(0)
    size = np.maximum(np.abs(found.theta), 1.0)
    near = rng.normal(size=(300, len(size))) * np.geomspace(1e-7, 1.0, 300)[:, None] * size
    lowest = min(own.value(found.theta + step) for step in near)
    assert found.value <= lowest * (1 + 1e-10) + 1e-14


@every_loss
@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("strength", [0.0, 0.01])
def test_nothing_beside_a_fit_costs_less(loss, name, strength):
    data = labelled(name)
    own = LinearClassifier(data.x, data.label, loss, strength=strength, origin=data.x.mean(axis=0))
    found = fit(own)
    assert found.value == own.value(found.theta)
    assert found.infimum <= found.value
    if found.has_minimum:
        assert found.infimum == found.value
        assert_no_neighbour_is_better(own, found)
    if found.outcome is FitOutcome.FOUND and not own.loss.curve.properties.kinks:
        scale = np.append(data.x.std(axis=0), 1.0)
        assert np.abs(own.gradient(found.theta) / scale).max() < 1e-12


@pytest.mark.parametrize("loss", ENDLESS, ids=repr)
def test_separable_data_have_no_minimum_under_a_loss_that_falls_for_ever(loss):
    data = labelled("separable")
    own = LinearClassifier(data.x, data.label, loss)
    found = fit(own)
    assert found.outcome is FitOutcome.SEPARABLE
    assert not found.has_minimum
    assert found.infimum == 0.0
    np.testing.assert_allclose(found.theta, widest_margin(data.x, own.label), rtol=1e-9)
    costs = [own.value(k * found.theta) for k in (1, 2, 5, 20)]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] < 1e-8
    kept = fit(dataclasses.replace(own, strength=1e-3))
    assert kept.has_minimum


@pytest.mark.parametrize("loss", [Hinge(), SquaredHinge(), ModifiedHuber(), Perceptron()], ids=repr)
def test_separable_data_cost_a_hinge_nothing(loss):
    data = labelled("separable")
    found = fit(LinearClassifier(data.x, data.label, loss))
    assert found.outcome is FitOutcome.SHARED
    assert found.value == 0.0
    assert (LinearClassifier(data.x, data.label, loss).margins(found.theta) > 0).all()


def test_smoothed_labels_have_a_minimum_on_separable_data():
    data = labelled("separable")
    own = LinearClassifier(data.x, data.label, SmoothedLogisticLoss())
    assert fit(own).outcome is FitOutcome.FOUND


def test_classes_that_touch_on_a_line_have_no_minimum():
    x, label = np.array([[0.0], [1.0], [1.0], [2.0]]), [0, 0, 1, 1]
    found = fit(LinearClassifier(x, label, LogisticLoss()))
    assert found.outcome is FitOutcome.TOUCHING
    assert found.infimum == pytest.approx(0.5 * math.log(2.0), rel=1e-3)


@every_loss
def test_one_class_alone_has_nothing_to_tell_apart(loss):
    for label in (np.zeros(6), np.ones(6)):
        found = fit(LinearClassifier(X, label, loss))
        assert found.outcome is FitOutcome.ONE_CLASS
        assert (LinearClassifier(X, label, loss).margins(found.theta) > 0).all()


@every_loss
def test_a_weight_of_2_counts_a_point_twice(loss):
    x, label = cloud(12, seed=5)
    weights = np.ones(12)
    weights[3] = 2.0
    twice = fit(LinearClassifier(x, label, loss, weights, strength=0.02))
    again = fit(
        LinearClassifier(np.vstack([x, x[3]]), np.append(label, label[3]), loss, strength=0.02)
    )
    assert twice.infimum == pytest.approx(again.infimum, rel=1e-7)


@every_loss
def test_moving_and_scaling_the_features_moves_the_fit_along(loss):
    x, label = cloud(24, seed=3)
    plain = fit(LinearClassifier(x, label, loss))
    moved = fit(LinearClassifier(x * [10.0, 0.1] + [500.0, -3.0], label, loss))
    assert moved.outcome is plain.outcome
    assert moved.value == pytest.approx(plain.value, rel=1e-6, abs=1e-9)
    far = LinearClassifier(x + 100.0, label, loss)
    near = dataclasses.replace(far, origin=(100.0, 100.0))
    assert fit(far).value == pytest.approx(fit(near).value, rel=1e-6, abs=1e-9)


def test_a_feature_that_never_changes_gets_no_weight():
    x, label = cloud(20, seed=2)
    x[:, 1] = 4.0
    for loss in (LogisticLoss(), Hinge(), SquaredHinge(), Exponential()):
        found = fit(LinearClassifier(x, label, loss))
        assert found.outcome is FitOutcome.SHARED
        alone = fit(LinearClassifier(x[:, :1], label, loss))
        assert found.value == pytest.approx(alone.value, rel=1e-9)


@pytest.mark.parametrize("strength", [0.0, 1e-4, 0.01, 1.0])
def test_the_hinge_agrees_with_an_independent_program(strength):
    for seed in range(6):
        x, label = cloud(16, seed, gap=0.4)
        own = LinearClassifier(x, label, Hinge(), strength=strength)
        found = fit(own)
        if strength == 0.0:
            assert found.value == pytest.approx(hinge_program(own), abs=1e-9)
        else:
            assert found.value - hinge_dual(own, found.theta) <= 1e-9


def hinge_program(own):
    """Return the least mean hinge by a primal linear program."""
    n, d = own.x.shape
    rows = own.label[:, None] * own.design
    return linprog(
        np.append(np.zeros(d + 1), np.full(n, 1 / n)),
        np.column_stack([-rows, -np.eye(n)]),
        -np.ones(n),
        bounds=[(None, None)] * (d + 1) + [(0, None)] * n,
    ).fun


def hinge_dual(own, theta):
    """Return the best lower bound that forces on the points of a fit give for its cost.

    For forces a in [0, share] that balance, the cost is at least Σ a - |Σ a y x|² / (4 λ).
    """
    margins, n = own.margins(theta), len(own.x)
    on = np.abs(margins - 1) < 1e-6
    force = np.where(margins < 1, 1.0 / n, 0.0)
    rows = own.label[:, None] * own.design
    wanted = 2 * own.ridge * theta - force[~on] @ rows[~on]
    force[on] = np.clip(np.linalg.lstsq(rows[on].T, wanted, rcond=None)[0], 0.0, 1.0 / n)
    assert abs(force @ own.label) < 1e-9
    pull = force @ rows[:, :-1]
    return force.sum() - pull @ pull / (4 * own.strength)


def test_points_beyond_the_margin_may_move_and_the_hinge_stays():
    x, label = cloud(40, seed=8)
    own = LinearClassifier(x, label, Hinge(), strength=0.02)
    found = fit(own)
    beyond = own.margins(found.theta) > 1.05
    assert 5 < beyond.sum() < 35
    moved = x + np.where(beyond, own.label * 3.0, 0.0)[:, None] * found.theta[:2]
    again = fit(LinearClassifier(moved, label, Hinge(), strength=0.02))
    np.testing.assert_allclose(again.theta, found.theta, rtol=1e-8, atol=1e-9)


def test_a_bias_that_can_move_at_no_cost_is_said_to():
    data = labelled("xor")
    found = fit(LinearClassifier(data.x, data.label, Hinge(), strength=0.01))
    assert found.outcome is FitOutcome.SHARED
    data = labelled("overlapping")
    found = fit(LinearClassifier(data.x, data.label, Hinge(), strength=0.01))
    assert found.outcome is FitOutcome.FOUND


def fewest_by_all_lines(x, sign, charges):
    """Return the least charge of mistakes, trying lines beside every pair of points."""
    best = min(charges[sign > 0].sum(), charges[sign < 0].sum())
    for i, j in itertools.combinations(range(len(x)), 2):
        along = x[j] - x[i]
        across = np.array([-along[1], along[0]])
        for turn in (1e-7, -1e-7):
            normal = across + turn * along
            for pivot, side in itertools.product((i, j), (1e-9, -1e-9)):
                right = (x - x[pivot]) @ normal > side
                wrong = charges[right != (sign > 0)].sum()
                best = min(best, wrong, charges.sum() - wrong)
    return best


@pytest.mark.parametrize("seed", range(6))
def test_no_line_makes_fewer_mistakes(seed):
    x, label = cloud(17, seed, gap=0.3)
    weights = np.random.default_rng(seed).integers(1, 4, 17).astype(float)
    own = LinearClassifier(x, label, ZeroOne(), weights)
    found = fit(own)
    assert found.outcome is FitOutcome.COUNTED
    assert found.value == pytest.approx(fewest_by_all_lines(x, own.label, own.charges), abs=1e-12)


def test_points_on_top_of_each_other_and_in_rows_are_counted_right():
    x = np.array([[i, j] for i in range(4) for j in range(4)] * 2, dtype=float)
    for seed in range(20):
        label, weights = np.random.default_rng(seed).integers(0, 2, (2, 32))
        own = LinearClassifier(x, label, ZeroOne(), 1.0 + 4.0 * weights)
        assert fit(own).value == pytest.approx(fewest_by_directions(own), abs=1e-12)


def fewest_by_directions(own):
    """Return the least charge of mistakes of lines across many directions."""
    angles = np.linspace(0, 2 * np.pi, 241)[:-1] + 1e-3
    scores = np.column_stack([np.cos(angles), np.sin(angles)]) @ own.x.T
    order = np.argsort(scores, axis=1)
    level = np.cumsum((own.label * own.charges)[order], axis=1)
    apart = np.diff(np.take_along_axis(scores, order, axis=1)) > 1e-9
    lowest = min(0.0, level[:, -1].min(), level[:, :-1][apart].min())
    return lowest + own.charges[own.label < 0].sum()


def test_mistakes_in_one_feature_are_counted_both_ways_round():
    x = np.array([[0.0], [1.0], [2.0], [3.0]])
    for label, mistakes in (([1, 1, 0, 0], 0), ([0, 0, 1, 1], 0), ([1, 0, 1, 1], 1)):
        assert fit(LinearClassifier(x, label, ZeroOne())).value == mistakes / 4


def test_mistakes_and_a_penalty_have_no_minimum():
    found = fit(LinearClassifier(*cloud(), ZeroOne(), strength=0.1))
    assert found.outcome is FitOutcome.SHRINKS
    assert found.infimum == fit(LinearClassifier(*cloud(), ZeroOne())).value < found.value


def test_more_points_than_pivots_are_sampled():
    x, label = cloud(500, gap=0.5)
    found = fit(LinearClassifier(x, label, ZeroOne()))
    assert found.outcome is FitOutcome.SAMPLED
    assert found.value <= LinearClassifier(x, label, ZeroOne()).value((1.0, 1.0, 0.0))


def test_a_bounded_loss_runs_away_where_the_fewest_mistakes_cost_less():
    data = labelled("iris")
    own = LinearClassifier(data.x, data.label, Brier(), origin=data.x.mean(axis=0))
    found = fit(own)
    assert found.outcome is FitOutcome.RUNS_AWAY
    assert found.infimum == pytest.approx(0.03)
    assert own.value(1e4 * found.theta) == pytest.approx(0.03)


@pytest.mark.parametrize("loss", [Focal(), Brier(), Composite(SquaredProbability(), ProbitLink())])
def test_several_starts_find_what_a_thousand_find(loss):
    x, label = cloud(20, seed=4, gap=0.5)
    own = LinearClassifier(x, label, loss, strength=0.002)
    found = fit(own)
    assert found.outcome is FitOutcome.SEVERAL
    z = own.with_best_bias().landscape(Grid.regular((-8, 8), (-8, 8), 21, 21)).z
    assert found.value <= z.min()


@pytest.mark.parametrize("name", binary_datasets())
def test_every_story_is_fitted_by_every_loss(name):
    data = binary_datasets()[name]
    for loss in LOSSES:
        found = fit(LinearClassifier(data.x, data.label, loss))
        assert np.isfinite(found.theta).all()
        assert math.isfinite(found.value)
        assert found.sentence == found.outcome.value


# Others agree ------------------------------------------------------------------------------------

KNOWN = {
    "LogisticLoss": LogisticLoss(),
    "Hinge": Hinge(),
    "SquaredHinge": SquaredHinge(),
    "ModifiedHuber": ModifiedHuber(),
}


@pytest.mark.parametrize("one", RECORDED["fits"], ids=lambda one: one["call"][:60])
def test_scikit_learn_fits_the_same(one):
    data = RECORDED["data"][one["data"]]
    loss = KNOWN[one["loss"]]
    own = LinearClassifier(data["x"], data["label"], loss, strength=one["strength"])
    found = fit(own)
    theirs = np.array(one["theta"])
    assert found.value <= own.value(theirs) * (1 + 1e-12)
    assert own.value(theirs) == pytest.approx(found.value, rel=one["tolerance"])
    np.testing.assert_allclose(theirs, found.theta, rtol=0, atol=one["distance"])


@pytest.mark.parametrize("loss", [Focal(), Brier()], ids=repr)
def test_a_fit_that_is_followed_ends_where_a_search_does(loss):
    x, label = np.array(labelled("overlapping").x), labelled("overlapping").label
    before = fit(LinearClassifier(x, label, loss, strength=0.01))
    x[3] += 0.2
    moved = LinearClassifier(x, label, loss, strength=0.01)
    found, searched = fit(moved, before.theta), fit(moved)
    np.testing.assert_allclose(found.theta, searched.theta, rtol=1e-6, atol=1e-8)
    assert len(found.others) == 0


def test_what_is_counted_is_never_followed():
    each = labelled("overlapping")
    own = LinearClassifier(each.x, each.label, ZeroOne())
    far = np.array([9.0, -9.0, 3.0])
    np.testing.assert_array_equal(fit(own, far).theta, fit(own).theta)


@pytest.mark.parametrize("strength", [0.0, 0.01])
@pytest.mark.parametrize(
    "loss", [LogisticLoss(), SquaredHinge(), Exponential(), ModifiedHuber()], ids=repr
)
def test_a_convex_fit_that_is_followed_is_the_one_that_is_found(loss, strength, monkeypatch):
    x, label = cloud(40, seed=6)
    near, rng = np.array([0.3, 0.2, 0.0]), np.random.default_rng(5)
    for _ in range(12):
        x[rng.integers(40)] += 0.3 * rng.normal(size=2)
        own = LinearClassifier(x, label, loss, strength=strength)
        best = fit(own)
        with monkeypatch.context() as without:
            without.setattr(classifier_fit, "_found", lambda *_: pytest.fail("searched"))
            found = fit(own, near)
        near = found.theta
        assert found.outcome is best.outcome
        np.testing.assert_allclose(found.theta, best.theta, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("loss", [LogisticLoss(), SquaredHinge(), Exponential()], ids=repr)
def test_classes_that_come_apart_are_seen_however_near_one_starts(loss):
    x, label = cloud(20, gap=9.0)
    own = LinearClassifier(x, label, loss)
    best = fit(own)
    assert best.outcome is not FitOutcome.FOUND
    for near in (best.theta, 0.1 * best.theta, np.zeros(3)):
        found = fit(own, near)
        assert found.outcome is best.outcome
        np.testing.assert_array_equal(found.theta, best.theta)


@pytest.mark.parametrize(
    "key", [key for key, one in binary_datasets().items() if one.x.shape[1] == 2]
)
@pytest.mark.parametrize("loss", [LogisticLoss(), Exponential(), WeightedLogisticLoss()], ids=repr)
def test_a_sketch_is_hardly_above_the_landscape_and_never_below(key, loss):
    each = labelled(key)
    x = (each.x - each.x.mean(axis=0)) / each.x.std(axis=0)
    own = LinearClassifier(x, each.label, loss, strength=0.01)
    near = fit(own).theta
    grid = Grid.regular((near[0] - 3, near[0] + 3), (near[1] - 3, near[1] + 3), 32, 28)
    objective = own.with_best_bias()
    exact, sketch = objective.landscape(grid).z, objective.sketch(grid).z
    assert (sketch - exact).min() >= -1e-12 * np.abs(exact).max()
    assert (sketch - exact).max() <= 2e-3 * np.ptp(exact)
    assert not np.array_equal(sketch, exact)


@pytest.mark.parametrize("loss", [Hinge(), SquaredHinge(), ZeroOne(), Focal(), Brier()], ids=repr)
def test_a_sketch_of_what_is_not_convex_and_analytic_is_the_landscape(loss):
    own, grid = LinearClassifier(*cloud(30, seed=4), loss), Grid.regular((-2, 2), (-1, 3), 21, 17)
    objective = own.with_best_bias()
    np.testing.assert_array_equal(objective.sketch(grid).z, objective.landscape(grid).z)


def test_a_sketch_of_one_class_or_of_few_crossings_is_the_landscape():
    x, _ = cloud(30, seed=4)
    grid = Grid.regular((-2, 2), (-1, 3), 21, 17)
    for own, at in (
        (LinearClassifier(x, np.ones(30), LogisticLoss()), grid),
        (
            LinearClassifier(*cloud(30, seed=4), LogisticLoss()),
            Grid.regular((-2, 2), (-1, 3), 5, 7),
        ),
    ):
        objective = own.with_best_bias()
        np.testing.assert_array_equal(objective.sketch(at).z, objective.landscape(at).z)


@pytest.mark.parametrize("margin", [1.0, 0.4])
@pytest.mark.parametrize("positive", [1.0, 5.0])
def test_a_hinge_is_followed_from_corner_to_corner_to_the_programs(margin, positive, monkeypatch):
    loss = Hinge(margin=margin)
    loss = loss if positive == 1.0 else ClassWeighted(loss, 1.0, positive)
    x, label = cloud(60)
    near, held = fit(LinearClassifier(x, label, loss)).theta, 0
    rng = np.random.default_rng(3)
    for _ in range(40):
        x[rng.integers(60)] += 0.05 * rng.normal(size=2)
        own = LinearClassifier(x, label, loss)
        best = fit(own)
        with monkeypatch.context() as without:
            without.setattr(classifier_fit, "_program", lambda *_: pytest.fail("searched"))
            try:
                found = fit(own, near)
            except pytest.fail.Exception:
                continue
            finally:
                near = best.theta
        held += 1
        assert found.outcome is FitOutcome.FOUND
        np.testing.assert_allclose(found.theta, best.theta, rtol=1e-9, atol=1e-9)
    assert held >= 38


def test_points_that_no_longer_hold_a_hinge_are_not_believed():
    x, label = cloud(60)
    near = fit(LinearClassifier(x, label, Hinge())).theta
    x[:20] = x[:20][::-1] + 0.7
    own = LinearClassifier(x, label, Hinge())
    assert fit(own, near).value == pytest.approx(fit(own).value, rel=1e-12)
    apart = LinearClassifier(*cloud(20, gap=9.0), Hinge())
    assert fit(apart, near).outcome is FitOutcome.SHARED


def test_a_place_that_leads_nowhere_is_searched_anew():
    each = labelled("separable")
    own = LinearClassifier(each.x, each.label, Focal())
    assert fit(own, np.array([50.0, 50.0, 0.0])).outcome is fit(own).outcome


@pytest.mark.parametrize("step", [1e-8, 5e-8, 1e-3])
def test_a_bias_that_is_followed_gives_the_slope_of_the_best_one(step):
    own = LinearClassifier(*cloud(30, seed=4), LogisticLoss(), strength=0.01)
    objective, place = own.with_best_bias(), np.array([0.4, -0.9])
    objective.gradient(place)
    for _ in range(3):
        place = place + step * np.array([1.0, 2.0])
        exact = own.gradient(objective.full(place))[:2]
        np.testing.assert_allclose(objective.gradient(place), exact, rtol=0, atol=1e-13)


@pytest.mark.parametrize("kind", MARGIN_LOSSES, ids=lambda kind: kind.__name__)
def test_what_a_descent_has_passed_is_what_a_search_finds(kind):
    own = LinearClassifier(*cloud(30, seed=4), kind(), strength=0.01)
    objective, fresh = own.with_best_bias(), own.with_best_bias()
    path = descend(objective, GradientDescent(learning_rate=0.3), (-2.0, 1.5), 40)
    np.testing.assert_allclose(path.values, fresh.values(path.points), rtol=1e-13)
    found, searched = (one.fulls(path.points) for one in (objective, fresh))
    np.testing.assert_allclose(found, searched, rtol=0, atol=1e-9)


def test_a_place_that_no_descent_has_passed_is_searched():
    own = LinearClassifier(*cloud(30, seed=4), LogisticLoss(), strength=0.01)
    objective, fresh = own.with_best_bias(), own.with_best_bias()
    path = descend(objective, GradientDescent(learning_rate=0.3), (-2.0, 1.5), 40)
    aside = path.points + np.array([0.3, -0.2])
    np.testing.assert_array_equal(objective.values(aside), fresh.values(aside))
    mixed = np.vstack([path.points[:3], aside[:3]])
    np.testing.assert_allclose(objective.values(mixed), fresh.values(mixed), rtol=1e-13)


def test_the_next_bias_is_foreseen_from_how_it_changes():
    own = LinearClassifier(*cloud(30, seed=4), LogisticLoss(), strength=0.01)
    objective, place, step = own.with_best_bias(), np.array([0.4, -0.9]), 1e-4
    objective.gradient(place - step)
    objective.gradient(place)
    ahead, behind = (
        [own.with_best_bias().bias(place + side * step * way) for way in np.eye(2)]
        for side in (1, -1)
    )
    slope = (np.array(ahead) - np.array(behind)) / (2 * step)
    np.testing.assert_allclose(objective.last[0].drift, slope, rtol=1e-5)


def test_a_screen_sketches_its_landscape_while_data_move_and_draws_it_exactly_at_rest():
    x, label = cloud(30, seed=4)
    losses = (LogisticLoss(), Hinge())
    grid = Grid.regular((-2, 2), (-1, 3), 21, 17)
    question = ClassifierQuestion(
        losses, losses[0], GradientDescent(), (-1.0, 1.0), 20, grid, ("w1", "w2"), None, 0.01
    )
    rest = classifier_study(x, label, question)
    near = tuple(one.theta for one in rest.fits)
    moving = classifier_study(x, label, dataclasses.replace(question, near=near))
    objective = LinearClassifier(x, label, losses[0], strength=0.01).with_best_bias()
    np.testing.assert_array_equal(rest.landscape.z, objective.landscape(grid).z)
    np.testing.assert_array_equal(moving.landscape.z, objective.sketch(grid).z)
    assert not np.array_equal(rest.landscape.z, moving.landscape.z)
    for one, other in zip(moving.fits, rest.fits, strict=True):
        np.testing.assert_allclose(one.theta, other.theta, rtol=1e-7, atol=1e-9)
