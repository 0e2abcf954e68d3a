"""Losses made of losses: weighted sums within a family, and classes that weigh differently."""

import dataclasses
import functools
import itertools
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self, final

import numpy as np
from numpy.polynomial import Polynomial
from numpy.polynomial.polynomial import polyadd
from numpy.typing import ArrayLike

from core.declare import ParameterError, parameter, parameters
from core.losses.base import Array, FrameworkCall, Pieces, Properties, ScalarLoss, Source
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

# How far out a curve is looked at, in units of its own scale, and how often.
_FAR, _LOOKS = 1e8, 2049

_ROUNDING = 1e-12  # what is this small beside what it is a difference of counts as none
_CLOSE = 1e-9  # a bound this nearly reached is the best one


@dataclasses.dataclass(frozen=True)
class WeightedSum(ScalarLoss):
    """A weighted sum of losses of one family, which is a loss of that family itself.

    WeightedSum(losses, weights) makes the kind that the family has. Constants of a sum are exact
    where all parts are made of polynomials. Otherwise they are the sums of the parts' constants,
    and `tight` says whether these are reached. A sum that has parts that are not convex is called
    convex where its curvature, resolved as finely as its parts can bend, never falls below 0.

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
        weights = tuple(float(weight) for weight in self.weights)
        object.__setattr__(self, "losses", tuple(self.losses))
        object.__setattr__(self, "weights", weights)
        _kind(self.losses)
        if len(weights) != len(self.losses):
            raise ParameterError(
                f"WeightedSum: {len(self.losses)} losses and {len(weights)} weights,"
                " expected equally many."
            )
        for place, weight in enumerate(weights):
            if not 0.0 <= weight < math.inf:
                raise ParameterError(
                    f"WeightedSum: weights[{place}] is {weight:g}, expected at least 0 and finite."
                )
        if not any(weights):
            raise ParameterError("WeightedSum: all weights are 0, expected one above.")

    @property
    def terms(self) -> tuple[tuple[float, ScalarLoss], ...]:
        """What counts in the sum: 0 times what is infinite is no number."""
        pairs = zip(self.weights, self.losses, strict=True)
        return tuple((weight, loss) for weight, loss in pairs if weight > 0.0)

    @property
    def name(self) -> str:  # type: ignore[override]
        """The parts and their weights."""
        parts = (("" if w == 1.0 else f"{w:g} × ") + loss.name for w, loss in self.terms)
        return " + ".join(parts)

    @property
    def formula(self) -> str:  # type: ignore[override]
        """The sum, its parts by name."""
        weights = ("" if w == 1.0 else rf"{latex(w)}\," for w, _ in self.terms)
        losses = (rf"L_{{\text{{{loss.name}}}}}" for _, loss in self.terms)
        return f"L = {' + '.join(map(''.join, zip(weights, losses, strict=True)))}"

    def value(self, x: ArrayLike) -> Array:
        return self._sum(lambda loss: loss.value(x))

    def gradient(self, x: ArrayLike) -> Array:
        return self._sum(lambda loss: loss.gradient(x))

    def hessian(self, x: ArrayLike) -> Array:
        return self._sum(lambda loss: loss.hessian(x))

    @_overflow_is_infinity
    def _sum(self, curve: Callable[[Any], Array]) -> Array:
        """Return the weighted sum of a curve of each part."""
        (weight, loss), *others = self.terms
        total = weight * curve(loss)
        for weight, loss in others:
            total = total + weight * curve(loss)
        return total

    @property
    def properties(self) -> Properties:
        return _known(self)

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

    def _code(self, name: str) -> str:
        """Return the sum of the parts' NumPy expressions, their parameters as numbers."""
        parts = (f"{weight!r} * ({_inlined(loss, name)})" for weight, loss in self.terms)
        return " + ".join(parts)

    def _sum_of(self, worked: Callable[[Any], str]) -> str:
        """Return a sum in LaTeX."""
        parts = ((latex(weight), worked(loss)) for weight, loss in self.terms)
        return " + ".join(rf"{weight} \cdot \left({part}\right)" for weight, part in parts)


@final
@dataclasses.dataclass(frozen=True)
class SumOfResidualLosses(ResidualLoss, WeightedSum):
    """A weighted sum of losses of the residual."""

    @property
    def code_value(self) -> str:
        return self._code("code_value")

    @property
    def code_gradient(self) -> str:
        return self._code("code_gradient")

    def worked(self, x: float) -> str:
        return self._sum_of(lambda loss: loss.worked(x))

    @property
    def properties(self) -> Properties:
        at = _looks(self)
        here, there = self.value(at), self.value(-at)
        even = bool((np.abs(here - there) <= _ROUNDING * here).all())
        return dataclasses.replace(_known(self), symmetric=even)


@final
@dataclasses.dataclass(frozen=True)
class SumOfMarginLosses(MarginLoss, WeightedSum):
    """A weighted sum of losses of the margin, which all weigh the classes alike."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if len({loss.class_weights for loss in self.losses}) > 1:  # type: ignore[attr-defined]
            raise ParameterError(
                "WeightedSum: the losses weigh the classes differently,"
                " expected one ClassWeighted around the sum."
            )

    @property
    def class_weights(self) -> tuple[float, float]:
        return self.losses[0].class_weights  # type: ignore[attr-defined]

    @property
    def curve(self) -> "SumOfMarginLosses":
        if self.class_weights == (1.0, 1.0):
            return self
        curves = tuple(loss.curve for loss in self.losses)  # type: ignore[attr-defined]
        return SumOfMarginLosses(curves, self.weights)

    def _value(self, x: ArrayLike) -> Array:
        return self._sum(lambda loss: loss.curve.value(x))

    def _gradient(self, x: ArrayLike) -> Array:
        return self._sum(lambda loss: loss.curve.gradient(x))

    def _hessian(self, x: ArrayLike) -> Array:
        return self._sum(lambda loss: loss.curve.hessian(x))

    def probability(self, score: ArrayLike) -> Array | None:
        """Return what all parts read off the score, if they read the same."""
        scores = np.linspace(-5.0, 5.0, 101)
        readings = [loss.probability(scores) for _, loss in self.terms]  # type: ignore[attr-defined]
        first = readings[0]
        if not all(one is not None and np.allclose(one, first, 0.0, 1e-12) for one in readings):
            return None
        return self.terms[0][1].probability(score)  # type: ignore[attr-defined]

    @property
    def code_value(self) -> str:
        return self._code("code_value")

    @property
    def code_gradient(self) -> str:
        return self._code("code_gradient")

    def _worked(self, x: float) -> str:
        return self._sum_of(lambda loss: loss.curve.worked(x))

    @property
    def properties(self) -> Properties:
        curve = self.curve
        known, told = _known(curve), [loss.properties for _, loss in curve.terms]
        if len(told) > 1:
            reports = self.probability(0.0) is not None
            proper = all(one.proper for one in told) if reports else None
            known = dataclasses.replace(
                known,
                held=() if known.witness is None else (1.0,),
                calibrated=_is_calibrated(curve, known.convex),
                proper=proper,
                strictly_proper=proper and any(one.strictly_proper for one in told),
            )
        return self._weighing(known)


@final
@dataclasses.dataclass(frozen=True)
class SumOfProbabilityLosses(ProbabilityLoss, WeightedSum):
    """A weighted sum of losses of a probability."""

    def value_through(self, link: Link, score: Array) -> Array:
        return self._sum(lambda loss: loss.value_through(link, score))

    def gradient_through(self, link: Link, score: Array) -> Array:
        return self._sum(lambda loss: loss.gradient_through(link, score))

    def hessian_through(self, link: Link, score: Array) -> Array:
        return self._sum(lambda loss: loss.hessian_through(link, score))

    @property
    def on_logits(self) -> SumOfMarginLosses:
        losses = tuple(loss.on_logits for loss in self.losses)  # type: ignore[attr-defined]
        return SumOfMarginLosses(losses, self.weights)

    @property
    def code_value(self) -> str:
        return self._code("code_value")

    @property
    def code_gradient(self) -> str:
        return self._code("code_gradient")

    def written(self, p: str) -> str:
        return self._sum_of(lambda loss: loss.written(p))

    @property
    def properties(self) -> Properties:
        told = [loss.properties for _, loss in self.terms]
        proper = all(one.proper for one in told)
        return dataclasses.replace(
            _known(self),
            calibrated=_is_calibrated(self.on_logits, convex=False),
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
        seen = {tuple(one.name for one in loss.arguments) for loss in losses}
        if len(seen) == 1 and all(isinstance(loss, family) for loss in losses):
            return kind
    told = ", ".join(type(loss).__name__ for loss in losses) or "none"
    raise ParameterError(f"WeightedSum: losses are {told}, expected some of one family.")


@final
@dataclasses.dataclass(frozen=True)
class ClassWeighted(MarginLoss):
    """A loss of the margin that charges more for one class, on top of weights it has."""

    loss: MarginLoss
    negative: float = parameter(
        1.0,
        symbol="w_-",
        meaning="what a loss on a negative is multiplied by",
        low=0.1,
        high=20.0,
        step=0.1,
        minimum=0.0,
        open_minimum=True,
        open_maximum=True,
        logarithmic=True,
    )
    positive: float = parameter(
        1.0,
        symbol="w_+",
        meaning="what a loss on a positive is multiplied by",
        low=0.1,
        high=20.0,
        step=0.1,
        minimum=0.0,
        open_minimum=True,
        open_maximum=True,
        logarithmic=True,
    )

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

    @property
    def name(self) -> str:  # type: ignore[override]
        """The loss, and what its classes weigh."""
        negative, positive = self.class_weights
        return f"{self.loss.curve.name}, positives times {positive:g}, negatives times {negative:g}"

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
        return f"{self._code_weight} * ({_inlined(self.curve, 'code_value')})"

    @property
    def code_gradient(self) -> str:
        return f"{self._code_weight} * ({_inlined(self.curve, 'code_gradient')})"

    @property
    def _code_weight(self) -> str:
        negative, positive = self.class_weights
        return f"np.where(label > 0, {positive!r}, {negative!r})"

    def _worked(self, x: float) -> str:
        return rf"\left({self.curve.worked(x)}\right)"

    @property
    def properties(self) -> Properties:
        plain = self.curve.properties
        known, least = self._weighing(plain), min(self.class_weights)
        return dataclasses.replace(known, strong_convexity=least * plain.strong_convexity)

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
    for place in range(len(kinks) + 1):
        right = kinks[place] if place < len(kinks) else math.inf
        total: Any = np.zeros(1)
        for weight, pieces in parts:
            own = int(np.searchsorted(pieces.kinks, right))
            total = polyadd(total, weight * np.array(pieces.polynomials[own]))
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
    """Return what is known of a sum, but for what its family alone can say."""
    if len(total.terms) == 1:
        ((weight, loss),) = total.terms
        told = loss.properties
        return dataclasses.replace(
            told,
            lipschitz=weight * told.lipschitz,
            smoothness=weight * told.smoothness,
            strong_convexity=weight * told.strong_convexity,
            bound=weight * told.bound,
        )
    pieces = total.pieces
    return _of_parts(total) if pieces is None else _of_pieces(total, pieces)


def _of_pieces(total: WeightedSum, pieces: Pieces) -> Properties:
    """Return what is known of a curve made of polynomials: everything."""
    ends = (-math.inf, *pieces.kinks, math.inf)
    curves = [Polynomial(polynomial) for polynomial in pieces.polynomials]
    within = list(zip(curves, ends, ends[1:], strict=False))
    heights = [pair for p, low, high in within for pair in _extremes(p, low, high)]
    slopes = [pair for p, low, high in within for pair in _extremes(p.deriv(), low, high)]
    bends = [pair for p, low, high in within for pair in _extremes(p.deriv(2), low, high)]

    sides = list(zip(pieces.kinks, curves, curves[1:], strict=False))
    steps = {k: _difference(left, right, k) for k, left, right in sides}
    turns = {k: _difference(left.deriv(), right.deriv(), k) for k, left, right in sides}
    kinks = tuple(k for k in pieces.kinks if steps[k] or turns[k])

    jumps = any(steps.values())
    largest = max(abs(bend) for _, bend in bends)
    lowest, place = min((bend, place) for place, bend in bends)
    dented = [k for k in kinks if steps[k] or turns[k] < 0]
    if lowest < -_ROUNDING * min(largest, 1e300):
        dented.append(place)
    return Properties(
        lipschitz=math.inf if jumps else max(abs(slope) for _, slope in slopes),
        smoothness=math.inf if kinks else largest,
        strong_convexity=0.0 if dented else max(lowest, 0.0),
        convex=not dented,
        kinks=kinks,
        witness=_dent(total, dented),
        bound=max(height for _, height in heights),
        redescending=all(loss.properties.redescending for _, loss in total.terms),
    )


def _extremes(curve: Polynomial, low: float, high: float) -> list[tuple[float, float]]:
    """Return places between two ends, and the heights there, the highest and lowest among them."""
    curve = curve.trim()
    roots = np.asarray(curve.deriv().roots() if curve.degree() > 1 else [], dtype=complex)
    level = [float(x) for x in roots[roots.imag == 0].real if low < x < high]
    finite = [end for end in (low, high) if math.isfinite(end)]
    found = [(place, float(curve(place))) for place in (*finite, *level)]
    if curve.degree() == 0:
        return [*found, (_inside(low, high), float(curve(0.0)))]
    for end in {low, high} - set(finite):
        sign = math.copysign(1.0, end) ** curve.degree() * math.copysign(1.0, curve.coef[-1])
        found.append((_inside(low, high), sign * math.inf))
    return found


def _inside(low: float, high: float) -> float:
    """Return a place between two ends."""
    if math.isinf(low):
        return min(high - 1.0, 0.0)
    return low + 1.0 if math.isinf(high) else 0.5 * low + 0.5 * high


def _difference(left: Polynomial, right: Polynomial, place: float) -> float:
    """Return how much higher the right one is at a place, and 0 if that is rounding."""
    size = sum(
        float(np.abs(p.coef) @ np.abs(place) ** np.arange(len(p.coef))) for p in (left, right)
    )
    step = float(right(place) - left(place))
    return step if abs(step) > _ROUNDING * size else 0.0


def _of_parts(total: WeightedSum) -> Properties:
    """Return what is known of a sum by what is known of its parts, and by looking."""
    told = [(weight, loss.properties) for weight, loss in total.terms]
    lipschitz = sum(weight * one.lipschitz for weight, one in told)
    bound = sum(weight * one.bound for weight, one in told)
    strong = sum(weight * one.strong_convexity for weight, one in told)
    at, far = _looks(total), _looks(total, far=True)
    kinks, jumps = _kinks(total), _jumps(total)
    smoothness = math.inf if kinks else sum(weight * one.smoothness for weight, one in told)

    convex, witness = all(one.convex for _, one in told), None
    if not convex:
        at = _refined(total, at)
        lowest, dented = _curvature(total, at)
        witness = _dent(total, dented)
        convex, strong = not dented and lowest >= 0.0, max(0.0, lowest * (1.0 - _CLOSE))
    bends = total.hessian(at)
    tight = (
        _reached(
            lipschitz, total.gradient(far), jumps or _stays([o.lipschitz for _, o in told], convex)
        ),
        _reached(smoothness, bends, bool(kinks) or _stays([o.smoothness for _, o in told], convex)),
        _reached(bound, total.value(far), True),
        float(bends.min()) - strong <= _CLOSE * float(np.abs(bends).max()),
    )
    return Properties(
        lipschitz=lipschitz,
        smoothness=smoothness,
        strong_convexity=strong,
        convex=convex,
        kinks=kinks,
        witness=witness,
        bound=bound,
        redescending=all(one.redescending for _, one in told),
        tight=all(tight),
    )


def _stays(constants: list[float], convex: bool) -> bool:
    """Tell whether what is infinite in a part is so in the sum: no other part can undo it."""
    return convex or sum(math.isinf(constant) for constant in constants) == 1


def _reached(limit: float, seen: Array, infinite: bool) -> bool:
    """Tell whether a limit is the best one: it was seen, or it is known to be infinite."""
    if math.isinf(limit):
        return infinite
    return float(np.abs(seen).max()) >= limit * (1.0 - _CLOSE)


def _looks(total: WeightedSum, far: bool = False) -> Array:
    """Return where to look at a curve so that nothing it does goes unseen, in order.

    What is analytic but on the imaginary axis from a height on, is so in a strip of ½π about all t
    with x = height * sinh t: equal steps of t see it as finely everywhere. Between kinks it is
    polynomials that bend.
    """
    low, high = total.section.domain
    if math.isfinite(low) and math.isfinite(high):
        return low + (high - low) / (1.0 + np.exp(np.linspace(36.0, -36.0, _LOOKS)))

    kinks = {k for _, loss in total.terms for k in (*_seams(loss), *loss.properties.kinks)}
    sizes = {abs(k) for k in kinks if k} | {s for _, loss in total.terms if (s := loss.strip)}
    out = np.sinh(np.linspace(0.0, math.asinh(_FAR), _LOOKS))
    at = np.outer(list(sizes | {1.0}), out).ravel()
    between = [np.linspace(a, b, 33) for a, b in itertools.pairwise(sorted(kinks))]
    beside = [np.nextafter(k, side) for k in kinks for side in (-math.inf, math.inf)]
    ends = [1e150, 1e300] if far else []
    return np.unique(np.concatenate([at, -at, *between, beside, ends, np.negative(ends)]))


def _seams(loss: ScalarLoss) -> tuple[float, ...]:
    return () if loss.pieces is None else loss.pieces.kinks


def _kinks(total: WeightedSum) -> tuple[float, ...]:
    """Return the kinks of the parts, but for those that undo each other."""
    kinks = sorted({k for _, loss in total.terms for k in loss.properties.kinks})
    return tuple(k for k in kinks if _turn(total, k) != 0.0)


def _turn(total: WeightedSum, kink: float) -> float:
    """Return by how much the slope jumps at a kink; minus infinity where the value does."""
    sides = np.nextafter(kink, [-math.inf, math.inf])
    values = total.value([*sides, kink])
    if np.ptp(values) > _ROUNDING * np.abs(values).max():
        return -math.inf
    turns = np.array([weight * np.diff(loss.gradient(sides))[0] for weight, loss in total.terms])
    turn = float(turns.sum())
    return turn if abs(turn) > _ROUNDING * np.abs(turns).sum() else 0.0


def _jumps(total: WeightedSum) -> bool:
    """Tell whether the value jumps anywhere."""
    kinks = {k for _, loss in total.terms for k in loss.properties.kinks}
    return any(_turn(total, k) == -math.inf for k in kinks)


@_overflow_is_infinity
def _refined(total: WeightedSum, at: Array) -> Array:
    """Return where to look at a curve, closer about the places where it bends least."""
    for _ in range(2):
        bend, size = _bends(total, at)
        share = np.divide(bend, size, out=np.ones_like(bend), where=(size > 0) & np.isfinite(size))
        inner = (share[1:-1] <= share[:-2]) & (share[1:-1] <= share[2:]) & (share[1:-1] < 0.9)
        low = 1 + np.flatnonzero(inner)
        low = low[np.argsort(share[low])][:64]
        closer = [np.linspace(at[i - 1], at[i + 1], 129) for i in low]
        at = np.unique(np.concatenate([at, *closer]))
    return at


@_overflow_is_infinity
def _curvature(total: WeightedSum, at: Array) -> tuple[float, list[float]]:
    """Return the lowest that the curvature can be, and places where the curve bends down.

    Parts of which nobody says how finely they can bend count with their constants.
    """
    bend, size = _bends(total, at)
    bend = np.where(np.abs(bend) <= _ROUNDING * size, 0.0, bend)
    lowest = float(np.nanmin(bend))
    places = at[[int(np.nanargmin(total.hessian(at))), int(np.nanargmin(bend))]]
    dented = [float(x) for x in places if lowest < 0.0 and total.hessian(x) < 0.0]
    return lowest, [*dented, *(k for k in _kinks(total) if _turn(total, k) < 0.0)]


@_overflow_is_infinity
def _bends(total: WeightedSum, at: Array) -> tuple[Array, Array]:
    """Return the lowest curvature there can be about each place, and the size of what it sums."""
    bend, size = np.zeros_like(at), np.zeros_like(at)
    for weight, loss in total.terms:
        told = loss.properties
        if loss.pieces is not None or loss.strip is not None or loss.rate is not None:
            own = weight * loss.hessian(at)
        else:
            own = np.full_like(
                at, weight * (told.strong_convexity if told.convex else -told.smoothness)
            )
        bend, size = bend + own, size + np.abs(own)
    return bend, size


def _dent(total: WeightedSum, places: list[float]) -> tuple[float, float] | None:
    """Return two ends about one of the places such that the curve most plainly tops their chord.

    None where float64 shows it nowhere.
    """
    least = 16 * float(np.finfo(float).eps)
    widths = 2.0 ** np.arange(-60.0, 60.0)
    chords: list[tuple[float, float, float]] = []
    for place, shift in itertools.product(places, (0.0, -0.5, 0.5)):
        a, b = place + (shift - 1.0) * widths, place + (shift + 1.0) * widths
        heights, left, right = (total.value(x) for x in ((a + b) / 2, a, b))
        with np.errstate(over="ignore", invalid="ignore"):
            rise = (heights - (left + right) / 2) / (heights + (left + right) / 2)
        plain = np.flatnonzero(rise > max(least, 0.5 * np.nanmax(rise)))
        if plain.size:  # the widest of those that are half as plain as can be
            top = plain[-1]
            chords.append((float(rise[top]), float(a[top]), float(b[top])))
    return max(chords)[1:] if chords else None


def _is_calibrated(curve: MarginLoss, convex: bool) -> bool:
    """Tell whether the lowest expected loss puts every label on its likelier side.

    A convex curve does if it falls through 0 without a kink (Bartlett, Jordan and McAuliffe). Any
    other is looked at.
    """
    if convex:
        slopes = curve.gradient(np.nextafter(0.0, [-1.0, 1.0]))
        return bool(slopes[0] == slopes[1] < 0.0)
    at = np.append(np.linspace(0.0, 1.0, 201), np.geomspace(1.0, 1e8, 800))
    right, wrong = curve.value(at), curve.value(-at)
    for chance in (0.55, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99):
        here = chance * right + (1.0 - chance) * wrong
        there = chance * wrong + (1.0 - chance) * right
        if not here[1:].min() < there.min() * (1.0 - _ROUNDING):
            return False
    return True
