"""What the page of divergences explains below its pictures, when the hand lets go."""

import math
from functools import partial

import streamlit as st

from core.divergences.distributions import COMPARED, TwoDistributions
from core.divergences.maximum_likelihood import die
from core.library.catalogue import PROPERTIES
from core.losses.base import Array
from core.losses.divergence import Divergence, Hellinger, TotalVariation
from core.worked import enclosed, factor, latex
from pages.ui import details, explain, export
from pages.ui.controls import bound
from pages.ui.divergences import script as taken
from pages.ui.divergences.answers import both_ways, thrown
from pages.ui.divergences.state import DivergencesState, pair_of
from pages.ui.evidence import evidence, said
from pages.ui.figures.bars import unit_of
from pages.ui.figures.parts import number
from pages.ui.session import Store

_LOG = {False: r"\log", True: r"\log_2"}
_A_ROW = 3  # terms of a sum that fit beside each other
_KINDS = {kind.__name__: kind for kind in COMPARED}


def arithmetic(store: Store[DivergencesState]) -> None:
    """Show KL, its neighbours, both fits and the throws with this screen's numbers."""
    left, right = st.columns(2, gap="medium")
    with left:
        kl_card(store.now)
    with right:
        other_card(store.now)
    fit_card(store)
    throw_card(store)
    st.caption("One step on the landscape of reverse KL, with θ = (μ, σ):")
    details.step_card(store, both_ways(store)[1].path)


def kl_card(state: DivergencesState) -> None:
    """Show KL in the direction from truth to guess, outcome by outcome."""
    pair = pair_of(state)
    details.card(
        "KL(p‖q), outcome by outcome",
        rf"\mathrm{{KL}}(p \,\|\, q) = \sum_k p_k {_LOG[state.bits]} \frac{{p_k}}{{q_k}}",
        [*kl_lines(state, pair), sum_line(state, pair)],
        "Read from right to left, entropy and KL make the cross-entropy, −Σ p log q. "
        "0 log 0 counts as 0: what never happens cannot surprise.",
    )


def kl_lines(state: DivergencesState, pair: TwoDistributions) -> list[str]:
    """Return the sum of KL with numbers, one outcome a line."""
    log = _LOG[state.bits]
    lines = [
        rf"{factor(p)} \cdot {log} \left({factor(p)} / {factor(q)}\right) &= {latex(term)}"
        for p, q, term in zip(pair.p, pair.q, pair.terms * state.per_nat, strict=True)
    ]
    total = rf"\text{{sum}} &= {_measured(pair.kl * state.per_nat, state.unit)}"
    return [r"\begin{aligned} " + r" \\ ".join([*lines, total]) + r" \end{aligned}"]


def sum_line(state: DivergencesState, pair: TwoDistributions) -> str:
    """Return entropy + KL = cross-entropy with numbers."""
    entropy, kl, whole = (
        latex(one * state.per_nat) for one in (pair.entropy, pair.kl, pair.cross_entropy)
    )
    return rf"H(p) + \mathrm{{KL}}(p \,\|\, q) = {entropy} + {kl} = {whole}"


def other_card(state: DivergencesState) -> None:
    """Show total variation and the Hellinger distance with numbers."""
    pair = pair_of(state)
    details.card(
        "Total variation and Hellinger",
        r"\mathrm{TV} = \tfrac12 \sum_k |p_k - q_k|",
        [r"H = \sqrt{\tfrac12 \sum_k (\sqrt{p_k} - \sqrt{q_k})^2}", *other_lines(pair)],
        "Neither has a unit, and neither is above 1.",
    )


def other_lines(pair: TwoDistributions) -> list[str]:
    """Return both sums with numbers."""
    gaps = " + ".join(latex(float(abs(p - q))) for p, q in zip(pair.p, pair.q, strict=True))
    roots = " + ".join(
        latex(float((math.sqrt(p) - math.sqrt(q)) ** 2))
        for p, q in zip(pair.p, pair.q, strict=True)
    )
    told = [
        rf"\mathrm{{TV}} = \tfrac12 ({gaps}) = {latex(pair.divergence(TotalVariation))}",
        rf"H = \sqrt{{\tfrac12 ({roots})}} = {latex(pair.divergence(Hellinger))}",
    ]
    return [explain.broken(line) for line in told]


def fit_card(store: Store[DivergencesState]) -> None:
    """Show where forward KL has its minimum, and what reverse KL is at its end."""
    forward, _ = both_ways(store)
    details.card(
        "The best Gaussian of forward KL",
        forward.fit.formula,
        fit_lines(store),
        "m and s are mean and spread of p. The slopes by μ and σ are 0 where μ = m and σ = s, "
        "and nowhere else. Reverse KL has no such formula: the mean of log p under q is summed "
        "over equally spaced x.",
    )


def fit_lines(store: Store[DivergencesState]) -> list[str]:
    """Return mean, spread and forward KL of the humps with numbers."""
    forward, reverse = both_ways(store)
    humps = store.now.two
    parts = list(zip(humps.weights, humps.centres, humps.spreads, strict=True))
    means = " + ".join(rf"{latex(w)} \cdot {enclosed(m)}" for w, m, _ in parts)
    squares = " + ".join(
        rf"{latex(w)} \cdot ({latex(s)}^2 + {enclosed(m - humps.mean)}^2)" for w, m, s in parts
    )
    best = forward.fit.value(forward.fit.minima[0])
    mean, spread = (float(one) for one in reverse.end)
    log_p, value = humps.expected_log(mean, spread), reverse.fit.value(reverse.end)
    own = -math.log(spread) - 0.5 * math.log(2 * math.pi * math.e)
    return [
        rf"m = {means} = {latex(humps.mean)}",
        rf"s^2 = {squares} = {latex(humps.spread**2)}",
        rf"\mathrm{{KL}}(p \,\|\, q) = -{enclosed(humps.entropy)} + \log {factor(humps.spread)}"
        rf" + \tfrac12 \log 2\pi e = {_measured(best, 'nats')}",
        rf"\mathrm{{KL}}(q \,\|\, p) = {latex(own)} - {enclosed(log_p)} = "
        rf"{_measured(value, 'nats')}\ \text{{at the end of the path}}",
    ]


def throw_card(store: Store[DivergencesState]) -> None:
    """Show both costs of the throws at the end of the path."""
    answer = thrown(store)
    details.card(
        "Likelihood and divergence of the throws",
        r"-\tfrac1n \sum_i \log q(x_i) = -\sum_k \hat p_k \log q_k ="
        r" H(\hat p) + \mathrm{KL}(\hat p \,\|\, q)",
        throw_lines(store.now, answer.likelihood.shares, answer.path.points[-1]),
        "Throws are counted, so they have shares of their own to compare with. Dots on a line have "
        "no density, and no entropy: there the mean negative log-likelihood stays what it is, and "
        "KL is met only as ever more of them fill in p.",
    )


def throw_lines(state: DivergencesState, shares: Array, theta: Array) -> list[str]:
    """Return the mean negative log-likelihood with numbers, and what it is made of."""
    model = die(theta)
    pair = TwoDistributions(shares, model)
    terms = [
        rf"{latex(share)} \log {factor(q)}" for share, q in zip(shares, model, strict=True) if share
    ]
    rows = [" + ".join(terms[k : k + _A_ROW]) for k in range(0, len(terms), _A_ROW)]
    total = r" \\ &\quad + ".join(rows)
    return [
        rf"\begin{{aligned}} -( & {total}) \\ &= {latex(pair.cross_entropy)} \end{{aligned}}",
        rf"{latex(pair.entropy)} + {latex(pair.kl)} = {_measured(pair.cross_entropy, 'nats')}",
    ]


def _measured(value: float, unit: str) -> str:
    """Return a number with its unit in LaTeX."""
    text = latex(value)
    after = unit_of(text, unit).strip()
    return rf"{text}\ \text{{{after}}}" if after else text


def about(store: Store[DivergencesState]) -> None:
    """Say what a divergence is, and what is known about it with its evidence."""
    names = {name: kind.name for name, kind in _KINDS.items()}
    st.selectbox(
        "About", list(names), format_func=names.__getitem__, width=280, **bound(store, "about")
    )
    loss = _KINDS[store.now.about]()
    st.markdown(f"**{loss.name}.** {loss.story} The single q with the lowest expected loss, when "
                f"the truth varies, is the {loss.estimates}.")  # fmt: skip
    rows = property_rows(loss)
    st.table(
        {
            "Property": [row[0] for row in rows],
            "": [row[1] for row in rows],
            "Evidence": [row[2] for row in rows],
        },
        hide_index=True,
        border="horizontal",
        alt=f"Properties of {loss.name} with their evidence",
    )
    st.caption(f"Source: {loss.source}.")
    st.markdown(exchange_sentence(store.now, type(loss)))


def property_rows(loss: Divergence) -> list[tuple[str, str, str]]:
    """Return (property, answer, evidence)."""
    rows = []
    for asked in PROPERTIES:
        found = evidence(loss, asked.key)
        if found.answer is not None:
            rows.append((f"{asked.title}: {asked.meaning}", said(found.answer), found.words))
    return rows


def exchange_sentence(state: DivergencesState, kind: type[Divergence]) -> str:
    """Say what exchanging p and q does to a divergence on this screen."""
    way = pair_of(state).both_ways(kind)
    if way.agree and way.symmetric:
        return f"Exchange p and q, and it stays {number(way.forward)}, here and always."
    if way.agree:
        return f"Exchange p and q, and it stays {number(way.forward)} here, though not always."
    return f"Exchange p and q, and {number(way.forward)} becomes {number(way.backward)} (in nats)."


def take_along(store: Store[DivergencesState]) -> None:
    """Offer the numbers as files, and say what the link carries."""
    st.caption("The address of this page carries the whole screen: copy it to share or keep it.")
    state = store.now
    forward, reverse = both_ways(store)
    answer = thrown(store)
    offer, names, dice = details.download, ("mean", "spread"), ("tilt", "bend")
    with st.container(horizontal=True):
        offer("Distributions as CSV", "distributions.csv", partial(taken.distributions_csv, state))
        offer("Divergences as CSV", "divergences.csv", partial(taken.divergences_csv, state))
        ways = (forward, reverse)
        offer("Minima as CSV", "minima.csv", partial(taken.minima_csv, ways))
        for way, name in zip(ways, ("forward", "reverse"), strict=True):
            label = name.capitalize()
            path = partial(export.path_csv, way.path, names)
            land = partial(export.landscape_csv, way.landscape, names)
            offer(f"{label} path as CSV", f"{name}-path.csv", path)
            offer(f"{label} landscape as CSV", f"{name}-landscape.csv", land)
        offer("Throws as CSV", "throws.csv", partial(taken.throws_csv, state))
        die_land = partial(export.landscape_csv, answer.same.likelihood, dice)
        offer("Likelihood as CSV", "likelihood-landscape.csv", die_land)
        offer("Script", "divergences.py", partial(taken.script, state))
