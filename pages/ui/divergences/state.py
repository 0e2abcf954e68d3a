"""What the page of divergences remembers, and how hands and sliders change it."""

import dataclasses
import math

from core.declare import Parameter
from core.divergences.distributions import COMPARED, TwoDistributions, rescaled, spread_over
from core.divergences.gaussian_fits import TwoHumps
from core.divergences.maximum_likelihood import FACES, DieFit, Likelihood
from core.losses.domain import DomainError
from core.optimizers import OPTIMIZERS, Adam, Optimizer
from pages.ui import link, session
from pages.ui.descent_state import STEPS
from pages.ui.events import Event
from pages.ui.figures.bars import gripped, unit_of
from pages.ui.figures.humps import TOPS, under_top
from pages.ui.hands import Hands
from pages.ui.screen import ScreenState
from pages.ui.session import Store

NAMES = ("sun", "cloud", "rain", "snow", "fog", "storm")
FEWEST = 2
# What the landscapes lie over, always: pictures that follow a finger must not jump.
MEANS, SPREADS = (-5.0, 5.0), (0.2, 4.5)
TILTS, BENDS = (-6.0, 6.0), (-9.0, 9.0)
MOST = 40  # throws of one face

PROBABILITY = Parameter("p", "The probability of this outcome.", 0.0, 1.0, 0.01, 0.0, 1.0)
THROWS = Parameter("n", "How often this face came up.", 0, MOST, 1, 0, MOST)
STARTS = ("start-forward", "start-reverse")  # one start, to be dragged on either landscape
DIE_STARTS = ("start-likelihood", "start-divergence")

_RULES = tuple(kind.__name__ for kind in OPTIMIZERS)


def _write_shares(row: tuple[float, ...]) -> str:
    return "_".join(map(link.short, row))


def _read_shares(text: str) -> tuple[float, ...]:
    count = text.count("_") + 1
    if not FEWEST <= count <= len(NAMES):
        raise link.LinkError(text[:40])
    row: tuple[float, ...] = link.numbers(count).read(text)
    try:
        TwoDistributions(row, row)  # type: ignore[arg-type]
    except DomainError as error:
        raise link.LinkError(text[:40]) from error
    return tuple(min(max(one, 0.0), 1.0) for one in row)


def _read_counts(text: str) -> tuple[int, ...]:
    parts = text.split("_")
    if len(parts) != FACES:
        raise link.LinkError(text[:40])
    counts = tuple(link.whole(0, MOST).read(part) for part in parts)
    if not any(counts):
        raise link.LinkError(text[:40])
    return counts


def _place(x: tuple[float, float], y: tuple[float, float]) -> link.Codec:
    """Two numbers, each within its range."""
    pair = link.numbers(2)

    def reader(text: str) -> tuple[float, float]:
        a, b = pair.read(text)
        if not (x[0] <= a <= x[1] and y[0] <= b <= y[1]):
            raise link.LinkError(text[:40])
        return a, b

    return link.Codec(pair.write, reader)


SHARES = link.Codec(_write_shares, _read_shares)
COUNTS = link.Codec(lambda counts: "_".join(map(str, counts)), _read_counts)


@dataclasses.dataclass(frozen=True)
class DivergencesState(ScreenState):
    """Everything that makes up a screen of the page, and travels in its link.

    p and q: as many probabilities each as there are outcomes. about: the class of the divergence
    that is explained. start: of the paths towards the two
    humps, (μ, σ). die_start: of the path towards the throws, (tilt, bend).

    Raises: `LinkError` when p and q are not of the same outcomes.
    """

    p: tuple[float, ...] = link.linked((0.5, 0.35, 0.14, 0.01), SHARES)
    q: tuple[float, ...] = link.linked((0.25, 0.3, 0.2, 0.25), SHARES)
    bits: bool = link.linked(False, link.FLAG)
    humps: tuple[TwoHumps, ...] = link.linked((TwoHumps(),), link.declared((TwoHumps,)))
    optimizer: str = link.linked(Adam.__name__, link.choice(*_RULES))
    rules: tuple[Optimizer, ...] = link.linked(
        tuple(kind() for kind in OPTIMIZERS), link.declared(OPTIMIZERS)
    )
    steps: int = link.linked(200, link.whole(1, 500))
    start: tuple[float, float] = link.linked((-1.0, 1.0), _place(MEANS, SPREADS))
    view: str = link.linked("above", link.choice("above", "surface"))
    levels: str = link.linked("geometric", link.choice("geometric", "plain"))
    about: str = link.linked("KLDivergence", link.choice(*(kind.__name__ for kind in COMPARED)))
    counts: tuple[int, ...] = link.linked((4, 9, 14, 15, 11, 7), COUNTS)
    die_start: tuple[float, float] = link.linked((4.0, 5.0), _place(TILTS, BENDS))

    def __post_init__(self) -> None:
        if len(self.p) != len(self.q):
            raise link.LinkError("q")

    @property
    def names(self) -> tuple[str, ...]:
        """What the outcomes are called."""
        return NAMES[: len(self.p)]

    @property
    def rule(self) -> Optimizer:
        """The optimizer with its knobs as they are."""
        return self.rules[_RULES.index(self.optimizer)]

    @property
    def two(self) -> TwoHumps:
        """The two humps with their knobs as they are."""
        return self.humps[0]

    @property
    def unit(self) -> str:
        """What divergences are measured in."""
        return "bits" if self.bits else "nats"

    def units(self, text: str) -> str:
        """Return what stands after a number on the screen."""
        return unit_of(text, self.unit)

    @property
    def per_nat(self) -> float:
        """How many of that unit a nat is."""
        return 1.0 / math.log(2.0) if self.bits else 1.0


def pair_of(state: DivergencesState) -> TwoDistributions:
    """Return the two distributions of a screen: one twice where they differ by rounding alone.

    A bar dragged away and back leaves such a rest, and its divergence is no number to read.
    """
    pair = TwoDistributions(state.p, state.q)  # type: ignore[arg-type]
    return TwoDistributions(pair.p, pair.p) if pair.alike else pair


def opened() -> Store[DivergencesState]:
    """Return the page's store."""
    return session.store(DivergencesState)


def outcomes(store: Store[DivergencesState], count: int) -> None:
    """Give both distributions so many outcomes."""
    store.remember()
    state = store.now
    store.change(p=spread_over(state.p, count), q=spread_over(state.q, count))


def same(store: Store[DivergencesState]) -> None:
    """Let q be p."""
    store.remember()
    store.change(q=store.now.p)


def swap(store: Store[DivergencesState]) -> None:
    """Exchange p and q."""
    store.remember()
    store.change(p=store.now.q, q=store.now.p)


def reset(store: Store[DivergencesState]) -> None:
    """Put all that can be dragged back to where it was at the start."""
    store.remember()
    start = store.start
    names = ("p", "q", "humps", "start", "counts", "die_start")
    store.change(**{name: getattr(start, name) for name in names})


class DivergencesHands(Hands[DivergencesState]):
    """Bars, starts, humps and knobs."""

    groups = ("humps", "rules")

    def own(self, store: Store[DivergencesState], event: Event) -> bool:
        """Move a bar, a start or a hump, or say how many steps a path takes."""
        bar = gripped(event.handle, "pqn", max(FACES, len(store.now.p)))
        if bar:
            self._lift(store, event, *bar)
        elif event.handle in STARTS:
            self._begin(store, event, "start", (MEANS, SPREADS))
        elif event.handle in DIE_STARTS:
            self._begin(store, event, "die_start", (TILTS, BENDS))
        elif event.handle in TOPS:
            self._carry(store, event)
        elif event.handle == STEPS.symbol and event.value is not None:
            if STEPS.accepts(event.value):
                self.hold(store, event)
                store.change(steps=round(event.value))
        else:
            return False
        return True

    def _lift(self, store: Store[DivergencesState], event: Event, letter: str, k: int) -> None:
        """Set one bar: of a distribution the others keep their proportions, of counts they stay.

        The proportions are those at the first touch: a bar that was at 1 for a moment gives the
        others back what they had.
        """
        height = event.value if event.y is None else event.y
        if height is None or k >= (FACES if letter == "n" else len(store.now.p)):
            return
        self.hold(store, event)
        if letter == "n":
            counts = list(store.now.counts)
            counts[k] = round(min(max(height, 0.0), MOST))
            store.change(counts=tuple(counts) if any(counts) else store.now.counts)
            return
        row = rescaled(getattr(store.settled, letter), k, min(max(height, 0.0), 1.0))
        store.change(**{letter: tuple(row.tolist())})

    def _carry(self, store: Store[DivergencesState], event: Event) -> None:
        """Move a hump by its top: sideways both part, upwards it gains what the other loses."""
        if event.x is None or event.y is None:
            return
        self.hold(store, event)
        store.change(humps=(under_top(store.now.two, event.handle, event.x, event.y),))

    def _begin(
        self,
        store: Store[DivergencesState],
        event: Event,
        field: str,
        ranges: tuple[tuple[float, float], tuple[float, float]],
    ) -> None:
        """Set the start of a path, within the picture."""
        if event.x is None or event.y is None:
            return
        self.hold(store, event)
        place = tuple(
            min(max(value, low), high)
            for value, (low, high) in zip((event.x, event.y), ranges, strict=True)
        )
        store.change(**{field: place})


HANDS = DivergencesHands()


def fit_of(state: DivergencesState) -> DieFit:
    """Return the throws of a screen with their likelihood."""
    return Likelihood(state.counts)
