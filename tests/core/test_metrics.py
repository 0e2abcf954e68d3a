"""Laws of what scores and probabilities are worth, and scikit-learn's figures for the same."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from core.classification.metrics import (
    Confusion,
    best_threshold,
    brier_score,
    confusion,
    confusion_matrix,
    cost_threshold,
    cumulative_loss,
    imbalanced,
    log_loss,
    loss_shares,
    precision_recall,
    reliability,
    roc,
    support_vectors,
    wilson,
)
from core.library.evidence import best_report, expected, reported
from core.losses import Focal, Hinge, LogisticLoss
from core.losses.domain import DomainError

RECORDED = json.loads((Path(__file__).parent / "recorded" / "classification.json").read_text())
every_record = pytest.mark.parametrize("one", RECORDED["scores"], ids=lambda one: len(one["label"]))


def drawn(n=60, seed=0, digits=1):
    rng = np.random.default_rng(seed)
    label = (rng.random(n) < 0.4).astype(int)
    label[:2] = 0, 1
    return (rng.normal(size=n) + label).round(digits), label


# scikit-learn ------------------------------------------------------------------------------------


@every_record
def test_counts_and_rates_are_scikit_learns(one):
    for i, threshold in enumerate(one["thresholds"]):
        found = confusion(one["score"], one["label"], threshold)
        told = (found.true_negative, found.false_positive)
        assert [*told, found.false_negative, found.true_positive] == one["counts"][i]
        rates = [found.precision or 0.0, found.recall, found.f1]
        np.testing.assert_allclose(rates, one["rates"][i], rtol=1e-14)
        assert found.balanced_accuracy == pytest.approx(one["balanced"][i], rel=1e-14)


@every_record
def test_rankings_are_scikit_learns(one):
    curve = roc(one["score"], one["label"])
    alarms, recall, threshold = one["roc"]
    np.testing.assert_allclose(curve.alarms[1:], alarms, rtol=1e-14)
    np.testing.assert_allclose(curve.recall[1:], recall, rtol=1e-14)
    np.testing.assert_array_equal(curve.threshold[1:], threshold)
    assert curve.area == pytest.approx(one["area"], rel=1e-13)
    other = precision_recall(one["score"], one["label"])
    assert other.average == pytest.approx(one["average"], rel=1e-13)
    np.testing.assert_allclose(other.precision[::-1], one["precision"][:-1], rtol=1e-14)
    np.testing.assert_allclose(other.recall[::-1], one["recall"][:-1], rtol=1e-14)


@every_record
def test_scores_of_probabilities_are_scikit_learns(one):
    assert log_loss(one["probability"], one["label"]) == pytest.approx(one["log loss"], rel=1e-13)
    assert brier_score(one["probability"], one["label"]) == pytest.approx(one["brier"], rel=1e-13)


@every_record
@pytest.mark.parametrize(("equal", "theirs"), [("width", "uniform"), ("count", "quantile")])
def test_reliability_is_scikit_learns(one, equal, theirs):
    found = reliability(one["probability"], one["label"], 5, equal)
    filled = [each for each in found.bins if each.count]
    observed, predicted = one["calibration"][theirs]
    np.testing.assert_allclose([each.observed for each in filled], observed, rtol=1e-13)
    np.testing.assert_allclose([each.predicted for each in filled], predicted, rtol=1e-13)


# Mistakes ----------------------------------------------------------------------------------------


def test_rates_follow_their_definitions():
    found = Confusion(true_positive=6, false_negative=2, false_positive=3, true_negative=9)
    assert found.recall == 0.75
    assert found.specificity == 0.75
    assert found.precision == pytest.approx(2 / 3)
    assert found.accuracy == 0.75
    assert found.balanced_accuracy == 0.75
    assert found.f1 == pytest.approx(2 / (1 / 0.75 + 1.5))
    assert found.cost(miss=10.0, alarm=1.0) == pytest.approx(23 / 20)
    assert (found.positives, found.negatives) == (8, 12)


def test_what_does_not_exist_is_none():
    nobody = Confusion(0, 0, 0, 5)
    assert nobody.recall is None
    assert nobody.precision is None
    assert nobody.f1 is None
    assert nobody.balanced_accuracy is None
    assert Confusion(3, 1, 0, 0).specificity is None
    assert Confusion(3, 1, 0, 0).balanced_accuracy is None
    assert Confusion(0, 4, 0, 3).precision is None
    assert Confusion(0, 4, 0, 3).f1 == 0.0
    assert roc([1.0, 2.0], [1, 1]) is None
    assert roc([1.0, 2.0], [0, 0]) is None
    assert precision_recall([1.0, 2.0], [0, 0]) is None
    assert precision_recall([1.0, 2.0], [1, 1]).average == 1.0
    assert cost_threshold(0.0, 0.0) is None
    assert wilson(0, 0) is None
    assert cumulative_loss([0.0, 0.0], [0.5, 0.5]) is None
    assert cumulative_loss([math.inf, 0.0], [0.5, 0.5]) is None
    assert loss_shares([0.0, 0.0], [1.0, -1.0]).easy is None
    assert loss_shares([0.0, 0.0], [1.0, -1.0]).hard is None


def test_a_score_on_the_threshold_is_called_negative():
    assert confusion([0.0, 1.0], [1, 1]).false_negative == 1
    assert confusion([0.5, 1.0], [1, 1], threshold=0.5).true_positive == 1


def test_labels_of_minus_1_count_as_those_of_0():
    score, label = drawn()
    assert confusion(score, label) == confusion(score, 2 * label - 1)


@pytest.mark.parametrize(("miss", "alarm"), [(1.0, 1.0), (9.0, 1.0), (1.0, 4.0), (0.0, 1.0)])
def test_no_threshold_costs_less_than_the_best(miss, alarm):
    for seed in range(5):
        score, label = drawn(seed=seed)
        best = best_threshold(score, label, miss, alarm)
        found = confusion(score, label, best).cost(miss, alarm)
        tried = np.concatenate([score + 0.01, score - 0.01])
        costs = [confusion(score, label, t).cost(miss, alarm) for t in tried]
        assert found == pytest.approx(min(costs))


def test_the_best_threshold_lies_in_the_middle_of_its_gap():
    assert best_threshold([0.0, 1.0, 4.0, 6.0], [0, 0, 1, 1]) == 2.5
    assert best_threshold([0.0, 1.0, 2.0, 3.0], [0, 1, 0, 1]) == 0.5  # as 2.5, but the lowest
    assert best_threshold([0.0, 1.0], [1, 1]) == -1.0
    assert best_threshold([0.0, 1.0], [0, 0]) == 2.0


def test_true_probabilities_are_best_cut_at_the_costs_threshold():
    p = np.linspace(0.005, 0.995, 100)
    miss, alarm = 3.0, 1.0
    called = np.minimum(miss * p, alarm * (1 - p)) == alarm * (1 - p)
    np.testing.assert_array_equal(called, p > cost_threshold(miss, alarm))
    assert cost_threshold(3.0, 1.0) == 0.25


def test_the_matrix_counts_rows_of_truth_and_columns_of_calls():
    found = confusion_matrix([0, 0, 1, 2, 2], [0, 2, 1, 2, 0], 3)
    np.testing.assert_array_equal(found, [[1, 0, 1], [0, 1, 0], [1, 0, 1]])
    for label, called in (([0, 3], [0, 0]), ([0], [0, 1]), ([0, -1], [0, 0])):
        with pytest.raises(DomainError, match="confusion_matrix"):
            confusion_matrix(label, called, 3)


# Rankings ----------------------------------------------------------------------------------------


def test_the_area_is_how_likely_a_positive_ranks_higher():
    score, label = drawn(digits=0)
    gaps = score[label == 1][:, None] - score[label == 0]
    area = ((gaps > 0) + 0.5 * (gaps == 0)).mean()
    assert roc(score, label).area == pytest.approx(area, rel=1e-14)
    assert roc(-score, label).area == pytest.approx(1 - area, rel=1e-13)
    assert roc(np.exp(score), label).area == pytest.approx(area, rel=1e-14)


def test_curves_run_from_the_highest_threshold_down():
    score, label = drawn()
    curve = roc(score, label)
    assert curve.threshold[0] == math.inf
    assert (np.diff(curve.threshold) < 0).all()
    assert (curve.recall[0], curve.alarms[0]) == (0.0, 0.0)
    assert (curve.recall[-1], curve.alarms[-1]) == (1.0, 1.0)
    for i in (1, 5, len(curve.recall) - 1):
        found = confusion(score, label, np.nextafter(curve.threshold[i], -9.0))
        assert found.recall == pytest.approx(curve.recall[i])
        assert 1 - found.specificity == pytest.approx(curve.alarms[i])


# Honesty -----------------------------------------------------------------------------------------


def test_bins_hold_every_point_once_and_edges_count_below():
    p = np.array([0.0, 0.1, 0.2, 0.2000001, 1.0])
    found = reliability(p, [0, 0, 1, 1, 1], 5)
    assert [one.count for one in found.bins] == [3, 1, 0, 0, 1]
    assert found.bins[2].predicted is None
    assert found.bins[2].observed is None
    assert found.bins[2].interval is None
    assert found.bins[0].predicted == pytest.approx(0.1)
    assert found.bins[0].observed == pytest.approx(1 / 3)
    error = (3 * abs(0.1 - 1 / 3) + (1 - 0.2000001) + 0.0) / 5
    assert found.error == pytest.approx(error)
    assert (found.bins[1].low, found.bins[1].high) == (0.2, 0.4)


def test_bins_of_equal_count_are_about_equal():
    p, label = np.random.default_rng(0).random(100) ** 3, np.ones(100)
    found = reliability(p, label, 10, "count")
    assert all(9 <= one.count <= 11 for one in found.bins)


def test_honest_probabilities_have_next_to_no_error():
    rng = np.random.default_rng(0)
    p = rng.random(200_000)
    honest = reliability(p, rng.random(200_000) < p)
    assert honest.error < 0.01
    assert all(one.interval[0] < one.observed < one.interval[1] for one in honest.bins)
    bold = reliability(p, rng.random(200_000) < 0.5 + 0.5 * (p - 0.5))
    assert bold.error == pytest.approx(0.125, abs=0.01)


def test_wilson_holds_the_shares_that_are_not_too_surprising():
    for hits, count in ((0, 10), (3, 10), (10, 10), (17, 40)):
        low, high = wilson(hits, count)
        for share in (low, high):
            if 1e-9 < share < 1.0 - 1e-9:
                z = (hits / count - share) / math.sqrt(share * (1 - share) / count)
                assert abs(z) == pytest.approx(1.959963984540054, rel=1e-12)
        assert 0.0 <= low <= hits / count <= high <= 1.0


def test_certain_and_wrong_costs_without_limit():
    assert log_loss([0.0, 0.5], [1, 1]) == math.inf
    assert log_loss([0.0, 1.0], [0, 1]) == 0.0
    assert brier_score([0.0, 1.0], [1, 0]) == 1.0


# What a loss reports -----------------------------------------------------------------------------


def test_focal_reports_less_than_it_knows_and_the_hinge_nothing():
    truths = np.array([0.1, 0.5, 0.9])
    np.testing.assert_allclose(reported(LogisticLoss(), truths), truths, atol=1e-6)
    np.testing.assert_allclose(reported(Focal(2.0), truths), [0.306, 0.5, 0.694], atol=5e-4)
    assert reported(Hinge(), truths) is None
    assert best_report(Hinge(), 0.9) == pytest.approx(1.0, abs=1e-3)
    costs = expected(Focal(2.0), 0.9, np.linspace(-3, 5, 801))
    assert np.linspace(-3, 5, 801)[costs.argmin()] == pytest.approx(
        best_report(Focal(2.0), 0.9), abs=0.01
    )


# Shares ------------------------------------------------------------------------------------------


def test_shares_of_the_loss_add_up():
    margins = np.array([3.0, 1.0, 0.0, -2.0])
    losses = np.array([1.0, 2.0, 3.0, 4.0])
    found = loss_shares(losses, margins)
    assert (found.easy, found.hard) == (pytest.approx(0.3), pytest.approx(0.7))
    assert (found.easy_count, found.hard_count) == (2, 2)
    assert loss_shares([1.0, math.inf], [1.0, -1.0]).hard == 1.0
    with pytest.raises(DomainError, match="loss_shares"):
        loss_shares([1.0, 2.0, 3.0], [1.0, 2.0])


def test_gamma_takes_the_loss_away_from_the_easy():
    margins = np.linspace(-3, 6, 200)
    parts = [loss_shares(Focal(gamma).value(margins), margins).easy for gamma in (0, 0.5, 1, 2, 5)]
    assert parts == sorted(parts, reverse=True)
    assert parts[0] > 10 * parts[-1]


def test_the_cumulative_curve_starts_with_the_surest():
    found = cumulative_loss([4.0, 1.0, 3.0, 2.0], [0.1, 0.9, 0.3, 0.6])
    np.testing.assert_allclose(found.loss, [0.0, 0.1, 0.3, 0.6, 1.0])
    np.testing.assert_allclose(found.points, [0.0, 0.25, 0.5, 0.75, 1.0])
    np.testing.assert_allclose(found.certainty, [0.9, 0.9, 0.6, 0.3, 0.1])
    assert (np.diff(found.loss) >= 0).all()


def test_support_vectors_lie_on_the_margin_or_short_of_it():
    found = support_vectors([0.5, 1.0, 1.0 + 1e-9, 1.001, -3.0])
    np.testing.assert_array_equal(found, [True, True, True, False, True])
    np.testing.assert_array_equal(support_vectors([1.5, 2.5], margin=2.0), [True, False])


# Imbalance ---------------------------------------------------------------------------------------


def test_the_share_of_positives_is_what_was_asked_for():
    score, label = drawn(200)
    for share in (0.5, 0.3, 0.1, 0.05, 0.01):
        x, told, index = imbalanced(score[:, None], label, share)
        assert len(told) == 200
        assert told.sum() == round(share * 200)
        np.testing.assert_array_equal(x, score[index][:, None])
        np.testing.assert_array_equal(told, label[index])


def test_a_slightly_other_share_changes_few_points():
    score, label = drawn(200)
    before = imbalanced(score, label, 0.10, seed=3)[2]
    after = imbalanced(score, label, 0.11, seed=3)[2]
    changed = np.bincount(before, minlength=200) - np.bincount(after, minlength=200)
    assert np.abs(changed).sum() == 4
    np.testing.assert_array_equal(before, imbalanced(score, label, 0.10, seed=3)[2])
    assert (before != imbalanced(score, label, 0.10, seed=4)[2]).any()


def test_each_class_keeps_a_point_and_is_dealt_again_when_it_runs_out():
    score, label = drawn(10)
    assert imbalanced(score, label, 1e-6)[1].sum() == 1
    assert imbalanced(score, label, 1 - 1e-6)[1].sum() == 9
    index = imbalanced(score, label, 0.5, count=100)[2]
    counts = np.bincount(index, minlength=10)
    for own in (label == 0, label == 1):
        assert counts[own].sum() == 50
        assert np.ptp(counts[own]) <= 1


def test_the_deal_never_changes():
    index = imbalanced(np.arange(8), [0, 0, 0, 0, 1, 1, 1, 1], 0.25, seed=1)[2]
    assert index.tolist() == [0, 3, 2, 1, 0, 3, 5, 4]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: confusion([1.0, 2.0], [0, 1, 1]), "rows of one length"),
        (lambda: confusion([1.0], [2]), "label"),
        (lambda: roc([], []), "no labels"),
        (lambda: roc([math.nan, 1.0], [0, 1]), "NaN"),
        (lambda: log_loss([1.5], [1]), "probability"),
        (lambda: brier_score([-0.1], [1]), "probability"),
        (lambda: reliability([0.5], [1], 0), "0 bins"),
        (lambda: imbalanced([1.0, 2.0], [1, 1], 0.5), "one class"),
        (lambda: imbalanced([1.0], [1, 0], 0.5), "1 points, 2 labels"),
        (lambda: imbalanced([1.0, 2.0], [1, 0], 0.0), "share of 0.0"),
        (lambda: imbalanced([1.0, 2.0], [1, 0], 1.0), "share of 1.0"),
        (lambda: imbalanced([1.0, 2.0], [1, 0], 0.5, count=1), "of 1,"),
        (lambda: cumulative_loss([1.0, 2.0, 3.0], [1.0, 2.0]), "cumulative_loss"),
    ],
)
def test_bad_input_is_refused_by_name(call, told):
    with pytest.raises(DomainError, match=told):
        call()
