"""The embedding losses against arbitrary precision and against other frameworks' own figures."""

import json
import math
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from mpmath import mpf

import core.losses.embedding as family
from core.losses import Array
from core.losses.embedding import (
    EMBEDDING_LOSSES,
    Contrastive,
    CosineEmbedding,
    EmbeddingLoss,
    InfoNCE,
    NTXent,
    Triplet,
)
from tests.core import laws

Vector = list[Any]
SCALES = (1e-300, 1e-160, 1e-30, 1e-3, 1.0, 40.0, 1e16, 1e150, 1e160, 1e200, 1e300, 1e307)
MARGINS = (1e-300, 1e-3, 1.0, 3.0, 1e160, 1e308)


@pytest.fixture(autouse=True)
def _many_digits() -> Any:
    with mpmath.workdps(60):
        yield


def exactly(row: Array) -> Vector:
    return [mpf(float(x)) for x in row]


def length(row: Vector) -> Any:
    return mpmath.sqrt(sum(x * x for x in row))


def between(here: Vector, there: Vector) -> Vector:
    return [x - y for x, y in zip(here, there, strict=True)]


def dot(here: Vector, there: Vector) -> Any:
    return sum(x * y for x, y in zip(here, there, strict=True))


def cosine(here: Vector, there: Vector) -> Any:
    return dot(here, there) / length(here) / length(there)


def turning(here: Vector, there: Vector) -> Vector:
    """Return the gradient of the cosine with respect to the first vector."""
    c, size = cosine(here, there), length(here)
    return [(y / length(there) - c * x / size) / size for x, y in zip(here, there, strict=True)]


def hinge(miss: Any, squared: bool) -> Any:
    """Return what a miss costs, and the slope by the miss."""
    miss = max(miss, mpf(0))
    return (miss**2 / 2, miss) if squared else (miss, mpf(miss > 0))


def rounded(values: Any) -> Array:
    return np.array([[float(x) for x in row] for row in values])


# Distances.


@pytest.mark.parametrize("squared", [False, True])
@pytest.mark.parametrize("margin", MARGINS)
def test_contrastive_is_exact_from_the_tiniest_distance_to_the_largest(
    margin: float, squared: bool
) -> None:
    loss = Contrastive(margin, squared)
    random = np.random.default_rng(1)
    for scale in SCALES:
        first, second = scale * random.normal(size=(2, 6, 3))
        for same in (0, 1):
            values, slopes = [], []
            for here, there in zip(map(exactly, first), map(exactly, second), strict=True):
                apart = between(here, there)
                distance = length(apart)
                value, slope = hinge(distance if same else margin - distance, squared)
                values.append(value)
                turn = slope / distance if same else -slope / distance
                slopes.append([turn * x for x in apart])
            atol = 2e-16 * min(margin, 1e150) ** (2 if squared else 1) if not same else 0.0
            np.testing.assert_allclose(
                loss.value(first, second, same), rounded([values])[0], rtol=1e-14, atol=atol
            )
            slope, back = loss.gradient(first, second, same)
            atol = 0.0 if same or not squared else 2e-16 * margin
            np.testing.assert_allclose(slope, rounded(slopes), rtol=2e-15, atol=max(atol, 1e-322))
            np.testing.assert_array_equal(back, 0.0 - slope)


@pytest.mark.parametrize("squared", [False, True])
@pytest.mark.parametrize("margin", MARGINS)
def test_triplet_is_exact_from_the_tiniest_distance_to_the_largest(
    margin: float, squared: bool
) -> None:
    loss = Triplet(margin, squared)
    power = 2 if squared else 1
    random = np.random.default_rng(2)
    for scale in SCALES:
        arrays = scale * random.normal(size=(3, 6, 3))
        values, slopes, sizes = [], [], []
        for a, p, n in zip(*(map(exactly, array) for array in arrays), strict=True):
            to_p, to_n = between(p, a), between(n, a)
            near, far = length(to_p), length(to_n)
            cost = max(mpf(0), near**power - far**power + margin)
            values.append(cost)
            sizes.append(near**power + far**power)
            active = mpf(cost > 0)
            by_p = [active * (2 * x if squared else x / near) for x in to_p]
            by_n = [-active * (2 * x if squared else x / far) for x in to_n]
            by_a = [-x - y for x, y in zip(by_p, by_n, strict=True)]
            slopes.append((by_a, by_p, by_n))
        atol = 4e-16 * np.minimum(rounded([sizes])[0], 1e300)
        found, expected = loss.value(*arrays), rounded([values])[0]
        np.testing.assert_array_equal(np.isinf(found), np.isinf(expected))
        finite = np.isfinite(expected)
        found, expected, atol = found[finite], expected[finite], atol[finite]
        assert (np.abs(found - expected) <= 1e-14 * expected + atol).all()
        for told, exact in zip(loss.gradient(*arrays), zip(*slopes, strict=True), strict=True):
            np.testing.assert_allclose(told, rounded(exact), rtol=1e-14, atol=1e-15 * (not squared))


def test_a_triplet_keeps_the_digits_of_two_distances_that_are_almost_alike() -> None:
    anchor, positive, negative = [0.0, 0.0], [1e8, 1.0], [1e8, 1.0 + 2.0**-40]
    gap = mpf(1) - (1 + mpf(2) ** -40) ** 2
    plain = (1e16 + 1.0) - (1e16 + (1.0 + 2.0**-40) ** 2)
    assert abs(plain / gap) > 1e11
    near = Triplet(1e-300).value(anchor, negative, positive)
    assert near == pytest.approx(float(-gap), rel=1e-15, abs=0.0)
    distances = (
        mpmath.sqrt(mpf(10) ** 16 + 1),
        mpmath.sqrt(mpf(10) ** 16 + (1 + mpf(2) ** -40) ** 2),
    )
    unsquared = Triplet(1e-300, squared=False).value(anchor, negative, positive)
    assert unsquared == pytest.approx(float(distances[1] - distances[0]), rel=2e-15, abs=0.0)


def test_far_out_a_triplet_still_knows_the_nearer_from_the_farther() -> None:
    for squared in (False, True):
        loss = Triplet(squared=squared)
        one, other = [1e308, 1e308], [-1.1e308, 1.1e308]
        assert loss.value([0.0, 0.0], one, other) == 0.0
        assert loss.value([0.0, 0.0], other, one) > 1e300
        assert loss.value([0.0, 0.0], one, [1e308, -1e308]) == 1.0
    with np.errstate(all="ignore"):
        square = np.square(1e308)
        assert np.isnan(square - square)


# Angles.


@pytest.mark.parametrize("margin", [-1.0, -0.3, 0.0, 0.5, 1.0])
def test_cosine_embedding_is_exact_whatever_the_lengths(margin: float) -> None:
    loss = CosineEmbedding(margin)
    random = np.random.default_rng(3)
    for scale in (5e-320, *SCALES):
        first = scale * random.normal(size=(8, 3))
        second = random.choice(SCALES) * random.normal(size=(8, 3))
        if scale == 5e-320:  # so few digits are left that the numbers given are others
            first = np.ldexp(np.ldexp(first, 1073), -1073)
        for label in (1, -1):
            values, slopes = [], []
            for here, there in zip(map(exactly, first), map(exactly, second), strict=True):
                c = cosine(here, there)
                values.append(1 - c if label == 1 else max(c - margin, mpf(0)))
                factor = -1 if label == 1 else mpf(c > margin)
                slopes.append([factor * x for x in turning(here, there)])
            np.testing.assert_allclose(
                loss.value(first, second, label), rounded([values])[0], rtol=1e-14, atol=5e-16
            )
            steep = rounded(slopes)
            atol = 1e-15 * np.abs(steep[np.isfinite(steep)]).max(initial=0.0)
            np.testing.assert_allclose(
                loss.gradient(first, second, label)[0], steep, rtol=1e-13, atol=atol
            )


@pytest.mark.parametrize("angle", [1e-1, 1e-3, 1e-6, 1e-8])
def test_a_small_angle_keeps_its_digits_and_never_costs_less_than_nothing(angle: float) -> None:
    loss = CosineEmbedding()
    random = np.random.default_rng(4)
    first = random.normal(size=(50, 3))
    second = 3.0 * first + angle * random.normal(size=(50, 3))
    expected = rounded(
        [[1 - cosine(exactly(a), exactly(b)) for a, b in zip(first, second, strict=True)]]
    )[0]
    found = loss.value(first, second, 1)
    angles = np.sqrt(2.0 * expected)
    assert (np.abs(found - expected) <= expected * (1e-14 + 1e-15 / angles)).all()
    units = [array / np.linalg.norm(array, axis=1, keepdims=True) for array in (first, second)]
    plain = 1.0 - (units[0] * units[1]).sum(axis=1)
    if angle <= 1e-8:
        assert (plain < 0.0).any()
    assert (found > 0.0).all()
    assert (loss.value(first, 8.0 * first, 1) == 0.0).all()


def chosen(scores: Vector, right: int, rivals: list[int]) -> tuple[Any, dict[int, Any]]:
    """Return -log of the softmax share of the right one, and the slopes by all scores."""
    weights = {j: mpmath.exp(scores[j] - scores[right]) for j in (right, *rivals)}
    total = mpmath.fsum(weights.values())
    slopes = {j: weight / total for j, weight in weights.items()}
    slopes[right] = -mpmath.fsum(weights[j] for j in rivals) / total
    return mpmath.log1p(mpmath.fsum(weights[j] for j in rivals)), slopes


TEMPERATURES = (1e-300, 1e-3, 0.01, 0.1, 1.0, 30.0, 1e300)


def scaled_rows(random: np.random.Generator, count: int) -> Array:
    """Return vectors of wildly different lengths."""
    rows = random.normal(size=(count, 3))
    return rows * random.choice([1e-290, 1e-160, 0.3, 1.0, 1e160, 1e300], (count, 1))


@pytest.mark.parametrize("temperature", TEMPERATURES)
@pytest.mark.parametrize("cls", [InfoNCE, NTXent])
def test_a_choice_within_a_batch_is_exact_at_any_temperature(
    cls: type[InfoNCE] | type[NTXent], temperature: float
) -> None:
    loss = cls(temperature)
    random = np.random.default_rng(5)
    first, second = scaled_rows(random, 4), scaled_rows(random, 4)
    tau = mpf(temperature)
    if cls is InfoNCE:
        askers, answers = list(map(exactly, first)), list(map(exactly, second))
        choices = [(i, [j for j in range(4) if j != i]) for i in range(4)]
    else:
        askers = answers = [*map(exactly, first), *map(exactly, second)]
        choices = [
            ((i + 4) % 8, [j for j in range(8) if j not in (i, (i + 4) % 8)]) for i in range(8)
        ]

    values, steep = [], [[mpf(0)] * 3 for _ in range(8)]
    for i, (right, rivals) in enumerate(choices):
        scores = [cosine(askers[i], other) / tau for other in answers]
        value, slopes = chosen(scores, right, rivals)
        values.append(value)
        for j, slope in slopes.items():
            place = j + 4 if cls is InfoNCE else j
            for at, pull in (
                (i, turning(askers[i], answers[j])),
                (place, turning(answers[j], askers[i])),
            ):
                steep[at] = [s + slope * x / tau for s, x in zip(steep[at], pull, strict=True)]

    # Cosines have 16 digits: log-odds have an error of 1e-16 / τ, and so has a loss near 0, whose
    # logarithm they are.
    rtol = 1e-13 if temperature == 1e-300 else 1e-14 + 2e-15 / temperature
    np.testing.assert_allclose(loss.value(first, second), rounded([values])[0], rtol=rtol)

    told, expected = np.concatenate(loss.gradient(first, second)), rounded(steep)
    np.testing.assert_array_equal(np.isinf(told), np.isinf(expected))
    finite = np.isfinite(expected).all(axis=1)
    told, expected = told[finite], expected[finite]
    sizes = np.maximum(np.abs(expected).max(axis=1, keepdims=True), 1e-307)
    assert (np.abs(told - expected) <= 30 * rtol * sizes).all()


def test_a_loss_of_almost_nothing_is_not_rounded_to_nothing() -> None:
    queries, keys = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[1.0, 0.0], [-1.0, 0.0]])
    expected = float(mpmath.log1p(mpmath.exp(mpf(-2) / mpf(0.02))))
    assert InfoNCE(0.02).value(queries, keys)[0] == pytest.approx(expected, rel=1e-13, abs=0.0)
    scores = np.array([50.0, -50.0])
    assert np.log(np.exp(scores).sum()) - scores[0] == 0.0


def test_a_small_temperature_does_not_overflow_where_the_plain_softmax_does() -> None:
    queries, keys = np.eye(2), np.array([[0.0, 1.0], [1.0, 0.0]])
    with np.errstate(over="ignore"):
        assert np.exp(1.0 / 0.001) == math.inf
    np.testing.assert_allclose(InfoNCE(0.001).value(queries, keys), 1000.0, rtol=1e-15)


# What other frameworks say, recorded by recorded/make_embedding.py.

RECORDED = json.loads((Path(__file__).parent / "recorded" / "embedding.json").read_text())

every_record = pytest.mark.parametrize(
    "record",
    RECORDED["records"],
    ids=[f"{one['framework']}-{one['loss']}-{one['parameters']}" for one in RECORDED["records"]],
)


def digits(record: dict[str, Any]) -> float:
    """Return how well a framework should agree.

    Keras works in float32, whatever it is given; PyTorch adds 1e-12 to the squares of lengths.
    """
    if record["framework"] == "Keras":
        return 2e-6
    return 2e-11 if record["loss"] == "CosineEmbedding" else 2e-13


def spoken(record: dict[str, Any]) -> tuple[EmbeddingLoss, float, str, list[list[Array]]]:
    loss = getattr(family, record["loss"])(**record["parameters"])
    call = loss.frameworks[record["framework"]]
    cases = [[np.array(array) for array in one] for one in RECORDED["cases"][record["loss"]]]
    return loss, call.factor, call.reduction, cases


@every_record
def test_values_are_those_of_the_framework_times_the_stated_factor(record: dict[str, Any]) -> None:
    loss, factor, reduction, cases = spoken(record)
    assert len(cases) == len(record["results"])
    for arguments, theirs in zip(cases, record["results"], strict=True):
        ours = loss.value(*arguments)
        reduced = {"mean": ours.mean(), "none": ours}[reduction]
        rtol = digits(record)
        np.testing.assert_allclose(
            np.array(reduced), factor * np.array(theirs), rtol=rtol, atol=rtol, strict=True
        )


@every_record
def test_gradients_are_those_of_the_framework_times_the_stated_factor(
    record: dict[str, Any],
) -> None:
    loss, factor, reduction, cases = spoken(record)
    for arguments, theirs in zip(cases, record["gradients"], strict=True):
        count = loss.value(*arguments).size if reduction == "mean" else 1
        for ours, slope in zip(laws.gradients(loss, arguments), theirs, strict=True):
            rtol = digits(record)
            expected = count * factor * np.array(slope)
            size = max(1.0, float(np.abs(expected).max()))
            np.testing.assert_allclose(ours, expected, rtol=10 * rtol, atol=10 * rtol * size)


def test_every_shown_call_is_the_one_that_was_recorded() -> None:
    shown = {
        (cls.__name__, framework, call.code)
        for cls in EMBEDDING_LOSSES
        for framework, call in cls.frameworks.items()
        if call is not None
    }
    ran = {(one["loss"], one["framework"], one["code"]) for one in RECORDED["records"]}
    assert shown == ran


def test_what_was_recorded_costs_something_here_and_nothing_there() -> None:
    for record in RECORDED["records"]:
        loss, _, _, cases = spoken(record)
        values = np.concatenate([loss.value(*arguments) for arguments in cases])
        assert (values > 0.0).any()
        if isinstance(loss, (Contrastive, CosineEmbedding)):
            assert (values == 0.0).any() or loss.margin in (2.5, -0.5)


def test_both_forms_of_a_switch_were_recorded() -> None:
    for name in ("Contrastive", "Triplet"):
        forms = {one["parameters"]["squared"] for one in RECORDED["records"] if one["loss"] == name}
        assert forms == {True, False}


def test_the_record_says_which_versions_spoke() -> None:
    assert {"torch", "keras", "optax", "jax"} <= set(RECORDED["versions"])
