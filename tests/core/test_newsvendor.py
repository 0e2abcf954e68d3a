"""Laws of ordering before the demand is known: a ratio of prices, a quantile, a pinball loss."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from core.decisions.newsvendor import LEAST_GAP, Newsvendor, at_ratio, turned
from core.decisions.outcomes import Outcomes, outcome_sets
from core.declare import ParameterError, parameters
from core.losses import Quantile

SHOPS = (
    Newsvendor(), Newsvendor(10.0, 1.0, 0.5), Newsvendor(2.0, 1.9, -3.0), Newsvendor(5.0, 2.5, 0.0),
    Newsvendor(1.0, 0.99, 0.98), Newsvendor(0.0, -1.0, -2.0),
)  # fmt: skip
every_shop = pytest.mark.parametrize("shop", SHOPS, ids=str)
every_set = pytest.mark.parametrize("told", outcome_sets().values(), ids=lambda one: one.key)


@every_shop
def test_the_two_prices_of_a_mistake_are_those_of_the_story(shop):
    # One unit too few: the sale that was missed. One too many: what is not got back.
    assert shop.short == shop.price - shop.cost
    assert shop.over == shop.cost - shop.salvage
    assert 0 < shop.ratio < 1
    assert shop.ratio == pytest.approx((shop.price - shop.cost) / (shop.price - shop.salvage))
    assert shop.pinball == Quantile(shop.ratio)


@every_shop
@every_set
def test_cost_is_what_knowing_the_demand_would_have_earned_more(shop, told):
    q = np.linspace(-2.0, 20.0, 23)[:, None]
    knowing = shop.profits(told.values, told.values)
    np.testing.assert_allclose(
        shop.costs(q, told.values), knowing - shop.profits(q, told.values), atol=1e-12
    )
    np.testing.assert_allclose(knowing, shop.short * told.values, rtol=1e-12, atol=1e-13)


def test_profit_is_counted_as_a_shop_does():
    shop = Newsvendor(3.0, 1.0, 0.25)
    assert shop.profits(5.0, 8.0) == 5 * 3.0 - 5 * 1.0  # sold out
    assert shop.profits(8.0, 5.0) == 5 * 3.0 + 3 * 0.25 - 8 * 1.0
    assert shop.costs(5.0, 8.0) == 3 * 2.0
    assert shop.costs(8.0, 5.0) == 3 * 0.75


@every_shop
@every_set
def test_the_expected_cost_is_short_plus_over_times_pinball(shop, told):
    outcomes = Outcomes.of(told.values)
    orders = np.linspace(-5.0, 25.0, 301)
    scale = (shop.short + shop.over) * 25.0
    assert shop.deviation(orders, outcomes) <= 1e-14 * scale
    np.testing.assert_allclose(
        shop.expected_cost(orders, outcomes),
        [math.fsum(shop.costs(q, told.values)) / len(told.values) for q in orders],
        rtol=1e-12,
    )


def test_a_deviation_would_be_seen():
    class Off(Newsvendor):
        @property
        def short(self):
            return super().short * (1 + 1e-6)

        @property
        def ratio(self):
            return 0.6

    assert Off().deviation([0.0], Outcomes.of([1.0, 5.0])) > 1e-7


@every_shop
@every_set
def test_no_order_costs_less_than_the_best(shop, told):
    outcomes = Outcomes.of(told.values)
    found = shop.best_order(outcomes)
    orders = np.linspace(outcomes.low - 1, outcomes.high + 1, 4001)
    room = 1e-12 * (1 + abs(found.value))
    assert found.value <= shop.expected_cost(orders, outcomes).min() + room
    theirs = minimize_scalar(
        lambda q: float(shop.expected_cost(q, outcomes)),
        bounds=(outcomes.low - 1, outcomes.high + 1),
        method="bounded",
    )
    assert found.value <= theirs.fun + room
    for end in (found.low, found.high, found.middle):
        assert float(shop.expected_cost(end, outcomes)) == pytest.approx(found.value, rel=1e-12)
    profit = shop.expected_profit(orders, outcomes)
    assert float(shop.expected_profit(found.middle, outcomes)) >= profit.max() - 1e-12


@every_shop
@every_set
def test_regret_is_what_another_order_loses(shop, told):
    outcomes = Outcomes.of(told.values)
    best = shop.best_order(outcomes)
    assert shop.regret(best.middle, outcomes) == 0.0
    for q in (outcomes.mean, outcomes.low - 3.0, outcomes.high + 3.0):
        lost = float(
            shop.expected_profit(best.middle, outcomes) - shop.expected_profit(q, outcomes)
        )
        assert shop.regret(q, outcomes) == pytest.approx(lost, abs=1e-10)
        assert shop.regret(q, outcomes) >= 0.0


def test_many_normal_demands_lead_to_the_textbooks_order():
    demand = Outcomes.of(norm.ppf((np.arange(4000) + 0.5) / 4000, 100, 20))
    shop = Newsvendor(5.0, 2.0, 1.0)
    assert shop.best_order(demand).middle == pytest.approx(norm.ppf(0.75, 100, 20), abs=0.01)


@pytest.mark.parametrize(
    "prices", [(1.0, 1.0, 0.5), (1.0, 1.2, 0.5), (3.0, 0.5, 0.5), (3.0, 0.4, 0.5), (1, 0.995, 0)]
)
def test_prices_that_leave_nothing_to_decide_are_refused(prices):
    with pytest.raises(ParameterError, match=r"each at least 0\.01 above the one before"):
        Newsvendor(*prices)


@pytest.mark.parametrize("name", parameters(Newsvendor))
@pytest.mark.parametrize("value", [-5.0, 0.05, 1.2, 3.0, 10.0, 1e5])
def test_a_price_that_is_turned_stops_at_its_neighbours(name, value):
    shop = Newsvendor()
    told = turned(shop, name, value)
    assert told.salvage < told.cost < told.price
    others = set(parameters(Newsvendor)) - {name}
    assert all(getattr(told, other) == getattr(shop, other) for other in others)
    low, high = {
        "price": (shop.cost + LEAST_GAP, math.inf),
        "cost": (shop.salvage + LEAST_GAP, shop.price - LEAST_GAP),
        "salvage": (-math.inf, shop.cost - LEAST_GAP),
    }[name]
    assert getattr(told, name) == min(max(value, low), high)


@every_shop
@pytest.mark.parametrize("ratio", [0.0, 0.2, 0.5, 0.9, 1.0])
def test_a_ratio_is_reached_by_the_cost_alone(shop, ratio):
    told = at_ratio(shop, ratio)
    assert (told.price, told.salvage) == (shop.price, shop.salvage)
    gap = LEAST_GAP / (shop.price - shop.salvage)
    assert told.ratio == pytest.approx(min(max(ratio, gap), 1 - gap), abs=1e-9)


@pytest.mark.parametrize("name", parameters(Newsvendor))
def test_infinite_prices_are_refused(name):
    for value in (math.inf, -math.inf, math.nan):
        with pytest.raises(ParameterError):
            Newsvendor(**{name: value})


def test_the_shape_of_orders_is_kept():
    demand = Outcomes.of([1.0, 2.0])
    for shape in ((), (4,), (2, 3)):
        assert Newsvendor().expected_cost(np.ones(shape), demand).shape == shape
        assert Newsvendor().expected_profit(np.ones(shape), demand).shape == shape
