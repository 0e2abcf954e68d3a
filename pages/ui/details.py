"""What pages with a path explain below their stage, in the same way."""

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from core.losses.base import Array, Loss
from core.optimizers import Trajectory
from pages.ui import explain
from pages.ui.edits import Edits
from pages.ui.frameworks import snippet
from pages.ui.hands import EVERYTHING
from pages.ui.session import Store

_LARGEST = 1e50


def card(title: str, formula: str, lines: list[str], caption: str) -> None:
    """Draw a formula with its numbers plugged in, line by line."""
    with st.container(border=True):
        st.markdown(f"**{title}**")
        st.latex(formula)
        for line in lines:
            st.latex(line)
        st.caption(caption)


def step_card(store: Store[Any], trajectory: Trajectory) -> None:
    """Draw the arithmetic of the step that the player stands at."""
    rule, last = store.now.rule, len(trajectory.values) - 1
    step = min(store.own.get("step", last), max(last - 1, 0))
    card(
        f"{rule.name}, from step {step} to step {step + 1}",
        rule.formula,
        explain.step_arithmetic(rule, trajectory, step),
        "Pause the player at another step to see its numbers here.",
    )


def properties(loss: Loss, seen: Array) -> None:
    """Draw what is known about a loss with its evidence, its source, and where else it is."""
    rows = explain.property_rows(loss, seen)
    st.table(
        {
            "Property": [name for name, *_ in rows],
            "": [answer for _, answer, _ in rows],
            "Evidence": [evidence for *_, evidence in rows],
        },
        hide_index=True,
        border="horizontal",
        alt=f"Properties of {loss.name} with their evidence",
    )
    st.caption(f"Source: {loss.source}.")
    with st.expander("The same loss in other libraries", icon=":material/code:"):
        for framework, call in loss.frameworks.items():
            shown = snippet(loss, framework)
            if call is None:
                st.markdown(f"**{framework}** does not offer it.")
                continue
            st.markdown(f"**{framework}.** {' '.join(shown.notes)}")
            st.code(shown.code, language="python")


def typed(store: Store[Any], edits: Edits) -> None:
    """Keep what was typed into the table of points, and draw everything anew."""
    if edits != store.now.points:
        store.remember()
        store.change(points=edits)
        st.rerun(EVERYTHING)


def usable(value: object) -> bool:
    """Tell whether a cell holds a number to draw."""
    return isinstance(value, int | float) and np.isfinite(value) and abs(value) <= _LARGEST


def download(label: str, name: str, data: Callable[[], str]) -> None:
    """Draw a button that makes a file when it is pressed."""
    icon = ":material/code:" if name.endswith(".py") else ":material/table:"
    st.download_button(label, data, name, key=f"download-{name}", icon=icon, on_click="ignore")
