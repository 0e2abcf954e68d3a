"""A few questions that end on one loss, and the ways on from there."""

import dataclasses
from functools import partial
from typing import Any

import streamlit as st

from core.library.choosing import advise, asked, completed, turns
from core.losses import MARGIN_LOSSES, MULTICLASS_LOSSES, RESIDUAL_LOSSES, Loss
from pages.ui import link
from pages.ui.binary.state import BinaryState
from pages.ui.controls import choice, tied
from pages.ui.figures.parts import joined, low
from pages.ui.library.state import MOST, LibraryState, gave_way, pick
from pages.ui.multiclass.state import MulticlassState
from pages.ui.regression.state import RegressionState
from pages.ui.session import Store

CURVES = "curves"  # the anchor at the top of the page, where the curves are


@dataclasses.dataclass(frozen=True)
class Stage:
    """A page where losses of one kind meet points: its state begins with the loss to compare."""

    losses: tuple[type[Loss], ...]
    script: str
    does: str
    why: str
    icon: str
    state: type[Any]
    first: bool = False


STAGES = (
    Stage(
        RESIDUAL_LOSSES, "regression.py", "Fit a line with",
        "It is a loss of a residual, so it can be tried on a line through points.",
        ":material/show_chart:", RegressionState, first=True,
    ),
    Stage(
        MARGIN_LOSSES, "binary.py", "Draw a boundary with",
        "It is a loss of a margin, so it can be tried on points of two classes.",
        ":material/scatter_plot:", BinaryState,
    ),
    Stage(
        MULTICLASS_LOSSES, "multiclass.py", "Draw regions with",
        "It is a loss of one score per class, so it can be tried on points of several classes.",
        ":material/bubble_chart:", MulticlassState,
    ),
)  # fmt: skip


class FirstPage(st.Page):
    """The page that the application starts with. Streamlit links to it by no path at all, which
    in a new tab leads back to the page that the link is on."""

    @property
    def url_path(self) -> str:
        """The folder that all pages lie in."""
        return "./"


def stage_of(loss: Loss) -> Stage | None:
    """Return where this loss meets points, if anywhere."""
    return next((one for one in STAGES if isinstance(loss, one.losses)), None)


def screen(stage: Stage, loss: Loss) -> Any:
    """Return that page with the loss loaded, beside the one it starts with."""
    start, name = stage.state(), type(loss).__name__
    losses = tuple(loss if type(one) is type(loss) else one for one in start.losses)
    compared = tuple(dict.fromkeys((start.compared[0], name)))
    return stage.state(compared=compared, chosen=name, losses=losses)


def guide(store: Store[LibraryState]) -> None:
    """Ask a few questions, name one loss, say why and what would change it."""
    given = store.now.answers
    for ask in asked(completed(given)):
        now, take = completed(given)[ask.key], partial(_answer, store, ask.key)
        choice(ask.words, ask.options, tied(f"guide-{ask.key}", now, take))
    advice = advise(given)
    with st.container(border=True):
        st.markdown(f"**Use {low(advice.loss.name)}.** {advice.why}")
        st.markdown(f"Keep in mind: {advice.mind}")
        _compare(store, advice.loss)
        _open(advice.loss)
        others = turns(given)
        if others:
            st.markdown("What would change the answer:")
            st.markdown(
                "\n".join(
                    f"- {turn.ask.words} *{turn.ask.options[turn.option].capitalize()}*: "
                    f"**{low(turn.loss.name)}**."
                    for turn in others
                )
            )


def _answer(store: Store[LibraryState], key: str, chosen: str) -> None:
    told = {**completed(store.now.answers), key: chosen}
    store.change(guide=tuple(f"{one}-{option}" for one, option in completed(told).items()))


def _compare(store: Store[LibraryState], loss: Loss) -> None:
    """Add the loss to the compared ones, and say where that shows and what went for it."""
    name = type(loss).__name__
    if name not in store.now.picked or store.now.loss(name) != loss:
        st.button(
            f"Compare {low(loss.name)} with others",
            icon=":material/add_chart:",
            key="guide-compare",
            on_click=lambda: pick(store, loss),
        )
        return
    words = f":material/check: {loss.name} is among the compared curves, "
    words += f"[at the top of this page](#{CURVES})."
    gone = [low(one.name) for one in gave_way(store, loss)]
    if gone:
        words += f" It took the place of {joined(gone)}: {MOST} at most."
    st.markdown(words)


def _open(loss: Loss) -> None:
    stage = stage_of(loss)
    if stage is None:
        st.caption(
            "No page with points to drag takes it yet: its curve, formula and code are here."
        )
        return
    page = FirstPage(stage.script) if stage.first else stage.script
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(
            page,
            label=f"{stage.does} {low(loss.name)}",
            icon=stage.icon,
            query_params=link.write(screen(stage, loss)),
        )
        st.caption(stage.why)
