"""Record what PyTorch, Keras, Optax and scikit-learn say about logits, into multiclass.json.

Runs the very expressions that the losses show to the reader. It needs those four installed, which
the tests do not: from the repository root, `python -m tests.core.recorded.make_multiclass`.
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
from core.losses.multiclass import (
    MULTICLASS_LOSSES,
    CategoricalCrossEntropy,
    LabelSmoothing,
    MulticlassBrier,
    MulticlassFocal,
    MulticlassHinge,
    MulticlassLoss,
    SparseCategoricalCrossEntropy,
)

SETTINGS: tuple[MulticlassLoss, ...] = (
    CategoricalCrossEntropy(),
    SparseCategoricalCrossEntropy(),
    LabelSmoothing(epsilon=0.0),
    LabelSmoothing(epsilon=0.1),
    LabelSmoothing(epsilon=0.5),
    MulticlassHinge(margin=0.5),
    MulticlassHinge(margin=1.0),
    MulticlassHinge(margin=2.5),
    MulticlassFocal(gamma=0.0),
    MulticlassFocal(gamma=0.5),
    MulticlassFocal(gamma=1.0),
    MulticlassFocal(gamma=2.0),
    MulticlassFocal(gamma=5.0),
    MulticlassBrier(),
)
MODULES = {
    "torch": torch,
    "keras": keras,
    "optax": optax,
    "jax": jax,
    "scipy": scipy,
    "sklearn": sklearn,
}
PACKAGES = ("torch", "keras", "optax", "jax", "scikit-learn", "scipy", "numpy")

NEAR = (
    (0.5, -1.0, 2.0, 0.25),
    (1.0, 1.0, -2.0, 1.0),
    (4.0, 0.0, -1.0, 1.0),
    (-3.0, 2.5, 2.25, 0.0),
    (-5.0, -4.0, -7.5, -6.0),
    (5.0, -5.0, 0.0, 2.5),
    (0.0, -0.5, 3.0, 3.0),
)
FAR = (
    (0.0, 30.0, 0.0, -2.0),
    (700.0, 0.0, -700.0, 1.0),
    (1e4, -1e4, 0.0, 5.0),
)
TRUE = (0, 2, 0, 1, 2, 1, 0, 1, 2, 1)
SOFT = ((0.5, 0.25, 0.125, 0.125), (0.0, 0.75, 0.25, 0.0), (0.25, 0.25, 0.25, 0.25))


def samples() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return logits, classes and target rows: the first half one-hot, then the same logits soft."""
    logits = np.array(NEAR + FAR)
    soft = np.resize(np.array(SOFT), logits.shape)
    rows = np.concatenate((np.eye(logits.shape[1])[list(TRUE)], soft))
    return np.tile(logits, (2, 1)), np.array(TRUE), rows


def spoken_of(loss: MulticlassLoss, framework: str, note: str) -> list[int]:
    """Return the samples for which the call is meant."""
    hard = list(range(len(TRUE)))
    numbered = loss.arguments[1].symbol == "y"
    every = hard if numbered or framework == "scikit-learn" else list(range(2 * len(hard)))
    clipped = "probabilities 1e-7 away" in note or "lifts probabilities" in note
    return [i for i in every if not clipped or i % len(hard) < len(NEAR)]


def evaluate(loss: MulticlassLoss, code: str, logits: Any, target: Any) -> Any:
    knobs = {name: getattr(loss, name) for name in parameters(loss)}
    return eval(code, {**MODULES, **knobs, "logits": logits, "target": target})


def slope(framework: str, loss: MulticlassLoss, code: str, logits: Any, target: Any) -> list[float]:
    """Return the framework's own derivatives with respect to the logits of one sample."""
    if framework == "Optax":
        by_logits = jax.grad(lambda at: evaluate(loss, code, at, target).sum())
        return np.asarray(by_logits(logits))[0].tolist()

    point = torch.tensor(logits, requires_grad=True)
    evaluate(loss, code, point, torch.from_numpy(target)).sum().backward()
    return point.grad[0].tolist()


def record(loss: MulticlassLoss, framework: str, code: str, note: str) -> dict[str, Any]:
    wrap = torch.from_numpy if framework in ("PyTorch", "Keras") else np.asarray
    logits, classes, rows = samples()
    chosen = spoken_of(loss, framework, note)
    told = (classes if loss.arguments[1].symbol == "y" else rows)[chosen]
    scores = logits[chosen]

    singles = [(scores[[i]], told[[i]]) for i in range(len(chosen))]
    slopes = None
    if framework != "scikit-learn":
        slopes = [slope(framework, loss, code, *single) for single in singles]
    return {
        "loss": type(loss).__name__,
        "parameters": {name: getattr(loss, name) for name in parameters(loss)},
        "framework": framework,
        "code": code,
        "samples": chosen,
        "values": [
            float(np.squeeze(evaluate(loss, code, wrap(one), wrap(target))))
            for one, target in singles
        ],
        "gradients": slopes,
        "reduced": np.asarray(evaluate(loss, code, wrap(scores), wrap(told))).tolist(),
    }


def main() -> None:
    jax.config.update("jax_enable_x64", True)
    keras.config.set_floatx("float64")
    logits, classes, rows = samples()
    recorded = {
        "made by": "tests/core/recorded/make_multiclass.py",
        "versions": {name: version(name) for name in PACKAGES}
        | {"python": platform.python_version()},
        "logits": logits.tolist(),
        "classes": classes.tolist(),
        "rows": rows.tolist(),
        "records": [
            record(loss, framework, call.code, call.note)
            for cls in MULTICLASS_LOSSES
            for loss in SETTINGS
            if type(loss) is cls
            for framework, call in loss.frameworks.items()
            if call is not None
        ],
    }
    path = Path(__file__).with_name("multiclass.json")
    path.write_text(json.dumps(recorded, indent=1) + "\n")


if __name__ == "__main__":
    main()
