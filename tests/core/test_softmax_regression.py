"""Laws of softmax regression: derivatives, slices, fits, and the arithmetic of one row."""

import dataclasses
import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.special import logsumexp, softmax

from core.classification import softmax_fit
from core.classification.linear import LinearClassifier
from core.classification.linear_fit import fit as fit_two
from core.classification.metrics import confusion_matrix
from core.classification.softmax_fit import SoftmaxOutcome, fit
from core.classification.softmax_regression import (
    COLUMNS,
    NaiveTrouble,
    SoftmaxRegression,
    best_lead,
    regions,
    softmax_steps,
)
from core.data.labelled import labelled, multiclass_datasets
from core.declare import ParameterError
from core.landscape import Grid
from core.losses import (
    MULTICLASS_LOSSES,
    CategoricalCrossEntropy,
    LabelSmoothing,
    LogisticLoss,
    MulticlassBrier,
    MulticlassFocal,
    MulticlassHinge,
    SparseCategoricalCrossEntropy,
)
from core.losses.domain import DomainError
from core.objectives import ObjectiveError
from tests.core.laws import slope

RECORDED = json.loads((Path(__file__).parent / "recorded" / "classification.json").read_text())
LOSSES = tuple(kind() for kind in MULTICLASS_LOSSES)
SMOOTH = tuple(loss for loss in LOSSES if not loss.properties.kinks)
GRID = Grid.regular((-2.0, 3.0), (-1.5, 2.0), 9, 7)

every_loss = pytest.mark.parametrize("loss", LOSSES, ids=repr)
every_smooth_loss = pytest.mark.parametrize("loss", SMOOTH, ids=repr)


def cloud(n=24, classes=3, seed=0, spread=1.2):
    rng = np.random.default_rng(seed)
    label = np.arange(n) % classes
    angle = 2 * np.pi * label / classes
    return spread * np.column_stack([np.cos(angle), np.sin(angle)]) + rng.normal(size=(n, 2)), label


def model(loss, classes=3, **knobs):
    return SoftmaxRegression(*cloud(classes=classes), loss, **{"strength": 0.05, **knobs})


def weights(classes=3, seed=1, size=1.0):
    return size * np.random.default_rng(seed).normal(size=(classes, 3))


# The cost ----------------------------------------------------------------------------------------


@every_loss
def test_the_cost_is_the_mean_loss_and_the_penalty(loss):
    own, at = model(loss, origin=(0.5, -1.0)), weights()
    logits = (own.x - [0.5, -1.0]) @ at[:, :2].T + at[:, 2]
    numbered = type(loss) in (SparseCategoricalCrossEntropy, MulticlassHinge)
    target = own.label if numbered else np.eye(3)[own.label]
    mean = loss.value(logits, target).mean()
    assert own.value(at) == pytest.approx(mean + 0.05 * (at[:, :2] ** 2).sum(), rel=1e-13)
    np.testing.assert_allclose(own.probability(at), softmax(logits, axis=1), rtol=1e-12)
    np.testing.assert_array_equal(own.called(at), logits.argmax(axis=1))


@every_smooth_loss
def test_derivatives_tell_how_cost_and_gradient_change(loss):
    own, at = model(loss, classes=4), weights(4)
    hessian = own.hessian(at)
    rng = np.random.default_rng(2)
    for _ in range(3):
        way, other = rng.normal(size=(2, 4, 3))
        along = slope(lambda t, way=way: own.value(at + t * way), 0.02)
        assert (own.gradient(at) * way).sum() == pytest.approx(along, rel=1e-8)
        bend = slope(
            lambda t, way=way, other=other: float((own.gradient(at + t * way) * other).sum()), 0.02
        )
        assert other.ravel() @ hessian @ way.ravel() == pytest.approx(bend, rel=1e-7, abs=1e-9)


def test_what_all_classes_share_costs_nothing_but_the_penalty():
    own = model(CategoricalCrossEntropy(), strength=0.0)
    moved = weights() + np.array([3.0, -2.0, 5.0])
    assert own.value(moved) == pytest.approx(own.value(weights()), rel=1e-13)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"x": np.zeros((6, 3))}, "two features"),
        ({"label": [0, 1]}, "two features"),
        ({"x": np.full((6, 2), np.inf)}, "not finite"),
        ({"origin": (1.0,)}, "no pair"),
        ({"label": [0, 0, 0, 0, 0, 0]}, "1 classes, expected 2 to 10"),
        ({"label": [0, 1, 2, 3, 4, 10]}, "11 classes"),
        ({"label": [0, 1, 2, -1, 0, 1]}, "no class number"),
        ({"label": [0, 1, 2, 0.5, 0, 1]}, "no class number"),
        ({"label": [0, 1, 2, math.nan, 0, 1]}, "no class number"),
        ({"classes": 2}, "2 classes"),
    ],
)
def test_bad_data_are_refused_by_name(wrong, told):
    x, label = cloud(6)
    with pytest.raises(ObjectiveError, match=told):
        SoftmaxRegression(**{"x": x, "label": label, "loss": CategoricalCrossEntropy(), **wrong})


def test_bad_weights_axes_and_strengths_are_refused():
    own = model(CategoricalCrossEntropy())
    with pytest.raises(ParameterError, match="strength"):
        model(CategoricalCrossEntropy(), strength=-0.1)
    with pytest.raises(ObjectiveError, match=r"expected \(3, 3\)"):
        own.value(np.zeros((2, 3)))
    for axes in (((0, "w1"), (0, "w1")), ((0, "w1"), (3, "b")), ((0, "w1"), (1, "w"))):
        with pytest.raises(ObjectiveError, match="axes"):
            own.slice(axes)
    with pytest.raises(ObjectiveError, match="not finite"):
        own.slice(((0, "w1"), (0, "b")), np.full((3, 3), np.nan))


# Slices ------------------------------------------------------------------------------------------

PAIRS = [
    ((0, "w1"), (0, "w2")),
    ((1, "w2"), (1, "b")),
    ((0, "w1"), (2, "b")),
    ((2, "w1"), (1, "w2")),
    ((1, "b"), (0, "b")),
]


@every_loss
@pytest.mark.parametrize("axes", PAIRS, ids=str)
@pytest.mark.parametrize("classes", [2, 3, 5])
def test_a_slice_is_the_cost_with_all_else_held(loss, axes, classes):
    if max(axes)[0] >= classes:
        axes = ((0, axes[0][1]), (1, axes[1][1]))
    own, held = model(loss, classes, origin=(0.25, 0.0)), weights(classes)
    part = own.slice(axes, held)
    z = part.landscape(GRID).z
    rows, columns = [k for k, _ in axes], [COLUMNS.index(name) for _, name in axes]
    for i, j in ((0, 0), (3, 5), (6, 8)):
        place = (GRID.x[j], GRID.y[i])
        full = held.copy()
        full[rows, columns] = place
        assert part.value(place) == own.value(full)
        assert z[i, j] == pytest.approx(own.value(full), rel=1e-9)
        np.testing.assert_array_equal(part.gradient(place), own.gradient(full)[rows, columns])
        flat = [3 * k + c for k, c in zip(rows, columns, strict=True)]
        np.testing.assert_array_equal(part.hessian(place), own.hessian(full)[np.ix_(flat, flat)])
    assert part.convex == loss.properties.convex


@every_loss
def test_costs_far_out_keep_their_digits(loss):
    own = model(loss, strength=0.0)
    for size in (1e-3, 30.0, 1e3, 1e6):
        part = own.slice(((0, "w1"), (1, "w2")), weights(size=size))
        z = part.landscape(Grid(size * GRID.x, size * GRID.y)).z
        for i, j in ((0, 0), (3, 5), (6, 8)):
            expected = part.value((size * GRID.x[j], size * GRID.y[i]))
            assert z[i, j] == pytest.approx(expected, rel=1e-9, abs=1e-13)


def test_almost_perfect_probabilities_cost_what_is_left():
    x, label = np.array([[1.0, 0.0], [-1.0, 0.0]]), [0, 1]
    for loss in (CategoricalCrossEntropy(), MulticlassFocal(1.0), MulticlassBrier()):
        part = SoftmaxRegression(x, label, loss).slice(((0, "w1"), (1, "w1")))
        z = part.landscape(Grid(np.array([20.0, 50.0]), np.array([-50.0, -20.0]))).z
        assert z[1, 0] == pytest.approx(part.value((20.0, -20.0)), rel=1e-9)
        assert 0.0 < z[0, 1] < 1e-40


@every_loss
def test_overflow_is_infinite_and_never_nan(loss):
    part = model(loss).slice(((0, "w1"), (1, "w2")))
    far = part.values(np.array([[1e308, 1e308], [-1e308, 1e308], [1e200, -1e200]]))
    assert not np.isnan(far).any()
    assert part.value((1e308, 1e308)) == math.inf


def test_long_tables_pass_in_blocks():
    own = SoftmaxRegression(*cloud(20_000), CategoricalCrossEntropy())
    part = own.slice(((0, "w1"), (1, "w2")), weights())
    points = np.array([[1.0, 2.0], [0.5, -0.5], [0.0, 0.0]])
    np.testing.assert_allclose(part.values(points), [part.value(p) for p in points], rtol=1e-12)


# Fits --------------------------------------------------------------------------------------------


def assert_no_neighbour_is_better(own, found, slack=1e-10):
    rng = np.random.default_rng(0)
    near = rng.normal(size=(200, *found.weights.shape)) * np.geomspace(1e-6, 1, 200)[:, None, None]
    lowest = min(own.value(found.weights + step) for step in near)
    assert found.value <= lowest * (1 + slack) + 1e-14


@every_loss
@pytest.mark.parametrize("name", multiclass_datasets())
@pytest.mark.parametrize("strength", [0.0, 0.01])
def test_nothing_beside_a_fit_costs_less(loss, name, strength):
    data = labelled(name)
    own = SoftmaxRegression(data.x, data.label, loss, strength=strength)
    found = fit(own)
    assert found.sentence == found.outcome.value
    assert found.infimum <= found.value == own.value(found.weights)
    np.testing.assert_allclose(found.weights.sum(axis=0), 0.0, atol=1e-9)
    if found.has_minimum:
        rounded = isinstance(loss, MulticlassHinge) and strength > 0
        assert_no_neighbour_is_better(own, found, 1e-4 if rounded else 1e-10)
    if found.outcome is SoftmaxOutcome.FOUND:
        assert np.abs(own.gradient(found.weights)).max() < 1e-12


def test_outcomes_have_names():
    def outcome(name, loss, strength=0.0):
        data = labelled(name)
        return fit(SoftmaxRegression(data.x, data.label, loss, strength=strength)).outcome

    entropy = CategoricalCrossEntropy()
    assert outcome("three", entropy) is SoftmaxOutcome.FOUND
    assert outcome("ring", entropy) is SoftmaxOutcome.FOUND
    assert outcome("three-separable", entropy) is SoftmaxOutcome.SEPARABLE
    assert outcome("three-separable", MulticlassFocal()) is SoftmaxOutcome.SEPARABLE
    assert outcome("three-separable", entropy, 0.01) is SoftmaxOutcome.FOUND
    assert outcome("three-separable", LabelSmoothing()) is SoftmaxOutcome.FOUND
    assert outcome("iris-3", entropy) is SoftmaxOutcome.TOUCHING
    assert outcome("three", MulticlassBrier()) is SoftmaxOutcome.RUNS_AWAY
    assert outcome("three", MulticlassBrier(), 0.01) is SoftmaxOutcome.SEVERAL
    assert outcome("three-separable", MulticlassHinge()) is SoftmaxOutcome.LOWEST


def test_classes_apart_cost_the_hinge_nothing():
    data = labelled("three-separable")
    found = fit(SoftmaxRegression(data.x, data.label, MulticlassHinge(2.0)))
    assert found.value == pytest.approx(0.0, abs=1e-12)


def test_however_narrow_the_gap_the_hinge_costs_nothing():
    for gap in (0.3, 0.01, 0.003, 0.001):
        x = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, gap], [1.0, gap], [0.5, -3.0]])
        own = SoftmaxRegression(x, [0, 0, 1, 1, 2], MulticlassHinge())
        assert fit(own).value == pytest.approx(0.0, abs=1e-9)


def test_twice_the_margin_costs_the_hinge_twice_as_much():
    x, label = cloud()
    costs = [fit(SoftmaxRegression(x, label, MulticlassHinge(m))).value for m in (1.0, 2.0)]
    assert costs[1] == pytest.approx(2 * costs[0], rel=1e-9)


def test_larger_weights_cost_less_where_classes_are_apart():
    data = labelled("three-separable")
    own = SoftmaxRegression(data.x, data.label, CategoricalCrossEntropy())
    found = fit(own)
    costs = [own.value(k * found.weights) for k in (1, 2, 5, 20)]
    assert costs == sorted(costs, reverse=True)
    assert found.infimum == 0.0
    assert costs[-1] < 1e-6


def test_two_classes_are_the_logistic_fit():
    x, label = cloud(30, classes=2, spread=0.7)
    two = fit_two(LinearClassifier(x, label, LogisticLoss(), strength=0.02))
    both = fit(SoftmaxRegression(x, label, CategoricalCrossEntropy(), strength=0.04))
    np.testing.assert_allclose(both.weights[1] - both.weights[0], two.theta, rtol=1e-8)
    assert both.value == pytest.approx(two.value, rel=1e-12)


def test_one_class_alone_has_nothing_to_tell_apart():
    x, _ = cloud(6)
    own = SoftmaxRegression(x, np.ones(6), CategoricalCrossEntropy(), classes=3)
    found = fit(own)
    assert found.outcome is SoftmaxOutcome.ONE_CLASS
    assert (own.called(found.weights) == 1).all()


@every_loss
def test_moving_and_scaling_the_features_moves_the_fit_along(loss):
    x, label = cloud()
    plain = fit(SoftmaxRegression(x, label, loss))
    moved = fit(SoftmaxRegression(x * [10.0, 0.1] + [50.0, -3.0], label, loss))
    near = fit(SoftmaxRegression(x + 50.0, label, loss, origin=(50.0, 50.0)))
    assert moved.outcome is near.outcome is plain.outcome
    assert moved.infimum == pytest.approx(plain.infimum, rel=1e-5)
    np.testing.assert_allclose(near.weights, plain.weights, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("strength", [0.0, 0.01, 0.3])
def test_the_hinge_of_two_classes_is_the_binary_one(strength):
    from core.losses import Hinge

    x, label = cloud(20, classes=2, spread=0.5)
    two = fit_two(LinearClassifier(x, label, Hinge(), strength=strength))
    both = fit(SoftmaxRegression(x, label, MulticlassHinge(), strength=2 * strength))
    assert both.value == pytest.approx(two.value, abs=2e-5)
    assert both.value >= two.value - 1e-12


@pytest.mark.parametrize(
    "one", RECORDED["several"], ids=lambda one: f"{one['data']}-{one['strength']}"
)
def test_scikit_learn_fits_the_same(one):
    data = RECORDED["data"][one["data"]]
    loss = CategoricalCrossEntropy()
    own = SoftmaxRegression(data["x"], data["label"], loss, strength=one["strength"])
    found = fit(own)
    np.testing.assert_allclose(found.weights, one["weights"], atol=2e-5)
    assert own.losses(np.array(one["weights"])).mean() == pytest.approx(one["loss"], rel=1e-12)
    np.testing.assert_allclose(own.probability(found.weights)[:5], one["probability"], atol=1e-5)
    matrix = confusion_matrix(data["label"], own.called(found.weights), own.count)
    np.testing.assert_array_equal(matrix, one["confusion"])


@every_loss
@pytest.mark.parametrize("name", ["three", "three-separable"])
@pytest.mark.parametrize("strength", [0.0, 0.01])
def test_a_fit_that_is_followed_ends_where_a_search_does(loss, name, strength):
    data = labelled(name)
    x = np.array(data.x)
    near = fit(SoftmaxRegression(x, data.label, loss, strength, 3))
    for step in (0.05, -0.03):
        x[3] += step
        model = SoftmaxRegression(x, data.label, loss, strength, 3)
        searched, near = fit(model), fit(model, near)
        assert near.outcome is searched.outcome
        assert near.has_minimum == searched.has_minimum
        assert near.value == pytest.approx(searched.value, rel=1e-5, abs=1e-6)
        np.testing.assert_allclose(near.weights, searched.weights, rtol=1e-3, atol=2e-3)


def test_a_near_fit_of_other_classes_or_far_away_is_of_no_use():
    data = labelled("three")
    near = fit(SoftmaxRegression(data.x, data.label, MulticlassBrier(), 0.01, 4))
    model = SoftmaxRegression(data.x, data.label, MulticlassBrier(), 0.01, 3)
    assert fit(model, near).value == fit(model).value
    one = SoftmaxRegression(data.x, np.zeros(len(data.x)), MulticlassHinge(), 0.01, 3)
    assert fit(one, fit(model)).outcome is SoftmaxOutcome.ONE_CLASS


def test_a_hinge_that_costs_nothing_is_followed_only_while_it_does(monkeypatch):
    data = labelled("three-separable")
    apart = SoftmaxRegression(data.x, data.label, MulticlassHinge(), 0.0, 3)
    near, x = fit(apart), np.array(data.x)
    x[0] = data.x[data.label == 2].mean(axis=0)
    mixed = SoftmaxRegression(x, data.label, MulticlassHinge(), 0.0, 3)
    assert fit(mixed, near).value == fit(mixed).value > 0
    monkeypatch.setattr(softmax_fit, "_found", lambda *_: pytest.fail("searched"))
    assert fit(apart, near).value == 0


def test_ten_classes_are_fitted():
    own = SoftmaxRegression(*cloud(80, classes=10, spread=3.0), SparseCategoricalCrossEntropy())
    kept = dataclasses.replace(own, strength=0.01)
    assert fit(kept).outcome is SoftmaxOutcome.FOUND
    assert fit(kept).weights.shape == (10, 3)


# Regions -----------------------------------------------------------------------------------------


def test_regions_are_where_a_logit_is_the_largest():
    at = weights(4)
    found = regions(at, GRID, origin=(0.5, 0.25))
    for i, j in itertools.product(range(7), range(9)):
        logits = at[:, :2] @ (GRID.x[j] - 0.5, GRID.y[i] - 0.25) + at[:, 2]
        assert found.winner[i, j] == logits.argmax()
        assert found.probability[i, j] == pytest.approx(softmax(logits).max(), rel=1e-12)


# One row -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("temperature", [0.1, 1.0, 7.0])
@pytest.mark.parametrize("logits", [(1.0, 2.0, 3.0), (-500.0, -501.0), (0.0, 0.0, 0.0, 5.0)])
def test_the_steps_lead_to_softmax(logits, temperature):
    found = softmax_steps(logits, temperature)
    scaled = np.array(logits) / temperature
    np.testing.assert_allclose(found.scaled, scaled)
    assert found.largest == scaled.max()
    np.testing.assert_allclose(found.shifted, scaled - scaled.max())
    np.testing.assert_allclose(found.powers, np.exp(found.shifted))
    assert found.total == pytest.approx(found.powers.sum())
    assert found.log_sum == pytest.approx(logsumexp(scaled), rel=1e-14)
    np.testing.assert_allclose(found.probability, softmax(scaled), rtol=1e-13)
    if found.naive is not None:
        np.testing.assert_allclose(found.naive, found.probability, rtol=1e-10)


@pytest.mark.parametrize(
    ("logits", "temperature", "trouble"),
    [
        ((709.0, 0.0), 1.0, NaiveTrouble.NONE),
        ((710.0, 0.0), 1.0, NaiveTrouble.OVERFLOW),
        ((709.5, 709.5), 1.0, NaiveTrouble.OVERFLOW),
        ((71.0, 0.0), 0.1, NaiveTrouble.OVERFLOW),
        ((-746.0, -800.0), 1.0, NaiveTrouble.UNDERFLOW),
        ((-740.0, -800.0), 1.0, NaiveTrouble.NONE),
    ],
)
def test_the_plain_formula_fails_by_name(logits, temperature, trouble):
    found = softmax_steps(logits, temperature)
    assert found.trouble is trouble
    assert (found.naive is None) == (trouble is not NaiveTrouble.NONE)
    assert np.isfinite(found.probability).all()
    assert found.probability.sum() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("logits", "temperature"),
    [((1.0,), 1.0), (((1.0, 2.0),), 1.0), ((1.0, math.nan), 1.0), ((1.0, 2.0), 0.0),
     ((1.0, 2.0), math.inf), ((1e300, 2.0), 1e-300)],
)  # fmt: skip
def test_a_row_that_has_no_softmax_is_refused(logits, temperature):
    with pytest.raises(DomainError, match="softmax_steps"):
        softmax_steps(logits, temperature)


@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("epsilon", [0.01, 0.1, 0.5])
def test_the_best_lead_is_where_smoothed_labels_cost_least(classes, epsilon):
    loss = LabelSmoothing(epsilon)
    lead = best_lead(loss, classes)
    assert lead == pytest.approx(math.log((1 - epsilon + epsilon / classes) / (epsilon / classes)))
    logits = np.zeros(classes)
    logits[0] = lead
    np.testing.assert_allclose(loss.gradient(logits, np.eye(classes)[0]), 0.0, atol=1e-15)
    at = loss.value(logits, np.eye(classes)[0])
    for other in (lead - 0.01, lead + 0.01):
        logits[0] = other
        assert loss.value(logits, np.eye(classes)[0]) > at


def test_without_smoothing_no_lead_is_best():
    assert best_lead(LabelSmoothing(0.0), 3) == math.inf
