"""The losses, one module per family; each family's tuple lists its classes in display order."""

from core.losses.base import (
    Argument,
    Array,
    FrameworkCall,
    Loss,
    Pieces,
    Properties,
    ScalarLoss,
    Section,
    Source,
)
from core.losses.domain import DomainError
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
    "Argument",
    "Array",
    "Barron",
    "Cauchy",
    "DomainError",
    "EpsilonInsensitive",
    "FrameworkCall",
    "Huber",
    "LogCosh",
    "Loss",
    "Pieces",
    "Properties",
    "Quantile",
    "ResidualLoss",
    "ScalarLoss",
    "Section",
    "Source",
    "SquaredError",
    "Tukey",
]
