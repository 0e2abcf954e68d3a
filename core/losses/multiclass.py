"""Losses of logits, one per class: what a classifier pays when one of several classes is true."""

import dataclasses
import math
from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.declare import parameter
from core.losses.base import (
    Argument,
    Array,
    FrameworkCall,
    Loss,
    Properties,
    Section,
    Source,
)
from core.losses.domain import CLASSES, FINITE, SIMPLEX, DomainError, together
from core.worked import enclosed, factor, latex

Indices = NDArray[np.intp]

# Threat: two logits far apart in float64 differ by more than it holds, and NumPy warns. Remedy: the
# infinity is the right answer to hand on, or its exponential is the right 0. Limit: none known.
_overflow_is_infinity = np.errstate(over="ignore")

_LONG_GONE = 1e3  # the exponential of its negative is 0

_LOGITS = Argument("logits", "z", "one score for every class", FINITE, moves=True)
_ROWS = Argument("target", "t", "the probability of every class, or 1 for the true one", SIMPLEX)
_CLASS = Argument("target", "y", "the number of the true class", CLASSES)


def target_bytes(samples: int, classes: int) -> tuple[int, int]:
    """Return the bytes of one-hot targets in float64, and of the same as 64-bit class numbers."""
    return 8 * samples * classes, 8 * samples


def _at(array: Array, index: Indices) -> Array:
    """Return one element of each row."""
    return np.take_along_axis(array, index[..., None], axis=-1)[..., 0]


def _put(array: Array, index: Indices, values: ArrayLike) -> None:
    """Set one element of each row."""
    np.put_along_axis(array, index[..., None], np.asarray(values)[..., None], axis=-1)


def _summed_to(shape: tuple[int, ...], gradient: Array) -> Array:
    """Return the gradient with respect to what was broadcast: the sum over its copies."""
    extra = gradient.ndim - len(shape)
    copied = [i + extra for i, size in enumerate(shape) if size != gradient.shape[i + extra]]
    return gradient.sum(axis=(*range(extra), *copied)).reshape(shape)


@_overflow_is_infinity
def _powers(logits: Array) -> tuple[Indices, Array, Array]:
    """Return where the largest logit is, exp(z - largest) but 0 there, and the sum of these.

    Threat: next to a largest probability of almost 1 the others vanish, and with them all digits of
    1 - p and of log p. Remedy: the largest is kept out of the sum. Limit: an exponential has as
    many digits as the difference of logits that it is taken of, 13 at -700.
    """
    top = np.argmax(logits, axis=-1)
    powers = logits - _at(logits, top)[..., None]
    np.exp(powers, out=powers)
    _put(powers, top, 0.0)
    return top, powers, powers.sum(axis=-1)


def _half_lag(logits: Array, largest: Array) -> Array:
    """Return half of how far logits lie below the largest: the whole might leave float64."""
    return 0.5 * largest - 0.5 * logits


def _probability(top: Indices, powers: Array, rest: Array) -> Array:
    """Turn powers into probabilities, in place."""
    powers /= 1.0 + rest[..., None]
    _put(powers, top, 1.0 / (1.0 + rest))
    return powers


@final
@dataclasses.dataclass(frozen=True, eq=False)
class _Softmax:
    """What logits say of the classes, with all digits of what is near 0 and of what is near 1.

    p: the probabilities; c: 1 - p; top: where the largest is.
    half_lag + half_lag + log_total: -log p.
    """

    logits: Array
    top: Indices
    p: Array
    c: Array
    log_total: Array

    @classmethod
    def of(cls, logits: Array) -> "_Softmax":
        top, powers, rest = _powers(logits)
        p = _probability(top, powers, rest)
        c = 1.0 - p
        _put(c, top, rest / (1.0 + rest))
        return cls(logits, top, p, c, np.log1p(rest))

    @property
    def half_lag(self) -> Array:
        return _half_lag(self.logits, _at(self.logits, self.top)[..., None])

    @_overflow_is_infinity
    def surprise(self, weights: Array) -> Array:
        """Return the weighted sum of -log p, whose terms are all positive."""
        lag = (weights * self.half_lag).sum(axis=-1)
        return 2.0 * lag + self.log_total * weights.sum(axis=-1)

    def pull(self, weights: Array) -> Array:
        """Return the gradient of `surprise`, p Σw - w, with all its digits where p is near 1."""
        others = weights.sum(axis=-1, keepdims=True) - weights
        others *= self.p
        others -= weights * self.c
        return others

    @property
    def jacobian(self) -> Array:
        """The derivatives of the probabilities: diag(p) - p pᵀ."""
        spread = -self.p[..., :, None] * self.p[..., None, :]
        each = np.arange(self.p.shape[-1])
        spread[..., each, each] = self.p * self.c
        return spread

    @property
    def away(self) -> Array:
        """From p to each class being certain, one row for each: 1 - p at its own place, else -p."""
        away = np.repeat(-self.p[..., None, :], self.p.shape[-1], axis=-2)
        each = np.arange(self.p.shape[-1])
        away[..., each, each] = self.c
        return away

    @property
    def log_ratio(self) -> Array:
        """-log(p) / (1 - p), which is 1 where p is 1."""
        lag = np.minimum(self.half_lag, _LONG_GONE)
        surprise = lag + lag + self.log_total[..., None]
        return np.divide(surprise, self.c, out=np.ones_like(self.c), where=self.c > 0.0)


def _surprise_worked(logits: Array, true: int) -> str:
    """Return -log p of a class, with numbers: of leads, so that no digit is lost where p is 1."""
    lags = np.delete(logits, true) - logits[true]
    powers = " + ".join(rf"\exp({latex(float(lag))})" for lag in lags)
    return rf"\log\left(1 + {powers}\right)"


def _crossed(rows: Array, weights: Array) -> Array:
    """Return rowsᵀ diag(weights) rows."""
    return np.swapaxes(rows, -1, -2) @ (weights[..., None] * rows)


@dataclasses.dataclass(frozen=True)
class MulticlassLoss(Loss):
    """A loss of logits (..., K), and a target: a row of K probabilities, or one class number."""

    task: ClassVar[str] = "Multiclass classification"
    arguments: ClassVar[tuple[Argument, ...]] = (_LOGITS, _ROWS)
    places: ClassVar[tuple[str, ...]] = ()

    def value(self, logits: ArrayLike, target: ArrayLike) -> Array:
        """Return the loss of each sample: logits (..., K) in, (...) out."""
        return self._value(*self._checked(logits, target))[()]

    def gradient(self, logits: ArrayLike, target: ArrayLike) -> Array:
        """Return the derivatives of the sum of all values, in the shape of the logits."""
        gradient = self._gradient(*self._checked(logits, target))
        shape = np.shape(logits)
        return gradient if gradient.shape == shape else _summed_to(shape, gradient)

    def hessian(self, logits: ArrayLike, target: ArrayLike) -> Array:
        """Return the second derivatives of each sample's value, (..., K, K)."""
        return self._hessian(*self._checked(logits, target))

    def probability(self, logits: ArrayLike) -> Array:
        """Return softmax(logits), (..., K); it means what it says where the loss is proper."""
        return _probability(*_powers(self._checked_logits(logits)))

    @property
    def section(self) -> Section:
        target = 0 if self._numbered else (1.0, 0.0, 0.0)

        def logits(lead: Array) -> Array:
            return np.stack((lead, np.zeros_like(lead), np.zeros_like(lead)), axis=-1)

        return Section(
            axis="lead of the true class z",
            interval=(-6.0, 6.0),
            value=lambda lead: self.value(logits(lead), target),
            gradient=lambda lead: self.gradient(logits(lead), target)[..., 0],
            hessian=lambda lead: self.hessian(logits(lead), target)[..., 0, 0],
            held="three classes, the other two level",
            places=self.places,
        )

    def certain(self, true: ArrayLike, classes: int) -> Array:
        """Return the target that tells certain classes: their numbers, or rows with a one each."""
        numbers = np.asarray(true, dtype=np.intp)
        return numbers.astype(np.float64) if self._numbered else np.eye(classes)[numbers]

    def worked(self, logits: ArrayLike, true: int) -> str:
        """Return the formula in LaTeX for one row of logits and one certain class, with numbers."""
        row = self._checked_logits(logits)
        assert row.ndim == 1
        return self._worked(row, true)

    @abstractmethod
    def _worked(self, logits: Array, true: int) -> str:
        """Return the formula with numbers."""

    @abstractmethod
    def _value(self, logits: Array, target: Array) -> Array:
        """Return the loss of checked arguments, broadcast against each other."""

    @abstractmethod
    def _gradient(self, logits: Array, target: Array) -> Array:
        """Return the gradient of each sample's value."""

    @abstractmethod
    def _hessian(self, logits: Array, target: Array) -> Array:
        """Return the second derivatives of each sample's value."""

    @property
    def _numbered(self) -> bool:
        """Whether the target is a class number."""
        return self.arguments[1] is _CLASS

    def _checked_logits(self, logits: ArrayLike) -> Array:
        owner = type(self).__name__
        checked = _LOGITS.domain.checked(owner, _LOGITS.name, logits)
        if checked.ndim == 0 or checked.shape[-1] < 2:
            raise DomainError(
                f"{owner}: logits have the shape {checked.shape},"
                " expected at least two classes along the last axis."
            )
        return checked

    def _checked(self, logits: ArrayLike, target: ArrayLike) -> tuple[Array, Array]:
        """Return logits and target, broadcast; a class number stays float64.

        Raises: `DomainError`.
        """
        owner = type(self).__name__
        scores = self._checked_logits(logits)
        told = self.arguments[1].domain.checked(owner, "target", target)
        classes = scores.shape[-1]
        if self._numbered:
            _assert_within(owner, told, classes)
            bare = {"logits[..., 0]": scores.shape[:-1], "target": told.shape}
            shape = together(owner, **bare)
            return np.broadcast_to(scores, (*shape, classes)), np.broadcast_to(told, shape)

        if told.shape[-1] != classes:
            raise DomainError(
                f"{owner}: target has {told.shape[-1]} classes, expected {classes} as in logits."
            )
        shape = together(owner, logits=scores.shape, target=told.shape)
        return np.broadcast_to(scores, shape), np.broadcast_to(told, shape)


def _assert_within(owner: str, numbers: Array, classes: int) -> None:
    """Refuse the number of a class that there is not."""
    beyond = np.argwhere(numbers >= classes)
    if not len(beyond):
        return
    where = tuple(int(i) for i in beyond[0])
    place = f"[{', '.join(map(str, where))}]" if where else ""
    raise DomainError(
        f"{owner}: target{place} is {numbers[where]:.0f},"
        f" expected a whole number from 0 to {classes - 1}: there are {classes} classes."
    )


@final
@dataclasses.dataclass(frozen=True)
class CategoricalCrossEntropy(MulticlassLoss):
    """-Σ t log p of a row of target probabilities, with p = softmax(logits).

    Its lowest value is the entropy of the target, which is 0 when one class is certain.
    """

    name: ClassVar[str] = "Categorical cross-entropy"
    formula: ClassVar[str] = r"L(z, t) = -\sum_k t_k \log p_k, \qquad p = \operatorname{softmax}(z)"
    source: ClassVar[Source] = Source(
        "Bridle",
        1990,
        "Probabilistic interpretation of feedforward classification network outputs,"
        " with relationships to statistical pattern recognition",
    )
    estimates: ClassVar[str] = "the probability of every class"
    story: ClassVar[str] = (
        "You pay for how surprised you are by what turns out true;"
        " to be sure and wrong costs without limit."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall("torch.nn.functional.cross_entropy(logits, target)", "mean"),
        "Keras": FrameworkCall(
            "keras.losses.CategoricalCrossentropy(from_logits=True)(target, logits)",
            "mean",
            note="Without from_logits=True it expects probabilities.",
        ),
        "Optax": FrameworkCall("optax.softmax_cross_entropy(logits, target)", "none"),
        "scikit-learn": FrameworkCall(
            "sklearn.metrics.log_loss(target, scipy.special.softmax(logits, axis=-1))",
            "mean",
            note="It wants one-hot targets, and lifts probabilities to 2e-16.",
        ),
    }

    def _worked(self, logits: Array, true: int) -> str:
        return _surprise_worked(logits, true)

    def _value(self, logits: Array, target: Array) -> Array:
        return _Softmax.of(logits).surprise(target)

    def _gradient(self, logits: Array, target: Array) -> Array:
        return _Softmax.of(logits).pull(target)

    def _hessian(self, logits: Array, target: Array) -> Array:
        return target.sum(axis=-1)[..., None, None] * _Softmax.of(logits).jacobian

    @property
    def properties(self) -> Properties:
        return Properties(
            lipschitz=math.sqrt(2.0),
            smoothness=0.5,
            strong_convexity=0.0,
            convex=True,
            calibrated=True,
            proper=True,
            strictly_proper=True,
        )


@final
@dataclasses.dataclass(frozen=True)
class SparseCategoricalCrossEntropy(MulticlassLoss):
    """-log p of the true class, which is told by its number: no one-hot row is ever built."""

    arguments: ClassVar[tuple[Argument, ...]] = (_LOGITS, _CLASS)
    name: ClassVar[str] = "Sparse categorical cross-entropy"
    formula: ClassVar[str] = r"L(z, y) = -\log p_y, \qquad p = \operatorname{softmax}(z)"
    source: ClassVar[Source] = Source("Good", 1952, "Rational decisions")
    estimates: ClassVar[str] = "the probability of every class"
    story: ClassVar[str] = (
        "The same cost as categorical cross-entropy, to the last digit;"
        " only the true class is told by one number instead of a row of zeros and a one."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall("torch.nn.functional.cross_entropy(logits, target)", "mean"),
        "Keras": FrameworkCall(
            "keras.losses.SparseCategoricalCrossentropy(from_logits=True)(target, logits)",
            "mean",
            note="Without from_logits=True it expects probabilities.",
        ),
        "Optax": FrameworkCall(
            "optax.softmax_cross_entropy_with_integer_labels(logits, target)", "none"
        ),
        "scikit-learn": FrameworkCall(
            "sklearn.metrics.log_loss(target, scipy.special.softmax(logits, axis=-1),"
            " labels=range(logits.shape[-1]))",
            "mean",
            note="It lifts probabilities to 2e-16.",
        ),
    }

    def _worked(self, logits: Array, true: int) -> str:
        return _surprise_worked(logits, true)

    @_overflow_is_infinity
    def _value(self, logits: Array, target: Array) -> Array:
        top, _, rest = _powers(logits)
        true = _at(logits, target.astype(np.intp))
        return 2.0 * _half_lag(true, _at(logits, top)) + np.log1p(rest)

    def _gradient(self, logits: Array, target: Array) -> Array:
        true = target.astype(np.intp)
        top, powers, rest = _powers(logits)
        gradient = _probability(top, powers, rest)
        # p - 1, which is minus all the others together.
        missing = np.where(true == top, rest / (1.0 + rest), 1.0 - _at(gradient, true))
        _put(gradient, true, -missing)
        return gradient

    def _hessian(self, logits: Array, target: Array) -> Array:
        return _Softmax.of(logits).jacobian

    @property
    def properties(self) -> Properties:
        return CategoricalCrossEntropy().properties


@final
@dataclasses.dataclass(frozen=True)
class LabelSmoothing(MulticlassLoss):
    """Cross-entropy with a share ε of every target row spread evenly over all K classes.

    With one class certain, the best logits are finite: it leads by log((1 - ε + ε/K) / (ε/K)).
    """

    epsilon: float = parameter(
        0.1,
        symbol=r"\varepsilon",
        meaning="the share of the target that is spread over all classes alike",
        low=0.0,
        high=0.9,
        step=0.01,
        minimum=0.0,
        maximum=1.0,
        open_maximum=True,
    )

    name: ClassVar[str] = "Label smoothing"
    formula: ClassVar[str] = (
        r"L(z, t) = -\sum_k \Bigl((1 - \varepsilon)\,t_k + \frac{\varepsilon}{K}\Bigr) \log p_k,"
        r" \qquad p = \operatorname{softmax}(z)"
    )
    source: ClassVar[Source] = Source(
        "Szegedy, Vanhoucke, Ioffe, Shlens and Wojna",
        2016,
        "Rethinking the Inception architecture for computer vision",
        "section 7",
    )
    estimates: ClassVar[str] = "the probability of every class, a share ε of it evened out"
    story: ClassVar[str] = (
        "Nobody is allowed to be quite sure: each class keeps a little of the target,"
        " so a lead beyond a certain size costs again."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall(
            "torch.nn.functional.cross_entropy(logits, target, label_smoothing=epsilon)", "mean"
        ),
        "Keras": FrameworkCall(
            "keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=epsilon)"
            "(target, logits)",
            "mean",
        ),
        "Optax": FrameworkCall(
            "optax.softmax_cross_entropy(logits, optax.smooth_labels(target, epsilon))", "none"
        ),
        "scikit-learn": None,
    }

    def _smoothed(self, target: Array) -> Array:
        """Return the target rows with ε spread evenly."""
        return (1.0 - self.epsilon) * target + self.epsilon / target.shape[-1]

    def _worked(self, logits: Array, true: int) -> str:
        leads = " + ".join(enclosed(float(lead)) for lead in logits[true] - np.delete(logits, true))
        share = rf"\tfrac{{{latex(self.epsilon)}}}{{{len(logits)}}}"
        return rf"{_surprise_worked(logits, true)} + {share} \cdot \left({leads}\right)"

    def _value(self, logits: Array, target: Array) -> Array:
        return _Softmax.of(logits).surprise(self._smoothed(target))

    def _gradient(self, logits: Array, target: Array) -> Array:
        return _Softmax.of(logits).pull(self._smoothed(target))

    def _hessian(self, logits: Array, target: Array) -> Array:
        weight = self._smoothed(target).sum(axis=-1)
        return weight[..., None, None] * _Softmax.of(logits).jacobian

    @property
    def properties(self) -> Properties:
        """Return the constants; the steepest slope is that of ever more classes."""
        told_as_it_is = self.epsilon == 0.0
        return Properties(
            lipschitz=math.hypot(1.0, 1.0 - self.epsilon),
            smoothness=0.5,
            strong_convexity=0.0,
            convex=True,
            calibrated=True,
            proper=told_as_it_is,
            strictly_proper=told_as_it_is,
        )


@final
@dataclasses.dataclass(frozen=True)
class MulticlassHinge(MulticlassLoss):
    """max(0, Δ + largest other logit - logit of the true class), after Crammer and Singer.

    Where several others tie for the largest, the gradient is shared among them in equal parts;
    where the margin is just met, it is 0. Of more than two classes, none of which has a majority,
    the best logits are level: it does not tell which one is likeliest (Liu, 2007).
    """

    margin: float = parameter(
        1.0,
        symbol=r"\Delta",
        meaning="the lead over every other class from which on nothing is charged",
        low=0.1,
        high=5.0,
        step=0.1,
        minimum=0.0,
        open_minimum=True,
        open_maximum=True,
    )

    arguments: ClassVar[tuple[Argument, ...]] = (_LOGITS, _CLASS)
    places: ClassVar[tuple[str, ...]] = ("margin",)
    name: ClassVar[str] = "Multiclass hinge"
    formula: ClassVar[str] = r"L(z, y) = \max\bigl(0,\; \Delta + \max_{j \ne y} z_j - z_y\bigr)"
    source: ClassVar[Source] = Source(
        "Crammer and Singer",
        2001,
        "On the algorithmic implementation of multiclass kernel-based vector machines",
    )
    estimates: ClassVar[str] = "the class with a majority, if there is one"
    story: ClassVar[str] = (
        "Only the strongest rival counts: once the true class leads it by the margin,"
        " nothing more is asked."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": None,
        "Keras": FrameworkCall(
            "margin * keras.losses.CategoricalHinge()"
            "(keras.ops.one_hot(target, logits.shape[-1]),"
            " (logits - keras.ops.min(logits, axis=-1, keepdims=True)) / margin)",
            "mean",
            note="It counts a 0 in place of the true class among the others:"
            " without the shift it is ours only where another logit is positive.",
        ),
        "Optax": FrameworkCall(
            "margin * optax.losses.multiclass_hinge_loss(logits / margin, target)", "none"
        ),
        "scikit-learn": FrameworkCall(
            "margin * sklearn.metrics.hinge_loss(target, logits / margin,"
            " labels=range(logits.shape[-1]))",
            "mean",
            note="Of two classes it wants one score, not two.",
        ),
    }

    def _worked(self, logits: Array, true: int) -> str:
        rival = enclosed(float(np.delete(logits, true).max()))
        mine = enclosed(float(logits[true]))
        return rf"\max\bigl({latex(self.margin)} + {rival} - {mine},\; 0\bigr)"

    @_overflow_is_infinity
    def _value(self, logits: Array, target: Array) -> Array:
        true = target.astype(np.intp)
        lead = _at(logits, true) - self._others(logits, true).max(axis=-1)
        return np.maximum(self.margin - lead, 0.0)

    @_overflow_is_infinity
    def _gradient(self, logits: Array, target: Array) -> Array:
        true = target.astype(np.intp)
        others = self._others(logits, true)
        largest = others.max(axis=-1, keepdims=True)
        gradient = np.equal(others, largest).astype(np.float64)
        gradient /= gradient.sum(axis=-1, keepdims=True)
        _put(gradient, true, -1.0)
        gradient[_at(logits, true) - largest[..., 0] >= self.margin] = 0.0
        return gradient

    def _hessian(self, logits: Array, target: Array) -> Array:
        return np.zeros((*logits.shape, logits.shape[-1]))

    @staticmethod
    def _others(logits: Array, true: Indices) -> Array:
        """Return the logits of all but the true class, whose place no largest can be."""
        others = logits.copy()
        _put(others, true, -math.inf)
        return others

    @property
    def properties(self) -> Properties:
        return Properties(
            lipschitz=math.sqrt(2.0),
            smoothness=math.inf,
            strong_convexity=0.0,
            convex=True,
            kinks=(self.margin,),
            calibrated=False,
        )


@final
@dataclasses.dataclass(frozen=True)
class MulticlassFocal(MulticlassLoss):
    """-Σ t (1 - p)^γ log p of a row of target probabilities: cross-entropy when γ is 0."""

    gamma: float = parameter(
        2.0,
        symbol=r"\gamma",
        meaning="how quickly a class that is told well ceases to count",
        low=0.0,
        high=5.0,
        step=0.1,
        minimum=0.0,
        open_maximum=True,
    )

    name: ClassVar[str] = "Multiclass focal"
    formula: ClassVar[str] = (
        r"L(z, t) = -\sum_k t_k\,(1 - p_k)^{\gamma} \log p_k,"
        r" \qquad p = \operatorname{softmax}(z)"
    )
    source: ClassVar[Source] = Source(
        "Lin, Goyal, Girshick, He and Dollár",
        2017,
        "Focal loss for dense object detection",
        "eq. (4)",
    )
    estimates: ClassVar[str] = "the order of the classes by probability"
    story: ClassVar[str] = (
        "What is already told well hardly counts, so the effort goes where it is still hard."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": None,
        "Keras": FrameworkCall(
            "keras.losses.CategoricalFocalCrossentropy(alpha=1.0, gamma=gamma, from_logits=True)"
            "(target, logits)",
            "mean",
            note="Its own alpha is 0.25; it keeps probabilities 1e-7 away from 0 and 1.",
        ),
        "Optax": None,
        "scikit-learn": None,
    }

    def _worked(self, logits: Array, true: int) -> str:
        missing = factor(float(_Softmax.of(logits).c[true]))
        return rf"{missing}^{{{latex(self.gamma)}}} \cdot {_surprise_worked(logits, true)}"

    def _value(self, logits: Array, target: Array) -> Array:
        told = _Softmax.of(logits)
        return told.surprise(target * told.c**self.gamma)

    def _gradient(self, logits: Array, target: Array) -> Array:
        told = _Softmax.of(logits)
        return told.pull(target * self._force(told))

    def _hessian(self, logits: Array, target: Array) -> Array:
        told = _Softmax.of(logits)
        p, c = told.p, told.c
        surprise = c * told.log_ratio
        bend = 2.0 - surprise + (self.gamma - 1.0) * p * told.log_ratio
        bend *= target * self.gamma * p * c ** (self.gamma + 1.0)

        # Threat: below γ = 1 the second derivative by p is infinite where p is 1. Remedy: of each
        # row of (1 - p, -p, ...) a factor of 1 - p is taken out, and its square put into `bend`.
        # Limit: none known.
        blame = np.zeros((*p.shape, p.shape[-1]))
        np.divide(told.away, c[..., None], out=blame, where=c[..., None] > 0.0)
        force = (target * self._force(told)).sum(axis=-1)
        return _crossed(blame, bend) + force[..., None, None] * told.jacobian

    def _force(self, told: _Softmax) -> Array:
        """Return -p times the derivative of the cost by p, for each class were it the true one."""
        return told.c**self.gamma * (1.0 + self.gamma * told.p * told.log_ratio)

    @property
    def properties(self) -> Properties:
        """Return the constants: of all numbers of classes two are the worst.

        Limit: the hollow that the witness shows is e^(-1/γ) deep, too shallow for float64 when γ is
        below 0.04.
        """
        plain = self.gamma == 0.0
        steepest = self._steepest
        witness = ((steepest - 4.0, 0.0), (steepest, 0.0))
        return Properties(
            lipschitz=math.sqrt(2.0) * float(self._slope(np.array(steepest))),
            smoothness=2.0 * self._largest_curvature,
            strong_convexity=0.0,
            convex=plain,
            witness=None if plain else witness,
            held=() if plain else ((1.0, 0.0),),
            calibrated=True,
            proper=plain,
            strictly_proper=plain,
        )

    def _slope(self, lead: Array) -> Array:
        """Return the size of the slope along the lead of the true class of two."""
        told = _Softmax.of(np.stack((lead, np.zeros_like(lead)), axis=-1))
        return (self._force(told) * told.c)[..., 0]

    @property
    def _steepest(self) -> float:
        """The lead of the true class of two at which the slope is largest; -∞ when γ is 0.

        With u = log p it is where (1 - p)(1 + 2γ + γu) = γ² p u, between -2 - 1/γ - γ and
        -2 - 1/γ.
        """
        if self.gamma == 0.0:
            return -math.inf
        gamma, end = self.gamma, -2.0 - 1.0 / self.gamma
        low, high = end - gamma, end
        while low < (middle := 0.5 * (low + high)) < high:
            p = math.exp(middle)
            rising = gamma * p * middle > (1.0 - p) * (middle - end)
            low, high = (middle, high) if rising else (low, middle)
        return low - math.log1p(-math.exp(low))

    @property
    def _largest_curvature(self) -> float:
        """The largest second derivative along the lead of the true class of two."""
        low, high = -40.0 - math.log1p(self.gamma), 10.0
        for _ in range(5):
            lead = np.linspace(low, high, 201)
            hessian = self.hessian(np.stack((lead, np.zeros_like(lead)), axis=-1), (1.0, 0.0))
            best = int(np.argmax(hessian[..., 0, 0]))
            low, high = lead[max(best - 1, 0)], lead[min(best + 1, 200)]
        return float(hessian[best, 0, 0])


@final
@dataclasses.dataclass(frozen=True)
class MulticlassBrier(MulticlassLoss):
    """Σ (p - t)² over all classes, as Brier had it: of two classes, twice the binary score.

    Far on the wrong side the true class no longer pulls, but the others pull at each other until
    they are level: of more than two classes it does not redescend.
    """

    name: ClassVar[str] = "Multiclass Brier"
    formula: ClassVar[str] = r"L(z, t) = \sum_k (p_k - t_k)^2, \qquad p = \operatorname{softmax}(z)"
    source: ClassVar[Source] = Source(
        "Brier", 1950, "Verification of forecasts expressed in terms of probability"
    )
    estimates: ClassVar[str] = "the probability of every class"
    story: ClassVar[str] = (
        "The squared distance between what was forecast and what came;"
        " however wrong, it costs no more than 2."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall(
            "torch.nn.functional.mse_loss(torch.softmax(logits, -1), target, reduction='none')"
            ".sum(-1)",
            "none",
        ),
        "Keras": FrameworkCall(
            "logits.shape[-1] * keras.losses.MeanSquaredError()(target, keras.ops.softmax(logits))",
            "mean",
            note="It averages over the classes too, hence their number.",
        ),
        "Optax": FrameworkCall(
            "optax.squared_error(jax.nn.softmax(logits), target).sum(-1)", "none"
        ),
        "scikit-learn": FrameworkCall(
            "sklearn.metrics.brier_score_loss(target, scipy.special.softmax(logits, axis=-1),"
            " scale_by_half=False)",
            "mean",
            note="It wants one-hot targets.",
        ),
    }

    def _worked(self, logits: Array, true: int) -> str:
        told = _Softmax.of(logits)
        misses = [told.c[true], *np.delete(told.p, true)]
        return " + ".join(rf"{factor(float(miss))}^2" for miss in misses)

    def _value(self, logits: Array, target: Array) -> Array:
        miss = self._miss(_Softmax.of(logits), target)
        return (miss * miss).sum(axis=-1)

    def _gradient(self, logits: Array, target: Array) -> Array:
        told = _Softmax.of(logits)
        miss = self._miss(told, target)
        shares = told.p * miss
        lean = miss - shares.sum(axis=-1, keepdims=True)

        # Threat: next to a p of almost 1, its miss and the mean miss are the same float64. Remedy:
        # their difference is (1 - p) times the miss, less the shares of the others. Limit: none
        # known.
        mine = _at(miss, told.top) * _at(told.c, told.top)
        _put(shares, told.top, 0.0)
        _put(lean, told.top, mine - shares.sum(axis=-1))
        return 2.0 * told.p * lean

    def _hessian(self, logits: Array, target: Array) -> Array:
        told = _Softmax.of(logits)
        shares = told.p * self._miss(told, target)
        jacobian = told.jacobian
        mean = shares.sum(axis=-1)[..., None, None]
        return 2.0 * (jacobian @ jacobian + _crossed(told.away, shares) - mean * jacobian)

    @staticmethod
    def _miss(told: _Softmax, target: Array) -> Array:
        """Return p - t with all its digits; a target need not sum to 1 exactly."""
        excess = target.sum(axis=-1, keepdims=True) - 1.0
        return told.pull(target) - told.p * excess

    @property
    def properties(self) -> Properties:
        """Return the constants: of all numbers of classes two are the worst."""
        p = (9.0 + math.sqrt(33.0)) / 24.0  # where the second derivative along the lead is largest
        return Properties(
            lipschitz=math.sqrt(2.0) * 16.0 / 27.0,
            smoothness=8.0 * p * (1.0 - p) ** 2 * (3.0 * p - 1.0),
            strong_convexity=0.0,
            convex=False,
            witness=((-7.0, 0.0), (-1.0, 0.0)),
            held=((1.0, 0.0),),
            bound=2.0,
            calibrated=True,
            proper=True,
            strictly_proper=True,
        )


MULTICLASS_LOSSES: tuple[type[MulticlassLoss], ...] = (
    CategoricalCrossEntropy,
    SparseCategoricalCrossEntropy,
    LabelSmoothing,
    MulticlassHinge,
    MulticlassFocal,
    MulticlassBrier,
)
