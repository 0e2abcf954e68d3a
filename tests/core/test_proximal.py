"""Laws of the race: what a proximal step is, how fast it falls, and what a subgradient misses."""

import math

import numpy as np
import pytest

from core.declare import ParameterError
from core.objectives import ObjectiveError, Penalized
from core.optimizers import Outcome
from core.penalties import L1, L2, ElasticNet, Penalty
from core.regularization.mean_square import MeanSquare
from core.regularization.penalized_fit import cost, minimize
from core.regularization.proximal import (
    RACERS,
    ProximalGradient,
    SubgradientDescent,
    drawn_in,
    race,
)
from core.regularization.two_features import two_features

PENALTIES: tuple[Penalty, ...] = (L1(), L2(), ElasticNet(0.5), ElasticNet(0.9))
every_penalty = pytest.mark.parametrize("penalty", PENALTIES, ids=repr)
STORIES = ("overlap", "useless", "against")
every_story = pytest.mark.parametrize("key", STORIES)
STRENGTHS = (0.0, 0.1, 1.0, 3.0)
START = (-1.3, 2.1)


def told(key: str) -> MeanSquare:
    story = two_features()[key]
    x = story.features(story.correlation)
    return story.problem(x, story.values(x, (0.0, 0.0), {}))


def gaps(problem, penalty, strength, points) -> np.ndarray:
    best = minimize(problem, penalty, strength)
    whole = Penalized(problem, penalty, strength)
    return whole.values(points) - whole.value(best)


@every_penalty
def test_a_step_is_that_of_the_penalties_own_proximal_operator(penalty):
    w = np.random.default_rng(0).normal(size=(50, 4)) * 3
    w[0] = 0.0
    for strength in (0.0, 0.2, 1.0, 30.0):
        np.testing.assert_allclose(
            drawn_in(penalty, strength, w), penalty.proximal(w, strength), rtol=1e-14
        )
    problem, found = told("overlap"), ProximalGradient(0.7)
    path = race(problem, penalty, 0.8, found, START, 1)
    size = 0.7 / problem.steepest
    moved = np.array(START) - size * problem.gradient(START)
    np.testing.assert_allclose(path.points[1], penalty.proximal(moved, 0.8 * size), rtol=1e-13)


@every_penalty
@every_story
@pytest.mark.parametrize("pace", [0.2, 0.6, 1.0])
def test_proximal_steps_never_rise_up_to_one_over_the_curvature(penalty, key, pace):
    problem = told(key)
    for strength in STRENGTHS:
        path = race(problem, penalty, strength, ProximalGradient(pace), START, 80)
        assert (np.diff(path.values) <= 1e-14 * path.values[0]).all()


@every_penalty
@every_story
@pytest.mark.parametrize("pace", [0.2, 1.0])
def test_after_k_steps_they_are_within_the_bound(penalty, key, pace):
    """Beck and Teboulle (2009), theorem 3.1: F(w_k) - F* ≤ ‖w_0 - w*‖² / (2 α k)."""
    problem = told(key)
    size = pace / problem.steepest
    for strength in STRENGTHS:
        best = minimize(problem, penalty, strength)
        path = race(problem, penalty, strength, ProximalGradient(pace), START, 60)
        above = gaps(problem, penalty, strength, path.points)[1:]
        far = float(np.sum((np.array(START) - best) ** 2))
        assert (above <= far / (2.0 * size * np.arange(1, 61)) + 1e-13).all()


@every_penalty
@every_story
def test_with_momentum_they_are_within_the_better_bound(penalty, key):
    """Theorem 4.4: F(w_k) - F* ≤ 2 ‖w_0 - w*‖² / (α (k + 1)²)."""
    problem = told(key)
    size = 1.0 / problem.steepest
    for strength in STRENGTHS:
        best = minimize(problem, penalty, strength)
        path = race(problem, penalty, strength, ProximalGradient(1.0, quick=True), START, 60)
        above = gaps(problem, penalty, strength, path.points)[1:]
        far = float(np.sum((np.array(START) - best) ** 2))
        assert (above <= 2.0 * far / (size * np.arange(2, 62) ** 2) + 1e-13).all()


def test_momentum_pays_in_a_long_valley():
    story = two_features()["overlap"]
    x = story.features(0.99)
    problem = story.problem(x, story.values(x, (0.0, 0.0), {}))
    plain, quick = (
        race(problem, L1(), 0.02, ProximalGradient(1.0, quick), START, 60).values[-1]
        for quick in (False, True)
    )
    best = cost(problem, L1(), 0.02, minimize(problem, L1(), 0.02))
    assert (quick - best) < 0.2 * (plain - best)


@every_penalty
@every_story
@pytest.mark.parametrize("quick", [False, True])
def test_they_arrive_at_the_exact_minimum_zeros_and_all(penalty, key, quick):
    problem = told(key)
    for strength in STRENGTHS:
        best = minimize(problem, penalty, strength)
        path = race(problem, penalty, strength, ProximalGradient(1.0, quick), START, 2000)
        np.testing.assert_allclose(path.points[-1], best, atol=1e-9)
        assert ((path.points[-1] == 0.0) == (best == 0.0)).all()
        assert path.outcome is Outcome.CONVERGED


@every_story
@pytest.mark.parametrize("fading", [False, True])
def test_subgradients_never_set_a_coefficient_to_exactly_zero(key, fading):
    problem = told(key)
    strength = 1.01 * 2.0 * float(np.sort(np.abs(problem.moment))[0])
    assert (minimize(problem, L1(), strength) == 0.0).any()
    path = race(problem, L1(), strength, SubgradientDescent(1.0, fading), START, 400)
    assert (path.points != 0.0).all()


def test_alike_steps_circle_at_a_corner_and_smaller_ones_get_there():
    problem = told("useless")
    alike = race(problem, L1(), 0.5, SubgradientDescent(1.0), START, 200)
    assert alike.outcome is Outcome.CIRCLING
    steady = gaps(problem, L1(), 0.5, alike.points)
    assert steady[-100:].min() > 1e-3
    fading = [
        gaps(problem, L1(), 0.5, race(
            problem, L1(), 0.5, SubgradientDescent(1.0, True), START, steps).points)[-1]
        for steps in (100, 1000, 10_000)
    ]  # fmt: skip
    assert fading[0] > fading[1] > fading[2]
    assert fading[2] < 0.02


def test_a_subgradient_step_is_against_the_slope_of_the_whole_cost():
    problem, penalty = told("overlap"), ElasticNet(0.3)
    size = 0.4 / problem.steepest
    for fading in (False, True):
        path = race(problem, penalty, 0.7, SubgradientDescent(0.4, fading), START, 4)
        slope = Penalized(problem, penalty, 0.7).gradient(path.points[3])
        share = 0.5 if fading else 1.0
        np.testing.assert_allclose(path.points[4], path.points[3] - share * size * slope)


def test_without_a_corner_both_are_gradient_descent_and_arrive():
    problem = told("overlap")
    path = race(problem, L2(), 0.5, SubgradientDescent(1.0), START, 300)
    np.testing.assert_allclose(path.points[-1], minimize(problem, L2(), 0.5), atol=1e-9)
    assert path.outcome is Outcome.CONVERGED


@pytest.mark.parametrize("racer", [ProximalGradient(2.4), SubgradientDescent(2.4)], ids=repr)
@every_penalty
def test_too_large_steps_run_away_and_are_told_so(racer, penalty):
    path = race(told("overlap"), penalty, 0.01, racer, START, 400)
    assert path.outcome is Outcome.DIVERGED
    assert np.isfinite(path.points).all()
    assert np.isfinite(path.values).all()
    assert path.values[-1] > 1e3 * path.values[0]


def test_a_path_that_only_begins_to_run_away_is_told_so_too():
    path = race(told("overlap"), L2(), 0.01, ProximalGradient(2.1), START, 30)
    assert path.outcome is Outcome.DIVERGED


def test_even_at_the_ends_of_its_knobs_nothing_overflows():
    for racer in (ProximalGradient(100.0), SubgradientDescent(100.0), SubgradientDescent(0.05)):
        for strength in (0.0, 1e6):
            path = race(told("against"), ElasticNet(0.5), strength, racer, (1e50, -1e50), 500)
            assert np.isfinite(path.values).all()
            assert np.isfinite(path.gradients).all()


def test_few_small_steps_run_out():
    path = race(told("overlap"), L1(), 0.1, ProximalGradient(0.05), START, 5)
    assert path.outcome is Outcome.RAN_OUT


def test_a_start_at_the_minimum_has_arrived():
    problem = told("overlap")
    best = minimize(problem, L1(), 1.0)
    for kind in RACERS[:1]:
        path = race(problem, L1(), 1.0, kind(), best, 20)
        assert path.outcome is Outcome.CONVERGED
        np.testing.assert_allclose(path.points, np.tile(best, (21, 1)), atol=1e-14)


def test_twins_end_where_the_start_leads_at_the_same_cost():
    problem = told("twins")
    ends = [race(problem, L1(), 0.5, ProximalGradient(), at, 200) for at in ((2, 0.1), (0.1, 2))]
    assert {one.outcome for one in ends} == {Outcome.CONVERGED}
    assert abs(ends[0].points[-1] - ends[1].points[-1]).max() > 0.5
    assert ends[0].values[-1] == pytest.approx(ends[1].values[-1], rel=1e-12)


def test_a_path_tells_cost_and_slope_at_every_step():
    problem, penalty = told("against"), ElasticNet(0.5)
    path = race(problem, penalty, 0.4, ProximalGradient(), START, 12)
    whole = Penalized(problem, penalty, 0.4)
    assert path.points.shape == (13, 2)
    for point, value, slope in zip(path.points, path.values, path.gradients, strict=True):
        assert value == pytest.approx(whole.value(point))
        np.testing.assert_allclose(slope, whole.gradient(point), atol=1e-12)


def test_ten_features_run_as_well_as_two():
    random = np.random.default_rng(2)
    problem = MeanSquare.of(random.normal(size=(40, 10)), random.normal(size=40))
    path = race(problem, L1(), 0.1, ProximalGradient(), np.zeros(10), 3000)
    np.testing.assert_allclose(path.points[-1], minimize(problem, L1(), 0.1), atol=1e-10)


@pytest.mark.parametrize(
    "start", [(1.0,), (1.0, math.nan), (1.0, 2.0, 3.0), (math.inf, 0.0), (0.0, -1e101)]
)
def test_a_start_that_is_none_is_refused(start):
    with pytest.raises(ObjectiveError, match="race: start"):
        race(told("overlap"), L1(), 0.1, ProximalGradient(), start, 5)


@pytest.mark.parametrize("pace", [0.0, -1.0, math.nan, 101.0])
def test_a_step_size_that_is_none_is_refused(pace):
    with pytest.raises(ParameterError, match="pace"):
        ProximalGradient(pace)
