"""The live stage of the page: data, densities, three landscapes, and the same told otherwise."""

import dataclasses
from typing import Any

import numpy as np

from core.declare import parameters
from core.likelihoods import Density, Noise
from core.losses.base import Array
from pages.ui.board import Board
from pages.ui.figures.beliefs import (
    ARRIVED,
    MAP,
    MAP_NAME,
    MLE,
    MLE_NAME,
    MODE,
    MODE_NAME,
    Arrived,
    BeliefScene,
    Estimate,
    Turning,
    arrived_figure,
    belief_figure,
    turn_figure,
)
from pages.ui.figures.figure import Figure, LineHandle, Note
from pages.ui.figures.parts import low, padded, plain
from pages.ui.mle_map import words as told
from pages.ui.mle_map.answer import Answer, computed, lone_of
from pages.ui.mle_map.coin import coin_items, lone_items
from pages.ui.mle_map.state import CLASSES, COIN, HANDS, MleMapState
from pages.ui.session import Store
from pages.ui.theme import look

NAMES = {False: ("slope", "intercept"), True: ("weight w", "bias b")}
_SPREADS, _FARTHEST = 3.5, 12.0  # of a density are drawn on either side, at least and at most
_MARGINS = 6.0  # margins drawn on either side, at the most


def pictures(store: Store[MleMapState]) -> dict[str, Figure | Note]:
    """Return all that follows while a hand moves."""
    if store.now.story == COIN:
        items = coin_items(store)
        lone = lone_of(store.now, None)
    else:
        answer = computed(store)
        items = {**_first_row(store, answer), **landscapes(store, answer)}
        items["words"] = Note(tuple(told.words(store, answer)))
        lone = lone_of(store.now, answer.residuals)
    return {**items, **lone_items(store, lone)}


STAGE = Board("stage", pictures, HANDS.change, HANDS.act)


def names_of(state: MleMapState) -> tuple[str, str]:
    """Return what the two parameters are called."""
    return NAMES[state.story == CLASSES]


def _first_row(store: Store[MleMapState], answer: Answer) -> dict[str, Figure | Note]:
    return {
        "data": _data(store, answer),
        "noise": _noise(store, answer),
        "prior": _prior(store, answer),
    }


def estimates(answer: Answer) -> list[Estimate]:
    """Return what is likeliest: before the data, by them alone, and by both."""
    found = []
    if answer.state.chosen_prior is not None:
        found.append(Estimate(MODE_NAME, MODE, answer.zero))
    if answer.mle.theta is not None:
        found.append(Estimate(MLE_NAME, MLE, answer.mle.theta))
    if answer.map.theta is not None:
        found.append(Estimate(MAP_NAME, MAP, answer.map.theta))
    return found


def _data(store: Store[MleMapState], answer: Answer) -> Figure:
    state, classes = store.now, store.now.story == CLASSES
    x, y = state.places
    base = state.base
    noise = answer.likelihood.belief
    spread = getattr(noise, spread_name(noise)) if isinstance(noise, Noise) else 0.0
    data = Arrived(
        x, y, state.known, (base.x_label, "chance of class 1" if classes else base.y_label),
        (padded(base.x, 0.12), (-0.12, 1.12) if classes else padded(base.y, 0.15)),
        state.points.touched(len(x)), _selected(state), "x" if classes else "", float(spread),
    )  # fmt: skip
    curve = _chance if classes else _height
    keep = f"data-{state.story}-{base.key}"
    return arrived_figure(data, estimates(answer), curve, names_of(state), keep)


def _selected(state: MleMapState) -> int:
    return state.base.drag if state.selected is None else state.selected


def _height(theta: Array, x: Array) -> Array:
    return theta[0] * x + theta[1]


def _chance(theta: Array, x: Array) -> Array:
    return 0.5 * (1.0 + np.tanh(0.5 * _height(theta, x)))


# Densities that turn into losses -----------------------------------------------------------------


def spread_name(density: Density) -> str:
    """Return the name of the knob that says how wide a density is."""
    return next(name for name in ("sigma", "tau", "b", "s") if name in parameters(density))


def _noise(store: Store[MleMapState], answer: Answer) -> Figure:
    state = store.now
    if state.story == CLASSES:
        return _label(store, answer)
    noise = state.chosen_noise
    found = answer.residuals
    marks = () if found is None else ((told.POINTS_NAME, ARRIVED, found),)
    far = np.zeros(0) if found is None else found
    key = (state.story, state.noise)
    reach, heights = store.at_rest("noise-axes", key, lambda: _axes(noise, far))
    turning = Turning(
        title=f"{noise.name} → {told.lower(noise.loss)}",
        over="residual r of the fit" if marks else "residual r; there is no fit yet",
        symbol="r",
        surprise=noise.negative_log,
        share=state.turn,
        span=(-reach, reach),
        heights=heights,
        constant=noise.constant,
        at=marks,
        handles=tuple(_handles(noise, reach)),
        color=look(noise.loss).color,
        alt=told.turn_sentence(noise, "r", state.turn),
    )
    return turn_figure(turning, f"noise-{state.noise}-{reach}")


def _label(store: Store[MleMapState], answer: Answer) -> Figure:
    """Return the probability of a label by its margin, on its way to the logistic loss."""
    belief = answer.likelihood.belief
    assert not isinstance(belief, Noise)
    x, label = (one[: store.now.known] for one in store.now.places)
    at: tuple[Any, ...] = ()
    if answer.theta is not None:
        margins = np.where(label > 0, 1.0, -1.0) * _height(answer.theta, x)
        at = ((told.POINTS_NAME, ARRIVED, margins),)
    turning = Turning(
        title="Label's chance → logistic loss",
        over="margin m, label · score",
        symbol="m",
        surprise=lambda m: np.asarray(belief.negative_log(m, np.ones_like(m))),
        share=store.now.turn,
        span=(-_MARGINS, _MARGINS),
        heights=(0.0, _MARGINS),
        constant=0.0,
        at=at,
        handles=(),
        color=look(belief.loss).color,
        alt=told.turn_sentence(belief, "m", store.now.turn),
        what="chance",
    )
    return turn_figure(turning, "noise-label")


def _prior(store: Store[MleMapState], answer: Answer) -> Figure:
    state, prior = store.now, store.now.chosen_prior
    found = np.concatenate([[0.0], *(one.theta for one in estimates(answer))])
    key = (state.story, state.prior)
    reach, heights = store.at_rest("prior-axes", key, lambda: _axes(prior, found))
    marks = tuple(
        (one.name, one.look, one.theta) for one in estimates(answer) if one.name != MODE_NAME
    )
    turning = Turning(
        title=f"{prior.name} → {low(prior.loss.name)} penalty" if prior else "No prior",
        over=f"{' or '.join(names_of(state))}, θ",
        symbol="θ",
        surprise=prior.negative_log if prior else np.zeros_like,
        share=state.turn,
        span=(-reach, reach),
        heights=heights,
        constant=prior.constant if prior else None,
        at=marks,
        handles=tuple(_handles(prior, reach)) if prior else (),
        color=MODE.color,
        alt=told.turn_sentence(prior, "θ", state.turn),
    )
    return turn_figure(turning, f"prior-{state.prior}-{reach}")


def _axes(density: Density | None, marks: Array) -> tuple[float, tuple[float, float]]:
    """Return how far a density is drawn to either side, and between which heights."""
    if density is None:
        return 3.0, (-1.0, 1.0)
    reach = _reach(density, marks)
    low, high = density.negative_log(np.array([0.0, reach]))
    return reach, (float(low), float(high))


def _reach(density: Density, marks: Array) -> float:
    """Return how far a density is drawn: some spreads, and further where there is something."""
    spread = getattr(density, spread_name(density))
    far = 1.1 * float(np.abs(marks).max(initial=0.0))
    return float(np.ceil(10 * np.clip(far, _SPREADS * spread, _FARTHEST * spread))) / 10


def _handles(density: Density, reach: float) -> list[LineHandle]:
    """Return an upright line to drag for each knob that is a distance."""
    lines = []
    for name in ("sigma", "tau", "b", "s", "delta"):
        knob = parameters(density).get(name)
        if knob is not None:
            value, symbol = float(getattr(density, name)), plain(knob.symbol)
            lines.append(
                LineHandle(
                    f"{type(density).__name__}.{name}", "x", value, min(knob.low, value),
                    max(min(knob.high, reach), value), knob.step, symbol,
                    f"{density.name}: {symbol}",
                )
            )  # fmt: skip
    return lines


# Landscapes --------------------------------------------------------------------------------------


def landscapes(store: Store[MleMapState], answer: Answer) -> dict[str, Figure | Note]:
    """Return likelihood, prior and posterior over the same parameters, side by side."""
    likelihood, prior = answer.likelihood, answer.posterior.prior
    first, second = likelihood.landscape(answer.grid).z, prior.landscape(answer.grid).z
    marks, paths = tuple(estimates(answer)), _paths(answer)
    scenes = {
        "likelihood": (told.title(answer, "likelihood"), first, paths[:1]),
        "prior-landscape": (told.title(answer, "prior"), second, ()),
        "posterior": (told.title(answer, "posterior"), first + second, paths),
    }
    state = store.now
    keep = f"{state.story}-{state.base.key}-{state.view}"
    return {
        key: belief_figure(
            BeliefScene(title, answer.grid, z, names_of(state), marks, walks,
                        state.view == "density"),
            f"{key}-{keep}",
        )
        for key, (title, z, walks) in scenes.items()
    }  # fmt: skip


def _paths(answer: Answer) -> tuple[tuple[str, Any, Array], ...]:
    walks = (MLE_NAME, MLE, answer.walk.mle), (MAP_NAME, MAP, answer.walk.map)
    return tuple((name, how, path[np.isfinite(path[:, 0])]) for name, how, path in walks)


def with_state(store: Store[MleMapState], **fields: Any) -> Answer:
    """Return the answers for the same screen with something else in it."""
    other = Store(dataclasses.replace(store.now, **fields), store.start)
    return computed(other)
