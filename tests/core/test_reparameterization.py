"""The same belief in other coordinates: by the change of variables, and by looking for peaks."""

import math

import numpy as np
import pytest
from scipy import integrate, optimize, stats

from core.losses.domain import DomainError
from core.mle_map.conjugate import BetaBelief, Coin
from core.mle_map.reparameterization import (
    CoinBelief,
    LogCoordinate,
    LogitCoordinate,
    SigmaBelief,
    log_integral,
)

BELIEFS = (
    SigmaBelief(12, 9.3),
    SigmaBelief(2, 0.4),
    SigmaBelief(60, 700.0),
    SigmaBelief(5, 3.0, width=0.4),
    SigmaBelief(1, 2.0, width=1.0),
    SigmaBelief(3, 0.2, width=50.0),
    CoinBelief(Coin(7, 10, BetaBelief(2.0, 2.0))),
    CoinBelief(Coin(3, 3, BetaBelief(1.0, 1.0))),
    CoinBelief(Coin(0, 1, BetaBelief(0.5, 0.5))),
    CoinBelief(Coin(120, 200, BetaBelief(5.0, 2.0))),
)
every_belief = pytest.mark.parametrize("belief", BELIEFS, ids=repr)


def ends(belief) -> tuple[float, float]:
    return (0.0, math.inf) if isinstance(belief, SigmaBelief) else (0.0, 1.0)


def places(belief) -> np.ndarray:
    middle = belief.moved_map
    if isinstance(belief, SigmaBelief):
        return middle * np.exp(np.linspace(-1.0, 1.5, 41))
    return 1 / (1 + np.exp(-(math.log(middle / (1 - middle)) + np.linspace(-3.0, 3.0, 41))))


@every_belief
def test_both_densities_have_a_total_of_one(belief):
    low, high = ends(belief)
    middle = belief.moved_map
    total = sum(
        integrate.quad(lambda x: float(belief.density(x)), *part, limit=400)[0]
        for part in ((low, middle), (middle, 3 * middle if high > 1 else high))
    )
    if high == math.inf:
        total += integrate.quad(lambda x: float(belief.density(x)), 3 * middle, math.inf)[0]
    assert total == pytest.approx(1.0, abs=2e-7)
    centre = float(belief.coordinate.to(middle))
    moved = sum(
        integrate.quad(lambda u: float(belief.moved_density(u)), *part, limit=400)[0]
        for part in ((centre - 60, centre), (centre, centre + 4), (centre + 4, centre + 60))
    )
    assert moved == pytest.approx(1.0, abs=1e-9)


@every_belief
def test_the_density_changes_by_the_slope_of_the_coordinate(belief):
    x = places(belief)
    u = belief.coordinate.to(x)
    step = 1e-6
    slope = (belief.coordinate.back(u + step) - belief.coordinate.back(u - step)) / (2 * step)
    np.testing.assert_allclose(np.exp(belief.coordinate.log_slope(u)), slope, rtol=1e-7)
    np.testing.assert_allclose(belief.moved_density(u), belief.density(x) * slope, rtol=1e-6)


@every_belief
def test_the_chance_of_an_interval_is_the_same_in_both(belief):
    low, high = places(belief)[[12, 27]]
    over_x = integrate.quad(lambda x: float(belief.density(x)), low, high)[0]
    a, b = belief.coordinate.to(low), belief.coordinate.to(high)
    over_u = integrate.quad(lambda u: float(belief.moved_density(u)), a, b)[0]
    assert over_x == pytest.approx(over_u, rel=1e-9)
    assert 0.01 < over_x < 1.0


@every_belief
def test_peaks_are_where_a_search_finds_them(belief):
    middle = float(belief.coordinate.to(belief.moved_map))
    found = optimize.minimize_scalar(
        lambda u: float(belief.moved_negative_log(u)), bounds=(middle - 6, middle + 5),
        method="bounded", options={"xatol": 1e-10},
    )  # fmt: skip
    assert float(belief.coordinate.back(found.x)) == pytest.approx(belief.moved_map, rel=1e-6)
    over_u = optimize.minimize_scalar(
        lambda u: float(belief.negative_log_likelihood(belief.coordinate.back(u))),
        bounds=(middle - 9, middle + 9), method="bounded", options={"xatol": 1e-10},
    )  # fmt: skip
    if belief.mle > 0 and belief.mle != 1:
        assert float(belief.coordinate.back(over_u.x)) == pytest.approx(belief.mle, rel=1e-6)
    if belief.map is not None and 0 < belief.map < ends(belief)[1]:
        high = 5 * belief.map if ends(belief)[1] > 1 else 1.0
        over_x = optimize.minimize_scalar(
            lambda x: float(belief.negative_log(x)), bounds=(1e-9, high),
            method="bounded", options={"xatol": 1e-10},
        )  # fmt: skip
        assert over_x.x == pytest.approx(belief.map, rel=1e-6)


@every_belief
def test_the_map_moves_and_the_mle_does_not(belief):
    if belief.map is not None:
        assert abs(belief.moved_map - belief.map) > 1e-4
    u = belief.coordinate.to(places(belief))
    np.testing.assert_allclose(
        belief.negative_log_likelihood(belief.coordinate.back(u)),
        belief.negative_log_likelihood(places(belief)),
        rtol=1e-9,
    )


def test_over_log_sigma_one_residual_fewer_counts():
    belief = SigmaBelief(12, 9.3)
    assert belief.mle == belief.map == pytest.approx(math.sqrt(9.3 / 12))
    assert belief.moved_map == pytest.approx(math.sqrt(9.3 / 11))


def test_over_the_log_odds_the_peak_is_the_mean():
    coin = Coin(7, 10, BetaBelief(2.0, 3.0))
    assert CoinBelief(coin).moved_map == pytest.approx(9 / 15)
    assert coin.map == pytest.approx(8 / 13)


@pytest.mark.parametrize("width", [1e-3, 0.3, 2.0, 1e6])
@pytest.mark.parametrize("count", [1, 2, 40])
def test_the_spread_with_a_prior_balances_and_ends_at_that_without(width, count):
    belief = SigmaBelief(count, 3.0, width)
    sigma = belief.map
    assert count / sigma == pytest.approx(3.0 / sigma**3 - sigma / width**2, rel=1e-6)
    if width == 1e6:
        assert sigma == pytest.approx(SigmaBelief(count, 3.0).map, rel=1e-9)
        one = SigmaBelief(count, 3.0).moved_map
        assert one is None or belief.moved_map == pytest.approx(one, rel=1e-9)
    assert belief.moved_map > belief.map


def test_the_prior_of_the_spread_is_a_normal_density_above_zero():
    belief = SigmaBelief(3, 1.0, width=0.7)
    x = np.array([0.1, 0.7, 3.0])
    np.testing.assert_allclose(belief.negative_log_prior(x), -stats.halfnorm.logpdf(x, scale=0.7))
    np.testing.assert_array_equal(SigmaBelief(3, 1.0).negative_log_prior(x), 0.0)
    r = np.array([0.6, -0.64, 0.48])
    told = -stats.norm.logpdf(r, scale=0.5).sum()
    assert SigmaBelief(3, float(r @ r)).negative_log_likelihood(0.5) == pytest.approx(told)


def test_where_there_is_no_total_it_is_said():
    assert not SigmaBelief(1, 2.0).proper
    assert SigmaBelief(1, 2.0).moved_map is None
    assert not SigmaBelief(5, 0.0).proper
    assert not SigmaBelief(5, 0.0, width=1.0).proper
    assert SigmaBelief(1, 2.0, width=1.0).proper
    with pytest.raises(DomainError, match="no total"):
        SigmaBelief(1, 2.0).density(1.0)
    for wrong in ({"count": 0}, {"squares": -1.0}, {"squares": math.inf}, {"width": 0.0}):
        with pytest.raises(DomainError, match="SigmaBelief"):
            SigmaBelief(**({"count": 3, "squares": 1.0} | wrong))


def test_far_out_densities_are_nothing_and_no_warning():
    assert SigmaBelief(3, 1.0).density(1e-300) == 0.0
    coin = CoinBelief(Coin(0, 1, BetaBelief(0.5, 0.5)))
    assert coin.moved_density(-800.0) == pytest.approx(0.0, abs=1e-100)
    assert coin.moved_density(800.0) == pytest.approx(0.0, abs=1e-100)
    exact = stats.beta.pdf(1e-12, 0.5, 1.5) * 1e-12
    assert float(coin.moved_density(math.log(1e-12))) == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize("coordinate", [LogCoordinate(), LogitCoordinate()])
def test_there_and_back_is_where_one_was(coordinate):
    x = np.array([0.01, 0.3, 0.99])
    np.testing.assert_allclose(coordinate.back(coordinate.to(x)), x, rtol=1e-13)


@pytest.mark.parametrize("width", [0.1, 1.0, 90.0])
def test_an_integral_is_that_of_a_normal_density(width):
    told = log_integral(lambda u: 0.5 * ((u - 3.0) / width) ** 2, 2.0)
    assert told == pytest.approx(0.5 * math.log(2 * math.pi) + math.log(width), abs=1e-9)
