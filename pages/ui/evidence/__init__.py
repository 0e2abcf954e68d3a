"""Why a loss has a property or lacks it: what was computed, where, and a picture of it.

Words tell apart what was computed on the spot, at so many places, from what is declared of a loss
and tested with it.
"""

import dataclasses
import math
from collections.abc import Callable

from core.library.catalogue import Property, property_named
from core.losses import Divergence, Loss
from core.losses.embedding import BatchLoss
from pages.ui.evidence.curves import Shown
from pages.ui.evidence.growth import bounded, redescending, robust
from pages.ui.evidence.reports import calibrated, proper, strictly_proper
from pages.ui.evidence.shape import convex, differentiable, smooth, strongly_convex, symmetric
from pages.ui.figures.evidence import Proof
from pages.ui.figures.parts import low, number


@dataclasses.dataclass(frozen=True)
class Evidence:
    """The answer to one question about one loss, with what shows it."""

    answer: bool | None
    words: str
    proof: Proof | None = None


def evidence(loss: Loss, key: str) -> Evidence:
    """Return the answer, and what shows it."""
    asked = property_named(key)
    answer = asked.answer(loss.properties)
    if answer is None:
        return Evidence(None, _beside_the_point(loss, asked))
    words, proof = _SHOWN[key](loss, answer)
    return Evidence(answer, words, proof)


def said(answer: bool | None) -> str:
    """Return an answer as a word."""
    return {True: "yes", False: "no", None: "–"}[answer]


def _beside_the_point(loss: Loss, asked: Property) -> str:
    unreported = "no probability is reported to it"
    if isinstance(loss, Divergence):
        score = number(float(loss.value((1.0, 0.0), (0.9, 0.1))))
        unreported = (
            f"whatever came true, a report of (0.9, 0.1) costs {score}, as does any that was not"
            " quite sure"
        )
    reason = {
        "calibrated": "it does not sort things into classes",
        "proper": unreported,
        "strictly_proper": unreported,
    }.get(asked.key, "it does not arise here")
    return f"The question does not apply to {low(loss.name)}: {reason}."


_SHOWN: dict[str, Callable[[Loss, bool], Shown]] = {
    "convex": convex,
    "strongly_convex": strongly_convex,
    "differentiable": differentiable,
    "smooth": smooth,
    "robust": robust,
    "redescending": redescending,
    "bounded": bounded,
    "symmetric": symmetric,
    "calibrated": calibrated,
    "proper": proper,
    "strictly_proper": strictly_proper,
}


def constant(loss: Loss, key: str) -> str:
    """Return the constant behind an answer, if there is one worth a cell."""
    told = loss.properties
    value = {"robust": told.steepest, "smooth": told.smoothness, "bounded": told.bound}.get(key)
    if value is not None and math.isfinite(value):
        return number(value) + _for_how_many(loss, key)
    if key == "strongly_convex" and told.strong_convexity > 0:
        return number(told.strong_convexity)
    return ""


def _for_how_many(loss: Loss, key: str) -> str:
    """Return of how many things a constant is, where it is another of more."""
    told = loss.properties
    if not (told.among and isinstance(loss, Divergence | BatchLoss)):
        return ""
    name = {"robust": "steepest", "smooth": "smoothness", "bounded": "bound"}[key]
    more = loss.properties_among(10)
    return f" {told.among}" if getattr(more, name) != getattr(told, name) else ""
