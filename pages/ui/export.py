"""What a reader can take along: the numbers as CSV, and a script that makes them again."""

import csv
import io
import math
import textwrap
from collections.abc import Iterable, Sequence
from string import Template

import numpy as np

from core.declare import Declared, parameters
from core.landscape import Landscape
from core.losses.residual import ResidualLoss
from core.optimizers import Optimizer, Trajectory
from core.regression.study import Study
from pages.ui.regression.state import DRAWN, Points, RegressionState


def data_csv(points: Points) -> str:
    """Return the points as they are on the screen."""
    header = (points.base.x_label, points.base.y_label)
    return table_csv(header, zip(points.x.tolist(), points.y.tolist(), strict=True))


def path_csv(trajectory: Trajectory, names: tuple[str, str] = ("slope", "intercept")) -> str:
    """Return the path: step, the parameters of these names, cost, gradient."""
    header = ("step", *names, "cost", *(f"gradient_{name}" for name in names))
    rows = zip(trajectory.points, trajectory.values, trajectory.gradients, strict=True)
    return table_csv(
        header, ((i, *p.tolist(), float(v), *g.tolist()) for i, (p, v, g) in enumerate(rows))
    )


def landscape_csv(grid: Landscape, names: tuple[str, str] = ("slope", "intercept")) -> str:
    """Return the landscape over the parameters of these names, one grid point a row."""
    rows = (
        (float(x), float(y), float(grid.z[row, column]))
        for row, y in enumerate(grid.y)
        for column, x in enumerate(grid.x)
    )
    return table_csv((*names, "cost"), rows)


def table_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return rows under a header; texts that a spreadsheet would take for formulas are quoted."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([safe(name) for name in header])
    writer.writerows([safe(one) if isinstance(one, str) else one for one in row] for row in rows)
    return out.getvalue()


_FORMULA_SIGNS = tuple("=+-@＝＋－＠")


def safe(name: str) -> str:
    """Keep a header on one line, and a spreadsheet from taking it for a formula."""
    name = one_line(name)
    return f"'{name}" if name.startswith(_FORMULA_SIGNS) else name


def one_line(text: str) -> str:
    """Return the text without line ends, control characters and marks that turn the writing."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def script(state: RegressionState, points: Points, answer: Study) -> str:
    """Return a script in NumPy alone that fits the line and walks the path again."""
    loss, rule, path = state.loss(state.chosen), state.rule, answer.trajectory
    taken = len(path.points) - 1
    return _SCRIPT.substitute(
        loss=loss.name,
        imports="from pathlib import Path\n\n" if len(points.x) > DRAWN else "",
        data=_data(points),
        origin=repr(float(points.origin)),
        knobs=keywords(loss),
        value=loss.code_value,
        gradient=loss.code_gradient,
        cost=_ROOT if state.root else _MEAN,
        fit=_fit(loss, points),
        walk=walk(rule),
        outcome=path.outcome.value,
        count="" if taken == state.steps else f" The page shows {taken} of {state.steps} steps.",
        start=path.points[0].tolist(),
        steps=taken,
    )


def walk(rule: Optimizer) -> str:
    """Return the function that follows an optimizer down `cost`, its slopes in `cost_gradient`."""
    return _WALK.substitute(
        rule=rule.name,
        knobs=keywords(rule),
        memory=textwrap.indent("\n".join(("path = [theta]", *rule.code_init)), " " * 4),
        step=textwrap.indent("\n".join(rule.code), " " * 8),
    )


def _data(points: Points) -> str:
    """Return the lines that define x and y; names of one's own stay in comments."""
    x_label, y_label = (one_line(name)[:80] for name in (points.base.x_label, points.base.y_label))
    told = f"# x: {x_label}\n# y: {y_label}\n"
    if len(points.x) > DRAWN:
        return told + _READ
    return f"{told}x = {array(points.x.tolist())}\ny = {array(points.y.tolist())}"


def array(values: Sequence[float]) -> str:
    """Return numbers as the NumPy array that they are, to the last digit, in lines not too long."""
    numbers = textwrap.fill(", ".join(map(repr, values)), 92, break_on_hyphens=False)
    return f"np.array([\n{textwrap.indent(numbers, '    ')}\n])"


def keywords(one: Declared) -> str:
    """Return the knobs as Python keywords, each after a comma; one that is switched off is none."""
    knobs = ((name, getattr(one, name)) for name in parameters(one))
    return "".join(f", {name}={_literal(value)}" for name, value in knobs if value is not None)


def _literal(value: float) -> str:
    return repr(float(value)) if math.isfinite(value) else f'float("{float(value)}")'


def _fit(loss: ResidualLoss, points: Points) -> str:
    """Return the part that finds the best line, as simple as loss and points allow."""
    pieces, many = loss.pieces, len(points.x) > DRAWN
    if pieces is not None and not pieces.kinks:
        return _SQUARES
    kinks, best = [0.0], _SMOOTH
    if pieces is not None and max(map(len, pieces.polynomials)) <= 2:
        kinks = list(pieces.kinks)
        best = _STRAIGHT if not many else _TURN if np.ptp(points.x) else _LEVEL
    moved = ", ".join(f"y {'-' if kink < 0 else '+'} {abs(kink)!r}" for kink in kinks)
    plain = kinks == [0.0]
    return Template(best if best == _LEVEL else _PAIRS + best).substitute(
        kinks=kinks,
        places="points" if plain else "points moved by the kinks",
        pairs="u, y" if plain else f"np.tile(u, {len(kinks)}), np.concatenate([{moved}])",
        lines=_SAMPLED if many else "lines(u, y)",
    )


_SCRIPT = Template('''"""The best line under the loss "$loss", and a path towards it.

It needs NumPy alone.
"""

${imports}import numpy as np

np.seterr(all="ignore")  # a path that runs away reaches infinity, and stops there

$data
origin = $origin  # where on x the intercept is measured


def loss(r$knobs):
    return $value


def loss_gradient(r$knobs):
    return $gradient


def residuals(theta):
    return theta[0] * (x - origin) + theta[1] - y


$cost


# The best line, in coordinates of size 1: p[0] * u + p[1].
centre = np.median(x)
spread = np.abs(x - centre).max() or 1.0
u = (x - centre) / spread


$fit


$walk


def tell(theta):
    return f"slope {theta[0]:.12g}, intercept {theta[1]:.12g}, cost {cost(theta):.12g}"


p = best_line()
slope = p[0] / spread
print("Best line:", tell([slope, p[1] + slope * (origin - centre)]))

# $outcome$count
path = walk(np.array($start), $steps)
print(f"Path: {len(path) - 1} steps to", tell(path[-1]))
''')

_WALK = Template('''def walk(theta, steps$knobs):
    """Return the path of $rule; it ends early where a number is no longer finite."""
$memory
    for _ in range(steps):
        gradient = cost_gradient(theta)
$step
        if not np.isfinite([*theta, cost(theta), *cost_gradient(theta)]).all():
            break
        path.append(theta)
    return path''')

_MEAN = """def cost(theta):
    return loss(residuals(theta)).mean()


def cost_gradient(theta):
    pull = loss_gradient(residuals(theta)) * (1 / len(x))
    return np.array([pull @ (x - origin), pull.sum()])"""

_ROOT = """def cost(theta):
    return np.sqrt(loss(residuals(theta)).mean())


def cost_gradient(theta):
    pull = loss_gradient(residuals(theta)) * (1 / len(x))
    root = cost(theta)
    return np.array([pull @ (x - origin), pull.sum()]) / (2 * root) if root else np.zeros(2)"""

_SQUARES = '''def best_line():
    """Least squares has a formula."""
    return np.linalg.lstsq(np.column_stack([u, np.ones(len(u))]), y, rcond=None)[0]'''

_PAIRS = '''def lines(u, y):
    """Return the lines through all pairs of $places, the best one first."""
    a, b = $pairs
    found = []
    for i in range(len(a)):
        run, rise = a[i:] - a[i], b[i:] - b[i]
        slope = np.divide(rise, run, out=np.zeros(len(run)), where=run != 0)
        costs = loss(slope[:, None] * (u - a[i]) + (b[i] - y)).mean(axis=1)
        found.append(np.stack([slope, b[i] - slope * a[i], costs], axis=1))
    found = np.concatenate(found)
    return found[np.argsort(found[:, 2]), :2]


'''

_SAMPLED = f"lines(*np.random.default_rng(0).choice([u, y], {DRAWN}, replace=False, axis=1))"

_READ = """file = Path(__file__).with_name("data.csv")  # the download called Data
x, y = np.loadtxt(file, delimiter=",", skiprows=1, comments=None).T"""

_STRAIGHT = '''def best_line():
    """The cost is made of flat facets: a lowest corner is a line through two moved points."""
    return lines(u, y)[0]'''

_TURN = '''def best_line():
    """Turn a good line about one point at a time, until no turn lowers the cost."""
    kinks = $kinks  # how far from a point the best line may pass
    p = $lines[0]
    away = np.abs(p[0] * u + p[1] - y - np.array(kinks)[:, None])
    k, i = np.unravel_index(np.argmin(away), away.shape)
    least = np.inf
    while True:
        pivot = y[i] + kinks[k]
        slopes = (y + np.array(kinks)[:, None] - pivot) / (u - u[i])
        order = np.argsort(slopes, axis=None)[: np.isfinite(slopes).sum()]
        slope = slopes.ravel()[order]
        low, high = 0, len(order) - 1
        while low < high:
            middle = (low + high) // 2
            r = (slope[middle] + slope[middle + 1]) / 2 * (u - u[i]) + pivot - y
            rising = loss_gradient(r) @ (u - u[i]) > 0
            low, high = (low, middle) if rising else (middle + 1, high)
        p = np.array([slope[low], pivot - slope[low] * u[i]])
        k, i = np.unravel_index(order[low], slopes.shape)
        now = loss(p[0] * u + p[1] - y).mean()
        if not now < least:
            return p
        least = now'''

_LEVEL = '''def best_line():
    """All x are equal: the line is level, at the height where the sum of pulls turns."""
    heights = np.sort(np.add.outer($kinks, y), axis=None)
    low, high = 0, len(heights) - 1
    while low < high:
        middle = (low + high) // 2
        rising = loss_gradient((heights[middle] + heights[middle + 1]) / 2 - y).sum() > 0
        low, high = (low, middle) if rising else (middle + 1, high)
    return np.array([0.0, heights[low]])'''

_SMOOTH = '''def refined(p):
    """Go downhill by Newton steps, or reweighted least squares where those do not lower it."""
    columns = np.column_stack([u, np.ones(len(u))])
    for _ in range(200):
        r = columns @ p - y
        small = 1e-6 * (np.median(np.abs(r)) or 1.0)
        far = np.where(np.abs(r) < small, small, r)
        newton = (loss_gradient(r + small) - loss_gradient(r - small)) / (2 * small)
        for weights in (newton, loss_gradient(far) / far):
            matrix = (columns.T * weights) @ columns
            step = np.linalg.lstsq(matrix, columns.T @ loss_gradient(r), rcond=None)[0]
            if loss(columns @ (p - step) - y).sum() < loss(r).sum():
                break
        else:
            return p
        p = p - step
    return p


def best_line():
    """Begin from the best lines through two points, and from worse ones: there may be valleys."""
    starts = $lines
    starts = [*starts[:20], *starts[20 :: len(starts) // 20 + 1]]
    return min(map(refined, starts), key=lambda p: loss(p[0] * u + p[1] - y).sum())'''
