"""Predict, then see: a question that is asked before the drag."""

from typing import Any

import streamlit as st

from core.losses.base import Loss
from pages.ui.session import Store


def ask(store: Store[Any], question: str, editable: bool) -> None:
    """Ask which of the compared losses it will be."""
    lines: tuple[Loss, ...] = store.now.lines
    if len(lines) < 2 or not editable:
        return
    names = {type(loss).__name__: loss.name for loss in lines}
    key = f"guess-{type(store.now).__name__}-{store.now.compared}"
    st.segmented_control(
        f"Predict first: {question}", list(names), format_func=names.__getitem__, key=key
    )
    store.own["guess"] = st.session_state[key]


def verdict(store: Store[Any], most: Loss) -> str:
    """Say whether the guess was this loss, once the hand lets go; nothing without a guess."""
    guess = store.own.get("guess")
    if not guess or store.held:
        return ""
    return "Right" if guess == type(most).__name__ else "Not this time"
