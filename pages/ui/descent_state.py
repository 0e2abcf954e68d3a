"""What every page with points, a landscape and a path on it remembers."""

import dataclasses
from typing import Generic, TypeVar

from core.declare import Parameter
from core.losses.base import Loss
from core.optimizers import OPTIMIZERS, GradientDescent, Optimizer
from pages.ui import link
from pages.ui.edits import Edits
from pages.ui.screen import ScreenState

OWN = "own"
STEPS = Parameter("steps", "How many steps the path takes at most.", 1, 500, 1, 1, 500)
_RULES = tuple(kind.__name__ for kind in OPTIMIZERS)

AnyLoss = TypeVar("AnyLoss", bound=Loss)


@dataclasses.dataclass(frozen=True)
class DescentState(ScreenState):
    """Points as the reader left them, how to descend, what of the landscape to see.

    Raises: `LinkError` when a range ends before it begins.
    """

    points: Edits = link.linked(Edits(), link.edits())
    optimizer: str = link.linked(GradientDescent.__name__, link.choice(*_RULES))
    rules: tuple[Optimizer, ...] = link.linked(
        tuple(kind() for kind in OPTIMIZERS), link.declared(OPTIMIZERS)
    )
    start: tuple[float, float] | None = link.linked(None, link.numbers(2))
    steps: int = link.linked(60, link.whole(1, 500))
    span: tuple[float, float, float, float] | None = link.linked(None, link.numbers(4))
    view: str = link.linked("above", link.choice("above", "surface"))
    levels: str = link.linked("geometric", link.choice("geometric", "plain"))
    selected: int | None = link.linked(None, link.whole(0, 999_999_999))

    def __post_init__(self) -> None:
        if self.span and not (self.span[0] < self.span[1] and self.span[2] < self.span[3]):
            raise link.LinkError("span")

    @property
    def rule(self) -> Optimizer:
        """The optimizer with its knobs as they are."""
        return self.rules[_RULES.index(self.optimizer)]


@dataclasses.dataclass(frozen=True)
class ComparedState(DescentState, Generic[AnyLoss]):
    """Several losses of one kind side by side, one of which has its landscape drawn.

    losses: one of every class, with its knobs as they are. compared and chosen: names of classes;
    a page gives all three their defaults.

    Raises: `LinkError` when none is compared.
    """

    compared: tuple[str, ...] = ()
    chosen: str = ""
    losses: tuple[AnyLoss, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.compared:
            raise link.LinkError("compared")
        if self.chosen not in self.compared:
            object.__setattr__(self, "chosen", self.compared[0])

    def loss(self, name: str) -> AnyLoss:
        """Return the loss of that class with its knobs as they are."""
        return next(one for one in self.losses if type(one).__name__ == name)

    @property
    def lines(self) -> tuple[AnyLoss, ...]:
        """The compared losses, in display order."""
        return tuple(one for one in self.losses if type(one).__name__ in self.compared)
