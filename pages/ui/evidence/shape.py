"""What shows whether a loss is convex, differentiable, smooth, symmetric."""

from collections.abc import Callable

import numpy as np

from core.library.evidence import (
    bend,
    beside,
    chord,
    chords_tried,
    far,
    flattest,
    sides,
    takes_probability,
)
from core.losses import Array, Divergence, Loss, MarginLoss, ResidualLoss
from pages.ui.evidence.curves import (
    POINTS,
    TESTED,
    Shown,
    at_places,
    curvature_curve,
    curve_proof,
    gradient_curve,
    heights,
    loss_curve,
    on_way,
    over,
)
from pages.ui.figures.evidence import Proof, Trace
from pages.ui.figures.parts import low, number
from pages.ui.theme import PLAIN, look


def convex(loss: Loss, answer: bool) -> Shown:
    """Show a chord, and where the loss lies below it."""
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


def strongly_convex(loss: Loss, answer: bool) -> Shown:
    """Show how small the curvature becomes."""
    if answer:
        bound, lowest = (
            loss.properties.strong_convexity,
            heights(loss, curvature_curve(loss), over(loss)).min(),
        )
        return (
            f"{TESTED}its curvature never falls below {number(bound)}. {at_places(loss)} the "
            f"lowest is {number(lowest)}.",
            curve_proof(loss, curvature_curve(loss), {"lower bound": bound}),
        )
    if not loss.properties.convex:
        words, proof = convex(loss, False)
        return f"It is not even convex. {words}", proof
    found = flattest(loss)
    place = "" if found.place is None else f" = {number(found.place)}"
    words = (
        f"Its curvature falls to {number(found.number)} {found.words}{place}: no constant above 0 "
        "stays below it."
    )
    if isinstance(loss, Divergence):
        return words, _flat(loss)
    return words, curve_proof(loss, curvature_curve(loss), {}, 2.0)


def _flat(loss: Divergence) -> Proof:
    """Return the curvature by one free probability, for truths that make it ever smaller."""
    x = np.linspace(0.05, 0.95, POINTS)
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


def differentiable(loss: Loss, answer: bool) -> Shown:
    """Show the gradient, and what it does at a kink."""
    section, proof = loss.section, curve_proof(loss, gradient_curve(loss), {})
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
            curve_proof(loss, loss_curve(loss), {}),
        )
    left, right = _jump(loss, section.gradient, width)
    first = "" if len(loss.properties.kinks) == 1 else ", at the first"
    return (
        f"The gradient jumps at {_kink(loss)}{held}: {first.lstrip(', ')}"
        f"{' ' if first else ''}from {number(left)} to {number(right)}.",
        proof,
    )


def smooth(loss: Loss, answer: bool) -> Shown:
    """Show how large the curvature becomes."""
    told, section = loss.properties, loss.section
    if answer:
        bound = told.smoothness
        lines = {"upper bound": bound}
        if not told.convex:
            lines["lower bound"] = -bound
        most = np.abs(heights(loss, curvature_curve(loss), over(loss))).max()
        return (
            f"{TESTED}its curvature stays within {number(bound)}. {at_places(loss)} it reaches "
            f"{number(most)}.",
            curve_proof(loss, curvature_curve(loss), lines),
        )
    if not told.kinks:
        way = told.bent or told.steep or max(far(loss), key=lambda one: bend(loss, one.places[-1]))
        words = (
            f"No constant bounds its curvature: as {way.words}, it is "
            f"{on_way(way, lambda at: bend(loss, at))}."
        )
        return words, curve_proof(loss, gradient_curve(loss), {})
    width = 1e-6 * (section.interval[1] - section.interval[0])
    jumps = told.slope is not None
    left, right = _jump(loss, section.value if jumps else section.gradient, width)
    what = "The loss itself" if jumps else "The gradient"
    return (
        f"{what} changes by {number(abs(right - left))} over the {number(2.0 * width)} across "
        f"{section.axis} = {number(told.kinks[0])}, and by as much over any shorter way.",
        curve_proof(loss, loss_curve(loss) if jumps else gradient_curve(loss), {}),
    )


def symmetric(loss: Loss, answer: bool) -> Shown:
    """Show what both sides cost."""
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
        return words, curve_proof(loss, loss_curve(loss), {})
    return words, None


def _two_labels(loss: MarginLoss) -> Proof:
    scores, title = over(loss), "reported probability" if takes_probability(loss) else "score s"
    sides = {"a positive": (1.0, "solid"), "a negative": (-1.0, "dash")}
    traces = [
        Trace(name, scores, loss.value_of(scores, label), look(loss).color, dash)
        for name, (label, dash) in sides.items()
    ]
    return Proof(
        traces, (title, "loss"), f"{loss.name} of a positive and of a negative over the score."
    )
