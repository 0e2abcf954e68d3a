"""Why a loss has a property or lacks it: one computed sentence, and a picture where it helps."""

import dataclasses
import math
from collections.abc import Callable

import numpy as np

from core.evidence import best_logits, best_report, chord, expected, reported
from core.library import Property, property_named
from core.losses import Array, Loss, MarginLoss, MulticlassLoss, ProbabilityLoss, ResidualLoss
from pages.ui.figures.evidence import Proof, Trace
from pages.ui.figures.parts import low, number
from pages.ui.theme import PLAIN, look

_POINTS = 301
_TRUTH = 0.7
_CLASSES = np.array([0.4, 0.35, 0.25])


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
    reason = {
        "calibrated": "it does not sort things into classes",
        "proper": "no probability is reported to it",
        "strictly_proper": "no probability is reported to it",
    }.get(asked.key, "it does not arise here")
    return f"The question does not apply to {low(loss.name)}: {reason}."


Shown = tuple[str, Proof | None]


def _convex(loss: Loss, answer: bool) -> Shown:
    found = chord(loss)
    middle, end = len(found.x) // 2, found.x[[0, -1]]
    lies = f"the chord passes {number(found.line[middle])} at the middle, "
    if answer:
        lies += f"no lower than the loss's {number(found.curve[middle])}; so does every other."
    else:
        lies += f"below the loss's {number(found.curve[middle])}."
    where = f"Between {number(end[0])} and {number(end[1])} "
    if not found.along_section:
        where = "Between two places where several numbers differ, "
    color = look(loss).color
    x_title = loss.section.axis if found.along_section else "share of the way between the two"
    proof = Proof(
        (Trace("loss", found.x, found.curve, color),
         Trace("chord", found.x, found.line, PLAIN.color, "dash")),
        (x_title, "loss"),
        f"{loss.name} and a chord. {where}{lies}",
        ((found.x[middle], found.curve[middle]), (found.x[middle], found.line[middle])),
    )  # fmt: skip
    return where + lies, proof


def _over(loss: Loss, wide: float = 1.0) -> Array:
    """Return places along the section, wider on both sides as far as the loss is defined."""
    section = loss.section
    (start, stop), (first, last) = section.interval, section.domain
    width = stop - start
    more, edge = (wide - 1.0) / 2.0 * width, 1e-3 * width  # an open end may not be touched
    ends = max(start - more, min(first + edge, start)), min(stop + more, max(last - edge, stop))
    return np.linspace(*ends, _POINTS)


def _curve(
    loss: Loss, name: str, of: Callable[[Array], Array], lines: dict[str, float], wide: float = 1.0
) -> Proof:
    x = _over(loss, wide)
    with np.errstate(divide="ignore", over="ignore"):
        y = of(x)
    traces = [Trace(name, x, y, look(loss).color)]
    traces += [
        Trace(told, x[[0, -1]], np.array([height, height]), PLAIN.color, "dash")
        for told, height in lines.items()
    ]
    told = ", ".join(lines)
    alt = f"{name.capitalize()} of {low(loss.name)} over {loss.section.axis}" + (
        f", with {told}." if told else "."
    )
    return Proof(traces, (loss.section.axis, name), alt)


def _strongly_convex(loss: Loss, answer: bool) -> Shown:
    if not answer:
        return "No constant above 0 bounds its curvature from below.", _curve(
            loss, "curvature", loss.section.hessian, {}
        )
    bound = loss.properties.strong_convexity
    return f"Its curvature never falls below {number(bound)}.", _curve(
        loss, "curvature", loss.section.hessian, {"lower bound": bound}
    )


def _differentiable(loss: Loss, answer: bool) -> Shown:
    proof = _curve(loss, "gradient", loss.section.gradient, {})
    if answer:
        return "Coming from either side, the gradient meets itself everywhere.", proof
    kinks = ", ".join(map(number, loss.properties.kinks))
    held = f" ({loss.section.held})" if loss.section.held else ""
    return f"The gradient jumps at {loss.section.axis} = {kinks}{held}.", proof


def _smooth(loss: Loss, answer: bool) -> Shown:
    if not answer:
        return "No constant bounds how fast its gradient changes.", _curve(
            loss, "gradient", loss.section.gradient, {}
        )
    bound = loss.properties.smoothness
    lines = {"upper bound": bound}
    if not loss.properties.convex:
        lines["lower bound"] = -bound
    return f"Its curvature stays within {number(bound)}.", _curve(
        loss, "curvature", loss.section.hessian, lines
    )


def _robust(loss: Loss, answer: bool) -> Shown:
    bound = loss.properties.lipschitz
    if not answer:
        return "The gradient has no bound: a sample far enough off pulls as hard as you like.", (
            _curve(loss, "gradient", loss.section.gradient, {}, 3.0)
        )
    return f"The gradient is never larger than {number(bound)}.", _curve(
        loss, "gradient", loss.section.gradient,
        {"bound above": bound, "bound below": -bound}, 2.0,
    )  # fmt: skip


def _redescending(loss: Loss, answer: bool) -> Shown:
    proof = _curve(loss, "gradient", loss.section.gradient, {}, 5.0)
    if answer:
        return "Far out the gradient falls back towards 0.", proof
    return "Far out the gradient does not fall back to 0 on every side.", proof


def _bounded(loss: Loss, answer: bool) -> Shown:
    if answer:
        bound = loss.properties.bound
        return f"One sample costs at most {number(bound)}.", _curve(
            loss, "loss", loss.section.value, {"bound": bound}, 4.0
        )
    return "One sample can cost as much as you like.", _curve(
        loss, "loss", loss.section.value, {}, 4.0
    )


def _symmetric(loss: Loss, answer: bool) -> Shown:
    if isinstance(loss, ResidualLoss):
        at, there = float(loss.value(-1.0)), float(loss.value(1.0))
        return f"It costs {number(at)} at a residual of −1 and {number(there)} at 1.", _curve(
            loss, "loss", loss.section.value, {}
        )
    if isinstance(loss, MarginLoss):
        negative, positive = loss.class_weights
        return (
            f"The same margin costs a negative {number(negative)} and a positive "
            f"{number(positive)} times as much as an unweighted one.",
            _two_labels(loss),
        )
    alike = "alike" if answer else "differently"
    return f"{loss.name} treats its two sides, or its classes, {alike}.", None


def _two_labels(loss: MarginLoss) -> Proof:
    scores = _over(loss)
    sides = {"a positive": (1.0, "solid"), "a negative": (-1.0, "dash")}
    traces = [
        Trace(name, scores, loss.value_of(scores, label), look(loss).color, dash)
        for name, (label, dash) in sides.items()
    ]
    return Proof(
        traces, ("score s", "loss"), f"{loss.name} of a positive and of a negative over the score."
    )


def _calibrated(loss: Loss, answer: bool) -> Shown:
    if isinstance(loss, MulticlassLoss):
        return _largest_logit(loss)
    if not isinstance(loss, MarginLoss):
        return property_named("calibrated").meaning.capitalize() + ".", None
    best = best_report(loss, _TRUTH)
    scores = np.linspace(-4.0, 4.0, _POINTS)
    cost = expected(loss, _TRUTH, scores)
    side = (
        "the positive side" if best > 1e-6 else "neither side" if best > -1e-6 else "the wrong side"
    )
    words = (
        f"When a positive has probability {_TRUTH:g}, the expected loss is lowest at a score of "
        f"{number(best)}: {side}."
    )
    if not answer and best > 1e-6:
        words += " At some other probability it chooses the wrong side, or no side at all."
    lowest = float(expected(loss, _TRUTH, np.array([best]))[0])
    proof = Proof(
        (Trace("expected loss", scores, cost, look(loss).color),),
        ("score s", "expected loss"),
        words,
        ((best, lowest),) if abs(best) <= 4.0 else (),
    )
    return words, proof


def _largest_logit(loss: MulticlassLoss) -> Shown:
    best = best_logits(loss, _CLASSES)
    told = ", ".join(map(number, _CLASSES))
    chosen = ", ".join(number(round(float(one), 6)) for one in best)
    apart = float(best[0] - best[1]) > 1e-4
    ends = "the likeliest class leads" if apart else "no class leads"
    return (
        f"For three classes with true probabilities {told} the lowest expected loss is at logits "
        f"{chosen} (their mean set to 0): {ends}.",
        None,
    )


def _proper(loss: Loss, answer: bool) -> Shown:
    if isinstance(loss, MulticlassLoss):
        return _reported_shares(loss)
    if not isinstance(loss, MarginLoss | ProbabilityLoss):
        return property_named("proper").meaning.capitalize() + ".", None
    truths = np.linspace(0.02, 0.98, 49)
    told = reported(loss, truths)
    if told is None:
        return (
            f"The score of {low(loss.name)} stands for no probability: only its side counts.",
            None,
        )
    at = best_report(loss, 0.9)
    there = reported(loss, np.array([0.9]))
    assert there is not None
    words = (
        f"Where the true probability is 0.9, the lowest expected loss is at a "
        f"{'probability' if isinstance(loss, ProbabilityLoss) else 'score'} of {number(at)}, which "
        f"reports {number(float(there[0]))}."
    )
    proof = Proof(
        (Trace("reported", truths, told, look(loss).color),
         Trace("true", truths, truths, PLAIN.color, "dash")),
        ("true probability", "reported probability"),
        words,
        ((0.9, float(there[0])),),
    )  # fmt: skip
    return words, proof


def _reported_shares(loss: MulticlassLoss) -> Shown:
    best = np.asarray(loss.probability(best_logits(loss, _CLASSES)))
    told, found = (", ".join(map(number, one)) for one in (_CLASSES, np.round(best, 5)))
    return (
        f"Where the true probabilities are {told}, the lowest expected loss reports {found}.",
        None,
    )


def _strictly_proper(loss: Loss, answer: bool) -> Shown:
    words, proof = _proper(loss, answer)
    if answer:
        return words + " No other report is as cheap.", proof
    if loss.properties.proper:
        return words + " Other reports cost just as little.", proof
    return words, proof


_SHOWN: dict[str, Callable[[Loss, bool], Shown]] = {
    "convex": _convex,
    "strongly_convex": _strongly_convex,
    "differentiable": _differentiable,
    "smooth": _smooth,
    "robust": _robust,
    "redescending": _redescending,
    "bounded": _bounded,
    "symmetric": _symmetric,
    "calibrated": _calibrated,
    "proper": _proper,
    "strictly_proper": _strictly_proper,
}


def constant(loss: Loss, key: str) -> str:
    """Return the constant behind an answer, if there is one worth a cell."""
    told = loss.properties
    value = {"robust": told.lipschitz, "smooth": told.smoothness, "bounded": told.bound}.get(key)
    if value is not None and math.isfinite(value):
        return number(value)
    if key == "strongly_convex" and told.strong_convexity > 0:
        return number(told.strong_convexity)
    return ""
