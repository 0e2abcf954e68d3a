"""What the browser reports, checked before anyone believes it."""

import dataclasses
import math
from typing import Any

KINDS = frozenset({"move", "add", "remove", "select", "flip", "step", "undo", "redo"})
PHASES = frozenset({"move", "end"})


@dataclasses.dataclass(frozen=True)
class Event:
    """One thing that someone did in a picture or to a slider; absent numbers are None."""

    kind: str
    seq: int
    handle: str = ""
    phase: str = "end"
    index: int | None = None
    step: int | None = None
    x: float | None = None
    y: float | None = None
    value: float | None = None

    @property
    def finished(self) -> bool:
        """Whether the hand has let go."""
        return self.phase == "end"


def parse(raw: Any) -> Event | None:
    """Return the event, or None when what came is not one."""
    if not isinstance(raw, dict) or raw.get("kind") not in KINDS:
        return None
    phase = raw.get("phase", "end")
    handle = raw.get("handle", "")
    seq = _whole(raw.get("seq"))
    if phase not in PHASES or not isinstance(handle, str) or seq is None:
        return None
    return Event(
        kind=raw["kind"],
        seq=seq,
        handle=handle[:80],
        phase=phase,
        index=_whole(raw.get("index")),
        step=_whole(raw.get("step")),
        x=_number(raw.get("x")),
        y=_number(raw.get("y")),
        value=_number(raw.get("value")),
    )


def _number(raw: Any) -> float | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
        return None
    return float(raw)


def _whole(raw: Any) -> int | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or raw != raw:
        return None
    return int(raw) if 0 <= raw < 2**53 else None
