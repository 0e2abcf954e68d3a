"""Record what PyTorch, Keras, Optax and scikit-learn say about penalties, into penalties.json.

Runs the very expressions that the penalties show to the reader, and what their notes speak of. It
needs those four installed, which the tests do not: from the repository root,
`python -m tests.core.recorded.make_penalties`.
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
from scipy.linalg import hadamard
from sklearn import linear_model

from core.declare import parameters
from core.penalties import L1, L2, PENALTIES, ElasticNet, GroupLasso, Penalty

SETTINGS: tuple[Penalty, ...] = (
    L1(),
    L2(),
    ElasticNet(ratio=0.0),
    ElasticNet(ratio=0.25),
    ElasticNet(ratio=0.5),
    ElasticNet(ratio=1.0),
    GroupLasso(size=1),
    GroupLasso(size=2),
    GroupLasso(size=4),
)
MODULES = {"torch": torch, "keras": keras, "optax": optax}
PACKAGES = ("torch", "keras", "optax", "jax", "scikit-learn", "numpy")

THETA = np.array(
    [
        [0.0, 0.0, 0.0, 0.0],
        [1.0, -0.25, 0.0, 3.0],
        [0.0, 0.0, -2.0, 0.5],
        [1e-3, -1e-3, 40.0, -1e6],
        [-0.75, 0.3, 0.6, -1.9],
    ]
)
STRENGTHS = (0.0, 0.125, 0.5, 2.0)
RATIOS = (0.25, 0.5, 0.75)


def evaluate(penalty: Penalty, code: str, theta: Any) -> Any:
    knobs = {name: getattr(penalty, name) for name in parameters(penalty)}
    return eval(code, {**MODULES, **knobs, "theta": theta})


def slope(framework: str, penalty: Penalty, code: str, row: np.ndarray) -> list[float]:
    """Return the framework's own gradient with respect to one row of coefficients."""
    if framework == "Optax":
        return np.asarray(jax.grad(lambda at: evaluate(penalty, code, at))(row)).tolist()
    theta = torch.tensor(row, requires_grad=True)
    evaluate(penalty, code, theta).backward()
    return theta.grad.tolist()


def record(penalty: Penalty, framework: str, code: str) -> dict[str, Any]:
    wrap = jax.numpy.asarray if framework == "Optax" else torch.from_numpy
    return {
        "penalty": type(penalty).__name__,
        "parameters": {name: getattr(penalty, name) for name in parameters(penalty)},
        "framework": framework,
        "code": code,
        "values": [float(evaluate(penalty, code, wrap(row))) for row in THETA],
        "gradients": [slope(framework, penalty, code, row) for row in THETA],
        "reduced": np.asarray(evaluate(penalty, code, wrap(THETA))).tolist(),
    }


def softened() -> list[dict[str, Any]]:
    """Return what PyTorch's soft thresholding makes of the coefficients."""
    shrink = torch.nn.functional.softshrink
    theta = torch.from_numpy(THETA)
    return [{"strength": s, "drawn in": shrink(theta, s).tolist()} for s in STRENGTHS]


def decayed() -> list[dict[str, Any]]:
    """Return the gradient that weight decay adds in PyTorch, from one step at rate 1."""
    found = []
    for strength in STRENGTHS:
        theta = torch.tensor(THETA, requires_grad=True)
        theta.grad = torch.zeros_like(theta)
        torch.optim.SGD([theta], lr=1.0, weight_decay=strength).step()
        found.append({"strength": strength, "gradient": (THETA - theta.detach().numpy()).tolist()})
    return found


def fitted(model: Any, row: np.ndarray) -> list[float]:
    """Return the coefficients of a fit whose columns stand at right angles, of mean square 1.

    Without a penalty they would be the row.
    """
    design = hadamard(8)[:, 1 : 1 + len(row)].astype(float)
    return model.fit(design, design @ row).coef_.tolist()


def fits() -> list[dict[str, Any]]:
    """Return what scikit-learn's penalized fits make of coefficients, at right angles."""
    found = []
    exact = {"fit_intercept": False, "tol": 1e-15}
    for s in filter(None, STRENGTHS):
        models = [(L1(), linear_model.Lasso(alpha=s, **exact))]
        # Ridge sums its 8 squares without a half; the others take half their mean.
        models.append((L2(), linear_model.Ridge(alpha=8 * 2 * s, **exact)))
        for ratio in RATIOS:
            alpha, l1_ratio = (2 - ratio) * s, ratio / (2 - ratio)
            model = linear_model.ElasticNet(alpha=alpha, l1_ratio=l1_ratio, **exact)
            models.append((ElasticNet(ratio), model))
        found += [
            {
                "penalty": type(penalty).__name__,
                "parameters": {name: getattr(penalty, name) for name in parameters(penalty)},
                "strength": s,
                "coefficients": [fitted(model, row) for row in THETA],
            }
            for penalty, model in models
        ]
    return found


def main() -> None:
    jax.config.update("jax_enable_x64", True)
    keras.config.set_floatx("float64")
    recorded = {
        "made by": "tests/core/recorded/make_penalties.py",
        "versions": {name: version(name) for name in PACKAGES}
        | {"python": platform.python_version()},
        "theta": THETA.tolist(),
        "records": [
            record(penalty, framework, call.code)
            for cls in PENALTIES
            for penalty in SETTINGS
            if type(penalty) is cls
            for framework, call in penalty.frameworks.items()
            if call is not None
        ],
        "softshrink": softened(),
        "weight decay": decayed(),
        "scikit-learn fits": fits(),
    }
    path = Path(__file__).with_name("penalties.json")
    path.write_text(json.dumps(recorded, indent=1) + "\n")


if __name__ == "__main__":
    main()
