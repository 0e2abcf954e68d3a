"""What a reader of the pages of classes takes along: scripts that give the page's numbers."""

import contextlib
import dataclasses
import functools
import re
import subprocess
import sys
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from core.classification.linear import BestBias
from core.classification.linear_fit import FitOutcome
from core.classification.softmax_fit import SoftmaxOutcome
from core.data.labelled import LabelledSet
from core.declare import parameters
from core.losses import (
    Brier,
    Focal,
    Hinge,
    LabelSmoothing,
    MulticlassFocal,
    MulticlassHinge,
    MulticlassLoss,
)
from core.losses.margin import MARGIN_LOSSES, MarginLoss
from core.losses.multiclass import MULTICLASS_LOSSES
from core.optimizers import OPTIMIZERS, Adam, GradientDescent, Momentum, Optimizer, Outcome
from pages.ui import details
from pages.ui.binary import script as classifier_script
from pages.ui.binary import stage as binary_stage
from pages.ui.binary import state as binary_state
from pages.ui.descent_state import OWN
from pages.ui.edits import Edits
from pages.ui.labelled.details import data_csv
from pages.ui.labelled.points import LabelledPoints
from pages.ui.multiclass import script as softmax_script
from pages.ui.multiclass import stage as multiclass_stage
from pages.ui.multiclass import state as multiclass_state
from pages.ui.session import Store
from tests.pages.opening import opened
from tests.pages.test_export import HOSTILE, run, skeleton, with_steps

STEPS = 20
RULES = {kind.__name__: kind() for kind in OPTIMIZERS}
TWO = tuple(kind.__name__ for kind in MARGIN_LOSSES)
SEVERAL = tuple(kind.__name__ for kind in MULTICLASS_LOSSES)

every_margin_loss = pytest.mark.parametrize("loss", TWO)
every_logit_loss = pytest.mark.parametrize("loss", SEVERAL)
every_rule = pytest.mark.parametrize("rule", RULES)


@dataclasses.dataclass(frozen=True, eq=False)
class Screen:
    """A screen of either page, and the numbers it shows."""

    state: Any
    points: LabelledPoints
    answer: Any
    extent: np.ndarray
    script: str

    @property
    def end(self) -> np.ndarray:
        """All that a script says of where the path ends."""
        path, full = self.answer.trajectory.points[-1], self.answer.full[-1]
        return full if full.ndim == 1 else path


def screen(
    page: ModuleType,
    stage: ModuleType,
    script: ModuleType,
    loss: str | MarginLoss | MulticlassLoss,
    own: LabelledSet | None = None,
    rule: str | Optimizer = "GradientDescent",
    **fields: Any,
) -> Screen:
    """Return the screen on which one loss is chosen, its learning rates suiting the points."""
    kind = type(page.HANDS).__name__.replace("Hands", "State")
    state = getattr(page, kind)(steps=STEPS)
    name = loss if isinstance(loss, str) else type(loss).__name__
    losses = tuple(loss if type(one) is type(loss) else one for one in state.losses)
    data = {"data": OWN} if own is not None else {}
    store = Store(state, state)
    store.own["table"] = own
    store.change(compared=(name,), chosen=name, losses=losses, **data, **fields)
    page.suit(store)
    if not isinstance(rule, str):
        rules = tuple(rule if type(one) is type(rule) else one for one in store.now.rules)
        store.change(rules=rules)
    store.change(optimizer=rule if isinstance(rule, str) else type(rule).__name__)
    points = page.points_of(store)
    answer = stage.computed(store, points)
    extent = np.ptp(np.array(page.ranges_of(store)), axis=1)
    return Screen(store.now, points, answer, extent, script.script(store.now, points, answer))


binary = partial(screen, binary_state, binary_stage, classifier_script)
several = partial(screen, multiclass_state, multiclass_stage, softmax_script)
PAGES = {"binary": binary, "several": several}


def table(x: np.ndarray, label: np.ndarray, names: tuple[str, ...]) -> LabelledSet:
    """Return points of one's own; the features are called like the first class."""
    feature_labels = (names[0],) * x.shape[1]
    return LabelledSet("own", "Own", feature_labels, names, "", "", "", x, label, 0)


def cloud(count: int, classes: int, names: tuple[str, ...], features: int = 2) -> LabelledSet:
    rng = np.random.default_rng(count)
    label = rng.integers(classes, size=count)
    label[0] = classes - 1  # the order in which classes come first is another than that of numbers
    turn = 2 * np.pi * label / classes
    middles = np.column_stack([np.cos(turn), np.sin(turn)])[:, :features]
    return table(40 + 3 * (middles + rng.normal(size=(count, features))), label, names)


def assert_same_numbers(one: Screen, output: str, part: float = 1e-6) -> None:
    """Compare what a script printed with the screen.

    The end of the path may lie that part of the landscape away, for kinked losses too: there a last
    digit decides on which side of a kink a point lies, but sums are made in the page's order.
    """
    fit, path = one.answer.fit, one.answer.trajectory
    cost = re.search(r"Fit:.* cost (\S+)", output)
    told = re.search(r"Path: (\d+) steps to (.*), cost (\S+)", output)
    assert cost
    assert told
    np.testing.assert_allclose(float(cost[1]), fit.value, rtol=1e-9, atol=1e-15)
    assert int(told[1]) == len(path.points) - 1
    end = [float(part.split()[-1]) for part in told[2].split(", ")]
    room = np.append(one.extent, one.extent.max())[: len(end)]
    assert (np.abs(end - one.end) <= part * room + 1e-11 * np.abs(one.end)).all(), (end, one.end)
    np.testing.assert_allclose(float(told[3]), path.values[-1], rtol=1e-3 * part, atol=1e-15)
    assert output.endswith(f"\n{path.outcome.value}\n")
    assert comment(f"As the page found it. {fit.sentence}") in words(one.script)
    assert_checked(one, output)


def assert_checked(one: Screen, output: str) -> None:
    """A fit that is a minimum has no cheaper neighbour; by one that is none something is."""
    cheaper = re.search(r"Of 1000 neighbours, (\d+) cost less \(by more than a ", output)
    further = re.search(r"cost (\S+), which is less\.", output)
    if one.answer.fit.has_minimum:
        assert cheaper
        assert int(cheaper[1]) == 0
    else:
        assert further or (cheaper and int(cheaper[1]) > 0)


def words(script: str) -> str:
    """Return the script with its comments put on one line each."""
    return re.sub(r"\n# ", " ", script)


def comment(text: str) -> str:
    return " ".join(text.split())


def values_of(script: str) -> dict[str, Any]:
    """Return what a script defines; it is run without its output."""
    names: dict[str, Any] = {}
    with np.errstate(), contextlib.redirect_stdout(None):
        exec(compile(script, "classes.py", "exec"), names)
    return names


# Two classes: the script gives the numbers of the page.


@every_margin_loss
@every_rule
def test_a_script_of_two_classes_gives_fit_and_path(loss: str, rule: str, tmp_path: Path) -> None:
    one = binary(loss, rule=rule, over="w1-b")
    assert_same_numbers(one, run(one.script, tmp_path))


@every_margin_loss
@pytest.mark.parametrize("rule", [None, "Adam"])
def test_a_script_finds_the_best_bias_of_every_step(
    loss: str, rule: str | None, tmp_path: Path
) -> None:
    """Once with all else at work too: units, penalty and class weights."""
    more = {"data": "iris", "strength": 0.03, "positive": 5.0} if rule is None else {"rule": rule}
    one = binary(loss, **more)
    assert isinstance(one.answer.objective, BestBias)
    assert_same_numbers(one, run(one.script, tmp_path))


@every_margin_loss
@pytest.mark.parametrize(
    "fields",
    [
        {"strength": 0.2},
        {"positive": 5.0},
        {"strength": 0.01, "positive": 5.0, "over": "w2-b", "held": -0.75},
        {"over": "w1-w2"},
        {"over": "w1-w2", "held": 0.5, "data": "iris"},
        {"data": "challenger"},
        {"data": "challenger", "strength": 0.1, "positive": 0.2},
        {"data": "separable", "over": "w1-b"},
    ],
    ids=str,
)
def test_a_script_of_two_classes_keeps_what_was_turned(
    loss: str, fields: dict[str, Any], tmp_path: Path
) -> None:
    one = binary(loss, **{"over": "w1-b", **fields})
    assert_same_numbers(one, run(one.script, tmp_path))


KNOBS: tuple[MarginLoss, ...] = tuple(
    kind(**{name: end})
    for kind in MARGIN_LOSSES
    for name, told in parameters(kind).items()
    for end in (told.low, told.high)
)


@pytest.mark.parametrize("loss", KNOBS, ids=repr)
def test_a_script_of_two_classes_keeps_the_knobs_of_the_loss(
    loss: MarginLoss, tmp_path: Path
) -> None:
    for fields in ({"over": "w1-b"}, {"data": "mislabeled", "steps": 4}):
        one = binary(loss, **fields)
        assert_same_numbers(one, run(one.script, tmp_path))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    "rule",
    [
        GradientDescent(learning_rate=0.3),
        Momentum(learning_rate=0.02, beta=0.5),
        Adam(learning_rate=0.3, beta1=0.8, beta2=0.99, epsilon=0.01),
    ],
    ids=repr,
)
def test_a_script_keeps_the_knobs_of_the_optimizer(
    page: str, rule: Optimizer, tmp_path: Path
) -> None:
    """Its epsilon is another one than that of the loss."""
    loss = "SmoothedLogisticLoss" if page == "binary" else "LabelSmoothing"
    one = PAGES[page](loss, rule=rule)
    assert_same_numbers(one, run(one.script, tmp_path))


def test_a_path_that_circles_magnifies_the_last_digits_of_its_biases(tmp_path: Path) -> None:
    """Overshooting at every step, it ends where the page's path does, but with fewer digits."""
    one = binary("ModifiedHuber", data="dial", strength=0.05, positive=5.0, steps=60)
    assert one.answer.trajectory.outcome is Outcome.CIRCLING
    assert_same_numbers(one, run(one.script, tmp_path), part=1e-3)


@every_margin_loss
@np.errstate(all="ignore")
def test_a_script_finds_biases_and_slopes_wherever_a_reader_begins(loss: str) -> None:
    """Also at no weights at all, where all scores are equal, and far out."""
    one = binary(loss, data="mislabeled", strength=0.01, positive=3.0)
    script, objective = values_of(one.script), one.answer.objective
    rng = np.random.default_rng(1)
    spread = rng.normal(size=(10, 2)) * 10 ** rng.uniform(-1, 1, size=(10, 1))
    for theta in (np.zeros(2), np.array([0.0, 1.0]), *spread):
        cost, bias = objective.value(theta), objective.bias(theta)
        np.testing.assert_allclose(script["cost"](theta), cost, rtol=1e-11, atol=1e-15)
        slope = objective.gradient(theta)
        steep = np.abs(slope).max() + 0.1
        np.testing.assert_allclose(script["cost_gradient"](theta), slope, atol=1e-7 * steep)
        if loss != "ZeroOne":  # where mistakes are equally many, any gap between scores will do
            np.testing.assert_allclose(script["full"](theta)[2], bias, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("margin", [1.0, 3.0])
@np.errstate(all="ignore")
def test_the_bias_of_a_hinge_is_the_middle_of_those_that_cost_as_little(margin: float) -> None:
    x = np.array([[-2.0, 0.0], [-1.0, 0.5], [1.0, -0.5], [2.0, 0.0]])
    own = table(x, np.array([0, 0, 1, 1]), ("a", "b"))
    one = binary(Hinge(margin=margin), own)
    script = values_of(one.script)
    for theta in np.random.default_rng(2).normal(size=(20, 2)):
        bias = one.answer.objective.bias(theta)
        np.testing.assert_allclose(script["full"](theta)[2], bias, atol=1e-9)
        slope = one.answer.objective.gradient(theta)
        np.testing.assert_allclose(script["cost_gradient"](theta), slope, atol=1e-12)


@pytest.mark.parametrize(
    ("x", "label", "theta"),
    [
        ([[0, 0], [1, 0], [2, 0], [3, 0]], [1, 0, 1, 0], (1.0, 0.0)),  # as many on one side of all
        ([[0.1, 0.2], [0.3, 0], [-1, -1], [1, 1]], [1, 0, 0, 1], (1.0, 1.0)),  # a rounding apart
        ([[0.3, 0], [0.1, 0.2], [-1, -1], [1, 1]], [1, 0, 1, 0], (-1.0, -1.0)),
    ],
)
def test_a_bias_of_mistakes_lies_in_a_gap_between_scores(
    x: list[list[float]], label: list[int], theta: tuple[float, float]
) -> None:
    own = table(np.array(x, dtype=float), np.array(label), ("a", "b"))
    one = binary("ZeroOne", own)
    bias = values_of(one.script)["full"](np.array(theta))[2]
    np.testing.assert_allclose(bias, one.answer.objective.bias(theta), atol=1e-12)


@pytest.mark.parametrize("loss", [Brier(), Focal(gamma=2.0), Focal(gamma=10.0)], ids=repr)
@np.errstate(all="ignore")
def test_a_bias_is_that_of_the_deepest_of_several_valleys(loss: MarginLoss) -> None:
    """Few points far apart: each step from one to the next is a valley."""
    rng = np.random.default_rng(4)
    x = np.column_stack([rng.uniform(-60, 60, size=14), rng.normal(size=14)])
    own = table(x, rng.integers(2, size=14), ("a", "b"))
    one = binary(loss, own)
    script = values_of(one.script)
    theta = np.array([-25.0, -0.3])
    curve = [one.answer.classifier.value([*theta, b]) for b in np.linspace(-100, 100, 1000)]
    dips = np.sum(np.diff(np.sign(np.diff(curve))) > 0)
    assert dips > 1
    for weights in (theta, -theta, np.array([10.0, 2.0]), np.array([-40.0, -1.0])):
        np.testing.assert_allclose(
            script["cost"](weights), one.answer.objective.value(weights), rtol=1e-9
        )


@every_margin_loss
def test_one_class_alone_is_borne(loss: str, tmp_path: Path) -> None:
    """The bias that is best is infinite for most losses, and the weights do not matter."""
    own = table(np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.5]]), np.array([0, 1, 1]), ("a", "b"))
    for fields in ({"over": "w1-b"}, {"strength": 0.1}):
        one = binary(loss, own, points=Edits().relabel(own.label, 0, 1), **fields)
        output = run(one.script, tmp_path)
        told = re.search(r"Path: (\d+) steps to w1 (\S+), w2 (\S+), b (\S+), cost (\S+)", output)
        assert told
        path = one.answer.trajectory
        assert int(told[1]) == len(path.points) - 1
        end = [float(told[2]), float(told[3])]
        np.testing.assert_allclose(end, one.answer.full[-1][:2], atol=1e-6 * one.extent.max())
        np.testing.assert_allclose(float(told[5]), path.values[-1], rtol=1e-6, atol=1e-6)


# Several classes.


@every_logit_loss
@every_rule
def test_a_script_of_several_classes_gives_fit_and_path(
    loss: str, rule: str, tmp_path: Path
) -> None:
    one = several(loss, rule=rule)
    assert_same_numbers(one, run(one.script, tmp_path))


@every_logit_loss
@pytest.mark.parametrize(
    "fields",
    [
        {"strength": 0.02},
        {"strength": 0.5, "data": "iris-3", "across": "b-1", "up": "w2-0"},
        {"across": "b-0", "up": "b-2"},
        {"across": "w2-1", "up": "w1-1"},
        {"data": "ring", "steps": 500},
        {"data": "three-separable"},
        {"data": "iris-3"},
    ],
    ids=str,
)
def test_a_script_of_several_classes_keeps_what_was_turned(
    loss: str, fields: dict[str, Any], tmp_path: Path
) -> None:
    one = several(loss, **fields)
    assert_same_numbers(one, run(one.script, tmp_path))


SETTINGS: tuple[MulticlassLoss, ...] = (
    *(kind() for kind in MULTICLASS_LOSSES),
    LabelSmoothing(epsilon=0.0),
    LabelSmoothing(epsilon=0.9),
    MulticlassHinge(margin=0.1),
    MulticlassHinge(margin=5.0),
    MulticlassFocal(gamma=0.0),
    MulticlassFocal(gamma=0.3),
    MulticlassFocal(gamma=5.0),
)


@pytest.mark.parametrize("loss", SETTINGS, ids=repr)
def test_a_script_of_several_classes_keeps_the_knobs_of_the_loss(
    loss: MulticlassLoss, tmp_path: Path
) -> None:
    one = several(loss, strength=0.01)
    assert_same_numbers(one, run(one.script, tmp_path))


@pytest.mark.parametrize("loss", SETTINGS, ids=repr)
@pytest.mark.parametrize("classes", [2, 3, 7])
@np.errstate(all="ignore")
def test_the_losses_of_logits_in_a_script_are_ours(loss: MulticlassLoss, classes: int) -> None:
    """With any logits, with equal ones, and with ones so far apart that exponentials are 0."""
    own = cloud(60, classes, tuple("abcdefg"[:classes]))
    script = values_of(several(loss, own, across="w1-0", up="w2-1").script)
    rng = np.random.default_rng(3)
    target = loss.certain(own.label, classes)
    shape = (60, classes)
    for logits in (
        np.zeros(shape),
        rng.normal(size=shape) * 3,
        rng.integers(-2, 3, size=shape).astype(float),
        rng.normal(size=shape) * 1e3,
        rng.normal(size=shape) * 1e200,
    ):
        value, gradient = script["loss"](logits), script["loss_gradient"](logits)
        np.testing.assert_allclose(value, loss.value(logits, target), rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(gradient, loss.gradient(logits, target), rtol=1e-9, atol=1e-14)


def test_every_loss_of_logits_has_its_lines() -> None:
    assert tuple(softmax_script.LOSSES) == MULTICLASS_LOSSES


@every_logit_loss
@pytest.mark.parametrize("strength", [0.0, 0.1])
def test_a_class_without_points_is_borne(loss: str, strength: float, tmp_path: Path) -> None:
    x = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.5], [0.5, 0.6], [1.5, -1.0], [0.1, -0.7]])
    own = table(x, np.array([0, 2, 0, 2, 1, 2]), ("a", "b", "c"))
    one = several(loss, own, strength=strength, points=Edits().relabel(own.label, 4, 0))
    output = run(one.script, tmp_path)
    assert_same_numbers(one, output)
    if one.answer.fit.outcome is SoftmaxOutcome.EMPTY and one.answer.model.convex:
        assert "The bias of class 1, which has no points, lowered by 1: cost" in output


# Either page.


@pytest.mark.parametrize("page", PAGES)
def test_a_path_of_a_script_stops_where_that_of_the_page_stops(page: str, tmp_path: Path) -> None:
    loss, data = {"binary": ("Exponential", "separable"), "several": (SEVERAL[0], "three")}[page]
    wild = PAGES[page](
        loss, data=data, rule=GradientDescent(learning_rate=1.9), start=(-9.0, 8.0), steps=200,
        strength=2.0,
    )  # fmt: skip
    path = wild.answer.trajectory
    assert path.outcome is Outcome.DIVERGED
    assert f"\n# The page shows {len(path.points) - 1} of 200 steps.\n" in wild.script
    assert_same_numbers(wild, run(wild.script, tmp_path))
    output = run(with_steps(wild.script, 2000), tmp_path)
    told = re.search(r"Path: (\d+) steps to (.*), cost (\S+)", output)
    assert told
    assert len(path.points) - 1 <= int(told[1]) < 2000
    assert np.isfinite(float(told[3]))


def test_a_fit_that_shrinks_is_checked_with_smaller_weights(tmp_path: Path) -> None:
    one = binary("ZeroOne", strength=0.1)
    assert one.answer.fit.outcome is FitOutcome.SHRINKS
    assert "All of them times half: cost" in run(one.script, tmp_path)


def test_a_fit_on_its_way_is_checked_with_larger_weights(tmp_path: Path) -> None:
    for one in (binary("LogisticLoss", data="separable"), several(SEVERAL[0], data="iris-3")):
        assert not one.answer.fit.has_minimum
        output = run(one.script, tmp_path)
        assert re.search(r"All of them times two: cost \S+, which is less\.", output)


def test_a_fit_that_is_none_is_found_out(tmp_path: Path) -> None:
    for one in (binary("LogisticLoss"), binary("Hinge"), several(SEVERAL[0])):
        wrong, count = re.subn(r"(fit = np.array\(\[\s*\[?)", r"\g<1>0.02 + ", one.script)
        assert count == 1
        cheaper = re.search(r"neighbours, (\d+) cost less", run(wrong, tmp_path))
        assert cheaper
        assert int(cheaper[1]) > 100


@functools.cache
def own_screen(page: str, count: int) -> Screen:
    """Return a screen of points of one's own, the classes named by letters."""
    classes = 2 if page == "binary" else 4
    loss = "Hinge" if page == "binary" else SEVERAL[0]
    return PAGES[page](loss, cloud(count, classes, tuple("abcd"[:classes])), steps=2)


def renamed(page: str, count: int, names: tuple[str, ...]) -> Screen:
    """Return the same with other names: the first of them is that of the features too."""
    one = own_screen(page, count)
    labels = (names[0],) * one.points.x.shape[1]
    kinds = names[: len(one.points.base.class_names)]
    base = dataclasses.replace(one.points.base, class_names=kinds, feature_labels=labels)
    points = dataclasses.replace(one.points, base=base)
    module = classifier_script if page == "binary" else softmax_script
    script = module.script(one.state, points, one.answer)
    return dataclasses.replace(one, points=points, script=script)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("label", ["plain", "#1", *HOSTILE], ids=lambda label: repr(label)[:20])
def test_a_script_for_many_points_reads_them_from_a_file(
    page: str, label: str, tmp_path: Path
) -> None:
    """Names of one's own are in the file alone; the script numbers them as they come."""
    one = renamed(page, 700, (label, "# 2", "b,\n\"'", "=d"))
    assert not one.points.editable
    assert len(one.script) < 6000
    (tmp_path / "data.csv").write_text(data_csv(one.points), encoding="utf-8")
    assert_same_numbers(one, run(one.script, tmp_path))


def test_many_points_of_one_feature_are_read_too(tmp_path: Path) -> None:
    one = binary("Hinge", cloud(700, 2, ("no", "yes"), features=1))
    (tmp_path / "data.csv").write_text(data_csv(one.points), encoding="utf-8")
    assert_same_numbers(one, run(one.script, tmp_path))


def test_names_that_a_file_cannot_tell_apart_are_not_read_from_it(tmp_path: Path) -> None:
    one = binary("LogisticLoss", cloud(700, 2, ("a b", "a\nb")), steps=3)
    (tmp_path / "data.csv").write_text(data_csv(one.points), encoding="utf-8")
    assert_same_numbers(one, run(one.script, tmp_path))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("count", [30, 700])
@pytest.mark.parametrize("label", HOSTILE, ids=lambda label: repr(label)[:20])
def test_no_name_breaks_out_of_its_comment(page: str, count: int, label: str) -> None:
    plain, hostile = (
        renamed(page, count, (name, "b", "c", "d")).script for name in ("plain", label)
    )
    assert skeleton(hostile) == skeleton(plain)
    assert all(sign.isprintable() for sign in hostile.replace("\n", ""))
    assert max(map(len, hostile.splitlines())) <= 100


def test_plain_names_are_told() -> None:
    assert "# x1: Petal length (cm)" in binary("Hinge", data="iris").script
    assert "# label -1: versicolor\n# label 1: virginica\n" in binary("Hinge", data="iris").script
    assert "# label 2: virginica\n" in several("MulticlassHinge", data="iris-3").script


@pytest.mark.parametrize("outcome", [*FitOutcome, *SoftmaxOutcome, *Outcome])
def test_sentences_of_the_page_fit_where_they_are_written(outcome: Any) -> None:
    """In a comment, or between quotes of one line."""
    assert not set('"\\\n$') & set(outcome.value)
    assert outcome.value.isprintable()
    if isinstance(outcome, Outcome):
        assert len(f'print("{outcome.value}")') <= 100


@pytest.mark.parametrize("page", PAGES)
def test_a_script_is_short(page: str) -> None:
    """It is read by people; the data come on top."""
    for loss in TWO if page == "binary" else SEVERAL:
        for fields in ({}, {"data": {"binary": "iris", "several": "iris-3"}[page]}):
            script = PAGES[page](loss, strength=0.123456789, **fields).script
            lines = [line for line in script.splitlines() if line.strip()]
            assert max(map(len, lines)) <= 100
            assert sum(not re.fullmatch(r"    [-0-9., e]+", line) for line in lines) <= 108
            assert "\n\n\n\n" not in script
            assert script.endswith("\n")


_RUNNER = """
import pathlib, runpy, sys
for file in sorted(pathlib.Path(__file__).parent.glob("[0-9]*.py")):
    runpy.run_path(str(file), run_name="__main__")
    print("=====")
print(*sys.modules)
"""


def test_scripts_run_on_their_own_with_warnings_as_errors(tmp_path: Path) -> None:
    """One process runs them all and reports which modules came with them."""
    screens = [
        *(binary(loss, over="w1-b") for loss in TWO),
        *(binary(loss, steps=3) for loss in ("LogisticLoss", "Hinge", "ZeroOne", "Focal")),
        *(several(loss) for loss in SEVERAL),
    ]
    for place, one in enumerate(screens):
        (tmp_path / f"{place:02}.py").write_text(one.script, encoding="utf-8")
    runner = tmp_path / "run.py"
    runner.write_text(_RUNNER, encoding="utf-8")
    command = [sys.executable, "-I", "-W", "error", str(runner)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    *outputs, modules = done.stdout.split("=====\n")
    assert "numpy" in modules.split()
    assert not {"scipy", "streamlit", "plotly", "core", "pages"} & set(modules.split())
    for one, output in zip(screens, outputs, strict=True):
        assert_same_numbers(one, output)


# The buttons.


@pytest.mark.parametrize("page", ["binary.py", "multiclass.py"])
def test_the_page_offers_the_script(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered = {}
    real = details.st.download_button

    def button(label: str, data: Any, name: str, **more: Any) -> bool:
        offered[name] = label, data
        return real(label, data, name, **more)

    monkeypatch.setattr(details.st, "download_button", button)
    app = opened(page, v="1", steps="5")
    assert "download-classes.py" in [one.key for one in app.get("download_button")]
    label, make = offered["classes.py"]
    assert label == "Script in NumPy"
    output = run(make(), tmp_path)
    assert re.search(r"Of 1000 neighbours, 0 cost less", output)
    assert "Path: 5 steps to" in output
