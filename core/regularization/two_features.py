"""Small stories of two features that overlap, one target, and a correlation to turn."""

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from core.data.story import FREE, MADE_HERE, bell, frozen
from core.losses.base import Array
from core.regularization.diabetes import SOURCE, TARGET, diabetes
from core.regularization.mean_square import MeanSquare

_COUNT = 24


@dataclass(frozen=True, eq=False)
class TwoFeatures:
    """A target that two standardized features explain in part.

    The second feature is r times the first and √(1 - r²) times a column of its own, so that their
    correlation is r whatever the two columns are. The target is features @ coefficients + rest,
    with a rest that neither column explains: turning r leaves the coefficients where they are.

    first, own: columns of mean 0, mean square 1, uncorrelated. drag: the point to drag first.

    Shape: first, own and rest (n,).
    """

    key: str
    title: str
    names: tuple[str, str]
    target: str
    story: str
    source: str
    licence: str
    first: Array
    own: Array
    rest: Array
    correlation: float
    coefficients: tuple[float, float]
    drag: int

    def features(self, correlation: float) -> Array:
        """Return both features at this correlation from -1 to 1, shape (n, 2)."""
        aside = math.sqrt(max(0.0, 1.0 - correlation * correlation))
        return np.column_stack([self.first, correlation * self.first + aside * self.own])

    def values(self, features: Array, shift: ArrayLike, lifts: Mapping[int, float]) -> Array:
        """Return the target where coefficients are shifted and single points lifted, (n,)."""
        y = features @ (np.asarray(self.coefficients) + np.asarray(shift)) + self.rest
        for index, lift in lifts.items():
            y[index] += lift
        return y

    def problem(self, features: Array, values: Array) -> MeanSquare:
        """Return the mean square; the target is taken less its mean, as the intercept would be."""
        return MeanSquare.of(features, values - values.mean())


@functools.cache
def two_features() -> Mapping[str, TwoFeatures]:
    """Return every story by key, in display order; the first is the default."""
    every = (*_made(), _serum())
    return MappingProxyType({each.key: each for each in every})


def _made() -> tuple[TwoFeatures, ...]:
    return (
        _story(
            "overlap", "Two features that overlap", 0.6, (1.5, 0.5), _columns(3, 0.5),
            "Both features matter, the first one more, and they overlap. Drag the edge of the ball "
            "out and in again, and watch which coefficient is given up first.",
        ),
        _story(
            "useless", "One useless feature", 0.0, (1.4, 0.15), _columns(8, 0.6),
            "The second feature has next to nothing to do with the target: what it seems to say is "
            "noise. Watch how soon each penalty drops it, if it does.",
        ),
        _story(
            "twins", "Equal twins", 1.0, (0.9, 0.9), _columns(14, 0.4),
            "The second feature is a copy of the first, so the data only tell what the two "
            "coefficients add up to. Compare how each penalty shares it out.",
        ),
        _story(
            "against", "Two features against each other", 0.8, (1.6, -0.6), _columns(21, 0.4),
            "The features rise together and pull the target opposite ways. Choose L2 and watch the "
            "second coefficient change its sign on its way to 0.",
        ),
    )  # fmt: skip


Triple = tuple[Array, Array, Array]  # two standard columns, and a rest that neither explains


def _story(
    key: str,
    title: str,
    correlation: float,
    coefficients: tuple[float, float],
    columns: Triple,
    story: str,
) -> TwoFeatures:
    first, own, rest = columns
    return TwoFeatures(
        key, title, ("first feature", "second feature"), "target", story, MADE_HERE, FREE,
        first, own, rest, correlation, coefficients, drag=20,
    )  # fmt: skip


def _columns(seed: int, noise: float) -> Triple:
    """Return columns that are drawn, the rest of that spread."""
    first, own, rest = _split(*[bell(_COUNT, seed=seed + k) for k in range(3)])
    return first, own, frozen(noise * rest / rest.std())


def _split(first: Array, second: Array, rest: Array) -> Triple:
    """Return the columns made orthogonal in turn, the first two standard."""
    made: list[Array] = []
    for column in (first, second, rest):
        free = column - column.mean()
        for known in made[:2]:
            free = free - (free @ known) / (known @ known) * known
        made.append(free if len(made) == 2 else free / free.std())
    one, own, left = map(frozen, made)
    return one, own, left


def _serum() -> TwoFeatures:
    """Return two of the ten features of the diabetes data, the target in its own spread."""
    told = diabetes()
    columns = [told.names.index(name) for name in told.names if "cholesterol" in name][:2]
    features = told.features[:, columns]
    y = told.target / told.target.std()
    correlation = float(features[:, 0] @ features[:, 1]) / len(y)
    best = np.linalg.lstsq(features, y, rcond=None)[0]
    first, own, rest = _split(features[:, 0], features[:, 1], y - features @ best)
    return TwoFeatures(
        key="serum", title="Cholesterol and diabetes", names=("total cholesterol", "LDL"),
        target=f"{TARGET.lower()} (std. deviations)",
        story="Real patients: the two measurements nearly agree, and yet one coefficient is "
        "positive and the other negative. Watch the penalty take that quarrel out first.",
        source=SOURCE,
        licence="Published measurements, also distributed with scikit-learn (BSD-3)",
        first=first, own=own, rest=rest,
        correlation=correlation, coefficients=(float(best[0]), float(best[1])), drag=0,
    )  # fmt: skip
