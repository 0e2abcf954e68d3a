"""Pictures of regularization by their records: what is drawn is what the core says."""

import itertools
import json

import numpy as np
import plotly.graph_objects as go
import pytest

from core.regularization.coefficient_paths import path
from core.regularization.mean_square import parts
from core.regularization.penalized_fit import minimize
from core.regularization.polynomials import HIGHEST, Polynomials, Split, held_out, story
from core.regularization.proximal import ProximalGradient, SubgradientDescent
from core.regularization.two_features import two_features
from pages.ui.figures.balls import padded_to
from pages.ui.figures.coefficients import Powers, power
from pages.ui.figures.figure import Figure, Note
from pages.ui.figures.landscape import Heights
from pages.ui.payload import pack, unpack
from pages.ui.regularization import stage, study
from pages.ui.regularization.state import NAMES, RegularizationState
from pages.ui.session import Store
from pages.ui.theme import MOVED

BOARDS = (stage.two, stage.wave, stage.ten)
every_board = pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.__name__)
every_penalty = pytest.mark.parametrize("penalty", NAMES)


def screen(**state) -> Store[RegularizationState]:
    return Store(RegularizationState(**state), RegularizationState())


@every_board
@every_penalty
@pytest.mark.parametrize("data", two_features())
def test_plotly_accepts_every_figure_and_it_travels(board, penalty, data):
    items = board(screen(data=data, penalty=penalty, strength=0.7))
    for item in items.values():
        if isinstance(item, Figure):
            go.Figure({"data": item.data, "layout": item.layout})
    header, arrays = unpack(pack(items, ack=1, scale=1.0))
    assert len(header["items"]) == len(items)
    assert sum(array.nbytes for array in arrays) < 120_000


@every_board
@every_penalty
def test_what_is_grabbed_and_played_is_a_trace_of_the_figure(board, penalty):
    steps = set()
    for item in board(screen(penalty=penalty)).values():
        if not isinstance(item, Figure):
            continue
        assert len(item.alt) > 30
        assert item.title
        for handle in item.handles:
            if handle.kind == "line":
                assert handle.low <= handle.value <= handle.high
            else:
                assert handle.trace < len(item.data)
                assert np.all(np.array(handle.nudge) >= 0)
        if item.play:
            steps.add(item.play.steps)
        for frame in item.play.frames if item.play else ():
            assert frame.trace < len(item.data)
            assert {len(one) for one in (frame.x, frame.y)} == {item.play.steps + 1}
    assert len(steps) <= 1


@every_board
def test_what_is_drawn_is_finite(board):
    for state in (
        {},
        {"strength": 0.0},
        {"strength": 1e6},
        {"smoothing": 0.0, "degree": 12},
        {"ten": 0.0},
        {"ten": 1e9},
        {"steps": 1},
        {"data": "twins", "correlation": -1.0},
    ):
        for penalty in NAMES:
            for item in board(screen(penalty=penalty, **state)).values():
                if isinstance(item, Figure):
                    for trace in item.data:
                        assert np.isfinite(np.asarray(trace["x"])).all()
                        assert np.isfinite(np.asarray(trace["y"])).all()
                    assert "nan" not in json.dumps(item.layout, default=str).lower()


# The ball ----------------------------------------------------------------------------------------

EDGE, WAY, FREE, BEST, GRIP = 2, 4, 5, 6, 7  # traces of the ball's picture


@every_penalty
@pytest.mark.parametrize("grip", [-45.0, 0.0, 100.0, 180.0])
def test_the_ball_goes_through_the_optimum_and_is_held_at_its_edge(penalty, grip):
    store = screen(penalty=penalty, strength=0.9, grip=grip)
    figure = stage.two(store)["ball"]
    best = np.array([figure.data[BEST]["x"][0], figure.data[BEST]["y"][0]])
    np.testing.assert_allclose(
        best, minimize(study.pair_of(store).problem, store.now.told, 0.9), atol=1e-12
    )
    radius = float(store.now.told.value(best))
    edge = np.column_stack([figure.data[EDGE]["x"], figure.data[EDGE]["y"]])
    np.testing.assert_allclose(store.now.told.value(edge), radius)
    handle = figure.handles[0]
    held = np.array([handle.x, handle.y])
    assert float(store.now.told.value(held)) == pytest.approx(radius)
    assert np.degrees(np.arctan2(handle.y, handle.x)) % 360 == pytest.approx(grip % 360)
    assert handle.trace == GRIP
    assert not handle.place


@every_penalty
def test_the_way_of_the_optimum_leads_from_the_free_one_to_zero(penalty):
    store = screen(penalty=penalty)
    figure = stage.two(store)["ball"]
    way = np.column_stack([figure.data[WAY]["x"], figure.data[WAY]["y"]])
    np.testing.assert_allclose(way[0], study.pair_of(store).free, atol=1e-12)
    np.testing.assert_allclose(way[0], [figure.handles[1].x, figure.handles[1].y])
    np.testing.assert_allclose(way[-1], 0.0, atol=2e-3)
    found = path(study.pair_of(store).problem, store.now.told)
    for one in found.breakpoints:
        corner = found.at(one.strength)
        assert np.abs(way - corner).sum(axis=1).min() < 1e-9


def beside(line: np.ndarray, points: np.ndarray) -> float:
    """Return how far the points are from a line of many pieces, at most."""
    start, piece = line[:-1], np.diff(line, axis=0)
    size = np.maximum((piece * piece).sum(axis=1), 1e-300)
    share = np.clip(((points[:, None] - start) * piece).sum(axis=2) / size, 0.0, 1.0)
    off = points[:, None] - (start + share[..., None] * piece)
    return float(np.sqrt((off * off).sum(axis=2).min(axis=1)).max())


@every_penalty
@pytest.mark.parametrize("data", two_features())
@pytest.mark.parametrize("correlation", [None, -1.0, -0.97, 0.0, 0.99, 0.9999, 1.0])
def test_the_optimum_is_on_its_way_and_on_its_paths_whatever_the_strength(
    data, penalty, correlation
):
    store = screen(data=data, penalty=penalty, correlation=correlation)
    items, found = stage.two(store), study.path_of(store)
    strengths = np.concatenate([[0.0], np.geomspace(1e-6, 1e6, 900)])
    places = found.at(strengths)
    low, high = study.span_of(store)
    way = items["ball"].data[WAY]
    assert beside(np.column_stack([way["x"], way["y"]]), places) < (high - low) / 500
    figure = items["path"]
    (left, right), (bottom, top) = (figure.layout[one]["range"] for one in ("xaxis", "yaxis"))
    pixels = np.array([500.0 / (right - left), 300.0 / (top - bottom)])
    inside = strengths <= study.top_of(store)
    for k, trace in enumerate(figure.data[1:3]):
        points = np.column_stack([strengths, places[:, k]])[inside] * pixels
        assert beside(np.column_stack([trace["x"], trace["y"]]) * pixels, points) < 1.0


def test_one_unit_is_as_long_either_way_so_that_a_round_ball_is_round():
    for key in ("ball", "landscape"):
        layout = stage.two(screen())[key].layout
        assert layout["yaxis"]["scaleanchor"] == "x"
        assert layout["xaxis"]["constrain"] == layout["yaxis"]["constrain"] == "domain"
        assert layout["xaxis"]["range"] == layout["yaxis"]["range"]


@every_penalty
def test_the_heat_is_the_loss_and_the_loss_with_its_penalty(penalty):
    store = screen(penalty=penalty, strength=0.6)
    bare, whole = study.landscapes_of(store)
    problem = study.pair_of(store).problem
    for row, column in ((0, 0), (20, 41), (59, 7)):
        place = np.array([bare.x[column], bare.y[row]])
        assert bare.z[row, column] == pytest.approx(problem.value(place))
        expected = problem.value(place) + 0.6 * float(store.now.told.value(place))
        assert whole.z[row, column] == pytest.approx(expected)


def test_the_ball_lies_in_the_loss_and_the_race_in_the_sum():
    store = screen(strength=1.3)
    items = stage.two(store)
    for key, one in zip(("ball", "landscape"), study.landscapes_of(store), strict=True):
        np.testing.assert_array_equal(
            items[key].data[0]["z"], Heights.of(one.z, geometric=True).of_cost(one.z)
        )


@pytest.mark.parametrize("k", [0, 1])
def test_targets_lie_over_their_feature_with_both_slopes_through_the_mean(k):
    store = screen(lifts=((4, 3.0),), strength=0.6)
    figure = stage.two(store)[f"targets-{k + 1}"]
    pair, held = study.pair_of(store), study.held_of(store)
    points, free, line = figure.data
    np.testing.assert_array_equal(points["x"], pair.features[:, k])
    np.testing.assert_array_equal(points["y"], pair.values)
    for trace, slope in ((free, held.free[k]), (line, held.coefficients[k])):
        np.testing.assert_allclose(trace["y"], pair.values.mean() + slope * trace["x"])
    assert [i for i, color in enumerate(points["marker"]["color"]) if color == MOVED] == [4]
    assert figure.handles[0].along == "y"


def test_everything_fits_into_the_picture():
    for data in two_features():
        store = screen(data=data, strength=0.01)
        low, high = study.span_of(store)
        figure = stage.two(store)["ball"]
        for trace in figure.data[WAY:]:
            assert (trace["x"] > low).all()
            assert (trace["x"] < high).all()
        assert low < study.start_of(store)[0] < high


# The race ----------------------------------------------------------------------------------------


def test_both_racers_start_at_the_ring_and_take_as_many_frames():
    store = screen(start=(-1.0, 1.5), steps=25)
    items = stage.two(store)
    figure = items["landscape"]
    assert (figure.handles[0].x, figure.handles[0].y) == (-1.0, 1.5)
    race = study.race_of(store)
    for frame, one in zip(
        figure.play.frames[1:4:2], (race.proximal, race.subgradient), strict=True
    ):
        np.testing.assert_array_equal(np.column_stack([frame.x, frame.y]), one.points)
    gaps = items["gaps"]
    np.testing.assert_allclose(
        10.0 ** gaps.data[1]["y"], race.subgradient.values - race.lowest, rtol=1e-9
    )
    assert (gaps.data[0]["y"] >= -16.0 - 1e-9).all()


def test_a_path_that_ends_early_waits_where_it_ended():
    rows = np.arange(6.0).reshape(3, 2)
    assert padded_to(rows, 5).tolist() == [[0, 1], [2, 3], [4, 5], [4, 5], [4, 5], [4, 5]]
    assert padded_to(rows, 2) is rows
    store = screen(racers=(ProximalGradient(2.5), SubgradientDescent(0.5)), strength=0.1, steps=300)
    race = study.race_of(store)
    assert len(race.proximal.points) < 301
    figure = stage.two(store)["landscape"]
    assert {len(frame.x) for frame in figure.play.frames} == {figure.play.steps + 1}


@every_penalty
def test_the_curve_of_the_step_is_the_proximal_operator(penalty):
    store = screen(penalty=penalty, strength=1.2)
    figure = stage.two(store)["shrink"]
    pull = 1.2 * store.now.proximal.size(study.pair_of(store).problem)
    curve = figure.data[1]
    expected = store.now.told.proximal(curve["x"][:, None], pull)[:, 0]
    np.testing.assert_allclose(curve["y"], expected, atol=1e-14)
    bent, _ = parts(store.now.told)
    if bent:
        assert figure.handles[0].value == pytest.approx(bent * pull)
        assert figure.handles[0].value in curve["x"]
        inside = np.abs(curve["x"]) <= bent * pull
        assert not curve["y"][inside].any()
    else:
        assert figure.handles == ()
        assert "no zeros" in figure.title


def test_the_dots_of_the_step_are_those_of_the_race():
    store = screen(strength=1.2)
    figure = stage.two(store)["shrink"]
    points = study.race_of(store).proximal.points
    for k, frame in enumerate(figure.play.frames):
        np.testing.assert_allclose(frame.y[:-1], points[1:, k], atol=1e-12)


# Paths -------------------------------------------------------------------------------------------


@every_penalty
def test_the_path_is_drawn_as_it_is_with_its_corners_and_the_present_strength(penalty):
    store = screen(penalty=penalty, strength=0.8)
    figure = stage.two(store)["path"]
    found = path(study.pair_of(store).problem, store.now.told)
    for k, trace in enumerate(figure.data[1:3]):
        np.testing.assert_allclose(trace["y"], found.at(trace["x"])[:, k], atol=1e-12)
        assert len(trace["x"]) == 121
        for one in found.breakpoints:
            if one.strength < figure.handles[0].high:
                assert one.strength in trace["x"]
        assert figure.data[3 + k]["y"][0] == pytest.approx(found.at(0.8)[k])
    assert figure.handles[0].value == 0.8


def test_a_strength_beyond_the_picture_is_said_to_be():
    figure = stage.two(screen(strength=500.0))["path"]
    assert figure.handles == ()
    assert "lies beyond" in figure.title
    figure = stage.two(screen(strength=9.0))["path"]
    assert figure.handles[0].value == 9.0


def test_powers_of_ten_are_ticked_and_held_at_their_logarithms():
    over = Powers("λ", 0.01, 1000.0)
    told = over.axis()
    assert told["tickvals"] == [-2, -1, 0, 1, 2, 3]
    assert told["ticktext"] == ["0.01", "0.1", "1", "10", "100", "1000"]
    assert over.handle("h", 10.0, "label").value == 1.0
    assert over.handle("h", 0.0, "label").value == -2.0
    assert over.handle("h", 0.0, "label").symbol == "λ is 0, here λ"
    assert over.handle("h", 5000.0, "label").symbol == "λ is 5000, here λ"
    assert over.handle("h", 10.0, "label").symbol == "λ"
    assert [power(one) for one in (-6, -4, 0, 3)] == ["10⁻⁶", "0.0001", "1", "1000"]


def test_lines_that_stand_at_logarithms_say_so():
    store = screen(ten=20.0, smoothing=0.01)
    items = {**stage.ten(store), **stage.wave(store)}
    lines = [one for figure in items.values() for one in getattr(figure, "handles", ())]
    logarithms = {one.id: one for one in lines if getattr(one, "logarithmic", False)}
    assert set(logarithms) == {"ten-log", "smoothing-log"}
    assert 10.0 ** logarithms["ten-log"].value == pytest.approx(20.0)
    assert 10.0 ** logarithms["smoothing-log"].value == pytest.approx(0.01)


@every_penalty
def test_ten_paths_and_bars_are_the_cores(penalty):
    store = screen(penalty=penalty, ten=12.0)
    items = stage.ten(store)
    answer = study.ten_of(store)
    for k in range(10):
        trace = items["ten"].data[1 + k]
        np.testing.assert_allclose(trace["y"], answer.found.at(10.0 ** trace["x"])[:, k], atol=1e-9)
        bar = items["bars"].data[k]
        assert bar["x"].tolist() == [0.0, answer.found.at(12.0)[k]]
    left = np.count_nonzero(answer.found.at(12.0))
    assert f"{left} remain" in items["ten"].title
    assert items["bars"].title == f"{left} features remain"
    labels = items["bars"].layout["yaxis"]["ticktext"]
    assert sum(label.endswith(": 0</i>") for label in labels) == 10 - left
    looks = {(one.color, one.dash) for one in items["ten"].legend[:10]}
    assert len(looks) == 10


@every_penalty
def test_the_marks_of_cross_validation_are_where_its_curve_says(penalty):
    store = screen(penalty=penalty, folds="5")
    figure = stage.ten(store)["validation"]
    told = study.ten_of(store).validation
    curve, line, best, simple = (figure.data[k] for k in (1, 2, 3, 4))
    assert best["y"][0] == curve["y"].min() == told.mean.min()
    assert simple["y"][0] <= line["y"][0] == pytest.approx(best["y"][0] + told.doubt[told.best])
    assert simple["x"][0] >= best["x"][0]
    beyond = curve["x"] > simple["x"][0]
    assert (curve["y"][beyond] > line["y"][0]).all()
    upright = stage.ten(store)["ten"].data[11:13]
    np.testing.assert_allclose([one["x"][0] for one in upright], [best["x"][0], simple["x"][0]])


# Polynomials -------------------------------------------------------------------------------------


@every_penalty
def test_curve_points_and_errors_are_the_cores(penalty):
    store = screen(penalty=penalty, degree=7, smoothing=1e-3)
    items = stage.wave(store)
    x, y = story()
    core = Polynomials(Split(x, y, held_out(), (0.0, 1.0)), store.now.told)
    fit = core.fit(7, 1e-3)
    curve = items["wave"].data[1]
    shown = np.abs(fit.at(curve["x"])) < 2.1
    np.testing.assert_allclose(curve["y"][shown], fit.at(curve["x"])[shown], rtol=1e-9)
    assert items["wave"].data[2]["x"].tolist() == x.tolist()
    wave = items["wave"].data[0]
    np.testing.assert_allclose(wave["y"], np.sin(2 * np.pi * wave["x"]))
    symbols = items["wave"].data[2]["marker"]["symbol"]
    assert [one == "square" for one in symbols] == held_out().tolist()
    degrees = items["degree"]
    for k in (0, 1):
        expected = np.log10(np.clip(core.by_degree(1e-3)[:, k], 1e-3, 10.0))
        np.testing.assert_allclose(degrees.data[k]["y"], expected, rtol=1e-6)
    assert degrees.data[0]["x"].tolist() == list(range(HIGHEST + 1))
    assert degrees.handles[0].value == 7.0
    assert items["smoothing"].handles[0].value == pytest.approx(-3.0)
    strengths = items["smoothing"].data[1]
    expected = [core.errors(core.fit(7, 10.0 ** float(one)))[1] for one in strengths["x"][::8]]
    np.testing.assert_allclose(10.0 ** strengths["y"][::8], expected, rtol=1e-5)


def test_a_wild_polynomial_is_cut_far_outside_the_picture():
    store = screen(degree=12, smoothing=0.0)
    curve = stage.wave(store)["wave"].data[1]
    assert np.abs(curve["y"]).max() < 20.0


# While a hand moves ------------------------------------------------------------------------------


def test_axes_stay_while_a_hand_moves_and_follow_when_it_lets_go():
    store = screen()
    rest = stage.two(store)
    store.held = "optimum"
    store.change(shift=(3.0, 3.0), strength=30.0)
    moving = stage.two(store)
    for key in ("ball", "landscape", "path", "shrink", "targets-1"):
        for one in ("xaxis", "yaxis"):
            if (key, one) != ("path", "yaxis"):
                assert moving[key].layout[one]["range"] == rest[key].layout[one]["range"], key
    store.held = ""
    after = stage.two(store)
    assert after["ball"].layout["xaxis"]["range"] != rest["ball"].layout["xaxis"]["range"]


def test_a_landscape_is_coarser_while_a_hand_moves():
    store = screen()
    rest = stage.two(store)["ball"].data[0]["z"].shape
    store.held = "ball"
    assert stage.two(store)["ball"].data[0]["z"].shape < rest


def test_a_share_that_is_being_turned_leaves_the_ten_features_for_later():
    store = screen(penalty="ElasticNet")
    before = study.ten_of(store)
    store.held = "ElasticNet.ratio"
    turned = tuple(type(one)(0.9) if parts(one)[1] not in (0.0, 1.0) else one
                   for one in store.now.penalties)  # fmt: skip
    store.change(penalties=turned)
    assert study.ten_of(store) is before
    store.held = ""
    assert study.ten_of(store).found.penalty == turned[2]


def test_only_what_a_hand_changes_is_computed_anew():
    store = screen()
    pair, race, bare = study.pair_of(store), study.race_of(store), study.landscapes_of(store)[0]
    store.change(degree=3, ten=5.0, grip=10.0)
    assert study.pair_of(store) is pair
    assert study.race_of(store) is race
    store.change(strength=0.3)
    assert study.pair_of(store) is pair
    assert study.landscapes_of(store)[0] is bare
    assert study.race_of(store) is not race
    store.change(lifts=((3, 1.0),))
    assert study.pair_of(store) is not pair


@pytest.mark.parametrize("field", ["penalty", "data"])
def test_every_screen_of_the_first_board_has_words(field):
    choices = {"penalty": NAMES, "data": two_features()}[field]
    for one, strength in itertools.product(choices, (0.0, 0.4, 1e5)):
        words = stage.two(screen(**{field: one, "strength": strength}))["words"]
        assert isinstance(words, Note)
        assert all(line[-1] in ".:" for line in words.lines), words.lines
