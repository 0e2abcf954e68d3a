"""Laws of losses made of losses: those of their family, and those of sums and class weights."""

import copy
import dataclasses
import functools
import inspect
import itertools
import math
import pickle
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from scipy import integrate, optimize

from core.declare import ParameterError, parameters
from core.losses.base import Array, ScalarLoss
from core.losses.composition import (
    ClassWeighted,
    SumOfMarginLosses,
    SumOfProbabilityLosses,
    SumOfResidualLosses,
    WeightedSum,
)
from core.losses.links import IdentityLink, LogitLink, ProbitLink
from core.losses.margin import (
    MARGIN_LOSSES,
    PROBABILITY_LOSSES,
    BinaryCrossEntropy,
    Brier,
    Composite,
    Exponential,
    Focal,
    FocalProbability,
    Hinge,
    LogisticLoss,
    MarginLoss,
    ModifiedHuber,
    Perceptron,
    ProbabilityLoss,
    SmoothedLogisticLoss,
    SquaredHinge,
    SquaredProbability,
    WeightedLogisticLoss,
    ZeroOne,
)
from core.losses.multiclass import CategoricalCrossEntropy
from core.losses.residual import (
    RESIDUAL_LOSSES,
    AbsoluteError,
    Barron,
    Cauchy,
    EpsilonInsensitive,
    Huber,
    LogCosh,
    Quantile,
    ResidualLoss,
    SquaredError,
    Tukey,
)
from tests.core import laws
from tests.core import test_margin_laws as of_margins
from tests.core import test_residual_laws as of_residuals
from tests.core.test_worked import evaluate

RESIDUALS: tuple[ResidualLoss, ...] = (
    WeightedSum((SquaredError(), AbsoluteError()), (0.5, 2.0)),
    WeightedSum((Huber(), Huber(delta=2.5), Tukey(c=3.0)), (1.0, 0.25, 0.0)),
    WeightedSum((Huber(), LogCosh()), (0.5, 0.5)),
    WeightedSum((LogCosh(), Cauchy(scale=0.5)), (1.0, 3.0)),
    WeightedSum((SquaredError(), Cauchy()), (1.0, 1.0)),
    WeightedSum((SquaredError(), Cauchy()), (0.0625, 1.0)),
    WeightedSum((SquaredError(), Cauchy()), (0.0624, 1.0)),
    WeightedSum((Tukey(c=2.0), SquaredError()), (1.0, 0.4)),
    WeightedSum((Tukey(c=2.0), SquaredError()), (1.0, 0.5)),
    WeightedSum((Tukey(c=2.0), Tukey(c=5.0)), (2.0, 0.5)),
    WeightedSum((Tukey(c=2.0), Barron(alpha=-2.0)), (1.0, 3.0)),
    WeightedSum((Barron(alpha=1.5), AbsoluteError()), (1.0, 0.5)),
    WeightedSum((Barron(alpha=1.0), Barron(alpha=0.5)), (1.0, 0.1)),
    WeightedSum((Quantile(tau=0.2), Cauchy(scale=2.0)), (1.0, 0.5)),
    WeightedSum((Quantile(tau=0.2), Quantile(tau=0.8)), (3.0, 3.0)),
    WeightedSum((EpsilonInsensitive(), EpsilonInsensitive(1.5), AbsoluteError()), (1.0, 1.0, 1.0)),
    WeightedSum((WeightedSum((Tukey(c=3.0), LogCosh()), (1, 2)), AbsoluteError()), (0.5, 0.5)),
    WeightedSum((Tukey(c=2.0),), (3.0,)),
    WeightedSum((AbsoluteError(), Cauchy()), (0.0, 2.0)),
)
PLAIN: tuple[MarginLoss, ...] = (
    WeightedSum((ZeroOne(), Hinge()), (1.0, 0.5)),
    WeightedSum((ZeroOne(), LogisticLoss()), (0.1, 1.0)),
    WeightedSum((ZeroOne(), Perceptron()), (2.0, 1.0)),
    WeightedSum((ZeroOne(), Brier()), (0.5, 0.5)),
    WeightedSum((Exponential(), Brier()), (0.01, 1.0)),
    WeightedSum((Exponential(), Exponential()), (0.01, 0.02)),
    WeightedSum((SquaredHinge(), Focal()), (0.3, 0.7)),
    WeightedSum((LogisticLoss(), Brier()), (1.0, 0.25)),
    WeightedSum((LogisticLoss(), Brier()), (0.25, 4.0)),
    WeightedSum((LogisticLoss(), Focal()), (1.0, 1.0)),
    WeightedSum((LogisticLoss(), Exponential()), (1.0, 0.5)),
    WeightedSum((SquaredHinge(), ModifiedHuber()), (1.0, 2.0)),
    WeightedSum((Hinge(margin=0.5), Hinge(margin=2.0), Perceptron()), (1.0, 0.5, 0.0)),
    WeightedSum((Hinge(), Hinge()), (0.5, 0.5)),
    WeightedSum((Perceptron(), LogisticLoss()), (0.5, 1.0)),
    WeightedSum((Perceptron(), Brier()), (1.0, 4.0)),
    WeightedSum((SmoothedLogisticLoss(epsilon=0.2), Brier()), (1.0, 1.0)),
    WeightedSum((Composite(BinaryCrossEntropy(), ProbitLink()), Hinge()), (1.0, 1.0)),
    WeightedSum((WeightedSum((ZeroOne(), Hinge()), (1, 1)), LogisticLoss()), (0.5, 0.5)),
    WeightedSum((Brier(),), (3.0,)),
)
WEIGHING: tuple[MarginLoss, ...] = (
    ClassWeighted(Hinge(), 0.2, 3.0),
    ClassWeighted(ZeroOne(), 5.0, 1.0),
    ClassWeighted(LogisticLoss(), 2.0, 2.0),
    ClassWeighted(Exponential()),
    ClassWeighted(WeightedLogisticLoss(), 2.0, 0.5),
    ClassWeighted(WeightedLogisticLoss(), 3.0, 1.0),
    ClassWeighted(ClassWeighted(Focal(gamma=2.0, alpha=0.25), 2.0, 1.0), 1.0, 3.0),
    ClassWeighted(WeightedSum((LogisticLoss(), Exponential()), (1.0, 0.1)), 1.0, 4.0),
    ClassWeighted(WeightedSum((ZeroOne(), Hinge()), (1.0, 1.0)), 0.5, 1.0),
    WeightedSum((WeightedLogisticLoss(), ClassWeighted(Hinge(), 1.0, 3.0)), (0.5, 0.5)),
    WeightedSum((ClassWeighted(Brier(), 2.0, 0.5), ClassWeighted(Brier(), 2.0, 0.5)), (1.0, 2.0)),
    WeightedSum((ClassWeighted(SquaredHinge(), 2.0, 1.0),), (0.5,)),
)
MARGINS = (*PLAIN, *WEIGHING)
PROBABILITIES: tuple[ProbabilityLoss, ...] = (
    WeightedSum((BinaryCrossEntropy(), SquaredProbability()), (1.0, 0.5)),
    WeightedSum((BinaryCrossEntropy(), FocalProbability(gamma=0.3)), (0.1, 1.0)),
    WeightedSum((SquaredProbability(), SquaredProbability()), (1.0, 2.0)),
    WeightedSum((SquaredProbability(), FocalProbability()), (2.0, 1.0)),
    WeightedSum((BinaryCrossEntropy(), FocalProbability()), (1.0, 0.0)),
    WeightedSum((WeightedSum((BinaryCrossEntropy(),), (2.0,)), SquaredProbability()), (1.0, 1.0)),
)
ALL: tuple[Any, ...] = (*RESIDUALS, *MARGINS, *PROBABILITIES)
SUMS: tuple[Any, ...] = tuple(loss for loss in ALL if isinstance(loss, WeightedSum))
CURVES = ("value", "gradient", "hessian")

every_loss = pytest.mark.parametrize("loss", ALL, ids=repr)
every_sum = pytest.mark.parametrize("loss", SUMS, ids=repr)
every_residual = pytest.mark.parametrize("loss", RESIDUALS, ids=repr)
every_margin = pytest.mark.parametrize("loss", MARGINS, ids=repr)
every_weighing = pytest.mark.parametrize("loss", WEIGHING, ids=repr)
every_probability = pytest.mark.parametrize("loss", PROBABILITIES, ids=repr)

# Whatever holds for a family holds for the sums in it: the very same laws.

RESIDUAL_LAWS = (
    of_residuals.test_a_perfect_prediction_costs_nothing_and_no_miss_costs_less,
    of_residuals.test_a_larger_miss_never_costs_less,
    of_residuals.test_weight_is_the_gradient_over_the_residual,
    of_residuals.test_weight_at_zero_is_its_limit,
    of_residuals.test_gradient_jumps_exactly_at_the_declared_kinks,
    of_residuals.test_at_a_kink_the_gradient_lies_between_its_sides_and_the_hessian_keeps_to_them,
    of_residuals.test_lipschitz_constant_bounds_the_slope_and_is_approached,
    of_residuals.test_smoothness_bounds_the_slope_of_the_gradient_and_is_approached,
    of_residuals.test_strong_convexity_is_the_lowest_curvature,
    of_residuals.test_the_bound_holds_and_is_the_limit,
    of_residuals.test_far_curves_run_into_their_limits_at_infinity,
)
RESIDUAL_LAWS_OF_CURVES = (
    of_residuals.test_any_shape_and_type_gives_float64_of_the_same_shape,
    of_residuals.test_a_single_number_gives_a_single_number,
    of_residuals.test_a_long_array_gives_what_its_numbers_give_and_is_left_alone,
    of_residuals.test_nan_stays_nan_and_infinity_has_a_limit,
)
RESIDUAL_LAWS_OF_PIECES = (
    of_residuals.test_pieces_are_the_loss_on_either_side_of_every_joint,
    of_residuals.test_pieces_bend_like_the_loss_right_up_to_every_joint,
    of_residuals.test_joints_rise_and_hold_every_kink,
    of_residuals.test_neighbouring_pieces_differ_and_meet,
)
MARGIN_LAWS = (
    of_margins.test_the_gradient_is_that_of_a_whole_batch_of_margins_and_labels,
    of_margins.test_nothing_costs_less_than_nothing,
    of_margins.test_a_mistake_costs_something,
    of_margins.test_a_label_matters_only_by_the_weight_of_its_class,
    of_margins.test_a_score_costs_what_its_margin_costs,
    of_margins.test_labels_0_and_1_are_labels_too_and_all_shapes_broadcast,
    of_margins.test_what_is_no_score_or_label_is_refused_in_a_sentence,
    of_residuals.test_at_a_kink_the_gradient_lies_between_its_sides_and_the_hessian_keeps_to_them,
    of_margins.test_smoothness_bounds_the_slope_of_the_gradient_and_is_approached,
    of_margins.test_no_margin_loss_is_strongly_convex,
    of_margins.test_the_bound_holds_and_is_the_limit,
    of_margins.test_a_symmetric_loss_treats_both_labels_alike,
    of_margins.test_a_calibrated_loss_costs_least_on_the_likelier_side_and_no_other_does,
    of_margins.test_a_proper_loss_reports_the_truth_and_no_other_does,
    of_margins.test_far_curves_run_into_their_limits_at_infinity,
    of_margins.test_a_section_is_the_margin_of_a_positive,
    of_margins.test_the_places_of_a_section_are_where_the_loss_changes,
)
MARGIN_LAWS_OF_CURVES = (
    of_margins.test_any_shape_and_type_gives_float64_of_the_same_shape,
    of_margins.test_a_long_array_gives_what_its_numbers_give_and_is_left_alone,
    of_margins.test_nan_stays_nan_and_the_ends_have_limits,
)
MARGIN_LAWS_OF_PIECES = (
    of_margins.test_pieces_are_the_loss_and_at_a_joint_the_one_on_the_left_is,
    of_residuals.test_joints_rise_and_hold_every_kink,
)
PROBABILITY_LAWS = (
    of_margins.test_the_curves_of_a_probability_belong_together,
    of_margins.test_certainty_of_what_came_true_is_free_and_less_costs_more,
    of_margins.test_a_label_says_which_probability_came_true,
    of_margins.test_what_is_no_probability_is_refused_in_a_sentence,
    of_margins.test_the_constants_of_a_probability_loss_hold_and_are_approached,
    of_margins.test_a_proper_loss_of_probabilities_costs_least_at_the_truth_and_no_other_does,
    of_margins.test_a_section_of_probabilities_is_that_of_what_came_true,
    of_margins.test_code_computes_the_value_and_the_gradient_of_a_probability,
    of_margins.test_a_formula_of_a_probability_gives_the_value,
)


@every_residual
def test_the_laws_of_residuals(loss: ResidualLoss) -> None:
    for law in RESIDUAL_LAWS:
        law(loss)
    for law, curve in itertools.product(RESIDUAL_LAWS_OF_CURVES, of_residuals.CURVES):
        law(loss, curve)
    for law in RESIDUAL_LAWS_OF_PIECES if loss.pieces else ():
        law(loss)


@every_margin
def test_the_laws_of_margins(loss: MarginLoss) -> None:
    for law in MARGIN_LAWS:
        law(loss)
    for law, curve in itertools.product(MARGIN_LAWS_OF_CURVES, CURVES):
        law(loss, curve)
    for law in MARGIN_LAWS_OF_PIECES if loss.pieces else ():
        law(loss)


@every_probability
def test_the_laws_of_probabilities(loss: ProbabilityLoss) -> None:
    for law in PROBABILITY_LAWS:
        law(loss)


@every_loss
def test_a_composition_is_described_and_its_section_can_be_drawn(loss: Any) -> None:
    laws.assert_described(loss)
    if loss in ALL[::3]:
        laws.assert_section(loss)
    assert type(loss).__doc__
    assert not any(loss.frameworks.values())
    assert loss.story.endswith(".")
    assert not loss.estimates.endswith(".")
    if isinstance(loss, ResidualLoss):
        assert loss.noise.endswith(".")


# A sum is the sum of its parts.


def leaves(loss: Any, weight: float = 1.0) -> Iterator[tuple[float, Any]]:
    """Yield all that a loss is made of, sums and class weights undone, each with its weight."""
    if isinstance(loss, WeightedSum):
        for part, own in zip(loss.losses, loss.weights, strict=True):
            yield from leaves(part, weight * own)
    elif isinstance(loss, ClassWeighted):
        yield from leaves(loss.loss, weight)
    elif weight > 0.0:
        yield weight, loss


def seams(loss: Any) -> list[float]:
    """Return every place at which a formula of any part ends."""
    found: set[float] = set()
    for _, leaf in leaves(loss):
        found |= {*(leaf.pieces.kinks if leaf.pieces else ()), *leaf.properties.kinks}
    return sorted(found)


def places(loss: Any) -> Array:
    if isinstance(loss, ProbabilityLoss):
        return of_margins.CHANCES
    beside = [np.nextafter(seams(loss), side) for side in (-math.inf, math.inf)]
    far = np.geomspace(1e-6, 600.0, 200)
    return np.unique(np.concatenate([np.linspace(-6.0, 6.0, 1201), far, -far, *beside]))


@every_sum
@pytest.mark.parametrize("curve", CURVES)
def test_a_curve_is_the_weighted_sum_of_the_curves_of_its_parts(loss: Any, curve: str) -> None:
    at = places(loss)
    sides: list[dict[str, float]] = [{}]
    if isinstance(loss, MarginLoss):
        sides = [{"label": 1.0}, {"label": -1.0}]
    for side in sides:
        parts = [
            weight * getattr(part, curve)(at, **side)
            for weight, part in zip(loss.weights, loss.losses, strict=True)
            if weight
        ]
        found, size = getattr(loss, curve)(at, **side), np.abs(parts).sum(axis=0)
        assert np.all(np.abs(found - np.sum(parts, axis=0)) <= 1e-14 * size)


def test_what_weighs_nothing_is_left_out_even_where_it_is_infinite() -> None:
    loss = WeightedSum((Exponential(), ZeroOne()), (0.0, 2.0))
    assert loss.value(-math.inf) == 2.0
    assert loss.properties == WeightedSum((ZeroOne(),), (2.0,)).properties
    assert loss.pieces is not None
    assert loss.name == "2 × Zero-one"
    assert loss.code_value == "2.0 * (np.where(m <= 0, 1, 0))"
    assert WeightedSum((SquaredError(), AbsoluteError()), (0.0, 1.0)).rate is None


@pytest.mark.parametrize("factor", [1e-300, 0.5, 7.0, 1e200])
def test_weights_scale_the_constants(factor: float) -> None:
    parts = (LogCosh(), Cauchy(scale=2.0), SquaredError())
    one, other = (WeightedSum(parts, (2 * f, f, f)).properties for f in (1.0, factor))
    assert other.smoothness == pytest.approx(factor * one.smoothness)
    assert other.strong_convexity == pytest.approx(factor * one.strong_convexity, rel=1e-9)
    assert (other.convex, other.kinks, other.lipschitz) == (one.convex, one.kinks, one.lipschitz)


def smooth_stretches(loss: Any) -> Iterator[tuple[float, float]]:
    """Yield (middle, half width) of stretches without a seam, narrow against every strip."""
    widest = 0.15 * min(leaf.strip or 1.0 for _, leaf in leaves(loss))
    for low, high in itertools.pairwise([-9.0, *seams(loss), 9.0]):
        for share in (0.04, 0.29, 0.41, 0.69, 0.83):
            middle = low + share * (high - low)
            yield middle, min(widest, 0.99 * (middle - low), 0.99 * (high - middle))


@pytest.mark.parametrize("loss", [*RESIDUALS, *MARGINS], ids=repr)
def test_gradient_and_hessian_are_derivatives(loss: Any) -> None:
    both = ({"label": -1.0}, {"label": 1.0}) if isinstance(loss, MarginLoss) else ({},)
    for side, (curve, derivative) in itertools.product(both, itertools.pairwise(CURVES)):
        one, other = (
            functools.partial(getattr(loss, name), **side) for name in (curve, derivative)
        )
        of_margins.assert_derivative(one, other, smooth_stretches(loss))


# Kinks and steps: of one family all turn the same way, so none undoes another.

REGISTERED = [kind() for kind in (*RESIDUAL_LOSSES, *MARGIN_LOSSES, *PROBABILITY_LOSSES)]


@pytest.mark.parametrize("loss", REGISTERED, ids=repr)
def test_every_kink_of_a_registered_loss_bends_up_or_steps_down(loss: Any) -> None:
    for kink in loss.properties.kinks:
        before, after = np.nextafter(kink, [-math.inf, math.inf])
        turn = loss.gradient(after) - loss.gradient(before)
        step = loss.value(after) - loss.value(kink)
        assert turn > 0.0 or (turn == 0.0 and step < 0.0)


def test_no_registered_loss_falls_without_limit_where_another_rises_without() -> None:
    for family in (RESIDUAL_LOSSES, MARGIN_LOSSES):
        endless = [kind().gradient([-1e300, 1e300]) for kind in family]
        signs = np.sign(np.where(np.abs(endless) > 1e9, endless, 0.0))
        assert np.all(np.abs(signs).max(axis=0) == np.abs(signs.sum(axis=0)).clip(max=1))
        assert np.all((signs.min(axis=0) >= 0) | (signs.max(axis=0) <= 0))


@pytest.mark.parametrize("loss", [*RESIDUALS, *MARGINS], ids=repr)
def test_the_kinks_are_where_slope_or_value_jump_and_nowhere_else(loss: Any) -> None:
    told = loss.properties.kinks
    assert list(told) == sorted(set(told))
    for seam in {*seams(loss), *told}:
        before, after = np.nextafter(seam, [-math.inf, math.inf])
        turn = loss.gradient(after) - loss.gradient(before)
        step = loss.value(before) - loss.value(after)
        assert (seam in told) == (turn > 1e-3 or step > 1e-3)


def test_kinks_that_coincide_are_one_kink_that_turns_by_the_sum() -> None:
    loss = WeightedSum((Hinge(), Hinge(), ZeroOne(), Perceptron()), (0.5, 0.25, 2.0, 1.0))
    assert loss.properties.kinks == (0.0, 1.0)
    assert loss.pieces == WeightedSum((loss,), (1.0,)).pieces
    assert dataclasses.asdict(loss.pieces) == {
        "kinks": (0.0, 1.0),
        "polynomials": ((2.75, -1.75), (0.75, -0.75), (0.0,)),
    }


# Convex or not.


@pytest.mark.parametrize("loss", [*RESIDUALS, *MARGINS], ids=repr)
def test_a_convex_sum_lies_below_its_chords_and_any_other_shows_a_witness(loss: Any) -> None:
    told = loss.properties
    assert told.convex == (told.witness is None)
    labelled = isinstance(loss, MarginLoss)
    assert told.held == ((1.0,) if labelled and not told.convex else ())
    if not told.convex:
        assert laws.above_chord(loss, *laws.witnesses(loss)) > 1e-9 * loss.value(told.witness[1])
        return
    random = np.random.default_rng(7)
    a, b = random.normal(size=(2, 20_000)) * 10.0 ** random.uniform(-3, 2, 20_000)
    chord = 0.5 * (loss.value(a) + loss.value(b))
    assert np.all(loss.value(0.5 * (a + b)) <= chord * (1.0 + 1e-12))


def is_convex(*parts: tuple[float, ScalarLoss]) -> bool:
    weights, losses = zip(*parts, strict=True)
    told = WeightedSum(losses, weights).properties
    assert told.convex == (told.witness is None)
    return told.convex


def test_a_sum_is_convex_exactly_from_where_the_convex_part_outweighs_the_dent() -> None:
    # ½s² log(1 + (r/s)²) bends by -1/8 at most; Tukey's biweight by -4/5.
    for off, convex in ((1e-9, True), (0.0, True), (-1e-9, False), (-1e-4, False), (-0.5, False)):
        for scale in (0.01, 1.0, 30.0):
            share = (1.0 + off) / 16.0
            assert is_convex((share, SquaredError()), (1.0, Cauchy(scale))) == convex
            share = 0.4 * (1.0 + off)
            assert is_convex((share, SquaredError()), (1.0, Tukey(scale))) == convex
    # The squared hinge bends by 2 where the focal loss dips, and both level off on the right.
    dip = -highest_of(lambda m: -Focal().hessian(m))
    for off, convex in ((1e-7, True), (-1e-7, False), (-1e-3, False)):
        share = -0.5 * dip * (1.0 + off)
        assert is_convex((share, SquaredHinge(margin=3.0)), (1.0, Focal())) == convex
    assert is_convex((1.0, LogisticLoss()), (0.25, Brier()))
    assert not is_convex((0.25, LogisticLoss()), (4.0, Brier()))


def test_a_dent_of_the_far_tail_is_found_where_the_value_hides_it() -> None:
    # Far out the logistic loss bends by exp(m), the focal loss by -γ s exp(m) where s = -m.
    loss = WeightedSum((LogisticLoss(), Focal(gamma=0.01)), (1.0, 1.0))
    a, b = loss.properties.witness
    assert a < b < -200.0
    assert np.all(loss.hessian(np.linspace(a, b, 101)[1:-1]) < 0.0)
    alone = WeightedSum((Focal(gamma=0.01),), (2.0,)).properties
    assert alone.witness == Focal(gamma=0.01).properties.witness
    slight = WeightedSum((LogCosh(), Cauchy()), (1.0, 1e-6))
    assert laws.above_chord(slight, *laws.witnesses(slight)) > 0.0


def test_a_witness_stops_at_kinks_that_bend_the_curve_up() -> None:
    parts = (EpsilonInsensitive(3.0), Quantile(tau=0.05), Cauchy(1.2))
    loss = WeightedSum(parts, (1.3, 10.0, 0.02))
    a, b = loss.properties.witness
    assert not any(a < kink < b for kink in loss.properties.kinks)
    assert laws.above_chord(loss, *laws.witnesses(loss)) > 0.0
    beside = WeightedSum((Huber(delta=2.0), Cauchy()), (1.0, 1.0))
    a, b = beside.properties.witness
    assert np.all(beside.hessian(np.linspace(a, b, 201)[1:-1]) < 0.0)
    assert b - a > 0.5


def test_a_witness_across_a_step_is_as_wide_as_it_is_plain() -> None:
    for weight, widest in ((1.0, 2.0), (0.1, 0.5)):
        loss = WeightedSum((LogisticLoss(), ZeroOne()), (1.0, weight))
        a, b = loss.properties.witness
        assert a < 0.0 < b
        assert a == -3.0 * b
        assert b - a == widest
        assert laws.above_chord(loss, *laws.witnesses(loss)) > 0.2 * weight
    hidden = WeightedSum((WeightedSum((Hinge(), ZeroOne()), (1, 1)), LogisticLoss()), (1, 1))
    assert hidden.properties.witness is not None
    assert hidden.properties.witness[0] < 0.0 < hidden.properties.witness[1]


# Constants.


@pytest.mark.parametrize("loss", [*RESIDUALS, *MARGINS], ids=repr)
def test_a_redescending_sum_lets_far_points_go_and_no_other_does(loss: Any) -> None:
    ends = [-math.inf] if isinstance(loss, MarginLoss) else [-math.inf, math.inf]
    pull = np.abs(loss.gradient(ends))
    assert np.all(pull == 0.0) if loss.properties.redescending else np.all(pull > 0.0)


@every_residual
def test_a_residual_sum_is_symmetric_when_both_signs_cost_the_same(loss: ResidualLoss) -> None:
    x = of_residuals.far_and_near(loss)
    assert loss.properties.symmetric == bool(np.allclose(loss.value(x), loss.value(-x), atol=0.0))


def test_which_sums_are_symmetric() -> None:
    told = [WeightedSum((Quantile(0.2), Quantile(t)), (1, 1)).properties for t in (0.8, 0.5, 0.2)]
    assert [one.symmetric for one in told] == [True, False, False]
    assert WeightedSum((Tukey(), LogCosh()), (1, 1)).properties.symmetric


@every_margin
def test_the_lipschitz_constant_of_a_margin_sum_is_approached(loss: MarginLoss) -> None:
    claimed = loss.properties.lipschitz
    steepest = of_margins.worst_label(loss, "gradient", of_margins.ALL)
    jumps = any(isinstance(leaf, ZeroOne) for _, leaf in leaves(loss))
    assert (loss.value(-1e-300) - loss.value(1e-300) > 0.05) == jumps
    assert (loss.properties.slope is not None) == jumps
    assert not jumps or claimed == math.inf
    if math.isfinite(beside := loss.properties.steepest):
        assert beside * (1.0 - 1e-4) <= np.max(steepest) <= beside * (1.0 + 1e-12)
    else:
        assert loss.gradient(-math.inf) == -math.inf


def test_a_jump_takes_the_lipschitz_constant_but_not_the_slope_beside_it() -> None:
    both = WeightedSum((ZeroOne(), Hinge()), (2.0, 0.5))
    assert (both.properties.lipschitz, both.properties.slope) == (math.inf, 0.5)
    assert both.properties.robust
    for weighed in (ClassWeighted(both, 3.0, 1.0), WeightedSum((ClassWeighted(both, 3, 1),), (1,))):
        assert weighed.properties.slope == 1.5
        assert weighed.properties.lipschitz == math.inf
    twice = WeightedSum((both,), (4.0,)).properties
    assert (twice.lipschitz, twice.slope) == (math.inf, 2.0)
    steep = WeightedSum((ZeroOne(), Exponential()), (1.0, 1.0)).properties
    assert (steep.slope, steep.robust) == (math.inf, False)


@every_loss
def test_where_a_slope_or_a_curvature_has_no_bound_a_way_leads_there(loss: Any) -> None:
    told = loss.properties
    if told.steep is not None:
        pulls = [abs(float(loss.gradient(*place))) for place in told.steep.places]
        assert all(far > 5.0 * near for near, far in itertools.pairwise(pulls))
    registered = all(type(leaf) is not Composite for _, leaf in leaves(loss))
    assert (told.steep is not None) == math.isinf(told.steepest) or not registered
    if math.isinf(told.smoothness) and not told.kinks:
        bends = [float(loss.hessian(*place)) for place in told.steep.places]
        assert all(far > 5.0 * near for near, far in itertools.pairwise(bends))


def test_the_way_leads_where_the_curvature_grows_too() -> None:
    told = WeightedSum((SquaredHinge(), Exponential()), (1.0, 1.0)).properties
    assert told.steep == Exponential().properties.steep


@pytest.mark.parametrize(
    "loss", [loss for loss in SUMS if not isinstance(loss, ProbabilityLoss)], ids=repr
)
def test_the_constants_are_where_optimising_finds_them(loss: Any) -> None:
    told, curve = loss.properties, loss.curve if isinstance(loss, MarginLoss) else loss
    most = max(loss.class_weights) if isinstance(loss, MarginLoss) else 1.0
    for constant, of in ((told.lipschitz, curve.gradient), (told.smoothness, curve.hessian)):
        if math.isinf(constant):
            continue
        highest = max(np.max(np.abs(of(places(loss)))), highest_of(lambda x, of=of: np.abs(of(x))))
        assert constant == pytest.approx(most * highest, rel=1e-8)
    if told.convex:
        lowest = min(np.min(curve.hessian(places(loss))), -highest_of(lambda x: -curve.hessian(x)))
        assert told.strong_convexity == pytest.approx(lowest, rel=1e-8, abs=0.1)
        assert told.strong_convexity == 0.0 or told.strong_convexity >= lowest * (1.0 - 1e-8)


def highest_of(curve: Callable[[Any], Any]) -> float:
    """Return the height of the top that a search from the best of many places ends in."""
    at = np.linspace(-12.0, 12.0, 4001)
    best = at[np.argmax(curve(at))]
    found = optimize.minimize_scalar(
        lambda x: -curve(x), bounds=(best - 0.01, best + 0.01), method="bounded",
        options={"xatol": 1e-9},
    )  # fmt: skip
    return float(-found.fun)


def test_constants_are_the_sums_where_the_parts_peak_together_and_less_elsewhere() -> None:
    together = WeightedSum((LogCosh(), AbsoluteError()), (1.0, 2.0)).properties
    assert together.lipschitz == 3.0
    apart = WeightedSum((LogCosh(), Cauchy()), (1.0, 1.0)).properties
    assert 1.2 < apart.lipschitz < 1.5
    assert apart.smoothness == 2.0
    sides = WeightedSum((Quantile(0.2), Quantile(0.9)), (1.0, 1.0)).properties
    assert sides.lipschitz == pytest.approx(1.1)
    assert WeightedSum((SquaredError(),), (3.0,)).properties.strong_convexity == 6.0
    for scale in (0.01, 1.0, 30.0):
        held = WeightedSum((SquaredError(), Cauchy(scale)), (1.0, 1.0)).properties
        assert held.strong_convexity == pytest.approx(2.0 - 0.125, rel=1e-12)
    bounded = WeightedSum((Tukey(c=2.0), Barron(alpha=-2.0)), (1.0, 3.0)).properties
    assert bounded.bound == pytest.approx(4.0 / 6.0 + 3.0 * 2.0)
    assert bounded.redescending
    assert not WeightedSum((Tukey(), AbsoluteError()), (1.0, 1.0)).properties.redescending


@pytest.mark.parametrize("gamma", [1e3, 1e55, 1e75, 1e95, 1e300])
def test_what_happens_far_out_on_the_scale_of_one_is_seen(gamma: float) -> None:
    loss = WeightedSum((Focal(gamma), LogisticLoss()), (1.0, 1e-3))
    m = -math.log(gamma) + np.linspace(-20.0, 20.0, 4001)
    told = loss.properties
    assert told.smoothness == pytest.approx(np.max(np.abs(loss.hessian(m))), rel=1e-3)
    assert told.lipschitz == pytest.approx(np.max(np.abs(loss.gradient(m))), rel=1e-3)
    assert not told.convex


@pytest.mark.parametrize("gamma", [1e-3, 0.03, 0.3, 0.9, 2.0])
def test_a_loss_in_two_halves_is_known_as_the_whole_is(gamma: float) -> None:
    for loss in (FocalProbability(gamma), Focal(gamma + 0.5), Cauchy(gamma), Tukey(gamma)):
        halves = WeightedSum((loss, loss), (0.5, 0.5)).properties
        for constant in ("lipschitz", "smoothness", "strong_convexity", "bound"):
            found, told = (getattr(of, constant) for of in (halves, loss.properties))
            assert found == pytest.approx(told, rel=1e-12)


def test_the_steepest_slope_is_found_right_beside_a_kink() -> None:
    loss = WeightedSum((Tukey(c=2.0), EpsilonInsensitive(1.2)), (1.0, 1.0))
    assert loss.properties.lipschitz == pytest.approx(1.0 + Tukey(c=2.0).gradient(1.2), rel=1e-14)


def test_no_sum_bends_up_for_good_by_what_fades_far_out() -> None:
    for parts in ((Barron(1.5), AbsoluteError()), (Barron(1.999), LogCosh()), (Huber(), LogCosh())):
        assert WeightedSum(parts, (1.0, 1.0)).properties.strong_convexity == 0.0


def random_sums(count: int) -> Iterator[Any]:
    random = np.random.default_rng(5)
    for family in (RESIDUAL_LOSSES, MARGIN_LOSSES):
        for _ in range(count):
            size = int(random.integers(2, 4))
            kinds = [family[i] for i in random.integers(len(family), size=size)]
            losses = [kind() for kind in kinds if kind is not WeightedLogisticLoss]
            if losses:
                yield WeightedSum(losses, 10.0 ** random.uniform(-2, 1, size=len(losses)))


def test_whatever_is_summed_holds_at_places_where_nobody_looked() -> None:
    random = np.random.default_rng(6)
    x = np.concatenate([random.normal(size=4000) * 10.0 ** random.uniform(-2, 2, 4000)])
    for loss in random_sums(40):
        told, slope, curvature = loss.properties, loss.gradient(x), loss.hessian(x)
        assert np.all(np.abs(slope) <= told.lipschitz * (1.0 + 1e-12))
        assert np.all(np.abs(curvature) <= told.smoothness * (1.0 + 1e-12))
        assert np.all(loss.value(x) <= told.bound)
        if told.convex:
            assert np.all(curvature >= told.strong_convexity * (1.0 - 1e-9))
        else:
            assert laws.above_chord(loss, *laws.witnesses(loss)) > 0.0


# Calibrated and proper.


@pytest.mark.parametrize("loss", [kind() for kind in MARGIN_LOSSES], ids=repr)
def test_every_registered_loss_costs_more_on_the_wrong_side(loss: MarginLoss) -> None:
    m = np.geomspace(1e-6, 600.0, 501)
    assert np.all(loss.curve.value(-m) > loss.curve.value(m))


def test_a_kink_at_zero_spoils_calibration_unless_the_value_steps_there() -> None:
    def calibrated(*losses: MarginLoss) -> bool | None:
        return WeightedSum(losses, (1.0,) * len(losses)).properties.calibrated

    assert not calibrated(Perceptron(), LogisticLoss())
    assert not calibrated(Hinge(margin=0.0), Brier())
    assert not calibrated(Perceptron(), SquaredHinge(margin=0.0))
    assert not calibrated(SquaredHinge(margin=0.0), SquaredHinge(margin=0.0))
    assert calibrated(Perceptron(), ZeroOne())
    assert calibrated(Perceptron(), ZeroOne(), Brier())
    assert calibrated(SquaredHinge(margin=0.0), Hinge())
    assert calibrated(Focal(), ZeroOne())


def test_a_sum_reports_a_probability_when_all_its_parts_report_the_same() -> None:
    score = np.linspace(-3.0, 3.0, 13)
    same = WeightedSum((LogisticLoss(), Brier(), Hinge()), (1.0, 2.0, 0.0))
    np.testing.assert_array_equal(same.probability(score), LogisticLoss().probability(score))
    assert same.properties.strictly_proper
    assert isinstance(same.probability(0.3), float)
    for other in (Exponential(), Hinge(), ZeroOne()):
        for parts in ((LogisticLoss(), other), (other, LogisticLoss())):
            loss = WeightedSum(parts, (1.0, 1.0))
            assert loss.probability(score) is None
            assert loss.properties.proper is None
            assert loss.properties.strictly_proper is None
    improper = WeightedSum((LogisticLoss(), Focal()), (1.0, 1.0)).properties
    assert (improper.proper, improper.strictly_proper) == (False, False)
    unsure = WeightedSum((SquaredProbability(), FocalProbability()), (1.0, 1.0)).properties
    assert (unsure.proper, unsure.strictly_proper) == (False, False)


def test_through_a_link_the_sum_is_the_sum_of_what_its_parts_are() -> None:
    inner = WeightedSum((BinaryCrossEntropy(), SquaredProbability()), (1.0, 0.5))
    assert inner.on_logits == WeightedSum((LogisticLoss(), Brier()), (1.0, 0.5))
    at = np.linspace(-4.0, 4.0, 81)
    for link in (LogitLink(), ProbitLink()):
        whole = Composite(inner, link)
        parts = [Composite(loss, link) for loss in inner.losses]
        for curve in CURVES:
            expected = sum(
                weight * getattr(part, curve)(at)
                for weight, part in zip(inner.weights, parts, strict=True)
            )
            np.testing.assert_allclose(getattr(whole, curve)(at), expected, rtol=1e-13, atol=1e-15)
        as_sum = WeightedSum(parts, inner.weights)
        assert as_sum.properties.strictly_proper
        np.testing.assert_allclose(as_sum.value(at), whole.value(at), rtol=1e-14)
    assert Composite(inner, LogitLink()).properties == inner.on_logits.properties


# What they estimate.

TRUTHS = (0.1, 0.3, 0.49, 0.6, 0.9)


@pytest.mark.parametrize(
    "parts",
    [
        (SquaredError(), AbsoluteError()),
        (LogCosh(), Quantile(tau=0.8)),
        (Quantile(tau=0.1), Huber(), SquaredError()),
    ],
    ids=repr,
)
def test_a_convex_sum_estimates_something_between_what_its_parts_do(parts: Any) -> None:
    assert WeightedSum.estimates == "for convex parts, something between what each estimates alone"
    alone = [of_residuals.lowest(part) for part in parts]
    for weights in ((1.0, 1.0, 1.0), (0.1, 3.0, 1.0)):
        found = of_residuals.lowest(WeightedSum(parts, weights[: len(parts)]))
        assert min(alone) < found < max(alone)


@pytest.mark.parametrize("truth", TRUTHS)
def test_so_do_scores_and_probabilities(truth: float) -> None:
    parts = (LogisticLoss(), Exponential())
    alone = sorted(of_margins.best_score(part, truth) for part in parts)
    assert alone[0] < of_margins.best_score(WeightedSum(parts, (1.0, 2.0)), truth) < alone[1]
    chances = (BinaryCrossEntropy(), FocalProbability())
    ends = sorted(of_margins.best_chance(part, truth) for part in chances)
    assert ends[0] < of_margins.best_chance(WeightedSum(chances, (1.0, 1.0)), truth) < ends[1]


@pytest.mark.parametrize("truth", TRUTHS)
@pytest.mark.parametrize("weights", [(1.0, 1.0), (0.2, 3.0), (5.0, 2.0)], ids=repr)
def test_class_weights_estimate_what_the_loss_does_at_odds_times_their_ratio(
    truth: float, weights: tuple[float, float]
) -> None:
    assert ClassWeighted.estimates == (
        "what the loss alone does were the odds multiplied by the positives' weight over the"
        " negatives'"
    )
    negative, positive = weights
    odds = truth / (1.0 - truth) * positive / negative
    for loss in (LogisticLoss(), Exponential(), SquaredHinge(), Brier()):
        found = of_margins.best_score(ClassWeighted(loss, negative, positive), truth)
        alone = of_margins.best_score(loss, odds / (1.0 + odds))
        assert found == pytest.approx(alone, abs=1e-7)


def test_the_noise_of_a_sum_is_the_product_of_its_parts_densities() -> None:
    parts, weights = (SquaredError(), AbsoluteError()), (0.3, 1.2)
    loss = WeightedSum(parts, weights)
    density = np.prod(
        [np.exp(-part.value(0.7)) ** w for part, w in zip(parts, weights, strict=True)]
    )
    assert np.exp(-loss.value(0.7)) == pytest.approx(density)
    assert math.isfinite(integrate.quad(lambda r: np.exp(-loss.value(r)), -math.inf, math.inf)[0])


# Class weights.


@every_weighing
def test_a_label_costs_its_class_weight_times_the_curve(loss: MarginLoss) -> None:
    m = places(loss)
    for label, weight in zip((-1.0, 1.0), loss.class_weights, strict=True):
        np.testing.assert_allclose(loss.value(m, label), weight * loss.curve.value(m), rtol=1e-14)
    assert loss.curve.class_weights == (1.0, 1.0)
    assert loss.curve.curve == loss.curve
    assert loss.properties.symmetric == (len(set(loss.class_weights)) == 1)
    assert (loss.section.held == "label +1") == (loss.class_weights != (1.0, 1.0))


def test_class_weights_multiply() -> None:
    assert ClassWeighted(WeightedLogisticLoss(3.0), 2.0, 0.5).class_weights == (2.0, 1.5)
    assert ClassWeighted(WeightedLogisticLoss(3.0), 2.0, 0.5).curve == LogisticLoss()
    assert ClassWeighted(Focal(alpha=0.25), 4.0, 4.0).class_weights == (3.0, 1.0)
    twice = ClassWeighted(ClassWeighted(Hinge(), 2.0, 3.0), 5.0, 7.0)
    assert twice.class_weights == (10.0, 21.0)
    m = np.linspace(-3.0, 3.0, 61)
    plain, weighed = WeightedLogisticLoss(3.0), ClassWeighted(LogisticLoss(), 1.0, 3.0)
    for label, curve in itertools.product((-1, 1), CURVES):
        np.testing.assert_array_equal(
            getattr(weighed, curve)(m, label), getattr(plain, curve)(m, label)
        )
    assert weighed.properties == plain.properties


def test_the_class_weights_of_a_sum_are_those_of_its_parts() -> None:
    loss = WeightedSum((WeightedLogisticLoss(3.0), ClassWeighted(Hinge(), 1.0, 3.0)), (0.5, 2.0))
    assert loss.class_weights == (1.0, 3.0)
    assert loss.curve == WeightedSum((LogisticLoss(), Hinge()), (0.5, 2.0))
    assert loss.properties.lipschitz == pytest.approx(3.0 * 2.5)
    around = ClassWeighted(loss.curve, 1.0, 3.0)
    assert around.properties == loss.properties
    m = np.linspace(-3.0, 3.0, 61)
    for label in (-1, 1):
        np.testing.assert_allclose(around.value(m, label), loss.value(m, label), rtol=1e-14)


def test_equal_class_weights_keep_a_loss_proper_and_others_do_not() -> None:
    for weights, alike in (((2.0, 2.0), True), ((2.0, 1.0), False)):
        told = ClassWeighted(LogisticLoss(), *weights).properties
        assert (told.symmetric, told.calibrated, told.proper, told.strictly_proper) == (alike,) * 4
        assert told.lipschitz == 2.0
        assert told.smoothness == 0.5


# What opens a fast sum.


def test_strips_are_as_narrow_as_the_narrowest_and_polynomials_have_none() -> None:
    def strip(*losses: ScalarLoss) -> float | None:
        return WeightedSum(losses, (1.0,) * len(losses)).strip

    assert strip(LogCosh(), Cauchy(scale=0.5)) == 0.5
    assert strip(Cauchy(scale=3.0), LogCosh()) == math.pi / 2
    assert strip(LogCosh(), SquaredError()) == math.pi / 2
    assert strip(LogCosh(), Huber()) is None
    assert strip(SquaredError(), Barron(alpha=2.0)) is None
    assert strip(LogisticLoss(), Exponential()) is None
    assert strip(WeightedSum((LogCosh(), SquaredError()), (1, 1)), Cauchy()) == 1.0
    assert ClassWeighted(Brier(), 1.0, 2.0).strip == math.pi
    assert ClassWeighted(Hinge(), 1.0, 2.0).strip is None


@pytest.mark.parametrize(
    "loss",
    [
        WeightedSum((LogCosh(), Cauchy(scale=0.5)), (1.0, 3.0)),
        WeightedSum((LogCosh(), SquaredError()), (1.0, 0.1)),
        ClassWeighted(WeightedSum((LogisticLoss(), LogisticLoss()), (1.0, 0.5)), 2.0, 1.0),
    ],
    ids=repr,
)
def test_the_nearest_singularity_lies_where_the_strip_says(loss: Any) -> None:
    # As for the parts: next to a logarithm the coefficients on [-5s, 5s] fall as ρ⁻ⁿ / n.
    size = [of_margins.coefficient(loss, 5.0 * loss.strip, n) for n in (40, 80)]
    measured = math.exp((math.log(size[0] / size[1]) - math.log(80 / 40)) / 40)
    assert measured == pytest.approx(0.2 + math.hypot(0.2, 1.0), rel=1e-2)


def test_a_sum_has_the_rate_that_all_its_parts_have() -> None:
    for loss in (
        WeightedSum((Exponential(), Exponential(), Hinge()), (1.0, 2.0, 0.0)),
        ClassWeighted(Exponential(), 1.0, 2.0),
    ):
        assert loss.rate == -1.0
        assert loss.value(2.0) == pytest.approx(math.exp(2.0 * loss.rate) * loss.value(0.0))
    assert WeightedSum((Exponential(), LogisticLoss()), (1.0, 1.0)).rate is None
    assert ClassWeighted(Hinge(), 1.0, 2.0).rate is None


@every_loss
def test_a_sum_is_made_of_pieces_exactly_when_all_its_parts_are(loss: Any) -> None:
    assert (loss.pieces is not None) == all(leaf.pieces for _, leaf in leaves(loss))


def test_the_pieces_of_class_weights_are_those_of_a_positive() -> None:
    pieces = ClassWeighted(Hinge(), 0.2, 3.0).pieces
    assert dataclasses.asdict(pieces) == {"kinks": (1.0,), "polynomials": ((3.0, -3.0), (0.0,))}


# What the reader sees.


def read(text: str) -> float:
    """Return what a formula says, a statement in brackets counting as 1 where it is true."""

    def truth(found: re.Match[str]) -> str:
        return str(int(float(evaluate(found[1])) <= 0.0))

    text = re.sub(r"\\mathbf\{1\}\[(.*?) \\le 0\]", truth, text)
    return float(
        evaluate(re.sub(r"\\Phi\((.*?)\)", lambda found: of_margins.probit_of(found[1]), text))
    )


@pytest.mark.parametrize("loss", [*RESIDUALS, *MARGINS], ids=repr)
def test_a_formula_with_numbers_in_it_gives_the_value(loss: Any) -> None:
    both = ({"label": -1.0}, {"label": 1.0}) if isinstance(loss, MarginLoss) else ({},)
    for side, x in itertools.product(both, (*of_margins.SHORT[:10], *seams(loss), 0.007)):
        if abs(x) < 4.0 or "Probit" not in repr(loss):
            found, told = read(loss.worked(x, **side)), float(loss.value(x, **side))
            assert found == pytest.approx(told, rel=1e-3, abs=1e-14)


def test_formulas_are_written_as_by_hand() -> None:
    loss = WeightedSum((Hinge(), ZeroOne()), (1.0, 0.5))
    assert loss.worked(-2.0) == (
        r"1 \cdot \left(\max\bigl(1 - (-2),\; 0\bigr)\right)"
        r" + 0.5 \cdot \left(\mathbf{1}[-2 \le 0]\right)"
    )
    assert loss.name == "Hinge + 0.5 × Zero-one"
    assert loss.formula == r"L = L_{\text{Hinge}} + 0.5\,L_{\text{Zero-one}}"
    nested = WeightedSum((loss, Brier()), (0.25, 1.0))
    assert nested.name == "0.25 × (Hinge + 0.5 × Zero-one) + Brier"
    assert nested.formula == r"L = 0.25\,L_{\text{Hinge + 0.5 × Zero-one}} + L_{\text{Brier}}"
    weighed = ClassWeighted(Hinge(), 0.2, 3.0)
    assert weighed.name == "Hinge, positives times 3, negatives times 0.2"
    assert weighed.worked(0.5, -1) == (r"0.2 \cdot \left(\max\bigl(1 - 0.5,\; 0\bigr)\right)")
    summed = WeightedSum((WeightedLogisticLoss(),), (2.0,))
    assert summed.worked(1.0, -1).startswith(r"1 \cdot \left(2 \cdot")
    chances = WeightedSum((BinaryCrossEntropy(), SquaredProbability()), (1.0, 0.5))
    assert chances.worked(0.25) == (
        r"1 \cdot \left(-\log 0.25\right) + 0.5 \cdot \left((1 - 0.25)^2\right)"
    )


@pytest.mark.parametrize("loss", [*RESIDUALS, *MARGINS], ids=repr)
def test_code_computes_the_value_and_the_gradient(loss: Any) -> None:
    at = places(loss)
    at = at[np.abs(at) <= (8.0 if "Probit" in repr(loss) or "Smoothed" in repr(loss) else 300.0)]
    both = ({"label": -1.0}, {"label": 1.0}) if isinstance(loss, MarginLoss) else ({},)
    for side, name in itertools.product(both, ("value", "gradient")):
        names = {"np": np, "scipy": __import__("scipy"), "r": at, "m": at, **side}
        found = np.broadcast_to(eval(getattr(loss, f"code_{name}"), names), at.shape)
        told = getattr(loss, name)(at, **side)
        np.testing.assert_allclose(found, told, rtol=1e-8, atol=1e-14)


def test_code_holds_the_knobs_of_what_goes_through_a_link() -> None:
    loss = WeightedSum((Composite(FocalProbability(gamma=1.5), LogitLink()), Hinge(2.0)), (1, 1))
    m = np.linspace(-5.0, 5.0, 101)
    for name in ("value", "gradient"):
        found = eval(getattr(loss, f"code_{name}"), {"np": np, "m": m})
        np.testing.assert_allclose(found, getattr(loss, name)(m), rtol=1e-9)


def test_the_section_of_a_sum_is_as_wide_as_its_widest_part() -> None:
    for losses in ((Huber(5.0), Huber(1.0)), (Huber(1.0), Huber(5.0))):
        assert WeightedSum(losses, (1.0, 1.0)).section.interval == (-6.0, 6.0)
    assert WeightedSum((Huber(5.0), Huber(1.0)), (0.0, 1.0)).section.interval == (-4.0, 4.0)
    assert WeightedSum((Huber(), LogCosh()), (1.0, 1.0)).section.axis == "residual r"


def test_the_knobs_of_class_weights_are_declared() -> None:
    told = parameters(ClassWeighted)
    assert list(told) == ["negative", "positive"]
    assert parameters(WeightedSum) == {}
    for name, declared in told.items():
        assert declared.symbol in ClassWeighted.formula
        assert name in declared.meaning
        assert declared.low <= getattr(ClassWeighted(Hinge()), name) <= declared.high
        assert declared.accepts(declared.low)
        assert declared.logarithmic


# Objects of the same kind.


@pytest.mark.parametrize(
    ("kind", "family"),
    [
        (SumOfResidualLosses, ResidualLoss),
        (SumOfMarginLosses, MarginLoss),
        (SumOfProbabilityLosses, ProbabilityLoss),
        (ClassWeighted, MarginLoss),
    ],
)
def test_a_composition_is_a_final_loss_of_its_family(kind: type, family: type) -> None:
    assert issubclass(kind, family)
    assert kind.__final__
    assert kind.__subclasses__() == []
    assert kind.task == family.task
    assert kind.arguments == family.arguments
    assert inspect.isabstract(WeightedSum)


@every_loss
def test_a_composition_is_what_it_is_made_of(loss: Any) -> None:
    twin = copy.deepcopy(loss)
    assert twin == loss
    assert hash(twin) == hash(loss)
    assert pickle.loads(pickle.dumps(loss)) == loss
    assert dataclasses.replace(loss) == loss
    with pytest.raises(dataclasses.FrozenInstanceError):
        loss.weights = ()
    if isinstance(loss, WeightedSum):
        assert WeightedSum(list(loss.losses), np.array(loss.weights)) == loss
        assert all(type(weight) is float for weight in loss.weights)
        doubled = dataclasses.replace(loss, weights=tuple(2.0 * w for w in loss.weights))
        assert doubled != loss
        assert type(doubled) is type(loss)


def test_order_and_weights_tell_sums_apart() -> None:
    one = WeightedSum((Huber(), LogCosh()), (1, 2))
    assert one == WeightedSum((Huber(), LogCosh()), (1.0, 2.0))
    assert one != WeightedSum((LogCosh(), Huber()), (2.0, 1.0))
    assert type(WeightedSum((Huber(),), (1.0,))) is SumOfResidualLosses
    assert type(WeightedSum((one, one), (1.0, 1.0))) is SumOfResidualLosses
    assert type(WeightedSum((Composite(BinaryCrossEntropy(), LogitLink()),), (1.0,))) is (
        SumOfMarginLosses
    )


BARE = Composite(BinaryCrossEntropy(), IdentityLink())
PAIR = (Huber(), LogCosh())
REFUSED: list[tuple[Callable[[], Any], str]] = [
    (
        lambda: WeightedSum((Huber(), Hinge()), (1.0, 1.0)),
        "WeightedSum: losses are Huber, Hinge, expected some of one family.",
    ),
    (
        lambda: WeightedSum((Hinge(), BinaryCrossEntropy()), (1.0, 1.0)),
        "WeightedSum: losses are Hinge, BinaryCrossEntropy, expected some of one family.",
    ),
    (
        lambda: WeightedSum((BARE, BARE), (1.0, 1.0)),
        "WeightedSum: losses are Composite, Composite, expected some of one family.",
    ),
    (
        lambda: WeightedSum((CategoricalCrossEntropy(),), (1.0,)),
        "WeightedSum: losses are CategoricalCrossEntropy, expected some of one family.",
    ),
    (lambda: WeightedSum((), ()), "WeightedSum: losses are none, expected some of one family."),
    (
        lambda: SumOfMarginLosses((Huber(),), (1.0,)),
        "SumOfMarginLosses: the losses make a SumOfResidualLosses.",
    ),
    (
        lambda: WeightedSum(PAIR, (1.0,)),
        "WeightedSum: 2 losses and 1 weights, expected equally many.",
    ),
    (
        lambda: WeightedSum(PAIR, (1.0, -0.5)),
        "WeightedSum: weights[1] is -0.5, expected at least 0 and finite.",
    ),
    (
        lambda: WeightedSum(PAIR, (math.inf, 1.0)),
        "WeightedSum: weights[0] is inf, expected at least 0 and finite.",
    ),
    (
        lambda: WeightedSum(PAIR, (1.0, math.nan)),
        "WeightedSum: weights[1] is nan, expected at least 0 and finite.",
    ),
    (
        lambda: WeightedSum(PAIR, (0.0, 0.0)),
        "WeightedSum: all weights are 0, expected one above.",
    ),
    (
        lambda: WeightedSum((WeightedLogisticLoss(), Hinge()), (1.0, 1.0)),
        "WeightedSum: the losses weigh the classes differently,"
        " expected one ClassWeighted around the sum.",
    ),
    (
        lambda: ClassWeighted(Huber(), 1.0, 1.0),
        "ClassWeighted: loss is Huber, expected one of the margin.",
    ),
    (
        lambda: ClassWeighted(BARE, 1.0, 1.0),
        "ClassWeighted: loss is Composite, expected one of the margin.",
    ),
    (
        lambda: ClassWeighted(Hinge(), 0.0, 1.0),
        "ClassWeighted: negative is 0.0, expected above 0 and finite.",
    ),
    (
        lambda: ClassWeighted(Hinge(), 1.0, math.inf),
        "ClassWeighted: positive is inf, expected above 0 and finite.",
    ),
    (
        lambda: ClassWeighted(ClassWeighted(Hinge(), 1e200, 1.0), 1e200, 1.0),
        "ClassWeighted: a class weighs inf in all, expected above 0 and finite.",
    ),
    (
        lambda: ClassWeighted(ClassWeighted(Hinge(), 1.0, 1e-200), 1.0, 1e-200),
        "ClassWeighted: a class weighs 0 in all, expected above 0 and finite.",
    ),
]


@pytest.mark.parametrize(("make", "sentence"), REFUSED, ids=[told for _, told in REFUSED])
def test_what_makes_no_composition_is_refused_in_a_sentence(
    make: Callable[[], Any], sentence: str
) -> None:
    with pytest.raises(ParameterError) as refusal:
        make()
    assert str(refusal.value) == sentence


def test_no_class_weight_accepts_nan() -> None:
    for name in parameters(ClassWeighted):
        with pytest.raises(ParameterError, match=f"^ClassWeighted: {name} is nan"):
            ClassWeighted(Hinge(), **{name: math.nan})


def test_what_leaves_float64_is_infinite_and_nothing_warns() -> None:
    loss = WeightedSum((SquaredError(), Cauchy()), (1e300, 1e300))
    assert loss.value(1e10) == math.inf
    assert loss.gradient(-1e10) == -math.inf
    assert ClassWeighted(Exponential(), 1.0, 1e300).value(-300.0, 1) == math.inf
    assert not np.isnan(WeightedSum((LogisticLoss(), Brier()), (1e-320, 1e308)).value([-1e308, 0]))[
        0
    ]
