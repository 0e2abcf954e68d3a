"""What hands do on the page of regularization: balls, thresholds, targets, points, strengths."""

import math

import numpy as np

from core.data.labelled import Labels
from core.regularization import penalty_ball
from core.regularization.mean_square import parts
from core.regularization.polynomials import held_out, story
from pages.ui.edits import MOST, Edits
from pages.ui.events import Event
from pages.ui.figures.landscape import START
from pages.ui.hands import Hands
from pages.ui.regularization.state import (
    TURNED,
    WHOLE,
    RegularizationState,
    fitting_strength,
)
from pages.ui.regularization.study import pair_of, path_of, points_of
from pages.ui.session import Store

BALL, OPTIMUM, THRESHOLD, WAVE = "ball", "optimum", "threshold", "wave"
TARGETS = ("targets-1", "targets-2")
LOGS = {"smoothing-log": "smoothing", "ten-log": "ten"}
_LARGEST = 1e6
_ALL_HELD_OUT = "One point stays to fit to: the others can be held out or taken away."
_TOO_MANY = f"A link carries {MOST} changed points at most, so no more are added."

State = RegularizationState


class RegularizationHands(Hands[State]):
    """Handles of three stages; each changes what stands in the link, and nothing else."""

    groups = ("penalties", "racers")

    def own(self, store: Store[State], event: Event) -> bool:
        """Act on what this page alone has, and say whether that was it."""
        before = store.now.strength
        done = self._done(store, event)
        if store.now.strength != before:
            store.own["turned"] = asked(store.now)
        return done

    def _done(self, store: Store[State], event: Event) -> bool:
        if event.handle == WAVE:
            self._wave(store, event)
        elif event.handle in TARGETS:
            self._target(store, event)
        elif event.x is not None and event.y is not None:
            return self._placed(store, event, (event.x, event.y))
        elif event.value is not None:
            return self._valued(store, event, event.value)
        else:
            return False
        return True

    def _placed(self, store: Store[State], event: Event, place: tuple[float, float]) -> bool:
        """Act on a marker that was put somewhere."""
        if max(map(abs, place)) > _LARGEST:
            return True
        fields: dict[str, object]
        if event.handle == BALL:
            fields = {**by_radius(store, place)}
        elif event.handle == OPTIMUM:
            way = np.array(place) - pair_of(store).free + store.now.shift
            near = np.clip(way, -_LARGEST, _LARGEST)
            fields = {"shift": (float(near[0]), float(near[1]))}
        elif event.handle == START:
            fields = {"start": place}
        else:
            return False
        self.hold(store, event)
        store.change(**fields)
        return True

    def _valued(self, store: Store[State], event: Event, value: float) -> bool:
        """Act on a number that was turned."""
        name = event.handle
        if name == THRESHOLD:
            bent, _ = parts(store.now.told)
            size = store.now.proximal.size(pair_of(store).problem)
            name, value = "strength", value / (size * bent) if bent else store.now.strength
        elif name in LOGS:
            name, value = LOGS[name], float(f"{10.0 ** min(value, 99.0):.4g}")
        if name not in TURNED:
            return False
        value = round(value) if name in WHOLE else value
        if TURNED[name].accepts(value) and value <= 1e6:
            self.hold(store, event)
            store.change(**{name: value}, **({"radius": 0.0} if name == "strength" else {}))
        return True

    # Points -------------------------------------------------------------------------------------

    def _target(self, store: Store[State], event: Event) -> None:
        """Lift one target, or choose one."""
        index, values = event.index, pair_of(store).values
        if index is None or index >= len(values):
            return
        if event.kind == "select":
            store.change(selected=index)
        elif event.kind == "move" and event.y is not None and abs(event.y) <= _LARGEST:
            lifts = dict(store.now.lifts)
            lift = lifts.pop(index, 0.0) + event.y - float(values[index])
            if len(lifts) >= MOST:
                store.notice = _TOO_MANY
                return
            self.hold(store, event)
            store.change(lifts=(*lifts.items(), (index, lift)), selected=index)

    def _wave(self, store: Store[State], event: Event) -> None:
        """Move, add, choose, flip or take away a point of the wave."""
        place = (event.x, event.y)
        if event.kind == "add" and None not in place:
            self.add(store, (float(event.x or 0.0), float(event.y or 0.0)))
        if event.index is None or event.index >= len(points_of(store.now)[0]):
            return
        if event.kind == "select":
            store.change(chosen=event.index)
        elif event.kind == "flip":
            self.flip(store, event.index)
        elif event.kind == "remove":
            self.remove(store, event.index)
        elif event.kind == "move" and event.x is not None and event.y is not None:
            self._carry(store, event, event.index, (event.x, event.y))

    def _carry(
        self, store: Store[State], event: Event, index: int, place: tuple[float, float]
    ) -> None:
        if max(map(abs, place)) <= _LARGEST:
            self.hold(store, event)
            store.change(points=store.now.points.move(_size(), index, place), chosen=index)

    def add(self, store: Store[State], place: tuple[float, float]) -> None:
        """Add a point of the part that new ones belong to."""
        if store.now.points.count >= MOST:
            store.notice = _TOO_MANY
        elif max(map(abs, place)) <= _LARGEST:
            count = len(points_of(store.now)[0])
            self._edit(store, store.now.points.add(place, store.now.brush), count)

    def flip(self, store: Store[State], index: int) -> None:
        """Put a point into the other part."""
        out = points_of(store.now)[2]
        self._edit(store, store.now.points.relabel(_label(), index, 1 - int(out[index])), index)

    def remove(self, store: Store[State], index: int) -> None:
        """Take a point away."""
        self._edit(store, store.now.points.remove(_size(), index), max(index - 1, 0))

    def _edit(self, store: Store[State], edits: Edits, chosen: int) -> None:
        """Keep these edits, unless they leave nothing to fit to."""
        if not (edits.labels(_label()) == 0).any():
            store.notice = _ALL_HELD_OUT
            return
        store.remember()
        store.change(points=edits, chosen=chosen)

    def go_to(self, store: Store[State], strength: float) -> None:
        """Put the strength for the ten features at one that the folds speak for."""
        store.remember()
        store.change(ten=float(f"{strength:.6g}"))

    def reset(self, store: Store[State]) -> None:
        """Put everything back but the story, the penalty, and how the page is shown."""
        store.remember()
        kept = {name: getattr(store.now, name) for name in ("data", "penalty", "hide", "large")}
        strength = fitting_strength(store.now.story)
        store.now = RegularizationState(**kept, strength=strength)


HANDS = RegularizationHands()


def asked(state: State) -> tuple[str, str]:
    """Return what the question of the first zero is about."""
    return state.data, state.penalty


def answered(store: Store[State]) -> bool:
    """Tell whether the answer may be said: after a guess, or once λ was dragged."""
    return bool(store.own.get("guess")) or store.own.get("turned") == asked(store.now)


def by_radius(store: Store[State], place: tuple[float, float]) -> dict[str, float]:
    """Return the strength whose ball has this place on its edge, and how the edge is held."""
    penalty = store.now.told
    radius = float(penalty.value(np.array(place)))
    strength = penalty_ball.strength(path_of(store), radius)
    held = math.degrees(math.atan2(place[1], place[0])) if any(place) else store.now.grip
    return {
        "strength": min(strength, _LARGEST),
        "radius": 0.0 if strength > 0.0 else radius,
        "grip": held,
    }


def _label() -> Labels:
    return held_out().astype(np.int64)


def _size() -> int:
    return len(story()[0])
