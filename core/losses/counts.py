"""Losses of counts and scales: what a miss costs depends on the size of what was to be met."""

import dataclasses
import math
from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.losses.base import (
    Argument,
    Array,
    FrameworkCall,
    Loss,
    Properties,
    Section,
    Source,
    Way,
)
from core.losses.domain import FINITE, NONNEGATIVE, POSITIVE, Domain, Interval, together

# Threat: next to the ends of a domain, and of float64, values and slopes are infinite, and NumPy
# warns. Remedy: that infinity is the right answer, so only the warning goes. Limit: 0 / 0 still
# warns; every quotient that could be one has its own np.where.
_infinity_is_right = np.errstate(over="ignore", divide="ignore")

_AXIS = "prediction μ"
_INTERVAL = (0.2, 6.0)
_HELD = "the target is 2"
_TARGET = 2.0
_FAR = (1e2, 1e4, 1e8)
_FAR_TARGETS = tuple((2.0, far) for far in _FAR)


@dataclasses.dataclass(frozen=True)
class NonZero(Domain):
    """Numbers that can be divided by."""

    @property
    def words(self) -> str:
        """The numbers in words."""
        return "a number other than 0"

    def holds(self, array: Array) -> NDArray[np.bool_]:
        """Tell which elements are finite and not 0."""
        return np.isfinite(array) & (array != 0.0)


NONZERO = NonZero()
ABOVE_MINUS_ONE = Interval(low=-1.0, open_low=True)


def _summed_to(shape: tuple[int, ...], gradient: Array) -> Array:
    """Return the gradient with respect to what was broadcast: the sum over its copies.

    Slopes that left float64 in both directions cancel to 0.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        total = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
        copied = tuple(i for i, size in enumerate(shape) if size == 1 and total.shape[i] != 1)
        total = total.sum(axis=copied, keepdims=True)
    return np.where(np.isnan(total), 0.0, total)[()]


@dataclasses.dataclass(frozen=True)
class PairedLoss(Loss):
    """A loss of a prediction and its target that their difference alone does not tell.

    Of the properties, `symmetric` says that too much costs as much as too little.

    Shape: all arguments broadcast, and the value has the shape that makes; a gradient has that of
    its argument.

    Raises: `DomainError` when an element is not allowed, or when the shapes do not match.
    """

    task: ClassVar[str] = "Counts and scales"

    def _checked(self, *given: ArrayLike) -> tuple[Array, ...]:
        """Return the arguments as arrays of one shape, each element known to be allowed."""
        owner = type(self).__name__
        arrays = {
            argument.name: argument.domain.checked(owner, argument.name, values)
            for argument, values in zip(self.arguments, given, strict=True)
        }
        shape = together(owner, **{name: array.shape for name, array in arrays.items()})
        return tuple(np.broadcast_to(array, shape) for array in arrays.values())


@dataclasses.dataclass(frozen=True)
class PredictionLoss(PairedLoss):
    """A paired loss of which the prediction alone moves."""

    @_infinity_is_right
    def value(self, prediction: ArrayLike, target: ArrayLike) -> Array:
        """Return the loss, element by element."""
        return self._cost(*self._checked(prediction, target))[()]

    @_infinity_is_right
    def gradient(self, prediction: ArrayLike, target: ArrayLike) -> Array:
        """Return the gradient of the sum of all values with respect to the prediction."""
        slope = self._slope(*self._checked(prediction, target))
        return _summed_to(np.shape(prediction), slope)

    @_infinity_is_right
    def hessian(self, prediction: ArrayLike, target: ArrayLike) -> Array:
        """Return the second derivative of each value with respect to its prediction."""
        return self._bend(*self._checked(prediction, target))[()]

    @property
    def section(self) -> Section:
        domain = self.arguments[0].domain
        assert isinstance(domain, Interval)
        return Section(
            _AXIS,
            _INTERVAL,
            lambda x: self.value(x, _TARGET),
            lambda x: self.gradient(x, _TARGET),
            lambda x: self.hessian(x, _TARGET),
            held=_HELD,
            domain=(domain.low, domain.high),
        )

    @abstractmethod
    def _cost(self, mu: Array, y: Array) -> Array:
        """Return the value at allowed predictions and targets."""

    @abstractmethod
    def _slope(self, mu: Array, y: Array) -> Array:
        """Return the derivative of each value with respect to its prediction."""

    @abstractmethod
    def _bend(self, mu: Array, y: Array) -> Array:
        """Return the derivative of the slope."""


@final
@dataclasses.dataclass(frozen=True)
class PoissonLoss(PredictionLoss):
    """μ - y log μ: minus the Poisson log-likelihood of y at the rate μ, but for log y!, which has
    no μ in it.

    Its least value is not 0 but y - y log y, at μ = y; half the Poisson deviance is what lies above
    that. Targets need not be whole: a mean of counts costs what those counts cost on average. At
    μ = 0 it is 0 for y = 0, and infinite for any other.
    """

    name: ClassVar[str] = "Poisson"
    formula: ClassVar[str] = r"L(\mu, y) = \mu - y \log \mu"
    source: ClassVar[Source] = Source("Nelder and Wedderburn", 1972, "Generalized linear models")
    estimates: ClassVar[str] = "mean"
    story: ClassVar[str] = (
        "For counts, which scatter by the square root of their size:"
        " a miss of 5 is grave where 2 are expected, and nothing where 1000 are."
    )
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument(
            "prediction",
            r"\mu",
            "the predicted rate; 0 is allowed, but infinitely wrong as soon as anything comes",
            NONNEGATIVE,
            moves=True,
        ),
        Argument("target", "y", "the count that came, or a mean of counts", NONNEGATIVE),
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall(
            "torch.nn.functional.poisson_nll_loss(prediction, target, log_input=False, eps=0.0)",
            "mean",
            note="Left alone, it takes log μ for its prediction; told not to, it adds 1e-8 to μ.",
        ),
        "Keras": FrameworkCall(
            "keras.losses.Poisson()(target, prediction)",
            "mean",
            note="Adds 1e-7 to μ in the logarithm.",
        ),
        "Optax": None,
        "scikit-learn": None,
    }

    @_infinity_is_right
    def value_of_log(self, log_rate: ArrayLike, target: ArrayLike) -> Array:
        """Return the loss at μ = exp(log_rate), convex in that too: what a log link makes of it."""
        eta, y = self._with_log(log_rate, target)
        # Threat: ∞ - ∞. Remedy: where exp η leaves float64 it has outgrown y η. Limit: counts above
        # 1e305.
        rate = np.exp(eta)
        return (rate - y * np.where(np.isinf(rate), 0.0, eta))[()]

    @_infinity_is_right
    def gradient_of_log(self, log_rate: ArrayLike, target: ArrayLike) -> Array:
        """Return the gradient of the sum of those values with respect to log_rate: μ - y."""
        eta, y = self._with_log(log_rate, target)
        return _summed_to(np.shape(log_rate), np.exp(eta) - y)

    @property
    def properties(self) -> Properties:
        return Properties(
            lipschitz=math.inf,
            steep=Way("the target grows, or the prediction nears 0", _FAR_TARGETS),
            smoothness=math.inf,
            strong_convexity=0.0,
            convex=True,
            symmetric=False,
        )

    def _with_log(self, log_rate: ArrayLike, target: ArrayLike) -> tuple[Array, Array]:
        owner = type(self).__name__
        eta = FINITE.checked(owner, "log_rate", log_rate)
        y = NONNEGATIVE.checked(owner, "target", target)
        shape = together(owner, log_rate=eta.shape, target=y.shape)
        return np.broadcast_to(eta, shape), np.broadcast_to(y, shape)

    def _cost(self, mu: Array, y: Array) -> Array:
        from scipy.special import xlogy

        return mu - xlogy(y, mu)

    def _slope(self, mu: Array, y: Array) -> Array:
        empty = y == 0.0
        return np.where(empty, 1.0, (mu - y) / np.where(empty, 1.0, mu))

    def _bend(self, mu: Array, y: Array) -> Array:
        rate = np.where(y == 0.0, 1.0, mu)
        return y / rate / rate


@final
@dataclasses.dataclass(frozen=True)
class GammaLoss(PredictionLoss):
    """log μ + y/μ: minus the log-likelihood of a gamma (or exponential) y with mean μ, divided by
    the shape, without what has no μ in it.

    Its least value is not 0 but 1 + log y, at μ = y; half the gamma deviance is what lies above.
    """

    name: ClassVar[str] = "Gamma"
    formula: ClassVar[str] = r"L(\mu, y) = \log \mu + \frac{y}{\mu}"
    source: ClassVar[Source] = Source(
        "McCullagh and Nelder", 1989, "Generalized Linear Models", "chapter 8"
    )
    estimates: ClassVar[str] = "mean"
    story: ClassVar[str] = (
        "For waiting times and sums of money, which scatter in proportion to their size:"
        " only the ratio of target and prediction decides how much a miss adds."
    )
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument("prediction", r"\mu", "the predicted mean", POSITIVE, moves=True),
        Argument("target", "y", "what came; undefined at 0", POSITIVE),
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": None,
        "Keras": None,
        "Optax": None,
        "scikit-learn": None,
    }

    @property
    def properties(self) -> Properties:
        return Properties(
            lipschitz=math.inf,
            steep=Way("the target grows, or the prediction nears 0", _FAR_TARGETS),
            smoothness=math.inf,
            strong_convexity=0.0,
            convex=False,
            witness=(4.0, 80.0),
            held=(_TARGET,),
            symmetric=False,
        )

    def _cost(self, mu: Array, y: Array) -> Array:
        return np.log(mu) + y / mu

    def _slope(self, mu: Array, y: Array) -> Array:
        return (mu - y) / mu / mu

    def _bend(self, mu: Array, y: Array) -> Array:
        return 2.0 * ((y - 0.5 * mu) / mu) / mu / mu


@final
@dataclasses.dataclass(frozen=True)
class GaussianNLL(PairedLoss):
    """log σ + ½((y - μ)/σ)²: minus the normal log-likelihood, without ½ log 2π; μ and σ move.

    `gradient` gives two arrays, for the prediction and for the scale, and `hessian` 2 by 2 matrices
    in that order.

    Shape: hessian (..., 2, 2).
    """

    name: ClassVar[str] = "Gaussian likelihood"
    formula: ClassVar[str] = (
        r"L(\mu, \sigma, y) = \log \sigma + \frac12 \left(\frac{y - \mu}{\sigma}\right)^2"
    )
    source: ClassVar[Source] = Source(
        "Nix and Weigend",
        1994,
        "Estimating the mean and variance of the target probability distribution",
    )
    estimates: ClassVar[str] = "mean and standard deviation"
    story: ClassVar[str] = (
        "The model says how sure it is, and pays for both:"
        " a miss counts in units of its own σ, and every σ has its price."
    )
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument("prediction", r"\mu", "the predicted mean", FINITE, moves=True),
        Argument("scale", r"\sigma", "the predicted standard deviation", POSITIVE, moves=True),
        Argument("target", "y", "what came", FINITE),
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall(
            "torch.nn.functional.gaussian_nll_loss(prediction, target, scale**2)",
            "mean",
            note="Takes the variance, and counts one below 1e-6 as 1e-6.",
        ),
        "Keras": None,
        "Optax": None,
        "scikit-learn": None,
    }

    @_infinity_is_right
    def value(self, prediction: ArrayLike, scale: ArrayLike, target: ArrayLike) -> Array:
        """Return the loss, element by element."""
        mu, sigma, y = self._checked(prediction, scale, target)
        misses = self._misses(mu, sigma, y)
        return (np.log(sigma) + 0.5 * misses * misses)[()]

    # Threat: what is near 0 times what has left float64 is NaN, and r² leaves it first. Remedy:
    # 1 - r² in two factors, the small one divided by σ. Limit: none known.
    @_infinity_is_right
    def gradient(
        self, prediction: ArrayLike, scale: ArrayLike, target: ArrayLike
    ) -> tuple[Array, Array]:
        """Return the gradients of the sum of all values: of the prediction, and of the scale."""
        mu, sigma, y = self._checked(prediction, scale, target)
        misses = self._misses(mu, sigma, y)
        size = np.abs(misses)
        return (
            _summed_to(np.shape(prediction), misses / sigma),
            _summed_to(np.shape(scale), (1.0 - size) / sigma * (1.0 + size)),
        )

    @_infinity_is_right
    def hessian(self, prediction: ArrayLike, scale: ArrayLike, target: ArrayLike) -> Array:
        """Return the second derivatives of each value, prediction first."""
        mu, sigma, y = self._checked(prediction, scale, target)
        misses = self._misses(mu, sigma, y)
        size = math.sqrt(3.0) * np.abs(misses)
        matrices = np.empty((*sigma.shape, 2, 2))
        matrices[..., 0, 0] = 1.0 / sigma / sigma
        matrices[..., 0, 1] = matrices[..., 1, 0] = -2.0 * misses / sigma / sigma
        matrices[..., 1, 1] = (size - 1.0) / sigma / sigma * (size + 1.0)
        return matrices

    @property
    def properties(self) -> Properties:
        return Properties(
            lipschitz=math.inf,
            steep=Way(
                "the miss grows, or the scale nears 0",
                tuple((0.0, 1.0, far) for far in _FAR),
            ),
            smoothness=math.inf,
            strong_convexity=0.0,
            convex=False,
            witness=((0.0, 1.0), (0.0, 4.0)),
            held=(0.0,),
        )

    @property
    def section(self) -> Section:
        return Section(
            _AXIS,
            _INTERVAL,
            lambda x: self.value(x, 1.0, _TARGET),
            lambda x: self.gradient(x, 1.0, _TARGET)[0],
            lambda x: self.hessian(x, 1.0, _TARGET)[..., 0, 0],
            held=f"{_HELD}, the scale σ is 1",
        )

    def _misses(self, mu: Array, sigma: Array, y: Array) -> Array:
        """Return (μ - y) / σ; halves, so that the difference of the largest stays in float64."""
        return 2.0 * ((0.5 * mu - 0.5 * y) / sigma)


@final
@dataclasses.dataclass(frozen=True)
class AbsolutePercentageError(PredictionLoss):
    """|y - μ| / |y|, as a share: 100 times it is the percentage. Undefined at y = 0.

    Slope 0 at its kink, μ = y.
    """

    name: ClassVar[str] = "Absolute percentage error"
    formula: ClassVar[str] = r"L(\mu, y) = \left|\frac{y - \mu}{y}\right|"
    source: ClassVar[Source] = Source(
        "de Myttenaere, Golden, Le Grand and Rossi",
        2016,
        "Mean absolute percentage error for regression models",
    )
    estimates: ClassVar[str] = "median of targets that each weigh 1/|y|"
    story: ClassVar[str] = (
        "Every target is its own yardstick, so small ones count most and predictions come out low;"
        " a target of 0 is no yardstick at all."
    )
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument("prediction", r"\mu", "the predicted number", FINITE, moves=True),
        Argument("target", "y", "the number that came; undefined at 0", NONZERO),
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": None,
        "Keras": FrameworkCall(
            "keras.losses.MeanAbsolutePercentageError()(target, prediction)",
            "mean",
            factor=0.01,
            note="In percent; divides by 1e-7 where the target is nearer to 0.",
        ),
        "Optax": None,
        "scikit-learn": FrameworkCall(
            "sklearn.metrics.mean_absolute_percentage_error(target, prediction)",
            "mean",
            note="A share, for all its name; divides by 2e-16 where the target is nearer to 0.",
        ),
    }

    @property
    def properties(self) -> Properties:
        return Properties(
            lipschitz=math.inf,
            steep=Way(
                "the target nears 0",
                tuple((2.0, 1.0 / far) for far in _FAR),
                "Of any one target y it is 1/|y|, however far off the prediction.",
            ),
            smoothness=math.inf,
            strong_convexity=0.0,
            convex=True,
            kinks=(_TARGET,),
        )

    # Threat: the difference of huge numbers of opposite signs leaves float64 though their ratio
    # does not. Remedy: there the ratio, plus 1; elsewhere the difference, which keeps the digits of
    # a near miss. Limit: none known.
    def _cost(self, mu: Array, y: Array) -> Array:
        opposite = np.signbit(mu) != np.signbit(y)
        gap = np.where(opposite, mu, mu - y)
        return np.abs(gap) / np.abs(y) + opposite

    def _slope(self, mu: Array, y: Array) -> Array:
        return np.sign(mu - y) / np.abs(y)

    def _bend(self, mu: Array, y: Array) -> Array:
        return np.zeros(y.shape)


@final
@dataclasses.dataclass(frozen=True)
class SquaredLogError(PredictionLoss):
    """(log(1 + μ) - log(1 + y))², with no ½: undefined for numbers of -1 and below."""

    name: ClassVar[str] = "Squared logarithmic error"
    formula: ClassVar[str] = r"L(\mu, y) = \bigl(\log(1 + \mu) - \log(1 + y)\bigr)^2"
    source: ClassVar[Source] = Source("Bartlett", 1947, "The use of transformations")
    estimates: ClassVar[str] = "geometric mean of 1 + y, minus 1"
    story: ClassVar[str] = (
        "It counts in factors: predicting twice the size costs the same as half the size,"
        " and the 1 that is added keeps a 0 from costing infinitely much."
    )
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument(
            "prediction",
            r"\mu",
            "the predicted number; undefined at -1 and below",
            ABOVE_MINUS_ONE,
            moves=True,
        ),
        Argument("target", "y", "the number that came; undefined at -1 and below", ABOVE_MINUS_ONE),
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall(
            "torch.nn.functional.mse_loss(prediction.log1p(), target.log1p())", "mean"
        ),
        "Keras": FrameworkCall(
            "keras.losses.MeanSquaredLogarithmicError()(target, prediction)",
            "mean",
            note="Counts numbers below 1e-7, negative ones too, as 1e-7.",
        ),
        "Optax": FrameworkCall(
            "optax.squared_error(jax.numpy.log1p(prediction), jax.numpy.log1p(target))", "none"
        ),
        "scikit-learn": FrameworkCall(
            "sklearn.metrics.mean_squared_log_error(target, prediction)", "mean"
        ),
    }

    @property
    def properties(self) -> Properties:
        return Properties(
            lipschitz=math.inf,
            steep=Way("the target grows, or, faster, the prediction nears −1", _FAR_TARGETS),
            smoothness=math.inf,
            strong_convexity=0.0,
            convex=False,
            witness=(2.0, 40.0),
            held=(_TARGET,),
            symmetric=False,
        )

    def _cost(self, mu: Array, y: Array) -> Array:
        ratio = self._log_ratio(mu, y)
        return ratio * ratio

    def _slope(self, mu: Array, y: Array) -> Array:
        return 2.0 * self._log_ratio(mu, y) / (1.0 + mu)

    def _bend(self, mu: Array, y: Array) -> Array:
        return 2.0 * (1.0 - self._log_ratio(mu, y)) / (1.0 + mu) / (1.0 + mu)

    def _log_ratio(self, mu: Array, y: Array) -> Array:
        """Return log(1 + μ) - log(1 + y).

        Threat: the logarithms of near numbers cancel, and the ratio of far ones leaves float64.
        Remedy: near ones by their difference, far ones by the ratio of their roots. Limit: none
        known.
        """
        share = (mu - y) / (1.0 + y)
        near = np.abs(share) < 0.5
        far = 2.0 * np.log(np.sqrt(1.0 + mu) / np.sqrt(1.0 + y))
        return np.where(near, np.log1p(np.where(near, share, 0.0)), far)


COUNT_LOSSES: tuple[type[PairedLoss], ...] = (
    PoissonLoss,
    GammaLoss,
    GaussianNLL,
    AbsolutePercentageError,
    SquaredLogError,
)
