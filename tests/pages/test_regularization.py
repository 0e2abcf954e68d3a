"""The page of regularization without a browser: every control at both ends, and what hands do."""

import itertools
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.declare import parameters
from core.objectives import Penalized
from core.penalties import L1, L2, ElasticNet
from core.regularization.coefficient_paths import path
from core.regularization.cross_validation import cross_validated, folds
from core.regularization.polynomials import held_out, story
from core.regularization.proximal import RACERS, ProximalGradient, SubgradientDescent
from core.regularization.two_features import two_features
from pages.ui import link
from pages.ui.edits import MOST
from pages.ui.events import Event
from pages.ui.regularization import details, stage, study
from pages.ui.regularization import words as told
from pages.ui.regularization.hands import HANDS, answered
from pages.ui.regularization.script import script
from pages.ui.regularization.state import (
    NAMES,
    TURNED,
    RegularizationState,
    fitting_strength,
    new_data,
    usable,
)
from pages.ui.session import UNREADABLE, Store
from tests.pages.opening import PATIENCE, healthy, words

PAGE = Path(__file__).parents[2] / "pages" / "regularization.py"
every_penalty = pytest.mark.parametrize("penalty", NAMES)


def opened(**query: str) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=PATIENCE)
    for name, text in query.items():
        app.query_params[name] = text
    return healthy(app.run())


def control(app: AppTest, field: str):
    return app.get_by_key(f"RegularizationState-{field}")


# The page and its link ---------------------------------------------------------------------------


@pytest.mark.parametrize("data", two_features())
def test_every_story_opens_and_is_told(data):
    app = opened()
    assert app.title[0].value.startswith("Regularization")
    control(app, "data").set_value(data)
    healthy(app.run())
    assert two_features()[data].story in words(app)


@every_penalty
def test_every_penalty_can_be_chosen_with_its_knobs_at_both_ends(penalty):
    kind = {one.__name__: one for one in (L1, L2, ElasticNet)}[penalty]
    ends = [""]
    for field, declared in parameters(kind).items():
        ends = [f"{penalty}_{field}_{end:g}" for end in (declared.low, declared.high)]
    for data, end in itertools.product(("overlap", "twins"), ends):
        app = opened(v="1", penalty=penalty, data=data, **({"penalties": end} if end else {}))
        assert not app.warning
        assert f"**{kind.name}.**" in " ".join(one.value for one in app.markdown)


@pytest.mark.parametrize("field", TURNED)
def test_every_number_of_the_page_works_at_both_ends(field):
    declared = TURNED[field]
    for end in {declared.low, declared.high, max(declared.minimum, -1.0), declared.maximum}:
        end = min(end, 1e6)
        app = opened(v="1", **{field: f"{end:g}"})
        assert not app.warning, end


@pytest.mark.parametrize("kind", RACERS, ids=lambda kind: kind.__name__)
def test_both_racers_work_at_both_ends_of_their_knobs(kind):
    switch = "quick" if kind is ProximalGradient else "fading"
    for pace, on in itertools.product((0.05, 2.5, 100), ("yes", "no")):
        app = opened(v="1", racers=f"{kind.__name__}_pace_{pace}_{switch}_{on}", steps="300")
        assert not app.warning


@pytest.mark.parametrize(
    "query",
    [{"strength": "0", "radius": "7.5", "grip": "-180"},
     {"shift": "1e6_-1e6", "lifts": "0_3~23_-1e6", "selected": "23"},
     {"start": "-1e6_1e6", "steps": "300", "penalty": "ElasticNet"},
     {"points": "3_0.5_0.2~d4~a_0.1_0.2_1~c7_1", "chosen": "24", "brush": "1"},
     {"degree": "12", "smoothing": "0", "ten": "0", "folds": "5", "penalty": "L2"},
     {"data": "twins", "correlation": "-1"}, {"data": "serum", "correlation": "0"},
     {"hide": "1", "large": "1"}],
    ids=str,
)  # fmt: skip
def test_a_link_opens_its_screen(query):
    app = opened(v="1", **query)
    assert not app.warning, [one.value for one in app.warning]
    again = link.write(link.read(RegularizationState, {"v": "1", **query}))
    assert link.read(RegularizationState, again) == link.read(
        RegularizationState, {"v": "1", **query}
    )


@pytest.mark.parametrize(
    "query",
    [{"v": "2"}, {"v": "1", "data": "<script>"}, {"v": "1", "correlation": "1.01"},
     {"v": "1", "shift": "1e7_0"}, {"v": "1", "shift": "1"}, {"v": "1", "lifts": "1_nan"},
     {"v": "1", "lifts": "1_2~1_3"}, {"v": "1", "lifts": "24_1"}, {"v": "1", "lifts": "x"},
     {"v": "1", "lifts": "1_1e9"}, {"v": "1", "selected": "24"},
     {"v": "1", "penalty": "GroupLasso"},
     {"v": "1", "penalties": "ElasticNet_ratio_1.5"}, {"v": "1", "strength": "-1"},
     {"v": "1", "strength": "inf"}, {"v": "1", "radius": "-1"}, {"v": "1", "grip": "181"},
     {"v": "1", "racers": "ProximalGradient_pace_0"}, {"v": "1", "start": "1e7_0"},
     {"v": "1", "steps": "0"}, {"v": "1", "steps": "301"}, {"v": "1", "degree": "13"},
     {"v": "1", "points": "24_0_0"}, {"v": "1", "points": "d99"}, {"v": "1", "points": "1_1e9_0"},
     {"v": "1", "points": "a_0_0_2"}, {"v": "1", "points": "a_0_0"}, {"v": "1", "folds": "7"},
     {"v": "1", "points": "~".join(f"c{k}_1" for k in range(15))},
     {"v": "1", "ten": "-1"}, {"v": "1", "smoothing": "1e7"}, {"v": "1", "brush": "2"}],
    ids=str,
)  # fmt: skip
def test_a_link_nobody_wrote_gives_the_page_as_it_starts_and_one_sentence(query):
    assert [one.value for one in opened(**query).warning] == [UNREADABLE]


def test_switches_travel_in_the_link():
    app = opened()
    control(app, "penalty").set_value("L2")
    control(app, "folds").set_value("5")
    healthy(app.run())
    query = {name: str(text).strip("[]'") for name, text in app.query_params.items()}
    assert (query["penalty"], query["folds"]) == ("L2", "5")
    assert "5 folds" in words(app)


def test_controls_hide_and_come_back():
    app = opened(v="1", hide="1")
    assert not app.sidebar.selectbox
    (back,) = [one for one in app.button if one.label == "Show controls"]
    back.click()
    healthy(app.run())
    assert app.sidebar.selectbox


def test_the_buttons_of_cross_validation_put_the_strength_there():
    app = opened()
    for key in ("lowest", "one"):
        app.get_by_key(key).click()
        healthy(app.run())
        text = str(app.query_params["ten"]).strip("[]'")
        answer = study.ten_of(Store(RegularizationState(), RegularizationState()))
        expected = answer.best if key == "lowest" else answer.simplest
        assert float(text) == pytest.approx(expected, rel=1e-5)


# What hands do -----------------------------------------------------------------------------------


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store[RegularizationState]:
    monkeypatch.setattr(st, "rerun", lambda *_: None)
    return Store(RegularizationState(), RegularizationState())


def hand(store, kind, handle="", **more):
    HANDS.act(store, Event(kind, 1, handle, **more))


def best(store):
    return study.held_of(store).coefficients


@every_penalty
@pytest.mark.parametrize("place", [(0.4, -0.1), (0.0, 0.3), (-0.2, -0.2), (0.9, 0.1)])
def test_a_dragged_edge_gives_the_ball_whose_edge_is_there_and_its_strength(store, penalty, place):
    store.change(penalty=penalty)
    hand(store, "move", "ball", x=place[0], y=place[1])
    held = study.held_of(store)
    assert held.radius == pytest.approx(float(store.now.told.value(np.array(place))), rel=1e-9)
    handle = stage.two(store)["ball"].handles[0]
    assert (handle.x, handle.y) == pytest.approx(place, abs=1e-9)
    assert store.now.strength > 0
    assert store.now.radius == 0.0


@every_penalty
def test_a_ball_that_holds_the_free_optimum_means_no_penalty_and_stays_as_large(store, penalty):
    store.change(penalty=penalty)
    hand(store, "move", "ball", x=3.0, y=1.0)
    held = study.held_of(store)
    assert store.now.strength == 0.0
    assert held.radius == pytest.approx(float(store.now.told.value(np.array([3.0, 1.0]))))
    np.testing.assert_allclose(held.coefficients, held.free)
    assert "**λ = 0**: the penalty changes nothing" in told.ball(store.now, held)
    hand(store, "move", "strength", value=0.5)
    assert study.held_of(store).radius < held.full
    hand(store, "move", "strength", value=0.0)
    assert study.held_of(store).radius == held.full


def test_a_ball_dragged_to_a_point_is_said_to_be_one(store):
    hand(store, "move", "ball", x=0.0, y=0.0)
    held = study.held_of(store)
    assert (held.radius, store.now.strength) == (0.0, pytest.approx(3.6))
    assert "a ball that is a point" in told.ball(store.now, held)
    assert stage.two(store)["ball"].handles[0].x == 0.0
    hand(store, "move", "ball", x=0.0, y=0.5)
    assert study.held_of(store).radius == pytest.approx(0.5)
    store.change(penalty="L2")
    hand(store, "move", "ball", x=0.0, y=0.0)
    assert store.now.strength == 1e6


def test_the_strength_sets_the_ball_and_the_ball_the_strength(store):
    for strength in (0.2, 1.0, 1.6, 2.5):
        hand(store, "move", "strength", value=strength)
        radius = study.held_of(store).radius
        hand(store, "move", "ball", x=radius, y=0.0)
        assert store.now.strength == pytest.approx(strength)


@pytest.mark.parametrize("data", two_features())
def test_a_dragged_free_optimum_is_where_the_hand_is(store, data):
    store.change(data=data)
    hand(store, "move", "optimum", x=-0.2, y=0.9)
    hand(store, "move", "optimum", x=0.7, y=-0.4)
    free = study.pair_of(store).free
    if study.pair_of(store).problem.determined:
        np.testing.assert_allclose(free, [0.7, -0.4], atol=1e-9)
    else:
        assert free.sum() == pytest.approx(0.3)


def test_turning_the_correlation_leaves_the_free_optimum_and_tilts_the_valley(store):
    before = study.pair_of(store)
    hand(store, "move", "correlation", value=-0.5)
    after = study.pair_of(store)
    np.testing.assert_allclose(after.free, before.free, atol=1e-12)
    assert after.problem.gram[0, 1] == pytest.approx(-0.5)


@pytest.mark.parametrize("handle", ["targets-1", "targets-2"])
def test_a_lifted_target_moves_alone_and_up_only(store, handle):
    before = study.pair_of(store)
    hand(store, "move", handle, index=5, x=99.0, y=4.0)
    after = study.pair_of(store)
    assert np.flatnonzero(after.values != before.values).tolist() == [5]
    assert after.values[5] == pytest.approx(4.0)
    np.testing.assert_array_equal(after.features, before.features)
    hand(store, "move", "optimum", x=1.0, y=1.0)
    hand(store, "move", handle, index=5, x=0.0, y=-2.0)
    assert study.pair_of(store).values[5] == pytest.approx(-2.0)
    assert store.now.selected == 5
    assert len(store.now.lifts) == 1
    hand(store, "undo")
    hand(store, "undo")
    hand(store, "undo")
    assert store.now == RegularizationState()


def test_the_threshold_sets_the_strength_that_has_it(store):
    for penalty, pace in itertools.product(("L1", "ElasticNet"), (0.5, 1.0)):
        store.change(penalty=penalty, racers=(ProximalGradient(pace), SubgradientDescent(0.5)))
        hand(store, "move", "threshold", value=0.3)
        assert stage.two(store)["shrink"].handles[0].value == pytest.approx(0.3)
    store.change(penalty="L2")
    before = store.now.strength
    hand(store, "move", "threshold", value=0.3)
    assert store.now.strength == before


def test_the_start_of_the_race_is_where_it_is_put(store):
    hand(store, "move", "start", x=1.5, y=-0.5)
    race = study.race_of(store)
    for one in (race.proximal, race.subgradient):
        assert one.points[0].tolist() == [1.5, -0.5]


def test_a_knob_of_a_racer_turns_alone(store):
    hand(store, "move", "SubgradientDescent.pace", value=0.2)
    assert store.now.subgradient.pace == 0.2
    assert store.now.proximal.pace == 1.0
    HANDS.choose(store, store.now.proximal, "quick", True)
    assert store.now.proximal.quick
    hand(store, "move", "ElasticNet.ratio", value=0.75)
    assert store.now.penalties[2] == ElasticNet(0.75)


def test_logarithms_turn_their_strengths(store):
    hand(store, "move", "smoothing-log", value=-3.0)
    hand(store, "move", "ten-log", value=1.5)
    assert store.now.smoothing == pytest.approx(1e-3)
    assert store.now.ten == pytest.approx(10**1.5, rel=1e-3)
    hand(store, "move", "degree", value=4.4)
    assert store.now.degree == 4


def test_both_curves_of_errors_follow_the_other_knob(store):
    for penalty in NAMES:
        store.change(penalty=penalty, degree=10, smoothing=1e-6)
        before = study.wave_of(store)
        hand(store, "move", "smoothing-log", value=-1.0)
        stronger = study.wave_of(store)
        assert (stronger.by_degree != before.by_degree).any()
        hand(store, "move", "degree", value=2.0)
        lower = study.wave_of(store)
        assert (lower.by_strength != stronger.by_strength).any()


def test_points_of_the_wave_move_come_go_and_change_sides(store):
    x, y = story()
    hand(store, "move", "wave", index=3, x=0.25, y=-1.0)
    assert study.points_of(store.now)[1][3] == -1.0
    hand(store, "add", "wave", x=0.5, y=0.5)
    hand(store, "flip", "wave", index=len(x))
    told_x, _, out = study.points_of(store.now)
    assert (len(told_x), out[-1]) == (len(x) + 1, True)
    store.change(brush=1)
    hand(store, "add", "wave", x=0.6, y=0.5)
    assert study.points_of(store.now)[2][-1]
    hand(store, "remove", "wave", index=0)
    assert len(study.points_of(store.now)[0]) == len(x) + 1
    hand(store, "select", "wave", index=2)
    assert study.chosen_of(store.now) == 2
    assert usable(store.now)
    assert y[3] != -1.0


def test_one_point_stays_to_fit_to(store):
    learnt = np.flatnonzero(~held_out()).tolist()
    for index in learnt[1:]:
        hand(store, "flip", "wave", index=index)
    assert not store.notice
    hand(store, "flip", "wave", index=learnt[0])
    assert "One point stays" in store.notice
    store.notice = ""
    hand(store, "remove", "wave", index=learnt[0])
    assert "One point stays" in store.notice
    assert (~study.points_of(store.now)[2]).sum() == 1
    assert stage.wave(store)


def test_without_points_held_out_nothing_is_said_of_new_ones(store):
    for index in np.flatnonzero(held_out()).tolist():
        hand(store, "flip", "wave", index=index)
    items = stage.wave(store)
    assert "No point is held out" in items["wave-words"].lines[0]
    assert "nan" not in " ".join([*items["wave-words"].lines, items["wave"].alt]).lower()
    assert ",," not in details.errors_csv(store)
    assert "nan" not in details.errors_csv(store)


def test_no_more_is_changed_than_a_link_carries(store):
    for _ in range(MOST + 3):
        hand(store, "add", "wave", x=0.5, y=0.5)
    assert store.now.points.count == MOST
    assert "link carries" in store.notice
    store.notice = ""
    store.change(data="serum")
    for index in range(MOST + 3):
        hand(store, "move", "targets-1", index=index, x=0.0, y=1.0)
    assert len(store.now.lifts) == MOST
    assert link.read(RegularizationState, link.write(store.now)) == store.now


@pytest.mark.parametrize(
    ("handle", "more"),
    [("ball", {"x": 1e9, "y": 0.0}), ("ball", {"value": 1.0}), ("optimum", {"x": 1.0}),
     ("strength", {"value": -1.0}), ("strength", {"value": 1e9}), ("correlation", {"value": 2.0}),
     ("steps", {"value": 0.0}), ("degree", {"value": 13.0}), ("targets-1", {"index": 99, "y": 1.0}),
     ("targets-1", {"index": 1}), ("targets-1", {"index": 1, "y": 1e9}),
     ("wave", {"index": 99, "x": 0.0, "y": 0.0}), ("wave", {"index": 0, "x": 1e9, "y": 0.0}),
     ("nothing", {"value": 1.0}), ("nothing", {"x": 1.0, "y": 1.0}), ("threshold", {"value": -1.0}),
     ("ten-log", {"value": 400.0}), ("ElasticNet.ratio", {"value": 1.5}), ("", {})],
    ids=str,
)  # fmt: skip
def test_events_that_mean_nothing_change_nothing(store, handle, more):
    hand(store, "move", handle, **more)
    assert store.now == RegularizationState()


def test_reset_puts_back_everything_but_the_story_and_the_penalty(store):
    store.change(data="against", penalty="L2", large=True, shift=(1.0, 1.0), degree=2, ten=3.0)
    HANDS.reset(store)
    expected = RegularizationState(data="against", penalty="L2", large=True)
    strength = fitting_strength(two_features()["against"])
    assert store.now == RegularizationState(
        data="against", penalty="L2", large=True, strength=strength
    )
    assert expected.strength != strength
    hand(store, "undo")
    assert store.now.degree == 2


def test_a_new_story_starts_with_a_strength_that_says_something(store):
    assert fitting_strength(two_features()["overlap"]) == RegularizationState().strength
    for data in two_features():
        store.change(data=data, lifts=((1, 2.0),), shift=(1.0, 0.0), radius=3.0)
        new_data(store)
        assert (store.now.lifts, store.now.shift, store.now.radius) == ((), (0.0, 0.0), 0.0)
        for penalty in NAMES:
            store.change(penalty=penalty)
            held = study.held_of(store)
            assert held.many or held.coefficients.all()
            assert all(
                one.strength > store.now.strength for one in study.path_of(store).breakpoints
            )
            assert np.abs(held.coefficients - held.free).max() > 1e-3 * np.abs(held.free).max()
        store.change(penalty="L1")


# What the page asks is not answered before it was guessed or tried -------------------------------


@pytest.mark.parametrize("data", two_features())
def test_the_first_zero_is_told_after_a_guess_or_a_drag_alone(store, data):
    store.change(data=data)
    new_data(store)
    assert not answered(store)
    hand(store, "move", "degree", value=5.0)
    assert not answered(store)
    hand(store, "move", "strength", value=store.now.strength / 2)
    assert answered(store)
    store.change(penalty="L2")
    assert not answered(store)
    hand(store, "move", "ball", x=0.01, y=0.02)
    assert answered(store)
    store.change(penalty="ElasticNet")
    assert not answered(store)
    store.own["guess"] = "01"
    assert answered(store)


def test_the_page_opens_with_the_question_open():
    app = opened()
    answer = told.first_sentence(study.path_of(Store(RegularizationState(), RegularizationState())))
    assert answer not in words(app)
    assert "is exactly 0**" not in words(app)
    (guess,) = [one for one in app.button_group if "Predict" in one.label]
    guess.set_value("1")
    healthy(app.run())
    assert f"Right. {answer}" in words(app)


# What is said ------------------------------------------------------------------------------------


def test_a_zero_is_said_with_the_pull_and_what_holds_it(store):
    store.change(strength=2.0)
    held = study.held_of(store)
    assert best(store)[1] == 0.0
    pull = abs(float(study.pair_of(store).problem.gradient(best(store))[1]))
    line = told.zeros(store.now, held)
    assert line == (
        f"**w₂ is exactly 0**: there the loss pulls with {pull:.3g} at w₂, and the corner holds up "
        "to λ = 2."
    )
    assert pull <= 2.0
    hand(store, "move", "strength", value=4.0)
    assert told.zeros(store.now, study.held_of(store)).startswith("**w₁ and w₂ are exactly 0**")
    hand(store, "move", "strength", value=1.0)
    line = told.zeros(store.now, study.held_of(store))
    assert "No coefficient is exactly 0" in line
    assert "pulls with λ = 1, and so does the penalty" in line


@pytest.mark.parametrize("strength", [0.0, 0.3, 2.0, 50.0])
@every_penalty
@pytest.mark.parametrize("data", two_features())
def test_what_is_said_of_zeros_holds_on_every_screen(store, strength, penalty, data):
    store.change(data=data, penalty=penalty, strength=strength)
    held = study.held_of(store)
    line = told.zeros(store.now, held)
    names = [told.W[k] for k in range(2) if held.coefficients[k] == 0.0]
    if names:
        assert line.startswith(f"**{' and '.join(names)} ")
        for k in np.flatnonzero(held.balance.zero):
            assert abs(held.balance.pull[k]) <= held.balance.held + 1e-9
    else:
        assert line.startswith("**No coefficient is exactly 0")
        if "more than the" in line:
            assert (np.abs(held.balance.pull) > held.balance.held).all()
        if "so does the penalty" in line:
            np.testing.assert_allclose(np.abs(held.balance.pull), strength)
    corner = "in a corner" in told.ball(store.now, held)
    alone = penalty != "L2" and strength > 0 and held.radius > 0 and not held.many
    assert corner == (bool(names) and alone)


@pytest.mark.parametrize(
    ("data", "penalty", "answer", "words_"),
    [("overlap", "L1", "1", "w₂ reaches exactly 0 first, at λ = 1.6; from λ = 3.6 on both are 0."),
     ("overlap", "L2", "none", "Neither ends at exactly 0, however large λ grows."),
     ("against", "L2", "none", "w₂ passes through 0 at λ = 0.318 and goes on."),
     ("twins", "ElasticNet", "01", "w₁ and w₂ reach exactly 0 first, at λ = 7.2"),
     ("twins", "L1", "01", "Neither has to be 0 before λ = 3.6, where both are")],
)  # fmt: skip
def test_a_prediction_is_answered(store, data, penalty, answer, words_):
    store.change(data=data, penalty=penalty)
    for guess in told.GUESSES:
        store.own["guess"] = guess
        lines = " ".join(told.two(store, study.held_of(store)))
        assert ("Right. " in lines) == (guess == answer)
        assert words_ in lines
    store.held = "strength"
    assert "Right" not in " ".join(told.two(store, study.held_of(store)))
    store.own["guess"] = None
    assert words_ not in " ".join(told.two(store, study.held_of(store)))


def test_nothing_to_explain_is_said_to_be_nothing(store):
    store.change(shift=(-1.5, -0.5))
    found = path(study.pair_of(store).problem, store.now.told)
    assert told.first_gone(found) == "01"
    assert told.first_sentence(found) == "w₁ and w₂ are at 0 even without a penalty."
    for penalty, strength in itertools.product(NAMES, (0.0, 1.0)):
        store.change(penalty=penalty, strength=strength)
        assert stage.two(store)


def test_of_a_coefficient_that_comes_and_goes_the_last_zero_is_told(store):
    penalties = (L1(), L2(), ElasticNet(0.1))
    store.change(data="against", correlation=0.95, penalty="ElasticNet", penalties=penalties)
    found = study.path_of(store)
    places = [one.strength for one in found.breakpoints if one.feature == 1]
    assert len(places) == 3
    assert told.first_gone(found) == "1"
    assert f"first, at λ = {min(places):.3g};" in told.first_sentence(found)


def test_a_zero_that_nothing_holds_is_said_to_be_one_and_no_corner(store):
    store.change(data="useless", shift=(0.0, -0.15), penalty="L2", strength=0.7)
    held = study.held_of(store)
    line = told.zeros(store.now, held)
    assert line.startswith("**w₂ is exactly 0**, by chance")
    assert "smooth part" in told.ball(store.now, held)
    assert "nothing pulls there" in " ".join(details.balance_lines(store))
    assert told.first_sentence(study.path_of(store)) == "w₂ is at 0 even without a penalty."


def test_copies_without_a_penalty_are_left_open(store):
    store.change(data="twins", strength=0.0)
    for penalty in NAMES:
        store.change(penalty=penalty)
        lines = " ".join(told.two(store, study.held_of(store)))
        assert "every two coefficients that give it cost the same here" in lines


@pytest.mark.parametrize("correlation", [1.0, -1.0])
@every_penalty
def test_copies_are_said_to_be_copies(store, correlation, penalty):
    store.change(correlation=correlation, penalty=penalty, strength=0.5)
    lines = " ".join(told.two(store, study.held_of(store)))
    assert f"the data only see w₁ {'+' if correlation > 0 else '−'} w₂" in lines
    assert ("settles it" in lines) == (penalty != "L1")
    w = best(store)
    if penalty != "L1":
        assert abs(w[0]) == pytest.approx(abs(w[1]))


def sharings(store) -> np.ndarray:
    """Return every place of lowest cost on the valley of copies, found by trying, (m, 2)."""
    pair, state = study.pair_of(store), store.now
    along = np.array([1.0, -np.sign(state.overlap)])
    tried = best(store) + np.linspace(-4.0, 4.0, 3201)[:, None] * along
    tried = np.append(tried, [best(store)], axis=0)
    costs = Penalized(pair.problem, state.told, state.strength).values(tried)
    return tried[costs <= costs.min() + 1e-12]


STRENGTHS = (0.0, 0.001, 0.5, 1.0, 2.0, 3.59, 3.6, 3.61, 50.0, 1e6)


@pytest.mark.parametrize("data", two_features())
@pytest.mark.parametrize("correlation", [1.0, -1.0])
@pytest.mark.parametrize(
    ("penalty", "ratio"), [("L1", 0.5), ("L2", 0.5), ("ElasticNet", 0.5), ("ElasticNet", 1.0)]
)
def test_of_copies_nothing_is_said_that_another_optimum_belies(
    store, data, correlation, penalty, ratio
):
    penalties = (L1(), L2(), ElasticNet(ratio))
    store.change(data=data, correlation=correlation, penalty=penalty, penalties=penalties)
    for strength in STRENGTHS:
        store.change(strength=strength)
        held, places = study.held_of(store), sharings(store)
        assert held.many == (np.ptp(places[:, 0]) > 1e-3), strength
        lines = " ".join(told.two(store, held))
        assert ("cost the same here" in lines or "costs the same here" in lines) == held.many
        assert ("need not be" in lines) == (held.many and bool(held.balance.zero.any()))
        for line in ("should be 0", "in a corner", "on a smooth part", "any λ from here on"):
            assert line not in lines or not held.many
        assert "Without a penalty t would be" not in lines
    store.change(strength=0.1)
    items, many = stage.two(store), study.held_of(store).many
    for key in ("ball", "landscape"):
        assert any("of many" in one.name for one in items[key].legend) == many


@pytest.mark.parametrize("data", two_features())
@pytest.mark.parametrize("correlation", [1.0, -1.0])
@every_penalty
def test_of_copies_the_first_zero_is_one_that_every_optimum_has(store, data, correlation, penalty):
    store.change(data=data, correlation=correlation, penalty=penalty)
    found = study.path_of(store)
    answer, line = told.first_gone(found), told.first_sentence(found)
    assert "without a penalty." not in line
    forced = set()
    top = found.largest if 0.0 < found.largest < math.inf else 4.0
    for strength in top * np.array([1e-3, 0.1, 0.4, 0.7, 0.97, 1.0, 1.1]):
        store.change(strength=float(strength))
        always = np.flatnonzero((np.abs(sharings(store)) < 1e-12).all(axis=0))
        if always.size and not forced:
            forced = set(always.tolist())
            assert line.startswith("Without") == (strength < 0.01)
    assert answer == ("".join(map(str, sorted(forced))) or "none")


@every_penalty
def test_a_race_lost_at_once_has_no_steps_to_tell_of(store, penalty):
    for strength, pace, steps in itertools.product((1.0, 1e3, 1e6), (0.5, 2.5, 100.0), (1, 40)):
        racers = (ProximalGradient(pace), SubgradientDescent(pace))
        store.change(penalty=penalty, strength=strength, racers=racers, steps=steps)
        paths = study.race_of(store)
        for line, one in zip(told.race(store, study.held_of(store)),
                             (paths.proximal, paths.subgradient), strict=False):  # fmt: skip
            assert "After 0" not in line
            assert ("with its first step" in line) == (len(one.points) == 1)


@every_penalty
@pytest.mark.parametrize("degree", [0, 1, 3, 12])
@pytest.mark.parametrize("alone", [False, True])
def test_of_equal_errors_none_is_called_the_best(store, penalty, degree, alone):
    if alone:
        for index in np.flatnonzero(~held_out())[1:].tolist():
            HANDS.flip(store, index)
    for smoothing in (0.0, 1e-6, 0.01, 10.0, 1e6):
        store.change(penalty=penalty, degree=degree, smoothing=smoothing)
        answer = study.wave_of(store)
        line, items = told.wave(store, answer)[1], stage.wave(store)
        told_ = (
            (answer.by_degree, "every degree does the same", "degree"),
            (answer.by_strength, "every λ does the same", "smoothing"),
        )
        for rows, word, key in told_:
            same = np.ptp(rows[:, 1]) < 1e-9
            assert (word in line) == same
            assert ("Lowest" in items[key].alt) != same
        assert ("every λ does the same" in line) or not (alone or degree == 0)


def test_the_race_is_told_with_its_ends(store):
    store.change(strength=2.0)
    lines = told.race(store, study.held_of(store))
    assert lines[0].startswith("**Proximal gradient**: Converged")
    assert lines[1].startswith("**Subgradient descent**: Circling")
    assert lines[2].startswith("Where w₂ should be 0, the first ends at exactly 0, the second at ")
    store.change(racers=(ProximalGradient(2.5), SubgradientDescent(2.5)), strength=0.1, steps=300)
    lines = told.race(store, study.held_of(store))
    assert all("Diverged" in line for line in lines)


def test_the_polynomial_is_told_with_both_errors_and_where_they_are_best(store):
    answer = study.wave_of(store)
    lines = told.wave(store, answer)
    assert f"**{answer.errors[0]:.3g}** on the points fitted to" in lines[0]
    degree = int(np.argmin(answer.by_degree[:, 1]))
    assert f"no degree does better on the points held out than **{degree}**" in lines[1]
    store.change(degree=degree)
    answer = study.wave_of(store)
    assert answer.errors[1] == pytest.approx(answer.by_degree[degree, 1])


@every_penalty
@pytest.mark.parametrize("ten", [0.0, 1.0, 20.0, 95.0, 1e6])
def test_the_number_of_features_that_remain_is_counted(store, penalty, ten):
    store.change(penalty=penalty, ten=ten)
    answer = study.ten_of(store)
    line = told.ten(store.now, answer)[0]
    left = int(np.count_nonzero(answer.found.at(ten)))
    expected = {0: "No feature remains", 1: "1 feature remains"}.get(
        left, f"{left} features remain"
    )
    assert f"**{expected}**" in line
    if 0 < left < 10:
        gone = line.split("exactly 0: ")[1].removesuffix(".").replace(" and ", ", ").split(", ")
        assert len(gone) == 10 - left
    assert ("has no corner" in " ".join(told.ten(store.now, answer))) == (penalty == "L2")


def test_turning_the_share_to_an_end_is_the_penalty_of_that_end(store):
    for ratio, penalty in ((1.0, "L1"), (0.0, "L2")):
        store.change(penalty="ElasticNet", penalties=(L1(), L2(), ElasticNet(ratio)))
        ours = study.held_of(store).coefficients
        assert stage.two(store)
        store.change(penalty=penalty)
        np.testing.assert_allclose(ours, study.held_of(store).coefficients)


# The arithmetic and what is taken along ----------------------------------------------------------


@every_penalty
@pytest.mark.parametrize("strength", [0.0, 0.7, 2.0])
def test_the_arithmetic_shows_what_pulls(store, penalty, strength):
    store.change(penalty=penalty, strength=strength)
    lines = " ".join(details.balance_lines(store))
    pulls = study.held_of(store).balance.pull
    for pull in pulls:
        assert details.latex(float(pull)) in lines
    assert "nan" not in lines
    for step in (0, 7, 39, 400):
        store.own["step"] = step
        lines = details.step_lines(store)
        at = min(step, 39)
        after = study.race_of(store).proximal.points[at + 1]
        for k in range(2):
            assert (
                lines[2 + k]
                .removesuffix(r" \end{aligned}")
                .endswith(details.latex(float(after[k])))
            )


def test_the_arithmetic_of_a_negative_coefficient_balances(store):
    store.change(data="against", strength=0.1)
    w, lines = best(store), details.balance_lines(store)
    assert w[1] < 0
    assert lines[4] == r"\lambda\,\partial\Omega/\partial w_2 = -0.1 \cdot 1 = -0.1"
    store.change(penalty="ElasticNet")
    ratio = details.balance_lines(store)[4].split(" = ")[1]
    assert ratio.startswith(r"-0.1 \cdot 0.5 + 2 \cdot 0.1 \cdot 0.5 \cdot (-")


def test_the_choice_of_one_standard_error_is_shown_with_its_numbers(store):
    answer = study.ten_of(store)
    lines = details.choice_lines(store)
    low = answer.validation.mean[answer.validation.best]
    doubt = answer.validation.doubt[answer.validation.best]
    assert details.latex(float(low + doubt)) in lines[1]
    said = told.ten(store.now, answer)[1]
    for value in (low, doubt):
        shown = details.latex(float(value))
        assert shown in lines[0]
        assert f"{shown} ±" in said or f"± {shown}," in said


@every_penalty
@pytest.mark.parametrize("count", ["5", "10"])
def test_the_largest_strength_within_one_error_is_the_largest_of_all(store, penalty, count):
    store.change(penalty=penalty, folds=count)
    answer = study.ten_of(store)
    told_ = answer.validation
    data, fold = answer.data, folds(442, int(count))
    strengths = np.unique([*np.geomspace(0.01, 1000.0, 600),
                           *(answer.simplest * np.array([1.0, 1.001, 1.01, 1.1])),
                           *(answer.best * np.linspace(0.9, 1.1, 41))])  # fmt: skip
    fine = cross_validated(data.features, data.target, store.now.told, strengths, fold)
    low = told_.mean[told_.best]
    assert low <= fine.mean.min() * (1.0 + 1e-7)
    reach = low + told_.doubt[told_.best]
    assert (fine.mean[strengths > 1.0005 * answer.simplest] > reach).all()
    assert fine.mean[strengths == answer.simplest] <= reach * (1.0 + 1e-12)


def rows_of(text: str) -> list[list[str]]:
    return [line.split(",") for line in text.strip().splitlines()]


def test_tables_hold_what_the_pictures_show(store):
    data = rows_of(details.data_csv(store))
    assert data[0] == ["first feature", "second feature", "target"]
    assert float(data[1][2]) == study.pair_of(store).values[0]
    table = np.array(rows_of(details.path_csv(store))[1:], dtype=float)
    np.testing.assert_allclose(table[:, 1:], study.path_of(store).at(table[:, 0]), atol=1e-12)
    assert {0.8, 1.6, 3.6} <= set(table[:, 0].round(9))
    raced = rows_of(details.race_csv(store))
    assert len(raced) == 1 + 2 * 41
    assert {row[0] for row in raced[1:]} == {"proximal", "subgradient"}
    errors = rows_of(details.errors_csv(store))
    assert len(errors) == 1 + 13 + 41
    ten = rows_of(details.ten_csv(store))
    assert (len(ten), len(ten[0])) == (63, 13)


def numbers_of(text: str, label: str) -> list[float]:
    (line,) = [one for one in text.splitlines() if one.startswith(f"{label}:")]
    return [float(one) for one in line.split(":")[1].split()]


SCREENS = (
    {},
    {"penalty": "L2", "degree": 5, "smoothing": 0.01, "strength": 0.3},
    {"penalty": "ElasticNet", "smoothing": 0.02, "shift": (0.3, 0.1), "lifts": ((4, 2.0),)},
    {"data": "against", "strength": 0.0, "smoothing": 0.0, "degree": 0},
    {"racers": (ProximalGradient(0.7, True), SubgradientDescent(0.3, True)), "smoothing": 0.05},
)


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_the_script_gives_the_numbers_of_the_page(screen, tmp_path):
    store = Store(RegularizationState(**screen), RegularizationState())
    file = tmp_path / "regularization.py"
    file.write_text(script(store), encoding="utf-8")
    command = [sys.executable, "-W", "error", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    told_ = done.stdout
    np.testing.assert_allclose(numbers_of(told_, "Optimum"), best(store), atol=1e-9)
    race = study.race_of(store)
    assert numbers_of(told_, "Cost")[0] == pytest.approx(race.lowest)
    for label, one in (
        ("Proximal gradient", race.proximal),
        ("Subgradient descent", race.subgradient),
    ):
        np.testing.assert_allclose(numbers_of(told_, label), one.points[-1], atol=1e-9)
    fitted, judged = study.wave_of(store).errors
    assert numbers_of(told_, "Error on the points fitted to")[0] == pytest.approx(fitted, rel=1e-3)
    assert numbers_of(told_, "Error on the points held out")[0] == pytest.approx(judged, rel=1e-2)


def test_every_line_of_the_page_is_within_its_words(store):
    for penalty, strength in itertools.product(NAMES, (0.0, 1.0, math.pi)):
        store.change(penalty=penalty, strength=strength)
        for board in (stage.two, stage.wave, stage.ten):
            for item in board(store).values():
                for line in getattr(item, "lines", ()):
                    assert "None" not in line
                    assert "inf" not in line.replace("infin", "")
