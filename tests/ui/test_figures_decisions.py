"""Pictures of decisions by their records: what is drawn is what the core says."""

import itertools

import numpy as np
import plotly.graph_objects as go
import pytest

from core.decisions.best_number import Window, best, expected, slopes
from core.decisions.newsvendor import Newsvendor
from core.decisions.outcomes import Outcomes, outcome_sets
from core.decisions.thresholds import Prices
from core.losses.residual import RESIDUAL_LOSSES
from pages.ui.decisions import stage
from pages.ui.decisions.state import CRITERIA, NAMES, DecisionsState, cases_of, line_of, span_of
from pages.ui.edits import Edits
from pages.ui.figures.figure import Figure, LineHandle, PointsHandle
from pages.ui.figures.outcomes import (
    _OWN_LOOKS,
    Here,
    answer_words,
    look_of,
    slope_words,
    stacked,
)
from pages.ui.figures.parts import finer, number, number_among
from pages.ui.payload import pack, unpack
from pages.ui.session import Store
from pages.ui.theme import contrast, look

FIGURES = ("outcomes", "slope", "newsvendor", "threshold", "three-words")
every_set = pytest.mark.parametrize("data", outcome_sets())


def screen(**state) -> Store[DecisionsState]:
    return Store(DecisionsState(**state), DecisionsState())


def drawn(**state):
    return stage.pictures(screen(**state))


def trace(figure, name):
    return next(one for one in figure.data if one.get("name") == name)


@every_set
def test_plotly_accepts_every_figure_and_it_travels(data):
    items = drawn(data=data, compared=NAMES, labelled=False, shift=1.0)
    for item in items.values():
        if isinstance(item, Figure):
            go.Figure({"data": item.data, "layout": item.layout})
            assert item.title
            assert "nan" not in item.alt
    header, arrays = unpack(pack(items, ack=1, scale=1.0))
    assert len(header["items"]) == len(items)
    assert sum(array.nbytes for array in arrays) < 250_000


def test_every_picture_has_words_beside_it_and_a_handle_in_it():
    items = drawn()
    assert tuple(key for key, one in items.items() if isinstance(one, Figure)) == FIGURES
    for key in FIGURES:
        assert items[key].handles
        for handle in items[key].handles:
            assert handle.label
            if isinstance(handle, PointsHandle):
                assert handle.along == "x"
                assert handle.nudge[0] > 0
                assert 0 <= handle.selected < len(items[key].data[handle.trace]["x"])
            if isinstance(handle, LineHandle):
                assert handle.low <= handle.value <= handle.high


def test_what_is_not_of_the_library_looks_unlike_all_that_is():
    others = [look(kind) for kind in RESIDUAL_LOSSES] + list(_OWN_LOOKS.values())
    for name in ("color", "dash", "symbol"):
        values = [getattr(one, name) for one in others]
        assert len(set(values)) == len(values), name
    for one in _OWN_LOOKS.values():
        assert min(contrast(one.color, "#ffffff"), contrast(one.color, "#0e1117")) >= 3


# The number line ---------------------------------------------------------------------------------


def test_dots_lie_at_the_outcomes_in_their_own_order():
    edits = Edits().move(15, 14, (3.3, 0.0)).add((9.0, 0.0))
    figure = drawn(points=edits)["outcomes"]
    values = outcome_sets()["bakery"].values.tolist()
    assert figure.data[0]["x"].tolist() == [*values[:14], 3.3, 9.0]
    colors = figure.data[0]["marker"]["color"]
    assert len(set(colors[:14])) == 1
    assert colors[14] == colors[15] != colors[0]


def test_equal_outcomes_stand_on_each_other():
    told = stacked(np.array([5.0, 2.0, 5.0, 5.0, 9.0]), (0.0, 10.0))
    assert told.tolist() == [0, 0, 1, 2, 0]
    assert stacked(np.array([1.0, 1.1, 1.2]), (0.0, 10.0)).tolist() == [0, 1, 0]


def test_no_dot_leaves_the_picture_however_many_are_equal():
    figure = drawn(data="own", own=(4.0,) * 150)["outcomes"]
    low, high = figure.layout["yaxis"]["range"]
    y = figure.data[0]["y"]
    assert low < y.min() <= y.max() < high


@every_set
@pytest.mark.parametrize("name", NAMES)
def test_a_curve_runs_from_its_lowest_to_its_highest_and_its_marks_are_the_best_numbers(data, name):
    store = screen(data=data, compared=(name,), chosen=name)
    figure = stage.pictures(store)["outcomes"]
    loss = store.now.loss(name)
    outcomes = Outcomes.of(outcome_sets()[data].values)
    at = next(i for i, one in enumerate(figure.data) if one.get("name") == loss.name)
    curve, lows, bar, marks = figure.data[at : at + 4]
    costs = expected(loss, outcomes, curve["x"])
    found = best(loss, outcomes)
    np.testing.assert_allclose(
        curve["y"], (costs - found.value) / (costs.max() - found.value), atol=1e-12
    )
    assert curve["y"].min() >= -1e-12
    assert curve["y"].max() == pytest.approx(1.0)
    np.testing.assert_array_equal(lows["x"], [one.middle for one in found.valleys])
    np.testing.assert_array_equal(marks["x"], [one.middle for one in found.lowest])
    ends = np.array([[one.low, one.high] for one in found.lowest])
    np.testing.assert_array_equal(bar["x"].reshape(-1, 3)[:, :2], ends)
    assert figure.legend[0].note.startswith(answer_words(found, outcomes.spread))


@pytest.mark.parametrize("half", [0.0, 0.5, 2.0])
def test_a_cost_that_jumps_is_drawn_upright_and_reaches_its_lowest(half):
    window = Window(half)
    losses = tuple(window if kind is Window else kind() for kind in CRITERIA)
    figure = drawn(compared=("Window",), chosen="Window", losses=losses, data="shoes")["outcomes"]
    curve = trace(figure, "Hit or miss")
    assert curve["y"].min() == 0.0
    assert (np.diff(curve["x"]) >= 0).all()
    jumps = np.flatnonzero(np.diff(curve["y"]))
    assert (np.diff(curve["x"])[jumps] <= 2e-9 * np.ptp(curve["x"])).all()


def test_every_loss_has_a_row_of_its_own():
    figure = drawn(compared=NAMES)["outcomes"]
    rows = [one["y"][0] for one in figure.data if one.get("yaxis") == "y3" and
            one["mode"] == "markers"]  # fmt: skip
    assert rows == list(range(len(NAMES)))[::-1]
    low, high = figure.layout["yaxis3"]["range"]
    assert low < min(rows) <= max(rows) < high


def test_the_legend_tells_the_knobs_and_the_answer():
    told = {one.name: one.note for one in drawn()["outcomes"].legend}
    assert told["Quantile, τ = 0.8"] == "7.5 to 9.2"
    assert told["Squared error"] == "6.073"
    assert told["Absolute error"] == "4.9"
    several = drawn(data="camps", compared=("Cauchy",), chosen="Cauchy")["outcomes"].legend[0]
    assert several.note == "3.081, and 1 more low place"


@pytest.mark.parametrize(
    ("value", "spread", "text"),
    [(10023.5, 2.0, "10023.5"), (6.07333, 1.6, "6.073"), (1e9 + 0.25, 0.3, "1000000000.25"),
     (1.00002e30, 1e25, "1.00002×10³⁰"), (-10023.5, 2.0, "−10023.5"), (2e-17, 1.0, "0"),
     (1.0000123456e9, 1e4, "1.0000123×10⁹"), (10021.0, 0.0, "10021"), (0.0, 0.0, "0"),
     (123456.0, 100.0, "123456"), (123456.0, 1e5, "123500"), (3e-10, 1e-10, "3×10⁻¹⁰")],
)  # fmt: skip
def test_a_number_has_as_many_digits_as_tell_it_from_its_neighbours(value, spread, text):
    assert number_among(value, spread) == text


@pytest.mark.parametrize("spread", [1e-6, 0.02, 1.0, 1e7])
@pytest.mark.parametrize("value", [0.0, 1e-8, 0.5, 999.9999, 10023.5, 2e9])
def test_numbers_a_spread_apart_are_never_written_alike(value, spread):
    if spread > 1e-12 * value:
        fine = finer(spread, value, value + spread)
        assert number_among(value, fine) != number_among(value + spread, fine)
        assert finer(spread, value, value) == spread


def test_several_equally_good_numbers_are_all_told():
    store = screen(data="slip", compared=("Window",), losses=DecisionsState().losses)
    window = type(store.now.loss("Window"))
    for values, told in (
        ([1.0, 3.0], "1 or 3"),
        ([1.0, 2.0, 3.0, 4.0], "1, 2, 3, … (4 equally good)"),
    ):
        outcomes = Outcomes.of(values)
        assert answer_words(best(window(0.0), outcomes), outcomes.spread) == told


def test_the_picture_stays_put_while_an_outcome_moves():
    store = screen()
    rest = stage.pictures(store)["outcomes"]
    store.held = "outcomes"
    store.change(points=Edits().move(15, 14, (500.0, 0.0)))
    held = stage.pictures(store)["outcomes"]
    assert held.layout["xaxis"]["range"] == rest.layout["xaxis"]["range"]
    assert held.layout["yaxis"]["range"] == rest.layout["yaxis"]["range"]
    assert len(trace(held, "Squared error")["x"]) < len(trace(rest, "Squared error")["x"])
    store.held = ""
    after = stage.pictures(store)["outcomes"]
    assert after.layout["xaxis"]["range"][1] > 500.0


def test_the_dots_keep_their_size_while_one_is_put_on_a_stack():
    store = screen(data="shoes")
    rest = stage.pictures(store)["outcomes"].layout["yaxis"]["range"]
    store.held = "outcomes"
    store.change(points=Edits().move(20, 19, (7.0, 0.0)))
    assert stage.pictures(store)["outcomes"].layout["yaxis"]["range"] == rest
    store.held = ""
    assert stage.pictures(store)["outcomes"].layout["yaxis"]["range"][1] > rest[1]


@pytest.mark.parametrize(
    ("key", "axes", "held", "change"),
    [("newsvendor", ("yaxis2",), "Newsvendor.price", {"shops": (Newsvendor(99.0),)}),
     ("threshold", ("yaxis2",), "Prices.miss", {"prices": (Prices(99.0),)}),
     ("three-words", ("xaxis", "xaxis2"), "scores", {"scores": (-19.0, 0.0, 0.0, 0.0, 0.0, 0.0)})],
)  # fmt: skip
def test_axes_stay_put_while_a_hand_moves_and_follow_when_it_lets_go(key, axes, held, change):
    store = screen()
    rest = stage.pictures(store)[key].layout
    store.held = held
    store.change(**change)
    moving = stage.pictures(store)[key].layout
    store.held = ""
    after = stage.pictures(store)[key].layout
    for axis in axes:
        assert moving[axis]["range"] == rest[axis]["range"]
        assert after[axis]["range"][1] > rest[axis]["range"][1]


@every_set
def test_the_range_holds_every_outcome_and_room_to_drag_one_off(data):
    store = screen(data=data, number=-3.0, order=99.0)
    low, high = span_of(store)
    values = line_of(store).values
    assert low < min(values.min(), -3.0)
    assert high > max(values.max(), 99.0)


# One loss in its own units -----------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_slope_is_drawn_where_the_readers_number_is(name):
    store = screen(compared=(name,), chosen=name, number=4.9)
    figure = stage.pictures(store)["slope"]
    loss, outcomes = store.now.loss(name), line_of(store).outcomes
    cost = float(expected(loss, outcomes, 4.9))
    left, right = (float(one) for one in slopes(loss, outcomes, 4.9))
    x, y = figure.data[3]["x"], figure.data[3]["y"]
    assert (x[1], y[1]) == (4.9, cost)
    assert (y[1] - y[0]) / (x[1] - x[0]) == pytest.approx(left, abs=1e-9)
    assert (y[2] - y[1]) / (x[2] - x[1]) == pytest.approx(right, abs=1e-9)
    assert (figure.data[4]["x"][0], figure.data[4]["y"][0]) == (4.9, cost)
    np.testing.assert_allclose(figure.data[0]["y"], expected(loss, outcomes, figure.data[0]["x"]))


def test_both_slopes_of_a_kink_are_told():
    assert slope_words(Here(1.0, 2.0, -0.5, 0.25)) == "slope −0.5 on the left and 0.25 on the right"
    assert slope_words(Here(1.0, 2.0, 0.25, 0.25)) == "slope 0.25"


# Newsvendor --------------------------------------------------------------------------------------


@every_set
@pytest.mark.parametrize("shop", [Newsvendor(), Newsvendor(9.0, 8.9, -4.0)])
def test_the_newsvendors_curve_order_and_quantile_are_the_cores(data, shop):
    store = screen(data=data, shops=(shop,), order=7.0)
    figure = stage.pictures(store)["newsvendor"]
    demand = line_of(store).outcomes
    below, _, quantile, costs, _, best_dot, mean, here = figure.data
    np.testing.assert_allclose(costs["y"], shop.expected_cost(costs["x"], demand))
    found = shop.best_order(demand)
    assert best_dot["x"][0] == quantile["x"][0] == found.middle
    assert best_dot["y"][0] == pytest.approx(costs["y"].min())
    assert quantile["y"][0] == shop.ratio
    assert mean["x"][0] == demand.mean
    assert here["y"][0] == pytest.approx(float(shop.expected_cost(7.0, demand)))
    assert costs["y"].max() <= figure.layout["yaxis2"]["range"][1]
    assert below["y"][0] == 0.0
    assert (np.diff(below["y"]) >= 0).all()
    for x in np.unique(demand.values):
        top = below["y"][below["x"] == x].max()
        assert top == pytest.approx(demand.shares[demand.values <= x].sum())
    order, ratio = figure.handles
    assert (order.value, ratio.value, ratio.axis) == (7.0, shop.ratio, "y")


# Thresholds --------------------------------------------------------------------------------------


def test_risks_are_drawn_as_steps_and_told_at_the_threshold():
    store = screen(threshold=0.3, shift=0.7, prices=(Prices(3.0, 2.0, 1.0),))
    figure = stage.pictures(store)["threshold"]
    told = stage.risks_of(store.now)
    for k, steps in enumerate(told):
        curve, here = figure.data[1 + 2 * k], figure.data[2 + 2 * k]
        for a, b in itertools.pairwise(np.append(steps.edges, 1.0)):
            if b > a:
                level = np.interp((a + b) / 2, curve["x"], curve["y"])
                assert level == pytest.approx(steps.at((a + b) / 2))
        assert curve["x"][0] == 0.0
        assert curve["x"][-1] == 1.0
        assert (here["x"][0], here["y"][0]) == (0.3, steps.at(0.3))
        assert figure.legend[k].note == number(steps.at(0.3))
    low, high = figure.layout["yaxis2"]["range"]
    assert low < min(s.levels.min() for s in told)
    assert high > max(s.levels.max() for s in told)
    assert figure.data[-1]["x"].tolist() == [Prices(3.0, 2.0, 1.0).threshold] * 2


def test_cases_are_filled_where_one_acts_and_stand_in_the_row_of_what_came_true():
    store = screen(threshold=0.5, shift=1.0)
    dots = stage.pictures(store)["threshold"].data[0]
    cases = cases_of(store.now)
    np.testing.assert_array_equal(dots["x"], cases.reported)
    for symbol, p in zip(dots["marker"]["symbol"], cases.reported, strict=True):
        assert symbol.endswith("-open") == (p <= 0.5)
    assert ((dots["y"] >= cases.label) & (dots["y"] < cases.label + 0.5)).all()


def test_probabilities_alone_have_one_row_and_no_realised_cost():
    figure = drawn(labelled=False)["threshold"]
    assert len(figure.legend) == 3
    assert ((figure.data[0]["y"] >= 0.5) & (figure.data[0]["y"] < 1.0)).all()
    assert len(set(figure.data[0]["marker"]["color"])) == 1
    assert not figure.handles[0].flip


@pytest.mark.parametrize("shift", [-1.0, 0.0, 0.5])
def test_two_risks_that_are_one_line_are_said_to_be(shift):
    names = [one.name for one in drawn(shift=shift)["threshold"].legend]
    assert ("cost as the reports have it, the same as truly" in names) == (shift == 0)
    assert "cost truly" in names


# Loss, cost, metric ------------------------------------------------------------------------------


@pytest.mark.parametrize("judge", ["LogisticLoss", "Hinge", "SquaredHinge", "ZeroOne"])
def test_bars_are_losses_and_their_mean(judge):
    store = screen(judge=judge, strength=0.5, cut=0.3)
    scored = store.now.scored
    figure = stage.pictures(store)["three-words"]
    dots, bars, chosen, cost, objective = figure.data
    np.testing.assert_array_equal(dots["x"], scored.scores)
    np.testing.assert_array_equal(bars["x"].reshape(-1, 3)[:, 1], scored.losses)
    np.testing.assert_array_equal(bars["y"].reshape(-1, 3)[:, 0], dots["y"])
    assert chosen["x"][1] == scored.losses[store.now.row]
    assert chosen["y"][0] == dots["y"][store.now.row]
    assert cost["x"][1] == pytest.approx(scored.losses.mean())
    assert objective["x"][1] == pytest.approx(scored.objective)
    assert figure.layout["xaxis2"]["range"][1] >= max(scored.losses.max(), scored.objective)
    for symbol, score in zip(dots["marker"]["symbol"], scored.scores, strict=True):
        assert symbol.endswith("-open") == (score <= 0.3)


def test_every_score_that_a_link_may_hold_lies_in_the_picture():
    figure = drawn(scores=(20.0, -20.0, 0.0, 1.0, 2.0, 3.0), cut=-20.0)["three-words"]
    low, high = figure.layout["xaxis"]["range"]
    assert low < -20 < 20 < high


def test_looks_of_answers_are_those_of_the_losses():
    for loss in DecisionsState().losses:
        if type(loss) in RESIDUAL_LOSSES:
            assert look_of(loss) == look(loss)
