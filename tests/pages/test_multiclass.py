"""The page of several classes without a browser: every control at both ends, and what hands do."""

from functools import partial

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.classification.softmax_regression import best_lead
from core.data.labelled import multiclass_datasets
from core.declare import parameters
from core.losses.multiclass import MULTICLASS_LOSSES, LabelSmoothing, target_bytes
from core.worked import latex
from pages.ui.events import Event
from pages.ui.figures.figure import Note
from pages.ui.figures.simplex import at
from pages.ui.multiclass import details as multiclass_details
from pages.ui.multiclass import stage
from pages.ui.multiclass import state as page
from pages.ui.multiclass import words as multiclass_words
from pages.ui.multiclass.simplex import prediction_of
from pages.ui.multiclass.state import LOSS_NAMES, TURNED, MulticlassState
from pages.ui.session import UNREADABLE, Store
from tests.pages import opening
from tests.pages.opening import healthy, words

opened = partial(opening.opened, "multiclass.py")


def control(app: AppTest, field: str):
    return app.get_by_key(f"MulticlassState-{field}")


@pytest.mark.parametrize("data", multiclass_datasets())
def test_every_data_set_opens_and_says_its_story(data):
    app = opened()
    assert app.title[0].value.startswith("Several classes")
    control(app, "data").set_value(data)
    healthy(app.run())
    assert multiclass_datasets()[data].story in words(app)


@pytest.mark.parametrize("kind", MULTICLASS_LOSSES, ids=lambda kind: kind.__name__)
def test_every_loss_can_be_chosen_and_judge_with_its_knobs_at_both_ends(kind):
    name = kind.__name__
    ends = [""]
    for field, told in parameters(kind).items():
        ends = [f"{name}_{field}_{end:g}" for end in (told.low, told.high)]
    for truth, end in enumerate(ends):
        knobs = {"losses": end} if end else {}
        app = opened(v="1", compared=name, chosen=name, judge=name, truth=str(truth), **knobs)
        assert not app.warning
        assert f"**{kind.name}** where {'AB'[truth]} is true" in words(app)


@pytest.mark.parametrize("field", TURNED)
def test_every_number_of_the_page_works_at_both_ends(field):
    for end in (TURNED[field].low, TURNED[field].high):
        app = opened(v="1", **{field: f"{end:g}"})
        assert not app.warning


@pytest.mark.parametrize(
    "query",
    [{"across": "b-0", "up": "b-2", "view": "surface", "levels": "plain"},
     {"compared": "~".join(LOSS_NAMES), "hide": "1", "large": "1"},
     {"optimizer": "Adam", "steps": "500", "start": "1e3_-1e3", "span": "-1_1_-1_1"},
     {"logits": "1e6_-1e6_0", "temperature": "0.001", "shift": "100000"},
     {"points": "3_0_0~d4~a_1_1_2~c7_2", "brush": "2", "selected": "4"}],
    ids=str,
)  # fmt: skip
def test_a_link_opens_its_screen(query):
    app = opened(v="1", **query)
    assert not app.warning, [one.value for one in app.warning]


@pytest.mark.parametrize(
    "query",
    [{"v": "2"}, {"v": "1", "data": "<script>"}, {"v": "1", "points": "c0_3"},
     {"v": "1", "points": "0_1e40_2"}, {"v": "1", "points": "a_1_2"}, {"v": "1", "brush": "5"},
     {"v": "1", "across": "w2-2"}, {"v": "1", "up": "w1-9"}, {"v": "1", "logits": "1_2"},
     {"v": "1", "logits": "1e9_0_0"}, {"v": "1", "temperature": "0"}, {"v": "1", "shift": "inf"},
     {"v": "1", "truth": "3"}, {"v": "1", "judge": "Huber"}, {"v": "1", "compared": ""},
     {"v": "1", "losses": "LabelSmoothing_epsilon_1"}, {"v": "1", "strength": "-1"}],
    ids=str,
)  # fmt: skip
def test_a_link_nobody_wrote_gives_the_page_as_it_starts_and_one_sentence(query):
    assert [one.value for one in opened(**query).warning] == [UNREADABLE]


def test_switches_travel_in_the_link():
    app = opened()
    control(app, "truth").set_value(2)
    control(app, "judge").set_value("MulticlassBrier")
    control(app, "across").set_value("b-0")
    healthy(app.run())
    assert "**Multiclass Brier** where C is true" in words(app)
    told = {name: str(text).strip("[]'") for name, text in app.query_params.items()}
    assert (told["truth"], told["judge"], told["across"]) == ("2", "MulticlassBrier", "b-0")


ROWS = "height,weight,kind\n1,2,cat\n2,3,dog\n3,1,rat\n4,5,dog\n2,2,cat\n1,1,rat\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [("x,y,z\n1,1,a\n2,2,a\n", "one class"), ("x,y,z\n1,1,a\n2,2,b\n3,3,a\n", "only one point"),
     ("x,y\n1,a\n2,b\n3,a\n4,b\n", "expected two"), ("words", "no rows")],
)  # fmt: skip
def test_a_table_that_cannot_be_used_is_told_in_one_sentence(text, told):
    app = opened(v="1", data="own")
    assert "Bring a table above" in app.info[0].value
    app.text_area[0].set_value(text)
    app.button[0].click()
    app.run()
    assert not app.exception
    assert told in app.error[0].value


@pytest.mark.parametrize("rows", [ROWS, ROWS + "9,9,owl\n8,9,owl\n", ROWS.replace("rat", "dog")])
def test_a_pasted_table_of_two_classes_or_more_becomes_the_data(rows):
    app = opened(v="1", data="own")
    app.text_area[0].set_value(rows)
    app.button[0].click()
    healthy(app.run())
    assert f"of {rows.count(chr(10)) - 1};" in words(app)


# What hands do -----------------------------------------------------------------------------------


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store[MulticlassState]:
    monkeypatch.setattr(st, "rerun", lambda *_: None)
    return Store(MulticlassState(), MulticlassState())


def hand(store, kind, handle="", **more):
    page.HANDS.act(store, Event(kind, 1, handle, **more))


def shares(store):
    return prediction_of(store.now, LabelSmoothing()).steps.probability


def test_a_moved_point_moves_alone_and_the_words_say_what_it_turned(store):
    before = page.points_of(store)
    hand(store, "move", "points", index=37, x=-1.5, y=-1.0)
    after = page.points_of(store)
    assert after.x[37].tolist() == [-1.5, -1.0]
    np.testing.assert_array_equal(after.label, before.label)
    told = multiclass_words.words(store, after, stage.computed(store, after))[0]
    assert told.startswith("Moving point 38 gave another class to this share of the picture")


def test_flips_go_round_the_classes_and_undo_takes_one_back(store):
    before = page.points_of(store).label
    seen = []
    for _ in range(3):
        hand(store, "flip", "points", index=3)
        seen.append(int(page.points_of(store).label[3]))
    assert seen == [1, 2, 0]
    hand(store, "undo")
    hand(store, "undo")
    hand(store, "undo")
    np.testing.assert_array_equal(page.points_of(store).label, before)


@pytest.mark.parametrize("brush", [0, 1, 2])
def test_a_new_point_gets_the_class_that_is_chosen_for_it(store, brush):
    store.change(brush=brush)
    hand(store, "add", "points", x=0.0, y=1.0)
    assert page.points_of(store).label[-1] == brush


@pytest.mark.parametrize("temperature", [0.1, 1.0, 5.0])
@pytest.mark.parametrize("shift", [0.0, 1000.0])
def test_a_prediction_in_the_triangle_sets_the_logits_and_keeps_their_mean(
    store, temperature, shift
):
    store.change(temperature=temperature, shift=shift)
    mean = np.mean(store.now.logits)
    wanted = np.array([0.2, 0.5, 0.3])
    x, y = at(wanted)
    hand(store, "move", "prediction", x=float(x), y=float(y))
    np.testing.assert_allclose(shares(store), wanted, rtol=1e-9)
    assert np.mean(store.now.logits) == pytest.approx(mean)
    hand(store, "undo")
    assert store.now.logits == MulticlassState().logits


@pytest.mark.parametrize("place", [(0.0, 0.0), (9.0, -9.0), (0.5, 3.0)])
def test_a_prediction_dragged_out_of_the_triangle_stays_in_it(store, place):
    hand(store, "move", "prediction", x=place[0], y=place[1])
    assert (shares(store) > 0).all()
    assert max(map(abs, store.now.logits)) < 20


def test_a_logit_turns_alone_and_moves_the_prediction(store):
    store.change(shift=1000.0)
    hand(store, "move", "logit-1", value=1003.0)
    assert store.now.logits == (2.0, 3.0, -1.0)
    expected = np.exp([2.0, 3.0, -1.0])
    np.testing.assert_allclose(shares(store), expected / expected.sum(), rtol=1e-12)


def test_what_all_logits_share_changes_no_probability_but_the_plain_formula_fails(store):
    before = shares(store)
    hand(store, "move", "shift", value=1000.0)
    np.testing.assert_allclose(shares(store), before, rtol=1e-12)
    told = " ".join(stage.pictures(store)["simplex-words"].lines)
    assert "infinity over infinity" in told
    hand(store, "move", "shift", value=-1000.0)
    told = " ".join(stage.pictures(store)["simplex-words"].lines)
    assert "nothing over nothing" in told


@pytest.mark.parametrize(
    ("handle", "value"),
    [("temperature", 0.0), ("shift", 1e9), ("strength", -1.0), ("logit-3", 1.0), ("logit-0", 1e9),
     ("logit-0", None), ("prediction", 1.0)],
)  # fmt: skip
def test_events_that_mean_nothing_change_nothing(store, handle, value):
    before = store.now
    hand(store, "move", handle, value=value)
    assert store.now == before


def test_smoothing_moves_what_is_asked_for_in_the_triangle(store):
    store.change(judge="LabelSmoothing")
    hand(store, "move", "LabelSmoothing.epsilon", value=0.3)
    drawn = stage.pictures(store)
    star = drawn["triangle"].data[4]
    np.testing.assert_allclose([star["x"][0], star["y"][0]], at(np.array([0.8, 0.1, 0.1])))
    note = drawn["smoothing"].legend[0].note
    assert note == f"{best_lead(LabelSmoothing(0.3), 3):.3g}"


def test_a_hand_on_the_prediction_leaves_the_pictures_of_the_points(store):
    rest = stage.pictures(store)
    hand(store, "move", "prediction", phase="move", x=0.4, y=0.3)
    moving = stage.pictures(store)
    assert moving["landscape"] is rest["landscape"]
    assert moving["triangle"].handles[0].x == pytest.approx(0.4)
    hand(store, "move", "prediction", phase="end", x=0.4, y=0.3)
    hand(store, "move", "points", phase="move", index=3, x=0.0, y=0.0)
    coarse = stage.pictures(store)["landscape"]
    assert coarse.data[0]["z"].shape < rest["landscape"].data[0]["z"].shape


def test_the_landscape_keeps_its_ranges_while_a_hand_moves(store):
    before = page.ranges_of(store)
    hand(store, "move", "points", phase="move", index=3, x=0.0, y=0.0)
    assert page.ranges_of(store) == before
    hand(store, "move", "points", phase="end", index=3, x=0.0, y=0.0)
    assert page.ranges_of(store) != before


def test_fits_of_the_same_points_are_not_made_again(store):
    points = page.points_of(store)
    before = page.fits_of(store, points)
    store.change(steps=5, chosen="MulticlassHinge", compared=("MulticlassHinge", "LabelSmoothing"))
    hinge = page.fits_of(store, page.points_of(store))[1]
    assert hinge is before[1]
    hand(store, "move", "points", index=3, x=0.0, y=0.0)
    assert page.fits_of(store, page.points_of(store))[1] is not hinge
    smooth, hinge = page.fits_of(store, page.points_of(store))
    hand(store, "move", "MulticlassHinge.margin", value=2.0)
    after = page.fits_of(store, page.points_of(store))
    assert after[0] is smooth
    assert after[1] is not hinge


def test_a_prediction_of_whose_borders_move_is_answered(store):
    for guess in store.now.compared:
        store.own["guess"] = guess
        hand(store, "move", "points", index=37, x=-1.5, y=-1.0)
        points = page.points_of(store)
        answer = stage.computed(store, points)
        turned = [
            multiclass_words.turned_share(points, old, new)
            for old, new in zip(store.own["told"].fits, answer.fits, strict=True)
        ]
        right = store.now.compared[int(np.argmax(turned))] == guess
        told = multiclass_words.words(store, points, answer)[1]
        assert told.startswith("Right" if right else "Not this time")
        hand(store, "undo")


@pytest.mark.parametrize(("temperature", "power"), [(1.0, "e^{z_k}"), (2.0, "e^{z_k / T}")])
def test_the_arithmetic_of_softmax_takes_the_largest_out(temperature, power):
    logits = np.array([1003.0, 1001.0, 1000.0])
    told = " ".join(multiclass_words.softmax_lines(logits, temperature))
    assert power in told
    assert "e^{0}" in told
    for share in np.exp((logits - 1003.0) / temperature):
        assert f"e^{{{latex(float(np.log(share)))}}}" in told
    assert latex(1003.0 / temperature) in told


def test_lambda_gives_separable_data_a_minimum(store):
    store.change(data="three-separable")
    points = page.points_of(store)
    told = " ".join(multiclass_words.words(store, points, stage.computed(store, points)))
    assert "No minimum" in told
    assert "Turn λ up" in told
    hand(store, "move", "strength", value=0.01)
    assert stage.computed(store, points).fit.has_minimum


@pytest.mark.parametrize("data", multiclass_datasets())
def test_descent_starts_stable_on_every_data_set(store, data):
    store.change(data=data)
    page.new_data(store)
    answer = stage.computed(store, page.points_of(store))
    assert answer.trajectory.values[-1] < answer.trajectory.values[0]


def test_every_picture_has_words_for_those_who_do_not_see_it(store):
    store.change(data="iris-3", compared=LOSS_NAMES)
    for key, item in stage.pictures(store).items():
        if not isinstance(item, Note):
            assert len(item.alt) > 30, key
            assert item.title, key


def test_rows_and_numbers_give_the_same_loss_at_any_number_of_classes(store):
    answer = stage.computed(store, page.points_of(store))
    rows, numbers = multiclass_details.both_ways(
        answer.model.logits(answer.fit.weights), answer.model.label
    )
    assert rows == numbers
    for classes in (10, 1_000):
        rows, numbers = multiclass_details.drawn(classes)
        assert rows == pytest.approx(numbers, rel=1e-15)
    assert [multiclass_details.in_words(size) for size in target_bytes(1_000, 100_000)] == [
        "800 MB", "8 kB",
    ]  # fmt: skip


def test_weights_are_taken_along_in_the_units_of_the_data(store):
    store.change(data="iris-3")
    points = page.points_of(store)
    answer = stage.computed(store, points)
    lines = multiclass_details.weights_csv(points, answer).splitlines()
    assert lines[0] == "loss,class,w1,w2,b"
    told = np.array([[float(cell) for cell in line.split(",")[2:]] for line in lines[1:4]])
    logits = np.column_stack([points.x, np.ones(len(points.x))]) @ told.T
    np.testing.assert_allclose(logits, answer.model.logits(answer.fit.weights), rtol=1e-6)


def test_a_class_without_points_is_told_so_and_no_penalty_is_said_to_help(store):
    while (page.points_of(store).label == 0).any():
        first = int((page.points_of(store).label == 0).argmax())
        hand(store, "remove", "points", index=first)
    points = page.points_of(store)
    for strength in (0.0, 0.1):
        store.change(strength=strength)
        lines = " ".join(multiclass_words.words(store, points, stage.computed(store, points)))
        assert "a class has no points left" in lines
        assert "Turn" not in lines
        assert lines.startswith("As the data came")


def test_a_class_may_be_called_anything_and_no_label_reads_it_as_markdown():
    name = "![x](https://a.b/c.png)"
    app = opened(v="1", data="own")
    rows = "".join(f"{i},{i % 4},{('a', name, 'c')[i % 3]}\n" for i in range(9))
    app.text_area[0].set_value("x,y,class\n" + rows)
    app.button[0].click()
    healthy(app.run())
    labels = [one.label for one in (*app.number_input, *app.selectbox)]
    labels += [option for one in app.get("button_group") for option in one.options]
    told = [*labels, *(one.value for one in (*app.markdown, *app.caption))]
    assert any("https" in one for one in told)
    assert not any(name in one for one in told)
