"""What the library page remembers, and how hands and sliders change it."""

import dataclasses
from collections.abc import Callable
from contextlib import suppress

import streamlit as st

from core.declare import Declared, ParameterError, parameters
from core.library.catalogue import FRAMEWORKS, LOSSES, PROPERTIES, TASKS
from core.library.choosing import ASKS
from core.losses import Loss
from pages.ui import link
from pages.ui.events import Event
from pages.ui.session import Store

MOST = 6  # losses compared at once
MOVING = ["overlay"]
EVERYTHING = ["overlay", "knobs", "details"]
NAMES = tuple(kind.__name__ for kind in LOSSES)
_SLUGS = {task: task.lower().replace(" ", "-") for task in TASKS}
_OPTIONS = tuple(f"{ask.key}-{option}" for ask in ASKS for option in ask.options)
_WORDS = link.text(60)


@dataclasses.dataclass(frozen=True)
class LibraryState:
    """Everything that makes up a screen of the library page, and travels in its link."""

    words: str = link.linked("", _WORDS)
    tasks: tuple[str, ...] = link.linked((), link.choices(*_SLUGS.values()))
    properties: tuple[str, ...] = link.linked((), link.choices(*(one.key for one in PROPERTIES)))
    frameworks: tuple[str, ...] = link.linked((), link.choices(*FRAMEWORKS))
    view: str = link.linked("overview", link.choice("overview", "properties"))
    picked: tuple[str, ...] = link.linked(
        ("SquaredError", "AbsoluteError", "Huber"), link.choices(*NAMES)
    )
    focus: str = link.linked("Huber", link.choice(*NAMES))
    framework: str = link.linked("PyTorch", link.choice(*FRAMEWORKS, "NumPy"))
    losses: tuple[Loss, ...] = link.linked(tuple(kind() for kind in LOSSES), link.declared(LOSSES))
    asked: str = link.linked("Huber", link.choice(*NAMES))
    question: str = link.linked("convex", link.choice(*(one.key for one in PROPERTIES)))
    guide: tuple[str, ...] = link.linked((), link.choices(*_OPTIONS))
    scaled: bool = link.linked(True, link.FLAG)
    large: bool = link.linked(False, link.FLAG)

    def __post_init__(self) -> None:
        if not 1 <= len(self.picked) <= MOST:
            raise link.LinkError("picked")
        if len(self.answers) < len(self.guide):
            raise link.LinkError("guide")
        if self.focus not in self.picked:
            # A link that leaves it out means the first of the picked; one that names it must fit.
            if self.focus != LibraryState.focus:
                raise link.LinkError("focus")
            object.__setattr__(self, "focus", self.picked[0])
        # The box holds no more than the link carries.
        object.__setattr__(self, "words", _WORDS.write(self.words))

    def loss(self, name: str) -> Loss:
        """Return the loss of that class with its knobs as they are."""
        return self.losses[NAMES.index(name)]

    @property
    def compared(self) -> tuple[Loss, ...]:
        """The picked losses, in display order."""
        return tuple(self.loss(name) for name in self.compared_names)

    @property
    def compared_names(self) -> tuple[str, ...]:
        """The class names of the picked losses, in display order."""
        return tuple(name for name in NAMES if name in self.picked)

    @property
    def wanted_tasks(self) -> tuple[str, ...]:
        """The tasks to filter by, as the losses call them."""
        return tuple(task for task, slug in _SLUGS.items() if slug in self.tasks)

    @property
    def answers(self) -> dict[str, str]:
        """The answers given to the guide."""
        return dict(told.split("-", 1) for told in self.guide)


def slug(task: str) -> str:
    """Return a task as it is written in a link."""
    return _SLUGS[task]


def put(store: Store[LibraryState], loss: Loss) -> None:
    """Keep a loss with its knobs as given."""
    losses = tuple(loss if type(one) is type(loss) else one for one in store.now.losses)
    store.change(losses=losses)


def pick(store: Store[LibraryState], loss: Loss) -> None:
    """Compare a loss with its knobs as given; a seventh takes the place of the earliest."""
    name = type(loss).__name__
    put(store, loss)
    rest = [one for one in store.now.picked if one != name]
    kept = rest[-(MOST - 1) :]
    store.own["gone"] = {name: tuple(one for one in rest if one not in kept)}
    store.change(picked=(*kept, name), focus=name)


def gave_way(store: Store[LibraryState], loss: Loss) -> tuple[Loss, ...]:
    """Return the losses that the latest pick took the place of, if it was this one."""
    gone = store.own.get("gone", {}).get(type(loss).__name__, ())
    return tuple(store.now.loss(one) for one in gone if one not in store.now.picked)


def warn(store: Store[LibraryState], where: str, words: str) -> None:
    """Keep a sentence to be said at one place of the page."""
    store.notice, store.own["where"] = words, where


def warned(store: Store[LibraryState], where: str) -> str:
    """Return the sentence to be said here, once."""
    if not store.notice or store.own.get("where", "top") != where:
        return ""
    words, store.notice = store.notice, ""
    store.own.pop("where", None)
    return words


def reset(store: Store[LibraryState]) -> None:
    """Turn every knob back to where it was declared."""
    store.remember()
    store.change(losses=store.start.losses)


def choose(
    store: Store[LibraryState], one: Declared, name: str, value: float | bool | None
) -> None:
    """Turn a switch of a loss, or a knob that may be off."""
    store.remember()
    loss = store.now.loss(type(one).__name__)
    follow(lambda: put(store, dataclasses.replace(loss, **{name: value})))


def follow(change: Callable[[], None]) -> None:
    """Change the state, and let every part of the page that shows it follow."""
    change()
    st.rerun(EVERYTHING)


def act(store: Store[LibraryState], event: Event) -> None:
    """Change the state as a hand asks, and say which parts of the page follow."""
    change(store, event)
    st.rerun(EVERYTHING if event.finished else MOVING)


def change(store: Store[LibraryState], event: Event) -> None:
    """Change the state as a hand in a picture or on a slider asks."""
    if event.kind in ("undo", "redo"):
        store.undo() if event.kind == "undo" else store.redo()
    elif event.value is not None:
        _turn(store, event.handle, event.value)
    if event.finished:
        store.let_go()


def _turn(store: Store[LibraryState], handle: str, value: float) -> None:
    """Turn one knob, named by the class of its loss and its field."""
    kind, _, name = handle.partition(".")
    if kind not in NAMES or name not in parameters(store.now.loss(kind)):
        return
    store.hold(handle)
    with suppress(ParameterError):
        put(store, dataclasses.replace(store.now.loss(kind), **{name: value}))


def settled_losses(store: Store[LibraryState]) -> tuple[Loss, ...]:
    """Return the compared losses with the knobs that axes go by."""
    return tuple(map(store.settled.loss, store.now.compared_names))
