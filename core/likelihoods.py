"""Noise, priors and labels: the beliefs whose negative logarithms are losses and penalties."""

import dataclasses
import math
from abc import ABC, abstractmethod
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.declare import Declared, parameter
from core.losses.base import Array, Loss, ScalarLoss, Source, elementwise
from core.losses.counts import PoissonLoss
from core.losses.domain import ANY, CLASSES, FINITE, Domain, DomainError, Interval
from core.losses.margin import LogisticLoss
from core.losses.multiclass import CategoricalCrossEntropy, SparseCategoricalCrossEntropy
from core.losses.residual import (
    AbsoluteError,
    Cauchy,
    EpsilonInsensitive,
    Huber,
    LogCosh,
    Quantile,
    SquaredError,
)
from core.penalties import L1, L2, ElasticNet, Penalty

Shape = int | tuple[int, ...] | None

# Threat: a far number in units of a narrow spread leaves float64, and NumPy warns. Remedy: the
# infinity it then returns is the right answer to hand on. Limit: used where the true value has left
# float64 too.
_overflow_is_infinity = np.errstate(over="ignore")

_LOG_TWO_PI = math.log(2.0 * math.pi)


def _spread(default: float, symbol: str, meaning: str, **other: Any) -> Any:
    """Declare a knob that is a distance: its square and its reciprocal stay within float64."""
    valid: dict[str, Any] = {"minimum": 1e-50, "maximum": 1e50}
    shown = {"low": 0.05, "high": 10.0, "step": 0.05}
    return parameter(default, symbol=symbol, meaning=meaning, **(valid | shown | other))


@dataclasses.dataclass(frozen=True)
class Belief(Declared, ABC):
    """How likely something is, so that its negative logarithm is a loss or a penalty.

    story: what it believes, in plain words.
    """

    name: ClassVar[str]
    formula: ClassVar[str]
    source: ClassVar[Source]
    story: ClassVar[str]

    @property
    @abstractmethod
    def loss(self) -> Loss:
        """What it charges, but for a factor and a constant."""

    @property
    @abstractmethod
    def scale(self) -> float:
        """The factor: how many times its loss is charged."""


@dataclasses.dataclass(frozen=True)
class Density(Belief):
    """A probability density over one number x, most likely to be 0.

    -log p(x) = scale · cost(x) + constant, where the cost is its loss of x.
    """

    @property
    @abstractmethod
    def constant(self) -> float:
        """What even the likeliest number is charged: the logarithm of the normaliser."""

    @property
    def normaliser(self) -> float:
        """The integral of exp(-scale · cost), by which that is divided to make a density."""
        return math.exp(self.constant)

    @abstractmethod
    def cost(self, x: ArrayLike) -> Array:
        """Return the loss of each number."""

    @_overflow_is_infinity
    @elementwise
    def negative_log(self, x: Array) -> Array:
        """Return -log p(x), element by element; it may be negative where p is above 1."""
        return self._surprise(x) + self.constant

    def log_density(self, x: ArrayLike) -> Array:
        """Return log p(x), element by element."""
        return -self.negative_log(x)

    def density(self, x: ArrayLike) -> Array:
        """Return p(x), element by element."""
        return np.exp(self.log_density(x))

    @_overflow_is_infinity
    def sample(self, rng: np.random.Generator, size: Shape = None) -> Array:
        """Return independent draws: one number, or an array of that size."""
        return np.asarray(self._drawn(rng, size), dtype=np.float64)[()]

    @abstractmethod
    def _surprise(self, x: Array) -> Array:
        """Return scale · cost(x), in float64 wherever the true value is."""

    @abstractmethod
    def _drawn(self, rng: np.random.Generator, size: Shape) -> ArrayLike:
        """Return draws of that size."""


def _half_square(x: Array, spread: float) -> Array:
    """Return x² / (2 spread²) without squaring x alone."""
    ratio = x / spread
    return 0.5 * ratio * ratio


def _either_side(rng: np.random.Generator, size: Shape, edge: float, fall: float) -> ArrayLike:
    """Return draws from beyond an edge on either side, which fall off exponentially."""
    return rng.choice([-1.0, 1.0], size) * (edge + rng.exponential(fall, size))


@dataclasses.dataclass(frozen=True)
class Noise(Density):
    """The noise of a target, as a density over the residual, r = prediction - target.

    So the prediction for which targets are likeliest is the one for which the losses are least.
    The cost of r is the loss of r / unit.
    """

    @property
    @abstractmethod
    def loss(self) -> ScalarLoss:
        """The loss under which the least total cost is the greatest likelihood."""

    @property
    def unit(self) -> float:
        """The distance that the loss takes for 1."""
        return 1.0

    @_overflow_is_infinity
    def cost(self, x: ArrayLike) -> Array:
        """Return the loss of each residual, measured in units."""
        return self.loss.value(np.asarray(x, dtype=np.float64) / self.unit)

    def _surprise(self, x: Array) -> Array:
        return self.scale * self.cost(x)

    @_overflow_is_infinity
    def targets(self, prediction: ArrayLike, rng: np.random.Generator) -> Array:
        """Return a target for each prediction, as this noise would scatter them."""
        predicted = FINITE.checked(type(self).__name__, "prediction", prediction)
        return predicted - self.sample(rng, predicted.shape)


@final
@dataclasses.dataclass(frozen=True)
class GaussianNoise(Noise):
    """Normal noise of standard deviation σ: r² / (2σ²), and the constant log(√(2π) σ)."""

    sigma: float = _spread(1.0, r"\sigma", "the standard deviation of the targets")

    name: ClassVar[str] = "Gaussian noise"
    formula: ClassVar[str] = (
        r"p(r) = \frac{1}{\sqrt{2\pi}\,\sigma} \exp\left(-\frac{r^2}{2\sigma^2}\right)"
    )
    source: ClassVar[Source] = Source(
        "Gauss", 1809, "Theoria motus corporum coelestium in sectionibus conicis solem ambientium"
    )
    story: ClassVar[str] = (
        "Many small causes add up: most targets lie near, and a far one is next to impossible."
    )

    @property
    def loss(self) -> SquaredError:
        return SquaredError()

    @property
    def scale(self) -> float:
        return 0.5 / self.sigma / self.sigma

    @property
    def constant(self) -> float:
        return math.log(self.sigma) + 0.5 * _LOG_TWO_PI

    def _surprise(self, x: Array) -> Array:
        return _half_square(x, self.sigma)

    def _drawn(self, rng: np.random.Generator, size: Shape) -> ArrayLike:
        return rng.normal(0.0, self.sigma, size)


@final
@dataclasses.dataclass(frozen=True)
class LaplaceNoise(Noise):
    """Double exponential noise: |r| / b, and the constant log(2b)."""

    b: float = _spread(1.0, "b", "the mean distance of the targets")

    name: ClassVar[str] = "Laplace noise"
    formula: ClassVar[str] = r"p(r) = \frac{1}{2b} \exp\left(-\frac{|r|}{b}\right)"
    source: ClassVar[Source] = Source(
        "Laplace", 1774, "Mémoire sur la probabilité des causes par les évènements"
    )
    story: ClassVar[str] = (
        "Near targets are the rule, yet far ones happen:"
        " each step further out makes them rarer by the same factor."
    )

    @property
    def loss(self) -> AbsoluteError:
        return AbsoluteError()

    @property
    def scale(self) -> float:
        return 1.0 / self.b

    @property
    def constant(self) -> float:
        return math.log(2.0 * self.b)

    def _drawn(self, rng: np.random.Generator, size: Shape) -> ArrayLike:
        return rng.laplace(0.0, self.b, size)


@final
@dataclasses.dataclass(frozen=True)
class AsymmetricLaplaceNoise(Noise):
    """Laplace noise with a share τ of the targets below the prediction, the rest above.

    Exponential on either side: beyond 0 the residual has the rate (1 - τ)/b, before it τ/b.
    """

    tau: float = parameter(
        0.5,
        symbol=r"\tau",
        meaning="the share of targets that lie below the prediction",
        low=0.01,
        high=0.99,
        step=0.01,
        minimum=1e-50,
        maximum=1.0,
        open_maximum=True,
    )
    b: float = _spread(1.0, "b", "how wide the noise is: what the loss is divided by")

    name: ClassVar[str] = "Asymmetric Laplace noise"
    formula: ClassVar[str] = (
        r"p(r) = \frac{\tau (1 - \tau)}{b}"
        r" \exp\left(-\frac{\max\bigl((1 - \tau)\,r,\; -\tau\,r\bigr)}{b}\right)"
    )
    source: ClassVar[Source] = Source("Yu and Moyeed", 2001, "Bayesian quantile regression")
    story: ClassVar[str] = (
        "Targets lie to either side, not always equally often:"
        " a share τ of them is below the prediction."
    )

    @property
    def loss(self) -> Quantile:
        return Quantile(tau=self.tau)

    @property
    def scale(self) -> float:
        return 1.0 / self.b

    @property
    def constant(self) -> float:
        return math.log(self.b) - math.log(self.tau) - math.log1p(-self.tau)

    def _drawn(self, rng: np.random.Generator, size: Shape) -> ArrayLike:
        above = rng.exponential(self.b / (1.0 - self.tau), size)
        return above - rng.exponential(self.b / self.tau, size)


@final
@dataclasses.dataclass(frozen=True)
class StudentTNoise(Noise):
    """Student's t with ν degrees of freedom and scale s: Cauchy noise at ν = 1, normal at ν = ∞.

    It is (ν + 1)/(ν s²) times the Cauchy loss of scale √ν s.
    """

    # Below ν = 0.1 one draw in a thousand would lie beyond 1e30, and soon beyond float64.
    nu: float = parameter(
        3.0,
        symbol=r"\nu",
        meaning="the degrees of freedom: the fewer, the more far targets",
        low=0.5,
        high=30.0,
        step=0.5,
        minimum=0.1,
        maximum=1e50,
    )
    s: float = _spread(1.0, "s", "the spread of the middle of the targets")

    name: ClassVar[str] = "Student t noise"
    formula: ClassVar[str] = (
        r"p(r) = \frac{\Gamma\left(\frac{\nu + 1}{2}\right)}"
        r"{\Gamma\left(\frac{\nu}{2}\right) \sqrt{\pi \nu}\, s}"
        r" \left(1 + \frac{r^2}{\nu s^2}\right)^{-\frac{\nu + 1}{2}}"
    )
    source: ClassVar[Source] = Source(
        "Lange, Little and Taylor", 1989, "Robust statistical modeling using the t distribution"
    )
    story: ClassVar[str] = (
        "A bell in the middle with tails that never quite give up:"
        " now and then a target lies anywhere at all."
    )

    @property
    def loss(self) -> Cauchy:
        return Cauchy(scale=math.sqrt(self.nu) * self.s)

    @property
    def scale(self) -> float:
        return (1.0 + 1.0 / self.nu) / self.s / self.s

    @property
    def constant(self) -> float:
        half = 0.5 * self.nu
        return math.log(self.s) + 0.5 * (_LOG_TWO_PI + math.log(half)) - _half_step(half)

    def _drawn(self, rng: np.random.Generator, size: Shape) -> ArrayLike:
        return self.s * rng.standard_t(self.nu, size)


def _half_step(z: float) -> float:
    """Return log Γ(z + ½) - log Γ(z).

    Threat: far out both are huge and their difference keeps no digits. Remedy: climb to 16 by
    Γ(z + 1) = z Γ(z), and from there the asymptotic series of the difference. Limit: the first term
    left out is below 3e-16 there.
    """
    climbed = 0.0
    while z < 16.0:
        climbed += math.log1p(0.5 / z)
        z += 1.0
    w = 1.0 / z / z
    series = 1 / 8 - w * (1 / 192 - w * (1 / 640 - w * (17 / 14336 - w * 31 / 18432)))
    return 0.5 * math.log(z) - series / z - climbed


@final
@dataclasses.dataclass(frozen=True)
class LogisticNoise(Noise):
    """The logistic density of scale s: twice the log-cosh loss of r in units of 2s."""

    s: float = _spread(1.0, "s", "the distance in which far targets become rarer by a factor e")

    name: ClassVar[str] = "Logistic noise"
    formula: ClassVar[str] = r"p(r) = \frac{1}{4s} \cosh^{-2} \frac{r}{2s}"
    source: ClassVar[Source] = Source(
        "Johnson, Kotz and Balakrishnan",
        1995,
        "Continuous univariate distributions, volume 2",
        "chapter 23",
    )
    story: ClassVar[str] = (
        "Almost a bell, with heavier shoulders: far out it thins as slowly as Laplace noise."
    )

    @property
    def loss(self) -> LogCosh:
        return LogCosh()

    @property
    def scale(self) -> float:
        return 2.0

    @property
    def unit(self) -> float:
        return 2.0 * self.s

    @property
    def constant(self) -> float:
        return math.log(4.0 * self.s)

    def _drawn(self, rng: np.random.Generator, size: Shape) -> ArrayLike:
        return rng.logistic(0.0, self.s, size)


@final
@dataclasses.dataclass(frozen=True)
class HyperbolicSecantNoise(Noise):
    """The density 1 / (π s cosh(r/s)): the log-cosh loss of r in units of s, with no factor."""

    s: float = _spread(1.0, "s", "the distance in which far targets become rarer by a factor e")

    name: ClassVar[str] = "Hyperbolic secant noise"
    formula: ClassVar[str] = r"p(r) = \frac{1}{\pi s \cosh(r / s)}"
    source: ClassVar[Source] = Source(
        "Talacko",
        1956,
        "Perks' distributions and their role in the theory of Wiener's stochastic variables",
    )
    story: ClassVar[str] = (
        "Round at the top like a bell, and straight far out like Laplace noise:"
        " exactly what the log-cosh loss expects."
    )

    @property
    def loss(self) -> LogCosh:
        return LogCosh()

    @property
    def scale(self) -> float:
        return 1.0

    @property
    def unit(self) -> float:
        return self.s

    @property
    def constant(self) -> float:
        return math.log(math.pi * self.s)

    def _drawn(self, rng: np.random.Generator, size: Shape) -> ArrayLike:
        return self.s * np.arcsinh(rng.standard_cauchy(size))


@final
@dataclasses.dataclass(frozen=True)
class HuberNoise(Noise):
    """Huber's least favourable noise: normal of spread σ up to δ, exponential beyond.

    The Huber loss divided by σ². With k = δ/σ, the integral of the normal part is √(2π) erf(k/√2),
    and that of the two tails (2/k) exp(-½k²), both times σ.
    """

    delta: float = _spread(1.0, r"\delta", "where normal noise ends and exponential noise begins")
    sigma: float = _spread(1.0, r"\sigma", "the spread of the normal part")

    name: ClassVar[str] = "Huber's noise"
    formula: ClassVar[str] = (
        r"p(r) = \frac{e^{-L_\delta(r) / \sigma^2}}{\sigma \left(\sqrt{2\pi}\, \mathrm{erf}"
        r" \frac{k}{\sqrt 2} + \frac{2}{k} e^{-k^2 / 2}\right)}, \quad k = \delta / \sigma"
    )
    source: ClassVar[Source] = Source("Huber", 1964, "Robust estimation of a location parameter")
    story: ClassVar[str] = (
        "Normal noise with a share of something wilder mixed in,"
        " spread so cunningly that the targets tell as little as they can."
    )

    @property
    def loss(self) -> Huber:
        return Huber(delta=self.delta)

    @property
    def scale(self) -> float:
        return 1.0 / self.sigma / self.sigma

    @property
    def constant(self) -> float:
        return math.log(self.sigma) + math.log(self._middle + self._tails)

    @property
    def contamination(self) -> float:
        """The share of the noise that is not normal."""
        beyond = math.sqrt(2.0 * math.pi) * math.erfc(self._edge / math.sqrt(2.0))
        return (self._tails - beyond) / (self._middle + self._tails)

    def _surprise(self, x: Array) -> Array:
        # Threat: δ|r| may leave float64 before σ² brings it back. Remedy: all in units of σ. Limit:
        # none, as δ/σ is at least 1 where r/σ is infinite.
        return Huber(delta=self._edge).value(x / self.sigma)

    def _drawn(self, rng: np.random.Generator, size: Shape) -> ArrayLike:
        from scipy.special import erfinv

        reach = math.erf(self._edge / math.sqrt(2.0))
        middle = math.sqrt(2.0) * erfinv(reach * rng.uniform(-1.0, 1.0, size))
        middle = np.clip(middle, -self._edge, self._edge)
        tails = _either_side(rng, size, self._edge, 1.0 / self._edge)
        share = self._middle / (self._middle + self._tails)
        return self.sigma * np.where(rng.random(size) < share, middle, tails)

    @property
    def _edge(self) -> float:
        return self.delta / self.sigma

    @property
    def _middle(self) -> float:
        return math.sqrt(2.0 * math.pi) * math.erf(self._edge / math.sqrt(2.0))

    @property
    def _tails(self) -> float:
        return 2.0 / self._edge * math.exp(-0.5 * self._edge * self._edge)


@final
@dataclasses.dataclass(frozen=True)
class InsensitiveNoise(Noise):
    """Level up to ε and exponential beyond: the ε-insensitive loss divided by b."""

    epsilon: float = _spread(
        0.5, r"\varepsilon", "up to this distance all targets are as likely", low=0.0, minimum=0.0
    )
    b: float = _spread(1.0, "b", "the mean distance beyond ε of the targets that lie there")

    name: ClassVar[str] = "Insensitive noise"
    formula: ClassVar[str] = (
        r"p(r) = \frac{1}{2(\varepsilon + b)}"
        r" \exp\left(-\frac{\max(|r| - \varepsilon,\; 0)}{b}\right)"
    )
    source: ClassVar[Source] = Source(
        "Smola and Schölkopf", 2004, "A tutorial on support vector regression", "table 1"
    )
    story: ClassVar[str] = (
        "Within ε any target is as likely as any other; beyond it they thin out exponentially."
    )

    @property
    def loss(self) -> EpsilonInsensitive:
        return EpsilonInsensitive(epsilon=self.epsilon)

    @property
    def scale(self) -> float:
        return 1.0 / self.b

    @property
    def constant(self) -> float:
        return math.log(2.0 * (self.epsilon + self.b))

    def _drawn(self, rng: np.random.Generator, size: Shape) -> ArrayLike:
        level = self.epsilon * rng.uniform(-1.0, 1.0, size)
        tails = _either_side(rng, size, self.epsilon, self.b)
        share = self.epsilon / (self.epsilon + self.b)
        return np.where(rng.random(size) < share, level, tails)


@dataclasses.dataclass(frozen=True)
class Prior(Density):
    """What is believed of each coefficient, on its own, before any data are seen.

    Of P coefficients the negative logarithms add up to scale · penalty + P · constant.
    """

    @property
    @abstractmethod
    def loss(self) -> Penalty:
        """The penalty under which the least total cost is the greatest posterior density."""

    def cost(self, x: ArrayLike) -> Array:
        """Return the penalty of each coefficient alone."""
        return self.loss.value(np.asarray(x, dtype=np.float64)[..., None])


@final
@dataclasses.dataclass(frozen=True)
class GaussianPrior(Prior):
    """A normal prior of standard deviation τ: θ² / (2τ²), and the constant log(√(2π) τ)."""

    tau: float = _spread(1.0, r"\tau", "how large coefficients are expected to be")

    name: ClassVar[str] = "Gaussian prior"
    formula: ClassVar[str] = (
        r"p(\theta) = \frac{1}{\sqrt{2\pi}\,\tau} \exp\left(-\frac{\theta^2}{2\tau^2}\right)"
    )
    source: ClassVar[Source] = Source(
        "Lindley and Smith", 1972, "Bayes estimates for the linear model"
    )
    story: ClassVar[str] = (
        "Coefficients are expected to be of size τ, give or take:"
        " many moderate ones sooner than a single huge one."
    )

    @property
    def loss(self) -> L2:
        return L2()

    @property
    def scale(self) -> float:
        return 0.5 / self.tau / self.tau

    @property
    def constant(self) -> float:
        return math.log(self.tau) + 0.5 * _LOG_TWO_PI

    def _surprise(self, x: Array) -> Array:
        return _half_square(x, self.tau)

    def _drawn(self, rng: np.random.Generator, size: Shape) -> ArrayLike:
        return rng.normal(0.0, self.tau, size)


@final
@dataclasses.dataclass(frozen=True)
class LaplacePrior(Prior):
    """A double exponential prior: |θ| / b, and the constant log(2b)."""

    b: float = _spread(1.0, "b", "the mean size that coefficients are expected to have")

    name: ClassVar[str] = "Laplace prior"
    formula: ClassVar[str] = r"p(\theta) = \frac{1}{2b} \exp\left(-\frac{|\theta|}{b}\right)"
    source: ClassVar[Source] = Source("Park and Casella", 2008, "The Bayesian lasso")
    story: ClassVar[str] = (
        "Most coefficients are expected next to 0 and a few far from it:"
        " so sharp a peak that the likeliest answer may be exactly 0."
    )

    @property
    def loss(self) -> L1:
        return L1()

    @property
    def scale(self) -> float:
        return 1.0 / self.b

    @property
    def constant(self) -> float:
        return math.log(2.0 * self.b)

    def _surprise(self, x: Array) -> Array:
        return np.abs(x / self.b)

    def _drawn(self, rng: np.random.Generator, size: Shape) -> ArrayLike:
        return rng.laplace(0.0, self.b, size)


@final
@dataclasses.dataclass(frozen=True)
class ElasticNetPrior(Prior):
    """A Laplace and a normal density multiplied: the elastic net penalty divided by b.

    Laplace of mean size b at ρ = 1, normal of variance b/2 at ρ = 0.
    """

    ratio: float = parameter(
        0.5,
        symbol=r"\rho",
        meaning="the share of the Laplace density; the rest is the normal one",
        low=0.0,
        high=1.0,
        step=0.05,
        minimum=0.0,
        maximum=1.0,
    )
    b: float = _spread(1.0, "b", "how wide the prior is: what the penalty is divided by")

    name: ClassVar[str] = "Elastic net prior"
    formula: ClassVar[str] = (
        r"p(\theta) = \sqrt{\frac{1 - \rho}{\pi b}}\;"
        r" \frac{e^{-(\rho |\theta| + (1 - \rho)\, \theta^2) / b}}"
        r"{e^{z^2} \mathrm{erfc}\, z}, \quad z = \frac{\rho}{2 \sqrt{(1 - \rho)\, b}}"
    )
    source: ClassVar[Source] = Source("Li and Lin", 2010, "The Bayesian elastic net")
    story: ClassVar[str] = (
        "As sharp at 0 as a Laplace prior, and as wary of huge coefficients as a normal one."
    )

    @property
    def loss(self) -> ElasticNet:
        return ElasticNet(ratio=self.ratio)

    @property
    def scale(self) -> float:
        return 1.0 / self.b

    @property
    def constant(self) -> float:
        """The logarithm of √(π b / (1 - ρ)) erfcx z, which at ρ = 1 has the limit 2b."""
        if self.ratio == 1.0:
            return math.log(2.0 * self.b)
        from scipy.special import erfcx

        half_log = 0.5 * (math.log(math.pi) + math.log(self.b) - math.log1p(-self.ratio))
        return half_log + math.log(float(erfcx(self._tilt)))

    @property
    def _tilt(self) -> float:
        """How sharp the peak is in the units of the normal density: z in the formula."""
        if self.ratio == 1.0:
            return math.inf
        return 0.5 * self.ratio / math.sqrt((1.0 - self.ratio) * self.b)

    def _surprise(self, x: Array) -> Array:
        # Threat: 0 times infinity. Remedy: the factor that may be 0 meets the largest finite number
        # instead. Limit: none, as the other factor is infinite then.
        size = np.abs(x)
        near = np.where(size < math.inf, size, np.finfo(np.float64).max)
        return size * ((self.ratio + (1.0 - self.ratio) * near) / self.b)

    def _drawn(self, rng: np.random.Generator, size: Shape) -> ArrayLike:
        shape = () if size is None else size
        sizes = np.empty(shape).reshape(-1)
        empty = np.arange(sizes.size)
        while empty.size:
            sizes[empty], accepted = self._proposed(rng, empty.size)
            empty = empty[~accepted]
        return rng.choice([-1.0, 1.0], shape) * sizes.reshape(shape)

    def _proposed(self, rng: np.random.Generator, count: int) -> tuple[Array, NDArray[np.bool_]]:
        """Return sizes drawn from one of the two densities, accepted as the other one tells.

        From the sharper of the two, which accepts two in five at the least.
        """
        if self._tilt < 1.0:
            sizes = np.abs(rng.normal(0.0, math.sqrt(0.5 * self.b / (1.0 - self.ratio)), count))
            other = self.ratio * sizes
        else:
            sizes = rng.exponential(self.b / self.ratio, count)
            other = (1.0 - self.ratio) * sizes * sizes
        return sizes, rng.exponential(self.b, count) > other


def strength(noise: Noise, prior: Prior) -> float:
    """Return the strength λ that a noise and a prior give to the penalty beside the sum of losses.

    The negative logarithm of the posterior is then noise.scale · (Σ loss + λ · penalty), but for a
    constant: λ = σ²/τ² for normal noise and prior, 2σ²/b for a Laplace prior. Beside the mean of n
    losses it is λ/n.
    """
    return prior.scale / noise.scale


@dataclasses.dataclass(frozen=True)
class Counts(Domain):
    """How many there are of something."""

    @property
    def words(self) -> str:
        """The counts in words."""
        return "a whole number at least 0"

    def holds(self, array: Array) -> NDArray[np.bool_]:
        """Tell which elements are counts."""
        return (array >= 0.0) & (array == np.floor(array)) & np.isfinite(array)


COUNTS = Counts()


@dataclasses.dataclass(frozen=True)
class LabelModel(Belief):
    """How likely each label or count is, given a prediction: a score, logits or a rate.

    -log p(target | prediction) = cost(prediction, target) + constant(target).
    """

    @property
    def scale(self) -> float:
        return 1.0

    @abstractmethod
    def cost(self, prediction: ArrayLike, target: ArrayLike) -> Array:
        """Return the loss of each prediction."""

    def constant(self, target: ArrayLike) -> Array:
        """Return what no prediction can change: 0, unless the target alone costs something."""
        return np.zeros(np.shape(target))[()]

    def negative_log(self, prediction: ArrayLike, target: ArrayLike) -> Array:
        """Return -log p, one number per sample."""
        return self.cost(prediction, target) + self.constant(target)

    def log_probability(self, prediction: ArrayLike, target: ArrayLike) -> Array:
        """Return log p, one number per sample."""
        return -self.negative_log(prediction, target)

    @abstractmethod
    def sample(self, prediction: ArrayLike, rng: np.random.Generator) -> Array:
        """Return a target for each prediction."""


@final
@dataclasses.dataclass(frozen=True)
class BernoulliLabel(LabelModel):
    """One of two labels, the upper one with probability 1 / (1 + exp(-score)).

    Labels are -1 and 1, or 0 and 1; those drawn are -1 and 1.
    """

    name: ClassVar[str] = "Bernoulli label"
    formula: ClassVar[str] = r"p(y \mid f) = \frac{1}{1 + e^{-y f}}, \quad y \in \{-1, 1\}"
    source: ClassVar[Source] = Source("Cox", 1958, "The regression analysis of binary sequences")
    story: ClassVar[str] = (
        "A coin whose bias the score sets: at 0 it is fair,"
        " and each unit of score multiplies the odds by e."
    )

    @property
    def loss(self) -> LogisticLoss:
        return LogisticLoss()

    def cost(self, prediction: ArrayLike, target: ArrayLike) -> Array:
        """Return the logistic loss of each margin, label times score."""
        return self.loss.value_of(prediction, target)

    def sample(self, prediction: ArrayLike, rng: np.random.Generator) -> Array:
        """Return a label, -1 or 1, for each score."""
        score = ANY.checked(type(self).__name__, "score", prediction)
        return np.where(rng.random(score.shape) < self.loss.probability(score), 1.0, -1.0)[()]


@final
@dataclasses.dataclass(frozen=True)
class CategoricalLabel(LabelModel):
    """One of K classes, each with its softmax probability.

    Shape: logits (..., K); the target is the number of a class, (...).
    """

    name: ClassVar[str] = "Categorical label"
    formula: ClassVar[str] = r"p(y \mid z) = \frac{e^{z_y}}{\sum_k e^{z_k}}"
    source: ClassVar[Source] = Source(
        "McFadden", 1974, "Conditional logit analysis of qualitative choice behavior"
    )
    story: ClassVar[str] = (
        "A die with a face for every class:"
        " one more unit of logit makes a class e times as likely beside the others."
    )

    @property
    def loss(self) -> CategoricalCrossEntropy:
        return CategoricalCrossEntropy()

    def cost(self, prediction: ArrayLike, target: ArrayLike) -> Array:
        """Return the cross-entropy of each row of logits with all probability on the target."""
        return SparseCategoricalCrossEntropy().value(prediction, target)

    def constant(self, target: ArrayLike) -> Array:
        """Return 0: all of it depends on the logits."""
        return np.zeros(np.shape(CLASSES.checked(type(self).__name__, "target", target)))[()]

    @_overflow_is_infinity
    def sample(self, prediction: ArrayLike, rng: np.random.Generator) -> Array:
        """Return the number of a class for each row of logits.

        The largest logit wins, once each has been given its own Gumbel noise.
        """
        owner = type(self).__name__
        logits = FINITE.checked(owner, "logits", prediction)
        if logits.ndim == 0 or logits.shape[-1] == 0:
            raise DomainError(f"{owner}: logits {logits.shape} hold no classes, expected rows.")
        # Threat: beside a huge logit the noise vanishes, and ties are not broken by chance. Remedy:
        # distances below the largest of the row. Limit: none, as those near the top are exact.
        below = logits - logits.max(axis=-1, keepdims=True)
        return np.argmax(below + rng.gumbel(size=logits.shape), axis=-1)


@final
@dataclasses.dataclass(frozen=True)
class PoissonCount(LabelModel):
    """How often something happens at a rate μ: the Poisson loss, and log y! for the count alone.

    Of large counts the two nearly cancel: what is left is off by some 1e-16 of y log y.
    """

    name: ClassVar[str] = "Poisson count"
    formula: ClassVar[str] = r"p(y \mid \mu) = \frac{\mu^y e^{-\mu}}{y!}"
    source: ClassVar[Source] = Source("Nelder and Wedderburn", 1972, "Generalized linear models")
    story: ClassVar[str] = (
        "Events that fall where they will, each on its own: of μ expected, so many came."
    )

    @property
    def loss(self) -> PoissonLoss:
        return PoissonLoss()

    def cost(self, prediction: ArrayLike, target: ArrayLike) -> Array:
        """Return the Poisson loss of each rate."""
        return self.loss.value(prediction, self._counted(target))

    def constant(self, target: ArrayLike) -> Array:
        """Return log y!."""
        from scipy.special import gammaln

        return gammaln(self._counted(target) + 1.0)

    def sample(self, prediction: ArrayLike, rng: np.random.Generator) -> Array:
        """Return a count for each rate, up to a rate of 1e18, beyond which integers end."""
        drawable = Interval(low=0.0, high=1e18)
        rate = drawable.checked(type(self).__name__, "rate", prediction)
        return np.asarray(rng.poisson(rate), dtype=np.float64)[()]

    def _counted(self, target: ArrayLike) -> Array:
        return COUNTS.checked(type(self).__name__, "target", target)


NOISES: tuple[type[Noise], ...] = (
    GaussianNoise,
    LaplaceNoise,
    AsymmetricLaplaceNoise,
    StudentTNoise,
    LogisticNoise,
    HyperbolicSecantNoise,
    HuberNoise,
    InsensitiveNoise,
)
PRIORS: tuple[type[Prior], ...] = (GaussianPrior, LaplacePrior, ElasticNetPrior)
LABEL_MODELS: tuple[type[LabelModel], ...] = (BernoulliLabel, CategoricalLabel, PoissonCount)
