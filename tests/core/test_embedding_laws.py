"""Laws of the embedding losses, each run over the registry at several settings."""

import dataclasses
import inspect
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from scipy import optimize, stats

from core.declare import ParameterError, parameters, switches
from core.losses import Array, DomainError
from core.losses.embedding import (
    EMBEDDING_LOSSES,
    Contrastive,
    CosineEmbedding,
    Difficulty,
    EmbeddingLoss,
    InfoNCE,
    NTXent,
    Triplet,
)
from tests.core import laws

LOSSES: tuple[EmbeddingLoss, ...] = (
    Contrastive(),
    Contrastive(margin=0.3),
    Contrastive(margin=2.5),
    Contrastive(squared=False),
    Contrastive(margin=2.5, squared=False),
    Triplet(),
    Triplet(margin=0.3),
    Triplet(margin=2.5),
    Triplet(squared=False),
    Triplet(margin=2.5, squared=False),
    InfoNCE(),
    InfoNCE(temperature=0.03),
    InfoNCE(temperature=1.5),
    NTXent(),
    NTXent(temperature=0.03),
    NTXent(temperature=1.5),
    CosineEmbedding(),
    CosineEmbedding(margin=0.6),
    CosineEmbedding(margin=-0.4),
    CosineEmbedding(margin=1.0),
    CosineEmbedding(margin=-1.0),
)
DISTANCES = (Contrastive, Triplet)
PAIRS = (Contrastive, CosineEmbedding)
BATCHES = (InfoNCE, NTXent)
Arguments = list[Any]

every_loss = pytest.mark.parametrize("loss", LOSSES, ids=repr)
every_class = pytest.mark.parametrize("cls", EMBEDDING_LOSSES)
of_distances = pytest.mark.parametrize(
    "loss", [loss for loss in LOSSES if isinstance(loss, DISTANCES)], ids=repr
)
of_angles = pytest.mark.parametrize(
    "loss", [loss for loss in LOSSES if not isinstance(loss, DISTANCES)], ids=repr
)
of_batches = pytest.mark.parametrize(
    "loss", [loss for loss in LOSSES if isinstance(loss, BATCHES)], ids=repr
)
of_pairs = pytest.mark.parametrize(
    "loss", [loss for loss in LOSSES if isinstance(loss, PAIRS)], ids=repr
)


def drawn(loss: EmbeddingLoss, seed: int, count: int = 6, size: float = 1.0) -> Arguments:
    """Return arguments at random: that many pairs, triplets, or a batch of that many."""
    random = np.random.default_rng(seed)
    labels = {"same": (0.0, 1.0), "label": (-1.0, 1.0)}
    return [
        random.choice(labels[one.name], count)
        if one.name in labels
        else size * random.normal(size=(count, 3))
        for one in loss.arguments
    ]


def directions(loss: EmbeddingLoss, arguments: Arguments, seed: int) -> list[Array]:
    random = np.random.default_rng(seed)
    return [random.normal(size=np.shape(arguments[i])) for i in laws.movers(loss)]


def steepness(loss: EmbeddingLoss, arguments: Arguments) -> float:
    """Return the length of the whole gradient."""
    return math.hypot(*(np.linalg.norm(one) for one in laws.gradients(loss, arguments)))


def path(loss: EmbeddingLoss, t: Array) -> tuple[Arguments, list[Array]]:
    """Return arguments at places along the section, and how they move there.

    A distance goes through 0 to the other side; a cosine s is that of (s, √(1 - s²)) with (1, 0).
    The value that counts is the first of each batch.
    """
    zero, one = np.zeros_like(t), np.ones_like(t)
    if isinstance(loss, DISTANCES):
        rest, there, moving = (np.stack((x, zero), axis=-1) for x in (zero, t, one))
        if isinstance(loss, Contrastive):
            return [there, rest, 0.0], [moving, rest]
        return [rest, rest, there], [rest, rest, moving]

    rise = np.sqrt(1.0 - t * t)
    rest, ahead = np.stack((zero, zero, zero), axis=-1), np.stack((one, zero, zero), axis=-1)
    leaning, turning = np.stack((t, rise, zero), axis=-1), np.stack((one, -t / rise, zero), axis=-1)
    positive = np.stack((0.5 * one, zero, math.sqrt(0.75) * one), axis=-1)
    if isinstance(loss, CosineEmbedding):
        return [ahead, leaning, -1.0], [rest, turning]
    other = ahead if isinstance(loss, InfoNCE) else leaning
    batch = [np.stack((ahead, other), axis=-2), np.stack((positive, leaning), axis=-2)]
    moves = np.stack((rest, turning), axis=-2)
    return batch, [np.zeros_like(moves) if isinstance(loss, InfoNCE) else moves, moves]


def slope_along(loss: EmbeddingLoss, t: Array) -> Array:
    """Return the slope along the section; in a batch, that of the first value alone."""
    if isinstance(loss, BATCHES):
        return loss.section.gradient(t)
    arguments, moves = path(loss, t)
    gradients = laws.gradients(loss, arguments)
    return sum((g * move).sum(axis=-1) for g, move in zip(gradients, moves, strict=True))


# The curves belong together.


def calm(loss: EmbeddingLoss, arguments: Arguments, moves: list[Array], width: float) -> bool:
    """Tell whether no kink is near the stretch: what costs something goes on doing so."""
    if isinstance(loss, BATCHES):
        return True
    at = np.linspace(-2.0 * width, 2.0 * width, 9)
    values = [loss.value(*laws.shifted(loss, arguments, moves, t)) for t in at]
    return bool(np.all([(v > 0.0) == (values[0] > 0.0) for v in values]))


@every_loss
def test_gradient_is_that_of_the_sum_of_all_values(loss: EmbeddingLoss) -> None:
    width, seen = 0.003, 0
    for seed in range(40):
        arguments = drawn(loss, seed, count=3)
        moves = directions(loss, arguments, seed + 100)
        if calm(loss, arguments, moves, width):
            laws.assert_gradient(loss, arguments, moves, width, rtol=1e-6)
            seen += 1
    assert seen >= 10


@every_loss
def test_an_embedding_used_many_times_gets_the_sum_of_all_its_pulls(loss: EmbeddingLoss) -> None:
    many = drawn(loss, 1, count=5)
    if isinstance(loss, BATCHES):
        many = [np.stack([one, one + 0.3, one - 0.7]) for one in many]
    for alone in laws.movers(loss):
        shared = [one[:1] if i == alone else one for i, one in enumerate(many)]
        bare = [one[0] if i == alone else one for i, one in enumerate(many)]
        repeated = [
            np.repeat(one[:1], len(many[0]), axis=0) if i == alone else one
            for i, one in enumerate(many)
        ]
        np.testing.assert_array_equal(loss.value(*shared), loss.value(*repeated))
        np.testing.assert_array_equal(loss.value(*bare), loss.value(*repeated))
        place = laws.movers(loss).index(alone)
        apart = laws.gradients(loss, repeated)[place].sum(axis=0)
        once = laws.gradients(loss, shared)[place]
        assert once.shape == shared[alone].shape
        np.testing.assert_allclose(once[0], apart, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(laws.gradients(loss, bare)[place], apart, atol=1e-12)
        for other, told in enumerate(laws.gradients(loss, shared)):
            assert told.shape == np.shape(shared[laws.movers(loss)[other]])


@every_loss
def test_no_loss_is_negative(loss: EmbeddingLoss) -> None:
    for seed in range(20):
        for size in (1e-3, 0.3, 1.0, 30.0):
            assert (loss.value(*drawn(loss, seed, size=size)) >= 0.0).all()


@every_loss
def test_the_section_is_the_loss_along_its_line(loss: EmbeddingLoss) -> None:
    t = np.linspace(*loss.section.interval, 41)[1:-1]
    values = loss.value(*path(loss, t)[0])
    expected = values[:, 0] if isinstance(loss, BATCHES) else values
    np.testing.assert_allclose(loss.section.value(t), expected, rtol=1e-11, atol=1e-14)
    np.testing.assert_allclose(
        loss.section.gradient(t), slope_along(loss, t), rtol=1e-9, atol=1e-13
    )


@every_loss
def test_the_section_is_fit_to_be_drawn(loss: EmbeddingLoss) -> None:
    laws.assert_section(loss)
    assert loss.section.held.startswith(("a pair that should differ", "two pairs that should"))
    assert loss.section.interval[0] >= loss.section.domain[0]


@every_loss
def test_the_bend_of_the_section_is_the_slope_of_its_slope(loss: EmbeddingLoss) -> None:
    section = loss.section
    low, high = section.interval
    seams = [*loss.properties.kinks, getattr(loss, "margin", math.nan)]
    for t in np.linspace(low, high, 39)[1:-1]:
        if np.nanmin(np.abs(np.array(seams) - t), initial=1.0) < 0.02:
            continue
        told = laws.slope(lambda s, t=t: float(section.gradient(np.array([t + s]))[0]), 0.01)
        found = float(section.hessian(np.array([t]))[0])
        assert found == pytest.approx(told, rel=1e-6, abs=1e-8)


def test_the_section_of_a_batch_says_where_its_positive_is() -> None:
    assert InfoNCE().section.held == "a pair that should differ, next to a positive at cosine 0.5"
    assert NTXent().section.held == "two pairs that should differ, next to a positive at cosine 0.5"
    for loss, rivals in ((InfoNCE(), 1), (NTXent(), 2)):
        level = float(loss.section.value(np.array([0.5]))[0])
        assert level == pytest.approx(math.log(1 + rivals))


def test_losses_that_can_be_compared_share_their_axis() -> None:
    axes = {
        cls: {loss.section.axis for loss in LOSSES if isinstance(loss, cls)}
        for cls in EMBEDDING_LOSSES
    }
    assert axes[Contrastive] == axes[Triplet] == {"distance d"}
    for cls in (*BATCHES, CosineEmbedding):
        assert axes[cls] == {"cosine similarity s"}
    intervals = {loss.section.axis: loss.section.interval for loss in LOSSES}
    assert all(loss.section.interval == intervals[loss.section.axis] for loss in LOSSES)


@every_loss
def test_what_is_said_to_lie_on_the_axis_is_where_the_loss_begins(loss: EmbeddingLoss) -> None:
    section = loss.section
    assert set(section.places) <= set(parameters(loss))
    for name in section.places:
        at = getattr(loss, name)
        beside = section.value(np.array([at - 1e-6, at + 1e-6])) > 0.0
        inside = section.domain[0] < at < section.domain[1]
        assert not inside or beside[0] != beside[1]
    on_axis = {Contrastive, CosineEmbedding} | (
        {Triplet} if not vars(loss).get("squared") else set()
    )
    assert section.places == (("margin",) if type(loss) in on_axis else ())


# Kinks and constants.


@every_loss
def test_gradient_jumps_exactly_at_the_declared_kinks(loss: EmbeddingLoss) -> None:
    signs = (-1.0, 1.0) if isinstance(loss, DISTANCES) else (1.0,)
    low, high = (-4.0, 4.0) if isinstance(loss, DISTANCES) else (-0.999, 0.999)
    kinks = np.unique([sign * kink for kink in loss.properties.kinks for sign in signs])
    t = np.union1d(np.linspace(low, high, 8001), kinks)
    jump, step = np.abs(np.diff(slope_along(loss, t))), np.diff(t)
    holds = np.zeros(jump.shape, dtype=bool)
    for kink in kinks:
        holds |= (t[:-1] <= kink) & (kink <= t[1:])
        left, at, right = slope_along(loss, kink + np.array([-1e-9, 0.0, 1e-9]))
        assert abs(right - left) > 0.1
        assert min(left, right) - 1e-8 <= at <= max(left, right) + 1e-8

    bend = loss.temperature**-2 if isinstance(loss, BATCHES) else 2.0
    assert (jump[~holds] <= bend * step[~holds] * 1.001 + 1e-11).all()


def test_the_kinks_are_those_worked_out_by_hand() -> None:
    assert Contrastive(0.7).properties.kinks == (0.0,)
    assert Contrastive(0.7, squared=False).properties.kinks == (0.0, 0.7)
    assert Triplet(0.49).properties.kinks == (0.7,)
    assert Triplet(0.7, squared=False).properties.kinks == (0.0, 0.7)
    assert CosineEmbedding(0.7).properties.kinks == (0.7,)
    assert CosineEmbedding(1.0).properties.kinks == CosineEmbedding(-1.0).properties.kinks == ()
    assert InfoNCE().properties.differentiable
    assert NTXent().properties.differentiable


def steep(loss: EmbeddingLoss) -> Iterator[Arguments]:
    """Yield arguments at which the loss is as steep as it gets, or ever steeper."""
    for size in (1e-6, 1.0, 1e6):
        for seed in range(60):
            yield drawn(loss, seed, count=1 if not isinstance(loss, BATCHES) else 3, size=size)
    if isinstance(loss, Triplet):
        yield [np.zeros(2), np.array([9.0, 0.0]), np.array([-1.0, 0.0])]


@every_loss
def test_lipschitz_constant_bounds_the_slope_and_is_approached(loss: EmbeddingLoss) -> None:
    claimed = loss.properties.lipschitz
    steepest = max(steepness(loss, arguments) for arguments in steep(loss))
    if math.isfinite(claimed):
        assert claimed * (1.0 - 1e-9) <= steepest <= claimed * (1.0 + 1e-12)
    else:
        assert steepest > 1e5
    assert loss.properties.robust == math.isfinite(claimed)


@every_loss
def test_no_bound_holds_for_the_slope_of_the_gradient(loss: EmbeddingLoss) -> None:
    assert loss.properties.smoothness == math.inf
    quotients = []
    for small in (1e-2, 1e-4, 1e-6):
        if isinstance(loss, DISTANCES):
            kink = loss.properties.kinks[-1]
            ends = [path(loss, np.array(kink + sign * small))[0] for sign in (-1.0, 1.0)]
        else:
            ends = [
                [small * one if i in laws.movers(loss) else one for i, one in enumerate(at)]
                for at in (near(loss, 1.0), near(loss, 1.5))
            ]
        change = [a - b for a, b in zip(*(laws.gradients(loss, end) for end in ends), strict=True)]
        way = [ends[0][i] - ends[1][i] for i in laws.movers(loss)]
        lengths = [math.hypot(*(np.linalg.norm(one) for one in both)) for both in (change, way)]
        quotients.append(lengths[0] / lengths[1])
    assert quotients[0] * 50.0 < quotients[1]
    assert quotients[1] * 50.0 < quotients[2]


def near(loss: EmbeddingLoss, shift: float) -> Arguments:
    """Return a pair that belongs together, or two of them, at places that a shift tells apart."""
    first, second = np.array([[shift, 1.0], [0.3, -1.0]]), np.array([[0.2, 1.0], [-1.0, shift]])
    return [first, second, 1.0] if isinstance(loss, CosineEmbedding) else [first, second]


@every_loss
def test_no_loss_is_convex_and_each_shows_a_witness(loss: EmbeddingLoss) -> None:
    assert not loss.properties.convex
    assert loss.properties.strong_convexity == 0.0
    laws.assert_convex_or_witnessed(loss, iter(()))


@every_loss
def test_the_bound_holds_and_is_reached_or_there_is_none(loss: EmbeddingLoss) -> None:
    bound = loss.properties.bound
    count = 2 if isinstance(loss, BATCHES) else 6
    values = [loss.value(*drawn(loss, seed, count, 9.0)).max() for seed in range(30)]
    assert max(values) <= bound
    if isinstance(loss, CosineEmbedding):
        assert loss.value([1.0, 2.0], [-2.0, -4.0], 1.0) == pytest.approx(bound, rel=1e-15)
    elif isinstance(loss, BATCHES):
        assert bound == loss.properties_among(2).bound
    else:
        far = drawn(loss, 3, count=50, size=1e9)
        assert loss.value(*far).max() > 1e9
        assert bound == math.inf


@of_batches
def test_most_is_paid_in_a_batch_by_a_positive_behind_with_all_rivals_ahead(
    loss: EmbeddingLoss,
) -> None:
    assert loss.properties.among == "in a batch of 2"
    for count in (1, 2, 3, 8, 64):
        told = loss.properties_among(count)
        first, second = np.tile([1.0, 0.0], (count, 1)), np.tile([1.0, 0.0], (count, 1))
        second[0] *= -1.0
        assert loss.value(first, second)[0] == pytest.approx(told.bound, rel=1e-14)
        assert told.among == f"in a batch of {count}"
        for seed in range(20):
            assert loss.value(*drawn(loss, seed, count)).max() <= told.bound * (1.0 + 1e-14)
    # With no number of things given there is no bound.
    assert loss.properties_among(10**9).bound > loss.properties_among(10**6).bound + 6.0


@every_loss
def test_no_pull_fades_when_one_embedding_alone_goes_far(loss: EmbeddingLoss) -> None:
    assert not loss.properties.redescending
    start = drawn(loss, 11, count=50)
    if isinstance(loss, CosineEmbedding):
        start[2][:] = 1.0
    if isinstance(loss, Contrastive):
        start[2][:] = 1.0
    before, along = steepness(loss, start), 1 if isinstance(loss, Triplet) else 0
    start[along][0] *= 1e6
    assert steepness(loss, start) >= 0.5 * before > 0.05


@of_angles
def test_only_when_all_grow_longer_together_is_the_pull_on_an_angle_less(
    loss: EmbeddingLoss,
) -> None:
    start = drawn(loss, 11, count=50)
    longer = [1e3 * one if i in laws.movers(loss) else one for i, one in enumerate(start)]
    assert steepness(loss, longer) == pytest.approx(1e-3 * steepness(loss, start))


@of_angles
def test_a_pull_on_an_angle_is_without_bound_only_near_length_0(loss: EmbeddingLoss) -> None:
    assert loss.properties.steep.words == "an embedding shrinks to length 0"
    count = 1 if isinstance(loss, CosineEmbedding) else 3
    limit = math.sqrt(2.0) if count == 1 else math.sqrt(6.0) / loss.temperature
    told = "√2" if count == 1 else "√6/τ"
    assert f"at most {told}" in loss.properties.steep.otherwise
    steepest = 0.0
    for seed in range(150):
        start = drawn(loss, seed, count)
        start = [
            one / np.minimum(1.0, np.linalg.norm(one, axis=-1, keepdims=True))
            if i in laws.movers(loss)
            else one
            for i, one in enumerate(start)
        ]
        steepest = max(steepest, steepness_of_first(loss, start))
    assert 0.05 * limit < steepest <= limit * (1.0 + 1e-5)


def steepness_of_first(loss: EmbeddingLoss, arguments: Arguments) -> float:
    """Return the length of the gradient of the first value alone, by differences."""
    total, step = 0.0, 1e-6
    for i in laws.movers(loss):
        for place in np.ndindex(arguments[i].shape):
            ends = []
            for side in (-step, step):
                moved = [np.array(one) for one in arguments]
                moved[i][place] += side
                ends.append(float(loss.value(*moved)[0]))
            total += ((ends[1] - ends[0]) / (2.0 * step)) ** 2
    return math.sqrt(total)


@every_loss
def test_swapping_the_two_sides_changes_nothing_where_that_is_said(loss: EmbeddingLoss) -> None:
    here, there = (1, 2) if isinstance(loss, Triplet) else (0, 1)
    arguments = drawn(loss, 4)
    swapped = list(arguments)
    swapped[here], swapped[there] = arguments[there], arguments[here]
    value, other = (np.sort(loss.value(*each)) for each in (arguments, swapped))
    assert np.allclose(value, other, rtol=1e-12) == loss.properties.symmetric


@every_loss
def test_nothing_is_classified_and_no_probability_reported(loss: EmbeddingLoss) -> None:
    told = loss.properties
    assert told.calibrated is None
    assert told.proper is None
    assert told.strictly_proper is None
    assert told.tight


# What leaves a loss as it is.


@every_loss
def test_turning_all_embeddings_together_changes_nothing(loss: EmbeddingLoss) -> None:
    turn = stats.ortho_group(3, seed=2).rvs()
    arguments = drawn(loss, 5)
    turned = [one @ turn if i in laws.movers(loss) else one for i, one in enumerate(arguments)]
    np.testing.assert_allclose(loss.value(*turned), loss.value(*arguments), rtol=1e-10, atol=1e-12)
    for one, other in zip(
        laws.gradients(loss, turned), laws.gradients(loss, arguments), strict=True
    ):
        np.testing.assert_allclose(one, other @ turn, rtol=1e-9, atol=1e-10)


@of_distances
def test_moving_all_embeddings_together_changes_nothing(loss: EmbeddingLoss) -> None:
    arguments = drawn(loss, 6)
    moved = [one + 3.0 if i in laws.movers(loss) else one for i, one in enumerate(arguments)]
    np.testing.assert_allclose(loss.value(*moved), loss.value(*arguments), rtol=1e-12, atol=1e-14)
    total = sum(laws.gradients(loss, arguments))
    np.testing.assert_allclose(total, np.zeros((6, 3)), atol=1e-14)


@of_angles
def test_the_length_of_an_embedding_changes_nothing(loss: EmbeddingLoss) -> None:
    arguments = drawn(loss, 7)
    longer = list(arguments)
    longer[0] = arguments[0] * np.array([[2.0], [0.3], [1e200], [1e-200], [7.0], [1.0]])
    np.testing.assert_allclose(loss.value(*longer), loss.value(*arguments), rtol=1e-12, atol=1e-14)
    for i, told in enumerate(laws.gradients(loss, arguments)):
        np.testing.assert_allclose((told * arguments[i]).sum(axis=-1), 0.0, atol=1e-13)


@of_batches
def test_the_order_within_a_batch_changes_nothing_but_the_order(loss: EmbeddingLoss) -> None:
    first, second = drawn(loss, 8)
    order = np.random.default_rng(0).permutation(6)
    views = loss.value(first, second).reshape(-1, 6)
    np.testing.assert_allclose(
        loss.value(first[order], second[order]).reshape(-1, 6), views[:, order], rtol=1e-12
    )


@of_batches
def test_a_batch_of_one_has_no_rivals_and_costs_nothing(loss: EmbeddingLoss) -> None:
    first, second = [[1.0, 2.0]], [[-3.0, 0.5]]
    np.testing.assert_array_equal(
        loss.value(first, second), np.zeros(len(loss.value(first, second)))
    )
    for told in loss.gradient(first, second):
        np.testing.assert_array_equal(told, np.zeros((1, 2)))


@of_batches
def test_equal_embeddings_leave_it_to_chance(loss: EmbeddingLoss) -> None:
    same = np.ones((4, 2))
    rivals = 3 if isinstance(loss, InfoNCE) else 6
    np.testing.assert_allclose(loss.value(same, same), math.log(1 + rivals), rtol=1e-14)


def test_a_number_of_views_comes_out_twice_the_number_of_things() -> None:
    first, second = drawn(NTXent(), 9, count=5)
    assert InfoNCE().value(first, second).shape == (5,)
    assert NTXent().value(first, second).shape == (10,)
    other_way = NTXent().value(second, first)
    np.testing.assert_allclose(NTXent().value(first, second), np.roll(other_way, 5), rtol=1e-12)


def test_nt_xent_has_more_rivals_than_info_nce_and_costs_more() -> None:
    first, second = drawn(NTXent(), 10, count=7)
    queries = InfoNCE().value(first, second)
    keys = InfoNCE().value(second, first)
    assert (NTXent().value(first, second) > np.concatenate((queries, keys))).all()


@pytest.mark.parametrize("squared", [False, True])
def test_contrastive_pays_for_distance_or_for_the_lack_of_it(squared: bool) -> None:
    loss = Contrastive(margin=8.0, squared=squared)
    pair = [0.0, 0.0], [3.0, 4.0]
    assert loss.value(*pair, 1) == (12.5 if squared else 5.0)
    assert loss.value(*pair, 0) == (4.5 if squared else 3.0)
    assert loss.value([0.0, 0.0], [6.0, 8.0], 0) == 0.0


def test_a_switch_says_in_words_what_is_paid() -> None:
    pair, triplet = switches(Contrastive)["squared"], switches(Triplet)["squared"]
    assert (pair.on, pair.off) == ("half its square", "the distance itself")
    assert [Contrastive(squared=on).value([0.0], [3.0], 1) for on in (True, False)] == [4.5, 3.0]
    assert (triplet.on, triplet.off) == ("squares of distances", "distances")
    paid = [Triplet(squared=on).value([0.0], [3.0], [2.0]) for on in (True, False)]
    assert paid == [9.0 - 4.0 + 1.0, 3.0 - 2.0 + 1.0]


def test_a_margin_of_one_squares_and_a_temperature_of_a_tenth_unless_told_otherwise() -> None:
    assert Contrastive() == Contrastive(margin=1.0, squared=True)
    assert Triplet() == Triplet(margin=1.0, squared=True)
    assert InfoNCE() == InfoNCE(temperature=0.1)
    assert NTXent() == NTXent(temperature=0.1)
    assert CosineEmbedding() == CosineEmbedding(margin=0.0)


@every_class
def test_a_slider_over_powers_of_ten_runs_in_ratios(cls: type[EmbeddingLoss]) -> None:
    for declared in parameters(cls).values():
        assert declared.logarithmic == (declared.high >= 100.0 * declared.low > 0.0)
        assert declared.low <= getattr(cls(), "margin", 0.1) <= declared.high


def test_a_triplet_with_its_positive_on_the_anchor_is_a_pair_that_should_differ() -> None:
    random = np.random.default_rng(1)
    anchor, negative = random.normal(size=(2, 20, 3)) * 0.4
    plain = Triplet(squared=False).value(anchor, anchor, negative)
    pair = Contrastive(squared=False).value(anchor, negative, 0)
    np.testing.assert_allclose(plain, pair, rtol=1e-13, atol=1e-15)
    squares = ((anchor - negative) ** 2).sum(axis=-1)
    np.testing.assert_allclose(
        Triplet().value(anchor, anchor, negative), np.maximum(1.0 - squares, 0.0), atol=1e-15
    )


@of_distances
def test_embeddings_that_coincide_give_no_direction_to_push(loss: EmbeddingLoss) -> None:
    here = np.array([0.3, -0.2])
    held = [0.0] if isinstance(loss, Contrastive) else []
    for told in loss.gradient(*[here] * len(laws.movers(loss)), *held):
        np.testing.assert_array_equal(told, np.zeros(2))
        assert not np.signbit(told).any()


def test_a_pull_leads_downhill() -> None:
    anchor, positive, negative = np.array([0.0, 0.0]), np.array([1.0, 0.0]), np.array([0.0, 1.2])
    by_anchor, by_positive, by_negative = Triplet(squared=False).gradient(
        anchor, positive, negative
    )
    np.testing.assert_allclose(by_positive, [1.0, 0.0])
    np.testing.assert_allclose(by_negative, [0.0, -1.0])
    np.testing.assert_allclose(by_anchor, [-1.0, 1.0])
    np.testing.assert_allclose(Triplet().gradient(anchor, positive, negative)[1], [2.0, 0.0])


def test_huge_pulls_that_cancel_leave_nothing_and_not_infinity() -> None:
    far = 1.5 * 2.0**1023 * np.repeat([1.0, -1.0], 4096)[:, None]
    for loss in (Contrastive(), Contrastive(squared=False)):
        np.testing.assert_array_equal(loss.gradient([[0.0]], far, 1)[0], [[0.0]])
    one, other = np.roll(far, 32), -np.roll(far, 32)
    np.testing.assert_array_equal(Triplet().gradient([[0.0]], one, other)[0], [[0.0]])


def test_rounding_leads_no_cosine_beyond_one() -> None:
    first = np.random.default_rng(0).normal(size=(500, 3))
    lengths = np.random.default_rng(1).uniform(0.1, 9.0, size=(500, 1))
    assert CosineEmbedding().value(first, -lengths * first, 1).max() <= 2.0
    assert CosineEmbedding(-1.0).value(first, lengths * first, -1).max() <= 2.0
    np.testing.assert_array_equal(CosineEmbedding(1.0).value(first, lengths * first, -1), 0.0)


# Triplets by name.


@pytest.mark.parametrize("squared", [False, True])
def test_a_triplet_is_easy_semi_hard_or_hard(squared: bool) -> None:
    loss = Triplet(margin=1.0, squared=squared)
    positive = [0.0, 2.0]
    far = math.sqrt(5.0) if squared else 3.0
    names = {
        0.0: Difficulty.HARD,
        1.9: Difficulty.HARD,
        2.0: Difficulty.HARD,
        2.000001: Difficulty.SEMI_HARD,
        far - 1e-6: Difficulty.SEMI_HARD,
        far + 1e-6: Difficulty.EASY,
        50.0: Difficulty.EASY,
    }
    for at, name in names.items():
        assert loss.difficulty([0.0, 0.0], positive, [at, 0.0]) is name
    negatives = np.array([[at, 0.0] for at in names])
    told = loss.difficulty([0.0, 0.0], positive, negatives)
    assert told.tolist() == list(names.values())
    assert told.shape == (7,)


@pytest.mark.parametrize("loss", [Triplet(), Triplet(squared=False)], ids=repr)
def test_a_triplet_beyond_float64_has_its_name_too(loss: Triplet) -> None:
    for far in (1e200, 1.7e308):
        assert loss.difficulty([0.0], [1.0], [far]) is Difficulty.EASY
        assert loss.difficulty([0.0], [far], [1.0]) is Difficulty.HARD
        assert loss.difficulty([0.0], [far], [-far]) is Difficulty.HARD


@pytest.mark.parametrize("loss", [Triplet(), Triplet(squared=False), Triplet(2.0)], ids=repr)
def test_easy_triplets_and_they_alone_cost_nothing(loss: Triplet) -> None:
    arguments = drawn(loss, 12, count=400)
    told, value = loss.difficulty(*arguments), loss.value(*arguments)
    np.testing.assert_array_equal(told == Difficulty.EASY, value == 0.0)
    np.testing.assert_array_equal(told == Difficulty.HARD, value >= loss.margin)
    assert set(told) == set(Difficulty)


def test_the_difficulty_is_a_sentence() -> None:
    for level in Difficulty:
        assert level.value.endswith(".")
        assert level.value[0].isupper()
        assert level.name.replace("_", "-").lower() == level.value.split(":")[0].lower()


# What each loss estimates.

DISTANCE = np.linspace(0.0, 4.0, 4001)


def lowest(at: Array, expected: Array) -> float:
    return float(at[np.argmin(expected)])


@pytest.mark.parametrize("chance", [0.1, 0.3, 0.45, 0.7, 0.95])
def test_contrastive_estimates_the_margin_times_the_chance_that_a_pair_differs(
    chance: float,
) -> None:
    assert "a distance: the margin times the chance that the pair differs" in Contrastive.estimates
    best = {}
    for squared in (True, False):
        loss = Contrastive(margin=2.5, squared=squared)
        place = np.stack((DISTANCE, 0.0 * DISTANCE), axis=-1)
        paid = [loss.value(place, [0.0, 0.0], same) for same in (0, 1)]
        best[squared] = lowest(DISTANCE, chance * paid[0] + (1.0 - chance) * paid[1])
    assert best[True] == pytest.approx(2.5 * chance, abs=1e-3)
    assert "all of the margin or none of it, whichever is likelier" in Contrastive.estimates
    assert best[False] == (2.5 if chance > 0.5 else 0.0)


@pytest.mark.parametrize("squared", [False, True])
@pytest.mark.parametrize("chance", [0.1, 0.45, 0.7, 0.95])
def test_triplet_estimates_which_of_two_is_likelier_to_belong(chance: float, squared: bool) -> None:
    assert Triplet.estimates.startswith("which of the two is likelier to belong")
    loss = Triplet(margin=0.8, squared=squared)
    one, other = np.stack((DISTANCE, 0.0 * DISTANCE), axis=-1), np.array([0.0, 1.5])
    paid = chance * loss.value([0.0, 0.0], one, other)
    paid += (1.0 - chance) * loss.value([0.0, 0.0], other, one)
    power = 2 if squared else 1
    gap = lowest(DISTANCE, paid) ** power - 1.5**power
    assert gap == pytest.approx(-0.8 if chance > 0.5 else 0.8, abs=1e-2)


def test_info_nce_estimates_how_much_likelier_a_key_is_beside_its_query() -> None:
    assert InfoNCE.estimates.startswith(
        "log p(key | query) / p(key), up to a constant of the query"
    )
    joint = np.array([[0.20, 0.05, 0.10], [0.05, 0.15, 0.05], [0.10, 0.05, 0.25]])
    ratio = np.log(joint / joint.sum(axis=0) / joint.sum(axis=1, keepdims=True))
    loss = InfoNCE(temperature=0.1)

    pairs = [(q, k) for q in range(3) for k in range(3)]
    batches = np.array([(*one, *two) for one in pairs for two in pairs])
    weights = np.array([joint[one] * joint[two] for one in pairs for two in pairs])

    def expected(table: Array) -> float:
        # Queries along three axes, keys with the cosines wanted along them and the rest beside.
        scores = loss.temperature * table.reshape(3, 3)
        beside = np.diag(np.sqrt(1.0 - (scores**2).sum(axis=0)))
        queries, keys = np.hstack((np.eye(3), np.zeros((3, 3)))), np.hstack((scores.T, beside))
        values = loss.value(queries[batches[:, ::2]], keys[batches[:, 1::2]])
        return float(weights @ values.mean(axis=-1))

    best = optimize.minimize(expected, np.zeros(9), method="BFGS", options={"gtol": 1e-6})
    found = best.x.reshape(3, 3)
    centred = [table - table.mean(axis=1, keepdims=True) for table in (found, ratio)]
    np.testing.assert_allclose(*centred, atol=2e-4)
    information = float((joint * ratio).sum())
    assert 0.0 < math.log(2.0) - best.fun <= information


def test_nt_xent_estimates_one_direction_per_thing_spread_evenly() -> None:
    assert NTXent.estimates == (
        "one direction for both views of a thing, and those of different things spread evenly"
    )
    loss = NTXent(temperature=0.5)
    random = np.random.default_rng(3)

    def total(flat: Array) -> tuple[float, Array]:
        views = flat.reshape(2, 3, 2)
        return float(loss.value(*views).sum()), np.ravel(loss.gradient(*views))

    best = optimize.minimize(total, random.normal(size=12), jac=True, options={"gtol": 1e-10})
    views = best.x.reshape(6, 2)
    views /= np.linalg.norm(views, axis=1, keepdims=True)
    things = np.arange(6) % 3
    apart = np.where(things == things[:, None], 1.0, -0.5)
    np.testing.assert_allclose(views @ views.T, apart, atol=1e-6)
    assert all(total(random.normal(size=12))[0] > best.fun for _ in range(200))


@pytest.mark.parametrize("chance", [0.1, 0.45, 0.55, 0.9])
def test_cosine_embedding_estimates_a_cosine_of_one_or_the_margin(chance: float) -> None:
    assert CosineEmbedding.estimates == (
        "cosine 1 where the pair is likelier to belong together than not, otherwise the margin"
    )
    loss = CosineEmbedding(margin=0.3)
    cosine = np.linspace(-1.0, 1.0, 2001)
    place = np.stack((cosine, np.sqrt(np.maximum(1.0 - cosine**2, 0.0))), axis=-1)
    paid = [loss.value(place, [1.0, 0.0], label) for label in (1, -1)]
    best = lowest(cosine, chance * paid[0] + (1.0 - chance) * paid[1])
    assert best == pytest.approx(1.0 if chance > 0.5 else 0.3, abs=1e-3)


# What goes in and what comes out.


@every_loss
def test_leading_axes_of_any_number_give_what_each_gives_alone(loss: EmbeddingLoss) -> None:
    sets = [[drawn(loss, 10 * i + j) for j in range(3)] for i in range(2)]
    stacked = [
        np.array([[sets[i][j][place] for j in range(3)] for i in range(2)])
        for place in range(len(loss.arguments))
    ]
    value = loss.value(*stacked)
    gradients = laws.gradients(loss, stacked)
    for i in range(2):
        for j in range(3):
            np.testing.assert_allclose(value[i, j], loss.value(*sets[i][j]), rtol=1e-12)
            for whole, part in zip(gradients, laws.gradients(loss, sets[i][j]), strict=True):
                np.testing.assert_allclose(whole[i, j], part, rtol=1e-9, atol=1e-13)


@every_loss
def test_any_type_gives_float64_and_arguments_are_left_alone(loss: EmbeddingLoss) -> None:
    whole = [np.rint(3.0 * one) for one in drawn(loss, 13)]
    for i in laws.movers(loss):
        whole[i][:, 0] = 7.0 + i  # no row of zeros
    if isinstance(loss, PAIRS):
        whole[2] = np.sign(whole[2]) if isinstance(loss, CosineEmbedding) else whole[2] / 3.0
    before = [one.copy() for one in whole]
    expected, slopes = loss.value(*whole), laws.gradients(loss, whole)
    assert expected.dtype == np.float64
    assert all(slope.dtype == np.float64 for slope in slopes)
    for same in (
        [one.astype(int) for one in whole],
        [one.astype(np.float32) for one in whole],
        [one.tolist() for one in whole],
        [np.asfortranarray(one) for one in whole],
    ):
        np.testing.assert_array_equal(loss.value(*same), expected, strict=True)
        for one, other in zip(laws.gradients(loss, same), slopes, strict=True):
            np.testing.assert_array_equal(one, other, strict=True)
    for one, other in zip(whole, before, strict=True):
        np.testing.assert_array_equal(one, other)


@every_loss
def test_one_pair_or_triplet_gives_a_number_and_no_pairs_give_none(loss: EmbeddingLoss) -> None:
    arguments = drawn(loss, 14)
    if not isinstance(loss, BATCHES):
        one = loss.value(*(each[0] for each in arguments))
        assert isinstance(one, np.float64)
        assert one == loss.value(*arguments)[0]
    none = [each[:0] for each in arguments]
    assert loss.value(*none).shape == (0,)
    assert all(told.shape == (0, 3) for told in laws.gradients(loss, none))


@of_pairs
def test_labels_broadcast_like_everything_else(loss: EmbeddingLoss) -> None:
    first, second, label = drawn(loss, 15)
    column = label[:, None]
    value = loss.value(first, second, column)
    assert value.shape == (6, 6)
    for i in range(6):
        np.testing.assert_array_equal(value[i], loss.value(first, second, label[i]))
    total = [
        sum(parts)
        for parts in zip(*(loss.gradient(first, second, one) for one in label), strict=True)
    ]
    for told, expected in zip(loss.gradient(first, second, column), total, strict=True):
        np.testing.assert_allclose(told, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: Contrastive().value([1, 2], [1, 2, 3], 1),
            r"Contrastive: first \(2,\), second \(3",
        ),
        (
            lambda: Contrastive().value([1], [1, 2], 1),
            r"do not match, expected \(\.\.\., D\) alike",
        ),
        (lambda: Contrastive().value(1.0, 2.0, 1), r"first \(\), second \(\) do not match"),
        (lambda: Contrastive().value([], [], 1), r"first \(0,\), second \(0,\) do not match"),
        (lambda: Contrastive().value([1, 2], [1, 2], 0.5), "same is 0.5, expected 0 or 1"),
        (lambda: Contrastive().value([1, 2], [1, 2], -1), "same is -1, expected 0 or 1"),
        (lambda: Contrastive().gradient([1, 2], [1, 2], [0, 2]), r"same\[1\] is 2, expected 0 or"),
        (lambda: Contrastive().value([1, math.nan], [1, 2], 1), r"first\[1\] is nan, expected a n"),
        (lambda: Contrastive().value([1, 2], [math.inf, 2], 1), r"second\[0\] is inf, expected a"),
        (lambda: Contrastive().value([[1, 2]] * 3, [1, 2], [1, 0]), r"same \(2, 1\) do not match"),
        (lambda: Contrastive().value("ab", [1, 2], 1), "first is not numbers"),
        (lambda: Triplet().value([1, 2], [1, 2], [1]), r"Triplet: .*negative \(1,\) do not match"),
        (lambda: Triplet().value([[1, 2]] * 3, [[1, 2]] * 2, [1, 2]), "positive .* do not match"),
        (lambda: Triplet().difficulty([1, 2], [1, 2], [1]), r"negative \(1,\) do not match"),
        (lambda: Triplet().gradient([1, 2], [1, math.nan], [1, 3]), r"positive\[1\] is nan"),
        (lambda: InfoNCE().value([1, 2], [1, 2]), r"queries \(2,\), keys \(2,\) do not match"),
        (lambda: InfoNCE().value([[1, 2]], [[1, 2], [1, 3]]), r"\(1, 2\), keys \(2, 2\) do not m"),
        (
            lambda: InfoNCE().value([[1, 2]], [[0, 0]]),
            r"InfoNCE: keys\[0\] is a vector of length 0",
        ),
        (lambda: InfoNCE().gradient([[0, 0]], [[1, 0]]), "a vector of length 0 has no direction"),
        (lambda: InfoNCE().value(np.ones((3, 2, 2)), np.ones((2, 2, 2))), "shapes that do"),
        (lambda: NTXent().value([[1, 2]], [[1, math.inf]]), r"second\[0\] is a vector whose elem"),
        (lambda: NTXent().value(np.ones((2, 3)), np.ones((2, 2))), r"second \(2, 2\) do not match"),
        (lambda: CosineEmbedding().value([0, 0], [1, 2], 1), "first is a vector of length 0"),
        (lambda: CosineEmbedding().value([1, 0], [1, 2], 0), "label is 0, expected -1 or 1"),
        (lambda: CosineEmbedding().value(1.0, [1, 2], 1), "first is 1, expected finite numbers"),
    ],
)
def test_what_a_loss_is_not_defined_for_is_refused_by_name(
    call: Callable[[], Array], message: str
) -> None:
    with pytest.raises(DomainError, match=message):
        call()


@pytest.mark.parametrize(
    ("cls", "name", "value"),
    [
        (Contrastive, "margin", 0.0),
        (Contrastive, "margin", math.inf),
        (Contrastive, "squared", 1),
        (Triplet, "margin", -1.0),
        (Triplet, "margin", math.nan),
        (InfoNCE, "temperature", 0.0),
        (NTXent, "temperature", math.inf),
        (CosineEmbedding, "margin", 1.01),
        (CosineEmbedding, "margin", -1.01),
    ],
)
def test_parameters_out_of_range_are_refused(cls: type, name: str, value: float) -> None:
    with pytest.raises(ParameterError, match=f"{cls.__name__}: {name} is"):
        cls(**{name: value})


SIZES = (5e-324, 1e-300, 1e-160, 1.0, 1e154, 1e200, 1.7e308)


@every_loss
def test_valid_numbers_never_give_nan_nor_a_warning(loss: EmbeddingLoss) -> None:
    random = np.random.default_rng(17)
    extreme = [
        loss,
        *(
            dataclasses.replace(loss, **{name: size})
            for name, declared in parameters(loss).items()
            for size in SIZES
            if declared.accepts(size)
        ),
    ]
    for one in extreme:
        for seed in range(6):
            arguments = drawn(one, seed, count=5)
            for i in laws.movers(one):
                grown = np.sign(arguments[i]) * random.choice(SIZES, arguments[i].shape)
                arguments[i] = np.where(random.uniform(size=grown.shape) < 0.2, 0.0, grown)
                arguments[i][:, 0] = random.choice(SIZES, 5)
            shared = (
                [arguments[0][:1], *arguments[1:]] if not isinstance(one, BATCHES) else arguments
            )
            for given in (arguments, shared):
                assert not np.isnan(one.value(*given)).any()
                assert not any(np.isnan(told).any() for told in laws.gradients(one, given))


# The registry and what is shown to the reader.


def concrete_classes(family: type) -> set[type]:
    below = {cls for child in family.__subclasses__() for cls in concrete_classes(child)}
    return below if inspect.isabstract(family) else below | {family}


def test_every_concrete_embedding_loss_is_registered_once() -> None:
    assert set(EMBEDDING_LOSSES) == concrete_classes(EmbeddingLoss)
    assert len(set(EMBEDDING_LOSSES)) == len(EMBEDDING_LOSSES)
    assert {type(loss) for loss in LOSSES} == set(EMBEDDING_LOSSES)


@every_class
def test_a_reader_is_told_what_it_is(cls: type[EmbeddingLoss]) -> None:
    laws.assert_described(cls())
    assert cls.task == "Metric learning"
    assert cls.__doc__
    assert len({other.name for other in EMBEDDING_LOSSES}) == len(EMBEDDING_LOSSES)


@every_class
def test_arguments_are_declared_in_the_order_in_which_they_are_taken(
    cls: type[EmbeddingLoss],
) -> None:
    declared = [argument.name for argument in cls.arguments]
    for method in ("value", "gradient"):
        assert list(inspect.signature(getattr(cls, method)).parameters)[1:] == declared
    assert all(
        argument.moves == (argument.name not in {"same", "label"}) for argument in cls.arguments
    )
    assert isinstance(cls().gradient(*drawn(cls(), 0)), tuple)


def test_the_formulas_name_their_parameters() -> None:
    for loss in LOSSES:
        for declared in parameters(loss).values():
            assert declared.symbol in loss.formula
