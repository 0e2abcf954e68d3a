"""Record what PyTorch, Keras, Optax and scikit-learn say about two classes, into margin.json.

Runs the very expressions that the losses show to the reader. It needs those four installed, which
the tests do not: from the repository root, `python -m tests.core.recorded.make_margin`.
"""

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "torch"

import jax
import keras
import numpy as np
import optax
import scipy.special
import sklearn.metrics
import torch

from core.declare import parameters
from core.losses.margin import (
    MARGIN_LOSSES,
    PROBABILITY_LOSSES,
    BinaryCrossEntropy,
    Brier,
    Focal,
    FocalProbability,
    Hinge,
    LogisticLoss,
    MarginLoss,
    Perceptron,
    ProbabilityLoss,
    SmoothedLogisticLoss,
    SquaredHinge,
    SquaredProbability,
    WeightedLogisticLoss,
    ZeroOne,
)

SETTINGS: tuple[MarginLoss | ProbabilityLoss, ...] = (
    LogisticLoss(),
    WeightedLogisticLoss(positive_weight=0.3),
    WeightedLogisticLoss(positive_weight=1.0),
    WeightedLogisticLoss(positive_weight=3.0),
    SmoothedLogisticLoss(epsilon=0.0),
    SmoothedLogisticLoss(epsilon=0.1),
    SmoothedLogisticLoss(epsilon=0.6),
    Hinge(margin=0.0),
    Hinge(margin=0.5),
    Hinge(margin=1.0),
    Hinge(margin=3.0),
    SquaredHinge(margin=0.5),
    SquaredHinge(margin=1.0),
    SquaredHinge(margin=3.0),
    Perceptron(),
    ZeroOne(),
    Focal(gamma=0.0),
    Focal(gamma=2.0),
    Focal(gamma=0.5, alpha=0.75),
    Focal(gamma=5.0, alpha=0.2),
    Brier(),
    BinaryCrossEntropy(),
    SquaredProbability(),
    FocalProbability(gamma=0.0),
    FocalProbability(gamma=0.5),
    FocalProbability(gamma=2.0),
)
MODULES = {
    "torch": torch,
    "keras": keras,
    "optax": optax,
    "jax": jax,
    "sklearn": sklearn,
    "scipy": scipy,
    "np": np,
}
PACKAGES = ("torch", "keras", "optax", "jax", "scikit-learn", "numpy", "scipy")

# No margin at which a recorded loss has a kink: there each library picks a slope of its own.
SIZES = (2.0**-20, 0.125, 0.25, 0.75, 1.5, 2.5, 4.0, 12.0, 30.0, 100.0, 700.0)
NEAR = (2.0**-20, 2.0**-10, 0.125, 0.25, 0.5, 0.75, 0.875, 1.0 - 2.0**-10, 1.0 - 2.0**-20)
FAR = (0.0, 1e-200, 1.0)


def grid(loss: MarginLoss | ProbabilityLoss) -> tuple[str, np.ndarray, np.ndarray]:
    """Return what the loss is said of, and every such number with both labels."""
    if isinstance(loss, ProbabilityLoss):
        name, numbers = "probability", np.array(NEAR + FAR)
    else:
        name, numbers = "score", np.array([sign * size for size in SIZES for sign in (-1.0, 1.0)])
    return name, np.repeat(numbers, 2), np.tile([-1.0, 1.0], len(numbers))


def evaluate(loss: MarginLoss | ProbabilityLoss, code: str, number: Any, label: Any) -> Any:
    knobs = {name: getattr(loss, name) for name in parameters(loss)}
    name = grid(loss)[0]
    return eval(code, {**MODULES, **knobs, name: number, "label": label})


def value(
    framework: str, loss: MarginLoss | ProbabilityLoss, code: str, number: float, label: float
) -> float:
    """Return what one sample costs there."""
    numbers, labels = np.array([number]), np.array([label])
    if framework in ("PyTorch", "Keras"):
        return float(evaluate(loss, code, torch.from_numpy(numbers), torch.from_numpy(labels)))
    if "hinge_loss" in code and framework == "scikit-learn":
        # It wants both labels: beside the one that counts, another one that costs nothing.
        numbers, labels = np.append(numbers, -1e6 * label), np.append(labels, -label)
        return 2.0 * float(evaluate(loss, code, numbers, labels))
    return float(np.squeeze(evaluate(loss, code, numbers, labels)))


def slope(
    framework: str, loss: MarginLoss | ProbabilityLoss, code: str, number: float, label: float
) -> float:
    """Return the framework's own derivative with respect to one score or probability."""
    if framework == "Optax":
        labels = jax.numpy.asarray(label)
        by_number = jax.grad(lambda at: evaluate(loss, code, at, labels))
        return float(by_number(jax.numpy.asarray(number)))

    numbers = torch.tensor([number], dtype=torch.float64, requires_grad=True)
    evaluate(loss, code, numbers, torch.tensor([label], dtype=torch.float64)).backward()
    return float(numbers.grad[0])


def told(numbers: list[float]) -> list[float | None]:
    """Return the numbers as JSON can tell them: None where there is none."""
    return [number if np.isfinite(number) else None for number in numbers]


def record(loss: MarginLoss | ProbabilityLoss, framework: str, code: str) -> dict[str, Any]:
    name, numbers, labels = grid(loss)
    pairs = list(zip(numbers.tolist(), labels.tolist(), strict=True))
    wrap = torch.from_numpy if framework in ("PyTorch", "Keras") else np.asarray
    slopes = None
    if framework != "scikit-learn":
        slopes = told([slope(framework, loss, code, *pair) for pair in pairs])
    return {
        "loss": type(loss).__name__,
        "parameters": {name: getattr(loss, name) for name in parameters(loss)},
        "framework": framework,
        "code": code,
        "of": name,
        "values": told([value(framework, loss, code, *pair) for pair in pairs]),
        "gradients": slopes,
        "reduced": np.asarray(evaluate(loss, code, wrap(numbers), wrap(labels))).tolist(),
    }


def main() -> None:
    jax.config.update("jax_enable_x64", True)
    keras.config.set_floatx("float64")
    samples = [grid(loss) for loss in (LogisticLoss(), BinaryCrossEntropy())]
    recorded = {
        "made by": "tests/core/recorded/make_margin.py",
        "versions": {name: version(name) for name in PACKAGES}
        | {"python": platform.python_version()},
        "samples": {
            name: {"numbers": numbers.tolist(), "labels": labels.tolist()}
            for name, numbers, labels in samples
        },
        "records": [
            record(loss, framework, call.code)
            for cls in (*MARGIN_LOSSES, *PROBABILITY_LOSSES)
            for loss in SETTINGS
            if type(loss) is cls
            for framework, call in loss.frameworks.items()
            if call is not None
        ],
    }
    path = Path(__file__).with_name("margin.json")
    path.write_text(json.dumps(recorded, indent=1) + "\n")


if __name__ == "__main__":
    main()
