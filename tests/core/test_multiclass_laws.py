"""Laws of the multiclass losses, each run over the registry at several settings."""

import ast
import dataclasses
import functools
import inspect
import itertools
import math
import tracemalloc
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from scipy import optimize, special, stats

from core.declare import ParameterError, parameters
from core.losses.base import Array
from core.losses.domain import CLASSES, SIMPLEX, DomainError
from core.losses.margin import (
    Brier,
    Focal,
    Hinge,
    LogisticLoss,
    MarginLoss,
    SmoothedLogisticLoss,
)
from core.losses.multiclass import (
    MULTICLASS_LOSSES,
    CategoricalCrossEntropy,
    LabelSmoothing,
    MulticlassBrier,
    MulticlassFocal,
    MulticlassHinge,
    MulticlassLoss,
    SparseCategoricalCrossEntropy,
    target_bytes,
)
from tests.core.laws import (
    above_chord,
    assert_convex_or_witnessed,
    assert_described,
    assert_gradient,
    assert_hessian,
    assert_section,
    witnesses,
)

LOSSES: tuple[MulticlassLoss, ...] = (
    CategoricalCrossEntropy(),
    SparseCategoricalCrossEntropy(),
    LabelSmoothing(epsilon=0.0),
    LabelSmoothing(),
    LabelSmoothing(epsilon=0.6),
    MulticlassHinge(margin=0.5),
    MulticlassHinge(),
    MulticlassHinge(margin=3.0),
    MulticlassFocal(gamma=0.0),
    MulticlassFocal(gamma=0.1),
    MulticlassFocal(gamma=0.5),
    MulticlassFocal(gamma=1.0),
    MulticlassFocal(),
    MulticlassFocal(gamma=5.0),
    MulticlassBrier(),
)
SMOOTH = [loss for loss in LOSSES if not isinstance(loss, MulticlassHinge)]
CURVES = ("value", "gradient", "hessian")
SIZES = (2, 3, 7)

every_loss = pytest.mark.parametrize("loss", LOSSES, ids=repr)
every_smooth_loss = pytest.mark.parametrize("loss", SMOOTH, ids=repr)
every_class = pytest.mark.parametrize("cls", MULTICLASS_LOSSES)
every_curve = pytest.mark.parametrize("curve", CURVES)


def numbered(loss: MulticlassLoss) -> bool:
    return loss.arguments[1].domain is CLASSES


def certain(loss: MulticlassLoss, true: Array | int, classes: int) -> Array:
    """Return the targets that say which class is true."""
    return np.asarray(true) if numbered(loss) else np.eye(classes)[true]


def targets(loss: MulticlassLoss, random: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Return targets for logits of that shape: class numbers, or rows both certain and not."""
    true = random.integers(shape[-1], size=shape[:-1])
    if numbered(loss):
        return true
    soft = random.dirichlet(np.ones(shape[-1]), size=shape[:-1])
    return np.where(random.random(shape[:-1])[..., None] < 0.5, soft, np.eye(shape[-1])[true])


def samples(
    loss: MulticlassLoss, seed: int, count: int, classes: int, scale: float = 2.0
) -> tuple[Array, Array]:
    """Return logits and targets, for a hinge none of them near a kink."""
    random = np.random.default_rng(seed)
    logits = scale * random.normal(size=(count, classes))
    target = targets(loss, random, logits.shape)
    if isinstance(loss, MulticlassHinge):
        logits, target = away_from_kinks(loss, logits, target)
    return logits, target


def away_from_kinks(loss: MulticlassHinge, logits: Array, target: Array) -> tuple[Array, Array]:
    others = logits.copy()
    others[np.arange(len(logits)), target] = -np.inf
    lead = logits[np.arange(len(logits)), target] - others.max(axis=1)
    ordered = np.sort(others, axis=1)
    clear = (np.abs(lead - loss.margin) > 0.3) & (ordered[:, -1] - ordered[:, -2] > 0.3)
    return logits[clear], target[clear]


def leads(low: float = -45.0, high: float = 25.0) -> Array:
    """Return logits of two classes, the first of which leads by ever more."""
    lead = np.linspace(low, high, 70_001)
    return np.stack((lead, np.zeros_like(lead)), axis=-1)


def sizes(gradient: Array) -> Array:
    return np.linalg.norm(gradient, axis=-1)


# The three curves belong together.


@every_loss
@pytest.mark.parametrize("classes", SIZES)
def test_gradient_tells_the_slope_of_the_value(loss: MulticlassLoss, classes: int) -> None:
    logits, target = samples(loss, 1, 40, classes)
    for seed in range(3):
        direction = np.random.default_rng(seed).normal(size=logits.shape)
        assert_gradient(loss, (logits, target), (direction,), width=0.03)


@every_loss
@pytest.mark.parametrize("classes", SIZES)
def test_hessian_tells_how_the_gradient_changes(loss: MulticlassLoss, classes: int) -> None:
    logits, target = samples(loss, 2, 25, classes)
    for seed in range(2):
        direction = np.random.default_rng(seed).normal(size=logits.shape)
        assert_hessian(loss, (logits, target), direction, width=0.03)


@every_loss
def test_a_loss_is_never_negative(loss: MulticlassLoss) -> None:
    for classes, scale in itertools.product(SIZES, (1e-3, 1.0, 30.0, 1e5)):
        assert np.all(loss.value(*samples(loss, 3, 100, classes, scale)) >= 0.0)


@every_loss
def test_raising_all_logits_alike_changes_nothing(loss: MulticlassLoss) -> None:
    logits, target = samples(loss, 4, 50, 5)
    for curve in CURVES:
        of = getattr(loss, curve)
        found, raised = of(logits, target), of(logits + 64.0, target)
        np.testing.assert_allclose(raised, found, rtol=1e-11, atol=1e-12)


@every_loss
def test_slopes_and_curvatures_of_a_row_cancel(loss: MulticlassLoss) -> None:
    logits, target = samples(loss, 5, 50, 5)
    np.testing.assert_allclose(loss.gradient(logits, target).sum(axis=-1), 0.0, atol=1e-14)
    hessian = loss.hessian(logits, target)
    np.testing.assert_allclose(hessian.sum(axis=-1), 0.0, atol=1e-13)
    np.testing.assert_allclose(hessian, np.swapaxes(hessian, -1, -2), rtol=1e-12, atol=1e-15)


@every_loss
def test_permuting_the_classes_alike_changes_nothing(loss: MulticlassLoss) -> None:
    assert loss.properties.symmetric
    logits, target = samples(loss, 6, 50, 5)
    logits = np.concatenate((logits, np.zeros((5, 5)), np.tile([2.0, 2.0, 0.0, 0.0, 1.0], (5, 1))))
    target = np.concatenate((target, certain(loss, np.arange(10) % 5, 5)))
    order = np.array([3, 0, 4, 1, 2])
    moved = np.argsort(order)[target] if numbered(loss) else target[:, order]
    np.testing.assert_allclose(
        loss.value(logits[:, order], moved), loss.value(logits, target), rtol=1e-13
    )
    np.testing.assert_allclose(
        loss.gradient(logits[:, order], moved),
        loss.gradient(logits, target)[:, order],
        rtol=1e-12,
        atol=1e-15,
    )


# The constants.


@every_loss
def test_lipschitz_constant_bounds_the_slope(loss: MulticlassLoss) -> None:
    claimed = loss.properties.lipschitz * (1.0 + 1e-12)
    for classes, scale in itertools.product((2, 3, 5, 50, 1000), (0.5, 2.0, 8.0, 40.0)):
        logits, target = samples(loss, 7, 60 if classes < 100 else 10, classes, scale)
        assert np.all(sizes(loss.gradient(logits, target)) <= claimed)
    assert np.max(steepness_of_two(loss)) <= claimed


def steepness_of_two(loss: MulticlassLoss) -> Array:
    logits = leads()
    true = certain(loss, np.zeros(len(logits), dtype=int), 2)
    return sizes(loss.gradient(logits, true))


@every_loss
def test_lipschitz_constant_is_approached(loss: MulticlassLoss) -> None:
    claimed = loss.properties.lipschitz
    found = float(np.max(steepness_of_two(loss)))
    if isinstance(loss, LabelSmoothing):
        # Ever more classes make it steeper: a wrong one is sure, and each of the rest has its bit.
        wrong, true = np.zeros((2, 1_000_000))
        wrong[1], true[0] = 100.0, 1.0
        found = float(sizes(loss.gradient(wrong, true)))
    assert found == pytest.approx(claimed, rel=3e-7)
    assert loss.properties.robust


def spectra(loss: MulticlassLoss) -> Iterator[Array]:
    """Yield the ends of the curvature at many places, of two classes and of more."""
    for classes, scale in itertools.product((2, 3, 4, 8, 30), (0.3, 1.0, 2.0, 4.0)):
        yield np.linalg.eigvalsh(loss.hessian(*samples(loss, 8, 60, classes, scale)))[:, [0, -1]]
    # Two at the bottom share the blame of a third, or one at the bottom has all of it.
    lead = np.linspace(-12.0, 12.0, 601)
    for rest in ([0.0, 0.0], [0.0, -2.0], [0.0, -60.0]):
        logits = np.concatenate((lead[:, None], np.tile(rest, (lead.size, 1))), axis=1)
        for true in (0, 1):
            target = certain(loss, np.full(lead.size, true), 3)
            yield np.linalg.eigvalsh(loss.hessian(logits, target))[:, [0, -1]]


@every_smooth_loss
def test_smoothness_bounds_the_curvature_and_is_approached(loss: MulticlassLoss) -> None:
    claimed = loss.properties.smoothness
    found = max(float(np.max(np.abs(ends))) for ends in spectra(loss))
    assert found <= claimed * (1.0 + 1e-12)
    lead = np.linspace(-4.0, 4.0, 40_001)
    logits = np.stack((lead, np.zeros_like(lead)), axis=-1)
    of_two = 2.0 * loss.hessian(logits, certain(loss, 0 * lead.astype(int), 2))[:, 0, 0]
    assert claimed * (1.0 - 1e-8) <= np.max(np.abs(of_two)) <= claimed * (1.0 + 1e-12)


@pytest.mark.parametrize("classes", [3, 5])
@pytest.mark.parametrize(
    "loss", [CategoricalCrossEntropy(), MulticlassFocal(0.5), MulticlassFocal(), MulticlassBrier()]
)
def test_more_classes_are_never_steeper_or_more_curved_than_two(
    loss: MulticlassLoss, classes: int
) -> None:
    true = certain(loss, 0, classes)

    def slope(logits: Array) -> float:
        return -float(sizes(loss.gradient(logits, true)))

    def curvature(logits: Array) -> float:
        return -float(np.max(np.abs(np.linalg.eigvalsh(loss.hessian(logits, true)))))

    for seed in range(2):
        start = 2.0 * np.random.default_rng(seed).normal(size=classes)
        options = {"maxiter": 250}
        steep = optimize.minimize(slope, start, method="Nelder-Mead", options=options)
        curved = optimize.minimize(curvature, start, method="Nelder-Mead", options=options)
        assert -steep.fun <= loss.properties.lipschitz * (1.0 + 1e-12)
        assert -curved.fun <= loss.properties.smoothness * (1.0 + 1e-12)


@pytest.mark.parametrize("loss", [loss for loss in LOSSES if loss not in SMOOTH], ids=repr)
def test_the_slope_of_a_hinge_jumps_so_its_gradient_has_no_slowest_change(
    loss: MulticlassLoss,
) -> None:
    assert loss.properties.smoothness == math.inf
    assert not loss.properties.smooth
    for step in (1e-3, 1e-6, 1e-9):
        before, after = (loss.gradient([loss.margin + side * step, 0.0], 0) for side in (-1.0, 1.0))
        assert np.linalg.norm(after - before) / step > 0.7 / step


@every_loss
def test_curvature_is_zero_where_all_logits_rise_and_nowhere_below_zero_if_convex(
    loss: MulticlassLoss,
) -> None:
    assert loss.properties.strong_convexity == 0.0
    lowest = min(float(np.min(ends)) for ends in spectra(loss))
    if loss.properties.convex:
        assert lowest >= -1e-12
    assert lowest <= 1e-12


def chords(loss: MulticlassLoss) -> Iterator[tuple[list[Array], list[Array]]]:
    random = np.random.default_rng(9)
    for classes, scale in itertools.product((2, 3, 6), (0.5, 3.0, 30.0)):
        for _ in range(25):
            first, second = scale * random.normal(size=(2, classes))
            target = targets(loss, random, (classes,))
            yield [first, target], [second, target]


@every_loss
def test_a_convex_loss_lies_below_its_chords_and_any_other_shows_a_witness(
    loss: MulticlassLoss,
) -> None:
    assert_convex_or_witnessed(loss, chords(loss))
    if loss.properties.convex:
        assert loss.properties.held == ()
        return
    SIMPLEX.checked("here", "held", loss.properties.held[0])
    first, second = witnesses(loss)
    assert above_chord(loss, first, second) > 1e-7
    beside = [
        0.02 * np.asarray(a) + 0.98 * np.asarray(b) for a, b in zip(first, second, strict=True)
    ]
    assert np.linalg.eigvalsh(loss.hessian(*beside))[0] < 0.0


@pytest.mark.parametrize("gamma", [0.04, 0.06, 0.3, 1.5, 3.0, 20.0, 1e3])
def test_focal_has_a_hollow_beyond_its_steepest_lead_whatever_gamma(gamma: float) -> None:
    loss = MulticlassFocal(gamma)
    steepest = loss.properties.witness[1][0]
    found = optimize.minimize_scalar(
        lambda lead: float(loss.gradient([lead, 0.0], [1.0, 0.0])[0]),
        bounds=(steepest - 3.0, steepest + 3.0),
        method="bounded",
        options={"xatol": 1e-10},
    )
    assert -math.sqrt(2.0) * found.fun == pytest.approx(loss.properties.lipschitz, rel=1e-12)
    if gamma > 0.1:
        assert found.x == pytest.approx(steepest, abs=1e-4)
    assert above_chord(loss, *witnesses(loss)) > 0.0


@every_loss
def test_the_gradient_jumps_along_the_section_exactly_at_the_declared_kinks(
    loss: MulticlassLoss,
) -> None:
    section, kinks = loss.section, loss.properties.kinks
    x = np.linspace(-6.0, 6.0, 24_002)
    step = np.abs(np.diff(section.gradient(x)))
    near = np.zeros(step.shape, dtype=bool)
    for kink in kinks:
        near |= (x[:-1] <= kink) & (kink <= x[1:])
        before, after = section.gradient(np.array([kink - 1e-9, kink + 1e-9]))
        assert after - before >= 0.5
        assert before <= section.gradient(np.array([kink]))[0] <= after
    assert np.all(step[~near] <= 1.2 * (x[1] - x[0]))
    assert near.sum() == len(kinks)


@every_loss
def test_the_bound_holds_and_is_approached(loss: MulticlassLoss) -> None:
    wrong = np.array([[-size, 0.0, 0.0] for size in (1e1, 1e2, 1e4, 1e100, 1e300)])
    found = loss.value(wrong, certain(loss, np.zeros(5, dtype=int), 3))
    bound = loss.properties.bound
    if math.isinf(bound):
        assert np.all(np.diff(found) > 0.0)
        assert found[-1] > 1e299
        return
    of_two = loss.value(leads(), certain(loss, np.zeros(70_001, dtype=int), 2))
    assert np.max(of_two) == pytest.approx(bound, rel=1e-12)
    for classes, scale in itertools.product((2, 3, 50), (0.5, 5.0, 50.0, 1e5)):
        assert np.all(loss.value(*samples(loss, 10, 200, classes, scale)) <= bound)
    assert loss.properties.bounded


@pytest.mark.parametrize("below", [-1e-16, -5e-9])
@pytest.mark.parametrize("loss", [loss for loss in LOSSES if not loss._numbered], ids=repr)
def test_a_target_a_rounding_below_0_counts_as_0(loss: MulticlassLoss, below: float) -> None:
    logits, clean = [2.0, -1.0, 0.5], [0.4, 0.6, 0.0]
    for curve in (loss.value, loss.gradient, loss.hessian):
        np.testing.assert_array_equal(curve(logits, [0.4, 0.6, below]), curve(logits, clean))


@every_loss
def test_a_redescending_pull_falls_back_to_zero_and_no_other_does(
    loss: MulticlassLoss,
) -> None:
    lags = np.array([0.0, 1.0, 10.0, 100.0, 700.0, 1e5])
    logits = np.stack((-lags, np.zeros(6), np.ones(6)), axis=-1)
    pull = sizes(loss.gradient(logits, certain(loss, np.zeros(6, dtype=int), 3)))
    assert (pull[-1] == 0.0) == loss.properties.redescending
    assert (pull[-1] >= 0.2) == (not loss.properties.redescending)


def test_the_brier_score_lets_the_true_class_go_but_not_the_others_unless_they_are_level() -> None:
    assert MulticlassBrier.__doc__
    assert "the others pull at each other until" in MulticlassBrier.__doc__
    gone = MulticlassBrier().gradient([-1e3, 0.0, 1.0], [1.0, 0.0, 0.0])
    assert gone[0] == 0.0
    assert gone[1] < -0.1 < 0.1 < gone[2]
    np.testing.assert_array_equal(MulticlassBrier().gradient([-1e3, 0.0, 0.0], [1.0, 0, 0]), 0.0)


# What makes the expected loss smallest.

TRUTHS = np.array(
    [
        [0.7, 0.2, 0.1],
        [0.4, 0.3, 0.3],
        [0.15, 0.45, 0.4],
        [0.05, 0.9, 0.05],
        [0.34, 0.33, 0.33],
        [0.01, 0.02, 0.97],
    ]
)


def expected(loss: MulticlassLoss, truth: Array, logits: Array) -> float:
    """Return the loss that logits cost on average when the class is drawn from the truth."""
    classes = len(truth)
    each = loss.value(np.tile(logits, (classes, 1)), certain(loss, np.arange(classes), classes))
    return float(truth @ each)


def expected_slope(loss: MulticlassLoss, truth: Array, logits: Array) -> Array:
    classes = len(truth)
    rows = np.tile(logits, (classes, 1))
    return truth @ loss.gradient(rows, certain(loss, np.arange(classes), classes))


def best(loss: MulticlassLoss, truth: Array) -> Array:
    """Return the logits of the lowest expected loss found from several starts."""
    return lowest_of_starts(loss, tuple(truth.tolist()))


@functools.cache
def lowest_of_starts(loss: MulticlassLoss, shares: tuple[float, ...]) -> Array:
    truth = np.array(shares)
    starts = [np.zeros(len(truth)), *np.random.default_rng(12).normal(size=(2, len(truth)))]
    found = [
        optimize.minimize(
            lambda at: expected(loss, truth, at),
            start,
            jac=lambda at: expected_slope(loss, truth, at),
            method="BFGS",
            options={"gtol": 1e-9},
        )
        for start in starts
    ]
    lowest = min(found, key=lambda one: one.fun)
    return np.asarray(lowest.x - lowest.x.mean())


every_truth = pytest.mark.parametrize("truth", TRUTHS, ids=str)


@every_smooth_loss
def test_a_calibrated_loss_puts_the_likeliest_class_first(loss: MulticlassLoss) -> None:
    assert loss.properties.calibrated is True
    for truth in TRUTHS:
        logits = best(loss, truth)
        assert np.argmax(logits) == np.argmax(truth)
        ordered = np.sort(logits)
        assert ordered[-1] - ordered[-2] > 1e-3


@every_smooth_loss
def test_a_proper_loss_is_lowest_at_the_truth_and_no_other_is(loss: MulticlassLoss) -> None:
    told = loss.properties
    misses = []
    for truth in TRUTHS:
        found = loss.probability(best(loss, truth))
        misses.append(float(np.max(np.abs(found - truth))))
        honest = expected(loss, truth, np.log(truth))
        others = np.log(np.random.default_rng(13).dirichlet(4.0 * truth + 0.5, size=60))
        cheaper = [expected(loss, truth, other) < honest - 1e-12 for other in others]
        if told.proper:
            assert not any(cheaper)
        if told.strictly_proper:
            assert misses[-1] < 1e-6
            away = np.log(truth) + np.array([1e-2, 0.0, -1e-2])
            assert expected(loss, truth, away) > honest
    assert (max(misses) < 1e-6) == told.proper == told.strictly_proper
    if not told.proper:
        truth = TRUTHS[0]
        assert expected(loss, truth, best(loss, truth)) < expected(loss, truth, np.log(truth))


def test_only_losses_that_report_a_probability_are_called_proper_or_not() -> None:
    for loss in LOSSES:
        silent = isinstance(loss, MulticlassHinge)
        assert (loss.properties.proper is None) == silent
        assert (loss.properties.strictly_proper is None) == silent


def lowest_hinge(loss: MulticlassHinge, truth: Array) -> float:
    """Return the lowest expected hinge, by linear programming."""
    return optimize.linprog(*program(loss, truth), bounds=bounds(truth)).fun


def program(loss: MulticlassHinge, truth: Array) -> tuple[Array, Array, Array]:
    """Return cost and constraints in the logits and one slack for each class that may be true."""
    classes = len(truth)
    rows = []
    for true, other in itertools.permutations(range(classes), 2):
        row = np.zeros(2 * classes)
        row[other], row[true], row[classes + true] = 1.0, -1.0, -1.0
        rows.append(row)
    cost = np.concatenate((np.zeros(classes), truth))
    return cost, np.array(rows), np.full(len(rows), -loss.margin)


def bounds(truth: Array) -> list[tuple[float | None, float | None]]:
    return [(None, None)] * (len(truth) - 1) + [(0.0, 0.0)] + [(0.0, None)] * len(truth)


def leads_of_the_best(loss: MulticlassHinge, truth: Array, first: int) -> list[float]:
    """Return how far a class lies before every other, at least and at most, in the best logits."""
    cost, rows, limits = program(loss, truth)
    lowest = lowest_hinge(loss, truth)
    rows, limits = np.vstack((rows, cost)), np.append(limits, lowest + 1e-12)
    ends = []
    for other in set(range(len(truth))) - {first}:
        for sign in (1.0, -1.0):
            lead = np.zeros(2 * len(truth))
            lead[first], lead[other] = sign, -sign
            ends.append(sign * optimize.linprog(lead, rows, limits, bounds=bounds(truth)).fun)
    return ends


every_hinge = pytest.mark.parametrize(
    "loss", [loss for loss in LOSSES if isinstance(loss, MulticlassHinge)], ids=repr
)


@every_hinge
@every_truth
def test_the_hinge_finds_a_majority_and_is_level_without_one(
    loss: MulticlassHinge, truth: Array
) -> None:
    assert loss.properties.calibrated is False
    first, share = int(np.argmax(truth)), float(np.max(truth))
    ends = leads_of_the_best(loss, truth, first)
    if share > 0.5:
        np.testing.assert_allclose(ends, loss.margin, atol=1e-6)
        assert lowest_hinge(loss, truth) == pytest.approx(2.0 * (1.0 - share) * loss.margin)
    else:
        np.testing.assert_allclose(ends, 0.0, atol=1e-6)
        assert lowest_hinge(loss, truth) == pytest.approx(loss.margin)
        assert expected(loss, truth, np.zeros(3)) == pytest.approx(loss.margin)


@every_hinge
def test_without_a_majority_a_lead_of_the_likeliest_class_costs_more_than_a_tie(
    loss: MulticlassHinge,
) -> None:
    truth = np.array([0.4, 0.3, 0.3])
    tie = expected(loss, truth, np.zeros(3))
    for lead in (0.1, 0.5, 1.0):
        led = expected(loss, truth, loss.margin * np.array([lead, 0.0, 0.0]))
        assert led == pytest.approx(tie + 0.2 * lead * loss.margin)


@every_hinge
@pytest.mark.parametrize("share", [0.51, 0.7, 0.99])
def test_of_two_classes_the_hinge_finds_the_likelier(loss: MulticlassHinge, share: float) -> None:
    ends = leads_of_the_best(loss, np.array([1.0 - share, share]), 1)
    np.testing.assert_allclose(ends, loss.margin, atol=1e-6)


def test_the_estimates_say_what_these_laws_find() -> None:
    assert [cls.estimates for cls in MULTICLASS_LOSSES] == [
        "the probability of every class",
        "the probability of every class",
        "the probability of every class, a share ε of it evened out",
        "the class with a majority, if there is one",
        "the order of the classes by probability",
        "the probability of every class",
    ]


@pytest.mark.parametrize(
    "loss", [CategoricalCrossEntropy(), SparseCategoricalCrossEntropy(), MulticlassBrier()]
)
@every_truth
def test_cross_entropies_and_brier_estimate_the_probability_of_every_class(
    loss: MulticlassLoss, truth: Array
) -> None:
    np.testing.assert_allclose(loss.probability(best(loss, truth)), truth, atol=1e-6)


@pytest.mark.parametrize("epsilon", [0.05, 0.3, 0.8])
@every_truth
def test_label_smoothing_estimates_probabilities_with_a_share_evened_out(
    epsilon: float, truth: Array
) -> None:
    loss = LabelSmoothing(epsilon)
    evened = (1.0 - epsilon) * truth + epsilon / 3.0
    np.testing.assert_allclose(loss.probability(best(loss, truth)), evened, atol=1e-6)


@pytest.mark.parametrize("gamma", [0.3, 1.0, 2.0, 5.0])
def test_focal_estimates_the_order_of_the_classes_but_not_how_likely_they_are(gamma: float) -> None:
    loss = MulticlassFocal(gamma)
    for truth in np.random.default_rng(14).dirichlet(np.ones(4), size=4):
        found = loss.probability(best(loss, truth))
        np.testing.assert_array_equal(np.argsort(found), np.argsort(truth))
        assert np.max(np.abs(found - truth)) > 1e-3


@pytest.mark.parametrize("gamma", [0.0, 0.3, 1.0, 2.0, 5.0])
def test_focal_is_flat_where_the_truth_is_what_its_own_slope_makes_of_the_report(
    gamma: float,
) -> None:
    loss = MulticlassFocal(gamma)
    p = np.random.default_rng(15).dirichlet(np.ones(5), size=100)
    pull = (1.0 - p) ** gamma - gamma * (1.0 - p) ** (gamma - 1.0) * p * np.log(p)
    truth = p / pull
    truth /= truth.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(loss.gradient(np.log(p), truth), 0.0, atol=1e-14)


@pytest.mark.parametrize("share", [0.6, 0.9, 0.999])
def test_of_two_classes_focal_is_less_sure_than_the_truth(share: float) -> None:
    truth = np.array([share, 1.0 - share])
    reports = [
        float(loss.probability(best(loss, truth))[0])
        for loss in map(MulticlassFocal, (0.0, 0.5, 2.0, 5.0))
    ]
    assert reports[0] == pytest.approx(share, abs=1e-6)
    assert reports == sorted(reports, reverse=True)
    assert 0.5 < reports[-1] < share - 0.01


@pytest.mark.parametrize("epsilon", [0.01, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("classes", [2, 3, 10, 1000])
def test_with_smoothed_labels_the_best_lead_is_finite(epsilon: float, classes: int) -> None:
    loss = LabelSmoothing(epsilon)
    true = np.eye(classes)[0]
    kept = epsilon / classes
    lead = math.log((1.0 - epsilon + kept) / kept)
    np.testing.assert_allclose(loss.gradient(lead * true, true), 0.0, atol=1e-14)
    at_best = loss.value(lead * true, true)
    assert at_best < loss.value((lead - 0.1) * true, true)
    assert at_best < loss.value((lead + 0.1) * true, true)
    smoothed = (1.0 - epsilon) * true + kept
    assert at_best == pytest.approx(stats.entropy(smoothed), rel=1e-12)


def test_without_smoothing_no_lead_is_ever_enough() -> None:
    found = CategoricalCrossEntropy().value(
        [[lead, 0.0, 0.0] for lead in (0.0, 1.0, 10.0, 100.0, 700.0)], [1.0, 0.0, 0.0]
    )
    assert np.all(np.diff(found) < 0.0)
    assert found[-1] > 0.0


@every_truth
def test_the_lowest_cross_entropy_is_the_entropy_of_the_target(truth: Array) -> None:
    loss = CategoricalCrossEntropy()
    assert loss.value(np.log(truth), truth) == pytest.approx(stats.entropy(truth), rel=1e-14)
    logits = np.random.default_rng(16).normal(size=(200, 3))
    gap = loss.value(logits, truth) - stats.entropy(truth)
    divergence = special.rel_entr(truth, special.softmax(logits, axis=-1)).sum(axis=-1)
    np.testing.assert_allclose(gap, divergence, rtol=1e-9)


# How the losses are related.

RANDOM = np.random.default_rng(17)
LOGITS = np.concatenate([scale * RANDOM.normal(size=(100, 5)) for scale in (0.1, 1.0, 10.0, 1e3)])
TRUE = RANDOM.integers(5, size=len(LOGITS))
ONE_HOT = np.eye(5)[TRUE]
SOFT = RANDOM.dirichlet(np.ones(5), size=len(LOGITS))
MARGINS = np.linspace(-40.0, 40.0, 801)
PAIRS = np.stack((MARGINS, np.zeros_like(MARGINS)), axis=-1)


def test_the_sparse_cross_entropy_is_the_categorical_one_to_the_last_digit() -> None:
    rows, numbers = CategoricalCrossEntropy(), SparseCategoricalCrossEntropy()
    for curve in CURVES:
        np.testing.assert_array_equal(
            getattr(numbers, curve)(LOGITS, TRUE), getattr(rows, curve)(LOGITS, ONE_HOT)
        )


@pytest.mark.parametrize("loss", [LabelSmoothing(epsilon=0.0), MulticlassFocal(gamma=0.0)])
@every_curve
def test_smoothing_and_focal_at_zero_are_the_cross_entropy(
    loss: MulticlassLoss, curve: str
) -> None:
    for target in (ONE_HOT, SOFT):
        found, plain = (
            getattr(one, curve)(LOGITS, target) for one in (loss, CategoricalCrossEntropy())
        )
        np.testing.assert_allclose(found, plain, rtol=1e-13, atol=1e-16)


@pytest.mark.parametrize("epsilon", [0.1, 0.7])
def test_label_smoothing_is_a_share_of_the_cross_entropy_with_the_uniform_row(
    epsilon: float,
) -> None:
    plain = CategoricalCrossEntropy()
    mixed = (1.0 - epsilon) * plain.value(LOGITS, SOFT)
    mixed += epsilon * plain.value(LOGITS, np.full(5, 0.2))
    np.testing.assert_allclose(LabelSmoothing(epsilon).value(LOGITS, SOFT), mixed, rtol=1e-13)


@pytest.mark.parametrize("gamma", [0.5, 2.0])
def test_focal_weighs_the_cross_entropy_of_the_true_class(gamma: float) -> None:
    near = LOGITS[:200]
    p = special.softmax(near, axis=-1)[np.arange(200), TRUE[:200]]
    plain = SparseCategoricalCrossEntropy().value(near, TRUE[:200])
    found = MulticlassFocal(gamma).value(near, ONE_HOT[:200])
    np.testing.assert_allclose(found, (1.0 - p) ** gamma * plain, rtol=1e-11)


def test_of_two_classes_the_cross_entropy_is_the_logistic_loss_of_the_lead() -> None:
    loss = SparseCategoricalCrossEntropy()
    np.testing.assert_allclose(loss.value(PAIRS, 0), np.logaddexp(0.0, -MARGINS), rtol=1e-13)
    np.testing.assert_allclose(loss.value(PAIRS, 1), np.logaddexp(0.0, MARGINS), rtol=1e-13)
    np.testing.assert_allclose(
        loss.gradient(PAIRS, np.zeros(801))[:, 0], -special.expit(-MARGINS), rtol=1e-13
    )
    np.testing.assert_allclose(loss.probability(PAIRS)[:, 0], special.expit(MARGINS), rtol=1e-13)


@pytest.mark.parametrize("true", [0, 1])
@pytest.mark.parametrize(
    ("loss", "times", "binary"),
    [
        (CategoricalCrossEntropy(), 1.0, LogisticLoss()),
        (SparseCategoricalCrossEntropy(), 1.0, LogisticLoss()),
        (LabelSmoothing(epsilon=0.3), 1.0, SmoothedLogisticLoss(epsilon=0.3)),
        (MulticlassHinge(margin=1.0), 1.0, Hinge()),
        (MulticlassFocal(gamma=0.5), 1.0, Focal(gamma=0.5)),
        (MulticlassFocal(gamma=2.0), 1.0, Focal(gamma=2.0)),
        (MulticlassFocal(gamma=5.0), 1.0, Focal(gamma=5.0)),
        (MulticlassBrier(), 2.0, Brier()),
    ],
)
def test_of_two_classes_each_is_the_binary_loss_of_the_lead(
    loss: MulticlassLoss, times: float, binary: MarginLoss, true: int
) -> None:
    target = certain(loss, np.full(len(MARGINS), true), 2)
    sign = 1.0 - 2.0 * true
    margin = sign * MARGINS
    np.testing.assert_allclose(loss.value(PAIRS, target), times * binary.value(margin), rtol=1e-12)
    np.testing.assert_allclose(
        loss.gradient(PAIRS, target)[:, 0],
        sign * times * binary.gradient(margin),
        rtol=1e-12,
        atol=1e-15,
    )
    np.testing.assert_allclose(
        loss.hessian(PAIRS, target)[:, 0, 0], times * binary.hessian(margin), rtol=1e-11, atol=1e-15
    )
    if not isinstance(loss, LabelSmoothing):
        found, of_two = loss.properties, binary.properties
        assert found.lipschitz == pytest.approx(math.sqrt(2.0) * times * of_two.lipschitz)
        assert found.smoothness == pytest.approx(2.0 * times * of_two.smoothness)
        assert found.bound == pytest.approx(times * of_two.bound)


def test_of_two_classes_brier_is_twice_the_squared_miss() -> None:
    miss = special.expit(-MARGINS)
    np.testing.assert_allclose(MulticlassBrier().value(PAIRS, [1.0, 0.0]), 2 * miss**2, rtol=1e-12)


def test_brier_is_the_squared_distance_of_probabilities() -> None:
    p = special.softmax(LOGITS, axis=-1)
    for target in (ONE_HOT, SOFT):
        found = MulticlassBrier().value(LOGITS[:200], target[:200])
        plain = np.sum((p - target) ** 2, axis=-1)[:200]
        np.testing.assert_allclose(found, plain, rtol=1e-9, atol=1e-15)


def test_a_target_that_sums_to_one_only_nearly_is_taken_as_it_is() -> None:
    near, p = LOGITS[100:200], special.softmax(LOGITS[100:200], axis=-1)
    target = SOFT[100:200] * (1.0 + 8e-9)
    brier, plain = MulticlassBrier(), CategoricalCrossEntropy()
    missed = np.sum((p - target) ** 2, axis=-1)
    np.testing.assert_allclose(brier.value(near, target), missed, rtol=1e-12)
    at_truth = brier.value(np.log(SOFT[100:200]), target)
    np.testing.assert_allclose(at_truth, 64e-18 * np.sum(SOFT[100:200] ** 2, axis=-1), rtol=1e-6)
    surprise = -np.sum(target * np.log(p), axis=-1)
    np.testing.assert_allclose(plain.value(near, target), surprise, rtol=1e-12)
    slopes = p * target.sum(axis=-1, keepdims=True) - target
    np.testing.assert_allclose(plain.gradient(near, target), slopes, rtol=1e-12, atol=1e-15)


def test_the_hinge_is_at_least_the_margin_where_the_true_class_is_not_first() -> None:
    for margin in (0.5, 1.0, 3.0):
        found = MulticlassHinge(margin).value(LOGITS, TRUE)
        wrong = np.argmax(LOGITS, axis=-1) != TRUE
        assert np.all(found[wrong] >= margin)


def test_the_hinge_leaves_the_true_class_out_of_its_rivals() -> None:
    assert MulticlassHinge().value([-5.0, -9.0, -8.0], 0) == 0.0
    assert MulticlassHinge(margin=4.0).value([-5.0, -9.0, -8.0], 0) == 1.0
    assert MulticlassHinge().value([3.0, 1.0, 2.5], 1) == 3.0


def test_at_a_tie_the_hinge_shares_the_blame_and_at_the_margin_it_lays_none() -> None:
    loss = MulticlassHinge(margin=2.0)
    np.testing.assert_array_equal(
        loss.gradient([[1.0, 1.0, 1.0], [0.0, 3.0, 3.0], [1.0, 2.0, 0.0]], [0, 0, 0]),
        [[-1.0, 0.5, 0.5], [-1.0, 0.5, 0.5], [-1.0, 1.0, 0.0]],
    )
    np.testing.assert_array_equal(
        loss.gradient([[3.0, 1.0, 1.0], [2.0, 0.0, -1.0], [9.0, 0.0, 0.0]], [0, 0, 0]),
        np.zeros((3, 3)),
    )
    for logits in ([1.0, 1.0, 1.0], [3.0, 1.0, 1.0]):
        here, slope = loss.value(logits, 0), loss.gradient(logits, 0)
        around = np.array(logits) + np.random.default_rng(18).normal(size=(300, 3))
        assert np.all(loss.value(around, 0) >= here + (around - logits) @ slope - 1e-12)


# What goes in and what comes out.


@every_loss
def test_logits_of_any_leading_axes_and_type_give_float64(loss: MulticlassLoss) -> None:
    logits = np.arange(24.0).reshape(2, 3, 4) % 7.0
    target = certain(loss, np.array([[0, 1, 2], [3, 2, 1]]), 4)
    shapes = {"value": (2, 3), "gradient": (2, 3, 4), "hessian": (2, 3, 4, 4)}
    for curve, shape in shapes.items():
        of = getattr(loss, curve)
        whole = of(logits, target)
        assert whole.dtype == np.float64
        assert whole.shape == shape
        for same in (logits.astype(int), logits.astype(np.float32), logits.tolist()):
            np.testing.assert_array_equal(of(same, target), whole, strict=True)
        np.testing.assert_array_equal(of(logits, target.tolist()), whole, strict=True)
        np.testing.assert_array_equal(of(logits, target.astype(float)), whole, strict=True)
        one = of(logits[1, 2], target[1, 2])
        np.testing.assert_allclose(one, whole[1, 2], rtol=1e-14, atol=1e-16)
        turned = of(logits.transpose(1, 0, 2), np.swapaxes(target, 0, 1))
        np.testing.assert_array_equal(turned, np.swapaxes(whole, 0, 1), strict=True)


@every_loss
def test_one_sample_gives_one_number(loss: MulticlassLoss) -> None:
    found = loss.value([1.0, 2.0, 0.5], certain(loss, 1, 3))
    assert isinstance(found, np.float64)
    assert loss.gradient([1.0, 2.0, 0.5], certain(loss, 1, 3)).shape == (3,)
    assert loss.hessian([1.0, 2.0, 0.5], certain(loss, 1, 3)).shape == (3, 3)


@every_loss
def test_no_samples_give_no_numbers(loss: MulticlassLoss) -> None:
    target = certain(loss, np.zeros(0, dtype=int), 3)
    assert loss.value(np.zeros((0, 3)), target).shape == (0,)
    assert loss.gradient(np.zeros((0, 3)), target).shape == (0, 3)
    assert loss.hessian(np.zeros((0, 3)), target).shape == (0, 3, 3)


@every_loss
def test_logits_and_targets_broadcast_and_the_gradient_sums_over_copies(
    loss: MulticlassLoss,
) -> None:
    logits, target = samples(loss, 19, 12, 3)
    for one in (logits[0], logits[:1]):
        values = loss.value(one, target)
        np.testing.assert_array_equal(
            values, [loss.value(logits[0], target[i]) for i in range(len(target))]
        )
        slopes = [loss.gradient(logits[0], target[i]) for i in range(len(target))]
        found = loss.gradient(one, target)
        assert found.shape == one.shape
        np.testing.assert_allclose(np.ravel(found), np.sum(slopes, axis=0), rtol=1e-12)
        assert loss.hessian(one, target).shape == (len(target), 3, 3)

    every = loss.gradient(logits, target[0])
    np.testing.assert_array_equal(every[3], loss.gradient(logits[3], target[0]))
    grid = loss.value(logits[:, None], target[None, :4])
    assert grid.shape == (len(logits), 4)
    assert grid[2, 1] == loss.value(logits[2], target[1])
    spread = loss.gradient(logits[:, None], target[None, :4])
    assert spread.shape == (len(logits), 1, 3)
    summed = sum(loss.gradient(logits[2], target[i]) for i in range(4))
    np.testing.assert_allclose(spread[2, 0], summed, rtol=1e-12)


@every_loss
def test_what_goes_in_is_left_alone(loss: MulticlassLoss) -> None:
    logits, target = samples(loss, 20, 30, 4)
    before = logits.copy(), target.copy()
    logits.flags.writeable = target.flags.writeable = False
    for curve in CURVES:
        found = getattr(loss, curve)(logits, target)
        assert not np.shares_memory(found, logits)
        assert not np.shares_memory(found, target)
    np.testing.assert_array_equal(logits, before[0])
    np.testing.assert_array_equal(target, before[1])


EDGES = (0.0, 1e-300, -1e-300, 1.0, -37.0, 750.0, 1e4, -1e4, 1e300, -1e300, 1.7e308, -1.7e308)


@every_loss
def test_no_valid_input_gives_nan_or_a_warning(loss: MulticlassLoss) -> None:
    logits = np.array(list(itertools.product(EDGES, repeat=3)))
    rows = certain(loss, np.arange(len(logits)) % 3, 3)
    soft = rows if numbered(loss) else np.tile([0.25, 0.75, 0.0], (len(logits), 1))
    for target in (rows, soft):
        value = loss.value(logits, target)
        assert np.all(value >= 0.0)
        assert np.all(np.isfinite(value[np.max(np.abs(logits), axis=1) < 1e308]))
        assert np.all(np.isfinite(loss.gradient(logits, target)))
        assert np.all(np.isfinite(loss.hessian(logits, target)))
    assert np.all(np.isfinite(loss.probability(logits)))


def test_probability_is_the_softmax_of_the_logits() -> None:
    found = CategoricalCrossEntropy().probability(LOGITS)
    np.testing.assert_allclose(found, special.softmax(LOGITS, axis=-1), rtol=1e-12, atol=1e-307)
    np.testing.assert_allclose(found.sum(axis=-1), 1.0, rtol=1e-14)


R, S = CategoricalCrossEntropy(), SparseCategoricalCrossEntropy()
REFUSED: list[tuple[MulticlassLoss, object, object, str]] = [
    (S, [[0.0, 1.0]] * 3, [0, 1, 2], "SparseCategoricalCrossEntropy: target[2] is 2,"
     " expected a whole number from 0 to 1: there are 2 classes."),
    (S, [0.0, 1.0, 2.0], 7, "SparseCategoricalCrossEntropy: target is 7,"
     " expected a whole number from 0 to 2: there are 3 classes."),
    (MulticlassHinge(), [0.0, 1.0, 2.0], 3, "MulticlassHinge: target is 3,"
     " expected a whole number from 0 to 2: there are 3 classes."),
    (S, [[0.0, 1.0]], [-1], "SparseCategoricalCrossEntropy: target[0] is -1,"
     " expected a whole number from 0 to the number of classes - 1."),
    (S, [[0.0, 1.0]], [0.5], "SparseCategoricalCrossEntropy: target[0] is 0.5,"
     " expected a whole number from 0 to the number of classes - 1."),
    (S, [[0.0, math.nan]], [0], "SparseCategoricalCrossEntropy: logits[0, 1] is nan,"
     " expected a number."),
    (R, [0.0, math.inf], [1, 0], "CategoricalCrossEntropy: logits[1] is inf, expected a number."),
    (R, ["a", "b"], [1, 0], "CategoricalCrossEntropy: logits is not numbers, expected a number."),
    (R, [[0.0, 1.0]], [[0.5, 0.4]], "CategoricalCrossEntropy: target[0] is a row that sums to 0.9,"
     " expected probabilities that sum to 1."),
    (R, [[0.0, 1.0]], [[1.5, -0.5]], "CategoricalCrossEntropy: target[0] is a row whose element 0"
     " is 1.5, expected probabilities that sum to 1."),
    (LabelSmoothing(), [0.0, 1.0], 1, "LabelSmoothing: target is 1,"
     " expected probabilities that sum to 1."),
    (R, [0.0, 1.0, 2.0], [0.0, 1.0], "CategoricalCrossEntropy: target has 2 classes,"
     " expected 3 as in logits."),
    (MulticlassBrier(), [0.0, 1.0, 2.0], [1.0], "MulticlassBrier: target has 1 classes,"
     " expected 3 as in logits."),
    (R, [[0.0, 1.0]] * 3, [[0.0, 1.0]] * 2, "CategoricalCrossEntropy: logits (3, 2),"
     " target (2, 2) do not match, expected shapes that do."),
    (S, [[0.0, 1.0]] * 3, [0, 1], "SparseCategoricalCrossEntropy: logits[..., 0] (3,),"
     " target (2,) do not match, expected shapes that do."),
    (R, 1.0, [1.0], "CategoricalCrossEntropy: logits have the shape (),"
     " expected at least two classes along the last axis."),
    (MulticlassFocal(), [[1.0]], [[1.0]], "MulticlassFocal: logits have the shape (1, 1),"
     " expected at least two classes along the last axis."),
]  # fmt: skip


@every_curve
@pytest.mark.parametrize(("loss", "logits", "target", "sentence"), REFUSED)
def test_what_is_not_logits_and_target_is_refused_in_a_sentence(
    loss: MulticlassLoss, logits: object, target: object, sentence: str, curve: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        getattr(loss, curve)(logits, target)
    assert str(refusal.value) == sentence


def test_probability_refuses_what_is_not_logits() -> None:
    with pytest.raises(DomainError, match=r"MulticlassBrier: logits\[1\] is nan"):
        MulticlassBrier().probability([0.0, math.nan])


# One-hot rows and class numbers in memory.


@pytest.mark.parametrize(("samples", "classes"), [(1, 2), (7, 10), (30, 1000)])
def test_target_bytes_are_those_of_real_arrays(samples: int, classes: int) -> None:
    numbers = np.arange(samples) % classes
    assert target_bytes(samples, classes) == (np.eye(classes)[numbers].nbytes, numbers.nbytes)


def peak(task: Callable[[], object]) -> int:
    task()
    tracemalloc.start()
    try:
        task()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_the_sparse_cross_entropy_never_builds_a_one_hot_row() -> None:
    loss = SparseCategoricalCrossEntropy()
    logits = np.random.default_rng(21).normal(size=(100, 4000))
    true = np.arange(100)
    assert peak(lambda: loss.value(logits, true)) < 1.2 * logits.nbytes
    assert peak(lambda: loss.gradient(logits, true)) < 1.2 * logits.nbytes


# The section.


@every_loss
def test_the_section_is_fit_to_be_drawn(loss: MulticlassLoss) -> None:
    assert_section(loss)


@every_loss
def test_the_section_raises_the_true_one_of_three_classes(loss: MulticlassLoss) -> None:
    x = np.linspace(-5.5, 5.5, 41)
    logits = np.array([[lead, 0.0, 0.0] for lead in x])
    target = certain(loss, 0, 3)
    section = loss.section
    np.testing.assert_array_equal(section.value(x), loss.value(logits, target))
    np.testing.assert_array_equal(
        section.gradient(x), [loss.gradient(row, target)[0] for row in logits]
    )
    np.testing.assert_array_equal(
        section.hessian(x), [loss.hessian(row, target)[0, 0] for row in logits]
    )
    assert section.axis == "lead of the true class z"
    assert section.held == "three classes, the other two level"
    assert section.interval == (-6.0, 6.0)


@every_loss
def test_a_parameter_on_the_axis_is_where_the_curve_changes(loss: MulticlassLoss) -> None:
    assert loss.section.places == (("margin",) if isinstance(loss, MulticlassHinge) else ())
    for name, declared in parameters(loss).items():
        if name in loss.section.places:
            assert loss.properties.kinks == (getattr(loss, name),)
            assert loss.section.interval[0] <= declared.low
            assert declared.high <= loss.section.interval[1]


# The registry and what is shown to the reader.


def concrete_classes(family: type) -> set[type]:
    below = {cls for child in family.__subclasses__() for cls in concrete_classes(child)}
    return below if inspect.isabstract(family) else below | {family}


def test_every_concrete_multiclass_loss_is_registered_once() -> None:
    assert set(MULTICLASS_LOSSES) == concrete_classes(MulticlassLoss)
    assert len(set(MULTICLASS_LOSSES)) == len(MULTICLASS_LOSSES)
    assert {type(loss) for loss in LOSSES} == set(MULTICLASS_LOSSES)


def test_the_registry_keeps_the_order_of_display() -> None:
    assert [cls.name for cls in MULTICLASS_LOSSES] == [
        "Categorical cross-entropy",
        "Sparse categorical cross-entropy",
        "Label smoothing",
        "Multiclass hinge",
        "Multiclass focal",
        "Multiclass Brier",
    ]


def test_arguments_are_told_as_they_are_taken() -> None:
    for loss in LOSSES:
        logits, target = loss.arguments
        assert (logits.name, logits.symbol, logits.moves) == ("logits", "z", True)
        assert (target.name, target.moves) == ("target", False)
        by_number = isinstance(loss, SparseCategoricalCrossEntropy | MulticlassHinge)
        assert target.domain is (CLASSES if by_number else SIMPLEX)
        assert target.symbol == ("y" if by_number else "t")


@every_class
def test_what_the_reader_sees_is_complete(cls: type[MulticlassLoss]) -> None:
    loss = cls()
    assert_described(loss)
    assert cls.__doc__
    assert cls.task == "Multiclass classification"
    assert cls.formula.startswith(f"L(z, {loss.arguments[1].symbol}) = ")
    assert cls.story.endswith(".")
    for declared in parameters(cls).values():
        assert declared.symbol in cls.formula
        assert declared.meaning[0].islower()


@every_class
def test_framework_calls_are_expressions_in_the_arguments_and_knobs(
    cls: type[MulticlassLoss],
) -> None:
    assert list(cls.frameworks) == ["PyTorch", "Keras", "Optax", "scikit-learn"]
    libraries = {"torch", "keras", "optax", "jax", "sklearn", "scipy", "range"}
    for call in filter(None, cls.frameworks.values()):
        tree = ast.parse(call.code, mode="eval")
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert names - libraries == {"logits", "target", *parameters(cls)}
        assert call.reduction in {"mean", "none"}


@every_class
def test_a_slider_starts_inside_its_valid_range(cls: type[MulticlassLoss]) -> None:
    for name, declared in parameters(cls).items():
        default = getattr(cls(), name)
        assert declared.low <= default <= declared.high
        assert declared.accepts(declared.low)
        assert declared.accepts(declared.high)
        steps = (default - declared.low) / declared.step
        assert steps == pytest.approx(round(steps), abs=1e-6)
        for end in (declared.low, declared.high):
            assert dataclasses.replace(cls(), **{name: end}).properties.robust


OUT_OF_RANGE = [
    (LabelSmoothing, {"epsilon": -0.1}, "epsilon is -0.1, expected at least 0 and below 1."),
    (LabelSmoothing, {"epsilon": 1.0}, "epsilon is 1.0, expected at least 0 and below 1."),
    (MulticlassHinge, {"margin": 0.0}, "margin is 0.0, expected above 0 and finite."),
    (MulticlassHinge, {"margin": math.inf}, "margin is inf, expected above 0 and finite."),
    (MulticlassFocal, {"gamma": -0.1}, "gamma is -0.1, expected at least 0 and finite."),
    (MulticlassFocal, {"gamma": math.inf}, "gamma is inf, expected at least 0 and finite."),
]


@pytest.mark.parametrize(("cls", "setting", "sentence"), OUT_OF_RANGE)
def test_a_parameter_out_of_range_is_refused_in_a_sentence(
    cls: type[MulticlassLoss], setting: dict[str, float], sentence: str
) -> None:
    with pytest.raises(ParameterError) as refusal:
        cls(**setting)
    assert str(refusal.value) == f"{cls.__name__}: {sentence}"
    with pytest.raises(ParameterError):
        cls(**dict.fromkeys(setting, math.nan))
