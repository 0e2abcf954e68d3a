"""What every loss has in common: the three curves, what is known of them, where they come from."""

import dataclasses
import functools
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.declare import Declared
from core.losses.domain import Domain

Array = NDArray[np.float64]
Owner = TypeVar("Owner")
Numbers = Any  # a number, or rows of them as nested tuples: an array that can be a constant

_BLOCK = 16_384  # 128 KB of float64: a block and its temporaries stay in the processor's cache


def elementwise(
    curve: Callable[[Owner, Array], Array],
) -> Callable[[Owner, ArrayLike], Array]:
    """Let a curve written for a float64 vector take numbers and arrays of any shape and type.

    Long arrays pass in blocks: fresh memory for every temporary costs more than the arithmetic.
    """

    @functools.wraps(curve)
    def of_any_shape(self: Owner, x: ArrayLike) -> Array:
        array = np.asarray(x, dtype=np.float64)
        vector = array.reshape(-1)
        if vector.size <= _BLOCK:
            return curve(self, vector).reshape(array.shape)[()]

        result = np.empty_like(vector)
        for start in range(0, vector.size, _BLOCK):
            block = slice(start, start + _BLOCK)
            result[block] = curve(self, vector[block])
        return result.reshape(array.shape)

    return of_any_shape


@dataclasses.dataclass(frozen=True)
class Source:
    """Where a formula comes from."""

    author: str
    year: int
    title: str
    equation: str = ""

    def __str__(self) -> str:
        where = f", {self.equation}" if self.equation else ""
        return f"{self.author} ({self.year}), {self.title}{where}"


@dataclasses.dataclass(frozen=True)
class FrameworkCall:
    """The exact call that gives the same numbers elsewhere, up to a stated factor.

    `code` is one expression in `prediction` and `target`; `reduction` says how that call reduces;
    our value is `factor` times theirs.
    """

    code: str
    reduction: str
    factor: float = 1.0
    note: str = ""


@dataclasses.dataclass(frozen=True)
class Argument:
    """One thing a loss takes: what it is called, what it means, and what it may be.

    `moves` marks what is chosen to make the loss small: gradients are with respect to it.
    """

    name: str
    symbol: str
    meaning: str
    domain: Domain
    moves: bool = False


@dataclasses.dataclass(frozen=True)
class Way:
    """A way through the arguments of a loss: where it leads, and places on it, ever farther on.

    words: what happens on the way, so that they can follow "as": "the residual grows".
    places: all arguments of the loss, in order, at each place.
    otherwise: a sentence about all that is not near its end, where there is more to say.
    """

    words: str
    places: tuple[tuple[Numbers, ...], ...]
    otherwise: str = ""


@dataclasses.dataclass(frozen=True)
class Properties:
    """What is known of a loss, as constants; the yes-or-no words derive from them.

    All of it is said of the arguments that move, the others being anything allowed. Of a loss of
    several numbers, |gradient| is the Euclidean length of all of it, and curvature is that along
    any line: the ends of the spectrum of the second derivatives. Of probabilities that move, each
    is a free number.

    Constants hold for any number of classes, categories or things in a batch. Where there is none
    that does, they are those of two, and `among` says so.

    lipschitz: the smallest bound on |gradient|, infinite when there is none.
    slope: the same of the gradient where there is one; None says that it is no other. It is where
        the value itself jumps: no constant bounds that, though the slopes beside may be level.
    steep: where |gradient| grows without bound, when it does.
    bent: where the curvature does, if it is somewhere else, and not at a kink.
    smoothness: the smallest bound on the slope of the gradient, infinite when there is none.
    strong_convexity: the largest lower bound on the curvature, 0 when there is none.
    convex: whether the chord never lies below the curve.
    kinks: where the gradient jumps; for a loss of several numbers, where along its section.
    witness: for a non-convex loss, (a, b): the curve at their midpoint lies above the chord.
    held: the other arguments of the witness, in order.
    bound: the supremum of the value, infinite when there is none.
    redescending: whether the gradient falls back to 0 as a sample lies ever farther off, whatever
        the way: a target as much as a prediction, one of several numbers as much as all.
    symmetric: whether the two sides, or all classes, are treated alike.
    calibrated: whether the lowest expected loss puts every label on its likelier side; None where
        nothing is classified.
    proper: whether the true probability has the lowest expected loss; None where no probability
        is reported.
    strictly_proper: whether it alone has.
    tight: whether the bounds are the best ones; those of a sum of losses need not be.
    among: for how many the constants are: "among 2 categories"; empty where for any number.
    """

    lipschitz: float
    smoothness: float
    strong_convexity: float
    convex: bool
    kinks: tuple[float, ...] = ()
    witness: tuple[Numbers, Numbers] | None = None
    held: tuple[Numbers, ...] = ()
    bound: float = math.inf
    redescending: bool = False
    symmetric: bool = True
    calibrated: bool | None = None
    proper: bool | None = None
    strictly_proper: bool | None = None
    tight: bool = True
    slope: float | None = None
    steep: Way | None = None
    bent: Way | None = None
    among: str = ""

    @property
    def steepest(self) -> float:
        """The smallest bound on |gradient| wherever there is a gradient."""
        return self.lipschitz if self.slope is None else self.slope

    @property
    def robust(self) -> bool:
        """Whether one sample, whatever it is, can pull only so hard."""
        return math.isfinite(self.steepest)

    @property
    def smooth(self) -> bool:
        """Whether the gradient changes no faster than some constant."""
        return math.isfinite(self.smoothness)

    @property
    def bounded(self) -> bool:
        """Whether no point costs more than some constant."""
        return math.isfinite(self.bound)

    @property
    def differentiable(self) -> bool:
        """Whether the gradient exists everywhere."""
        return not self.kinks


@dataclasses.dataclass(frozen=True)
class Pieces:
    """A loss written as polynomials between kinks.

    `kinks` has K increasing entries; `polynomials` has K + 1, each with its coefficients by rising
    power of the argument itself (not of its distance from the kink).
    """

    kinks: tuple[float, ...]
    polynomials: tuple[tuple[float, ...], ...]

    @property
    def jump(self) -> bool:
        """Whether two neighbours do not meet at the kink between them."""
        ends = zip(self.kinks, self.polynomials, self.polynomials[1:], strict=False)
        return any(
            abs(_at(kink, left) - _at(kink, right)) > 1e-9 * (1.0 + abs(_at(kink, left)))
            for kink, left, right in ends
        )


def _at(x: float, polynomial: tuple[float, ...]) -> float:
    return sum(one * x**power for power, one in enumerate(polynomial))


@dataclasses.dataclass(frozen=True, eq=False)
class Section:
    """A loss along one line through its arguments: one number in, one number out.

    axis: what the number is, in a few plain words, with its symbol: "margin m".
    interval: the part worth drawing; `domain` is where it is defined at all.
    held: what stays fixed meanwhile, in plain words; empty when nothing does.
    value, gradient, hessian: the loss and its two derivatives along the line, element by element.
    places: the parameters that are places on the axis.
    speed: how far the arguments that move go, as free numbers, while the number goes on by 1.
    """

    axis: str
    interval: tuple[float, float]
    value: Callable[[Array], Array]
    gradient: Callable[[Array], Array]
    hessian: Callable[[Array], Array]
    held: str = ""
    domain: tuple[float, float] = (-math.inf, math.inf)
    places: tuple[str, ...] = ()
    speed: float = 1.0


@dataclasses.dataclass(frozen=True)
class Loss(Declared, ABC):
    """What a guess costs. Every concrete loss is final.

    Each has `value`, one number per sample, and `gradient` with respect to the arguments that move:
    of their shape, and a tuple when several do. `hessian` adds the second derivatives; where there
    is none, `no_hessian` says why. All take leading axes of any number, and broadcast.

    task: what it is for.
    estimates: what makes the expected loss smallest.
    story: what it does, in plain words.
    """

    name: ClassVar[str]
    formula: ClassVar[str]
    source: ClassVar[Source]
    task: ClassVar[str]
    estimates: ClassVar[str]
    story: ClassVar[str]
    arguments: ClassVar[tuple[Argument, ...]]
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]]
    no_hessian: ClassVar[str] = ""

    @property
    @abstractmethod
    def properties(self) -> Properties:
        """What is known of this loss at its present parameters."""

    @property
    @abstractmethod
    def section(self) -> Section:
        """This loss as a curve."""


@dataclasses.dataclass(frozen=True)
class ScalarLoss(Loss):
    """A function of one number per sample."""

    @abstractmethod
    def value(self, x: ArrayLike) -> Array:
        """Return the loss, element by element: any shape in, the same shape out, float64."""

    @abstractmethod
    def gradient(self, x: ArrayLike) -> Array:
        """Return the derivative; at a kink, a number between the slopes on either side."""

    @abstractmethod
    def hessian(self, x: ArrayLike) -> Array:
        """Return the second derivative; at a kink, its value just beside it."""

    @property
    def pieces(self) -> Pieces | None:
        """The loss as polynomials between kinks, or None when it is not made of them.

        A loss may jump at a kink; there it has the value of the piece on the left.
        """
        return None

    @property
    def strip(self) -> float | None:
        """The distance from 0 to the nearest singularity in the complex plane, or None.

        All singularities lie on the imaginary axis: far from 0 the loss is smoother still.
        """
        return None

    @property
    def rate(self) -> float | None:
        """The r for which the loss is a multiple of exp(r x), or None."""
        return None
