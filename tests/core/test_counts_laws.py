"""Laws of the losses of counts and scales, each run over the registry."""

import ast
import inspect
import itertools
import math
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from scipy import optimize

from core.losses.base import Array
from core.losses.counts import (
    COUNT_LOSSES,
    AbsolutePercentageError,
    GammaLoss,
    GaussianNLL,
    PairedLoss,
    PoissonLoss,
    PredictionLoss,
    SquaredLogError,
)
from core.losses.domain import DomainError, Interval
from tests.core import laws
from tests.core.formulas import evaluate

LOSSES: tuple[PairedLoss, ...] = tuple(cls() for cls in COUNT_LOSSES)
OF_ONE: tuple[PredictionLoss, ...] = tuple(
    loss for loss in LOSSES if isinstance(loss, PredictionLoss)
)
CURVES = ("value", "gradient", "hessian")

every_loss = pytest.mark.parametrize("loss", LOSSES, ids=repr)
every_of_one = pytest.mark.parametrize("loss", OF_ONE, ids=repr)
every_class = pytest.mark.parametrize("cls", COUNT_LOSSES)
every_curve = pytest.mark.parametrize("curve", CURVES)

PREDICTIONS = np.array([0.4, 0.9, 1.5, 3.0, 8.0, 40.0])
TARGETS = np.array([0.6, 2.2, 3.7, 12.0, 90.0])
SCALES = np.array([0.3, 1.0, 7.0])


def batch(loss: PairedLoss) -> list[Array]:
    """Return every combination of ordinary arguments, one long array for each."""
    ordinary = {"prediction": PREDICTIONS, "scale": SCALES, "target": TARGETS}
    choices = [ordinary[argument.name] for argument in loss.arguments]
    return [np.array(column) for column in zip(*itertools.product(*choices), strict=True)]


def wide_batch(loss: PairedLoss, orders: float = 12.0) -> list[Array]:
    """Return arguments over many orders of magnitude, within each domain."""
    random = np.random.default_rng(4)
    columns = []
    for argument in loss.arguments:
        sizes = 10.0 ** random.uniform(-orders, orders, 4000)
        domain = argument.domain
        negative = not (isinstance(domain, Interval) and domain.low >= -1.0)
        columns.append(sizes * random.choice([-1.0, 1.0], 4000) if negative else sizes)
    return columns


# The curves belong together.


@every_loss
def test_gradient_is_the_slope_of_the_value(loss: PairedLoss) -> None:
    arguments = batch(loss)
    random = np.random.default_rng(1)
    for _ in range(3):
        directions = [random.normal(size=arguments[i].shape) for i in laws.movers(loss)]
        laws.assert_gradient(loss, arguments, directions, width=0.02, rtol=1e-9)


@every_of_one
def test_hessian_is_the_slope_of_the_gradient(loss: PredictionLoss) -> None:
    for prediction, target in zip(*batch(loss), strict=True):
        slope = laws.slope(
            lambda t, at=prediction, to=target: float(loss.gradient(at + t, to)), width=0.05
        )
        assert loss.hessian(prediction, target) == pytest.approx(slope, rel=1e-9, abs=1e-9)


def test_the_hessian_of_two_arguments_is_the_slope_of_both_gradients() -> None:
    loss = GaussianNLL()
    for arguments in itertools.product(PREDICTIONS[::2], SCALES, TARGETS[::2]):
        found = loss.hessian(*arguments)
        for i, j in np.ndindex(2, 2):

            def along(t: float, i: int = i, j: int = j, at: tuple[float, ...] = arguments) -> float:
                moved = list(at)
                moved[j] += t
                return float(loss.gradient(*moved)[i])

            slope = laws.slope(along, width=0.02)
            assert found[i, j] == pytest.approx(slope, rel=1e-8, abs=1e-7)


@every_loss
def test_the_section_is_fit_to_be_drawn(loss: PairedLoss) -> None:
    laws.assert_section(loss)
    section = loss.section
    for at in (0.3, 0.9, 1.9, 2.1, 4.0, 5.9):
        slope = laws.slope(
            lambda t, at=at: float(section.gradient(np.array([at + t]))[0]), width=0.01
        )
        assert section.hessian(np.array([at]))[0] == pytest.approx(slope, rel=1e-9, abs=1e-9)


@every_loss
def test_every_section_has_the_same_axis_and_the_same_target(loss: PairedLoss) -> None:
    section = loss.section
    assert section.axis == "prediction μ"
    assert section.interval == (0.2, 6.0)
    assert section.places == ()
    x = np.array([0.5, 2.0, 5.0])
    if isinstance(loss, GaussianNLL):
        assert section.held == "the target is 2, the scale σ is 1"
        np.testing.assert_array_equal(section.value(x), loss.value(x, 1.0, 2.0))
    else:
        assert section.held == "the target is 2"
        np.testing.assert_array_equal(section.value(x), loss.value(x, 2.0))


def test_a_section_reaches_as_far_as_predictions_may() -> None:
    reach = {type(loss): loss.section.domain for loss in LOSSES}
    assert reach == {
        PoissonLoss: (0.0, math.inf),
        GammaLoss: (0.0, math.inf),
        GaussianNLL: (-math.inf, math.inf),
        AbsolutePercentageError: (-math.inf, math.inf),
        SquaredLogError: (-1.0, math.inf),
    }


# What a prediction costs.


@every_of_one
def test_the_target_itself_is_the_cheapest_prediction(loss: PredictionLoss) -> None:
    targets = np.geomspace(1e-3, 1e6, 40)
    least = loss.value(targets, targets)
    for factor in (0.1, 0.9, 0.999, 1.001, 1.1, 10.0):
        assert np.all(loss.value(factor * targets, targets) > least)
    np.testing.assert_array_equal(loss.gradient(targets, targets), 0.0)


def test_only_likelihoods_cost_something_at_the_target_and_it_is_known_what() -> None:
    y = np.geomspace(1e-3, 1e6, 40)
    np.testing.assert_allclose(PoissonLoss().value(y, y), y - y * np.log(y), rtol=1e-12)
    np.testing.assert_allclose(GammaLoss().value(y, y), 1.0 + np.log(y), rtol=1e-15)
    np.testing.assert_allclose(GaussianNLL().value(y, 3.0, y), np.log(3.0), rtol=1e-15)
    np.testing.assert_array_equal(AbsolutePercentageError().value(y, y), 0.0)
    np.testing.assert_array_equal(SquaredLogError().value(y, y), 0.0)


def test_a_rate_of_zero_costs_nothing_until_something_comes() -> None:
    loss = PoissonLoss()
    np.testing.assert_array_equal(loss.value(0.0, [0.0, 1.0]), [0.0, math.inf])
    np.testing.assert_array_equal(loss.gradient([0.0, 0.0], [0.0, 1.0]), [1.0, -math.inf])
    np.testing.assert_array_equal(loss.hessian(0.0, [0.0, 1.0]), [0.0, math.inf])
    np.testing.assert_array_equal(loss.value([0.0, 0.5, 7.0], 0.0), [0.0, 0.5, 7.0])
    np.testing.assert_array_equal(loss.gradient([0.0, 0.5, 7.0], 0.0), 1.0)


def test_a_mean_of_counts_costs_what_the_counts_cost_on_average() -> None:
    counts = np.array([0.0, 3.0, 4.0, 11.0])
    loss, rates = PoissonLoss(), np.array([0.2, 1.0, 6.0])
    average = loss.value(rates[:, None], counts).mean(axis=1)
    np.testing.assert_allclose(loss.value(rates, counts.mean()), average, rtol=1e-14)


def test_gamma_adds_what_only_the_ratio_decides() -> None:
    loss, ratio = GammaLoss(), np.array([0.1, 0.7, 3.0])
    added = loss.value(ratio * 5.0, 5.0) - loss.value(5.0, 5.0)
    same = loss.value(ratio * 800.0, 800.0) - loss.value(800.0, 800.0)
    np.testing.assert_allclose(added, same, rtol=1e-13)


def test_a_gaussian_miss_counts_in_units_of_its_scale() -> None:
    loss = GaussianNLL()
    assert loss.value(5.0, 3.0, -1.0) == pytest.approx(math.log(3.0) + 2.0, rel=1e-15)


def test_a_percentage_is_given_as_a_share() -> None:
    loss = AbsolutePercentageError()
    np.testing.assert_allclose(loss.value([3.0, -3.0, 0.0], [4.0, -4.0, 7.0]), [0.25, 0.25, 1.0])
    np.testing.assert_allclose(loss.value([2.0, -2.0], [-4.0, 4.0]), 1.5)


def test_twice_the_size_costs_the_same_as_half_the_size() -> None:
    loss, y = SquaredLogError(), np.array([1.0, 9.0, 1e6])
    twice, half = loss.value(2.0 * (1.0 + y) - 1.0, y), loss.value(0.5 * (1.0 + y) - 1.0, y)
    np.testing.assert_allclose(twice, half, rtol=1e-12)
    np.testing.assert_allclose(twice, math.log(2.0) ** 2, rtol=1e-12)
    assert math.isfinite(loss.value(0.0, 5.0))


# The rate through its logarithm.


def test_the_loss_of_a_log_rate_is_that_of_its_exponential() -> None:
    loss, eta = PoissonLoss(), np.linspace(-30.0, 30.0, 61)
    for y in (0.0, 0.5, 3.0, 1000.0):
        expected = loss.value(np.exp(eta), y)
        np.testing.assert_allclose(loss.value_of_log(eta, y), expected, rtol=1e-12, atol=1e-12)
        slope = loss.gradient(np.exp(eta), np.full(61, y)) * np.exp(eta)
        np.testing.assert_allclose(loss.gradient_of_log(eta, y), slope, rtol=1e-12, atol=1e-12)


def test_the_gradient_of_a_log_rate_is_the_slope_of_its_loss() -> None:
    loss = PoissonLoss()
    for eta, y in itertools.product((-5.0, 0.0, 2.5), (0.0, 0.5, 40.0)):
        slope = laws.slope(lambda t, eta=eta, y=y: float(loss.value_of_log(eta + t, y)), width=0.1)
        assert loss.gradient_of_log(eta, y) == pytest.approx(slope, rel=1e-10, abs=1e-12)


def test_a_log_rate_takes_any_size_without_nan_or_a_warning() -> None:
    loss = PoissonLoss()
    eta = np.array([-1e300, -1e4, -745.0, 709.0, 710.0, 1e4, 1e300])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value = loss.value_of_log(eta[:, None], [0.0, 1.0, 1e6])
        slope = loss.gradient_of_log(eta, 3.0)
    np.testing.assert_array_equal(value[:2], [[0.0, 1e300, 1e306], [0.0, 1e4, 1e10]])
    assert np.isfinite(value[2:4]).all()
    assert np.all(value[4:] == math.inf)
    np.testing.assert_array_equal(slope[[0, -1]], [-3.0, math.inf])
    assert loss.value_of_log(1e300, 1e9) == math.inf
    assert loss.value_of_log(2.0, 3.0).shape == ()
    assert loss.gradient_of_log(2.0, [3.0, 4.0]) == pytest.approx(2 * math.exp(2.0) - 7.0)


def test_the_loss_is_convex_in_the_log_rate() -> None:
    random = np.random.default_rng(2)
    one, other = random.uniform(-20.0, 20.0, (2, 2000))
    y = random.uniform(0.0, 50.0, 2000)
    loss = PoissonLoss()
    chord = (loss.value_of_log(one, y) + loss.value_of_log(other, y)) / 2.0
    assert np.all(loss.value_of_log((one + other) / 2.0, y) <= chord + 1e-9 * np.abs(chord))


@pytest.mark.parametrize("curve", ["value_of_log", "gradient_of_log"])
def test_a_log_rate_is_checked_too(curve: str) -> None:
    evaluate = getattr(PoissonLoss(), curve)
    with pytest.raises(DomainError, match=r"^PoissonLoss: log_rate\[1\] is nan, expected a number"):
        evaluate([0.0, math.nan], 1.0)
    with pytest.raises(DomainError, match=r"^PoissonLoss: target is -1, expected a number at"):
        evaluate(0.0, -1.0)
    with pytest.raises(DomainError, match=r"^PoissonLoss: log_rate \(2,\), target \(3,\) do not"):
        evaluate([0.0, 1.0], [1.0, 2.0, 3.0])


# Kinks and constants.


def jump(loss: PairedLoss, at: float) -> float:
    left, right = loss.section.gradient(np.array([at - 1e-9, at + 1e-9]))
    return float(right - left)


@every_loss
def test_gradient_jumps_exactly_at_the_declared_kinks(loss: PairedLoss) -> None:
    kinks, section = loss.properties.kinks, loss.section
    for kink in kinks:
        assert jump(loss, kink) == pytest.approx(1.0)
        assert section.gradient(np.array([kink]))[0] == 0.0
    x = np.linspace(*section.interval, 20_001)
    step = np.abs(np.diff(section.gradient(x)))
    near = np.zeros(step.shape, dtype=bool)
    for kink in kinks:
        near |= (x[:-1] <= kink) & (kink <= x[1:])
    allowed = 1.01 * np.abs(section.hessian(x)).max() * np.diff(x) + 1e-12
    assert np.all(step[~near] <= allowed[~near])


EVER_STEEPER: dict[type[PairedLoss], Callable[[float], tuple[float, ...]]] = {
    PoissonLoss: lambda t: (1.0 / t, 2.0),
    GammaLoss: lambda t: (1.0 / t, 2.0),
    GaussianNLL: lambda t: (t, 1.0, 0.0),
    AbsolutePercentageError: lambda t: (2.0 / t, 1.0 / t),
    SquaredLogError: lambda t: (1.0 / t - 1.0, 2.0),
}
NEVER_ENDING = (1e1, 1e2, 1e4, 1e6)


def growing(sizes: list[float]) -> bool:
    return bool(np.all(np.diff(sizes) > 0.0)) and sizes[-1] > 1e5


@every_loss
def test_no_constant_bounds_slope_curvature_or_value(loss: PairedLoss) -> None:
    told = loss.properties
    assert told.lipschitz == told.smoothness == told.bound == math.inf
    assert told.tight
    path = [EVER_STEEPER[type(loss)](t) for t in NEVER_ENDING]
    assert growing([float(np.hypot.reduce(laws.gradients(loss, at))) for at in path])
    if told.kinks:
        beside = [loss.section.gradient(2.0 + np.array([-1.0, 1.0]) / t) for t in NEVER_ENDING]
        assert growing([np.ptp(b) * t / 2.0 for b, t in zip(beside, NEVER_ENDING, strict=True)])
    elif isinstance(loss, GaussianNLL):
        assert growing([float(loss.hessian(0.0, 1.0 / t, 0.0)[0, 0]) for t in NEVER_ENDING])
    else:
        assert growing([float(loss.hessian(*at)) for at in path])
    far = {
        GammaLoss: lambda t: (1.0 / t, 1.0),
        SquaredLogError: lambda t: (math.expm1(min(t, 700.0)), 0.0),
        AbsolutePercentageError: lambda t: (t, 1.0),
    }.get(type(loss), lambda t: (t, *[1.0] * (len(loss.arguments) - 1)))
    assert growing([float(loss.value(*far(t))) for t in (1e1, 1e2, 6e2, 1e6)])


@every_loss
def test_no_curvature_is_guaranteed(loss: PairedLoss) -> None:
    assert loss.properties.strong_convexity == 0.0
    hessian = np.asarray(loss.hessian(*wide_batch(loss)))
    if isinstance(loss, GaussianNLL):
        assert np.linalg.eigvalsh(hessian[np.isfinite(hessian).all(axis=(-1, -2))]).min() < 0.0
    elif loss.properties.convex:
        assert 0.0 <= hessian.min() < 1e-9
    else:
        assert hessian.min() < 0.0


def pairs(loss: PairedLoss) -> Iterator[tuple[list[Array], list[Array]]]:
    random = np.random.default_rng(6)
    everything = wide_batch(loss, orders=3.0)
    for _ in range(400):
        one = [column[random.integers(column.size)] for column in everything]
        other = list(one)
        for i in laws.movers(loss):
            other[i] = everything[i][random.integers(everything[i].size)]
        yield one, other


@every_loss
def test_a_convex_loss_lies_below_its_chords_and_any_other_shows_a_witness(
    loss: PairedLoss,
) -> None:
    told = loss.properties
    assert told.convex == isinstance(loss, PoissonLoss | AbsolutePercentageError)
    laws.assert_convex_or_witnessed(loss, pairs(loss))
    if not told.convex:
        assert laws.above_chord(loss, *laws.witnesses(loss)) > 0.1


@every_loss
def test_no_loss_lets_every_far_sample_go_though_some_let_far_predictions_go(
    loss: PairedLoss,
) -> None:
    assert not loss.properties.redescending
    far, near = np.array([10.0, 1e2, 1e3, 1e5, 1e9, 1e15]), np.ones(6)
    rest = [near] * (len(loss.arguments) - 2)
    by_prediction = np.abs(laws.gradients(loss, [far, *rest, near])[0])
    by_target = np.abs(laws.gradients(loss, [2.0 * near, *rest, far])[0])
    if isinstance(loss, GammaLoss | SquaredLogError):
        assert np.all(np.diff(by_prediction) < 0.0)
        assert 0.0 < by_prediction[-1] < 1e-12
    else:
        assert np.all(np.diff(by_prediction) >= 0.0)
        assert by_prediction[0] > 0.5
    if isinstance(loss, AbsolutePercentageError):
        np.testing.assert_allclose(by_target, 1.0 / far)
    else:
        assert np.all(np.diff(by_target) > 0.0)


def test_steepness_is_where_it_is_said_and_nowhere_else() -> None:
    """Each way's words, and what is left when they are not so."""
    gap = np.array([1e-2, 1e-4, 1e-6])
    ways = {type(loss): loss.properties.steep for loss in LOSSES}
    for cls in (PoissonLoss, GammaLoss):
        assert ways[cls].words == "the target grows, or the prediction nears 0"
        assert np.all(np.diff(np.abs(cls().gradient(gap, np.full(3, 2.0)))) > 0.0)
        near = np.abs(cls().gradient(PREDICTIONS[:, None, None], np.ones((1, 5, 1)) * [0.01, 9.0]))
        assert near.max() <= 5 * 9.0 / 0.4**2
    assert ways[GaussianNLL].words == "the miss grows, or the scale nears 0"
    assert np.all(np.diff(np.abs(GaussianNLL().gradient(0.0, gap, np.zeros(3))[1])) > 0.0)
    assert ways[SquaredLogError].words == "the target grows, or, faster, the prediction nears −1"
    logs = SquaredLogError().gradient(gap - 1.0, np.full(3, 2.0))
    assert np.all(np.diff(np.abs(logs)) > 1e3)
    assert ways[AbsolutePercentageError].words == "the target nears 0"
    assert ways[AbsolutePercentageError].otherwise == (
        "Of any one target y it is 1/|y|, however far off the prediction."
    )
    for target in (-7.0, 0.3):
        predictions = np.array([-1e9, -3.0, 1.0, 1e15])
        pull = np.abs(AbsolutePercentageError().gradient(predictions, np.full(4, target)))
        np.testing.assert_allclose(pull, 1.0 / abs(target))


@every_loss
def test_symmetric_says_whether_too_much_costs_as_much_as_too_little(loss: PairedLoss) -> None:
    target, miss = np.array([3.0, 8.0, 100.0]), np.array([1.0, 0.5, 64.0])
    rest = [2.0] * (len(loss.arguments) - 2)
    over = loss.value(target + miss, *rest, target)
    under = loss.value(target - miss, *rest, target)
    if loss.properties.symmetric:
        np.testing.assert_array_equal(over, under)
    else:
        assert np.all(np.abs(over - under) > 1e-6)


@every_loss
def test_nothing_is_classified_and_no_probability_is_reported(loss: PairedLoss) -> None:
    told = loss.properties
    assert told.calibrated is told.proper is told.strictly_proper is None


# What each estimates.

SAMPLE = np.random.default_rng(11).gamma(1.5, 2.0, size=201) + 0.05


def lowest(loss: PredictionLoss, sample: Array = SAMPLE) -> float:
    """Return the best single prediction, first on a grid of targets and then nearby."""
    grid = np.sort(sample)
    totals = loss.value(grid[:, None], sample).mean(axis=1)
    i = int(np.argmin(totals))
    around = grid[max(i - 1, 0)], grid[min(i + 1, grid.size - 1)]
    found = optimize.minimize_scalar(
        lambda at: float(loss.value(at, sample).mean()),
        bounds=around,
        method="bounded",
        options={"xatol": 1e-11},
    )
    return float(found.x)


def assert_balanced(loss: PredictionLoss, at: float, sample: Array) -> None:
    pulls = loss.gradient(np.full(sample.shape, at), sample)
    assert abs(pulls.sum()) <= 1e-12 * np.abs(pulls).sum()


@pytest.mark.parametrize("loss", [PoissonLoss(), GammaLoss()], ids=repr)
def test_rates_and_gamma_means_estimate_the_mean(loss: PredictionLoss) -> None:
    assert loss.estimates == "mean"
    assert lowest(loss) == pytest.approx(SAMPLE.mean(), rel=1e-6)
    assert_balanced(loss, SAMPLE.mean(), SAMPLE)


def test_poisson_estimates_the_mean_of_counts_among_them_zeros() -> None:
    counts = np.random.default_rng(3).poisson(0.8, size=300).astype(float)
    assert_balanced(PoissonLoss(), counts.mean(), counts)


def test_the_gaussian_likelihood_estimates_mean_and_standard_deviation() -> None:
    assert GaussianNLL.estimates == "mean and standard deviation"
    loss, best = GaussianNLL(), (SAMPLE.mean(), SAMPLE.std())
    slopes = loss.gradient(*best, SAMPLE)
    np.testing.assert_allclose(slopes, 0.0, atol=1e-11)
    least = loss.value(*best, SAMPLE).mean()
    for mean, scale in itertools.product((-0.5, -1e-3, 0.0, 1e-3, 0.5), repeat=2):
        if (mean, scale) != (0.0, 0.0):
            assert loss.value(best[0] + mean, best[1] + scale, SAMPLE).mean() > least


def test_percentages_estimate_a_median_in_which_small_targets_weigh_more() -> None:
    loss = AbsolutePercentageError()
    assert loss.estimates == "median of targets that each weigh 1/|y|"
    for sample in (SAMPLE, SAMPLE - 2.5):
        order = np.sort(sample)
        weight = np.cumsum(1.0 / np.abs(order))
        middle = order[np.searchsorted(weight, weight[-1] / 2.0)]
        best = order[np.argmin(loss.value(order[:, None], sample).mean(axis=1))]
        assert best == middle
    assert lowest(loss) < np.median(SAMPLE)


def test_logarithmic_errors_estimate_a_geometric_mean() -> None:
    loss = SquaredLogError()
    assert loss.estimates == "geometric mean of 1 + y, minus 1"
    mean = math.expm1(np.log1p(SAMPLE).mean())
    assert lowest(loss) == pytest.approx(mean, rel=1e-6)
    assert_balanced(loss, mean, SAMPLE)
    assert mean < SAMPLE.mean()


# What goes in and what comes out.


def parts(found: Any) -> tuple[Array, ...]:
    return found if isinstance(found, tuple) else (found,)


@every_curve
@every_loss
def test_all_arguments_broadcast(loss: PairedLoss, curve: str) -> None:
    evaluate = getattr(loss, curve)
    arguments = [np.full((2, 3), 2.0), np.full(3, 0.7), np.full((2, 1), 5.0)]
    arguments = arguments[: len(loss.arguments)]
    found = evaluate(*arguments)
    matrices = (2, 2) if curve == "hessian" and isinstance(loss, GaussianNLL) else ()
    if curve == "gradient":
        moving = laws.movers(loss)
        assert [part.shape for part in parts(found)] == [arguments[i].shape for i in moving]
    else:
        assert found.shape == (2, 3, *matrices)
    assert all(part.dtype == np.float64 for part in parts(found))
    single = parts(evaluate(*[2, 1, 3][: len(arguments)]))
    own = matrices if curve == "hessian" else ()
    assert all(part.shape == own for part in single)
    assert all(isinstance(part, np.float64) for part in single if own == ())
    empty = parts(evaluate(*[np.empty((0, 2))] * len(arguments)))
    assert all(part.shape[:2] == (0, 2) for part in empty)


@every_loss
def test_the_gradient_of_a_shared_argument_is_the_sum_over_what_it_serves(
    loss: PairedLoss,
) -> None:
    targets = np.array([[1.0, 4.0, 0.5], [2.0, 7.0, 30.0]])
    moving = laws.movers(loss)
    shared = [1.7, 0.6][: len(moving)]
    spread = [np.full(targets.shape, x) for x in shared]
    each = laws.gradients(loss, [*spread, targets])
    for found, parted in zip(laws.gradients(loss, [*shared, targets]), each, strict=True):
        assert found.shape == ()
        assert float(found) == pytest.approx(parted.sum(), rel=1e-14)
    columns = [np.full((2, 1), x) for x in shared]
    for found, parted in zip(laws.gradients(loss, [*columns, targets]), each, strict=True):
        np.testing.assert_allclose(found, parted.sum(axis=1, keepdims=True), rtol=1e-14)
    corners = [np.full((1, 1), x) for x in shared]
    for found, parted in zip(laws.gradients(loss, [*corners, targets]), each, strict=True):
        np.testing.assert_allclose(found, [[parted.sum()]], rtol=1e-14)


def test_slopes_beyond_float64_in_both_directions_cancel() -> None:
    by_mean, by_scale = GaussianNLL().gradient(0.0, 1e-310, [-1.0, 1.0])
    assert by_mean == 0.0
    assert by_scale == -math.inf
    assert GaussianNLL().gradient(0.0, 1e-310, [1.0, 1.0])[0] == -math.inf


@every_curve
@every_loss
def test_no_allowed_number_makes_nan_or_a_warning(loss: PairedLoss, curve: str) -> None:
    sizes = [5e-324, 1e-308, 1e-160, 1e-9, 1.0, 3.0, 1e9, 1e160, 1e308]
    several = [*sizes, 0.0, -1.0 + 2.0**-53, *(-x for x in sizes)]
    choices = [
        [x for x in several if argument.domain.holds(np.array(x))] for argument in loss.arguments
    ]
    columns = [np.array(column) for column in zip(*itertools.product(*choices), strict=True)]
    before = [column.copy() for column in columns]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = parts(getattr(loss, curve)(*columns))
        moving = laws.movers(loss)
        shared = [column if i not in moving else 1e-310 for i, column in enumerate(columns)]
        total = parts(getattr(loss, curve)(*shared))
    assert not any(np.isnan(part).any() for part in (*found, *total))
    for column, was in zip(columns, before, strict=True):
        np.testing.assert_array_equal(column, was)


AT_LEAST_0, ABOVE_0 = "expected a number at least 0", "expected a number above 0"
REFUSED: list[tuple[PairedLoss, tuple[Any, ...], str]] = [
    (PoissonLoss(), (1.0, [2.0, -3.0]), f"target[1] is -3, {AT_LEAST_0}."),
    (PoissonLoss(), ([[1.0, -0.5]], 1.0), f"prediction[0, 1] is -0.5, {AT_LEAST_0}."),
    (PoissonLoss(), (math.inf, 1.0), f"prediction is inf, {AT_LEAST_0}."),
    (PoissonLoss(), (1.0, math.nan), f"target is nan, {AT_LEAST_0}."),
    (GammaLoss(), (0.0, 1.0), f"prediction is 0, {ABOVE_0}."),
    (GammaLoss(), (1.0, [1.0, 0.0]), f"target[1] is 0, {ABOVE_0}."),
    (GaussianNLL(), (0.0, 0.0, 0.0), f"scale is 0, {ABOVE_0}."),
    (GaussianNLL(), (0.0, [1.0, -1.0], 0.0), f"scale[1] is -1, {ABOVE_0}."),
    (GaussianNLL(), (math.nan, 1.0, 0.0), "prediction is nan, expected a number."),
    (GaussianNLL(), (0.0, 1.0, math.inf), "target is inf, expected a number."),
    (
        AbsolutePercentageError(),
        (1.0, [1.0, 0.0]),
        "target[1] is 0, expected a number other than 0.",
    ),
    (AbsolutePercentageError(), (1.0, math.nan), "target is nan, expected a number other than 0."),
    (AbsolutePercentageError(), (math.inf, 1.0), "prediction is inf, expected a number."),
    (SquaredLogError(), (-1.0, 1.0), "prediction is -1, expected a number above -1."),
    (SquaredLogError(), (1.0, [0.0, -2.0]), "target[1] is -2, expected a number above -1."),
    (
        SquaredLogError(),
        ([1.0, 2.0], [1.0, 2.0, 3.0]),
        "prediction (2,), target (3,) do not match, expected shapes that do.",
    ),
    (
        GaussianNLL(),
        ([1.0, 2.0], 1.0, [1.0, 2.0, 3.0]),
        "prediction (2,), scale (), target (3,) do not match, expected shapes that do.",
    ),
    (PoissonLoss(), ("many", 1.0), f"prediction is not numbers, {AT_LEAST_0}."),
]


@every_curve
@pytest.mark.parametrize(("loss", "arguments", "sentence"), REFUSED)
def test_what_is_not_allowed_is_refused_in_a_sentence(
    loss: PairedLoss, arguments: tuple[Any, ...], sentence: str, curve: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        getattr(loss, curve)(*arguments)
    assert str(refusal.value) == f"{type(loss).__name__}: {sentence}"


# The registry and what is shown to the reader.


def concrete_classes(family: type) -> set[type]:
    below = {cls for child in family.__subclasses__() for cls in concrete_classes(child)}
    return below if inspect.isabstract(family) else below | {family}


def test_every_concrete_loss_is_registered_once_and_in_order() -> None:
    assert set(COUNT_LOSSES) == concrete_classes(PairedLoss)
    assert [cls.name for cls in COUNT_LOSSES] == [
        "Poisson",
        "Gamma",
        "Gaussian likelihood",
        "Absolute percentage error",
        "Squared logarithmic error",
    ]


@every_loss
def test_what_the_reader_sees_is_complete(loss: PairedLoss) -> None:
    laws.assert_described(loss)
    assert loss.task == "Counts and scales"
    assert loss.formula.startswith(r"L(\mu, ")
    assert loss.story.endswith(".")
    told = {argument.name: argument for argument in loss.arguments}
    assert all(argument.symbol in loss.formula for argument in loss.arguments)
    assert list(told) == [*([*["prediction", "scale"]][: len(told) - 1]), "target"]
    assert [argument.moves for argument in loss.arguments] == [True] * (len(told) - 1) + [False]


@every_loss
def test_the_formula_gives_the_value(loss: PairedLoss) -> None:
    for mu, sigma, y in itertools.product((0.4, 2.0, 7.0), (0.7, 3.0), (0.5, 2.0)):
        given = {"prediction": mu, "scale": sigma, "target": y}
        value = loss.value(*[given[argument.name] for argument in loss.arguments])
        read = evaluate(loss.formula, mu=mu, sigma=sigma, y=y)
        assert read == pytest.approx(float(value), rel=1e-13, abs=1e-15)


def test_where_a_loss_is_undefined_is_told() -> None:
    for cls, where in ((GammaLoss, "0"), (AbsolutePercentageError, "0"), (SquaredLogError, "-1")):
        assert f"undefined at {where}" in cls.arguments[-1].meaning


@every_class
def test_framework_calls_are_expressions_in_the_arguments(cls: type[PairedLoss]) -> None:
    assert list(cls.frameworks) == ["PyTorch", "Keras", "Optax", "scikit-learn"]
    for call in filter(None, cls.frameworks.values()):
        names = {
            node.id
            for node in ast.walk(ast.parse(call.code, mode="eval"))
            if isinstance(node, ast.Name)
        }
        arguments = {argument.name for argument in cls.arguments}
        assert names - {"torch", "keras", "optax", "jax", "sklearn"} == arguments
        assert call.reduction in {"mean", "none"}
