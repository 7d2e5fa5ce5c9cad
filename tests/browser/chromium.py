"""The system's Chromium, started with a profile of its own."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, async_playwright

# The same as in `deploy/local/ensure_browser.sh`, which installs one where it can.
NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLACES: Final = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)
# It must draw pages and nothing else: no processor for graphics, no talking to its maker.
ARGUMENTS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium() -> str:
    """Return where the browser is; fail with what to do where there is none."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    for place in PLACES:
        if place.exists():
            return str(place)
    raise AssertionError("no Chromium here: `make browser` installs one, or says how")


@asynccontextmanager
async def chromium(*more: str) -> AsyncIterator[Browser]:
    """Run a browser for the block, perhaps with more arguments."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_chromium(), args=[*ARGUMENTS, *more]
        )
        try:
            yield browser
        finally:
            await browser.close()
