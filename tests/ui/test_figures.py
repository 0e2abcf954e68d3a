"""Pictures by their records: what Plotly will draw, and what can be grabbed."""

import numpy as np
import plotly.graph_objects as go
import pytest

from core.landscape import Grid, Landscape
from core.losses import RESIDUAL_LOSSES, Huber, SquaredError
from core.objectives import LinearRegression
from core.optimizers import GradientDescent, descend
from pages.ui.figures.breakdown import breakdown_figure
from pages.ui.figures.curves import CURVES, Axis, curve_figure
from pages.ui.figures.figure import Figure
from pages.ui.figures.landscape import Heights, Mark, Scene, landscape_figure, surface_figure
from pages.ui.figures.parts import escaped, low, number, padded
from pages.ui.figures.scatter import Cloud, Line, data_figure
from pages.ui.figures.steps import steps_figure
from pages.ui.theme import look

X = np.linspace(-2, 2, 9)
Y = 1.5 * X + 0.25
OBJECTIVE = LinearRegression(X, Y + 0.1 * np.cos(9 * X), SquaredError())
PATH = descend(OBJECTIVE, GradientDescent(0.1), (-1.0, 1.0), 20)
LAND = OBJECTIVE.landscape(Grid.regular((-2.0, 3.0), (-2.0, 2.0), 21, 17))
LINES = [Line(kind.name, look(kind), np.array([1.5, 0.25])) for kind in (SquaredError, Huber)]


def cloud(**more):
    told = {"moved": (2,), "selected": 3, **more}
    return Cloud(X, Y, "x", "<b>y</b>", ((-2.5, 2.5), (-4.0, 4.0)), 0.0, **told)


def scene(**more):
    marks = (Mark("Huber", look(Huber), np.array([1.5, 0.2])),
             Mark("Tukey", look(SquaredError), np.array([0.5, 0.2]), local=True))  # fmt: skip
    labels = ("slope", "intercept", "mean loss")
    return Scene(LAND, PATH.points, PATH.values, marks, labels, "Squared error", **more)


FIGURES = {
    "data": data_figure(cloud(), LINES, PATH.points, False, "k"),
    "squares": data_figure(cloud(selected=None, editable=False), LINES, PATH.points, True, "k"),
    "landscape": landscape_figure(scene(), "k"),
    "plain landscape": landscape_figure(scene(geometric=False), "k"),
    "surface": surface_figure(scene(), "k"),
    "steps": steps_figure(PATH.values, 0.01, "mean loss", look(SquaredError), "k"),
    "breakdown": breakdown_figure(X, [X, 0 * X], LINES, 0.5, 3, "k"),
    **{
        f"curve {curve.key}": curve_figure(
            curve, [kind() for kind in RESIDUAL_LOSSES], Axis("residual", (-3.0, 3.0), X), ()
        )
        for curve in CURVES
    },
}


@pytest.mark.parametrize("name", FIGURES)
def test_plotly_accepts_every_figure(name):
    figure = FIGURES[name]
    go.Figure({"data": figure.data, "layout": figure.layout})


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_says_in_words_what_it_shows(name):
    figure = FIGURES[name]
    assert figure.title
    assert len(figure.alt) > 30
    for word in ("nan", "inf", "None"):
        assert word not in figure.alt


@pytest.mark.parametrize("name", [name for name in FIGURES if name != "surface"])
def test_axes_keep_still_so_that_a_picture_follows_a_finger(name):
    layout = FIGURES[name].layout
    for axis in ("xaxis", "yaxis"):
        low_end, high_end = layout[axis]["range"]
        assert low_end < high_end


@pytest.mark.parametrize("name", FIGURES)
def test_what_is_grabbed_and_played_is_a_trace_of_the_figure(name):
    figure: Figure = FIGURES[name]
    count = len(figure.data)
    assert all(handle.trace < count for handle in figure.handles if hasattr(handle, "trace"))
    for frame in figure.play.frames if figure.play else ():
        assert frame.trace < count
        lengths = [len(a) for a in (frame.path, frame.x, frame.y) if a is not None]
        assert frame.kind == "line" or set(lengths) == {figure.play.steps + 1}


def test_the_landscape_draws_its_array_twice_and_sends_it_once():
    heat, levels = FIGURES["landscape"].data[:2]
    assert heat["z"] is levels["z"]


def test_heights_are_costs_on_a_scale_that_opens_the_valley():
    z = np.array([[1.0, 1.001, 2.0], [1.5, np.inf, 11.0]])
    heights = Heights.of(z, geometric=True)
    told = heights.of_cost(z)
    assert (told.min(), told.max()) == (0, 1)
    finite = np.isfinite(z)
    np.testing.assert_allclose(heights.cost(told[finite]), z[finite], rtol=1e-12)
    assert told[0, 1] > 100 * (0.001 / 10)


def test_plain_heights_are_shares_of_the_costs():
    z = np.array([[1.0, 2.0], [3.0, np.inf]])
    np.testing.assert_allclose(Heights.of(z, False).of_cost(z), [[0, 0.5], [1, 1]])


@pytest.mark.parametrize("geometric", [True, False])
def test_a_flat_landscape_has_heights_too(geometric):
    flat = Landscape(np.arange(3.0), np.arange(2.0), np.full((2, 3), 4.0))
    heights = Heights.of(flat.z, geometric)
    assert np.isfinite(heights.of_cost(flat.z)).all()


def test_the_bar_tells_costs():
    bar, z = FIGURES["landscape"].bar, LAND.z
    assert bar.labels[0] == number(float(z.min()), 2)
    assert bar.labels[-1] == number(float(z.max()), 2)
    plain = FIGURES["plain landscape"].bar
    assert plain.labels[2] == number(float(z.min() + z.max()) / 2, 2)


def test_the_browser_reads_costs_off_heights_by_the_same_formula():
    for name in ("landscape", "plain landscape"):
        told = FIGURES[name].readout
        z = FIGURES[name].data[told.trace]["z"]
        share = ((1 + told.depth) ** z - 1) / told.depth if told.depth else z
        np.testing.assert_allclose(told.low + told.spread * share, LAND.z, rtol=1e-12)


def test_labels_of_a_readers_own_are_shown_as_typed():
    assert FIGURES["data"].layout["yaxis"]["title"]["text"] == "&lt;b&gt;y&lt;/b&gt;"
    assert escaped("a & b") == "a &amp; b"


def test_only_editable_points_can_be_grabbed():
    assert [handle.id for handle in FIGURES["data"].handles] == ["points"]
    assert FIGURES["squares"].handles == ()


def test_costs_of_many_sizes_get_a_logarithmic_axis():
    figure = steps_figure(np.geomspace(1e8, 1, 30), 0.5, "mean loss", look(Huber), "k")
    assert figure.layout["yaxis"]["type"] == "log"
    assert figure.layout["yaxis"]["range"][1] >= 8
    near = steps_figure(np.linspace(3, 2, 30), 1.0, "mean loss", look(Huber), "k")
    assert near.layout["yaxis"]["type"] == "linear"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (-0.0, "0"), (0.635, "0.635"), (1234.5, "1230"), (-2.5, "−2.5"), (1e-7, "1×10⁻⁷"),
     (3.1e12, "3.1×10¹²"), (999999, "1×10⁶"), (0.00012345, "0.000123"), (np.inf, "∞"),
     (-np.inf, "−∞"), (np.nan, "undefined"), (99.96, "100"), (-1e-300, "−1×10⁻³⁰⁰")],
)  # fmt: skip
def test_numbers_read_as_written_by_hand(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    "values", [[], [3.0], [0.0, 0.0], [1e50, 1e50], [np.nan], [np.inf, 1.0], [-1e-30, 1e-30]]
)
def test_a_padded_range_is_never_empty(values):
    low_end, high_end = padded(values)
    assert np.isfinite([low_end, high_end]).all()
    assert low_end < high_end


def test_people_keep_their_capital_within_a_sentence():
    assert [low(kind.name) for kind in RESIDUAL_LOSSES][:3] == [
        "squared error", "absolute error", "Huber",
    ]  # fmt: skip
