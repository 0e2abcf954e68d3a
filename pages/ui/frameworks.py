"""A loss as code for other libraries, with the knobs as they are now."""

import ast
import dataclasses

from core.declare import parameters, switches
from core.losses import Loss, MarginLoss, ResidualLoss
from pages.ui.figures.parts import number

_ALIASES = {"np": "import numpy as np", "jnp": "import jax.numpy as jnp"}


@dataclasses.dataclass(frozen=True)
class Snippet:
    """Code to copy, and what to know about it."""

    code: str
    notes: tuple[str, ...]


def snippet(loss: Loss, framework: str) -> Snippet:
    """Return the loss in that framework, or what there is instead."""
    if framework == "NumPy":
        return _numpy(loss)
    call = loss.frameworks[framework]
    if call is None:
        ours = _numpy(loss)
        return Snippet(ours.code, (f"{framework} does not offer it. In NumPy:", *ours.notes)[:1])
    tree = ast.parse(call.code, mode="eval")
    expression = ast.unparse(_Knobs(loss).visit(tree))
    notes = [_reduction(call.reduction)]
    if call.factor != 1.0:
        notes.append(f"The value here is {number(call.factor)} times theirs.")
    if call.note:
        notes.append(call.note)
    imports = [*_imports(tree), ""] if _imports(tree) else []
    return Snippet("\n".join([*imports, f"loss = {expression}"]), tuple(notes))


def _reduction(reduction: str) -> str:
    return {
        "none": "It returns one number per sample: take their mean for the cost.",
        "mean": "It returns the mean over the samples.",
        "sum": "It returns the sum over the samples: divide by their number for the cost.",
    }.get(reduction, f"It reduces by {reduction}.")


class _Knobs(ast.NodeTransformer):
    """Puts the knobs of a loss in place of their names."""

    def __init__(self, loss: Loss) -> None:
        self._values = {name: getattr(loss, name) for name in (*parameters(loss), *switches(loss))}

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id not in self._values:
            return node
        return ast.copy_location(ast.Constant(self._values[node.id]), node)


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
    values = {name: getattr(loss, name) for name in (*parameters(loss), *switches(loss))}
    if isinstance(loss, ResidualLoss | MarginLoss):
        weighs = isinstance(loss, MarginLoss) and "label" in loss.code_value
        letter = loss.arguments[0].symbol + (", label=1" if weighs else "")
        knobs = [f"{name} = {value!r}" for name, value in values.items()]
        lines = ["import numpy as np", "", *knobs, *([""] if knobs else []), ""]
        for name, code in (("loss", loss.code_value), ("gradient", loss.code_gradient)):
            lines += [f"def {name}({letter}):", f"    return {code}", "", ""]
        return Snippet("\n".join(lines).rstrip(), ())
    kind = type(loss).__name__
    knobs = [f"{name}={value!r}" for name, value in values.items()]
    names = ", ".join(argument.name for argument in loss.arguments)
    module = type(loss).__module__
    code = f"from {module} import {kind}\n\nloss = {kind}({', '.join(knobs)}).value({names})"
    return Snippet(code, ("With this project's own NumPy core: one number per sample.",))
