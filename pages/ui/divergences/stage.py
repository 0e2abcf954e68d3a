"""The live pictures of the page of divergences: bars, humps, throws."""

import dataclasses
import math
from functools import partial

import numpy as np

from core.divergences.distributions import COMPARED, ENTROPIC, TwoDistributions
from core.divergences.maximum_likelihood import FACES
from core.landscape import Landscape
from core.losses.base import Array
from core.losses.divergence import CrossEntropy, Divergence, KLDivergence, ReverseKL
from core.optimizers import Trajectory
from pages.ui.board import Board, Boards, Section
from pages.ui.divergences import words as told
from pages.ui.divergences.answers import (
    BARS,
    HUMPS,
    THROWS,
    DieAnswer,
    OneWay,
    both_ways,
    cells,
    moving,
    thrown,
)
from pages.ui.divergences.state import (
    DIE_STARTS,
    HANDS,
    MOST,
    STARTS,
    TILTS,
    DivergencesState,
    pair_of,
)
from pages.ui.figures.bars import (
    GUESS,
    TRUTH,
    Grips,
    Length,
    Reading,
    Row,
    bars_figure,
    readings_figure,
    rounded_up,
    stack_figure,
    terms_figure,
)
from pages.ui.figures.figure import Figure, Note
from pages.ui.figures.humps import Fitted, humps_figure, lengthened
from pages.ui.figures.landscape import Mark, Scene, landscape_figure, surface_figure
from pages.ui.figures.likeness import Costs, likeness_figure
from pages.ui.figures.parts import number
from pages.ui.session import Store
from pages.ui.theme import look

_GROUP, _DIE_GROUP = "path", "die-path"
_SHORT: dict[type[Divergence], str] = {KLDivergence: "KL(p‖q)", ReverseKL: "KL(q‖p)"}
_THROWS, _ROOM = (12, 20, 30), 1.3  # heights of the throws, and how much of it is to spare
_FACES = tuple(str(k + 1) for k in range(FACES))

Items = dict[str, Figure | Note]


def pictures(store: Store[DivergencesState]) -> Items:
    """Return every picture of the page."""
    return {key: item for part in (BARS, HUMPS, THROWS) for key, item in drawn(part, store).items()}


def drawn(part: str, store: Store[DivergencesState]) -> Items:
    """Return the pictures of one part of the page, kept for as long as they hold."""
    state, before = store.now, store.settled
    walk = (state.rule, state.steps, state.view, state.levels, state.bits)
    keys = {
        BARS: (state.p, state.q, before.p, before.q, state.bits, store.own.get("guess")),
        HUMPS: (state.two, before.two, state.start, walk),
        THROWS: (state.counts, before.counts, state.die_start, walk),
    }
    make = {BARS: bar_items, HUMPS: hump_items, THROWS: throw_items}
    key = (*keys[part], moving(store, part))
    return store.kept(part, key, partial(make[part], store))


def fits(store: Store[DivergencesState]) -> Items:
    """Return the pictures of humps and throws."""
    return {**drawn(HUMPS, store), **drawn(THROWS, store)}


BARS_BOARD = Board("bars-board", partial(drawn, BARS), HANDS.change, HANDS.act)
FITS_BOARD = Board("fits-board", fits, HANDS.change, HANDS.act)
PARTS = (Section(BARS_BOARD), Section(FITS_BOARD))
STAGE = Boards("stage", pictures, HANDS.change, HANDS.act, PARTS)


# Two distributions -------------------------------------------------------------------------------


def bar_items(store: Store[DivergencesState]) -> Items:
    """Return the bars of p and q, and what divergences make of them."""
    state, pair, before = store.now, pair_of(store.now), pair_of(store.settled)
    rows = (
        Row("p", "p, the truth", TRUTH, pair.p),
        Row("q", "q, the guess", GUESS, pair.q),
    )
    grips = Grips(1.0, 0.01, "a probability")
    title = "Two distributions: drag a bar"
    return {
        "introduction": Note((told.BARS,)),
        "bars": bars_figure(state.names, rows, grips, title, "probability"),
        "bar-words": Note(tuple(told.bar_words(store)), width=6),
        "terms": _terms(state, pair, before),
        "readings": _readings(state, pair, before),
        "stack": _stack(state, pair, before),
    }


def _terms(state: DivergencesState, pair: TwoDistributions, before: TwoDistributions) -> Figure:
    both = [
        Row("", _SHORT[kind], look(kind), terms * state.per_nat)
        for kind, terms in ((KLDivergence, pair.terms), (ReverseKL, pair.reverse_terms))
    ]
    totals = [told.told(state, pair.kl), told.told(state, pair.reverse)]
    reach = _reach(state, *before.terms, *before.reverse_terms, least=0.5)
    return terms_figure(state.names, both, totals, reach, state.unit)


def _stack(state: DivergencesState, pair: TwoDistributions, before: TwoDistributions) -> Figure:
    scale = state.per_nat
    entropy, whole = pair.entropy * scale, pair.cross_entropy * scale
    parts = [
        Length("entropy of p", TRUTH, 0.0, entropy, number(entropy)),
        Length("KL(p‖q)", look(KLDivergence), entropy, entropy + pair.kl * scale,
               told.told(state, pair.kl)),
    ]  # fmt: skip
    total = Length("cross-entropy", look(CrossEntropy), 0.0, whole, number(whole))
    return stack_figure(
        parts, total, _reach(state, before.cross_entropy, before.entropy), state.unit
    )


def _readings(state: DivergencesState, pair: TwoDistributions, before: TwoDistributions) -> Figure:
    kinds = [kind for kind in COMPARED if kind is not CrossEntropy]
    readings = []
    for kind in kinds:
        way, scale = pair.both_ways(kind), state.per_nat if kind in ENTROPIC else 1.0
        readings.append(
            Reading(
                _SHORT.get(kind, kind.name.removesuffix(" divergence").removesuffix(" distance")),
                look(kind),
                way.forward * scale,
                way.backward * scale,
                kind().properties.bound * scale,
                number(way.forward * scale),
                number(way.backward * scale),
            )
        )
    reach = _reach(state, before.kl, before.reverse)
    return readings_figure(readings, reach, f"{state.unit}; the last two have no unit")


def _reach(state: DivergencesState, *nats: float, least: float = 1.0) -> float:
    """Return how far an axis goes: beyond all of these that are finite, in steps."""
    finite = [abs(float(one)) * state.per_nat for one in nats if math.isfinite(one)]
    return rounded_up(max([least, *(1.05 * one for one in finite)]))


# Two humps ---------------------------------------------------------------------------------------


def hump_items(store: Store[DivergencesState]) -> Items:
    """Return the densities, and the landscapes of both directions."""
    forward, reverse = both_ways(store)
    steps = max(len(way.path.points) for way in (forward, reverse)) - 1
    looks = (look(KLDivergence), look(ReverseKL))
    names = ("q by forward KL", "q by reverse KL")
    fitted = [
        Fitted(name, drawn, way.path.points)
        for name, drawn, way in zip(names, looks, (forward, reverse), strict=True)
    ]
    before = store.settled.two
    top = rounded_up(1.1 * max(0.4 / one for one in before.spreads))
    return {
        "humps-introduction": Note((told.HUMPS,)),
        "humps": humps_figure(store.now.two, fitted, top, _GROUP, not moving(store, HUMPS)),
        "hump-words": Note(tuple(told.hump_words(store, forward, reverse)), width=6),
        "forward": _one_way(store, forward, STARTS[0], steps),
        "reverse": _one_way(store, reverse, STARTS[1], steps),
    }


def _one_way(store: Store[DivergencesState], way: OneWay, start: str, steps: int) -> Figure:
    state, kind = store.now, KLDivergence if start == STARTS[0] else ReverseKL
    ranks = way.fit.ranks
    among = ", one of the lowest" if ranks.count(0) > 1 else ""
    marks = tuple(
        Mark(f"{way.fit.name}, another minimum" if rank else way.fit.name + among, look(kind), one,
             local=rank > 0)
        for rank, one in zip(ranks, way.fit.minima, strict=True)
    )  # fmt: skip
    title = {
        KLDivergence: "Forward KL(p‖q): q must cover p",
        ReverseKL: "Reverse KL(q‖p): q must stay inside p",
    }[kind]
    labels = ("mean μ", "spread σ", f"{told.way_of(way.fit)} in {state.unit}")
    return _landscape(store, way.landscape, way.path, marks, (labels, title, start, _GROUP), steps)


def _landscape(
    store: Store[DivergencesState],
    landscape: Landscape,
    path: Trajectory,
    marks: tuple[Mark, ...],
    words: tuple[tuple[str, str, str], str, str, str],
    steps: int,
) -> Figure:
    """Return a landscape in the unit of the screen, playing so many steps."""
    state, scale = store.now, store.now.per_nat
    labels, title, start, group = words
    scene = Scene(
        Landscape(landscape.x, landscape.y, landscape.z * scale),
        path.points,
        path.values * scale,
        marks,
        labels,
        labels[2],
        state.levels == "geometric",
        start=start,
        group=group,
        title=title,
    )
    picture = landscape_figure if state.view == "above" else surface_figure
    return _of_steps(picture(scene, f"{start}-{state.view}"), steps)


def _of_steps(figure: Figure, steps: int) -> Figure:
    """Let a picture play as many steps as the others of its group: it waits at its end."""
    play = figure.play
    if play is None or play.steps == steps:
        return figure
    frames = tuple(
        dataclasses.replace(frame, x=_waiting(frame.x, steps), y=_waiting(frame.y, steps))
        for frame in play.frames
    )
    return dataclasses.replace(figure, play=dataclasses.replace(play, steps=steps, frames=frames))


def _waiting(column: Array | None, steps: int) -> Array | None:
    return None if column is None else lengthened(column[:, None], steps)[:, 0]


# Throws ------------------------------------------------------------------------------------------


def throw_items(store: Store[DivergencesState]) -> Items:
    """Return the throws, both landscapes, and what lies between them."""
    state, answer = store.now, thrown(store)
    total = sum(state.counts)
    rows = (
        Row("n", "throws", TRUTH, np.array(state.counts, dtype=np.float64)),
        Row("", "expected of the die where the path ends", GUESS, total * answer.model),
    )
    highest = max(store.settled.counts)
    top = next((one for one in _THROWS if one >= _ROOM * highest), MOST)
    grips = Grips(float(top), 1.0, "a count")
    return {
        "throws-introduction": Note((told.THROWS,)),
        "throws": bars_figure(_FACES, rows, grips, "Throws of a die: drag a bar", "how often"),
        "likeness": _likeness(store, answer),
        "throw-words": Note(tuple(told.throw_words(store, answer))),
        "likelihood": _cost(store, answer, DIE_STARTS[0]),
        "divergence": _cost(store, answer, DIE_STARTS[1]),
    }


def _cost(store: Store[DivergencesState], answer: DieAnswer, start: str) -> Figure:
    first, unit = start == DIE_STARTS[0], store.now.unit
    fit, landscape = (
        (answer.likelihood, answer.same.likelihood)
        if first
        else (answer.divergence, answer.same.divergence)
    )
    path = answer.path
    if not first:
        path = dataclasses.replace(path, values=answer.divergence.values(path.points))
    mark = look(CrossEntropy if first else KLDivergence)
    best = answer.likelihood.best
    marks = () if best is None else (Mark(fit.name, mark, best),)
    title = "Mean negative log-likelihood" if first else "KL from the data"
    labels = ("tilt", "bend", f"{'−log q per throw' if first else 'KL(data‖q)'} in {unit}")
    steps = len(path.points) - 1
    return _landscape(store, landscape, path, marks, (labels, title, start, _DIE_GROUP), steps)


def _likeness(store: Store[DivergencesState], answer: DieAnswer) -> Figure:
    """Return both costs along the tilt, at the bend of the best die or of the start."""
    state, scale = store.now, store.now.per_nat
    best = answer.likelihood.best
    bend = float(state.die_start[1] if best is None else best[1])
    tilt = np.linspace(*TILTS, cells(store, THROWS))
    points = np.stack([tilt, np.full(len(tilt), bend)], axis=1)
    costs = (
        Costs("−log q per throw", look(CrossEntropy), answer.likelihood.values(points) * scale),
        Costs("KL(data‖q)", look(KLDivergence), answer.divergence.values(points) * scale),
    )
    top = (
        rounded_up(float(costs[0].values.max()))
        if not moving(store, THROWS)
        else _top(store, points)
    )
    constant = answer.same.constant * scale
    return likeness_figure(tilt, costs, constant, top, f"at bend {number(bend)}", state.unit)


def _top(store: Store[DivergencesState], points: Array) -> float:
    """Return the height that the picture had when a hand last let go."""
    from core.divergences.maximum_likelihood import Likelihood

    before = store.settled
    return rounded_up(float(Likelihood(before.counts).values(points).max()) * store.now.per_nat)
