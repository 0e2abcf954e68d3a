"""The losses of two classes against arbitrary precision and other frameworks' own figures."""

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from mpmath import mpf

import core.losses.margin
from core.losses.base import Array
from core.losses.links import LINKS, ComplementLink, IdentityLink, Link, LogitLink, ProbitLink
from core.losses.margin import (
    MARGIN_LOSSES,
    PROBABILITY_LOSSES,
    BinaryCrossEntropy,
    Brier,
    Composite,
    Exponential,
    Focal,
    FocalProbability,
    Hinge,
    LogisticLoss,
    MarginLoss,
    ModifiedHuber,
    Perceptron,
    ProbabilityLoss,
    SmoothedLogisticLoss,
    SquaredHinge,
    SquaredProbability,
    WeightedLogisticLoss,
    ZeroOne,
)

SIZES = (
    *(1e-300, 1e-160, 1e-30, 1e-16, 1e-8, 1e-3, 0.1, 0.5, 0.9, 0.999, 1.0, 1.001, 1.5, 2.0, 3.0),
    *(4.9, 5.1, 7.0, 12.0, 20.0, 26.0, 36.0, 37.5, 40.0, 100.0, 350.0, 700.0, 709.0, 711.0, 1e3),
    *(1e4, 1e6, 0.99e8, 1.01e8, 1e16, 1e77, 1e154, 1.4e154, 1e200, 1e300, 1e308),
)
EXTREMES = np.array([0.0, *(sign * size for size in SIZES for sign in (-1.0, 1.0))])

Number = Any
Formula = Callable[[Number], Number]
Formulas = tuple[Formula, Formula, Formula]


@pytest.fixture(autouse=True)
def _fifty_digits() -> Iterator[None]:
    with mpmath.workdps(50):
        yield


def as_float(number: Number) -> float:
    """Return the nearest float64, infinite beyond the largest."""
    return float(number) if abs(number) < mpf(2) ** 1024 else math.copysign(math.inf, number)


def left(m: Number) -> Number:
    """Return 1 - p of the sigmoid."""
    return 1 / (1 + mpmath.exp(m))


def surprise(m: Number) -> Number:
    """Return log 1/p of the sigmoid."""
    return mpmath.log1p(mpmath.exp(-m))


def logistic() -> Formulas:
    return surprise, lambda m: -left(m), lambda m: left(m) * left(-m)


def smoothed(epsilon: float) -> Formulas:
    share = mpf(epsilon) / 2
    return (
        lambda m: surprise(m) + share * m,
        lambda m: share - left(m),
        lambda m: left(m) * left(-m),
    )


def hinge(margin: float) -> Formulas:
    return (
        lambda m: max(margin - m, mpf(0)),
        lambda m: -mpf(m < margin),
        lambda m: mpf(0),
    )


def squared_hinge(margin: float) -> Formulas:
    return (
        lambda m: max(margin - m, mpf(0)) ** 2,
        lambda m: -2 * max(margin - m, mpf(0)),
        lambda m: mpf(2 if m < margin else 0),
    )


def modified_huber() -> Formulas:
    return (
        lambda m: -4 * m if m < -1 else max(1 - m, mpf(0)) ** 2,
        lambda m: mpf(-4) if m < -1 else -2 * max(1 - m, mpf(0)),
        lambda m: mpf(2 if -1 < m < 1 else 0),
    )


def exponential() -> Formulas:
    return lambda m: mpmath.exp(-m), lambda m: -mpmath.exp(-m), lambda m: mpmath.exp(-m)


def focal(gamma: float) -> Formulas:
    g = mpf(gamma)
    return (
        lambda m: left(m) ** g * surprise(m),
        lambda m: -(left(m) ** g) * (g * left(-m) * surprise(m) + left(m)),
        lambda m: (
            left(m) ** g
            * left(-m)
            * ((1 + 2 * g) * left(m) + g * surprise(m) * (g * left(-m) - left(m)))
        ),
    )


def brier() -> Formulas:
    return (
        lambda m: left(m) ** 2,
        lambda m: -2 * left(-m) * left(m) ** 2,
        lambda m: 2 * left(-m) * left(m) ** 2 * (2 * left(-m) - left(m)),
    )


def tail(m: Number) -> Number:
    """Return the share of a normal variable beyond m; far out by its asymptotic series."""
    if m < -1e6:
        return 1 - tail(-m)
    if m > 1e6:
        return density(m) / m * (1 - 1 / m**2 + 3 / m**4 - 15 / m**6)
    return mpmath.erfc(m / mpmath.sqrt(2)) / 2


def density(m: Number) -> Number:
    return mpmath.exp(-m * m / 2) / mpmath.sqrt(2 * mpmath.pi)


def probit_surprise(m: Number) -> Number:
    return -mpmath.log(tail(-m)) if m < 0 else -mpmath.log1p(-tail(m))


def mills(m: Number) -> Number:
    return density(m) / tail(-m)


def excess(m: Number) -> Number:
    """Return m + mills(m), by its asymptotic series where the two cancel."""
    if m < -1e6:
        return -1 / m + 2 / m**3 - 10 / m**5
    return m + mills(m)


def probit() -> Formulas:
    return probit_surprise, lambda m: -mills(m), lambda m: mills(m) * excess(m)


def squared_probit() -> Formulas:
    return (
        lambda m: tail(m) ** 2,
        lambda m: -2 * tail(m) * density(m),
        lambda m: 2 * (density(m) ** 2 + tail(m) * m * density(m)),
    )


def focal_probit(gamma: float) -> Formulas:
    g = mpf(gamma)
    return (
        lambda m: tail(m) ** g * probit_surprise(m),
        lambda m: -(tail(m) ** g) * (g * density(m) / tail(m) * probit_surprise(m) + mills(m)),
        lambda m: (
            tail(m) ** g
            * (
                g * (g - 1) * (density(m) / tail(m)) ** 2 * probit_surprise(m)
                + g * density(m) / tail(m) * (2 * mills(m) + m * probit_surprise(m))
                + mills(m) * excess(m)
            )
        ),
    )


# The loss, its three curves, and the digits that the last ones lose: see FEWER.
EXACT: tuple[tuple[MarginLoss, Formulas], ...] = (
    (LogisticLoss(), logistic()),
    (WeightedLogisticLoss(positive_weight=1.0), logistic()),
    (SmoothedLogisticLoss(epsilon=0.0), smoothed(0.0)),
    (SmoothedLogisticLoss(epsilon=0.25), smoothed(0.25)),
    (SmoothedLogisticLoss(epsilon=0.9), smoothed(0.9)),
    (Hinge(), hinge(1.0)),
    (Hinge(margin=0.3), hinge(0.3)),
    (SquaredHinge(), squared_hinge(1.0)),
    (SquaredHinge(margin=3.0), squared_hinge(3.0)),
    (ModifiedHuber(), modified_huber()),
    (Perceptron(), hinge(0.0)),
    (Exponential(), exponential()),
    (ZeroOne(), (lambda m: mpf(m <= 0), lambda m: mpf(0), lambda m: mpf(0))),
    (Focal(gamma=0.0), logistic()),
    (Focal(gamma=0.3), focal(0.3)),
    (Focal(gamma=2.0), focal(2.0)),
    (Focal(gamma=10.0), focal(10.0)),
    (Focal(gamma=1e6), focal(1e6)),
    (Brier(), brier()),
    (Composite(BinaryCrossEntropy(), LogitLink()), logistic()),
    (Composite(SquaredProbability(), LogitLink()), brier()),
    (Composite(FocalProbability(gamma=2.0), LogitLink()), focal(2.0)),
    (Composite(BinaryCrossEntropy(), ProbitLink()), probit()),
    (Composite(SquaredProbability(), ProbitLink()), squared_probit()),
    (Composite(FocalProbability(gamma=2.0), ProbitLink()), focal_probit(2.0)),
    (Composite(FocalProbability(gamma=0.5), ProbitLink()), focal_probit(0.5)),
    (Composite(FocalProbability(gamma=1e9), ProbitLink()), focal_probit(1e9)),
)
every_exact = pytest.mark.parametrize(
    ("loss", "formulas"), EXACT, ids=[repr(loss) for loss, _ in EXACT]
)


def digits(loss: MarginLoss) -> float:
    """Return the relative error to expect.

    Of a power, or a normal density, as the exponential of what may be near -700: seven hundred
    roundings, and as many again for each power of a density.
    """
    if isinstance(loss, Composite) and isinstance(loss.link, ProbitLink):
        return 6e-13
    inner = loss.loss if isinstance(loss, Composite) else loss
    if isinstance(loss, SmoothedLogisticLoss):
        return 3e-15  # near where its two terms cancel
    return 2e-13 if getattr(inner, "gamma", 0.0) else 1e-15


def assert_exact(loss: MarginLoss, found: Array, formula: Formula, atol: float = 0.0) -> None:
    """Compare at every extreme, counting as 0 what float64 holds with fewer digits than usual."""
    told = np.array([as_float(formula(mpf(float(m)))) for m in EXTREMES])
    np.testing.assert_allclose(found, told, rtol=digits(loss), atol=max(atol, 2.3e-308))


@every_exact
def test_value_is_exact_from_the_tiniest_margin_to_the_largest(
    loss: MarginLoss, formulas: Formulas
) -> None:
    assert_exact(loss, loss.value(EXTREMES), formulas[0])


@every_exact
def test_gradient_is_exact_from_the_tiniest_margin_to_the_largest(
    loss: MarginLoss, formulas: Formulas
) -> None:
    assert_exact(loss, loss.gradient(EXTREMES), formulas[1])


@every_exact
def test_hessian_is_exact_from_the_tiniest_margin_to_the_largest(
    loss: MarginLoss, formulas: Formulas
) -> None:
    assert_exact(loss, loss.hessian(EXTREMES), formulas[2])


def test_every_class_is_held_against_exact_figures() -> None:
    assert {type(loss) for loss, _ in EXACT} == {*MARGIN_LOSSES, Composite}
    assert {type(loss) for loss, _, _ in OF_CHANCE} == set(PROBABILITY_LOSSES)


@pytest.mark.parametrize("weight", [1e-3, 0.3, 7.0])
def test_class_weights_multiply_what_is_exact(weight: float) -> None:
    weighted = WeightedLogisticLoss(weight)
    for curve, formula in zip(("value", "gradient", "hessian"), logistic(), strict=True):
        for label, factor in ((1, weight), (0, 1.0)):
            told = np.array([as_float(factor * formula(mpf(float(m)))) for m in EXTREMES])
            found = getattr(weighted, curve)(EXTREMES, label)
            np.testing.assert_allclose(found, told, rtol=2e-15, atol=2.3e-308)


# Probabilities.

SMALL = (0.0, 5e-324, 1e-310, 1e-300, 1e-200, 1e-100, 1e-30, 1e-16, 1e-8, 1e-3, 0.1, 0.3, 0.49)
CHANCES = np.array([*SMALL, 0.5, 0.51, 0.7, 0.9, 0.999, 1.0 - 1e-8, 1.0 - 2.0**-53, 1.0])


def focal_of(gamma: float) -> Formulas:
    """Return the curves by p, of p and what is left of it: both exact."""
    g = mpf(gamma)
    return (
        lambda p, q: -(q**g) * log_of(p, q),
        lambda p, q: g * q ** (g - 1) * log_of(p, q) - q**g / p,
        lambda p, q: (
            q**g / p**2 + 2 * g * q ** (g - 1) / p - g * (g - 1) * q ** (g - 2) * log_of(p, q)
        ),
    )


def log_of(p: Number, q: Number) -> Number:
    return mpmath.log(p) if p < 0.5 else mpmath.log1p(-q)


Limits = tuple[tuple[float, float, float], tuple[float, float, float]]

# The loss, its curves by p, and what they are at p = 0 and at p = 1.
OF_CHANCE: tuple[tuple[ProbabilityLoss, Formulas, Limits], ...] = (
    (
        BinaryCrossEntropy(),
        (lambda p, q: -log_of(p, q), lambda p, q: -1 / p, lambda p, q: 1 / p**2),
        ((math.inf, -math.inf, math.inf), (0.0, -1.0, 1.0)),
    ),
    (
        SquaredProbability(),
        (lambda p, q: q**2, lambda p, q: -2 * q, lambda p, q: mpf(2)),
        ((1.0, -2.0, 2.0), (0.0, 0.0, 2.0)),
    ),
    *(
        (FocalProbability(g), focal_of(g), ((math.inf, -math.inf, math.inf), (0.0, end, bend)))
        for g, end, bend in (
            (0.0, -1.0, 1.0),
            (0.3, 0.0, math.inf),
            (1.0, 0.0, 2.0),
            (2.0, 0.0, 0.0),
            (10.0, 0.0, 0.0),
            (1e9, 0.0, 0.0),
        )
    ),
)
every_of_chance = pytest.mark.parametrize(
    ("loss", "formulas", "limits"), OF_CHANCE, ids=[repr(loss) for loss, _, _ in OF_CHANCE]
)


@every_of_chance
@pytest.mark.parametrize("curve", [0, 1, 2], ids=["value", "gradient", "hessian"])
def test_a_probability_costs_what_it_should_from_0_to_1_whatever_comes_true(
    loss: ProbabilityLoss, formulas: Formulas, limits: Limits, curve: int
) -> None:
    name = ("value", "gradient", "hessian")[curve]
    for label in (1, 0):
        told = np.empty_like(CHANCES)
        for i, chance in enumerate(CHANCES):
            ends = (0.0, 1.0) if label else (1.0, 0.0)
            if chance in ends:
                told[i] = limits[ends.index(chance)][curve]
                continue
            with mpmath.workdps(700):
                x = mpf(float(chance))
                p, q = (x, 1 - x) if label else (1 - x, x)
                told[i] = as_float(formulas[curve](p, q))
        if curve == 1 and label == 0:
            told = -told
        found = getattr(loss, f"{name}_of")(CHANCES, label)
        np.testing.assert_allclose(found, told, rtol=2e-13, atol=2.3e-308)
        if label:
            np.testing.assert_array_equal(getattr(loss, name)(CHANCES), found)


@pytest.mark.parametrize("rest", [1e-18, 1e-20, 1e-30])
def test_next_to_certainty_a_tiny_gamma_adds_to_the_curvature_of_the_cross_entropy(
    rest: float,
) -> None:
    loss, exact = FocalProbability(gamma=1e-20), focal_of(1e-20)[2]
    with mpmath.workdps(100):
        told = float(exact(1 - mpf(rest), mpf(rest)))
    assert told > 1.005
    assert float(loss.hessian_of(rest, 0)) == pytest.approx(told, rel=1e-14)


# Links.


@pytest.mark.parametrize("link", [LogitLink(), ProbitLink()], ids=repr)
def test_a_link_keeps_its_digits_on_both_sides(link: Link) -> None:
    normal = isinstance(link, ProbitLink)
    share = tail if normal else left
    log_share = (lambda m: -probit_surprise(m)) if normal else (lambda m: -surprise(m))
    slope = density if normal else (lambda m: left(m) * left(-m))
    formulas = {
        "probability": lambda m: share(-m),
        "complement": share,
        "log_probability": log_share,
        "log_complement": lambda m: log_share(-m),
        "slope": slope,
        "curvature": (
            (lambda m: -m * density(m))
            if normal
            else (lambda m: left(m) * left(-m) * -mpmath.tanh(m / 2))
        ),
        "log_slope": mills if normal else left,
        "log_curvature": (
            (lambda m: -mills(m) * excess(m)) if normal else (lambda m: -left(m) * left(-m))
        ),
        "hazard": (lambda m: mills(-m)) if normal else (lambda m: left(-m)),
    }
    for name, formula in formulas.items():
        told = np.array([as_float(formula(mpf(float(m)))) for m in EXTREMES])
        found = getattr(link, name)(EXTREMES)
        rtol = 3e-13 if normal else 1e-15
        np.testing.assert_allclose(found, told, rtol=rtol, atol=2.3e-308, err_msg=name)


@pytest.mark.parametrize("score", [-4.9, -5.1, -12.3, -20.7, -36.1, -49.9, -1e4, -3e7])
def test_the_curvature_of_a_probits_logarithm_keeps_its_digits_where_score_and_slope_cancel(
    score: float,
) -> None:
    with mpmath.workdps(60):
        told = float(-mills(mpf(score)) * excess(mpf(score)))
    assert float(ProbitLink().log_curvature(score)) == pytest.approx(told, rel=1e-14, abs=0.0)


@pytest.mark.parametrize("link", [LogitLink(), ProbitLink()], ids=repr)
def test_the_score_of_a_probability_is_exact(link: Link) -> None:
    for chance in CHANCES[(CHANCES > 1e-305) & (CHANCES < 1.0)]:
        p = mpf(float(chance))
        if isinstance(link, LogitLink):
            assert float(link.score(chance)) == pytest.approx(
                float(mpmath.log(p) - mpmath.log1p(-p)), rel=2e-15
            )
            continue
        # Back from the score: as far as the score's own rounding lets us tell.
        score = mpf(float(link.score(chance)))
        rounding = abs(score) * density(score) * mpf(1e-14)
        assert abs(tail(-score) - p) <= rounding + mpf(1e-14) * min(p, 1 - p) + mpf(1e-17) * p


def test_links_of_a_probability_have_exact_curves_at_both_ends() -> None:
    assert {*LINKS} == {LogitLink, ProbitLink, IdentityLink}
    tiny, nearly = 1e-200, 1.0 - 2.0**-53
    one, other = IdentityLink(), ComplementLink()
    assert other.log_probability(tiny) == one.log_complement(tiny) == -tiny
    assert other.log_probability(nearly) == pytest.approx(-53.0 * math.log(2.0), rel=1e-15)
    assert other.complement(tiny) == one.probability(tiny) == tiny
    assert one.hazard(nearly) == 2.0**53
    assert other.hazard(tiny) == -1.0 / tiny
    assert other.log_complement(tiny) == math.log(tiny)


# Known wrong answers, which we must not give.


def test_the_logistic_loss_survives_where_the_plain_formula_overflows() -> None:
    with np.errstate(over="ignore"):
        plain = np.log(1.0 + np.exp(np.array([700.0, 711.0, 1e4])))
    np.testing.assert_array_equal(np.isinf(plain), [False, True, True])
    np.testing.assert_array_equal(LogisticLoss().value([-711.0, -1e4]), [711.0, 1e4])


def test_the_logistic_loss_keeps_the_digits_that_a_clipped_probability_loses() -> None:
    clipped = -np.log(np.clip(1.0 / (1.0 + np.exp(-np.array([-20.0, 20.0]))), 1e-7, 1.0 - 1e-7))
    np.testing.assert_allclose(clipped, [16.118, 1e-7], rtol=1e-4)
    np.testing.assert_allclose(LogisticLoss().value([-20.0, 20.0]), [20.0, 2.0611536e-9], rtol=1e-8)


def test_the_focal_loss_sees_far_points_where_one_minus_p_is_zero() -> None:
    p = 1.0 / (1.0 + math.exp(-40.0))
    assert (1.0 - p) ** 2 * -math.log(p) == 0.0
    assert Focal(gamma=2.0).value(40.0) == pytest.approx(math.exp(-120.0), rel=1e-12, abs=0.0)


def test_the_probit_loss_is_right_where_the_probability_is_zero() -> None:
    loss = Composite(BinaryCrossEntropy(), ProbitLink())
    assert ProbitLink().probability(-1e3) == 0.0
    exact = 0.5e6 + math.log(1e3) + 0.5 * math.log(2.0 * math.pi) + 1e-6
    assert loss.value(-1e3) == pytest.approx(exact, rel=1e-12)
    assert loss.gradient(-1e3) == pytest.approx(-1e3 - 1e-3, rel=1e-11)
    assert loss.hessian(-1e3) == pytest.approx(1.0 - 1e-6, rel=1e-10)


def test_a_probability_of_0_or_1_is_never_nan() -> None:
    with np.errstate(all="ignore"):
        assert np.isnan(0.0 * np.log(0.0))
    assert BinaryCrossEntropy().value_of([0.0, 1.0], [0, 1]).tolist() == [0.0, 0.0]
    assert BinaryCrossEntropy().value_of([0.0, 1.0], [1, 0]).tolist() == [math.inf, math.inf]


# What other frameworks say, recorded by recorded/make_margin.py.

RECORDED = json.loads((Path(__file__).parent / "recorded" / "margin.json").read_text())
NUMBERS = {name: np.array(one["numbers"]) for name, one in RECORDED["samples"].items()}
LABELS = {name: np.array(one["labels"]) for name, one in RECORDED["samples"].items()}

every_record = pytest.mark.parametrize(
    "record",
    RECORDED["records"],
    ids=[f"{one['framework']}-{one['loss']}-{one['parameters']}" for one in RECORDED["records"]],
)

# Keras averages in float32, whatever it is given.
DIGITS = {"PyTorch": 1e-13, "Optax": 1e-13, "scikit-learn": 1e-13, "Keras": 5e-7}

# PyTorch, and Keras on it, lose this much where a logit is large and right; scikit-learn, where it
# is 1 - p that counts.
SLACK = {"PyTorch": 2e-15, "Optax": 2e-16, "scikit-learn": 4e-16, "Keras": 2e-15}

# How far they go before they hold probabilities fast: margins up to here, and probabilities from
# here to as far from 1.
STOPS = {
    ("Keras", "Focal"): 12.0,
    ("scikit-learn", "LogisticLoss"): 4.0,
    ("PyTorch", "BinaryCrossEntropy"): 2.0**-20,
    ("Keras", "BinaryCrossEntropy"): 2.0**-20,
    ("scikit-learn", "BinaryCrossEntropy"): 2.0**-20,
    ("Keras", "FocalProbability"): 2.0**-20,
}


def recorded_loss(record: dict[str, Any]) -> MarginLoss | ProbabilityLoss:
    return getattr(core.losses.margin, record["loss"])(**record["parameters"])


def figures(record: dict[str, Any], name: str) -> Array:
    """Return their figures times the stated factor, NaN where they gave none."""
    factor = recorded_loss(record).frameworks[record["framework"]].factor
    return factor * np.array([math.nan if one is None else one for one in record[name]])


def within(record: dict[str, Any]) -> Array:
    """Tell which samples lie where the framework still follows the formula."""
    numbers = NUMBERS[record["of"]]
    stop = STOPS.get((record["framework"], record["loss"]))
    if stop is None:
        return np.full(numbers.shape, True)
    if record["of"] == "score":
        return np.abs(numbers) <= stop
    return (numbers >= stop) & (numbers <= 1.0 - stop)


@every_record
def test_values_are_those_of_the_framework_times_the_stated_factor(record: dict[str, Any]) -> None:
    ours = recorded_loss(record).value_of(NUMBERS[record["of"]], LABELS[record["of"]])
    some, framework = within(record), record["framework"]
    np.testing.assert_allclose(
        ours[some], figures(record, "values")[some], rtol=DIGITS[framework], atol=SLACK[framework]
    )


@every_record
def test_gradients_are_those_of_the_framework_times_the_stated_factor(
    record: dict[str, Any],
) -> None:
    if record["gradients"] is None:
        assert record["framework"] == "scikit-learn"
        return
    ours = recorded_loss(record).gradient_of(NUMBERS[record["of"]], LABELS[record["of"]])
    some, framework = within(record), record["framework"]
    theirs = figures(record, "gradients")[some]
    rtol = 1e-9 if framework == "Keras" else DIGITS[framework]
    np.testing.assert_allclose(ours[some], theirs, rtol=rtol, atol=SLACK[framework])


@every_record
def test_the_framework_reduces_as_stated(record: dict[str, Any]) -> None:
    values = figures(record, "values")
    reduction = recorded_loss(record).frameworks[record["framework"]].reduction
    expected = {"mean": np.mean(values), "none": values}[reduction]
    rtol = 1e-6 if record["framework"] == "Keras" else 1e-13
    np.testing.assert_allclose(record["reduced"], expected, rtol=rtol, strict=True)


@every_record
def test_a_note_that_a_framework_stops_short_is_true_and_given_where_it_does(
    record: dict[str, Any],
) -> None:
    note = recorded_loss(record).frameworks[record["framework"]].note
    stops = (record["framework"], record["loss"]) in STOPS
    assert stops == ("away from 0 and 1" in note or "stops at 100" in note)
    if not stops:
        return
    loss = recorded_loss(record)
    ours = loss.value_of(NUMBERS[record["of"]], LABELS[record["of"]])
    highest = np.max(figures(record, "values") / weights_of(loss, LABELS[record["of"]]))
    assert np.max(ours) > 150.0
    level = (
        100.0 if "100" in note else -math.log(float(note.split()[3 if "takes" not in note else 6]))
    )
    assert highest == pytest.approx(level, rel=2e-2)


def weights_of(loss: MarginLoss | ProbabilityLoss, labels: Array) -> Array:
    negative, positive = loss.class_weights if isinstance(loss, MarginLoss) else (1.0, 1.0)
    return np.where(labels > 0.0, positive, negative)


def test_pytorch_loses_digits_of_a_logit_that_is_large_and_right() -> None:
    (record,) = (
        one
        for one in RECORDED["records"]
        if (one["loss"], one["framework"]) == ("LogisticLoss", "PyTorch")
    )
    (place,) = np.flatnonzero((NUMBERS["score"] == -30.0) & (LABELS["score"] == -1.0))
    exact = math.log1p(math.exp(-30.0))
    assert abs(record["values"][place] / exact - 1.0) > 1e-2
    assert LogisticLoss().value(30.0) == pytest.approx(exact, rel=1e-15, abs=0.0)


def test_every_shown_call_is_the_one_that_was_recorded() -> None:
    shown = {
        (cls.__name__, framework, call.code)
        for cls in (*MARGIN_LOSSES, *PROBABILITY_LOSSES)
        for framework, call in cls.frameworks.items()
        if call is not None
    }
    ran = {(one["loss"], one["framework"], one["code"]) for one in RECORDED["records"]}
    assert shown == ran


def test_both_labels_and_every_knob_were_tried() -> None:
    for labels in LABELS.values():
        assert set(labels) == {-1.0, 1.0}
    tried = {(one["loss"], str(one["parameters"])) for one in RECORDED["records"]}
    for name in ("WeightedLogisticLoss", "SmoothedLogisticLoss", "Hinge", "Focal"):
        assert len({setting for loss, setting in tried if loss == name}) >= 3


def test_the_record_says_which_versions_spoke() -> None:
    assert {"torch", "keras", "optax", "scikit-learn"} <= set(RECORDED["versions"])
