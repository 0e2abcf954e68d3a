"""Laws of the divergences, each run over the registry at several settings."""

import ast
import inspect
import itertools
import math
import warnings
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from scipy import optimize

from core.declare import ParameterError, parameters
from core.losses.base import Array, Section
from core.losses.divergence import (
    DIVERGENCES,
    CrossEntropy,
    Divergence,
    Hellinger,
    JensenShannon,
    KLDivergence,
    ReverseKL,
    TotalVariation,
    Wasserstein1,
    entropy,
)
from core.losses.domain import DomainError
from tests.core import laws
from tests.core.formulas import evaluate

LOSSES: tuple[Divergence, ...] = (
    KLDivergence(),
    ReverseKL(),
    JensenShannon(),
    CrossEntropy(),
    TotalVariation(),
    Hellinger(),
    Wasserstein1(step=0.5),
    Wasserstein1(),
    Wasserstein1(step=3.0),
)
CURVES = ("value", "gradient", "hessian")
KINKED = (TotalVariation, Wasserstein1)

every_loss = pytest.mark.parametrize("loss", LOSSES, ids=repr)
every_class = pytest.mark.parametrize("cls", DIVERGENCES)
every_curve = pytest.mark.parametrize("curve", CURVES)
every_size = pytest.mark.parametrize("categories", [2, 3, 5])


def generator(seed: int = 5) -> np.random.Generator:
    return np.random.default_rng(seed)


def rows(random: np.random.Generator, number: int, categories: int, least: float = 0.0) -> Array:
    """Return random distributions, some near the corners, every probability at least so large."""
    spread = random.dirichlet(np.full(categories, 0.7), size=number)
    return least + (1.0 - least * categories) * spread


def along(random: np.random.Generator, shape: tuple[int, ...], size: float) -> Array:
    """Return random directions within the simplex, no entry larger than the size."""
    direction = random.normal(size=shape)
    direction -= direction.mean(axis=-1, keepdims=True)
    return size * direction / np.abs(direction).max(axis=-1, keepdims=True)


def calm_pairs(loss: Divergence, categories: int) -> tuple[Array, Array]:
    """Return pairs of distributions around which the loss is smooth."""
    random = generator()
    p, q = (rows(random, 400, categories, least=0.04) for _ in range(2))
    if isinstance(loss, KINKED):
        gaps = np.abs(np.cumsum(q - p, axis=-1)[:, :-1]).min(axis=-1)
        clear = np.minimum(gaps, np.abs(q - p).min(axis=-1)) > 0.02
    else:
        clear = np.abs(q - p).max(axis=-1) > 0.2
    return p[clear][:20], q[clear][:20]


# The three curves belong together.


@every_size
@every_loss
def test_gradient_is_the_slope_of_the_value(loss: Divergence, categories: int) -> None:
    p, q = calm_pairs(loss, categories)
    assert len(p) >= 5
    for _ in range(3):
        direction = along(generator(3), q.shape, size=1.0 / (2 * categories))
        laws.assert_gradient(loss, (p, q), (direction,), width=0.02)


@every_size
@every_loss
def test_hessian_is_the_slope_of_the_gradient(loss: Divergence, categories: int) -> None:
    p, q = calm_pairs(loss, categories)
    direction = along(generator(4), q.shape, size=1.0 / (2 * categories))
    laws.assert_hessian(loss, (p, q), direction, width=0.02)


@every_loss
def test_hessian_is_symmetric(loss: Divergence) -> None:
    hessian = loss.hessian(*calm_pairs(loss, 4))
    np.testing.assert_array_equal(hessian, np.swapaxes(hessian, -1, -2))


@every_loss
def test_the_section_is_fit_to_be_drawn(loss: Divergence) -> None:
    laws.assert_section(loss)


@every_loss
def test_the_section_bends_as_its_slope_says(loss: Divergence) -> None:
    section = loss.section
    for at in (0.05, 0.2, 0.29, 0.31, 0.5, 0.77, 0.95):
        slope = laws.slope(
            lambda s, at=at: float(section.gradient(np.array([at + s]))[0]), width=0.005
        )
        assert section.hessian(np.array([at]))[0] == pytest.approx(slope, rel=1e-7, abs=1e-9)


@every_loss
def test_the_section_is_the_loss_of_the_row_it_speaks_of(loss: Divergence) -> None:
    section = loss.section
    assert section.axis == "model's probability q"
    assert section.held == "two outcomes, the true probability of the first is 0.3"
    assert section.interval == (0.02, 0.98)
    assert section.domain == (0.0, 1.0)
    assert section.places == ()
    q = np.array([0.1, 0.3, 0.8])
    expected = loss.value([0.3, 0.7], [[0.1, 0.9], [0.3, 0.7], [0.8, 0.2]])
    np.testing.assert_allclose(section.value(q), expected, rtol=1e-14)


# What distributions cost.


@every_size
@every_loss
def test_the_truth_costs_least(loss: Divergence, categories: int) -> None:
    random = generator()
    p, q = (rows(random, 500, categories) for _ in range(2))
    least = loss.value(p, p)
    np.testing.assert_array_equal(least, entropy(p) if isinstance(loss, CrossEntropy) else 0.0)
    assert np.all(loss.value(p, q) > least)
    corners = np.eye(categories)
    assert np.all(loss.value(corners, corners) == 0.0)
    assert not np.signbit(loss.value(corners, corners)).any()
    assert not np.signbit(entropy(corners)).any()


@every_size
@every_loss
def test_nearly_the_truth_costs_something_and_never_less_than_nothing(
    loss: Divergence, categories: int
) -> None:
    random = generator()
    p = rows(random, 500, categories, least=0.01)
    q = p + along(random, p.shape, size=1e-12)
    excess = loss.value(p, q) - (entropy(p) if isinstance(loss, CrossEntropy) else 0.0)
    assert np.all(excess > (-1e-11 if isinstance(loss, CrossEntropy) else 0.0))


CERTAIN, EVEN, UNSURE = (1.0, 0.0, 0.0), (0.5, 0.5, 0.0), (0.25, 0.25, 0.5)


@every_loss
def test_only_ruling_out_what_happens_can_cost_infinitely_much(loss: Divergence) -> None:
    forward = isinstance(loss, KLDivergence | CrossEntropy)
    backward = isinstance(loss, ReverseKL)
    assert math.isinf(loss.value(UNSURE, EVEN)) == forward
    assert math.isinf(loss.value(EVEN, UNSURE)) == backward
    assert math.isinf(loss.value(CERTAIN, (0.0, 1.0, 0.0))) == (forward or backward)
    assert math.isfinite(loss.value(EVEN, EVEN))


@pytest.mark.parametrize(
    ("loss", "ruled_out", "neither", "invented"),
    [
        (KLDivergence(), -math.inf, 0.0, 0.0),
        (ReverseKL(), -math.inf, math.inf, math.inf),
        (JensenShannon(), -math.inf, 0.5 * math.log(2.0), 0.5 * math.log(2.0)),
        (CrossEntropy(), -math.inf, 0.0, 0.0),
        (TotalVariation(), -0.5, 0.0, 0.5),
    ],
    ids=repr,
)
def test_slopes_at_a_probability_of_zero_are_the_limits_from_inside(
    loss: Divergence, ruled_out: float, neither: float, invented: float
) -> None:
    assert loss.gradient(UNSURE, EVEN)[2] == ruled_out
    assert loss.gradient(CERTAIN, EVEN)[2] == neither
    assert loss.gradient(CERTAIN, EVEN)[1] == invented
    assert not np.signbit(loss.gradient(CERTAIN, EVEN)[1:]).any()
    if ruled_out == -math.inf:
        assert loss.hessian(UNSURE, EVEN)[2, 2] == math.inf


def test_hellinger_is_infinitely_steep_where_the_truth_is_ruled_out_and_nowhere_else() -> None:
    loss = Hellinger()
    slope, bend = loss.gradient(UNSURE, EVEN), loss.hessian(UNSURE, EVEN)
    assert slope[2] == -math.inf
    assert np.isfinite(slope[:2]).all()
    assert bend[2, 2] == math.inf
    distance = loss.value(CERTAIN, EVEN)
    np.testing.assert_allclose(loss.gradient(CERTAIN, EVEN)[1:], 0.25 / distance, rtol=1e-15)


@every_curve
@every_loss
def test_no_zero_makes_nan_or_a_warning(loss: Divergence, curve: str) -> None:
    grid = [row for row in itertools.product((0.0, 0.25, 0.5, 1.0), repeat=3) if sum(row) == 1.0]
    tiny = [(1e-300, 0.5, 0.5), (5e-324, 1.0, 0.0), (1e-310, 1e-200, 1.0), (1e-16, 0.0, 1.0)]
    all_rows = np.array(grid + tiny)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = getattr(loss, curve)(all_rows[:, None], all_rows[None, :])
        shared = getattr(loss, curve)(all_rows, (0.5, 0.5, 0.0))
    assert not np.isnan(result).any()
    assert not np.isnan(shared).any()


def test_a_total_of_slopes_may_leave_float64_without_a_warning() -> None:
    truths, model = [[1.0, 0.0]] * 2, [6e-309, 1.0]
    for loss in (KLDivergence(), CrossEntropy()):
        assert np.isfinite(loss.gradient(truths[0], model)).all()
        np.testing.assert_array_equal(loss.gradient(truths, model), [-math.inf, 0.0])


def test_the_slope_of_a_total_is_infinite_upwards_where_it_is_both_ways() -> None:
    slope = ReverseKL().gradient([EVEN, UNSURE], EVEN)
    assert slope[2] == math.inf


# Kinks.


def slopes_beside(section: Section, at: float, width: float) -> tuple[float, float]:
    left, right = section.gradient(np.array([at - width, at + width]))
    return float(left), float(right)


@every_loss
def test_gradient_jumps_exactly_at_the_declared_kinks(loss: Divergence) -> None:
    section, kinks = loss.section, loss.properties.kinks
    for kink in kinks:
        left, right = slopes_beside(section, kink, 1e-9)
        assert right - left > 0.5 * getattr(loss, "step", 1.0)
        assert left <= section.gradient(np.array([kink]))[0] <= right
    x = np.linspace(0.02, 0.98, 20_001)
    step = np.abs(np.diff(section.gradient(x)))
    steepest = np.abs(section.hessian(x)).max()
    holds_kink = np.zeros(step.shape, dtype=bool)
    for kink in kinks:
        holds_kink |= (x[:-1] <= kink) & (kink <= x[1:])
    assert np.all(step[~holds_kink] <= 1.01 * steepest * np.diff(x)[~holds_kink] + 1e-9)


@every_size
@every_loss
def test_at_the_truth_a_kinked_slope_is_zero_and_no_other_has_a_pull_along_the_simplex(
    loss: Divergence, categories: int
) -> None:
    p = rows(generator(), 50, categories, least=0.01)
    slope = loss.gradient(p, p)
    if loss.properties.kinks:
        corners = np.eye(categories)
        np.testing.assert_array_equal(loss.gradient(corners, corners), 0.0)
        np.testing.assert_array_equal(loss.hessian(corners, corners), 0.0)
        np.testing.assert_array_equal(slope, 0.0)
        np.testing.assert_array_equal(loss.hessian(p, p), 0.0)
    else:
        level = np.broadcast_to(slope.mean(axis=-1, keepdims=True), slope.shape)
        np.testing.assert_allclose(slope, level, rtol=1e-13)


# The constants.


def pairs_to_the_corners(categories: int) -> tuple[Array, Array]:
    """Return random pairs, many of them near the corners of the simplex."""
    random = generator(8)
    near = random.dirichlet(np.full(categories, 0.02), size=(2, 3000))
    wide = random.dirichlet(np.full(categories, 1.0), size=(2, 3000))
    p, q = np.concatenate((near, wide), axis=1)
    return p, np.maximum(q, 1e-290)


@every_size
@every_loss
def test_lipschitz_constant_bounds_the_slope_and_is_approached(
    loss: Divergence, categories: int
) -> None:
    claimed = loss.properties_among(categories).lipschitz
    if math.isfinite(claimed):
        slope = loss.gradient(*pairs_to_the_corners(categories))
        steepest = np.linalg.norm(slope, axis=-1).max()
        assert claimed * (1.0 - 1e-12) <= steepest <= claimed * (1.0 + 1e-12)
    else:
        rest = [0.1] * (categories - 2)
        truth = [0.3, 0.7 - sum(rest), *rest]
        ever_nearer = [
            np.abs(loss.gradient(truth, [tiny, 1.0 - sum(rest) - tiny, *rest])).max()
            for tiny in (1e-2, 1e-20, 1e-80, 1e-160, 1e-300)
        ]
        assert np.all(np.diff(ever_nearer) > 0.2)
        assert loss.gradient(truth, [0.0, 1.0, *np.zeros(categories - 2)])[0] == -math.inf
    assert loss.properties.lipschitz == loss.properties_among(2).lipschitz
    assert loss.properties_among(categories).tight


@every_loss
def test_constants_hold_for_any_number_of_categories_or_say_for_how_many(loss: Divergence) -> None:
    each = [loss.properties_among(categories) for categories in (2, 3, 5, 40)]
    constants = {(one.lipschitz, one.smoothness, one.strong_convexity, one.bound) for one in each}
    same = len(constants) == 1
    assert same == (loss.properties.among == "")
    assert same != isinstance(loss, TotalVariation | Wasserstein1)
    if not same:
        assert [one.among for one in each] == [f"among {k} categories" for k in (2, 3, 5, 40)]


@every_size
def test_a_surprise_is_steep_only_where_what_happens_is_nearly_ruled_out(categories: int) -> None:
    p, q = pairs_to_the_corners(categories)
    q = np.maximum(q, 1e-100)  # squares of slopes stay in float64
    for loss in (KLDivergence(), CrossEntropy()):
        told = loss.properties.steep
        assert told.words == "qₖ nears 0 where pₖ does not"
        assert told.otherwise == "While every qₖ is at least a, it is at most 1/a."
        steepness = np.linalg.norm(loss.gradient(p, q), axis=-1)
        assert np.all(steepness <= (1.0 + 1e-12) / q.min(axis=-1))


def test_the_slope_of_the_reverse_is_without_bound_where_either_alone_nears_0() -> None:
    assert ReverseKL().properties.steep.words == (
        "qₖ nears 0 where pₖ does not, or pₖ where qₖ does not"
    )
    tiny = np.array([1e-2, 1e-20, 1e-200])
    small, even = np.stack((tiny, 1.0 - tiny), axis=-1), np.full((3, 2), 0.5)
    for p, q in ((small, even), (even, small)):
        assert np.all(np.diff(np.abs(ReverseKL().gradient(p, q))[:, 0]) > 30.0)
    assert np.abs(ReverseKL().gradient(small, small)).max() == 1.0


@pytest.mark.parametrize("loss", [JensenShannon(), Hellinger()], ids=repr)
def test_a_bounded_divergence_is_steep_only_where_what_happens_is_ruled_out(
    loss: Divergence,
) -> None:
    assert loss.properties.steep.words == "qₖ nears 0 where pₖ does not"
    p, q = pairs_to_the_corners(3)
    calm = np.maximum(q, 0.05) / np.maximum(q, 0.05).sum(axis=-1, keepdims=True)
    assert np.linalg.norm(loss.gradient(p, calm), axis=-1).max() < 5.0
    assert np.isfinite(loss.gradient((1.0, 0.0), (1.0 - 1e-200, 1e-200))).all()


@every_loss
def test_along_the_section_both_probabilities_move(loss: Divergence) -> None:
    assert loss.section.speed == pytest.approx(np.linalg.norm([1.0, -1.0]), rel=1e-15)
    told, x = loss.properties, np.linspace(0.02, 0.98, 97)
    slope = np.abs(loss.section.gradient(x)) / loss.section.speed
    assert np.all(slope <= told.lipschitz * (1.0 + 1e-12))
    bend = loss.section.hessian(x[x != 0.3]) / loss.section.speed**2
    if told.convex:
        assert np.all(bend >= told.strong_convexity * (1.0 - 1e-12))


def test_where_a_truth_is_0_a_free_guess_of_it_bends_nothing_though_the_simplex_is_bent() -> None:
    for loss in (KLDivergence(), CrossEntropy(), JensenShannon()):
        assert loss.properties.strong_convexity == 0.0
        assert loss.hessian((1.0, 0.0), (0.5, 0.5))[1, 1] == 0.0
        assert loss.hessian((0.3, 0.7), (0.5, 0.5))[1, 1] > 0.1


@pytest.mark.parametrize("below", [-1e-16, -5e-9])
@every_curve
@every_loss
def test_a_rounding_below_0_counts_as_0(loss: Divergence, curve: str, below: float) -> None:
    given, meant = np.array([0.4, 0.6, below]), np.array([0.4, 0.6, 0.0])
    other = np.array([0.2, 0.3, 0.5])
    for rounded, clean in (((given, other), (meant, other)), ((other, given), (other, meant))):
        found = getattr(loss, curve)(*rounded)
        np.testing.assert_array_equal(found, getattr(loss, curve)(*clean))
        assert not np.isnan(found).any()
    left = 1.0 - 0.3 - 0.6 - 0.1
    assert left < 0.0
    getattr(loss, curve)((0.3, 0.6, 0.1, left), (0.25, 0.25, 0.25, 0.25))


@every_loss
def test_no_divergence_is_smooth_for_its_slope_jumps_or_bends_without_end(loss: Divergence) -> None:
    told = loss.properties
    assert told.smoothness == math.inf
    assert not told.smooth
    if told.kinks:
        left, right = slopes_beside(loss.section, told.kinks[0], 1e-9)
        assert (right - left) / 2e-9 > 1e7
    else:
        tiny = np.array([1e-3, 1e-9, 1e-30, 1e-100])
        curvature = loss.hessian([0.3, 0.7], np.stack((tiny, 1.0 - tiny), axis=-1))[:, 0, 0]
        assert np.all(np.diff(curvature) > 0.0)
        assert curvature[-1] > 1e90


@every_size
@every_loss
def test_strong_convexity_is_the_lowest_curvature(loss: Divergence, categories: int) -> None:
    claimed = loss.properties_among(categories).strong_convexity
    p, q = pairs_to_the_corners(categories)
    hessian = loss.hessian(np.maximum(p, 1e-290), np.maximum(q, 1e-20))
    lowest = np.linalg.eigvalsh(np.minimum(hessian, 1e25)[np.isfinite(hessian).all((-1, -2))]).min()
    assert max(lowest, 0.0) == pytest.approx(claimed, abs=1e-3)
    corners = np.eye(categories) * (1.0 - 1e-12 * categories) + 1e-12
    if not loss.properties.kinks:
        lowest_of_all = np.diagonal(loss.hessian(corners, corners), axis1=-1, axis2=-2).min()
        assert lowest_of_all >= claimed * (1.0 - 1e-9)


def chords(categories: int) -> Iterator[tuple[tuple[Array, Array], tuple[Array, Array]]]:
    random = generator(9)
    for _ in range(150):
        p, q, other = (rows(random, 1, categories)[0] for _ in range(3))
        yield (p, q), (p, other)


@every_size
@every_loss
def test_a_convex_loss_lies_below_its_chords_and_any_other_shows_a_witness(
    loss: Divergence, categories: int
) -> None:
    laws.assert_convex_or_witnessed(loss, chords(categories))
    told = loss.properties_among(categories)
    assert told.convex == loss.properties.convex
    if not told.convex:
        (one, other), (truth,) = np.array(told.witness), np.array(told.held)
        assert one.shape == other.shape == truth.shape == (categories,)
        ends = (loss.value(truth, one) + loss.value(truth, other)) / 2.0
        assert loss.value(truth, (one + other) / 2.0) > ends + 0.05


def test_the_square_of_the_hellinger_distance_is_convex_though_it_is_not() -> None:
    loss = Hellinger()
    for (p, q), (_, other) in chords(3):
        square = [float(loss.value(p, each)) ** 2 for each in (q, (q + other) / 2, other)]
        assert square[1] <= (square[0] + square[2]) / 2.0 + 1e-12


@every_size
@every_loss
def test_the_bound_holds_and_is_reached_between_opposite_corners(
    loss: Divergence, categories: int
) -> None:
    bound = loss.properties_among(categories).bound
    corners = np.eye(categories)
    assert loss.value(corners[0], corners[-1]) == pytest.approx(bound, rel=1e-15)
    assert np.all(loss.value(*pairs_to_the_corners(categories)) <= bound * (1.0 + 1e-15))


@every_size
@every_loss
def test_truth_and_model_may_trade_places_where_it_is_said(
    loss: Divergence, categories: int
) -> None:
    random = generator()
    p, q = (rows(random, 200, categories) for _ in range(2))
    there, back = loss.value(p, q), loss.value(q, p)
    if loss.properties_among(categories).symmetric:
        np.testing.assert_array_equal(there, back)
    else:
        assert np.all(np.abs(there - back) > 1e-12)


@every_loss
def test_the_pull_does_not_fade_far_from_the_truth(loss: Divergence) -> None:
    assert not loss.properties.redescending
    middle, far = np.abs(loss.section.gradient(np.array([0.6, 0.979])))
    assert far >= 0.99 * middle


@every_size
@every_loss
def test_proper_says_whether_the_truth_is_the_best_report_of_an_outcome(
    loss: Divergence, categories: int
) -> None:
    told = loss.properties_among(categories)
    assert told.calibrated is None
    random = generator(6)
    outcomes = np.eye(categories)
    truths = rows(random, 6, categories, least=0.05)
    reports = rows(random, 4000, categories)
    assert (told.proper is None) == isinstance(loss, ReverseKL)
    if told.proper is None:
        assert told.strictly_proper is None
        assert np.isinf(loss.value(outcomes, truths[:, None])).all()
        return
    best_is_truth = []
    for truth in truths:
        expected = loss.value(outcomes, reports[:, None]) @ truth
        honest = loss.value(outcomes, truth) @ truth
        best_is_truth.append(bool(np.all(expected > honest)))
    assert told.proper == all(best_is_truth)
    assert told.proper == any(best_is_truth)
    assert told.strictly_proper == told.proper


# What each estimates: the best single q for truths that vary.


def truths_that_vary(seed: int, categories: int, number: int = 9) -> Array:
    return rows(generator(seed), number, categories, least=0.02)


def best(loss: Divergence, truths: Array) -> Array:
    """Return the q of the lowest total, found over the logarithms of its ratios."""

    def row(free: Array) -> Array:
        powers = np.exp(np.append(free, 0.0) - max(free.max(), 0.0))
        return powers / powers.sum()

    start = truths.mean(axis=0)
    found = optimize.minimize(
        lambda free: float(loss.value(truths, row(free)).sum()),
        np.log(start[:-1] / start[-1]),
        method="Nelder-Mead",
        options={"xatol": 1e-10, "fatol": 1e-15, "maxiter": 4000, "maxfev": 8000},
    )
    return row(found.x)


def total(loss: Divergence, truths: Array, q: Array) -> float:
    return float(loss.value(truths, q).sum())


def assert_best(loss: Divergence, truths: Array, q: Array) -> None:
    """Assert that no other distribution, near or far, has a lower total."""
    random = generator(2)
    lowest = total(loss, truths, q)
    for size in (1e-1, 1e-2, 1e-3, 1e-4):
        for _ in range(60):
            other = np.abs(q + along(random, q.shape, size))
            assert total(loss, truths, other / other.sum()) >= lowest - 1e-13


every_sample = pytest.mark.parametrize(("seed", "size"), [(1, 2), (2, 2), (3, 3), (4, 4)])


@every_sample
@pytest.mark.parametrize("loss", [KLDivergence(), CrossEntropy()], ids=repr)
def test_forward_divergences_estimate_the_average(loss: Divergence, seed: int, size: int) -> None:
    assert loss.estimates == "average of the truths"
    truths = truths_that_vary(seed, size)
    assert_best(loss, truths, truths.mean(axis=0))
    slope = loss.gradient(truths, truths.mean(axis=0))
    np.testing.assert_allclose(slope, slope[0], rtol=1e-13)


@every_sample
def test_reverse_kl_estimates_the_geometric_mean(seed: int, size: int) -> None:
    assert ReverseKL.estimates == "geometric mean of the truths, made to sum to 1"
    truths = truths_that_vary(seed, size)
    mean = np.exp(np.log(truths).mean(axis=0))
    assert_best(ReverseKL(), truths, mean / mean.sum())


@every_sample
def test_jensen_shannon_estimates_the_geometric_mean_of_the_middles(seed: int, size: int) -> None:
    assert JensenShannon.estimates == (
        "geometric mean of the middles between it and each truth, made to sum to 1"
    )
    truths = truths_that_vary(seed, size)
    q = truths.mean(axis=0)
    for _ in range(300):
        q = np.exp(np.log((truths + q) / 2.0).mean(axis=0))
        q /= q.sum()
    assert_best(JensenShannon(), truths, q)


@every_sample
def test_total_variation_estimates_one_quantile_of_every_category(seed: int, size: int) -> None:
    assert TotalVariation.estimates == (
        "one quantile of every category, the one whose values sum to 1"
    )
    truths = truths_that_vary(seed, size)

    def quantiles(level: float) -> Array:
        return np.array([np.quantile(column, level) for column in truths.T])

    level = optimize.brentq(lambda at: quantiles(at).sum() - 1.0, 0.0, 1.0, xtol=1e-15)
    q = quantiles(level)
    assert_best(TotalVariation(), truths, q / q.sum())
    if size == 2:
        np.testing.assert_allclose(q, np.median(truths, axis=0), rtol=1e-12)


@every_sample
def test_hellinger_estimates_a_spatial_median_of_square_roots(seed: int, size: int) -> None:
    assert Hellinger.estimates.startswith(
        "squares of the spatial median, on their sphere, of the truths' square roots"
    )
    truths = truths_that_vary(seed, size, number=8)
    q = best(Hellinger(), truths)
    assert_best(Hellinger(), truths, q)
    away = np.sqrt(truths) - np.sqrt(q)
    distance = np.linalg.norm(away, axis=-1)
    if distance.min() < 1e-7:  # the median is one of the points
        return
    pull = (away / distance[:, None]).sum(axis=0)
    # What pulls is at most a push off the sphere on which all square roots lie.
    off = pull @ np.sqrt(q) * np.sqrt(q)
    np.testing.assert_allclose(pull, off, atol=2e-4)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("size", [2, 3, 5])
def test_of_two_truths_hellinger_estimates_either_one_and_nothing_between(
    seed: int, size: int
) -> None:
    assert Hellinger.estimates.endswith("of two truths, either one")
    loss, truths = Hellinger(), truths_that_vary(seed, size, number=2)
    ends = [total(loss, truths, truth) for truth in truths]
    assert ends[0] == pytest.approx(ends[1], rel=1e-14)
    for q in truths:
        assert_best(loss, truths, q)
    for share in (0.02, 0.3, 0.5, 0.9):
        root = share * np.sqrt(truths[0]) + (1.0 - share) * np.sqrt(truths[1])
        assert total(loss, truths, root**2 / (root**2).sum()) > ends[0]


def test_off_the_sphere_the_spatial_median_of_square_roots_is_another_point() -> None:
    truths = truths_that_vary(3, 3, number=8)
    roots = np.sqrt(truths)
    median = roots.mean(axis=0)
    for _ in range(2000):
        weight = 1.0 / np.linalg.norm(roots - median, axis=-1, keepdims=True)
        median = (weight * roots).sum(axis=0) / weight.sum()
    assert (median**2).sum() < 0.999  # no distribution; made one, it is not the best
    made_one = median**2 / (median**2).sum()
    q = best(Hellinger(), truths)
    assert total(Hellinger(), truths, q) < total(Hellinger(), truths, made_one) - 1e-9


@every_sample
@pytest.mark.parametrize("step", [0.5, 1.0])
def test_wasserstein_estimates_the_median_of_cumulative_probabilities(
    step: float, seed: int, size: int
) -> None:
    assert Wasserstein1.estimates == "median of the cumulative probabilities"
    truths = truths_that_vary(seed, size)
    middle = np.median(np.cumsum(truths, axis=-1), axis=0)
    assert_best(Wasserstein1(step), truths, np.diff(middle, prepend=0.0))


# How they are related.


def random_rows(number: int, seed: int = 13, categories: int = 4) -> Array:
    return rows(generator(seed), number, categories)


def test_cross_entropy_is_entropy_plus_kl() -> None:
    p, q = random_rows(300), random_rows(300, seed=14)
    np.testing.assert_allclose(
        CrossEntropy().value(p, q), entropy(p) + KLDivergence().value(p, q), rtol=1e-14
    )


def test_reverse_kl_is_kl_with_the_two_in_each_others_place() -> None:
    p, q = random_rows(300), random_rows(300, seed=14)
    np.testing.assert_array_equal(ReverseKL().value(p, q), KLDivergence().value(q, p))


def test_jensen_shannon_is_the_entropy_that_mixing_adds() -> None:
    p, q = random_rows(300), random_rows(300, seed=14)
    added = entropy((p + q) / 2.0) - (entropy(p) + entropy(q)) / 2.0
    np.testing.assert_allclose(JensenShannon().value(p, q), added, rtol=1e-11, atol=1e-15)


def test_jensen_shannon_is_the_mean_of_two_divergences_from_the_middle() -> None:
    p, q = random_rows(300), random_rows(300, seed=14)
    kl, middle = KLDivergence(), (p + q) / 2.0
    mean = (kl.value(p, middle) + kl.value(q, middle)) / 2.0
    np.testing.assert_allclose(JensenShannon().value(p, q), mean, rtol=1e-12)


def test_hellinger_and_total_variation_enclose_each_other() -> None:
    p, q = random_rows(2000), random_rows(2000, seed=14)
    hellinger, variation = Hellinger().value(p, q), TotalVariation().value(p, q)
    assert np.all(hellinger**2 <= variation * (1.0 + 1e-14))
    assert np.all(variation <= math.sqrt(2.0) * hellinger * (1.0 + 1e-14))


def test_pinsker_bounds_total_variation_by_kl() -> None:
    p, q = random_rows(2000), random_rows(2000, seed=14)
    bound = np.sqrt(KLDivergence().value(p, q) / 2.0)
    variation = TotalVariation().value(p, q)
    assert np.all(variation <= bound)
    near = p + 1e-7 * (np.array([1.0, 0, 0, -1.0])) * (p[:, :1] > 0.1) * (p[:, -1:] > 0.1)
    assert np.all(TotalVariation().value(p, near) <= np.sqrt(KLDivergence().value(p, near) / 2.0))


def test_hellinger_squared_is_what_is_missing_from_the_overlap_of_roots() -> None:
    p, q = random_rows(300), random_rows(300, seed=14)
    missing = 1.0 - np.sqrt(p * q).sum(axis=-1)
    np.testing.assert_allclose(Hellinger().value(p, q) ** 2, missing, rtol=1e-12)


def test_total_variation_is_the_largest_difference_of_any_event() -> None:
    p, q = random_rows(100), random_rows(100, seed=14)
    events = np.array(list(itertools.product((0.0, 1.0), repeat=4)))
    largest = np.abs((p - q) @ events.T).max(axis=-1)
    np.testing.assert_allclose(TotalVariation().value(p, q), largest, rtol=1e-13)


def test_between_two_categories_one_step_apart_wasserstein_is_total_variation() -> None:
    p, q = random_rows(100, categories=2), random_rows(100, seed=14, categories=2)
    np.testing.assert_allclose(
        Wasserstein1().value(p, q), TotalVariation().value(p, q), rtol=1e-14, atol=1e-16
    )


def test_wasserstein_counts_how_far_and_in_units_of_its_step() -> None:
    corners = np.eye(4)
    np.testing.assert_array_equal(
        Wasserstein1(2.0).value(corners[0], corners), [0.0, 2.0, 4.0, 6.0]
    )
    for blind in (TotalVariation(), Hellinger(), JensenShannon()):
        assert np.ptp(blind.value(corners[0], corners[1:])) == 0.0


@every_loss
def test_categories_may_be_renamed_unless_they_lie_on_a_line(loss: Divergence) -> None:
    p, q = random_rows(100), random_rows(100, seed=14)
    renamed = loss.value(p[:, [2, 0, 3, 1]], q[:, [2, 0, 3, 1]])
    same = np.allclose(renamed, loss.value(p, q), rtol=1e-13, atol=0.0)
    assert same != isinstance(loss, Wasserstein1)
    mirrored = loss.value(p[:, ::-1], q[:, ::-1])
    np.testing.assert_allclose(mirrored, loss.value(p, q), rtol=1e-12)


@pytest.mark.parametrize(
    "metric",
    [
        TotalVariation().value,
        Hellinger().value,
        Wasserstein1().value,
        lambda p, q: np.sqrt(JensenShannon().value(p, q)),
    ],
    ids=["total variation", "Hellinger", "Wasserstein", "root of Jensen-Shannon"],
)
def test_a_distance_is_never_longer_than_a_detour(metric: Callable[[Array, Array], Array]) -> None:
    p, q, via = (random_rows(3000, seed) for seed in (21, 22, 23))
    assert np.all(metric(p, q) <= (metric(p, via) + metric(via, q)) * (1.0 + 1e-14))


def test_jensen_shannon_itself_is_longer_than_some_detour() -> None:
    loss = JensenShannon()
    p, q, via = [1.0, 0.0], [0.0, 1.0], [0.5, 0.5]
    assert loss.value(p, q) > loss.value(p, via) + loss.value(via, q)


def test_entropy_lies_between_none_and_that_of_equal_chances() -> None:
    assert entropy([0.0, 1.0, 0.0]) == 0.0
    assert not np.signbit(entropy([1.0]))
    assert entropy(np.full(5, 0.2)) == pytest.approx(math.log(5.0), rel=1e-15)
    assert np.all(entropy(random_rows(500)) < math.log(4.0))


# What goes in and what comes out.


@every_curve
@every_loss
def test_leading_axes_broadcast(loss: Divergence, curve: str) -> None:
    evaluate = getattr(loss, curve)
    p, q = rows(generator(), 6, 3).reshape(2, 3, 3), rows(generator(1), 6, 3).reshape(2, 3, 3)
    own = {"value": (), "gradient": (3,), "hessian": (3, 3)}[curve]
    assert evaluate(p, q).shape == (2, 3, *own)
    assert evaluate(p, q).dtype == np.float64
    assert evaluate(p[0, 0], q[0, 0]).shape == own
    assert evaluate(p[:0], q[:0]).shape == (0, 3, *own)
    assert evaluate(p.tolist(), q.tolist()).shape == (2, 3, *own)
    np.testing.assert_array_equal(evaluate(p, q)[1, 2], evaluate(p[1, 2], q[1, 2]))
    many = evaluate(p[0, 0], q)
    np.testing.assert_array_equal(many[1, 2], evaluate(p[0, 0], q[1, 2]))


@every_loss
def test_the_gradient_of_a_shared_q_is_the_sum_over_the_rows_it_serves(loss: Divergence) -> None:
    p, q = rows(generator(), 6, 3).reshape(2, 3, 3), np.array([0.2, 0.3, 0.5])
    each = loss.gradient(p, np.broadcast_to(q, p.shape))
    np.testing.assert_allclose(loss.gradient(p, q), each.sum(axis=(0, 1)), rtol=1e-14)
    kept = loss.gradient(p, q[None, None])
    assert kept.shape == (1, 1, 3)
    np.testing.assert_allclose(kept[0, 0], each.sum(axis=(0, 1)), rtol=1e-14)
    some = loss.gradient(p, np.broadcast_to(q, (3, 3)))
    np.testing.assert_allclose(some, each.sum(axis=0), rtol=1e-14)


@every_curve
@every_loss
def test_arguments_are_left_alone(loss: Divergence, curve: str) -> None:
    p, q = rows(generator(), 5, 3), rows(generator(1), 5, 3)
    before = p.copy(), q.copy()
    getattr(loss, curve)(p, q)
    np.testing.assert_array_equal(p, before[0])
    np.testing.assert_array_equal(q, before[1])


GOOD = [0.5, 0.5]
REFUSED = [
    ([0.5, 0.6], GOOD, "p is a row that sums to 1.1, expected probabilities that sum to 1."),
    (GOOD, [0.5, 0.4], "q is a row that sums to 0.9, expected probabilities that sum to 1."),
    (
        [GOOD, [-0.1, 1.1]],
        GOOD,
        "p[1] is a row whose element 0 is -0.1, expected probabilities that sum to 1.",
    ),
    (
        GOOD,
        [GOOD, [0.5, math.nan]],
        "q[1] is a row whose element 1 is nan, expected probabilities that sum to 1.",
    ),
    (GOOD, 1.0, "q is 1, expected probabilities that sum to 1."),
    (GOOD, ["a", "b"], "q is not numbers, expected probabilities that sum to 1."),
    (GOOD, [0.2, 0.3, 0.5], "p has 2 categories and q has 3, expected the same."),
    ([0.2, 0.3, 0.5], GOOD, "p has 3 categories and q has 2, expected the same."),
    (GOOD, [1.0], "p has 2 categories and q has 1, expected the same."),
    ([1.0], GOOD, "p has 1 categories and q has 2, expected the same."),
    (
        [GOOD, GOOD],
        [GOOD, GOOD, GOOD],
        "p (2, 2), q (3, 2) do not match, expected shapes that do.",
    ),
]


@every_curve
@every_class
@pytest.mark.parametrize(("p", "q", "sentence"), REFUSED)
def test_what_is_no_distribution_is_refused_in_a_sentence(
    cls: type[Divergence], curve: str, p: object, q: object, sentence: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        getattr(cls(), curve)(p, q)
    assert str(refusal.value) == f"{cls.__name__}: {sentence}"


def test_entropy_refuses_what_is_no_distribution() -> None:
    with pytest.raises(DomainError, match=r"^entropy: p is a row that sums to 1\.1"):
        entropy([0.5, 0.6])


@pytest.mark.parametrize("step", [0.0, -1.0, math.inf, math.nan])
def test_a_step_out_of_range_is_refused(step: float) -> None:
    with pytest.raises(ParameterError) as refusal:
        Wasserstein1(step)
    assert str(refusal.value) == f"Wasserstein1: step is {step}, expected above 0 and finite."


# The registry and what is shown to the reader.


def concrete_classes(family: type) -> set[type]:
    below = {cls for child in family.__subclasses__() for cls in concrete_classes(child)}
    return below if inspect.isabstract(family) else below | {family}


def test_every_concrete_divergence_is_registered_once_and_in_order() -> None:
    assert set(DIVERGENCES) == concrete_classes(Divergence)
    assert [cls.name for cls in DIVERGENCES] == [
        "KL divergence",
        "Reverse KL divergence",
        "Jensen-Shannon divergence",
        "Cross-entropy",
        "Total variation",
        "Hellinger distance",
        "Wasserstein-1 distance",
    ]
    assert {type(loss) for loss in LOSSES} == set(DIVERGENCES)


@every_loss
def test_what_the_reader_sees_is_complete(loss: Divergence) -> None:
    laws.assert_described(loss)
    assert loss.task == "Distributions"
    assert loss.formula.startswith("D(p, q) = ")
    assert loss.story.endswith(".")
    assert [(a.name, a.symbol, a.moves) for a in loss.arguments] == [
        ("p", "p", False),
        ("q", "q", True),
    ]
    for name, declared in parameters(loss).items():
        assert declared.symbol in loss.formula
        assert declared.low <= getattr(type(loss)(), name) <= declared.high
        assert declared.accepts(declared.low)


@every_size
@every_loss
def test_the_formula_gives_the_value(loss: Divergence, categories: int) -> None:
    symbols = {"K": categories, "Delta": getattr(loss, "step", 1.0)}
    for p, q in zip(*rows(generator(), 12, categories).reshape(2, 6, categories), strict=True):
        read = evaluate(loss.formula, p=p, q=q, **symbols)
        assert read == pytest.approx(float(loss.value(p, q)), rel=1e-12)


@every_class
def test_framework_calls_are_expressions_in_p_and_q(cls: type[Divergence]) -> None:
    assert list(cls.frameworks) == ["PyTorch", "Keras", "Optax", "scikit-learn"]
    for call in filter(None, cls.frameworks.values()):
        names = {
            node.id
            for node in ast.walk(ast.parse(call.code, mode="eval"))
            if isinstance(node, ast.Name)
        }
        assert names - {"torch", "keras", "optax", "jax", "sklearn"} == {"p", "q"}
        assert call.reduction in {"mean", "sum", "none"}
