"""Record the paths that PyTorch's optimizers and scikit-learn's fits take, into optimizers.json.

It needs both installed, which the tests do not: from the repository root,
`python -m tests.core.recorded.make_optimizers`.
"""

import json
import platform
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import sklearn.linear_model
import torch

STEPS = 60

OPTIMIZERS: tuple[tuple[str, dict[str, float], str], ...] = (
    ("GradientDescent", {"learning_rate": 0.1}, "torch.optim.SGD(theta, lr=learning_rate)"),
    ("GradientDescent", {"learning_rate": 0.37}, "torch.optim.SGD(theta, lr=learning_rate)"),
    (
        "Momentum",
        {"learning_rate": 0.05, "beta": 0.9},
        "torch.optim.SGD(theta, lr=learning_rate, momentum=beta)",
    ),
    (
        "Momentum",
        {"learning_rate": 0.2, "beta": 0.5},
        "torch.optim.SGD(theta, lr=learning_rate, momentum=beta)",
    ),
    *(
        (
            "Adam",
            knobs,
            "torch.optim.Adam(theta, lr=learning_rate, betas=(beta1, beta2), eps=epsilon)",
        )
        for knobs in (
            {"learning_rate": 0.1, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
            {"learning_rate": 0.3, "beta1": 0.8, "beta2": 0.9, "epsilon": 1e-3},
        )
    ),
)

LOSSES: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "SquaredError": torch.nn.functional.mse_loss,
    "Huber": torch.nn.functional.huber_loss,
}


def points() -> tuple[np.ndarray, np.ndarray]:
    """Return points about a line with two outliers, the same on every machine."""
    x = np.linspace(-2.0, 2.5, 19)
    y = 1.5 * x - 0.5 + 0.5 * np.sin(9.0 * x)
    y[4] += 6.0
    y[15] -= 9.0
    return x, y


def path(code: str, knobs: dict[str, float], loss: str) -> dict[str, Any]:
    """Return the points, values and gradients of one descent."""
    x, y = map(torch.tensor, points())
    theta = torch.tensor([-2.0, 4.0], dtype=torch.float64, requires_grad=True)
    optimizer = eval(code, {"torch": torch, "theta": [theta], **knobs})
    rows = []
    for _ in range(STEPS + 1):
        optimizer.zero_grad()
        cost = LOSSES[loss](theta[0] * x + theta[1], y)
        cost.backward()
        rows.append([*theta.detach().tolist(), cost.item(), *theta.grad.tolist()])
        optimizer.step()
    return {"points": [r[:2] for r in rows], "values": [r[2] for r in rows],
            "gradients": [r[3:] for r in rows]}  # fmt: skip


def quantile_fits() -> list[dict[str, Any]]:
    """Return scikit-learn's quantile fits without penalty."""
    x, y = points()
    fits = []
    for tau in (0.1, 0.5, 0.8):
        model = sklearn.linear_model.QuantileRegressor(quantile=tau, alpha=0.0, solver="highs")
        model.fit(x[:, None], y)
        fits.append(
            {"tau": tau, "slope": float(model.coef_[0]), "intercept": float(model.intercept_)}
        )
    return fits


def main() -> None:
    x, y = points()
    recorded = {
        "made by": "tests/core/recorded/make_optimizers.py",
        "versions": {name: version(name) for name in ("torch", "scikit-learn", "numpy")}
        | {"python": platform.python_version()},
        "x": x.tolist(),
        "y": y.tolist(),
        "start": [-2.0, 4.0],
        "paths": [
            {"optimizer": name, "parameters": knobs, "loss": loss, "code": code}
            | path(code, knobs, loss)
            for name, knobs, code in OPTIMIZERS
            for loss in LOSSES
        ],
        "quantile fits": quantile_fits(),
    }
    target = Path(__file__).with_name("optimizers.json")
    target.write_text(json.dumps(recorded) + "\n")


if __name__ == "__main__":
    main()
