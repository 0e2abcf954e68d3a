"""What the page of likelihood, prior and posterior remembers, and how hands change it."""

import dataclasses
from collections.abc import Mapping
from contextlib import suppress

import numpy as np

from core.declare import Parameter, ParameterError
from core.likelihoods import (
    BernoulliLabel,
    ElasticNetPrior,
    GaussianNoise,
    GaussianPrior,
    HuberNoise,
    LaplaceNoise,
    LaplacePrior,
    LogisticNoise,
    Noise,
    Prior,
    StudentTNoise,
)
from core.losses.base import Array
from core.mle_map.arriving import Arriving, class_sets, coin_sets, line_sets
from core.mle_map.conjugate import BetaBelief
from core.mle_map.posterior import strength_of, with_strength
from pages.ui import link, session
from pages.ui.edits import Edits
from pages.ui.events import Event
from pages.ui.figures.scatter import POINTS
from pages.ui.hands import Hands
from pages.ui.screen import ScreenState
from pages.ui.session import Store

LINE, CLASSES, COIN = "line", "classes", "coin"
STORIES = {LINE: "A line with noise", CLASSES: "Two classes", COIN: "A coin"}
NONE = "none"
NOISES: tuple[type[Noise], ...] = (
    GaussianNoise, LaplaceNoise, StudentTNoise, LogisticNoise, HuberNoise,
)  # fmt: skip
PRIORS: tuple[type[Prior], ...] = (GaussianPrior, LaplacePrior, ElasticNetPrior)
NOISE_NAMES = {kind.__name__: kind.name for kind in NOISES}
PRIOR_NAMES = {NONE: "None", **{kind.__name__: kind.name for kind in PRIORS}}
FARTHEST = 20.0  # a point cannot be dragged further from 0

STRENGTH = Parameter(
    r"\lambda", "how much the penalty counts: the noise stays, the prior follows",
    0.001, 100.0, 0.001, 1e-9, 1e9, logarithmic=True,
)  # fmt: skip
TURN = Parameter(
    "t", "0: the density p itself, 1: −log p, between: (1 − t) · p + t · (−log p)",
    0.0, 1.0, 0.02, 0.0, 1.0,
)  # fmt: skip
EACH = Parameter("n", "how many targets each data set has", 5, 100, 1, 2, 200)
SEED = Parameter("seed", "which 200 data sets are drawn", 0, 99, 1, 0, 9999)
WIDTH = Parameter(
    "w", "within which σ is expected before the data: a normal density above 0", 0.1, 5.0, 0.1,
    0.01, 100.0,
)  # fmt: skip


def seen_up_to(most: int, what: str) -> Parameter:
    """Return the knob for how many of the data have arrived."""
    return Parameter("n", f"how many {what} we know", 1, most, 1, 1, most)


# Numbers of the state by the handles that turn them.
TURNED = {"turn": TURN, "each": EACH, "seed": SEED, "width": WIDTH}
_WHOLE = ("each", "seed")


@dataclasses.dataclass(frozen=True)
class MleMapState(ScreenState):
    """Everything that makes up a screen of the page, and travels in its link.

    count: how many points have arrived; tosses: how often the coin was tossed. turn: how far the
    densities have turned into their negative logarithms. spread_prior: what is believed of σ below.
    ran: whether the tournament of these settings is on the screen.

    Raises: `LinkError` for points that were added or taken away, moved too far, or are not there.
    """

    story: str = link.linked(LINE, link.choice(*STORIES))
    line: str = link.linked("scattered", link.choice(*line_sets()))
    classes: str = link.linked("overlap", link.choice(*class_sets()))
    coin: str = link.linked("bent", link.choice(*coin_sets()))
    noise: str = link.linked("GaussianNoise", link.choice(*NOISE_NAMES))
    noises: tuple[Noise, ...] = link.linked(tuple(kind() for kind in NOISES), link.declared(NOISES))
    prior: str = link.linked("GaussianPrior", link.choice(*PRIOR_NAMES))
    priors: tuple[Prior, ...] = link.linked(tuple(kind() for kind in PRIORS), link.declared(PRIORS))
    beliefs: tuple[BetaBelief, ...] = link.linked((BetaBelief(),), link.declared((BetaBelief,)))
    count: int = link.linked(6, link.whole(1, 400))
    tosses: int = link.linked(10, link.whole(1, 400))
    points: Edits = link.linked(Edits(), link.edits())
    selected: int | None = link.linked(None, link.whole(0, 9999))
    turn: float = link.linked(1.0, link.number_within(0.0, 1.0))
    view: str = link.linked("surprise", link.choice("surprise", "density"))
    spread_prior: str = link.linked("flat", link.choice("flat", "half"))
    width: float = link.linked(1.0, link.number_within(0.01, 100.0))
    each: int = link.linked(25, link.whole(2, 200))
    seed: int = link.linked(7, link.whole(0, 9999))
    ran: bool = link.linked(False, link.FLAG)

    def __post_init__(self) -> None:
        if self.points.added or self.points.removed or self.points.relabelled:
            raise link.LinkError("points")
        size = len(self.base.x)
        if any(index >= size for index, *_ in self.points.moved):
            raise link.LinkError("points")
        if any(max(abs(x), abs(y)) > FARTHEST for _, x, y in self.points.moved):
            raise link.LinkError("points")
        if self.selected is not None and self.selected >= size:
            raise link.LinkError("selected")

    @property
    def base(self) -> Arriving:
        """The data of the story as they came."""
        return sets_of(self.story)[getattr(self, self.story)]

    @property
    def belief(self) -> Noise | BernoulliLabel:
        """What the targets are believed to do."""
        return BernoulliLabel() if self.story == CLASSES else self.chosen_noise

    @property
    def chosen_noise(self) -> Noise:
        """The noise with its knobs as they are."""
        return next(one for one in self.noises if type(one).__name__ == self.noise)

    @property
    def chosen_prior(self) -> Prior | None:
        """The prior with its knobs as they are, or None."""
        return next((one for one in self.priors if type(one).__name__ == self.prior), None)

    @property
    def beta(self) -> BetaBelief:
        """The prior of the coin."""
        return self.beliefs[0]

    @property
    def strength(self) -> float:
        """The λ that noise and prior amount to."""
        return strength_of(self.belief, self.chosen_prior)

    @property
    def places(self) -> tuple[Array, Array]:
        """All points as the reader left them; of two classes the label stays."""
        x, y = self.points.apply(self.base.x, self.base.y)
        return (x, self.base.y) if self.story == CLASSES else (x, y)

    @property
    def known(self) -> int:
        """How many of the data have arrived."""
        wanted = self.tosses if self.story == COIN else self.count
        return min(wanted, len(self.base.x))


def sets_of(story: str) -> Mapping[str, Arriving]:
    """Return the data sets of a story."""
    return {LINE: line_sets, CLASSES: class_sets, COIN: coin_sets}[story]()


def opened() -> Store[MleMapState]:
    """Return the page's store."""
    return session.store(MleMapState)


def new_data(store: Store[MleMapState]) -> None:
    """Start afresh on another data set."""
    store.own["told"] = None
    store.change(points=Edits(), selected=None)


class BeliefHands(Hands[MleMapState]):
    """Knobs of noise and prior, λ between them, how much has arrived, and points."""

    groups = ("noises", "priors", "beliefs")

    def own(self, store: Store[MleMapState], event: Event) -> bool:
        """Act on a point or on a number of this page."""
        if event.handle == POINTS:
            self._point(store, event)
            return True
        if event.value is None or event.handle not in (*TURNED, "count", "strength"):
            return False
        told = self._told(store.now, event.handle, event.value)
        if told is not None:
            self.hold(store, event)
            store.change(**told)
        return True

    def _told(self, state: MleMapState, handle: str, value: float) -> dict[str, object] | None:
        """Return what a handle changes, or None if it cannot."""
        if handle == "count":
            field = "tosses" if state.story == COIN else "count"
            return {field: int(np.clip(round(value), 1, len(state.base.x)))}
        if handle == "strength":
            return self._stronger(state, value)
        if handle in TURNED and TURNED[handle].accepts(value):
            return {handle: round(value) if handle in _WHOLE else value}
        return None

    def _stronger(self, state: MleMapState, value: float) -> dict[str, object] | None:
        prior = state.chosen_prior
        if prior is None or not STRENGTH.accepts(value):
            return None
        with suppress(ParameterError):
            made = with_strength(state.belief, prior, value)
            return {"priors": tuple(made if one is prior else one for one in state.priors)}
        return None

    def _point(self, store: Store[MleMapState], event: Event) -> None:
        """Move or select a point."""
        state, index = store.now, event.index
        if index is None or index >= len(state.base.x) or state.story == COIN:
            return
        if event.kind == "select":
            store.change(selected=index)
        elif event.kind == "move":
            x, y = (float(one[index]) for one in state.places)
            x = x if event.x is None else event.x
            y = y if event.y is None or state.story == CLASSES else event.y
            self.hold(store, event)
            place = tuple(float(np.clip(one, -FARTHEST, FARTHEST)) for one in (x, y))
            moved = state.points.move(len(state.base.x), index, (place[0], place[1]))
            store.change(points=moved, selected=index)

    def reset(self, store: Store[MleMapState]) -> None:
        """Put every point back."""
        store.remember()
        store.own["told"] = None
        store.change(points=Edits(), selected=None)


HANDS = BeliefHands()
