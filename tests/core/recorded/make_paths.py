"""Record what scikit-learn says about paths and cross-validation, into paths.json.

It needs scikit-learn, which the tests do not: from the repository root,
`python -m tests.core.recorded.make_paths`.

Their costs and ours: Lasso and ElasticNet take (1/2n)‖y - Xw‖² + α r ‖w‖₁ + α (1 - r)/2 ‖w‖², so
our strength is 2α under L1 and 2α/(2 - ratio) under the elastic net, with r = ratio/(2 - ratio).
Ridge takes ‖y - Xw‖² + α ‖w‖², so our strength is α/n.
"""

import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.linear_model import (
    ElasticNetCV,
    LassoCV,
    Ridge,
    RidgeCV,
    enet_path,
    lars_path,
    lasso_path,
)

from core.penalties import ElasticNet
from core.regularization.cross_validation import folds

RATIOS = (0.25, 0.5, 0.9)
TIGHT = {"tol": 1e-14, "max_iter": 1_000_000}
SHARES = np.geomspace(1.05, 1e-3, 24)  # of the strength at which all coefficients are 0


def standardized() -> tuple[np.ndarray, np.ndarray]:
    told = load_diabetes(scaled=False)
    x = (told.data - told.data.mean(axis=0)) / told.data.std(axis=0)
    return x, told.target - told.target.mean()


def theirs(ratio: float, strength: float) -> tuple[float, float]:
    """Return alpha and l1_ratio of an elastic net of ours."""
    return strength * (2.0 - ratio) / 2.0, ratio / (2.0 - ratio)


def splits(count: int, k: int) -> list[tuple[np.ndarray, np.ndarray]]:
    fold = folds(count, k)
    return [(np.flatnonzero(fold != one), np.flatnonzero(fold == one)) for one in range(k)]


def of_lasso(x: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    top = 2.0 * np.abs(x.T @ y).max() / len(y)
    strengths = top * SHARES
    _, coefs, _ = lasso_path(x, y, alphas=strengths / 2.0, **TIGHT)
    alphas, _, corners = lars_path(x, y, method="lasso")
    return {
        "call": "lasso_path(X, y, alphas=strengths / 2, tol=1e-14, max_iter=1_000_000)",
        "strengths": strengths.tolist(),
        "coefficients": coefs.T.tolist(),
        "lars": "lars_path(X, y, method='lasso')",
        "breakpoints": (2.0 * alphas).tolist(),
        "at_breakpoints": corners.T.tolist(),
    }


def of_net(x: np.ndarray, y: np.ndarray, ratio: float) -> dict[str, Any]:
    top = 2.0 * np.abs(x.T @ y).max() / len(y) / ratio
    strengths = top * SHARES
    _, l1_ratio = theirs(ratio, 1.0)
    alphas = np.array([theirs(ratio, s)[0] for s in strengths])
    _, coefs, _ = enet_path(x, y, l1_ratio=l1_ratio, alphas=alphas, **TIGHT)
    return {
        "call": "enet_path(X, y, l1_ratio=ratio / (2 - ratio), alphas=strengths * (2 - ratio) / 2)",
        "penalty": repr(ElasticNet(ratio)),
        "strengths": strengths.tolist(),
        "coefficients": coefs.T.tolist(),
    }


def of_ridge(x: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    strengths = 10.0 * SHARES
    rows = [Ridge(alpha=len(y) * s, fit_intercept=False, solver="svd").fit(x, y) for s in strengths]
    return {
        "call": "Ridge(alpha=n * strength, fit_intercept=False, solver='svd').fit(X, y).coef_",
        "strengths": strengths.tolist(),
        "coefficients": [one.coef_.tolist() for one in rows],
    }


def of_folds(x: np.ndarray, y: np.ndarray, k: int) -> dict[str, Any]:
    """Return the mean square error of every strength on every fold, and the strength chosen."""
    told = splits(len(y), k)
    top = 2.0 * np.abs(x.T @ y).max() / len(y)
    strengths = top * np.geomspace(1e-3, 1.0, 20)
    lasso = LassoCV(alphas=strengths / 2.0, cv=told, **TIGHT).fit(x, y)
    alpha, l1_ratio = theirs(0.5, 1.0)
    net = ElasticNetCV(l1_ratio=l1_ratio, alphas=strengths * alpha, cv=told, **TIGHT).fit(x, y)
    # Ridge's α grows with the number of rows learnt from: folds of alike sizes get one each.
    ridge = np.empty((len(strengths), k))
    for column, (learnt, out) in enumerate(told):
        for row, strength in enumerate(strengths):
            fit = Ridge(alpha=len(learnt) * strength).fit(x[learnt], y[learnt])
            ridge[row, column] = np.mean((y[out] - fit.predict(x[out])) ** 2)
    chosen = RidgeCV(
        alphas=[np.mean([len(a) for a, _ in told]) * s for s in strengths],
        cv=told,
        scoring="neg_mean_squared_error",
    ).fit(x, y)
    return {
        "calls": [
            "LassoCV(alphas=strengths / 2, cv=folds).fit(X, y).mse_path_",
            "ElasticNetCV(l1_ratio=1 / 3, alphas=strengths * 0.75, cv=folds).fit(X, y).mse_path_",
            "Ridge(alpha=n_learnt * strength).fit(X[learnt], y[learnt]), fold by fold",
            "RidgeCV(alphas=mean n_learnt * strengths, cv=folds).fit(X, y).alpha_",
        ],
        "strengths": strengths.tolist(),
        "lasso": lasso.mse_path_[::-1].tolist(),
        "lasso_chosen": 2.0 * lasso.alpha_,
        "net": net.mse_path_[::-1].tolist(),
        "net_chosen": net.alpha_ / alpha,
        "ridge": ridge.tolist(),
        "ridge_chosen": chosen.alpha_ / float(np.mean([len(a) for a, _ in told])),
    }


def main() -> None:
    x, y = standardized()
    told = {
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ("scikit-learn", "numpy")},
        "data": "load_diabetes(scaled=False), standardized",
        "lasso": of_lasso(x, y),
        "net": {str(ratio): of_net(x, y, ratio) for ratio in RATIOS},
        "ridge": of_ridge(x, y),
        "folds": {str(k): of_folds(x, y, k) for k in (5, 10)},
    }
    path = Path(__file__).with_name("paths.json")
    path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
