"""What is said beside the pictures of regularization: sentences computed from the screen."""

import math

import numpy as np

from core.optimizers import Outcome, Trajectory
from core.penalties import Penalty
from core.regularization.coefficient_paths import CoefficientPath, Passage
from core.regularization.mean_square import parts
from pages.ui.figures import overfit
from pages.ui.figures.parts import joined, low, number
from pages.ui.predict import verdict_on
from pages.ui.regularization.state import RegularizationState
from pages.ui.regularization.study import (
    Held,
    Ten,
    Wave,
    pair_of,
    path_of,
    race_of,
)
from pages.ui.session import Store

W = ("w₁", "w₂")
GUESSES = {"0": W[0], "1": W[1], "01": "both at once", "none": "neither"}

State = RegularizationState


# Two coefficients --------------------------------------------------------------------------------


def two(store: Store[State], held: Held) -> list[str]:
    """Return what the screen says of the ball, the zeros, the path and the race."""
    found = path_of(store)
    lines = [store.now.story.story] if store.now == fresh(store.now) else []
    lines += [zeros(store.now, held), ball(store.now, held)]
    lines += [line for line in (_open(store, held), _verdict(store, found)) if line]
    return [*lines, *race(store, held)]


def fresh(state: State) -> State:
    """Return the screen of this story as it opens, with the present penalty and strength."""
    return State(
        data=state.data, penalty=state.penalty, strength=state.strength, hide=state.hide,
        large=state.large,
    )  # fmt: skip


def zeros(state: State, held: Held) -> str:
    """Say which coefficients are exactly 0, and by what they are held there."""
    told, zero = held.balance, held.balance.zero
    names = [W[k] for k in np.flatnonzero(zero)]
    if held.many:
        return _marked(state, names)
    if not names:
        return f"**No coefficient is exactly 0.** {_off(state, held)}"
    be = "is" if len(names) == 1 else "are"
    if told.held == 0.0:
        why = "there the loss itself is flat" if state.strength == 0.0 else (
            "by chance: the loss does not pull there, and this penalty holds nothing at 0"
        )  # fmt: skip
        return f"**{joined(names)} {be} exactly 0**, {why}."
    pulls = joined([f"{number(abs(float(told.pull[k])))} at {W[k]}" for k in np.flatnonzero(zero)])
    share = "λ" if told.held == state.strength else "λρ"
    return (
        f"**{joined(names)} {be} exactly 0**: there the loss pulls with {pulls}, and the corner "
        f"holds up to {share} = {number(told.held)}."
    )


def _marked(state: State, names: list[str]) -> str:
    """Say what is 0 at one optimum of many."""
    why = "without a penalty the loss is as low all along a valley" if not state.strength else (
        f"at {joined(W)} the loss pulls with just the λ = {number(state.strength)} that the corner "
        "holds"
    )  # fmt: skip
    if not names:
        return f"**No coefficient is exactly 0 in the optimum that is marked**: {why}."
    be = "is" if len(names) == 1 else "are"
    return (
        f"**{joined(names)} {be} exactly 0 in the optimum that is marked**, and need not be: {why}."
    )


def _off(state: State, held: Held) -> str:
    """Say why none is held at 0."""
    bent, _ = parts(state.told)
    if state.strength == 0.0:
        return "Without a penalty nothing draws them there."
    if not bent:
        return (
            f"{state.told.name} pulls the less, the smaller a coefficient is, so nothing is held "
            "at 0."
        )
    if not held.balance.square.any():
        return (
            f"At {joined(W)} the loss pulls with λ = {number(state.strength)}, and so does the "
            "penalty: away from 0 the two balance."
        )
    pulls = joined(
        [f"{number(abs(float(pull)))} at {W[k]}" for k, pull in enumerate(held.balance.pull)]
    )
    return (
        f"The loss pulls with {pulls}, more than the {number(held.balance.held)} that the corner "
        "holds."
    )


def ball(state: State, held: Held) -> str:
    """Say what the ball is, and which strength means the same."""
    radius = number(held.radius)
    if state.strength == 0.0:
        one = "an" if held.many else "the"
        return (
            f"The ball of radius t = {radius} holds {one} optimum without penalty, so **λ = 0**: "
            "the penalty changes nothing."
        )
    if held.radius == 0.0:
        return (
            f"λ = {number(state.strength)} leaves a ball that is a point: any λ from here on gives "
            "the same two zeros."
        )
    if held.many:
        return (
            f"λ = {number(state.strength)} and a ball of radius **t = {radius}** say the same: no "
            f"place in the ball has less loss than one whole edge of it. {_full(held)}"
        )
    corner = held.balance.zero.any() and parts(state.told)[0] > 0.0
    where = "in a corner of the ball" if corner else "on a smooth part of its edge"
    return (
        f"λ = {number(state.strength)} and a ball of radius **t = {radius}** say the same: no "
        f"place in the ball has less loss than the optimum on its edge, which sits {where}. "
        + _full(held)
    )


def _full(held: Held) -> str:
    """Say how large a ball must be to change nothing."""
    if not held.copies:
        return f"Without a penalty t would be {number(held.full)}."
    return f"The smallest ball that reaches an optimum without penalty has t = {number(held.full)}."


def _open(store: Store[State], held: Held) -> str:
    """Say that the data leave a choice, if they do."""
    if pair_of(store).problem.determined:
        return ""
    start = f"The features are copies: the data only see {_sum(store)}"
    if not held.many and held.coefficients.any():
        return f"{start}. {store.now.told.name} settles it, with the same size for both."
    if not held.many:
        return f"{start}. With this λ it is 0, and the penalty settles how: both are 0."
    ways = "every two coefficients that give it cost the same" if not store.now.strength else (
        f"every way to share it, from all at {W[0]} to all at {W[1]}, costs the same"
    )  # fmt: skip
    return f"{start}, and {ways} here. One of them is marked; the race may end at another."


def _sum(store: Store[State]) -> str:
    """Return what copies add up to."""
    return f"{W[0]} {'+' if store.now.overlap > 0 else '−'} {W[1]}"


def first_gone(found: CoefficientPath) -> str:
    """Return which coefficient is first at exactly 0 as λ grows, as a key of the guesses."""
    return "".join(map(str, found.first_to_vanish())) or "none"


def _verdict(store: Store[State], found: CoefficientPath) -> str:
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


def race(store: Store[State], held: Held) -> list[str]:
    """Say how both racers did."""
    answer, penalty = race_of(store), store.now.told
    lines = [
        f"**{name}**: {_ended(one, answer.lowest)}"
        for name, one in (("Proximal gradient", answer.proximal),
                          ("Subgradient descent", answer.subgradient))
    ]  # fmt: skip
    zero = np.flatnonzero(held.balance.zero)
    if zero.size and parts(penalty)[0] and store.now.strength and not held.many:
        ends = [one.points[-1][zero] for one in (answer.proximal, answer.subgradient)]
        told = [
            "at exactly 0" if not end.any() else f"at {joined([number(float(one)) for one in end])}"
            for end in ends
        ]
        names = joined([W[k] for k in zero])
        lines.append(f"Where {names} should be 0, the first ends {told[0]}, the second {told[1]}.")
    return lines


def _ended(path: Trajectory, lowest: float) -> str:
    above = max(float(path.values[-1]) - lowest, 0.0)
    steps = len(path.points) - 1
    if not steps and path.outcome is Outcome.DIVERGED:
        return "Diverged with its first step: it overshoots so far that it is not drawn."
    gap = "at the lowest cost" if above <= 1e-12 * max(lowest, 1e-300) else (
        f"{number(above, 2)} above the lowest cost"
    )  # fmt: skip
    return f"{path.outcome.value} After {steps} step{'' if steps == 1 else 's'} it is {gap}."


# Polynomials -------------------------------------------------------------------------------------


def wave(store: Store[State], answer: Wave) -> list[str]:
    """Return what both errors say of the degree and the strength."""
    state = store.now
    fitted, judged = answer.errors
    first = (
        f"Degree {state.degree} with λ = {number(state.smoothing)} under "
        f"{low(state.told.name)}: mean square error **{number(fitted)}** on the points fitted to"
    )
    if math.isnan(judged):
        return [
            f"{first}. No point is held out, so nothing says how it would do on new ones.",
        ]
    ratio = judged / fitted if fitted > 1e-12 else math.inf
    lines = [f"{first}, **{number(judged)}** on those held out{_gap(ratio)}."]
    degree, place = overfit.best(answer.by_degree), overfit.best(answer.by_strength)
    told = "every degree does the same on the points held out" if degree is None else (
        f"no degree does better on the points held out than **{degree}** (error "
        f"{number(float(answer.by_degree[degree, 1]))})"
    )  # fmt: skip
    other = "every λ does the same" if place is None else (
        f"none of the λ drawn does better than **{number(float(answer.strengths[place]), 2)}** "
        f"(error {number(float(answer.by_strength[place, 1]))})"
    )  # fmt: skip
    lines.append(f"At this λ {told}; at this degree {other}.")
    return lines


def _gap(ratio: float) -> str:
    if ratio <= 1.0:
        return ": no larger"
    return f", {number(ratio, 2)} times as much" if math.isfinite(ratio) else ""


# Ten features ------------------------------------------------------------------------------------


def ten(state: State, answer: Ten) -> list[str]:
    """Return how many features remain, here and where cross-validation says."""
    here = answer.found.at(state.ten)
    left = int(np.count_nonzero(here))
    mean, doubt = answer.validation.mean, answer.validation.doubt
    best, simple = answer.validation.best, answer.validation.simplest
    lines = [
        f"**{_features(left).capitalize()}** at λ = {number(state.ten)} under "
        f"{low(state.told.name)}{_dropped(answer, here)}."
    ]
    lines.append(
        f"{state.folds} folds: the error on left-out patients is lowest at λ = "
        f"**{number(answer.best)}**, {number(float(mean[best]), 4)} ± "
        f"{number(float(doubt[best]), 4)}, where {_features(answer.remain(answer.best))}."
    )
    lines.append(
        f"The largest λ within one standard error of it is **{number(answer.simplest)}**, with "
        f"{number(float(mean[simple]), 4)}; there {_features(answer.remain(answer.simplest))}."
    )
    if not parts(state.told)[0]:
        lines.append(_never(state.told))
    return lines


def _never(penalty: Penalty) -> str:
    return f"{penalty.name} has no corner: coefficients shrink, and none is dropped for good."


def _features(count: int) -> str:
    if count == 0:
        return "no feature remains"
    return f"{count} feature{'' if count == 1 else 's'} remain{'s' if count == 1 else ''}"


def _dropped(answer: Ten, here: np.ndarray) -> str:
    gone = [name for name, value in zip(answer.data.names, here, strict=True) if not value]
    if not gone or len(gone) == len(here):
        return ""
    return f"; exactly 0: {joined([low(name) for name in gone])}"
