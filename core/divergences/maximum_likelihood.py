"""Maximum likelihood as the smallest divergence from the data: throws of a die, counted.

The data say how often each face came up. The model is a die that may be tilted towards high faces
and bent towards the outer ones. The mean negative log-likelihood of the throws and the KL
divergence of the model from their shares are two costs of the same two numbers, and differ by the
entropy of the shares: by a constant.
"""

from __future__ import annotations

import dataclasses
import functools
from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from core.landscape import Grid, Landscape
from core.losses.base import Array, Source
from core.losses.divergence import KLDivergence, entropy
from core.newton import newton
from core.objectives import Objective, ObjectiveError

FACES = 6
# The faces from -1 to 1, and their squares less the mean of those: what tilt and bend multiply.
_PLACE = np.linspace(-1.0, 1.0, FACES)
FEATURES = np.stack([_PLACE, _PLACE**2 - np.mean(_PLACE**2)], axis=1)
FEATURES.setflags(write=False)


def die(theta: ArrayLike) -> Array:
    """Return the probability of every face: theta = (tilt, bend), (..., 2) in, (..., FACES) out."""
    logits = np.asarray(theta, dtype=np.float64) @ FEATURES.T
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


def log_die(theta: ArrayLike) -> Array:
    """Return the logarithm of every face's probability: tilt · t + bend · (t² - mean) - log Z."""
    from scipy.special import log_softmax

    return np.asarray(log_softmax(np.asarray(theta, dtype=np.float64) @ FEATURES.T, axis=-1))


@dataclasses.dataclass(frozen=True, eq=False)
class DieFit(Objective):
    """A cost, in nats, of a tilted and bent die for throws of which each face was counted.

    Raises: `ObjectiveError` when the counts are no whole numbers from 0 on, one for each face, with
        one above 0.
    """

    counts: Sequence[int]
    shares: Array = dataclasses.field(init=False, repr=False)

    name: ClassVar[str]
    formula: ClassVar[str]
    source: ClassVar[Source]

    def __post_init__(self) -> None:
        counts = np.array(self.counts, dtype=np.float64)
        whole = np.isfinite(counts) & (counts >= 0) & (counts == np.floor(counts))
        if counts.shape != (FACES,) or not whole.all() or not counts.any():
            raise ObjectiveError(
                f"{type(self).__name__}: counts are {self.counts!r}, expected {FACES} whole numbers"
                " from 0 on, one of them above 0."
            )
        shares = counts / counts.sum()
        shares.setflags(write=False)
        object.__setattr__(self, "shares", shares)

    @property
    def convex(self) -> bool:
        """Both costs are: their second derivatives are covariances under the model."""
        return True

    def value(self, theta: ArrayLike) -> float:
        """Return the cost."""
        return float(self.values(np.asarray(theta, dtype=np.float64)[None])[0])

    def hessian(self, theta: ArrayLike) -> Array:
        """Return the second derivatives: the covariance of the features under the model."""
        model = die(theta)
        centred = FEATURES - model @ FEATURES
        return (centred * model[:, None]).T @ centred

    @abstractmethod
    def values(self, points: ArrayLike) -> Array:
        """Return the cost at each row of points."""

    def gradient(self, theta: ArrayLike) -> Array:
        """Return the derivatives by tilt and bend."""
        return self.gradients(np.asarray(theta, dtype=np.float64)[None])[0]

    @abstractmethod
    def gradients(self, points: ArrayLike) -> Array:
        """Return the derivatives at each row of points, (m, 2) in, (m, 2) out."""

    def landscape(self, grid: Grid) -> Landscape:
        """Return the cost over tilt (grid.x) and bend (grid.y)."""
        return Landscape(grid.x, grid.y, self.values(grid.points).reshape(grid.shape))

    @property
    def entropy(self) -> float:
        """The entropy of the shares, which no model has a part in."""
        return float(entropy(self.shares))

    @property
    def attained(self) -> bool:
        """Whether a minimum exists.

        It does unless all throws lie on two neighbouring faces, on the two outermost, or on one:
        then ever larger tilts and bends come ever closer to the shares themselves.
        """
        seen = np.flatnonzero(self.shares)
        outer = seen[0] == 0 and seen[-1] == FACES - 1
        return bool(len(seen) > 2 or (len(seen) == 2 and seen[1] - seen[0] > 1 and not outer))

    @functools.cached_property
    def best(self) -> Array | None:
        """The minimum (tilt, bend): the die with the same means of both features as the throws."""
        if not self.attained:
            return None
        likelihood = Likelihood(self.counts)
        return newton(
            likelihood.value, lambda one: (likelihood.gradient(one), self.hessian(one)), np.zeros(2)
        ).point


@dataclasses.dataclass(frozen=True, eq=False)
class Likelihood(DieFit):
    """The mean negative log-likelihood of the throws."""

    name = "Negative log-likelihood"
    formula = r"-\tfrac1n \sum_{i=1}^n \log q_\theta(x_i)"
    source = Source("Fisher", 1922, "On the mathematical foundations of theoretical statistics")

    def values(self, points: ArrayLike) -> Array:
        """Return the cost at each row of points."""
        return -(log_die(points) @ self.shares)

    def gradients(self, points: ArrayLike) -> Array:
        """Return the derivatives: the model's means of the features less those of the throws."""
        return (die(points) - self.shares) @ FEATURES


@dataclasses.dataclass(frozen=True, eq=False)
class FromTheData(DieFit):
    """KL(p̂‖q), p̂ being the shares of the faces: by the divergence of two distributions alone."""

    name = "KL from the data"
    formula = (
        r"\mathrm{KL}(\hat p \,\|\, q_\theta) = \sum_k \hat p_k \log\frac{\hat p_k}{q_\theta(k)}"
    )
    source = Source(
        "Akaike", 1973, "Information theory and an extension of the maximum likelihood principle"
    )

    def values(self, points: ArrayLike) -> Array:
        """Return the cost at each row of points."""
        return KLDivergence().value(self.shares, die(points))

    def gradients(self, points: ArrayLike) -> Array:
        """Return the derivatives: those of KL by q, through those of q by tilt and bend."""
        model = die(points)
        # Threat: far out a probability is 0 in float64, and the slope by it infinite. Remedy: what
        # the product of the two tends to. Limit: none known.
        with np.errstate(invalid="ignore"):
            product = KLDivergence().gradient(self.shares, model) * model
        pull = np.where(model > 0.0, product, -self.shares)
        return pull @ FEATURES - pull.sum(axis=-1, keepdims=True) * (model @ FEATURES)


DIE_FITS: tuple[type[DieFit], ...] = (Likelihood, FromTheData)


@dataclasses.dataclass(frozen=True, eq=False)
class SameUpToConstant:
    """Both costs over one grid, and what lies between them.

    constant: the entropy of the shares. deviation: how far the difference is from it at most.
    """

    likelihood: Landscape
    divergence: Landscape
    constant: float
    deviation: float

    @property
    def difference(self) -> Landscape:
        """One landscape less the other."""
        z = self.likelihood.z - self.divergence.z
        return Landscape(self.likelihood.x, self.likelihood.y, z)


def same_up_to_constant(counts: Sequence[int], grid: Grid) -> SameUpToConstant:
    """Return the two landscapes of the throws, computed apart, and how far they are from parallel.

    Raises: `ObjectiveError` when the counts are none.
    """
    likelihood, divergence = Likelihood(counts), FromTheData(counts)
    first, second = likelihood.landscape(grid), divergence.landscape(grid)
    constant = likelihood.entropy
    deviation = float(np.abs(first.z - second.z - constant).max())
    return SameUpToConstant(first, second, constant, deviation)
