"""Losses of the residual, r = prediction - target: what a fit pays for missing a number."""

import dataclasses
import math
from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar, final

import numpy as np
from numpy.typing import ArrayLike

from core.declare import parameter
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
from core.losses.domain import ANY
from core.worked import factor, latex, size

# Threat: past |r| = 1e154 a square leaves float64, and NumPy warns. Remedy: the infinity it then
# returns is the right answer to hand on, so only the warning goes. Limit: used where the true value
# has left float64 too, or where the infinity is divided by at once and gives the right 0.
_overflow_is_infinity = np.errstate(over="ignore")

_FARTHER = Way("the residual grows", ((1e2,), (1e4,), (1e8,)))

# From here on 1 + u² and u² are the same float64.
_FAR = 1e8


def _unless_nan(x: Array, known: ArrayLike) -> Array:
    """Return what is known without looking at x, but NaN where x is NaN."""
    return np.where(np.isnan(x), x, known)


def _log1p_square(distance: Array, scale: float) -> Array:
    """Return log(1 + (distance / scale)²) without squaring what would leave float64."""
    far = _FAR * scale
    ratio = np.minimum(distance, far)
    ratio /= scale
    ratio *= ratio
    logarithm = np.log1p(ratio)

    if np.any(distance > far):
        logarithm += 2.0 * (np.log(np.maximum(distance, far)) - math.log(far))
    return logarithm


@dataclasses.dataclass(frozen=True)
class ResidualLoss(ScalarLoss):
    """A loss of r = prediction - target, so that its gradient is that of the prediction too.

    noise: the noise under which minimising this loss is maximum likelihood, if there is one.
    """

    task: ClassVar[str] = "Regression"
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument("residual", "r", "prediction - target", ANY, moves=True),
    )
    noise: ClassVar[str]
    places: ClassVar[tuple[str, ...]] = ()

    @property
    def section(self) -> Section:
        reach = max(4.0, *(1.2 * getattr(self, name) for name in self.places), 0.0)
        curves = self.value, self.gradient, self.hessian
        return Section("residual r", (-reach, reach), *curves, places=self.places)

    @property
    @abstractmethod
    def code_value(self) -> str:
        """The value as a NumPy expression in `r` and the parameters, for ordinary magnitudes."""

    @property
    @abstractmethod
    def code_gradient(self) -> str:
        """The gradient as a NumPy expression in `r` and the parameters."""

    @abstractmethod
    def worked(self, x: float) -> str:
        """Return the formula as it applies at x, in LaTeX, with its numbers plugged in."""

    @_overflow_is_infinity
    @elementwise
    def weight(self, x: Array) -> Array:
        """Return gradient(x) / x, the weight of a point in iteratively reweighted least squares.

        At 0 it is the limit: the curvature there, or infinity when the gradient jumps at 0.
        """
        at_zero = x == 0.0
        weight = self.gradient(x) / np.where(at_zero, 1.0, x)
        limit = math.inf if 0.0 in self.properties.kinks else self.hessian(0.0)
        return np.where(at_zero, limit, weight)


@final
@dataclasses.dataclass(frozen=True)
class SquaredError(ResidualLoss):
    """r², with no ½: its mean over samples is the mean squared error as most people write it."""

    name: ClassVar[str] = "Squared error"
    formula: ClassVar[str] = r"L(r) = r^2"
    source: ClassVar[Source] = Source(
        "Legendre", 1805, "Nouvelles méthodes pour la détermination des orbites des comètes"
    )
    estimates: ClassVar[str] = "mean"
    noise: ClassVar[str] = "Normal (Gaussian) noise, whatever its spread."
    story: ClassVar[str] = (
        "A miss twice as large costs four times as much, so one far point can drag the whole fit."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall("torch.nn.functional.mse_loss(prediction, target)", "mean"),
        "Keras": FrameworkCall("keras.losses.MeanSquaredError()(target, prediction)", "mean"),
        "Optax": FrameworkCall(
            "optax.squared_error(prediction, target)",
            "none",
            note="optax.l2_loss is half of this.",
        ),
        "scikit-learn": FrameworkCall(
            "sklearn.metrics.mean_squared_error(target, prediction)", "mean"
        ),
    }
    code_value: ClassVar[str] = "r**2"
    code_gradient: ClassVar[str] = "2 * r"

    @_overflow_is_infinity
    @elementwise
    def value(self, x: Array) -> Array:
        return x * x

    @_overflow_is_infinity
    @elementwise
    def gradient(self, x: Array) -> Array:
        return 2.0 * x

    @elementwise
    def hessian(self, x: Array) -> Array:
        return _unless_nan(x, 2.0)

    @elementwise
    def weight(self, x: Array) -> Array:
        """Return 2 for every point, however far: nothing is weighed down."""
        return self.hessian(x)

    def worked(self, x: float) -> str:
        return f"{factor(x)}^2"

    @property
    def properties(self) -> Properties:
        return Properties(
            lipschitz=math.inf,
            steep=_FARTHER,
            smoothness=2.0,
            strong_convexity=2.0,
            convex=True,
        )

    @property
    def pieces(self) -> Pieces:
        return Pieces(kinks=(), polynomials=((0.0, 0.0, 1.0),))


@final
@dataclasses.dataclass(frozen=True)
class AbsoluteError(ResidualLoss):
    """|r|, with slope 0 at its kink."""

    name: ClassVar[str] = "Absolute error"
    formula: ClassVar[str] = r"L(r) = |r|"
    source: ClassVar[Source] = Source(
        "Boscovich", 1757, "De litteraria expeditione per pontificiam ditionem"
    )
    estimates: ClassVar[str] = "median"
    noise: ClassVar[str] = "Laplace (double exponential) noise, whatever its spread."
    story: ClassVar[str] = (
        "Every point pulls equally hard, near or far: only the side it lies on counts."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall("torch.nn.functional.l1_loss(prediction, target)", "mean"),
        "Keras": FrameworkCall("keras.losses.MeanAbsoluteError()(target, prediction)", "mean"),
        "Optax": None,
        "scikit-learn": FrameworkCall(
            "sklearn.metrics.mean_absolute_error(target, prediction)", "mean"
        ),
    }
    code_value: ClassVar[str] = "np.abs(r)"
    code_gradient: ClassVar[str] = "np.sign(r)"

    @elementwise
    def value(self, x: Array) -> Array:
        return np.abs(x)

    @elementwise
    def gradient(self, x: Array) -> Array:
        return np.sign(x)

    @elementwise
    def hessian(self, x: Array) -> Array:
        return _unless_nan(x, 0.0)

    def worked(self, x: float) -> str:
        return f"|{latex(x)}|"

    @property
    def properties(self) -> Properties:
        return Properties(
            lipschitz=1.0, smoothness=math.inf, strong_convexity=0.0, convex=True, kinks=(0.0,)
        )

    @property
    def pieces(self) -> Pieces:
        return Pieces(kinks=(0.0,), polynomials=((0.0, -1.0), (0.0, 1.0)))


@final
@dataclasses.dataclass(frozen=True)
class Huber(ResidualLoss):
    """½r² inside δ, δ(|r| - ½δ) outside: the ½ belongs to the square, so the slope ends at δ."""

    delta: float = parameter(
        1.0,
        symbol=r"\delta",
        meaning="residuals up to this size are squared, larger ones grow in a straight line",
        low=0.05,
        high=10.0,
        step=0.05,
        minimum=0.0,
        open_minimum=True,
        open_maximum=True,
    )

    places: ClassVar[tuple[str, ...]] = ("delta",)
    name: ClassVar[str] = "Huber"
    formula: ClassVar[str] = (
        r"L(r) = \begin{cases} \tfrac12 r^2 & |r| \le \delta \\"
        r" \delta\,(|r| - \tfrac12 \delta) & |r| > \delta \end{cases}"
    )
    source: ClassVar[Source] = Source("Huber", 1964, "Robust estimation of a location parameter")
    estimates: ClassVar[str] = "mean, with far points pulled in to δ"
    noise: ClassVar[str] = "Noise that is normal up to δ and falls off exponentially beyond it."
    story: ClassVar[str] = (
        "Near points count as in least squares; beyond δ a point pulls no harder, however far."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall(
            "torch.nn.functional.huber_loss(prediction, target, delta=delta)",
            "mean",
            note="smooth_l1_loss with beta=delta is this divided by delta.",
        ),
        "Keras": FrameworkCall("keras.losses.Huber(delta=delta)(target, prediction)", "mean"),
        "Optax": FrameworkCall("optax.huber_loss(prediction, target, delta=delta)", "none"),
        "scikit-learn": None,
    }
    code_value: ClassVar[str] = (
        "np.where(np.abs(r) <= delta, 0.5 * r**2, delta * (np.abs(r) - 0.5 * delta))"
    )
    code_gradient: ClassVar[str] = "np.clip(r, -delta, delta)"

    @_overflow_is_infinity
    @elementwise
    def value(self, x: Array) -> Array:
        distance = np.abs(x)
        inside = np.minimum(distance, self.delta)
        distance -= 0.5 * inside
        distance *= inside
        return distance

    @elementwise
    def gradient(self, x: Array) -> Array:
        return np.clip(x, -self.delta, self.delta)

    @elementwise
    def hessian(self, x: Array) -> Array:
        return _unless_nan(x, np.abs(x) <= self.delta)

    def worked(self, x: float) -> str:
        if abs(x) <= self.delta:
            return rf"\tfrac12 \cdot {factor(x)}^2"
        delta = latex(self.delta)
        return rf"{delta} \cdot \left({size(x)} - \tfrac12 \cdot {delta}\right)"

    @property
    def properties(self) -> Properties:
        return Properties(lipschitz=self.delta, smoothness=1.0, strong_convexity=0.0, convex=True)

    @property
    def pieces(self) -> Pieces:
        offset = -0.5 * self.delta * self.delta
        return Pieces(
            kinks=(-self.delta, self.delta),
            polynomials=((offset, -self.delta), (0.0, 0.0, 0.5), (offset, self.delta)),
        )


@final
@dataclasses.dataclass(frozen=True)
class LogCosh(ResidualLoss):
    """log cosh r: ½r² near 0 and |r| - log 2 far away."""

    name: ClassVar[str] = "Log-cosh"
    formula: ClassVar[str] = r"L(r) = \log\cosh r"
    source: ClassVar[Source] = Source(
        "Green",
        1990,
        "Bayesian reconstructions from emission tomography data using a modified EM algorithm",
    )
    estimates: ClassVar[str] = "a blend of mean and median"
    noise: ClassVar[str] = "Hyperbolic secant noise, whose density is 1 / (π cosh r)."
    story: ClassVar[str] = (
        "A Huber loss without a seam: its slope bends from r to ±1 as smoothly as a slope can."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": None,
        "Keras": FrameworkCall("keras.losses.LogCosh()(target, prediction)", "mean"),
        "Optax": FrameworkCall("optax.log_cosh(prediction, target)", "none"),
        "scikit-learn": None,
    }
    code_value: ClassVar[str] = (
        "np.log1p(2 * np.sinh(np.clip(r, -20, 20) / 2)**2) + np.maximum(np.abs(r) - 20, 0)"
    )
    code_gradient: ClassVar[str] = "np.tanh(r)"

    @elementwise
    def value(self, x: Array) -> Array:
        # Threat: cosh overflows near 710, and log cosh of a small number loses all its digits.
        # Remedy: cosh r = 1 + 2 sinh²(r/2) up to 20; from there log cosh grows by exactly |r| - 20.
        # Limit: the exactness is float64's, tanh 20 = 1 - 8e-18.
        distance = np.abs(x)
        near = np.minimum(distance, 20.0)
        distance -= near
        near *= 0.5
        half_sine = np.sinh(near)
        half_sine *= half_sine
        half_sine *= 2.0
        distance += np.log1p(half_sine)
        return distance

    @elementwise
    def gradient(self, x: Array) -> Array:
        return np.tanh(x)

    @elementwise
    def hessian(self, x: Array) -> Array:
        decay = np.exp(-np.abs(x))
        secant = 2.0 * decay
        secant /= 1.0 + decay * decay
        secant *= secant
        return secant

    def worked(self, x: float) -> str:
        """Return log cosh, or the straight line that it is in float64 from 20 on."""
        if abs(x) <= 20.0:
            return rf"\log\cosh {factor(x)}"
        return rf"{size(x)} - \log 2"

    @property
    def properties(self) -> Properties:
        return Properties(lipschitz=1.0, smoothness=1.0, strong_convexity=0.0, convex=True)

    @property
    def strip(self) -> float:
        return math.pi / 2.0


@final
@dataclasses.dataclass(frozen=True)
class Quantile(ResidualLoss):
    """The pinball loss: (1 - τ)r for a prediction too high, -τr for one too low.

    With r = prediction - target, its expected value is smallest at the τ-quantile of the target.
    """

    tau: float = parameter(
        0.5,
        symbol=r"\tau",
        meaning="the share of targets that should lie below the prediction",
        low=0.01,
        high=0.99,
        step=0.01,
        minimum=0.0,
        maximum=1.0,
        open_minimum=True,
        open_maximum=True,
    )

    name: ClassVar[str] = "Quantile"
    formula: ClassVar[str] = r"L(r) = \max\bigl((1 - \tau)\,r,\; -\tau\,r\bigr)"
    source: ClassVar[Source] = Source("Koenker and Bassett", 1978, "Regression quantiles")
    estimates: ClassVar[str] = "τ-quantile"
    noise: ClassVar[str] = "Asymmetric Laplace noise whose τ-quantile is 0, whatever its spread."
    story: ClassVar[str] = (
        "A prediction too low costs τ per unit, one too high 1 − τ:"
        " the cheapest place leaves a share τ of the targets below."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": None,
        "Keras": None,
        "Optax": None,
        "scikit-learn": FrameworkCall(
            "sklearn.metrics.mean_pinball_loss(target, prediction, alpha=tau)", "mean"
        ),
    }
    code_value: ClassVar[str] = "np.maximum((1 - tau) * r, -tau * r)"
    code_gradient: ClassVar[str] = "np.clip(np.sign(r), -tau, 1 - tau)"

    @elementwise
    def value(self, x: Array) -> Array:
        cost = np.maximum((1.0 - self.tau) * x, -self.tau * x)
        cost += 0.0  # -0 becomes 0
        return cost

    @elementwise
    def gradient(self, x: Array) -> Array:
        return np.clip(np.sign(x), -self.tau, 1.0 - self.tau)

    @elementwise
    def hessian(self, x: Array) -> Array:
        return _unless_nan(x, 0.0)

    def worked(self, x: float) -> str:
        tau = latex(self.tau)
        if x < 0.0:
            return rf"-{factor(self.tau)} \cdot ({latex(x)})"
        return rf"(1 - {tau}) \cdot {latex(x)}"

    @property
    def properties(self) -> Properties:
        return Properties(
            lipschitz=max(self.tau, 1.0 - self.tau),
            smoothness=math.inf,
            strong_convexity=0.0,
            convex=True,
            kinks=(0.0,),
            symmetric=self.tau == 0.5,
        )

    @property
    def pieces(self) -> Pieces:
        return Pieces(kinks=(0.0,), polynomials=((0.0, -self.tau), (0.0, 1.0 - self.tau)))


@final
@dataclasses.dataclass(frozen=True)
class EpsilonInsensitive(ResidualLoss):
    """max(|r| - ε, 0), the loss of support vector regression; ε = 0 is the absolute error."""

    epsilon: float = parameter(
        0.5,
        symbol=r"\varepsilon",
        meaning="misses up to this size are free",
        low=0.0,
        high=10.0,
        step=0.05,
        minimum=0.0,
        open_maximum=True,
    )

    places: ClassVar[tuple[str, ...]] = ("epsilon",)
    name: ClassVar[str] = "Epsilon-insensitive"
    formula: ClassVar[str] = r"L(r) = \max\bigl(|r| - \varepsilon,\; 0\bigr)"
    source: ClassVar[Source] = Source(
        "Smola and Schölkopf", 2004, "A tutorial on support vector regression", "eq. (4)"
    )
    estimates: ClassVar[str] = "centre of a band ±ε with equal shares of targets on either side"
    noise: ClassVar[str] = "Noise that is uniform up to ε and falls off exponentially beyond it."
    story: ClassVar[str] = (
        "A miss within ε is no miss at all; beyond it, every point pulls equally hard."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": None,
        "Keras": None,
        "Optax": None,
        "scikit-learn": None,
    }
    code_value: ClassVar[str] = "np.maximum(np.abs(r) - epsilon, 0)"
    code_gradient: ClassVar[str] = "np.sign(r) * (np.abs(r) > epsilon)"

    @elementwise
    def value(self, x: Array) -> Array:
        excess = np.abs(x)
        excess -= self.epsilon
        return np.maximum(excess, 0.0)

    @elementwise
    def gradient(self, x: Array) -> Array:
        return np.sign(x) * (np.abs(x) > self.epsilon)

    @elementwise
    def hessian(self, x: Array) -> Array:
        return _unless_nan(x, 0.0)

    def worked(self, x: float) -> str:
        return rf"\max\bigl({size(x)} - {latex(self.epsilon)},\; 0\bigr)"

    @property
    def properties(self) -> Properties:
        return Properties(
            lipschitz=1.0,
            smoothness=math.inf,
            strong_convexity=0.0,
            convex=True,
            kinks=self.pieces.kinks,
        )

    @property
    def pieces(self) -> Pieces:
        falling, rising = (-self.epsilon, -1.0), (-self.epsilon, 1.0)
        if self.epsilon == 0.0:
            return Pieces(kinks=(0.0,), polynomials=(falling, rising))
        return Pieces(kinks=(-self.epsilon, self.epsilon), polynomials=(falling, (0.0,), rising))


@final
@dataclasses.dataclass(frozen=True)
class Cauchy(ResidualLoss):
    """½s² log(1 + (r/s)²): ½r² near 0, and a logarithm far away."""

    scale: float = parameter(
        1.0,
        symbol="s",
        meaning="the size of miss that pulls hardest; larger ones pull less and less",
        low=0.05,
        high=10.0,
        step=0.05,
        minimum=0.0,
        open_minimum=True,
        open_maximum=True,
    )

    places: ClassVar[tuple[str, ...]] = ("scale",)
    name: ClassVar[str] = "Cauchy"
    formula: ClassVar[str] = r"L(r) = \tfrac12 s^2 \log\bigl(1 + (r/s)^2\bigr)"
    source: ClassVar[Source] = Source(
        "Holland and Welsch", 1977, "Robust regression using iteratively reweighted least-squares"
    )
    estimates: ClassVar[str] = "mean when s is wide, nearer the mode as s narrows"
    noise: ClassVar[str] = "Cauchy noise of scale s."
    story: ClassVar[str] = (
        "It pulls hardest at a distance s; what lies farther is slowly let go, never forgotten."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": None,
        "Keras": None,
        "Optax": None,
        "scikit-learn": None,
    }
    code_value: ClassVar[str] = "0.5 * scale**2 * np.log1p((r / scale)**2)"
    code_gradient: ClassVar[str] = "r / (1 + (r / scale)**2)"

    @elementwise
    def value(self, x: Array) -> Array:
        value = _log1p_square(np.abs(x), self.scale)
        value *= 0.5 * self.scale * self.scale
        return value

    # Threat: r / (1 + (r/s)²) squares itself out of float64. Remedy: s / (u + 1/u) with u = r/s, no
    # square; at u = 0 it is s divided by an infinity, which is the 0 we want. Limit: an |u| below
    # 6e-309 counts as 0.
    @np.errstate(over="ignore", divide="ignore")
    @elementwise
    def gradient(self, x: Array) -> Array:
        ratio = x / self.scale
        ratio += 1.0 / ratio
        return self.scale / ratio

    @_overflow_is_infinity
    @elementwise
    def hessian(self, x: Array) -> Array:
        ratio = x / self.scale
        ratio *= ratio
        ratio += 1.0
        weight = 1.0 / ratio
        return weight * (2.0 * weight - 1.0)

    def worked(self, x: float) -> str:
        scale = factor(self.scale)
        square = f"({latex(x)} / {scale})^2"
        return rf"\tfrac12 \cdot {scale}^2 \cdot \log\left(1 + {square}\right)"

    @property
    def properties(self) -> Properties:
        return Properties(
            lipschitz=0.5 * self.scale,
            smoothness=1.0,
            strong_convexity=0.0,
            convex=False,
            witness=(0.0, 10.0 * self.scale),
            redescending=True,
        )

    @property
    def strip(self) -> float:
        return self.scale


@final
@dataclasses.dataclass(frozen=True)
class Tukey(ResidualLoss):
    """Tukey's biweight: ½r² near 0, levelling off to the constant c²/6 from c on."""

    c: float = parameter(
        4.685,
        symbol="c",
        meaning="points farther away than this are ignored altogether",
        low=0.05,
        high=20.0,
        step=0.005,
        minimum=0.0,
        open_minimum=True,
        open_maximum=True,
    )

    places: ClassVar[tuple[str, ...]] = ("c",)
    name: ClassVar[str] = "Tukey biweight"
    formula: ClassVar[str] = (
        r"L(r) = \begin{cases} \tfrac{c^2}{6}\bigl(1 - (1 - (r/c)^2)^3\bigr) & |r| \le c \\"
        r" \tfrac{c^2}{6} & |r| > c \end{cases}"
    )
    source: ClassVar[Source] = Source(
        "Beaton and Tukey",
        1974,
        "The fitting of power series, meaning polynomials, illustrated on band-spectroscopic data",
    )
    estimates: ClassVar[str] = "mode, as seen through a window of half-width c"
    noise: ClassVar[str] = (
        "None: a bounded loss would need noise that stays just as likely however far out."
    )
    story: ClassVar[str] = (
        "Points beyond c cost a flat fee and no longer pull at all, as if they were not there."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": None,
        "Keras": None,
        "Optax": None,
        "scikit-learn": None,
    }
    code_value: ClassVar[str] = "(v := np.minimum((r / c)**2, 1)) * (3 - v * (3 - v)) * c**2 / 6"
    code_gradient: ClassVar[str] = "r * np.maximum((1 - r / c) * (1 + r / c), 0)**2"

    @elementwise
    def value(self, x: Array) -> Array:
        square = np.abs(x)
        square = np.minimum(square, self.c)
        square /= self.c
        square *= square
        # 1 - (1 - v)³ = v (3 - v (3 - v)) keeps the digits of a small v.
        return (self.c * self.c / 6.0) * square * (3.0 - square * (3.0 - square))

    @elementwise
    def gradient(self, x: Array) -> Array:
        near = np.clip(x, -self.c, self.c)
        ratio = near / self.c
        fall = (1.0 - ratio) * (1.0 + ratio)
        fall *= fall
        fall *= near
        return fall

    @elementwise
    def hessian(self, x: Array) -> Array:
        ratio = np.minimum(np.abs(x), self.c)
        ratio /= self.c
        fall = (1.0 - ratio) * (1.0 + ratio)
        ratio *= ratio
        return fall * (1.0 - 5.0 * ratio)

    def worked(self, x: float) -> str:
        c = factor(self.c)
        flat = rf"\tfrac{{{c}^2}}{{6}}"
        if abs(x) > self.c:
            return flat
        square = f"({latex(x)} / {c})^2"
        return rf"{flat} \cdot \left(1 - \left(1 - {square}\right)^3\right)"

    @property
    def properties(self) -> Properties:
        return Properties(
            lipschitz=16.0 * self.c / (25.0 * math.sqrt(5.0)),
            smoothness=1.0,
            strong_convexity=0.0,
            convex=False,
            witness=(0.0, 2.0 * self.c),
            bound=self.c * self.c / 6.0,
            redescending=True,
        )

    @property
    def pieces(self) -> Pieces:
        square = 1.0 / self.c / self.c
        flat = (self.c * self.c / 6.0,)
        inside = (0.0, 0.0, 0.5, 0.0, -0.5 * square, 0.0, square * square / 6.0)
        return Pieces(kinks=(-self.c, self.c), polynomials=(flat, inside, flat))


@final
@dataclasses.dataclass(frozen=True)
class Barron(ResidualLoss):
    """Squares (α = 2), Charbonnier (1), Cauchy (0), Geman-McClure (-2), Welsch (-∞) in one family.

    Near 0 each is ½(r/c)²: with the ½, and with residuals measured in units of c.
    """

    alpha: float = parameter(
        1.0,
        symbol=r"\alpha",
        meaning="how fast far points gain cost: 2 as their square, 1 in a line, below 0 not at all",
        low=-8.0,
        high=2.0,
        step=0.1,
        maximum=2.0,
    )
    c: float = parameter(
        1.0,
        symbol="c",
        meaning="the size of miss that counts as one unit",
        low=0.05,
        high=10.0,
        step=0.05,
        minimum=0.0,
        open_minimum=True,
        open_maximum=True,
    )

    places: ClassVar[tuple[str, ...]] = ("c",)
    name: ClassVar[str] = "Barron general"
    formula: ClassVar[str] = (
        r"L(r) = \frac{|\alpha - 2|}{\alpha}"
        r"\left(\left(\frac{(r/c)^2}{|\alpha - 2|} + 1\right)^{\alpha/2} - 1\right)"
    )
    source: ClassVar[Source] = Source(
        "Barron", 2019, "A general and adaptive robust loss function", "eq. (8)"
    )
    estimates: ClassVar[str] = "mean at α = 2, nearer the mode as α falls"
    noise: ClassVar[str] = (
        "Normal noise at α = 2 and Cauchy noise of scale √2 c at α = 0;"
        " below 0 the loss is bounded and belongs to no noise."
    )
    story: ClassVar[str] = (
        "One knob, α, leads from least squares, where far points rule,"
        " to losses that let them go entirely."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": None,
        "Keras": None,
        "Optax": None,
        "scikit-learn": None,
    }

    @_overflow_is_infinity
    @elementwise
    def value(self, x: Array) -> Array:
        if self.alpha == 2.0:
            ratio = x / self.c
            return 0.5 * ratio * ratio
        if self.alpha == -math.inf:
            return -np.expm1(self._welsch_exponent(x))

        growth = self._growth(x)
        if abs(self.alpha) < 1e-20:  # here expm1(½αg)/α is ½g in float64
            return growth * (0.5 * self._breadth)
        growth *= 0.5 * self.alpha
        return np.expm1(growth) * (self._breadth / self.alpha)

    @_overflow_is_infinity
    @elementwise
    def gradient(self, x: Array) -> Array:
        if self.alpha == 2.0:
            return x * self._curvature
        if self.alpha == -math.inf:
            near = np.clip(x, -40.0 * self.c, 40.0 * self.c)
            return near * self.weight(near)

        # Threat: an infinite residual times a weight of 0. Remedy: a residual that levels off times
        # the growth that is left. Limit: none known.
        gradient = self._levelled(x)
        gradient *= self._curvature
        if self.alpha != 1.0:
            growth = self._growth(x)
            growth *= 0.5 * (self.alpha - 1.0)
            gradient *= np.exp(growth)
        return gradient

    @elementwise
    def hessian(self, x: Array) -> Array:
        if self.alpha == 2.0:
            return self.weight(x)
        if self.alpha == -math.inf:
            return self.weight(x) * (1.0 + 2.0 * self._welsch_exponent(x))

        growth = self._growth(x)
        weight = np.exp(-0.5 * self._breadth * growth) * self._curvature
        # Two writings of 1 - u²/(1 + u²/|α - 2|): the first keeps its digits where α is near 1, the
        # second where α is far below 0.
        if self.alpha > 0.0:
            return weight * (self.alpha - 1.0 + self._breadth * np.exp(-growth))
        return weight * (1.0 + self._breadth * np.expm1(-growth))

    @elementwise
    def weight(self, x: Array) -> Array:
        """Return gradient(x) / x, finite everywhere: 1/c² at 0, falling from there unless α = 2."""
        if self.alpha == 2.0:
            return _unless_nan(x, self._curvature)
        if self.alpha == -math.inf:
            return np.exp(self._welsch_exponent(x)) * self._curvature

        growth = self._growth(x)
        growth *= -0.5 * self._breadth
        return np.exp(growth) * self._curvature

    @property
    def code_value(self) -> str:
        if self.alpha == 2.0:
            return "0.5 * (r / c)**2"
        if self.alpha == 0.0:
            return "np.log1p(0.5 * (r / c)**2)"
        if self.alpha == -math.inf:
            return "-np.expm1(-0.5 * (r / c)**2)"
        growth = "np.log1p((r / c)**2 / (2 - alpha))"
        return f"(2 - alpha) / alpha * np.expm1(alpha / 2 * {growth})"

    @property
    def code_gradient(self) -> str:
        if self.alpha == 2.0:
            return "r / c**2"
        if self.alpha == 0.0:
            return "r / (c**2 + 0.5 * r**2)"
        if self.alpha == -math.inf:
            return "r / c**2 * np.exp(-0.5 * (r / c)**2)"
        return "r / c**2 * ((r / c)**2 / (2 - alpha) + 1)**(alpha / 2 - 1)"

    def worked(self, x: float) -> str:
        """Return the general formula, or its limit where α as written is 2, 0 or -∞."""
        square = f"({latex(x)} / {factor(self.c)})^2"
        alpha = latex(self.alpha)
        if alpha == "2":
            return rf"\tfrac12 \cdot {square}"
        if self.alpha == -math.inf:
            return rf"1 - \exp\left(-\tfrac12 \cdot {square}\right)"
        if abs(self.alpha) < 1e-20:
            return rf"\log\left(\tfrac12 \cdot {square} + 1\right)"

        breadth = rf"|{alpha} - 2|"
        growth = rf"\left(\frac{{{square}}}{{{breadth}}} + 1\right)^{{{alpha} / 2}}"
        return rf"\frac{{{breadth}}}{{{alpha}}} \cdot \left({growth} - 1\right)"

    @property
    def properties(self) -> Properties:
        return Properties(
            lipschitz=self._steepest_slope,
            steep=_FARTHER if self.alpha > 1.0 else None,
            smoothness=self._curvature,
            strong_convexity=self._curvature if self.alpha == 2.0 else 0.0,
            convex=self.alpha >= 1.0,
            witness=None if self.alpha >= 1.0 else (self._inflection, 4.0 * self._inflection),
            bound=self._ceiling,
            redescending=self.alpha < 1.0,
        )

    @property
    def pieces(self) -> Pieces | None:
        if self.alpha < 2.0:
            return None
        return Pieces(kinks=(), polynomials=((0.0, 0.0, 0.5 * self._curvature),))

    @property
    def strip(self) -> float | None:
        """The distance from 0 to the nearest singularity, c √|α - 2|, but never above √10 c.

        As α falls the singularity moves off to infinity, yet on the way to it the loss grows as
        exp(½(r/c)²): a strip no wider than that of α = -8 keeps it tame.
        """
        if self.alpha == 2.0:
            return None
        return self.c * math.sqrt(min(self._breadth, 10.0))

    @property
    def _breadth(self) -> float:
        return 2.0 - self.alpha

    @property
    def _curvature(self) -> float:
        return 1.0 / self.c / self.c

    def _growth(self, x: Array) -> Array:
        """Return log((r/c)² / |α - 2| + 1), of which every curve is an exponential."""
        return _log1p_square(np.abs(x), self.c * math.sqrt(self._breadth))

    def _levelled(self, x: Array) -> Array:
        """Return r / √((r/c)² / |α - 2| + 1), which is r near 0 and constant far away."""
        scale = self.c * math.sqrt(self._breadth)
        levelled = np.clip(x, -_FAR * scale, _FAR * scale)
        growth = levelled / scale
        growth *= growth
        growth += 1.0
        levelled /= np.sqrt(growth)
        return levelled

    def _welsch_exponent(self, x: Array) -> Array:
        """Return -½(r/c)², cut off where its exponential has long been 0."""
        ratio = np.minimum(np.abs(x), 40.0 * self.c)
        ratio /= self.c
        ratio *= ratio
        ratio *= -0.5
        return ratio

    @property
    def _inflection(self) -> float:
        """The residual at which a non-convex member is steepest: beyond it the curve bends down."""
        if self.alpha == -math.inf:
            return self.c
        return self.c * math.sqrt(self._breadth / (1.0 - self.alpha))

    @property
    def _steepest_slope(self) -> float:
        if self.alpha > 1.0:
            return math.inf
        if self.alpha == 1.0:
            return 1.0 / self.c
        if self.alpha == -math.inf:
            return math.exp(-0.5) / self.c
        excess = 1.0 - self.alpha
        return math.exp(-0.5 * excess * math.log1p(1.0 / excess)) / self.c

    @property
    def _ceiling(self) -> float:
        if self.alpha == -math.inf:
            return 1.0
        return self._breadth / -self.alpha if self.alpha < 0.0 else math.inf


RESIDUAL_LOSSES: tuple[type[ResidualLoss], ...] = (
    SquaredError,
    AbsoluteError,
    Huber,
    LogCosh,
    Quantile,
    EpsilonInsensitive,
    Cauchy,
    Tukey,
    Barron,
)
