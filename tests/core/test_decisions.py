"""Laws of the best single number: closed forms, SciPy's optimizer, and a grid without mercy."""

import itertools
import math

import mpmath
import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import mode

from core.decisions.best_number import (
    Best,
    LargestMiss,
    Trend,
    Valley,
    Window,
    _bends_up,
    _jerk,
    best,
    expected,
    slopes,
    trend,
)
from core.decisions.outcomes import Outcomes, outcome_sets
from core.losses import (
    RESIDUAL_LOSSES,
    AbsoluteError,
    Barron,
    Cauchy,
    EpsilonInsensitive,
    Huber,
    LogCosh,
    Quantile,
    SquaredError,
    Tukey,
)

CONVEX = (
    SquaredError(), AbsoluteError(), Huber(), Huber(0.1), Huber(30.0), LogCosh(), Quantile(),
    Quantile(0.8), Quantile(0.03), EpsilonInsensitive(), EpsilonInsensitive(0.0),
    EpsilonInsensitive(4.0), Barron(1.0, 0.5), Barron(1.5, 1.0), Barron(2.0, 3.0),
)  # fmt: skip
SEVERAL = (
    Cauchy(), Cauchy(0.2), Cauchy(5.0), Tukey(), Tukey(0.6), Tukey(2.0), Barron(0.5, 0.3),
    Barron(0.0, 1.0), Barron(-2.0, 1.0), Barron(-math.inf, 0.7),
)  # fmt: skip
WINDOWS = (Window(), Window(0.0), Window(1.3), Window(50.0))
SETS = {key: Outcomes.of(told.values) for key, told in outcome_sets().items()}


def drawn(n, seed, weighed=False):
    rng = np.random.default_rng(seed)
    values = rng.normal(3.0, 4.0, n).round(2)
    return Outcomes.of(values, rng.integers(1, 5, n) if weighed else None)


DATA = {
    **SETS,
    "one": Outcomes.of([2.5]),
    "two": Outcomes.of([0.0, 9.0]),
    "equal": Outcomes.of([4.0] * 5),
    "weighed": drawn(23, 1, weighed=True),
    "many": drawn(150, 2),
}
every_set = pytest.mark.parametrize("outcomes", DATA.values(), ids=DATA.keys())
every_convex = pytest.mark.parametrize("loss", CONVEX, ids=str)
every_several = pytest.mark.parametrize("loss", SEVERAL, ids=str)
every_window = pytest.mark.parametrize("window", WINDOWS, ids=str)


def grid(outcomes, count=4001):
    room = 0.1 + 0.2 * (outcomes.high - outcomes.low)
    return np.linspace(outcomes.low - room, outcomes.high + room, count)


def plainly(loss, outcomes, a):
    """The definition, one outcome at a time."""
    return math.fsum(
        share * float(loss.value(a - y))
        for y, share in zip(outcomes.values.tolist(), outcomes.shares.tolist(), strict=True)
    )


# What a number costs -----------------------------------------------------------------------------


@every_set
@pytest.mark.parametrize("loss", [*CONVEX, *SEVERAL], ids=str)
def test_the_expected_loss_is_its_definition(loss, outcomes):
    numbers = grid(outcomes, 9)
    told = [plainly(loss, outcomes, float(a)) for a in numbers]
    np.testing.assert_allclose(expected(loss, outcomes, numbers), told, rtol=1e-12, atol=1e-14)


@every_set
def test_hit_or_miss_counts_what_lies_outside_the_window(outcomes):
    for window in WINDOWS:
        for a in grid(outcomes, 15):
            outside = math.fsum(outcomes.shares[np.abs(outcomes.values - a) > window.half_width])
            assert expected(window, outcomes, a) == pytest.approx(outside, abs=1e-12)


def test_the_edge_of_a_window_is_inside():
    assert expected(Window(0.5), Outcomes.of([1.0]), [0.5, 1.5, 1.5001]).tolist() == [0, 0, 1]
    # 0.3 - 0.1 is not 0.2 in float64
    assert float(expected(Window(0.2), Outcomes.of([0.1]), 0.3)) == 0.0


@every_set
def test_the_largest_miss_is_the_largest_miss(outcomes):
    numbers = grid(outcomes, 31)
    told = np.abs(numbers[:, None] - outcomes.values).max(axis=1)
    np.testing.assert_allclose(expected(LargestMiss(), outcomes, numbers), told, rtol=1e-15)


@pytest.mark.parametrize("criterion", [SquaredError(), Tukey(), Window(), LargestMiss()], ids=str)
def test_costs_have_the_shape_of_the_numbers(criterion):
    for shape in ((), (3,), (2, 3)):
        assert expected(criterion, SETS["bakery"], np.zeros(shape)).shape == shape
        assert all(one.shape == shape for one in slopes(criterion, SETS["bakery"], np.ones(shape)))


def test_many_numbers_are_taken_in_blocks_that_agree():
    outcomes = drawn(150, 3)
    numbers = np.linspace(-5, 5, 5000)
    whole = expected(Huber(), outcomes, numbers)
    one = float(expected(Huber(), outcomes, numbers[4321]))
    assert whole[4321] == pytest.approx(one, rel=1e-14)
    left, right = slopes(AbsoluteError(), outcomes, numbers)
    for at in (0, 1750, 4999):
        told = [float(one) for one in slopes(AbsoluteError(), outcomes, numbers[at])]
        assert [left[at], right[at]] == pytest.approx(told, abs=1e-14)


# Slopes ------------------------------------------------------------------------------------------


@every_set
@pytest.mark.parametrize("loss", [*CONVEX, *SEVERAL], ids=str)
def test_slopes_are_those_of_the_curve_on_either_side(loss, outcomes):
    step = 1e-6
    numbers = np.append(grid(outcomes, 12) + 0.00312, outcomes.values[:8])
    here = expected(loss, outcomes, numbers)
    left, right = slopes(loss, outcomes, numbers)
    scale = 1.0 + np.abs(left) + np.abs(right)
    before = (here - expected(loss, outcomes, numbers - step)) / step
    after = (expected(loss, outcomes, numbers + step) - here) / step
    assert (np.abs(left - before) / scale).max() < 1e-4
    assert (np.abs(right - after) / scale).max() < 1e-4


def test_the_slope_jumps_at_an_outcome_by_twice_its_share():
    left, right = slopes(AbsoluteError(), SETS["bakery"], 4.9)
    assert float(right - left) == pytest.approx(2 / 15, rel=1e-12)
    assert left < 0 < right


@pytest.mark.parametrize("kink", [0.1, 0.3, 0.7, 1.1])
def test_a_rounding_does_not_hide_a_kink(kink):
    outcomes = Outcomes.of([0.1, 0.2, 0.3, 1 / 3, 5.6])
    for y in outcomes.values:
        for side in (-kink, kink):
            left, right = slopes(EpsilonInsensitive(kink), outcomes, y + side)
            assert float(right - left) >= 0.2 - 1e-12


def test_the_largest_miss_turns_in_the_middle():
    told = [float(one) for one in slopes(LargestMiss(), DATA["two"], 4.5)]
    assert told == [-1.0, 1.0]
    assert [float(one) for one in slopes(LargestMiss(), DATA["two"], 4.0)] == [-1.0, -1.0]
    assert [float(one) for one in slopes(LargestMiss(), DATA["two"], 5.0)] == [1.0, 1.0]


# Closed forms ------------------------------------------------------------------------------------


@every_set
def test_squares_lead_to_the_mean(outcomes):
    (valley,) = best(SquaredError(), outcomes).valleys
    assert valley.single
    assert valley.low == pytest.approx(float(outcomes.values @ outcomes.shares), rel=1e-13)


@pytest.mark.parametrize("told", [[3.0, 1.0, 7.0], [3.0, 1.0, 7.0, 4.5], [2.0, 2.0, 5.0, 9.0]])
def test_the_absolute_error_leads_to_every_median(told):
    (valley,) = best(AbsoluteError(), Outcomes.of(told)).valleys
    ordered = sorted(told)
    assert (valley.low, valley.high) == (ordered[(len(told) - 1) // 2], ordered[len(told) // 2])
    assert valley.middle == float(np.median(told))


@pytest.mark.parametrize("tau", np.round(np.arange(0.05, 1.0, 0.05), 2))
@pytest.mark.parametrize("n", [1, 7, 10, 20])
def test_the_pinball_loss_leads_to_every_quantile(tau, n):
    outcomes = Outcomes.of(np.arange(n) + 0.1 * np.arange(n) ** 2)
    (valley,) = best(Quantile(tau), outcomes).valleys
    low = np.quantile(outcomes.values, tau - 1e-9, method="inverted_cdf")
    high = np.quantile(outcomes.values, tau + 1e-9, method="inverted_cdf")
    assert (valley.low, valley.high) == (low, high)
    whole = abs(tau * n - round(tau * n)) < 1e-9 and 0 < round(tau * n) < n
    assert valley.single != whole


def test_shares_below_and_above_are_what_a_quantile_promises():
    outcomes = DATA["weighed"]
    for tau in (0.1, 0.37, 0.5, 0.9):
        place = best(Quantile(tau), outcomes).valleys[0].low
        assert outcomes.shares[outcomes.values < place].sum() <= tau + 1e-12
        assert outcomes.shares[outcomes.values <= place].sum() >= tau - 1e-12


def test_a_free_band_that_holds_everything_leaves_an_interval():
    (valley,) = best(EpsilonInsensitive(3.0), Outcomes.of([1.0, 2.0, 5.0])).valleys
    assert (valley.low, valley.high, valley.value) == (2.0, 4.0, 0.0)


def test_the_middle_of_the_range_misses_least_at_worst():
    (valley,) = best(LargestMiss(), SETS["bakery"]).valleys
    assert valley == Valley(8.7, 8.7, valley.value)
    assert valley.value == pytest.approx(6.3, rel=1e-14)


@pytest.mark.parametrize("delta", [0.5, 2.0])
def test_huber_between_two_far_outcomes_is_level(delta):
    (valley,) = best(Huber(delta), DATA["two"]).valleys
    assert (valley.low, valley.high) == (delta, 9.0 - delta)
    assert not valley.blurred


def test_huber_tends_to_mean_and_median():
    outcomes = SETS["incomes"]
    wide, narrow = best(Huber(1e3), outcomes), best(Huber(1e-7), outcomes)
    assert wide.valleys[0].low == pytest.approx(outcomes.mean, rel=1e-13)
    median = best(AbsoluteError(), outcomes).valleys[0].low
    assert narrow.valleys[0].low == pytest.approx(median, abs=1e-6)


# Hit or miss -------------------------------------------------------------------------------------


def test_a_closed_window_leads_to_the_mode():
    shoes = SETS["shoes"]
    found = best(Window(0.0), shoes)
    assert [valley.low for valley in found.valleys] == [float(mode(shoes.values).mode)]
    assert found.valleys[0].single
    assert found.value == pytest.approx(14 / 20)


def test_without_a_number_that_repeats_every_outcome_is_a_mode():
    found = best(Window(0.0), Outcomes.of([3.0, 1.0, 2.0]))
    assert [(one.low, one.high) for one in found.lowest] == [(1.0, 1.0), (2.0, 2.0), (3.0, 3.0)]


@every_set
@every_window
def test_no_number_hits_more_than_the_best_and_all_of_them_hit_as_much(window, outcomes):
    found = best(window, outcomes)
    edges = np.concatenate([outcomes.values + s * window.half_width for s in (-1, 1)])
    between = np.sort(edges)
    everywhere = np.concatenate([grid(outcomes), edges, (between[1:] + between[:-1]) / 2])
    costs = expected(window, outcomes, everywhere)
    assert found.value <= costs.min() + 1e-12
    for valley in found.valleys:
        inside = np.linspace(valley.low, valley.high, 7)
        np.testing.assert_allclose(expected(window, outcomes, inside), found.value, atol=1e-12)
    held = [any(v.low - 1e-9 <= a <= v.high + 1e-9 for v in found.valleys) for a in everywhere]
    good = costs <= found.value + 1e-12
    assert not (good & ~np.array(held)).any()


@every_window
def test_the_ends_of_a_best_window_are_its_ends(window):
    outcomes = DATA["weighed"]
    for valley in best(window, outcomes).valleys:
        beside = expected(window, outcomes, [valley.low - 1e-6, valley.high + 1e-6])
        assert (beside > valley.value + 1e-12).all()


def test_a_window_exactly_as_wide_as_a_gap_holds_both_ends():
    found = best(Window(0.15), Outcomes.of([0.1, 0.4, 7.0]))  # 0.4 - 0.1 is not 0.3 in float64
    assert len(found.valleys) == 1
    assert found.valleys[0].single
    assert found.valleys[0].low == pytest.approx(0.25, rel=1e-14)
    assert found.value == pytest.approx(1 / 3)


def test_a_rounding_neither_opens_nor_closes_a_window():
    # 0.1 + 0.7 is not 0.8, and 0.8 - 0.35 not 0.1 + 0.35, in float64
    (valley,) = best(Window(0.35), Outcomes.of([0.1, 0.8])).valleys
    assert valley.single
    assert valley.value == 0.0
    (valley,) = best(EpsilonInsensitive(0.35), Outcomes.of([0.1, 0.8])).valleys
    assert valley.single


def test_a_number_that_hits_slightly_less_is_not_as_good():
    found = best(Window(0.1), Outcomes.of([0.0, 5.0], [1.0, 0.999]))
    assert [one.middle for one in found.valleys] == pytest.approx([0.0])


# Convex ------------------------------------------------------------------------------------------


@every_set
@every_convex
def test_no_number_is_better_than_the_best(loss, outcomes):
    found = best(loss, outcomes)
    room = 1e-12 * (1.0 + abs(found.value))
    assert found.value <= expected(loss, outcomes, grid(outcomes)).min() + room
    with np.errstate(all="ignore"):
        theirs = minimize_scalar(
            lambda a: float(expected(loss, outcomes, a)),
            bounds=(outcomes.low - 1.0, outcomes.high + 1.0),
            method="bounded",
            options={"xatol": 1e-10},
        )
    assert found.value <= theirs.fun + room
    assert theirs.fun == pytest.approx(found.value, rel=1e-6, abs=1e-6)


@every_set
@every_convex
def test_all_of_an_interval_costs_the_same_and_nothing_beyond_it_does(loss, outcomes):
    (valley,) = best(loss, outcomes).valleys
    inside = np.linspace(valley.low, valley.high, 5)
    room = 1e-12 * (1.0 + abs(valley.value))
    np.testing.assert_allclose(expected(loss, outcomes, inside), valley.value, atol=room)
    if not valley.blurred:
        left, right = (slopes(loss, outcomes, end + s * 1e-4) for end, s in
                       ((valley.low, -1), (valley.high, 1)))  # fmt: skip
        assert left[1] < 0
        assert right[0] > 0


@every_set
@every_convex
def test_at_the_best_number_the_slope_turns(loss, outcomes):
    (valley,) = best(loss, outcomes).valleys
    steep = max(1.0, abs(outcomes.high - outcomes.low))
    assert slopes(loss, outcomes, valley.low)[0] <= 1e-12 * steep
    assert slopes(loss, outcomes, valley.high)[1] >= -1e-12 * steep


@pytest.mark.parametrize("loss", [LogCosh(), Barron(1.0, 0.01), Barron(1.4, 1.0)], ids=str)
def test_a_smooth_best_number_is_right_to_the_last_digits(loss):
    values = [0.1, 0.7, 1.9, 4.0, 11.5]

    def slope(a):
        if isinstance(loss, LogCosh):
            return sum(mpmath.tanh(a - mpmath.mpf(y)) for y in values)
        alpha, c = mpmath.mpf(loss.alpha), mpmath.mpf(loss.c)
        return sum(
            (a - mpmath.mpf(y))
            * (((a - mpmath.mpf(y)) / c) ** 2 / (2 - alpha) + 1) ** (alpha / 2 - 1)
            for y in values
        )

    place = best(loss, Outcomes.of(values)).valleys[0].low
    with mpmath.workdps(40):
        exact = float(mpmath.findroot(slope, (0.1, 11.5), solver="anderson", tol=1e-60))
    assert place == pytest.approx(exact, rel=1e-13)


def test_numbers_that_float64_cannot_tell_apart_are_called_so():
    (valley,) = best(LogCosh(), Outcomes.of([0.0, 0.1, 100.0, 100.3])).valleys
    assert valley.blurred
    assert 15 < valley.low < 25
    assert 75 < valley.high < 85
    (barely,) = best(LogCosh(), Outcomes.of([0.0, 25.0])).valleys
    assert barely.blurred
    assert barely.high - barely.low == pytest.approx(6.4e-5, rel=0.2)
    assert barely.middle == pytest.approx(12.5, rel=1e-9)
    (near,) = best(LogCosh(), Outcomes.of([0.0, 0.1, 8.0])).valleys
    assert near.single
    assert not near.blurred


@pytest.mark.parametrize("kind", RESIDUAL_LOSSES)
@pytest.mark.parametrize("place", [0.0, 1e9, -1e-9])
def test_equal_outcomes_are_their_own_best_number(kind, place):
    found = best(kind(), Outcomes.of([place] * 4))
    (valley,) = found.lowest
    assert valley.low - 1e-12 * abs(place) <= place <= valley.high + 1e-12 * abs(place)
    assert found.value <= 1e-12
    assert not valley.blurred


@pytest.mark.parametrize("loss", [*CONVEX[:1], Quantile(0.8), *SEVERAL[:1]], ids=str)
@pytest.mark.parametrize("shift", [1e3, -1e6])
def test_moving_every_outcome_moves_the_best_number_with_it(loss, shift):
    outcomes = SETS["slip"]
    moved = Outcomes.of(outcomes.values + shift)
    here, there = best(loss, outcomes).valleys[0], best(loss, moved).valleys[0]
    assert there.low - shift == pytest.approx(here.low, abs=1e-7)


@pytest.mark.parametrize("loss", [*CONVEX, *SEVERAL], ids=str)
def test_a_weight_of_two_is_the_outcome_twice(loss):
    once = best(loss, Outcomes.of([1.0, 3.0, 4.5, 9.0], [2.0, 1.0, 1.0, 1.0]))
    twice = best(loss, Outcomes.of([1.0, 1.0, 3.0, 4.5, 9.0]))
    for a, b in zip(once.valleys, twice.valleys, strict=True):
        assert (a.low, a.high, a.value) == pytest.approx((b.low, b.high, b.value), abs=1e-9)


# Several low places ------------------------------------------------------------------------------


def lows_on_a_grid(loss, outcomes, count=60_001):
    a = np.linspace(outcomes.low - 1, outcomes.high + 1, count)
    cost = expected(loss, outcomes, a)
    lowest = (cost[1:-1] < cost[:-2]) & (cost[1:-1] <= cost[2:])
    lowest[:20] = lowest[-20:] = False
    places = 1 + np.flatnonzero(lowest)
    # Where the cost is level, roundings dip too: a low place lies below what is 20 steps away.
    deep = np.minimum(cost[places - 20], cost[places + 20]) - cost[places] > 1e-12
    return a[places[deep]]


@every_set
@every_several
def test_every_low_place_of_a_fine_grid_is_found_and_no_other(loss, outcomes):
    found = np.sort([valley.low for valley in best(loss, outcomes).valleys])
    seen = lows_on_a_grid(loss, outcomes)
    assert len(found) == len(seen)
    step = (outcomes.high - outcomes.low + 2) / 60_000
    assert (np.abs(found - seen) <= 3 * step).all()


@every_set
@every_several
def test_the_cost_turns_at_each_low_place_and_the_lowest_comes_first(loss, outcomes):
    valleys = best(loss, outcomes).valleys
    assert all(a.value <= b.value for a, b in itertools.pairwise(valleys))
    for valley in valleys:
        assert valley.single
        assert valley.value == pytest.approx(float(expected(loss, outcomes, valley.low)))
        at = slopes(loss, outcomes, valley.low)[0]
        assert abs(at) <= 1e-12 * max(1.0, 1.0 / loss.weight(0.0))
        near = 1e-5 * getattr(loss, loss.places[0])
        assert slopes(loss, outcomes, valley.low - near)[0] < 0
        assert slopes(loss, outcomes, valley.low + near)[1] > 0


def test_two_camps_of_equal_size_are_equally_good():
    found = best(Cauchy(0.5), Outcomes.of([0.0, 0.3, 1.0, 9.0, 9.7, 10.0]))
    assert [round(one.low, 6) for one in found.lowest] == pytest.approx(
        [10 - found.lowest[1].low, found.lowest[1].low], abs=1e-5
    )
    assert len(found.lowest) == 2


def test_a_place_slightly_higher_is_not_as_good():
    found = Best((Valley(0, 0, 1.0), Valley(1, 1, 1.0 + 1e-13), Valley(2, 2, 1.0 + 1e-9)))
    assert [one.low for one in found.lowest] == [0, 1]
    assert found.value == 1.0


def test_a_far_outcome_loses_its_hold_under_a_loss_that_lets_go():
    near = Outcomes.of([4.6, 4.8, 5.0, 5.2, 9.0])
    far = Outcomes.of([4.6, 4.8, 5.0, 5.2, 9e6])
    assert best(Tukey(), far).value > best(Tukey(), near).value
    assert best(Tukey(), far).valleys[0].low == pytest.approx(4.9, abs=1e-3)
    assert best(SquaredError(), far).valleys[0].low > 1e6


def test_a_minimum_just_opened_is_told_from_one_just_closed():
    # Two outcomes apart by more than twice the scale pull a Cauchy cost into two minima.
    scale = 1.0
    for apart, count in ((2 * scale * 0.999, 1), (2 * scale * 1.001, 2)):
        assert len(best(Cauchy(scale), Outcomes.of([0.0, apart])).valleys) == count


@every_several
def test_no_second_derivative_changes_faster_than_its_bound(loss):
    scale = getattr(loss, loss.places[0])
    r = scale * np.sort(np.random.default_rng(4).exponential(1.0, 20_000))
    fastest = float((np.abs(np.diff(loss.hessian(r))) / np.diff(r)).max())
    assert fastest <= _jerk(loss) <= 1.5 * fastest


@every_several
def test_the_loss_bends_up_just_as_far_as_is_said(loss):
    reach = _bends_up(loss)
    assert (loss.hessian(np.linspace(0.0, 0.998 * reach, 999)) > 0).all()
    assert (loss.hessian(np.linspace(reach, 9.0 * reach, 999)) <= 0).all()


@every_several
@pytest.mark.parametrize("values", [[1e50, -1e50], [1e50, 1e50, 3.0], [1e16, 1e16 + 4, 0.0]])
def test_outcomes_too_large_to_search_between_have_a_best_number_too(loss, values):
    outcomes = Outcomes.of(values)
    found = best(loss, outcomes)
    assert found.valleys
    assert found.value <= expected(loss, outcomes, outcomes.values).min() * (1 + 1e-12)


def test_between_a_few_enormous_numbers_the_best_is_found_by_walking():
    (valley,) = best(Cauchy(5.0), Outcomes.of([1e16, 1e16 + 4])).valleys
    assert valley.low == 1e16 + 2


@pytest.mark.parametrize("size", [1e-6, 1e6])
@every_several
def test_units_do_not_matter(loss, size):
    outcomes = SETS["camps"]
    name = loss.places[0]
    scaled = type(loss)(**{k: (v * size if k == name else v) for k, v in vars(loss).items()})
    here = sorted(one.low for one in best(loss, outcomes).valleys)
    there = sorted(one.low for one in best(scaled, Outcomes.of(outcomes.values * size)).valleys)
    np.testing.assert_allclose(np.array(there) / size, here, rtol=1e-9)


# Which way costs less ----------------------------------------------------------------------------


SIZES = (1e-30, 1e-10, 1e-3, 1.0, 1e4, 1e30)
PLAIN = (1.0, 2.0, 5.0)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("loss", [SquaredError(), AbsoluteError(), Quantile(0.8), LargestMiss()])
def test_the_way_to_less_does_not_depend_on_the_units(loss, size):
    plain, scaled = Outcomes.of(PLAIN), Outcomes.of(size * np.array(PLAIN))
    for a in (-9.0, 0.5, 1.0, 1.7, 2.0, 2.6, 8 / 3, 3.0, 4.9, 5.0, 40.0):
        assert trend(loss, scaled, size * a).way == trend(loss, plain, a).way, a


@pytest.mark.parametrize("size", SIZES[1:5])
@pytest.mark.parametrize("offset", [0.0, 1e4, 1e9])
@pytest.mark.parametrize("loss", [*CONVEX, *SEVERAL], ids=str)
def test_every_low_place_is_one_and_beside_it_the_way_leads_back(loss, offset, size):
    outcomes = Outcomes.of(offset * size + size * np.array(PLAIN))
    # Well within the scale of every loss, and beyond what float64 cannot tell apart.
    step = max(1e-3 * min(outcomes.high - outcomes.low, 0.1), 64 * np.spacing(outcomes.high))
    for valley in best(loss, outcomes).valleys:
        if valley.blurred:
            continue
        assert trend(loss, outcomes, valley.middle).way == "low", valley
        for a, way in ((valley.low - step, "more"), (valley.high + step, "less")):
            told, edge = trend(loss, outcomes, a), valley.low if way == "more" else valley.high
            # Only where the loss turns within that distance may it be another way.
            if (expected(loss, outcomes, np.linspace(a, edge, 9)[:-1]) > valley.value).all():
                assert told.way == way, (a, told)


@pytest.mark.parametrize("a", [1e3, 1e9, 1e30, -1e30, 1e50])
@pytest.mark.parametrize("loss", [Cauchy(), Barron(-2.0, 1.0), LogCosh(), SquaredError()], ids=str)
def test_however_far_off_a_slope_shows_the_way(loss, a):
    told = trend(loss, Outcomes.of(PLAIN), a)
    if float(loss.gradient(a)) != 0:
        assert told.way == ("less" if a > 0 else "more")


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
def test_on_a_hilltop_and_where_all_is_let_go_no_slope_shows_the_way(size):
    two = Outcomes.of([0.0, 10.0 * size])
    assert trend(Cauchy(size), two, 5.0 * size).way == "nowhere"
    assert trend(Tukey(2.0 * size), two, 5.0 * size).way == "nowhere"
    assert trend(Tukey(size), two, 1e9 * size).way == "nowhere"


@every_window
def test_what_jumps_is_said_to_jump(window):
    assert trend(window, SETS["bakery"], 4.0) == Trend(0.0, 0.0, "jumps")


@pytest.mark.parametrize("size", [1e-12, 1e-10, 1e-5])
@pytest.mark.parametrize("loss", [Huber(), Huber(30.0), Barron(2.0, 3.0)], ids=str)
def test_beside_kinks_that_lie_far_off_the_best_number_keeps_its_digits(loss, size):
    found = best(loss, Outcomes.of(size * np.array(PLAIN))).lowest[0].middle
    assert found == pytest.approx(size * 8 / 3, rel=1e-12)
