"""What came of the guess which way the MAP goes."""

import numpy as np

from core.losses.base import Array
from pages.ui.figures.parts import number
from pages.ui.mle_map.state import MleMapState
from pages.ui.mle_map.words.names import SAME
from pages.ui.predict import verdict_on
from pages.ui.session import Store

NEARER, FARTHER, STAYS = "nearer", "farther", "stays"
GUESSES = {NEARER: "towards the prior's peak", FARTHER: "away from it", STAYS: "not at all"}


def guessed(store: Store[MleMapState]) -> list[str]:
    """Say what making the prior twice as sure did, against what was predicted."""
    done = store.own.get("told")
    if done is None:
        return []
    before, after, name = done
    answer = way(before, after)
    word = verdict_on(store, answer)
    verdict = f"{word}. " if word else ""
    moved = float(np.linalg.norm(np.asarray(after) - np.asarray(before)))
    did = {
        NEARER: f"the MAP moved by {number(moved)}, towards the prior's peak",
        FARTHER: f"the MAP moved by {number(moved)}, away from the prior's peak",
        STAYS: "the MAP did not move: no nearer to the prior's peak, no farther",
    }
    return [f"**{verdict}{name}, {did[answer]}.**"]


def way(before: Array, after: Array) -> str:
    """Return whether an estimate came nearer to 0, which is where the prior peaks."""
    first, second = (float(np.linalg.norm(np.asarray(one))) for one in (before, after))
    if abs(first - second) <= SAME * max(first, second, SAME):
        return STAYS
    return NEARER if second < first else FARTHER
