"""The page of two classes without a browser: every control at both ends, and what hands do."""

from functools import partial

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.classification.linear_fit import FitOutcome
from core.data.labelled import binary_datasets
from core.declare import parameters
from core.losses.margin import MARGIN_LOSSES, ZeroOne
from pages.ui.binary import stage
from pages.ui.binary import state as page
from pages.ui.binary import words as binary_words
from pages.ui.binary.details import weights_csv
from pages.ui.binary.state import HANDS, OVER, TURNED, BinaryState
from pages.ui.edits import Edits
from pages.ui.events import Event
from pages.ui.figures.figure import Note
from pages.ui.figures.margin_handles import (
    AT,
    HEIGHT,
    LOWEST,
    epsilon_of,
    gamma_of,
    height_of,
    lowest_of,
)
from pages.ui.session import Store
from tests.pages import opening
from tests.pages.opening import healthy, words

opened = partial(opening.opened, "binary.py")


def control(app: AppTest, field: str):
    return app.get_by_key(f"BinaryState-{field}")


def test_the_page_opens():
    app = opened()
    assert app.title[0].value.startswith("Two classes")
    assert binary_datasets()["overlapping"].story in words(app)


@pytest.mark.parametrize("data", binary_datasets())
def test_every_data_set_opens_and_says_its_story(data):
    app = opened()
    control(app, "data").set_value(data)
    healthy(app.run())
    assert binary_datasets()[data].story in words(app)


@pytest.mark.parametrize("kind", MARGIN_LOSSES, ids=lambda kind: kind.__name__)
def test_every_loss_can_be_chosen_with_its_knobs_at_both_ends(kind):
    name = kind.__name__
    ends = [(told.low, told.high) for told in parameters(kind).values()]
    for side in (0, 1) if ends else ():
        pairs = zip(parameters(kind), ends, strict=True)
        knobs = "_".join(f"{field.replace('_', '-')}_{pair[side]:g}" for field, pair in pairs)
        app = opened(v="1", compared=name, chosen=name, losses=f"{name}_{knobs}")
        assert kind.name in words(app)
    if not ends:
        opened(v="1", compared=name, chosen=name)


@pytest.mark.parametrize("field", TURNED)
def test_every_number_of_the_page_works_at_both_ends(field):
    told = TURNED[field]
    for end in (told.low, told.high):
        opened(v="1", data="dial", **{field: f"{end:g}"})


@pytest.mark.parametrize("over", OVER)
@pytest.mark.parametrize("view", ["above", "surface"])
def test_every_landscape_can_be_seen(over, view):
    opened(v="1", over=over, view=view, levels="plain", held="0.5", hide="1")


@pytest.mark.parametrize(
    "query",
    [
        {"v": "2"},
        {"v": "1", "data": "<script>"},
        {"v": "1", "points": "c0_2"},
        {"v": "1", "points": "0_1e40_2"},
        {"v": "1", "points": "a_1_2"},
        {"v": "1", "strength": "-1"},
        {"v": "1", "truth": "nan"},
        {"v": "1", "majority": "100"},
        {"v": "1", "losses": "Focal_gamma_-1"},
        {"v": "1", "over": "b-b"},
    ],
)
def test_a_link_nobody_wrote_gives_the_page_as_it_starts_and_one_sentence(query):
    app = opened(**query)
    assert [one.value for one in app.warning] == [
        "This link could not be read, so here is the page as it starts."
    ]


def test_a_table_of_ones_own_that_is_missing_says_what_to_do():
    app = opened(v="1", data="own")
    assert "Bring a table above" in app.info[0].value


TABLE = "height,weight,kind\n1,2,cat\n2,3,dog\n3,1,cat\n4,5,dog\n2,2,cat\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x,y\n1,a\n2,a\n", "one class"),
        ("x,y\n1,a\n2,b\n3,a\n4,c\n5,b\n6,c\n", "more than two classes"),
        ("x,y\n1,a\n2,b\n3,a\n", "only one point"),
        ("words", "no rows"),
    ],
)
def test_a_table_that_cannot_be_used_is_told_in_one_sentence(text, told):
    app = opened(v="1", data="own")
    app.text_area[0].set_value(text)
    app.button[0].click()
    app.run()
    assert not app.exception
    assert told in app.error[0].value


def test_what_is_kept_is_said_only_where_something_was():
    app = opened(v="1", data="own")
    for text, kept in (("words", False), (TABLE, None), ("words", True)):
        app.text_area[0].set_value(text)
        app.button[0].click()
        app.run()
        if kept is not None:
            assert app.error[0].value.endswith("What you had before is kept\\.") == kept


def test_a_pasted_table_becomes_the_data_and_its_columns_can_be_chosen():
    app = opened(v="1", data="own")
    app.text_area[0].set_value(TABLE)
    app.button[0].click()
    healthy(app.run())
    assert "of 5" in words(app)
    app.get_by_key("own-second feature-1").set_value("none")
    healthy(app.run())


def test_a_table_of_ones_own_travels_in_the_address():
    app = opened(v="1", data="own")
    app.text_area[0].set_value(TABLE)
    app.button[0].click()
    healthy(app.run())
    told = app.query_params.items()
    query = {name: text if isinstance(text, str) else text[0] for name, text in told}
    assert query["data"] == "own"
    elsewhere = opened(**query)
    assert not elsewhere.info
    assert words(elsewhere) == words(app)
    assert "this very screen" in " ".join(one.value for one in elsewhere.caption)


def test_another_data_set_leaves_the_table_out_of_the_address():
    app = opened(v="1", data="own", table="x*y~a*b~1_2_0~3_4_1~5_6_0~7_8_1")
    control(app, "data").set_value("xor")
    healthy(app.run())
    assert "table" not in app.query_params
    control(app, "data").set_value("own")
    healthy(app.run())
    assert "of 4" in words(app)


# What hands do -----------------------------------------------------------------------------------


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store[BinaryState]:
    monkeypatch.setattr(st, "rerun", lambda *_: None)
    return Store(BinaryState(), BinaryState())


def hand(store, kind, handle="", **more):
    page.HANDS.act(store, Event(kind, 1, handle, **more))


def test_a_moved_point_is_where_the_hand_left_it_and_keeps_its_class(store):
    before = page.points_of(store)
    hand(store, "move", "points", index=3, x=0.5, y=-0.25)
    after = page.points_of(store)
    assert after.x[3].tolist() == [0.5, -0.25]
    np.testing.assert_array_equal(after.label, before.label)


def test_a_flip_changes_the_class_alone_and_undo_takes_it_back(store):
    before = page.points_of(store)
    hand(store, "flip", "points", index=3)
    after = page.points_of(store)
    assert after.label[3] != before.label[3]
    np.testing.assert_array_equal(after.x, before.x)
    assert "another label" in binary_words.words(store, after, stage.computed(store, after))[0]
    hand(store, "undo")
    np.testing.assert_array_equal(page.points_of(store).label, before.label)


@pytest.mark.parametrize("brush", [0, 1])
def test_a_new_point_gets_the_class_that_is_chosen_for_it(store, brush):
    store.change(brush=brush)
    hand(store, "add", "points", x=0.0, y=1.0)
    after = page.points_of(store)
    assert after.x[-1].tolist() == [0.0, 1.0]
    assert after.label[-1] == brush
    assert store.now.selected == len(after.x) - 1


def test_of_one_feature_a_point_moves_along_it_alone(store):
    store.change(data="challenger")
    hand(store, "move", "points", index=0, x=31.0, y=0.7)
    after = page.points_of(store)
    assert after.x[0].tolist() == [31.0]
    assert after.up[0] in (0.0, 1.0)


def test_another_share_of_negatives_forgets_what_was_changed_and_undo_remembers(store):
    store.change(data="dial")
    hand(store, "move", "points", index=0, x=0.0, y=0.0)
    moved = store.now
    hand(store, "move", "majority", value=60.0)
    assert np.bincount(page.points_of(store).label).tolist() == [120, 80]
    assert store.now.points.count == 0
    hand(store, "undo")
    assert store.now == moved


@pytest.mark.parametrize(("gamma", "epsilon"), [(0.0, 0.02), (2.0, 0.1), (5.0, 0.5)])
def test_handles_on_the_curve_turn_focusing_and_smoothing(store, gamma, epsilon):
    assert gamma_of(height_of(gamma)) == pytest.approx(gamma, abs=1e-12)
    assert epsilon_of(lowest_of(epsilon)) == pytest.approx(epsilon, rel=1e-12)
    hand(store, "move", HEIGHT, value=height_of(gamma))
    hand(store, "move", LOWEST, value=lowest_of(epsilon))
    focal, smoothed = store.now.loss("Focal"), store.now.loss("SmoothedLogisticLoss")
    assert focal.gamma == pytest.approx(gamma, abs=1e-4)
    assert focal.value(AT) == pytest.approx(height_of(gamma), rel=1e-3)
    assert smoothed.epsilon == pytest.approx(epsilon, abs=1e-5)
    assert smoothed.gradient(lowest_of(smoothed.epsilon)) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(("field", "value"), [("strength", -1.0), ("truth", 1.0), ("miss", 0.0)])
def test_a_number_out_of_its_range_changes_nothing(store, field, value):
    before = store.now
    hand(store, "move", field, value=value)
    assert store.now == before


def test_lambda_gives_separable_data_a_minimum(store):
    store.change(data="separable")
    points = page.points_of(store)
    assert not stage.computed(store, points).fit.has_minimum
    told = " ".join(binary_words.words(store, points, stage.computed(store, points)))
    assert "No minimum" in told
    assert "Turn λ up" in told
    hand(store, "move", "strength", value=0.01)
    assert stage.computed(store, points).fit.has_minimum


def test_descent_stalls_on_the_zero_one_loss(store):
    store.change(compared=("ZeroOne",), chosen="ZeroOne")
    points = page.points_of(store)
    answer = stage.computed(store, points)
    assert answer.trajectory.outcome.name == "BLIND"
    assert len(np.unique(answer.landscape.z)) <= len(points.x) + 1
    assert "what the other losses are for" in " ".join(binary_words.words(store, points, answer))
    store.change(strength=0.5, steps=400, optimizer="GradientDescent")
    answer = stage.computed(store, points)
    assert answer.trajectory.outcome.name == "BLIND"
    store.change(compared=("Hinge",), chosen="Hinge")
    told = binary_words.words(store, points, stage.computed(store, points))
    assert "what the other losses are for" not in " ".join(told)


def test_every_other_loss_slopes_where_a_point_lies_on_the_wrong_side():
    wrong = -np.geomspace(1e-3, 10.0, 50)
    for kind in MARGIN_LOSSES:
        assert (kind().gradient(wrong) < 0).all() == (kind is not ZeroOne), kind


def test_moving_what_lies_beyond_the_margin_leaves_the_hinge_line(store):
    store.change(compared=("Hinge",), chosen="Hinge")
    points = page.points_of(store)
    before = stage.computed(store, points)
    margins = before.classifier.margins(before.fit.theta)
    free = int(margins.argmax())
    away = points.x[free] * 1.5
    hand(store, "move", "points", index=free, x=float(away[0]), y=float(away[1]))
    after = stage.computed(store, page.points_of(store))
    np.testing.assert_allclose(after.fit.theta, before.fit.theta, atol=1e-9)
    ringed = stage.pictures(store)["data"]
    assert any("support vectors" in one.name for one in ringed.legend)


def test_while_a_hand_moves_the_landscape_is_coarser_and_finer_at_rest(store):
    hand(store, "move", "points", phase="move", index=3, x=0.0, y=0.0)
    moving = stage.pictures(store)["landscape"].data[0]["z"].shape
    hand(store, "move", "points", phase="end", index=3, x=0.0, y=0.0)
    assert stage.pictures(store)["landscape"].data[0]["z"].shape > moving


def test_a_prediction_is_answered_by_the_boundary_that_turned_most(store):
    store.change(data="mislabeled", compared=("LogisticLoss", "Exponential"))
    for guess, word in (("Exponential", "Right"), ("LogisticLoss", "Not this time")):
        store.own["guess"] = guess
        hand(store, "move", "points", index=20, x=2.5, y=2.5)
        points = page.points_of(store)
        answer = stage.computed(store, points)
        lines = binary_words.words(store, points, answer)
        turns = [
            binary_words.turn(points, old.theta, new.theta)
            for old, new in zip(store.own["told"].fits, answer.fits, strict=True)
        ]
        assert turns[1] > turns[0]
        assert lines[1].startswith(word)
        hand(store, "undo")


def test_every_picture_has_words_for_those_who_do_not_see_it(store):
    for data in ("overlapping", "challenger"):
        store.change(data=data, compared=tuple(kind.__name__ for kind in MARGIN_LOSSES))
        for key, item in stage.pictures(store).items():
            if not isinstance(item, Note):
                assert len(item.alt) > 30, key
                assert item.title, key


def said(store) -> str:
    points = page.points_of(store)
    return " ".join(binary_words.words(store, points, stage.computed(store, points)))


def test_a_story_is_told_as_of_the_data_as_they_came_once_something_was_changed(store):
    story = binary_datasets()["overlapping"].story
    assert said(store).startswith(story)
    for change in ({"strength": 0.1}, {"positive": 5.0}):
        store.change(**change)
        assert said(store).startswith(f"As the data came: {story}")
        store.change(strength=0.0, positive=1.0)
    hand(store, "remove", "points", index=0)
    assert said(store).startswith("As the data came")


def test_no_line_at_all_is_told_from_rounding(store):
    store.change(data="xor")
    answer = stage.computed(store, page.points_of(store))
    assert answer.fit.theta.tolist() == [0.0, 0.0, 0.0]
    assert "**Logistic**: no line, every point is called negative; 20 wrong of 40" in said(store)
    store.change(compared=("Hinge",), chosen="Hinge")
    assert "hold this line" not in said(store)


def test_brier_on_opposite_corners_has_its_minimum_in_the_middle(store):
    store.change(data="xor", compared=("Brier",), chosen="Brier")
    fit = stage.computed(store, page.points_of(store)).fit
    assert fit.has_minimum
    assert fit.value == pytest.approx(0.25, abs=1e-9)


@pytest.mark.parametrize("name", ["LogisticLoss", "Hinge", "ZeroOne", "Brier"])
def test_one_class_alone_is_told_so_and_no_penalty_is_said_to_help(store, name):
    store.change(compared=(name,), chosen=name)
    for _ in range(20):
        hand(store, "remove", "points", index=len(page.points_of(store).x) - 1)
    answer = stage.computed(store, page.points_of(store))
    assert "Nothing to tell apart" in said(store)
    assert "Turn" not in said(store)
    assert answer.fit.infimum == pytest.approx(0.0, abs=1e-12)


def test_the_lowest_cost_of_a_slice_is_that_of_the_slice(store):
    store.change(data="iris", over="w1-b", held=0.0)
    answer = stage.computed(store, page.points_of(store))
    lowest = binary_words.lowest_of(answer)
    assert lowest > 1.1 * answer.fit.infimum
    assert lowest <= answer.landscape.z.min()
    store.change(over="best", held=None)
    answer = stage.computed(store, page.points_of(store))
    assert binary_words.lowest_of(answer) == answer.fit.infimum


def test_the_axes_say_what_becomes_of_the_third_parameter(store):
    for over, held, told in (
        ("best", None, "bias at its best"),
        ("w1-b", 0.5, "w₂ held at 0.5"),
        ("w1-w2", None, "b held at its fit"),
    ):
        store.change(over=over, held=held)
        assert told in stage.pictures(store)["landscape"].layout["yaxis"]["title"]["text"]


def test_focusing_moves_the_loss_to_points_on_the_wrong_side_of_one_line(store):
    from core.classification.metrics import loss_shares
    from core.losses.margin import Focal

    points = page.points_of(store)
    answer = stage.computed(store, points)
    margins = answer.classifier.margins(answer.fit.theta)
    hard = [loss_shares(Focal(gamma).value(margins), margins).hard for gamma in (0.0, 1.0, 2.0)]
    assert hard == sorted(hard)
    assert hard[2] > 1.3 * hard[0]
    store.change(compared=("LogisticLoss", "Focal"))
    drawn = stage.pictures(store)["shares"].data
    assert [drawn[0]["x"][1], drawn[2]["x"][1]] == pytest.approx([hard[0], hard[2]])


def test_learning_rates_follow_the_penalty_unless_they_were_turned(store):
    page.suit(store)
    hand(store, "move", "strength", value=10.0)
    points = page.points_of(store)
    assert stage.computed(store, points).trajectory.outcome.name == "CONVERGED"
    hand(store, "move", "GradientDescent.learning_rate", value=0.01)
    kept = store.now.rules
    hand(store, "move", "strength", value=0.1)
    assert store.now.rules == kept


def test_what_positive_means_is_said_where_the_classes_have_names(store):
    assert "Positive here means" not in said(store)
    store.change(data="iris")
    assert "Positive here means **virginica**" in said(store)


def test_what_stays_here_is_not_said_to_travel():
    app = opened(v="1", data="own")
    many = "".join(f"{i},{i % 7},{'ab'[i % 2]}\n" for i in range(101))
    app.text_area[0].set_value("x,y,class\n" + many)
    app.button[0].click()
    healthy(app.run())
    assert any("not your points" in one.value for one in app.caption)
    assert "table" not in app.query_params
    assert "points" not in app.query_params
    store = app.session_state["store-BinaryState"]
    store.change(points=Edits().move(4, 1, (0.5, 0.5)), selected=1)
    healthy(app.run())
    assert not {"points", "selected"} & set(app.query_params)


def test_hidden_controls_come_back_and_travel():
    app = opened(v="1", hide="1")
    assert not app.sidebar.selectbox
    button = next(one for one in app.button if one.label == "Show controls")
    healthy(button.click().run())
    assert app.sidebar.selectbox
    assert "hide" not in app.query_params


def dragged(store, x, y, index=36):
    hand(store, "move", "points", index=index, x=x, y=y)


def test_what_a_drag_did_is_forgotten_when_it_is_undone_or_losses_are_others(store):
    store.own["guess"] = "LogisticLoss"
    dragged(store, -2.0, -1.5)
    assert "Moving point 37" in said(store)
    assert "Right" in said(store) or "Not this time" in said(store)
    hand(store, "undo", "")
    assert "Moving point" not in said(store)
    hand(store, "redo", "")
    assert "Moving point" not in said(store)


def test_another_loss_is_not_said_to_have_been_turned():
    app = opened()
    store = app.session_state["store-BinaryState"]
    dragged(store, -2.0, -1.5)
    assert "Moving point 37" in said(store)
    app.pills[0].set_value(["LogisticLoss", "ZeroOne"])
    healthy(app.run())
    assert "Moving point" not in said(store)


def test_a_guess_is_judged_where_the_point_went_to_the_wrong_side(store):
    store.own["guess"] = "LogisticLoss"
    dragged(store, 2.6, 1.9)
    assert "Moving point 37" in said(store)
    assert "Not this time" not in said(store)
    assert "Right" not in said(store)


def test_a_perceptron_that_draws_no_line_says_so(store):
    store.change(compared=("Perceptron",), chosen="Perceptron")
    assert FitOutcome.NO_LINE.value in said(store)
    legend = stage.pictures(store)["data"].legend
    assert [one.note for one in legend if one.name == "Perceptron"] == ["no line"]
    assert not any("margin of" in one.name for one in legend)
    store.change(data="separable")
    assert FitOutcome.NO_LINE.value not in said(store)


def test_a_fit_beside_the_slice_is_not_called_its_best(store):
    store.change(over="w1-b", held=3.0)
    names = [one.name for one in stage.pictures(store)["landscape"].legend]
    assert names == ["beside this slice: logistic", "beside this slice: hinge"]
    assert "the lowest on this picture" in said(store)
    store.change(held=None)
    names = [one.name for one in stage.pictures(store)["landscape"].legend]
    assert names == ["best logistic", "beside this slice: hinge"]
    store.change(over="best")
    assert "on this picture" not in said(store)


def test_a_weighed_class_bottoms_out_where_its_odds_are_multiplied(store):
    store.change(truth=0.5, positive=4.0, compared=("LogisticLoss",))
    picture = stage.pictures(store)["expected"]
    assert "a positive counts 4 times" in picture.title
    assert float(picture.legend[0].note) == pytest.approx(0.8)
    assert "counts 4 times" in said(store)


def test_one_class_left_has_no_path_to_speak_of(store):
    points = page.points_of(store)
    for index in np.flatnonzero(points.label == 0).tolist():
        HANDS.flip(store, index)
    assert "Nothing to tell apart" in said(store)
    assert "minimum" not in said(store)
    assert not stage.pictures(store)["landscape"].legend


def test_all_points_within_the_margin_hold_the_line(store):
    store.change(compared=("Hinge",), chosen="Hinge", strength=10.0)
    assert "All 40 points hold this line" in said(store)


def test_the_curves_keep_their_frame_while_a_hand_moves(store):
    store.change(strength=10.0)
    before = stage.pictures(store)["curve-value"].layout
    store.held = "strength"
    store.change(strength=0.0)
    moving = stage.pictures(store)["curve-value"].layout
    assert moving["xaxis"]["range"] == before["xaxis"]["range"]
    assert moving["yaxis"]["range"] == before["yaxis"]["range"]
    store.held = ""
    assert stage.pictures(store)["curve-value"].layout["xaxis"] != before["xaxis"]


def test_the_weights_of_every_loss_can_be_taken_along_in_units_of_the_data(store):
    store.change(data="iris", positive=2.0)
    points = page.points_of(store)
    answer = stage.computed(store, points)
    header, first, *rest = weights_csv(points, answer).splitlines()
    assert header == "loss,w1,w2,b"
    assert len(rest) == len(store.now.lines) - 1
    name, *theta = first.split(",")
    assert name == "Logistic"
    scores = points.x @ np.array(theta[:2], float) + float(theta[2])
    np.testing.assert_allclose(scores, answer.classifiers[0].scores(answer.fits[0].theta))
