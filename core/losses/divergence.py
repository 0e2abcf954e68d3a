"""Losses between two distributions: what it costs to believe q where p is true."""

import dataclasses
import math
from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar, final

import numpy as np
from numpy.polynomial import polynomial
from numpy.typing import ArrayLike

from core.declare import parameter
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
from core.losses.domain import SIMPLEX, DomainError, together

# Threat: next to a probability of 0 slopes leave float64, or are infinite, and NumPy warns. Remedy:
# that infinity is the right answer, so only the warning goes. Limit: 0 / 0 still warns; every
# quotient that could be one has its own np.where.
_infinity_is_right = np.errstate(over="ignore", divide="ignore")

_LOG_2 = math.log(2.0)
_TRUTH = (0.3, 0.7)
_TINY = (1e-2, 1e-4, 1e-8)
_RULED_OUT = Way(
    "qₖ nears 0 where pₖ does not",
    tuple((_TRUTH, (q, 1.0 - q)) for q in _TINY),
)
_SURPRISED = dataclasses.replace(
    _RULED_OUT, otherwise="While every qₖ is at least a, it is at most 1/a."
)

# 1/3 + z/5 + z²/7 + ...: (artanh s - s) / s³ as a series in z = s².
_ARTANH = 1.0 / np.arange(3.0, 37.0, 2.0)


def entropy(p: ArrayLike) -> Array:
    """Return -Σ p log p of each row: how uncertain it is, from 0 to the logarithm of K.

    Raises: `DomainError` when a row is not a distribution.
    """
    from scipy.special import entr

    return entr(SIMPLEX.checked("entropy", "p", p)).sum(axis=-1) + 0.0  # -0 becomes 0


def _over(numerator: Array, denominator: Array) -> Array:
    """Return the quotient, and 0 for 0 / 0."""
    return numerator / np.where(numerator == 0.0, 1.0, denominator)


def _log_over(numerator: Array, denominator: Array) -> Array:
    """Return log(numerator / denominator), also where the quotient leaves float64."""
    ratio = numerator / denominator
    return np.where(np.isinf(ratio), np.log(numerator) - np.log(denominator), np.log(ratio))


def _less_log1p(t: Array) -> Array:
    """Return t - log(1 + t) for |t| up to ½, to the last digits however small.

    With s = t / (2 + t), log(1 + t) = 2 artanh s and t - 2s = t s: no two near numbers are taken
    from each other.
    """
    s = t / (2.0 + t)
    square = s * s
    return s * (t - 2.0 * square * polynomial.polyval(square, _ARTANH))


def _relative(a: Array, b: Array) -> Array:
    """Return a log(a/b) - a + b: never negative, b where a = 0, infinite where only b = 0.

    Threat: of rows that are nearly equal Σ a log(a/b) keeps no digit, and what it leaves, of the
    size of 1e-16, is how far the sums of the rows are from 1. Remedy: b - a, whose sum is 0 for
    rows that sum to 1, goes into every term, and near a the term is a series of positive size.
    Limit: rows whose sums differ by e are charged ½e² for it, 1e-32 for rounded rows.
    """
    from scipy.special import rel_entr

    gap = b - a
    near = np.abs(gap) < 0.5 * a
    share = np.where(near, gap, 0.0) / np.where(near, a, 1.0)
    return np.where(near, a * _less_log1p(share), rel_entr(a, b) + gap)


def _diagonal(entries: Array) -> Array:
    """Return matrices with these diagonals; a product with the identity would make ∞ · 0."""
    size = entries.shape[-1]
    matrices = np.zeros((*entries.shape, size))
    matrices[..., np.arange(size), np.arange(size)] = entries
    return matrices


def _gathered(gradient: Array, shape: tuple[int, ...]) -> Array:
    """Sum a gradient over the axes along which its argument was repeated.

    Where slopes of both infinities meet, the total is infinitely steep upwards: ∞, not NaN.
    """
    leading = tuple(range(gradient.ndim - len(shape)))
    with np.errstate(invalid="ignore", over="ignore"):
        total = gradient.sum(axis=leading)
        repeated = tuple(i for i, n in enumerate(shape) if n == 1 and total.shape[i] != 1)
        total = total.sum(axis=repeated, keepdims=True)
    return np.where(np.isnan(total), np.inf, total)


@dataclasses.dataclass(frozen=True)
class Divergence(Loss):
    """A loss of two distributions on the same K categories: p is the truth, q the model's guess.

    `gradient` and `hessian` are those of the formula with the q_k as free numbers; along the
    simplex, where they sum to 1, only differences between the entries of a gradient count. Where a
    probability is 0 they are the limits from inside, infinite where those are. `estimates` says
    which single q has the lowest expected loss when the truth p varies.

    Of the properties, `symmetric` says that p and q may trade places; `proper` is said of the score
    that an outcome, as the p that is 1 there, gives to q.

    Shape: p and q (..., K), value (...), gradient that of q, hessian (..., K, K).
    """

    task: ClassVar[str] = "Distributions"
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument("p", "p", "the true distribution", SIMPLEX),
        Argument("q", "q", "the model's distribution", SIMPLEX, moves=True),
    )

    def value(self, p: ArrayLike, q: ArrayLike) -> Array:
        """Return the loss of each row.

        Raises: `DomainError` when a row is not a distribution, or when the shapes do not match.
        """
        return self._cost(*self._rows(p, q))

    def gradient(self, p: ArrayLike, q: ArrayLike) -> Array:
        """Return the gradient of the sum of all values with respect to q."""
        truth, model = self._rows(p, q)
        return _gathered(self._slope(truth, model), np.shape(q))

    def hessian(self, p: ArrayLike, q: ArrayLike) -> Array:
        """Return the second derivatives of each row's value with respect to q."""
        return self._bend(*self._rows(p, q))

    @property
    def properties(self) -> Properties:
        """What is known of this loss; where it depends on their number, of two categories."""
        return self.properties_among(2)

    @abstractmethod
    def properties_among(self, categories: int) -> Properties:
        """What is known of this loss of so many categories."""

    @property
    def section(self) -> Section:
        def rows(x: Array) -> Array:
            return np.stack((x, 1.0 - x), axis=-1)

        def gradient(x: Array) -> Array:
            slope = self.gradient(_TRUTH, rows(x))
            return slope[..., 0] - slope[..., 1]

        def hessian(x: Array) -> Array:
            bend = self.hessian(_TRUTH, rows(x))
            return bend[..., 0, 0] - bend[..., 0, 1] - bend[..., 1, 0] + bend[..., 1, 1]

        return Section(
            "model's probability q",
            (0.02, 0.98),
            lambda x: self.value(_TRUTH, rows(x)),
            gradient,
            hessian,
            held="two outcomes, the true probability of the first is 0.3",
            domain=(0.0, 1.0),
            speed=math.sqrt(2.0),
        )

    @abstractmethod
    def _cost(self, p: Array, q: Array) -> Array:
        """Return the value of rows that are known to be distributions."""

    @abstractmethod
    def _slope(self, p: Array, q: Array) -> Array:
        """Return the gradient of each row's value."""

    @abstractmethod
    def _bend(self, p: Array, q: Array) -> Array:
        """Return the second derivatives of each row's value."""

    def _rows(self, p: ArrayLike, q: ArrayLike) -> tuple[Array, Array]:
        """Return both as arrays of the same shape."""
        owner = type(self).__name__
        truth, model = SIMPLEX.checked(owner, "p", p), SIMPLEX.checked(owner, "q", q)
        if truth.shape[-1] != model.shape[-1]:
            raise DomainError(
                f"{owner}: p has {truth.shape[-1]} categories and q has {model.shape[-1]},"
                " expected the same."
            )
        shape = together(owner, p=truth.shape, q=model.shape)
        return np.broadcast_to(truth, shape), np.broadcast_to(model, shape)


@final
@dataclasses.dataclass(frozen=True)
class KLDivergence(Divergence):
    """KL(p‖q) = Σ p log(p/q) in nats, the forward one: infinite where q = 0 < p.

    Its slope is -p/q: infinite there too, and 0 where p = 0.
    """

    name: ClassVar[str] = "KL divergence"
    formula: ClassVar[str] = r"D(p, q) = \sum_k p_k \log \frac{p_k}{q_k}"
    source: ClassVar[Source] = Source(
        "Kullback and Leibler", 1951, "On information and sufficiency"
    )
    estimates: ClassVar[str] = "average of the truths"
    story: ClassVar[str] = (
        "The extra surprise of someone who believes q in a world that follows p:"
        " ruling out what does happen costs infinitely much, so q spreads over all of p."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall(
            "torch.nn.functional.kl_div(q.log(), p, reduction='batchmean')",
            "mean",
            note="Takes log q first; its reduction='mean' would divide by the categories too.",
        ),
        "Keras": FrameworkCall(
            "keras.losses.KLDivergence()(p, q)",
            "mean",
            note="Counts probabilities below 1e-7 as 1e-7.",
        ),
        "Optax": FrameworkCall("optax.kl_divergence(jax.numpy.log(q), p)", "none"),
        "scikit-learn": None,
    }

    def properties_among(self, categories: int) -> Properties:
        return Properties(
            lipschitz=math.inf,
            steep=_SURPRISED,
            smoothness=math.inf,
            strong_convexity=0.0,
            convex=True,
            symmetric=False,
            proper=True,
            strictly_proper=True,
        )

    def _cost(self, p: Array, q: Array) -> Array:
        return _relative(p, q).sum(axis=-1)

    @_infinity_is_right
    def _slope(self, p: Array, q: Array) -> Array:
        return -_over(p, q) + 0.0  # -0 becomes 0

    @_infinity_is_right
    def _bend(self, p: Array, q: Array) -> Array:
        return _diagonal(_over(_over(p, q), q))


@final
@dataclasses.dataclass(frozen=True)
class ReverseKL(Divergence):
    """KL(q‖p) = Σ q log(q/p) in nats, the reverse one: infinite where p = 0 < q.

    Its slope is log(q/p) + 1: -∞ where q = 0 < p, and ∞ wherever p = 0. No outcome can be scored by
    it: whatever was not certain costs infinitely much.
    """

    name: ClassVar[str] = "Reverse KL divergence"
    formula: ClassVar[str] = r"D(p, q) = \sum_k q_k \log \frac{q_k}{p_k}"
    source: ClassVar[Source] = Source(
        "Csiszár",
        1975,
        "I-divergence geometry of probability distributions and minimization problems",
    )
    estimates: ClassVar[str] = "geometric mean of the truths, made to sum to 1"
    story: ClassVar[str] = (
        "The same surprise seen from the model: claiming what never happens costs infinitely much,"
        " so q stays inside p and would rather miss a part of it."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall(
            "torch.nn.functional.kl_div(p.log(), q, reduction='batchmean')",
            "mean",
            note="The same call as for the KL divergence, with p and q in each other's place.",
        ),
        "Keras": FrameworkCall(
            "keras.losses.KLDivergence()(q, p)",
            "mean",
            note="Counts probabilities below 1e-7 as 1e-7.",
        ),
        "Optax": FrameworkCall("optax.kl_divergence(jax.numpy.log(p), q)", "none"),
        "scikit-learn": None,
    }

    def properties_among(self, categories: int) -> Properties:
        return Properties(
            lipschitz=math.inf,
            steep=dataclasses.replace(
                _RULED_OUT, words="qₖ nears 0 where pₖ does not, or pₖ where qₖ does not"
            ),
            smoothness=math.inf,
            strong_convexity=1.0,
            convex=True,
            symmetric=False,
        )

    def _cost(self, p: Array, q: Array) -> Array:
        return _relative(q, p).sum(axis=-1)

    @_infinity_is_right
    def _slope(self, p: Array, q: Array) -> Array:
        possible = p > 0.0
        slope = _log_over(q, np.where(possible, p, 1.0)) + 1.0
        return np.where(possible, slope, np.inf)

    @_infinity_is_right
    def _bend(self, p: Array, q: Array) -> Array:
        return _diagonal(1.0 / q)


@final
@dataclasses.dataclass(frozen=True)
class JensenShannon(Divergence):
    """The mean of KL(p‖m) and KL(q‖m) for the middle m = ½(p + q), in nats: at most log 2.

    The divergence, not its square root, which is a distance. Its slope is ½ log(q/m): -∞ where
    q = 0 < p, and ½ log 2 where p = 0.
    """

    name: ClassVar[str] = "Jensen-Shannon divergence"
    formula: ClassVar[str] = (
        r"D(p, q) = \tfrac12 \sum_k \left("
        r"p_k \log \frac{p_k}{m_k} + q_k \log \frac{q_k}{m_k}\right), \quad m = \tfrac12 (p + q)"
    )
    source: ClassVar[Source] = Source(
        "Lin", 1991, "Divergence measures based on the Shannon entropy"
    )
    estimates: ClassVar[str] = (
        "geometric mean of the middles between it and each truth, made to sum to 1"
    )
    story: ClassVar[str] = (
        "Both are held against their own middle, so neither can be infinitely wrong:"
        " it tells how well a single draw betrays which of the two it came from."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": None,
        "Keras": None,
        "Optax": None,
        "scikit-learn": None,
    }

    def properties_among(self, categories: int) -> Properties:
        return Properties(
            lipschitz=math.inf,
            steep=_RULED_OUT,
            smoothness=math.inf,
            strong_convexity=0.0,
            convex=True,
            bound=_LOG_2,
            proper=False,
            strictly_proper=False,
        )

    # Threat: of rows that are nearly equal the two halves cancel. Remedy: with x = (q - p)/(q + p)
    # a term is ¼(p + q) (2x artanh x + log(1 - x²)), which is x² as 2x² - x²; farther out, where
    # that would be ∞ - ∞, the plain formula. Limit: 1e-15 where they meet, at |x| = ½.
    def _cost(self, p: Array, q: Array) -> Array:
        from scipy.special import rel_entr

        both, x = p + q, self._contrast(p, q)
        near = np.abs(x) < 0.5
        close = np.where(near, x, 0.0)
        inside = 0.25 * both * (2.0 * close * np.arctanh(close) + np.log1p(-close * close))
        outside = 0.5 * (rel_entr(p, both) + rel_entr(q, both) + _LOG_2 * both)
        return np.where(near, inside, outside).sum(axis=-1)

    @_infinity_is_right
    def _slope(self, p: Array, q: Array) -> Array:
        x = self._contrast(p, q)
        above = np.maximum(x, -0.5)
        share = _over(q, p + q)
        slope = np.where(x > -0.5, np.log1p(above), np.log(share) + _LOG_2)
        return 0.5 * np.where(p == 0.0, _LOG_2, slope)

    @_infinity_is_right
    def _bend(self, p: Array, q: Array) -> Array:
        return _diagonal(0.5 * _over(_over(p, p + q), q))

    def _contrast(self, p: Array, q: Array) -> Array:
        """Return (q - p) / (q + p), from -1 to 1."""
        return _over(q - p, q + p)


@final
@dataclasses.dataclass(frozen=True)
class CrossEntropy(Divergence):
    """-Σ p log q in nats: the entropy of p plus KL(p‖q), so that at q = p it is not 0 but that.

    Its slope is that of the KL divergence, -p/q.
    """

    name: ClassVar[str] = "Cross-entropy"
    formula: ClassVar[str] = r"D(p, q) = -\sum_k p_k \log q_k"
    source: ClassVar[Source] = Source("Kerridge", 1961, "Inaccuracy and inference")
    estimates: ClassVar[str] = "average of the truths"
    story: ClassVar[str] = (
        "The average surprise at what happens for someone who believes q;"
        " what even the truth cannot avoid is left in, and is the entropy of p."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall(
            "torch.nn.functional.cross_entropy(q.log(), p)",
            "mean",
            note="Takes log q for its logits and makes q sum to 1: its gradients differ from ours"
            " by a constant in each row.",
        ),
        "Keras": FrameworkCall(
            "keras.losses.CategoricalCrossentropy()(p, q)",
            "mean",
            note="Makes q sum to 1, and keeps it between 1e-7 and 1 - 1e-7; its gradients differ"
            " from ours by a constant in each row.",
        ),
        "Optax": FrameworkCall(
            "optax.softmax_cross_entropy(jax.numpy.log(q), p)",
            "none",
            note="Takes log q for its logits and makes q sum to 1: its gradients differ from ours"
            " by a constant in each row.",
        ),
        "scikit-learn": None,
    }

    def properties_among(self, categories: int) -> Properties:
        return Properties(
            lipschitz=math.inf,
            steep=_SURPRISED,
            smoothness=math.inf,
            strong_convexity=0.0,
            convex=True,
            symmetric=False,
            proper=True,
            strictly_proper=True,
        )

    def _cost(self, p: Array, q: Array) -> Array:
        from scipy.special import xlogy

        return -xlogy(p, q).sum(axis=-1) + 0.0  # -0 becomes 0

    @_infinity_is_right
    def _slope(self, p: Array, q: Array) -> Array:
        return -_over(p, q) + 0.0

    @_infinity_is_right
    def _bend(self, p: Array, q: Array) -> Array:
        return _diagonal(_over(_over(p, q), q))


@final
@dataclasses.dataclass(frozen=True)
class TotalVariation(Divergence):
    """½Σ|p - q|: the probability that has to be moved, from 0 to 1. Slope 0 where q_k = p_k."""

    name: ClassVar[str] = "Total variation"
    formula: ClassVar[str] = r"D(p, q) = \tfrac12 \sum_k |p_k - q_k|"
    source: ClassVar[Source] = Source(
        "Levin, Peres and Wilmer", 2009, "Markov Chains and Mixing Times", "Proposition 4.2"
    )
    estimates: ClassVar[str] = "one quantile of every category, the one whose values sum to 1"
    story: ClassVar[str] = (
        "The largest difference in probability that the two can have for any event:"
        " how much must move, no matter where to."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall(
            "torch.nn.functional.l1_loss(q, p, reduction='sum')", "sum", factor=0.5
        ),
        "Keras": None,
        "Optax": None,
        "scikit-learn": FrameworkCall(
            "sklearn.metrics.pairwise.paired_manhattan_distances(p, q)", "none", factor=0.5
        ),
    }

    def properties_among(self, categories: int) -> Properties:
        return Properties(
            lipschitz=0.5 * math.sqrt(categories),
            smoothness=math.inf,
            strong_convexity=0.0,
            convex=True,
            kinks=(_TRUTH[0],),
            bound=1.0,
            proper=False,
            strictly_proper=False,
            among=f"among {categories} categories",
        )

    def _cost(self, p: Array, q: Array) -> Array:
        return 0.5 * np.abs(q - p).sum(axis=-1)

    def _slope(self, p: Array, q: Array) -> Array:
        return 0.5 * np.sign(q - p)

    def _bend(self, p: Array, q: Array) -> Array:
        return np.zeros((*q.shape, q.shape[-1]))


@final
@dataclasses.dataclass(frozen=True)
class Hellinger(Divergence):
    """√(½Σ(√p - √q)²), the distance, from 0 to 1; its square, 1 - Σ√(pq), is convex, it is not.

    At q = p, the tip of a cone, gradient and hessian are 0. Where q_k = 0 < p_k the slope is -∞.
    """

    name: ClassVar[str] = "Hellinger distance"
    formula: ClassVar[str] = (
        r"D(p, q) = \sqrt{\tfrac12 \sum_k \bigl(\sqrt{p_k} - \sqrt{q_k}\bigr)^2}"
    )
    source: ClassVar[Source] = Source(
        "Hellinger",
        1909,
        "Neue Begründung der Theorie quadratischer Formen von unendlichvielen Veränderlichen",
    )
    estimates: ClassVar[str] = (
        "squares of the spatial median, on their sphere, of the truths' square roots;"
        " of two truths, either one"
    )
    story: ClassVar[str] = (
        "The straight distance between the square roots of the two:"
        " a small probability that appears or vanishes counts for more than its size."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall(
            "torch.nn.functional.pairwise_distance(p.sqrt(), q.sqrt(), eps=0.0)",
            "none",
            factor=math.sqrt(0.5),
        ),
        "Keras": None,
        "Optax": None,
        "scikit-learn": FrameworkCall(
            "sklearn.metrics.pairwise.paired_euclidean_distances(p**0.5, q**0.5)",
            "none",
            factor=math.sqrt(0.5),
        ),
    }

    def properties_among(self, categories: int) -> Properties:
        rest = (0.0,) * (categories - 2)
        certain, even = (1.0, 0.0, *rest), (0.5, 0.5, *rest)
        return Properties(
            lipschitz=math.inf,
            steep=_RULED_OUT,
            smoothness=math.inf,
            strong_convexity=0.0,
            convex=False,
            kinks=(_TRUTH[0],),
            witness=(certain, even),
            held=(certain,),
            bound=1.0,
            proper=False,
            strictly_proper=False,
        )

    def _cost(self, p: Array, q: Array) -> Array:
        # Threat: the square of a gap between tiny roots is 0. Remedy: gaps in units of the largest.
        # Limit: none known.
        gap = self._gap(p, q)
        largest = np.abs(gap).max(axis=-1)
        unit = np.where(largest == 0.0, 1.0, largest)
        gap = gap / unit[..., None]
        return unit * np.sqrt(0.5 * (gap * gap).sum(axis=-1))

    @_infinity_is_right
    def _slope(self, p: Array, q: Array) -> Array:
        distance = self._cost(p, q)[..., None]
        share = np.where(p == 0.0, 1.0, _over(self._gap(p, q), np.sqrt(q)))
        slope = share / np.where(distance == 0.0, 1.0, 4.0 * distance)
        return np.where(distance == 0.0, 0.0, slope)

    # Threat: next to q_k = 0 < p_k both parts of the curvature are infinite. Remedy: the first,
    # of order q^-1.5, outweighs the second, of order 1/q. Limit: near q = p the parts, each of
    # order 1/distance, lose the digits in which they agree.
    @_infinity_is_right
    def _bend(self, p: Array, q: Array) -> Array:
        distance = self._cost(p, q)
        tip = distance == 0.0
        distance = np.where(tip, 1.0, distance)
        slope = self._slope(p, q)

        row, column = slope[..., :, None], slope[..., None, :]
        flat = (row == 0.0) | (column == 0.0)
        product = np.where(flat, 0.0, row) * np.where(flat, 0.0, column)
        product /= distance[..., None, None]

        own = _over(_over(np.sqrt(p), np.sqrt(q)), 8.0 * q) / distance[..., None]
        own = _diagonal(np.where(tip[..., None], 0.0, own))
        steep = np.isinf(own)
        return np.where(steep, own, own - np.where(steep, 0.0, product))

    def _gap(self, p: Array, q: Array) -> Array:
        """Return √q - √p with the digits of q - p."""
        return _over(q - p, np.sqrt(q) + np.sqrt(p))


@final
@dataclasses.dataclass(frozen=True)
class Wasserstein1(Divergence):
    """The earth mover's distance of categories in a row, one step apart: step · Σ|CDF differences|.

    The sum leaves out the last difference, which is that of the rows' sums.
    """

    step: float = parameter(
        1.0,
        symbol=r"\Delta",
        meaning="how far apart neighbouring categories lie",
        low=0.1,
        high=5.0,
        step=0.1,
        minimum=0.0,
        open_minimum=True,
        open_maximum=True,
    )

    name: ClassVar[str] = "Wasserstein-1 distance"
    formula: ClassVar[str] = (
        r"D(p, q) = \Delta \sum_{k=1}^{K-1} \Bigl| \sum_{i \le k} (p_i - q_i) \Bigr|"
    )
    source: ClassVar[Source] = Source(
        "Vallender",
        1974,
        "Calculation of the Wasserstein distance between probability distributions on the line",
    )
    estimates: ClassVar[str] = "median of the cumulative probabilities"
    story: ClassVar[str] = (
        "The work of shovelling one heap into the other: probability moved times how far,"
        " so a near miss costs less than a far one."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": None,
        "Keras": None,
        "Optax": None,
        "scikit-learn": None,
    }

    def properties_among(self, categories: int) -> Properties:
        farthest = categories - 1
        squares = farthest * categories * (2 * categories - 1) / 6  # 1² + 2² + ... + farthest²
        return Properties(
            lipschitz=self.step * math.sqrt(squares),
            smoothness=math.inf,
            strong_convexity=0.0,
            convex=True,
            kinks=(_TRUTH[0],),
            bound=self.step * farthest,
            proper=False,
            strictly_proper=False,
            among=f"among {categories} categories",
        )

    def _cost(self, p: Array, q: Array) -> Array:
        return self.step * np.abs(self._ahead(p, q)).sum(axis=-1)

    def _slope(self, p: Array, q: Array) -> Array:
        signs = np.zeros(q.shape)
        signs[..., :-1] = self.step * np.sign(self._ahead(p, q))
        return np.flip(np.cumsum(np.flip(signs, axis=-1), axis=-1), axis=-1)

    def _bend(self, p: Array, q: Array) -> Array:
        return np.zeros((*q.shape, q.shape[-1]))

    def _ahead(self, p: Array, q: Array) -> Array:
        """Return by how much q has gathered more than p up to each category but the last."""
        return np.cumsum(q - p, axis=-1)[..., :-1]


DIVERGENCES: tuple[type[Divergence], ...] = (
    KLDivergence,
    ReverseKL,
    JensenShannon,
    CrossEntropy,
    TotalVariation,
    Hellinger,
    Wasserstein1,
)
