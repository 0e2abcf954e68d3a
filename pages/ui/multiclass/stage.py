"""The live stage of the page of several classes."""

import dataclasses

import numpy as np

from core.classification.metrics import confusion_matrix
from core.classification.softmax_fit import SoftmaxFit, SoftmaxOutcome
from core.classification.softmax_regression import SoftmaxRegression
from core.classification.softmax_study import (
    SoftmaxQuestion,
    SoftmaxStudy,
    at,
    boundaries,
    softmax_study,
)
from core.landscape import Grid
from core.losses.base import Array
from core.losses.multiclass import LabelSmoothing
from pages.ui.board import Board
from pages.ui.figures.confusion import class_losses_figure, confusion_figure
from pages.ui.figures.curves import GRADIENT, VALUE, Axis, curve_figure, place_handles
from pages.ui.figures.figure import Figure, Note
from pages.ui.figures.landscape import (
    BESIDE,
    BEST,
    ON_THE_WAY,
    Mark,
    Scene,
    landscape_figure,
    surface_figure,
)
from pages.ui.figures.parts import padded
from pages.ui.figures.plane import Groups, Span
from pages.ui.figures.regions import Border, Chances, regions_figure
from pages.ui.figures.steps import steps_figure
from pages.ui.labelled.points import LabelledPoints
from pages.ui.multiclass import words as told
from pages.ui.multiclass.simplex import OF_THE_TRIANGLE, SimplexState
from pages.ui.multiclass.simplex_board import simplex_items
from pages.ui.multiclass.state import (
    HANDS,
    MulticlassState,
    axis_names,
    fits_of,
    models_of,
    points_of,
    ranges_of,
    start_of,
)
from pages.ui.session import Store
from pages.ui.theme import look

_CELLS, _COARSE = 60, 40  # cells of the landscape: at rest, and while a finger is down
_SHADES = 32
_FAR = 5.0  # leads beyond are not drawn
# What the pictures of the points do not depend on, as it is at the start.
_ASIDE = {name: getattr(SimplexState(), name) for name in OF_THE_TRIANGLE}


def computed(store: Store[MulticlassState], points: LabelledPoints) -> SoftmaxStudy:
    """Return the answers for this screen; a landscape is coarser while a hand moves."""
    state, cells = store.now, _COARSE if store.held else _CELLS
    question = SoftmaxQuestion(
        chosen=state.lines.index(state.loss(state.chosen)),
        optimizer=state.rule,
        start=start_of(store),
        steps=state.steps,
        grid=Grid.regular(*ranges_of(store), cells, cells),
        axes=state.over,
    )
    return softmax_study(models_of(store, points), fits_of(store, points), question)


def pictures(store: Store[MulticlassState]) -> dict[str, Figure | Note]:
    """Return all that follows while a hand moves."""
    return {**_stage(store), **_triangle(store)}


STAGE = Board("stage", pictures, HANDS.change, HANDS.act)


def _stage(store: Store[MulticlassState]) -> dict[str, Figure | Note]:
    """Return what shows the points: the same as before while a hand moves the prediction alone."""
    shown = dataclasses.replace(store.now, **_ASIDE)
    return store.at_rest("stage", shown, lambda: items(store, points_of(store)))


def _triangle(store: Store[MulticlassState]) -> dict[str, Figure | Note]:
    """Return what shows the one prediction: the same as before unless it depends on the change."""
    state, names = store.now, points_of(store).base.class_names
    judge = state.loss(state.judge)
    smoothing = next(one for one in state.losses if isinstance(one, LabelSmoothing))
    key = (judge, smoothing, names, *(getattr(state, name) for name in OF_THE_TRIANGLE))
    return store.kept("triangle", key, lambda: simplex_items(state, judge, smoothing, names))


def items(store: Store[MulticlassState], points: LabelledPoints) -> dict[str, Figure | Note]:
    """Return the linked pictures of the points and the words between them."""
    answer = computed(store, points)
    names = points.base.class_names
    losses = [(loss.name, look(loss)) for loss in store.now.lines]
    chosen = answer.model
    counts = confusion_matrix(chosen.label, chosen.called(answer.fit.weights), len(names))
    return {
        "data": _data(store, points, answer),
        "landscape": _landscape(store, answer),
        "words": Note(tuple(told.words(store, points, answer)), width=6),
        "steps": _steps(store, answer),
        "confusion": confusion_figure(counts, names, chosen.loss.name),
        "class-losses": class_losses_figure(_class_means(answer), names, losses),
        **_curves(store.now, answer),
    }


def _class_means(answer: SoftmaxStudy) -> list[Array]:
    """Return the mean loss of each class's points, for each compared loss; NaN of no points."""
    means = []
    for model, found in zip(answer.models, answer.fits, strict=True):
        sums = np.bincount(model.label, model.losses(found.weights), model.count)
        counts = np.bincount(model.label, minlength=model.count)
        means.append(np.divide(sums, counts, out=np.full(model.count, np.nan), where=counts > 0))
    return means


def _data(store: Store[MulticlassState], points: LabelledPoints, answer: SoftmaxStudy) -> Figure:
    state, base = store.now, points.base
    span = span_of(points)
    groups = Groups(
        points.x[:, 0], points.x[:, 1], points.label, base.class_names,
        (base.feature_labels[0], base.feature_labels[1]), span,
        state.points.touched(len(base.x)) if points.editable else (),
        points.selected if points.editable else None,
        points.editable,
    )  # fmt: skip
    borders = [
        Border(loss.name, look(loss), *boundaries(points.scaling.in_data(found.weights), span))
        for loss, found in zip(state.lines, answer.fits, strict=True)
    ]
    steps = boundaries(points.scaling.in_data(answer.full), span)
    chances = _chances(points, answer, span)
    return regions_figure(groups, borders, steps, chances, f"{state.data}-{state.chosen}")


def span_of(points: LabelledPoints) -> Span:
    """Return the part of the plane that is drawn: the data as they came, with a margin."""
    x = points.base.x
    return padded(x[:, 0], 0.12), padded(x[:, 1], 0.12)


def _chances(points: LabelledPoints, answer: SoftmaxStudy, span: Span) -> Chances:
    weights = points.scaling.in_data(answer.fit.weights)
    x, y = np.linspace(*span[0], _SHADES), np.linspace(*span[1], _SHADES)
    grid = Grid(x, y)
    logits = grid.points @ weights[:, :2].T + weights[:, 2]
    shares = answer.model.loss.probability(logits)
    words = "the probability of each class"
    if not answer.model.loss.properties.proper:
        words = "softmax of the scores, which this loss does not make honest probabilities"
    z = np.ascontiguousarray(shares.T).reshape(-1, *grid.shape)
    return Chances(x, y, z, weights, words)


def _landscape(store: Store[MulticlassState], answer: SoftmaxStudy) -> Figure:
    state = store.now
    picture = landscape_figure if state.view == "above" else surface_figure
    keep = f"{state.data}-{state.span}-{state.compared}-{state.over}-{state.view}"
    marks = [
        Mark(loss.name, look(loss), at(found.weights, state.over), called=_called(answer, found))
        for loss, found in zip(state.lines, answer.fits, strict=True)
        if found.outcome is not SoftmaxOutcome.ONE_CLASS
    ]
    across, up = axis_names(store)
    scene = Scene(
        answer.landscape,
        answer.trajectory.points,
        answer.trajectory.values,
        tuple(marks),
        (across, f"{up} · the others as fitted", told.cost_name(state)),
        state.loss(state.chosen).name,
        state.levels == "geometric",
    )
    return picture(scene, keep)


def _called(answer: SoftmaxStudy, found: SoftmaxFit) -> str:
    """Say what a fit's place on the landscape of the chosen one's is."""
    if not found.has_minimum:
        return ON_THE_WAY
    return BEST if found is answer.fit else BESIDE


def _steps(store: Store[MulticlassState], answer: SoftmaxStudy) -> Figure:
    state = store.now
    return steps_figure(
        answer.trajectory.values,
        answer.fit.infimum,
        told.cost_name(state),
        look(state.loss(state.chosen)),
        f"{state.data}-{state.chosen}",
    )


def _curves(state: MulticlassState, answer: SoftmaxStudy) -> dict[str, Figure]:
    """Return the compared losses over the lead, with the chosen one's leads as a rug."""
    rug = leads(answer.model, answer.fit.weights)
    reach = float(np.clip(np.ceil(np.abs(rug).max()), 3.0, _FAR))
    over = Axis(answer.model.loss.section.axis, (-reach, reach), rug[np.abs(rug) <= reach])
    handles = place_handles(state.lines, reach)
    return {
        f"curve-{curve.key}": curve_figure(curve, state.lines, over, handles)
        for curve in (VALUE, GRADIENT)
    }


def leads(model: SoftmaxRegression, weights: Array) -> Array:
    """Return how far each true logit lies above the others, as if those were level.

    A loss with a kink looks at the strongest rival alone, the others at all of them together.
    """
    logits = model.logits(weights)
    each = np.arange(len(logits))
    true = logits[each, model.label]
    logits[each, model.label] = -np.inf
    top = logits.max(axis=1)
    if model.loss.properties.kinks:
        return true - top
    return true - top - np.log(np.exp(logits - top[:, None]).sum(axis=1) / (model.count - 1))
