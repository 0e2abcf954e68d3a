"""How much to order before the demand is known: too little and too much cost differently.

Every unit short forgoes price - cost, every unit left over loses cost - salvage. That is the
pinball loss times the sum of both, so the best order is a quantile, and its level a ratio of
prices: Arrow, Harris and Marschak (1951), Optimal inventory policy.
"""

from __future__ import annotations

import dataclasses
from typing import ClassVar, final

import numpy as np
from numpy.typing import ArrayLike

from core.decisions.best_number import Valley, best, expected
from core.decisions.outcomes import Outcomes
from core.declare import Declared, ParameterError, parameter
from core.losses.base import Array
from core.losses.residual import Quantile

LEAST_GAP = 0.01  # between two prices


@final
@dataclasses.dataclass(frozen=True)
class Newsvendor(Declared):
    """What a unit sells for, what it costs, and what is got for one that is left over.

    Raises: `ParameterError` unless salvage < cost < price, each at least 0.01 above the one before:
    at the ends any order, or none, would do.
    """

    price: float = parameter(
        3.0,
        symbol="p",
        meaning="what a unit sells for",
        low=0.05,
        high=10.0,
        step=0.05,
        minimum=-1e6,
        maximum=1e6,
    )
    cost: float = parameter(
        0.8,
        symbol="c",
        meaning="what a unit costs to make, sold or not",
        low=0.05,
        high=10.0,
        step=0.05,
        minimum=-1e6,
        maximum=1e6,
    )
    salvage: float = parameter(
        0.4,
        symbol="s",
        meaning="what is still got for a unit left over; below 0 it costs to get rid of it",
        low=-5.0,
        high=10.0,
        step=0.05,
        minimum=-1e6,
        maximum=1e6,
    )

    name: ClassVar[str] = "Newsvendor"
    formula: ClassVar[str] = r"C(q) = c_u \max(d - q, 0) + c_o \max(q - d, 0)"

    def __post_init__(self) -> None:
        super().__post_init__()
        gap = LEAST_GAP - 1e-9
        if not (self.cost - self.salvage >= gap and self.price - self.cost >= gap):
            raise ParameterError(
                f"Newsvendor: salvage {self.salvage:g}, cost {self.cost:g} and price "
                f"{self.price:g}, expected each at least {LEAST_GAP} above the one before."
            )

    @property
    def short(self) -> float:
        """What a unit too few forgoes: the profit of a sale."""
        return self.price - self.cost

    @property
    def over(self) -> float:
        """What a unit too many loses."""
        return self.cost - self.salvage

    @property
    def ratio(self) -> float:
        """The level τ of the quantile to order: the price of too few in both prices."""
        return self.short / (self.short + self.over)

    @property
    def pinball(self) -> Quantile:
        """The loss of which the cost is a multiple, that by short + over."""
        return Quantile(self.ratio)

    def costs(self, order: ArrayLike, demand: ArrayLike) -> Array:
        """Return what an order loses against one that knew the demand. Shape: they broadcast."""
        gap = np.asarray(order, dtype=np.float64) - np.asarray(demand, dtype=np.float64)
        return self.over * np.maximum(gap, 0.0) + self.short * np.maximum(-gap, 0.0)

    def profits(self, order: ArrayLike, demand: ArrayLike) -> Array:
        """Return what is earned, once all that was not sold is salvaged. Shape: they broadcast."""
        q, d = np.asarray(order, dtype=np.float64), np.asarray(demand, dtype=np.float64)
        sold = np.minimum(q, d)
        return self.price * sold + self.salvage * (q - sold) - self.cost * q

    def expected_cost(self, order: ArrayLike, demand: Outcomes) -> Array:
        """Return what an order loses on average. Shape: (...,) in and out."""
        return self.costs(np.asarray(order)[..., None], demand.values) @ demand.shares

    def expected_profit(self, order: ArrayLike, demand: Outcomes) -> Array:
        """Return what an order earns on average. Shape: (...,) in and out."""
        return self.profits(np.asarray(order)[..., None], demand.values) @ demand.shares

    def best_order(self, demand: Outcomes) -> Valley:
        """Return the orders of least expected cost: the quantile at the ratio, all of it."""
        found = best(self.pinball, demand).valleys[0]
        cost = float(self.expected_cost(found.middle, demand))
        return dataclasses.replace(found, value=cost)

    def regret(self, order: float, demand: Outcomes) -> float:
        """Return what an order loses on average beyond the best one; never below 0."""
        cost = float(self.expected_cost(order, demand))
        return max(cost - self.best_order(demand).value, 0.0)

    def deviation(self, orders: ArrayLike, demand: Outcomes) -> float:
        """Return how far expected cost and (short + over) times pinball differ at most."""
        scaled = (self.short + self.over) * expected(self.pinball, demand, orders)
        return float(np.abs(self.expected_cost(orders, demand) - scaled).max())


def turned(shop: Newsvendor, name: str, value: float) -> Newsvendor:
    """Return the prices with one of them set as near to the value as the other two allow."""
    if name == "price":
        value = max(value, shop.cost + LEAST_GAP)
    elif name == "salvage":
        value = min(value, shop.cost - LEAST_GAP)
    else:
        value = min(max(value, shop.salvage + LEAST_GAP), shop.price - LEAST_GAP)
    return dataclasses.replace(shop, **{name: value})


def at_ratio(shop: Newsvendor, ratio: float) -> Newsvendor:
    """Return the prices with the cost set so that this is the level of the quantile to order."""
    return turned(shop, "cost", shop.price - ratio * (shop.price - shop.salvage))
