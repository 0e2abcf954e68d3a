"""Record what PyTorch, Keras and Optax say about embeddings, into embedding.json.

Runs the very expressions that the losses show to the reader. It needs those three installed, which
the tests do not: from the repository root, `python -m tests.core.recorded.make_embedding`.
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
import torch

from core.declare import parameters, switches
from core.losses.embedding import (
    EMBEDDING_LOSSES,
    Contrastive,
    CosineEmbedding,
    EmbeddingLoss,
    InfoNCE,
    NTXent,
    Triplet,
)

SETTINGS: tuple[EmbeddingLoss, ...] = (
    Contrastive(),
    Contrastive(margin=2.5),
    Contrastive(margin=2.5, squared=False),
    Triplet(),
    Triplet(margin=0.3),
    Triplet(squared=False),
    Triplet(margin=0.3, squared=False),
    InfoNCE(),
    InfoNCE(temperature=0.7),
    NTXent(),
    NTXent(temperature=0.7),
    CosineEmbedding(),
    CosineEmbedding(margin=0.4),
    CosineEmbedding(margin=-0.5),
)
MODULES = {"torch": torch, "keras": keras, "optax": optax, "jax": jax}
PACKAGES = ("torch", "keras", "optax", "jax", "numpy")
Arrays = list[np.ndarray]


def knobs(loss: EmbeddingLoss) -> dict[str, Any]:
    return {name: getattr(loss, name) for name in (*parameters(loss), *switches(loss))}


def cases(loss: EmbeddingLoss) -> list[Arrays]:
    """Return whole batches, and for losses of pairs and triplets each row on its own."""
    random = np.random.default_rng(5)
    if loss.shape == "(..., N, D)":
        return [[random.normal(size=(n, 3)) for _ in loss.arguments] for n in (2, 3, 5)]

    labels = {"same": (0.0, 1.0), "label": (-1.0, 1.0)}
    rows = [
        np.resize(labels[one.name], 12) if one.name in labels else random.normal(size=(12, 3))
        for one in loss.arguments
    ]
    return [rows, *([row[i : i + 1] for row in rows] for i in range(12))]


def run(loss: EmbeddingLoss, framework: str, code: str, arrays: Arrays) -> tuple[Any, Any]:
    """Return what the framework says, and its own gradient of the sum of that."""
    names = [argument.name for argument in loss.arguments]
    moving = [i for i, argument in enumerate(loss.arguments) if argument.moves]

    def said(*values: Any) -> Any:
        return eval(code, {**MODULES, **knobs(loss), **dict(zip(names, values, strict=True))})

    if framework == "Optax":
        values = [jax.numpy.asarray(array) for array in arrays]
        slopes = jax.grad(lambda *at: said(*at).sum(), argnums=tuple(moving))(*values)
        return np.asarray(said(*values)), [np.asarray(slope) for slope in slopes]

    tensors = [torch.from_numpy(array) for array in arrays]
    for i in moving:
        tensors[i].requires_grad_()
    result = said(*tensors)
    result.sum().backward()
    return result.detach().numpy(), [tensors[i].grad.numpy() for i in moving]


def record(loss: EmbeddingLoss, framework: str, code: str) -> dict[str, Any]:
    found = [run(loss, framework, code, [a.copy() for a in arrays]) for arrays in cases(loss)]
    return {
        "loss": type(loss).__name__,
        "parameters": knobs(loss),
        "framework": framework,
        "code": code,
        "results": [result.tolist() for result, _ in found],
        "gradients": [[slope.tolist() for slope in slopes] for _, slopes in found],
    }


def main() -> None:
    jax.config.update("jax_enable_x64", True)
    keras.config.set_floatx("float64")
    recorded = {
        "made by": "tests/core/recorded/make_embedding.py",
        "versions": {name: version(name) for name in PACKAGES}
        | {"python": platform.python_version()},
        "cases": {
            type(loss).__name__: [[array.tolist() for array in one] for one in cases(loss)]
            for loss in SETTINGS
        },
        "records": [
            record(loss, framework, call.code)
            for cls in EMBEDDING_LOSSES
            for loss in SETTINGS
            if type(loss) is cls
            for framework, call in loss.frameworks.items()
            if call is not None
        ],
    }
    path = Path(__file__).with_name("embedding.json")
    path.write_text(json.dumps(recorded, indent=None, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
