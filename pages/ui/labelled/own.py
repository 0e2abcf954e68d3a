"""A small table of one's own, as a page's state holds it and its link carries it."""

import dataclasses
from typing import Any

import numpy as np

from core.data.labelled import LabelledSet
from pages.ui.descent_state import OWN
from pages.ui.edits import MOST
from pages.ui.link import Codec, LinkError, numbers, short, text, whole
from pages.ui.session import Store

_NAME = text(60)  # of a feature or a class: what could mean more than itself is not carried


@dataclasses.dataclass(frozen=True)
class OwnTable:
    """Points that have a class: names of features and of classes; a place and a class for each."""

    features: tuple[str, ...]
    classes: tuple[str, ...]
    places: tuple[tuple[float, ...], ...]
    kinds: tuple[int, ...]

    def points(self) -> LabelledSet:
        """Return them as a data set."""
        return LabelledSet(
            key=OWN,
            title="Your own table",
            feature_labels=self.features,
            class_names=self.classes,
            story="Your own points.",
            source="Your own points: they travel in the address of this page, and nowhere else",
            licence="yours",
            x=np.array(self.places),
            label=np.array(self.kinds),
            drag=0,
        )


def carried(points: LabelledSet) -> OwnTable | None:
    """Return what a link can carry of points; of too many, or names with odd signs, nothing."""
    table = OwnTable(
        points.feature_labels,
        points.class_names,
        tuple(map(tuple, points.x.tolist())),
        tuple(points.label.tolist()),
    )
    if not _usable((*table.features, *table.classes)):
        return None
    return table if len(table.kinds) <= MOST else None


def own_points(store: Store[Any]) -> LabelledSet | None:
    """Return the reader's own points, if there are any here."""
    table: OwnTable | None = store.now.table
    if table is None:
        kept: LabelledSet | None = store.own.get("table")
        return kept
    return store.kept("own-points", table, table.points)


def table_of(most: int, flat: bool) -> Codec:
    """A table of at most so many classes; `flat` says whether one feature will do."""
    return Codec(_write, lambda words: _read(words, most, flat))


def _write(table: OwnTable) -> str:
    named = (table.features, table.classes)
    names = map("*".join, named)
    rows = (
        "_".join([*map(short, place), str(kind)])
        for place, kind in zip(table.places, table.kinds, strict=True)
    )
    return "~".join([*names, *rows])


def _read(words: str, most: int, flat: bool) -> OwnTable:
    parts = words.split("~")
    if not 4 <= len(parts) <= MOST + 2:
        raise LinkError(words[:40])
    features, classes = _names(parts[0], 1 if flat else 2, 2), _names(parts[1], 2, most)
    if len(set(classes)) < len(classes):  # a column may be both features
        raise LinkError(words[:40])
    rows = [_row(part, len(features), len(classes)) for part in parts[2:]]
    places, kinds = zip(*rows, strict=True)
    if np.bincount(kinds, minlength=len(classes)).min() < 2:
        raise LinkError(words[:40])
    return OwnTable(features, classes, places, kinds)


def _usable(names: tuple[str, ...]) -> bool:
    return all(one and one == _NAME.write(one) for one in names)


def _names(words: str, least: int, most: int) -> tuple[str, ...]:
    names = tuple(map(_NAME.read, words.split("*")))
    if not (_usable(names) and least <= len(names) <= most):
        raise LinkError(words[:40])
    return names


def _row(words: str, features: int, classes: int) -> tuple[tuple[float, ...], int]:
    place, _, kind = words.rpartition("_")
    return numbers(features).read(place), whole(0, classes - 1).read(kind)
