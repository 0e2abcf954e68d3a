"""What scripts about points that have a class share: their data, and what checks a fit."""

import textwrap
from collections.abc import Iterable, Sequence
from string import Template
from typing import NamedTuple

from core.losses.base import Array
from pages.ui import export
from pages.ui.labelled.points import LabelledPoints

_WIDTH = 98  # of comments

BILLIONTH = ("1e-9", "a billionth")


class Grown(NamedTuple):
    """Parameters that cost less than a fit which is no minimum: as code in `fit`, and in words."""

    code: str
    words: str
    place: Array


def imports(points: LabelledPoints) -> str:
    """Return what is imported beside NumPy."""
    return "" if points.editable else "from pathlib import Path\n\n"


def data(points: LabelledPoints, numbers: Sequence[int]) -> str:
    """Return the lines that define x and label, the classes being called by these numbers.

    Names of one's own stay in comments, and in the file of many points.
    """
    features = [f"# x{i + 1}: {_name(one)}" for i, one in enumerate(points.base.feature_labels)]
    classes = [
        f"# label {number}: {_name(one)}"
        for number, one in zip(numbers, points.base.class_names, strict=True)
    ]
    return "\n".join([*features, *classes, *_arrays(points, numbers), *_units(points)])


def _name(text: str) -> str:
    return export.one_line(text)[:80]


def _arrays(points: LabelledPoints, numbers: Sequence[int]) -> Iterable[str]:
    label = [numbers[kind] for kind in points.label.tolist()]
    written = f"label = {export.array(label)}"
    if points.editable:
        return (
            f"x = {export.array(points.x.ravel().tolist())}.reshape(-1, {points.x.shape[1]})",
            written,
        )
    # Names may become equal where they are put on one line.
    names = {kind: export.safe(points.base.class_names[kind]) for kind in points.label.tolist()}
    told = len(set(names.values())) == len(names)
    order = list(dict.fromkeys(label))
    return _READ, Template(_NUMBERED).substitute(order=order) if told else written


def _units(points: LabelledPoints) -> Iterable[str]:
    if (points.scaling.unit == 1).all() and not points.scaling.centre.any():
        return ()
    centre, unit = points.scaling.centre.tolist(), points.scaling.unit.tolist()
    return (
        "",
        "# Weights are those of features in standard units.",
        f"centre = np.array({centre})",
        f"unit = np.array({unit})",
        "x = (x - centre) / unit",
    )


def comment(text: str) -> str:
    """Return words of ours as a comment."""
    return textwrap.fill(text, _WIDTH, initial_indent="# ", subsequent_indent="# ")


def returned(code: str) -> str:
    """Return the line of a function that returns an expression, on several lines if it is long."""
    if len(code) <= _WIDTH - 11:
        return f"    return {code}"
    lines = textwrap.fill(code, _WIDTH - 8, break_on_hyphens=False, break_long_words=False)
    return f"    return (\n{textwrap.indent(lines, ' ' * 8)}\n    )"


def ended(taken: int, steps: int) -> str:
    """Say how many steps the page shows, if the path ended before the last."""
    return "" if taken == steps else f"\n# The page shows {taken} of {steps} steps."


def rows(values: Array) -> str:
    """Return a matrix as code, a row on each line."""
    return "np.array([\n" + "".join(f"    {row},\n" for row in values.tolist()) + "])"


def check(grown: Grown | None, slack: tuple[str, str] = BILLIONTH) -> str:
    """Return the lines that check a fit: no neighbour costs less, or one that goes on does.

    slack: by which part of its cost a neighbour must cost less to count, as code and in words.
    """
    if grown is None:
        return Template(_NEIGHBOURS).substitute(slack=slack[0], slack_words=slack[1])
    return Template(_GROWN).substitute(code=grown.code, words=grown.words)


_READ = """file = Path(__file__).with_name("data.csv")  # the download called Data
cells = np.loadtxt(
    file, dtype=str, delimiter=",", quotechar='"', skiprows=1, comments=None, encoding="utf-8"
)
x = cells[:, :-1].astype(float)"""

_NUMBERED = """order = dict.fromkeys(cells[:, -1].tolist())  # classes as the file brings them
numbers = dict(zip(order, $order))
label = np.array([numbers[one] for one in cells[:, -1].tolist()])"""

_NEIGHBOURS = """# A fit is a minimum if no small change of it costs less.
random = np.random.default_rng(0)
size = 10 ** random.uniform(-6, -1, 1000)
neighbours = [fit + one * random.normal(size=fit.shape) for one in size]
least = full_cost(fit) * (1 - $slack)
cheaper = sum(full_cost(one) < least for one in neighbours)
print(f"Of {len(neighbours)} neighbours, {cheaper} cost less (by more than $slack_words).")"""

_GROWN = """# It is none if going on costs less.
further = $code
compared = "less" if full_cost(further) < full_cost(fit) else "not less"
print(f"$words: cost {full_cost(further):.12g}, which is {compared}.")"""
