"""Losses made of losses: weighted sums within a family, and classes that weigh differently."""

import dataclasses
import functools
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self, final

import numpy as np
from numpy.polynomial import Polynomial
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
        return super().__new__(_kind(tuple(losses)) if cls is WeightedSum else cls)  # type: ignore[arg-type]

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
        return " + ".join(f"{weight:g} {loss.name}" for weight, loss in self.terms)

    @property
    def formula(self) -> str:  # type: ignore[override]
        """The sum, its parts by name."""
        parts = (rf"{latex(weight)}\,L_{{\text{{{loss.name}}}}}" for weight, loss in self.terms)
        return f"L = {' + '.join(parts)}"

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
    """A weighted sum of losses of the margin, which weigh the classes alike."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if len({loss.class_weights for loss in self.losses}) > 1:  # type: ignore[attr-defined]
            raise ParameterError(
                "WeightedSum: the losses weigh the classes differently,"
                " expected ClassWeighted around the sum."
            )

    @property
    def class_weights(self) -> tuple[float, float]:
        return self.losses[0].class_weights  # type: ignore[attr-defined]

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
