"""The library page without a browser: every filter, every knob at both ends, every cell."""

import dataclasses

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.declare import parameters, switches
from core.library.catalogue import ALIASES, FRAMEWORKS, LOSSES, PROPERTIES, TASKS, find, suggest
from core.library.choosing import ASKS
from core.losses import (
    MARGIN_LOSSES,
    MULTICLASS_LOSSES,
    RESIDUAL_LOSSES,
    AbsoluteError,
    Barron,
    Cauchy,
    Focal,
    Hinge,
    Huber,
    KLDivergence,
    ZeroOne,
)
from pages.ui import link
from pages.ui.binary.state import BinaryState
from pages.ui.events import Event
from pages.ui.evidence import evidence
from pages.ui.figures.curves import (
    CURVATURE,
    GRADIENT,
    VALUE,
    Axis,
    curve_figure,
    place_handles,
    upright,
)
from pages.ui.figures.evidence import evidence_figure
from pages.ui.figures.parts import joined, low
from pages.ui.library import find as library_find
from pages.ui.library import guide as library_guide
from pages.ui.library import state as library_state
from pages.ui.library.board import OVERLAY, by_axis, pictures
from pages.ui.library.state import MOST, NAMES, LibraryState
from pages.ui.multiclass.state import MulticlassState
from pages.ui.payload import unpack
from pages.ui.regression.state import RegressionState
from pages.ui.session import Store
from pages.ui.theme import LARGE_TYPE, look
from tests.pages import opening

ALL = [kind() for kind in LOSSES]
every_loss = pytest.mark.parametrize("loss", ALL, ids=lambda loss: type(loss).__name__)


def opened(**query: str) -> AppTest:
    return healthy(opening.opened("library.py", **query))


def healthy(app: AppTest) -> AppTest:
    assert app.title[0].value.startswith("Library")
    return opening.healthy(app)


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
    assert "**Differentiable: no.**" in told


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
    assert "6 losses at most: untick one before you add" in store.notice
    library_find.compared(store, [])
    assert store.now.picked == LibraryState().picked
    assert "At least one" in store.notice


def test_a_refusal_is_said_where_it_was_asked_for_and_the_table_drawn_anew():
    store = fresh()
    library_find.compared(store, list(NAMES[:7]))
    assert store.own["refused"] == 1
    assert library_state.warned(store, "top") == ""
    assert "at most" in library_state.warned(store, "table")
    assert library_state.warned(store, "table") == ""
    library_find.compared(store, [], "top")
    assert library_state.warned(store, "table") == ""
    assert "At least one" in library_state.warned(store, "top")
    store.notice = "This link could not be read."
    assert "could not be read" in library_state.warned(store, "top")


def test_the_warning_of_a_link_stands_above_the_curves():
    app = opened(v="1", focus="x")
    kinds = [one.type for one in app.main]
    assert kinds.index("warning") < kinds.index("multiselect")


def test_a_refused_tick_is_forgotten_by_the_table():
    app = opened(v="1", picked="~".join(NAMES[:6]), focus=NAMES[0])
    before = [one.proto.id for one in app.dataframe]
    assert len(before) == 2
    app.session_state["store-LibraryState"].own["refused"] = 1
    healthy(app.run())
    assert not {one.proto.id for one in app.dataframe} & set(before)


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
     {"question": "lovely"}, {"tasks": "all"}, {"framework": "MATLAB"},
     {"guide": "task-two~task-number"}, {"guide": "task-two~need-label~need-probability"},
     {"focus": "Tukey"}],
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
    screen = library_guide.screen(library_guide.stage_of(Huber(2.0)), Huber(2.0))
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


def test_axes_stay_while_a_knob_turns_and_follow_when_the_hand_lets_go():
    def reach() -> float:
        return pictures(store)["value-0"].layout["xaxis"]["range"][1]

    store = fresh()
    before = reach()
    for value in (9.0, 10.0):
        library_state.change(store, Event("move", 1, "Huber.delta", "move", value=value))
        assert reach() == before
    library_state.change(store, Event("move", 2, "Huber.delta", "end", value=10.0))
    assert reach() > before


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


# The guide leads on


@pytest.mark.parametrize("loss", ALL, ids=lambda loss: type(loss).__name__)
def test_a_loss_ends_on_the_page_whose_points_it_takes(loss):
    stage = library_guide.stage_of(loss)
    kinds = {
        RESIDUAL_LOSSES: RegressionState,
        MARGIN_LOSSES: BinaryState,
        MULTICLASS_LOSSES: MulticlassState,
    }
    for losses, state in kinds.items():
        assert isinstance(loss, losses) == (stage is not None and stage.state is state)
    if stage is None:
        return
    query = link.write(library_guide.screen(stage, loss))
    told = link.read(stage.state, query)
    assert (told.chosen, told.loss(told.chosen)) == (type(loss).__name__, loss)
    assert len(told.compared) == len(set(told.compared))


def links(app):
    return {one.proto.label: one.proto for one in app.get("page_link")}


def test_a_link_to_the_first_page_names_its_folder_and_its_session():
    (told,) = links(opened(v="1", guide="task-number~far-some")).values()
    assert told.page == "./"
    assert "chosen=Huber" in told.query_string


def test_a_margin_loss_ends_on_two_classes_and_says_why():
    app = opened(v="1", guide="task-two~rare-easy~need-label")
    (told,) = links(app).values()
    assert told.label == "Draw a boundary with focal"
    assert told.page == "binary"
    assert "losses=Focal_alpha_0." in told.query_string
    assert any("It is a loss of a margin" in one.value for one in app.caption)


def test_a_loss_that_no_points_take_stays_in_the_library_and_says_so():
    app = opened(v="1", guide="task-distribution")
    assert not links(app)
    assert any("No page with points to drag takes it" in one.value for one in app.caption)


def test_comparing_says_where_it_shows_and_what_went_for_it():
    names = [type(loss).__name__ for loss in ALL if not isinstance(loss, Huber | Focal)][:6]
    app = opened(v="1", guide="task-number~far-some", picked="~".join(names), focus=names[0])
    app.button(key="guide-compare").click()
    healthy(app.run())
    told = " ".join(one.value for one in app.markdown)
    first = low(LOSSES[NAMES.index(names[0])].name)
    assert "Huber is among the compared curves, [at the top of this page](#curves)." in told
    assert f"It took the place of {first}: 6 at most." in told
    assert app.title[0].anchor == "curves"


def test_a_loss_that_is_compared_already_needs_no_button():
    app = opened(v="1", guide="task-number~far-some")
    assert "guide-compare" not in [one.key for one in app.button]
    app = opened(v="1", guide="task-number~far-some", losses="Huber_delta_3")
    assert "guide-compare" in [one.key for one in app.button]


# Finding


@pytest.mark.parametrize(
    ("words", "name"),
    [("MAE", "AbsoluteError"), ("rmse", "SquaredError"), ("BCE", "LogisticLoss"),
     ("BCE", "BinaryCrossEntropy"), ("MAPE", "AbsolutePercentageError"), ("SVM", "Hinge"),
     ("outliers", "Tukey"), ("imbalanced", "Focal"), ("smooth l1", "Huber"),
     ("ordinal", "Wasserstein1"), ("EMD", "Wasserstein1"), ("SimCLR", "NTXent"),
     ("bisquare", "Tukey")],
)  # fmt: skip
def test_what_readers_call_a_loss_finds_it(words, name):
    assert name in {type(loss).__name__ for loss in find(ALL, words)}


def test_every_other_name_belongs_to_a_loss_and_finds_it():
    assert set(ALIASES) <= set(NAMES)
    for name, told in ALIASES.items():
        for one in told:
            assert name in {type(loss).__name__ for loss in find(ALL, one)}


@pytest.mark.parametrize(
    ("words", "guess"),
    [("hubr", "Huber"), ("tukay", "Tukey"), ("hinj", ""), ("zebra", ""), ("", ""),
     ("kl divergense", "KL divergence"), ("tri plett", "Triplet"), ("simclar", "SimCLR")],
)  # fmt: skip
def test_a_slip_of_the_keys_is_understood(words, guess):
    assert suggest(ALL, words) == guess


def test_a_suggestion_is_one_press_away():
    app = opened(v="1", words="hubr")
    assert app.button(key="suggestion").label == "Did you mean Huber?"
    app.button(key="suggestion").click()
    healthy(app.run())
    assert app.get_by_key("LibraryState-words").value == "Huber"
    assert any("of 53" in one.value for one in app.caption)


@pytest.mark.parametrize("words", ["mse_loss", "a+b*c", "50 %", "über", "(x)", "a~b"])
def test_the_box_holds_what_its_link_carries(words):
    state = dataclasses.replace(LibraryState(), words=words)
    assert link.read(LibraryState, link.write(state)) == state
    assert words != "mse_loss" or state.words == words


# What stands in the table


def test_a_phone_gets_two_columns_and_the_question_asked():
    state = dataclasses.replace(LibraryState(), question="robust")
    assert list(library_find.columns(state, ALL, "narrow")) == ["Loss", "Task"]
    assert len(library_find.columns(state, ALL, "wide")) == 4
    matrix = dataclasses.replace(state, view="properties")
    told = library_find.columns(matrix, [Huber(2.0)], "narrow")
    assert told == {"Loss": ["Huber"], "Robust": ["yes, ≤ 2"]}
    assert list(library_find.columns(matrix, ALL, "wide"))[1:] == [one.title for one in PROPERTIES]


def test_every_column_and_every_filter_of_a_property_says_what_it_means():
    for asked in PROPERTIES:
        assert asked.meaning[1:] in library_find._help(asked)
        assert asked.meaning in library_find._MEANINGS
    assert "that bound" in library_find._help(PROPERTIES[4])
    app = opened(v="1", view="properties")
    for asked in PROPERTIES:
        assert asked.meaning[1:] in app.dataframe[0].proto.columns
    assert "Redescending" in app.multiselect(key="library-properties").help


def test_what_is_compared_is_said_beside_the_table():
    told = [one.value for one in opened().caption]
    assert any("squared error, absolute error and Huber." in one for one in told)


def test_only_what_learning_changes_is_marked_as_fitted():
    app = opened(v="1", picked="KLDivergence", focus="KLDivergence")
    (told,) = [one.value for one in app.markdown if one.value.startswith("- $p$")]
    p, q = told.splitlines()
    assert "what is fitted" in q
    assert "what is fitted" not in p


# Words


@pytest.mark.parametrize(
    ("name", "within"),
    [("KL divergence", "KL divergence"), ("InfoNCE", "InfoNCE"), ("NT-Xent", "NT-Xent"),
     ("Jensen-Shannon divergence", "Jensen-Shannon divergence"), ("Hellinger distance",) * 2,
     ("Wasserstein-1 distance",) * 2, ("Poisson",) * 2, ("Gaussian likelihood",) * 2,
     ("Bernoulli reconstruction",) * 2, ("Brier",) * 2, ("L1",) * 2, ("L2",) * 2,
     ("Huber",) * 2, ("Squared error", "squared error"), ("Zero-one", "zero-one"),
     ("Modified Huber", "modified Huber"), ("Log-cosh", "log-cosh"), ("k-means", "k-means"),
     ("Elastic net", "elastic net"), ("Reverse KL divergence", "reverse KL divergence")],
)  # fmt: skip
def test_names_keep_their_capitals_within_a_sentence(name, within):
    assert low(name) == within


def test_words_are_joined_as_in_a_sentence():
    assert [joined(list("abc")[:n]) for n in (1, 2, 3)] == ["a", "a and b", "a, b and c"]


# Pictures


def test_large_type_reaches_every_picture():
    def scales(**query):
        app = opened(v="1", view="properties", **query)
        told = [one.proto for one in app.get("bidi_component")]
        return [
            unpack(one.bytes)[0]["scale"] for one in told if "live_figure" in one.component_name
        ]

    assert scales() == [1.0, 1.0, 1.0]
    assert scales(large="1") == [LARGE_TYPE] * 3


@pytest.mark.parametrize(
    ("loss", "curve", "jumps"),
    [(ZeroOne(), VALUE, [0.0]), (AbsoluteError(), GRADIENT, [0.0]),
     (Huber(0.7), CURVATURE, [-0.7, 0.7])],
)  # fmt: skip
def test_a_jump_is_drawn_upright(loss, curve, jumps):
    figure = curve_figure(curve, [loss], Axis("residual r", (-2.0, 2.0)), ())
    x, y = (np.asarray(figure.data[0][one]) for one in "xy")
    steep = np.abs(np.diff(y)) > 0.4
    assert (np.diff(x) >= 0).all()
    assert sorted(set(np.round(x[:-1][steep], 6))) == jumps
    assert (np.diff(x)[steep] < 1e-7).all()


@every_loss
@pytest.mark.parametrize("curve", [VALUE, GRADIENT, CURVATURE], ids=lambda one: one.key)
def test_looking_at_both_sides_of_a_jump_brings_no_other_height(loss, curve):
    start, stop = loss.section.interval
    plain = np.linspace(start, stop, 2002)[1:-1]
    with np.errstate(divide="ignore", over="ignore"):
        beside, y = (curve.of(loss, at) for at in (upright(loss, plain, curve), plain))
    room = 0.02 * max(np.ptp(y), 1.0)
    assert y.min() - room <= beside.min()
    assert beside.max() <= y.max() + room


def test_the_zero_one_loss_stands_upright_among_its_stand_ins():
    drawn = [one.proto.bytes for one in opened().get("bidi_component") if one.proto.bytes]
    header, arrays = unpack(drawn[-1])
    trace = header["items"][0]["figure"]["data"][0]
    x, y = (arrays[trace[name]["$array"]] for name in "xy")
    steep = np.abs(np.diff(y)) > 0.5
    assert steep.sum() == 1
    assert (np.diff(x)[steep] < 1e-6).all()


def test_a_jump_outside_the_picture_is_left_out():
    x = np.linspace(-2.0, 2.0, 10)
    assert upright(Huber(5.0), x) is x


def test_handles_that_meet_can_be_told_apart():
    losses = [Huber(), Cauchy(), Barron()]
    handles = place_handles(losses, 4.0)
    assert [one.symbol for one in handles] == ["Huber δ", "Cauchy s", "Barron general c"]
    assert [one.color for one in handles] == [look(loss).color for loss in losses]
    (alone,) = place_handles([Huber()], 4.0)
    assert alone.symbol == "δ"


def test_a_handle_moves_by_whole_steps_of_its_slider():
    for reach in (0.5, 4.0, 37.0, 1e5):
        (handle,) = place_handles([Huber()], reach)
        steps = handle.step / parameters(Huber)["delta"].step
        assert steps == pytest.approx(round(steps))
        assert steps >= 1


def test_a_handle_is_where_its_number_says_however_large():
    (handle,) = place_handles([Huber(1e5)], 1.6e5)
    assert handle.low <= handle.value <= handle.high


def test_the_loss_in_a_sentence_of_divergences_is_spelled_right():
    app = opened(v="1", guide="task-distribution")
    assert any(f"**Use {KLDivergence().name}.**" in one.value for one in app.markdown)
