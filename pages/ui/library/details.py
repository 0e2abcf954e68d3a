"""What the library page says about one loss: its formula, its evidence, its calls elsewhere."""

import math

import numpy as np
import streamlit as st

from core.library.catalogue import FRAMEWORKS, PROPERTIES, property_named
from core.losses import (
    Array,
    Exponential,
    Hinge,
    LogisticLoss,
    MarginLoss,
    ModifiedHuber,
    Perceptron,
    SquaredHinge,
    ZeroOne,
)
from pages.ui.board import scale_of
from pages.ui.controls import bound, choice, menu
from pages.ui.evidence import evidence, said
from pages.ui.figures.curves import upright
from pages.ui.figures.evidence import Proof, Trace, evidence_figure
from pages.ui.figures.parts import joined, low
from pages.ui.frameworks import snippet
from pages.ui.library.state import LibraryState
from pages.ui.live_figure import live_figures
from pages.ui.session import Store
from pages.ui.theme import look


def choose(store: Store[LibraryState]) -> None:
    """Let one of the compared losses be looked at closely."""
    names = {type(loss).__name__: loss.name for loss in store.now.compared}
    choice("Look closely at", names, bound(store, "focus"))


def about(store: Store[LibraryState]) -> None:
    """Say what the focused loss is, what it takes, and where it comes from."""
    loss = store.now.loss(store.now.focus)
    st.latex(loss.formula)
    st.markdown(f"{loss.story} What makes it smallest on average: {loss.estimates}.")
    st.markdown(
        "\n".join(
            f"- ${one.symbol}$, the {one.name}: {one.meaning}; {one.domain.words}"
            + (" *(what is fitted: the gradient is with respect to it)*" if one.moves else "")
            for one in loss.arguments
        )
    )
    if loss.no_hessian:
        st.caption(loss.no_hessian)
    st.caption(f"Source: {loss.source}.")


def elsewhere(store: Store[LibraryState]) -> None:
    """Show the code that gives the same numbers in a framework, with the knobs as they are."""
    choice("Framework", {name: name for name in (*FRAMEWORKS, "NumPy")}, bound(store, "framework"))
    told = snippet(store.now.loss(store.now.focus), store.now.framework)
    for line in told.lead:
        st.markdown(line)
    st.code(told.code, language="python", wrap_lines=True)
    for line in told.notes:
        st.caption(line)


def shown(store: Store[LibraryState]) -> None:
    """Answer one question about one loss, with what shows it."""
    names = {type(loss).__name__: loss.name for loss in store.now.losses}
    titles = {one.key: one.title for one in PROPERTIES}
    left, right = st.columns(2)
    with left:
        menu("Loss", names, bound(store, "asked"))
    with right:
        menu("Property", titles, bound(store, "question"))
    loss, asked = store.now.loss(store.now.asked), property_named(store.now.question)
    found = evidence(loss, asked.key)
    verdict = "does not apply" if found.answer is None else said(found.answer)
    with left:
        st.markdown(f"**{asked.title}: {verdict}.** {found.words}")
        st.caption(f"{asked.title} means: {asked.meaning}.")
    if found.proof:
        title = f"{loss.name}: {asked.title.lower()}"
        with right:
            live_figures(
                {"evidence": evidence_figure(found.proof, title)},
                key="evidence",
                act=lambda _: None,
                scale=scale_of(store),
            )


SURROGATES = (
    ZeroOne, LogisticLoss, Hinge, SquaredHinge, ModifiedHuber, Perceptron, Exponential,
)  # fmt: skip


def surrogates(store: Store[LibraryState]) -> None:
    """Draw the 0-1 loss and what is minimized in its place."""
    st.toggle("Divide the logistic loss by log 2, so that it meets 1 at a margin of 0",
              **bound(store, "scaled"))  # fmt: skip
    margin = np.linspace(-2.0, 3.0, 501)
    for kind in SURROGATES:
        margin = upright(store.now.loss(kind.__name__), margin)
    traces = [_surrogate(store, kind, margin) for kind in SURROGATES]
    above = [one.name for one in traces[1:] if (one.y >= traces[0].y).all()]
    below = [one.name for one in traces[1:] if one.name not in above]
    words = (
        "The 0-1 loss counts mistakes: flat on both sides, it gives descent nothing to follow. "
        f"{_list(above)} never lie below it, so making them small makes mistakes few."
    )
    if below:
        words += f" {_list(below)} {'does' if len(below) == 1 else 'do'} in places."
    proof = Proof(traces, ("margin m", "loss"), words, height=(-0.1, 4.0))
    st.markdown(words)
    figure = evidence_figure(proof, "0-1 loss and its stand-ins")
    live_figures(
        {"surrogates": figure}, key="surrogates", act=lambda _: None, scale=scale_of(store)
    )


def _surrogate(store: Store[LibraryState], kind: type[MarginLoss], margin: Array) -> Trace:
    loss = store.now.loss(kind.__name__)
    assert isinstance(loss, MarginLoss)
    scaled = kind is LogisticLoss and store.now.scaled
    name = f"{loss.name} ÷ log 2" if scaled else loss.name
    value = loss.value(margin) / (math.log(2.0) if scaled else 1.0)
    return Trace(name, margin, value, look(loss).color, look(loss).dash)


def _list(names: list[str]) -> str:
    return joined([low(name) if i else name for i, name in enumerate(names)])
