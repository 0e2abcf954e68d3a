"""What turns the page of likelihood, prior and posterior: sidebar, sliders, tools, a question."""

import dataclasses
from collections.abc import Iterable
from functools import partial

import numpy as np
import streamlit as st

from core.declare import Declared, ParameterError
from core.likelihoods import GaussianPrior
from core.mle_map.conjugate import BetaBelief
from pages.ui.controls import bound, choice, knobs, menu, tied
from pages.ui.descent_controls import for_a_class
from pages.ui.figures.parts import number, plain
from pages.ui.hands import EVERYTHING
from pages.ui.live_slider import live_slider
from pages.ui.mle_map.answer import coin_of, computed
from pages.ui.mle_map.stage import spread_name
from pages.ui.mle_map.state import (
    COIN,
    HANDS,
    LINE,
    NOISE_NAMES,
    PRIOR_NAMES,
    STORIES,
    STRENGTH,
    TURN,
    WIDTH,
    MleMapState,
    new_data,
    seen_up_to,
    sets_of,
)
from pages.ui.mle_map.words import GUESSES
from pages.ui.predict import ask_among
from pages.ui.session import Store
from pages.ui.toolbar import history, notice, tool

SPREADS = {"flat": "as likely anywhere", "half": "expected within a width"}
VIEWS = {"surprise": "−log", "density": "densities"}


def choose(store: Store[MleMapState]) -> None:
    """Draw every control of the sidebar."""
    state = store.now
    _switch(store, "Story", "story", STORIES)
    titles = {key: one.title for key, one in sets_of(state.story).items()}
    _switch(store, "Data", state.story, titles)
    st.caption(state.base.story)
    again = partial(_again, store)
    if state.story == LINE:
        tie = bound(store, "noise", again)
        menu("Noise", NOISE_NAMES, tie, help=state.chosen_noise.story)
    if state.story != COIN:
        prior = state.chosen_prior
        told = prior.story if prior else "Every pair of parameters is as likely."
        menu("Prior of both parameters", PRIOR_NAMES, bound(store, "prior", again), help=told)
    choice("Pictures show", VIEWS, bound(store, "view"))
    with st.expander("For a class"):
        for_a_class(store)


def _again(store: Store[MleMapState]) -> None:
    store.own["told"] = None


def _switch(store: Store[MleMapState], label: str, field: str, options: dict[str, str]) -> None:
    """Draw a choice of data: what was moved in the data before does not belong to these."""

    def take(chosen: str) -> None:
        store.remember()
        new_data(store)
        store.change(**{field: chosen})

    menu(label, options, tied(f"MleMapState-{field}", getattr(store.now, field), take))


# Above the pictures ------------------------------------------------------------------------------


def tools(store: Store[MleMapState]) -> None:
    """Draw the question, the sliders that turn most, and the ways back."""
    notice(store)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _predict(store)
        history(store)
        tool("Reset points", "restart_alt", partial(HANDS.reset, store),
             disabled=not store.now.points.count)  # fmt: skip
    sliders(store)


def sliders(store: Store[MleMapState]) -> None:
    """Draw how much has arrived, λ, the knobs of noise and prior, and the turn to the loss."""
    state, hear = store.now, partial(HANDS.act, store)
    what = "tosses" if state.story == COIN else "points"
    arrived = seen_up_to(len(state.base.x), what)
    with st.grid(5, min_column_width=165):
        live_slider(f"Arrived: n {what}", state.known, arrived, key="count", act=hear)
        if state.story != COIN:
            if state.chosen_prior is not None:
                live_slider("Strength: λ", state.strength, STRENGTH, key="strength", act=hear)
            live_slider("Density → loss: t", state.turn, TURN, key="turn", act=hear)
        knobs(_turned(state), hear, partial(HANDS.choose, store))


def _turned(state: MleMapState) -> list[Declared]:
    """Return what has knobs on this screen."""
    if state.story == COIN:
        return [state.beta]
    noise = [state.chosen_noise] if state.story == LINE else []
    return [*noise, *_present([state.chosen_prior])]


def _present(those: Iterable[Declared | None]) -> list[Declared]:
    return [one for one in those if one is not None]


def below(store: Store[MleMapState]) -> None:
    """Draw what turns the belief about σ, or about the share of a class."""
    state, hear = store.now, partial(HANDS.act, store)
    if state.story == COIN:
        return
    if state.story != LINE:
        with st.grid(4, min_column_width=205):
            knobs([state.beta], hear, partial(HANDS.choose, store))
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        tie = bound(store, "spread_prior", partial(st.rerun, EVERYTHING))
        choice("Before the data, σ is", SPREADS, tie)
        if state.spread_prior == "half":
            live_slider("Width for σ: w", state.width, WIDTH, key="width", act=hear)


# Predict, then see -------------------------------------------------------------------------------


def _predict(store: Store[MleMapState]) -> None:
    """Ask which way the MAP will go, and offer to do it."""
    did, doing, made = surer(store.now)
    if made is None:
        return
    ask_among(store, f"{doing}: which way does the MAP move?", GUESSES, about=doing)
    tool(doing, "bolt", partial(_do, store, did, made))


def surer(state: MleMapState) -> tuple[str, str, dict[str, object] | None]:
    """Return what making the prior surer is called, done and to be done, and what it changes.

    Of a prior that can be no surer, None.
    """
    try:
        if state.story == COIN:
            twice = BetaBelief(2 * state.beta.a, 2 * state.beta.b)
            return "With a and b doubled", "Double a and b", {"beliefs": (twice,)}
        prior = state.chosen_prior
        if prior is None:
            kept = next(one for one in state.priors if isinstance(one, GaussianPrior))
            name = f"a Gaussian prior of τ = {number(kept.tau)}"
            return f"With {name}", f"Take {name}", {"prior": type(kept).__name__}
        knob = spread_name(prior)
        half = dataclasses.replace(prior, **{knob: 0.5 * getattr(prior, knob)})
    except ParameterError:
        return "", "", None
    symbol = plain({"tau": r"\tau"}.get(knob, knob))
    priors = tuple(half if one is prior else one for one in state.priors)
    return f"With {symbol} halved", f"Halve {symbol}", {"priors": priors}


def _do(store: Store[MleMapState], did: str, made: dict[str, object]) -> None:
    """Change the prior, and keep where the MAP was and is."""
    before = likeliest(store)
    store.remember()
    store.change(**made)
    after = likeliest(store)
    store.own["told"] = None
    if before is not None and after is not None:
        store.own["told"] = (before, after, did)


def likeliest(store: Store[MleMapState]) -> np.ndarray | None:
    """Return the MAP as its distance from the prior's peak, or None where there is none."""
    if store.now.story == COIN:
        coin = coin_of(store.now)
        peak = coin.prior.mode
        return None if coin.map is None or peak is None else np.array([coin.map - peak])
    return computed(store).map.theta
