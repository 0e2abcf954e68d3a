"""When to act on a probability: as soon as what a miss may cost outweighs a false alarm.

Acting on p costs (1 - p) alarm - p gain on average, doing nothing p miss: acting is cheaper where
p > alarm / (alarm + miss + gain), Elkan (2001), The foundations of cost-sensitive learning. That
takes the probabilities at their word. Reported ones may be off: here by a shift of their log-odds.
"""

from __future__ import annotations

import dataclasses
from typing import ClassVar, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.classification.metrics import Confusion, confusion
from core.declare import Declared, ParameterError, parameter
from core.losses.base import Array
from core.losses.domain import LABEL, PROBABILITY, DomainError

_EPS = float(np.finfo(np.float64).eps)


@final
@dataclasses.dataclass(frozen=True)
class Prices(Declared):
    """What a decision costs: a miss, a false alarm, and what a hit brings in.

    Raises: `ParameterError` where nothing costs or brings in anything: then nothing is decided.
    """

    miss: float = parameter(
        5.0,
        symbol=r"c_{\text{miss}}",
        meaning="what it costs to do nothing where it would have been needed",
        low=0.0,
        high=20.0,
        step=0.1,
        minimum=0.0,
        maximum=1e6,
    )
    alarm: float = parameter(
        1.0,
        symbol=r"c_{\text{alarm}}",
        meaning="what it costs to act where it was not needed",
        low=0.0,
        high=20.0,
        step=0.1,
        minimum=0.0,
        maximum=1e6,
    )
    gain: float = parameter(
        0.0,
        symbol=r"g_{\text{hit}}",
        meaning="what acting brings in where it was needed",
        low=0.0,
        high=20.0,
        step=0.1,
        minimum=0.0,
        maximum=1e6,
    )

    name: ClassVar[str] = "Prices"
    formula: ClassVar[str] = (
        r"p > t^* = \frac{c_{\text{alarm}}}{c_{\text{alarm}} + c_{\text{miss}} + g_{\text{hit}}}"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.miss + self.alarm + self.gain > 0:
            raise ParameterError("Prices: miss, alarm and gain are 0, expected one above 0.")

    @property
    def threshold(self) -> float:
        """The probability above which acting costs less."""
        return self.alarm / (self.alarm + self.miss + self.gain)

    def acting(self, probability: ArrayLike) -> Array:
        """Return what acting costs on average, by the true probability."""
        p = np.asarray(probability, dtype=np.float64)
        lost, won = (1.0 - p) * self.alarm, p * self.gain
        return _balance(lost - won, lost + won)

    def waiting(self, probability: ArrayLike) -> Array:
        """Return what doing nothing costs on average, by the true probability."""
        return np.asarray(probability, dtype=np.float64) * self.miss

    def spent(self, counts: Confusion) -> float:
        """Return what decisions with these counts cost per case; below 0 they earn."""
        total = counts.positives + counts.negatives
        lost, won = counts.cost(self.miss, self.alarm), self.gain * counts.true_positive / total
        return float(_balance(np.array(lost - won), np.array(lost + won)))


@dataclasses.dataclass(frozen=True, eq=False)
class RiskSteps:
    """A risk against the threshold: it changes where the threshold reaches a probability.

    From `edges[i]` up to just below the next edge the risk is `levels[i]`; the first edge is 0, the
    last 1. A case whose probability is the threshold itself is left alone.

    Shape: edges and levels (k,).
    """

    edges: Array
    levels: Array

    def at(self, threshold: float) -> float:
        """Return the risk of one threshold from 0 to 1."""
        place = int(np.searchsorted(self.edges, threshold, side="right")) - 1
        return float(self.levels[max(place, 0)])

    @property
    def value(self) -> float:
        """The least risk that a threshold can have."""
        return float(self.levels.min())

    @property
    def lowest(self) -> tuple[tuple[float, float], ...]:
        """The stretches of thresholds of least risk, from left to right.

        The end of one is not in it, unless it is 1 and no case is reported as certain: ask
        `is_lowest`.
        """
        good = np.concatenate([[False], self._lowest(self.levels), [False]])
        starts = np.flatnonzero(good[1:] & ~good[:-1])
        ends = np.flatnonzero(good[:-1] & ~good[1:])
        edges = np.append(self.edges, 1.0)
        return tuple((float(edges[a]), float(edges[b])) for a, b in zip(starts, ends, strict=True))

    def is_lowest(self, threshold: float) -> bool:
        """Tell whether no threshold has a lower risk than this one."""
        return bool(self._lowest(np.array(self.at(threshold))))

    def _lowest(self, levels: Array) -> NDArray[np.bool_]:
        return np.asarray(levels <= self.value + 1e-12 * float(np.abs(self.levels).max()))


def shifted(probability: ArrayLike, shift: float) -> Array:
    """Return probabilities with so much added to their log-odds; 0 and 1 stay.

    Shape: (...,) in and out.
    """
    from scipy.special import expit, logit

    p = PROBABILITY.checked("shifted", "probability", probability)
    return p if shift == 0 else np.asarray(expit(logit(p) + shift))


def believed_risk(
    prices: Prices, probability: ArrayLike, truth: ArrayLike | None = None
) -> RiskSteps:
    """Return the expected risk of acting above each threshold on these probabilities.

    truth: the probabilities by which things come true, where those acted on are not these.

    Shape: (n,), n at least 1, and as many.
    """
    p = _row(probability, "probability")
    q = p if truth is None else _row(truth, "truth")
    if q.shape != p.shape:
        raise DomainError(f"believed_risk: probability {p.shape}, truth {q.shape}.")
    return _steps(prices, p, q)


def realised_risk(prices: Prices, probability: ArrayLike, label: ArrayLike) -> RiskSteps:
    """Return what acting above each threshold would have cost per case, given what came true.

    Shape: (n,), n at least 1, and as many.
    """
    p = _row(probability, "probability")
    positive = LABEL.checked("realised_risk", "label", label) > 0
    if positive.shape != p.shape:
        raise DomainError(f"realised_risk: probability {p.shape}, label {positive.shape}.")
    return _steps(prices, p, positive.astype(np.float64))


def decided(probability: ArrayLike, label: ArrayLike, threshold: float) -> Confusion:
    """Return the counts when one acts on every probability above the threshold."""
    return confusion(_row(probability, "probability"), label, threshold)


def _row(values: ArrayLike, name: str) -> Array:
    p = PROBABILITY.checked("thresholds", name, values)
    if p.ndim != 1 or not len(p):
        raise DomainError(f"thresholds: {name} {p.shape}, expected a row of one number or more.")
    return p


def _steps(prices: Prices, p: Array, truth: Array) -> RiskSteps:
    """Return the mean over cases: acting above the threshold, waiting up to it.

    From a probability on, its case waits: the threshold has reached it.
    """
    order = np.argsort(p, kind="stable")
    edges = np.unique(np.concatenate([[0.0], p, [1.0]]))
    waits = np.searchsorted(p[order], edges, side="right")
    q = truth[order]
    waiting = np.append(0.0, np.cumsum(prices.waiting(q)))[waits]
    acting, gross = (
        np.append(np.cumsum(one[::-1])[::-1], 0.0)[waits]
        for one in (prices.acting(q), (1.0 - q) * prices.alarm + q * prices.gain)
    )
    return RiskSteps(edges, _balance(acting + waiting, gross + waiting) / len(p))


def _balance(left: Array, turned_over: Array) -> Array:
    """Return what is left of costs and gains, 0 where they cancel.

    Threat: 3 · 0.1 - 0.3 is not 0 in float64, and would be told as a cost of 6·10⁻¹⁷. Remedy: a
    rounding of all that was turned over is nothing. Limit: so is a balance that is as small.
    """
    return np.where(np.abs(left) <= 64 * _EPS * turned_over, 0.0, left)
