"""Penalties of coefficients: what a model pays for leaning on them. The strength comes later."""

import dataclasses
import math
from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar, final

import numpy as np
from numpy.typing import ArrayLike

from core.declare import ParameterError, parameter
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
from core.losses.domain import FINITE, NONNEGATIVE, DomainError, together

# Threat: a square or a sum of finite numbers leaves float64, and NumPy warns. Remedy: the infinity
# it then returns is the right answer to hand on. Limit: used where the true value has left float64
# too, or where what is subtracted from is smaller anyway.
_overflow_is_infinity = np.errstate(over="ignore")

_LARGER = Way("the coefficient grows", (((1e2,),), ((1e4,),), ((1e8,),)))


@dataclasses.dataclass(frozen=True)
class Penalty(Loss):
    """A sum over coefficients, or over groups of them, of a price for not being 0.

    `properties` are those of one term: of one coefficient, or one group. A sum of n terms has the
    same curvatures, and √n times the Lipschitz constant.

    prior: the belief under which the penalty is the negative logarithm of a prior, up to a factor.
    """

    task: ClassVar[str] = "Regularization"
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument("theta", r"\theta", "the coefficients that are drawn to 0", FINITE, moves=True),
    )
    prior: ClassVar[str]

    @_overflow_is_infinity
    def value(self, theta: ArrayLike) -> Array:
        """Return the penalty of each row of coefficients: (..., P) in, (...) out."""
        return np.asarray(self._terms(self._rows(theta)).sum(axis=-1))[()]

    @_overflow_is_infinity
    def gradient(self, theta: ArrayLike) -> Array:
        """Return the derivatives, (..., P); at a corner 0, the shortest of the subgradients."""
        return self._slopes(self._rows(theta))

    @_overflow_is_infinity
    def proximal(self, theta: ArrayLike, strength: ArrayLike) -> Array:
        """Return the x for which ½‖x - θ‖² + strength · penalty(x) is smallest.

        Shape: theta (..., P), strength a number or (...); the result is as theta.
        """
        rows = self._rows(theta)
        pull = NONNEGATIVE.checked(type(self).__name__, "strength", strength)
        shape = together(type(self).__name__, theta=rows.shape[:-1], strength=pull.shape)
        rows = np.broadcast_to(rows, (*shape, rows.shape[-1]))
        return self._drawn_in(rows, pull[..., None])

    @property
    def section(self) -> Section:
        """The penalty of one coefficient, the others of its group being 0."""
        return Section(
            "coefficient θ",
            (-2.0, 2.0),
            lambda t: self.value(self._lone(t)),
            lambda t: self.gradient(self._lone(t))[..., 0],
            lambda t: np.full(np.shape(t), self._curvature),
            held="the rest of its group at 0" if self.width > 1 else "",
        )

    @property
    def width(self) -> int:
        """How many coefficients make one term."""
        return 1

    @property
    @abstractmethod
    def _curvature(self) -> float:
        """The second derivative by one coefficient alone, which is the same wherever it is."""

    @abstractmethod
    def _terms(self, theta: Array) -> Array:
        """Return what is summed, (..., P / width)."""

    @abstractmethod
    def _slopes(self, theta: Array) -> Array:
        """Return the derivatives, (..., P)."""

    @abstractmethod
    def _drawn_in(self, theta: Array, strength: Array) -> Array:
        """Return the proximal point of theta, (..., P), for strengths of shape (..., 1)."""

    def _rows(self, theta: ArrayLike) -> Array:
        """Return the coefficients as float64 rows.

        Raises: `DomainError` unless they are finite and come in rows of whole groups.
        """
        owner = type(self).__name__
        rows = self.arguments[0].domain.checked(owner, "theta", theta)
        if rows.ndim == 0:
            raise DomainError(f"{owner}: theta is one number, expected rows of coefficients.")
        if rows.shape[-1] % self.width:
            raise DomainError(
                f"{owner}: theta has {rows.shape[-1]} coefficients, expected groups of"
                f" {self.width}."
            )
        return rows

    def _lone(self, coefficient: Array) -> Array:
        """Return a group for each coefficient, in which it stands first and is all there is."""
        rows = np.zeros((*np.shape(coefficient), self.width))
        rows[..., 0] = coefficient
        return rows

    def _diagonal(self, theta: ArrayLike) -> Array:
        """Return the second derivatives of a sum over single coefficients, (..., P, P)."""
        rows = self._rows(theta)
        identity = np.eye(rows.shape[-1])
        return self._curvature * np.broadcast_to(identity, (*rows.shape, rows.shape[-1]))


@final
@dataclasses.dataclass(frozen=True)
class L1(Penalty):
    """Σ|θ|, the penalty of the lasso."""

    name: ClassVar[str] = "L1"
    formula: ClassVar[str] = r"\Omega(\theta) = \sum_j |\theta_j|"
    source: ClassVar[Source] = Source(
        "Tibshirani", 1996, "Regression shrinkage and selection via the lasso"
    )
    estimates: ClassVar[str] = (
        "with orthonormal features, the data's own answer, each coefficient drawn in by the same"
        " amount, and small ones to 0"
    )
    prior: ClassVar[str] = "A Laplace prior on each coefficient, whatever its spread."
    story: ClassVar[str] = (
        "It pulls equally hard at every coefficient, large or small:"
        " those at which the data pull less hard than that end at exactly 0."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall(
            "theta.abs().sum(dim=-1)",
            "none",
            note="torch.nn.functional.softshrink is its proximal operator.",
        ),
        "Keras": FrameworkCall("keras.regularizers.L1(1.0)(theta)", "sum"),
        "Optax": FrameworkCall(
            "optax.tree.norm(theta, ord=1)", "sum", note="At 0 JAX takes 1 for its slope, not 0."
        ),
        "scikit-learn": None,
    }

    def hessian(self, theta: ArrayLike) -> Array:
        """Return 0, which is also what the second derivatives are just beside a corner."""
        return self._diagonal(theta)

    @property
    def properties(self) -> Properties:
        return Properties(
            lipschitz=1.0, smoothness=math.inf, strong_convexity=0.0, convex=True, kinks=(0.0,)
        )

    @property
    def _curvature(self) -> float:
        return 0.0

    def _terms(self, theta: Array) -> Array:
        return np.abs(theta)

    def _slopes(self, theta: Array) -> Array:
        return np.sign(theta)

    def _drawn_in(self, theta: Array, strength: Array) -> Array:
        return _softened(theta, strength)


@final
@dataclasses.dataclass(frozen=True)
class L2(Penalty):
    """Σθ², with no ½, so that a Gaussian prior has the strength σ²/τ² beside a sum of squares."""

    name: ClassVar[str] = "L2"
    formula: ClassVar[str] = r"\Omega(\theta) = \sum_j \theta_j^2"
    source: ClassVar[Source] = Source(
        "Hoerl and Kennard", 1970, "Ridge regression: biased estimation for nonorthogonal problems"
    )
    estimates: ClassVar[str] = (
        "with orthonormal features, the data's own answer, each coefficient scaled down by the same"
        " factor, and none to 0"
    )
    prior: ClassVar[str] = "A normal (Gaussian) prior on each coefficient, whatever its spread."
    story: ClassVar[str] = (
        "The larger a coefficient, the harder it is pulled: together they get shorter, and none is"
        " set to 0. In proportion they shrink where features are orthonormal; elsewhere one may"
        " even grow."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall(
            "theta.square().sum(dim=-1)",
            "none",
            note="weight_decay in torch.optim.SGD is the strength of half of this.",
        ),
        "Keras": FrameworkCall("keras.regularizers.L2(1.0)(theta)", "sum"),
        "Optax": FrameworkCall("optax.tree.norm(theta, squared=True)", "sum"),
        "scikit-learn": None,
    }

    def hessian(self, theta: ArrayLike) -> Array:
        """Return twice the identity, wherever the coefficients are."""
        return self._diagonal(theta)

    @property
    def properties(self) -> Properties:
        return Properties(
            lipschitz=math.inf,
            steep=_LARGER,
            smoothness=2.0,
            strong_convexity=2.0,
            convex=True,
        )

    @property
    def _curvature(self) -> float:
        return 2.0

    def _terms(self, theta: Array) -> Array:
        return theta * theta

    def _slopes(self, theta: Array) -> Array:
        return 2.0 * theta

    def _drawn_in(self, theta: Array, strength: Array) -> Array:
        return _scaled_down(theta, strength)


@final
@dataclasses.dataclass(frozen=True)
class ElasticNet(Penalty):
    """ρ Σ|θ| + (1 - ρ) Σθ²: a share of L1, the rest of L2, with no ½ on the square."""

    ratio: float = parameter(
        0.5,
        symbol=r"\rho",
        meaning="the share of the L1 penalty; the rest is the L2 penalty",
        low=0.0,
        high=1.0,
        step=0.05,
        minimum=0.0,
        maximum=1.0,
    )

    name: ClassVar[str] = "Elastic net"
    formula: ClassVar[str] = (
        r"\Omega(\theta) = \rho \sum_j |\theta_j| + (1 - \rho) \sum_j \theta_j^2"
    )
    source: ClassVar[Source] = Source(
        "Zou and Hastie", 2005, "Regularization and variable selection via the elastic net"
    )
    estimates: ClassVar[str] = (
        "with orthonormal features, the data's own answer, each coefficient drawn in by the same"
        " amount, small ones to 0, and then scaled down by the same factor"
    )
    prior: ClassVar[str] = (
        "A prior on each coefficient that is a Laplace and a normal density multiplied."
    )
    story: ClassVar[str] = (
        "Between its ends it does two things: it drops weak coefficients as L1 does,"
        " and like L2 it gives features that say the same the same weight."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall(
            "ratio * theta.abs().sum(dim=-1) + (1 - ratio) * theta.square().sum(dim=-1)", "none"
        ),
        "Keras": FrameworkCall(
            "keras.regularizers.L1L2(l1=ratio, l2=1 - ratio)(theta)",
            "sum",
            note="ElasticNet in scikit-learn halves the square: for the same penalty its l1_ratio"
            " is ratio / (2 - ratio), and its alpha 2 - ratio times the strength.",
        ),
        "Optax": FrameworkCall(
            "ratio * optax.tree.norm(theta, ord=1)"
            " + (1 - ratio) * optax.tree.norm(theta, squared=True)",
            "sum",
            note="At 0 JAX takes ratio for its slope, not 0.",
        ),
        "scikit-learn": None,
    }

    def hessian(self, theta: ArrayLike) -> Array:
        """Return 2 (1 - ρ) times the identity, also at a corner, as just beside it."""
        return self._diagonal(theta)

    @property
    def properties(self) -> Properties:
        bare, kinked = self.ratio == 1.0, self.ratio > 0.0
        return Properties(
            lipschitz=1.0 if bare else math.inf,
            steep=None if bare else _LARGER,
            smoothness=math.inf if kinked else 2.0,
            strong_convexity=self._curvature,
            convex=True,
            kinks=(0.0,) if kinked else (),
        )

    @property
    def _curvature(self) -> float:
        return 2.0 * (1.0 - self.ratio)

    def _terms(self, theta: Array) -> Array:
        # Threat: a share 0 of a square that is infinite is no number. Remedy: |θ| (ρ + (1 - ρ) |θ|)
        # never squares alone. Limit: infinite only where the true value is, to a rounding.
        size = np.abs(theta)
        return size * (self.ratio + (1.0 - self.ratio) * size)

    def _slopes(self, theta: Array) -> Array:
        return self.ratio * np.sign(theta) + self._curvature * theta

    def _drawn_in(self, theta: Array, strength: Array) -> Array:
        softened = _softened(theta, self.ratio * strength)
        return _scaled_down(softened, (1.0 - self.ratio) * strength)


@final
@dataclasses.dataclass(frozen=True)
class GroupLasso(Penalty):
    """√k Σ‖θ_g‖ over groups of k coefficients that follow one another: with the √k, as published.

    Groups of one make it the L1 penalty. The root keeps groups of any size on an equal footing.
    """

    size: int = parameter(
        2,
        symbol="k",
        meaning="how many coefficients, one after the other, make a group",
        low=1,
        high=8,
        step=1,
        minimum=1,
        maximum=64,
    )

    name: ClassVar[str] = "Group lasso"
    formula: ClassVar[str] = r"\Omega(\theta) = \sqrt{k}\, \sum_g \lVert \theta_g \rVert_2"
    source: ClassVar[Source] = Source(
        "Yuan and Lin", 2006, "Model selection and estimation in regression with grouped variables"
    )
    estimates: ClassVar[str] = (
        "with orthonormal features, the data's own answer, each group drawn in by the same length,"
        " and weak groups to 0 whole"
    )
    prior: ClassVar[str] = (
        "A prior that treats all directions of a group alike"
        " and falls off exponentially with the group's length."
    )
    story: ClassVar[str] = (
        "Coefficients that belong together stay or go together:"
        " a group at which the data pull less hard than the penalty ends at exactly 0."
    )
    frameworks: ClassVar[Mapping[str, FrameworkCall | None]] = {
        "PyTorch": FrameworkCall(
            "size**0.5 * torch.linalg.vector_norm(theta.unflatten(-1, (-1, size)), dim=-1)"
            ".sum(dim=-1)",
            "none",
        ),
        "Keras": None,
        "Optax": None,
        "scikit-learn": None,
    }
    no_hessian: ClassVar[str] = (
        "Next to a group of zeros it bends without limit, so there it has no second derivatives."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.size != int(self.size):
            raise ParameterError(f"GroupLasso: size is {self.size}, expected a whole number.")
        object.__setattr__(self, "size", int(self.size))  # 2.0, from a slider, is 2 in code

    @property
    def properties(self) -> Properties:
        return Properties(
            lipschitz=math.sqrt(self.size),
            smoothness=math.inf,
            strong_convexity=0.0,
            convex=True,
            kinks=(0.0,),
        )

    @property
    def width(self) -> int:
        return self.size

    @property
    def _curvature(self) -> float:
        return 0.0

    def _terms(self, theta: Array) -> Array:
        largest, _, length = self._measured(theta)
        return (largest * (math.sqrt(self.size) * length))[..., 0]

    def _slopes(self, theta: Array) -> Array:
        _, unit, length = self._measured(theta)
        return (math.sqrt(self.size) * (unit / length)).reshape(theta.shape)

    def _drawn_in(self, theta: Array, strength: Array) -> Array:
        # Threat: at the far end of float64 the length of a group and √k times the strength are
        # infinite, and the one divided by the other is no number. Remedy: both are measured along
        # the largest coefficient, which is finite. Limit: none known.
        largest, unit, length = self._measured(theta)
        threshold = strength[..., None] * (math.sqrt(self.size) / length)
        share = np.maximum(1.0 - threshold / np.where(largest > 0.0, largest, 1.0), 0.0)
        return theta * np.broadcast_to(share, unit.shape).reshape(theta.shape)

    def _measured(self, theta: Array) -> tuple[Array, Array, Array]:
        """Return each group's largest size, the group in units of it, and the length in them.

        A group of zeros has length 1, of which it has 0 units.
        """
        groups = theta.reshape(*theta.shape[:-1], theta.shape[-1] // self.width, self.width)
        largest = np.abs(groups).max(axis=-1, keepdims=True)
        unit = groups / np.where(largest > 0.0, largest, 1.0)
        length = np.sqrt((unit * unit).sum(axis=-1, keepdims=True))
        return largest, unit, np.where(largest > 0.0, length, 1.0)


def _softened(theta: Array, amount: Array) -> Array:
    """Return theta drawn in to 0 by an amount, and exactly 0 where it is no larger than that."""
    return theta - np.clip(theta, -amount, amount)


def _scaled_down(theta: Array, strength: Array) -> Array:
    """Return theta / (1 + 2 strength), also where twice the strength would be infinite."""
    return 0.5 * theta / (0.5 + strength)


PENALTIES: tuple[type[Penalty], ...] = (L1, L2, ElasticNet, GroupLasso)
