"""Find a Chromium to test with, or install one: `python -m tests.browser.find_browser`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
ADVICE = (
    "No Chromium was found. Install one (Debian and Ubuntu: apt-get install chromium; elsewhere: "
    "python -m playwright install chromium), or name one in the variable CHROMIUM."
)


def find() -> str | None:
    """Return the path of a Chromium: the one named, one on the path, or Playwright's own."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named if Path(named).exists() else None
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return found
    return _playwright()


def _playwright() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return str(path) if path.exists() else None


def install() -> None:
    """Try Playwright's own Chromium, then Debian's package where we may."""
    commands = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        commands.append(["apt-get", "update", "-qq"])
        commands.append(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"])
    for command in commands:
        done = subprocess.run(command, check=False, timeout=900, stdin=subprocess.DEVNULL)
        if done.returncode == 0 and find():
            return


def main() -> int:
    """Say which browser the tests use; fail with advice when there is none."""
    if not find():
        install()
    found = find()
    print(f"Testing with {found}" if found else ADVICE)
    return 0 if found else 1


if __name__ == "__main__":
    raise SystemExit(main())
