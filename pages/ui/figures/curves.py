"""A loss as curves over the residual: value, gradient, curvature, weight."""

import dataclasses
from collections.abc import Callable

import numpy as np

from core.losses.base import Array
from core.losses.residual import ResidualLoss
from pages.ui.figures.figure import Entry, Figure, LineHandle
from pages.ui.figures.parts import axis, escaped, layout
from pages.ui.theme import SMALL_HEIGHT, look

_POINTS = 241


@dataclasses.dataclass(frozen=True)
class Curve:
    """One way to look at a loss."""

    key: str
    title: str
    label: str
    of: Callable[[ResidualLoss, Array], Array]
    floor: float | None = None


CURVES = (
    Curve("value", "Loss", "loss of one point", lambda loss, r: loss.value(r), 0.0),
    Curve("gradient", "Gradient", "pull of one point", lambda loss, r: loss.gradient(r)),
    Curve("hessian", "Curvature", "second derivative", lambda loss, r: loss.hessian(r)),
    Curve("weight", "Weight", "gradient ÷ residual", lambda loss, r: loss.weight(r), 0.0),
)


def curve_figure(
    curve: Curve,
    losses: list[ResidualLoss],
    rug: Array,
    reach: float,
    handles: tuple[LineHandle, ...],
) -> Figure:
    """Return one curve for every loss, with the present residuals as a rug along the bottom."""
    r = np.linspace(-reach, reach, _POINTS)
    drawn = [_finite(curve.of(loss, r)) for loss in losses]
    low, high = _span(curve, drawn)
    lines = [
        {"type": "scatter", "mode": "lines", "x": r, "y": y, "name": escaped(loss.name),
         "line": {"color": look(loss).color, "dash": look(loss).dash, "width": 2.2},
         "hovertemplate": f"{escaped(loss.name)}: %{{y:.3g}} at residual %{{x:.3g}}<extra></extra>"}
        for loss, y in zip(losses, drawn, strict=True)
    ]  # fmt: skip
    height = 0.06 * (high - low)
    x_axis = axis("residual", (-reach, reach))
    return Figure(
        data=[_rug(rug, low, height), *lines],
        layout=layout(x_axis, axis(curve.label, (low - height, high)), f"curve-{curve.key}"),
        title=curve.title,
        alt=f"{curve.title} against the residual for {', '.join(loss.name for loss in losses)}.",
        height=SMALL_HEIGHT,
        width=3,
        handles=handles,
        legend=tuple(Entry(loss.name, look(loss).color, look(loss).dash) for loss in losses),
    )


def _rug(residuals: Array, low: float, height: float) -> dict[str, object]:
    x = np.repeat(residuals, 3)
    x[2::3] = np.nan
    y = np.tile([low - height, low, np.nan], len(residuals))
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "opacity": 0.65,
            "line": {"width": 1.2}, "hoverinfo": "skip"}  # fmt: skip


def _finite(y: Array) -> Array:
    return np.where(np.isfinite(y), y, np.nan)


def _span(curve: Curve, drawn: list[Array]) -> tuple[float, float]:
    """Give every loss room, but let no steep one flatten the others: twice the typical height."""
    tops = [float(np.nanmax(np.abs(y), initial=0.0)) for y in drawn]
    high = 1.08 * min(max(tops, default=1.0), 2.5 * float(np.median(tops)) if tops else 1.0)
    if curve.key == "weight":
        high = min(high, 2.6)
    high = high or 1.0
    if curve.floor is not None:
        return curve.floor, high
    low = min((float(np.nanmin(y, initial=0.0)) for y in drawn), default=-1.0)
    return max(low * 1.08, -high), high
