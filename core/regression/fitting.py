"""The best line under a loss: exact where there is a closed form, checked where there is not."""

from __future__ import annotations

import dataclasses
import functools
import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.losses.base import Array
from core.losses.residual import AbsoluteError, ResidualLoss
from core.objectives import LinearRegression, Objective, ObjectiveError, RootMean
from core.regression.vertices import Creases, lowest_vertex

Flags = NDArray[np.bool_]

# A search over many points begins on about this many of them.
_SAMPLE = 2000
_SEED = 20240229
_PAIRS, _STARTS, _MINIMA = 300, 16, 12
# Residuals held at once: 16 MB.
_HELD = 1 << 21


@dataclasses.dataclass(frozen=True, eq=False)
class Minimum:
    """One local minimum: where it is, shape (2,), and the cost there."""

    theta: Array
    value: float


@dataclasses.dataclass(frozen=True, eq=False)
class Fit:
    """The best parameters, and what is known about them.

    minima: every local minimum found, the best first.
    determined: whether the data leave one best line only, wherever the cost is convex.
    sentence: the same in words.
    """

    theta: Array
    value: float
    minima: tuple[Minimum, ...]
    determined: bool
    sentence: str


@dataclasses.dataclass(frozen=True, eq=False)
class Centred:
    """A line fit in coordinates of size 1: p = (slope * spread, height of the line at the centre).

    Both parameters then mean the same to every data set, and rounding stays where the data are.
    `level` is what the heights are counted from. The spread is 0 when all x are equal.

    Shape: u, y and shares (n,); p (..., 2).
    """

    loss: ResidualLoss
    u: Array
    y: Array
    shares: Array
    centre: float
    spread: float
    level: float

    @classmethod
    def of(cls, objective: LinearRegression, loss: ResidualLoss) -> Centred:
        """Return the same fit, without the points that weigh nothing."""
        a, y, shares = objective.design, objective.y, objective.shares
        if not shares.all():
            a, y, shares = a[shares > 0], y[shares > 0], shares[shares > 0]
        constant = bool((a == a[0]).all())
        centre, level = (float(a[0]) if constant else float(shares @ a)), float(shares @ y)
        u = a - centre
        largest = float(np.abs(u).max())
        spread = 0.0 if constant else largest * math.sqrt(shares @ (u / largest) ** 2)
        u = np.zeros_like(u) if constant else u / spread
        return cls(loss, u, y - level, shares, centre, spread, level)

    def theta(self, p: Array) -> Array:
        """Return slope and intercept for p."""
        slope = p[0] / self.spread if self.spread else 0.0
        return np.array([slope, p[1] + self.level - slope * self.centre])

    def p(self, theta: ArrayLike) -> Array:
        """Return p for slope and intercept."""
        slope, intercept = np.asarray(theta, dtype=np.float64)
        return np.array([slope * self.spread, intercept + slope * self.centre - self.level])

    def residuals(self, p: Array) -> Array:
        """Return the residuals of each row of p, shape (rows, n)."""
        return p[:, :1] * self.u + (p[:, 1:] - self.y)

    def values(self, p: Array) -> Array:
        """Return the cost of each row of p."""
        return np.asarray(self.loss.value(self.residuals(p)) @ self.shares)

    @functools.cached_property
    def basis(self) -> Array:
        """The products u², u and 1 of which second derivatives are sums, shape (n, 3)."""
        return np.stack([self.u * self.u, self.u, np.ones_like(self.u)], axis=1)

    def with_loss(self, loss: ResidualLoss) -> Centred:
        """Return the same data under another loss."""
        return dataclasses.replace(self, loss=loss)

    def sample(self, size: int) -> Centred:
        """Return the fit to every so-manyth point and to both ends, about that many in all."""
        every = np.arange(0, len(self.u), len(self.u) // size)
        some = np.union1d(every, [np.argmin(self.u), np.argmax(self.u)])
        shares = self.shares[some]
        return dataclasses.replace(
            self, u=self.u[some], y=self.y[some], shares=shares / shares.sum()
        )


def best_fit(objective: Objective, start: ArrayLike | None = None) -> Fit:
    """Return the parameters of the lowest cost; a good start makes it faster, never different.

    Raises: `ObjectiveError` for an objective that is neither a line fit nor the root of one.
    """
    if isinstance(objective, RootMean):
        fit = best_fit(objective.objective, start)
        roots = tuple(Minimum(m.theta, math.sqrt(max(m.value, 0.0))) for m in fit.minima)
        return dataclasses.replace(fit, value=roots[0].value, minima=roots)
    if not isinstance(objective, LinearRegression):
        raise ObjectiveError(f"best_fit: cannot fit a {type(objective).__name__}.")
    if not isinstance(objective.loss, ResidualLoss):
        raise ObjectiveError(f"best_fit: {objective.loss.name} is no loss of a residual.")

    problem = Centred.of(objective, objective.loss)
    found, unique = _minimise(problem, None if start is None else problem.p(start))
    minima = [Minimum(theta, objective.value(theta)) for theta in map(problem.theta, found)]
    minima.sort(key=lambda minimum: minimum.value)
    determined = unique and problem.spread > 0
    sentence = _sentence(problem, minima, unique)
    return Fit(minima[0].theta, minima[0].value, tuple(minima), determined, sentence)


def fits_as_point_travels(objective: LinearRegression, index: int, ys: ArrayLike) -> Array:
    """Return the best parameters for each height of one point, (len(ys), 2)."""
    thetas, theta = [], None
    for height in np.asarray(ys, dtype=np.float64):
        y = objective.y.copy()
        y[index] = height
        theta = best_fit(dataclasses.replace(objective, y=y), theta).theta
        thetas.append(theta)
    return np.array(thetas).reshape(-1, 2)


def _minimise(problem: Centred, start: Array | None) -> tuple[Array, bool]:
    """Return the minima as rows of p, and whether the best is the only one as good."""
    pieces = problem.loss.pieces
    if pieces is not None and not pieces.kinks and _is_square(pieces.polynomials[0]):
        return _least_squares(problem)[None], True
    start = _least_squares(problem) if start is None else start
    if pieces is not None and all(len(polynomial) <= 2 for polynomial in pieces.polynomials):
        p, level = _straight(problem, start)
        return p[None], not level
    if problem.loss.properties.convex:
        return _convex(problem, start)
    return _several(problem, start)


def _is_square(polynomial: tuple[float, ...]) -> bool:
    """Tell whether a polynomial is a multiple of r², but for a constant."""
    return len(polynomial) == 3 and polynomial[1] == 0


def _least_squares(problem: Centred) -> Array:
    """Return the least squares fit; its height at the centre is 0, the mean of y."""
    square = float(problem.shares @ (problem.u * problem.u))
    slope = float(problem.shares @ (problem.u * problem.y)) / square if square > 0 else 0.0
    return np.array([slope, 0.0])


def _straight(problem: Centred, start: Array) -> tuple[Array, bool]:
    """Return a fit under a loss of straight pieces, and whether others are as good."""
    if len(problem.u) > 2 * _SAMPLE:
        start, _ = _straight(problem.sample(_SAMPLE), start)
    assert problem.loss.pieces is not None
    creases = Creases.of(problem.loss.pieces, problem.u, problem.y, problem.shares)
    if problem.spread == 0:
        _, steps = creases.lowest_along(np.zeros(2), np.array([0.0, 1.0]))
        return np.array([0.0, steps.mean()]), bool(steps[0] < steps[1])
    p, level = lowest_vertex(creases, start)
    at_start, at_vertex = problem.values(np.array([start, p]))
    return (start, True) if at_start <= at_vertex and level else (p, level)


def _convex(problem: Centred, start: Array) -> tuple[Array, bool]:
    """Return the fit under a smooth convex loss as one row, and whether it is the only one.

    Where every residual is far larger than the scale of the loss, it acts as the absolute error,
    which Newton steps crawl along; the exact fit under that is then a start next to the answer.
    """
    if len(problem.u) > 2 * _SAMPLE:
        start = _convex(problem.sample(_SAMPLE), start)[0][0]
    p, settled = _refine(problem, start[None], rounds=12)
    if not settled.all():
        absolute, _ = _straight(problem.with_loss(AbsoluteError()), p[0])
        p, _ = _refine(problem, np.stack([p[0], absolute]), rounds=60)
        p = p[[int(np.argmin(problem.values(p)))]]
    return p, bool(_curved(problem, p)[0])


def _several(problem: Centred, start: Array) -> tuple[Array, bool]:
    """Return the local minima that a search from many starts finds, the best first."""
    some = problem.sample(_SAMPLE) if len(problem.u) > 2 * _SAMPLE else problem
    p = _local_minima(some, _starts(some, start))
    return (p if some is problem else _local_minima(problem, p[:_MINIMA])), True


def _local_minima(problem: Centred, starts: Array) -> Array:
    """Return the places that searches from the starts end in, the best first.

    One that has not arrived, or where the cost does not curve up, is kept only if it is the best.
    """
    p, settled = _refine(problem, starts, rounds=40)
    sound = settled & _curved(problem, p)
    sound[int(np.argmin(problem.values(p)))] = True
    return _distinct(problem, p[sound])


def _starts(problem: Centred, start: Array) -> Array:
    """Return where to search from: the given start, the absolute fit, and lines through pairs.

    Of those lines the best, and some of every other rank.
    """
    absolute, _ = _straight(problem.with_loss(AbsoluteError()), start)
    lines = _through_pairs(problem)
    ranked = lines[np.argsort(problem.values(lines))]
    spaced = np.linspace(_STARTS, max(len(ranked) - 1, _STARTS), _STARTS // 2).astype(int)
    chosen = np.append(np.arange(_STARTS), spaced)
    return np.vstack([start, absolute, ranked[chosen[chosen < len(ranked)]]])


def _through_pairs(problem: Centred) -> Array:
    """Return the lines through pairs of points: all of them, or some drawn from a fixed seed."""
    u, y, n = problem.u, problem.y, len(problem.u)
    if problem.spread == 0:
        return np.stack([np.zeros_like(y), y], axis=1)[:_PAIRS]
    if n * (n - 1) // 2 <= _PAIRS:
        one, two = np.triu_indices(n, 1)
    else:
        one, two = np.random.default_rng(_SEED).integers(0, n, (2, _PAIRS))
    apart = u[one] != u[two]
    one, two = one[apart], two[apart]
    slope = (y[two] - y[one]) / (u[two] - u[one])
    return np.stack([slope, y[one] - slope * u[one]], axis=1)


def _refine(problem: Centred, p: Array, rounds: int) -> tuple[Array, Flags]:
    """Return each row of p moved down to a local minimum, and whether its gradient vanished there.

    So many rows at once as fit into memory.
    """
    if len(p) > 1 and p.size * len(problem.u) > _HELD:
        parts = [_refine(problem, row[None], rounds) for row in p]
        return np.concatenate([q for q, _ in parts]), np.concatenate([s for _, s in parts])

    values, settled = problem.values(p), np.zeros(len(p), bool)
    for _ in range(rounds):
        r = problem.residuals(p)
        pulls = problem.loss.gradient(r) * problem.shares
        gradient = pulls @ problem.basis[:, 1:]
        bend = (problem.loss.hessian(r) * problem.shares) @ problem.basis
        settled = _vanishes(problem, p, gradient, pulls, bend)
        if settled.all():
            break
        trial, tried = _step(problem, p, values, gradient, bend)
        better = tried <= _at_most(values)
        if not (better & ~settled).any():
            break
        p, values = np.where(better[:, None], trial, p), np.where(better, tried, values)
    return p, settled


def _step(
    problem: Centred, p: Array, values: Array, gradient: Array, bend: Array
) -> tuple[Array, Array]:
    """Return the next row for each row of p, and the cost there.

    A Newton step where the cost curves up and the step lowers it; otherwise a step of reweighted
    least squares, which cannot raise it.
    """
    trial = p - _solve(bend, gradient)
    tried = problem.values(trial)
    poor = ~(_definite(problem, bend) & (tried <= _at_most(values)))
    if poor.any():
        weight = problem.loss.weight(problem.residuals(p[poor])) * problem.shares
        trial[poor] = p[poor] - _solve(weight @ problem.basis, gradient[poor])
        tried[poor] = problem.values(trial[poor])
    return trial, tried


def _at_most(values: Array) -> Array:
    """Return the values with room for rounding."""
    return values + 4e-15 * np.abs(values)


def _vanishes(problem: Centred, p: Array, gradient: Array, pulls: Array, bend: Array) -> Flags:
    """Tell for each row of p whether its gradient is 0 as far as float64 can tell.

    Its sum rounds, and so do the residuals, which moves it the more the cost bends.
    """
    size = np.abs(p).sum(axis=1) + problem.shares @ np.abs(problem.y)
    noise = np.abs(pulls) @ (1 + np.abs(problem.u)) + np.abs(bend).sum(axis=1) * size
    vanishes: Flags = np.abs(gradient).sum(axis=1) <= 4 * np.finfo(float).eps * noise
    return vanishes


def _definite(problem: Centred, matrix: Array) -> Flags:
    """Tell for each symmetric 2 x 2 matrix (rows of its three entries) whether it curves up."""
    if problem.spread == 0:
        return np.asarray(matrix[:, 2] > 0)
    determinant = matrix[:, 0] * matrix[:, 2] - matrix[:, 1] ** 2
    enough = determinant > 1e-10 * matrix[:, 0] * matrix[:, 2]
    return np.asarray((matrix[:, 2] > 0) & enough)


def _solve(matrix: Array, gradient: Array) -> Array:
    """Return the steps that undo the gradients, the shortest ones where there are many."""
    a, b, c = matrix.T
    determinant, trace = a * c - b * b, a + c
    single = np.abs(determinant) <= 1e-14 * np.abs(a * c)
    safe = np.where(single, 1.0, determinant)
    x, y = gradient.T
    step = np.stack([c * x - b * y, a * y - b * x], axis=1) / safe[:, None]
    length = np.where(trace > 0, trace, np.inf)[:, None]
    # Divided twice: the square of a curvature near 1e-200 would be 0.
    shortest = np.stack([a * x + b * y, b * x + c * y], axis=1) / length / length
    return np.where(single[:, None], shortest, step)


def _curved(problem: Centred, p: Array) -> Flags:
    """Tell for each row of p whether the cost curves up there in every direction."""
    rows = max(1, _HELD // (2 * len(problem.u)))
    blocks = (problem.residuals(p[first : first + rows]) for first in range(0, len(p), rows))
    bends = [(problem.loss.hessian(r) * problem.shares) @ problem.basis for r in blocks]
    return _definite(problem, np.concatenate(bends))


def _distinct(problem: Centred, p: Array) -> Array:
    """Return the rows of p from the lowest cost up, each place once."""
    p = p[np.argsort(problem.values(p))]
    typical = float(np.median(np.abs(problem.y - np.median(problem.y))))
    distance = np.abs(p[:, None] - p).max(axis=2)
    near = distance <= 1e-6 * typical + 1e-9 * np.abs(p).max(axis=1)
    return p[~np.triu(near, 1).any(axis=0)]


def _sentence(problem: Centred, minima: list[Minimum], unique: bool) -> str:
    """Return what is known of the fit, in words."""
    if len(problem.u) == 1:
        return "One point does not determine a slope: it is set to 0."
    if problem.spread == 0:
        return "All x are equal, so the slope is not determined: it is set to 0."
    if not problem.loss.properties.convex:
        found = "1 minimum" if len(minima) == 1 else f"{len(minima)} minima"
        return f"{found} found from many starts; the cost is not convex, so there may be others."
    if not unique:
        return "The minimum is level: other lines cost exactly as little as this one."
    return "1 minimum: the cost is convex, so no other line does better."
