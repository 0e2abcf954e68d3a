"""The exact fit for losses made of straight pieces: downhill from vertex to vertex.

Every point and kink draws a line through the plane of the two parameters, along which that residual
sits at that kink. The cost is linear between those lines, so a lowest place is where two cross.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from core.losses.base import Array, Pieces

# Rates of change below this part of the largest possible one count as none.
_NEARLY = 1e-12


@dataclasses.dataclass(frozen=True, eq=False)
class Creases:
    """The cost pull @ p + sum of weight * max(0, u * p[0] + p[1] - target), over all creases.

    Shape: u, target and weight (creases,); pull and p (2,).
    """

    u: Array
    target: Array
    weight: Array
    pull: Array

    @classmethod
    def of(cls, pieces: Pieces, u: Array, y: Array, shares: Array) -> Creases:
        """Return the creases of the mean loss: one for every point and kink."""
        slopes = np.array([(*polynomial, 0.0)[1] for polynomial in pieces.polynomials])
        jumps, kinks = np.diff(slopes), np.array(pieces.kinks)
        pull = slopes[0] * np.array([shares @ u, shares.sum()])
        target = np.add.outer(kinks, y).ravel()
        return cls(np.tile(u, len(kinks)), target, np.outer(jumps, shares).ravel(), pull)

    def above(self, p: Array) -> Array:
        """Return how far the line lies above each crease's target."""
        return self.u * p[0] + p[1] - self.target

    def value(self, p: Array) -> float:
        """Return the cost at p, up to a constant."""
        return float(self.pull @ p + self.weight @ np.maximum(self.above(p), 0))

    def lowest_along(self, p: Array, direction: Array) -> tuple[int, Array]:
        """Return the crease where the cost is lowest along a line, and the steps where it is.

        The cost is convex there: its slope grows at every crease crossed, and the first crease that
        takes it to 0 or above is the answer. It stays lowest from the first of the two steps
        returned to the second.
        """
        rate = self.u * direction[0] + direction[1]
        growth = self.weight * np.abs(rate)
        crossed = np.flatnonzero(growth)
        steps = -self.above(p)[crossed] / rate[crossed]
        order = np.argsort(steps)
        slopes = np.cumsum(growth[crossed[order]])
        slopes += self.pull @ direction + self.weight @ np.minimum(rate, 0)
        nearly = _NEARLY * growth.sum()
        first, last = np.searchsorted(slopes, (-nearly, nearly))
        last = min(int(last), len(order) - 1)
        return int(crossed[order[first]]), steps[order[[first, last]]]

    def crossing(self, first: int, second: int) -> Array:
        """Return the parameters where two creases cross."""
        slope = (self.target[second] - self.target[first]) / (self.u[second] - self.u[first])
        return np.array([slope, self.target[first] - self.u[first] * slope])

    def steepest(self, pair: tuple[int, int]) -> tuple[int, bool, bool]:
        """Return the crease along which the cost falls fastest from a crossing, and two answers.

        The answers: whether it falls at all, and whether it stays level somewhere. Between
        neighbouring creases the cost is linear, so if it falls anywhere it falls along one of them.
        """
        p = self.crossing(*pair)
        above = self.above(p)
        near = self._rounding(p, pair)
        over, through = above > near, np.flatnonzero(np.abs(above) <= near)
        pull = self.pull + np.array([self.weight[over] @ self.u[over], self.weight[over].sum()])

        through = through[np.argsort(self.u[through])]
        u, weight = self.u[through], self.weight[through]
        left, left_u = np.cumsum(weight), np.cumsum(weight * u)
        smooth = pull[0] - pull[1] * u
        forward = smooth + (left_u[-1] - left_u) - u * (left[-1] - left)
        backward = u * left - left_u - smooth
        rates = np.minimum(forward, backward)
        nearly = _NEARLY * float(self.weight @ (1 + np.abs(self.u)))
        fastest = int(np.argmin(rates))
        return int(through[fastest]), rates[fastest] < -nearly, rates[fastest] <= nearly

    def _rounding(self, p: Array, pair: tuple[int, int]) -> Array:
        """Return how far above its crease a line through it may seem to lie."""
        first, second = pair
        size = abs(self.target[first]) + abs(self.target[second])
        tilt = size / abs(self.u[second] - self.u[first])
        size = np.abs(self.u * p[0]) + abs(p[1]) + np.abs(self.target)
        return 16 * np.finfo(float).eps * (size + tilt * np.abs(self.u - self.u[first]))


def lowest_vertex(creases: Creases, start: Array) -> tuple[Array, bool]:
    """Return the parameters of least cost, and whether others cost the same.

    Each round slides along a crease to the lowest crossing, and on along the crease met there.
    """
    crease = int(np.argmin(np.abs(creases.above(start))))
    p = np.array([start[0], creases.target[crease] - creases.u[crease] * start[0]])
    pair, value, checked, level = (crease, crease), np.inf, False, False
    while True:
        other, _ = creases.lowest_along(p, np.array([1.0, -creases.u[crease]]))
        met = creases.crossing(crease, other)
        lower = creases.value(met)
        if lower < value - 1e-15 * abs(lower):
            p, pair, value, crease, checked = met, (crease, other), lower, other, False
        elif checked:
            return p, level
        else:
            crease, falls, level = creases.steepest(pair)
            checked = True
            if not falls:
                return p, level
