"""Losses of two classes: of the margin, m = label * score, and of a probability."""

import dataclasses
import functools
import math
import re
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar, final

import numpy as np
from numpy.typing import ArrayLike

from core.declare import ParameterError, parameter
from core.losses.base import (
    Argument,
    Array,
    FrameworkCall,
    Pieces,
    Properties,
    ScalarLoss,
    Section,
    Source,
    Way,
    elementwise,
)
from core.losses.domain import ANY, LABEL, PROBABILITY, together
from core.losses.links import (
    LINKS,
    ComplementLink,
    IdentityLink,
    Link,
    LogitLink,
    sigmoid,
    sigmoid_slope,
    softplus,
)
from core.worked import enclosed, factor, latex

# Threat: a square, an exponential or a weighted margin leaves float64, and NumPy warns. Remedy: the
# infinity it then returns is the right answer to hand on, so only the warning goes. Limit: used
# where the true value has left float64 too, or where the infinity becomes the right 0.
_overflow_is_infinity = np.errstate(over="ignore")

_WRONGER = "the margin falls far below 0"
_RULED_OUT = Way(
    "the probability of what came true nears 0", tuple((p,) for p in (1e-2, 1e-4, 1e-8))
)

_FAR = 1e150  # so far out that every loss here has become its asymptote, and squares still fit


def _unless_nan(x: Array, known: ArrayLike) -> Array:
    """Return what is known without looking at x, but NaN where x is NaN."""
    return np.where(np.isnan(x), x, known)


def _tame(x: Array) -> Array:
    """Return x, what is infinite or nearly so as a number whose products stay in float64."""
    return np.clip(x, -1e140, 1e140)


def _summit(curve: Callable[[Array], Array], low: float, high: float) -> tuple[float, float]:
    """Return where a curve is highest between two ends, and how high: a zoom into a fine grid."""
    ends = (low, high)
    for _ in range(3):
        at = np.linspace(low, high, 8001)
        heights = curve(at)
        top = int(np.argmax(heights))
        step = at[1] - at[0]
        low, high = max(at[top] - step, ends[0]), min(at[top] + step, ends[1])
    return float(at[top]), float(heights[top])


@dataclasses.dataclass(frozen=True)
class MarginLoss(ScalarLoss):
    """A loss of m = label * score: how far a score lies on the right side of 0.

    Labels are -1 and 1, or 0 and 1. They matter beside the margin only where the two classes weigh
    differently; `class_weights` are those of the negatives and of the positives, and `curve` is the
    loss without them. Calibrated is meant as by Bartlett, Jordan and McAuliffe (2006); proper, of
    the probability that `probability` reads off the score.
    """

    task: ClassVar[str] = "Binary classification"
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument("margin", "m", "label * score, positive on the right side", ANY, moves=True),
        Argument("label", "y", "-1 or 1, for losses that weigh the classes", LABEL),
    )
    places: ClassVar[tuple[str, ...]] = ()

    @property
    def class_weights(self) -> tuple[float, float]:
        """The weights of the negatives and of the positives."""
        return 1.0, 1.0

    @property
    def curve(self) -> "MarginLoss":
        """This loss without its class weights."""
        return self

    @_overflow_is_infinity
    def value(self, x: ArrayLike, label: ArrayLike = 1) -> Array:
        """Return the loss, element by element, of margins that belong to these labels."""
        return self._weighed(self._value(x), label)

    @_overflow_is_infinity
    def gradient(self, x: ArrayLike, label: ArrayLike = 1) -> Array:
        """Return the derivative by the margin; at a kink, a number between those on its sides."""
        return self._weighed(self._gradient(x), label)

    @_overflow_is_infinity
    def hessian(self, x: ArrayLike, label: ArrayLike = 1) -> Array:
        """Return the second derivative; at a kink, its value just beside it."""
        return self._weighed(self._hessian(x), label)

    def slopes(self, margins: Array) -> tuple[Array, Array]:
        """Return gradient and hessian of the curve at a vector of margins, the classes unweighed.

        For loops that mind overflow themselves: minding it here costs as much as the curve.
        """
        return self._gradient(margins), self._hessian(margins)

    def value_of(self, score: ArrayLike, label: ArrayLike) -> Array:
        """Return what a score costs when this label comes true.

        Raises: `DomainError` where a score is NaN, a label is none, or shapes do not match.
        """
        return self.value(*self._margin_of(score, label))

    def gradient_of(self, score: ArrayLike, label: ArrayLike) -> Array:
        """Return the derivative of `value_of` by the score."""
        margin, sign = self._margin_of(score, label)
        return sign * self.gradient(margin, sign)

    def hessian_of(self, score: ArrayLike, label: ArrayLike) -> Array:
        """Return the second derivative of `value_of` by the score."""
        return self.hessian(*self._margin_of(score, label))

    def probability(self, score: ArrayLike) -> Array | None:
        """Return the probability of the positive class that a score stands for, if it does."""
        return None

    @property
    @abstractmethod
    def code_value(self) -> str:
        """The value as a NumPy expression in `m` and the parameters, for ordinary margins.

        Where the classes weigh differently, in `label` too.
        """

    @property
    @abstractmethod
    def code_gradient(self) -> str:
        """The gradient as a NumPy expression in the same names."""

    def worked(self, x: float, label: float = 1) -> str:
        """Return the formula as it applies at x, in LaTeX, with its numbers plugged in."""
        if self.class_weights == (1.0, 1.0):
            return self._worked(x)
        return rf"{factor(self.class_weights[label > 0])} \cdot {self._worked(x)}"

    @property
    def section(self) -> Section:
        curves = self.value, self.gradient, self.hessian
        held = "" if self.class_weights == (1.0, 1.0) else "label +1"
        return Section("margin m", (-3.0, 3.0), *curves, held=held, places=self.places)

    @abstractmethod
    def _value(self, x: ArrayLike) -> Array:
        """Return the loss of each margin before any class weight."""

    @abstractmethod
    def _gradient(self, x: ArrayLike) -> Array:
        """Return its derivative."""

    @abstractmethod
    def _hessian(self, x: ArrayLike) -> Array:
        """Return its second derivative."""

    @abstractmethod
    def _worked(self, x: float) -> str:
        """Return the formula at x before any class weight."""

    def _weighed(self, plain: Array, label: ArrayLike) -> Array:
        """Multiply by the weight of each label's class."""
        negative, positive = self.class_weights
        if isinstance(label, int | float) and label == 1:
            return plain if positive == 1.0 else positive * plain

        owner = type(self).__name__
        labels = LABEL.checked(owner, "label", label)
        together(owner, margin=np.shape(plain), label=labels.shape)
        return np.where(labels > 0.0, positive, negative) * plain

    def _margin_of(self, score: ArrayLike, label: ArrayLike) -> tuple[Array, Array]:
        """Return the margin, and the labels as -1 and 1."""
        owner = type(self).__name__
        scores = ANY.checked(owner, "score", score)
        labels = LABEL.checked(owner, "label", label)
        together(owner, score=scores.shape, label=labels.shape)
        signs = np.where(labels > 0.0, 1.0, -1.0)
        return signs * scores, signs

    def _weighing(self, plain: Properties) -> Properties:
        """Return what is known of the loss, from what is known of it before any class weight."""
        weights = self.class_weights
        alike, most = weights[0] == weights[1], max(weights)
        return dataclasses.replace(
            plain,
            lipschitz=most * plain.lipschitz,
            smoothness=most * plain.smoothness,
            bound=most * plain.bound,
            symmetric=alike,
            calibrated=plain.calibrated and alike,
            proper=plain.proper and alike,
            strictly_proper=plain.strictly_proper and alike,
        )


@final
@dataclasses.dataclass(frozen=True)
class LogisticLoss(MarginLoss):
    """log(1 + e⁻ᵐ): the binary cross-entropy of a score that is a logit."""

    name: ClassVar[str] = "Logistic"
    formula: ClassVar[str] = r"L(m) = \log\left(1 + e^{-m}\right)"
    source: ClassVar[Source] = Source("Cox", 1958, "The regression analysis of binary sequences")
    estimates: ClassVar[str] = "log-odds"
    story: ClassVar[str] = (
        "The surer and the wronger, the dearer, though no point ever pulls harder than 1;"
        " its score is the logarithm of the odds."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall(
            "torch.nn.functional.binary_cross_entropy_with_logits(score, (label + 1) / 2)", "mean"
        ),
        "Keras": FrameworkCall(
            "keras.losses.BinaryCrossentropy(from_logits=True)((label + 1) / 2, score)", "mean"
        ),
        "Optax": FrameworkCall(
            "optax.sigmoid_binary_cross_entropy(score, (label + 1) / 2)", "none"
        ),
        "scikit-learn": FrameworkCall(
            "sklearn.metrics.log_loss(label, scipy.special.expit(score), labels=[-1, 1])",
            "mean",
            note="It takes probabilities, and keeps them 2e-16 away from 0 and 1.",
        ),
    }
    code_value: ClassVar[str] = "np.logaddexp(0, -m)"
    code_gradient: ClassVar[str] = "-1 / (1 + np.exp(m))"

    @elementwise
    def _value(self, x: Array) -> Array:
        return softplus(-x)

    @elementwise
    def _gradient(self, x: Array) -> Array:
        return -sigmoid(-x)

    @elementwise
    def _hessian(self, x: Array) -> Array:
        return sigmoid_slope(x)

    @elementwise
    def probability(self, score: Array) -> Array:
        """Return the sigmoid of the score."""
        return sigmoid(score)

    def _worked(self, x: float) -> str:
        return rf"\log\left(1 + \exp(-{enclosed(x)})\right)"

    @property
    def properties(self) -> Properties:
        return Properties(
            lipschitz=1.0,
            smoothness=0.25,
            strong_convexity=0.0,
            convex=True,
            calibrated=True,
            proper=True,
            strictly_proper=True,
        )

    @property
    def strip(self) -> float:
        return math.pi


@final
@dataclasses.dataclass(frozen=True)
class WeightedLogisticLoss(MarginLoss):
    """The logistic loss in which a positive counts as much as several negatives."""

    positive_weight: float = parameter(
        3.0,
        symbol="w_+",
        meaning="how many negatives one positive counts for",
        low=0.1,
        high=20.0,
        step=0.1,
        minimum=0.0,
        open_minimum=True,
        open_maximum=True,
        logarithmic=True,
    )

    name: ClassVar[str] = "Weighted logistic"
    formula: ClassVar[str] = (
        r"L(m) = \begin{cases} w_+ \log\left(1 + e^{-m}\right) & y = +1 \\"
        r" \log\left(1 + e^{-m}\right) & y = -1 \end{cases}"
    )
    source: ClassVar[Source] = Source(
        "King and Zeng", 2001, "Logistic regression in rare events data"
    )
    estimates: ClassVar[str] = "log-odds, raised by the logarithm of the weight"
    story: ClassVar[str] = (
        "Positives count several times, for when they are rare or must not be missed;"
        " the probabilities it reports shift with them."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall(
            "torch.nn.functional.binary_cross_entropy_with_logits("
            "score, (label + 1) / 2, pos_weight=score.new_tensor(positive_weight))",
            "mean",
        ),
        "Keras": None,
        "Optax": None,
        "scikit-learn": None,
    }
    code_value: ClassVar[str] = "np.where(label > 0, positive_weight, 1) * np.logaddexp(0, -m)"
    code_gradient: ClassVar[str] = "-np.where(label > 0, positive_weight, 1) / (1 + np.exp(m))"

    @property
    def class_weights(self) -> tuple[float, float]:
        return 1.0, self.positive_weight

    @property
    def curve(self) -> LogisticLoss:
        return LogisticLoss()

    def _value(self, x: ArrayLike) -> Array:
        return self.curve.value(x)

    def _gradient(self, x: ArrayLike) -> Array:
        return self.curve.gradient(x)

    def _hessian(self, x: ArrayLike) -> Array:
        return self.curve.hessian(x)

    def probability(self, score: ArrayLike) -> Array:
        """Return the sigmoid of the score, as it is usually read: right at a weight of 1 alone."""
        return self.curve.probability(score)

    def _worked(self, x: float) -> str:
        return self.curve.worked(x)

    @property
    def properties(self) -> Properties:
        return self._weighing(self.curve.properties)

    @property
    def strip(self) -> float:
        return self.curve.strip


@final
@dataclasses.dataclass(frozen=True)
class SmoothedLogisticLoss(MarginLoss):
    """The logistic loss of labels smoothed from 0 and 1 to ε/2 and 1 - ε/2, as Keras does."""

    epsilon: float = parameter(
        0.1,
        symbol=r"\varepsilon",
        meaning="the share of each label that is spread evenly over both classes",
        low=0.0,
        high=0.9,
        step=0.01,
        minimum=0.0,
        maximum=1.0,
        open_maximum=True,
    )

    name: ClassVar[str] = "Smoothed logistic"
    formula: ClassVar[str] = r"L(m) = \log\left(1 + e^{-m}\right) + \tfrac{\varepsilon}{2}\,m"
    source: ClassVar[Source] = Source(
        "Szegedy, Vanhoucke, Ioffe, Shlens and Wojna",
        2016,
        "Rethinking the Inception architecture for computer vision",
        "section 7",
    )
    estimates: ClassVar[str] = "log-odds of labels of which a share ε is decided by a coin"
    story: ClassVar[str] = (
        "It aims at a probability of 1 − ε/2 instead of 1:"
        " to be surer than that costs again, so scores stay moderate."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall(
            "torch.nn.functional.binary_cross_entropy_with_logits("
            "score, (1 + (1 - epsilon) * label) / 2)",
            "mean",
        ),
        "Keras": FrameworkCall(
            "keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=epsilon)("
            "(label + 1) / 2, score)",
            "mean",
        ),
        "Optax": FrameworkCall(
            "optax.sigmoid_binary_cross_entropy(score, (1 + (1 - epsilon) * label) / 2)", "none"
        ),
        "scikit-learn": None,
    }
    code_value: ClassVar[str] = "np.logaddexp(0, -m) + epsilon / 2 * m"
    code_gradient: ClassVar[str] = "epsilon / 2 - 1 / (1 + np.exp(m))"

    @elementwise
    def _value(self, x: Array) -> Array:
        # Threat: far on the left log(1 + e⁻ᵐ) = -m and ½εm cancel. Remedy: as -m is there to be
        # subtracted, it is not added first: a line on each side plus log(1 + exp(-|m|)).
        # Limit: at ε = 0 the line on the right is 0 times what may be infinite, so it is left out.
        share = 0.5 * self.epsilon
        if share == 0.0:
            return softplus(-x)
        near = softplus(-np.abs(x))
        near += np.maximum((share - 1.0) * x, share * x)
        return near

    @elementwise
    def _gradient(self, x: Array) -> Array:
        return 0.5 * self.epsilon - sigmoid(-x)

    @elementwise
    def _hessian(self, x: Array) -> Array:
        return sigmoid_slope(x)

    @elementwise
    def probability(self, score: Array) -> Array:
        """Return the sigmoid of the score, as it is usually read: right at ε = 0 alone."""
        return sigmoid(score)

    def _worked(self, x: float) -> str:
        line = rf"\tfrac{{{latex(self.epsilon)}}}{{2}} \cdot {enclosed(x)}"
        return rf"\log\left(1 + \exp(-{enclosed(x)})\right) + {line}"

    @property
    def properties(self) -> Properties:
        return Properties(
            lipschitz=1.0 - 0.5 * self.epsilon,
            smoothness=0.25,
            strong_convexity=0.0,
            convex=True,
            calibrated=True,
            proper=self.epsilon == 0.0,
            strictly_proper=self.epsilon == 0.0,
        )

    @property
    def strip(self) -> float:
        return math.pi


@final
@dataclasses.dataclass(frozen=True)
class Hinge(MarginLoss):
    """max(0, ρ - m), with slope 0 at its kink; ρ = 0 is the perceptron's loss."""

    margin: float = parameter(
        1.0,
        symbol=r"\rho",
        meaning="how far on the right side a point must lie to cost nothing",
        low=0.0,
        high=3.0,
        step=0.05,
        minimum=0.0,
        open_maximum=True,
    )

    places: ClassVar[tuple[str, ...]] = ("margin",)
    name: ClassVar[str] = "Hinge"
    formula: ClassVar[str] = r"L(m) = \max\bigl(\rho - m,\; 0\bigr)"
    source: ClassVar[Source] = Source("Cortes and Vapnik", 1995, "Support-vector networks")
    estimates: ClassVar[str] = "likelier label"
    story: ClassVar[str] = (
        "A point on its right side by the margin ρ costs nothing; every other pulls equally hard."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall(
            "torch.nn.functional.margin_ranking_loss("
            "score, torch.zeros_like(score), label, margin=margin)",
            "mean",
            note="Ranks the score above 0 or below it, as the label says.",
        ),
        "Keras": FrameworkCall(
            "keras.losses.Hinge()(label, score + label * (1 - margin))",
            "mean",
            note="Its own margin is fixed at 1.",
        ),
        "Optax": FrameworkCall(
            "optax.hinge_loss(score + label * (1 - margin), label)",
            "none",
            note="Its own margin is fixed at 1.",
        ),
        "scikit-learn": FrameworkCall(
            "sklearn.metrics.hinge_loss(label, score + label * (1 - margin))",
            "mean",
            note="Its own margin is fixed at 1, and both labels must occur.",
        ),
    }
    code_value: ClassVar[str] = "np.maximum(margin - m, 0)"
    code_gradient: ClassVar[str] = "np.where(m < margin, -1, 0)"

    @elementwise
    def _value(self, x: Array) -> Array:
        return np.maximum(self.margin - x, 0.0)

    @elementwise
    def _gradient(self, x: Array) -> Array:
        return _unless_nan(x, np.where(x < self.margin, -1.0, 0.0))

    @elementwise
    def _hessian(self, x: Array) -> Array:
        return _unless_nan(x, 0.0)

    def _worked(self, x: float) -> str:
        return rf"\max\bigl({latex(self.margin)} - {enclosed(x)},\; 0\bigr)"

    @property
    def properties(self) -> Properties:
        return Properties(
            lipschitz=1.0,
            smoothness=math.inf,
            strong_convexity=0.0,
            convex=True,
            kinks=(self.margin,),
            calibrated=self.margin > 0.0,
        )

    @property
    def pieces(self) -> Pieces:
        return Pieces(kinks=(self.margin,), polynomials=((self.margin, -1.0), (0.0,)))


@final
@dataclasses.dataclass(frozen=True)
class SquaredHinge(MarginLoss):
    """max(0, ρ - m)², with no ½."""

    margin: float = parameter(
        1.0,
        symbol=r"\rho",
        meaning="how far on the right side a point must lie to cost nothing",
        low=0.0,
        high=3.0,
        step=0.05,
        minimum=0.0,
        open_maximum=True,
    )

    places: ClassVar[tuple[str, ...]] = ("margin",)
    name: ClassVar[str] = "Squared hinge"
    formula: ClassVar[str] = r"L(m) = \max\bigl(\rho - m,\; 0\bigr)^2"
    source: ClassVar[Source] = Source(
        "Chang, Hsieh and Lin",
        2008,
        "Coordinate descent method for large-scale L2-loss linear support vector machines",
    )
    estimates: ClassVar[str] = "difference of the two probabilities, times the margin ρ"
    story: ClassVar[str] = (
        "Beyond the margin a point is free; short of it, twice the shortfall costs four times"
        " as much."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": None,
        "Keras": FrameworkCall(
            "keras.losses.SquaredHinge()(label, score + label * (1 - margin))",
            "mean",
            note="Its own margin is fixed at 1.",
        ),
        "Optax": None,
        "scikit-learn": None,
    }
    code_value: ClassVar[str] = "np.maximum(margin - m, 0)**2"
    code_gradient: ClassVar[str] = "-2 * np.maximum(margin - m, 0)"

    @elementwise
    def _value(self, x: Array) -> Array:
        short = np.maximum(self.margin - x, 0.0)
        short *= short
        return short

    @elementwise
    def _gradient(self, x: Array) -> Array:
        return -2.0 * np.maximum(self.margin - x, 0.0)

    @elementwise
    def _hessian(self, x: Array) -> Array:
        return _unless_nan(x, np.where(x < self.margin, 2.0, 0.0))

    def probability(self, score: ArrayLike) -> Array | None:
        """Return where the score lies between -ρ and ρ; None at ρ = 0, where 0 suits all."""
        if self.margin == 0.0:
            return None
        share = np.clip(np.divide(score, self.margin), -1.0, 1.0)
        return 0.5 + 0.5 * share

    def _worked(self, x: float) -> str:
        return rf"\max\bigl({latex(self.margin)} - {enclosed(x)},\; 0\bigr)^2"

    @property
    def properties(self) -> Properties:
        tells = self.margin > 0.0
        return Properties(
            lipschitz=math.inf,
            steep=Way(_WRONGER, ((-1e2, 1.0), (-1e4, 1.0), (-1e8, 1.0))),
            smoothness=2.0,
            strong_convexity=0.0,
            convex=True,
            calibrated=tells,
            proper=True if tells else None,
            strictly_proper=True if tells else None,
        )

    @property
    def pieces(self) -> Pieces:
        square = (self.margin * self.margin, -2.0 * self.margin, 1.0)
        return Pieces(kinks=(self.margin,), polynomials=(square, (0.0,)))


@final
@dataclasses.dataclass(frozen=True)
class ModifiedHuber(MarginLoss):
    """max(0, 1 - m)² down to m = -1 and the straight line -4m beyond."""

    name: ClassVar[str] = "Modified Huber"
    formula: ClassVar[str] = (
        r"L(m) = \begin{cases} \max\bigl(1 - m,\; 0\bigr)^2 & m \ge -1 \\"
        r" -4m & m < -1 \end{cases}"
    )
    source: ClassVar[Source] = Source(
        "Zhang",
        2004,
        "Solving large scale linear prediction problems"
        " using stochastic gradient descent algorithms",
    )
    estimates: ClassVar[str] = "difference of the two probabilities"
    story: ClassVar[str] = (
        "A squared hinge that goes straight on from −1, so that a point far on the wrong side"
        " cannot drag everything with it."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": None,
        "Keras": None,
        "Optax": None,
        "scikit-learn": None,
    }
    code_value: ClassVar[str] = "np.where(m < -1, -4 * m, np.maximum(1 - m, 0)**2)"
    code_gradient: ClassVar[str] = "-2 * np.clip(1 - m, 0, 2)"

    @elementwise
    def _value(self, x: Array) -> Array:
        near = np.clip(1.0 - x, 0.0, 2.0)
        near *= near
        return np.where(x < -1.0, -4.0 * x, near)

    @elementwise
    def _gradient(self, x: Array) -> Array:
        return -2.0 * np.clip(1.0 - x, 0.0, 2.0)

    @elementwise
    def _hessian(self, x: Array) -> Array:
        return _unless_nan(x, np.where(np.abs(x) < 1.0, 2.0, 0.0))

    @elementwise
    def probability(self, score: Array) -> Array:
        """Return where the score lies between -1 and 1."""
        return 0.5 + 0.5 * np.clip(score, -1.0, 1.0)

    def _worked(self, x: float) -> str:
        if x < -1.0:
            return rf"-4 \cdot {enclosed(x)}"
        return rf"\max\bigl(1 - {enclosed(x)},\; 0\bigr)^2"

    @property
    def properties(self) -> Properties:
        return Properties(
            lipschitz=4.0,
            smoothness=2.0,
            strong_convexity=0.0,
            convex=True,
            calibrated=True,
            proper=True,
            strictly_proper=True,
        )

    @property
    def pieces(self) -> Pieces:
        return Pieces(kinks=(-1.0, 1.0), polynomials=((0.0, -4.0), (1.0, -2.0, 1.0), (0.0,)))


@final
@dataclasses.dataclass(frozen=True)
class Perceptron(MarginLoss):
    """max(0, -m), with slope 0 at its kink."""

    name: ClassVar[str] = "Perceptron"
    formula: ClassVar[str] = r"L(m) = \max\bigl(-m,\; 0\bigr)"
    source: ClassVar[Source] = Source(
        "Rosenblatt",
        1958,
        "The perceptron: a probabilistic model for information storage and organization"
        " in the brain",
    )
    estimates: ClassVar[str] = "score of 0, whatever the odds"
    story: ClassVar[str] = (
        "Only mistakes cost, in proportion to their size;"
        " a score of 0 everywhere is free, so where classes overlap it says nothing."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall(
            "torch.nn.functional.margin_ranking_loss(score, torch.zeros_like(score), label)",
            "mean",
            note="Ranks the score above 0 or below it, as the label says.",
        ),
        "Keras": None,
        "Optax": FrameworkCall("optax.losses.perceptron_loss(score, label)", "none"),
        "scikit-learn": None,
    }
    code_value: ClassVar[str] = "np.maximum(-m, 0)"
    code_gradient: ClassVar[str] = "np.where(m < 0, -1, 0)"

    @elementwise
    def _value(self, x: Array) -> Array:
        return np.maximum(0.0 - x, 0.0)

    @elementwise
    def _gradient(self, x: Array) -> Array:
        return _unless_nan(x, np.where(x < 0.0, -1.0, 0.0))

    @elementwise
    def _hessian(self, x: Array) -> Array:
        return _unless_nan(x, 0.0)

    def _worked(self, x: float) -> str:
        return rf"\max\bigl(-{enclosed(x)},\; 0\bigr)"

    @property
    def properties(self) -> Properties:
        return Properties(
            lipschitz=1.0,
            smoothness=math.inf,
            strong_convexity=0.0,
            convex=True,
            kinks=(0.0,),
            calibrated=False,
        )

    @property
    def pieces(self) -> Pieces:
        return Pieces(kinks=(0.0,), polynomials=((0.0, -1.0), (0.0,)))


@final
@dataclasses.dataclass(frozen=True)
class Exponential(MarginLoss):
    """e⁻ᵐ, the loss that AdaBoost lowers step by step; infinite in float64 left of -709."""

    name: ClassVar[str] = "Exponential"
    formula: ClassVar[str] = "L(m) = e^{-m}"
    source: ClassVar[Source] = Source(
        "Friedman, Hastie and Tibshirani",
        2000,
        "Additive logistic regression: a statistical view of boosting",
        "Lemma 1",
    )
    estimates: ClassVar[str] = "half the log-odds"
    story: ClassVar[str] = (
        "Every further unit on the wrong side multiplies the cost by e,"
        " so a single wrong label can outweigh all other points."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": None,
        "Keras": None,
        "Optax": None,
        "scikit-learn": None,
    }
    code_value: ClassVar[str] = "np.exp(-m)"
    code_gradient: ClassVar[str] = "-np.exp(-m)"

    @elementwise
    def _value(self, x: Array) -> Array:
        return np.exp(-x)

    @elementwise
    def _gradient(self, x: Array) -> Array:
        return -np.exp(-x)

    @elementwise
    def _hessian(self, x: Array) -> Array:
        return np.exp(-x)

    @_overflow_is_infinity
    @elementwise
    def probability(self, score: Array) -> Array:
        """Return the sigmoid of twice the score, which is half the log-odds."""
        return sigmoid(2.0 * score)

    def _worked(self, x: float) -> str:
        return rf"\exp(-{enclosed(x)})"

    @property
    def properties(self) -> Properties:
        return Properties(
            lipschitz=math.inf,
            steep=Way(_WRONGER, ((-10.0, 1.0), (-100.0, 1.0), (-500.0, 1.0))),
            smoothness=math.inf,
            strong_convexity=0.0,
            convex=True,
            calibrated=True,
            proper=True,
            strictly_proper=True,
        )

    @property
    def rate(self) -> float:
        return -1.0


@final
@dataclasses.dataclass(frozen=True)
class ZeroOne(MarginLoss):
    """1 for a mistake and 0 for none; a score of exactly 0 is a mistake, whatever the label.

    Its gradient is 0 on both sides of the jump, and said to be 0 there too. No constant bounds a
    slope that climbs by 1 over no distance at all, so it is neither Lipschitz nor smooth, and 0 is
    its kink; yet far points do not pull, and cost no more than 1.
    """

    name: ClassVar[str] = "Zero-one"
    formula: ClassVar[str] = r"L(m) = \mathbf{1}[m \le 0]"
    source: ClassVar[Source] = Source(
        "Bartlett, Jordan and McAuliffe", 2006, "Convexity, classification, and risk bounds"
    )
    estimates: ClassVar[str] = "likelier label"
    story: ClassVar[str] = (
        "It counts mistakes and nothing else: what everyone wants to be low,"
        " and no slope ever says how."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": None,
        "Keras": None,
        "Optax": None,
        "scikit-learn": FrameworkCall(
            "sklearn.metrics.zero_one_loss(label, np.sign(score))", "mean"
        ),
    }
    code_value: ClassVar[str] = "np.where(m <= 0, 1, 0)"
    code_gradient: ClassVar[str] = "np.zeros_like(m)"

    @elementwise
    def _value(self, x: Array) -> Array:
        return _unless_nan(x, np.where(x <= 0.0, 1.0, 0.0))

    @elementwise
    def _gradient(self, x: Array) -> Array:
        return _unless_nan(x, 0.0)

    @elementwise
    def _hessian(self, x: Array) -> Array:
        return _unless_nan(x, 0.0)

    def _worked(self, x: float) -> str:
        return rf"\mathbf{{1}}[{latex(x)} \le 0]"

    @property
    def properties(self) -> Properties:
        return Properties(
            lipschitz=math.inf,
            slope=0.0,
            smoothness=math.inf,
            strong_convexity=0.0,
            convex=False,
            kinks=(0.0,),
            witness=(-1.0, 0.5),
            held=(1.0,),
            bound=1.0,
            redescending=True,
            calibrated=True,
        )

    @property
    def pieces(self) -> Pieces:
        return Pieces(kinks=(0.0,), polynomials=((1.0,), (0.0,)))


@final
@dataclasses.dataclass(frozen=True)
class Focal(MarginLoss):
    """(1 - p)^γ log 1/p, where p = 1 / (1 + e⁻ᵐ) is the probability of what came true.

    With α, positives weigh α and negatives 1 - α; α = ½ weighs both by ½, and None by 1.
    """

    gamma: float = parameter(
        2.0,
        symbol=r"\gamma",
        meaning="how strongly points that are already right are turned down",
        low=0.0,
        high=10.0,
        step=0.1,
        minimum=0.0,
        open_maximum=True,
    )
    alpha: float | None = parameter(
        None,
        symbol=r"\alpha",
        meaning="the weight of the positives, the negatives having what is left to 1",
        low=0.05,
        high=0.95,
        step=0.05,
        minimum=0.0,
        maximum=1.0,
        open_minimum=True,
        open_maximum=True,
        optional=True,
    )

    name: ClassVar[str] = "Focal"
    formula: ClassVar[str] = (
        r"L(m) = \alpha_y\,(1 - p)^\gamma \log\frac1p,\quad p = \frac{1}{1 + e^{-m}}"
    )
    source: ClassVar[Source] = Source(
        "Lin, Goyal, Girshick, He and Dollár",
        2017,
        "Focal loss for dense object detection",
        "eq. (4) and (5)",
    )
    estimates: ClassVar[str] = "log-odds, drawn towards 0 as γ grows"
    story: ClassVar[str] = (
        "Points that are right already are turned down, so that the hard ones are heard;"
        " the probabilities it reports are too cautious."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": None,
        "Keras": FrameworkCall(
            "keras.losses.BinaryFocalCrossentropy(apply_class_balancing=alpha is not None,"
            " alpha=alpha, gamma=gamma, from_logits=True)((label + 1) / 2, score)",
            "mean",
            note="It keeps probabilities 1e-7 away from 0 and 1.",
        ),
        "Optax": FrameworkCall(
            "optax.sigmoid_focal_loss(score, (label + 1) / 2, alpha=alpha, gamma=gamma)", "none"
        ),
        "scikit-learn": None,
    }

    @property
    def class_weights(self) -> tuple[float, float]:
        return (1.0, 1.0) if self.alpha is None else (1.0 - self.alpha, self.alpha)

    @property
    def curve(self) -> "Focal":
        return self if self.alpha is None else Focal(self.gamma)

    @property
    def code_value(self) -> str:
        return f"{self._code_weight}np.logaddexp(0, -m) / (1 + np.exp(m))**gamma"

    @property
    def code_gradient(self) -> str:
        inner = "gamma * np.logaddexp(0, -m) / (1 + np.exp(-m)) + 1 / (1 + np.exp(m))"
        return f"-{self._code_weight}({inner}) / (1 + np.exp(m))**gamma"

    @property
    def _code_weight(self) -> str:
        return "" if self.alpha is None else "np.where(label > 0, alpha, 1 - alpha) * "

    @elementwise
    def _value(self, x: Array) -> Array:
        value = softplus(-x)
        value *= self._focus(x)
        return value

    @elementwise
    def _gradient(self, x: Array) -> Array:
        near = np.maximum(x, -_FAR)
        gradient = self.gamma * sigmoid(near) * softplus(-near)
        gradient += sigmoid(-x)
        gradient *= -self._focus(x)
        return gradient

    @elementwise
    def _hessian(self, x: Array) -> Array:
        # q^γ (γp ((γp - q) log 1/p + 2q) + pq), where q = 1 - p; q^γ comes in before γ² does.
        near = np.maximum(x, -_FAR)
        focus, p, q = self._focus(x), sigmoid(near), sigmoid(-near)
        steep = self.gamma * p
        bend = (steep - q) * softplus(-near)
        bend += 2.0 * q
        bend *= steep * focus
        bend += p * q * focus
        return bend

    def _focus(self, x: Array) -> Array:
        """Return (1 - p)^γ.

        Threat: far on either side 1 - p is 1 or 0 in float64. Remedy: the exponential of its
        logarithm times γ. Limit: an exponent near -700 costs three digits of sixteen.
        """
        if self.gamma == 0.0:
            return np.ones_like(x)
        exponent = softplus(x)
        exponent *= -self.gamma
        return np.exp(exponent, out=exponent)

    @elementwise
    def probability(self, score: Array) -> Array:
        """Return the sigmoid of the score, as it is usually read: right at γ = 0 alone."""
        return sigmoid(score)

    def _worked(self, x: float) -> str:
        rest = rf"\left(\frac{{1}}{{1 + \exp({latex(x)})}}\right)^{{{latex(self.gamma)}}}"
        return rf"{rest} \cdot \log\left(1 + \exp(-{enclosed(x)})\right)"

    @property
    def properties(self) -> Properties:
        lipschitz, smoothness = _focal_constants(self.gamma)
        plain = self.gamma == 0.0
        # L'' has the sign of 1 + 2γ - γ (1 - γeᵐ) log 1/p: below 0 from this place leftwards.
        bent = None if plain else -(3.0 + 1.0 / self.gamma + math.log1p(self.gamma))
        return self._weighing(
            Properties(
                lipschitz=lipschitz,
                smoothness=smoothness,
                strong_convexity=0.0,
                convex=plain,
                witness=None if bent is None else (2.0 * bent, bent),
                held=() if plain else (1.0,),
                calibrated=True,
                proper=plain,
                strictly_proper=plain,
            )
        )

    @property
    def strip(self) -> float | None:
        """π; from γ = 10 on None, since the loss falls so steeply that sums lose its small part."""
        return math.pi if self.gamma <= 10.0 else None


@functools.lru_cache(maxsize=1024)
def _focal_constants(gamma: float) -> tuple[float, float]:
    """Return the steepest slope and the strongest curvature of the focal loss.

    Its slope goes beyond the 1 of the far left, and comes back: where, no formula says.
    """
    loss = Focal(gamma)
    low = -60.0 - math.log1p(gamma)
    steepest = _summit(lambda m: -loss.gradient(m), low, 10.0)[1]
    strongest = _summit(lambda m: np.abs(loss.hessian(m)), low, 10.0)[1]
    return max(1.0, steepest), strongest


@final
@dataclasses.dataclass(frozen=True)
class Brier(MarginLoss):
    """(1 - p)², where p = 1 / (1 + e⁻ᵐ) is the probability of what came true.

    That is the squared error of the probability, with no ½ and of one class: half of what Brier
    himself summed over both.
    """

    name: ClassVar[str] = "Brier"
    formula: ClassVar[str] = r"L(m) = (1 - p)^2,\quad p = \frac{1}{1 + e^{-m}}"
    source: ClassVar[Source] = Source(
        "Brier", 1950, "Verification of forecasts expressed in terms of probability"
    )
    estimates: ClassVar[str] = "log-odds"
    story: ClassVar[str] = (
        "The squared distance from the probability to what came true: never more than 1,"
        " so that a point that is hopelessly wrong is let go."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall(
            "torch.nn.functional.mse_loss(torch.sigmoid(score), (label + 1) / 2)", "mean"
        ),
        "Keras": FrameworkCall(
            "keras.losses.MeanSquaredError()((label + 1) / 2, keras.ops.sigmoid(score))", "mean"
        ),
        "Optax": FrameworkCall(
            "optax.squared_error(jax.nn.sigmoid(score), (label + 1) / 2)", "none"
        ),
        "scikit-learn": FrameworkCall(
            "sklearn.metrics.brier_score_loss(label, scipy.special.expit(score), labels=[-1, 1])",
            "mean",
        ),
    }
    code_value: ClassVar[str] = "1 / (1 + np.exp(m))**2"
    code_gradient: ClassVar[str] = "-2 / (1 + np.exp(-m)) / (1 + np.exp(m))**2"

    @elementwise
    def _value(self, x: Array) -> Array:
        rest = sigmoid(-x)
        rest *= rest
        return rest

    @elementwise
    def _gradient(self, x: Array) -> Array:
        return -2.0 * sigmoid_slope(x) * sigmoid(-x)

    @elementwise
    def _hessian(self, x: Array) -> Array:
        # 2p (1 - p)² (3p - 1)
        p = sigmoid(x)
        return 2.0 * sigmoid_slope(x) * sigmoid(-x) * (3.0 * p - 1.0)

    @elementwise
    def probability(self, score: Array) -> Array:
        """Return the sigmoid of the score."""
        return sigmoid(score)

    def _worked(self, x: float) -> str:
        return rf"\left(1 - \frac{{1}}{{1 + \exp(-{enclosed(x)})}}\right)^2"

    @property
    def properties(self) -> Properties:
        most_bent = (9.0 + math.sqrt(33.0)) / 24.0  # the p at which L'' is largest
        return Properties(
            lipschitz=8.0 / 27.0,
            smoothness=2.0 * most_bent * (1.0 - most_bent) ** 2 * (3.0 * most_bent - 1.0),
            strong_convexity=0.0,
            convex=False,
            witness=(-3.0, -1.0),
            held=(1.0,),
            bound=1.0,
            redescending=True,
            calibrated=True,
            proper=True,
            strictly_proper=True,
        )

    @property
    def strip(self) -> float:
        return math.pi


MARGIN_LOSSES: tuple[type[MarginLoss], ...] = (
    LogisticLoss,
    WeightedLogisticLoss,
    SmoothedLogisticLoss,
    Hinge,
    SquaredHinge,
    ModifiedHuber,
    Perceptron,
    Exponential,
    ZeroOne,
    Focal,
    Brier,
)


@dataclasses.dataclass(frozen=True)
class ProbabilityLoss(ScalarLoss):
    """A loss of p, the probability that was given to what came true.

    Each is written once, through a link: a link has the digits of 1 - p and of both logarithms
    where p is as good as 0 or 1. Of a bare probability that link is the identity.
    """

    task: ClassVar[str] = "Binary classification"
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument("probability", "p", "given to what came true", PROBABILITY, moves=True),
    )

    def value(self, x: ArrayLike) -> Array:
        return self.value_through(IdentityLink(), self._checked(x))

    def gradient(self, x: ArrayLike) -> Array:
        return self.gradient_through(IdentityLink(), self._checked(x))

    def hessian(self, x: ArrayLike) -> Array:
        return self.hessian_through(IdentityLink(), self._checked(x))

    def value_of(self, probability: ArrayLike, label: ArrayLike) -> Array:
        """Return what a probability of the positive class costs when this label comes true.

        Raises: `DomainError` where a number is no probability or no label, or shapes do not match.
        """
        return self._either(self.value_through, probability, label)

    def gradient_of(self, probability: ArrayLike, label: ArrayLike) -> Array:
        """Return the derivative of `value_of` by the probability of the positive class."""
        return self._either(self.gradient_through, probability, label)

    def hessian_of(self, probability: ArrayLike, label: ArrayLike) -> Array:
        """Return the second derivative of `value_of`."""
        return self._either(self.hessian_through, probability, label)

    @abstractmethod
    def value_through(self, link: Link, score: Array) -> Array:
        """Return the loss of the probability that a score stands for."""

    @abstractmethod
    def gradient_through(self, link: Link, score: Array) -> Array:
        """Return its derivative by the score."""

    @abstractmethod
    def hessian_through(self, link: Link, score: Array) -> Array:
        """Return its second derivative by the score."""

    @property
    @abstractmethod
    def on_logits(self) -> MarginLoss:
        """This loss through the logit, written out as a loss of the margin."""

    @property
    @abstractmethod
    def code_value(self) -> str:
        """The value as a NumPy expression in `p` and the parameters."""

    @property
    @abstractmethod
    def code_gradient(self) -> str:
        """The gradient as a NumPy expression in `p` and the parameters."""

    @abstractmethod
    def written(self, p: str) -> str:
        """Return the formula in LaTeX with this in the place of p."""

    def worked(self, x: float) -> str:
        """Return the formula at x in LaTeX, with its numbers plugged in."""
        return self.written(factor(x))

    @property
    def section(self) -> Section:
        return Section(
            "probability of what came true p",
            (0.01, 1.0),
            self.value,
            self.gradient,
            self.hessian,
            domain=(0.0, 1.0),
        )

    def _checked(self, x: ArrayLike) -> Array:
        return PROBABILITY.checked(type(self).__name__, "probability", x)

    def _either(
        self, curve: Callable[[Link, Array], Array], probability: ArrayLike, label: ArrayLike
    ) -> Array:
        """Return the curve of p where the label is positive, and of 1 - p where it is not."""
        owner, p = type(self).__name__, self._checked(probability)
        labels = LABEL.checked(owner, "label", label)
        together(owner, probability=p.shape, label=labels.shape)
        return np.where(labels > 0.0, curve(IdentityLink(), p), curve(ComplementLink(), p))[()]


@final
@dataclasses.dataclass(frozen=True)
class BinaryCrossEntropy(ProbabilityLoss):
    """-log p: 0 for a probability of 1, infinite for a probability of 0."""

    name: ClassVar[str] = "Binary cross-entropy"
    formula: ClassVar[str] = r"L(p) = -\log p"
    source: ClassVar[Source] = Source("Good", 1952, "Rational decisions")
    estimates: ClassVar[str] = "probability"
    story: ClassVar[str] = (
        "How surprising it is that this came true: nothing when it was certain,"
        " without limit when it was ruled out."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall(
            "torch.nn.functional.binary_cross_entropy(probability, (label + 1) / 2)",
            "mean",
            note="It stops at 100, where ours goes on to infinity.",
        ),
        "Keras": FrameworkCall(
            "keras.losses.BinaryCrossentropy()((label + 1) / 2, probability)",
            "mean",
            note="It keeps probabilities 1e-7 away from 0 and 1.",
        ),
        "Optax": None,
        "scikit-learn": FrameworkCall(
            "sklearn.metrics.log_loss(label, probability, labels=[-1, 1])",
            "mean",
            note="It keeps probabilities 2e-16 away from 0 and 1.",
        ),
    }
    code_value: ClassVar[str] = "-np.log(p)"
    code_gradient: ClassVar[str] = "-1 / p"

    def value_through(self, link: Link, score: Array) -> Array:
        return 0.0 - link.log_probability(score)

    def gradient_through(self, link: Link, score: Array) -> Array:
        return -link.log_slope(score)

    def hessian_through(self, link: Link, score: Array) -> Array:
        return 0.0 - link.log_curvature(score)

    @property
    def on_logits(self) -> LogisticLoss:
        return LogisticLoss()

    def written(self, p: str) -> str:
        return rf"-\log {p}"

    @property
    def properties(self) -> Properties:
        return Properties(
            lipschitz=math.inf,
            steep=_RULED_OUT,
            smoothness=math.inf,
            strong_convexity=1.0,
            convex=True,
            calibrated=True,
            proper=True,
            strictly_proper=True,
        )


@final
@dataclasses.dataclass(frozen=True)
class SquaredProbability(ProbabilityLoss):
    """(1 - p)², with no ½: the Brier score of one class, half of what Brier summed over both."""

    name: ClassVar[str] = "Squared error of the probability"
    formula: ClassVar[str] = "L(p) = (1 - p)^2"
    source: ClassVar[Source] = Brier.source
    estimates: ClassVar[str] = "probability"
    story: ClassVar[str] = (
        "The squared gap between the probability and certainty:"
        " even to rule out what came true costs no more than 1."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall(
            "torch.nn.functional.mse_loss(probability, (label + 1) / 2)", "mean"
        ),
        "Keras": FrameworkCall(
            "keras.losses.MeanSquaredError()((label + 1) / 2, probability)", "mean"
        ),
        "Optax": FrameworkCall("optax.squared_error(probability, (label + 1) / 2)", "none"),
        "scikit-learn": FrameworkCall(
            "sklearn.metrics.brier_score_loss(label, probability, labels=[-1, 1])", "mean"
        ),
    }
    code_value: ClassVar[str] = "(1 - p)**2"
    code_gradient: ClassVar[str] = "-2 * (1 - p)"

    def value_through(self, link: Link, score: Array) -> Array:
        return link.complement(score) ** 2

    def gradient_through(self, link: Link, score: Array) -> Array:
        return -2.0 * link.complement(score) * link.slope(score)

    def hessian_through(self, link: Link, score: Array) -> Array:
        return 2.0 * (link.slope(score) ** 2 - link.complement(score) * link.curvature(score))

    @property
    def on_logits(self) -> Brier:
        return Brier()

    def written(self, p: str) -> str:
        return f"(1 - {p})^2"

    @property
    def properties(self) -> Properties:
        return Properties(
            lipschitz=2.0,
            smoothness=2.0,
            strong_convexity=2.0,
            convex=True,
            bound=1.0,
            calibrated=True,
            proper=True,
            strictly_proper=True,
        )

    @property
    def pieces(self) -> Pieces:
        return Pieces(kinks=(), polynomials=((1.0, -2.0, 1.0),))


@final
@dataclasses.dataclass(frozen=True)
class FocalProbability(ProbabilityLoss):
    """(1 - p)^γ log 1/p, the focal loss as its authors draw it: over the probability."""

    gamma: float = parameter(
        2.0,
        symbol=r"\gamma",
        meaning="how strongly probabilities that are already high are turned down",
        low=0.0,
        high=10.0,
        step=0.1,
        minimum=0.0,
        open_maximum=True,
    )

    name: ClassVar[str] = "Focal loss of the probability"
    formula: ClassVar[str] = r"L(p) = -(1 - p)^\gamma \log p"
    source: ClassVar[Source] = dataclasses.replace(Focal.source, equation="eq. (4)")
    estimates: ClassVar[str] = "probability, drawn towards a half as γ grows"
    story: ClassVar[str] = (
        "Cross-entropy that hardly looks at what is already likely;"
        " the price is that honest probabilities no longer cost least."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": None,
        "Keras": FrameworkCall(
            "keras.losses.BinaryFocalCrossentropy(gamma=gamma)((label + 1) / 2, probability)",
            "mean",
            note="It keeps probabilities 1e-7 away from 0 and 1.",
        ),
        "Optax": None,
        "scikit-learn": None,
    }
    code_value: ClassVar[str] = "-(1 - p)**gamma * np.log(p)"
    code_gradient: ClassVar[str] = "gamma * (1 - p)**(gamma - 1) * np.log(p) - (1 - p)**gamma / p"

    @_overflow_is_infinity
    def value_through(self, link: Link, score: Array) -> Array:
        return self._focus(link, score) * (0.0 - link.log_probability(score))

    @_overflow_is_infinity
    def gradient_through(self, link: Link, score: Array) -> Array:
        pull = self._ratio(link, score) * link.slope(score) * self.gamma
        return -self._focus(link, score) * (pull + link.log_slope(score))

    @_overflow_is_infinity
    def hessian_through(self, link: Link, score: Array) -> Array:
        slope, ratio = link.slope(score), self._ratio(link, score)
        twice = 2.0 * _tame(link.log_slope(score)) + ratio * slope * (self.gamma - 1.0)
        bend = self.gamma * _tame(link.hazard(score)) * twice
        bend -= ratio * link.curvature(score) * self.gamma + link.log_curvature(score)
        bend *= self._focus(link, score)
        if self.gamma == 0.0:
            return bend

        # Threat: next to p = 1 the last factor is 0 where the first is infinite, if the link gets
        # there with a slope: the identity does. Remedy: the first two terms by rising powers of
        # what is left. Limit: they are all of it in float64 where that is below 1e-17.
        rest, power = link.complement(score), self.gamma + 1.0
        with np.errstate(divide="ignore"):
            near = power * (
                self.gamma * rest ** (power - 2.0) + 0.5 * (power + 1.0) * rest**self.gamma
            )
        return np.where((rest < 1e-17) & (np.abs(slope) == 1.0), near, bend)[()]

    def _focus(self, link: Link, score: Array) -> Array:
        """Return (1 - p)^γ, by its logarithm."""
        if self.gamma == 0.0:
            return np.ones_like(score)
        return np.exp(self.gamma * link.log_complement(score))

    @staticmethod
    def _ratio(link: Link, score: Array) -> Array:
        """Return log(1/p) / (1 - p), which is 1 where p is."""
        rest = link.complement(score)
        ratio = -link.log_probability(score) / np.maximum(rest, 1e-17)
        return _tame(np.where(rest < 1e-17, 1.0, ratio))

    @property
    def on_logits(self) -> Focal:
        return Focal(self.gamma)

    def written(self, p: str) -> str:
        return rf"-(1 - {p})^{{{latex(self.gamma)}}} \cdot \log {p}"

    @property
    def properties(self) -> Properties:
        plain = self.gamma == 0.0
        return Properties(
            lipschitz=math.inf,
            steep=_RULED_OUT,
            smoothness=math.inf,
            strong_convexity=_focal_strong_convexity(self.gamma),
            convex=True,
            calibrated=True,
            proper=plain,
            strictly_proper=plain,
        )


@functools.lru_cache(maxsize=1024)
def _focal_strong_convexity(gamma: float) -> float:
    """Return the lowest curvature of the focal loss over the probability.

    It lies at p = 1, unless 0 < γ < 1: then somewhere between, where no formula says.
    """
    loss = FocalProbability(gamma)
    if not 0.0 < gamma < 1.0:
        return float(loss.hessian(1.0))
    through = functools.partial(loss.hessian_through, ComplementLink())
    return -_summit(lambda u: -through(np.exp(u)), -745.0, 0.0)[1]


PROBABILITY_LOSSES: tuple[type[ProbabilityLoss], ...] = (
    BinaryCrossEntropy,
    SquaredProbability,
    FocalProbability,
)


@final
@dataclasses.dataclass(frozen=True)
class Composite(MarginLoss):
    """A loss of probabilities made a loss of scores by a link.

    Through an odd link it is one of the margin. Through the identity the score is the probability,
    and x is the probability of what came true.
    """

    loss: ProbabilityLoss
    link: Link

    def __post_init__(self) -> None:
        super().__post_init__()
        if type(self.link) not in LINKS:
            raise ParameterError(f"Composite: link is {self.link}, expected one of LINKS.")

    source: ClassVar[Source] = Source("Reid and Williamson", 2010, "Composite binary losses")
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": None,
        "Keras": None,
        "Optax": None,
        "scikit-learn": None,
    }

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"{self.loss.name} through the {self.link.name} link"

    @property
    def formula(self) -> str:  # type: ignore[override]
        link = re.sub(r"(?<![\\a-z])s(?![a-z])", "m", self.link.formula)
        return rf"{self.loss.formula},\quad {link}"

    @property
    def estimates(self) -> str:  # type: ignore[override]
        return f"{self.loss.estimates}, through the {self.link.name} link"

    @property
    def story(self) -> str:  # type: ignore[override]
        return f"{self.loss.story} The {self.link.name} link reads the probability off the score."

    @property
    def arguments(self) -> tuple[Argument, ...]:  # type: ignore[override]
        if self.link.odd:
            return MarginLoss.arguments
        return (*self.loss.arguments, MarginLoss.arguments[1])

    def value_of(self, score: ArrayLike, label: ArrayLike) -> Array:
        if self.link.odd:
            return super().value_of(score, label)
        return self.loss.value_of(score, label)

    def gradient_of(self, score: ArrayLike, label: ArrayLike) -> Array:
        if self.link.odd:
            return super().gradient_of(score, label)
        return self.loss.gradient_of(score, label)

    def hessian_of(self, score: ArrayLike, label: ArrayLike) -> Array:
        if self.link.odd:
            return super().hessian_of(score, label)
        return self.loss.hessian_of(score, label)

    def _value(self, x: ArrayLike) -> Array:
        return self._through(x, self.loss.value, self.loss.value_through)

    def _gradient(self, x: ArrayLike) -> Array:
        return self._through(x, self.loss.gradient, self.loss.gradient_through)

    def _hessian(self, x: ArrayLike) -> Array:
        return self._through(x, self.loss.hessian, self.loss.hessian_through)

    def _through(
        self,
        x: ArrayLike,
        plain: Callable[[ArrayLike], Array],
        through: Callable[[Link, Array], Array],
    ) -> Array:
        if not self.link.odd:
            return plain(x)
        return through(self.link, np.asarray(x, dtype=np.float64))

    def probability(self, score: ArrayLike) -> Array:
        """Return the probability by the link."""
        return self.link.probability(score)

    @property
    def code_value(self) -> str:
        """The value as an expression in `m` and the parameters of the loss; SciPy's too."""
        return re.sub(r"\bp\b", f"({_in_margin(self.link.code)})", self.loss.code_value)

    @property
    def code_gradient(self) -> str:
        by_p = re.sub(r"\bp\b", f"({_in_margin(self.link.code)})", self.loss.code_gradient)
        return f"({by_p}) * {_in_margin(self.link.code_slope)}"

    def _worked(self, x: float) -> str:
        return self.loss.written(self.link.worked(x))

    @property
    def section(self) -> Section:
        return super().section if self.link.odd else self.loss.section

    @property
    def properties(self) -> Properties:
        if not self.link.odd:
            return self.loss.properties
        if isinstance(self.link, LogitLink):
            return self.loss.on_logits.properties
        return _surveyed(self)

    @property
    def strip(self) -> float | None:
        """That of the same loss written out, through the logit; through others none is known."""
        return self.loss.on_logits.strip if isinstance(self.link, LogitLink) else None


def _in_margin(code: str) -> str:
    """Return an expression in `s` as one in `m`."""
    return re.sub(r"\bs\b", "m", code)


@functools.lru_cache(maxsize=256)
def _surveyed(loss: Composite) -> Properties:
    """Return what is known of a composite, found by looking: from -60 to 60, and far out."""
    steepest = _summit(lambda m: np.abs(loss.gradient(m)), -60.0, 60.0)[1]
    strongest = _summit(lambda m: np.abs(loss.hessian(m)), -60.0, 60.0)[1]
    witness = _dent(loss, _summit(lambda m: -loss.hessian(m), -60.0, 60.0)[0])
    far_slope, far_bend = abs(float(loss.gradient(-_FAR))), abs(float(loss.hessian(-_FAR)))
    return dataclasses.replace(
        loss.loss.properties,
        lipschitz=math.inf if far_slope > 1e100 else max(steepest, far_slope),
        steep=None,
        smoothness=max(strongest, far_bend),
        strong_convexity=0.0,
        convex=witness is None,
        witness=witness,
        held=() if witness is None else (1.0,),
        redescending=far_slope == 0.0,
    )


def _dent(loss: Composite, place: float) -> tuple[float, float] | None:
    """Return two margins about a place whose chord passes well below the loss, if there are any."""
    widths = 2.0 ** np.arange(-6.0, 4.0)
    ends = place - widths, place + widths
    middle = float(loss.value(place))
    rises = middle - 0.5 * (loss.value(ends[0]) + loss.value(ends[1]))
    best = int(np.argmax(rises))
    if rises[best] <= 1e-12 * middle:
        return None
    return float(ends[0][best]), float(ends[1][best])
