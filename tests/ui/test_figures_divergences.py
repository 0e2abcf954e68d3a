"""Pictures of divergences by their records: what is drawn is what the core says."""

import functools
import itertools
import math

import numpy as np
import plotly.graph_objects as go
import pytest

from core.divergences.distributions import COMPARED
from core.divergences.gaussian_fits import ForwardFit, ReverseFit, TwoHumps
from core.divergences.maximum_likelihood import Likelihood, die
from core.losses.divergence import CrossEntropy, KLDivergence, ReverseKL
from core.optimizers import GradientDescent
from pages.ui.divergences import stage
from pages.ui.divergences.state import MEANS, SPREADS, DivergencesState, pair_of
from pages.ui.figures.bars import gripped, rounded_up
from pages.ui.figures.figure import Figure
from pages.ui.figures.humps import TOPS, gaussian, lengthened, top_of, under_top
from pages.ui.payload import pack, unpack
from pages.ui.session import Store
from pages.ui.theme import look

SCREENS = {
    "start": {},
    "two": {"p": (0.5, 0.5), "q": (0.1, 0.9)},
    "six": {"p": (1 / 6,) * 6, "q": (0.5, 0.1, 0.1, 0.1, 0.1, 0.1)},
    "ruled out": {"p": (0.5, 0.25, 0.25), "q": (0.5, 0.5, 0.0), "bits": True},
    "disjoint": {"p": (1.0, 0.0), "q": (0.0, 1.0)},
    "same": {"p": (0.2, 0.8), "q": (0.2, 0.8)},
    "one hump": {"humps": (TwoHumps(0.0, 1.0, 0.4, 2.0),), "start": (5.0, 0.2)},
    "apart": {"humps": (TwoHumps(6.0, 0.5, 0.4, 0.4),), "start": (0.0, 4.5), "steps": 1},
    "lost": {"optimizer": "GradientDescent", "start": (-3.0, 0.2),
             "rules": (GradientDescent(2.0), *DivergencesState().rules[1:])},
    "one face": {"counts": (0, 0, 40, 0, 0, 0), "die_start": (6.0, -9.0)},
    "surface": {"view": "surface", "levels": "plain", "bits": True},
}  # fmt: skip
every_screen = pytest.mark.parametrize("name", SCREENS)


def screen(**state) -> Store[DivergencesState]:
    return Store(DivergencesState(**state), DivergencesState())


def drawn(**state) -> dict[str, Figure]:
    return stage.pictures(screen(**state))


@functools.cache
def shown(name: str) -> tuple[DivergencesState, dict[str, Figure]]:
    """Return one of the screens, and its pictures."""
    store = screen(**SCREENS[name])
    return store.now, stage.pictures(store)


def bars(figure: Figure, trace: int) -> np.ndarray:
    """Return how high the upright bars of a trace are."""
    told = np.array(figure.data[trace]["y"]).reshape(-1, 5)
    assert (told[:, [0, 3]] == 0).all()
    np.testing.assert_array_equal(told[:, 1], told[:, 2])
    return told[:, 1]


@every_screen
def test_plotly_accepts_every_figure_and_it_travels(name):
    _, items = shown(name)
    for item in items.values():
        if isinstance(item, Figure):
            go.Figure({"data": item.data, "layout": item.layout})
    for part in stage.PARTS:
        told = part.board.pictures(screen(**SCREENS[name]))
        header, arrays = unpack(pack(told, ack=1, scale=1.0))
        assert [one["key"] for one in header["items"]] == list(told)
        assert sum(array.nbytes for array in arrays) < 500_000


@every_screen
def test_what_is_grabbed_and_played_is_a_trace_of_the_figure(name):
    ids = []
    for item in shown(name)[1].values():
        if not isinstance(item, Figure):
            continue
        for handle in item.handles:
            ids.append(handle.id)
            trace = item.data[handle.trace]
            assert (trace["x"][0], trace["y"][0]) == (handle.x, handle.y)
        for frame in item.play.frames if item.play else ():
            assert frame.trace < len(item.data)
            for column in (frame.x, frame.y):
                assert len(column) == item.play.steps + 1
    assert len(set(ids)) == len(ids)


@every_screen
def test_every_picture_has_words_for_those_who_do_not_see_it(name):
    for key, item in shown(name)[1].items():
        if isinstance(item, Figure):
            assert len(item.alt) > 30, key
            assert item.title, key
            assert "nan" not in item.alt.lower(), key
            assert "undefined" not in item.alt, key
            assert "inf" not in item.alt.replace("infinite", ""), key


@every_screen
def test_all_that_is_drawn_of_bars_is_finite_or_a_gap(name):
    _, items = shown(name)
    for key in ("bars", "terms", "readings", "stack", "throws", "humps"):
        for trace in items[key].data:
            assert not np.isinf(np.asarray(trace["y"], dtype=float)).any(), key
            assert not np.isinf(np.asarray(trace["x"], dtype=float)).any(), key


# Bars


@every_screen
def test_bars_are_as_high_as_what_they_show(name):
    state, items = shown(name)
    np.testing.assert_array_equal(bars(items["bars"], 0), state.p)
    np.testing.assert_array_equal(bars(items["bars"], 1), state.q)
    assert [one.id for one in items["bars"].handles] == [
        f"{letter}-{k}" for letter in "pq" for k in range(len(state.p))
    ]
    for one, height in zip(items["bars"].handles, (*state.p, *state.q), strict=True):
        assert one.y == height
        assert not one.place
        assert one.nudge == (0.0, 0.01)
        corners = np.array(one.hull)
        np.testing.assert_allclose(corners[:, 0], one.x, atol=1e-5)
        assert (corners[:, 1].min(), corners[:, 1].max()) == (0.0, 1.0)
    np.testing.assert_array_equal(bars(items["throws"], 0), state.counts)
    assert bars(items["throws"], 1).sum() == pytest.approx(sum(state.counts))


@every_screen
def test_terms_are_drawn_in_the_unit_of_the_screen_and_cut_where_infinite(name):
    state, items = shown(name)
    figure = items["terms"]
    pair, top = pair_of(state), figure.layout["yaxis"]["range"][1] / 1.06
    for first, terms in ((0, pair.terms), (2, pair.reverse_terms)):
        told = terms * state.per_nat
        np.testing.assert_allclose(bars(figure, first), np.minimum(told, top))
        cut = ~np.isnan(figure.data[first + 1]["y"])
        np.testing.assert_array_equal(cut, told > top)
        assert (cut == np.isinf(told)).all()
        assert told.min() >= figure.layout["yaxis"]["range"][0]
    assert state.unit in figure.layout["yaxis"]["title"]["text"]


@every_screen
def test_parts_lie_end_to_end_above_the_whole(name):
    state, items = shown(name)
    figure = items["stack"]
    pair, scale = pair_of(state), state.per_nat
    reach = figure.layout["xaxis"]["range"][1] / 1.04
    entropy, kl, whole = (np.asarray(figure.data[k]["x"]) for k in (0, 2, 4))
    assert (entropy[0], entropy[2]) == (0.0, pytest.approx(pair.entropy * scale))
    assert kl[0] == entropy[2]
    assert whole[0] == 0.0
    assert kl[2] == pytest.approx(whole[2], rel=1e-12)
    assert whole[2] == pytest.approx(min(pair.cross_entropy * scale, reach))
    outside = not np.isnan(figure.data[5]["x"][0])
    assert outside == math.isinf(pair.cross_entropy)
    assert reach >= pair.entropy * scale


@every_screen
def test_readings_show_both_ways_and_the_largest_possible(name):
    state, items = shown(name)
    figure = items["readings"]
    pair, reach = pair_of(state), figure.layout["xaxis"]["range"][1] / 1.04
    kinds = [kind for kind in COMPARED if kind is not CrossEntropy]
    assert len(figure.layout["yaxis"]["ticktext"]) == len(kinds)
    arrows, rings = figure.data[-3]["x"], figure.data[-2]["x"]
    bounds = figure.data[-1]["x"].reshape(-1, 3)[:, 0]
    assert figure.data[-3]["marker"]["symbol"] == "triangle-right-open"
    for i, kind in enumerate(kinds):
        scale = state.per_nat if i < 3 else 1.0
        way = pair.both_ways(kind)
        assert figure.data[2 * i]["x"][2] == pytest.approx(min(way.forward * scale, reach))
        inside = way.backward * scale <= reach
        assert np.isnan(rings[i]) != inside
        assert not inside or rings[i] == pytest.approx(way.backward * scale)
        assert np.isnan(arrows[i]) == inside
        assert inside or arrows[i] == reach
        assert inside == math.isfinite(way.backward)
        bound = kind().properties.bound * scale
        assert np.isnan(bounds[i]) == (bound > reach)
        assert np.isnan(bounds[i]) or bounds[i] == bound
        assert math.isinf(way.forward) == (not np.isnan(figure.data[2 * i + 1]["x"][0]))


def test_a_bit_is_log_2_nats():
    nats, bits = drawn(), drawn(bits=True)
    np.testing.assert_allclose(bars(bits["terms"], 0) * math.log(2), bars(nats["terms"], 0))
    told = bits["forward"].readout
    assert told.low * math.log(2) == pytest.approx(nats["forward"].readout.low)
    assert "bits" in told.labels[2]
    low = bits["likelihood"].readout.low
    assert low * math.log(2) == pytest.approx(nats["likelihood"].readout.low)


def test_a_handle_names_its_bar():
    assert gripped("p-3", "pq", 4) == ("p", 3)
    for handle in ("p-4", "n-0", "p-", "pq-0", "p--1", "p-0x", "", "start", "p-²", "p-00001"):
        assert gripped(handle, "pq", 4) is None


def test_axes_end_at_round_numbers():
    for value, end in ((0.0, 0.1), (0.1, 0.1), (0.11, 0.2), (1.0, 1.0), (1.01, 2.0), (4.0, 5.0),
                       (6.0, 10.0), (1e30, 1e30), (1e308, 1e307 * 5)):  # fmt: skip
        assert rounded_up(value) == pytest.approx(end)


# Humps


def test_curves_are_densities_and_play_along_the_paths():
    store = screen()
    figure = stage.pictures(store)["humps"]
    x, top = np.array(figure.data[0]["x"][:-2]), figure.layout["yaxis"]["range"][1]
    np.testing.assert_allclose(figure.data[0]["y"][:-2], store.now.two.density(x))
    np.testing.assert_array_equal(figure.data[0]["y"][-2:], 0.0)
    for trace, kind in ((1, ForwardFit), (2, ReverseFit)):
        frame = next(one for one in figure.play.frames if one.trace == trace)
        assert frame.kind == "row"
        np.testing.assert_allclose(frame.y[-1], figure.data[trace]["y"])
        area = np.trapezoid(frame.y[-1], frame.x[-1])
        assert area == pytest.approx(1.0, abs=0.03)
        end = kind(store.now.two).minima
        best = gaussian(x, np.array(end))
        assert min(np.abs(figure.data[trace]["y"] - one).max() for one in best) < 0.01
        assert figure.data[trace]["y"].max() < top
    np.testing.assert_allclose(figure.play.frames[0].y[0], gaussian(x, np.array([[-1.0, 1.0]]))[0])


@pytest.mark.parametrize(
    "humps", [TwoHumps(), TwoHumps(0.0, 0.0, 0.4, 2.0), TwoHumps(6.0, 1.0, 2.0, 0.4)], ids=str
)
def test_tops_are_where_a_hump_by_itself_is_highest_and_come_back_when_put_there(humps):
    for name, part in zip(TOPS, (0, 1), strict=True):
        x, y = top_of(humps, name)
        left, right = humps.log_parts(np.array([x]))
        assert y == pytest.approx(float(np.exp((left, right)[part])[0]), rel=1e-12)
        same = under_top(humps, name, x, y)
        assert same.separation == humps.separation
        assert same.weight == pytest.approx(humps.weight, abs=1e-12)


def test_a_dragged_top_moves_its_hump_and_mirrors_the_other():
    told = under_top(TwoHumps(), "hump-left", -3.0, 0.0)
    assert (told.separation, told.weight) == (6.0, 1.0)
    told = under_top(TwoHumps(), "hump-right", 1.0, 0.25)
    assert told.separation == 2.0
    assert top_of(told, "hump-right") == pytest.approx((1.0, 0.25))
    for x, y in ((-9.0, -9.0), (99.0, 99.0)):
        told = under_top(TwoHumps(), "hump-right", x, y)
        assert (told.separation, told.weight) == ((0.0, 0.0) if x < 0 else (6.0, 1.0))


@every_screen
def test_landscapes_are_those_of_the_core_with_every_minimum_marked(name):
    if name == "surface":
        return
    state, items = shown(name)
    for key, kind in (("forward", ForwardFit), ("reverse", ReverseFit)):
        fit, figure = kind(state.two), items[key]
        told = figure.readout
        z = np.asarray(figure.data[0]["z"])
        back = told.low + told.spread * np.expm1(z * np.log1p(told.depth)) / told.depth
        grid = figure.data[0]
        assert (grid["x"][0], grid["x"][-1]) == MEANS
        assert (grid["y"][0], grid["y"][-1]) == SPREADS
        places = [(3, 5), (50, 60), (99, 0)]
        for row, column in places:
            value = fit.value((grid["x"][column], grid["y"][row])) * state.per_nat
            assert back[row, column] == pytest.approx(value, rel=1e-6, abs=1e-6)
        marks = [one for one in figure.data if one["type"] == "scatter" and "name" in one]
        np.testing.assert_allclose([(one["x"][0], one["y"][0]) for one in marks], fit.minima)
        assert all(MEANS[0] < one[0] < MEANS[1] for one in fit.minima)
        assert all(SPREADS[0] < one[1] < SPREADS[1] for one in fit.minima)


def test_starts_have_names_of_their_own_and_one_path_each():
    items = drawn()
    starts = [items[key].handles[0] for key in ("forward", "reverse", "likelihood", "divergence")]
    assert [one.id for one in starts] == [
        "start-forward", "start-reverse", "start-likelihood", "start-divergence",
    ]  # fmt: skip
    assert len({(one.x, one.y) for one in starts[:2]}) == 1
    groups = [items[key].play.group for key in ("forward", "reverse", "humps")]
    assert len(set(groups)) == 1
    assert items["likelihood"].play.group == items["divergence"].play.group != groups[0]


def test_a_path_that_ends_early_waits_for_the_other():
    items = drawn(**SCREENS["lost"])
    steps = {items[key].play.steps for key in ("forward", "reverse", "humps")}
    assert len(steps) == 1
    path = np.array([[0.0, 1.0], [2.0, 3.0]])
    np.testing.assert_array_equal(lengthened(path, 3), [[0, 1], [2, 3], [2, 3], [2, 3]])
    np.testing.assert_array_equal(lengthened(path, 0), path)


def corners() -> list[TwoHumps]:
    return [TwoHumps(*one) for one in itertools.product((0.0, 6.0), (0.0, 0.5, 1.0), (0.4, 2.0),
                                                        (0.4, 2.0))]  # fmt: skip


@pytest.mark.parametrize("humps", corners(), ids=str)
def test_minima_lie_in_the_picture_at_every_end_of_the_knobs(humps):
    for kind in (ForwardFit, ReverseFit):
        found = kind(humps).minima
        assert found
        for mean, spread in found:
            assert MEANS[0] < mean < MEANS[1]
            assert SPREADS[0] < spread < SPREADS[1]


# Throws


@pytest.mark.parametrize(
    "counts", [(1, 0, 0, 0, 0, 1), (3, 2, 1, 0, 0, 1), (4, 9, 14, 15, 11, 7), (40, 0, 9, 0, 0, 40)],
    ids=str,
)  # fmt: skip
def test_throws_fill_their_picture_and_leave_room_to_grow(counts):
    figure = drawn(counts=counts)["throws"]
    top, most = figure.layout["yaxis"]["range"][1] / 1.06, max(counts)
    assert top <= 40
    assert most <= top
    assert top >= min(40, 1.3 * most)
    assert top <= max(12, 2 * 1.3 * most)
    for one in figure.handles:
        assert max(y for _, y in one.hull) == top


@every_screen
def test_the_two_curves_of_the_throws_are_a_constant_apart(name):
    state, items = shown(name)
    figure = items["likeness"]
    upper, lower, gap = (np.asarray(one["y"]) for one in figure.data)
    fit = Likelihood(state.counts)
    np.testing.assert_allclose(gap, fit.entropy * state.per_nat, atol=1e-12)
    np.testing.assert_allclose(upper - lower, gap, atol=1e-12)
    assert upper.max() <= figure.layout["yaxis"]["range"][1]


def test_expected_throws_are_those_of_the_die_where_the_path_ends():
    store = screen(die_start=(0.0, 0.0), steps=1, optimizer="GradientDescent")
    items = stage.pictures(store)
    x, y = (items["likelihood"].play.frames[0].x[-1], items["likelihood"].play.frames[0].y[-1])
    np.testing.assert_allclose(bars(items["throws"], 1), 60 * die((x, y)))


def test_colours_are_those_of_the_divergences_everywhere():
    items = drawn()
    for key, kind in (("forward", KLDivergence), ("reverse", ReverseKL)):
        color = look(kind).color
        assert items[key].legend[0].color == color
        names = [one.color for one in (*items["terms"].legend, *items["humps"].legend)]
        assert color in names[:2]
        assert color in names[2:]
