"""The library holds every loss once, and finds what is asked for."""

import dataclasses
import importlib
import inspect
import math
import pkgutil

import pytest

import core
from core.library.catalogue import FRAMEWORKS, LOSSES, PROPERTIES, TASKS, find, property_named
from core.losses import Composite, Loss, Properties
from tests.core.laws import assert_described, assert_section

ALL = [kind() for kind in LOSSES]
every_loss = pytest.mark.parametrize("loss", ALL, ids=lambda loss: type(loss).__name__)


def concrete(kind: type) -> set[type]:
    below = {each for one in kind.__subclasses__() for each in concrete(one)}
    return below | (set() if inspect.isabstract(kind) else {kind})


def test_the_library_holds_every_concrete_loss_once():
    for module in pkgutil.walk_packages(core.__path__, "core."):
        importlib.import_module(module.name)
    found = {kind for kind in concrete(Loss) if kind.__module__.startswith("core.")}
    made_of_others = {kind for kind in found if kind.__module__ == "core.losses.composition"}
    assert found - made_of_others - {Composite} == set(LOSSES)
    assert len(set(LOSSES)) == len(LOSSES)


def test_names_tell_losses_apart():
    assert len({loss.name for loss in ALL}) == len(ALL)


@every_loss
def test_what_a_reader_sees_of_a_loss_is_there(loss):
    assert_described(loss)


@every_loss
def test_every_loss_can_be_drawn_along_its_section(loss):
    assert_section(loss)


@every_loss
def test_handles_lie_on_the_section_at_the_value_of_their_knob(loss):
    low, high = loss.section.interval
    for name in loss.section.places:
        assert low <= getattr(loss, name) <= high


@every_loss
def test_words_about_a_loss_are_sentences(loss):
    assert loss.story.endswith(".")
    assert loss.story[0].isupper()
    assert not loss.estimates.endswith(".")
    assert loss.no_hessian == "" or loss.no_hessian.endswith(".")


# Finding


def test_nothing_asked_finds_everything():
    assert find(ALL) == ALL


@pytest.mark.parametrize("task", TASKS)
def test_a_task_finds_its_losses_alone(task):
    found = find(ALL, tasks=[task])
    assert found
    assert {loss.task for loss in found} == {task}


@pytest.mark.parametrize("asked", PROPERTIES, ids=lambda one: one.key)
def test_a_property_finds_the_losses_that_have_it(asked):
    found = find(ALL, properties=[asked.key])
    assert 0 < len(found) < len(ALL)
    for loss in ALL:
        assert (loss in found) == (asked.answer(loss.properties) is True)


NOTHING = Properties(
    lipschitz=math.inf, smoothness=math.inf, strong_convexity=0.0, convex=False, kinks=(0.0,),
    symmetric=False, calibrated=False, proper=False, strictly_proper=False,
)  # fmt: skip
MADE_SO = {
    "convex": {"convex": True},
    "strongly_convex": {"strong_convexity": 1e-9},
    "differentiable": {"kinks": ()},
    "smooth": {"smoothness": 1e9},
    "robust": {"lipschitz": 1e9},
    "redescending": {"redescending": True},
    "bounded": {"bound": 1e9},
    "symmetric": {"symmetric": True},
    "calibrated": {"calibrated": True},
    "proper": {"proper": True},
    "strictly_proper": {"strictly_proper": True},
}


@pytest.mark.parametrize("key", MADE_SO)
def test_each_question_hears_one_thing_and_nothing_else(key):
    made_so = dataclasses.replace(NOTHING, **MADE_SO[key])
    for asked in PROPERTIES:
        assert asked.answer(NOTHING) is False
        assert asked.answer(made_so) is (asked.key == key)


@pytest.mark.parametrize("key", ["calibrated", "proper", "strictly_proper"])
def test_a_question_that_does_not_apply_has_no_answer(key):
    assert property_named(key).answer(dataclasses.replace(NOTHING, **{key: None})) is None


def test_questions_are_titled_by_their_keys():
    assert [asked.key for asked in PROPERTIES] == list(MADE_SO)
    for asked in PROPERTIES:
        assert asked.title == asked.key.replace("_", " ").capitalize()
        assert asked.meaning[0].islower()
        assert not asked.meaning.endswith(".")


@every_loss
def test_every_loss_says_what_each_framework_offers(loss):
    assert tuple(loss.frameworks) == FRAMEWORKS


def test_properties_are_all_wanted_and_tasks_are_any():
    both = find(ALL, properties=["convex", "robust"])
    assert set(both) == set(find(ALL, properties=["convex"])) & set(
        find(ALL, properties=["robust"])
    )
    some = find(ALL, tasks=TASKS[:2])
    assert {loss.task for loss in some} == set(TASKS[:2])


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_framework_finds_what_it_offers(framework):
    found = find(ALL, frameworks=[framework])
    assert found
    assert all(loss.frameworks[framework] for loss in found)


@pytest.mark.parametrize(
    ("words", "name"),
    [("hubER", "Huber"), ("median", "AbsoluteError"), ("cross_entropy_with_logits", "LogisticLoss"),
     ("pinball", "Quantile"), ("Crammer", "MulticlassHinge"), ("kl div", "KLDivergence")],
)  # fmt: skip
def test_words_are_found_wherever_they_stand(words, name):
    assert name in {type(loss).__name__ for loss in find(ALL, words)}


@every_loss
def test_a_loss_is_found_by_all_that_is_said_of_it(loss):
    calls = [call.code for call in loss.frameworks.values() if call]
    told = (type(loss).__name__, loss.name, loss.task, loss.estimates, loss.story)
    for text in (*told, str(loss.source), type(loss).__doc__, *calls):
        for words in (text, text.upper(), " ".join(reversed(text.split()))):
            assert loss in find([loss], words)
    assert find([loss], loss.name + " zebra") == []


def test_every_word_must_be_found():
    assert find(ALL, "huber zebra") == []
    assert find(ALL, "<script>") == []


def test_a_question_is_found_by_its_key():
    assert property_named("convex").title == "Convex"
