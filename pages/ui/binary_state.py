"""What the binary classification page remembers, and how hands and sliders change it."""

import dataclasses

import numpy as np

from core.classification import NAMES, LinearClassifier
from core.classifier_fit import ClassifierFit, fit
from core.classifier_study import BEST, Axes, Ranges, Scaling, classifier_ranges
from core.declare import Parameter, parameters
from core.labelled import LabelledSet, Labels, binary_datasets, dial, labelled
from core.losses.base import Array
from core.losses.composition import ClassWeighted
from core.losses.margin import MARGIN_LOSSES, LogisticLoss, MarginLoss
from pages.ui import link, session
from pages.ui.descent_state import OWN, DescentState
from pages.ui.edits import MOST, Edits, Place
from pages.ui.events import Event
from pages.ui.hands import Hands, Spots
from pages.ui.session import Store

DIAL = "dial"  # the set whose share of negatives is set here
DRAWN = 600  # the most points that are drawn, and of which each can be dragged
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
class BinaryState(DescentState):
    """Everything that makes up a screen of the page, and travels in its link.

    over: the two parameters of the landscape. held: the third; None for the fit's, or the best.
    majority: the share of negatives in percent, where it can be set. brush: the class that a
    new point gets.
    """

    points: Edits = link.linked(Edits(), link.edits(2))
    data: str = link.linked("overlapping", link.choice(*binary_datasets(), OWN))
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

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.compared:
            raise link.LinkError("compared")
        if self.chosen not in self.compared:
            object.__setattr__(self, "chosen", self.compared[0])

    def loss(self, name: str) -> MarginLoss:
        """Return the loss of that class with its knobs as they are."""
        return self.losses[LOSS_NAMES.index(name)]

    @property
    def lines(self) -> tuple[MarginLoss, ...]:
        """The compared losses, in display order."""
        return tuple(self.loss(name) for name in LOSS_NAMES if name in self.compared)


@dataclasses.dataclass(frozen=True, eq=False)
class LabelledPoints:
    """The points on the screen.

    Shape: x (n, d) in the units of the data, label (n,) of 0 and 1.
    """

    x: Array
    label: Labels
    base: LabelledSet
    scaling: Scaling
    selected: int

    @property
    def features(self) -> Array:
        """The points in the units that weights are measured in."""
        return self.scaling.features(self.x)

    @property
    def sign(self) -> Array:
        """The labels as -1 and 1."""
        return np.where(self.label > 0, 1.0, -1.0)

    @property
    def editable(self) -> bool:
        """Whether every point can be dragged."""
        return len(self.x) <= DRAWN

    @property
    def flat(self) -> bool:
        """Whether there is but one feature."""
        return self.x.shape[1] == 1

    @property
    def up(self) -> Array:
        """What is drawn upwards: the second feature, or the class."""
        return self.label.astype(np.float64) if self.flat else self.x[:, 1]


@dataclasses.dataclass(frozen=True, eq=False)
class Before:
    """How things stood before a point was moved: the points, which one, a fit per loss."""

    points: LabelledPoints
    index: int
    fits: tuple[ClassifierFit, ...]


def opened() -> Store[BinaryState]:
    """Return the page's store."""
    store = session.store(BinaryState)
    if not _plausible(store):
        store.now, store.notice = BinaryState(), session.UNREADABLE
    if "ready" not in store.own:
        store.own["ready"] = True
        if store.now.rules == store.start.rules:
            suit(store)
    return store


def base_of(store: Store[BinaryState]) -> LabelledSet:
    """Return the data set that the edits start from."""
    if store.now.data == OWN:
        own: LabelledSet | None = store.own.get("table")
        return own or labelled("overlapping")
    if store.now.data == DIAL:
        return dial(store.now.majority)
    return labelled(store.now.data)


def _plausible(store: Store[BinaryState]) -> bool:
    """Tell whether the edits lie near the data and some points are left."""
    base, edits = base_of(store), store.now.points
    places = [place for _, *place in edits.moved] + list(map(list, edits.added))
    for column in range(base.x.shape[1]):
        values = base.x[:, column]
        reach, middle = 1000.0 * float(np.ptp(values)), float(values.mean())
        if any(abs(place[column] - middle) > reach for place in places):
            return False
    return edits.shown(len(base.x)) > 0


def points_of(store: Store[BinaryState]) -> LabelledPoints:
    """Return the points as the reader left them."""
    base, edits = base_of(store), store.now.points
    flat = base.x.shape[1] == 1
    first, second = base.x[:, 0], np.zeros(len(base.x)) if flat else base.x[:, 1]
    columns = edits.apply(first, second)
    x = columns[0][:, None] if flat else np.column_stack(columns)
    features = base.x.shape[1]
    plain = np.abs(base.x.mean(axis=0)).max() < 1 and 0.2 < base.x.std(axis=0).min() < 5
    scaling = Scaling.none(features) if plain else Scaling.of(base.x)
    selected = base.drag if store.now.selected is None else store.now.selected
    label = edits.labels(base.label)
    return LabelledPoints(x, label, base, scaling, min(selected, len(x) - 1))


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


def ranges_of(store: Store[BinaryState]) -> Ranges:
    """Return the ranges of the landscape: as set, or such that 0 and all minima fit in.

    They stay while a hand moves.
    """
    state = store.now
    if state.span:
        return state.span[:2], state.span[2:]
    points = points_of(store)
    key = (state.data, state.majority, state.compared, state.over)
    kept = store.own.get("frame")
    if kept is None or kept[0] != key or not store.held:
        names = NAMES[points.x.shape[1]]
        first, second = (names.index(name) for name in axes_of(store))
        ranges = classifier_ranges(fits_of(store, points), (first, second))
        kept = (key, _kept(ranges, kept, key))
        store.own["frame"] = kept
    found: Ranges = kept[1]
    return found


def _kept(ranges: Ranges, before: tuple[object, Ranges] | None, key: object) -> Ranges:
    """Return the frame there was, if it still holds these ranges and is not much too large."""
    if before is None or before[0] != key:
        return ranges
    for (low, high), (left, right) in zip(ranges, before[1], strict=True):
        room = 0.25 * (high - low)
        if low + room < left or high - room > right or (right - left) > 3 * (high - low):
            return ranges
    return before[1]


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
    if store.now.start:
        return store.now.start
    (left, right), (bottom, top) = ranges_of(store)
    return (
        float(f"{left + 0.12 * (right - left):.2g}"),
        float(f"{top - 0.12 * (top - bottom):.2g}"),
    )


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
    points = points_of(store)
    design = np.column_stack([points.features, np.ones(len(points.x))])
    steepest = LogisticLoss().properties.smoothness * float(
        np.linalg.eigvalsh(design.T @ design / len(design))[-1]
    )
    rate = float(f"{min(2.0, 0.8 / steepest):.1g}")
    slower = {"GradientDescent": rate, "Momentum": rate / 4, "Adam": 0.2}
    rules = tuple(
        dataclasses.replace(rule, learning_rate=slower[type(rule).__name__])  # type: ignore[call-arg]
        for rule in store.now.rules
    )
    store.change(rules=rules)


def share(store: Store[BinaryState]) -> None:
    """Write the screen into the page's address."""
    session.share(store, store.now)


def link_sentence(store: Store[BinaryState]) -> str:
    """Say what the address carries."""
    if store.now.points.count > MOST:
        return f"You changed more than {MOST} points: the address carries none of the changes."
    return "The address of this page carries this very screen: copy it to share."


class BinaryHands(Hands[BinaryState]):
    """Points have a class; of one feature they move along it alone."""

    def spots(self, store: Store[BinaryState]) -> Spots:
        """Return the points as they are now."""
        points = points_of(store)
        return Spots(points.x[:, 0], points.up, len(points.base.x), points.selected)

    def before(self, store: Store[BinaryState], index: int) -> Before:
        """Return how things stand, fits included."""
        points = points_of(store)
        return Before(points, index, fits_of(store, points))

    def added(self, store: Store[BinaryState], place: Place) -> Edits:
        """Return the edits with one more point, of the class that is chosen for new ones."""
        return store.now.points.add(place, store.now.brush)

    def own(self, store: Store[BinaryState], event: Event) -> bool:
        """Put a point in the other class, or turn a number of this page's own."""
        if event.kind == "flip":
            self.flip(store, event.index)
            return True
        told = TURNED.get(event.handle)
        if told is None or event.value is None:
            return False
        if told.accepts(event.value):
            self.hold(store, event)
            if event.handle == "majority":  # other points: what was changed about them is gone
                store.change(majority=round(event.value), points=Edits(), selected=None)
            else:
                store.change(**{event.handle: event.value})
        return True

    def flip(self, store: Store[BinaryState], index: int | None = None) -> None:
        """Put a point, or the selected one, in the other class."""
        points = points_of(store)
        index = points.selected if index is None else index
        if index >= len(points.x):
            return
        store.remember()
        store.own["told"] = self.before(store, index)
        other = 1 - int(points.label[index])
        edits = store.now.points.relabel(points.base.label, index, other)
        store.change(points=edits, selected=index)


HANDS = BinaryHands()
