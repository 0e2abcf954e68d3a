"""Formulas with numbers in them, and sentences computed from what is on the screen."""

from core.declare import Parameter, parameters
from core.losses.residual import ResidualLoss
from pages.ui.controls import plain
from pages.ui.figures.parts import number


def cost_name(state) -> str:
    return "root of the mean loss" if state.root else "mean loss"


def intercept_name(points) -> str:
    return "intercept" if points.origin == 0 else f"intercept at x = {number(points.origin)}"


def symbol(declared: Parameter) -> str:
    return plain(declared.symbol)


def on_axis(loss: ResidualLoss) -> dict[str, Parameter]:
    """Return the parameters that are places on the residual axis."""
    return {name: told for name, told in parameters(loss).items() if name in ("delta", "epsilon", "c", "scale")}
