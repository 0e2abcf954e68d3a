"""What the binary classification page says in computed words."""

import numpy as np

from core.classification.linear import BestBias, LinearClassifier
from core.classification.linear_fit import ClassifierFit, FitOutcome
from core.classification.linear_study import ClassifierStudy
from core.classification.metrics import confusion, support_vectors
from core.losses.margin import Hinge, MarginLoss
from core.worked import enclosed, latex
from pages.ui import explain
from pages.ui.binary.state import Before, BinaryState, LabelledPoints
from pages.ui.figures.parts import low, number
from pages.ui.labelled.points import story_of
from pages.ui.predict import verdict
from pages.ui.session import Store

_SURROGATES = (
    "Nothing here slopes towards fewer mistakes, so descent cannot look for them. That is what the "
    "other losses are for: they slope wherever a point lies on the wrong side."
)


def cost_name(state: BinaryState) -> str:
    """Return what the height of the landscape is called."""
    return "cost (mean loss + λ‖w‖²)" if state.strength else "cost (mean loss)"


def words(store: Store[BinaryState], points: LabelledPoints, answer: ClassifierStudy) -> list[str]:
    """Return what the last drag did, what is known of the fit, and how the path ended."""
    state = store.now
    lines = [_moved(store, points, answer) or story_of(state, points.base)]
    verdict = _verdict(store, points, answer)
    lines += [verdict] if verdict else []
    lines += [mistakes_sentence(*one, state.miss) for one in _fitted(state, answer)]
    chosen = state.loss(state.chosen)
    lines.append(f"**{chosen.name}.** {answer.fit.sentence}{_cure(state, answer.fit)}")
    if state.positive != 1.0:
        lines.append(
            f"A loss on a positive counts {number(state.positive)} times; the curves of loss and "
            "gradient show it once."
        )
    if answer.objective.jumps:
        lines.append(_SURROGATES)
    if isinstance(chosen, Hinge) and answer.fit.theta[:-1].any():
        lines.append(_support(chosen, points, answer))
    if answer.fit.outcome is not FitOutcome.ONE_CLASS:
        lines.append(_path(answer))
    names = points.base.class_names
    if names[1] != "positive":
        lines.append(f"Positive here means **{names[1]}**, negative **{names[0]}**.")
    return lines


def _path(answer: ClassifierStudy) -> str:
    whole = _is_whole(answer)
    where = "" if whole else " on this picture"
    attained = answer.fit.has_minimum or not whole
    return explain.path_sentence(answer.trajectory, lowest_of(answer), attained, where)


def _is_whole(answer: ClassifierStudy) -> bool:
    """Tell whether the landscape leaves no parameter held."""
    return isinstance(answer.objective, BestBias) or len(answer.classifier.names) == 2


def lowest_of(answer: ClassifierStudy) -> float:
    """Return the lowest cost there is; with a parameter held, the lowest on this picture."""
    if _is_whole(answer):
        return answer.fit.infimum
    return float(min(answer.landscape.z.min(), answer.trajectory.values.min()))


def _cure(state: BinaryState, fit: ClassifierFit) -> str:
    if fit.has_minimum or state.strength or fit.outcome is FitOutcome.ONE_CLASS:
        return ""
    return " Turn λ up from 0, and there is one."


def _fitted(
    state: BinaryState, answer: ClassifierStudy
) -> list[tuple[MarginLoss, LinearClassifier, ClassifierFit]]:
    return list(zip(state.lines, answer.classifiers, answer.fits, strict=True))


def mistakes_sentence(
    loss: MarginLoss, classifier: LinearClassifier, fit: ClassifierFit, miss: float
) -> str:
    """Say how many points a fit puts on the wrong side, and what that is worth."""
    told = confusion(classifier.scores(fit.theta), classifier.label)
    wrong = told.false_negative + told.false_positive
    kind = "positive" if fit.theta[-1] > 0 else "negative"
    line = "" if fit.draws_a_line else f"no line, every point is called {kind}; "
    return (
        f"**{loss.name}**: {line}{wrong} wrong of {len(classifier.x)}; "
        f"recall {_share(told.recall)}, precision {_share(told.precision)}, "
        f"mistakes cost {number(told.cost(miss, 1.0), 3)} a point."
    )


def _share(value: float | None) -> str:
    return "undefined" if value is None else number(value, 3)


def point_arithmetic(
    state: BinaryState, points: LabelledPoints, answer: ClassifierStudy
) -> list[str]:
    """Return LaTeX lines: one point's score, its margin and its loss, with numbers."""
    at, theta = points.selected, answer.fit.theta
    x, sign = points.features[at], float(points.sign[at])
    score = float(answer.classifier.scores(theta)[at])
    margin = sign * score
    loss = answer.classifier.loss
    products = " + ".join(
        rf"{enclosed(w)} \cdot {enclosed(value)}" for w, value in zip(theta[:-1], x, strict=True)
    )
    value = float(loss.value(margin, sign))
    weighed = state.positive != 1.0 and sign > 0
    times = [rf"L = {latex(state.positive)} \cdot L(m) \text{{ for a positive}}"] if weighed else []
    return [
        *times,
        rf"s = w \cdot x + b = {products} + {enclosed(float(theta[-1]))} = {latex(score)}",
        rf"m = y \cdot s = {latex(sign)} \cdot {enclosed(score)} = {latex(margin)}",
        rf"{'L' if weighed else 'L(m)'} = {loss.worked(margin, sign)} = {latex(value)}",
    ]


def share_sentence(points: LabelledPoints, answer: ClassifierStudy) -> str:
    """Say how much of the total loss one point carries, and how much an average one would."""
    losses = answer.classifier.losses(answer.fit.theta)
    return explain.share_sentence(losses, points.selected)


def _support(loss: Hinge, points: LabelledPoints, answer: ClassifierStudy) -> str:
    held = int(support_vectors(answer.classifier.margins(answer.fit.theta), loss.margin).sum())
    rest = len(answer.classifier.x) - held
    ringed = "" if points.flat else "ringed "
    if not rest:
        return f"All {held} points hold this line: none lies beyond the margin."
    return (
        f"{held} {ringed}points hold this line; the other {rest} could move anywhere beyond the "
        "margin and it would stay."
    )


def _verdict(store: Store[BinaryState], points: LabelledPoints, answer: ClassifierStudy) -> str:
    """Say whether the guessed boundary was the one that turned most, once the hand lets go."""
    before = _before(store, points, answer)
    if before is None or not _went_wrong(before, points):
        return ""
    turned = _turns(before, points, answer)
    most = store.now.lines[int(np.argmax(turned))]
    word, did = verdict(store, most), "moved" if points.flat else "turned"
    return f"{word}: the boundary of **{low(most.name)}** {did} most." if word else ""


def _went_wrong(before: Before, points: LabelledPoints) -> bool:
    """Tell whether the point now lies on the wrong side of a line as it was."""
    at = before.index
    row = np.append(points.features[at], 1.0)
    return any(float(points.sign[at] * (row @ fit.theta)) < 0 for fit in before.fits)


def _before(
    store: Store[BinaryState], points: LabelledPoints, answer: ClassifierStudy
) -> Before | None:
    """Return how things stood before the last drag, unless the points or the losses are others."""
    before: Before | None = store.own.get("told")
    if before is None or len(before.points.x) != len(points.x):
        return None
    return before if len(before.fits) == len(answer.fits) else None


def _turns(before: Before, points: LabelledPoints, answer: ClassifierStudy) -> list[float]:
    pairs = zip(before.fits, answer.fits, strict=True)
    return [turn(points, old.theta, new.theta) for old, new in pairs]


def _moved(store: Store[BinaryState], points: LabelledPoints, answer: ClassifierStudy) -> str:
    """Say by how much the last drag turned every boundary, the largest change first."""
    before = _before(store, points, answer)
    if before is None:
        return ""
    turned = _turns(before, points, answer)
    ranked = sorted(zip(store.now.lines, turned, strict=True), key=lambda one: -one[1])
    unit = "°" if not points.flat else f" along {points.base.feature_labels[0]}"
    (first, most), *rest = ranked
    what = "turned" if not points.flat else "moved"
    flipped = points.label[before.index] != before.points.label[before.index]
    did = "Giving point {} another label" if flipped else "Moving point {}"
    told = (
        f"{did.format(before.index + 1)} {what} the boundary of **{low(first.name)}** by "
        f"{number(most, 2)}{unit}"
    )
    more = [f"**{low(loss.name)}**'s by {number(by, 2)}{unit}" for loss, by in rest]
    return told + ("; " + ", ".join(more) if more else "") + "."


def turn(points: LabelledPoints, old: np.ndarray, new: np.ndarray) -> float:
    """Return by how many degrees a boundary turned; of one feature, how far it went."""
    a, b = (points.scaling.in_data(theta) for theta in (old, new))
    if points.flat:
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(np.nan_to_num(abs(a[1] / a[0] - b[1] / b[0])))
    sizes = float(np.hypot(*a[:2]) * np.hypot(*b[:2]))
    if sizes == 0:
        return 0.0
    return float(np.degrees(np.arccos(np.clip(a[:2] @ b[:2] / sizes, -1.0, 1.0))))
