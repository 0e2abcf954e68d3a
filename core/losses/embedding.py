"""Losses of embeddings: things that belong together should lie close, all others apart."""

import dataclasses
import enum
import math
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.declare import parameter, switch
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
from core.losses.domain import FINITE, Domain, DomainError, OneOf, together
from core.losses.links import sigmoid

# Threat: a square leaves float64 past 1e154, a difference past 1e308, and NumPy warns. Remedy:
# lengths and angles are formed of numbers that a power of two has brought near 1, at no cost in
# digits. What is infinite after that has left float64 in truth, and only the warning goes. Limit:
# differences are halved first, which below 1e-307 does cost digits.
_overflow_is_infinity = np.errstate(over="ignore")

_POSITIVE = 0.5  # the cosine of the positive pair along the sections
_FAR = (1e2, 1e4, 1e8)
_SHRINKS = "an embedding shrinks to length 0"


def scaled(rows: Array, axes: int = 1) -> tuple[Array, NDArray[np.int32]]:
    """Return the rows, each over a power of two that leaves nothing above 1; and the exponents.

    axes: how many of the last axes make up one row; the exponents keep them, of length 1.
    """
    last = tuple(range(-axes, 0))
    _, exponent = np.frexp(np.abs(rows).max(axis=last, keepdims=True, initial=0.0))
    return np.ldexp(rows, -exponent), exponent


def _length(rows: Array) -> Array:
    """Return the length of rows of ordinary size, keeping their axis."""
    length: Array = np.sqrt((rows * rows).sum(axis=-1, keepdims=True))
    return length


def _between(here: Array, there: Array) -> tuple[Array, Array, Array]:
    """Return the distance, the direction from there to here (0 if none), half the difference."""
    half = 0.5 * here - 0.5 * there
    small, exponent = scaled(half)
    length = _length(small)
    distance = np.ldexp(length, exponent + 1)[..., 0]
    return distance, small / np.where(length == 0.0, 1.0, length), half


def _direction(rows: Array) -> Array:
    """Return each row at length 1."""
    small, _ = scaled(rows)
    return small / _length(small)


def _folded(pull: Array, shape: tuple[int, ...], exponent: int = 0) -> Array:
    """Return 2**exponent times the pull, summed where an argument of this shape was repeated."""
    added = pull.ndim - len(shape)
    ones = tuple(added + i for i, size in enumerate(shape) if size == 1)
    repeated = (*range(added), *ones)

    # Threat: partial sums of opposite signs overflow, and their sum is NaN. Remedy: where a sum is
    # not finite, sum again with room to spare. Limit: 2**64 terms.
    with np.errstate(over="ignore", invalid="ignore"):
        total = pull.sum(axis=repeated, keepdims=True)
        if not np.isfinite(total).all():
            roomy = np.ldexp(np.ldexp(pull, -64).sum(axis=repeated, keepdims=True), 64)
            total = np.where(np.isfinite(total), total, roomy)
        return np.ldexp(total.reshape(shape), exponent)


def _turning(pull: Array, embedding: Array, temperature: float = 1.0) -> Array:
    """Return the gradient with respect to vectors, given that with respect to their directions.

    What pulls along a vector leaves its direction alone; the rest turns a longer one less.
    """
    small, exponent = scaled(embedding)
    length = _length(small)
    direction = small / length
    folded = _folded(pull, embedding.shape)
    across = folded - (folded * direction).sum(axis=-1, keepdims=True) * direction
    mantissa, power = math.frexp(temperature)
    turning: Array = np.ldexp(across / (mantissa * length), -(exponent + power))
    return turning


@dataclasses.dataclass(frozen=True)
class Directions(Domain):
    """Rows of finite numbers, not all 0."""

    @property
    def words(self) -> str:
        """What is allowed, in words."""
        return "finite numbers that are not all 0: a vector of length 0 has no direction"

    def holds(self, array: Array) -> NDArray[np.bool_]:
        """Tell which rows have a direction."""
        if array.ndim == 0:
            return np.array(False)
        return np.isfinite(array).all(axis=-1) & (array != 0.0).any(axis=-1)

    def told(self, element: Array) -> str:
        """Say what keeps a row from having a direction."""
        if element.ndim == 0:
            return f"{float(element):g}"
        bad = np.flatnonzero(~np.isfinite(element))
        if bad.size:
            return f"a vector whose element {int(bad[0])} is {float(element[bad[0]]):g}"
        return "a vector of length 0"


DIRECTIONS = Directions()
SAME = OneOf((0.0, 1.0))
SIGN = OneOf((-1.0, 1.0))


@dataclasses.dataclass(frozen=True)
class EmbeddingLoss(Loss):
    """A loss of embeddings, all of which move.

    shape: what one embedding argument looks like; all of them agree in the axes it names.
    """

    task: ClassVar[str] = "Metric learning"
    no_hessian: ClassVar[str] = (
        "The second derivatives tie every number of every embedding to every other;"
        " the curve shows the one that matters, along its axis."
    )
    shape: ClassVar[str] = "(..., D)"

    def _checked(self, *values: ArrayLike) -> tuple[Array, ...]:
        """Return all arguments as float64, of shapes that belong together."""
        owner = type(self).__name__
        pairs = list(zip(self.arguments, values, strict=True))
        arrays = tuple(one.domain.checked(owner, one.name, value) for one, value in pairs)

        rank = self.shape.count(",")
        shapes = {one.name: a.shape for (one, _), a in zip(pairs, arrays, strict=True) if one.moves}
        ends = {shape[-rank:] for shape in shapes.values()}
        if len(ends) > 1 or len(min(ends)) < rank or min(ends)[-1] == 0:
            told = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
            raise DomainError(f"{owner}: {told} do not match, expected {self.shape} alike.")

        others = {
            one.name: a.shape + (1,) * rank
            for (one, _), a in zip(pairs, arrays, strict=True)
            if not one.moves
        }
        together(owner, **shapes, **others)
        return arrays


_MARGIN: Mapping[str, Any] = {
    "symbol": "m",
    "low": 0.05,
    "high": 3.0,
    "step": 0.05,
    "minimum": 0.0,
    "open_minimum": True,
    "open_maximum": True,
}


@final
@dataclasses.dataclass(frozen=True)
class Contrastive(EmbeddingLoss):
    """A pair that belongs together pays for its distance, any other for coming inside the margin.

    Squared it is the ½d² and ½max(0, m - d)² of Hadsell, Chopra and LeCun; unsquared, d and
    max(0, m - d). Much code leaves out both ½, which is twice the squared form; an early one had
    max(0, m - d²), which is `Triplet` with its positive on the anchor. Where two embeddings
    coincide, no direction leads apart, and the gradient given is 0.
    """

    margin: float = parameter(
        1.0, meaning="how far apart a pair that should differ has to be to cost nothing", **_MARGIN
    )
    squared: bool = switch(
        True,
        meaning="what is paid of a distance, or of what it lacks",
        on="half its square",
        off="the distance itself",
    )

    name: ClassVar[str] = "Contrastive"
    formula: ClassVar[str] = (
        r"L = \begin{cases} \tfrac12 d^2 & \text{same} \\"
        r" \tfrac12 \max(0,\, m - d)^2 & \text{different} \end{cases}"
        r" \qquad d = \|z_1 - z_2\|"
        r" \qquad \text{unsquared: } d \text{ and } \max(0,\, m - d)"
    )
    source: ClassVar[Source] = Source(
        "Hadsell, Chopra and LeCun",
        2006,
        "Dimensionality reduction by learning an invariant mapping",
        "eq. (4)",
    )
    estimates: ClassVar[str] = (
        "a distance: the margin times the chance that the pair differs"
        " (unsquared, all of the margin or none of it, whichever is likelier)"
    )
    story: ClassVar[str] = (
        "A spring draws the two of a pair together; between strangers it pushes instead,"
        " and lets go once they are the margin apart."
    )
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument("first", "z_1", "the embedding of one", FINITE, moves=True),
        Argument("second", "z_2", "the embedding of the other", FINITE, moves=True),
        Argument("same", "y", "1 where the two belong together, 0 where they differ", SAME),
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall(
            "(torch.nn.functional.hinge_embedding_loss("
            "torch.nn.functional.pairwise_distance(first, second, eps=0.0),"
            " 2 * same - 1, margin=margin, reduction='none')"
            ".pow(1 + squared) / (1 + squared)).mean()",
            "mean",
            note="pairwise_distance adds 1e-6 to every difference unless eps=0.",
        ),
        "Keras": None,
        "Optax": None,
        "scikit-learn": None,
    }

    @_overflow_is_infinity
    def value(self, first: ArrayLike, second: ArrayLike, same: ArrayLike) -> Array:
        """Return one number per pair."""
        z, other, label = self._checked(first, second, same)
        distance, _, _ = _between(z, other)
        near = 0.5 * distance * distance if self.squared else distance
        return np.where(label == 1.0, near, self._apart(distance))[()]

    @_overflow_is_infinity
    def gradient(self, first: ArrayLike, second: ArrayLike, same: ArrayLike) -> tuple[Array, Array]:
        """Return the gradients with respect to both embeddings."""
        z, other, label = self._checked(first, second, same)
        distance, direction, half = _between(z, other)
        near = half if self.squared else 0.5 * direction
        apart = 0.5 * self._apart_slope(distance)[..., None] * direction
        pull = np.where(label[..., None] == 1.0, near, apart)
        return _folded(pull, z.shape, 1), _folded(-pull, other.shape, 1)

    def _apart(self, distance: Array) -> Array:
        """Return what a pair that should differ pays."""
        lacking = np.maximum(self.margin - distance, 0.0)
        return 0.5 * lacking * lacking if self.squared else lacking

    def _apart_slope(self, distance: Array) -> Array:
        inside = distance < self.margin
        slope = np.minimum(distance - self.margin, 0.0) if self.squared else -1.0
        return np.where(inside, slope, 0.0)

    def _apart_bend(self, distance: Array) -> Array:
        return np.where(distance < self.margin, float(self.squared), 0.0)

    @property
    def properties(self) -> Properties:
        half = 0.5 * self.margin
        return Properties(
            lipschitz=math.inf if self.squared else math.sqrt(2.0),
            steep=Way(
                "the distance of a pair that belongs together grows",
                tuple(((far, 0.0), (0.0, 0.0), 1.0) for far in _FAR),
            )
            if self.squared
            else None,
            smoothness=math.inf,
            strong_convexity=0.0,
            convex=False,
            kinks=(0.0,) if self.squared else (0.0, self.margin),
            witness=(((half,), (0.0,)), ((-half,), (0.0,))),
            held=(0.0,),
        )

    @property
    def section(self) -> Section:
        return Section(
            "distance d",
            (0.0, 4.0),
            self._apart,
            self._apart_slope,
            self._apart_bend,
            held="a pair that should differ",
            domain=(0.0, math.inf),
            places=("margin",),
        )


class Difficulty(enum.Enum):
    """How much a triplet still has to teach."""

    EASY = "Easy: the negative is farther than the positive by the margin or more; nothing to pay."
    SEMI_HARD = "Semi-hard: the negative is farther than the positive, but not yet by the margin."
    HARD = "Hard: the negative is no farther away than the positive."


@final
@dataclasses.dataclass(frozen=True)
class Triplet(EmbeddingLoss):
    """A negative has to be farther from the anchor than the positive, by the margin.

    Squared it compares squares of distances, as FaceNet does; unsquared the distances themselves,
    as PyTorch does. No ½ in either. Unsquared, two embeddings that coincide have no direction
    between them, and it counts as 0.
    """

    margin: float = parameter(
        1.0,
        meaning="how much farther than the positive the negative has to be to cost nothing",
        **_MARGIN,
    )
    squared: bool = switch(
        True, meaning="what is compared", on="squares of distances", off="distances"
    )

    name: ClassVar[str] = "Triplet"
    formula: ClassVar[str] = (
        r"L = \max\bigl(0,\; d_+^2 - d_-^2 + m\bigr)"
        r" \qquad d_\pm = \|z_a - z_\pm\|"
        r" \qquad \text{unsquared: } \max(0,\, d_+ - d_- + m)"
    )
    source: ClassVar[Source] = Source(
        "Schroff, Kalenichenko and Philbin",
        2015,
        "FaceNet: a unified embedding for face recognition and clustering",
        "section 3.1",
    )
    estimates: ClassVar[str] = "which of the two is likelier to belong, told apart by the margin"
    story: ClassVar[str] = (
        "Only the order counts: a friend nearer than a stranger, with room to spare."
        " Once there is room, nothing is pulled any more."
    )
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument("anchor", "z_a", "the embedding all is seen from", FINITE, moves=True),
        Argument("positive", "z_+", "one that belongs with the anchor", FINITE, moves=True),
        Argument("negative", "z_-", "one that does not", FINITE, moves=True),
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall(
            "torch.nn.functional.triplet_margin_with_distance_loss(anchor, positive, negative,"
            " distance_function=lambda a, b:"
            " torch.linalg.vector_norm(a - b, dim=-1) ** (1 + squared), margin=margin)",
            "mean",
            note="triplet_margin_loss is the unsquared form with 1e-6 added to every difference.",
        ),
        "Keras": None,
        "Optax": FrameworkCall(
            "jax.nn.relu(optax.squared_error(anchor, positive).sum(axis=-1)"
            " - optax.squared_error(anchor, negative).sum(axis=-1) + margin) if squared else"
            " optax.losses.triplet_margin_loss(anchor, positive, negative, margin=margin, eps=0.0)",
            "none",
            note="triplet_margin_loss adds 1e-6 under the root unless eps=0.",
        ),
        "scikit-learn": None,
    }

    @_overflow_is_infinity
    def value(self, anchor: ArrayLike, positive: ArrayLike, negative: ArrayLike) -> Array:
        """Return one number per triplet."""
        gap = self._gap(*self._checked(anchor, positive, negative))
        return np.maximum(gap + self.margin, 0.0)[()]

    @_overflow_is_infinity
    def gradient(
        self, anchor: ArrayLike, positive: ArrayLike, negative: ArrayLike
    ) -> tuple[Array, Array, Array]:
        """Return the gradients with respect to all three embeddings."""
        a, p, n = self._checked(anchor, positive, negative)
        active = (self._gap(a, p, n) + self.margin > 0.0)[..., None]
        if self.squared:
            pulls, exponent = (0.5 * n - 0.5 * p, 0.5 * p - 0.5 * a, 0.5 * a - 0.5 * n), 2
        else:
            to_positive, to_negative = _between(p, a)[1], _between(n, a)[1]
            pulls, exponent = (to_negative - to_positive, to_positive, -to_negative), 0
        by_a, by_p, by_n = (np.where(active, pull, 0.0) for pull in pulls)
        return (
            _folded(by_a, a.shape, exponent),
            _folded(by_p, p.shape, exponent),
            _folded(by_n, n.shape, exponent),
        )

    @_overflow_is_infinity
    def difficulty(
        self, anchor: ArrayLike, positive: ArrayLike, negative: ArrayLike
    ) -> NDArray[np.object_]:
        """Return the `Difficulty` of each triplet."""
        gap = self._gap(*self._checked(anchor, positive, negative))
        levels = np.array([Difficulty.EASY, Difficulty.SEMI_HARD, Difficulty.HARD], dtype=object)
        return levels[(gap + self.margin > 0.0).astype(int) + (gap >= 0.0)]

    def _gap(self, anchor: Array, positive: Array, negative: Array) -> Array:
        """Return how much farther the positive is than the negative.

        Threat: d₊² - d₋² loses its digits where the two are alike, and is ∞ - ∞ far out. Remedy:
        it is (z₊ - z₋)·(z₊ + z₋ - 2zₐ), all near 1. Limit: the digits that this sum loses itself.
        """
        halves = np.stack(
            np.broadcast_arrays(
                0.5 * positive - 0.5 * anchor,
                0.5 * negative - 0.5 * anchor,
                0.5 * positive - 0.5 * negative,
            ),
            axis=-2,
        )
        small, exponent = scaled(halves, axes=2)
        p, n, across = np.moveaxis(small, -2, 0)
        gap = (across * (p + n)).sum(axis=-1)
        if self.squared:
            return np.ldexp(gap, 2 * exponent[..., 0, 0] + 2)
        both = (_length(p) + _length(n))[..., 0]
        return np.ldexp(gap / np.where(both == 0.0, 1.0, both), exponent[..., 0, 0] + 1)

    def _cost(self, distance: Array) -> Array:
        """Return the loss at a negative this far away, of a positive on the anchor."""
        gain = distance * distance if self.squared else distance
        return np.maximum(self.margin - gain, 0.0)

    def _slope(self, distance: Array) -> Array:
        return np.where(self._cost(distance) > 0.0, -2.0 * distance if self.squared else -1.0, 0.0)

    def _bend(self, distance: Array) -> Array:
        return np.where(self._cost(distance) > 0.0, -2.0 if self.squared else 0.0, 0.0)

    @property
    def _edge(self) -> float:
        """The distance from which on a negative is left alone, of a positive on the anchor."""
        return math.sqrt(self.margin) if self.squared else self.margin

    @property
    def properties(self) -> Properties:
        anchor, positive, edge = (0.0,), (0.0,), self._edge
        return Properties(
            lipschitz=math.inf if self.squared else math.sqrt(6.0),
            steep=Way(
                "the positive, or a negative that still counts, moves away",
                tuple(((0.0, 0.0), (far, 0.0), (0.0, 0.0)) for far in _FAR),
            )
            if self.squared
            else None,
            smoothness=math.inf,
            strong_convexity=0.0,
            convex=False,
            kinks=(edge,) if self.squared else (0.0, edge),
            witness=((anchor, positive, (edge,)), (anchor, positive, (-edge,))),
            symmetric=False,
        )

    @property
    def section(self) -> Section:
        return Section(
            "distance d",
            (0.0, 4.0),
            self._cost,
            self._slope,
            self._bend,
            held="a pair that should differ, next to a positive at distance 0",
            domain=(0.0, math.inf),
            places=() if self.squared else ("margin",),
        )


@dataclasses.dataclass(frozen=True)
class BatchLoss(EmbeddingLoss):
    """A choice within a batch: -log of the share a softmax of cosines gives to the positive.

    rivals: how many negatives there are along the section.
    """

    temperature: float = parameter(
        0.1,
        symbol=r"\tau",
        meaning="how large a difference of cosines counts as one unit",
        low=0.01,
        high=2.0,
        step=0.01,
        minimum=0.0,
        open_minimum=True,
        open_maximum=True,
        logarithmic=True,
    )

    shape: ClassVar[str] = "(..., N, D)"
    rivals: ClassVar[int]
    _witness: ClassVar[tuple[Any, Any]]
    _symmetric: ClassVar[bool]

    def _chosen(
        self, cosines: Array, positive: NDArray[np.intp], negative: NDArray[np.bool_]
    ) -> tuple[Array, Array]:
        """Return the loss of each row, and its derivatives by its cosines times the temperature.

        positive: which column is right; negative: which columns compete with it.

        Threat: a softmax overflows at small temperatures, and rounds a small loss to 0. Remedy:
        only differences are divided by the temperature, and the loss is formed of the log-odds of
        all negatives together. Limit: cosines have 16 digits, log-odds as many less as 1/τ has.
        """
        rows = np.arange(positive.size)
        right = cosines[..., rows, positive][..., None]
        lead = np.where(negative, cosines - right, -math.inf)
        top = lead.max(axis=-1, keepdims=True, initial=-math.inf)
        top = np.where(np.isfinite(top), top, 0.0)

        with np.errstate(over="ignore", divide="ignore"):  # no negatives: log-odds of -∞
            weights = np.exp((lead - top) / self.temperature)
            total = weights.sum(axis=-1, keepdims=True)
            odds = top / self.temperature + np.log(total)

        missed = sigmoid(odds)
        slopes = missed * weights / np.where(total == 0.0, 1.0, total)
        slopes[..., rows, positive] = -missed[..., 0]
        return np.logaddexp(0.0, odds)[..., 0], slopes

    @abstractmethod
    def _batch(self, here: Array, there: Array) -> tuple[Array, Array]:
        """Return what `_chosen` does, of the directions of both arguments."""

    @property
    def properties(self) -> Properties:
        """What is known of this loss; where it depends on the batch, of a batch of two."""
        return self.properties_among(2)

    def properties_among(self, things: int) -> Properties:
        """What is known of this loss in a batch of so many: most is paid by a positive at cosine -1
        when all negatives are at cosine 1.
        """
        rivals = self._rivals_among(things)
        return Properties(
            lipschitz=math.inf,
            steep=Way(
                _SHRINKS,
                tuple((((1.0 / far, 0.0), (0.0, 1.0)), ((0.0, 1.0), (1.0, 1.0))) for far in _FAR),
                "What one sample adds to it is at most √6/τ where every length is at least 1.",
            ),
            smoothness=math.inf,
            strong_convexity=0.0,
            convex=False,
            witness=self._witness,
            bound=float(np.logaddexp(0.0, 2.0 / self.temperature + math.log(rivals)))
            if rivals
            else 0.0,
            symmetric=self._symmetric,
            among=f"in a batch of {things}",
        )

    @staticmethod
    @abstractmethod
    def _rivals_among(things: int) -> int:
        """Return how many negatives each sample has in a batch of so many."""

    def _odds(self, cosine: Array) -> Array:
        """Return the log-odds of all negatives together along the section."""
        return (np.asarray(cosine) - _POSITIVE) / self.temperature + math.log(self.rivals)

    def _cost(self, cosine: Array) -> Array:
        return np.logaddexp(0.0, self._odds(cosine))

    def _slope(self, cosine: Array) -> Array:
        return sigmoid(self._odds(cosine)) / self.temperature

    def _bend(self, cosine: Array) -> Array:
        odds = self._odds(cosine)
        return sigmoid(odds) * sigmoid(-odds) / self.temperature / self.temperature

    @property
    def section(self) -> Section:
        pairs = "a pair that should differ" if self.rivals == 1 else "two pairs that should differ"
        return Section(
            "cosine similarity s",
            (-1.0, 1.0),
            self._cost,
            self._slope,
            self._bend,
            held=f"{pairs}, next to a positive at cosine {_POSITIVE}",
            domain=(-1.0, 1.0),
        )


@final
@dataclasses.dataclass(frozen=True)
class InfoNCE(BatchLoss):
    """Each query has to find its own key among all keys of the batch: key i belongs to query i.

    The score of a pair is its cosine over the temperature. Adding log N to minus the mean loss
    bounds the information that queries and keys share from below.
    """

    name: ClassVar[str] = "InfoNCE"
    formula: ClassVar[str] = (
        r"L_i = -\log \frac{\exp(\cos(q_i, k_i) / \tau)}{\sum_j \exp(\cos(q_i, k_j) / \tau)}"
    )
    source: ClassVar[Source] = Source(
        "van den Oord, Li and Vinyals",
        2018,
        "Representation learning with contrastive predictive coding",
        "eq. (4)",
    )
    estimates: ClassVar[str] = (
        "log p(key | query) / p(key), up to a constant of the query:"
        " how much likelier the key is beside its query than anywhere"
    )
    story: ClassVar[str] = (
        "A multiple-choice question for every query, with the other keys of the batch as the wrong"
        " answers; the lower the temperature, the more the closest wrong one counts."
    )
    rivals: ClassVar[int] = 1
    _symmetric: ClassVar[bool] = False
    _witness: ClassVar[tuple[Any, Any]] = (
        (((1.0, 1.0), (-1.0, 0.0)), ((1.0, 0.0), (-1.0, 0.0))),
        (((-3.0, 1.0), (-1.0, 0.0)), ((1.0, 0.0), (-1.0, 0.0))),
    )
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument("queries", "q", "one embedding per question", DIRECTIONS, moves=True),
        Argument("keys", "k", "the answers, in the order of the queries", DIRECTIONS, moves=True),
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall(
            "torch.nn.functional.cross_entropy(torch.nn.functional.cosine_similarity("
            "queries[:, None], keys[None], dim=-1) / temperature, torch.arange(len(queries)))",
            "mean",
        ),
        "Keras": FrameworkCall(
            "keras.losses.SparseCategoricalCrossentropy(from_logits=True)("
            "keras.ops.arange(len(queries)), keras.ops.matmul(keras.ops.normalize(queries),"
            " keras.ops.transpose(keras.ops.normalize(keys))) / temperature)",
            "mean",
        ),
        "Optax": FrameworkCall(
            "optax.softmax_cross_entropy_with_integer_labels("
            "optax.cosine_similarity(queries[:, None], keys[None]) / temperature,"
            " jax.numpy.arange(len(queries)))",
            "none",
        ),
        "scikit-learn": None,
    }

    def value(self, queries: ArrayLike, keys: ArrayLike) -> Array:
        """Return one number per query."""
        q, k = self._checked(queries, keys)
        return self._batch(_direction(q), _direction(k))[0]

    @_overflow_is_infinity
    def gradient(self, queries: ArrayLike, keys: ArrayLike) -> tuple[Array, Array]:
        """Return the gradients with respect to queries and keys."""
        q, k = self._checked(queries, keys)
        here, there = _direction(q), _direction(k)
        _, slopes = self._batch(here, there)
        return (
            _turning(slopes @ there, q, self.temperature),
            _turning(np.swapaxes(slopes, -1, -2) @ here, k, self.temperature),
        )

    def _batch(self, here: Array, there: Array) -> tuple[Array, Array]:
        cosines = here @ np.swapaxes(there, -1, -2)
        size = cosines.shape[-1]
        return self._chosen(cosines, np.arange(size), ~np.eye(size, dtype=bool))

    @staticmethod
    def _rivals_among(things: int) -> int:
        return things - 1


@final
@dataclasses.dataclass(frozen=True)
class NTXent(BatchLoss):
    """Two views of each thing; each of the 2N has to find its twin among the other 2N - 1.

    Normalised temperature-scaled cross-entropy: the first N values belong to the first views, the
    others to the second.
    """

    name: ClassVar[str] = "NT-Xent"
    formula: ClassVar[str] = (
        r"L_i = -\log \frac{\exp(\cos(z_i, z_{i'}) / \tau)}"
        r"{\sum_{j \ne i} \exp(\cos(z_i, z_j) / \tau)}"
        r" \qquad i' \text{ the other view of } i"
    )
    source: ClassVar[Source] = Source(
        "Chen, Kornblith, Norouzi and Hinton",
        2020,
        "A simple framework for contrastive learning of visual representations",
        "eq. (1)",
    )
    estimates: ClassVar[str] = (
        "one direction for both views of a thing, and those of different things spread evenly"
    )
    story: ClassVar[str] = (
        "Two pictures of one thing should point the same way;"
        " everything else in the batch pushes them off, the closest hardest."
    )
    rivals: ClassVar[int] = 2
    _symmetric: ClassVar[bool] = True
    _witness: ClassVar[tuple[Any, Any]] = (
        (((1.0, 1.0), (-1.0, 0.0)), ((1.0, 0.0), (-1.0, 0.0))),
        (((-3.0, 1.0), (-1.0, 0.0)), ((1.0, 0.0), (-1.0, 0.0))),
    )
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument("first", "z", "one view of each thing", DIRECTIONS, moves=True),
        Argument("second", "z'", "another view, in the same order", DIRECTIONS, moves=True),
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall(
            "torch.nn.functional.cross_entropy("
            "(lambda z: (z @ z.T / temperature).fill_diagonal_(-torch.inf))("
            "torch.nn.functional.normalize(torch.cat((first, second)))),"
            " torch.arange(2 * len(first)).roll(len(first)))",
            "mean",
        ),
        "Keras": None,
        "Optax": FrameworkCall(
            "optax.losses.ntxent(jax.numpy.concatenate((first, second)),"
            " jax.numpy.tile(jax.numpy.arange(len(first)), 2), temperature=temperature)",
            "mean",
        ),
        "scikit-learn": None,
    }

    def value(self, first: ArrayLike, second: ArrayLike) -> Array:
        """Return one number per view: (..., N, D) and (..., N, D) give (..., 2N)."""
        z, other = self._checked(first, second)
        return self._batch(_direction(z), _direction(other))[0]

    @_overflow_is_infinity
    def gradient(self, first: ArrayLike, second: ArrayLike) -> tuple[Array, Array]:
        """Return the gradients with respect to both views."""
        z, other = self._checked(first, second)
        here, there = _direction(z), _direction(other)
        _, slopes = self._batch(here, there)
        pulls = (slopes + np.swapaxes(slopes, -1, -2)) @ self._all(here, there)
        pull, back = np.split(pulls, 2, axis=-2)
        return _turning(pull, z, self.temperature), _turning(back, other, self.temperature)

    def _batch(self, here: Array, there: Array) -> tuple[Array, Array]:
        views = self._all(here, there)
        cosines = views @ np.swapaxes(views, -1, -2)
        size = cosines.shape[-1]
        twin = np.roll(np.arange(size), size // 2)
        rival = ~np.eye(size, dtype=bool)
        rival[np.arange(size), twin] = False
        return self._chosen(cosines, twin, rival)

    @staticmethod
    def _all(here: Array, there: Array) -> Array:
        """Return all views, the first ones before the others."""
        return np.concatenate(np.broadcast_arrays(here, there), axis=-2)

    @staticmethod
    def _rivals_among(things: int) -> int:
        return 2 * (things - 1)


@final
@dataclasses.dataclass(frozen=True)
class CosineEmbedding(EmbeddingLoss):
    """1 - cos for a pair that belongs together, max(0, cos - m) for any other."""

    margin: float = parameter(
        0.0,
        symbol="m",
        meaning="how alike a pair that should differ may be and still cost nothing",
        low=-1.0,
        high=1.0,
        step=0.05,
        minimum=-1.0,
        maximum=1.0,
    )

    name: ClassVar[str] = "Cosine embedding"
    formula: ClassVar[str] = (
        r"L = \begin{cases} 1 - \cos(z_1, z_2) & y = 1 \\"
        r" \max(0,\, \cos(z_1, z_2) - m) & y = -1 \end{cases}"
    )
    source: ClassVar[Source] = Source(
        "Collobert, Kavukcuoglu and Farabet",
        2011,
        "Torch7: a Matlab-like environment for machine learning",
        "CosineEmbeddingCriterion",
    )
    estimates: ClassVar[str] = (
        "cosine 1 where the pair is likelier to belong together than not, otherwise the margin"
    )
    story: ClassVar[str] = (
        "Only the angle counts, never the length: partners should point the same way,"
        " strangers at least so far apart that their cosine is down to the margin."
    )
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument("first", "z_1", "the embedding of one", DIRECTIONS, moves=True),
        Argument("second", "z_2", "the embedding of the other", DIRECTIONS, moves=True),
        Argument("label", "y", "1 where the two belong together, -1 where they differ", SIGN),
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall(
            "torch.nn.functional.cosine_embedding_loss(first, second, label, margin=margin)",
            "mean",
            note="It adds 1e-12 to the square of every length.",
        ),
        "Keras": None,
        "Optax": FrameworkCall(
            "jax.numpy.where(label > 0, optax.cosine_distance(first, second),"
            " jax.nn.relu(optax.cosine_similarity(first, second) - margin))",
            "none",
        ),
        "scikit-learn": None,
    }

    def value(self, first: ArrayLike, second: ArrayLike, label: ArrayLike) -> Array:
        """Return one number per pair."""
        z, other, sign = self._checked(first, second, label)
        here, there = _direction(z), _direction(other)
        apart = self._apart(_cosine(here, there))
        return np.where(sign > 0.0, self._turned(here, there), apart)[()]

    @_overflow_is_infinity
    def gradient(
        self, first: ArrayLike, second: ArrayLike, label: ArrayLike
    ) -> tuple[Array, Array]:
        """Return the gradients with respect to both embeddings."""
        z, other, sign = self._checked(first, second, label)
        here, there = _direction(z), _direction(other)
        slope = np.where(sign > 0.0, -1.0, self._apart_slope(_cosine(here, there)))[..., None]
        return _turning(slope * there, z), _turning(slope * here, other)

    @staticmethod
    def _turned(here: Array, there: Array) -> Array:
        """Return 1 - cos.

        Threat: near 0 the difference loses its digits, or falls below 0. Remedy: it is half the
        squared distance of the two directions. Limit: directions have 16 digits, so an angle θ
        leaves the loss 1e-16 / θ of itself in error.
        """
        apart = here - there
        return np.minimum(0.5 * (apart * apart).sum(axis=-1), 2.0)

    def _apart(self, cosine: Array) -> Array:
        """Return what a pair that should differ pays."""
        return np.maximum(cosine - self.margin, 0.0)

    def _apart_slope(self, cosine: Array) -> Array:
        return np.where(cosine > self.margin, 1.0, 0.0)

    def _apart_bend(self, cosine: Array) -> Array:
        return np.zeros_like(cosine)

    @property
    def properties(self) -> Properties:
        other = (1.0, 0.0)
        return Properties(
            lipschitz=math.inf,
            steep=Way(
                _SHRINKS,
                tuple(((1.0 / far, 0.0), (0.0, 1.0), 1.0) for far in _FAR),
                "Where both lengths are at least 1 it is at most √2.",
            ),
            smoothness=math.inf,
            strong_convexity=0.0,
            convex=False,
            kinks=(self.margin,) if abs(self.margin) < 1.0 else (),
            witness=(((1.0, 1.0), other), ((-3.0, 1.0), other)),
            held=(1.0,),
            bound=2.0,
        )

    @property
    def section(self) -> Section:
        return Section(
            "cosine similarity s",
            (-1.0, 1.0),
            self._apart,
            self._apart_slope,
            self._apart_bend,
            held="a pair that should differ",
            domain=(-1.0, 1.0),
            places=("margin",),
        )


def _cosine(here: Array, there: Array) -> Array:
    """Return the cosine of the angle between directions."""
    return np.clip((here * there).sum(axis=-1), -1.0, 1.0)


EMBEDDING_LOSSES: tuple[type[EmbeddingLoss], ...] = (
    Contrastive,
    Triplet,
    InfoNCE,
    NTXent,
    CosineEmbedding,
)
