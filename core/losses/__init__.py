"""The losses, one module per family; each family's tuple lists its classes in display order."""

from core.losses.base import Array, FrameworkCall, Loss, Pieces, Properties, Source
from core.losses.residual import (
    RESIDUAL_LOSSES,
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

__all__ = [
    "RESIDUAL_LOSSES",
    "AbsoluteError",
    "Array",
    "Barron",
    "Cauchy",
    "EpsilonInsensitive",
    "FrameworkCall",
    "Huber",
    "LogCosh",
    "Loss",
    "Pieces",
    "Properties",
    "Quantile",
    "ResidualLoss",
    "Source",
    "SquaredError",
    "Tukey",
]
