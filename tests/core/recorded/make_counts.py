"""Record what PyTorch, Keras, Optax and scikit-learn say about counts and scales.

Runs the very expressions that the losses show to the reader, into counts.json, and the two
deviances of scikit-learn that docstrings speak of. It needs those four installed, which the tests
do not: from the repository root, `python -m tests.core.recorded.make_counts`.
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
import sklearn.metrics
import torch

from core.losses.counts import COUNT_LOSSES, PairedLoss

MODULES = {"torch": torch, "keras": keras, "jax": jax, "optax": optax, "sklearn": sklearn}
PACKAGES = ("torch", "keras", "optax", "jax", "scikit-learn", "numpy")
DEVIANCES = {
    "PoissonLoss": "sklearn.metrics.mean_poisson_deviance(target, prediction)",
    "GammaLoss": "sklearn.metrics.mean_gamma_deviance(target, prediction)",
}

ARGUMENTS = {
    "prediction": np.array([0.125, 0.5, 1.0, 2.5, 7.0, 30.0, 1000.0, 3.0]),
    "scale": np.array([0.25, 1.0, 2.0, 0.5, 8.0, 1.5, 64.0, 0.125]),
    "target": np.array([0.5, 0.25, 3.0, 2.0, 7.5, 1.0, 1024.0, 40.0]),
}


def evaluate(code: str, arguments: dict[str, Any]) -> Any:
    return eval(code, {**MODULES, **arguments})


def slopes(loss: type[PairedLoss], framework: str, code: str) -> dict[str, list[float]] | None:
    """Return the framework's own derivatives with respect to what moves, one sample at a time."""
    if framework == "scikit-learn":
        return None
    moving = [argument.name for argument in loss.arguments if argument.moves]
    if framework == "Optax":
        return {
            name: [
                float(jax.grad(lambda at, i=i, name=name: evaluate(code, one(i) | {name: at}))(x))
                for i, x in enumerate(ARGUMENTS[name].tolist())
            ]
            for name in moving
        }
    found: dict[str, list[float]] = {name: [] for name in moving}
    for i in range(len(ARGUMENTS["target"])):
        here = {
            name: torch.tensor([x], dtype=torch.float64, requires_grad=name in moving)
            for name, x in one(i).items()
        }
        evaluate(code, here).backward()
        for name in moving:
            found[name].append(float(here[name].grad[0]))
    return found


def one(i: int) -> dict[str, float]:
    return {name: float(values[i]) for name, values in ARGUMENTS.items()}


def record(loss: type[PairedLoss], framework: str, code: str) -> dict[str, Any]:
    wrap = torch.tensor if framework in ("PyTorch", "Keras") else np.asarray
    samples = [
        {name: wrap(values[i : i + 1]) for name, values in ARGUMENTS.items()}
        for i in range(len(ARGUMENTS["target"]))
    ]
    together = {name: wrap(values) for name, values in ARGUMENTS.items()}
    return {
        "loss": loss.__name__,
        "framework": framework,
        "code": code,
        "values": [float(np.squeeze(evaluate(code, sample))) for sample in samples],
        "gradients": slopes(loss, framework, code),
        "reduced": np.asarray(evaluate(code, together)).tolist(),
    }


def main() -> None:
    jax.config.update("jax_enable_x64", True)
    keras.config.set_floatx("float64")
    classes = {cls.__name__: cls for cls in COUNT_LOSSES}
    recorded = {
        "made by": "tests/core/recorded/make_counts.py",
        "versions": {name: version(name) for name in PACKAGES}
        | {"python": platform.python_version()},
        "arguments": {name: values.tolist() for name, values in ARGUMENTS.items()},
        "records": [
            record(cls, framework, call.code)
            for cls in COUNT_LOSSES
            for framework, call in cls.frameworks.items()
            if call is not None
        ],
        "deviances": [
            record(classes[name], "scikit-learn", code) for name, code in DEVIANCES.items()
        ],
    }
    path = Path(__file__).with_name("counts.json")
    path.write_text(json.dumps(recorded, indent=1) + "\n")


if __name__ == "__main__":
    main()
