"""How long a landscape of 100 x 100 lines takes, and how exact it is, for every residual loss.

python tests/benchmarks/landscape.py            needs NumPy; PyTorch and Numba if they are installed
python tests/benchmarks/landscape.py --quick    without a million points

A time is the shortest of several. A time with ~ in front was measured on a few slopes, for others
take minutes, and is multiplied up. "plain" is the mean of the loss over whole arrays, one slope at
a time; "PyTorch" calls its own loss once for every line; "Numba" is a compiled loop over all lines
and points, on all cores. The error is the largest relative difference from the plain means. Memory
is the peak of a process that does nothing else.
"""

import argparse
import importlib.util
import json
import math
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from core.landscape import Grid, route  # noqa: E402
from core.losses.residual import RESIDUAL_LOSSES, ResidualLoss  # noqa: E402
from core.objectives import LinearRegression  # noqa: E402
from core.sums import Lines, Plain  # noqa: E402

GRID = Grid.regular((-1.0, 3.0), (-4.0, 4.0), 100, 100)
SECONDS = 2.0  # for each measurement of something slow
LOSSES = {kind.__name__: kind for kind in RESIDUAL_LOSSES}

# r is the residual, the other names are the loss's parameters.
SCALAR = {
    "SquaredError": "r * r",
    "AbsoluteError": "abs(r)",
    "Huber": "0.5 * r * r if abs(r) <= delta else delta * (abs(r) - 0.5 * delta)",
    "LogCosh": "abs(r) + math.log1p(math.exp(-2.0 * abs(r))) - 0.6931471805599453",
    "Quantile": "max((1.0 - tau) * r, -tau * r)",
    "EpsilonInsensitive": "max(abs(r) - epsilon, 0.0)",
    "Cauchy": "0.5 * scale * scale * math.log1p((r / scale) ** 2)",
    "Tukey": "c * c / 6.0 * (1.0 - max(0.0, 1.0 - (r / c) ** 2) ** 3)",
    "Barron": "abs(alpha - 2.0) / alpha"
    " * (((r / c) ** 2 / abs(alpha - 2.0) + 1.0) ** (0.5 * alpha) - 1.0)",
}

NUMBA = """
@numba.njit(parallel=True, fastmath=True)
def means(x, y, slopes, intercepts, {names}):
    out = np.empty((len(intercepts), len(slopes)))
    for line in numba.prange(out.size):
        slope, intercept = slopes[line % len(slopes)], intercepts[line // len(slopes)]
        total = 0.0
        for i in range(len(x)):
            r = slope * x[i] + intercept - y[i]
            total += {scalar}
        out[line // len(slopes), line % len(slopes)] = total / len(x)
    return out
"""

Points = tuple[np.ndarray, np.ndarray]
Means = Callable[[np.ndarray], np.ndarray]


def points(n: int) -> Points:
    """Return points about a line, a few of them very far from it."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=n)
    return x, 1.2 * x + 0.3 + rng.standard_t(2, n)


def shortest(task: Callable[[], object], seconds: float = SECONDS, most: int = 200) -> float:
    """Return the shortest time of as many runs as fit, at least three, in milliseconds."""
    times: list[float] = []
    while len(times) < 3 or (sum(times) < seconds and len(times) < most):
        begin = time.perf_counter()
        task()
        times.append(time.perf_counter() - begin)
    return 1e3 * min(times)


def ours(loss: ResidualLoss, n: int) -> float:
    """Return our time, from the points to the landscape."""
    x, y = points(n)
    return shortest(lambda: LinearRegression(x, y, loss).landscape(GRID))


def plain(loss: ResidualLoss, x: np.ndarray, y: np.ndarray) -> Means:
    """Return the means as a few lines of NumPy give them."""
    rows = len(GRID.y) if len(x) <= 100_000 else 1

    def means(slopes: np.ndarray) -> np.ndarray:
        out = np.empty((len(GRID.y), len(slopes)))
        for column, slope in enumerate(slopes):
            for top in range(0, len(GRID.y), rows):
                residuals = slope * x + GRID.y[top : top + rows, None] - y
                out[top : top + rows, column] = loss.value(residuals).mean(axis=1)
        return out

    return means


def pytorch(loss: ResidualLoss, x: np.ndarray, y: np.ndarray) -> Means | None:
    """Return the means by PyTorch's own loss, where there is one."""
    call = loss.frameworks.get("PyTorch")
    if call is None or importlib.util.find_spec("torch") is None:
        return None
    import torch

    code = compile(call.code, "<loss>", "eval")
    knobs = {"torch": torch, **vars(loss)}
    inputs, target = torch.tensor(x), torch.tensor(y)

    def means(slopes: np.ndarray) -> np.ndarray:
        return np.array(
            [
                [
                    eval(code, knobs, {"prediction": slope * inputs + b, "target": target}).item()
                    for slope in slopes.tolist()
                ]
                for b in GRID.y.tolist()
            ]
        )

    return means


def compiled(loss: ResidualLoss, x: np.ndarray, y: np.ndarray) -> Means | None:
    """Return the means by a compiled triple loop on all cores."""
    if importlib.util.find_spec("numba") is None:
        return None
    import numba

    knobs = vars(loss)
    space = {"np": np, "math": math, "numba": numba}
    exec(NUMBA.format(names=", ".join(knobs), scalar=SCALAR[type(loss).__name__]), space)
    loop = space["means"]
    loop(x[:2], y[:2], GRID.x, GRID.y, *knobs.values())
    return lambda slopes: loop(x, y, slopes, GRID.y, *knobs.values())


def timed(means: Means | None) -> tuple[str, np.ndarray, np.ndarray]:
    """Return the time for the whole grid in words, the slopes that were run, and their means."""
    if means is None:
        return "–", GRID.x[:0], np.zeros((len(GRID.y), 0))
    begin = time.perf_counter()
    first = means(GRID.x[50:51])
    seconds = time.perf_counter() - begin
    if seconds * len(GRID.x) < 3 * SECONDS:
        return f"{shortest(lambda: means(GRID.x)):.4g}", GRID.x, means(GRID.x)
    few = (
        GRID.x[50:51] if seconds > SECONDS else GRID.x[:: int(len(GRID.x) * seconds / SECONDS) + 1]
    )
    if len(few) == 1:
        return f"~{1e3 * seconds * len(GRID.x):.0f}", GRID.x[50:51], first
    whole = shortest(lambda: means(few), most=3) * len(GRID.x) / len(few)
    return f"~{whole:.0f}", few, means(few)


def error(loss: ResidualLoss, xy: Points, slopes: np.ndarray, expected: np.ndarray) -> float:
    """Return our largest relative error on the columns that the plain means were taken of."""
    z = LinearRegression(*xy, loss).landscape(GRID).z
    return float(np.max(np.abs(z[:, np.isin(GRID.x, slopes)] - expected) / expected))


def peak_memory() -> float:
    """Return the peak memory of this process in MB; Linux counts a parent's in ru_maxrss."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = [row for row in status.read_text().splitlines() if row.startswith("VmHWM")]
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def alone(loss: ResidualLoss, n: int) -> tuple[float, float]:
    """Return our time, and the peak memory in MB, of a process that does nothing else."""
    name = type(loss).__name__
    run = [sys.executable, __file__, "--alone", name, str(n)]
    told = json.loads(subprocess.run(run, capture_output=True, check=True, text=True).stdout)
    return told["ms"], told["MB"]


def tell(loss: ResidualLoss, n: int) -> None:
    """Print the row of one loss and number of points."""
    xy = points(n)
    chosen = route(Lines(loss, *xy, None, GRID.x, GRID.y))
    ms, megabytes = alone(loss, n)
    by_plain, slopes, expected = timed(plain(loss, *xy))
    by_pytorch, _, _ = timed(pytorch(loss, *xy))
    by_numba, _, _ = timed(compiled(loss, *xy))
    wrong = error(loss, xy, slopes, expected)
    print(
        f"{type(loss).__name__:<19}{n:>9}  {type(chosen).__name__:<16}{ms:>10.4g}{by_plain:>12}"
        f"{by_pytorch:>12}{by_numba:>12}{wrong:>10.0e}{megabytes:>7.0f}",
        flush=True,
    )


def tell_crossover(loss: ResidualLoss) -> None:
    """Print from how many points on cells are quicker, and from how many on they are taken."""
    quicker = taken = None
    for n in (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300):
        lines = Lines(loss, *points(n), None, GRID.x, GRID.y)
        many = Lines(loss, *points(1000), None, GRID.x, GRID.y)
        cells = type(route(many))
        if taken is None and type(route(lines)) is cells:
            taken = n
        if quicker is None and taken is not None:
            fast = shortest(lambda: route(lines).means(lines), 0.2)  # noqa: B023
            quicker = n if fast < shortest(lambda: Plain().means(lines), 0.2) else None  # noqa: B023
    print(f"{type(loss).__name__:<19} taken from {taken} points on, quicker from {quicker} on")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="leave out a million points")
    parser.add_argument("--alone", nargs=2, metavar=("LOSS", "N"), help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.alone:
        ms = ours(LOSSES[told.alone[0]](), int(told.alone[1]))
        print(json.dumps({"ms": ms, "MB": peak_memory()}))
        return

    print(f"{'loss':<19}{'points':>9}  {'route':<16}{'ours ms':>10}{'plain ms':>12}"
          f"{'PyTorch ms':>12}{'Numba ms':>12}{'error':>10}{'MB':>7}")  # fmt: skip
    for n in (50, 100_000) if told.quick else (50, 100_000, 1_000_000):
        for kind in RESIDUAL_LOSSES:
            tell(kind(), n)
    print()
    for kind in RESIDUAL_LOSSES:
        tell_crossover(kind())


if __name__ == "__main__":
    main()
