"""The pictures of one number: a coin's chance of heads, and a belief in other coordinates."""

import numpy as np

from core.losses.base import Array
from core.mle_map.conjugate import BetaBelief, Coin
from core.mle_map.reparameterization import CoinBelief, LoneBelief
from pages.ui.figures.beliefs import (
    MAP,
    MAP_NAME,
    MLE,
    MLE_NAME,
    MODE,
)
from pages.ui.figures.chances import Chances, Steps, chance_figure, steps_walk_figure
from pages.ui.figures.figure import Figure, Note
from pages.ui.mle_map import words as told
from pages.ui.mle_map.answer import CoinAnswer, coin_computed, coin_of
from pages.ui.mle_map.state import MleMapState
from pages.ui.session import Store
from pages.ui.theme import Look

_CURVE = 301
_LEAST = 1e-3  # chances next to 0 and 1 are not drawn: a density may be infinite there
_ENDS = (-0.03, 1.03)  # of the axis: marks at 0 and 1 are drawn whole
_TALLEST = 14.0  # heights of densities beyond leave the picture
MOVED_MAP = Look("#7a74d6", "dashdot", "star")


def coin_items(store: Store[MleMapState]) -> dict[str, Figure | Note]:
    """Return the curves over p, the walk, and the words between them."""
    answer = coin_computed(store)
    return {
        "chance": _chance(store, answer),
        "walk": _walk(store, answer),
        "words": Note(tuple(told.coin_words(store, answer))),
    }


def _chance(store: Store[MleMapState], answer: CoinAnswer) -> Figure:
    coin, density = answer.coin, store.now.view == "density"
    p = np.linspace(_LEAST, 1 - _LEAST, _CURVE)
    alone = scaled_likelihood(coin, p) if density else coin.negative_log_likelihood(p)
    curves = (
        ("likelihood", MLE, alone),
        ("prior", MODE, _height(coin.prior.log_density(p), density)),
        ("posterior", MAP, _height(coin.posterior.log_density(p), density)),
    )  # fmt: skip
    marks = [(name, how, at) for name, how, at in (
        (MLE_NAME, MLE, coin.mle), (MAP_NAME, MAP, coin.map)) if at is not None]  # fmt: skip
    chances = Chances(
        title="Likelihood, prior and posterior of the chance of heads",
        over="p, the chance of heads",
        height="density (likelihood: to the same area)" if density else "negative logarithm",
        x=p,
        curves=curves,
        marks=tuple(marks),
        top=_top(store, p),
        span=_ENDS,
    )
    return chance_figure(chances, f"chance-{store.now.view}")


def _height(log: Array, density: bool) -> Array:
    return np.exp(log) if density else -log


def scaled_likelihood(coin: Coin, p: Array) -> Array:
    """Return the likelihood scaled to an area of 1: the posterior of a level prior."""
    return BetaBelief(1.0, 1.0).after(coin.heads, coin.tosses).density(p)


def _top(store: Store[MleMapState], p: Array) -> tuple[float, float]:
    """Return heights with room for the posterior as it was when a hand last let go."""
    coin = coin_of(store.settled)
    log = coin.posterior.log_density(p[10:-10])
    if store.now.view == "density":
        return 0.0, float(np.clip(1.25 * np.exp(log.max()), 2.0, _TALLEST))
    least = float(coin.negative_log_likelihood(p).min())
    return min(-float(log.max()), 0.0) - 1.0, least + 12.0


def _walk(store: Store[MleMapState], answer: CoinAnswer) -> Figure:
    size = len(answer.mle)
    steps = Steps(
        title="How the estimates walk as tosses arrive",
        over="tosses so far",
        height="estimate of p",
        count=np.arange(size, dtype=np.float64),
        shown=float(min(size - 1, max(40, 3 * store.settled.known))),
        paths=((MLE_NAME, MLE, answer.mle), (MAP_NAME, MAP, answer.map)),
        span=(-0.03, 1.03),
        now=answer.coin.tosses,
    )
    return steps_walk_figure(steps, f"walk-{answer.state.coin}")


# The same in other coordinates -------------------------------------------------------------------


def lone_items(store: Store[MleMapState], lone: LoneBelief | None) -> dict[str, Figure | Note]:
    """Return a belief about one number over that number, and over another measure of it."""
    words = Note(tuple(told.lone_words(store, lone)))
    if lone is None or not lone.proper or lone.moved_map is None:
        return {"moved-words": words}
    number, measure = told.measures(lone)
    x, u = lone_axes(store, lone)
    over_x = lone.density(x)
    over_u = lone.moved_density(u)
    back = lone.coordinate
    with np.errstate(divide="ignore"):  # at an end of its range a number lies at infinity
        moved_marks = [(name, how, float(back.to(at))) for name, how, at in lone_marks(lone)]
    ends = _ENDS if isinstance(lone, CoinBelief) else None
    return {
        "moved-words": words,
        "over-number": _lone(store, number, x, over_x, lone_marks(lone), "over-number", ends),
        "over-measure": _lone(store, measure, u, over_u, moved_marks, "over-measure"),
    }


def lone_marks(lone: LoneBelief) -> list[tuple[str, Look, float]]:
    """Return the estimates that there are, told as the number itself."""
    every = (
        (MLE_NAME, MLE, lone.mle),
        (f"{MAP_NAME} over {told.measures(lone)[0]}", MAP, lone.map),
        (f"{MAP_NAME} over {told.measures(lone)[1]}", MOVED_MAP, lone.moved_map),
    )
    return [(name, how, at) for name, how, at in every if at is not None]


def lone_axes(store: Store[MleMapState], lone: LoneBelief) -> tuple[Array, Array]:
    """Return where the two densities are drawn: over the number, and over its other measure."""
    base = store.settled
    if isinstance(lone, CoinBelief):
        after = coin_of(base).posterior
        middle = np.log(after.a / after.b)
        reach = 5.0 * np.sqrt(1.0 / after.a + 1.0 / after.b)
        measure = np.linspace(middle - reach, middle + reach, _CURVE)
        return np.linspace(_LEAST, 1 - _LEAST, _CURVE), measure
    centre: float = lone.moved_map or 1.0
    centre = store.kept("sigma", (base.story, base.line, base.points, base.known, base.noise,
                                  base.spread_prior), lambda: centre)  # fmt: skip
    return (
        np.linspace(0.02 * centre, 3.0 * centre, _CURVE),
        np.log(centre) + np.linspace(-1.6, 1.6, _CURVE),
    )


def _lone(
    store: Store[MleMapState],
    over: str,
    x: Array,
    density: Array,
    marks: list[tuple[str, Look, float]],
    keep: str,
    span: tuple[float, float] | None = None,
) -> Figure:
    highest = float(np.clip(1.2 * density[2:-2].max(), 1e-6, 1e6))
    top = store.at_rest(f"top-{keep}", store.now.story, lambda: highest)
    chances = Chances(
        title=f"Posterior density over {over}",
        over=over,
        height="density",
        x=x,
        curves=(("posterior", MAP, density),),
        marks=tuple(marks),
        top=(0.0, top),
        span=span,
    )
    return chance_figure(chances, keep)
