"""What the page says of one Gaussian for two humps."""

import math

from core.divergences.gaussian_fits import TwoHumps
from core.optimizers import Outcome, Trajectory
from pages.ui.divergences.answers import OneWay, falls_off
from pages.ui.divergences.state import DivergencesState
from pages.ui.divergences.words.parts import measured, percent, told
from pages.ui.figures.humps import placed
from pages.ui.figures.parts import joined
from pages.ui.session import Store

_MOST = 0.9  # of a Gaussian on one hump: it sits there
_MIDDLE = 1.96  # spreads to each side that hold 95 % of a Gaussian
_CONVERGED = 1e-6  # nats: what a path that has converged may lie above its minimum
_ROUNDING = 1e-12  # nats: what no path tells from nothing
HUMPS = (
    "**One Gaussian for two humps.** Forward KL(p‖q) pays for what q misses of p, reverse KL(q‖p) "
    "for what q claims beyond it. Drag the top of a hump, or the ring on "
    "either landscape: it is the start of both paths."
)


def hump_words(store: Store[DivergencesState], forward: OneWay, reverse: OneWay) -> list[str]:
    """Return what each direction makes of the two humps."""
    state = store.now
    return [
        reverse_sentence(state, reverse),
        forward_sentence(state, forward),
        minima_sentence(state, reverse),
        f"**Path of forward KL.** {path_sentence(state, forward)}",
        f"**Path of reverse KL.** {path_sentence(state, reverse)}",
    ]


def reverse_sentence(state: DivergencesState, way: OneWay) -> str:
    """Say which hump the reverse path's Gaussian sits on."""
    mean, spread = (float(one) for one in way.end)
    sits = seat(state.two, mean, spread, way.reached() is not None)
    return f"**Reverse KL from this start:** {sits} {shares(state.two, mean, spread)}"


def forward_sentence(state: DivergencesState, way: OneWay) -> str:
    """Say what the best Gaussian of forward KL is."""
    mean, spread = (float(one) for one in way.fit.minima[0])
    return (
        f"**Forward KL** has a single minimum: its mean {placed(mean)} and spread "
        f"{placed(spread)} are exactly those of p. {shares(state.two, mean, spread)}"
    )


def seat(humps: TwoHumps, mean: float, spread: float, settled: bool) -> str:
    """Say where a Gaussian sits; one that has not settled sits on a hump only if it is like it."""
    if len(humps.peaks) < 2:
        return "p has a single peak here, and there is nothing to choose between."
    right = humps.mass_right(mean, spread)
    for i, (side, mass) in enumerate((("left", 1.0 - right), ("right", right))):
        centre, own = humps.centres[i], humps.spreads[i]
        like = abs(mean - centre) <= own and 0.5 * own <= spread <= 2.0 * own
        if mass >= _MOST and (settled or like):
            return f"q has taken the {side} hump."
    if settled or all(abs(one - mean) <= _MIDDLE * spread for one in humps.centres):
        return "q lies over both humps."
    return "q sits on neither hump: the path has not settled."


def shares(humps: TwoHumps, mean: float, spread: float) -> str:
    """Say how much of q and of p lies where the right hump leads, and how much of p q covers."""
    covered = percent(humps.within(mean - _MIDDLE * spread, mean + _MIDDLE * spread))
    line = f"The middle 95 % of q hold {covered} of p."
    if len(humps.peaks) < 2 or not humps.crossings:
        return line
    of_q = humps.mass_right(mean, spread)
    of_p = sum(
        w * humps.mass_right(m, s)
        for w, m, s in zip(humps.weights, humps.centres, humps.spreads, strict=True)
    )
    return (
        f"It holds {percent(1.0 - of_q)} of its mass where the left hump leads and {percent(of_q)} "
        f"where the right one does; p holds {percent(1.0 - of_p)} and {percent(of_p)}. {line}"
    )


def minima_sentence(state: DivergencesState, way: OneWay) -> str:
    """Say how many minima reverse KL has, and where."""
    minima, ranks = way.fit.minima, way.fit.ranks
    places = [f"(μ {placed(one[0])}, σ {placed(one[1])})" for one in minima]
    values = [told(state, way.fit.value(one)) for one in minima]
    if len(minima) == 1:
        return f"Reverse KL has one minimum: {places[0]} at {values[0]}{state.units(values[0])}."
    start, unit = f"Reverse KL has {len(minima)} minima", state.units(values[-1])
    if not any(ranks):
        start += f", equally low: {joined(places)}, each at {values[0]}{unit}."
    else:
        start += f": {joined([f'{a} at {b}' for a, b in zip(places, values, strict=True)])}{unit}."
    reached = way.reached()
    if reached is None:
        return start
    rank = ranks[reached]
    if ranks.count(rank) > 1:
        side = "left" if reached == ranks.index(rank) else "right"
        return f"{start} This start leads to the one on the {side}; the other is as low."
    return f"{start} This start leads to the {_ORDINALS[reached]} of them."


_ORDINALS = ("lowest", "second", "third", "fourth")  # of a list that begins with the lowest


def path_sentence(state: DivergencesState, way: OneWay) -> str:
    """Say how a path over the humps ended."""
    if falls_off(state.rule, way.path):
        taken = steps_taken(way.path)
        return (
            f"After {taken} the next one would make σ 0 or less, and there is no such Gaussian; a "
            "smaller learning rate stays on the landscape."
        )
    reached = way.reached()
    lowest = reached is not None and way.fit.ranks[reached] == 0
    return ended(state, way.path, way.lowest, lowest)


def ended(state: DivergencesState, path: Trajectory, lowest: float, there: bool) -> str:
    """Say how a path ended, after how many steps, and how far above the lowest.

    there: whether its end is at a lowest minimum, or as near as a path comes to one.
    """
    line = f"{path.outcome.value} It took {steps_taken(path)}"
    above = max(float(path.values[-1]) - lowest, 0.0)
    if path.outcome is Outcome.DIVERGED or not math.isfinite(above):
        return f"{line}."
    if there and path.outcome is Outcome.CONVERGED and above <= _CONVERGED:
        return f"{line} and ends at the lowest value there is."
    if above <= _ROUNDING:
        return f"{line} and ends within rounding of the lowest value there is."
    return f"{line} and ends {measured(state, above)} above the lowest value there is."


def chased(state: DivergencesState, path: Trajectory, limit: float) -> str:
    """Say how a path ended down a cost that has no lowest value, only one that it never reaches."""
    line = path.outcome.value
    if path.outcome in (Outcome.CONVERGED, Outcome.STALLED):
        line = "Came to rest: what is left of the slope is rounding."
    line += f" It took {steps_taken(path)}"
    above = float(path.values[-1]) - limit
    if path.outcome is Outcome.DIVERGED or not math.isfinite(above):
        return f"{line}."
    far = "within rounding of" if above <= _ROUNDING else f"{measured(state, above)} above"
    return f"{line} and ends {far} {measured(state, limit)}, which no die reaches."


def steps_taken(path: Trajectory) -> str:
    """Return how many steps a path took, in words."""
    taken = len(path.points) - 1
    return f"{taken} step{'' if taken == 1 else 's'}"
