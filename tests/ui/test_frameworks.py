"""Code to copy: it names what it imports and holds the knobs as they are."""

import ast

import numpy as np
import pytest

from core.declare import parameters, switches
from core.library import FRAMEWORKS, LOSSES
from core.losses import MARGIN_LOSSES, RESIDUAL_LOSSES, Focal, Huber, LogisticLoss, Quantile
from pages.ui.frameworks import snippet

ALL = [kind() for kind in LOSSES]
every_loss = pytest.mark.parametrize("loss", ALL, ids=lambda loss: type(loss).__name__)


def names(code: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}


@every_loss
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_code_names_nothing_but_imports_and_arguments(loss, framework):
    told = snippet(loss, framework)
    if loss.frameworks[framework] is None:
        assert told.notes[0].startswith(f"{framework} does not offer it")
        return
    tree = ast.parse(told.code)
    imported = {
        (alias.asname or alias.name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    local = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    } | {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    arguments = {argument.name for argument in loss.arguments}
    given = {"prediction", "target", "score", "label", "probability"} | arguments
    builtin = {"len", "range", "sum", "float", "int", "abs", "max", "min"}
    assert names(told.code) <= imported | local | given | builtin


@every_loss
def test_no_knob_is_left_open(loss):
    for framework in FRAMEWORKS:
        call = loss.frameworks[framework]
        if call is not None:
            assert not names(snippet(loss, framework).code) & {*parameters(loss), *switches(loss)}


def test_the_knobs_are_those_of_the_screen():
    assert "delta=2.5" in snippet(Huber(2.5), "PyTorch").code
    assert "alpha=0.9" in snippet(Quantile(0.9), "scikit-learn").code


def test_imports_come_first_and_once():
    lines = snippet(Huber(), "PyTorch").code.splitlines()
    assert lines == [
        "import torch",
        "",
        "loss = torch.nn.functional.huber_loss(prediction, target, delta=1.0)",
    ]
    assert snippet(Quantile(), "scikit-learn").code.startswith("import sklearn.metrics\n")


@pytest.mark.parametrize(
    "loss", [kind() for kind in (*RESIDUAL_LOSSES, *MARGIN_LOSSES)], ids=lambda one: one.name
)
def test_numpy_code_runs_and_gives_our_numbers(loss):
    made: dict[str, object] = {}
    exec(snippet(loss, "NumPy").code, made)  # our own text, and no one else's
    x = np.array([-3.0, -1.5, -0.2, 0.3, 0.7, 2.0])
    np.testing.assert_allclose(made["loss"](x), loss.value(x), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(made["gradient"](x), loss.gradient(x), rtol=1e-12, atol=1e-14)


@every_loss
def test_our_own_call_can_be_copied_too(loss):
    tree = ast.parse(snippet(loss, "NumPy").code)
    assert any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(tree))


def test_notes_say_how_it_reduces_and_what_factor_lies_between():
    assert any("mean over the samples" in note for note in snippet(Huber(), "PyTorch").notes)
    assert any("one number per sample" in note for note in snippet(LogisticLoss(), "Optax").notes)
    for loss in ALL:
        for framework, call in loss.frameworks.items():
            told = " ".join(snippet(loss, framework).notes)
            assert ("times theirs" in told) == (call is not None and call.factor != 1.0)


def test_an_optional_knob_is_none_in_code():
    told = snippet(Focal(2.0, None), "NumPy").code
    assert "alpha = None" in told
