"""The Chromium or Chrome of this system, without a window; every name below `.example` is this machine."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def _found() -> str:
    return next(filter(None, map(shutil.which, _NAMES)), "")


def why_not() -> str:
    """Return why no browser can be used here, or an empty text."""
    if not find_spec("playwright"):
        return "no playwright: make setup EXTRA=browser"
    return "" if _found() else f"no browser on the PATH: {', '.join(_NAMES)}"


@contextmanager
def chromium() -> Iterator[Any]:
    """Run the browser during the body."""
    from playwright.sync_api import sync_playwright

    words = ["--host-resolver-rules=MAP *.example 127.0.0.1"]
    words += ["--no-sandbox"] * (os.geteuid() == 0)  # it refuses to run as root with one
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_found(), args=words)
        yield browser
        browser.close()
