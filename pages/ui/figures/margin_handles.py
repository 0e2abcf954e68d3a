"""Handles for knobs that are no place on the margin axis, but show as one on the curve.

Focal: the height at margin -2, where all γ differ, is (1 - p)^γ·(-log p) of p = 1/(1 + e²).
Smoothing: the curve is lowest at log((2 - ε)/ε).
"""

import math
from collections.abc import Sequence

from core.declare import parameters
from core.losses.base import Loss
from core.losses.margin import Focal, SmoothedLogisticLoss
from pages.ui.figures.figure import LineHandle

AT = -2.0  # the margin; _REST is what the sigmoid leaves of 1 there, _STEEP what that costs
_REST = 1.0 / (1.0 + math.exp(AT))
_STEEP = -math.log(1.0 - _REST)
HEIGHT = "Focal.gamma@height"
LOWEST = "SmoothedLogisticLoss.epsilon@lowest"


def margin_handles(losses: Sequence[Loss], reach: float) -> tuple[LineHandle, ...]:
    """Return the handles of the losses that have one within the reach."""
    found = []
    for loss in losses:
        if isinstance(loss, Focal):
            steepest = parameters(Focal)["gamma"].high
            found.append(
                LineHandle(
                    HEIGHT, "y", height_of(loss.gamma), height_of(steepest), height_of(0.0), 0.01,
                    "γ by L(−2)", "Focal: loss at margin −2, which γ sets",
                )
            )  # fmt: skip
        if isinstance(loss, SmoothedLogisticLoss) and 0 < lowest_of(loss.epsilon) <= reach:
            found.append(
                LineHandle(
                    LOWEST, "x", lowest_of(loss.epsilon), 0.1, reach, reach / 100,
                    "ε by lowest", "Smoothed logistic: margin where it is lowest, which ε sets",
                )
            )  # fmt: skip
    return tuple(found)


def height_of(gamma: float) -> float:
    """Return the focal loss at that margin."""
    return _STEEP * _REST**gamma


def gamma_of(height: float) -> float:
    """Return the γ that makes the focal loss at that margin so high."""
    return math.log(height / _STEEP) / math.log(_REST)


def lowest_of(epsilon: float) -> float:
    """Return the margin at which the smoothed loss is lowest; infinite without smoothing."""
    return math.log((2.0 - epsilon) / epsilon) if epsilon > 0 else math.inf


def epsilon_of(margin: float) -> float:
    """Return the ε that puts the lowest place there."""
    return 2.0 / (1.0 + math.exp(margin))


def knob_of(handle: str, value: float) -> tuple[str, float] | None:
    """Return the knob, as class and field, that a handle turns, and what it turns it to."""
    if handle == HEIGHT and value > 0:
        return "Focal.gamma", max(0.0, round(gamma_of(value), 4))
    if handle == LOWEST:
        return "SmoothedLogisticLoss.epsilon", round(epsilon_of(value), 6)
    return None
