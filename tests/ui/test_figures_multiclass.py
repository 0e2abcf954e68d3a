"""Pictures of several classes by their records: what is drawn is what the core says."""

import numpy as np
import plotly.graph_objects as go
import pytest

from core.classification.metrics import confusion_matrix
from core.data.labelled import multiclass_datasets
from core.losses.multiclass import (
    MULTICLASS_LOSSES,
    CategoricalCrossEntropy,
    LabelSmoothing,
    MulticlassBrier,
)
from pages.ui.figures.confusion import class_losses_figure, confusion_figure
from pages.ui.figures.figure import Figure
from pages.ui.figures.parts import arrow, class_ticks
from pages.ui.figures.simplex import at, grid, in_triangle, smoothing_figure
from pages.ui.multiclass import stage
from pages.ui.multiclass.simplex_board import surface_of
from pages.ui.multiclass.state import LOSS_NAMES, MulticlassState, points_of
from pages.ui.payload import pack, unpack
from pages.ui.session import Store
from pages.ui.theme import look

ALL = tuple(kind() for kind in MULTICLASS_LOSSES)
every_loss = pytest.mark.parametrize("loss", ALL, ids=lambda loss: type(loss).__name__)


def screen(**state) -> Store[MulticlassState]:
    return Store(MulticlassState(**state), MulticlassState())


def drawn(**state) -> dict[str, Figure]:
    return stage.pictures(screen(**state))


def bary(x, y) -> np.ndarray:
    corners = np.vstack([at(np.eye(3)).T, np.ones(3)])
    return np.linalg.solve(corners, np.array([x, y, 1.0]))


@pytest.mark.parametrize("data", multiclass_datasets())
def test_plotly_accepts_every_figure_and_it_travels(data):
    items = drawn(data=data, compared=LOSS_NAMES, judge="MulticlassHinge", temperature=0.5)
    for item in items.values():
        if isinstance(item, Figure):
            go.Figure({"data": item.data, "layout": item.layout})
    header, arrays = unpack(pack(items, ack=1, scale=1.0))
    assert len(header["items"]) == len(items)
    assert sum(array.nbytes for array in arrays) < 250_000


def test_what_is_grabbed_and_played_is_a_trace_of_the_figure():
    for item in drawn().values():
        if not isinstance(item, Figure):
            continue
        for handle in item.handles:
            assert getattr(handle, "trace", 0) < len(item.data)
        for frame in item.play.frames if item.play else ():
            assert frame.trace < len(item.data)
            rows = [one for one in (frame.x, frame.y) if one is not None]
            assert {len(one) for one in rows} == {item.play.steps + 1}
            if frame.kind == "row":
                assert rows[0].shape[1] == len(item.data[frame.trace]["x"])


# The plane ---------------------------------------------------------------------------------------


def test_the_shades_are_the_probabilities_of_the_chosen_fit():
    store = screen()
    figure = stage.pictures(store)["data"]
    answer = stage.computed(store, points_of(store))
    shades = figure.data[:3]
    np.testing.assert_allclose(sum(one["z"] for one in shades), 1.0, rtol=1e-12)
    row, column = 5, 20
    place = np.array([shades[0]["x"][column], shades[0]["y"][row], 1.0])
    powers = np.exp(answer.fit.weights @ place)
    told = [one["z"][row, column] for one in shades]
    np.testing.assert_allclose(told, powers / powers.sum(), rtol=1e-10)


def test_the_pointer_is_told_the_same_probabilities():
    figure = drawn()["data"]
    told, shades = figure.readout, figure.data[:3]
    assert told.softmax
    assert told.names == ("A", "B", "C")
    place = np.array([shades[0]["x"][3], shades[0]["y"][30], 1.0])
    powers = np.exp(np.array(told.rows) @ place)
    expected = [one["z"][30, 3] for one in shades]
    np.testing.assert_allclose(powers / powers.sum(), expected, rtol=1e-10)


def test_of_standardized_points_the_borders_are_drawn_in_the_units_of_the_data():
    store = screen(data="iris-3")
    figure = stage.pictures(store)["data"]
    rows = np.array(figure.readout.rows)
    border = figure.data[-2]
    x, y = border["x"][:2], border["y"][:2]
    for place in zip(x, y, strict=True):
        logits = np.sort(rows @ np.array([*place, 1.0]))
        assert logits[-1] == pytest.approx(logits[-2], abs=1e-6)


# The triangle ------------------------------------------------------------------------------------


def test_places_and_probabilities_are_one_to_one():
    for shares in (np.array([0.2, 0.5, 0.3]), np.array([0.98, 0.01, 0.01])):
        np.testing.assert_allclose(in_triangle(*at(shares)), shares, rtol=1e-12)
    for corner in range(3):
        shares = in_triangle(*at(np.eye(3)[corner]))
        assert shares.sum() == pytest.approx(1.0)
        assert 0.99 < shares[corner] < 1.0


@every_loss
@pytest.mark.parametrize("truth", range(3))
def test_the_surface_is_the_loss_of_each_prediction(loss, truth):
    surface, (_, _, shares) = surface_of(loss, truth), grid()
    inside = ~np.isnan(shares[..., 0])
    assert (np.isnan(surface.z) == ~inside).all()
    target = loss.certain(truth, 3)
    for row, column in ((30, 40), (60, 48), (3, 10)):
        expected = loss.value(np.log(shares[row, column]), target)
        assert surface.z[row, column] == pytest.approx(float(expected), rel=1e-12)


def test_brier_is_the_squared_distance_in_the_triangle():
    """Its level lines are circles about the true corner: the sides of the triangle are 1 long."""
    surface = surface_of(MulticlassBrier(), 1)
    across, up = np.meshgrid(surface.x, surface.y)
    corner = at(np.eye(3)[1])
    distance = (across - corner[0]) ** 2 + (up - corner[1]) ** 2
    inside = ~np.isnan(surface.z)
    np.testing.assert_allclose(surface.z[inside], 2.0 * distance[inside], atol=1e-7)


def test_under_cross_entropy_the_arrow_ends_at_the_true_corner():
    for truth in range(3):
        figure = drawn(truth=truth)["triangle"]
        way = figure.data[6]
        np.testing.assert_allclose([way["x"][1], way["y"][1]], at(np.eye(3)[truth]), atol=1e-12)
        here = figure.handles[0]
        assert (way["x"][0], way["y"][0]) == (here.x, here.y)


def test_under_smoothed_labels_it_ends_at_the_smoothed_target():
    figure = drawn(truth=2, judge="LabelSmoothing")["triangle"]
    target = np.array([0.1, 0.1, 0.1]) / 3 + 0.9 * np.eye(3)[2]
    way, star = figure.data[6], figure.data[4]
    np.testing.assert_allclose([way["x"][1], way["y"][1]], at(target), atol=1e-12)
    np.testing.assert_allclose([star["x"][0], star["y"][0]], at(target), atol=1e-12)


def test_the_prediction_stays_within_the_triangle():
    hull = drawn()["triangle"].handles[0].hull
    for place in hull:
        shares = bary(*place)
        assert (shares > 0).all()
        assert shares.max() > 0.99


def test_the_pointer_is_told_the_shares_of_its_place():
    told = drawn()["triangle"].readout
    assert not told.softmax
    rows = np.array(told.rows)
    for shares in (np.array([0.2, 0.5, 0.3]), np.eye(3)[2]):
        np.testing.assert_allclose(rows @ np.array([*at(shares), 1.0]), shares, atol=1e-12)


def test_the_heat_has_the_same_array_as_its_levels():
    heat, levels = drawn()["triangle"].data[:2]
    assert heat["z"] is levels["z"]
    assert np.nanmin(heat["z"]) == 0
    assert np.nanmax(heat["z"]) == 1


def test_outside_the_triangle_there_is_nothing_and_it_travels_in_single_precision():
    header, arrays = unpack(pack({"triangle": drawn()["triangle"]}, ack=1, scale=1.0))
    (heat,) = [array for array in arrays if array.ndim == 2]
    assert heat.dtype == np.float32
    assert np.isnan(heat[-1, 0])
    assert np.isfinite(heat[1, heat.shape[1] // 2])
    assert "NaN" not in str(header)


# Bars --------------------------------------------------------------------------------------------


def test_bars_are_logits_and_arrows_go_against_the_gradient():
    state = MulticlassState(judge="MulticlassBrier", truth=1, temperature=2.0, shift=50.0)
    items = stage.pictures(Store(state, MulticlassState()))
    logits = np.array(state.logits) + 50.0
    pull = MulticlassBrier().gradient(logits / 2.0, np.eye(3)[1])
    figure = items["logits"]
    for k in range(3):
        bar, way = figure.data[2 * k : 2 * k + 2]
        np.testing.assert_allclose(bar["y"], [50.0, logits[k]])
        assert way["y"][1] == pytest.approx(logits[k] - pull[k])
        assert figure.handles[k].value == logits[k]
        assert figure.handles[k].axis == bar["yaxis"]


def test_probabilities_are_softmax_and_arrows_lead_to_what_is_asked():
    figure = drawn(truth=1)["probabilities"]
    powers = np.exp(np.array(MulticlassState().logits))
    heights = [one["y"][1] for one in figure.data[:3]]
    np.testing.assert_allclose(heights, powers / powers.sum(), rtol=1e-12)
    ways = figure.data[4]["y"].reshape(3, 6)
    np.testing.assert_allclose(ways[:, 0], heights)
    np.testing.assert_allclose(ways[:, 1], [0.0, 1.0, 0.0])
    assert "(+" in figure.legend[0].note
    assert "(−" in figure.legend[1].note


@pytest.mark.parametrize("epsilon", [0.0, 0.1, 0.9])
def test_the_curves_of_smoothing_have_their_dots_at_the_best_leads(epsilon):
    figure = smoothing_figure(LabelSmoothing(epsilon))
    dots = figure.data[-1]
    for k, classes in enumerate((3, 10, 1000)):
        told = float(dots["y"][k])
        if epsilon == 0.0:
            assert (told, figure.legend[k].note) == (12.0, "∞")
            continue
        row = np.zeros(classes)
        row[0] = told
        gradient = LabelSmoothing(epsilon).gradient(row, np.eye(classes)[0])
        np.testing.assert_allclose(gradient, 0.0, atol=1e-12)


# Confusion ---------------------------------------------------------------------------------------


def test_the_confusion_matrix_is_the_cores_with_its_counts_written_in():
    store = screen(data="iris-3")
    answer = stage.computed(store, points_of(store))
    counts = confusion_matrix(answer.model.label, answer.model.called(answer.fit.weights), 3)
    figure = stage.pictures(store)["confusion"]
    np.testing.assert_allclose(figure.data[0]["z"], counts / 50)
    crooked = np.arange(9).reshape(3, 3)
    notes = confusion_figure(crooked, ("a", "b", "c"), "a loss").layout["annotations"]
    assert len(notes) == 9
    for note in notes:
        assert crooked[note["y"], note["x"]] == int(note["text"].strip("</b>"))


def test_mean_losses_of_the_classes_add_up_to_the_cost():
    store = screen(compared=LOSS_NAMES)
    answer = stage.computed(store, points_of(store))
    for values, model, found in zip(
        stage._class_means(answer), answer.models, answer.fits, strict=True
    ):
        counts = np.bincount(model.label)
        assert values @ counts / counts.sum() == pytest.approx(found.value, rel=1e-12)


def test_a_class_without_points_has_no_mark_and_no_number():
    means = [np.array([0.5, np.nan, 0.25])]
    told = [("a loss", look(CategoricalCrossEntropy))]
    figure = class_losses_figure(means, ("a", "b", "c"), told)
    assert "b undefined" in figure.alt
    assert np.isnan(figure.data[1]["y"][1])
    empty = confusion_figure(np.array([[2, 0], [0, 0]]), ("a", "b"), "a loss")
    assert np.isfinite(empty.data[0]["z"]).all()


def test_long_names_are_told_by_their_marks():
    assert class_ticks(("A", "B"))["ticktext"] == ["A", "B"]
    assert class_ticks(("setosa", "versicolor"))["ticktext"] == ["●", "■"]


def test_an_arrow_is_one_stroke_with_its_barbs_at_the_tip():
    way = arrow((0.0, 0.0), (3.0, 4.0), 1.0)
    np.testing.assert_array_equal(way[[0, 1, 3]], [[0, 0], [3, 4], [3, 4]])
    for barb in way[[2, 4]]:
        assert np.hypot(*(barb - way[1])) == pytest.approx(np.hypot(1.0, 0.5))
        assert (barb - way[1]) @ way[1] < 0
    assert (arrow((1.0, 1.0), (1.0, 1.0), 0.1) == 1.0).all()
