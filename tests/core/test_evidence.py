"""What is shown of a property is what the loss does: chords, expected losses, best reports."""

import numpy as np
import pytest

from core.declare import parameters, switches
from core.evidence import arguments_at, best_logits, best_report, chord, expected, reported
from core.library import LOSSES
from core.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Focal,
    FocalProbability,
    GammaLoss,
    Hinge,
    LogisticLoss,
    Loss,
    MarginLoss,
    MulticlassBrier,
    MulticlassFocal,
    MulticlassHinge,
    MulticlassLoss,
    Perceptron,
    ProbabilityLoss,
    SparseCategoricalCrossEntropy,
    SquaredHinge,
    ZeroOne,
)
from core.losses.domain import Classes
from tests.core.laws import above_chord, witnesses


def settings(kind: type[Loss]) -> list[Loss]:
    """Return a loss as it comes, with all knobs low, with all high, and with its switches off."""
    knobs = parameters(kind)
    ends = [{name: getattr(knob, end) for name, knob in knobs.items()} for end in ("low", "high")]
    off = dict.fromkeys(switches(kind), False)
    return [kind(**told) for told in ({}, *ends, off, *({**end, **off} for end in ends))]


ALL = list(dict.fromkeys(loss for kind in LOSSES for loss in settings(kind)))
BENT = [loss for loss in ALL if not loss.properties.convex]
CONVEX = [loss for loss in ALL if loss.properties.convex]
TWO = [loss for loss in ALL if isinstance(loss, MarginLoss | ProbabilityLoss)]
SEVERAL = [
    loss for loss in dict.fromkeys(kind() for kind in LOSSES) if isinstance(loss, MulticlassLoss)
]
TRUTHS = np.array([0.02, 0.2, 0.5, 0.7, 0.98])
SHARES = np.array([0.4, 0.35, 0.25])

every_bent_loss = pytest.mark.parametrize("loss", BENT, ids=repr)
every_convex_loss = pytest.mark.parametrize("loss", CONVEX, ids=repr)
every_loss_of_two = pytest.mark.parametrize("loss", TWO, ids=repr)
every_loss_of_several = pytest.mark.parametrize("loss", SEVERAL, ids=repr)


# Chords


@every_bent_loss
def test_a_loss_that_is_not_convex_rises_above_its_chord_at_the_middle(loss: Loss) -> None:
    shown = chord(loss)
    assert shown.above > 0.0
    middle = len(shown.x) // 2
    assert shown.x[middle] == pytest.approx((shown.x[0] + shown.x[-1]) / 2)
    assert shown.above == shown.curve[middle] - shown.line[middle]


@every_convex_loss
def test_a_convex_loss_stays_below_its_chord_and_touches_it_at_the_ends(loss: Loss) -> None:
    shown = chord(loss)
    np.testing.assert_array_less(shown.curve, shown.line + 1e-12 * max(1.0, shown.line.max()))
    np.testing.assert_array_equal(shown.curve[[0, -1]], shown.line[[0, -1]])


@every_convex_loss
def test_the_chord_of_a_convex_loss_spans_most_of_its_section_and_stays_inside(loss: Loss) -> None:
    low, high = loss.section.interval
    start, stop = chord(loss).x[[0, -1]]
    assert low < start < stop < high
    assert stop - start >= 0.7 * (high - low)


@pytest.mark.parametrize("loss", ALL, ids=repr)
def test_a_chord_is_straight_and_the_curve_is_the_loss(loss: Loss) -> None:
    shown = chord(loss)
    share = np.linspace(0.0, 1.0, len(shown.x))
    straight = (1.0 - share) * shown.curve[0] + share * shown.curve[-1]
    np.testing.assert_allclose(shown.line, straight, rtol=1e-12, atol=1e-12)
    if shown.along_section:
        np.testing.assert_array_equal(shown.curve, loss.section.value(shown.x))


@pytest.mark.parametrize(
    "loss", [loss for loss in BENT if isinstance(loss.properties.witness[0], tuple)], ids=repr
)
def test_between_places_of_several_numbers_the_chord_is_that_of_the_witness(loss: Loss) -> None:
    shown = chord(loss)
    assert not shown.along_section
    assert shown.x[[0, -1]].tolist() == [0.0, 1.0]
    first, second = witnesses(loss)
    assert shown.above == pytest.approx(above_chord(loss, first, second), rel=1e-9)
    for one, other in zip((first, second), (0, -1), strict=True):
        assert shown.curve[other] == pytest.approx(float(np.sum(loss.value(*one))))


@pytest.mark.parametrize(
    "loss", [loss for loss in BENT if isinstance(loss.properties.witness[0], float)], ids=repr
)
def test_along_a_section_the_chord_runs_from_one_place_of_the_witness_to_the_other(
    loss: Loss,
) -> None:
    shown = chord(loss)
    assert shown.along_section
    assert tuple(shown.x[[0, -1]]) == pytest.approx(loss.properties.witness)


@pytest.mark.parametrize(
    "loss", [loss for loss in BENT if len(loss.arguments) > 1 and not isinstance(loss, MarginLoss)],
    ids=repr,
)  # fmt: skip
def test_the_arguments_of_a_witness_are_its_place_and_what_is_held(loss: Loss) -> None:
    for end, told in zip(loss.properties.witness, witnesses(loss), strict=True):
        found = arguments_at(loss, end)
        assert len(found) == len(loss.arguments)
        for one, other in zip(found, told, strict=True):
            np.testing.assert_array_equal(one, other)


def test_what_is_held_stands_in_the_place_of_its_argument() -> None:
    prediction, target = arguments_at(GammaLoss(), 5.0)
    assert (float(prediction), float(target)) == (5.0, *GammaLoss().properties.held)


# Expected losses


@every_loss_of_two
def test_the_expected_loss_mixes_both_labels_by_their_chances(loss: Loss) -> None:
    reports = np.array([0.1, 0.35, 0.8])
    positive, negative = loss.value_of(reports, 1), loss.value_of(reports, -1)
    np.testing.assert_array_equal(expected(loss, 1.0, reports), positive)
    np.testing.assert_array_equal(expected(loss, 0.0, reports), negative)
    np.testing.assert_allclose(
        expected(loss, 0.3, reports), 0.3 * positive + 0.7 * negative, rtol=1e-14
    )


@every_loss_of_two
def test_no_report_is_cheaper_than_the_best(loss: Loss) -> None:
    low, high = (0.0, 1.0) if isinstance(loss, ProbabilityLoss) else (-12.0, 12.0)
    for truth in TRUTHS:
        best = best_report(loss, truth)
        assert low <= best <= high
        with np.errstate(over="ignore", invalid="ignore"):
            others = expected(loss, truth, np.linspace(low, high, 4001))
        cost = float(expected(loss, truth, np.array([best]))[0])
        assert cost <= np.nanmin(others) + 1e-12 * max(1.0, cost)


@pytest.mark.parametrize(
    ("loss", "truth", "best"),
    [
        (LogisticLoss(), 0.7, np.log(0.7 / 0.3)),
        (LogisticLoss(), 1.0 - 1e-5, np.log(1e5 - 1.0)),
        (SquaredHinge(), 0.7, 0.4),
        (Hinge(), 0.7, 1.0),
        (Hinge(), 0.2, -1.0),
        (BinaryCrossEntropy(), 0.2, 0.2),
        (BinaryCrossEntropy(), 1.0, 1.0),
    ],
    ids=repr,
)
def test_the_best_report_is_what_a_pencil_finds(loss: Loss, truth: float, best: float) -> None:
    assert best_report(loss, truth) == pytest.approx(best, rel=1e-6)


def test_of_several_best_reports_it_is_the_middle_one() -> None:
    assert best_report(Hinge(), 0.5) == pytest.approx(0.0, abs=1e-9)  # all from -1 to 1
    assert best_report(ZeroOne(), 0.7) == pytest.approx(6.0, abs=0.1)  # all from 0 to 12
    assert best_report(Perceptron(), 0.7) == pytest.approx(0.0, abs=1e-9)  # 0 alone


@every_loss_of_two
def test_what_is_reported_shows_whether_a_loss_is_proper(loss: Loss) -> None:
    told = reported(loss, TRUTHS)
    if loss.properties.proper is None:
        assert told is None
    else:
        assert told is not None
        assert told.shape == TRUTHS.shape
        assert np.allclose(told, TRUTHS, atol=1e-5) == loss.properties.proper


def test_a_focal_loss_reports_the_same_from_scores_as_from_probabilities() -> None:
    scores, shares = reported(Focal(), TRUTHS), reported(FocalProbability(), TRUTHS)
    np.testing.assert_allclose(scores, shares, atol=1e-6)


# Several classes


@every_loss_of_several
def test_the_best_logits_have_mean_zero_and_no_neighbour_is_cheaper(loss: MulticlassLoss) -> None:
    best = best_logits(loss, SHARES)
    assert best.mean() == pytest.approx(0.0, abs=1e-12)
    targets = np.arange(3) if isinstance(loss.arguments[1].domain, Classes) else np.eye(3)

    def cost(logits: np.ndarray) -> float:
        return float(SHARES @ loss.value(np.tile(logits, (3, 1)), targets))

    for i, j in [(0, 1), (1, 2), (2, 0)]:
        step = 0.05 * (np.eye(3)[i] - np.eye(3)[j])
        assert cost(best) <= min(cost(best + step), cost(best - step)) + 1e-12


@every_loss_of_several
def test_the_best_logits_report_the_truth_where_a_loss_is_proper(loss: MulticlassLoss) -> None:
    report = loss.probability(best_logits(loss, SHARES))
    assert np.allclose(report, SHARES, atol=1e-5) == bool(loss.properties.proper)


def test_the_best_logits_of_cross_entropy_are_the_logarithms_of_the_shares() -> None:
    expected_logits = np.log(SHARES) - np.log(SHARES).mean()
    for loss in (CategoricalCrossEntropy(), SparseCategoricalCrossEntropy(), MulticlassBrier()):
        np.testing.assert_allclose(best_logits(loss, SHARES), expected_logits, atol=1e-6)


def test_the_multiclass_hinge_leads_no_class_where_none_has_a_majority() -> None:
    np.testing.assert_allclose(best_logits(MulticlassHinge(), SHARES), 0.0, atol=1e-6)
    assert best_logits(MulticlassHinge(), np.array([0.6, 0.25, 0.15])).argmax() == 0
    assert best_logits(MulticlassFocal(), SHARES).argmax() == 0
