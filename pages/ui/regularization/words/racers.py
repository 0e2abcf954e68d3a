"""What the page says of the race of two optimizers."""

import numpy as np

from core.optimizers import Outcome, Trajectory
from core.regularization.mean_square import parts
from pages.ui.figures.parts import joined, number
from pages.ui.regularization.state import RegularizationState
from pages.ui.regularization.study import Held, race_of
from pages.ui.regularization.words.path import W
from pages.ui.session import Store


def race(store: Store[RegularizationState], held: Held) -> list[str]:
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
