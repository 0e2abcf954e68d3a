"""What the address of a page of classes carries, and where its path starts."""

import dataclasses
from typing import Any

from core.classification.linear_study import Ranges
from pages.ui import session
from pages.ui.descent_state import OWN
from pages.ui.edits import MOST, Edits
from pages.ui.labelled.own import own_points
from pages.ui.session import Store


def is_missing(store: Store[Any]) -> bool:
    """Tell whether the page shows a table of one's own that is not here yet."""
    return store.now.data == OWN and own_points(store) is None


def share(store: Store[Any]) -> None:
    """Write the screen into the page's address; changes of a table that stays here stay with it."""
    state = store.now
    if state.data != OWN:
        state = dataclasses.replace(state, table=None)
    elif state.table is None:
        state = dataclasses.replace(state, points=Edits(), selected=None)
    session.share(store, state)


def link_sentence(store: Store[Any]) -> str:
    """Say what the address carries."""
    if store.now.data == OWN and store.now.table is None:
        return (
            "The address carries your settings, not your points: it holds up to "
            f"{MOST} of them, with short and plain names. Send the table along."
        )
    if store.now.points.count > MOST:
        return f"You changed more than {MOST} points: the address carries none of the changes."
    return "The address of this page carries this very screen: copy it to share."


def start_in(ranges: Ranges) -> tuple[float, float]:
    """Return a start of the path towards a corner of the landscape."""
    (left, right), (bottom, top) = ranges
    return (
        float(f"{left + 0.12 * (right - left):.2g}"),
        float(f"{top - 0.12 * (top - bottom):.2g}"),
    )
