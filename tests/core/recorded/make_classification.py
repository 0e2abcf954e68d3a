"""Record what scikit-learn says of classifiers and their scores, into classification.json.

It needs scikit-learn, which the tests do not: from the repository root,
`python -m tests.core.recorded.make_classification`.

Ours is mean(loss) + λ |w|², theirs C Σ loss + ½ |w|² (LogisticRegression, LinearSVC, SVC): the same
at C = 1 / (2 n λ). SGDClassifier has mean(loss) + ½ α |w|²: the same at α = 2 λ. LinearSVC has the
intercept penalized as one more weight, of a feature that is `intercept_scaling`: at 30 its square
counts a 900th; SVC(kernel="linear") does not penalize it at all.
"""

import json
import platform
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
from sklearn import calibration, linear_model, metrics, svm

SEED = 7
STRENGTHS = (0.005, 0.05, 0.5)


def points(n: int, classes: int, spread: float, seed: int) -> dict[str, list]:
    rng = np.random.default_rng(seed)
    label = np.arange(n) % classes
    angle = 2 * np.pi * label / classes
    x = spread * np.column_stack([np.cos(angle), np.sin(angle)]) + rng.normal(size=(n, 2))
    return {"x": x.round(3).tolist(), "label": label.tolist()}


DATA = {"two": points(40, 2, 0.8, SEED), "lopsided": points(60, 2, 0.5, SEED + 1)}
DATA["lopsided"]["label"] = [
    int(one and i % 6 == 1) for i, one in enumerate(DATA["lopsided"]["label"])
]
MANY = {"three": points(60, 3, 1.2, SEED + 2), "five": points(80, 5, 2.0, SEED + 3)}


def theta(model) -> list[float]:
    return [*model.coef_[0].tolist(), float(model.intercept_[0])]


def fits() -> list[dict]:
    found = []
    for name, data in DATA.items():
        x, label, n = np.array(data["x"]), np.array(data["label"]), len(data["label"])
        for strength in STRENGTHS:
            c = 1 / (2 * n * strength)
            linear, sgd = svm.LinearSVC, linear_model.SGDClassifier
            falling = {"learning_rate": "invscaling", "eta0": 0.3, "power_t": 0.6, "average": True}
            slow = {"alpha": 2 * strength, "tol": None, "max_iter": 3000, "random_state": 0}
            wide = {"C": c, "intercept_scaling": 30.0, "max_iter": 20_000, "random_state": 0}
            models = [
                ("LogisticLoss", linear_model.LogisticRegression(C=c, tol=1e-12), 1e-8, 1e-4),
                ("Hinge", svm.SVC(kernel="linear", C=c, tol=1e-7, max_iter=1_000_000), 1e-5, 2e-2),
                ("Hinge", linear(loss="hinge", **wide), 1e-2, 0.3),
                ("SquaredHinge", linear(loss="squared_hinge", dual=False, **wide), 1e-3, 2e-2),
                ("LogisticLoss", sgd("log_loss", **slow, **falling), 2e-3, 0.2),
                ("ModifiedHuber", sgd("modified_huber", **slow, **falling), 2e-3, 0.2),
            ]
            for loss, model, tolerance, distance in models:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    fitted = model.fit(x, label)
                found.append(
                    {
                        "call": f"{name} {strength} {' '.join(repr(model).split())}",
                        "data": name,
                        "loss": loss,
                        "strength": strength,
                        "theta": theta(fitted),
                        "tolerance": tolerance,
                        "distance": distance,
                    }
                )
    return found


def several() -> list[dict]:
    found = []
    for name, data in MANY.items():
        x, label, n = np.array(data["x"]), np.array(data["label"]), len(data["label"])
        for strength in STRENGTHS:
            model = linear_model.LogisticRegression(
                C=1 / (2 * n * strength), tol=1e-12, max_iter=100_000, solver="newton-cg"
            ).fit(x, label)
            weights = np.column_stack([model.coef_, model.intercept_])
            found.append(
                {
                    "data": name,
                    "strength": strength,
                    "weights": weights.tolist(),
                    "probability": model.predict_proba(x[:5]).tolist(),
                    "loss": metrics.log_loss(label, model.predict_proba(x)),
                    "confusion": metrics.confusion_matrix(label, model.predict(x)).tolist(),
                }
            )
    return found


def scores() -> list[dict]:
    rng = np.random.default_rng(SEED)
    found = []
    for n, digits, share in ((30, 9, 0.5), (200, 1, 0.3), (500, 2, 0.04), (12, 0, 0.5)):
        label = (rng.random(n) < share).astype(int)
        label[:2] = 0, 1
        score = (rng.normal(size=n) + label).round(digits)
        p = 1 / (1 + np.exp(-score))
        counts = [
            metrics.confusion_matrix(label, score > t).ravel().tolist() for t in (-0.5, 0.0, 1.0)
        ]
        rates = [
            metrics.precision_recall_fscore_support(
                label, score > t, average="binary", zero_division=0.0
            )[:3]
            for t in (-0.5, 0.0, 1.0)
        ]
        alarms, recall, threshold = metrics.roc_curve(label, score, drop_intermediate=False)
        precision, recalls, _ = metrics.precision_recall_curve(label, score)
        found.append(
            {
                "label": label.tolist(),
                "score": score.tolist(),
                "probability": p.tolist(),
                "thresholds": [-0.5, 0.0, 1.0],
                "counts": counts,
                "rates": [[float(one) for one in row] for row in rates],
                "balanced": [
                    metrics.balanced_accuracy_score(label, score > t) for t in (-0.5, 0.0, 1.0)
                ],
                "roc": [alarms[1:].tolist(), recall[1:].tolist(), threshold[1:].tolist()],
                "area": metrics.roc_auc_score(label, score),
                "precision": precision.tolist(),
                "recall": recalls.tolist(),
                "average": metrics.average_precision_score(label, score),
                "log loss": metrics.log_loss(label, p),
                "brier": metrics.brier_score_loss(label, p),
                "calibration": {
                    kind: [
                        one.tolist()
                        for one in calibration.calibration_curve(label, p, n_bins=5, strategy=kind)
                    ]
                    for kind in ("uniform", "quantile")
                },
            }
        )
    return found


def main() -> None:
    recorded = {
        "made by": "tests/core/recorded/make_classification.py",
        "versions": {name: version(name) for name in ("scikit-learn", "numpy", "scipy")}
        | {"python": platform.python_version()},
        "data": {**DATA, **MANY},
        "fits": fits(),
        "several": several(),
        "scores": scores(),
    }
    path = Path(__file__).with_name("classification.json")
    path.write_text(json.dumps(recorded, indent=1) + "\n")


if __name__ == "__main__":
    main()
