"""Record what PyTorch, Keras, Optax and scikit-learn say about residuals, into residual.json.

Runs the very expressions that the losses show to the reader. It needs those four installed, which
the tests do not: from the repository root, `python -m tests.core.recorded.make_residual`.
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

from core.declare import parameters
from core.losses import (
    RESIDUAL_LOSSES,
    AbsoluteError,
    Huber,
    LogCosh,
    Quantile,
    ResidualLoss,
    SquaredError,
)

SETTINGS: tuple[ResidualLoss, ...] = (
    SquaredError(),
    AbsoluteError(),
    Huber(delta=0.3),
    Huber(delta=1.0),
    Huber(delta=4.0),
    LogCosh(),
    Quantile(tau=0.1),
    Quantile(tau=0.5),
    Quantile(tau=0.75),
)
MODULES = {
    "torch": torch,
    "keras": keras,
    "optax": optax,
    "sklearn": sklearn,
}
PACKAGES = ("torch", "keras", "optax", "jax", "scikit-learn", "numpy")

SIZES = (0.0, 2.0**-20, 0.125, 0.25, 0.5, 1.0, 1.5, 4.0, 4.25, 30.0, 700.0, 720.0, 1e6)
TARGET = np.array([-2.0, 0.5, 3.0])


def grid() -> tuple[np.ndarray, np.ndarray]:
    """Return predictions and targets whose differences are exact."""
    residuals = np.array([sign * size for size in SIZES for sign in (-1.0, 1.0)])
    target = np.resize(TARGET, residuals.shape)
    return target + residuals, target


def evaluate(loss: ResidualLoss, code: str, prediction: Any, target: Any) -> Any:
    knobs = {name: getattr(loss, name) for name in parameters(loss)}
    return eval(code, {**MODULES, **knobs, "prediction": prediction, "target": target})


def slope(framework: str, loss: ResidualLoss, code: str, point: float, target: float) -> float:
    """Return the framework's own derivative with respect to one prediction."""
    if framework == "Optax":
        by_prediction = jax.grad(lambda at: evaluate(loss, code, at, target))
        return float(by_prediction(point))

    prediction = torch.tensor([point], dtype=torch.float64, requires_grad=True)
    evaluate(loss, code, prediction, torch.tensor([target], dtype=torch.float64)).backward()
    return float(prediction.grad[0])


def record(loss: ResidualLoss, framework: str, code: str) -> dict[str, Any]:
    tensors = framework in ("PyTorch", "Keras")
    wrap = torch.from_numpy if tensors else np.asarray
    predictions, targets = grid()

    values = [
        float(np.squeeze(evaluate(loss, code, wrap(prediction), wrap(target))))
        for prediction, target in zip(predictions[:, None], targets[:, None], strict=True)
    ]
    slopes = None
    if framework != "scikit-learn":
        pairs = zip(predictions.tolist(), targets.tolist(), strict=True)
        slopes = [slope(framework, loss, code, *pair) for pair in pairs]
    return {
        "loss": type(loss).__name__,
        "parameters": {name: getattr(loss, name) for name in parameters(loss)},
        "framework": framework,
        "code": code,
        "values": values,
        "gradients": slopes,
        "reduced": np.asarray(evaluate(loss, code, wrap(predictions), wrap(targets))).tolist(),
    }


def main() -> None:
    jax.config.update("jax_enable_x64", True)
    keras.config.set_floatx("float64")
    predictions, targets = grid()
    recorded = {
        "made by": "tests/core/recorded/make_residual.py",
        "versions": {name: version(name) for name in PACKAGES}
        | {"python": platform.python_version()},
        "prediction": predictions.tolist(),
        "target": targets.tolist(),
        "records": [
            record(loss, framework, call.code)
            for cls in RESIDUAL_LOSSES
            for loss in SETTINGS
            if type(loss) is cls
            for framework, call in loss.frameworks.items()
            if call is not None
        ],
    }
    path = Path(__file__).with_name("residual.json")
    path.write_text(json.dumps(recorded, indent=1) + "\n")


if __name__ == "__main__":
    main()
