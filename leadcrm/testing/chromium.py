"""Chromium as the distribution ships it: where it is, and a browser that reaches nothing but this machine."""

import shutil
from pathlib import Path

from playwright.sync_api import Browser, Playwright, ViewportSize

PROGRAMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 375, "height": 812}


def find_chromium() -> Path | None:
    """The first Chromium of the PATH, None where there is none."""
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    return Path(found) if found else None


def launch(playwright: Playwright) -> Browser:
    """Start Chromium. FileNotFoundError where there is none. Names other than this machine's do not resolve."""
    program = find_chromium()
    if program is None:
        raise FileNotFoundError("No Chromium on the PATH. Debian and Ubuntu: apt-get install chromium")
    # As root Chromium refuses its own sandbox; the pages it is shown are ours.
    return playwright.chromium.launch(
        executable_path=program,
        args=[
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
        ],
    )
