"""Every loss there is, by family; the questions that can be asked of each; and how to find one."""

import dataclasses
from collections.abc import Callable, Collection

from core.losses import (
    CLUSTERING_LOSSES,
    COUNT_LOSSES,
    DIVERGENCES,
    EMBEDDING_LOSSES,
    MARGIN_LOSSES,
    MULTICLASS_LOSSES,
    PROBABILITY_LOSSES,
    RESIDUAL_LOSSES,
    Loss,
    Properties,
)
from core.penalties import PENALTIES

LOSSES: tuple[type[Loss], ...] = (
    *RESIDUAL_LOSSES,
    *MARGIN_LOSSES,
    *PROBABILITY_LOSSES,
    *MULTICLASS_LOSSES,
    *DIVERGENCES,
    *COUNT_LOSSES,
    *EMBEDDING_LOSSES,
    *CLUSTERING_LOSSES,
    *PENALTIES,
)
TASKS = tuple(dict.fromkeys(kind.task for kind in LOSSES))
FRAMEWORKS = ("PyTorch", "Keras", "Optax", "scikit-learn")


@dataclasses.dataclass(frozen=True)
class Property:
    """Something that can be asked of every loss: yes, no, or None where it does not apply."""

    key: str
    title: str
    meaning: str
    answer: Callable[[Properties], bool | None]


PROPERTIES = (
    Property(
        "convex",
        "Convex",
        "every chord lies on or above the curve, so a linear model has no false minimum",
        lambda told: told.convex,
    ),
    Property(
        "strongly_convex",
        "Strongly convex",
        "the curvature never falls below a constant above 0",
        lambda told: told.strong_convexity > 0.0,
    ),
    Property(
        "differentiable",
        "Differentiable",
        "the gradient has no jump",
        lambda told: told.differentiable,
    ),
    Property(
        "smooth",
        "Smooth",
        "the gradient changes no faster than some constant",
        lambda told: told.smooth,
    ),
    Property(
        "robust",
        "Robust",
        "the pull of one sample is bounded, however far off it is",
        lambda told: told.robust,
    ),
    Property(
        "redescending",
        "Redescending",
        "far samples are let go: their pull falls back to 0",
        lambda told: told.redescending,
    ),
    Property(
        "bounded",
        "Bounded",
        "no sample costs more than a limit",
        lambda told: told.bounded,
    ),
    Property(
        "symmetric",
        "Symmetric",
        "both sides, or all classes, are treated alike",
        lambda told: told.symmetric,
    ),
    Property(
        "calibrated",
        "Calibrated",
        "the lowest expected loss puts each label on its likelier side",
        lambda told: told.calibrated,
    ),
    Property(
        "proper",
        "Proper",
        "reporting the true probability has the lowest expected loss",
        lambda told: told.proper,
    ),
    Property(
        "strictly_proper",
        "Strictly proper",
        "only the true probability has the lowest expected loss",
        lambda told: told.strictly_proper,
    ),
)


def property_named(key: str) -> Property:
    """Return the question of that key."""
    return next(one for one in PROPERTIES if one.key == key)


def find(
    losses: Collection[Loss],
    words: str = "",
    tasks: Collection[str] = (),
    properties: Collection[str] = (),
    frameworks: Collection[str] = (),
) -> list[Loss]:
    """Return the losses that have every word, one of the tasks, all properties and frameworks."""
    return [
        loss
        for loss in losses
        if _mentions(loss, words)
        and (not tasks or loss.task in tasks)
        and all(property_named(key).answer(loss.properties) for key in properties)
        and all(loss.frameworks[name] is not None for name in frameworks)
    ]


def _mentions(loss: Loss, words: str) -> bool:
    calls = " ".join(call.code for call in loss.frameworks.values() if call)
    told = (type(loss).__name__, loss.name, loss.task, loss.estimates, loss.story, calls)
    text = " ".join((*told, str(loss.source), type(loss).__doc__ or "")).casefold()
    return all(word in text for word in words.casefold().split())
