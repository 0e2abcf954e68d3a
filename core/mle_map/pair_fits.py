"""Fits of two parameters to parts of the same points, solved side by side by Newton steps."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.likelihoods import BernoulliLabel, ElasticNetPrior, Noise, Prior
from core.losses.base import Array
from core.losses.residual import AbsoluteError
from core.mle_map.posterior import COEFFICIENTS, NegativeLogLikelihood

Flags = NDArray[np.bool_]
EPS = float(np.finfo(np.float64).eps)
_ROUNDS = 30


class _RoundedPeak:
    """|θ| with its kink rounded to a width."""

    def __init__(self, width: float) -> None:
        self.width = width

    def hessian(self, theta: Array) -> Array:
        length = np.hypot(theta, self.width)
        return (self.width / length) ** 2 / length

    def weight(self, theta: Array) -> Array:
        return 1.0 / np.hypot(theta, self.width)


@dataclasses.dataclass(frozen=True, eq=False)
class PairFits:
    """Fits of two parameters to parts of the same points, side by side, one in each row.

    Each costs scale · Σ curve(z) + Σ_j (pull |θ_j| + ridge θ_j²), z = (rows · θ - offset) / unit.

    Shape: rows (n, 2), offset (n,), counted (m, n): 1 for the points that a fit knows, else 0.
    """

    rows: Array
    offset: Array
    counted: Array
    belief: Noise | BernoulliLabel
    pull: float
    ridge: float

    @classmethod
    def of(
        cls,
        likelihood: NegativeLogLikelihood,
        prior: Prior | None,
        counts: NDArray[np.int64] | None = None,
    ) -> PairFits:
        own = likelihood.mean_loss
        sign = np.broadcast_to(own.sign, own.design.shape)
        rows = np.column_stack([own.factor, sign])
        offset = likelihood.unit * np.broadcast_to(own.offset, own.design.shape)
        known = np.array([likelihood.count]) if counts is None else counts
        counted = (np.arange(likelihood.count) < known[:, None]).astype(np.float64)
        return cls(rows, offset, counted, likelihood.belief, *pulls_of(prior))

    @property
    def unit(self) -> float:
        return self.belief.unit if isinstance(self.belief, Noise) else 1.0

    @property
    def free(self) -> bool:
        """Whether there is no prior."""
        return not (self.pull or self.ridge)

    @property
    def kinked(self) -> bool:
        """Whether the loss itself has a kink."""
        return isinstance(self.belief.loss, AbsoluteError)

    @property
    def convex(self) -> bool:
        return bool(self.belief.loss.properties.convex)

    @functools.cached_property
    def basis(self) -> Array:
        """The products of which second derivatives are sums, (n, 3)."""
        one, two = self.rows.T
        return np.stack([one * one, one * two, two * two], axis=1)

    @functools.cached_property
    def size(self) -> float:
        """How far the points are from 0 or from each other, above 0."""
        told = np.abs(self.offset - np.median(self.offset)).mean() or np.abs(self.offset).mean()
        return float(told) or 1.0

    def only(self, which: Any) -> PairFits:
        """Return some of the fits."""
        return dataclasses.replace(self, counted=self.counted[which])

    def without_peak(self) -> PairFits:
        """Return the same without what has a kink in the prior."""
        return dataclasses.replace(self, pull=0.0)

    @functools.cached_property
    def kinks(self) -> Array:
        """Where the cost of the first fit has kinks: rows (a1, a2, c), at a · theta = c."""
        lines = np.zeros((0, 3))
        if self.kinked:
            lines = np.column_stack([self.rows, self.offset])[self.counted[0] > 0]
        axes = np.eye(COEFFICIENTS, 3) if self.pull else lines[:0]
        return np.vstack([lines, axes])

    @functools.cached_property
    def weights(self) -> Array:
        """What |a · theta - c| costs, for each of the kinks."""
        axes = COEFFICIENTS if self.pull else 0
        data = np.full(len(self.kinks) - axes, self.belief.scale / self.unit)
        return np.append(data, np.full(axes, self.pull))

    def repeated(self, times: int) -> PairFits:
        """Return each fit so many times, one after the other."""
        return dataclasses.replace(self, counted=np.repeat(self.counted, times, axis=0))

    @functools.cached_property
    def curve(self) -> Any:
        """The loss, with a bound of its curvature."""
        if isinstance(self.belief, BernoulliLabel):
            return _BoundedLogistic(self.belief)
        return self.belief.loss

    def z(self, theta: Array) -> Array:
        """Return what the loss sees, (m, n)."""
        return (theta @ self.rows.T - self.offset) / self.unit

    def cost(self, theta: Array, width: float = 0.0) -> Array:
        """Return what each row costs, with its kinks rounded to a width."""
        prior = self.pull * np.hypot(theta, width) + self.ridge * theta * theta
        losses = (self.counted * self.curve.value(self.z(theta))).sum(axis=1)
        return self.belief.scale * losses + prior.sum(axis=1)

    def gradient(self, theta: Array, width: float) -> Array:
        """Return the derivatives of each row, (m, 2)."""
        pulls = self.counted * self.curve.gradient(self.z(theta))
        prior = self.pull * theta / np.hypot(theta, width) if self.pull else 0.0
        return self.belief.scale / self.unit * pulls @ self.rows + prior + 2 * self.ridge * theta

    def bend(self, theta: Array, width: float, bound: bool = False) -> Array:
        """Return the three second derivatives of each row, (m, 3), or bounds of them.

        A parabola with the bounds that touches the cost lies nowhere below it.
        """
        shape = self.curve.weight if bound else self.curve.hessian
        told = (self.counted * shape(self.z(theta))) @ self.basis
        told *= self.belief.scale / self.unit**2
        own = np.full(theta.shape, 2.0 * self.ridge)
        if self.pull:
            rounded = _RoundedPeak(width)
            own += self.pull * (rounded.weight(theta) if bound else rounded.hessian(theta))
        told[:, 0] += own[:, 0]
        told[:, 2] += own[:, 1]
        return told


class _BoundedLogistic:
    """The logistic loss, whose curvature is a quarter at the most."""

    def __init__(self, belief: BernoulliLabel) -> None:
        loss = belief.loss
        self.value, self.gradient, self.hessian = loss.value, loss.gradient, loss.hessian

    def weight(self, margin: Array) -> Array:
        return np.full(np.shape(margin), 0.25)


def pulls_of(prior: Prior | None) -> tuple[float, float]:
    """Return what |θ| and θ² cost under a prior."""
    if prior is None:
        return 0.0, 0.0
    if isinstance(prior, ElasticNetPrior):
        return prior.scale * prior.ratio, prior.scale * (1.0 - prior.ratio)
    kinked = bool(prior.loss.properties.kinks)
    return (prior.scale, 0.0) if kinked else (0.0, prior.scale)


def least_squares(fits: PairFits) -> Array:
    """Return where to start: the least squares fits with a little of a prior, or 0 for classes."""
    if isinstance(fits.belief, BernoulliLabel):
        return np.zeros((len(fits.counted), COEFFICIENTS))
    bend = fits.counted @ fits.basis
    bend[:, [0, 2]] += 2.0 * fits.ridge * fits.unit**2 / fits.belief.scale + 1e-12
    return _solve(bend, fits.counted @ (fits.rows * fits.offset[:, None]))


def descended(fits: PairFits, theta: Array, width: float) -> Array:
    """Return each row after Newton steps that never raise its cost."""
    values = fits.cost(theta, width)
    for _ in range(_ROUNDS):
        gradient, bend = fits.gradient(theta, width), fits.bend(theta, width)
        step = _solve(bend, gradient)
        trial = theta - step
        tried = fits.cost(trial, width)
        poor = ~(_definite(bend) & (tried <= values + 4 * EPS * np.abs(values)))
        if poor.any():
            step = np.where(
                poor[:, None], _solve(fits.bend(theta, width, bound=True), gradient), step
            )
            trial = theta - step
            tried = fits.cost(trial, width)
        better = tried <= values + 4 * EPS * np.abs(values)
        theta = np.where(better[:, None], trial, theta)
        values = np.where(better, tried, values)
        promise = np.abs((gradient * step).sum(axis=1))
        if (~better | (promise <= 4 * EPS * np.abs(values))).all():
            break
    return theta


def _definite(matrix: Array) -> Flags:
    """Tell for each symmetric matrix, a row of its three entries, whether it curves up."""
    determinant = matrix[:, 0] * matrix[:, 2] - matrix[:, 1] ** 2
    enough = determinant > 1e-13 * matrix[:, 0] * matrix[:, 2]
    return np.asarray((matrix[:, 0] > 0) & (matrix[:, 2] > 0) & enough)


def _solve(matrix: Array, gradient: Array) -> Array:
    """Return the steps that undo the gradients; along no curvature at all, none."""
    a, b, c = matrix.T
    determinant = a * c - b * b
    flat = np.abs(determinant) <= 1e-300
    x, y = gradient.T
    step = np.stack([c * x - b * y, a * y - b * x], axis=1)
    return np.where(flat[:, None], 0.0, step / np.where(flat, 1.0, determinant)[:, None])
