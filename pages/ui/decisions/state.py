"""What the page of decisions remembers."""

import dataclasses
import math

import numpy as np

from core.data.story import frozen
from core.decisions.best_number import Criterion, LargestMiss, Window
from core.decisions.newsvendor import Newsvendor
from core.decisions.outcomes import MOST, Outcomes, OutcomeSet, outcome_sets
from core.decisions.three_words import Scored
from core.decisions.thresholds import Prices, shifted
from core.declare import Parameter
from core.losses import Hinge, LogisticLoss, MarginLoss, SquaredHinge, ZeroOne
from core.losses.base import Array
from core.losses.residual import RESIDUAL_LOSSES, Quantile
from pages.ui import link, session
from pages.ui.edits import Edits
from pages.ui.screen import ScreenState
from pages.ui.session import Store

OWN = "own"
CRITERIA: tuple[type[Criterion], ...] = (*RESIDUAL_LOSSES, Window, LargestMiss)
NAMES = tuple(kind.__name__ for kind in CRITERIA)
JUDGES: dict[str, MarginLoss] = {
    type(one).__name__: one for one in (LogisticLoss(), Hinge(), SquaredHinge(), ZeroOne())
}
_COMPARED = ("SquaredError", "AbsoluteError", "Quantile", "Window")
_LARGEST = 1e50
SCORE_REACH = 20.0

# A screening: how likely each of so many people is ill, and who turned out to be.
CHANCES = frozen(
    [0.03, 0.05, 0.08, 0.12, 0.16, 0.22, 0.31, 0.38, 0.47, 0.55, 0.64, 0.72, 0.83, 0.94]
)
CAME_TRUE = np.array([0, 0, 0, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 1])
_SCORES = (2.2, 0.7, -0.4, -1.9, -0.8, 1.1)
ROW_LABELS = (1, 1, 1, 0, 0, 0)

SHIFT = Parameter(
    "shift", "how far all reported log-odds lie above the true ones: 0 is honest", -4.0, 4.0, 0.05,
    -4.0, 4.0,
)  # fmt: skip
CUT = Parameter("threshold", "a score above it is called positive", -4.0, 4.0, 0.05, -20.0, 20.0)
STRENGTH = Parameter(
    r"\lambda", "how much the objective charges large scores on top of the cost", 0.0, 2.0, 0.01,
    0.0, 10.0,
)  # fmt: skip

# Numbers that a slider or a line turns: the field of the state, by the name of the handle.
TURNED: dict[str, Parameter] = {"shift": SHIFT, "cut": CUT, "strength": STRENGTH}


def _numbers(most: int) -> link.Codec:
    """Some finite numbers, at most so many."""

    def reader(text: str) -> tuple[float, ...]:
        count = text.count("_") + 1
        if count > most:
            raise link.LinkError(text[:40])
        values: tuple[float, ...] = link.numbers(count).read(text)
        return values

    return link.Codec(link.numbers(0).write, reader)


def _default_losses() -> tuple[Criterion, ...]:
    return tuple(Quantile(0.8) if kind is Quantile else kind() for kind in CRITERIA)


@dataclasses.dataclass(frozen=True)
class DecisionsState(ScreenState):
    """Everything that makes up a screen of the page, and travels in its link.

    points: outcomes that were dragged, added or taken away, along x. own: outcomes of one's own.
    number, order: what the reader names and orders; None follows the data.
    cases: the same of the true probabilities, with labels. shift: how far reports are off.
    scores: of the examples that tell loss, cost and metric apart; row: the one looked at.
    """

    data: str = link.linked("bakery", link.choice(*outcome_sets(), OWN))
    own: tuple[float, ...] = link.linked((), _numbers(MOST))
    points: Edits = link.linked(Edits(), link.edits())
    selected: int | None = link.linked(None, link.whole(0, 999))
    compared: tuple[str, ...] = link.linked(_COMPARED, link.choices(*NAMES))
    chosen: str = link.linked("SquaredError", link.choice(*NAMES))
    losses: tuple[Criterion, ...] = link.linked(_default_losses(), link.declared(CRITERIA))
    number: float | None = link.linked(None, link.number_within(-_LARGEST, _LARGEST))
    shops: tuple[Newsvendor, ...] = link.linked((Newsvendor(),), link.declared((Newsvendor,)))
    order: float | None = link.linked(None, link.number_within(-_LARGEST, _LARGEST))
    prices: tuple[Prices, ...] = link.linked((Prices(),), link.declared((Prices,)))
    cases: Edits = link.linked(Edits(), link.edits(2))
    case: int = link.linked(7, link.whole(0, 999))
    brush: int = link.linked(1, link.whole(0, 1))
    threshold: float = link.linked(0.5, link.number_within(0.0, 1.0))
    shift: float = link.linked(0.0, link.number_within(SHIFT.minimum, SHIFT.maximum))
    labelled: bool = link.linked(True, link.FLAG)
    scores: tuple[float, ...] = link.linked(_SCORES, link.numbers(len(_SCORES)))
    row: int = link.linked(2, link.whole(0, len(_SCORES) - 1))
    judge: str = link.linked("LogisticLoss", link.choice(*JUDGES))
    cut: float = link.linked(0.0, link.number_within(CUT.minimum, CUT.maximum))
    strength: float = link.linked(0.0, link.number_within(STRENGTH.minimum, STRENGTH.maximum))

    def __post_init__(self) -> None:
        if not self.compared:
            raise link.LinkError("compared")
        if self.chosen not in self.compared:
            object.__setattr__(self, "chosen", self.compared[0])
        places = [x for _, x, _ in self.cases.moved] + [x for x, _ in self.cases.added]
        if not all(0.0 <= x <= 1.0 for x in places) or not 0 < self._cases_left <= MOST:
            raise link.LinkError("cases")
        if max(map(abs, self.scores)) > SCORE_REACH:
            raise link.LinkError("scores")

    @property
    def _cases_left(self) -> int:
        return self.cases.shown(len(CHANCES))

    def loss(self, name: str) -> Criterion:
        """Return the loss of that class with its knobs as they are."""
        return self.losses[NAMES.index(name)]

    @property
    def lines(self) -> tuple[Criterion, ...]:
        """The compared losses, in display order."""
        return tuple(one for one in self.losses if type(one).__name__ in self.compared)

    @property
    def shop(self) -> Newsvendor:
        """The prices of the newsvendor."""
        return self.shops[0]

    @property
    def price(self) -> Prices:
        """What decisions on probabilities cost."""
        return self.prices[0]

    @property
    def scored(self) -> Scored:
        """The examples that tell loss, cost and metric apart."""
        return Scored.of(self.scores, ROW_LABELS, JUDGES[self.judge], self.cut, self.strength)


@dataclasses.dataclass(frozen=True, eq=False)
class Line:
    """The outcomes on the screen, in the order in which they were given.

    Shape: values (n,).
    """

    base: OutcomeSet
    values: Array
    outcomes: Outcomes
    selected: int


@dataclasses.dataclass(frozen=True, eq=False)
class Cases:
    """Who is decided about: the true probability, the reported one, and what came true.

    Shape: truth, reported and label (n,).
    """

    truth: Array
    reported: Array
    label: np.ndarray
    selected: int


def opened() -> Store[DecisionsState]:
    """Return the page's store."""
    store = session.store(DecisionsState)
    if not is_missing(store) and not _plausible(store):
        store.now, store.notice = DecisionsState(), session.UNREADABLE
    return store


def is_missing(store: Store[DecisionsState]) -> bool:
    """Tell whether outcomes of one's own are asked for and not here yet."""
    return store.now.data == OWN and not store.now.own


def _plausible(store: Store[DecisionsState]) -> bool:
    """Tell whether edits leave some outcomes, and not too many."""
    return 0 < store.now.points.shown(len(base_of(store).values)) <= MOST


def base_of(store: Store[DecisionsState]) -> OutcomeSet:
    """Return the outcomes that the edits start from."""
    own = store.now.own
    if store.now.data == OWN and own:
        return store.kept("own-base", own, lambda: own_set(own))
    return outcome_sets()[store.now.data if store.now.data != OWN else "bakery"]


def own_set(values: tuple[float, ...]) -> OutcomeSet:
    """Return outcomes of one's own as a set."""
    return OutcomeSet(
        OWN, "Your own numbers", "Your numbers", "These are your own numbers.", frozen(values),
        drag=int(np.argmax(values)), source="Brought by you",
    )  # fmt: skip


def line_of(store: Store[DecisionsState]) -> Line:
    """Return the outcomes as the reader left them."""
    base, edits, selected = base_of(store), store.now.points, store.now.selected

    def make() -> Line:
        values, _ = edits.apply(base.values, np.zeros_like(base.values))
        at = base.drag if selected is None else selected
        return Line(base, values, Outcomes.of(values), min(at, len(values) - 1))

    return store.kept("line", (base.key, store.now.own, edits, selected), make)


def cases_of(state: DecisionsState) -> Cases:
    """Return who is decided about, as the reader left them."""
    truth, _ = state.cases.apply(CHANCES, np.zeros_like(CHANCES))
    label = state.cases.labels(CAME_TRUE)
    reported = shifted(truth, state.shift)
    return Cases(truth, reported, label, min(state.case, len(truth) - 1))


def span_of(store: Store[DecisionsState]) -> tuple[float, float]:
    """Return the part of the number line that is drawn; it stays while a hand moves."""
    line, named = line_of(store), (number_of(store), order_of(store))
    return store.at_rest("span", line.base.key, lambda: _span(line, named))


def _span(line: Line, named: tuple[float, ...]) -> tuple[float, float]:
    """Return a range that holds the outcomes as they came and as they are, with room on top.

    There is more room on the right: something can be dragged far off.
    """
    both = np.concatenate([line.base.values, line.values, named])
    low, high = float(both.min()), float(both.max())
    wide = high - low or abs(high) or 1.0
    return low - 0.12 * wide, high + 0.3 * wide


def number_of(store: Store[DecisionsState]) -> float:
    """Return the number that the reader names: as set, or some way above the middle."""
    if store.now.number is not None:
        return store.now.number
    base = base_of(store).values
    return _short(0.4 * float(base.min()) + 0.6 * float(base.max()), base)


def order_of(store: Store[DecisionsState]) -> float:
    """Return what the reader orders: as set, or the mean of the demand as it came."""
    if store.now.order is not None:
        return store.now.order
    base = base_of(store).values
    return _short(Outcomes.of(base).mean, base)


def _short(value: float, among: Array) -> float:
    """Return the number in steps of a thousandth of the range of these, or so, and within it."""
    low, high = float(among.min()), float(among.max())
    if low == high:
        return low
    return min(max(round(value, 3 - math.floor(math.log10(high - low))), low), high)


def new_data(store: Store[DecisionsState]) -> None:
    """Start afresh on other outcomes."""
    store.forget()
    store.own["told"] = None
    store.change(points=Edits(), selected=None, number=None, order=None)
