"""Laws of declared knobs: what is valid, what is refused, and in which words."""

import dataclasses
import math

import pytest

from core.declare import (
    Declared,
    Parameter,
    ParameterError,
    Switch,
    parameter,
    parameters,
    switch,
    switches,
)


@dataclasses.dataclass(frozen=True)
class Kettle(Declared):
    """Something with every kind of knob, and one field that is none."""

    label: str = "tea"
    power: float = parameter(
        1.0,
        symbol="P",
        meaning="how hard it heats",
        low=0.5,
        high=3.0,
        step=0.5,
        minimum=0.0,
        open_minimum=True,
        open_maximum=True,
    )
    fill: float = parameter(
        0.5,
        symbol="f",
        meaning="how full it is",
        low=0.0,
        high=1.0,
        step=0.1,
        minimum=0.0,
        maximum=1.0,
    )
    mood: float = parameter(0.0, symbol="m", meaning="its mood", low=-1.0, high=1.0, step=0.1)


@dataclasses.dataclass(frozen=True)
class Lamp(Declared):
    """Something with switches, and a knob that may be off."""

    lit: bool = switch(True, meaning="what it does", on="it shines", off="it is dark")
    red: bool = switch(False, meaning="its color", on="red", off="white")
    timer: float | None = parameter(
        None,
        symbol="t",
        meaning="how long",
        low=1.0,
        high=9.0,
        step=1.0,
        minimum=0.0,
        optional=True,
    )


def knob(**bounds: object) -> Parameter:
    return Parameter(symbol="x", meaning="a knob", low=0.0, high=1.0, step=0.1, **bounds)


def test_knobs_come_by_name_in_the_order_of_their_declaration() -> None:
    assert list(parameters(Kettle)) == ["power", "fill", "mood"]
    assert parameters(Kettle) == parameters(Kettle())
    assert parameters(Kettle)["power"].symbol == "P"


def test_a_field_without_a_declaration_is_no_knob() -> None:
    assert "label" not in parameters(Kettle)
    assert Kettle(label="anything goes").label == "anything goes"


def test_a_declared_default_is_the_default_of_the_field() -> None:
    assert (Kettle().power, Kettle().fill, Kettle().mood) == (1.0, 0.5, 0.0)


@pytest.mark.parametrize(
    ("declared", "accepted", "refused"),
    [
        (knob(minimum=2.0), [2.0, 5.0, math.inf], [math.nextafter(2.0, 0.0), -math.inf]),
        (knob(minimum=2.0, open_minimum=True), [math.nextafter(2.0, 3.0)], [2.0, 1.0]),
        (knob(maximum=2.0), [2.0, -5.0, -math.inf], [math.nextafter(2.0, 3.0), math.inf]),
        (knob(maximum=2.0, open_maximum=True), [math.nextafter(2.0, 0.0)], [2.0, 3.0]),
        (knob(open_maximum=True), [1e308, -math.inf], [math.inf]),
        (knob(open_minimum=True), [-1e308, math.inf], [-math.inf]),
        (knob(minimum=1.0, maximum=2.0), [1.0, 1.5, 2.0, 1], [0.0, 3.0, 3]),
        (knob(), [0.0, math.inf, -math.inf], []),
    ],
)
def test_the_ends_of_a_range_are_valid_exactly_when_it_is_closed_there(
    declared: Parameter, accepted: list[float], refused: list[float]
) -> None:
    assert [value for value in accepted if not declared.accepts(value)] == []
    assert [value for value in refused if declared.accepts(value)] == []


def test_nan_is_never_valid() -> None:
    assert not knob().accepts(math.nan)
    assert not knob(minimum=0.0, maximum=1.0).accepts(math.nan)


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        (knob(), "a number"),
        (knob(minimum=0.0), "at least 0"),
        (knob(minimum=0.0, open_minimum=True), "above 0"),
        (knob(minimum=0.0, open_minimum=True, open_maximum=True), "above 0 and finite"),
        (knob(maximum=2.0), "at most 2"),
        (knob(maximum=1e6), "at most 1000000"),
        (knob(minimum=0.0, maximum=0.5, open_maximum=True), "at least 0 and below 0.5"),
    ],
)
def test_the_valid_range_is_said_in_words(declared: Parameter, words: str) -> None:
    assert declared.valid_range == words


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({"power": 0.0}, "Kettle: power is 0.0, expected above 0 and finite."),
        ({"power": math.inf}, "Kettle: power is inf, expected above 0 and finite."),
        ({"fill": 1.5}, "Kettle: fill is 1.5, expected at least 0 and at most 1."),
        ({"mood": math.nan}, "Kettle: mood is nan, expected a number."),
    ],
)
def test_a_refusal_names_class_parameter_value_and_range(
    setting: dict[str, float], sentence: str
) -> None:
    with pytest.raises(ParameterError) as refusal:
        Kettle(**setting)
    assert str(refusal.value) == sentence


def test_none_is_valid_where_a_knob_is_optional_and_nowhere_else() -> None:
    assert Lamp().timer is None
    assert Lamp(timer=3.0).timer == 3.0
    assert knob(optional=True).accepts(None)
    assert not knob().accepts(None)
    with pytest.raises(ParameterError, match="Kettle: fill is None, expected at least 0"):
        Kettle(fill=None)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match=r"Lamp: timer is -1\.0"):
        Lamp(timer=-1.0)


def test_a_slider_runs_evenly_unless_told_otherwise() -> None:
    assert not knob().logarithmic
    assert knob(logarithmic=True).logarithmic


def test_switches_come_by_name_and_are_no_knobs() -> None:
    assert (Lamp().lit, Lamp().red) == (True, False)
    assert (
        switches(Lamp)
        == switches(Lamp())
        == {
            "lit": Switch(meaning="what it does", on="it shines", off="it is dark"),
            "red": Switch(meaning="its color", on="red", off="white"),
        }
    )
    assert list(parameters(Lamp)) == ["timer"]
    assert switches(Kettle) == {}


@pytest.mark.parametrize(("value", "told"), [(1, "1"), (None, "None"), ("yes", "'yes'")])
def test_a_switch_is_true_or_false_and_nothing_like_it(value: object, told: str) -> None:
    with pytest.raises(ParameterError) as refusal:
        Lamp(red=value)  # type: ignore[arg-type]
    assert str(refusal.value) == f"Lamp: red is {told}, expected True or False."


def test_a_refusal_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="at most 1"):
        Kettle(fill=2.0)


def test_the_slider_does_not_limit_what_is_valid() -> None:
    assert Kettle(power=1e6, mood=-40.0).power == 1e6


def test_a_changed_copy_is_checked_like_a_new_one() -> None:
    with pytest.raises(ParameterError):
        dataclasses.replace(Kettle(), fill=-0.1)


def test_what_is_declared_never_changes_and_can_be_a_key() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Kettle().power = 2.0  # type: ignore[misc]
    assert {Kettle(): "here"}[Kettle(power=1.0)] == "here"
    assert Kettle() != Kettle(power=2.0)
