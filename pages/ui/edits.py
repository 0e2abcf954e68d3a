"""What a reader changed about a data set: points moved, added, taken away, put in a class."""

import dataclasses

import numpy as np

from core.data.labelled import Labels
from core.losses.base import Array

Place = tuple[float, float]
MOST = 100  # edits that a link carries


@dataclasses.dataclass(frozen=True)
class Edits:
    """Changes against a base of points; a point is known by its place in base, then in added.

    relabelled: base points and their new classes. classes: those of the added points, if points
    have classes at all.
    """

    moved: tuple[tuple[int, float, float], ...] = ()
    removed: tuple[int, ...] = ()
    added: tuple[Place, ...] = ()
    relabelled: tuple[tuple[int, int], ...] = ()
    classes: tuple[int, ...] = ()

    @property
    def count(self) -> int:
        """How many changes there are."""
        changes = (self.moved, self.removed, self.added, self.relabelled)
        return sum(map(len, changes))

    def apply(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Return the points as the reader left them."""
        if not self.count:
            return x, y
        x, y = x.copy(), y.copy()
        for index, px, py in self.moved:
            if index < len(x):
                x[index], y[index] = px, py
        keep = self._kept(len(x))
        more = np.array(self.added, dtype=np.float64).reshape(-1, 2)
        return np.concatenate([x[keep], more[:, 0]]), np.concatenate([y[keep], more[:, 1]])

    def labels(self, label: Labels) -> Labels:
        """Return the classes of the points as the reader left them."""
        if not self.count:
            return label
        label, keep = label.copy(), self._kept(len(label))
        for index, kind in self.relabelled:
            if index < len(label):
                label[index] = kind
        return np.concatenate([label[keep], np.array(self.classes, dtype=label.dtype)])

    def move(self, size: int, index: int, to: Place) -> "Edits":
        """Return the edits with the shown point `index` moved; `size` is the base's length."""
        kind, place = self._place(size, index)
        if kind == "added":
            added = (*self.added[:place], to, *self.added[place + 1 :])
            return dataclasses.replace(self, added=added)
        others = tuple(one for one in self.moved if one[0] != place)
        return dataclasses.replace(self, moved=(*others, (place, *to)))

    def add(self, to: Place, kind: int | None = None) -> "Edits":
        """Return the edits with one more point, of a class if points have one."""
        classes = self.classes if kind is None else (*self.classes, kind)
        return dataclasses.replace(self, added=(*self.added, to), classes=classes)

    def relabel(self, label: Labels, index: int, kind: int) -> "Edits":
        """Return the edits with the shown point `index` in a class; `label` is the base's."""
        at, place = self._place(len(label), index)
        if at == "added":
            classes = (*self.classes[:place], kind, *self.classes[place + 1 :])
            return dataclasses.replace(self, classes=classes)
        others = tuple(one for one in self.relabelled if one[0] != place)
        new = () if label[place] == kind else ((place, kind),)
        return dataclasses.replace(self, relabelled=others + new)

    def remove(self, size: int, index: int) -> "Edits":
        """Return the edits without the shown point `index`."""
        kind, place = self._place(size, index)
        if kind == "added":
            added = self.added[:place] + self.added[place + 1 :]
            classes = self.classes[:place] + self.classes[place + 1 :]
            return dataclasses.replace(self, added=added, classes=classes)
        moved = tuple(one for one in self.moved if one[0] != place)
        relabelled = tuple(one for one in self.relabelled if one[0] != place)
        removed = tuple(sorted({*self.removed, place}))
        return dataclasses.replace(self, moved=moved, relabelled=relabelled, removed=removed)

    def touched(self, size: int) -> tuple[int, ...]:
        """Return which of the shown points were moved, relabelled or added."""
        keep = self._kept(size)
        shown = {int(base): i for i, base in enumerate(keep)}
        changed = dict.fromkeys(int(one[0]) for one in (*self.moved, *self.relabelled))
        here = [shown[index] for index in changed if index in shown]
        return tuple(here) + tuple(range(len(keep), len(keep) + len(self.added)))

    def shown(self, size: int) -> int:
        """Return how many points are shown."""
        return len(self._kept(size)) + len(self.added)

    def _kept(self, size: int) -> np.ndarray:
        gone = [index for index in self.removed if index < size]
        return np.delete(np.arange(size), gone)

    def _place(self, size: int, index: int) -> tuple[str, int]:
        keep = self._kept(size)
        if index < len(keep):
            return "base", int(keep[index])
        return "added", index - len(keep)
