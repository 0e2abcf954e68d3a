"""Laws of the losses of two classes, each run over the registry at several settings."""

import ast
import dataclasses
import functools
import inspect
import itertools
import math
import re
from collections.abc import Callable, Iterator

import mpmath
import numpy as np
import pytest
from mpmath import mpf
from numpy.polynomial import Chebyshev, Polynomial
from scipy import optimize, special, stats

from core.declare import ParameterError, parameters
from core.losses.base import Array
from core.losses.composition import (
    ClassWeighted,
    SumOfMarginLosses,
    SumOfProbabilityLosses,
)
from core.losses.domain import ANY, LABEL, PROBABILITY, DomainError
from core.losses.links import (
    LINKS,
    ComplementLink,
    IdentityLink,
    Link,
    LogitLink,
    ProbitLink,
)
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
from core.worked import latex
from tests.core import formulas, laws
from tests.core.test_worked import evaluate, slack

PLAIN: tuple[MarginLoss, ...] = (
    LogisticLoss(),
    WeightedLogisticLoss(),
    WeightedLogisticLoss(positive_weight=0.05),
    WeightedLogisticLoss(positive_weight=1.0),
    SmoothedLogisticLoss(epsilon=0.0),
    SmoothedLogisticLoss(),
    SmoothedLogisticLoss(epsilon=0.9),
    Hinge(margin=0.0),
    Hinge(),
    Hinge(margin=3.0),
    SquaredHinge(margin=0.0),
    SquaredHinge(),
    SquaredHinge(margin=3.0),
    ModifiedHuber(),
    Perceptron(),
    Exponential(),
    ZeroOne(),
    Focal(gamma=0.0),
    Focal(gamma=0.1),
    Focal(gamma=0.5),
    Focal(),
    Focal(gamma=10.0),
    Focal(gamma=0.0, alpha=0.5),
    Focal(gamma=2.0, alpha=0.25),
    Focal(gamma=50.0, alpha=0.9),
    Brier(),
)
PROBABILITIES: tuple[ProbabilityLoss, ...] = (
    BinaryCrossEntropy(),
    SquaredProbability(),
    FocalProbability(gamma=0.0),
    FocalProbability(gamma=0.3),
    FocalProbability(gamma=1.0),
    FocalProbability(),
    FocalProbability(gamma=10.0),
)
ODD_LINKS: tuple[Link, ...] = (LogitLink(), ProbitLink())
COMPOSITES = (
    Composite(BinaryCrossEntropy(), LogitLink()),
    Composite(BinaryCrossEntropy(), ProbitLink()),
    Composite(SquaredProbability(), LogitLink()),
    Composite(SquaredProbability(), ProbitLink()),
    Composite(FocalProbability(gamma=0.3), LogitLink()),
    Composite(FocalProbability(), ProbitLink()),
    Composite(FocalProbability(gamma=10.0), ProbitLink()),
)
LOSSES = (*PLAIN, *COMPOSITES)
CURVES = ("value", "gradient", "hessian")

every_loss = pytest.mark.parametrize("loss", LOSSES, ids=repr)
every_score_of = pytest.mark.parametrize("loss", PROBABILITIES, ids=repr)
every_class = pytest.mark.parametrize("cls", [*MARGIN_LOSSES, *PROBABILITY_LOSSES])
every_curve = pytest.mark.parametrize("curve", CURVES)
every_link = pytest.mark.parametrize("link", [cls() for cls in LINKS], ids=repr)
every_odd_link = pytest.mark.parametrize("link", ODD_LINKS, ids=repr)

LABELS = (-1.0, 1.0)
MARGINS = np.linspace(-9.0, 9.0, 1201)
FAR = np.concatenate([s * np.geomspace(1e-9, 1e120, 1291) for s in (-1.0, 1.0)])
ALL = np.sort(np.concatenate((MARGINS, np.linspace(-60.0, 60.0, 4801), FAR)))


def seams(loss: MarginLoss) -> list[float]:
    """Return every margin at which one formula ends and the next begins."""
    joints = loss.pieces.kinks if loss.pieces else ()
    return sorted({*joints, *loss.properties.kinks})


def steepness(loss: MarginLoss) -> float:
    """Return the power to which a loss takes 1 - p."""
    return float(getattr(loss.loss if isinstance(loss, Composite) else loss, "gamma", 0.0))


def smooth_stretches(loss: MarginLoss) -> Iterator[tuple[float, float]]:
    """Yield (middle, half width) of stretches without a seam, narrow where the loss is steep."""
    widest = 0.5 / (1.0 + steepness(loss))
    for low, high in itertools.pairwise([-9.0, *seams(loss), 9.0]):
        for share in (0.04, 0.13, 0.29, 0.41, 0.58, 0.69, 0.83, 0.96):
            middle = low + share * (high - low)
            yield middle, min(widest, 0.99 * (middle - low), 0.99 * (high - middle))


def assert_derivative(
    curve: Callable[[Array], Array],
    derivative: Callable[[Array], Array],
    stretches: Iterator[tuple[float, float]],
) -> None:
    for middle, width in stretches:
        fit = Chebyshev.interpolate(curve, 24, domain=[middle - width, middle + width])
        largest = np.max(np.abs(curve(middle + width * np.linspace(-1.0, 1.0, 9))))
        np.testing.assert_allclose(
            fit.deriv()(middle), derivative(middle), rtol=1e-9, atol=1e-11 * largest / width
        )


# The three curves belong together.


@every_loss
def test_gradient_is_the_derivative_of_the_value(loss: MarginLoss) -> None:
    for label in LABELS:
        assert_derivative(
            functools.partial(loss.value, label=label),
            functools.partial(loss.gradient, label=label),
            smooth_stretches(loss),
        )


@every_loss
def test_hessian_is_the_derivative_of_the_gradient(loss: MarginLoss) -> None:
    for label in LABELS:
        assert_derivative(
            functools.partial(loss.gradient, label=label),
            functools.partial(loss.hessian, label=label),
            smooth_stretches(loss),
        )


@every_loss
def test_the_gradient_is_that_of_a_whole_batch_of_margins_and_labels(loss: MarginLoss) -> None:
    random = np.random.default_rng(3)
    margins = np.array([m for m, _ in itertools.islice(smooth_stretches(loss), 8)])
    labels = random.choice(LABELS, size=margins.shape)
    directions = (random.normal(size=margins.shape),)
    laws.assert_gradient(loss, (margins, labels), directions, width=1e-3, rtol=1e-6)


@every_loss
def test_nothing_costs_less_than_nothing(loss: MarginLoss) -> None:
    assert not np.signbit(loss.value(ALL)).any()
    assert not np.signbit(loss.value([0.0, -0.0, math.inf, -math.inf])).any()


@every_loss
def test_to_lie_farther_on_the_right_side_never_costs_more_unless_labels_are_smoothed(
    loss: MarginLoss,
) -> None:
    value = loss.value(ALL)
    if isinstance(loss, SmoothedLogisticLoss) and loss.epsilon > 0.0:
        best = math.log(2.0 / loss.epsilon - 1.0)
        assert loss.gradient(best) == pytest.approx(0.0, abs=1e-15)
        assert np.all(loss.gradient(ALL[best + 1e-9 < ALL]) > 0.0)
        assert np.all(loss.gradient(ALL[best - 1e-9 > ALL]) < 0.0)
        return
    assert np.all(value[1:] <= value[:-1] * (1.0 + 1e-13))
    assert np.all(loss.gradient(ALL) <= 0.0)
    assert loss.value(math.inf) == 0.0
    assert loss.gradient(math.inf) == 0.0


@every_loss
def test_a_mistake_costs_something(loss: MarginLoss) -> None:
    assert np.all(loss.value(ALL[ALL < 0.0]) > 0.0)


# Labels, weights and scores.


@every_loss
def test_a_label_matters_only_by_the_weight_of_its_class(loss: MarginLoss) -> None:
    negative, positive = loss.class_weights
    for curve in CURVES:
        of_loss, of_curve = getattr(loss, curve), getattr(loss.curve, curve)
        plain = of_curve(MARGINS)
        np.testing.assert_allclose(of_loss(MARGINS, -1), negative * plain, rtol=1e-15)
        np.testing.assert_allclose(of_loss(MARGINS, 1), positive * plain, rtol=1e-15)
        np.testing.assert_array_equal(of_loss(MARGINS), of_loss(MARGINS, 1))
        np.testing.assert_array_equal(of_loss(MARGINS, 0), of_loss(MARGINS, -1))


@every_loss
def test_the_curve_weighs_no_class_and_is_the_loss_itself_unless_that_does(
    loss: MarginLoss,
) -> None:
    assert loss.curve.class_weights == (1.0, 1.0)
    assert loss.curve.curve == loss.curve
    weighs = isinstance(loss, WeightedLogisticLoss) or getattr(loss, "alpha", None) is not None
    assert (loss.curve is loss) != weighs
    assert loss.curve.strip == loss.strip


def test_class_weights_are_as_pytorch_and_the_paper_have_them() -> None:
    assert WeightedLogisticLoss(7.0).class_weights == (1.0, 7.0)
    assert WeightedLogisticLoss(7.0).curve == LogisticLoss()
    assert Focal(gamma=3.0, alpha=0.2).class_weights == (0.8, 0.2)
    assert Focal(gamma=3.0, alpha=0.2).curve == Focal(gamma=3.0)


@every_loss
def test_a_score_costs_what_its_margin_costs(loss: MarginLoss) -> None:
    scores = MARGINS[::7]
    for label in LABELS:
        margins = label * scores
        np.testing.assert_array_equal(loss.value_of(scores, label), loss.value(margins, label))
        np.testing.assert_array_equal(
            loss.gradient_of(scores, label), label * loss.gradient(margins, label)
        )
        np.testing.assert_array_equal(loss.hessian_of(scores, label), loss.hessian(margins, label))


@every_loss
def test_the_chain_rule_by_the_score_holds(loss: MarginLoss) -> None:
    for label in LABELS:
        stretches = [(label * middle, width) for middle, width in smooth_stretches(loss)]
        for curve, derivative in (("value_of", "gradient_of"), ("gradient_of", "hessian_of")):
            assert_derivative(
                functools.partial(getattr(loss, curve), label=label),
                functools.partial(getattr(loss, derivative), label=label),
                iter(stretches),
            )


@every_loss
def test_labels_0_and_1_are_labels_too_and_all_shapes_broadcast(loss: MarginLoss) -> None:
    scores, labels = np.linspace(-3.0, 3.0, 12).reshape(3, 1, 4), np.array([[-1.0], [1.0]])
    for name in ("value_of", "gradient_of", "hessian_of"):
        curve = getattr(loss, name)
        both = curve(scores, labels)
        assert both.shape == (3, 2, 4)
        assert both.dtype == np.float64
        np.testing.assert_array_equal(both, curve(scores, (labels + 1) / 2))
        np.testing.assert_array_equal(both, curve(scores.tolist(), labels > 0))
        np.testing.assert_array_equal(both[:, 1], curve(scores[:, 0], 1))
        assert isinstance(curve(0.7, -1), np.float64)
    for name in CURVES:
        curve = getattr(loss, name)
        assert curve(scores, labels).shape == (3, 2, 4)
        assert isinstance(curve(0.7, np.array(1.0)), np.float64)


@every_loss
def test_what_is_no_score_or_label_is_refused_in_a_sentence(loss: MarginLoss) -> None:
    name = type(loss).__name__
    expected = f"{name}: label[1] is 2, expected -1 or 1; or 0 or 1."
    for call in (loss.value, loss.gradient, loss.hessian):
        with pytest.raises(DomainError, match="^" + re.escape(expected) + "$"):
            call([1.0, 2.0, 3.0], [1, 2, 1])
    for call in (loss.value_of, loss.gradient_of, loss.hessian_of):
        with pytest.raises(DomainError, match="^" + re.escape(expected) + "$"):
            call([1.0, 2.0, 3.0], [1, 2, 1])
        with pytest.raises(DomainError, match=rf"^{name}: score\[0\] is nan, expected a number.$"):
            call([math.nan, 2.0], 1)
        with pytest.raises(DomainError, match=rf"^{name}: label is nan, expected"):
            call([1.0, 2.0], math.nan)
        with pytest.raises(DomainError, match=rf"^{name}: label\[1\] is -1, expected"):
            call([1.0, 2.0, 3.0], [0, -1, 0])
        with pytest.raises(DomainError, match=rf"^{name}: score \(3,\), label \(2,\) do not match"):
            call([1.0, 2.0, 3.0], [1, -1])
    with pytest.raises(DomainError, match=rf"^{name}: margin \(3,\), label \(2,\) do not match"):
        loss.value([1.0, 2.0, 3.0], [1, -1])


# Kinks, pieces, strips and rates.


@every_loss
def test_gradient_jumps_exactly_at_the_declared_kinks(loss: MarginLoss) -> None:
    x = np.unique(np.concatenate((np.linspace(-6.0, 6.0, 24001), seams(loss))))
    step = np.diff(loss.gradient(x))
    holds_kink = np.zeros(step.shape, dtype=bool)
    for kink in loss.properties.kinks:
        holds_kink |= (x[:-1] <= kink) & (kink <= x[1:])

    steepest = np.max(np.abs(loss.hessian(x)))
    assert np.all(np.abs(step[~holds_kink]) <= steepest * np.diff(x)[~holds_kink] * (1.0 + 1e-5))
    for kink in loss.properties.kinks:
        before, after = np.nextafter(kink, [-math.inf, math.inf])
        jump = loss.gradient(after) - loss.gradient(before)
        if isinstance(loss, ZeroOne):
            assert loss.value(before) - loss.value(after) == 1.0
        else:
            assert jump == 1.0


@every_loss
def test_at_a_kink_the_gradient_lies_between_its_sides_and_the_hessian_keeps_to_them(
    loss: MarginLoss,
) -> None:
    for seam in seams(loss):
        sides = np.nextafter(seam, [-math.inf, math.inf])
        low, high = loss.gradient(sides)
        assert low - 1e-12 <= loss.gradient(seam) <= high + 1e-12
        assert loss.hessian(seam) in loss.hessian(sides)


ROUTES = {Exponential: "rate"} | dict.fromkeys(
    (Hinge, SquaredHinge, ModifiedHuber, Perceptron, ZeroOne), "pieces"
)


@every_loss
def test_a_loss_is_made_of_pieces_or_lies_in_a_strip_or_has_a_rate(loss: MarginLoss) -> None:
    routes = [name for name in ("pieces", "strip", "rate") if getattr(loss, name) is not None]
    if isinstance(loss, Composite):
        through_logit = isinstance(loss.link, LogitLink)
        assert routes == (["strip"] if through_logit else [])
    elif loss.curve == Focal(gamma=50.0):
        assert routes == []
    else:
        assert routes == [ROUTES.get(type(loss), "strip")]


def stretches_of_pieces(loss: MarginLoss) -> Iterator[tuple[Polynomial, Array]]:
    """Yield each polynomial with margins of its stretch, its right end among them."""
    assert loss.pieces is not None
    ends = [-10.0, *loss.pieces.kinks, 10.0]
    for coefficients, low, high in zip(loss.pieces.polynomials, ends[:-1], ends[1:], strict=True):
        yield Polynomial(coefficients), np.linspace(low, high, 102)[1:]


with_pieces = pytest.mark.parametrize("loss", [loss for loss in PLAIN if loss.pieces], ids=repr)
with_strip = pytest.mark.parametrize("loss", [loss for loss in LOSSES if loss.strip], ids=repr)


@with_pieces
def test_pieces_are_the_loss_and_at_a_joint_the_one_on_the_left_is(loss: MarginLoss) -> None:
    for polynomial, x in stretches_of_pieces(loss):
        np.testing.assert_allclose(polynomial(x), loss.value(x), rtol=1e-13, atol=1e-14)
        inside = x[:-1]
        slope, bend = polynomial.deriv()(inside), polynomial.deriv(2)(inside)
        np.testing.assert_allclose(slope, loss.gradient(inside), rtol=1e-13, atol=1e-13)
        np.testing.assert_allclose(bend, loss.hessian(inside), rtol=1e-13)


@with_pieces
def test_joints_rise_and_hold_every_kink_and_only_the_zero_one_loss_jumps(
    loss: MarginLoss,
) -> None:
    joints, polynomials = loss.pieces.kinks, loss.pieces.polynomials
    assert len(polynomials) == len(joints) + 1
    assert all(low < high for low, high in itertools.pairwise(joints))
    assert set(loss.properties.kinks) <= set(joints)
    for joint, (before, after) in zip(joints, itertools.pairwise(polynomials), strict=True):
        assert before != after
        left, right = Polynomial(before)(joint), Polynomial(after)(joint)
        assert (left == pytest.approx(right, abs=1e-14)) != isinstance(loss, ZeroOne)


def test_the_pieces_of_the_zero_one_loss_are_one_and_nothing() -> None:
    assert dataclasses.asdict(ZeroOne().pieces) == {"kinks": (0.0,), "polynomials": ((1,), (0,))}
    np.testing.assert_array_equal(ZeroOne().value([-1e-300, -0.0, 0.0, 1e-300]), [1, 1, 1, 0])


@with_strip
def test_the_nearest_singularity_lies_where_the_strip_says(loss: MarginLoss) -> None:
    # On [-w, w] the Chebyshev coefficients fall by ρ = s/w + √((s/w)² + 1), where ±is are the
    # singularities; next to one of the form zᵖ as n to the -(1 + p) times ρ⁻ⁿ.
    inner = loss.loss.on_logits if isinstance(loss, Composite) else loss
    power = 2.0 if isinstance(inner, Brier) else steepness(loss)
    ratio, late = 0.2, 60 + 6 * int(power)
    # Of a curve that is odd but for a line every other coefficient is 0: the larger neighbour.
    size = [max(coefficient(loss, loss.strip / ratio, n + i) for i in (0, 1)) for n in (40, late)]
    fall = math.log(size[0] / size[1]) + (power - 1.0) * math.log(late / 40)
    declared = ratio + math.hypot(ratio, 1.0)
    measured = math.exp(fall / (late - 40))
    assert measured >= declared * (1.0 - 2e-2)
    # How near a pole of tenth order lies shows only where rounding has hidden the coefficients.
    assert power == 10.0 or measured <= declared * (1.0 + 2e-2)


def coefficient(loss: MarginLoss, half_width: float, degree: int) -> float:
    """Return the size of a Chebyshev coefficient of the loss on [-w, w]."""
    angles = np.pi * (np.arange(1024) + 0.5) / 1024
    return float(
        abs(np.mean(2.0 * loss.value(half_width * np.cos(angles)) * np.cos(degree * angles)))
    )


def test_every_sigmoid_has_its_singularity_at_pi_whatever_the_weights() -> None:
    assert {loss.strip for loss in LOSSES if loss.strip} == {math.pi}
    assert Focal(gamma=10.0).strip == math.pi
    assert Focal(gamma=np.nextafter(10.0, 11.0)).strip is None


def test_the_exponential_loss_is_multiplied_by_its_rate() -> None:
    loss = Exponential()
    step = np.linspace(-2.0, 2.0, 9)[:, None]
    np.testing.assert_allclose(
        loss.value(MARGINS + step), np.exp(loss.rate * step) * loss.value(MARGINS), rtol=1e-13
    )


# The constants.


def worst_label(loss: MarginLoss, curve: str, x: Array) -> Array:
    """Return the larger size of a curve over both labels."""
    found = [np.abs(getattr(loss, curve)(x, label)) for label in LABELS]
    return np.maximum(*found)


@every_loss
def test_lipschitz_constant_bounds_the_slope_and_is_approached(loss: MarginLoss) -> None:
    claimed = loss.properties.lipschitz
    steepest = worst_label(loss, "gradient", ALL)
    if isinstance(loss, ZeroOne):
        assert claimed == math.inf
        widths = np.array([1.0, 1e-3, 1e-300])
        assert np.all(loss.value(-widths) - loss.value(widths) == 1.0)
    elif math.isfinite(claimed):
        assert claimed * (1.0 - 1e-4) <= np.max(steepest) <= claimed * (1.0 + 1e-12)
    else:
        ever_farther = -np.array([1.0, 10.0, 100.0, 600.0])
        assert np.all(np.diff(loss.gradient(ever_farther)) < 0.0)
        assert loss.gradient(-math.inf) == -math.inf
    # The slope beside a jump may well be level: then nothing pulls without limit.
    assert loss.properties.robust == (math.isfinite(claimed) or isinstance(loss, ZeroOne))
    if loss.properties.robust:
        assert loss.properties.steepest == pytest.approx(np.max(steepest), rel=1e-4)


@every_loss
def test_smoothness_bounds_the_slope_of_the_gradient_and_is_approached(loss: MarginLoss) -> None:
    claimed = loss.properties.smoothness
    if loss.properties.kinks or isinstance(loss, Exponential):
        assert claimed == math.inf
        assert loss.properties.kinks or loss.hessian(-700.0) > 1e300
        return
    assert np.max(worst_label(loss, "hessian", ALL)) <= claimed * (1.0 + 1e-12)
    assert np.max(worst_label(loss, "hessian", ALL)) >= claimed * (1.0 - 1e-4)
    x = np.linspace(-30.0, 10.0, 40001)
    quotient = max(np.max(np.abs(np.diff(loss.gradient(x, y)))) / 1e-3 for y in LABELS)
    assert quotient <= claimed * (1.0 + 1e-6)


@every_loss
def test_no_margin_loss_is_strongly_convex(loss: MarginLoss) -> None:
    assert loss.properties.tight
    assert loss.properties.strong_convexity == 0.0
    assert np.min(loss.hessian(np.append(ALL, math.inf))) <= 0.0


def chords(loss: MarginLoss) -> Iterator[tuple[list[Array], list[Array]]]:
    random = np.random.default_rng(7)
    for label in LABELS:
        ends = random.normal(size=(2, 4000)) * 10.0 ** random.uniform(-2, 2, 4000)
        for a, b in ends.T:
            yield [np.array(a), np.array(label)], [np.array(b), np.array(label)]


@every_loss
def test_a_convex_loss_lies_below_its_chords_and_any_other_shows_a_witness(
    loss: MarginLoss,
) -> None:
    laws.assert_convex_or_witnessed(loss, itertools.islice(chords(loss), 50))
    assert loss.properties.convex == (loss.properties.witness is None)
    assert loss.properties.held == (() if loss.properties.convex else (1.0,))
    if loss.properties.convex:
        random = np.random.default_rng(7)
        a, b = random.normal(size=(2, 20_000)) * 10.0 ** random.uniform(-3, 2, 20_000)
        chord = 0.5 * (loss.value(a) + loss.value(b))
        assert np.all(loss.value(0.5 * (a + b)) <= chord * (1.0 + 1e-12))
        assert np.all(loss.hessian(ALL) >= 0.0)


NOT_CONVEX = (ZeroOne, Focal, Brier)


def test_which_losses_are_not_convex() -> None:
    for loss in PLAIN:
        bends = isinstance(loss, NOT_CONVEX) and getattr(loss, "gamma", 1.0) > 0.0
        assert loss.properties.convex != bends
    for loss in COMPOSITES:
        if isinstance(loss.link, LogitLink):
            assert loss.properties.convex == isinstance(loss.loss, BinaryCrossEntropy)


@pytest.mark.parametrize("gamma", [1e-9, 1e-4, 0.01, 0.03, 0.1, 0.7, 2.0, 30.0, 1e6, 1e300])
def test_the_focal_loss_bends_down_at_its_witness_even_where_float64_cannot_see_it(
    gamma: float,
) -> None:
    # For a small γ the dent is of the size exp(-1/γ), which takes so many digits to see.
    told = Focal(gamma).properties
    a, b = told.witness
    assert not told.convex
    assert a < b
    g = mpf(gamma)

    def bend(m: mpf) -> mpf:
        s = mpmath.log1p(mpmath.exp(-m))
        return 1 + 2 * g + g * s * (g * mpmath.exp(m) - 1)

    with mpmath.workdps(400):
        assert all(bend(a + share * (mpf(b) - a)) < 0 for share in (0, mpf("0.25"), 1))


@every_loss
def test_the_bound_holds_and_is_the_limit(loss: MarginLoss) -> None:
    bound = loss.properties.bound
    highest = max(loss.value(-math.inf, label) for label in LABELS)
    assert highest == pytest.approx(bound, rel=1e-14)
    assert np.all(worst_label(loss, "value", ALL) <= bound * (1.0 + 1e-14))


@every_loss
def test_a_redescending_gradient_falls_back_to_zero_and_no_other_does(loss: MarginLoss) -> None:
    ever_wronger = np.abs(loss.gradient(-np.array([40.0, 100.0, 1e3, 1e9, 1e120])))
    if loss.properties.redescending:
        assert np.all(np.diff(ever_wronger) <= 0.0)
        assert ever_wronger[-1] == 0.0
        # What falls back has been higher, or, of the zero-one loss, was all in the jump.
        assert isinstance(loss, ZeroOne) or np.max(np.abs(loss.gradient(ALL))) > 0.2
        assert loss.properties.bounded
    else:
        assert np.all(ever_wronger >= 0.04)


@every_loss
def test_a_symmetric_loss_treats_both_labels_alike(loss: MarginLoss) -> None:
    alike = np.array_equal(loss.value_of(MARGINS, 1), loss.value_of(-MARGINS, -1))
    assert loss.properties.symmetric == alike


# Calibrated and proper: what the lowest expected loss says.

SCORES = np.unique(np.concatenate([s * np.linspace(0.0, 7.0, 14_001) ** 2 for s in (-1.0, 1.0)]))
TRUTHS = (0.02, 0.1, 0.3, 0.42, 0.49, 0.51, 0.6, 0.77, 0.9, 0.98)


def expected(loss: MarginLoss, truth: float, scores: Array) -> Array:
    return truth * loss.value_of(scores, 1) + (1.0 - truth) * loss.value_of(scores, -1)


def best_scores(loss: MarginLoss, truth: float) -> Array:
    """Return the scores of the grid that cost least, as far as rounding lets us tell."""
    costs = expected(loss, truth, SCORES)
    return SCORES[costs <= np.min(costs) * (1.0 + 1e-12)]


def best_score(loss: MarginLoss, truth: float) -> float:
    """Return the score of least expected cost, found where the pulls of both labels cancel."""
    near = float(best_scores(loss, truth).mean())
    low, high = near - 0.05, near + 0.05

    def pull(score: float) -> float:
        return float(
            truth * loss.gradient_of(score, 1) + (1.0 - truth) * loss.gradient_of(score, -1)
        )

    return float(optimize.brentq(pull, low, high, xtol=1e-13, rtol=1e-13))


@every_loss
def test_a_calibrated_loss_costs_least_on_the_likelier_side_and_no_other_does(
    loss: MarginLoss,
) -> None:
    lowest_is_right = []
    for truth in TRUTHS:
        costs = expected(loss, truth, SCORES)
        wrong = SCORES * (truth - 0.5) <= 0.0
        lowest_is_right.append(np.min(costs[wrong]) > np.min(costs) * (1.0 + 1e-12))
    assert loss.properties.calibrated == all(lowest_is_right)


@every_loss
def test_a_proper_loss_reports_the_truth_and_no_other_does(loss: MarginLoss) -> None:
    told = loss.properties
    if loss.probability(0.0) is None:
        assert told.proper is None
        assert told.strictly_proper is None
        return
    reported = [loss.probability(best_scores(loss, truth)) for truth in TRUTHS]
    honest = [
        float(np.min(np.abs(some - truth))) for some, truth in zip(reported, TRUTHS, strict=True)
    ]
    assert told.proper == (max(honest) < 2e-3)
    alone = [float(np.max(np.abs(p - truth))) for p, truth in zip(reported, TRUTHS, strict=True)]
    assert told.strictly_proper == (max(alone) < 2e-3)
    if told.proper:
        precise = [float(loss.probability(best_score(loss, truth))) for truth in TRUTHS]
        np.testing.assert_allclose(precise, TRUTHS, rtol=1e-9)
        for truth in (0.0, 1.0):
            # Where the label is certain, the scores that stand for it cost nothing.
            assert expected(loss, truth, np.array([2e2 * (truth - 0.5)])) == pytest.approx(0.0)


def test_which_losses_report_no_probability() -> None:
    silent = {type(loss) for loss in PLAIN if loss.probability(0.0) is None}
    assert silent == {Hinge, SquaredHinge, Perceptron, ZeroOne}
    assert SquaredHinge(margin=0.0).probability(1.0) is None
    assert SquaredHinge().probability(1.0) == 1.0


@pytest.mark.parametrize(
    "loss", [loss for loss in LOSSES if loss.probability(0.0) is not None], ids=repr
)
def test_a_reported_probability_rises_with_the_score_and_is_odd(loss: MarginLoss) -> None:
    p = loss.probability(ALL)
    assert p.shape == ALL.shape
    assert p.dtype == np.float64
    assert np.all((p >= 0.0) & (p <= 1.0))
    assert np.all(np.diff(p) >= 0.0)
    np.testing.assert_allclose(loss.probability(-ALL), 1.0 - p, atol=1e-15)
    assert isinstance(loss.probability(0.3), np.float64)
    assert np.isnan(loss.probability(math.nan))
    np.testing.assert_array_equal(loss.probability([-math.inf, 0.0, math.inf]), [0.0, 0.5, 1.0])


def test_the_focal_loss_understates_nine_in_ten_as_the_known_figure() -> None:
    loss = Focal(gamma=2.0)
    assert float(loss.probability(best_score(loss, 0.9))) == pytest.approx(0.694, abs=5e-4)
    assert loss.probability(best_score(Focal(0.0), 0.9)) == pytest.approx(0.9)


# What each loss estimates.


def log_odds(truth: float) -> float:
    return math.log(truth / (1.0 - truth))


@pytest.mark.parametrize("truth", TRUTHS)
def test_logistic_and_brier_estimate_the_log_odds(truth: float) -> None:
    for loss in (LogisticLoss(), Brier()):
        assert loss.estimates == "log-odds"
        assert best_score(loss, truth) == pytest.approx(log_odds(truth), rel=1e-7)


@pytest.mark.parametrize("weight", [0.2, 1.0, 3.0, 20.0])
@pytest.mark.parametrize("truth", TRUTHS)
def test_weighted_logistic_estimates_the_log_odds_raised_by_the_log_of_the_weight(
    truth: float, weight: float
) -> None:
    loss = WeightedLogisticLoss(weight)
    assert loss.estimates == "log-odds, raised by the logarithm of the weight"
    assert best_score(loss, truth) == pytest.approx(log_odds(truth) + math.log(weight), abs=1e-9)


@pytest.mark.parametrize("epsilon", [0.0, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("truth", TRUTHS)
def test_smoothed_logistic_estimates_the_log_odds_of_labels_mixed_with_a_coin(
    truth: float, epsilon: float
) -> None:
    loss = SmoothedLogisticLoss(epsilon)
    assert loss.estimates == "log-odds of labels of which a share ε is decided by a coin"
    mixed = (1.0 - epsilon) * truth + epsilon * 0.5
    assert best_score(loss, truth) == pytest.approx(log_odds(mixed), abs=1e-9)


@pytest.mark.parametrize("truth", TRUTHS)
def test_hinge_and_zero_one_estimate_the_likelier_label(truth: float) -> None:
    side = math.copysign(1.0, truth - 0.5)
    for margin in (0.25, 1.0):
        assert best_scores(Hinge(margin), truth) == pytest.approx([side * margin])
    assert Hinge.estimates == ZeroOne.estimates == "likelier label"
    assert np.all(np.sign(best_scores(ZeroOne(), truth)) == side)
    assert len(best_scores(ZeroOne(), truth)) == len(SCORES) // 2


@pytest.mark.parametrize("truth", TRUTHS)
def test_squared_hinge_and_modified_huber_estimate_the_difference_of_the_probabilities(
    truth: float,
) -> None:
    assert ModifiedHuber.estimates == "difference of the two probabilities"
    assert SquaredHinge.estimates == "difference of the two probabilities, times the margin ρ"
    difference = truth - (1.0 - truth)
    assert best_score(ModifiedHuber(), truth) == pytest.approx(difference, abs=1e-12)
    for margin in (0.5, 1.0, 3.0):
        loss = SquaredHinge(margin)
        assert best_score(loss, truth) == pytest.approx(margin * difference, abs=1e-12)


@pytest.mark.parametrize("truth", TRUTHS)
def test_perceptron_estimates_a_score_of_zero(truth: float) -> None:
    assert Perceptron.estimates == "score of 0, whatever the odds"
    np.testing.assert_array_equal(best_scores(Perceptron(), truth), [0.0])


@pytest.mark.parametrize("truth", TRUTHS)
def test_exponential_estimates_half_the_log_odds(truth: float) -> None:
    assert Exponential.estimates == "half the log-odds"
    assert best_score(Exponential(), truth) == pytest.approx(0.5 * log_odds(truth), rel=1e-7)


@pytest.mark.parametrize("truth", TRUTHS)
def test_focal_estimates_log_odds_that_are_drawn_towards_zero_as_gamma_grows(truth: float) -> None:
    assert Focal.estimates == "log-odds, drawn towards 0 as γ grows"
    gammas = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)
    found = [abs(best_score(Focal(gamma), truth)) for gamma in gammas]
    assert found[0] == pytest.approx(abs(log_odds(truth)), rel=1e-7)
    assert all(more > less for more, less in itertools.pairwise(found))
    assert all(best_score(Focal(gamma), truth) * (truth - 0.5) > 0.0 for gamma in gammas)


# What goes in and what comes out.


@every_curve
@every_loss
def test_any_shape_and_type_gives_float64_of_the_same_shape(loss: MarginLoss, curve: str) -> None:
    evaluate_at = getattr(loss, curve)
    grid = np.arange(-12.0, 12.0).reshape(2, 3, 4)
    expected_of_grid = evaluate_at(grid)
    assert expected_of_grid.dtype == np.float64
    assert expected_of_grid.shape == grid.shape

    for same in (grid.astype(int), grid.astype(np.float32), grid.tolist(), np.asfortranarray(grid)):
        np.testing.assert_array_equal(evaluate_at(same), expected_of_grid, strict=True)
    np.testing.assert_array_equal(evaluate_at(grid.T), expected_of_grid.T, strict=True)
    np.testing.assert_array_equal(evaluate_at(grid[:, ::2]), expected_of_grid[:, ::2], strict=True)
    assert evaluate_at(np.empty((0, 3))).shape == (0, 3)
    for number in (2, 2.0, np.float32(2.0), np.array(2.0), True + 1):
        assert isinstance(evaluate_at(number), np.float64)
        assert evaluate_at(number) == evaluate_at([2.0])[0]


@every_curve
@every_loss
def test_a_long_array_gives_what_its_numbers_give_and_is_left_alone(
    loss: MarginLoss, curve: str
) -> None:
    x = np.linspace(-9.0, 11.0, 20_000)
    before = x.copy()
    result = getattr(loss, curve)(x)
    np.testing.assert_array_equal(x, before)
    assert not np.shares_memory(x, result)
    some = [0, 1, 16_383, 16_384, 16_385, 19_999]
    np.testing.assert_allclose(result[some], getattr(loss, curve)(x[some]), rtol=1e-13)


@every_curve
@every_loss
def test_nan_stays_nan_and_the_ends_have_limits(loss: MarginLoss, curve: str) -> None:
    x = [math.nan, math.inf, -math.inf, 1e308, -1e308, 0.0, -0.0, 1e-308]
    for label in LABELS:
        result = getattr(loss, curve)(x, label)
        np.testing.assert_array_equal(np.isnan(result), [True] + [False] * 7)


@every_loss
def test_far_curves_run_into_their_limits_at_infinity(loss: MarginLoss) -> None:
    near = np.array([-1e300, 1e300])
    for curve in (loss.gradient, loss.hessian):
        limit = curve(np.copysign(math.inf, near))
        known = np.isfinite(limit)
        np.testing.assert_allclose(curve(near)[known], limit[known], rtol=1e-14)


# How the losses are related.


def assert_same(one: MarginLoss, other: MarginLoss, factor: float = 1.0, **slack_: float) -> None:
    slack_ = {"rtol": 1e-13, "atol": 0.0} | slack_
    for curve, label in itertools.product(CURVES, LABELS):
        found, told = getattr(one, curve)(ALL, label), getattr(other, curve)(ALL, label)
        np.testing.assert_allclose(found, factor * told, **slack_)


def test_the_losses_without_their_knobs_are_the_logistic_loss() -> None:
    assert_same(WeightedLogisticLoss(positive_weight=1.0), LogisticLoss())
    assert_same(SmoothedLogisticLoss(epsilon=0.0), LogisticLoss())
    assert_same(Focal(gamma=0.0), LogisticLoss())
    np.testing.assert_array_equal(Focal(gamma=0.0).value(ALL), LogisticLoss().value(ALL))


def test_an_alpha_of_a_half_halves_the_focal_loss() -> None:
    assert_same(Focal(gamma=2.0, alpha=0.5), Focal(gamma=2.0), factor=0.5)


def test_smoothing_is_the_expected_logistic_loss_of_a_mixed_label() -> None:
    share = 0.5 * 0.3
    mixed = (1.0 - share) * LogisticLoss().value(MARGINS) + share * LogisticLoss().value(-MARGINS)
    np.testing.assert_allclose(SmoothedLogisticLoss(0.3).value(MARGINS), mixed, rtol=1e-13)


def test_a_hinge_without_margin_is_the_perceptron() -> None:
    assert_same(Hinge(margin=0.0), Perceptron())
    assert Hinge(margin=0.0).pieces == Perceptron().pieces
    assert Hinge(margin=0.0).properties == Perceptron().properties


def test_the_squared_hinge_is_the_square_of_the_hinge() -> None:
    for margin in (0.0, 1.0, 2.5):
        square = Hinge(margin).value(MARGINS) ** 2
        np.testing.assert_allclose(SquaredHinge(margin).value(MARGINS), square, rtol=1e-15)
    assert SquaredHinge().value(-2.0) == 9.0


def test_modified_huber_is_the_squared_hinge_until_it_goes_straight_on() -> None:
    near = MARGINS[MARGINS >= -1.0]
    for curve in CURVES[:2]:
        np.testing.assert_array_equal(
            getattr(ModifiedHuber(), curve)(near), getattr(SquaredHinge(), curve)(near)
        )
    np.testing.assert_array_equal(ModifiedHuber().value([-1.5, -10.0]), [6.0, 40.0])


def test_every_convex_surrogate_through_one_lies_above_the_zero_one_loss() -> None:
    for loss in (Hinge(), SquaredHinge(), ModifiedHuber(), Exponential()):
        assert loss.value(0.0) == 1.0
        assert np.all(loss.value(MARGINS) >= ZeroOne().value(MARGINS))
    assert np.all(LogisticLoss().value(MARGINS) / math.log(2) >= ZeroOne().value(MARGINS))


TWINS = (
    (BinaryCrossEntropy(), LogisticLoss()),
    (SquaredProbability(), Brier()),
    (FocalProbability(gamma=0.0), LogisticLoss()),
    (FocalProbability(gamma=0.5), Focal(gamma=0.5)),
    (FocalProbability(gamma=1.0), Focal(gamma=1.0)),
    (FocalProbability(gamma=7.0), Focal(gamma=7.0)),
)


@pytest.mark.parametrize(("loss", "twin"), TWINS, ids=repr)
def test_a_probability_loss_through_the_logit_is_the_loss_written_out(
    loss: ProbabilityLoss, twin: MarginLoss
) -> None:
    composite = Composite(loss, LogitLink())
    assert_same(composite, twin, rtol=3e-13, atol=2e-17)
    assert composite.properties == loss.on_logits.properties
    assert_same(loss.on_logits, twin)
    far = np.array([-1e300, -1e4, 1e4, 1e300])
    np.testing.assert_allclose(composite.value(far), twin.value(far), rtol=1e-15)
    np.testing.assert_allclose(composite.gradient(far), twin.gradient(far), rtol=1e-15)


@pytest.mark.parametrize("loss", COMPOSITES, ids=repr)
def test_a_composite_is_its_loss_of_its_links_probability(loss: Composite) -> None:
    scores = np.linspace(-4.0, 4.0, 161)
    p = loss.link.probability(scores)
    for label in LABELS:
        np.testing.assert_allclose(
            loss.value_of(scores, label), loss.loss.value_of(p, label), rtol=1e-9
        )
        by_chain_rule = loss.loss.gradient_of(p, label) * loss.link.slope(scores)
        np.testing.assert_allclose(loss.gradient_of(scores, label), by_chain_rule, rtol=1e-9)
    np.testing.assert_array_equal(loss.probability(scores), p)


@every_score_of
def test_through_the_identity_a_composite_is_the_loss_itself(loss: ProbabilityLoss) -> None:
    composite = Composite(loss, IdentityLink())
    p = np.array([0.0, 1e-300, 1e-20, 0.3, 0.5, 0.9, 1.0 - 1e-16, 1.0])
    for curve in CURVES:
        np.testing.assert_array_equal(getattr(composite, curve)(p), getattr(loss, curve)(p))
        for label in (*LABELS, 0.0):
            of_both = (getattr(one, f"{curve}_of")(p, label) for one in (composite, loss))
            np.testing.assert_array_equal(*of_both)
    assert composite.properties == loss.properties
    assert composite.section.axis == loss.section.axis
    assert composite.arguments[0] == loss.arguments[0]
    assert composite.strip is None
    np.testing.assert_array_equal(composite.probability(p), p)
    with pytest.raises(DomainError, match=r"probability is 1\.5, expected a number at least"):
        composite.value(1.5)
    assert evaluate(composite.worked(0.3)) == pytest.approx(float(loss.value(0.3)))
    for code, curve in ((composite.code_value, loss.value), (composite.code_gradient, None)):
        found = eval(code, {"np": np, "m": 0.3, **knobs(loss)})
        assert found == pytest.approx(float((curve or loss.gradient)(0.3)))


def test_a_composite_takes_the_links_of_the_list_alone() -> None:
    with pytest.raises(ParameterError, match=r"^Composite: link is ComplementLink\(\), expected"):
        Composite(BinaryCrossEntropy(), ComplementLink())


def test_the_probit_loss_is_surprise_at_the_side_of_a_normal_variable() -> None:
    loss = Composite(BinaryCrossEntropy(), ProbitLink())
    np.testing.assert_allclose(
        loss.value(MARGINS), -stats.norm.logcdf(MARGINS), rtol=1e-13, atol=1e-300
    )
    assert loss.properties.lipschitz == math.inf
    assert loss.properties.smoothness == 1.0
    assert loss.properties.convex


def test_some_composites_through_the_probit_are_convex_where_the_logit_is_not() -> None:
    def convex(gamma: float, link: Link) -> bool:
        return Composite(FocalProbability(gamma), link).properties.convex

    assert [convex(gamma, LogitLink()) for gamma in (0.0, 2.0, 300.0)] == [True, False, False]
    assert [convex(gamma, ProbitLink()) for gamma in (0.0, 2.0, 300.0)] == [True, True, False]
    for link in ODD_LINKS:
        told = Composite(SquaredProbability(), link).properties
        assert not told.convex
        assert told.redescending
        assert told.bound == 1.0
    steep = Composite(FocalProbability(300.0), ProbitLink())
    assert laws.above_chord(steep, *laws.witnesses(steep)) > 0.0


@pytest.mark.parametrize(
    "loss", [SquaredProbability(), FocalProbability(10.0), FocalProbability(300.0)], ids=repr
)
def test_the_dent_that_a_composite_shows_is_the_clearest_not_a_rounding(
    loss: ProbabilityLoss,
) -> None:
    composite = Composite(loss, ProbitLink())
    ends = laws.witnesses(composite)
    middle = composite.value(0.5 * sum(end[0] for end in ends))
    assert laws.above_chord(composite, *ends) > 2e-3 * middle


# Probabilities.

CHANCES = np.unique(
    np.concatenate((np.geomspace(1e-6, 0.5, 400), 1 - np.geomspace(1e-6, 0.5, 400)))
)


def inner_stretches() -> Iterator[tuple[float, float]]:
    """Yield (middle, half width) of stretches of probabilities clear of 0 and 1."""
    for middle in (0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98):
        yield middle, 0.3 * min(middle, 1.0 - middle)


@every_score_of
def test_the_curves_of_a_probability_belong_together(loss: ProbabilityLoss) -> None:
    assert_derivative(loss.value, loss.gradient, inner_stretches())
    assert_derivative(loss.gradient, loss.hessian, inner_stretches())
    for label in (-1, 0, 1):
        for curve, derivative in (("value_of", "gradient_of"), ("gradient_of", "hessian_of")):
            assert_derivative(
                functools.partial(getattr(loss, curve), label=label),
                functools.partial(getattr(loss, derivative), label=label),
                inner_stretches(),
            )


@every_score_of
def test_certainty_of_what_came_true_is_free_and_less_costs_more(loss: ProbabilityLoss) -> None:
    assert loss.value(1.0) == 0.0
    assert not np.signbit(loss.value(1.0))
    value = loss.value(np.sort(CHANCES))
    assert np.all(np.diff(value) < 0.0)
    assert np.all(loss.gradient(CHANCES) < 0.0)
    assert np.all(value > 0.0)


@every_score_of
def test_a_label_says_which_probability_came_true(loss: ProbabilityLoss) -> None:
    np.testing.assert_array_equal(loss.value_of(CHANCES, 1), loss.value(CHANCES))
    np.testing.assert_allclose(loss.value_of(1.0 - CHANCES, 0), loss.value(CHANCES), rtol=1e-9)
    np.testing.assert_array_equal(loss.value_of(CHANCES, 0), loss.value_of(CHANCES, -1))
    np.testing.assert_array_equal(loss.gradient_of(CHANCES, 1), loss.gradient(CHANCES))
    np.testing.assert_allclose(
        loss.gradient_of(1.0 - CHANCES, -1), -loss.gradient(CHANCES), rtol=1e-9
    )
    np.testing.assert_allclose(loss.hessian_of(1.0 - CHANCES, -1), loss.hessian(CHANCES), rtol=1e-9)
    both = loss.value_of(np.full((3, 1, 2), 0.3), np.array([[0.0], [1.0]]))
    assert both.shape == (3, 2, 2)
    assert isinstance(loss.value_of(0.3, 1), np.float64)
    assert isinstance(loss.value(0.3), np.float64)
    for curve in CURVES:
        assert getattr(loss, curve)([[1, 0], [0.5, 1]]).shape == (2, 2)
        assert getattr(loss, curve)(1).dtype == np.float64


@every_score_of
def test_what_is_no_probability_is_refused_in_a_sentence(loss: ProbabilityLoss) -> None:
    name = type(loss).__name__
    wanted = "expected a number at least 0 and at most 1."
    for bad in (-1e-9, 1.0 + 1e-9, math.nan, math.inf):
        told = f"^{name}: probability[1] is {bad:g}, {wanted}$"
        for call in (loss.value, loss.gradient, loss.hessian):
            with pytest.raises(DomainError, match=re.escape(told).replace(r"\^", "^", 1)[:-2]):
                call([0.5, bad])
        with pytest.raises(DomainError, match=re.escape(f"{name}: probability[1]")):
            loss.value_of([0.5, bad], 1)
    with pytest.raises(DomainError, match=rf"^{name}: label\[0\] is 3, expected -1 or 1; or 0 or"):
        loss.value_of([0.5, 0.5], [3, 1])
    shapes = rf"^{name}: probability \(3,\), label \(2,\) do not match"
    with pytest.raises(DomainError, match=shapes):
        loss.gradient_of([0.5, 0.5, 0.1], [1, 1])


@every_score_of
def test_the_constants_of_a_probability_loss_hold_and_are_approached(
    loss: ProbabilityLoss,
) -> None:
    told = loss.properties
    at = np.concatenate(([0.0], np.geomspace(1e-300, 1e-6, 295), CHANCES, [1.0]))
    steepest, bends = np.max(np.abs(loss.gradient(at))), loss.hessian(at)
    assert told.lipschitz == pytest.approx(steepest)
    assert told.smoothness == pytest.approx(np.max(np.abs(bends)))
    assert np.min(bends) >= told.strong_convexity * (1.0 - 1e-12)
    assert np.min(bends) == pytest.approx(told.strong_convexity, rel=1e-3, abs=1e-12)
    assert told.bound == loss.value(0.0)
    assert told.convex
    assert told.kinks == ()
    assert not told.redescending
    assert told.symmetric
    assert told.tight
    laws.assert_convex_or_witnessed(
        loss, ((a, b) for a, b in np.random.default_rng(2).uniform(size=(300, 2, 1)))
    )


@pytest.mark.parametrize("gamma", [1e-6, 0.01, 0.3, 0.9, 0.999])
def test_the_focal_loss_of_a_probability_bends_least_where_optimising_finds_it(
    gamma: float,
) -> None:
    loss = FocalProbability(gamma)
    found = optimize.minimize_scalar(
        lambda u: loss.hessian_of(math.exp(u), 0), bounds=(-40.0, 0.0), method="bounded",
        options={"xatol": 1e-9},
    )  # fmt: skip
    assert found.fun == pytest.approx(loss.properties.strong_convexity, rel=1e-9)


@every_score_of
def test_a_proper_loss_of_probabilities_costs_least_at_the_truth_and_no_other_does(
    loss: ProbabilityLoss,
) -> None:
    told = loss.properties
    gaps = []
    for truth in (0.0, *TRUTHS, 1.0):
        best = best_chance(loss, truth)
        assert (best - 0.5) * (truth - 0.5) > 0.0  # calibrated
        gaps.append(abs(best - truth))
    assert told.calibrated
    assert told.proper == told.strictly_proper == (max(gaps) < 1e-6)


def best_chance(loss: ProbabilityLoss, truth: float) -> float:
    """Return the one probability whose expected cost is lowest: every loss here bends up."""
    if truth in (0.0, 1.0):
        return truth
    return float(
        optimize.brentq(
            lambda p: truth * loss.gradient_of(p, 1) + (1 - truth) * loss.gradient_of(p, 0),
            1e-12,
            1.0 - 1e-12,
            xtol=1e-14,
        )
    )


def test_what_the_losses_of_probabilities_estimate() -> None:
    assert BinaryCrossEntropy.estimates == SquaredProbability.estimates == "probability"
    assert FocalProbability.estimates == "probability, drawn towards a half as γ grows"
    for truth in TRUTHS:
        for loss in (BinaryCrossEntropy(), SquaredProbability()):
            assert best_chance(loss, truth) == pytest.approx(truth, rel=1e-9)
        found = [abs(best_chance(FocalProbability(g), truth) - 0.5) for g in (0.0, 1.0, 2.0, 9.0)]
        assert found[0] == pytest.approx(abs(truth - 0.5))
        assert all(more > less for more, less in itertools.pairwise(found))
    assert best_chance(FocalProbability(2.0), 0.9) == pytest.approx(0.694, abs=5e-4)


def test_only_the_square_is_made_of_pieces() -> None:
    polynomial = Polynomial(SquaredProbability().pieces.polynomials[0])
    np.testing.assert_allclose(polynomial(CHANCES), SquaredProbability().value(CHANCES), atol=1e-15)
    for loss in PROBABILITIES:
        assert (loss.pieces is None) != isinstance(loss, SquaredProbability)
        assert loss.strip is None
        assert loss.rate is None


# Links.


def reach(link: Link) -> Array:
    return CHANCES if isinstance(link, IdentityLink) else np.linspace(-8.0, 8.0, 801)


@every_link
def test_a_link_rises_and_its_score_leads_back(link: Link) -> None:
    scores = reach(link)
    p = link.probability(scores)
    assert np.all(np.diff(p) > 0.0)
    low = scores[p <= 0.5]
    np.testing.assert_allclose(link.score(link.probability(low)), low, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(link.probability(link.score(CHANCES)), CHANCES, rtol=1e-12)
    assert link.score(0.5) == (0.5 if isinstance(link, IdentityLink) else 0.0)
    ends = (0.0, 1.0) if isinstance(link, IdentityLink) else (-math.inf, math.inf)
    np.testing.assert_array_equal(link.score([0.0, 1.0]), ends)
    np.testing.assert_array_equal(link.probability(ends), [0.0, 1.0])
    with pytest.raises(DomainError, match=rf"^{type(link).__name__}: probability\[1\] is 1.5, "):
        link.score([0.2, 1.5])


def test_the_score_of_nearly_a_half_keeps_its_digits() -> None:
    p = 0.5 + np.array([-1e-3, -1e-9, 1e-12, 2e-4])
    with mpmath.workdps(50):
        exact = [float(mpmath.log(mpf(float(x)) / (1 - mpf(float(x))))) for x in p]
    np.testing.assert_allclose(LogitLink().score(p), exact, rtol=1e-15)


LINK_CURVES = (
    ("probability", "slope"),
    ("slope", "curvature"),
    ("log_probability", "log_slope"),
    ("log_slope", "log_curvature"),
)


@pytest.mark.parametrize("link", [cls() for cls in (*LINKS, ComplementLink)], ids=repr)
def test_the_curves_of_a_link_belong_together(link: Link) -> None:
    of_scores = [(middle, 0.5) for middle in np.linspace(-6.0, 6.0, 25)]
    stretches = of_scores if link.odd else list(inner_stretches())
    for curve, derivative in LINK_CURVES:
        assert_derivative(getattr(link, curve), getattr(link, derivative), iter(stretches))
    at = np.array([middle for middle, _ in stretches])
    np.testing.assert_allclose(link.complement(at), 1.0 - link.probability(at), atol=1e-15)
    np.testing.assert_allclose(np.exp(link.log_complement(at)), link.complement(at), rtol=1e-13)
    np.testing.assert_allclose(np.exp(link.log_probability(at)), link.probability(at), rtol=1e-13)
    hazard = link.slope(at) / link.complement(at)
    np.testing.assert_allclose(link.hazard(at), hazard, rtol=1e-12)
    shown = {"np": np, "scipy": __import__("scipy"), "s": at}
    np.testing.assert_allclose(eval(link.code, shown), link.probability(at), rtol=1e-13)
    slope = np.broadcast_to(eval(link.code_slope, shown), at.shape)
    np.testing.assert_allclose(slope, link.slope(at), rtol=1e-12)


@every_odd_link
def test_an_odd_link_gives_opposite_scores_opposite_probabilities(link: Link) -> None:
    scores = np.linspace(0.0, 40.0, 401)
    np.testing.assert_allclose(
        link.probability(-scores), 1.0 - link.probability(scores), atol=1e-15
    )
    np.testing.assert_array_equal(link.complement(scores), link.probability(-scores))
    assert link.domain == ANY
    assert link.probability(0.0) == 0.5


@pytest.mark.parametrize("link", [IdentityLink(), ComplementLink()], ids=repr)
def test_scores_that_are_probabilities_are_checked_and_treat_labels_each_their_way(
    link: Link,
) -> None:
    assert not link.odd
    assert link.domain == PROBABILITY
    names = ("probability", "score", "slope", "curvature", "log_probability", "log_slope")
    for name in (*names, "log_curvature", "complement", "log_complement", "hazard"):
        for bad in (-0.1, 1.1, math.nan):
            with pytest.raises(DomainError, match="expected a number at least 0 and at most 1"):
                getattr(link, name)([0.5, bad])
        assert not np.isnan(getattr(link, name)([0.0, -0.0, 1.0])).any()
        assert isinstance(getattr(link, name)(0.25), np.float64)
    ends = np.array([0.0, -0.0, 1.0])
    assert list(IdentityLink().log_slope(ends)) == [math.inf, math.inf, 1.0]
    assert list(ComplementLink().probability([0.0, 0.25])) == [1.0, 0.75]
    assert ComplementLink().score(0.25) == 0.75


@every_odd_link
def test_links_take_any_shape_let_nan_through_and_have_limits(link: Link) -> None:
    names = ("probability", "slope", "curvature", "log_probability", "log_slope", "log_curvature")
    for name in (*names, "complement", "log_complement", "hazard"):
        curve = getattr(link, name)
        assert curve(np.zeros((2, 3))).shape == (2, 3)
        assert curve([[1, 2]]).dtype == np.float64
        assert isinstance(curve(1), np.float64)
        ends = curve([math.nan, -math.inf, -1e308, 1e308, math.inf])
        np.testing.assert_array_equal(np.isnan(ends), [True] + [False] * 4)
    for certain in (link.log_probability(math.inf), link.log_complement(-math.inf)):
        assert certain == 0.0
        assert not np.signbit(certain)


@every_link
def test_a_link_is_described(link: Link) -> None:
    assert link.__final__
    assert type(link).__doc__
    assert link.formula.startswith("p(s) = ")
    assert 1900 < link.source.year < 2030
    assert link.odd == (link.probability(0.0) == 0.5)


def test_every_link_is_listed_but_the_one_that_falls() -> None:
    below = {cls for cls in descendants(Link) if not inspect.isabstract(cls)}
    assert below == {*LINKS, ComplementLink}
    assert [cls.name for cls in LINKS] == ["logit", "probit", "identity"]
    assert ComplementLink().slope(0.5) == -1.0


# Sections, formulas and code.


@pytest.mark.parametrize("loss", [*LOSSES, *PROBABILITIES], ids=repr)
def test_a_loss_is_described_and_its_section_can_be_drawn(
    loss: MarginLoss | ProbabilityLoss,
) -> None:
    laws.assert_section(loss)
    laws.assert_described(loss)
    assert loss.task == "Binary classification"
    assert type(loss).__doc__


@every_loss
def test_a_section_is_the_margin_of_a_positive(loss: MarginLoss) -> None:
    section = loss.section
    assert section.axis == "margin m"
    assert section.interval == (-3.0, 3.0)
    assert section.domain == (-math.inf, math.inf)
    for curve in CURVES:
        drawn = getattr(section, curve)(MARGINS)
        np.testing.assert_array_equal(drawn, getattr(loss, curve)(MARGINS, 1))
    weighs = loss.class_weights != (1.0, 1.0)
    assert section.held == ("label +1" if weighs else "")


@every_loss
def test_the_places_of_a_section_are_where_the_loss_changes(loss: MarginLoss) -> None:
    hinged = isinstance(loss, Hinge | SquaredHinge)
    assert loss.section.places == (("margin",) if hinged else ())
    for name in loss.section.places:
        place = getattr(loss, name)
        assert place in loss.pieces.kinks
        assert loss.value(place) == 0.0
        assert loss.value(place - 1e-6) > 0.0


@every_score_of
def test_a_section_of_probabilities_is_that_of_what_came_true(loss: ProbabilityLoss) -> None:
    section = loss.section
    assert section.axis == "probability of what came true p"
    assert section.interval == (0.01, 1.0)
    assert section.domain == (0.0, 1.0)
    assert section.held == ""
    assert section.places == ()
    for curve in CURVES:
        np.testing.assert_array_equal(
            getattr(section, curve)(CHANCES), getattr(loss, curve)(CHANCES)
        )


def knobs(loss: MarginLoss | ProbabilityLoss) -> dict[str, float | None]:
    inner = loss.loss if isinstance(loss, Composite) else loss
    return {name: getattr(inner, name) for name in parameters(inner)}


def run(code: str, loss: MarginLoss, m: Array, label: float) -> Array:
    names = {"np": np, "scipy": __import__("scipy"), "m": m, "label": label}
    return np.broadcast_to(eval(code, names | knobs(loss)), m.shape)


@every_loss
def test_code_computes_the_value_and_the_gradient(loss: MarginLoss) -> None:
    far = 8.0 if isinstance(loss, Composite) else 300.0 / (1.0 + steepness(loss))
    beside = [np.nextafter(seams(loss), side) for side in (math.inf, -math.inf)]
    m = np.concatenate((np.linspace(-far, far, 4001), seams(loss), *beside))
    if isinstance(loss, SmoothedLogisticLoss):
        m = m[np.abs(m) < 20.0]  # plainly written, a line and a logarithm cancel farther out
    for label in LABELS:
        for code, curve in ((loss.code_value, loss.value), (loss.code_gradient, loss.gradient)):
            expected_there = curve(m, label)
            atol = 1e-14 if isinstance(loss, SmoothedLogisticLoss | Composite) else 1e-300
            rtol = 1e-6 if isinstance(loss, Composite) else 2e-12
            np.testing.assert_allclose(
                run(code, loss, m, label), expected_there, rtol=rtol, atol=atol
            )


@every_score_of
def test_code_computes_the_value_and_the_gradient_of_a_probability(loss: ProbabilityLoss) -> None:
    for code, curve in ((loss.code_value, loss.value), (loss.code_gradient, loss.gradient)):
        names = {"np": np, "p": CHANCES, **knobs(loss)}
        np.testing.assert_allclose(eval(code, names), curve(CHANCES), rtol=1e-12)


@every_class
def test_code_is_short(cls: type[MarginLoss | ProbabilityLoss]) -> None:
    assert max(len(cls().code_value), len(cls().code_gradient)) <= 115


SHORT = (0.0, 0.5, -0.5, 1.0, -1.0, 3.2, -1.2, 4.685, -4.685, 20.0, -25.0, -300.0, 0.007, -1e-5)
LONG = tuple(sign * size * 1.2345678 for sign in (1, -1) for size in np.geomspace(1e-6, 16.0, 15))


def read(text: str) -> Array:
    """Return what a formula says, a statement in brackets counting as 1 where it is true."""
    text = re.sub(r"\\Phi\((.*?)\)", lambda found: probit_of(found[1]), text)
    truth = re.fullmatch(r"\\mathbf\{1\}\[(.*) \\le 0\]", text)
    return np.array(float(evaluate(truth[1]) <= 0.0)) if truth else evaluate(text)


def probit_of(number: str) -> str:
    return f"{special.ndtr(float(evaluate(number))):.17f}"


def readable(loss: MarginLoss) -> list[float]:
    """Return margins at which fifty digits are enough to read the formula."""
    if isinstance(loss, Composite) and isinstance(loss.link, ProbitLink):
        return [m for m in SHORT if abs(m) < 4.0]
    return [m for m in SHORT if m < 21.0]


@every_loss
def test_short_numbers_in_a_formula_give_the_value_itself(loss: MarginLoss) -> None:
    for m, label in itertools.product(readable(loss), LABELS):
        if loss.class_weights != (1.0, 1.0):
            assert latex(loss.class_weights[label > 0]) in loss.worked(m, label)
        np.testing.assert_allclose(
            read(loss.worked(m, label)), loss.value(m, label), rtol=1e-9, atol=1e-15
        )


@pytest.mark.parametrize("loss", PLAIN, ids=repr)
def test_long_numbers_in_a_formula_give_the_value_within_four_digits(loss: MarginLoss) -> None:
    if isinstance(loss, ZeroOne):
        return
    for m in LONG:
        text = loss.worked(m)
        allowed = 1.01 * slack(text) + 1e-12 * loss.value(m)
        assert abs(evaluate(text) - loss.value(m)) <= allowed, text


@every_loss
def test_a_formula_at_a_seam_and_beside_it_gives_the_value(loss: MarginLoss) -> None:
    for seam in seams(loss):
        assert read(loss.worked(seam)) == pytest.approx(float(loss.value(seam)))
        for m in (seam + 0.01, seam - 0.01):
            assert read(loss.worked(m)) == pytest.approx(float(loss.value(m)))


@every_loss
def test_a_formula_shows_the_margin_and_every_knob(loss: MarginLoss) -> None:
    text = loss.worked(0.007)
    assert "0.007" in text
    assert all(latex(value) in text for value in knobs(loss).values() if value is not None)


SYMBOLS = {"epsilon": "varepsilon", "margin": "rho", "gamma": "gamma", "positive_weight": "w_+"}


@every_loss
def test_the_formula_gives_the_value(loss: MarginLoss) -> None:
    given = {SYMBOLS[name]: value for name, value in knobs(loss).items() if name in SYMBOLS}
    for m, label in itertools.product((-2.5, -1.0, -0.25, 0.0, 0.7, 1.0, 4.0), LABELS):
        given["alpha_y"] = loss.class_weights[label > 0]
        read_ = formulas.evaluate(loss.formula, m=m, y=label, **given)
        assert read_ == pytest.approx(float(loss.value(m, label)), rel=1e-9, abs=1e-15)


@every_score_of
def test_the_formula_of_a_probability_gives_the_value(loss: ProbabilityLoss) -> None:
    for p in (0.01, 0.4, 0.9):
        read_ = formulas.evaluate(loss.formula, p=p, **knobs(loss))
        assert read_ == pytest.approx(float(loss.value(p)), rel=1e-12)


@pytest.mark.parametrize("link", [cls() for cls in (*LINKS, ComplementLink)], ids=repr)
def test_the_formula_of_a_link_gives_its_probability(link: Link) -> None:
    for s in (0.05, 0.5, 0.8):
        assert formulas.evaluate(link.formula, s=s) == pytest.approx(float(link.probability(s)))


def test_formulas_are_written_as_by_hand() -> None:
    assert LogisticLoss().worked(-2.0) == r"\log\left(1 + \exp(-(-2))\right)"
    assert WeightedLogisticLoss(3.0).worked(1.0) == r"3 \cdot \log\left(1 + \exp(-1)\right)"
    assert WeightedLogisticLoss(3.0).worked(1.0, 0) == r"1 \cdot \log\left(1 + \exp(-1)\right)"
    assert Hinge().worked(0.25) == r"\max\bigl(1 - 0.25,\; 0\bigr)"
    assert ModifiedHuber().worked(-2.0) == r"-4 \cdot (-2)"
    assert ModifiedHuber().worked(-1.0) == r"\max\bigl(1 - (-1),\; 0\bigr)^2"
    assert ZeroOne().worked(-2.0) == r"\mathbf{1}[-2 \le 0]"
    assert BinaryCrossEntropy().worked(0.25) == r"-\log 0.25"
    assert Composite(SquaredProbability(), ProbitLink()).worked(-1.5) == r"(1 - \Phi(-1.5))^2"
    through = Composite(BinaryCrossEntropy(), LogitLink())
    assert through.worked(2.0) == r"-\log \frac{1}{1 + \exp(-2)}"
    assert through.formula == r"L(p) = -\log p,\quad p(m) = \frac{1}{1 + e^{-m}}"
    assert through.name == "Binary cross-entropy through the logit link"
    assert through.estimates == "probability, through the logit link"
    assert through.story.endswith(". The logit link reads the probability off the score.")
    assert Composite(BinaryCrossEntropy(), ProbitLink()).formula.endswith(r"p(m) = \Phi(m)")


@every_score_of
def test_a_formula_of_a_probability_gives_the_value(loss: ProbabilityLoss) -> None:
    for p in (0.007, 0.25, 0.5, 0.999, 1.0, 1e-9):
        text = loss.worked(p)
        assert evaluate(text) == pytest.approx(float(loss.value(p)), rel=1e-9, abs=1e-15)
        assert latex(p) in text


# The registry and what is shown to the reader.


def descendants(family: type) -> set[type]:
    return {below for cls in family.__subclasses__() for below in ({cls} | descendants(cls))}


def test_every_concrete_loss_is_registered_once() -> None:
    margin = {cls for cls in descendants(MarginLoss) if not inspect.isabstract(cls)}
    assert margin == {*MARGIN_LOSSES, Composite, ClassWeighted, SumOfMarginLosses}
    assert len(set(MARGIN_LOSSES)) == len(MARGIN_LOSSES)
    of_probability = {cls for cls in descendants(ProbabilityLoss) if not inspect.isabstract(cls)}
    assert of_probability == {*PROBABILITY_LOSSES, SumOfProbabilityLosses}
    assert {type(loss) for loss in PLAIN} == set(MARGIN_LOSSES)
    assert {type(loss) for loss in PROBABILITIES} == set(PROBABILITY_LOSSES)


def test_the_registry_keeps_the_order_of_display() -> None:
    assert [cls.name for cls in MARGIN_LOSSES] == [
        "Logistic",
        "Weighted logistic",
        "Smoothed logistic",
        "Hinge",
        "Squared hinge",
        "Modified Huber",
        "Perceptron",
        "Exponential",
        "Zero-one",
        "Focal",
        "Brier",
    ]
    assert (BinaryCrossEntropy, SquaredProbability, FocalProbability) == PROBABILITY_LOSSES


def test_the_arguments_say_what_moves_and_what_may_be() -> None:
    margin, label = MarginLoss.arguments
    assert (margin.moves, label.moves) == (True, False)
    assert (margin.domain, label.domain) == (ANY, LABEL)
    (probability,) = ProbabilityLoss.arguments
    assert probability.moves
    assert probability.domain == PROBABILITY
    assert Composite(BinaryCrossEntropy(), LogitLink()).arguments == MarginLoss.arguments


@every_class
def test_what_the_reader_sees_is_complete(cls: type[MarginLoss | ProbabilityLoss]) -> None:
    assert cls.__final__
    assert cls.__subclasses__() == []
    assert cls.name[0].isupper()
    assert cls.formula.startswith("L(p) = " if issubclass(cls, ProbabilityLoss) else "L(m) = ")
    assert cls.story.endswith(".")
    assert cls.estimates[0].islower()
    for declared in parameters(cls).values():
        assert declared.symbol in cls.formula
        assert declared.meaning[0].islower()


@every_class
def test_framework_calls_are_expressions_in_the_arguments_and_knobs(
    cls: type[MarginLoss | ProbabilityLoss],
) -> None:
    libraries = {"torch", "keras", "optax", "jax", "sklearn", "scipy", "np"}
    number = "probability" if issubclass(cls, ProbabilityLoss) else "score"
    for framework, call in cls.frameworks.items():
        if call is None:
            continue
        tree = ast.parse(call.code, mode="eval")
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert names - libraries == {number, "label", *parameters(cls)}
        assert call.reduction == ("none" if framework == "Optax" else "mean")
        assert call.factor == 1.0
        assert call.note == call.note.strip()


@every_class
def test_a_slider_starts_inside_its_valid_range(cls: type[MarginLoss | ProbabilityLoss]) -> None:
    for name, declared in parameters(cls).items():
        assert declared.accepts(declared.low)
        assert declared.accepts(declared.high)
        # To count for thrice as much or for a third is one step each.
        assert declared.logarithmic == (name == "positive_weight")
        default = getattr(cls(), name)
        if default is None:
            assert declared.optional
            continue
        assert declared.low <= default <= declared.high
        steps = (default - declared.low) / declared.step
        assert steps == pytest.approx(round(steps), abs=1e-6)


REFUSED = [
    (WeightedLogisticLoss, {"positive_weight": 0.0}, "above 0 and finite"),
    (WeightedLogisticLoss, {"positive_weight": math.inf}, "above 0 and finite"),
    (SmoothedLogisticLoss, {"epsilon": -0.1}, "at least 0 and below 1"),
    (SmoothedLogisticLoss, {"epsilon": 1.0}, "at least 0 and below 1"),
    (Hinge, {"margin": -0.1}, "at least 0 and finite"),
    (Hinge, {"margin": math.inf}, "at least 0 and finite"),
    (SquaredHinge, {"margin": -0.1}, "at least 0 and finite"),
    (SquaredHinge, {"margin": math.inf}, "at least 0 and finite"),
    (Focal, {"gamma": -0.1}, "at least 0 and finite"),
    (Focal, {"gamma": math.inf}, "at least 0 and finite"),
    (Focal, {"alpha": 0.0}, "above 0 and below 1"),
    (Focal, {"alpha": 1.0}, "above 0 and below 1"),
    (FocalProbability, {"gamma": -0.1}, "at least 0 and finite"),
    (FocalProbability, {"gamma": math.inf}, "at least 0 and finite"),
]


@pytest.mark.parametrize(("cls", "setting", "expected_range"), REFUSED)
def test_a_parameter_out_of_range_is_refused_in_a_sentence(
    cls: type[MarginLoss], setting: dict[str, float], expected_range: str
) -> None:
    ((name, value),) = setting.items()
    with pytest.raises(ParameterError) as refusal:
        cls(**setting)
    assert str(refusal.value) == f"{cls.__name__}: {name} is {value}, expected {expected_range}."


@every_class
def test_no_parameter_accepts_nan(cls: type[MarginLoss | ProbabilityLoss]) -> None:
    for name in parameters(cls):
        with pytest.raises(ParameterError):
            cls(**{name: math.nan})


@every_loss
def test_slopes_are_gradient_and_hessian_of_the_curve(loss: MarginLoss) -> None:
    margins = np.array([-40.0, -1.5, 0.3, 2.0, 7.0])
    gradient, hessian = loss.slopes(margins)
    np.testing.assert_array_equal(gradient, loss.curve.gradient(margins))
    np.testing.assert_array_equal(hessian, loss.curve.hessian(margins))
