"""What the binary classification page remembers, and how hands and sliders change it."""

import dataclasses

from core.classification.linear import NAMES, LinearClassifier
from core.classification.linear_fit import ClassifierFit, fit
from core.classification.linear_study import BEST, Axes, Ranges, classifier_ranges
from core.data.labelled import LabelledSet, binary_datasets, dial, labelled
from core.declare import Parameter, parameters
from core.losses.composition import ClassWeighted
from core.losses.margin import MARGIN_LOSSES, LogisticLoss, MarginLoss
from core.optimizers import Optimizer
from pages.ui import link, session
from pages.ui.descent_state import OWN, ComparedState
from pages.ui.edits import Edits
from pages.ui.events import Event
from pages.ui.figures.margin_handles import knob_of
from pages.ui.labelled.link import start_in
from pages.ui.labelled.own import OwnTable, own_points, table_of
from pages.ui.labelled.points import (
    LabelledHands,
    LabelledPoints,
    edited_in,
    plausible,
    suited,
)
from pages.ui.session import Store

DIAL = "dial"  # the set whose share of negatives is set here
LOSS_NAMES = tuple(kind.__name__ for kind in MARGIN_LOSSES)
OVER = {BEST: ("w1", "w2"), "w1-b": ("w1", "b"), "w2-b": ("w2", "b"), "w1-w2": ("w1", "w2")}

STRENGTH = parameters(LinearClassifier)["strength"]
POSITIVE = parameters(ClassWeighted)["positive"]
MAJORITY = Parameter(
    "negatives in %", "The share of negatives among the points.", 50, 99, 1, 50, 99
)
TRUTH = Parameter(
    r"\pi", "The true probability of a positive.", 0.01, 0.99, 0.01, 0.0, 1.0, True, True
)
MISS = Parameter(
    "cost of a miss", "What calling a positive negative costs, if the reverse costs 1.",
    0.1, 100.0, 0.1, 0.0, 1e6, True, False, True,
)  # fmt: skip

# Numbers that a slider or a line turns: the field of the state, by the name of the handle.
TURNED: dict[str, Parameter] = {
    "strength": STRENGTH,
    "positive": POSITIVE,
    "majority": MAJORITY,
    "truth": TRUTH,
    "miss": MISS,
}


@dataclasses.dataclass(frozen=True)
class BinaryState(ComparedState[MarginLoss]):
    """Everything that makes up a screen of the page, and travels in its link.

    table: one's own, if a link can carry it. over: the two parameters of the landscape. held: the
    third; None for the fit's, or the best. majority: the share of negatives in percent, where it
    can be set. brush: the class that a new point gets.
    """

    points: Edits = link.linked(Edits(), link.edits(2))
    data: str = link.linked("overlapping", link.choice(*binary_datasets(), OWN))
    table: OwnTable | None = link.linked(None, table_of(2, flat=True))
    compared: tuple[str, ...] = link.linked(("LogisticLoss", "Hinge"), link.choices(*LOSS_NAMES))
    chosen: str = link.linked("LogisticLoss", link.choice(*LOSS_NAMES))
    losses: tuple[MarginLoss, ...] = link.linked(
        tuple(kind() for kind in MARGIN_LOSSES), link.declared(MARGIN_LOSSES)
    )
    over: str = link.linked(BEST, link.choice(*OVER))
    held: float | None = link.linked(None, link.number_within(-1e6, 1e6))
    strength: float = link.linked(0.0, link.number_within(0.0, 1e6))
    positive: float = link.linked(1.0, link.number_within(1e-6, 1e6))
    majority: int = link.linked(90, link.whole(50, 99))
    brush: int = link.linked(1, link.whole(0, 1))
    truth: float = link.linked(0.9, link.number_within(0.001, 0.999))
    miss: float = link.linked(1.0, link.number_within(1e-6, 1e6))


@dataclasses.dataclass(frozen=True, eq=False)
class Before:
    """How things stood before a point was moved: the points, which one, a fit per loss."""

    points: LabelledPoints
    index: int
    fits: tuple[ClassifierFit, ...]


def opened() -> Store[BinaryState]:
    """Return the page's store."""
    store = session.store(BinaryState)
    if not plausible(base_of(store), store.now.points):
        store.now, store.notice = BinaryState(), session.UNREADABLE
    if "ready" not in store.own:
        store.own["ready"] = True
        if store.now.rules == store.start.rules:
            suit(store)
    return store


def base_of(store: Store[BinaryState]) -> LabelledSet:
    """Return the data set that the edits start from."""
    if store.now.data == OWN:
        return own_points(store) or labelled("overlapping")
    if store.now.data == DIAL:
        return dial(store.now.majority)
    return labelled(store.now.data)


def points_of(store: Store[BinaryState]) -> LabelledPoints:
    """Return the points as the reader left them."""
    return edited_in(store, base_of(store))


def axes_of(store: Store[BinaryState]) -> Axes:
    """Return the two parameters of the landscape."""
    return NAMES[1] if points_of(store).flat else OVER[store.now.over]  # type: ignore[return-value]


def axis_names(store: Store[BinaryState]) -> tuple[str, str]:
    """Return in words what the landscape lies over; the units of standardized data are said."""
    points = points_of(store)
    each = {"w": "weight", "w1": "weight w₁", "w2": "weight w₂", "b": "bias b"}
    unit = "" if (points.scaling.unit == 1.0).all() else " (per standard deviation)"
    first, second = (each[name] + (unit if name != "b" else "") for name in axes_of(store))
    return first, second


def held_words(store: Store[BinaryState]) -> str:
    """Say what becomes of the parameter that the landscape does not lie over."""
    state = store.now
    if points_of(store).flat:
        return ""
    if state.over == BEST:
        return "bias at its best"
    name = {"w1-b": "w₂", "w2-b": "w₁", "w1-w2": "b"}[state.over]
    return f"{name} held at " + ("its fit" if state.held is None else f"{state.held:g}")


def ranges_of(store: Store[BinaryState]) -> Ranges:
    """Return the ranges of the landscape: as set, or such that 0 and all minima fit in.

    They stay while a hand moves.
    """
    state = store.now
    if state.span:
        return state.span[:2], state.span[2:]
    points = points_of(store)
    names = NAMES[points.x.shape[1]]
    first, second = (names.index(name) for name in axes_of(store))
    key = (state.data, state.majority, state.compared, state.over)
    return store.at_rest(
        "frame", key, lambda: classifier_ranges(fits_of(store, points), (first, second))
    )


def fits_of(store: Store[BinaryState], points: LabelledPoints) -> tuple[ClassifierFit, ...]:
    """Return a fit for every compared loss."""
    state = store.now
    weighed = (
        loss if state.positive == 1.0 else ClassWeighted(loss, 1.0, state.positive)
        for loss in state.lines
    )
    return tuple(
        fit(LinearClassifier(points.features, points.sign, loss, strength=state.strength))
        for loss in weighed
    )


def start_of(store: Store[BinaryState]) -> tuple[float, float]:
    """Return the start of the path: as set, or towards a corner of the landscape."""
    return store.now.start or start_in(ranges_of(store))


def new_data(store: Store[BinaryState]) -> None:
    """Start afresh on another data set."""
    store.forget()
    store.own["told"] = None
    store.change(points=Edits(), start=None, span=None, selected=None, held=None)
    if points_of(store).flat:
        store.change(over=BEST)
    suit(store)


def suit(store: Store[BinaryState]) -> None:
    """Choose learning rates that the curvature of the logistic loss can bear."""
    store.change(rules=_suited(store))


def _suited(store: Store[BinaryState]) -> tuple[Optimizer, ...]:
    smoothness, state = LogisticLoss().properties.smoothness, store.now
    return suited(state.rules, points_of(store), smoothness, state.strength)


class BinaryHands(LabelledHands[BinaryState]):
    """Points have a class; of one feature they move along it alone."""

    turned = TURNED

    def points(self, store: Store[BinaryState]) -> LabelledPoints:
        """Return the points as they are now."""
        return points_of(store)

    def meant(self, event: Event) -> Event:
        """Return the event of the knob that a handle on a curve stands for."""
        knob = None if event.value is None else knob_of(event.handle, event.value)
        return event if knob is None else dataclasses.replace(event, handle=knob[0], value=knob[1])

    def suited(self, store: Store[BinaryState]) -> tuple[Optimizer, ...]:
        """Return the rules with learning rates that suit the points and the penalty."""
        return _suited(store)

    def before(self, store: Store[BinaryState], index: int) -> Before:
        """Return how things stand, fits included."""
        points = points_of(store)
        return Before(points, index, fits_of(store, points))

    def turn(self, store: Store[BinaryState], field: str, value: float) -> None:
        """Turn a number; of other points what was changed about them is gone."""
        if field == "majority":
            store.change(majority=round(value), points=Edits(), selected=None)
        else:
            super().turn(store, field, value)


HANDS = BinaryHands()
