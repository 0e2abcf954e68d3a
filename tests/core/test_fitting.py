"""Laws of best fits: first order conditions, other solvers, and figures from the literature."""

import dataclasses
import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog, minimize

import core.regression.fitting
from core.datasets import dataset
from core.losses.residual import (
    AbsoluteError,
    Barron,
    Cauchy,
    EpsilonInsensitive,
    Huber,
    LogCosh,
    Quantile,
    ResidualLoss,
    SquaredError,
    Tukey,
)
from core.objectives import LinearRegression, Objective, ObjectiveError, RootMean
from core.regression.fitting import best_fit, fits_as_point_travels
from core.regression.vertices import Creases, lowest_vertex
from tests.core.cases import (
    DATA,
    LOSSES,
    heavy,
    name_of,
    normal,
    on_a_lattice,
    with_outlier,
)

RECORDED = json.loads((Path(__file__).parent / "recorded" / "optimizers.json").read_text())
STRAIGHT = tuple(loss for loss in LOSSES if loss.properties.kinks)
SMOOTH = tuple(loss for loss in LOSSES if not loss.properties.kinks)
CONVEX = tuple(loss for loss in SMOOTH if loss.properties.convex)
BENT = tuple(loss for loss in LOSSES if not loss.properties.convex)
# Also scales far below and far above what separates the points.
HARD = (Huber(delta=1e-5), Huber(delta=1e4), Cauchy(scale=1e3), Barron(1.0, 1e-3), Tukey(c=100.0))

every_loss = pytest.mark.parametrize("loss", LOSSES, ids=name_of)
every_data = pytest.mark.parametrize("name", DATA)


def steepest_fall(objective: LinearRegression, theta: np.ndarray) -> float:
    """Return how fast the cost falls at theta in its worst direction, as part of what it could.

    The one-sided slopes are those of the losses just beside each residual; a residual within
    rounding of a kink counts with the kinder side, as the kink itself lies in reach.
    """
    residuals = objective.residuals(theta)
    spread = np.abs(objective.design - objective.design.mean()).max() or 1.0
    u = (objective.design - objective.design.mean()) / spread
    near = 1e-9 * max(1e-300, np.abs(objective.y).max(), np.abs(residuals).max())
    left = objective.loss.gradient(residuals - near)
    right = objective.loss.gradient(residuals + near)
    turns = np.linspace(0, 2 * np.pi, 720, endpoint=False)
    exact = [np.arctan2(-ui, 1.0) for ui in u[:200]]
    turns = np.concatenate([turns, exact, np.add(exact, np.pi)])
    rates = np.outer(np.cos(turns), u) + np.sin(turns)[:, None]
    slopes = np.where(rates > 0, np.maximum(left, right), np.minimum(left, right))
    falls = (rates * slopes) @ objective.shares
    could = np.abs(rates) @ (objective.shares * np.maximum(np.abs(left), np.abs(right)))
    return float(-(falls / np.maximum(could, 1e-300)).min())


def linear_program(loss: ResidualLoss, x: np.ndarray, y: np.ndarray) -> float:
    """Return the lowest mean loss by an independent solver: least t, t above every piece."""
    n = len(x)
    rows, limits = [], []
    for polynomial in loss.pieces.polynomials:
        constant, slope = (*polynomial, 0.0)[:2]
        rows.append(np.column_stack([slope * x, np.full(n, slope), -np.eye(n)]))
        limits.append(slope * y - constant)
    found = linprog(
        [0.0, 0.0, *np.full(n, 1 / n)],
        np.vstack(rows),
        np.concatenate(limits),
        bounds=(None, None),
        method="highs",
    )
    return found.fun


def assert_no_neighbour_is_better(objective: Objective, fit) -> None:
    rng = np.random.default_rng(0)
    near = rng.normal(size=(300, 2)) * np.geomspace(1e-7, 1.0, 300)[:, None]
    values = objective.values(fit.theta + near * np.maximum(1.0, np.abs(fit.theta)))
    assert fit.value <= values.min() * (1 + 1e-12) + 1e-15


# The law


@every_loss
@every_data
def test_nothing_falls_at_the_best_fit(loss, name):
    objective = LinearRegression(*DATA[name], loss)
    fit = best_fit(objective)
    assert fit.value == pytest.approx(objective.value(fit.theta), rel=1e-14)
    assert_no_neighbour_is_better(objective, fit)
    if fit.value > 1e-20:
        assert steepest_fall(objective, fit.theta) < 1e-6


@every_loss
@every_data
def test_every_minimum_is_one_and_the_best_comes_first(loss, name):
    objective = LinearRegression(*DATA[name], loss)
    fit = best_fit(objective)
    assert fit.minima[0].value == fit.value
    np.testing.assert_array_equal(fit.minima[0].theta, fit.theta)
    values = [minimum.value for minimum in fit.minima]
    assert values == sorted(values)
    for minimum in fit.minima:
        assert minimum.value == pytest.approx(objective.value(minimum.theta), rel=1e-14)
    if len(fit.minima) > 1:
        assert not loss.properties.convex
        for minimum in fit.minima[1:]:
            hessian = objective.hessian(minimum.theta)
            assert hessian[1, 1] > 0
            assert name == "one x" or np.linalg.eigvalsh(hessian)[0] > 0
            assert steepest_fall(objective, minimum.theta) < 1e-6


@pytest.mark.parametrize("loss", HARD, ids=name_of)
@pytest.mark.parametrize("name", ["normal", "heavy", "one far outlier", "lattice"])
def test_scales_far_from_that_of_the_points_are_fitted_too(loss, name):
    objective = LinearRegression(*DATA[name], loss)
    fit = best_fit(objective)
    assert_no_neighbour_is_better(objective, fit)
    gradient = objective.gradient(fit.theta)
    pulls = objective.shares @ np.abs(loss.gradient(objective.residuals(fit.theta)))
    assert np.abs(gradient).max() <= 1e-6 * pulls


# Other solvers


@pytest.mark.parametrize("loss", STRAIGHT, ids=name_of)
def test_straight_losses_agree_with_a_linear_program(loss):
    rng = np.random.default_rng(9)
    for trial in range(25):
        n = int(rng.integers(2, 25))
        x, y = (normal, heavy, on_a_lattice)[trial % 3](n) if n > 2 else normal(n)
        if np.ptp(x) == 0:
            continue
        value = best_fit(LinearRegression(x, y, loss)).value
        assert value == pytest.approx(linear_program(loss, x, y), rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("loss", CONVEX, ids=name_of)
@pytest.mark.parametrize("name", ["normal", "heavy", "lattice", "three points"])
def test_smooth_convex_losses_agree_with_a_general_minimiser(loss, name):
    objective = LinearRegression(*DATA[name], loss)
    fit = best_fit(objective)
    found = minimize(objective.value, [0.0, 0.0], jac=objective.gradient, method="BFGS", tol=1e-10)
    assert fit.value <= found.fun * (1 + 1e-12) + 1e-15
    assert fit.value == pytest.approx(found.fun, rel=1e-6)


@pytest.mark.parametrize("loss", BENT, ids=name_of)
@pytest.mark.parametrize("seed", range(4))
def test_no_line_on_a_fine_grid_beats_the_best_of_many_minima(loss, seed):
    x, y = heavy(25, seed)
    y[: 3 + 2 * seed] = 4.0 - 2.0 * x[: 3 + 2 * seed]
    objective = LinearRegression(x, y, loss)
    fit = best_fit(objective)
    slopes, intercepts = np.meshgrid(np.linspace(-5, 5, 161), np.linspace(-7, 7, 161))
    values = objective.values(np.stack([slopes.ravel(), intercepts.ravel()], axis=1))
    assert fit.value <= values.min() + 1e-15


def test_two_groups_of_points_make_two_minima():
    x = np.linspace(-1, 1, 20)
    y = np.where(np.arange(20) % 2 == 0, x + 3.0, x - 3.0)
    fit = best_fit(LinearRegression(x, y, Tukey(c=2.0)))
    near = [m for m in fit.minima if abs(m.theta[0] - 1) < 1e-6]
    heights = sorted(m.theta[1] for m in near)
    np.testing.assert_allclose([heights[0], heights[-1]], [-3.0, 3.0], atol=1e-9)
    assert fit.sentence.startswith(f"{len(fit.minima)} minima")
    assert not LinearRegression(x, y, Tukey(c=2.0)).convex


@pytest.mark.parametrize("recorded", RECORDED["quantile fits"], ids=lambda r: str(r["tau"]))
def test_quantile_fits_are_those_of_scikit_learn(recorded):
    fit = best_fit(LinearRegression(RECORDED["x"], RECORDED["y"], Quantile(recorded["tau"])))
    np.testing.assert_allclose(fit.theta, [recorded["slope"], recorded["intercept"]], rtol=1e-6)


def test_engel_food_shares_have_the_published_median_line():
    data = dataset("engel")  # in thousands of francs
    fit = best_fit(LinearRegression(data.x, data.y, Quantile(0.5)))
    assert fit.theta[0] == pytest.approx(0.56018, abs=5e-6)
    assert 1000 * fit.theta[1] == pytest.approx(81.48225, abs=5e-5)


def test_anscombe_lines_are_all_the_same_by_least_squares_and_no_other_loss():
    fits = [
        {
            kind: best_fit(LinearRegression(data.x, data.y, kind)).theta
            for kind in (SquaredError(), AbsoluteError())
        }
        for data in (dataset(f"anscombe-{k}") for k in (1, 2, 3, 4))
    ]
    for fit in fits:
        np.testing.assert_allclose(fit[SquaredError()], [0.500, 3.00], atol=0.0025)
    third = fits[2][AbsoluteError()]
    np.testing.assert_allclose(third, [0.345, 4.01], atol=0.005)  # all points but the outlier


def test_star_cluster_has_the_published_least_squares_line():
    data = dataset("stars")
    fit = best_fit(LinearRegression(data.x, data.y, SquaredError()))
    np.testing.assert_allclose(fit.theta, [-0.4133, 6.7935], atol=5e-5)


# Coordinates


@every_loss
def test_moving_the_origin_moves_the_intercept_only(loss):
    x, y = DATA["far from zero"]
    plain = best_fit(LinearRegression(x, y, loss))
    moved = best_fit(LinearRegression(x, y, loss, origin=4.3))
    assert moved.value == pytest.approx(plain.value, rel=1e-9)
    if loss.properties.convex and plain.determined:
        assert moved.theta[0] == pytest.approx(plain.theta[0], rel=1e-6)
        assert moved.theta[1] == pytest.approx(plain.theta[1] + 4.3 * plain.theta[0], rel=1e-9)


@pytest.mark.parametrize("size", [1e50, 1e-50])
@pytest.mark.parametrize(
    "loss",
    [SquaredError(), AbsoluteError(), Quantile(0.9), Huber(), LogCosh(), Cauchy(), Tukey()],
    ids=name_of,
)
def test_sizes_beyond_reason_give_a_fit_and_no_warning(loss, size):
    x, y = heavy(40)
    objective = LinearRegression(x * size, y * size, loss)
    fit = best_fit(objective)
    assert np.isfinite(fit.theta).all()
    assert np.isfinite(fit.value)
    others = objective.values(fit.theta * [[1.01, 1.0], [0.99, 1.0], [1.0, 1.01], [1.0, 0.99]])
    assert fit.value <= others.min() * (1 + 1e-9)


@pytest.mark.parametrize("loss", [AbsoluteError(), Quantile(0.9)], ids=name_of)
@pytest.mark.parametrize("size", [1e50, 1e-50])
def test_losses_without_a_scale_fit_alike_at_every_size(loss, size):
    x, y = heavy(40)
    fit, small = (best_fit(LinearRegression(x, k * y, loss)) for k in (1.0, size))
    np.testing.assert_allclose(small.theta / size, fit.theta, rtol=1e-9)


@every_loss
def test_a_weight_of_two_counts_a_point_twice(loss):
    x, y = heavy(40)
    times = np.random.default_rng(1).integers(0, 4, 40)
    weighted = best_fit(LinearRegression(x, y, loss, weights=times))
    repeated = best_fit(LinearRegression(np.repeat(x, times), np.repeat(y, times), loss))
    assert weighted.value == pytest.approx(repeated.value, rel=1e-9)


# Starts and samples


@every_loss
@pytest.mark.parametrize("name", ["normal", "heavy", "lattice", "one x"])
def test_a_start_changes_the_time_and_not_the_value(loss, name):
    objective = LinearRegression(*DATA[name], loss)
    best = best_fit(objective).value
    for start in ((0.0, 0.0), (50.0, -200.0), best_fit(objective).theta):
        found = best_fit(objective, start).value
        if loss.properties.convex:
            assert found == pytest.approx(best, rel=1e-11, abs=1e-14)
        else:
            assert found <= best * (1 + 1e-11)


@every_loss
def test_many_points_are_fitted_through_a_few_of_them(loss, monkeypatch):
    x, y = heavy(900)
    whole = best_fit(LinearRegression(x, y, loss))
    monkeypatch.setattr(core.regression.fitting, "_SAMPLE", 100)
    monkeypatch.setattr(core.regression.fitting, "_HELD", 500)
    fit = best_fit(LinearRegression(x, y, loss))
    assert fit.value == pytest.approx(whole.value, rel=1e-9)


@every_loss
def test_a_sample_never_misses_the_only_point_with_another_x(loss, monkeypatch):
    monkeypatch.setattr(core.regression.fitting, "_SAMPLE", 20)
    y = normal(90)[1]
    x = np.zeros(90)
    x[47] = 1.0
    fit = best_fit(LinearRegression(x, y, loss))
    height = best_fit(LinearRegression(x[x == 0], y[x == 0], loss))
    assert fit.value == pytest.approx(height.value * 89 / 90, rel=1e-9, abs=1e-14)


@every_loss
def test_a_travelling_point_draws_the_fits_it_passes(loss):
    objective = LinearRegression(*normal(15), loss)
    heights = np.array([0.0, 5.0, 100.0, -1e4])
    thetas = fits_as_point_travels(objective, 3, heights)
    assert thetas.shape == (4, 2)
    for height, theta in zip(heights, thetas, strict=True):
        y = objective.y.copy()
        y[3] = height
        there = dataclasses.replace(objective, y=y)
        assert there.value(theta) == pytest.approx(best_fit(there).value, rel=1e-9, abs=1e-14)
    assert fits_as_point_travels(objective, 3, []).shape == (0, 2)


def test_far_points_drag_a_square_without_bound_and_let_go_of_tukey():
    points = normal(30)
    heights = np.array([10.0, 1e3, 1e5])
    square = fits_as_point_travels(LinearRegression(*points, SquaredError()), 0, heights)
    tukey = fits_as_point_travels(LinearRegression(*points, Tukey()), 0, heights)
    absolute = fits_as_point_travels(LinearRegression(*points, AbsoluteError()), 0, heights)
    assert np.abs(square[2]).max() > 50 * np.abs(square[1]).max()
    np.testing.assert_allclose(tukey[1:], tukey[:-1], atol=1e-9)
    np.testing.assert_allclose(absolute[1:], absolute[:-1], atol=1e-12)


# What is known of a fit


@every_loss
@pytest.mark.parametrize("name", ["one x", "identical points", "one point"])
def test_one_x_determines_the_height_and_no_slope(loss, name):
    x, y = DATA[name]
    objective = LinearRegression(x, y, loss)
    fit = best_fit(objective)
    assert fit.theta[0] == 0
    assert not fit.determined
    assert "slope" in fit.sentence
    heights = np.linspace(y.min() - 1, y.max() + 1, 4001)
    values = objective.values(np.stack([np.zeros(4001), heights], axis=1))
    assert fit.value <= values.min() + 1e-15


@every_loss
def test_a_point_without_weight_determines_nothing(loss):
    objective = LinearRegression([2.0, 2.0, 5.0], [0.0, 1.0, 9.0], loss, weights=[1.0, 2.0, 0.0])
    fit = best_fit(objective)
    assert not fit.determined
    assert fit.theta[0] == 0
    assert fit.value == pytest.approx(
        best_fit(LinearRegression([2.0] * 3, [0.0, 1.0, 1.0], loss)).value, rel=1e-12, abs=1e-15
    )


def test_a_tilted_parabola_has_its_lowest_place_beside_0():
    class TiltedError(SquaredError):
        def value(self, x):
            return super().value(x) + x

        def gradient(self, x):
            return super().gradient(x) + 1.0

        def weight(self, x):
            return ResidualLoss.weight(self, x)

        pieces = core.losses.base.Pieces((), ((0.0, 1.0, 1.0),))

    square, tilted = (
        best_fit(LinearRegression(*normal(9), k)) for k in (SquaredError(), TiltedError())
    )
    np.testing.assert_allclose(tilted.theta, square.theta - [0.0, 0.5], rtol=1e-12)


def test_the_median_of_an_even_number_of_heights_is_their_middle():
    fit = best_fit(LinearRegression([1.0] * 4, [0.0, 1.0, 3.0, 50.0], AbsoluteError()))
    np.testing.assert_allclose(fit.theta, [0.0, 2.0])


@pytest.mark.parametrize("loss", [SquaredError(), Huber(), LogCosh(), AbsoluteError()], ids=repr)
def test_a_convex_fit_to_scattered_points_is_the_only_one(loss):
    fit = best_fit(LinearRegression(*normal(41), loss))
    assert fit.determined
    assert len(fit.minima) == 1
    assert fit.sentence.startswith("1 minimum: the cost is convex")


@pytest.mark.parametrize(
    ("loss", "y"),
    [
        (AbsoluteError(), [0.0, 0.0, 4.0, 4.0]),
        (Quantile(0.5), [0.0, 0.0, 4.0, 4.0]),
        (EpsilonInsensitive(3.0), [0.1, 0.0, 0.3, 0.2]),
        (Huber(0.5), [0.0, 0.0, 4.0, 4.0]),
    ],
    ids=str,
)
def test_a_level_minimum_is_called_level(loss, y):
    fit = best_fit(LinearRegression([0.0, 1.0, 0.0, 1.0], y, loss))
    assert not fit.determined
    assert "level" in fit.sentence


def test_a_tube_wide_enough_for_all_points_keeps_the_start():
    x, y = normal(20)
    fit = best_fit(LinearRegression(x, y, EpsilonInsensitive(9.0)))
    square = best_fit(LinearRegression(x, y, SquaredError()))
    assert fit.value == 0
    np.testing.assert_allclose(fit.theta, square.theta, rtol=1e-9)


def test_the_root_of_the_mean_is_lowest_where_the_mean_is():
    objective = LinearRegression(*normal(30), SquaredError())
    mean, root = best_fit(objective), best_fit(RootMean(objective))
    np.testing.assert_array_equal(root.theta, mean.theta)
    assert root.value == pytest.approx(math.sqrt(mean.value), rel=1e-14)
    assert root.minima[0].value == root.value
    assert root.sentence == mean.sentence


def test_what_is_no_line_fit_is_refused():
    class Other(LinearRegression):
        pass

    class Unknown:
        name = "Unknown"

    with pytest.raises(ObjectiveError, match="cannot fit a Unknown"):
        best_fit(Unknown())
    with pytest.raises(ObjectiveError, match="no loss of a residual"):
        best_fit(Other(*normal(3), Unknown()))


# The walk from vertex to vertex


def test_every_vertex_of_a_small_arrangement_costs_at_least_the_lowest():
    rng = np.random.default_rng(10)
    for loss in STRAIGHT:
        for _ in range(20):
            n = int(rng.integers(2, 9))
            u, y = rng.integers(-2, 3, n).astype(float), rng.integers(-2, 3, n).astype(float)
            if np.ptp(u) == 0:
                continue
            creases = Creases.of(loss.pieces, u, y, np.full(n, 1 / n))
            p, level = lowest_vertex(creases, np.zeros(2))
            pairs = itertools.combinations(range(len(creases.u)), 2)
            met = [creases.crossing(i, j) for i, j in pairs if creases.u[i] != creases.u[j]]
            values = np.array([creases.value(vertex) for vertex in met])
            assert creases.value(p) == pytest.approx(values.min(), abs=1e-13)
            as_low = {tuple(np.round(v, 9)) for v, f in zip(met, values, strict=True)
                      if f < values.min() + 1e-12}  # fmt: skip
            assert level == (len(as_low) > 1)


def test_a_vertex_on_many_creases_is_left_along_the_right_one():
    u = np.array([-1.0, 0.0, 1.0, -1.0, 0.0, 1.0, 0.5])
    y = np.array([0.0, 0.0, 0.0, 1.0, 3.0, 1.0, 2.0])
    creases = Creases.of(AbsoluteError().pieces, u, y, np.full(7, 1 / 7))
    for first, second in itertools.permutations(range(3), 2):
        start = creases.crossing(first, second)
        p, _ = lowest_vertex(creases, start)
        cost = np.abs(u * p[0] + p[1] - y).mean()
        assert cost == pytest.approx(linear_program(AbsoluteError(), u, y), abs=1e-12)


def test_a_million_points_are_not_too_many_for_an_exact_median_line():
    x, y = heavy(20_000)
    fit = best_fit(LinearRegression(x, y, AbsoluteError()))
    objective = LinearRegression(x, y, AbsoluteError())
    below = np.mean(objective.residuals(fit.theta) > 1e-9)
    assert below == pytest.approx(0.5, abs=2e-4)
    assert np.sum(np.abs(objective.residuals(fit.theta)) < 1e-9) >= 2


@every_loss
def test_outliers_of_any_size_leave_a_fit(loss):
    for height in (1e3, 1e9):
        objective = LinearRegression(*with_outlier(30, height), loss)
        fit = best_fit(objective)
        assert_no_neighbour_is_better(objective, fit)
