"""What the page says of one number in other coordinates."""

from core.mle_map.reparameterization import CoinBelief, LoneBelief, SigmaBelief
from pages.ui.figures.beliefs import MAP_NAME, MLE_NAME
from pages.ui.figures.parts import counted, joined, number
from pages.ui.mle_map.state import COIN, MleMapState
from pages.ui.mle_map.words.names import SAME
from pages.ui.session import Store


def measures(lone: LoneBelief) -> tuple[str, str]:
    """Return what the number is called, and what its other measure is."""
    return ("σ", "log σ") if isinstance(lone, SigmaBelief) else ("p", "logit p")


def lone_words(store: Store[MleMapState], lone: LoneBelief | None) -> list[str]:
    """Say which estimate moves when a number is measured otherwise, and why."""
    if lone is None:
        return ["**Reparameterize.** Without a fit there are no residuals to measure σ by yet."]
    plain, measure = measures(lone)
    heading = f"**Reparameterize: {plain} or {measure}?** {_about(store, lone)}"
    if isinstance(lone, SigmaBelief) and not lone.proper:
        return [heading, _improper(lone)]
    return [
        heading,
        _moves(lone, plain, measure),
        *_endless(lone, plain, measure),
        f"**The Jacobian.** {lone.coordinate.words}",
    ]


def _about(store: Store[MleMapState], lone: LoneBelief) -> str:
    state = store.now
    if isinstance(lone, SigmaBelief):
        before = (
            "every σ as likely" if lone.width is None else f"σ within about {number(lone.width)}"
        )
        return (
            f"The spread σ of normal noise, from the {counted(lone.count, 'residual')} above, "
            f"{before} beforehand."
        )
    assert isinstance(lone, CoinBelief)
    coin = lone.coin
    if state.story == COIN:
        return "The same coin and the same prior, measured by p or by its log-odds."
    return (
        f"The share p of class 1, from {counted(coin.tosses, 'label')}, {coin.heads} of class 1, "
        f"with a Beta({number(coin.prior.a)}, {number(coin.prior.b)}) prior."
    )


def _improper(lone: SigmaBelief) -> str:
    if lone.squares == 0.0:
        return (
            "The line passes through every point: the smaller σ, the likelier, without end. With "
            "more points there is something to see."
        )
    return (
        "One residual, and every σ as likely beforehand: the posterior has no total, so there is "
        "no density to draw. Expect σ within a width, or let more points arrive."
    )


def _endless(lone: LoneBelief, plain: str, measure: str) -> list[str]:
    """Say which estimates lie at infinity over the other measure, where nothing can be drawn."""
    if not isinstance(lone, CoinBelief):
        return []
    every = (MLE_NAME, lone.mle), (f"{MAP_NAME} over {plain}", lone.map)
    gone = {name: at for name, at in every if at in (0.0, 1.0)}
    if not gone:
        return []
    places = joined([f"the {name} ({plain} = {number(at or 0.0)})" for name, at in gone.items()])
    return [
        f"Over {measure}, {places} {'lies' if len(gone) == 1 else 'lie'} at infinity: no picture "
        "reaches there."
    ]


def _moves(lone: LoneBelief, plain: str, measure: str) -> str:
    mle = "there is none" if lone.mle is None else f"{plain} = {number(lone.mle, 4)}"
    assert lone.moved_map is not None
    moved = number(lone.moved_map, 4)
    if lone.map is None:
        return (
            f"**The MLE stays** ({mle}), however it is measured. Over {plain} no single place is "
            f"the likeliest; over {measure} the MAP is {plain} = {moved}."
        )
    if abs(lone.map - lone.moved_map) <= SAME * abs(lone.map):
        return (
            f"**The MLE stays** ({mle}), however it is measured. **The MAP stays too,** at {plain} "
            f"= {moved}: here the slope of the Jacobian is 0 just there. Let n or the prior change."
        )
    return (
        f"**The MLE stays** ({mle}), however it is measured. **The MAP moves:** over {plain} the "
        f"peak is at {plain} = {number(lone.map, 4)}, over {measure} at {plain} = {moved}. The "
        "belief is the same: every interval has the same chance in both."
    )
