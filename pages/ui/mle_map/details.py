"""What the page explains below its stage: arithmetic, tournament, and what to take along."""

from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from core.mle_map.conjugate import BetaBelief
from core.mle_map.tournament import SETS, Tournament, has_mean, run, variance
from pages.ui import details, export
from pages.ui.board import scale_of
from pages.ui.controls import bound
from pages.ui.figures.figure import Figure, Note
from pages.ui.figures.parts import joined, low, number
from pages.ui.figures.sampling import Strip, strips_figure
from pages.ui.hands import EVERYTHING
from pages.ui.live_figure import live_figures
from pages.ui.live_slider import live_slider
from pages.ui.mle_map import arithmetic as mle_map_arithmetic
from pages.ui.mle_map import script as mle_map_script
from pages.ui.mle_map import words
from pages.ui.mle_map.answer import Answer, coin_computed, computed
from pages.ui.mle_map.stage import names_of
from pages.ui.mle_map.state import (
    CLASSES,
    COIN,
    EACH,
    HANDS,
    LINE,
    NOISE_NAMES,
    SEED,
    MleMapState,
)
from pages.ui.session import Store
from pages.ui.theme import look


def arithmetic(store: Store[MleMapState]) -> None:
    """Draw the formulas with this screen's numbers plugged in."""
    if store.now.story == COIN:
        cards = mle_map_arithmetic.coin_cards(coin_computed(store))
    else:
        answer = computed(store)
        cards = mle_map_arithmetic.cards(answer)
        if answer.theta is None:
            st.caption(words.NO_FIT)
    columns = st.columns(2, gap="medium")
    for place, card in enumerate(cards):
        with columns[place % 2]:
            details.card(*card)


def beliefs(store: Store[MleMapState]) -> None:
    """Say what noise and prior believe, and where that was written."""
    state = store.now
    if state.story == COIN:
        st.markdown(f"**{state.beta.name}.** {imagined(state.beta)}")
        st.caption(f"Source: {state.beta.source}.")
        return
    for one in (state.belief, state.chosen_prior):
        if one is not None:
            st.markdown(f"**{one.name}.** {one.story}")
            st.caption(f"Source: {one.source}.")


def imagined(belief: BetaBelief) -> str:
    """Say what a Beta prior is like: tosses imagined before the first one."""
    if belief.a < 1.0 or belief.b < 1.0:
        return "With a or b below 1 it expects a coin that nearly always falls on one side."
    if belief.a == belief.b == 1.0:
        return "With a = b = 1 every chance is as likely: no toss is imagined."
    return (
        f"As if {number(belief.a - 1)} heads and {number(belief.b - 1)} tails had been seen before "
        "the first toss, of a coin whose every chance was as likely."
    )


# The tournament ----------------------------------------------------------------------------------


def tournament(store: Store[MleMapState]) -> None:
    """Let the losses estimate the centre of many data sets drawn from the noise."""
    state, hear = store.now, partial(HANDS.act, store)
    st.markdown(
        f"Which loss estimates best under a noise? {SETS} data sets are drawn around a centre that "
        "no loss is told, and each loss names its own."
    )
    with st.grid(4, min_column_width=205):
        if state.story != LINE:
            st.selectbox(
                "Noise of the targets", list(NOISE_NAMES), format_func=NOISE_NAMES.__getitem__,
                **bound(store, "noise", partial(st.rerun, EVERYTHING)),
            )  # fmt: skip
        live_slider("Targets in each set: n", state.each, EACH, key="each", act=hear)
        live_slider("Seed", state.seed, SEED, key="seed", act=hear)
    if st.button("Run the tournament", icon=":material/trophy:", key="tournament"):
        store.change(ran=True)
    if store.now.ran:
        _played(store, result_of(store))


def result_of(store: Store[MleMapState]) -> Tournament:
    """Return the tournament of these settings: the one already run, or one that runs now."""
    state = store.now
    key = (state.chosen_noise, state.each, state.seed)
    return store.kept("tournament", key, lambda: _run(state))


def _run(state: MleMapState) -> Tournament:
    bar = st.progress(0.0, text="Drawing data sets")
    for told in run(state.chosen_noise, SETS, state.each, state.seed):
        bar.progress(told.sets / SETS, text=f"{told.sets} of {SETS} data sets answered")
    bar.empty()
    return told


def _played(store: Store[MleMapState], told: Tournament) -> None:
    items: dict[str, Figure | Note] = {
        "strips": strips(told),
        "tournament-words": Note(tuple(tournament_words(told))),
    }
    live_figures(items, key="tournament", act=lambda event: None, scale=scale_of(store))
    _table(told)


def strips(told: Tournament) -> Figure:
    """Return every loss's estimates as a strip."""
    rows = [
        Strip(f"{one.name}{' ★' if one.own else ''}", look(one.loss), estimates)
        for one, estimates in zip(told.entrants, told.estimates, strict=True)
    ]
    return strips_figure(rows, told.bound, "strips")


def tournament_words(told: Tournament) -> list[str]:
    """Say who won, if these sets can tell, and how near the best came to the bound."""
    names = [low(one.name) for one in told.entrants]
    own = next(low(one.name) for one in told.entrants if one.own)
    best, leaders = told.best, [names[one] for one in told.leaders]
    share = told.bound / float(told.mean_square[best])
    if told.winner is not None:
        verdict = (
            f"**{told.winner.name} estimates best:** these {told.sets} sets tell it from every "
            "other."
        )
    else:
        verdict = (
            f"**No single winner:** {low(told.entrants[best].name)} has the least mean square, but "
            f"these {told.sets} sets cannot tell it from {joined(leaders[1:])}."
        )
    verdict += (
        " Two are told apart if the mean square of the one is larger by more than three standard "
        "errors of the difference, or if it lies farther from the truth in clearly more than half "
        "of the sets, by three standard errors of a fair coin."
    )
    lines = [
        f"{verdict} The noise's own loss (★) is {own}: its least total is maximum likelihood.",
        f"**Cramér–Rao.** With {told.count} targets no unbiased estimate has a variance below "
        f"{number(told.bound)}; the best mean square here is "
        f"{number(float(told.mean_square[best]))}, so the bound is {number(100 * share)} % of it. "
        "By chance, a sample of sets may fall below the bound.",
    ]
    if not has_mean(told.noise):
        lines.append(
            "**This noise has no mean,** let alone a variance: averaging its targets, however "
            "many, brings squared error no nearer to the centre, and its figures depend on the "
            "few wildest sets. Count instead in how many sets another lies nearer."
        )
    elif not np.isfinite(variance(told.noise)):
        lines.append(
            "**The variance of this noise is infinite,** and so is that of the mean of its "
            "targets: the figures of squared error depend on the few wildest sets. Count instead "
            "in how many sets another lies nearer."
        )
    return lines


def _table(told: Tournament) -> None:
    error = told.mean_square_error
    st.table(
        {
            "Loss": [f"{one.name}{' ★' if one.own else ''}" for one in told.entrants],
            "Mean": [number(float(one)) for one in told.bias],
            "Standard deviation": [number(float(one)) for one in told.spread],
            "Mean square": [
                f"{number(float(one))} ± {number(float(by), 2)}"
                for one, by in zip(told.mean_square, error, strict=True)
            ],
            f"Sets in which {low(told.entrants[told.best].name)} lies nearer": [
                "the least mean square" if place == told.best else f"{count} of {told.sets}"
                for place, count in enumerate(told.farther)
            ],
            "Bound ÷ mean square": [
                f"{number(100 * told.bound / float(one))} %" for one in told.mean_square
            ],
        },
        hide_index=True,
        border="horizontal",
        alt="How well each loss estimates the centre",
    )


# Numbers and files -------------------------------------------------------------------------------


def numbers(store: Store[MleMapState]) -> None:
    """Show the points as a table to type in: the same moves as with a finger."""
    state = store.now
    if state.story == COIN:
        told = "".join("H" if one else "T" for one in state.base.y[: state.known])
        st.caption(f"The tosses so far: {told}")
        return
    x, y = state.places
    key = f"table-MleMapState-{state.story}-{state.base.key}-{hash(state.points)}"
    fixed = ["arrived", "class"] if state.story == CLASSES else ["arrived"]
    st.data_editor(
        {"arrived": np.arange(1, len(x) + 1), "x": x, "class" if len(fixed) > 1 else "y": y},
        disabled=fixed,
        hide_index=True,
        key=key,
        on_change=lambda: _typed(store, st.session_state[key]),
        alt="The points as numbers, in the order of their arrival",
    )


def _typed(store: Store[MleMapState], change: dict[str, Any]) -> None:
    x, y = store.now.places
    edits = store.now.points
    for row, cells in change["edited_rows"].items():
        at = int(row)
        place = cells.get("x", x[at]), cells.get("y", y[at])
        if all(map(details.usable, place)):
            clipped = np.clip(np.array(place, dtype=np.float64), -20.0, 20.0)
            edits = edits.move(len(x), at, (float(clipped[0]), float(clipped[1])))
    store.own["told"] = None
    details.typed(store, edits)


def take_along(store: Store[MleMapState]) -> None:
    """Offer the numbers as files."""
    st.caption("The address of this page carries this very screen: copy it to share.")
    state, offer = store.now, details.download
    with st.container(horizontal=True):
        if state.story == COIN:
            offer("Estimates as CSV", "walk.csv", partial(coin_csv, store))
        else:
            answer = computed(store)
            offer("Data as CSV", "data.csv", partial(data_csv, state))
            offer("Landscapes as CSV", "landscapes.csv", partial(landscapes_csv, answer))
            offer("Walk as CSV", "walk.csv", partial(walk_csv, answer))
        if state.ran:
            offer("Tournament as CSV", "tournament.csv",
                  partial(tournament_csv, result_of(store)))  # fmt: skip
        offer("Script in NumPy", "mle_map.py", partial(mle_map_script.script, state))


def data_csv(state: MleMapState) -> str:
    """Return the points in the order of their arrival."""
    x, y = state.places
    rows = ((n + 1, float(a), float(b)) for n, (a, b) in enumerate(zip(x, y, strict=True)))
    return export.table_csv(("arrived", "x", "class" if state.story == CLASSES else "y"), rows)


def landscapes_csv(answer: Answer) -> str:
    """Return the three landscapes, one crossing a row."""
    first = answer.likelihood.landscape(answer.grid).z.ravel()
    second = answer.posterior.prior.landscape(answer.grid).z.ravel()
    rows = (
        (*(float(one) for one in point), float(a), float(b), float(a + b))
        for point, a, b in zip(answer.grid.points, first, second, strict=True)
    )
    names = names_of(answer.state)
    return export.table_csv(
        (
            *names,
            "negative log likelihood",
            "negative log prior",
            "negative log posterior, unnormalised",
        ),
        rows,
    )


def walk_csv(answer: Answer) -> str:
    """Return both estimates as points arrive; empty where there is none."""
    one, two = names_of(answer.state)
    walk = answer.walk
    rows = (
        (int(count), *("" if not np.isfinite(x) else float(x) for x in (*mle, *found)))
        for count, mle, found in zip(walk.count, walk.mle, walk.map, strict=True)
    )
    return export.table_csv(("n", f"MLE {one}", f"MLE {two}", f"MAP {one}", f"MAP {two}"), rows)


def coin_csv(store: Store[MleMapState]) -> str:
    """Return both estimates after each toss; empty where there is none."""
    answer = coin_computed(store)
    rows = (
        (n, *("" if not np.isfinite(p) else float(p) for p in pair_))
        for n, pair_ in enumerate(zip(answer.mle, answer.map, strict=True))
    )
    return export.table_csv(("tosses", "MLE", "MAP"), rows)


def tournament_csv(told: Tournament) -> str:
    """Return what every loss said of every data set."""
    names = [one.name for one in told.entrants]
    rows = ((n + 1, *map(float, row)) for n, row in enumerate(told.estimates.T))
    return export.table_csv(("data set", *names), rows)
