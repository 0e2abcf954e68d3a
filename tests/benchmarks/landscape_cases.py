"""Every loss with made data of any size: as a page would ask, by definition, by PyTorch.

What moves is base + theta[0] * first + theta[1] * second, in NumPy and in PyTorch alike.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from core.landscape import Grid
from core.losses.base import Loss
from core.losses.clustering import ClusteringLoss
from core.losses.counts import PairedLoss
from core.losses.divergence import Divergence
from core.losses.domain import Classes
from core.losses.embedding import BatchLoss, EmbeddingLoss
from core.losses.margin import MarginLoss, ProbabilityLoss
from core.losses.multiclass import MulticlassLoss
from core.losses.residual import ResidualLoss
from core.objectives import AffineModel, LinearClassification, LinearRegression, Objective
from core.penalties import Penalty

Arrays = Mapping[str, Any]
Rays = tuple[Any, Any, Any]

WIDE = ((-1.0, 3.0), (-4.0, 4.0))
POSITIVE = ((0.1, 3.0), (0.1, 4.0))
WITHIN = ((0.01, 0.45), (0.02, 0.5))  # two shares of three that leave something for the third


@dataclasses.dataclass(frozen=True)
class Case:
    """A loss and its data.

    moving: base, first and second of all that moves. held: all else. dependent: whether the loss
    of a sample takes all the others. sides: the ranges of the grid.
    """

    loss: Loss
    moving: Mapping[str, Rays]
    held: Arrays
    sides: tuple[tuple[float, float], tuple[float, float]] = WIDE
    dependent: bool = False

    @property
    def fast(self) -> bool:
        """Whether the loss is a function of one number per sample, of a linear model."""
        return isinstance(self.loss, ResidualLoss | MarginLoss)

    def grid(self, size: int = 100) -> Grid:
        """Return so many lines both ways."""
        return Grid.regular(*self.sides, size, size)

    def objective(self, weights: np.ndarray | None = None) -> Objective:
        """Return the mean loss, as a page would make it."""
        if isinstance(self.loss, ResidualLoss):
            x, target = self.moving["prediction"][1], self.held["target"]
            return LinearRegression(x, target, self.loss, weights)
        if isinstance(self.loss, MarginLoss):
            x, label = self.moving["score"][1], self.held["label"]
            return LinearClassification(x, label, self.loss, weights)
        base, first, second = zip(*self.moving.values(), strict=True)
        if len(base) == 1:
            base, first, second = base[0], first[0], second[0]
        held = tuple(self.held[one.name] for one in self.loss.arguments if not one.moves)
        return AffineModel(self.loss, base, first, second, held)

    def arguments(self, theta: np.ndarray) -> tuple[Any, ...]:
        """Return what the loss takes at theta: its definition."""
        at = {**self.held, **moved(self.moving, theta)}
        if isinstance(self.loss, ResidualLoss):
            return (at["prediction"] - at["target"],)
        if isinstance(self.loss, MarginLoss):
            return at["label"] * at["score"], at["label"]
        return tuple(at[one.name] for one in self.loss.arguments)


def moved(moving: Mapping[str, Rays], theta: Any) -> dict[str, Any]:
    """Return all that moves, at theta."""
    return {
        name: base + theta[0] * one + theta[1] * two for name, (base, one, two) in moving.items()
    }


def case(kind: type[Loss], n: int) -> Case:
    """Return a loss as its fields stand, with n samples."""
    make = next(make for family, make in _FAMILIES if issubclass(kind, family))
    return make(kind, np.random.default_rng(0), n)


def _residual(kind: type[Loss], rng: np.random.Generator, n: int) -> Case:
    """Points about a line, a few of them very far from it."""
    x = rng.normal(size=n)
    target = 1.2 * x + 0.3 + rng.standard_t(2, n)
    return Case(kind(), {"prediction": (0.0, x, np.ones(n))}, {"target": target})


def _margin(kind: type[Loss], rng: np.random.Generator, n: int) -> Case:
    """Two classes that overlap, 4 to 6, some of them mislabelled."""
    label = np.where(rng.random(n) < 0.4, 1.0, -1.0)
    x = rng.normal(size=n) + label
    return Case(kind(), {"score": (0.0, x, np.ones(n))}, {"label": label})


def _probability(kind: type[Loss], rng: np.random.Generator, n: int) -> Case:
    """Probabilities that a line gives."""
    made = _margin(kind, rng, n)
    x = rng.random(n)
    return Case(
        made.loss, {"probability": (0.0, x, 1.0 - x)}, made.held, ((0.01, 0.99), (0.02, 0.98))
    )


def _multiclass(kind: type[Loss], rng: np.random.Generator, n: int) -> Case:
    """Three classes; what moves are a weight of the first and one of the second."""
    loss = kind()
    target = rng.integers(0, 3, n)
    x = rng.normal(size=n) + target - 1.0
    unit = np.eye(3)
    rays = rng.normal(size=(n, 3)), x[:, None] * unit[0], x[:, None] * unit[1]
    numbers = any(isinstance(one.domain, Classes) for one in loss.arguments)
    return Case(loss, {"logits": rays}, {"target": target if numbers else unit[target]})


def _divergence(kind: type[Loss], rng: np.random.Generator, n: int) -> Case:
    """Many distributions over three outcomes against one."""
    unit = np.eye(3)
    rays = unit[2], unit[0] - unit[2], unit[1] - unit[2]
    return Case(kind(), {"q": rays}, {"p": rng.dirichlet(np.ones(3), n)}, WITHIN)


def _counts(kind: type[Loss], rng: np.random.Generator, n: int) -> Case:
    """Counts about a line that stays above 0."""
    x = rng.random(n)
    target = 1.0 + rng.poisson(2.0 * x + 1.0)
    moving = {"prediction": (0.0, x, np.ones(n))}
    if any(one.name == "scale" for one in kind().arguments):
        moving = {"prediction": (x, x, np.zeros(n)), "scale": (0.1, 0.0, 1.0)}
    return Case(kind(), moving, {"target": target.astype(float)}, POSITIVE)


def _embedding(kind: type[Loss], rng: np.random.Generator, n: int) -> Case:
    """Embeddings of eight numbers, of which the first and the second of one side are shifted."""
    loss, unit = kind(), np.eye(8)
    moving: dict[str, Rays] = {}
    for one in (one.name for one in loss.arguments if one.moves):
        push = 0.0 if moving else 1.0
        rays = (np.broadcast_to(push * unit[axis], (n, 8)) for axis in (0, 1))
        moving[one] = (rng.normal(size=(n, 8)), *rays)
    labels = {"same": np.array([0.0, 1.0]), "label": np.array([-1.0, 1.0])}
    held = {one.name: rng.choice(labels[one.name], n) for one in loss.arguments if not one.moves}
    return Case(loss, moving, held, dependent=isinstance(loss, BatchLoss))


def _clustering(kind: type[Loss], rng: np.random.Generator, n: int) -> Case:
    """Points in the plane; one of three centroids moves, or the one direction that is kept."""
    loss, unit = kind(), np.eye(2)
    points = rng.random((n, 2))
    (name,) = (one.name for one in loss.arguments if one.moves)
    if name == "weights":
        rays = np.zeros((2, 1)), unit[:, :1], unit[:, 1:]
    else:
        rays = tuple(np.stack([row, 0.0 * row, 0.0 * row]) for row in (0.0 * unit[0], *unit))
        rays = (rays[0] + rng.normal(size=(3, 2)) * np.array([[0.0], [1.0], [1.0]]), *rays[1:])
    return Case(loss, {name: rays}, {"points": points})


def _penalty(kind: type[Loss], rng: np.random.Generator, n: int) -> Case:
    """The two parameters themselves."""
    unit = np.eye(2)
    return Case(kind(), {"theta": (np.zeros(2), unit[0], unit[1])}, {})


_FAMILIES: tuple[tuple[type, Callable[[type[Loss], np.random.Generator, int], Case]], ...] = (
    (ResidualLoss, _residual),
    (MarginLoss, _margin),
    (ProbabilityLoss, _probability),
    (MulticlassLoss, _multiclass),
    (Divergence, _divergence),
    (PairedLoss, _counts),
    (EmbeddingLoss, _embedding),
    (ClusteringLoss, _clustering),
    (Penalty, _penalty),
)
