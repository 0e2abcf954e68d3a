"""Losses without labels: how much of the points a few centroids, or a few directions, leave out."""

import dataclasses
import math
from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.losses.base import (
    Argument,
    Array,
    FrameworkCall,
    Loss,
    Properties,
    Section,
    Source,
    Way,
)
from core.losses.domain import FINITE, PROBABILITY, DomainError, together
from core.losses.embedding import scaled
from core.losses.links import sigmoid

# Threat: past 1e154 a square leaves float64, and NumPy warns. Remedy: the infinity it then returns
# is the right answer to hand on, so only the warning goes. Limit: used where the true value has
# left float64 too; what is compared, or summed with either sign, is first brought near 1.
_overflow_is_infinity = np.errstate(over="ignore")

_HUGE = 1e280
_ROOM = 64
_TINIEST = 5e-324
_NOWHERE = -5000  # the power of two of a row of zeros


def _room(*arrays: Array) -> int:
    """Return by which power of two to shrink what is summed, so that no sum overflows.

    Limit: up to 2**64 terms; in the company of huge numbers, those below 1e-289 lose digits.
    """
    return _ROOM if any(np.abs(array).max(initial=0.0) > _HUGE for array in arrays) else 0


def _gathered(points: Array, leading: tuple[int, ...]) -> Array:
    """Return points with these leading axes: along all others, they become points of one batch."""
    rows = np.broadcast_shapes(points.shape[:-2], leading)
    full = np.broadcast_to(points, rows + points.shape[-2:])
    added = len(rows) - len(leading)
    merged = [*range(added), *(added + i for i, size in enumerate(leading) if size == 1)]
    count = points.shape[-2] * math.prod(rows[axis] for axis in merged)
    beside = np.moveaxis(full, merged, range(-2 - len(merged), -2))
    return beside.reshape((*leading, count, points.shape[-1]))


@dataclasses.dataclass(frozen=True)
class ClusteringLoss(Loss):
    """A loss of points and of what stands for them, which moves.

    shape: what the latter looks like; its axis D is that of the points.
    """

    task: ClassVar[str] = "Unsupervised"
    shape: ClassVar[str]

    def _checked(self, points: ArrayLike, moving: ArrayLike) -> tuple[Array, Array]:
        """Return both arguments as float64, of shapes that belong together."""
        owner = type(self).__name__
        first, second = self.arguments
        x = first.domain.checked(owner, first.name, points)
        theirs = second.domain.checked(owner, second.name, moving)

        width = -2 if self.shape.endswith("D, k)") else -1
        flat = x.ndim < 2 or theirs.ndim < 2
        if flat or x.shape[-1] != theirs.shape[width] or 0 in theirs.shape[-2:]:
            raise DomainError(
                f"{owner}: {first.name} {x.shape}, {second.name} {theirs.shape} do not match,"
                f" expected (..., N, D) and {self.shape}."
            )
        rows = {f"leading axes of {first.name}": x.shape[:-2]}
        together(owner, **rows, **{f"those of {second.name}": theirs.shape[:-2]})
        return x, theirs


@final
@dataclasses.dataclass(frozen=True)
class KMeans(ClusteringLoss):
    """The squared distance of each point to its nearest centroid, with no ½.

    Its sum over all points is the within-cluster sum of squares, also called inertia. A point
    as near to two centroids belongs to the first.
    """

    name: ClassVar[str] = "k-means"
    formula: ClassVar[str] = r"L_i = \min_k \|x_i - c_k\|^2"
    source: ClassVar[Source] = Source("Lloyd", 1982, "Least squares quantization in PCM")
    estimates: ClassVar[str] = "the mean of each cluster"
    story: ClassVar[str] = (
        "Every point pulls its nearest centroid towards itself and ignores the others;"
        " where a centroid starts decides which points it will ever hear of."
    )
    shape: ClassVar[str] = "(..., K, D)"
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument("points", "x", "one point in each row", FINITE),
        Argument("centroids", "c", "what stands for the points around it", FINITE, moves=True),
    )
    no_hessian: ClassVar[str] = (
        "Between the borders of the clusters every point adds 2 to the curvature of its own"
        " centroid, and nothing to any other."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall(
            "torch.cdist(points, centroids, compute_mode='donot_use_mm_for_euclid_dist')"
            ".min(dim=-1).values ** 2",
            "none",
            note="By default cdist expands the square for more than 25 points, and loses digits.",
        ),
        "Keras": None,
        "Optax": FrameworkCall(
            "optax.squared_error(points[:, None] - centroids).sum(axis=-1).min(axis=-1)", "none"
        ),
        "scikit-learn": FrameworkCall(
            "sklearn.metrics.pairwise_distances_argmin_min(points, centroids,"
            " metric='sqeuclidean')[1]",
            "none",
            note="The inertia_ of a fitted KMeans is the sum.",
        ),
    }

    _line: ClassVar[tuple[float, ...]] = (-2.0, -1.0, 1.0, 2.0)
    _other: ClassVar[float] = -1.5

    @_overflow_is_infinity
    def value(self, points: ArrayLike, centroids: ArrayLike) -> Array:
        """Return one number per point: (..., N, D) and (..., K, D) give (..., N)."""
        x, c = self._checked(points, centroids)
        leading = np.broadcast_shapes(x.shape[:-2], c.shape[:-2])
        everywhere = np.broadcast_to(c, leading + c.shape[-2:])
        own = np.take_along_axis(everywhere, self._nearest(x, c)[..., None], axis=-2)
        miss = x - own
        value: Array = (miss * miss).sum(axis=-1)
        return value

    @_overflow_is_infinity
    def gradient(self, points: ArrayLike, centroids: ArrayLike) -> Array:
        """Return the gradient with respect to the centroids: twice the sum of c - x over its own.

        Where a point is as near to two centroids, it pulls at the first alone.
        """
        x, c = self._checked(points, centroids)
        x = _gathered(x, c.shape[:-2])
        room = _room(x, c)
        half = np.ldexp(0.5 * c[..., None, :, :] - 0.5 * x[..., :, None, :], -room)
        pull = (self._chosen(x, c)[..., None] * half).sum(axis=-3)
        return np.ldexp(pull, room + 2)

    def assign(self, points: ArrayLike, centroids: ArrayLike) -> NDArray[np.intp]:
        """Return which centroid is nearest to each point; of several, the first."""
        return self._nearest(*self._checked(points, centroids))

    def step(self, points: ArrayLike, centroids: ArrayLike) -> Array:
        """Return the centroids after one step of Lloyd's: each the mean of its points.

        It is a gradient step of 1 / (2n) for a centroid of n points, and Newton's between the
        borders. One without points stays where it is.
        """
        x, c = self._checked(points, centroids)
        x = _gathered(x, c.shape[:-2])
        room = _room(x)
        chosen = self._chosen(x, c)
        held = chosen.sum(axis=-2)[..., None]
        total = np.swapaxes(chosen, -1, -2) @ np.ldexp(x, -room)
        return np.where(held > 0.0, np.ldexp(total / np.maximum(held, 1.0), room), c)

    def _chosen(self, x: Array, c: Array) -> Array:
        """Return 1 where a centroid (last axis) is the nearest of a point (last but one)."""
        return (self._nearest(x, c)[..., None] == np.arange(c.shape[-2])).astype(np.float64)

    @staticmethod
    @_overflow_is_infinity
    def _nearest(x: Array, c: Array) -> NDArray[np.intp]:
        """Return the index of the nearest centroid.

        Threat: far out all squared distances are infinite, close up all are 0, and all alike.
        Remedy: a power of two for each point brings its nearest centroid near 1. Limit: none known.
        """
        half = 0.5 * x[..., :, None, :] - 0.5 * c[..., None, :, :]
        reach = np.abs(half).max(axis=-1)
        _, exponent = np.frexp(reach.min(axis=-1, keepdims=True))
        near_one = np.ldexp(half, -exponent[..., None])
        squares = (near_one * near_one).sum(axis=-1)
        return np.where(reach > 0.0, np.maximum(squares, _TINIEST), 0.0).argmin(axis=-1)

    def _drawn(self, at: Array) -> tuple[Array, Array]:
        """Return the points of the section, and the centroids with the first one there."""
        place = np.asarray(at, dtype=np.float64)
        both = np.stack((place, np.full_like(place, self._other)), axis=-1)
        return np.array(self._line)[:, None], both[..., None]

    def _cost(self, at: Array) -> Array:
        total: Array = self.value(*self._drawn(at)).sum(axis=-1)
        return total

    def _slope(self, at: Array) -> Array:
        return self.gradient(*self._drawn(at))[..., 0, 0]

    def _bend(self, at: Array) -> Array:
        bend: Array = 2.0 * (self.assign(*self._drawn(at)) == 0).sum(axis=-1)
        return bend

    @property
    def properties(self) -> Properties:
        ends = ((0.0,), (1.0,))
        return Properties(
            lipschitz=math.inf,
            steep=Way(
                "a point and its nearest centroid lie farther apart",
                tuple((((far,),), ((0.0,), (-1.0,))) for far in (1e2, 1e4, 1e8)),
            ),
            smoothness=math.inf,
            strong_convexity=0.0,
            convex=False,
            kinks=tuple(sorted((self._other, *(2.0 * x - self._other for x in self._line)))),
            witness=(ends, ends[::-1]),
            held=(ends,),
        )

    @property
    def section(self) -> Section:
        return Section(
            "position of one centroid c",
            (-4.0, 6.0),
            self._cost,
            self._slope,
            self._bend,
            held="points at -2, -1, 1 and 2, summed, and another centroid at -1.5",
        )


@dataclasses.dataclass(frozen=True)
class TiedLoss(ClusteringLoss):
    """What is lost on the way through a narrow code: Wᵀx goes in, W times that comes out.

    Writing and reading share their weights, and there is no bias.
    """

    shape: ClassVar[str] = "(..., D, k)"
    no_hessian: ClassVar[str] = (
        "Every weight bends with every other, D k times D k numbers;"
        " the curve shows the bend along one of them."
    )
    _point: ClassVar[float] = 0.8

    @abstractmethod
    def value(self, points: ArrayLike, weights: ArrayLike) -> Array:
        """Return one number per point: (..., N, D) and (..., D, k) give (..., N)."""

    @abstractmethod
    def gradient(self, points: ArrayLike, weights: ArrayLike) -> Array:
        """Return the gradient with respect to the weights, which are used twice."""

    @staticmethod
    def _through(x: Array, w: Array) -> tuple[Array, Array, NDArray[np.int32]]:
        """Return the codes and what comes out of them, near 1, and the exponents of the latter."""
        small, size = scaled(x)
        weights, weight = scaled(w, axes=2)
        codes = small @ weights
        return codes, codes @ np.swapaxes(weights, -1, -2), size + 2 * weight

    def _drawn(self, at: Array) -> tuple[Array, Array]:
        """Return the one point of the section, and its one weight."""
        return np.array([[self._point]]), np.asarray(at, dtype=np.float64)[..., None, None]

    def _cost(self, at: Array) -> Array:
        return self.value(*self._drawn(at))[..., 0]

    def _slope(self, at: Array) -> Array:
        return self.gradient(*self._drawn(at))[..., 0, 0]

    @abstractmethod
    def _bend(self, at: Array) -> Array:
        """Return the second derivative along the section."""

    @property
    def section(self) -> Section:
        return Section(
            "weight w",
            (-2.0, 2.0),
            self._cost,
            self._slope,
            self._bend,
            held=f"one point, x = {self._point}, and no other weight",
        )


@final
@dataclasses.dataclass(frozen=True)
class Reconstruction(TiedLoss):
    """The squared distance between a point and what a linear autoencoder makes of it, with no ½.

    The columns of the best weights are orthonormal and span the directions in which the points are
    largest: the principal components, where the points have mean 0.
    """

    name: ClassVar[str] = "Reconstruction"
    formula: ClassVar[str] = r"L_i = \|x_i - W W^\top x_i\|^2"
    source: ClassVar[Source] = Source("Yang", 1995, "Projection approximation subspace tracking")
    estimates: ClassVar[str] = (
        "the principal subspace: what is left is the sum of the squared singular values left out"
    )
    story: ClassVar[str] = (
        "Squeeze every point through a few numbers, unfold it again, and pay for what was lost:"
        " the cheapest few are the directions in which the points are widest."
    )
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument("points", "x", "one point in each row", FINITE),
        Argument("weights", "W", "one direction of the code in each column", FINITE, moves=True),
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall(
            "torch.nn.functional.mse_loss(points @ weights @ weights.T, points,"
            " reduction='none').sum(dim=-1)",
            "none",
        ),
        "Keras": FrameworkCall(
            "keras.losses.mean_squared_error(points, points @ weights @ weights.T)"
            " * points.shape[-1]",
            "none",
            note="Keras takes the mean over the numbers of a point.",
        ),
        "Optax": FrameworkCall(
            "optax.squared_error(points @ weights @ weights.T, points).sum(axis=-1)", "none"
        ),
        "scikit-learn": None,
    }

    @_overflow_is_infinity
    def value(self, points: ArrayLike, weights: ArrayLike) -> Array:
        x, w = self._checked(points, weights)
        _, back, exponent = self._through(x, w)
        miss = x - np.ldexp(back, exponent)
        value: Array = (miss * miss).sum(axis=-1)
        return value

    @_overflow_is_infinity
    def gradient(self, points: ArrayLike, weights: ArrayLike) -> Array:
        # Threat: sums over huge points or weights are ∞ - ∞. Remedy: all factors near 1, each point
        # weighed by its size against the largest. Limit: of two points more than 1e150 times apart
        # in size, only the larger counts.
        x, w = self._checked(points, weights)
        x = _gathered(x, w.shape[:-2])
        small, size = scaled(x)
        near_one, weight = scaled(w, axes=2)
        codes, back, _ = self._through(small, near_one)

        stretch = np.maximum(2 * weight, 0)
        miss = np.ldexp(small, -stretch) - np.ldexp(back, 2 * weight - stretch)
        power = np.where((x != 0.0).any(axis=-1, keepdims=True), 2 * size + stretch, _NOWHERE)
        top = power.max(axis=-2, keepdims=True, initial=_NOWHERE)
        share = np.ldexp(1.0, power - top)

        pull = np.swapaxes(share * small, -1, -2) @ (miss @ near_one)
        pull += np.swapaxes(share * miss, -1, -2) @ codes
        return 0.0 - np.ldexp(pull, top + weight + 1)

    def _bend(self, at: Array) -> Array:
        return self._point**2 * (12.0 * at * at - 4.0)

    @property
    def properties(self) -> Properties:
        return Properties(
            lipschitz=math.inf,
            steep=Way(
                "the points, or the weights, grow",
                tuple((((far,),), ((0.5,),)) for far in (1e2, 1e4, 1e8)),
            ),
            smoothness=math.inf,
            strong_convexity=0.0,
            convex=False,
            witness=(((1.0,),), ((-1.0,),)),
            held=(((1.0,),),),
        )


@final
@dataclasses.dataclass(frozen=True)
class BernoulliReconstruction(TiedLoss):
    """The binary cross-entropy between numbers from 0 to 1 and the logits an autoencoder returns.

    Summed over the numbers of a point. It is never below the entropy of the point itself.
    """

    name: ClassVar[str] = "Bernoulli reconstruction"
    formula: ClassVar[str] = (
        r"L_i = \sum_d \bigl(\log(1 + e^{z_{id}}) - x_{id}\, z_{id}\bigr)"
        r" \qquad z_i = W W^\top x_i"
    )
    source: ClassVar[Source] = Source(
        "Vincent, Larochelle, Lajoie, Bengio and Manzagol",
        2010,
        "Stacked denoising autoencoders: learning useful representations in a deep network with a"
        " local denoising criterion",
    )
    estimates: ClassVar[str] = (
        "probabilities that equal the numbers of the point, where tied weights can reach them"
    )
    story: ClassVar[str] = (
        "Each number of a point is read as a chance, and the copy is judged as a forecast of it:"
        " being sure and wrong costs most."
    )
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument("points", "x", "one point in each row, of numbers from 0 to 1", PROBABILITY),
        Argument("weights", "W", "one direction of the code in each column", FINITE, moves=True),
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall(
            "torch.nn.functional.binary_cross_entropy_with_logits(points @ weights @ weights.T,"
            " points, reduction='none').sum(dim=-1)",
            "none",
        ),
        "Keras": FrameworkCall(
            "keras.losses.binary_crossentropy(points, points @ weights @ weights.T,"
            " from_logits=True) * points.shape[-1]",
            "none",
            note="Keras takes the mean over the numbers of a point.",
        ),
        "Optax": FrameworkCall(
            "optax.sigmoid_binary_cross_entropy(points @ weights @ weights.T, points).sum(axis=-1)",
            "none",
        ),
        "scikit-learn": None,
    }

    @_overflow_is_infinity
    def value(self, points: ArrayLike, weights: ArrayLike) -> Array:
        # Threat: log(1 + eᶻ) - xz overflows, and cancels where x is 1. Remedy: what a wrong side
        # costs, which is never negative, plus log(1 + e to the -|z|). Limit: none known.
        x, w = self._checked(points, weights)
        _, back, exponent = self._through(x, w)
        wrong = np.ldexp((1.0 - x) * np.maximum(back, 0.0) + x * np.maximum(-back, 0.0), exponent)
        doubt = np.log1p(np.exp(-np.abs(np.ldexp(back, exponent))))
        value: Array = (wrong + doubt).sum(axis=-1)
        return value

    @_overflow_is_infinity
    def gradient(self, points: ArrayLike, weights: ArrayLike) -> Array:
        x, w = self._checked(points, weights)
        x = _gathered(x, w.shape[:-2])
        near_one, weight = scaled(w, axes=2)
        miss = self._miss(x, w)
        pull = np.swapaxes(x, -1, -2) @ (miss @ near_one)
        pull += np.swapaxes(miss, -1, -2) @ (x @ near_one)
        return np.ldexp(pull, weight)

    def _miss(self, x: Array, w: Array) -> Array:
        """Return how far the probabilities lie above the points: the slopes by the logits."""
        _, back, exponent = self._through(x, w)
        logits = np.ldexp(back, exponent)
        return (1.0 - x) * sigmoid(logits) - x * sigmoid(-logits)

    def _bend(self, at: Array) -> Array:
        x, logits = self._point, self._point * at * at
        spread = sigmoid(logits) * sigmoid(-logits)
        return spread * (2.0 * x * at) ** 2 + 2.0 * x * (sigmoid(logits) - x)

    @property
    def properties(self) -> Properties:
        return Properties(
            lipschitz=math.inf,
            steep=Way("the weights grow", tuple((((0.5,),), ((far,),)) for far in (1e2, 1e4, 1e8))),
            bent=Way(
                "weights grow that cancel",
                tuple((((1.0, 1.0),), ((far,), (-far,))) for far in (1e1, 1e2, 1e3)),
            ),
            smoothness=math.inf,
            strong_convexity=0.0,
            convex=False,
            witness=(((1.0,),), ((-1.0,),)),
            held=(((1.0,),),),
        )


CLUSTERING_LOSSES: tuple[type[ClusteringLoss], ...] = (
    KMeans,
    Reconstruction,
    BernoulliReconstruction,
)
