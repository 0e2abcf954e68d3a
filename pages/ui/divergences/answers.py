"""What one screen of the page of divergences asks for, computed once for as long as it holds."""

import dataclasses
from typing import TypeVar

import numpy as np

from core.divergences.gaussian_fits import ForwardFit, GaussianFit, ReverseFit
from core.divergences.maximum_likelihood import (
    FromTheData,
    Likelihood,
    SameUpToConstant,
    die,
    same_up_to_constant,
)
from core.landscape import Grid, Landscape
from core.losses.base import Array
from core.optimizers import Optimizer, Outcome, Trajectory, descend
from pages.ui.divergences.state import (
    BENDS,
    MEANS,
    NAMES,
    SPREADS,
    TILTS,
    DivergencesState,
)
from pages.ui.figures.bars import gripped
from pages.ui.session import Store

BARS, HUMPS, THROWS = "bars", "humps", "throws"  # the parts of the page
_CELLS, _COARSE = 100, 50  # cells of a landscape: at rest, and while a finger is down

Answer = TypeVar("Answer")


@dataclasses.dataclass(frozen=True, eq=False)
class OneWay:
    """One direction of KL over mean and spread: its landscape, its minima, a path."""

    fit: GaussianFit
    landscape: Landscape
    path: Trajectory

    @property
    def end(self) -> Array:
        """Where the path ends, (μ, σ)."""
        return self.path.points[-1]

    @property
    def lowest(self) -> float:
        """The lowest value there is."""
        return self.fit.value(self.fit.minima[0])

    def reached(self) -> int | None:
        """Return which of the minima the path ends at, if it ends at one."""
        far = [float(np.abs(self.end - one).max()) for one in self.fit.minima]
        nearest = int(np.argmin(far))
        return nearest if far[nearest] < 0.05 else None


@dataclasses.dataclass(frozen=True, eq=False)
class DieAnswer:
    """The throws: both costs over the same grid, the path down the first, how the pulls differ.

    apart: the largest difference of the two gradients along the path.
    """

    likelihood: Likelihood
    divergence: FromTheData
    same: SameUpToConstant
    path: Trajectory
    apart: float

    @property
    def model(self) -> Array:
        """The die at the end of the path."""
        return die(self.path.points[-1])


def moving(store: Store[DivergencesState], part: str) -> bool:
    """Tell whether a hand moves what is on the board of that part.

    Humps and throws are on one: the optimizer and its knobs are theirs together.
    """
    handle = store.held
    bar = gripped(handle, "pq", len(NAMES)) is not None
    return bar if part == BARS else bool(handle) and not bar


def cells(store: Store[DivergencesState], part: str) -> int:
    """Return how fine the landscapes of a part are now."""
    return _COARSE if moving(store, part) else _CELLS


def one_way(store: Store[DivergencesState], kind: type[GaussianFit]) -> OneWay:
    """Return landscape, minima and path of one direction."""
    state, name, fine = store.now, kind.__name__, cells(store, HUMPS)
    two = state.two
    fit = store.kept(f"fit-{name}", two, lambda: kind(two))
    landscape = store.kept(f"land-{name}", (two, fine), lambda: fit.landscape(humps_grid(fine)))
    key = (two, state.rule, state.steps, state.start)
    path = store.kept(
        f"path-{name}", key, lambda: descend(fit, state.rule, state.start, state.steps)
    )
    return OneWay(fit, landscape, path)


def both_ways(store: Store[DivergencesState]) -> tuple[OneWay, OneWay]:
    """Return forward and reverse."""
    return one_way(store, ForwardFit), one_way(store, ReverseFit)


def thrown(store: Store[DivergencesState]) -> DieAnswer:
    """Return what is asked of the die."""
    state, fine = store.now, cells(store, THROWS)
    counts = state.counts
    likelihood, divergence = Likelihood(counts), FromTheData(counts)
    same = store.kept("same", (counts, fine), lambda: same_up_to_constant(counts, die_grid(fine)))
    key = (counts, state.rule, state.steps, state.die_start)
    path = store.kept(
        "die-path",
        key,
        lambda: descend(likelihood, state.rule, state.die_start, state.steps),
    )
    pulls = likelihood.gradients(path.points) - divergence.gradients(path.points)
    return DieAnswer(likelihood, divergence, same, path, float(np.abs(pulls).max()))


def humps_grid(fine: int) -> Grid:
    """Return the grid over mean and spread."""
    return Grid.regular(MEANS, SPREADS, fine, fine)


def die_grid(fine: int) -> Grid:
    """Return the grid over tilt and bend."""
    return Grid.regular(TILTS, BENDS, fine, fine)


def falls_off(rule: Optimizer, path: Trajectory) -> bool:
    """Tell whether the step that ended a path leads to a spread that is not above 0."""
    if path.outcome is not Outcome.DIVERGED:
        return False
    memory = rule.init(path.points[0])
    with np.errstate(all="ignore"):
        for point, gradient in zip(path.points, path.gradients, strict=True):
            after, memory = rule.step(point, gradient, memory)
    return bool(after[1] <= 0.0)
