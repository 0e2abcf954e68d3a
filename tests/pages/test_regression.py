"""The regression page without a browser: every control at both ends, and never a traceback."""

from functools import partial

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.datasets import regression_datasets
from core.losses import RESIDUAL_LOSSES, Huber
from core.losses.residual import ResidualLoss
from core.optimizers import OPTIMIZERS
from pages.ui.events import Event
from pages.ui.hands import EVERYTHING, MOVING
from pages.ui.regression import stage
from pages.ui.regression import state as page
from pages.ui.regression.state import RegressionState
from pages.ui.session import Store
from tests.pages import opening
from tests.pages.opening import healthy, words

opened = partial(opening.opened, "regression.py")


def control(app: AppTest, field: str):
    return app.get_by_key(f"RegressionState-{field}")


def test_the_page_opens():
    app = opened()
    assert app.title[0].value.startswith("Regression")
    assert app.query_params == {}


@pytest.mark.parametrize("data", regression_datasets())
def test_every_data_set_opens_and_says_its_story(data):
    app = opened()
    control(app, "data").set_value(data)
    healthy(app.run())
    story = regression_datasets()[data].story
    assert story in words(app)


@pytest.mark.parametrize("kind", RESIDUAL_LOSSES, ids=lambda kind: kind.__name__)
def test_every_loss_can_be_chosen_with_its_knobs_at_both_ends(kind):
    from core.declare import parameters

    name = kind.__name__
    ends = [""]
    for field, told in parameters(kind).items():
        ends += [f"{name}_{field}_{end:g}" for end in (told.low, told.high)]
    for end in ends:
        losses = {"losses": end} if end else {}
        opened(v="1", compared=name, chosen=name, **losses)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("steps", ["1", "500"])
def test_every_optimizer_runs_with_few_and_many_steps(optimizer, steps):
    opened(v="1", optimizer=optimizer.__name__, steps=steps)


@pytest.mark.parametrize(
    "rule", ["GradientDescent_learning-rate_2", "GradientDescent_learning-rate_0.001"]
)
def test_the_learning_rate_at_both_ends_ends_in_a_sentence(rule):
    app = opened(v="1", rules=rule)
    assert ("Diverged" if rule.endswith("_2") else "Ran out") in words(app)


@pytest.mark.parametrize(
    ("field", "value"),
    [("view", "surface"), ("levels", "plain"), ("centre", "on"), ("centre", "off"), ("root", True),
     ("large", True), ("hide", True), ("optimizer", "Adam"), ("chosen", "Huber")],
)  # fmt: skip
def test_every_switch_works_and_travels_in_the_link(field, value):
    app = opened()
    control(app, field).set_value(value)
    healthy(app.run())
    written = "1" if value is True else value
    assert app.query_params[field] in (written, [written])


def test_all_losses_can_be_compared_at_once_and_the_last_one_stays():
    app = opened()
    pills = app.get_by_key("RegressionState-compared")
    pills.set_value([kind.__name__ for kind in RESIDUAL_LOSSES])
    healthy(app.run())
    app.get_by_key("RegressionState-compared").set_value([])
    healthy(app.run())
    assert any("At least one loss stays" in one.value for one in app.warning)


def test_the_start_and_the_ranges_can_be_typed():
    app = opened()
    slope = next(one for one in app.number_input if one.label == "Start: slope")
    slope.set_value(1.25)
    healthy(app.run())
    assert str(app.query_params["start"]).strip("[]'").startswith("1.25_")
    ends = [one for one in app.number_input if "from" in one.label]
    ends[0].set_value(-9.0)
    healthy(app.run())
    assert "-9" in str(app.query_params["span"])


def test_a_link_nobody_wrote_opens_the_page_as_it_starts_with_one_sentence():
    app = AppTest.from_file(opening.NAVIGATION, default_timeout=opening.PATIENCE)
    app.query_params["v"] = "1"
    app.query_params["data"] = "<script>alert(1)</script>"
    healthy(app.run())
    assert len(app.warning) == 1
    assert "could not be read" in app.warning[0].value


@pytest.mark.parametrize(
    "query",
    [{"start": "1e49_1e49"}, {"points": "3_1e49_0"}, {"points": "a_0_-1e40"},
     {"points": "~".join(f"d{i}" for i in range(30))}],
)  # fmt: skip
def test_a_link_far_from_the_data_opens_the_page_as_it_starts(query):
    app = opened(v="1", **query)
    assert any("could not be read" in one.value for one in app.warning)


@pytest.mark.parametrize("data", regression_datasets())
def test_a_link_that_names_a_data_set_alone_starts_stable(data):
    assert "Diverged" not in words(opened(v="1", data=data))


def test_a_switch_of_data_starts_a_new_history():
    app = opened(v="1", points="3_0_2")
    control(app, "data").set_value("clean")
    healthy(app.run())
    assert app.button(key="undo").disabled
    assert "points" not in app.query_params


def test_the_arithmetic_shows_the_last_step_of_the_path():
    app = opened()
    assert any("from step 59 to step 60" in one.value for one in app.markdown)


def test_an_own_table_that_is_empty_says_what_to_do():
    app = opened(v="1", data="own")
    assert any("Bring a table" in one.value for one in app.info)


TABLES = {
    "one point": "a_1_2",
    "constant x": "a_1_2~a_1_3~a_1_7",
    "identical points": "a_1_2~a_1_2~a_1_2",
    "two points": "a_0_0~a_1_1",
    "on a line": "a_0_0~a_1_1~a_2_2",
    "huge": "a_1e49_1e49~a_-1e49_2e49~a_2e49_-1e49",
    "tiny": "a_1e-40_1e-45~a_2e-40_3e-45~a_5e-40_4e-45",
    "flat and huge": "a_0_1e49~a_1_1e49~a_2_1e49~a_3_1e49",
    "far from zero": "a_1000000.1_5~a_1000000.2_6~a_1000000.4_5.5",
}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("loss", [kind.__name__ for kind in RESIDUAL_LOSSES])
def test_odd_tables_are_drawn_without_complaint(name, loss):
    app = opened(v="1", data="own", points=TABLES[name], compared=loss, chosen=loss)
    if name in ("one point", "constant x", "identical points"):
        assert "slope" in words(app)


# What hands do -----------------------------------------------------------------------------------


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store[RegressionState]:
    asked: list[object] = []
    monkeypatch.setattr(st, "rerun", asked.append)
    kept = Store(RegressionState(), RegressionState())
    kept.own["asked"] = asked
    return kept


def move(store, index, x, y, phase="end", handle="points"):
    page.HANDS.act(store, Event("move", 1, handle, phase, index, None, x, y))


def test_a_moved_point_is_where_the_hand_left_it(store):
    move(store, 3, 0.5, 9.0)
    shown = page.points_of(store)
    assert (shown.x[3], shown.y[3]) == (0.5, 9.0)
    assert store.now.selected == 3


def test_while_moving_only_the_stage_follows_and_then_the_rest(store):
    move(store, 3, 0.5, 9.0, "move")
    move(store, 3, 0.5, 9.5, "end")
    assert store.own["asked"] == [MOVING, EVERYTHING]


def test_frames_stay_while_a_hand_turns_a_knob_and_follow_whatever_else_turns_it(store):
    def reach() -> float:
        return stage.pictures(store)["curve-value"].layout["xaxis"]["range"][1]

    def turned(delta: float) -> tuple[ResidualLoss, ...]:
        return tuple(Huber(delta) if isinstance(one, Huber) else one for one in store.now.losses)

    rest = reach()
    page.HANDS.act(store, Event("move", 1, "Huber.delta", "move", value=2.0 * rest))
    assert reach() == rest
    page.HANDS.act(store, Event("move", 1, "Huber.delta", "end", value=2.0 * rest))
    assert reach() > 2.0 * rest
    store.change(losses=turned(2.2 * rest))
    assert reach() > 2.2 * rest


def test_one_drag_is_one_undo(store):
    before = store.now
    for height in (1.0, 2.0, 3.0):
        move(store, 3, 0.5, height, "move")
    move(store, 3, 0.5, 4.0)
    page.HANDS.act(store, Event("undo", 2))
    assert store.now == before
    page.HANDS.act(store, Event("redo", 3))
    assert page.points_of(store).y[3] == 4.0


def test_what_a_drag_is_compared_with_is_how_it_began(store):
    before = page.points_of(store).y[3]
    move(store, 3, 0.5, 1.0, "move")
    move(store, 3, 0.5, 4.0)
    drag = store.own["told"]
    assert (drag.points.y[3], drag.index, len(drag.thetas)) == (before, 3, 2)


@pytest.mark.parametrize("index", [None, 10_000])
def test_a_point_that_is_not_there_cannot_be_moved(store, index):
    before = store.now
    move(store, index, 0.0, 0.0)
    assert store.now == before


def test_the_last_point_cannot_be_removed(store):
    store.change(data="own", points=page.Edits(added=((1.0, 1.0),)))
    page.HANDS.act(store, Event("remove", 1, "points", index=0))
    assert len(page.points_of(store).x) == 1


def test_a_handle_turns_its_knob_and_no_other(store):
    page.HANDS.act(store, Event("move", 1, "Huber.delta", "end", value=2.5))
    assert store.now.loss("Huber").delta == 2.5
    for handle, value in (("Huber.delta", -1.0), ("Huber.nothing", 1.0), ("Nothing.delta", 1.0)):
        page.HANDS.act(store, Event("move", 2, handle, "end", value=value))
    assert store.now.loss("Huber").delta == 2.5


def test_the_travelling_point_keeps_its_x(store):
    page.HANDS.act(store, Event("select", 1, "points", index=5))
    x = page.points_of(store).x[5]
    page.HANDS.act(store, Event("move", 2, "travel", "move", value=8.0))
    shown = page.points_of(store)
    assert (shown.x[5], shown.y[5]) == (x, 8.0)


def test_the_ranges_of_the_landscape_stay_while_points_move(store):
    before = page.ranges_of(store)
    move(store, 3, 0.5, 50.0)
    assert page.ranges_of(store) == before


@pytest.mark.parametrize("data", regression_datasets())
def test_descent_starts_stable_on_every_data_set(store, data):
    from pages.ui.regression import stage

    store.change(data=data)
    page.new_data(store)
    answer = stage.computed(store, page.points_of(store))
    assert np.isfinite(answer.trajectory.values).all()
    assert answer.trajectory.values[-1] < answer.trajectory.values[0]
    assert "Diverged" not in answer.trajectory.outcome.value
