"""Paying in advance: checkout, the cashier, back to the tickets, and one line given back."""

from datetime import timedelta
from typing import Final

import pytest

from deploy.local.demo.api import Api
from tests.browser.conftest import OpenScreen
from tests.browser.screen import Screen
from tests.browser.steps import NAME, new_contact, saturday, sign_in
from tests.stack.running import RunningStack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

FLOWERS: Final = "flower-arranging"
KILN: Final = "kiln-night"
LOOKS: Final = 40


async def test_a_visitor_pays_at_the_cashier_and_gets_one_line_back(
    open_screen: OpenScreen, api: Api, demo_stack: RunningStack
) -> None:
    visitor = await open_screen(script=False)
    visitor.expected = {404}
    await plan(visitor, api)
    await visitor.press("main a[href='/login?next=/plan']")
    await sign_in(visitor, new_contact("payer"))

    page = visitor.page
    assert await visitor.look("40-checkout") == []
    await page.fill("#contact_name", NAME)
    await page.check("input[name='accepts_no_refund']")
    await visitor.press("form[action='/plan/orders'] button")
    assert page.url.startswith(demo_stack.url("cashier"))
    await visitor.press("button[value='pay']")
    assert page.url.startswith(demo_stack.url("web"))
    # No script runs: the page itself looks again until the payment has arrived.
    await page.wait_for_selector(".qr img", timeout=30_000)
    assert await page.locator(".ticket").count() == len((FLOWERS, KILN))
    assert await visitor.look("41-paid") == []

    flowers = page.locator(".ticket", has_text="插花")
    async with page.expect_navigation():
        await flowers.locator("a[href*='cancel?line=']").click()
    assert "100%" in await visitor.text(".panel")
    assert await visitor.look("42-cancel-one-line") == []
    await visitor.press("button.danger")
    assert await page.locator(".ticket:not(.is-gone)").count() == 1
    await until_refunded(visitor)
    assert await visitor.look("43-refunded") == []


async def plan(visitor: Screen, api: Api) -> None:
    """Put two things that are paid in advance on the plan, of which one is never refunded.

    They are far enough away to be refunded whole.
    """
    listing = await api.call("venues", "GET", "/v1/venues", params={"limit": 100})
    offerings = {
        one["slug"]: one["offering_id"] for venue in listing["items"] for one in venue["offerings"]
    }
    day = saturday() + timedelta(weeks=1)
    for slug in (FLOWERS, KILN):
        await visitor.go(f"/offerings/{offerings[slug]}?day={day}&adult=2")
        free = visitor.page.locator(f"label.choice:has(input[value^='{day}']:not([disabled]))")
        await free.first.click()
        await visitor.press("#book form[method='post'] button")


async def until_refunded(visitor: Screen) -> None:
    """Wait until the order says that the money has arrived."""
    for _ in range(LOOKS):
        if await visitor.page.locator(".refunds .badge.good").count():
            return
        await visitor.page.wait_for_timeout(250)
        await visitor.page.reload()
    raise AssertionError("the refund has not arrived")
