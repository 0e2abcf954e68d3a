"""Laws of a mean loss whose arguments are affine in two parameters, over losses of every family."""

import dataclasses
import itertools
import math
import tracemalloc
from typing import Any

import numpy as np
import pytest

import core.samples
from core.landscape import Grid
from core.losses import (
    CLUSTERING_LOSSES,
    COUNT_LOSSES,
    DIVERGENCES,
    EMBEDDING_LOSSES,
    MULTICLASS_LOSSES,
    PROBABILITY_LOSSES,
    AbsoluteError,
    AbsolutePercentageError,
    BernoulliReconstruction,
    BinaryCrossEntropy,
    Contrastive,
    CosineEmbedding,
    CrossEntropy,
    DomainError,
    Focal,
    GammaLoss,
    GaussianNLL,
    Huber,
    InfoNCE,
    KLDivergence,
    KMeans,
    Loss,
    MulticlassFocal,
    NTXent,
    PoissonLoss,
    Reconstruction,
    SparseCategoricalCrossEntropy,
    SquaredError,
    SquaredLogError,
    Triplet,
    WeightedLogisticLoss,
)
from core.losses.domain import Simplex
from core.objectives import AffineModel, LinearClassification, LinearRegression, ObjectiveError
from core.penalties import L1, L2, PENALTIES

N, SEED = 11, 3
INSIDE = np.array([[0.0, 0.0], [0.31, -0.17], [-0.23, 0.29]])


@dataclasses.dataclass(frozen=True)
class Case:
    """A loss and its arguments: base, first and second of what moves, and what is held.

    each: whether an argument has a row for every sample, in the order of the loss's arguments; None
        where the samples depend on each other, or are but one.
    """

    loss: Loss
    rays: tuple[tuple[Any, Any, Any], ...]
    held: tuple[Any, ...] = ()
    each: tuple[bool, ...] | None = (True,)

    @property
    def model(self) -> AffineModel:
        return self.weighted(None)

    def weighted(self, weights) -> AffineModel:
        """Return the objective."""
        several = zip(*self.rays, strict=True)
        return AffineModel(self.loss, *(_only(one) for one in several), self.held, weights)

    def arguments(self, theta) -> list[Any]:
        """Return what the loss takes at theta."""
        moved = iter([base + theta[0] * one + theta[1] * two for base, one, two in self.rays])
        held = iter(self.held)
        return [next(moved) if one.moves else next(held) for one in self.loss.arguments]

    def one_by_one(self, theta) -> list[float]:
        """Return the loss of each sample, asked for alone where that can be."""
        arguments = self.arguments(theta)
        if self.each is None:
            return np.ravel(self.loss.value(*arguments)).tolist()
        count = next(len(a) for a, own in zip(arguments, self.each, strict=True) if own)
        pairs = list(zip(arguments, self.each, strict=True))
        return [
            np.asarray(self.loss.value(*(a[[i]] if own else a for a, own in pairs))).item()
            for i in range(count)
        ]

    def repeated(self, times) -> "Case":
        """Return the case with every sample as many times as told."""
        assert self.each is not None
        rays, held, each = [], [], iter(self.each)
        moving, fixed = iter(self.rays), iter(self.held)
        for one in self.loss.arguments:
            own = next(each)
            if one.moves:
                rays.append(tuple(np.repeat(a, times, 0) if own else a for a in next(moving)))
            else:
                rest = next(fixed)
                held.append(np.repeat(rest, times, 0) if own else rest)
        return dataclasses.replace(self, rays=tuple(rays), held=tuple(held))


def _only(several):
    return several if len(several) > 1 else several[0]


def _drawn(*shape):
    """Return base and two rays, as large as each other."""
    return tuple(np.random.default_rng(SEED).normal(size=(3, *shape)))


def _distributions(*shape):
    """Return distributions, and two rays along which they stay such for a while."""
    rng = np.random.default_rng(SEED)
    base = rng.dirichlet(np.full(shape[-1], 8.0), shape[:-1])
    ways = rng.normal(size=(2, *shape)) * 0.05
    return base, *(ways - ways.mean(axis=-1, keepdims=True))


def _positive(*shape):
    """Return numbers well above 0 that stay there for a while."""
    base, first, second = _drawn(*shape)
    return 2.0 + np.abs(base), 0.5 * first, 0.5 * second


_RNG = np.random.default_rng(SEED + 1)
CLASSES, LABELS = _RNG.integers(0, 4, N), _RNG.integers(0, 2, N).astype(float)
SHARES, ONE = _RNG.dirichlet(np.ones(4), N), _RNG.dirichlet(np.ones(4))
COUNTS, POINTS = 1.0 + _RNG.poisson(3.0, N), _RNG.normal(size=(N, 3))
VIEWS = tuple((base + 2.0, one, two) for base, one, two in (_drawn(N, 3), _drawn(N, 3)[::-1]))


def _multiclass(loss: Loss) -> list[Case]:
    simplex = isinstance(loss.arguments[1].domain, Simplex)
    one, each = (ONE, SHARES) if simplex else (np.array(2.0), CLASSES)
    return [
        Case(loss, (_drawn(N, 4),), (each,), (True, True)),
        Case(loss, (_drawn(N, 4),), (one,), (True, False)),
        Case(loss, (_drawn(4),), (each,), (False, True)),
        Case(loss, (_drawn(4),), (one,), None),
        Case(loss, (_drawn(4, 4),), (each[:4],), (True, True)),
    ]


def _divergence(loss: Loss) -> list[Case]:
    return [
        Case(loss, (_distributions(N, 4),), (SHARES,), (True, True)),
        Case(loss, (_distributions(N, 4),), (ONE,), (False, True)),
        Case(loss, (_distributions(4),), (SHARES,), (True, False)),
        Case(loss, (_distributions(4),), (ONE,), None),
        Case(loss, (_distributions(4),), (SHARES[:4],), (True, False)),
    ]


def _counts(loss: Loss) -> list[Case]:
    if isinstance(loss, GaussianNLL):
        return [
            Case(loss, (_drawn(N), _positive(N)), (COUNTS,), (True, True, True)),
            Case(loss, (_drawn(N), _positive()), (COUNTS,), (True, False, True)),
            Case(loss, (_drawn(), _positive()), (COUNTS,), (False, False, True)),
            Case(loss, (_drawn(), _positive()), (3.0,), None),
        ]
    return [
        Case(loss, (_positive(N),), (COUNTS,), (True, True)),
        Case(loss, (_positive(),), (COUNTS,), (False, True)),
        Case(loss, (_positive(N),), (2.0,), (True, False)),
    ]


def _embedding(loss: Loss) -> list[Case]:
    if isinstance(loss, InfoNCE | NTXent):
        still = (POINTS, 0.0 * POINTS, 0.0 * POINTS)
        return [Case(loss, VIEWS, each=None), Case(loss, (VIEWS[0], still), each=None)]
    if isinstance(loss, Triplet):
        return [Case(loss, (*VIEWS, _drawn(N, 3)), each=(True, True, True))]
    held = (2.0 * LABELS - 1.0 if isinstance(loss, CosineEmbedding) else LABELS,)
    return [Case(loss, VIEWS, held, (True, True, True))]


def _clustering(loss: Loss) -> list[Case]:
    if isinstance(loss, KMeans):
        return [
            Case(loss, (_drawn(k, 3),), (points,), (True, False))
            for k, points in ((2, POINTS), (N, POINTS), (1, POINTS[:1]))
        ]
    points = 1.0 / (1.0 + np.exp(-POINTS)) if isinstance(loss, BernoulliReconstruction) else POINTS
    return [Case(loss, (_drawn(3, k),), (points,), (True, False)) for k in (1, 2)]


def _penalty(loss: Loss) -> list[Case]:
    eye = np.eye(2)
    return [Case(loss, ((np.array([1.0, -2.0]), *eye),), each=None)]


def _probability(loss: Loss) -> list[Case]:
    base, first, second = _drawn(N)
    rays = (1.0 / (1.0 + np.exp(-base)), 0.1 * first, 0.1 * second)
    return [Case(loss, (rays,)), Case(loss, ((0.4, 0.3, 0.7),), each=None)]


FAMILIES = (
    (PROBABILITY_LOSSES, _probability),
    (MULTICLASS_LOSSES, _multiclass),
    (DIVERGENCES, _divergence),
    (COUNT_LOSSES, _counts),
    (EMBEDDING_LOSSES, _embedding),
    (CLUSTERING_LOSSES, _clustering),
    (PENALTIES, _penalty),
)
SET = (Contrastive(margin=3.0, squared=False), Triplet(margin=4.0, squared=False), NTXent(0.7))
CASES = [
    *(case for kinds, make in FAMILIES for kind in kinds for case in make(kind())),
    *(case for loss in SET for case in _embedding(loss)),
    *(Case(loss, (_drawn(N),)) for loss in (SquaredError(), Huber())),
    Case(WeightedLogisticLoss(), (_drawn(N),), (2.0 * LABELS - 1.0,), (True, True)),
]
APART = [case for case in CASES if case.each is not None]


def name_of(case: Case) -> str:
    shapes = (np.shape(argument) for argument in case.arguments((0.0, 0.0)))
    return " ".join(map(str, (case.loss, *shapes)))


every_case = pytest.mark.parametrize("case", CASES, ids=name_of)
every_case_apart = pytest.mark.parametrize("case", APART, ids=name_of)


def slope_of(function, at, axis, step=1e-4):
    """Return the derivative by central differences of sixth order."""
    return sum(
        weight * (function(at + k * step * axis) - function(at - k * step * axis))
        for k, weight in ((1, 45.0), (2, -9.0), (3, 1.0))
    ) / (60.0 * step)


# One function


@every_case
def test_value_is_the_mean_of_the_losses_of_the_samples(case):
    model = case.model
    for theta in INSIDE:
        losses = case.one_by_one(theta)
        expected = math.fsum(losses) / len(losses)
        assert model.value(theta) == pytest.approx(expected, rel=1e-13, abs=1e-15)


@every_case
def test_landscape_is_the_values_one_by_one_and_infinite_where_the_loss_is_not_defined(case):
    model, grid = case.model, Grid.regular((-40.0, 41.0), (-30.0, 32.0), 10, 11)
    found = model.landscape(grid)
    assert found.z.shape == grid.shape
    for point, height in zip(grid.points, found.z.ravel(), strict=True):
        try:
            expected = float(np.mean(case.loss.value(*case.arguments(point))))
        except DomainError:
            expected = math.inf
        assert height == pytest.approx(expected, rel=1e-9)
        assert model.value(point) == pytest.approx(height, rel=1e-12)


@every_case
@pytest.mark.parametrize("held", [1, 150, 1000])
def test_how_much_is_held_at_once_changes_nothing(case, held, monkeypatch):
    model, grid = case.model, Grid.regular((-4.0, 4.0), (-5.0, 5.0), 3, 4)
    whole = [model.landscape(grid).z, model.gradient(INSIDE[1])]
    monkeypatch.setattr(core.samples, "HELD", held)
    blocks = [model.landscape(grid).z, model.gradient(INSIDE[1])]
    for block, expected in zip(blocks, whole, strict=True):
        np.testing.assert_allclose(block, expected, rtol=1e-12, atol=1e-14)
    assert model.values(np.zeros((0, 2))).shape == (0,)


@every_case
def test_gradient_is_the_slope_of_the_value(case):
    model = case.model
    for theta in INSIDE:
        gradient = model.gradient(theta)
        assert gradient.shape == (2,)
        found = [slope_of(model.value, theta, axis) for axis in np.eye(2)]
        np.testing.assert_allclose(gradient, found, rtol=1e-7, atol=1e-8)


@every_case
def test_hessian_is_the_slope_of_the_gradient_or_its_absence_is_told(case, monkeypatch):
    model = case.model
    if not hasattr(case.loss, "hessian"):
        with pytest.raises(ObjectiveError) as refused:
            model.hessian(INSIDE[0])
        assert str(refused.value).startswith("AffineModel: no second derivatives of ")
        assert str(refused.value).endswith(case.loss.no_hessian)
        return
    for theta in INSIDE:
        hessian = model.hessian(theta)
        found = np.stack([slope_of(model.gradient, theta, axis) for axis in np.eye(2)])
        np.testing.assert_allclose(hessian, found, rtol=1e-6, atol=1e-7)
        monkeypatch.setattr(core.samples, "HELD", 100)
        np.testing.assert_allclose(model.hessian(theta), hessian, rtol=1e-12, atol=1e-14)
        monkeypatch.undo()


@every_case
def test_the_model_is_as_convex_as_the_loss(case):
    assert case.model.convex == case.loss.properties.convex


# Samples


@every_case
def test_samples_are_told_from_what_they_share(case):
    samples = case.model.samples
    assert samples.apart == (case.each is not None)
    if case.each is not None:
        assert samples.count == len(case.one_by_one(INSIDE[0]))
        one_row = [part.carries or len(part.base) == 1 for part in samples.parts if part.base.ndim]
        own = [a for a, part in zip(case.each, samples.parts, strict=True) if part.base.ndim]
        assert all(given or not needed for given, needed in zip(one_row, own, strict=True))


@every_case_apart
def test_a_weight_of_two_counts_a_sample_twice(case):
    n = case.model.samples.count
    times = np.append(2, np.random.default_rng(1).integers(0, 4, n - 1))
    weighted, repeated = case.weighted(times), case.repeated(times).model
    points = np.concatenate([INSIDE, [[3.0, -2.0]]])
    np.testing.assert_allclose(weighted.values(points), repeated.values(points), rtol=1e-13)
    for theta in INSIDE:
        pair = weighted.gradient(theta), repeated.gradient(theta)
        np.testing.assert_allclose(*pair, rtol=1e-10, atol=1e-13)
    if hasattr(case.loss, "hessian"):
        pair = weighted.hessian(INSIDE[1]), repeated.hessian(INSIDE[1])
        np.testing.assert_allclose(*pair, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("case", [case for case in CASES if case.each is None], ids=name_of)
def test_samples_that_hang_together_cannot_be_weighed(case):
    with pytest.raises(ObjectiveError, match="cannot be weighed one by one"):
        case.weighted(np.ones(N))


def test_a_sample_without_weight_cannot_make_the_cost_infinite():
    rays = np.array([0.5, 0.5]), np.array([0.1, 9.0]), np.zeros(2)
    model = AffineModel(BinaryCrossEntropy(), *rays, weights=[1.0, 0.0])
    np.testing.assert_allclose(model.value((1.0, 0.0)), -math.log(0.6), rtol=1e-15)
    np.testing.assert_allclose(model.gradient((1.0, 0.0)), [-0.1 / 0.6, 0.0], rtol=1e-14)


def test_a_linear_model_is_an_affine_one():
    rng = np.random.default_rng(0)
    x, y, weights = rng.normal(size=20), rng.normal(size=20), rng.integers(0, 3, 20)
    label = np.where(y > 0, 1.0, -1.0)
    line = LinearRegression(x, y, Huber(0.3), weights)
    score = LinearClassification(x, label, Focal(), weights)
    grid = Grid.regular((-2.0, 2.0), (-3.0, 3.0), 5, 6)
    for linear, affine in (
        (line, AffineModel(Huber(0.3), -y, x, np.ones(20), weights=weights)),
        (score, AffineModel(Focal(), np.zeros(20), label * x, label, (label,), weights)),
    ):
        np.testing.assert_allclose(affine.landscape(grid).z, linear.landscape(grid).z, rtol=1e-12)
        for theta in INSIDE:
            np.testing.assert_allclose(affine.gradient(theta), linear.gradient(theta), rtol=1e-12)
            np.testing.assert_allclose(affine.hessian(theta), linear.hessian(theta), rtol=1e-12)


def test_what_moves_is_what_the_parameters_say():
    theta = AffineModel(L2(), [1.0, 2.0], [1.0, 0.0], [0.0, 3.0])
    assert theta.value((0.5, -1.0)) == 1.5**2 + 1.0
    np.testing.assert_allclose(theta.gradient((0.5, -1.0)), [3.0, -6.0])
    np.testing.assert_allclose(theta.hessian((0.5, -1.0)), [[2.0, 0.0], [0.0, 18.0]])
    np.testing.assert_allclose(theta.landscape(Grid([0.5, 2.0], [-1.0])).z, [[3.25, 10.0]])


def test_base_and_rays_are_broadcast_to_each_other():
    x = np.array([1.0, 2.0, 4.0])
    plain = AffineModel(PoissonLoss(), np.ones(3), x, np.ones(3), (x,))
    short = AffineModel(PoissonLoss(), 1.0, x, 1.0, (x,))
    np.testing.assert_array_equal(short.values(INSIDE), plain.values(INSIDE))


def test_a_model_keeps_its_own_arrays():
    base, points = np.ones((2, 2)), np.arange(6.0).reshape(3, 2)
    model = AffineModel(KMeans(), base, np.ones((2, 2)), np.zeros((2, 2)), (points.copy(),))
    before = model.value((1.0, 1.0))
    base[:] = 99.0
    assert model.value((1.0, 1.0)) == before


# Where the loss is not defined, and where it leaves float64


@pytest.mark.parametrize(
    ("case", "theta"),
    [
        (_probability(BinaryCrossEntropy())[0], (1e3, 0.0)),
        (_divergence(KLDivergence())[0], (1e3, 0.0)),
        (_divergence(CrossEntropy())[2], (0.0, -1e3)),
        (_counts(PoissonLoss())[0], (0.0, 1e3)),
        (_counts(GammaLoss())[1], (1e3, 1e3)),
        (_counts(SquaredLogError())[0], (-1e3, 0.0)),
        (_counts(GaussianNLL())[0], (1e3, 0.0)),
        (Case(CosineEmbedding(), ((np.ones((2, 2)),) * 3,) * 2, ([1.0, -1.0],)), (-1.0, 0.0)),
        (_multiclass(MulticlassFocal())[0], (1e308, 1e308)),
    ],
    ids=lambda value: name_of(value) if isinstance(value, Case) else None,
)
def test_where_the_loss_is_not_defined_the_cost_is_infinite(case, theta):
    model = case.model
    with pytest.raises(DomainError), np.errstate(over="ignore", invalid="ignore"):
        case.loss.value(*case.arguments(theta))
    assert model.value(theta) == math.inf
    values = model.values([theta, (0.0, 0.0), theta])
    np.testing.assert_array_equal(np.isinf(values), [True, False, True])
    assert values[1] == pytest.approx(model.value((0.0, 0.0)), rel=1e-14)
    np.testing.assert_array_equal(model.gradient(theta), [math.inf, math.inf])
    if hasattr(case.loss, "hessian"):
        with pytest.raises(ObjectiveError, match=type(case.loss).__name__):
            model.hessian(theta)


def test_what_does_not_move_is_not_pulled_even_by_an_infinite_slope():
    rays = np.array([0.0, 0.5]), np.array([0.0, 1.0]), np.array([1.0, 0.0])
    model = AffineModel(BinaryCrossEntropy(), *rays)
    assert model.value((0.0, 0.0)) == math.inf
    np.testing.assert_array_equal(model.gradient((0.0, 0.0)), [-1.0, -math.inf])
    np.testing.assert_array_equal(model.hessian((0.0, 0.0)), [[2.0, 0.0], [0.0, math.inf]])


@every_case
def test_huge_parameters_give_no_warning_and_no_nan_value(case):
    model = case.model
    for theta in ((1e200, 0.0), (0.0, -1e300), (1e308, 1e308), (-1e308, 1e308)):
        assert not math.isnan(model.value(theta))
        model.gradient(theta)


# Memory

LARGE = [
    Case(SparseCategoricalCrossEntropy(), (_drawn(3000, 3),), (np.arange(3000) % 3,)),
    Case(KLDivergence(), (_distributions(3),), (np.full((3000, 3), 1 / 3),)),
    Case(KMeans(), (_drawn(4, 2),), (np.ones((3000, 2)),)),
    Case(Reconstruction(), (_drawn(3, 2),), (np.ones((3000, 3)),)),
    Case(AbsolutePercentageError(), (_positive(3000),), (np.ones(3000),)),
    Case(AbsolutePercentageError(), ((np.ones(600_000),) * 3,), (np.ones(600_000),)),
    Case(Triplet(), (_drawn(3000, 2),) * 3),
    Case(InfoNCE(), (_drawn(100, 2),) * 2, each=None),
]


@pytest.mark.parametrize("case", LARGE, ids=name_of)
def test_memory_grows_with_samples_and_crossings_apart(case):
    model, costly = case.model, isinstance(case.loss, KLDivergence | KMeans | InfoNCE | Triplet)
    side = 2 if model.samples.count == 600_000 else 16 if costly else 60
    grid = Grid.regular((-0.1, 0.1), (-0.1, 0.1), side, side)
    model.values(grid.points[:1])
    tracemalloc.start()
    model.landscape(grid)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 13e6


# What cannot be a model

ROW, TABLE = np.ones(3), np.ones((3, 4))


@pytest.mark.parametrize(
    ("loss", "arguments", "told"),
    [
        (SquaredError(), (ROW, ROW, [1.0, math.nan, 1.0]), "residual holds a number"),
        (SquaredError(), (ROW, [math.inf] * 3, ROW), "residual holds a number"),
        (SquaredError(), (ROW, ROW, np.ones(2)), "do not match"),
        (SquaredError(), ([], [], []), "expected numbers"),
        (SquaredError(), (ROW, ROW, ROW, (ROW,)), "1 arguments are held, expected none"),
        (SquaredError(), (TABLE, TABLE, TABLE), "SquaredError: losses of shape"),
        (PoissonLoss(), (ROW, ROW, ROW), "0 arguments are held, expected target"),
        (PoissonLoss(), (ROW, ROW, ROW, ([1.0, -1.0, 1.0],)), "target\\[1\\] is -1"),
        (PoissonLoss(), (ROW, ROW, ROW, (np.ones(4),)), "do not match"),
        (GaussianNLL(), (ROW, ROW, ROW, (ROW,)), "base has 1 arrays, expected a tuple of 2"),
        (GaussianNLL(), ((ROW, ROW), (ROW,), (ROW, ROW), (ROW,)), "first has 1 arrays"),
        (GaussianNLL(), ((ROW, ROW), (ROW, ROW), (ROW, ROW, ROW), (ROW,)), "second has 3 arrays"),
        (SparseCategoricalCrossEntropy(), (TABLE, TABLE, TABLE, ([0, 1, 9],)), "9"),
        (KMeans(), (TABLE, TABLE, TABLE, (np.ones((5, 2)),)), "do not match"),
        (AbsoluteError(), (ROW, ROW, ROW, (), np.ones(4)), "3 samples and 4 weights"),
        (AbsoluteError(), (ROW, ROW, ROW, (), [1.0, 1.0, -1.0]), "at least 0"),
        (AbsoluteError(), (ROW, ROW, ROW, (), [0.0, 0.0, 0.0]), "one above 0"),
        (AbsoluteError(), (ROW, ROW, ROW, (), [1.0, 1.0, math.nan]), "weights holds"),
        (L1(), ([1.0, 2.0], [1.0, 0.0], [0.0, 1.0], (), [1.0]), "cannot be weighed"),
    ],
)
def test_what_cannot_be_a_model_is_told_in_one_sentence(loss, arguments, told):
    with pytest.raises(ObjectiveError, match=told) as refused:
        AffineModel(loss, *arguments)
    sentence = str(refused.value)
    assert sentence.split(":")[0] in ("AffineModel", type(loss).__name__)
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_every_loss_of_every_family_is_a_case():
    kinds = {type(case.loss) for case in CASES}
    assert kinds >= set(itertools.chain.from_iterable(family for family, _ in FAMILIES))
