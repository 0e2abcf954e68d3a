"""A reader's own table as points of classes: columns of features, and one that names the class."""

from collections.abc import Sequence

import numpy as np

from core.data.classes import MOST, ClassError, classes_of, respelled
from core.data.labelled import LabelledSet
from core.data.tables import Column, Table, TableError, numeric_columns

OWN = "own"


def class_columns(table: Table) -> tuple[str, ...]:
    """Return the names of the columns that can name classes: few different words or numbers."""
    return tuple(one.name for one in table.columns if _kinds(one) is not None)


def feature_columns(table: Table) -> tuple[str, ...]:
    """Return the names of the columns that can be features."""
    return numeric_columns(table)


def guess_columns(table: Table) -> tuple[tuple[str, ...], str]:
    """Return up to two features and a class column: the last that can be one, words before numbers.

    Raises: `TableError` when there are none.
    """
    classes = class_columns(table)
    words = [one.name for one in table.columns if one.name in classes and one.numbers is None]
    if not classes:
        raise TableError(
            f"{table.name} has no column that names classes; expected one of at most {MOST} "
            "different words or numbers."
        )
    label = (words or list(classes))[-1]
    features = tuple(name for name in feature_columns(table) if name != label)[:2]
    if not features:
        raise TableError(f"{table.name} has no column of numbers beside the class; expected one.")
    return features, label


def labelled_points(
    table: Table, features: Sequence[str], label: str, most: int = 2
) -> LabelledSet:
    """Return the points of one or two columns of numbers, in the classes that another names.

    Rows with a missing value are left out.
    Raises: `TableError` in one sentence when a column cannot be used, or the classes cannot be told
        apart.
    """
    known = {one.name: one for one in table.columns}
    columns = [_numbers(known[name]) for name in features]
    kinds = _kinds(known[label])
    if kinds is None:
        raise TableError(f"Column “{label}” holds too many different values to be classes.")
    x = np.column_stack(columns)
    complete = ~np.isnan(x).any(axis=1) & np.array([bool(kind) for kind in kinds])
    if not complete.any():
        raise TableError("No row has a number in every feature and a class; expected two.")
    try:
        found = classes_of(
            [kind for kind, own in zip(kinds, complete, strict=True) if own], most, 2
        )
    except ClassError as error:
        raise TableError(f"Column “{label}”: {error}") from None
    return LabelledSet(
        key=OWN,
        title="Your own table",
        feature_labels=tuple(features),
        class_names=found.names,
        story="Your own points.",
        source="Your own points, kept for this session alone",
        licence="yours",
        x=x[complete],
        label=found.label,
        drag=0,
    )


def notes_on(table: Table, label: str, shown: LabelledSet) -> tuple[str, ...]:
    """Say how many rows had a value missing, and which classes are read as others."""
    count = table.rows - len(shown.x)
    left_out = (f"{count} row{'' if count == 1 else 's'} with a missing value left out.",)
    kinds = _kinds(next(one for one in table.columns if one.name == label))
    read = respelled(kinds or ())
    return (left_out if count else ()) + tuple(
        f"“{name}” is read as “{usual}”." for name, usual in read.items()
    )


def _numbers(column: Column) -> np.ndarray:
    if column.problem is not None or column.numbers is None:
        raise TableError(column.problem or f"Column “{column.name}” holds no numbers.")
    return column.numbers


def _kinds(column: Column) -> list[str] | None:
    """Return the class that each row names, empty where none is; None if it names none.

    Words that repeat are classes even where they are too many: the reader is told so.
    """
    if column.words is not None:
        words: list[str] = list(column.words)
    elif column.numbers is not None:
        if len(np.unique(column.numbers[~np.isnan(column.numbers)])) > MOST:
            return None
        words = ["" if np.isnan(value) else f"{value:g}" for value in column.numbers]
    else:
        return None
    different = len({word for word in words if word})
    repeat = column.numbers is None and 2 * different <= len(words)
    return words if different <= MOST + 1 or repeat else None
