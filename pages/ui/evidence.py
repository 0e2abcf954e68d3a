"""Why a loss has a property or lacks it: what was computed, where, and a picture of it.

Words tell apart what was computed on the spot, at so many places, from what is declared of a loss
and tested with it.
"""

import dataclasses
import math
from collections.abc import Callable, Iterable

import numpy as np

from core.library.catalogue import Property, property_named
from core.library.evidence import (
    Scored,
    along,
    bend,
    beside,
    best_logits,
    best_report,
    chord,
    chords_tried,
    cost,
    expected,
    far,
    flattest,
    pull,
    reported,
    sides,
    takes_probability,
    told,
    wrong_side,
)
from core.losses import (
    Array,
    Divergence,
    Loss,
    MarginLoss,
    MulticlassLoss,
    ProbabilityLoss,
    Properties,
    ResidualLoss,
    ScalarLoss,
    Way,
)
from core.losses.domain import Classes
from core.losses.embedding import BatchLoss
from pages.ui.figures.evidence import Proof, Trace
from pages.ui.figures.parts import low, number
from pages.ui.theme import PLAIN, look

_POINTS = 301
_TRUTH = 0.7
_CLASSES = np.array([0.4, 0.35, 0.25])
_SIZES = (2, 3, 10)
_TESTED = "Declared and tested: "


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


Shown = tuple[str, Proof | None]


def _row(numbers: Iterable[float]) -> str:
    """Return numbers as a list in a sentence."""
    *first, last = map(number, numbers)
    return f"{', '.join(first)} and {last}"


def _on(way: Way, of: Callable[[tuple[object, ...]], float]) -> str:
    """Return what a way's places give, and which they are."""
    return f"{_row(map(of, way.places))} at {_row(told(way))}"


def _among(loss: Loss, of: Callable[[Properties], float]) -> str:
    """Return a constant, and of how many things it is where that matters."""
    here = loss.properties
    if not (here.among and isinstance(loss, Divergence | BatchLoss)):
        return number(of(here))
    each = [loss.properties_among(size) for size in _SIZES]
    if len({of(one) for one in each}) == 1:
        return number(of(here))
    first, *others = (f"{number(of(one))} {one.among}" for one in each)
    return f"{first} ({', '.join(others)})"


def _convex(loss: Loss, answer: bool) -> Shown:
    found = chord(loss)
    middle, end = len(found.x) // 2, found.x[[0, -1]]
    lies = f"the chord passes {number(found.line[middle])} at the middle, "
    if answer:
        tried = chords_tried(loss)
        lies += (
            f"the loss {number(found.curve[middle])}. Of {tried.chords} chords between "
            f"{tried.places} places here {'some pass' if tried.below else 'none passes'} below it; "
            "of all others that is declared and tested."
        )
    else:
        lies += f"below the loss's {number(found.curve[middle])}."
    where = f"Between {number(end[0])} and {number(end[1])} "
    if loss.properties.witness and not found.along_section:
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


def _places(loss: Loss, wide: float = 1.0) -> str:
    """Say which places `_over` returns."""
    first, *_, last = _over(loss, wide)
    return f"At {_POINTS} places from {number(first)} to {number(last)}"


@dataclasses.dataclass(frozen=True)
class Curve:
    """A curve along a section, in units of the length that the arguments go."""

    name: str
    of: Callable[[Array], Array]
    order: int = 0


def _value(loss: Loss) -> Curve:
    return Curve("loss", loss.section.value)


def _gradient(loss: Loss) -> Curve:
    return Curve("gradient", loss.section.gradient, 1)


def _curvature(loss: Loss) -> Curve:
    return Curve("curvature", loss.section.hessian, 2)


def _along(loss: Loss, curve: Curve, x: Array) -> Array:
    with np.errstate(divide="ignore", over="ignore"):
        found: Array = curve.of(x) / loss.section.speed**curve.order
    return found


def _curve(loss: Loss, curve: Curve, lines: dict[str, float], wide: float = 1.0) -> Proof:
    x = _over(loss, wide)
    y = _along(loss, curve, x)
    name = curve.name + (" along the simplex" if loss.section.speed != 1.0 and curve.order else "")
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
    if answer:
        bound, lowest = (
            loss.properties.strong_convexity,
            _along(loss, _curvature(loss), _over(loss)).min(),
        )
        return (
            f"{_TESTED}its curvature never falls below {number(bound)}. {_places(loss)} the lowest "
            f"is {number(lowest)}.",
            _curve(loss, _curvature(loss), {"lower bound": bound}),
        )
    if not loss.properties.convex:
        words, proof = _convex(loss, False)
        return f"It is not even convex. {words}", proof
    found = flattest(loss)
    place = "" if found.place is None else f" = {number(found.place)}"
    words = (
        f"Its curvature falls to {number(found.number)} {found.words}{place}: no constant above 0 "
        "stays below it."
    )
    if isinstance(loss, Divergence):
        return words, _flat(loss)
    return words, _curve(loss, _curvature(loss), {}, 2.0)


def _flat(loss: Divergence) -> Proof:
    """Return the curvature by one free probability, for truths that make it ever smaller."""
    x = np.linspace(0.05, 0.95, _POINTS)
    rows = np.stack((x, 1.0 - x), axis=-1)
    traces = []
    for truth, dash in ((0.3, "solid"), (0.1, "dash"), (0.0, "dot")):
        bent = loss.hessian((truth, 1.0 - truth), rows)[..., 0, 0]
        traces.append(Trace(f"p₁ = {truth:g}", x, bent, look(loss).color, dash))
    return Proof(
        traces, ("model's probability q", "curvature along q₁"),
        f"Curvature of {low(loss.name)} along q₁ as a free number, for smaller and smaller p₁.",
        height=(-1.0, 20.0),
    )  # fmt: skip


def _kink(loss: Loss) -> str:
    return f"{loss.section.axis} = {', '.join(map(number, loss.properties.kinks))}"


def _jump(loss: Loss, curve: Callable[[Array], Array], width: float) -> tuple[float, float]:
    """Return a curve on both sides of the first kink, at the edge of a domain mirrored."""
    kink, section = loss.properties.kinks[0], loss.section
    if kink - width < section.domain[0]:
        right = float(curve(np.array([kink + width]))[0])
        return -right, right
    left, right = curve(np.array([kink - width, kink + width]))
    return float(left), float(right)


def _differentiable(loss: Loss, answer: bool) -> Shown:
    section, proof = loss.section, _curve(loss, _gradient(loss), {})
    if answer:
        near = beside(loss)
        told = (
            "no jump. Elsewhere that"
            if near.jumps[1] <= 0.1 * near.jumps[0]
            else "what changes there does so over less. That it is no jump"
        )
        return (
            f"At {near.places} places here the gradients {number(near.distances[0])} to either "
            f"side differ by at most {number(near.jumps[0])}, those {number(near.distances[1])} "
            f"to either side by {number(near.jumps[1])}: {told} is declared and tested.",
            proof,
        )
    held = f" ({section.held})" if section.held else ""
    width = 1e-9 * (section.interval[1] - section.interval[0])
    if loss.properties.slope is not None:
        left, right = _jump(loss, section.value, width)
        return (
            f"The loss itself jumps at {_kink(loss)}{held}: from {number(left)} to "
            f"{number(right)}.",
            _curve(loss, _value(loss), {}),
        )
    left, right = _jump(loss, section.gradient, width)
    first = "" if len(loss.properties.kinks) == 1 else ", at the first"
    return (
        f"The gradient jumps at {_kink(loss)}{held}: {first.lstrip(', ')}"
        f"{' ' if first else ''}from {number(left)} to {number(right)}.",
        proof,
    )


def _smooth(loss: Loss, answer: bool) -> Shown:
    told, section = loss.properties, loss.section
    if answer:
        bound = told.smoothness
        lines = {"upper bound": bound}
        if not told.convex:
            lines["lower bound"] = -bound
        most = np.abs(_along(loss, _curvature(loss), _over(loss))).max()
        return (
            f"{_TESTED}its curvature stays within {number(bound)}. {_places(loss)} it reaches "
            f"{number(most)}.",
            _curve(loss, _curvature(loss), lines),
        )
    if not told.kinks:
        way = told.bent or told.steep or max(far(loss), key=lambda one: bend(loss, one.places[-1]))
        words = (
            f"No constant bounds its curvature: as {way.words}, it is "
            f"{_on(way, lambda at: bend(loss, at))}."
        )
        return words, _curve(loss, _gradient(loss), {})
    width = 1e-6 * (section.interval[1] - section.interval[0])
    jumps = told.slope is not None
    left, right = _jump(loss, section.value if jumps else section.gradient, width)
    what = "The loss itself" if jumps else "The gradient"
    return (
        f"{what} changes by {number(abs(right - left))} over the {number(2.0 * width)} across "
        f"{section.axis} = {number(told.kinks[0])}, and by as much over any shorter way.",
        _curve(loss, _value(loss) if jumps else _gradient(loss), {}),
    )


def _robust(loss: Loss, answer: bool) -> Shown:
    told = loss.properties
    if answer and told.slope is not None:
        return (
            f"{_TESTED}its gradient is never larger than {number(told.slope)}, wherever it has "
            "one. No Lipschitz constant holds all the same: the loss jumps.",
            _curve(loss, _gradient(loss), {}, 2.0),
        )
    if answer:
        bound, wide = told.lipschitz, 2.0
        most = np.abs(_along(loss, _gradient(loss), _over(loss, wide))).max()
        return (
            f"{_TESTED}its gradient is never larger than {_among(loss, lambda p: p.lipschitz)}. "
            f"{_places(loss, wide)} it reaches {number(most)}.",
            _curve(loss, _gradient(loss), {"bound above": bound, "bound below": -bound}, wide),
        )
    way = told.steep or max(far(loss), key=lambda one: pull(loss, one.places[-1]))
    words = (
        f"Its gradient grows without bound as {way.words}: it is "
        f"{_on(way, lambda at: pull(loss, at))}."
    )
    otherwise = f" {way.otherwise}" if way.otherwise else ""
    return words + otherwise, _way(loss, way, "length of the gradient", pull)


def _way(loss: Loss, way: Way, name: str, of: Callable[[Loss, list[Array]], float]) -> Proof:
    """Draw what happens on a way, over powers of ten."""
    first, *_, last = told(way)
    sign = math.copysign(1.0, last)
    powers = np.linspace(math.log10(abs(first)), math.log10(abs(last)), 61)
    y = np.array([of(loss, along(way, sign * 10.0**power)) for power in powers])
    logarithmic = y.min() > 0.0 and y.max() > 1e3 * y.min()
    title = f"{name}, power of ten" if logarithmic else name
    return Proof(
        (Trace(name, powers, np.log10(y) if logarithmic else y, look(loss).color),),
        (f"size, power of ten, as {way.words}", title),
        f"{name.capitalize()} of {low(loss.name)} as {way.words}.",
        height=None
        if logarithmic
        else (-0.05 * float(y.max() or 1.0), 1.1 * float(y.max() or 1.0)),
    )


def _redescending(loss: Loss, answer: bool) -> Shown:
    ways = far(loss)
    if answer:
        words = "; ".join(f"as {way.words}, {_on(way, lambda at: pull(loss, at))}" for way in ways)
        words = f"Its pull falls back to 0: {words}."
    else:
        way = max(ways, key=lambda one: pull(loss, one.places[-1]))
        found = _on(way, lambda at: pull(loss, at))
        words = f"As {way.words}, its pull does not fall to 0: it is {found}."
    if isinstance(loss, ScalarLoss):
        return words, _curve(loss, _gradient(loss), {}, 5.0)
    return words, _way(loss, ways[0] if answer else way, "length of the gradient", pull)


def _bounded(loss: Loss, answer: bool) -> Shown:
    way = max(far(loss), key=lambda one: cost(loss, one.places[-1]))
    costs = f"as {way.words}, it is {_on(way, lambda at: cost(loss, at))}"
    if answer:
        bound = loss.properties.bound
        return (
            f"{_TESTED}one sample costs at most {_among(loss, lambda p: p.bound)}. It keeps to "
            f"that: {costs}.",
            _curve(loss, _value(loss), {"bound": bound}, 4.0),
        )
    words = f"The cost of one sample grows without bound: {costs}."
    if isinstance(loss, ScalarLoss):
        return words, _curve(loss, _value(loss), {}, 4.0)
    return words, _way(loss, way, "cost", cost)


def _symmetric(loss: Loss, answer: bool) -> Shown:
    one, other = sides(loss)
    words = (
        f"It costs {number(one.number)} for {one.words}, and {number(other.number)} for "
        f"{other.words}."
    )
    if answer:
        words += " That it does so everywhere is declared and tested."
    if isinstance(loss, MarginLoss):
        return words, _two_labels(loss)
    if isinstance(loss, ResidualLoss):
        return words, _curve(loss, _value(loss), {})
    return words, None


def _two_labels(loss: MarginLoss) -> Proof:
    scores, title = _over(loss), "reported probability" if takes_probability(loss) else "score s"
    sides = {"a positive": (1.0, "solid"), "a negative": (-1.0, "dash")}
    traces = [
        Trace(name, scores, loss.value_of(scores, label), look(loss).color, dash)
        for name, (label, dash) in sides.items()
    ]
    return Proof(
        traces, (title, "loss"), f"{loss.name} of a positive and of a negative over the score."
    )


def _calibrated(loss: Loss, answer: bool) -> Shown:
    if isinstance(loss, MulticlassLoss):
        return _largest_logit(loss)
    assert isinstance(loss, MarginLoss | ProbabilityLoss)
    best, middle = best_report(loss, _TRUTH), 0.5 if takes_probability(loss) else 0.0
    word = "probability" if takes_probability(loss) else "score"
    words = (
        f"When a positive has probability {_TRUTH:g}, the expected loss is lowest at a {word} of "
        f"{number(best)}: {_side(best - middle)}."
    )
    wrong = None if answer else wrong_side(loss)
    if wrong and wrong[0] != _TRUTH:
        words += (
            f" When it has probability {wrong[0]:g}, it is lowest at {number(wrong[1])}: "
            f"{_side(wrong[1] - middle)}, though a {'positive' if wrong[0] > 0.5 else 'negative'} "
            "is likelier."
        )
    return words, _expected_loss(loss, _TRUTH, words)


def _side(away: float) -> str:
    if abs(away) <= 1e-6:
        return "neither side"
    return "the positive side" if away > 0.0 else "the negative side"


def _expected_loss(loss: Scored, truth: float, words: str, *, told: bool = False) -> Proof:
    """Draw the expected loss over the reports, its lowest place, and that of the truth itself."""
    x, title = np.linspace(-4.0, 4.0, _POINTS), "score s"
    if takes_probability(loss):
        x, title = np.linspace(0.0, 1.0, _POINTS), "reported probability"
    with np.errstate(over="ignore"):
        y = expected(loss, truth, x)
    places = [best_report(loss, truth), truth] if told else [best_report(loss, truth)]
    costs = expected(loss, truth, np.array(places))
    return Proof(
        (Trace("expected loss", x, y, look(loss).color),),
        (title, "expected loss"),
        words,
        tuple((a, float(c)) for a, c in zip(places, costs, strict=True) if x[0] <= a <= x[-1]),
    )


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
    if isinstance(loss, Divergence):
        return _reported_row(loss)
    assert isinstance(loss, MarginLoss | ProbabilityLoss)
    truths = np.linspace(0.02, 0.98, 49)
    told, at = reported(loss, truths), best_report(loss, 0.9)
    there = reported(loss, np.array([0.9]))
    assert told is not None
    assert there is not None
    words = (
        f"Where the true probability is 0.9, the lowest expected loss is at a "
        f"{'probability' if takes_probability(loss) else 'score'} of {number(at)}, which "
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


def _reported_row(loss: Divergence) -> Shown:
    truth, best = 1.0 - _TRUTH, best_report(loss, 1.0 - _TRUTH)
    lowest, honest = expected(loss, truth, np.array([best, truth]))
    row = f"({number(best)}, {number(1.0 - best)})"
    words = (
        f"Two outcomes come true with probabilities {truth:.1g} and {_TRUTH:g}, each scored as the "
        f"p that is 1 there. The report with the lowest expected loss, {number(float(lowest))}, is "
        f"{row}; the truth itself costs {number(float(honest))}."
    )
    return words, _expected_loss(loss, truth, words, told=True)


def _reported_shares(loss: MulticlassLoss) -> Shown:
    best = np.asarray(loss.probability(best_logits(loss, _CLASSES)))
    told, found = (", ".join(map(number, one)) for one in (_CLASSES, np.round(best, 5)))
    return (
        f"Where the true probabilities are {told}, the lowest expected loss reports {found}.",
        None,
    )


def _strictly_proper(loss: Loss, answer: bool) -> Shown:
    words, proof = _proper(loss, answer)
    if not answer:
        return words, proof
    if isinstance(loss, MulticlassLoss):
        return f"{words} {_dearer_shares(loss)}", proof
    assert isinstance(loss, MarginLoss | ProbabilityLoss | Divergence)
    truth = 1.0 - _TRUTH if isinstance(loss, Divergence) else 0.9
    best = best_report(loss, truth)
    step = 0.05 if takes_probability(loss) else 0.5
    lowest, left, right = expected(loss, truth, best + np.array([0.0, -step, step]))
    return (
        f"{words} Reports {step:g} below and above cost {number(float(left - lowest))} and "
        f"{number(float(right - lowest))} more; that no other is as cheap is declared and tested.",
        proof,
    )


def _dearer_shares(loss: MulticlassLoss) -> str:
    targets = np.arange(3) if isinstance(loss.arguments[1].domain, Classes) else np.eye(3)
    moved = _CLASSES + np.array([-0.05, 0.0, 0.05])
    lowest, other = (
        float(_CLASSES @ loss.value(np.tile(np.log(shares), (3, 1)), targets))
        for shares in (_CLASSES, moved)
    )
    return (
        f"With 0.05 moved from the first class to the last it costs {number(other - lowest)} more; "
        "that no other report is as cheap is declared and tested."
    )


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
