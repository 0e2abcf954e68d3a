"""The script of the page of two classes: its numbers made again in NumPy alone."""

from collections.abc import Iterator
from string import Template

from core.classification.linear import Slice
from core.classification.linear_fit import FitOutcome
from core.classification.linear_study import ClassifierStudy
from core.losses.margin import MarginLoss, ZeroOne
from pages.ui import export
from pages.ui.binary.state import BinaryState
from pages.ui.labelled.points import LabelledPoints
from pages.ui.labelled.script import Grown, check, comment, data, ended, imports, returned


def script(state: BinaryState, points: LabelledPoints, answer: ClassifierStudy) -> str:
    """Return a script in NumPy alone that checks the fit and walks the path again."""
    loss, path = state.loss(state.chosen), answer.trajectory
    taken = len(path.points) - 1
    return _SCRIPT.substitute(
        loss=loss.name,
        imports=imports(points),
        data=data(points, (-1, 1)),
        positive=repr(float(state.positive)),
        strength=repr(float(state.strength)),
        knobs=export.keywords(loss),
        value=returned(loss.code_value),
        gradient=returned(loss.code_gradient),
        names=", ".join(f'"{name}"' for name in answer.classifier.names),
        outcome=comment(f"As the page found it. {answer.fit.sentence}"),
        fit=answer.fit.theta.tolist(),
        check=check(next(_grown(answer), None)),
        cost=_over(answer, loss),
        walk=export.walk(state.rule),
        ended=ended(taken, state.steps),
        start=path.points[0].tolist(),
        steps=taken,
        end=path.outcome.value,
    )


def _grown(answer: ClassifierStudy) -> Iterator[Grown]:
    """Yield what costs less than a fit that is no minimum, of what the outcome speaks of."""
    if answer.fit.has_minimum:
        return
    shrinks = answer.fit.outcome is FitOutcome.SHRINKS
    for times, words in ((0.5, "half"),) if shrinks else ((2.0, "two"), (1000.0, "a thousand")):
        place = times * answer.fit.theta
        if answer.classifier.value(place) < answer.fit.value:
            yield Grown(f"{times!r} * fit", f"All of them times {words}", place)


def _over(answer: ClassifierStudy, loss: MarginLoss) -> str:
    """Return the cost over the two parameters of the landscape, and its slopes."""
    objective, names = answer.objective, answer.classifier.names
    if not isinstance(objective, Slice):
        return _best(loss)
    places = [names.index(name) for name in objective.axes]
    whole = [f"theta[{places.index(i)}]" if i in places else "" for i in range(len(names))]
    held = next((i for i, one in enumerate(whole) if not one), None)
    told = f"The landscape lies over {objective.axes[0]} and {objective.axes[1]}"
    if held is not None:
        value = float(objective.held[held])
        whole[held] = f"fit[{held}]" if value == answer.fit.theta[held] else repr(value)
        told += f"; {names[held]} is held"
    return Template(_HELD).substitute(told=told, whole=", ".join(whole), places=places)


def _best(loss: MarginLoss) -> str:
    """Return the cost over both weights, with the bias found anew for each pair of them."""
    told = loss.curve.properties
    if isinstance(loss, ZeroOne):
        return f"{_COUNTED}\n\n\n{_WITH_BEST}\n\n\n{_SMOOTH}"
    search = _BISECTED if told.convex else _VALLEYS
    return f"{search}\n\n\n{_WITH_BEST}\n\n\n{_SMOOTH if told.differentiable else _KINKED}"


_SCRIPT = Template('''"""Two classes under "$loss": the fit checked, the path walked again.

It needs NumPy alone.
"""

${imports}import numpy as np

np.seterr(all="ignore")  # a path that runs away reaches infinity, and stops there

$data

names = [$names]
design = np.column_stack([x, np.ones(len(x))])
charge = 1 / len(x) * np.where(label > 0, $positive, 1.0)  # what a loss counts, by class
strength = $strength  # of the penalty on the weights; the bias goes free


def loss(m, label$knobs):
$value


def loss_gradient(m, label$knobs):
$gradient


def full_cost(p):
    """Return what all parameters cost, the bias last."""
    return charge @ loss(label * (design @ p), label) + strength * (p[:-1] @ p[:-1])


def full_gradient(p):
    pull = label * charge * loss_gradient(label * (design @ p), label)
    return pull @ design + 2 * strength * np.append(p[:-1], 0)


def tell(p):
    told = ", ".join(f"{name} {value:.12g}" for name, value in zip(names, p))
    return f"{told}, cost {full_cost(p):.12g}"


$outcome
fit = np.array($fit)
print("Fit:", tell(fit))
$check


$cost


$walk

$ended
path = walk(np.array($start), $steps)
print(f"Path: {len(path) - 1} steps to", tell(full(path[-1])))
# How the page says that it ended.
print("$end")
''')

_HELD = """# $told.
def full(theta):
    return np.array([$whole])


def cost(theta):
    return full_cost(full(theta))


def cost_gradient(theta):
    return full_gradient(full(theta))[$places]"""

_WITH_BEST = """# The landscape lies over both weights, each pair with the bias that suits it best.
def full(theta):
    return np.append(theta, best_bias(x @ theta))


def cost(theta):
    return full_cost(full(theta))"""

_SMOOTH = '''def cost_gradient(theta):
    """Return the slopes by the weights, the bias held: the slope by it is 0 anyway."""
    return full_gradient(full(theta))[:2]'''

_KINKED = '''def cost_gradient(theta):
    """Return the slopes by the weights: points on a kink pull such that the slope by the bias is 0.

    How they pull lies between what they do just before the kink and just behind it.
    """
    scores = design @ full(theta)
    beside = 1e-9 * (1 + np.abs(scores).max())
    sides = [label * loss_gradient(label * (scores + side), label) for side in (-beside, beside)]
    fall, climb = sides[0] @ charge, sides[1] @ charge
    share = np.clip(-fall / (climb - fall), 0, 1) if climb > fall else 0.5
    pull = charge * ((1 - share) * sides[0] + share * sides[1])
    return pull @ x + 2 * strength * theta'''

_BISECTED = '''def best_bias(scores):
    """Return the bias of least cost: the middle of where the slope is 0, its ends by bisection."""

    def slope(b):
        return (charge * label) @ loss_gradient(label * (scores + b), label)

    rounding = 1e-15 * len(x) * charge.sum()
    reach = 1 + np.abs(scores).max()
    while (slope(-reach) > -rounding or slope(reach) < rounding) and reach < 1e9:
        reach *= 2
    ends = []
    for level in (-rounding, rounding):
        low, high = -reach, reach
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if slope(middle) < level else (low, middle)
        ends.append(low)
    return (ends[0] + ends[1]) / 2'''

_VALLEYS = '''def best_bias(scores):
    """Return the bias of least cost: of a fine grid, every dip is followed down by bisection."""

    def along(b):
        return charge @ loss(label * (scores + b), label)

    def slope(b):
        return (charge * label) @ loss_gradient(label * (scores + b), label)

    reach = 20 + np.abs(scores).max()
    grid = np.linspace(-reach, reach, 1 + int(min(8 * reach, 4000)))
    costs = np.array([along(b) for b in grid])
    found = []
    for i in np.flatnonzero((costs[1:-1] <= costs[:-2]) & (costs[1:-1] <= costs[2:])):
        low, high = grid[i], grid[i + 2]
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if slope(middle) < 0 else (low, middle)
        found.append(low)
    return min([*found, *grid[[0, -1]]], key=along)'''

_COUNTED = '''def best_bias(scores):
    """Return the middle of the widest gap between scores in which mistakes cost least."""
    order = np.argsort(-scores)
    edges = -scores[order]
    costs = np.append(0, np.cumsum((-label * charge)[order]))
    width = np.concatenate([[0], np.diff(edges), [0]])
    rounding = 4e-15 * np.abs(edges).max()
    costs[1:-1][width[1:-1] <= rounding] = np.inf  # scores that only rounding tells apart
    width[costs > costs.min() + 1e-12] = -1
    edges = np.concatenate([[edges[0] - 1], edges, [edges[-1] + 1]])
    best = width.argmax()
    return (edges[best] + edges[best + 1]) / 2'''
