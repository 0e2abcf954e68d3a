"""The regression data sets: small tables with a story, each with the origin of its numbers."""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from core.data.story import FREE, MADE_HERE, Array, bell, frozen, numbers, read


@dataclass(frozen=True, eq=False)
class DataSet:
    """Points (x, y) to fit a line to, and the story they tell.

    `key` names the set in links; `centre` asks for the intercept at the mean of x, where x lies
    far from 0; `drag` is the index of the point worth dragging first; `names` are the points'
    own names, if they have any.

    Shape: `x` and `y` are read-only, (n,); `names` has n entries or none.
    Raises: `ValueError` if the lengths differ or a number is not finite.
    """

    key: str
    title: str
    x_label: str
    y_label: str
    story: str
    source: str
    licence: str
    x: Array
    y: Array
    centre: bool = False
    drag: int | None = None
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "x", frozen(self.x))
        object.__setattr__(self, "y", frozen(self.y))
        if self.x.shape != self.y.shape or len(self.names) not in (0, self.x.size):
            raise ValueError(f"{self.key}: x, y and names differ in length.")
        if not (np.isfinite(self.x).all() and np.isfinite(self.y).all()):
            raise ValueError(f"{self.key}: expected finite numbers only.")


@functools.cache
def regression_datasets() -> Mapping[str, DataSet]:
    """Return every data set by key, in display order; the first is the default."""
    made = (_line_with_outliers(), _clean_line(), _fan())
    return MappingProxyType({each.key: each for each in (*made, *_anscombe(), *_measured())})


def dataset(key: str) -> DataSet:
    """Return the data set of that key.

    Raises: `KeyError` whose message lists the keys there are.
    """
    known = regression_datasets()
    if key not in known:
        raise KeyError(f"No data set is called {key[:60]!r}; expected one of {', '.join(known)}.")
    return known[key]


def _line_with_outliers() -> DataSet:
    x = np.linspace(-2.7, 1.7, 26)
    y = 0.4 + 0.8 * x + 0.25 * bell(x.size, seed=29)
    return DataSet(
        key="outliers",
        title="A line with outliers",
        x_label="x",
        y_label="y",
        story="Most points agree on a line; four do not. Drag the lone point at the lower right "
        "up and down, and watch which losses follow it.",
        source=MADE_HERE,
        licence=FREE,
        x=np.append(x, [-2.2, -1.5, 0.6, 3.0]).round(2),
        y=np.append(y, [2.4, 2.9, -2.3, -2.8]).round(2),
        drag=29,
    )


def _clean_line() -> DataSet:
    x = np.linspace(-3.0, 3.0, 31)
    y = -0.2 + 0.7 * x + 0.3 * bell(x.size, seed=24)
    return DataSet(
        key="clean",
        title="A clean line",
        x_label="x",
        y_label="y",
        story="No outliers, so every loss finds nearly the same line. Drag the last point away "
        "and watch when they part.",
        source=MADE_HERE,
        licence=FREE,
        x=x.round(2),
        y=y.round(2),
        drag=30,
    )


def _fan() -> DataSet:
    x = np.linspace(-3.0, 3.0, 61)
    y = 0.2 + 0.5 * x + (0.05 + 0.15 * (x + 3.0)) * bell(x.size, seed=182)
    return DataSet(
        key="fan",
        title="Noise that grows",
        x_label="x",
        y_label="y",
        story="The spread grows from left to right. Choose the quantile loss, move its level, "
        "and watch the line tilt.",
        source=MADE_HERE,
        licence=FREE,
        x=x.round(2),
        y=y.round(2),
        drag=60,
    )


_QUARTET = (
    ("I", "a plain line", "A line with even noise, as least squares assumes.", 5),
    ("II", "a curve", "The points follow a curve, which no choice of loss makes straight.", 5),
    ("III", "one outlier", "All points but one lie on a line. Drag that one down onto it.", 2),
    ("IV", "one point decides", "A single point sets the slope. Drag it and watch.", 7),
)


def _anscombe() -> Iterator[DataSet]:
    columns = read("anscombe.csv")
    for number, (roman, what, story, drag) in enumerate(_QUARTET, start=1):
        yield DataSet(
            key=f"anscombe-{number}",
            title=f"Anscombe {roman}: {what}",
            x_label="x",
            y_label="y",
            story=f"{story} All four sets of the quartet have the same least-squares line.",
            source="Anscombe (1973), Graphs in statistical analysis, "
            "The American Statistician 27, 17–21",
            licence="Published numbers, also distributed with R (package datasets)",
            x=numbers(columns[f"x{number}"]),
            y=numbers(columns[f"y{number}"]),
            drag=drag,
        )


def _measured() -> tuple[DataSet, ...]:
    return (_stars(), _phones(), _animals(), _hills(), _engel())


def _stars() -> DataSet:
    columns = read("stars.csv")
    return DataSet(
        key="stars",
        title="Stars of Cygnus OB1",
        x_label="Surface temperature (log₁₀ kelvin)",
        y_label="Light intensity (log₁₀, Sun = 0)",
        story="Four cool giants tilt the line the wrong way, even under the absolute loss. "
        "Choose Cauchy, make its scale small, and watch a valley open along the other 43 stars.",
        source="Rousseeuw and Leroy (1987), Robust Regression and Outlier Detection, "
        "p. 27, table 3",
        licence="Published measurements, also distributed with the R package robustbase",
        x=numbers(columns["log_temperature"]),
        y=numbers(columns["log_light"]),
        centre=True,
        drag=33,
    )


def _phones() -> DataSet:
    columns = read("phones.csv")
    return DataSet(
        key="phones",
        title="Phone calls from Belgium",
        x_label="Year",
        y_label="International calls (tens of millions)",
        story="From 1964 to 1969 minutes were counted instead of calls. "
        "Switch from the squared to the absolute loss and watch the line let go of those years.",
        source="Rousseeuw and Leroy (1987), Robust Regression and Outlier Detection, "
        "p. 26, table 2",
        licence="Published official statistics, also distributed with the R package robustbase",
        x=numbers(columns["year"]),
        y=numbers(columns["calls"]),
        centre=True,
        drag=19,
    )


def _animals() -> DataSet:
    columns = read("animals.csv")
    return DataSet(
        key="animals",
        title="Brains and bodies",
        x_label="Body weight (log₁₀ kilograms)",
        y_label="Brain weight (log₁₀ grams)",
        story="Three dinosaurs have big bodies and small brains. "
        "Drag Brachiosaurus up to the mammals and watch the line rise.",
        source="Rousseeuw and Leroy (1987), Robust Regression and Outlier Detection, p. 57",
        licence="Published measurements, also distributed with the R package MASS",
        x=np.log10(numbers(columns["body_kg"])),
        y=np.log10(numbers(columns["brain_g"])),
        drag=25,
        names=tuple(columns["species"]),
    )


def _hills() -> DataSet:
    columns = read("hills.csv")
    return DataSet(
        key="hills",
        title="Scottish hill races",
        x_label="Distance (miles)",
        y_label="Record time (minutes)",
        story="Knock Hill, 3 miles in 78 minutes, is probably a slip of the pen for 18. "
        "Drag it down to 18: least squares follows, the absolute loss does not move at all.",
        source="Atkinson (1986), Comment: Aspects of diagnostic regression analysis, "
        "Statistical Science 1, 397–402",
        licence="Published race records, also distributed with the R package MASS",
        x=numbers(columns["distance_miles"]),
        y=numbers(columns["time_minutes"]),
        drag=17,
        names=tuple(columns["race"]),
    )


def _engel() -> DataSet:
    columns = read("engel.csv")
    return DataSet(
        key="engel",
        title="Income and food",
        x_label="Household income (1000 Belgian francs)",
        y_label="Spent on food (1000 Belgian francs)",
        story="The richer the household, the more its spending varies. Move the level of the "
        "quantile loss and watch frugal and lavish households part.",
        source="Koenker and Bassett (1982), Robust tests for heteroscedasticity based on "
        "regression quantiles, Econometrica 50, 43–61; data of Engel (1857)",
        licence="Published survey from 1857, also distributed with the R package quantreg",
        x=numbers(columns["income"]) / 1000.0,
        y=numbers(columns["food"]) / 1000.0,
        drag=137,
    )
