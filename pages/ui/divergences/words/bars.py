"""What the page says of two distributions whose bars are dragged."""

import math

import numpy as np

from core.divergences.distributions import TwoDistributions, equal
from core.losses.divergence import JensenShannon
from pages.ui.divergences.state import DivergencesState, pair_of
from pages.ui.divergences.words.parts import measured, named, percent, told
from pages.ui.figures.parts import number
from pages.ui.predict import verdict_on
from pages.ui.session import Store

BARS = (
    "**Two beliefs about tomorrow.** p is how the weather is, q what a forecast says. Drag any bar "
    "by its top, down to 0 and up to 1: the others make room in proportion."
)


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
