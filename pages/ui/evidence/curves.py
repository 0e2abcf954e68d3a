"""Curves along a section of a loss, and numbers on the ways it is followed, as they are told."""

import dataclasses
from collections.abc import Callable, Iterable

import numpy as np

from core.library.evidence import told
from core.losses import Array, Loss, Way
from pages.ui.figures.evidence import Proof, Trace
from pages.ui.figures.parts import low, number
from pages.ui.theme import PLAIN, look

POINTS = 301
TESTED = "Declared and tested: "
Shown = tuple[str, Proof | None]


def _row(numbers: Iterable[float]) -> str:
    """Return numbers as a list in a sentence."""
    *first, last = map(number, numbers)
    return f"{', '.join(first)} and {last}"


def on_way(way: Way, of: Callable[[tuple[object, ...]], float]) -> str:
    """Return what a way's places give, and which they are."""
    return f"{_row(map(of, way.places))} at {_row(told(way))}"


def over(loss: Loss, wide: float = 1.0) -> Array:
    """Return places along the section, wider on both sides as far as the loss is defined."""
    section = loss.section
    (start, stop), (first, last) = section.interval, section.domain
    width = stop - start
    more, edge = (wide - 1.0) / 2.0 * width, 1e-3 * width  # an open end may not be touched
    ends = max(start - more, min(first + edge, start)), min(stop + more, max(last - edge, stop))
    return np.linspace(*ends, POINTS)


def at_places(loss: Loss, wide: float = 1.0) -> str:
    """Say which places `over` returns."""
    first, *_, last = over(loss, wide)
    return f"At {POINTS} places from {number(first)} to {number(last)}"


@dataclasses.dataclass(frozen=True)
class Curve:
    """A curve along a section, in units of the length that the arguments go."""

    name: str
    of: Callable[[Array], Array]
    order: int = 0


def loss_curve(loss: Loss) -> Curve:
    """The loss itself along its section."""
    return Curve("loss", loss.section.value)


def gradient_curve(loss: Loss) -> Curve:
    """Its gradient along the section."""
    return Curve("gradient", loss.section.gradient, 1)


def curvature_curve(loss: Loss) -> Curve:
    """Its curvature along the section."""
    return Curve("curvature", loss.section.hessian, 2)


def heights(loss: Loss, curve: Curve, x: Array) -> Array:
    """Return a curve at these places, in units of the length that the arguments go."""
    with np.errstate(divide="ignore", over="ignore"):
        found: Array = curve.of(x) / loss.section.speed**curve.order
    return found


def curve_proof(loss: Loss, curve: Curve, lines: dict[str, float], wide: float = 1.0) -> Proof:
    """Draw a curve over the section, with level lines by their names."""
    x = over(loss, wide)
    y = heights(loss, curve, x)
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
