"""Laws of acting on a probability: the formula, the steps, and what a wrong probability costs."""

import numpy as np
import pytest
from scipy.special import expit, logit

from core.classification.metrics import best_threshold, cost_threshold
from core.decisions.thresholds import Prices, believed_risk, decided, realised_risk, shifted
from core.declare import ParameterError
from core.losses.domain import DomainError

PRICES = (
    Prices(), Prices(1.0, 1.0), Prices(3.0, 7.0, 2.0), Prices(0.0, 1.0), Prices(1.0, 0.0),
    Prices(0.0, 2.0, 3.0),
)  # fmt: skip
every_prices = pytest.mark.parametrize("prices", PRICES, ids=str)
THRESHOLDS = np.append(np.linspace(0.0, 1.0, 101), [0.123456])


def drawn(seed, n=40, digits=2):
    rng = np.random.default_rng(seed)
    p = rng.beta(1.2, 2.0, n).round(digits)
    return p, (rng.random(n) < p).astype(int)


def one_by_one(prices, p, q, t):
    """What acting above t costs on average, case after case."""
    total = 0.0
    for reported, true in zip(p, q, strict=True):
        if reported > t:
            total += (1 - true) * prices.alarm - true * prices.gain
        else:
            total += true * prices.miss
    return total / len(p)


@every_prices
def test_at_the_threshold_acting_and_waiting_cost_the_same(prices):
    t = prices.threshold
    assert 0 <= t <= 1
    assert float(prices.acting(t)) == pytest.approx(float(prices.waiting(t)), abs=1e-12)
    p = np.linspace(0, 1, 201)
    cheaper = prices.acting(p) < prices.waiting(p) - 1e-12
    np.testing.assert_array_equal(cheaper & (np.abs(p - t) > 1e-9), (p > t) & (p - t > 1e-9))


def test_without_a_gain_it_is_the_threshold_of_the_metrics():
    for miss, alarm in ((5.0, 1.0), (1.0, 1.0), (0.0, 3.0), (2.0, 0.0)):
        assert Prices(miss, alarm).threshold == cost_threshold(miss, alarm)


def test_a_gain_counts_like_a_miss():
    assert Prices(2.0, 1.0, 3.0).threshold == Prices(5.0, 1.0).threshold


@every_prices
@pytest.mark.parametrize("seed", range(4))
def test_the_believed_risk_is_its_definition(prices, seed):
    p, _ = drawn(seed)
    q, _ = drawn(seed + 50)
    for truth in (None, q):
        steps = believed_risk(prices, p, truth)
        told = [one_by_one(prices, p, p if truth is None else q, t) for t in THRESHOLDS]
        np.testing.assert_allclose([steps.at(t) for t in THRESHOLDS], told, atol=1e-12)


@every_prices
@pytest.mark.parametrize("seed", range(4))
def test_the_realised_risk_is_what_the_counts_cost(prices, seed):
    p, label = drawn(seed)
    steps = realised_risk(prices, p, label)
    for t in THRESHOLDS:
        counts = decided(p, label, t)
        assert steps.at(t) == pytest.approx(prices.spent(counts), abs=1e-12)
        assert steps.at(t) == pytest.approx(one_by_one(prices, p, label, t), abs=1e-12)
    signed = realised_risk(prices, p, 2 * label - 1)
    np.testing.assert_array_equal(signed.levels, steps.levels)


@every_prices
@pytest.mark.parametrize("seed", range(6))
def test_for_probabilities_taken_at_their_word_the_formula_is_best(prices, seed):
    p, _ = drawn(seed, n=25, digits=4)
    steps = believed_risk(prices, p)
    assert steps.at(prices.threshold) == pytest.approx(steps.value, abs=1e-12)
    low, high = steps.lowest[0][0], steps.lowest[-1][1]
    assert low - 1e-12 <= prices.threshold <= high + 1e-12


@pytest.mark.parametrize("shift", [-2.0, -0.5, 0.7, 3.0])
@every_prices
def test_of_shifted_probabilities_the_shifted_threshold_is_best(prices, shift):
    q, _ = drawn(11, n=30, digits=4)
    reported = shifted(q, shift)
    steps = believed_risk(prices, reported, q)
    moved = float(shifted(prices.threshold, shift))
    assert steps.at(moved) == pytest.approx(steps.value, abs=1e-9)
    assert steps.value == pytest.approx(believed_risk(prices, q).value, abs=1e-12)


def test_the_formula_on_wrong_probabilities_costs_more():
    q, _ = drawn(11, n=30, digits=4)
    steps = believed_risk(Prices(), shifted(q, 2.0), q)
    assert steps.at(Prices().threshold) > steps.value + 0.01


@pytest.mark.parametrize("seed", range(4))
def test_the_lowest_realised_step_holds_the_metrics_best_threshold(seed):
    p, label = drawn(seed)
    steps = realised_risk(Prices(4.0, 1.0), p, label)
    found = best_threshold(p, label, 4.0, 1.0)
    if 0 <= found <= 1:
        assert steps.at(found) == pytest.approx(steps.value, abs=1e-12)


@every_prices
def test_lowest_stretches_are_lowest_and_nothing_else_is(prices):
    p, label = drawn(5, n=12, digits=1)
    steps = realised_risk(prices, p, label)
    t = np.linspace(0, 1, 2001)
    risks = np.array([steps.at(one) for one in t])
    inside = np.zeros(len(t), bool)
    for a, b in steps.lowest:
        inside |= (t >= a) & ((t < b) | (b == 1.0))
    np.testing.assert_array_equal(inside, risks <= steps.value + 1e-12)


@every_prices
@pytest.mark.parametrize("seed", range(6))
def test_the_end_of_a_lowest_stretch_is_in_it_only_where_it_costs_no_more(prices, seed):
    p, label = drawn(seed, n=8, digits=1)
    for reported in (p, np.append(p[:-1], 1.0)):
        steps = realised_risk(prices, reported, label)
        costs = [one_by_one(prices, reported, label, b) for _, b in steps.lowest]
        for (a, b), cost in zip(steps.lowest, costs, strict=True):
            assert steps.is_lowest(a)
            assert steps.is_lowest(b) == (cost <= steps.value + 1e-12)
            assert not steps.is_lowest(b) or b == 1.0


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("other", [{"alarm": 0.3}, {"alarm": 0.7, "gain": 0.0}, {"alarm": 1e6}])
def test_what_costs_nothing_costs_0_and_not_a_rounding(seed, other):
    p, label = drawn(seed, digits=2)
    prices = Prices(miss=0.0, **other)
    assert believed_risk(prices, p).at(prices.threshold) == 0.0
    assert realised_risk(prices, p, label).value == 0.0


@pytest.mark.parametrize("price", [0.1, 0.3, 0.7, 1.1, 1e5 / 3])
def test_costs_and_gains_that_cancel_leave_0(price):
    prices = Prices(0.0, price, 3 * price)
    label = [1, 0, 0, 0]
    assert prices.spent(decided([0.9, 0.8, 0.7, 0.6], label, 0.5)) == 0.0
    assert realised_risk(prices, [0.9, 0.8, 0.7, 0.6], label).at(0.5) == 0.0
    for p in (0.1, 0.3, 0.7):
        even = Prices(0.0, p * price, (1 - p) * price)
        assert float(even.acting(p)) == 0.0
        assert float(even.acting(p + 1e-9)) != 0.0


def test_a_sure_case_is_left_alone_at_a_threshold_of_1_only():
    steps = believed_risk(Prices(5.0, 1.0), [1.0, 1.0])
    assert (steps.at(0.999), steps.at(1.0)) == (0.0, 5.0)
    assert steps.lowest == ((0.0, 1.0),)
    assert believed_risk(Prices(0.0, 1.0), [1.0, 0.5]).lowest[-1][1] == 1.0


def test_a_case_at_the_threshold_is_left_alone():
    assert decided([0.3, 0.4], [1, 1], 0.3).true_positive == 1
    assert believed_risk(Prices(1.0, 1.0), [0.3]).at(0.3) == pytest.approx(0.3)


def test_a_shift_adds_to_the_log_odds():
    p = np.array([0.01, 0.3, 0.5, 0.99])
    for shift in (-3.0, 0.4, 2.0):
        np.testing.assert_allclose(logit(shifted(p, shift)), logit(p) + shift, rtol=1e-12)
        np.testing.assert_allclose(shifted(shifted(p, shift), -shift), p, rtol=1e-12)
    np.testing.assert_array_equal(shifted(p, 0.0), p)
    assert float(shifted(0.5, 1.0)) == pytest.approx(float(expit(1.0)))


@pytest.mark.parametrize("shift", [-1e4, -1.0, 0.0, 1.0, 1e4])
def test_what_is_certain_stays_so(shift):
    np.testing.assert_array_equal(shifted([0.0, 1.0], shift), [0.0, 1.0])


@pytest.mark.parametrize(
    ("p", "label", "told"),
    [
        ([0.5, 1.1], [0, 1], r"probability\[1\] is 1.1"),
        ([0.5, np.nan], [0, 1], r"probability\[1\]"),
        ([], [], "expected a row"),
        ([0.5, 0.5], [0, 2], r"label\[1\] is 2"),
        ([0.5, 0.5], [0], "label"),
    ],
)
def test_bad_input_is_one_sentence(p, label, told):
    with pytest.raises(DomainError, match=told):
        realised_risk(Prices(), p, label)


def test_as_many_truths_as_probabilities_are_asked_for():
    with pytest.raises(DomainError, match="truth"):
        believed_risk(Prices(), [0.5, 0.2], [0.5])


def test_prices_of_nothing_are_refused():
    with pytest.raises(ParameterError, match="expected one above 0"):
        Prices(0.0, 0.0, 0.0)
    assert Prices(0.0, 0.0, 1.0).threshold == 0.0
