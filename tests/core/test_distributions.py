"""Laws of two distributions on one screen: sums, the event, who is infinite, dragging."""

import itertools
import math

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy as scipy_entropy

from core.divergences.distributions import (
    COMPARED,
    ENTROPIC,
    BothWays,
    TwoDistributions,
    equal,
    rescaled,
    spread_over,
)
from core.losses import DomainError
from core.losses.divergence import (
    DIVERGENCES,
    Hellinger,
    JensenShannon,
    KLDivergence,
    ReverseKL,
    TotalVariation,
    Wasserstein1,
)

ROWS = {
    "apart": ((0.5, 0.3, 0.2), (0.2, 0.2, 0.6)),
    "same": ((0.5, 0.3, 0.2), (0.5, 0.3, 0.2)),
    "nearly": ((0.5, 0.3, 0.2), (0.5, 0.3 + 1e-12, 0.2 - 1e-12)),
    "ruled out": ((0.5, 0.3, 0.2), (0.5, 0.5, 0.0)),
    "invented": ((0.5, 0.5, 0.0), (0.5, 0.3, 0.2)),
    "both": ((0.5, 0.5, 0.0), (0.0, 0.5, 0.5)),
    "disjoint": ((1.0, 0.0), (0.0, 1.0)),
    "certain": ((0.0, 1.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0)),
    "tiny": ((1e-300, 1.0), (1.0 - 1e-16, 1e-16)),
    "six": ((0.1, 0.2, 0.05, 0.25, 0.3, 0.1), (0.3, 0.1, 0.15, 0.15, 0.05, 0.25)),
}
every_row = pytest.mark.parametrize("name", ROWS)


def two(name: str) -> TwoDistributions:
    return TwoDistributions(*map(np.array, ROWS[name]))


def drawn(seed: int, count: int) -> TwoDistributions:
    random = np.random.default_rng(seed)
    p, q = random.dirichlet(np.full(count, 0.7), size=2)
    return TwoDistributions(p, q)


def test_every_divergence_is_compared_but_the_one_that_knows_distances():
    assert set(DIVERGENCES) - set(COMPARED) == {Wasserstein1}
    assert list(COMPARED) == [kind for kind in DIVERGENCES if kind in COMPARED]


@every_row
@pytest.mark.parametrize("kind", COMPARED, ids=lambda kind: kind.__name__)
def test_a_divergence_is_read_in_both_directions(name, kind):
    pair, (p, q) = two(name), ROWS[name]
    told = pair.both_ways(kind)
    assert told.kind is kind
    assert told.forward == pair.divergence(kind) == float(kind().value(p, q))
    assert told.backward == float(kind().value(q, p)) == pair.swapped.divergence(kind)
    assert not math.isnan(told.forward)


@pytest.mark.parametrize("kind", COMPARED, ids=lambda kind: kind.__name__)
def test_symmetric_divergences_agree_in_both_directions_and_only_those_always_do(kind):
    pairs = [two(name) for name in ROWS] + [drawn(seed, 4) for seed in range(20)]
    agreed = [pair.both_ways(kind).agree for pair in pairs]
    assert all(agreed) == pair_of(kind).symmetric
    assert pair_of(kind).symmetric == (kind in (JensenShannon, TotalVariation, Hellinger))


def pair_of(kind) -> BothWays:
    return BothWays(kind, 0.0, 0.0)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("count", [2, 3, 6])
def test_divergences_are_those_of_scipy(seed, count):
    pair = drawn(seed, count)
    assert pair.kl == pytest.approx(scipy_entropy(pair.p, pair.q), rel=1e-12)
    assert pair.reverse == pytest.approx(scipy_entropy(pair.q, pair.p), rel=1e-12)
    assert pair.entropy == pytest.approx(scipy_entropy(pair.p), rel=1e-13)
    told = jensenshannon(pair.p, pair.q) ** 2
    assert pair.divergence(JensenShannon) == pytest.approx(told, rel=1e-10)


@every_row
def test_entropy_and_kl_add_up_to_cross_entropy(name):
    pair = two(name)
    whole = pair.cross_entropy
    assert pair.misfit <= (0.0 if math.isinf(whole) else 1e-12 * max(1.0, whole))
    assert equal(pair.entropy + pair.kl, pair.cross_entropy)
    assert math.isinf(pair.kl) == math.isinf(pair.cross_entropy) == bool(pair.ruled_out)
    assert not math.isnan(pair.misfit)


def test_the_misfit_is_told_when_they_do_not_add_up(monkeypatch):
    pair = two("apart")
    pair.__dict__["kl"] = pair.kl + 0.25
    assert pair.misfit == pytest.approx(0.25)


@every_row
def test_what_outcomes_add_is_the_whole_divergence(name):
    pair = two(name)
    assert equal(float(pair.terms.sum()), pair.kl)
    assert equal(float(pair.reverse_terms.sum()), pair.reverse)
    with np.errstate(divide="ignore", invalid="ignore"):
        plain = np.where(pair.p > 0, pair.p * np.log(pair.p / pair.q), 0.0)
        back = np.where(pair.q > 0, pair.q * np.log(pair.q / pair.p), 0.0)
    np.testing.assert_allclose(pair.terms, plain, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(pair.reverse_terms, back, rtol=1e-9, atol=1e-15)
    assert not np.signbit(pair.terms[pair.terms == 0]).any()


def test_an_outcome_that_q_gives_more_to_adds_less_than_nothing():
    pair = two("apart")
    np.testing.assert_array_equal(pair.terms < 0, pair.q > pair.p)
    assert pair.terms.min() < 0 < pair.kl


@every_row
def test_kl_is_infinite_exactly_where_an_outcome_is_ruled_out(name):
    pair = two(name)
    assert math.isinf(pair.kl) == bool(pair.ruled_out)
    assert math.isinf(pair.reverse) == bool(pair.invented)
    assert {k for k in range(len(pair.p)) if np.isinf(pair.terms[k])} == set(pair.ruled_out)
    assert set(pair.ruled_out) == set(pair.swapped.invented)
    for kind in (JensenShannon, TotalVariation, Hellinger):
        assert pair.divergence(kind) <= kind().properties.bound * (1 + 1e-15)


@pytest.mark.parametrize("name", [name for name in ROWS if name != "tiny"])
def test_no_event_differs_more_than_the_named_one(name):
    pair = two(name)
    gaps = [
        abs(pair.p[list(event)].sum() - pair.q[list(event)].sum())
        for size in range(len(pair.p) + 1)
        for event in itertools.combinations(range(len(pair.p)), size)
    ]
    a, b = pair.event_probabilities
    assert a - b == pytest.approx(max(gaps), abs=1e-15)
    assert a - b == pytest.approx(pair.divergence(TotalVariation), abs=1e-15)
    assert all(pair.p[k] > pair.q[k] for k in pair.event)


def test_only_averages_of_logarithms_have_a_unit():
    """Of two independent draws such a divergence doubles; Jensen-Shannon is made of two of them."""
    pair = two("apart")
    double = TwoDistributions(np.outer(pair.p, pair.p).ravel(), np.outer(pair.q, pair.q).ravel())
    for kind in COMPARED:
        adds = equal(double.divergence(kind), 2.0 * pair.divergence(kind))
        assert adds == (kind in ENTROPIC and kind is not JensenShannon)
    middle = 0.5 * (pair.p + pair.q)
    halves = [0.5 * TwoDistributions(one, middle).kl for one in (pair.p, pair.q)]
    assert pair.divergence(JensenShannon) == pytest.approx(sum(halves), rel=1e-13)
    assert JensenShannon in ENTROPIC


# Dragging a bar


@pytest.mark.parametrize("k", range(4))
@pytest.mark.parametrize("probability", [0.0, 1e-9, 0.25, 0.99, 1.0])
def test_a_dragged_bar_leaves_the_others_their_proportions(k, probability):
    row = np.array([0.1, 0.2, 0.3, 0.4])
    new = rescaled(row, k, probability)
    assert new[k] == probability
    assert new.sum() == pytest.approx(1.0, abs=1e-15)
    others = np.delete(np.arange(4), k)
    np.testing.assert_allclose(new[others] * row[others].sum(), row[others] * (1 - probability))
    TwoDistributions(new, row)


def test_where_the_others_have_nothing_they_share_alike():
    np.testing.assert_allclose(rescaled([0.0, 1.0, 0.0], 1, 0.4), [0.3, 0.4, 0.3])
    np.testing.assert_allclose(rescaled([0.0, 1.0, 0.0], 0, 0.4), [0.4, 0.6, 0.0])


@pytest.mark.parametrize("probability", [-0.1, 1.1, math.nan])
def test_a_bar_is_a_probability(probability):
    with pytest.raises(DomainError, match="rescaled: probability is"):
        rescaled([0.5, 0.5], 0, probability)
    with pytest.raises(DomainError, match="rescaled: row"):
        rescaled([0.5, 0.6], 0, 0.5)


@pytest.mark.parametrize("count", range(2, 7))
def test_another_number_of_outcomes_keeps_the_proportions_of_those_that_stay(count):
    row = (0.1, 0.2, 0.3, 0.4)
    new = np.array(spread_over(row, count))
    assert len(new) == count
    assert new.sum() == pytest.approx(1.0, abs=1e-15)
    stay = min(count, 4)
    np.testing.assert_allclose(new[:stay] * sum(row[:stay]), row[:stay], atol=1e-15)
    assert not new[4:].any()


def test_where_no_outcome_stays_likely_all_are_alike():
    assert spread_over((0.0, 0.0, 1.0), 2) == (0.5, 0.5)


@pytest.mark.parametrize(
    ("p", "q", "told"),
    [((0.5, 0.6), (0.5, 0.5), "TwoDistributions: p"), ((0.5, 0.5), (-0.1, 1.1), "q"),
     ((0.5, 0.5), (0.2, 0.3, 0.5), "same two or more"), ((1.0,), (1.0,), "same two or more"),
     (((0.5, 0.5),), ((0.5, 0.5),), "one row each")],
)  # fmt: skip
def test_what_is_no_pair_of_distributions_is_refused(p, q, told):
    with pytest.raises(DomainError, match=told):
        TwoDistributions(np.array(p), np.array(q))


def test_equal_means_up_to_rounding():
    assert equal(math.inf, math.inf)
    assert equal(0.1 + 0.2, 0.3)
    assert equal(1e9, 1e9 + 1e-4)
    assert not equal(1.0, math.inf)
    assert not equal(0.0, 1e-9)


def test_rows_are_kept_and_cannot_be_changed():
    p = np.array([0.5, 0.5])
    pair = TwoDistributions(p, p)
    p[0] = 0.0
    assert pair.p[0] == 0.5
    with pytest.raises(ValueError, match="read-only"):
        pair.p[0] = 1.0
    assert pair.kl == KLDivergence().value(pair.p, pair.q) == 0.0
    assert pair.reverse == ReverseKL().value(pair.p, pair.q) == 0.0


@every_row
def test_two_are_alike_where_every_ratio_is_1_up_to_rounding(name):
    p, q = map(np.array, ROWS[name])
    assert two(name).alike == bool((np.abs(p - q) <= 1e-12 * np.abs(q)).all())
    assert TwoDistributions(p, p).alike


def test_what_one_rules_out_is_never_a_rounding():
    assert not TwoDistributions([1.0, 0.0], [1.0 - 1e-16, 1e-16]).alike


@pytest.mark.parametrize("seed", range(20))
def test_the_largest_and_the_least_terms_are_all_that_are_as_large(seed):
    random = np.random.default_rng(seed)
    count = int(random.integers(2, 7))
    p, q = (random.integers(0, 3, count) + np.eye(count)[0] for _ in "pq")
    pair = TwoDistributions(p / p.sum(), q / q.sum())
    for chosen, terms in ((pair.largest, pair.terms), (pair.least, -pair.terms)):
        top = terms.max()
        near = [k for k in range(count) if math.isclose(terms[k], top, rel_tol=1e-11)]
        assert list(chosen) == (near if top > 0 else [])
