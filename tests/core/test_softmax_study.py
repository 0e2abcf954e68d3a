"""Laws of what a screen of several classes computes: borders, shares of a picture, the study."""

import itertools
import math

import numpy as np
import pytest

from core.classification.softmax_fit import fit
from core.classification.softmax_regression import COLUMNS
from core.classification.softmax_study import (
    SoftmaxQuestion,
    at,
    boundaries,
    share_turned,
    softmax_models,
    softmax_ranges,
    softmax_study,
)
from core.data.labelled import labelled, multiclass_datasets
from core.landscape import Grid
from core.losses.multiclass import MULTICLASS_LOSSES, LabelSmoothing
from core.optimizers import GradientDescent
from tests.core.test_worked import evaluate

SPAN = ((-3.0, 3.0), (-2.0, 4.0))
AXES = ((1, "w1"), (2, "w2"))
every_loss = pytest.mark.parametrize("kind", MULTICLASS_LOSSES, ids=lambda kind: kind.__name__)


def drawn(classes: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(classes, 3))


@pytest.mark.parametrize("classes", [2, 3, 5])
@pytest.mark.parametrize("seed", range(5))
def test_along_a_border_the_two_largest_logits_are_equal(classes, seed):
    weights = drawn(classes, seed)
    x, y = boundaries(weights, SPAN)
    assert x.shape == y.shape == (3 * math.comb(classes, 2),)
    for pair, (i, j) in enumerate(itertools.combinations(range(classes), 2)):
        ends = slice(3 * pair, 3 * pair + 2)
        assert np.isnan(x[3 * pair + 2])
        if np.isnan(x[ends]).any():
            continue
        for share in (0.0, 0.3, 1.0):
            place = [np.interp(share, [0, 1], axis[ends]) for axis in (x, y)]
            logits = weights @ np.array([*place, 1.0])
            assert logits[i] == pytest.approx(logits[j], abs=1e-9)
            assert logits[i] >= logits.max() - 1e-9


@pytest.mark.parametrize("seed", range(5))
def test_where_the_winner_changes_there_is_a_border_between(seed):
    weights = drawn(3, seed)
    x, y = (ends.reshape(-1, 3)[:, :2] for ends in boundaries(weights, SPAN))
    heights = np.linspace(*SPAN[1], 7)
    across = np.linspace(*SPAN[0], 601)
    for height in heights:
        logits = np.column_stack([across, np.full(601, height), np.ones(601)]) @ weights.T
        changes = across[:-1][np.diff(logits.argmax(axis=1)) != 0]
        crossed = [
            a[0] + (height - b[0]) / (b[1] - b[0]) * (a[1] - a[0])
            for a, b in zip(x, y, strict=True)
            if min(b) <= height <= max(b)
        ]
        for change in changes:
            assert min(abs(np.array(crossed) - change)) < 0.011


def test_of_three_bands_the_outer_two_have_no_border():
    bands = np.array([[-1.0, 0.0, -1.0], [0.0, 0.0, 0.0], [1.0, 0.0, -1.0]])
    x, _ = boundaries(bands, SPAN)
    first, outer, last = x.reshape(3, 3)[:, :2]
    np.testing.assert_allclose(first, -1.0)
    np.testing.assert_allclose(last, 1.0)
    assert np.isnan(outer).all()


def test_equal_weights_have_no_border_and_no_trouble():
    x, y = boundaries(np.zeros((3, 3)), SPAN)
    assert np.isnan(x).all()
    assert np.isnan(y).all()
    steps = np.stack([np.zeros((3, 3)), drawn(3), np.full((3, 3), np.inf)])
    x, _ = boundaries(steps, SPAN)
    assert x.shape == (3, 9)
    assert np.isnan(x[[0, 2]]).all()
    np.testing.assert_array_equal(x[1], boundaries(drawn(3), SPAN)[0])


def test_the_share_of_a_picture_that_changes_hands():
    left, right = np.array([[-1.0, 0, 0], [1.0, 0, 0]]), np.array([[-1.0, 0, 1.0], [1.0, 0, -1.0]])
    grid = Grid.regular((-2.0, 2.0), (0.0, 1.0), 400, 3)
    assert share_turned(left, left, grid) == 0.0
    assert share_turned(left, right, grid) == pytest.approx(0.25, abs=0.01)


@every_loss
def test_a_study_holds_the_other_weights_at_the_fit(kind):
    points = labelled("three")
    models = softmax_models(points.x, points.label, [kind()], 0.01, 3)
    fits = tuple(map(fit, models))
    ranges = softmax_ranges(fits, AXES)
    grid = Grid.regular(*ranges, 9, 9)
    asked = SoftmaxQuestion(0, GradientDescent(0.1), (0.0, 0.0), 5, grid, AXES)
    answer = softmax_study(models, fits, asked)
    rest = np.ones((3, 3), bool)
    rest[1, 0] = rest[2, 1] = False
    assert answer.full.shape == (len(answer.trajectory.points), 3, 3)
    np.testing.assert_array_equal(answer.full[:, rest], answer.fit.weights[rest][None].repeat(
        len(answer.full), axis=0))  # fmt: skip
    np.testing.assert_array_equal(answer.full[:, 1, 0], answer.trajectory.points[:, 0])
    assert answer.landscape.z[4, 4] == pytest.approx(
        answer.model.value(answer.objective.full((grid.x[4], grid.y[4]))), rel=1e-9
    )


@pytest.mark.parametrize("data", multiclass_datasets())
def test_ranges_hold_every_fit_and_no_weights(data):
    points = labelled(data)
    kinds = (LabelSmoothing, MULTICLASS_LOSSES[0])
    models = softmax_models(points.x, points.label, [kind() for kind in kinds], 0.0, 3)
    fits = tuple(map(fit, models))
    (left, right), (bottom, top) = softmax_ranges(fits, AXES)
    for x, y in [(0.0, 0.0), *(at(one.weights, AXES) for one in fits)]:
        assert left < x < right
        assert bottom < y < top
    assert at(fits[0].weights, AXES)[1] == fits[0].weights[2, COLUMNS.index("w2")]


# The formulas with numbers -----------------------------------------------------------------------

ROWS = ((2.0, 0.5, -1.0), (0.0, 0.0), (-3.0, 12.0, 0.25, 7.0), (1000.0, 1001.0, 999.5))


@every_loss
@pytest.mark.parametrize("row", ROWS)
def test_a_formula_with_numbers_gives_the_value(kind, row):
    loss = kind()
    for true in range(len(row)):
        value = float(loss.value(row, loss.certain(true, len(row))))
        assert evaluate(loss.worked(row, true)) == pytest.approx(value, rel=3e-3, abs=1e-12)


@every_loss
def test_a_certain_target_is_the_loss_of_that_class(kind):
    loss = kind()
    logits = np.random.default_rng(1).normal(size=(6, 4))
    labels = np.array([0, 1, 2, 3, 0, 1])
    told = loss.value(logits, loss.certain(labels, 4))
    each = [
        loss.value(row, loss.certain(int(one), 4)) for row, one in zip(logits, labels, strict=True)
    ]
    np.testing.assert_array_equal(told, each)
    better = logits.copy()
    better[np.arange(6), labels] += 0.5
    if not isinstance(loss, LabelSmoothing):
        assert (loss.value(better, loss.certain(labels, 4)) <= told).all()
