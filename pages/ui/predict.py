"""Predict, then see: a question that is asked before the drag."""

from collections.abc import Mapping
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
    ask_among(store, question, names, about=store.now.compared)


def ask_among(
    store: Store[Any], question: str, names: Mapping[str, str], about: object = ""
) -> None:
    """Ask which of these it will be: words by their keys. A question about other things is new."""
    key = f"guess-{type(store.now).__name__}-{about}"
    st.segmented_control(
        f"Predict first: {question}", list(names), format_func=names.__getitem__, key=key, wrap=True
    )
    store.own["guess"] = st.session_state[key]


def verdict(store: Store[Any], most: Loss) -> str:
    """Say whether the guess was this loss, once the hand lets go; nothing without a guess."""
    return verdict_on(store, type(most).__name__)


def verdict_on(store: Store[Any], answer: str) -> str:
    """Say whether the guess was this key, once the hand lets go; nothing without a guess."""
    guess = store.own.get("guess")
    if not guess or store.held:
        return ""
    return "Right" if guess == answer else "Not this time"
