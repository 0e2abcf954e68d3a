"""The guide: every way through it ends on a loss, and what is said of that loss is so."""

import itertools
import math

import numpy as np
import pytest

from core.library.catalogue import LOSSES
from core.library.choosing import ASKS, TASK, advise, asked, completed, turns
from core.library.evidence import best_logits, best_report, reported
from core.losses import (
    AbsolutePercentageError,
    BernoulliReconstruction,
    Brier,
    CategoricalCrossEntropy,
    Contrastive,
    DomainError,
    Focal,
    GammaLoss,
    GaussianNLL,
    Hinge,
    Huber,
    InfoNCE,
    JensenShannon,
    KLDivergence,
    KMeans,
    LogisticLoss,
    MulticlassBrier,
    MulticlassFocal,
    PoissonLoss,
    Reconstruction,
    ReverseKL,
    SparseCategoricalCrossEntropy,
    SquaredError,
    SquaredLogError,
    Triplet,
    Tukey,
    Wasserstein1,
    WeightedLogisticLoss,
)
from core.losses.domain import Classes


def ways():
    """Yield every complete set of answers."""
    for task in TASK.options:
        asks = asked({"task": task})[1:]
        for options in itertools.product(*(ask.options for ask in asks)):
            yield {"task": task, **dict(zip((ask.key for ask in asks), options, strict=True))}


WAYS = list(ways())


@pytest.mark.parametrize("way", WAYS, ids=lambda way: "-".join(way.values()))
def test_every_way_ends_on_a_loss_of_the_library_with_reasons(way):
    advice = advise(way)
    assert type(advice.loss) in LOSSES
    for words in (advice.why, advice.mind):
        assert words[0].isupper()
        assert words.endswith(".")


def test_no_answer_at_all_is_the_first_options():
    assert completed({}) == {"task": "number", "far": "no", "side": "same", "unit": "units"}
    assert advise({}) == advise(completed({}))


def test_answers_that_nobody_offered_are_not_heard():
    assert completed({"task": "two", "need": "<b>", "far": "many"}) == completed({"task": "two"})


@pytest.mark.parametrize("way", WAYS, ids=lambda way: "-".join(way.values()))
def test_turns_are_all_single_answers_that_lead_elsewhere(way):
    here = advise(way).loss
    found = {(turn.ask.key, turn.option) for turn in turns(way)}
    for ask in asked(way)[1:]:
        for option in ask.options:
            elsewhere = advise({**way, ask.key: option}).loss != here
            assert ((ask.key, option) in found) == elsewhere
    for turn in turns(way):
        assert turn.loss == advise({**way, turn.ask.key: turn.option}).loss


def test_every_question_can_change_some_answer():
    turning = {turn.ask.key for way in WAYS for turn in turns(way)}
    assert turning == {ask.key for ask in ASKS} - {"task"}


def losses_where(**answers):
    return [
        advise(way).loss
        for way in WAYS
        if all(way.get(key) in options.split() for key, options in answers.items())
    ]


# What the reasons claim is what the losses' properties say.


def test_bad_targets_get_a_bounded_pull():
    found = losses_where(task="number", far="some many", unit="units")
    assert all(loss.properties.robust for loss in found)


def test_gross_targets_are_let_go_where_units_and_sides_are_plain():
    found = losses_where(task="number", far="many", side="same", unit="units")
    assert all(loss.properties.redescending for loss in found)


def test_probabilities_that_must_be_right_come_from_a_strictly_proper_loss():
    found = losses_where(task="two", need="probability")
    assert found
    assert all(loss.properties.strictly_proper for loss in found)


def test_wrong_labels_get_a_bounded_loss():
    found = losses_where(task="two several", wrong="yes", order="no") + losses_where(
        task="two", wrong="yes"
    )
    assert found
    assert all(loss.properties.bounded for loss in found)


@pytest.mark.parametrize(("side", "sign"), [("low", 1.0), ("high", -1.0)])
def test_the_dearer_side_costs_four_times_as_much(side, sign):
    for loss in losses_where(task="number", side=side):
        ratio = loss.value(-sign * 3.0) / loss.value(sign * 3.0)
        assert ratio == pytest.approx(4.0)


# What each piece of advice says, quoted, and shown of the very loss that it names.


def advised(kind, said, **answers):
    """Return the loss that is advised, once it is of that kind and all the words are said of it."""
    advice = advise(answers)
    assert type(advice.loss) is kind
    for words in said:
        assert words in f"{advice.why} {advice.mind}"
    return advice.loss


PLACES = np.linspace(0.01, 12.0, 1200)
TRUTHS = np.array([0.05, 0.3, 0.5, 0.6, 0.95])


def cheapest(loss, targets):
    """Return the one prediction that costs least over all targets."""
    return PLACES[loss.value(PLACES[:, None], np.array(targets)).sum(axis=-1).argmin()]


@pytest.mark.parametrize(("side", "tau"), [("low", 4.0 / (4.0 + 1.0)), ("high", 1.0 / (1.0 + 4.0))])
def test_a_quantile_is_set_by_what_either_side_costs(side, tau):
    advice = advise({"task": "number", "side": side})
    assert advice.loss.tau == pytest.approx(tau)
    assert advice.why.startswith(f"A prediction too {side} then costs four times as much")
    assert "Set τ to the cost of too low ÷ (cost of too low + cost of too high)." in advice.mind
    assert "Far targets pull no harder than near ones." in advice.mind
    assert advice.loss.gradient(1e6) == advice.loss.gradient(1.0)


def test_logarithms_weigh_twice_and_half_alike_and_estimate_a_geometric_mean():
    loss = advised(
        SquaredLogError,
        ["twice too much and half too little weigh nearly the same once targets are large",
         "Targets must lie above −1", "a geometric mean, which is below the ordinary one"],
        task="number", unit="share",
    )  # fmt: skip
    assert loss.value(2e6, 1e6) == pytest.approx(loss.value(5e5, 1e6), rel=1e-5)
    assert math.isfinite(loss.value(1.0, -0.999))
    with pytest.raises(DomainError):
        loss.value(1.0, -1.0)
    targets = [1.0, 2.0, 9.0]
    best = cheapest(loss, targets)
    assert best == pytest.approx(np.prod(np.array(targets) + 1.0) ** (1 / 3) - 1.0, abs=0.01)
    assert best < np.mean(targets)


@pytest.mark.parametrize("far", ["some", "many"])
def test_shares_with_far_targets_divide_by_the_target_and_end_too_low(far):
    loss = advised(
        AbsolutePercentageError,
        ["divides each miss by its target and does not square it", "so no far target rules",
         "undefined where a target is 0", "prefers predictions that are too low"],
        task="number", unit="share", far=far,
    )  # fmt: skip
    assert loss.value([6.0, 60.0], [4.0, 40.0]).tolist() == [0.5, 0.5]
    assert abs(loss.gradient(3.0, 1e6)) < abs(loss.gradient(3.0, 4.0))
    with pytest.raises(DomainError):
        loss.value(1.0, 0.0)
    targets = [1.0, 4.0, 5.0, 6.0]
    assert cheapest(loss, targets) < min(np.mean(targets), np.median(targets))


def test_the_distance_is_squared_bent_or_let_go_as_targets_go_astray():
    square = advised(
        SquaredError,
        ["estimates the mean", "A miss ten times as large costs a hundred times as much"],
        task="number", far="no",
    )  # fmt: skip
    assert square.value(10.0) == 100.0 * square.value(1.0)
    assert PLACES[square.value(PLACES[:, None] - [1.0, 2.0, 9.0]).sum(axis=-1).argmin()] == 4.0

    huber = advised(
        Huber,
        ["squares small misses", "pull no harder than δ", "It is convex", "Set δ to the size"],
        task="number", far="some",
    )  # fmt: skip
    assert huber.properties.convex
    assert huber.properties.lipschitz == huber.delta == huber.gradient(1e9)
    assert huber.value(0.2) == pytest.approx(4.0 * huber.value(0.1))

    tukey = advised(
        Tukey, ["farther off than c do not pull at all", "It is not convex"],
        task="number", far="many",
    )  # fmt: skip
    assert tukey.gradient(1.001 * tukey.c) == 0.0
    assert tukey.gradient(0.99 * tukey.c) > 0.0
    assert not tukey.properties.convex


@pytest.mark.parametrize(
    ("task", "kind", "most"), [("two", Brier, 1.0), ("several", MulticlassBrier, 2.0)]
)
def test_wrong_labels_have_a_bounded_price(task, kind, most):
    loss = advised(kind, [f"No sample costs more than {most:g}", "not convex"],
                   task=task, wrong="yes")  # fmt: skip
    assert loss.properties.bound == most
    assert loss.properties.strictly_proper
    assert not loss.properties.convex


def test_flipped_labels_are_reported_as_they_come_and_can_be_turned_back():
    loss = advised(
        Brier,
        ["far on the other side hardly pulls", "those of the labels as they come, wrong ones",
         "with 30 % flipped, a true 0.9 is reported as 0.66", "(p − f) ÷ (1 − 2f) gives the true"],
        task="two", wrong="yes",
    )  # fmt: skip
    assert abs(loss.gradient(-10.0)) < 1e-3 * loss.properties.lipschitz
    flipped = 0.3
    noisy = TRUTHS * (1.0 - flipped) + (1.0 - TRUTHS) * flipped
    told = reported(loss, np.append(noisy, 0.9 * 0.7 + 0.1 * 0.3))
    assert told[-1] == pytest.approx(0.66, abs=1e-6)
    np.testing.assert_allclose((told[:-1] - flipped) / (1.0 - 2.0 * flipped), TRUTHS, atol=1e-5)


def test_a_label_that_is_ruled_out_no_longer_pulls_at_its_class():
    loss = advised(
        MulticlassBrier,
        ["a label that the model has ruled out no longer pulls at its class",
         "those of the labels as they come, wrong ones included"],
        task="several", wrong="yes",
    )  # fmt: skip
    assert loss.gradient([-50.0, 0.0, 1.0], [1.0, 0.0, 0.0])[0] == pytest.approx(0.0, abs=1e-20)
    truth, mixed = np.array([0.8, 0.15, 0.05]), np.full((3, 3), 0.15) + 0.55 * np.eye(3)
    np.testing.assert_allclose(
        loss.probability(best_logits(loss, truth @ mixed)), truth @ mixed, atol=1e-5
    )


@pytest.mark.parametrize("rare", ["no", "yes", "easy"])
def test_probabilities_are_true_and_no_weight_spoils_them(rare):
    loss = advised(
        LogisticLoss,
        ["smallest exactly where the reported probability is the true one",
         "A confident wrong answer costs without limit"],
        task="two", need="probability", rare=rare,
    )  # fmt: skip
    np.testing.assert_allclose(reported(loss, TRUTHS), TRUTHS, atol=1e-6)
    assert not loss.properties.bounded
    why = advise({"task": "two", "need": "probability", "rare": rare}).why
    spoilt = "Weighing the classes would spoil that: move the threshold instead."
    assert (spoilt in why) == (rare != "no")
    assert not WeightedLogisticLoss(5.0).properties.proper


def test_the_focal_loss_turns_down_what_is_right_and_counts_the_rare_class_for_more():
    loss = advised(
        Focal,
        ["γ turns down the many samples that are already right",
         "α makes a positive, the rare class, count three times as much as a negative",
         "neither proper nor calibrated: a true 0.1 is reported as 0.4, and from 0.25 on the "
         "positive side is chosen", "An α of 0.25, which is often seen, turns the positives down"],
        task="two", need="label", rare="easy",
    )  # fmt: skip
    assert loss.value_of(-1.0, 1) == pytest.approx(3.0 * loss.value_of(1.0, -1))
    assert Focal(2.0, 0.25).value_of(-1.0, 1) < Focal(2.0, 0.25).value_of(1.0, -1)
    assert not loss.properties.proper
    assert not loss.properties.calibrated
    assert reported(loss, np.array([0.1]))[0] == pytest.approx(0.4, abs=0.005)
    assert best_report(loss, 0.24) < best_report(loss, 0.25) == 0.0 < best_report(loss, 0.26)
    plain = LogisticLoss()
    assert loss.gradient(4.0) / loss.gradient(-4.0) < 1e-2 * plain.gradient(4.0) / plain.gradient(
        -4.0
    )
    bare, whole = reported(Focal(loss.gamma), TRUTHS), reported(loss, TRUTHS)
    away = TRUTHS != 0.5
    assert (np.abs(bare - 0.5) < np.abs(TRUTHS - 0.5))[away].all()
    assert (np.sign(bare - 0.5) == np.sign(TRUTHS - 0.5))[away].all()
    assert (whole > bare).all()


def test_a_weight_of_five_makes_a_missed_positive_five_times_as_dear():
    loss = advised(
        WeightedLogisticLoss,
        ["A missed positive counts five times here", "towards the other class",
         "the price ratio, or to negatives ÷ positives for equal shares",
         "The probabilities no longer are the true ones"],
        task="two", need="label", rare="yes",
    )  # fmt: skip
    assert loss.value_of(-2.0, 1) == pytest.approx(5.0 * loss.value_of(2.0, -1))
    assert best_report(loss, 1 / 6) == pytest.approx(0.0, abs=1e-6)  # no longer at one half
    assert 10 * loss.value_of(0.0, 1) == pytest.approx(50 * loss.value_of(0.0, -1))
    assert (reported(loss, TRUTHS) > TRUTHS).all()


def test_the_hinge_asks_for_room_and_then_stops_caring():
    loss = advised(
        Hinge, ["asks for the right side with some room and then stops caring",
                "Its scores are not probabilities"],
        task="two", need="label",
    )  # fmt: skip
    assert loss.value(0.5) > 0.0 == loss.value(1.0)
    assert loss.gradient(1.5) == 0.0
    assert reported(loss, TRUTHS) is None


def test_where_classes_have_an_order_a_near_miss_is_cheaper():
    loss = advised(
        Wasserstein1,
        ["a near miss is cheaper than a far one", "Put a softmax before either.",
         "not proper: against labels the best report is the median class alone",
         "chances 0.3, 0.3 and 0.4 that is (0, 1, 0)",
         "the ranked probability score, which is strictly proper"],
        task="several", order="yes",
    )  # fmt: skip
    truth, near, far = np.eye(4)[[0, 1, 3]]
    assert loss.value(truth, near) < loss.value(truth, far)
    assert not loss.properties.proper

    chances = np.array([0.3, 0.3, 0.4])
    steps = np.arange(41) / 40.0
    reports = np.array([(a, b, 1.0 - a - b) for a in steps for b in steps if a + b <= 1.0 + 1e-9])
    reports = np.maximum(reports, 0.0)
    taken = chances @ loss.value(np.eye(3)[:, None], reports)
    np.testing.assert_array_equal(reports[taken.argmin()], [0.0, 1.0, 0.0])
    gaps = np.cumsum(reports[None] - np.eye(3)[:, None], axis=-1)
    squared = chances @ (gaps**2).sum(axis=-1)
    np.testing.assert_allclose(reports[squared.argmin()], chances, atol=1e-12)
    assert np.sort(squared)[1] > squared.min() + 1e-4


def test_the_multiclass_focal_loss_draws_its_probabilities_away_from_the_ends():
    loss = advised(
        MulticlassFocal, ["turns down what is already right", "drawn away from 0 and 1"],
        task="several", rare="easy",
    )  # fmt: skip
    plain, right, wrong = SparseCategoricalCrossEntropy(), [4.0, 0.0, 0.0], [-4.0, 0.0, 0.0]
    eased, before = (
        np.linalg.norm(one.gradient(right, at)) / np.linalg.norm(one.gradient(wrong, at))
        for one, at in ((loss, [1.0, 0.0, 0.0]), (plain, 0))
    )
    assert eased < 0.1 * before
    told = loss.probability(best_logits(loss, np.array([0.9, 0.07, 0.03])))
    assert 0.5 < told[0] < 0.9
    assert told[2] > 0.03


@pytest.mark.parametrize("rare", ["no", "yes"])
def test_several_classes_are_told_by_shares_or_by_one_number(rare):
    shares = advised(
        CategoricalCrossEntropy,
        ["takes shares of several classes as they are", "it is finite for any logits"],
        task="several", labels="shares", rare=rare,
    )  # fmt: skip
    share = np.array([0.5, 0.3, 0.2])
    np.testing.assert_allclose(shares.gradient(np.log(share), share), 0.0, atol=1e-15)
    assert np.isfinite(shares.value([[1e4, -1e4, 0.0], [1e300, -1e300, 0.0]], share)).all()

    number = advised(
        SparseCategoricalCrossEntropy,
        ["one number per label instead of one per class", "costs without limit"],
        task="several", labels="index", rare=rare,
    )  # fmt: skip
    assert isinstance(number.arguments[1].domain, Classes)
    assert number.properties.strictly_proper
    assert not number.properties.bounded
    for labels in ("shares", "index"):
        why = advise({"task": "several", "labels": labels, "rare": rare}).why
        assert ("give its samples a larger weight" in why) == (rare == "yes")


def test_counts_and_amounts_are_met_by_their_mean():
    targets = [1.0, 2.0, 6.0]
    poisson = advised(
        PoissonLoss, ["estimates the mean", "predict its logarithm"], task="count", amount="count"
    )
    assert cheapest(poisson, targets) == pytest.approx(3.0)
    with pytest.raises(DomainError):
        poisson.value(-1.0, 2.0)

    gamma = advised(
        GammaLoss,
        ["prediction and target by their ratio, and estimates the mean",
         "Targets of 0 are outside it", "not convex in the prediction"],
        task="count", amount="positive",
    )  # fmt: skip
    assert cheapest(gamma, targets) == pytest.approx(3.0)
    gain = gamma.value(6.0, 9.0) - gamma.value(9.0, 9.0)
    assert gain == pytest.approx(gamma.value(2.0, 3.0) - gamma.value(3.0, 3.0))
    assert not gamma.properties.convex
    with pytest.raises(DomainError):
        gamma.value(1.0, 0.0)


def test_a_spread_is_learned_with_the_mean_and_a_narrow_one_pulls_enormously():
    loss = advised(
        GaussianNLL,
        ["a mean and a spread together: where it is unsure, misses cost less",
         "a narrow one on a bad mean gives enormous gradients"],
        task="count", amount="spread",
    )  # fmt: skip
    assert sum(argument.moves for argument in loss.arguments) == 2
    miss = [loss.value(5.0, scale, 0.0) - loss.value(0.0, scale, 0.0) for scale in (1.0, 4.0)]
    assert miss[1] < miss[0]
    assert np.abs(loss.gradient(5.0, 1e-3, 0.0)).min() > 1e6


def bell(middle, width):
    """Return a distribution over ten places."""
    height = np.exp(-0.5 * ((np.arange(10.0) - middle) / width) ** 2) + 1e-12
    return height / height.sum()


def test_one_divergence_covers_and_the_other_settles():
    cover = advised(
        KLDivergence, ["infinite where the model excludes what happens", "spreads over gaps",
                       "Minimizing it is maximum likelihood"],
        task="distribution", fit="cover",
    )  # fmt: skip
    seek = advised(
        ReverseKL, ["infinite where the model allows what never happens", "inside one part"],
        task="distribution", fit="seek",
    )  # fmt: skip
    all_of_it, a_part = [0.5, 0.5, 0.0], [1.0, 0.0, 0.0]
    assert cover.value(all_of_it, a_part) == math.inf > cover.value(a_part, all_of_it)
    assert seek.value(a_part, all_of_it) == math.inf > seek.value(all_of_it, a_part)

    truth = 0.55 * bell(2.0, 0.6) + 0.45 * bell(7.0, 0.6)
    models = list(itertools.product(np.linspace(1.0, 8.0, 71), (0.6, 1.0, 1.6, 2.5, 4.0)))
    middle, width = min(models, key=lambda model: cover.value(truth, bell(*model)))
    assert 3.0 < middle < 6.0
    assert width > 2.0
    middle, width = min(models, key=lambda model: seek.value(truth, bell(*model)))
    assert abs(middle - 2.0) < 0.2
    assert width == 0.6


def test_a_bounded_divergence_goes_flat_and_a_distance_still_tells_far_from_near():
    even = advised(
        JensenShannon, ["treats both sides alike and never exceeds log 2", "gradients vanish"],
        task="distribution", fit="even",
    )  # fmt: skip
    near = advised(
        Wasserstein1, ["still tells near from far when the two do not overlap", "needs an order"],
        task="distribution", fit="near",
    )  # fmt: skip
    one, beside, beyond = np.eye(6)[[0, 2, 5]]
    assert even.properties.bound == pytest.approx(math.log(2.0))
    assert even.value(bell(2.0, 1.0), bell(5.0, 2.0)) == even.value(bell(5.0, 2.0), bell(2.0, 1.0))
    assert even.value(one, beside) == even.value(one, beyond)
    assert near.value(one, beside) < near.value(one, beyond)


def test_likeness_is_taught_by_what_is_known_of_it():
    pairs = advised(
        Contrastive, ["pulls equal pairs together", "beyond the margin they teach nothing more"],
        task="likeness", known="pairs",
    )  # fmt: skip
    assert pairs.gradient([0.0], [0.5], 1)[0] < 0.0 < pairs.gradient([0.0], [0.5], 0)[0]
    assert pairs.gradient([0.0], [1.01 * pairs.margin], 0)[0] == 0.0

    triplets = advised(
        Triplet, ["only for an order: the positive nearer than the negative, by a margin",
                  "choose semi-hard ones"],
        task="likeness", known="triplets",
    )  # fmt: skip
    assert triplets.value([0.0], [1.0], [3.0]) == 0.0 < triplets.value([0.0], [1.0], [1.1])

    batch = advised(
        InfoNCE, ["every other sample is a negative", "temperature decides how much the nearest"],
        task="likeness", known="batch",
    )  # fmt: skip
    places = np.random.default_rng(0).normal(size=(2, 4, 3))
    told = batch.value(*places)
    for other in range(1, 4):
        keys = places[1].copy()
        keys[other] = -keys[other]
        assert batch.value(places[0], keys)[0] != told[0]


def test_structure_is_groups_directions_or_switches():
    groups = advised(
        KMeans, ["its squared distance to the nearest centre", "try several starts"],
        task="structure", aim="groups",
    )  # fmt: skip
    assert groups.value([[1.0], [7.0]], [[0.0], [10.0]]).tolist() == [1.0, 9.0]

    directions = advised(
        Reconstruction, ["spans the directions of largest spread", "the plane, not its axes"],
        task="structure", aim="directions",
    )  # fmt: skip
    points = np.random.default_rng(1).normal(size=(50, 3)) * [3.0, 2.0, 0.1]
    axes = np.linalg.svd(points)[2].T[:, :2]
    turned = axes @ [[0.6, -0.8], [0.8, 0.6]]
    cost = directions.value(points, axes).sum()
    assert cost == pytest.approx(directions.value(points, turned).sum())
    assert cost < directions.value(points, np.eye(3)[:, 1:]).sum()

    switches = advised(
        BernoulliReconstruction, ["by cross-entropy", "Values must lie between 0 and 1"],
        task="structure", aim="switches",
    )  # fmt: skip
    for beyond in (-0.1, 1.1):
        with pytest.raises(DomainError):
            switches.value([[beyond]], [[1.0]])
