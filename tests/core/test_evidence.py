"""What is shown of a property is what the loss does: chords, expected losses, best reports."""

import dataclasses

import numpy as np
import pytest

from core.declare import parameters, switches
from core.library.catalogue import LOSSES
from core.library.evidence import (
    along,
    arguments_at,
    bend,
    beside,
    best_logits,
    best_report,
    chord,
    chords_tried,
    cost,
    expected,
    far,
    flattest,
    moving,
    pull,
    reported,
    sides,
    told,
    wrong_side,
)
from core.losses import (
    Array,
    Barron,
    BinaryCrossEntropy,
    Brier,
    CategoricalCrossEntropy,
    Cauchy,
    CrossEntropy,
    Divergence,
    Focal,
    FocalProbability,
    GammaLoss,
    GaussianNLL,
    Hellinger,
    Hinge,
    InfoNCE,
    JensenShannon,
    KLDivergence,
    LogisticLoss,
    Loss,
    MarginLoss,
    MulticlassBrier,
    MulticlassFocal,
    MulticlassHinge,
    MulticlassLoss,
    Perceptron,
    ProbabilityLoss,
    Reconstruction,
    ReverseKL,
    SparseCategoricalCrossEntropy,
    SquaredError,
    SquaredHinge,
    SquaredLogError,
    TotalVariation,
    Tukey,
    Wasserstein1,
    Way,
    WeightedLogisticLoss,
    ZeroOne,
)
from core.losses.domain import Classes
from tests.core.laws import above_chord, witnesses


def settings(kind: type[Loss]) -> list[Loss]:
    """Return a loss as it comes, with all knobs low, with all high, and with its switches off."""
    knobs = parameters(kind)
    ends = [{name: getattr(knob, end) for name, knob in knobs.items()} for end in ("low", "high")]
    off = dict.fromkeys(switches(kind), False)
    return [kind(**knobs) for knobs in ({}, *ends, off, *({**end, **off} for end in ends))]


ALL = list(dict.fromkeys(loss for kind in LOSSES for loss in settings(kind)))
BENT = [loss for loss in ALL if not loss.properties.convex]
CONVEX = [loss for loss in ALL if loss.properties.convex]
TWO = [loss for loss in ALL if isinstance(loss, MarginLoss | ProbabilityLoss)]
SCORED = [
    loss for loss in ALL if isinstance(loss, Divergence) and loss.properties.proper is not None
]
SEVERAL = [
    loss for loss in dict.fromkeys(kind() for kind in LOSSES) if isinstance(loss, MulticlassLoss)
]
TRUTHS = np.array([0.02, 0.2, 0.5, 0.7, 0.98])
SHARES = np.array([0.4, 0.35, 0.25])

every_setting = pytest.mark.parametrize("loss", ALL, ids=repr)
every_divergence_of_outcomes = pytest.mark.parametrize("loss", SCORED, ids=repr)
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
    for end, meant in zip(loss.properties.witness, witnesses(loss), strict=True):
        found = arguments_at(loss, end)
        assert len(found) == len(loss.arguments)
        for one, other in zip(found, meant, strict=True):
            np.testing.assert_array_equal(one, other)


def test_what_is_held_stands_in_the_place_of_its_argument() -> None:
    prediction, target = arguments_at(GammaLoss(), 5.0)
    assert (float(prediction), float(target)) == (5.0, *GammaLoss().properties.held)


@pytest.mark.parametrize(
    "loss", [loss for loss in BENT if isinstance(loss.properties.witness[0], float)], ids=repr
)
def test_along_a_section_the_chord_holds_what_the_witness_holds_and_the_section_too(
    loss: Loss,
) -> None:
    shown = chord(loss)
    for i in (0, 50, 100, 200):
        at = arguments_at(loss, float(shown.x[i]))
        assert shown.curve[i] == pytest.approx(float(loss.value(*at)), rel=1e-14)


@dataclasses.dataclass(frozen=True)
class Elsewhere:
    """A gamma loss whose witness holds another target than its section."""

    section = GammaLoss().section
    properties = dataclasses.replace(GammaLoss().properties, witness=(2.0, 40.0), held=(1.0,))

    def value(self, prediction: Array, target: Array) -> Array:
        return GammaLoss().value(prediction, target)


def test_a_witness_off_its_section_is_shown_where_it_is() -> None:
    shown = chord(Elsewhere())  # type: ignore[arg-type]
    assert not shown.along_section
    np.testing.assert_array_equal(shown.curve, GammaLoss().value(shown.x, 1.0))
    for loss in (GammaLoss(), SquaredLogError()):
        assert chord(loss).along_section
        assert loss.properties.held == (2.0,)
        assert loss.section.held == "the target is 2"


@every_setting
def test_as_many_chords_are_tried_as_is_said_and_a_dip_is_seen(loss: Loss) -> None:
    tried = chords_tried(loss)
    assert tried.chords == tried.places * (tried.places - 1) // 2 == 435
    if loss.properties.convex:
        assert tried.below == 0.0


def test_a_section_that_bends_down_breaks_some_chord() -> None:
    for loss in (Cauchy(), Tukey(), Brier(), ZeroOne()):
        assert chords_tried(loss).below > 0.05


# Kinks and far samples


@every_setting
def test_what_differs_beside_places_shrinks_as_one_comes_nearer_unless_there_is_a_kink(
    loss: Loss,
) -> None:
    near = beside(loss)
    assert near.distances[1] == pytest.approx(1e-3 * near.distances[0])
    if loss.properties.differentiable:
        assert near.jumps[1] <= 2e-3 * near.jumps[0] + 1e-9
    inner = [
        kink for kink in loss.properties.kinks
        if loss.section.interval[0] < kink < loss.section.interval[1]
    ]  # fmt: skip
    if inner and len(inner) == len(loss.properties.kinks) == 1 and not isinstance(loss, ZeroOne):
        x = np.array(inner)
        width = near.distances[1]
        jump = loss.section.gradient(x + width) - loss.section.gradient(x - width)
        assert abs(float(jump[0])) > 0.01


def ways(loss: Loss) -> list[Way]:
    declared = [loss.properties.steep, loss.properties.bent]
    return [*far(loss), *(way for way in declared if way)]


@every_setting
def test_every_way_has_three_places_at_ever_farther_numbers(loss: Loss) -> None:
    for way in ways(loss):
        numbers = np.abs(told(way))
        assert len(numbers) == len(way.places) == 3
        assert (np.diff(numbers) > 0.0).all() or (np.diff(numbers) < 0.0).all()
        assert {len(place) for place in way.places} == {len(loss.arguments)}
        assert way.words == way.words.strip()
        assert not way.words.endswith(".")
        assert way.otherwise == "" or way.otherwise.endswith(".")
        for number, place in zip(told(way), way.places, strict=True):
            for found, meant in zip(along(way, number), place, strict=True):
                np.testing.assert_allclose(found, meant, rtol=1e-9, atol=1e-9)


@every_setting
def test_a_gradient_is_bounded_or_it_is_said_on_which_way_it_is_not(loss: Loss) -> None:
    known = loss.properties
    assert known.robust == (known.steep is None)
    assert known.robust == np.isfinite(known.steepest)
    places = [place for way in ways(loss) for place in way.places]
    if known.robust:
        for place in places:
            assert pull(loss, place) <= known.steepest * (1.0 + 1e-9)
        return
    pulls = [pull(loss, place) for place in known.steep.places]
    assert 0.0 < pulls[1] - pulls[0] < pulls[2] - pulls[1]  # no end in sight
    # Of some it grows as a logarithm, or as a small power.
    slow = isinstance(loss, ReverseKL | JensenShannon | SquaredLogError | Barron | SquaredHinge)
    assert pulls[2] > (1.05 if slow else 100.0) * pulls[0]


@every_setting
def test_only_the_zero_one_loss_has_level_slopes_beside_a_jump(loss: Loss) -> None:
    known = loss.properties
    assert (known.slope is not None) == isinstance(loss, ZeroOne)
    assert known.steepest == (0.0 if isinstance(loss, ZeroOne) else known.lipschitz)


@every_setting
def test_curvature_without_bound_shows_at_a_kink_or_on_a_way(loss: Loss) -> None:
    known = loss.properties
    if known.smooth:
        for way in ways(loss):
            if not loss.no_hessian:
                assert all(bend(loss, at) <= known.smoothness * (1.0 + 1e-9) for at in way.places)
    elif not known.kinks:
        way = known.bent or known.steep
        bends = [bend(loss, place) for place in way.places]
        assert bends[0] * 1.5 < bends[1]
        assert bends[1] * 1.5 < bends[2]


@every_setting
def test_redescending_is_what_lets_go_on_every_way(loss: Loss) -> None:
    lets_go = []
    for way in far(loss):
        pulls = [pull(loss, place) for place in way.places]
        lets_go.append(pulls[-1] == 0.0 or pulls[0] > pulls[1] > pulls[2] < 0.95 * pulls[0])
    assert loss.properties.redescending == all(lets_go)


@every_setting
def test_a_bounded_loss_keeps_to_its_bound_on_every_way_and_any_other_grows(loss: Loss) -> None:
    costs = [[cost(loss, place) for place in way.places] for way in far(loss)]
    if loss.properties.bounded:
        assert np.max(costs) <= loss.properties.bound * (1.0 + 1e-12)
    else:
        highest = max(costs, key=lambda one: one[-1])
        assert 0.0 < highest[1] - highest[0] < highest[2] - highest[1]  # no end in sight


def test_the_length_of_a_gradient_is_that_of_all_of_it_and_a_bend_is_the_largest() -> None:
    gauss = GaussianNLL()
    by_mean, by_scale = gauss.gradient(3.0, 2.0, 0.0)
    assert pull(gauss, (3.0, 2.0, 0.0)) == pytest.approx(np.hypot(by_mean, by_scale))
    assert bend(gauss, (3.0, 2.0, 0.0)) == pytest.approx(
        np.abs(np.linalg.eigvalsh(gauss.hessian(3.0, 2.0, 0.0))).max()
    )
    assert bend(SquaredError(), (5.0,)) == 2.0
    assert bend(Reconstruction(), ([[1.0]], [[2.0]])) == pytest.approx(12.0 * 4.0 - 4.0, rel=1e-5)
    assert moving(gauss) == [0, 1]
    assert cost(InfoNCE(), (((1.0, 0.0),), ((1.0, 0.0),))) == 0.0


@every_convex_loss
def test_the_flattest_place_of_a_convex_loss_is_as_flat_as_it_says(loss: Loss) -> None:
    found = flattest(loss)
    strong = loss.properties.strong_convexity
    if isinstance(loss, ReverseKL):
        assert found.number >= strong
    elif strong > 0.0:
        assert found.number >= strong * (1.0 - 1e-9)
    else:
        assert 0.0 <= found.number < 0.01
    if found.place is not None:
        shown = loss.section.hessian(np.array([found.place]))[0]
        assert shown == pytest.approx(found.number)
        assert found.place not in loss.properties.kinks


@every_setting
def test_both_sides_cost_the_same_where_a_loss_is_symmetric_and_else_not(loss: Loss) -> None:
    one, other = sides(loss)
    assert one.words != other.words
    same = one.number == pytest.approx(other.number, rel=1e-12, abs=1e-300)
    assert same == loss.properties.symmetric


# Expected losses


@every_divergence_of_outcomes
def test_outcomes_are_scored_as_the_truth_that_is_one_there(loss: Divergence) -> None:
    q = np.array([0.1, 0.35, 0.8])
    rows = np.stack((q, 1.0 - q), axis=-1)
    first, second = loss.value([1.0, 0.0], rows), loss.value([0.0, 1.0], rows)
    np.testing.assert_allclose(expected(loss, 0.3, q), 0.3 * first + 0.7 * second, rtol=1e-14)


@every_divergence_of_outcomes
def test_the_best_report_of_outcomes_shows_whether_a_divergence_is_proper(
    loss: Divergence,
) -> None:
    truths = np.array([0.02, 0.2, 0.3, 0.7, 0.98])
    best = reported(loss, truths)
    assert np.allclose(best, truths, atol=1e-6) == loss.properties.proper
    for truth, report in zip(truths, best, strict=True):
        others = expected(loss, truth, np.linspace(0.0, 1.0, 2001))
        assert expected(loss, truth, np.array([report]))[0] <= others.min() + 1e-12
    if isinstance(loss, TotalVariation | Wasserstein1 | Hellinger):
        np.testing.assert_allclose(best, np.round(truths), atol=1e-12)
    if isinstance(loss, JensenShannon):
        assert ((best < truths) == (truths < 0.5)).all()
        assert ((best > 0.0) & (best < 1.0))[1:-1].all()


def test_a_cross_entropy_and_a_divergence_report_the_same() -> None:
    truths = np.array([0.1, 0.5, 0.9])
    for loss in (KLDivergence(), CrossEntropy()):
        np.testing.assert_allclose(reported(loss, truths), truths, atol=1e-6)


@pytest.mark.parametrize("loss", [loss for loss in TWO if isinstance(loss, MarginLoss)], ids=repr)
def test_a_loss_that_is_not_calibrated_names_where_it_does_not_choose_the_likelier_side(
    loss: MarginLoss,
) -> None:
    found = wrong_side(loss)
    assert (found is None) == loss.properties.calibrated
    if found:
        truth, best = found
        assert best == best_report(loss, truth)
        assert best * (truth - 0.5) <= 1e-7
        there = expected(loss, truth, np.array([best, -5.0, 5.0]))
        assert there[0] <= there.min() + 1e-12


def test_heavier_positives_are_chosen_where_a_negative_is_likelier() -> None:
    truth, best = wrong_side(WeightedLogisticLoss(3.0))
    assert truth < 0.5
    assert best == pytest.approx(np.log(3.0 * truth / (1.0 - truth)), rel=1e-6)


def test_a_perceptron_scores_nothing_but_exactly_0() -> None:
    for truth in (0.1, 0.3, 0.5, 0.7):
        assert best_report(Perceptron(), truth) == 0.0


def test_a_mistake_at_0_whatever_the_label_is_never_the_cheapest() -> None:
    assert best_report(ZeroOne(), 0.5) != 0.0
    assert expected(ZeroOne(), 0.5, np.array([best_report(ZeroOne(), 0.5)]))[0] == 0.5


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
    report = reported(loss, TRUTHS)
    if loss.properties.proper is None:
        assert report is None
    else:
        assert report is not None
        assert report.shape == TRUTHS.shape
        assert np.allclose(report, TRUTHS, atol=1e-5) == loss.properties.proper


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
