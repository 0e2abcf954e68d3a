"""What the page of divergences says in computed words."""

import math

import numpy as np

from core.divergences.distributions import TwoDistributions, equal
from core.divergences.gaussian_fits import GaussianFit, TwoHumps
from core.divergences.maximum_likelihood import FACES, die
from core.losses.base import Array
from core.losses.divergence import JensenShannon
from core.optimizers import Outcome, Trajectory
from pages.ui.divergences.answers import DieAnswer, OneWay, falls_off
from pages.ui.divergences.state import DivergencesState, pair_of
from pages.ui.figures.humps import placed
from pages.ui.figures.parts import joined, number
from pages.ui.predict import verdict_on
from pages.ui.session import Store

_MOST = 0.9  # of a Gaussian on one hump: it sits there
_MIDDLE = 1.96  # spreads to each side that hold 95 % of a Gaussian
_CONVERGED = 1e-6  # nats: what a path that has converged may lie above its minimum
_ROUNDING = 1e-12  # nats: what no path tells from nothing

BARS = (
    "**Two beliefs about tomorrow.** p is how the weather is, q what a forecast says. Drag any bar "
    "by its top, down to 0 and up to 1: the others make room in proportion."
)
HUMPS = (
    "**One Gaussian for two humps.** Forward KL(p‖q) pays for what q misses of p, reverse KL(q‖p) "
    "for what q claims beyond it. Drag the top of a hump, or the ring on "
    "either landscape: it is the start of both paths."
)
THROWS = (
    "**Where does maximum likelihood come from?** Drag how often each face of a die came up. The "
    "model may tilt towards high faces and bend towards the outer ones."
)


# Two distributions -------------------------------------------------------------------------------


def bar_words(store: Store[DivergencesState]) -> list[str]:
    """Return what the two distributions are to each other."""
    state = store.now
    pair = pair_of(state)
    return [
        *verdict(store, pair),
        kl_sentence(state, pair),
        sum_sentence(state, pair),
        event_sentence(state, pair),
        term_sentence(state, pair),
        bounded_sentence(state, pair),
    ]


def verdict(store: Store[DivergencesState], pair: TwoDistributions) -> list[str]:
    """Say whether the guess was right, once q has ruled something out that p has not."""
    if not pair.ruled_out or pair.invented:
        return []
    word = verdict_on(store, "forward")
    told = "**KL(p‖q)** alone is infinite: it asks q about everything that happens under p."
    return [f"{word}: {told}"] if word else []


def kl_sentence(state: DivergencesState, pair: TwoDistributions) -> str:
    """Say both directions of KL, and why one is infinite if it is."""
    forward, backward = (told(state, one) for one in (pair.kl, pair.reverse))
    first = state.units(forward) if math.isinf(pair.reverse) else ""
    start = f"**KL(p‖q) = {forward}{first}** and KL(q‖p) = {backward}{state.units(backward)}."
    reasons = []
    if pair.ruled_out:
        which = named(state, pair.ruled_out)
        reasons.append(f"KL(p‖q) is ∞: q says never where p says sometimes ({which}).")
    if pair.invented:
        which = named(state, pair.invented)
        reasons.append(f"KL(q‖p) is ∞: p says never where q says sometimes ({which}).")
    if reasons:
        return " ".join([start, *reasons])
    if pair.alike:
        return f"{start} p and q are the same, and every divergence between them is 0."
    if equal(pair.kl, pair.reverse):
        return f"{start} Here the two directions agree; drag one bar, and they part."
    gap = measured(state, abs(pair.kl - pair.reverse))
    return f"{start} The two directions differ by {gap}: KL is not symmetric."


def sum_sentence(state: DivergencesState, pair: TwoDistributions) -> str:
    """Say that entropy and KL make the cross-entropy."""
    parts = f"Entropy {told(state, pair.entropy, 4)} + KL {told(state, pair.kl, 4)}"
    whole = f"cross-entropy {measured(state, pair.cross_entropy, 4)}"
    apart = "agree to the last digit"
    if pair.misfit:
        apart = f"differ by {number(pair.misfit * state.per_nat, 2)}"
    if math.isinf(pair.cross_entropy):
        return f"{parts} = {whole}: the entropy of p stays finite, so all of the ∞ is KL."
    return f"{parts} = {whole}; each computed alone, the two sides {apart}."


def event_sentence(state: DivergencesState, pair: TwoDistributions) -> str:
    """Name the event whose probability differs most."""
    if not pair.event:
        return "Total variation is 0: every event has the same probability under both."
    under_p, under_q = (percent(one) for one in pair.event_probabilities)
    gap = number(pair.event_probabilities[0] - pair.event_probabilities[1])
    return (
        f"No event differs more than **{named(state, pair.event, 'or')}**: {under_p} under p, "
        f"{under_q} under q. The difference, {gap}, is the total variation."
    )


def term_sentence(state: DivergencesState, pair: TwoDistributions) -> str:
    """Say which outcome adds most to KL(p‖q), and whether one takes away."""
    if math.isinf(pair.kl):
        finite = float(pair.terms[np.isfinite(pair.terms)].sum())
        return (
            f"Without {named(state, pair.ruled_out)} the terms of KL(p‖q) add up to "
            f"{measured(state, finite)}."
        )
    most, least = pair.largest, pair.least
    if not most:
        return "No outcome adds anything to KL(p‖q)."
    lines, which, size = [], named(state, most), pair.terms[most[0]]
    if len(most) > 1:
        lines.append(f"The largest terms of KL(p‖q) are those of {which}: "
                     f"{measured(state, size)} each.")  # fmt: skip
    elif size > 0.5 * pair.terms[pair.terms > 0].sum():
        lines.append(f"Most of KL(p‖q) comes from {which}: {measured(state, size)}.")
    else:
        lines.append(f"The largest term of KL(p‖q) is that of {which}: {measured(state, size)}.")
    if least:
        away, many = measured(state, -pair.terms[least[0]]), len(least) > 1
        takes, them = (f"take {away} away each", "them") if many else (f"takes {away} away", "it")
        lines.append(f"{named(state, least).capitalize()} {takes}, since q gives {them} more than "
                     "p does; the sum never falls below 0.")  # fmt: skip
    return " ".join(lines)


def bounded_sentence(state: DivergencesState, pair: TwoDistributions) -> str:
    """Say how much of the most it can be the Jensen-Shannon divergence is."""
    value = pair.divergence(JensenShannon)
    most = JensenShannon().properties.bound
    return (
        f"Jensen-Shannon is {measured(state, value)}, {percent(value / most)} of the most it can "
        f"be, {'1 bit' if state.bits else f'log 2 = {told(state, most)} nats'}: it holds both "
        "against their middle, which rules out nothing that either allows."
    )


# Two humps ---------------------------------------------------------------------------------------


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


# Throws ------------------------------------------------------------------------------------------


def throw_words(store: Store[DivergencesState], answer: DieAnswer) -> list[str]:
    """Return what likelihood and divergence are to each other on these throws."""
    state, same = store.now, answer.same
    crossings = same.difference.z.size
    return [
        f"**The two landscapes differ by {measured(state, same.constant)} everywhere:** "
        f"the entropy of the throws, which no model can change. Over {crossings:,} dice the "
        f"difference strays from that by {deviation(state, same.deviation)} at most.",
        f"Along the path the two slopes differ by {deviation(state, answer.apart)} at most, so one "
        "path serves both landscapes. "
        f"{throws_ended(state, answer)}",
        best_sentence(state, answer),
    ]


def deviation(state: DivergencesState, value: float) -> str:
    """Return a size of rounding."""
    return number(value * state.per_nat, 2)


def throws_ended(state: DivergencesState, answer: DieAnswer) -> str:
    """Say how the path towards the throws ended."""
    best = answer.likelihood.best
    if best is None:
        return chased(state, answer.path, answer.same.constant)
    return ended(state, answer.path, answer.likelihood.value(best), True)


def best_sentence(state: DivergencesState, answer: DieAnswer) -> str:
    """Say what the best die is, or why there is none."""
    best, shares = answer.likelihood.best, answer.likelihood.shares
    if best is None:
        seen = joined([str(k + 1) for k in np.flatnonzero(shares)])
        return (
            f"All throws show {seen}: there is no best die. Ever larger tilts and bends come ever "
            "closer to the throws themselves, and the divergence to 0."
        )
    cost, gap = answer.likelihood.value(best), answer.divergence.value(best)
    outside = "" if abs(best[0]) <= 6 and abs(best[1]) <= 9 else ", outside the picture"
    return (
        f"The best die has tilt {placed(best[0])} and bend {placed(best[1])}{outside}: "
        f"{told(state, cost, 5)} = {told(state, answer.same.constant, 5)} + "
        f"{measured(state, gap, 5)}. Its mean face is {number(mean_face(die(best)))}, "
        f"that of the throws {number(mean_face(shares))}."
    )


def mean_face(model: Array) -> float:
    """Return the mean number of eyes."""
    return float(model @ np.arange(1, FACES + 1))


# Small parts -------------------------------------------------------------------------------------


def told(state: DivergencesState, nats: float, digits: int = 3) -> str:
    """Return a number of nats in the unit of the screen."""
    return number(float(nats) * state.per_nat, digits)


def measured(state: DivergencesState, nats: float, digits: int = 3) -> str:
    """Return a number of nats in the unit of the screen, with that unit."""
    text = told(state, nats, digits)
    return text + state.units(text)


def percent(share: float) -> str:
    """Return a share in percent; what is not quite none or all is not told as that."""
    value = 100.0 * share
    if 0.0 < value < 0.1:
        return "less than 0.1 %"
    if 99.9 < value < 100.0:
        return "more than 99.9 %"
    return f"{number(value)} %"


def named(state: DivergencesState, outcomes: tuple[int, ...], word: str = "and") -> str:
    """Return outcomes by name."""
    *rest, last = (state.names[k] for k in outcomes)
    return f"{', '.join(rest)} {word} {last}" if rest else last


def way_of(fit: GaussianFit) -> str:
    """Return a direction as it is written."""
    return "KL(p‖q)" if fit.name.startswith("Forward") else "KL(q‖p)"
