"""A loss as code for other libraries, with the knobs as they are now."""

import ast
import dataclasses
import operator
from collections.abc import Callable

from core.declare import Declared, parameters, switches
from core.losses import Loss, MarginLoss, ProbabilityLoss, ResidualLoss
from core.penalties import PENALTIES
from pages.ui.figures.parts import number

_ALIASES = {"np": "import numpy as np", "jnp": "import jax.numpy as jnp"}

# Where no function of scikit-learn returns a loss, what of scikit-learn has to do with it.
_ESTIMATORS = {
    "Huber": "`sklearn.linear_model.SGDRegressor(loss='huber', epsilon=δ)` fits with it.",
    "EpsilonInsensitive": (
        "`sklearn.linear_model.SGDRegressor(loss='epsilon_insensitive', epsilon=ε)` and "
        "`sklearn.svm.SVR(epsilon=ε)` fit with it."
    ),
    "WeightedLogisticLoss": (
        "`sklearn.linear_model.LogisticRegression(class_weight={1: weight})` fits with it."
    ),
    "SquaredHinge": (
        "`sklearn.svm.LinearSVC()` and `sklearn.linear_model.SGDClassifier(loss='squared_hinge')` "
        "fit with it, at a margin of 1."
    ),
    "ModifiedHuber": "`sklearn.linear_model.SGDClassifier(loss='modified_huber')` fits with it.",
    "Perceptron": "`sklearn.linear_model.SGDClassifier(loss='perceptron')` fits with it.",
    "Exponential": (
        "`sklearn.ensemble.GradientBoostingClassifier(loss='exponential')` fits with it."
    ),
    "PoissonLoss": (
        "`sklearn.linear_model.PoissonRegressor` fits with it, and "
        "`sklearn.metrics.mean_poisson_deviance` is twice what it costs more than a perfect "
        "prediction."
    ),
    "GammaLoss": (
        "`sklearn.linear_model.GammaRegressor` fits with it, and "
        "`sklearn.metrics.mean_gamma_deviance` is twice what it costs more than a perfect "
        "prediction."
    ),
    "Reconstruction": "On centred points `sklearn.decomposition.PCA` finds what makes it smallest.",
    "L1": "`sklearn.linear_model.Lasso(alpha)` adds alpha times it to half the mean squared error.",
    "L2": "`sklearn.linear_model.Ridge(alpha)` adds alpha times it to the sum of squared errors.",
    "ElasticNet": (
        "`sklearn.linear_model.ElasticNet` fits with it, but halves the square: for the same "
        "penalty its l1_ratio is ratio / (2 - ratio)."
    ),
}


@dataclasses.dataclass(frozen=True)
class Snippet:
    """Code to copy, what must be known before it, and what about it."""

    code: str
    notes: tuple[str, ...]
    lead: tuple[str, ...] = ()


def snippet(loss: Loss, framework: str) -> Snippet:
    """Return the loss in that framework, or what there is instead."""
    if framework == "NumPy":
        return _numpy(loss)
    call = loss.frameworks[framework]
    if call is None:
        return _instead(loss, framework)
    tree = ast.parse(call.code, mode="eval")
    expression = ast.unparse(_Plain().visit(_Knobs(loss).visit(tree)))
    if call.factor != 1.0:
        expression = f"{_factor(call.factor)} * {expression}"
    lines = [*_imports(tree), *_meant(loss, tree)]
    notes = [_reduction(loss, call.reduction)]
    if call.factor != 1.0:
        told = _factor(call.factor)
        notes.append(f"The factor `{told}` makes their number the loss that is shown here.")
    if call.note:
        notes.append(call.note)
    return Snippet("\n".join([*lines, *([""] if lines else []), f"loss = {expression}"]), (*notes,))


def _instead(loss: Loss, framework: str) -> Snippet:
    """Return our own code under a framework's name, saying that it is ours."""
    ours = _numpy(loss)
    lead = [f"No function of {framework} returns it."]
    if framework == "scikit-learn" and type(loss).__name__ in _ESTIMATORS:
        lead.append(_ESTIMATORS[type(loss).__name__])
    return Snippet(ours.code, ours.notes, (" ".join([*lead, "In NumPy:"]), *ours.lead))


def _reduction(loss: Loss, reduction: str) -> str:
    if isinstance(loss, PENALTIES):
        return "One number for the vector θ: add the strength times it to the cost."
    return {
        "none": "It returns one number per sample: take their mean for the cost.",
        "mean": "It returns the mean over the samples.",
        "sum": "It returns the sum over the samples: divide by their number for the cost.",
    }[reduction]


def _factor(factor: float) -> str:
    root = round(factor * factor, 12)
    short = number(factor)
    return short if float(short) == factor else f"{number(root)}**0.5"


def _meant(loss: Loss, tree: ast.AST) -> list[str]:
    """Return comments on what goes in, where the page's own words for it are others."""
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    lines = []
    if isinstance(loss, ProbabilityLoss):
        lines.append("# probability: that of the positive class; p, that of what came true, is")
        lines.append("# probability where label is 1, and 1 - probability where it is -1")
    if isinstance(loss, MarginLoss):
        lines.append("# score: before any sigmoid; the margin is label * score")
    if "label" in named:
        binary = isinstance(loss, MarginLoss | ProbabilityLoss)
        lines.append("# label: -1 or 1" + (" (from 0 and 1: 2 * label - 1)" if binary else ""))
    return ["", *lines] if lines else []


class _Knobs(ast.NodeTransformer):
    """Puts the knobs of a loss in place of their names."""

    def __init__(self, loss: Loss) -> None:
        self._values = {name: getattr(loss, name) for name in (*parameters(loss), *switches(loss))}

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id not in self._values:
            return node
        return ast.copy_location(ast.Constant(self._values[node.id]), node)


_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_IDLE: dict[type[ast.operator], tuple[float | None, float | None]] = {
    ast.Add: (0, 0),
    ast.Sub: (None, 0),
    ast.Mult: (1, 1),
    ast.Div: (None, 1),
    ast.Pow: (None, 1),
}  # what changes nothing on the left, and on the right


class _Plain(ast.NodeTransformer):
    """Works out what can be: 1 + True becomes 2, and what is multiplied by 0 goes."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        left, right, kind = _known(node.left), _known(node.right), type(node.op)
        both = left is not None and right is not None and kind in _BINARY
        if both and not (kind is ast.Div and right == 0):
            return _written(_BINARY[kind](left or 0, right or 0))
        if kind is ast.Mult and 0 in (left, right):
            return _written(0)
        before, after = _IDLE.get(kind, (None, None))
        if right is not None and right == after:
            return node.left
        return node.right if left is not None and left == before else node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        known, none = node.left, node.comparators[0]
        if not (isinstance(known, ast.Constant) and isinstance(node.ops[0], ast.IsNot)):
            return node
        return ast.Constant(known.value is not None) if _is_none(none) else node

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        self.generic_visit(node)
        if not isinstance(node.test, ast.Constant):
            return node
        return node.body if node.test.value else node.orelse

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        node.keywords = [one for one in node.keywords if not _is_none(one.value)]
        return node


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _known(node: ast.expr) -> float | None:
    """Return the number that an expression is, if it is one."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _known(node.operand)
        return None if inner is None else -inner
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float):
        return node.value if not isinstance(node.value, bool) else int(node.value)
    return None


def _written(value: float) -> ast.expr:
    """Return a number as code, without the digits that rounding left behind."""
    short = value if isinstance(value, int) else float(f"{value:.12g}")
    return ast.UnaryOp(ast.USub(), ast.Constant(-short)) if short < 0 else ast.Constant(short)


def _imports(tree: ast.AST) -> list[str]:
    """Return the lines that import what an expression names."""
    lines = set()
    for node in ast.walk(tree):
        dotted = _dotted(node)
        if dotted[:1] in (["sklearn"], ["scipy"]) and len(dotted) == 3:
            lines.add(f"import {'.'.join(dotted[:2])}")
        elif dotted and dotted[0] in ("torch", "keras", "optax", "jax"):
            lines.add(f"import {dotted[0]}")
        elif dotted and dotted[0] in _ALIASES:
            lines.add(_ALIASES[dotted[0]])
    return sorted(lines)


def _dotted(node: ast.AST) -> list[str]:
    """Return the parts of a dotted name, or nothing for any other expression."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        inner = _dotted(node.value)
        return [*inner, node.attr] if inner else []
    return []


def _numpy(loss: Loss) -> Snippet:
    if isinstance(loss, ResidualLoss | MarginLoss | ProbabilityLoss):
        return _written_out(loss)
    kind = type(loss).__name__
    told = ", ".join(f"{name}={value!r}" for name, value in _values(loss).items())
    names = ", ".join(argument.name for argument in loss.arguments)
    code = f"from {type(loss).__module__} import {kind}\n\nloss = {kind}({told}).value({names})"
    vector = isinstance(loss, PENALTIES)
    gives = _reduction(loss, "none") if vector else "It returns one number per sample."
    return Snippet(code, (gives,), ("It needs the core folder of this project beside it.",))


def _written_out(loss: ResidualLoss | MarginLoss | ProbabilityLoss) -> Snippet:
    """Return value and gradient as NumPy expressions, which run anywhere."""
    codes = {"loss": loss.code_value, "gradient": loss.code_gradient}
    named = {
        node.id
        for code in codes.values()
        for node in ast.walk(ast.parse(code, mode="eval"))
        if isinstance(node, ast.Name)
    }
    letter = loss.arguments[0].symbol + (", label=1" if "label" in named else "")
    knobs = [f"{name} = {value!r}" for name, value in _values(loss).items()]
    lines = ["import numpy as np", "", f"# {_letter(loss)}", *knobs, "", ""]
    for name, code in codes.items():
        lines += [f"def {name}({letter}):", f"    return {code}", "", ""]
    return Snippet("\n".join(lines).rstrip(), ("It returns one number per sample.",))


def _letter(loss: ResidualLoss | MarginLoss | ProbabilityLoss) -> str:
    if isinstance(loss, ResidualLoss):
        return "r: prediction - target"
    if isinstance(loss, MarginLoss):
        return "m: label * score, label being -1 or 1"
    return "p: the probability given to what came true"


def _values(loss: Declared) -> dict[str, float | bool | None]:
    """Return the knobs but those that are off as they are declared."""
    told = {name: getattr(loss, name) for name in (*parameters(loss), *switches(loss))}
    start = type(loss)()
    return {
        name: value
        for name, value in told.items()
        if value is not None or getattr(start, name) is not None
    }
