"""Points that have a class, as a page keeps them, and what hands do to them."""

import dataclasses
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from core.classification.linear_study import Scaling
from core.data.labelled import LabelledSet, Labels
from core.declare import Parameter
from core.losses.base import Array
from core.optimizers import Optimizer
from pages.ui.edits import Edits, Place
from pages.ui.events import Event
from pages.ui.point_hands import PointHands, Spots, State
from pages.ui.session import Store

DRAWN = 600  # the most points that are drawn, and of which each can be dragged
_SLOWER = {"GradientDescent": 1.0, "Momentum": 0.25}  # in parts of the learning rate that suits


@dataclasses.dataclass(frozen=True, eq=False)
class LabelledPoints:
    """The points on the screen.

    Shape: x (n, d) in the units of the data, label (n,) of class numbers.
    """

    x: Array
    label: Labels
    base: LabelledSet
    scaling: Scaling
    selected: int

    @property
    def features(self) -> Array:
        """The points in the units that weights are measured in."""
        return self.scaling.features(self.x)

    @property
    def sign(self) -> Array:
        """The labels of two classes as -1 and 1."""
        return np.where(self.label > 0, 1.0, -1.0)

    @property
    def editable(self) -> bool:
        """Whether every point can be dragged."""
        return len(self.x) <= DRAWN

    @property
    def flat(self) -> bool:
        """Whether there is but one feature."""
        return self.x.shape[1] == 1

    @property
    def up(self) -> Array:
        """What is drawn upwards: the second feature, or the class."""
        return self.label.astype(np.float64) if self.flat else self.x[:, 1]


def edited(base: LabelledSet, edits: Edits, selected: int | None) -> LabelledPoints:
    """Return the points as the reader left them."""
    flat = base.x.shape[1] == 1
    first, second = base.x[:, 0], np.zeros(len(base.x)) if flat else base.x[:, 1]
    columns = edits.apply(first, second)
    x = columns[0][:, None] if flat else np.column_stack(columns)
    plain = np.abs(base.x.mean(axis=0)).max() < 1 and 0.2 < base.x.std(axis=0).min() < 5
    scaling = Scaling.none(base.x.shape[1]) if plain else Scaling.of(base.x)
    at = base.drag if selected is None else selected
    return LabelledPoints(x, edits.labels(base.label), base, scaling, min(at, len(x) - 1))


def edited_in(store: Store[Any], base: LabelledSet) -> LabelledPoints:
    """Return the points as this page's reader left them."""
    edits, selected = store.now.points, store.now.selected
    key = (id(base), edits, selected)
    return store.kept("points", key, lambda: edited(base, edits, selected))


def story_of(state: Any, base: LabelledSet) -> str:
    """Return the story of the data; where they, or what a loss counts, were changed, it says so."""
    turned = state.strength != 0 or getattr(state, "positive", 1.0) != 1.0
    return f"As the data came: {base.story}" if turned or state.points.count else base.story


def plausible(base: LabelledSet, edits: Edits) -> bool:
    """Tell whether edits lie near the data, name its classes alone, and leave some points."""
    kinds = [kind for _, kind in edits.relabelled] + list(edits.classes)
    if any(kind >= len(base.class_names) for kind in kinds):
        return False
    places = [place for _, *place in edits.moved] + list(map(list, edits.added))
    for column in range(base.x.shape[1]):
        values = base.x[:, column]
        reach, middle = 1000.0 * float(np.ptp(values)), float(values.mean())
        if any(abs(place[column] - middle) > reach for place in places):
            return False
    return edits.shown(len(base.x)) > 0


def suited(
    rules: tuple[Optimizer, ...], points: LabelledPoints, smoothness: float, strength: float
) -> tuple[Optimizer, ...]:
    """Return the rules with learning rates that a loss so smooth, so penalized, can bear here."""
    design = np.column_stack([points.features, np.ones(len(points.x))])
    steepest = smoothness * float(np.linalg.eigvalsh(design.T @ design / len(design))[-1])
    rate = float(f"{min(2.0, 0.8 / (steepest + 2.0 * strength)):.1g}")
    rates = {name: share * rate for name, share in _SLOWER.items()}
    return tuple(
        dataclasses.replace(rule, learning_rate=rates.get(type(rule).__name__, 0.2))  # type: ignore[call-arg]
        for rule in rules
    )


class LabelledHands(PointHands[State]):
    """Points have a class; numbers of the state are turned by the handles of their names."""

    turned: ClassVar[Mapping[str, Parameter]]

    @abstractmethod
    def points(self, store: Store[State]) -> LabelledPoints:
        """Return the points as they are now."""

    def spots(self, store: Store[State]) -> Spots:
        """Return the points as they are now."""
        points = self.points(store)
        return Spots(points.x[:, 0], points.up, len(points.base.x), points.selected)

    def added(self, store: Store[State], place: Place) -> Edits:
        """Return the edits with one more point, of the class that is chosen for new ones."""
        brush: int = store.now.brush  # type: ignore[attr-defined]
        return store.now.points.add(place, brush)

    def own(self, store: Store[State], event: Event) -> bool:
        """Put a point in the next class, or turn a number of this page's own."""
        if event.kind == "flip":
            self.flip(store, event.index)
            return True
        told = self.turned.get(event.handle)
        if told is None or event.value is None:
            return False
        if told.accepts(event.value):
            self.hold(store, event)
            self.turn(store, event.handle, event.value)
        return True

    @abstractmethod
    def suited(self, store: Store[State]) -> tuple[Optimizer, ...]:
        """Return the rules with learning rates that suit the points and the penalty."""

    def turn(self, store: Store[State], field: str, value: float) -> None:
        """Turn a number; learning rates that suited the penalty there was follow it."""
        follows = field == "strength" and store.now.rules == self.suited(store)
        store.change(**{field: value})
        if follows:
            store.change(rules=self.suited(store))

    def flip(self, store: Store[State], index: int | None = None) -> None:
        """Put a point, or the selected one, in the next class."""
        points = self.points(store)
        index = points.selected if index is None else index
        if index >= len(points.x):
            return
        store.remember()
        store.own["told"] = self.before(store, index)
        other = (int(points.label[index]) + 1) % len(points.base.class_names)
        edits = store.now.points.relabel(points.base.label, index, other)
        store.change(points=edits, selected=index)
