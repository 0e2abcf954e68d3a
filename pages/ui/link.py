"""A page's state as a link, and back: only what differs from the start travels, with a version."""

import dataclasses
import hashlib
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from core.declare import Declared, ParameterError, parameters, switches
from pages.ui.edits import MOST, Edits

VERSION = "1"
LONGEST = 6000  # characters of one value; a link that says more is not ours
_LARGEST = 1e50
_SMALLEST_KNOB, _LARGEST_KNOB = 1e-12, 1e6

State = TypeVar("State")


class LinkError(ValueError):
    """A link holds something that this page could not have written."""


@dataclasses.dataclass(frozen=True)
class Codec:
    """How one field is written into a link and read back; `read` raises `LinkError`."""

    write: Callable[[Any], str]
    read: Callable[[str], Any]


def linked(default: Any, codec: Codec) -> Any:
    """Declare a field of a state that travels in the link."""
    return dataclasses.field(default=default, metadata={"codec": codec})


def write(state: Any) -> dict[str, str]:
    """Return the query of a state: nothing at all for the page as it starts."""
    query = {}
    for field in dataclasses.fields(state):
        codec = field.metadata.get("codec")
        value = getattr(state, field.name)
        if codec is not None and value != field.default and not _too_long(value):
            query[field.name] = codec.write(value)
    return {"v": VERSION, **query} if query else {}


def _too_long(value: Any) -> bool:
    return isinstance(value, Edits) and value.count > MOST


def read(kind: type[State], query: Mapping[str, str]) -> State:
    """Return the state that a query tells of.

    Raises: `LinkError` when a part of it is not one that `write` could have made.
    """
    values: dict[str, Any] = {}
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]
        codec = field.metadata.get("codec")
        if codec is None or field.name not in query:
            continue
        text = query[field.name]
        if not isinstance(text, str) or len(text) > LONGEST:
            raise LinkError(field.name)
        values[field.name] = codec.read(text)
    if "v" in query and query["v"] != VERSION:
        raise LinkError("v")
    if values and "v" not in query:
        raise LinkError("v")
    return kind(**values)


def digest(parts: Iterable[str]) -> str:
    """Return a short name for a list of words, the same on every run."""
    return hashlib.sha256("~".join(parts).encode()).hexdigest()[:12]


def choice(*options: str) -> Codec:
    """One of a few words."""

    def reader(text: str) -> str:
        if text not in options:
            raise LinkError(text[:40])
        return text

    return Codec(str, reader)


def choices(*options: str) -> Codec:
    """Several different words of a few, in order."""

    def reader(text: str) -> tuple[str, ...]:
        words = tuple(text.split("~"))
        if len(set(words)) < len(words) or not set(words) <= set(options):
            raise LinkError(text[:40])
        return words

    return Codec("~".join, reader)


def text(longest: int) -> Codec:
    """Words that someone typed: letters, digits, spaces and a few signs, up to a length."""

    def reader(words: str) -> str:
        if len(words) > longest or not all(one.isalnum() or one in _SIGNS for one in words):
            raise LinkError(words[:40])
        return words

    def writer(words: str) -> str:
        return "".join(one for one in words if one.isalnum() or one in _SIGNS)[:longest]

    return Codec(writer, reader)


_SIGNS = frozenset(" -_.,'’()/")

FLAG = Codec(lambda value: "1" if value else "0", lambda text: choice("0", "1").read(text) == "1")


def whole(low: int, high: int) -> Codec:
    """A whole number within bounds."""

    def reader(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise LinkError(text[:40])
        if not low <= int(text) <= high:
            raise LinkError(text[:40])
        return int(text)

    return Codec(str, reader)


def numbers(count: int) -> Codec:
    """A fixed count of finite numbers, or None."""
    return Codec(lambda values: "_".join(map(short, values)), lambda text: _numbers(text, count))


def declared(registry: tuple[type[Declared], ...]) -> Codec:
    """One object per class of a registry; the knobs that are not as declared travel."""
    known = {kind.__name__: kind for kind in registry}

    def writer(objects: tuple[Declared, ...]) -> str:
        return "~".join(_told(one) for one in objects if one != type(one)())

    def reader(text: str) -> tuple[Declared, ...]:
        made = {}
        for part in text.split("~") if text else []:
            name, *rest = part.split("_")
            if name not in known or len(rest) % 2:
                raise LinkError(part[:40])
            made[name] = _made(known[name], rest)
        return tuple(made.get(name) or kind() for name, kind in known.items())

    return Codec(writer, reader)


def _told(one: Declared) -> str:
    start = type(one)()
    knobs = [
        f"_{name.replace('_', '-')}_{_spelled(getattr(one, name))}"
        for name in (*parameters(one), *switches(one))
        if getattr(one, name) != getattr(start, name)
    ]
    return type(one).__name__ + "".join(knobs)


def _made(kind: type[Declared], rest: list[str]) -> Declared:
    names = [name.replace("-", "_") for name in rest[::2]]
    knobs = dict(zip(names, rest[1::2], strict=True))
    if not set(knobs) <= {*parameters(kind), *switches(kind)}:
        raise LinkError(kind.__name__)
    values = {name: _knob(text) for name, text in knobs.items()}
    if any(
        isinstance(value, bool) and name not in switches(kind) for name, value in values.items()
    ):
        raise LinkError(kind.__name__)
    try:
        return kind(**values)
    except ParameterError as error:
        raise LinkError(str(error)) from error


def _write_edits(edits: Edits) -> str:
    parts = [f"{index}_{short(x)}_{short(y)}" for index, x, y in edits.moved]
    parts += [f"d{index}" for index in edits.removed]
    parts += [f"c{index}_{kind}" for index, kind in edits.relabelled]
    classes = [f"_{kind}" for kind in edits.classes] or [""] * len(edits.added)
    added = zip(edits.added, classes, strict=True)
    parts += [f"a_{short(x)}_{short(y)}{kind}" for (x, y), kind in added]
    return "~".join(parts)


def _read_edits(text: str, classes: int) -> Edits:
    """Return edits of points of so many classes; of none, when points have no class."""
    moved, removed, added, relabelled, kinds = [], set(), [], {}, []
    parts = text.split("~") if text else []
    if len(parts) > MOST:
        raise LinkError("points")
    for part in parts:
        if part.startswith("d"):
            removed.add(_INDEX.read(part[1:]))
        elif part.startswith("c"):
            index, _, kind = part[1:].partition("_")
            relabelled[_INDEX.read(index)] = _class(kind, classes)
        elif part.startswith("a_"):
            place, kind = part[2:], ""
            if classes:
                place, _, kind = place.rpartition("_")
                kinds.append(_class(kind, classes))
            x, y = _numbers(place, 2)
            added.append((x, y))
        else:
            index, _, place = part.partition("_")
            x, y = _numbers(place, 2)
            moved.append((_INDEX.read(index), x, y))
    return Edits(
        tuple(moved), tuple(sorted(removed)), tuple(added), tuple(relabelled.items()), tuple(kinds)
    )


def _class(text: str, classes: int) -> int:
    if not classes:
        raise LinkError(text[:40])
    return whole(0, classes - 1).read(text)


_INDEX = whole(0, 999_999_999)


def edits(classes: int = 0) -> Codec:
    """Changes to points, of so many classes if they have classes."""
    return Codec(_write_edits, lambda text: _read_edits(text, classes))


def short(value: float) -> str:
    """Return the shortest text that reads back as the same number."""
    value = float(value)
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value)


def _number(text: str) -> float:
    if len(text) > 30 or not set(text) <= set("0123456789.+-einf"):
        raise LinkError(text[:40])
    try:
        value = float(text)
    except ValueError as error:
        raise LinkError(text[:40]) from error
    if math.isnan(value):
        raise LinkError(text[:40])
    return value


_SPELLED = {None: "off", False: "no", True: "yes"}
_MEANT = {text: value for value, text in _SPELLED.items()}


def _spelled(value: float | bool | None) -> str:
    return _SPELLED[value] if value is None or isinstance(value, bool) else short(value)


def _knob(text: str) -> float | bool | None:
    if text in _MEANT:
        return _MEANT[text]
    value = _number(text)
    if value != 0 and not _SMALLEST_KNOB <= abs(value) <= _LARGEST_KNOB:
        raise LinkError(text[:40])
    return value


def _numbers(text: str, count: int) -> tuple[float, ...]:
    values = tuple(_number(part) for part in text.split("_"))
    if len(values) != count or not all(abs(value) <= _LARGEST for value in values):
        raise LinkError(text[:40])
    return values


def number_within(low: float, high: float) -> Codec:
    """One number within bounds."""

    def reader(text: str) -> float:
        (value,) = _numbers(text, 1)
        if not low <= value <= high:
            raise LinkError(text[:40])
        return value

    return Codec(short, reader)
