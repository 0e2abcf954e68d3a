"""The losses of counts and scales against arbitrary precision, SciPy, and other frameworks."""

import itertools
import json
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from mpmath import mpf
from scipy import special, stats

from core.losses.base import Array
from core.losses.counts import (
    COUNT_LOSSES,
    AbsolutePercentageError,
    GammaLoss,
    GaussianNLL,
    PairedLoss,
    PoissonLoss,
    SquaredLogError,
)
from tests.core import laws

Number = Any
Formula = Callable[..., Number]

DIGITS = 700  # enough to tell 1 + y from 1 at y = 1e-300, squared
LARGEST = mpf(float(np.finfo(np.float64).max))
TINY = 2.3e-308  # what float64 holds with fewer digits than usual counts as 0

SIZES = (
    1e-300,
    1e-160,
    1e-30,
    1e-16,
    1e-8,
    0.1,
    1.0,
    1.0 + 2.0**-40,
    3.0,
    1e8,
    1e160,
    1e300,
    1e308,
)
SIGNED = (*SIZES, 0.0, *(-x for x in SIZES))
ABOVE_MINUS_ONE = (*SIZES, 1.5e154, 0.0, -1.0 + 2.0**-53, -1.0 + 1e-9, -0.75, -0.5, -1e-9, -1e-300)

PLACES: dict[type[PairedLoss], tuple[tuple[float, ...], ...]] = {
    PoissonLoss: (SIZES, (*SIZES, 0.0)),
    GammaLoss: (SIZES, SIZES),
    GaussianNLL: (SIGNED[::2], (*SIZES[::2], 1e150), (*SIGNED[2::3], 0.0)),
    AbsolutePercentageError: (SIGNED, tuple(x for x in SIGNED if x)),
    SquaredLogError: (ABOVE_MINUS_ONE, ABOVE_MINUS_ONE),
}

# Value, then first and second derivatives by what moves, row by row.
EXACT: dict[type[PairedLoss], tuple[Formula, ...]] = {
    PoissonLoss: (
        lambda m, y: m - y * mpmath.log(m),
        lambda m, y: 1 - y / m,
        lambda m, y: y / m**2,
    ),
    GammaLoss: (
        lambda m, y: mpmath.log(m) + y / m,
        lambda m, y: 1 / m - y / m**2,
        lambda m, y: 2 * y / m**3 - 1 / m**2,
    ),
    GaussianNLL: (
        lambda m, s, y: mpmath.log(s) + (y - m) ** 2 / (2 * s**2),
        lambda m, s, y: (m - y) / s**2,
        lambda m, s, y: 1 / s - (y - m) ** 2 / s**3,
        lambda m, s, y: 1 / s**2,
        lambda m, s, y: 2 * (y - m) / s**3,
        lambda m, s, y: 2 * (y - m) / s**3,
        lambda m, s, y: 3 * (y - m) ** 2 / s**4 - 1 / s**2,
    ),
    AbsolutePercentageError: (
        lambda m, y: abs(y - m) / abs(y),
        lambda m, y: mpmath.sign(m - y) / abs(y),
        lambda m, y: mpf(0),
    ),
    SquaredLogError: (
        lambda m, y: (mpmath.log(1 + m) - mpmath.log(1 + y)) ** 2,
        lambda m, y: 2 * (mpmath.log(1 + m) - mpmath.log(1 + y)) / (1 + m),
        lambda m, y: 2 * (1 - mpmath.log(1 + m) + mpmath.log(1 + y)) / (1 + m) ** 2,
    ),
}

# The parts of a difference that may cancel: digits can be lost against them, and only there.
PARTS: dict[tuple[type[PairedLoss], int], Formula] = {
    (PoissonLoss, 0): lambda m, y: m + abs(y * mpmath.log(m)),
    (GammaLoss, 0): lambda m, y: abs(mpmath.log(m)) + y / m,
    (GaussianNLL, 0): lambda m, s, y: abs(mpmath.log(s)) + (y - m) ** 2 / s**2,
    (GaussianNLL, 2): lambda m, s, y: 1 / s + (y - m) ** 2 / s**3,
    (GaussianNLL, 6): lambda m, s, y: 3 * (y - m) ** 2 / s**4 + 1 / s**2,
    (SquaredLogError, 2): lambda m, y: (
        2 * (1 + abs(mpmath.log(1 + m) - mpmath.log(1 + y))) / (1 + m) ** 2
    ),
}

every_class = pytest.mark.parametrize("cls", COUNT_LOSSES)


def in_float64(x: Number) -> float:
    """Return the nearest float64, infinite beyond the largest."""
    if abs(x) > LARGEST:
        return math.copysign(math.inf, x)
    return float(x)


def found(loss: PairedLoss, places: Sequence[Array]) -> list[Array]:
    """Return value, gradients and second derivatives in the order of the formulas."""
    value = loss.value(*places)  # type: ignore[attr-defined]
    hessian = loss.hessian(*places)  # type: ignore[attr-defined]
    second = [hessian] if hessian.ndim == 1 else [hessian[:, i, j] for i, j in np.ndindex(2, 2)]
    return [value, *laws.gradients(loss, places), *second]


@every_class
def test_every_curve_is_exact_from_the_tiniest_numbers_to_the_largest(
    cls: type[PairedLoss],
) -> None:
    rows = list(itertools.product(*PLACES[cls]))
    figures = found(cls(), [np.array(column) for column in zip(*rows, strict=True)])
    assert len(figures) == len(EXACT[cls])
    with mpmath.workdps(DIGITS):
        exact_rows = [[mpf(x) for x in row] for row in rows]
        for i, (ours, formula) in enumerate(zip(figures, EXACT[cls], strict=True)):
            size = PARTS.get((cls, i), formula)
            for row, mine in zip(exact_rows, ours, strict=True):
                exact = formula(*row)
                allowed = 2e-15 * abs(size(*row)) + TINY
                # Beyond float64, or within a rounding of its end, only the sign can be right.
                if abs(exact) + allowed > LARGEST or math.isinf(mine):
                    assert abs(size(*row)) > LARGEST * (1 - mpf(2) ** -40), (cls, i, row)
                    assert math.copysign(1.0, mine) == mpmath.sign(exact), (cls, i, row)
                else:
                    assert abs(exact - mpf(float(mine))) <= allowed, (cls, i, row, mine)


def test_every_class_is_held_against_exact_figures() -> None:
    assert set(EXACT) == set(PLACES) == set(COUNT_LOSSES)


def test_a_log_rate_is_exact_too() -> None:
    loss, etas = PoissonLoss(), (-1e4, -700.0, -1.0, -1e-9, 0.0, 0.5, 30.0, 709.0)
    for eta, y in itertools.product(etas, (0.0, 1e-300, 0.3, 7.0, 1e9, 1e300)):
        with mpmath.workdps(60):
            rate = mpmath.exp(mpf(eta))
            value, slope = rate - mpf(y) * mpf(eta), rate - mpf(y)
            parts = float(rate + abs(mpf(y) * mpf(eta))), float(rate + mpf(y))
        gap = abs(float(loss.value_of_log(eta, y)) - float(value))
        assert gap <= 2e-15 * parts[0] + TINY
        assert abs(float(loss.gradient_of_log(eta, y)) - float(slope)) <= 2e-15 * parts[1] + TINY


# Known wrong answers, which we must not give.


def test_a_small_constant_in_the_logarithm_would_move_the_loss_of_a_small_rate() -> None:
    rate, count = 1e-12, 3.0
    moved = rate - count * math.log(rate + 1e-7)
    exact = rate - count * math.log(rate)
    assert moved != pytest.approx(exact, rel=0.3)
    assert float(PoissonLoss().value(rate, count)) == pytest.approx(exact, rel=1e-15)


def test_logarithms_of_near_numbers_keep_their_digits() -> None:
    target = 1e6
    prediction = target + 2.0**-20
    plain = (math.log(1.0 + prediction) - math.log(1.0 + target)) ** 2
    with mpmath.workdps(60):
        exact = float((mpmath.log(1 + mpf(prediction)) - mpmath.log(1 + mpf(target))) ** 2)
    assert plain != pytest.approx(exact, rel=1e-4, abs=0.0)
    ours = float(SquaredLogError().value(prediction, target))
    assert ours == pytest.approx(exact, rel=1e-14, abs=0.0)


# SciPy's likelihoods.

RATES = np.array([0.1, 0.9, 3.0, 40.0])


def test_poisson_is_its_log_likelihood_without_the_factorial() -> None:
    counts = np.array([[0.0], [1.0], [4.0], [60.0]])
    theirs = -stats.poisson.logpmf(counts, RATES) - special.gammaln(counts + 1.0)
    np.testing.assert_allclose(PoissonLoss().value(RATES, counts), theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("shape", [0.5, 1.0, 6.0])
def test_gamma_is_its_log_likelihood_over_the_shape_but_for_what_has_no_mean_in_it(
    shape: float,
) -> None:
    y = np.array([[0.2], [1.0], [17.0]])
    surprise = -stats.gamma.logpdf(y, shape, scale=RATES / shape) / shape
    gap = surprise - GammaLoss().value(RATES, y)
    np.testing.assert_allclose(gap, np.broadcast_to(gap[:, :1], gap.shape), rtol=1e-12, atol=1e-13)


def test_the_gaussian_loss_is_its_log_likelihood_without_half_log_two_pi() -> None:
    y, scale = np.array([[-3.0], [0.4], [7.0]]), np.array([0.2, 1.0, 3.0, 9.0])
    theirs = -stats.norm.logpdf(y, RATES, scale) - 0.5 * math.log(2.0 * math.pi)
    ours = GaussianNLL().value(RATES, scale, y)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-13)


# What other frameworks say, recorded by recorded/make_counts.py.

RECORDED = json.loads((Path(__file__).parent / "recorded" / "counts.json").read_text())
ARGUMENTS = {name: np.array(values) for name, values in RECORDED["arguments"].items()}
CLASSES = {cls.__name__: cls for cls in COUNT_LOSSES}

every_record = pytest.mark.parametrize(
    "record",
    RECORDED["records"],
    ids=[f"{one['framework']}-{one['loss']}" for one in RECORDED["records"]],
)

# Keras averages in float32, whatever it is given, and adds 1e-7 where it says so.
PRECISION = {"PyTorch": 1e-14, "Optax": 1e-14, "scikit-learn": 1e-14, "Keras": 5e-6}


def recorded_arguments(cls: type[PairedLoss]) -> list[Array]:
    return [ARGUMENTS[argument.name] for argument in cls.arguments]


@every_record
def test_values_are_those_of_the_framework_times_the_stated_factor(record: dict[str, Any]) -> None:
    cls = CLASSES[record["loss"]]
    theirs = cls.frameworks[record["framework"]].factor * np.array(record["values"])
    ours = cls().value(*recorded_arguments(cls))
    rtol = PRECISION[record["framework"]]
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=1e-15)


@every_record
def test_gradients_are_those_of_the_framework_times_the_stated_factor(
    record: dict[str, Any],
) -> None:
    if record["gradients"] is None:
        assert record["framework"] == "scikit-learn"
        return
    cls = CLASSES[record["loss"]]
    ours = laws.gradients(cls(), recorded_arguments(cls))
    rtol = PRECISION[record["framework"]]
    for mine, theirs in zip(ours, record["gradients"].values(), strict=True):
        scaled = cls.frameworks[record["framework"]].factor * np.array(theirs)
        np.testing.assert_allclose(mine, scaled, rtol=rtol, atol=1e-14)


@every_record
def test_the_framework_reduces_as_stated(record: dict[str, Any]) -> None:
    values = np.array(record["values"])
    reduction = CLASSES[record["loss"]].frameworks[record["framework"]].reduction
    expected = {"mean": np.mean(values), "none": values}[reduction]
    rtol = PRECISION[record["framework"]]
    np.testing.assert_allclose(record["reduced"], expected, rtol=rtol, strict=True)


def test_every_shown_call_is_the_one_that_was_recorded() -> None:
    shown = {
        (cls.__name__, framework, call.code)
        for cls in COUNT_LOSSES
        for framework, call in cls.frameworks.items()
        if call is not None
    }
    ran = {(one["loss"], one["framework"], one["code"]) for one in RECORDED["records"]}
    assert shown == ran


@pytest.mark.parametrize("record", RECORDED["deviances"], ids=lambda record: record["loss"])
def test_half_of_scikit_learns_deviance_is_what_lies_above_the_least_value(
    record: dict[str, Any],
) -> None:
    loss = CLASSES[record["loss"]]()
    prediction, target = ARGUMENTS["prediction"], ARGUMENTS["target"]
    above = loss.value(prediction, target) - loss.value(target, target)
    np.testing.assert_allclose(above, 0.5 * np.array(record["values"]), rtol=1e-9, atol=1e-13)


NOTES = json.loads((Path(__file__).parent / "recorded" / "notes.json").read_text())

# What a framework makes of the arguments, told the small constant that the note names.
NOTED: dict[tuple[str, str], Callable[..., float]] = {
    ("PoissonLoss", "PyTorch"): lambda tiny, mu, y: mu - y * math.log(mu + tiny),
    ("PoissonLoss", "Keras"): lambda tiny, mu, y: mu - y * math.log(mu + tiny),
    ("GaussianNLL", "PyTorch"): lambda tiny, mu, sigma, y: (
        0.5 * math.log(max(sigma**2, tiny)) + 0.5 * (y - mu) ** 2 / max(sigma**2, tiny)
    ),
    ("AbsolutePercentageError", "Keras"): lambda tiny, mu, y: (
        100.0 * abs(y - mu) / max(abs(y), tiny)
    ),
    ("AbsolutePercentageError", "scikit-learn"): lambda tiny, mu, y: (
        abs(y - mu) / max(abs(y), tiny)
    ),
    ("SquaredLogError", "Keras"): lambda tiny, mu, y: (
        (math.log1p(max(mu, tiny)) - math.log1p(max(y, tiny))) ** 2
    ),
}


@pytest.mark.parametrize(
    "record", [one for one in NOTES["records"] if one["loss"] in CLASSES], ids=lambda one: str(one)
)
def test_a_framework_departs_from_the_formula_as_its_note_says_and_only_there(
    record: dict[str, Any],
) -> None:
    cls, framework = CLASSES[record["loss"]], record["framework"]
    call = cls.frameworks[framework]
    arguments = [record["arguments"][argument.name][0] for argument in cls.arguments]
    ours = float(cls().value(*arguments)) / call.factor
    if framework == "PyTorch" and "log_input" not in record["code"] and cls is PoissonLoss:
        assert call.note.startswith("Left alone, it takes log μ for its prediction")
        rate, count = arguments
        assert record["value"] == pytest.approx(math.exp(rate) - count * rate, rel=1e-14)
        return
    (tiny,) = {float(found) for found in re.findall(r"\d+e-\d+", call.note)}
    theirs = NOTED[record["loss"], framework](tiny, *arguments)
    # Notes are rounded: 2e-16 stands for the 2.2e-16 between 1 and the next number.
    rtol = 0.2 if tiny == 2e-16 else 1e-6
    assert record["value"] == pytest.approx(theirs, rel=rtol)
    assert ours != pytest.approx(record["value"], rel=0.3)


def test_every_note_that_names_a_small_constant_was_tried() -> None:
    named = {
        (cls.__name__, framework)
        for cls in COUNT_LOSSES
        for framework, call in cls.frameworks.items()
        if call is not None and re.search(r"\d+e-\d+", call.note)
    }
    tried = {(one["loss"], one["framework"]) for one in NOTES["records"]}
    assert named == set(NOTED) == {(loss, where) for loss, where in tried if loss in CLASSES}


def test_the_record_says_which_versions_spoke() -> None:
    assert {"torch", "keras", "optax", "scikit-learn"} <= set(RECORDED["versions"])
    assert {record["loss"] for record in RECORDED["deviances"]} == {"PoissonLoss", "GammaLoss"}
