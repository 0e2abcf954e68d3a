"""The pictures of the library page: picked losses over each other, and 0-1 with its surrogates."""

from collections.abc import Iterable

from core.losses import Loss
from pages.ui.board import Board
from pages.ui.figures.curves import CURVATURE, GRADIENT, VALUE, Axis, curve_figure, place_handles
from pages.ui.figures.figure import Figure, Note
from pages.ui.library.state import LibraryState, act, change, settled_losses
from pages.ui.session import Store


def pictures(store: Store[LibraryState]) -> dict[str, Figure | Note]:
    """Return value, gradient and curvature of the picked losses, a row for each kind of axis."""
    drawn: dict[str, Figure | Note] = {}
    spans = {axis: _span(losses) for axis, losses in by_axis(settled_losses(store)).items()}
    for row, (axis, losses) in enumerate(by_axis(store.now.compared).items()):
        held = sorted({loss.section.held for loss in losses if loss.section.held})
        words = f"**Over the {axis}.**" + "".join(f" {_sentence(one)}" for one in held)
        drawn[f"words-{row}"] = Note((words,))
        over = Axis(axis, spans[axis], keep=f"{axis}-{spans[axis]}")
        for curve in (VALUE, GRADIENT, CURVATURE):
            handles = place_handles(losses, over.span[1])
            drawn[f"{curve.key}-{row}"] = curve_figure(curve, losses, over, handles, width=4)
    return drawn


def by_axis(losses: Iterable[Loss]) -> dict[str, list[Loss]]:
    """Return the losses by what they are drawn over, in order."""
    rows: dict[str, list[Loss]] = {}
    for loss in losses:
        rows.setdefault(loss.section.axis, []).append(loss)
    return rows


def _span(losses: Iterable[Loss]) -> tuple[float, float]:
    ends = [loss.section.interval for loss in losses]
    return min(low for low, _ in ends), max(high for _, high in ends)


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:].rstrip(".") + "."


OVERLAY = Board("overlay", pictures, change, act)
