"""Laws of landscapes: whatever the route, the number at a crossing is the mean loss there."""

import dataclasses
import math
import tracemalloc

import numpy as np
import pytest

import core.cells
import core.samples
import core.sums
from core.cells import AnalyticCells, Cut, Layout, PolynomialCells, Room
from core.landscape import Grid, GridError, Landscape, line_sums, route
from core.losses.base import Pieces, ScalarLoss
from core.losses.composition import WeightedSum
from core.losses.margin import (
    MARGIN_LOSSES,
    Brier,
    Exponential,
    Focal,
    Hinge,
    LogisticLoss,
    MarginLoss,
    ModifiedHuber,
    Perceptron,
    SmoothedLogisticLoss,
    SquaredHinge,
    WeightedLogisticLoss,
    ZeroOne,
)
from core.losses.residual import (
    RESIDUAL_LOSSES,
    AbsoluteError,
    Barron,
    Cauchy,
    Huber,
    LogCosh,
    SquaredError,
    Tukey,
)
from core.objectives import LinearClassification, LinearRegression
from core.sums import ExponentialSum, Lines, Plain, Quadratic, Route, Steps, Together, split
from tests.core.cases import (
    DATA,
    LABELLED,
    LOSSES,
    MARGIN_SUMS,
    MARGINS,
    RESIDUAL_SUMS,
    heavy,
    name_of,
    normal,
    two_classes,
    with_outlier,
)

SUMMED = (*LOSSES, *RESIDUAL_SUMS)
CURVES = (*SUMMED, *dict.fromkeys(loss.curve for loss in MARGINS))

every_loss = pytest.mark.parametrize("loss", LOSSES, ids=name_of)
every_summed_loss = pytest.mark.parametrize("loss", SUMMED, ids=name_of)
every_margin_loss = pytest.mark.parametrize("loss", MARGINS, ids=name_of)
every_curve = pytest.mark.parametrize("loss", CURVES, ids=name_of)
every_data = pytest.mark.parametrize("name", DATA)
every_labelled_data = pytest.mark.parametrize("name", LABELLED)


def grid_for(name: str) -> Grid:
    if name == "far from zero":
        return Grid.regular((-3.0, 5.0), (985.0, 1012.0), 5, 15)
    return Grid.regular((-2.0, 3.0), (-4.0, 4.5), 6, 18)


@np.errstate(over="ignore")
def by_definition(loss: ScalarLoss, x, y, grid: Grid, shares=None) -> np.ndarray:
    """Return the mean loss at every crossing, one crossing at a time."""
    z = np.empty(grid.shape)
    for row, intercept in enumerate(grid.y):
        for column, slope in enumerate(grid.x):
            losses = loss.value((slope * x - y) + intercept)
            z[row, column] = losses.mean() if shares is None else shares @ losses
    return z


@np.errstate(over="ignore")
def by_margins(loss: MarginLoss, x, label, grid: Grid, weights) -> np.ndarray:
    """Return the weighted mean of the losses of all margins, one crossing at a time."""
    z = np.empty(grid.shape)
    for row, bias in enumerate(grid.y):
        for column, weight in enumerate(grid.x):
            losses = loss.value(label * (weight * x + bias), label)
            z[row, column] = np.average(losses, weights=weights)
    return z


def assert_same(found: np.ndarray, expected: np.ndarray) -> None:
    """Assert nine digits, or more than float64 has for the largest number there."""
    assert not np.isnan(found).any()
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(np.isfinite(found), finite)
    largest = expected[finite].max(initial=0.0)
    np.testing.assert_allclose(found[finite], expected[finite], rtol=1e-9, atol=1e-15 * largest)


def lines_of(loss, x, y, grid, shares=None) -> Lines:
    return Lines(loss, x, y, shares, grid.x, grid.y)


def layouts(lines: Lines) -> list[Layout]:
    """Return every layout of cells open to the curve, but for some that would fill the memory."""
    assert lines.step is not None
    jumps, rest = split(lines.curve.pieces)
    if rest is not None:
        return [] if jumps else [PolynomialCells(rest.pieces, lines.intercepts, lines.step)]
    strip = lines.curve.strip
    if strip is None:
        return []
    room = Room.of(lines.curve, strip)
    cuts = [Cut.fitting(order, room, lines.step) for order in (5, 8, 20)]
    return [cells for cells in (AnalyticCells(lines, cut) for cut in cuts) if cells.cells < 5000]


# The law


@every_summed_loss
@every_data
def test_landscape_is_the_mean_loss_at_every_crossing(loss, name):
    x, y = DATA[name]
    grid = grid_for(name)
    landscape = LinearRegression(x, y, loss).landscape(grid)
    assert_same(landscape.z, by_definition(loss, x, y, grid))


@every_margin_loss
@every_labelled_data
@pytest.mark.parametrize("weighted", [False, True])
def test_landscape_of_a_classifier_is_the_mean_loss_of_its_margins(loss, name, weighted):
    x, label = LABELLED[name]
    weights = np.random.default_rng(8).integers(1, 5, len(x)) if weighted else None
    grid = grid_for("")
    landscape = LinearClassification(x, label, loss, weights).landscape(grid)
    assert_same(landscape.z, by_margins(loss, x, label, grid, weights))


@every_curve
@every_data
def test_every_route_open_to_a_curve_agrees_with_the_plain_one(loss, name):
    x, y = DATA[name]
    lines = lines_of(loss, x, y, grid_for(name))
    with np.errstate(over="ignore"):
        expected = Plain().means(lines)
        for way in [route(lines), *layouts(lines)]:
            assert_same(way.means(lines), expected)


@every_curve
def test_plain_route_is_the_definition(loss):
    x, y = normal(70)
    grid = Grid.regular((-2.0, 3.0), (-4.0, 4.5), 5, 9)
    assert_same(Plain().means(lines_of(loss, x, y, grid)), by_definition(loss, x, y, grid))


@every_summed_loss
def test_objective_agrees_with_its_landscape_everywhere(loss):
    x, y = heavy(400)
    objective = LinearRegression(x, y, loss, origin=0.25)
    assert_agreement(objective, Grid.regular((-2.0, 3.0), (-4.0, 4.5), 7, 9))


@every_margin_loss
def test_classifier_agrees_with_its_landscape_everywhere(loss):
    x, label = two_classes(400)
    weights = np.arange(400) % 4
    objective = LinearClassification(x, label, loss, weights, origin=0.25)
    assert_agreement(objective, Grid.regular((-2.0, 3.0), (-4.0, 4.5), 7, 9))


def assert_agreement(objective, grid: Grid) -> None:
    landscape = objective.landscape(grid)
    values = objective.values(grid.points).reshape(grid.shape)
    np.testing.assert_allclose(values, landscape.z, rtol=1e-9, atol=1e-14)
    for row, column in ((0, 0), (4, 3), (8, 6)):
        value = objective.value((grid.x[column], grid.y[row]))
        assert value == pytest.approx(landscape.z[row, column], rel=1e-9, abs=1e-14)


# Counting


@pytest.mark.parametrize(
    "loss", [loss for loss in MARGINS if type(loss.curve) is ZeroOne], ids=name_of
)
@pytest.mark.parametrize("n", [1, 2, 30, 1000])
def test_mistakes_are_counted_exactly(loss, n):
    rng = np.random.default_rng(n)
    x, label = rng.integers(-3, 4, n).astype(float), np.where(rng.random(n) < 0.5, 1.0, -1.0)
    grid = Grid.regular((-6.0, 6.0), (-9.0, 9.0), 13, 19)
    found = LinearClassification(x, label, loss).landscape(grid).z
    negative, positive = loss.class_weights
    for row, bias in enumerate(grid.y):
        for column, weight in enumerate(grid.x):
            wrong = label * (weight * x + bias) <= 0
            cost = positive * (wrong & (label > 0)).sum() + negative * (wrong & (label < 0)).sum()
            assert found[row, column] == pytest.approx(cost / n, rel=1e-15, abs=0.0)


@pytest.mark.parametrize("step", [0.1, 1 / 3, 0.7])
@pytest.mark.parametrize("shift", [0.0, 1e3, 1e15])
def test_a_point_right_on_the_threshold_is_on_the_side_that_rounding_says(step, shift):
    x = np.arange(-20.0, 21.0) * step
    label = np.where(np.arange(41) % 3 == 0, -1.0, 1.0)
    grid = Grid(np.array([-3.0, -1.0, 0.1, 1.0, 7.0]), shift + step * np.arange(-60.0, 60.0, 4.0))
    found = LinearClassification(x, label, ZeroOne(), origin=shift).landscape(grid).z
    margins = label * (grid.x[None, :, None] * (x - shift) + grid.y[:, None, None])
    np.testing.assert_allclose(found, (margins <= 0).mean(axis=2), rtol=1e-14, atol=0)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_what_lies_on_the_jump_belongs_to_its_left_seen_from_either_side(sign):
    grid = Grid(np.array([0.0]), np.array([-1.0, 0.0, 1.0]))
    many = np.zeros(200)
    found = line_sums(ZeroOne(), many, many, None, grid, np.full(200, sign))
    np.testing.assert_array_equal(found[:, 0], [1.0, 1.0, 0.0][:: int(sign)])


def test_a_curve_may_jump_between_polynomials_and_have_no_home():
    @dataclasses.dataclass(frozen=True)
    class Jumpy:
        pieces = Pieces((-1.0, 0.0, 1.5), ((2.0, -1.0), (1.0, 0.0, 3.0), (5.0,), (4.0, 0.5)))
        strip = rate = None

        def value(self, x):
            at = np.asarray(x, dtype=float)
            piece = np.searchsorted(self.pieces.kinks, at)
            polynomials = [np.polynomial.Polynomial(p) for p in self.pieces.polynomials]
            return np.choose(piece, [polynomial(at) for polynomial in polynomials])

    x, y = normal(300)
    y[::3] = np.round(2.0 * y[::3]) / 2.0
    for grid in (
        Grid.regular((-1.0, 2.0), (-3.0, 3.0), 4, 25),
        Grid(np.array([0.0, 1.0]), np.array([-3.0, 0.0, 0.5, 2.0])),
    ):
        lines = lines_of(Jumpy(), x, y, grid)
        assert_same(route(lines).means(lines), Plain().means(lines))
    assert isinstance(
        route(lines_of(Jumpy(), *normal(3000), Grid.regular((-1.0, 2.0), (-3.0, 3.0)))), Steps
    )


@pytest.mark.parametrize("kind", [Huber, Tukey, SquaredHinge])
def test_rounding_at_a_kink_is_no_jump(kind):
    for place in np.linspace(0.05, 5.0, 100):
        assert split(kind(place).pieces)[0] == ()


def test_what_is_left_when_jumps_cancel_keeps_its_digits():
    @dataclasses.dataclass(frozen=True)
    class Bump:
        pieces = Pieces((0.0, 1.0), ((0.0,), (1.0,), (1e-9 / 3.0,)))
        strip = rate = None

        def value(self, x):
            return np.select([x <= 0.0, x <= 1.0], [0.0, 1.0], 1e-9 / 3.0)

    x, y = normal(3000)
    lines = lines_of(Bump(), x, y, Grid.regular((-1.0, 2.0), (5.0, 50.0), 6, 25))
    assert isinstance(route(lines), Steps)
    np.testing.assert_allclose(route(lines).means(lines), Plain().means(lines), rtol=1e-9)


# Exponentials


@pytest.mark.parametrize("size", [1.0, 30.0, 400.0])
def test_an_exponential_keeps_its_digits(size):
    x, y = normal(500)
    lines = lines_of(Exponential(), size * x, y, Grid.regular((0.2, 1.0), (-1.0, 1.0), 7, 9))
    assert isinstance(route(lines), ExponentialSum)
    with np.errstate(over="ignore"):
        expected = Plain().means(lines)
        found = route(lines).means(lines)
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(np.isfinite(found), finite)
    np.testing.assert_allclose(found[finite], expected[finite], rtol=1e-12)


def test_an_exponential_mean_is_infinite_only_where_it_exceeds_the_largest_double():
    x = np.append(np.zeros(999), -1.0)
    grid = Grid(np.array([700.0, 712.0, 717.0, 800.0]), np.array([0.0]))
    z = LinearClassification(x, np.ones(1000), Exponential()).landscape(grid).z[0]
    expected = [math.exp(slope - math.log(1000)) for slope in grid.x[:2]]
    np.testing.assert_allclose(z[:2], expected, rtol=1e-12)
    np.testing.assert_array_equal(z[2:], math.inf)


def test_points_that_come_in_blocks_of_any_order_have_one_exponential_mean():
    rng = np.random.default_rng(9)
    a = np.sort(rng.normal(size=3 * core.sums.BLOCK) * 60.0)
    grid = Grid.regular((-1.0, 1.0), (-2.0, 2.0), 3, 3)
    for points in (a, a[::-1]):
        lines = lines_of(Exponential(), points, np.zeros(len(a)), grid)
        np.testing.assert_allclose(ExponentialSum().means(lines), Plain().means(lines), rtol=1e-11)


# The routes

GRID = Grid.regular((-2.0, 3.0), (-4.0, 4.5), 40, 40)


def parts_of(way: Route) -> list[Route]:
    """Return the routes that a route consists of."""
    if isinstance(way, Together):
        return [one for _, _, part in way.parts for one in parts_of(part)]
    return [way]


@pytest.mark.parametrize("kind", [*RESIDUAL_LOSSES, *MARGIN_LOSSES])
def test_every_loss_of_one_number_has_a_fast_route(kind):
    curve = getattr(kind(), "curve", kind())
    assert not isinstance(route(lines_of(curve, *heavy(3000), GRID)), Plain)


@pytest.mark.parametrize("loss", [*RESIDUAL_SUMS, *MARGIN_SUMS], ids=name_of)
def test_every_sum_has_a_fast_route(loss):
    ways = parts_of(route(lines_of(loss, *heavy(3000), GRID)))
    assert not any(isinstance(way, Plain) for way in ways)
    if loss.pieces is None and loss.strip is None and loss.rate is None:
        assert len(ways) > 1


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
        (LogisticLoss(), AnalyticCells),
        (Focal(), AnalyticCells),
        (Brier(), AnalyticCells),
        (Hinge(), PolynomialCells),
        (ModifiedHuber(), PolynomialCells),
        (Perceptron(), PolynomialCells),
        (Exponential(), ExponentialSum),
        (ZeroOne(), Steps),
    ],
    ids=repr,
)
def test_route_follows_from_the_mathematics_of_the_loss(loss, expected):
    assert type(route(lines_of(loss, *heavy(3000), GRID))) is expected


def test_route_asks_for_the_mathematics_and_never_for_a_name():
    class Anonymous:
        def __init__(self, loss):
            self.value, self.pieces = loss.value, loss.pieces
            self.strip, self.rate = loss.strip, loss.rate
            if hasattr(loss, "terms"):
                self.terms = loss.terms

    for loss in CURVES:
        known, unknown = (
            parts_of(route(lines_of(c, *heavy(3000), GRID))) for c in (loss, Anonymous(loss))
        )
        assert [type(way) for way in known] == [type(way) for way in unknown]


@pytest.mark.parametrize("loss", [Huber(), LogCosh()], ids=name_of)
def test_few_points_are_summed_plainly_and_many_are_not(loss):
    grid = Grid.regular((-2.0, 3.0), (-4.0, 4.5), 80, 80)
    assert isinstance(route(lines_of(loss, *normal(2), grid)), Plain)
    assert isinstance(route(lines_of(loss, *normal(500), grid)), Layout)


@every_curve
def test_uneven_intercepts_need_no_cells_and_are_summed_right(loss):
    x, y = normal(3000)
    grid = Grid(np.linspace(-1.0, 2.0, 3), np.array([-2.0, -1.0, 0.5, 0.6, 3.0]))
    lines = lines_of(loss, x, y, grid)
    assert lines.step is None
    assert not {type(way) for way in parts_of(route(lines))} & {PolynomialCells, AnalyticCells}
    assert_same(route(lines).means(lines), by_definition(loss, x, y, grid))


@pytest.mark.parametrize("loss", [Huber(), LogCosh(), ZeroOne()], ids=name_of)
@pytest.mark.parametrize("shift", [1e-6, 1e-8, 1e-12])
def test_intercepts_that_are_almost_even_are_summed_where_they_are(loss, shift):
    y = np.linspace(-2.0, 3.0, 31)
    y[7] += shift
    lines = lines_of(loss, *normal(3000), Grid(np.linspace(-1.0, 2.0, 3), y))
    assert lines.step is None
    assert_same(route(lines).means(lines), Plain().means(lines))


@every_summed_loss
def test_one_slope_and_one_intercept_are_a_landscape_too(loss):
    x, y = heavy(200)
    grid = Grid(np.array([1.5]), np.array([-0.5]))
    assert_same(LinearRegression(x, y, loss).landscape(grid).z, by_definition(loss, x, y, grid))


@every_summed_loss
def test_uneven_slopes_change_nothing(loss):
    x, y = heavy(3000)
    grid = Grid(np.array([-1.0, 0.7, 0.71, 4.0]), np.linspace(-3.0, 3.0, 31))
    landscape = LinearRegression(x, y, loss).landscape(grid)
    assert_same(landscape.z, by_definition(loss, x, y, grid))


# Blocks


@every_curve
def test_points_beyond_one_block_are_counted_once(loss):
    x, y = heavy(core.sums.BLOCK + 5)
    lines = lines_of(loss, x, y, Grid.regular((0.0, 2.0), (-2.0, 3.0), 3, 10))
    assert_same(route(lines).means(lines), Plain().means(lines))


@every_curve
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


@every_curve
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


@every_curve
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

SEPARABLE = (
    LogisticLoss(),
    WeightedLogisticLoss(positive_weight=20.0),
    SmoothedLogisticLoss(),
    SmoothedLogisticLoss(epsilon=0.0),
    Focal(),
    Focal(gamma=0.5, alpha=0.25),
    Focal(gamma=10.0),
    Brier(),
    SquaredHinge(),
    Exponential(),
    *MARGIN_SUMS[1:3],
)

STRIPPED = tuple(one for one in SEPARABLE if one.curve.strip and one.curve.pieces is None)

every_separable_loss = pytest.mark.parametrize("loss", SEPARABLE, ids=name_of)


@pytest.fixture
def mended(monkeypatch) -> list[int]:
    """How many crossings were summed plainly after all, one number for each time."""
    counts = []

    def watched(lines, out, faint, mend=core.sums.mend):
        counts.append(int(faint.sum()))
        mend(lines, out, faint)

    monkeypatch.setattr(core.cells, "mend", watched)
    return counts


@every_separable_loss
@pytest.mark.parametrize("steepest", [6.0, 75.0])
@pytest.mark.parametrize("side", ["both", "left", "right", "far"])
def test_what_is_almost_nothing_keeps_its_digits_and_its_speed(loss, steepest, side, mended):
    x, label = LABELLED["separable"]
    if side == "far":  # where there is nothing left
        x, label = np.append(x, [-1e40, 1e40]), np.append(label, [-1.0, 1.0])
    own = {"left": label < 0, "right": label > 0}.get(side, label != 0)
    x, label = np.tile(x[own], 50), np.tile(label[own], 50)
    grid = Grid.regular((0.0, steepest), (-2.0 * steepest, 2.0 * steepest), 20, 25)
    objective = LinearClassification(x, label, loss, np.arange(1.0, len(x) + 1))
    with np.errstate(over="ignore"):
        found = objective.landscape(grid).z
        expected = objective.values(grid.points).reshape(grid.shape)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-300)
    assert sum(mended) <= 2 * len(grid.x)


@pytest.mark.parametrize("loss", STRIPPED, ids=name_of)
def test_what_is_almost_nothing_keeps_its_digits_in_cells_of_any_size(loss, mended):
    @dataclasses.dataclass(frozen=True)
    class Mirrored:
        loss: ScalarLoss
        pieces = rate = None

        @property
        def strip(self):
            return self.loss.strip

        def value(self, x):
            return self.loss.value(-x)

    x, label = LABELLED["separable"]
    grid = Grid.regular((1.0, 40.0), (-10.0, 10.0), 6, 25)
    for curve, sign in ((loss.curve, 1.0), (Mirrored(loss.curve), -1.0)):
        lines = lines_of(curve, sign * label * x, 0.0 * x, grid)
        expected = Plain().means(lines)
        for layout in layouts(lines):
            np.testing.assert_allclose(layout.means(lines), expected, rtol=1e-9, atol=1e-300)
            assert layout.cells < 5e5
    assert sum(mended) == 0


@pytest.mark.parametrize(
    ("loss", "rate"),
    [
        (LogisticLoss(), 1.0),
        (Brier(), 2.0),
        (Focal(), 3.0),
        (Focal(gamma=0.5), 1.5),
        (Focal(gamma=10.0), 11.0),
        (WeightedSum((Brier(), LogisticLoss()), (1.0, 0.01)), 1.0),
        *((loss, 0.0) for loss in (LogCosh(), SmoothedLogisticLoss(), Cauchy(), Cauchy(0.1))),
        *((Barron(alpha), 0.0) for alpha in (-100.0, -8.0, 0.0, 1.0, 1.9)),
    ],
    ids=repr,
)
def test_a_curve_has_room_until_it_has_fallen_by_fourteen(loss, rate):
    curve = getattr(loss, "curve", loss)
    room = Room.of(curve, curve.strip)
    assert room.left == math.inf
    assert (Room.FALL / room.right) == pytest.approx(rate, rel=0.05)
    assert room.near == min(curve.strip, room.right)


@pytest.mark.parametrize("gamma", [30.0, 150.0])
def test_a_curve_may_be_gone_from_float64_after_a_few_strips(gamma):
    @dataclasses.dataclass(frozen=True)
    class Steep:
        value = Focal(gamma).value
        pieces = rate = None
        strip = math.pi

    room = Room.of(Steep(), math.pi)
    assert Room.FALL / room.right == pytest.approx(gamma + 1.0, rel=0.05)
    x, label = LABELLED["overlapping"]
    lines = lines_of(Steep(), label * x, 0.0 * x, Grid.regular((0.1, 3.0), (-1.0, 1.0), 6, 25))
    for layout in layouts(lines):
        assert_same(layout.means(lines), Plain().means(lines))


@pytest.mark.parametrize("far", [1e2, 1e4, 1e40])
def test_what_falls_slower_than_an_exponential_has_room_without_end(far):
    @dataclasses.dataclass(frozen=True)
    class Slow:
        pieces = rate = None
        strip = 1.0

        def value(self, x):
            return (1.0 + np.square(x)) ** -6.0

    assert Room.of(Slow(), 1.0) == Room(1.0)
    x = far * np.linspace(1.0, 3.0, 400)
    lines = lines_of(Slow(), x, 0.0 * x, Grid.regular((1.0, 1.5), (-3.0, 3.0), 4, 25))
    expected = Plain().means(lines)
    for way in [route(lines), *layouts(lines)]:
        np.testing.assert_allclose(way.means(lines), expected, rtol=1e-9, atol=1e-300)


@pytest.mark.parametrize("loss", [Huber(), LogCosh(), ZeroOne(), Exponential()], ids=name_of)
def test_memory_grows_with_points_and_crossings_apart(loss):
    rng = np.random.default_rng(10)
    a, offset = rng.normal(size=(2, 300_000))
    grid = Grid.regular((-1.0, 1.0), (-2.0, 2.0), 10, 60)
    line_sums(loss, a[:100], offset[:100], None, grid)
    tracemalloc.start()
    line_sums(loss, a, offset, None, grid)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 24e6  # of 1440 MB that all residuals would take


@every_summed_loss
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


@every_summed_loss
def test_no_route_falls_below_zero_at_a_perfect_fit(loss):
    x = np.linspace(-2, 2, 41)
    lines = lines_of(loss, x, 0.5 * x + 0.25, Grid.regular((-1.0, 2.0), (-1.25, 1.75), 7, 13))
    for way in [Plain(), route(lines), *layouts(lines)]:
        z = way.means(lines)
        assert z.min() >= 0
        assert z[6, 3] < 1e-15


@every_summed_loss
@pytest.mark.parametrize("height", [1e3, 1e15])
def test_a_far_outlier_spoils_no_digit(loss, height):
    x, y = with_outlier(600, height)
    grid = Grid.regular((-2.0, 3.0), (-4.0, 4.5), 5, 41)
    lines = lines_of(loss, x, y, grid)
    assert_same(route(lines).means(lines), Plain().means(lines))


@every_summed_loss
@pytest.mark.parametrize("height", [1e60, 1e160, -1.7e308])
def test_an_outlier_at_the_edge_of_float64_makes_no_nan(loss, height):
    x, y = with_outlier(600, height)
    grid = Grid.regular((-2.0, 3.0), (-4.0, 4.5), 5, 41)
    with np.errstate(over="ignore"):
        expected = Plain().means(lines_of(loss, 1e3 * x, y, grid))
    found = LinearRegression(1e3 * x, y, loss).landscape(grid).z
    assert not np.isnan(found).any()
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@every_summed_loss
@pytest.mark.parametrize("size", [1e-200, 1e-100, 1e100, 1e200])
def test_the_unit_of_x_changes_nothing(loss, size):
    x, y = normal(300)
    grid = Grid.regular((-2.0, 3.0), (-4.0, 4.5), 5, 17)
    expected = LinearRegression(x, y, loss).landscape(grid).z
    found = LinearRegression(x * size, y, loss).landscape(Grid(grid.x / size, grid.y)).z
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@every_curve
@pytest.mark.parametrize("window", [(-4.0, 4.5), (40.0, 41.0), (-41.0, -40.0), (0.3, 0.3001)])
def test_grid_may_lie_anywhere_about_the_points(loss, window):
    x, y = heavy(800)
    lines = lines_of(loss, x, y, Grid.regular((1.0, 1.4), window, 4, 25))
    expected = Plain().means(lines)
    for way in [route(lines), *layouts(lines)]:
        assert_same(way.means(lines), expected)


@every_summed_loss
@pytest.mark.parametrize("size", [1e50, 1e-50])
def test_sizes_beyond_reason_give_numbers_and_no_warning(loss, size):
    x, y = normal(300)
    grid = Grid.regular((-2.0, 3.0), (-4.0 * size, 4.5 * size), 5, 9)
    objective = LinearRegression(x, y * size, loss)
    z = LinearRegression(x, y * size, loss).landscape(Grid(grid.x * size, grid.y)).z
    assert np.isfinite(z).all()
    expected = [[objective.value((s * size, b)) for s in grid.x] for b in grid.y]
    np.testing.assert_allclose(z, expected, rtol=1e-9)


@every_summed_loss
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
    cut = Cut.fitting(order, Room(strip), lines.step)
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
                (-2.0, 0.0, 0.0, -0.5),
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
