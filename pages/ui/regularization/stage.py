"""The three live stages of the page of regularization."""

import math

import numpy as np

from core.losses.base import Array
from core.regularization import penalty_ball
from core.regularization.coefficient_paths import CoefficientPath
from core.regularization.mean_square import parts
from core.regularization.polynomials import story, truth
from core.regularization.proximal import drawn_in
from pages.ui.board import Board, Boards, Section
from pages.ui.figures import balls, coefficients, overfit, shrinkage
from pages.ui.figures.coefficients import Powers
from pages.ui.figures.figure import Figure, Note
from pages.ui.figures.parts import padded
from pages.ui.regularization import words as told
from pages.ui.regularization.hands import BALL, HANDS, OPTIMUM, TARGETS, THRESHOLD, WAVE
from pages.ui.regularization.state import SMOOTHING, TEN, RegularizationState
from pages.ui.regularization.study import (
    Held,
    Pair,
    chosen_of,
    held_of,
    landscapes_of,
    pair_of,
    path_of,
    race_of,
    span_of,
    ten_of,
    top_of,
    wave_of,
)
from pages.ui.regularization.tools import ten_tools, wave_tools
from pages.ui.session import Store
from pages.ui.theme import CLASSES, look

State = RegularizationState
RACERS = ("proximal gradient", "subgradient descent")
_WAY = 60  # strengths at which the way of the optimum is drawn
_FAR = 1e5  # times the largest curvature: where squares have drawn all in, as far as can be seen
_TRIED = np.union1d(np.geomspace(1e-12, 1.0, 1500), np.linspace(0.0, 1.0, 300))
_PLACES = 121  # and both coefficients against it
_CURVE = 241
_HIGH, _WIDE = 2.1, (1e-3, 10.0)  # how far the wave's heights reach, and its errors


# Two coefficients --------------------------------------------------------------------------------


def two(store: Store[State]) -> dict[str, Figure | Note]:
    """Return what follows the ball, the strength, the start and the targets."""
    pair, held = pair_of(store), held_of(store)
    return {
        "ball": _ball(store, held),
        "landscape": _race(store, held),
        "words": Note(tuple(told.two(store, held)), width=6),
        "path": _path(store, held),
        "shrink": _shrink(store),
        "gaps": _gaps(store),
        **_targets(store, pair, held),
    }


def _drawn(store: Store[State], held: Held, whole: bool) -> balls.Told:
    state, names = store.now, coefficient_names(store)
    penalty = state.told
    angle = math.radians(state.grip)
    direction = np.array([math.cos(angle), math.sin(angle)])
    return balls.Told(
        landscape=landscapes_of(store)[whole],
        labels=names,
        penalty=penalty.name,
        look=look(penalty),
        edge=penalty_ball.outline(penalty, held.radius),
        way=way_of(store),
        best=held.coefficients,
        free=held.free,
        grip=direction * penalty_ball.reach(penalty, held.radius, direction),
        radius=held.radius,
        strength=state.strength,
        many=held.many,
    )


def way_of(store: Store[State]) -> Array:
    """Return where the optimum goes as the strength grows from 0, corners included, (m, 2)."""
    found = path_of(store)

    def made() -> Array:
        if math.isfinite(found.largest):
            far = found.largest
        else:
            far = _FAR * (found.problem.steepest or 1.0)
        return found.at(evenly(found, far, _WAY))

    return store.kept("way", found, made)


def evenly(found: CoefficientPath, far: float, count: int, width: float = 0.0) -> Array:
    """Return so many strengths from 0 to far, breakpoints among them, to draw a path by.

    Threat: even steps of the strength cut the bends of a path that moves within the first of them.
    Remedy: steps over which the drawing moves and turns alike. Limit: none that can be seen.

    width: what one unit of strength is across, in those of the largest coefficient; 0 where the
    coefficients alone are drawn.
    """
    corners = [one.strength for one in found.breakpoints if one.strength < far]
    known = np.concatenate([_TRIED * far, corners, [0.0]])
    tried = np.unique(known)
    w = found.at(tried)
    size = float(np.abs(w).max()) or 1.0
    drawn = np.column_stack([w / size, tried * width])
    steps = np.diff(drawn, axis=0)
    lengths = np.sqrt((steps * steps).sum(axis=1))
    moved = lengths > 1e-9 * (lengths.sum() or 1.0)
    ways = steps[moved] / lengths[moved, None]
    turns = np.zeros(len(lengths))
    bends = np.sqrt((np.diff(ways, axis=0) ** 2).sum(axis=1))
    turns[np.flatnonzero(moved)[1:]] = bends
    shares = [one / (one.sum() or 1.0) for one in (lengths, turns)]
    so_far = np.concatenate([[0.0], np.cumsum(shares[0] + shares[1])])
    if not so_far[-1]:
        so_far = np.arange(len(tried), dtype=np.float64)
    even = np.interp(np.linspace(0.0, so_far[-1], count - len(corners)), so_far, tried)
    return np.sort(np.concatenate([even, corners]))


def coefficient_names(store: Store[State]) -> tuple[str, str]:
    """Return what the coefficients are called."""
    first, second = store.now.story.names
    return f"w₁ of the {first}", f"w₂ of the {second}"


def _ball(store: Store[State], held: Held) -> Figure:
    keep = f"ball-{store.now.data}"
    return balls.ball_figure(_drawn(store, held, whole=False), (BALL, OPTIMUM), keep)


def _race(store: Store[State], held: Held) -> Figure:
    race = race_of(store)
    paths = (race.proximal, race.subgradient)
    keep = f"race-{store.now.data}"
    return balls.race_figure(_drawn(store, held, whole=True), paths, RACERS, keep)


def _path(store: Store[State], held: Held) -> Figure:
    found, top = path_of(store), top_of(store)
    # As many places whatever the corners: a line that keeps its length is moved, not drawn anew.
    strengths = store.kept("drawn", (found, top), lambda: evenly(found, top, _PLACES, 1.0 / top))
    names = coefficient_names(store)
    now = (store.now.strength, held.coefficients)
    return coefficients.pair_figure(names, strengths, found.at(strengths), now, top)


def _shrink(store: Store[State]) -> Figure:
    state, problem = store.now, pair_of(store).problem
    size = state.proximal.size(problem)
    steps = max(len(one.points) for one in (race_of(store).proximal, race_of(store).subgradient))
    points = balls.padded_to(race_of(store).proximal.points, steps - 1)
    before = points - size * 2.0 * (points @ problem.gram - problem.moment)
    pull = size * state.strength
    after = drawn_in(state.told, pull, before)
    reach = _shrink_reach(store, parts(state.told)[0] * pull)
    return shrinkage.shrink_figure(state.told, pull, reach, (before, after), THRESHOLD)


def _shrink_reach(store: Store[State], threshold: float) -> float:
    """Return how far the picture of the step reaches: over the threshold; it stays in a hand."""

    def fitting() -> float:
        reach = max(*map(abs, span_of(store)), 1.3 * threshold)
        return float(f"{reach:.2g}")

    return store.at_rest("shrink-reach", (store.now.data, store.now.penalty), fitting)


def _gaps(store: Store[State]) -> Figure:
    race = race_of(store)
    return shrinkage.gaps_figure((race.proximal, race.subgradient), race.lowest, RACERS)


def _targets(store: Store[State], pair: Pair, held: Held) -> dict[str, Figure | Note]:
    state = store.now
    chosen = state.story.drag if state.selected is None else state.selected
    lifted = tuple(index for index, _ in state.lifts)
    span = store.at_rest("target-span", state.data, lambda: padded(pair.values, 0.25))
    return {
        handle: shrinkage.target_figure(
            handle,
            np.ascontiguousarray(pair.features[:, k]),
            pair.values,
            (state.story.names[k], state.story.target),
            (float(held.coefficients[k]), float(held.free[k])),
            span,
            (chosen, lifted),
            CLASSES[k].color,
        )
        for k, handle in enumerate(TARGETS)
    }


# Polynomials -------------------------------------------------------------------------------------


def wave(store: Store[State]) -> dict[str, Figure | Note]:
    """Return what follows the points, the degree and its penalty."""
    state, answer = store.now, wave_of(store)
    return {
        "wave": _wave(store),
        "degree": overfit.degree_figure(answer.by_degree, state.degree, _WIDE),
        "smoothing": overfit.smoothing_figure(
            Powers("strength λ", SMOOTHING.low, SMOOTHING.high),
            answer.strengths, answer.by_strength, state.smoothing, _WIDE,
        ),
        "wave-words": Note(tuple(told.wave(store, answer))),
    }  # fmt: skip


def _wave(store: Store[State]) -> Figure:
    state, answer = store.now, wave_of(store)
    split, base = answer.split, story()
    across = padded(np.append(base[0], [0.0, 1.0]), 0.05)
    x = np.linspace(*across, _CURVE)
    drawn = overfit.Drawn(
        split.x, split.y, split.held_out, np.column_stack([x, answer.fit.at(x)]), truth(x),
        (across, (-_HIGH, _HIGH)), chosen_of(state), state.points.touched(len(base[0])),
    )  # fmt: skip
    return overfit.wave_figure(drawn, state.degree, answer.errors, WAVE)


# Ten features ------------------------------------------------------------------------------------


def ten(store: Store[State]) -> dict[str, Figure | Note]:
    """Return what follows the strength for the ten features."""
    state, answer = store.now, ten_of(store)
    over = Powers("strength λ", TEN.low, TEN.high)
    names, here = answer.data.names, answer.found.at(state.ten)
    validation = answer.validation
    return {
        "ten": coefficients.ten_figure(
            names, over, answer.coefficients, state.ten, here, (answer.best, answer.simplest)
        ),
        "validation": coefficients.validation_figure(
            over, answer.strengths, validation.mean, validation.doubt,
            (validation.best, validation.simplest), (state.ten, state.folds),
        ),
        "bars": coefficients.bars_figure(names, here, answer.found.at(0.0)),
        "ten-words": Note(tuple(told.ten(state, answer)), width=6),
    }  # fmt: skip


# All of it ---------------------------------------------------------------------------------------


PAIR: Board[State] = Board("pair", two, HANDS.change, HANDS.act)
WAVES: Board[State] = Board("waves", wave, HANDS.change, HANDS.act)
TENS: Board[State] = Board("tens", ten, HANDS.change, HANDS.act)
STAGE = Boards(
    "stage",
    two,
    HANDS.change,
    HANDS.act,
    (
        Section(PAIR),
        Section(
            WAVES,
            "Overfitting for real",
            "A polynomial is fitted to the round points alone and judged by the square ones. Drag "
            "the degree up, then the penalty, and watch the two errors part and meet again; drag, "
            "add or flip points too.",
            wave_tools,
        ),
        Section(
            TENS,
            "Ten features: diabetes",
            "442 patients, ten measurements, and how far the disease had gone a year later. Drag λ "
            "and watch how many features remain; the marks show what left-out patients speak for.",
            ten_tools,
        ),
    ),
)
