"""Record what PyTorch, Keras, Optax and scikit-learn say about distributions.

Runs the very expressions that the losses show to the reader, into divergence.json. It needs those
four installed, which the tests do not: from the repository root,
`python -m tests.core.recorded.make_divergence`.
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

from core.losses.divergence import DIVERGENCES

MODULES = {"torch": torch, "keras": keras, "jax": jax, "optax": optax, "sklearn": sklearn}
PACKAGES = ("torch", "keras", "optax", "jax", "scikit-learn", "numpy")

P = np.array(
    [
        [0.25, 0.5, 0.125, 0.125],
        [0.0625, 0.0625, 0.375, 0.5],
        [0.015625, 0.234375, 0.6875, 0.0625],
        [0.5, 0.25, 0.125, 0.125],
    ]
)
Q = np.array(
    [
        [0.125, 0.375, 0.25, 0.25],
        [0.5, 0.25, 0.1875, 0.0625],
        [0.03125, 0.21875, 0.625, 0.125],
        [0.00390625, 0.00390625, 0.4921875, 0.5],
    ]
)


def evaluate(code: str, p: Any, q: Any) -> Any:
    return eval(code, {**MODULES, "p": p, "q": q})


def slopes(framework: str, code: str) -> list[list[float]] | None:
    """Return the framework's own gradients with respect to q, one row at a time."""
    if framework == "scikit-learn":
        return None
    if framework == "Optax":
        rows = [
            jax.grad(lambda at, p=p: evaluate(code, p, at))(q) for p, q in zip(P, Q, strict=True)
        ]
        return np.asarray(rows).tolist()
    rows = []
    for p, q in zip(P, Q, strict=True):
        at = torch.tensor(q[None], requires_grad=True)
        evaluate(code, torch.tensor(p[None]), at).sum().backward()
        rows.append(at.grad[0].tolist())
    return rows


def record(loss: str, framework: str, code: str) -> dict[str, Any]:
    wrap = torch.from_numpy if framework in ("PyTorch", "Keras") else np.asarray
    pairs = zip(P[:, None], Q[:, None], strict=True)
    return {
        "loss": loss,
        "framework": framework,
        "code": code,
        "values": [float(np.squeeze(evaluate(code, wrap(p), wrap(q)))) for p, q in pairs],
        "gradients": slopes(framework, code),
        "reduced": np.asarray(evaluate(code, wrap(P), wrap(Q))).tolist(),
    }


def main() -> None:
    jax.config.update("jax_enable_x64", True)
    keras.config.set_floatx("float64")
    recorded = {
        "made by": "tests/core/recorded/make_divergence.py",
        "versions": {name: version(name) for name in PACKAGES}
        | {"python": platform.python_version()},
        "p": P.tolist(),
        "q": Q.tolist(),
        "records": [
            record(cls.__name__, framework, call.code)
            for cls in DIVERGENCES
            for framework, call in cls.frameworks.items()
            if call is not None
        ],
    }
    path = Path(__file__).with_name("divergence.json")
    path.write_text(json.dumps(recorded, indent=1) + "\n")


if __name__ == "__main__":
    main()
