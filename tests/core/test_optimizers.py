"""Laws of optimizers and of the paths they take, against theory, a transcription and PyTorch."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import core.optimizers
from core.declare import ParameterError
from core.losses.residual import (
    AbsoluteError,
    Cauchy,
    Huber,
    LogCosh,
    Quantile,
    SquaredError,
    Tukey,
)
from core.objectives import (
    LinearRegression,
    ObjectiveError,
    RootMean,
    curvature,
    stability_limit,
)
from core.optimizers import (
    OPTIMIZERS,
    Adam,
    GradientDescent,
    Momentum,
    Optimizer,
    Outcome,
    Trajectory,
    descend,
)
from core.regression.fitting import best_fit
from tests.core.cases import DATA, LOSSES, heavy, name_of, normal, with_outlier

RECORDED = json.loads((Path(__file__).parent / "recorded" / "optimizers.json").read_text())
RULES: tuple[Optimizer, ...] = (
    GradientDescent(0.3),
    Momentum(0.05, 0.9),
    Momentum(0.2, 0.0),
    Adam(0.1),
    Adam(0.5, 0.7, 0.9, 1e-3),
)

every_loss = pytest.mark.parametrize("loss", LOSSES, ids=name_of)
every_rule = pytest.mark.parametrize("rule", RULES, ids=repr)


def quadratic() -> LinearRegression:
    return LinearRegression(*normal(40), SquaredError())


# The rules


@pytest.mark.parametrize(
    "path",
    RECORDED["paths"],
    ids=lambda path: f"{path['optimizer']}-{path['parameters']['learning_rate']}-{path['loss']}",
)
def test_paths_are_those_of_pytorch(path):
    loss = {"SquaredError": SquaredError(), "Huber": Huber()}[path["loss"]]
    rule = {kind.__name__: kind for kind in OPTIMIZERS}[path["optimizer"]](**path["parameters"])
    objective = LinearRegression(RECORDED["x"], RECORDED["y"], loss)
    found = descend(objective, rule, RECORDED["start"], len(path["points"]) - 1)
    np.testing.assert_allclose(found.points, path["points"], rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(found.values, path["values"], rtol=1e-10)
    np.testing.assert_allclose(found.gradients, path["gradients"], rtol=1e-8, atol=1e-10)


def gradients_and_points(rule: Optimizer, count: int = 30) -> tuple[list, list]:
    """Return gradients from nowhere in particular, and the points the rule makes of them."""
    rng = np.random.default_rng(0)
    point = np.array([1.0, -2.0])
    state, gradients, points = rule.init(point), [], [point]
    for _ in range(count):
        gradient = rng.normal(size=2) * np.array([1.0, 50.0])
        point, state = rule.step(point, gradient, state)
        gradients.append(gradient)
        points.append(point)
    return gradients, points


def test_momentum_is_the_sum_of_all_gradients_each_fading():
    rule = Momentum(0.03, 0.8)
    gradients, points = gradients_and_points(rule)
    for t in range(len(gradients)):
        velocity = sum(0.8 ** (t - k) * gradients[k] for k in range(t + 1))
        np.testing.assert_allclose(points[t + 1], points[t] - 0.03 * velocity, rtol=1e-12)


def test_adam_divides_each_weighted_mean_by_its_weights():
    rule = Adam(0.2, 0.85, 0.99, 1e-4)
    gradients, points = gradients_and_points(rule)
    for t in range(1, len(gradients) + 1):
        first = np.array([0.85 ** (t - k) for k in range(1, t + 1)])
        second = np.array([0.99 ** (t - k) for k in range(1, t + 1)])
        mean = first @ np.array(gradients[:t]) / first.sum()
        square = second @ np.array(gradients[:t]) ** 2 / second.sum()
        step = 0.2 * mean / (np.sqrt(square) + 1e-4)
        np.testing.assert_allclose(points[t], points[t - 1] - step, rtol=1e-12)


def test_first_step_of_adam_is_one_learning_rate_in_each_parameter():
    rule, point = Adam(0.25), np.zeros(2)
    moved, _ = rule.step(point, np.array([1e3, -1e-3]), rule.init(point))
    np.testing.assert_allclose(moved, [-0.25, 0.25], rtol=1e-4)


def test_momentum_without_memory_is_gradient_descent():
    heavy_ball = descend(quadratic(), Momentum(0.2, 0.0), (3.0, -3.0), 40)
    plain = descend(quadratic(), GradientDescent(0.2), (3.0, -3.0), 40)
    np.testing.assert_array_equal(heavy_ball.points, plain.points)


@every_rule
def test_state_is_passed_in_and_nothing_is_kept(rule):
    point, gradient = np.array([1.0, 2.0]), np.array([0.5, -3.0])
    _, state = rule.step(point, gradient, rule.init(point))
    once, _ = rule.step(point, gradient, state)
    again, _ = rule.step(point, gradient, state)
    np.testing.assert_array_equal(once, again)
    np.testing.assert_array_equal(point, [1.0, 2.0])


def test_the_registry_lists_every_rule_with_its_words():
    concrete = {k for k in vars(core.optimizers).values() if isinstance(k, type)}
    concrete = {k for k in concrete if issubclass(k, Optimizer) and k is not Optimizer}
    assert set(OPTIMIZERS) == concrete
    for kind in OPTIMIZERS:
        assert kind.name
        assert r"\theta_{t+1}" in kind.formula
        assert kind.source.year > 1800


@pytest.mark.parametrize("rate", [0.0, -1.0, math.nan])
def test_a_learning_rate_that_goes_nowhere_or_uphill_is_refused(rate):
    for kind in OPTIMIZERS:
        with pytest.raises(ParameterError, match="learning_rate"):
            kind(rate)


@pytest.mark.parametrize("knob", [{"beta1": 1.0}, {"beta2": -0.1}, {"epsilon": 0.0}])
def test_adam_refuses_memory_without_end_and_division_by_zero(knob):
    with pytest.raises(ParameterError):
        Adam(**knob)


# Theory


def test_each_step_shrinks_the_error_by_one_minus_rate_times_curvature():
    objective, rate = quadratic(), 0.35
    best = best_fit(objective).theta
    curvatures, axes = np.linalg.eigh(objective.hessian(best))
    path = descend(objective, GradientDescent(rate), (4.0, -3.0), 25)
    errors = (path.points - best) @ axes
    expected = errors[0] * (1 - rate * curvatures) ** np.arange(26)[:, None]
    np.testing.assert_allclose(errors, expected, rtol=1e-9, atol=1e-13)


def test_heavy_ball_follows_its_two_term_recurrence():
    objective, rate, beta = quadratic(), 0.1, 0.7
    best = best_fit(objective).theta
    curvatures, axes = np.linalg.eigh(objective.hessian(best))
    errors = (descend(objective, Momentum(rate, beta), (4.0, -3.0), 40).points - best) @ axes
    following = (1 + beta - rate * curvatures) * errors[1:-1] - beta * errors[:-2]
    np.testing.assert_allclose(errors[2:], following, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["normal", "heavy", "lattice", "three points"])
@pytest.mark.parametrize("origin", [0.0, 1.0])
def test_the_stability_limit_parts_convergence_from_divergence(name, origin):
    objective = LinearRegression(*DATA[name], SquaredError(), origin=origin)
    limit = stability_limit(objective)
    best = best_fit(objective).theta
    _, axes = np.linalg.eigh(objective.hessian(best))
    start = best + axes[:, 1]
    below = descend(objective, GradientDescent(0.99 * limit), start, 1500)
    above = descend(objective, GradientDescent(1.01 * limit), start, 1500)
    assert below.outcome is Outcome.CONVERGED
    np.testing.assert_allclose(below.points[-1], best, atol=1e-6)
    assert above.outcome is Outcome.DIVERGED
    assert above.values[-1] > 1e6 * above.values[0]


def test_the_heavy_ball_bears_a_larger_rate_by_one_plus_beta():
    objective = quadratic()
    limit = (1 + 0.6) * stability_limit(objective)
    start = best_fit(objective).theta + 1.0
    assert descend(objective, Momentum(0.97 * limit, 0.6), start, 900).outcome is Outcome.CONVERGED
    assert descend(objective, Momentum(1.03 * limit, 0.6), start, 900).outcome is Outcome.DIVERGED


# Trajectories


@every_loss
@every_rule
def test_a_path_holds_points_with_their_values_and_gradients(loss, rule):
    objective = LinearRegression(*heavy(30), loss)
    path = descend(objective, rule, (-1.0, 2.0), 20)
    steps = len(path.points) - 1
    assert steps <= 20
    assert path.points.shape == path.gradients.shape == (steps + 1, 2)
    assert path.values.shape == (steps + 1,)
    np.testing.assert_array_equal(path.points[0], [-1.0, 2.0])
    for point, value, gradient in zip(path.points, path.values, path.gradients, strict=True):
        assert value == pytest.approx(objective.value(point), rel=1e-12)
        np.testing.assert_allclose(gradient, objective.gradient(point), rtol=1e-12)


@every_loss
@pytest.mark.parametrize("rate", [1e-3, 1.0, 50.0, 1e6, 1e300])
def test_no_path_ever_holds_a_number_that_is_not_finite(loss, rate):
    for points in (normal(20), with_outlier(20, 1e50)):
        for rule in (GradientDescent(rate), Momentum(rate), Adam(rate)):
            for start in ((2.0, 2.0), (1e160, -1e200)):
                path = descend(LinearRegression(*points, loss), rule, start, 40)
                for array in (path.points, path.values, path.gradients):
                    assert np.isfinite(array).all()
                assert len(path.points) >= 1


def test_no_steps_leave_the_start():
    path = descend(quadratic(), GradientDescent(), (1.0, 1.0), 0)
    np.testing.assert_array_equal(path.points, [[1.0, 1.0]])
    assert path.outcome is Outcome.RAN_OUT


@pytest.mark.parametrize("start", [(1.0,), (math.nan, 0.0), (math.inf, 0.0), ((1.0, 2.0),)])
def test_a_start_that_is_no_point_is_refused(start):
    with pytest.raises(ObjectiveError, match="start"):
        descend(quadratic(), GradientDescent(), start, 5)


# Outcomes


def ends(objective, rule, start, steps=200) -> Outcome:
    return descend(objective, rule, start, steps).outcome


def test_every_outcome_is_a_sentence_of_its_own():
    sentences = [outcome.value for outcome in Outcome]
    assert len(set(sentences)) == len(sentences)
    assert all(s[0].isupper() and s.endswith(".") and ":" in s for s in sentences)


@pytest.mark.parametrize("loss", [SquaredError(), Huber(), LogCosh(), Cauchy(), Tukey()], ids=repr)
def test_a_smooth_bowl_is_reached(loss):
    objective = LinearRegression(*normal(40), loss)
    path = descend(objective, GradientDescent(0.5), (2.0, -1.0), 200)
    assert path.outcome is Outcome.CONVERGED
    np.testing.assert_allclose(path.points[-1], best_fit(objective).theta, atol=1e-3)


@pytest.mark.parametrize("loss", [SquaredError(), Huber(), AbsoluteError(), Tukey()], ids=repr)
@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_too_few_steps_run_out(loss, kind):
    assert ends(LinearRegression(*normal(40), loss), kind(0.001), (2.0, -1.0), 30) is (
        Outcome.RAN_OUT
    )


@pytest.mark.parametrize("unit", [0.1, 1.0, 8.0])
def test_almost_there_is_not_there(unit):
    x, y = normal(40)
    objective = LinearRegression(unit * x, y, SquaredError())
    curvatures, axes = np.linalg.eigh(objective.hessian(np.zeros(2)))
    best, rate = best_fit(objective).theta, min(0.4 / curvatures[0], 1.9 / curvatures[1])
    arrives = math.ceil(math.log(1e-4) / math.log(1 - rate * curvatures[0]))
    around = arrives // 50 + 3
    start = best + axes[:, 0]
    assert ends(objective, GradientDescent(rate), start, arrives - around) is Outcome.RAN_OUT
    assert ends(objective, GradientDescent(rate), start, arrives + around) is Outcome.CONVERGED


def test_a_start_at_the_minimum_has_converged_already():
    for loss in (SquaredError(), LogCosh(), Cauchy()):
        objective = LinearRegression(*normal(40), loss)
        assert ends(objective, GradientDescent(0.1), best_fit(objective).theta) is (
            Outcome.CONVERGED
        )


@pytest.mark.parametrize("loss", [AbsoluteError(), Quantile(tau=0.8)], ids=repr)
def test_a_fixed_rate_circles_a_kink(loss):
    objective = LinearRegression(*normal(41), loss)
    assert ends(objective, GradientDescent(0.5), (2.0, -1.0)) is Outcome.CIRCLING


def test_a_heavy_ball_that_swings_less_and_less_is_not_circling():
    for loss in (SquaredError(), Huber(), LogCosh()):
        objective = LinearRegression(*heavy(50), loss)
        for rate in (0.02, 0.05, 0.1):
            for steps in (60, 80, 100, 140):
                found = ends(objective, Momentum(rate, 0.9), (3.0, 3.0), steps)
                assert found in (Outcome.RAN_OUT, Outcome.CONVERGED)


def test_far_from_all_points_tukey_stalls_and_convex_losses_do_not():
    points = normal(40)
    for rule in (GradientDescent(0.5), Momentum(0.5), Adam(0.5)):
        assert ends(LinearRegression(*points, Tukey()), rule, (0.0, 1e3)) is Outcome.STALLED
        assert ends(LinearRegression(*points, Huber()), rule, (0.0, 1e3)) is Outcome.RAN_OUT


def test_far_from_all_points_cauchy_stalls_under_steps_that_follow_its_gradient():
    objective = LinearRegression(*normal(40), Cauchy(scale=0.1))
    assert ends(objective, GradientDescent(0.5), (0.0, 1e4)) is Outcome.STALLED


def test_the_level_floor_of_a_convex_cost_is_a_minimum_and_no_plateau():
    for loss in (AbsoluteError(), Huber()):
        objective = LinearRegression([0.0] * 2, [-5.0, 5.0], loss)
        assert ends(objective, GradientDescent(0.5), (0.0, 1.0)) is Outcome.CONVERGED


def test_a_ball_rolls_on_where_the_gradient_is_zero():
    objective = LinearRegression([0.0] * 2, [-9.0, 9.0], Huber(delta=1.0))
    path = descend(objective, Momentum(0.5, 0.9), (0.0, 8.5), 30)
    level = np.flatnonzero(path.gradients[:, 1] == 0)
    assert level.size > 2
    assert (np.diff(path.points[level, 1]) != 0).all()


def test_one_x_fits_the_height_and_leaves_the_slope():
    objective = LinearRegression([2.0, 2.0, 2.0], [0.0, 1.0, 5.0], SquaredError())
    path = descend(objective, GradientDescent(0.05), (0.5, 0.0), 400)
    assert path.outcome is Outcome.CONVERGED
    assert objective.predict(path.points[-1], 2.0) == pytest.approx(2.0)


def test_rounding_is_no_slope_where_one_x_leaves_the_slope_open():
    rng = np.random.default_rng(2)
    for _ in range(40):
        y = rng.normal(size=7)
        objective = LinearRegression(np.full(7, 1.7), y, SquaredError())
        slope = rng.normal()
        start = (slope, y.mean() - 1.7 * slope)
        assert ends(objective, GradientDescent(0.05), start, 0) is Outcome.CONVERGED


def test_a_long_valley_is_not_taken_for_its_floor():
    x = 1e4 + np.linspace(-1.0, 1.0, 40)
    y = 3.0 * (x - 1e4) + np.sin(40 * x)
    objective = LinearRegression(x, y, SquaredError())
    low, high = curvature(objective)
    assert low < 1e-8 * high
    rule = GradientDescent(0.5 * stability_limit(objective))
    for start in ((0.0, 0.5), (0.0, -30000.5)):
        assert ends(objective, rule, start, 300) is Outcome.RAN_OUT


def test_divergence_ends_with_the_last_point_that_can_be_shown():
    objective = quadratic()
    path = descend(objective, GradientDescent(30.0), (2.0, 2.0), 5000)
    assert path.outcome is Outcome.DIVERGED
    assert 2 < len(path.points) < 50
    assert (path.values[3:] > path.values[2:-1]).all()
    assert path.values.max() <= 1e9 * path.values[0]


def test_root_mean_squares_descend_to_the_same_place():
    mean = quadratic()
    path = descend(RootMean(mean), GradientDescent(0.3), (2.0, -1.0), 400)
    assert path.outcome is Outcome.CONVERGED
    np.testing.assert_allclose(path.points[-1], best_fit(mean).theta, atol=1e-3)


def test_a_trajectory_says_how_it_ended():
    path = descend(quadratic(), GradientDescent(0.3), (2.0, -1.0), 3)
    assert isinstance(path, Trajectory)
    assert path.outcome.value.startswith("Ran out of steps")
