"""What a screen of the page asks of the core: beliefs, their peaks, the walk, the landscapes."""

import dataclasses
import functools

import numpy as np

from core.landscape import Grid
from core.likelihoods import GaussianNoise, GaussianPrior
from core.losses.base import Array
from core.mle_map.conjugate import Coin, coin_walk
from core.mle_map.posterior import (
    NegativeLogLikelihood,
    NegativeLogPosterior,
    NegativeLogPrior,
    class_likelihood,
    line_likelihood,
)
from core.mle_map.posterior_fit import Peak, Walk, map_of, mle_of, walk
from core.mle_map.reparameterization import CoinBelief, LoneBelief, SigmaBelief
from pages.ui.mle_map.state import CLASSES, COIN, MleMapState
from pages.ui.session import Store

CELLS, COARSE = 100, 100  # cells of a landscape: at rest, and while a finger is down
_HELD_STEPS = 7  # steps of the walk while a hand moves
_WEAK = 4.0  # so wide a prior hardly holds what the frame must show
_FEW = 4  # with fewer points a fit may lie anywhere: the frame does not follow it
_LEAST_ROOM = np.array([1.1, 1.1])

Ranges = tuple[tuple[float, float], tuple[float, float]]


@dataclasses.dataclass(frozen=True, eq=False)
class Answer:
    """The posterior of a screen over two parameters, with what is likeliest.

    posterior: of the points that have arrived. grid: what the landscapes lie over.
    """

    state: MleMapState
    posterior: NegativeLogPosterior
    mle: Peak
    map: Peak
    grid: Grid
    walk: Walk

    @property
    def likelihood(self) -> NegativeLogLikelihood:
        """The likelihood of the points that have arrived."""
        return self.posterior.likelihood

    @property
    def theta(self) -> Array | None:
        """What is drawn as the fit: the MAP, without one the MLE, without both nothing at all."""
        return next((one.theta for one in (self.map, self.mle) if one.theta is not None), None)

    @property
    def zero(self) -> Array:
        """The likeliest parameters before any data."""
        return np.zeros(2)

    @functools.cached_property
    def residuals(self) -> Array | None:
        """Prediction - target of the points that have arrived, for the fit that is drawn."""
        x, y = (one[: self.state.known] for one in self.state.places)
        return None if self.theta is None else self.theta[0] * x + self.theta[1] - y


def likelihood_of(state: MleMapState, count: int) -> NegativeLogLikelihood:
    """Return the likelihood of the first so many points."""
    x, y = (one[:count] for one in state.places)
    if state.story == CLASSES:
        return class_likelihood(x, y)
    return line_likelihood(x, y, state.chosen_noise)


def posterior_of(state: MleMapState, count: int) -> NegativeLogPosterior:
    """Return the posterior of the first so many points."""
    return NegativeLogPosterior(likelihood_of(state, count), NegativeLogPrior(state.chosen_prior))


def computed(store: Store[MleMapState]) -> Answer:
    """Return the answers for this screen; those that the last move left alone are kept."""
    state = store.now
    told = (state.story, state.line, state.classes, state.points, state.belief, state.known)
    posterior = posterior_of(state, state.known)
    prior = state.chosen_prior
    mle: Peak = store.kept("mle", told, lambda: mle_of(posterior.likelihood))
    found: Peak = store.kept("map", (told, prior), lambda: map_of(posterior))
    return Answer(state, posterior, mle, found, grid_of(store), _walk(store, mle, found))


def _walk(store: Store[MleMapState], mle: Peak, found: Peak) -> Walk:
    """Return the walk of both estimates: all of it at rest; while a hand moves, its two ends.

    Of what is smooth and convex a few steps between are quick enough to follow the hand.
    """
    state, key = store.now, _walked(store.now)
    size, prior = len(state.base.x), state.chosen_prior
    if key == _walked(store.settled):
        return store.kept("walk", key, lambda: _whole(state))
    if prior is not None and prior.loss.properties.kinks:
        return _ends(state.known, mle, found)
    if not state.belief.loss.properties.smooth or not state.belief.loss.properties.convex:
        return _ends(state.known, mle, found)
    few = np.unique(np.geomspace(2, size, _HELD_STEPS).astype(int))
    return walk(posterior_of(state, size), np.unique(np.concatenate([[0], few])))


def _whole(state: MleMapState) -> Walk:
    """Return the walk over as many points as there are, one by one."""
    size = len(state.base.x)
    return walk(posterior_of(state, size), np.arange(0, size + 1))


def _walked(state: MleMapState) -> tuple[object, ...]:
    """Return all that the walk depends on."""
    told = (state.story, state.line, state.classes, state.points)
    return (*told, state.belief, state.chosen_prior)


def _ends(known: int, mle: Peak, found: Peak) -> Walk:
    none = np.full(2, np.nan)
    now = [none if one.theta is None else one.theta for one in (mle, found)]
    start = none if found.theta is None else np.zeros(2)
    return Walk(np.array([0, known]), np.array([none, now[0]]), np.array([start, now[1]]))


def grid_of(store: Store[MleMapState]) -> Grid:
    """Return the axes of the landscapes, which stay while a hand moves."""
    state = store.settled
    key = (state.story, state.line, state.classes, state.points)
    ranges: Ranges = store.kept("ranges", key, lambda: ranges_of(state))
    cells = COARSE if store.held else CELLS
    return Grid.regular(*ranges, cells, cells)


def ranges_of(state: MleMapState) -> Ranges:
    """Return ranges with 0 and the walk under normal noise in them, whatever the knobs are."""
    calm = dataclasses.replace(state, noise="GaussianNoise", noises=(GaussianNoise(1.0),))
    size = len(state.base.x)
    weak = NegativeLogPrior(GaussianPrior(_WEAK))
    whole = NegativeLogPosterior(likelihood_of(calm, size), weak)
    steps = walk(whole, np.unique(np.geomspace(_FEW, size, 12).astype(int)))
    thetas = np.vstack([np.zeros(2), steps.map])
    low, high = thetas.min(axis=0), thetas.max(axis=0)
    room = np.maximum(0.35 * (high - low), _LEAST_ROOM)
    low, high = low - room, high + room
    return (float(low[0]), float(high[0])), (float(low[1]), float(high[1]))


# The coin ----------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class CoinAnswer:
    """The coin of a screen, and both estimates after each toss. Shape: mle and map (m + 1,)."""

    state: MleMapState
    coin: Coin
    mle: Array
    map: Array


def coin_of(state: MleMapState) -> Coin:
    """Return the coin after the tosses so far; of two classes, the labels as if tossed."""
    heads = int(state.base.y[: state.known].sum())
    return Coin(heads, state.known, state.beta)


def coin_computed(store: Store[MleMapState]) -> CoinAnswer:
    """Return the answers for a screen of the coin."""
    state = store.now
    key = (state.coin, state.beta)
    mle, found = store.kept("tosses", key, lambda: coin_walk(state.base.y, state.beta))
    return CoinAnswer(state, coin_of(state), mle, found)


# The same in other coordinates -------------------------------------------------------------------


def lone_of(state: MleMapState, residuals: Array | None) -> LoneBelief | None:
    """Return the belief about one number: σ of the residuals, or the chance of heads.

    None for a line that no residuals belong to.
    """
    if state.story in (COIN, CLASSES):
        return CoinBelief(coin_of(state))
    if residuals is None:
        return None
    width = state.width if state.spread_prior == "half" else None
    squares = float(residuals @ residuals)
    # A line through every point leaves residuals that are but rounding.
    size = float(np.abs(state.places[1]).max()) or 1.0
    squares = 0.0 if squares <= len(residuals) * (1e-12 * size) ** 2 else squares
    return SigmaBelief(len(residuals), squares, width)
