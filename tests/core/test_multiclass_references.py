"""The multiclass losses against arbitrary precision and against other frameworks' own figures."""

import functools
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from mpmath import mpf

from core.losses import multiclass
from core.losses.base import Array
from core.losses.multiclass import (
    MULTICLASS_LOSSES,
    CategoricalCrossEntropy,
    LabelSmoothing,
    MulticlassBrier,
    MulticlassFocal,
    MulticlassHinge,
    MulticlassLoss,
    SparseCategoricalCrossEntropy,
)

# Enough digits to tell 1 - exp(-750) from 1.
mpmath.mp.dps = 700

LOGITS: tuple[tuple[float, ...], ...] = (
    (0.0, 0.0),
    (1e-300, 0.0),
    (1.5, -0.25),
    (37.0, -3.0),
    (1.0, 2.0, -3.0),
    (50.0, 0.0, 0.0),
    (0.0, 50.0, 49.0),
    (0.1, 0.2, 0.3),
    (700.3, 0.1, -45.7),
    (-720.0, 0.0, -745.5),
    (1e8, 1e8 + 3.0, 1e8 - 40.0),
    (1e4, -1e4, 0.0),
    (-1e4, 1e4, 9999.5),
    (1e300, -1e300, 0.0),
    (1e300, 1e300, -1e300),
    (1.7e308, -1.7e308, 1.7e308),
    (0.3, -1.2, 2.2, 0.9),
    (12.0, 36.0, -9.0, 35.5, 0.25),
)
SOFT = {
    2: (0.25, 0.75),
    3: (0.5, 0.0, 0.5),
    4: (0.125, 0.5, 0.25, 0.125),
    5: (0.0, 0.25, 0.5, 0.125, 0.125),
}

Number = Any
Row = Sequence[Number]


@functools.cache
def softmax(logits: tuple[float, ...]) -> tuple[list[Number], list[Number]]:
    """Return the probabilities and their logarithms."""
    largest = max(mpf(z) for z in logits)
    powers = [mpmath.exp(mpf(z) - largest) for z in logits]
    total = mpmath.fsum(powers)
    return (
        [power / total for power in powers],
        [mpf(z) - largest - mpmath.log(total) for z in logits],
    )


def cross_entropy(logits: tuple[float, ...], t: Row) -> tuple[Number, Row, Number]:
    p, log_p = softmax(logits)
    each = range(len(p))
    return (
        -mpmath.fsum(a * b for a, b in zip(t, log_p, strict=True)),
        [p[k] - t[k] for k in each],
        [[p[i] * ((i == j) - p[j]) for j in each] for i in each],
    )


def smoothed(epsilon: float) -> Any:
    def formulas(logits: tuple[float, ...], t: Row) -> tuple[Number, Row, Number]:
        share = mpf(epsilon)
        return cross_entropy(logits, [(1 - share) * one + share / len(t) for one in t])

    return formulas


def focal(gamma: float) -> Any:
    g = mpf(gamma)

    def formulas(logits: tuple[float, ...], t: Row) -> tuple[Number, Row, Number]:
        p, log_p = softmax(logits)
        each = range(len(p))
        # A class that is certain to all our digits costs nothing and pulls nothing.
        on = [k for k in each if t[k] and p[k] != 1]
        value = -mpmath.fsum(t[k] * (1 - p[k]) ** g * log_p[k] for k in on)
        slope = {
            k: (g * (1 - p[k]) ** (g - 1) * log_p[k] * p[k] - (1 - p[k]) ** g) * t[k] for k in on
        }
        bend = {
            k: t[k]
            * p[k]
            * (
                2 * g * (1 - p[k]) ** (g - 1)
                - g * (g - 1) * (1 - p[k]) ** (g - 2) * p[k] * log_p[k]
                + g * (1 - p[k]) ** (g - 1) * log_p[k]
            )
            for k in on
        }
        gradient = [mpmath.fsum(slope[k] * ((i == k) - p[i]) for k in on) for i in each]
        hessian = [
            [
                mpmath.fsum(
                    bend[k] * ((i == k) - p[i]) * ((j == k) - p[j])
                    - slope[k] * p[i] * ((i == j) - p[j])
                    for k in on
                )
                for j in each
            ]
            for i in each
        ]
        return value, gradient, hessian

    return formulas


def brier(logits: tuple[float, ...], t: Row) -> tuple[Number, Row, Number]:
    p, _ = softmax(logits)
    each = range(len(p))
    e = [p[k] - t[k] for k in each]
    mean = mpmath.fsum(p[k] * e[k] for k in each)
    square = mpmath.fsum(one**2 for one in p)
    slope = [e[k] - mean for k in each]
    gradient = [2 * p[k] * slope[k] for k in each]
    hessian = [
        [
            2
            * (
                (i == j) * p[i] * (slope[i] + p[i])
                - p[i] * p[j] * (slope[i] + slope[j] + p[i] + p[j] - square)
            )
            for j in each
        ]
        for i in each
    ]
    return mpmath.fsum(one**2 for one in e), gradient, hessian


def hinge(margin: float) -> Any:
    def formulas(logits: tuple[float, ...], t: Row) -> tuple[Number, Row, Number]:
        true = int(np.argmax(t))
        largest = max(z for k, z in enumerate(logits) if k != true)
        tied = [k for k, z in enumerate(logits) if z == largest and k != true]
        cost = mpf(margin) + mpf(largest) - mpf(logits[true])
        zeros = [[mpf(0)] * len(t)] * len(t)
        if cost <= 0:
            return mpf(0), zeros[0], zeros
        share = mpf(1) / len(tied)
        slope = [-mpf(1) if k == true else share * (k in tied) for k in range(len(t))]
        return cost, slope, zeros

    return formulas


EXACT: tuple[tuple[MulticlassLoss, Any], ...] = (
    (CategoricalCrossEntropy(), cross_entropy),
    (SparseCategoricalCrossEntropy(), cross_entropy),
    (LabelSmoothing(0.1), smoothed(0.1)),
    (LabelSmoothing(0.75), smoothed(0.75)),
    (MulticlassHinge(), hinge(1.0)),
    (MulticlassHinge(0.3), hinge(0.3)),
    (MulticlassFocal(0.0), focal(0.0)),
    (MulticlassFocal(0.3), focal(0.3)),
    (MulticlassFocal(1.0), focal(1.0)),
    (MulticlassFocal(), focal(2.0)),
    (MulticlassFocal(5.0), focal(5.0)),
    (MulticlassBrier(), brier),
)
every_exact = pytest.mark.parametrize(
    ("loss", "formulas"), EXACT, ids=[repr(loss) for loss, _ in EXACT]
)
every_row = pytest.mark.parametrize("logits", LOGITS, ids=str)


def numbered(loss: MulticlassLoss) -> bool:
    return isinstance(loss, SparseCategoricalCrossEntropy | MulticlassHinge)


def told(loss: MulticlassLoss, classes: int) -> list[tuple[Any, tuple[float, ...]]]:
    """Return the targets as the loss takes them, each with its row."""
    rows = [tuple(row) for row in np.eye(classes)]
    if numbered(loss):
        return list(enumerate(rows))
    return [(row, row) for row in (*rows, SOFT[classes])]


def assert_exact(actual: Array, expected: Any, rounding: float) -> None:
    """Compare each number, allowing for the rounding of what cancels in its row.

    An exponential of -700 has 13 digits, and the fifth power of a number five times its error.
    """
    exact = np.array(mpmath.matrix(expected).tolist(), dtype=np.float64).reshape(np.shape(actual))
    scale = np.abs(exact).max(axis=-1, keepdims=True) if exact.ndim else 0.0
    allowed = 5e-13 * np.abs(exact) + rounding * scale + 2.3e-308
    beyond = np.isinf(exact)
    np.testing.assert_array_equal(np.where(beyond, actual, 0.0), np.where(beyond, exact, 0.0))
    gap = np.abs(np.where(beyond, 0.0, actual) - np.where(beyond, 0.0, exact))
    assert np.all(gap <= allowed), (actual, exact)


@every_exact
@every_row
def test_every_digit_is_right_from_level_logits_to_ones_as_far_apart_as_can_be(
    loss: MulticlassLoss, formulas: Any, logits: tuple[float, ...]
) -> None:
    for target, row in told(loss, len(logits)):
        value, gradient, hessian = formulas(logits, row)
        certain = 1.0 in row
        assert_exact(loss.value(logits, target), [value], 0.0)
        assert_exact(loss.gradient(logits, target), gradient, 1e-15 if certain else 3e-15)
        assert_exact(loss.hessian(logits, target), hessian, 2e-14)


def test_every_class_is_held_against_exact_figures() -> None:
    assert {type(loss) for loss, _ in EXACT} == set(MULTICLASS_LOSSES)


@pytest.mark.parametrize("classes", [100, 1000])
def test_many_classes_lose_no_digits(classes: int) -> None:
    mpmath.mp.dps, before = 60, mpmath.mp.dps
    try:
        random = np.random.default_rng(0)
        logits = np.append(12.0 * random.normal(size=classes - 1), 80.0)
        soft = np.append(np.zeros(classes - 3), (0.5, 0.25, 0.25))
        for row in (np.eye(classes)[0], np.eye(classes)[-1], soft):
            value, gradient, _ = slim(logits, row)
            loss = CategoricalCrossEntropy()
            assert_exact(loss.value(logits, row), [value], 0.0)
            assert_exact(loss.gradient(logits, row), gradient, 1e-16)
            if 1.0 in row:
                sparse, true = SparseCategoricalCrossEntropy(), int(np.argmax(row))
                assert_exact(sparse.value(logits, true), [value], 0.0)
                assert_exact(sparse.gradient(logits, true), gradient, 0.0)
    finally:
        mpmath.mp.dps = before


def slim(logits: Array, t: Array) -> tuple[Number, Row, None]:
    p, log_p = softmax(tuple(logits.tolist()))
    value = -mpmath.fsum(mpf(a) * b for a, b in zip(t.tolist(), log_p, strict=True))
    return value, [a - mpf(b) for a, b in zip(p, t.tolist(), strict=True)], None


# Known wrong answers, which we must not give.


def test_a_small_cross_entropy_keeps_the_digits_that_the_plain_logarithm_loses() -> None:
    logits = np.array([50.0, 0.0, 0.0])
    plain = np.log(np.exp(logits - 50.0).sum()) - (logits[0] - 50.0)
    assert plain == 0.0
    exact = 2.0 * math.exp(-50.0)
    for found in (
        CategoricalCrossEntropy().value(logits, [1.0, 0.0, 0.0]),
        SparseCategoricalCrossEntropy().value(logits, 0),
        -SparseCategoricalCrossEntropy().gradient(logits, 0)[0],
    ):
        assert found == pytest.approx(exact, rel=1e-14, abs=0.0)


def test_logits_survive_where_the_plain_softmax_overflows() -> None:
    logits = np.array([1000.0, 0.0])
    with np.errstate(over="ignore", invalid="ignore"):
        plain = np.exp(logits) / np.exp(logits).sum()
    assert np.isnan(plain[0])
    np.testing.assert_array_equal(CategoricalCrossEntropy().probability(logits), [1.0, 0.0])


def test_a_target_of_zero_counts_for_nothing_even_against_an_infinite_surprise() -> None:
    far = [1.7e308, -1.7e308]
    assert CategoricalCrossEntropy().value(far, [1.0, 0.0]) == 0.0
    assert CategoricalCrossEntropy().value(far, [0.0, 1.0]) == math.inf
    assert CategoricalCrossEntropy().value(far, [0.75, 0.25]) == pytest.approx(8.5e307)


# What other frameworks say, recorded by recorded/make_multiclass.py.

RECORDED = json.loads((Path(__file__).parent / "recorded" / "multiclass.json").read_text())
SCORES, TRUE, ROWS = (np.array(RECORDED[name]) for name in ("logits", "classes", "rows"))
FAR = np.max(np.abs(SCORES), axis=1) >= 30.0

every_record = pytest.mark.parametrize(
    "record",
    RECORDED["records"],
    ids=[f"{one['framework']}-{one['loss']}-{one['parameters']}" for one in RECORDED["records"]],
)


# Keras averages in float32, whatever it is given. The others take log p as a difference, which
# leaves them its absolute digits.
DIGITS = {"PyTorch": 1e-13, "Optax": 1e-13, "scikit-learn": 1e-13, "Keras": 5e-7}
LEFT = 3e-14


def recorded_loss(record: dict[str, Any]) -> MulticlassLoss:
    return getattr(multiclass, record["loss"])(**record["parameters"])


def arguments(loss: MulticlassLoss, record: dict[str, Any]) -> tuple[Array, Array]:
    chosen = record["samples"]
    return SCORES[chosen], (TRUE if numbered(loss) else ROWS)[chosen]


def close(record: dict[str, Any]) -> dict[str, float]:
    return {"rtol": DIGITS[record["framework"]], "atol": LEFT}


@every_record
def test_values_are_those_of_the_framework_times_the_stated_factor(record: dict[str, Any]) -> None:
    loss = recorded_loss(record)
    theirs = loss.frameworks[record["framework"]].factor * np.array(record["values"])
    ours = loss.value(*arguments(loss, record))
    np.testing.assert_allclose(ours, theirs, **close(record))


@every_record
def test_gradients_are_those_of_the_framework_times_the_stated_factor(
    record: dict[str, Any],
) -> None:
    if record["gradients"] is None:
        assert record["framework"] == "scikit-learn"
        return
    loss = recorded_loss(record)
    theirs = loss.frameworks[record["framework"]].factor * np.array(record["gradients"])
    ours = loss.gradient(*arguments(loss, record))
    np.testing.assert_allclose(ours, theirs, **close(record))


@every_record
def test_the_framework_reduces_as_stated(record: dict[str, Any]) -> None:
    values = np.array(record["values"])
    reduction = recorded_loss(record).frameworks[record["framework"]].reduction
    expected = {"mean": np.mean(values), "none": values}[reduction]
    np.testing.assert_allclose(record["reduced"], expected, strict=True, **close(record))


@every_record
def test_a_call_was_recorded_for_every_sample_that_it_is_meant_for(record: dict[str, Any]) -> None:
    loss = recorded_loss(record)
    note = loss.frameworks[record["framework"]].note
    asked = set(record["samples"])
    one_hot = set(range(len(TRUE)))
    soft = numbered(loss) or record["framework"] == "scikit-learn"
    meant = one_hot if soft else set(range(len(SCORES)))
    clips = "1e-7" in note or "2e-16" in note
    assert asked == ({i for i in meant if not FAR[i]} if clips else meant)
    if record["framework"] == "scikit-learn" and not numbered(loss):
        assert "one-hot" in note


def test_every_shown_call_is_the_one_that_was_recorded() -> None:
    shown = {
        (cls.__name__, framework, call.code)
        for cls in MULTICLASS_LOSSES
        for framework, call in cls.frameworks.items()
        if call is not None
    }
    ran = {(one["loss"], one["framework"], one["code"]) for one in RECORDED["records"]}
    assert shown == ran


def test_the_record_says_which_versions_spoke() -> None:
    assert {"torch", "keras", "optax", "scikit-learn"} <= set(RECORDED["versions"])
