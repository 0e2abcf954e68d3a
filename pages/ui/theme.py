"""Colours, dashes and sizes, in one place."""

import dataclasses

from core.losses.base import Loss


@dataclasses.dataclass(frozen=True)
class Look:
    """How one loss is drawn everywhere: its colour, its dash, its marker."""

    color: str
    dash: str
    symbol: str


# Each colour stands out 3 to 1 from the white page and from the dark one; the dash and the marker
# say the same to an eye, or a projector, that does not tell colours apart.
LOOKS: dict[str, Look] = {
    "SquaredError": Look("#d3502f", "solid", "square"),
    "AbsoluteError": Look("#168f70", "dash", "diamond"),
    "Huber": Look("#2b7fd4", "longdash", "circle"),
    "LogCosh": Look("#a35bd0", "dashdot", "hexagon"),
    "Quantile": Look("#b07a0c", "dot", "triangle-up"),
    "EpsilonInsensitive": Look("#c43c86", "longdashdot", "triangle-down"),
    "Cauchy": Look("#1589a0", "6px,2px", "pentagon"),
    "Tukey": Look("#7d8419", "10px,3px,2px,3px", "star"),
    "Barron": Look("#7a74d6", "3px,3px", "cross"),
}
PLAIN = Look("#8a8f98", "solid", "circle")
_COLORS = tuple(one.color for one in LOOKS.values())
_DASHES = tuple(one.dash for one in LOOKS.values())
_SYMBOLS = tuple(one.symbol for one in LOOKS.values())
_OTHERS = (
    "LogisticLoss", "Hinge", "Focal", "SquaredHinge", "Exponential", "ZeroOne", "Brier",
    "ModifiedHuber", "Perceptron", "WeightedLogisticLoss", "SmoothedLogisticLoss",
    "BinaryCrossEntropy", "SquaredProbability", "FocalProbability",
    "CategoricalCrossEntropy", "SparseCategoricalCrossEntropy", "LabelSmoothing",
    "MulticlassHinge", "MulticlassFocal", "MulticlassBrier",
    "KLDivergence", "ReverseKL", "JensenShannon", "CrossEntropy", "TotalVariation", "Hellinger",
    "Wasserstein1",
    "PoissonLoss", "GammaLoss", "GaussianNLL", "AbsolutePercentageError", "SquaredLogError",
    "Contrastive", "Triplet", "InfoNCE", "NTXent", "CosineEmbedding",
    "KMeans", "Reconstruction", "BernoulliReconstruction",
    "L1", "L2", "ElasticNet", "GroupLasso",
)  # fmt: skip
for _index, _name in enumerate(_OTHERS):
    # Nine colours go round; each round pairs them with dashes not yet taken.
    _turned = (_index + 1 + _index // len(_COLORS)) % len(_DASHES)
    LOOKS[_name] = Look(_COLORS[_index % len(_COLORS)], _DASHES[_turned], _SYMBOLS[_turned])

# Viridis: perceptually uniform, dark at the bottom.
SEQUENTIAL = (
    "#440154", "#482878", "#3e4989", "#31688e", "#26828e",
    "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725",
)  # fmt: skip
ON_SURFACE = "#ffffff"
CASING = "rgba(0, 0, 0, 0.6)"
LEVEL = "rgba(255, 255, 255, 0.45)"
POINT = "#8a8f98"

# Classes differ by marker as well as by colour; the ends of a backdrop are the first two.
CLASSES = tuple(
    Look(color, "solid", symbol)
    for color, symbol in (
        ("#3b6fb6", "circle"), ("#c9780f", "square"), ("#2f8f5b", "triangle-up"),
        ("#9a4fb0", "diamond"), ("#b23a48", "cross"), ("#5b6b7a", "star"),
        ("#0e8c8c", "pentagon"), ("#8a6d1d", "hexagon"), ("#d0567f", "triangle-down"),
        ("#6a7f2a", "x"),
    )
)  # fmt: skip
SIDES = ("#8db2e3", "#f3f3f1", "#f2c27e")
MOVED = "#e0a100"

STAGE_HEIGHT = 400
SMALL_HEIGHT = 230
LARGE_TYPE = 1.35


def look(loss: Loss | type[Loss]) -> Look:
    """Return how a loss is drawn."""
    kind = loss if isinstance(loss, type) else type(loss)
    return LOOKS.get(kind.__name__, PLAIN)


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours, from 1 to 21, as WCAG 2.2 defines it."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    shares = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
