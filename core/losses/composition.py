"""Losses made of losses: weighted sums within a family, and classes that weigh differently."""

import dataclasses
import functools
import itertools
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self, final

import numpy as np
from numpy.polynomial.polynomial import polyadd
from numpy.typing import ArrayLike

from core.declare import ParameterError, parameter, parameters
from core.losses.base import Array, FrameworkCall, Pieces, Properties, ScalarLoss, Section, Source
from core.losses.links import Link
from core.losses.margin import MarginLoss, ProbabilityLoss
from core.losses.residual import ResidualLoss
from core.worked import latex

# Threat: a weight times a loss, or a sum of losses, leaves float64, and NumPy warns. Remedy: the
# infinity is the right answer to hand on, so only the warning goes. Limit: used where nothing is
# taken from anything infinite.
_overflow_is_infinity = np.errstate(over="ignore")

_NOWHERE: Mapping[str, FrameworkCall | None] = dict.fromkeys(
    ("PyTorch", "Keras", "Optax", "scikit-learn")
)
Kinks = tuple[float, ...]

_ROUNDING = 1e-12  # what is this small beside what it is a difference of counts as none


@dataclasses.dataclass(frozen=True)
class WeightedSum(ScalarLoss):
    """A weighted sum of losses of one family, which is a loss of that family itself.

    WeightedSum(losses, weights) makes the kind that the family has. Constants of several losses
    together are found by looking at the curve as finely as its parts can bend, and so is whether it
    bends down anywhere: as far as float64 can show.

    Raises: `ParameterError` when the losses are not of one family, or do not weigh classes alike;
        unless every loss has a weight, finite and not below 0, and one weight is above 0.
    """

    losses: tuple[ScalarLoss, ...]
    weights: tuple[float, ...]

    source: ClassVar[Source] = Source(
        "Zadeh", 1963, "Optimality and non-scalar-valued performance criteria"
    )
    estimates: ClassVar[str] = "for convex parts, something between what each estimates alone"
    story: ClassVar[str] = (
        "Every part pulls by its own rule, as hard as its weight says;"
        " the cheapest place is where their pulls balance."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = _NOWHERE

    def __new__(cls, losses: Any = (), weights: Any = ()) -> Self:
        """Return a sum of the losses' family."""
        kind: type = _kind(tuple(losses)) if cls is WeightedSum else cls
        return super().__new__(kind)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "losses", tuple(self.losses))
        object.__setattr__(self, "weights", tuple(float(weight) for weight in self.weights))
        kind, count = _kind(self.losses), len(self.weights)
        if kind is not type(self):
            raise ParameterError(f"{type(self).__name__}: the losses make a {kind.__name__}.")
        if count != len(self.losses):
            raise ParameterError(
                f"WeightedSum: {len(self.losses)} losses and {count} weights,"
                " expected equally many."
            )
        for place, weight in enumerate(self.weights):
            if not 0.0 <= weight < math.inf:
                raise ParameterError(
                    f"WeightedSum: weights[{place}] is {weight:g}, expected at least 0 and finite."
                )
        if not any(self.weights):
            raise ParameterError("WeightedSum: all weights are 0, expected one above.")

    @property
    def terms(self) -> tuple[tuple[float, Any], ...]:
        """What counts in the sum: 0 times what is infinite is no number."""
        pairs = zip(self.weights, self.losses, strict=True)
        return tuple((weight, loss) for weight, loss in pairs if weight > 0.0)

    @property
    def name(self) -> str:  # type: ignore[override]
        """The parts and their weights, sums among them in brackets."""
        names = (
            (weight, f"({loss.name})" if isinstance(loss, WeightedSum) else loss.name)
            for weight, loss in self.terms
        )
        return " + ".join(
            name if weight == 1.0 else f"{weight:g} × {name}" for weight, name in names
        )

    @property
    def formula(self) -> str:  # type: ignore[override]
        """The sum, its parts by name."""
        names = ((weight, rf"L_{{\text{{{loss.name}}}}}") for weight, loss in self.terms)
        parts = (name if weight == 1.0 else rf"{latex(weight)}\,{name}" for weight, name in names)
        return f"L = {' + '.join(parts)}"

    @_overflow_is_infinity
    def _sum(self, curve: Callable[[Any], Array]) -> Array:
        """Return the weighted sum of a curve of each part."""
        (weight, loss), *others = self.terms
        total = weight * curve(loss)
        for weight, loss in others:
            total = total + weight * curve(loss)
        return total

    @property
    def pieces(self) -> Pieces | None:
        parts = [(weight, loss.pieces) for weight, loss in self.terms]
        known = [(weight, pieces) for weight, pieces in parts if pieces is not None]
        return _merged(known) if len(known) == len(parts) else None

    @property
    def strip(self) -> float | None:
        """The narrowest; polynomials without a kink have no singularity at all."""
        strips = [_strip(loss) for _, loss in self.terms]
        known = [strip for strip in strips if strip is not None]
        narrowest = min(known) if len(known) == len(strips) else math.inf
        return narrowest if narrowest < math.inf else None

    @property
    def rate(self) -> float | None:
        rates = {loss.rate for _, loss in self.terms}
        return rates.pop() if len(rates) == 1 else None

    @property
    def code_value(self) -> str:
        return self._code("code_value")

    @property
    def code_gradient(self) -> str:
        return self._code("code_gradient")

    def _code(self, name: str) -> str:
        """Return the sum of the parts' NumPy expressions, their parameters as numbers."""
        parts = (f"{weight!r} * ({_inlined(loss, name)})" for weight, loss in self.terms)
        return " + ".join(parts)

    def _worked_sum(self, worked: Callable[[Any], str]) -> str:
        """Return the sum of a formula of each part, in LaTeX."""
        parts = ((latex(weight), worked(loss)) for weight, loss in self.terms)
        return " + ".join(rf"{weight} \cdot \left({part}\right)" for weight, part in parts)


@final
@dataclasses.dataclass(frozen=True)
class SumOfResidualLosses(WeightedSum, ResidualLoss):
    """A weighted sum of losses of the residual."""

    noise: ClassVar[str] = (
        "Noise whose density falls as the exponential of minus the sum, where that has a finite"
        " area: all parts' densities multiplied."
    )

    def value(self, x: ArrayLike) -> Array:
        return self._sum(lambda loss: loss.value(x))

    def gradient(self, x: ArrayLike) -> Array:
        return self._sum(lambda loss: loss.gradient(x))

    def hessian(self, x: ArrayLike) -> Array:
        return self._sum(lambda loss: loss.hessian(x))

    def weight(self, x: ArrayLike) -> Array:
        return self._sum(lambda loss: loss.weight(x))

    @property
    def section(self) -> Section:
        """As wide as the widest of the parts'."""
        widest = max((loss.section.interval for _, loss in self.terms), key=max)
        return dataclasses.replace(super().section, interval=widest)

    def worked(self, x: float) -> str:
        return self._worked_sum(lambda loss: loss.worked(x))

    @property
    def properties(self) -> Properties:
        return _known(self)


@final
@dataclasses.dataclass(frozen=True)
class SumOfMarginLosses(WeightedSum, MarginLoss):
    """A weighted sum of losses of the margin, which all weigh the classes alike."""

    losses: tuple[MarginLoss, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        if len({loss.class_weights for loss in self.losses}) > 1:
            raise ParameterError(
                "WeightedSum: the losses weigh the classes differently,"
                " expected one ClassWeighted around the sum."
            )

    @property
    def class_weights(self) -> tuple[float, float]:
        return self.losses[0].class_weights

    @property
    def curve(self) -> "SumOfMarginLosses":
        if self.class_weights == (1.0, 1.0):
            return self
        return SumOfMarginLosses(tuple(loss.curve for loss in self.losses), self.weights)

    def _value(self, x: ArrayLike) -> Array:
        return self._sum(lambda loss: loss.curve.value(x))

    def _gradient(self, x: ArrayLike) -> Array:
        return self._sum(lambda loss: loss.curve.gradient(x))

    def _hessian(self, x: ArrayLike) -> Array:
        return self._sum(lambda loss: loss.curve.hessian(x))

    def probability(self, score: ArrayLike) -> Array | None:
        """Return what all parts read off the score, if they read the same."""
        scores = np.linspace(-5.0, 5.0, 101)
        first, *others = (loss.probability(scores) for _, loss in self.terms)
        if first is None or any(
            one is None or not np.allclose(one, first, rtol=0.0, atol=_ROUNDING) for one in others
        ):
            return None
        reading: Array = self.terms[0][1].probability(score)
        return reading

    def _worked(self, x: float) -> str:
        text = self._worked_sum(lambda loss: loss.curve.worked(x))
        return text if self.curve is self else rf"\left({text}\right)"

    @property
    def properties(self) -> Properties:
        curve, reports = self.curve, self.probability(0.0) is not None
        known, told = _known(curve), [loss.properties for _, loss in curve.terms]
        proper = all(one.proper for one in told) if reports else None
        plain = dataclasses.replace(
            known,
            held=() if known.witness is None else (1.0,),
            calibrated=_is_calibrated(curve, known),
            proper=proper,
            strictly_proper=proper and any(one.strictly_proper for one in told),
        )
        return _weighed(self, plain)


@final
@dataclasses.dataclass(frozen=True)
class SumOfProbabilityLosses(WeightedSum, ProbabilityLoss):
    """A weighted sum of losses of a probability."""

    losses: tuple[ProbabilityLoss, ...]

    def value_through(self, link: Link, score: Array) -> Array:
        return self._sum(lambda loss: loss.value_through(link, score))

    def gradient_through(self, link: Link, score: Array) -> Array:
        return self._sum(lambda loss: loss.gradient_through(link, score))

    def hessian_through(self, link: Link, score: Array) -> Array:
        return self._sum(lambda loss: loss.hessian_through(link, score))

    @property
    def on_logits(self) -> SumOfMarginLosses:
        return SumOfMarginLosses(tuple(loss.on_logits for loss in self.losses), self.weights)

    def written(self, p: str) -> str:
        return self._worked_sum(lambda loss: loss.written(p))

    @property
    def properties(self) -> Properties:
        told = [loss.properties for _, loss in self.terms]
        proper = all(one.proper for one in told)
        return dataclasses.replace(
            _known(self),
            calibrated=self.on_logits.properties.calibrated,
            proper=proper,
            strictly_proper=proper and any(one.strictly_proper for one in told),
        )


_FAMILIES: tuple[tuple[type[ScalarLoss], type[WeightedSum]], ...] = (
    (ResidualLoss, SumOfResidualLosses),
    (MarginLoss, SumOfMarginLosses),
    (ProbabilityLoss, SumOfProbabilityLosses),
)


def _kind(losses: tuple[ScalarLoss, ...]) -> type[WeightedSum]:
    """Return the kind of sum that these losses make.

    Raises: `ParameterError` when they are not of one family.
    """
    for family, kind in _FAMILIES:
        mates = (isinstance(one, family) and one.arguments == family.arguments for one in losses)
        if losses and all(mates):
            return kind
    told = ", ".join(type(loss).__name__ for loss in losses) or "none"
    raise ParameterError(f"WeightedSum: losses are {told}, expected some of one family.")


def _class_weight(symbol: str, label: str) -> Any:
    """Declare the weight of a class."""
    return parameter(
        1.0,
        symbol=symbol,
        meaning=f"what a loss on a {label} is multiplied by",
        low=0.1,
        high=20.0,
        step=0.1,
        minimum=0.0,
        open_minimum=True,
        open_maximum=True,
        logarithmic=True,
    )


@final
@dataclasses.dataclass(frozen=True)
class ClassWeighted(MarginLoss):
    """A loss of the margin that charges more for one class, on top of weights it has.

    Raises: `ParameterError` unless the loss is one of the margin, and the weights multiplied are
        still above 0 and finite.
    """

    loss: MarginLoss
    negative: float = _class_weight("w_-", "negative")
    positive: float = _class_weight("w_+", "positive")

    source: ClassVar[Source] = Source("Elkan", 2001, "The foundations of cost-sensitive learning")
    formula: ClassVar[str] = (
        r"L(m) = \begin{cases} w_+\, L_0(m) & y = +1 \\ w_-\, L_0(m) & y = -1 \end{cases}"
    )
    estimates: ClassVar[str] = (
        "what the loss alone does were the odds multiplied by the positives' weight over the"
        " negatives'"
    )
    story: ClassVar[str] = (
        "Mistakes on one class cost more than on the other,"
        " so when in doubt the score leans towards the dear one."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = _NOWHERE

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.loss, MarginLoss) or self.loss.arguments != MarginLoss.arguments:
            raise ParameterError(
                f"ClassWeighted: loss is {type(self.loss).__name__}, expected one of the margin."
            )
        for weight in self.class_weights:
            if not 0.0 < weight < math.inf:
                raise ParameterError(
                    f"ClassWeighted: a class weighs {weight:g} in all, expected above 0 and finite."
                )

    @property
    def name(self) -> str:  # type: ignore[override]
        """The loss, and what its classes weigh."""
        negative, positive = self.class_weights
        return f"{self.curve.name}, positives times {positive:g}, negatives times {negative:g}"

    @property
    def class_weights(self) -> tuple[float, float]:
        negative, positive = self.loss.class_weights
        return self.negative * negative, self.positive * positive

    @property
    def curve(self) -> MarginLoss:
        return self.loss.curve

    def _value(self, x: ArrayLike) -> Array:
        return self.curve.value(x)

    def _gradient(self, x: ArrayLike) -> Array:
        return self.curve.gradient(x)

    def _hessian(self, x: ArrayLike) -> Array:
        return self.curve.hessian(x)

    def probability(self, score: ArrayLike) -> Array | None:
        """Return what the loss alone reads off the score: right at equal weights alone."""
        return self.curve.probability(score)

    @property
    def code_value(self) -> str:
        return self._code("code_value")

    @property
    def code_gradient(self) -> str:
        return self._code("code_gradient")

    def _code(self, name: str) -> str:
        negative, positive = self.class_weights
        return f"np.where(label > 0, {positive!r}, {negative!r}) * ({_inlined(self.curve, name)})"

    def _worked(self, x: float) -> str:
        return rf"\left({self.curve.worked(x)}\right)"

    @property
    def properties(self) -> Properties:
        return _weighed(self, self.curve.properties)

    @property
    def pieces(self) -> Pieces | None:
        """Those of a positive, as the value is without a label."""
        pieces = self.curve.pieces
        return None if pieces is None else _merged([(self.class_weights[1], pieces)])

    @property
    def strip(self) -> float | None:
        return self.curve.strip

    @property
    def rate(self) -> float | None:
        return self.curve.rate


def _merged(parts: list[tuple[float, Pieces]]) -> Pieces:
    """Return the weighted sum of curves made of polynomials."""
    kinks = sorted({kink for _, pieces in parts for kink in pieces.kinks})
    polynomials = []
    for right in (*kinks, math.inf):
        total: Any = np.zeros(1)
        for weight, pieces in parts:
            own = pieces.polynomials[np.searchsorted(pieces.kinks, right)]
            total = polyadd(total, weight * np.array(own))
        polynomials.append(tuple(float(c) for c in total))
    return Pieces(tuple(kinks), tuple(polynomials))


def _strip(loss: ScalarLoss) -> float | None:
    """Return a loss's strip, infinite for a polynomial without a kink."""
    if loss.pieces is not None and not loss.pieces.kinks:
        return math.inf
    return loss.strip


def _inlined(loss: Any, name: str) -> str:
    """Return a loss's NumPy expression with its parameters as numbers."""
    code: str = getattr(loss, name)
    for owner in (loss, getattr(loss, "loss", None)):
        for knob in parameters(owner) if dataclasses.is_dataclass(owner) else ():
            code = re.sub(rf"\b{knob}\b", f"({getattr(owner, knob)!r})", code)
    return code


@functools.lru_cache(maxsize=256)
def _known(total: WeightedSum) -> Properties:
    """Return what is known of a sum, but for what its family alone can say.

    Parts of one family never pull against each other without limit, nor do their kinks and steps:
    what is infinite of one part is so of the sum, and each kink stays one.
    """
    weights, told = zip(*((weight, loss.properties) for weight, loss in total.terms), strict=True)
    if len(told) == 1:
        return _scaled(told[0], weights[0])
    at, kinks = _looks(total), tuple(sorted({kink for one in told for kink in one.kinks}))
    witness = None if all(one.convex for one in told) else _dent(total, at, kinks)
    steepest = _largest(total.gradient, at, [one.steepest for one in told])
    jumps = any(one.slope is not None for one in told)
    wildest = sorted(told, key=lambda one: -one.smoothness)
    lowest = 0.0 if witness else _lowest(lambda x: _curvature(total, x)[0], at)[0]
    return Properties(
        lipschitz=math.inf if jumps else steepest,
        slope=steepest if jumps else None,
        steep=next((one.steep for one in wildest if one.steep), None),
        smoothness=_largest(total.hessian, at, [one.smoothness for one in told]),
        strong_convexity=lowest,
        convex=witness is None,
        kinks=kinks,
        witness=witness,
        bound=sum(weight * one.bound for weight, one in zip(weights, told, strict=True)),
        redescending=all(one.redescending for one in told),
        symmetric=not isinstance(total, ResidualLoss) or _is_even(total.value, at),
    )


def _scaled(told: Properties, weight: float) -> Properties:
    """Return what is known of one loss times a weight."""
    return dataclasses.replace(
        told,
        lipschitz=weight * told.lipschitz,
        slope=None if told.slope is None else weight * told.slope,
        smoothness=weight * told.smoothness,
        strong_convexity=weight * told.strong_convexity,
        bound=weight * told.bound,
    )


def _weighed(loss: MarginLoss, plain: Properties) -> Properties:
    """Return what is known of a loss with its class weights: the slope beside a jump too."""
    slope = None if plain.slope is None else max(loss.class_weights) * plain.slope
    return dataclasses.replace(loss._weighing(plain), slope=slope)


def _looks(total: WeightedSum) -> Array:
    """Return where to look at a curve so that nothing it does goes unseen, in order.

    Far from 0 a part changes with the logarithm of x, its singularities lying about 0; or with x
    itself, where it is made of exp x. So there are equal steps of both.
    """
    low, high = total.section.domain
    if math.isfinite(high):
        return np.linspace(low, high, 8001)
    steps = np.concatenate([np.geomspace(1e-9, 1e9, 4001), np.linspace(0.0, 750.0, 3001)])
    return np.unique(np.concatenate([steps, -steps, [-math.inf, math.inf]]))


def _largest(curve: Callable[[Array], Array], at: Array, parts: list[float]) -> float:
    """Return how far from 0 a curve gets: without limit if a part of it does."""
    if math.inf in parts:
        return math.inf
    return -_lowest(lambda x: -np.abs(curve(x)), at)[0]


def _lowest(curve: Callable[[Array], Array], at: Array) -> tuple[float, float]:
    """Return how low a curve gets, and where: a zoom into the lowest of some places in order."""
    best = (math.inf, 0.0)
    for _ in range(8):
        heights = curve(at)
        low = int(np.argmin(heights))
        best = min(best, (float(heights[low]), float(at[low])))
        left, right = np.clip(at[[max(low - 1, 0), min(low + 1, len(at) - 1)]], -1e300, 1e300)
        at = np.linspace(left, right, 65)
    return best


def _is_even(curve: Callable[[Array], Array], at: Array) -> bool:
    """Tell whether both signs cost the same."""
    return bool(np.allclose(curve(at), curve(-at), rtol=_ROUNDING, atol=0.0))


@_overflow_is_infinity
def _curvature(total: WeightedSum, at: Array) -> tuple[Array, Array]:
    """Return the curvature, and what share it is of the sizes that it sums.

    Threat: where parts cancel, rounding bends the curve down. Remedy: a share that small counts
    as 0. Limit: so does a true dent as shallow as that.
    """
    parts = np.array([weight * loss.hessian(at) for weight, loss in total.terms])
    bend, size = parts.sum(axis=0), np.abs(parts).sum(axis=0)
    known = (size > 0.0) & np.isfinite(size)
    share = np.divide(bend, size, out=np.ones_like(bend), where=known)
    return np.where(np.abs(share) <= _ROUNDING, 0.0, bend), share


def _dent(total: WeightedSum, at: Array, kinks: Kinks) -> tuple[float, float] | None:
    """Return two ends between which a curve lies above its chord, as far as float64 shows any."""
    steps = _steps(total)
    if steps:
        return _across(total, steps[0])
    at = np.append(at, _lowest(lambda x: _curvature(total, x)[1], at)[1])
    bend = _curvature(total, at)[0]
    return _bowed(total, float(at[np.argmin(bend)]), kinks) if bend.min() < 0.0 else None


def _bowed(total: WeightedSum, place: float, kinks: Kinks) -> tuple[float, float] | None:
    """Return the ends of a wide stretch, about a place or beside it, that bends down all along."""
    halves = max(abs(place), 1.0) * 2.0 ** -np.arange(50.0)
    for half, shift in itertools.product(halves, (0.0, -1.0, 1.0)):
        low, high = place + (shift - 1.0) * half, place + (shift + 1.0) * half
        inside = np.linspace(low, high, 67)[1:-1]
        bent = (_curvature(total, inside)[0] < 0.0).all()
        if bent and not any(low < kink < high for kink in kinks):
            return float(low), float(high)
    return None


def _across(total: WeightedSum, step: float) -> tuple[float, float]:
    """Return the ends of a wide chord, a quarter of it beyond a step, that is plainly too low."""
    width = 2.0 ** -np.arange(50.0)
    low, high = step - 3.0 * width, step + width
    above = total.value(0.5 * low + 0.5 * high) - 0.5 * (total.value(low) + total.value(high))
    widest = int(np.argmax(above >= 0.5 * above.max()))
    return float(low[widest]), float(high[widest])


def _steps(loss: ScalarLoss) -> list[float]:
    """Return where the value itself jumps."""
    if isinstance(loss, WeightedSum):
        return [step for _, part in loss.terms for step in _steps(part)]
    beside = [(kink, np.nextafter(kink, math.inf)) for kink in loss.properties.kinks]
    return [pair[0] for pair in beside if not np.isclose(*loss.value(pair))]


def _is_calibrated(curve: MarginLoss, known: Properties) -> bool:
    """Tell whether the lowest expected loss puts every label on its likelier side.

    All parts cost more at -m than at m, so a score on the wrong side never costs least. Nor does a
    score of 0 if the curve steps down there, or falls without a kink; that is the condition of
    Bartlett, Jordan and McAuliffe for a convex curve.
    """
    falls = 0.0 not in known.kinks and bool(curve.gradient(0.0) < 0.0)
    return falls or 0.0 in _steps(curve)
