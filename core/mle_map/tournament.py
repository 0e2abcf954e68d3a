"""Which loss estimates best under a noise: many data sets, every loss's answer to each.

The targets of a data set scatter around a centre, 0, which no loss is told; each loss names the
number of the least total loss. What comes out is compared with the least spread that an unbiased
estimate can have, the Cramér-Rao bound.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from core.likelihoods import (
    AsymmetricLaplaceNoise,
    GaussianNoise,
    HuberNoise,
    HyperbolicSecantNoise,
    InsensitiveNoise,
    LaplaceNoise,
    LogisticNoise,
    Noise,
    StudentTNoise,
)
from core.losses.base import Array
from core.losses.residual import (
    AbsoluteError,
    Cauchy,
    Huber,
    LogCosh,
    ResidualLoss,
    SquaredError,
)

SETS, COUNT, SEED = 200, 25, 7
_AT_ONCE = 10  # sets between two reports of progress
_ROUNDS, _STARTS = 100, 5
_EPS = float(np.finfo(np.float64).eps)
# How many standard errors apart two entrants must be before one is called the better.
SURE = 3.0
# Distances from the truth that differ by less of themselves differ by rounding alone.
_EVEN = 1e-9

# Threat: far from the wildest targets a loss bends by next to nothing, and a Newton step leaves
# float64. Remedy: an infinite step is refused like any other that leads outside. Limit: none.
_overflow_is_refused = np.errstate(over="ignore")


@dataclasses.dataclass(frozen=True)
class Entrant:
    """A loss that takes part, of residuals in units; own: whether it is the noise's own loss."""

    loss: ResidualLoss
    unit: float
    own: bool = False

    @property
    def name(self) -> str:
        """What it is called."""
        return self.loss.name

    def estimates(self, targets: Array) -> Array:
        """Return the number of least total loss for each row of targets: (m, n) in, (m,) out."""
        return self.unit * _centres(self.loss, targets / self.unit)


@dataclasses.dataclass(frozen=True, eq=False)
class Tournament:
    """What every loss said of every data set.

    bound: the Cramér-Rao bound, the least variance of an unbiased estimate.

    Shape: estimates (entrants, sets).
    """

    noise: Noise
    count: int
    entrants: tuple[Entrant, ...]
    estimates: Array
    bound: float

    @property
    def sets(self) -> int:
        """How many data sets have been answered."""
        return self.estimates.shape[1]

    @property
    def bias(self) -> Array:
        """The mean of the estimates; the truth is 0."""
        return self.estimates.mean(axis=1)

    @property
    def spread(self) -> Array:
        """The standard deviation of the estimates."""
        return self.estimates.std(axis=1, ddof=1)

    @property
    def mean_square(self) -> Array:
        """The mean square distance from the truth."""
        return (self.estimates**2).mean(axis=1)

    @property
    def mean_square_error(self) -> Array:
        """The standard error of that mean."""
        return (self.estimates**2).std(axis=1, ddof=1) / math.sqrt(self.sets)

    @property
    def best(self) -> int:
        """The entrant of the least mean square."""
        return int(np.argmin(self.mean_square))

    @property
    def leaders(self) -> tuple[int, ...]:
        """The best, and those that these sets cannot tell from it, from the best on.

        On the same sets each is compared with the best in two ways. One is told from it if its mean
        square is larger by so many standard errors of the difference; or if it lies farther from
        the truth than the best in more sets than not, by so many standard errors of a fair coin.
        Threat: with heavy tails the worse one is, the larger is its standard error. Remedy: the
        count, which no wild set can move. Limit: where the count speaks as clearly for the other,
        they are not told apart.
        """
        nearer, farther = self.nearer, self.farther
        ahead, clear = farther - nearer, SURE * np.sqrt(nearer + farther)
        more = np.where(self._even, 0.0, self.estimates**2 - self.estimates[self.best] ** 2)
        error = more.std(axis=1, ddof=1) / math.sqrt(self.sets)
        larger = more.mean(axis=1) > SURE * error
        told = (ahead > clear) | (larger & (ahead >= -clear))
        return tuple(int(one) for one in np.argsort(self.mean_square, kind="stable")
                     if not told[one])  # fmt: skip

    @property
    def nearer(self) -> NDArray[np.int64]:
        """In how many sets each lies nearer to the truth than the best; what is even, in none."""
        return ((self._apart < 0.0) & ~self._even).sum(axis=1)

    @property
    def farther(self) -> NDArray[np.int64]:
        """In how many sets each lies farther from the truth than the best."""
        return ((self._apart > 0.0) & ~self._even).sum(axis=1)

    @property
    def _apart(self) -> Array:
        far = np.abs(self.estimates)
        return far - far[self.best]

    @property
    def _even(self) -> NDArray[np.bool_]:
        """Where an estimate is the best's but for rounding, either way from the truth."""
        return np.abs(self._apart) <= _EVEN * np.abs(self.estimates)

    @property
    def winner(self) -> Entrant | None:
        """The best if these sets tell it from all others."""
        return self.entrants[self.best] if len(self.leaders) == 1 else None


def entrants(noise: Noise) -> tuple[Entrant, ...]:
    """Return the losses that take part, with knobs that suit the spread of a noise.

    The noise's own loss is exactly the one whose least total is maximum likelihood.
    """
    spread = spread_of_noise(noise)
    usual = (
        Entrant(SquaredError(), 1.0),
        Entrant(AbsoluteError(), 1.0),
        Entrant(Huber(delta=1.345 * spread), 1.0),
        Entrant(LogCosh(), spread),
        Entrant(Cauchy(scale=2.385 * spread), 1.0),
    )
    own = Entrant(noise.loss, noise.unit, own=True)  # type: ignore[arg-type]
    if not any(type(one.loss) is type(own.loss) for one in usual):
        return (*usual, own)
    return tuple(own if type(one.loss) is type(own.loss) else one for one in usual)


def spread_of_noise(noise: Noise) -> float:
    """Return the knob that says how wide a noise is."""
    for name in ("sigma", "b", "s"):
        if hasattr(noise, name):
            return float(getattr(noise, name))
    raise TypeError(f"{noise.name} has no spread.")


def fisher_information(noise: Noise) -> float:
    """Return how much one target tells of the centre: the mean square of the slope of log p."""
    match noise:
        case GaussianNoise(sigma=sigma):
            return 1.0 / sigma**2
        case LaplaceNoise(b=b):
            return 1.0 / b**2
        case AsymmetricLaplaceNoise(tau=tau, b=b):
            return tau * (1.0 - tau) / b**2
        case StudentTNoise(nu=nu, s=s):
            return (nu + 1.0) / (nu + 3.0) / s**2
        case LogisticNoise(s=s):
            return 1.0 / (3.0 * s**2)
        case HyperbolicSecantNoise(s=s):
            return 0.5 / s**2
        case HuberNoise(delta=delta, sigma=sigma):
            return _middle_share(delta / sigma) / sigma**2
        case InsensitiveNoise(epsilon=epsilon, b=b):
            return 1.0 / (b * (epsilon + b))
    raise TypeError(f"{noise.name} has no Fisher information here.")


def _middle_share(edge: float) -> float:
    """Return the share of Huber's noise within its edge: only there do targets tell of a shift."""
    middle = math.sqrt(2.0 * math.pi) * math.erf(edge / math.sqrt(2.0))
    return middle / (middle + 2.0 / edge * math.exp(-0.5 * edge * edge))


def variance(noise: Noise) -> float:
    """Return the variance of a noise where it has a short formula or none: inf for heavy tails."""
    match noise:
        case GaussianNoise(sigma=sigma):
            return sigma**2
        case LaplaceNoise(b=b):
            return 2.0 * b**2
        case StudentTNoise(nu=nu, s=s):
            return s**2 * nu / (nu - 2.0) if nu > 2.0 else math.inf
        case LogisticNoise(s=s):
            return (math.pi * s) ** 2 / 3.0
        case HuberNoise(delta=delta, sigma=sigma):
            return sigma**2 * _huber_variance(delta / sigma)
    raise TypeError(f"{noise.name} has no variance here.")


def has_mean(noise: Noise) -> bool:
    """Tell whether a noise has a mean: tails may be too heavy even for that."""
    return not (isinstance(noise, StudentTNoise) and noise.nu <= 1.0)


def _huber_variance(edge: float) -> float:
    """Return the variance of Huber's noise in units of σ²."""
    fall = math.exp(-0.5 * edge * edge)
    middle = math.sqrt(2.0 * math.pi) * math.erf(edge / math.sqrt(2.0))
    within = middle - 2.0 * edge * fall
    beyond = 2.0 * fall * (edge + 2.0 / edge + 2.0 / edge**3)
    return (within + beyond) / (middle + 2.0 / edge * fall)


def run(
    noise: Noise, sets: int = SETS, count: int = COUNT, seed: int = SEED
) -> Iterator[Tournament]:
    """Yield the tournament so far, a few data sets more each time, up to all of them."""
    rng = np.random.default_rng(seed)
    those, bound = entrants(noise), 1.0 / (count * fisher_information(noise))
    estimates = np.zeros((len(those), 0))
    while estimates.shape[1] < sets:
        more = min(_AT_ONCE, sets - estimates.shape[1])
        targets = noise.targets(np.zeros((more, count)), rng)
        said = np.array([one.estimates(targets) for one in those])
        estimates = np.concatenate([estimates, said], axis=1)
        yield Tournament(noise, count, those, estimates, bound)


# The number of least total loss, row by row ------------------------------------------------------


def _centres(loss: ResidualLoss, targets: Array) -> Array:
    """Return the number of least total loss for each row."""
    if isinstance(loss, SquaredError):
        return targets.mean(axis=1)
    if isinstance(loss, AbsoluteError):
        return np.median(targets, axis=1)
    if loss.properties.convex:
        return _zeros_of_the_slope(loss, targets)
    return _best_of_several(loss, targets)


@_overflow_is_refused
def _zeros_of_the_slope(loss: ResidualLoss, targets: Array) -> Array:
    """Return where the slope of the total loss crosses 0: Newton steps kept between two bounds."""
    typical = np.median(np.abs(targets), axis=1)  # a wild target says nothing of the digits needed
    low, high = targets.min(axis=1), targets.max(axis=1)
    at = np.median(targets, axis=1)
    for _ in range(_ROUNDS):
        r = at[:, None] - targets
        slope, bend = loss.gradient(r).sum(axis=1), loss.hessian(r).sum(axis=1)
        low, high = np.where(slope < 0, at, low), np.where(slope > 0, at, high)
        step = slope / np.where(bend > 0, bend, np.inf)
        inside = (bend > 0) & (at - step > low) & (at - step < high)
        moved = np.where(inside, at - step, 0.5 * (low + high))
        moved = np.where(slope == 0, at, moved)
        if (np.abs(moved - at) <= 4 * _EPS * np.maximum(np.abs(at), typical)).all():
            return moved
        at = moved
    return at


def _best_of_several(loss: ResidualLoss, targets: Array) -> Array:
    """Return the best of where reweighted means lead from the median and from the best targets."""
    total = loss.value(targets[:, :, None] - targets[:, None, :]).sum(axis=2)
    ranked = np.take_along_axis(targets, np.argsort(total, axis=1)[:, :_STARTS], axis=1)
    at = np.concatenate([np.median(targets, axis=1)[:, None], ranked], axis=1)
    for _ in range(_ROUNDS):
        r = at[:, :, None] - targets[:, None, :]
        weight = loss.weight(r)
        moved = (weight * targets[:, None, :]).sum(axis=2) / weight.sum(axis=2)
        moved = _newton(loss, targets, moved)
        if (np.abs(moved - at) <= 1e-13 * (1.0 + np.abs(at))).all():
            break
        at = moved
    costs = loss.value(at[:, :, None] - targets[:, None, :]).sum(axis=2)
    return np.take_along_axis(at, np.argmin(costs, axis=1)[:, None], axis=1)[:, 0]


@_overflow_is_refused
def _newton(loss: ResidualLoss, targets: Array, at: Array) -> Array:
    """Return the places after a Newton step where the total curves up and the step lowers it."""
    r = at[:, :, None] - targets[:, None, :]
    slope, bend = loss.gradient(r).sum(axis=2), loss.hessian(r).sum(axis=2)
    moved = at - slope / np.where(bend > 0, bend, np.inf)
    lower = loss.value(moved[:, :, None] - targets[:, None, :]).sum(axis=2)
    return np.where((bend > 0) & (lower <= loss.value(r).sum(axis=2)), moved, at)
