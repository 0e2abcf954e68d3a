"""Laws of landscapes: whatever the route, the number at a crossing is the mean loss there."""

import dataclasses
import math

import numpy as np
import pytest

import core.cells
import core.sums
from core.cells import AnalyticCells, Cut, Layout, PolynomialCells
from core.landscape import Grid, GridError, Landscape, line_sums, route
from core.losses.residual import (
    RESIDUAL_LOSSES,
    AbsoluteError,
    Barron,
    Cauchy,
    Huber,
    LogCosh,
    ResidualLoss,
    SquaredError,
    Tukey,
)
from core.objectives import LinearRegression
from core.sums import Lines, Plain, Quadratic
from tests.core.cases import DATA, LOSSES, heavy, name_of, normal, with_outlier

every_loss = pytest.mark.parametrize("loss", LOSSES, ids=name_of)
every_data = pytest.mark.parametrize("name", DATA)


def grid_for(name: str) -> Grid:
    if name == "far from zero":
        return Grid.regular((-3.0, 5.0), (985.0, 1012.0), 5, 15)
    return Grid.regular((-2.0, 3.0), (-4.0, 4.5), 6, 18)


def by_definition(loss: ResidualLoss, x, y, grid: Grid, shares=None) -> np.ndarray:
    """Return the mean loss at every crossing, one crossing at a time."""
    z = np.empty(grid.shape)
    for row, intercept in enumerate(grid.y):
        for column, slope in enumerate(grid.x):
            losses = loss.value(slope * x + intercept - y)
            z[row, column] = losses.mean() if shares is None else shares @ losses
    return z


def assert_same(found: np.ndarray, expected: np.ndarray) -> None:
    """Assert nine digits, or more than float64 has for the largest number there."""
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-15 * expected.max())


def lines_of(loss, x, y, grid, shares=None) -> Lines:
    return Lines(loss, x, y, shares, grid.x, grid.y)


def layouts(lines: Lines) -> list[Layout]:
    """Return every layout that the curve allows, but for some that would fill the memory."""
    assert lines.step is not None
    if lines.curve.pieces is not None:
        return [PolynomialCells(lines.curve.pieces, lines.intercepts, lines.step)]
    strip = lines.curve.strip
    assert strip is not None
    cuts = [Cut.fitting(order, strip, lines.step) for order in (5, 8, 20)]
    return [cells for cells in (AnalyticCells(lines, cut) for cut in cuts) if cells.cells < 5000]


# The law


@every_loss
@every_data
def test_landscape_is_the_mean_loss_at_every_crossing(loss, name):
    x, y = DATA[name]
    grid = grid_for(name)
    landscape = LinearRegression(x, y, loss).landscape(grid)
    assert_same(landscape.z, by_definition(loss, x, y, grid))


@every_loss
@every_data
def test_every_route_open_to_a_loss_agrees_with_the_plain_one(loss, name):
    x, y = DATA[name]
    lines = lines_of(loss, x, y, grid_for(name))
    expected = Plain().means(lines)
    for layout in layouts(lines):
        assert_same(layout.means(lines), expected)


@every_loss
def test_plain_route_is_the_definition(loss):
    x, y = heavy(70)
    grid = Grid.regular((-2.0, 3.0), (-4.0, 4.5), 5, 9)
    assert_same(Plain().means(lines_of(loss, x, y, grid)), by_definition(loss, x, y, grid))


@every_loss
def test_objective_agrees_with_its_landscape_everywhere(loss):
    x, y = heavy(400)
    objective = LinearRegression(x, y, loss, origin=0.25)
    landscape = objective.landscape(Grid.regular((-2.0, 3.0), (-4.0, 4.5), 7, 9))
    for row, intercept in enumerate(landscape.y):
        for column, slope in enumerate(landscape.x):
            assert objective.value((slope, intercept)) == pytest.approx(
                landscape.z[row, column], rel=1e-9, abs=1e-14
            )


# The routes


def test_every_residual_loss_has_a_fast_route():
    x, y = heavy(3000)
    grid = Grid.regular((-2.0, 3.0), (-4.0, 4.5), 40, 40)
    for kind in RESIDUAL_LOSSES:
        assert not isinstance(route(lines_of(kind(), x, y, grid)), Plain), kind


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (SquaredError(), Quadratic),
        (Barron(alpha=2.0), Quadratic),
        (AbsoluteError(), PolynomialCells),
        (Huber(), PolynomialCells),
        (Tukey(), PolynomialCells),
        (LogCosh(), AnalyticCells),
        (Cauchy(), AnalyticCells),
        (Barron(alpha=1.5), AnalyticCells),
    ],
    ids=repr,
)
def test_route_follows_from_the_mathematics_of_the_loss(loss, expected):
    x, y = heavy(3000)
    grid = Grid.regular((-2.0, 3.0), (-4.0, 4.5), 40, 40)
    assert type(route(lines_of(loss, x, y, grid))) is expected


def test_route_asks_for_pieces_and_strip_and_never_for_a_name():
    class Anonymous:
        def __init__(self, loss):
            self.value, self.pieces = loss.value, loss.pieces
            self.strip, self.rate = loss.strip, loss.rate

    x, y = heavy(3000)
    grid = Grid.regular((-2.0, 3.0), (-4.0, 4.5), 40, 40)
    for loss in LOSSES:
        known, unknown = (route(lines_of(c, x, y, grid)) for c in (loss, Anonymous(loss)))
        assert type(known) is type(unknown)


@pytest.mark.parametrize("loss", [Huber(), LogCosh()], ids=name_of)
def test_few_points_are_summed_plainly_and_many_are_not(loss):
    grid = Grid.regular((-2.0, 3.0), (-4.0, 4.5), 80, 80)
    assert isinstance(route(lines_of(loss, *normal(2), grid)), Plain)
    assert isinstance(route(lines_of(loss, *normal(500), grid)), Layout)


@every_loss
def test_uneven_intercepts_are_summed_plainly_and_right(loss):
    x, y = heavy(3000)
    grid = Grid(np.linspace(-1.0, 2.0, 3), np.array([-2.0, -1.0, 0.5, 0.6, 3.0]))
    lines = lines_of(loss, x, y, grid)
    assert lines.step is None
    assert isinstance(route(lines), Plain | Quadratic)
    landscape = LinearRegression(x, y, loss).landscape(grid)
    assert_same(landscape.z, by_definition(loss, x, y, grid))


@every_loss
def test_one_slope_and_one_intercept_are_a_landscape_too(loss):
    x, y = heavy(200)
    grid = Grid(np.array([1.5]), np.array([-0.5]))
    assert_same(LinearRegression(x, y, loss).landscape(grid).z, by_definition(loss, x, y, grid))


@every_loss
def test_uneven_slopes_change_nothing(loss):
    x, y = heavy(3000)
    grid = Grid(np.array([-1.0, 0.7, 0.71, 4.0]), np.linspace(-3.0, 3.0, 31))
    landscape = LinearRegression(x, y, loss).landscape(grid)
    assert_same(landscape.z, by_definition(loss, x, y, grid))


# Blocks


@every_loss
def test_points_beyond_one_block_are_counted_once(loss):
    x, y = heavy(core.sums.BLOCK + 5)
    lines = lines_of(loss, x, y, Grid.regular((0.0, 2.0), (-2.0, 3.0), 3, 10))
    assert_same(route(lines).means(lines), Plain().means(lines))


@every_loss
def test_little_memory_changes_nothing(loss, monkeypatch):
    x, y = heavy(300)
    lines = lines_of(loss, x, y, Grid.regular((-2.0, 3.0), (-4.0, 4.5), 17, 19))
    whole = [layout.means(lines) for layout in layouts(lines)]
    for module in (core.cells, core.sums):
        monkeypatch.setattr(module, "BLOCK", 512)
    monkeypatch.setattr(core.cells, "HELD", 20_000)
    monkeypatch.setattr(core.cells, "KERNEL", 1500)
    for layout, expected in zip(layouts(lines), whole, strict=True):
        np.testing.assert_allclose(layout.means(lines), expected, rtol=1e-13)


@pytest.mark.parametrize("shape", [(3, 5), (100, 90), (190, 200)])
def test_thin_and_thick_products_are_the_product(shape):
    rng = np.random.default_rng(0)
    left, right = rng.normal(size=(shape[0], 250)), rng.normal(size=(250, shape[1]))
    out = np.ones(shape)
    core.cells._add_product(out, left, right)
    np.testing.assert_allclose(out, 1 + left @ right, atol=1e-12)


# Weights and signs


@every_loss
def test_a_weight_of_two_counts_a_point_twice(loss):
    x, y = heavy(400)
    times = np.random.default_rng(5).integers(0, 4, len(x))
    grid = Grid.regular((-2.0, 3.0), (-4.0, 4.5), 9, 21)
    weighted = LinearRegression(x, y, loss, weights=times).landscape(grid)
    repeated = LinearRegression(np.repeat(x, times), np.repeat(y, times), loss).landscape(grid)
    np.testing.assert_allclose(weighted.z, repeated.z, rtol=1e-11)


@every_loss
def test_weights_reach_every_route(loss):
    x, y = heavy(300)
    shares = np.random.default_rng(6).random(len(x))
    shares /= shares.sum()
    grid = Grid.regular((-2.0, 3.0), (-4.0, 4.5), 9, 21)
    lines = lines_of(loss, x, y, grid, shares)
    expected = by_definition(loss, x, y, grid, shares)
    assert_same(route(lines).means(lines), expected)
    assert_same(Plain().means(lines), expected)
    for layout in layouts(lines):
        assert_same(layout.means(lines), expected)


@every_loss
def test_mirrored_points_are_summed_with_the_intercept_turned(loss):
    x, y = heavy(500)
    signs = np.where(np.random.default_rng(7).random(len(x)) < 0.4, -1.0, 1.0)
    grid = Grid.regular((-2.0, 3.0), (-4.0, 4.5), 7, 33)
    found = line_sums(loss, signs * x, y, None, grid, signs)
    expected = [
        [loss.value(signs * (slope * x + b) - y).mean() for slope in grid.x] for b in grid.y
    ]
    assert_same(found, np.array(expected))


# Faint, far, large and small


@every_loss
@pytest.mark.parametrize("noise", [1e-3, 1e-6])
def test_nearly_perfect_fits_keep_their_digits(loss, noise):
    rng = np.random.default_rng(8)
    x = rng.normal(size=200)
    y = 0.5 * x + 0.25 + noise * rng.normal(size=200)
    grid = Grid.regular((-1.0, 2.0), (-1.25, 1.75), 7, 13)  # holds the very line: 0.5, 0.25
    lines = lines_of(loss, x, y, grid)
    expected = Plain().means(lines)
    for way in [route(lines), *layouts(lines)]:
        np.testing.assert_allclose(way.means(lines), expected, rtol=1e-9)


@every_loss
def test_no_route_falls_below_zero_at_a_perfect_fit(loss):
    x = np.linspace(-2, 2, 41)
    lines = lines_of(loss, x, 0.5 * x + 0.25, Grid.regular((-1.0, 2.0), (-1.25, 1.75), 7, 13))
    for way in [Plain(), route(lines), *layouts(lines)]:
        z = way.means(lines)
        assert z.min() >= 0
        assert z[6, 3] < 1e-15


@every_loss
@pytest.mark.parametrize("height", [1e3, 1e15])
def test_a_far_outlier_spoils_no_digit(loss, height):
    x, y = with_outlier(600, height)
    grid = Grid.regular((-2.0, 3.0), (-4.0, 4.5), 5, 41)
    lines = lines_of(loss, x, y, grid)
    assert_same(route(lines).means(lines), Plain().means(lines))


@every_loss
@pytest.mark.parametrize("height", [1e60, 1e160, -1.7e308])
def test_an_outlier_at_the_edge_of_float64_makes_no_nan(loss, height):
    x, y = with_outlier(600, height)
    grid = Grid.regular((-2.0, 3.0), (-4.0, 4.5), 5, 41)
    with np.errstate(over="ignore"):
        expected = Plain().means(lines_of(loss, 1e3 * x, y, grid))
    found = LinearRegression(1e3 * x, y, loss).landscape(grid).z
    assert not np.isnan(found).any()
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@every_loss
@pytest.mark.parametrize("size", [1e-200, 1e-100, 1e100, 1e200])
def test_the_unit_of_x_changes_nothing(loss, size):
    x, y = normal(300)
    grid = Grid.regular((-2.0, 3.0), (-4.0, 4.5), 5, 17)
    expected = LinearRegression(x, y, loss).landscape(grid).z
    found = LinearRegression(x * size, y, loss).landscape(Grid(grid.x / size, grid.y)).z
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@every_loss
@pytest.mark.parametrize("window", [(-4.0, 4.5), (40.0, 41.0), (-41.0, -40.0), (0.3, 0.3001)])
def test_grid_may_lie_anywhere_about_the_points(loss, window):
    x, y = heavy(800)
    lines = lines_of(loss, x, y, Grid.regular((1.0, 1.4), window, 4, 25))
    expected = Plain().means(lines)
    for way in [route(lines), *layouts(lines)]:
        assert_same(way.means(lines), expected)


@every_loss
@pytest.mark.parametrize("size", [1e50, 1e-50])
def test_sizes_beyond_reason_give_numbers_and_no_warning(loss, size):
    x, y = normal(300)
    grid = Grid.regular((-2.0, 3.0), (-4.0 * size, 4.5 * size), 5, 9)
    objective = LinearRegression(x, y * size, loss)
    z = LinearRegression(x, y * size, loss).landscape(Grid(grid.x * size, grid.y)).z
    assert np.isfinite(z).all()
    expected = [[objective.value((s * size, b)) for s in grid.x] for b in grid.y]
    np.testing.assert_allclose(z, expected, rtol=1e-9)


@every_loss
def test_what_leaves_float64_is_infinite_and_never_nan(loss):
    x, y = normal(40)
    x[0] = 0.0
    grid = Grid.regular((-1e200, 1e200), (-1e200, 1e200), 4, 4)
    far = LinearRegression(1e200 * x, y, loss, weights=np.arange(40.0)).landscape(grid).z
    assert not np.isnan(far).any()
    z = LinearRegression(x, y, loss, weights=np.arange(40.0)).landscape(grid).z
    assert not np.isnan(z).any()
    if loss.properties.lipschitz < math.inf:
        assert np.isfinite(z).all()
    else:
        assert np.isinf(loss.value(1e250)) == np.isinf(z).all()


@pytest.mark.parametrize("delta", [0.1, 0.3, 1.0, 2.5, 0.05 + 1e-13])
def test_kinks_that_meet_after_whole_steps_are_counted_once(delta):
    x = np.zeros(400)
    y = np.linspace(-3.0, 3.0, 400)
    y[::7] = np.round(y[::7], 1)  # right on the boundaries of cells
    lines = lines_of(Huber(delta), x, y, Grid.regular((-1.0, 1.0), (-4.0, 4.0), 2, 81))
    for layout in layouts(lines):
        assert_same(layout.means(lines), Plain().means(lines))


def test_a_parabola_may_lie_anywhere():
    @dataclasses.dataclass(frozen=True)
    class Parabola:
        pieces = core.losses.base.Pieces((), ((1.5, -0.7, 0.3),))
        strip = rate = None

        def value(self, x):
            return 1.5 - 0.7 * x + 0.3 * x * x

    x, y = normal(50)
    lines = lines_of(Parabola(), x, y, Grid.regular((-1.0, 2.0), (-3.0, 3.0), 5, 7))
    assert isinstance(route(lines), Quadratic)
    assert_same(route(lines).means(lines), Plain().means(lines))


@pytest.mark.parametrize("order", [5, 8, 12, 20])
@pytest.mark.parametrize("strip", [0.05, 1.0, 30.0])
@pytest.mark.parametrize("window", [(-4.0, 4.5), (40.0, 41.0), (0.3, 0.3001)])
def test_every_cell_keeps_its_distance_from_every_singularity(order, strip, window):
    lines = lines_of(Cauchy(strip), *heavy(200), Grid.regular((-2.0, 3.0), window, 4, 25))
    cut = Cut.fitting(order, strip, lines.step)
    cells = AnalyticCells(lines, cut)
    inside = cells._low + cut.width * np.arange(cells._window + 1)
    first, second = cells._outer
    first, second = np.append(inside[:-1], first), np.append(inside[1:], second)
    assert len(first) == cells.cells
    assert first.min() <= lines.span[0]
    assert second.max() >= lines.span[1]

    centre, half = (first + second) / 2, (second - first) / 2
    nearest = -np.clip(-centre, lines.intercepts[0], lines.intercepts[-1])
    height = np.hypot(centre - nearest, strip) / half
    assert (height + np.sqrt(height**2 + 1)).min() >= 0.999 * 10 ** (17 / order)


def test_polynomials_of_any_degree_are_summed_exactly():
    @dataclasses.dataclass(frozen=True)
    class Odd:
        pieces = core.losses.base.Pieces(
            (-1.0, 0.0, 0.5),
            (
                (-1.0, 0.0, 0.0, -0.5),
                (0.0, 0.5, 0.0, 0.0, 0.0, 1.0),
                (0.0, 0.5),
                (0.25 - 0.5**4, 0.0, 0.0, 0.0, 1.0),
            ),
        )
        strip = rate = None

        def value(self, x):
            piece = np.searchsorted(self.pieces.kinks, x)
            polynomials = [np.polynomial.Polynomial(p) for p in self.pieces.polynomials]
            return np.choose(piece, [polynomial(x) for polynomial in polynomials])

    x, y = heavy(200)
    lines = lines_of(Odd(), x, np.clip(y, -9, 9), Grid.regular((-1.0, 2.0), (-3.0, 3.0), 5, 31))
    (layout,) = layouts(lines)
    assert layout.order == 6
    np.testing.assert_allclose(layout.means(lines), Plain().means(lines), rtol=1e-9, atol=1e-12)


def test_cells_stay_few_however_far_the_points_lie():
    x, y = with_outlier(1000, 1e40)
    grid = Grid.regular((-2.0, 3.0), (-4.0, 4.5), 50, 50)
    chosen = route(lines_of(Cauchy(), x, y, grid))
    assert isinstance(chosen, AnalyticCells)
    assert chosen.cells < 3000


# Grids and landscapes


def test_regular_grid_ends_where_its_ranges_end():
    grid = Grid.regular((-1.0, 3.0), (0.0, 2.0), 5, 3)
    np.testing.assert_allclose(grid.x, [-1, 0, 1, 2, 3])
    np.testing.assert_allclose(grid.y, [0, 1, 2])
    assert grid.shape == (3, 5)
    np.testing.assert_allclose(grid.points[:6], [[-1, 0], [0, 0], [1, 0], [2, 0], [3, 0], [-1, 1]])


@pytest.mark.parametrize(
    "axis", [[], [0.0, 0.0], [1.0, 0.0], [0.0, math.nan], [0.0, math.inf], [[0.0, 1.0]]]
)
def test_unusable_axes_are_named(axis):
    with pytest.raises(GridError, match="axis x"):
        Grid(np.array(axis), np.array([0.0, 1.0]))
    with pytest.raises(GridError, match="axis y"):
        Grid(np.array([0.0, 1.0]), np.array(axis))


def test_lowest_crossing_is_slope_then_intercept():
    z = np.array([[3.0, 2.0, 4.0], [9.0, 8.0, 1.0]])
    landscape = Landscape(np.array([0.0, 1.0, 2.0]), np.array([-5.0, 5.0]), z)
    np.testing.assert_array_equal(landscape.lowest, [2.0, 5.0])
