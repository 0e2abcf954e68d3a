"""What shows which report a loss makes cheapest: the right side, or the truth itself."""

import numpy as np

from core.library.evidence import (
    Scored,
    best_logits,
    best_report,
    expected,
    reported,
    takes_probability,
    wrong_side,
)
from core.losses import Divergence, Loss, MarginLoss, MulticlassLoss, ProbabilityLoss
from core.losses.domain import Classes
from pages.ui.evidence.curves import POINTS, Shown
from pages.ui.figures.evidence import Proof, Trace
from pages.ui.figures.parts import number
from pages.ui.theme import PLAIN, look

_TRUTH = 0.7
_CLASSES = np.array([0.4, 0.35, 0.25])


def calibrated(loss: Loss, answer: bool) -> Shown:
    """Show whether the cheapest report is on the likelier side."""
    if isinstance(loss, MulticlassLoss):
        return _largest_logit(loss)
    assert isinstance(loss, MarginLoss | ProbabilityLoss)
    best, middle = best_report(loss, _TRUTH), 0.5 if takes_probability(loss) else 0.0
    word = "probability" if takes_probability(loss) else "score"
    words = (
        f"When a positive has probability {_TRUTH:g}, the expected loss is lowest at a {word} of "
        f"{number(best)}: {_side(best - middle)}."
    )
    wrong = None if answer else wrong_side(loss)
    if wrong and wrong[0] != _TRUTH:
        words += (
            f" When it has probability {wrong[0]:g}, it is lowest at {number(wrong[1])}: "
            f"{_side(wrong[1] - middle)}, though a {'positive' if wrong[0] > 0.5 else 'negative'} "
            "is likelier."
        )
    return words, _expected_loss(loss, _TRUTH, words)


def _side(away: float) -> str:
    if abs(away) <= 1e-6:
        return "neither side"
    return "the positive side" if away > 0.0 else "the negative side"


def _expected_loss(loss: Scored, truth: float, words: str, *, told: bool = False) -> Proof:
    """Draw the expected loss over the reports, its lowest place, and that of the truth itself."""
    x, title = np.linspace(-4.0, 4.0, POINTS), "score s"
    if takes_probability(loss):
        x, title = np.linspace(0.0, 1.0, POINTS), "reported probability"
    with np.errstate(over="ignore"):
        y = expected(loss, truth, x)
    places = [best_report(loss, truth), truth] if told else [best_report(loss, truth)]
    costs = expected(loss, truth, np.array(places))
    return Proof(
        (Trace("expected loss", x, y, look(loss).color),),
        (title, "expected loss"),
        words,
        tuple((a, float(c)) for a, c in zip(places, costs, strict=True) if x[0] <= a <= x[-1]),
    )


def _largest_logit(loss: MulticlassLoss) -> Shown:
    best = best_logits(loss, _CLASSES)
    told = ", ".join(map(number, _CLASSES))
    chosen = ", ".join(number(round(float(one), 6)) for one in best)
    apart = float(best[0] - best[1]) > 1e-4
    ends = "the likeliest class leads" if apart else "no class leads"
    return (
        f"For three classes with true probabilities {told} the lowest expected loss is at logits "
        f"{chosen} (their mean set to 0): {ends}.",
        None,
    )


def proper(loss: Loss, answer: bool) -> Shown:
    """Show which probability the cheapest report tells."""
    if isinstance(loss, MulticlassLoss):
        return _reported_shares(loss)
    if isinstance(loss, Divergence):
        return _reported_row(loss)
    assert isinstance(loss, MarginLoss | ProbabilityLoss)
    truths = np.linspace(0.02, 0.98, 49)
    told, at = reported(loss, truths), best_report(loss, 0.9)
    there = reported(loss, np.array([0.9]))
    assert told is not None
    assert there is not None
    words = (
        f"Where the true probability is 0.9, the lowest expected loss is at a "
        f"{'probability' if takes_probability(loss) else 'score'} of {number(at)}, which "
        f"reports {number(float(there[0]))}."
    )
    proof = Proof(
        (Trace("reported", truths, told, look(loss).color),
         Trace("true", truths, truths, PLAIN.color, "dash")),
        ("true probability", "reported probability"),
        words,
        ((0.9, float(there[0])),),
    )  # fmt: skip
    return words, proof


def _reported_row(loss: Divergence) -> Shown:
    truth, best = 1.0 - _TRUTH, best_report(loss, 1.0 - _TRUTH)
    lowest, honest = expected(loss, truth, np.array([best, truth]))
    row = f"({number(best)}, {number(1.0 - best)})"
    words = (
        f"Two outcomes come true with probabilities {truth:.1g} and {_TRUTH:g}, each scored as the "
        f"p that is 1 there. The report with the lowest expected loss, {number(float(lowest))}, is "
        f"{row}; the truth itself costs {number(float(honest))}."
    )
    return words, _expected_loss(loss, truth, words, told=True)


def _reported_shares(loss: MulticlassLoss) -> Shown:
    best = np.asarray(loss.probability(best_logits(loss, _CLASSES)))
    told, found = (", ".join(map(number, one)) for one in (_CLASSES, np.round(best, 5)))
    return (
        f"Where the true probabilities are {told}, the lowest expected loss reports {found}.",
        None,
    )


def strictly_proper(loss: Loss, answer: bool) -> Shown:
    """Show that every other report is dearer."""
    words, proof = proper(loss, answer)
    if not answer:
        return words, proof
    if isinstance(loss, MulticlassLoss):
        return f"{words} {_dearer_shares(loss)}", proof
    assert isinstance(loss, MarginLoss | ProbabilityLoss | Divergence)
    truth = 1.0 - _TRUTH if isinstance(loss, Divergence) else 0.9
    best = best_report(loss, truth)
    step = 0.05 if takes_probability(loss) else 0.5
    lowest, left, right = expected(loss, truth, best + np.array([0.0, -step, step]))
    return (
        f"{words} Reports {step:g} below and above cost {number(float(left - lowest))} and "
        f"{number(float(right - lowest))} more; that no other is as cheap is declared and tested.",
        proof,
    )


def _dearer_shares(loss: MulticlassLoss) -> str:
    targets = np.arange(3) if isinstance(loss.arguments[1].domain, Classes) else np.eye(3)
    moved = _CLASSES + np.array([-0.05, 0.0, 0.05])
    lowest, other = (
        float(_CLASSES @ loss.value(np.tile(np.log(shares), (3, 1)), targets))
        for shares in (_CLASSES, moved)
    )
    return (
        f"With 0.05 moved from the first class to the last it costs {number(other - lowest)} more; "
        "that no other report is as cheap is declared and tested."
    )
