"""Every loss there is, by family; the questions that can be asked of each; and how to find one."""

import dataclasses
import difflib
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

# What readers call a loss, or what they want it for, where its own words do not say so.
ALIASES: dict[str, tuple[str, ...]] = {
    "SquaredError": ("MSE", "RMSE", "L2 loss", "least squares", "OLS"),
    "AbsoluteError": ("MAE", "L1 loss", "LAD", "outliers"),
    "Huber": ("smooth L1", "outliers", "robust regression"),
    "LogCosh": ("outliers",),
    "Quantile": ("pinball", "check loss"),
    "EpsilonInsensitive": ("SVR", "SVM", "support vector regression"),
    "Cauchy": ("Lorentzian", "outliers"),
    "Tukey": ("bisquare", "outliers"),
    "Barron": ("adaptive robust loss", "outliers"),
    "LogisticLoss": ("BCE", "binary cross-entropy", "log loss"),
    "WeightedLogisticLoss": ("BCE", "class weights", "imbalanced"),
    "SmoothedLogisticLoss": ("BCE", "label smoothing"),
    "Hinge": ("SVM", "support vector machine"),
    "SquaredHinge": ("SVM", "L2-SVM"),
    "Exponential": ("AdaBoost", "boosting"),
    "ZeroOne": ("0-1", "accuracy", "misclassification"),
    "Focal": ("RetinaNet", "imbalanced"),
    "BinaryCrossEntropy": ("BCE", "log loss"),
    "SquaredProbability": ("Brier score",),
    "FocalProbability": ("imbalanced",),
    "CategoricalCrossEntropy": ("softmax loss", "CCE"),
    "SparseCategoricalCrossEntropy": ("softmax loss", "SCCE"),
    "MulticlassHinge": ("SVM",),
    "MulticlassFocal": ("imbalanced",),
    "KLDivergence": ("relative entropy", "Kullback-Leibler"),
    "ReverseKL": ("mode seeking", "Kullback-Leibler"),
    "JensenShannon": ("JSD",),
    "TotalVariation": ("TV distance",),
    "Wasserstein1": ("EMD", "earth mover", "optimal transport", "ordinal"),
    "GaussianNLL": ("NLL", "heteroscedastic", "uncertainty"),
    "AbsolutePercentageError": ("MAPE",),
    "SquaredLogError": ("MSLE", "RMSLE"),
    "Contrastive": ("siamese",),
    "Triplet": ("FaceNet",),
    "InfoNCE": ("CPC", "CLIP"),
    "NTXent": ("SimCLR",),
    "KMeans": ("inertia", "clusters"),
    "Reconstruction": ("PCA", "autoencoder"),
    "BernoulliReconstruction": ("autoencoder",),
    "L1": ("lasso", "sparse weights"),
    "L2": ("ridge", "weight decay"),
}


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
        "in no direction does the curvature fall below some constant above 0",
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
        "the gradient is bounded: no sample, whatever it is, pulls harder than some constant",
        lambda told: told.robust,
    ),
    Property(
        "redescending",
        "Redescending",
        "samples ever farther off are let go, whatever the way: their pull falls back to 0",
        lambda told: told.redescending,
    ),
    Property(
        "bounded",
        "Bounded",
        "no sample costs more than some constant",
        lambda told: told.bounded,
    ),
    Property(
        "symmetric",
        "Symmetric",
        "both sides, or both arguments, or all classes, are treated alike",
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
        "no report has a lower expected loss than the true probability",
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
    other = ALIASES.get(type(loss).__name__, ())
    text = " ".join((*told, *other, str(loss.source), type(loss).__doc__ or "")).casefold()
    return all(word in text for word in words.casefold().split())


def suggest(losses: Collection[Loss], words: str) -> str:
    """Return words that resemble these and find something, or nothing."""
    names = [loss.name for loss in losses]
    other = [one for loss in losses for one in ALIASES.get(type(loss).__name__, ())]
    known = {one.casefold(): one for name in (*names, *other) for one in (name, *name.split())}
    told = " ".join(words.casefold().split())
    guesses = (_nearest(told, known), " ".join(_nearest(one, known) or one for one in told.split()))
    return next((one for one in guesses if one and find(losses, one)), "")


def _nearest(words: str, known: dict[str, str]) -> str:
    found = difflib.get_close_matches(words, known, 1, 0.75)
    return known[found[0]] if found else ""
