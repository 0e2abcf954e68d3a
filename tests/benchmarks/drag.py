"""How closely the pages follow a finger: `python -m tests.benchmarks.drag` prints a table.

Headless Chromium, a drag of two seconds: of one of 50 points with two losses compared, of one of
40 points of two classes with three, and of one of 40 points under three linked landscapes of
100 × 100. The baseline draws the landscape of the first through st.plotly_chart. Server time is
that of the whole process, everything included, for one message of a drag. Linux only: it reads
/proc.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import Server
from tests.browser.find_browser import find

SECONDS = 2.0

_WATCH_LIVE = """() => {
  window.repaints = [];
  let waiting = false;
  const note = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; window.repaints.push(performance.now()); });
  };
  const picture = document.querySelector('.live-figure[data-key="KEY"]');
  const watched = { attributes: true, attributeFilter: ["data-drawn"] };
  new MutationObserver(note).observe(picture, watched);
}"""

_WATCH_CHART = """() => {
  window.repaints = [];
  let waiting = false;
  let last = null;
  const look = () => {
    const image = document.querySelector('.stPlotlyChart .heatmaplayer image');
    const now = image?.href.baseVal;
    if (now && now !== last) {
      if (last) window.repaints.push(performance.now());
      last = now;
    }
    requestAnimationFrame(look);
  };
  look();
}"""


def points() -> str:
    """Return fifty points in the words of a link: a line, and outliers."""
    rng = np.random.default_rng(0)
    x = np.linspace(-3, 3, 50)
    y = 0.8 * x + 0.3 * rng.standard_normal(50)
    y[[5, 20, 49]] = 3, -3, -2.5
    return "~".join(f"a_{a:.3f}_{b:.3f}" for a, b in zip(x, y, strict=True))


def busy(pid: int) -> float:
    """Return the seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def drag(page: Page) -> None:
    """Carry the last point up and down for two seconds."""
    x, y = page.evaluate("""() => {
      const graph = document.querySelector('.live-figure[data-key="data"] .live-graph');
      const { xaxis, yaxis } = graph._fullLayout;
      const box = graph.getBoundingClientRect();
      const [x, y] = ["x", "y"].map((name) => Array.from(graph.data[1][name]).at(-1));
      return [
        box.left + xaxis._offset + xaxis.d2p(x), box.top + yaxis._offset + yaxis.d2p(y),
      ];
    }""")  # fmt: skip
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 5, y - 5)
    page.wait_for_function("window.repaints.length > 0")
    page.evaluate("window.repaints.length = 0")
    began = time.monotonic()
    while (passed := time.monotonic() - began) < SECONDS:
        phase = 1 - abs((passed / SECONDS * 4) % 2 - 1)
        page.mouse.move(x - 40 * phase, y - 180 * phase)
    page.mouse.up()


def measure(browser: Browser, server: Server, path: str, picture: str) -> dict[str, float]:
    """Return the figures of one drag: gaps between repaints, server time, first paint.

    picture: the live figure whose repaints count; none means the chart of Streamlit's own.
    """
    page = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
    began = time.monotonic()
    page.goto(server.url + path)
    key = f'[data-key="{picture}"]' if picture else ""
    page.wait_for_selector(f'.live-figure{key}[data-state="drawn"]')
    first = time.monotonic() - began
    page.wait_for_function("window.liveIdle && window.liveIdle()")
    page.wait_for_timeout(1500)  # Streamlit's own late work must not count
    page.evaluate(_WATCH_LIVE.replace("KEY", picture) if picture else _WATCH_CHART)
    before = busy(server.process.pid)
    drag(page)
    repaints = page.evaluate("window.repaints")
    spent = busy(server.process.pid) - before
    gaps = np.diff(repaints)
    page.context.close()
    return {
        "repaints": len(repaints),
        "median": float(np.median(gaps)),
        "p95": float(np.percentile(gaps, 95)),
        "server": 1000 * spent / max(len(repaints), 1),
        "first": first,
    }


def runs(script: str, path: str, picture: str, count: int) -> list[dict[str, float]]:
    """Return the figures of several drags on a server of its own."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), script=script)
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox"])
                found = [measure(browser, server, path, picture) for _ in range(count + 1)]
                browser.close()
        finally:
            server.stop()
    return found[1:]  # the first warms up


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--runs", type=int, default=5, help="drags that count, after one that warms up"
    )
    count = parser.parse_args().runs
    line = f"?v=1&data=own&points={points()}"
    classes = "binary?v=1&compared=LogisticLoss~Hinge~Focal"
    beliefs = "mle-map?v=1&count=40"
    print(f"{'':24}{'repaints':>10}{'median ms':>11}{'p95 ms':>9}{'server ms':>11}{'first s':>9}")
    medians = []
    for name, script, path, picture in (
        ("three landscapes", "app.py", beliefs, "posterior"),
        ("two classes", "app.py", classes, "landscape"),
        ("regression", "app.py", line, "landscape"),
        ("through st.plotly_chart", "tests/benchmarks/chart_app.py", line, ""),
    ):
        found = runs(script, path, picture, count)
        row = {key: statistics.median(one[key] for one in found) for key in found[0]}
        medians.append(row["median"])
        print(f"{name:24}{row['repaints']:>10.0f}{row['median']:>11.1f}{row['p95']:>9.1f}"
              f"{row['server']:>11.1f}{row['first']:>9.2f}")  # fmt: skip
    print(f"regression repaints {medians[3] / medians[2]:.1f} times as often")


if __name__ == "__main__":
    sys.exit(main())
