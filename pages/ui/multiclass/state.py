"""What the page of several classes remembers, and how hands and sliders change it."""

import dataclasses

from core.classification.linear_study import Ranges
from core.classification.softmax_fit import SoftmaxFit, fit
from core.classification.softmax_regression import COLUMNS, MOST, SoftmaxRegression
from core.classification.softmax_study import Axes, softmax_models, softmax_ranges
from core.data.labelled import LabelledSet, labelled, multiclass_datasets
from core.declare import Parameter, parameters
from core.losses.multiclass import MULTICLASS_LOSSES, CategoricalCrossEntropy, MulticlassLoss
from core.optimizers import Optimizer
from pages.ui import link, session
from pages.ui.descent_state import OWN, ComparedState
from pages.ui.edits import Edits
from pages.ui.events import Event
from pages.ui.labelled.link import start_in
from pages.ui.labelled.own import OwnTable, own_points, table_of
from pages.ui.labelled.points import (
    LabelledHands,
    LabelledPoints,
    edited_in,
    plausible,
    suited,
)
from pages.ui.multiclass.simplex import (
    SHIFT,
    TEMPERATURE,
    SimplexState,
    move_prediction,
    turn_logit,
)
from pages.ui.session import Store

LOSS_NAMES = tuple(kind.__name__ for kind in MULTICLASS_LOSSES)
WEIGHTS = tuple(f"{name}-{k}" for k in range(MOST) for name in COLUMNS)
STRENGTH = parameters(SoftmaxRegression)["strength"]
_LETTERS = {"w1": "weight w₁", "w2": "weight w₂", "b": "bias b"}
_COMPARED = ("CategoricalCrossEntropy", "MulticlassHinge")

# Numbers that a slider or a line turns: the field of the state, by the name of the handle.
TURNED: dict[str, Parameter] = {
    "strength": STRENGTH,
    "temperature": TEMPERATURE,
    "shift": SHIFT,
}


@dataclasses.dataclass(frozen=True)
class MulticlassState(SimplexState, ComparedState[MulticlassLoss]):
    """Everything that makes up a screen of the page, and travels in its link.

    table: one's own, if a link can carry it. across and up: the two weights of the landscape, a
    column and a class each. brush: the class that a new point gets.
    """

    points: Edits = link.linked(Edits(), link.edits(MOST))
    data: str = link.linked("three", link.choice(*multiclass_datasets(), OWN))
    table: OwnTable | None = link.linked(None, table_of(MOST, flat=False))
    compared: tuple[str, ...] = link.linked(_COMPARED, link.choices(*LOSS_NAMES))
    chosen: str = link.linked("CategoricalCrossEntropy", link.choice(*LOSS_NAMES))
    losses: tuple[MulticlassLoss, ...] = link.linked(
        tuple(kind() for kind in MULTICLASS_LOSSES), link.declared(MULTICLASS_LOSSES)
    )
    across: str = link.linked("w1-1", link.choice(*WEIGHTS))
    up: str = link.linked("w2-2", link.choice(*WEIGHTS))
    strength: float = link.linked(0.0, link.number_within(0.0, 1e6))
    brush: int = link.linked(0, link.whole(0, MOST - 1))

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.across == self.up:
            raise link.LinkError("up")

    @property
    def over(self) -> Axes:
        """The two weights of the landscape."""
        first, second = (name.split("-") for name in (self.across, self.up))
        return (int(first[1]), first[0]), (int(second[1]), second[0])


@dataclasses.dataclass(frozen=True, eq=False)
class Before:
    """How things stood before a point was moved: the points, which one, a fit per loss."""

    points: LabelledPoints
    index: int
    fits: tuple[SoftmaxFit, ...]


def opened() -> Store[MulticlassState]:
    """Return the page's store."""
    store = session.store(MulticlassState)
    if not _usable(store):
        store.now, store.notice = MulticlassState(), session.UNREADABLE
    if "ready" not in store.own:
        store.own["ready"] = True
        if store.now.rules == store.start.rules:
            suit(store)
    return store


def _usable(store: Store[MulticlassState]) -> bool:
    """Tell whether edits, weights and brush are of these points."""
    base, state = base_of(store), store.now
    classes = len(base.class_names)
    named = max(state.brush, *(k for k, _ in state.over))
    return plausible(base, state.points) and named < classes


def base_of(store: Store[MulticlassState]) -> LabelledSet:
    """Return the data set that the edits start from."""
    if store.now.data == OWN:
        return own_points(store) or labelled("three")
    return labelled(store.now.data)


def points_of(store: Store[MulticlassState]) -> LabelledPoints:
    """Return the points as the reader left them."""
    return edited_in(store, base_of(store))


def weight_name(store: Store[MulticlassState], weight: str) -> str:
    """Return in words which weight of which class that is."""
    name, k = weight.split("-")
    points = points_of(store)
    unit = "" if (points.scaling.unit == 1.0).all() or name == "b" else " (per std. deviation)"
    return f"{_LETTERS[name]} of {points.base.class_names[int(k)]}{unit}"


def axis_names(store: Store[MulticlassState]) -> tuple[str, str]:
    """Return in words what the landscape lies over."""
    return weight_name(store, store.now.across), weight_name(store, store.now.up)


def models_of(
    store: Store[MulticlassState], points: LabelledPoints
) -> tuple[SoftmaxRegression, ...]:
    """Return a model for every compared loss."""
    state, classes = store.now, len(points.base.class_names)
    return softmax_models(points.features, points.label, state.lines, state.strength, classes)


def fits_of(store: Store[MulticlassState], points: LabelledPoints) -> tuple[SoftmaxFit, ...]:
    """Return a fit for every compared loss; those of the same points are not made again.

    While a hand moves they follow the ones before.
    """
    state = store.now
    key = (state.data, state.points, state.strength, id(points.base), bool(store.held))
    known: dict[MulticlassLoss, SoftmaxFit] = store.kept("fits", key, dict)
    near: dict[MulticlassLoss, SoftmaxFit] = store.own.get("near", {}) if store.held else {}
    for model in models_of(store, points):
        if model.loss not in known:
            known[model.loss] = fit(model, near.get(model.loss))
    store.own["near"] = known
    return tuple(known[loss] for loss in state.lines)


def ranges_of(store: Store[MulticlassState]) -> Ranges:
    """Return the ranges of the landscape: as set, or such that 0 and all minima fit in."""
    state = store.now
    if state.span:
        return state.span[:2], state.span[2:]
    points = points_of(store)
    key = (state.data, state.compared, state.over)
    return store.at_rest("frame", key, lambda: softmax_ranges(fits_of(store, points), state.over))


def start_of(store: Store[MulticlassState]) -> tuple[float, float]:
    """Return the start of the path: as set, or towards a corner of the landscape."""
    return store.now.start or start_in(ranges_of(store))


def new_data(store: Store[MulticlassState]) -> None:
    """Start afresh on another data set."""
    store.forget()
    store.own["told"] = None
    store.change(points=Edits(), start=None, span=None, selected=None)
    if not _usable(store):
        store.change(brush=0, across="w1-1", up="w2-0")
    suit(store)


def suit(store: Store[MulticlassState]) -> None:
    """Choose learning rates that the curvature of cross-entropy can bear."""
    store.change(rules=_suited(store))


def _suited(store: Store[MulticlassState]) -> tuple[Optimizer, ...]:
    smoothness, state = CategoricalCrossEntropy().properties.smoothness, store.now
    return suited(state.rules, points_of(store), smoothness, state.strength)


class MulticlassHands(LabelledHands[MulticlassState]):
    """Beside points and knobs there is one prediction: a place in a triangle, and three logits."""

    turned = TURNED

    def points(self, store: Store[MulticlassState]) -> LabelledPoints:
        """Return the points as they are now."""
        return points_of(store)

    def suited(self, store: Store[MulticlassState]) -> tuple[Optimizer, ...]:
        """Return the rules with learning rates that suit the points and the penalty."""
        return _suited(store)

    def before(self, store: Store[MulticlassState], index: int) -> Before:
        """Return how things stand, fits included."""
        points = points_of(store)
        return Before(points, index, fits_of(store, points))

    def own(self, store: Store[MulticlassState], event: Event) -> bool:
        """Move the prediction or one of its logits."""
        told = move_prediction(store.now, event) or turn_logit(store.now, event)
        if told is None:
            return super().own(store, event)
        self.hold(store, event)
        store.change(logits=told)
        return True


HANDS = MulticlassHands()
