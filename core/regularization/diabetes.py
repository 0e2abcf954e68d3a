"""The diabetes data: ten features of 442 patients, and how far the disease had gone in a year."""

import functools
from dataclasses import dataclass

import numpy as np

from core.data.story import Array, frozen, numbers, read

SOURCE = (
    "Efron, Hastie, Johnstone and Tibshirani (2004), Least angle regression, Annals of Statistics"
    " 32, 407–499"
)
NAMES = {
    "age": "Age",
    "sex": "Sex",
    "bmi": "Body mass index",
    "blood_pressure": "Blood pressure",
    "s1_tc": "Total cholesterol (s1)",
    "s2_ldl": "LDL cholesterol (s2)",
    "s3_hdl": "HDL cholesterol (s3)",
    "s4_tch": "Total / HDL (s4)",
    "s5_ltg": "Log triglycerides (s5)",
    "s6_glu": "Blood sugar (s6)",
}
SHORT = ("age", "sex", "BMI", "pressure", "s1", "s2", "s3", "s4", "s5", "s6")
TARGET = "Disease progression after a year"


@dataclass(frozen=True, eq=False)
class Diabetes:
    """Features of mean 0 and mean square 1, the target less its mean; and both as measured.

    names: what the features are. centre and spread: what was taken away and divided by.

    Shape: features and raw (442, 10), target (442,), centre and spread (10,).
    """

    names: tuple[str, ...]
    features: Array
    target: Array
    raw: Array
    centre: Array
    spread: Array
    level: float


@functools.cache
def diabetes() -> Diabetes:
    """Return the data, standardized over all patients."""
    columns = read("diabetes.csv")
    raw = frozen(np.column_stack([numbers(columns[key]) for key in NAMES]))
    progression = numbers(columns["progression"])
    centre, spread = raw.mean(axis=0), raw.std(axis=0)
    level = float(progression.mean())
    features = frozen((raw - centre) / spread)
    return Diabetes(
        tuple(NAMES.values()), features, frozen(progression - level), raw,
        frozen(centre), frozen(spread), level,
    )  # fmt: skip
