"""Laws of the losses without labels, each run over the registry."""

import inspect
import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import optimize, special

from core.losses import Array, DomainError
from core.losses.clustering import (
    CLUSTERING_LOSSES,
    BernoulliReconstruction,
    ClusteringLoss,
    KMeans,
    Reconstruction,
)
from core.losses.domain import PROBABILITY
from tests.core import laws

LOSSES: tuple[ClusteringLoss, ...] = tuple(cls() for cls in CLUSTERING_LOSSES)
TIED = (Reconstruction, BernoulliReconstruction)

every_loss = pytest.mark.parametrize("loss", LOSSES, ids=repr)
every_tied = pytest.mark.parametrize("loss", [cls() for cls in TIED], ids=repr)


def drawn(
    loss: ClusteringLoss, seed: int, count: int = 8, width: int = 3, kept: int = 2
) -> tuple[Array, Array]:
    """Return points and what stands for them, at random."""
    random = np.random.default_rng(seed)
    points = random.normal(size=(count, width))
    if loss.arguments[0].domain == PROBABILITY:
        points = random.uniform(size=(count, width))
    shape = (kept, width) if isinstance(loss, KMeans) else (width, kept)
    return points, random.normal(size=shape)


def steepness(loss: ClusteringLoss, points: Array, moving: Array) -> float:
    return float(np.linalg.norm(loss.gradient(points, moving)))


# The curves belong together.


@every_loss
def test_gradient_is_that_of_the_sum_of_all_values(loss: ClusteringLoss) -> None:
    seen = 0
    for seed in range(30):
        points, moving = drawn(loss, seed)
        move = np.random.default_rng(seed + 100).normal(size=moving.shape)
        at = [moving + t * move for t in (-0.005, 0.005)]
        if isinstance(loss, KMeans) and np.any(
            np.diff([loss.assign(points, c) for c in at], axis=0)
        ):
            continue
        laws.assert_gradient(loss, (points, moving), (move,), width=0.004, rtol=1e-6)
        seen += 1
    assert seen >= 10


@every_loss
def test_what_stands_for_many_sets_of_points_gets_the_sum_of_all_pulls(
    loss: ClusteringLoss,
) -> None:
    sets = np.array([[drawn(loss, 5 * i + j)[0] for j in range(3)] for i in range(2)])
    _, moving = drawn(loss, 99)
    apart = [[loss.gradient(one, moving) for one in row] for row in sets]
    np.testing.assert_allclose(
        loss.gradient(sets, moving), np.sum(apart, axis=(0, 1)), rtol=1e-12, atol=1e-12
    )
    columns = np.array([drawn(loss, 70 + j)[1] for j in range(3)])
    per_column = [sum(loss.gradient(sets[i, j], columns[j]) for i in range(2)) for j in range(3)]
    np.testing.assert_allclose(loss.gradient(sets, columns), per_column, rtol=1e-12, atol=1e-12)
    rows = np.array([[drawn(loss, 80 + i)[1]] for i in range(2)])
    per_row = [[sum(loss.gradient(sets[i, j], rows[i, 0]) for j in range(3))] for i in range(2)]
    np.testing.assert_allclose(loss.gradient(sets, rows), per_row, rtol=1e-12, atol=1e-12)


@every_loss
def test_leading_axes_of_any_number_give_what_each_gives_alone(loss: ClusteringLoss) -> None:
    points = np.array([drawn(loss, i)[0] for i in range(4)])
    moving = np.array([[drawn(loss, 10 + i)[1]] for i in range(3)])
    value = loss.value(points, moving)
    assert value.shape == (3, 4, 8)
    for i, j in itertools.product(range(3), range(4)):
        np.testing.assert_allclose(value[i, j], loss.value(points[j], moving[i, 0]), rtol=1e-12)


@every_loss
def test_the_section_is_the_loss_along_its_line(loss: ClusteringLoss) -> None:
    t = np.linspace(*loss.section.interval, 41)
    if isinstance(loss, KMeans):
        points = np.array([[-2.0], [-1.0], [1.0], [2.0]])
        expected = [loss.value(points, [[at], [-1.5]]).sum() for at in t]
    else:
        expected = [loss.value([[0.8]], [[at]])[0] for at in t]
    np.testing.assert_allclose(loss.section.value(t), expected, rtol=1e-13)


@every_loss
def test_the_section_is_fit_to_be_drawn(loss: ClusteringLoss) -> None:
    laws.assert_section(loss)
    assert loss.section.places == ()
    assert loss.section.held
    assert all(
        loss.section.interval[0] < k < loss.section.interval[1] for k in loss.properties.kinks
    )


@every_loss
def test_the_bend_of_the_section_is_the_slope_of_its_slope(loss: ClusteringLoss) -> None:
    section = loss.section
    for t in np.linspace(*section.interval, 38)[1:-1]:
        if np.min(np.abs(np.array(loss.properties.kinks) - t), initial=1.0) < 0.02:
            continue
        told = laws.slope(lambda s, t=t: float(section.gradient(np.array([t + s]))[0]), 0.01)
        assert float(section.hessian(np.array([t]))[0]) == pytest.approx(told, rel=1e-6, abs=1e-8)


def test_both_reconstructions_share_their_axis() -> None:
    one, other = Reconstruction().section, BernoulliReconstruction().section
    assert (one.axis, one.interval, one.held) == (other.axis, other.interval, other.held)
    assert "0.8" in one.held
    assert one.axis == "weight w"
    w = np.linspace(*one.interval, 41)  # w and -w build the same, and both are shown
    assert one.interval[0] == -one.interval[1]
    for section in (one, other):
        np.testing.assert_allclose(section.value(w), section.value(-w), rtol=1e-14)


def test_the_section_of_k_means_says_where_its_points_are() -> None:
    section = KMeans().section
    assert section.axis == "position of one centroid c"
    assert section.held == "points at -2, -1, 1 and 2, summed, and another centroid at -1.5"
    # All four belong to the other centroid when this one is far away: 0.25 + 0.25 + 6.25 + 12.25.
    np.testing.assert_allclose(section.value(np.array([-1e3, 1e3])), 19.0)
    np.testing.assert_allclose(section.value(np.array([1.5])), 0.25 + 0.25 + 0.25 + 0.25)


# Kinks and constants.


@every_loss
def test_gradient_jumps_exactly_at_the_declared_kinks(loss: ClusteringLoss) -> None:
    kinks = loss.properties.kinks
    t = np.union1d(np.linspace(*loss.section.interval, 8001), kinks)
    slopes = loss.section.gradient(t)
    jump, step = np.abs(np.diff(slopes)), np.diff(t)
    holds = np.zeros(jump.shape, dtype=bool)
    for kink in kinks:
        holds |= (t[:-1] <= kink) & (kink <= t[1:])
        left, at, right = loss.section.gradient(kink + np.array([-1e-9, 0.0, 1e-9]))
        assert abs(right - left) > 0.5
        assert min(left, right) - 1e-8 <= at <= max(left, right) + 1e-8
    steepest = np.abs(loss.section.hessian(t)).max()
    assert (jump[~holds] <= steepest * step[~holds] * 1.001).all()
    assert kinks == tuple(sorted(set(kinks)))
    assert len(kinks) == (5 if isinstance(loss, KMeans) else 0)


@every_loss
def test_no_bound_holds_for_the_slope_nor_for_the_value(loss: ClusteringLoss) -> None:
    told = loss.properties
    assert told.lipschitz == told.bound == math.inf
    points, moving = drawn(loss, 1)
    sizes = [steepness(loss, points, far * moving) for far in (1.0, 1e3, 1e6)]
    assert sizes[0] * 500.0 < sizes[1]
    assert sizes[1] * 500.0 < sizes[2]
    assert not told.redescending
    assert loss.value(points, 1e6 * moving).min() > 1e5


@every_loss
def test_no_bound_holds_for_the_slope_of_the_gradient(loss: ClusteringLoss) -> None:
    assert loss.properties.smoothness == math.inf
    quotients = []
    for size in (1e1, 1e3, 1e5):
        if isinstance(loss, KMeans):
            points = np.array([[0.0]])
            ends = [np.array([[1.0 + sign / size], [-1.0]]) for sign in (-1.0, 1.0)]
        else:
            # The numbers of the code cancel, whatever their size: the logits stay at 0.
            points = np.array([[1.0, 1.0]])
            ends = [np.array([[size], [-size + sign / size]]) for sign in (-1.0, 1.0)]
        change = loss.gradient(points, ends[1]) - loss.gradient(points, ends[0])
        quotients.append(np.linalg.norm(change) / np.linalg.norm(ends[1] - ends[0]))
    assert quotients[0] * 50.0 < quotients[1]
    assert quotients[1] * 50.0 < quotients[2]


@every_loss
def test_no_loss_is_convex_and_each_shows_a_witness(loss: ClusteringLoss) -> None:
    assert not loss.properties.convex
    assert loss.properties.strong_convexity == 0.0
    laws.assert_convex_or_witnessed(loss, iter(()))


def test_two_orders_of_the_same_centroids_cost_the_same_and_their_middle_more() -> None:
    one, other = laws.witnesses(KMeans())
    np.testing.assert_array_equal(np.sort(one[1], axis=0), np.sort(other[1], axis=0))
    assert laws.total(KMeans(), one) == laws.total(KMeans(), other) == 0.0


@every_loss
def test_what_stands_for_the_points_may_be_renamed(loss: ClusteringLoss) -> None:
    assert loss.properties.symmetric
    points, moving = drawn(loss, 2, kept=3)
    order = np.array([2, 0, 1])
    renamed = moving[order] if isinstance(loss, KMeans) else moving[:, order]
    np.testing.assert_allclose(loss.value(points, renamed), loss.value(points, moving), rtol=1e-12)


@every_tied
def test_turning_the_code_changes_nothing(loss: ClusteringLoss) -> None:
    points, weights = drawn(loss, 3)
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    expected = loss.value(points, weights)
    for same in (-weights, weights @ turn):
        np.testing.assert_allclose(loss.value(points, same), expected, rtol=1e-12)


@every_loss
def test_nothing_is_classified_and_no_probability_reported(loss: ClusteringLoss) -> None:
    told = loss.properties
    assert told.calibrated is told.proper is told.strictly_proper is None
    assert told.tight


@every_loss
def test_no_loss_is_negative(loss: ClusteringLoss) -> None:
    assert all((loss.value(*drawn(loss, seed)) >= 0.0).all() for seed in range(50))


# k-means.


def blobs(seed: int) -> tuple[Array, Array]:
    random = np.random.default_rng(seed)
    places = random.normal(size=(4, 2)) * 4.0
    points = places[random.integers(4, size=80)] + random.normal(size=(80, 2))
    return points, points[:5] + random.normal(size=(5, 2))


def test_each_point_pays_the_square_to_its_nearest_centroid() -> None:
    points, centroids = [[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]], [[0.0, 0.0], [6.0, 8.5]]
    np.testing.assert_array_equal(KMeans().value(points, centroids), [0.0, 25.0, 0.25])
    np.testing.assert_array_equal(KMeans().assign(points, centroids), [0, 0, 1])
    np.testing.assert_array_equal(KMeans().gradient(points, centroids), [[-6.0, -8.0], [0.0, 1.0]])


def test_a_tie_goes_to_the_first() -> None:
    kmeans = KMeans()
    assert kmeans.assign([[0.0]], [[1.0], [-1.0]]).tolist() == [0]
    assert kmeans.assign([[0.0]], [[-1.0], [1.0], [-1.0]]).tolist() == [0]
    np.testing.assert_array_equal(kmeans.gradient([[0.0]], [[1.0], [-1.0]]), [[2.0], [0.0]])
    np.testing.assert_array_equal(kmeans.step([[0.0]], [[1.0], [-1.0]]), [[0.0], [-1.0]])


def test_the_nearest_is_found_at_any_scale() -> None:
    random = np.random.default_rng(6)
    points, centroids = random.normal(size=(40, 3)), random.normal(size=(5, 3))
    expected = KMeans().assign(points, centroids)
    for power in (-1000, -600, 600, 1000):
        far = [np.ldexp(one, power) for one in (points, centroids)]
        np.testing.assert_array_equal(KMeans().assign(*far), expected)
    assert KMeans().assign([[1.7e308]], [[-1.7e308], [-1.6e308]]).tolist() == [1]
    assert KMeans().assign([[0.0]], [[1e-200], [0.0]]).tolist() == [1]


@pytest.mark.parametrize("seed", range(5))
def test_lloyds_step_is_a_gradient_step_of_one_over_twice_the_number_of_points(seed: int) -> None:
    points, centroids = blobs(seed)
    counts = np.bincount(KMeans().assign(points, centroids), minlength=5)[:, None]
    slope = KMeans().gradient(points, centroids)
    expected = centroids - slope / (2.0 * np.maximum(counts, 1))
    np.testing.assert_allclose(KMeans().step(points, centroids), expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("seed", range(5))
def test_lloyds_steps_never_raise_the_cost_and_end_at_the_mean_of_each_cluster(seed: int) -> None:
    assert KMeans.estimates == "the mean of each cluster"
    kmeans = KMeans()
    points, centroids = blobs(seed)
    costs = [kmeans.value(points, centroids).sum()]
    for _ in range(100):
        centroids = kmeans.step(points, centroids)
        costs.append(kmeans.value(points, centroids).sum())
    assert (np.diff(costs) <= 1e-9).all()
    assert costs[-1] < costs[0]
    owner = kmeans.assign(points, centroids)
    for k in range(5):
        np.testing.assert_allclose(centroids[k], points[owner == k].mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(kmeans.gradient(points, centroids), 0.0, atol=1e-11)
    np.testing.assert_array_equal(kmeans.step(points, centroids), centroids)


def test_the_cheapest_single_centroid_is_the_mean() -> None:
    points, _ = blobs(9)
    best = optimize.minimize(lambda at: KMeans().value(points, at[None]).sum(), np.zeros(2))
    np.testing.assert_allclose(best.x, points.mean(axis=0), atol=1e-6)


def test_the_cheapest_centroids_of_all_are_the_means_of_a_split() -> None:
    points = np.array([[-2.0], [-1.0], [1.0], [2.5], [3.0]])
    splits = itertools.product((False, True), repeat=5)
    cheapest = min(
        sum(float(((side - side.mean()) ** 2).sum()) for side in (points[mask], points[~mask]))
        for mask in (np.array(split) for split in splits)
        if mask.any() and not mask.all()
    )
    place = np.linspace(-3.0, 4.0, 141)
    pairs = np.stack(np.meshgrid(place, place), axis=-1)[..., None]
    costs = KMeans().value(points, pairs).sum(axis=-1)
    assert costs.min() == pytest.approx(cheapest, abs=5e-3)
    assert costs.min() >= cheapest


def test_many_huge_points_have_a_mean_though_their_sum_has_left_float64() -> None:
    for size in (5e306, 1.7e308):
        points = np.full((200, 1), size)
        np.testing.assert_allclose(KMeans().step(points, [[0.0]]), [[size]], rtol=1e-14)
        both = np.concatenate((points, -points))
        np.testing.assert_array_equal(KMeans().gradient(both, [[0.0]]), [[0.0]])


def test_a_centroid_without_points_stays() -> None:
    points, centroids = [[0.0, 1.0], [0.0, 3.0]], [[0.0, 0.0], [50.0, 50.0]]
    np.testing.assert_array_equal(KMeans().step(points, centroids), [[0.0, 2.0], [50.0, 50.0]])
    np.testing.assert_array_equal(KMeans().gradient(points, centroids)[1], [0.0, 0.0])
    np.testing.assert_array_equal(KMeans().step(np.empty((0, 2)), centroids), centroids)


def test_a_step_keeps_the_shape_of_the_centroids_and_hears_all_points() -> None:
    points, centroids = blobs(3)
    halves = points.reshape(2, 40, 2)
    whole = KMeans().step(points, centroids)
    np.testing.assert_allclose(KMeans().step(halves, centroids), whole, rtol=1e-13)
    both = KMeans().step(halves, np.stack((centroids, centroids)))
    assert both.shape == (2, 5, 2)
    np.testing.assert_allclose(both[1], KMeans().step(halves[1], centroids), rtol=1e-13)
    exact = KMeans().step([[1.0], [2.0], [3.0]], [[1e16]])
    np.testing.assert_array_equal(exact, [[2.0]])


def test_between_the_borders_every_point_bends_its_own_centroid_by_two() -> None:
    assert KMeans.no_hessian.endswith(
        "adds 2 to the curvature of its own centroid, and nothing to any other."
    )
    points, centroids = blobs(4)
    counts = np.bincount(KMeans().assign(points, centroids), minlength=5)
    width = 1e-7
    for k, d in itertools.product(range(5), range(2)):
        move = np.zeros((5, 2))
        move[k, d] = width
        change = KMeans().gradient(points, centroids + move) - KMeans().gradient(points, centroids)
        expected = np.zeros((5, 2))
        expected[k, d] = 2.0 * counts[k]
        np.testing.assert_allclose(change / width, expected, atol=1e-5 * counts.max())


# Reconstruction.


@pytest.mark.parametrize("kept", [1, 2, 3])
def test_reconstruction_estimates_the_principal_subspace(kept: int) -> None:
    assert "the sum of the squared singular values left out" in Reconstruction.estimates
    loss = Reconstruction()
    random = np.random.default_rng(kept)
    points = random.normal(size=(30, 4)) * np.array([3.0, 2.0, 1.0, 0.5]) + 0.3
    _, singular, right = np.linalg.svd(points)
    left_out = (singular[kept:] ** 2).sum()
    best = right[:kept].T
    assert loss.value(points, best).sum() == pytest.approx(left_out, rel=1e-12)
    np.testing.assert_allclose(loss.gradient(points, best), 0.0, atol=1e-10)

    def cost(flat: Array) -> tuple[float, Array]:
        weights = flat.reshape(4, kept)
        return loss.value(points, weights).sum(), loss.gradient(points, weights).ravel()

    for _ in range(4):
        found = optimize.minimize(cost, random.normal(size=4 * kept), jac=True)
        assert found.fun == pytest.approx(left_out, rel=1e-7)
        weights = found.x.reshape(4, kept)
        np.testing.assert_allclose(weights.T @ weights, np.eye(kept), atol=1e-4)
        np.testing.assert_allclose(weights @ weights.T, best @ best.T, atol=1e-3)
    for _ in range(100):
        assert cost(random.normal(size=4 * kept) * 0.5)[0] > left_out


def test_what_can_be_rebuilt_costs_nothing() -> None:
    points = np.random.default_rng(0).normal(size=(5, 3))
    np.testing.assert_allclose(Reconstruction().value(points, np.eye(3)), 0.0, atol=1e-30)
    np.testing.assert_array_equal(
        Reconstruction().value(points, np.zeros((3, 1))), (points**2).sum(axis=1)
    )


def test_a_point_of_zeros_changes_nothing() -> None:
    tiny, huge = [[1e-200]], [[1e110]]
    alone = Reconstruction().gradient(tiny, huge)
    assert alone[0, 0] == pytest.approx(4e-70, rel=1e-12, abs=0.0)
    np.testing.assert_array_equal(Reconstruction().gradient([*tiny, [0.0]], huge), alone)


def test_bernoulli_reconstruction_estimates_probabilities_that_equal_the_points() -> None:
    assert BernoulliReconstruction.estimates.startswith("probabilities that equal the numbers")
    loss = BernoulliReconstruction()
    point = np.array([[0.9, 0.3, 0.6]])
    entropy = float((special.entr(point) + special.entr(1.0 - point)).sum())

    def cost(flat: Array) -> tuple[float, Array]:
        weights = flat.reshape(3, 3)
        return loss.value(point, weights).sum(), loss.gradient(point, weights).ravel()

    start = np.random.default_rng(1).normal(size=9)
    found = optimize.minimize(cost, start, jac=True, options={"gtol": 1e-9})
    assert found.fun == pytest.approx(entropy, rel=1e-9)
    weights = found.x.reshape(3, 3)
    np.testing.assert_allclose(special.expit(point @ weights @ weights.T), point, atol=1e-5)


def test_bernoulli_reconstruction_never_costs_less_than_the_entropy_of_the_point() -> None:
    for seed in range(50):
        points, weights = drawn(BernoulliReconstruction(), seed)
        entropy = (special.entr(points) + special.entr(1.0 - points)).sum(axis=1)
        assert (BernoulliReconstruction().value(points, weights) >= entropy).all()


def test_bernoulli_reconstruction_is_the_negative_log_likelihood_of_bits() -> None:
    random = np.random.default_rng(2)
    bits, weights = random.integers(2, size=(6, 4)).astype(float), random.normal(size=(4, 2))
    chance = special.expit(bits @ weights @ weights.T)
    likelihood = np.where(bits == 1.0, chance, 1.0 - chance).prod(axis=1)
    np.testing.assert_allclose(
        BernoulliReconstruction().value(bits, weights), -np.log(likelihood), rtol=1e-12
    )


# What goes in and what comes out.


@every_loss
def test_any_type_gives_float64_and_arguments_are_left_alone(loss: ClusteringLoss) -> None:
    points, moving = (np.rint(one) for one in drawn(loss, 7))
    before = points.copy(), moving.copy()
    value, slope = loss.value(points, moving), loss.gradient(points, moving)
    assert value.dtype == slope.dtype == np.float64
    assert value.shape == (8,)
    assert slope.shape == moving.shape
    for same in (
        (points.astype(int), moving.astype(np.float32)),
        (points.tolist(), moving.tolist()),
        (np.asfortranarray(points), np.asfortranarray(moving)),
    ):
        np.testing.assert_array_equal(loss.value(*same), value, strict=True)
        np.testing.assert_allclose(loss.gradient(*same), slope, rtol=1e-14, atol=1e-14)
    np.testing.assert_array_equal(points, before[0])
    np.testing.assert_array_equal(moving, before[1])


@every_loss
def test_no_points_cost_nothing_and_pull_at_nothing(loss: ClusteringLoss) -> None:
    points, moving = drawn(loss, 8)
    assert loss.value(points[:0], moving).shape == (0,)
    np.testing.assert_array_equal(loss.gradient(points[:0], moving), np.zeros(moving.shape))


SIZES = (5e-324, 1e-300, 1e-160, 1.0, 1e154, 1e200, 1.7e308)


@every_loss
def test_valid_numbers_never_give_nan_nor_a_warning(loss: ClusteringLoss) -> None:
    random = np.random.default_rng(17)
    for seed in range(200):
        points, moving = drawn(loss, seed, count=5, width=2, kept=2)
        moving = np.sign(moving) * random.choice(SIZES, moving.shape)
        if loss.arguments[0].domain == PROBABILITY:
            points = random.choice((0.0, 5e-324, 1e-300, 0.5, 1.0 - 2.0**-53, 1.0), points.shape)
        else:
            points = np.sign(points) * random.choice((0.0, *SIZES), points.shape)
        assert not np.isnan(loss.value(points, moving)).any()
        assert not np.isnan(loss.gradient(points, moving)).any()
        assert not np.isnan(loss.gradient(np.stack((points, -0.0 * points)), moving)).any()
        if isinstance(loss, KMeans):
            assert np.isfinite(loss.step(points, moving)).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: KMeans().value([1.0, 2.0], [[1.0, 2.0]]),
            r"KMeans: points \(2,\), centroids \(1, 2\)",
        ),
        (
            lambda: KMeans().value([[1.0, 2.0]], [1.0, 2.0]),
            r"N, D\) and \(\.\.\., K, D\)\.",
        ),
        (lambda: KMeans().value([[1.0, 2.0]], [[1.0]]), r"centroids \(1, 1\) do not match"),
        (
            lambda: KMeans().value([[1.0, 2.0]], np.empty((0, 2))),
            r"centroids \(0, 2\) do not match",
        ),
        (lambda: KMeans().value(np.empty((3, 0)), np.empty((2, 0))), r"centroids \(2, 0\) do not"),
        (
            lambda: KMeans().value([[math.nan]], [[1.0]]),
            r"points\[0, 0\] is nan, expected a number",
        ),
        (lambda: KMeans().gradient([[1.0]], [[math.inf]]), r"centroids\[0, 0\] is inf, expected a"),
        (lambda: KMeans().assign([[1.0]], [[1.0, 2.0]]), "do not match"),
        (lambda: KMeans().step([[1.0]], [[1.0, 2.0]]), "do not match"),
        (
            lambda: KMeans().value(np.ones((3, 4, 2)), np.ones((2, 4, 2))),
            r"leading axes of points \(3,\), those of centroids \(2,\) do not match",
        ),
        (
            lambda: Reconstruction().value([[1.0, 2.0]], [[1.0, 2.0]]),
            r"Reconstruction: points \(1, 2\), weights \(1, 2\) do not match, .* \(\.\.\., D, k\)",
        ),
        (lambda: Reconstruction().gradient([[1.0]], np.empty((1, 0))), r"weights \(1, 0\) do not"),
        (lambda: Reconstruction().value([["a"]], [[1.0]]), "points is not numbers"),
        (
            lambda: BernoulliReconstruction().value([[0.5, 1.1]], [[1.0], [2.0]]),
            r"points\[0, 1\] is 1.1, expected a number at least 0 and at most 1",
        ),
        (lambda: BernoulliReconstruction().gradient([[-0.1]], [[1.0]]), "is -0.1, expected"),
    ],
)
def test_what_a_loss_is_not_defined_for_is_refused_by_name(
    call: Callable[[], Any], message: str
) -> None:
    with pytest.raises(DomainError, match=message):
        call()


# The registry and what is shown to the reader.


def concrete_classes(family: type) -> set[type]:
    below = {cls for child in family.__subclasses__() for cls in concrete_classes(child)}
    return below if inspect.isabstract(family) else below | {family}


def test_every_concrete_clustering_loss_is_registered_once() -> None:
    assert set(CLUSTERING_LOSSES) == concrete_classes(ClusteringLoss)
    assert len(set(CLUSTERING_LOSSES)) == len(CLUSTERING_LOSSES)


@pytest.mark.parametrize("cls", CLUSTERING_LOSSES)
def test_a_reader_is_told_what_it_is(cls: type[ClusteringLoss]) -> None:
    laws.assert_described(cls())
    assert cls.task == "Unsupervised"
    assert cls.__doc__
    declared = [argument.name for argument in cls.arguments]
    for method in ("value", "gradient"):
        assert list(inspect.signature(getattr(cls, method)).parameters)[1:] == declared
    assert [argument.moves for argument in cls.arguments] == [False, True]
