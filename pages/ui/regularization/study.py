"""What the page of regularization computes for its screen, each part once for what it needs."""

import dataclasses
import functools
import math

import numpy as np
from numpy.typing import NDArray

from core.landscape import Grid, Landscape
from core.losses.base import Array
from core.objectives import Penalized
from core.optimizers import Trajectory
from core.penalties import Penalty
from core.regularization import penalty_ball
from core.regularization.coefficient_paths import CoefficientPath, path
from core.regularization.cross_validation import CrossValidation, chosen, folds
from core.regularization.diabetes import Diabetes, diabetes
from core.regularization.mean_square import MeanSquare, parts
from core.regularization.penalized_fit import Balance, balance
from core.regularization.polynomials import SPAN, PolynomialFit, Polynomials, Split, held_out, story
from core.regularization.proximal import race
from pages.ui.regularization.state import (
    SMOOTHING,
    TEN,
    RegularizationState,
)
from pages.ui.session import Store

_CELLS, _COARSE = 60, 40  # cells of a landscape: at rest, and while a finger is down
_STRENGTHS = 60
_SMOOTHINGS, _FEW = 41, 21
_FIRST = 7  # the point of the wave to drag first

Span = tuple[float, float]


# Two coefficients --------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class Pair:
    """Two features and their target on this screen.

    Shape: features (n, 2), values (n,).
    """

    features: Array
    values: Array
    problem: MeanSquare

    @property
    def free(self) -> Array:
        """The coefficients without a penalty; of many, those nearest to 0."""
        return self.problem.free()


def pair_of(store: Store[RegularizationState]) -> Pair:
    """Return the two features and their target as the reader left them."""
    state = store.now

    def made() -> Pair:
        features = state.story.features(state.overlap)
        values = state.story.values(features, state.shift, dict(state.lifts))
        return Pair(features, values, state.story.problem(features, values))

    return store.kept("pair", (state.data, state.overlap, state.shift, state.lifts), made)


def path_of(store: Store[RegularizationState]) -> CoefficientPath:
    """Return the exact path of the two coefficients under the chosen penalty."""
    pair, penalty = pair_of(store), store.now.told
    return store.kept("path", (pair, penalty), lambda: path(pair.problem, penalty))


@dataclasses.dataclass(frozen=True, eq=False)
class Held:
    """The optimum on this screen: under the penalty, which is as much as within its ball.

    radius: the size of the ball. full: of the smallest ball that holds a free optimum. many:
    whether other coefficients cost as little; copies: whether they would without a penalty.
    """

    coefficients: Array
    free: Array
    radius: float
    full: float
    balance: Balance
    many: bool
    copies: bool


def held_of(store: Store[RegularizationState]) -> Held:
    """Return the optimum of this screen and what pulls at it."""
    state, pair, found = store.now, pair_of(store), path_of(store)
    w = found.at(state.strength)
    full = penalty_ball.radius(found, 0.0)
    radius = float(state.told.value(w))
    if state.strength == 0.0:
        radius = max(full, state.radius)
    pulls = balance(pair.problem, state.told, state.strength, w)
    many, copies = found.many(state.strength), found.many(0.0)
    return Held(w, found.at(0.0), radius, full, pulls, many, copies)


def span_of(store: Store[RegularizationState]) -> Span:
    """Return the range of both coefficients: 0, the free optimum and the start fit in.

    While a hand moves it stays; so the pictures do not jump.
    """
    free = path_of(store).at(0.0)
    return store.at_rest("span", store.now.data, lambda: _span(free, store.now.start))


def _span(free: Array, start: tuple[float, float] | None) -> Span:
    places = np.concatenate([np.zeros(1), free, start or ()])
    low, high = float(places.min()), float(places.max())
    reach = max(high - low, 1e-9)
    unit = 10.0 ** math.floor(math.log10(reach)) / 4.0
    return (
        math.floor((low - 0.8 * reach) / unit) * unit,
        math.ceil((high + 0.4 * reach) / unit) * unit,
    )


def start_of(store: Store[RegularizationState]) -> tuple[float, float]:
    """Return where the race starts: as set, or at the upper left."""
    low, high = span_of(store)
    place = (low + 0.14 * (high - low), low + 0.88 * (high - low))
    return store.now.start or (float(f"{place[0]:.2g}"), float(f"{place[1]:.2g}"))


@dataclasses.dataclass(frozen=True, eq=False)
class Race:
    """Both paths over the whole cost, and the lowest it can be."""

    proximal: Trajectory
    subgradient: Trajectory
    lowest: float


def race_of(store: Store[RegularizationState]) -> Race:
    """Return the race on this screen."""
    state, pair = store.now, pair_of(store)
    start = start_of(store)
    key = (pair, state.told, state.strength, state.racers, start, state.steps)

    def made() -> Race:
        paths = [
            race(pair.problem, state.told, state.strength, one, start, state.steps)
            for one in (state.proximal, state.subgradient)
        ]
        whole = Penalized(pair.problem, state.told, state.strength)
        return Race(paths[0], paths[1], whole.value(path_of(store).at(state.strength)))

    return store.kept("race", key, made)


def landscapes_of(store: Store[RegularizationState]) -> tuple[Landscape, Landscape]:
    """Return the loss over both coefficients, and the loss with its penalty."""
    state, pair, span = store.now, pair_of(store), span_of(store)
    cells = _COARSE if store.held else _CELLS
    grid = Grid.regular(span, span, cells, cells)
    bare = store.kept(
        "bare", (pair, span, cells), lambda: pair.problem.landscape(grid)
    )  # fmt: skip
    key = (pair, span, cells, state.told, state.strength)
    whole = store.kept(
        "whole", key, lambda: Penalized(pair.problem, state.told, state.strength).landscape(grid)
    )
    return bare, whole


def top_of(store: Store[RegularizationState]) -> float:
    """Return the largest strength that the paths are drawn to; it stays while a hand moves."""
    bent, _ = parts(store.now.told)

    def fitting() -> float:
        pull = 2.0 * float(np.abs(pair_of(store).problem.moment).max()) or 1.0
        top = 1.15 * pull / max(bent, 0.4)
        top = max(top, min(1.1 * store.now.strength, 4.0 * top))
        unit = 10.0 ** math.floor(math.log10(top)) / 2.0
        return math.ceil(top / unit) * unit

    return store.at_rest("top", (store.now.data, store.now.penalty), fitting)


# Polynomials -------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class Wave:
    """Points in two parts, the polynomial of this screen, and both errors against both knobs.

    by_degree: at this strength. by_strength: at this degree, for the strengths.
    """

    split: Split
    fit: PolynomialFit
    errors: tuple[float, float]
    by_degree: Array
    strengths: Array
    by_strength: Array


def points_of(state: RegularizationState) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Return the points that polynomials see: x, y, and which are held out."""
    x, y = story()
    x, y = state.points.apply(x, y)
    return x, y, np.asarray(state.points.labels(held_out().astype(np.int64)) == 1)


def chosen_of(state: RegularizationState) -> int:
    """Return which point of the wave is selected."""
    count = len(points_of(state)[0])
    return min(_FIRST if state.chosen is None else state.chosen, count - 1)


def wave_of(store: Store[RegularizationState]) -> Wave:
    """Return the polynomial of this screen and both errors; fewer strengths while a hand moves."""
    state = store.now
    count = _FEW if store.held == "wave" else _SMOOTHINGS
    key = (state.points, state.told)
    polynomials = store.kept("polynomials", key, lambda: _polynomials(state))
    fit = polynomials.fit(state.degree, state.smoothing)
    strengths = np.geomspace(SMOOTHING.low, SMOOTHING.high, count)
    return Wave(
        polynomials.split,
        fit,
        polynomials.errors(fit),
        store.kept("by-degree", (*key, state.smoothing),
                   lambda: polynomials.by_degree(state.smoothing)),
        strengths,
        store.kept("by-strength", (*key, state.degree, count),
                   lambda: polynomials.by_strength(state.degree, strengths[::-1])[::-1]),
    )  # fmt: skip


def _polynomials(state: RegularizationState) -> Polynomials:
    x, y, out = points_of(state)
    span = (min(SPAN[0], float(x.min())), max(SPAN[1], float(x.max())))
    return Polynomials(Split(x, y, out, span), state.told)


# Ten features ------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class Ten:
    """The ten features under a penalty: all their paths, and what left-out patients say of them."""

    data: Diabetes
    found: CoefficientPath
    strengths: Array
    coefficients: Array
    validation: CrossValidation

    @property
    def best(self) -> float:
        """The strength of the lowest error."""
        return float(self.strengths[self.validation.best])

    @property
    def simplest(self) -> float:
        """The largest strength within one standard error of it."""
        return float(self.strengths[self.validation.simplest])

    def remain(self, strength: float) -> int:
        """Return how many features have a coefficient that is not exactly 0."""
        return int(np.count_nonzero(self.found.at(strength)))


def ten_of(store: Store[RegularizationState]) -> Ten:
    """Return the ten features of this screen.

    While a hand moves the share of L1, what was computed before is shown: it follows on release.
    """
    state = store.now
    key = (state.penalty, state.folds)
    return store.at_rest("ten", key, lambda: _ten(state.told, int(state.folds)))


@functools.lru_cache(maxsize=64)
def _ten(penalty: Penalty, count: int) -> Ten:
    data = diabetes()
    found = path(MeanSquare.of(data.features, data.target), penalty)
    strengths = np.geomspace(TEN.low, TEN.high, _STRENGTHS)
    told = chosen(data.features, data.target, penalty, strengths, folds(len(data.target), count))
    fine = np.geomspace(TEN.low, TEN.high, 4 * _STRENGTHS)
    corners = [one.strength for one in found.breakpoints if TEN.low < one.strength < TEN.high]
    drawn = np.union1d(fine, corners)
    return Ten(data, found, told.strengths, np.column_stack([drawn, found.at(drawn)]), told)
