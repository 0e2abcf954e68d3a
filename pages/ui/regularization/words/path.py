"""What the page says of the path: which coefficient is the first at exactly 0."""

from core.regularization.coefficient_paths import CoefficientPath, Passage
from core.regularization.mean_square import parts
from pages.ui.figures.parts import joined, number
from pages.ui.predict import verdict_on
from pages.ui.regularization.state import RegularizationState
from pages.ui.session import Store

W = ("w₁", "w₂")
GUESSES = {"0": W[0], "1": W[1], "01": "both at once", "none": "neither"}


def first_gone(found: CoefficientPath) -> str:
    """Return which coefficient is first at exactly 0 as λ grows, as a key of the guesses."""
    return "".join(map(str, found.first_to_vanish())) or "none"


def verdict(store: Store[RegularizationState], found: CoefficientPath) -> str:
    """Say whether the guess was right."""
    answer = first_gone(found)
    word = verdict_on(store, answer)
    return f"{word}. {first_sentence(found)}" if word else ""


def first_sentence(found: CoefficientPath) -> str:
    """Say which coefficient is first at exactly 0 as λ grows, and where."""
    gone = found.first_to_vanish()
    if not gone:
        crossing = [one for one in found.breakpoints if one.turn is Passage.CROSSES]
        told = "".join(
            f" {W[one.feature]} passes through 0 at λ = {number(one.strength)} and goes on."
            for one in crossing
        )
        return f"Neither ends at exactly 0, however large λ grows.{told}"
    names = joined([W[k] for k in gone])
    if not found.problem.determined and not found.problem.moment.any():
        return (
            "Without a penalty nothing says how large either is; under any λ above 0 both are "
            "exactly 0."
        )
    if not found.problem.determined and not parts(found.penalty)[1]:
        return (
            f"Neither has to be 0 before λ = {number(found.largest)}, where both are: until then "
            "all that the data see can be at the one, at the other, or shared by both."
        )
    if (found.at(0.0)[list(gone)] == 0.0).all():
        be = "is" if len(gone) == 1 else "are"
        return f"{names} {be} at 0 even without a penalty."
    places = [one.strength for one in found.breakpoints if one.feature in gone]
    return (
        f"{names} {'reaches' if len(gone) == 1 else 'reach'} exactly 0 first, at λ = "
        f"{number(min(places))}; from λ = {number(found.largest)} on both are 0."
    )
