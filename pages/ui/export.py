"""What a reader can take along: the numbers as CSV, and a script that makes them again."""

import csv
import io
from collections.abc import Iterable, Sequence

from core.declare import parameters
from core.optimizers import Trajectory
from core.study import Study
from pages.ui.regression_state import Points, RegressionState


def data_csv(points: Points) -> str:
    """Return the points as they are on the screen."""
    header = (points.base.x_label, points.base.y_label)
    return _csv(header, zip(points.x.tolist(), points.y.tolist(), strict=True))


def path_csv(trajectory: Trajectory) -> str:
    """Return the path: step, parameters, cost, gradient."""
    header = ("step", "slope", "intercept", "cost", "gradient_slope", "gradient_intercept")
    rows = zip(trajectory.points, trajectory.values, trajectory.gradients, strict=True)
    return _csv(
        header, ((i, *p.tolist(), float(v), *g.tolist()) for i, (p, v, g) in enumerate(rows))
    )


def landscape_csv(answer: Study) -> str:
    """Return the landscape, one grid point a row."""
    grid = answer.landscape
    rows = (
        (float(x), float(y), float(grid.z[row, column]))
        for row, y in enumerate(grid.y)
        for column, x in enumerate(grid.x)
    )
    return _csv(("slope", "intercept", "cost"), rows)


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_safe(name) for name in header])
    writer.writerows(rows)
    return out.getvalue()


def _safe(name: str) -> str:
    """Keep a spreadsheet from taking a header for a formula."""
    return f"'{name}" if name[:1] in "=+-@\t\r" else name


def knob_words(one: object) -> str:
    """Return the knobs of a loss or an optimizer as Python keywords."""
    return ", ".join(f"{name}={getattr(one, name)!r}" for name in parameters(one))


def script(state: RegressionState, points: Points, answer: Study) -> str:
    """Return a script in NumPy alone that fits the line and walks the path again."""
    raise NotImplementedError
