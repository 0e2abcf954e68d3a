"""What every loss has in common: the three curves, what is known of them, where they come from."""

import dataclasses
import functools
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.declare import Declared

Array = NDArray[np.float64]
Owner = TypeVar("Owner")

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
class Properties:
    """What is known of a loss, as constants; the yes-or-no words derive from them.

    lipschitz: the smallest bound on |gradient|, infinite when there is none.
    smoothness: the smallest bound on the slope of the gradient, infinite when there is none.
    strong_convexity: the largest lower bound on the curvature, 0 when there is none.
    kinks: where the gradient jumps.
    convex: whether the chord never lies below the curve.
    witness: for a non-convex loss, (a, b): the curve at their midpoint lies above the chord.
    bound: the supremum of the value, infinite when there is none.
    redescending: whether the gradient falls back to 0 far from 0.
    """

    lipschitz: float
    smoothness: float
    strong_convexity: float
    convex: bool
    kinks: tuple[float, ...] = ()
    witness: tuple[float, float] | None = None
    bound: float = math.inf
    redescending: bool = False

    @property
    def robust(self) -> bool:
        """Whether one far point can pull only so hard."""
        return math.isfinite(self.lipschitz)

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


@dataclasses.dataclass(frozen=True)
class Loss(Declared, ABC):
    """A function of one number per sample. Every concrete loss is final."""

    name: ClassVar[str]
    formula: ClassVar[str]
    source: ClassVar[Source]
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]]

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
    @abstractmethod
    def properties(self) -> Properties:
        """What is known of this loss at its present parameters."""

    @property
    def pieces(self) -> Pieces | None:
        """The loss as polynomials between kinks, or None when it is not made of them."""
        return None

    @property
    def strip(self) -> float | None:
        """The distance from 0 to the nearest singularity in the complex plane, or None.

        All singularities lie on the imaginary axis: far from 0 the loss is smoother still.
        """
        return None
