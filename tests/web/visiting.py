"""Adding to the plan, as a visitor does it."""

from tests.web import district
from tests.web.browser import Browser, Shown

TEN_O_CLOCK = district.at(district.SATURDAY, 10)
NINE_O_CLOCK = district.at(district.SATURDAY, 9)


async def add(browser: Browser, offering: str, slot: str, **tickets: str) -> Shown:
    path = f"/offerings/{offering}"
    page = await browser.get(f"{path}?day={district.SATURDAY}")
    return await browser.send(page.form(path), None, slot=slot, **tickets)
