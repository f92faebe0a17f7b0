"""The browser that paints."""

import shutil

from playwright.sync_api import Browser, Playwright


def launch(playwright: Playwright) -> Browser:
    """Debian's Chromium. Raises SystemExit without it."""
    found = shutil.which("chromium")
    if not found:
        raise SystemExit("The gallery needs Chromium: apt-get install chromium")
    return playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
