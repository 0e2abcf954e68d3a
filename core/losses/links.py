"""Links: how a score stands for a probability, with the digits of both it and what is left."""

import dataclasses
import math
from abc import ABC, abstractmethod
from typing import ClassVar, final

import numpy as np
from numpy.typing import ArrayLike

from core.losses.base import Array, Source, elementwise
from core.losses.domain import ANY, PROBABILITY, Domain
from core.worked import enclosed, factor, latex

# At a probability of 0 or 1 logarithms and odds are infinite, and so are the reciprocals of what
# is nearly 0: the right answers, of which NumPy would warn.
_limits_are_infinite = np.errstate(divide="ignore", over="ignore")


def decay(x: Array) -> Array:
    """Return exp(-|x|) of a vector: it never overflows."""
    result = np.abs(x)
    np.negative(result, out=result)
    return np.exp(result, out=result)


def softplus(x: Array) -> Array:
    """Return log(1 + exp x) of a vector, to the last digits on both sides."""
    result = decay(x)
    np.log1p(result, out=result)
    result += np.maximum(x, 0.0)
    return result


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + exp(-x)) of a vector, to the last digits on both sides."""
    small = decay(x)
    result = np.where(x >= 0.0, 1.0, small)
    small += 1.0
    result /= small
    return result


def sigmoid_slope(x: Array) -> Array:
    """Return the derivative of the sigmoid of a vector, to the last digits on both sides."""
    result = decay(x)
    base = 1.0 + result
    result /= base
    result /= base
    return result


@dataclasses.dataclass(frozen=True)
class Link(ABC):
    """An increasing map between scores and probabilities. Every concrete link is final.

    Besides the probability p itself there are 1 - p and both their logarithms, because a loss needs
    their digits where p is as good as 0 or 1.

    odd: whether the opposite score has the opposite probability: p(-s) = 1 - p(s).
    code, code_slope: p and its derivative as NumPy expressions in `s`.
    """

    name: ClassVar[str]
    formula: ClassVar[str]
    source: ClassVar[Source]
    domain: ClassVar[Domain]
    code: ClassVar[str]
    code_slope: ClassVar[str]
    odd: ClassVar[bool] = False

    @abstractmethod
    def probability(self, score: ArrayLike) -> Array:
        """Return the probability p that the score stands for."""

    @abstractmethod
    def score(self, probability: ArrayLike) -> Array:
        """Return the score that stands for the probability; infinite where only that does.

        Raises: `DomainError` where it is no probability.
        """

    @abstractmethod
    def slope(self, score: ArrayLike) -> Array:
        """Return the derivative p' of the probability."""

    @abstractmethod
    def curvature(self, score: ArrayLike) -> Array:
        """Return the second derivative p'' of the probability."""

    @abstractmethod
    def log_probability(self, score: ArrayLike) -> Array:
        """Return log p."""

    @abstractmethod
    def log_slope(self, score: ArrayLike) -> Array:
        """Return the derivative of log p, which is p' / p."""

    @abstractmethod
    def log_curvature(self, score: ArrayLike) -> Array:
        """Return the second derivative of log p."""

    @abstractmethod
    def complement(self, score: ArrayLike) -> Array:
        """Return 1 - p with all its digits."""

    @abstractmethod
    def log_complement(self, score: ArrayLike) -> Array:
        """Return log(1 - p)."""

    @abstractmethod
    def hazard(self, score: ArrayLike) -> Array:
        """Return p' / (1 - p), the share of what is left that the next bit of score takes."""

    @abstractmethod
    def worked(self, score: float) -> str:
        """Return the probability in LaTeX, with the score plugged in."""


@dataclasses.dataclass(frozen=True)
class OddLink(Link):
    """A link that treats both labels alike: what is left of p is the p of the opposite score."""

    domain: ClassVar[Domain] = ANY
    odd: ClassVar[bool] = True

    def complement(self, score: ArrayLike) -> Array:
        return self.probability(np.negative(score))

    def log_complement(self, score: ArrayLike) -> Array:
        return self.log_probability(np.negative(score))

    def hazard(self, score: ArrayLike) -> Array:
        return self.log_slope(np.negative(score))


@final
@dataclasses.dataclass(frozen=True)
class LogitLink(OddLink):
    """The score is the logarithm of the odds, log p/(1 - p)."""

    name: ClassVar[str] = "logit"
    formula: ClassVar[str] = r"p(s) = \frac{1}{1 + e^{-s}}"
    source: ClassVar[Source] = Source(
        "Berkson", 1944, "Application of the logistic function to bio-assay"
    )
    code: ClassVar[str] = "1 / (1 + np.exp(-s))"
    code_slope: ClassVar[str] = "1 / (2 + 2 * np.cosh(s))"

    @elementwise
    def probability(self, score: Array) -> Array:
        return sigmoid(score)

    @_limits_are_infinite
    def score(self, probability: ArrayLike) -> Array:
        # Threat: near 1/2 the two logarithms cancel. Remedy: there the logit is 2 artanh(2p - 1),
        # in which 2p - 1 is exact. Limit: none known.
        p = PROBABILITY.checked(type(self).__name__, "probability", probability)
        middle = np.clip(p, 0.25, 0.75)
        near = 2.0 * np.arctanh(2.0 * middle - 1.0)
        return np.where(p == middle, near, np.log(p) - np.log1p(-p))[()]

    @elementwise
    def slope(self, score: Array) -> Array:
        return sigmoid_slope(score)

    @elementwise
    def curvature(self, score: Array) -> Array:
        return sigmoid_slope(score) * np.tanh(-0.5 * score)

    @elementwise
    def log_probability(self, score: Array) -> Array:
        return 0.0 - softplus(-score)

    @elementwise
    def log_slope(self, score: Array) -> Array:
        return sigmoid(-score)

    @elementwise
    def log_curvature(self, score: Array) -> Array:
        return 0.0 - sigmoid_slope(score)

    def worked(self, score: float) -> str:
        return rf"\frac{{1}}{{1 + \exp(-{enclosed(score)})}}"


# Where p' of the probit is 0 in float64.
_PROBIT_END = 40.0


@final
@dataclasses.dataclass(frozen=True)
class ProbitLink(OddLink):
    """The score is a place on the axis of a standard normal variable, with p to its left.

    Far out the digits of p are those of exp(-s²/2): 13 of them, as the exponent is near -700.
    """

    name: ClassVar[str] = "probit"
    formula: ClassVar[str] = r"p(s) = \Phi(s)"
    source: ClassVar[Source] = Source("Bliss", 1934, "The method of probits")
    code: ClassVar[str] = "scipy.special.ndtr(s)"
    code_slope: ClassVar[str] = "np.exp(-s**2 / 2) / np.sqrt(2 * np.pi)"

    def probability(self, score: ArrayLike) -> Array:
        from scipy.special import ndtr

        return ndtr(np.asarray(score, dtype=np.float64))

    def score(self, probability: ArrayLike) -> Array:
        from scipy.special import ndtri

        return ndtri(PROBABILITY.checked(type(self).__name__, "probability", probability))

    @elementwise
    def slope(self, score: Array) -> Array:
        near = np.clip(score, -_PROBIT_END, _PROBIT_END)
        return np.exp(-0.5 * near * near) / math.sqrt(2.0 * math.pi)

    @elementwise
    def curvature(self, score: Array) -> Array:
        near = np.clip(score, -_PROBIT_END, _PROBIT_END)
        return -near * self.slope(near)

    def log_probability(self, score: ArrayLike) -> Array:
        from scipy.special import log_ndtr

        return log_ndtr(np.asarray(score, dtype=np.float64)) + 0.0

    @elementwise
    def log_slope(self, score: Array) -> Array:
        # Threat: p' / p is 0 / 0 on the left. Remedy: √(2/π) / erfcx(-s/√2), in which both have
        # lost the same exp(-s²/2). Limit: left of -1e8 it is -s in float64, while erfcx would
        # lose its digits and then reach 0.
        from scipy.special import erfcx

        near = np.maximum(score, -1e8)
        slope = math.sqrt(2.0 / math.pi) / erfcx(near * -math.sqrt(0.5))
        return np.where(score < -1e8, -score, slope)

    @elementwise
    def log_curvature(self, score: Array) -> Array:
        near = np.clip(score, -1e8, 1e8)
        slope = self.log_slope(near)
        return 0.0 - slope * self._excess(near, slope)

    @staticmethod
    def _excess(score: Array, slope: Array) -> Array:
        """Return s + p' / p, which on the left is a small difference of two large numbers.

        Threat: at s = -t it has lost as many digits as t² has. Remedy: from t = 5 on Laplace's
        continued fraction, 1/(t + 2/(t + 3/(t + ...))). Limit: forty terms give float64 there.
        """
        distance = np.maximum(-score, 5.0)
        tail = distance
        for term in range(40, 1, -1):
            tail = distance + term / tail
        return np.where(score < -5.0, 1.0 / tail, score + slope)

    def worked(self, score: float) -> str:
        return rf"\Phi({latex(score)})"


@final
@dataclasses.dataclass(frozen=True)
class IdentityLink(Link):
    """The score is the probability itself."""

    name: ClassVar[str] = "identity"
    formula: ClassVar[str] = "p(s) = s"
    source: ClassVar[Source] = Source("Nelder and Wedderburn", 1972, "Generalized linear models")
    domain: ClassVar[Domain] = PROBABILITY
    code: ClassVar[str] = "s"
    code_slope: ClassVar[str] = "1"

    def probability(self, score: ArrayLike) -> Array:
        return self._checked(score)[()]

    def score(self, probability: ArrayLike) -> Array:
        return PROBABILITY.checked(type(self).__name__, "probability", probability)[()]

    def slope(self, score: ArrayLike) -> Array:
        return np.ones_like(self._checked(score))[()]

    def curvature(self, score: ArrayLike) -> Array:
        return np.zeros_like(self._checked(score))[()]

    @_limits_are_infinite
    def log_probability(self, score: ArrayLike) -> Array:
        return np.log(self._checked(score))

    @_limits_are_infinite
    def log_slope(self, score: ArrayLike) -> Array:
        return 1.0 / self._checked(score)

    @_limits_are_infinite
    def log_curvature(self, score: ArrayLike) -> Array:
        return -1.0 / self._checked(score) ** 2

    def complement(self, score: ArrayLike) -> Array:
        return 1.0 - self._checked(score)

    @_limits_are_infinite
    def log_complement(self, score: ArrayLike) -> Array:
        return np.log1p(-self._checked(score))

    @_limits_are_infinite
    def hazard(self, score: ArrayLike) -> Array:
        return 1.0 / (1.0 - self._checked(score))

    def worked(self, score: float) -> str:
        return factor(score)

    def _checked(self, score: ArrayLike) -> Array:
        """Return the score as float64, -0 as 0: its reciprocal is to be +infinity."""
        return self.domain.checked(type(self).__name__, "score", score) + 0.0


@final
@dataclasses.dataclass(frozen=True)
class ComplementLink(Link):
    """The score is the probability of the other label: what the identity gives to a 0.

    It falls where every other link rises, and serves the losses of probabilities alone.
    """

    name: ClassVar[str] = "complement"
    formula: ClassVar[str] = "p(s) = 1 - s"
    source: ClassVar[Source] = IdentityLink.source
    domain: ClassVar[Domain] = PROBABILITY
    code: ClassVar[str] = "1 - s"
    code_slope: ClassVar[str] = "-1"

    def probability(self, score: ArrayLike) -> Array:
        return _ITSELF.complement(score)

    def score(self, probability: ArrayLike) -> Array:
        return _ITSELF.complement(probability)

    def slope(self, score: ArrayLike) -> Array:
        return -_ITSELF.slope(score)

    def curvature(self, score: ArrayLike) -> Array:
        return _ITSELF.curvature(score)

    def log_probability(self, score: ArrayLike) -> Array:
        return _ITSELF.log_complement(score)

    def log_slope(self, score: ArrayLike) -> Array:
        return -_ITSELF.hazard(score)

    @_limits_are_infinite
    def log_curvature(self, score: ArrayLike) -> Array:
        return -(_ITSELF.hazard(score) ** 2)

    def complement(self, score: ArrayLike) -> Array:
        return _ITSELF.probability(score)

    def log_complement(self, score: ArrayLike) -> Array:
        return _ITSELF.log_probability(score)

    def hazard(self, score: ArrayLike) -> Array:
        return -_ITSELF.log_slope(score)

    def worked(self, score: float) -> str:
        return rf"(1 - {factor(score)})"


_ITSELF = IdentityLink()

LINKS: tuple[type[Link], ...] = (LogitLink, ProbitLink, IdentityLink)
