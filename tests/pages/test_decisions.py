"""The page of decisions without a browser: every control at both ends, and what hands do."""

import csv
import io
import math
import re
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.decisions.best_number import LargestMiss, Window, best, expected
from core.decisions.newsvendor import Newsvendor
from core.decisions.outcomes import MOST, Outcomes, outcome_sets
from core.decisions.three_words import nudged
from core.decisions.thresholds import Prices, shifted
from core.declare import parameters
from core.losses.residual import RESIDUAL_LOSSES, Quantile
from pages.ui import link
from pages.ui.decisions import details as explained
from pages.ui.decisions import script, stage
from pages.ui.decisions import state as page
from pages.ui.decisions.details import link_sentence
from pages.ui.decisions.hands import HANDS
from pages.ui.decisions.state import (
    CRITERIA,
    JUDGES,
    NAMES,
    TURNED,
    DecisionsState,
    cases_of,
    line_of,
    number_of,
    order_of,
)
from pages.ui.edits import Edits
from pages.ui.events import Event
from pages.ui.figures.figure import Figure
from pages.ui.figures.parts import number
from pages.ui.session import UNREADABLE, Store
from tests.pages import opening
from tests.pages.opening import healthy, words

opened = partial(opening.opened, "decisions.py")


def control(app: AppTest, field: str):
    return app.get_by_key(f"DecisionsState-{field}")


@pytest.mark.parametrize("data", outcome_sets())
def test_every_data_set_opens_and_says_its_story(data):
    app = opened()
    assert app.title[0].value.startswith("Decisions")
    control(app, "data").set_value(data)
    healthy(app.run())
    assert outcome_sets()[data].story in words(app)


@pytest.mark.parametrize("kind", CRITERIA, ids=lambda kind: kind.__name__)
def test_every_loss_can_be_chosen_with_its_knobs_at_both_ends(kind):
    name = kind.__name__
    ends = [""]
    for field, told in parameters(kind).items():
        ends += [f"{name}_{field.replace('_', '-')}_{end:g}" for end in (told.low, told.high)]
    for end in ends:
        knobs = {"losses": end} if end else {}
        app = opened(v="1", compared=name, chosen=name, **knobs)
        assert not app.warning
        assert f"{kind.name} leads to" in words(app)


@pytest.mark.parametrize("field", TURNED)
def test_every_number_of_the_page_works_at_both_ends(field):
    for end in (TURNED[field].low, TURNED[field].high, TURNED[field].maximum):
        app = opened(v="1", **{field: f"{end:g}"})
        assert not app.warning


@pytest.mark.parametrize("judge", JUDGES)
def test_every_loss_of_the_examples_works(judge):
    app = opened()
    control(app, "judge").set_value(judge)
    healthy(app.run())
    assert "**Loss** is what one example pays" in words(app)


@pytest.mark.parametrize(
    "query",
    [{"data": "own", "own": "3_1_2.5"}, {"data": "own", "own": "7"},
     {"data": "own", "own": "1e50_-1e50"}, {"data": "own", "own": "_".join(["4"] * MOST)},
     {"data": "own", "own": "-3_-2_5"},
     {"points": "14_1e9_0~d3~a_2_0", "selected": "4", "number": "-5", "order": "1e40"},
     {"compared": "~".join(NAMES), "chosen": "LargestMiss", "hide": "1", "large": "1"},
     {"shops": "Newsvendor_price_1000_cost_999.5_salvage_-1000", "order": "0"},
     {"prices": "Prices_miss_0", "threshold": "1"}, {"prices": "Prices_alarm_0", "threshold": "0"},
     {"prices": "Prices_miss_0_gain_0.5_alarm_0"}, {"labelled": "0", "shift": "-4"},
     {"cases": "3_1_0~4_0_0~d1~c5_1~a_0.5_0_1", "case": "3", "shift": "4"},
     {"cases": "~".join(f"d{i}" for i in range(13)), "case": "0"},
     {"scores": "20_-20_0_0_0_0", "cut": "-20", "strength": "10", "judge": "SquaredHinge"},
     {"scores": "0_0_0_0_0_0", "judge": "Hinge", "cut": "20", "row": "5"},
     {"losses": ""}],
    ids=str,
)  # fmt: skip
def test_a_link_opens_its_screen(query):
    app = opened(v="1", **query)
    assert not app.warning, [one.value for one in app.warning]
    assert "∞" not in words(app)


@pytest.mark.parametrize(
    "query",
    [{"v": "2"}, {"v": "1", "data": "<script>"}, {"v": "1", "own": "1_nan"},
     {"v": "1", "own": "_".join(["1"] * (MOST + 1))}, {"v": "1", "own": "1e60"},
     {"v": "1", "compared": ""}, {"v": "1", "compared": "Hinge"}, {"v": "1", "chosen": "Hinge"},
     {"v": "1", "number": "inf"}, {"v": "1", "shops": "Newsvendor_price_0.1"},
     {"v": "1", "shops": "Newsvendor_cost_9"}, {"v": "1", "prices": "Prices_miss_-1"},
     {"v": "1", "prices": "Prices_miss_0_alarm_0"}, {"v": "1", "threshold": "1.5"},
     {"v": "1", "shift": "9"}, {"v": "1", "cases": "3_1.5_0"}, {"v": "1", "cases": "a_0.5_0"},
     {"v": "1", "cases": "a_-1_0_1"}, {"v": "1", "cases": "~".join(f"d{i}" for i in range(14))},
     {"v": "1", "points": "~".join(f"d{i}" for i in range(15))},
     {"v": "1", "scores": "1_2"}, {"v": "1", "scores": "21_0_0_0_0_0"}, {"v": "1", "row": "6"},
     {"v": "1", "judge": "Focal"}, {"v": "1", "cut": "21"}, {"v": "1", "strength": "-1"},
     {"v": "1", "losses": "Window_half-width_-1"}, {"v": "1", "labelled": "2"}],
    ids=str,
)  # fmt: skip
def test_a_link_nobody_wrote_gives_the_page_as_it_starts_and_one_sentence(query):
    assert [one.value for one in opened(**query).warning] == [UNREADABLE]


def test_a_screen_travels_in_its_link():
    state = DecisionsState(
        data="own", own=(1.0, 2.5, 9.0), points=Edits().add((4.0, 0.0)), chosen="Window",
        compared=("Tukey", "Window"), number=3.25, order=2.0, shops=(Newsvendor(5.0, 2.0, 1.0),),
        prices=(Prices(2.0, 3.0, 1.0),), cases=Edits().add((0.25, 0.0), 1), case=14, threshold=0.25,
        shift=0.5, labelled=False, scores=(1.0, 2.0, 3.0, 4.0, 5.0, 6.0), row=4, judge="Hinge",
        cut=0.5, strength=0.25, large=True,
        losses=tuple(Window(0.25) if kind is Window else kind() for kind in CRITERIA),
    )  # fmt: skip
    assert link.read(DecisionsState, link.write(state)) == state


def test_a_link_that_takes_the_quantile_back_to_its_own_start_is_read():
    start = DecisionsState()
    plain = tuple(kind() for kind in CRITERIA)
    state = DecisionsState(losses=plain)
    assert start.loss("Quantile") == Quantile(0.8)
    assert link.read(DecisionsState, link.write(state)).loss("Quantile") == Quantile()


def test_switches_travel_in_the_link():
    app = opened()
    control(app, "labelled").set_value(False)
    control(app, "judge").set_value("Hinge")
    control(app, "compared").set_value(["Huber", "LargestMiss"])
    healthy(app.run())
    told = {name: str(text).strip("[]'") for name, text in app.query_params.items()}
    assert (told["labelled"], told["judge"]) == ("0", "Hinge")
    assert told["compared"] == "Huber~LargestMiss"
    assert "Under huber" not in words(app)
    assert "Under Huber" in words(app)


def test_one_loss_always_stays():
    app = opened()
    control(app, "compared").set_value([])
    app.run()
    assert "At least one loss stays" in app.warning[0].value


# One's own numbers -------------------------------------------------------------------------------


def pasted(text: str) -> AppTest:
    app = opened(v="1", data="own")
    assert "Bring a table above" in app.info[0].value
    app.text_area[0].set_value(text)
    app.button[0].click()
    return app.run()


@pytest.mark.parametrize(
    ("text", "told"),
    [("words", "no rows"), ("a,b\nx,y\nz,w\n", "no column of numbers"),
     ("x\n" + "\n".join(str(i % 9) for i in range(MOST + 1)), "too many to drag"),
     ("1, 2, inf", "infinite")],
)  # fmt: skip
def test_numbers_that_cannot_be_used_are_told_in_one_sentence(text, told):
    app = pasted(text)
    assert not app.exception
    assert told in app.error[0].value.replace("\\", "")


@pytest.mark.parametrize("text", ["3, 1, 2.5", "3\n1\n2.5", "name,value\na,3\nb,1\nc,2.5\n"])
def test_pasted_numbers_become_the_outcomes_and_travel(text):
    app = healthy(pasted(text))
    told = str(app.query_params["own"]).strip("[]'")
    assert told == "3_1_2.5"
    assert "These are your own numbers." in words(app)
    healthy(opened(v="1", data="own", own=told))


# What hands do -----------------------------------------------------------------------------------


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store[DecisionsState]:
    monkeypatch.setattr(st, "rerun", lambda *_: None)
    return Store(DecisionsState(), DecisionsState())


def hand(store, kind, handle="", **more):
    HANDS.act(store, Event(kind, 1, handle, **more))


def told(store, key="best-words"):
    return " ".join(stage.pictures(store)[key].lines)


def test_a_moved_outcome_moves_alone_along_its_line(store):
    before = line_of(store).values
    hand(store, "move", "outcomes", index=14, x=30.0, y=3.0)
    after = line_of(store).values
    assert after[14] == 30.0
    np.testing.assert_array_equal(after[:14], before[:14])
    hand(store, "undo")
    np.testing.assert_array_equal(line_of(store).values, before)


def test_the_words_say_which_best_numbers_moved_and_which_stayed(store):
    hand(store, "move", "outcomes", index=14, x=30.0)
    said = told(store)
    assert "You moved outcome 15 from 15 to 30." in said
    assert "Best numbers that moved: squared error by 1." in said
    assert "Those that stayed: absolute error, quantile and hit or miss." in said
    hand(store, "undo")
    assert "You moved" not in told(store)


@pytest.mark.parametrize("guess", ["SquaredError", "AbsoluteError", "LargestMiss"])
def test_a_prediction_of_what_moves_most_is_answered(store, guess):
    store.change(compared=("SquaredError", "AbsoluteError", "LargestMiss"))
    store.own["guess"] = guess
    hand(store, "move", "outcomes", phase="move", index=14, x=30.0)
    assert not told(store).startswith("**") or "Right" not in told(store)
    hand(store, "move", "outcomes", phase="end", index=14, x=30.0)
    assert told(store).startswith("**Right:**" if guess == "LargestMiss" else "**Not this time:**")


def test_nothing_is_answered_where_no_best_number_moved(store):
    store.change(compared=("AbsoluteError", "Quantile"))
    store.own["guess"] = "Quantile"
    hand(store, "move", "outcomes", index=14, x=30.0)
    said = told(store)
    assert "Right" not in said
    assert "Best numbers that moved" not in said
    assert "Those that stayed: absolute error and quantile." in said


def test_of_two_that_moved_as_far_either_guess_is_right(store):
    store.change(compared=("AbsoluteError", "EpsilonInsensitive"))
    losses = tuple(
        type(one)(0.0) if type(one).__name__ == "EpsilonInsensitive" else one
        for one in store.now.losses
    )
    store.change(losses=losses)
    store.change(data="own", own=(1.0, 5.0))
    for guess in ("AbsoluteError", "EpsilonInsensitive"):
        store.own["guess"] = guess
        hand(store, "move", "outcomes", index=1, x=9.0)
        assert told(store).startswith("**Right:**")
        hand(store, "undo")


@pytest.mark.parametrize("data", outcome_sets())
@pytest.mark.parametrize("share", [-0.8, -0.05, 0.05, 0.8])
@pytest.mark.parametrize("index", [0, 5, -1])
def test_only_the_drag_that_was_asked_about_is_judged(store, data, share, index):
    store.change(data=data, compared=("SquaredError", "LargestMiss"))
    store.own["guess"] = "LargestMiss"
    values = line_of(store).values
    index %= len(values)
    hand(store, "move", "outcomes", index=index,
         x=float(values[index] + share * np.ptp(values)))  # fmt: skip
    said = told(store)
    assert "You moved" in said
    asked = values[index] == values.max() and share > 0.5
    assert ("**Right:**" in said or "**Not this time:**" in said) == asked
    assert ("That was another drag" in said) != asked
    store.own["guess"] = None
    assert "another drag" not in told(store)


def test_what_was_said_of_a_drag_goes_with_the_losses_it_was_about(store):
    hand(store, "move", "outcomes", index=14, x=30.0)
    hand(store, "move", "Quantile.tau", value=0.3)
    assert "You moved" not in told(store)
    hand(store, "move", "outcomes", index=14, x=31.0)
    assert "You moved" in told(store)
    store.change(compared=("SquaredError", "Huber"))
    assert "You moved" not in told(store)


def test_what_was_said_of_a_drag_goes_with_the_outcomes_it_was_about(store):
    hand(store, "move", "outcomes", index=14, x=30.0)
    typed = {"edited_rows": {"2": {"outcome": 9.5}}, "added_rows": [], "deleted_rows": []}
    explained._typed_outcomes(store, typed)
    assert "You moved" not in told(store)


def test_outcomes_are_added_and_taken_away_but_never_the_last(store):
    hand(store, "add", "outcomes", x=6.5, y=2.0)
    assert line_of(store).values[-1] == 6.5
    assert line_of(store).selected == 15
    for _ in range(30):
        hand(store, "remove", "outcomes", index=0)
    assert len(line_of(store).values) == 1
    healthy_words(store)


def test_no_more_outcomes_than_fit_are_added(store):
    store.change(data="own", own=tuple(float(i) for i in range(MOST)))
    hand(store, "add", "outcomes", x=1.0, y=0.0)
    assert len(line_of(store).values) == MOST
    assert "There is room for" in store.notice


def healthy_words(store):
    for item in stage.pictures(store).values():
        text = item.alt if isinstance(item, Figure) else " ".join(item.lines)
        assert "nan" not in text
        assert "undefined" not in text.replace("precision undefined", "")


@pytest.mark.parametrize(("index", "to"), [(6, 6.2), (8, 4.6)])
def test_an_interval_of_best_numbers_moves_as_far_as_its_farther_end(store, index, to):
    store.change(data="own", own=(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0))
    store.change(compared=("AbsoluteError", "SquaredError"))
    before = best(store.now.loss("AbsoluteError"), line_of(store).outcomes).lowest[0]
    hand(store, "move", "outcomes", index=index, x=to)
    after = best(store.now.loss("AbsoluteError"), line_of(store).outcomes).lowest[0]
    moved = max(abs(before.low - after.low), abs(before.high - after.high))
    said = f"absolute error by {number(moved)}" if moved else "Those that stayed: absolute error"
    assert said in told(store)


@pytest.mark.parametrize("handle", ["number", "order"])
def test_lines_across_the_number_line_set_their_number(store, handle):
    hand(store, "move", handle, value=12.25)
    assert getattr(store.now, handle) == 12.25
    hand(store, "undo")
    assert getattr(store.now, handle) is None


def test_numbers_nobody_set_follow_the_data(store):
    assert order_of(store) == 6.07
    low, high = line_of(store).outcomes.low, line_of(store).outcomes.high
    assert low < number_of(store) < high


# Numbers that lie near each other, wherever they are: what a link may well hold.
NEAR = (
    (10021.0, 10023.0, 10026.5), (1013.2, 1013.9, 1015.1), (293.1, 293.4, 293.9),
    (40712.0, 40731.0, 40780.0), (1e9 + 0.1, 1e9 + 0.25, 1e9 + 0.7), (-5000.4, -5000.3, -5000.1),
    (1e-10, 2e-10, 5e-10), (1e30, 1.00001e30, 1.00004e30), (10021.0, 10023.0, 10026.5, 90000.0),
    (0.30001, 0.30002, 0.30004), (7.0, 7.0, 7.0), (10021.0, 10021.0),
)  # fmt: skip
every_near = pytest.mark.parametrize("own", NEAR, ids=str)


def read(text):
    """Return a number as it is read off the screen."""
    mantissa, _, power = text.replace("−", "-").partition("×10")
    digits = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    return float(mantissa) * 10.0 ** int(power.translate(digits) or 0)


NUMBER = r"(−?\d+(?:\.\d+)?(?:×10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?)"


@every_near
def test_what_nobody_set_lies_in_the_picture_and_among_the_outcomes(store, own):
    store.change(data="own", own=own)
    low, high = page.span_of(store)
    for value in (number_of(store), order_of(store)):
        assert low < value < high
        assert min(own) <= value <= max(own)
    for figure in stage.pictures(store).values():
        for handle in getattr(figure, "handles", ()):
            assert not hasattr(handle, "value") or handle.low <= handle.value <= handle.high


@every_near
def test_best_numbers_are_told_apart_where_outcomes_are(store, own):
    store.change(data="own", own=own, compared=("SquaredError", "AbsoluteError", "LargestMiss"))
    outcomes = line_of(store).outcomes
    apart = outcomes.spread or abs(own[0])
    legend = {one.name: one.note for one in stage.pictures(store)["outcomes"].legend}
    for loss in store.now.lines:
        found = best(loss, outcomes).lowest[0]
        ends = [read(one) for one in re.findall(NUMBER, legend[loss.name])]
        assert ends[0] == pytest.approx(found.low, abs=0.01 * apart)
        assert ends[-1] == pytest.approx(found.high, abs=0.01 * apart)
    alt = stage.pictures(store)["outcomes"].alt
    first, last = re.search(f"from {NUMBER} to {NUMBER}", alt).groups()
    assert (read(first), read(last)) == pytest.approx((min(own), max(own)), abs=0.01 * apart)


@every_near
@pytest.mark.parametrize("share", [-0.3, 0.001, 0.2])
def test_from_where_to_where_an_outcome_went_is_told_apart(store, own, share):
    store.change(data="own", own=own)
    wide = float(np.ptp(own)) or abs(own[0])
    to = own[-1] + share * wide
    hand(store, "move", "outcomes", index=len(own) - 1, x=to)
    found = re.search(f"You moved outcome {len(own)} from {NUMBER} to {NUMBER}\\.", told(store))
    assert read(found[2]) - read(found[1]) == pytest.approx(to - own[-1], rel=0.02)


@every_near
@pytest.mark.parametrize("share", [0.0, 0.4, 0.6001, 1.0])
def test_the_number_named_and_the_best_are_as_far_apart_as_they_are(store, own, share):
    a = min(own) + share * float(np.ptp(own))
    store.change(data="own", own=own, number=a, order=a, chosen="SquaredError")
    mean = line_of(store).outcomes.mean
    found = re.search(f"name {NUMBER}\\..* more than the best, {NUMBER}\\.", told(store))
    if found:
        assert read(found[1]) - read(found[2]) == pytest.approx(a - mean, rel=0.02)
    else:
        assert a == pytest.approx(mean, abs=1e-6 * (np.ptp(own) or 1.0))
    said = told(store, "newsvendor-words")
    order = read(re.search(rf"You order {NUMBER}\*", said)[1])
    assert order - read(re.search(f"mean demand, {NUMBER},", said)[1]) == pytest.approx(
        a - mean, rel=0.02, abs=1e-6 * (np.ptp(own) or 1.0)
    )


@every_near
def test_differences_that_are_written_out_come_to_what_they_are(own):
    for a in (*own, 0.3 * own[0] + 0.7 * own[-1]):
        for y in own:
            text = script.difference(a, y).replace(r" \cdot 10^{", "e").replace("}", "")
            first, second = text.replace("(", "").replace(")", "").split(" - ")
            unit = 10.0 ** np.floor(np.log10(abs(a - y))) / 1000 if a != y else 0.0
            off = abs(float(first) - float(second) - (a - y))
            assert off <= 0.11 * unit + 2 * np.spacing(abs(a)), text


@pytest.mark.parametrize("size", [1e-10, 1e-4, 1.0, 1e7])
@pytest.mark.parametrize("share", [-0.5, 0.3, 1.5])
def test_what_is_said_of_the_way_does_not_depend_on_the_units(store, size, share):
    values = np.array([1.0, 2.0, 5.0])
    said = {}
    for unit in (size, 1.0):
        store.change(data="own", own=tuple((unit * values).tolist()), number=unit * (1 + 4 * share))
        said[unit] = re.search(r"a (little \w+|step either way)", told(store))[1]
    assert said[size] == said[1.0] == ("little more" if share < 0.4 else "little less")


def test_far_off_a_slight_slope_still_shows_the_way(store):
    store.change(
        data="own", own=(1.0, 2.0, 5.0), compared=("Cauchy",), chosen="Cauchy", number=1e30
    )
    assert "a little less would cost less" in told(store)


@pytest.mark.parametrize(
    "own", [(-1.0, -2.0, 3.0), (0.1, 0.2, -0.3), (-4.0, 4.0), (-0.7, 0.0, 0.7)]
)
def test_a_rounding_is_not_told_as_a_number(store, own):
    store.change(data="own", own=own, compared=("SquaredError", "LogCosh", "Huber", "LargestMiss"))
    assert "mean demand, 0," in told(store, "newsvendor-words")
    notes = {one.name: one.note for one in stage.pictures(store)["outcomes"].legend}
    assert notes["Squared error"] == "0"
    assert all("⁻" not in note for note in notes.values())


@pytest.mark.parametrize(
    "prices",
    [
        {"miss": 0.0},
        {"miss": 0.0, "alarm": 0.3},
        {"alarm": 0.0},
        {"miss": 0.0, "alarm": 0.1, "gain": 0.3},
    ],
)
@pytest.mark.parametrize(
    "cases", [Edits(), Edits().add((0.25, 0.0), 1), Edits().add((0.7, 0.0), 0)]
)
def test_no_cost_of_cases_is_told_as_a_rounding(store, prices, cases):
    for threshold in (0.0, 0.5, 1.0):
        store.change(prices=(Prices(**prices),), cases=cases, threshold=threshold)
        assert not re.search("10⁻[1-9¹²]", told(store, "threshold-words").replace("10⁻⁴", ""))


def test_one_alone_is_not_told_as_many(store):
    store.change(data="own", own=(3.0,),
                 cases=Edits(removed=tuple(i for i in range(14) if i != 3)), case=0)  # fmt: skip
    pictures = stage.pictures(store)
    said = " ".join(
        item.alt if isinstance(item, Figure) else " ".join(item.lines) for item in pictures.values()
    )
    assert not re.search(r"(?<![\d.])1 (cases|outcomes|days|hits|misses|false alarms)", said), said
    assert "As this 1 case came out" in said
    hand(store, "add", "cases", x=0.3, y=1.0)
    assert "As these 2 cases came out" in told(store, "threshold-words")


@pytest.mark.parametrize("handle", [*(f"Newsvendor.{name}" for name in parameters(Newsvendor))])
def test_prices_push_no_further_than_the_others_allow(store, handle):
    for value in (-50.0, 0.8, 2.0, 99.0):
        hand(store, "move", handle, value=value)
        shop = store.now.shop
        assert shop.salvage < shop.cost < shop.price
        healthy_words(store)


def test_dragging_the_ratio_sets_the_cost_of_a_unit(store):
    hand(store, "move", "ratio", value=0.25)
    assert store.now.shop.ratio == pytest.approx(0.25)
    assert store.now.shop.price == Newsvendor().price
    for value in (0.0, 1.0, 7.0):
        hand(store, "move", "ratio", value=value)
        assert 0 < store.now.shop.ratio < 1


def test_prices_of_decisions_turn_but_never_to_nothing(store):
    hand(store, "move", "Prices.gain", value=3.0)
    assert store.now.price == Prices(gain=3.0)
    hand(store, "move", "Prices.gain", value=0.0)
    hand(store, "move", "Prices.miss", value=0.0)
    hand(store, "move", "Prices.alarm", value=0.0)
    assert store.now.price == Prices(miss=0.0)


@pytest.mark.parametrize("shift", [-1.5, 0.0, 2.0])
def test_a_case_lies_where_its_report_is_dropped(store, shift):
    store.change(shift=shift)
    hand(store, "move", "cases", index=3, x=0.4, y=0.0)
    cases = cases_of(store.now)
    assert cases.reported[3] == pytest.approx(0.4, rel=1e-12)
    assert cases.truth[3] == pytest.approx(float(shifted(0.4, -shift)), rel=1e-12)
    for x in (-3.0, 4.0):
        hand(store, "move", "cases", index=3, x=x)
        assert cases_of(store.now).reported[3] == min(max(x, 0.0), 1.0)


def test_cases_are_flipped_added_to_a_row_and_taken_away(store):
    before = cases_of(store.now).label
    hand(store, "flip", "cases", index=2)
    assert cases_of(store.now).label[2] == 1 - before[2]
    hand(store, "add", "cases", x=0.3, y=0.9)
    hand(store, "add", "cases", x=0.3, y=0.1)
    assert cases_of(store.now).label[-2:].tolist() == [1, 0]
    assert cases_of(store.now).reported[-1] == pytest.approx(0.3)
    for _ in range(30):
        hand(store, "remove", "cases", index=0)
    assert len(cases_of(store.now).truth) == 1
    healthy_words(store)


def test_the_shift_moves_the_reports_and_leaves_the_truth(store):
    truth = cases_of(store.now).truth
    hand(store, "move", "shift", value=1.0)
    cases = cases_of(store.now)
    np.testing.assert_array_equal(cases.truth, truth)
    np.testing.assert_allclose(cases.reported, shifted(truth, 1.0))
    assert "But the reports are off: their log-odds are 1 too high" in told(
        store, "threshold-words"
    )
    hand(store, "move", "shift", value=-1.0)
    assert "1 too low" in told(store, "threshold-words")


def test_a_threshold_is_a_probability(store):
    for value in (-0.5, 1.5):
        hand(store, "move", "threshold", value=value)
        assert store.now.threshold == min(max(value, 0.0), 1.0)


def test_counts_follow_the_threshold(store):
    hand(store, "move", "threshold", value=0.9)
    assert "you act on 1 of 14: 1 hit, 0 false alarms, 5 misses, 8 rightly" in told(
        store, "threshold-words"
    )
    store.change(labelled=False)
    assert "Expected cost per case" in told(store, "threshold-words")
    assert "came out" not in told(store, "threshold-words")


def test_a_dragged_score_moves_one_loss_and_the_cost_by_a_sixth(store):
    before = store.now.scored
    hand(store, "move", "scores", index=5, x=-0.5, y=2.0)
    after = store.now.scored
    assert store.now.row == 5
    assert after.scores[5] == -0.5
    change = after.losses[5] - before.losses[5]
    assert after.cost - before.cost == pytest.approx(change / 6)
    assert after.counts.accuracy > before.counts.accuracy
    hand(store, "move", "scores", index=5, x=99.0)
    assert store.now.scores[5] == page.SCORE_REACH


@pytest.mark.parametrize(
    ("scores", "row", "said"),
    [((2.2, 0.7, -0.4, -1.9, -0.8, 1.1), 2, "the accuracy stays, for the threshold is 0.4 away"),
     ((2.2, 0.7, -0.05, -1.9, -0.8, 1.1), 2, "the accuracy jumps by 0.167: it crosses"),
     ((2.2, 0.7, -0.4, -1.9, -0.8, 0.05), 5, "the accuracy jumps by 0.167: it crosses")],
)  # fmt: skip
def test_a_step_of_one_score_is_told_for_all_three_words(store, scores, row, said):
    store.change(scores=scores, row=row)
    assert said in told(store, "three-words-words")
    assert "1/6 of that" in told(store, "three-words-words")


def test_a_loss_that_stays_is_said_to_stay(store):
    store.change(judge="Hinge", scores=(3.0, 0.7, -0.4, -1.9, -0.8, 1.1), row=0)
    assert "its loss stays, so the cost does too;" in told(store, "three-words-words")


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize("score", [-20.0, -0.3, 0.0, 3.0, 19.5])
def test_what_a_step_does_to_an_objective_with_a_penalty_is_told(store, judge, score):
    store.change(judge=judge, scores=(score, 0.7, -0.4, -1.9, -0.8, 1.1), row=0, strength=0.5)
    change = nudged(store.now.scored, 0, 0.1).objective
    said = told(store, "three-words-words")
    assert f"the objective changes by {number(change)}" in said or (
        f"and the objective by {number(change)}" in said
    )
    store.change(strength=0.0)
    assert "objective" not in told(store, "three-words-words")


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize("cut", [-1.0, 0.0, 1.0])
def test_a_score_of_0_that_only_the_zero_one_loss_calls_wrong_is_explained(store, judge, cut):
    store.change(judge=judge, cut=cut, scores=(0.0, 0.7, 2.0, -1.9, 0.0, 1.1))
    said = told(store, "three-words-words")
    example = {-1.0: "Example 1:", 0.0: "Example 5:", 1.0: "Example 5:"}[cut]
    assert (f"{example} at a score of 0" in said) == (judge == "ZeroOne")
    store.change(scores=(0.1, 0.7, 2.0, -1.9, -0.1, 1.1))
    assert "at a score of 0" not in told(store, "three-words-words")


@pytest.mark.parametrize(
    "event",
    [("move", "shift", {"value": 99.0}), ("move", "cut", {"value": 99.0}),
     ("move", "strength", {"value": -1.0}), ("move", "outcomes", {"index": 99, "x": 1.0}),
     ("move", "cases", {"index": 99, "x": 0.5}), ("move", "scores", {"index": 9, "x": 0.5}),
     ("move", "number", {}), ("move", "order", {}), ("move", "threshold", {}),
     ("move", "ratio", {}),
     ("move", "Newsvendor.name", {"value": 1.0}), ("move", "Newsvendor.other", {"value": 1.0}),
     ("move", "Newsvendor.price", {}), ("move", "Prices.name", {"value": 1.0}),
     ("move", "Prices.other", {"value": 1.0}), ("move", "Prices.miss", {"value": -1.0}),
     ("move", "number", {"value": 1e60}), ("add", "outcomes", {"y": 0.0}), ("move", "nothing", {}),
     ("flip", "outcomes", {"index": 1}), ("add", "scores", {"x": 1.0, "y": 1.0})],
    ids=str,
)  # fmt: skip
def test_events_that_mean_nothing_change_nothing(store, event):
    kind, handle, more = event
    before = store.now
    hand(store, kind, handle, **more)
    assert store.now == before


def test_other_data_start_afresh(store):
    hand(store, "move", "outcomes", index=3, x=9.0)
    hand(store, "move", "number", value=3.0)
    hand(store, "move", "order", value=3.0)
    page.new_data(store)
    assert store.now == DecisionsState()
    assert not store.past
    assert "You moved" not in told(store)


DRAGS = (
    ("outcomes", {"index": 3, "x": 9.0}), ("cases", {"index": 3, "x": 0.9}),
    ("scores", {"index": 3, "x": 0.9}), ("number", {"value": 3.0}), ("order", {"value": 3.0}),
    ("threshold", {"value": 0.1}), ("shift", {"value": 1.0}), ("cut", {"value": 1.0}),
    ("ratio", {"value": 0.3}),
)  # fmt: skip


def test_reset_puts_back_what_was_dragged_and_leaves_the_knobs(store):
    hand(store, "move", "Huber.delta", value=2.0)
    for handle, more in DRAGS:
        hand(store, "move", handle, **more)
    HANDS.reset(store)
    assert store.now == DecisionsState(losses=store.now.losses)
    assert store.now.loss("Huber").delta == 2.0


@pytest.mark.parametrize(("handle", "more"), DRAGS)
def test_whatever_was_dragged_can_be_reset_once(store, handle, more):
    assert HANDS.is_reset(store)
    hand(store, "move", handle, **more)
    assert not HANDS.is_reset(store)
    HANDS.reset(store)
    assert HANDS.is_reset(store)
    assert store.now == DecisionsState()
    steps = len(store.past)
    HANDS.reset(store)
    assert len(store.past) == steps
    hand(store, "undo")
    assert store.now != DecisionsState()


def test_every_handle_of_the_pictures_can_be_reset():
    handles = {
        handle.id
        for item in stage.pictures(Store(DecisionsState(), DecisionsState())).values()
        for handle in getattr(item, "handles", ())
    }
    assert handles <= {name for name, _ in DRAGS}


@pytest.mark.parametrize("index", [1, 4])
def test_to_choose_is_not_to_drag(store, index):
    for handle in ("outcomes", "cases", "scores"):
        hand(store, "select", handle, index=index)
    assert HANDS.is_reset(store)


def test_the_button_that_resets_is_live_only_where_something_was_dragged():
    def button(**query):
        return next(b for b in opened(v="1", **query).button if b.label.startswith("Reset what"))

    assert button().disabled
    assert button(strength="1").disabled
    assert not button(number="3").disabled
    assert not button(shops="Newsvendor_cost_2").disabled


@pytest.mark.parametrize(
    ("handle", "value", "said"),
    [("Newsvendor.cost", 3.0, "A unit must cost at least 0.01 less than it sells for"),
     ("Newsvendor.cost", 99.0, "the cost is 2.99"), ("Newsvendor.cost", -9.0, "the cost is 0.51"),
     ("Newsvendor.price", 0.5, "the price is 1.01"),
     ("Newsvendor.salvage", 1.0, "the salvage is 0.99"), ("ratio", 0.0, "the cost is 2.99"),
     ("ratio", 1.0, "the cost is 0.51")],
)  # fmt: skip
def test_a_price_that_the_others_hold_back_says_so_when_the_hand_lets_go(
    store, handle, value, said
):
    store.change(shops=(Newsvendor(3.0, 1.0, 0.5),))
    hand(store, "move", handle, phase="move", value=value)
    assert not store.notice
    hand(store, "move", handle, value=value)
    assert said in store.notice


@pytest.mark.parametrize("handle", [*(f"Newsvendor.{name}" for name in parameters(Newsvendor))])
def test_a_price_that_is_taken_as_it_is_says_nothing(store, handle):
    field = handle.partition(".")[2]
    hand(store, "move", handle, value=getattr(store.now.shop, field) + 0.05)
    hand(store, "move", "ratio", value=0.4)
    assert not store.notice


@pytest.mark.parametrize("last", ["miss", "alarm", "gain"])
def test_the_last_price_above_0_says_why_it_stays(store, last):
    store.change(prices=(Prices(1.0, 2.0, 3.0),))
    for field in ("miss", "alarm", "gain"):
        if field != last:
            hand(store, "move", f"Prices.{field}", value=0.0)
    assert not store.notice
    before = store.now
    hand(store, "move", f"Prices.{last}", value=0.0)
    assert store.now == before
    assert f"stays at {number(getattr(before.price, last))}" in store.notice


def test_axes_follow_a_hand_that_lets_go_where_it_cannot_stay(store):
    store.change(prices=(Prices(1.0, 0.0, 0.0),))
    before = stage.pictures(store)["threshold"].layout["yaxis2"]["range"]
    hand(store, "move", "Prices.miss", phase="move", value=0.1)
    assert stage.pictures(store)["threshold"].layout["yaxis2"]["range"] == before
    hand(store, "move", "Prices.miss", value=0.0)
    assert store.now.price.miss == 0.1
    after = stage.pictures(store)["threshold"].layout["yaxis2"]["range"]
    assert after[1] < before[1]


def test_another_set_has_a_range_of_its_own_whatever_is_held(store):
    stage.pictures(store)
    hand(store, "move", "outcomes", phase="move", index=2, x=8.0)
    held = stage.pictures(store)["outcomes"].layout
    store.change(data="shoes", points=Edits(), selected=None)
    moved = stage.pictures(store)["outcomes"].layout
    rest = stage.pictures(Store(store.now, DecisionsState()))["outcomes"].layout
    assert moved["xaxis"]["range"] == rest["xaxis"]["range"] != held["xaxis"]["range"]
    assert moved["yaxis"]["range"] == rest["yaxis"]["range"] != held["yaxis"]["range"]


def test_pictures_that_a_hand_leaves_alone_are_the_same_as_before(store):
    rest = stage.pictures(store)
    hand(store, "move", "scores", phase="move", index=2, x=1.0)
    moving = stage.pictures(store)
    for key in ("outcomes", "slope", "newsvendor", "threshold"):
        assert moving[key] is rest[key]
    assert moving["three-words"] is not rest["three-words"]
    hand(store, "move", "scores", index=2, x=1.0)
    rest = stage.pictures(store)
    hand(store, "move", "outcomes", phase="move", index=2, x=1.0)
    moving = stage.pictures(store)
    assert moving["threshold"] is rest["threshold"]
    assert moving["three-words"] is rest["three-words"]
    assert moving["newsvendor"] is not rest["newsvendor"]


def test_kept_pictures_are_those_that_would_be_made_anew(store):
    steps = [
        ("move", "outcomes", {"index": 2, "x": 8.0}), ("move", "Quantile.tau", {"value": 0.3}),
        ("move", "number", {"value": 5.0}), ("move", "order", {"value": 5.0}),
        ("move", "ratio", {"value": 0.4}), ("move", "Newsvendor.price", {"value": 7.0}),
        ("move", "cases", {"index": 1, "x": 0.5}), ("flip", "cases", {"index": 1}),
        ("move", "threshold", {"value": 0.2}), ("move", "Prices.miss", {"value": 2.0}),
        ("move", "shift", {"value": 1.0}), ("move", "scores", {"index": 1, "x": -1.0}),
        ("select", "scores", {"index": 4}), ("select", "cases", {"index": 4}),
        ("select", "outcomes", {"index": 4}), ("move", "cut", {"value": 0.5}),
        ("move", "strength", {"value": 0.5}), ("remove", "outcomes", {"index": 4}),
        ("undo", "", {}),
    ]  # fmt: skip
    stage.pictures(store)
    for kind, handle, more in steps:
        hand(store, kind, handle, **more)
        kept = stage.pictures(store)
        fresh = stage.pictures(Store(store.now, DecisionsState()))
        for key, item in fresh.items():
            if isinstance(item, Figure):
                assert kept[key].alt == item.alt, (handle, key)
                assert kept[key].handles == item.handles, (handle, key)
                assert kept[key].legend == item.legend, (handle, key)
                assert repr(kept[key].data) == repr(item.data), (handle, key)
            elif key != "best-words":
                assert kept[key] == item, (handle, key)


def test_typed_outcomes_are_moved_added_and_taken_away(store):
    size = len(line_of(store).values)
    change = {
        "edited_rows": {"1": {"outcome": 9.5}, "2": {"outcome": None}, "3": {"outcome": 1e60}},
        "added_rows": [{"outcome": 12.0}, {}],
        "deleted_rows": [0],
    }
    explained._typed_outcomes(store, change)
    values = line_of(store).values
    before = outcome_sets()["bakery"].values
    assert values.tolist() == [9.5, *before[2:].tolist(), 12.0]
    explained._typed_outcomes(
        store, {"edited_rows": {}, "added_rows": [], "deleted_rows": list(range(size))}
    )
    assert len(line_of(store).values) == 1
    hand(store, "undo")
    hand(store, "undo")
    assert line_of(store).values.tolist() == before.tolist()


def test_typed_outcomes_stop_where_no_more_fit(store):
    rows_ = [{"outcome": float(i)} for i in range(300)]
    explained._typed_outcomes(store, {"edited_rows": {}, "added_rows": rows_, "deleted_rows": []})
    assert len(line_of(store).values) == MOST


def test_typed_scores_are_taken_within_reach(store):
    explained._typed_scores(store, {"edited_rows": {"4": {"score": -99.0}}})
    assert (store.now.scores[4], store.now.row) == (-page.SCORE_REACH, 4)
    before = store.now
    explained._typed_scores(store, {"edited_rows": {"3": {"score": None}}})
    assert store.now is before


# Words -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("data", outcome_sets())
def test_the_way_that_is_said_to_cost_less_costs_less(store, data, name):
    store.change(data=data, compared=(name,), chosen=name)
    loss, outcomes = store.now.loss(name), line_of(store).outcomes
    values = outcomes.values
    for a in (values[0] - 0.3, *values[::3].tolist(), values.mean(), values[-1] + 0.3,
              best(loss, outcomes).valleys[0].middle):  # fmt: skip
        store.change(number=float(a))
        said = told(store)
        here = float(expected(loss, outcomes, a))
        below, above = (float(expected(loss, outcomes, a + s)) for s in (-1e-5, 1e-5))
        if "a little less would cost less" in said:
            assert below < here
        elif "a little more would cost less" in said:
            assert above < here
        elif "a step either way costs no less" in said:
            assert min(below, above) >= here - 1e-9
        elif "this is no low place" in said:
            assert min(below, above) <= here
        else:
            assert "jumps" in said
            assert isinstance(loss, Window)
        if "no number costs less" in said:
            assert here == pytest.approx(best(loss, outcomes).value)
        else:
            more = number(here - best(loss, outcomes).value)
            assert f", {more} more than the best" in said


@pytest.mark.parametrize("name", ["Cauchy", "Tukey"])
def test_a_hilltop_is_not_called_a_low_place(store, name):
    store.change(data="own", own=(0.0, 10.0), compared=(name,), chosen=name, number=5.0)
    assert "this is no low place" in told(store)
    store.change(number=best(store.now.loss(name), line_of(store).outcomes).valleys[0].low)
    assert "a step either way costs no less" in told(store)


def test_worst_cases_are_not_called_averages(store):
    store.change(compared=("LargestMiss",), chosen="LargestMiss")
    assert "at worst" in told(store)
    assert "on average" not in told(store)
    assert isinstance(store.now.loss("LargestMiss"), LargestMiss)


def test_intervals_ties_and_other_low_places_are_told(store):
    store.change(compared=("Quantile",), chosen="Quantile")
    assert "Every number of the interval is as good." in told(store)
    store.change(data="camps", compared=("Cauchy",), chosen="Cauchy")
    assert "The curve has 1 more low place" in told(store)
    store.change(data="own", own=(1.0, 2.0), compared=("Window",), chosen="Window",
                 losses=tuple(Window(0.0) if k is Window else k() for k in CRITERIA))  # fmt: skip
    assert "There are 2 equally good places." in told(store)
    store.change(own=(0.0, 100.0), compared=("LogCosh",), chosen="LogCosh")
    assert "float64 cannot tell it from its neighbours" in told(store)


def test_the_newsvendors_sentences_are_its_numbers(store):
    store.change(order=12.0)
    said, shop, demand = told(store, "newsvendor-words"), store.now.shop, line_of(store).outcomes
    assert f"= {number(shop.ratio)}**" in said
    assert f"which loses {number(float(shop.expected_cost(12.0, demand)))} on average" in said
    assert f", {number(shop.regret(12.0, demand))} more than the best order" in said
    assert f", {number(shop.regret(demand.mean, demand))} more than the best order" in said
    off = float(re.search(r"differ by ([\d.]+)×10⁻", said)[1])
    assert off < 10
    store.change(order=shop.best_order(demand).middle)
    assert "no order loses less" in told(store, "newsvendor-words")


def test_a_demand_below_0_is_read_as_returns(store):
    store.change(data="own", own=(-3.0, 5.0))
    assert "1 outcome is below 0" in told(store, "newsvendor-words")
    store.change(own=(-3.0, -5.0, 5.0))
    assert "2 outcomes are below 0" in told(store, "newsvendor-words")
    store.change(own=(0.0, 5.0))
    assert "below 0" not in told(store, "newsvendor-words")


@pytest.mark.parametrize("shift", [0.0, 0.8, -2.0])
def test_what_is_said_of_thresholds_is_true_of_the_risks(store, shift):
    store.change(shift=shift)
    said = told(store, "threshold-words")
    _, true, realised = stage.risks_of(store.now)
    formula = store.now.price.threshold
    assert number(true.at(formula)) in said
    assert f"no threshold cost less than {number(realised.value)} per case" in said
    for start, end in realised.lowest[:3]:
        assert f"from {number(start)} to just below {number(end)}" in said or end == 1.0
    if shift == 0:
        assert true.at(formula) == pytest.approx(true.value)
    else:
        right = float(shifted(formula, shift))
        assert f"the right threshold is {number(right)}" in said
        assert true.at(right) == pytest.approx(true.value)


# The arithmetic, and what is taken along ---------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_arithmetic_adds_up_to_the_cost_on_the_screen(store, name):
    store.change(compared=(name,), chosen=name, number=6.0)
    loss, line = store.now.loss(name), line_of(store)
    cost = float(expected(loss, line.outcomes, 6.0))
    lines = script.cost_lines(loss, line.values, 6.0, cost)
    assert loss.formula in (script.cost_formula(loss) + "".join(script.loss_lines(loss)))
    if isinstance(loss, LargestMiss):
        assert lines == [r"\max\bigl(|6 - 2.4|,\ |6 - 15|\bigr) = 9"]
        return
    assert len(lines) == 4
    assert lines[0].startswith("r_{1} = 6 - 2.4 = 3.6")
    if not isinstance(loss, Window):
        assert loss.worked(6.0 - 2.4) in lines[0]
    mean = np.mean([float(expected(loss, Outcomes.of([y]), 6.0)) for y in line.values])
    assert cost == pytest.approx(mean)


def rows(text):
    header, *told = csv.reader(io.StringIO(text))
    return header, told


def test_files_hold_what_is_on_the_screen(store):
    store.change(data="camps", compared=("Cauchy", "Window"), points=Edits().add((7.0, 0.0)))
    header, told_rows = rows(script.outcomes_csv(store))
    assert header == ["Minutes to work (tens)"]
    assert [float(one) for (one,) in told_rows] == line_of(store).values.tolist()
    _, told_rows = rows(script.best_csv(store))
    found = best(store.now.loss("Cauchy"), line_of(store).outcomes).valleys
    assert [row[0] for row in told_rows].count("Cauchy") == len(found)
    assert float(told_rows[0][1]) == found[0].low
    header, told_rows = rows(script.costs_csv(store))
    assert header == ["number", "Cauchy", "Hit or miss", "Newsvendor"]
    numbers = np.array(told_rows, dtype=float)
    np.testing.assert_allclose(
        numbers[:, 1], expected(store.now.loss("Cauchy"), line_of(store).outcomes, numbers[:, 0])
    )
    np.testing.assert_allclose(
        numbers[:, 3], store.now.shop.expected_cost(numbers[:, 0], line_of(store).outcomes)
    )
    header, told_rows = rows(script.risks_csv(store))
    assert header == ["threshold from", "as reported", "truly", "as it came out"]
    assert len(told_rows) == len(stage.risks_of(store.now)[0].edges)
    store.change(labelled=False)
    assert rows(script.risks_csv(store))[0] == ["threshold from", "as reported", "truly"]
    header, told_rows = rows(script.examples_csv(store))
    assert header == ["label", "score", "loss"]
    assert [float(row[2]) for row in told_rows] == store.now.scored.losses.tolist()


SCREENS = (
    {},
    {"data": "camps", "compared": NAMES, "number": 5.0, "order": 3.0, "strength": 0.4,
     "judge": "Hinge", "shift": 1.0, "prices": (Prices(2.0, 1.0, 0.5),)},
    {"data": "shoes", "compared": NAMES, "judge": "ZeroOne", "cut": 0.9,
     "losses": tuple(Window(0.0) if kind is Window else kind() for kind in CRITERIA)},
    {"data": "own", "own": (7.5,), "compared": NAMES, "judge": "SquaredHinge"},
)  # fmt: skip


@pytest.mark.parametrize("screen", SCREENS, ids=lambda one: one.get("data", "bakery"))
def test_the_script_makes_the_numbers_of_the_page_again(screen, tmp_path):
    store = Store(DecisionsState(**screen), DecisionsState())
    file = tmp_path / "decisions.py"
    file.write_text(script.script(store), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    said = dict(line.split(": ", 1) for line in done.stdout.strip().splitlines() if ": " in line)
    outcomes, state = line_of(store).outcomes, store.now
    for loss in state.lines:
        found = best(loss, outcomes)
        place, cost = (float(one) for one in said[loss.name].split(" costs "))
        assert cost == pytest.approx(found.value, rel=1e-7, abs=1e-9), loss
        assert any(v.low - 1e-5 <= place <= v.high + 1e-5 for v in found.lowest), loss
    order = state.shop.best_order(outcomes)
    ratio, bests, cost = re.match(r"(\S+), best order: (\S+) loses (\S+)", said["Ratio"]).groups()
    assert float(ratio) == pytest.approx(state.shop.ratio)
    assert float(bests) == pytest.approx(order.low)
    assert float(cost) == pytest.approx(order.value)
    _, true, realised = stage.risks_of(state)
    at, risk = said["Threshold asked for"].split(", true risk there: ")
    assert float(at) == pytest.approx(state.price.threshold)
    assert float(risk) == pytest.approx(true.at(state.price.threshold))
    here = said[next(key for key in said if key.startswith("Threshold 0"))]
    assert f"came out {realised.at(state.threshold):.12g}" in here
    scored = state.scored
    assert said["Cost"] == (
        f"{scored.cost:.12g}, objective: {scored.objective:.12g}, "
        f"accuracy: {scored.counts.accuracy:.12g}"
    )


def test_the_link_says_when_it_does_not_carry_the_changes():
    many = Edits(added=tuple((float(i), 0.0) for i in range(120)))
    assert "none of those changes" in link_sentence(DecisionsState(points=many))
    assert "this very screen" in link_sentence(DecisionsState())
    assert "points" not in link.write(DecisionsState(points=many))


def test_a_drag_takes_a_few_milliseconds_at_most(store):
    """Not a benchmark: only that nothing grows out of hand."""
    stage.pictures(store)
    store.change(data="own", own=tuple(np.linspace(0, 30, MOST).tolist()), compared=NAMES)
    for step in range(3):
        hand(store, "move", "outcomes", phase="move", index=0, x=float(step))
        drawn = stage.pictures(store)
    assert all(math.isfinite(float(np.nanmax(t["x"]))) for t in drawn["outcomes"].data)
    assert len(RESIDUAL_LOSSES) + 2 == len(NAMES)
