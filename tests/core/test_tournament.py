"""The tournament of losses: information by quadrature, estimates by search, honest winners."""

import itertools
import math

import numpy as np
import pytest
from scipy import integrate, optimize

import core.likelihoods
from core.likelihoods import (
    NOISES,
    AsymmetricLaplaceNoise,
    GaussianNoise,
    GaussianPrior,
    HuberNoise,
    InsensitiveNoise,
    LaplaceNoise,
    LogisticNoise,
    StudentTNoise,
)
from core.losses.residual import Cauchy, Huber, LogCosh
from core.mle_map.tournament import (
    SURE,
    Entrant,
    Tournament,
    entrants,
    fisher_information,
    has_mean,
    run,
    spread_of_noise,
    variance,
)

SETTINGS = (
    *(kind() for kind in NOISES),
    GaussianNoise(0.4),
    LaplaceNoise(2.0),
    AsymmetricLaplaceNoise(0.2, 0.5),
    StudentTNoise(1.0, 0.3),
    StudentTNoise(8.0, 2.0),
    LogisticNoise(0.2),
    HuberNoise(0.4, 1.5),
    HuberNoise(3.0, 0.5),
    InsensitiveNoise(0.2, 2.0),
)
PLAYED = (
    GaussianNoise(0.8), LaplaceNoise(0.7), StudentTNoise(2.0, 0.5), LogisticNoise(0.4),
    HuberNoise(0.6, 0.5),
)  # fmt: skip


@pytest.mark.parametrize("noise", SETTINGS, ids=repr)
def test_information_is_the_mean_square_slope_of_the_log_density(noise):
    cost = noise.loss

    def told(r: float) -> float:
        slope = noise.scale / noise.unit * float(cost.gradient(r / noise.unit))
        return slope * slope * float(noise.density(r))

    seams = [0.0, *(side * getattr(noise, "delta", 0.0) for side in (1, -1))]
    seams += [side * getattr(noise, "epsilon", 0.0) for side in (1, -1)]
    cuts = sorted({-math.inf, *seams, math.inf})
    total = sum(integrate.quad(told, a, b)[0] for a, b in itertools.pairwise(cuts))
    assert fisher_information(noise) == pytest.approx(total, rel=1e-7)


@pytest.mark.parametrize("noise", PLAYED, ids=repr)
def test_the_variance_is_that_of_the_density(noise):
    if isinstance(noise, StudentTNoise):
        assert variance(noise) == math.inf
        noise = StudentTNoise(5.0, 0.7)
    cuts = [-math.inf, -getattr(noise, "delta", 1.0), getattr(noise, "delta", 1.0), math.inf]
    total = sum(
        integrate.quad(lambda r: r * r * float(noise.density(r)), a, b)[0]
        for a, b in itertools.pairwise(cuts)
    )
    assert variance(noise) == pytest.approx(total, rel=1e-7)
    assert variance(noise) * fisher_information(noise) >= 1 - 1e-12


def test_what_is_no_noise_has_neither():
    for ask in (fisher_information, variance, spread_of_noise):
        with pytest.raises(TypeError):
            ask(core.likelihoods.BernoulliLabel())
    assert spread_of_noise(StudentTNoise(2.0, 0.3)) == 0.3
    assert GaussianPrior().tau == 1.0


@pytest.mark.parametrize("noise", PLAYED, ids=repr)
def test_every_estimate_is_the_number_of_least_total_loss(noise):
    targets = noise.sample(np.random.default_rng(0), (12, 15)) + 0.7
    for one in entrants(noise):
        found = one.estimates(targets)
        assert found.shape == (12,)
        for row, estimate in zip(targets, found, strict=True):

            def cost(at, row=row, one=one):
                return float(one.loss.value((at - row) / one.unit).sum())

            grid = np.linspace(row.min(), row.max(), 2001)
            total = one.loss.value((grid[:, None] - row) / one.unit).sum(axis=1)
            near = grid[int(np.argmin(total))]
            best = optimize.minimize_scalar(
                cost, bounds=(near - 0.02, near + 0.02), method="bounded",
                options={"xatol": 1e-11},
            )  # fmt: skip
            assert cost(estimate) <= min(best.fun, total.min()) * (1 + 1e-10) + 1e-13


def test_steep_estimates_settle_to_the_last_digits():
    targets = np.random.default_rng(1).normal(size=(40, 25))
    for loss in (Huber(delta=0.3), LogCosh(), Cauchy(scale=0.8)):
        found = Entrant(loss, 1.0).estimates(targets)
        pull = np.abs(loss.gradient(found[:, None] - targets).sum(axis=1))
        assert pull.max() < 1e-11
    twins = np.array([[-1.0, -1.0, 1.0, 1.0]])
    assert abs(Entrant(Huber(delta=0.1), 1.0).estimates(twins)[0]) <= 1.0


def test_of_two_heaps_the_better_is_found_wherever_the_median_lies():
    rng = np.random.default_rng(3)
    heap = rng.normal(0.0, 0.05, (30, 8))
    rest = rng.uniform(2.0, 9.0, (30, 13))  # more of them, and the median among them
    targets = np.concatenate([heap, rest], axis=1)
    found = Entrant(Cauchy(scale=0.1), 1.0).estimates(targets)
    grid = np.linspace(-1.0, 9.0, 4001)
    for row, estimate in zip(targets, found, strict=True):
        total = Cauchy(scale=0.1).value(grid[:, None] - row).sum(axis=1)
        assert Cauchy(scale=0.1).value(estimate - row).sum() <= total.min() + 1e-9
    assert (np.abs(found) < 0.2).all()


def test_estimates_move_with_the_targets():
    targets = np.random.default_rng(2).normal(size=(5, 11))
    for noise in PLAYED:
        for one in entrants(noise):
            np.testing.assert_allclose(
                one.estimates(targets + 3.0), one.estimates(targets) + 3.0, atol=1e-9
            )


@pytest.mark.parametrize("noise", PLAYED, ids=repr)
def test_the_noise_brings_its_own_loss_once(noise):
    own = [one for one in entrants(noise) if one.own]
    assert len(own) == 1
    assert (own[0].loss, own[0].unit) == (noise.loss, noise.unit)
    assert len({one.name for one in entrants(noise)}) == len(entrants(noise)) == 5


def test_knobs_suit_the_spread_and_a_foreign_loss_joins():
    names = {type(one.loss).__name__: one for one in entrants(GaussianNoise(2.0))}
    assert names["Huber"].loss.delta == pytest.approx(2.69)
    assert names["Cauchy"].loss.scale == pytest.approx(4.77)
    assert names["LogCosh"].unit == 2.0
    assert len(entrants(AsymmetricLaplaceNoise())) == 6


def played(noise, **asked) -> Tournament:
    return list(run(noise, **asked))[-1]


def test_a_run_reports_its_progress_and_repeats_with_its_seed():
    steps = list(run(GaussianNoise(1.0), sets=25, count=10, seed=3))
    assert [step.sets for step in steps] == [10, 20, 25]
    np.testing.assert_array_equal(steps[-1].estimates[:, :20], steps[1].estimates)
    again = played(GaussianNoise(1.0), sets=25, count=10, seed=3)
    np.testing.assert_array_equal(again.estimates, steps[-1].estimates)
    other = played(GaussianNoise(1.0), sets=25, count=10, seed=4)
    assert (other.estimates != again.estimates).any()
    assert len({tuple(column) for column in again.estimates.T}) == 25


def test_the_mean_of_normal_noise_reaches_the_bound_and_nothing_beats_it():
    told = played(GaussianNoise(0.8), sets=4000, count=20)
    assert told.bound == pytest.approx(0.8**2 / 20)
    mean = told.entrants[0]
    assert mean.own
    error = told.mean_square_error
    assert told.mean_square[0] == pytest.approx(told.bound, abs=4 * error[0])
    assert (told.mean_square > told.bound - 4 * error).all()
    assert told.best == 0
    assert told.winner is mean


def test_the_median_needs_more_targets_under_normal_noise():
    told = played(GaussianNoise(1.0), sets=4000, count=101)
    assert told.mean_square[1] / told.bound == pytest.approx(math.pi / 2, abs=0.12)


@pytest.mark.parametrize("noise", PLAYED, ids=repr)
def test_the_own_loss_comes_to_the_bound_with_many_targets(noise):
    told = played(noise, sets=600, count=200)
    own = next(place for place, one in enumerate(told.entrants) if one.own)
    slack = 0.12 if isinstance(noise, LaplaceNoise) else 0.02  # the median arrives slowly
    error = told.mean_square_error[own]
    assert abs(told.mean_square[own] - told.bound) < slack * told.bound + 4 * error


def test_figures_of_a_run_are_those_of_numpy():
    told = played(LaplaceNoise(1.0), sets=50, count=9)
    first = told.estimates[0]
    assert told.bias[0] == pytest.approx(first.mean())
    assert told.spread[0] == pytest.approx(np.std(first, ddof=1))
    assert told.mean_square[0] == pytest.approx(np.mean(first**2))
    assert told.mean_square_error[0] == pytest.approx(np.std(first**2, ddof=1) / math.sqrt(50))
    assert told.best == int(np.argmin((told.estimates**2).mean(axis=1)))


HEAVY = [StudentTNoise(nu, s) for nu in (0.5, 1.0, 1.5, 2.0) for s in (0.05, 1.0, 10.0)]


@pytest.mark.parametrize("noise", HEAVY, ids=repr)
@pytest.mark.parametrize("count", [5, 25, 60])
def test_heavy_tails_do_not_hide_who_lies_farther_nor_leave_float64(noise, count):
    for seed in (0, 7):
        told = played(noise, sets=200, count=count, seed=seed)
        far = np.abs(told.estimates)
        for place in range(len(told.entrants)):
            farther = int((far[place] > far[told.best]).sum())
            assert told.farther[place] <= farther
            if told.farther[place] >= 125:
                assert place not in told.leaders
        assert 0 not in told.leaders or noise.nu > 1.0


@pytest.mark.parametrize("noise", [*HEAVY, *SETTINGS], ids=repr)
def test_wild_targets_cost_the_other_sets_no_digits(noise):
    targets = noise.targets(np.zeros((40, 25)), np.random.default_rng(4))
    for one in entrants(noise):
        if not one.loss.properties.smooth:
            continue
        found = one.estimates(targets)
        alone = np.array([one.estimates(row[None])[0] for row in targets])
        np.testing.assert_allclose(found, alone, rtol=1e-9, atol=1e-11)


def test_the_mean_is_missing_just_where_its_integral_diverges():
    assert [has_mean(StudentTNoise(nu)) for nu in (0.5, 1.0, 1.0001, 3.0)] == [0, 0, 1, 1]
    assert all(has_mean(kind()) for kind in NOISES)


def made(*rows: np.ndarray) -> Tournament:
    those = entrants(GaussianNoise(1.0))[: len(rows)]
    return Tournament(GaussianNoise(1.0), 25, those, np.array(rows), 0.04)


def test_no_winner_is_named_within_the_noise():
    rng = np.random.default_rng(5)
    one, two = rng.normal(size=200), rng.normal(size=200)
    told = made(one, two, 3.0 * rng.normal(size=200))
    assert told.winner is None
    assert set(told.leaders) == {0, 1}
    assert told.leaders[0] == told.best


def test_one_that_lies_farther_in_clearly_more_sets_is_told_apart_however_wild():
    rng = np.random.default_rng(8)
    best = rng.normal(size=200)
    for wild in (1e3, 1e6, 1e9):
        worse = 2.0 * best
        worse[0] = wild
        assert made(best, worse).winner is not None
        even = best * np.where(rng.permutation(200) < 95, 0.5, 2.0)
        even[0] = wild
        assert made(best, even).winner is None


def test_what_differs_by_rounding_alone_is_even():
    one = np.random.default_rng(9).normal(size=200)
    told = made(one, one * (1 + 1e-14), -one)
    assert told.winner is None
    assert told.nearer.tolist() == told.farther.tolist() == [0, 0, 0]


def test_where_counts_and_squares_contradict_each_other_nobody_wins():
    near = np.full(200, 0.9)
    near[:40] = 3.0
    steady = np.ones(200)
    told = made(steady, near)
    assert told.best == 0
    assert told.nearer[1] == 160
    assert told.leaders == (0, 1)


def test_a_winner_needs_that_many_standard_errors_on_the_same_sets():
    rng = np.random.default_rng(6)
    base = rng.normal(size=200) ** 2
    for apart, wins in ((SURE * 0.9, False), (SURE * 1.1, True)):
        noise = rng.normal(size=200)
        noise -= noise.mean()
        noise *= 0.01 / (noise.std(ddof=1) / math.sqrt(200))
        worse = base + 1.0 + noise + apart * 0.01
        told = made(np.sqrt(base + 1.0), np.sqrt(worse))
        assert (told.winner is not None) == wins
        assert told.best == 0
