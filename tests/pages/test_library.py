"""The library page without a browser: every filter, every knob at both ends, every cell."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.choosing import ASKS
from core.declare import parameters, switches
from core.library import FRAMEWORKS, LOSSES, PROPERTIES, TASKS
from core.losses import RESIDUAL_LOSSES, Hinge, Huber
from pages.ui import library_find, library_state
from pages.ui.events import Event
from pages.ui.evidence import evidence
from pages.ui.figures.evidence import evidence_figure
from pages.ui.library_board import OVERLAY, by_axis, pictures
from pages.ui.library_state import MOST, NAMES, LibraryState
from pages.ui.payload import unpack
from pages.ui.session import Store

NAVIGATION = Path(__file__).parents[2] / "pages" / "navigation.py"
PATIENCE = 60  # s; a limit, not a time anyone waits for
ALL = [kind() for kind in LOSSES]
every_loss = pytest.mark.parametrize("loss", ALL, ids=lambda loss: type(loss).__name__)


def opened(**query: str) -> AppTest:
    app = AppTest.from_file(NAVIGATION, default_timeout=PATIENCE)
    app.switch_page("library.py")
    for name, text in query.items():
        app.query_params[name] = text
    return healthy(app.run())


def healthy(app: AppTest) -> AppTest:
    assert not app.exception, [one.value for one in app.exception]
    assert not app.error, [one.value for one in app.error]
    assert app.title[0].value.startswith("Library")
    told = " ".join(one.value for one in [*app.markdown, *app.caption, *app.latex])
    for word in (" nan", "inf ", "None."):
        assert word not in told, told
    return app


def fresh() -> Store[LibraryState]:
    return Store(LibraryState(), LibraryState())


def test_the_page_opens_with_three_losses_compared():
    app = opened()
    assert app.multiselect(key="library-picked").value == [
        "SquaredError", "AbsoluteError", "Huber",
    ]  # fmt: skip


@pytest.mark.parametrize("first", range(0, len(NAMES), MOST))
def test_every_loss_can_be_compared_with_its_knobs_at_both_ends(first):
    names = NAMES[first : first + MOST]
    for end in ("low", "high"):
        told = []
        for name in names:
            kind = LOSSES[NAMES.index(name)]
            knobs = [
                f"_{field.replace('_', '-')}_{getattr(one, end):g}"
                for field, one in parameters(kind).items()
            ]
            knobs += [
                f"_{field.replace('_', '-')}_{'yes' if end == 'high' else 'no'}"
                for field in switches(kind)
            ]
            told.append(name + "".join(knobs))
        app = opened(v="1", picked="~".join(names), focus=names[0], losses="~".join(told))
        assert not app.warning, [one.value for one in app.warning]
        assert app.multiselect(key="library-picked").value == list(names)


@every_loss
@pytest.mark.parametrize("asked", PROPERTIES, ids=lambda one: one.key)
def test_every_cell_opens_its_evidence(loss, asked):
    found = evidence(loss, asked.key)
    assert found.answer == asked.answer(loss.properties)
    assert found.words.endswith(".")
    assert "nan" not in found.words
    if found.proof:
        figure = evidence_figure(found.proof, "a title")
        assert figure.alt
        for trace in figure.data:
            assert len(trace["x"]) == len(trace["y"])


def test_a_cell_of_the_matrix_is_shown_beside_it():
    app = opened(v="1", view="properties", asked="Quantile", question="differentiable")
    told = " ".join(one.value for one in app.markdown)
    assert "**Differentiable: no.** The gradient jumps at residual r = 0." in told


def test_a_click_on_a_cell_asks_its_question():
    store = fresh()
    chosen = {"rows": [0], "cells": [(1, "Bounded")]}
    library_find._selected(store, ("Huber", "Tukey"), [0], chosen)
    assert (store.now.asked, store.now.question) == ("Tukey", "bounded")


def test_ticks_are_the_compared_losses():
    store = fresh()
    library_find._selected(store, ("Huber", "Tukey"), [0], {"rows": [0, 1], "cells": []})
    assert set(store.now.picked) == {"SquaredError", "AbsoluteError", "Huber", "Tukey"}
    assert store.now.focus == "Tukey"
    library_find._selected(store, ("Huber", "Tukey"), [0, 1], {"rows": [1], "cells": []})
    assert "Huber" not in store.now.picked


def test_a_tick_counts_while_a_cell_is_still_marked():
    store = fresh()
    chosen = {"rows": [0, 1], "cells": [(1, "Bounded")]}
    library_find._selected(store, ("Huber", "Tukey"), [0], chosen)
    assert "Tukey" in store.now.picked


def test_a_seventh_tick_is_refused_in_a_sentence():
    store = fresh()
    library_find.compared(store, list(NAMES[:7]))
    assert store.now.picked == LibraryState().picked
    assert "6 losses at most" in store.notice
    library_find.compared(store, [])
    assert store.now.picked == LibraryState().picked
    assert "At least one" in store.notice


@pytest.mark.parametrize("task", TASKS)
def test_a_filter_leaves_the_losses_of_a_task(task):
    app = opened()
    app.multiselect(key="library-tasks").set_value([library_state.slug(task)])
    healthy(app.run())
    count = sum(kind.task == task for kind in LOSSES)
    assert any(one.value.startswith(f"{count} of {len(NAMES)}") for one in app.caption)


@pytest.mark.parametrize("words", ["zebra", "<b>x</b>", "$$", "'; drop", " "])
def test_words_that_find_nothing_or_mean_mischief_are_met_calmly(words):
    app = opened()
    app.get_by_key("LibraryState-words").set_value(words)
    healthy(app.run())
    assert "<b>" not in " ".join(one.value for one in app.info)


@pytest.mark.parametrize(
    "query",
    [{"picked": "~".join(NAMES[:7])}, {"picked": "Nothing"}, {"picked": ""}, {"focus": "x"},
     {"words": "<script>"}, {"words": "a" * 61}, {"guide": "task-zebra"},
     {"losses": "Huber_delta_-1"},
     {"losses": "Huber_delta_yes"}, {"losses": "Huber_beta_1"}, {"losses": "Triplet_squared_3"},
     {"question": "lovely"}, {"tasks": "all"}, {"framework": "MATLAB"}],
    ids=str,
)  # fmt: skip
def test_a_hostile_link_gives_the_page_as_it_starts(query):
    app = opened(v="1", **query)
    assert "could not be read" in app.warning[0].value


@pytest.mark.parametrize("ask", ASKS, ids=lambda one: one.key)
def test_the_guide_takes_every_answer(ask):
    task = ask.tasks[0] if ask.tasks else "number"
    for option in ask.options:
        guide = f"{ask.key}-{option}" if ask.key == "task" else f"task-{task}~{ask.key}-{option}"
        app = opened(v="1", guide=guide)
        assert any("**Use " in one.value for one in app.markdown)


def test_the_guide_ends_on_a_page_with_the_loss_loaded():
    store = fresh()
    screen = library_find._screen(Huber(2.0))
    assert screen.chosen == "Huber"
    assert screen.loss("Huber") == Huber(2.0)
    library_state.pick(store, Hinge(0.5))
    assert store.now.focus == "Hinge"
    assert store.now.loss("Hinge") == Hinge(0.5)
    for name in NAMES[:8]:
        library_state.pick(store, LOSSES[NAMES.index(name)]())
    assert len(store.now.picked) == MOST


def test_a_knob_turns_the_curves_and_undo_turns_them_back():
    store = fresh()
    before = pictures(store)["value-0"]
    library_state.change(store, Event("move", 1, "Huber.delta", "move", value=2.0))
    library_state.change(store, Event("move", 2, "Huber.delta", "end", value=3.0))
    assert store.now.loss("Huber") == Huber(3.0)
    assert (pictures(store)["value-0"].data[2]["y"] != before.data[2]["y"]).any()
    library_state.change(store, Event("undo", 3))
    assert store.now == LibraryState()
    library_state.change(store, Event("redo", 4))
    assert store.now.loss("Huber") == Huber(3.0)


@pytest.mark.parametrize(
    ("handle", "value"),
    [("Huber.delta", -1.0), ("Huber.beta", 1.0), ("Zebra.delta", 1.0), ("Huber", 1.0), ("", 1.0),
     ("Huber.__class__", 1.0), ("Huber.delta", None)],
)  # fmt: skip
def test_events_that_mean_nothing_change_nothing(handle, value):
    store = fresh()
    library_state.change(store, Event("move", 1, handle, "end", value=value))
    assert store.now == LibraryState()


def test_an_answer_on_the_wire_is_the_overlay_after_the_move():
    store = fresh()
    header, _ = unpack(OVERLAY.answer(store, Event("move", 5, "Huber.delta", "move", value=2.0)))
    assert header["ack"] == 5
    assert {item["key"] for item in header["items"]} >= {"value-0", "gradient-0", "hessian-0"}


def test_losses_over_the_same_axis_share_their_pictures():
    rows = by_axis([Huber(), Hinge(), *(kind() for kind in RESIDUAL_LOSSES[:2])])
    assert [len(losses) for losses in rows.values()] == [3, 1]


@pytest.mark.parametrize("framework", [*FRAMEWORKS, "NumPy"])
def test_code_is_shown_for_every_framework(framework):
    app = opened(v="1", framework=framework)
    assert app.code[0].value
