"""What several sections say in the same way: shares, outcomes, nats in the unit of the screen."""

from core.divergences.gaussian_fits import GaussianFit
from pages.ui.divergences.state import DivergencesState
from pages.ui.figures.parts import number


def told(state: DivergencesState, nats: float, digits: int = 3) -> str:
    """Return a number of nats in the unit of the screen."""
    return number(float(nats) * state.per_nat, digits)


def measured(state: DivergencesState, nats: float, digits: int = 3) -> str:
    """Return a number of nats in the unit of the screen, with that unit."""
    text = told(state, nats, digits)
    return text + state.units(text)


def percent(share: float) -> str:
    """Return a share in percent; what is not quite none or all is not told as that."""
    value = 100.0 * share
    if 0.0 < value < 0.1:
        return "less than 0.1 %"
    if 99.9 < value < 100.0:
        return "more than 99.9 %"
    return f"{number(value)} %"


def named(state: DivergencesState, outcomes: tuple[int, ...], word: str = "and") -> str:
    """Return outcomes by name."""
    *rest, last = (state.names[k] for k in outcomes)
    return f"{', '.join(rest)} {word} {last}" if rest else last


def way_of(fit: GaussianFit) -> str:
    """Return a direction as it is written."""
    return "KL(p‖q)" if fit.name.startswith("Forward") else "KL(q‖p)"
