"""The classification data sets: points of two or more classes, each set with a story to tell."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from core.data.story import FREE, MADE_HERE, Array, bell, frozen, numbers, read

Labels = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class LabelledSet:
    """Points of K classes, described by one or two features, and the story they tell.

    `key` names the set in links; `label` counts the classes from 0 in the order of `class_names`,
    so that of two classes the second, 1, is the positive one; `drag` is the index of the point
    worth dragging first; `names` are the points' own names, if they have any.

    Shape: `x` is read-only, (n, d) with d = 1 or 2; `label` is read-only, (n,), whole numbers
    from 0 to K - 1, each there at least once; `names` has n entries or none.
    Raises: `ValueError` if the shapes or counts do not match, a number is not finite, or a label
    names no class.
    """

    key: str
    title: str
    feature_labels: tuple[str, ...]
    class_names: tuple[str, ...]
    story: str
    source: str
    licence: str
    x: Array
    label: Labels
    drag: int
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "x", frozen(self.x))
        self._check_points()
        object.__setattr__(self, "label", self._counted())
        n = self.label.size
        if not 0 <= self.drag < n:
            raise ValueError(f"{self.key}: there is no point {self.drag} to drag among {n}.")
        if len(self.names) not in (0, n):
            raise ValueError(f"{self.key}: expected {n} names or none, not {len(self.names)}.")

    def _check_points(self) -> None:
        if self.x.ndim != 2 or self.x.shape[1] not in (1, 2):
            raise ValueError(f"{self.key}: expected points of one or two features.")
        if len(self.feature_labels) != self.x.shape[1]:
            raise ValueError(f"{self.key}: expected one label for each feature.")
        if not np.isfinite(self.x).all():
            raise ValueError(f"{self.key}: expected finite numbers only.")

    def _counted(self) -> Labels:
        """Return the labels as whole numbers that cannot be written to."""
        label = np.array(self.label)
        if label.shape != self.x.shape[:1]:
            raise ValueError(f"{self.key}: expected one label for each point.")
        if len(self.class_names) < 2:
            raise ValueError(f"{self.key}: expected at least two classes.")
        classes = np.arange(len(self.class_names))
        if not np.array_equal(np.unique(label), classes):
            raise ValueError(
                f"{self.key}: expected each label from 0 to {classes[-1]} at least once, "
                "and no others."
            )
        whole = label.astype(np.int64)
        whole.setflags(write=False)
        return whole


@functools.cache
def binary_datasets() -> Mapping[str, LabelledSet]:
    """Return the sets of two classes by key, in display order; the first is the default."""
    made = (_overlapping(), _separable(), _far(), _mislabeled(), _rare_5(), _rare_1(), _dial(90))
    return _by_key(*made, _xor(), _iris(), _challenger(), _breast())


@functools.cache
def multiclass_datasets() -> Mapping[str, LabelledSet]:
    """Return the sets of three classes by key, in display order; the first is the default."""
    return _by_key(_three(), _three_separable(), _ring(), _iris_3())


def labelled(key: str) -> LabelledSet:
    """Return the set of that key, whether of two classes or of three.

    Raises: `KeyError` whose message lists the keys there are.
    """
    known = {**binary_datasets(), **multiclass_datasets()}
    if key not in known:
        raise KeyError(f"No data set is called {key[:60]!r}; expected one of {', '.join(known)}.")
    return known[key]


def _by_key(*sets: LabelledSet) -> Mapping[str, LabelledSet]:
    return MappingProxyType({each.key: each for each in sets})


# Two classes, made here --------------------------------------------------------------------------


def _overlapping() -> LabelledSet:
    return _made(
        "overlapping",
        "Two overlapping classes",
        "Even the best line gets 4 of these 40 points wrong, and the losses agree on much the "
        "same line. Drag a point far across it and watch them part.",
        _cloud(20, (-0.8, -0.5), 0.85, seed=60),
        _cloud(20, (0.8, 0.5), 0.85, seed=65),
        drag=36,
    )


def _separable() -> LabelledSet:
    return _made(
        "separable",
        "A clear gap",
        "A line can get every point right, so the logistic loss has no minimum: steeper is always "
        "better. Drag a point into the other cloud, and a minimum appears.",
        _cloud(20, (-1.2, -0.8), 0.6, seed=120),
        _cloud(20, (1.2, 0.8), 0.6, seed=125),
        drag=27,
    )


def _far() -> LabelledSet:
    return _made(
        "far",
        "One point far out",
        "One positive point lies far out on its own side. Least squares on the labels would turn "
        "the line by over 20 degrees; the logistic and hinge losses hardly notice.",
        _cloud(20, (-1.0, 0.0), (0.7, 0.8), seed=70),
        np.vstack([_cloud(20, (1.0, 0.0), (0.7, 0.8), seed=75), [6.0, 3.0]]),
        drag=40,
    )


def _mislabeled() -> LabelledSet:
    return _made(
        "mislabeled",
        "One wrong label",
        "One negative point lies deep among the positives. The exponential loss turns its line "
        "for it most, the logistic loss less, the hinge hardly at all.",
        np.vstack([_cloud(20, (-1.0, -0.4), 0.7, seed=100), [1.6, -0.4]]),
        _cloud(20, (1.0, 0.4), 0.7, seed=105),
        drag=20,
    )


def _rare_5() -> LabelledSet:
    return _made(
        "rare-5",
        "Five in a hundred",
        "Only 10 of 200 points are positive, and the logistic boundary misses most of those. "
        "Weigh the positives more and watch it take them in.",
        _cloud(190, (0.0, 0.0), 1.0, seed=30),
        _cloud(10, (1.8, 1.2), 0.6, seed=35),
        drag=194,
    )


def _rare_1() -> LabelledSet:
    return _made(
        "rare-1",
        "One in a hundred",
        "Only 4 of 400 points are positive. The logistic boundary passes them all by: it calls "
        "every point negative and is right 99 times in 100.",
        _cloud(396, (0.0, 0.0), 1.0, seed=80),
        _cloud(4, (1.8, 1.2), 0.6, seed=85),
        drag=399,
    )


@functools.cache
def dial(majority: int) -> LabelledSet:
    """Return 200 points, so many negatives in a hundred: another number changes few points.

    Raises: `ValueError` unless the negatives are 50 to 99 in a hundred.
    """
    if not 50 <= majority <= 99:
        raise ValueError(f"dial: {majority} negatives in a hundred, expected 50 to 99.")
    return _dial(majority)


def _dial(majority: int) -> LabelledSet:
    return _made(
        "dial",
        "You set how rare",
        "Of half the points being positive the logistic line finds 85 in 100; of 2 in 100 it finds "
        "none and is right 98 times in 100. Let positives count more to find them again.",
        _cloud(198, (0.0, 0.0), 1.0, seed=40)[: 2 * majority],
        _cloud(100, (1.5, 1.0), 0.8, seed=45)[: 200 - 2 * majority],
        drag=199,
    )


def _xor() -> LabelledSet:
    return _made(
        "xor",
        "Opposite corners (XOR)",
        "Opposite corners share a class, and no line gets more than three corners right. "
        "The logistic loss does best with no slope at all: an even bet everywhere.",
        _and_opposite(_cloud(10, (1.3, -1.3), 0.45, seed=75)),
        _and_opposite(_cloud(10, (1.3, 1.3), 0.45, seed=70)),
        drag=23,
    )


# Two classes, measured ---------------------------------------------------------------------------

_FLOWERS = (
    "Fisher (1936), The use of multiple measurements in taxonomic problems, "
    "Annals of Eugenics 7, 179–188; flowers measured by Anderson"
)
_DONATED = (
    "CC BY 4.0 in the UCI Machine Learning Repository; this copy comes with scikit-learn (BSD-3)"
)
_PETALS = ("Petal length (cm)", "Petal width (cm)")


def _iris() -> LabelledSet:
    x, label = _petals("versicolor", "virginica")
    return LabelledSet(
        key="iris",
        title="Two kinds of iris",
        feature_labels=_PETALS,
        class_names=("versicolor", "virginica"),
        story="Petals almost tell two irises apart: of 100 flowers the best line still gets three "
        "wrong. Drag the virginica with the small petals and watch the line turn.",
        source=_FLOWERS,
        licence=_DONATED,
        x=x,
        label=label,
        drag=56,
    )


def _challenger() -> LabelledSet:
    columns = read("labelled/challenger.csv")
    return LabelledSet(
        key="challenger",
        title="O-rings before Challenger",
        feature_labels=("Temperature at launch (°F)",),
        class_names=("undamaged", "heat damage"),
        story="On 7 of 23 shuttle flights heat had damaged O-rings, on the four coldest every "
        "time. Follow the curve down to 31 °F, at which Challenger was launched.",
        source="Dalal, Fowlkes and Hoadley (1989), Risk analysis of the space shuttle: "
        "pre-Challenger prediction of failure, "
        "Journal of the American Statistical Association 84, 945–957",
        licence="Published measurements, also distributed with the R package vcd",
        x=numbers(columns["temperature_f"])[:, None],
        label=numbers(columns["distress"]).astype(np.int64),
        drag=20,
        names=tuple(columns["flight"]),
    )


def _breast() -> LabelledSet:
    columns = read("labelled/breast.csv")
    return LabelledSet(
        key="breast",
        title="Cell nuclei of breast tumours",
        feature_labels=("Mean radius of the nuclei", "Mean texture (spread of grey)"),
        class_names=("benign", "malignant"),
        story="A logistic line misses 39 of 212 malignant tumours. Let each of them count five "
        "times and it misses 10, for 87 false alarms instead of 23.",
        source="Street, Wolberg and Mangasarian (1993), Nuclear feature extraction for breast "
        "tumor diagnosis, Proceedings of SPIE 1905, 861–870",
        licence=_DONATED,
        x=_side_by_side(columns, "mean_radius", "mean_texture"),
        label=_places(columns["diagnosis"], "benign", "malignant"),
        drag=491,
    )


# Three classes -----------------------------------------------------------------------------------


def _three() -> LabelledSet:
    return _made(
        "three",
        "Three overlapping classes",
        "Three clouds that overlap: no straight boundaries get all 45 points right. "
        "Drag a point into another cloud and watch the boundaries follow.",
        *(_cloud(15, _corner(k, 1.25), 0.8, seed=20 + 3 * k) for k in range(3)),
        class_names=("A", "B", "C"),
        drag=37,
    )


def _three_separable() -> LabelledSet:
    return _made(
        "three-separable",
        "Three clouds apart",
        "Straight boundaries get all 45 points right, so the cross-entropy has no minimum: "
        "softmax can only grow more certain, without end.",
        *(_cloud(15, _corner(k, 1.7), 0.55, seed=60 + 3 * k) for k in range(3)),
        class_names=("A", "B", "C"),
        drag=32,
    )


def _ring() -> LabelledSet:
    return _made(
        "ring",
        "Ring within ring",
        "Each class surrounds the one before, and straight boundaries surround nothing. "
        "The cross-entropy does best with no slopes at all: a third each, everywhere.",
        _and_opposite(_cloud(8, (0.0, 0.0), 0.4, seed=30)),
        _and_opposite(_half_ring(8, 1.35, 0.12, seed=33)),
        _and_opposite(_half_ring(8, 2.4, 0.15, seed=36)),
        class_names=("inner", "middle", "outer"),
        drag=33,
    )


def _iris_3() -> LabelledSet:
    species = ("setosa", "versicolor", "virginica")
    x, label = _petals(*species)
    return LabelledSet(
        key="iris-3",
        title="Three kinds of iris",
        feature_labels=_PETALS,
        class_names=species,
        story="Setosa stands apart, so softmax grows ever more certain of it; "
        "versicolor and virginica overlap, and between them it stays in doubt.",
        source=_FLOWERS,
        licence=_DONATED,
        x=x,
        label=label,
        drag=106,
    )


# How sets are made -------------------------------------------------------------------------------


def _made(
    key: str,
    title: str,
    story: str,
    *classes: Array,
    class_names: tuple[str, ...] = ("negative", "positive"),
    drag: int,
) -> LabelledSet:
    """Return a set made here: the points of each class in turn, to two decimals."""
    return LabelledSet(
        key=key,
        title=title,
        feature_labels=("x₁", "x₂"),
        class_names=class_names,
        story=story,
        source=MADE_HERE,
        licence=FREE,
        x=np.vstack(classes).round(2),
        label=np.repeat(np.arange(len(classes)), [len(points) for points in classes]),
        drag=drag,
    )


def _cloud(
    count: int,
    centre: tuple[float, float],
    spread: float | tuple[float, float],
    seed: int,
) -> Array:
    bells = np.column_stack([bell(count, seed), bell(count, seed + 1)])
    return np.asarray(centre) + np.asarray(spread) * bells


def _half_ring(count: int, radius: float, spread: float, seed: int) -> Array:
    angle = np.pi * (np.arange(count) + 0.5 + 0.2 * bell(count, seed)) / count
    distance = radius + spread * bell(count, seed + 1)
    return np.column_stack([distance * np.cos(angle), distance * np.sin(angle)])


def _and_opposite(points: Array) -> Array:
    """Add to each point the one opposite the origin, so that the mean is exactly the origin."""
    return np.vstack([points, -points])


def _corner(k: int, distance: float) -> tuple[float, float]:
    """Return a corner of a triangle that stands on its side: left, right, top."""
    angle = np.radians((210.0, 330.0, 90.0)[k])
    return float(distance * np.cos(angle)), float(distance * np.sin(angle))


def _petals(*species: str) -> tuple[Array, Labels]:
    columns = read("labelled/iris.csv")
    x = _side_by_side(columns, "petal_length_cm", "petal_width_cm")
    wanted = np.isin(columns["species"], species)
    return x[wanted], _places([name for name in columns["species"] if name in species], *species)


def _side_by_side(columns: dict[str, list[str]], *names: str) -> Array:
    return np.column_stack([numbers(columns[name]) for name in names])


def _places(cells: list[str], *classes: str) -> Labels:
    """Return the place of each cell's class among the classes."""
    return np.array([classes.index(cell) for cell in cells])
