"""One Gaussian fitted to two humps: KL in both directions as landscapes over its mean and spread.

Forward, KL(p‖q), pays for what q misses of p and has its minimum where mean and spread are those of
p. Reverse, KL(q‖p), pays for what q claims beyond p and may have a minimum on each hump.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from core.declare import Declared, parameter
from core.landscape import Grid, Landscape
from core.losses.base import Array, Source
from core.newton import newton
from core.objectives import Objective

_HALF_LOG_TAU = 0.5 * math.log(2.0 * math.pi)
_REACH = 9.0  # spreads to each side: beyond lies 1e-19 of a Gaussian
_FINEST, _STRIP = 0.6, 0.25  # steps of a sum, as part of the spread and of the strip
_MOST_NODES = 20_000
_BLOCK = 1 << 18
_ALONE = 1 << 18  # multiplications that one thread does
_SEARCH = 48  # means and spreads tried for minima
_ALIKE = 1e-4  # minima nearer than this to each other are one
_NIL = 1e-12  # what rounding leaves of a mean that is 0, as between humps that mirror each other
_LEVEL = 1e-10  # nats: what the sums leave uncertain; minima no further apart are equally low


@dataclasses.dataclass(frozen=True)
class TwoHumps(Declared):
    """A mixture p of two Gaussians, their centres at equal distances from 0.

    The left one has the weight that the right one leaves.
    """

    separation: float = parameter(
        4.5, symbol="d", meaning="how far apart the centres of the two humps are",
        low=0.0, high=6.0, step=0.05, minimum=0.0, maximum=6.0,
    )  # fmt: skip
    weight: float = parameter(
        0.6, symbol="w", meaning="the probability of the right hump; the left one has the rest",
        low=0.0, high=1.0, step=0.01, minimum=0.0, maximum=1.0,
    )  # fmt: skip
    left: float = parameter(
        0.6, symbol="s_1", meaning="the spread (standard deviation) of the left hump",
        low=0.4, high=2.0, step=0.01, minimum=0.4, maximum=2.0,
    )  # fmt: skip
    right: float = parameter(
        0.8, symbol="s_2", meaning="the spread (standard deviation) of the right hump",
        low=0.4, high=2.0, step=0.01, minimum=0.4, maximum=2.0,
    )  # fmt: skip

    name: ClassVar[str] = "Two humps"

    @property
    def weights(self) -> tuple[float, float]:
        """The probabilities of the left and the right hump."""
        return 1.0 - self.weight, self.weight

    @property
    def centres(self) -> tuple[float, float]:
        """The means of the left and the right hump."""
        return -0.5 * self.separation, 0.5 * self.separation

    @property
    def spreads(self) -> tuple[float, float]:
        """The standard deviations of the left and the right hump."""
        return self.left, self.right

    @functools.cached_property
    def mean(self) -> float:
        """The mean of the mixture."""
        return math.fsum(w * m for w, m in zip(self.weights, self.centres, strict=True))

    @functools.cached_property
    def spread(self) -> float:
        """The standard deviation of the mixture."""
        middle = self.mean
        parts = zip(self.weights, self.centres, self.spreads, strict=True)
        return math.sqrt(math.fsum(w * (s * s + (m - middle) ** 2) for w, m, s in parts))

    def log_parts(self, x: Array) -> tuple[Array, Array]:
        """Return the logarithm of what each hump adds to the density; -∞ where it has no weight."""
        return tuple(
            _log(w) - math.log(s) - _HALF_LOG_TAU - 0.5 * ((x - m) / s) ** 2
            for w, m, s in zip(self.weights, self.centres, self.spreads, strict=True)
        )  # type: ignore[return-value]

    def log_density(self, x: ArrayLike) -> Array:
        """Return log p(x), finite wherever x is."""
        return np.logaddexp(*self.log_parts(np.asarray(x, dtype=np.float64)))

    def density(self, x: ArrayLike) -> Array:
        """Return p(x)."""
        return np.exp(self.log_density(x))

    def share(self, x: ArrayLike) -> Array:
        """Return the probability that what fell on x came from the right hump."""
        from scipy.special import expit

        left, right = self.log_parts(np.asarray(x, dtype=np.float64))
        return np.asarray(expit(right - left))

    def slope(self, x: Array) -> Array:
        """Return the derivative of log p."""
        return self._pulls(x)[0]

    def bend(self, x: Array) -> Array:
        """Return the second derivative of log p."""
        _, share, apart = self._pulls(x)
        kept = (1.0 - share) / (self.left * self.left) + share / (self.right * self.right)
        return share * (1.0 - share) * apart * apart - kept

    def _pulls(self, x: Array) -> tuple[Array, Array, Array]:
        """Return the slope of log p, the share of the right hump, how far the humps' slopes differ.

        The share is that of `share`, by a parabola instead of two logarithms.
        """
        from scipy.special import expit

        a, b, c = self.odds
        share = expit((a * x + b) * x + c)
        left = (x - self.centres[0]) * (-1.0 / (self.left * self.left))
        apart = 2.0 * a * x + b  # the slope of the log odds
        return left + share * apart, share, apart

    @functools.cached_property
    def odds(self) -> tuple[float, float, float]:
        """The coefficients by falling power of x of the log odds of the right hump, a parabola."""
        (m1, m2), (s1, s2) = self.centres, self.spreads
        a, b = 0.5 / (s1 * s1), 0.5 / (s2 * s2)
        level = _log(self.weight) - _log(1.0 - self.weight) + math.log(s1 / s2)
        return a - b, 2.0 * (b * m2 - a * m1), a * m1 * m1 - b * m2 * m2 + level

    @functools.cached_property
    def crossings(self) -> tuple[float, ...]:
        """Where one hump ends and the other begins: where both add the same to the density."""
        return tuple(sorted(float(root.real) for root in self._roots(0.0) if root.imag == 0.0))

    @functools.cached_property
    def strip(self) -> float:
        """How far from the real numbers log p first has a singularity, a zero of p; ∞ if none.

        There the odds are -1: their logarithm is an odd multiple of πi, and πi lies nearest.
        """
        return min((abs(float(root.imag)) for root in self._roots(math.pi)), default=math.inf)

    def _roots(self, height: float) -> list[complex]:
        """Return where the log odds are i times a height, if the two humps differ at all."""
        if not all(map(math.isfinite, self.odds)):
            return []
        a, b, c = (complex(one) for one in self.odds)
        c -= 1j * height
        if a == 0.0:
            return [] if b == 0.0 else [-c / b]
        # Threat: next to equal spreads -b + √(b² - 4ac) cancels. Remedy: the root that does not,
        # and the other from their product. Limit: none known.
        turn = np.sqrt(b * b - 4.0 * a * c)
        far = -0.5 * (b + (turn if (b * turn.conjugate()).real >= 0.0 else -turn))
        roots = [far / a, c / far] if far != 0.0 else [0j]
        return [complex(root) for root in roots]

    @functools.cached_property
    def peaks(self) -> tuple[float, ...]:
        """Where the density has its maxima: one or two places between the centres."""
        from scipy.optimize import brentq

        if not 0.0 < self.weight < 1.0:
            return (self.centres[self.weight == 1.0],)
        if self.separation == 0.0:
            return (0.0,)
        x = np.linspace(self.centres[0] - _ALIKE, self.centres[1] + _ALIKE, 2001)
        slopes = self.slope(x)
        down = np.flatnonzero((slopes[:-1] > 0.0) & (slopes[1:] <= 0.0))

        def slope(place: float) -> float:
            return float(self.slope(np.array(place)))

        return tuple(float(brentq(slope, x[i], x[i + 1])) for i in down)

    def mass_right(self, mean: float, spread: float) -> float:
        """Return how much of a Gaussian lies where the right hump is the higher one."""
        from scipy.special import ndtr

        edges = [-math.inf, *self.crossings, math.inf]
        total = 0.0
        for low, high in itertools.pairwise(edges):
            if self._right_leads(low, high):
                a, b = ((end - mean) / spread for end in (low, high))
                total += float(ndtr(b) - ndtr(a)) if a < 0.0 else float(ndtr(-a) - ndtr(-b))
        return min(max(total, 0.0), 1.0)

    def _right_leads(self, low: float, high: float) -> bool:
        """Tell which hump is higher between two neighbouring crossings."""
        if not 0.0 < self.weight < 1.0:
            return self.weight == 1.0
        reach = 1.0 + max(map(abs, self.crossings), default=0.0)
        middle = 0.5 * (max(low, -reach) + min(high, reach))
        a, b, c = self.odds
        return (a * middle + b) * middle + c > 0.0

    def within(self, low: float, high: float) -> float:
        """Return the probability of p between two places."""
        from scipy.special import ndtr

        parts = zip(self.weights, self.centres, self.spreads, strict=True)
        return math.fsum(w * float(ndtr((high - m) / s) - ndtr((low - m) / s)) for w, m, s in parts)

    @functools.cached_property
    def entropy(self) -> float:
        """The entropy of p in nats."""
        each = [self.expected_log(m, s) for m, s in zip(self.centres, self.spreads, strict=True)]
        return -math.fsum(w * log for w, log in zip(self.weights, each, strict=True) if w)

    def expected_log(self, mean: float, spread: float) -> float:
        """Return the mean of log p over a Gaussian."""
        t, shares = self.nodes(spread)
        return float(self.log_density(mean + spread * t) @ shares)

    # Threat: log p turns sharply where one hump takes over from the other; Gauss-Hermite then needs
    # hundreds of nodes for four digits. Remedy: equal steps, whose error for a function that is
    # analytic in a strip falls as e^(-2π strip/step): 1e-10 at these steps. Limit: spreads above
    # some 20, where no more nodes are spent; what they miss is 1e-10 of a value of the size of the
    # squared spread.
    def nodes(self, spread: float) -> tuple[Array, Array]:
        """Return nodes in units of a spread, and weights, for means over a Gaussian."""
        step = self.step(spread) / spread
        count = min(math.ceil(_REACH / step), _MOST_NODES // 2)
        return _nodes(count)

    def step(self, spread: float) -> float:
        """Return the longest step of a sum over x that a Gaussian of that spread allows."""
        return min(_FINEST * spread, _STRIP * self.strip)


@functools.lru_cache(maxsize=64)
def _nodes(count: int) -> tuple[Array, Array]:
    """Return 2 count + 1 equally spaced nodes and their weights, which sum to 1."""
    t = np.linspace(-_REACH, _REACH, 2 * count + 1)
    shares = np.exp(-0.5 * t * t)
    shares /= shares.sum()
    for array in (t, shares):
        array.setflags(write=False)
    return t, shares


@dataclasses.dataclass(frozen=True, eq=False)
class GaussianFit(Objective):
    """A KL divergence, in nats, between two humps p and one Gaussian q; theta = (μ, σ).

    Where σ is not above 0 there is no Gaussian, and the cost is infinite.
    """

    humps: TwoHumps

    name: ClassVar[str]
    formula: ClassVar[str]
    source: ClassVar[Source]

    @property
    def convex(self) -> bool:
        """Neither direction is convex in mean and spread together."""
        return False

    def value(self, theta: ArrayLike) -> float:
        """Return the divergence."""
        mean, spread = map(float, theta)  # type: ignore[arg-type]
        return max(self._value(mean, spread), 0.0) if _proper(mean, spread) else math.inf

    def gradient(self, theta: ArrayLike) -> Array:
        """Return the derivatives by μ and σ; no numbers where there is no Gaussian."""
        mean, spread = map(float, theta)  # type: ignore[arg-type]
        return self._gradient(mean, spread) if _proper(mean, spread) else np.full(2, np.nan)

    def hessian(self, theta: ArrayLike) -> Array:
        """Return the second derivatives, shape (2, 2)."""
        mean, spread = map(float, theta)  # type: ignore[arg-type]
        return self._hessian(mean, spread) if _proper(mean, spread) else np.full((2, 2), np.nan)

    @abstractmethod
    def _value(self, mean: float, spread: float) -> float:
        """Return the divergence from a Gaussian, up to a rounding below 0."""

    @abstractmethod
    def _gradient(self, mean: float, spread: float) -> Array:
        """Return its derivatives."""

    @abstractmethod
    def _hessian(self, mean: float, spread: float) -> Array:
        """Return its second derivatives."""

    @property
    @abstractmethod
    def minima(self) -> tuple[Array, ...]:
        """Every local minimum (μ, σ), the lowest first; of equally low ones the leftmost."""

    @functools.cached_property
    def ranks(self) -> tuple[int, ...]:
        """Which of the lows each minimum is, counted from 0; equally low ones share a number."""
        return _ranked([self.value(one) for one in self.minima])


@dataclasses.dataclass(frozen=True, eq=False)
class ForwardFit(GaussianFit):
    """KL(p‖q), in closed form but for the entropy of p, which is the same for every q."""

    name = "Forward KL"
    formula = (
        r"\mathrm{KL}(p \,\|\, q) = -H(p) + \log\sigma + \tfrac12 \log 2\pi"
        r" + \frac{s^2 + (m - \mu)^2}{2\sigma^2}"
    )
    source = Source("Kullback and Leibler", 1951, "On information and sufficiency")

    def _value(self, mean: float, spread: float) -> float:
        return float(self._over(np.array(mean), np.array(spread)))

    def _over(self, mean: Array, spread: Array) -> Array:
        """Return the divergence for arrays that broadcast."""
        far, own = (self.humps.mean - mean) / spread, self.humps.spread / spread
        square = 0.5 * (own * own + far * far)
        return square + np.log(spread) + (_HALF_LOG_TAU - self.humps.entropy)

    def _gradient(self, mean: float, spread: float) -> Array:
        far, own = (self.humps.mean - mean) / spread, self.humps.spread / spread
        return np.array([-far, 1.0 - own * own - far * far]) / spread

    def _hessian(self, mean: float, spread: float) -> Array:
        far, own = (self.humps.mean - mean) / spread, self.humps.spread / spread
        last = 3.0 * (own * own + far * far) - 1.0
        return np.array([[1.0, 2.0 * far], [2.0 * far, last]]) / (spread * spread)

    @np.errstate(all="ignore")  # spreads that are not above 0 are infinite, whatever is computed
    def values(self, points: ArrayLike) -> Array:
        """Return the divergence at each row of points."""
        mean, spread = np.asarray(points, dtype=np.float64).reshape(-1, 2).T
        found = np.maximum(self._over(mean, spread), 0.0)
        return np.where((spread > 0.0) & np.isfinite(mean) & np.isfinite(spread), found, np.inf)

    def landscape(self, grid: Grid) -> Landscape:
        """Return the divergence over μ (grid.x) and σ (grid.y)."""
        return Landscape(grid.x, grid.y, self.values(grid.points).reshape(grid.shape))

    @property
    def minima(self) -> tuple[Array, ...]:
        """The one minimum: mean and spread are those of p."""
        return (np.array([self.humps.mean, self.humps.spread]),)


@dataclasses.dataclass(frozen=True, eq=False)
class ReverseFit(GaussianFit):
    """KL(q‖p): minus the entropy of q, less the mean of log p over q."""

    name = "Reverse KL"
    formula = (
        r"\mathrm{KL}(q \,\|\, p) = -\log\sigma - \tfrac12 \log 2\pi e"
        r" - \mathbb{E}_{x \sim q}\, \log p(x)"
    )
    source = Source(
        "Bishop", 2006, "Pattern Recognition and Machine Learning", "equation 10.4, figure 10.3"
    )

    def _value(self, mean: float, spread: float) -> float:
        return self._less_entropy(math.log(spread)) - self.humps.expected_log(mean, spread)

    def _gradient(self, mean: float, spread: float) -> Array:
        t, shares = self.humps.nodes(spread)
        weighed = self.humps.slope(mean + spread * t) * shares
        return np.array([-weighed.sum(), -(weighed @ t) - 1.0 / spread])

    def _hessian(self, mean: float, spread: float) -> Array:
        t, shares = self.humps.nodes(spread)
        weighed = self.humps.bend(mean + spread * t) * shares
        cross, last = weighed @ t, weighed @ (t * t) - 1.0 / (spread * spread)
        return -np.array([[weighed.sum(), cross], [cross, last]])

    @staticmethod
    def _less_entropy(log_spread: float) -> float:
        """Return minus the entropy of q."""
        return -log_spread - 0.5 - _HALF_LOG_TAU

    def values(self, points: ArrayLike) -> Array:
        """Return the divergence at each row of points, those of a block by the same nodes."""
        points = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        good = np.isfinite(points).all(axis=1) & (points[:, 1] > 0.0)
        found = np.full(len(points), np.inf)
        order = np.flatnonzero(good)[np.argsort(-points[good, 1], kind="stable")]
        while order.size:
            t, shares = self.humps.nodes(float(points[order[0], 1]))
            now, order = np.split(order, [max(1, _BLOCK // len(t))])
            mean, spread = points[now, :1], points[now, 1:]
            logs = np.einsum("ij,j->i", self.humps.log_density(mean + spread * t), shares)
            found[now] = -np.log(points[now, 1]) - 0.5 - _HALF_LOG_TAU - logs
        return np.maximum(found, 0.0)

    def landscape(self, grid: Grid) -> Landscape:
        """Return the divergence over μ (grid.x) and σ (grid.y).

        Where the means are equally spaced, sums over x of one step serve every crossing, and all of
        them are one product of matrices.
        """
        plan = _plan(grid, self.humps.step(float(max(grid.y[0], 0.0))))
        if plan is None:
            return Landscape(grid.x, grid.y, self.values(grid.points).reshape(grid.shape))
        every, reach, step = plan
        x = grid.x[0] + step * np.arange(-reach, every * (len(grid.x) - 1) + reach + 1)
        windows = np.lib.stride_tricks.sliding_window_view(self.humps.log_density(x), 2 * reach + 1)
        logs = _product(windows[::every], _kernels(grid.y.tobytes(), reach, step))
        z = (-np.log(grid.y) - 0.5 - _HALF_LOG_TAU)[:, None] - logs.T
        return Landscape(grid.x, grid.y, np.maximum(z, 0.0))

    @functools.cached_property
    def minima(self) -> tuple[Array, ...]:
        """Every local minimum, the lowest first; of equally low ones the leftmost.

        Where the slope is 0, no σ is below the smaller spread of p: 1/σ² is a mean of curvatures.
        """
        humps = self.humps
        low, high = min(humps.spreads), max(humps.spreads)
        grid = Grid.regular(
            (humps.centres[0] - high, humps.centres[1] + high),
            (0.9 * low, 1.3 * humps.spread),
            _SEARCH,
            _SEARCH,
        )
        found: list[Array] = []
        for start in _hollows(self.landscape(grid)):
            end = newton(self._raised, self._both, start)
            known = any(np.abs(end.point - one).max() < _ALIKE for one in found)
            if end.settled and end.curved and not known:
                found.append(np.where(np.abs(end.point) <= _NIL, 0.0, end.point))
        found.sort(key=self.value)
        ranks = _ranked([self.value(one) for one in found])
        order = sorted(range(len(found)), key=lambda i: (ranks[i], found[i][0]))
        return tuple(found[i] for i in order)

    def _raised(self, theta: Array) -> float:
        """Return the divergence and 1: next to an exact fit its own rounding is no scale."""
        mean, spread = (float(one) for one in theta)
        return 1.0 + self._value(mean, spread) if _proper(mean, spread) else math.inf

    def _both(self, theta: Array) -> tuple[Array, Array]:
        return self.gradient(theta), self.hessian(theta)


FITS: tuple[type[GaussianFit], ...] = (ForwardFit, ReverseFit)


def _hollows(landscape: Landscape) -> list[Array]:
    """Return the crossings that lie no higher than their eight neighbours."""
    z = np.pad(landscape.z, 1, constant_values=np.inf)
    rows, columns = landscape.z.shape
    around = [z[i : i + rows, j : j + columns] for i in range(3) for j in range(3)]
    low = np.argwhere(landscape.z <= np.min(around, axis=0))
    return [np.array([landscape.x[column], landscape.y[row]]) for row, column in low]


def _ranked(values: Sequence[float]) -> tuple[int, ...]:
    """Return which height each is on, from 0; they come lowest first, equal ones in any order."""
    ranks: list[int] = []
    level = -math.inf
    for value in values:
        if not ranks or value > level + _LEVEL:
            ranks.append(ranks[-1] + 1 if ranks else 0)
            level = value
        else:
            ranks.append(ranks[-1])
    return tuple(ranks)


def _log(value: float) -> float:
    return math.log(value) if value > 0.0 else -math.inf


def _proper(mean: float, spread: float) -> bool:
    return math.isfinite(mean) and math.isfinite(spread) and spread > 0.0


# Threat: for larger products the library behind NumPy starts threads, which on a busy machine wait
# for each other a hundred times longer than they work. Remedy: a few rows at a time. Limit: the
# size from which threads start is OpenBLAS's.
def _product(rows: Array, columns: Array) -> Array:
    """Return the product of two matrices, the sum of products too small for threads."""
    width = max(1, _ALONE // (len(rows) * columns.shape[1]))
    total = np.zeros((len(rows), columns.shape[1]))
    for first in range(0, len(columns), width):
        part = slice(first, first + width)
        total += np.ascontiguousarray(rows[:, part]) @ columns[part]
    return total


def _plan(grid: Grid, longest: float) -> tuple[int, int, float] | None:
    """Return how many steps lie between two means, how many to each side count, and the step.

    None where no step serves all: means not equally spaced, spreads not above 0, or too many nodes.
    """
    gaps = np.diff(grid.x)
    if len(gaps) == 0 or longest <= 0.0 or np.ptp(gaps) > 1e-9 * gaps[0]:
        return None
    gap = float(grid.x[-1] - grid.x[0]) / len(gaps)
    every = math.ceil(gap / longest)
    reach = math.ceil(_REACH * float(grid.y[-1]) * every / gap)
    return (every, reach, gap / every) if reach <= _MOST_NODES // 2 else None


@functools.lru_cache(maxsize=8)
def _kernels(spreads: bytes, reach: int, step: float) -> Array:
    """Return the weights of a Gaussian of each spread at so many steps to each side, by columns."""
    t = step * np.arange(-reach, reach + 1)[:, None] / np.frombuffer(spreads)
    weights = np.exp(-0.5 * t * t)
    weights /= weights.sum(axis=0)
    weights.setflags(write=False)
    return weights
