"""What one-hot targets cost in memory, next to the same targets as class numbers.

python tests/benchmarks/targets.py            1000 samples of 10, 1000 and 100 000 classes
python tests/benchmarks/targets.py --samples 200

The targets are held whole: that is the table's first half. The logits come in blocks, as they would
from a model, and the value and the gradient of each block are taken; "peak" is the most memory that
this needed at any time on top of targets and logits, and the time is that of all blocks together.
Where one-hot rows would be larger than a gigabyte, they are built block by block, and the time
includes it.
"""

import argparse
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from core.losses.multiclass import (  # noqa: E402
    CategoricalCrossEntropy,
    MulticlassLoss,
    SparseCategoricalCrossEntropy,
    target_bytes,
)

CLASSES = (10, 1_000, 100_000)
BLOCK = 2_000_000  # logits of one block: 16 MB
LARGEST = 2**30

Block = tuple[np.ndarray, np.ndarray]


def one_hot(true: np.ndarray, classes: int) -> np.ndarray:
    """Return a row of zeros and a one for each class number."""
    rows = np.zeros((len(true), classes))
    rows[np.arange(len(true)), true] = 1.0
    return rows


def blocks(samples: int, classes: int, as_rows: bool) -> Iterator[Block]:
    """Yield logits and their targets, a block at a time."""
    random = np.random.default_rng(0)
    true = random.integers(classes, size=samples)
    whole = as_rows and target_bytes(samples, classes)[0] <= LARGEST
    targets = one_hot(true, classes) if whole else true
    height = max(1, min(samples, BLOCK // classes))
    logits = random.normal(size=(height, classes))
    for start in range(0, samples, height):
        told = targets[start : start + height]
        yield logits[: len(told)], one_hot(told, classes) if as_rows and not whole else told


def evaluate(loss: MulticlassLoss, parts: Iterator[Block]) -> float:
    """Return the mean loss, having taken every gradient too."""
    total, count = 0.0, 0
    for logits, target in parts:
        total += float(np.sum(loss.value(logits, target)))
        loss.gradient(logits, target)
        count += len(logits)
    return total / count


def seconds(task: Callable[[], object]) -> float:
    begin = time.perf_counter()
    task()
    return time.perf_counter() - begin


def peak(loss: MulticlassLoss, samples: int, classes: int, as_rows: bool) -> int:
    """Return the most bytes that value and gradient of one block needed."""
    logits, target = next(blocks(samples, classes, as_rows))
    tracemalloc.start()
    loss.value(logits, target)
    loss.gradient(logits, target)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def in_words(size: float) -> str:
    """Return a number of bytes in words."""
    for unit in ("B", "kB", "MB"):
        if size < 1000.0:
            return f"{size:.4g} {unit}"
        size /= 1000.0
    return f"{size:.4g} GB"


def tell(samples: int, classes: int) -> None:
    """Print the two rows of one number of classes."""
    for loss, as_rows, size in zip(
        (CategoricalCrossEntropy(), SparseCategoricalCrossEntropy()),
        (True, False),
        target_bytes(samples, classes),
        strict=True,
    ):
        taken = seconds(lambda: evaluate(loss, blocks(samples, classes, as_rows)))  # noqa: B023
        kind = "one-hot rows" if as_rows else "class numbers"
        most = in_words(peak(loss, samples, classes, as_rows))
        row = f"{classes:>8}{samples:>9}  {kind:<15}{in_words(size):>10}"
        print(f"{row}{most:>12}{1e3 * taken:>10.4g}", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=1_000)
    samples = parser.parse_args().samples

    print(f"{'classes':>8}{'samples':>9}  {'targets':<15}{'they take':>10}{'peak':>12}{'ms':>10}")
    for classes in CLASSES:
        tell(samples, classes)


if __name__ == "__main__":
    main()
