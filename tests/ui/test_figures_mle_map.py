"""Pictures of likelihood, prior and posterior by their records: what is drawn is the core's."""

import dataclasses
import itertools

import numpy as np
import plotly.graph_objects as go
import pytest

from core.likelihoods import GaussianNoise, GaussianPrior
from core.mle_map.conjugate import BetaBelief
from core.mle_map.posterior import turned, with_strength
from pages.ui.edits import Edits
from pages.ui.figures.beliefs import MAP, MLE, MODE
from pages.ui.figures.figure import Figure, LineHandle
from pages.ui.figures.landscape import Heights
from pages.ui.figures.parts import number
from pages.ui.figures.sampling import Strip, strips_figure
from pages.ui.mle_map.answer import CELLS, coin_computed, computed, ranges_of
from pages.ui.mle_map.stage import pictures
from pages.ui.mle_map.state import NOISES, PRIORS, STORIES, MleMapState
from pages.ui.payload import pack, unpack
from pages.ui.session import Store
from pages.ui.theme import contrast, look


def screen(**state) -> Store[MleMapState]:
    return Store(MleMapState(**state), MleMapState())


def drawn(**state) -> dict[str, Figure]:
    return pictures(screen(**state))


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("view", ["surprise", "density"])
@pytest.mark.parametrize("prior", ["none", "LaplacePrior"])
def test_plotly_accepts_every_figure_and_it_travels(story, view, prior):
    items = drawn(story=story, view=view, prior=prior, turn=0.5, count=12)
    for item in items.values():
        if isinstance(item, Figure):
            go.Figure({"data": item.data, "layout": item.layout})
            assert item.title
            assert item.alt
            for handle in item.handles:
                assert getattr(handle, "trace", 0) < len(item.data)
            for trace in item.data:
                for name in ("x", "y", "z"):
                    assert np.isfinite(np.asarray(trace.get(name, 0.0), dtype=float)).all() or (
                        item is items.get("walk")
                    )
    header, arrays = unpack(pack(items, ack=1, scale=1.0))
    assert len(header["items"]) == len(items)
    assert sum(array.nbytes for array in arrays) < 250_000


def test_the_three_landscapes_add_up_over_one_grid():
    store = screen(prior="LaplacePrior", noise="LogisticNoise", count=20)
    items, answer = pictures(store), computed(store)
    costs = []
    for key in ("likelihood", "prior-landscape", "posterior"):
        figure = items[key]
        heights = Heights(figure.readout.low, figure.readout.spread, figure.readout.depth)
        costs.append(heights.cost(figure.data[0]["z"]))
        assert figure.data[0]["z"].shape == (CELLS, CELLS)
        np.testing.assert_array_equal(figure.data[0]["x"], answer.grid.x)
        assert figure.data[0]["z"] is figure.data[1]["z"]
    np.testing.assert_allclose(costs[0] + costs[1], costs[2], rtol=1e-9)
    np.testing.assert_allclose(
        costs[2].ravel(), answer.posterior.values(answer.grid.points), rtol=1e-8
    )


def test_as_densities_they_multiply_and_their_peaks_are_one():
    items = drawn(view="density", count=15)
    z = [items[key].data[0]["z"] for key in ("likelihood", "prior-landscape", "posterior")]
    for one in z:
        assert one.max() == 1.0
        assert one.min() >= 0.0
    product = z[0] * z[1]
    np.testing.assert_allclose(product / product.max(), z[2], rtol=1e-9, atol=1e-12)
    assert items["posterior"].title == "∝ posterior"


@pytest.mark.parametrize("key", ["likelihood", "prior-landscape", "posterior"])
def test_estimates_are_marked_where_they_are_in_every_landscape(key):
    store = screen(count=10)
    figure, answer = pictures(store)[key], computed(store)
    marks = {one["name"]: (one["x"][0], one["y"][0]) for one in figure.data if "name" in one
             and one["mode"] == "markers"}  # fmt: skip
    assert marks["MLE"] == pytest.approx(tuple(answer.mle.theta))
    assert marks["MAP"] == pytest.approx(tuple(answer.map.theta))
    assert marks["prior's peak"] == (0.0, 0.0)


def test_an_estimate_beyond_the_picture_is_hollow_at_its_edge():
    store = screen(count=2, points=Edits(((0, 0.0, 5.0), (1, 0.1, -5.0))))
    figure, answer = pictures(store)["likelihood"], computed(store)
    mark = next(one for one in figure.data if one.get("name") == "MLE")
    assert mark["marker"]["symbol"] == "circle-open"
    assert mark["x"][0] == answer.grid.x[0]
    assert "lies beyond the picture" in mark["hovertemplate"]


def test_walks_are_drawn_where_they_belong():
    items = drawn(count=10)

    def names(key):
        return [one["name"] for one in items[key].data if "walk" in one.get("name", "")]

    assert set(names("likelihood")) == {"walk of the MLE"}
    assert names("prior-landscape") == []
    assert set(names("posterior")) == {"walk of the MLE", "walk of the MAP"}
    answer = computed(screen(count=10))
    path = next(one for one in items["posterior"].data if one.get("name") == "walk of the MAP")
    np.testing.assert_array_equal(path["x"], answer.walk.map[:, 0])


@pytest.mark.parametrize("noise", NOISES, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_the_turning_curve_is_the_density_of_the_core(noise, share):
    store = screen(noise=noise.__name__, turn=share)
    figure = pictures(store)["noise"]
    curve, level, points = figure.data[:3]
    told = turned(store.now.chosen_noise.negative_log(curve["x"]), share)
    np.testing.assert_allclose(curve["y"], told)
    noise_now = store.now.chosen_noise
    np.testing.assert_allclose(level["y"], turned(noise_now.constant, share))
    assert level["y"][0] == pytest.approx(curve["y"][len(curve["y"]) // 2], abs=1e-9)
    assert figure.legend[-1].note == number(float(level["y"][0]))
    assert (figure.legend[-1].name == "constant") == (share == 1.0)
    assert (curve["y"].argmax() == len(curve["y"]) // 2) == (share == 0.0)
    answer = computed(store)
    assert len(points["x"]) == store.now.known
    np.testing.assert_allclose(points["x"], answer.residuals)
    if share == 1.0:
        assert points["y"].sum() == pytest.approx(answer.likelihood.value(answer.theta))
    low, high = figure.layout["yaxis"]["range"]
    assert low <= curve["y"].min() <= curve["y"].max() <= high


@pytest.mark.parametrize("story", ["line", "classes"])
def test_a_level_in_the_legend_is_the_line_that_is_drawn_at_every_turn(story):
    for share in np.linspace(0.0, 1.0, 11):
        items = drawn(story=story, turn=float(share), prior="LaplacePrior")
        for key in ("noise", "prior"):
            level, entry = items[key].data[1], items[key].legend[-1]
            assert entry.dash == level["line"]["dash"]
            assert entry.note == number(float(level["y"][0]))
            low, high = items[key].layout["yaxis"]["range"]
            assert low <= level["y"][0] <= high


NO_FIT = [{"count": 1}, {"count": 2, "points": Edits(((0, 1.0, 2.0), (1, 1.0, 2.0)))},
          {"count": 3, "points": Edits(tuple((n, -1.0, 0.5) for n in range(3)))},
          {"story": "classes", "count": 1}, {"story": "classes", "classes": "apart"}]  # fmt: skip


@pytest.mark.parametrize("state", NO_FIT, ids=str)
@pytest.mark.parametrize("turn", [0.0, 1.0])
def test_where_there_is_no_fit_none_is_drawn(state, turn):
    items = drawn(**state, prior="none", turn=turn)
    data = items["data"]
    assert len(data.data) == 2
    assert len(data.data[0]["x"]) == len(data.data[0]["y"]) == 0
    assert "no single fit" in data.title
    assert "none is drawn" in data.alt
    assert not any(one.get("mode") == "markers" for one in items["noise"].data)
    assert [one.symbol for one in items["noise"].legend] == [""]
    held = drawn(**state, turn=turn)
    assert "no single fit" not in held["data"].title
    assert any(one.get("mode") == "markers" for one in held["noise"].data)


@pytest.mark.parametrize("sigma", [0.05, 0.1, 0.3, 1.0, 3.0])
@pytest.mark.parametrize("count", [6, 20, 40])
def test_no_residual_vanishes_without_a_word(sigma, count):
    noises = (GaussianNoise(sigma), *(kind() for kind in NOISES[1:]))
    store = screen(noises=noises, count=count, line="strays")
    figure = pictures(store)["noise"]
    count, shown = store.now.known, len(figure.data[2]["x"])
    note = figure.legend[0].note
    assert note == ("" if shown == count else f"{count - shown} of {count} beyond the picture")
    assert (note in figure.alt) == bool(note) or not note
    reach = figure.layout["xaxis"]["range"][1]
    assert shown == (np.abs(computed(store).residuals) <= reach).sum()


def test_marks_of_the_prior_that_lie_beyond_its_picture_are_counted():
    tight = (GaussianPrior(0.05), *(kind() for kind in PRIORS[1:]))
    figure = drawn(count=2, priors=tight)["prior"]
    assert figure.legend[0].note.endswith("of 2 beyond the picture")


def test_a_level_landscape_has_no_scale_of_heights_it_does_not_have():
    for story in ("line", "classes"):
        level = drawn(story=story, prior="none")["prior-landscape"]
        assert level.bar is None
        assert "It is level: 0." in level.alt
        for state in ({}, {"prior": "none", "view": "density"}, {"prior": "LaplacePrior"}):
            items = drawn(story=story, **state)
            assert items["likelihood"].bar is not None
            assert items["prior-landscape"].bar is not None


def test_the_margins_of_the_labels_add_up_to_the_likelihood_too():
    store = screen(story="classes", count=24)
    points, answer = pictures(store)["noise"].data[2], computed(store)
    assert points["y"].sum() == pytest.approx(answer.likelihood.value(answer.theta))


@pytest.mark.parametrize("kind", [*NOISES, *PRIORS], ids=lambda kind: kind.__name__)
def test_every_width_can_be_dragged_in_its_picture(kind):
    noise = kind in NOISES
    field, key = ("noise", "noise") if noise else ("prior", "prior")
    figure = drawn(**{field: kind.__name__})[key]
    handles = [one for one in figure.handles if isinstance(one, LineHandle)]
    assert handles
    for one in handles:
        owner, _, name = one.id.partition(".")
        assert owner == kind.__name__
        assert one.value == getattr(kind(), name)
        assert one.low <= one.value <= one.high <= figure.layout["xaxis"]["range"][1]


def test_without_a_prior_the_line_is_level_and_nothing_can_be_dragged():
    figure = drawn(prior="none")["prior"]
    assert figure.handles == ()
    assert np.ptp(figure.data[0]["y"]) == 0.0
    assert figure.title == "No prior"


def test_points_that_have_not_arrived_are_faint_and_moved_ones_marked():
    figure = drawn(count=5, points=Edits(((1, 0.0, 0.0),)))["data"]
    colors = figure.data[1]["marker"]["color"]
    assert len(set(colors[5:])) == 1
    assert colors[5] not in colors[:5]
    assert colors[1] != colors[0]
    assert figure.handles[0].trace == 1
    assert not figure.handles[0].add
    assert drawn(story="classes")["data"].handles[0].along == "x"


def test_fits_are_drawn_as_lines_or_curves_of_their_parameters():
    store = screen(count=9)
    figure, answer = pictures(store)["data"], computed(store)
    line = next(one for one in figure.data if one.get("name") == "MAP")
    np.testing.assert_allclose(line["y"], answer.map.theta[0] * line["x"] + answer.map.theta[1])
    band = figure.data[0]["y"]
    assert band.max() - line["y"].max() == pytest.approx(1.0)
    store = screen(story="classes", count=30)
    curve = next(one for one in pictures(store)["data"].data if one.get("name") == "MLE")
    score = computed(store).mle.theta @ np.stack([curve["x"], np.ones_like(curve["x"])])
    np.testing.assert_allclose(curve["y"], 1 / (1 + np.exp(-score)))


def test_the_frame_does_not_depend_on_knobs_and_holds_zero():
    first = ranges_of(MleMapState())
    wide = MleMapState(
        count=33, prior="none", noise="LaplaceNoise",
        noises=(GaussianNoise(9.0), *(kind() for kind in NOISES[1:])),
    )  # fmt: skip
    assert ranges_of(wide) == first
    for story, count in itertools.product(("line", "classes"), (4, 24)):
        (left, right), (bottom, top) = ranges_of(MleMapState(story=story))
        assert left < -1.0
        assert bottom < -1.0
        peak = computed(screen(story=story, count=count)).map.theta
        assert left < peak[0] < right
        assert bottom < peak[1] < top


# One number --------------------------------------------------------------------------------------


def test_the_curves_of_the_coin_are_those_of_the_core():
    store = screen(story="coin", view="density", tosses=20)
    figure, coin = pictures(store)["chance"], coin_computed(store).coin
    named = {one["name"]: one for one in figure.data}
    p = named["posterior"]["x"]
    np.testing.assert_allclose(named["posterior"]["y"], coin.posterior.density(p))
    np.testing.assert_allclose(named["prior"]["y"], coin.prior.density(p))
    flat = named["likelihood"]["y"]
    assert np.trapezoid(flat, p) == pytest.approx(1.0, abs=1e-3)
    np.testing.assert_allclose(flat / flat.max(), coin.likelihood(p) / coin.likelihood(p).max())
    assert named["MAP"]["x"][0] == coin.map


def test_as_negative_logarithms_the_curves_of_the_coin_add_up_to_the_evidence():
    store = screen(story="coin", tosses=20)
    figure, coin = pictures(store)["chance"], coin_computed(store).coin
    named = {one["name"]: one["y"] for one in figure.data}
    rest = named["posterior"] - named["likelihood"] - named["prior"]
    shown = named["likelihood"] < figure.layout["yaxis"]["range"][1]
    np.testing.assert_allclose(rest[shown], coin.log_evidence, atol=1e-9)


@pytest.mark.parametrize("coin", ["heads", "bent"])
@pytest.mark.parametrize("tosses", [1, 2, 5, 30])
@pytest.mark.parametrize("a", [1.0, 2.0, 9.0])
@pytest.mark.parametrize("view", ["surprise", "density"])
def test_every_estimate_is_drawn_whole_or_said_to_be_beyond(coin, tosses, a, view):
    state = {"story": "coin", "coin": coin, "tosses": tosses, "view": view}
    items = drawn(**state, beliefs=(BetaBelief(a, 1.0),))
    for key in ("chance", "over-number", "over-measure"):
        figure = items[key]
        low, high = figure.layout["xaxis"]["range"]
        room = 0.02 * (high - low)
        marks = {one["name"]: one["x"][0] for one in figure.data if one["mode"] == "markers"}
        for entry in figure.legend:
            if not entry.symbol:
                continue
            at = marks.get(entry.name, np.inf)
            drawn_ = low <= at <= high
            assert drawn_ == ("beyond the picture" not in entry.note)
            if key != "over-measure":
                assert low + room < at < high - room
                assert low < 0.0 < 1.0 < high
    ends = {items["over-number"].data[k]["x"][0] for k in range(1, len(items["over-number"].data))}
    said = "at infinity" in " ".join(items["moved-words"].lines)
    assert said == bool(ends & {0.0, 1.0})


def test_infinite_densities_leave_the_picture_and_are_never_no_number():
    for a in (0.001, 0.5, 1.0):
        items = drawn(story="coin", coin="heads", tosses=1, beliefs=(BetaBelief(a, a),))
        for item in items.values():
            for trace in item.data if isinstance(item, Figure) else ():
                if item is not items["walk"]:
                    assert np.isfinite(trace["y"]).all()


def test_the_walk_of_the_coin_can_be_dragged_and_its_axis_has_room():
    for tosses in (1, 10, 200):
        figure = drawn(story="coin", tosses=tosses)["walk"]
        (handle,) = figure.handles
        assert handle.id == "count"
        assert handle.value == tosses <= handle.high
        assert figure.layout["xaxis"]["range"][1] >= tosses


def test_both_densities_of_one_belief_are_drawn_with_their_peaks_marked():
    items = drawn()
    first, second = items["over-number"], items["over-measure"]
    for figure, name in ((first, "MAP over σ"), (second, "MAP over log σ")):
        curve = figure.data[0]
        at = next(one["x"][0] for one in figure.data if one.get("name") == name)
        assert curve["x"][np.argmax(curve["y"])] == pytest.approx(at, abs=np.diff(curve["x"])[0])
    places = [{one["name"]: one["x"][0] for one in figure.data[1:]} for figure in (first, second)]
    for name in places[0]:
        assert np.log(places[0][name]) == pytest.approx(places[1][name])
    assert places[0]["MLE"] == places[0]["MAP over σ"] < places[0]["MAP over log σ"]


# Estimates of many sets --------------------------------------------------------------------------


def test_strips_show_every_estimate_but_the_wildest_and_the_bound():
    rng = np.random.default_rng(0)
    calm, wild = rng.normal(size=200), rng.standard_cauchy(200)
    strips = [Strip("a", MLE, calm), Strip("b", MAP, wild)]
    figure = strips_figure(strips, 1.0, "k")
    go.Figure({"data": figure.data, "layout": figure.layout})
    reach = figure.layout["xaxis"]["range"][1]
    dots = {one["name"]: one["x"] for one in figure.data if one.get("name")}
    assert set(dots["a"]) == set(calm[np.abs(calm) <= reach])
    assert len(dots["b"]) > 150
    assert [one["x"][0] for one in figure.data[:2]] == [-1.0, 1.0]
    assert figure.layout["yaxis"]["ticktext"] == ["b", "a"]


def test_the_estimates_have_looks_of_their_own():
    assert len({one.color for one in (MLE, MAP, MODE)}) == 3
    assert len({one.symbol for one in (MLE, MAP, MODE)}) == 3
    assert len({one.dash for one in (MLE, MAP, MODE)}) == 3
    for one in (MLE, MAP, MODE):
        assert contrast(one.color, "#ffffff") >= 3.0
        assert contrast(one.color, "#0e1117") >= 3.0
    assert look(GaussianNoise().loss).color not in {MLE.color, MAP.color, MODE.color}
    assert GaussianPrior().tau == 1.0


@pytest.mark.parametrize(
    "state",
    [{}, {"noise": "HuberNoise", "count": 20}, {"prior": "LaplacePrior", "view": "density"},
     {"story": "classes", "count": 30}, {"story": "coin"}],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("what", ["point", "knob"])
def test_while_a_hand_moves_only_numbers_change_so_that_nothing_is_drawn_anew(state, what):
    """What is not an array would make Plotly draw the whole picture for every move."""
    store = screen(**state)
    pictures(store)
    store.hold("hand")
    bare = []
    for step in (1.0, 1.02, 1.05):
        if store.now.story == "coin":
            store.change(beliefs=(BetaBelief(2.0 + step, 2.0),))
        elif what == "point":
            store.change(points=Edits(((1, 0.1 * step, step),)))
        else:
            priors = tuple(with_strength(store.now.belief, one, step) for one in store.now.priors)
            noises = tuple(scaled(one, step) for one in store.now.noises)
            store.change(priors=priors, noises=noises)
        header, _ = unpack(pack(pictures(store), ack=1, scale=1.0))
        bare.append({one["key"]: one.get("figure") for one in header["items"]})
    for key, figure in bare[1].items():
        assert figure == bare[2][key] == bare[0][key], key


def scaled(noise, by):
    name = next(name for name in ("sigma", "b", "s") if hasattr(noise, name))
    return dataclasses.replace(noise, **{name: by})
