"""Find a browser that playwright can drive: the system's, else the one playwright installed; none is an error.

Run as a program it prints the browser's path, or exits with 1.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import BrowserContext, sync_playwright

OVERRIDE = "HUB_TEST_BROWSER"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class BrowserMissing(RuntimeError):
    """There is no browser to test with."""

    def __init__(self) -> None:
        super().__init__(f"no browser found: install chromium or chrome, or name one in {OVERRIDE}")


def find_browser() -> str:
    """The path of a browser.

    :raises BrowserMissing: when there is none.
    """
    if named := os.environ.get(OVERRIDE):
        return named
    for found in (*map(shutil.which, NAMES), MAC, _own()):
        if found and Path(found).exists():
            return found
    raise BrowserMissing


def _own() -> str:
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


@contextmanager
def browsing() -> Iterator[BrowserContext]:
    """A browser with an empty profile; as root without its sandbox, which needs another user."""
    flags = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    executable = find_browser()
    with TemporaryDirectory(prefix="hub-browser-") as profile, sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(profile, executable_path=executable, args=flags)
        yield context
        context.close()


if __name__ == "__main__":
    try:
        print(find_browser())
    except BrowserMissing as error:
        sys.exit(str(error))
