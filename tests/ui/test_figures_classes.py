"""Pictures of classes by their records: what is drawn is what the core says."""

import numpy as np
import plotly.graph_objects as go
import pytest

from core.classification.metrics import LossShares, reliability
from core.data.labelled import labelled
from core.losses.margin import MARGIN_LOSSES, Focal, Hinge, LogisticLoss
from pages.ui.binary import stage
from pages.ui.binary.state import BinaryState
from pages.ui.figures.figure import Figure
from pages.ui.figures.plane import Boundary, _line, _sloped
from pages.ui.figures.probability import expected_figure, reliability_figure, shares_figure
from pages.ui.session import Store
from pages.ui.theme import CLASSES, contrast, look

ALL = tuple(kind.__name__ for kind in MARGIN_LOSSES)


def drawn(**state) -> dict[str, Figure]:
    return stage.pictures(Store(BinaryState(**state), BinaryState()))


@pytest.mark.parametrize("data", ["overlapping", "challenger", "breast"])
def test_plotly_accepts_every_figure(data):
    for item in drawn(data=data, compared=ALL, chosen="Hinge").values():
        if isinstance(item, Figure):
            go.Figure({"data": item.data, "layout": item.layout})


@pytest.mark.parametrize(
    "theta", [(1.0, 2.0, -0.5), (0.0, 1.0, 0.3), (1.0, 0.0, 0.3), (-3.0, 1e-9, 1.0)]
)
@pytest.mark.parametrize("score", [0.0, 1.0, -1.0])
def test_a_boundary_is_where_the_score_is_that_number(theta, score):
    one = Boundary("a loss", look(Hinge), np.array(theta))
    line = _line(one, (np.zeros(2), 10.0), score, 1.0)
    scores = theta[0] * line["x"] + theta[1] * line["y"] + theta[2]
    np.testing.assert_allclose(scores, score, atol=1e-9)
    assert np.hypot(np.diff(line["x"]), np.diff(line["y"]))[0] == pytest.approx(20.0)


def test_no_weights_have_no_boundary():
    line = _line(Boundary("a loss", look(Hinge), np.zeros(3)), (np.zeros(2), 1.0), 0.0, 1.0)
    assert np.isnan(line["x"]).all()
    assert _sloped(np.zeros((1, 3)))[0, 1] > 1e6


@pytest.mark.parametrize("theta", [(1.0, 2.0, -0.5), (2.0, 0.0, 1.0), (1.0, -1e-12, 0.5)])
def test_the_boundary_of_a_step_is_a_line_with_a_slope_however_upright(theta):
    ((slope, intercept),) = _sloped(np.array([theta]))
    x = -theta[2] / theta[0] if abs(theta[1]) < 1e-6 else 0.7
    y = slope * x + intercept
    assert theta[0] * x + theta[1] * y + theta[2] == pytest.approx(0.0, abs=1e-5)


def test_the_backdrop_is_the_probability_that_the_fit_reports():
    figure = drawn(data="overlapping")["data"]
    shade, each = figure.data[0], labelled("overlapping")
    near = [int(np.abs(shade["x"] - each.x[5, 0]).argmin()),
            int(np.abs(shade["y"] - each.x[5, 1]).argmin())]  # fmt: skip
    store = Store(BinaryState(), BinaryState())
    answer = stage.computed(store, stage.points_of(store))
    w1, w2, b = answer.fit.theta
    score = w1 * shade["x"][near[0]] + w2 * shade["y"][near[1]] + b
    assert shade["z"][near[1], near[0]] == pytest.approx(1.0 / (1.0 + np.exp(-score)), rel=1e-12)


def test_each_class_has_a_marker_of_its_own_besides_its_colour():
    assert len({one.symbol for one in CLASSES}) == len(CLASSES) == 10
    for one in CLASSES:
        assert min(contrast(one.color, page) for page in ("#ffffff", "#0e1117")) >= 3


def test_the_expected_loss_bottoms_out_where_the_legend_says():
    losses = [LogisticLoss(), Hinge(), Focal()]
    figure = expected_figure(losses, 0.9)
    notes = {entry.name: entry.note for entry in figure.legend}
    assert notes == {"Logistic": "0.9", "Focal": "0.694"} | {
        "Hinge": "reports none; drawn as if a logit"
    }
    for curve, dot, best in zip(figure.data[::2], figure.data[1::2], (0.9, 0.731, 0.694),
                                strict=True):  # fmt: skip
        assert curve["x"][curve["y"].argmin()] == pytest.approx(best, abs=0.01)
        assert dot["x"][0] == pytest.approx(best, abs=0.001)


def test_shares_are_drawn_as_long_as_they_are():
    shares = [LossShares(0.25, 0.75, 8, 2), LossShares(None, None, 10, 0)]
    figure = shares_figure([LogisticLoss(), Hinge()], shares, "Hinge")
    assert figure.data[0]["x"].tolist() == [0.0, 0.75]
    assert figure.data[1]["x"].tolist() == [0.75, 1.0]
    assert "75 % by the 2" in figure.legend[0].note
    assert "no loss at all" in figure.legend[1].note


def test_reliability_is_drawn_bin_by_bin():
    found = reliability(np.array([0.1, 0.12, 0.8, 0.9]), np.array([0, 1, 1, 1]), 4)
    figure = reliability_figure(LogisticLoss(), found)
    points = figure.data[2]
    seen = ~np.isnan(points["x"])
    np.testing.assert_allclose(points["x"][seen], [0.11, 0.85])
    np.testing.assert_allclose(points["y"][seen], [0.5, 1.0])
    assert "reports no probability" in reliability_figure(Hinge(), None).alt


def test_the_legend_names_margins_and_what_is_no_minimum():
    pictures = drawn(data="separable", compared=("LogisticLoss", "Hinge"))
    assert "margin of logistic" in {entry.name for entry in pictures["data"].legend}
    names = {entry.name for entry in pictures["landscape"].legend}
    assert {"on the way: logistic", "best hinge"} <= names
