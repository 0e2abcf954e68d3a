"""The live stage of the binary classification page."""

import functools

import numpy as np

from core.classification.linear import BestBias, LinearClassifier
from core.classification.linear_fit import ClassifierFit, FitOutcome
from core.classification.linear_study import ClassifierQuestion, ClassifierStudy, classifier_study
from core.classification.metrics import loss_shares, reliability, support_vectors
from core.landscape import Grid
from core.losses.base import Array
from core.losses.margin import Hinge, MarginLoss, ZeroOne
from pages.ui.binary import words as told
from pages.ui.binary.state import (
    HANDS,
    BinaryState,
    LabelledPoints,
    axes_of,
    axis_names,
    held_words,
    points_of,
    ranges_of,
    start_of,
)
from pages.ui.board import Board
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
from pages.ui.figures.margin_handles import margin_handles
from pages.ui.figures.parts import padded
from pages.ui.figures.plane import (
    Backdrop,
    Boundary,
    Groups,
    Span,
    curve_of_one_figure,
    plane_figure,
)
from pages.ui.figures.probability import expected_figure, reliability_figure, shares_figure
from pages.ui.figures.steps import steps_figure
from pages.ui.session import Store
from pages.ui.theme import look

_CELLS, _COARSE = 60, 32  # cells of the landscape: at rest, and while a finger is down
_SHADES = 40
_BINS = 8
_ALSO = {"challenger": (31.0,)}  # places that a story speaks of
_FAR = 6.0  # margins beyond are not drawn


def question_of(store: Store[BinaryState], points: LabelledPoints) -> ClassifierQuestion:
    """Return what this screen asks of the core; a landscape is coarser while a hand moves."""
    state = store.now
    cells = _COARSE if store.held else _CELLS
    return ClassifierQuestion(
        losses=state.lines,
        chosen=state.loss(state.chosen),
        optimizer=state.rule,
        start=start_of(store),
        steps=state.steps,
        grid=Grid.regular(*ranges_of(store), cells, cells),
        axes=axes_of(store),
        held=state.held,
        strength=state.strength,
        positive=state.positive,
        near=store.own.get("near", {}).get(state.lines) if store.held else None,
    )


def computed(store: Store[BinaryState], points: LabelledPoints) -> ClassifierStudy:
    """Return the answers for this screen."""
    answer = classifier_study(points.features, points.sign, question_of(store, points))
    store.own["near"] = {store.now.lines: tuple(fit.theta for fit in answer.fits)}
    return answer


def pictures(store: Store[BinaryState]) -> dict[str, Figure | Note]:
    """Return all that follows while a hand moves."""
    points = points_of(store)
    return items(store, points, computed(store, points))


STAGE = Board("stage", pictures, HANDS.change, HANDS.act)


def items(
    store: Store[BinaryState], points: LabelledPoints, answer: ClassifierStudy
) -> dict[str, Figure | Note]:
    """Return the linked pictures and the words between them."""
    state = store.now
    return {
        "data": _data(store, points, answer),
        "landscape": _landscape(store, answer),
        "words": Note(tuple(told.words(store, points, answer)), width=6),
        "steps": _steps(store, answer),
        **_curves(store, answer),
        "shares": shares_figure(
            state.lines,
            [
                loss_shares(one.losses(answer.fit.theta), one.margins(answer.fit.theta))
                for one in answer.classifiers
            ],
            state.loss(state.chosen).name,
        ),
        "reliability": _reliability(state, answer),
        "expected": _expected(state.lines, state.truth, state.positive),
    }


_expected = functools.lru_cache(maxsize=32)(expected_figure)


def _reliability(state: BinaryState, answer: ClassifierStudy) -> Figure:
    told = answer.classifier.probability(answer.fit.theta)
    label = answer.classifier.label
    found = None if told is None else reliability(told, label, _BINS)
    return reliability_figure(state.loss(state.chosen), found)


def _data(store: Store[BinaryState], points: LabelledPoints, answer: ClassifierStudy) -> Figure:
    state, base = store.now, points.base
    span = _span(points)
    chosen = state.loss(state.chosen)
    ring = _supporting(chosen, answer.classifier, answer.fit)
    labels = base.feature_labels if not points.flat else (base.feature_labels[0], _called(points))
    groups = Groups(
        points.x[:, 0], points.up, points.label, base.class_names, (labels[0], labels[1]), span,
        state.points.touched(len(base.x)) if points.editable else (),
        points.selected if points.editable else None,
        points.editable,
        ring if not points.flat else (),
        "support vectors",
    )  # fmt: skip
    boundaries = [
        _boundary(loss, points, fit, loss is chosen)
        for loss, fit in zip(state.lines, answer.fits, strict=True)
    ]
    path = points.scaling.in_data(answer.full)
    keep = f"{state.data}-{state.majority}-{state.chosen}"
    if points.flat:
        across = np.linspace(*span[0], 121)
        scores = points.scaling.features(across[:, None])
        heights = [
            _reported(one, np.column_stack([scores, np.ones(len(across))]) @ fit.theta)
            for one, fit in zip(answer.classifiers, answer.fits, strict=True)
        ]
        return curve_of_one_figure(groups, boundaries, heights, across, path, keep)
    return plane_figure(groups, boundaries, path, _backdrop(points, answer, span), keep)


def _called(points: LabelledPoints) -> str:
    negative, positive = points.base.class_names
    return f"{negative} (0) or {positive} (1)"


def _span(points: LabelledPoints) -> Span:
    x = points.base.x
    up = (-0.15, 1.15) if points.flat else padded(x[:, 1], 0.12)
    return padded(np.append(x[:, 0], _ALSO.get(points.base.key, ())), 0.12), up


def _boundary(
    loss: MarginLoss, points: LabelledPoints, fit: ClassifierFit, chosen: bool
) -> Boundary:
    """Return a fit's boundary; the chosen one has its margin drawn too."""
    drawn = chosen and not points.flat and not isinstance(loss, ZeroOne)
    band = getattr(loss, "margin", 1.0) if drawn and fit.draws_a_line else 0.0
    theta = points.scaling.in_data(fit.theta)
    return Boundary(loss.name, look(loss), theta, "" if fit.draws_a_line else "no line", band)


def _supporting(
    loss: MarginLoss, classifier: LinearClassifier, fit: ClassifierFit
) -> tuple[int, ...]:
    """Return the points that hold the hinge's line, for other losses none."""
    if not isinstance(loss, Hinge):
        return ()
    held = support_vectors(classifier.margins(fit.theta), loss.margin)
    return tuple(np.flatnonzero(held).tolist())


def _reported(classifier: LinearClassifier, scores: Array) -> Array | None:
    return classifier.loss.probability(scores)


def _backdrop(points: LabelledPoints, answer: ClassifierStudy, span: Span) -> Backdrop:
    """Return the reported probability over the plane, or which side is which."""
    x, y = np.linspace(*span[0], _SHADES), np.linspace(*span[1], _SHADES)
    across, up = np.meshgrid(x, y)
    plane = points.scaling.features(np.column_stack([across.ravel(), up.ravel()]))
    with np.errstate(over="ignore", invalid="ignore"):
        scores = plane @ answer.fit.theta[:2] + answer.fit.theta[2]
    shades = _reported(answer.classifier, scores)
    words = "the reported probability of a positive"
    if shades is None:
        shades, words = np.where(scores > 0, 0.75, 0.25), "which side is called positive"
    return Backdrop(x, y, shades.reshape(across.shape), words)


def _landscape(store: Store[BinaryState], answer: ClassifierStudy) -> Figure:
    state = store.now
    picture = landscape_figure if state.view == "above" else surface_figure
    keep = f"{state.data}-{state.majority}-{state.span}-{state.compared}-{state.over}-{state.view}"
    return picture(_scene(store, answer), keep)


def _scene(store: Store[BinaryState], answer: ClassifierStudy) -> Scene:
    state = store.now
    names = answer.classifier.names
    places = [names.index(name) for name in axes_of(store)]
    marks = [
        Mark(loss.name, look(loss), fit.theta[places], called=_called_there(answer, fit))
        for loss, fit in zip(state.lines, answer.fits, strict=True)
        if fit.outcome is not FitOutcome.ONE_CLASS
    ]
    (across, up), held = axis_names(store), held_words(store)
    chosen = state.loss(state.chosen)
    marks += [
        Mark(f"{chosen.name}, local minimum", look(chosen), theta[places], local=True, called="")
        for theta in answer.fit.others[:5]
    ]
    return Scene(
        answer.landscape,
        answer.trajectory.points,
        answer.trajectory.values,
        tuple(marks),
        (across, f"{up} · {held}" if held else up, told.cost_name(state)),
        chosen.name,
        state.levels == "geometric",
    )


def _called_there(answer: ClassifierStudy, fit: ClassifierFit) -> str:
    """Say what a fit's place on the landscape is: of another bias or weight, it is beside it."""
    if not fit.has_minimum:
        return ON_THE_WAY
    one = answer.objective
    if isinstance(one, BestBias):
        return BEST
    there = one.full(fit.theta[[answer.classifier.names.index(name) for name in one.axes]])
    return BEST if np.allclose(there, fit.theta, rtol=1e-9, atol=1e-12) else BESIDE


def _steps(store: Store[BinaryState], answer: ClassifierStudy) -> Figure:
    state = store.now
    return steps_figure(
        answer.trajectory.values,
        told.lowest_of(answer),
        told.cost_name(state),
        look(state.loss(state.chosen)),
        f"{state.data}-{state.chosen}-{state.majority}",
    )


def _curves(store: Store[BinaryState], answer: ClassifierStudy) -> dict[str, Figure]:
    """Return the compared losses over the margin, with the chosen one's margins as a rug.

    The frame stays while a hand moves.
    """
    state, rug = store.now, answer.classifier.margins(answer.fit.theta)
    reach, by = store.at_rest(
        "curves",
        (state.compared, state.chosen),
        lambda: (float(np.clip(np.abs(rug).max(), 2.5, _FAR)), state.lines),
    )
    over = Axis("margin m = y·s", (-reach, reach), rug[np.abs(rug) <= reach], by=by)
    handles = place_handles(state.lines, reach)
    more = margin_handles(state.lines, reach)
    return {
        "curve-value": curve_figure(VALUE, state.lines, over, (*handles, *more), width=6),
        "curve-gradient": curve_figure(GRADIENT, state.lines, over, handles, width=6),
    }
