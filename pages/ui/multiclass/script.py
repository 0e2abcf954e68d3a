"""The script of the page of several classes: its numbers made again in NumPy alone."""

from collections.abc import Iterator
from string import Template

import numpy as np

from core.classification.softmax_fit import SoftmaxOutcome
from core.classification.softmax_regression import COLUMNS
from core.classification.softmax_study import SoftmaxStudy
from core.losses.multiclass import (
    CategoricalCrossEntropy,
    LabelSmoothing,
    MulticlassBrier,
    MulticlassFocal,
    MulticlassHinge,
    MulticlassLoss,
    SparseCategoricalCrossEntropy,
)
from pages.ui import export
from pages.ui.labelled.points import LabelledPoints
from pages.ui.labelled.script import (
    BILLIONTH,
    Grown,
    check,
    comment,
    data,
    ended,
    imports,
    rows,
)
from pages.ui.multiclass.state import MulticlassState

# With a penalty the hinge is fitted with corners rounded to that part of its margin.
_ROUNDED = ("1e-4", "a ten-thousandth")


def script(state: MulticlassState, points: LabelledPoints, answer: SoftmaxStudy) -> str:
    """Return a script in NumPy alone that checks the fit and walks the path again."""
    loss, path = answer.model.loss, answer.trajectory
    taken = len(path.points) - 1
    rounded = isinstance(loss, MulticlassHinge) and state.strength > 0
    classes = len(points.base.class_names)
    return _SCRIPT.substitute(
        loss=loss.name,
        imports=imports(points),
        data=data(points, range(classes)),
        classes=classes,
        strength=repr(float(state.strength)),
        losses=_losses(loss),
        outcome=comment(f"As the page found it. {answer.fit.sentence}"),
        fit=rows(answer.fit.weights),
        check=check(next(_grown(answer), None), _ROUNDED if rounded else BILLIONTH),
        over=" and ".join(f"{name} of class {k}" for k, name in state.over),
        classes_over=[k for k, _ in state.over],
        columns_over=[COLUMNS.index(name) for _, name in state.over],
        walk=export.walk(state.rule),
        ended=ended(taken, state.steps),
        start=path.points[0].tolist(),
        steps=taken,
        end=path.outcome.value,
    )


def _losses(loss: MulticlassLoss) -> str:
    """Return the functions of the loss and its gradient, and those that they call."""
    lines = Template(LOSSES[type(loss)]).substitute(knobs=export.keywords(loss))
    return _LOG_SOFTMAX + lines if "log_softmax" in lines else lines


def _grown(answer: SoftmaxStudy) -> Iterator[Grown]:
    """Yield what costs less than a fit that is no minimum, of what the outcome speaks of."""
    model, found = answer.model, answer.fit
    if found.has_minimum:
        return
    ways = [
        (f"{times!r} * fit", f"All of them times {words}", times * found.weights)
        for times, words in ((2.0, "two"), (1000.0, "a thousand"))
    ]
    if found.outcome is SoftmaxOutcome.EMPTY:
        k = int(np.argmin(np.bincount(model.label, minlength=model.count)))
        lower = np.arange(model.count) == k
        place = found.weights - np.outer(lower, (0.0, 0.0, 1.0))
        code = f"fit - np.outer(np.arange({model.count}) == {k}, [0, 0, 1])"
        ways = [(code, f"The bias of class {k}, which has no points, lowered by 1", place)]
    for code, words, place in ways:
        if model.value(place) < found.value:
            yield Grown(code, words, place)


_SCRIPT = Template('''"""Classes under "$loss": the fit checked, the path walked again.

It needs NumPy alone.
"""

${imports}import numpy as np

np.seterr(all="ignore")  # a path that runs away reaches infinity, and stops there

$data

target = np.eye($classes)[label]  # rows with a one for the class of the point
design = np.column_stack([x, np.ones(len(x))])
strength = $strength  # of the penalty on the weights; the biases go free


$losses


def full_cost(weights):
    """Return what all weights cost: rows (w1, w2, b), one for each class."""
    return loss(design @ weights.T).mean() + strength * (weights[:, :2] ** 2).sum()


def full_gradient(weights):
    pull = loss_gradient(design @ weights.T)
    return pull.T @ design / len(x) + 2 * strength * weights * [1, 1, 0]


$outcome
fit = $fit
print(f"Fit: cost {full_cost(fit):.12g}")
$check


# The landscape lies over $over; the others are as in the fit.
over = $classes_over, $columns_over


def full(theta):
    weights = fit.copy()
    weights[over] = theta
    return weights


def cost(theta):
    return full_cost(full(theta))


def cost_gradient(theta):
    return full_gradient(full(theta))[over]


$walk

$ended
path = walk(np.array($start), $steps)
end = ", ".join(f"{value:.12g}" for value in path[-1])
print(f"Path: {len(path) - 1} steps to {end}, cost {cost(path[-1]):.12g}")
# How the page says that it ended.
print("$end")
''')

_LOG_SOFTMAX = """def log_softmax(z):
    below = z - z.max(axis=1, keepdims=True)
    return below - np.log(np.exp(below).sum(axis=1, keepdims=True))


"""

_CROSS_ENTROPY = """def loss(z$knobs):
    return -(target * log_softmax(z)).sum(axis=1)


def loss_gradient(z$knobs):
    return np.exp(log_softmax(z)) - target"""

_SPARSE = """def loss(z$knobs):
    return -np.take_along_axis(log_softmax(z), label[:, None], axis=1)[:, 0]


def loss_gradient(z$knobs):
    gradient = np.exp(log_softmax(z))
    gradient[np.arange(len(z)), label] -= 1
    return gradient"""

_SMOOTHING = """def smoothed(epsilon):
    return (1 - epsilon) * target + epsilon / target.shape[1]


def loss(z$knobs):
    return -(smoothed(epsilon) * log_softmax(z)).sum(axis=1)


def loss_gradient(z$knobs):
    return np.exp(log_softmax(z)) - smoothed(epsilon)"""

_HINGE = """def leads(z):
    rivals = np.where(target == 1, -np.inf, z)
    return rivals, (target * z).sum(axis=1) - rivals.max(axis=1)


def loss(z$knobs):
    return np.maximum(margin - leads(z)[1], 0)


def loss_gradient(z$knobs):
    rivals, lead = leads(z)
    largest = rivals == rivals.max(axis=1, keepdims=True)  # equals share the push
    gradient = largest / largest.sum(axis=1, keepdims=True) - target
    return np.where(lead < margin, 1, 0)[:, None] * gradient"""

_FOCAL = """def surprise(z):
    \"\"\"Return log p of the true class and 1 - p, which is kept from 0: it is divided by.\"\"\"
    log_p = (target * log_softmax(z)).sum(axis=1)
    return log_p, np.maximum(-np.expm1(log_p), 1e-300)


def loss(z$knobs):
    log_p, rest = surprise(z)
    return -(rest**gamma) * log_p


def loss_gradient(z$knobs):
    log_p, rest = surprise(z)
    force = rest**gamma - gamma * rest ** (gamma - 1) * np.exp(log_p) * log_p
    return force[:, None] * (np.exp(log_softmax(z)) - target)"""

_BRIER = """def loss(z$knobs):
    return ((np.exp(log_softmax(z)) - target) ** 2).sum(axis=1)


def loss_gradient(z$knobs):
    p = np.exp(log_softmax(z))
    miss = p - target
    return 2 * p * (miss - (p * miss).sum(axis=1, keepdims=True))"""

LOSSES: dict[type[MulticlassLoss], str] = {
    CategoricalCrossEntropy: _CROSS_ENTROPY,
    SparseCategoricalCrossEntropy: _SPARSE,
    LabelSmoothing: _SMOOTHING,
    MulticlassHinge: _HINGE,
    MulticlassFocal: _FOCAL,
    MulticlassBrier: _BRIER,
}
