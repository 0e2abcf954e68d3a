"""What shows that a loss has a property or lacks it: chords, far samples, expected losses."""

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from core.losses import (
    Array,
    ClusteringLoss,
    CosineEmbedding,
    Divergence,
    EmbeddingLoss,
    InfoNCE,
    KMeans,
    Loss,
    MarginLoss,
    MulticlassLoss,
    NTXent,
    PairedLoss,
    ProbabilityLoss,
    ResidualLoss,
    ScalarLoss,
    Triplet,
    Way,
)
from core.losses.domain import Classes, Interval
from core.penalties import Penalty

Scored = MarginLoss | ProbabilityLoss | Divergence

_STEPS = 201
_REACH = 12.0  # scores beyond it stand for probabilities below 1e-5
_PLACES = 30
_FAR = (1e2, 1e4, 1e8)
_NEAR = (1e-2, 1e-4, 1e-8)
_OUT = (1e1, 1e6, 1e300)
_LAGS = (10.0, 100.0, 1e4)


@dataclasses.dataclass(frozen=True, eq=False)
class Chord:
    """A loss between two places, and the straight line between its ends.

    `x` is the place along the section; where the two places differ in several numbers, it is the
    share of the way instead.
    """

    x: Array
    curve: Array
    line: Array
    along_section: bool

    @property
    def above(self) -> float:
        """How far the loss at the middle lies above the chord."""
        middle = len(self.x) // 2
        return float(self.curve[middle] - self.line[middle])


def arguments_at(loss: Loss, end: Any) -> list[Array]:
    """Return all arguments of a loss at one end of its witness."""
    moving = sum(argument.moves for argument in loss.arguments)
    moved = iter((end,) if moving == 1 else end)
    held = iter(loss.properties.held)
    return [
        np.array(next(moved) if argument.moves else next(held), dtype=np.float64)
        for argument in loss.arguments
    ]


def chord(loss: Loss) -> Chord:
    """Return the chord of the witness, or of a convex loss one across the middle of its section.

    What a witness holds is held, whatever its section does; it lies along that where both hold the
    same.
    """
    witness = loss.properties.witness
    share = np.linspace(0.0, 1.0, _STEPS)
    if witness is None:
        low, high = _across(loss)
        x = low + share * (high - low)
        return _chord(x, loss.section.value(x), True)

    value: Callable[..., Array] = loss.value  # type: ignore[attr-defined]
    if isinstance(witness[0], float | int):
        x = witness[0] + share * (witness[1] - witness[0])
        curve = value(x, *loss.properties.held)
        return _chord(x, curve, bool(np.array_equal(curve, loss.section.value(x))))

    first, second = (arguments_at(loss, end) for end in witness)
    costs = [
        float(np.sum(value(*((1 - t) * a + t * b for a, b in zip(first, second, strict=True)))))
        for t in share
    ]
    return _chord(share, np.array(costs), False)


def _across(loss: Loss) -> tuple[float, float]:
    low, high = loss.section.interval
    return low + 0.15 * (high - low), high - 0.1 * (high - low)


def _chord(x: Array, curve: Array, along_section: bool) -> Chord:
    line = np.linspace(curve[0], curve[-1], len(x))
    return Chord(x, curve, line, along_section)


@dataclasses.dataclass(frozen=True)
class Tried:
    """How many chords between places of a section were tried, and how far one passed below."""

    places: int
    chords: int
    below: float


def chords_tried(loss: Loss) -> Tried:
    """Hold the loss at the middle of every chord between places of its section against it.

    `below` is in units of the highest cost on the chord; what is below 1e-12 is rounding, and 0.
    """
    x = np.linspace(*_inside(loss), _PLACES)
    first, second = np.triu_indices(_PLACES, 1)
    at = loss.section.value(x)
    middle = loss.section.value(0.5 * (x[first] + x[second]))
    size = np.maximum(1e-300, np.maximum(np.abs(at[first]), np.abs(at[second])))
    rise = float(((middle - 0.5 * (at[first] + at[second])) / size).max())
    return Tried(_PLACES, len(first), rise if rise > 1e-12 else 0.0)


def _inside(loss: Loss) -> tuple[float, float]:
    """Return the interval of a section without its ends: some losses are infinite there."""
    low, high = loss.section.interval
    return low + 1e-3 * (high - low), high - 1e-3 * (high - low)


@dataclasses.dataclass(frozen=True)
class Beside:
    """By how much the gradient on both sides of places differs, at two distances from them."""

    places: int
    distances: tuple[float, float]
    jumps: tuple[float, float]


def beside(loss: Loss) -> Beside:
    """Hold the gradients on both sides of places along the section against each other."""
    low, high = _inside(loss)
    x = np.linspace(low, high, 10 * _PLACES + 1)
    distances = 1e-4 * (high - low), 1e-7 * (high - low)
    slope = loss.section.gradient
    jumps = [float(np.abs(slope(x + step) - slope(x - step)).max()) for step in distances]
    return Beside(len(x), distances, (jumps[0], jumps[1]))


@dataclasses.dataclass(frozen=True)
class Seen:
    """A number computed at one place of the arguments, and which place it is."""

    number: float
    words: str
    place: float | None = None


def moving(loss: Loss) -> list[int]:
    """Return which arguments move."""
    return [i for i, argument in enumerate(loss.arguments) if argument.moves]


def pull(loss: Loss, arguments: Sequence[Any]) -> float:
    """Return the length of the gradient at these arguments."""
    with np.errstate(over="ignore"):
        found = loss.gradient(*arguments)  # type: ignore[attr-defined]
    parts = found if isinstance(found, tuple) else (found,)
    return math.hypot(*(float(x) for part in parts for x in np.ravel(part)))


def cost(loss: Loss, arguments: Sequence[Any]) -> float:
    """Return the loss at these arguments; of several samples, that of the first."""
    with np.errstate(over="ignore"):
        return float(np.ravel(loss.value(*arguments))[0])  # type: ignore[attr-defined]


def bend(loss: Loss, arguments: Sequence[Any]) -> float:
    """Return the largest curvature at these arguments, along a line or along one number."""
    if not loss.no_hessian:
        hessian = np.asarray(loss.hessian(*arguments))  # type: ignore[attr-defined]
        if hessian.ndim < 2:
            return float(np.abs(hessian).max())
        return float(np.abs(np.linalg.eigvalsh(hessian)).max())
    return max(_bends(loss, arguments))


def _bends(loss: Loss, arguments: Sequence[Any]) -> list[float]:
    """Return how fast the gradient changes along each number that moves."""
    at, found = [np.asarray(one, dtype=np.float64) for one in arguments], []
    lengths = np.concatenate([np.ravel(np.linalg.norm(at[i], axis=-1)) for i in moving(loss)])
    step = 1e-7 * float(lengths[lengths > 0.0].min())
    for i in moving(loss):
        for place in np.ndindex(at[i].shape):
            ends = []
            for side in (-step, step):
                there = [one.copy() for one in at]
                there[i][place] += side
                slope = loss.gradient(*there)  # type: ignore[attr-defined]
                parts = slope if isinstance(slope, tuple) else (slope,)
                ends.append(np.concatenate([np.ravel(part) for part in parts]))
            found.append(float(np.linalg.norm(ends[1] - ends[0])) / (2.0 * step))
    return found


def told(way: Way) -> tuple[float, ...]:
    """Return the number that tells the places of a way apart: the first that differs."""
    rows = [np.concatenate([np.ravel(one) for one in place]) for place in way.places]
    first = int(np.argmax(np.ptp(rows, axis=0) > 0.0))
    return tuple(float(row[first]) for row in rows)


def along(way: Way, number: float) -> list[Array]:
    """Return all arguments at the place of a way that this number tells."""
    first, second = (np.array(told(way)[i]) for i in (0, 1))
    share = (number - first) / (second - first)
    ends = zip(way.places[0], way.places[1], strict=True)
    return [np.asarray(a) + share * (np.asarray(b) - np.asarray(a)) for a, b in ends]


def far(loss: Loss) -> tuple[Way, ...]:
    """Return ways on which samples lie ever farther off, as far as this kind of loss has any."""
    if isinstance(loss, ScalarLoss):
        return _far_along(loss)
    if isinstance(loss, MulticlassLoss):
        target: Any = 0 if isinstance(loss.arguments[1].domain, Classes) else (1.0, 0.0, 0.0)
        places = tuple(((-lag, 0.0, 1.0), target) for lag in _LAGS)
        return (Way("the true class falls behind two others that are 1 apart", places),)
    if isinstance(loss, Divergence):
        model = tuple(((0.3, 0.7), (q, 1.0 - q)) for q in _NEAR)
        truth = tuple(((p, 1.0 - p), (0.3, 0.7)) for p in _NEAR)
        return (
            Way("q₁ nears 0 where p₁ is 0.3", model),
            Way("p₁ nears 0 where q₁ is 0.3", truth),
        )
    if isinstance(loss, PairedLoss):
        scale = (1.0,) * (len(loss.arguments) - 2)
        return (
            Way("the target grows and the prediction is 2", tuple((2.0, *scale, x) for x in _FAR)),
            Way("the prediction grows and the target is 2", tuple((x, *scale, 2.0) for x in _FAR)),
        )
    if isinstance(loss, EmbeddingLoss):
        return (_far_embedding(loss),)
    return (_far_structure(loss),)


def _far_along(loss: ScalarLoss) -> tuple[Way, ...]:
    label = (1.0,) if len(loss.arguments) > 1 else ()
    if isinstance(loss, ResidualLoss):
        reach = loss.section.interval[1]
        grows = [tuple((side * x * reach,) for x in (1e1, 1e3, 1e6)) for side in (1.0, -1.0)]
        return Way("the residual grows", grows[0]), Way("the residual falls", grows[1])
    if takes_probability(loss):
        places = tuple((p, *label) for p in _NEAR)
        return (Way("the probability of what came true nears 0", places),)
    return (Way("the margin falls", tuple((-m, *label) for m in (10.0, 100.0, 500.0))),)


def _far_embedding(loss: EmbeddingLoss) -> Way:
    still, beyond = (0.0, 1.0), tuple((x, 0.0) for x in _FAR)
    if isinstance(loss, InfoNCE | NTXent):
        batches = tuple(((one, still), (still, (1.0, 1.0))) for one in beyond)
        return Way("one embedding grows longer while all angles stay", batches)
    if isinstance(loss, CosineEmbedding):
        pairs = tuple((one, still, 1.0) for one in beyond)
        return Way("one of two at a right angle grows longer", pairs)
    if isinstance(loss, Triplet):
        return Way("the positive moves away", tuple((still, one, (1.0, 0.0)) for one in beyond))
    return Way("two that belong together move apart", tuple((one, still, 1.0) for one in beyond))


def _far_structure(loss: Loss) -> Way:
    if isinstance(loss, Penalty):
        rest = (0.0,) * (loss.width - 1)
        return Way("the coefficient grows", tuple(((x, *rest),) for x in _FAR))
    assert isinstance(loss, ClusteringLoss)
    held: Any = ((0.0,), (-1.0,)) if isinstance(loss, KMeans) else ((0.5,),)
    domain = loss.arguments[0].domain
    if isinstance(domain, Interval) and domain.high < math.inf:
        return Way("the weights grow", tuple((((0.5,),), ((x,),)) for x in _FAR))
    return Way("a point moves away", tuple((((x,),), held) for x in _FAR))


def flattest(loss: Loss) -> Seen:
    """Return the lowest curvature of a convex loss in some direction, found where it is lowest."""
    if isinstance(loss, Divergence):
        lowest = np.linalg.eigvalsh(loss.hessian((1.0, 0.0), (0.5, 0.5)))[0]
        return Seen(float(lowest), "where p₂ is 0, along q₂ as a free number")
    if isinstance(loss, MulticlassLoss):
        numbered = isinstance(loss.arguments[1].domain, Classes)
        matrix = loss.hessian(np.zeros(3), 0 if numbered else (1.0, 0.0, 0.0))
        level = float(matrix.sum()) / 3.0
        return Seen(
            0.0 if abs(level) < 1e-15 else level, "in the direction in which all logits rise alike"
        )
    section = loss.section
    (low, high), (first, last) = section.interval, section.domain
    ends = [max(low - x * (high - low), first) for x in _OUT]
    ends += [min(high + x * (high - low), last) for x in _OUT]
    x = np.unique(np.concatenate([np.linspace(low, high, 201), ends]))
    with np.errstate(all="ignore"):
        curvature = np.where(np.isfinite(found := section.hessian(x)), found, np.inf)
    curvature = np.where(np.isin(x, loss.properties.kinks), np.inf, curvature)
    least = np.flatnonzero(curvature == curvature.min())
    at = int(least[np.argmin(np.abs(x[least] - 0.5 * (low + high)))])
    return Seen(float(curvature[at]), f"at {section.axis}", float(x[at]))


def sides(loss: Loss) -> tuple[Seen, Seen]:
    """Return what two things cost that a symmetric loss of this kind charges the same."""
    value: Callable[..., Any] = loss.value  # type: ignore[attr-defined]
    cases = _cases(loss)
    return tuple(  # type: ignore[return-value]
        Seen(float(np.sum(one() if callable(one) else value(*one))), words) for words, one in cases
    )


def _cases(loss: Loss) -> tuple[tuple[str, Any], tuple[str, Any]]:
    """Return both things: in words, and as arguments or something that gives the value."""
    if isinstance(loss, ResidualLoss):
        return ("a residual of −1", (-1.0,)), ("one of 1", (1.0,))
    if isinstance(loss, MarginLoss | ProbabilityLoss):
        low, high = (0.2, 0.8) if takes_probability(loss) else (-1.0, 1.0)
        word = "probability" if takes_probability(loss) else "score"
        return (
            (f"a negative at a {word} of {high:g}", lambda: loss.value_of(high, -1)),
            (f"a positive at one of {low:g}".replace("-", "−"), lambda: loss.value_of(low, 1)),
        )
    if isinstance(loss, MulticlassLoss):
        numbered = isinstance(loss.arguments[1].domain, Classes)
        names = (0, 1) if numbered else ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
        return (
            ("the first of three classes at logits 0, 1, −1", ((0.0, 1.0, -1.0), names[0])),
            ("the second, with the two renamed, at 1, 0, −1", ((1.0, 0.0, -1.0), names[1])),
        )
    if isinstance(loss, Divergence):
        p, q = (0.3, 0.7), (0.6, 0.4)
        return ("p = (0.3, 0.7) and q = (0.6, 0.4)", (p, q)), ("the two swapped", (q, p))
    if isinstance(loss, PairedLoss):
        scale = (1.0,) * (len(loss.arguments) - 2)
        return (
            ("a prediction of 1 where the target is 2", (1.0, *scale, 2.0)),
            ("one of 3", (3.0, *scale, 2.0)),
        )
    if isinstance(loss, EmbeddingLoss):
        return _swapped(loss)
    if isinstance(loss, Penalty):
        rest = (0.0,) * (loss.width - 1)
        return ("a coefficient of −1", ((-1.0, *rest),)), ("one of 1", ((1.0, *rest),))
    if isinstance(loss, KMeans):
        points = ((0.5,), (3.0,))
        return (
            ("two points and two centroids", (points, ((0.0,), (2.0,)))),
            ("the centroids swapped", (points, ((2.0,), (0.0,)))),
        )
    return ("a weight of −0.5", (((0.8,),), ((-0.5,),))), ("one of 0.5", (((0.8,),), ((0.5,),)))


def _swapped(loss: EmbeddingLoss) -> tuple[tuple[str, Any], tuple[str, Any]]:
    one, other = (1.0, 0.0), (0.3, 0.4)
    if isinstance(loss, InfoNCE | NTXent):
        first, second = (one, other), ((0.8, 0.6), (1.0, 0.2))
        name = "queries and keys" if isinstance(loss, InfoNCE) else "first and second views"
        return (
            (f"two {name}", lambda: np.sort(loss.value(first, second))[-1]),
            ("the two sides swapped", lambda: np.sort(loss.value(second, first))[-1]),
        )
    if isinstance(loss, Triplet):
        return (
            ("a triplet", ((0.0, 0.0), one, other)),
            ("its positive and its negative swapped", ((0.0, 0.0), other, one)),
        )
    return ("a pair that belongs together", (one, other, 1.0)), (
        "the same swapped",
        (other, one, 1.0),
    )


def expected(loss: Scored, truth: float, reports: Array) -> Array:
    """Return the expected loss of each report when a label is positive with probability truth.

    A report is a score, or a probability where the loss takes one: of a divergence, that of the
    first of two outcomes, each scored as the p that is 1 there.
    """
    if isinstance(loss, Divergence):
        rows = np.stack((reports, 1.0 - reports), axis=-1)
        first, second = loss.value((1.0, 0.0), rows), loss.value((0.0, 1.0), rows)
    else:
        first, second = loss.value_of(reports, 1.0), loss.value_of(reports, -1.0)
    return truth * first + (1.0 - truth) * second


def takes_probability(loss: Loss) -> bool:
    """Tell whether what is reported to a loss of two outcomes is a probability, and no score."""
    return math.isfinite(loss.section.domain[0])


def best_report(loss: Scored, truth: float) -> float:
    """Return the report with the lowest expected loss; of several, the one nearest their middle."""
    low, high = (0.0, 1.0) if takes_probability(loss) else (-_REACH, _REACH)
    for _ in range(6):
        reports = np.linspace(low, high, 401)
        with np.errstate(over="ignore", invalid="ignore"):
            found = expected(loss, truth, reports)
        lowest = np.flatnonzero(found <= np.nanmin(found) + 1e-15 * max(1.0, np.nanmin(found)))
        away, step = np.abs(reports[lowest] - reports[lowest].mean()), reports[1] - reports[0]
        best = float(reports[lowest[np.argmin(away)]])
        if len(lowest) > 2:
            break
        low, high = max(low, best - 2 * step), min(high, best + 2 * step)
    return 0.0 if abs(best) < 1e-12 else best  # a grid misses 0 by a rounding


def wrong_side(loss: MarginLoss | ProbabilityLoss) -> tuple[float, float] | None:
    """Return a true probability and its best report that is not on the likelier side, if any is."""
    middle = 0.5 if takes_probability(loss) else 0.0
    for truth in (0.51, 0.49, 0.6, 0.4, 0.7, 0.3, 0.8, 0.2, 0.9, 0.1, 0.98, 0.02):
        best = best_report(loss, truth)
        if (best - middle) * (truth - 0.5) <= 1e-7 * abs(truth - 0.5):
            return truth, best
    return None


def reported(loss: Scored, truths: Array) -> Array | None:
    """Return the probability that the best report stands for, or None when it stands for none."""
    best = np.array([best_report(loss, float(truth)) for truth in truths])
    if not isinstance(loss, MarginLoss) or takes_probability(loss):
        return best
    found = loss.probability(best)
    return None if found is None else np.asarray(found)


def best_logits(loss: MulticlassLoss, truth: Array) -> Array:
    """Return the logits with the lowest expected loss, shifted to a mean of 0."""
    from scipy import optimize

    classes = len(truth)
    indexed = isinstance(loss.arguments[1].domain, Classes)
    targets = np.arange(classes) if indexed else np.eye(classes)

    def cost(logits: Array) -> float:
        return float(truth @ loss.value(np.tile(logits, (classes, 1)), targets))

    found = optimize.minimize(
        cost, np.zeros(classes), method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-13, "maxiter": 4000},
    )  # fmt: skip
    return np.asarray(found.x - found.x.mean())
