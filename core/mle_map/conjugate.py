"""A coin and a Beta prior: likelihood, prior and posterior of one probability, in closed form."""

from __future__ import annotations

import dataclasses
import enum
import math
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import ArrayLike

from core.declare import Declared, parameter
from core.losses.base import Array, Source
from core.losses.domain import PROBABILITY, DomainError

# Threat: at the ends of [0, 1] a density may be infinite, and NumPy warns. Remedy: the infinity is
# the right answer. Limit: used where the true value is infinite.
_infinite_at_the_ends = np.errstate(divide="ignore")


def _tosses(default: float, symbol: str, meaning: str) -> Any:
    shown = {"low": 0.5, "high": 20.0, "step": 0.5, "minimum": 1e-3, "maximum": 1e9}
    return parameter(default, symbol=symbol, meaning=meaning, **shown)


class BetaPeak(enum.Enum):
    """Where a Beta density is greatest; the value is what is said of it."""

    INSIDE = "One peak, between 0 and 1."
    LOWER_END = "It only rises towards 0, so 0 is the likeliest."
    UPPER_END = "It only rises towards 1, so 1 is the likeliest."
    BOTH_ENDS = "It rises towards both ends without limit: neither is the likeliest."
    LEVEL = "It is level: every p is as likely."


@final
@dataclasses.dataclass(frozen=True)
class BetaBelief(Declared):
    """What is believed of a probability p: as if a - 1 heads and b - 1 tails had been seen."""

    a: float = _tosses(2.0, "a", "one more than the heads imagined before the first toss")
    b: float = _tosses(2.0, "b", "one more than the tails imagined before the first toss")

    name: ClassVar[str] = "Beta prior"
    formula: ClassVar[str] = r"p(p) = \frac{p^{a - 1} (1 - p)^{b - 1}}{B(a, b)}"
    source: ClassVar[Source] = Source(
        "Raiffa and Schlaifer", 1961, "Applied statistical decision theory"
    )

    @_infinite_at_the_ends
    def log_density(self, p: ArrayLike) -> Array:
        """Return the logarithm of the density, infinite at an end where the density is.

        Raises: `DomainError` unless 0 ≤ p ≤ 1.
        """
        from scipy.special import betaln, xlog1py, xlogy

        p = PROBABILITY.checked("BetaBelief", "p", p)
        powers = xlogy(self.a - 1.0, p) + xlog1py(self.b - 1.0, -p)
        return np.asarray(powers - betaln(self.a, self.b))[()]

    def density(self, p: ArrayLike) -> Array:
        """Return the density."""
        return np.exp(self.log_density(p))

    @property
    def mean(self) -> float:
        """The mean, a / (a + b)."""
        return self.a / (self.a + self.b)

    @property
    def peak(self) -> BetaPeak:
        """Where it is greatest, as a kind."""
        if self.a > 1.0 and self.b > 1.0:
            return BetaPeak.INSIDE
        if self.a == self.b == 1.0:
            return BetaPeak.LEVEL
        if self.a < 1.0 and self.b < 1.0:
            return BetaPeak.BOTH_ENDS
        return BetaPeak.LOWER_END if self.a < self.b else BetaPeak.UPPER_END

    @property
    def mode(self) -> float | None:
        """The likeliest p, (a - 1) / (a + b - 2) inside; None where no single p is."""
        ends = {BetaPeak.LOWER_END: 0.0, BetaPeak.UPPER_END: 1.0}
        if self.peak is BetaPeak.INSIDE:
            return (self.a - 1.0) / (self.a + self.b - 2.0)
        return ends.get(self.peak)

    def after(self, heads: int, tosses: int) -> BetaBelief:
        """Return the belief once so many tosses have shown so many heads."""
        return BetaBelief(self.a + heads, self.b + (tosses - heads))


@final
@dataclasses.dataclass(frozen=True)
class Coin:
    """So many heads in so many tosses of a coin, and what was believed of it before.

    Raises: `DomainError` unless 0 ≤ heads ≤ tosses, both whole.
    """

    heads: int
    tosses: int
    prior: BetaBelief

    def __post_init__(self) -> None:
        if not (self.heads == int(self.heads) and self.tosses == int(self.tosses)):
            raise DomainError(f"Coin: {self.heads} heads in {self.tosses} tosses are not whole.")
        if not 0 <= self.heads <= self.tosses:
            raise DomainError(
                f"Coin: {self.heads} heads in {self.tosses} tosses; expected 0 ≤ heads ≤ tosses."
            )

    @property
    def posterior(self) -> BetaBelief:
        """The belief after the tosses: a Beta density again."""
        return self.prior.after(self.heads, self.tosses)

    @property
    def mle(self) -> float | None:
        """The p that makes these tosses likeliest: their share of heads; None without tosses."""
        return self.heads / self.tosses if self.tosses else None

    @property
    def map(self) -> float | None:
        """The likeliest p after the tosses; None where no single p is."""
        return self.posterior.mode

    def negative_log_likelihood(self, p: ArrayLike) -> Array:
        """Return -log of the probability of just these tosses, one after the other."""
        from scipy.special import xlog1py, xlogy

        p = PROBABILITY.checked("Coin", "p", p)
        tails = self.tosses - self.heads
        return np.asarray(-xlogy(self.heads, p) - xlog1py(tails, -p))[()]

    def likelihood(self, p: ArrayLike) -> Array:
        """Return the likelihood in units of its greatest value: it is no density over p."""
        least = self.negative_log_likelihood(0.0 if self.mle is None else self.mle)
        return np.exp(least - self.negative_log_likelihood(p))

    @property
    def log_evidence(self) -> float:
        """The logarithm of the probability of these tosses before p is known."""
        from scipy.special import betaln

        after = self.posterior
        return float(betaln(after.a, after.b) - betaln(self.prior.a, self.prior.b))

    @property
    def pull(self) -> float:
        """The share of the prior's mean in the posterior's: (a + b) / (a + b + n)."""
        before = self.prior.a + self.prior.b
        return before / (before + self.tosses)


def coin_walk(heads: ArrayLike, prior: BetaBelief) -> tuple[Array, Array]:
    """Return MLE and MAP after each toss, NaN where there is none: both (n + 1,), 0 tosses first.

    Shape: heads (n,), 1 for a head and 0 for a tail.
    """
    counts = np.concatenate([[0], np.cumsum(np.asarray(heads, dtype=np.int64))])
    coins = [Coin(int(count), tosses, prior) for tosses, count in enumerate(counts)]
    return _or_nan([coin.mle for coin in coins]), _or_nan([coin.map for coin in coins])


def _or_nan(values: list[float | None]) -> Array:
    return np.array([math.nan if value is None else value for value in values])
