"""How long a landscape of 100 x 100 lines takes, and how exact it is, for every loss there is.

python tests/benchmarks/landscape.py               needs NumPy; PyTorch if it is installed
python tests/benchmarks/landscape.py --million     and a million points, for the fast routes
python tests/benchmarks/landscape.py --crossover   from how many points on fast routes are taken
python tests/benchmarks/landscape.py Huber Hinge   some losses only

A time is the shortest of several. One with ~ in front was measured on a part of the grid, for the
whole takes minutes, and is multiplied up. "weighted" is our time where every point has a weight;
"plain" is the loss of all points at once, one line at a time, and "PyTorch" its own loss called in
the same way, where it has one. The error is the largest relative difference from the plain means.
Memory is the peak of a process that does nothing else, of which "idle" is what it has before.
"""

import argparse
import importlib.util
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from core.landscape import Grid, route  # noqa: E402
from core.library.catalogue import LOSSES  # noqa: E402
from core.objectives import LinearModel  # noqa: E402
from core.sums import Lines, Plain  # noqa: E402
from tests.benchmarks.landscape_cases import Case, case, moved  # noqa: E402

SECONDS = 1.5  # for each measurement of something slow
KINDS = {kind.__name__: kind for kind in LOSSES}

Means = Callable[[np.ndarray], np.ndarray]


def shortest(task: Callable[[], object], seconds: float = SECONDS, most: int = 200) -> float:
    """Return the shortest time of as many runs as fit, at least three, in milliseconds."""
    times: list[float] = []
    while len(times) < 3 or (sum(times) < seconds and len(times) < most):
        begin = time.perf_counter()
        task()
        times.append(time.perf_counter() - begin)
    return 1e3 * min(times)


def plain(made: Case) -> Means:
    """Return the means by the definition of the loss, for rows of theta."""

    def means(thetas: np.ndarray) -> np.ndarray:
        return np.array([made.loss.value(*made.arguments(theta)).mean() for theta in thetas])

    return means


def pytorch(made: Case) -> Means | None:
    """Return the means by PyTorch's own loss, where there is one."""
    call = made.loss.frameworks["PyTorch"]
    if call is None or importlib.util.find_spec("torch") is None:
        return None
    import torch

    code = compile(call.code, "<loss>", "eval")
    knobs = {"torch": torch, **vars(made.loss)}
    moving = {name: [torch.as_tensor(np.array(a)) for a in rays] for name, rays in
              made.moving.items()}  # fmt: skip
    held = {name: torch.as_tensor(array) for name, array in made.held.items()}

    def means(thetas: np.ndarray) -> np.ndarray:
        at = ({**held, **moved(moving, theta)} for theta in thetas.tolist())  # type: ignore[arg-type]
        with torch.no_grad():
            return np.array([call.factor * eval(code, knobs, one).mean().item() for one in at])

    return means


def timed(means: Means | None, thetas: np.ndarray) -> tuple[str, np.ndarray]:
    """Return the time for all thetas in words, and the means at the first of them."""
    if means is None:
        return "–", np.zeros(0)
    begin = time.perf_counter()
    first = means(thetas[:20])
    seconds = time.perf_counter() - begin
    count = min(len(thetas), max(20, int(20 * SECONDS / seconds)))
    few = thetas[:count]
    ms = shortest(lambda: means(few), most=3)
    return f"{'' if count == len(thetas) else '~'}{ms * len(thetas) / count:.4g}", first


def peak_memory() -> float:
    """Return the peak memory of this process in MB; Linux counts a parent's in ru_maxrss."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = [row for row in status.read_text().splitlines() if row.startswith("VmHWM")]
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def alone(name: str, n: int, size: int) -> dict[str, Any]:
    """Return times and peak memory of a process that does nothing else."""
    run = [sys.executable, __file__, "--alone", name, str(n), str(size)]
    told = subprocess.run(run, capture_output=True, check=True, text=True).stdout
    return dict(json.loads(told))


def tell_alone(name: str, n: int, size: int) -> None:
    """Print times and peak memory of this process."""
    made, idle = case(KINDS[name], n), peak_memory()
    grid = made.grid(size)
    few = {} if made.fast else {"seconds": 0.1}
    told = {"ms": shortest(lambda: made.objective().landscape(grid), **few), "idle": idle}
    told["MB"] = peak_memory()
    if made.fast:
        weights = np.random.default_rng(1).random(n)
        told["weighted"] = shortest(lambda: made.objective(weights).landscape(grid))
    print(json.dumps(told))


def tell(name: str, n: int, size: int = 100) -> None:
    """Print the row of one loss and number of points, over so many lines both ways."""
    made, told = case(KINDS[name], n), alone(name, n, size)
    objective, grid = made.objective(), made.grid(size)
    way = type(route(_lines(objective, grid))).__name__ if made.fast else "in blocks"
    thetas = np.random.default_rng(2).permutation(grid.points)
    by_plain, expected = timed(plain(made), thetas)
    by_pytorch, _ = timed(pytorch(made), thetas)
    found = dict(zip(map(tuple, grid.points), objective.landscape(grid).z.ravel(), strict=True))
    own = np.array([found[tuple(theta)] for theta in thetas[: len(expected)]])
    wrong = float(np.max(np.abs(own - expected) / np.maximum(np.abs(expected), 1e-300)))
    weighted = f"{told['weighted']:.4g}" if "weighted" in told else "–"
    print(
        f"{name:<30}{n:>8}{size:>5}  {way:<16}{told['ms']:>9.4g}{weighted:>10}{by_plain:>10}"
        f"{by_pytorch:>10}{wrong:>9.0e}{told['MB']:>6.0f}{told['idle']:>6.0f}",
        flush=True,
    )


def _lines(objective: Any, grid: Grid) -> Lines:
    """Return the question that a landscape asks, all signs counted as one."""
    assert isinstance(objective, LinearModel)
    offset = np.broadcast_to(objective.offset, objective.factor.shape)
    return Lines(objective.curve, objective.factor, offset, None, grid.x, grid.y)


def tell_crossover(name: str) -> None:
    """Print from how many points on a fast route is quicker, and from how many on it is taken."""
    quicker = taken = None
    for n in (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300):
        made = case(KINDS[name], n)
        lines = _lines(made.objective(), made.grid())
        way = route(lines)
        if taken is None and not isinstance(way, Plain):
            taken = n
        if quicker is None and taken is not None:
            fast = shortest(lambda: route(lines).means(lines), 0.2)  # noqa: B023
            quicker = n if fast < shortest(lambda: Plain().means(lines), 0.2) else None  # noqa: B023
    print(f"{name:<30} taken from {taken} points on, quicker from {quicker} on", flush=True)


def rows(name: str, million: bool) -> list[tuple[int, int]]:
    """Return the numbers of points, and of lines both ways, that a loss is measured with."""
    made = case(KINDS[name], 4)
    if made.fast:
        return [(50, 100), (100_000, 100), *([(1_000_000, 100)] if million else [])]
    if not made.held and "theta" in made.moving:
        return [(1, 100)]
    if made.dependent:
        return [(50, 100), (300, 10)]
    return [(50, 100), (1_000, 100), (100_000, 5)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("losses", nargs="*", metavar="LOSS", help="all when none is named")
    parser.add_argument("--million", action="store_true", help="a million points too")
    parser.add_argument("--crossover", action="store_true", help="measure nothing else")
    parser.add_argument("--alone", nargs=3, metavar=("LOSS", "N", "LINES"), help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.alone:
        tell_alone(told.alone[0], int(told.alone[1]), int(told.alone[2]))
        return

    unknown = [name for name in told.losses if name not in KINDS]
    if unknown:
        parser.error(f"no loss {unknown[0]}; there are {', '.join(KINDS)}")
    names = told.losses or list(KINDS)
    if told.crossover:
        for name in names:
            if case(KINDS[name], 4).fast:
                tell_crossover(name)
        return
    print(f"{'loss':<30}{'points':>8}{'grid':>5}  {'route':<16}{'ours ms':>9}{'weighted':>10}"
          f"{'plain ms':>10}{'PyTorch':>10}{'error':>9}{'MB':>6}{'idle':>6}")  # fmt: skip
    for name in names:
        for n, size in rows(name, told.million):
            tell(name, n, size)


if __name__ == "__main__":
    main()
