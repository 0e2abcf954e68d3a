"""Two distributions on the same few outcomes: what each divergence says of them, part by part."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.losses.base import Array
from core.losses.divergence import (
    CrossEntropy,
    Divergence,
    Hellinger,
    JensenShannon,
    KLDivergence,
    ReverseKL,
    TotalVariation,
    entropy,
)
from core.losses.domain import SIMPLEX, DomainError

# What a screen compares: those that know no distance between outcomes.
COMPARED: tuple[type[Divergence], ...] = (
    KLDivergence,
    ReverseKL,
    JensenShannon,
    CrossEntropy,
    TotalVariation,
    Hellinger,
)
# Those that are averages of logarithms, and so have a unit: nats, or bits of log 2 nats each.
ENTROPIC: tuple[type[Divergence], ...] = (KLDivergence, ReverseKL, JensenShannon, CrossEntropy)

_SAME = 1e-12  # two probabilities whose ratio is nearer to 1 differ by the rounding of a few steps
_EQUAL = 1e-12  # two sums of a few roundings that differ by less are told as equal


@dataclasses.dataclass(frozen=True)
class BothWays:
    """A divergence read in both directions, D(p, q) and D(q, p), as NumPy computes them."""

    kind: type[Divergence]
    forward: float
    backward: float

    @property
    def symmetric(self) -> bool:
        """Whether p and q may always trade places."""
        return self.kind().properties.symmetric

    @property
    def agree(self) -> bool:
        """Whether the two directions give the same here, up to rounding."""
        return equal(self.forward, self.backward)


@dataclasses.dataclass(frozen=True, eq=False)
class TwoDistributions:
    """The true distribution p and a guess q, over the same two or more outcomes; all in nats.

    Shape: p and q (K,).
    Raises: `DomainError` when one is no distribution, or when they are not of the same outcomes.
    """

    p: Array
    q: Array

    def __post_init__(self) -> None:
        for name in ("p", "q"):
            row = np.array(SIMPLEX.checked("TwoDistributions", name, getattr(self, name)))
            row.setflags(write=False)
            object.__setattr__(self, name, row)
        if self.p.ndim != 1 or self.p.shape != self.q.shape or self.p.size < 2:
            raise DomainError(
                f"TwoDistributions: p has shape {self.p.shape} and q {self.q.shape}, "
                "expected one row each over the same two or more outcomes."
            )

    @property
    def alike(self) -> bool:
        """Whether p and q are the same distribution, up to the rounding of a few steps."""
        return bool(np.allclose(self.p, self.q, rtol=_SAME, atol=0.0))

    @property
    def swapped(self) -> TwoDistributions:
        """The same two with the roles of truth and guess exchanged."""
        return TwoDistributions(self.q, self.p)

    def divergence(self, kind: type[Divergence]) -> float:
        """Return what that divergence says of p and q."""
        return float(kind().value(self.p, self.q))

    def both_ways(self, kind: type[Divergence]) -> BothWays:
        """Return a divergence in both directions."""
        return BothWays(kind, self.divergence(kind), self.swapped.divergence(kind))

    @functools.cached_property
    def kl(self) -> float:
        """KL(p‖q): infinite when q rules out what may happen."""
        return self.divergence(KLDivergence)

    @functools.cached_property
    def reverse(self) -> float:
        """KL(q‖p): infinite when q allows what never happens."""
        return self.divergence(ReverseKL)

    @functools.cached_property
    def entropy(self) -> float:
        """The entropy of p, from 0 to log K."""
        return float(entropy(self.p))

    @functools.cached_property
    def cross_entropy(self) -> float:
        """The cross-entropy, computed by its own formula: entropy and KL do not enter."""
        return self.divergence(CrossEntropy)

    @property
    def misfit(self) -> float:
        """How far entropy + KL(p‖q) is from the cross-entropy: rounding; 0 where both are ∞."""
        if np.isinf(self.cross_entropy) and np.isinf(self.kl):
            return 0.0
        return abs(self.entropy + self.kl - self.cross_entropy)

    @functools.cached_property
    def terms(self) -> Array:
        """What each outcome adds to KL(p‖q): p log(p/q), which may be negative."""
        from scipy.special import rel_entr

        return np.asarray(rel_entr(self.p, self.q)) + 0.0  # -0 becomes 0

    @functools.cached_property
    def reverse_terms(self) -> Array:
        """What each outcome adds to KL(q‖p): q log(q/p), which may be negative."""
        return self.swapped.terms

    @property
    def largest(self) -> tuple[int, ...]:
        """The outcomes that add most to KL(p‖q), all that add the same; none where none adds."""
        return _highest(self.terms)

    @property
    def least(self) -> tuple[int, ...]:
        """The outcomes that take most away from KL(p‖q), all that take the same."""
        return _highest(-self.terms)

    @property
    def ruled_out(self) -> tuple[int, ...]:
        """The outcomes that q says never happen and p says sometimes do."""
        return _numbers((self.q == 0.0) & (self.p > 0.0))

    @property
    def invented(self) -> tuple[int, ...]:
        """The outcomes that p says never happen and q says sometimes do."""
        return _numbers((self.p == 0.0) & (self.q > 0.0))

    @property
    def event(self) -> tuple[int, ...]:
        """The outcomes that are likelier under p: no event differs more in probability."""
        return _numbers(self.p > self.q)

    @property
    def event_probabilities(self) -> tuple[float, float]:
        """What p and what q gives to that event."""
        chosen = list(self.event)
        return float(self.p[chosen].sum()), float(self.q[chosen].sum())


def equal(a: float, b: float) -> bool:
    """Tell whether two numbers are the same up to the rounding of a few sums, or both infinite."""
    gap = abs(a - b) if a != b else 0.0
    return gap < math.inf and gap <= _EQUAL * max(1.0, abs(a), abs(b))


def rescaled(row: ArrayLike, k: int, probability: float) -> Array:
    """Return the distribution with outcome k at a probability, the others in the old proportions.

    Where the others had nothing, they share what is left alike.

    Raises: `DomainError` when the row is no distribution, or the probability is none.
    """
    old = np.asarray(SIMPLEX.checked("rescaled", "row", row))
    if not 0.0 <= probability <= 1.0:
        raise DomainError(f"rescaled: probability is {probability:g}, expected one from 0 to 1.")
    others = np.delete(old, k)
    total = others.sum()
    shares = others / total if total > 0.0 else np.full(len(others), 1.0 / len(others))
    return np.insert(shares * (1.0 - probability), k, probability)


def spread_over(row: Sequence[float], count: int) -> tuple[float, ...]:
    """Return the distribution over so many outcomes: those beyond fall away, new ones get nothing.

    Where nothing is left, every outcome gets the same.
    """
    kept = np.zeros(count)
    kept[: min(count, len(row))] = row[:count]
    total = kept.sum()
    return tuple((kept / total).tolist()) if total > 0.0 else (1.0 / count,) * count


def _highest(terms: Array) -> tuple[int, ...]:
    """Return where the terms are as high as any, up to rounding, and above 0."""
    top = float(terms.max())
    if not top > 0.0:
        return ()
    return _numbers(terms == top if math.isinf(top) else terms >= top * (1.0 - _SAME))


def _numbers(chosen: NDArray[np.bool_]) -> tuple[int, ...]:
    return tuple(int(k) for k in np.flatnonzero(chosen))
