"""The same belief told in other coordinates: the peak of a density moves, that of a likelihood not.

belief = SigmaBelief(count=12, squares=9.3)       or CoinBelief(Coin(7, 10, BetaBelief(2, 2)))
belief.mle                  the same number in every coordinate
belief.map                  the peak of the density over σ or p itself
belief.moved_map            the peak of the density over log σ or logit p, told as σ or p
belief.density(x), belief.moved_density(u)        both with a total of 1
"""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, final

import numpy as np
from numpy.typing import ArrayLike

from core.losses.base import Array
from core.losses.domain import DomainError
from core.mle_map.conjugate import Coin

_STEP = 1.0 / 64.0
_ENOUGH = 45.0  # e to minus this is nothing beside 1
_FARTHEST = 4096.0


class Coordinate(ABC):
    """Another way to measure one number x: u = to(x), x = back(u)."""

    name: ClassVar[str]
    symbol: ClassVar[str]
    jacobian: ClassVar[str]
    words: ClassVar[str]

    @abstractmethod
    def to(self, x: ArrayLike) -> Array:
        """Return the coordinate of x."""

    @abstractmethod
    def back(self, u: ArrayLike) -> Array:
        """Return the x of a coordinate."""

    @abstractmethod
    def log_slope(self, u: ArrayLike) -> Array:
        """Return log |dx/du|: how much x a step of u spans, which a density is multiplied by."""


@final
class LogCoordinate(Coordinate):
    """The logarithm of a number above 0."""

    name = "logarithm"
    symbol = r"\log\sigma"
    jacobian = r"\frac{d\sigma}{d\log\sigma} = \sigma"
    words = (
        "One step of log σ spans more σ the larger σ is: the density over log σ is that over σ,"
        " times σ, and its peak lies further up."
    )

    def to(self, x: ArrayLike) -> Array:
        return np.log(np.asarray(x, dtype=np.float64))

    def back(self, u: ArrayLike) -> Array:
        return np.exp(np.asarray(u, dtype=np.float64))

    def log_slope(self, u: ArrayLike) -> Array:
        return np.asarray(u, dtype=np.float64)


@final
class LogitCoordinate(Coordinate):
    """The logarithm of the odds of a probability."""

    name = "log-odds"
    symbol = r"\mathrm{logit}\,p"
    jacobian = r"\frac{dp}{d\,\mathrm{logit}\,p} = p\,(1 - p)"
    words = (
        "One step of logit p spans the most p in the middle and next to none at the ends: the"
        " density over logit p is that over p, times p (1 - p), and its peak lies no further out."
    )

    def to(self, x: ArrayLike) -> Array:
        from scipy.special import logit

        return np.asarray(logit(np.asarray(x, dtype=np.float64)))

    def back(self, u: ArrayLike) -> Array:
        from scipy.special import expit

        return np.asarray(expit(np.asarray(u, dtype=np.float64)))

    def log_slope(self, u: ArrayLike) -> Array:
        from scipy.special import log_expit

        u = np.asarray(u, dtype=np.float64)
        return np.asarray(log_expit(u) + log_expit(-u))


class LoneBelief(ABC):
    """A likelihood and a prior of one number x, and the same in another coordinate u."""

    coordinate: ClassVar[Coordinate]

    @property
    @abstractmethod
    def proper(self) -> bool:
        """Whether the posterior has a total, by which it is divided to make a density."""

    @abstractmethod
    def negative_log_likelihood(self, x: ArrayLike) -> Array:
        """Return -log of the likelihood, which is no density over x: no Jacobian touches it."""

    @abstractmethod
    def negative_log_prior(self, x: ArrayLike) -> Array:
        """Return -log of the prior density over x, but perhaps for a constant."""

    @property
    @abstractmethod
    def mle(self) -> float | None:
        """The x of the greatest likelihood, whichever coordinate it is looked for in."""

    @property
    @abstractmethod
    def map(self) -> float | None:
        """The x at the peak of the posterior over x."""

    @property
    @abstractmethod
    def moved_map(self) -> float | None:
        """The x at the peak of the posterior over u."""

    def negative_log(self, x: ArrayLike) -> Array:
        """Return -log of the posterior over x, but for a constant."""
        return self.negative_log_likelihood(x) + self.negative_log_prior(x)

    def moved_negative_log(self, u: ArrayLike) -> Array:
        """Return -log of the posterior over u, but for the same constant."""
        return self.negative_log(self.coordinate.back(u)) - self.coordinate.log_slope(u)

    @property
    def log_mass(self) -> float:
        """The logarithm of the total of the posterior, which is the same over x and over u.

        Raises: `DomainError` when it has none.
        """
        centre = self.moved_map
        if not self.proper or centre is None:
            raise DomainError(f"{type(self).__name__}: the posterior has no total.")
        return log_integral(self.moved_negative_log, float(self.coordinate.to(centre)))

    def density(self, x: ArrayLike) -> Array:
        """Return the posterior density over x."""
        return np.exp(-self.negative_log(x) - self.log_mass)

    def moved_density(self, u: ArrayLike) -> Array:
        """Return the posterior density over u."""
        return np.exp(-self.moved_negative_log(u) - self.log_mass)


@final
@dataclasses.dataclass(frozen=True)
class SigmaBelief(LoneBelief):
    """The spread σ of normal noise, from the sum of the squares of so many residuals.

    Before them, all σ are as likely, or σ is expected within a width: a normal density above 0.

    Raises: `DomainError` unless count ≥ 1, squares ≥ 0 and width > 0, all finite.
    """

    count: int
    squares: float
    width: float | None = None

    coordinate: ClassVar[Coordinate] = LogCoordinate()

    def __post_init__(self) -> None:
        if self.count < 1:
            raise DomainError(f"SigmaBelief: {self.count} residuals, expected at least one.")
        if not 0.0 <= self.squares < math.inf:
            raise DomainError(f"SigmaBelief: squares add up to {self.squares}, expected a sum.")
        if self.width is not None and not 0.0 < self.width < math.inf:
            raise DomainError(f"SigmaBelief: width is {self.width}, expected a number above 0.")

    @property
    def proper(self) -> bool:
        """Not where all residuals are 0; nor, where all σ are as likely, with one residual."""
        return self.squares > 0.0 and (self.count > 1 or self.width is not None)

    def negative_log_likelihood(self, x: ArrayLike) -> Array:
        sigma = np.asarray(x, dtype=np.float64)
        # Threat: next to 0 the square of σ vanishes. Remedy: the root of the squares is divided
        # first. Limit: infinite where the true value has left float64 too.
        with np.errstate(over="ignore"):
            ratio = math.sqrt(self.squares) / sigma
            spread = 0.5 * ratio * ratio
        return self.count * (np.log(sigma) + 0.5 * math.log(2.0 * math.pi)) + spread

    def negative_log_prior(self, x: ArrayLike) -> Array:
        sigma = np.asarray(x, dtype=np.float64)
        if self.width is None:
            return np.zeros_like(sigma)
        with np.errstate(over="ignore"):
            ratio = sigma / self.width
            return 0.5 * ratio * ratio + math.log(self.width) + 0.5 * math.log(math.pi / 2.0)

    @property
    def mle(self) -> float:
        """The root of the mean square."""
        return math.sqrt(self.squares / self.count)

    @property
    def map(self) -> float:
        """Where count / σ = squares / σ³ - σ / width²."""
        return self._balance(self.count)

    @property
    def moved_map(self) -> float | None:
        """The same with one less, by the Jacobian: one residual fewer counts."""
        if self.count == 1 and self.width is None:
            return None
        return self._balance(self.count - 1)

    def _balance(self, count: int) -> float:
        """Return the σ at which -count log σ - squares/(2σ²) - σ²/(2 width²) is greatest."""
        if self.width is None:
            return math.sqrt(self.squares / count)
        root = math.hypot(count, 2.0 * math.sqrt(self.squares) / self.width)
        return math.sqrt(2.0 * self.squares / (count + root)) if count + root else 0.0


@final
@dataclasses.dataclass(frozen=True)
class CoinBelief(LoneBelief):
    """The chance p of heads, from tosses of a coin and a Beta prior."""

    coin: Coin

    coordinate: ClassVar[Coordinate] = LogitCoordinate()

    @property
    def proper(self) -> bool:
        """Always: a Beta density has a total."""
        return True

    def negative_log_likelihood(self, x: ArrayLike) -> Array:
        return self.coin.negative_log_likelihood(x)

    def negative_log_prior(self, x: ArrayLike) -> Array:
        return -self.coin.prior.log_density(x)

    def moved_negative_log(self, u: ArrayLike) -> Array:
        """Return -log of the posterior over the log-odds.

        Threat: far out p rounds to 0 or 1, where a density may be infinite and the Jacobian 0.
        Remedy: the logarithms of p and of 1 - p come from the log-odds. Limit: none known.
        """
        from scipy.special import betaln, log_expit

        u, after, before = np.asarray(u, dtype=np.float64), self.coin.posterior, self.coin.prior
        powers = after.a * log_expit(u) + after.b * log_expit(-u)
        return np.asarray(betaln(before.a, before.b) - powers)

    @property
    def mle(self) -> float | None:
        return self.coin.mle

    @property
    def map(self) -> float | None:
        return self.coin.map

    @property
    def moved_map(self) -> float:
        """The posterior mean, as it happens: p (1 - p) adds one to a and to b."""
        return self.coin.posterior.mean


def log_integral(negative_log: Callable[[Array], Array], centre: float) -> float:
    """Return the logarithm of the integral of exp(-negative_log) over all numbers.

    By equal steps, which is exact to rounding for what is analytic and falls off at both ends;
    further and further from a centre until nothing is left.
    """
    reach = 8.0
    while True:
        u = centre + np.arange(-reach, reach + _STEP, _STEP)
        cost = negative_log(u)
        least = float(cost.min())
        if min(cost[0], cost[-1]) - least > _ENOUGH or reach >= _FARTHEST:
            return math.log(_STEP * float(np.exp(least - cost).sum())) - least
        reach *= 2.0
