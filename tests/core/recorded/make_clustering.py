"""Record what PyTorch, Keras, Optax and scikit-learn say without labels, into clustering.json.

Runs the very expressions that the losses show to the reader, and scikit-learn's k-means from a
given start, step by step. It needs those four installed, which the tests do not: from the
repository root, `python -m tests.core.recorded.make_clustering`.
"""

import json
import os
import platform
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "torch"

import jax
import keras
import numpy as np
import optax
import sklearn.cluster
import sklearn.metrics
import torch

from core.losses.clustering import CLUSTERING_LOSSES, ClusteringLoss, KMeans
from core.losses.domain import PROBABILITY

MODULES = {"torch": torch, "keras": keras, "optax": optax, "sklearn": sklearn}
PACKAGES = ("torch", "keras", "optax", "jax", "scikit-learn", "numpy")


def cases(loss: ClusteringLoss) -> list[tuple[np.ndarray, np.ndarray]]:
    random = np.random.default_rng(5)
    found = []
    for count, width, kept in ((1, 1, 1), (7, 3, 2), (20, 4, 3)):
        points = random.normal(size=(count, width))
        if loss.arguments[0].domain == PROBABILITY:
            points = random.uniform(size=(count, width)).round(1)
        shape = (kept, width) if isinstance(loss, KMeans) else (width, kept)
        found.append((points, random.normal(size=shape)))
    return found


def run(
    loss: ClusteringLoss, framework: str, code: str, points: np.ndarray, moving: np.ndarray
) -> tuple[Any, Any]:
    """Return what the framework says, and its own gradient of the sum of that, if it has one."""
    names = [argument.name for argument in loss.arguments]

    def said(*values: Any) -> Any:
        return eval(code, {**MODULES, **dict(zip(names, values, strict=True))})

    if framework == "scikit-learn":
        return said(points, moving), None
    if framework == "Optax":
        fixed, at = jax.numpy.asarray(points), jax.numpy.asarray(moving)
        return said(fixed, at), jax.grad(lambda to: said(fixed, to).sum())(at)

    at = torch.tensor(moving, requires_grad=True)
    result = said(torch.tensor(points), at)
    result.sum().backward()
    return result.detach().numpy(), at.grad.numpy()


def record(loss: ClusteringLoss, framework: str, code: str) -> dict[str, Any]:
    found = [run(loss, framework, code, *arrays) for arrays in cases(loss)]
    return {
        "loss": type(loss).__name__,
        "framework": framework,
        "code": code,
        "results": [np.asarray(result).tolist() for result, _ in found],
        "gradients": [None if g is None else np.asarray(g).tolist() for _, g in found],
    }


def lloyd() -> dict[str, Any]:
    """Return scikit-learn's centroids after so many steps, and the sum of squares they leave."""
    random = np.random.default_rng(8)
    places = np.array([[0.0, 0.0], [4.0, 1.0], [1.0, 5.0]])
    points = places[np.arange(60) % 3] + random.normal(size=(60, 2))
    start = points[:3] * 0.3 + random.normal(size=(3, 2))
    steps = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it has not converged yet is the point
        for count in range(1, 8):
            fitted = sklearn.cluster.KMeans(
                3, init=start, n_init=1, max_iter=count, tol=0.0, algorithm="lloyd"
            ).fit(points)
            steps.append(
                {"centroids": fitted.cluster_centers_.tolist(), "inertia": fitted.inertia_}
            )
    return {"points": points.tolist(), "start": start.tolist(), "steps": steps}


def main() -> None:
    jax.config.update("jax_enable_x64", True)
    keras.config.set_floatx("float64")
    losses = [cls() for cls in CLUSTERING_LOSSES]
    recorded = {
        "made by": "tests/core/recorded/make_clustering.py",
        "versions": {name: version(name) for name in PACKAGES}
        | {"python": platform.python_version()},
        "cases": {
            type(loss).__name__: [[array.tolist() for array in one] for one in cases(loss)]
            for loss in losses
        },
        "records": [
            record(loss, framework, call.code)
            for loss in losses
            for framework, call in loss.frameworks.items()
            if call is not None
        ],
        "lloyd": lloyd(),
    }
    path = Path(__file__).with_name("clustering.json")
    path.write_text(json.dumps(recorded, indent=None, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
