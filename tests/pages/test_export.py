"""What a reader takes along: the script gives the page's numbers, and no text breaks out of it."""

import ast
import contextlib
import csv
import dataclasses
import io
import itertools
import math
import re
import runpy
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from core.datasets import DataSet, dataset
from core.landscape import Grid
from core.losses import (
    RESIDUAL_LOSSES,
    AbsoluteError,
    Barron,
    Cauchy,
    EpsilonInsensitive,
    Huber,
    Quantile,
    ResidualLoss,
    SquaredError,
    Tukey,
)
from core.optimizers import OPTIMIZERS, Adam, GradientDescent, Momentum, Optimizer, descend
from core.regression.fitting import best_fit
from core.regression.study import Study, cost_of
from pages.ui import export
from pages.ui.regression.state import DRAWN, Points, RegressionState

HOSTILE = (
    '"""\nimport os',
    "'''\nraise SystemExit",
    "x\r\nraise SystemExit",
    "x\x0craise SystemExit",
    "x\u2028raise SystemExit",
    "x\x85raise SystemExit\\",
    "coding: utf-16",
    "-*- coding: rot13 -*-",
    "$value ${data} $$ {theta} %s \\N{DIGIT ONE} \\",
    "\u202etxet\x00",
    "x" * 5000,
)
KNOBS: tuple[ResidualLoss, ...] = (
    Huber(delta=0.05),
    Quantile(tau=0.9),
    EpsilonInsensitive(epsilon=0.0),
    Cauchy(scale=0.3),
    Tukey(c=1.5),
    Barron(alpha=2.0, c=0.5),
    Barron(alpha=1.5, c=0.3),
    Barron(alpha=0.0, c=2.0),
    Barron(alpha=-2.0),
    Barron(alpha=-math.inf),
)
NAMES = tuple(kind.__name__ for kind in RESIDUAL_LOSSES)
RULES = tuple(kind() for kind in OPTIMIZERS)
STEPS, START = 40, (-1.25, 3.0)

every_loss = pytest.mark.parametrize("kind", RESIDUAL_LOSSES)


def points_of(data: DataSet, origin: float | None = None) -> Points:
    own = float(data.x.mean()) if data.centre else 0.0
    return Points(data.x, data.y, data, own if origin is None else origin, 0, None)


def own_table(x: np.ndarray, y: np.ndarray, label: str = "x", origin: float = 0.0) -> Points:
    return points_of(DataSet("own", "Own", label, label, "", "", "", x, y), origin)


@dataclasses.dataclass(frozen=True)
class Screen:
    """A screen of the page, and the numbers it shows."""

    state: RegressionState
    points: Points
    answer: Study

    @property
    def script(self) -> str:
        return export.script(self.state, self.points, self.answer)


def screen(
    loss: ResidualLoss,
    points: Points,
    rule: Optimizer = RULES[0],
    root: bool = False,
    start: tuple[float, float] = START,
    steps: int = STEPS,
) -> Screen:
    losses = tuple(loss if type(loss) is kind else kind() for kind in RESIDUAL_LOSSES)
    rules = tuple(rule if type(rule) is kind else kind() for kind in OPTIMIZERS)
    state = RegressionState(
        compared=NAMES, chosen=type(loss).__name__, losses=losses, root=root, steps=steps,
        optimizer=type(rule).__name__, rules=rules, start=start,
    )  # fmt: skip
    objective = cost_of(points.x, points.y, loss, points.origin, root)
    fit, path = best_fit(objective), descend(objective, rule, start, steps)
    landscape = objective.landscape(Grid(np.linspace(-1, 1, 4), np.linspace(-2, 2, 3)))
    return Screen(state, points, Study((fit,), objective, fit, landscape, path))


def told(output: str) -> tuple[list[float], int, list[float]]:
    """Return what a script printed: best line and its cost, steps, last point and its cost."""
    numbers = [
        [float(value) for value in found]
        for found in re.findall(r"slope (\S+), intercept (\S+), cost (\S+)", output)
    ]
    steps = re.search(r"Path: (\d+) steps", output)
    assert steps
    return numbers[0], int(steps[1]), numbers[1]


def with_steps(script: str, steps: int) -> str:
    """Return the script as a reader would edit it, to walk another number of steps."""
    edited, count = re.subn(r"(path = walk\(.*), \d+\)", rf"\1, {steps})", script)
    assert count == 1
    return edited


def run(script: str, folder: Path) -> str:
    """Run a script in this process, with warnings as errors and a fresh set of names."""
    file = folder / "fit.py"
    file.write_text(script, encoding="utf-8")
    output = io.StringIO()
    with contextlib.redirect_stdout(output), np.errstate(), warnings.catch_warnings():
        warnings.simplefilter("error")
        runpy.run_path(str(file), run_name="__main__")
    return output.getvalue()


def assert_same_numbers(one: Screen, output: str) -> None:
    line, steps, last = told(output)
    fit, path = one.answer.fit, one.answer.trajectory
    if fit.determined:
        np.testing.assert_allclose(line[:2], fit.theta, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(line[2], fit.value, rtol=1e-9, atol=1e-12)
    assert steps == len(path.points) - 1
    np.testing.assert_allclose(last[:2], path.points[-1], rtol=1e-9, atol=1e-12)
    if path.values[-1] < np.finfo(float).max:
        np.testing.assert_allclose(last[2], path.values[-1], rtol=1e-8, atol=1e-12)


# The script gives the numbers of the page.


@every_loss
@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_a_script_gives_the_best_line_and_the_path(
    kind: type[ResidualLoss], rule: Optimizer, tmp_path: Path
) -> None:
    one = screen(kind(), points_of(dataset("outliers")), rule)
    assert_same_numbers(one, run(one.script, tmp_path))


@pytest.mark.parametrize("loss", KNOBS, ids=repr)
def test_a_script_keeps_the_knobs_of_the_loss(loss: ResidualLoss, tmp_path: Path) -> None:
    one = screen(loss, points_of(dataset("clean")))
    assert_same_numbers(one, run(one.script, tmp_path))


@pytest.mark.parametrize(
    "rule",
    [
        GradientDescent(learning_rate=0.03),
        Momentum(learning_rate=0.02, beta=0.5),
        Adam(learning_rate=0.3, beta1=0.8, beta2=0.99, epsilon=0.01),
    ],
    ids=repr,
)
def test_a_script_keeps_the_knobs_of_the_optimizer(rule: Optimizer, tmp_path: Path) -> None:
    """Its epsilon is another one than that of the loss."""
    one = screen(EpsilonInsensitive(epsilon=0.25), points_of(dataset("outliers")), rule)
    assert_same_numbers(one, run(one.script, tmp_path))


@every_loss
@pytest.mark.parametrize("root", [False, True])
def test_a_script_keeps_the_origin_and_the_root(
    kind: type[ResidualLoss], root: bool, tmp_path: Path
) -> None:
    one = screen(kind(), points_of(dataset("stars")), root=root, start=(-2.0, 7.5))
    assert one.points.origin != 0
    assert_same_numbers(one, run(one.script, tmp_path))


def test_a_path_of_a_script_stops_where_that_of_the_page_stops(tmp_path: Path) -> None:
    points = points_of(dataset("outliers"))
    wild = screen(SquaredError(), points, GradientDescent(learning_rate=2.0), steps=500)
    settled = screen(Tukey(), points, start=(1e9, 1e9), steps=500)
    nowhere = screen(SquaredError(), points, start=(1e300, 1e300))
    for one in (wild, settled, nowhere):
        path = one.answer.trajectory
        assert len(path.points) < one.state.steps
        assert f"shows {len(path.points) - 1} of {one.state.steps} steps." in one.script
        assert f"# {path.outcome.value}" in one.script
        assert_same_numbers(one, run(one.script, tmp_path))


def test_a_path_that_runs_away_ends_at_its_last_finite_cost(tmp_path: Path) -> None:
    rule = GradientDescent(learning_rate=2.0)
    script = screen(SquaredError(), points_of(dataset("outliers")), rule, steps=500).script
    _, steps, last = told(run(with_steps(script, 500), tmp_path))
    assert steps < 500
    assert np.isfinite(last).all()
    assert last[2] > 1e200


def test_a_root_stands_still_where_all_points_are_met(tmp_path: Path) -> None:
    x = np.arange(5.0)
    one = screen(SquaredError(), own_table(x, 2 * x + 1), root=True, start=(2.0, 1.0))
    line, steps, last = told(run(with_steps(one.script, 3), tmp_path))
    np.testing.assert_allclose(line, (2.0, 1.0, 0.0), atol=1e-12)
    assert steps == 3
    assert last == [2.0, 1.0, 0.0]


@every_loss
@pytest.mark.parametrize("count", [1, 2, 6])
@pytest.mark.parametrize("level", [True, False], ids=["equal x", "any x"])
def test_a_script_bears_few_points_and_equal_ones(
    kind: type[ResidualLoss], count: int, level: bool, tmp_path: Path
) -> None:
    x = np.full(count, 3.3) if level else np.arange(count) + 0.5
    one = screen(kind(), own_table(x, np.array([2.0, -1.0, 4.0, 4.5, 0.3, 9.0])[:count]))
    line, _, _ = told(run(one.script, tmp_path))
    np.testing.assert_allclose(line[2], one.answer.fit.value, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("loss", [SquaredError(), AbsoluteError(), EpsilonInsensitive(), Cauchy()])
@pytest.mark.parametrize("digits", [15, 1])
def test_a_script_for_many_points_reads_them_from_a_file(
    loss: ResidualLoss, digits: int, tmp_path: Path
) -> None:
    rng = np.random.default_rng(6)
    x = rng.normal(size=1500).round(digits)
    y = (0.7 * x + 0.2 * rng.standard_cauchy(1500)).round(digits)
    one = screen(loss, own_table(x, y, "=x\nnumber, of"))
    script = one.script
    assert len(script) < 6000
    (tmp_path / "data.csv").write_text(export.data_csv(one.points), encoding="utf-8")
    assert_same_numbers(one, run(script, tmp_path))


@pytest.mark.parametrize(
    ("loss", "seed"), [(Tukey(c=0.8), 1), (Cauchy(scale=0.3), 31), (Barron(alpha=1.0, c=0.05), 26)]
)
def test_a_script_finds_the_lowest_of_several_valleys(
    loss: ResidualLoss, seed: int, tmp_path: Path
) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(8, 40))
    x = rng.normal(size=count).round(2)
    on_first = rng.random(count) < 0.55
    y = np.where(on_first, 0.7 * x, 3 - 1.2 * x) + 0.3 * rng.normal(size=count)
    one = screen(loss, own_table(x, y.round(2)))
    assert_same_numbers(one, run(one.script, tmp_path))


def test_a_script_gets_down_from_where_the_cost_hardly_curves(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=600)
    y = 1000 * (0.7 * x + 0.2 * rng.standard_cauchy(600))
    one = screen(Huber(delta=0.05), own_table(x, y))
    (tmp_path / "data.csv").write_text(export.data_csv(one.points), encoding="utf-8")
    assert_same_numbers(one, run(one.script, tmp_path))


def test_a_script_bears_many_points_of_equal_x(tmp_path: Path) -> None:
    y = np.random.default_rng(2).normal(size=601)
    for loss in (AbsoluteError(), Quantile(tau=0.8), EpsilonInsensitive(), Huber()):
        one = screen(loss, own_table(np.full(601, 2.5), y))
        (tmp_path / "data.csv").write_text(export.data_csv(one.points), encoding="utf-8")
        line, _, _ = told(run(one.script, tmp_path))
        np.testing.assert_allclose(line[2], one.answer.fit.value, rtol=1e-9)


# The script is short, and stands alone.


@every_loss
def test_a_script_is_short(kind: type[ResidualLoss]) -> None:
    """It is read by people; the data come on top."""
    script = screen(kind(), points_of(dataset("outliers"))).script
    lines = [line for line in script.splitlines() if line.strip()]
    assert len(lines) <= 92
    assert max(map(len, lines)) <= 100
    assert not script.startswith("\n")
    assert script.endswith("\n")


def test_scripts_run_on_their_own_with_warnings_as_errors(tmp_path: Path) -> None:
    """One process runs them all and reports which modules came with them."""
    screens = [
        screen(kind(), own_table(*_outliers(), HOSTILE[0]), rule)
        for kind, rule in itertools.product(RESIDUAL_LOSSES, RULES)
    ]
    for place, one in enumerate(screens):
        (tmp_path / f"{place:02}.py").write_text(one.script, encoding="utf-8")
    runner = tmp_path / "run.py"
    runner.write_text(_RUNNER, encoding="utf-8")
    command = [sys.executable, "-I", "-W", "error", str(runner)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    *outputs, modules = done.stdout.split("=====")
    assert "numpy" in modules.split()
    assert not {"scipy", "streamlit", "plotly", "core", "pages"} & set(modules.split())
    for one, output in zip(screens, outputs, strict=True):
        assert_same_numbers(one, output)


_RUNNER = """
import pathlib, runpy, sys
for file in sorted(pathlib.Path(__file__).parent.glob("[0-9]*.py")):
    runpy.run_path(str(file), run_name="__main__")
    print("=====")
print(*sys.modules)
"""


def test_one_script_runs_as_a_file(tmp_path: Path) -> None:
    one = screen(Huber(), points_of(dataset("outliers")))
    (tmp_path / "fit.py").write_text(one.script, encoding="utf-8")
    command = [sys.executable, "-I", "-W", "error", str(tmp_path / "fit.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    assert_same_numbers(one, done.stdout)


# No text breaks out.


def _outliers() -> tuple[np.ndarray, np.ndarray]:
    return dataset("outliers").x, dataset("outliers").y


def skeleton(script: str) -> str:
    """Return the script as Python reads it: comments are gone."""
    return ast.dump(ast.parse(script.encode()))


@pytest.mark.parametrize("label", HOSTILE, ids=lambda label: repr(label)[:20])
def test_a_label_stays_in_its_comment(label: str) -> None:
    plain = screen(SquaredError(), own_table(*_outliers(), "plain")).script
    hostile = screen(SquaredError(), own_table(*_outliers(), label)).script
    assert skeleton(hostile) == skeleton(plain)
    assert all(sign.isprintable() for sign in hostile.replace("\n", ""))
    assert max(map(len, hostile.splitlines())) <= 100


def test_a_plain_label_is_told() -> None:
    script = screen(SquaredError(), points_of(dataset("stars"))).script
    assert "# x: Surface temperature (log₁₀ kelvin)\n# y: Light intensity" in script


# Tables.


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text), strict=True))


@pytest.mark.parametrize("label", [*HOSTILE, "a,b", 'a"b', "Größe"], ids=lambda one: repr(one)[:20])
def test_data_come_back_to_the_last_bit(label: str) -> None:
    x, y = np.array([0.1, -1e-300, 1e300, 1 / 3]), np.array([-0.0, 5e-324, 2.0, -7.1])
    text = export.data_csv(own_table(x, y, label))
    header, *rows = rows_of(text)
    assert len(header) == 2
    assert len(text.splitlines()) == 5
    assert np.array(rows, dtype=float).tobytes() == np.column_stack([x, y]).tobytes()


def test_a_plain_header_stays_as_it_is() -> None:
    header, *_ = rows_of(export.data_csv(own_table(*_outliers(), 'Speed, "v" (m/s)')))
    assert header == ['Speed, "v" (m/s)'] * 2


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", " =", "\n@", "＝", "\x00="])
def test_no_header_is_taken_for_a_formula(start: str) -> None:
    header, *_ = rows_of(export.data_csv(own_table(*_outliers(), f"{start}cmd|' /C calc'!A0")))
    assert all(cell.startswith("'") for cell in header)


def test_the_path_comes_back() -> None:
    one = screen(Huber(), points_of(dataset("outliers")))
    header, *rows = rows_of(export.path_csv(one.answer.trajectory))
    path = one.answer.trajectory
    assert header == [
        "step", "slope", "intercept", "cost", "gradient_slope", "gradient_intercept",
    ]  # fmt: skip
    steps = np.arange(len(path.points))
    expected = np.column_stack([steps, path.points, path.values, path.gradients])
    np.testing.assert_array_equal(np.array(rows, dtype=float), expected)


def test_the_landscape_comes_back() -> None:
    one = screen(Huber(), points_of(dataset("outliers")))
    header, *rows = rows_of(export.landscape_csv(one.answer.landscape))
    assert header == ["slope", "intercept", "cost"]
    land = one.answer.landscape
    slope, intercept = np.meshgrid(land.x, land.y)
    expected = np.column_stack([slope.ravel(), intercept.ravel(), land.z.ravel()])
    np.testing.assert_array_equal(np.array(rows, dtype=float), expected)


def test_a_table_too_large_to_draw_is_one_that_is_read_from_a_file() -> None:
    x = np.arange(DRAWN + 1.0)
    assert "data.csv" not in screen(SquaredError(), own_table(x[1:], x[1:])).script
    assert "data.csv" in screen(SquaredError(), own_table(x, x)).script
