"""Likelihood, prior and posterior of two parameters, as negative logarithms over one landscape.

likelihood = line_likelihood(x, y, GaussianNoise(1.0))     or class_likelihood(x, label)
prior = NegativeLogPrior(GaussianPrior(0.5))
posterior = NegativeLogPosterior(likelihood, prior)
posterior.value(theta), .gradient(theta), .hessian(theta), .landscape(grid)
posterior.identity_deviation(grid)
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.typing import ArrayLike

from core.landscape import Grid, Landscape
from core.likelihoods import (
    BernoulliLabel,
    ElasticNetPrior,
    GaussianPrior,
    LaplacePrior,
    Noise,
    Prior,
)
from core.losses.base import Array
from core.objectives import LinearClassification, LinearRegression, Objective, ObjectiveError
from core.sums import slices

# Two parameters, a slope and an intercept or a weight and a bias: both are believed in.
COEFFICIENTS = 2

# Numbers held at once where every crossing meets every point: 1 MB.
_HELD = 1 << 17

# Threat: far parameters make sums that leave float64, and NumPy warns. Remedy: the infinity is the
# right answer to hand on. Limit: used where the true value has left float64 too.
_overflow_is_infinity = np.errstate(over="ignore")


@dataclasses.dataclass(frozen=True, eq=False)
class NegativeLogLikelihood(Objective):
    """-Σ log p(target | theta) of n points: scale · Σ loss + constant.

    mean_loss: the mean of the losses of the same points, all lengths divided by the unit, so that
        the landscape is one of its fast sums.
    belief: what the targets are believed to do around the line.
    """

    mean_loss: LinearRegression | LinearClassification
    belief: Noise | BernoulliLabel

    @property
    def count(self) -> int:
        """How many points there are."""
        return len(self.mean_loss.x)

    @property
    def unit(self) -> float:
        """The distance that the loss takes for 1."""
        return self.belief.unit if isinstance(self.belief, Noise) else 1.0

    @property
    def constant(self) -> float:
        """What no parameters can change: the logarithm of the normaliser, once for each point."""
        return self.count * self.belief.constant if isinstance(self.belief, Noise) else 0.0

    @property
    def convex(self) -> bool:
        """Whether it is convex: as convex as the loss."""
        return self.mean_loss.convex

    @property
    def is_parabola(self) -> bool:
        """Whether it is one."""
        return self.mean_loss.is_parabola

    @property
    def factor(self) -> float:
        """What the mean of the losses is multiplied by."""
        return self.count * self.belief.scale

    @_overflow_is_infinity
    def total_loss(self, theta: ArrayLike) -> float:
        """Return Σ loss, without scale and constant."""
        return self.count * self.mean_loss.value(self._in_units(theta))

    @_overflow_is_infinity
    def value(self, theta: ArrayLike) -> float:
        """Return -log of the likelihood; it may be negative where densities are above 1."""
        return self.factor * self.mean_loss.value(self._in_units(theta)) + self.constant

    @_overflow_is_infinity
    def gradient(self, theta: ArrayLike) -> Array:
        """Return the two partial derivatives."""
        return self.factor / self.unit * self.mean_loss.gradient(self._in_units(theta))

    @_overflow_is_infinity
    def hessian(self, theta: ArrayLike) -> Array:
        """Return the second derivatives."""
        return self.factor / self.unit**2 * self.mean_loss.hessian(self._in_units(theta))

    @_overflow_is_infinity
    def values(self, points: ArrayLike) -> Array:
        """Return the cost at each row of points."""
        return self.factor * self.mean_loss.values(self._in_units(points)) + self.constant

    @_overflow_is_infinity
    def losses(self, grid: Grid) -> Array:
        """Return Σ loss at every crossing, (ny, nx), by the fast sums."""
        own = Grid(grid.x / self.unit, grid.y / self.unit) if self.unit != 1.0 else grid
        return self.count * self.mean_loss.landscape(own).z

    def landscape(self, grid: Grid) -> Landscape:
        """Return the cost at every crossing of the grid."""
        with np.errstate(over="ignore"):
            z = self.belief.scale * self.losses(grid) + self.constant
        return Landscape(grid.x, grid.y, z)

    def surprises(self, points: ArrayLike) -> Array:
        """Return -log p of every target under each row of parameters: (m, 2) in, (m, n) out.

        Plainly, from the densities alone: what the landscape is checked against.
        """
        rows = np.asarray(points, dtype=np.float64)
        own = self.mean_loss
        predicted = rows[:, :1] * own.design + rows[:, 1:]
        if isinstance(self.belief, Noise):
            assert isinstance(own, LinearRegression)
            return self.belief.negative_log(predicted - self.unit * own.y)
        assert isinstance(own, LinearClassification)
        return self.belief.negative_log(predicted, np.broadcast_to(own.label, predicted.shape))

    def _in_units(self, theta: ArrayLike) -> Array:
        return np.asarray(theta, dtype=np.float64) / self.unit


def line_likelihood(
    x: ArrayLike, y: ArrayLike, noise: Noise, origin: float = 0.0
) -> NegativeLogLikelihood:
    """Return the likelihood of the line slope · (x - origin) + intercept under a noise.

    Raises: `ObjectiveError` when the shapes differ or a number is not finite.
    """
    heights = np.asarray(y, dtype=np.float64) / noise.unit
    mean_loss = LinearRegression(np.asarray(x), heights, noise.loss, origin=origin)
    return NegativeLogLikelihood(mean_loss, noise)


def class_likelihood(x: ArrayLike, label: ArrayLike, origin: float = 0.0) -> NegativeLogLikelihood:
    """Return the likelihood of logistic regression on one feature, score = w · (x - origin) + b.

    Raises: `ObjectiveError` when the shapes differ, a number is not finite or a label is no label.
    """
    belief = BernoulliLabel()
    mean_loss = LinearClassification(np.asarray(x), np.asarray(label), belief.loss, origin=origin)
    return NegativeLogLikelihood(mean_loss, belief)


@dataclasses.dataclass(frozen=True, eq=False)
class NegativeLogPrior(Objective):
    """-log of a prior of each of the two parameters; without one, 0: every pair is as likely."""

    belief: Prior | None

    @property
    def constant(self) -> float:
        """What both parameters are charged at their likeliest."""
        return COEFFICIENTS * self.belief.constant if self.belief is not None else 0.0

    @property
    def convex(self) -> bool:
        """Whether it is convex."""
        return self.belief is None or self.belief.loss.properties.convex

    @property
    def is_parabola(self) -> bool:
        """Whether it is one."""
        if self.belief is None:
            return True
        told = self.belief.loss.properties
        return told.smoothness == told.strong_convexity

    def value(self, theta: ArrayLike) -> float:
        """Return -log of the prior density."""
        return float(self.values(np.asarray(theta, dtype=np.float64)[None])[0])

    @_overflow_is_infinity
    def gradient(self, theta: ArrayLike) -> Array:
        """Return the derivatives; at a corner the shortest of the subgradients."""
        if self.belief is None:
            return np.zeros(COEFFICIENTS)
        return self.belief.scale * self.belief.loss.gradient(theta)

    @_overflow_is_infinity
    def hessian(self, theta: ArrayLike) -> Array:
        """Return the second derivatives; at a corner those just beside it."""
        if self.belief is None:
            return np.zeros((COEFFICIENTS, COEFFICIENTS))
        penalty = self.belief.loss
        return self.belief.scale * np.asarray(penalty.hessian(theta))  # type: ignore[attr-defined]

    @_overflow_is_infinity
    def values(self, points: ArrayLike) -> Array:
        """Return the cost at each row of points."""
        rows = np.asarray(points, dtype=np.float64)
        if self.belief is None:
            return np.zeros(len(rows))
        return self.belief.scale * self.belief.loss.value(rows) + self.constant

    def landscape(self, grid: Grid) -> Landscape:
        """Return the cost at every crossing: that of one parameter, and that of the other."""
        if self.belief is None:
            return Landscape(grid.x, grid.y, np.zeros(grid.shape))
        x, y = self.belief.negative_log(grid.x), self.belief.negative_log(grid.y)
        return Landscape(grid.x, grid.y, y[:, None] + x)


@dataclasses.dataclass(frozen=True, eq=False)
class NegativeLogPosterior(Objective):
    """-log likelihood - log prior: the negative logarithm of the posterior, but for the evidence.

    The evidence, the probability of the data whatever the parameters, is a constant: it moves no
    minimum, and no landscape but up or down as a whole.
    """

    likelihood: NegativeLogLikelihood
    prior: NegativeLogPrior

    @property
    def strength(self) -> float:
        """The λ of the penalty beside the sum of losses; 0 without a prior."""
        return strength_of(self.likelihood.belief, self.prior.belief)

    @property
    def constant(self) -> float:
        """What neither loss nor penalty says."""
        return self.likelihood.constant + self.prior.constant

    @property
    def convex(self) -> bool:
        """Whether it is known to be convex: it is if both parts are."""
        return self.likelihood.convex and self.prior.convex

    @property
    def is_parabola(self) -> bool:
        """Whether both parts are."""
        return self.likelihood.is_parabola and self.prior.is_parabola

    def value(self, theta: ArrayLike) -> float:
        """Return the sum of both."""
        return self.likelihood.value(theta) + self.prior.value(theta)

    def gradient(self, theta: ArrayLike) -> Array:
        """Return the sum of the gradients."""
        return self.likelihood.gradient(theta) + self.prior.gradient(theta)

    def hessian(self, theta: ArrayLike) -> Array:
        """Return the sum of the second derivatives."""
        return self.likelihood.hessian(theta) + self.prior.hessian(theta)

    def values(self, points: ArrayLike) -> Array:
        """Return the sum of both at each row of points."""
        return self.likelihood.values(points) + self.prior.values(points)

    def landscape(self, grid: Grid) -> Landscape:
        """Return the sum of the landscapes."""
        z = self.likelihood.landscape(grid).z + self.prior.landscape(grid).z
        return Landscape(grid.x, grid.y, z)

    def identity_deviation(self, grid: Grid) -> float:
        """Return how far scale · (Σ loss + λ · penalty) + constant is from -log of the posterior.

        The largest distance on the grid, each in units of what its sum is made of. The one side
        comes from the fast sums, the other from every density at every crossing.
        """
        scale = self.likelihood.belief.scale
        losses = scale * self.likelihood.losses(grid).ravel()
        penalty = scale * self.strength * self._penalties(grid.points)
        told = losses + penalty + self.constant
        size = np.abs(losses) + np.abs(penalty) + abs(self.constant)
        return float(np.max(np.abs(self._plain(grid.points) - told) / np.maximum(size, 1e-300)))

    def _penalties(self, points: Array) -> Array:
        belief = self.prior.belief
        return np.zeros(len(points)) if belief is None else belief.loss.value(points)

    def _plain(self, points: Array) -> Array:
        """Return -log of the posterior, density by density, a bounded block at a time."""
        belief = self.prior.belief
        told = np.zeros(len(points))
        for rows in slices(len(points), max(1, _HELD // self.likelihood.count)):
            told[rows] = self.likelihood.surprises(points[rows]).sum(axis=1)
            if belief is not None:
                told[rows] += belief.negative_log(points[rows]).sum(axis=1)
        return told


def strength_of(belief: Noise | BernoulliLabel, prior: Prior | None) -> float:
    """Return the λ that a noise and a prior give to the penalty beside the sum of losses."""
    return 0.0 if prior is None else prior.scale / belief.scale


def with_strength(belief: Noise | BernoulliLabel, prior: Prior, strength: float) -> Prior:
    """Return the prior of the same kind that has a strength λ beside this noise, which stays.

    Raises: `ParameterError` when no width that is valid has that strength.
    """
    scale = strength * belief.scale
    width = 1.0 / scale if scale > 0.0 else math.inf
    if isinstance(prior, GaussianPrior):
        return dataclasses.replace(prior, tau=math.sqrt(0.5 * width))
    if isinstance(prior, LaplacePrior | ElasticNetPrior):
        return dataclasses.replace(prior, b=width)
    raise ObjectiveError(f"with_strength: {prior.name} has no width to change.")


def turned(surprise: ArrayLike, share: float) -> Array:
    """Return what lies between a density p and -log p: (1 - share) · p + share · (-log p).

    At 0 it is the density itself, at 1 it is -log p, and each height goes straight from the one to
    the other. Given is -log p, for which no p is too small.

    Shape: as the surprise.
    """
    told = np.asarray(surprise, dtype=np.float64)
    if share == 1.0:
        return told
    with np.errstate(over="ignore"):
        density = np.exp(-told)
    # The share of 0 is no factor: -log p may be infinite.
    return density if share == 0.0 else (1.0 - share) * density + share * told


def turned_range(low: float, high: float, share: float) -> tuple[float, float]:
    """Return the least and the greatest that surprises between two ends turn to."""
    places = [low, high]
    if 0.0 < share < 1.0:  # least where p = share / (1 - share): the heights curve up in between
        places.append(min(max(math.log((1.0 - share) / share), low), high))
    heights = turned(np.array(places), share)
    return float(heights.min()), float(heights.max())
