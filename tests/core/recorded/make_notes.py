"""Record what frameworks say where a note under their call speaks of a small constant of theirs.

Runs the very expressions that the losses show to the reader, and two that a note speaks of, into
notes.json. It needs the frameworks installed, which the tests do not: from the repository root,
`python -m tests.core.recorded.make_notes`.
"""

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import sklearn.metrics
import torch

import core.losses as library

MODULES = {"torch": torch, "keras": keras, "sklearn": sklearn}
PACKAGES = ("torch", "keras", "scikit-learn", "numpy")

# The loss, the framework, what is left out of its call, and the arguments.
PLACES: tuple[tuple[str, str, str, dict[str, list[float]]], ...] = (
    ("PoissonLoss", "PyTorch", ", log_input=False, eps=0.0", {"prediction": [0.5], "target": [3]}),
    ("PoissonLoss", "PyTorch", ", eps=0.0", {"prediction": [1e-12], "target": [3]}),
    ("PoissonLoss", "Keras", "", {"prediction": [1e-12], "target": [3]}),
    ("GaussianNLL", "PyTorch", "", {"prediction": [1], "scale": [1e-5], "target": [1.01]}),
    ("AbsolutePercentageError", "Keras", "", {"prediction": [1], "target": [1e-12]}),
    ("AbsolutePercentageError", "scikit-learn", "", {"prediction": [1], "target": [1e-20]}),
    ("SquaredLogError", "Keras", "", {"prediction": [-0.5], "target": [3]}),
    ("SquaredLogError", "Keras", "", {"prediction": [3], "target": [-0.5]}),
    ("KLDivergence", "Keras", "", {"p": [[0.5, 0.5]], "q": [[1e-12, 1 - 1e-12]]}),
    ("KLDivergence", "Keras", "", {"p": [[1, 0]], "q": [[0.5, 0.5]]}),
    ("ReverseKL", "Keras", "", {"p": [[1e-12, 1 - 1e-12]], "q": [[0.5, 0.5]]}),
    ("CrossEntropy", "Keras", "", {"p": [[0.5, 0.5]], "q": [[1e-12, 1 - 1e-12]]}),
    ("CrossEntropy", "Keras", "", {"p": [[0, 1]], "q": [[1e-12, 1 - 1e-12]]}),
)


def record(
    loss: str, framework: str, left_out: str, arguments: dict[str, list[float]]
) -> dict[str, Any]:
    shown = getattr(library, loss).frameworks[framework].code
    code = shown.replace(left_out, "")
    assert (code != shown) == bool(left_out)
    wrap = np.array if framework == "scikit-learn" else torch.tensor
    dtype = np.float64 if framework == "scikit-learn" else torch.float64
    given = {name: wrap(values, dtype=dtype) for name, values in arguments.items()}
    value = float(np.squeeze(eval(code, {**MODULES, **given})))
    told = {"loss": loss, "framework": framework, "code": code}
    return told | {"arguments": arguments, "value": value}


def main() -> None:
    keras.config.set_floatx("float64")
    recorded = {
        "made by": "tests/core/recorded/make_notes.py",
        "versions": {name: version(name) for name in PACKAGES}
        | {"python": platform.python_version()},
        "records": [record(*place) for place in PLACES],
    }
    path = Path(__file__).with_name("notes.json")
    path.write_text(json.dumps(recorded, indent=1) + "\n")


if __name__ == "__main__":
    main()
