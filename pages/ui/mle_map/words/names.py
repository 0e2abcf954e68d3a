"""What the page says first, and what it calls things."""

from core.likelihoods import BernoulliLabel, Noise, Prior
from core.losses.base import Array, Loss
from pages.ui.figures.parts import low, number
from pages.ui.mle_map.answer import Answer
from pages.ui.mle_map.state import CLASSES, COIN, LINE

_LOSSES = (
    "A loss is the negative logarithm of what you believe about the noise, a penalty that of what "
    "you believe about the parameters."
)
LEADS = {
    LINE: f"{_LOSSES} Drag a point, σ, τ or n: see the likeliest answer walk between the data and "
    "the prior.",
    CLASSES: f"{_LOSSES} Drag a point sideways, λ, the prior or n: see the likeliest curve walk "
    "between the data and the prior.",
    COIN: "How likely are heads? Drag n, or the prior's a and b: see the likeliest answer walk "
    "between the tosses and the prior.",
}
POINTS_NAME = "points that have arrived"
NO_FIT = "So no fit is drawn, and there are no residuals and no sums at it to show."
SAME = 1e-9  # two estimates closer than this are one


def lower(loss: Loss) -> str:
    """Return the name of a loss as it stands within a sentence."""
    name = low(loss.name)
    return name if name.endswith("error") else f"{name} loss"


def title(answer: Answer, which: str) -> str:
    """Return the title of one landscape: the three are a sum, or as densities a product."""
    density = answer.state.view == "density"
    if which == "likelihood":
        return "Likelihood" if density else "−log likelihood"
    if which == "prior":
        return "× prior" if density else "+ −log prior"
    return "∝ posterior" if density else "= −log posterior"


def turn_sentence(belief: Noise | Prior | BernoulliLabel | None, symbol: str, share: float) -> str:
    """Say what a turning curve shows."""
    if belief is None:
        return "No prior: every pair of parameters is as likely, and the line is level."
    where = "as it is" if share == 0 else "as a negative logarithm" if share == 1 else "turning"
    what = f"The density of {low(belief.name)}"
    if isinstance(belief, BernoulliLabel):
        what = "The chance of the true label"
    return f"{what} over {symbol}, {where}. {belief.story}"


def pair(theta: Array) -> str:
    """Return two parameters in brackets."""
    return f"({number(float(theta[0]))}, {number(float(theta[1]))})"


def signed(value: float) -> str:
    """Return a number as it is added to others."""
    return f"+ {number(value)}" if value >= 0 else f"− {number(-value)}"
