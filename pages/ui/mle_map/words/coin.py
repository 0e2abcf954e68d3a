"""What the page says of a coin."""

from core.mle_map.conjugate import BetaPeak
from pages.ui.figures.parts import counted, number
from pages.ui.mle_map.answer import CoinAnswer
from pages.ui.mle_map.state import MleMapState
from pages.ui.mle_map.words.guess import guessed
from pages.ui.mle_map.words.names import signed
from pages.ui.session import Store


def coin_words(store: Store[MleMapState], answer: CoinAnswer) -> list[str]:
    """Return what the tosses say, what the prior adds, and what is likeliest."""
    coin, prior = answer.coin, answer.coin.prior
    lines = [
        *guessed(store),
        f"**{counted(coin.heads, 'head')} in {_tosses(coin.tosses)}.** The likeliest p by the "
        f"tosses alone, the MLE, is their share: {number(coin.mle or 0.0)}.",
        _coin_map(answer),
        f"**The mean** of the posterior is {number(coin.posterior.mean)}: the prior's mean "
        f"{number(prior.mean)} has a share of {number(100 * coin.pull)} % in it, the tosses have "
        "the rest.",
    ]
    if store.now.view == "density":
        lines.append(
            "The likelihood is no density over p; it is drawn to the same area as the others."
        )
    else:
        lines.append(
            "**−log posterior = −log likelihood − log prior "
            f"{signed(coin.log_evidence)}**, the logarithm of the evidence: a constant that moves "
            "no peak."
        )
    return lines


def _tosses(count: int) -> str:
    return "1 toss" if count == 1 else f"{count} tosses"


def _coin_map(answer: CoinAnswer) -> str:
    coin = answer.coin
    a, b, after = coin.prior.a, coin.prior.b, coin.posterior
    told = f"The posterior is Beta({number(after.a, 4)}, {number(after.b, 4)})."
    if after.peak is BetaPeak.INSIDE:
        assert coin.map is not None
        over = f"({coin.heads} + {number(a)} − 1) / ({coin.tosses} + {number(a)} + {number(b)} − 2)"
        return f"**MAP.** {told} Its peak is at {over} = {number(coin.map)}."
    return f"**MAP.** {told} {after.peak.value}"
