"""What a reader of the page of decisions can take along, and its formulas in numbers."""

import math
from string import Template

import numpy as np

from core.decisions.best_number import Criterion, LargestMiss, Window, expected
from core.declare import parameters
from core.losses.base import Array
from core.losses.residual import ResidualLoss
from core.worked import latex
from pages.ui.decisions.stage import answers_of, risks_of
from pages.ui.decisions.state import (
    ROW_LABELS,
    DecisionsState,
    cases_of,
    line_of,
    order_of,
    span_of,
)
from pages.ui.export import table_csv
from pages.ui.figures.parts import digits_among
from pages.ui.session import Store

_SHOWN = 3
_EXACT = 15  # digits of two numbers that are the same


def cost_formula(loss: Criterion) -> str:
    """Return what naming a number costs, as a formula."""
    if isinstance(loss, LargestMiss):
        return rf"C(a) = {loss.formula}"
    return r"C(a) = \frac1n \sum_i L(a - y_i)"


def loss_lines(loss: Criterion) -> list[str]:
    """Return what one outcome costs, where the cost is a mean."""
    return [] if isinstance(loss, LargestMiss) else [loss.formula]


def cost_lines(loss: Criterion, values: Array, a: float, cost: float) -> list[str]:
    """Return the same with its numbers plugged in: the first outcomes, and the mean of all."""
    n, told = len(values), []
    if isinstance(loss, LargestMiss):
        ends = [float(values.min()), float(values.max())]
        parts = [rf"|{difference(a, y)}|" for y in ends]
        return [rf"\max\bigl({parts[0]},\ {parts[1]}\bigr) = {latex(cost)}"]
    for i, y in enumerate(values[:_SHOWN].tolist()):
        r = a - y
        right = latex(float(_cost(loss, np.array(r))))
        worked = f"{loss.worked(r)} = {right}" if isinstance(loss, ResidualLoss) else right
        told.append(rf"r_{{{i + 1}}} = {difference(a, y)} = {latex(r)}: \quad L = {worked}")
    each = [latex(float(one)) for one in _cost(loss, a - values[:_SHOWN])]
    dots = r" + \dots" if n > _SHOWN else ""
    told.append(rf"C = \tfrac{{1}}{{{n}}}({' + '.join(each)}{dots}) = {latex(cost)}")
    return told


def difference(a: float, b: float) -> str:
    """Return a - b as it is written out: with so many digits that it comes to what it is."""
    apart = abs(a - b) / 100  # a digit more than the difference has: both are rounded
    first, second = _written(a, apart), _written(b, apart)
    return f"{first} - {second}" if b >= 0 and "cdot" not in second else f"{first} - ({second})"


def _written(value: float, apart: float) -> str:
    digits = digits_among(value, apart) if apart else _EXACT
    if digits <= 4:
        return latex(value)
    mantissa, power = f"{value:.{digits - 1}e}".split("e")
    if -5 < int(power) < 15:
        return np.format_float_positional(float(f"{mantissa}e{power}"), trim="-")
    return rf"{mantissa.rstrip('0').rstrip('.')} \cdot 10^{{{int(power)}}}"


def _cost(loss: ResidualLoss | Window, r: Array) -> Array:
    if isinstance(loss, Window):
        return (np.abs(r) > loss.half_width * (1 + 1e-12)).astype(np.float64)
    return loss.value(r)


# Tables ------------------------------------------------------------------------------------------


def outcomes_csv(store: Store[DecisionsState]) -> str:
    """Return the outcomes as they are on the screen."""
    line = line_of(store)
    return table_csv([line.base.label], ([value] for value in line.values.tolist()))


def best_csv(store: Store[DecisionsState]) -> str:
    """Return every low place of every compared loss, the lowest first."""
    rows = [
        (answer.name, valley.low, valley.high, valley.value)
        for answer in answers_of(store)
        for valley in answer.best.valleys
    ]
    return table_csv(("loss", "from", "to", "cost"), rows)


def costs_csv(store: Store[DecisionsState]) -> str:
    """Return what naming each number costs, a column for every compared loss, and an order."""
    state, line = store.now, line_of(store)
    numbers = np.linspace(*span_of(store), 401)
    columns = [expected(loss, line.outcomes, numbers) for loss in state.lines]
    columns.append(state.shop.expected_cost(numbers, line.outcomes))
    header = ("number", *(loss.name for loss in state.lines), "Newsvendor")
    return table_csv(header, np.column_stack([numbers, *columns]).tolist())


def risks_csv(store: Store[DecisionsState]) -> str:
    """Return the cost per case from each threshold up to the next."""
    believed, true, realised = risks_of(store.now)
    header, columns = ["threshold from", "as reported", "truly"], [believed.levels, true.levels]
    if realised is not None:
        header.append("as it came out")
        columns.append(realised.levels)
    return table_csv(header, np.column_stack([believed.edges, *columns]).tolist())


def examples_csv(store: Store[DecisionsState]) -> str:
    """Return the six examples with what each pays."""
    scored = store.now.scored
    rows = zip(ROW_LABELS, scored.scores.tolist(), scored.losses.tolist(), strict=True)
    return table_csv(("label", "score", "loss"), rows)


# A script ----------------------------------------------------------------------------------------


def script(store: Store[DecisionsState]) -> str:
    """Return a script in NumPy and SciPy that makes the main numbers again."""
    state, shop, prices = store.now, store.now.shop, store.now.price
    cases = cases_of(state)
    return _SCRIPT.substitute(
        outcomes=_row(line_of(store).values),
        losses="\n".join(f"    {loss.name!r}: lambda a: {_code(loss)}," for loss in state.lines),
        knobs="\n".join(_knobs(loss) for loss in state.lines if _knobs(loss)),
        kinks=_row(_kinks(state)),
        price=shop.price,
        cost=shop.cost,
        salvage=shop.salvage,
        order=order_of(store),
        probability=_row(cases.reported),
        truth=_row(cases.truth),
        label=cases.label.tolist(),
        miss=prices.miss,
        alarm=prices.alarm,
        gain=prices.gain,
        threshold=state.threshold,
        scores=list(state.scores),
        answers=[2 * y - 1 for y in ROW_LABELS],
        margin=_MARGINS[state.judge],
        cut=state.cut,
        strength=state.strength,
    )


def _row(values: Array) -> str:
    return f"np.array({values.tolist()})"


def _kinks(state: DecisionsState) -> Array:
    """Return how far from an outcome costs may turn."""
    told = {0.0}
    for loss in state.lines:
        if isinstance(loss, Window):
            told |= {-loss.half_width, loss.half_width}
        elif isinstance(loss, ResidualLoss) and loss.pieces is not None:
            told |= set(loss.pieces.kinks)
    return np.array(sorted(told))


def _knobs(loss: Criterion) -> str:
    """Return the knobs of a loss as assignments, their names made the loss's own."""
    return "\n".join(
        f"{_own(loss, name)} = {_literal(getattr(loss, name))}" for name in parameters(loss)
    )


def _own(loss: Criterion, name: str) -> str:
    return f"{type(loss).__name__.lower()}_{name}"


def _literal(value: float) -> str:
    return repr(float(value)) if math.isfinite(value) else f'float("{float(value)}")'


def _code(loss: Criterion) -> str:
    """Return what naming the number a costs, as an expression."""
    if isinstance(loss, LargestMiss):
        return "np.abs(a - y).max()"
    if isinstance(loss, Window):
        return f"np.mean(np.abs(a - y) > {_own(loss, 'half_width')} * (1 + 1e-12) + 1e-13)"
    defined = ", ".join(f"{name}={_own(loss, name)}" for name in parameters(loss))
    comma = f", {defined}" if defined else ""
    return f"np.mean((lambda r{comma}: {loss.code_value})(a - y))"


_MARGINS = {
    "LogisticLoss": "np.logaddexp(0, -m)",
    "Hinge": "np.maximum(1 - m, 0)",
    "SquaredHinge": "np.maximum(1 - m, 0) ** 2",
    "ZeroOne": "(m <= 0) * 1.0",
}

_SCRIPT = Template('''"""Best numbers, an order, a threshold and three words: the page again."""

import numpy as np
from scipy.optimize import minimize_scalar

y = $outcomes  # the outcomes
$knobs
losses = {
$losses
}
# Beside a grid, the places where a cost may turn: so far from an outcome.
kinks = $kinks
places = np.concatenate([np.linspace(y.min(), y.max(), 2001), np.add.outer(y, kinks).ravel()])


def best(cost):
    """Return a number of least cost: the best place, or a better one beside it."""
    tried = np.unique(places)
    costs = np.array([cost(a) for a in tried])
    i = int(costs.argmin())
    around = tried[max(i - 1, 0)], tried[min(i + 1, len(tried) - 1)]
    if around[0] == around[1]:
        return tried[i], costs[i]
    found = minimize_scalar(cost, bounds=around, method="bounded", options={"xatol": 1e-12})
    return (found.x, found.fun) if found.fun < costs[i] else (tried[i], costs[i])


for name, cost in losses.items():
    print(f"{name}: %.12g costs %.12g" % best(cost))

# Newsvendor: the best order is a quantile of the demand, its level a ratio of prices.
price, unit_cost, salvage, order = $price, $cost, $salvage, $order
short, over = price - unit_cost, unit_cost - salvage
ratio = short / (short + over)
best_order = np.quantile(y, ratio - 1e-12, method="inverted_cdf")


def loses(q):
    return np.mean(short * np.maximum(y - q, 0) + over * np.maximum(q - y, 0))


print(f"Ratio: {ratio:.12g}, best order: {best_order:.12g} loses {loses(best_order):.12g}")
print(f"Order: {order:.12g} loses {loses(order):.12g}")

# Threshold: act where the probability is above it.
reported, truth = $probability, $truth
label = np.array($label)
miss, alarm, gain, t = $miss, $alarm, $gain, $threshold


def risk(t, p):
    acts = reported > t
    return np.mean(np.where(acts, (1 - p) * alarm - p * gain, p * miss))


formula = alarm / (alarm + miss + gain)
print(f"Threshold asked for: {formula:.12g}, true risk there: {risk(formula, truth):.12g}")
print(f"Threshold {t:.12g}: true risk {risk(t, truth):.12g}, came out {risk(t, label):.12g}")

# Loss, cost, metric.
scores, signs = np.array($scores), np.array($answers)
cut, strength = $cut, $strength
m = signs * scores
each = $margin
objective = each.mean() + strength * np.mean(scores**2) / 2
accuracy = np.mean((scores > cut) == (signs > 0))
print(f"Cost: {each.mean():.12g}, objective: {objective:.12g}, accuracy: {accuracy:.12g}")
''')
