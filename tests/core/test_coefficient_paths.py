"""Laws of exact paths, balls and cross-validation, and what scikit-learn says about them."""

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize as search

from core.landscape import Grid
from core.losses import SquaredError
from core.objectives import AffineModel, ObjectiveError, Penalized
from core.penalties import L1, L2, ElasticNet, GroupLasso, Penalty
from core.regularization import penalty_ball
from core.regularization.coefficient_paths import Passage, path
from core.regularization.cross_validation import CrossValidation, chosen, cross_validated, folds
from core.regularization.diabetes import NAMES, diabetes
from core.regularization.mean_square import MeanSquare, parts
from core.regularization.penalized_fit import balance, cost, minimize
from core.regularization.two_features import two_features

RECORDED = json.loads(
    (Path(__file__).parent / "recorded" / "paths.json").read_text(encoding="utf-8")
)
PENALTIES: tuple[Penalty, ...] = (
    L1(),
    L2(),
    ElasticNet(0.0),
    ElasticNet(0.1),
    ElasticNet(0.5),
    ElasticNet(0.9),
    ElasticNet(1.0),
)
every_penalty = pytest.mark.parametrize("penalty", PENALTIES, ids=repr)
with_corners = pytest.mark.parametrize(
    "penalty", [one for one in PENALTIES if parts(one)[0]], ids=repr
)
every_story = pytest.mark.parametrize("key", two_features())


def drawn(seed: int, count: int, features: int) -> MeanSquare:
    random = np.random.default_rng(seed)
    mix = random.normal(size=(features, features)) if seed % 2 else np.eye(features)
    x = random.normal(size=(count, features)) @ mix
    y = random.normal(size=count)
    return MeanSquare.of((x - x.mean(axis=0)) / x.std(axis=0), y - y.mean())


SIZES = ((1, 9, 1), (2, 12, 2), (3, 15, 2), (4, 20, 5), (5, 30, 8), (6, 25, 10), (7, 40, 10))
every_size = pytest.mark.parametrize("size", SIZES, ids=str)


def told(key: str, correlation: float | None = None) -> MeanSquare:
    story = two_features()[key]
    x = story.features(story.correlation if correlation is None else correlation)
    return story.problem(x, story.values(x, (0.0, 0.0), {}))


def strengths_of(found) -> np.ndarray:
    top = found.largest if math.isfinite(found.largest) else 5.0
    return np.concatenate([[0.0], top * np.geomspace(1e-5, 1.2, 40)])


@pytest.fixture(scope="module")
def real() -> MeanSquare:
    return MeanSquare.of(diabetes().features, diabetes().target)


# The mean square ---------------------------------------------------------------------------------


def test_it_is_the_mean_of_squared_errors_that_the_losses_know():
    random = np.random.default_rng(0)
    x, y = random.normal(size=(17, 2)), random.normal(size=17)
    ours = MeanSquare.of(x, y)
    theirs = AffineModel(SquaredError(), -y, x[:, 0], x[:, 1])
    assert theirs.loss.value(3.0) == 9.0
    grid = Grid.regular((-2, 3), (-1, 2), 7, 5)
    np.testing.assert_allclose(ours.landscape(grid).z, theirs.landscape(grid).z, rtol=1e-12)
    for theta in grid.points[::5]:
        assert ours.value(theta) == pytest.approx(theirs.value(theta), rel=1e-12)
        np.testing.assert_allclose(ours.gradient(theta), theirs.gradient(theta), rtol=1e-10)
        np.testing.assert_allclose(ours.hessian(theta), theirs.hessian(theta), rtol=1e-10)
    np.testing.assert_allclose(ours.values(grid.points), ours.landscape(grid).z.ravel(), rtol=1e-12)


def test_the_largest_curvature_bounds_the_change_of_the_gradient_and_is_attained(real):
    curvatures, axes = np.linalg.eigh(2.0 * real.gram)
    assert real.steepest == pytest.approx(curvatures[-1], rel=1e-14)
    change = real.gradient(axes[:, -1]) - real.gradient(np.zeros(10))
    assert np.linalg.norm(change) == pytest.approx(real.steepest)


def test_a_perfect_fit_costs_nothing_and_no_less():
    x = np.random.default_rng(1).normal(size=(9, 2))
    ours = MeanSquare.of(x, x @ [0.3, -2.0])
    assert 0.0 <= ours.value([0.3, -2.0]) < 1e-14


def test_a_copy_of_a_feature_leaves_the_fit_open():
    assert told("overlap").determined
    assert not told("twins").determined
    np.testing.assert_allclose(told("twins").free(), [0.9, 0.9])
    assert not told("overlap", -1.0).determined
    assert MeanSquare.of(np.ones((3, 1)), np.arange(3.0)).determined


@pytest.mark.parametrize(
    ("features", "target"),
    [(np.ones(3), np.ones(3)), (np.ones((3, 2)), np.ones(2)), (np.ones((0, 2)), np.ones(0)),
     (np.ones((2, 2)), [1.0, math.nan]), ([[math.inf]], [1.0])],
    ids=["a row", "lengths", "empty", "nan", "infinite"],
)  # fmt: skip
def test_data_that_are_none_are_refused(features, target):
    with pytest.raises(ObjectiveError, match="MeanSquare"):
        MeanSquare.of(features, target)


def test_a_penalty_of_groups_has_no_path():
    with pytest.raises(ObjectiveError, match="Group lasso is no sum"):
        path(told("overlap"), GroupLasso())


# One strength ------------------------------------------------------------------------------------


@every_penalty
@every_size
def test_a_fit_fulfils_the_conditions_of_a_minimum(penalty, size):
    problem = drawn(*size)
    top = 2.0 * np.abs(problem.moment).max()
    for strength in (0.0, 1e-4 * top, 0.03 * top, 0.5 * top, 3.0 * top):
        w = minimize(problem, penalty, strength)
        assert balance(problem, penalty, strength, w).error < 1e-11 * top


@every_penalty
def test_no_place_near_or_far_costs_less(penalty):
    problem, random = drawn(4, 20, 5), np.random.default_rng(3)
    for strength in (0.01, 0.2, 2.0):
        w = minimize(problem, penalty, strength)
        lowest = cost(problem, penalty, strength, w)
        for scale in (1e-6, 1e-3, 0.1, 3.0):
            others = w + scale * random.normal(size=(40, 5))
            costs = Penalized(problem, penalty, strength).values(others)
            assert (costs >= lowest - 1e-14).all()


@with_corners
def test_any_start_leads_to_the_same_fit(penalty):
    problem, random = drawn(6, 25, 10), np.random.default_rng(5)
    for strength in (0.02, 0.1, 0.4):
        best = minimize(problem, penalty, strength)
        for scale in (1e-3, 1.0, 50.0):
            w = minimize(problem, penalty, strength, scale * random.normal(size=10))
            np.testing.assert_allclose(w, best, atol=1e-12)
            assert ((w == 0.0) == (best == 0.0)).all()


def test_the_start_is_left_as_it_was():
    start = np.array([1.0, -1.0])
    minimize(told("overlap"), L1(), 2.0, start)
    assert start.tolist() == [1.0, -1.0]


def test_the_balance_tells_what_pulls_and_what_holds():
    problem, penalty = told("overlap"), ElasticNet(0.25)
    w = np.array([0.5, 0.0])
    found = balance(problem, penalty, 0.8, w)
    np.testing.assert_allclose(found.pull, -problem.gradient(w))
    assert found.held == pytest.approx(0.2)
    np.testing.assert_allclose(found.square, [2 * 0.8 * 0.75 * 0.5, 0.0])
    assert found.zero.tolist() == [False, True]
    off = abs(found.pull[0] - found.square[0] - 0.2)
    assert found.error == pytest.approx(max(off, abs(found.pull[1]) - 0.2))
    assert found.error > 0.1


def test_with_uncorrelated_features_it_is_the_proximal_operator():
    problem = told("useless")
    for penalty, strength in itertools.product(PENALTIES, (0.0, 0.1, 0.3, 1.0, 4.0)):
        expected = penalty.proximal(problem.free(), 0.5 * strength)
        np.testing.assert_allclose(minimize(problem, penalty, strength), expected, atol=1e-15)


# The path ----------------------------------------------------------------------------------------


@every_penalty
@every_size
def test_the_path_fulfils_the_conditions_everywhere(penalty, size):
    problem = drawn(*size)
    found = path(problem, penalty)
    scale = np.abs(problem.moment).max()
    strengths = strengths_of(found)
    for strength, w in zip(strengths, found.at(strengths), strict=True):
        assert balance(problem, penalty, strength, w).error < 1e-10 * scale


@with_corners
@every_story
@pytest.mark.parametrize("correlation", [None, -1.0, -0.95, 0.0, 0.6, 0.999999, 1.0])
def test_so_does_that_of_every_story_at_any_correlation(penalty, key, correlation):
    problem = told(key, correlation)
    found = path(problem, penalty)
    strengths = strengths_of(found)
    for strength, w in zip(strengths, found.at(strengths), strict=True):
        assert balance(problem, penalty, strength, w).error < 1e-12


@with_corners
@every_size
def test_path_and_fit_agree_to_the_last_zero(penalty, size):
    problem = drawn(*size)
    found = path(problem, penalty)
    for strength in strengths_of(found)[5:]:
        near = [abs(strength / one.strength - 1.0) for one in found.breakpoints]
        if min(near) > 1e-6:
            ours, other = found.at(strength), minimize(problem, penalty, strength)
            np.testing.assert_allclose(ours, other, atol=1e-9)
            assert ((ours == 0.0) == (other == 0.0)).all()


@with_corners
@every_size
def test_signs_change_exactly_at_the_breakpoints(penalty, size):
    found = path(drawn(*size), penalty)
    places = [one.strength for one in found.breakpoints]
    assert places == sorted(places, reverse=True)
    for one in found.breakpoints:
        above, at, below = found.at(one.strength * np.array([1 + 1e-7, 1.0, 1 - 1e-7]))
        assert at[one.feature] == 0.0
        entering = one.turn is Passage.ENTERS
        assert (above[one.feature] == 0.0) == entering
        assert (below[one.feature] == 0.0) != entering
    for high, low in itertools.pairwise([*places, 1e-9 * found.largest]):
        signs = np.sign(found.at(np.linspace(high, low, 9)[1:-1]))
        if high > low * (1 + 1e-9):
            assert (signs == signs[0]).all()


@with_corners
@every_size
def test_next_to_a_breakpoint_no_rounding_gives_a_coefficient_the_wrong_sign(penalty, size):
    found = path(drawn(*size), penalty)
    for one in found.stretches:
        for end, to in ((one.high, 0.0), (one.low, math.inf)):
            beside = end
            for _ in range(3):
                beside = np.nextafter(beside, to)
                assert (found.at(beside) * one.signs >= 0.0).all()
                assert not found.at(beside)[one.signs == 0.0].any()


@with_corners
def test_features_of_one_direction_and_different_sizes_are_told_apart_by_the_corner(penalty):
    x = np.random.default_rng(8).normal(size=(30, 2))
    problem = MeanSquare.of(x[:, [0, 0, 1]] * [1.0, 2.0, 1.0], x @ [1.0, 0.4])
    found = path(problem, penalty)
    for strength in found.largest * np.geomspace(1e-3, 1.1, 20):
        assert balance(problem, penalty, strength, found.at(strength)).error < 1e-11
        w = minimize(problem, penalty, strength)
        assert balance(problem, penalty, strength, w).error < 1e-11


def test_of_many_fits_without_a_penalty_the_smallest_is_taken():
    x = np.random.default_rng(9).normal(size=(30, 3))
    problem = MeanSquare.of(np.column_stack([x, x.sum(axis=1)]), x @ [1.0, -2.0, 0.5])
    for penalty in (L1(), L2()):
        w = minimize(problem, penalty, 0.0)
        np.testing.assert_allclose(w, problem.free(), atol=1e-10)
        assert np.abs(w).max() < 3.0
    np.testing.assert_allclose(path(problem, L2()).at(0.0), problem.free(), atol=1e-10)


@pytest.mark.parametrize("key", ["useless", "serum"])
def test_what_is_nothing_but_rounding_under_l2_is_exactly_nothing(key):
    story = two_features()[key]
    x = story.features(0.0)
    shift = (-1.0, -story.coefficients[1])
    problem = story.problem(x, story.values(x, shift, {}))
    w = path(problem, L2()).at([0.0, 0.1, 3.0])
    assert not w[:, 1].any()
    assert path(problem, L2()).first_to_vanish() == (1,)


@with_corners
def test_from_the_largest_strength_on_all_are_zero_and_not_before(penalty):
    found = path(drawn(5, 30, 8), penalty)
    assert not found.at(found.largest * np.array([1.0, 1.5, 1e6])).any()
    assert np.count_nonzero(found.at(found.largest * (1 - 1e-9))) == 1


def test_under_l1_it_is_straight_between_breakpoints_and_bends_at_them():
    found = path(drawn(5, 30, 8), L1())
    places = [one.strength for one in found.breakpoints] + [0.0]
    for high, low in itertools.pairwise(places):
        ends, middle = found.at([high, low]), found.at(0.3 * high + 0.7 * low)
        np.testing.assert_allclose(middle, 0.3 * ends[0] + 0.7 * ends[1], atol=1e-12)
    slopes = [(found.at(s * 1.0001) - found.at(s)) / s for s in places[1:-1]]
    others = [(found.at(s) - found.at(s * 0.9999)) / s for s in places[1:-1]]
    for before, after in zip(slopes, others, strict=True):
        assert np.abs(before - after).max() > 1e-8


@every_penalty
def test_the_path_is_continuous(penalty):
    found = path(drawn(7, 40, 10), penalty)
    for one in found.breakpoints:
        above, below = found.at(one.strength * np.array([1 + 1e-9, 1 - 1e-9]))
        np.testing.assert_allclose(above, below, atol=1e-6)


def test_at_a_share_of_one_the_elastic_net_is_l1_and_at_none_l2():
    problem = drawn(6, 25, 10)
    strengths = np.geomspace(1e-4, 2.0, 30)
    for ratio, other in ((1.0, L1()), (0.0, L2())):
        ours, theirs = path(problem, ElasticNet(ratio)), path(problem, other)
        np.testing.assert_allclose(ours.at(strengths), theirs.at(strengths), atol=1e-13)
        assert ours.breakpoints == theirs.breakpoints


def test_l2_sets_nothing_to_zero_but_coefficients_cross_it_where_it_says():
    problem = drawn(5, 30, 8)
    found = path(problem, L2())
    assert found.largest == math.inf
    assert (found.at(np.geomspace(1e-6, 1e6, 200)) != 0.0).all()
    places = [one.strength for one in found.breakpoints]
    assert places == sorted(places, reverse=True)
    assert len(places) > 1
    for one in found.breakpoints:
        assert one.turn is Passage.CROSSES
        above, below = found.at(one.strength * np.array([1 + 1e-6, 1 - 1e-6]))[:, one.feature]
        assert above * below < 0.0
    signs = np.sign(found.at(np.geomspace(1e-5, 1e3, 20_000)))
    assert (signs[1:] != signs[:-1]).sum() == len(found.breakpoints)


def test_a_coefficient_may_return_to_zero_on_the_way_and_leave_it_again():
    problem = MeanSquare(np.array([[1.0, 0.95], [0.95, 1.0]]), np.array([1.2, 1.1]), 3.0)
    found = path(problem, ElasticNet(0.1))
    turns = [(one.feature, one.turn) for one in found.breakpoints]
    assert turns == [
        (0, Passage.ENTERS), (1, Passage.ENTERS), (1, Passage.LEAVES), (1, Passage.ENTERS),
    ]  # fmt: skip
    signs = np.sign(found.at([5.0, 0.01]))[:, 1]
    assert signs.tolist() == [1.0, -1.0]


@pytest.mark.parametrize(
    ("key", "penalty", "first"),
    [("overlap", L1(), (1,)), ("against", L1(), (1,)), ("useless", ElasticNet(), (1,)),
     ("overlap", L2(), ()), ("twins", ElasticNet(), (0, 1)), ("twins", L1(), (0, 1))],
    ids=str,
)  # fmt: skip
def test_it_knows_which_coefficient_vanishes_first(key, penalty, first):
    found = path(told(key), penalty)
    assert found.first_to_vanish() == first
    if first and not found.many(0.5 * found.largest):
        strengths = np.linspace(1e-6, 1.01, 4000) * found.largest
        zero = found.at(strengths) == 0.0
        assert tuple(np.flatnonzero(zero[zero.any(axis=1)][0])) == first


@every_story
@pytest.mark.parametrize("correlation", [-1.0, 1.0])
@pytest.mark.parametrize("penalty", PENALTIES, ids=repr)
def test_of_copies_it_knows_where_another_sharing_costs_as_little(key, correlation, penalty):
    problem = told(key, correlation)
    found = path(problem, penalty)
    along = np.array([1.0, -correlation])
    top = found.largest if 0.0 < found.largest < math.inf else 3.0
    always = []
    for strength in [0.0, *(top * np.array([1e-3, 0.2, 0.6, 0.9, 1.0 - 1e-15, 1.0, 1.3]))]:
        w = found.at(strength)
        ways = w + 0.01 * top * np.array([[1.0], [-1.0]]) * along
        others = Penalized(problem, penalty, strength).values(ways)
        same = others <= cost(problem, penalty, strength, w) + 1e-13
        assert found.many(strength) == same.any(), strength
        if strength:
            zero = (w == 0.0) if not same.any() else np.array([False, False])
            always.append(tuple(np.flatnonzero(zero).tolist()))
    first = [one for one in always if one]
    assert found.first_to_vanish() == (first[0] if first else ())


@every_penalty
@every_size
def test_what_the_data_determine_is_never_one_of_many(penalty, size):
    found = path(drawn(*size), penalty)
    assert not any(found.many(float(one)) for one in strengths_of(found))


@with_corners
@every_size
def test_a_breakpoint_is_met_within_rounding(penalty, size):
    found = path(drawn(*size), penalty)
    for one in found.breakpoints:
        for beside in (np.nextafter(one.strength, 0.0), np.nextafter(one.strength, math.inf)):
            assert found.at(beside)[one.feature] == 0.0


def test_twins_share_alike_unless_nothing_but_the_corner_decides():
    problem = told("twins")
    strengths = np.array([0.0, 0.3, 1.0])
    for penalty in (L2(), ElasticNet(0.5), ElasticNet(0.99)):
        w = path(problem, penalty).at(strengths)
        np.testing.assert_allclose(w[:, 0], w[:, 1], rtol=1e-10)
    w = path(problem, L1()).at(strengths)
    np.testing.assert_allclose(w.sum(axis=1), 1.8 - strengths / 2, rtol=1e-12)
    assert (w[:, 1] == 0.0).all()


def test_without_a_pull_all_stay_at_zero():
    flat = MeanSquare.of(np.ones((4, 2)), np.zeros(4))
    for penalty in PENALTIES:
        found = path(flat, penalty)
        assert not found.at([0.0, 1.0]).any()
        assert found.breakpoints == ()
    assert path(flat, L1()).largest == 0.0


def test_what_features_have_to_do_with_the_target_by_rounding_alone_pulls_nowhere():
    problem = told("twins", -1.0)
    assert problem.moment.tolist() == [0.0, 0.0]
    for penalty in PENALTIES:
        found = path(problem, penalty)
        assert found.first_to_vanish() == (0, 1)
        assert not found.at([0.0, 0.5]).any()


def test_strengths_may_have_any_shape():
    found = path(told("overlap"), L1())
    assert found.at(0.5).shape == (2,)
    assert found.at(np.full((3, 4), 0.5)).shape == (3, 4, 2)
    np.testing.assert_allclose(found.at([[0.5, 1.0]])[0, 1], found.at(1.0), rtol=1e-14)


# What scikit-learn says --------------------------------------------------------------------------


def test_the_table_is_the_one_that_was_published():
    told = diabetes()
    assert told.raw.shape == (442, 10)
    assert len(NAMES) == 10
    assert told.raw[0].tolist() == [59, 2, 32.1, 101, 157, 93.2, 38, 4, 4.8598, 87]
    assert told.level == pytest.approx(152.13348416289594)
    np.testing.assert_allclose(told.features.mean(axis=0), 0.0, atol=1e-13)
    np.testing.assert_allclose((told.features**2).mean(axis=0), 1.0, rtol=1e-13)
    np.testing.assert_allclose(told.features * told.spread + told.centre, told.raw, rtol=1e-12)
    assert abs(told.target.mean()) < 1e-12
    sources = Path(__file__).parents[2] / "assets" / "datasets" / "SOURCES.md"
    assert "`diabetes.csv` | 442 |" in sources.read_text(encoding="utf-8")


def test_lasso_paths_are_those_of_scikit_learn(real):
    told = RECORDED["lasso"]
    found = path(real, L1())
    np.testing.assert_allclose(found.at(told["strengths"]), told["coefficients"], atol=1e-7)


def test_lars_finds_the_same_breakpoints(real):
    told = RECORDED["lasso"]
    found = path(real, L1())
    places = [one.strength for one in found.breakpoints]
    np.testing.assert_allclose([*places, 0.0], told["breakpoints"], rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(found.at([*places, 0.0]), told["at_breakpoints"], atol=1e-9)
    assert [one.turn for one in found.breakpoints].count(Passage.LEAVES) == 1


@pytest.mark.parametrize("ratio", RECORDED["net"])
def test_elastic_net_paths_are_those_of_scikit_learn(real, ratio):
    told = RECORDED["net"][ratio]
    found = path(real, ElasticNet(float(ratio)))
    np.testing.assert_allclose(found.at(told["strengths"]), told["coefficients"], atol=1e-7)


def test_ridge_paths_are_those_of_scikit_learn(real):
    told = RECORDED["ridge"]
    found = path(real, L2())
    np.testing.assert_allclose(found.at(told["strengths"]), told["coefficients"], rtol=1e-10)


KINDS = {"lasso": L1(), "net": ElasticNet(0.5), "ridge": L2()}


@pytest.mark.parametrize("k", RECORDED["folds"])
@pytest.mark.parametrize("kind", KINDS)
def test_errors_of_every_fold_are_those_of_scikit_learn(k, kind):
    told, data = RECORDED["folds"][k], diabetes()
    fold = folds(442, int(k))
    ours = cross_validated(data.features, data.target, KINDS[kind], told["strengths"], fold)
    np.testing.assert_allclose(ours.errors, told[kind], rtol=1e-9)
    assert ours.strengths[ours.best] == pytest.approx(told[f"{kind}_chosen"], rel=1e-12)


# Cross-validation --------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "k"), [(442, 10), (442, 5), (7, 3), (4, 4)])
def test_folds_are_alike_in_size_and_shuffled_by_their_seed(count, k):
    fold = folds(count, k)
    sizes = np.bincount(fold, minlength=k)
    assert sizes.max() - sizes.min() <= 1
    assert sizes.sum() == count
    np.testing.assert_array_equal(fold, folds(count, k))
    if count > 100:
        assert (fold != folds(count, k, seed=1)).any()
        assert (np.diff(fold[:50]) != 1).sum() > 10


@pytest.mark.parametrize(("count", "k"), [(5, 1), (5, 6), (2, 2)])
def test_folds_that_cannot_be_are_refused(count, k):
    with pytest.raises(ObjectiveError, match="folds"):
        folds(count, k)


def test_the_simplest_strength_is_the_largest_within_one_standard_error():
    errors = np.array([[5.0, 5.0], [1.0, 3.0], [2.5, 3.0], [2.0, 4.1], [9.0, 9.0]])
    found = CrossValidation(np.arange(1.0, 6.0), errors)
    np.testing.assert_allclose(found.mean, [5.0, 2.0, 2.75, 3.05, 9.0])
    assert found.doubt[1] == pytest.approx(1.0)  # 2 apart: a spread of √2, over √2
    assert (found.best, found.simplest) == (1, 2)


def test_of_equal_means_the_best_is_the_largest_strength():
    found = CrossValidation(np.arange(1.0, 4.0), np.full((3, 4), 2.0))
    assert found.best == found.simplest == 2


def test_strengths_are_put_in_order():
    x, y = np.random.default_rng(0).normal(size=(20, 2)), np.arange(20.0)
    found = cross_validated(x, y, L1(), [3.0, 0.1, 1.0], folds(20, 4))
    assert found.strengths.tolist() == [0.1, 1.0, 3.0]


# The ball ----------------------------------------------------------------------------------------


@every_penalty
@pytest.mark.parametrize("key", ["overlap", "against", "useless"])
def test_strength_and_radius_belong_to_each_other(penalty, key):
    found = path(told(key), penalty)
    for strength in strengths_of(found)[2:-6]:
        if math.isfinite(found.largest) and strength >= found.largest:
            continue
        radius = penalty_ball.radius(found, strength)
        assert radius > 0.0
        assert penalty_ball.strength(found, radius) == pytest.approx(strength, rel=1e-7)


@every_penalty
@every_size
def test_a_smaller_ball_means_a_larger_strength(penalty, size):
    found = path(drawn(*size), penalty)
    full = penalty_ball.radius(found, 0.0)
    strengths = [
        penalty_ball.strength(found, share * full) for share in np.linspace(0.99, 0.02, 25)
    ]
    assert (np.diff(strengths) > 0.0).all()


@every_penalty
def test_within_the_ball_no_place_costs_less(penalty):
    problem = told("overlap")
    found = path(problem, penalty)
    radius = 0.4 * penalty_ball.radius(found, 0.0)
    strength = penalty_ball.strength(found, radius)
    w = found.at(strength)
    assert float(penalty.value(w)) == pytest.approx(radius, rel=1e-12)
    edge = penalty_ball.outline(penalty, radius, 4000)
    assert (problem.values(edge) >= problem.value(w) - 1e-12).all()
    told_ = search(
        problem.value,
        [0.1, 0.1],
        jac=problem.gradient,
        method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 500},
        bounds=[(0, None)] * 2,
        constraints={"type": "ineq", "fun": lambda v: radius - float(penalty.value(v))},
    )
    np.testing.assert_allclose(told_.x, w, atol=2e-6)


@every_penalty
def test_a_ball_that_holds_the_free_minimum_means_no_penalty_at_all(penalty):
    found = path(told("overlap"), penalty)
    full = penalty_ball.radius(found, 0.0)
    assert penalty_ball.strength(found, full) == 0.0
    assert penalty_ball.strength(found, 5.0 * full) == 0.0
    assert penalty_ball.strength(found, full * (1 - 1e-6)) > 0.0


@every_penalty
def test_a_ball_that_is_a_point_means_the_least_strength_that_gets_there(penalty):
    found = path(told("overlap"), penalty)
    assert penalty_ball.strength(found, 0.0) == found.largest
    assert penalty_ball.radius(found, 1e300) < 1e-200


@every_penalty
def test_the_edge_of_the_ball_has_the_penalty_of_its_radius_and_its_corners(penalty):
    for radius in (1e-9, 0.3, 2.0, 40.0):
        edge = penalty_ball.outline(penalty, radius, 96)
        np.testing.assert_allclose(penalty.value(edge), radius, rtol=1e-12)
        assert np.count_nonzero(edge == 0.0) == 5
        np.testing.assert_allclose(edge[0], edge[-1], rtol=1e-12)
    assert not penalty_ball.outline(penalty, 0.0).any()


# The stories -------------------------------------------------------------------------------------


@every_story
@pytest.mark.parametrize("correlation", [-1.0, -0.3, 0.0, 0.8, 1.0])
def test_features_are_standard_and_correlated_as_asked(key, correlation):
    x = two_features()[key].features(correlation)
    np.testing.assert_allclose(x.mean(axis=0), 0.0, atol=1e-14)
    gram = x.T @ x / len(x)
    np.testing.assert_allclose(gram, [[1.0, correlation], [correlation, 1.0]], atol=1e-13)


@every_story
def test_turning_the_correlation_leaves_the_free_fit_where_it_is(key):
    story = two_features()[key]
    for correlation in (-0.9, 0.0, 0.5, 0.95):
        np.testing.assert_allclose(told(key, correlation).free(), story.coefficients, atol=1e-12)


def test_shifts_and_lifts_move_the_target_and_so_the_fit():
    story = two_features()["overlap"]
    x = story.features(0.3)
    y = story.values(x, (0.2, -0.1), {})
    np.testing.assert_allclose(story.problem(x, y).free(), [1.7, 0.4], atol=1e-12)
    lifted = story.values(x, (0.2, -0.1), {5: 2.0})
    assert np.flatnonzero(lifted - y).tolist() == [5]
    assert lifted[5] - y[5] == pytest.approx(2.0)
    change = story.problem(x, lifted).free() - [1.7, 0.4]
    np.testing.assert_allclose(
        change, np.linalg.lstsq(x, 2.0 * (np.arange(24) == 5), rcond=None)[0]
    )


def test_the_story_from_the_diabetes_data_is_their_own():
    story, data = two_features()["serum"], diabetes()
    x = story.features(story.correlation)
    np.testing.assert_allclose(x, data.features[:, [4, 5]], atol=1e-12)
    y = story.values(x, (0.0, 0.0), {})
    np.testing.assert_allclose(y, data.target / data.target.std(), atol=1e-12)


def test_every_story_has_a_point_to_drag():
    for story in two_features().values():
        assert 0 <= story.drag < len(story.first)
        assert len(story.story) > 60


@pytest.mark.parametrize("penalty", [L1(), L2(), ElasticNet(0.3)], ids=repr)
@pytest.mark.parametrize("count", [3, 5, 10])
@pytest.mark.parametrize("rows", [20, 60])
def test_what_is_chosen_is_the_best_and_the_simplest_of_all_strengths(penalty, count, rows):
    data, fold = diabetes(), folds(442, count)
    asked = data.features, data.target, penalty
    told = chosen(*asked, np.geomspace(0.01, 1000.0, rows), fold)
    assert len(told.strengths) == len(told.errors) == rows + 2
    assert (np.diff(told.strengths) > 0.0).all()
    again = cross_validated(*asked, told.strengths, fold)
    np.testing.assert_allclose(told.errors, again.errors, rtol=1e-9)
    best, simplest = told.strengths[told.best], told.strengths[told.simplest]
    near = np.linspace(0.85, 1.15, 301)
    fine = cross_validated(*asked, np.union1d(best * near, simplest * near), fold)
    low = told.mean[told.best]
    assert low <= fine.mean.min() * (1.0 + 1e-7)
    reach = low + told.doubt[told.best]
    assert (fine.mean[fine.strengths > simplest * (1.0 + 1e-3)] > reach).all()
