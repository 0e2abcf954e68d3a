"""Labels as people write them, told apart: names or numbers in, class numbers out."""

from __future__ import annotations

import dataclasses
import enum
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MOST = 10  # classes that colours can tell apart


class ClassTrouble(enum.Enum):
    """What is wrong with a column of labels; the value is the sentence shown to the reader."""

    EMPTY = "There are no labels."
    MISSING = "A label is missing."
    ONE_CLASS = "All points belong to one class; it takes two to tell apart."
    TOO_MANY = "There are more classes than can be told apart here."
    LONELY = "A class has only one point; it takes two to see a class."
    NOT_TWO = "There are more than two classes where two are expected."


class ClassError(ValueError):
    """A column of labels names no classes that can be told apart."""

    def __init__(self, trouble: ClassTrouble, detail: str) -> None:
        super().__init__(f"{trouble.value} {detail}".strip())
        self.trouble = trouble


@dataclasses.dataclass(frozen=True, eq=False)
class ClassColumn:
    """The class of each point, counted from 0, and what the classes are called."""

    label: NDArray[np.int64]
    names: tuple[str, ...]


def classes_of(column: Sequence[object], most: int = MOST, least: int = 1) -> ClassColumn:
    """Return the classes of a column: numbers by size, -1 before 1, names in order of appearance.

    Names that differ in capitals alone are one. most: how many classes there may be. least: how
    many points each must have.
    Raises: `ClassError` with the trouble by name.
    """
    told = [_told(entry) for entry in column]
    if not told:
        raise ClassError(ClassTrouble.EMPTY, "")
    if "" in told:
        raise ClassError(ClassTrouble.MISSING, f"It is number {told.index('') + 1}.")
    other = respelled(told)
    told = [other.get(name, name) for name in told]
    counts = Counter(told)
    names = _ordered(list(counts))
    if len(names) < 2:
        raise ClassError(ClassTrouble.ONE_CLASS, f"All are {names[0]}.")
    if len(names) > most:
        trouble = ClassTrouble.NOT_TWO if most == 2 else ClassTrouble.TOO_MANY
        raise ClassError(trouble, f"There are {len(names)}, expected at most {most}.")
    lonely = [name for name in names if counts[name] < least]
    if lonely:
        raise ClassError(ClassTrouble.LONELY, f"It is {lonely[0]}.")
    place = {name: number for number, name in enumerate(names)}
    return ClassColumn(np.array([place[name] for name in told], dtype=np.int64), tuple(names))


def respelled(column: Sequence[object]) -> dict[str, str]:
    """Return how names are read that differ from more frequent ones in capitals alone."""
    counts = Counter(filter(None, map(_told, column)))
    usual: dict[str, str] = {}
    for name, _ in counts.most_common():
        usual.setdefault(name.casefold(), name)
    return {name: usual[name.casefold()] for name in counts if usual[name.casefold()] != name}


def _told(entry: object) -> str:
    """Return a label as it is written: whole numbers without a point, nothing if it is missing."""
    text = "" if entry is None else str(entry).strip()
    try:
        number = float(text)
    except ValueError:
        return text
    if number != number:
        return ""
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def _ordered(names: list[str]) -> list[str]:
    """Return the names by size if all are numbers, as they came if not."""
    try:
        return sorted(names, key=float)
    except ValueError:
        return names
