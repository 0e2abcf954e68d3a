"""What the page of regularization remembers, and how hands and sliders change it."""

import dataclasses

import numpy as np

from core.declare import Parameter, parameters
from core.objectives import Penalized
from core.penalties import L1, L2, ElasticNet, Penalty
from core.regularization.coefficient_paths import path
from core.regularization.polynomials import HIGHEST, held_out, story
from core.regularization.proximal import RACERS, ProximalGradient, Racer, SubgradientDescent
from core.regularization.two_features import TwoFeatures, two_features
from pages.ui import link, session
from pages.ui.edits import Edits
from pages.ui.screen import ScreenState
from pages.ui.session import Store

KINDS: tuple[type[Penalty], ...] = (L1, L2, ElasticNet)
NAMES = {kind.__name__: kind.name for kind in KINDS}
FOLDS = ("5", "10")
_LARGEST = 1e6  # that a coefficient may be dragged to

STRENGTH = parameters(Penalized)["strength"]
CORRELATION = Parameter(
    "r", "How much the second feature repeats the first.", -1.0, 1.0, 0.01, -1.0, 1.0
)
STEPS = Parameter("steps", "How many steps both paths take.", 1, 200, 1, 1, 300)
DEGREE = Parameter("degree", "The degree of the polynomial.", 0, HIGHEST, 1, 0, HIGHEST)
SMOOTHING = Parameter(
    r"\lambda", "How much the penalty of the polynomial's coefficients counts.",
    1e-6, 10.0, 1e-6, 0.0, 1e6, logarithmic=True,
)  # fmt: skip
TEN = Parameter(
    r"\lambda", "How much the penalty of the ten coefficients counts.",
    0.01, 1000.0, 0.01, 0.0, 1e9, logarithmic=True,
)  # fmt: skip

# Numbers that a slider turns: the field of the state, by the name of the handle.
TURNED = {
    "strength": STRENGTH,
    "correlation": CORRELATION,
    "steps": STEPS,
    "degree": DEGREE,
    "smoothing": SMOOTHING,
    "ten": TEN,
}
WHOLE = ("steps", "degree")


def _write_lifts(lifts: tuple[tuple[int, float], ...]) -> str:
    return "~".join(f"{index}_{link.short(lift)}" for index, lift in lifts)


def _read_lifts(text: str) -> tuple[tuple[int, float], ...]:
    told = []
    for part in text.split("~") if text else []:
        index, _, lift = part.partition("_")
        (size,) = link.numbers(1).read(lift)
        if abs(size) > _LARGEST:
            raise link.LinkError(part[:40])
        told.append((link.whole(0, 999).read(index), size))
    if len({index for index, _ in told}) < len(told):
        raise link.LinkError("lifts")
    return tuple(told)


@dataclasses.dataclass(frozen=True)
class RegularizationState(ScreenState):
    """Everything that makes up a screen of the page, and travels in its link.

    correlation: of the two features, None as in their story. shift: what was added to both
    coefficients in the data. lifts: targets moved up or down, by their point. penalty: whose ball
    is drawn. radius: how large the ball is where the strength is 0 and it may be larger than it
    need be. grip: in which direction its edge is held, in degrees. start and steps: of the race.
    points: edits of the points that polynomials are fitted to; their class is 1 where held out.
    smoothing: the strength for the polynomial; ten: for the ten features.
    """

    data: str = link.linked("overlap", link.choice(*two_features()))
    correlation: float | None = link.linked(None, link.number_within(-1.0, 1.0))
    shift: tuple[float, float] = link.linked((0.0, 0.0), link.numbers(2))
    lifts: tuple[tuple[int, float], ...] = link.linked((), link.Codec(_write_lifts, _read_lifts))
    selected: int | None = link.linked(None, link.whole(0, 999))
    penalty: str = link.linked("L1", link.choice(*NAMES))
    penalties: tuple[Penalty, ...] = link.linked(
        tuple(kind() for kind in KINDS), link.declared(KINDS)
    )
    strength: float = link.linked(0.8, link.number_within(0.0, 1e6))
    radius: float = link.linked(0.0, link.number_within(0.0, 1e13))
    grip: float = link.linked(-45.0, link.number_within(-180.0, 180.0))
    racers: tuple[Racer, ...] = link.linked(
        (ProximalGradient(), SubgradientDescent(0.5)), link.declared(RACERS)
    )
    start: tuple[float, float] | None = link.linked(None, link.numbers(2))
    steps: int = link.linked(40, link.whole(1, 300))
    points: Edits = link.linked(Edits(), link.edits(2))
    chosen: int | None = link.linked(None, link.whole(0, 999))
    brush: int = link.linked(0, link.whole(0, 1))
    degree: int = link.linked(3, link.whole(0, HIGHEST))
    smoothing: float = link.linked(1e-6, link.number_within(0.0, 1e6))
    ten: float = link.linked(20.0, link.number_within(0.0, 1e9))
    folds: str = link.linked("10", link.choice(*FOLDS))

    def __post_init__(self) -> None:
        for name in ("shift", "start"):
            place = getattr(self, name)
            if place is not None and max(map(abs, place)) > _LARGEST:
                raise link.LinkError(name)

    @property
    def told(self) -> Penalty:
        """The penalty with its knobs as they are."""
        return self.penalties[list(NAMES).index(self.penalty)]

    @property
    def story(self) -> TwoFeatures:
        """The two features and their target."""
        return two_features()[self.data]

    @property
    def overlap(self) -> float:
        """The correlation of the two features."""
        return self.story.correlation if self.correlation is None else self.correlation

    @property
    def proximal(self) -> ProximalGradient:
        """The racer that takes proximal steps."""
        one = self.racers[0]
        assert isinstance(one, ProximalGradient)
        return one

    @property
    def subgradient(self) -> SubgradientDescent:
        """The racer that takes subgradients."""
        one = self.racers[1]
        assert isinstance(one, SubgradientDescent)
        return one


def opened() -> Store[RegularizationState]:
    """Return the page's store."""
    store = session.store(RegularizationState)
    if not usable(store.now):
        store.now, store.notice = RegularizationState(), session.UNREADABLE
    return store


def usable(state: RegularizationState) -> bool:
    """Tell whether lifts and edits are of the points there are, and one is left to fit to."""
    x, _ = story()
    base, edits = len(x), state.points
    named = [*(one[0] for one in (*edits.moved, *edits.relabelled)), *edits.removed]
    places = [one[1:] for one in edits.moved] + list(edits.added)
    if any(index >= base for index in named) or len(set(edits.removed)) < len(edits.removed):
        return False
    if any(abs(number) > _LARGEST for place in places for number in place):
        return False
    rows = len(state.story.first)
    lifted = all(index < rows for index, _ in state.lifts)
    fitted = (edits.labels(held_out().astype(np.int64)) == 0).any()
    return lifted and (state.selected or 0) < rows and bool(fitted)


def new_data(store: Store[RegularizationState]) -> None:
    """Start afresh on another story: with a strength that says something there."""
    store.forget()
    store.change(
        correlation=None, shift=(0.0, 0.0), lifts=(), selected=None, start=None, radius=0.0,
        strength=fitting_strength(store.now.story),
    )  # fmt: skip


def fitting_strength(told: TwoFeatures) -> float:
    """Return a strength halfway to the first zero under any penalty, short enough to read.

    The page asks which coefficient is first at 0: its pictures must not open with the answer.
    """
    features = told.features(told.correlation)
    problem = told.problem(features, told.values(features, (0.0, 0.0), {}))
    places = [one.strength for kind in KINDS for one in path(problem, kind()).breakpoints]
    return float(f"{0.5 * min(places):.1g}")
