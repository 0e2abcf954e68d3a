"""Laws that tell loss, cost and metric apart."""

import numpy as np
import pytest

from core.decisions.three_words import Scored, nudged
from core.losses import Hinge, LogisticLoss, SquaredHinge, ZeroOne
from core.losses.domain import DomainError

SCORES = np.array([2.1, 0.4, -0.3, -1.8, 0.9, -0.6])
LABELS = np.array([1, 1, 1, 0, 0, 0])
every_loss = pytest.mark.parametrize("loss", [LogisticLoss(), Hinge(), SquaredHinge(), ZeroOne()])


def examples(loss=None, threshold=0.0, strength=0.0):
    return Scored.of(SCORES, LABELS, loss or LogisticLoss(), threshold, strength)


@every_loss
def test_the_cost_is_the_mean_of_the_losses(loss):
    told = examples(loss)
    signed = np.where(LABELS > 0, SCORES, -SCORES)
    np.testing.assert_allclose(told.losses, loss.value(signed), rtol=1e-15)
    assert told.cost == pytest.approx(np.mean(loss.value(signed)), rel=1e-14)


@pytest.mark.parametrize("strength", [0.0, 0.3, 10.0])
def test_the_objective_is_the_cost_and_the_penalty(strength):
    told = examples(strength=strength)
    assert told.penalty == pytest.approx(np.mean(SCORES**2) / 2, rel=1e-14)
    assert told.objective == pytest.approx(told.cost + strength * np.mean(SCORES**2) / 2)


def test_metrics_follow_the_counts():
    told = examples()
    assert told.metrics == pytest.approx(
        {"accuracy": 4 / 6, "precision": 2 / 3, "recall": 2 / 3, "F1": 2 / 3}
    )
    none = examples(threshold=5.0).metrics
    assert none["precision"] is None
    assert none["recall"] == 0.0


@every_loss
@pytest.mark.parametrize("by", [-0.2, 0.05, 3.0])
@pytest.mark.parametrize("index", range(6))
def test_the_cost_moves_by_an_nth_of_what_the_loss_moves(loss, by, index):
    told = nudged(examples(loss), index, by)
    assert told.cost == pytest.approx(told.loss / 6, abs=1e-14)
    if told.loss:
        assert told.share == pytest.approx(1 / 6, rel=1e-9)
    else:
        assert told.share is None
    after = examples(loss).with_score(index, SCORES[index] + by)
    others = np.arange(6) != index
    np.testing.assert_array_equal(after.losses[others], examples(loss).losses[others])
    assert told.loss == pytest.approx(float(after.losses[index] - examples(loss).losses[index]))


@pytest.mark.parametrize("index", range(6))
@pytest.mark.parametrize("threshold", [0.0, 0.5, -0.7])
def test_the_metric_moves_only_when_the_threshold_is_crossed(index, threshold):
    for by in np.linspace(-3.0, 3.0, 61):
        told = nudged(examples(threshold=threshold), index, float(by))
        before, after = SCORES[index] > threshold, SCORES[index] + by > threshold
        assert told.flips == (before != after)
        if told.flips:
            right = (LABELS[index] > 0) == after
            assert told.accuracy == pytest.approx(1 / 6 if right else -1 / 6)
        else:
            assert told.accuracy == 0.0


def test_the_objective_moves_by_the_penalty_too():
    told = nudged(examples(strength=0.5), 0, 0.1)
    extra = 0.5 * 0.5 * ((SCORES[0] + 0.1) ** 2 - SCORES[0] ** 2) / 6
    assert told.objective - told.cost == pytest.approx(extra, rel=1e-9)


def test_labels_may_be_written_either_way():
    signed = Scored.of(SCORES, 2 * LABELS - 1, Hinge())
    assert signed.cost == examples(Hinge()).cost
    assert signed.counts == examples(Hinge()).counts


def test_trying_a_score_leaves_the_examples_alone():
    told = examples()
    told.with_score(0, 99.0)
    assert told.scores[0] == 2.1


@pytest.mark.parametrize(
    ("scores", "labels"), [([], []), ([1.0], [1, 0]), ([np.nan], [1]), ([1.0], [3]), (1.0, 1)]
)
def test_bad_input_is_one_sentence(scores, labels):
    with pytest.raises(DomainError):
        Scored.of(scores, labels, Hinge())
