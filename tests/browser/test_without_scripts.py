"""The visitor's part of the main job in a browser that runs no script at all."""

import pytest

from tests.browser.conftest import OpenScreen
from tests.browser.screen import Screen
from tests.browser.steps import CAMP, PERSONS, new_contact, order, plan_weekend, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


async def test_a_visitor_orders_without_javascript(open_screen: OpenScreen) -> None:
    visitor = await open_screen(script=False)
    await plan_weekend(visitor)
    await visitor.press("main a[href='/login?next=/plan']")
    await sign_in(visitor, new_contact("plain"))
    placed = await order(visitor)

    assert placed.code
    assert await visitor.page.locator(".qr").count() == PERSONS + 1
    await visitor.picture("30-tickets-without-scripts")
    assert visitor.complaints == []
    await change_language(visitor)


async def change_language(visitor: Screen) -> None:
    await visitor.press("header a[hreflang='en']")
    assert await visitor.page.locator("html").get_attribute("lang") == "en"
    assert await visitor.page.locator(".ticket", has_text=CAMP).count() == 0
