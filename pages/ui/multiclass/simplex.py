"""One prediction over three classes: three logits, or a place in a triangle."""

import dataclasses

import numpy as np

from core.classification.softmax_regression import SoftmaxSteps, softmax_steps
from core.declare import Parameter
from core.losses.base import Array
from core.losses.multiclass import MULTICLASS_LOSSES, MulticlassLoss
from pages.ui import link
from pages.ui.descent_state import DescentState
from pages.ui.events import Event
from pages.ui.figures.simplex import LOGITS, PREDICTION, in_triangle

SIMPLEX = 3  # classes of a triangle
OF_THE_TRIANGLE = ("logits", "temperature", "shift", "truth", "judge")  # fields of the state
_LARGEST = 1e6
_JUDGES = tuple(kind.__name__ for kind in MULTICLASS_LOSSES)

TEMPERATURE = Parameter(
    "T", "What all logits are divided by before softmax.", 0.01, 10.0, 0.01, 0.001, 1000.0,
    logarithmic=True,
)  # fmt: skip
SHIFT = Parameter(
    "c", "A number added to all three logits.", -1000.0, 1000.0, 10.0, -1e6, 1e6
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class SimplexState(DescentState):
    """One prediction: its logits before a shift that all share, its temperature, and its judge.

    truth: the true class. judge: the loss that is drawn over the triangle.
    """

    logits: tuple[float, float, float] = link.linked((2.0, 0.5, -1.0), link.numbers(SIMPLEX))
    temperature: float = link.linked(1.0, link.number_within(0.001, 1000.0))
    shift: float = link.linked(0.0, link.number_within(-1e6, 1e6))
    truth: int = link.linked(0, link.whole(0, SIMPLEX - 1))
    judge: str = link.linked("CategoricalCrossEntropy", link.choice(*_JUDGES))

    def __post_init__(self) -> None:
        super().__post_init__()
        if max(map(abs, self.logits)) > _LARGEST:
            raise link.LinkError("logits")


@dataclasses.dataclass(frozen=True, eq=False)
class Prediction:
    """What three logits say, and what a loss makes of it where one class is true.

    gradient: by the logits divided by the temperature.
    """

    logits: Array
    steps: SoftmaxSteps
    loss: MulticlassLoss
    truth: int
    temperature: float

    @property
    def target(self) -> Array:
        """The true class as the loss takes it."""
        return self.loss.certain(self.truth, SIMPLEX)

    @property
    def value(self) -> float:
        """The loss."""
        return float(self.loss.value(self.steps.scaled, self.target))

    @property
    def gradient(self) -> Array:
        """The pull of the loss on each logit that softmax is taken of."""
        return self.loss.gradient(self.steps.scaled, self.target)


def prediction_of(state: SimplexState, loss: MulticlassLoss) -> Prediction:
    """Return the prediction of a screen, judged by a loss."""
    logits = np.array(state.logits) + state.shift
    steps = softmax_steps(logits, state.temperature)
    return Prediction(logits, steps, loss, state.truth, state.temperature)


def move_prediction(state: SimplexState, event: Event) -> tuple[float, ...] | None:
    """Return the logits of a prediction dragged in the triangle: their mean stays."""
    if event.handle != PREDICTION or event.x is None or event.y is None:
        return None
    told = state.temperature * np.log(in_triangle(event.x, event.y))
    return tuple((told - told.mean() + np.mean(state.logits)).tolist())


def turn_logit(state: SimplexState, event: Event) -> tuple[float, ...] | None:
    """Return the logits with one of them dragged."""
    if event.handle not in LOGITS or event.value is None:
        return None
    value, at = event.value - state.shift, LOGITS.index(event.handle)
    if abs(value) > _LARGEST:
        return state.logits
    return (*state.logits[:at], value, *state.logits[at + 1 :])
