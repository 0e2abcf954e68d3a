"""The residual losses against arbitrary precision and against other frameworks' own figures."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from mpmath import mpf

import core.losses
from core.losses import (
    RESIDUAL_LOSSES,
    AbsoluteError,
    Array,
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

SIZES = (
    *(1e-300, 1e-160, 1e-100, 1e-30, 1e-8, 1e-3, 0.1, 0.5, 0.9, 1.0, 1.1, 2.0, 3.0, 5.0, 7.0),
    *(19.9, 20.1, 40.0, 100.0, 350.0, 709.0, 711.0, 1e4, 0.99e8, 1.01e8, 1e9, 1e16),
    *(1e77, 1e100, 1e154, 1.4e154, 1e200, 1e300, 1e308),
)
EXTREMES = np.array([sign * size for size in SIZES for sign in (-1.0, 1.0)])

# Enough digits to tell 1 + r² from 1 at r = 1e-300.
mpmath.mp.dps = 650

Number = Any
Formula = Callable[[Number], Number]
Formulas = tuple[Formula, Formula, Formula]


def huber(delta: float) -> Formulas:
    return (
        lambda r: r**2 / 2 if abs(r) <= delta else delta * (abs(r) - mpf(delta) / 2),
        lambda r: r if abs(r) <= delta else delta * mpmath.sign(r),
        lambda r: mpf(abs(r) <= delta),
    )


def quantile(tau: float) -> Formulas:
    return (
        lambda r: (1 - mpf(tau)) * r if r > 0 else -tau * r,
        lambda r: 1 - mpf(tau) if r > 0 else -mpf(tau),
        lambda r: mpf(0),
    )


def epsilon_insensitive(epsilon: float) -> Formulas:
    return (
        lambda r: max(abs(r) - epsilon, mpf(0)),
        lambda r: mpmath.sign(r) if abs(r) > epsilon else mpf(0),
        lambda r: mpf(0),
    )


def cauchy(scale: float) -> Formulas:
    s = mpf(scale)
    return (
        lambda r: s**2 / 2 * mpmath.log(1 + (r / s) ** 2),
        lambda r: r / (1 + (r / s) ** 2),
        lambda r: (1 - (r / s) ** 2) / (1 + (r / s) ** 2) ** 2,
    )


def tukey(c: float) -> Formulas:
    c = mpf(c)
    return (
        lambda r: c**2 / 6 * (1 - (1 - min(abs(r) / c, mpf(1)) ** 2) ** 3),
        lambda r: r * (1 - (r / c) ** 2) ** 2 if abs(r) < c else mpf(0),
        lambda r: (1 - (r / c) ** 2) * (1 - 5 * (r / c) ** 2) if abs(r) < c else mpf(0),
    )


def barron(alpha: float, c: float) -> Formulas:
    a, c = mpf(alpha), mpf(c)
    b = abs(a - 2)

    def grown(r: Number, power: Number) -> Number:
        return ((r / c) ** 2 / b + 1) ** power

    return (
        lambda r: b / a * (grown(r, a / 2) - 1),
        lambda r: r / c**2 * grown(r, a / 2 - 1),
        lambda r: (
            grown(r, a / 2 - 1) / c**2 - 2 * (1 - a / 2) * r**2 / b / c**4 * grown(r, a / 2 - 2)
        ),
    )


def welsch(c: float) -> Formulas:
    c = mpf(c)

    def bell(r: Number) -> Number:
        # Beyond 1e4 it is 0 to more digits than anyone could ask.
        return mpmath.exp(-((min(abs(r), mpf(10) ** 4) / c) ** 2) / 2)

    return (
        lambda r: 1 - bell(r),
        lambda r: r / c**2 * bell(r) if abs(r) < 1e5 else mpf(0),
        lambda r: (1 - (r / c) ** 2) / c**2 * bell(r) if abs(r) < 1e5 else mpf(0),
    )


def log_cosh() -> Formulas:
    # Far out the cosine is half an exponential, to more digits than we keep.
    return (
        lambda r: mpmath.log(mpmath.cosh(r)) if abs(r) < 1e4 else abs(r) - mpmath.log(2),
        lambda r: mpmath.tanh(r) if abs(r) < 1e4 else mpmath.sign(r),
        lambda r: mpmath.sech(r) ** 2 if abs(r) < 1e4 else mpf(0),
    )


def half_square(c: float) -> Formulas:
    c = mpf(c)
    return lambda r: (r / c) ** 2 / 2, lambda r: r / c**2, lambda r: 1 / c**2


def barron_at_zero(c: float) -> Formulas:
    square = 2 * mpf(c) ** 2
    return (
        lambda r: mpmath.log(1 + r**2 / square),
        lambda r: 2 * r / (r**2 + square),
        lambda r: 2 * (square - r**2) / (r**2 + square) ** 2,
    )


EXACT: tuple[tuple[ResidualLoss, Formulas], ...] = (
    (SquaredError(), (lambda r: r**2, lambda r: 2 * r, lambda r: mpf(2))),
    (AbsoluteError(), (abs, mpmath.sign, lambda r: mpf(0))),
    (Huber(), huber(1.0)),
    (Huber(0.05), huber(0.05)),
    (Huber(10.0), huber(10.0)),
    (LogCosh(), log_cosh()),
    (Quantile(0.05), quantile(0.05)),
    (Quantile(0.9), quantile(0.9)),
    (EpsilonInsensitive(0.3), epsilon_insensitive(0.3)),
    (EpsilonInsensitive(10.0), epsilon_insensitive(10.0)),
    (Cauchy(), cauchy(1.0)),
    (Cauchy(0.05), cauchy(0.05)),
    (Cauchy(10.0), cauchy(10.0)),
    (Tukey(), tukey(4.685)),
    (Tukey(0.05), tukey(0.05)),
    (Barron(2.0, c=0.3), half_square(0.3)),
    (Barron(1.999999, c=0.3), barron(1.999999, 0.3)),
    (Barron(1.7), barron(1.7, 1.0)),
    (Barron(1.0), barron(1.0, 1.0)),
    (Barron(1.0, c=0.05), barron(1.0, 0.05)),
    (Barron(0.9, c=4.0), barron(0.9, 4.0)),
    (Barron(1e-10), barron(1e-10, 1.0)),
    (Barron(0.0, c=0.3), barron_at_zero(0.3)),
    (Barron(-1e-10), barron(-1e-10, 1.0)),
    (Barron(-2.0), barron(-2.0, 1.0)),
    (Barron(-8.0, c=10.0), barron(-8.0, 10.0)),
    (Barron(-1e6), barron(-1e6, 1.0)),
    (Barron(-math.inf, c=0.3), welsch(0.3)),
)
every_exact = pytest.mark.parametrize(
    ("loss", "formulas"), EXACT, ids=[repr(loss) for loss, _ in EXACT]
)


def assert_exact(loss: ResidualLoss, actual: Array, formula: Formula, atol: float = 0.0) -> None:
    """Compare at every extreme, counting as 0 what float64 holds with fewer digits than usual.

    A power reached through its logarithm g loses g roundings: up to 700, far out.
    """
    expected = np.array([float(formula(mpf(float(r)))) for r in EXTREMES])
    rtol = 1e-13 if isinstance(loss, Barron) else 1e-15
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=max(atol, 2.3e-308))


@every_exact
def test_value_is_exact_from_the_tiniest_residual_to_the_largest(
    loss: ResidualLoss, formulas: Formulas
) -> None:
    assert_exact(loss, loss.value(EXTREMES), formulas[0])


@every_exact
def test_gradient_is_exact_from_the_tiniest_residual_to_the_largest(
    loss: ResidualLoss, formulas: Formulas
) -> None:
    assert_exact(loss, loss.gradient(EXTREMES), formulas[1])


@every_exact
def test_hessian_is_exact_from_the_tiniest_residual_to_the_largest(
    loss: ResidualLoss, formulas: Formulas
) -> None:
    # Next to an inflection the curvature is what two equal numbers leave of each other.
    beside_inflection = 3e-16 if loss == Barron(-1e6) else 0.0
    assert_exact(loss, loss.hessian(EXTREMES), formulas[2], atol=beside_inflection)


@every_exact
def test_weight_is_exact_from_the_tiniest_residual_to_the_largest(
    loss: ResidualLoss, formulas: Formulas
) -> None:
    assert_exact(loss, loss.weight(EXTREMES), lambda r: formulas[1](r) / r)


def test_every_class_is_held_against_exact_figures() -> None:
    assert {type(loss) for loss, _ in EXACT} == set(RESIDUAL_LOSSES)


# Known wrong answers, which we must not give.


def test_log_cosh_survives_where_the_plain_formula_overflows() -> None:
    far = np.array([700.0, 711.0, 1e4])
    with np.errstate(over="ignore"):
        plain = np.log(np.cosh(far))
    np.testing.assert_array_equal(np.isinf(plain), [False, True, True])
    np.testing.assert_allclose(LogCosh().value(far), far - math.log(2.0), rtol=1e-15)


def test_log_cosh_keeps_the_digits_that_the_usual_rewriting_loses() -> None:
    near = 1e-8
    rewritten = near + math.log1p(math.exp(-2.0 * near)) - math.log(2.0)
    assert rewritten != pytest.approx(0.5 * near**2, rel=0.5, abs=0.0)
    assert LogCosh().value(near) == pytest.approx(0.5 * near**2, rel=1e-15, abs=0.0)


def test_huber_squares_only_what_lies_inside() -> None:
    with pytest.warns(RuntimeWarning, match="overflow"):
        assert np.square(np.array([1e200]))[0] == math.inf
    assert Huber(delta=2.0).value(1e200) == 2e200


def test_barron_keeps_its_digits_where_the_plain_formula_loses_them() -> None:
    alpha, near = 1e-12, 0.01
    breadth = abs(alpha - 2.0)
    plain = breadth / alpha * ((near**2 / breadth + 1.0) ** (alpha / 2.0) - 1.0)
    assert plain != pytest.approx(0.5 * near**2, rel=1e-2, abs=0.0)
    exact = math.log1p(0.5 * near**2)
    assert Barron(alpha).value(near) == pytest.approx(exact, rel=1e-11, abs=0.0)


# What other frameworks say, recorded by recorded/make_residual.py.

RECORDED = json.loads((Path(__file__).parent / "recorded" / "residual.json").read_text())
PREDICTION, TARGET = (np.array(RECORDED[name]) for name in ("prediction", "target"))

every_record = pytest.mark.parametrize(
    "record",
    RECORDED["records"],
    ids=[f"{one['framework']}-{one['loss']}-{one['parameters']}" for one in RECORDED["records"]],
)


# Keras averages in float32, whatever it is given.
DIGITS = {"PyTorch": 1e-14, "Optax": 1e-14, "scikit-learn": 1e-14, "Keras": 5e-7}


def recorded_loss(record: dict[str, Any]) -> ResidualLoss:
    return getattr(core.losses, record["loss"])(**record["parameters"])


@every_record
def test_values_are_those_of_the_framework_times_the_stated_factor(record: dict[str, Any]) -> None:
    loss = recorded_loss(record)
    call = loss.frameworks[record["framework"]]
    theirs = call.factor * np.array(record["values"])
    rtol = DIGITS[record["framework"]]
    np.testing.assert_allclose(loss.value(PREDICTION - TARGET), theirs, rtol=rtol, atol=2e-16)


@every_record
def test_gradients_are_those_of_the_framework_times_the_stated_factor(
    record: dict[str, Any],
) -> None:
    if record["gradients"] is None:
        assert record["framework"] == "scikit-learn"
        return
    loss = recorded_loss(record)
    theirs = loss.frameworks[record["framework"]].factor * np.array(record["gradients"])
    rtol = DIGITS[record["framework"]]
    np.testing.assert_allclose(loss.gradient(PREDICTION - TARGET), theirs, rtol=rtol, atol=2e-16)


@every_record
def test_the_framework_reduces_as_stated(record: dict[str, Any]) -> None:
    values = np.array(record["values"])
    reduction = recorded_loss(record).frameworks[record["framework"]].reduction
    expected = {"mean": np.mean(values), "none": values}[reduction]
    rtol = DIGITS[record["framework"]]
    np.testing.assert_allclose(record["reduced"], expected, rtol=rtol, strict=True)


def test_every_shown_call_is_the_one_that_was_recorded() -> None:
    shown = {
        (cls.__name__, framework, call.code)
        for cls in RESIDUAL_LOSSES
        for framework, call in cls.frameworks.items()
        if call is not None
    }
    ran = {(one["loss"], one["framework"], one["code"]) for one in RECORDED["records"]}
    assert shown == ran


def test_the_record_says_which_versions_spoke() -> None:
    assert {"torch", "keras", "optax", "scikit-learn"} <= set(RECORDED["versions"])
