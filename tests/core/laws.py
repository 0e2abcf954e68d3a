"""Laws that hold for a loss of any arguments, each as one assertion.

`arguments` are whole batches in the order of `loss.arguments`; the gradient is that of the sum of
all values with respect to the arguments that move.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.polynomial import Chebyshev

from core.losses import Array, Loss

Arguments = Sequence[Any]
Draw = Callable[[np.random.Generator], tuple[Any, ...]]


def movers(loss: Loss) -> list[int]:
    """Return which arguments move."""
    return [i for i, argument in enumerate(loss.arguments) if argument.moves]


def gradients(loss: Loss, arguments: Arguments) -> tuple[Array, ...]:
    """Return the gradient as a tuple, one array for each argument that moves."""
    found = loss.gradient(*arguments)  # type: ignore[attr-defined]
    return found if isinstance(found, tuple) else (found,)


def shifted(loss: Loss, arguments: Arguments, directions: Sequence[Array], t: float) -> list[Any]:
    """Return the arguments after those that move went by t along their directions."""
    moved = list(arguments)
    for i, direction in zip(movers(loss), directions, strict=True):
        moved[i] = np.asarray(arguments[i], dtype=np.float64) + t * direction
    return moved


def total(loss: Loss, arguments: Arguments) -> float:
    """Return the sum of all values."""
    return float(np.sum(loss.value(*arguments)))  # type: ignore[attr-defined]


def slope(curve: Callable[[float], float], width: float) -> float:
    """Return the derivative at 0 of a curve that is analytic well beyond the width."""
    fit = Chebyshev.interpolate(np.vectorize(curve), 16, domain=[-width, width])
    return float(fit.deriv()(0.0))


def assert_gradient(
    loss: Loss,
    arguments: Arguments,
    directions: Sequence[Array],
    width: float = 0.05,
    rtol: float = 1e-7,
) -> None:
    """Assert that the gradient tells the slope of the total along the given directions.

    The loss must be smooth on that stretch; directions may keep to where it is defined.
    """
    found = sum(
        float(np.sum(g * d)) for g, d in zip(gradients(loss, arguments), directions, strict=True)
    )
    expected = slope(lambda t: total(loss, shifted(loss, arguments, directions, t)), width)
    size = max(abs(total(loss, arguments)), 1.0)
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=1e-9 * size)


def assert_hessian(
    loss: Loss, arguments: Arguments, direction: Array, width: float = 0.05, rtol: float = 1e-6
) -> None:
    """Assert that the second derivatives tell how the gradient changes along a direction.

    For a loss of which one argument moves, with its numbers on the last axis.
    """
    hessian = np.asarray(loss.hessian(*arguments))  # type: ignore[attr-defined]
    found = np.einsum("...ij,...j->...i", hessian, direction)
    nodes = np.cos(np.pi * (np.arange(17) + 0.5) / 17)
    seen = [
        gradients(loss, shifted(loss, arguments, (direction,), width * t))[0].ravel() for t in nodes
    ]
    fit = np.polynomial.chebyshev.chebfit(nodes, np.array(seen), 16)
    expected = np.polynomial.chebyshev.chebval(0.0, np.polynomial.chebyshev.chebder(fit)) / width
    np.testing.assert_allclose(
        found.ravel(), expected, rtol=rtol, atol=1e-7 * max(1.0, float(np.abs(seen).max()))
    )


def assert_convex_or_witnessed(
    loss: Loss, pairs: Iterator[tuple[Arguments, Arguments]], slack: float = 1e-9
) -> None:
    """Assert that chords lie above a convex loss, and that the witness breaks any other.

    The two of a pair differ in the arguments that move alone.
    """
    told = loss.properties
    if not told.convex:
        assert told.witness is not None, f"{loss} shows no witness"
        assert above_chord(loss, *witnesses(loss)) > 0.0
        return
    assert told.witness is None
    for first, second in pairs:
        assert above_chord(loss, first, second) <= slack * max(1.0, abs(total(loss, first)))


def witnesses(loss: Loss) -> tuple[list[Any], list[Any]]:
    """Return the two lists of arguments between which a loss shows that it is not convex."""
    told = loss.properties
    assert told.witness is not None
    moving, ends = movers(loss), []
    for end in told.witness:
        places = iter((end,) if len(moving) == 1 else end)
        held = iter(told.held)
        ends.append(
            [
                np.array(next(places) if argument.moves else next(held), dtype=np.float64)
                for argument in loss.arguments
            ]
        )
    return ends[0], ends[1]


def above_chord(loss: Loss, first: Arguments, second: Arguments) -> float:
    """Return how far the loss at the middle lies above the chord's middle."""
    middle = [(np.asarray(a) + np.asarray(b)) / 2 for a, b in zip(first, second, strict=True)]
    return total(loss, middle) - (total(loss, first) + total(loss, second)) / 2


def assert_section(loss: Loss) -> None:
    """Assert that the three curves along the section belong together and are fit to be drawn."""
    section = loss.section
    low, high = section.interval
    inner = (max(low, section.domain[0]), min(high, section.domain[1]))
    assert inner == section.interval
    x = np.linspace(low, high, 203)[1:-1]
    for curve in (section.value, section.gradient, section.hessian):
        drawn = curve(x)
        assert drawn.shape == x.shape
        assert np.isfinite(drawn).all()
    assert section.axis == section.axis.strip()
    assert section.axis
    width = 1e-3 * (high - low)
    seams = np.array(loss.properties.kinks)
    calm = [t for t in x[3:-3:7] if not (np.abs(seams - t) < 2 * width).any()]
    for t in calm:
        for curve, derivative in ((section.value, section.gradient),):
            found = float(derivative(np.array([t]))[0])
            told = slope(lambda s, f=curve, t=t: float(f(np.array([t + s]))[0]), width)
            assert abs(found - told) <= 1e-5 * max(1.0, abs(found)), (loss, t)


def assert_described(loss: Loss) -> None:
    """Assert that what a reader sees of a loss is there."""
    for words in (loss.name, loss.formula, loss.task, loss.estimates, loss.story):
        assert words == words.strip()
        assert words
    assert 1600 <= loss.source.year <= 2026
    assert loss.source.author
    assert set(loss.frameworks) == {"PyTorch", "Keras", "Optax", "scikit-learn"}
    assert movers(loss)
    assert all(argument.meaning and argument.symbol for argument in loss.arguments)
    assert hasattr(loss, "hessian") != bool(loss.no_hessian)
    assert getattr(type(loss), "__final__", False)
