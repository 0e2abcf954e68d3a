"""A served application and a real browser."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.find_browser import ADVICE, find
from tests.browser.screen import Screen

ROOT = Path(__file__).parents[2]
PATIENCE = (
    int(os.environ.get("PATIENCE", "60")) * 1000
)  # ms; a limit for states that never come, not a time anyone waits for


expect.set_options(timeout=PATIENCE)


class Server:
    """A running application and what it wrote."""

    def __init__(self, folder: Path, *options: str, base: str = "", script: str = "app.py") -> None:
        self.port = _free_port()
        self.base = base
        self.log = folder / f"server-{self.port}.log"
        command = [sys.executable, "-m", "streamlit", "run", script, "--server.headless=true"]
        command += [f"--server.port={self.port}", f"--server.baseUrlPath={base}", *options]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        self._await()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}/{self.base}"

    def _await(self) -> None:
        end = time.monotonic() + PATIENCE / 1000
        health = (
            f"http://localhost:{self.port}/{self.base + '/' if self.base else ''}_stcore/health"
        )
        while time.monotonic() < end and self.process.poll() is None:
            try:
                with urllib.request.urlopen(health, timeout=5):
                    return
            except OSError:
                time.sleep(0.1)
        pytest.fail(f"The application did not start:\n{self.log.read_text()}")

    def complaints(self) -> list[str]:
        """Return the lines of the log that a healthy application does not write."""
        words = ("Traceback", "Warning", "WARNING", "Error", "ERROR")
        return [line for line in self.log.read_text().splitlines() if any(w in line for w in words)]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find()
    if path is None:
        pytest.fail(ADVICE)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("server"))
    yield running
    running.stop()


class Tabs:
    """Tabs that are used again: one that knows the scripts opens a page in half the time."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.trouble: list[str] = []
        self._free: dict[str, list[Page]] = {}
        self._used: list[tuple[str, Page]] = []

    def take(self, options: dict[str, object]) -> Page:
        """Return an empty tab of a browser like this."""
        like = json.dumps(options, sort_keys=True)
        free = self._free.setdefault(like, [])
        page = free.pop() if free else self._made(options)
        self._used.append((like, page))
        return page

    def _made(self, options: dict[str, object]) -> Page:
        settings = {"viewport": {"width": 1400, "height": 1000}, "locale": "en-GB", **options}
        context = self.browser.new_context(**settings)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("pageerror", lambda error: self.trouble.append(str(error)))
        return page

    def give_back(self) -> None:
        """Empty the tabs that were taken; close what they opened beside them."""
        for like, page in self._used:
            page.unroute_all()
            page.goto("about:blank")
            for other in page.context.pages:
                if other is not page:
                    other.close()
            self._free[like].append(page)
        self._used.clear()


@pytest.fixture(scope="session")
def tabs(browser: Browser) -> Tabs:
    return Tabs(browser)


@pytest.fixture
def open_screen(tabs: Tabs, server: Server) -> Iterator[object]:
    """Open a page: its path and query, what it must have drawn, and what the browser is like."""

    def opener(
        query: str = "",
        *,
        url: str | None = None,
        figures: tuple[str, ...] = ("data", "landscape", "steps"),
        **options: object,
    ) -> Screen:
        page = tabs.take(options)
        page.goto((url or server.url) + query)
        return Screen(page).ready(figures)

    yield opener
    tabs.give_back()
    trouble, tabs.trouble = tabs.trouble, []
    assert not trouble, trouble
    assert not server.complaints()
