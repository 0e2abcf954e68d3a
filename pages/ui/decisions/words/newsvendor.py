"""What the page says of too few and too many."""

from core.decisions.newsvendor import Newsvendor
from core.decisions.outcomes import Outcomes
from pages.ui.figures.newsvendor import Ordering
from pages.ui.figures.parts import number

NEWSVENDOR = (
    "**Too few or too many?** Read the outcomes above as a demand; you order before you know it. "
    "Drag your order q. Drag τ, and the cost of a unit follows."
)


def shop_words(shop: Newsvendor, told: Ordering, demand: Outcomes) -> list[str]:
    """Return the two prices of a mistake, what this order and the mean lose, and the identity."""
    first, last = told.written(told.best.low), told.written(told.best.high)
    best = first if first == last else f"anything from {first} to {last}"
    lines = [
        f"A unit short forgoes p − c = {number(shop.short)}; a unit left over loses c − s = "
        f"{number(shop.over)}. **The price ratio is τ = {number(shop.short)} ÷ "
        f"({number(shop.short)} + {number(shop.over)}) = {number(shop.ratio)}**, and the best "
        f"order is the τ-quantile of the demand: {best}.",
        f"**You order {told.written(told.order)}**, which loses "
        f"{_lost(told.cost, told.best.value)}",
        f"Ordering the mean demand, {told.written(told.mean)}, loses "
        f"{_lost(told.mean_cost, told.best.value)}",
        _identity(shop, told, demand),
    ]
    if negative := int((demand.values < 0).sum()):
        some = "1 outcome is" if negative == 1 else f"{negative} outcomes are"
        lines.append(f"{some} below 0: as a demand, read that as returns.")
    return lines


def _lost(cost: float, least: float) -> str:
    more = max(cost - least, 0.0)
    told = f"{number(cost)} on average against knowing the demand"
    if more <= 1e-12 * cost:
        return f"{told}: no order loses less."
    return f"{told}, {number(more)} more than the best order."


def _identity(shop: Newsvendor, told: Ordering, demand: Outcomes) -> str:
    off = shop.deviation(told.orders, demand)
    return (
        f"The cost is the pinball loss at τ, times {number(shop.short + shop.over)}: over the "
        f"{len(told.orders)} orders drawn the two differ by {number(off, 2)} at most."
    )
