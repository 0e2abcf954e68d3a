"""A page as a hand and an eye meet it. Every wait is for a state, never for a time."""

import os
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

_PATIENCE = float(os.environ.get("PATIENCE", "60"))  # s; a limit for states that never come

_GRAPH = '.live-figure[data-key="{}"] .live-graph'

# Where a point of a trace, or a number on the axes, lies in the window.
_PIXEL = """([selector, x, y]) => {
  const graph = document.querySelector(selector);
  const { xaxis, yaxis } = graph._fullLayout;
  const box = graph.getBoundingClientRect();
  return [box.left + xaxis._offset + xaxis.d2p(x), box.top + yaxis._offset + yaxis.d2p(y)];
}"""

# Streamlit holds what a finished run has drawn for 10 ms before it shows it: so it is asked twice.
_STILL = """async () => {
  const still = () => {
    if (document.querySelector('[data-testid="stStatusWidget"]')) return false;
    const app = document.querySelector('[data-testid="stApp"]');
    return app?.dataset.testScriptState === 'notRunning' && Boolean(window.liveIdle?.());
  };
  const before = still();
  await new Promise((done) => setTimeout(() => requestAnimationFrame(() => setTimeout(done)), 20));
  return before && still();
}"""


class Screen:
    """One open page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def figure(self, key: str) -> Any:
        return self.page.locator(f'.live-figure[data-key="{key}"]')

    def ready(self, figures: tuple[str, ...]) -> "Screen":
        for key in figures:
            expect(self.figure(key)).to_have_attribute("data-state", "drawn")
        return self.still()

    def still(self) -> "Screen":
        """Wait until nothing runs, nothing is under way and every picture has settled."""
        self.until(lambda: bool(self.page.evaluate(_STILL)))
        return self

    def digest(self, key: str) -> str:
        return self.figure(key).get_attribute("data-digest") or ""

    def trace(self, key: str, index: int) -> dict[str, Any]:
        """Return name, x and y of a trace as the browser has them."""
        return self.page.evaluate(
            """([selector, i]) => {
              const { name, x, y, z } = document.querySelector(selector).data[i];
              const list = (v) => v && Array.from(v, (w) => (w?.length ? Array.from(w) : w));
              return { name, x: list(x), y: list(y), z: list(z) };
            }""",
            [_GRAPH.format(key), index],
        )

    def points(self) -> list[tuple[float, float]]:
        told = self.trace("data", 1)
        return list(zip(told["x"], told["y"], strict=True))

    def pixel(self, key: str, x: float, y: float) -> tuple[float, float]:
        self.figure(key).scroll_into_view_if_needed()
        px, py = self.page.evaluate(_PIXEL, [_GRAPH.format(key), x, y])
        return px, py

    def drag(
        self, key: str, start: tuple[float, float], to: tuple[float, float], *, hold: Any = None
    ) -> None:
        """Carry what lies at `start` to `to`, both in the numbers of the axes."""
        mouse = self.page.mouse
        (x0, y0), (x1, y1) = self.pixel(key, *start), self.pixel(key, *to)
        mouse.move(x0, y0)
        mouse.down()
        for i in range(1, 11):
            mouse.move(x0 + (x1 - x0) * i / 10, y0 + (y1 - y0) * i / 10)
        if hold:
            hold()
        mouse.up()
        self.still()

    def slopes(self) -> dict[str, float]:
        """Return the slopes that the legend tells, by the name of the loss."""
        told = {}
        for entry in self.figure("data").locator(".live-legend > span").all_inner_texts():
            found = re.match(r"(.*?)\s*slope ([−\d.]+)", entry)
            if found:
                told[found[1]] = float(found[2].replace("−", "-"))
        return told

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds, looking again each time the browser has drawn a frame."""
        end = time.monotonic() + _PATIENCE
        while not holds():
            assert time.monotonic() < end, "The state did not come."
            self.page.evaluate("() => new Promise(requestAnimationFrame)")

    def count(self, key: str) -> int:
        return int(
            self.page.evaluate(f"document.querySelector('{_GRAPH.format(key)}').data.length")
        )

    def handle(self, key: str, handle: str) -> Locator:
        return self.figure(key).locator(f'[data-handle="{handle}"]')

    def query(self, name: str) -> str:
        return parse_qs(urlsplit(self.page.url).query).get(name, [""])[0]

    def camera(self) -> dict[str, Any]:
        graph = _GRAPH.format("landscape")
        return dict(
            self.page.evaluate(f"document.querySelector('{graph}')._fullLayout.scene.camera.eye")
        )

    def span(self, key: str) -> list[float]:
        graph = _GRAPH.format(key)
        return list(
            self.page.evaluate(f"document.querySelector('{graph}')._fullLayout.xaxis.range")
        )

    def heat(self) -> str:
        """Return the picture of the heat, as the browser shows it."""
        image = self.figure("landscape").locator(".heatmaplayer image")
        return str(image.evaluate("(node) => node.href.baseVal"))

    def touch_drag(self, key: str, start: tuple[float, float], to: tuple[float, float]) -> None:
        """Drag as a finger does, through the browser's own touch events."""
        (x0, y0), (x1, y1) = self.pixel(key, *start), self.pixel(key, *to)
        session = self.page.context.new_cdp_session(self.page)

        def touch(kind: str, *points: tuple[float, float]) -> None:
            places = [{"x": x, "y": y} for x, y in points]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

        touch("touchStart", (x0, y0))
        for i in range(1, 11):
            touch("touchMove", (x0 + (x1 - x0) * i / 10, y0 + (y1 - y0) * i / 10))
        touch("touchEnd")
        self.still()
