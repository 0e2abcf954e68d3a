"""The divergences against arbitrary precision, SciPy, and other frameworks' own figures."""

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
from scipy.spatial import distance

from core.losses.base import Array
from core.losses.divergence import (
    DIVERGENCES,
    CrossEntropy,
    Divergence,
    Hellinger,
    JensenShannon,
    KLDivergence,
    ReverseKL,
    TotalVariation,
    Wasserstein1,
    entropy,
)

Number = Any
Row = Sequence[Number]
Formula = Callable[[Row, Row], Number]

DIGITS = 60

ULP = 2.0**-52
# Pairs of rows whose sums are the same, or differ by nothing against what the pair costs.
PAIRS: tuple[tuple[tuple[float, ...], tuple[float, ...]], ...] = (
    ((0.25, 0.25, 0.5), (0.5, 0.125, 0.375)),
    ((0.25, 0.25, 0.5), (0.375, 0.125, 0.5)),
    ((0.0, 0.25, 0.75), (0.5, 0.125, 0.375)),
    ((0.0, 0.0, 1.0), (0.25, 0.25, 0.5)),
    ((0.0, 0.0, 1.0), (ULP, ULP, 1.0 - 2.0 * ULP)),
    ((0.5, 0.5, 0.0), (0.25, 0.25, 0.5)),
    ((0.5, 0.25, 0.25), (1e-300, 0.5, 0.5)),
    ((1e-300, 0.5, 0.5), (0.5, 0.25, 0.25)),
    ((1e-300, 0.5, 0.5), (1e-200, 0.25, 0.75)),
    ((1e-320, 0.5, 0.5), (0.5, 0.25, 0.25)),
    ((0.5, 0.25, 0.25), (1e-320, 0.5, 0.5)),
    ((1.0 - ULP, ULP, 0.0), (ULP, 1.0 - ULP, 0.0)),
    ((1.0 - ULP, ULP, 0.0), (1.0 - 2 * ULP, 2 * ULP, 0.0)),
    ((ULP, 1.0 - ULP, 0.0), (0.5, 0.25, 0.25)),
    ((0.25, 0.25, 0.5), (0.25 + 2.0**-10, 0.25 - 2.0**-10, 0.5)),
    ((0.25, 0.25, 0.5), (0.25 + 2.0**-30, 0.25 - 2.0**-30, 0.5)),
    ((0.25, 0.25, 0.5), (0.25 + 2.0**-50, 0.25 - 2.0**-50, 0.5)),
    ((0.25, 0.25, 0.5), (0.25, 0.25 - 2.0**-52, 0.5 + 2.0**-52)),
    ((0.125, 0.375, 0.5), (0.1875, 0.3125, 0.5)),
    ((0.125, 0.375, 0.5), (0.0625, 0.4375, 0.5)),
    ((0.125, 0.375, 0.5), (0.0625 - 2.0**-40, 0.4375 + 2.0**-40, 0.5)),
    ((0.125, 0.375, 0.5), (0.375, 0.125, 0.5)),
    ((5 * 2.0**-17, 0.75 - 5 * 2.0**-17, 0.25), (0.34375, 0.40625, 0.25)),
)
every_pair = pytest.mark.parametrize(("p", "q"), PAIRS)


def plain_log(x: Number) -> Number:
    """Return the logarithm, and 0 for 0, by which it is multiplied wherever this happens."""
    return mpmath.log(x) if x > 0 else mpf(0)


def relative(p: Row, q: Row) -> Number:
    if any(a > 0 and b == 0 for a, b in zip(p, q, strict=True)):
        return mpmath.inf
    return mpmath.fsum(a * (plain_log(a) - plain_log(b)) for a, b in zip(p, q, strict=True))


def crossed(p: Row, q: Row) -> Number:
    if any(a > 0 and b == 0 for a, b in zip(p, q, strict=True)):
        return mpmath.inf
    return -mpmath.fsum(a * plain_log(b) for a, b in zip(p, q, strict=True))


def middle(p: Row, q: Row) -> Number:
    m = [(a + b) / 2 for a, b in zip(p, q, strict=True)]
    return (relative(p, m) + relative(q, m)) / 2


def variation(p: Row, q: Row) -> Number:
    return mpmath.fsum(abs(a - b) for a, b in zip(p, q, strict=True)) / 2


def hellinger(p: Row, q: Row) -> Number:
    gaps = (mpmath.sqrt(a) - mpmath.sqrt(b) for a, b in zip(p, q, strict=True))
    return mpmath.sqrt(mpmath.fsum(gap**2 for gap in gaps) / 2)


def wasserstein(step: float) -> Formula:
    def cost(p: Row, q: Row) -> Number:
        ends = range(1, len(p))
        return step * mpmath.fsum(abs(mpmath.fsum(p[:k]) - mpmath.fsum(q[:k])) for k in ends)

    return cost


EXACT: tuple[tuple[Divergence, Formula], ...] = (
    (KLDivergence(), relative),
    (ReverseKL(), lambda p, q: relative(q, p)),
    (JensenShannon(), middle),
    (CrossEntropy(), crossed),
    (TotalVariation(), variation),
    (Hellinger(), hellinger),
    (Wasserstein1(), wasserstein(1.0)),
    (Wasserstein1(0.7), wasserstein(0.7)),
)
every_exact = pytest.mark.parametrize(
    ("loss", "formula"), EXACT, ids=[repr(loss) for loss, _ in EXACT]
)


def digits(*rows: Sequence[float]) -> int:
    """Return how many are needed to tell 1 from 1 plus the square of a step from the smallest."""
    smallest = min(x for row in rows for x in row if x > 0.0)
    return 140 + int(-2.1 * math.log10(smallest))


def exactly(row: Sequence[float]) -> list[Number]:
    return [mpf(each) for each in row]


def slope(formula: Formula, p: Row, q: Row, k: int) -> Number:
    """Return the derivative by q_k, the others being left as they are."""

    def along(x: Number) -> Number:
        return formula(p, [*q[:k], x, *q[k + 1 :]])

    step = q[k] * mpf(10) ** -40
    return (along(q[k] + step) - along(q[k] - step)) / (2 * step)


def bend(formula: Formula, p: Row, q: Row, i: int, k: int) -> Number:
    step = q[i] * mpf(10) ** -30
    ends = [[*q[:i], q[i] + sign * step, *q[i + 1 :]] for sign in (-1, 1)]
    low, high = (slope(formula, p, end, k) for end in ends)
    return (high - low) / (2 * step)


@every_pair
@every_exact
def test_value_is_exact_for_rows_near_and_far(
    loss: Divergence, formula: Formula, p: tuple[float, ...], q: tuple[float, ...]
) -> None:
    with mpmath.workdps(digits(p, q)):
        expected = float(formula(exactly(p), exactly(q)))
    assert float(loss.value(p, q)) == pytest.approx(expected, rel=2e-15, abs=0.0)


def test_every_class_is_held_against_exact_figures() -> None:
    assert {type(loss) for loss, _ in EXACT} == set(DIVERGENCES)


def at_a_kink(loss: Divergence, p: Sequence[float], q: Sequence[float], k: int) -> bool:
    if isinstance(loss, TotalVariation):
        return p[k] == q[k]
    gathered = np.cumsum(np.subtract(q, p))[:-1]
    return isinstance(loss, Wasserstein1) and bool((gathered == 0.0).any())


@every_pair
@every_exact
def test_gradient_is_that_of_the_formula_with_free_numbers(
    loss: Divergence, formula: Formula, p: tuple[float, ...], q: tuple[float, ...]
) -> None:
    found = loss.gradient(p, q)
    for k in range(3):
        infinite = isinstance(loss, ReverseKL) and p[k] == 0.0
        if q[k] == 0.0 or infinite or at_a_kink(loss, p, q, k):
            continue
        known = p if not isinstance(loss, ReverseKL) else [a or 1.0 for a in p]
        with mpmath.workdps(digits(p, q)):
            expected = float(slope(formula, exactly(known), exactly(q), k))
        assert float(found[k]) == pytest.approx(expected, rel=4e-15, abs=1e-30)


@pytest.mark.parametrize(
    ("p", "q"), [pair for pair in PAIRS if digits(*pair) < 200] + [((0.5, 0.5), (1e-300, 1.0))]
)
@every_exact
def test_hessian_is_that_of_the_formula_with_free_numbers(
    loss: Divergence, formula: Formula, p: tuple[float, ...], q: tuple[float, ...]
) -> None:
    found = loss.hessian(p, q)
    size = np.abs(found[np.isfinite(found)]).max(initial=0.0)
    for i, k in itertools.combinations_with_replacement(range(len(q)), 2):
        unsure = q[k] == 0.0 or q[i] == 0.0 or at_a_kink(loss, p, q, k)
        if unsure or (isinstance(loss, ReverseKL) and p[k] == 0.0):
            continue
        known = p if not isinstance(loss, ReverseKL) else [a or 1.0 for a in p]
        with mpmath.workdps(digits(p, q)):
            expected = float(bend(formula, exactly(known), exactly(q), i, k))
        # The two parts of Hellinger's curvature cancel along the cone around q = p.
        slack = 4e-15 * size if isinstance(loss, Hellinger) else 0.0
        assert float(found[i, k]) == pytest.approx(expected, rel=1e-14, abs=max(slack, 1e-12))


def test_curvature_is_right_where_squares_of_probabilities_are_zero() -> None:
    p, q = (1e-300, 1.0), (1e-200, 1.0)
    for loss in (KLDivergence(), CrossEntropy()):
        assert loss.hessian(p, q)[0, 0] == pytest.approx(1e100, rel=1e-14)
    assert JensenShannon().hessian(q, q)[0, 0] == pytest.approx(0.25e200, rel=1e-14)


def test_hellinger_survives_gaps_whose_squares_are_zero() -> None:
    p, q = (2.0**-1000, 1.0), (2.0**-1000 * (1.0 + 2.0**-52), 1.0)
    with mpmath.workdps(400):
        exact = float(hellinger(exactly(p), exactly(q)))
    assert 0.0 < exact < 1e-160
    assert float(Hellinger().value(p, q)) == pytest.approx(exact, rel=2e-15, abs=0.0)


def test_the_slope_of_reverse_kl_keeps_its_digits_however_small_both_probabilities_are() -> None:
    for small in (1e-3, 1e-150, 1e-300):
        slope = ReverseKL().gradient((small, 1.0 - small), (small / 2.0, 1.0 - small / 2.0))
        assert slope[0] == pytest.approx(1.0 - math.log(2.0), rel=1e-15, abs=0.0)


def test_wasserstein_keeps_the_digits_of_a_small_move() -> None:
    p, q = (0.1, 0.2, 0.7), (0.1 + 1e-12, 0.2 + 2e-12, 0.7 - 3e-12)
    with mpmath.workdps(DIGITS):
        exact = float(wasserstein(1.0)(exactly(p), exactly(q)))
    assert float(Wasserstein1().value(p, q)) == pytest.approx(exact, rel=1e-15, abs=0.0)


# What the rounding of the rows costs.


def test_nearly_equal_rows_keep_digits_that_the_plain_sum_loses() -> None:
    p, q = (0.25, 0.75), (0.25 + 2.0**-45, 0.75 - 2.0**-45)
    with mpmath.workdps(DIGITS):
        exact = float(relative(exactly(p), exactly(q)))
    plain = float(np.sum(p * np.log(np.divide(p, q))))
    assert plain != pytest.approx(exact, rel=0.5, abs=0.0)
    assert float(KLDivergence().value(p, q)) == pytest.approx(exact, rel=2e-15, abs=0.0)
    assert float(ReverseKL().value(q, p)) == pytest.approx(exact, rel=2e-15, abs=0.0)


def test_sums_that_miss_one_by_a_rounding_cost_the_square_of_it() -> None:
    """What is meant is the divergence of the rows made to sum to 1, known to 1e-31."""
    random = np.random.default_rng(3)
    worst_ours, worst_plain = 0.0, 0.0
    for _ in range(60):
        p = random.dirichlet(np.ones(7))
        q = p + 1e-9 * (np.roll(p, 1) - p)
        with mpmath.workdps(60):
            totals = mpmath.fsum(exactly(p)), mpmath.fsum(exactly(q))
            meant = float(
                relative([a / totals[0] for a in exactly(p)], [a / totals[1] for a in exactly(q)])
            )
        worst_ours = max(worst_ours, abs(float(KLDivergence().value(p, q)) - meant))
        worst_plain = max(worst_plain, abs(float(special.rel_entr(p, q).sum()) - meant))
    assert worst_ours < 1e-30
    assert worst_plain > 1e-17


@pytest.mark.parametrize("excess", [1e-9, 9e-9])
def test_a_sum_as_far_from_one_as_is_let_in_costs_half_its_square(excess: float) -> None:
    p = np.array([0.25, 0.75])
    cost = float(KLDivergence().value(p, p * (1.0 + excess)))
    assert cost == pytest.approx(0.5 * excess**2, rel=1e-6, abs=0.0)


# SciPy's figures.


def random_rows(seed: int, number: int = 200, categories: int = 5) -> Array:
    return np.random.default_rng(seed).dirichlet(np.full(categories, 0.6), size=number)


P, Q = random_rows(1), random_rows(2)


def test_kl_is_scipys_relative_entropy() -> None:
    ours = KLDivergence().value(P, Q)
    np.testing.assert_allclose(ours, special.rel_entr(P, Q).sum(axis=-1), rtol=1e-12)
    np.testing.assert_allclose(ours, special.kl_div(P, Q).sum(axis=-1), rtol=1e-12)
    np.testing.assert_allclose(ours, stats.entropy(P, Q, axis=-1), rtol=1e-12)
    np.testing.assert_allclose(ReverseKL().value(P, Q), stats.entropy(Q, P, axis=-1), rtol=1e-12)


def test_entropy_is_scipys() -> None:
    np.testing.assert_allclose(entropy(P), stats.entropy(P, axis=-1), rtol=1e-13)


def test_jensen_shannon_is_the_square_of_scipys_distance() -> None:
    theirs = distance.jensenshannon(P, Q, axis=-1)
    np.testing.assert_allclose(JensenShannon().value(P, Q), theirs**2, rtol=1e-12)


@pytest.mark.parametrize("step", [1.0, 0.4])
def test_wasserstein_is_scipys_on_places_one_step_apart(step: float) -> None:
    places = step * np.arange(5.0)
    theirs = [stats.wasserstein_distance(places, places, p, q) for p, q in zip(P, Q, strict=True)]
    np.testing.assert_allclose(Wasserstein1(step).value(P, Q), theirs, rtol=1e-11)


def test_total_variation_is_half_of_scipys_city_blocks() -> None:
    theirs = [distance.cityblock(p, q) for p, q in zip(P, Q, strict=True)]
    np.testing.assert_allclose(TotalVariation().value(P, Q), 0.5 * np.array(theirs), rtol=1e-13)


# What other frameworks say, recorded by recorded/make_divergence.py.

RECORDED = json.loads((Path(__file__).parent / "recorded" / "divergence.json").read_text())
RECORDED_P, RECORDED_Q = (np.array(RECORDED[name]) for name in ("p", "q"))
CLASSES = {cls.__name__: cls for cls in DIVERGENCES}

every_record = pytest.mark.parametrize(
    "record",
    RECORDED["records"],
    ids=[f"{one['framework']}-{one['loss']}" for one in RECORDED["records"]],
)

# Keras averages in float32, whatever it is given.
PRECISION = {"PyTorch": 1e-14, "Optax": 1e-14, "scikit-learn": 1e-14, "Keras": 5e-7}


@every_record
def test_values_are_those_of_the_framework_times_the_stated_factor(record: dict[str, Any]) -> None:
    loss = CLASSES[record["loss"]]()
    theirs = loss.frameworks[record["framework"]].factor * np.array(record["values"])
    rtol = PRECISION[record["framework"]]
    np.testing.assert_allclose(loss.value(RECORDED_P, RECORDED_Q), theirs, rtol=rtol)


@every_record
def test_gradients_are_those_of_the_framework_or_differ_as_it_is_said(
    record: dict[str, Any],
) -> None:
    if record["gradients"] is None:
        assert record["framework"] == "scikit-learn"
        return
    loss = CLASSES[record["loss"]]()
    call = loss.frameworks[record["framework"]]
    ours = loss.gradient(RECORDED_P, RECORDED_Q)
    gap = ours - call.factor * np.array(record["gradients"])
    if "differ from ours by a constant in each row" in call.note:
        assert np.abs(gap).min() > 0.5
        gap -= gap[:, :1]
    # Keras clips in float32.
    slack = 1e-6 if record["framework"] == "Keras" else 1e-13
    assert np.all(np.abs(gap) <= slack * np.maximum(np.abs(ours), 1.0))


@every_record
def test_the_framework_reduces_as_stated(record: dict[str, Any]) -> None:
    values = np.array(record["values"])
    reduction = CLASSES[record["loss"]].frameworks[record["framework"]].reduction
    expected = {"mean": np.mean(values), "sum": np.sum(values), "none": values}[reduction]
    rtol = PRECISION[record["framework"]]
    np.testing.assert_allclose(record["reduced"], expected, rtol=rtol, strict=True)


def test_every_shown_call_is_the_one_that_was_recorded() -> None:
    shown = {
        (cls.__name__, framework, call.code)
        for cls in DIVERGENCES
        for framework, call in cls.frameworks.items()
        if call is not None
    }
    ran = {(one["loss"], one["framework"], one["code"]) for one in RECORDED["records"]}
    assert shown == ran


NOTES = json.loads((Path(__file__).parent / "recorded" / "notes.json").read_text())


def small_constant(note: str) -> float:
    (tiny,) = {float(found) for found in re.findall(r"\d+e-\d+", note)}
    return tiny


@pytest.mark.parametrize(
    "record", [one for one in NOTES["records"] if one["loss"] in CLASSES], ids=lambda one: str(one)
)
def test_keras_keeps_probabilities_as_far_from_the_ends_as_its_note_says(
    record: dict[str, Any],
) -> None:
    loss = CLASSES[record["loss"]]()
    note = loss.frameworks[record["framework"]].note
    tiny = small_constant(note)
    p, q = (np.array(record["arguments"][name][0]) for name in "pq")
    assert min(p.min(), q.min()) < 1e-9
    if isinstance(loss, CrossEntropy):
        assert f"between {tiny:.0e} and 1 - {tiny:.0e}".replace("e-0", "e-") in note
        theirs = -np.sum(p * np.log(np.clip(q, tiny, 1.0 - tiny)))
    else:
        one, other = (p, q) if isinstance(loss, KLDivergence) else (q, p)
        raised = np.maximum(one, tiny), np.maximum(other, tiny)
        theirs = np.sum(raised[0] * np.log(raised[0] / raised[1]))
    assert record["value"] == pytest.approx(float(theirs), rel=1e-6, abs=1e-12)


def test_every_note_that_names_a_small_constant_was_tried() -> None:
    named = {
        (cls.__name__, framework)
        for cls in DIVERGENCES
        for framework, call in cls.frameworks.items()
        if call is not None and re.search(r"\d+e-\d+", call.note)
    }
    tried = {(one["loss"], one["framework"]) for one in NOTES["records"]}
    assert named == {(loss, framework) for loss, framework in tried if loss in CLASSES}


def test_the_record_says_which_versions_spoke() -> None:
    assert {"torch", "keras", "optax", "scikit-learn"} <= set(RECORDED["versions"])
    assert math.prod(RECORDED_P.shape) == math.prod(RECORDED_Q.shape) == 16
