"""What every page remembers: how it is shown to a class."""

import dataclasses

from pages.ui import link


@dataclasses.dataclass(frozen=True)
class ScreenState:
    """Whether the controls are hidden, and whether the type is large."""

    hide: bool = link.linked(False, link.FLAG)
    large: bool = link.linked(False, link.FLAG)
