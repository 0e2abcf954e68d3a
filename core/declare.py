"""How a class declares its knobs: a parameter is a dataclass field that carries its own meaning."""

import dataclasses
import math
from typing import Any

_KEY = "parameter"
_SWITCH = "switch"


@dataclasses.dataclass(frozen=True)
class Parameter:
    """What a control, a formula and a validity check need to know about one knob.

    `low`, `high` and `step` shape the slider; `minimum` and `maximum` bound what is valid at all.
    With `optional`, None is valid too and switches off what the knob does.
    """

    symbol: str
    meaning: str
    low: float
    high: float
    step: float
    minimum: float = -math.inf
    maximum: float = math.inf
    open_minimum: bool = False
    open_maximum: bool = False
    logarithmic: bool = False
    optional: bool = False

    def accepts(self, value: float | None) -> bool:
        """Tell whether the value lies inside the valid range, whatever the slider shows."""
        if value is None:
            return self.optional
        above = value > self.minimum if self.open_minimum else value >= self.minimum
        below = value < self.maximum if self.open_maximum else value <= self.maximum
        return bool(above and below)

    @property
    def valid_range(self) -> str:
        """The valid range in words, for an error message."""
        words = []
        if self.minimum > -math.inf:
            words.append(f"{'above' if self.open_minimum else 'at least'} {self.minimum:.10g}")
        if self.maximum < math.inf:
            words.append(f"{'below' if self.open_maximum else 'at most'} {self.maximum:.10g}")
        elif self.open_maximum:
            words.append("finite")
        return " and ".join(words) or "a number"


class ParameterError(ValueError):
    """A parameter was given a value outside its valid range."""


def parameter(default: float | None, **declared: Any) -> Any:
    """Declare a dataclass field that is a knob; the keywords are those of `Parameter`."""
    return dataclasses.field(default=default, metadata={_KEY: Parameter(**declared)})


@dataclasses.dataclass(frozen=True)
class Switch:
    """What a control needs to know about a choice between two forms: True and False in words."""

    meaning: str
    on: str
    off: str


def switch(default: bool, *, meaning: str, on: str, off: str) -> Any:
    """Declare a dataclass field that chooses between two forms."""
    return dataclasses.field(default=default, metadata={_SWITCH: Switch(meaning, on, off)})


def switches(declaring: Any) -> dict[str, Switch]:
    """Return the switches of a class or an instance by field name, in order of declaration."""
    return {
        field.name: field.metadata[_SWITCH]
        for field in dataclasses.fields(declaring)
        if _SWITCH in field.metadata
    }


def parameters(declaring: Any) -> dict[str, Parameter]:
    """Return the knobs of a class or an instance by field name, in order of declaration."""
    return {
        field.name: field.metadata[_KEY]
        for field in dataclasses.fields(declaring)
        if _KEY in field.metadata
    }


@dataclasses.dataclass(frozen=True)
class Declared:
    """Base of everything with knobs: refuses values outside their valid ranges.

    Raises: `ParameterError` naming the class, the parameter, the value and what was expected.
    """

    def __post_init__(self) -> None:
        for name, declared in parameters(self).items():
            value = getattr(self, name)
            if not declared.accepts(value):
                raise ParameterError(
                    f"{type(self).__name__}: {name} is {value}, expected {declared.valid_range}."
                )
        for name in switches(self):
            if not isinstance(getattr(self, name), bool):
                value = getattr(self, name)
                raise ParameterError(
                    f"{type(self).__name__}: {name} is {value!r}, expected True or False."
                )
