"""What a page keeps: where undo leads, and what stays as it was while a hand moves."""

import dataclasses
from typing import Any

import pytest

from pages.ui import session
from pages.ui.binary.state import HANDS as BINARY
from pages.ui.binary.state import BinaryState
from pages.ui.decisions.hands import HANDS as DECISIONS
from pages.ui.decisions.state import DecisionsState
from pages.ui.divergences.state import HANDS as DIVERGENCES
from pages.ui.divergences.state import DivergencesState
from pages.ui.events import Event
from pages.ui.library.state import LibraryState
from pages.ui.library.state import change as change_library
from pages.ui.mle_map.state import HANDS as MLE_MAP
from pages.ui.mle_map.state import MleMapState
from pages.ui.multiclass.state import HANDS as MULTICLASS
from pages.ui.multiclass.state import MulticlassState
from pages.ui.regression.state import HANDS as REGRESSION
from pages.ui.regression.state import RegressionState
from pages.ui.regularization.hands import HANDS as REGULARIZATION
from pages.ui.regularization.state import RegularizationState
from pages.ui.session import Store

PAGES = [
    (BinaryState, BINARY.change), (DecisionsState, DECISIONS.change),
    (DivergencesState, DIVERGENCES.change), (LibraryState, change_library),
    (MleMapState, MLE_MAP.change), (MulticlassState, MULTICLASS.change),
    (RegressionState, REGRESSION.change), (RegularizationState, REGULARIZATION.change),
]  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Number:
    value: int = 0


@pytest.fixture
def store() -> Store[Number]:
    return Store(Number(), Number())


def now(store: Store[Number]) -> int:
    return store.now.value


# The state from before a hand took hold ----------------------------------------------------------


def test_what_is_settled_is_the_present_state_unless_a_hand_holds_something(store):
    for value in (1, 2):
        store.change(value=value)
        assert store.settled == Number(value)
    store.hold("a")
    for value in (3, 4):
        store.hold("a")
        store.change(value=value)
        assert store.settled == Number(2)
    store.let_go()
    assert store.settled == store.now == Number(4)


def test_a_run_of_moves_is_one_undo(store):
    for value in (1, 2, 3):
        store.hold("a")
        store.change(value=value)
    store.let_go()
    store.hold("a")
    store.change(value=4)
    store.let_go()
    store.undo()
    assert now(store) == 3
    store.undo()
    assert now(store) == 0
    store.redo()
    assert now(store) == 3


def test_another_handle_is_held_from_the_state_that_it_was_taken_in(store):
    store.hold("a")
    store.change(value=1)
    store.hold("b")
    store.change(value=2)
    assert (store.held, store.settled) == ("b", Number(1))


@pytest.mark.parametrize("deed", ["remember", "forget", "undo", "redo"])
def test_a_deed_other_than_the_drag_lets_go(store, deed):
    store.change(value=1)
    store.remember()
    store.change(value=2)
    store.undo()
    store.hold("a")
    store.future = [Number(9)]
    getattr(store, deed)()
    assert not store.held
    assert store.settled == store.now


def test_a_link_that_is_followed_lets_go():
    store = Store(RegressionState(), RegressionState())
    store.hold("points")
    session._read(store, RegressionState, {"v": "1", "data": "bend"})
    assert store.settled == store.now


def test_a_hand_takes_hold_after_any_number_of_steps(store):
    for value in range(2 * session._DEEPEST):
        store.change(value=value)
        store.remember()
    store.hold("a")
    store.change(value=-1)
    assert store.settled == Number(2 * session._DEEPEST - 1)
    assert len(store.past) == session._DEEPEST


@pytest.mark.parametrize(("kind", "change"), PAGES, ids=lambda one: getattr(one, "__name__", ""))
@pytest.mark.parametrize("handle", ["points", "start", "p-0", "strength", "Huber.delta", "nothing"])
def test_a_hand_lets_go_even_when_what_it_asks_for_last_cannot_be_done(kind, change, handle):
    store: Store[Any] = Store(kind(), kind())
    store.hold(handle)
    change(store, Event("move", 1, handle, "move"))
    assert store.held == handle
    change(store, Event("move", 2, handle, "end"))
    assert not store.held
    assert store.now == kind()


# What is made, and what of it stays --------------------------------------------------------------


def test_what_was_made_for_a_key_is_kept_for_as_long_as_it_is_asked_for(store):
    made = [store.kept("name", key, object) for key in (1, 1, 2, 1)]
    assert made[0] is made[1]
    assert len({id(one) for one in made}) == 3


def test_at_rest_all_is_made_anew_and_while_a_hand_moves_it_stays(store):
    def asked(name: str = "frame", key: object = "data") -> int:
        return store.at_rest(name, key, lambda: now(store))

    beside = store.kept("beside", "data", object)
    for value in (1, 2):
        store.change(value=value)
        assert asked() == value
    assert store.kept("beside", "data", object) is beside
    store.hold("a")
    for value in (3, 4):
        store.change(value=value)
        assert asked() == 2
    store.let_go()
    assert asked() == 4


def test_of_another_picture_nothing_stays(store):
    store.at_rest("frame", "data", lambda: 1)
    store.hold("a")
    assert store.at_rest("frame", "other data", lambda: 2) == 2
    assert store.at_rest("frame", "other data", lambda: 3) == 2
    assert store.at_rest("other frame", "other data", lambda: 4) == 4
    assert store.at_rest("frame", "other data", lambda: 5) == 2


def test_what_is_first_asked_for_while_a_hand_moves_stays_until_it_lets_go(store):
    store.hold("a")
    assert [store.at_rest("frame", None, lambda one=one: one) for one in (1, 2)] == [1, 1]
    store.let_go()
    assert store.at_rest("frame", None, lambda: 3) == 3
