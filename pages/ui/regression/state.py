"""What the regression page remembers, and how hands and sliders change it."""

import dataclasses

import numpy as np

from core.datasets import DataSet, dataset, regression_datasets
from core.losses import RESIDUAL_LOSSES, SquaredError
from core.losses.base import Array
from core.losses.residual import ResidualLoss
from core.objectives import LinearRegression, stability_limit
from core.regression.study import fit_all, landscape_ranges
from pages.ui import link, session
from pages.ui.descent_state import OWN, ComparedState
from pages.ui.edits import MOST, Edits
from pages.ui.events import Event
from pages.ui.figures.breakdown import TRAVEL
from pages.ui.point_hands import PointHands, Spots
from pages.ui.session import Store

_FARTHEST = 1000.0  # widths of the data beyond which a link can only be a mistake
DRAWN = 500  # points that are drawn, and the largest table whose points can be dragged
_LOSS_NAMES = tuple(kind.__name__ for kind in RESIDUAL_LOSSES)


@dataclasses.dataclass(frozen=True)
class RegressionState(ComparedState[ResidualLoss]):
    """Everything that makes up a screen of the regression page, and travels in its link."""

    data: str = link.linked("outliers", link.choice(*regression_datasets(), OWN))
    compared: tuple[str, ...] = link.linked(("SquaredError", "Huber"), link.choices(*_LOSS_NAMES))
    chosen: str = link.linked("SquaredError", link.choice(*_LOSS_NAMES))
    losses: tuple[ResidualLoss, ...] = link.linked(
        tuple(kind() for kind in RESIDUAL_LOSSES), link.declared(RESIDUAL_LOSSES)
    )
    root: bool = link.linked(False, link.FLAG)
    centre: str = link.linked("auto", link.choice("auto", "on", "off"))


@dataclasses.dataclass(frozen=True, eq=False)
class Points:
    """The points on the screen, and what they are called."""

    x: Array
    y: Array
    base: DataSet
    origin: float
    selected: int
    drawn: np.ndarray | None

    @property
    def editable(self) -> bool:
        """Whether the points can be dragged: all of them are drawn."""
        return self.drawn is None


@dataclasses.dataclass(frozen=True, eq=False)
class Drag:
    """How things stood before a point was moved: the points, which one, a line per loss."""

    points: Points
    index: int
    thetas: tuple[Array, ...]


@dataclasses.dataclass(frozen=True, eq=False)
class Frame:
    """The ranges of a landscape, what they were chosen for, and which knobs are known to fit in."""

    key: tuple[object, ...]
    ranges: tuple[tuple[float, float], tuple[float, float]]
    known: set[tuple[ResidualLoss, ...]]

    def holds(self, x: Array, y: Array, lines: tuple[ResidualLoss, ...], origin: float) -> bool:
        """Tell whether every loss's minimum lies within."""
        if lines not in self.known:
            thetas = np.array([fit.theta for fit in fit_all(x, y, lines, origin)])
            low, high = np.array(self.ranges).T
            if ((thetas < low) | (thetas > high)).any():
                return False
            self.known.add(lines)
        return True


def base_of(store: Store[RegressionState]) -> DataSet:
    """Return the data set that the edits start from."""
    own: DataSet | None = store.own.get("table")
    if store.now.data != OWN:
        return dataset(store.now.data)
    return own or empty_table()


def opened() -> Store[RegressionState]:
    """Return the page's store; points of one's own that came by link become the table."""
    store = session.store(RegressionState)
    if not _plausible(store):
        store.now, store.notice = RegressionState(), session.UNREADABLE
    state = store.now
    if state.data == OWN and state.points.added and "table" not in store.own:
        x, y = state.points.apply(*2 * [np.zeros(0)])
        store.own["table"] = own_table(x, y)
        store.change(points=Edits())
    if "ready" not in store.own:
        store.own["ready"] = True
        if state.rules == store.start.rules:
            suit(store)
    return store


def _plausible(store: Store[RegressionState]) -> bool:
    """Tell whether start and edits lie near the data, and some points are left."""
    state = store.now
    if state.data == OWN:
        return True
    base = dataset(state.data)
    edited = [place for _, *place in state.points.moved] + list(map(list, state.points.added))
    for values, column in ((base.x, 0), (base.y, 1)):
        reach = _FARTHEST * float(np.ptp(values))
        middle = float(values.mean())
        if any(abs(place[column] - middle) > reach for place in edited):
            return False
    if state.start and max(map(abs, state.start)) > _FARTHEST * max(1.0, float(np.ptp(base.y))):
        return False
    return state.points.shown(len(base.x)) > 0


def settled_lines(store: Store[RegressionState]) -> tuple[ResidualLoss, ...]:
    """Return the compared losses with the knobs that frames of pictures go by."""
    return tuple(store.settled.loss(type(one).__name__) for one in store.now.lines)


def own_table(x: Array, y: Array, x_label: str = "x", y_label: str = "y") -> DataSet:
    """Return points of one's own as a data set, centred when they lie far from 0."""
    far = len(x) > 0 and abs(float(x.mean())) > 4 * float(x.std())
    return dataclasses.replace(
        empty_table(), x=x, y=y, x_label=x_label, y_label=y_label, centre=far
    )


def empty_table() -> DataSet:
    """Return a table of one's own before anything is in it."""
    none = np.zeros(0)
    return DataSet(
        OWN,
        "Your own table",
        "x",
        "y",
        "Your own points.",
        "Your own points, kept for this session alone",
        "yours",
        none,
        none,
    )


def points_of(store: Store[RegressionState]) -> Points:
    """Return the points as the reader left them."""
    base, state = base_of(store), store.now
    x, y = state.points.apply(base.x, base.y)
    centred = base.centre if state.centre == "auto" else state.centre == "on"
    reference = base.x if len(base.x) else x
    origin = float(reference.mean()) if centred and len(reference) else 0.0
    selected = base.drag or 0 if state.selected is None else state.selected
    drawn = None
    if len(x) > DRAWN:
        drawn = np.linspace(0, len(x) - 1, DRAWN).astype(np.intp)
    return Points(x, y, base, origin, min(selected, max(len(x) - 1, 0)), drawn)


def share(store: Store[RegressionState]) -> None:
    """Write the screen into the page's address; one's own points travel as added to nothing."""
    state = store.now
    if state.data == OWN:
        shown = points_of(store)
        state = dataclasses.replace(state, points=Edits())
        if len(shown.x) <= MOST:
            places = tuple(zip(shown.x.tolist(), shown.y.tolist(), strict=True))
            state = dataclasses.replace(state, points=Edits(added=places))
    session.share(store, state)


def link_sentence(store: Store[RegressionState]) -> str:
    """Say what the address carries."""
    count = store.now.points.shown(len(base_of(store).x))
    if store.now.data == OWN and count > MOST:
        return (
            f"The address carries your settings, not your {count:,} points: a link holds up to "
            f"{MOST}. Send the table along."
        )
    if store.now.points.count > MOST:
        return f"You changed more than {MOST} points: the address carries none of the changes."
    return "The address of this page carries this very screen: copy it to share."


def ranges_of(store: Store[RegressionState]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the ranges of the landscape: as set, or such that all minima of the base fit in.

    They stay while points move and while knobs turn, and after that if they still hold.
    """
    state, base = store.now, base_of(store)
    if state.span:
        return state.span[:2], state.span[2:]
    shown = points_of(store)
    x, y = (base.x, base.y) if len(base.x) else (shown.x, shown.y)
    if len(x) == 0:
        return (-1.0, 1.0), (-1.0, 1.0)
    lines = settled_lines(store)
    frame: Frame | None = store.own.get("frame")
    key = (state.data, id(base), state.compared, shown.origin)
    if frame is None or frame.key != key or not frame.holds(x, y, lines, shown.origin):
        frame = Frame(key, landscape_ranges(x, y, lines, shown.origin), {lines})
        store.own["frame"] = frame
    return frame.ranges


def start_of(store: Store[RegressionState]) -> tuple[float, float]:
    """Return the start of the path: as set, or towards a corner of the landscape."""
    if store.now.start:
        return store.now.start
    (left, right), (bottom, top) = ranges_of(store)
    digits = 2 - int(np.floor(np.log10(max(right - left, top - bottom))))
    return (
        round(left + 0.14 * (right - left), digits),
        round(top - 0.12 * (top - bottom), digits),
    )


def new_data(store: Store[RegressionState]) -> None:
    """Start afresh on another data set, with a learning rate that its curvature can bear."""
    store.forget()
    store.own["told"] = None
    store.change(points=Edits(), start=None, span=None, selected=None)
    suit(store)


def suit(store: Store[RegressionState]) -> None:
    """Choose learning rates that the curvature of the squared error can bear."""
    shown = points_of(store)
    if len(shown.x) == 0:
        return
    limit = stability_limit(LinearRegression(shown.x, shown.y, SquaredError(), origin=shown.origin))
    rate = 0.1 if limit is None else min(0.1, _one_digit(0.4 * limit))
    slower = {"GradientDescent": rate, "Momentum": rate / 2, "Adam": 0.1}
    rules = tuple(
        dataclasses.replace(rule, learning_rate=slower[type(rule).__name__])  # type: ignore[call-arg]
        for rule in store.now.rules
    )
    store.change(rules=rules)


def _one_digit(value: float) -> float:
    return float(f"{value:.1g}")


class RegressionHands(PointHands[RegressionState]):
    """The points of the regression page can be moved any way, one of them on a line too."""

    def spots(self, store: Store[RegressionState]) -> Spots:
        """Return the points as they are now."""
        shown = points_of(store)
        return Spots(shown.x, shown.y, len(base_of(store).x), shown.selected)

    def before(self, store: Store[RegressionState], index: int) -> Drag:
        """Return how things stand, lines included."""
        shown = points_of(store)
        fits = fit_all(shown.x, shown.y, store.now.lines, shown.origin)
        return Drag(shown, index, tuple(fit.theta for fit in fits))

    def own(self, store: Store[RegressionState], event: Event) -> bool:
        """Move the selected point along the line that shows its travel."""
        if event.handle == TRAVEL:
            self.move(store, event, points_of(store).selected)
        return event.handle == TRAVEL


HANDS = RegressionHands()
