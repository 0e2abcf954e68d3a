"""Losses as curves of one number: value, gradient, curvature, weight."""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from core.declare import Parameter, parameters
from core.losses.base import Array, Loss, ScalarLoss
from core.losses.residual import ResidualLoss
from pages.ui.figures.figure import Entry, Figure, LineHandle
from pages.ui.figures.parts import axis, escaped, layout, plain
from pages.ui.theme import SMALL_HEIGHT, look

_POINTS = 241


@dataclasses.dataclass(frozen=True)
class Curve:
    """One way to look at a loss."""

    key: str
    title: str
    label: str
    of: Callable[[Loss, Array], Array]
    floor: float | None = None


def _weight(loss: Loss, x: Array) -> Array:
    assert isinstance(loss, ResidualLoss)
    return loss.weight(x)


VALUE = Curve("value", "Loss", "loss of one point", lambda loss, x: loss.section.value(x), 0.0)
GRADIENT = Curve(
    "gradient", "Gradient", "pull of one point", lambda loss, x: loss.section.gradient(x)
)
CURVATURE = Curve(
    "hessian", "Curvature", "second derivative", lambda loss, x: loss.section.hessian(x)
)
WEIGHT = Curve("weight", "Weight", "gradient ÷ residual", _weight, 0.0)
CURVES = (VALUE, GRADIENT, CURVATURE, WEIGHT)


@dataclasses.dataclass(frozen=True, eq=False)
class Axis:
    """The number that curves are drawn over: its name, the part shown, and numbers to mark on it.

    `keep` names the picture: zoom survives as long as it stays the same. by: the losses that the
    height goes by, if not those drawn.
    """

    title: str
    span: tuple[float, float]
    rug: Array | None = None
    keep: str = ""
    by: tuple[Loss, ...] = ()


def curve_figure(
    curve: Curve,
    losses: Sequence[Loss],
    over: Axis,
    handles: tuple[LineHandle, ...],
    width: int = 3,
) -> Figure:
    """Return one curve for every loss, with the numbers to mark as a rug along the bottom."""
    short = over.title.split(",")[0]
    low, high, lines = _drawn(curve, tuple(losses), over.span, over.by, short)
    height = 0.06 * (high - low)
    rug = [] if over.rug is None else [_rug(over.rug, low, height)]
    return Figure(
        data=[*rug, *lines],
        layout=layout(
            axis(over.title, over.span),
            axis(curve.label, (low - height, high)),
            f"curve-{curve.key}-{over.keep}",
        ),
        title=curve.title,
        alt=f"{curve.title} against {short} for {', '.join(loss.name for loss in losses)}.",
        height=SMALL_HEIGHT,
        width=width,
        handles=handles,
        legend=tuple(Entry(loss.name, look(loss).color, look(loss).dash) for loss in losses),
    )


@functools.lru_cache(maxsize=128)
def _drawn(
    curve: Curve,
    losses: tuple[Loss, ...],
    span: tuple[float, float],
    by: tuple[Loss, ...],
    over: str,
) -> tuple[float, float, tuple[dict[str, Any], ...]]:
    """Return how far the picture goes up and down, and a line for each loss.

    While a point moves, its losses stay as they are.
    """
    x = np.linspace(*span, _POINTS)
    with np.errstate(divide="ignore", over="ignore"):  # ends of a domain may be infinite
        places = [upright(loss, x, curve) for loss in losses]
        drawn = [_finite(curve.of(loss, at)) for loss, at in zip(losses, places, strict=True)]
        ends = [_finite(curve.of(loss, upright(loss, x, curve))) for loss in by]
    lines: tuple[dict[str, Any], ...] = tuple(
        {"type": "scatter", "mode": "lines", "x": at, "y": y, "name": escaped(loss.name),
         "line": {"color": look(loss).color, "dash": look(loss).dash, "width": 2.2},
         "hovertemplate":
             f"{escaped(loss.name)}: %{{y:.3g}} at {escaped(over)} %{{x:.3g}}<extra></extra>"}
        for loss, at, y in zip(losses, places, drawn, strict=True)
    )  # fmt: skip
    return *_span(curve, ends or drawn), lines


def upright(loss: Loss, x: Array, curve: Curve = VALUE) -> Array:
    """Return the places with both sides of every jump: a line drawn over them jumps upright."""
    jumps = set() if curve is CURVATURE else set(loss.properties.kinks)
    if isinstance(loss, ScalarLoss) and loss.pieces:
        jumps.update(loss.pieces.kinks)
    inside = np.array([one for one in jumps if x[0] < one < x[-1]])
    if inside.size == 0:
        return x
    # Threat: the curvature beside the kink of a distance is a difference of enormous numbers.
    # Remedy: it is looked at beside the joints of polynomials alone, where it is exact. Limit: a
    # jump of the curvature that is none of those is drawn slanted.
    beside = 1e-9 * (x[-1] - x[0])
    return np.sort(np.concatenate([x, inside - beside, inside, inside + beside]))


def place_handles(losses: Sequence[Loss], reach: float) -> tuple[LineHandle, ...]:
    """Return a line to drag for every parameter that is a place on the axis, up to the reach.

    Each is in the colour of its loss, and says its name where there are several.
    """
    told = [(loss, *one) for loss in losses for one in places(loss).items()]
    return tuple(_place_handle(*one, reach, named=len(told) > 1) for one in told)


def _place_handle(
    loss: Loss, name: str, declared: Parameter, reach: float, named: bool
) -> LineHandle:
    value, symbol = getattr(loss, name), plain(declared.symbol)
    return LineHandle(
        id=f"{type(loss).__name__}.{name}",
        axis="x",
        value=value,
        low=min(declared.low, value),
        high=max(min(declared.high, reach), value),
        step=declared.step * max(1, round(reach / 100 / declared.step)),
        symbol=f"{loss.name} {symbol}" if named else symbol,
        label=f"{loss.name}: {symbol}",
        color=look(loss).color,
    )


def places(loss: Loss) -> dict[str, Parameter]:
    """Return the parameters that are places on the axis of the loss's section."""
    declared = parameters(loss)
    return {name: declared[name] for name in loss.section.places}


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
        return min(curve.floor, _lowest(drawn)), high
    return max(_lowest(drawn) * 1.08, -high), high


def _lowest(drawn: list[Array]) -> float:
    return min((float(np.nanmin(y, initial=0.0)) for y in drawn), default=0.0)
