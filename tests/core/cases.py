"""Losses and points that the tests of objectives, landscapes, optimizers and fits run over."""

import numpy as np
from numpy.typing import NDArray

from core.losses.base import ScalarLoss
from core.losses.composition import ClassWeighted, WeightedSum
from core.losses.margin import (
    Brier,
    Exponential,
    Focal,
    Hinge,
    LogisticLoss,
    MarginLoss,
    ModifiedHuber,
    Perceptron,
    SmoothedLogisticLoss,
    SquaredHinge,
    WeightedLogisticLoss,
    ZeroOne,
)
from core.losses.residual import (
    AbsoluteError,
    Barron,
    Cauchy,
    EpsilonInsensitive,
    Huber,
    LogCosh,
    Quantile,
    ResidualLoss,
    SquaredError,
    Tukey,
)

Points = tuple[NDArray[np.float64], NDArray[np.float64]]

LOSSES: tuple[ResidualLoss, ...] = (
    SquaredError(),
    AbsoluteError(),
    Huber(),
    Huber(delta=0.05),
    Huber(delta=50.0),
    LogCosh(),
    Quantile(tau=0.5),
    Quantile(tau=0.9),
    EpsilonInsensitive(),
    EpsilonInsensitive(epsilon=0.0),
    EpsilonInsensitive(epsilon=6.0),
    Cauchy(),
    Cauchy(scale=0.1),
    Cauchy(scale=8.0),
    Tukey(),
    Tukey(c=0.7),
    Barron(),
    Barron(alpha=2.0, c=0.5),
    Barron(alpha=1.9),
    Barron(alpha=0.0),
    Barron(alpha=-8.0, c=0.5),
)

# Sums of every mixture of routes: pieces, cells, an exponential, a jump, and one of sums.
RESIDUAL_SUMS: tuple[ScalarLoss, ...] = (
    WeightedSum((SquaredError(), AbsoluteError()), (0.5, 2.0)),
    WeightedSum((Huber(), Huber(delta=2.5), Tukey(c=3.0)), (1.0, 0.25, 0.0)),
    WeightedSum((LogCosh(), Cauchy(scale=0.5)), (1.0, 3.0)),
    WeightedSum((LogCosh(), SquaredError()), (1.0, 0.1)),
    WeightedSum((Quantile(tau=0.2), Cauchy(scale=2.0)), (1.0, 0.5)),
    WeightedSum((WeightedSum((Tukey(), LogCosh()), (1.0, 2.0)), AbsoluteError()), (0.5, 0.5)),
)
MARGIN_SUMS: tuple[MarginLoss, ...] = (
    WeightedSum((ZeroOne(), Hinge()), (1.0, 0.5)),
    WeightedSum((ZeroOne(), LogisticLoss()), (0.1, 1.0)),
    WeightedSum((Exponential(), Brier()), (0.01, 1.0)),
    WeightedSum((Exponential(), Exponential()), (0.01, 0.02)),
    WeightedSum((SquaredHinge(), Focal()), (0.3, 0.7)),
)
MARGINS: tuple[MarginLoss, ...] = (
    LogisticLoss(),
    WeightedLogisticLoss(),
    WeightedLogisticLoss(positive_weight=0.1),
    SmoothedLogisticLoss(),
    Hinge(),
    Hinge(margin=0.0),
    SquaredHinge(),
    SquaredHinge(margin=2.5),
    ModifiedHuber(),
    Perceptron(),
    Exponential(),
    ZeroOne(),
    Focal(),
    Focal(gamma=0.5, alpha=0.25),
    Focal(gamma=10.0),
    Brier(),
    ClassWeighted(Hinge(), 0.2, 3.0),
    ClassWeighted(ZeroOne(), 5.0, 1.0),
    ClassWeighted(WeightedSum((LogisticLoss(), Exponential()), (1.0, 0.1)), 1.0, 4.0),
    *MARGIN_SUMS,
)


def name_of(loss: ScalarLoss) -> str:
    """Return a short name for a test."""
    return repr(loss)


def normal(n: int, seed: int = 0) -> Points:
    """Return points about a line."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return x, 1.2 * x + 0.3 + 0.6 * rng.normal(size=n)


def heavy(n: int, seed: int = 1) -> Points:
    """Return points about a line, some of them very far from it."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return x, 1.2 * x + 0.3 + 0.4 * rng.standard_t(1.2, n)


def with_outlier(n: int, height: float) -> Points:
    """Return points about a line, and one at that height."""
    x, y = normal(n, seed=2)
    y[n // 2] = height
    return x, y


def on_a_lattice(n: int) -> Points:
    """Return points with small whole coordinates: many coincide, and many lie on one line."""
    rng = np.random.default_rng(3)
    return rng.integers(-2, 3, n).astype(float), rng.integers(-3, 4, n).astype(float)


def far_from_zero(n: int) -> Points:
    """Return points whose x is 4.3 ± 0.3, as that of stars in a cluster, and y about a thousand."""
    rng = np.random.default_rng(4)
    x = 4.3 + 0.3 * rng.normal(size=n)
    return x, 1000.0 + 2.0 * (x - 4.3) + 0.5 * rng.normal(size=n)


def two_classes(n: int, seed: int = 5, apart: float = 1.5) -> Points:
    """Return points of two classes that overlap, with labels -1 and 1."""
    rng = np.random.default_rng(seed)
    label = np.where(rng.random(n) < 0.4, 1.0, -1.0)
    return rng.normal(size=n) + apart * label + 0.3, label


def lattice_of_classes(n: int) -> Points:
    """Return points at whole numbers: with whole weights and biases, many margins are exactly 0."""
    rng = np.random.default_rng(6)
    return rng.integers(-3, 4, n).astype(float), np.where(rng.random(n) < 0.5, 1.0, -1.0)


def heavy_classes(n: int) -> Points:
    """Return points of two classes, some of them very far out."""
    rng = np.random.default_rng(7)
    label = np.where(rng.random(n) < 0.5, 1.0, -1.0)
    return label + 10.0 * rng.standard_t(1.2, n), label


def with_labels(points: Points) -> Points:
    """Return the points' x, with label 1 where y is above its median."""
    return points[0], np.where(points[1] > np.median(points[1]), 1.0, -1.0)


LABELLED: dict[str, Points] = {
    "one point": (np.array([0.7]), np.array([-1.0])),
    "two points": (np.array([0.0, 1.0]), np.array([-1.0, 1.0])),
    "one class": (np.array([-1.0, 0.5, 2.0, 2.0]), np.ones(4)),
    "one x": (np.full(6, 2.0), np.array([-1.0, 1.0, 1.0, -1.0, 1.0, 1.0])),
    "overlapping": two_classes(70),
    "separable": two_classes(60, apart=9.0),
    "lattice": lattice_of_classes(90),
    "heavy": heavy_classes(90),
    "far from zero": with_labels(far_from_zero(50)),
    "many": two_classes(3000),
}

DATA: dict[str, Points] = {
    "one point": (np.array([0.7]), np.array([1.5])),
    "two points": (np.array([0.0, 1.0]), np.array([-1.0, 1.25])),
    "three points": (np.array([-1.0, 0.5, 2.0]), np.array([0.0, 2.0, 0.5])),
    "identical points": (np.full(5, 0.5), np.full(5, -0.75)),
    "one x": (np.full(6, 2.0), np.array([-2.0, -1.0, 0.5, 1.0, 1.5, 9.0])),
    "normal": normal(60),
    "heavy": heavy(90),
    "one far outlier": with_outlier(40, 1e6),
    "lattice": on_a_lattice(80),
    "far from zero": far_from_zero(50),
    "exactly on a line": (np.linspace(-2, 2, 33), 1.0 + 0.5 * np.linspace(-2, 2, 33)),
    "many": heavy(3000),
}
