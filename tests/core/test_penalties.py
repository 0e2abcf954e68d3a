"""Laws of the penalties, and what arbitrary precision and other frameworks say about them."""

import ast
import inspect
import itertools
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from mpmath import mpf
from scipy import optimize, stats

import core.penalties
from core.declare import ParameterError, parameters
from core.losses import Array, DomainError
from core.penalties import L1, L2, PENALTIES, ElasticNet, GroupLasso, Penalty
from tests.core import laws

SETTINGS: tuple[Penalty, ...] = (
    L1(),
    L2(),
    ElasticNet(ratio=0.0),
    ElasticNet(ratio=0.25),
    ElasticNet(),
    ElasticNet(ratio=0.95),
    ElasticNet(ratio=1.0),
    GroupLasso(size=1),
    GroupLasso(),
    GroupLasso(size=3),
)
STRENGTHS = (0.01, 0.3, 1.0, 7.0)
ROW = 6  # coefficients: whole groups of every size above

every_penalty = pytest.mark.parametrize("penalty", SETTINGS, ids=repr)
every_class = pytest.mark.parametrize("cls", PENALTIES)
every_strength = pytest.mark.parametrize("strength", STRENGTHS)


def width(penalty: Penalty) -> int:
    """Return how many coefficients make one term."""
    return penalty.size if isinstance(penalty, GroupLasso) else 1


def drawn(seed: int, *shape: int) -> Array:
    """Return coefficients of many sizes, a third of them 0."""
    rng = np.random.default_rng(seed)
    theta = rng.normal(size=shape) * 10.0 ** rng.uniform(-2, 2, shape)
    return np.where(rng.random(shape) < 1 / 3, 0.0, theta)


def lone_groups(penalty: Penalty, seed: int, count: int) -> Array:
    """Return rows of one group each, none of which holds a 0."""
    rng = np.random.default_rng(seed)
    theta = rng.normal(size=(count, width(penalty)))
    return theta * 10.0 ** rng.uniform(-3, 3, (count, 1))


def size_of(theta: Array) -> Array:
    return np.linalg.norm(theta, axis=-1)


# The curves belong together.


@every_penalty
def test_gradient_is_the_derivative_of_the_value(penalty: Penalty) -> None:
    rng = np.random.default_rng(1)
    theta = rng.choice([-1.0, 1.0], (3, 2, ROW)) * rng.uniform(0.5, 3.0, (3, 2, ROW))
    for direction in (np.ones_like(theta), rng.normal(size=theta.shape)):
        laws.assert_gradient(penalty, (theta,), (direction,), rtol=1e-10)


@every_penalty
def test_hessian_is_the_derivative_of_the_gradient_wherever_there_is_one(penalty: Penalty) -> None:
    if penalty.no_hessian:
        assert not hasattr(penalty, "hessian")
        return
    rng = np.random.default_rng(2)
    theta = rng.choice([-1.0, 1.0], (3, ROW)) * rng.uniform(0.5, 3.0, (3, ROW))
    assert penalty.hessian(theta).shape == (3, ROW, ROW)
    laws.assert_hessian(penalty, (theta,), rng.normal(size=theta.shape), rtol=1e-10)
    # At a corner it is what it is just beside.
    np.testing.assert_array_equal(penalty.hessian(0.0 * theta), penalty.hessian(theta))


def test_a_group_bends_without_limit_next_to_zero_but_for_a_group_of_one() -> None:
    assert "bends without limit" in GroupLasso.no_hessian
    near = np.array([[1e-6, 0.0], [1e-12, 0.0]])
    step = np.array([[0.0, 1e-8], [0.0, 1e-14]])
    bend = (GroupLasso().gradient(near + step) - GroupLasso().gradient(near))[:, 1] / step[:, 1]
    np.testing.assert_allclose(bend, math.sqrt(2.0) / near[:, 0], rtol=1e-3)


@every_penalty
def test_no_coefficients_cost_nothing_and_none_cost_less(penalty: Penalty) -> None:
    assert penalty.value(np.zeros(ROW)) == 0.0
    assert not np.signbit(penalty.value([-0.0] * ROW))
    assert np.all(penalty.value(drawn(3, 500, ROW)) >= 0.0)
    assert penalty.value(np.empty((2, 0))).tolist() == [0.0, 0.0]
    assert np.all(penalty.value(lone_groups(penalty, 4, 100)) > 0.0)


@every_penalty
def test_all_signs_and_all_groups_are_treated_alike(penalty: Penalty) -> None:
    assert penalty.properties.symmetric
    theta = drawn(5, 50, ROW)
    signs = np.random.default_rng(5).choice([-1.0, 1.0], theta.shape)
    np.testing.assert_allclose(penalty.value(signs * theta), penalty.value(theta), rtol=1e-14)
    np.testing.assert_allclose(penalty.gradient(signs * theta), signs * penalty.gradient(theta))
    turned = np.roll(theta, width(penalty), axis=-1)
    np.testing.assert_allclose(penalty.value(turned), penalty.value(theta), rtol=1e-14)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_penalty_is_a_sum_over_coefficients_or_groups(size: int) -> None:
    for penalty in (p for p in SETTINGS if width(p) == size):
        theta = drawn(6, 7, ROW)
        parts = np.split(theta, ROW // size, axis=-1)
        total = sum(penalty.value(part) for part in parts)
        np.testing.assert_allclose(penalty.value(theta), total, rtol=1e-14)
        slopes = np.concatenate([penalty.gradient(part) for part in parts], axis=-1)
        np.testing.assert_allclose(penalty.gradient(theta), slopes, rtol=1e-14)


@every_penalty
def test_the_gradient_is_a_subgradient_everywhere(penalty: Penalty) -> None:
    theta, other = drawn(7, 3000, ROW), drawn(8, 3000, ROW)
    lift = np.sum(penalty.gradient(theta) * (other - theta), axis=-1)
    line = penalty.value(theta) + lift
    slack = 1e-12 * (penalty.value(theta) + np.abs(lift))
    assert np.all(penalty.value(other) >= line - slack)


@every_penalty
def test_at_a_corner_the_gradient_is_the_shortest_subgradient(penalty: Penalty) -> None:
    np.testing.assert_array_equal(penalty.gradient(np.zeros(ROW)), np.zeros(ROW))
    np.testing.assert_array_equal(penalty.gradient([-0.0] * ROW), np.zeros(ROW))
    some = np.where(np.arange(ROW) < width(penalty), 0.0, 1.5)
    assert np.all(penalty.gradient(some)[: width(penalty)] == 0.0)
    assert np.all(penalty.gradient(some)[width(penalty) :] > 0.0)


# The constants, which are those of one term.


@every_penalty
def test_lipschitz_constant_of_one_term_bounds_the_slope_and_is_approached(
    penalty: Penalty,
) -> None:
    claimed = penalty.properties.lipschitz
    steepness = size_of(penalty.gradient(lone_groups(penalty, 9, 2000)))
    if math.isfinite(claimed):
        assert claimed * (1.0 - 1e-12) <= steepness.max() <= claimed * (1.0 + 1e-12)
    else:
        ever_farther = np.full((4, width(penalty)), 1.0) * [[1e3], [1e9], [1e27], [1e300]]
        assert np.all(np.diff(size_of(penalty.gradient(ever_farther) / 1e150)) > 0.0)
    assert penalty.properties.robust == math.isfinite(claimed)


@every_penalty
def test_many_terms_are_steeper_by_the_root_of_their_number(penalty: Penalty) -> None:
    claimed = penalty.properties.lipschitz
    if math.isinf(claimed):
        return
    terms = ROW // width(penalty)
    theta = np.random.default_rng(10).normal(size=(500, ROW))
    np.testing.assert_allclose(size_of(penalty.gradient(theta)), claimed * math.sqrt(terms))


@every_penalty
def test_smoothness_bounds_the_slope_of_the_gradient_and_is_approached(penalty: Penalty) -> None:
    claimed = penalty.properties.smoothness
    a, b = np.random.default_rng(11).normal(size=(2, 500, ROW))
    quotient = size_of(penalty.gradient(a) - penalty.gradient(b)) / size_of(a - b)
    assert np.all(quotient <= claimed * (1.0 + 1e-9))
    across = penalty.gradient(1e-6 * a) - penalty.gradient(-1e-6 * a)
    steepest = np.max(size_of(across) / size_of(2e-6 * a))
    if math.isinf(claimed):
        assert steepest > 1e4
    else:
        assert steepest == pytest.approx(claimed, rel=1e-9)


@every_penalty
def test_strong_convexity_is_what_can_be_taken_off_before_a_chord_dips(penalty: Penalty) -> None:
    claimed = penalty.properties.strong_convexity
    rng = np.random.default_rng(12)
    a = rng.normal(size=(2000, ROW))
    b = a * rng.uniform(0.2, 3.0, (2000, 1))  # along a ray from 0 nothing else is curved

    def excess(strong: float) -> Array:
        def left(theta: Array) -> Array:
            return penalty.value(theta) - 0.5 * strong * size_of(theta) ** 2

        return left((a + b) / 2) - (left(a) + left(b)) / 2

    assert np.all(excess(claimed) <= 1e-12)
    assert np.max(excess(claimed + 1e-3)) > 1e-6


@every_penalty
def test_every_chord_lies_above(penalty: Penalty) -> None:
    assert penalty.properties.convex
    assert penalty.properties.held == ()
    ends = (((drawn(13 + i, 40, ROW),), (drawn(63 + i, 40, ROW),)) for i in range(50))
    laws.assert_convex_or_witnessed(penalty, ends, slack=1e-12)


@every_penalty
def test_there_is_no_bound_and_the_pull_never_lets_go(penalty: Penalty) -> None:
    assert not penalty.properties.bounded
    assert not penalty.properties.redescending
    ray = np.ones((5, ROW)) * [[1.0], [1e3], [1e9], [1e27], [1e140]]
    assert np.all(np.diff(penalty.value(ray)) > 0.0)
    assert np.all(np.diff(size_of(penalty.gradient(ray))) >= -1e-12)


@every_penalty
def test_nothing_is_classified_and_no_probability_reported(penalty: Penalty) -> None:
    told = penalty.properties
    assert (told.calibrated, told.proper, told.strictly_proper, told.tight) == (None,) * 3 + (True,)


# The section.


@every_penalty
def test_the_section_is_the_penalty_of_one_coefficient(penalty: Penalty) -> None:
    laws.assert_section(penalty)
    section = penalty.section
    assert section.axis == "coefficient θ"
    assert section.interval == (-2.0, 2.0)
    assert section.places == ()
    assert section.held == ("the rest of its group at 0" if width(penalty) > 1 else "")
    t = np.linspace(-2.0, 2.0, 41)
    rows = np.zeros((41, width(penalty)))
    rows[:, 0] = t
    np.testing.assert_array_equal(section.value(t), penalty.value(rows))
    np.testing.assert_array_equal(section.gradient(t), penalty.gradient(rows)[:, 0])


@every_penalty
def test_along_the_section_the_hessian_is_the_derivative_of_the_gradient(penalty: Penalty) -> None:
    section = penalty.section
    for t in (-1.7, -0.3, 0.4, 1.9):
        found = laws.slope(lambda s, t=t: float(section.gradient(np.array([t + s]))[0]), 0.05)
        assert found == pytest.approx(float(section.hessian(np.array([t]))[0]), abs=1e-12)


@every_penalty
def test_the_section_kinks_exactly_where_declared(penalty: Penalty) -> None:
    t = np.linspace(-2.0, 2.0, 4001)
    step = np.diff(penalty.section.gradient(t))
    jumps = step > 2.1 * np.diff(t)
    assert np.any(jumps) == bool(penalty.properties.kinks)
    np.testing.assert_allclose(t[:-1][jumps], penalty.properties.kinks * 2, atol=1.1e-3)
    assert penalty.properties.differentiable != bool(penalty.properties.kinks)
    for kink in penalty.properties.kinks:
        sides = penalty.section.gradient(np.array([kink - 1e-9, kink, kink + 1e-9]))
        assert sides[0] < sides[1] < sides[2]


# The proximal operator.


def proximal_cost(penalty: Penalty, x: Array, theta: Array, strength: float) -> Array:
    return 0.5 * np.sum((x - theta) ** 2, axis=-1) + strength * penalty.value(x)


@every_strength
@every_penalty
def test_nothing_costs_less_than_the_proximal_point(penalty: Penalty, strength: float) -> None:
    rng = np.random.default_rng(14)
    for theta in drawn(15, 6, ROW):
        best = penalty.proximal(theta, strength)
        lowest = proximal_cost(penalty, best, theta, strength)
        away = rng.normal(size=(400, ROW)) * 10.0 ** rng.uniform(-6, 2, (400, 1))
        away *= rng.random((400, ROW)) < 0.5
        slack = 1e-13 * (1.0 + lowest)
        assert np.all(proximal_cost(penalty, best + away, theta, strength) >= lowest - slack)
        others = [theta, np.zeros(ROW), 0.5 * (theta + best), 0.5 * best]
        assert np.all(proximal_cost(penalty, np.array(others), theta, strength) >= lowest - slack)


@every_strength
@every_penalty
def test_the_proximal_point_is_where_numerical_minimisation_ends(
    penalty: Penalty, strength: float
) -> None:
    theta = np.array([1.3, -0.4, 2.0])[: width(penalty)]
    found = optimize.minimize(
        lambda x: float(proximal_cost(penalty, x, theta, strength)),
        0.5 * theta,
        method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-15, "maxiter": 4000, "maxfev": 8000},
    )
    np.testing.assert_allclose(penalty.proximal(theta, strength), found.x, atol=1e-6)


@every_strength
@every_penalty
def test_what_is_taken_off_is_the_strength_times_a_subgradient(
    penalty: Penalty, strength: float
) -> None:
    theta, other = drawn(16, 2000, ROW), drawn(17, 2000, ROW)
    best = penalty.proximal(theta, strength)
    taken = (theta - best) / strength
    line = penalty.value(best) + np.sum(taken * (other - best), axis=-1)
    slack = 1e-9 * (1.0 + np.abs(line))
    assert np.all(penalty.value(other) >= line - slack)


def projected(theta: Array, radius: float) -> Array:
    """Return theta drawn into the ball of that radius."""
    length = size_of(theta)[..., None]
    return theta * np.minimum(1.0, radius / np.maximum(length, 1e-300))


def conjugate_proximal(penalty: Penalty, theta: Array, step: float) -> Array:
    """Return the proximal operator of the convex conjugate, for one group in a row."""
    if isinstance(penalty, GroupLasso):
        return projected(theta, math.sqrt(penalty.size))
    ratio = {L1: 1.0, L2: 0.0}.get(type(penalty), getattr(penalty, "ratio", 0.0))
    if ratio == 1.0:
        return np.clip(theta, -1.0, 1.0)
    # The conjugate is max(|y| - ρ, 0)² / (4 (1 - ρ)).
    pull = step / (2.0 * (1.0 - ratio))
    outside = (theta + pull * ratio * np.sign(theta)) / (1.0 + pull)
    return np.where(np.abs(theta) <= ratio, theta, outside)


@every_strength
@every_penalty
def test_moreau_a_point_is_its_proximal_point_and_that_of_the_conjugate(
    penalty: Penalty, strength: float
) -> None:
    theta = lone_groups(penalty, 18, 300)
    rest = conjugate_proximal(penalty, theta / strength, 1.0 / strength)
    whole = penalty.proximal(theta, strength) + strength * rest
    np.testing.assert_allclose(whole, theta, rtol=1e-12, atol=1e-12 * strength)


@every_strength
@every_penalty
def test_the_proximal_operator_is_firmly_nonexpansive(penalty: Penalty, strength: float) -> None:
    a, b = drawn(19, 2000, ROW), drawn(20, 2000, ROW)
    p, q = penalty.proximal(a, strength), penalty.proximal(b, strength)
    together = np.sum((p - q) * (a - b), axis=-1)
    assert np.all(size_of(p - q) ** 2 <= together * (1.0 + 1e-12) + 1e-12)
    # A penalty of strong convexity μ draws any two points closer, by 1 + μ · strength.
    shrink = 1.0 + penalty.properties.strong_convexity * strength
    assert np.all(size_of(p - q) * shrink <= size_of(a - b) * (1.0 + 1e-12))


@every_penalty
def test_without_strength_nothing_moves_and_with_the_greatest_all_is_drawn_to_zero(
    penalty: Penalty,
) -> None:
    theta = drawn(21, 40, ROW)
    np.testing.assert_array_equal(penalty.proximal(theta, 0.0), theta)
    assert np.all(np.abs(penalty.proximal(theta, 1e300)) < 1e-290)


@every_penalty
def test_strengths_may_differ_from_row_to_row(penalty: Penalty) -> None:
    theta = drawn(22, 4, ROW)
    rows = [penalty.proximal(row, s) for row, s in zip(theta, STRENGTHS, strict=True)]
    np.testing.assert_array_equal(penalty.proximal(theta, STRENGTHS), rows)
    path = penalty.proximal(theta[0], STRENGTHS)
    assert path.shape == (4, ROW)
    np.testing.assert_array_equal(path[2], penalty.proximal(theta[0], STRENGTHS[2]))


# What each estimates: the data's own answer θ, and what loss + penalty makes of it.

DATA = np.random.default_rng(23).normal(1.0, 2.0, (25, ROW)) * np.arange(ROW)
ANSWER = DATA.mean(axis=0)


def penalized_answer(penalty: Penalty, strength: float) -> Array:
    """Minimise the sum of half squares plus the penalty: descend, with a proximal step."""
    theta, rate = np.zeros(ROW), 0.5 / len(DATA)
    for _ in range(200):
        theta = theta - rate * np.sum(theta - DATA, axis=0)
        theta = penalty.proximal(theta, rate * strength)
    return theta


@pytest.mark.parametrize("strength", [3.0, 40.0])
@every_penalty
def test_the_least_penalized_sum_of_half_squares_is_the_proximal_point_of_the_mean(
    penalty: Penalty, strength: float
) -> None:
    best = penalized_answer(penalty, strength)
    np.testing.assert_allclose(best, penalty.proximal(ANSWER, strength / len(DATA)), atol=1e-12)

    def cost(theta: Array) -> float:
        return float(np.sum(0.5 * (theta - DATA) ** 2) + strength * penalty.value(theta))

    nudges = np.random.default_rng(24).normal(size=(200, ROW)) * np.resize([0.1, 0.01], (200, 1))
    assert all(cost(best + nudge) >= cost(best) * (1.0 - 1e-12) for nudge in nudges)


def test_l1_draws_each_in_by_the_same_amount_and_small_ones_to_zero() -> None:
    assert "drawn in by the same amount, and small ones to 0" in L1.estimates
    theta = np.array([-5.0, -2.0, -0.5, 0.0, 0.3, 2.0, 9.0])
    left = L1().proximal(theta, 0.75)
    np.testing.assert_allclose(left, [-4.25, -1.25, 0.0, 0.0, 0.0, 1.25, 8.25])


def test_l2_scales_each_down_by_the_same_factor_and_none_to_zero() -> None:
    assert "scaled down by the same factor, and none to 0" in L2.estimates
    theta = np.array([-5.0, 1e-9, 3.0])
    np.testing.assert_allclose(L2().proximal(theta, 0.75), theta / 2.5, rtol=1e-15)


def test_the_elastic_net_draws_in_and_then_scales_down() -> None:
    assert ElasticNet.estimates.endswith(
        "drawn in by the same amount, small ones to 0, and then scaled down by the same factor"
    )
    penalty, theta = ElasticNet(ratio=0.2), drawn(25, 300, ROW)
    drawn_in = L1().proximal(theta, 0.2 * 1.7)
    np.testing.assert_allclose(penalty.proximal(theta, 1.7), drawn_in / (1 + 2 * 0.8 * 1.7))


def test_the_group_lasso_draws_groups_in_by_a_length_and_weak_ones_to_zero_whole() -> None:
    assert "each group drawn in by the same length" in GroupLasso.estimates
    assert "weak groups to 0 whole" in GroupLasso.estimates
    theta = np.array([3.0, 4.0, 0.6, -0.8, 0.0, 7.0])
    left = GroupLasso().proximal(theta, math.sqrt(2.0))
    np.testing.assert_allclose(left, [3.0 * 0.6, 4.0 * 0.6, 0.0, 0.0, 0.0, 5.0])
    assert left[2] == left[3] == 0.0


def test_strictly_convex_penalties_share_the_weight_and_l1_does_not_care() -> None:
    shared, single = [1.0, 1.0], [2.0, 0.0]
    assert L1().value(shared) == L1().value(single)
    assert L2().value(shared) < L2().value(single)
    assert ElasticNet().value(shared) < ElasticNet().value(single)
    assert ElasticNet.story.startswith("Between its ends it does two things: it drops weak")
    assert ElasticNet.story.endswith("gives features that say the same the same weight.")


# With features that say something of each other it is another story.

ORTHONORMAL = np.linalg.qr(np.random.default_rng(31).normal(size=(60, ROW)))[0]
TANGLED = np.random.default_rng(32).normal(size=(60, ROW)) @ (
    np.eye(ROW) + np.triu(np.full((ROW, ROW), 0.8), 1)
)
MEANT = np.array([3.0, -2.0, 0.8, 0.3, -4.0, 1.5])


def fitted(penalty: Penalty, features: Array, strength: float, target: Array) -> Array:
    """Minimise ½‖Xθ - y‖² + strength · penalty: descend, with a proximal step."""
    theta = np.zeros(features.shape[1])
    rate = 1.0 / np.linalg.norm(features, 2) ** 2
    for _ in range(20_000):
        ahead = penalty.proximal(
            theta - rate * features.T @ (features @ theta - target), rate * strength
        )
        if np.abs(ahead - theta).max() < 1e-15:
            break
        theta = ahead
    return theta


def own(features: Array) -> Array:
    """Return the data's own answer."""
    return np.linalg.lstsq(features, features @ MEANT, rcond=None)[0]


@every_penalty
def test_the_words_about_each_coefficient_hold_for_orthonormal_features(penalty: Penalty) -> None:
    assert penalty.estimates.startswith("with orthonormal features, the data's own answer, each ")
    found = fitted(penalty, ORTHONORMAL, 0.7, ORTHONORMAL @ MEANT)
    np.testing.assert_allclose(found, penalty.proximal(own(ORTHONORMAL), 0.7), atol=1e-12)


@every_penalty
def test_and_for_others_they_do_not(penalty: Penalty) -> None:
    found = fitted(penalty, TANGLED, 20.0, TANGLED @ MEANT)
    scale = np.diagonal(TANGLED.T @ TANGLED)
    for strength in (20.0, 20.0 / scale.mean()):
        assert np.abs(found - penalty.proximal(own(TANGLED), strength)).max() > 0.02


def test_under_l2_coefficients_get_shorter_together_though_one_may_grow_and_none_is_0() -> None:
    assert "together they get shorter, and none is set to 0" in L2.story
    assert L2.story.endswith("elsewhere one may even grow.")
    strengths = (0.0, 1.0, 5.0, 20.0, 80.0, 1e3, 1e5)
    path = [np.abs(fitted(L2(), TANGLED, one, TANGLED @ MEANT)) for one in strengths]
    lengths = size_of(np.array(path))
    assert np.all(np.diff(lengths) < 0.0)
    assert np.diff(path, axis=0).max() > 0.01  # one grows
    assert np.min(path) > 0.0
    ratio = path[3] / path[0]
    assert ratio.max() > 1.2 * ratio.min()  # not in proportion
    level = fitted(L2(), ORTHONORMAL, 20.0, ORTHONORMAL @ MEANT) / MEANT
    np.testing.assert_allclose(level, 1.0 / 41.0, rtol=1e-12)


@pytest.mark.parametrize("penalty", [L1(), GroupLasso(2), GroupLasso(3)], ids=repr)
@pytest.mark.parametrize("features", [ORTHONORMAL, TANGLED], ids=["orthonormal", "tangled"])
def test_at_0_end_those_at_which_the_data_pull_less_hard_than_the_penalty(
    penalty: Penalty, features: Array
) -> None:
    assert "at which the data pull less hard than" in penalty.story
    pulls = size_of((features.T @ (features @ MEANT)).reshape(-1, width(penalty)))
    strength = float(pulls.min() + 0.3 * np.ptp(pulls)) / penalty.properties.lipschitz
    found = fitted(penalty, features, strength, features @ MEANT)
    pull = (features.T @ (features @ found - features @ MEANT)).reshape(-1, width(penalty))
    limit = strength * penalty.properties.lipschitz
    gone = np.all(found.reshape(pull.shape) == 0.0, axis=-1)
    assert gone.any()
    assert not gone.all()
    assert np.all(size_of(pull)[gone] < limit)
    np.testing.assert_allclose(size_of(pull)[~gone], limit, rtol=1e-9)


@pytest.mark.parametrize("ratio", [0.05, 0.5, 0.95])
def test_the_net_gives_features_that_say_the_same_the_same_weight_l1_any_split(
    ratio: float,
) -> None:
    twice = TANGLED[:, [0, 0, 1, 2]]
    target = TANGLED @ MEANT
    found = fitted(ElasticNet(ratio), twice, 30.0, target)
    assert found[0] == pytest.approx(found[1], rel=1e-9)
    assert abs(found[0]) > 0.1
    lasso = fitted(L1(), twice, 30.0, target)

    def cost(theta: Array) -> float:
        return float(0.5 * np.sum((twice @ theta - target) ** 2) + 30.0 * L1().value(theta))

    apart = lasso + np.array([0.3, -0.3, 0.0, 0.0]) * lasso[0]
    assert cost(apart) == pytest.approx(cost(lasso), rel=1e-12)


def test_a_group_is_a_whole_number_of_coefficients_and_not_so_many_that_pictures_burst() -> None:
    assert isinstance(GroupLasso(2.0).size, int)  # as a slider or a link gives it
    assert GroupLasso(2.0) == GroupLasso(2)
    assert repr(GroupLasso(3.0)) == "GroupLasso(size=3)"
    widest = GroupLasso(64)
    assert widest.properties.lipschitz == 8.0
    assert widest.section.value(np.linspace(-2.0, 2.0, 501)).shape == (501,)


# A prior is a density, and the penalty its negative logarithm up to a factor and a constant.


def charged(log_density: Callable[[Array], Array], penalty: Penalty, theta: Array) -> Array:
    """Return by how much each penalty is to be multiplied, from the likeliest coefficients on."""
    away = log_density(0.0 * theta) - log_density(theta)
    return away.sum(axis=-1) / penalty.value(theta)


def test_the_priors_are_laplace_normal_and_the_two_multiplied() -> None:
    theta = np.array([[-9.0], [-0.7], [0.02], [1.0], [30.0]])
    laplace, normal = stats.laplace(scale=0.5).logpdf, stats.norm(scale=0.5).logpdf
    assert L1.prior.startswith("A Laplace prior on each coefficient")
    np.testing.assert_allclose(charged(laplace, L1(), theta), 2.0)
    assert L2.prior.startswith("A normal (Gaussian) prior on each coefficient")
    np.testing.assert_allclose(charged(normal, L2(), theta), 2.0)
    assert ElasticNet.prior.endswith("that is a Laplace and a normal density multiplied.")
    np.testing.assert_allclose(
        charged(lambda t: laplace(t) + normal(t), ElasticNet(ratio=0.5), theta), 4.0
    )


def test_the_prior_of_a_group_knows_no_direction_and_falls_off_exponentially_with_length() -> None:
    assert "treats all directions of a group alike" in GroupLasso.prior
    assert GroupLasso.prior.endswith("falls off exponentially with the group's length.")
    angle = np.linspace(0.0, 6.0, 25)
    ring = np.stack((np.cos(angle), np.sin(angle)), axis=-1)
    np.testing.assert_allclose(GroupLasso(2).value(ring), GroupLasso(2).value([1.0, 0.0]))
    lengths = np.array([0.5, 1.0, 2.0, 4.0])
    np.testing.assert_allclose(GroupLasso(2).value(lengths[:, None] * ring[3]) / lengths, 2**0.5)


# How the penalties are related.


def every_curve(penalty: Penalty, theta: Array) -> Iterator[Array]:
    yield penalty.value(theta)
    yield penalty.gradient(theta)
    for strength in STRENGTHS:
        yield penalty.proximal(theta, strength)
    if not penalty.no_hessian:
        yield penalty.hessian(theta)


@pytest.mark.parametrize(("ratio", "end"), [(1.0, L1()), (0.0, L2())])
def test_the_ends_of_the_elastic_net_are_exactly_l1_and_l2(ratio: float, end: Penalty) -> None:
    theta = np.append(drawn(26, 99, ROW), [[1e300, -1e300, 1e-300, -0.0, 1e200, 4.0]], axis=0)
    net = ElasticNet(ratio)
    for ours, theirs in zip(every_curve(net, theta), every_curve(end, theta), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert net.properties == end.properties


@pytest.mark.parametrize("ratio", [0.1, 0.5, 0.8])
def test_the_elastic_net_is_a_share_of_l1_and_the_rest_of_l2(ratio: float) -> None:
    theta = drawn(27, 99, ROW)
    for curve in ("value", "gradient", "hessian"):
        l1, l2, net = (getattr(p, curve)(theta) for p in (L1(), L2(), ElasticNet(ratio)))
        np.testing.assert_allclose(net, ratio * l1 + (1.0 - ratio) * l2, rtol=1e-13)


def test_groups_of_one_are_l1() -> None:
    theta = drawn(28, 99, ROW)
    np.testing.assert_array_equal(GroupLasso(1).value(theta), L1().value(theta))
    np.testing.assert_array_equal(GroupLasso(1).gradient(theta), L1().gradient(theta))
    for s in STRENGTHS:
        np.testing.assert_allclose(
            GroupLasso(1).proximal(theta, s), L1().proximal(theta, s), rtol=1e-12, atol=1e-15
        )


def test_the_root_puts_groups_of_any_size_on_an_equal_footing() -> None:
    level = np.full(ROW, 1.7)
    for size in (1, 2, 3, 6):
        assert GroupLasso(size).value(level) == pytest.approx(L1().value(level), rel=1e-15)


def test_half_and_half_and_groups_of_two_unless_told_otherwise() -> None:
    assert ElasticNet() == ElasticNet(ratio=0.5)
    assert GroupLasso() == GroupLasso(size=2)


def test_where_the_half_is_not() -> None:
    assert L2().value([3.0]) == 9.0
    assert L2().gradient([3.0]).tolist() == [6.0]
    assert ElasticNet(0.5).value([3.0]) == 0.5 * 3.0 + 0.5 * 9.0
    assert GroupLasso(2).value([3.0, 4.0]) == pytest.approx(5.0 * math.sqrt(2.0), rel=1e-15)


# Extremes, against arbitrary precision.

SIZES = (0.0, 1e-300, 1e-160, 1e-8, 0.3, 1.0, 7.0, 1e8, 1e154, 1.4e154, 1e200, 1e300, 1.7e308)
EXTREMES = np.array([s * size for size in SIZES for s in (-1.0, 1.0)])
PULLS = (0.0, 1e-300, 0.7, 1e200, 1.7e308)

Number = Any


def number(exact: Number) -> float:
    """Return the float64 nearest to an exact number, infinite beyond the largest."""
    with np.errstate(over="ignore"):
        return float(exact) if abs(exact) < mpf(2) ** 1024 else math.copysign(math.inf, exact)


def exact_share(penalty: Penalty) -> Number:
    known = {L1: 1.0, GroupLasso: 1.0, L2: 0.0}
    return mpf(known.get(type(penalty), getattr(penalty, "ratio", 0.0)))


@pytest.mark.parametrize("penalty", [p for p in SETTINGS if width(p) == 1], ids=repr)
def test_single_coefficients_are_exact_from_the_tiniest_to_the_largest(penalty: Penalty) -> None:
    share = exact_share(penalty)
    rest = 1 - share
    with mpmath.workdps(60):
        exact = [mpf(float(t)) for t in EXTREMES]
        value = [number(share * abs(t) + rest * t**2) for t in exact]
        slope = [number(share * mpmath.sign(t) + 2 * rest * t) for t in exact]
        close = {"rtol": 4e-16, "atol": 1e-307}
        np.testing.assert_allclose(penalty.value(EXTREMES[:, None]), value, **close)
        np.testing.assert_allclose(penalty.gradient(EXTREMES[:, None])[:, 0], slope, **close)
        for pull in PULLS:
            s = mpf(pull)
            soft = [mpmath.sign(t) * max(abs(t) - s * share, 0) for t in exact]
            best = [number(t / (1 + 2 * s * rest)) for t in soft]
            ours = penalty.proximal(EXTREMES[:, None], pull)[:, 0]
            np.testing.assert_allclose(ours, best, rtol=1e-14, atol=1e-307)


@pytest.mark.parametrize("size", [2, 3])
def test_groups_are_exact_from_the_tiniest_to_the_largest(size: int) -> None:
    penalty = GroupLasso(size)
    rows = np.array(list(itertools.product(EXTREMES[::3], repeat=size)))
    with mpmath.workdps(700):
        root, exact = mpmath.sqrt(size), [[mpf(float(t)) for t in row] for row in rows]
        lengths = [mpmath.sqrt(mpmath.fsum(t**2 for t in row)) for row in exact]
        value = [number(root * length) for length in lengths]
        slope = [
            [number(root * t / length) if length else 0.0 for t in row]
            for row, length in zip(exact, lengths, strict=True)
        ]
        np.testing.assert_allclose(penalty.value(rows), value, rtol=1e-15, atol=1e-307)
        np.testing.assert_allclose(penalty.gradient(rows), slope, rtol=1e-15, atol=1e-307)
        for pull in PULLS:
            share = [max(1 - pull * root / length, 0) if length else 0 for length in lengths]
            best = [[number(t * kept) for t in row] for row, kept in zip(exact, share, strict=True)]
            ours = penalty.proximal(rows, pull)
            np.testing.assert_allclose(ours, best, rtol=1e-14, atol=1e-307)


def test_a_group_far_beyond_the_root_of_the_largest_number_keeps_its_length() -> None:
    with pytest.warns(RuntimeWarning, match="overflow"):
        assert np.linalg.norm([3e200, 4e200]) == math.inf
    assert GroupLasso(2).value([3e200, 4e200]) == pytest.approx(5e200 * math.sqrt(2.0), rel=1e-15)
    assert GroupLasso(2).value([3e-200, 4e-200]) == pytest.approx(7.0710678118654755e-200)


def test_a_strength_beyond_float64_along_a_group_still_leaves_its_share() -> None:
    huge = np.array([1.7e308, -1.7e308])  # √2 times the strength below is infinite, as is ‖θ‖
    left = GroupLasso(2).proximal(huge, 1.5e308)
    np.testing.assert_allclose(left, huge * (1.0 - 1.5 / 1.7), rtol=1e-14)


@every_penalty
def test_beyond_the_largest_number_a_penalty_is_infinite_without_a_warning(
    penalty: Penalty,
) -> None:
    huge = np.full(ROW, 1.7e308)
    assert penalty.value(huge) == math.inf
    assert not np.isnan(penalty.gradient(huge)).any()
    for pull in PULLS:
        assert np.all(np.isfinite(penalty.proximal(huge, pull)))


# What goes in and what comes out.


@every_penalty
def test_any_leading_axes_and_types_give_float64(penalty: Penalty) -> None:
    theta = np.arange(-12.0, 12.0).reshape(2, 2, ROW)
    value, gradient = penalty.value(theta), penalty.gradient(theta)
    assert (value.shape, gradient.shape) == ((2, 2), theta.shape)
    assert penalty.proximal(theta, 0.5).shape == theta.shape
    if not penalty.no_hessian:
        assert penalty.hessian(theta).shape == (2, 2, ROW, ROW)
    for same in (theta.astype(int), theta.astype(np.float32), theta.tolist(), theta.copy("F")):
        for ours, again in zip(
            every_curve(penalty, same), every_curve(penalty, theta), strict=True
        ):
            np.testing.assert_array_equal(ours, again, strict=True)
    np.testing.assert_array_equal(penalty.value(theta[:, ::-1]), value[:, ::-1])
    assert penalty.value(np.empty((0, ROW))).shape == (0,)
    assert penalty.gradient(np.empty((0, ROW))).shape == (0, ROW)
    assert penalty.proximal(np.empty((3, 0)), 1.0).shape == (3, 0)


@every_penalty
def test_one_row_gives_one_number(penalty: Penalty) -> None:
    assert isinstance(penalty.value([1.0] * ROW), np.float64)


@every_penalty
def test_what_is_handed_in_is_left_alone(penalty: Penalty) -> None:
    theta = drawn(29, 5, ROW)
    before = theta.copy()
    for result in every_curve(penalty, theta):
        assert not np.shares_memory(result, theta)
        result *= 2.0  # ours to write on
    np.testing.assert_array_equal(theta, before)
    assert not np.shares_memory(penalty.proximal(theta, 0.0), theta)


REFUSED: list[tuple[Penalty, Callable[[Penalty], Any], str]] = [
    (L1(), lambda p: p.value([1.0, math.nan]), "L1: theta[1] is nan, expected a number."),
    (L2(), lambda p: p.gradient([[math.inf]]), "L2: theta[0, 0] is inf, expected a number."),
    (L2(), lambda p: p.hessian([-math.inf]), "L2: theta[0] is -inf, expected a number."),
    (L1(), lambda p: p.value("much"), "L1: theta is not numbers, expected a number."),
    (
        ElasticNet(),
        lambda p: p.value(2.0),
        "ElasticNet: theta is one number, expected rows of coefficients.",
    ),
    (
        GroupLasso(3),
        lambda p: p.value([1.0] * 5),
        "GroupLasso: theta has 5 coefficients, expected groups of 3.",
    ),
    (
        L1(),
        lambda p: p.proximal([1.0], -0.5),
        "L1: strength is -0.5, expected a number at least 0.",
    ),
    (
        GroupLasso(1),
        lambda p: p.proximal([1.0], [1.0, math.nan]),
        "GroupLasso: strength[1] is nan, expected a number at least 0.",
    ),
    (
        L2(),
        lambda p: p.proximal([1.0], math.inf),
        "L2: strength is inf, expected a number at least 0.",
    ),
    (
        L2(),
        lambda p: p.proximal(np.ones((2, 4)), [1.0, 2.0, 3.0]),
        "L2: theta (2,), strength (3,) do not match, expected shapes that do.",
    ),
]


@pytest.mark.parametrize(("penalty", "ask", "sentence"), REFUSED)
def test_what_is_not_coefficients_or_strengths_is_refused_in_a_sentence(
    penalty: Penalty, ask: Callable[[Penalty], Any], sentence: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        ask(penalty)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("cls", "setting", "sentence"),
    [
        (ElasticNet, {"ratio": -0.1}, "ratio is -0.1, expected at least 0 and at most 1."),
        (ElasticNet, {"ratio": 1.1}, "ratio is 1.1, expected at least 0 and at most 1."),
        (ElasticNet, {"ratio": math.nan}, "ratio is nan, expected at least 0 and at most 1."),
        (GroupLasso, {"size": 0}, "size is 0, expected at least 1 and at most 64."),
        (GroupLasso, {"size": 65}, "size is 65, expected at least 1 and at most 64."),
        (GroupLasso, {"size": 1e6}, "size is 1000000.0, expected at least 1 and at most 64."),
        (GroupLasso, {"size": 2.5}, "size is 2.5, expected a whole number."),
        (GroupLasso, {"size": math.inf}, "size is inf, expected at least 1 and at most 64."),
        (GroupLasso, {"size": math.nan}, "size is nan, expected at least 1 and at most 64."),
    ],
)
def test_a_parameter_out_of_range_is_refused_in_a_sentence(
    cls: type[Penalty], setting: dict[str, float], sentence: str
) -> None:
    with pytest.raises(ParameterError) as refusal:
        cls(**setting)
    assert str(refusal.value) == f"{cls.__name__}: {sentence}"


def test_a_slider_may_give_the_size_as_a_float() -> None:
    theta = drawn(30, 4, ROW)
    np.testing.assert_array_equal(GroupLasso(2.0).value(theta), GroupLasso(2).value(theta))


# The registry and what is shown to the reader.


def concrete_classes(family: type) -> set[type]:
    below = {cls for child in family.__subclasses__() for cls in concrete_classes(child)}
    return below if inspect.isabstract(family) else below | {family}


def test_every_concrete_penalty_is_registered_once_in_the_order_of_display() -> None:
    assert set(PENALTIES) == concrete_classes(Penalty)
    assert [cls.name for cls in PENALTIES] == ["L1", "L2", "Elastic net", "Group lasso"]
    assert {type(penalty) for penalty in SETTINGS} == set(PENALTIES)


@every_penalty
def test_what_the_reader_sees_is_complete(penalty: Penalty) -> None:
    laws.assert_described(penalty)
    cls = type(penalty)
    assert cls.__doc__
    assert penalty.task == "Regularization"
    assert penalty.formula.startswith(r"\Omega(\theta) = ")
    assert penalty.prior.endswith(".")
    assert penalty.story.endswith(".")
    assert [(one.name, one.symbol) for one in penalty.arguments] == [("theta", r"\theta")]
    for name, declared in parameters(cls).items():
        assert declared.symbol in penalty.formula
        assert declared.meaning[0].islower()
        assert declared.low <= getattr(cls(), name) <= declared.high
        assert declared.accepts(declared.low)
        assert declared.accepts(declared.high)


@every_class
def test_framework_calls_are_expressions_in_theta_and_knobs(cls: type[Penalty]) -> None:
    for call in filter(None, cls.frameworks.values()):
        tree = ast.parse(call.code, mode="eval")
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert names - {"torch", "keras", "optax"} == {"theta", *parameters(cls)}


# What other frameworks say, recorded by recorded/make_penalties.py.

RECORDED = json.loads((Path(__file__).parent / "recorded" / "penalties.json").read_text())
THETA = np.array(RECORDED["theta"])

every_record = pytest.mark.parametrize(
    "record",
    RECORDED["records"],
    ids=[f"{one['framework']}-{one['penalty']}-{one['parameters']}" for one in RECORDED["records"]],
)


def recorded_penalty(record: dict[str, Any]) -> Penalty:
    return getattr(core.penalties, record["penalty"])(**record["parameters"])


@every_record
def test_values_are_those_of_the_framework_times_the_stated_factor(record: dict[str, Any]) -> None:
    penalty = recorded_penalty(record)
    theirs = penalty.frameworks[record["framework"]].factor * np.array(record["values"])
    np.testing.assert_allclose(penalty.value(THETA), theirs, rtol=1e-14)


@every_record
def test_gradients_are_those_of_the_framework_and_at_a_corner_jax_takes_another(
    record: dict[str, Any],
) -> None:
    penalty = recorded_penalty(record)
    call = penalty.frameworks[record["framework"]]
    ours, theirs = penalty.gradient(THETA), call.factor * np.array(record["gradients"])
    corners = np.zeros(THETA.shape, dtype=bool)
    if record["framework"] == "Optax" and penalty.properties.kinks:
        corners = THETA == 0.0
        words = {L1: "takes 1 for", ElasticNet: "takes ratio for"}[type(penalty)]
        assert words in call.note
        np.testing.assert_array_equal(theirs[corners], getattr(penalty, "ratio", 1.0))
    np.testing.assert_allclose(ours[~corners], theirs[~corners], rtol=1e-14)


@every_record
def test_the_framework_reduces_as_stated(record: dict[str, Any]) -> None:
    values = np.array(record["values"])
    reduction = recorded_penalty(record).frameworks[record["framework"]].reduction
    expected = {"sum": np.sum(values), "none": values}[reduction]
    np.testing.assert_allclose(record["reduced"], expected, rtol=1e-14, strict=True)


def test_every_shown_call_is_the_one_that_was_recorded() -> None:
    shown = {
        (cls.__name__, framework, call.code)
        for cls in PENALTIES
        for framework, call in cls.frameworks.items()
        if call is not None
    }
    assert shown == {(one["penalty"], one["framework"], one["code"]) for one in RECORDED["records"]}
    assert {"torch", "keras", "optax", "scikit-learn"} <= set(RECORDED["versions"])


def test_softshrink_in_pytorch_is_the_proximal_operator_of_l1() -> None:
    assert "softshrink is its proximal operator" in L1.frameworks["PyTorch"].note
    for one in RECORDED["softshrink"]:
        ours = L1().proximal(THETA, one["strength"])
        np.testing.assert_array_equal(ours, one["drawn in"])


def test_weight_decay_in_pytorch_is_the_strength_of_half_of_l2() -> None:
    assert "the strength of half of this" in L2.frameworks["PyTorch"].note
    for one in RECORDED["weight decay"]:
        half = 0.5 * one["strength"] * L2().gradient(THETA)
        np.testing.assert_allclose(half, one["gradient"], rtol=1e-9, atol=1e-15)


def test_scikit_learn_halves_the_square_and_fits_what_our_proximal_operator_says() -> None:
    note = ElasticNet.frameworks["Keras"].note
    assert "halves the square" in note
    assert "l1_ratio is ratio / (2 - ratio), and its alpha 2 - ratio times the strength" in note
    fits = RECORDED["scikit-learn fits"]
    assert {one["penalty"] for one in fits} == {"L1", "L2", "ElasticNet"}
    for one in fits:
        ours = recorded_penalty(one).proximal(THETA, one["strength"])
        np.testing.assert_allclose(ours, one["coefficients"], rtol=1e-12, atol=2e-10)
