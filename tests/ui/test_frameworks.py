"""Code to copy: it names what it imports, holds the knobs as they are, and says what goes in."""

import ast
import inspect
import re

import numpy as np
import pytest

from core.declare import parameters, switches
from core.library.catalogue import FRAMEWORKS, LOSSES
from core.losses import (
    MARGIN_LOSSES,
    PROBABILITY_LOSSES,
    RESIDUAL_LOSSES,
    AbsolutePercentageError,
    Barron,
    BinaryCrossEntropy,
    Brier,
    Contrastive,
    CosineEmbedding,
    Focal,
    Hellinger,
    Hinge,
    Huber,
    JensenShannon,
    LogisticLoss,
    ModifiedHuber,
    MulticlassHinge,
    PoissonLoss,
    Quantile,
    SmoothedLogisticLoss,
    TotalVariation,
    Triplet,
)
from core.penalties import L1, L2, PENALTIES, ElasticNet
from pages.ui import frameworks
from pages.ui.frameworks import snippet

ALL = [kind() for kind in LOSSES]
every_loss = pytest.mark.parametrize("loss", ALL, ids=lambda loss: type(loss).__name__)
WRITTEN_OUT = (*RESIDUAL_LOSSES, *MARGIN_LOSSES, *PROBABILITY_LOSSES)


def names(code: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}


@every_loss
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_code_names_nothing_but_imports_and_arguments(loss, framework):
    told = snippet(loss, framework)
    if loss.frameworks[framework] is None:
        assert told.lead[0].startswith(f"No function of {framework} returns it.")
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


@pytest.mark.parametrize("kind", WRITTEN_OUT, ids=lambda kind: kind.__name__)
def test_numpy_code_runs_alone_and_gives_our_numbers(kind):
    loss = kind()
    made: dict[str, object] = {}
    exec(snippet(loss, "NumPy").code, made)  # our own text, and no one else's
    x = np.array([-3.0, -1.5, -0.2, 0.3, 0.7, 2.0])
    if kind in PROBABILITY_LOSSES:
        x = np.array([0.01, 0.3, 0.5, 0.99])
    np.testing.assert_allclose(made["loss"](x), loss.value(x), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(made["gradient"](x), loss.gradient(x), rtol=1e-12, atol=1e-14)


# What goes in


@every_loss
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_label_in_the_code_is_explained_beside_it(loss, framework):
    code = snippet(loss, framework).code
    if "label" in names(code) - {"margin"} and loss.frameworks[framework]:
        binary = isinstance(loss, (*MARGIN_LOSSES, *PROBABILITY_LOSSES))
        assert "# label: -1 or 1" in code
        assert ("2 * label - 1" in code) == binary


def test_our_own_letters_are_explained_in_our_own_code():
    assert "# r: prediction - target" in snippet(Huber(), "NumPy").code
    assert "# m: label * score, label being -1 or 1" in snippet(Hinge(), "NumPy").code
    told = snippet(BinaryCrossEntropy(), "NumPy").code
    assert "# p: the probability given to what came true" in told


@pytest.mark.parametrize("kind", PROBABILITY_LOSSES, ids=lambda kind: kind.__name__)
def test_a_probability_in_a_call_is_said_to_be_of_the_positive_class(kind):
    for framework in FRAMEWORKS:
        if kind().frameworks[framework]:
            code = snippet(kind(), framework).code
            assert "# probability: that of the positive class; p, that of what came true" in code


def test_an_embedding_knows_no_other_labels_than_its_own():
    code = snippet(CosineEmbedding(), "PyTorch").code
    assert "# label: -1 or 1" in code.splitlines()


# What comes out


@every_loss
def test_notes_say_how_it_reduces(loss):
    for framework, call in loss.frameworks.items():
        told = snippet(loss, framework).notes[0]
        if isinstance(loss, PENALTIES):
            assert told == "One number for the vector θ: add the strength times it to the cost."
        elif call:
            said = {"none": "one number per sample", "mean": "the mean", "sum": "the sum"}
            assert said[call.reduction] in told


def test_a_penalty_has_no_samples():
    for framework in (*FRAMEWORKS, "NumPy"):
        for loss in (L1(), L2(), ElasticNet()):
            told = snippet(loss, framework)
            assert "sample" not in " ".join((*told.lead, *told.notes))


@every_loss
def test_the_factor_stands_in_the_code_with_a_word_why(loss):
    for framework, call in loss.frameworks.items():
        if call is None:
            continue
        told = snippet(loss, framework)
        (line,) = [one for one in told.code.splitlines() if one.startswith("loss = ")]
        front = re.match(r"loss = ([\d.*]+) \* ", line)
        assert ("The factor" in " ".join(told.notes)) == (call.factor != 1.0)
        if call.factor != 1.0:
            assert front
            assert eval(front[1]) == call.factor  # digits and stars alone


def test_factors_are_written_as_a_hand_would():
    for loss, front in ((TotalVariation(), "0.5"), (Hellinger(), "0.5**0.5")):
        assert f"loss = {front} * torch" in snippet(loss, "PyTorch").code
        assert f"`{front}`" in " ".join(snippet(loss, "PyTorch").notes)
    assert "loss = 0.01 * keras" in snippet(AbsolutePercentageError(), "Keras").code


# What is not there


def test_what_a_framework_lacks_is_said_first_and_our_own_code_needs_no_core():
    told = snippet(Barron(), "PyTorch")
    assert told.lead == ("No function of PyTorch returns it. In NumPy:",)
    assert "core" not in told.code


def test_what_only_our_core_has_is_said_to_need_it():
    for framework in ("PyTorch", "NumPy"):
        told = snippet(JensenShannon(), framework)
        assert "from core.losses.divergence import JensenShannon" in told.code
        assert "It needs the core folder of this project beside it." in told.lead


def test_an_estimator_that_fits_with_a_loss_is_named_where_no_function_returns_it():
    assert "modified_huber" in snippet(ModifiedHuber(), "scikit-learn").lead[0]
    assert "Lasso" in snippet(L1(), "scikit-learn").lead[0]
    assert "mean_poisson_deviance" in snippet(PoissonLoss(), "scikit-learn").lead[0]
    assert "modified_huber" not in " ".join(snippet(ModifiedHuber(), "PyTorch").lead)
    for name in frameworks._ESTIMATORS:
        (loss,) = [one for one in ALL if type(one).__name__ == name]
        assert loss.frameworks["scikit-learn"] is None


@every_loss
def test_no_loss_is_said_not_to_be_offered(loss):
    for framework in (*FRAMEWORKS, "NumPy"):
        told = snippet(loss, framework)
        assert "does not offer" not in " ".join((*told.lead, *told.notes))


# How it is written


@every_loss
@pytest.mark.parametrize("framework", [*FRAMEWORKS, "NumPy"])
def test_code_is_written_as_a_hand_would(loss, framework):
    for one in (loss, *_turned(loss)):
        code = snippet(one, framework).code
        assert not re.search(r"[-+*/] (True|False)|(True|False) [-+*/]|= None|is not None", code)
        assert not re.search(
            r"\(\d[\d.]* [-+] \d[\d.]*\)|\* \(?0\b(?!\.)| \* 1(\.0)?\b(?!\.)", code
        )
        assert not re.search(r"\d\.\d{8}", code)


def _turned(loss):
    """Return the loss with its switches the other way, and with awkward numbers."""
    for name in switches(loss):
        yield type(loss)(**{name: not getattr(loss, name)})
    for name, one in parameters(loss).items():
        if one.accepts(0.7) and not one.optional and type(loss).__name__ != "GroupLasso":
            yield type(loss)(**{name: 0.7})


def test_switches_and_options_are_worked_out():
    assert ".pow(2) / 2" in snippet(Contrastive(squared=True), "PyTorch").code
    assert "if" not in snippet(Triplet(squared=False), "Optax").code
    assert "0.9 * label" in snippet(SmoothedLogisticLoss(0.1), "Optax").code
    assert "hinge_loss(score, label)" in snippet(Hinge(1.0), "Optax").code
    assert "hinge_loss(score + label * 0.5, label)" in snippet(Hinge(0.5), "Optax").code
    assert "2.0 * optax" in snippet(MulticlassHinge(2.0), "Optax").code
    assert "alpha" not in snippet(Focal(2.0, None), "Keras").code
    assert "alpha" not in snippet(Focal(2.0, None), "NumPy").code
    assert "alpha=0.25" in snippet(Focal(2.0, 0.25), "Keras").code
    assert "apply_class_balancing=True" in snippet(Focal(2.0, 0.25), "Keras").code


ARITHMETIC = (
    "a + 0", "0 + a", "a - 0", "0 - a", "a * 1", "1 * a", "a * 0", "0 * a", "a / 1", "1 / a",
    "a ** 1", "1 ** a", "a ** 2", "1 - 0.1", "2 * 3 + a", "a * (1 - 1)", "a + b * (1 - 1.0)",
    "(1 + True) * a", "a * (0.25 - 1)", "a - (1 - 2)", "a if None is not None else b", "-1 * a",
    "a / (1 + 1)", "a * -1", "2 - 1 - a", "min(a, b) * (1 + False)", "0.3 * 0.1 + a",
)  # fmt: skip


@pytest.mark.parametrize("text", ARITHMETIC)
def test_working_out_changes_no_value(text):
    tree = ast.parse(text, mode="eval")
    plain = ast.unparse(ast.fix_missing_locations(frameworks._Plain().visit(tree)))
    given = {"a": 1.7, "b": -0.6}
    assert eval(plain, dict(given)) == pytest.approx(eval(text, dict(given)), rel=1e-11)


@every_loss
def test_our_own_call_can_be_copied_too(loss):
    tree = ast.parse(snippet(loss, "NumPy").code)
    assert any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(tree))


def test_our_own_call_takes_the_arguments_in_their_order():
    for loss in ALL:
        if isinstance(loss, (*RESIDUAL_LOSSES, *MARGIN_LOSSES, *PROBABILITY_LOSSES)):
            continue
        made = next(
            node
            for node in ast.walk(ast.parse(snippet(loss, "NumPy").code))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        )
        taken = list(inspect.signature(loss.value).parameters)
        assert [one.id for one in made.args] == taken[: len(made.args)]


def test_a_score_is_the_number_before_any_sigmoid():
    for loss in (LogisticLoss(), Brier()):
        assert "# score: before any sigmoid" in snippet(loss, "PyTorch").code
