"""How long the landscapes of a classifier take on a grid of 60 x 60, for every loss of a margin.

python tests/benchmarks/best_bias.py            100 and 1000 points
python tests/benchmarks/best_bias.py 100000     as many as named

"best bias" is the landscape over both weights with the bias at its best, "w1, b" and "w1, w2" are
slices, "fit" is the fit to all parameters. Times are the shortest of several, in milliseconds. The
error is the largest part by which a cost of the first lies above the lowest on 2001 biases.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from core.classification.linear import LinearClassifier  # noqa: E402
from core.classification.linear_fit import fit  # noqa: E402
from core.landscape import Grid  # noqa: E402
from core.losses import MARGIN_LOSSES, MarginLoss  # noqa: E402

GRID = Grid.regular((-3.0, 3.0), (-3.0, 3.0), 60, 60)
SECONDS = 0.5


def shortest(work: Callable[[], object]) -> float:
    """Return the shortest time in milliseconds."""
    times: list[float] = []
    while sum(times) < SECONDS or len(times) < 3:
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return 1e3 * min(times)


def points(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return two overlapping clouds."""
    rng = np.random.default_rng(0)
    label = np.where(np.arange(n) % 2, 1.0, -1.0)
    return rng.normal(size=(n, 2)) + np.outer(label, (0.6, 0.4)), label


def error(own: LinearClassifier) -> float:
    """Return how far the best bias misses the lowest of many biases, at a few places."""
    z, worst = own.with_best_bias().landscape(GRID).z, 0.0
    biases = np.linspace(-15.0, 15.0, 2001)
    for i, j in ((0, 0), (13, 40), (30, 35), (59, 20)):
        line = own.slice(("w1", "b"), (0.0, GRID.y[i], 0.0))
        lowest = line.values(np.column_stack([np.full(2001, GRID.x[j]), biases])).min()
        worst = max(worst, float((z[i, j] - lowest) / max(lowest, 1e-300)))
    return worst


def tell(loss: MarginLoss, n: int) -> None:
    """Print the row of one loss and number of points."""
    own = LinearClassifier(*points(n), loss, strength=0.01)
    works = (
        lambda: own.with_best_bias().landscape(GRID),
        lambda: own.slice(("w1", "b")).landscape(GRID),
        lambda: own.slice(("w1", "w2")).landscape(GRID),
        lambda: fit(own),
    )
    times = "".join(f"{shortest(work):>12.1f}" for work in works)
    print(f"{type(loss).__name__:<22}{n:>8}{times}{error(own):>10.0e}", flush=True)


def main() -> None:
    """Print the table."""
    names = "".join(f"{name:>12}" for name in ("best bias", "w1, b", "w1, w2", "fit"))
    print(f"{'loss':<22}{'points':>8}{names}{'error':>10}")
    for n in map(int, sys.argv[1:] or ("100", "1000")):
        for kind in MARGIN_LOSSES:
            tell(kind(), n)


if __name__ == "__main__":
    main()
