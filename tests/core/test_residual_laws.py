"""Laws of the residual losses, each run over the registry at several settings."""

import ast
import dataclasses
import importlib
import inspect
import itertools
import math
import pkgutil
from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.polynomial import Chebyshev, Polynomial, chebyshev
from scipy import optimize, stats

import core
from core.declare import ParameterError, parameters
from core.losses import (
    RESIDUAL_LOSSES,
    AbsoluteError,
    Array,
    Barron,
    Cauchy,
    EpsilonInsensitive,
    Huber,
    LogCosh,
    Loss,
    Quantile,
    ResidualLoss,
    SquaredError,
    Tukey,
)

LOSSES: tuple[ResidualLoss, ...] = (
    SquaredError(),
    AbsoluteError(),
    Huber(delta=0.05),
    Huber(),
    Huber(delta=7.5),
    LogCosh(),
    Quantile(tau=0.01),
    Quantile(tau=0.3),
    Quantile(),
    Quantile(tau=0.9),
    EpsilonInsensitive(epsilon=0.0),
    EpsilonInsensitive(),
    EpsilonInsensitive(epsilon=3.0),
    Cauchy(scale=0.05),
    Cauchy(),
    Cauchy(scale=6.0),
    Tukey(c=0.3),
    Tukey(),
    Tukey(c=20.0),
    Barron(alpha=2.0),
    Barron(alpha=2.0, c=0.3),
    Barron(alpha=1.999, c=2.0),
    Barron(alpha=1.5, c=0.3),
    Barron(),
    Barron(alpha=1.0, c=4.0),
    Barron(alpha=0.999),
    Barron(alpha=0.5, c=3.0),
    Barron(alpha=1e-9),
    Barron(alpha=0.0),
    Barron(alpha=0.0, c=2.0),
    Barron(alpha=-1e-9),
    Barron(alpha=-2.0, c=0.3),
    Barron(alpha=-8.0, c=5.0),
    Barron(alpha=-100.0),
    Barron(alpha=-math.inf, c=2.0),
)
CURVES = ("value", "gradient", "hessian", "weight")

every_loss = pytest.mark.parametrize("loss", LOSSES, ids=repr)
every_class = pytest.mark.parametrize("cls", RESIDUAL_LOSSES)
every_curve = pytest.mark.parametrize("curve", CURVES)


def reach(loss: ResidualLoss) -> float:
    """Return the size of residual at which this loss changes its character."""
    sizes = [
        getattr(loss, name) for name in ("delta", "epsilon", "scale", "c") if name in vars(loss)
    ]
    return max(sizes, default=1.0) or 1.0


def seams(loss: ResidualLoss) -> list[float]:
    """Return every residual at which one formula ends and the next begins."""
    joints = loss.pieces.kinks if loss.pieces else ()
    return sorted({*joints, *loss.properties.kinks})


def smooth_stretches(loss: ResidualLoss) -> Iterator[tuple[float, float]]:
    """Yield (middle, half width) of stretches without a seam, narrow against the strip."""
    size = reach(loss)
    ends = [-6.0 * size, *seams(loss), 6.0 * size]
    widest = 0.3 * min(size, loss.strip or math.inf)
    for low, high in itertools.pairwise(ends):
        for share in (0.07, 0.23, 0.41, 0.58, 0.83, 0.96):
            middle = low + share * (high - low)
            yield middle, min(widest, 0.99 * (middle - low), 0.99 * (high - middle))


def far_and_near(loss: ResidualLoss) -> Array:
    """Return residuals of both signs from tiny to enormous, dense where the curve bends."""
    size = reach(loss)
    positive = size * np.concatenate((np.geomspace(1e-6, 1e300, 2449), np.linspace(0.0, 60, 24001)))
    return np.sort(np.concatenate((-positive, positive)))


def assert_derivative(
    loss: ResidualLoss, curve: Callable[[Array], Array], derivative: Callable[[Array], Array]
) -> None:
    for middle, width in smooth_stretches(loss):
        fit = Chebyshev.interpolate(curve, 24, domain=[middle - width, middle + width])
        largest = np.max(np.abs(curve(middle + width * np.linspace(-1.0, 1.0, 9))))
        np.testing.assert_allclose(
            fit.deriv()(middle), derivative(middle), rtol=1e-9, atol=1e-12 * largest / width
        )


# The three curves belong together.


@every_loss
def test_gradient_is_the_derivative_of_the_value(loss: ResidualLoss) -> None:
    assert_derivative(loss, loss.value, loss.gradient)


@every_loss
def test_hessian_is_the_derivative_of_the_gradient(loss: ResidualLoss) -> None:
    assert_derivative(loss, loss.gradient, loss.hessian)


@every_loss
def test_a_perfect_prediction_costs_nothing_and_no_miss_costs_less(loss: ResidualLoss) -> None:
    assert loss.value(0.0) == 0.0
    assert loss.gradient(0.0) == 0.0
    assert not np.signbit(loss.value([0.0, -0.0])).any()
    assert np.all(loss.value(far_and_near(loss)) >= 0.0)


@every_loss
def test_a_larger_miss_never_costs_less(loss: ResidualLoss) -> None:
    x = far_and_near(loss)
    slope = loss.gradient(x)
    assert np.all(slope * np.sign(x) >= 0.0)
    value = loss.value(x[x >= 0.0])
    assert np.all(value[1:] >= value[:-1] * (1.0 - 1e-13))


@every_loss
def test_a_loss_is_even_but_for_the_quantile_whose_mirror_has_the_other_tau(
    loss: ResidualLoss,
) -> None:
    x = far_and_near(loss)
    mirror = Quantile(tau=1.0 - loss.tau) if isinstance(loss, Quantile) else loss
    np.testing.assert_allclose(loss.value(-x), mirror.value(x), rtol=1e-14)
    np.testing.assert_allclose(loss.gradient(-x), -mirror.gradient(x), rtol=1e-14)
    np.testing.assert_allclose(loss.hessian(-x), mirror.hessian(x), rtol=1e-14)


@every_loss
def test_weight_is_the_gradient_over_the_residual(loss: ResidualLoss) -> None:
    x = np.concatenate([s * reach(loss) * np.geomspace(1e-9, 1e9, 181) for s in (-1.0, 1.0)])
    np.testing.assert_allclose(loss.weight(x) * x, loss.gradient(x), rtol=1e-13, atol=1e-290)


@every_loss
def test_weight_at_zero_is_its_limit(loss: ResidualLoss) -> None:
    for zero in (0.0, -0.0):
        expected = math.inf if 0.0 in loss.properties.kinks else loss.hessian(zero)
        assert loss.weight(zero) == pytest.approx(expected, rel=1e-15)
        nearby = loss.weight(np.copysign(1e-300, zero))
        assert min(nearby, 1e297) == pytest.approx(min(expected, 1e297), rel=1e-15)


@every_loss
def test_weight_never_rises_with_the_miss_but_for_one_that_starts_free(loss: ResidualLoss) -> None:
    if loss.weight(0.0) == 0.0:
        assert isinstance(loss, EpsilonInsensitive)
        return
    x = far_and_near(loss)
    weight = loss.weight(x[x >= 0.0])
    assert np.all(weight[1:] <= weight[:-1] * (1.0 + 1e-12))


# Kinks, pieces and strips.


@every_loss
def test_gradient_jumps_exactly_at_the_declared_kinks(loss: ResidualLoss) -> None:
    size = reach(loss)
    x = np.unique(np.concatenate((np.linspace(-6.0, 6.0, 24001) * size, seams(loss))))
    step = np.diff(loss.gradient(x))
    holds_kink = np.zeros(step.shape, dtype=bool)
    for kink in loss.properties.kinks:
        holds_kink |= (x[:-1] <= kink) & (kink <= x[1:])

    steepest = np.max(np.abs(loss.hessian(x)))
    assert np.all(np.abs(step[~holds_kink]) <= steepest * np.diff(x)[~holds_kink] * (1.0 + 1e-6))
    for kink in loss.properties.kinks:
        assert slope_right_of(loss, kink) - slope_left_of(loss, kink) >= 0.5


def slope_left_of(loss: ResidualLoss, point: float) -> float:
    return float(loss.gradient(np.nextafter(point, -np.inf)))


def slope_right_of(loss: ResidualLoss, point: float) -> float:
    return float(loss.gradient(np.nextafter(point, np.inf)))


@every_loss
def test_at_a_kink_the_gradient_lies_between_its_sides_and_the_hessian_keeps_to_them(
    loss: ResidualLoss,
) -> None:
    for kink in loss.properties.kinks:
        assert slope_left_of(loss, kink) <= loss.gradient(kink) <= slope_right_of(loss, kink)
    for seam in seams(loss):
        beside = loss.hessian(np.nextafter(seam, [-np.inf, np.inf]))
        assert np.isclose(loss.hessian(seam), beside, atol=1e-12).any()


@every_loss
def test_a_loss_has_either_polynomial_pieces_or_a_strip(loss: ResidualLoss) -> None:
    assert (loss.pieces is None) != (loss.strip is None)


with_pieces = pytest.mark.parametrize("loss", [loss for loss in LOSSES if loss.pieces], ids=repr)
with_strip = pytest.mark.parametrize("loss", [loss for loss in LOSSES if loss.strip], ids=repr)


def stretches_of_pieces(loss: ResidualLoss) -> Iterator[tuple[Polynomial, Array]]:
    """Yield each polynomial with residuals of its stretch, its two ends among them."""
    ends = [-10.0 * reach(loss), *loss.pieces.kinks, 10.0 * reach(loss)]
    for coefficients, low, high in zip(loss.pieces.polynomials, ends[:-1], ends[1:], strict=True):
        yield Polynomial(coefficients), np.linspace(low, high, 101)


@with_pieces
def test_pieces_are_the_loss_on_either_side_of_every_joint(loss: ResidualLoss) -> None:
    for polynomial, x in stretches_of_pieces(loss):
        rounding = 1e-15 * np.max(np.abs(loss.value(x)), initial=1e-300)
        np.testing.assert_allclose(polynomial(x), loss.value(x), rtol=1e-13, atol=rounding)


@with_pieces
def test_pieces_bend_like_the_loss_right_up_to_every_joint(loss: ResidualLoss) -> None:
    size = reach(loss)
    for polynomial, x in stretches_of_pieces(loss):
        inside = np.concatenate(
            (np.nextafter(x[:1], np.inf), x[1:-1], np.nextafter(x[-1:], -np.inf))
        )
        slope, bend = polynomial.deriv()(inside), polynomial.deriv(2)(inside)
        np.testing.assert_allclose(slope, loss.gradient(inside), rtol=1e-12, atol=1e-14 * size)
        np.testing.assert_allclose(bend, loss.hessian(inside), rtol=1e-12, atol=1e-14)


@with_pieces
def test_joints_rise_and_hold_every_kink(loss: ResidualLoss) -> None:
    joints = loss.pieces.kinks
    assert len(loss.pieces.polynomials) == len(joints) + 1
    assert all(low < high for low, high in itertools.pairwise(joints))
    assert set(loss.properties.kinks) <= set(joints)


@with_pieces
def test_neighbouring_pieces_differ_and_meet(loss: ResidualLoss) -> None:
    pairs = itertools.pairwise(loss.pieces.polynomials)
    for joint, (before, after) in zip(loss.pieces.kinks, pairs, strict=True):
        assert before != after
        meeting = Polynomial(before)(joint), Polynomial(after)(joint)
        np.testing.assert_allclose(*meeting, rtol=1e-13, atol=1e-15)


def rate_of_convergence(loss: ResidualLoss, half_width: float, order: float) -> float:
    """Return how fast the Chebyshev coefficients of the loss fall around 0: the ρ of ρ⁻ⁿ.

    Next to a singularity of the form zᵖ they fall as n to the -(1 + p) times ρ⁻ⁿ: `order` is p.
    """
    early, late = 40, 80
    nodes = half_width * chebyshev.chebpts1(512)
    size = np.abs(chebyshev.chebfit(nodes / half_width, loss.value(nodes), late))
    fall = math.log(size[early] / size[late]) - (1.0 + order) * math.log(late / early)
    return math.exp(fall / (late - early))


@with_strip
def test_the_nearest_singularity_lies_where_the_strip_says(loss: ResidualLoss) -> None:
    # On [-w, w] the coefficients fall by ρ = s/w + √((s/w)² + 1), where ±is are the singularities.
    half_width = 5.0 * loss.strip
    order = max(loss.alpha, -8.0) / 2.0 if isinstance(loss, Barron) else 0.0
    ratio = loss.strip / half_width
    declared = ratio + math.hypot(ratio, 1.0)
    measured = rate_of_convergence(loss, half_width, order)

    assert measured >= declared * (1.0 - 1e-2)
    if not (isinstance(loss, Barron) and loss.alpha < -8.0):
        assert measured <= declared * (1.0 + 1e-2)


@pytest.mark.parametrize("alpha", [-8.1, -20.0, -1e3, -1e8, -math.inf])
def test_a_strip_short_of_the_singularity_is_still_tame_at_its_edge(alpha: float) -> None:
    loss = Barron(alpha=alpha, c=2.0)
    assert loss.strip == pytest.approx(2.0 * math.sqrt(10.0))
    breadth = 2.0 - alpha
    height = (0.99 * loss.strip / loss.c) ** 2
    if alpha == -math.inf:
        on_the_edge = abs(1.0 - math.exp(0.5 * height))
    else:
        on_the_edge = abs(
            breadth / alpha * (math.exp(0.5 * alpha * math.log1p(-height / breadth)) - 1)
        )
    assert on_the_edge < 1e7


# The constants.


@every_loss
def test_lipschitz_constant_bounds_the_slope_and_is_approached(loss: ResidualLoss) -> None:
    claimed = loss.properties.lipschitz
    steepest = np.abs(loss.gradient(far_and_near(loss)))
    if math.isfinite(claimed):
        assert claimed * (1.0 - 1e-3) <= np.max(steepest) <= claimed * (1.0 + 1e-12)
    else:
        ever_farther = reach(loss) * np.array([1.0, 1e3, 1e9, 1e27, 1e81, 1e243])
        assert np.all(np.diff(loss.gradient(ever_farther)) > 0.0)
        assert loss.gradient(math.inf) == math.inf
    assert loss.properties.robust == math.isfinite(claimed)


@every_loss
def test_smoothness_bounds_the_slope_of_the_gradient_and_is_approached(loss: ResidualLoss) -> None:
    claimed = loss.properties.smoothness
    if loss.properties.kinks:
        assert claimed == math.inf
        return
    x = np.linspace(-12.0, 12.0, 24001) * reach(loss)
    gradient = loss.gradient(x)
    quotient = np.max(np.abs(np.diff(gradient)) / np.diff(x))
    assert claimed * (1.0 - 1e-3) <= quotient <= claimed * (1.0 + 1e-8)
    assert np.max(np.abs(loss.hessian(x))) == pytest.approx(claimed, rel=1e-3)


@every_loss
def test_strong_convexity_is_the_lowest_curvature(loss: ResidualLoss) -> None:
    x = np.append(far_and_near(loss), math.inf)
    lowest = np.min(loss.hessian(x))
    assert loss.properties.strong_convexity == pytest.approx(max(0.0, lowest), rel=1e-9, abs=1e-3)


@every_loss
def test_a_convex_loss_lies_below_its_chords_and_any_other_shows_a_witness(
    loss: ResidualLoss,
) -> None:
    assert loss.properties.convex == (loss.properties.witness is None)
    if loss.properties.witness:
        a, b = loss.properties.witness
        chord = 0.5 * (loss.value(a) + loss.value(b))
        assert loss.value(0.5 * (a + b)) > chord * (1.0 + 1e-6)
        return
    random = np.random.default_rng(7)
    a, b = reach(loss) * random.normal(size=(2, 20_000)) * 10.0 ** random.uniform(-3, 3, 20_000)
    chord = 0.5 * (loss.value(a) + loss.value(b))
    assert np.all(loss.value(0.5 * (a + b)) <= chord * (1.0 + 1e-12))


@every_loss
def test_the_bound_holds_and_is_the_limit(loss: ResidualLoss) -> None:
    bound = loss.properties.bound
    np.testing.assert_allclose(loss.value([-math.inf, math.inf]), bound, rtol=1e-14)
    assert np.all(loss.value(far_and_near(loss)) <= bound * (1.0 + 1e-14))


@every_loss
def test_a_redescending_gradient_rises_and_falls_back_to_zero_and_no_other_does(
    loss: ResidualLoss,
) -> None:
    ever_farther = loss.gradient(reach(loss) * np.array([1e3, 1e9, 1e27, 1e81, 1e243, math.inf]))
    if loss.properties.redescending:
        assert np.all(np.diff(ever_farther) <= 0.0)
        assert np.max(loss.gradient(far_and_near(loss))) > 1.2 * ever_farther[-2]
        assert ever_farther[-1] == 0.0
    else:
        assert np.all(ever_farther[1:] >= ever_farther[:-1] * (1.0 - 1e-15))
        assert ever_farther[-1] > 0.0


@pytest.mark.parametrize("alpha", [1.0, 0.999, 0.5, 0.0, -2.0, -1e3, -1e17, -math.inf])
def test_barrons_steepest_slope_is_where_optimising_finds_it(alpha: float) -> None:
    loss = Barron(alpha=alpha, c=0.3)
    if alpha == 1.0:
        assert loss.gradient(1e9) == pytest.approx(loss.properties.lipschitz, rel=1e-12)
        return
    peak = optimize.minimize_scalar(
        lambda at: -loss.gradient(at), bounds=(0.0, 40.0 * loss.c), method="bounded"
    )
    assert -peak.fun == pytest.approx(loss.properties.lipschitz, rel=1e-9)


def test_words_derive_from_the_constants() -> None:
    assert not SquaredError().properties.robust
    assert Huber().properties.robust
    assert Huber().properties.differentiable
    assert not AbsoluteError().properties.differentiable
    assert EpsilonInsensitive(epsilon=0.0).properties.kinks == (0.0,)


# What goes in and what comes out.


@every_curve
@every_loss
def test_any_shape_and_type_gives_float64_of_the_same_shape(loss: ResidualLoss, curve: str) -> None:
    evaluate = getattr(loss, curve)
    grid = np.arange(-12.0, 12.0).reshape(2, 3, 4)
    expected = evaluate(grid)
    assert expected.dtype == np.float64
    assert expected.shape == grid.shape

    for same in (grid.astype(int), grid.astype(np.float32), grid.tolist(), np.asfortranarray(grid)):
        np.testing.assert_array_equal(evaluate(same), expected, strict=True)
    np.testing.assert_array_equal(evaluate(grid.T), expected.T, strict=True)
    np.testing.assert_array_equal(evaluate(grid[:, ::2]), expected[:, ::2], strict=True)
    assert evaluate(np.empty((0, 3))).shape == (0, 3)


@every_curve
@every_loss
def test_a_single_number_gives_a_single_number(loss: ResidualLoss, curve: str) -> None:
    evaluate = getattr(loss, curve)
    for number in (2, 2.0, np.float32(2.0), np.array(2.0), True + 1):
        assert isinstance(evaluate(number), np.float64)
        assert evaluate(number) == evaluate([2.0])[0]


@every_curve
@every_loss
def test_a_long_array_gives_what_its_numbers_give_and_is_left_alone(
    loss: ResidualLoss, curve: str
) -> None:
    x = np.linspace(-9.0, 11.0, 40_000) * reach(loss)
    before = x.copy()
    result = getattr(loss, curve)(x)
    np.testing.assert_array_equal(x, before)
    assert not np.shares_memory(x, result)
    some = [0, 1, 16_383, 16_384, 16_385, 32_767, 32_768, 39_999]
    np.testing.assert_allclose(result[some], [getattr(loss, curve)(x[i]) for i in some], rtol=1e-15)


@every_curve
@every_loss
def test_nan_stays_nan_and_infinity_has_a_limit(loss: ResidualLoss, curve: str) -> None:
    result = getattr(loss, curve)([math.nan, math.inf, -math.inf, 0.0, 1.0])
    np.testing.assert_array_equal(np.isnan(result), [True, False, False, False, False])


@every_loss
def test_far_curves_run_into_their_limits_at_infinity(loss: ResidualLoss) -> None:
    # A power such as r to the -0.001 has not come far even at 1e300.
    slow = isinstance(loss, Barron) and loss.alpha in (0.999, 1.999)
    near = reach(loss) * np.array([-1e300, 1e300])
    for curve in (loss.gradient, loss.hessian, loss.weight):
        limit = curve(np.copysign(math.inf, near))
        if np.all(np.isfinite(limit)) and not slow:
            np.testing.assert_allclose(curve(near), limit, rtol=1e-14, atol=1e-100)


# What each loss estimates, and under which noise it is maximum likelihood.

SAMPLE = np.random.default_rng(11).lognormal(sigma=0.9, size=201)
MEAN, MEDIAN = float(np.mean(SAMPLE)), float(np.median(SAMPLE))


def expected_loss(loss: ResidualLoss, predictions: Array) -> Array:
    return np.mean(loss.value(predictions[:, None] - SAMPLE), axis=1)


def balance(loss: ResidualLoss) -> float:
    """Return the prediction at which the pulls of all targets cancel."""
    return float(
        optimize.brentq(lambda at: np.mean(loss.gradient(at - SAMPLE)), 0.0, 20.0, xtol=1e-13)
    )


def lowest(loss: ResidualLoss) -> float:
    predictions = np.linspace(0.0, 5.0, 5001)
    return float(predictions[np.argmin(expected_loss(loss, predictions))])


def densest(kernel: Callable[[Array], Array]) -> float:
    """Return where a kernel density estimate of the sample is highest."""
    at = np.linspace(0.0, 5.0, 5001)
    return float(at[np.argmax(np.sum(kernel(at[:, None] - SAMPLE), axis=1))])


def test_squared_error_estimates_the_mean() -> None:
    assert SquaredError.estimates == "mean"
    assert balance(SquaredError()) == pytest.approx(MEAN, rel=1e-12)
    assert lowest(SquaredError()) == pytest.approx(MEAN, abs=1e-3)


def test_absolute_error_estimates_the_median() -> None:
    assert AbsoluteError.estimates == "median"
    targets = np.sort(SAMPLE)
    assert targets[np.argmin(expected_loss(AbsoluteError(), targets))] == MEDIAN


@pytest.mark.parametrize("tau", [0.05, 0.25, 0.5, 0.8, 0.99])
def test_quantile_estimates_the_tau_quantile(tau: float) -> None:
    assert Quantile.estimates == "τ-quantile"
    targets = np.sort(SAMPLE)
    best = targets[np.argmin(expected_loss(Quantile(tau), targets))]
    assert best == np.quantile(SAMPLE, tau, method="inverted_cdf")
    assert np.mean(best > SAMPLE) <= tau <= np.mean(best >= SAMPLE)


@pytest.mark.parametrize("delta", [0.1, 0.5, 2.0])
def test_huber_estimates_the_mean_of_targets_pulled_in_to_delta(delta: float) -> None:
    best = balance(Huber(delta))
    assert best == pytest.approx(np.mean(np.clip(SAMPLE, best - delta, best + delta)), rel=1e-12)
    assert MEDIAN < best < MEAN


def test_log_cosh_estimates_something_between_median_and_mean() -> None:
    assert MEDIAN < balance(LogCosh()) < MEAN


@pytest.mark.parametrize("epsilon", [0.1, 0.5, 0.9])
def test_epsilon_insensitive_leaves_equal_shares_on_either_side_of_its_band(epsilon: float) -> None:
    edges = np.concatenate((SAMPLE - epsilon, SAMPLE + epsilon))
    best = edges[np.argmin(expected_loss(EpsilonInsensitive(epsilon), edges))]
    clear = 1e-9  # the best band touches a target
    assert np.sum(best - epsilon - clear > SAMPLE) <= np.sum(best + epsilon - clear < SAMPLE)
    assert np.sum(best - epsilon + clear > SAMPLE) >= np.sum(best + epsilon + clear < SAMPLE)


def test_cauchy_moves_from_the_mean_towards_the_mode_as_it_narrows() -> None:
    mode = densest(lambda gap: np.exp(-0.5 * (gap / 0.3) ** 2))
    wide, middle, narrow = (lowest(Cauchy(scale)) for scale in (1e3, 1.0, 0.3))
    assert wide == pytest.approx(MEAN, abs=2e-3)
    assert mode < narrow < middle < wide
    assert narrow < MEDIAN


@pytest.mark.parametrize("c", [0.5, 1.5, 4.0])
def test_tukey_estimates_the_mode_seen_through_its_window(c: float) -> None:
    assert lowest(Tukey(c)) == densest(lambda gap: np.maximum(1.0 - (gap / c) ** 2, 0.0) ** 3)


def test_barron_moves_from_the_mean_to_the_mode_as_alpha_falls() -> None:
    mode = densest(lambda gap: np.exp(-0.5 * (gap / 0.5) ** 2))
    found = [lowest(Barron(alpha, c=0.5)) for alpha in (2.0, 1.0, 0.0, -2.0, -math.inf)]
    assert found[0] == pytest.approx(MEAN, abs=1e-3)
    assert found[-1] == mode
    assert found == sorted(found, reverse=True)


@pytest.mark.parametrize(
    ("loss", "noise", "factor"),
    [
        (SquaredError(), stats.norm(scale=math.sqrt(0.5)), 1.0),
        (AbsoluteError(), stats.laplace(), 1.0),
        (LogCosh(), stats.hypsecant(), 1.0),
        (
            Quantile(0.3),
            stats.laplace_asymmetric(math.sqrt(3 / 7), scale=math.sqrt(3 / 7) / 0.3),
            1.0,
        ),
        (Cauchy(1.7), stats.cauchy(scale=1.7), 0.5 * 1.7**2),
        (Barron(0.0, c=0.6), stats.cauchy(scale=0.6 * math.sqrt(2.0)), 1.0),
        (Barron(2.0, c=0.6), stats.norm(scale=0.6), 1.0),
    ],
    ids=lambda told: repr(told) if isinstance(told, Loss) else type(told).__name__,
)
def test_a_loss_is_the_negative_logarithm_of_its_noise(
    loss: ResidualLoss, noise: stats.rv_continuous, factor: float
) -> None:
    # The noise is target - prediction, the residual with the other sign.
    residual = np.linspace(-8.0, 8.0, 101)
    surprise = -noise.logpdf(-residual) + noise.logpdf(0.0)
    np.testing.assert_allclose(loss.value(residual), factor * surprise, rtol=1e-10, atol=1e-12)


def test_the_tau_quantile_of_its_noise_is_zero() -> None:
    noise = stats.laplace_asymmetric(math.sqrt(3 / 7))
    assert noise.cdf(0.0) == pytest.approx(0.3)


# How the losses are related.

RESIDUALS = np.linspace(-30.0, 30.0, 601)


def assert_same(loss: ResidualLoss, expected: Array, rtol: float = 1e-13) -> None:
    np.testing.assert_allclose(loss.value(RESIDUALS), expected, rtol=rtol, atol=1e-15)


def test_squared_error_has_no_half_and_huber_has_one() -> None:
    assert SquaredError().value(3.0) == 9.0
    assert Huber(delta=5.0).value(3.0) == 4.5
    assert Huber(delta=2.0).value(3.0) == 2.0 * (3.0 - 1.0)


def test_quantile_charges_tau_for_predicting_too_low_and_the_rest_for_too_high() -> None:
    loss = Quantile(tau=0.9)
    prediction, target = np.array([1.0, 3.0]), 2.0
    np.testing.assert_allclose(loss.value(prediction - target), [0.9, 0.1])
    np.testing.assert_allclose(loss.gradient(prediction - target), [-0.9, 0.1])


def test_huber_is_half_the_square_when_delta_is_wide() -> None:
    assert_same(Huber(delta=1e6), 0.5 * SquaredError().value(RESIDUALS))


@pytest.mark.parametrize("delta", [1e-2, 1e-6, 1e-12])
def test_huber_over_delta_is_the_absolute_error_when_delta_is_narrow(delta: float) -> None:
    gap = AbsoluteError().value(RESIDUALS) - Huber(delta).value(RESIDUALS) / delta
    assert np.all(np.abs(gap) <= 0.5 * delta + 1e-14)


def test_the_middle_quantile_is_half_the_absolute_error() -> None:
    assert_same(Quantile(0.5), 0.5 * AbsoluteError().value(RESIDUALS))


def test_epsilon_insensitive_without_epsilon_is_the_absolute_error() -> None:
    bare = EpsilonInsensitive(epsilon=0.0)
    for curve in CURVES:
        np.testing.assert_array_equal(
            getattr(bare, curve)(RESIDUALS), getattr(AbsoluteError(), curve)(RESIDUALS)
        )
    assert dataclasses.asdict(bare.pieces) == {
        "kinks": (0.0,),
        "polynomials": ((0.0, -1.0), (0.0, 1.0)),
    }


def test_log_cosh_runs_along_the_absolute_error_log_two_below() -> None:
    far = np.array([20.0, 100.0, 1e4])
    np.testing.assert_allclose(LogCosh().value(far), far - math.log(2.0), rtol=1e-15)


@pytest.mark.parametrize(
    "wide", [Cauchy(1e8), Tukey(1e9), Huber(1e8), Barron(2.0, c=1.0)], ids=repr
)
def test_a_wide_robust_loss_is_half_the_square(wide: ResidualLoss) -> None:
    assert_same(wide, 0.5 * RESIDUALS**2)


@pytest.mark.parametrize("c", [0.05, 1.0, 7.0])
@pytest.mark.parametrize(
    ("alpha", "known"),
    [
        (2.0, lambda u: 0.5 * u**2),
        (1.0, lambda u: np.hypot(u, 1.0) - 1.0),
        (0.0, lambda u: np.log1p(0.5 * u**2)),
        (-2.0, lambda u: 2.0 * u**2 / (u**2 + 4.0)),
        (-math.inf, lambda u: 1.0 - np.exp(-0.5 * u**2)),
    ],
    ids=["half square", "Charbonnier", "Cauchy", "Geman-McClure", "Welsch"],
)
def test_barron_passes_through_the_known_losses(
    alpha: float, known: Callable[[Array], Array], c: float
) -> None:
    assert_same(Barron(alpha, c), known(RESIDUALS / c))


@pytest.mark.parametrize(
    ("alpha", "limit"),
    [
        (2.0 - 1e-12, 2.0),
        (1e-13, 0.0),
        (-1e-13, 0.0),
        (1e-25, 0.0),
        (1e-300, 0.0),
        (-1e14, -math.inf),
    ],
)
def test_barron_reaches_its_limits_without_a_step(alpha: float, limit: float) -> None:
    for curve in CURVES:
        near, there = (getattr(Barron(end), curve)(RESIDUALS) for end in (alpha, limit))
        np.testing.assert_allclose(near, there, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("scale", [0.1, 1.0, 4.0])
def test_cauchy_is_barron_at_zero_in_other_units(scale: float) -> None:
    c = scale / math.sqrt(2.0)
    assert_same(Cauchy(scale), c**2 * Barron(0.0, c).value(RESIDUALS))
    assert Cauchy(scale).strip == pytest.approx(Barron(0.0, c).strip)


@every_loss
def test_stretching_residual_and_units_alike_only_rescales(loss: ResidualLoss) -> None:
    units = [name for name in ("delta", "epsilon", "scale", "c") if name in vars(loss)]
    if not units:
        return
    stretched = dataclasses.replace(loss, **{units[0]: 3.0 * getattr(loss, units[0])})
    powers = {Barron: 0, EpsilonInsensitive: 1}
    factor = 3.0 ** powers.get(type(loss), 2)
    np.testing.assert_allclose(
        stretched.value(3.0 * RESIDUALS), factor * loss.value(RESIDUALS), rtol=1e-12, atol=1e-14
    )


# The registry and what is shown to the reader.


def concrete_classes(family: type) -> set[type]:
    below = {cls for child in family.__subclasses__() for cls in concrete_classes(child)}
    return below if inspect.isabstract(family) else below | {family}


def test_every_concrete_residual_loss_is_registered_once() -> None:
    made_of_others = "core.losses.composition"
    found = {kind for kind in concrete_classes(ResidualLoss) if kind.__module__ != made_of_others}
    assert set(RESIDUAL_LOSSES) == found
    assert len(set(RESIDUAL_LOSSES)) == len(RESIDUAL_LOSSES)


def test_the_registry_keeps_the_order_of_display() -> None:
    assert [cls.name for cls in RESIDUAL_LOSSES] == [
        "Squared error",
        "Absolute error",
        "Huber",
        "Log-cosh",
        "Quantile",
        "Epsilon-insensitive",
        "Cauchy",
        "Tukey biweight",
        "Barron general",
    ]


def test_every_registered_loss_has_its_place_in_these_laws() -> None:
    assert {type(loss) for loss in LOSSES} == set(RESIDUAL_LOSSES)


@every_class
def test_a_concrete_loss_is_final(cls: type[ResidualLoss]) -> None:
    assert cls.__final__
    assert cls.__subclasses__() == []


def test_class_names_in_core_are_unique() -> None:
    modules = [
        importlib.import_module(found.name)
        for found in pkgutil.walk_packages(core.__path__, prefix="core.")
    ]
    classes = {
        cls
        for module in modules
        for _, cls in inspect.getmembers(module, inspect.isclass)
        if cls.__module__.startswith("core.")
    }
    counted = Counter(cls.__qualname__ for cls in classes)
    assert [name for name, count in counted.items() if count > 1] == []


@every_class
def test_what_the_reader_sees_is_complete(cls: type[ResidualLoss]) -> None:
    assert cls.__doc__
    assert cls.name[0].isupper()
    assert cls.formula.startswith("L(r) = ")
    assert cls.estimates
    assert cls.noise.endswith(".")
    assert cls.story.endswith(".")
    assert str(cls.source.year) in str(cls.source)
    for declared in parameters(cls).values():
        assert declared.symbol in cls.formula
        assert declared.meaning[0].islower()


@every_class
def test_framework_calls_are_expressions_in_prediction_target_and_knobs(
    cls: type[ResidualLoss],
) -> None:
    assert list(cls.frameworks) == ["PyTorch", "Keras", "Optax", "scikit-learn"]
    libraries = {"torch", "keras", "optax", "sklearn"}
    for call in filter(None, cls.frameworks.values()):
        tree = ast.parse(call.code, mode="eval")
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert names - libraries == {"prediction", "target", *parameters(cls)}
        assert call.reduction in {"mean", "none"}


@every_class
def test_a_slider_starts_inside_its_valid_range(cls: type[ResidualLoss]) -> None:
    for name, declared in parameters(cls).items():
        default = getattr(cls(), name)
        assert declared.low <= default <= declared.high
        assert declared.accepts(declared.low)
        assert declared.accepts(declared.high)
        steps = (default - declared.low) / declared.step
        assert steps == pytest.approx(round(steps), abs=1e-6)


REFUSED = [
    (Huber, {"delta": 0.0}, "Huber: delta is 0.0, expected above 0 and finite."),
    (Huber, {"delta": -1.0}, "Huber: delta is -1.0, expected above 0 and finite."),
    (Huber, {"delta": math.inf}, "Huber: delta is inf, expected above 0 and finite."),
    (Quantile, {"tau": 0.0}, "Quantile: tau is 0.0, expected above 0 and below 1."),
    (Quantile, {"tau": 1.0}, "Quantile: tau is 1.0, expected above 0 and below 1."),
    (
        EpsilonInsensitive,
        {"epsilon": -0.1},
        "EpsilonInsensitive: epsilon is -0.1, expected at least 0 and finite.",
    ),
    (
        EpsilonInsensitive,
        {"epsilon": math.inf},
        "EpsilonInsensitive: epsilon is inf, expected at least 0 and finite.",
    ),
    (Cauchy, {"scale": 0.0}, "Cauchy: scale is 0.0, expected above 0 and finite."),
    (Cauchy, {"scale": math.inf}, "Cauchy: scale is inf, expected above 0 and finite."),
    (Tukey, {"c": 0.0}, "Tukey: c is 0.0, expected above 0 and finite."),
    (Tukey, {"c": math.inf}, "Tukey: c is inf, expected above 0 and finite."),
    (Barron, {"alpha": 2.1}, "Barron: alpha is 2.1, expected at most 2."),
    (Barron, {"alpha": math.inf}, "Barron: alpha is inf, expected at most 2."),
    (Barron, {"c": 0.0}, "Barron: c is 0.0, expected above 0 and finite."),
    (Barron, {"c": math.inf}, "Barron: c is inf, expected above 0 and finite."),
]


@pytest.mark.parametrize(("cls", "setting", "sentence"), REFUSED)
def test_a_parameter_out_of_range_is_refused_in_a_sentence(
    cls: type[ResidualLoss], setting: dict[str, float], sentence: str
) -> None:
    with pytest.raises(ParameterError) as refusal:
        cls(**setting)
    assert str(refusal.value) == sentence


@every_class
def test_no_parameter_accepts_nan(cls: type[ResidualLoss]) -> None:
    for name in parameters(cls):
        with pytest.raises(ParameterError):
            cls(**{name: math.nan})


def test_barron_accepts_every_alpha_down_to_minus_infinity() -> None:
    assert Barron(alpha=-math.inf).value(math.inf) == 1.0
    assert Barron(alpha=-1e308).value(1.0) == pytest.approx(-math.expm1(-0.5))
