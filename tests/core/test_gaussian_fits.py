"""Laws of one Gaussian fitted to two humps, held against quadrature and optimizers of SciPy."""

import dataclasses
import itertools
import math

import mpmath
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.stats import norm

import core.divergences.gaussian_fits
from core.declare import ParameterError, parameters
from core.divergences.gaussian_fits import FITS, ForwardFit, ReverseFit, TwoHumps
from core.landscape import Grid
from core.optimizers import Adam, GradientDescent, Outcome, descend

HUMPS = {
    "default": TwoHumps(),
    "apart": TwoHumps(6.0, 0.5, 0.4, 0.4),
    "near": TwoHumps(1.0, 0.5, 0.8, 0.8),
    "wide and narrow": TwoHumps(5.0, 0.3, 0.4, 2.0),
    "one on the other": TwoHumps(0.0, 0.5, 0.4, 2.0),
    "one and the same": TwoHumps(0.0, 0.3, 1.2, 1.2),
    "left alone": TwoHumps(4.0, 0.0, 0.7, 0.9),
    "right alone": TwoHumps(4.0, 1.0, 0.7, 0.9),
    "hardly": TwoHumps(4.0, 1e-9, 0.7, 0.9),
    "nearly equal spreads": TwoHumps(4.0, 0.6, 0.7, 0.7 + 1e-13),
}
BOTH = {name: humps for name, humps in HUMPS.items() if 0 < humps.weight < 1}
# What the page shows: narrow, as wide as p, wider; on a hump, between, beside.
THETAS = [(m, s) for m in (-5.0, -1.9, 0.0, 2.77) for s in (0.2, 0.5, 1.4, 4.5)]
GRID = Grid.regular((-5.0, 5.0), (0.2, 4.5), 41, 37)

every_humps = pytest.mark.parametrize("name", HUMPS)
every_fit = pytest.mark.parametrize("kind", FITS, ids=lambda kind: kind.__name__)


def drawn(seed: int) -> TwoHumps:
    random = np.random.default_rng(seed)
    ends = [(told.low, told.high) for told in parameters(TwoHumps).values()]
    return TwoHumps(*(float(random.uniform(*end)) for end in ends))


def integral(humps: TwoHumps, curve, low: float, high: float) -> float:
    """Return the integral by SciPy, cut where it turns sharply."""
    turns = sorted({*humps.crossings, *humps.centres, humps.mean})
    cuts = [low, *(one for one in turns if low < one < high), high]
    pieces = []
    for a, b in itertools.pairwise(cuts):
        inner = np.linspace(a, b, 5)
        pieces += [
            quad(curve, c, d, epsabs=1e-13, epsrel=1e-12, limit=200)[0]
            for c, d in itertools.pairwise(inner)
        ]
    return math.fsum(pieces)


def under_p(humps: TwoHumps, curve) -> float:
    return integral(humps, lambda x: float(humps.density(x)) * curve(x), -30.0, 30.0)


def under_q(humps: TwoHumps, theta, curve) -> float:
    mean, spread = theta
    return integral(
        humps, lambda x: norm.pdf(x, mean, spread) * curve(x), mean - 12 * spread,
        mean + 12 * spread,
    )  # fmt: skip


# The two humps


@every_humps
def test_the_density_is_that_of_a_mixture(name):
    humps = HUMPS[name]
    x = np.linspace(-8, 8, 33)
    parts = zip(humps.weights, humps.centres, humps.spreads, strict=True)
    plain = sum(w * norm.pdf(x, m, s) for w, m, s in parts)
    np.testing.assert_allclose(humps.density(x), plain, rtol=1e-12)
    assert sum(humps.weights) == 1.0
    assert under_p(humps, lambda x: 1.0) == pytest.approx(1.0, abs=1e-12)


@every_humps
def test_mean_spread_and_entropy_are_those_of_the_density(name):
    humps = HUMPS[name]
    mean = under_p(humps, lambda x: x)
    variance = under_p(humps, lambda x: (x - mean) ** 2)
    entropy = -under_p(humps, lambda x: float(humps.log_density(x)))
    assert humps.mean == pytest.approx(mean, abs=1e-10)
    assert humps.spread == pytest.approx(math.sqrt(variance), abs=1e-10)
    assert humps.entropy == pytest.approx(entropy, abs=1e-10)


def test_the_entropy_of_one_gaussian_is_known():
    for name, spread in (("left alone", 0.7), ("right alone", 0.9), ("one and the same", 1.2)):
        told = math.log(spread) + 0.5 * math.log(2 * math.pi * math.e)
        assert HUMPS[name].entropy == pytest.approx(told, abs=1e-13)


@every_humps
@pytest.mark.parametrize("x", [-1e3, -3.0, -0.2, 0.0, 1e-9, 2.5, 40.0, 1e6])
def test_the_logarithm_of_the_density_and_its_slopes_hold_far_out(name, x):
    humps = HUMPS[name]
    with mpmath.workdps(60):
        parts = [
            (mpmath.mpf(w), mpmath.mpf(m), mpmath.mpf(s))
            for w, m, s in zip(humps.weights, humps.centres, humps.spreads, strict=True)
        ]

        def log(y):
            return mpmath.log(sum(w * mpmath.npdf(y, m, s) for w, m, s in parts))

        told = [float(mpmath.diff(log, mpmath.mpf(x), n)) for n in range(3)]
    place = np.array([x])
    assert float(humps.log_density(x)) == pytest.approx(told[0], rel=1e-13)
    assert humps.slope(place)[0] == pytest.approx(told[1], rel=1e-9, abs=1e-9)
    assert humps.bend(place)[0] == pytest.approx(told[2], rel=1e-7, abs=1e-7)


@every_humps
def test_the_share_of_the_right_hump_is_what_it_adds(name):
    humps, x = HUMPS[name], np.linspace(-6, 6, 41)
    w, m, s = humps.weight, humps.centres[1], humps.right
    np.testing.assert_allclose(
        humps.share(x), w * norm.pdf(x, m, s) / humps.density(x), rtol=1e-9, atol=1e-300
    )


@every_humps
def test_humps_change_hands_exactly_at_the_crossings(name):
    humps = HUMPS[name]
    for place in humps.crossings:
        left, right = humps.log_parts(np.array(place))
        assert left == pytest.approx(right, rel=1e-9, abs=1e-9)
    x = np.linspace(-40, 40, 8001) + 0.00123
    left, right = humps.log_parts(x)
    changes = x[:-1][np.diff(np.sign(left - right)) != 0]
    seen = [one for one in humps.crossings if -40 < one < 40]
    np.testing.assert_allclose(sorted(changes), seen, atol=0.02)


@pytest.mark.parametrize("seed", range(20))
def test_the_strip_ends_at_a_zero_of_the_density_and_holds_none(seed):
    humps = drawn(seed)
    (m1, m2), (s1, s2), (w1, w2) = humps.centres, humps.spreads, humps.weights

    def balance(z):
        """Return 1 + the odds of the right hump, which is 0 where the density is."""
        log = np.log(w2 / w1 * s1 / s2) + (z - m1) ** 2 / (2 * s1**2) - (z - m2) ** 2 / (2 * s2**2)
        return 1.0 + np.exp(np.where(np.real(log) > 600, 600, log))

    x = np.linspace(-30, 30, 60_001)
    at_the_end = np.abs(balance(x + 1j * humps.strip))
    assert at_the_end.min() < 0.1
    for share in (0.2, 0.5, 0.8):
        inside = np.abs(balance(x + 1j * share * humps.strip))
        assert inside.min() > 0.3 * (1 - share)


def test_one_gaussian_has_no_zeros_at_all():
    for name in ("left alone", "right alone", "one and the same"):
        assert HUMPS[name].strip == math.inf
        assert HUMPS[name].crossings == ()


@every_humps
def test_peaks_are_the_maxima_of_the_density(name):
    humps = HUMPS[name]
    x = np.linspace(-8, 8, 160_001)
    y = humps.log_density(x)
    top = x[1:-1][(y[1:-1] > y[:-2]) & (y[1:-1] >= y[2:])]
    if (
        name == "hardly"
    ):  # a billionth of a hump is still a peak: to the right of its centre it falls
        top = top[np.abs(humps.slope(top)) < 1e-3]
    np.testing.assert_allclose(humps.peaks, top, atol=2e-4)


@pytest.mark.parametrize("theta", [(-2.0, 0.4), (0.1, 1.7), (2.0, 0.9), (4.0, 4.0), (0.0, 0.01)])
@every_humps
def test_mass_is_counted_where_a_hump_leads(name, theta):
    humps = HUMPS[name]
    told = humps.mass_right(*theta)
    x = theta[0] + theta[1] * np.linspace(-10, 10, 40_001)
    left, right = humps.log_parts(x)
    weights = norm.pdf(x, *theta)
    assert told == pytest.approx(weights[right > left].sum() / weights.sum(), abs=1e-3)
    if not humps.crossings and humps.weight != 0.5:
        assert told in (0.0, 1.0)


def test_mass_beyond_a_far_crossing_keeps_its_digits():
    humps = HUMPS["apart"]
    assert humps.mass_right(-3.0, 0.3) == pytest.approx(norm.sf(10.0), rel=1e-9, abs=0.0)


@every_humps
def test_the_probability_of_a_stretch_is_its_integral(name):
    humps = HUMPS[name]
    told = integral(humps, lambda x: float(humps.density(x)), -1.5, 2.5)
    assert humps.within(-1.5, 2.5) == pytest.approx(told, abs=1e-12)
    assert humps.within(-math.inf, math.inf) == pytest.approx(1.0, abs=1e-15)


@pytest.mark.parametrize("field", parameters(TwoHumps))
def test_knobs_are_bounded_where_their_sliders_end(field):
    told = parameters(TwoHumps)[field]
    for value in (told.low, told.high):
        assert getattr(dataclasses.replace(TwoHumps(), **{field: value}), field) == value
    for value in (told.low - 0.01, told.high + 0.01, math.nan):
        with pytest.raises(ParameterError, match=f"TwoHumps: {field}"):
            dataclasses.replace(TwoHumps(), **{field: value})


# Value, gradient, landscape


@every_humps
@pytest.mark.parametrize("theta", THETAS, ids=str)
def test_both_directions_are_those_of_scipy_quadrature(name, theta):
    humps, (mean, spread) = HUMPS[name], theta
    log_q = norm(mean, spread).logpdf
    backward = under_q(humps, theta, lambda x: float(log_q(x) - humps.log_density(x)))
    assert ReverseFit(humps).value(theta) == pytest.approx(backward, rel=1e-9, abs=1e-9)
    forward = under_p(humps, lambda x: float(humps.log_density(x) - log_q(x)))
    assert ForwardFit(humps).value(theta) == pytest.approx(forward, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", range(20))
def test_sums_are_exact_for_any_knobs_and_any_gaussian(seed):
    """Ten times as many nodes over a wider range change nothing."""
    humps, random = drawn(seed), np.random.default_rng(seed)
    for _ in range(25):
        mean, spread = random.uniform(-5, 5), math.exp(random.uniform(math.log(0.02), math.log(25)))
        t = np.linspace(-11, 11, 20 * len(humps.nodes(spread)[0]) + 1)
        weights = norm.pdf(t)
        dense = humps.log_density(mean + spread * t) @ (weights / weights.sum())
        assert humps.expected_log(mean, spread) == pytest.approx(dense, rel=1e-9, abs=3e-10)


@every_fit
@every_humps
@pytest.mark.parametrize("theta", THETAS[1::3], ids=str)
def test_gradient_and_hessian_are_those_of_the_value(kind, name, theta):
    fit, theta = kind(HUMPS[name]), np.array(theta)
    h = 2e-3 * theta[1]
    size = 1.0 + abs(fit.value(theta)) / theta[1] ** 2
    for i, way in enumerate(np.eye(2)):
        steps = [(1, 45.0), (2, -9.0), (3, 1.0)]
        by_value = sum(c * (fit.value(theta + k * h * way) - fit.value(theta - k * h * way))
                       for k, c in steps) / (60 * h)  # fmt: skip
        by_slope = sum(c * (fit.gradient(theta + k * h * way) - fit.gradient(theta - k * h * way))
                       for k, c in steps) / (60 * h)  # fmt: skip
        assert fit.gradient(theta)[i] == pytest.approx(by_value, abs=1e-7 * size)
        np.testing.assert_allclose(fit.hessian(theta)[i], by_slope, atol=1e-6 * size)


@every_fit
@every_humps
def test_value_values_and_landscape_are_one_function(kind, name, monkeypatch):
    monkeypatch.setattr(core.divergences.gaussian_fits, "_BLOCK", 5000)
    fit = kind(HUMPS[name])
    told = fit.landscape(GRID)
    assert told.z.shape == GRID.shape
    np.testing.assert_array_equal(told.x, GRID.x)
    np.testing.assert_array_equal(told.y, GRID.y)
    some = GRID.points[::53]
    one_by_one = [fit.value(point) for point in some]
    np.testing.assert_allclose(fit.values(some), one_by_one, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(told.z.ravel()[::53], one_by_one, rtol=1e-9, atol=1e-9)


@every_fit
@pytest.mark.parametrize(
    ("x", "y"),
    [((-1.0, 0.5, 3.0), (0.3, 1.0)), ((0.4,), (0.3, 2.0)), ((-1e4, 0.0, 1e4), (0.5, 50.0, 900.0)),
     ((-1.0, 1.0), (-1.0, 0.0, 0.7)), ((-1e-9, 1e-9), (1e-6, 2.0))],
    ids=str,
)  # fmt: skip
def test_a_landscape_over_any_grid_holds_the_values(kind, x, y):
    fit, grid = kind(HUMPS["default"]), Grid(np.array(x), np.array(y))
    one_by_one = [fit.value(point) for point in grid.points]
    np.testing.assert_allclose(fit.landscape(grid).z.ravel(), one_by_one, rtol=1e-9, atol=1e-9)


@every_fit
@pytest.mark.parametrize("theta", [(0.0, 0.0), (0.0, -1.0), (math.nan, 1.0), (math.inf, 1.0),
                                   (0.0, math.inf)], ids=str)  # fmt: skip
def test_without_a_gaussian_the_cost_is_infinite_and_never_nan(kind, theta):
    fit = kind(HUMPS["default"])
    assert fit.value(theta) == math.inf
    assert fit.values([theta, (0.0, 1.0)])[0] == math.inf
    assert fit.values([theta, (0.0, 1.0)])[1] == pytest.approx(fit.value((0.0, 1.0)), rel=1e-12)
    assert np.isnan(fit.gradient(theta)).all()
    assert np.isnan(fit.hessian(theta)).all()
    assert fit.values(np.zeros((0, 2))).shape == (0,)


@every_fit
def test_a_step_beyond_the_gaussians_ends_the_path_as_a_result(kind):
    for start, rate in (((4.0, 0.2), 5.0), ((-1.0, 1.0), 1e4), ((0.0, -1.0), 0.1)):
        path = descend(kind(HUMPS["default"]), GradientDescent(rate), start, 50)
        assert np.isfinite(path.points).all()
        assert len(path.points) == len(path.values)
    assert path.outcome is Outcome.DIVERGED


@every_fit
@pytest.mark.parametrize("seed", range(30))
def test_a_divergence_is_never_negative_and_not_convex(kind, seed):
    fit = kind(drawn(seed))
    assert (fit.landscape(GRID).z >= 0).all()
    assert not fit.convex
    assert not fit.is_parabola
    a, b = np.array([-5.0, 4.5]), np.array([5.0, 0.5])
    spots = [fit.hessian(point) for point in (a, b, (0.0, 4.5), (5.0, 4.5), (-5.0, 4.5))]
    if kind is ForwardFit:
        assert min(np.linalg.eigvalsh(one)[0] for one in spots) < 0


@every_fit
def test_no_rounding_makes_an_exact_fit_cost_less_than_nothing(kind):
    for spread in (*np.linspace(0.4, 2.0, 60), 0.921768140116764, 0.9484570475396163):
        fit = kind(TwoHumps(0.0, 0.5, spread, spread))
        around = [(0.0, spread * (1 + k * 1e-9)) for k in range(-3, 4)]
        assert min(fit.value(theta) for theta in around) >= 0
        assert fit.values(around).min() >= 0
        grid = Grid(np.array([-0.5, 0.0, 0.5]), np.array([spread]))
        assert fit.landscape(grid).z.min() >= 0


# Minima


@every_humps
def test_forward_has_one_minimum_mean_and_spread_of_p(name):
    fit = ForwardFit(HUMPS[name])
    ((mean, spread),) = fit.minima
    assert (mean, spread) == (HUMPS[name].mean, HUMPS[name].spread)
    np.testing.assert_allclose(fit.gradient((mean, spread)), 0.0, atol=1e-15)
    assert np.linalg.eigvalsh(fit.hessian((mean, spread)))[0] > 0
    for start in ((-4.0, 0.5), (4.0, 3.0), (0.0, 1.0)):
        found = minimize(
            lambda v: fit.value((v[0], math.exp(v[1]))), (start[0], math.log(start[1])), tol=1e-12
        )
        np.testing.assert_allclose((found.x[0], math.exp(found.x[1])), (mean, spread), atol=1e-4)


@pytest.mark.parametrize("name", ["left alone", "right alone", "one and the same"])
@every_fit
def test_one_gaussian_is_met_exactly(kind, name):
    humps = HUMPS[name]
    ((mean, spread),) = kind(humps).minima
    assert mean == pytest.approx(humps.mean, abs=1e-7)
    assert spread == pytest.approx(humps.spread, abs=1e-7)
    assert kind(humps).value((mean, spread)) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("seed", range(30))
def test_reverse_finds_every_minimum_that_scipy_finds(seed):
    humps = drawn(seed)
    fit = ReverseFit(humps)
    ends = []
    for mean in np.linspace(-4.5, 4.5, 5):
        for spread in (0.5, 1.5, 3.0):
            found = minimize(
                lambda v: fit.value((v[0], math.exp(v[1]))),
                (mean, math.log(spread)),
                jac=lambda v: fit.gradient((v[0], math.exp(v[1]))) * [1.0, math.exp(v[1])],
                method="BFGS",
                options={"gtol": 1e-9},
            )
            point = np.array([found.x[0], math.exp(found.x[1])])
            curved = np.linalg.eigvalsh(fit.hessian(point))[0] > 1e-6
            if np.abs(fit.gradient(point)).max() < 1e-5 and curved:
                ends.append(point)
    assert ends
    for end in ends:
        assert min(np.abs(end - one).max() for one in fit.minima) < 1e-3
    for one in fit.minima:
        np.testing.assert_allclose(fit.gradient(one), 0.0, atol=1e-7)
        assert np.linalg.eigvalsh(fit.hessian(one))[0] > 0
        assert one[1] >= min(humps.spreads) * (1 - 1e-9)
    values = [fit.value(one) for one in fit.minima]
    np.testing.assert_allclose(values, sorted(values), atol=1e-10)
    assert list(fit.ranks) == sorted(fit.ranks)
    for i, (a, b) in enumerate(itertools.pairwise(values)):
        assert (fit.ranks[i] == fit.ranks[i + 1]) == (b <= a + 1e-10)
    apart = [np.abs(a - b).max() for i, a in enumerate(fit.minima) for b in fit.minima[:i]]
    assert all(gap > 1e-3 for gap in apart)


def test_far_apart_reverse_seeks_a_hump_and_pays_for_the_other():
    fit = ReverseFit(TwoHumps(6.0, 0.7, 0.5, 0.6))
    right, left = fit.minima[:2]
    np.testing.assert_allclose(right, (3.0, 0.6), atol=1e-3)
    np.testing.assert_allclose(left, (-3.0, 0.5), atol=1e-3)
    assert fit.value(right) == pytest.approx(-math.log(0.7), abs=1e-3)
    assert fit.value(left) == pytest.approx(-math.log(0.3), abs=1e-3)


@every_humps
def test_mirrored_humps_have_mirrored_minima(name):
    humps = HUMPS[name]
    mirrored = TwoHumps(humps.separation, 1.0 - humps.weight, humps.right, humps.left)
    for kind in FITS:
        there = sorted(tuple(one * [-1, 1]) for one in kind(mirrored).minima)
        np.testing.assert_allclose(sorted(map(tuple, kind(humps).minima)), there, atol=1e-6)


@pytest.mark.parametrize(
    ("start", "end"), [((-1.0, 1.0), 1), ((1.0, 1.0), 0), ((3.0, 3.0), 0), ((-4.0, 0.5), 1)]
)
def test_where_reverse_ends_depends_on_the_start_and_forward_does_not_care(start, end):
    humps = TwoHumps(4.5, 0.6, 0.6, 0.8)
    there = ReverseFit(humps).minima
    assert len(there) == 2
    path = descend(ReverseFit(humps), Adam(), start, 400)
    assert path.outcome is Outcome.CONVERGED
    np.testing.assert_allclose(path.points[-1], there[end], atol=1e-3)
    forward = descend(ForwardFit(humps), Adam(), start, 500)
    np.testing.assert_allclose(forward.points[-1], ForwardFit(humps).minima[0], atol=0.1)


@every_fit
def test_each_direction_says_what_it_is(kind):
    assert kind.name in ("Forward KL", "Reverse KL")
    assert "mathrm{KL}" in kind.formula
    assert kind.source.year > 1900


@pytest.mark.parametrize("separation", [2.6, 3.0, 4.5, 6.0])
@pytest.mark.parametrize("spread", [0.4, 0.6, 0.8])
def test_minima_that_mirror_each_other_are_equally_low_and_told_from_left_to_right(
    separation, spread
):
    fit = ReverseFit(TwoHumps(separation, 0.5, spread, spread))
    for (a, i), (b, j) in itertools.combinations(zip(fit.minima, fit.ranks, strict=True), 2):
        if np.abs(a * [-1, 1] - b).max() < 1e-6:
            assert i == j
            assert a[0] < b[0]
    assert ForwardFit(fit.humps).ranks == (0,)
    for nudge in (1e-6, -1e-6):
        tipped = ReverseFit(TwoHumps(separation, 0.5 + nudge, spread, spread))
        if len(tipped.minima) == 2:
            assert tipped.ranks == (0, 1)
            assert (tipped.minima[0][0] > 0) == (nudge > 0)
