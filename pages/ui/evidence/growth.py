"""What shows how large a loss and its gradient become far out."""

import math
from collections.abc import Callable

import numpy as np

from core.library.evidence import along, cost, far, pull, told
from core.losses import Array, Divergence, Loss, Properties, ScalarLoss, Way
from core.losses.embedding import BatchLoss
from pages.ui.evidence.curves import (
    TESTED,
    Shown,
    at_places,
    curve_proof,
    gradient_curve,
    heights,
    loss_curve,
    on_way,
    over,
)
from pages.ui.figures.evidence import Proof, Trace
from pages.ui.figures.parts import low, number
from pages.ui.theme import look

_SIZES = (2, 3, 10)


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


def robust(loss: Loss, answer: bool) -> Shown:
    """Show how large the gradient becomes."""
    told = loss.properties
    if answer and told.slope is not None:
        return (
            f"{TESTED}its gradient is never larger than {number(told.slope)}, wherever it has "
            "one. No Lipschitz constant holds all the same: the loss jumps.",
            curve_proof(loss, gradient_curve(loss), {}, 2.0),
        )
    if answer:
        bound, wide = told.lipschitz, 2.0
        most = np.abs(heights(loss, gradient_curve(loss), over(loss, wide))).max()
        return (
            f"{TESTED}its gradient is never larger than {_among(loss, lambda p: p.lipschitz)}. "
            f"{at_places(loss, wide)} it reaches {number(most)}.",
            curve_proof(
                loss, gradient_curve(loss), {"bound above": bound, "bound below": -bound}, wide
            ),
        )
    way = told.steep or max(far(loss), key=lambda one: pull(loss, one.places[-1]))
    words = (
        f"Its gradient grows without bound as {way.words}: it is "
        f"{on_way(way, lambda at: pull(loss, at))}."
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


def redescending(loss: Loss, answer: bool) -> Shown:
    """Show whether the pull falls back to 0."""
    ways = far(loss)
    if answer:
        words = "; ".join(
            f"as {way.words}, {on_way(way, lambda at: pull(loss, at))}" for way in ways
        )
        words = f"Its pull falls back to 0: {words}."
    else:
        way = max(ways, key=lambda one: pull(loss, one.places[-1]))
        found = on_way(way, lambda at: pull(loss, at))
        words = f"As {way.words}, its pull does not fall to 0: it is {found}."
    if isinstance(loss, ScalarLoss):
        return words, curve_proof(loss, gradient_curve(loss), {}, 5.0)
    return words, _way(loss, ways[0] if answer else way, "length of the gradient", pull)


def bounded(loss: Loss, answer: bool) -> Shown:
    """Show how much one sample can cost."""
    way = max(far(loss), key=lambda one: cost(loss, one.places[-1]))
    costs = f"as {way.words}, it is {on_way(way, lambda at: cost(loss, at))}"
    if answer:
        bound = loss.properties.bound
        return (
            f"{TESTED}one sample costs at most {_among(loss, lambda p: p.bound)}. It keeps to "
            f"that: {costs}.",
            curve_proof(loss, loss_curve(loss), {"bound": bound}, 4.0),
        )
    words = f"The cost of one sample grows without bound: {costs}."
    if isinstance(loss, ScalarLoss):
        return words, curve_proof(loss, loss_curve(loss), {}, 4.0)
    return words, _way(loss, way, "cost", cost)
