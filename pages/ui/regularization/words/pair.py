"""What the page says of two coefficients: the zeros, the ball, and what holds them there."""

import numpy as np

from core.regularization.mean_square import parts
from pages.ui.figures.parts import joined, number
from pages.ui.regularization.state import RegularizationState
from pages.ui.regularization.study import Held, pair_of, path_of
from pages.ui.regularization.words.path import W, verdict
from pages.ui.regularization.words.racers import race
from pages.ui.session import Store


def two(store: Store[RegularizationState], held: Held) -> list[str]:
    """Return what the screen says of the ball, the zeros, the path and the race."""
    found = path_of(store)
    lines = [store.now.story.story] if store.now == fresh(store.now) else []
    lines += [zeros(store.now, held), ball(store.now, held)]
    lines += [line for line in (_open(store, held), verdict(store, found)) if line]
    return [*lines, *race(store, held)]


def fresh(state: RegularizationState) -> RegularizationState:
    """Return the screen of this story as it opens, with the present penalty and strength."""
    return RegularizationState(
        data=state.data, penalty=state.penalty, strength=state.strength, hide=state.hide,
        large=state.large,
    )  # fmt: skip


def zeros(state: RegularizationState, held: Held) -> str:
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


def _marked(state: RegularizationState, names: list[str]) -> str:
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


def _off(state: RegularizationState, held: Held) -> str:
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


def ball(state: RegularizationState, held: Held) -> str:
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


def _open(store: Store[RegularizationState], held: Held) -> str:
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


def _sum(store: Store[RegularizationState]) -> str:
    """Return what copies add up to."""
    return f"{W[0]} {'+' if store.now.overlap > 0 else '−'} {W[1]}"
