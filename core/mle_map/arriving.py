"""Small data sets whose points arrive one after the other: for a line, two classes, and a coin."""

import functools
import random
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from core.data.story import Array, bell, frozen


@dataclass(frozen=True, eq=False)
class Arriving:
    """Points in the order in which they arrive, and the story they tell.

    For a line, y is a height; for two classes a label, 0 or 1; for a coin, x counts the tosses and
    y is 1 for heads.

    Shape: `x` and `y` are read-only, (n,).
    """

    key: str
    title: str
    x_label: str
    y_label: str
    story: str
    x: Array
    y: Array
    drag: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "x", frozen(self.x))
        object.__setattr__(self, "y", frozen(self.y))


@functools.cache
def line_sets() -> Mapping[str, Arriving]:
    """Return the sets for a line by key, in display order; the first is the default."""
    return _by_key(_scattered(), _strays(), _flat())


@functools.cache
def class_sets() -> Mapping[str, Arriving]:
    """Return the sets of two classes by key, in display order; the first is the default."""
    return _by_key(_overlap(), _apart())


@functools.cache
def coin_sets() -> Mapping[str, Arriving]:
    """Return the coins by key, in display order; the first is the default."""
    return _by_key(_bent(), _fair(), _heads_only())


def _by_key(*sets: Arriving) -> Mapping[str, Arriving]:
    return MappingProxyType({one.key: one for one in sets})


def _shuffled(count: int, seed: int) -> list[int]:
    """Return an order of so many things, the same in every version of Python."""
    draw = random.Random(seed).random
    return sorted(range(count), key=lambda _: draw())


def _places(count: int, seed: int) -> Array:
    """Return evenly spaced places from -2 to 2 in a shuffled order."""
    return np.linspace(-2.0, 2.0, count)[_shuffled(count, seed)]


def _scattered() -> Arriving:
    x = _places(40, seed=11)
    return Arriving(
        key="scattered",
        title="A line in much noise",
        x_label="x",
        y_label="y",
        story="Forty points around the line 0.7 + 1.3 x, in the order in which they arrive. With "
        "few of them the prior has much to say.",
        x=x.round(2),
        y=(0.7 + 1.3 * x + 0.9 * bell(40, seed=5)).round(2),
    )


def _strays() -> Arriving:
    x = _places(32, seed=3)
    y = 0.4 + 0.9 * x + 0.35 * bell(32, seed=8)
    y[[2, 9, 20]] += [3.2, -3.0, 3.6]
    return Arriving(
        key="strays",
        title="A line with strays",
        x_label="x",
        y_label="y",
        story="Most points lie near a line; a few strayed far from it. Which noise expects that?",
        x=x.round(2),
        y=y.round(2),
        drag=2,
    )


def _flat() -> Arriving:
    x = _places(30, seed=21)
    return Arriving(
        key="flat",
        title="Hardly any slope",
        x_label="x",
        y_label="y",
        story="The slope is almost nothing. Does the prior set it to exactly 0?",
        x=x.round(2),
        y=(1.0 + 0.12 * x + 0.6 * bell(30, seed=14)).round(2),
    )


def _overlap() -> Arriving:
    x, draw = _places(40, seed=17), random.Random(2).random
    share = 1.0 / (1.0 + np.exp(-(0.4 + 1.6 * x)))
    return Arriving(
        key="overlap",
        title="Two classes that overlap",
        x_label="x",
        y_label="class",
        story="Forty labels, class 1 the likelier the larger x is. As long as the first few can be "
        "told apart, there is no likeliest curve without a prior.",
        x=x.round(2),
        y=np.array([float(draw() < p) for p in share]),
    )


def _apart() -> Arriving:
    x = _places(24, seed=6)
    x += np.where(x > 0.2, 0.15, -0.15)
    return Arriving(
        key="apart",
        title="Two classes apart",
        x_label="x",
        y_label="class",
        story="A threshold tells the classes apart, however many points arrive: only a prior keeps "
        "the curve from growing ever steeper.",
        x=x.round(2),
        y=(x > 0.2).astype(np.float64),
    )


def _coin(key: str, title: str, story: str, chance: float, seed: int) -> Arriving:
    draw = random.Random(seed).random
    heads = np.array([float(draw() < chance) for _ in range(200)])
    return Arriving(key, title, "toss", "heads", story, np.arange(1.0, 201.0), heads)


def _bent() -> Arriving:
    return _coin("bent", "A bent coin", "A coin that falls on heads 7 times in 10.", 0.7, seed=4)


def _fair() -> Arriving:
    return _coin("fair", "A fair coin", "Heads and tails are as likely.", 0.5, seed=9)


def _heads_only() -> Arriving:
    story = "Nothing but heads so far. Must the next toss be heads too?"
    return _coin("heads", "Only heads", story, 2.0, seed=1)
