"""A phone whose owner has chosen large letters: nothing is cut off, and no word is torn apart."""

from typing import Any, Final

import pytest
from playwright.async_api import Page, StorageState

from deploy.local.demo.api import Api
from tests.browser.chromium import chromium
from tests.browser.conftest import HEIGHTS, PHONE, People
from tests.browser.screen import LANGUAGES
from tests.browser.steps import CAMP, WORKSHOP
from tests.stack.running import RunningStack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

# Chosen in the browser's settings: half as large again as what it begins with, and twice as large.
SIZES: Final = (24, 32)
LOOK: Final = r"""
() => {
  const root = document.documentElement;
  const torn = [];
  const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    // A mail address may be longer than a line.
    if (text.data.includes("@") || text.parentElement.closest(".hidden-text, option")) continue;
    for (const word of text.data.matchAll(/\b[0-9A-Za-z]{2,12}\b/g)) {
      const range = document.createRange();
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      const tops = [...range.getClientRects()].map((box) => Math.round(box.top));
      if (new Set(tops).size > 1) torn.push(word[0]);
    }
  }
  const cut = [...document.querySelectorAll(".card, .panel, .top nav")]
    .filter((box) => box.scrollWidth > box.clientWidth + 1)
    .map((box) => box.textContent.trim().slice(0, 40));
  return { size: parseFloat(getComputedStyle(root).fontSize), torn, cut,
    scrolls: root.scrollWidth - root.clientWidth };
}
"""


async def faults_of(page: Page, path: str, size: int) -> list[str]:
    """Return what is wrong with a page in both languages."""
    found = []
    for language in LANGUAGES:
        await page.goto(f"/language?to={language}&next=/privacy")
        await page.goto(path)
        seen: dict[str, Any] = await page.evaluate(LOOK)
        assert seen["size"] == size
        # A mail address may be longer than a line.
        if seen["torn"] or seen["cut"] or seen["scrolls"] > 0:
            found.append(f"{path} in {language}: {seen}")
    return found


@pytest.mark.parametrize("size", SIZES)
async def test_large_letters_fit_a_phone(
    size: int, people: People, api: Api, demo_stack: RunningStack
) -> None:
    listing = await api.call("venues", "GET", "/v1/venues", params={"limit": 100})
    found = {
        one["name"]["zh"]: (venue["venue_id"], one["offering_id"])
        for venue in listing["items"]
        for one in venue["offerings"]
    }
    order = people.placed.path
    tours: list[tuple[StorageState | None, tuple[str, ...]]] = [
        (
            None,
            (
                "/",
                f"/venues/{found[WORKSHOP][0]}",
                f"/offerings/{found[WORKSHOP][1]}",
                f"/offerings/{found[CAMP][1]}?child=1",
                "/login",
            ),
        ),
        (people.visitor, ("/plan", order, f"{order}/cancel", "/me/contacts", "/me/data/erase")),
        (people.operator, ("/operator", "/operator/venues", "/gate")),
        (people.officer, ("/office/approvals",)),
    ]
    faults = []
    async with chromium(f"--blink-settings=defaultFontSize={size}") as browser:
        for state, paths in tours:
            context = await browser.new_context(
                base_url=demo_stack.url("web"),
                viewport={"width": PHONE, "height": HEIGHTS[PHONE]},
                storage_state=state,
            )
            page = await context.new_page()
            for path in paths:
                faults += await faults_of(page, path, size)
            await context.close()
    assert faults == []
