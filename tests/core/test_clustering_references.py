"""The losses without labels against arbitrary precision and against other frameworks' figures."""

import json
import math
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from mpmath import mpf
from scipy import special

import core.losses.clustering as family
from core.losses import Array
from core.losses.clustering import (
    CLUSTERING_LOSSES,
    BernoulliReconstruction,
    KMeans,
    Reconstruction,
)

Matrix = list[list[Any]]
SCALES = (1e-300, 1e-160, 1e-30, 1e-3, 1.0, 40.0, 1e16, 1e76, 1e150, 1e160, 1e300, 1e307)


@pytest.fixture(autouse=True)
def _many_digits() -> Any:
    with mpmath.workdps(60):
        yield


def exactly(array: Array) -> Matrix:
    return [[mpf(float(x)) for x in row] for row in array]


def rounded(matrix: Matrix) -> Array:
    return np.array([[float(x) for x in row] for row in matrix])


def turned(matrix: Matrix) -> Matrix:
    return [list(column) for column in zip(*matrix, strict=True)]


def product(left: Matrix, right: Matrix) -> Matrix:
    columns = turned(right)
    return [[mpmath.fdot(zip(row, column, strict=True)) for column in columns] for row in left]


def assert_close(found: Array, expected: Array, rtol: float, rough: float = 0.0) -> None:
    """Compare; `rough` is the error allowed of the largest entry."""
    np.testing.assert_array_equal(np.isinf(found), np.isinf(expected))
    finite = np.isfinite(expected)
    largest = np.abs(expected[finite]).max(initial=0.0)
    np.testing.assert_allclose(
        found[finite], expected[finite], rtol=rtol, atol=max(rough * largest, 1e-322)
    )


@pytest.mark.parametrize("scale", SCALES)
def test_k_means_is_exact_from_the_tiniest_distance_to_the_largest(scale: float) -> None:
    random = np.random.default_rng(1)
    points, centroids = scale * random.normal(size=(9, 3)), scale * random.normal(size=(4, 3))
    x, c = exactly(points), exactly(centroids)
    squares = [
        [mpmath.fsum((a - b) ** 2 for a, b in zip(row, to, strict=True)) for to in c] for row in x
    ]
    owner = [row.index(min(row)) for row in squares]
    np.testing.assert_array_equal(KMeans().assign(points, centroids), owner)
    assert_close(KMeans().value(points, centroids), rounded([[min(r) for r in squares]])[0], 1e-14)

    slope, mean = [], []
    for k, to in enumerate(c):
        own = [row for row, at in zip(x, owner, strict=True) if at == k]
        slope.append([2 * mpmath.fsum(b - row[d] for row in own) for d, b in enumerate(to)])
        mean.append(
            [mpmath.fsum(row[d] for row in own) / len(own) if own else b for d, b in enumerate(to)]
        )
    assert_close(KMeans().gradient(points, centroids), rounded(slope), 1e-13, 1e-15)
    assert_close(KMeans().step(points, centroids), rounded(mean), 1e-13, 1e-15)


@pytest.mark.parametrize("weight", [1e-200, 1e-3, 1.0, 1e3, 1e160, 1e300])
@pytest.mark.parametrize("scale", SCALES)
def test_reconstruction_is_exact_at_any_scale_of_points_and_weights(
    scale: float, weight: float
) -> None:
    random = np.random.default_rng(2)
    points, weights = scale * random.normal(size=(5, 3)), weight * random.normal(size=(3, 2))
    x, w = exactly(points), exactly(weights)
    codes = product(x, w)
    back = product(codes, turned(w))
    miss = [[a - b for a, b in zip(*rows, strict=True)] for rows in zip(x, back, strict=True)]
    values = [mpmath.fsum(r * r for r in row) for row in miss]
    assert_close(Reconstruction().value(points, weights), rounded([values])[0], 1e-13)

    one, other = product(turned(x), product(miss, w)), product(turned(miss), codes)
    slope = [
        [-2 * (a + b) for a, b in zip(*rows, strict=True)] for rows in zip(one, other, strict=True)
    ]
    assert_close(Reconstruction().gradient(points, weights), rounded(slope), 1e-13, 1e-14)


POINTS = np.array(
    [
        [0.0, 1.0, 0.5],
        [1e-300, 1.0 - 2.0**-53, 1.0],
        [1e-16, 0.2, 0.9],
        [1.0, 1.0, 1.0],
        [0.0, 0.0, 0.0],
        [0.7, 1e-8, 0.999],
    ]
)


@pytest.mark.parametrize("weight", [1e-200, 1e-8, 1e-2, 1.0, 5.0, 100.0, 1e20, 1e160, 1e300])
def test_bernoulli_reconstruction_is_exact_at_any_size_of_logits(weight: float) -> None:
    weights = weight * np.random.default_rng(3).normal(size=(3, 2))
    x, w = exactly(POINTS), exactly(weights)
    codes = product(x, w)
    logits = product(codes, turned(w))

    def cost(p: Any, z: Any) -> Any:
        near = mpmath.log1p(mpmath.exp(-abs(z))) if abs(z) < 1e5 else mpf(0)
        return (1 - p) * max(z, mpf(0)) + p * max(-z, mpf(0)) + near

    def above(p: Any, z: Any) -> Any:
        if abs(z) > 1e5:
            return 1 - p if z > 0 else -p
        return 1 / (1 + mpmath.exp(-z)) - p

    pairs = [list(zip(*rows, strict=True)) for rows in zip(x, logits, strict=True)]
    values = [mpmath.fsum(cost(p, z) for p, z in row) for row in pairs]
    loss = BernoulliReconstruction()
    # Logits have 16 digits, and where they cancel an error of that share of the largest.
    assert_close(
        loss.value(POINTS, weights), rounded([values])[0], 1e-13 if weight < 100.0 else 1e-12
    )

    miss = [[above(p, z) for p, z in row] for row in pairs]
    one, other = product(turned(x), product(miss, w)), product(turned(miss), codes)
    slope = [[a + b for a, b in zip(*rows, strict=True)] for rows in zip(one, other, strict=True)]
    assert_close(loss.gradient(POINTS, weights), rounded(slope), 1e-12, 1e-14)


# Known wrong answers, which we must not give.


def test_distances_keep_the_digits_that_the_usual_expansion_loses() -> None:
    point, centroid = np.array([[1e8, 1.0]]), np.array([[1e8, 1.5]])
    expanded = (point**2).sum() - 2.0 * (point * centroid).sum() + (centroid**2).sum()
    assert expanded != pytest.approx(0.25, rel=0.1)
    assert KMeans().value(point, centroid) == 0.25


def test_a_sure_and_right_copy_costs_almost_nothing_but_not_nothing() -> None:
    value = BernoulliReconstruction().value([[1.0]], [[6.5]])[0]
    logit = 6.5**2
    assert value == pytest.approx(math.exp(-logit), rel=1e-13, abs=0.0)
    slope = BernoulliReconstruction().gradient([[1.0]], [[6.5]])[0, 0]
    assert slope == pytest.approx(-13.0 * math.exp(-logit), rel=1e-13, abs=0.0)
    assert np.log1p(np.exp(logit)) - logit != pytest.approx(value, rel=0.1, abs=0.0)
    with np.errstate(over="ignore"):
        assert np.isinf(np.log(1.0 + np.exp(800.0)))
    assert BernoulliReconstruction().value([[0.0, 1.0]], [[30.0], [30.0]])[0] == pytest.approx(
        900.0
    )


def test_bernoulli_reconstruction_is_what_scipy_says_of_its_logits() -> None:
    random = np.random.default_rng(4)
    points, weights = random.uniform(size=(9, 3)), random.normal(size=(3, 2))
    logits = points @ weights @ weights.T
    plain = -points * special.log_expit(logits) - (1.0 - points) * special.log_expit(-logits)
    np.testing.assert_allclose(
        BernoulliReconstruction().value(points, weights), plain.sum(axis=1), rtol=1e-13
    )


# What other frameworks say, recorded by recorded/make_clustering.py.

RECORDED = json.loads((Path(__file__).parent / "recorded" / "clustering.json").read_text())

every_record = pytest.mark.parametrize(
    "record",
    RECORDED["records"],
    ids=[f"{one['framework']}-{one['loss']}" for one in RECORDED["records"]],
)


def digits(record: dict[str, Any]) -> float:
    """Return how well a framework should agree: Keras works in float32, whatever it is given."""
    return 2e-6 if record["framework"] == "Keras" else 1e-12


@every_record
def test_values_are_those_of_the_framework_times_the_stated_factor(record: dict[str, Any]) -> None:
    loss = getattr(family, record["loss"])()
    call = loss.frameworks[record["framework"]]
    assert call.reduction == "none"
    cases = RECORDED["cases"][record["loss"]]
    for arguments, theirs in zip(cases, record["results"], strict=True):
        expected = call.factor * np.array(theirs)
        np.testing.assert_allclose(
            loss.value(*arguments), expected, rtol=digits(record), strict=True
        )


@every_record
def test_gradients_are_those_of_the_framework_times_the_stated_factor(
    record: dict[str, Any],
) -> None:
    loss = getattr(family, record["loss"])()
    factor = loss.frameworks[record["framework"]].factor
    cases = RECORDED["cases"][record["loss"]]
    for arguments, theirs in zip(cases, record["gradients"], strict=True):
        if theirs is None:
            assert record["framework"] == "scikit-learn"
            continue
        expected = factor * np.array(theirs)
        rtol, size = 10.0 * digits(record), np.abs(expected).max()
        slope = loss.gradient(*arguments)
        np.testing.assert_allclose(slope, expected, rtol=rtol, atol=rtol * size)


def test_every_shown_call_is_the_one_that_was_recorded() -> None:
    shown = {
        (cls.__name__, framework, call.code)
        for cls in CLUSTERING_LOSSES
        for framework, call in cls.frameworks.items()
        if call is not None
    }
    ran = {(one["loss"], one["framework"], one["code"]) for one in RECORDED["records"]}
    assert shown == ran


def test_lloyds_steps_are_those_of_scikit_learn() -> None:
    recorded = RECORDED["lloyd"]
    points, centroids = np.array(recorded["points"]), np.array(recorded["start"])
    moved = 0
    for step in recorded["steps"]:
        before, centroids = centroids, KMeans().step(points, centroids)
        moved += not np.array_equal(before, centroids)
        np.testing.assert_allclose(centroids, step["centroids"], rtol=1e-12)
        assert KMeans().value(points, centroids).sum() == pytest.approx(step["inertia"], rel=1e-12)
    assert moved >= 4
    assert KMeans.frameworks["scikit-learn"].note == "The inertia_ of a fitted KMeans is the sum."


def test_the_record_says_which_versions_spoke() -> None:
    assert {"torch", "keras", "optax", "scikit-learn"} <= set(RECORDED["versions"])
