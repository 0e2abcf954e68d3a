"""What the story data sets are made of: our CSV files, seeded draws, arrays nobody can change."""

import csv
import random
import statistics
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

MADE_HERE = "Made for these pages by a seeded generator"
FREE = "Same as the pages themselves (MIT)"

_FOLDER = Path(__file__).resolve().parents[2] / "assets" / "datasets"


def bell(count: int, seed: int) -> Array:
    """Return evenly spaced quantiles of the standard normal distribution in a seeded order.

    NumPy's normal draws may change between versions, and a link keeps a moved point relative to
    the data it was moved in. Python keeps `random()` the same for a seed, version after version.
    """
    draw = random.Random(seed).random
    quantile = statistics.NormalDist().inv_cdf
    shuffled = sorted(range(count), key=lambda _: draw())
    return np.array([quantile((place + 0.5) / count) for place in shuffled])


def read(filename: str) -> dict[str, list[str]]:
    """Read one of our own CSV files into its columns by name."""
    with (_FOLDER / filename).open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return {name: [row[place] for row in rows] for place, name in enumerate(header)}


def numbers(cells: list[str]) -> Array:
    """Return the cells of a column as numbers."""
    return np.array([float(cell) for cell in cells])


def frozen(values: ArrayLike) -> Array:
    """Copy to a float64 array that cannot be written to: a set is shared by every session."""
    array = np.array(values, dtype=np.float64)
    array.setflags(write=False)
    return array
