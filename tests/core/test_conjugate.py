"""A coin and its Beta prior: densities, peaks and means, against SciPy and by brute force."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

from core.declare import ParameterError
from core.losses.domain import DomainError
from core.mle_map.conjugate import BetaBelief, BetaPeak, Coin, coin_walk

PRIORS = (BetaBelief(2.0, 2.0), BetaBelief(1.0, 1.0), BetaBelief(0.5, 0.5), BetaBelief(7.0, 1.5))
P = np.linspace(0.001, 0.999, 1999)

every_prior = pytest.mark.parametrize("prior", PRIORS, ids=repr)


@every_prior
def test_the_density_is_that_of_scipy(prior):
    np.testing.assert_allclose(
        prior.density(P), stats.beta.pdf(P, prior.a, prior.b), rtol=1e-11, atol=1e-300
    )
    assert prior.mean == pytest.approx(stats.beta.mean(prior.a, prior.b))


@every_prior
@pytest.mark.parametrize(("heads", "tosses"), [(0, 0), (3, 3), (0, 4), (7, 10)])
def test_posterior_is_likelihood_times_prior_over_the_evidence(prior, heads, tosses):
    coin = Coin(heads, tosses, prior)
    evidence, _ = integrate.quad(
        lambda p: math.exp(-float(coin.negative_log_likelihood(p))) * float(prior.density(p)),
        0.0, 1.0, limit=400,
    )  # fmt: skip
    assert coin.log_evidence == pytest.approx(math.log(evidence), abs=1e-7)
    told = prior.log_density(P) - coin.negative_log_likelihood(P) - coin.log_evidence
    np.testing.assert_allclose(coin.posterior.log_density(P), told, rtol=1e-10, atol=1e-10)


@every_prior
@pytest.mark.parametrize(("heads", "tosses"), [(3, 3), (0, 4), (7, 10), (1, 2)])
def test_mle_and_map_are_where_the_curves_are_highest(prior, heads, tosses):
    coin = Coin(heads, tosses, prior)
    fine = np.linspace(0.0, 1.0, 100001)
    highest = fine[np.argmax(coin.likelihood(fine))]
    assert coin.mle == heads / tosses
    assert highest == pytest.approx(coin.mle, abs=1e-5)
    assert coin.likelihood(coin.mle) == 1.0
    density = coin.posterior.log_density(fine)
    if coin.map is not None:
        assert fine[np.argmax(density)] == pytest.approx(coin.map, abs=1.1e-5)
    if coin.posterior.peak is BetaPeak.INSIDE:
        a, b = prior.a, prior.b
        assert coin.map == pytest.approx((heads + a - 1) / (tosses + a + b - 2))


@pytest.mark.parametrize(
    ("a", "b", "peak", "mode"),
    [
        (2.0, 3.0, BetaPeak.INSIDE, 1 / 3),
        (1.0, 1.0, BetaPeak.LEVEL, None),
        (0.5, 0.5, BetaPeak.BOTH_ENDS, None),
        (0.5, 0.9, BetaPeak.BOTH_ENDS, None),
        (1.0, 2.0, BetaPeak.LOWER_END, 0.0),
        (0.5, 1.0, BetaPeak.LOWER_END, 0.0),
        (0.5, 2.0, BetaPeak.LOWER_END, 0.0),
        (2.0, 1.0, BetaPeak.UPPER_END, 1.0),
        (1.0, 0.5, BetaPeak.UPPER_END, 1.0),
        (2.0, 0.5, BetaPeak.UPPER_END, 1.0),
    ],
)
def test_the_kind_of_peak_is_what_the_density_shows(a, b, peak, mode):
    belief = BetaBelief(a, b)
    assert belief.peak is peak
    assert belief.mode == (None if mode is None else pytest.approx(mode))
    density = belief.density(P)
    rising = np.diff(density)
    seen = {
        BetaPeak.INSIDE: rising[0] > 0 > rising[-1],
        BetaPeak.LEVEL: bool(np.abs(rising).max() < 1e-12),
        BetaPeak.BOTH_ENDS: rising[0] < 0 < rising[-1],
        BetaPeak.LOWER_END: bool((rising < 0).all()),
        BetaPeak.UPPER_END: bool((rising > 0).all()),
    }
    assert seen[peak]


def test_without_tosses_there_is_no_mle_and_all_p_are_as_likely():
    coin = Coin(0, 0, BetaBelief(2.0, 2.0))
    assert coin.mle is None
    np.testing.assert_array_equal(coin.likelihood(P), 1.0)
    assert coin.map == 0.5
    assert coin.log_evidence == 0.0


def test_the_ends_are_infinite_or_impossible_and_never_no_number():
    assert BetaBelief(0.5, 0.5).density(0.0) == math.inf
    assert BetaBelief(2.0, 2.0).density(1.0) == 0.0
    assert Coin(1, 2, BetaBelief()).negative_log_likelihood(0.0) == math.inf
    assert Coin(0, 2, BetaBelief()).negative_log_likelihood(0.0) == 0.0
    assert Coin(3, 3, BetaBelief(1.0, 1.0)).map == 1.0


def test_the_posterior_mean_lies_between_those_of_prior_and_data():
    for heads in range(11):
        coin = Coin(heads, 10, BetaBelief(3.0, 2.0))
        share = coin.pull
        assert share == pytest.approx(5.0 / 15.0)
        mixed = share * coin.prior.mean + (1 - share) * coin.mle
        assert coin.posterior.mean == pytest.approx(mixed)


def test_the_walk_is_the_coin_after_each_toss_and_map_comes_to_mle():
    heads = (np.random.default_rng(0).random(400) < 0.7).astype(float)
    mle, found = coin_walk(heads, BetaBelief(5.0, 5.0))
    assert len(mle) == len(found) == 401
    assert np.isnan(mle[0])
    assert found[0] == 0.5
    for tosses in (1, 17, 400):
        coin = Coin(int(heads[:tosses].sum()), tosses, BetaBelief(5.0, 5.0))
        assert (mle[tosses], found[tosses]) == (coin.mle, coin.map)
    assert abs(found[400] - mle[400]) < 0.01 < abs(found[5] - mle[5])
    assert np.isnan(coin_walk([], BetaBelief(1.0, 1.0))[1][0])


@pytest.mark.parametrize(("heads", "tosses"), [(-1, 3), (4, 3), (0, -1), (0.5, 3), (1, 2.5)])
def test_heads_and_tosses_are_counts(heads, tosses):
    with pytest.raises(DomainError, match="Coin"):
        Coin(heads, tosses, BetaBelief())


def test_a_prior_needs_imagined_tosses_above_zero():
    with pytest.raises(ParameterError, match="a is 0"):
        BetaBelief(0.0, 1.0)
    with pytest.raises(DomainError, match="p"):
        BetaBelief().density(1.5)
