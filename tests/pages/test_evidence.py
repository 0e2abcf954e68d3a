"""What the library shows of a property: words, numbers and pictures that say the same."""

import re

import numpy as np
import pytest

from core.library.catalogue import LOSSES, PROPERTIES
from core.library.evidence import best_report, expected, pull, wrong_side
from core.losses import (
    DIVERGENCES,
    PROBABILITY_LOSSES,
    RESIDUAL_LOSSES,
    AbsoluteError,
    Barron,
    BinaryCrossEntropy,
    Composite,
    CrossEntropy,
    Exponential,
    GammaLoss,
    GaussianNLL,
    Huber,
    IdentityLink,
    InfoNCE,
    JensenShannon,
    KLDivergence,
    LogisticLoss,
    LogitLink,
    Perceptron,
    ProbitLink,
    ReverseKL,
    SquaredError,
    SquaredHinge,
    SquaredLogError,
    SquaredProbability,
    TotalVariation,
    Wasserstein1,
    WeightedLogisticLoss,
    ZeroOne,
)
from core.losses.composition import ClassWeighted, WeightedSum
from pages.ui.evidence import constant, evidence
from pages.ui.figures.parts import number

ALL = [kind() for kind in LOSSES]
every_loss = pytest.mark.parametrize("loss", ALL, ids=lambda loss: type(loss).__name__)

EVERYWHERE = ("convex", "strongly_convex", "differentiable", "smooth", "robust", "bounded",
              "symmetric", "strictly_proper")  # fmt: skip


@every_loss
@pytest.mark.parametrize("asked", PROPERTIES, ids=lambda one: one.key)
def test_every_answer_carries_a_number_computed_here(loss, asked):
    found = evidence(loss, asked.key)
    if found.answer is None:
        assert found.words.startswith("The question does not apply to ")
        return
    assert re.search(r"\d", found.words)
    # What was computed at some places is told apart from what holds at all of them.
    says_so = "declared and tested" in found.words.lower()
    assert says_so == (found.answer and asked.key in EVERYWHERE)


@every_loss
@pytest.mark.parametrize("key", ["robust", "smooth", "bounded", "strongly_convex"])
def test_a_curve_keeps_to_the_lines_that_are_drawn_with_it(loss, key):
    found = evidence(loss, key)
    traces = {trace.name: trace.y for trace in found.proof.traces}
    curve = next(iter(traces.values()))
    for name, line in traces.items():
        if name in ("bound above", "upper bound", "bound"):
            assert (curve <= line[0] * (1.0 + 1e-12)).all()
        if name in ("bound below", "lower bound"):
            assert (curve >= line[0] - 1e-12 * abs(line[0])).all()
    if found.answer and not (key == "robust" and isinstance(loss, ZeroOne)):
        assert len(traces) > 1


@every_loss
def test_where_a_gradient_is_without_bound_is_said_and_drawn(loss):
    found, told = evidence(loss, "robust"), loss.properties
    if found.answer:
        assert number(told.steepest) in found.words
        return
    assert f"grows without bound as {told.steep.words}: it is " in found.words
    assert told.steep.otherwise in found.words
    for place in told.steep.places:
        assert number(pull(loss, place)) in found.words
    drawn = found.proof.traces[0].y
    assert drawn[-1] > drawn[0]
    assert told.steep.words in found.proof.axes[0]


def test_what_pulls_no_far_sample_or_only_short_vectors_or_small_targets_is_not_said_to():
    said = {kind.__name__: evidence(kind(), "robust") for kind in LOSSES}
    assert said["ZeroOne"].answer
    assert "No Lipschitz constant holds all the same" in said["ZeroOne"].words
    assert "as the target nears 0" in said["AbsolutePercentageError"].words
    for name in ("InfoNCE", "NTXent", "CosineEmbedding"):
        assert "as an embedding shrinks to length 0" in said[name].words
    for name in ("KLDivergence", "CrossEntropy", "JensenShannon", "Hellinger"):
        assert "as qₖ nears 0 where pₖ does not" in said[name].words
    assert not any("as hard as you like" in one.words for one in said.values())


@pytest.mark.parametrize("kind", [GammaLoss, SquaredLogError])
def test_far_targets_that_pull_ever_harder_are_not_said_to_be_let_go(kind):
    found = evidence(kind(), "redescending")
    assert found.answer is False
    assert "As the target grows and the prediction is 2, its pull does not fall to 0" in found.words
    for target in (1e2, 1e4, 1e8):
        assert number(abs(float(kind().gradient(2.0, target)))) in found.words
    assert (np.diff(found.proof.traces[0].y) > 0.0).all()


@every_loss
def test_a_pull_is_drawn_as_it_is_said_to_end(loss):
    found = evidence(loss, "redescending")
    curve = np.abs(found.proof.traces[0].y)
    if isinstance(loss, RESIDUAL_LOSSES):
        far = max(curve[0], curve[-1])
        assert (far < 0.5 * curve.max()) == found.answer
    elif found.answer:
        assert curve[0] < 0.5 * max(curve.max(), 1e-9)  # on the wrong side


def test_constants_of_two_categories_are_said_to_be_that_wherever_they_are_shown():
    said = {
        (TotalVariation, "robust"): "0.707 among 2 categories",
        (TotalVariation, "bounded"): "1",
        (Wasserstein1, "robust"): "1 among 2 categories",
        (Wasserstein1, "bounded"): "1 among 2 categories",
        (JensenShannon, "bounded"): "0.693",
        (InfoNCE, "bounded"): "20 in a batch of 2",
    }
    for (kind, key), told in said.items():
        assert constant(kind(), key) == told
        assert told in evidence(kind(), key).words
    among = evidence(Wasserstein1(), "bounded").words
    assert "(2 among 3 categories, 9 among 10 categories)" in among
    assert "2.24 among 3 categories" in evidence(Wasserstein1(), "robust").words


@pytest.mark.parametrize("kind", [KLDivergence, CrossEntropy, JensenShannon])
def test_a_picture_of_no_strong_convexity_goes_down_to_none(kind):
    found = evidence(kind(), "strongly_convex")
    assert found.answer is False
    assert "falls to 0 where p₂ is 0, along q₂ as a free number" in found.words
    assert found.proof.traces[-1].name == "p₁ = 0"
    np.testing.assert_array_equal(found.proof.traces[-1].y, 0.0)
    assert found.proof.traces[0].y.min() > 0.1


def test_what_is_not_even_convex_shows_the_chord_that_says_so():
    found = evidence(GaussianNLL(), "strongly_convex")
    assert found.words.startswith("It is not even convex. Between two places")
    assert found.proof.traces[1].name == "chord"


@pytest.mark.parametrize("loss", [kind() for kind in DIVERGENCES], ids=repr)
def test_a_divergence_names_the_best_report_of_outcomes_and_what_the_truth_costs(loss):
    found = evidence(loss, "proper")
    if isinstance(loss, ReverseKL):
        assert "a report of (0.9, 0.1) costs ∞" in found.words
        return
    best, honest = best_report(loss, 0.3), float(expected(loss, 0.3, np.array([0.3]))[0])
    assert f"is ({number(best)}, {number(1.0 - best)}); the truth" in found.words
    assert f"the truth itself costs {number(honest)}." in found.words
    assert ("is (0.3, 0.7)" in found.words) == found.answer
    assert [place[0] for place in found.proof.places] == pytest.approx([best, 0.3], abs=1e-9)


@pytest.mark.parametrize("kind", PROBABILITY_LOSSES)
def test_a_loss_of_a_probability_shows_on_which_side_its_best_report_lies(kind):
    words = evidence(kind(), "calibrated").words
    assert f"at a probability of {number(best_report(kind(), 0.7))}: the positive side." in words


@pytest.mark.parametrize("kind", PROBABILITY_LOSSES)
def test_a_report_below_one_half_is_the_negative_side(kind, monkeypatch):
    monkeypatch.setattr("pages.ui.evidence.reports._TRUTH", 0.3)
    assert evidence(kind(), "calibrated").words.endswith(": the negative side.")


def test_a_wrong_side_is_named_and_no_side_is_0():
    perceptron = evidence(Perceptron(), "calibrated").words
    assert "lowest at a score of 0: neither side." in perceptron
    weighted = evidence(WeightedLogisticLoss(3.0), "calibrated").words
    truth, best = wrong_side(WeightedLogisticLoss(3.0))
    assert (
        f"When it has probability {truth:g}, it is lowest at {number(best)}: the positive side, "
        "though a negative is likelier." in weighted
    )


def test_a_chord_is_drawn_along_the_section_of_what_it_holds():
    for kind in (GammaLoss, SquaredLogError):
        found = evidence(kind(), "convex")
        assert found.proof.axes[0] == "prediction μ"
        np.testing.assert_array_equal(
            found.proof.traces[0].y, kind().value(found.proof.traces[0].x, 2.0)
        )


def test_no_jump_is_claimed_where_the_places_tried_are_too_far_apart_to_tell():
    assert "no jump. Elsewhere that is declared" in evidence(Barron(), "differentiable").words
    narrow = evidence(Barron(c=1e-12), "differentiable").words
    assert "no jump. Elsewhere" not in narrow
    assert "That it is no jump is declared and tested." in narrow


SUMS = [
    WeightedSum((SquaredError(), AbsoluteError()), (1.0, 0.5)),
    WeightedSum((SquaredError(), Huber()), (1.0, 1.0)),
    WeightedSum((LogisticLoss(), Exponential()), (1.0, 1.0)),
    WeightedSum((BinaryCrossEntropy(), SquaredProbability()), (1.0, 1.0)),
    ClassWeighted(SquaredHinge(), 2.0, 1.0),
    Composite(BinaryCrossEntropy(), ProbitLink()),
    Composite(BinaryCrossEntropy(), LogitLink()),
    Composite(BinaryCrossEntropy(), IdentityLink()),
]


@pytest.mark.parametrize("loss", SUMS, ids=repr)
@pytest.mark.parametrize("asked", PROPERTIES, ids=lambda one: one.key)
def test_what_is_made_of_losses_has_its_evidence_too(loss, asked):
    found = evidence(loss, asked.key)
    assert found.answer is asked.answer(loss.properties)
    assert found.words.endswith(".")
    assert "nan" not in found.words
    if asked.key == "robust" and not found.answer:
        assert "grows without bound as " in found.words
